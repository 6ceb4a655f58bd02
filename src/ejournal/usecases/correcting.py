"""Changing marks that stand, with a kind and a reason, and the procedure of correction.

Whoever gave a mark revises it; others propose, and the head or a deputy approves. What a parent
asks to have corrected, a commission examines, and only a better mark stands in the journal.
"""

from __future__ import annotations

from ejournal.authority import may, require, written_under
from ejournal.errors import Missing
from ejournal.ids import (
    AccountId,
    ColumnId,
    CorrectionId,
    GuardianId,
    JournalId,
    PersonId,
    ProposalId,
    PupilId,
    StaffId,
)
from ejournal.model.access import acting_account
from ejournal.model.correcting import (
    CommissionOrder,
    CorrectionRequest,
    MarkRevision,
    RevisionProposal,
    applicant_of,
)
from ejournal.model.events import (
    CorrectionAppliedFor,
    CorrectionConcluded,
    CorrectionDeclined,
    CorrectionOrdered,
    CorrectionWithdrawn,
    MarkRevised,
    RevisionDeclined,
    RevisionProposed,
)
from ejournal.model.journal import Column, Mark, MarkKey
from ejournal.model.marks import MarkValue
from ejournal.model.people import acting_guardian, acting_staff
from ejournal.model.permissions import Action
from ejournal.model.seeing import seen
from ejournal.ruling import changed_beside, ruling
from ejournal.store import SchoolUnit
from ejournal.visibility import shown_marks, viewer_of

__all__ = [
    "apply_for_correction",
    "approve_revision",
    "conclude_correction",
    "correction_requests",
    "decline_correction",
    "decline_revision",
    "order_correction",
    "propose_revision",
    "proposed_revisions",
    "requests_about",
    "revise_mark",
    "withdraw_correction",
]


def revise_mark(
    unit: SchoolUnit,
    column: ColumnId,
    *,
    pupil: PupilId,
    revision: MarkRevision,
    expected: int | None = None,
) -> Mark:
    """Change a mark that one gave, or make it void, saying why (rule 29).

    `expected` is the version that was seen. Raises `Stale` where another stands now, `Missing`
    where none does, `WrongState` for one that is void, and `NotAllowedHere` for another's mark
    (rule 30), for a kind of change that such a column does not take, and where a corrected mark
    stands beside it that would be no better (rule 41).
    """
    place, standing = _standing(unit, column, pupil, revision, expected)
    author = acting_staff(unit.actor)
    kept = unit.marks.save(_changed(unit, place, standing.given_by(author), revision, author))
    unit.record(_revised(standing, revision))
    return kept


def propose_revision(
    unit: SchoolUnit,
    column: ColumnId,
    *,
    pupil: PupilId,
    revision: MarkRevision,
    expected: int | None = None,
) -> RevisionProposal:
    """Ask the head to change a mark that somebody else gave (rule 30); it stays until then.

    Raises what `revise_mark` would, but for the author, and `Duplicate` while another proposal
    about the mark waits.
    """
    place, standing = _standing(unit, column, pupil, revision, expected)
    proposer = acting_staff(unit.actor)
    _changed(unit, place, standing, revision, proposer)
    proposal = RevisionProposal(
        ProposalId(unit.new_id()), *standing.key, standing.version, revision, proposer, unit.now
    ).beside(unit.revision_proposals.of_journal(standing.journal))
    kept = unit.revision_proposals.add(proposal)
    unit.record(RevisionProposed(kept.id, kept.journal, revision.kind))
    return kept


def approve_revision(unit: SchoolUnit, proposal: ProposalId) -> Mark:
    """Change a mark as was proposed; its author stays the one who gave it.

    Raises `WrongState` for a proposal that was decided, and `Stale` where the mark was changed
    since it was made.
    """
    require(unit, Action.APPROVE_REVISION)
    waiting = unit.revision_proposals.get(proposal)
    approved = waiting.approved(acting_account(unit.actor), unit.now)
    standing = unit.marks.get(waiting.key)
    revision, place = waiting.revision, unit.columns.get(waiting.column)
    seen("mark", waiting.key, standing, expected=waiting.seen, sent=revision)
    kept = unit.marks.save(_changed(unit, place, standing, revision, standing.author))
    unit.revision_proposals.save(approved)
    unit.record(_revised(standing, revision, approved.decided_by, waiting.proposer))
    return kept


