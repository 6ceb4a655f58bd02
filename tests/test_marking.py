"""Marks given and changed, over every storage (rules 2, 3, 20, 29, 89, 90)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve, frozen
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock

from ejournal.errors import Forbidden, Invalid, Missing, NotAllowedHere, NotEnrolled, Unrecorded
from ejournal.ids import ColumnId, PupilId
from ejournal.model.access import Actor, System
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import ColumnKind, Journal, Lesson, Mark, MarkKey
from ejournal.model.marks import VOCABULARY, Final, Grade, Level, MarkValue, Sign
from ejournal.model.people import Enrolment
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import add_class, add_pupil, enrol
from ejournal.usecases.marking import give_mark
from ejournal.usecases.substituting import assign_substitute
from ejournal.usecases.teaching import (
    add_column,
    hold_lesson,
    open_journal,
)


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


@frozen
class Place:
    """A lesson and its column."""

    lesson: Lesson
    column: ColumnId


def place(school: SmallSchool, teacher: Actor, journal: Journal | None = None) -> Place:
    def hold(unit: SchoolUnit) -> Place:
        opened = journal or school.things.journal
        lesson = hold_lesson(unit, opened.id, day=MONDAY, bell=1)
        (column,) = unit.columns.of_lesson(lesson.id)
        return Place(lesson, column.id)

    return school.run(teacher, hold)


def mark_at(
    school: SmallSchool,
    actor: Actor,
    column: ColumnId,
    value: MarkValue,
    pupil: PupilId | None = None,
) -> Mark:
    return school.run(actor, give_mark, column, pupil=pupil or school.things.ada.id, value=value)


def stored(school: SmallSchool, key: MarkKey) -> Mark | None:
    with school.store.reading(ID, school.admin) as unit:
        return unit.marks.find(key)


def test_a_mark_is_given_by_its_teacher_and_kept(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    at = place(school, teacher)
    ada = school.things.ada.id
    mark = school.run(teacher, give_mark, at.column, pupil=ada, value=Grade(10), comment="чудово")
    assert evolve(mark, version=0) == Mark(
        school.things.journal.id,
        at.column,
        ada,
        MONDAY,
        Grade(10),
        "чудово",
        school.things.main.id,
        clock.now,
    )
    assert stored(school, mark.key) == mark
    assert school.events() == ["lesson-held", "mark-given"]


def test_every_value_that_the_rules_of_the_class_allow_is_kept(
    school: SmallSchool, teacher: Actor
) -> None:
    at = place(school, teacher)
    for value in VOCABULARY:
        if value is not Sign.VERBAL and not isinstance(value, Level):
            mark = mark_at(school, teacher, at.column, value)
            assert stored(school, mark.key) == mark
            assert mark.value == value


def test_rule_024_a_level_letter_in_grade_5_is_refused(school: SmallSchool, teacher: Actor) -> None:
    at = place(school, teacher)
    with pytest.raises(NotAllowedHere) as refused:
        mark_at(school, teacher, at.column, Level.HIGH)
    assert refused.value == NotAllowedHere("В (nus-5-9-1427)", "not-under-these-rules")
    assert school.events() == ["lesson-held"]


def test_a_verbal_mark_is_kept_with_its_words_and_not_without(
    school: SmallSchool, teacher: Actor
) -> None:
    at, ada = place(school, teacher), school.things.ada.id
    with pytest.raises(Invalid):
        school.run(teacher, give_mark, at.column, pupil=ada, value=Sign.VERBAL)
    mark = school.run(
        teacher, give_mark, at.column, pupil=ada, value=Sign.VERBAL, comment="Читає вголос"
    )
    assert stored(school, mark.key) == mark
    assert school.events() == ["lesson-held", "mark-given"]


def test_rule_029_a_mark_in_place_of_another_leaves_the_first_in_the_ledger(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    at = place(school, teacher)
    first = mark_at(school, teacher, at.column, Grade(4))
    clock.move(timedelta(hours=2))
    changed = mark_at(school, teacher, at.column, Grade(7))
    assert changed == evolve(first, value=Grade(7), given_at=clock.now, version=changed.version)
    assert stored(school, first.key) == changed
    entry = school.store.entries(ID)[-1]
    assert (entry.event, entry.data["old"], entry.data["new"]) == ("mark-changed", "4", "7")
    assert school.events() == ["lesson-held", "mark-given", "mark-changed"]


def test_rule_020_not_attested_is_given_like_any_mark(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    thematic = school.run(teacher, add_column, school.things.journal.id, ColumnKind.THEMATIC)
    clock.move(DAY)
    mark = mark_at(school, teacher, thematic.id, Final.NOT_ATTESTED)
    assert (mark.day, mark.given_at) == (None, clock.now)


def test_rule_002_a_pupil_who_is_not_in_the_class_on_that_day_gets_no_mark(
    school: SmallSchool, teacher: Actor
) -> None:
    at = place(school, teacher)
    newcomer = school.run(school.admin, add_pupil, PersonName("Коваль", "Іван"))
    with pytest.raises(NotEnrolled):
        mark_at(school, teacher, at.column, Grade(7), newcomer.id)
    school.run(
        school.admin,
        enrol,
        newcomer.id,
        school.things.school_class.id,
        since=MONDAY + DAY,
        order_number="18-у",
        order_date=MONDAY,
    )
    with pytest.raises(NotEnrolled) as refused:
        mark_at(school, teacher, at.column, Grade(7), newcomer.id)
    assert refused.value.pupil == newcomer.id
    assert "mark-given" not in school.events()


def test_a_mark_without_day_is_for_who_is_in_the_class_today(
    school: SmallSchool, teacher: Actor, clock: Clock
) -> None:
    journal, ada = school.things.journal, school.things.ada.id
    thematic = school.run(teacher, add_column, journal.id, ColumnKind.THEMATIC)

    def leave(unit: SchoolUnit) -> Enrolment:
        (enrolment,) = unit.enrolments.of_pupil(ada)
        kept = unit.enrolments.save(enrolment.ended(MONDAY))
        unit.record(Arranged())
        return kept

    school.run(System("test"), leave)
    mark_at(school, teacher, thematic.id, Grade(7))
    clock.move(DAY)
    with pytest.raises(NotEnrolled):
        mark_at(school, teacher, thematic.id, Grade(8))


def test_rule_003_a_journal_of_a_subgroup_has_marks_of_its_members_alone(
    school: SmallSchool,
) -> None:
    things = school.things
    journal = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=1,
        teacher=things.third.id,
        subgroup=things.group.id,
    )
    third = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    at = place(school, third, journal)
    mark_at(school, third, at.column, Grade(7), things.ada.id)
    with pytest.raises(NotEnrolled):
        mark_at(school, third, at.column, Grade(7), things.yana.id)
    assert school.events() == ["journal-opened", "lesson-held", "mark-given"]


def test_rule_090_a_teacher_marks_in_own_journals_only(school: SmallSchool, teacher: Actor) -> None:
    things = school.things
    at = place(school, teacher)
    own = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=2,
        teacher=things.third.id,
    )
    assert own.teacher == things.third.id
    others = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    with pytest.raises(Forbidden):
        mark_at(school, others, at.column, Grade(7))
    assert "mark-given" not in school.events()


def test_rule_089_nobody_but_teachers_gives_marks(school: SmallSchool, teacher: Actor) -> None:
    at, things = place(school, teacher), school.things
    actors = [
        school.admin,
        school.stranger,
        school.actor(Role.DIRECTOR),
        school.actor(Role.INSPECTOR),
        school.actor(Role.CLASS_TEACHER, things.third.id),
        school.actor(Role.PUPIL, things.ada.id),
        school.actor(Role.PARENT, things.mother.id),
    ]
    for actor in actors:
        with pytest.raises(Forbidden):
            mark_at(school, actor, at.column, Grade(12))
    assert school.events() == ["lesson-held"]


def test_a_substitute_marks_in_the_substituted_lesson_alone(
    school: SmallSchool, teacher: Actor
) -> None:
    things, at = school.things, place(school, teacher)
    thematic = school.run(teacher, add_column, things.journal.id, ColumnKind.THEMATIC)
    substitute = school.actor(Role.SUBSTITUTE, things.third.id)
    with pytest.raises(Forbidden):
        mark_at(school, substitute, at.column, Grade(7))
    school.run(school.admin, assign_substitute, at.lesson.id, things.third.id)
    assert mark_at(school, substitute, at.column, Grade(7)).author == things.third.id
    with pytest.raises(Forbidden):
        mark_at(school, substitute, thematic.id, Grade(7))


def test_a_column_that_is_not_there_takes_no_mark(school: SmallSchool, teacher: Actor) -> None:
    with pytest.raises(Missing) as refused:
        mark_at(school, teacher, ColumnId(404), Grade(7))
    assert refused.value.args == ("journal_column", (404,))


def test_a_pupil_of_another_class_gets_no_mark_here(school: SmallSchool, teacher: Actor) -> None:
    at = place(school, teacher)
    other = school.run(school.admin, add_class, school.things.year.id, ClassLabel(5, "Б"))
    newcomer = school.run(school.admin, add_pupil, PersonName("Коваль", "Іван"))
    school.run(
        school.admin,
        enrol,
        newcomer.id,
        other.id,
        since=MONDAY,
        order_number="18-у",
        order_date=MONDAY,
    )
    with pytest.raises(NotEnrolled):
        mark_at(school, teacher, at.column, Level.HIGH, newcomer.id)


def test_a_mark_written_past_the_use_case_is_not_kept(school: SmallSchool, teacher: Actor) -> None:
    at = place(school, teacher)

    def slip_in(unit: SchoolUnit) -> Mark:
        column = unit.columns.get(at.column)
        return unit.marks.add(column.mark(school.things.ada.id, Grade(12), "", None, unit.now))

    with pytest.raises(Unrecorded) as refused:
        school.run(teacher, slip_in)
    assert refused.value.args == (("mark",),)
    key = MarkKey(school.things.journal.id, at.column, school.things.ada.id)
    assert stored(school, key) is None
