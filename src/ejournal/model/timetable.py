"""Timetables: which class has which lesson when, from which day on.

A timetable plans lessons and is none of them: what was taught stands in journals, whatever becomes
of the timetable. What is planned for a day because of it, `scheduled` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import NamedTuple

from attrs import evolve, field, frozen

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, WrongState
from ejournal.ids import (
    ClassId,
    ExceptionId,
    StaffId,
    SubgroupId,
    SubjectId,
    TimetableId,
    YearId,
    spell_id,
)
from ejournal.model.calendar import Period, week_of
from ejournal.model.classes import SchoolClass
from ejournal.model.declaration import PERSONAL, PLAIN

__all__ = [
    "ClassHours",
    "ClassTimetable",
    "ClassTimetableKey",
    "ExceptionKind",
    "SubjectHours",
    "Timetable",
    "TimetableEntry",
    "TimetableException",
    "TimetableState",
    "in_force",
]


@frozen
class TimetableEntry:
    """One lesson of the week: whose, of what, on which weekday and under which bell.

    Weekdays are numbered from Monday, 1, to Sunday, 7. `week` is that of the cycle in which it is
    held; without one it is held every week.
    """

    school_class: ClassId
    subject: SubjectId
    teacher: StaffId
    weekday: int
    bell: int
    week: int | None = None
    subgroup: SubgroupId | None = None
    room: str = field(default="", metadata=PLAIN)

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.weekday <= 7:
            raise Invalid("weekday", str(self.weekday), "range")
        if self.bell < 1:
            raise Invalid("bell", str(self.bell), "range")
        if self.week is not None and self.week < 1:
            raise Invalid("week", str(self.week), "range")

    @property
    def place(self) -> tuple[int, int, int, ClassId, int, SubjectId, StaffId]:
        """What sorts entries: the day, the bell and the week, then whose and of what."""
        when = (self.weekday, self.bell, self.week or 0)
        return (*when, self.school_class, self.subgroup or 0, self.subject, self.teacher)

    def is_held_in(self, week: int) -> bool:
        """Say whether it is held in that week of the cycle."""
        return self.week is None or self.week == week

    def can_coincide_with(self, other: TimetableEntry) -> bool:
        """Say whether the two are on one weekday of some week."""
        weeks = {self.week, other.week}
        return self.weekday == other.weekday and (None in weeks or len(weeks) == 1)


class ClassTimetableKey(NamedTuple):
    """Where the week of a class stands."""

    timetable: TimetableId
    school_class: ClassId


@frozen
class ClassTimetable:
    """The week of one class in one timetable; `Timetable.week_of` makes it."""

    timetable: TimetableId
    school_class: ClassId
    entries: tuple[TimetableEntry, ...] = ()
    version: int = 0

    @property
    def key(self) -> ClassTimetableKey:
        """Where it stands; it has no other identifier."""
        return ClassTimetableKey(self.timetable, self.school_class)

    def restated(self, other: ClassTimetable) -> ClassTimetable:
        """Return this week as the other tells it."""
        return evolve(self, entries=other.entries)


class TimetableState(Enum):
    """Whether a timetable is being made, holds, or was taken back."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@frozen
class Timetable:
    """A timetable of a school year, in force from `since` until the next one that is published.

    Its weeks follow each other in a cycle of `weeks`; the first is that of the day `anchor`, and
    holidays do not stop the count.
    """

    id: TimetableId
    year: YearId
    since: date
    weeks: int
    anchor: date
    state: TimetableState = TimetableState.DRAFT
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.weeks < 1:
            raise Invalid("weeks", str(self.weeks), "range")

    def week_on(self, day: date) -> int:
        """Return in which week of the cycle, from 1, the day lies."""
        between = week_of(day).first - week_of(self.anchor).first
        return between.days // 7 % self.weeks + 1

    def week_of(
        self, school_class: SchoolClass, entries: Iterable[TimetableEntry]
    ) -> ClassTimetable:
        """Return the week of a class as those entries tell it.

        Raises `WrongState` unless the timetable is a draft, `NotAllowedHere` for a class of
        another year or an entry of another class, and `Invalid` for a week that the cycle does
        not have.
        """
        self._check_draft("change")
        owner = school_class.of_year(self.year)
        ordered = tuple(sorted(entries, key=lambda entry: entry.place))
        for entry in ordered:
            if entry.school_class != owner:
                raise NotAllowedHere(spell_id(entry.school_class), "of-another-class")
            if entry.week is not None and entry.week > self.weeks:
                raise Invalid("week", str(entry.week), "range")
        return ClassTimetable(self.id, owner, ordered)

    def publish(self, others: Iterable[Timetable]) -> Timetable:
        """Return the timetable published among the others of its year.

        Raises `WrongState` unless it is a draft, and `Duplicate` where another that was published
        begins on the same day: withdraw that first.
        """
        self._check_draft("publish")
        for other in others:
            if other.state is TimetableState.PUBLISHED and other.since == self.since:
                raise Duplicate("timetable", ("year", "since"), (other.id,))
        return evolve(self, state=TimetableState.PUBLISHED)

    def withdraw(self) -> Timetable:
        """Return the timetable taken back; the one before it holds again, if there is one.

        Raises `WrongState` where that was done already.
        """
        if self.state is TimetableState.WITHDRAWN:
            raise WrongState("timetable", self.state.value, "withdraw")
        return evolve(self, state=TimetableState.WITHDRAWN)

    def _check_draft(self, command: str) -> None:
        if self.state is not TimetableState.DRAFT:
            raise WrongState("timetable", self.state.value, command)


