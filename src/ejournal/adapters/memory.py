"""The store in memory: the reference for every other, and the quickest to test with."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import define, field

from ejournal.errors import Duplicate, Unavailable
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Capability, Row, Stored, Table, Transaction
from ejournal.store import Store
from ejournal.store.tables import HEADS

__all__ = ["MemoryStore"]

_Address = tuple[SchoolId, Row]
_Rows = Mapping[_Address, Row]


class MemoryStore(Store):
    """Keeps everything in this process; writers take turns, readers see what was committed.

    Rows are plain immutable values, so nothing that was handed out can change what is kept.
    """

    cannot = frozenset({Capability.DURABILITY})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._committed: Mapping[str, _Rows] = {}
        self._turn = threading.Lock()
        self._writer: int | None = None

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction; one that writes waits for the one before it to end.

        Raises `Unavailable` inside another that the same thread writes in: that one would never
        end.
        """
        if not writing:
            yield _MemoryTransaction(self._committed)
            return
        if self._writer == threading.get_ident():
            raise Unavailable("this thread is writing already")
        with self._turn:
            self._writer = threading.get_ident()
            try:
                transaction = _MemoryTransaction(self._committed)
                yield transaction
                # What is written after the end, by who kept the unit, must not reach what is kept.
                changed, transaction.changed = transaction.changed, {}
                self._committed = {**self._committed, **changed}
            finally:
                self._writer = None


@define
class _MemoryTransaction(Transaction):
    """Copies a table when it is first written to, and reads its own copy from then on."""

    _committed: Mapping[str, _Rows]
    changed: dict[str, dict[_Address, Row]] = field(init=False, factory=dict)

    def lock(self, school: SchoolId, /) -> Row | None:
        """Return the head: the whole store was taken when the transaction began."""
        return self.read(HEADS, school, (0,))

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row at that address, or None."""
        return self._rows(table).get((school, key))

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
        """Find and sort all matching rows before the first is given."""
        found = [
            (owner, row)
            for (owner, key), row in self._rows(table).items()
            if (school is None or owner == school)
            and _matches(table, lookup, values, row)
            and (after is None or key > after)
        ]
        found.sort(key=lambda pair: (*table.rank(pair[1]), pair[0]))
        return iter(found[:limit])

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Add rows, or none of them where one is a duplicate."""
        fresh: dict[_Address, Row] = {}
        kept = self._rows(table)
        for row in rows:
            address = school, table.pick(row, table.key)
            if address in kept or address in fresh:
                raise Duplicate(table.name, table.key, address[1])
            _refuse_twins(table, kept, address, row)
            _refuse_twins(table, fresh, address, row)
            fresh[address] = row
        self._own(table).update(fresh)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Replace the row if its version is the expected one."""
        address = school, table.pick(row, table.key)
        stored = self._rows(table).get(address)
        if stored is None or table.version is None:
            return False
        if stored[table.place(table.version)] != expected:
            return False
        _refuse_twins(table, self._rows(table), address, row)
        self._own(table)[address] = row
        return True

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Remove the row at that address."""
        return self._own(table).pop((school, key), None) is not None

    def _rows(self, table: Table) -> _Rows:
        own = self.changed.get(table.name)
        return self._committed.get(table.name, {}) if own is None else own

    def _own(self, table: Table) -> dict[_Address, Row]:
        if table.name not in self.changed:
            self.changed[table.name] = dict(self._committed.get(table.name, {}))
        return self.changed[table.name]


def _matches(table: Table, lookup: Lookup | None, values: Row, row: Row) -> bool:
    if lookup is None:
        return True
    asked = table.pick(row, lookup.fields)
    if not lookup.ranged:
        return asked == values
    *same, first, last = values
    return asked[:-1] == tuple(same) and _within(first, asked[-1], last)


def _within(first: Any, value: Any, last: Any) -> bool:
    return value is not None and bool(first <= value <= last)


def _refuse_twins(table: Table, rows: _Rows, address: _Address, row: Row) -> None:
    for group in table.unique:
        values: tuple[Stored, ...] = table.pick(row, group)
        if None in values:
            continue
        for (owner, key), other in rows.items():
            if owner == address[0] and key != address[1] and table.pick(other, group) == values:
                raise Duplicate(table.name, group, address[1])
