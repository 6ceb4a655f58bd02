"""The attendance of a class: the class teacher's daily sheet, and what a period adds up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import reduce
from operator import add

from attrs import field, frozen

from ejournal.errors import NotAllowedHere, NotEnrolled
from ejournal.ids import ClassId, JournalId, LessonId, PupilId, StaffId, SubgroupId, spell_id
from ejournal.model.attendance import (
    Absence,
    AbsenceCode,
    AbsenceKey,
    AttendanceTotals,
    Missed,
    missed,
    totals,
)
from ejournal.model.calendar import Period
from ejournal.model.classes import Subgroup, Subject
from ejournal.model.declaration import PERSONAL
from ejournal.model.excuses import Excuse, explained
from ejournal.model.journal import Journal, Lesson
from ejournal.model.people import Enrolment, Pupil, alphabetical

__all__ = [
    "ClassAttendance",
    "DailySheet",
    "PupilAttendance",
    "SheetCell",
    "SheetEntry",
    "SheetLesson",
    "SheetRow",
    "attended_by",
    "class_attendance",
    "daily_sheet",
]


def attended_by(
    lessons: Iterable[Lesson],
    journals: Iterable[Journal],
    enrolments: Iterable[Enrolment],
    subgroups: Iterable[Subgroup],
) -> dict[PupilId, dict[LessonId, date]]:
    """Return at which lessons each pupil had to be: those of their class and subgroup that day."""
    known = {journal.id: journal for journal in journals}
    parts = {subgroup.id: subgroup for subgroup in subgroups}
    listed = list(enrolments)
    rolls: dict[tuple[JournalId, date], frozenset[PupilId]] = {}
    attended: defaultdict[PupilId, dict[LessonId, date]] = defaultdict(dict)
    for lesson in lessons:
        place = (lesson.journal, lesson.day)
        if place not in rolls:
            rolls[place] = _roll(known[lesson.journal], lesson.day, listed, parts)
        for pupil in rolls[place]:
            attended[pupil][lesson.id] = lesson.day
    return dict(attended)


def _roll(
    journal: Journal,
    day: date,
    enrolments: Iterable[Enrolment],
    subgroups: Mapping[SubgroupId, Subgroup],
) -> frozenset[PupilId]:
    subgroup = None if journal.subgroup is None else subgroups[journal.subgroup]
    return journal.roll(enrolments, Period(day, day), subgroup)


@frozen
class SheetLesson:
    """A lesson of the class's day, and the subgroup it was for."""

    lesson: Lesson
    subject: Subject
    subgroup: Subgroup | None = None


@frozen
class SheetCell:
    """Whether a pupil had to be at a lesson, and what is noted of it."""

    expected: bool
    absence: Absence | None = None


@frozen
class SheetRow:
    """A pupil's day: a cell for each lesson of the sheet."""

    pupil: Pupil
    cells: tuple[SheetCell, ...]
    missed: Missed


@frozen
class DailySheet:
    """The attendance of a class on one day, over all its journals."""

    school_class: ClassId
    day: date
    lessons: tuple[SheetLesson, ...]
    rows: tuple[SheetRow, ...]

    def absence(self, key: AbsenceKey) -> Absence | None:
        """Return what the sheet shows of a pupil at a lesson, if anything."""
        shown = (cell.absence for row in self.rows for cell in row.cells)
        return next((each for each in shown if each is not None and each.key == key), None)

    def notes(
        self,
        entries: Iterable[SheetEntry],
        excuses: Iterable[Excuse],
        author: StaffId | None,
        at: datetime,
    ) -> list[Absence]:
        """Return the records that the entries make, those that change nothing left out.

        A record that stands is replaced, and where it is withdrawn, it stays and says so. A
        confirmed one of the `excuses` explains an «Н» that it covers. Raises
        `NotEnrolled` for a pupil who is not on the sheet or was not to be at a lesson that is
        named, `NotAllowedHere` for a lesson that is not on the sheet and for a day without one,
        and `Invalid` for what an absence cannot say.
        """
        rows = {row.pupil.id: row for row in self.rows}
        known = list(excuses)
        made: dict[AbsenceKey, Absence] = {}
        for entry in entries:
            if entry.pupil not in rows:
                raise NotEnrolled(entry.pupil, f"{spell_id(self.school_class)}, {self.day}")
            for lesson, standing in self._meant(entry, rows[entry.pupil]):
                record = explained(entry.record(lesson, author, at), known, author, at)
                if _is_news(record, standing):
                    made[record.key] = record if standing is None else standing.restated(record)
        return list(made.values())

    def _meant(self, entry: SheetEntry, row: SheetRow) -> Iterator[tuple[Lesson, Absence | None]]:
        held = {each.lesson.id: each.lesson for each in self.lessons}
        if strange := entry.lessons - held.keys():
            raise NotAllowedHere(", ".join(map(spell_id, sorted(strange))), "not-on-sheet")
        cells = dict(zip(held, row.cells, strict=True))
        named = entry.lessons or {key for key, cell in cells.items() if cell.expected}
        if not named:
            raise NotAllowedHere(str(self.day), "no-lessons")
        for key, lesson in held.items():
            if key in named:
                if not cells[key].expected:
                    raise NotEnrolled(entry.pupil, f"{spell_id(lesson.journal)}, {self.day}")
                yield lesson, cells[key].absence


