"""The storages that tests run over, with the clock and the identifiers of a fixed day.

The fixtures `store` and `clock` reach every test module through `conftest.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import define
from mongo_stores import Documents, empty
from pymongo import MongoClient

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.ids import IdMaker
from ejournal.ports import Policies
from ejournal.store import Store
from ejournal.store.stores import tables

MONDAY = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)


@define
class Clock:
    """Stands still until it is moved."""

    now: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


def counted_salts() -> Callable[[], str]:
    """Return salts that differ and are the same in every run."""
    numbers = itertools.count(1)
    return lambda: f"{next(numbers):032x}"


@contextmanager
def opened_sql(file: Path, clock: Clock, policies: Policies | None = None) -> Iterator[SqlStore]:
    """Open the database in a file, made when it is not there, and close it at the end."""
    store = SqlStore.open(
        f"sqlite:///{file}", policies=policies, clock=clock, ids=IdMaker(), salts=counted_salts()
    )
    try:
        store.create_tables()
        yield store
    finally:
        store.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_tables(postgres: str) -> Iterator[SqlStore]:
    """The tables of this worker's PostgreSQL database, made once for all its tests."""
    store = SqlStore.open(postgres)
    store.create_tables()
    yield store
    store.dispose()


@contextmanager
def emptied(made: SqlStore) -> Iterator[SqlStore]:
    """Give a store over tables that hold nothing, and leave them so."""
    store = SqlStore(made.engine, made.tables, ids=IdMaker(), salts=counted_salts())
    try:
        yield store
    finally:
        with made.engine.begin() as connection:
            for table in tables():
                connection.execute(made.tables.of(table).delete())


STORES = ("memory", "sqlite", "postgresql", "mongodb")


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Store]:
    match request.param:
        case "memory":
            yield MemoryStore(clock=clock, ids=IdMaker(), salts=counted_salts())
        case "sqlite":
            with opened_sql(tmp_path / "ejournal.db", clock) as opened:
                yield opened
        case "postgresql":
            with emptied(request.getfixturevalue("postgres_tables")) as opened:
                opened.clock = clock
                yield opened
        case "mongodb":
            database: Documents = request.getfixturevalue("furnished")
            yield MongoStore(database, clock=clock, ids=IdMaker(), salts=counted_salts())
            empty(database)


@pytest.fixture
def reopened(store: Store) -> Iterator[Callable[[], Store]]:
    """Open the place of a store once more, over connections of its own."""
    with ExitStack() as stack:

        def opened() -> Store:
            if isinstance(store, MongoStore):
                host, port = store.database.client.address or ("", 0)
                client = stack.enter_context(MongoClient[dict[str, Any]](host, port))
                return MongoStore(client[store.database.name])
            if not isinstance(store, SqlStore):
                raise NotImplementedError(type(store))
            again = SqlStore.open(store.engine.url.render_as_string(hide_password=False))
            stack.callback(again.dispose)
            return again

        yield opened
