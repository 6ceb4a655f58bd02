"""Section VIII of a journal: who looked at it when, what to put right, and whether it was done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, WrongState
from ejournal.ids import AccountId, ClassId, InspectionNoteId, JournalId, StaffId
from ejournal.model.declaration import PERSONAL

__all__ = ["InspectedClass", "InspectionNote", "inspected_classes"]


@frozen
class InspectionNote:
    """What an inspector found in a journal on a day; without a remark all was in order (rule 88).

    A remark may have a deadline. The teacher acknowledges it, and an inspector marks it as removed
    once it was put right; neither takes the note away.
    """

    id: InspectionNoteId
    journal: JournalId
    day: date
    author: AccountId
    remark: str = field(metadata=PERSONAL)
    deadline: date | None = None
    acknowledged_by: StaffId | None = None
    acknowledged_on: date | None = None
    removed_by: AccountId | None = None
    removed_on: date | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.deadline is None:
            return
        if not self.remark.strip():
            raise Invalid("remark", "", "absent", personal=True)
        if self.deadline < self.day:
            raise Invalid("deadline", self.deadline.isoformat(), "order")

    @property
    def state(self) -> str:
        """How far it has come: `in-order`, `open`, `acknowledged` or `removed`."""
        if self.removed_on is not None:
            return "removed"
        if not self.remark.strip():
            return "in-order"
        return "open" if self.acknowledged_on is None else "acknowledged"

    def is_overdue(self, today: date) -> bool:
        """Say whether the deadline has passed and the remark was not removed."""
        late = self.deadline is not None and self.deadline < today
        return late and self.removed_on is None

    def acknowledged(self, by: StaffId | None, on: date) -> InspectionNote:
        """Return the note that the teacher has read; raises `WrongState` unless it was open."""
        if self.state != "open":
            raise WrongState("inspection_note", self.state, "acknowledge")
        return evolve(self, acknowledged_by=by, acknowledged_on=on)

    def removed(self, by: AccountId, on: date) -> InspectionNote:
        """Return the note whose matter was put right; raises `WrongState` if nothing is to be."""
        if self.state in {"in-order", "removed"}:
            raise WrongState("inspection_note", self.state, "remove")
        return evolve(self, removed_by=by, removed_on=on)


@frozen
class InspectedClass:
    """On how many days the journals of a class were inspected in its year, and how often is due."""

    school_class: ClassId
    inspections: int
    due: int


def inspected_classes(
    journals: Mapping[JournalId, ClassId], notes: Iterable[InspectionNote], due: int
) -> tuple[InspectedClass, ...]:
    """Return a line for each class that was inspected less often than is due (rule 87).

    What one inspector writes in several journals of a class on one day is one inspection.
    """
    held: defaultdict[ClassId, set[tuple[date, AccountId]]] = defaultdict(set)
    for note in notes:
        held[journals[note.journal]].add((note.day, note.author))
    return tuple(
        InspectedClass(school_class, len(held[school_class]), due)
        for school_class in sorted(set(journals.values()))
        if len(held[school_class]) < due
    )
