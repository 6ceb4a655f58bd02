"""What is planned for days: the timetables in force, less holidays, with every exception.

Nothing of it is stored. A lesson that stands in a journal is shown where it was held, whatever the
timetable says now: made anew, a timetable takes no lesson away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from attrs import evolve, field, frozen

from ejournal.ids import (
    ClassId,
    ExceptionId,
    JournalId,
    LessonId,
    StaffId,
    SubgroupId,
    SubjectId,
    TimetableId,
)
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.declaration import PLAIN
from ejournal.model.journal import Journal, Lesson
from ejournal.model.timetable import (
    ExceptionKind,
    Timetable,
    TimetableEntry,
    TimetableException,
    in_force,
)

__all__ = ["Place", "ScheduledLesson", "filled_in", "planned"]

Place: TypeAlias = tuple[date, int, ClassId, SubjectId, SubgroupId | None]
"""Day, bell, class, subject and subgroup of a lesson."""


@frozen
class ScheduledLesson:
    """A lesson in its place: planned, held, or both.

    `lesson` is the one in the journal that fills the place. `is_planned` is False for one that no
    timetable plans there. `moved_from` is the day and bell that the timetable has for it.
    """

    day: date
    bell: int
    school_class: ClassId
    subject: SubjectId
    teacher: StaffId
    subgroup: SubgroupId | None = None
    room: str = field(default="", metadata=PLAIN)
    is_remote: bool = False
    cancelled_by: ExceptionId | None = None
    moved_from: tuple[date, int] | None = None
    substitute: StaffId | None = None
    lesson: LessonId | None = None
    is_planned: bool = True

    @property
    def place(self) -> Place:
        """When it is held, for whom and of what: two lessons are never meant to share it."""
        return self.day, self.bell, self.school_class, self.subject, self.subgroup

    @property
    def is_on(self) -> bool:
        """Whether it is held, or going to be: a lesson in the journal was, cancelled or not."""
        return self.cancelled_by is None or self.lesson is not None

    @property
    def holder(self) -> StaffId:
        """Who holds it: the substitute where there is one."""
        return self.substitute or self.teacher

    def is_for_pupils_of(self, school_class: ClassId, subgroup: SubgroupId | None) -> bool:
        """Say whether the class, or that part of it, has this lesson or part in it."""
        if self.school_class != school_class:
            return False
        return None in (self.subgroup, subgroup) or self.subgroup == subgroup


def planned(
    year: SchoolYear,
    timetables: Sequence[Timetable],
    entries: Mapping[TimetableId, Iterable[TimetableEntry]],
    exceptions: Iterable[TimetableException],
    period: Period,
) -> tuple[ScheduledLesson, ...]:
    """Return what is planned for the days of a period inside the year, by day and bell.

    `entries` are those asked about, by timetable: of a class, a teacher or the school. Lessons are
    cancelled and moved in the order in which that was said, so a lesson of a cancelled day can
    still be moved, into a holiday too, and a day that lessons were moved to can be cancelled.
    A day that is remote makes remote whatever is held on it in the end. Cancelled lessons are
    among the answer.
    """
    said = sorted((each for each in exceptions if not each.withdrawn), key=lambda each: each.id)
    days = _with_sources(_inside(period, year), said)
    on_day = {day: [each for each in said if day in each.period] for day in days}
    found: list[ScheduledLesson] = []
    for lesson in _by_timetable(year, timetables, entries, sorted(days)):
        settled = _settled(lesson, on_day)
        if settled.day in period and (settled.moved_from or year.has_lessons(settled.day)):
            found.append(settled)
    return tuple(sorted(found, key=_rank))


def _inside(period: Period, year: SchoolYear) -> tuple[date, ...]:
    if not period.meets(year.period):
        return ()
    return Period(max(period.first, year.first_day), min(period.last, year.last_day)).days


def _with_sources(days: Iterable[date], said: Iterable[TimetableException]) -> set[date]:
    """Return those days and all from which lessons come to them, by however many moves."""
    moves = [each for each in said if each.kind is ExceptionKind.MOVED]
    known: set[date] = set()
    more = set(days)
    while more:
        known |= more
        more = {each.first_day for each in moves if each.to_day in more} - known
    return known


def _by_timetable(
    year: SchoolYear,
    timetables: Sequence[Timetable],
    entries: Mapping[TimetableId, Iterable[TimetableEntry]],
    days: Iterable[date],
) -> Iterator[ScheduledLesson]:
    """Yield what the timetables in force have for days, were they no holidays."""
    on_weekday: defaultdict[tuple[TimetableId, int], list[TimetableEntry]] = defaultdict(list)
    for timetable, of_weeks in entries.items():
        for entry in of_weeks:
            on_weekday[timetable, entry.weekday].append(entry)
    for day in days:
        holding = in_force(timetables, day)
        if holding is None or not any(day in semester.period for semester in year.semesters):
            continue
        week = holding.week_on(day)
        for entry in on_weekday[holding.id, day.isoweekday()]:
            if entry.is_held_in(week):
                yield ScheduledLesson(
                    day,
                    entry.bell,
                    entry.school_class,
                    entry.subject,
                    entry.teacher,
                    entry.subgroup,
                    entry.room,
                )


def _settled(
    lesson: ScheduledLesson, on_day: Mapping[date, Sequence[TimetableException]]
) -> ScheduledLesson:
    """Return a lesson after all that was said of it, the earliest first, and of its last day."""
    done: ExceptionId | None = None
    while True:
        said = (each for each in on_day.get(lesson.day, ()) if done is None or each.id > done)
        following = next((each for each in said if _acts_on(each, lesson)), None)
        if following is None:
            break
        lesson, done = _after(following, lesson), following.id
    remote = any(
        each.kind is ExceptionKind.REMOTE and _is_about(each, lesson)
        for each in on_day.get(lesson.day, ())
    )
    return evolve(lesson, is_remote=True) if remote else lesson


def _acts_on(exception: TimetableException, lesson: ScheduledLesson) -> bool:
    return exception.kind is not ExceptionKind.REMOTE and _is_about(exception, lesson)


def _is_about(exception: TimetableException, lesson: ScheduledLesson) -> bool:
    return (
        lesson.day in exception.period
        and exception.school_class in (None, lesson.school_class)
        and exception.subgroup in (None, lesson.subgroup)
        and exception.bell in (None, lesson.bell)
    )


def _after(exception: TimetableException, lesson: ScheduledLesson) -> ScheduledLesson:
    if exception.to_day is None:
        return evolve(lesson, cancelled_by=exception.id)
    return evolve(
        lesson,
        day=exception.to_day,
        bell=exception.to_bell or lesson.bell,
        cancelled_by=None,
        moved_from=lesson.moved_from or (lesson.day, lesson.bell),
    )


def filled_in(
    plan: Iterable[ScheduledLesson],
    lessons: Iterable[Lesson],
    journals: Mapping[JournalId, Journal],
) -> tuple[ScheduledLesson, ...]:
    """Return a plan with the lessons of the journals in it, each of them once.

    A lesson fills the place that is planned for its journal on its day, under its bell. One that
    has none stands by itself, and what was planned for the same pupils under its bell gives way
    to it. Lessons that were struck are left out.
    """
    places: defaultdict[Place, list[ScheduledLesson]] = defaultdict(list)
    for each in plan:
        places[each.place].append(each)
    filled: list[ScheduledLesson] = []
    for lesson in sorted(lessons, key=lambda lesson: lesson.id):
        if not lesson.struck:
            by_itself = _unplanned(lesson, journals[lesson.journal])
            waiting = places[by_itself.place]
            fills = waiting.pop(0) if waiting else by_itself
            filled.append(evolve(fills, lesson=lesson.id, substitute=lesson.substitute))
    taken: defaultdict[tuple[date, int], list[ScheduledLesson]] = defaultdict(list)
    for each in filled:
        taken[each.day, each.bell].append(each)
    open_places = (
        each
        for waiting in places.values()
        for each in waiting
        if not any(
            other.is_for_pupils_of(each.school_class, each.subgroup)
            for other in taken[each.day, each.bell]
        )
    )
    return tuple(sorted([*filled, *open_places], key=_rank))


def _unplanned(lesson: Lesson, journal: Journal) -> ScheduledLesson:
    return ScheduledLesson(
        lesson.day,
        lesson.bell,
        journal.school_class,
        journal.subject,
        journal.teacher,
        journal.subgroup,
        is_planned=False,
    )


def _rank(each: ScheduledLesson) -> tuple[object, ...]:
    whose = (each.school_class, each.subgroup or 0, each.subject, each.teacher)
    return each.day, each.bell, *whose, each.lesson or 0
