"""Whose account a proved identity opens; what signing in and accepting an invitation share."""

from __future__ import annotations

from ejournal.ids import AccountId
from ejournal.model.access import Account, AccountOpened, Binding, Verified
from ejournal.model.identifiers import Email, PersonName
from ejournal.store.units import RegistryUnit

__all__ = ["bound_account"]


def bound_account(
    unit: RegistryUnit, verified: Verified, *, name: PersonName, email: Email
) -> Account:
    """Return the account the identity is bound to, or open one for it and bind it.

    An opened account is accounted for here, by `AccountOpened` in the registry's chain. Accounts
    are never joined by e-mail: another provider's word for an address is not proof that the
    person is the same, so a new identity with a known address opens an account of its own.
    `name` and `email` are what a new account is opened with; an existing one keeps its own.
    """
    binding = unit.bindings.of(verified)
    if binding is not None:
        return unit.accounts.get(binding.account)
    account = unit.accounts.add(Account(AccountId(unit.new_id()), name, email, unit.now))
    unit.bindings.add(Binding(account.id, verified.scheme, verified.subject, unit.now))
    unit.record(AccountOpened(account.id, verified.scheme))
    return account
