"""Closing a semester: the lock, what is still missing, and letting somebody in again for a time.

A lock is about a whole semester, one class of it or one journal. What it closes is not changed on
any path until a reopening lets it through, and once it is archived, never again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import Enum
from typing import Protocol

from attrs import evolve, field, frozen

from ejournal.errors import GapsLeft, Invalid, NotAllowedHere, PeriodClosed, WrongState
from ejournal.ids import (
    AccountId,
    ClassId,
    JournalId,
    LessonId,
    PeriodLockId,
    PupilId,
    StaffId,
    YearId,
    spell_id,
)
from ejournal.model.attendance import Absence
from ejournal.model.calendar import SchoolYear
from ejournal.model.declaration import PERSONAL
from ejournal.model.journal import (
    Column,
    ColumnKind,
    Journal,
    Lesson,
    LessonFault,
    Mark,
    lesson_remarks,
)
from ejournal.model.marks import AbsenceCode

__all__ = [
    "ClosingPolicy",
    "Gap",
    "GapKind",
    "JournalContents",
    "LockState",
    "PeriodLock",
    "Reopening",
    "gaps_in",
]


class LockState(Enum):
    """How far a period has come; `REOPENED` says that a part of it may be open for a time."""

    OPEN = "open"
    CLOSED = "closed"
    REOPENED = "reopened"
    ARCHIVED = "archived"


class GapKind(Enum):
    """What a journal can lack when its semester is to be closed."""

    NO_LESSONS = "no-lessons"
    NO_TOPIC = "no-topic"
    SAME_TIME = "same-time"
    SAME_NUMBER = "same-number"
    PLAN_GAP = "plan-gap"
    NO_SEMESTER_MARK = "no-semester-mark"
    UNEXPLAINED_ABSENCE = "unexplained-absence"


_OF_LESSONS = {
    LessonFault.NO_TOPIC: GapKind.NO_TOPIC,
    LessonFault.SAME_TIME: GapKind.SAME_TIME,
    LessonFault.SAME_NUMBER: GapKind.SAME_NUMBER,
    LessonFault.GAP: GapKind.PLAN_GAP,
}


@frozen
class Gap:
    """One thing that a journal lacks, and the teacher who can put it right.

    It names the lessons concerned, or the pupils; `plan_no` is set where it is about the plan.
    """

    kind: GapKind
    journal: JournalId
    teacher: StaffId
    lessons: tuple[LessonId, ...] = ()
    pupils: tuple[PupilId, ...] = ()
    plan_no: int | None = None


@frozen
class ClosingPolicy:
    """With which gaps a period may be closed all the same.

    No act says (to be confirmed). By default an absence may stay unexplained, because the reason
    cannot always be found out; everything else has to be there.
    """

    tolerated: frozenset[GapKind] = frozenset({GapKind.UNEXPLAINED_ABSENCE})

    def refuse(self, gaps: Iterable[Gap], year: SchoolYear, semester: int) -> None:
        """Raise `GapsLeft` if one of the gaps is of a kind that may not stay."""
        kinds = sorted({gap.kind.value for gap in gaps if gap.kind not in self.tolerated})
        if kinds:
            raise GapsLeft(year.label, semester, tuple(kinds))


@frozen
class JournalContents:
    """All that is in one journal, and whom it is about on the last day of the semester.

    `marked` says whether the subject is assessed at all, `plan_before` with which number the plan
    of the semester before ended.
    """

    journal: Journal
    marked: bool
    roll: frozenset[PupilId]
    lessons: tuple[Lesson, ...] = ()
    columns: tuple[Column, ...] = ()
    marks: tuple[Mark, ...] = ()
    absences: tuple[Absence, ...] = ()
    plan_before: int = 0


def gaps_in(contents: JournalContents, last_day: date) -> tuple[Gap, ...]:
    """Return what a journal lacks at the end of its semester, on `last_day`."""
    return tuple(_gaps(contents, last_day))


def _gaps(contents: JournalContents, last_day: date) -> Iterator[Gap]:
    whose = contents.journal.id, contents.journal.teacher
    if all(lesson.struck for lesson in contents.lessons):
        yield Gap(GapKind.NO_LESSONS, *whose)
    for remark in lesson_remarks(contents.lessons, last_day, contents.plan_before):
        yield Gap(_OF_LESSONS[remark.fault], *whose, remark.lessons, (), remark.plan_no)
    finals = {
        column.id
        for column in contents.columns
        if column.kind is ColumnKind.SEMESTER and not column.struck
    }
    attested = {mark.pupil for mark in contents.marks if mark.column in finals}
    if contents.marked and (without := contents.roll - attested):
        yield Gap(GapKind.NO_SEMESTER_MARK, *whose, (), tuple(sorted(without)))
    for absence in sorted(contents.absences, key=lambda absence: absence.key):
        if absence.code is AbsenceCode.ABSENT:
            yield Gap(GapKind.UNEXPLAINED_ABSENCE, *whose, (absence.lesson,), (absence.pupil,))


class _Scoped(Protocol):
    """What is about a class, a journal, or neither and so everything."""

    @property
    def school_class(self) -> ClassId | None: ...
    @property
    def journal(self) -> JournalId | None: ...


def _holds(scope: _Scoped, journal: Journal) -> bool:
    return scope.school_class in {None, journal.school_class} and scope.journal in {
        None,
        journal.id,
    }


@frozen
class Reopening:
    """Who was let in again, to what and until when: from `since`, before `until`.

    Without a class and a journal it is about all that its lock closes. `ended` is when the period
    was closed before the time was up.
    """

    school_class: ClassId | None
    journal: JournalId | None
    since: datetime
    until: datetime
    reason: str = field(metadata=PERSONAL)
    approved_by: AccountId
    asked_by: StaffId | None = None
    ended: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Say whether it lets anybody in at that instant."""
        return self.since <= at < (self.until if self.ended is None else self.ended)

    def lets(self, journal: Journal, at: datetime) -> bool:
        """Say whether it lets changes of that journal through at that instant."""
        return self.in_force(at) and _holds(self, journal)

    def cut(self, at: datetime) -> Reopening:
        """Return the reopening at its end, if it has not come to it by itself."""
        return evolve(self, ended=at) if self.in_force(at) else self


