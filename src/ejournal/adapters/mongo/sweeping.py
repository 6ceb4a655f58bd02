"""Writing documents of older shapes anew, a few at a time."""

from __future__ import annotations

from typing import Any

from pymongo import ReplaceOne
from pymongo.collection import Collection

from ejournal.adapters.mongo.documents import SHAPE, Layout

__all__ = ["swept"]


def swept(layout: Layout, collection: Collection[dict[str, Any]], batch: int) -> int:
    """Write each document of an older shape in the newest one, and say how many there were.

    What somebody wrote meanwhile is passed over: it is in its writer's newest shape.
    """
    older: dict[str, Any] = {SHAPE: {"$not": {"$gte": layout.shape}}}
    count = 0
    while found := collection.find(older, sort=[("_id", 1)], hint="_id_", limit=batch).to_list():
        older["_id"] = {"$gt": found[-1]["_id"]}
        replacements = [_replacement(layout, document) for document in found]
        count += collection.bulk_write(replacements, ordered=False).matched_count
    return count


def _replacement(layout: Layout, document: dict[str, Any]) -> ReplaceOne[dict[str, Any]]:
    compared = (SHAPE, layout.table.version)
    as_read = {name: document.get(name) for name in compared if name is not None}
    address = document["_id"]
    upcast = layout.upcast(document)
    return ReplaceOne({"_id": address, **as_read}, {**upcast, "_id": address})
