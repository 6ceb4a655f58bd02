"""Who was away for too many school days in a row without a valid reason, and who must be told.

The police and the service for children are told of it (CMU № 684; rules 60-63). Nothing is sent
from here: an alert says what has to be told, and waits until somebody at the school takes it up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import Enum
from itertools import pairwise

from attrs import evolve, frozen

from ejournal.errors import Invalid, WrongState
from ejournal.ids import AbsenceAlertId, ClassId, LessonId, PupilId, StaffId
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import Period

__all__ = [
    "FIVE_DAYS_FROM_2026",
    "AbsenceAlert",
    "AlertDays",
    "DayAttendance",
    "Told",
    "UnexcusedRun",
    "day_by_day",
    "unexcused_runs",
]


@frozen
class AlertDays:
    """After how many school days in a row an absence is reported, by the day in question.

    `changes` are the days from which another number holds, in order. Raises `Invalid` for a number
    below 1 and for days out of order.
    """

    days: int = 10
    changes: tuple[tuple[date, int], ...] = ()

    def __attrs_post_init__(self) -> None:
        for number in (self.days, *(number for _, number in self.changes)):
            if number < 1:
                raise Invalid("absence_alert_days", str(number), "range")
        for (earlier, _), (later, _) in pairwise(self.changes):
            if later <= earlier:
                raise Invalid("absence_alert_days", str(later), "order")

    def on(self, day: date) -> int:
        """Return the number in force on a day.

        >>> [FIVE_DAYS_FROM_2026.on(date(2026, 2, day)) for day in (24, 25)]
        [10, 5]
        """
        return next((number for since, number in reversed(self.changes) if since <= day), self.days)


FIVE_DAYS_FROM_2026 = AlertDays(changes=((date(2026, 2, 25), 5),))
"""The other reading: five days since CMU № 241 of 25.02.2026, whose text is to be confirmed."""


class Told(Enum):
    """Whom the school has to tell."""

    POLICE = "police"
    CHILDREN_SERVICE = "children-service"


class DayAttendance(Enum):
    """What a school day was for one pupil, for counting days in a row."""

    PRESENT = "present"
    EXCUSED = "excused"
    UNEXCUSED = "unexcused"


def day_by_day(
    lessons: Mapping[LessonId, date], absences: Iterable[Absence], school_days: Iterable[date]
) -> dict[date, DayAttendance]:
    """Return what each school day was for a pupil who had to be at those lessons.

    A day counts as missed only if every lesson of it was (rule 59); one with an «хв» or «п/п» has
    a valid reason. A day without lessons, a weekend and a holiday are not there: they neither
    break the row nor add to it (rule 61).
    """
    codes = {absence.lesson: absence.code for absence in absences}
    counted = set(school_days)
    found: dict[date, set[AbsenceCode | None]] = {}
    for lesson, day in lessons.items():
        if day in counted:
            found.setdefault(day, set()).add(codes.get(lesson))
    return {day: _of_day(found[day]) for day in sorted(found)}


def _of_day(codes: set[AbsenceCode | None]) -> DayAttendance:
    if None in codes:
        return DayAttendance.PRESENT
    return DayAttendance.UNEXCUSED if codes == {AbsenceCode.ABSENT} else DayAttendance.EXCUSED


@frozen
class UnexcusedRun:
    """School days in a row without a valid reason, up to the one on which it had to be told."""

    first_day: date
    last_day: date
    days: int

    @property
    def period(self) -> Period:
        """From the first of its days to the last."""
        return Period(self.first_day, self.last_day)


def unexcused_runs(days: Mapping[date, DayAttendance], number: AlertDays) -> Iterator[UnexcusedRun]:
    """Yield each row of days that became too long, on the first day on which it was.

    Presence and a valid reason begin the count anew (rule 62). The number is the one in force on
    that day (rule 63), so a row that is under way when the number falls is reported then.
    """
    first, count, told = date.min, 0, False
    for day in sorted(days):
        if days[day] is not DayAttendance.UNEXCUSED:
            count, told = 0, False
            continue
        first = first if count else day
        count += 1
        if not told and count >= number.on(day):
            told = True
            yield UnexcusedRun(first, day, count)


@frozen
class AbsenceAlert:
    """That a pupil was away for too long, whom to tell, and who at the school took it up."""

    id: AbsenceAlertId
    pupil: PupilId
    school_class: ClassId
    first_day: date
    last_day: date
    days: int
    tell: frozenset[Told]
    raised_at: datetime
    acknowledged_by: StaffId | None = None
    acknowledged_at: datetime | None = None
    version: int = 0

    def is_about(self, run: UnexcusedRun) -> bool:
        """Say whether the run is the one that was reported, though its ends may have moved since.

        A lesson excused or noted later can shorten it; it is not told twice.
        """
        return Period(self.first_day, self.last_day).meets(run.period)

    def acknowledged(self, by: StaffId | None, at: datetime) -> AbsenceAlert:
        """Return the alert taken up; raises `WrongState` if it was already."""
        if self.acknowledged_at is not None:
            raise WrongState("absence_alert", "acknowledged", "acknowledge")
        return evolve(self, acknowledged_by=by, acknowledged_at=at)
