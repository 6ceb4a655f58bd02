"""How far back and ahead what is written in a journal may be dated.

No act sets a limit for the electronic form (to be confirmed), so none is the default; what a school
or a vendor decides takes the place of `DatingLimits` in the policies.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

from attrs import frozen

from ejournal.errors import NotAllowedHere
from ejournal.model.calendar import SchoolYear

__all__ = ["Dating", "DatingLimits", "Span"]


class Dating(Protocol):
    """Decides for which days something may be written today.

    It is asked about what people write one by one. What comes in bulk was kept elsewhere at its
    time, and what a head approves, a correction, has rules of its own.
    """

    def lesson(self, day: date, today: date, year: SchoolYear) -> None:
        """Raise `NotAllowedHere` if no lesson or column may be put under that day."""
        ...

    def mark(self, day: date | None, today: date) -> None:
        """Raise `NotAllowedHere` if no mark may be given under that day, or in no day's column."""
        ...

    def absence(self, day: date, today: date) -> None:
        """Raise `NotAllowedHere` if nobody's absence may be noted for that day."""
        ...


@frozen
class Span:
    """So many days back and ahead of today, both included; None is without end."""

    back: int | None = None
    ahead: int | None = None

    def refuse(self, day: date, today: date) -> None:
        """Raise `NotAllowedHere` for a day beyond either end."""
        if self.back is not None and (today - day).days > self.back:
            raise NotAllowedHere(day.isoformat(), "too-early")
        if self.ahead is not None and (day - today).days > self.ahead:
            raise NotAllowedHere(day.isoformat(), "too-late")


@frozen
class DatingLimits:
    """A span for each kind, and whether lessons are held on school days alone.

    The year's days are asked about when a lesson or a dated column is put in its place; marks and
    absences stand where one of these stands.
    """

    lessons: Span = Span()
    marks: Span = Span()
    absences: Span = Span()
    school_days_only: bool = False

    def lesson(self, day: date, today: date, year: SchoolYear) -> None:
        """Raise `NotAllowedHere` if no lesson or column may be put under that day."""
        self.lessons.refuse(day, today)
        if self.school_days_only and not year.is_study_day(day):
            raise NotAllowedHere(day.isoformat(), "not-a-school-day")

    def mark(self, day: date | None, today: date) -> None:
        """Raise `NotAllowedHere` for a day out of the span; a column without one is never."""
        if day is not None:
            self.marks.refuse(day, today)

    def absence(self, day: date, today: date) -> None:
        """Raise `NotAllowedHere` for a day out of the span."""
        self.absences.refuse(day, today)
