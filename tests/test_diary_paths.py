"""No path shows a mark before its instant, or to who is not shown it (rules 91, 92).

`PATHS` is every use case that reads a diary's marks, `WITHOUT_MARKS` every other one that asks
for the same right. One that is in neither fails.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from small_school import ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Invalid, NotAllowedHere
from ejournal.ids import ColumnId, GuardianId, PupilId
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode, AttendanceTotals
from ejournal.model.calendar import Period, week_of
from ejournal.model.diary import DiaryMark, PupilPage, SubjectMarks
from ejournal.model.diary_news import (
    ChildDigest,
    DiaryLook,
    Digest,
    HomeworkDue,
    NewsKind,
    WeekSignature,
)
from ejournal.model.excuses import BY_PUPIL, Excuse, ExcuseState
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.journal import ColumnKind, Lesson, Mark
from ejournal.model.marks import Grade
from ejournal.model.page import Heading, page
from ejournal.model.people import ComingOfAge, DiaryPart, Guardian, Guardianship, Pupil, Relation
from ejournal.model.permissions import Role
from ejournal.model.publishing import Publishing, PublishRule, PublishWhen, RoleRule
from ejournal.plugins.files import CsvExporter
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.acknowledging import (
    acknowledge_diary,
    diary_looks,
    sign_week,
    signatures,
)
from ejournal.usecases.attending import note_absence
from ejournal.usecases.entrusting import allow_guardian, limit_guardian
from ejournal.usecases.excusing import (
    confirm_excuse,
    excuses_of,
    propose_excuse,
    withdraw_excuse,
)
from ejournal.usecases.exporting import export_diary, export_marks
from ejournal.usecases.founding import add_guardian, add_pupil, enrol, link_guardian
from ejournal.usecases.marking import give_mark
from ejournal.usecases.publishing import publish_column, set_publishing
from ejournal.usecases.reading import (
    contacts_of,
    diary_digest,
    diary_news,
    diary_week,
    pupil_page,
)
from ejournal.usecases.teaching import add_column, hold_lesson, set_homework

DOCS = Path(__file__).parent.parent / "docs"
sys.path.insert(0, str(DOCS))
printed = importlib.import_module("printed")

DAY, MS = timedelta(days=1), timedelta(milliseconds=1)
WEEK = week_of(MONDAY)
NINE = datetime(2026, 9, 7, 6, 0, tzinfo=UTC)
"""Nine o'clock in Ukraine, in the middle of the first lesson."""

WORDS = "таємне слово"


@frozen
class Family:
    """A school at nine on Monday: a lesson, its column, and who reads the diary of Ada."""

    school: SmallSchool
    clock: Clock
    teacher: Actor
    mother: Actor
    ada: Actor
    lesson: Lesson
    column: ColumnId

    @property
    def child(self) -> PupilId:
        return self.school.things.ada.id

    @property
    def guardian(self) -> GuardianId:
        return self.school.things.mother.id

    def marked(self, column: ColumnId | None = None) -> Mark:
        return self.school.run(
            self.teacher,
            give_mark,
            column or self.column,
            pupil=self.child,
            value=Grade(9),
            comment=WORDS,
        )

    def tie(self) -> Guardianship:
        with self.school.store.reading(ID, self.school.admin) as unit:
            (tie,) = unit.guardianships.of_pupil(self.child)
        return tie


def arranged(store: Store, clock: Clock) -> Family:
    school = furnished(store)
    things = school.things
    clock.now = NINE
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    lesson = school.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1, topic="Дроби")
    with store.reading(ID, teacher) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
    mother = school.actor(Role.PARENT, things.mother.id)
    ada = school.actor(Role.PUPIL, things.ada.id)
    return Family(school, clock, teacher, mother, ada, lesson, column.id)


@pytest.fixture
def family() -> Family:
    clock = Clock()
    return arranged(MemoryStore(clock=clock), clock)


@pytest.fixture
def anywhere(store: Store, clock: Clock) -> Iterator[Family]:
    yield arranged(store, clock)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


