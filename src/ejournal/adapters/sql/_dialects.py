"""What differs between databases: how a unit begins and takes its turn, values, and errors.

Everything else is written once in `statements`. Another database is one more class here.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.sql.compiler import IdentifierPreparer

from ejournal.errors import Fault, Invalid, NotAllowedHere, SchemaMismatch, Unavailable, Unreadable
from ejournal.ids import SchoolId
from ejournal.ports import Kind

__all__ = ["WRITING", "Dialect", "Postgres", "Sqlite", "dialect_named"]

WRITING = "ejournal_writing"
"""The execution option of a connection whose transaction is going to write."""

_Converters = Mapping[Kind, Callable[[Any], Any]]
_UNCHANGED: _Converters = MappingProxyType({})


class Dialect:
    """One kind of database, spoken to through a cursor of its driver."""

    name: ClassVar[str]
    drivers: ClassVar[frozenset[str]] = frozenset()
    """The only ones that are spoken to, as SQLAlchemy names them; empty where any will do."""

    names: ClassVar[IdentifierPreparer]
    """Quotes names."""

    mark: ClassVar[str]
    """Stands for a value in a statement."""

    writers: ClassVar[_Converters] = _UNCHANGED
    """What the driver does not take as rows hold it, and what it is given in its place."""

    readers: ClassVar[_Converters] = _UNCHANGED
    """What the driver gives otherwise than rows hold it."""

    unless_taken: ClassVar[str] = " ON CONFLICT DO NOTHING"
    """Makes an insert pass over rows whose place is taken; an error would end a transaction."""

    row_lock: ClassVar[str] = ""
    """Keeps the row that is read from other writers; without it the row is written to."""

    def options(self, *, writing: bool) -> dict[str, Any]:
        """Return the execution options of a connection before its transaction begins."""
        return {WRITING: writing}

    def begin(self, connection: sa.Connection, *, writing: bool) -> bool:
        """Let the transaction begin now, and say whether a writer has every turn with it."""
        del connection, writing
        return False

    def turn(self, table: str, school: SchoolId) -> tuple[str, tuple[Any, ...]] | None:
        """Return what waits for the turn of a school that has no head to be locked, if anything."""
        del table, school
        return None

    def few(self, condition: str) -> str:
        """Return a condition that a lookup asks for, so that the database uses its index."""
        return condition

    def spelled(self, column: str, kind: Kind) -> str:
        """Return what gives a column's value as `ejournal.ports.as_text` spells it."""
        raise NotImplementedError

    def columns(self, schema: str | None, tables: int) -> str:
        """Return the question for the columns of so many tables: pairs of table and column."""
        raise NotImplementedError

    def indexes(self, schema: str | None, tables: int) -> str:
        """Return the question for the indexes of so many tables: pairs of table and index."""
        raise NotImplementedError

    def errors(self) -> type[Exception]:
        """Return the root of the errors of the driver that a host's own connections are of."""
        raise NotImplementedError

    def refuse(self, driver: Any) -> None:
        """Raise `NotAllowedHere` for a connection in which no unit could keep its promises.

        It commits each statement by itself, or cannot be asked and answered as a unit needs it.
        """
        raise NotImplementedError

    def in_transaction(self, driver: Any) -> bool:
        """Say whether a host's connection has begun a transaction that is not over."""
        raise NotImplementedError

    def plain_cursor(self, driver: Any) -> Any:
        """Return a cursor of a host's connection that gives tuples of plain values."""
        raise NotImplementedError

    def plain(self, cursor: Any) -> Any:
        """Return a cursor of an engine's connection, told to give tuples of plain values."""
        return cursor

    def streaming_cursor(self, driver: Any) -> Any:
        """Return another cursor of a connection, one that fetches a piece at a time."""
        return self.plain_cursor(driver)

    def insert_many(
        self, cursor: Any, insert: str, table: str, columns: list[tuple[str, Kind]],
        rows: Iterable[tuple[Any, ...]],
    ) -> None:  # fmt: skip
        """Insert rows as quickly as the driver can; one whose place is taken is an error."""
        del table, columns
        cursor.executemany(insert.removesuffix(self.unless_taken), rows)

    def is_taken(self, error: Exception) -> bool:
        """Say whether an error of `insert_many` means that a place is taken."""
        raise NotImplementedError

    def fault(self, error: Exception) -> Fault:
        """Return what a driver's error means, in a text without the values of rows."""
        raise NotImplementedError

    def answered(self, error: Exception) -> bool:
        """Say of an error of COMMIT whether it is the database's word that nothing was kept."""
        raise NotImplementedError


