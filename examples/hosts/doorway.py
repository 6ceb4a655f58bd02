"""What every host does at its door: who asks, and what an error becomes."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from ejournal import Actor, EjournalError, Fault, Refusal, System, Verified
from ejournal.store import RegistryUnit
from ejournal.usecases.signing_in import account_of, cabinets

DOOR = System("sign-in")

STATUS = {
    "forbidden": 403,
    "missing": 404,
    "duplicate": 409,
    "nobody-to-tell": 409,
    "stale": 409,
    "stranger": 401,
    "wrong-state": 409,
}
"""Statuses of refusals by their codes; every other refusal is 422."""

RETRIED = {"same": 503, "reload": 504, "no": 500}
"""Statuses of faults by what they say of trying again."""


@define
class Stranger(Refusal):
    """Whoever asks has no account, or no cabinet."""

    code: ClassVar[str] = "stranger"
    texts: ClassVar[tuple[str, str]] = ("sign in first", "спершу увійдіть")


@define
class NobodyToTell(Refusal):
    """The host's own no: the family has left no telephone number."""

    code: ClassVar[str] = "nobody-to-tell"
    texts: ClassVar[tuple[str, str]] = (
        "no telephone number of this family is known",
        "немає номера телефону родини",
    )


def enter(unit: RegistryUnit, login: str) -> Actor:
    """Return who acts for a login that the host has verified, in their first cabinet.

    A host with several cabinets to a person lets the person choose. Raises `Stranger`.
    """
    account = account_of(unit, Verified("sample", login))
    offered = () if account is None else cabinets(unit, account)
    if account is None or not offered:
        raise Stranger
    return Actor(account.id, offered[0])


def answer_to(error: EjournalError) -> tuple[int, dict[str, str], dict[str, str]]:
    """Return the status, the object and the headers that a caller gets for an error."""
    told = {"code": error.code, "retry": error.retry, "message": error.explain("uk")}
    if isinstance(error, Refusal):
        return STATUS.get(error.code, 422), told, {}
    status = RETRIED[error.retry] if isinstance(error, Fault) else 500
    return status, told, {"Retry-After": "1"} if status == RETRIED["same"] else {}
