"""Days of the school: periods, weeks, and the school year with its semesters, holidays and bells.

What makes a year impossible is refused. What the law asks of a year and may change comes from a
policy, and a year that differs from it is remarked on: each school's teachers' council sets its
own dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, time, timedelta
from enum import Enum
from itertools import pairwise

from attrs import field, frozen

from ejournal.errors import Duplicate, Invalid, Missing, NotAllowedHere
from ejournal.ids import YearId
from ejournal.model.declaration import PLAIN

__all__ = [
    "Bell",
    "CalendarPolicy",
    "Holiday",
    "Period",
    "Remark",
    "SchoolYear",
    "Semester",
    "StudyForm",
    "YearRule",
    "bells",
    "week_of",
]

_DAY = timedelta(days=1)
_SATURDAY = 5


@frozen
class Period:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid("period", f"{self.first} - {self.last}", "order")

    @property
    def days(self) -> tuple[date, ...]:
        """Every day of it, in order."""
        return tuple(self.first + _DAY * number for number in range(len(self)))

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def meets(self, other: Period) -> bool:
        """Say whether the two have a day in common."""
        return self.first <= other.last and other.first <= self.last

    def __str__(self) -> str:
        return f"{self.first} - {self.last}"


def week_of(day: date) -> Period:
    """Return the week of a day, from its Monday to its Sunday.

    Raises `Invalid` for the last days of the calendar, whose week has no end.
    """
    monday = day - _DAY * day.weekday()
    if date.max - monday < _DAY * 6:
        raise Invalid("day", day.isoformat(), "range")
    return Period(monday, monday + _DAY * 6)


class StudyForm(Enum):
    """The forms of study; each has a school year of its own (rule 70)."""

    IN_PERSON_DAY = "in-person-day"
    IN_PERSON_EVENING = "in-person-evening"
    CORRESPONDENCE = "correspondence"
    DISTANCE = "distance"
    NETWORK = "network"
    EXTERNAL = "external"
    FAMILY = "family"
    PATRONAGE = "patronage"
    WORKPLACE = "workplace"
    DUAL = "dual"


@frozen
class Semester:
    """A numbered part of the year."""

    number: int
    first_day: date
    last_day: date

    def __attrs_post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise Invalid("semester", f"{self.first_day} - {self.last_day}", "order")

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.first_day, self.last_day)


@frozen
class Holiday:
    """Days without lessons, under the name the school gives them."""

    name: str = field(metadata=PLAIN)
    first_day: date
    last_day: date

    def __attrs_post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise Invalid("holiday", f"{self.first_day} - {self.last_day}", "order")

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.first_day, self.last_day)


@frozen
class Bell:
    """When a lesson of one shift begins and ends; `number` is its place in the day."""

    shift: int
    number: int
    starts: time
    ends: time

    def __attrs_post_init__(self) -> None:
        if self.number < 1 or self.shift < 1:
            raise Invalid("bell", f"{self.shift}/{self.number}", "range")
        if self.ends <= self.starts:
            raise Invalid("bell", f"{self.starts:%H:%M}-{self.ends:%H:%M}", "order")

    @property
    def minutes(self) -> int:
        """How long the lesson lasts, in whole minutes."""
        begin, end = (at.hour * 60 + at.minute for at in (self.starts, self.ends))
        return end - begin

    def overlaps(self, other: Bell) -> bool:
        """Say whether a moment lies in both; shifts may be held at the same time."""
        return self.starts < other.ends and other.starts < self.ends


def bells(
    starts: time, *, lesson: int = 45, breaks: tuple[int, ...], shift: int = 1
) -> tuple[Bell, ...]:
    """Return a shift's bells: lessons of that many minutes with those breaks between them.

    >>> [f"{bell.starts:%H:%M}" for bell in bells(time(8, 30), breaks=(10, 20))]
    ['08:30', '09:25', '10:30']
    """
    begin = starts.hour * 60 + starts.minute
    rung: list[Bell] = []
    for number, pause in enumerate((*breaks, 0), 1):
        end = begin + lesson
        rung.append(Bell(shift, number, _clock(begin), _clock(end)))
        begin = end + pause
    return tuple(rung)


def _clock(minutes: int) -> time:
    return time(*divmod(minutes, 60))


@frozen
class CalendarPolicy:
    """What a year is measured by: rules 64-67 and 69, as the law had them in peacetime.

    `least_study_days` is None where the number is suspended, as it is under martial law.
    `latest_end` is the date the government set for the year; without one it is 1 July.
    `lessons` has how many minutes a lesson lasts up to which grade; the last is for all above.
    """

    start: tuple[int, int] = (9, 1)
    least_study_days: int | None = 175
    least_holidays: int = 30
    latest_end: date | None = None
    lessons: tuple[tuple[int, int], ...] = ((1, 35), (4, 40), (12, 45))

    def lesson_length(self, grade: int) -> int:
        """Return how many minutes a lesson of that grade lasts (rule 69).

        >>> [CalendarPolicy().lesson_length(grade) for grade in (1, 2, 4, 5, 11)]
        [35, 40, 40, 45, 45]
        """
        longest = self.lessons[-1][1]
        return next((minutes for upto, minutes in self.lessons if grade <= upto), longest)


class YearRule(Enum):
    """What a year can be remarked on for."""

    START = "start"
    STUDY_DAYS = "study-days"
    HOLIDAYS = "holidays"
    END = "end"


@frozen
class Remark:
    """A rule the year departs from: a date or a number of days as found, and as expected."""

    rule: YearRule
    found: date | int
    expected: date | int


@frozen
class SchoolYear:
    """A school year of one form of study.

    Semesters are numbered from 1, follow each other and lie inside the year (rule 68), holidays
    lie inside it too, and no shift has two bells of one number: otherwise `Invalid`.
    """

    id: YearId
    form: StudyForm
    first_day: date
    last_day: date
    semesters: tuple[Semester, ...]
    holidays: tuple[Holiday, ...] = ()
    bells: tuple[Bell, ...] = ()
    version: int = 0

    def __attrs_post_init__(self) -> None:
        whole = self.period
        parts: tuple[Semester | Holiday, ...] = (*self.semesters, *self.holidays)
        for part in parts:
            if part.first_day not in whole or part.last_day not in whole:
                raise Invalid("school_year", str(part.period), "range")
        numbers = [semester.number for semester in self.semesters]
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            raise Invalid("semesters", str(numbers), "order")
        for earlier, later in pairwise(self.semesters):
            if later.first_day <= earlier.last_day:
                raise Invalid("semesters", str(later.first_day), "order")
        rung = [(bell.shift, bell.number) for bell in self.bells]
        if len(rung) != len(set(rung)):
            raise Invalid("bells", str(rung), "ambiguous")

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.first_day, self.last_day)

    @property
    def label(self) -> str:
        """The name of the year on a title page, such as «2026/27»."""
        return f"{self.first_day.year}/{(self.first_day.year + 1) % 100:02}"

    def beside(self, others: Iterable[SchoolYear]) -> SchoolYear:
        """Return this year if it is the only one of its form and name; raises `Duplicate`."""
        for other in others:
            if (other.form, other.label) == (self.form, self.label):
                raise Duplicate("school_year", ("form", "label"), (other.id,))
        return self

    def semester(self, number: int) -> Semester:
        """Return the semester of that number; raises `Missing` where there is none."""
        for semester in self.semesters:
            if semester.number == number:
                return semester
        raise Missing("semester", (self.id, number))

    def within(self, day: date) -> date:
        """Return the day; raises `NotAllowedHere` for one outside the year."""
        if day not in self.period:
            raise NotAllowedHere(f"{day} ({self.period})", "outside-year")
        return day

    def semester_of(self, day: date) -> Semester:
        """Return the semester of a day; raises `NotAllowedHere` for a day outside all of them."""
        for semester in self.semesters:
            if day in semester.period:
                return semester
        raise NotAllowedHere(f"{day} ({self.period})", "outside-semester")

    def has_lessons(self, day: date) -> bool:
        """Say whether the day is in a semester and in no holiday, weekends included."""
        taught = any(day in semester.period for semester in self.semesters)
        return taught and not any(day in holiday.period for holiday in self.holidays)

    def bells_at(self, shift: int, number: int) -> tuple[Bell, ...]:
        """Return the one bell of that number in a shift, or none."""
        at = (shift, number)
        return tuple(bell for bell in self.bells if (bell.shift, bell.number) == at)

    def bell(self, shift: int, number: int) -> Bell:
        """Return when a lesson begins and ends.

        Raises `NotAllowedHere` for a bell that does not ring for that shift (rule 5).
        """
        for bell in self.bells_at(shift, number):
            return bell
        raise NotAllowedHere(f"{shift}/{number}", "no-such-bell")

    @property
    def study_days(self) -> int:
        """How many days of the semesters are neither weekend nor holiday."""
        free = self._free()
        days = {day for semester in self.semesters for day in semester.period.days}
        return sum(day.weekday() < _SATURDAY for day in days - free)

    def is_study_day(self, day: date) -> bool:
        """Say whether lessons are held: in a semester, on no weekend and no holiday."""
        taught = any(day in semester.period for semester in self.semesters)
        return taught and day.weekday() < _SATURDAY and day not in self._free()

    def _free(self) -> set[date]:
        return {day for holiday in self.holidays for day in holiday.period.days}

    def remarks(self, policy: CalendarPolicy) -> tuple[Remark, ...]:
        """Return what a reviewer of the calendar should look at; none of it stops the school."""
        return tuple(self._remarks(policy))

    def _remarks(self, policy: CalendarPolicy) -> Iterator[Remark]:
        start = date(self.first_day.year, *policy.start)
        if self.first_day != start:
            yield Remark(YearRule.START, self.first_day, start)
        if policy.least_study_days is not None and self.study_days < policy.least_study_days:
            yield Remark(YearRule.STUDY_DAYS, self.study_days, policy.least_study_days)
        if len(self._free()) < policy.least_holidays:
            yield Remark(YearRule.HOLIDAYS, len(self._free()), policy.least_holidays)
        end = policy.latest_end or date(self.first_day.year + 1, 7, 1)
        if self.last_day > end:
            yield Remark(YearRule.END, self.last_day, end)