Path_ = Callable[[SchoolUnit, Family], object]

PATHS: Mapping[str, Path_] = {
    "diary_week": lambda unit, family: diary_week(unit, family.child, MONDAY),
    "pupil_page": lambda unit, family: pupil_page(unit, family.child, WEEK),
    "diary_news": lambda unit, family: diary_news(unit, family.child, WEEK),
    "export_diary": lambda unit, family: b"".join(export_diary(unit, family.child, WEEK)).decode(),
    "diary_digest": lambda unit, family: diary_digest(unit, family.guardian, WEEK),
}
WITHOUT_MARKS = {"contacts_of", "diary_looks", "excuses_of", "pupil_plan", "signatures"}


def test_every_use_case_that_reads_diaries_is_a_path_or_shows_no_marks() -> None:
    asking = {
        case.__name__
        for module in printed.use_case_modules()
        for case in printed.use_cases(module)
        if {"read-diary", "compose-digest"} & printed._asked(module, case)
    }
    # What other schools sent is tested beside the packets: those marks were published there.
    assert asking == PATHS.keys() | WITHOUT_MARKS | {"prior_records"}


def shown(family: Family, actor: Actor) -> set[str]:
    """The paths by which the words of Ada's mark are found now."""
    found = set()
    for name, read in PATHS.items():
        if name == "diary_digest" and actor != family.mother:
            continue
        with family.school.store.reading(ID, actor) as unit:
            if WORDS in str(read(unit, family)):
                found.add(name)
    return found


def every_path(family: Family, actor: Actor) -> set[str]:
    return PATHS.keys() - (set() if actor == family.mother else {"diary_digest"})


RULES = {
    "lesson-end": (PublishRule(PublishWhen.LESSON_END), datetime(2026, 9, 7, 6, 15, tzinfo=UTC)),
    "at-time": (
        PublishRule(PublishWhen.AT_TIME, at=time(18)),
        datetime(2026, 9, 7, 15, 0, tzinfo=UTC),
    ),
    "after-delay": (PublishRule(PublishWhen.AFTER_DELAY, minutes=30), NINE + timedelta(minutes=30)),
    "when-published": (
        PublishRule(PublishWhen.WHEN_PUBLISHED),
        datetime(2026, 9, 7, 12, 0, tzinfo=UTC),
    ),
}


@pytest.mark.parametrize("whose", ["column", "host"])
@pytest.mark.parametrize("name", RULES)
def test_no_path_shows_a_mark_a_millisecond_early_and_every_path_at_the_instant(
    family: Family, name: str, whose: str
) -> None:
    rule, since = RULES[name]
    rules = [RoleRule(Role.PARENT, rule), RoleRule(Role.PUPIL, rule)]
    if whose == "column":
        family.school.run(family.teacher, set_publishing, family.column, rules)
    else:
        family.school.store.policies = Policies(publishing=Publishing(tuple(rules)))
    family.marked()
    for now in (NINE, since - MS):
        family.clock.now = now
        assert shown(family, family.mother) == shown(family, family.ada) == set()
    family.clock.now = since
    if name == "when-published":
        assert shown(family, family.mother) == set()
        family.school.run(family.teacher, publish_column, family.column)
    for actor in (family.mother, family.ada):
        assert shown(family, actor) == every_path(family, actor)


def test_a_mark_without_a_rule_is_shown_at_once_on_every_path(family: Family) -> None:
    family.marked()
    for actor in (family.mother, family.ada):
        assert shown(family, actor) == every_path(family, actor)


@pytest.mark.parametrize("role", [Role.CLASS_TEACHER, Role.DIRECTOR, Role.DEPUTY, Role.INSPECTOR])
def test_a_rule_is_for_its_role_whoever_that_is(family: Family, role: Role) -> None:
    third = family.school.things.third.id if role is Role.CLASS_TEACHER else None
    actor = family.school.actor(role, third)
    wait = PublishRule(PublishWhen.AFTER_DELAY, minutes=30)
    family.school.run(family.teacher, set_publishing, family.column, [RoleRule(Role.PARENT, wait)])
    family.marked()
    assert shown(family, actor) == every_path(family, actor)
    family.school.run(family.teacher, set_publishing, family.column, [RoleRule(role, wait)])
    family.clock.move(timedelta(minutes=30) - MS)
    assert shown(family, actor) == set()
    assert shown(family, family.mother) == every_path(family, family.mother)
    family.clock.move(MS)
    assert shown(family, actor) == every_path(family, actor)


