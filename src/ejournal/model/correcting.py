"""Changing marks that stand: with a kind and a reason, by proposal, or by the procedure of № 496.

A mark is never overwritten without saying why: what stood before stays in the ledger. The
procedure of correction is another thing: a parent asks for it, a commission decides, and a better
mark stands beside the one it corrects.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, WrongState
from ejournal.ids import (
    AccountId,
    ColumnId,
    CorrectionId,
    GuardianId,
    JournalId,
    ProposalId,
    PupilId,
    StaffId,
    spell_id,
)
from ejournal.model.access import Actor, System
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.journal import Column, ColumnKind, Journal, Mark, MarkKey
from ejournal.model.marks import Credit, Final, Grade, Level, MarkValue, label_of, spell_mark
from ejournal.model.people import Guardianship, acting_guardian
from ejournal.model.permissions import Role

__all__ = [
    "CommissionOrder",
    "CorrectingPolicy",
    "CorrectionRequest",
    "CorrectionState",
    "MarkRevision",
    "ProposalState",
    "RevisionKind",
    "RevisionProposal",
    "applicant_of",
    "below_corrected",
    "raises",
]


class RevisionKind(Enum):
    """Why a mark that stands is changed."""

    CORRECTION = "correction"
    RETAKE = "retake"
    ADJUSTMENT = "adjustment"
    VOID = "void"

    @property
    def label(self) -> str:
        """The word that a mark's history shows."""
        return _LABELS[self]

    @property
    def is_of_work(self) -> bool:
        """Whether it assesses work anew, and does not mend what was written by mistake."""
        return self in {RevisionKind.RETAKE, RevisionKind.ADJUSTMENT}


_LABELS = {
    RevisionKind.CORRECTION: "Виправлення помилки",
    RevisionKind.RETAKE: "Перескладання",
    RevisionKind.ADJUSTMENT: "Перегляд",
    RevisionKind.VOID: "Анулювання",
}


@frozen
class MarkRevision:
    """A change of a mark that stands: of which kind, why, and to what; a void has no value.

    Raises `Invalid` without a reason, without a value where one is due, and with one for a void.
    """

    kind: RevisionKind
    reason: str = field(metadata=PERSONAL)
    value: MarkValue | None = None
    comment: str = field(default="", metadata=PERSONAL)

    def __attrs_post_init__(self) -> None:
        if not self.reason.strip():
            raise Invalid("reason", "", "absent", personal=True)
        if self.value is None and self.kind is not RevisionKind.VOID:
            raise Invalid("value", "", "absent")
        if self.value is not None and self.kind is RevisionKind.VOID:
            raise Invalid("value", spell_mark(self.value), "pattern")

    def of(self, mark: Mark, column: Column, author: StaffId | None, at: datetime) -> Mark:
        """Return the mark as it reads after the change.

        Raises `WrongState` for one that is void. Raises `NotAllowedHere` for work assessed anew in
        a column that sums up, as a thematic one (rule 36), and for another value in a corrected
        column: only the procedure puts one there.
        """
        if mark.void:
            raise WrongState("mark", "void", self.kind.value)
        if self.kind.is_of_work and column.kind.is_dated is False:
            raise NotAllowedHere(column.heading, "sums-up")
        if self.value is None:
            return mark.voided(author, at)
        column.by_hand()
        return mark.changed(self.value, self.comment, author, at)


