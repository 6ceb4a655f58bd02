"""Who was not at a lesson, or came late, and why.

A pupil without a record was there (rule 57). Which absences raise an alert, and when, is law
with dates and not part of this.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from attrs import evolve, field, fields, frozen

from ejournal.errors import Invalid
from ejournal.ids import ExcuseId, JournalId, LessonId, PupilId, StaffId, spell_id
from ejournal.model.declaration import PERSONAL
from ejournal.model.marks import AbsenceCode

__all__ = [
    "VALID_REASONS",
    "Absence",
    "AbsenceCode",
    "AbsenceKey",
    "AttendanceTotals",
    "Missed",
    "missed",
    "totals",
]

VALID_REASONS = frozenset({AbsenceCode.ILL, AbsenceCode.EXCUSED})
"""The codes of an absence for which there was a reason: «хв» and «п/п»."""


class AbsenceKey(NamedTuple):
    """Where an absence stands."""

    journal: JournalId
    lesson: LessonId
    pupil: PupilId


@frozen
class Absence:
    """What is noted of one pupil at one lesson: a code, or minutes late, never both.

    Nothing is removed from a journal: a record that was withdrawn has neither and says that the
    pupil was there after all. `excuse` is what the guardians or the pupil gave as the reason. A
    pupil who took part at a distance was there: `remote`. `excused_by` is the confirmed excuse
    that gave the code in place of «Н».
    """

    journal: JournalId
    lesson: LessonId
    pupil: PupilId
    day: date
    code: AbsenceCode | None
    minutes_late: int
    excuse: str = field(metadata=PERSONAL)
    author: StaffId | None
    recorded_at: datetime
    remote: bool = False
    excused_by: ExcuseId | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.minutes_late < 0 or (self.minutes_late and self.code is not None):
            raise Invalid("minutes_late", str(self.minutes_late), "range")
        if self.remote and self.code is not None:
            raise Invalid("remote", self.code.value, "pattern")
        if self.excused_by is not None and not self.has_valid_reason:
            raise Invalid("excused_by", spell_id(self.excused_by), "pattern")

    @property
    def key(self) -> AbsenceKey:
        """Where the record stands; it has no other identifier."""
        return AbsenceKey(self.journal, self.lesson, self.pupil)

    @property
    def was_present(self) -> bool:
        """Whether the pupil was at the lesson, in time or late: only a code is a lesson missed."""
        return self.code is None

    @property
    def has_valid_reason(self) -> bool:
        """Whether the lesson was missed for a reason that the school accepts: «хв» or «п/п»."""
        return self.code in VALID_REASONS

    @property
    def noted(self) -> AbsenceCode | None:
        """The code as the teacher noted it, before a confirmed excuse gave another."""
        return self.code if self.excused_by is None else AbsenceCode.ABSENT

    @property
    def was_withdrawn(self) -> bool:
        """Whether the record says nothing against the pupil any more."""
        return self.code is None and not self.minutes_late and not self.remote

    def presence(self, author: StaffId | None, at: datetime) -> Absence:
        """Return the record withdrawn: the pupil was there, in time."""
        return evolve(
            self,
            code=None,
            minutes_late=0,
            excuse="",
            author=author,
            recorded_at=at,
            remote=False,
            excused_by=None,
        )

    def restated(self, record: Absence) -> Absence:
        """Return this record as `record` tells it, for the same pupil and lesson."""
        return evolve(record, version=self.version)

    def says_the_same(self, record: Absence) -> bool:
        """Say whether the two differ in nothing but who wrote them and when."""
        return (
            evolve(
                self, author=record.author, recorded_at=record.recorded_at, version=record.version
            )
            == record
        )

    def explained(
        self, excuse: ExcuseId, code: AbsenceCode, author: StaffId | None, at: datetime
    ) -> Absence:
        """Return the record with the code that a confirmed excuse gives; what was stays known."""
        return evolve(self, code=code, excused_by=excuse, author=author, recorded_at=at)

    def unexplained(self, author: StaffId | None, at: datetime) -> Absence:
        """Return the record as it was before an excuse was confirmed that no longer holds."""
        return evolve(self, code=self.noted, excused_by=None, author=author, recorded_at=at)


class Missed(NamedTuple):
    """Days and lessons missed, counted apart (rule 58)."""

    days: int
    lessons: int


def missed(lessons: Mapping[LessonId, date], absences: Iterable[Absence]) -> Missed:
    """Count what one pupil missed of those lessons.

    A day is missed when every one of its lessons was (rule 59, to be confirmed); coming late
    misses nothing.
    """
    gone = {absence.lesson for absence in absences if not absence.was_present}
    days: defaultdict[date, list[bool]] = defaultdict(list)
    for lesson, day in lessons.items():
        days[day].append(lesson in gone)
    return Missed(
        sum(all(lost) for lost in days.values()), sum(sum(lost) for lost in days.values())
    )


@frozen
class AttendanceTotals:
    """What one pupil missed, or several together, and how often they were late.

    The lessons missed are those without a reason, ill and excused; to be late or to take part at a
    distance misses nothing.
    """

    days: int = 0
    lessons: int = 0
    without_reason: int = 0
    ill: int = 0
    excused: int = 0
    late: int = 0
    minutes_late: int = 0
    remote: int = 0

    def __add__(self, other: AttendanceTotals) -> AttendanceTotals:
        return AttendanceTotals(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(type(self)))
        )


def totals(lessons: Mapping[LessonId, date], absences: Iterable[Absence]) -> AttendanceTotals:
    """Add up one pupil's attendance at those lessons; days are missed as `missed` counts them."""
    held = [absence for absence in absences if absence.lesson in lessons]
    codes = Counter(absence.code for absence in held)
    return AttendanceTotals(
        *missed(lessons, held),
        codes[AbsenceCode.ABSENT],
        codes[AbsenceCode.ILL],
        codes[AbsenceCode.EXCUSED],
        sum(absence.minutes_late > 0 for absence in held),
        sum(absence.minutes_late for absence in held),
        sum(absence.remote for absence in held),
    )
