"""The databases that works run on, made for the run and gone with it."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from attrs import frozen
from mongo_server import ReplicaSet
from postgres_server import PostgresServer

from benchmarks.school import NOW
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore

__all__ = ["DATABASES", "Database", "machine", "raw_psycopg", "raw_sqlite"]


@frozen
class Database:
    """A store over a database of its own; `file` is SQLite's, `version` is what it says of itself.

    A `served` one is another process.
    """

    name: str
    store: SqlStore | MongoStore
    version: str
    served: bool = False
    file: Path | None = None

    @property
    def engine(self) -> sa.Engine:
        """The connections of one that speaks SQL."""
        if not isinstance(self.store, SqlStore):
            raise TypeError(self.name)
        return self.store.engine

    def settle(self) -> None:
        """Let the database look at what it holds, as one that has been in use for a while."""
        if isinstance(self.store, MongoStore):
            return
        with self.store.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()


@contextmanager
def _sqlite() -> Iterator[Database]:
    with _folder() as folder:
        file = folder / "ejournal.db"
        store = SqlStore.open(f"sqlite:///{file}", clock=lambda: NOW)
        store.create_tables()
        try:
            yield Database("SQLite", store, sqlite3.sqlite_version, file=file)
        finally:
            store.dispose()


@contextmanager
def _postgresql() -> Iterator[Database]:
    with _folder() as folder, PostgresServer(folder / "server") as server:
        store = SqlStore.open(server.url, clock=lambda: NOW)
        store.create_tables()
        try:
            yield Database("PostgreSQL", store, server.version, served=True)
        finally:
            store.dispose()


@contextmanager
def _mongodb() -> Iterator[Database]:
    with _folder() as folder, ReplicaSet.of(1, folder / "set") as server:
        uri = server.uri.replace("/?", "/ejournal?")
        store = MongoStore.open(uri, clock=lambda: NOW)
        store.create_collections()
        try:
            yield Database("MongoDB", store, server.version, served=True)
        finally:
            store.dispose()


DATABASES: dict[str, Callable[[], AbstractContextManager[Database]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mongodb": _mongodb,
}


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder that servers run by other users can get through."""
    with tempfile.TemporaryDirectory(prefix="ejournal-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield folder


@contextmanager
def raw_sqlite(file: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection with the settings that the store's have, and no transactions of its own."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in (
        "busy_timeout=30000",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def raw_psycopg(engine: sa.Engine) -> Iterator[psycopg.Connection[Any]]:
    """Take the driver's own connection out of an engine's pool."""
    pooled = engine.raw_connection()
    driver = pooled.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise TypeError(engine.dialect.name)
    try:
        yield driver
    finally:
        pooled.close()


def machine() -> str:
    """Return what everything ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores, model = os.cpu_count(), models[0] if models else platform.machine()
    return f"{cores} × {model}, {platform.system()}, Python {platform.python_version()}"
