"""Which rules hold here: the dated packs of the policies, applied to a journal and a day."""

from __future__ import annotations

from datetime import date

from ejournal.model.classes import Terms
from ejournal.model.journal import Journal
from ejournal.rules.packs import Ruling
from ejournal.store.units import SchoolUnit

__all__ = ["ruling", "terms_of"]


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
