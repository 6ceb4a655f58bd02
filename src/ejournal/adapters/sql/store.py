"""The store on a SQL database: SQLite for one machine, PostgreSQL for many."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session, scoped_session

from ejournal.adapters.sql import versions
from ejournal.adapters.sql._dialects import WRITING, Dialect, dialect_named
from ejournal.adapters.sql._statements import Statements
from ejournal.adapters.sql._transaction import Order, SqlTransaction
from ejournal.adapters.sql._wire import Ongoing, Watched, Wire, driver_error, translated
from ejournal.adapters.sql.schema import SqlTables
from ejournal.errors import Invalid, NotAllowedHere, OutcomeUnknown
from ejournal.ids import SchoolId
from ejournal.model.access import Actor, System
from ejournal.ports import Transaction
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.steps import Step
from ejournal.store.tables import HEADS

__all__ = ["SqlStore", "configure_sqlite"]

# How far each transaction of a host's has taken the heads of each table of heads: several stores
# may be over the same tables.
_ORDERS: WeakKeyDictionary[sa.Transaction, dict[str, Order]] = WeakKeyDictionary()


class SqlStore(Store):
    """Keeps everything in the tables of a database the host has connected to.

    It creates no table by itself: call `create_tables`, or let the host's migrations do it. For
    SQLite pass the engine through `configure_sqlite` first, or use `SqlStore.open`. Raises
    `Invalid` for an engine of a database, or over a driver, that is not known here.
    """

    def __init__(self, engine: sa.Engine, tables: SqlTables | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.engine = engine
        self.tables = tables or SqlTables()
        dialect = dialect_named(engine.dialect.name)
        if dialect.drivers and engine.dialect.driver not in dialect.drivers:
            raise Invalid("driver", engine.dialect.driver, "unknown")
        self._statements = Statements(self.tables, dialect)
        self._as_expected = False

    @classmethod
    def open(cls, url: str, **options: Any) -> SqlStore:
        """Open a database of one's own by URL, configured as this library recommends.

        SQLite gets a write-ahead log and full synchronisation: a commit that returned is on disk.
        A database in memory has one connection, for which all threads take turns, readers too.
        PostgreSQL gets connections that are tried before they are used, if they were idle for a
        second, and 30 seconds of patience with other writers. What a statement was given is never
        part of an error's text. Raises `Invalid` for text that is no URL of a database, without
        quoting it: it may hold a password.
        """
        try:
            parsed = _with_driver(sa.make_url(url))
            engine = sa.create_engine(parsed, hide_parameters=True, **_pooling(parsed))
        except (sa.exc.ArgumentError, ValueError):
            raise Invalid("store", "", "pattern", personal=True) from None
        if engine.dialect.name == "sqlite":
            configure_sqlite(engine)
        else:
            _try_idle_connections(engine)
        return cls(engine, **options)

    def create_tables(self) -> None:
        """Create this library's tables where there are none, and no table of the host's.

        Nothing else in this library runs DDL unless it is called for. Raises `SchemaMismatch` for
        tables of an older release, which `steps.upgrade` brings up to date.
        """
        with self._translated(), self.engine.begin() as connection:
            self.create_tables_on(connection)

    def create_tables_on(self, connection: sa.Connection) -> None:
        """Create the tables on a connection, whose transaction the caller ends."""
        versions.create(connection, self.tables)

    def schema_version(self) -> int:
        """Return the number of the latest step that the database has run, 0 for none."""
        with self._translated(), self.engine.connect() as connection:
            return versions.version(connection, self.tables)

    def pending_steps(self) -> tuple[Step, ...]:
        """Return the steps that the database has not run, in their order."""
        with self._translated(), self.engine.connect() as connection:
            return versions.pending(connection, self.tables)

    def upgrade_tables(self) -> None:
        """Run those steps, in one transaction where the database allows it.

        A host with migrations of its own calls `steps.upgrade` from one of them.
        """
        from ejournal.adapters.sql import steps

        with self._translated(), self.engine.begin() as connection:
            steps.upgrade(steps.operations(connection), self.tables)

    def upgrade_script(self, since: int) -> str:
        """Return the SQL of the steps behind number `since`; the database is not asked."""
        from ejournal.adapters.sql import steps

        return steps.script(self.engine.dialect.name, self.tables, since=since)

    def dispose(self) -> None:
        """Close the engine's pooled connections."""
        self.engine.dispose()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction on a connection from the engine's pool.

        The first one makes sure that the database has run the steps this release needs.
        """
        with self._translated():
            connection = self.engine.connect()
        try:
            with self.begin_on(connection, writing=writing) as transaction:
                yield transaction
        finally:
            connection.close()

    @contextmanager
    def begin_on(self, connection: sa.Connection, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction on a connection that has none, and end it at the end of the block.

        Raises `OutcomeUnknown` where COMMIT was sent and the connection broke before its answer.
        """
        dialect = self._statements.dialect
        with self._translated():
            connection.execution_options(**dialect.options(writing=writing))
            begun = connection.begin()
            has_every_turn = dialect.begin(connection, writing=writing)
            self._expect(connection)
            wire = self._wire(connection, dialect)
        try:
            yield SqlTransaction(wire, self._statements, has_every_turn)
        except BaseException:
            # A connection that broke cannot be told to roll back, and has done so.
            with suppress(sa.exc.SQLAlchemyError):
                begun.rollback()
            raise
        self._commit(begun)

    def _expect(self, connection: sa.Connection) -> None:
        """Look at the schema once: no later unit pays for it."""
        if not self._as_expected:
            with self._translated():
                versions.expect(connection, self.tables)
            self._as_expected = True

    def _commit(self, begun: sa.Transaction) -> None:
        try:
            begun.commit()
        except sa.exc.DBAPIError as error:
            cause = driver_error(error)
            if not self._statements.dialect.answered(cause):
                raise OutcomeUnknown(type(cause).__name__) from cause
            raise self._statements.dialect.fault(cause) from None

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._statements.dialect)

    @contextmanager
    def join(
        self,
        host: sa.Connection | Session | Any,
        school: SchoolId,
        actor: Actor | System,
        /,
        *,
        dialect: str | None = None,
    ) -> Iterator[SchoolUnit]:
        """Open one school for writing in a transaction that the host began and will end.

        `host` is a connection or session of SQLAlchemy's, a scoped one too, or a DBAPI connection
        with the name of its `dialect`. Leaving the block writes what is pending; nothing of the
        host's is begun, committed, rolled back or closed. After a `Refusal` the host's transaction
        goes on; after a `Fault` the host rolls back. Savepoints of the host's may begin and end
        around the block and not within. Who ends the transaction within gets `NotAllowedHere`.

        The school's other writers wait until the host is done: keep the transaction short. Raises
        `NotAllowedHere` for a connection that has no transaction or commits by itself, and
        `WrongOrder` where a school with a greater identifier was opened before in the same one, of
        which a driver's own connection knows nothing. A schema that this release does not work
        with is `SchemaMismatch`, which leaves the transaction usable.
        """
        with (
            self._joined(host, dialect) as transaction,
            self.school_in(transaction, school, actor) as unit,
        ):
            yield unit

    @contextmanager
    def join_registry(
        self, host: Any, actor: Actor | System, /, *, dialect: str | None = None
    ) -> Iterator[RegistryUnit]:
        """Open what spans schools in the host's transaction, like `join`."""
        with (
            self._joined(host, dialect) as transaction,
            self.registry_in(transaction, actor) as unit,
        ):
            yield unit

    @contextmanager
    def _joined(self, host: Any, dialect: str | None) -> Iterator[Transaction]:
        if isinstance(host, scoped_session):
            host = host()
        if isinstance(host, Session):
            if not host.is_active:
                raise NotAllowedHere("connection", "aborted")
            host = host.connection()
        if isinstance(host, sa.PoolProxiedConnection):
            host = host.driver_connection
        if isinstance(host, sa.Connection):
            transaction = self._over_connection(host)
            with _whole_or_invalid(host):
                yield transaction
        else:
            spoken = dialect_named(dialect or self.engine.dialect.name)
            spoken.refuse(host)
            cursor = Watched(spoken.plain_cursor(host), Ongoing(spoken, host))
            wire = Wire(host, cursor, spoken, spoken.errors())
            if not self._as_expected:
                versions.expect_over(wire, self.tables)
                self._as_expected = True
            yield SqlTransaction(wire, Statements(self.tables, spoken))

    def _over_connection(self, host: sa.Connection) -> Transaction:
        begun = host.get_transaction()
        if begun is None:
            raise NotAllowedHere("connection", "no-transaction")
        if host.invalidated:
            raise NotAllowedHere("connection", "aborted")
        heads = self.tables.of(HEADS).fullname
        order = _ORDERS.setdefault(begun, {}).setdefault(heads, Order())
        spoken = dialect_named(host.dialect.name)
        spoken.refuse(host.connection.driver_connection)
        self._expect(host)
        wire = self._wire(host, spoken)
        wire.cursor = Watched(wire.cursor, begun)
        return SqlTransaction(wire, Statements(self.tables, spoken), order=order)

    def _wire(self, connection: sa.Connection, spoken: Dialect) -> Wire:
        pooled, dialect = connection.connection, connection.dialect
        errors = _driver_errors(dialect)
        cursor = spoken.plain(pooled.cursor())
        return Wire(pooled.dbapi_connection, cursor, spoken, errors)


