"""Databases on MongoDB for tests: the collections are created once and emptied after each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from mongo_server import MongoServer
from pymongo import MongoClient
from pymongo.database import Database
from servers import wanted
from shared_run import Run

from ejournal.adapters.mongo import Guarantee, MongoStore
from ejournal.adapters.mongo.schema import collection_names

Documents: TypeAlias = Database[dict[str, Any]]


@pytest.fixture(scope="session")
def furnished(mongo: str) -> Iterator[Documents]:
    """A database of this worker's own on a replica set, with every collection in it."""
    with MongoClient[dict[str, Any]](mongo) as client:
        yield created(client.get_default_database())


@pytest.fixture(scope="session")
def lone_server() -> Iterator[Documents]:
    """A database on a server that is no member of a set."""
    with (
        wanted(MongoServer(Run.current().new_folder())) as server,
        MongoClient[dict[str, Any]](server.uri) as client,
    ):
        yield created(client["lone"], Guarantee.NO_ROLLBACK)


@pytest.fixture
def database(furnished: Documents) -> Iterator[Documents]:
    """The database on the replica set, without a row in it."""
    yield furnished
    empty(furnished)


@pytest.fixture
def bare(furnished: Documents) -> Iterator[Documents]:
    """A database without a collection in it."""
    name = f"{furnished.name}_bare"
    yield furnished.client[name]
    furnished.client.drop_database(name)


def created(database: Documents, guarantee: Guarantee = Guarantee.TRANSACTIONS) -> Documents:
    MongoStore(database, guarantee=guarantee).create_collections()
    return database


def empty(database: Documents) -> None:
    """Delete all rows where there are any: making collections takes a hundred times as long."""
    first, *others = collection_names("ejournal_")[:-1]
    some: list[dict[str, Any]] = [{"$limit": 1}]
    asked = [*some, {"$project": {"_id": 0, "filled": first}}]
    for name in others:
        told = {"$project": {"_id": 0, "filled": name}}
        asked.append({"$unionWith": {"coll": name, "pipeline": [*some, told]}})
    for found in database[first].aggregate(asked):
        database[found["filled"]].delete_many({})
