"""Doing a thing once: the key a caller gives, and the result a repeat is answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ejournal.codec import shape_of
from ejournal.errors import Duplicate, Forbidden, Invalid, Missing
from ejournal.model.access import Actor
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import Aggregate
from ejournal.model.ledger import Entry, check_text, sealed
from ejournal.store.chain import spelled_actor
from ejournal.store.tables import ENTRIES, ONCE
from ejournal.store.units import RegistryUnit, SchoolUnit, grants_held

__all__ = ["once"]

R = TypeVar("R")

_LONGEST = 200

_BY_NAME: dict[str, Aggregate[Any]] = {aggregate.name: aggregate for aggregate in AGGREGATES}
_BY_CLASS: dict[type, Aggregate[Any]] = {aggregate.entity: aggregate for aggregate in AGGREGATES}


def once(unit: SchoolUnit | RegistryUnit, key: str, call: Callable[[], R]) -> R:
    """Return what the first call under that key made, or make it now and remember where it is.

    Raises `Duplicate` where the first call was somebody else's: who knows a key has no right yet
    to see what it made. Raises `Forbidden` where the actor has lost their grant since then, and
    `Invalid` for a key that not every storage can keep.
    """
    _check(key)
    chain = unit.chain
    row = next(chain.transaction.select(ENTRIES, chain.school, ONCE, (key,)), None)
    if row is not None:
        entry = sealed(str(row[1][5]), str(row[1][4]))
        if entry.actor != spelled_actor(unit.actor):
            raise Duplicate("entry", ("once",), (key,))
        if isinstance(unit.actor, Actor) and not any(grants_held(unit, unit.actor)):
            raise Forbidden(str(unit.actor), "repeat", "no-grant")
        first: R = _first_result(unit, entry)
        return first
    made = call()
    if made is None:
        chain.name(key, None)
        return made
    shape = shape_of(_BY_CLASS[type(made)])
    address = shape.table.pick(shape.row(made), shape.table.key)
    chain.name(key, (shape.aggregate.name, shape.spelled_key(address)))
    return made


def _check(key: str) -> None:
    if not 0 < len(key) <= _LONGEST:
        raise Invalid("once", key[:_LONGEST], "length")
    if "\0" in key:
        raise Invalid("once", key, "alphabet")
    check_text(key)


def _first_result(unit: SchoolUnit | RegistryUnit, entry: Entry) -> Any:  # noqa: ANN401 - as the key says
    if entry.result is None:
        return None
    kind, spelled = entry.result
    shape = shape_of(_BY_NAME[kind])
    address = shape.parsed_key(spelled)
    row = unit.chain.transaction.read(shape.table, unit.chain.school, address)
    if row is None:
        raise Missing(kind, address)
    return shape.entity(row)
