"""Two records of one pupil: what a plan to merge them says, and the merge that can be undone.

The record that is merged away stays and says into which. A plan is a value: making it changes
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeVar

from attrs import evolve, field, frozen

from ejournal.errors import NotAllowedHere, Stale, WrongState
from ejournal.ids import (
    AbsenceAlertId,
    CorrectionId,
    EnrolmentId,
    ExcuseId,
    GrantId,
    GuardianshipId,
    MergeId,
    ProposalId,
    PupilId,
    SubgroupId,
    TransferRecordId,
    spell_id,
)
from ejournal.model.absence_alerts import AbsenceAlert
from ejournal.model.access import Grant
from ejournal.model.assessment import Suggestion
from ejournal.model.attendance import Absence, AbsenceKey
from ejournal.model.classes import Subgroup
from ejournal.model.correcting import CorrectionRequest, RevisionProposal
from ejournal.model.declaration import PLAIN, Versioned
from ejournal.model.diary_news import (
    DiaryLook,
    DiaryLookKey,
    WeekSignature,
    WeekSignatureKey,
)
from ejournal.model.excuses import Excuse
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.people import Enrolment, Guardianship, Pupil
from ejournal.model.transfers import TransferRecord

__all__ = [
    "Belongings",
    "Merge",
    "MergePlan",
    "MergeState",
    "merge_plan",
    "of_pupil",
]


V = TypeVar("V", bound=Versioned)
R = TypeVar(
    "R",
    Enrolment,
    Guardianship,
    TransferRecord,
    Mark,
    Absence,
    Excuse,
    AbsenceAlert,
    WeekSignature,
    DiaryLook,
    Suggestion,
    RevisionProposal,
    CorrectionRequest,
)


@frozen
class Belongings:
    """All that a school keeps of one pupil."""

    pupil: Pupil
    enrolments: tuple[Enrolment, ...] = ()
    marks: tuple[Mark, ...] = ()
    absences: tuple[Absence, ...] = ()
    guardianships: tuple[Guardianship, ...] = ()
    grants: tuple[Grant, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    transfer_records: tuple[TransferRecord, ...] = ()
    excuses: tuple[Excuse, ...] = ()
    alerts: tuple[AbsenceAlert, ...] = ()
    signatures: tuple[WeekSignature, ...] = ()
    looks: tuple[DiaryLook, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    proposals: tuple[RevisionProposal, ...] = ()
    corrections: tuple[CorrectionRequest, ...] = ()


@frozen
class MergePlan:
    """What would move from the pupil `merged` to the pupil `kept`, and what stands in the way.

    An enrolment of the same class and days stays and is said to repeat the other; so pairs stand
    in `repeated`. `differences` names what the two records say differently of the person. Nothing
    is moved while there is a conflict: a mark of each in one column, a record of each at one
    lesson, enrolments in two classes at once, or subgroups that are taught at the same time.
    """

    kept: PupilId
    merged: PupilId
    differences: tuple[str, ...] = field(metadata=PLAIN)
    enrolments: tuple[EnrolmentId, ...]
    repeated: tuple[tuple[EnrolmentId, EnrolmentId], ...]
    marks: tuple[MarkKey, ...]
    absences: tuple[AbsenceKey, ...]
    guardianships: tuple[GuardianshipId, ...]
    grants: tuple[GrantId, ...]
    subgroups: tuple[SubgroupId, ...]
    transfer_records: tuple[TransferRecordId, ...]
    excuses: tuple[ExcuseId, ...] = ()
    alerts: tuple[AbsenceAlertId, ...] = ()
    signatures: tuple[WeekSignatureKey, ...] = ()
    looks: tuple[DiaryLookKey, ...] = ()
    suggestions: tuple[MarkKey, ...] = ()
    proposals: tuple[ProposalId, ...] = ()
    corrections: tuple[CorrectionId, ...] = ()
    same_columns: tuple[MarkKey, ...] = ()
    same_lessons: tuple[AbsenceKey, ...] = ()
    two_classes: tuple[tuple[EnrolmentId, EnrolmentId], ...] = ()
    two_subgroups: tuple[SubgroupId, ...] = ()

    @property
    def conflicts(self) -> int:
        """How many conflicts stand in the way."""
        return (
            len(self.same_columns)
            + len(self.same_lessons)
            + len(self.two_classes)
            + len(self.two_subgroups)
        )

    def still(self, fresh: MergePlan) -> MergePlan:
        """Return the plan if it would be made just so now, and nothing stands in the way.

        Else raises `Stale` with `fresh`, or `NotAllowedHere`.
        """
        if self != fresh:
            raise Stale("merge_plan", (self.kept, self.merged), fresh)
        if self.conflicts:
            raise NotAllowedHere(f"{spell_id(self.merged)}, {self.conflicts}", "conflicts")
        return self

    def applied(self, id: MergeId, at: datetime) -> Merge:
        """Return the record of the merge that the plan makes."""
        return Merge(id, self.kept, self.merged, self, at)


class MergeState(Enum):
    """Whether the merge holds."""

    APPLIED = "applied"
    UNDONE = "undone"


@frozen
class Merge:
    """A merge that was made; `plan` says what moved, so it can be undone."""

    id: MergeId
    kept: PupilId
    merged: PupilId
    plan: MergePlan = field(metadata=PLAIN)
    applied_at: datetime
    state: MergeState = MergeState.APPLIED
    version: int = 0

    def undone(self) -> Merge:
        """Return the merge taken back; raises `WrongState` if it was."""
        if self.state is not MergeState.APPLIED:
            raise WrongState("merge", self.state.value, "undo")
        return evolve(self, state=MergeState.UNDONE)

    def untouched(self, record: V) -> V:
        """Return a record that the merge moved, if it has not changed since.

        Raises `NotAllowedHere` for one that has: what it says now is not what it said before.
        """
        if record.version != self.version:
            raise NotAllowedHere(spell_id(self.kept), "changed-since")
        return record


def of_pupil(record: R, pupil: PupilId) -> R:
    """Return a record as one of that pupil."""
    return evolve(record, pupil=pupil)


def merge_plan(
    kept: Belongings, merged: Belongings, parallel: Iterable[tuple[Subgroup, Subgroup]] = ()
) -> MergePlan:
    """Work out what would move from one record of a pupil to the other.

    `parallel` has pairs of subgroups that are taught at the same time. What both have alike stays
    as it is: a guardian, a subgroup, an alert of one day, a guardian's signature of a week, a
    suggestion for one column. So does a void mark of the one, with what was asked about it, where
    the other has a mark in that column. Raises `NotAllowedHere` where both are one record, or one
    was merged away before.
    """
    merged.pupil.merged(kept.pupil)
    pairs = list(_paired(kept.enrolments, merged.enrolments))
    repeated = [(own, other) for own, other in pairs if own.lies_within(other)]
    two = [(own, other) for own, other in pairs if not own.lies_within(other)]
    paired = {own.id for own, _ in pairs}
    columns = {(mark.journal, mark.column) for mark in kept.marks}
    stays = {each.key for each in merged.marks if each.void and each.key[:2] in columns}
    moving = [mark for mark in merged.marks if mark.key not in stays]
    lessons = {(absence.journal, absence.lesson) for absence in kept.absences}
    guardians = {tie.guardian for tie in kept.guardianships}
    alerted = {alert.first_day for alert in kept.alerts}
    signed = {(each.guardian, each.week) for each in kept.signatures}
    looked = {look.guardian for look in kept.looks}
    suggested = {each.column for each in kept.suggestions}
    groups = {group.id for group in kept.subgroups}
    joining = [group for group in merged.subgroups if group.id not in groups]
    clash = {own.id for own, other in parallel if other.id in groups}
    names = ("name", "birth_date", "sex")
    return MergePlan(
        kept.pupil.id,
        merged.pupil.id,
        tuple(name for name in names if getattr(kept.pupil, name) != getattr(merged.pupil, name)),
        tuple(each.id for each in merged.enrolments if each.id not in paired and each.stands),
        tuple((own.id, other.id) for own, other in repeated),
        tuple(sorted(mark.key for mark in moving)),
        tuple(sorted(absence.key for absence in merged.absences)),
        tuple(tie.id for tie in merged.guardianships if tie.guardian not in guardians),
        tuple(grant.id for grant in merged.grants),
        tuple(group.id for group in joining),
        tuple(record.id for record in merged.transfer_records),
        tuple(excuse.id for excuse in merged.excuses),
        tuple(alert.id for alert in merged.alerts if alert.first_day not in alerted),
        tuple(each.key for each in merged.signatures if (each.guardian, each.week) not in signed),
        tuple(look.key for look in merged.looks if look.guardian not in looked),
        tuple(each.key for each in merged.suggestions if each.column not in suggested),
        tuple(proposal.id for proposal in merged.proposals if proposal.key not in stays),
        tuple(request.id for request in merged.corrections if request.key not in stays),
        tuple(sorted(mark.key for mark in moving if (mark.journal, mark.column) in columns)),
        tuple(
            sorted(
                absence.key
                for absence in merged.absences
                if (absence.journal, absence.lesson) in lessons
            )
        ),
        tuple((own.id, other.id) for own, other in two),
        tuple(group.id for group in joining if group.id in clash),
    )


def _paired(
    kept: Sequence[Enrolment], merged: Iterable[Enrolment]
) -> Iterator[tuple[Enrolment, Enrolment]]:
    """Yield each enrolment of the one with each of the other that shares a day with it."""
    for own in merged:
        for other in kept:
            if own.shares_a_day_with(other):
                yield own, other
