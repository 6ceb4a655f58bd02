"""What contradicts itself in a school's data: each kind is found exactly, and its plan mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeAlias

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from small_school import ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, NotAllowedHere, PeriodClosed, Stale
from ejournal.ids import (
    AccountId,
    ClassId,
    ColumnId,
    EnrolmentId,
    GrantId,
    JournalId,
    LessonId,
    PersonId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
)
from ejournal.model.access import Actor, Grant, System
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import SchoolYear, Semester, StudyForm, bells
from ejournal.model.checking import inconsistencies
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.closing import ClosingPolicy, GapKind
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark, MarkKey
from ejournal.model.marks import Grade, Level, MarkValue
from ejournal.model.people import Enrolment, Staff
from ejournal.model.permissions import Role, rights_of
from ejournal.model.school_data import (
    NEW_COLUMN,
    NEW_GRANT,
    Inconsistency,
    InconsistencyKind,
    Repair,
    RepairPlan,
    SchoolData,
)
from ejournal.ports import Policies
from ejournal.samples import set_up
from ejournal.store import SchoolUnit, Store
from ejournal.usecases import checking, closing, marking, teaching

Kind = InconsistencyKind
DAY = timedelta(days=1)
FIRST, LAST = date(2026, 9, 1), date(2026, 12, 24)
TODAY = date(2027, 1, 20)
NOW = datetime(2026, 9, 14, 9, tzinfo=UTC)
YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    FIRST,
    date(2027, 6, 4),
    (Semester(1, FIRST, LAST), Semester(2, date(2027, 1, 11), date(2027, 6, 4))),
    (),
    bells(time(8, 30), breaks=(10, 10)),
)
MAIN, SECOND, STAND_IN, LEADER = (StaffId(number) for number in range(101, 105))
FIFTH, SIXTH = ClassId(201), ClassId(202)
ALGEBRA, ENGLISH_1, ENGLISH_2, PHYSICS, ALGEBRA_2 = (
    JournalId(number) for number in range(301, 306)
)
ONE, TWO = SubgroupId(211), SubgroupId(212)
ADA, LEV, YANA, MARK, OLHA = (PupilId(number) for number in range(501, 506))
KEPT = LessonId(401)


def lesson(number: int, journal: JournalId, day: date, **more: Any) -> Lesson:  # noqa: ANN401
    return Lesson(LessonId(number), journal, day, 1, topic="Тема", **more)


def current(number: int, of: Lesson, kind: ColumnKind = ColumnKind.CURRENT) -> Column:
    return Column(ColumnId(number), of.journal, kind, of.id, of.day)


def given_in(column: Column, pupil: PupilId, value: MarkValue, later: int = 0) -> Mark:
    return column.mark(pupil, value, "", MAIN, NOW + later * DAY)


def listed(number: int, pupil: PupilId, school_class: ClassId, since: date = FIRST) -> Enrolment:
    return Enrolment(EnrolmentId(number), pupil, school_class, since, "17-у", FIRST)


def absent(at: Lesson, pupil: PupilId) -> Absence:
    return Absence(at.journal, at.id, pupil, at.day, AbsenceCode.ILL, 0, "", MAIN, NOW)


LESSONS = (
    lesson(401, ALGEBRA, date(2026, 9, 7), plan_no=1, homework="§ 1", homework_to=LessonId(402)),
    lesson(402, ALGEBRA, date(2026, 9, 8), plan_no=2),
    lesson(403, ALGEBRA, date(2026, 9, 9), plan_no=3),
    lesson(404, ENGLISH_1, date(2026, 9, 7)),
    lesson(405, PHYSICS, date(2026, 9, 7), substitute=STAND_IN),
)
COLUMNS = (
    *(current(410 + number, each) for number, each in enumerate(LESSONS)),
    Column(ColumnId(420), ALGEBRA, ColumnKind.SEMESTER),
    Column(ColumnId(421), ALGEBRA, ColumnKind.CORRECTED),
    Column(ColumnId(422), ALGEBRA, ColumnKind.THEMATIC),
)
TERM, THEMATIC = COLUMNS[5], COLUMNS[7]
CLEAN = SchoolData(
    TODAY,
    (YEAR,),
    tuple(Staff(each, PersonName("Швець", "Олена")) for each in (MAIN, SECOND, STAND_IN, LEADER)),
    (
        SchoolClass(FIFTH, YEAR.id, ClassLabel(5, "А"), LEADER),
        SchoolClass(SIXTH, YEAR.id, ClassLabel(6, "Б")),
    ),
    (
        Subgroup(ONE, FIFTH, "Група 1", frozenset({ADA, LEV})),
        Subgroup(TWO, FIFTH, "Група 2", frozenset({YANA})),
    ),
    (
        *(listed(number, pupil, FIFTH) for number, pupil in enumerate((ADA, LEV, YANA), 601)),
        *(listed(number, pupil, SIXTH) for number, pupil in enumerate((MARK, OLHA), 611)),
    ),
    (
        Grant(
            GrantId(1),
            Role.SUBSTITUTE,
            rights_of(Role.SUBSTITUTE),
            AccountId(5),
            PersonId(STAND_IN),
            NOW - 10 * DAY,
        ),
    ),
    (
        Journal(ALGEBRA, YEAR.id, 1, FIFTH, SubjectId(1), None, MAIN, SECOND),
        Journal(ENGLISH_1, YEAR.id, 1, FIFTH, SubjectId(2), ONE, MAIN),
        Journal(ENGLISH_2, YEAR.id, 1, FIFTH, SubjectId(2), TWO, LEADER),
        Journal(PHYSICS, YEAR.id, 1, SIXTH, SubjectId(3), None, LEADER),
        Journal(ALGEBRA_2, YEAR.id, 2, FIFTH, SubjectId(1), None, MAIN),
    ),
    LESSONS,
    COLUMNS,
    (
        given_in(COLUMNS[0], ADA, Grade(9)),
        given_in(COLUMNS[0], LEV, Grade(7)),
        given_in(COLUMNS[3], ADA, Grade(8)),
        given_in(COLUMNS[4], MARK, Grade(11)),
        given_in(TERM, ADA, Grade(9)),
        given_in(THEMATIC, ADA, Grade(9)),
    ),
    (absent(LESSONS[0], YANA), absent(LESSONS[1], ADA)),
)


Seeds: TypeAlias = tuple[SchoolData, tuple[int, ...]]


@frozen
class Seed:
    """One thing put wrong in otherwise clean data, by what it adds or changes."""

    about: tuple[int, ...]
    sow: Callable[[SchoolData], SchoolData]


def with_records(data: SchoolData, field: str, records: tuple[Any, ...]) -> SchoolData:
    return evolve(data, **{field: records})  # type: ignore[arg-type]  # a field by its name


def adding(field: str, *records: Any) -> Callable[[SchoolData], SchoolData]:  # noqa: ANN401
    return lambda data: with_records(data, field, (*getattr(data, field), *records))


def changing(field: str, id: int, **changed: Any) -> Callable[[SchoolData], SchoolData]:  # noqa: ANN401
    def sow(data: SchoolData) -> SchoolData:
        records = tuple(
            evolve(each, **changed) if each.id == id else each for each in getattr(data, field)
        )
        return with_records(data, field, records)

    return sow


def joining(subgroup: SubgroupId, pupil: PupilId) -> Callable[[SchoolData], SchoolData]:
    def sow(data: SchoolData) -> SchoolData:
        members = next(each.members for each in data.subgroups if each.id == subgroup)
        return changing("subgroups", subgroup, members=members | {pupil})(data)

    return sow


def both(*sowing: Callable[[SchoolData], SchoolData]) -> Callable[[SchoolData], SchoolData]:
    def sow(data: SchoolData) -> SchoolData:
        for each in sowing:
            data = each(data)
        return data

    return sow


MIXED = Column(ColumnId(430), ALGEBRA, ColumnKind.TEST, LESSONS[2].id, LESSONS[2].day)
FAR = lesson(431, PHYSICS, date(2027, 8, 1))
FAR_COLUMN = current(432, FAR)
TWIN = evolve(lesson(433, ENGLISH_1, LESSONS[3].day), homework="Unit 2", plan_no=1)
TWIN_COLUMN = current(434, TWIN)
OTHER_TERM = Column(ColumnId(435), ALGEBRA, ColumnKind.SEMESTER)
UNGRANTED = lesson(437, PHYSICS, date(2026, 9, 10), substitute=SECOND)
TEACHES = Grant(
    GrantId(2),
    Role.SUBJECT_TEACHER,
    rights_of(Role.SUBJECT_TEACHER),
    AccountId(9),
    PersonId(SECOND),
    NOW,
)

SEEDS: Mapping[InconsistencyKind, Seed] = {
    Kind.STRAY_MARK: Seed(
        (ALGEBRA, 411, MARK), adding("marks", given_in(COLUMNS[1], MARK, Grade(5)))
    ),
    Kind.STRAY_ABSENCE: Seed((ALGEBRA, 402, OLHA), adding("absences", absent(LESSONS[1], OLHA))),
    Kind.MARK_ELSEWHERE: Seed(
        (ALGEBRA, 413, LEV),
        adding("marks", evolve(given_in(COLUMNS[3], LEV, Grade(6)), journal=ALGEBRA)),
    ),
    Kind.MIXED_SCALES: Seed(
        (430,),
        both(
            adding("columns", MIXED),
            adding(
                "marks",
                given_in(MIXED, ADA, Grade(9)),
                given_in(MIXED, LEV, Level.HIGH),
                given_in(MIXED, YANA, Grade(4)),
            ),
        ),
    ),
    Kind.ABSENT_WITH_MARK: Seed((ENGLISH_1, 404, ADA), adding("absences", absent(LESSONS[3], ADA))),
    Kind.DAY_DRIFT: Seed((413,), changing("columns", 413, day=date(2026, 9, 17))),
    Kind.COLUMN_OF_NO_LESSON: Seed(
        (438,),
        adding(
            "columns",
            Column(ColumnId(438), ALGEBRA, ColumnKind.TEST, LessonId(999), date(2026, 9, 15)),
        ),
    ),
    Kind.ORPHAN_COLUMN: Seed(
        (439,), adding("columns", Column(ColumnId(439), ENGLISH_1, ColumnKind.THEMATIC))
    ),
    Kind.CORRECTED_WITHOUT_SEMESTER: Seed(
        (PHYSICS,), adding("columns", Column(ColumnId(440), PHYSICS, ColumnKind.CORRECTED))
    ),
    Kind.SEMESTER_TWICE: Seed(
        (ALGEBRA,),
        both(
            adding("columns", OTHER_TERM),
            adding(
                "marks",
                given_in(OTHER_TERM, ADA, Grade(10), later=1),
                given_in(OTHER_TERM, LEV, Grade(6)),
            ),
        ),
    ),
    Kind.LESSON_OUTSIDE_SEMESTER: Seed(
        (431,),
        both(
            adding("lessons", FAR),
            adding("columns", FAR_COLUMN),
            adding("marks", given_in(FAR_COLUMN, MARK, Grade(3))),
            adding("absences", absent(FAR, OLHA)),
        ),
    ),
    Kind.LESSON_TWICE: Seed(
        (404, 433),
        both(
            adding("lessons", TWIN),
            adding("columns", TWIN_COLUMN),
            adding("marks", given_in(TWIN_COLUMN, ADA, Grade(12))),
            adding("absences", absent(TWIN, LEV)),
        ),
    ),
    Kind.PLAN_GAP: Seed((ALGEBRA,), changing("lessons", 403, plan_no=4)),
    Kind.PLAN_NUMBER_TWICE: Seed(
        (ENGLISH_2,),
        adding(
            "lessons",
            lesson(441, ENGLISH_2, date(2026, 9, 8), plan_no=1),
            lesson(442, ENGLISH_2, date(2026, 9, 9), plan_no=1),
        ),
    ),
    Kind.HOMEWORK_TO_EARLIER: Seed(
        (402,), changing("lessons", 402, homework="§ 2", homework_to=LessonId(401))
    ),
    Kind.SUBSTITUTE_WITHOUT_GRANT: Seed(
        (437,), both(adding("lessons", UNGRANTED), adding("grants", TEACHES))
    ),
    Kind.TEACHER_LEFT: Seed(
        (ALGEBRA_2,),
        both(
            adding("staff", Staff(StaffId(109), PersonName("Гай", "Ілля"), ended=LAST)),
            changing("journals", ALGEBRA_2, teacher=StaffId(109)),
        ),
    ),
    Kind.SECOND_TEACHER_LEFT: Seed(
        (ENGLISH_1,),
        both(
            adding("staff", Staff(StaffId(108), PersonName("Гай", "Лев"), ended=FIRST + DAY)),
            changing("journals", ENGLISH_1, second_teacher=StaffId(108)),
        ),
    ),
    Kind.CLASS_TEACHER_LEFT: Seed(
        (SIXTH,),
        both(
            adding("staff", Staff(StaffId(107), PersonName("Гай", "Ада"), ended=LAST)),
            changing("classes", SIXTH, teacher=StaffId(107)),
        ),
    ),
    Kind.ENROLMENT_OUTSIDE_YEAR: Seed(
        (603,), changing("enrolments", 603, since=date(2025, 9, 1), until=date(2027, 8, 31))
    ),
    Kind.ENROLMENTS_OVERLAP: Seed(
        (612, 650), adding("enrolments", listed(650, OLHA, FIFTH, date(2026, 11, 2)))
    ),
    Kind.SUBGROUP_EMPTY: Seed(
        (213,), adding("subgroups", Subgroup(SubgroupId(213), FIFTH, "Група 3"))
    ),
    Kind.SUBGROUP_STRANGER: Seed((TWO,), joining(TWO, MARK)),
    Kind.SUBGROUPS_PARALLEL: Seed((ADA, ONE, TWO), joining(TWO, ADA)),
    Kind.CLASS_WITHOUT_PUPILS: Seed(
        (203,),
        both(
            adding("classes", SchoolClass(ClassId(203), YEAR.id, ClassLabel(7, "В"))),
            adding(
                "journals",
                Journal(JournalId(309), YEAR.id, 1, ClassId(203), SubjectId(3), None, MAIN),
            ),
            adding("subgroups", Subgroup(SubgroupId(219), ClassId(203), "Г", frozenset({ADA}))),
        ),
    ),
}
# A subgroup of a class in which nobody is has strangers, too.
ALSO = {Kind.CLASS_WITHOUT_PUPILS: {Kind.SUBGROUP_STRANGER}}


def test_a_clean_school_contradicts_itself_nowhere() -> None:
    assert inconsistencies(CLEAN) == ()
    assert inconsistencies(SchoolData(TODAY)) == ()


def test_there_are_seeds_of_more_than_twenty_kinds_and_of_every_one() -> None:
    assert SEEDS.keys() == set(InconsistencyKind)
    assert len(SEEDS) == 25


@pytest.mark.parametrize("kind", SEEDS)
def test_what_was_put_wrong_is_found_exactly(kind: InconsistencyKind) -> None:
    found = inconsistencies(SEEDS[kind].sow(CLEAN))
    others = [each.kind for each in found if each.kind is not kind]
    assert [each.about for each in found if each.kind is kind] == [SEEDS[kind].about]
    assert set(others) == ALSO.get(kind, set())


@pytest.mark.parametrize("kind", SEEDS)
def test_a_plan_mends_it_and_twice_is_as_once(kind: InconsistencyKind) -> None:
    seeded = SEEDS[kind].sow(CLEAN)
    (found,) = inconsistencies(seeded, [kind])
    mended = seeded.after(found.plan)
    assert mended != seeded
    assert inconsistencies(mended) == ()
    assert mended.after(found.plan) == mended


def marks_of(data: SchoolData) -> Counter[tuple[PupilId, MarkValue]]:
    return Counter((mark.pupil, mark.value) for mark in data.given)


@pytest.mark.parametrize("kind", SEEDS)
def test_no_plan_erases_a_mark(kind: InconsistencyKind) -> None:
    repairs = plan_of(kind).repairs
    assert [each for each in repairs if isinstance(each.before, Mark) and each.after is None] == []


@pytest.mark.parametrize(
    "kind", sorted(set(SEEDS) - {Kind.STRAY_MARK, Kind.SEMESTER_TWICE}, key=str)
)
def test_no_mark_of_anybody_is_lost_by_a_plan(kind: InconsistencyKind) -> None:
    seeded = SEEDS[kind].sow(CLEAN)
    (found,) = inconsistencies(seeded, [kind])
    assert marks_of(seeded.after(found.plan)) == marks_of(seeded)


@given(st.sets(st.sampled_from(sorted(SEEDS, key=str)), min_size=2))
def test_whatever_is_put_wrong_at_once_is_mended_one_after_another(
    kinds: set[InconsistencyKind],
) -> None:
    data, fresh = CLEAN, count(10_000)
    for kind in sorted(kinds, key=str):
        data = SEEDS[kind].sow(data)
    assert {each.kind for each in inconsistencies(data)} >= kinds
    for _ in range(100):
        plans = [each.plan for each in inconsistencies(data) if not each.plan.is_for_a_person]
        if not plans:
            break
        column, grant = ColumnId(next(fresh)), GrantId(next(fresh))
        changes = tuple(repair.named(column, grant) for repair in plans[0].repairs)
        data = data.after(RepairPlan(changes))
    assert inconsistencies(data) == ()


def plan_of(kind: InconsistencyKind, data: SchoolData | None = None) -> RepairPlan:
    seeded = SEEDS[kind].sow(CLEAN) if data is None else data
    (found,) = inconsistencies(seeded, [kind])
    return found.plan


def mended(kind: InconsistencyKind) -> SchoolData:
    seeded = SEEDS[kind].sow(CLEAN)
    return seeded.after(plan_of(kind, seeded))


# What the plans do.


def test_the_fewer_marks_of_a_mixed_column_go_to_a_column_of_their_own() -> None:
    level = given_in(MIXED, LEV, Level.HIGH)
    assert plan_of(Kind.MIXED_SCALES) == RepairPlan(
        (
            Repair(level, evolve(level, void=True)),
            Repair(None, evolve(MIXED, id=NEW_COLUMN)),
            Repair(None, evolve(level, column=NEW_COLUMN)),
        )
    )


def test_a_repair_gets_the_identifiers_that_its_plan_left_open() -> None:
    column, mark, grant = evolve(MIXED, id=NEW_COLUMN), CLEAN.marks[0], CLEAN.grants[0]
    fresh, given = ColumnId(901), GrantId(902)
    open_ones = (column, evolve(mark, column=NEW_COLUMN), evolve(grant, id=NEW_GRANT), mark, grant)
    assert [Repair(None, each).named(fresh, given).after for each in open_ones] == [
        evolve(MIXED, id=fresh),
        evolve(mark, column=fresh),
        evolve(grant, id=given),
        mark,
        grant,
    ]


def test_of_two_semester_columns_the_later_marks_stand_in_the_first() -> None:
    data = mended(Kind.SEMESTER_TWICE)
    assert [each for each in data.columns_of[ALGEBRA] if each.kind is ColumnKind.SEMESTER] == [TERM]
    assert evolve(OTHER_TERM, struck=True) in data.columns
    assert {mark.pupil: mark.value for mark in data.marks if mark.column == TERM.id} == {
        ADA: Grade(10),
        LEV: Grade(6),
    }
    earlier = SEEDS[Kind.SEMESTER_TWICE].sow(CLEAN)
    old = given_in(OTHER_TERM, ADA, Grade(2), later=-1)
    marks = tuple(
        old if (each.column, each.pupil) == (435, ADA) else each for each in earlier.marks
    )
    earlier = evolve(earlier, marks=marks)
    after = earlier.after(plan_of(Kind.SEMESTER_TWICE, earlier))
    assert given_in(TERM, ADA, Grade(9)) in after.marks


def in_column(data: SchoolData, column: Column) -> dict[PupilId, MarkValue]:
    return {mark.pupil: mark.value for mark in data.given if mark.column == column.id}


def test_of_two_semester_columns_the_one_that_stays_is_the_one_that_is_corrected() -> None:
    own = COLUMNS[6]
    others = Column(ColumnId(436), ALGEBRA, ColumnKind.CORRECTED, corrects=OTHER_TERM.id)
    sown = both(
        SEEDS[Kind.SEMESTER_TWICE].sow,
        adding("columns", others),
        adding("marks", given_in(others, LEV, Grade(8)), given_in(others, ADA, Grade(11))),
    )(CLEAN)
    without_own = tuple(each for each in sown.columns if each != own)
    for data, kept in ((sown, own), (evolve(sown, columns=without_own), others)):
        after = data.after(plan_of(Kind.SEMESTER_TWICE, data))
        standing = [each for each in after.columns_of[ALGEBRA] if each.kind.is_dated is False]
        assert [each for each in standing if each.kind is ColumnKind.CORRECTED] == [
            evolve(kept, corrects=TERM.id)
        ]
        assert in_column(after, kept) == {LEV: Grade(8), ADA: Grade(11)}
        assert inconsistencies(after) == ()


def test_the_column_that_corrects_the_years_is_no_semesters() -> None:
    year = Column(ColumnId(436), ALGEBRA, ColumnKind.ANNUAL)
    corrected = Column(ColumnId(437), ALGEBRA, ColumnKind.CORRECTED, corrects=year.id)
    seeded = both(SEEDS[Kind.SEMESTER_TWICE].sow, adding("columns", year, corrected))(CLEAN)
    assert corrected in seeded.after(plan_of(Kind.SEMESTER_TWICE, seeded)).column.values()


def test_a_mark_that_is_void_contradicts_nothing_and_makes_way_for_another() -> None:
    void = evolve(given_in(COLUMNS[3], LEV, Grade(2)), void=True, version=3)
    strays = evolve(given_in(COLUMNS[1], MARK, Grade(5)), void=True)
    data = adding("marks", void, strays)(CLEAN)
    assert inconsistencies(data) == ()
    seeded = SEEDS[Kind.MARK_ELSEWHERE].sow(data)
    stray = evolve(given_in(COLUMNS[3], LEV, Grade(6)), journal=ALGEBRA)
    assert plan_of(Kind.MARK_ELSEWHERE, seeded) == RepairPlan(
        (
            Repair(stray, evolve(stray, void=True)),
            Repair(void, evolve(given_in(COLUMNS[3], LEV, Grade(6)), version=3)),
        )
    )


def test_a_mark_that_stands_in_the_first_of_two_columns_is_changed_and_not_given_again() -> None:
    standing = given_in(TERM, ADA, Grade(9))
    later = given_in(TERM, ADA, Grade(10), later=1)
    assert Repair(standing, later) in plan_of(Kind.SEMESTER_TWICE).repairs


def test_a_lesson_from_afar_comes_to_the_nearest_day_with_all_that_is_of_it() -> None:
    data = mended(Kind.LESSON_OUTSIDE_SEMESTER)
    of_it = [
        *(each.day for each in data.lessons if each.id == FAR.id),
        *(each.day for each in data.columns if each.id == FAR_COLUMN.id),
        *(each.day for each in data.marks if each.column == FAR_COLUMN.id),
        *(each.day for each in data.absences if each.lesson == FAR.id),
    ]
    assert of_it == [LAST] * 4


def test_of_two_lessons_at_once_the_first_has_what_both_had() -> None:
    data = mended(Kind.LESSON_TWICE)
    whole = evolve(LESSONS[3], homework="Unit 2", plan_no=1)
    assert data.lessons_of[ENGLISH_1] == [whole]
    assert evolve(TWIN, struck=True) in data.lessons
    assert {each.lesson for each in data.columns if each.id in {413, 434}} == {LESSONS[3].id}
    assert absent(LESSONS[3], LEV) in data.absences


def test_homework_for_a_lesson_that_becomes_one_with_another_is_due_at_that() -> None:
    setting = lesson(450, ENGLISH_1, FIRST, homework="Unit 1", homework_to=TWIN.id)
    seeded = both(SEEDS[Kind.LESSON_TWICE].sow, adding("lessons", setting))(CLEAN)
    data = seeded.after(plan_of(Kind.LESSON_TWICE, seeded))
    assert evolve(setting, homework_to=LESSONS[3].id) in data.lessons


def test_homework_that_two_lessons_at_once_set_for_each_other_is_for_whenever_they_meet() -> None:
    first = evolve(LESSONS[3], homework="Unit 1", homework_to=TWIN.id)
    seeded = both(
        SEEDS[Kind.LESSON_TWICE].sow, changing("lessons", 404, homework="Unit 1", homework_to=433)
    )(CLEAN)
    data = seeded.after(plan_of(Kind.LESSON_TWICE, seeded))
    assert data.lessons_of[ENGLISH_1] == [evolve(first, homework_to=None, plan_no=1)]
    later = lesson(450, ENGLISH_1, date(2026, 9, 14))
    seeded = both(
        SEEDS[Kind.LESSON_TWICE].sow,
        adding("lessons", later),
        changing("lessons", 404, homework="Unit 1", homework_to=later.id),
    )(CLEAN)
    data = seeded.after(plan_of(Kind.LESSON_TWICE, seeded))
    assert data.lessons_of[ENGLISH_1][0].homework_to == later.id


def test_plan_numbers_follow_each_other_in_the_order_of_the_lessons() -> None:
    numbers = {
        journal: [each.plan_no for each in data.lessons_of[journal]]
        for journal, data in (
            (ALGEBRA, mended(Kind.PLAN_GAP)),
            (ENGLISH_2, mended(Kind.PLAN_NUMBER_TWICE)),
        )
    }
    assert numbers == {ALGEBRA: [1, 2, 3], ENGLISH_2: [1, 2]}


def test_a_plan_goes_on_behind_the_semester_before() -> None:
    later = [lesson(470 + number, ALGEBRA_2, date(2027, 1, 12 + number)) for number in range(2)]
    for numbers, mended_to in (((4, 5), None), ((1, 2), None), ((5, 6), [4, 5]), ((1, 3), [1, 2])):
        held = [evolve(each, plan_no=number) for each, number in zip(later, numbers, strict=True)]
        data = adding("lessons", *held)(CLEAN)
        found = inconsistencies(data, [Kind.PLAN_GAP])
        assert [each.about for each in found] == ([] if mended_to is None else [(ALGEBRA_2,)])
        for each in found:
            after = data.after(each.plan).lessons_of[ALGEBRA_2]
            assert [lesson.plan_no for lesson in after] == mended_to


def test_what_was_struck_contradicts_nothing() -> None:
    struck = [
        evolve(lesson(480, ALGEBRA, FIRST - DAY, plan_no=9, substitute=SECOND), struck=True),
        evolve(LESSONS[0], id=LessonId(481), struck=True),
    ]
    columns = [
        evolve(Column(ColumnId(482), ALGEBRA, ColumnKind.THEMATIC), struck=True),
        evolve(OTHER_TERM, struck=True),
        evolve(current(483, struck[0]), day=LAST, struck=True),
    ]
    data = both(adding("lessons", *struck), adding("columns", *columns))(CLEAN)
    assert inconsistencies(data) == ()


def test_pupils_in_two_parts_of_a_division_are_found_without_a_journal() -> None:
    parts = tuple(
        Subgroup(SubgroupId(number), SIXTH, f"Група {number}", frozenset({OLHA}), "англійська")
        for number in (231, 232)
    )
    (found,) = inconsistencies(adding("subgroups", *parts)(CLEAN))
    assert (found.kind, found.about) == (Kind.SUBGROUPS_PARALLEL, (OLHA, 231, 232))
    gone = Repair(parts[1], evolve(parts[1], members=frozenset()))
    assert found.plan == RepairPlan((gone,))


def test_a_mark_of_a_pupil_who_left_the_subgroup_is_no_stray() -> None:
    left = changing("subgroups", ONE, members=frozenset({LEV}))(CLEAN)
    assert inconsistencies(left) == ()


def test_who_substitutes_is_granted_the_role_in_the_account_that_they_have() -> None:
    seeded = SEEDS[Kind.SUBSTITUTE_WITHOUT_GRANT].sow(CLEAN)
    role = Role.SUBSTITUTE
    since = datetime(2026, 9, 10, tzinfo=UTC)
    granted = Grant(NEW_GRANT, role, rights_of(role), AccountId(9), PersonId(SECOND), since)
    assert plan_of(Kind.SUBSTITUTE_WITHOUT_GRANT, seeded) == RepairPlan((Repair(None, granted),))
    waiting = evolve(TEACHES, id=GrantId(3), account=None)
    both_held = evolve(seeded, grants=(waiting, *seeded.grants))
    assert plan_of(Kind.SUBSTITUTE_WITHOUT_GRANT, both_held) == RepairPlan((Repair(None, granted),))


def test_a_substitute_without_an_account_stays_on_the_lesson_for_a_person_to_invite() -> None:
    seeded = adding("lessons", UNGRANTED)(CLEAN)
    assert plan_of(Kind.SUBSTITUTE_WITHOUT_GRANT, seeded).is_for_a_person


def test_a_substitutes_grant_has_to_last_until_the_day_of_the_lesson() -> None:
    ended = evolve(CLEAN.grants[0], until=NOW - 8 * DAY)
    (found,) = inconsistencies(evolve(CLEAN, grants=(ended,)))
    assert (found.kind, found.about) == (Kind.SUBSTITUTE_WITHOUT_GRANT, (405,))
    lasting = evolve(ended, until=datetime(2026, 9, 7, tzinfo=UTC))
    assert inconsistencies(evolve(CLEAN, grants=(lasting,))) == ()


@pytest.mark.parametrize(
    ("left", "heir", "second"),
    [
        ({MAIN}, SECOND, None),
        ({MAIN, SECOND}, LEADER, SECOND),
        ({MAIN, SECOND, LEADER}, MAIN, SECOND),
    ],
)
def test_a_journal_whose_teacher_left_goes_to_who_is_at_hand(
    left: set[StaffId], heir: StaffId, second: StaffId | None
) -> None:
    staff = tuple(
        evolve(each, ended=FIRST + DAY) if each.id in left else each for each in CLEAN.staff
    )
    data = evolve(CLEAN, staff=staff)
    (found,) = [
        each for each in inconsistencies(data, [Kind.TEACHER_LEFT]) if each.about == (ALGEBRA,)
    ]
    algebra = CLEAN.journals[0]
    given = algebra.given_to(heir, second)
    assert found.plan == RepairPlan(() if heir == MAIN else (Repair(algebra, given),))
    assert found.plan.is_for_a_person is (heir == MAIN)


def test_nobody_left_a_journal_whose_semester_was_over_or_who_is_still_there() -> None:
    for ended in (LAST, TODAY, TODAY + DAY):
        staff = tuple(evolve(each, ended=ended) for each in CLEAN.staff)
        found = inconsistencies(evolve(CLEAN, staff=staff), [Kind.TEACHER_LEFT])
        assert [each.about for each in found] == ([(ALGEBRA_2,)] if ended == LAST else [])


def test_an_earlier_enrolment_ends_before_the_later_begins_or_goes() -> None:
    (repair,) = plan_of(Kind.ENROLMENTS_OVERLAP).repairs
    assert repair.after == CLEAN.enrolments[4].ended(date(2026, 11, 1))
    again = listed(650, OLHA, FIFTH)
    twice = evolve(CLEAN, enrolments=(*CLEAN.enrolments, again))
    assert plan_of(Kind.ENROLMENTS_OVERLAP, twice) == RepairPlan(
        (Repair(CLEAN.enrolments[4], None),)
    )


def test_an_empty_subgroup_that_has_a_journal_gets_those_who_are_in_no_other() -> None:
    emptied = changing("subgroups", TWO, members=frozenset())(CLEAN)
    (repair,) = plan_of(Kind.SUBGROUP_EMPTY, emptied).repairs
    assert repair.after == CLEAN.subgroups[1]


def test_a_part_in_another_subject_keeps_nobody_out_of_an_empty_subgroup() -> None:
    third = SubgroupId(213)
    seeded = both(
        adding("subgroups", Subgroup(third, FIFTH, "Інформатика 1", frozenset({YANA}))),
        adding("journals", Journal(JournalId(309), YEAR.id, 1, FIFTH, SubjectId(9), third, MAIN)),
        changing("subgroups", TWO, members=frozenset()),
    )(CLEAN)
    (repair,) = plan_of(Kind.SUBGROUP_EMPTY, seeded).repairs
    assert repair.after == CLEAN.subgroups[1]


def test_a_pupil_in_two_subgroups_stays_where_the_marks_are() -> None:
    twice = joining(TWO, ADA)(CLEAN)
    assert plan_of(Kind.SUBGROUPS_PARALLEL, twice) == RepairPlan(
        (Repair(twice.subgroups[1], CLEAN.subgroups[1]),)
    )
    moved = evolve(given_in(COLUMNS[3], ADA, Grade(8)), journal=ENGLISH_2)
    marks = tuple(moved if each.journal == ENGLISH_1 else each for each in twice.marks)
    (repair,) = plan_of(Kind.SUBGROUPS_PARALLEL, evolve(twice, marks=marks)).repairs
    assert repair.after == evolve(CLEAN.subgroups[0], members=frozenset({LEV}))


def test_a_class_of_nobody_with_something_in_its_journals_is_for_a_person() -> None:
    data = both(
        SEEDS[Kind.CLASS_WITHOUT_PUPILS].sow,
        adding("lessons", lesson(460, JournalId(309), date(2026, 9, 8))),
    )(CLEAN)
    assert plan_of(Kind.CLASS_WITHOUT_PUPILS, data).is_for_a_person


def test_an_undated_column_may_be_empty_while_the_semester_lasts() -> None:
    seeded = SEEDS[Kind.ORPHAN_COLUMN].sow(CLEAN)
    assert inconsistencies(evolve(seeded, today=LAST), [Kind.ORPHAN_COLUMN]) == ()
    assert len(inconsistencies(evolve(seeded, today=LAST + DAY), [Kind.ORPHAN_COLUMN])) == 1


def test_what_names_nothing_that_is_there_is_passed_over() -> None:
    nowhere = {
        "journals": (Journal(JournalId(1), YearId(9), 1, ClassId(9), SubjectId(9), None, MAIN),),
        "classes": (SchoolClass(ClassId(8), YearId(9), ClassLabel(9, "А"), MAIN),),
        "enrolments": (listed(1, ADA, ClassId(8)), listed(2, LEV, ClassId(77))),
        "lessons": (lesson(1, JournalId(1), FIRST), lesson(2, JournalId(7), FIRST)),
        "columns": (Column(ColumnId(1), JournalId(7), ColumnKind.THEMATIC),),
        "marks": (Mark(JournalId(7), ColumnId(9), ADA, FIRST, Grade(1), "", None, NOW),),
        "absences": (absent(lesson(2, JournalId(7), FIRST), ADA),),
    }
    assert inconsistencies(evolve(CLEAN, **nowhere, grants=(), subgroups=())) == ()  # type: ignore[arg-type]


# The use cases, over a store.


def seeded_in(store: Store) -> tuple[SmallSchool, Actor]:
    """Put a stray mark, two lessons at once and a mixed column into the small school."""
    school = furnished(store)
    things = school.things
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    journal = things.journal.id
    first = school.run(teacher, teaching.hold_lesson, journal, day=MONDAY, bell=1, topic="Дроби")
    school.run(teacher, teaching.hold_lesson, journal, day=MONDAY, bell=1, topic="Дроби")
    test = school.run(teacher, teaching.add_lesson_column, first.id, ColumnKind.TEST)
    for pupil, value in ((things.ada, Grade(9)), (things.lev, Grade(7))):
        school.run(teacher, marking.give_mark, test.id, pupil=pupil.id, value=value)

    def stray(unit: SchoolUnit) -> None:
        # As it came from elsewhere: the rules of the class let nobody give it.
        unit.marks.add(test.mark(things.yana.id, Level.HIGH, "", None, unit.now))
        unit.marks.add(test.mark(PupilId(77), Grade(1), "загублена", None, unit.now))
        unit.record(Arranged())

    school.run(System("test"), stray)
    return school, school.actor(Role.DIRECTOR)


def found_in(school: SmallSchool) -> tuple[Inconsistency, ...]:
    with school.store.reading(ID, school.admin) as unit:
        return checking.check_data(unit)


def test_plans_are_applied_in_every_storage_and_twice_is_as_once(store: Store) -> None:
    school, director = seeded_in(store)
    kinds = [each.kind for each in found_in(school)]
    assert kinds == [Kind.STRAY_MARK, Kind.MIXED_SCALES, Kind.LESSON_TWICE]
    done = []
    for kind in kinds:
        (found,) = [each for each in found_in(school) if each.kind is kind]
        done += [school.run(director, checking.repair_data, found) for _ in range(2)]
    assert done == [True, False] * 3
    assert found_in(school) == ()
    assert store.verify(ID) == store.audit(ID) == []
    names = [each for each in school.events() if each in {"mark-revised", "data-repaired"}]
    assert names == ["mark-revised", "data-repaired"] * 2 + ["data-repaired"]
    assert "erased" not in school.events()


def test_a_mark_that_a_plan_takes_from_its_place_is_void_there_and_the_ledger_says_why() -> None:
    clock = Clock()
    school, director = seeded_in(MemoryStore(clock=clock))
    (found,) = [each for each in found_in(school) if each.kind is Kind.STRAY_MARK]
    clock.move(DAY)
    school.run(director, checking.repair_data, found)
    with school.store.reading(ID, school.admin) as unit:
        mark = unit.marks.get(MarkKey(*found.about))  # type: ignore[arg-type]  # plain integers
    assert (mark.value, mark.comment, mark.void) == (Grade(1), "загублена", True)
    assert mark.given_at == clock.now
    revised = school.store.entries(ID)[-2]
    assert revised.event == "mark-revised"
    assert revised.data["kind"] == "void"
    assert revised.data["new"] is None


def test_two_semester_columns_of_a_store_become_one_with_every_mark_and_its_history() -> None:
    school, director = seeded_in(MemoryStore(clock=Clock()))
    things = school.things
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    first = school.run(teacher, teaching.add_column, things.journal.id, ColumnKind.SEMESTER)
    school.run(teacher, marking.give_mark, first.id, pupil=things.ada.id, value=Grade(5))

    def second(unit: SchoolUnit) -> Column:
        # As it came from elsewhere: a journal has one.
        other = unit.columns.add(evolve(first, id=ColumnId(unit.new_id()), version=0))
        unit.columns.add(other.corrected(ColumnId(unit.new_id())))
        for pupil, value in ((things.ada, Grade(6)), (things.lev, Grade(9))):
            unit.marks.add(other.mark(pupil.id, value, "", things.main.id, unit.now))
        unit.record(Arranged())
        return other

    other = school.run(System("test"), second)
    (found,) = [each for each in found_in(school) if each.kind is Kind.SEMESTER_TWICE]
    assert school.run(director, checking.repair_data, found)
    with school.store.reading(ID, school.admin) as unit:
        marks = {(each.column, each.pupil): each for each in unit.marks.all()}
        beside = [each for each in unit.columns.of_journal(things.journal.id) if each.corrects]
    assert [each.corrects for each in beside if not each.struck] == [first.id]
    assert [marks[first.id, each.id].value for each in (things.ada, things.lev)] == [
        Grade(6),
        Grade(9),
    ]
    assert [marks[other.id, each.id].void for each in (things.ada, things.lev)] == [True, True]
    kinds = [each.data["kind"] for each in school.store.entries(ID) if each.event == "mark-revised"]
    assert Counter(kinds) == {"correction": 1, "void": 2}
    assert school.store.verify(ID) == school.store.audit(ID) == []


def test_a_plan_that_others_overtook_is_stale_and_says_what_is_found_now() -> None:
    school, director = seeded_in(MemoryStore())
    (found,) = [each for each in found_in(school) if each.kind is Kind.LESSON_TWICE]
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    lesson = LessonId(found.about[1])
    school.run(teacher, teaching.set_homework, lesson, "§ 5")
    (current,) = [each for each in found_in(school) if each.kind is Kind.LESSON_TWICE]
    with pytest.raises(Stale) as caught:
        school.run(director, checking.repair_data, found)
    assert caught.value == Stale("inconsistency", found.about, current)
    assert school.run(director, checking.repair_data, current)


def test_what_a_person_has_to_decide_is_not_applied() -> None:
    school, director = seeded_in(MemoryStore())

    def without_pupils(unit: SchoolUnit) -> None:
        for enrolment in list(unit.enrolments.all()):
            unit.enrolments.save(evolve(enrolment, school_class=ClassId(1)))
        unit.record(Arranged())

    school.run(System("test"), without_pupils)
    (found,) = [each for each in found_in(school) if each.kind is Kind.CLASS_WITHOUT_PUPILS]
    with pytest.raises(NotAllowedHere) as caught:
        school.run(director, checking.repair_data, found)
    assert caught.value == NotAllowedHere("class-without-pupils", "only-a-person")


def test_a_plan_changes_no_closed_period() -> None:
    everything = ClosingPolicy(frozenset(GapKind))
    school, director = seeded_in(MemoryStore(policies=Policies(closing=everything)))
    found = found_in(school)
    lock = school.run(director, closing.close_period, school.things.year.id, 1)
    before = school.store.heads()
    for each in found:
        with pytest.raises(PeriodClosed):
            school.run(director, checking.repair_data, each)
    assert school.store.heads() == before
    until = school.store.clock() + DAY
    school.run(director, closing.reopen_period, lock.id, until=until, reason="Звірка")
    assert all(school.run(director, checking.repair_data, each) for each in found[:1])


def test_the_office_checks_and_the_heads_alone_repair() -> None:
    school, _ = seeded_in(MemoryStore())
    (found, *_) = found_in(school)
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    with pytest.raises(Forbidden):
        school.run(school.admin, checking.repair_data, found)
    with pytest.raises(Forbidden):
        school.run(teacher, checking.check_data)


def test_the_sample_school_contradicts_itself_nowhere() -> None:
    store = MemoryStore(clock=Clock())
    small = set_up(store, b"a key of at least sixteen bytes!")

    def found(unit: SchoolUnit) -> tuple[Inconsistency, ...]:
        return inconsistencies(checking._data(unit))

    assert store.run(small.id, System("test"), found) == ()
