"""Which indexes the lookups and unique groups of a table want, and which of them answers what.

A server that is left to choose may walk through every school for the sake of the order, so each
question names its index.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from ejournal.model.declaration import Lookup
from ejournal.ports import Table

__all__ = ["BY_ADDRESS", "CHAIN", "Paths", "index_for", "indexes_of", "path_of"]

Paths: TypeAlias = tuple[str, ...]
"""Where the fields of an index stand in a document, in its order."""

CHAIN = "_id.chain"
"""Where a document says whose it is: a school's identifier, 0 for the registry."""

BY_ADDRESS: Paths = ("_id",)
"""The index that every collection has by itself."""


def path_of(table: Table, name: str) -> str:
    """Return where a slot stands in a document."""
    return f"_id.{name}" if name in table.key else name


def indexes_of(table: Table) -> dict[Paths, Mapping[str, Any]]:
    """Return the indexes beside that of `_id`, with the options of each.

    What begins another index needs none of its own. All but those for questions across schools
    begin with the school.
    """
    found: dict[Paths, Mapping[str, Any]] = {}
    for group in table.unique:
        found[CHAIN, *(path_of(table, name) for name in group)] = _unique(table, group)
    wanted = {
        _wanted(table, lookup, across=across)
        for lookup in table.lookups
        for across in {False, lookup.across}
    }
    for paths in sorted(wanted - found.keys() - {BY_ADDRESS, (CHAIN,), ()}):
        if not any(_begins(paths, other) for other in (wanted | found.keys()) - {paths}):
            found[paths] = {}
    return {paths: {"name": _name(paths), **options} for paths, options in found.items()}


def index_for(table: Table, lookup: Lookup, *, across: bool) -> Paths:
    """Return the index that answers a lookup; none, `()`, for one that asks for everything."""
    wanted = _wanted(table, lookup, across=across)
    if not lookup.fields or wanted == BY_ADDRESS:
        return wanted if lookup.fields else ()
    return next(paths for paths in indexes_of(table) if _begins(wanted, paths))


def _wanted(table: Table, lookup: Lookup, *, across: bool) -> Paths:
    paths = tuple(path_of(table, name) for name in lookup.fields)
    if across:
        return paths
    in_front = len(paths) < len(table.key) and table.key[: len(paths)] == lookup.fields
    if paths and in_front and not lookup.ranged:
        return BY_ADDRESS
    return (CHAIN, *paths)


def _unique(table: Table, group: tuple[str, ...]) -> dict[str, Any]:
    """Rows without a value in a group collide with nobody, so such an index passes over them."""
    optional = [name for name in group if table.slots[table.place(name)].optional]
    if not optional:
        return {"unique": True}
    present = {path_of(table, name): {"$exists": True} for name in optional}
    return {"unique": True, "partialFilterExpression": present}


def _begins(paths: Paths, other: Paths) -> bool:
    return other[: len(paths)] == paths


def _name(paths: Paths) -> str:
    return "_".join(path.removeprefix("_id.") for path in paths)
