"""Who was not at a lesson, or came late, and why.

A pupil without a record was there (rule 57). Which absences raise an alert, and when, is law
with dates and not part of this.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from attrs import evolve, field, frozen

from ejournal.errors import Invalid
from ejournal.ids import JournalId, LessonId, PupilId, StaffId
from ejournal.model.declaration import PERSONAL
from ejournal.model.marks import AbsenceCode

__all__ = ["Absence", "AbsenceCode", "AbsenceKey", "Missed", "missed"]


class AbsenceKey(NamedTuple):
    """Where an absence stands."""

    journal: JournalId
    lesson: LessonId
    pupil: PupilId


@frozen
class Absence:
    """What is noted of one pupil at one lesson: a code, or minutes late, never both.

    Nothing is removed from a journal: a record that was withdrawn has neither and says that the
    pupil was there after all. `excuse` is what the guardians or the pupil gave as the reason.
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
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.minutes_late < 0 or (self.minutes_late and self.code is not None):
            raise Invalid("minutes_late", str(self.minutes_late), "range")

    @property
    def key(self) -> AbsenceKey:
        """Where the record stands; it has no other identifier."""
        return AbsenceKey(self.journal, self.lesson, self.pupil)

    @property
    def was_present(self) -> bool:
        """Whether the pupil was at the lesson, in time or late: only a code is a lesson missed."""
        return self.code is None

    @property
    def was_withdrawn(self) -> bool:
        """Whether the record says nothing against the pupil any more."""
        return self.code is None and not self.minutes_late

    def presence(self, author: StaffId | None, at: datetime) -> Absence:
        """Return the record withdrawn: the pupil was there, in time."""
        return evolve(self, code=None, minutes_late=0, excuse="", author=author, recorded_at=at)

    def restated(self, record: Absence) -> Absence:
        """Return this record as `record` tells it, for the same pupil and lesson."""
        return evolve(record, version=self.version)


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
