"""Which rules hold here: the dated packs of the policies, applied to a journal and a day.

And what stands beside a mark, where that decides whether the mark may be changed.
"""

from __future__ import annotations

from datetime import date

from ejournal.model.classes import Terms
from ejournal.model.correcting import below_corrected
from ejournal.model.journal import Column, ColumnKind, Journal, Mark, MarkKey
from ejournal.rules.packs import Ruling
from ejournal.store.units import SchoolUnit

__all__ = ["changed_beside", "ruling", "terms_of"]

_CORRECTABLE = {ColumnKind.SEMESTER, ColumnKind.ANNUAL}


def ruling(unit: SchoolUnit, journal: Journal, day: date | None = None) -> Ruling:
    """Return the rules of a journal for a day, today where a column has none.

    Nothing is asked of the storage for a journal that notes its terms. Raises `Missing` where no
    pack covers the class.
    """
    return Ruling.of(terms_of(unit, journal), day or unit.today, unit.policies.rule_packs)


def terms_of(unit: SchoolUnit, journal: Journal) -> Terms:
    """Return what a journal notes, or look it up for one opened before journals noted it."""
    return journal.terms or Terms.of(
        unit.years.get(journal.year),
        journal.semester,
        unit.classes.get(journal.school_class),
        unit.subjects.get(journal.subject),
    )


def changed_beside(unit: SchoolUnit, place: Column, standing: Mark | None, changed: Mark) -> Mark:
    """Return what replaces a mark in that column, if what corrects it there is still better.

    Nothing is asked of the storage where no mark stands. Raises `NotAllowedHere` (rule 41).
    """
    if standing is None or place.kind not in _CORRECTABLE:
        return changed
    for each in unit.columns.of_journal(place.journal):
        if place.is_beside(each):
            key = MarkKey(place.journal, each.id, changed.pupil)
            below_corrected(changed, unit.marks.find(key))
    return changed