def test_a_mark_under_no_lesson_waits_for_no_bell(family: Family) -> None:
    thematic = family.school.run(
        family.teacher, add_column, family.school.things.journal.id, ColumnKind.THEMATIC
    )
    rule = PublishRule(PublishWhen.LESSON_END)
    family.school.run(family.teacher, set_publishing, thematic.id, [RoleRule(Role.PARENT, rule)])
    family.marked(thematic.id)
    assert shown(family, family.mother) == PATHS.keys()


def test_a_lesson_whose_bell_is_unknown_ends_with_its_day(family: Family) -> None:
    def unrung(unit: SchoolUnit) -> None:
        unit.lessons.save(evolve(unit.lessons.get(family.lesson.id), bell=99))
        unit.record(Arranged())

    family.school.run(System("test"), unrung)
    rule = RoleRule(Role.PARENT, PublishRule(PublishWhen.LESSON_END))
    family.school.run(family.teacher, set_publishing, family.column, [rule])
    family.marked()
    midnight = datetime(2026, 9, 7, 21, 0, tzinfo=UTC)
    family.clock.now = midnight - MS
    assert shown(family, family.mother) == set()
    family.clock.now = midnight
    assert shown(family, family.mother) == {
        "diary_week",
        "pupil_page",
        "diary_news",
        "export_diary",
        "diary_digest",
    }


def test_columns_are_published_by_who_keeps_the_journal(family: Family) -> None:
    things = family.school.things
    for actor in (
        family.school.admin,
        family.school.actor(Role.DIRECTOR),
        family.school.actor(Role.SUBJECT_TEACHER, things.third.id),
        family.mother,
    ):
        with pytest.raises(Forbidden):
            family.school.run(actor, set_publishing, family.column, [])
        with pytest.raises(Forbidden):
            family.school.run(actor, publish_column, family.column)
    second = family.school.actor(Role.CO_TEACHER, things.second.id)
    first = family.school.run(second, publish_column, family.column)
    family.clock.move(DAY)
    assert family.school.run(family.teacher, publish_column, family.column) == first
    assert family.school.events() == ["lesson-held", "column-published"]


def test_rule_091_a_guardian_without_the_right_to_marks_finds_them_on_no_path(
    family: Family,
) -> None:
    family.marked()
    tie = family.tie()
    family.school.run(family.school.admin, limit_guardian, tie.id, hidden=[DiaryPart.MARKS])
    assert shown(family, family.mother) == set()
    assert shown(family, family.ada) == every_path(family, family.ada)
    with family.school.store.reading(ID, family.mother) as unit:
        assert diary_week(unit, family.child, MONDAY).days[0].entries[0].marks == ()
    family.school.run(family.school.admin, limit_guardian, tie.id)
    assert shown(family, family.mother) == PATHS.keys()


def refused(family: Family, actor: Actor) -> set[str]:
    """The paths that are closed to somebody."""
    closed = set()
    for name, read in PATHS.items():
        with family.school.store.reading(ID, actor) as unit:
            try:
                answer = read(unit, family)
            except Forbidden:
                closed.add(name)
            else:
                if isinstance(answer, Digest) and not answer.children:
                    closed.add(name)
    return closed


def test_rule_091_a_guardianship_is_over_after_its_last_day(family: Family) -> None:
    family.school.run(family.school.admin, limit_guardian, family.tie().id, until=MONDAY)
    midnight = datetime(2026, 9, 7, 21, 0, tzinfo=UTC)
    family.clock.now = midnight - MS
    assert refused(family, family.mother) == set()
    family.clock.now = midnight
    assert refused(family, family.mother) == PATHS.keys()
    with pytest.raises(Forbidden):
        family.school.run(family.mother, sign_week, family.child, MONDAY)


