"""Keeping documents electronically: which, since when, and by whose decision."""

from __future__ import annotations

from datetime import date

from ejournal.authority import require
from ejournal.model.documents import DocumentKind, ElectronicDocument
from ejournal.model.events import DocumentMadeElectronic
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["keep_electronically"]


def keep_electronically(
    unit: SchoolUnit,
    kind: DocumentKind,
    *,
    since: date,
    decision_number: str,
    decision_date: date,
    without_paper: bool,
) -> ElectronicDocument:
    """Put on record that a document is kept electronically from a day on.

    Raises `Invalid` without the number of the council's decision, or for one that was not taken
    before that day (rule 95), `NotAllowedHere` for a document without paper that is kept longer
    than that allows (rule 86), and `Duplicate` for one that is kept so already.
    """
    require(unit, Action.MAKE_ELECTRONIC)
    document = ElectronicDocument(kind, since, decision_number, decision_date, without_paper)
    kept = unit.electronic_documents.add(document.under(unit.policies.retention))
    unit.record(DocumentMadeElectronic(kept.kind, kept.since))
    return kept
