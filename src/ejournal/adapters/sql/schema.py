"""The tables of a database, built from the declarations into the host's `MetaData`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from attrs import define, field, frozen

from ejournal.errors import Invalid
from ejournal.ports import Kind, Slot, Table
from ejournal.store.stores import tables

__all__ = ["CHAIN", "Day", "Instant", "SqlTables", "column_of"]

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


# PostgreSQL compares text as it was told when the database was made; questions are answered by
# code point.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: sa.BigInteger,
    Kind.TEXT: _TEXT,
    Kind.FLAG: sa.Boolean,
    Kind.DATE: Day,
    Kind.INSTANT: Instant,
    Kind.JSON: _TEXT,
}


# PostgreSQL cuts off what is longer, in bytes, and two names may become one.
_LONGEST_NAME = 63


@frozen
class _Keys:
    """The columns of a table's constraints and indexes, which are to be named."""

    table: str
    primary: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()

    def names(self) -> list[str]:
        """Return our names: the primary key's, then those of unique groups and of indexes."""
        return [
            f"pk_{self.table}",
            *(f"uq_{self.table}_{'_'.join(group[1:])}" for group in self.unique),
            *(f"ix_{self.table}_{'_'.join(columns)}" for columns in self.indexes),
        ]

    def named(self, convention: Mapping[str, Any]) -> list[str]:
        """Return the names that a convention gives, in the same order; ours where it gives none."""
        parts: list[Any] = [
            sa.PrimaryKeyConstraint(*self.primary),
            *(sa.UniqueConstraint(*group) for group in self.unique),
            *(sa.Index(None, *columns) for columns in self.indexes),
        ]
        names = dict.fromkeys(
            name for group in (self.primary, *self.unique, *self.indexes) for name in group
        )
        metadata = sa.MetaData(naming_convention=convention)
        sa.Table(self.table, metadata, *(sa.Column(name, sa.Text) for name in names), *parts)
        return [part.name or our for part, our in zip(parts, self.names(), strict=True)]


@define
class SqlTables:
    """Every table, under the host's prefix and schema, in the host's metadata.

    Nothing is created here. Instances that differ in prefix or schema live side by side in one
    process, one metadata and one database. Enums are text, so no type is created either; there
    are no foreign keys, checks, or sequences.

    Constraints and indexes are named `pk_`, `uq_` or `ix_`, then the table and the columns; or as
    `naming` says, a mapping such as SQLAlchemy's `MetaData` takes; or as the metadata's own
    convention says. What a convention names twice in one table, or beyond 63 bytes, has our name.
    Raises `Invalid` for a prefix that is too long for that.
    """

    metadata: sa.MetaData = field(factory=sa.MetaData)
    prefix: str = "ejournal_"
    schema: str | None = None
    naming: Mapping[str, Any] | None = None
    steps: sa.Table = field(init=False)
    """Where a database says which steps it has run."""
    _built: dict[str, sa.Table] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for table in tables():
            self._built[table.name] = self.build(table, self.metadata)
        self.steps = self._build_steps()

    def all(self) -> list[sa.Table]:
        """Return every table of this library, and none that the host put into the metadata."""
        return [*self._built.values(), self.steps]

    def of(self, table: Table) -> sa.Table:
        """Return the database's table for a declared one."""
        return self._built[table.name]

    def build(
        self, table: Table, metadata: sa.MetaData, defaults: Mapping[str, str | None] | None = None
    ) -> sa.Table:
        """Return what a declared table is in a database, put into that metadata.

        `defaults` are what the database fills slots with, as text that it reads.
        """
        keys = _Keys(
            self.prefix + table.name,
            (CHAIN, *table.key),
            tuple((CHAIN, *group) for group in table.unique),
            tuple(_indexes(table)),
        )
        filled = defaults or {}
        columns: list[sa.Column[Any]] = [
            sa.Column(CHAIN, sa.BigInteger, nullable=False, autoincrement=False),
            *(column_of(slot, filled.get(slot.name)) for slot in table.slots),
        ]
        # Rows with long text would fill the key's pages; the rest are found faster in them.
        with_rowid = any(slot.kind is Kind.JSON for slot in table.slots)
        return self._assemble(keys, columns, metadata, with_rowid=with_rowid)

    def _build_steps(self) -> sa.Table:
        columns: list[sa.Column[Any]] = [
            sa.Column("number", sa.BigInteger, nullable=False, autoincrement=False),
            sa.Column("phase", _TEXT, nullable=False),
            sa.Column("title", _TEXT, nullable=False),
        ]
        keys = _Keys(f"{self.prefix}step", ("number",))
        return self._assemble(keys, columns, self.metadata, with_rowid=True)

    def _assemble(
        self,
        keys: _Keys,
        columns: Sequence[sa.Column[Any]],
        metadata: sa.MetaData,
        *,
        with_rowid: bool,
    ) -> sa.Table:
        names = self._names(keys)
        return sa.Table(
            keys.table,
            metadata,
            *columns,
            sa.PrimaryKeyConstraint(*keys.primary, name=next(names)),
            *(sa.UniqueConstraint(*group, name=next(names)) for group in keys.unique),
            *(sa.Index(next(names), *columns) for columns in keys.indexes),
            schema=self.schema or self.metadata.schema,
            sqlite_with_rowid=with_rowid,
        )

    def _names(self, keys: _Keys) -> Iterator[str]:
        """Yield names that a convention of `metadata` leaves as they are."""
        convention = self._convention()
        ours = keys.names()
        wanted = keys.named(convention) if convention else ours
        taken: set[str] = set()
        for our, name in zip(ours, wanted, strict=True):
            chosen = our if name in taken or _is_long(name) else name
            if _is_long(chosen) or _is_long(keys.table):
                raise Invalid("prefix", self.prefix, "length")
            taken.add(chosen)
            yield sa.schema.conv(chosen)

    def _convention(self) -> Mapping[str, Any]:
        if self.naming is not None:
            return self.naming
        host: Mapping[str, Any] = self.metadata.naming_convention
        return {} if host == sa.MetaData().naming_convention else host


def _is_long(name: str) -> bool:
    return len(name.encode()) > _LONGEST_NAME


def column_of(slot: Slot, default: str | None = None) -> sa.Column[Any]:
    """Return a slot's column; where nothing is said the database fills it with `default`."""
    return sa.Column(
        slot.name,
        _TYPES[slot.kind],
        nullable=slot.optional,
        autoincrement=False,
        server_default=default,
    )


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
