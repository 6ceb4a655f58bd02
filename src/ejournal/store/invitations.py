"""Offering a role by letter and taking the offer back: what approving and inviting share.

Like the outbox, nothing is recorded here: the event of the calling use case accounts for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ejournal.errors import Duplicate
from ejournal.ids import GrantId, InvitationId, PersonId, RequestId
from ejournal.model.access import Grant, Invitation
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.letters import LetterKind
from ejournal.model.permissions import Role, rights_of
from ejournal.store.outbox import queue
from ejournal.store.units import SchoolUnit

__all__ = ["call_off", "call_off_request", "offer", "write_to"]


def offer(
    unit: SchoolUnit,
    role: Role,
    *,
    name: PersonName,
    address: Email,
    school: str,
    person: PersonId | None = None,
    request: RequestId | None = None,
) -> Invitation:
    """Make a grant with the rights of the role, an invitation to take it up, and its letter.

    Raises `Duplicate`, before anything is written, while another invitation waits at that address
    in this school; one that has expired gives way to the new.
    """
    waiting = unit.invitations.pending_for(address)
    if waiting is not None and waiting.is_open(unit.now):
        raise Duplicate("invitation", ("address",), (waiting.id,))
    if waiting is not None:
        call_off(unit, waiting)
    grant = unit.grants.add(
        Grant(GrantId(unit.new_id()), role, rights_of(role), None, person, unit.now)
    )
    invitation = unit.invitations.add(
        Invitation(
            id=InvitationId(unit.new_id()),
            grant=grant.id,
            name=name,
            address=address,
            generation=1,
            expires_at=unit.now + unit.policies.invitation_term,
            request=request,
        )
    )
    write_to(unit, invitation, school=school)
    return invitation


def write_to(unit: SchoolUnit, invitation: Invitation, *, school: str) -> None:
    """Queue the letter that carries the invitation; its link is computed while it is sent."""
    data = {
        "name": invitation.name.full,
        "school": school,
        "expires_at": invitation.expires_at.isoformat(),
    }
    queue(
        unit,
        LetterKind.INVITATION,
        invitation.address,
        data,
        request=invitation.request,
        invitation=invitation.id,
    )


def call_off(unit: SchoolUnit, invitation: Invitation) -> Invitation:
    """Revoke a pending invitation and end its grant; raises `WrongState` if it is not pending."""
    revoked = unit.invitations.save(invitation.revoked())
    unit.grants.save(unit.grants.get(invitation.grant).ended(unit.now))
    return revoked


def call_off_request(unit: SchoolUnit, request: RequestId) -> Iterator[Invitation]:
    """Call off what still waits for an answer to that request, and yield it."""
    for invitation in list(unit.invitations.pending()):
        if invitation.request == request:
            yield call_off(unit, invitation)
