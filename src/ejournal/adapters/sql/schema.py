"""The tables of a database, built from the declarations into the host's `MetaData`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from attrs import define, field

from ejournal.ports import Kind, Slot, Table
from ejournal.store.stores import tables

__all__ = ["CHAIN", "Day", "Instant", "SqlTables"]

_T = TypeVar("_T")

CHAIN = "chain"
"""The column in front of every key: the school a row belongs to, 0 for the registry."""


class _AsFound(sa.types.TypeDecorator[_T]):
    """Gives out what the database holds where it is not of the type, for an audit to find."""

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Read what is of the type as SQLAlchemy does."""
        read = super().result_processor(dialect, coltype)
        if read is None:
            return None

        def read_or_keep(value: Any) -> Any:
            try:
                return read(value)
            except (TypeError, ValueError):
                return value

        return read_or_keep


class Day(_AsFound[date]):
    """A civil date."""

    impl = sa.Date
    cache_ok = True


class Instant(_AsFound[datetime]):
    """An aware UTC instant, also in databases whose own type forgets the time zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Drop the zone where the database would not keep it."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give the instant its zone back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# PostgreSQL would order text by the rules of its locale.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: sa.BigInteger,
    Kind.TEXT: _TEXT,
    Kind.FLAG: sa.Boolean,
    Kind.DATE: Day,
    Kind.INSTANT: Instant,
    Kind.JSON: _TEXT,
}


@define
class SqlTables:
    """Every table, under the host's prefix and schema, in the host's metadata.

    Two instances with different prefixes live side by side. Nothing is created here.
    """

    metadata: sa.MetaData = field(factory=sa.MetaData)
    prefix: str = "ejournal_"
    schema: str | None = None
    _built: dict[str, sa.Table] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for table in tables():
            self._built[table.name] = self._build(table)

    def all(self) -> list[sa.Table]:
        """Return every table of this library, and none that the host put into the metadata."""
        return list(self._built.values())

    def of(self, table: Table) -> sa.Table:
        """Return the database's table for a declared one."""
        return self._built[table.name]

    def _build(self, table: Table) -> sa.Table:
        name = self.prefix + table.name
        return sa.Table(
            name,
            self.metadata,
            sa.Column(CHAIN, sa.BigInteger, nullable=False, autoincrement=False),
            *(_column(slot) for slot in table.slots),
            sa.PrimaryKeyConstraint(CHAIN, *table.key, name=f"pk_{name}"),
            *(
                sa.UniqueConstraint(CHAIN, *group, name=f"uq_{name}_{'_'.join(group)}")
                for group in table.unique
            ),
            *(sa.Index(f"ix_{name}_{'_'.join(columns)}", *columns) for columns in _indexes(table)),
            schema=self.schema,
            # Rows with long text would fill the key's pages; the rest are found faster in them.
            sqlite_with_rowid=any(slot.kind is Kind.JSON for slot in table.slots),
        )


def _column(slot: Slot) -> sa.Column[Any]:
    return sa.Column(slot.name, _TYPES[slot.kind], nullable=slot.optional, autoincrement=False)


def _indexes(table: Table) -> list[tuple[str, ...]]:
    wanted: dict[tuple[str, ...], None] = {}
    for lookup in table.lookups:
        wanted[(CHAIN, *lookup.fields)] = None
        if lookup.across:
            wanted[lookup.fields] = None
    held = [(CHAIN, *table.key), *((CHAIN, *group) for group in table.unique)]
    return [
        columns
        for columns in wanted
        if columns and not any(key[: len(columns)] == columns for key in held)
    ]
