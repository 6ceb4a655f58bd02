"""Giving marks: a first one, and one in place of another."""

from __future__ import annotations

from ejournal.authority import require, written_under
from ejournal.ids import ColumnId, PupilId
from ejournal.model.events import MarkChanged, MarkGiven
from ejournal.model.journal import Mark
from ejournal.model.marks import MarkValue
from ejournal.model.people import acting_staff
from ejournal.model.permissions import Action
from ejournal.model.seeing import seen
from ejournal.ruling import changed_beside, ruling
from ejournal.store import SchoolUnit

__all__ = ["give_mark"]


def give_mark(
    unit: SchoolUnit,
    column: ColumnId,
    *,
    pupil: PupilId,
    value: MarkValue,
    comment: str = "",
    expected: int | None = None,
) -> Mark:
    """Give a pupil a mark in a column, where none stands or a void one does.

    One that stands is replaced without a reason only as far as the policy on correcting lets its
    author do so: `revise_mark` is for all else. It stays in the ledger. `expected` is the version
    that the caller has seen there, 0 for none; where another stands by now, `Stale` tells it and
    what was sent.

    Raises `NotAllowedHere` for a value that the rules of the class refuse in such a column, a day
    that the policy on dating keeps free, a mark that is not changed without a reason, one beside
    which a corrected mark would be no better (rule 41), or a corrected column, `NotEnrolled` for a
    pupil who is not in the class, or not in the journal's subgroup, on the column's day (today,
    where it has none), `PeriodClosed`, and `Invalid` for a verbal mark without words.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, written_under(unit, place, journal))
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, place.day or unit.today, unit.enrolments.of_pupil(pupil), subgroup)
    unit.policies.dating.mark(place.day, unit.today)
    ruling(unit, journal, place.day).admit(
        value,
        place.by_hand(),
        noted=unit.absences.at(place.lesson, pupil, journal.id),
        among=unit.marks.of_others(place.id, pupil, journal.id),
    )
    mark = place.mark(pupil, value, comment, acting_staff(unit.actor), unit.now)
    standing = seen("mark", mark.key, unit.marks.find(mark.key), expected=expected, sent=mark)
    unit.policies.correcting.admit(standing, mark.author, unit.today, unit.zone)
    kept, old = unit.marks.put(changed_beside(unit, place, standing, mark), standing)
    unit.record(MarkGiven(*mark.key, value) if old is None else MarkChanged(*mark.key, old, value))
    return kept
