"""Making timetables and their exceptions, and reading what is planned because of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from ejournal.authority import require
from ejournal.ids import (
    ClassId,
    ExceptionId,
    PupilId,
    StaffId,
    SubgroupId,
    TimetableId,
    YearId,
)
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import SchoolClass
from ejournal.model.events import (
    ClassHoursSet,
    ClassTimetableSet,
    ExceptionWithdrawn,
    TimetableBegun,
    TimetableExcepted,
    TimetablePublished,
    TimetableWithdrawn,
)
from ejournal.model.people import Staff
from ejournal.model.permissions import Action
from ejournal.model.scheduled import ScheduledLesson, filled_in, planned
from ejournal.model.substitution import LogLine, log_of, with_substitutes
from ejournal.model.timetable import (
    ClassHours,
    ClassTimetable,
    ClassTimetableKey,
    ExceptionKind,
    SubjectHours,
    Timetable,
    TimetableEntry,
    TimetableException,
)
from ejournal.model.timetable_check import TimetableRemark, timetable_remarks
from ejournal.store import SchoolUnit

__all__ = [
    "begin_timetable",
    "cancel_lessons",
    "check_timetable",
    "class_plan",
    "free_teachers",
    "hold_remotely",
    "missed_and_replaced",
    "move_lessons",
    "publish_timetable",
    "pupil_plan",
    "set_class_timetable",
    "set_hours",
    "teacher_plan",
    "withdraw_exception",
    "withdraw_timetable",
]

_Entries = Mapping[TimetableId, Iterable[TimetableEntry]]


def begin_timetable(
    unit: SchoolUnit,
    year: YearId,
    *,
    since: date,
    weeks: int = 1,
    anchor: date | None = None,
    like: TimetableId | None = None,
) -> Timetable:
    """Begin a timetable of a year, empty or with the weeks of the classes of another.

    The first week of its cycle is that of `anchor`, or else of `since`. Raises `NotAllowedHere`
    for a first day outside the year, and `Invalid` for less than one week, or less than `like`
    needs.
    """
    require(unit, Action.KEEP_TIMETABLE)
    known = unit.years.get(year)
    number = TimetableId(unit.new_id())
    timetable = Timetable(number, known.id, known.within(since), weeks, anchor or since)
    source = (
        () if like is None else unit.class_timetables.of_timetable(unit.timetables.get(like).id)
    )
    copies = [
        timetable.week_of(unit.classes.get(each.school_class), each.entries) for each in source
    ]
    kept = unit.timetables.add(timetable)
    for copy in copies:
        unit.class_timetables.add(copy)
    unit.record(TimetableBegun(kept.id, kept.year))
    return kept


def set_class_timetable(
    unit: SchoolUnit,
    timetable: TimetableId,
    school_class: ClassId,
    entries: Iterable[TimetableEntry],
) -> ClassTimetable:
    """Give a class its week in a draft, in place of the one that it had there.

    What it collides with is for `check_timetable` to say. Raises `WrongState` for a timetable that
    is no draft, `NotAllowedHere` for a class of another year, an entry or a subgroup of another
    class, and a teacher who left before it begins, and `Invalid` for a week outside the cycle.
    """
    require(unit, Action.KEEP_TIMETABLE)
    draft, owner = unit.timetables.get(timetable), unit.classes.get(school_class)
    made = draft.week_of(owner, entries)
    _check_named(unit, made, draft.since)
    standing = unit.class_timetables.find(made.key)
    if standing is None:
        kept = unit.class_timetables.add(made)
    else:
        kept = unit.class_timetables.save(standing.restated(made))
    unit.record(ClassTimetableSet(draft.id, owner.id))
    return kept


def _check_named(unit: SchoolUnit, made: ClassTimetable, since: date) -> None:
    for teacher in unit.staff.each({entry.teacher for entry in made.entries}):
        teacher.at_work(since)
    for subgroup in unit.subgroups.each(
        {entry.subgroup for entry in made.entries if entry.subgroup is not None}
    ):
        subgroup.part_of(made.school_class)
    list(unit.subjects.each({entry.subject for entry in made.entries}))


def set_hours(unit: SchoolUnit, school_class: ClassId, hours: Iterable[SubjectHours]) -> ClassHours:
    """Plan how many hours a week a class has of each subject, in place of what was planned.

    Raises `Invalid` where a subject stands in it twice.
    """
    require(unit, Action.KEEP_TIMETABLE)
    owner = unit.classes.get(school_class)
    standing = unit.class_hours.find(owner.id)
    stated = (standing or ClassHours(owner.id)).restated(hours)
    list(unit.subjects.each(each.subject for each in stated.hours))
    kept = unit.class_hours.add(stated) if standing is None else unit.class_hours.save(stated)
    unit.record(ClassHoursSet(owner.id))
    return kept


def check_timetable(unit: SchoolUnit, timetable: TimetableId) -> tuple[TimetableRemark, ...]:
    """Return what a timetable should be looked at for: conflicts, bells, hours; nothing is stopped.

    Raises `Missing` where there is no such timetable.
    """
    require(unit, Action.READ_TIMETABLE)
    checked = unit.timetables.get(timetable)
    classes = list(unit.classes.of_year(checked.year))
    hours = (unit.class_hours.find(each.id) for each in classes)
    return timetable_remarks(
        checked,
        _of_school(unit, [checked])[checked.id],
        year=unit.years.get(checked.year),
        classes=classes,
        subgroups=(part for each in classes for part in unit.subgroups.of_class(each.id)),
        hours=(each for each in hours if each is not None),
        policy=unit.policies.calendar,
    )


def publish_timetable(unit: SchoolUnit, timetable: TimetableId) -> Timetable:
    """Let a timetable hold from its day on, until the next; lessons in journals stay as they are.

    Raises `WrongState` unless it is a draft, and `Duplicate` if another begins on that day.
    """
    require(unit, Action.KEEP_TIMETABLE)
    draft = unit.timetables.get(timetable)
    kept = unit.timetables.save(draft.publish(unit.timetables.of_year(draft.year)))
    unit.record(TimetablePublished(kept.id, kept.since))
    return kept


def withdraw_timetable(unit: SchoolUnit, timetable: TimetableId) -> Timetable:
    """Take a timetable back; the one before it holds again. Raises `WrongState` the second time."""
    require(unit, Action.KEEP_TIMETABLE)
    kept = unit.timetables.save(unit.timetables.get(timetable).withdraw())
    unit.record(TimetableWithdrawn(kept.id))
    return kept


def cancel_lessons(
    unit: SchoolUnit,
    year: YearId,
    *,
    first_day: date,
    last_day: date | None = None,
    school_class: ClassId | None = None,
    subgroup: SubgroupId | None = None,
    bell: int | None = None,
    reason: str = "",
) -> TimetableException:
    """Cancel what is planned for days: of the school, a class, a subgroup, or under one bell.

    Raises `NotAllowedHere` for a day or class outside the year, or a subgroup of another class,
    and `Invalid` for days in the wrong order.
    """
    exception = TimetableException(
        ExceptionId(unit.new_id()),
        year,
        ExceptionKind.CANCELLED,
        first_day,
        last_day or first_day,
        school_class,
        subgroup,
        bell,
        reason=reason,
    )
    return _excepted(unit, exception)


def move_lessons(
    unit: SchoolUnit,
    year: YearId,
    *,
    day: date,
    to_day: date,
    school_class: ClassId | None = None,
    subgroup: SubgroupId | None = None,
    bell: int | None = None,
    to_bell: int | None = None,
    reason: str = "",
) -> TimetableException:
    """Move what is planned for a day to another, a weekend or a holiday too.

    A whole day keeps its bells; the lessons under one `bell` can go `to_bell`. Raises
    `NotAllowedHere` and `Invalid` as `cancel_lessons` does.
    """
    exception = TimetableException(
        ExceptionId(unit.new_id()),
        year,
        ExceptionKind.MOVED,
        day,
        day,
        school_class,
        subgroup,
        bell,
        to_day,
        to_bell,
        reason,
    )
    return _excepted(unit, exception)


def hold_remotely(
    unit: SchoolUnit,
    year: YearId,
    *,
    first_day: date,
    last_day: date | None = None,
    school_class: ClassId | None = None,
    subgroup: SubgroupId | None = None,
    bell: int | None = None,
    reason: str = "",
) -> TimetableException:
    """Have lessons of days held remotely, whatever is planned for them or will be.

    Raises `NotAllowedHere` and `Invalid` as `cancel_lessons` does.
    """
    exception = TimetableException(
        ExceptionId(unit.new_id()),
        year,
        ExceptionKind.REMOTE,
        first_day,
        last_day or first_day,
        school_class,
        subgroup,
        bell,
        reason=reason,
    )
    return _excepted(unit, exception)


def _excepted(unit: SchoolUnit, exception: TimetableException) -> TimetableException:
    require(unit, Action.KEEP_TIMETABLE)
    year = unit.years.get(exception.year)
    for day in (exception.first_day, exception.last_day, exception.to_day):
        if day is not None:
            year.within(day)
    if exception.school_class is not None:
        owner = unit.classes.get(exception.school_class).of_year(year.id)
        if exception.subgroup is not None:
            unit.subgroups.get(exception.subgroup).part_of(owner)
    kept = unit.timetable_exceptions.add(exception)
    unit.record(TimetableExcepted(kept.id, kept.kind))
    return kept


def withdraw_exception(unit: SchoolUnit, exception: ExceptionId) -> TimetableException:
    """Let the timetable hold again where it was excepted; raises `WrongState` the second time."""
    require(unit, Action.KEEP_TIMETABLE)
    kept = unit.timetable_exceptions.save(unit.timetable_exceptions.get(exception).withdraw())
    unit.record(ExceptionWithdrawn(kept.id))
    return kept


def class_plan(
    unit: SchoolUnit, school_class: ClassId, period: Period
) -> tuple[ScheduledLesson, ...]:
    """Return the lessons of a class in a period, planned and held, cancelled ones among them.

    Raises `Missing` where there is no such class.
    """
    owner = unit.classes.get(school_class)
    require(unit, Action.READ_TIMETABLE, owner)
    return _plan_of_class(unit, owner, period)


def _plan_of_class(
    unit: SchoolUnit, owner: SchoolClass, period: Period
) -> tuple[ScheduledLesson, ...]:
    year = unit.years.get(owner.year)
    timetables = list(unit.timetables.of_year(year.id))
    weeks = (
        unit.class_timetables.find(ClassTimetableKey(each.id, owner.id)) for each in timetables
    )
    entries = {week.timetable: week.entries for week in weeks if week is not None}
    plan = _planned(unit, year, timetables, entries, period)
    journals = {journal.id: journal for journal in unit.journals.of_class(owner.id)}
    return filled_in(plan, unit.lessons.of_journals(journals, period), journals)


def _planned(
    unit: SchoolUnit,
    year: SchoolYear,
    timetables: Sequence[Timetable],
    entries: _Entries,
    period: Period,
) -> tuple[ScheduledLesson, ...]:
    exceptions = unit.timetable_exceptions.of_year(year.id)
    plan = planned(year, timetables, entries, exceptions, period)
    return with_substitutes(plan, unit.substitutions.of_year(year.id, period))


def _of_school(unit: SchoolUnit, timetables: Iterable[Timetable]) -> _Entries:
    return {
        each.id: [
            entry for week in unit.class_timetables.of_timetable(each.id) for entry in week.entries
        ]
        for each in timetables
    }


def _plan_of_school(unit: SchoolUnit, period: Period) -> Iterator[ScheduledLesson]:
    for year in unit.years.all():
        if year.period.meets(period):
            timetables = list(unit.timetables.of_year(year.id))
            entries = _of_school(unit, timetables)
            yield from _planned(unit, year, timetables, entries, period)


def teacher_plan(unit: SchoolUnit, teacher: StaffId, period: Period) -> tuple[ScheduledLesson, ...]:
    """Return a teacher's lessons in a period: those that are theirs, and those they substitute in.

    A lesson that another holds for them is among the answer, and says so. Raises `Missing` where
    there is no such teacher.
    """
    require(unit, Action.READ_TIMETABLE)
    known = unit.staff.get(teacher).id
    plan = [
        each for each in _plan_of_school(unit, period) if known in {each.teacher, each.substitute}
    ]
    own = {journal.id: journal for journal in unit.journals.of_teacher(known)}
    held = [
        *unit.lessons.of_journals(own, period),
        *(
            lesson
            for lesson in unit.lessons.substituted_by(known)
            if lesson.day in period and lesson.journal not in own
        ),
    ]
    others = {lesson.journal for lesson in held} - own.keys()
    journals = own | {journal.id: journal for journal in unit.journals.each(others)}
    return filled_in(plan, held, journals)


def pupil_plan(unit: SchoolUnit, pupil: PupilId, period: Period) -> tuple[ScheduledLesson, ...]:
    """Return the lessons of a pupil in a period, in each class on the days in it.

    Raises `Missing` where there is no such pupil.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    found: list[ScheduledLesson] = []
    for enrolment in unit.enrolments.of_pupil(child.id):
        owner = unit.classes.get(enrolment.school_class)
        parts = unit.subgroups.of_class(owner.id)
        others = {part.id for part in parts if child.id not in part.members}
        found += [
            each
            for each in _plan_of_class(unit, owner, period)
            if enrolment.covers(each.day) and each.subgroup not in others
        ]
    return tuple(sorted(found, key=lambda each: (each.day, each.bell)))


