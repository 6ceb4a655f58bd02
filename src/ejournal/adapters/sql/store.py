"""The store on a SQL database: SQLite now, written so that other dialects are small additions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from attrs import define

from ejournal.adapters.sql.schema import CHAIN, SqlTables
from ejournal.errors import Duplicate, Invalid, SchemaMismatch, Unavailable, Unreadable
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Table, Transaction
from ejournal.store import Store
from ejournal.store.tables import HEADS

__all__ = ["SqlStore", "configure_sqlite"]

_WRITING = "ejournal_writing"


class SqlStore(Store):
    """Keeps everything in the tables of a database the host has connected to.

    It creates no table by itself: call `create_tables`, or let the host's migrations do it. For
    SQLite pass the engine through `configure_sqlite` first, or use `SqlStore.open`.
    """

    def __init__(self, engine: sa.Engine, tables: SqlTables | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.engine = engine
        self.tables = tables or SqlTables()
        self._writing = engine.execution_options(**{_WRITING: True})

    @classmethod
    def open(cls, url: str, **options: Any) -> SqlStore:
        """Open a database of one's own by URL, configured as this library recommends.

        SQLite gets a write-ahead log and full synchronisation: a commit that returned is on disk.
        A database in memory has one connection, for which all threads take turns, readers too.
        What a statement was given is never part of an error's text. Raises `Invalid` for text that
        is no URL of a database, without quoting it: it may hold a password.
        """
        try:
            engine = sa.create_engine(url, hide_parameters=True, **_pooling(sa.make_url(url)))
        except sa.exc.ArgumentError:
            raise Invalid("store", "", "pattern", personal=True) from None
        if engine.dialect.name == "sqlite":
            configure_sqlite(engine)
        return cls(engine, **options)

    def create_tables(self) -> None:
        """Create those of this library's tables that are not there yet, and no table of the host's.

        Nothing else in this library runs DDL.
        """
        with _translated():
            self.tables.metadata.create_all(self.engine, tables=self.tables.all())

    def dispose(self) -> None:
        """Close the engine's pooled connections."""
        self.engine.dispose()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction on a connection from the engine's pool."""
        engine = self._writing if writing else self.engine
        with _translated(), engine.begin() as connection:
            _begin_at_once(connection, writing=writing)
            yield _SqlTransaction(connection, self.tables)


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
        writing = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql(_BEGIN[writing])

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", began)
    return engine


def _pooling(url: sa.URL) -> dict[str, Any]:
    """Say how to share what SQLAlchemy would open anew, and empty, for each thread."""
    if url.get_backend_name() != "sqlite" or url.database not in (None, "", ":memory:"):
        return {}
    return {
        "poolclass": sa.QueuePool,
        "pool_size": 1,
        "max_overflow": 0,
        "connect_args": {"check_same_thread": False},
    }


def _begin_at_once(connection: sa.Connection, *, writing: bool) -> None:
    """Begin where SQLite's driver, left as it is, would wait for the first write.

    What is read before it would not be of one state: a ledger would seem to be cut.
    """
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and not getattr(driver, "in_transaction", True):
        connection.exec_driver_sql(_BEGIN[writing])


_BEGIN = {True: "BEGIN IMMEDIATE", False: "BEGIN"}

_NOT_OUR_TABLES = ("no such table", "no such column", "has no column")


