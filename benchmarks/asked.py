"""What a store asks of its database, and how many rows the database looks at for the answer."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import sqlalchemy as sa
from attrs import define, frozen
from pymongo import MongoClient
from pymongo.database import Database as Documents
from pymongo.monitoring import CommandListener

from benchmarks.databases import Database, raw_psycopg, raw_sqlite
from benchmarks.school import NOW
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore

__all__ = ["Asked", "Watched", "watching"]

_OURS = "ejournal_"


class Asked(ABC):
    """One statement."""

    @abstractmethod
    def rows(self) -> tuple[int, int]:
        """Ask again; return how many rows were looked at and given, none by what only writes."""


Watched: TypeAlias = tuple[SqlStore | MongoStore, Callable[[], AbstractContextManager[list[Asked]]]]
"""A store, and what gives the statements that it puts to its database within a block."""


@contextmanager
def watching(database: Database) -> Iterator[Watched]:
    """Open another store on the same database; statements that touch no table do not count."""
    if isinstance(database.store, MongoStore):
        with _watching_mongo(database.store.database) as watched:
            yield watched
    else:
        store = SqlStore.open(
            database.engine.url.render_as_string(hide_password=False), clock=lambda: NOW
        )
        try:
            yield store, lambda: _put_to(store.engine, database.file)
        finally:
            store.dispose()


@contextmanager
def _put_to(engine: sa.Engine, file: Path | None) -> Iterator[list[Asked]]:
    """Collect what goes through the driver's connections, which the store speaks to directly."""
    found: list[Asked] = []

    class Cursor(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **more: Any) -> Any:
            if _OURS in str(query):
                found.append(_OnPostgres(engine, str(query), params))
            return super().execute(query, params, **more)

    def trace(text: str) -> None:
        if file and _OURS in text:
            found.append(_OnSqlite(file, text))

    def taken(driver: Any, *_: object) -> None:
        if file:
            driver.set_trace_callback(trace)
        else:
            driver.cursor_factory = Cursor

    def given_back(driver: Any, *_: object) -> None:
        if file:
            driver.set_trace_callback(None)
        else:
            driver.cursor_factory = psycopg.Cursor

    sa.event.listen(engine, "checkout", taken)
    sa.event.listen(engine, "checkin", given_back)
    try:
        yield found
    finally:
        sa.event.remove(engine, "checkout", taken)
        sa.event.remove(engine, "checkin", given_back)


@frozen
class _OnSqlite(Asked):
    """A statement with its values in it.

    A condition that is put in front is asked for each row that the index comes to.
    """

    file: Path
    text: str

    def rows(self) -> tuple[int, int]:
        if not self.text.startswith("SELECT"):
            return 0, 0
        looked_at = 0

        def look() -> bool:
            nonlocal looked_at
            looked_at += 1
            return True

        with raw_sqlite(self.file) as connection:
            connection.create_function("looked_at", 0, look)
            counting = self.text.replace(" WHERE ", " WHERE looked_at() AND ", 1)
            if _plan(connection, counting) != _plan(connection, self.text):
                raise ValueError(self.text)
            given = connection.execute(counting).fetchall()
        return looked_at, len(given)


def _plan(connection: sqlite3.Connection, text: str) -> list[str]:
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}")]


@frozen
class _OnPostgres(Asked):
    engine: sa.Engine
    text: str
    values: Any

    def rows(self) -> tuple[int, int]:
        if not self.text.startswith("SELECT"):
            return 0, 0
        with raw_psycopg(self.engine) as driver, driver.transaction():
            explained = "EXPLAIN (ANALYZE, FORMAT JSON) " + self.text
            ((((told,),),),) = [driver.execute(explained, self.values).fetchall()]
        plan = told["Plan"]
        return _looked_at(plan), round(plan["Actual Rows"] * plan["Actual Loops"])


_LOOKED_AT = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")


def _looked_at(node: Mapping[str, Any]) -> int:
    own = round(sum(node.get(name, 0) for name in _LOOKED_AT) * node["Actual Loops"])
    inner = sum(map(_looked_at, node.get("Plans", ())))
    return inner + (own if "Relation Name" in node else 0)


@contextmanager
def _watching_mongo(documents: Documents[dict[str, Any]]) -> Iterator[Watched]:
    host, port = documents.client.address or ("", 0)
    replica_set = documents.client.topology_description.replica_set_name
    listener = _Listener(documents)
    with MongoClient[dict[str, Any]](
        host, port, replicaSet=replica_set, event_listeners=[listener]
    ) as client:
        yield MongoStore(client[documents.name], clock=lambda: NOW), listener.collecting


@frozen
class _OnMongo(Asked):
    documents: Documents[dict[str, Any]]
    command: Mapping[str, Any]

    def rows(self) -> tuple[int, int]:
        if "find" not in self.command:
            return 0, 0
        asked = {name: self.command[name] for name in self.command if name in _ASKED}
        told = self.documents.command("explain", asked, verbosity="executionStats")
        stats = told["executionStats"]
        return stats["totalDocsExamined"], stats["nReturned"]


_ASKED = ("find", "filter", "sort", "projection", "hint", "limit", "singleBatch", "batchSize")
_COUNTED = {"find", "aggregate", "getMore", "insert", "update", "delete", "findAndModify"}


@define
class _Listener(CommandListener):
    documents: Documents[dict[str, Any]]
    _found: list[Asked] | None = None

    @contextmanager
    def collecting(self) -> Iterator[list[Asked]]:
        self._found = []
        try:
            yield self._found
        finally:
            self._found = None

    def started(self, event: Any) -> None:
        if self._found is not None and event.command_name in _COUNTED:
            self._found.append(_OnMongo(self.documents, dict(event.command)))

    def succeeded(self, event: Any) -> None:
        """Expect nothing of the answer."""

    def failed(self, event: Any) -> None:
        """Expect nothing of the answer."""
