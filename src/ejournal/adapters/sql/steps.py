"""Running the steps of `ejournal.store.steps` on a database, when and where the host says.

The functions take what Alembic gives a revision, and work under the prefix, schema and naming of
the host's `SqlTables`. The database records which steps it has run.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from attrs import define, evolve

from ejournal.adapters.sql.schema import CHAIN, SqlTables, column_of
from ejournal.errors import SchemaMismatch
from ejournal.ports import Stored, Table
from ejournal.store.steps import (
    STEPS,
    Change,
    DropDefault,
    DropField,
    Layout,
    NewDefault,
    NewField,
    NewLookup,
    NewTable,
    Phase,
    Step,
    laid_out,
)

if TYPE_CHECKING:
    from alembic.operations import BatchOperations, Operations

__all__ = ["create", "expect", "operations", "pending", "script", "upgrade", "version"]


def version(connection: sa.Connection, tables: SqlTables) -> int:
    """Return the number of the latest step that the database has run; 0 where nothing is ours.

    Tables that were made without steps, by `metadata.create_all` or before there were any, are
    known by their columns. Raises `SchemaMismatch` for tables that no step leaves so.
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
    tables.metadata.create_all(connection, tables=tables.all())
    for step in STEPS:
        connection.execute(_recording(tables, step, sa.literal))


def upgrade(op: Operations, tables: SqlTables, *, to: int | None = None, since: int = 0) -> None:
    """Run the steps that the database has not run, up to number `to` or all there are.

    Where SQL is written for later (Alembic's offline mode) there is no database to ask: it is the
    steps behind number `since` that are written. Nothing is committed here.
    """
    offline = op.get_context().as_sql
    start = since if offline else version(op.get_bind(), tables)
    last = max(start, STEPS[-1].number if to is None else to)
    op.execute(sa.schema.CreateTable(tables.steps, if_not_exists=True))
    for place, step in enumerate(STEPS):
        if start < step.number <= last:
            _Run(op, tables, laid_out(STEPS[:place])).make(step)
        if step.number <= last:
            op.execute(_recording(tables, step, op.inline_literal))


def operations(connection: sa.Connection) -> Operations:
    """Return what `upgrade` works through, for a host without an environment of Alembic's."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    return Operations(MigrationContext.configure(connection))


def script(dialect: str, tables: SqlTables, *, since: int = 0) -> str:
    """Return the SQL of all steps behind number `since`, for a database of that name."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name=dialect,
        # Other styles double each percent sign for a driver, and no driver reads this.
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": written},
    )
    upgrade(Operations(context), tables, since=since)
    return written.getvalue()


def _recorded(connection: sa.Connection, tables: SqlTables) -> dict[int, Phase]:
    at = tables.steps
    if not sa.inspect(connection).has_table(at.name, schema=at.schema):
        return {}
    rows = connection.execute(sa.select(at.c.number, at.c.phase))
    return {number: Phase(phase) for number, phase in rows}


def _recognised(connection: sa.Connection, tables: SqlTables) -> int:
    """Return the latest step that leaves tables with these columns."""
    names = [tables.prefix + name for name in laid_out(STEPS).tables]
    found = sa.inspect(connection).get_multi_columns(tables.steps.schema, names)
    there = {name: {column["name"] for column in columns} for (_, name), columns in found.items()}
    for place in range(len(STEPS), 0, -1):
        wanted = laid_out(STEPS[:place]).tables.values()
        if all(there.get(tables.prefix + table.name) == _columns(table) for table in wanted):
            return STEPS[place - 1].number
    if there:
        raise SchemaMismatch("?", str(STEPS[-1].number))
    return 0


def _columns(table: Table) -> set[str]:
    return {CHAIN, *(slot.name for slot in table.slots)}


def _recording(
    tables: SqlTables, step: Step, literal: Callable[[Any], sa.ColumnElement[Any]]
) -> sa.Insert:
    """Return what records a step, unless it is recorded."""
    at = tables.steps
    facts = [literal(value) for value in (step.number, step.phase.value, step.title)]
    known = sa.exists().where(at.c.number == literal(step.number))
    return at.insert().from_select(["number", "phase", "title"], sa.select(*facts).where(~known))


@define
class _Run:
    """One step at work: how the tables are laid out between its changes."""

    op: Operations
    tables: SqlTables
    layout: Layout

    def make(self, step: Step) -> None:
        """Make every change of the step."""
        for change in step.changes:
            after = self.layout.after(change)
            self._change(change, after)
            self.layout = after

    def _change(self, change: Change, after: Layout) -> None:
        match change:
            case NewTable(table):
                built = self._built(after, table)
                self.op.execute(sa.schema.CreateTable(built))
                self._add_indexes(built)
            case NewField(name, slot, default):
                column = column_of(slot, self._spelled(default))
                schema = self.tables.steps.schema
                self.op.add_column(self.tables.prefix + name, column, schema=schema)
            case NewLookup(name, _):
                before = self._built(self.layout, self.layout.tables[name])
                self._add_indexes(self._built(after, after.tables[name]), before)
            case NewDefault(name, slot_name, default):
                self._set_default(name, slot_name, self._spelled(default))
            case DropDefault(name, slot_name):
                self._set_default(name, slot_name, None)
            case DropField(name, slot_name):
                self._drop(self.layout.tables[name], after.tables[name], slot_name)

    def _built(self, layout: Layout, table: Table) -> sa.Table:
        """Return a table as it is between changes, with the defaults that stand then."""
        standing = {
            slot: self._spelled(default)
            for (name, slot), default in layout.defaults.items()
            if name == table.name
        }
        return self.tables.build(table, sa.MetaData(), standing)

    def _add_indexes(self, built: sa.Table, before: sa.Table | None = None) -> None:
        there = {index.name for index in before.indexes} if before is not None else set()
        for index in sorted(built.indexes, key=lambda index: str(index.name)):
            if index.name not in there:
                self.op.execute(sa.schema.CreateIndex(index))

    def _set_default(self, name: str, slot: str, default: str | None) -> None:
        built = self._built(self.layout, self.layout.tables[name])
        with self._altering(built) as batch:
            batch.alter_column(slot, server_default=default, existing_type=built.c[slot].type)

    def _drop(self, before: Table, after: Table, slot: str) -> None:
        unasked = self._built(self.layout, evolve(before, lookups=after.lookups))
        kept = {index.name for index in unasked.indexes}
        for index in self._built(self.layout, before).indexes:
            if index.name not in kept:
                self.op.execute(sa.schema.DropIndex(index))
        with self._altering(unasked) as batch:
            batch.drop_column(slot)

    def _altering(self, built: sa.Table) -> AbstractContextManager[BatchOperations]:
        """Alter a table in place, or on SQLite by copying its rows into a new one."""
        return self.op.batch_alter_table(
            built.name,
            schema=built.schema,
            copy_from=built,
            table_kwargs=dict(built.dialect_kwargs),
        )

    def _spelled(self, default: Stored) -> str | None:
        """Return a value as text that the database reads as the column's type."""
        if default is None or isinstance(default, str):
            return default
        if isinstance(default, bool):
            return str(int(default))
        if isinstance(default, datetime):
            text = default.replace(tzinfo=None).isoformat(" ", "microseconds")
            return text if self.op.get_context().dialect.name == "sqlite" else f"{text}+00"
        return str(default)
