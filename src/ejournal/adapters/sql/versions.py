"""Which steps a database has run, and whether a release works with it.

Running more of them is in `steps`, which loads Alembic; a store that only looks does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from attrs import frozen

from ejournal.adapters.sql._dialects import dialect_named
from ejournal.adapters.sql._wire import Wire
from ejournal.adapters.sql.schema import CHAIN, SqlTables
from ejournal.errors import SchemaMismatch
from ejournal.store.steps import STEPS, Phase, Step, laid_out

__all__ = ["begin", "create", "expect", "expect_over", "pending", "recording", "version"]


class _Catalogue(Protocol):
    """What a database says of our tables in it."""

    def recorded(self) -> dict[int, Phase]:
        """Return the steps that it has on record."""

    def columns(self) -> dict[str, set[str]]:
        """Return the names of the columns of each table that is there."""

    def indexes(self) -> set[str | None]:
        """Return the names of the indexes of those tables."""


def version(connection: sa.Connection, tables: SqlTables) -> int:
    """Return the number of the latest step that the database has run; 0 where nothing is ours.

    Tables that were made without steps, by `metadata.create_all` or before there were any, are
    known by their columns and indexes. Raises `SchemaMismatch` for tables that no step leaves so.
    """
    found = _Inspected(connection, tables)
    return _version(found.recorded(), found, tables)


def pending(connection: sa.Connection, tables: SqlTables) -> tuple[Step, ...]:
    """Return the steps that the database has not run, in their order."""
    found = version(connection, tables)
    return tuple(step for step in STEPS if step.number > found)


def expect(connection: sa.Connection, tables: SqlTables) -> None:
    """Raise `SchemaMismatch` unless this release works with the database as it is.

    It needs every step that expands. One that contracts may still be to come, and one that
    expands may have been run by a later release; a later one that contracts is refused.
    """
    _expect(_Inspected(connection, tables), tables)


def expect_over(wire: Wire, tables: SqlTables) -> None:
    """Raise `SchemaMismatch` like `expect`, over a connection of the driver's own.

    No statement fails on the way, which would end a transaction of PostgreSQL's.
    """
    _expect(_Asked(wire, tables), tables)


def _expect(found: _Catalogue, tables: SqlTables) -> None:
    recorded = found.recorded()
    latest = _version(recorded, found, tables)
    needed = max(step.number for step in STEPS if step.phase is Phase.EXPAND)
    breaking = max((n for n, phase in recorded.items() if phase is Phase.CONTRACT), default=0)
    if latest < needed or breaking > STEPS[-1].number:
        raise SchemaMismatch(str(latest), str(needed))


def create(connection: sa.Connection, tables: SqlTables) -> None:
    """Make every table in a database that has none of them; else be sure that it will do.

    Raises `SchemaMismatch` as `expect` does, and makes no table then.
    """
    if version(connection, tables):
        expect(connection, tables)
        return
    begin(connection)
    tables.metadata.create_all(connection, tables=tables.all())
    for step in STEPS:
        connection.execute(recording(tables, step, sa.literal))


def begin(connection: sa.Connection) -> None:
    """Let what follows be one transaction where the driver would commit each change of a table.

    SQLAlchemy's own has begun: something was asked before.
    """
    dialect_named(connection.dialect.name).begin(connection, writing=True)


def recording(
    tables: SqlTables, step: Step, literal: Callable[[Any], sa.ColumnElement[Any]]
) -> sa.Insert:
    """Return what records a step, unless it is recorded."""
    at = tables.steps
    facts = [literal(value) for value in (step.number, step.phase.value, step.title)]
    known = sa.exists().where(at.c.number == literal(step.number))
    return at.insert().from_select(["number", "phase", "title"], sa.select(*facts).where(~known))


@frozen
class _Inspected:
    """The database as SQLAlchemy inspects it."""

    connection: sa.Connection
    tables: SqlTables

    def recorded(self) -> dict[int, Phase]:
        at = self.tables.steps
        if not sa.inspect(self.connection).has_table(at.name, schema=at.schema):
            return {}
        rows = self.connection.execute(sa.select(at.c.number, at.c.phase))
        return {number: Phase(phase) for number, phase in rows}

    def columns(self) -> dict[str, set[str]]:
        inspector, schema = sa.inspect(self.connection), self.tables.steps.schema
        found = inspector.get_multi_columns(schema, _names(self.tables))
        return {name: {column["name"] for column in every} for (_, name), every in found.items()}

    def indexes(self) -> set[str | None]:
        inspector, schema = sa.inspect(self.connection), self.tables.steps.schema
        indexed = inspector.get_multi_indexes(schema, _names(self.tables)).values()
        return {index["name"] for of_table in indexed for index in of_table}


@frozen
class _Asked:
    """The database as its catalogue tells it to whoever asks through a driver."""

    wire: Wire
    tables: SqlTables

    def recorded(self) -> dict[int, Phase]:
        at, names = self.tables.steps, self.wire.dialect.names
        if not self._told(self.wire.dialect.columns, [at.name]):
            return {}
        columns = ", ".join(names.format_column(each) for each in (at.c.number, at.c.phase))
        rows = self.wire.all(f"SELECT {columns} FROM {names.format_table(at)}")  # noqa: S608
        return {number: Phase(phase) for number, phase in rows}

    def columns(self) -> dict[str, set[str]]:
        columns: dict[str, set[str]] = {}
        for table, column in self._told(self.wire.dialect.columns, _names(self.tables)):
            columns.setdefault(table, set()).add(column)
        return columns

    def indexes(self) -> set[str | None]:
        told = self._told(self.wire.dialect.indexes, _names(self.tables))
        return {index for _, index in told}

    def _told(
        self, question: Callable[[str | None, int], str], names: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        return self.wire.all(question(self.tables.steps.schema, len(names)), tuple(names))


def _names(tables: SqlTables) -> list[str]:
    return [tables.prefix + name for name in laid_out(STEPS).tables]


def _version(recorded: Mapping[int, Phase], found: _Catalogue, tables: SqlTables) -> int:
    return max(recorded, default=0) or _recognised(found, tables)


def _recognised(found: _Catalogue, tables: SqlTables) -> int:
    """Return the latest step that leaves tables with these columns and indexes.

    Where an index is missing that every such step leaves, the columns decide: somebody took it.
    """
    columns = found.columns()
    alike = [
        step.number
        for place, step in enumerate(STEPS, 1)
        if all(
            columns.get(tables.prefix + table.name) == {CHAIN, *(slot.name for slot in table.slots)}
            for table in laid_out(STEPS[:place]).tables.values()
        )
    ]
    if columns and not alike:
        raise SchemaMismatch("?", str(STEPS[-1].number))
    indexes = found.indexes()
    complete = [number for number in alike if _indexes_at(number, tables) <= indexes]
    return max(complete or alike, default=0)


def _indexes_at(number: int, tables: SqlTables) -> set[str | None]:
    layout = laid_out(step for step in STEPS if step.number <= number)
    built = (tables.build(table, sa.MetaData()) for table in layout.tables.values())
    return {index.name for table in built for index in table.indexes}
