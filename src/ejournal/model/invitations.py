"""What happens to the roles of a school that are offered by letter, as its ledger tells it."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from ejournal.ids import AccountId, GrantId, InvitationId
from ejournal.model.ledger import Event
from ejournal.model.permissions import Action, Role

__all__ = [
    "GrantEnded",
    "InvitationAccepted",
    "InvitationResent",
    "InvitationRevoked",
    "PersonInvited",
    "RightsRenewed",
]


@frozen
class PersonInvited(Event):
    """The school offered somebody a role."""

    name: ClassVar[str] = "person-invited"
    invitation: InvitationId
    grant: GrantId
    role: Role


@frozen
class InvitationResent(Event):
    """An invitation got a new term and a new letter; `rotated` made the earlier link dead."""

    name: ClassVar[str] = "invitation-resent"
    invitation: InvitationId
    rotated: bool


@frozen
class InvitationRevoked(Event):
    """An offer was taken back before anybody accepted it, and its grant ended."""

    name: ClassVar[str] = "invitation-revoked"
    invitation: InvitationId
    grant: GrantId


@frozen
class InvitationAccepted(Event):
    """The person took up the role."""

    name: ClassVar[str] = "invitation-accepted"
    invitation: InvitationId
    grant: GrantId
    account: AccountId


@frozen
class GrantEnded(Event):
    """A role in the school was taken from who held it."""

    name: ClassVar[str] = "grant-ended"
    grant: GrantId


@frozen
class RightsRenewed(Event):
    """So many grants of a role carry acts that a newer release of the library knows."""

    name: ClassVar[str] = "rights-renewed"
    role: Role
    acts: frozenset[Action]
    grants: int
