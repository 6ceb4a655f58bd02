"""A school's request to be connected, from its e-mail to the administrator's first sign-in.

The ministry's letter sets the steps: seven items by e-mail, review by the institute, an
administrator's role with an invitation, sign-in. The states, what expires and what is linked are
the library's own (domain.md §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import ClassVar

from attrs import evolve, field, frozen

from ejournal.errors import Incomplete, Invalid, NeedsDecision, OwnRequest, WrongState
from ejournal.ids import AccountId, GrantId, InvitationId, RequestId, SchoolId
from ejournal.model.access import Account
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import ContactPhone, DisoId, Edrpou, Email, PersonName, Region
from ejournal.model.ledger import Event
from ejournal.model.request_items import Flaw, Found, Item, RequestItems
from ejournal.reasons import said

__all__ = [
    "TRANSITIONS",
    "AccessRequest",
    "AdministratorInvited",
    "Clarification",
    "ClarificationAsked",
    "Command",
    "CompleteItems",
    "Direction",
    "MessageKept",
    "ReceivedMessage",
    "RequestActivated",
    "RequestApproved",
    "RequestCompleted",
    "RequestExpired",
    "RequestReceived",
    "RequestRejected",
    "RequestState",
    "RequestTaken",
    "RequestWithdrawn",
    "SchoolDecision",
    "questions",
]


class RequestState(Enum):
    """Where a request stands; `LINKED` is a second request of a school whose first is open."""

    RECEIVED = "received"
    INCOMPLETE = "incomplete"
    UNDER_REVIEW = "under-review"
    APPROVED = "approved"
    INVITED = "invited"
    ACTIVATED = "activated"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    LINKED = "linked"


class Command(Enum):
    """What can be done to a request."""

    COMPLETE = "complete"
    TAKE = "take"
    CLARIFY = "clarify"
    APPROVE = "approve"
    INVITE = "invite"
    ACTIVATE = "activate"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    LINK = "link"


_S, _C = RequestState, Command

# A correction during review sends the request back to the queue: what was looked at has changed.
# Only a request that waits for the school expires, never one that waits for the institute. An
# administrator may come by the link before the outbox has marked the letter sent. A linked
# request may be taken once the one before it is closed.
TRANSITIONS: Mapping[RequestState, Mapping[Command, RequestState]] = {
    _S.RECEIVED: {
        _C.COMPLETE: _S.RECEIVED,
        _C.TAKE: _S.UNDER_REVIEW,
        _C.WITHDRAW: _S.WITHDRAWN,
        _C.LINK: _S.LINKED,
    },
    _S.INCOMPLETE: {
        _C.COMPLETE: _S.RECEIVED,
        _C.CLARIFY: _S.INCOMPLETE,
        _C.REJECT: _S.REJECTED,
        _C.WITHDRAW: _S.WITHDRAWN,
        _C.EXPIRE: _S.EXPIRED,
        _C.LINK: _S.LINKED,
    },
    _S.UNDER_REVIEW: {
        _C.COMPLETE: _S.RECEIVED,
        _C.CLARIFY: _S.INCOMPLETE,
        _C.APPROVE: _S.APPROVED,
        _C.REJECT: _S.REJECTED,
        _C.WITHDRAW: _S.WITHDRAWN,
    },
    _S.APPROVED: {
        _C.INVITE: _S.INVITED,
        _C.ACTIVATE: _S.ACTIVATED,
        _C.WITHDRAW: _S.WITHDRAWN,
        _C.EXPIRE: _S.EXPIRED,
    },
    _S.INVITED: {
        _C.INVITE: _S.INVITED,
        _C.ACTIVATE: _S.ACTIVATED,
        _C.WITHDRAW: _S.WITHDRAWN,
        _C.EXPIRE: _S.EXPIRED,
    },
    _S.LINKED: {_C.TAKE: _S.UNDER_REVIEW},
    _S.ACTIVATED: {},
    _S.REJECTED: {},
    _S.WITHDRAWN: {},
    _S.EXPIRED: {},
}
"""Every move a request can make; what is not here is `WrongState`."""

_OPEN = frozenset({_S.RECEIVED, _S.INCOMPLETE, _S.UNDER_REVIEW, _S.APPROVED, _S.INVITED})


@frozen
class SchoolDecision:
    """The school's own decision to keep the state's e-journal although another is connected."""

    number: str = field(metadata=PLAIN)
    day: date = field(metadata=PLAIN)
    words: str = field(default="", metadata=PERSONAL)

    def __attrs_post_init__(self) -> None:
        if not self.number.strip():
            raise Invalid("decision", self.number, "absent")


_LABELS: Mapping[Item, str] = {
    Item.REGION: "регіон (область)",
    Item.COMMUNITY: "місто або територіальна громада",
    Item.SCHOOL_NAME: "назва закладу освіти",
    Item.DISO_ID: "ID закладу в системі ІТС «ДІСО»",
    Item.EDRPOU: "ЄДРПОУ закладу освіти",
    Item.ADMIN_NAME: "прізвище, ім'я, по батькові відповідальної особи (адміністратора)",
    Item.ADMIN_EMAIL: "особиста електронна адреса відповідальної особи (адміністратора)",
    Item.ADMIN_PHONE: "телефон відповідальної особи (адміністратора)",
}
_LONGEST_QUOTE = 60


def questions(items: RequestItems, flaws: tuple[Flaw, ...]) -> tuple[str, ...]:
    """Return a Ukrainian line for each item that is not known; a flaw is quoted with its reason."""
    wrong = {flaw.item: flaw for flaw in flaws}
    return tuple(_question(item, wrong.get(item)) for item in items.missing)


def _question(item: Item, flaw: Flaw | None) -> str:
    if flaw is None:
        return f"{_LABELS[item]}: не вказано"
    raw = " ".join(flaw.raw.split())
    quoted = raw if len(raw) <= _LONGEST_QUOTE else raw[:_LONGEST_QUOTE] + "…"
    return f"{_LABELS[item]}: вказано «{quoted}», {said(flaw.reason, 'uk')}"


@frozen
class Clarification:
    """What the school was asked for: codes of items, and the reviewer's own words if any."""

    asked_at: datetime
    items: tuple[str, ...] = field(metadata=PLAIN)
    words: str = field(default="", metadata=PERSONAL)


