"""Servers of a test's own that are killed under their writers, or cut off from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, Protocol

from attrs import define
from own_databases import postgres_database
from postgres_server import PostgresServer
from relay import Relay
from server_process import LOOPBACK
from sqlalchemy import make_url
from worked_school import NOW, furnish

from ejournal.adapters.sql import SqlStore
from ejournal.store import Store


class Struck(Protocol):
    """A server that can be killed, and what stores keep on it."""

    name: ClassVar[str]
    commits: ClassVar[bytes]
    """What stands in a request to commit."""

    def database(self, relay: Relay | None = None) -> AbstractContextManager[Store]:
        """Give a furnished store in a database of its own, reached through a relay if given."""

    def relay(self) -> Relay:
        """Return a line to the server that can be cut."""

    def kill(self) -> None:
        """Kill the server that takes the writes."""

    def mend(self) -> None:
        """Bring back what was killed, and return once writes are taken."""


@define
class StruckPostgres:
    """PostgreSQL: while it is down, nobody takes writes."""

    name: ClassVar[str] = "postgresql"
    commits: ClassVar[bytes] = b"COMMIT\0"
    server: PostgresServer

    @contextmanager
    def database(self, relay: Relay | None = None) -> Iterator[Store]:
        with postgres_database(self.server.url) as url:
            at = make_url(url)
            if relay is not None:
                at = at.set(port=relay.port)
            with furnished(SqlStore.open(at.render_as_string(hide_password=False))) as store:
                yield store

    def relay(self) -> Relay:
        return Relay((LOOPBACK, self.server.port))

    def kill(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()


@contextmanager
def furnished(store: SqlStore) -> Iterator[Store]:
    """Create the tables, let the clock stand on the day of the lessons, and close at the end."""
    store.clock = lambda: NOW
    try:
        store.create_tables()
        furnish(store)
        yield store
    finally:
        store.dispose()
