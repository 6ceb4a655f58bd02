"""Databases whose every statement is watched, opened anew by each forked writer."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Protocol, Self

import psycopg
import sqlalchemy as sa
from pymongo import MongoClient
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)
from worked_school import NOW

from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.store import Store


class Watcher(Protocol):
    """Who is told of each statement."""

    def before(self, statement: str) -> None:
        """Hear what is going to be executed."""

    def inside(self) -> None:
        """Hear that a transaction is open."""

    def committing(self) -> None:
        """Hear that a commit is going to be sent."""


WATCHING: list[Watcher] = []


@contextmanager
def watched(statement: str) -> Iterator[None]:
    """Tell who watches of a statement before it is executed, and after."""
    watching = () if statement.startswith("PRAGMA") else tuple(WATCHING)
    for watcher in watching:
        watcher.before(statement.split(" WHERE", maxsplit=1)[0])
    yield
    for watcher in watching:
        watcher.inside()


def _commits(_: object) -> None:
    for watcher in WATCHING:
        watcher.committing()


class Opener(Protocol):
    """Opens one database again and again, and leaves nothing open in between."""

    now: datetime

    def create(self) -> None:
        """Create what the store keeps its rows in."""

    def opened(self) -> AbstractContextManager[Store]:
        """Open the store for a block, in which its clock stands at `now`."""

    def settle(self) -> None:
        """Wait until nothing is left of whoever died, and fail where the storage is damaged."""


class _SqlOpener:
    """Keeps one engine, so that statements are compiled once."""

    def __init__(self, engine: sa.Engine) -> None:
        self.now = NOW
        sa.event.listen(engine, "commit", _commits)
        self.store = SqlStore(engine, clock=lambda: self.now)

    def create(self) -> None:
        with self.opened():
            self.store.create_tables()

    @contextmanager
    def opened(self) -> Iterator[Store]:
        try:
            yield self.store
        finally:
            self.store.dispose()


class WatchedCursor(sqlite3.Cursor):
    def execute(self, text: str, values: Any = (), /) -> Self:  # noqa: ANN401 - sqlite3's
        with watched(text):
            return super().execute(text, values)


class WatchedConnection(sqlite3.Connection):
    def cursor(self, factory: Any = WatchedCursor, /) -> Any:  # noqa: ANN401 - sqlite3's
        return super().cursor(factory)


class SqliteOpener(_SqlOpener):
    def __init__(self, address: str) -> None:
        told = {"factory": WatchedConnection}
        super().__init__(
            configure_sqlite(sa.create_engine(f"sqlite:///{address}", connect_args=told))
        )

    def settle(self) -> None:
        with self.store.engine.connect() as connection:
            assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"


class WatchedPsycopgCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *given: Any, **options: Any) -> Self:  # noqa: ANN401 - psycopg's
        with watched(str(query)):
            return super().execute(query, *given, **options)


class PostgresOpener(_SqlOpener):
    def __init__(self, address: str) -> None:
        told = {"cursor_factory": WatchedPsycopgCursor}
        super().__init__(sa.create_engine(address, connect_args=told))

    def settle(self) -> None:
        engine = self.store.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            wait_until(lambda: connection.scalar(_OTHERS) == 0)


_OTHERS = sa.text("""SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND backend_type = 'client backend' AND state <> 'idle'""")


class _Commands(CommandListener):
    """Hears each command of a transaction as another database's statement."""

    _inside = False

    def started(self, event: CommandStartedEvent) -> None:
        self._inside = event.command.get("autocommit") is False
        if event.command_name == "commitTransaction":
            _commits(event)
        elif self._inside:
            for watcher in WATCHING:
                watcher.before(f"{event.command_name} {event.command[event.command_name]}")

    def succeeded(self, _: CommandSucceededEvent) -> None:
        if self._inside:
            for watcher in WATCHING:
                watcher.inside()

    def failed(self, _: CommandFailedEvent) -> None:
        """What failed opened nothing."""


class MongoOpener:
    """Makes a client each time: none may be carried over a fork."""

    def __init__(self, address: str) -> None:
        self.now = NOW
        self._address = address
        self._client: MongoClient[dict[str, Any]] | None = None

    def create(self) -> None:
        with self.opened() as store:
            store.create_collections()

    @contextmanager
    def opened(self) -> Iterator[MongoStore]:
        with MongoClient[dict[str, Any]](self._address, event_listeners=[_Commands()]) as client:
            self._client = client
            yield MongoStore(client.get_default_database(), clock=lambda: self.now)

    def settle(self) -> None:
        """Let the server end the transactions of the dead; it would by itself, a minute later."""
        assert self._client is not None
        admin = self._client.admin

        def ended() -> bool:
            # What a dead client has sent may be read after its other sessions were ended.
            admin.command("killAllSessions", [])
            return not list(admin.aggregate(_OPEN_TRANSACTIONS))

        wait_until(ended)


_OPEN_TRANSACTIONS: list[dict[str, Any]] = [
    {"$currentOp": {"allUsers": True, "idleSessions": True}},
    {"$match": {"transaction": {"$exists": True}}},
]


def wait_until(done: Callable[[], bool], seconds: float = 30) -> None:
    late = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < late
        time.sleep(0.002)


OPENERS: Mapping[str, Callable[[str], Opener]] = {
    "sqlite": SqliteOpener,
    "postgresql": PostgresOpener,
    "mongodb": MongoOpener,
}
