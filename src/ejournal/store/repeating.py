"""Doing a thing once: the key a caller gives, and the result a repeat is answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from ejournal.codec import shape_of
from ejournal.errors import Missing
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import Aggregate
from ejournal.model.ledger import sealed
from ejournal.store.tables import ENTRIES, ONCE
from ejournal.store.units import Unit

__all__ = ["once"]

R = TypeVar("R")

_BY_NAME: dict[str, Aggregate[Any]] = {aggregate.name: aggregate for aggregate in AGGREGATES}
_BY_CLASS: dict[type, Aggregate[Any]] = {aggregate.entity: aggregate for aggregate in AGGREGATES}


def once(unit: Unit, key: str, call: Callable[[], R]) -> R:
    """Return what the first call under that key made, or make it now and remember where it is."""
    chain = unit.chain
    row = next(chain.transaction.select(ENTRIES, chain.school, ONCE, (key,)), None)
    if row is not None:
        first: R = _first_result(unit, text=str(row[1][5]), hashed=str(row[1][4]))
        return first
    made = call()
    if made is None:
        chain.name(key, None)
        return made
    shape = shape_of(_BY_CLASS[type(made)])
    address = shape.table.pick(shape.row(made), shape.table.key)
    chain.name(key, (shape.aggregate.name, shape.spelled_key(address)))
    return made


def _first_result(unit: Unit, *, text: str, hashed: str) -> Any:  # noqa: ANN401 - as the key says
    result = sealed(text, hashed).result
    if result is None:
        return None
    kind, spelled = result
    shape = shape_of(_BY_NAME[kind])
    address = shape.parsed_key(spelled)
    row = unit.chain.transaction.read(shape.table, unit.chain.school, address)
    if row is None:
        raise Missing(kind, address)
    return shape.entity(row)