def grown_up(family: Family) -> Family:
    """Let Ada be eighteen on Tuesday."""

    def older(unit: SchoolUnit) -> None:
        unit.pupils.save(evolve(unit.pupils.get(family.child), birth_date=date(2008, 9, 8)))
        unit.record(Arranged())

    family.school.run(System("test"), older)
    return family


BIRTHDAY = datetime(2026, 9, 7, 21, 0, tzinfo=UTC)


def test_rule_091_on_the_eighteenth_birthday_a_guardian_sees_what_the_pupil_allows(
    family: Family,
) -> None:
    family.marked()
    tie = grown_up(family).tie()
    family.clock.now = BIRTHDAY - MS
    assert shown(family, family.mother) == PATHS.keys()
    with pytest.raises(NotAllowedHere):
        family.school.run(family.ada, allow_guardian, tie.id, [DiaryPart.DIARY])
    family.clock.now = BIRTHDAY
    assert refused(family, family.mother) == PATHS.keys()
    for actor in (family.mother, family.school.admin, family.school.actor(Role.DIRECTOR)):
        with pytest.raises(Forbidden):
            family.school.run(actor, allow_guardian, tie.id, DiaryPart)
    family.school.run(family.ada, allow_guardian, tie.id, [DiaryPart.DIARY])
    assert (refused(family, family.mother), shown(family, family.mother)) == (set(), set())
    family.school.run(family.ada, allow_guardian, tie.id, [DiaryPart.DIARY, DiaryPart.MARKS])
    assert shown(family, family.mother) == PATHS.keys()
    family.school.run(family.ada, allow_guardian, tie.id, [])
    assert refused(family, family.mother) == PATHS.keys()


def explained_by(family: Family, actor: Actor, pupil: PupilId | None = None) -> Excuse:
    return family.school.run(
        actor,
        propose_excuse,
        pupil or family.child,
        first_day=MONDAY,
        last_day=MONDAY,
        code=AbsenceCode.ILL,
        reason="застуда",
    )


def test_from_the_eighteenth_birthday_on_a_pupil_explains_the_own_absences(
    anywhere: Family,
) -> None:
    family, lev = grown_up(anywhere), anywhere.school.things.lev.id
    family.clock.now = BIRTHDAY - MS
    mothers = explained_by(family, family.mother)
    with pytest.raises(NotAllowedHere) as young:
        explained_by(family, family.ada)
    assert young.value == NotAllowedHere("2026-09-07", "not-of-age")
    with pytest.raises(Forbidden):
        family.school.run(family.ada, withdraw_excuse, mothers.id)
    family.clock.now = BIRTHDAY
    excuse = explained_by(family, family.ada)
    assert excuse.guardian == BY_PUPIL
    with pytest.raises(Forbidden):
        explained_by(family, family.ada, lev)
    with pytest.raises(Forbidden):
        explained_by(family, family.mother)
    family.school.run(family.ada, allow_guardian, family.tie().id, [DiaryPart.DIARY])
    for actor, others in ((family.mother, excuse), (family.ada, mothers)):
        with pytest.raises(Forbidden):
            family.school.run(actor, withdraw_excuse, others.id)
    gone = family.school.run(family.ada, withdraw_excuse, excuse.id)
    assert gone.state is ExcuseState.WITHDRAWN


def test_a_pupil_whose_day_of_birth_is_not_known_explains_nothing(family: Family) -> None:
    family.clock.now = BIRTHDAY
    with pytest.raises(NotAllowedHere):
        explained_by(family, family.ada)