@frozen
class CompleteItems:
    """The letter's seven items, none of them missing."""

    region: Region
    community: str = field(metadata=PLAIN)
    school_name: str = field(metadata=PLAIN)
    diso_id: DisoId = field(metadata=PLAIN)
    edrpou: Edrpou = field(metadata=PLAIN)
    admin_name: PersonName = field(metadata=PERSONAL)
    admin_email: Email = field(metadata=PERSONAL)
    admin_phone: ContactPhone = field(metadata=PERSONAL)


@frozen
class AccessRequest:
    """One request with what was read from its messages.

    `flaws` and `found` say what was wrong and where each item stood. The text of later messages
    lies with them, see `ReceivedMessage`. `message_id` is the message that opened the request;
    `expires_at` counts while the request waits for the school.
    """

    id: RequestId
    state: RequestState
    received_at: datetime
    expires_at: datetime
    items: RequestItems = field(metadata=PERSONAL)
    flaws: tuple[Flaw, ...] = field(metadata=PERSONAL)
    found: tuple[Found, ...] = field(metadata=PERSONAL)
    sender: Email | None = field(metadata=PERSONAL)
    subject: str = field(metadata=PERSONAL)
    text: str = field(metadata=PERSONAL)
    message_id: str = field(metadata=PLAIN)
    reviewer: AccountId | None = None
    linked_to: RequestId | None = None
    school: SchoolId | None = None
    decision: SchoolDecision | None = field(default=None, metadata=PERSONAL)
    rejection: str | None = field(default=None, metadata=PERSONAL)
    delivery_problem: str | None = field(default=None, metadata=PERSONAL)
    clarifications: tuple[Clarification, ...] = field(default=(), metadata=PERSONAL)
    version: int = 0

    @property
    def diso_id(self) -> DisoId | None:
        """The school's ДІСО id, where the request gives one."""
        return self.items.diso_id

    @property
    def edrpou(self) -> Edrpou | None:
        """The school's ЄДРПОУ, where the request gives one."""
        return self.items.edrpou

    @property
    def is_open(self) -> bool:
        """Whether a further request of the same school is linked to this one (rule 98)."""
        return self.state in _OPEN

    def complete_items(self) -> CompleteItems:
        """Return the seven items; raises `Incomplete`, naming those that are missing (rule 97)."""
        items = self.items
        if (
            items.region is None
            or items.community is None
            or items.school_name is None
            or items.diso_id is None
            or items.edrpou is None
            or items.admin_name is None
            or items.admin_email is None
            or items.admin_phone is None
        ):
            raise Incomplete(tuple(item.value for item in items.missing))
        return CompleteItems(
            items.region,
            items.community,
            items.school_name,
            items.diso_id,
            items.edrpou,
            items.admin_name,
            items.admin_email,
            items.admin_phone,
        )

    def may(self, command: Command) -> bool:
        """Say whether the command exists in this state."""
        return command in TRANSITIONS[self.state]

    def completed(
        self,
        items: RequestItems,
        *,
        flaws: tuple[Flaw, ...] = (),
        found: tuple[Found, ...] = (),
        expires_at: datetime,
    ) -> AccessRequest:
        """Return the request with what a reply added: received once nothing is missing.

        Until then it stays or becomes incomplete, with a new term. Raises `WrongState` once the
        request was decided upon.
        """
        state = self._next(Command.COMPLETE)
        return evolve(
            self,
            state=RequestState.INCOMPLETE if items.missing else state,
            items=items,
            flaws=flaws,
            found=found,
            expires_at=expires_at,
        )

    def taken(self, reviewer: Account) -> AccessRequest:
        """Return the request under review; raises `OwnRequest` if it names the reviewer."""
        state = self._next(Command.TAKE)
        self._by_another(reviewer)
        return evolve(self, state=state, reviewer=reviewer.id, linked_to=None)

    def clarified(self, question: Clarification, *, expires_at: datetime) -> AccessRequest:
        """Return the request waiting for the school's answer, with a new term."""
        return evolve(
            self,
            state=self._next(Command.CLARIFY),
            clarifications=(*self.clarifications, question),
            expires_at=expires_at,
        )

    def approved(
        self,
        reviewer: Account,
        school: SchoolId,
        *,
        other_system: str,
        decision: SchoolDecision | None,
        expires_at: datetime,
    ) -> AccessRequest:
        """Return the request granted for that school.

        Raises `Incomplete`, naming the items, if any of the seven is missing (rule 97),
        `OwnRequest`, and `NeedsDecision` if the school has `other_system` connected and has not
        recorded a decision: the letter's procedure is for schools without one.
        """
        state = self._next(Command.APPROVE)
        self._by_another(reviewer)
        self.complete_items()
        if other_system and decision is None:
            raise NeedsDecision(other_system)
        return evolve(
            self,
            state=state,
            reviewer=reviewer.id,
            school=school,
            decision=decision,
            expires_at=expires_at,
        )

    def invited(self) -> AccessRequest:
        """Return the request whose letter was handed over; an earlier problem is forgotten."""
        return evolve(self, state=self._next(Command.INVITE), delivery_problem=None)

    def undeliverable(self, reply: str) -> AccessRequest:
        """Return the request with the mail server's refusal, for the reviewer to see."""
        return evolve(self, delivery_problem=reply)

    def activated(self) -> AccessRequest:
        """Return the request whose administrator took up the role."""
        return evolve(self, state=self._next(Command.ACTIVATE))

    def rejected(self, reviewer: Account, reason: str) -> AccessRequest:
        """Return the request refused; an empty reason is `Invalid`, one's own `OwnRequest`."""
        state = self._next(Command.REJECT)
        self._by_another(reviewer)
        if not reason.strip():
            raise Invalid("reason", reason, "absent", personal=True)
        return evolve(self, state=state, reviewer=reviewer.id, rejection=reason.strip())

    def withdrawn(self) -> AccessRequest:
        """Return the request that the school took back."""
        return evolve(self, state=self._next(Command.WITHDRAW))

    def expired(self, at: datetime) -> AccessRequest:
        """Return the request closed because the school did not answer.

        Raises `WrongState` also while the term runs.
        """
        state = self._next(Command.EXPIRE)
        if at < self.expires_at:
            raise self._refusal(Command.EXPIRE)
        return evolve(self, state=state)

    def linked(self, first: RequestId) -> AccessRequest:
        """Return the request kept beside the open one of the same school (rule 98)."""
        return evolve(self, state=self._next(Command.LINK), linked_to=first)

    def _next(self, command: Command) -> RequestState:
        if not self.may(command):
            raise self._refusal(command)
        return TRANSITIONS[self.state][command]

    def _refusal(self, command: Command) -> WrongState:
        return WrongState("request", self.state.value, command.value)

    def _by_another(self, reviewer: Account) -> None:
        addresses = (self.items.admin_email, self.sender)
        if any(address and address.mailbox == reviewer.email.mailbox for address in addresses):
            raise OwnRequest(self.id)
        named = self.items.admin_name
        if named is not None and named.may_be(reviewer.name):
            raise OwnRequest(self.id)


