"""Which steps a database has run, and whether a release works with it.

Running more of them is in `steps`, which loads Alembic; a store that only looks does not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from ejournal.adapters.sql._dialects import dialect_named
from ejournal.adapters.sql.schema import CHAIN, SqlTables
from ejournal.errors import SchemaMismatch
from ejournal.store.steps import STEPS, Phase, Step, laid_out

__all__ = ["begin", "create", "expect", "pending", "recording", "version"]


def version(connection: sa.Connection, tables: SqlTables) -> int:
    """Return the number of the latest step that the database has run; 0 where nothing is ours.

    Tables that were made without steps, by `metadata.create_all` or before there were any, are
    known by their columns and indexes. Raises `SchemaMismatch` for tables that no step leaves so.
    """
    return max(_recorded(connection, tables), default=0) or _recognised(connection, tables)


def pending(connection: sa.Connection, tables: SqlTables) -> tuple[Step, ...]:
    """Return the steps that the database has not run, in their order."""
    found = version(connection, tables)
    return tuple(step for step in STEPS if step.number > found)


def expect(connection: sa.Connection, tables: SqlTables) -> None:
    """Raise `SchemaMismatch` unless this release works with the database as it is.

    It needs every step that expands. One that contracts may still be to come, and one that
    expands may have been run by a later release; a later one that contracts is refused.
    """
    recorded = _recorded(connection, tables)
    found = max(recorded, default=0) or _recognised(connection, tables)
    needed = max(step.number for step in STEPS if step.phase is Phase.EXPAND)
    breaking = max((n for n, phase in recorded.items() if phase is Phase.CONTRACT), default=0)
    if found < needed or breaking > STEPS[-1].number:
        raise SchemaMismatch(str(found), str(needed))


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


def _recorded(connection: sa.Connection, tables: SqlTables) -> dict[int, Phase]:
    at = tables.steps
    if not sa.inspect(connection).has_table(at.name, schema=at.schema):
        return {}
    rows = connection.execute(sa.select(at.c.number, at.c.phase))
    return {number: Phase(phase) for number, phase in rows}


def _recognised(connection: sa.Connection, tables: SqlTables) -> int:
    """Return the latest step that leaves tables with these columns and indexes.

    Where an index is missing that every such step leaves, the columns decide: somebody took it.
    """
    inspector, schema = sa.inspect(connection), tables.steps.schema
    names = [tables.prefix + name for name in laid_out(STEPS).tables]
    found = inspector.get_multi_columns(schema, names)
    columns = {
        name: {column["name"] for column in of_table} for (_, name), of_table in found.items()
    }
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
    indexed = inspector.get_multi_indexes(schema, names).values()
    indexes = {index["name"] for of_table in indexed for index in of_table}
    complete = [number for number in alike if _indexes_at(number, tables) <= indexes]
    return max(complete or alike, default=0)


def _indexes_at(number: int, tables: SqlTables) -> set[str | None]:
    layout = laid_out(step for step in STEPS if step.number <= number)
    built = (tables.build(table, sa.MetaData()) for table in layout.tables.values())
    return {index.name for table in built for index in table.indexes}
