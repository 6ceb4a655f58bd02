"""Inspecting journals: notes in section VIII, what teachers and inspectors answer, the report."""

from __future__ import annotations

from datetime import date

from ejournal.authority import require
from ejournal.ids import InspectionNoteId, JournalId, YearId
from ejournal.model.access import acting_account
from ejournal.model.events import InspectionNoted, NoteAcknowledged, RemarkRemoved
from ejournal.model.inspecting import InspectedClass, InspectionNote, inspected_classes
from ejournal.model.people import acting_staff
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = [
    "acknowledge_note",
    "inspection_notes",
    "inspection_report",
    "note_inspection",
    "remove_remark",
]


def note_inspection(
    unit: SchoolUnit, journal: JournalId, remark: str = "", *, deadline: date | None = None
) -> InspectionNote:
    """Note that a journal was looked at today, and what has to be put right in it, if anything.

    A closed journal is inspected, too. Raises `Invalid` for a deadline without a remark, or one
    that is over.
    """
    page = unit.journals.get(journal)
    require(unit, Action.INSPECT, page)
    note = InspectionNote(
        InspectionNoteId(unit.new_id()),
        page.id,
        unit.today,
        acting_account(unit.actor),
        remark,
        deadline,
    )
    kept = unit.inspection_notes.add(note)
    unit.record(InspectionNoted(kept.id, page.id))
    return kept


def acknowledge_note(unit: SchoolUnit, note: InspectionNoteId) -> InspectionNote:
    """State as the journal's teacher that a remark was read, with today's date (rule 88).

    Raises `WrongState` for one that was acknowledged, was removed, or asks for nothing.
    """
    written = unit.inspection_notes.get(note)
    require(unit, Action.ACKNOWLEDGE_NOTE, unit.journals.get(written.journal))
    kept = unit.inspection_notes.save(written.acknowledged(acting_staff(unit.actor), unit.today))
    unit.record(NoteAcknowledged(kept.id, kept.journal))
    return kept


def remove_remark(unit: SchoolUnit, note: InspectionNoteId) -> InspectionNote:
    """State as an inspector that what was remarked on was put right; the remark stays.

    Raises `WrongState` for one that was removed before, or asks for nothing.
    """
    written = unit.inspection_notes.get(note)
    require(unit, Action.INSPECT, unit.journals.get(written.journal))
    kept = unit.inspection_notes.save(written.removed(acting_account(unit.actor), unit.today))
    unit.record(RemarkRemoved(kept.id, kept.journal))
    return kept


def inspection_notes(unit: SchoolUnit, journal: JournalId) -> tuple[InspectionNote, ...]:
    """Return section VIII of a journal, the earliest note first."""
    page = unit.journals.get(journal)
    require(unit, Action.READ_JOURNAL, page)
    return tuple(unit.inspection_notes.of_journal(page.id))


def inspection_report(unit: SchoolUnit, year: YearId) -> tuple[InspectedClass, ...]:
    """Return a line for each class of a year whose journals were inspected too seldom (rule 87)."""
    require(unit, Action.INSPECT)
    classes = [each.id for each in unit.classes.of_year(unit.years.get(year).id)]
    journals = {
        journal.id: school_class
        for school_class in classes
        for journal in unit.journals.of_class(school_class)
    }
    notes = unit.inspection_notes.of_journals(journals)
    return inspected_classes(journals, notes, unit.policies.least_inspections)