@frozen
class CorrectingPolicy:
    """What no act settles about changing marks, or acts settle differently.

    `plain_same_day`: may the author change a mark without a reason on the day it was given (no act
    says, to be confirmed; a slip noticed at once is no correction). `application_days`: so many
    days after the day on which the mark was set a parent may ask for its correction; № 496 says
    three. `allow_annual_correction`: № 496 forbids correcting the annual mark and № 762 allows it,
    which was not resolved by 2024; the default keeps to the instruction on journals.
    """

    plain_same_day: bool = True
    application_days: int = 3
    allow_annual_correction: bool = False

    def admit(
        self,
        standing: Mark | None,
        author: StaffId | None,
        today: date,
        zone: tzinfo,
        reason: str = "",
    ) -> None:
        """Pass if that author may put a mark in the place of what stands, if anything does.

        A void mark stands in nobody's way. Raises `NotAllowedHere` for another's mark (rule 30),
        and without a reason for one of another day, or of any if the policy says so.
        """
        if standing is None or standing.void:
            return
        standing.given_by(author)
        same_day = standing.given_at.astimezone(zone).date() == today
        if not reason.strip() and not (self.plain_same_day and same_day):
            raise NotAllowedHere(label_of(standing.value), "needs-reason")

    def admit_application(
        self, column: Column, mark: Mark, today: date, zone: tzinfo
    ) -> tuple[Column, Mark]:
        """Return both if the mark's correction may be asked for today.

        Raises `NotAllowedHere` for a column whose marks are not corrected (rules 36, 46) and after
        the last day (rule 42), and `WrongState` for a mark that is void. The day on which the mark
        was set is not counted.
        """
        annual = column.kind is ColumnKind.ANNUAL and self.allow_annual_correction
        if column.kind is not ColumnKind.SEMESTER and not annual:
            raise NotAllowedHere(column.heading, "not-corrected")
        if mark.void:
            raise WrongState("mark", "void", "apply-for-correction")
        if _place_of(mark.value) is None and mark.value is not Final.NOT_ATTESTED:
            raise NotAllowedHere(label_of(mark.value), "not-corrected")
        last = mark.given_at.astimezone(zone).date() + timedelta(days=self.application_days)
        if today > last:
            raise NotAllowedHere(f"{today} ({last})", "time-is-up")
        return column, mark