def decline_revision(unit: SchoolUnit, proposal: ProposalId, why: str) -> RevisionProposal:
    """Leave a mark as it is; raises `WrongState` for a proposal that was decided."""
    require(unit, Action.APPROVE_REVISION)
    waiting = unit.revision_proposals.get(proposal)
    declined = waiting.declined(acting_account(unit.actor), unit.now, why)
    kept = unit.revision_proposals.save(declined)
    unit.record(RevisionDeclined(kept.id, kept.journal))
    return kept


def proposed_revisions(unit: SchoolUnit) -> tuple[RevisionProposal, ...]:
    """Return the proposals that wait for the director or a deputy, the earliest first."""
    require(unit, Action.APPROVE_REVISION)
    return tuple(unit.revision_proposals.waiting())


def apply_for_correction(
    unit: SchoolUnit,
    column: ColumnId,
    *,
    pupil: PupilId,
    reason: str,
    applicant: GuardianId | None = None,
) -> CorrectionRequest:
    """Ask the head to have a semester mark corrected, as a parent or for one who came in person.

    Raises `NotAllowedHere` after the days that the policy gives (rule 42), for marks that are not
    corrected (rules 36, 46) and for who does not stand for the pupil, `Invalid` without a reason
    or an applicant (rule 43), `Missing` where there is no mark, or none that the diary shows to who
    asks, and `Duplicate` for a second request.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.APPLY_FOR_CORRECTION, child)
    place = unit.columns.get(column)
    mark = unit.marks.get(MarkKey(place.journal, place.id, pupil))
    if not shown_marks(unit, viewer_of(unit), child, [mark], [place]):
        raise Missing("mark", mark.key)
    unit.policies.correcting.admit_application(place, mark, unit.today, unit.zone)
    guardian = applicant_of(unit.actor, applicant, unit.guardianships.of_pupil(pupil))
    request = CorrectionRequest(
        CorrectionId(unit.new_id()), *mark.key, mark.value, guardian, unit.now, reason
    ).beside(unit.correction_requests.of_journal(mark.journal))
    kept = unit.correction_requests.add(request)
    unit.record(CorrectionAppliedFor(kept.id, kept.journal))
    return kept


def order_correction(
    unit: SchoolUnit, request: CorrectionId, order: CommissionOrder
) -> CorrectionRequest:
    """Grant a request by an order that appoints the commission and its days (rule 45).

    Raises `NotAllowedHere` for a chair who is neither the director nor a deputy, a teacher of
    another journal, anybody who has left, and an order from before the day of the application, and
    `WrongState` unless the request waits.
    """
    require(unit, Action.ORDER_CORRECTION)
    waiting = unit.correction_requests.get(request)
    for member in unit.staff.each([order.chair, order.methodist, order.teacher]):
        member.at_work(unit.today)
    grants = unit.grants.of_person(PersonId(order.chair))
    roles = [grant.role for grant in grants if grant.holds(unit.now)]
    ordered = waiting.ordered(order.of(unit.journals.get(waiting.journal), roles), unit.zone)
    kept = unit.correction_requests.save(ordered)
    unit.record(CorrectionOrdered(kept.id, kept.journal))
    return kept


def conclude_correction(
    unit: SchoolUnit, request: CorrectionId, result: MarkValue
) -> CorrectionRequest:
    """Enter what the commission gave; a better mark stands in the column «Скоригована».

    One that is equal or lower stands nowhere (rule 41). Raises `WrongState` unless there is an
    order, `NotAllowedHere` before the commission's last day, `Invalid` for a value of another
    scale, and `PeriodClosed` where a better mark can no longer be written.
    """
    waiting = unit.correction_requests.get(request)
    journal = unit.journals.get(waiting.journal)
    require(unit, Action.CONCLUDE_CORRECTION, journal)
    standing = unit.marks.get(waiting.key)
    concluded = waiting.concluded(standing, result, unit.today, unit.now)
    if concluded.is_raised:
        beside = _beside(unit, unit.columns.get(waiting.column))
        ruling(unit, journal).admit(result, beside)
        author = acting_staff(unit.actor)
        unit.marks.add(beside.mark(waiting.pupil, result, "", author, unit.now))
    kept = unit.correction_requests.save(concluded)
    unit.record(CorrectionConcluded(kept.id, kept.journal, kept.is_raised))
    return kept


def decline_correction(unit: SchoolUnit, request: CorrectionId, why: str) -> CorrectionRequest:
    """Answer that a mark is not to be corrected; raises `WrongState` once an order was given."""
    require(unit, Action.ORDER_CORRECTION)
    kept = unit.correction_requests.save(unit.correction_requests.get(request).declined(why))
    unit.record(CorrectionDeclined(kept.id, kept.journal))
    return kept


def withdraw_correction(unit: SchoolUnit, request: CorrectionId) -> CorrectionRequest:
    """Take a request back, as its applicant or for one who came in person.

    Raises `WrongState` once it was settled, and `NotAllowedHere` for another parent.
    """
    waiting = unit.correction_requests.get(request)
    require(unit, Action.APPLY_FOR_CORRECTION, unit.pupils.get(waiting.pupil))
    kept = unit.correction_requests.save(waiting.withdrawn(unit.actor))
    unit.record(CorrectionWithdrawn(kept.id, kept.journal))
    return kept


def correction_requests(unit: SchoolUnit, journal: JournalId) -> tuple[CorrectionRequest, ...]:
    """Return the requests about a journal's marks with what became of them, the earliest first."""
    page = unit.journals.get(journal)
    require(unit, Action.READ_CORRECTIONS, page)
    return tuple(unit.correction_requests.of_journal(page.id))


