"""The lock of a period and the checklist before closing, on the model alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ejournal.errors import GapsLeft, Invalid, NotAllowedHere, PeriodClosed, WrongState
from ejournal.ids import (
    AccountId,
    ClassId,
    ColumnId,
    JournalId,
    LessonId,
    PeriodLockId,
    PupilId,
    StaffId,
    SubjectId,
    YearId,
    spell_id,
)
from ejournal.model.access import Actor, Cabinet, System, acting_account
from ejournal.model.attendance import Absence
from ejournal.model.calendar import SchoolYear, Semester, StudyForm, bells
from ejournal.model.closing import (
    ClosingPolicy,
    Gap,
    GapKind,
    JournalContents,
    LockState,
    PeriodLock,
    Reopening,
    gaps_in,
)
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark
from ejournal.model.marks import AbsenceCode, Final, Grade
from ejournal.model.permissions import Role

NOW = datetime(2026, 12, 28, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)
HEAD = AccountId(5)
YEAR, FIFTH, SIXTH = YearId(1), ClassId(201), ClassId(202)
ALGEBRA = Journal(JournalId(301), YEAR, 1, FIFTH, SubjectId(1), None, StaffId(101))
HISTORY = Journal(JournalId(302), YEAR, 1, FIFTH, SubjectId(2), None, StaffId(102))
PHYSICS = Journal(JournalId(303), YEAR, 1, SIXTH, SubjectId(3), None, StaffId(102))
LATER = Journal(JournalId(304), YEAR, 2, FIFTH, SubjectId(1), None, StaffId(101))
JOURNALS = (ALGEBRA, HISTORY, PHYSICS, LATER)

OPEN = PeriodLock(PeriodLockId(1), YEAR, 1)
CLOSED = OPEN.closed(HEAD, NOW)


def reopening(
    school_class: ClassId | None = None,
    journal: JournalId | None = None,
    *,
    since: datetime = NOW,
    until: datetime = NOW + HOUR,
    reason: str = "Хвороба вчительки",
) -> Reopening:
    return Reopening(school_class, journal, since, until, reason, HEAD)


def shut(lock: PeriodLock, at: datetime = NOW) -> set[JournalId]:
    return {journal.id for journal in JOURNALS if lock.shuts(journal, at)}


FIRST = {ALGEBRA.id, HISTORY.id, PHYSICS.id}


@pytest.mark.parametrize(
    ("lock", "journals"),
    [
        (OPEN, set()),
        (CLOSED, FIRST),
        (evolve(CLOSED, semester=2), {LATER.id}),
        (evolve(CLOSED, year=YearId(2)), set()),
        (evolve(CLOSED, school_class=FIFTH), {ALGEBRA.id, HISTORY.id}),
        (evolve(CLOSED, school_class=FIFTH, journal=ALGEBRA.id), {ALGEBRA.id}),
        (CLOSED.archived(NOW), FIRST),
    ],
)
def test_a_lock_shuts_its_own_semester_class_or_journal(
    lock: PeriodLock, journals: set[JournalId]
) -> None:
    assert shut(lock) == journals


@pytest.mark.parametrize(
    ("scope", "let_in"),
    [
        (reopening(), FIRST),
        (reopening(FIFTH), {ALGEBRA.id, HISTORY.id}),
        (reopening(FIFTH, HISTORY.id), {HISTORY.id}),
    ],
)
def test_a_reopening_lets_through_its_scope_and_nothing_else(
    scope: Reopening, let_in: set[JournalId]
) -> None:
    assert shut(CLOSED.reopened(scope)) == FIRST - let_in


def test_a_reopening_ends_at_its_instant() -> None:
    lock = CLOSED.reopened(reopening(FIFTH, since=NOW, until=NOW + HOUR))
    asked = (NOW - MS, NOW, NOW + HOUR - MS, NOW + HOUR)
    assert [ALGEBRA.id in shut(lock, at) for at in asked] == [True, False, False, True]
    assert [lock.state_at(at) for at in asked] == [
        LockState.CLOSED,
        LockState.REOPENED,
        LockState.REOPENED,
        LockState.CLOSED,
    ]


def test_several_may_be_let_in_at_once_and_closing_again_ends_all() -> None:
    lock = CLOSED.reopened(reopening(FIFTH)).reopened(reopening(SIXTH, until=NOW + 5 * HOUR))
    assert shut(lock, NOW) == set()
    assert shut(lock, NOW + HOUR) == {ALGEBRA.id, HISTORY.id}
    again = lock.closed(HEAD, NOW + 2 * HOUR)
    assert shut(again, NOW + 2 * HOUR) == FIRST
    assert [each.ended for each in again.reopenings] == [None, NOW + 2 * HOUR]
    assert (again.state, again.closed_at) == (LockState.CLOSED, NOW + 2 * HOUR)


def commanded(lock: PeriodLock, command: str) -> PeriodLock:
    if command == "reopen":
        return lock.reopened(reopening())
    return lock.closed(HEAD, NOW) if command == "close" else lock.archived(NOW)


def test_what_is_archived_is_never_opened_or_closed_again() -> None:
    archived = CLOSED.reopened(reopening()).archived(NOW + HOUR)
    for command in ("reopen", "close", "archive"):
        with pytest.raises(WrongState) as caught:
            commanded(archived, command)
        assert caught.value == WrongState("period_lock", "archived", command)
    assert shut(archived, NOW) == FIRST


def test_a_refusal_names_the_period_and_says_whether_it_is_for_ever() -> None:
    assert CLOSED.refusal("2026/27") == PeriodClosed("2026/27", 1, "closed")
    assert CLOSED.archived(NOW).refusal("2026/27") == PeriodClosed("2026/27", 1, "archived")
    assert str(CLOSED.refusal("2026/27")) == "semester 1 of 2026/27: it is closed"
    assert PeriodClosed.retry == "no"


@pytest.mark.parametrize(
    ("verb", "refusal"),
    [
        (lambda: OPEN.reopened(reopening()), WrongState("period_lock", "open", "reopen")),
        (lambda: OPEN.archived(NOW), WrongState("period_lock", "open", "archive")),
        (lambda: CLOSED.closed(HEAD, NOW), WrongState("period_lock", "closed", "close")),
        (
            lambda: CLOSED.reopened(reopening()).archived(NOW),
            WrongState("period_lock", "reopened", "archive"),
        ),
        (
            lambda: CLOSED.reopened(reopening(reason=" \n")),
            Invalid("reason", "", "absent", personal=True),
        ),
        (
            lambda: CLOSED.reopened(reopening(until=NOW)),
            Invalid("until", "2026-12-28T09:00:00+00:00", "order"),
        ),
        (
            lambda: evolve(CLOSED, school_class=FIFTH).reopened(reopening(SIXTH)),
            NotAllowedHere(spell_id(FIFTH), "outside-lock"),
        ),
        (
            lambda: evolve(CLOSED, school_class=FIFTH).reopened(reopening()),
            NotAllowedHere(spell_id(FIFTH), "outside-lock"),
        ),
        (
            lambda: evolve(CLOSED, journal=ALGEBRA.id).reopened(reopening(None, HISTORY.id)),
            NotAllowedHere(spell_id(ALGEBRA.id), "outside-lock"),
        ),
    ],
)
def test_what_a_lock_refuses(verb: Any, refusal: Exception) -> None:  # noqa: ANN401 - a call
    with pytest.raises(type(refusal)) as caught:
        verb()
    assert caught.value == refusal


def test_one_lock_stands_for_each_semester_class_and_journal() -> None:
    others = [
        evolve(CLOSED, semester=2),
        evolve(CLOSED, school_class=FIFTH),
        evolve(CLOSED, journal=ALGEBRA.id),
        evolve(CLOSED, id=PeriodLockId(7)),
    ]
    assert OPEN.standing_among(others) == others[-1]
    assert OPEN.standing_among(others[:-1]) == OPEN


def test_the_library_itself_has_no_account_to_approve_with() -> None:
    assert acting_account(Actor(HEAD, Cabinet(Role.DIRECTOR))) == HEAD
    with pytest.raises(NotAllowedHere) as caught:
        acting_account(System("expiry"))
    assert caught.value == NotAllowedHere("expiry", "not-by-itself")


class LockProtocol(RuleBasedStateMachine):
    """A lock beside the plainest telling of it: which journals may be written, until when."""

    @initialize()
    def begin(self) -> None:
        self.lock = OPEN
        self.now = NOW
        self.closed = self.archived = False
        self.let_in: list[tuple[set[JournalId], datetime]] = []

    def open_now(self) -> set[JournalId]:
        if not self.closed:
            return FIRST
        if self.archived:
            return set()
        return set().union(*(scope for scope, until in self.let_in if self.now < until))

    @rule(by=st.integers(0, 90))
    def time_passes(self, by: int) -> None:
        self.now += timedelta(minutes=by)

    @rule()
    def close(self) -> None:
        try:
            self.lock = self.lock.closed(HEAD, self.now)
        except WrongState:
            assert self.closed
            assert not self.open_now()
        else:
            self.closed, self.let_in = True, []

    @rule(scope=st.sampled_from([(None, None), (FIFTH, None), (FIFTH, ALGEBRA.id)]))
    def reopen(self, scope: tuple[ClassId | None, JournalId | None]) -> None:
        until = self.now + HOUR
        wanted = Reopening(*scope, self.now, until, "Наказ 12", HEAD)
        try:
            self.lock = self.lock.reopened(wanted)
        except WrongState:
            assert self.archived or not self.closed
        else:
            inside = {
                journal.id
                for journal in JOURNALS[:3]
                if scope[0] in {None, journal.school_class} and scope[1] in {None, journal.id}
            }
            self.let_in.append((inside, until))

    @precondition(lambda self: self.closed)
    @rule(sure=st.integers(0, 5))
    def archive(self, sure: int) -> None:
        if sure:
            return
        try:
            self.lock = self.lock.archived(self.now)
        except WrongState:
            assert self.archived or self.open_now()
        else:
            self.archived = True

    @invariant()
    def just_these_are_shut(self) -> None:
        assert shut(self.lock, self.now) == FIRST - self.open_now()


TestLockProtocol = LockProtocol.TestCase


# The checklist.

LAST = date(2026, 12, 24)
SCHOOL_YEAR = SchoolYear(
    YEAR,
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 4),
    (Semester(1, date(2026, 9, 1), LAST), Semester(2, date(2027, 1, 11), date(2027, 6, 4))),
    (),
    bells(time(8, 30), breaks=(10,)),
)
ADA, LEV = PupilId(501), PupilId(502)
SEMESTER = Column(ColumnId(401), ALGEBRA.id, ColumnKind.SEMESTER)


def lesson(number: int, topic: str = "Дроби", plan_no: int | None = None) -> Lesson:
    return Lesson(LessonId(number), ALGEBRA.id, date(2026, 9, number), 1, plan_no, topic)


def mark(pupil: PupilId, value: Grade | Final) -> Mark:
    return SEMESTER.mark(pupil, value, "", StaffId(101), NOW)


def absence(pupil: PupilId, code: AbsenceCode | None) -> Absence:
    return Absence(ALGEBRA.id, LessonId(1), pupil, date(2026, 9, 1), code, 0, "", None, NOW)


FULL = JournalContents(
    ALGEBRA,
    marked=True,
    roll=frozenset({ADA, LEV}),
    lessons=(lesson(1, plan_no=1), lesson(2, plan_no=2)),
    columns=(SEMESTER,),
    marks=(mark(ADA, Grade(9)), mark(LEV, Final.NOT_ATTESTED)),
    absences=(absence(ADA, AbsenceCode.ILL), absence(LEV, None)),
)


def gap(kind: GapKind, lessons: tuple[int, ...] = (), *pupils: PupilId, **plan: int) -> Gap:
    held = tuple(map(LessonId, lessons))
    return Gap(kind, ALGEBRA.id, ALGEBRA.teacher, held, pupils, **plan)


@pytest.mark.parametrize(
    ("changed", "gaps"),
    [
        ({}, ()),
        ({"lessons": ()}, (gap(GapKind.NO_LESSONS),)),
        ({"lessons": (lesson(1, " "),)}, (gap(GapKind.NO_TOPIC, (1,)),)),
        (
            {"lessons": (lesson(1, plan_no=1), lesson(2, plan_no=3))},
            (gap(GapKind.PLAN_GAP, (1, 2), plan_no=2),),
        ),
        (
            {"lessons": (lesson(1, plan_no=34), lesson(2, plan_no=35)), "plan_before": 33},
            (),
        ),
        (
            {"lessons": (lesson(1, plan_no=35),), "plan_before": 33},
            (gap(GapKind.PLAN_GAP, (1,), plan_no=34),),
        ),
        ({"lessons": (evolve(lesson(1, ""), struck=True),)}, (gap(GapKind.NO_LESSONS),)),
        (
            {"columns": (evolve(SEMESTER, struck=True),)},
            (gap(GapKind.NO_SEMESTER_MARK, (), ADA, LEV),),
        ),
        (
            {"lessons": (lesson(1, plan_no=1), lesson(2, plan_no=1))},
            (gap(GapKind.SAME_NUMBER, (1, 2), plan_no=1),),
        ),
        (
            {"lessons": (lesson(1), evolve(lesson(1), id=LessonId(7)))},
            (gap(GapKind.SAME_TIME, (1, 7)),),
        ),
        ({"marks": (mark(LEV, Grade(9)),)}, (gap(GapKind.NO_SEMESTER_MARK, (), ADA),)),
        ({"columns": ()}, (gap(GapKind.NO_SEMESTER_MARK, (), ADA, LEV),)),
        ({"columns": (), "marked": False}, ()),
        (
            {"absences": (absence(LEV, AbsenceCode.ABSENT), absence(ADA, AbsenceCode.ABSENT))},
            (
                gap(GapKind.UNEXPLAINED_ABSENCE, (1,), ADA),
                gap(GapKind.UNEXPLAINED_ABSENCE, (1,), LEV),
            ),
        ),
    ],
)
def test_the_checklist_names_what_is_missing_and_whose_it_is(
    changed: dict[str, Any], gaps: tuple[Gap, ...]
) -> None:
    assert gaps_in(evolve(FULL, **changed), LAST) == gaps


@given(st.sets(st.sampled_from(GapKind)), st.sets(st.sampled_from(GapKind)))
def test_a_period_is_closed_with_those_gaps_alone_that_the_policy_tolerates(
    found: set[GapKind], tolerated: set[GapKind]
) -> None:
    policy = ClosingPolicy(frozenset(tolerated))
    if found <= tolerated:
        policy.refuse(map(gap, found), SCHOOL_YEAR, 1)
        return
    with pytest.raises(GapsLeft) as caught:
        policy.refuse(map(gap, found), SCHOOL_YEAR, 1)
    assert caught.value.kinds == tuple(sorted(kind.value for kind in found - tolerated))


def test_by_default_an_unexplained_absence_alone_may_stay() -> None:
    assert ClosingPolicy().tolerated == {GapKind.UNEXPLAINED_ABSENCE}
    assert str(GapsLeft("2026/27", 1, ("no-topic", "plan-gap"))) == (
        "semester 1 of 2026/27 lacks something: no-topic, plan-gap"
    )