def test_what_a_grown_up_pupil_explained_counts_once_the_class_teacher_confirms_it(
    family: Family,
) -> None:
    things = family.school.things
    family.school.run(
        family.teacher, note_absence, family.lesson.id, pupil=family.child, code=AbsenceCode.ABSENT
    )
    grown_up(family).clock.now = BIRTHDAY
    excuse = explained_by(family, family.ada)
    leader = family.school.actor(Role.CLASS_TEACHER, things.third.id)
    family.school.run(leader, confirm_excuse, excuse.id)
    with family.school.store.reading(ID, family.ada) as unit:
        (absence,) = unit.absences.of_journal(things.journal.id)
        assert [each.state for each in excuses_of(unit, family.child, WEEK)] == [
            ExcuseState.CONFIRMED
        ]
    assert (absence.code, absence.excused_by) == (AbsenceCode.ILL, excuse.id)


def test_rule_091_by_the_other_setting_a_guardian_goes_on_seeing_the_diary(
    family: Family,
) -> None:
    family.school.store.policies = Policies(coming_of_age=ComingOfAge.AS_BEFORE)
    family.marked()
    grown_up(family).clock.now = BIRTHDAY
    assert shown(family, family.mother) == PATHS.keys()


def test_rule_091_a_guardian_of_several_children_reads_each_and_no_other(
    family: Family,
) -> None:
    things = family.school.things
    family.school.run(
        family.school.admin, link_guardian, things.mother.id, things.lev.id, Relation.MOTHER
    )
    with family.school.store.reading(ID, family.mother) as unit:
        told = diary_digest(unit, things.mother.id, WEEK)
        assert [child.pupil for child in told.children] == [things.ada, things.lev]
        for child in (things.ada, things.lev):
            assert diary_week(unit, child.id, MONDAY).pupil == child
            assert b"".join(export_diary(unit, child.id, WEEK)).startswith(b"day,")
        for read in (pupil_page, diary_news, export_diary, signatures):
            with pytest.raises(Forbidden):
                read(unit, things.yana.id, WEEK)
        for look in (contacts_of, diary_looks):
            with pytest.raises(Forbidden):
                look(unit, things.yana.id)


def test_contacts_are_shown_to_a_guardian_who_may_see_them(family: Family) -> None:
    father = family.school.run(
        family.school.admin,
        add_guardian,
        family.child,
        Relation.FATHER,
        PersonName("Яценко", "Петро"),
        email=Email("petro@poshta.example"),
    )
    mother = family.school.things.mother

    def told(actor: Actor) -> list[Guardian]:
        with family.school.store.reading(ID, actor) as unit:
            return contacts_of(unit, family.child)

    leader = family.school.actor(Role.CLASS_TEACHER, family.school.things.third.id)
    assert told(family.mother) == told(leader) == [mother, father]
    with family.school.store.reading(ID, leader) as unit:
        (tie, _) = unit.guardianships.of_pupil(family.child)
    family.school.run(leader, limit_guardian, tie.id, hidden=[DiaryPart.CONTACTS])
    assert told(family.mother) == [mother]
    with pytest.raises(Forbidden):
        family.school.run(family.mother, limit_guardian, tie.id)


def test_a_page_has_marks_by_subject_and_what_was_missed(family: Family) -> None:
    mark = family.marked()
    family.school.run(
        family.teacher,
        note_absence,
        family.lesson.id,
        pupil=family.school.things.lev.id,
        code=AbsenceCode.ILL,
    )
    with family.school.store.reading(ID, family.mother) as unit:
        seen = pupil_page(unit, family.child, WEEK)
        column = unit.columns.get(family.column)
    algebra, ada = family.school.things.algebra, family.school.things.ada
    entry = DiaryMark(mark, column, algebra)
    assert seen == PupilPage(ada, WEEK, (SubjectMarks(algebra, (entry,)),), AttendanceTotals())


def test_an_export_has_one_line_for_each_mark_that_is_seen(family: Family) -> None:
    family.marked()
    with family.school.store.reading(ID, family.mother) as unit:
        lines = b"".join(export_diary(unit, family.child, WEEK)).decode().split("\r\n")
    assert lines == [
        "day,subject,column,kind,value,comment",
        f"2026-09-07,Алгебра,Поточна,current,9,{WORDS}",
        "",
    ]


