"""Running the steps of `ejournal.store.steps` on a database, when and where the host says.

The functions take what Alembic gives a revision, and work under the prefix, schema and naming of
the host's `SqlTables`. The database records which steps it has run.
"""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from datetime import datetime

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import BatchOperations, Operations
from attrs import define, evolve

from ejournal.adapters.sql.schema import SqlTables, column_of
from ejournal.adapters.sql.versions import begin, expect, pending, recording, version
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
    Step,
    laid_out,
)

__all__ = ["expect", "operations", "pending", "script", "upgrade", "version"]


def upgrade(op: Operations, tables: SqlTables, *, to: int | None = None, since: int = 0) -> None:
    """Run the steps that the database has not run, up to number `to` or all there are.

    Where SQL is written for later (Alembic's offline mode) there is no database to ask: it is the
    steps behind number `since` that are written. Nothing is committed here: stopped before the
    caller commits, it has changed nothing.
    """
    offline = op.get_context().as_sql
    start = since if offline else version(op.get_bind(), tables)
    if not offline:
        begin(op.get_bind())
    last = max(start, STEPS[-1].number if to is None else to)
    op.execute(sa.schema.CreateTable(tables.steps, if_not_exists=True))
    for place, step in enumerate(STEPS):
        if start < step.number <= last:
            _Run(op, tables, laid_out(STEPS[:place])).make(step)
        if step.number <= last:
            op.execute(recording(tables, step, op.inline_literal))


def operations(connection: sa.Connection) -> Operations:
    """Return what `upgrade` works through, for a host without an environment of Alembic's."""
    return Operations(MigrationContext.configure(connection))


def script(dialect: str, tables: SqlTables, *, since: int = 0) -> str:
    """Return the SQL of all steps behind number `since`, for a database of that name."""
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name=dialect,
        # Other styles double each percent sign for a driver, and no driver reads this.
        dialect_opts={"paramstyle": "named"},
        opts={"as_sql": True, "output_buffer": written},
    )
    upgrade(Operations(context), tables, since=since)
    return written.getvalue()


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
