"""Servers of a test's own that are killed under their writers, or cut off from them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import ClassVar, Protocol
from urllib.parse import urlsplit

from attrs import define
from mongo_server import MongoServer, ReplicaSet
from own_databases import mongo_database, mongo_uri, postgres_database
from postgres_server import PostgresServer
from relay import Relay
from server_process import LOOPBACK
from sqlalchemy import make_url
from worked_school import NOW, furnish

from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.store import Store

HASTY = 0
"""No patience, but for what the driver repeats by itself: however fast that is answered."""


class Struck(Protocol):
    """A server that can be killed, and what stores keep on it."""

    name: ClassVar[str]

    def database(
        self, relay: Relay | None = None, *, patience: float = 30
    ) -> AbstractContextManager[Store]:
        """Give a furnished store in a database of its own, reached through a relay if given.

        Without `patience` it asks but once what became of a commit, if it asks at all.
        """

    def relay(self) -> Relay:
        """Return a line to the server that can be cut."""

    def silent(self, relay: Relay) -> AbstractContextManager[None]:
        """Withhold the answer to the first commit within the block."""

    def kill(self) -> None:
        """Kill the server that takes the writes."""

    def mend(self) -> None:
        """Bring back what was killed, and return once writes are taken."""


@define
class StruckPostgres:
    """PostgreSQL: while it is down, nobody takes writes."""

    name: ClassVar[str] = "postgresql"
    server: PostgresServer

    @contextmanager
    def database(self, relay: Relay | None = None, *, patience: float = 30) -> Iterator[Store]:
        del patience
        with postgres_database(self.server.url) as url:
            at = make_url(url)
            if relay is not None:
                at = at.set(port=relay.port)
            with furnished(SqlStore.open(at.render_as_string(hide_password=False))) as store:
                yield store

    def relay(self) -> Relay:
        return Relay((LOOPBACK, self.server.port))

    @contextmanager
    def silent(self, relay: Relay) -> Iterator[None]:
        relay.cut_reply_to(b"COMMIT\0")
        yield
        assert relay.lost

    def kill(self) -> None:
        self.server.kill()

    def mend(self) -> None:
        self.server.start()


@define
class StruckSet:
    """MongoDB in three members: of those that are left, one takes the writes before long."""

    name: ClassVar[str] = "mongodb"
    members: ReplicaSet
    _lost: MongoServer | None = None

    @contextmanager
    def database(self, relay: Relay | None = None, *, patience: float = 30) -> Iterator[Store]:
        server = self.members.uri
        if relay is not None:
            server = f"mongodb://{LOOPBACK}:{relay.port}/?directConnection=true"
        with mongo_database(self.members.uri) as made:
            uri = mongo_uri(server, urlsplit(made).path.strip("/"))
            store = MongoStore.open(uri, patience=patience)
            with furnished(store) as ready:
                yield ready

    def relay(self) -> Relay:
        return Relay((LOOPBACK, self.members.primary().port))

    @contextmanager
    def silent(self, relay: Relay) -> Iterator[None]:
        # Once for us, and once for the driver, which asks again by itself.
        relay.cut_reply_to(COMMITS, times=2)
        yield
        relay.cut_reply_to(COMMITS, times=0)
        assert relay.lost

    def kill(self) -> None:
        self._lost = self.members.primary()
        self._lost.kill()

    def mend(self) -> None:
        assert self._lost is not None
        self.members.primary()
        self._lost.start()


COMMITS = b"commitTransaction"
"""What stands in a request to MongoDB to commit."""


@contextmanager
def furnished(store: SqlStore | MongoStore) -> Iterator[Store]:
    """Create the tables, let the clock stand on the day of the lessons, and close at the end."""
    store.clock = lambda: NOW
    try:
        if isinstance(store, SqlStore):
            store.create_tables()
        else:
            store.create_collections()
        furnish(store)
        yield store
    finally:
        store.dispose()
