"""The store on MongoDB: documents in collections of the host's database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any

from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient, ReadPreference
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import ConfigurationError, InvalidURI
from pymongo.read_concern import ReadConcern

from ejournal.adapters.mongo import schema
from ejournal.adapters.mongo.documents import Layout, Upcast, upcasts_of
from ejournal.adapters.mongo.faults import TRANSLATED, StandAlone, commit
from ejournal.adapters.mongo.lost import LostSessions
from ejournal.adapters.mongo.schema import Index
from ejournal.adapters.mongo.sweeping import swept
from ejournal.adapters.mongo.transaction import MAJORITY, MongoTransaction, Shelves, start
from ejournal.adapters.mongo.turns import Turns, Writer
from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ids import SchoolId
from ejournal.model.access import Actor, System
from ejournal.model.catalogue import AGGREGATES
from ejournal.ports import Capability, Transaction
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.steps import STEPS
from ejournal.store.stores import tables

__all__ = ["Guarantee", "MongoStore"]


class Guarantee(Enum):
    """What a host can rely on when a unit is left by an exception, or its process dies."""

    TRANSACTIONS = "all of a unit or nothing; needs a replica set"
    NO_ROLLBACK = "what was written stays written; one process at a time"


_LACKING = {
    Guarantee.TRANSACTIONS: frozenset[Capability](),
    Guarantee.NO_ROLLBACK: frozenset(
        {Capability.ROLLBACK, Capability.SNAPSHOT, Capability.CONCURRENCY}
    ),
}

# The client belongs to the host, and so do its codec options: whether it hands out aware datetimes,
# and of which zone, is not ours to assume. What no datetime can hold is left for an audit to tell.
_CODEC: CodecOptions[dict[str, Any]] = CodecOptions(
    datetime_conversion=DatetimeConversion.DATETIME_AUTO
)


class MongoStore(Store):
    """Keeps everything in the collections of a database the host has connected to.

    It creates no collection by itself: call `create_collections`, or create what `indexes` names.
    Units are transactions with majority writes, which need a replica set (one member is enough); a
    host that has none names the lesser guarantee. Nothing is asked of the server before the first
    unit.

    Writers of one school take turns, in this process and among processes; who has waited for
    `patience` seconds gets `Unavailable`, and a commit that was not answered for as long,
    `OutcomeUnknown`. `upcasts` gives for a table what brings a document from its first shape to the
    newest; left out, it is what the steps of `ejournal.store.steps` say.
    """

    def __init__(
        self,
        database: Database[Any],
        *,
        prefix: str = "ejournal_",
        guarantee: Guarantee = Guarantee.TRANSACTIONS,
        patience: float = 30.0,
        upcasts: Mapping[str, Sequence[Upcast]] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.database: Database[dict[str, Any]] = database.with_options(
            codec_options=_CODEC,
            read_preference=ReadPreference.PRIMARY,
            write_concern=MAJORITY,
            read_concern=ReadConcern(),
        )
        self.prefix = prefix
        self.guarantee = guarantee
        self.patience = patience
        self.cannot = _LACKING[guarantee]
        self._steps = _checked(upcasts_of(STEPS) if upcasts is None else upcasts)
        self._shelves: Shelves = {
            table.name: (
                Layout(table, self._steps.get(table.name, ())),
                self.database[prefix + table.name],
            )
            for table in tables()
        }
        self._turns = Turns()
        self._lost = LostSessions(self._client)
        self._seen = False
        self._own: MongoClient[dict[str, Any]] | None = None

    @classmethod
    def open(cls, uri: str, **options: Any) -> MongoStore:
        """Open a database by its URI, with a client of its own that `dispose` closes.

        Everything that the driver can be told stands in the URI. Raises `Invalid` for text that
        names no database, without quoting it: it may hold a password.
        """
        try:
            client: MongoClient[dict[str, Any]] = MongoClient(
                uri, connect=False, appname="ejournal"
            )
        except (InvalidURI, ConfigurationError, ValueError, TypeError):
            raise Invalid("store", "", "pattern", personal=True) from None
        try:
            database = client.get_default_database()
        except ConfigurationError:
            client.close()
            raise Invalid("store", "", "pattern", personal=True) from None
        store = cls(database, **options)
        store._own = client
        return store

    def create_collections(self) -> None:
        """Create the collections and indexes that are not there yet.

        Nothing else in this library creates any. Raises `SchemaMismatch` where the collections are
        of another format.
        """
        with TRANSLATED:
            schema.create(self.database, self.prefix)
            schema.expect(self.database, self.prefix)

    def indexes(self) -> list[Index]:
        """Return the indexes that lookups and unique groups want; the server is not asked."""
        return schema.indexes(self.prefix)

    def shard_commands(self) -> list[dict[str, Any]]:
        """Return the commands for the administrator's database that spread schools over shards."""
        return schema.shard_commands(self.prefix, self.database.name)

    def dispose(self) -> None:
        """Close the client that `open` made; one of the host's stays open."""
        if self._own is not None:
            self._own.close()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction in a session of its own; one that only reads needs a snapshot alone.

        Raises `SchemaMismatch` where collections are missing, and `StandAlone` for a server that
        cannot roll back, unless the host named the lesser guarantee.
        """
        self._expect()
        if self.guarantee is Guarantee.NO_ROLLBACK:
            with self._turns.writer() as writer:
                yield self._transaction(None, writer)
        elif writing:
            with self._writing() as transaction:
                yield transaction
        else:
            with self._client.start_session(snapshot=True) as session:
                yield self._transaction(session, Writer())

    @contextmanager
    def join(
        self, session: ClientSession, school: SchoolId, actor: Actor | System, /
    ) -> Iterator[SchoolUnit]:
        """Open one school for writing in a transaction that the host began and will end.

        Leaving the block lays down what is pending. If the host aborts, nothing is left. A
        `Refusal` leaves the transaction usable; after a `Fault` the host aborts it, and after
        `Unavailable` may begin anew. Raises `NotAllowedHere` where no transaction is in progress.
        """
        with (
            self._joined(session) as transaction,
            self.school_in(transaction, school, actor) as unit,
        ):
            yield unit

    @contextmanager
    def join_registry(
        self, session: ClientSession, actor: Actor | System, /
    ) -> Iterator[RegistryUnit]:
        """Open what spans schools like `join`."""
        with (
            self._joined(session) as transaction,
            self.registry_in(transaction, actor) as unit,
        ):
            yield unit

    def sweep(self, *, batch: int = 500) -> int:
        """Write every document of an older shape in the newest one, and say how many there were.

        It goes a `batch` at a time beside whoever works, and may be stopped and begun again: each
        document is rewritten by itself, unless somebody wrote it meanwhile. Entries of the ledger
        are never touched.
        """
        self._expect()
        with TRANSLATED:
            return sum(swept(*self._shelves[name], batch) for name in self._steps)

    @property
    def _client(self) -> MongoClient[dict[str, Any]]:
        return self.database.client

    def _transaction(
        self, session: ClientSession | None, writer: Writer, *, restarts: bool = False
    ) -> MongoTransaction:
        waiting: Collection[dict[str, Any]] = self.database[self.prefix + schema.TURNS]
        return MongoTransaction(
            self._shelves,
            waiting,
            session,
            self._turns,
            self._lost,
            writer,
            self.patience,
            restarts,
        )

    @contextmanager
    def _writing(self) -> Iterator[MongoTransaction]:
        """Give a transaction; a session that ends before its commit rolls back."""
        with (
            self._turns.writer() as writer,
            self._client.start_session() as session,
        ):
            start(session)
            try:
                yield self._transaction(session, writer, restarts=True)
                commit(session, self.patience)
            except BaseException:
                # Its line may be cut by this, too, and once the session has ended none can tell.
                if session.in_transaction:
                    session.abort_transaction()
                self._lost.note(session)
                raise

    @contextmanager
    def _joined(self, session: ClientSession) -> Iterator[MongoTransaction]:
        if session.client is not self._client:
            raise NotAllowedHere("session", "another-client")
        if not session.in_transaction:
            raise NotAllowedHere("session", "no-transaction")
        self._expect()
        with self._turns.writer(session) as writer:
            yield self._transaction(session, writer)

    def _expect(self) -> None:
        """See that server and collections are what is needed; once seen, never again."""
        if self._seen:
            return
        with TRANSLATED:
            hello = self._client.admin.command("hello")
            if self.guarantee is Guarantee.TRANSACTIONS and not _is_of_a_set(hello):
                raise StandAlone(self.database.name)
            schema.expect(self.database, self.prefix)
        self._seen = True


def _checked(upcasts: Mapping[str, Sequence[Upcast]]) -> dict[str, tuple[Upcast, ...]]:
    """Refuse steps for what is no record's table: entries are hashed as they were written."""
    known = {aggregate.name for aggregate in AGGREGATES}
    for name in upcasts:
        if name not in known:
            raise Invalid("table", name, "unknown")
    return {name: tuple(steps) for name, steps in upcasts.items() if steps}


def _is_of_a_set(hello: Mapping[str, Any]) -> bool:
    """Say whether a member of a replica set answered, or a router of shards."""
    return "setName" in hello or hello.get("msg") == "isdbgrid"
