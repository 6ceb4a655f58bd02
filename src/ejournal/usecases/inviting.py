"""Invitations and the roles they open: sent again, taken back, ended, brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from attrs import frozen

from ejournal.authority import require
from ejournal.errors import (
    AlreadyBound,
    Forbidden,
    Invalid,
    NotAllowedHere,
    TokenRefused,
    WrongState,
)
from ejournal.ids import GrantId, GuardianId, InvitationId, PersonId, PupilId, StaffId
from ejournal.model.access import (
    Account,
    Actor,
    Grant,
    Invitation,
    InvitationState,
    Verified,
    acting_account,
    carried_by,
)
from ejournal.model.connection import Command, RequestActivated
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.invitations import (
    GrantEnded,
    InvitationAccepted,
    InvitationResent,
    InvitationRevoked,
    PersonInvited,
    RightsRenewed,
)
from ejournal.model.permissions import OUTSIDE_SCHOOLS, Action, Role
from ejournal.model.school import School
from ejournal.model.tokens import proves, read_token
from ejournal.ports import Resend
from ejournal.store.accounts import bound_account
from ejournal.store.invitations import call_off, offer, write_to
from ejournal.store.units import RegistryUnit, SchoolUnit

__all__ = [
    "OpenInvitation",
    "accept",
    "end_grant",
    "invite",
    "open_invitation",
    "renew_rights",
    "resend",
    "revoke",
]


@frozen
class OpenInvitation:
    """What a person sees before deciding to accept."""

    invitation: Invitation
    role: Role
    school: School


def open_invitation(unit: RegistryUnit, token: str, key: bytes) -> OpenInvitation:
    """Return what a link offers; it asks for no right, because the token is one.

    Raises `TokenRefused`: to a stranger without saying why, to the holder of the right token with
    the reason that it was accepted, revoked or has expired.
    """
    school_id, invitation_id, _ = read_token(token)
    school = unit.reading(school_id)
    invitation = _proved(school, invitation_id, token, key)
    if not invitation.is_open(unit.now):
        raise TokenRefused(invitation.obstacle(unit.now))
    role = school.grants.get(invitation.grant).role
    return OpenInvitation(invitation, role, school.schools.get(school_id))


def accept(unit: RegistryUnit, token: str, verified: Verified, key: bytes) -> Account:
    """Give the proved identity what the invitation offers, and return its account.

    An identity that opens nothing yet gets an account under the invitation's name and address.
    Accepting again with the same identity changes nothing. The request that led here and its
    school become activated. It asks for no right, because the token is one.

    Raises `TokenRefused` like `open_invitation`, and `AlreadyBound` where another identity has
    accepted.
    """
    school_id, invitation_id, _ = read_token(token)
    _proved(unit.reading(school_id), invitation_id, token, key)
    # Only now is the school's head taken: a stranger's token must not make a school wait.
    school = unit.school(school_id)
    invitation = _proved(school, invitation_id, token, key)
    if invitation.state is InvitationState.ACCEPTED:
        return _accepted_before(unit, invitation, verified)
    if not invitation.is_open(unit.now):
        raise TokenRefused(invitation.obstacle(unit.now))
    account = bound_account(unit, verified, name=invitation.name, email=invitation.address)
    _take_up(school, invitation, account)
    _activate(unit, invitation, account)
    return account


def _proved(unit: SchoolUnit, invitation: InvitationId, token: str, key: bytes) -> Invitation:
    found = unit.invitations.find(invitation)
    if found is None or not proves(key, unit.id, found, token):
        raise TokenRefused("unknown")
    return found


def _accepted_before(unit: RegistryUnit, invitation: Invitation, verified: Verified) -> Account:
    binding = unit.bindings.of(verified)
    if binding is None or binding.account != invitation.account:
        raise AlreadyBound("invitation")
    return unit.accounts.get(binding.account)


def _take_up(unit: SchoolUnit, invitation: Invitation, account: Account) -> None:
    unit.invitations.save(invitation.accepted(account.id, unit.now))
    unit.grants.save(unit.grants.get(invitation.grant).given_to(account.id))
    school = unit.schools.get(unit.id)
    if school.activated() != school:
        unit.schools.save(school.activated())
    unit.record(InvitationAccepted(invitation.id, invitation.grant, account.id))


def _activate(unit: RegistryUnit, invitation: Invitation, account: Account) -> None:
    if invitation.request is None:
        return
    request = unit.requests.get(invitation.request)
    if request.may(Command.ACTIVATE):
        unit.requests.save(request.activated())
        unit.record(RequestActivated(request.id, account.id))


def invite(
    unit: SchoolUnit,
    *,
    name: PersonName,
    address: Email,
    role: Role,
    person: PersonId | None = None,
) -> Invitation:
    """Offer a person a role in the school, with its rights, and return the invitation.

    A teacher, pupil or parent is invited as `person`, who must be in the school: raises `Missing`
    otherwise, and `Invalid` where nobody is named. Raises `Duplicate` while another invitation
    waits at the address, `NotAllowedHere` for a role that is not held in schools, and `Forbidden`
    where the role is the head's and it is not the head or the institute that invites (rule 93).
    """
    require(unit, Action.INVITE)
    _refuse_stranger(unit, role, person)
    _reserved_to_the_head(unit, role)
    school = unit.schools.get(unit.id)
    invitation = offer(unit, role, name=name, address=address, school=school.name, person=person)
    unit.record(PersonInvited(invitation.id, invitation.grant, role))
    return invitation


_Look = Callable[[SchoolUnit, int], object]


def _as_staff(unit: SchoolUnit, person: int) -> object:
    return unit.staff.get(StaffId(person))


def _as_pupil(unit: SchoolUnit, person: int) -> object:
    return unit.pupils.get(PupilId(person))


def _as_guardian(unit: SchoolUnit, person: int) -> object:
    return unit.guardians.get(GuardianId(person))


_OFFICE = frozenset(
    {Role.DIRECTOR, Role.DEPUTY, Role.SCHOOL_ADMIN, Role.INSPECTOR, Role.API_CLIENT}
)
_PEOPLE: Mapping[Role, _Look] = {
    Role.CLASS_TEACHER: _as_staff,
    Role.SUBJECT_TEACHER: _as_staff,
    Role.CO_TEACHER: _as_staff,
    Role.SUBSTITUTE: _as_staff,
    Role.PUPIL: _as_pupil,
    Role.PARENT: _as_guardian,
}


def _refuse_stranger(unit: SchoolUnit, role: Role, person: PersonId | None) -> None:
    if role in _OFFICE:
        if person is not None:
            _as_staff(unit, person)
        return
    if role not in _PEOPLE:
        raise NotAllowedHere(role.value, "not-a-school-role")
    if person is None:
        raise Invalid("person", "", "absent")
    _PEOPLE[role](unit, person)


def _reserved_to_the_head(unit: SchoolUnit, role: Role) -> None:
    acting = unit.actor.cabinet.role if isinstance(unit.actor, Actor) else None
    if role is Role.DIRECTOR and acting not in {Role.DIRECTOR, Role.TECH_ADMIN}:
        raise Forbidden(str(unit.actor), Action.INVITE.value, "reserved-to-head")


def resend(
    unit: SchoolUnit, invitation_id: InvitationId, *, how: Resend | None = None
) -> Invitation:
    """Send an invitation again with a new term, and return it.

    The policy says whether the link stays or a new one makes earlier letters useless; `how`
    decides this once. Raises `WrongState` unless the invitation is pending.
    """
    require(unit, Action.INVITE)
    rotated = (how or unit.policies.resend) is Resend.ROTATE
    expires_at = unit.now + unit.policies.invitation_term
    renewed = unit.invitations.get(invitation_id).renewed(expires_at, rotated=rotated)
    kept = unit.invitations.save(renewed)
    write_to(unit, kept, school=unit.schools.get(unit.id).name)
    unit.record(InvitationResent(kept.id, rotated))
    return kept


def revoke(unit: SchoolUnit, invitation_id: InvitationId) -> Invitation:
    """Take an offer back and end its grant.

    Raises `WrongState` unless it is pending, and `Forbidden` like `invite` where the role is the
    head's.
    """
    require(unit, Action.INVITE)
    invitation = unit.invitations.get(invitation_id)
    _reserved_to_the_head(unit, unit.grants.get(invitation.grant).role)
    kept = call_off(unit, invitation)
    unit.record(InvitationRevoked(kept.id, kept.grant))
    return kept


def end_grant(unit: SchoolUnit, grant_id: GrantId) -> Grant:
    """Take a role from who holds it, from now on, and return the ended grant.

    Raises `WrongState` for a grant that has ended or waits for its invitation, which is revoked
    instead, and `Forbidden` like `invite` where the role is the head's.
    """
    require(unit, Action.INVITE)
    grant = unit.grants.get(grant_id)
    _reserved_to_the_head(unit, grant.role)
    if grant.account is None or not grant.holds(unit.now):
        raise WrongState("grant", "not held", "end")
    kept = unit.grants.save(grant.ended(unit.now))
    unit.record(GrantEnded(kept.id))
    return kept


def renew_rights(unit: SchoolUnit, role: Role, acts: Iterable[Action]) -> tuple[Grant, ...]:
    """Add acts that a newer release gives a role to its grants in the school, and return those.

    `acts` are all that the role has gained since the grants were made. A grant that would lack
    others of its role even so was narrowed on purpose, or is older still: it stays as it is, and so
    do those that have ended or that the actor holds. Done again it changes nothing. Raises
    `NotAllowedHere` for an act that the role does not carry, and a role that is not held in
    schools.
    """
    require(unit, Action.RENEW_RIGHTS)
    if role in OUTSIDE_SCHOOLS:
        raise NotAllowedHere(role.value, "not-a-school-role")
    added, own = carried_by(role, acts), acting_account(unit.actor)
    standing = [each for each in unit.grants.all() if each.role is role and each.holds(unit.now)]
    renewed = [(each, each.renewed(added)) for each in standing if each.account != own]
    kept = tuple(unit.grants.save(after) for before, after in renewed if before != after)
    if kept:
        unit.record(RightsRenewed(role, added, len(kept)))
    return kept
