"""What has to be there before the first unit: collections, indexes, and word of the format.

Nothing here runs unless it is called, and declaring needs no server.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import attrgetter
from typing import Any

from attrs import field, frozen
from pymongo import IndexModel
from pymongo.database import Database

from ejournal.adapters.mongo.indexing import CHAIN, indexes_of
from ejournal.errors import SchemaMismatch
from ejournal.model.ledger import FORMAT
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
        Index(prefix + table.name, tuple((path, 1) for path in paths), options)
        for table in tables()
        for paths, options in indexes_of(table).items()
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
    for name in sorted(set(collection_names(prefix)) - _present(database, prefix)):
        database.create_collection(name)
    for name, declared in groupby(indexes(prefix), attrgetter("collection")):
        database[name].create_indexes(
            [IndexModel(list(index.keys), **index.options) for index in declared]
        )
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