@contextmanager
def _whole_or_invalid(host: sa.Connection) -> Iterator[None]:
    """Let no commit keep what a unit wrote before it was cancelled or interrupted.

    SQLAlchemy does the same where that stops a statement of its own.
    """
    try:
        yield
    except Exception:
        raise
    except BaseException as error:
        if not host.closed and host.in_transaction():
            host.invalidate(error)
        raise


def configure_sqlite(engine: sa.Engine, *, synchronous: str = "FULL") -> sa.Engine:
    """Prepare an engine for SQLite and return it; call it before the first connection.

    Write-ahead log, foreign keys on, 30 seconds of patience with other writers, transactions that
    begin when they say so (`BEGIN IMMEDIATE` for units that write). `synchronous="NORMAL"` is
    about twice as fast and may lose the latest commits when the machine, not the process, stops.
    """

    def connected(driver: Any, _: object) -> None:
        driver.isolation_level = None
        cursor = driver.cursor()
        for pragma in (
            "busy_timeout=30000",
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "foreign_keys=ON",
            "cache_size=-65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def began(connection: sa.Connection) -> None:
        writing = connection.get_execution_options().get(WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    def given_up(driver: Any, *_: object) -> None:
        # A connection that is closed amid an answer holds its lock until nobody holds the answer,
        # and the traceback of what it was cancelled with does.
        with suppress(sqlite3.Error, sa.exc.SQLAlchemyError):
            driver.rollback()

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    sa.event.listen(engine, "invalidate", given_up)
    return engine


_FRESH = 1.0
"""For so many seconds after its use a connection is taken to be there."""

_USED_AT = "ejournal used at"


def _try_idle_connections(engine: sa.Engine) -> None:
    """Spare busy writers the question that `pool_pre_ping` asks before each transaction."""

    def used(_: object, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info[_USED_AT] = time.monotonic()

    def taken(driver: Any, record: sa.pool.ConnectionPoolEntry, _: object) -> None:
        idle = time.monotonic() - record.info.get(_USED_AT, time.monotonic())
        if idle < _FRESH:
            return
        try:
            engine.dialect.do_ping(driver)
        except _driver_errors(engine.dialect) as error:
            raise sa.exc.InvalidatePoolError from error

    sa.event.listen(engine, "checkin", used)
    sa.event.listen(engine, "checkout", taken)


def _with_driver(url: sa.URL) -> sa.URL:
    """Name the driver of a URL that leaves it out: psycopg is the one that is spoken to here."""
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _pooling(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        patience = {} if "options" in url.query else {"options": "-c lock_timeout=30s"}
        return {"connect_args": patience}
    if url.get_backend_name() != "sqlite" or url.database not in (None, "", ":memory:"):
        return {}
    # SQLAlchemy would open a database in memory anew, and empty, for each thread.
    return {
        "poolclass": sa.QueuePool,
        "pool_size": 1,
        "max_overflow": 0,
        "connect_args": {"check_same_thread": False},
    }


def _driver_errors(dialect: sa.Dialect) -> type[Exception]:
    """Return the root of what the driver raises."""
    errors: type[Exception] = (dialect.dbapi or dialect.import_dbapi()).Error
    return errors
