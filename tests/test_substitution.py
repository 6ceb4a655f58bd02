"""Substitutions as values: their states, parts and other subjects, the plan and the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, Refusal, WrongState
from ejournal.ids import (
    ClassId,
    ExceptionId,
    JournalId,
    LessonId,
    StaffId,
    SubjectId,
    SubstitutionId,
    YearId,
)
from ejournal.model.calendar import Bell
from ejournal.model.journal import Lesson
from ejournal.model.scheduled import ScheduledLesson
from ejournal.model.substitution import (
    LogLine,
    Replacement,
    Substitution,
    SubstitutionReason,
    SubstitutionState,
    log_of,
    substitute_of,
    with_substitutes,
)

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
BELL = Bell(1, 2, time(9, 25), time(10, 10))
OURS, ALGEBRA, HISTORY = ClassId(1), SubjectId(1), SubjectId(2)
AWAY, HELPER, ANOTHER = StaffId(1), StaffId(2), StaffId(3)
ASKED = Substitution(
    SubstitutionId(1),
    YearId(1),
    MONDAY,
    2,
    JournalId(1),
    OURS,
    ALGEBRA,
    None,
    AWAY,
    SubstitutionReason.SICK_LEAVE,
)
ASSIGNED = ASKED.assign(HELPER)
LESSON = Lesson(LessonId(1), JournalId(1), MONDAY, 2)
PLANNED = ScheduledLesson(MONDAY, 2, OURS, ALGEBRA, AWAY)


def test_rule_012_the_substitute_may_be_empty_at_request_time() -> None:
    assert (ASKED.state, ASKED.substitute, ASKED.is_replaced) == (
        SubstitutionState.REQUESTED,
        None,
        False,
    )
    proposed = evolve(ASKED, substitute=HELPER)
    assert not proposed.is_replaced
    assert {reason.label for reason in SubstitutionReason} == {
        "Відпустка",
        "Лікарняний",
        "Підвищення кваліфікації",
        "Інше",
    }


def test_a_substitution_is_assigned_and_held() -> None:
    assert evolve(ASKED, substitute=HELPER, state=SubstitutionState.ASSIGNED) == ASSIGNED
    assert ASSIGNED.assign(ANOTHER).substitute == ANOTHER
    assert ASSIGNED.release() == ASKED
    done = ASSIGNED.hold(LESSON.id)
    assert done == evolve(ASSIGNED, state=SubstitutionState.DONE, lesson=LESSON.id)
    assert ASSIGNED.held_subject == ALGEBRA
    other = ASKED.assign(HELPER, HISTORY)
    assert (other.held_subject, other.subject) == (HISTORY, ALGEBRA)
    assert ASKED.assign(HELPER, ALGEBRA) == ASSIGNED


STATES = {
    SubstitutionState.REQUESTED: ASKED,
    SubstitutionState.ASSIGNED: ASSIGNED,
    SubstitutionState.DONE: ASSIGNED.hold(LESSON.id),
    SubstitutionState.DECLINED: ASKED.decline(),
    SubstitutionState.CANCELLED: ASSIGNED.cancel(),
}
COMMANDS: dict[str, Callable[[Substitution], Substitution]] = {
    "assign": lambda each: each.assign(ANOTHER),
    "release": lambda each: each.release(),
    "hold": lambda each: each.hold(LESSON.id),
    "decline": lambda each: each.decline(),
    "cancel": lambda each: each.cancel(),
}
LEADS_TO = {
    "assign": SubstitutionState.ASSIGNED,
    "release": SubstitutionState.REQUESTED,
    "hold": SubstitutionState.DONE,
    "decline": SubstitutionState.DECLINED,
    "cancel": SubstitutionState.CANCELLED,
}
MAY = {
    SubstitutionState.REQUESTED: {"assign", "decline", "cancel"},
    SubstitutionState.ASSIGNED: {"assign", "release", "hold", "decline", "cancel"},
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", SubstitutionState)
def test_a_command_is_there_in_its_states_alone(state: SubstitutionState, command: str) -> None:
    standing = STATES[state]
    assert standing.state is state
    if command in MAY.get(state, set()):
        assert COMMANDS[command](standing).state is LEADS_TO[command]
    else:
        with pytest.raises(WrongState) as refused:
            COMMANDS[command](standing)
        assert refused.value == WrongState("substitution", state.value, command)


def test_nobody_substitutes_for_themselves() -> None:
    with pytest.raises(NotAllowedHere) as assigned:
        ASKED.assign(AWAY)
    with pytest.raises(NotAllowedHere) as proposed:
        evolve(ASKED, substitute=AWAY)
    assert (
        assigned.value == proposed.value == NotAllowedHere("0000000000001", "substitutes-oneself")
    )


def test_a_part_of_a_lesson_stays_in_its_subject() -> None:
    part = evolve(ASKED, minutes=20)
    assert part.assign(HELPER).minutes == 20
    with pytest.raises(NotAllowedHere) as refused:
        part.assign(HELPER, HISTORY)
    assert refused.value == NotAllowedHere("20", "part-in-another-subject")
    with pytest.raises(Invalid):
        evolve(ASKED, minutes=0)


def test_a_lesson_is_asked_for_once_or_in_parts_that_fit_into_it() -> None:
    other = evolve(ASKED, id=SubstitutionId(2))
    for standing in (ASKED, ASSIGNED, ASSIGNED.hold(LESSON.id), evolve(ASKED, minutes=5)):
        with pytest.raises(Duplicate) as refused:
            other.beside([standing], BELL)
        assert refused.value == Duplicate("substitution", ("journal", "day", "bell"), (ASKED.id,))
    for gone in (
        ASKED.decline(),
        ASKED.cancel(),
        evolve(ASKED, bell=3),
        evolve(ASKED, day=MONDAY + DAY),
    ):
        assert other.beside([gone], BELL) is other
    part = evolve(other, minutes=20)
    assert part.beside([evolve(ASKED, minutes=25)], BELL) is part
    with pytest.raises(NotAllowedHere) as long:
        part.beside([evolve(ASKED, minutes=26)], BELL)
    assert long.value == NotAllowedHere("46 > 45", "longer-than-lesson")
    with pytest.raises(NotAllowedHere):
        evolve(other, minutes=46).beside([], BELL)


def test_a_lesson_names_the_latest_who_was_assigned_to_it_in_its_own_subject() -> None:
    parts = [
        evolve(ASKED, id=SubstitutionId(number), minutes=10).assign(who)
        for number, who in ((3, ANOTHER), (2, HELPER))
    ]
    assert substitute_of(LESSON, parts) == ANOTHER
    assert substitute_of(LESSON, [parts[0].release(), parts[1]]) == HELPER
    assert substitute_of(LESSON, [ASKED.assign(HELPER, HISTORY)]) is None
    assert substitute_of(LESSON, [evolve(ASKED, substitute=HELPER)]) is None
    assert substitute_of(evolve(LESSON, bell=3), parts) is None


def test_a_plan_shows_who_holds_a_lesson_and_what_is_taught_instead() -> None:
    later = evolve(PLANNED, day=MONDAY + DAY)
    assert with_substitutes([PLANNED, later], [ASSIGNED]) == (
        evolve(PLANNED, substitute=HELPER),
        later,
    )
    assert with_substitutes([PLANNED], [ASKED.assign(HELPER, HISTORY)]) == (
        evolve(PLANNED, substitute=HELPER, subject=HISTORY),
    )
    for gone in (ASKED, evolve(ASKED, substitute=HELPER), ASSIGNED.cancel()):
        assert with_substitutes([PLANNED], [gone]) == (PLANNED,)


def line(each: Substitution, outcome: Replacement) -> LogLine:
    return LogLine(
        MONDAY,
        2,
        OURS,
        ALGEBRA,
        None,
        AWAY,
        outcome,
        SubstitutionReason.SICK_LEAVE,
        minutes=each.minutes,
        substitution=each.id,
    )


def test_the_log_says_what_became_of_each_lesson_whose_teacher_was_away() -> None:
    done = ASKED.assign(HELPER, HISTORY).hold(LESSON.id)
    part = evolve(ASKED, minutes=20).assign(HELPER).hold(LESSON.id)
    said = {
        ASKED: line(ASKED, Replacement.MISSED),
        ASKED.decline(): line(ASKED, Replacement.MISSED),
        ASSIGNED: evolve(line(ASKED, Replacement.PENDING), substitute=HELPER, held_subject=ALGEBRA),
        done: evolve(line(ASKED, Replacement.REPLACED), substitute=HELPER, held_subject=HISTORY),
        part: evolve(line(part, Replacement.IN_PART), substitute=HELPER, held_subject=ALGEBRA),
    }
    for each, expected in said.items():
        assert log_of([each], [], MONDAY + DAY) == (expected,)
    assert log_of([ASKED], [], MONDAY) == (line(ASKED, Replacement.PENDING),)
    assert log_of([ASKED.cancel()], [], MONDAY + DAY) == ()


def test_the_log_has_cancelled_lessons_too_once_and_in_order() -> None:
    cancelled = evolve(PLANNED, cancelled_by=ExceptionId(1))
    earlier = evolve(cancelled, bell=1)
    held = evolve(cancelled, bell=3, lesson=LESSON.id)
    lines = log_of([ASKED.decline()], [held, cancelled, earlier, evolve(PLANNED, bell=4)], MONDAY)
    assert lines == (
        LogLine(MONDAY, 1, OURS, ALGEBRA, None, AWAY, Replacement.MISSED),
        line(ASKED, Replacement.MISSED),
    )


def test_a_lesson_that_was_held_is_taken_over_by_another_or_given_back() -> None:
    done = ASSIGNED.hold(LESSON.id)
    assert done.reopened() == ASSIGNED
    assert done.taken_over(LESSON, ANOTHER) == ASKED.assign(ANOTHER)
    assert ASKED.taken_over(LESSON, ANOTHER) == ASKED.assign(ANOTHER)
    assert done.given_back() == ASSIGNED.given_back() == ASSIGNED.cancel()
    for each in (ASKED, ASSIGNED, ASKED.decline()):
        with pytest.raises(WrongState) as refused:
            each.reopened()
        assert refused.value == WrongState("substitution", each.state.value, "reopen")


def test_what_is_taken_over_in_another_subject_stays_in_it_but_in_the_own_journal() -> None:
    elsewhere = evolve(LESSON, id=LessonId(78), journal=JournalId(99))
    done = ASKED.assign(HELPER, HISTORY).hold(elsewhere.id)
    assert done.taken_over(elsewhere, ANOTHER) == ASKED.assign(ANOTHER, HISTORY)
    assert ASKED.assign(HELPER, HISTORY).taken_over(LESSON, ANOTHER) == ASKED.assign(ANOTHER)


def test_a_substitution_takes_up_the_lesson_it_was_held_as_or_any_at_its_place() -> None:
    twin = evolve(LESSON, id=LessonId(78))
    done = ASSIGNED.hold(LESSON.id)
    told = [
        (each.is_told_of(LESSON), each.is_told_of(twin))
        for each in (ASKED, ASSIGNED, done, ASKED.decline(), ASKED.cancel())
    ]
    assert told == [(True, True), (True, True), (True, False), (False, False), (False, False)]
    for at in ({"bell": 3}, {"day": MONDAY + DAY}, {"journal": JournalId(99)}):
        assert not ASKED.is_told_of(evolve(LESSON, **at))


class Life(RuleBasedStateMachine):
    """A substitution under any commands: what is refused changes nothing, what is closed stays."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = ASKED
        self.closed: Substitution | None = None

    @rule(
        command=st.sampled_from(sorted(COMMANDS)),
        who=st.sampled_from([HELPER, ANOTHER, AWAY]),
        other=st.sampled_from([None, ALGEBRA, HISTORY]),
    )
    def act(self, command: str, who: StaffId, other: SubjectId | None) -> None:
        before = self.standing
        try:
            if command == "assign":
                self.standing = before.assign(who, other)
            else:
                self.standing = COMMANDS[command](before)
        except Refusal:
            assert self.standing == before
        if not self.standing.state.is_open and self.closed is None:
            self.closed = self.standing

    @invariant()
    def who_holds_it_is_never_who_is_away(self) -> None:
        assert self.standing.substitute != AWAY
        assert (self.standing.substitute is not None) or not self.standing.is_replaced

    @invariant()
    def a_lesson_is_named_once_it_was_held(self) -> None:
        assert (self.standing.lesson is not None) is (self.standing.state is SubstitutionState.DONE)

    @invariant()
    def what_is_closed_stays_closed(self) -> None:
        assert self.closed in (None, self.standing)


TestLife = Life.TestCase


@given(st.lists(st.integers(1, 45), max_size=5))
def test_parts_that_were_let_in_are_never_longer_than_the_lesson(parts: list[int]) -> None:
    standing: list[Substitution] = []
    for number, minutes in enumerate(parts, 1):
        part = evolve(ASKED, id=SubstitutionId(number), minutes=minutes)
        try:
            standing.append(part.beside(standing, BELL))
        except NotAllowedHere:
            assert sum(each.minutes or 0 for each in [*standing, part]) > 45
    assert sum(each.minutes or 0 for each in standing) <= 45