def requests_about(unit: SchoolUnit, pupil: PupilId) -> tuple[CorrectionRequest, ...]:
    """Return the requests about a pupil's marks with what became of them, the earliest first.

    A parent finds those of their own, a teacher those about a journal whose requests they read.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_CORRECTIONS, child)
    acting = acting_guardian(unit.actor)
    return tuple(
        each
        for each in unit.correction_requests.of_pupil(child.id)
        if (acting is not None and each.applicant == acting)
        or may(unit, Action.READ_CORRECTIONS, unit.journals.get(each.journal))
    )


def _standing(
    unit: SchoolUnit, column: ColumnId, pupil: PupilId, revision: MarkRevision, expected: int | None
) -> tuple[Column, Mark]:
    """Return a column and the mark that stands there, if the actor may write in it."""
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, written_under(unit, place, journal))
    key = MarkKey(place.journal, place.id, pupil)
    return place, seen("mark", key, unit.marks.get(key), expected=expected, sent=revision)


def _changed(
    unit: SchoolUnit, place: Column, standing: Mark, revision: MarkRevision, author: StaffId | None
) -> Mark:
    """Return the mark as it reads after the change, if the rules of the class let it stand."""
    changed = revision.of(standing, place, author, unit.now)
    if revision.value is not None:
        rules = ruling(unit, unit.journals.get(place.journal), place.day)
        rules.admit(
            revision.value,
            place,
            noted=unit.absences.at(place.lesson, standing.pupil, place.journal),
            among=unit.marks.of_others(place.id, standing.pupil, place.journal),
        )
    return changed_beside(unit, place, standing, changed)


def _revised(
    mark: Mark,
    revision: MarkRevision,
    approved_by: AccountId | None = None,
    proposed_by: StaffId | None = None,
) -> MarkRevised:
    why = (revision.kind, mark.value, revision.value, revision.reason)
    journal, column, pupil = mark.key
    return MarkRevised(journal, column, pupil, *why, approved_by, proposed_by)


def _beside(unit: SchoolUnit, place: Column) -> Column:
    """Return the column that corrects another, made now where it is not there yet."""
    correcting = (each for each in unit.columns.of_journal(place.journal) if place.is_beside(each))
    found = next(correcting, None)
    return found or unit.columns.add(place.corrected(ColumnId(unit.new_id())))