def free_teachers(unit: SchoolUnit, school_class: ClassId, *, day: date, bell: int) -> list[Staff]:
    """Return who is at the school and has no lesson while one of that class is held.

    Those who substitute then have one. Raises `NotAllowedHere` for a bell that does not ring for
    the class.
    """
    require(unit, Action.MANAGE_SUBSTITUTIONS)
    owner = unit.classes.get(school_class)
    rung = unit.years.get(owner.year).bell(owner.shift, bell)
    years = {year.id: year for year in unit.years.all()}
    classes = {each.id: each for each in unit.classes.all()}
    busy: set[StaffId] = set()
    for each in _plan_of_school(unit, Period(day, day)):
        place = classes[each.school_class]
        times = years[place.year].bells_at(place.shift, each.bell)
        if each.is_on and any(time.overlaps(rung) for time in times):
            busy.add(each.holder)
    return [each for each in unit.staff.all() if each.id not in busy and each.is_at_work(day)]


def missed_and_replaced(unit: SchoolUnit, year: YearId, period: Period) -> tuple[LogLine, ...]:
    """Return the log of missed and replaced lessons of a year for a period, by day and bell.

    It falls out of substitutions and of cancelled lessons. Raises `Missing` where there is no such
    year.
    """
    require(unit, Action.READ_SUBSTITUTIONS)
    known = unit.years.get(year)
    timetables = list(unit.timetables.of_year(known.id))
    exceptions = unit.timetable_exceptions.of_year(known.id)
    plan = planned(known, timetables, _of_school(unit, timetables), exceptions, period)
    cancelled = [each for each in plan if not each.is_on]
    journals = {
        journal.id: journal
        for school_class in sorted({each.school_class for each in cancelled})
        for journal in unit.journals.of_class(school_class)
    }
    held = unit.lessons.of_journals(journals, period)
    substitutions = unit.substitutions.of_year(known.id, period)
    return log_of(substitutions, filled_in(cancelled, held, journals), unit.today)
