"""Keeping attendance: who was not at a lesson, who came late, and taking it back."""

from __future__ import annotations

from ejournal.authority import require
from ejournal.ids import LessonId, PupilId
from ejournal.model.attendance import Absence, AbsenceCode, AbsenceKey
from ejournal.model.events import AbsenceNoted, AbsenceWithdrawn, LatenessNoted
from ejournal.model.journal import Lesson
from ejournal.model.people import acting_staff
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["note_absence", "note_late", "withdraw_absence"]


def note_absence(
    unit: SchoolUnit, lesson: LessonId, *, pupil: PupilId, code: AbsenceCode, excuse: str = ""
) -> Absence:
    """Note that a pupil was not at a lesson, in place of what was noted before.

    Raises `NotEnrolled` for a pupil whom the lesson's journal is not about on that day, and
    `NotAllowedHere` for a day that the policy on dating keeps free.
    """
    held = _attended(unit, lesson, pupil)
    absence = held.absence(pupil, code, excuse, acting_staff(unit.actor), unit.now)
    kept = _stated(unit, absence)
    unit.record(AbsenceNoted(*kept.key, code))
    return kept


def note_late(
    unit: SchoolUnit, lesson: LessonId, *, pupil: PupilId, minutes: int, excuse: str = ""
) -> Absence:
    """Note that a pupil came late, in place of what was noted before.

    Raises `Invalid` for less than a minute, and `NotEnrolled` as `note_absence` does.
    """
    held = _attended(unit, lesson, pupil)
    lateness = held.lateness(pupil, minutes, excuse, acting_staff(unit.actor), unit.now)
    kept = _stated(unit, lateness)
    unit.record(LatenessNoted(*kept.key, minutes))
    return kept


def withdraw_absence(unit: SchoolUnit, lesson: LessonId, *, pupil: PupilId) -> Absence:
    """State that the pupil was there in time after all; the record stays and says so.

    Raises `Missing` if nothing was noted.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.KEEP_ATTENDANCE, held)
    noted = unit.absences.get(AbsenceKey(held.journal, held.id, pupil))
    kept = unit.absences.save(noted.presence(acting_staff(unit.actor), unit.now))
    unit.record(AbsenceWithdrawn(*kept.key))
    return kept


def _attended(unit: SchoolUnit, lesson: LessonId, pupil: PupilId) -> Lesson:
    held = unit.lessons.get(lesson)
    require(unit, Action.KEEP_ATTENDANCE, held)
    journal = unit.journals.get(held.journal)
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, held.day, unit.enrolments.of_pupil(pupil), subgroup)
    unit.policies.dating.absence(held.day, unit.today)
    return held


def _stated(unit: SchoolUnit, absence: Absence) -> Absence:
    standing = unit.absences.find(absence.key)
    if standing is None:
        return unit.absences.add(absence)
    return unit.absences.save(standing.restated(absence))
