"""Accounts, the cabinets they enter, and how a person comes by them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar

from attrs import evolve, field, frozen

from ejournal.errors import NotAllowedHere, TokenRefused, WrongState
from ejournal.ids import (
    AccountId,
    AuthorityId,
    GrantId,
    InvitationId,
    PersonId,
    RequestId,
    SchoolId,
    spell_id,
)
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.ledger import Event
from ejournal.model.permissions import Action, Role, rights_of

__all__ = [
    "Account",
    "AccountOpened",
    "Actor",
    "AuthorityGrant",
    "Binding",
    "Cabinet",
    "Credential",
    "Grant",
    "IdentityBound",
    "InstituteFounded",
    "Invitation",
    "InvitationState",
    "System",
    "Throttle",
    "Verified",
    "acting_account",
    "carried_by",
]


@frozen
class Cabinet:
    """The role a person chose after signing in, and as whom.

    `person` is the staff member, pupil or guardian that the grant names; `authority` the
    department of a grant held outside schools.
    """

    role: Role
    school: SchoolId | None = None
    person: PersonId | None = None
    authority: AuthorityId | None = None


@frozen
class Actor:
    """Who acts: an account in one of its cabinets."""

    account: AccountId
    cabinet: Cabinet

    def __str__(self) -> str:
        return f"{self.cabinet.role.value} {spell_id(self.account)}"


@frozen
class System:
    """The library itself at work where no person is: intake, delivery, expiry."""

    name: str = field(metadata=PLAIN)

    def __str__(self) -> str:
        return self.name


def acting_account(actor: Actor | System) -> AccountId:
    """Return the account of the person who acts; raises `NotAllowedHere` for the library itself."""
    if isinstance(actor, System):
        raise NotAllowedHere(actor.name, "not-by-itself")
    return actor.account


@frozen
class Account:
    """A person who can sign in, whichever schools they belong to."""

    id: AccountId
    name: PersonName = field(metadata=PERSONAL)
    email: Email = field(metadata=PERSONAL)
    created_at: datetime
    version: int = 0


@frozen
class Verified:
    """What an identity adapter proved: `subject` under its `scheme` is present."""

    scheme: str = field(metadata=PLAIN)
    subject: str = field(metadata=PERSONAL)


@frozen
class Binding:
    """A verified identity that opens an account; one identity opens one account."""

    account: AccountId
    scheme: str = field(metadata=PLAIN)
    subject: str = field(metadata=PERSONAL)
    bound_at: datetime
    version: int = 0


@frozen
class Credential:
    """A password's hash. It is a secret, so it stands outside the ledger."""

    login: str = field(metadata=PERSONAL)
    hash: str = field(metadata=PERSONAL, repr=False)
    version: int = 0