def test_what_a_guardian_signed_and_read_is_kept(anywhere: Family) -> None:
    family, school = anywhere, anywhere.school
    rule = RoleRule(Role.PARENT, PublishRule(PublishWhen.AT_TIME, at=time(18)))
    school.run(family.teacher, set_publishing, family.column, [rule])
    family.marked()
    signed = school.run(family.mother, sign_week, family.child, MONDAY + DAY * 2)
    assert signed == WeekSignature(
        family.child, family.guardian, MONDAY, NINE, version=signed.version
    )
    assert school.run(family.mother, sign_week, family.child, MONDAY) == signed
    with school.store.reading(ID, family.mother) as unit:
        news = diary_news(unit, family.child, WEEK)
    assert [each.kind for each in news.items] == [NewsKind.LESSON]
    read = school.run(family.mother, acknowledge_diary, family.child, upto=news.upto, at=news.as_of)
    assert read == DiaryLook(family.child, family.guardian, news.upto, NINE, version=read.version)
    again = school.run(family.mother, acknowledge_diary, family.child, upto=1, at=NINE)
    assert again == read

    family.clock.now = datetime(2026, 9, 7, 15, 0, tzinfo=UTC)
    with school.store.reading(ID, family.mother) as unit:
        late = diary_news(unit, family.child, WEEK)
        assert signatures(unit, family.child, WEEK) == [signed]
        assert diary_looks(unit, family.child) == [read]
    assert [each.kind for each in late.items] == [NewsKind.MARK]
    school.run(family.mother, acknowledge_diary, family.child, upto=late.upto, at=late.as_of)
    with school.store.reading(ID, family.mother) as unit:
        assert diary_news(unit, family.child, WEEK).items == ()
    tie = school.run(
        school.admin, limit_guardian, family.tie().id, hidden=[DiaryPart.CONTACTS], until=MONDAY
    )
    assert family.tie() == tie
    assert (tie.hidden, tie.until) == (frozenset({DiaryPart.CONTACTS}), MONDAY)


def test_marks_are_new_once_more_when_their_rules_or_the_guardians_rights_change(
    family: Family,
) -> None:
    school = family.school
    family.marked()

    def news() -> list[NewsKind]:
        with school.store.reading(ID, family.mother) as unit:
            found = diary_news(unit, family.child, WEEK)
        school.run(family.mother, acknowledge_diary, family.child, upto=found.upto, at=found.as_of)
        return [each.kind for each in found.items]

    assert (news(), news()) == ([NewsKind.LESSON, NewsKind.MARK], [])
    school.run(family.teacher, set_publishing, family.column, [])
    assert (news(), news()) == ([NewsKind.MARK], [])
    school.run(school.admin, limit_guardian, family.tie().id, hidden=[DiaryPart.MARKS])
    assert news() == []
    school.run(school.admin, limit_guardian, family.tie().id)
    assert (news(), news()) == ([NewsKind.MARK], [])
    school.run(family.teacher, set_homework, family.lesson.id, "§ 1")
    school.run(
        family.teacher,
        note_absence,
        family.lesson.id,
        pupil=family.child,
        code=AbsenceCode.ILL,
    )
    assert (news(), news()) == ([NewsKind.LESSON, NewsKind.ABSENCE], [])


def test_to_who_is_no_guardian_all_is_new(family: Family) -> None:
    mark = family.marked()
    with family.school.store.reading(ID, family.ada) as unit:
        found = diary_news(unit, family.child, WEEK)
    assert [each.mark.mark for each in found.items if each.mark] == [mark]


def test_only_a_guardian_signs_and_only_what_has_been(family: Family) -> None:
    things = family.school.things
    for actor in (family.ada, family.school.admin, family.school.actor(Role.DIRECTOR)):
        with pytest.raises(Forbidden):
            family.school.run(actor, sign_week, family.child, MONDAY)
        with pytest.raises(Forbidden):
            family.school.run(actor, acknowledge_diary, family.child, upto=1, at=NINE)
    with pytest.raises(Forbidden):
        family.school.run(family.mother, sign_week, things.lev.id, MONDAY)
    with pytest.raises(NotAllowedHere):
        family.school.run(family.mother, sign_week, family.child, MONDAY + DAY * 7)
    for upto, at in ((10**6, NINE), (1, NINE + MS)):
        with pytest.raises(Invalid):
            family.school.run(family.mother, acknowledge_diary, family.child, upto=upto, at=at)