# A host's connection may turn dates and instants into Python's by itself, naive ones among them;
# and what the database holds where it is not of the type is given out for an audit to find.
def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def _moment(value: Any) -> Any:
    try:
        return datetime.fromisoformat(value + "+00:00")
    except (TypeError, ValueError):
        return _aware(value)


def _aware(value: Any) -> Any:
    if not isinstance(value, datetime) or value.tzinfo is UTC:
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment_as_text(value: datetime) -> str:
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


class Sqlite(Dialect):
    """SQLite: one writer for the whole file, dates and instants as text."""

    name = "sqlite"
    names = registry.load("sqlite")().identifier_preparer
    mark = "?"
    writers = MappingProxyType({Kind.DATE: date.isoformat, Kind.INSTANT: _moment_as_text})
    readers = MappingProxyType(
        {
            Kind.FLAG: lambda value: {0: False, 1: True}.get(value, value),
            Kind.DATE: _day,
            Kind.INSTANT: _moment,
        }
    )

    def begin(self, connection: sa.Connection, *, writing: bool) -> bool:
        """Begin where the driver, left as it is, would wait for the first write.

        What is read before it would not be of one state: a ledger would seem to be cut.
        """
        if not self.in_transaction(connection.connection.driver_connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
        return writing

    def few(self, condition: str) -> str:
        """Say that few rows meet it: not knowing, SQLite would rather read the whole school.

        Its rows lie in the order of the key, and it takes ten of them for a school.
        """
        return f"unlikely({condition})"

    def spelled(self, column: str, kind: Kind) -> str:
        shown = f"CAST({column} AS TEXT)"
        if kind is Kind.FLAG:
            shown = f"CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"
        elif kind is Kind.INSTANT:
            shown = f"replace(substr({column}, 1, 23), ' ', 'T') || 'Z'"
        return f"coalesce({shown}, '')"

    def columns(self, schema: str | None, tables: int) -> str:
        place = self.names.quote_identifier(schema or "main")
        return (
            f"SELECT t.name, c.name FROM {place}.sqlite_master AS t,"  # noqa: S608
            f" pragma_table_info(t.name, {_literal(schema or 'main')}) AS c"
            f" WHERE t.type = 'table' AND t.name IN ({_marks(self.mark, tables)})"
        )

    def indexes(self, schema: str | None, tables: int) -> str:
        place = self.names.quote_identifier(schema or "main")
        return (
            f"SELECT tbl_name, name FROM {place}.sqlite_master"  # noqa: S608
            f" WHERE type = 'index' AND tbl_name IN ({_marks(self.mark, tables)})"
        )

    def errors(self) -> type[Exception]:
        return sqlite3.Error

    def refuse(self, driver: Any) -> None:
        # Since Python 3.12 it is another attribute that says so, too.
        by_itself = driver.isolation_level is None or getattr(driver, "autocommit", None) is True
        if by_itself and not self.in_transaction(driver):
            raise NotAllowedHere("connection", "autocommit")
        # How text is read cannot be said of a cursor alone.
        if isinstance(driver, sqlite3.Connection) and driver.text_factory is not str:
            probe = driver.execute("SELECT 'ї'")
            probe.row_factory = None
            if probe.fetchone() != ("ї",):
                raise NotAllowedHere("connection", "text-factory")

    def in_transaction(self, driver: Any) -> bool:
        return bool(getattr(driver, "in_transaction", True))

    def plain_cursor(self, driver: Any) -> Any:
        return self.plain(driver.cursor())

    def plain(self, cursor: Any) -> Any:
        if isinstance(cursor, sqlite3.Cursor):
            cursor.row_factory = None
        return cursor

    def is_taken(self, error: Exception) -> bool:
        return type(error).__name__ == "IntegrityError"

    def fault(self, error: Exception) -> Fault:
        kind, text = type(error).__name__, str(error)
        if any(sign in text for sign in ("no such table", "no such column", "has no column")):
            return SchemaMismatch(text, "its tables")
        if kind in {"OperationalError", "InterfaceError"}:
            return Unavailable(text)
        return Unreadable("the database", text)

    def answered(self, error: Exception) -> bool:
        # The frame of a commit may be in the log although the disk did not confirm it.
        return "disk I/O error" not in str(error)


def _marks(mark: str, number: int) -> str:
    return ", ".join([mark] * number)


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def _of_schema(schema: str | None) -> str:
    """Return the condition for tables of a schema, or for those that need none to be named."""
    if schema is None:
        return "pg_catalog.pg_table_is_visible(t.oid)"
    named = _literal(schema).replace("%", "%%")
    of_name = f"SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {named}"  # noqa: S608
    return f"t.relnamespace = ({of_name})"


_NOT_OUR_SCHEMA = frozenset({"42P01", "42703", "3F000"})

# Classes of SQLSTATE: connection, rollback, resources, locks, the operator, the system. And what a
# standby says of itself, as one does that was the primary until another was promoted.
_PASSING = ("08", "40", "53", "55", "57", "58", "25006")


class Postgres(Dialect):
    """PostgreSQL through psycopg: writers of one school wait at its head, others do not."""

    name = "postgresql"
    drivers = frozenset({"psycopg", "psycopg_async"})
    names = registry.load("postgresql.psycopg")().identifier_preparer
    mark = "%s"
    readers = MappingProxyType({Kind.INSTANT: _aware})
    row_lock = " FOR UPDATE"

    def options(self, *, writing: bool) -> dict[str, Any]:
        """Let a writer see what was committed while it waited, and a reader one state only."""
        return {
            WRITING: writing,
            "isolation_level": "READ COMMITTED" if writing else "REPEATABLE READ",
            "postgresql_readonly": not writing,
        }

    def turn(self, table: str, school: SchoolId) -> tuple[str, tuple[Any, ...]] | None:
        """Wait for a lock that lasts to the end, under a number of the table and the school."""
        number = hashlib.sha256(f"{table} {school}".encode()).digest()[:8]
        return "SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(number, signed=True),)

    def spelled(self, column: str, kind: Kind) -> str:
        shown = f"CAST({column} AS TEXT)"
        if kind is Kind.INSTANT:
            shown = f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
        elif kind is Kind.DATE:
            shown = f"to_char({column}, 'YYYY-MM-DD')"
        return f"coalesce({shown}, '')"

    def columns(self, schema: str | None, tables: int) -> str:
        return (
            "SELECT t.relname, c.attname FROM pg_catalog.pg_class t"  # noqa: S608
            " JOIN pg_catalog.pg_attribute c ON c.attrelid = t.oid"
            " AND c.attnum > 0 AND NOT c.attisdropped"
            f" WHERE {_of_schema(schema)} AND t.relname IN ({_marks(self.mark, tables)})"
        )

    def indexes(self, schema: str | None, tables: int) -> str:
        return (
            "SELECT t.relname, i.relname FROM pg_catalog.pg_class t"  # noqa: S608
            " JOIN pg_catalog.pg_index x ON x.indrelid = t.oid"
            " JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
            f" WHERE {_of_schema(schema)} AND t.relname IN ({_marks(self.mark, tables)})"
        )

    def errors(self) -> type[Exception]:
        from psycopg import Error

        return Error

    def refuse(self, driver: Any) -> None:
        from psycopg.pq import PipelineStatus, TransactionStatus

        state = driver.info.transaction_status
        if driver.autocommit and state == TransactionStatus.IDLE:
            raise NotAllowedHere("connection", "autocommit")
        if state == TransactionStatus.INERROR:
            raise NotAllowedHere("connection", "aborted")
        # Answers come later there, and a unit goes by how many rows a statement changed.
        if driver.info.pipeline_status != PipelineStatus.OFF:
            raise NotAllowedHere("connection", "pipeline")

    def in_transaction(self, driver: Any) -> bool:
        return bool(driver.info.transaction_status)

    def plain_cursor(self, driver: Any) -> Any:
        return _plain_psycopg()(driver)

    def plain(self, cursor: Any) -> Any:
        from psycopg import Cursor
        from psycopg.pq import Format

        if isinstance(cursor, Cursor):
            cursor.format = Format.BINARY
        return cursor

    def streaming_cursor(self, driver: Any) -> Any:
        """Return a cursor of the server's, whose rows do not all come at once."""
        from psycopg import Connection
        from psycopg.rows import tuple_row

        if isinstance(driver, Connection):
            return driver.cursor("ejournal_spelled", row_factory=tuple_row)
        return driver.cursor("ejournal_spelled")

    def insert_many(
        self, cursor: Any, insert: str, table: str, columns: list[tuple[str, Kind]],
        rows: Iterable[tuple[Any, ...]],
    ) -> None:  # fmt: skip
        """Copy, which is several times quicker than inserting; an async driver inserts."""
        if not hasattr(cursor, "copy"):
            super().insert_many(cursor, insert, table, columns, rows)
            return
        names = ", ".join(name for name, _ in columns)
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types([_COPIED[kind] for _, kind in columns])
            for row in rows:
                copy.write_row(row)

    def is_taken(self, error: Exception) -> bool:
        return getattr(error, "sqlstate", None) == "23505"

    def fault(self, error: Exception) -> Fault:
        state: str | None = getattr(error, "sqlstate", None)
        if state is None and type(error).__name__ in {"OperationalError", "InterfaceError"}:
            return Unavailable(str(error))
        said = str(getattr(getattr(error, "diag", None), "message_primary", None))
        if state in _NOT_OUR_SCHEMA:
            return SchemaMismatch(said, "its tables")
        if state is not None and state.startswith(_PASSING):
            return Unavailable(said)
        # What else it says may quote the values of a row.
        return Unreadable("the database", f"{type(error).__name__} {state or ''}".strip())

    def answered(self, error: Exception) -> bool:
        state = getattr(error, "sqlstate", None)
        return state is not None and not state.startswith(("08", "57"))


@cache
def _plain_psycopg() -> Callable[[Any], Any]:
    """Return cursors that give tuples of plain values, whatever the host taught its connection.

    They read what the server sends in binary, so that no setting of the session matters either.
    """
    from psycopg import Cursor, adapters
    from psycopg.adapt import AdaptersMap
    from psycopg.pq import Format
    from psycopg.rows import tuple_row
    from psycopg.types import bool as flags
    from psycopg.types import datetime as instants
    from psycopg.types import numeric, string

    loaders: dict[str, Any] = {
        "name": string.TextBinaryLoader,
        "text": string.TextBinaryLoader,
        "varchar": string.TextBinaryLoader,
        "int4": numeric.Int4BinaryLoader,
        "int8": numeric.Int8BinaryLoader,
        "bool": flags.BoolBinaryLoader,
        "date": instants.DateBinaryLoader,
        "timestamptz": instants.TimestamptzBinaryLoader,
    }
    plain = AdaptersMap(adapters)
    for name, loader in loaders.items():
        plain.register_loader(name, loader)

    class Plain(Cursor[Any]):
        @property
        def adapters(self) -> AdaptersMap:
            return plain

    def made(driver: Any) -> Any:
        cursor = Plain(driver, row_factory=tuple_row)
        cursor.format = Format.BINARY
        return cursor

    return made


_COPIED: Mapping[Kind, str] = {
    Kind.INTEGER: "int8",
    Kind.TEXT: "text",
    Kind.FLAG: "bool",
    Kind.DATE: "date",
    Kind.INSTANT: "timestamptz",
    Kind.JSON: "text",
}

_DIALECTS: Mapping[str, Dialect] = {each.name: each() for each in (Sqlite, Postgres)}


def dialect_named(name: str) -> Dialect:
    """Return how a database is spoken to; raises `Invalid` for one that is not known here."""
    if name not in _DIALECTS:
        raise Invalid("dialect", name, "unknown")
    return _DIALECTS[name]