@frozen
class Throttle:
    """Failed attempts under one name since `since`; it outlives restarts and rolled-back work."""

    name: str = field(metadata=PERSONAL)
    failures: int
    since: datetime
    version: int = 0

    def failed(self, at: datetime, window: timedelta) -> Throttle:
        """Return the counter one failure on, or at its first where the window is over."""
        if self._covers(at, window):
            return evolve(self, failures=self.failures + 1)
        return evolve(self, failures=1, since=at)

    def wait(self, at: datetime, *, most: int, window: timedelta) -> int:
        """Return for how many seconds no attempt is let through, 0 while it is.

        The window begins with its first failure; it is over, too, for a clock that was set back.
        """
        if self.failures < most or not self._covers(at, window):
            return 0
        return -((at - self.since - window) // timedelta(seconds=1))

    def _covers(self, at: datetime, window: timedelta) -> bool:
        return self.since <= at < self.since + window


@frozen
class Grant:
    """A role in one school: which acts it carries, for whom, and while it lasts.

    A grant made by an approved request has no account until its invitation is accepted.
    """

    id: GrantId
    role: Role
    rights: frozenset[Action]
    account: AccountId | None
    person: PersonId | None
    since: datetime
    until: datetime | None = None
    version: int = 0

    def holds(self, at: datetime) -> bool:
        """Say whether the grant is in force at that instant: from `since`, before `until`."""
        return self.since <= at and (self.until is None or at < self.until)

    def made_for(self, person: PersonId) -> Grant:
        """Return the grant under which its holder acts as that person."""
        return evolve(self, person=person)

    def given_to(self, account: AccountId) -> Grant:
        """Return the grant held by that account."""
        return evolve(self, account=account)

    def renewed(self, acts: frozenset[Action]) -> Grant:
        """Return the grant with those acts, if then it carries all that its role does.

        One that would still lack an act was narrowed, or is older than the caller knows: it is
        returned as it is. Raises `NotAllowedHere` for an act that the role does not carry.
        """
        rights = self.rights | carried_by(self.role, acts)
        return evolve(self, rights=rights) if rights_of(self.role) <= rights else self

    def ended(self, at: datetime) -> Grant:
        """Return the grant without effect from that instant on."""
        return evolve(self, until=at)


@frozen
class AuthorityGrant:
    """A role outside schools: the institute's, the ministry's or an authority's."""

    id: GrantId
    role: Role
    account: AccountId
    authority: AuthorityId | None
    since: datetime
    until: datetime | None = None
    version: int = 0

    def holds(self, at: datetime) -> bool:
        """Say whether the grant is in force at that instant: from `since`, before `until`."""
        return self.since <= at and (self.until is None or at < self.until)


def carried_by(role: Role, acts: Iterable[Action]) -> frozenset[Action]:
    """Return the acts if the role carries each; raises `NotAllowedHere` for one that it does not.

    >>> carried_by(Role.PUPIL, [Action.GIVE_MARK])
    Traceback (most recent call last):
    ...
    ejournal.errors.NotAllowedHere: give-mark: the role does not carry the act
    """
    asked = frozenset(acts)
    beyond = min((act.value for act in asked - rights_of(role)), default=None)
    if beyond is not None:
        raise NotAllowedHere(beyond, "not-of-role")
    return asked


class InvitationState(Enum):
    """`PENDING` waits for the person; an expired one is pending with its time run out."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


@frozen
class Invitation:
    """The right of one address to take up one grant, until `expires_at`.

    The token that proves it is computed from the host's key, the identifier and `generation`
    while a letter is being sent, and is stored nowhere.
    """

    id: InvitationId
    grant: GrantId
    name: PersonName = field(metadata=PERSONAL)
    address: Email = field(metadata=PERSONAL)
    generation: int
    expires_at: datetime
    state: InvitationState = InvitationState.PENDING
    request: RequestId | None = None
    account: AccountId | None = None
    version: int = 0

    @property
    def folded_address(self) -> str:
        """The address as it is compared."""
        return self.address.folded

    def is_open(self, at: datetime) -> bool:
        """Say whether the invitation can still be accepted at that instant."""
        return self.state is InvitationState.PENDING and at < self.expires_at

    def accepted(self, account: AccountId, at: datetime) -> Invitation:
        """Return the invitation taken up; taking it up again by the same account changes nothing.

        Raises `TokenRefused` once it has expired, was revoked, or another account took it up.
        """
        if self.state is InvitationState.ACCEPTED and self.account == account:
            return self
        if not self.is_open(at):
            raise TokenRefused(self.obstacle(at))
        return evolve(self, state=InvitationState.ACCEPTED, account=account)

    def revoked(self) -> Invitation:
        """Return the invitation withdrawn; raises `WrongState` unless it was pending."""
        self._pending("revoke")
        return evolve(self, state=InvitationState.REVOKED)

    def renewed(self, expires_at: datetime, *, rotated: bool) -> Invitation:
        """Return the invitation with a new term; `rotated` makes earlier letters' links dead."""
        self._pending("resend")
        return evolve(self, expires_at=expires_at, generation=self.generation + rotated)

    def _pending(self, command: str) -> None:
        if self.state is not InvitationState.PENDING:
            raise WrongState("invitation", self.state.value, command)

    def obstacle(self, at: datetime) -> str:
        """Say why the invitation is not open at that instant: expired, accepted or revoked."""
        if self.state is InvitationState.PENDING and at >= self.expires_at:
            return "expired"
        return self.state.value


@frozen
class AccountOpened(Event):
    """A proved identity that opened nothing yet was given an account of its own."""

    name: ClassVar[str] = "account-opened"
    account: AccountId
    scheme: str = field(metadata=PLAIN)


@frozen
class IdentityBound(Event):
    """An account can be entered by one more identity; whose it is stands in the binding."""

    name: ClassVar[str] = "identity-bound"
    account: AccountId
    scheme: str = field(metadata=PLAIN)


@frozen
class InstituteFounded(Event):
    """The first operator took up the role from which every other right is derived."""

    name: ClassVar[str] = "institute-founded"
    account: AccountId
    grant: GrantId
