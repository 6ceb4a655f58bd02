"""Keeping attendance: who was not at a lesson, who came late, the class's day, long absences.

A confirmed excuse explains an «Н» that is noted after it, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from attrs import frozen

from ejournal.authority import may, require
from ejournal.ids import AbsenceAlertId, ClassId, JournalId, LessonId, PupilId, SubgroupId
from ejournal.model.absence_alerts import (
    AbsenceAlert,
    Told,
    UnexcusedRun,
    day_by_day,
    unexcused_runs,
)
from ejournal.model.attendance import Absence, AbsenceCode, AbsenceKey
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.class_attendance import (
    ClassAttendance,
    DailySheet,
    SheetEntry,
    SheetLesson,
    attended_by,
    class_attendance,
)
from ejournal.model.class_attendance import daily_sheet as layout_of_day
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.events import (
    AbsenceAlertAcknowledged,
    AbsenceAlertRaised,
    AbsenceNoted,
    AbsenceWithdrawn,
    DailySheetFilled,
    LatenessNoted,
    RemotePresenceNoted,
)
from ejournal.model.excuses import explained
from ejournal.model.journal import Journal, Lesson, MarkKey
from ejournal.model.marks import MarkValue
from ejournal.model.people import Enrolment, Pupil, acting_staff
from ejournal.model.permissions import Action
from ejournal.model.seeing import seen
from ejournal.ruling import ruling
from ejournal.store import SchoolUnit

__all__ = [
    "acknowledge_alert",
    "attendance_totals",
    "daily_sheet",
    "fill_daily_sheet",
    "note_absence",
    "note_late",
    "note_remote",
    "raise_absence_alerts",
    "waiting_alerts",
    "withdraw_absence",
]


def note_absence(
    unit: SchoolUnit,
    lesson: LessonId,
    *,
    pupil: PupilId,
    code: AbsenceCode,
    excuse: str = "",
    expected: int | None = None,
) -> Absence:
    """Note that a pupil was not at a lesson, in place of what was noted before.

    An «Н» that a confirmed excuse speaks of gets its code at once. `expected` is the version of
    the record that the caller has seen, 0 for none; where another is kept by now, `Stale` tells it
    and what was sent.

    Raises `NotEnrolled` for a pupil whom the lesson's journal is not about on that day, and
    `NotAllowedHere` for a day that the policy on dating keeps free, or where the rules let no
    absence stand beside the mark that is there.
    """
    held, journal = _attended(unit, lesson, pupil)
    author = acting_staff(unit.actor)
    absence = held.absence(pupil, code, excuse, author, unit.now)
    _check_rules(unit, [absence], {journal.id: journal})
    if code is AbsenceCode.ABSENT:
        excuses = unit.excuses.of_pupil(pupil, Period(held.day, held.day))
        absence = explained(absence, excuses, author, unit.now)
    kept = _stated(unit, absence, expected)
    unit.record(AbsenceNoted(*kept.key, code))
    return kept


def note_late(
    unit: SchoolUnit,
    lesson: LessonId,
    *,
    pupil: PupilId,
    minutes: int,
    excuse: str = "",
    expected: int | None = None,
) -> Absence:
    """Note that a pupil came late, in place of what was noted before.

    Raises `Invalid` for less than a minute, and `NotEnrolled` and `Stale` as `note_absence` does.
    """
    held, _ = _attended(unit, lesson, pupil)
    lateness = held.lateness(pupil, minutes, excuse, acting_staff(unit.actor), unit.now)
    kept = _stated(unit, lateness, expected)
    unit.record(LatenessNoted(*kept.key, minutes))
    return kept


def withdraw_absence(
    unit: SchoolUnit, lesson: LessonId, *, pupil: PupilId, expected: int | None = None
) -> Absence:
    """State that the pupil was there in time after all; the record stays and says so.

    Raises `Missing` if nothing was noted, and `Stale` as `note_absence` does.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.KEEP_ATTENDANCE, held)
    noted = unit.absences.get(AbsenceKey(held.journal, held.id, pupil))
    presence = noted.presence(acting_staff(unit.actor), unit.now)
    seen("absence", noted.key, noted, expected=expected, sent=presence)
    kept = unit.absences.save(presence)
    unit.record(AbsenceWithdrawn(*kept.key))
    return kept


def _attended(unit: SchoolUnit, lesson: LessonId, pupil: PupilId) -> tuple[Lesson, Journal]:
    held = unit.lessons.get(lesson)
    require(unit, Action.KEEP_ATTENDANCE, held)
    journal = unit.journals.get(held.journal)
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, held.day, unit.enrolments.of_pupil(pupil), subgroup)
    unit.policies.dating.absence(held.day, unit.today)
    return held, journal


def _check_rules(
    unit: SchoolUnit, absences: Iterable[Absence], journals: Mapping[JournalId, Journal]
) -> None:
    """Raise `NotAllowedHere` where the rules let no absence stand beside the mark that is there."""
    for absence in absences:
        if not absence.was_present:
            rules = ruling(unit, journals[absence.journal], absence.day)
            rules.admit_absence(_marks_at(unit, absence.key))


