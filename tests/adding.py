"""The least that a unit can write: a subject, and an event for it."""

from __future__ import annotations

from ejournal.ids import SubjectId
from ejournal.model.classes import Subject
from ejournal.store import SchoolUnit
from ejournal.testing.storage.scene import Tried


def add_subject(unit: SchoolUnit, name: str = "Алгебра") -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(unit.new_id()), name))
    unit.record(Tried())
    return kept
