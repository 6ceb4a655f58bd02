"""Giving marks: a first one, and one in place of another."""

from __future__ import annotations

from ejournal.authority import require
from ejournal.ids import ColumnId, PupilId
from ejournal.model.events import MarkChanged, MarkGiven
from ejournal.model.journal import Column, Journal, Lesson, Mark
from ejournal.model.marks import MarkValue
from ejournal.model.people import acting_staff
from ejournal.model.permissions import Action
from ejournal.ruling import ruling
from ejournal.store import SchoolUnit

__all__ = ["give_mark"]


def give_mark(
    unit: SchoolUnit, column: ColumnId, *, pupil: PupilId, value: MarkValue, comment: str = ""
) -> Mark:
    """Give a pupil a mark in a column; the one that stood there stays in the ledger.

    Raises `NotAllowedHere` for a value that the rules of the class refuse in such a column, or a
    day that the policy on dating keeps free, `NotEnrolled` for a pupil who is not in the class, or
    not in the journal's subgroup, on the column's day (today, where it has none), `PeriodClosed`,
    and `Invalid` for a verbal mark without words.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, _written_under(unit, place, journal))
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, place.day or unit.today, unit.enrolments.of_pupil(pupil), subgroup)
    unit.policies.dating.mark(place.day, unit.today)
    ruling(unit, journal, place.day).admit(
        value,
        place,
        noted=unit.absences.at(place.lesson, pupil, journal.id),
        among=unit.marks.of_others(place.id, pupil, journal.id),
    )
    mark = place.mark(pupil, value, comment, acting_staff(unit.actor), unit.now)
    kept, old = unit.marks.put(mark)
    unit.record(MarkGiven(*mark.key, value) if old is None else MarkChanged(*mark.key, old, value))
    return kept


def _written_under(unit: SchoolUnit, column: Column, journal: Journal) -> Journal | Lesson:
    """Return what a writer must have a right to: a substitute has it to a lesson alone."""
    return journal if column.lesson is None else unit.lessons.get(column.lesson)
