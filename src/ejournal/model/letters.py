"""Letters the system writes, and how far the delivery of each has come.

A letter is kept as its kind and the data that fill it, never as text: what a reader sees is
composed while it is being sent, and a secret that belongs in it is computed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

from attrs import evolve, field, frozen

from ejournal.errors import Incomplete, Invalid, WrongState
from ejournal.ids import InvitationId, LetterId, RequestId, SchoolId, instant, spell_id
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import Email, parse_email
from ejournal.model.ledger import Event

__all__ = [
    "NEEDED",
    "Delivery",
    "Letter",
    "LetterCancelled",
    "LetterKind",
    "LetterRefused",
    "LetterSent",
    "LetterState",
    "ascii_domain",
    "complete",
    "message_id_of",
]


class LetterKind(Enum):
    """Why a letter is written; each kind has a wording of its own."""

    INVITATION = "invitation"
    CLARIFICATION = "clarification"
    DUPLICATE = "duplicate"
    REJECTION = "rejection"
    RECEIVED = "received"
    ANNOUNCEMENT = "announcement"


NEEDED: Mapping[LetterKind, tuple[str, ...]] = {
    LetterKind.INVITATION: ("name", "school", "expires_at"),
    LetterKind.CLARIFICATION: ("questions",),
    LetterKind.DUPLICATE: ("number",),
    LetterKind.REJECTION: ("reason",),
    LetterKind.RECEIVED: ("number",),
    LetterKind.ANNOUNCEMENT: ("subject", "text"),
}
"""What a letter of each kind cannot be written without.

`expires_at` is an instant in ISO 8601; `questions` has one missing or doubtful item a line;
`number` is the request's, spelled; `text` has its paragraphs apart by blank lines. A `school`
given to any kind is named in the letter, and so is the `author` of an announcement.
"""


class LetterState(Enum):
    """`QUEUED` is still to be handed over; the other three are final."""

    QUEUED = "queued"
    SENT = "sent"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@frozen
class Letter:
    """A letter to one address; it goes out under the same Message-ID at every attempt."""

    id: LetterId
    kind: LetterKind
    queued_at: datetime
    recipient: Email = field(metadata=PERSONAL)
    data: Mapping[str, str] = field(metadata=PERSONAL)
    message_id: str = field(metadata=PLAIN)
    in_reply_to: str = field(metadata=PLAIN)
    state: LetterState = LetterState.QUEUED
    settled_at: datetime | None = None
    request: RequestId | None = None
    invitation: InvitationId | None = None
    version: int = 0

    def sent(self, at: datetime) -> Letter:
        """Return the letter as the mail server took it; raises `WrongState` unless queued."""
        return self._settled(LetterState.SENT, at, "send")

    def refused(self, at: datetime) -> Letter:
        """Return the letter as the mail server will never take it; raises `WrongState`."""
        return self._settled(LetterState.REFUSED, at, "refuse")

    def cancelled(self, at: datetime) -> Letter:
        """Return the letter as it will not be sent any more; raises `WrongState`."""
        return self._settled(LetterState.CANCELLED, at, "cancel")

    def _settled(self, state: LetterState, at: datetime, command: str) -> Letter:
        if self.state is not LetterState.QUEUED:
            raise WrongState("letter", self.state.value, command)
        return evolve(self, state=state, settled_at=at)


@frozen
class Delivery:
    """Where the delivery of one letter stands; it changes without an entry in the ledger.

    `due_at` is when somebody may next take the letter. Who takes it holds it until `lease_until`;
    a holder that was not heard of by then has lost it, and it is due again.
    """

    letter: LetterId
    attempts: int
    due_at: datetime
    lease_until: datetime | None = None
    holder: str = field(default="", metadata=PLAIN)
    last_reply: str = field(default="", metadata=PERSONAL)
    settled: bool = False
    version: int = 0

    def taken(self, holder: str, until: datetime) -> Delivery:
        """Return the delivery held by that process until then, one attempt further."""
        return evolve(
            self, attempts=self.attempts + 1, due_at=until, lease_until=until, holder=holder
        )

    def postponed(
        self, reply: str, at: datetime, *, first: timedelta, longest: timedelta
    ) -> Delivery:
        """Return the delivery due again: after `first`, then doubling up to `longest`."""
        wait = min(first * 2 ** min(max(self.attempts - 1, 0), _DOUBLINGS), longest)
        return evolve(self, due_at=at + wait, lease_until=None, holder="", last_reply=reply)

    def over(self, reply: str) -> Delivery:
        """Return the delivery with nothing left to do."""
        return evolve(self, settled=True, lease_until=None, holder="", last_reply=reply)


# A minute doubled twenty times is two years, and the sum still fits in a timedelta.
_DOUBLINGS = 20


@frozen
class LetterSent(Event):
    """A mail server took the letter over; `chain` is where the letter lies."""

    name: ClassVar[str] = "letter-sent"
    letter: LetterId
    kind: LetterKind
    chain: SchoolId
    attempt: int
    request: RequestId | None = None


@frozen
class LetterRefused(Event):
    """A mail server refused the letter for good; `reply` is its own text."""

    name: ClassVar[str] = "letter-refused"
    letter: LetterId
    kind: LetterKind
    chain: SchoolId
    attempt: int
    reply: str = field(metadata=PERSONAL)
    request: RequestId | None = None


@frozen
class LetterCancelled(Event):
    """The letter was not sent: its invitation was accepted, revoked or had expired by then."""

    name: ClassVar[str] = "letter-cancelled"
    letter: LetterId
    kind: LetterKind
    chain: SchoolId
    reason: str = field(metadata=PLAIN)


def complete(kind: LetterKind, data: Mapping[str, str]) -> None:
    """Refuse data that a letter of this kind cannot be written from.

    Raises `Incomplete` for what is not given, `Invalid` for an `expires_at` that is no instant.
    """
    absent = tuple(name for name in NEEDED[kind] if not data.get(name, "").strip())
    if absent:
        raise Incomplete(absent)
    if kind is LetterKind.INVITATION:
        _check_instant(data["expires_at"])


def _check_instant(text: str) -> None:
    try:
        instant(datetime.fromisoformat(text))
    except ValueError as error:
        raise Invalid("expires_at", text, "pattern") from error


def message_id_of(letter: LetterId, chain: SchoolId, sender: str) -> str:
    """Return the Message-ID under which a letter goes out, however often it is tried.

    >>> message_id_of(LetterId(1), SchoolId(2), "letters@mail.example")
    '<0000000000001.0000000000002@mail.example>'
    """
    return f"<{spell_id(letter)}.{spell_id(chain)}@{ascii_domain(sender)}>"


def ascii_domain(address: str) -> str:
    """Return the domain of an address as it stands in a Message-ID and on the wire."""
    domain = address.rpartition("@")[2]
    if domain.isascii():
        return domain
    # Python's own codec spells by the rules of 2003, in which «faß» is the domain «fass».
    return parse_email(address).folded.rpartition("@")[2]