class ProposalState(Enum):
    """What became of a change that somebody else than the author asked for."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


@frozen
class RevisionProposal:
    """A change of another's mark, which the director or a deputy approves or not (rule 30).

    `seen` is the version of the mark that it is about: of any other it is not approved.
    """

    id: ProposalId
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    seen: int
    revision: MarkRevision = field(metadata=PERSONAL)
    proposer: StaffId | None
    proposed_at: datetime
    state: ProposalState = ProposalState.PROPOSED
    decided_by: AccountId | None = None
    decided_at: datetime | None = None
    answer: str = field(default="", metadata=PERSONAL)
    version: int = 0

    @property
    def key(self) -> MarkKey:
        """Where the mark stands."""
        return MarkKey(self.journal, self.column, self.pupil)

    def beside(self, others: Iterable[RevisionProposal]) -> RevisionProposal:
        """Return this proposal if no other waits that is about the same mark, or `Duplicate`."""
        for other in others:
            if other.key == self.key and other.state is ProposalState.PROPOSED:
                raise Duplicate("revision_proposal", ("journal", "column", "pupil"), (other.id,))
        return self

    def approved(self, by: AccountId, at: datetime) -> RevisionProposal:
        """Return the proposal that was agreed to; raises `WrongState` once it was decided."""
        return self._decided(ProposalState.APPROVED, "approve", by, at, "")

    def declined(self, by: AccountId, at: datetime, why: str) -> RevisionProposal:
        """Return the proposal that was not agreed to; raises `WrongState` once it was decided."""
        return self._decided(ProposalState.DECLINED, "decline", by, at, why)

    def _decided(
        self, state: ProposalState, command: str, by: AccountId, at: datetime, answer: str
    ) -> RevisionProposal:
        if self.state is not ProposalState.PROPOSED:
            raise WrongState("revision_proposal", self.state.value, command)
        return evolve(self, state=state, decided_by=by, decided_at=at, answer=answer)


@frozen
class CommissionOrder:
    """The head's order: who examines the pupil, and on which days (rule 45).

    The chair is the head or a deputy; with them sit the head of the methodical association and the
    subject's teacher. Raises `Invalid` without a number or a day, and for a day before the order
    or out of turn; raises `NotAllowedHere` for one person in two places.
    """

    number: str = field(metadata=PLAIN)
    day: date
    chair: StaffId
    methodist: StaffId
    teacher: StaffId
    schedule: tuple[date, ...]

    def __attrs_post_init__(self) -> None:
        if not self.number.strip():
            raise Invalid("number", self.number, "absent")
        if not self.schedule:
            raise Invalid("schedule", "", "absent")
        if [self.day, *self.schedule] != sorted([self.day, *self.schedule]):
            raise Invalid("schedule", ", ".join(map(str, self.schedule)), "order")
        if len({self.chair, self.methodist, self.teacher}) < len(("chair", "methodist", "teacher")):
            raise NotAllowedHere(self.number, "sits-twice")

    def of(self, journal: Journal, chair_roles: Iterable[Role]) -> CommissionOrder:
        """Return the order if its commission may examine in the subject of that journal.

        `chair_roles` are those that the chair holds in the school. Raises `NotAllowedHere`.
        """
        if not {Role.DIRECTOR, Role.DEPUTY} & set(chair_roles):
            raise NotAllowedHere(spell_id(self.chair), "chair-is-no-head")
        if self.teacher not in {journal.teacher, journal.second_teacher}:
            raise NotAllowedHere(spell_id(self.teacher), "teaches-another-journal")
        return self

    def check_sat(self, today: date) -> None:
        """Raise `NotAllowedHere` before the last day of the schedule."""
        if today < self.schedule[-1]:
            raise NotAllowedHere(f"{today} ({self.schedule[-1]})", "not-sat-yet")


class CorrectionState(Enum):
    """How far a request for correction has come."""

    APPLIED = "applied"
    ORDERED = "ordered"
    CONCLUDED = "concluded"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@frozen
class CorrectionRequest:
    """A parent's application to correct a semester mark, up to what the commission found.

    `standing` is the mark that is to be corrected, and `result` what the pupil was given instead;
    only a better one stands in the journal (rule 41). Raises `Invalid` without a written reason
    (rule 43).
    """

    id: CorrectionId
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    standing: MarkValue
    applicant: GuardianId
    applied_at: datetime
    reason: str = field(metadata=PERSONAL)
    state: CorrectionState = CorrectionState.APPLIED
    commission: CommissionOrder | None = field(default=None, metadata=PLAIN)
    result: MarkValue | None = None
    concluded_at: datetime | None = None
    answer: str = field(default="", metadata=PERSONAL)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.reason.strip():
            raise Invalid("reason", "", "absent", personal=True)

    @property
    def key(self) -> MarkKey:
        """Where the mark stands that is to be corrected."""
        return MarkKey(self.journal, self.column, self.pupil)

    @property
    def is_raised(self) -> bool:
        """Whether the commission gave a better mark, so that it stands in the journal."""
        return self.result is not None and raises(self.standing, self.result)

    def beside(self, others: Iterable[CorrectionRequest]) -> CorrectionRequest:
        """Return this request if none about the same mark waits or came to its end.

        Raises `Duplicate`. One that was declined or withdrawn leaves room for another.
        """
        over = {CorrectionState.DECLINED, CorrectionState.WITHDRAWN}
        for other in others:
            if other.key == self.key and other.state not in over:
                raise Duplicate("correction_request", ("column", "pupil"), (other.id,))
        return self

    def ordered(self, order: CommissionOrder, zone: tzinfo) -> CorrectionRequest:
        """Return the request with the head's order.

        Raises `WrongState` unless it waits for one, and `NotAllowedHere` for an order from before
        the day of the application: nobody has been examined on what was not asked for.
        """
        self._check(CorrectionState.APPLIED, "order")
        applied = self.applied_at.astimezone(zone).date()
        if order.day < applied:
            raise NotAllowedHere(f"{order.day} ({applied})", "before-application")
        return evolve(self, state=CorrectionState.ORDERED, commission=order)

    def concluded(
        self, mark: Mark, result: MarkValue, today: date, at: datetime
    ) -> CorrectionRequest:
        """Return the request with what the commission gave; `mark` is the one that stands.

        Raises `WrongState` unless there is an order, and for a mark that is void by now,
        `NotAllowedHere` before the commission's last day, and `Invalid` for a value that cannot be
        compared with the mark.
        """
        self._check(CorrectionState.ORDERED, "conclude")
        if self.commission is not None:
            self.commission.check_sat(today)
        if mark.void:
            raise WrongState("mark", "void", "conclude")
        raises(mark.value, result)
        return evolve(
            self,
            state=CorrectionState.CONCLUDED,
            standing=mark.value,
            result=result,
            concluded_at=at,
        )

    def declined(self, why: str) -> CorrectionRequest:
        """Return the request that the head does not grant; raises `WrongState` after the order."""
        self._check(CorrectionState.APPLIED, "decline")
        return evolve(self, state=CorrectionState.DECLINED, answer=why)

    def withdrawn(self, actor: Actor | System) -> CorrectionRequest:
        """Return the request that was taken back, by its applicant or the office.

        Raises `WrongState` once it was settled, and `NotAllowedHere` for another parent.
        """
        acting = acting_guardian(actor)
        if acting is not None and acting != self.applicant:
            raise NotAllowedHere(spell_id(acting), "not-the-applicant")
        if self.state is not CorrectionState.ORDERED:
            self._check(CorrectionState.APPLIED, "withdraw")
        return evolve(self, state=CorrectionState.WITHDRAWN)

    def _check(self, state: CorrectionState, command: str) -> None:
        if self.state is not state:
            raise WrongState("correction_request", self.state.value, command)


def raises(standing: MarkValue, result: MarkValue) -> bool:
    """Say whether a result is better than the mark that stands; any is better than «Н/А».

    >>> raises(Grade(7), Grade(8)), raises(Final.NOT_ATTESTED, Grade(1)), raises(Grade(7), Grade(7))
    (True, True, False)

    Raises `Invalid` for what is not given as a result, or on another scale than the mark.
    """
    if result is Final.NOT_ATTESTED:
        return False
    place, attested = _place_of(result), standing is not Final.NOT_ATTESTED
    if place is None or (attested and type(result) is not type(standing)):
        raise Invalid("mark", spell_mark(result), "scale")
    return place > (_place_of(standing) or 0)


def below_corrected(mark: Mark, corrected: Mark | None) -> Mark:
    """Return a mark that may stand below what a commission gave, if it gave anything that stands.

    Raises `NotAllowedHere` for a void one, and for one that is as good or on another scale: beside
    it no corrected mark would be kept (rule 41).
    """
    if corrected is None or corrected.void:
        return mark
    compared = mark.value is Final.NOT_ATTESTED or type(mark.value) is type(corrected.value)
    if mark.void or not compared or not raises(mark.value, corrected.value):
        raise NotAllowedHere(label_of(corrected.value), "corrected-beside")
    return mark


def _place_of(value: MarkValue) -> int | None:
    match value:
        case Grade(points):
            return points
        case Level():
            return value.rank
        case Credit():
            return int(value is Credit.CREDITED)
        case _:
            return None


def applicant_of(
    actor: Actor | System, named: GuardianId | None, guardianships: Iterable[Guardianship]
) -> GuardianId:
    """Return the guardian who applies: a parent who acts, or who is named by the office.

    `guardianships` are the pupil's. Raises `Invalid` where nobody is named, and `NotAllowedHere`
    for one who does not stand for the pupil, and for a parent in another's name (rule 43).
    """
    acting = acting_guardian(actor)
    applicant = named or acting
    if applicant is None:
        raise Invalid("applicant", "", "absent")
    known = {each.guardian for each in guardianships}
    if applicant not in known or applicant != (acting or applicant):
        raise NotAllowedHere(spell_id(applicant), "not-a-guardian")
    return applicant