def _marks_at(unit: SchoolUnit, key: AbsenceKey) -> Iterator[MarkValue]:
    """Yield what the pupil has in the lesson's columns; asked for with the first."""
    for column in unit.columns.of_lesson(key.lesson):
        mark = unit.marks.find(MarkKey(key.journal, column.id, key.pupil))
        if mark is not None and not mark.void:
            yield mark.value


def _stated(unit: SchoolUnit, absence: Absence, expected: int | None) -> Absence:
    found = unit.absences.find(absence.key)
    standing = seen("absence", absence.key, found, expected=expected, sent=absence)
    if standing is None:
        return unit.absences.add(absence)
    return unit.absences.save(standing.restated(absence))


def note_remote(
    unit: SchoolUnit,
    lesson: LessonId,
    *,
    pupil: PupilId,
    minutes_late: int = 0,
    expected: int | None = None,
) -> Absence:
    """Note that a pupil took part in a lesson at a distance, in place of what was noted before.

    Raises `Invalid` for minutes below 0, and `NotEnrolled` and `Stale` as `note_absence` does.
    """
    held, _ = _attended(unit, lesson, pupil)
    author = acting_staff(unit.actor)
    presence = held.remote_presence(pupil, author, unit.now, minutes_late)
    kept = _stated(unit, presence, expected)
    unit.record(RemotePresenceNoted(*kept.key))
    return kept


def daily_sheet(unit: SchoolUnit, school_class: ClassId, day: date) -> DailySheet:
    """Return the attendance of a class's day over all its journals."""
    owner = unit.classes.get(school_class)
    require(unit, Action.READ_ATTENDANCE, owner)
    return _sheet(unit, owner, day)


def fill_daily_sheet(
    unit: SchoolUnit,
    school_class: ClassId,
    day: date,
    entries: Iterable[SheetEntry],
    *,
    expected: DailySheet | None = None,
) -> DailySheet:
    """Fill in the attendance of a class's day, at every lesson of it, and return the sheet.

    Who is not named stays as they were. Filling in the same again changes nothing. `expected` is
    the sheet as the caller has seen it: where what is to be changed reads otherwise by now,
    `Stale` tells it and what was sent. Raises
    `NotEnrolled` for a pupil who was not to be there, `NotAllowedHere` for a lesson that is not
    the class's that day, for a day without one or that the policy on dating keeps free, and for
    an absence that may not stand beside a mark, and `Invalid` for a code beside minutes.
    """
    owner = unit.classes.get(school_class)
    require(unit, Action.KEEP_DAILY_SHEET, owner)
    unit.policies.dating.absence(day, unit.today)
    sheet = _sheet(unit, owner, day)
    filled = list(entries)
    excuses = unit.excuses.of_pupils({entry.pupil for entry in filled}, Period(day, day))
    notes = sheet.notes(filled, excuses, acting_staff(unit.actor), unit.now)
    if not notes:
        return sheet
    if expected is not None:
        _check_seen(sheet, expected, notes)
    journals = {each.id: each for each in unit.journals.each({note.journal for note in notes})}
    _check_rules(unit, notes, journals)
    unit.absences.pour(note for note in notes if not note.version)
    for note in notes:
        if note.version:
            unit.absences.save(note)
    unit.record(DailySheetFilled(owner.id, day, len(notes)))
    return _sheet(unit, owner, day)


def _check_seen(sheet: DailySheet, expected: DailySheet, notes: Iterable[Absence]) -> None:
    """Raise `Stale` where a note replaces another record than was seen."""
    for note in notes:
        was = expected.absence(note.key)
        version = 0 if was is None else was.version
        seen("absence", note.key, sheet.absence(note.key), expected=version, sent=note)


def _sheet(unit: SchoolUnit, owner: SchoolClass, day: date) -> DailySheet:
    whole = _of_class(unit, owner, Period(day, day))
    journals = {journal.id: journal for journal in whole.journals}
    subjects = {
        subject.id: subject
        for subject in unit.subjects.each({journal.subject for journal in whole.journals})
    }
    subgroups = {subgroup.id: subgroup for subgroup in whole.subgroups}
    return layout_of_day(
        owner.id,
        day,
        pupils=whole.pupils,
        lessons=[
            SheetLesson(
                lesson,
                subjects[journals[lesson.journal].subject],
                subgroups.get(journals[lesson.journal].subgroup or SubgroupId(0)),
            )
            for lesson in whole.lessons
        ],
        attended=whole.attended,
        absences=whole.absences,
    )


def attendance_totals(unit: SchoolUnit, school_class: ClassId, during: Period) -> ClassAttendance:
    """Return what each pupil of a class missed at its lessons in a period, and all together."""
    owner = unit.classes.get(school_class)
    require(unit, Action.READ_ATTENDANCE, owner)
    whole = _of_class(unit, owner, during)
    return class_attendance(
        owner.id,
        during,
        pupils=whole.pupils,
        attended=whole.attended,
        absences=whole.absences,
    )