@frozen
class PeriodLock:
    """A semester, or one class or journal of it, on its way from open to archived.

    `reopenings` are all there ever were; the time of each runs out by itself.
    """

    id: PeriodLockId
    year: YearId
    semester: int
    school_class: ClassId | None = None
    journal: JournalId | None = None
    state: LockState = LockState.OPEN
    closed_at: datetime | None = None
    closed_by: AccountId | None = None
    reopenings: tuple[Reopening, ...] = field(default=(), metadata=PERSONAL)
    version: int = 0

    def standing_among(self, locks: Iterable[PeriodLock]) -> PeriodLock:
        """Return the one of `locks` that is about the very same, or this one if there is none."""
        return next((lock for lock in locks if lock.place == self.place), self)

    @property
    def place(self) -> tuple[YearId, int, ClassId | None, JournalId | None]:
        """What it is about."""
        return self.year, self.semester, self.school_class, self.journal

    def state_at(self, at: datetime) -> LockState:
        """Return the state at that instant: reopened only while somebody is let in."""
        if self.state is LockState.REOPENED and not self._in_force(at):
            return LockState.CLOSED
        return self.state

    def covers(self, journal: Journal) -> bool:
        """Say whether the lock is about that journal, whatever its state."""
        own = (self.year, self.semester) == (journal.year, journal.semester)
        return own and _holds(self, journal)

    def refusal(self, year: str) -> PeriodClosed:
        """Return what is raised for what the lock shuts; `year` is how the year is called."""
        why = "archived" if self.state is LockState.ARCHIVED else "closed"
        return PeriodClosed(year, self.semester, why)

    def shuts(self, journal: Journal, at: datetime) -> bool:
        """Say whether nothing of that journal may be changed at that instant."""
        if self.state is LockState.OPEN or not self.covers(journal):
            return False
        return self.state is LockState.ARCHIVED or not any(
            reopening.lets(journal, at) for reopening in self.reopenings
        )

    def closed(self, by: AccountId, at: datetime) -> PeriodLock:
        """Return the lock closed, for the first time or again before a reopening was over.

        Raises `WrongState` where it is closed already, or archived.
        """
        if self.state_at(at) in {LockState.CLOSED, LockState.ARCHIVED}:
            raise WrongState("period_lock", self.state_at(at).value, "close")
        ended = tuple(reopening.cut(at) for reopening in self.reopenings)
        return evolve(self, state=LockState.CLOSED, closed_at=at, closed_by=by, reopenings=ended)

    def reopened(self, reopening: Reopening) -> PeriodLock:
        """Return the lock that lets one thing through for a time, besides what it lets already.

        Raises `WrongState` unless it was closed, `Invalid` without a reason or for a time that is
        over before it begins, and `NotAllowedHere` for what the lock does not close.
        """
        if self.state not in {LockState.CLOSED, LockState.REOPENED}:
            raise WrongState("period_lock", self.state.value, "reopen")
        if not reopening.reason.strip():
            raise Invalid("reason", "", "absent", personal=True)
        if reopening.until <= reopening.since:
            raise Invalid("until", reopening.until.isoformat(), "order")
        for name in ("school_class", "journal"):
            own, other = getattr(self, name), getattr(reopening, name)
            if own is not None and own != other:
                raise NotAllowedHere(spell_id(own), "outside-lock")
        return evolve(self, state=LockState.REOPENED, reopenings=(*self.reopenings, reopening))

    def archived(self, at: datetime) -> PeriodLock:
        """Return the lock for ever; raises `WrongState` unless it is closed, all of it."""
        if self.state_at(at) is not LockState.CLOSED:
            raise WrongState("period_lock", self.state_at(at).value, "archive")
        return evolve(self, state=LockState.ARCHIVED)

    def _in_force(self, at: datetime) -> bool:
        return any(reopening.in_force(at) for reopening in self.reopenings)