def in_force(timetables: Iterable[Timetable], day: date) -> Timetable | None:
    """Return the timetable of a year that holds on a day: the latest that was published by then."""
    begun = [
        each for each in timetables if each.state is TimetableState.PUBLISHED and each.since <= day
    ]
    return max(begun, key=lambda each: each.since, default=None)


@frozen
class SubjectHours:
    """How many lessons of a subject a class has a week, exactly: 1.5 are one and two in turn."""

    subject: SubjectId
    hours: Fraction

    def __attrs_post_init__(self) -> None:
        if self.hours <= 0:
            raise Invalid("hours", str(self.hours), "range")


@frozen
class ClassHours:
    """The hours a week that the school's curriculum gives a class, subject by subject.

    Raises `Invalid` where a subject stands in it twice.
    """

    school_class: ClassId
    hours: tuple[SubjectHours, ...] = ()
    version: int = 0

    def __attrs_post_init__(self) -> None:
        named = [each.subject for each in self.hours]
        if len(set(named)) < len(named):
            raise Invalid("hours", ", ".join(map(spell_id, named)), "ambiguous")

    def restated(self, hours: Iterable[SubjectHours]) -> ClassHours:
        """Return the class with those hours in place of what it had."""
        return evolve(self, hours=tuple(sorted(hours, key=lambda each: each.subject)))


class ExceptionKind(Enum):
    """What becomes of planned lessons on a day."""

    CANCELLED = "cancelled"
    MOVED = "moved"
    REMOTE = "remote"


@frozen
class TimetableException:
    """Lessons that are not held, held at another time, or held remotely.

    It is about every lesson of its days, or only those of a class, of a subgroup of it, or under
    one bell. Lessons of one day are moved to `to_day`, under their own bells; a single bell's to
    `to_bell` where that is given. What was `withdrawn` has no effect.

    Raises `Invalid` for a target that the kind does not have or that it lacks.
    """

    id: ExceptionId
    year: YearId
    kind: ExceptionKind
    first_day: date
    last_day: date
    school_class: ClassId | None = None
    subgroup: SubgroupId | None = None
    bell: int | None = None
    to_day: date | None = None
    to_bell: int | None = None
    reason: str = field(default="", metadata=PERSONAL)
    withdrawn: bool = False
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise Invalid("exception", str(self.last_day), "order")
        if self.subgroup is not None and self.school_class is None:
            raise Invalid("school_class", "", "absent")
        if any(number is not None and number < 1 for number in (self.bell, self.to_bell)):
            raise Invalid("bell", f"{self.bell}/{self.to_bell}", "range")
        if (self.kind is ExceptionKind.MOVED) is (self.to_day is None):
            raise Invalid("to_day", str(self.to_day or ""), "absent")
        if self.to_bell is not None and (self.to_day is None or self.bell is None):
            raise Invalid("to_bell", str(self.to_bell), "pattern")
        if self.to_day is not None and self.first_day != self.last_day:
            raise Invalid("to_day", str(self.to_day), "ambiguous")

    @property
    def period(self) -> Period:
        """The days whose lessons it is about."""
        return Period(self.first_day, self.last_day)

    def withdraw(self) -> TimetableException:
        """Return the exception without effect; raises `WrongState` where it has none already."""
        if self.withdrawn:
            raise WrongState("timetable_exception", "withdrawn", "withdraw")
        return evolve(self, withdrawn=True)
