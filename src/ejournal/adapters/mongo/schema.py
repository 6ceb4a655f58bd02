"""What has to be there before the first unit: collections, indexes, and word of the format.

Nothing here runs unless it is called, and declaring needs no server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen
from pymongo.database import Database

from ejournal.adapters.mongo.documents import CHAIN, Layout, stands_in_front_of_key
from ejournal.errors import SchemaMismatch
from ejournal.model.ledger import FORMAT
from ejournal.ports import Table
from ejournal.store.stores import tables

__all__ = ["TURNS", "Index", "collection_names", "create", "expect", "indexes", "shard_commands"]

TURNS = "turn"
"""The collection in which a school without a head yet counts who takes its turn."""

_SCHEMA = "schema"
_FORMAT = {"_id": "format"}


@frozen
class Index:
    """One index of one collection, as the driver's `create_index` takes it."""

    collection: str
    keys: tuple[tuple[str, int], ...]
    options: Mapping[str, Any] = field(factory=dict)


def collection_names(prefix: str) -> list[str]:
    """Return every collection under a prefix, those of rows first."""
    return [prefix + name for name in (*(table.name for table in tables()), TURNS, _SCHEMA)]


def indexes(prefix: str) -> list[Index]:
    """Return the indexes beside those of `_id`, which every collection has by itself."""
    return [
        Index(prefix + table.name, keys, options)
        for table in tables()
        for keys, options in _indexes_of(Layout(table))
    ]


def shard_commands(prefix: str, database: str) -> list[dict[str, Any]]:
    """Return the administrator's commands that spread the collections by school.

    Equal addresses are of one school, so they meet on one shard, where `_id` is unique.
    """
    names = collection_names(prefix)
    return [
        {"shardCollection": f"{database}.{name}", "key": {CHAIN: 1}}
        for name in names
        if name != prefix + _SCHEMA
    ]


def create(database: Database[dict[str, Any]], prefix: str) -> None:
    """Create what is missing; what is there stays as it is."""
    there = _present(database, prefix)
    for name in collection_names(prefix):
        if name not in there:
            database.create_collection(name)
    for index in indexes(prefix):
        database[index.collection].create_index(list(index.keys), **index.options)
    database[prefix + _SCHEMA].update_one(
        _FORMAT, {"$setOnInsert": {"number": FORMAT}}, upsert=True
    )


def expect(database: Database[dict[str, Any]], prefix: str) -> None:
    """Raise `SchemaMismatch` unless everything is there, in the format that is read."""
    missing = sorted(set(collection_names(prefix)) - _present(database, prefix))
    if missing:
        raise SchemaMismatch(f"without {', '.join(missing)}", "its collections")
    noted = database[prefix + _SCHEMA].find_one(_FORMAT) or {}
    if noted.get("number") != FORMAT:
        raise SchemaMismatch(f"format {noted.get('number')}", f"format {FORMAT}")


def _present(database: Database[dict[str, Any]], prefix: str) -> set[str]:
    wanted = collection_names(prefix)
    return set(database.list_collection_names(filter={"name": {"$in": wanted}}))


def _indexes_of(layout: Layout) -> Iterator[tuple[tuple[tuple[str, int], ...], dict[str, Any]]]:
    """Yield keys and options; what begins another index needs none of its own."""
    table = layout.table
    for group in table.unique:
        paths = (CHAIN, *map(layout.path, group))
        yield _ascending(paths), {"name": "_".join(("chain", *group)), **_unique(table, group)}
    wanted = _asked_for(layout)
    for name, paths in wanted.items():
        others = [other for other in wanted.values() if other != paths]
        others += [(CHAIN, *map(layout.path, group)) for group in table.unique]
        if not any(other[: len(paths)] == paths for other in others):
            yield _ascending(paths), {"name": name}


def _asked_for(layout: Layout) -> dict[str, tuple[str, ...]]:
    wanted: dict[str, tuple[str, ...]] = {}
    for lookup in layout.table.lookups:
        paths = tuple(map(layout.path, lookup.fields))
        if not stands_in_front_of_key(layout.table, lookup):
            wanted["_".join(("chain", *lookup.fields))] = (CHAIN, *paths)
        if lookup.across:
            wanted["_".join(lookup.fields)] = paths
    return {name: paths for name, paths in wanted.items() if paths not in ((), (CHAIN,))}


def _unique(table: Table, group: tuple[str, ...]) -> dict[str, Any]:
    """Rows without a value in a group collide with nobody, so such an index passes over them."""
    optional = [name for name in group if table.slots[table.place(name)].optional]
    if not optional:
        return {"unique": True}
    present = {name: {"$exists": True} for name in optional}
    return {"unique": True, "partialFilterExpression": present}


def _ascending(paths: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    return tuple((path, 1) for path in paths)