# SQLAlchemy's errors quote the names and texts that a statement was given, and causes end in logs
# with what they caused: so the driver's own error is named as the cause.
@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the driver says of the world into faults of this library."""
    try:
        yield
    except sa.exc.OperationalError as error:
        if any(sign in str(error.orig) for sign in _NOT_OUR_TABLES):
            raise SchemaMismatch(str(error.orig), "its tables") from error.orig
        raise Unavailable(str(error.orig)) from error.orig
    except sa.exc.InterfaceError as error:
        raise Unavailable(type(error).__name__) from error.orig
    except sa.exc.TimeoutError as error:
        raise Unavailable(type(error).__name__) from error
    except sa.exc.DatabaseError as error:
        raise Unreadable("the database", str(error.orig)) from error.orig


@define
class _SqlTransaction(Transaction):
    _connection: sa.Connection
    _tables: SqlTables

    def lock(self, school: SchoolId, /) -> Row | None:
        """Write to the school's head, changing nothing: SQLite has one writer for the file."""
        head = self._tables.of(HEADS)
        self._connection.execute(
            head.update().where(head.c[CHAIN] == school).values(seq=head.c.seq)
        )
        return self.read(HEADS, school, (0,))

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row under that primary key."""
        at = self._tables.of(table)
        query = _slots(at).where(*_address(at, table, school, key))
        row = self._connection.execute(query).first()
        return None if row is None else tuple(row)[1:]

    def select(
        self,
        table: Table,
        school: SchoolId | None,
        lookup: Lookup | None,
        values: Row = (),
        /,
        *,
        after: Row | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[SchoolId, Row]]:
        """Fetch the whole answer, then yield it: writing meanwhile does not disturb it."""
        at = self._tables.of(table)
        query = _slots(at).limit(limit)
        if school is not None:
            query = query.where(at.c[CHAIN] == school)
        if lookup is not None:
            query = query.where(*_asked(at, lookup, values))
        if after is not None:
            query = query.where(_behind(at, table, after))
        rows = self._connection.execute(query.order_by(*_order(at, table))).all()
        for row in rows:
            yield SchoolId(row[0]), tuple(row)[1:]

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Insert all or none: a duplicate among many leaves none behind."""
        if not rows:
            return
        at = self._tables.of(table)
        names = [CHAIN, *(slot.name for slot in table.slots)]
        records = [dict(zip(names, (school, *row), strict=True)) for row in rows]
        try:
            with self._guarded(len(records)):
                self._connection.execute(at.insert(), records)
        except sa.exc.IntegrityError as error:
            raise self._duplicate(table, school, rows) from error.orig

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Compare the version and replace the row in one statement."""
        if table.version is None:
            return False
        at = self._tables.of(table)
        names = [slot.name for slot in table.slots]
        values = dict(zip(names, row, strict=True))
        key = table.pick(row, table.key)
        statement = (
            at.update()
            .where(*_address(at, table, school, key), at.c[table.version] == expected)
            .values({name: value for name, value in values.items() if name not in table.key})
        )
        try:
            with self._guarded(1):
                return self._connection.execute(statement).rowcount == 1
        except sa.exc.IntegrityError as error:
            raise Duplicate(table.name, self._taken(table, school, row), key) from error.orig

    def _guarded(self, rows: int) -> AbstractContextManager[object]:
        """Undo what fails: SQLite does it for one row by itself, else there is a savepoint."""
        if rows == 1 and self._connection.dialect.name == "sqlite":
            return nullcontext()
        return self._connection.begin_nested()

    def _duplicate(self, table: Table, school: SchoolId, rows: Sequence[Row]) -> Duplicate:
        """Find which of the rows is there already, or comes twice, and by which fields."""
        for place, row in enumerate(rows):
            key = table.pick(row, table.key)
            for group in (table.key, *table.unique):
                values = table.pick(row, group)
                earlier = any(table.pick(other, group) == values for other in rows[:place])
                if earlier or self._holds(table, school, group, values):
                    return Duplicate(table.name, group, key)
        return Duplicate(table.name, table.key, ())

    def _taken(self, table: Table, school: SchoolId, row: Row) -> tuple[str, ...]:
        taken = (
            group
            for group in table.unique
            if self._holds(table, school, group, table.pick(row, group))
        )
        return next(taken, table.key)

    def _holds(self, table: Table, school: SchoolId, group: tuple[str, ...], values: Row) -> bool:
        if None in values:
            return False
        at = self._tables.of(table)
        same = [at.c[name] == value for name, value in zip(group, values, strict=True)]
        query = sa.select(at.c[CHAIN]).where(at.c[CHAIN] == school, *same).limit(1)
        return self._connection.execute(query).first() is not None

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Delete the row under that primary key."""
        at = self._tables.of(table)
        statement = at.delete().where(*_address(at, table, school, key))
        return self._connection.execute(statement).rowcount == 1


def _slots(at: sa.Table) -> sa.Select[Any]:
    return sa.select(*at.c)


def _address(
    at: sa.Table, table: Table, school: SchoolId, key: Row
) -> list[sa.ColumnElement[bool]]:
    same = [at.c[name] == value for name, value in zip(table.key, key, strict=True)]
    return [at.c[CHAIN] == school, *same]


def _asked(at: sa.Table, lookup: Lookup, values: Row) -> list[sa.ColumnElement[bool]]:
    names = list(lookup.fields)
    asked: list[sa.ColumnElement[bool]] = []
    if lookup.ranged:
        first, last = values[-2:]
        asked.append(at.c[names.pop()].between(first, last))
    # `== None` becomes IS NULL.
    asked.extend(at.c[name] == value for name, value in zip(names, values, strict=False))
    return asked


def _behind(at: sa.Table, table: Table, after: Row) -> sa.ColumnElement[bool]:
    columns = [at.c[name] for name in table.key]
    return sa.tuple_(*columns) > sa.tuple_(
        *(
            sa.bindparam(None, value, column.type)
            for value, column in zip(after, columns, strict=True)
        )
    )


def _order(at: sa.Table, table: Table) -> list[sa.ColumnElement[Any]]:
    ordered = [at.c[name].asc().nulls_first() for name in table.order]
    return [*ordered, *(at.c[name].asc() for name in table.key), at.c[CHAIN].asc()]
