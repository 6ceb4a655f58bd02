"""Signing in at the command line, and choosing the cabinet to act from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from attrs import define

from ejournal.adapters.passwords import PasswordClaim, Passwords
from ejournal.errors import NotAllowedHere, Refusal
from ejournal.ids import spell_id
from ejournal.model.access import Account, Actor, Cabinet, System, Verified
from ejournal.plugins import Plugins
from ejournal.ports import Denied
from ejournal.store import Store
from ejournal.usecases.signing_in import account_of, cabinets

__all__ = [
    "DOOR",
    "ChooseCabinet",
    "SignInDenied",
    "cabinet_name",
    "choose",
    "passwords_of",
    "proved",
    "signed_in",
]

DOOR = System("sign-in")


@define
class SignInDenied(Refusal):
    """Nobody was identified; after too many attempts none is tried for `wait` seconds."""

    code: ClassVar[str] = "sign-in-denied"
    texts: ClassVar[tuple[str, str]] = (
        "the e-mail or the password is wrong; seconds until the next attempt: {wait}",
        "неправильна пошта або пароль; секунд до наступної спроби: {wait}",
    )
    wait: int


@define
class ChooseCabinet(Refusal):
    """The account may enter several cabinets, or none of that name; `offered` are those it may."""

    code: ClassVar[str] = "choose-cabinet"
    texts: ClassVar[tuple[str, str]] = (
        "choose a cabinet with --cabinet: {offered}",
        "виберіть кабінет через --cabinet: {offered}",
    )
    offered: str


def passwords_of(plugins: Plugins, store: Store) -> Passwords:
    """Return the password identity at work on the store; raises `NotAllowedHere` for another."""
    identity = plugins.identity("password", store)
    if not isinstance(identity, Passwords):
        raise NotAllowedHere("identity password", type(identity).__name__)
    return identity


def proved(identity: Passwords, login: str, password: str) -> Verified:
    """Return who knows the password of the login; raises `SignInDenied`."""
    answer = identity.identify(PasswordClaim(login, password))
    if isinstance(answer, Denied):
        raise SignInDenied(answer.wait)
    return answer


def signed_in(store: Store, verified: Verified) -> tuple[Account, tuple[Cabinet, ...]]:
    """Return the account and the cabinets it may enter; `SignInDenied` if it opens none."""
    with store.browsing(DOOR) as unit:
        account = account_of(unit, verified)
        if account is None:
            raise SignInDenied(0)
        return account, cabinets(unit, account)


def choose(account: Account, offered: Sequence[Cabinet], wanted: str) -> Actor:
    """Return who acts, in the only cabinet or the one `wanted` names.

    A cabinet is called by its role, or by role and place as in `director@0CXYZ…`: the place is a
    school's or an authority's identifier. Raises `ChooseCabinet`.
    """
    role, _, place = wanted.partition("@")
    fitting = [
        cabinet
        for cabinet in offered
        if (not role or cabinet.role.value == role) and (not place or _place(cabinet) == place)
    ]
    if len(fitting) != 1:
        raise ChooseCabinet(", ".join(map(cabinet_name, offered)) or "-")
    return Actor(account.id, fitting[0])


def cabinet_name(cabinet: Cabinet) -> str:
    """Return what `choose` finds the cabinet by."""
    place = _place(cabinet)
    return f"{cabinet.role.value}@{place}" if place else cabinet.role.value


def _place(cabinet: Cabinet) -> str:
    number = cabinet.school or cabinet.authority
    return "" if number is None else spell_id(number)
