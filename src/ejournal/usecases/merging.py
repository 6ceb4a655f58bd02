"""Merging two records of one pupil: planned, applied, and undone where it was a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TypeVar

from attrs import frozen

from ejournal.authority import require
from ejournal.ids import MergeId, PersonId, PupilId
from ejournal.model.assessment import Suggestion
from ejournal.model.calendar import Period
from ejournal.model.classes import Subgroup
from ejournal.model.declaration import Versioned
from ejournal.model.events import MergeUndone, PupilsMerged
from ejournal.model.merging import Belongings, Merge, MergePlan, merge_plan, of_pupil
from ejournal.model.parallel import parallel_to
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit
from ejournal.store.repository import Repository

__all__ = ["apply_merge", "plan_merge", "undo_merge"]


K = TypeVar("K")
V = TypeVar("V", bound=Versioned)

_ALWAYS = Period(date.min, date.max)


def plan_merge(unit: SchoolUnit, kept: PupilId, merged: PupilId) -> MergePlan:
    """Return what would move from one record of a pupil to the other; nothing is written.

    The plan names all that is kept of the one, from enrolments and marks to signatures of weeks,
    and what stands in the way. Raises `Missing` for a pupil who is not there, and `NotAllowedHere`
    where both are one record, or one was merged away before.
    """
    require(unit, Action.MERGE_PEOPLE)
    return _plan(unit, kept, merged)


def _plan(unit: SchoolUnit, kept: PupilId, merged: PupilId) -> MergePlan:
    groups = list(unit.subgroups.all())
    own = _belongings(unit, merged, groups)
    return merge_plan(_belongings(unit, kept, groups), own, _parallel(unit, own.subgroups))


def _belongings(unit: SchoolUnit, pupil: PupilId, groups: Iterable[Subgroup]) -> Belongings:
    return Belongings(
        unit.pupils.get(pupil),
        tuple(unit.enrolments.of_pupil(pupil)),
        tuple(unit.marks.kept_of(pupil)),
        tuple(unit.absences.of_pupil(pupil, _ALWAYS)),
        tuple(unit.guardianships.of_pupil(pupil)),
        tuple(unit.grants.of_person(PersonId(pupil))),
        tuple(group for group in groups if pupil in group.members),
        tuple(unit.transfer_records.of_pupil(pupil)),
        tuple(unit.excuses.of_pupil(pupil, _ALWAYS)),
        tuple(unit.absence_alerts.of_pupils([pupil])),
        tuple(unit.week_signatures.of_pupil(pupil, _ALWAYS)),
        tuple(unit.diary_looks.of_pupil(pupil)),
        tuple(_suggestions(unit, pupil)),
        tuple(unit.revision_proposals.of_pupil(pupil)),
        tuple(unit.correction_requests.of_pupil(pupil)),
    )


def _suggestions(unit: SchoolUnit, pupil: PupilId) -> Iterator[Suggestion]:
    """Yield what was suggested for a pupil in the journals of every class that ever had them."""
    for school_class in sorted({each.school_class for each in unit.enrolments.of_pupil(pupil)}):
        for journal in unit.journals.of_class(school_class):
            for column in unit.columns.of_journal(journal.id):
                found = unit.suggestions.of_column(column.id) if column.day is None else ()
                yield from (each for each in found if each.pupil == pupil)


def _parallel(
    unit: SchoolUnit, subgroups: Iterable[Subgroup]
) -> Iterator[tuple[Subgroup, Subgroup]]:
    for group in subgroups:
        beside = unit.subgroups.of_class(group.school_class)
        journals = list(unit.journals.of_class(group.school_class))
        for other in parallel_to(group, beside, journals):
            yield group, other


def apply_merge(unit: SchoolUnit, plan: MergePlan) -> Merge:
    """Make two records of a pupil one: what `merged` has moves to `kept`, in one entry.

    The record that is merged away stays, says into which, and can be enrolled no more. Marks keep
    their history. Raises `Stale`, with the plan as it would be now, for one made before something
    it speaks of was changed, `NotAllowedHere` while it has conflicts or one of the two was merged
    away, and `PeriodClosed` for marks and absences of a closed semester.
    """
    require(unit, Action.MERGE_PEOPLE)
    plan.still(_plan(unit, plan.kept, plan.merged))
    pupil, kept = unit.pupils.get(plan.merged), unit.pupils.get(plan.kept)
    merge = plan.applied(MergeId(unit.new_id()), unit.now)
    unit.pupils.save(pupil.merged(kept))
    _Move(unit, plan, plan.merged, plan.kept).make()
    for repeating, other in plan.repeated:
        unit.enrolments.save(unit.enrolments.get(repeating).repeating(other))
    made = unit.merges.add(merge)
    unit.record(PupilsMerged(made.id, made.kept, made.merged))
    return made


def undo_merge(unit: SchoolUnit, merge: MergeId) -> Merge:
    """Give each record again what it had before they were merged.

    What came to the record that was kept since then stays with it. Raises `Missing` for a merge
    that is not there, `WrongState` for one that was undone, `NotAllowedHere` where something that
    moved was changed since then, and `PeriodClosed` for marks and absences of a closed semester.
    """
    require(unit, Action.MERGE_PEOPLE)
    made = unit.merges.get(merge)
    back, plan = made.undone(), made.plan
    unit.pupils.save(made.untouched(unit.pupils.get(plan.merged)).parted())
    _Move(unit, plan, plan.kept, plan.merged, made).make()
    for repeating, _ in plan.repeated:
        enrolment = made.untouched(unit.enrolments.get(repeating))
        unit.enrolments.save(enrolment.repeating(None))
    kept = unit.merges.save(back)
    unit.record(MergeUndone(kept.id, kept.kept, kept.merged))
    return kept


@frozen
class _Move:
    """What a plan names, on its way from one record of a pupil to another.

    Going back, each has to be as the merge `made` left it.
    """

    unit: SchoolUnit
    plan: MergePlan
    source: PupilId
    target: PupilId
    made: Merge | None = None

    def make(self) -> None:
        unit, plan, target = self.unit, self.plan, self.target
        for enrolment in self._standing(unit.enrolments, plan.enrolments):
            unit.enrolments.save(of_pupil(enrolment, target))
        for tie in self._standing(unit.guardianships, plan.guardianships):
            unit.guardianships.save(of_pupil(tie, target))
        for record in self._standing(unit.transfer_records, plan.transfer_records):
            unit.transfer_records.save(of_pupil(record, target))
        for excuse in self._standing(unit.excuses, plan.excuses):
            unit.excuses.save(of_pupil(excuse, target))
        for alert in self._standing(unit.absence_alerts, plan.alerts):
            unit.absence_alerts.save(of_pupil(alert, target))
        for proposal in self._standing(unit.revision_proposals, plan.proposals):
            unit.revision_proposals.save(of_pupil(proposal, target))
        for request in self._standing(unit.correction_requests, plan.corrections):
            unit.correction_requests.save(of_pupil(request, target))
        for grant in self._standing(unit.grants, plan.grants):
            unit.grants.save(grant.made_for(PersonId(target)))
        for group in self._standing(unit.subgroups, plan.subgroups):
            unit.subgroups.save(group.exchanged(self.source, target))
        self._move_what_stands_under_the_pupil()

    def _move_what_stands_under_the_pupil(self) -> None:
        unit, plan, source, target = self.unit, self.plan, self.source, self.target
        marks = [key._replace(pupil=source) for key in plan.marks]
        for mark in self._standing(unit.marks, marks):
            unit.marks.move(mark.key, of_pupil(mark, target))
        absences = [key._replace(pupil=source) for key in plan.absences]
        for absence in self._standing(unit.absences, absences):
            unit.absences.move(absence.key, of_pupil(absence, target))
        weeks = [key._replace(pupil=source) for key in plan.signatures]
        for signature in self._standing(unit.week_signatures, weeks):
            unit.week_signatures.move(signature.key, of_pupil(signature, target))
        looks = [key._replace(pupil=source) for key in plan.looks]
        for look in self._standing(unit.diary_looks, looks):
            unit.diary_looks.move(look.key, of_pupil(look, target))
        suggested = [key._replace(pupil=source) for key in plan.suggestions]
        for suggestion in self._standing(unit.suggestions, suggested):
            unit.suggestions.move(suggestion.key, of_pupil(suggestion, target))

    def _standing(self, records: Repository[K, V], keys: Iterable[K]) -> list[V]:
        found = list(records.each(keys))
        return found if self.made is None else list(map(self.made.untouched, found))