def test_a_digest_says_what_became_visible_what_is_due_and_which_weeks_are_unsigned(
    family: Family,
) -> None:
    school, things = family.school, family.school.things
    rule = RoleRule(Role.PARENT, PublishRule(PublishWhen.WHEN_PUBLISHED))
    school.run(family.teacher, set_publishing, family.column, [rule])
    mark = family.marked()
    wednesday = school.run(
        family.teacher, hold_lesson, things.journal.id, day=MONDAY + DAY * 2, bell=1
    )
    school.run(family.teacher, set_homework, family.lesson.id, "§ 2", due=wednesday.id)
    absence = school.run(
        family.teacher, note_absence, wednesday.id, pupil=family.child, code=AbsenceCode.ABSENT
    )

    def told(period: Period, actor: Actor | System) -> Digest:
        with school.store.reading(ID, actor) as unit:
            return diary_digest(unit, family.guardian, period)

    digest = told(WEEK, System("digest"))
    assert (
        digest
        == told(WEEK, family.mother)
        == Digest(
            things.mother,
            WEEK,
            (
                ChildDigest(
                    things.ada,
                    (),
                    (absence,),
                    (HomeworkDue(wednesday, things.algebra, ("§ 2",)),),
                    AttendanceTotals(days=1, lessons=1, without_reason=1),
                    (MONDAY,),
                ),
            ),
        )
    )
    school.run(family.mother, sign_week, family.child, MONDAY)
    following = Period(MONDAY + DAY * 7, MONDAY + DAY * 13)
    family.clock.now = NINE + DAY * 8
    school.run(family.teacher, publish_column, family.column)
    (earlier,), (later,) = (told(period, family.mother).children for period in (WEEK, following))
    assert (earlier.marks, earlier.unsigned) == ((), ())
    assert [each.mark for each in later.marks] == [mark]
    assert (later.absences, later.homework, later.unsigned) == ((), (), ())
    assert [later.is_empty, earlier.is_empty] == [False, False]
    after = Period(MONDAY + DAY * 14, MONDAY + DAY * 20)
    assert [child.is_empty for child in told(after, family.mother).children] == [True]


def test_a_digest_is_asked_for_by_its_guardian_or_the_system(family: Family) -> None:
    father = family.school.run(
        family.school.admin,
        add_guardian,
        family.child,
        Relation.FATHER,
        PersonName("Яценко", "Петро"),
    )
    for actor in (
        family.school.actor(Role.PARENT, father.id),
        family.school.actor(Role.DIRECTOR),
        family.ada,
        System("delivery"),
    ):
        with family.school.store.reading(ID, actor) as unit, pytest.raises(Forbidden):
            diary_digest(unit, family.guardian, WEEK)


def test_a_digest_of_more_than_a_year_is_refused(family: Family) -> None:
    year = Period(MONDAY, MONDAY + timedelta(days=365))
    longer = Period(MONDAY, MONDAY + timedelta(days=366))
    with family.school.store.reading(ID, family.mother) as unit:
        assert diary_digest(unit, family.guardian, year).period == year
        with pytest.raises(Invalid) as refused:
            diary_digest(unit, family.guardian, longer)
    assert refused.value == Invalid("period", f"{longer.first} - {longer.last}", "range")


def test_a_digest_of_the_first_and_the_last_days_there_are(family: Family) -> None:
    for period in (
        Period(date.min, date.min + DAY),
        Period(date.max - DAY * 9, date.max - DAY * 8),
    ):
        with family.school.store.reading(ID, family.mother) as unit:
            told = diary_digest(unit, family.guardian, period)
        assert [child.is_empty for child in told.children] == [True]


