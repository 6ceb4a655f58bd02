"""A pupil's diary: a view of lessons, marks, absences and homework, one week at a time.

Nothing of it is stored. What is published, and when, is not part of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from attrs import field, frozen

from ejournal.ids import JournalId, LessonId
from ejournal.model.attendance import Absence, AttendanceTotals
from ejournal.model.calendar import Period
from ejournal.model.classes import Subject
from ejournal.model.declaration import PLAIN
from ejournal.model.journal import Column, Lesson, Mark
from ejournal.model.people import Pupil

__all__ = [
    "DiaryDay",
    "DiaryEntry",
    "DiaryMark",
    "DiaryWeek",
    "PupilPage",
    "SubjectMarks",
    "week",
]

_SATURDAY = 5


@frozen
class DiaryMark:
    """A mark, the column it stands in and the subject it is of."""

    mark: Mark
    column: Column
    subject: Subject


@frozen
class DiaryEntry:
    """One lesson of the pupil's day, with the homework that is due at it."""

    lesson: Lesson
    subject: Subject
    homework: tuple[str, ...] = field(default=(), metadata=PLAIN)
    marks: tuple[DiaryMark, ...] = ()
    absence: Absence | None = None


@frozen
class DiaryDay:
    """A day's lessons in the order of the bells, and marks of that day that are of no lesson."""

    day: date
    entries: tuple[DiaryEntry, ...] = ()
    marks: tuple[DiaryMark, ...] = ()


@frozen
class DiaryWeek:
    """What a pupil and the guardians read.

    `undated` are the marks given that week that stand under no day: thematic, semester, annual.
    """

    pupil: Pupil
    period: Period
    days: tuple[DiaryDay, ...]
    undated: tuple[DiaryMark, ...]


@frozen
class SubjectMarks:
    """A pupil's marks in one subject, in the order of a diary."""

    subject: Subject
    marks: tuple[DiaryMark, ...]


@frozen
class PupilPage:
    """A pupil's marks of a period subject by subject, and what the pupil missed."""

    pupil: Pupil
    period: Period
    subjects: tuple[SubjectMarks, ...]
    missed: AttendanceTotals


def week(
    pupil: Pupil,
    period: Period,
    zone: tzinfo,
    *,
    lessons: Iterable[Lesson],
    subjects: Mapping[JournalId, Subject],
    columns: Iterable[Column],
    marks: Iterable[Mark],
    absences: Iterable[Absence],
) -> DiaryWeek:
    """Show one pupil those days: every mark of the pupil in them once, nobody else's.

    Homework stands under the lesson it is for, or under the one that set it where it names none;
    so `lessons` has those of earlier days too that set homework for this week. `columns` has the
    column and `subjects` the journal of every mark and lesson. Monday to Friday are always shown,
    Saturday and Sunday when something is there. `zone` tells on which date an instant fell.
    """
    known = {column.id: column for column in columns}
    own = sorted(
        (mark for mark in marks if mark.pupil == pupil.id and mark.diary_day(zone) in period),
        key=lambda mark: (mark.diary_day(zone), mark.column),
    )
    shown = [DiaryMark(mark, known[mark.column], subjects[mark.journal]) for mark in own]
    lessons = list(lessons)
    homework = _homework(lessons)
    here = [lesson for lesson in lessons if lesson.day in period]
    at_lesson, at_day = _sorted_out(shown, {lesson.id for lesson in here})
    absent = {absence.lesson: absence for absence in absences if _is_shown(absence, pupil)}
    entries: defaultdict[date, list[DiaryEntry]] = defaultdict(list)
    for lesson in sorted(here, key=lambda lesson: (lesson.day, lesson.bell, lesson.id)):
        entries[lesson.day].append(
            DiaryEntry(
                lesson,
                subjects[lesson.journal],
                tuple(homework[lesson.id]),
                tuple(at_lesson[lesson.id]),
                absent.get(lesson.id),
            )
        )
    days = (DiaryDay(day, tuple(entries[day]), tuple(at_day[day])) for day in period.days)
    return DiaryWeek(
        pupil,
        period,
        tuple(day for day in days if day.day.weekday() < _SATURDAY or day.entries or day.marks),
        tuple(entry for entry in shown if entry.mark.day is None),
    )


def _homework(lessons: list[Lesson]) -> defaultdict[LessonId, list[str]]:
    due: defaultdict[LessonId, list[str]] = defaultdict(list)
    for lesson in sorted(lessons, key=lambda lesson: (lesson.day, lesson.bell, lesson.id)):
        if lesson.homework:
            due[lesson.homework_to or lesson.id].append(lesson.homework)
    return due


def _sorted_out(
    shown: list[DiaryMark], here: set[LessonId]
) -> tuple[defaultdict[LessonId, list[DiaryMark]], defaultdict[date, list[DiaryMark]]]:
    at_lesson: defaultdict[LessonId, list[DiaryMark]] = defaultdict(list)
    at_day: defaultdict[date, list[DiaryMark]] = defaultdict(list)
    for entry in shown:
        if entry.column.lesson in here:
            at_lesson[entry.column.lesson].append(entry)
        elif entry.mark.day is not None:
            at_day[entry.mark.day].append(entry)
    return at_lesson, at_day


def _is_shown(absence: Absence, pupil: Pupil) -> bool:
    return absence.pupil == pupil.id and not absence.was_withdrawn
