"""Closing semesters: what is missing, closing, letting somebody in again, the archive.

What a closed period refuses is not decided here: no repository writes what lies in one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ejournal.authority import require
from ejournal.ids import ClassId, JournalId, PeriodLockId, StaffId, YearId
from ejournal.model.access import acting_account
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import Assessment
from ejournal.model.closing import Gap, JournalContents, PeriodLock, Reopening, gaps_in
from ejournal.model.events import SemesterArchived, SemesterClosed, SemesterReopened
from ejournal.model.journal import Journal, Lesson
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["archive_period", "close_period", "closing_checklist", "reopen_period"]


def closing_checklist(
    unit: SchoolUnit,
    year: YearId,
    semester: int,
    *,
    school_class: ClassId | None = None,
    journal: JournalId | None = None,
) -> tuple[Gap, ...]:
    """Return what each journal of a semester lacks, and whose journal it is.

    Raises `Missing` for a semester that the year does not have.
    """
    require(unit, Action.CLOSE_PERIOD)
    whole = unit.years.get(year)
    return tuple(_gaps(unit, whole, _lock(unit, whole, semester, school_class, journal)))


def close_period(
    unit: SchoolUnit,
    year: YearId,
    semester: int,
    *,
    school_class: ClassId | None = None,
    journal: JournalId | None = None,
) -> PeriodLock:
    """Close a semester, or one class or journal of it, for the first time or again.

    From now on nothing that lies in it is written. Raises `GapsLeft` while something is missing
    that the policy does not tolerate, and `WrongState` if it is closed already.
    """
    require(unit, Action.CLOSE_PERIOD)
    whole = unit.years.get(year)
    lock = _lock(unit, whole, semester, school_class, journal)
    gaps = list(_gaps(unit, whole, lock))
    unit.policies.closing.refuse(gaps, whole, semester)
    closed = lock.closed(acting_account(unit.actor), unit.now)
    keep = unit.period_locks.save if lock.version else unit.period_locks.add
    kept = keep(closed)
    unit.record(SemesterClosed(kept.id, len(gaps)))
    return kept


def reopen_period(
    unit: SchoolUnit,
    lock: PeriodLockId,
    *,
    until: datetime,
    reason: str,
    school_class: ClassId | None = None,
    journal: JournalId | None = None,
    asked_by: StaffId | None = None,
) -> PeriodLock:
    """Let changes through until an instant: all that the lock closes, a class or a journal.

    Whoever calls approves it. Raises `Invalid` without a reason or for an instant that is not to
    come, `NotAllowedHere` for what the lock does not close, and `WrongState` unless it is closed.
    """
    require(unit, Action.REOPEN_PERIOD)
    standing = unit.period_locks.get(lock)
    asker = None if asked_by is None else unit.staff.get(asked_by).at_work(unit.today)
    reopening = Reopening(
        *_scope(unit, school_class or standing.school_class, journal or standing.journal),
        unit.now,
        until,
        reason,
        acting_account(unit.actor),
        asker,
    )
    kept = unit.period_locks.save(standing.reopened(reopening))
    unit.record(
        SemesterReopened(kept.id, reopening.school_class, reopening.journal, until, asker, reason)
    )
    return kept


def archive_period(unit: SchoolUnit, lock: PeriodLockId) -> PeriodLock:
    """Put a closed period away for ever; raises `WrongState` while any of it is open."""
    require(unit, Action.ARCHIVE_PERIOD)
    kept = unit.period_locks.save(unit.period_locks.get(lock).archived(unit.now))
    unit.record(SemesterArchived(kept.id))
    return kept


def _lock(
    unit: SchoolUnit,
    year: SchoolYear,
    semester: int,
    school_class: ClassId | None,
    journal: JournalId | None,
) -> PeriodLock:
    """Return the lock of that very place, a new one where there is none."""
    scope = _scope(unit, school_class, journal)
    fresh = PeriodLock(PeriodLockId(unit.new_id()), year.id, year.semester(semester).number, *scope)
    return fresh.standing_among(unit.period_locks.of_semester(year.id, semester))


def _scope(
    unit: SchoolUnit, school_class: ClassId | None, journal: JournalId | None
) -> tuple[ClassId | None, JournalId | None]:
    """Return the class and the journal, the class found from the journal where that is named."""
    if journal is not None:
        return unit.journals.get(journal).school_class, journal
    return None if school_class is None else unit.classes.get(school_class).id, None


def _gaps(unit: SchoolUnit, year: SchoolYear, lock: PeriodLock) -> Iterator[Gap]:
    last = year.semester(lock.semester).last_day
    journals = list(unit.journals.all())
    for journal in journals:
        if lock.covers(journal):
            earlier = [each for each in journals if each.is_continued_by(journal)]
            yield from gaps_in(_contents(unit, journal, earlier, Period(last, last)), last)


def _contents(
    unit: SchoolUnit, journal: Journal, earlier: Iterable[Journal], at_the_end: Period
) -> JournalContents:
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    return JournalContents(
        journal,
        unit.subjects.get(journal.subject).assessed is not Assessment.NONE,
        journal.roll(unit.enrolments.of_class(journal.school_class), at_the_end, subgroup),
        tuple(unit.lessons.of_journal(journal.id)),
        tuple(unit.columns.of_journal(journal.id)),
        tuple(unit.marks.of_journal(journal.id)),
        tuple(unit.absences.of_journal(journal.id)),
        max((lesson.plan_no or 0 for lesson in _standing(unit, earlier)), default=0),
    )


def _standing(unit: SchoolUnit, journals: Iterable[Journal]) -> Iterator[Lesson]:
    held = (lesson for each in journals for lesson in unit.lessons.of_journal(each.id))
    return (lesson for lesson in held if not lesson.struck)
