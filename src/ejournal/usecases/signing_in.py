"""From a proved identity to a cabinet: whose account it is and where that account may enter.

Proving it is the work of an `Identity`; what may be done inside a cabinet is the work of the
permission table.
"""

from __future__ import annotations

from ejournal.errors import AlreadyBound, Forbidden, NotAllowedHere
from ejournal.ids import GrantId
from ejournal.model.access import (
    Account,
    Actor,
    AuthorityGrant,
    Binding,
    Cabinet,
    IdentityBound,
    InstituteFounded,
    Verified,
)
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.permissions import Role
from ejournal.store import RegistryUnit
from ejournal.store.accounts import bound_account

__all__ = ["account_of", "bind", "cabinets", "enter", "found_institute"]


def account_of(unit: RegistryUnit, verified: Verified) -> Account | None:
    """Return the account that the identity opens, or None for a stranger."""
    binding = unit.bindings.of(verified)
    return None if binding is None else unit.accounts.get(binding.account)


def cabinets(unit: RegistryUnit, account: Account) -> tuple[Cabinet, ...]:
    """Return the cabinets the person may enter now, those outside schools first.

    Each stands once, however many grants in force lead to it. An invitation that was not
    accepted leads nowhere yet. It refuses nothing.
    """
    outside = (
        Cabinet(grant.role, authority=grant.authority)
        for grant in unit.authority_grants.of_account(account.id)
        if grant.holds(unit.now)
    )
    inside = (
        Cabinet(grant.role, school, grant.person)
        for school, grant in unit.school_grants.of_account(account.id)
        if grant.holds(unit.now)
    )
    return tuple(dict.fromkeys((*outside, *inside)))


def enter(unit: RegistryUnit, account: Account, cabinet: Cabinet) -> Actor:
    """Return who acts once the person has chosen that cabinet.

    Raises `Forbidden` for a cabinet the account holds no grant in force for. The grant is looked
    at again with every act, so a right that ends meanwhile ends for the actor too.
    """
    actor = Actor(account.id, cabinet)
    if cabinet not in cabinets(unit, account):
        raise Forbidden(str(actor), "enter", "no-grant")
    return actor


def bind(unit: RegistryUnit, account: Account, verified: Verified) -> Binding:
    """Let one more identity open the account, and return the binding.

    Binding it again to the same account changes nothing. Raises `AlreadyBound` if the identity
    opens another account, or if this account is opened by another identity of the same scheme;
    `Forbidden` if a person acts and the account is not theirs.
    """
    if isinstance(unit.actor, Actor) and unit.actor.account != account.id:
        raise Forbidden(str(unit.actor), "bind", "another-account")
    bound = unit.bindings.of(verified)
    if bound is not None and bound.account == account.id:
        return bound
    if bound is not None:
        raise AlreadyBound("identity")
    if unit.bindings.find((account.id, verified.scheme)) is not None:
        raise AlreadyBound("account")
    kept = unit.bindings.add(Binding(account.id, verified.scheme, verified.subject, unit.now))
    unit.record(IdentityBound(account.id, verified.scheme))
    return kept


def found_institute(
    unit: RegistryUnit, *, name: PersonName, email: Email, verified: Verified
) -> Actor:
    """Make the first operator of the institute, from whom every other right descends.

    It is the one act that needs no right, so it is possible once: raises `NotAllowedHere` if
    there is, or ever was, an operator.
    """
    if next(unit.authority_grants.of_role(Role.TECH_ADMIN), None) is not None:
        raise NotAllowedHere(email.text, "had-one-already")
    account = bound_account(unit, verified, name=name, email=email)
    grant = unit.authority_grants.add(
        AuthorityGrant(GrantId(unit.new_id()), Role.TECH_ADMIN, account.id, None, unit.now)
    )
    unit.record(InstituteFounded(account.id, grant.id))
    return Actor(account.id, Cabinet(grant.role))
