"""Checking a school's data against itself, and putting right what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ejournal.authority import require
from ejournal.errors import NotAllowedHere, Stale
from ejournal.ids import ColumnId, GrantId
from ejournal.model.access import Grant
from ejournal.model.attendance import Absence
from ejournal.model.checking import inconsistencies
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.correcting import RevisionKind
from ejournal.model.events import DataRepaired, MarkRevised
from ejournal.model.journal import Column, Journal, Lesson, Mark
from ejournal.model.ledger import Erased
from ejournal.model.people import Enrolment, acting_staff
from ejournal.model.permissions import Action
from ejournal.model.school_data import (
    Checkable,
    Inconsistency,
    InconsistencyKind,
    RepairPlan,
    SchoolData,
)
from ejournal.store import SchoolUnit
from ejournal.store.repository import Repository

__all__ = ["check_data", "repair_data"]


def check_data(unit: SchoolUnit) -> tuple[Inconsistency, ...]:
    """Return what is wrong with the school's data as they stand, with a plan for each.

    Every record that can contradict another is read. Refuses nothing but the right.
    """
    require(unit, Action.CHECK_DATA)
    return inconsistencies(_data(unit))


def repair_data(unit: SchoolUnit, found: Inconsistency) -> bool:
    """Apply the plan of an inconsistency, and say whether there was anything left to do.

    Applied again it does nothing. Raises `Stale`, with what is found now, if the data have changed
    so that the plan would be another, `NotAllowedHere` for one that a person has to decide, and
    `PeriodClosed` where the plan changes what lies in a closed semester.
    """
    require(unit, Action.REPAIR_DATA)
    standing = {each.place: each for each in inconsistencies(_data(unit), [found.kind])}
    current = standing.get(found.place)
    if current is None:
        return False
    if current != found:
        raise Stale("inconsistency", found.about, current)
    if found.plan.is_for_a_person:
        raise NotAllowedHere(found.kind.value, "only-a-person")
    _revise(unit, found)
    _apply(unit, found.plan)
    unit.record(DataRepaired(found.kind, len(found.plan.repairs)))
    return True


_WHY: Mapping[InconsistencyKind, str] = {
    InconsistencyKind.STRAY_MARK: "учня не було у списку класу того дня",
    InconsistencyKind.MARK_ELSEWHERE: "оцінка стоїть у журналі своєї колонки",
    InconsistencyKind.MIXED_SCALES: "оцінки за різними шкалами стоять у різних колонках",
    InconsistencyKind.SEMESTER_TWICE: "семестрова оцінка стоїть в одній колонці",
}
"""What the history of a mark says where a plan of that kind changes it or makes it void."""


def _revise(unit: SchoolUnit, found: Inconsistency) -> None:
    """Change marks and make them void, each with an entry that says why."""
    for repair in found.plan.repairs:
        if repair.revises is None:
            continue
        before, after = repair.revises
        made = before.voided(acting_staff(unit.actor), unit.now) if after.void else after
        unit.marks.save(made)
        kind = RevisionKind.VOID if after.void else RevisionKind.CORRECTION
        value = None if after.void else after.value
        unit.record(MarkRevised(*before.key, kind, before.value, value, _WHY[found.kind]))


def _apply(unit: SchoolUnit, plan: RepairPlan) -> None:
    """Take out what goes, with an entry of its own, then change and add the rest.

    Marks that are revised have entries of their own.
    """
    gone = [each.before for each in plan.repairs if each.before and each.after is None]
    for record in gone:
        repository, key = _kept(unit, record)
        repository.erase(key)
    if gone:
        unit.record(Erased())
    column, grant = ColumnId(unit.new_id()), GrantId(unit.new_id())
    for repair in plan.repairs:
        after = repair.named(column, grant).after
        if after is not None and repair.revises is None:
            repository, _ = _kept(unit, after)
            (repository.save if repair.before else repository.add)(after)


_REPOSITORIES: Mapping[type[Checkable], str] = {
    SchoolClass: "classes",
    Subgroup: "subgroups",
    Enrolment: "enrolments",
    Grant: "grants",
    Journal: "journals",
    Lesson: "lessons",
    Column: "columns",
    Mark: "marks",
    Absence: "absences",
}


def _kept(unit: SchoolUnit, record: Checkable) -> tuple[Repository[Any, Any], object]:
    """Return where records of that kind are kept, and the key of this one."""
    repository: Repository[Any, Any] = getattr(unit, _REPOSITORIES[type(record)])
    return repository, record.key if isinstance(record, (Mark, Absence)) else record.id


def _data(unit: SchoolUnit) -> SchoolData:
    return SchoolData(
        unit.today,
        tuple(unit.years.all()),
        tuple(unit.staff.all()),
        tuple(unit.classes.all()),
        tuple(unit.subgroups.all()),
        tuple(unit.enrolments.all()),
        tuple(unit.grants.all()),
        tuple(unit.journals.all()),
        tuple(unit.lessons.all()),
        tuple(unit.columns.all()),
        tuple(unit.marks.all()),
        tuple(unit.absences.all()),
    )
