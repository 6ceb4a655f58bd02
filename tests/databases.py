"""Real databases to make tables in: a SQLite file, and a schema of its own in PostgreSQL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from attrs import frozen

from ejournal.adapters.sql import SqlStore, SqlTables, configure_sqlite, steps

__all__ = ["Rows", "Site", "own_schema", "site"]

Rows = dict[str, list[tuple[object, ...]]]


@cache
def _tables_in(schema: str | None) -> SqlTables:
    """What is built once, and its statements compiled once."""
    return SqlTables(schema=schema)


@frozen
class Site:
    """A database of a host, and the schema in it that tables go to."""

    engine: sa.Engine
    schema: str | None

    def tables(self, metadata: sa.MetaData | None = None, prefix: str = "ejournal_") -> SqlTables:
        if metadata is None and prefix == "ejournal_":
            return _tables_in(self.schema)
        return SqlTables(metadata or sa.MetaData(), prefix, self.schema)

    def store(self, tables: SqlTables | None = None) -> SqlStore:
        return SqlStore(self.engine, tables or self.tables())

    def upgrade(self, tables: SqlTables | None = None, *, to: int | None = None) -> None:
        with self.engine.begin() as connection:
            steps.upgrade(steps.operations(connection), tables or self.tables(), to=to)

    def version(self, tables: SqlTables | None = None) -> int:
        with self.engine.connect() as connection:
            return steps.version(connection, tables or self.tables())

    def names(self) -> set[str]:
        return set(sa.inspect(self.engine).get_table_names(self.schema))

    def rows(self) -> Rows:
        """Every row of every table, without the steps."""
        found: Rows = {}
        with self.engine.connect() as connection:
            for name in sorted(self.names() - {"ejournal_step"}):
                table = sa.Table(name, sa.MetaData(), autoload_with=connection, schema=self.schema)
                ordered = table.select().order_by(*table.primary_key)
                found[name] = [tuple(row) for row in connection.execute(ordered)]
        return found

    def drift(self, metadata: sa.MetaData) -> list[tuple[object, ...]]:
        """What a host's Alembic would write into a new revision."""
        with self.engine.connect() as connection:
            options = {"include_schemas": self.schema is not None, "include_name": self._is_here}
            context = MigrationContext.configure(connection, opts=options)
            return list(compare_metadata(context, metadata))

    def _is_here(self, name: str | None, kind: str, _: object) -> bool:
        return kind != "schema" or name == self.schema


@contextmanager
def own_schema(url: str) -> Iterator[Site]:
    """Make a schema in a PostgreSQL database for the block."""
    engine = sa.create_engine(url)
    schema = f"host_{secrets.token_hex(4)}"
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    yield Site(engine, schema)
    with engine.begin() as connection:
        connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    if request.param == "sqlite":
        engine = configure_sqlite(sa.create_engine(f"sqlite:///{tmp_path}/host.db"))
        yield Site(engine, None)
        engine.dispose()
    else:
        with own_schema(request.getfixturevalue("postgres")) as made:
            yield made