@frozen
class SheetEntry:
    """What is filled in for one pupil: at the lessons named, or at every lesson of the day.

    Without a code and minutes the pupil was there; `remote`, at a distance.
    """

    pupil: PupilId
    code: AbsenceCode | None = None
    minutes_late: int = 0
    remote: bool = False
    excuse: str = field(default="", metadata=PERSONAL)
    lessons: frozenset[LessonId] = frozenset()

    def record(self, lesson: Lesson, author: StaffId | None, at: datetime) -> Absence:
        """Return what it says of one lesson; raises `Invalid` for a code beside minutes."""
        return Absence(
            lesson.journal,
            lesson.id,
            self.pupil,
            lesson.day,
            self.code,
            self.minutes_late,
            self.excuse,
            author,
            at,
            remote=self.remote,
        )


def _is_news(record: Absence, standing: Absence | None) -> bool:
    if standing is None:
        return not record.was_withdrawn
    return not standing.says_the_same(record)


def daily_sheet(
    school_class: ClassId,
    day: date,
    *,
    pupils: Iterable[Pupil],
    lessons: Iterable[SheetLesson],
    attended: Mapping[PupilId, Mapping[LessonId, date]],
    absences: Iterable[Absence],
) -> DailySheet:
    """Lay out a class's day: lessons by the bells, pupils by the Ukrainian alphabet."""
    held = sorted(lessons, key=lambda each: (each.lesson.bell, each.lesson.id))
    noted = {(each.lesson, each.pupil): each for each in absences if not each.was_withdrawn}
    standing = {(each.lesson, each.pupil): each for each in absences}

    def row(pupil: Pupil) -> SheetRow:
        own = attended.get(pupil.id, {})
        places = [(each.lesson.id, pupil.id) for each in held]
        cells = tuple(SheetCell(at[0] in own, standing.get(at)) for at in places)
        return SheetRow(pupil, cells, missed(own, (noted[at] for at in places if at in noted)))

    return DailySheet(school_class, day, tuple(held), tuple(map(row, alphabetical(pupils))))


@frozen
class PupilAttendance:
    """What one pupil missed in a period."""

    pupil: Pupil
    totals: AttendanceTotals


@frozen
class ClassAttendance:
    """What a class missed in a period, pupil by pupil and together."""

    school_class: ClassId
    period: Period
    pupils: tuple[PupilAttendance, ...]

    @property
    def together(self) -> AttendanceTotals:
        """The totals of all the pupils."""
        return reduce(add, (each.totals for each in self.pupils), AttendanceTotals())


def class_attendance(
    school_class: ClassId,
    period: Period,
    *,
    pupils: Iterable[Pupil],
    attended: Mapping[PupilId, Mapping[LessonId, date]],
    absences: Iterable[Absence],
) -> ClassAttendance:
    """Add up a period for each pupil, in the order of the Ukrainian alphabet."""
    own: defaultdict[PupilId, list[Absence]] = defaultdict(list)
    for absence in absences:
        own[absence.pupil].append(absence)
    return ClassAttendance(
        school_class,
        period,
        tuple(
            PupilAttendance(pupil, totals(attended.get(pupil.id, {}), own[pupil.id]))
            for pupil in alphabetical(pupils)
        ),
    )