def everything_about(family: Family, actor: Actor) -> str:
    with family.school.store.reading(ID, actor) as unit:
        return " ".join(str(read(unit, family)) for read in PATHS.values())


def test_rule_091_no_path_of_a_guardian_tells_anything_of_another_pupil(family: Family) -> None:
    things = family.school.things
    family.marked()
    for pupil in (things.lev, things.yana):
        family.school.run(
            family.teacher,
            give_mark,
            family.column,
            pupil=pupil.id,
            value=Grade(11),
            comment=f"про {pupil.name.given}",
        )
    told = everything_about(family, family.mother)
    assert WORDS in told
    for pupil in (things.lev, things.yana):
        for of_another in (f"про {pupil.name.given}", str(pupil.name), str(int(pupil.id))):
            assert of_another not in told


PUPILS = [Pupil(PupilId(number), PersonName("Яценко", name)) for number, name in enumerate("АБВГҐ")]


@given(st.permutations([Grade(number) for number in (1, 5, 7, 11, 12)]))
def test_rule_092_the_rows_of_an_exported_page_stand_by_the_alphabet_whatever_the_marks(
    values: list[Grade],
) -> None:
    school = furnished(MemoryStore(clock=Clock()))
    lesson = Lesson(*(1, school.things.journal.id, MONDAY, 1))  # type: ignore[arg-type] # any id
    column = lesson.column(ColumnId(2), ColumnKind.CURRENT)
    marks = [
        column.mark(pupil.id, value, "", None, NINE)
        for pupil, value in zip(PUPILS, values, strict=True)
    ]
    heading = Heading("", "", 1, school.things.school_class.label, "", "", ())
    opened = page(
        school.things.journal,
        heading,
        pupils=PUPILS,
        lessons=[lesson],
        columns=[column],
        marks=marks,
        absences=[],
    )
    lines = b"".join(CsvExporter().export(opened)).decode("utf-8-sig").split("\r\n")
    assert [line.partition(",")[0] for line in lines[1:6]] == [each.name.full for each in PUPILS]


@pytest.mark.parametrize("values", [(12, 1, 6), (1, 12, 6)])
def test_rule_092_exported_marks_stand_by_column_and_pupil_whatever_they_are(
    family: Family, values: tuple[int, ...]
) -> None:
    things = family.school.things
    pupils = (things.ada, things.lev, things.yana)
    for pupil, points in zip(pupils, values, strict=True):
        family.school.run(
            family.teacher, give_mark, family.column, pupil=pupil.id, value=Grade(points)
        )
    with family.school.store.reading(ID, family.school.admin) as unit:
        header, *lines = b"".join(export_marks(unit)).decode().splitlines()
    names = header.split(",")
    assert set(names) == {
        "journal",
        "column",
        "pupil",
        "day",
        "value",
        "comment",
        "author",
        "given_at",
        "void",
    }
    assert [line.split(",")[names.index("value")] for line in lines] == [
        str(points) for points in values
    ]


def test_rule_092_no_projection_has_a_place_for_a_rank(family: Family) -> None:
    family.marked()
    told = everything_about(family, family.mother).casefold()
    for word in ("rank", "rating", "position", "place=", "рейтинг"):
        assert word not in told


def test_a_pupil_who_came_today_has_an_empty_page(family: Family) -> None:
    def come(unit: SchoolUnit) -> Pupil:
        newcomer = add_pupil(unit, PersonName("Коваль", "Іван"))
        enrol(
            unit,
            newcomer.id,
            family.school.things.school_class.id,
            since=MONDAY,
            order_number="20-у",
            order_date=MONDAY,
        )
        return newcomer

    newcomer = family.school.run(family.school.admin, come)
    reader = family.school.actor(Role.PUPIL, newcomer.id)
    with family.school.store.reading(ID, reader) as unit:
        seen: Any = pupil_page(unit, newcomer.id, WEEK)
    assert (seen.subjects, seen.missed) == ((), AttendanceTotals())