@frozen
class _Attended:
    """All that is read to say who was to be where, and was not."""

    pupils: list[Pupil]
    journals: list[Journal]
    subgroups: list[Subgroup]
    lessons: list[Lesson]
    attended: Mapping[PupilId, Mapping[LessonId, date]]
    absences: list[Absence]


def _of_class(unit: SchoolUnit, owner: SchoolClass, during: Period) -> _Attended:
    """Read the lessons of a class in a period, and whoever was in it on any of the days."""
    enrolments = [each for each in unit.enrolments.of_class(owner.id) if each.meets(during)]
    journals = list(unit.journals.of_class(owner.id))
    return _attendance(unit, enrolments, journals, during)


def _attendance(
    unit: SchoolUnit, enrolments: list[Enrolment], journals: list[Journal], during: Period
) -> _Attended:
    pupils = {each.pupil for each in enrolments}
    parts = {journal.subgroup for journal in journals if journal.subgroup is not None}
    subgroups = list(unit.subgroups.each(parts))
    held = unit.lessons.of_journals({journal.id for journal in journals}, during)
    lessons = [lesson for lesson in held if not lesson.struck]
    return _Attended(
        list(unit.pupils.each(pupils)),
        journals,
        subgroups,
        lessons,
        attended_by(lessons, journals, enrolments, subgroups),
        list(unit.absences.of_pupils(pupils, during)),
    )


def raise_absence_alerts(
    unit: SchoolUnit, school_class: ClassId, day: date | None = None
) -> list[AbsenceAlert]:
    """Raise an alert for each pupil of a class who is away for too long, and return the new ones.

    The days of the year up to `day`, or to today, are looked at; those who changed class take
    theirs along. What was reported once is not reported again, so a second call changes nothing.
    After how many days, the policy says. The year's start and end are its limits; `day` before it
    finds nothing, and the call refuses nothing but who may not make it.
    """
    owner = unit.classes.get(school_class)
    require(unit, Action.RAISE_ALERTS, owner)
    year, until = unit.years.get(owner.year), day or unit.today
    if until < year.first_day:
        return []
    return [
        _raised(unit, owner, pupil, run)
        for pupil, run in _overdue(unit, owner, year, Period(year.first_day, until))
    ]


def _overdue(
    unit: SchoolUnit, owner: SchoolClass, year: SchoolYear, during: Period
) -> list[tuple[PupilId, UnexcusedRun]]:
    today = Period(during.last, during.last)
    here = {each.pupil for each in unit.enrolments.of_class(owner.id) if each.meets(today)}
    enrolments = [each for each in unit.enrolments.of_pupils(here) if each.meets(during)]
    journals = list(unit.journals.of_classes({each.school_class for each in enrolments}))
    whole = _attendance(unit, enrolments, journals, during)
    absences: defaultdict[PupilId, list[Absence]] = defaultdict(list)
    for absence in whole.absences:
        absences[absence.pupil].append(absence)
    reported: defaultdict[PupilId, list[AbsenceAlert]] = defaultdict(list)
    for alert in unit.absence_alerts.of_pupils(here):
        reported[alert.pupil].append(alert)
    school_days = [each for each in during.days if year.is_study_day(each)]
    number = unit.policies.absence_alert_days
    return [
        (pupil, run)
        for pupil in sorted(here)
        for run in unexcused_runs(
            day_by_day(whole.attended.get(pupil, {}), absences[pupil], school_days), number
        )
        if not any(alert.is_about(run) for alert in reported[pupil])
    ]


def _raised(
    unit: SchoolUnit, owner: SchoolClass, pupil: PupilId, run: UnexcusedRun
) -> AbsenceAlert:
    alert = AbsenceAlert(
        AbsenceAlertId(unit.new_id()),
        pupil,
        owner.id,
        run.first_day,
        run.last_day,
        run.days,
        frozenset(Told),
        unit.now,
    )
    kept = unit.absence_alerts.add(alert)
    unit.record(AbsenceAlertRaised(kept.id, pupil, run.days))
    return kept


def waiting_alerts(unit: SchoolUnit) -> list[AbsenceAlert]:
    """Return the alerts that nobody has taken up and the actor may see, the earliest first."""
    waiting = list(unit.absence_alerts.waiting())
    about = {pupil.id: pupil for pupil in unit.pupils.each({alert.pupil for alert in waiting})}
    return [alert for alert in waiting if may(unit, Action.ACKNOWLEDGE_ALERT, about[alert.pupil])]


def acknowledge_alert(unit: SchoolUnit, alert: AbsenceAlertId) -> AbsenceAlert:
    """Take an alert up: whoever does it sees to it that those it names are told.

    Raises `WrongState` if somebody did already.
    """
    raised = unit.absence_alerts.get(alert)
    require(unit, Action.ACKNOWLEDGE_ALERT, unit.pupils.get(raised.pupil))
    kept = unit.absence_alerts.save(raised.acknowledged(acting_staff(unit.actor), unit.now))
    unit.record(AbsenceAlertAcknowledged(kept.id, kept.pupil))
    return kept
