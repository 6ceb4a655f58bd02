"""Lessons held for teachers who are away: who asks, who assigns, who writes (rules 11, 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from attrs import evolve
from small_school import DAY, ID, MONDAY, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Duplicate, Forbidden, Missing, NotAllowedHere, WrongState
from ejournal.ids import StaffId, SubjectId
from ejournal.model.access import Actor
from ejournal.model.calendar import Period
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.model.substitution import (
    LogLine,
    Replacement,
    Substitution,
    SubstitutionReason,
    SubstitutionState,
)
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import add_subgroup, add_subject
from ejournal.usecases.marking import give_mark
from ejournal.usecases.scheduling import missed_and_replaced
from ejournal.usecases.substituting import (
    assign_substitute,
    assign_substitution,
    cancel_substitution,
    decline_substitution,
    hold_substituted,
    release_substitution,
    request_substitution,
    substitutions_of,
)
from ejournal.usecases.teaching import describe_lesson, hold_lesson, open_journal

TODAY = Period(MONDAY, MONDAY)


def proved(school: SmallSchool) -> Iterator[SmallSchool]:
    yield school
    assert school.store.verify(ID) == []
    assert school.store.audit(ID) == []


@pytest.fixture
def school() -> Iterator[SmallSchool]:
    yield from proved(furnished(MemoryStore(clock=Clock())))


@pytest.fixture
def anywhere(store: Store) -> Iterator[SmallSchool]:
    yield from proved(furnished(store))


def teacher_of(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def asked_for(
    school: SmallSchool,
    actor: Actor | None = None,
    *,
    bell: int = 2,
    minutes: int | None = None,
    substitute: StaffId | None = None,
) -> Substitution:
    things = school.things
    return school.run(
        actor or school.admin,
        request_substitution,
        things.school_class.id,
        things.algebra.id,
        day=MONDAY,
        bell=bell,
        reason=SubstitutionReason.SICK_LEAVE,
        minutes=minutes,
        substitute=substitute,
        note="до середи",
    )


def lesson_at(school: SmallSchool, journal: Journal, bell: int = 2) -> list[Lesson]:
    with school.store.reading(ID, school.admin) as unit:
        return [each for each in unit.lessons.of_journal(journal.id, TODAY) if each.bell == bell]


def test_rule_012_a_lesson_is_asked_for_by_its_teacher_and_assigned_by_the_office(
    anywhere: SmallSchool,
) -> None:
    school, things = anywhere, anywhere.things
    asked = asked_for(school, teacher_of(school))
    assert evolve(asked, version=0) == Substitution(
        asked.id,
        things.year.id,
        MONDAY,
        2,
        things.journal.id,
        things.school_class.id,
        things.algebra.id,
        None,
        things.main.id,
        SubstitutionReason.SICK_LEAVE,
        note="до середи",
    )
    third = things.third.id
    substitute = school.actor(Role.SUBSTITUTE, third)
    with pytest.raises(Forbidden):
        school.run(substitute, hold_substituted, asked.id)
    assigned = school.run(school.actor(Role.DEPUTY), assign_substitution, asked.id, third)
    assert assigned == evolve(asked.assign(third), version=assigned.version)

    lesson = school.run(substitute, hold_substituted, asked.id, topic="Повторення", plan_no=4)
    assert evolve(lesson, version=0) == Lesson(
        lesson.id, things.journal.id, MONDAY, 2, 4, "Повторення", substitute=third
    )
    with school.store.reading(ID, substitute) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
        done = unit.substitutions.get(asked.id)
        assert substitutions_of(unit, third, TODAY) == [done]
        assert substitutions_of(unit, third, Period(MONDAY + DAY, MONDAY + DAY)) == []
        assert list(unit.substitutions.of_year(things.year.id, TODAY)) == [done]
        assert unit.journals.get(things.journal.id) == things.journal
    assert evolve(column, version=0) == Column(
        column.id, things.journal.id, ColumnKind.CURRENT, lesson.id, MONDAY
    )
    assert done == evolve(assigned.hold(lesson.id), version=done.version)
    school.run(substitute, give_mark, column.id, pupil=things.ada.id, value=Grade(9))
    assert school.events() == [
        "substitution-requested",
        "substitution-assigned",
        "lesson-held",
        "substitution-done",
        "mark-given",
    ]


def test_the_right_of_a_substitute_is_to_that_lesson_only(school: SmallSchool) -> None:
    third = school.things.third.id
    substitute = school.actor(Role.SUBSTITUTE, third)
    other = school.run(
        teacher_of(school), hold_lesson, school.things.journal.id, day=MONDAY, bell=1
    )
    asked, next_one = asked_for(school), asked_for(school, bell=3, substitute=third)
    school.run(school.admin, assign_substitution, asked.id, third)
    lesson = school.run(substitute, hold_substituted, asked.id)
    school.run(substitute, describe_lesson, lesson.id, "Повторення")
    with pytest.raises(Forbidden):
        school.run(substitute, describe_lesson, other.id, "Повторення")
    with pytest.raises(Forbidden):
        school.run(substitute, hold_substituted, next_one.id)
    with pytest.raises(Forbidden):
        school.run(substitute, hold_lesson, school.things.journal.id, day=MONDAY, bell=4)
    with pytest.raises(WrongState):
        school.run(substitute, hold_substituted, asked.id)


def test_a_lesson_that_stands_already_shows_who_is_assigned_and_is_the_one_that_is_held(
    school: SmallSchool,
) -> None:
    things = school.things
    entered = school.run(
        teacher_of(school), hold_lesson, things.journal.id, day=MONDAY, bell=2, topic="Дроби"
    )
    asked = asked_for(school)

    def shown() -> StaffId | None:
        (lesson,) = lesson_at(school, things.journal)
        return lesson.substitute

    assert shown() is None
    for who in (things.second.id, things.third.id, things.third.id):
        school.run(school.admin, assign_substitution, asked.id, who)
        assert shown() == who
    school.run(school.admin, release_substitution, asked.id)
    assert shown() is None
    school.run(school.admin, assign_substitution, asked.id, things.third.id)
    held = school.run(school.actor(Role.SUBSTITUTE, things.third.id), hold_substituted, asked.id)
    assert (held.id, held.topic) == (entered.id, "Дроби")


@pytest.mark.parametrize("closing", [decline_substitution, cancel_substitution])
def test_a_lesson_goes_back_to_its_teacher_when_nobody_substitutes(
    school: SmallSchool, closing: Callable[..., Substitution]
) -> None:
    things = school.things
    school.run(teacher_of(school), hold_lesson, things.journal.id, day=MONDAY, bell=2)
    asked = asked_for(school)
    school.run(school.admin, assign_substitution, asked.id, things.third.id)
    closed = school.run(school.admin, closing, asked.id)
    assert not closed.state.is_open
    (lesson,) = lesson_at(school, things.journal)
    assert lesson.substitute is None
    with pytest.raises(WrongState):
        school.run(school.admin, assign_substitution, asked.id, things.third.id)
    assert asked_for(school).state is SubstitutionState.REQUESTED


def test_a_part_of_a_lesson_is_held_by_one_and_the_rest_by_another(school: SmallSchool) -> None:
    things = school.things
    first, second = asked_for(school, minutes=20), asked_for(school, minutes=25)
    with pytest.raises(NotAllowedHere) as full:
        asked_for(school, minutes=1)
    assert full.value == NotAllowedHere("46 > 45", "longer-than-lesson")
    with pytest.raises(Duplicate):
        asked_for(school)
    for each, who in ((first, things.second.id), (second, things.third.id)):
        school.run(school.admin, assign_substitution, each.id, who)
    lessons = {
        school.run(school.actor(Role.SUBSTITUTE, who), hold_substituted, each.id).id
        for each, who in ((first, things.second.id), (second, things.third.id))
    }
    assert len(lessons) == 1


def test_a_lesson_of_another_subject_stands_in_that_subjects_journal(school: SmallSchool) -> None:
    things = school.things
    third = things.third.id

    def teach_history(unit: SchoolUnit) -> Journal:
        history = add_subject(unit, "Історія України")
        return open_journal(unit, things.school_class.id, history.id, semester=1, teacher=third)

    history = school.run(school.admin, teach_history)
    asked = asked_for(school)
    with pytest.raises(Missing):
        school.run(school.admin, assign_substitution, asked.id, third, other_subject=SubjectId(404))
    assigned = school.run(
        school.admin, assign_substitution, asked.id, third, other_subject=history.subject
    )
    assert (assigned.subject, assigned.held_subject) == (things.algebra.id, history.subject)
    lesson = school.run(school.actor(Role.SUBSTITUTE, third), hold_substituted, asked.id)
    assert lesson_at(school, history) == [lesson]
    assert lesson_at(school, things.journal) == []
    assert (lesson.journal, lesson.substitute) == (history.id, third)


def test_a_subgroups_lesson_is_asked_for_in_its_own_journal(school: SmallSchool) -> None:
    things = school.things

    def divide(unit: SchoolUnit) -> Journal:
        group = add_subgroup(unit, things.school_class.id, "Група 2", {things.yana.id})
        return open_journal(
            unit,
            things.school_class.id,
            things.algebra.id,
            semester=1,
            teacher=things.third.id,
            subgroup=group.id,
        )

    journal = school.run(school.admin, divide)
    asked = school.run(
        school.admin,
        request_substitution,
        things.school_class.id,
        things.algebra.id,
        subgroup=journal.subgroup,
        day=MONDAY,
        bell=2,
        reason=SubstitutionReason.OTHER,
    )
    assert (asked.journal, asked.subgroup, asked.teacher) == (
        journal.id,
        journal.subgroup,
        things.third.id,
    )
    assert asked_for(school).journal == things.journal.id


def test_what_cannot_be_substituted_is_refused(school: SmallSchool) -> None:
    things = school.things

    def asking(
        subject: SubjectId = things.algebra.id, days: int = 0, bell: int = 1
    ) -> Substitution:
        return school.run(
            school.admin,
            request_substitution,
            things.school_class.id,
            subject,
            day=MONDAY + DAY * days,
            bell=bell,
            reason=SubstitutionReason.VACATION,
        )

    with pytest.raises(Missing) as no_journal:
        asking(SubjectId(404))
    assert no_journal.value == Missing("journal", (things.school_class.id, 404, 1))
    with pytest.raises(NotAllowedHere) as outside:
        asking(days=112)
    assert outside.value.why == "outside-semester"
    with pytest.raises(Missing):
        asking(days=200)
    with pytest.raises(NotAllowedHere) as silent:
        asking(bell=9)
    assert silent.value.why == "no-such-bell"
    with pytest.raises(NotAllowedHere) as oneself:
        asked_for(school, substitute=things.main.id)
    assert oneself.value.why == "substitutes-oneself"
    assert school.events() == []


def test_teachers_ask_for_their_own_lessons_and_the_office_decides(school: SmallSchool) -> None:
    things = school.things
    teacher, second = teacher_of(school), school.actor(Role.CO_TEACHER, things.second.id)
    stranger = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    with pytest.raises(Forbidden):
        asked_for(school, stranger)
    asked = asked_for(school, second)
    acts: dict[str, Callable[[Actor], object]] = {
        "assign": lambda actor: school.run(actor, assign_substitution, asked.id, things.third.id),
        "release": lambda actor: school.run(actor, release_substitution, asked.id),
        "decline": lambda actor: school.run(actor, decline_substitution, asked.id, "нікому"),
    }
    for act in acts.values():
        for actor in (teacher, second, stranger, school.stranger):
            with pytest.raises(Forbidden):
                act(actor)
        act(school.actor(Role.DIRECTOR))
    again = asked_for(school, teacher)
    for actor in (stranger, school.stranger):
        with pytest.raises(Forbidden):
            school.run(actor, cancel_substitution, again.id)
    school.run(teacher, cancel_substitution, again.id)
    with school.store.reading(ID, stranger) as unit, pytest.raises(Forbidden):
        substitutions_of(unit, things.main.id, TODAY)


def entered(school: SmallSchool) -> Lesson:
    journal = school.things.journal.id
    return school.run(teacher_of(school), hold_lesson, journal, day=MONDAY, bell=2)


def log_of(school: SmallSchool) -> tuple[LogLine, ...]:
    with school.store.reading(ID, school.admin) as unit:
        return missed_and_replaced(unit, school.things.year.id, TODAY)


def told_of(school: SmallSchool) -> list[Substitution]:
    with school.store.reading(ID, school.admin) as unit:
        return list(unit.substitutions.of_year(school.things.year.id, TODAY))


def replaced(school: SmallSchool, reason: SubstitutionReason, who: StaffId) -> LogLine:
    things = school.things
    return LogLine(
        MONDAY,
        2,
        things.school_class.id,
        things.algebra.id,
        None,
        things.main.id,
        Replacement.REPLACED,
        reason,
        who,
        things.algebra.id,
        substitution=told_of(school)[-1].id,
    )


def test_who_held_a_lesson_is_said_afterwards_and_stands_in_the_log(anywhere: SmallSchool) -> None:
    school, third = anywhere, anywhere.things.third.id
    lesson = entered(school)
    assert log_of(school) == ()
    reason = SubstitutionReason.TRAINING
    kept = school.run(school.admin, assign_substitute, lesson.id, third, reason=reason)
    assert kept == evolve(lesson, substitute=third, version=kept.version)
    (done,) = told_of(school)
    assert (done.state, done.lesson) == (SubstitutionState.DONE, lesson.id)
    assert log_of(school) == (replaced(school, reason, third),)
    assert school.events() == [
        "lesson-held",
        "substitution-requested",
        "substitution-assigned",
        "substitution-done",
        "substitute-assigned",
    ]


def test_another_who_held_a_lesson_takes_the_line_and_nobody_takes_it_from_the_log(
    school: SmallSchool,
) -> None:
    things, lesson = school.things, entered(school)
    for who in (things.third.id, things.second.id, things.second.id):
        school.run(school.admin, assign_substitute, lesson.id, who)
        assert log_of(school) == (replaced(school, SubstitutionReason.OTHER, who),)
    back = school.run(school.admin, assign_substitute, lesson.id, None)
    assert back == evolve(lesson, version=back.version)
    assert log_of(school) == ()
    assert [each.state for each in told_of(school)] == [SubstitutionState.CANCELLED]
    school.run(school.admin, assign_substitute, lesson.id, None)
    school.run(school.admin, assign_substitute, lesson.id, things.third.id)
    assert log_of(school) == (replaced(school, SubstitutionReason.OTHER, things.third.id),)


def test_what_was_asked_for_is_done_by_who_held_the_lesson(school: SmallSchool) -> None:
    things, lesson = school.things, entered(school)
    asked = asked_for(school)
    school.run(school.admin, assign_substitute, lesson.id, things.third.id)
    assert log_of(school) == (replaced(school, SubstitutionReason.SICK_LEAVE, things.third.id),)
    assert [each.id for each in told_of(school)] == [asked.id]
    school.run(school.admin, assign_substitute, lesson.id, None)
    assert log_of(school) == ()


def test_the_own_teacher_is_no_substitute_and_nobody_holds_the_whole_beside_parts(
    school: SmallSchool,
) -> None:
    things, lesson = school.things, entered(school)
    with pytest.raises(NotAllowedHere) as oneself:
        school.run(school.admin, assign_substitute, lesson.id, things.main.id)
    assert oneself.value.why == "substitutes-oneself"
    part = asked_for(school, minutes=20)
    with pytest.raises(Duplicate):
        school.run(school.admin, assign_substitute, lesson.id, things.third.id)
    school.run(school.admin, assign_substitution, part.id, things.third.id)
    back = school.run(school.admin, assign_substitute, lesson.id, None)
    assert back.substitute is None
    assert log_of(school) == ()