class Direction(Enum):
    """Which way a message went; ours are kept so that a reply's references find the request."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


@frozen
class ReceivedMessage:
    """A Message-ID that is known, and the request it belongs to.

    The text is kept for replies; the text of the message that opened a request stands in the
    request, and that of our letters is composed from them.
    """

    message_id: str = field(metadata=PLAIN)
    request: RequestId = field(metadata=PLAIN)
    received_at: datetime = field(metadata=PLAIN)
    direction: Direction = Direction.INCOMING
    sender: Email | None = field(default=None, metadata=PERSONAL)
    text: str = field(default="", metadata=PERSONAL)
    version: int = 0


@frozen
class RequestReceived(Event):
    """A message opened a request; `missing` are the codes of items it lacks.

    `linked_to` is the open request of the same school that it was put beside.
    """

    name: ClassVar[str] = "request-received"
    request: RequestId
    linked_to: RequestId | None
    message_id: str = field(metadata=PLAIN)
    missing: tuple[str, ...] = field(metadata=PLAIN)


@frozen
class MessageKept(Event):
    """A message of a request was kept and changed nothing in it."""

    name: ClassVar[str] = "message-kept"
    request: RequestId
    message_id: str = field(metadata=PLAIN)


@frozen
class RequestCompleted(Event):
    """Items were added to a request, by a reply or (without one) by the reviewer.

    `same_sender` is False where the reply came from an address other than the first message's.
    The request is linked where the items named a school that had asked already.
    """

    name: ClassVar[str] = "request-completed"
    request: RequestId
    linked_to: RequestId | None
    same_sender: bool
    message_id: str | None = field(metadata=PLAIN)
    missing: tuple[str, ...] = field(metadata=PLAIN)


@frozen
class RequestTaken(Event):
    """An operator began the review."""

    name: ClassVar[str] = "request-taken"
    request: RequestId


@frozen
class ClarificationAsked(Event):
    """The school was asked for these items, in these words."""

    name: ClassVar[str] = "clarification-asked"
    request: RequestId
    items: tuple[str, ...] = field(metadata=PLAIN)
    words: str = field(metadata=PERSONAL)


@frozen
class RequestApproved(Event):
    """The request was granted; `mismatches` are the items in which the directory disagreed."""

    name: ClassVar[str] = "request-approved"
    request: RequestId
    school: SchoolId
    grant: GrantId
    invitation: InvitationId
    in_directory: bool
    decision_day: date | None
    decision_number: str | None = field(metadata=PLAIN)
    mismatches: tuple[str, ...] = field(metadata=PLAIN)
    other_system: str = field(metadata=PLAIN)


@frozen
class AdministratorInvited(Event):
    """In the school's own chain: its first or further administrator was given a role to take up."""

    name: ClassVar[str] = "administrator-invited"
    request: RequestId
    grant: GrantId
    invitation: InvitationId
    new_school: bool


@frozen
class RequestActivated(Event):
    """The administrator took up the role."""

    name: ClassVar[str] = "request-activated"
    request: RequestId
    account: AccountId


@frozen
class RequestRejected(Event):
    """The institute refused the request."""

    name: ClassVar[str] = "request-rejected"
    request: RequestId
    reason: str = field(metadata=PERSONAL)


@frozen
class RequestWithdrawn(Event):
    """The school took the request back."""

    name: ClassVar[str] = "request-withdrawn"
    request: RequestId


@frozen
class RequestExpired(Event):
    """The school did not answer in time."""

    name: ClassVar[str] = "request-expired"
    request: RequestId
