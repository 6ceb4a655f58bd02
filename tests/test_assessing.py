"""Finals suggested, decided and explained, over every storage (rules 37, 39, 47, 48, 53)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from asked import overheard
from attrs import evolve
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock, opened_sql

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import (
    Duplicate,
    Forbidden,
    Incomplete,
    Missing,
    NotAllowedHere,
    NotEnrolled,
)
from ejournal.ids import ColumnId, IdMaker, JournalId, PupilId, spell_id
from ejournal.model.access import Actor, System
from ejournal.model.assessment import (
    Caution,
    Exclusion,
    Ground,
    Stated,
    Suggestion,
    evaluate,
)
from ejournal.model.attendance import AbsenceCode
from ejournal.model.class_attendance import SheetEntry
from ejournal.model.classes import Assessment, Subject
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import ColumnKind, Journal, Mark, MarkKey, ResultKind
from ejournal.model.marks import Final, Grade, Level, MarkValue, Sign
from ejournal.model.people import Enrolment
from ejournal.model.permissions import Role
from ejournal.ports import Policies
from ejournal.rules import PACKS
from ejournal.rules.base_school import GRADES_5_9_1427
from ejournal.rules.packs import RulePack, Verdict
from ejournal.rules.review import MarkFault, MarkRemark
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.assessing import (
    ExplainedFinal,
    certificate_average,
    decide_final,
    explain_final,
    review_marks,
    suggest_column,
    suggest_final,
)
from ejournal.usecases.attending import fill_daily_sheet, note_absence, note_late
from ejournal.usecases.correcting import revise_mark
from ejournal.usecases.founding import add_pupil, add_subject
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    hold_lesson,
    open_journal,
)


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


def teacher_of(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return teacher_of(school)


@pytest.fixture
def memory() -> SmallSchool:
    """The same school in memory, for what no storage makes a difference to."""
    return under()


def under(*more: RulePack) -> SmallSchool:
    packs = (*PACKS, *more)
    return furnished(MemoryStore(clock=Clock(), ids=IdMaker(), policies=Policies(rule_packs=packs)))


def lesson_columns(
    school: SmallSchool, teacher: Actor, number: int, journal: JournalId | None = None
) -> list[ColumnId]:
    """Hold lessons on so many days and return their columns."""

    def hold(unit: SchoolUnit) -> list[ColumnId]:
        found: list[ColumnId] = []
        for at in range(number):
            lesson = hold_lesson(
                unit, journal or school.things.journal.id, day=MONDAY + DAY * at, bell=1
            )
            found += [column.id for column in unit.columns.of_lesson(lesson.id)]
        return found

    return school.run(teacher, hold)


def column(
    school: SmallSchool, teacher: Actor, kind: ColumnKind, journal: JournalId | None = None
) -> ColumnId:
    return school.run(teacher, add_column, journal or school.things.journal.id, kind).id


def give(
    school: SmallSchool, actor: Actor, place: ColumnId, value: MarkValue, pupil: PupilId
) -> None:
    school.run(actor, give_mark, place, pupil=pupil, value=value)


def test_a_topic_is_suggested_from_its_own_lessons_and_kept(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    ada, journal = school.things.ada.id, school.things.journal.id
    first, second, third = lesson_columns(school, teacher, 3)
    for place, number in ((first, 7), (second, 8), (third, 10)):
        give(school, teacher, place, Grade(number), ada)
    topic = column(school, teacher, ColumnKind.THEMATIC)
    kept = school.run(teacher, suggest_final, topic, pupil=ada)
    assert kept.key == MarkKey(journal, topic, ada)
    assert (kept.value, kept.suggested_at) == (Grade(8), clock.now)
    assert evaluate(kept.calculation) == kept.value
    with school.store.reading(ID, teacher) as unit:
        assert unit.suggestions.get(kept.key) == kept
        assert list(unit.suggestions.of_column(topic)) == [kept]
        assert unit.marks.find(kept.key) is None
    assert school.events()[-1] == "finals-suggested"


def test_the_same_again_leaves_what_was_suggested_and_no_entry(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    ada = school.things.ada.id
    (place,) = lesson_columns(school, teacher, 1)
    give(school, teacher, place, Grade(7), ada)
    topic = column(school, teacher, ColumnKind.THEMATIC)
    first = school.run(teacher, suggest_final, topic, pupil=ada)
    before = school.events()
    clock.move(timedelta(hours=1))
    assert school.run(teacher, suggest_final, topic, pupil=ada) == first
    assert school.events() == before
    give(school, teacher, place, Grade(9), ada)
    later = school.run(teacher, suggest_final, topic, pupil=ada)
    assert (later.value, later.suggested_at) == (Grade(9), clock.now)


def test_rule_039_a_decision_is_the_mark_and_suggesting_again_never_touches_it(
    school: SmallSchool, teacher: Actor
) -> None:
    ada, things = school.things.ada.id, school.things
    (place,) = lesson_columns(school, teacher, 1)
    give(school, teacher, place, Grade(7), ada)
    topic = column(school, teacher, ColumnKind.THEMATIC)
    suggested = school.run(teacher, suggest_final, topic, pupil=ada)
    with pytest.raises(Incomplete):
        school.run(teacher, decide_final, topic, pupil=ada, value=Grade(8))
    mark = school.run(
        teacher, decide_final, topic, pupil=ada, value=Grade(8), reason="зростання в темі"
    )
    assert (mark.value, mark.author, mark.comment) == (Grade(8), things.main.id, "")
    entry = school.store.entries(ID)[-1]
    assert entry.event == "final-decided"
    assert {name: entry.data[name] for name in ("old", "new", "suggested", "pupil")} == {
        "old": None,
        "new": "8",
        "suggested": "7",
        "pupil": spell_id(ada),
    }
    assert "зростання" not in str(entry.data)

    give(school, teacher, place, Grade(12), ada)
    again = school.run(teacher, suggest_final, topic, pupil=ada)
    assert again.value == Grade(12) != suggested.value
    with school.store.reading(ID, teacher) as unit:
        assert unit.marks.get(mark.key) == mark
        told = explain_final(unit, topic, pupil=ada)
    assert told == ExplainedFinal(mark, again, "зростання в темі")
    assert told.departs
    assert told.lines()[:2] == ("Тематична: 12", "за поточними: 12")
    assert told.lines("en")[0] == "Thematic: 12"


def test_a_decision_that_follows_needs_no_reason(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    (place,) = lesson_columns(memory, teacher, 1)
    give(memory, teacher, place, Grade(7), ada)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    memory.run(teacher, suggest_final, topic, pupil=ada)
    mark = memory.run(teacher, decide_final, topic, pupil=ada, value=Grade(7), comment="так")
    told = explained(memory, teacher, topic)
    assert (told.mark, told.reason, told.departs, mark.comment) == (mark, "", False, "так")
    give(memory, teacher, topic, Grade(9), ada)
    told = explained(memory, teacher, topic)
    assert (told.reason, told.departs) == ("", True)


def test_a_decision_may_come_before_any_suggestion(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    assert explained(memory, teacher, topic) == ExplainedFinal(None, None, "")
    first = memory.run(teacher, decide_final, topic, pupil=ada, value=Grade(7))
    told = explained(memory, teacher, topic)
    assert (told.mark, told.departs, told.lines()) == (first, False, ())
    memory.run(teacher, decide_final, topic, pupil=ada, value=Grade(8))
    entry = memory.store.entries(ID)[-1]
    assert (entry.data["old"], entry.data["new"], entry.data["suggested"]) == ("7", "8", None)


def explained(school: SmallSchool, actor: Actor, place: ColumnId) -> ExplainedFinal:
    with school.store.reading(ID, actor) as unit:
        return explain_final(unit, place, pupil=school.things.ada.id)


def test_a_whole_column_is_suggested_under_one_entry(school: SmallSchool, teacher: Actor) -> None:
    things = school.things
    places = lesson_columns(school, teacher, 2)
    for place, number in zip(places, (7, 10), strict=True):
        give(school, teacher, place, Grade(number), things.ada.id)
    give(school, teacher, places[0], Grade(4), things.lev.id)
    topic = column(school, teacher, ColumnKind.THEMATIC)
    made = school.run(teacher, suggest_column, topic)
    assert {each.pupil: each.value for each in made} == {
        things.ada.id: Grade(9),
        things.lev.id: Grade(4),
        things.yana.id: None,
    }
    entry = school.store.entries(ID)[-1]
    assert (entry.event, entry.data["pupils"], len(entry.writes)) == ("finals-suggested", 3, 3)
    assert school.run(teacher, suggest_column, topic) == made
    assert school.store.entries(ID)[-1] == entry
    with school.store.reading(ID, teacher) as unit:
        assert list(unit.suggestions.of_column(topic)) == made


def test_rule_037_a_pupil_absent_through_the_topic_is_suggested_not_attested(
    memory: SmallSchool,
) -> None:
    things, teacher = memory.things, teacher_of(memory)

    def hold(unit: SchoolUnit) -> None:
        first, second = (
            hold_lesson(unit, things.journal.id, day=MONDAY + DAY * at, bell=1).id for at in (0, 1)
        )
        for lesson in (first, second):
            note_absence(unit, lesson, pupil=things.ada.id, code=AbsenceCode.ILL)
            note_late(unit, lesson, pupil=things.lev.id, minutes=40)
        note_absence(unit, second, pupil=things.yana.id, code=AbsenceCode.ILL)

    memory.run(teacher, hold)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    made = {each.pupil: each for each in memory.run(teacher, suggest_column, topic)}
    assert made[things.ada.id].value == Final.NOT_ATTESTED
    assert made[things.ada.id].calculation.conclusion == Stated(
        Final.NOT_ATTESTED, Ground.MISSED_ALL
    )
    assert made[things.lev.id].value is made[things.yana.id].value is None


def test_lessons_before_a_pupil_came_are_not_missed(memory: SmallSchool) -> None:
    things, teacher = memory.things, teacher_of(memory)
    lesson_columns(memory, teacher, 1)

    def come_later(unit: SchoolUnit) -> None:
        (enrolment,) = unit.enrolments.of_pupil(things.ada.id)
        unit.enrolments.save(evolve(enrolment, since=MONDAY + DAY))
        unit.record(Arranged())

    memory.run(System("test"), come_later)
    clock = memory.store.clock
    assert isinstance(clock, Clock)
    clock.move(DAY)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    made = memory.run(teacher, suggest_final, topic, pupil=things.ada.id)
    assert made.calculation.cautions == (Caution.NOTHING_COUNTS,)


def test_a_semester_is_suggested_from_thematic_marks(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    (work,) = lesson_columns(memory, teacher, 1)
    give(memory, teacher, work, Grade(2), ada)
    semester = column(memory, teacher, ColumnKind.SEMESTER)
    assert memory.run(teacher, suggest_final, semester, pupil=ada).value == Grade(2)
    for number in (9, 10):
        topic = column(memory, teacher, ColumnKind.THEMATIC)
        give(memory, teacher, topic, Grade(number), ada)
    assert memory.run(teacher, suggest_final, semester, pupil=ada).value == Grade(10)


def second_semester(school: SmallSchool) -> Journal:
    things = school.things
    return school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=2,
        teacher=things.main.id,
    )


def found_by_a_commission(
    unit: SchoolUnit, place: ColumnId, pupil: PupilId, value: MarkValue
) -> None:
    columns = unit.columns.of_journal(unit.columns.get(place).journal)
    (corrected,) = (each for each in columns if each.corrects == place)
    unit.marks.add(corrected.mark(pupil, value, "", None, unit.now))
    unit.record(Arranged())


def test_rule_047_a_year_is_suggested_from_both_semesters_the_corrected_one_first(
    school: SmallSchool, teacher: Actor
) -> None:
    ada, second = school.things.ada.id, second_semester(school)
    one = column(school, teacher, ColumnKind.SEMESTER)
    two = column(school, teacher, ColumnKind.SEMESTER, second.id)
    annual = column(school, teacher, ColumnKind.ANNUAL, second.id)
    give(school, teacher, one, Grade(5), ada)
    lacking = school.run(teacher, suggest_final, annual, pupil=ada)
    assert (lacking.value, lacking.calculation.cautions) == (None, (Caution.SEMESTER_LACKS,))
    school.run(System("test"), found_by_a_commission, one, ada, Grade(7))
    give(school, teacher, two, Grade(8), ada)
    made = school.run(teacher, suggest_final, annual, pupil=ada)
    assert made.value == Grade(8)
    assert [each.why for each in made.calculation.excluded] == [Exclusion.CORRECTED]


def test_a_year_is_of_one_subject(memory: SmallSchool) -> None:
    teacher, ada, things = teacher_of(memory), memory.things.ada.id, memory.things
    other = memory.run(memory.admin, add_subject, "Геометрія")
    geometry = memory.run(
        memory.admin,
        open_journal,
        things.school_class.id,
        other.id,
        semester=1,
        teacher=things.main.id,
    )
    give(memory, teacher, column(memory, teacher, ColumnKind.SEMESTER, geometry.id), Grade(1), ada)
    second = second_semester(memory)
    for journal in (things.journal.id, second.id):
        place = column(memory, teacher, ColumnKind.SEMESTER, journal)
        give(memory, teacher, place, Grade(9), ada)
    annual = column(memory, teacher, ColumnKind.ANNUAL, second.id)
    assert memory.run(teacher, suggest_final, annual, pupil=ada).value == Grade(9)


def test_rule_048_the_average_of_a_certificate_is_of_a_classs_final_marks(
    school: SmallSchool, teacher: Actor
) -> None:
    things, ada = school.things, school.things.ada.id
    annual = column(school, teacher, ColumnKind.ANNUAL)
    give(school, teacher, annual, Grade(9), ada)
    journals: list[Journal] = []
    for name in ("Геометрія", "Фізика", "Фізична культура"):
        subject = school.run(school.admin, add_subject, name)
        journals.append(
            school.run(
                school.admin,
                open_journal,
                things.school_class.id,
                subject.id,
                semester=1,
                teacher=things.main.id,
            )
        )
    values: list[MarkValue] = [Grade(10), Grade(10), Sign.EXEMPT]
    for journal, value in zip(journals, values, strict=True):
        place = column(school, teacher, ColumnKind.ANNUAL, journal.id)
        give(school, teacher, place, value, ada)
    with school.store.reading(ID, school.admin) as unit:
        tree = certificate_average(unit, things.school_class.id, pupil=ada)
        none = certificate_average(unit, things.school_class.id, pupil=things.lev.id)
    assert evaluate(tree) == Fraction(97, 10)
    assert [each.why for each in tree.excluded] == [Exclusion.EXEMPT]
    assert evaluate(none) is None


def test_rule_053_a_second_column_for_the_semester_is_refused(memory: SmallSchool) -> None:
    teacher = teacher_of(memory)
    first = column(memory, teacher, ColumnKind.SEMESTER)
    with pytest.raises(Duplicate) as refused:
        column(memory, teacher, ColumnKind.SEMESTER)
    assert refused.value == Duplicate("journal_column", ("journal", "kind"), (first,))


def test_rule_050_a_group_of_results_has_its_number_and_type(memory: SmallSchool) -> None:
    teacher, journal = teacher_of(memory), memory.things.journal.id
    kind = ColumnKind.RESULT_GROUP
    plain = memory.run(teacher, add_column, journal, kind, group=2)
    ends = memory.run(teacher, add_column, journal, kind, group=2, result=ResultKind.SEMESTER)
    assert (plain.group, plain.result) == (2, ResultKind.CURRENT)
    assert (ends.group, ends.result) == (2, ResultKind.SEMESTER)


def test_only_columns_of_finals_are_suggested_decided_and_explained(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    (work,) = lesson_columns(memory, teacher, 1)
    with pytest.raises(NotAllowedHere, match="no final"):
        memory.run(teacher, suggest_final, work, pupil=ada)
    with pytest.raises(NotAllowedHere, match="no final"):
        memory.run(teacher, suggest_column, work)
    with pytest.raises(NotAllowedHere, match="no final"):
        memory.run(teacher, decide_final, work, pupil=ada, value=Grade(7))
    with pytest.raises(NotAllowedHere, match="no final"):
        explained(memory, teacher, work)


def test_finals_are_the_teachers_and_read_by_those_who_read_journals(
    memory: SmallSchool,
) -> None:
    teacher, things = teacher_of(memory), memory.things
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    director = memory.actor(Role.DIRECTOR)
    parent = memory.actor(Role.PARENT, things.mother.id)
    for actor in (director, parent, memory.admin):
        with pytest.raises(Forbidden):
            memory.run(actor, suggest_final, topic, pupil=things.ada.id)
        with pytest.raises(Forbidden):
            memory.run(actor, suggest_column, topic)
        with pytest.raises(Forbidden):
            memory.run(actor, decide_final, topic, pupil=things.ada.id, value=Grade(7))
    assert explained(memory, director, topic) == ExplainedFinal(None, None, "")
    with memory.store.reading(ID, director) as unit:
        assert review_marks(unit, things.journal.id) == ()
    with memory.store.reading(ID, parent) as unit:
        with pytest.raises(Forbidden):
            explain_final(unit, topic, pupil=things.ada.id)
        with pytest.raises(Forbidden):
            review_marks(unit, things.journal.id)
        with pytest.raises(Forbidden):
            certificate_average(unit, things.school_class.id, pupil=things.ada.id)


def test_a_pupil_of_elsewhere_has_no_final_here(memory: SmallSchool) -> None:
    teacher = teacher_of(memory)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    stranger = memory.run(memory.admin, add_pupil, PersonName("Коваль", "Іван"))
    with pytest.raises(NotEnrolled):
        memory.run(teacher, suggest_final, topic, pupil=stranger.id)
    with pytest.raises(NotEnrolled):
        memory.run(teacher, decide_final, topic, pupil=stranger.id, value=Grade(7))


def test_a_subgroups_finals_are_of_its_members(memory: SmallSchool) -> None:
    things = memory.things
    journal = memory.run(
        memory.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=1,
        teacher=things.main.id,
        subgroup=things.group.id,
    )
    teacher = teacher_of(memory)
    topic = column(memory, teacher, ColumnKind.THEMATIC, journal.id)
    made = memory.run(teacher, suggest_column, topic)
    assert [each.pupil for each in made] == sorted([things.ada.id, things.lev.id])
    with pytest.raises(NotEnrolled):
        memory.run(teacher, suggest_final, topic, pupil=things.yana.id)
    memory.run(teacher, decide_final, topic, pupil=things.lev.id, value=Grade(7))


def test_a_decision_obeys_the_rules_of_the_class(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    with pytest.raises(NotAllowedHere, match="nus-5-9-1427"):
        memory.run(teacher, decide_final, topic, pupil=ada, value=Level.HIGH)


def test_a_semester_can_be_worked_out_again_years_later(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    give(memory, teacher, topic, Grade(9), ada)
    semester = column(memory, teacher, ColumnKind.SEMESTER)
    first = memory.run(teacher, suggest_final, semester, pupil=ada)

    def leave(unit: SchoolUnit) -> Enrolment:
        (enrolment,) = unit.enrolments.of_pupil(ada)
        kept = unit.enrolments.save(enrolment.ended(date(2027, 6, 30)))
        unit.record(Arranged())
        return kept

    memory.run(System("test"), leave)
    later = evolve(GRADES_5_9_1427, name="later", effective_from=date(2028, 9, 1), semester_from=())
    memory.store.policies = Policies(rule_packs=(*PACKS, later))
    clock = memory.store.clock
    assert isinstance(clock, Clock)
    clock.move(timedelta(days=1000))
    assert memory.run(teacher, suggest_final, semester, pupil=ada) == first


# What stands beside


APART = evolve(
    GRADES_5_9_1427,
    name="apart",
    effective_from=date(2026, 9, 2),
    beside_absence=Verdict.REFUSED,
    mixing=Verdict.REFUSED,
    admissions=(*PACKS[0].admissions,),
)


@pytest.fixture
def strict() -> SmallSchool:
    return under(APART)


def test_where_rules_refuse_it_no_mark_stands_beside_an_absence(strict: SmallSchool) -> None:
    things, teacher = strict.things, teacher_of(strict)
    lesson = strict.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    test = strict.run(teacher, add_lesson_column, lesson.id, ColumnKind.TEST)
    ada, lev = things.ada.id, things.lev.id
    strict.run(teacher, note_absence, lesson.id, pupil=ada, code=AbsenceCode.ILL)
    strict.run(teacher, note_late, lesson.id, pupil=lev, minutes=5)
    with pytest.raises(NotAllowedHere) as refused:
        give(strict, teacher, test.id, Grade(7), ada)
    assert refused.value == NotAllowedHere("7 (apart)", "absent-there")
    give(strict, teacher, test.id, Sign.COMMENT, ada)
    give(strict, teacher, test.id, Grade(7), lev)
    with pytest.raises(NotAllowedHere) as refused:
        strict.run(teacher, note_absence, lesson.id, pupil=lev, code=AbsenceCode.ABSENT)
    assert refused.value == NotAllowedHere("7 (apart)", "absent-there")
    strict.run(teacher, note_absence, lesson.id, pupil=things.yana.id, code=AbsenceCode.ILL)


def test_the_sheet_of_a_day_obeys_the_same_rules(strict: SmallSchool) -> None:
    things, teacher = strict.things, teacher_of(strict)
    lesson = strict.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    (place,) = columns_of(strict, lesson.journal)
    give(strict, teacher, place, Grade(7), things.ada.id)
    leader = strict.actor(Role.CLASS_TEACHER, things.third.id)
    entries = {
        pupil: SheetEntry(pupil, AbsenceCode.ILL) for pupil in (things.ada.id, things.lev.id)
    }
    fill = things.school_class.id, MONDAY
    with pytest.raises(NotAllowedHere) as refused:
        strict.run(leader, fill_daily_sheet, *fill, entries.values())
    assert refused.value == NotAllowedHere("7 (apart)", "absent-there")
    strict.run(leader, fill_daily_sheet, *fill, [entries[things.lev.id]])
    assert strict.events()[-1] == "daily-sheet-filled"


def test_where_rules_refuse_it_no_letter_stands_among_numbers(strict: SmallSchool) -> None:
    things, teacher = strict.things, teacher_of(strict)
    topic = column(strict, teacher, ColumnKind.THEMATIC)
    give(strict, teacher, topic, Grade(7), things.ada.id)
    with pytest.raises(NotAllowedHere) as refused:
        give(strict, teacher, topic, Level.HIGH, things.lev.id)
    assert refused.value == NotAllowedHere("В (apart)", "mixed-scales")
    give(strict, teacher, topic, Level.HIGH, things.ada.id)
    give(strict, teacher, topic, Level.INITIAL, things.lev.id)


def test_a_revision_looks_at_what_stands_beside_and_a_void_mark_is_nothing(
    strict: SmallSchool,
) -> None:
    things, teacher = strict.things, teacher_of(strict)
    ada, lev = things.ada.id, things.lev.id
    lesson = strict.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    (place,) = columns_of(strict, lesson.journal)
    for pupil in (ada, lev):
        give(strict, teacher, place, Grade(7), pupil)

    def revised(revision: MarkRevision) -> Mark:
        return strict.run(teacher, revise_mark, place, pupil=ada, revision=revision)

    with pytest.raises(NotAllowedHere) as refused:
        revised(MarkRevision(RevisionKind.CORRECTION, "не той рядок", Level.HIGH))
    assert refused.value == NotAllowedHere("В (apart)", "mixed-scales")
    revised(MarkRevision(RevisionKind.CORRECTION, "лише коментар", Sign.COMMENT, "усно"))
    strict.run(teacher, note_absence, lesson.id, pupil=ada, code=AbsenceCode.ILL)
    with pytest.raises(NotAllowedHere) as refused:
        revised(MarkRevision(RevisionKind.CORRECTION, "не той рядок", Grade(8)))
    assert refused.value == NotAllowedHere("8 (apart)", "absent-there")
    void = MarkRevision(RevisionKind.VOID, "не той учень")
    strict.run(teacher, revise_mark, place, pupil=lev, revision=void)
    strict.run(teacher, note_absence, lesson.id, pupil=lev, code=AbsenceCode.ILL)


@pytest.mark.parametrize("first", ["7", "high"])
def test_an_import_looks_at_what_stands_beside_as_well(strict: SmallSchool, first: str) -> None:
    things, teacher = strict.things, teacher_of(strict)
    lesson = strict.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    (place,) = columns_of(strict, lesson.journal)
    strict.run(teacher, note_absence, lesson.id, pupil=things.ada.id, code=AbsenceCode.ILL)
    other = "high" if first == "7" else "7"
    rows = [(things.ada.id, first), (things.lev.id, first), (things.yana.id, other)]
    lines = [
        "column,pupil,value",
        *(f"{spell_id(place)},{spell_id(pupil)},{value}" for pupil, value in rows),
    ]
    taking = strict.run(strict.admin, begin_import, "зразок")
    outcome = import_marks(strict.store, ID, strict.admin, taking.id, lines)
    labels = {"7": "7 (apart)", "high": "В (apart)"}
    assert outcome.refusals == (
        (2, NotAllowedHere(labels[first], "absent-there")),
        (4, NotAllowedHere(labels[other], "mixed-scales")),
    )
    assert outcome.progress.taken == 1


def columns_of(school: SmallSchool, journal: JournalId) -> list[ColumnId]:
    with school.store.reading(ID, school.admin) as unit:
        return [column.id for column in unit.columns.of_journal(journal)]


def test_an_import_asks_the_rules_of_each_class(memory: SmallSchool) -> None:
    things, teacher = memory.things, teacher_of(memory)
    (place,) = lesson_columns(memory, teacher, 1)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    lines = [
        "column,pupil,value",
        f"{spell_id(place)},{spell_id(things.ada.id)},high",
        f"{spell_id(place)},{spell_id(things.ada.id)},9",
        f"{spell_id(topic)},{spell_id(things.ada.id)},low",
        f"{spell_id(topic)},{spell_id(things.ada.id)},initial",
        f"{spell_id(topic)},{spell_id(things.ada.id)},9",
    ]
    taking = memory.run(memory.admin, begin_import, "зразок")
    outcome = import_marks(memory.store, ID, memory.admin, taking.id, lines)
    assert [number for number, _ in outcome.refusals] == [2, 4, 5]
    assert outcome.refusals[0][1] == NotAllowedHere("В (nus-5-9-1427)", "not-under-these-rules")
    assert outcome.progress.taken == 2


def test_a_review_remarks_on_what_was_kept_all_the_same(memory: SmallSchool) -> None:
    things, teacher = memory.things, teacher_of(memory)
    lesson = memory.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    (place,) = columns_of(memory, lesson.journal)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    ada, lev, yana = things.ada.id, things.lev.id, things.yana.id
    give(memory, teacher, place, Grade(7), ada)
    give(memory, teacher, place, Sign.COMMENT, lev)
    give(memory, teacher, place, Final.NOT_ATTESTED, yana)
    for pupil in (ada, lev):
        memory.run(teacher, note_absence, lesson.id, pupil=pupil, code=AbsenceCode.ILL)
    give(memory, teacher, topic, Grade(7), ada)

    def before_the_rules(unit: SchoolUnit) -> None:
        unit.marks.add(unit.columns.get(topic).mark(lev, Level.HIGH, "", None, unit.now))
        unit.record(Arranged())

    memory.run(System("test"), before_the_rules)
    with memory.store.reading(ID, teacher) as unit:
        found = review_marks(unit, things.journal.id)
    assert found == (
        MarkRemark(MarkFault.ABSENT, place, ada, Grade(7)),
        MarkRemark(MarkFault.OUT_OF_PLACE, place, yana, Final.NOT_ATTESTED),
        MarkRemark(MarkFault.MIXED, topic),
        MarkRemark(MarkFault.AGAINST_RULES, topic, lev, Level.HIGH),
    )


# Terms


def test_a_journal_goes_on_under_the_terms_it_was_opened_with(memory: SmallSchool) -> None:
    things, teacher = memory.things, teacher_of(memory)

    def reassess(unit: SchoolUnit) -> Subject:
        kept = unit.subjects.save(evolve(things.algebra, assessed=Assessment.NONE))
        unit.record(Arranged())
        return kept

    memory.run(System("test"), reassess)
    topic = column(memory, teacher, ColumnKind.THEMATIC)
    give(memory, teacher, topic, Grade(7), things.ada.id)
    semester = column(memory, teacher, ColumnKind.SEMESTER)
    made = memory.run(teacher, suggest_final, semester, pupil=things.ada.id)
    assert made.value == Grade(7)
    assert second_semester(memory).terms == evolve(
        things.journal.terms or pytest.fail("a journal notes its terms"),
        assessed=Assessment.NONE,
        first_day=date(2027, 1, 12),
        last_day=date(2027, 6, 4),
    )


def test_a_journal_opened_before_terms_were_noted_has_them_looked_up(
    school: SmallSchool, teacher: Actor
) -> None:
    things = school.things

    def forget(unit: SchoolUnit) -> Journal:
        kept = unit.journals.save(evolve(things.journal, terms=None))
        unit.record(Arranged())
        return kept

    school.run(System("test"), forget)
    (place,) = lesson_columns(school, teacher, 1)
    with pytest.raises(NotAllowedHere):
        give(school, teacher, place, Level.HIGH, things.ada.id)
    give(school, teacher, place, Grade(7), things.ada.id)
    with school.store.reading(ID, teacher) as unit:
        assert review_marks(unit, things.journal.id) == ()


def test_a_class_without_rules_has_no_marks() -> None:
    bare = furnished(MemoryStore(clock=Clock(), ids=IdMaker(), policies=Policies(rule_packs=())))
    teacher = teacher_of(bare)
    (place,) = lesson_columns(bare, teacher, 1)
    with pytest.raises(Missing, match="rule_pack"):
        give(bare, teacher, place, Grade(7), bare.things.ada.id)


def test_a_suggestion_is_read_as_it_was_kept_whatever_it_is_made_of(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    annual = column(memory, teacher, ColumnKind.ANNUAL)
    kept = memory.run(teacher, suggest_final, annual, pupil=ada)
    with memory.store.reading(ID, teacher) as unit:
        found: Suggestion = unit.suggestions.get(kept.key)
    assert (found, found.value) == (kept, None)


def test_the_rules_cost_a_mark_no_question(tmp_path: Path) -> None:
    with opened_sql(tmp_path / "ejournal.db", Clock()) as store:
        school = furnished(store)
        teacher = teacher_of(school)
        (place,) = lesson_columns(school, teacher, 1)
        with overheard(store.engine) as heard:
            give(school, teacher, place, Grade(7), school.things.ada.id)
    asked = {re.findall(r"FROM \"?ejournal_(\w+)", each.text)[0] for each in heard if each.reads}
    assert {"journal_column", "journal", "mark"} <= asked
    assert asked.isdisjoint({"school_class", "subject", "school_year", "absence"})
