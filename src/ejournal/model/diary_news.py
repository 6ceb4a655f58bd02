"""What is new in a diary since a guardian last looked, what a guardian signed, and digests.

A change is new by its number in the ledger, which only grows. What was there already but had to
wait until it was shown is new by the instant from which it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum
from typing import NamedTuple

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ids import GuardianId, PupilId
from ejournal.model.attendance import Absence, AttendanceTotals
from ejournal.model.calendar import Period, week_of
from ejournal.model.classes import Subject
from ejournal.model.declaration import PLAIN
from ejournal.model.diary import DiaryMark
from ejournal.model.journal import Lesson
from ejournal.model.people import Guardian, Pupil

__all__ = [
    "ChildDigest",
    "DiaryLook",
    "DiaryLookKey",
    "DiaryNews",
    "Digest",
    "HomeworkDue",
    "NewsItem",
    "NewsKind",
    "SeenMark",
    "WeekSignature",
    "WeekSignatureKey",
    "weeks_within",
]


@frozen
class SeenMark:
    """A mark of a diary, since when the reader can see it, and the number of its latest change.

    The number is that of the mark, of its column's rules or of the guardian's rights, whichever
    changed last.
    """

    entry: DiaryMark
    since: datetime
    number: int


class WeekSignatureKey(NamedTuple):
    """Where a signature stands."""

    pupil: PupilId
    guardian: GuardianId
    week: date


class DiaryLookKey(NamedTuple):
    """Where it stands how far a guardian has read."""

    pupil: PupilId
    guardian: GuardianId


@frozen
class WeekSignature:
    """That a guardian signed a pupil's week; `week` is its Monday.

    What was changed in the week since then has a greater version than the signature.
    """

    pupil: PupilId
    guardian: GuardianId
    week: date
    signed_at: datetime
    version: int = 0

    @property
    def key(self) -> WeekSignatureKey:
        """Where it stands; it has no other identifier."""
        return WeekSignatureKey(self.pupil, self.guardian, self.week)

    @classmethod
    def of(
        cls, pupil: PupilId, guardian: GuardianId, day: date, today: date, at: datetime
    ) -> WeekSignature:
        """Return the signature of the week of a day.

        Raises `NotAllowedHere` for a week that has not begun.
        """
        monday = week_of(day).first
        if today < monday:
            raise NotAllowedHere(str(monday), "not-begun")
        return cls(pupil, guardian, monday, at)


def weeks_within(days: Iterable[date], period: Period) -> tuple[date, ...]:
    """Return the Mondays of the weeks of those days that end within a period, in order."""
    weeks = {week_of(day) for day in days}
    return tuple(sorted(week.first for week in weeks if week.last in period))


@frozen
class DiaryLook:
    """How far a guardian has read a pupil's diary: up to which number of the ledger, and when."""

    pupil: PupilId
    guardian: GuardianId
    upto: int
    at: datetime
    version: int = 0

    @property
    def key(self) -> DiaryLookKey:
        """Where it stands; it has no other identifier."""
        return DiaryLookKey(self.pupil, self.guardian)

    def further(self, upto: int, at: datetime) -> DiaryLook:
        """Return the look moved on; it never goes back."""
        return evolve(self, upto=max(self.upto, upto), at=max(self.at, at))

    def within(self, number: int, now: datetime) -> DiaryLook:
        """Return the look if it has happened; raises `Invalid` for what is still to come."""
        if not 0 <= self.upto <= number:
            raise Invalid("upto", str(self.upto), "range")
        if self.at > now:
            raise Invalid("at", self.at.isoformat(), "range")
        return self

    def knows(self, item: NewsItem) -> bool:
        """Say whether the guardian had it before them when they looked."""
        return item.number <= self.upto and item.since <= self.at


class NewsKind(Enum):
    """What of a diary is new; a lesson is new by its topic and its homework too."""

    LESSON = "lesson"
    MARK = "mark"
    ABSENCE = "absence"


@frozen
class NewsItem:
    """One thing that a guardian has not seen; what it is stands in the field of its kind."""

    kind: NewsKind
    number: int
    since: datetime
    subject: Subject
    lesson: Lesson | None = None
    mark: DiaryMark | None = None
    absence: Absence | None = None


@frozen
class DiaryNews:
    """What is new in a pupil's diary, in the order in which it became visible.

    Hand `upto` and `as_of` back to acknowledge just this.
    """

    pupil: Pupil
    items: tuple[NewsItem, ...]
    upto: int
    as_of: datetime

    @classmethod
    def since(
        cls, pupil: Pupil, look: DiaryLook | None, items: Iterable[NewsItem], now: datetime
    ) -> DiaryNews:
        """Return what of a diary is new to who looked last as `look` says, or never."""
        known = list(items)
        fresh = [item for item in known if look is None or not look.knows(item)]
        fresh.sort(key=lambda item: (item.since, item.number, item.kind.value))
        numbers = [item.number for item in known]
        return cls(pupil, tuple(fresh), max([look.upto if look else 0, *numbers]), now)


@frozen
class HomeworkDue:
    """Homework for one lesson of the period."""

    lesson: Lesson
    subject: Subject
    homework: tuple[str, ...] = field(metadata=PLAIN)


@frozen
class ChildDigest:
    """What there is to say of one child: what became visible in the period, and what is due.

    `unsigned` are the Mondays of the weeks with lessons that ended in the period without the
    guardian's signature. Without the right to marks there are none.
    """

    pupil: Pupil
    marks: tuple[DiaryMark, ...]
    absences: tuple[Absence, ...]
    homework: tuple[HomeworkDue, ...]
    missed: AttendanceTotals
    unsigned: tuple[date, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.marks or self.absences or self.homework or self.unsigned)


@frozen
class Digest:
    """What a letter to a guardian would say of a period, child by child; nobody sends it."""

    guardian: Guardian
    period: Period
    children: tuple[ChildDigest, ...]
