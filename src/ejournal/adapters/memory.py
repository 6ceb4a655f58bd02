"""The store in memory: the reference for every other, and the quickest to test with."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
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
_Names = tuple[str, ...]


class MemoryStore(Store):
    """Keeps everything in this process; writers take turns, readers see what was committed.

    Rows are plain immutable values, so nothing that was handed out can change what is kept.
    """

    cannot = frozenset({Capability.DURABILITY})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._committed: Mapping[str, _Kept] = {}
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
class _Kept:
    """The rows of a table, and where those lie that hold the same values in fields asked for.

    What was committed is not changed any more, but for values that nobody had asked for yet.
    """

    rows: dict[_Address, Row] = field(factory=dict)
    _places: dict[_Names, dict[_Address, dict[_Address, None]]] = field(factory=dict)
    _own: set[tuple[_Names, _Address]] = field(init=False, factory=set)

    def copied(self) -> _Kept:
        """Return the same to be changed; groups are shared until one of them changes."""
        return _Kept(dict(self.rows), {names: dict(each) for names, each in self._places.items()})

    def holding(
        self, table: Table, names: _Names, school: SchoolId, values: Row
    ) -> Collection[_Address]:
        """Return the addresses of a school's rows with those values in those fields."""
        if names not in self._places:
            found: dict[_Address, dict[_Address, None]] = {}
            for address, row in self.rows.items():
                found.setdefault((address[0], table.pick(row, names)), {})[address] = None
            self._places[names] = found
        return self._places[names].get((school, values), {})

    def put(self, table: Table, address: _Address, row: Row) -> None:
        """Keep a row, in place of the one at the same address."""
        self.take(table, address)
        self.rows[address] = row
        for names in self._places:
            self._group(names, (address[0], table.pick(row, names)))[address] = None

    def take(self, table: Table, address: _Address) -> bool:
        """Remove the row at an address; say whether there was one."""
        row = self.rows.pop(address, None)
        if row is None:
            return False
        for names in self._places:
            del self._group(names, (address[0], table.pick(row, names)))[address]
        return True

    def _group(self, names: _Names, place: _Address) -> dict[_Address, None]:
        """Return a group that is this copy's own."""
        places = self._places[names]
        if (names, place) not in self._own:
            self._own.add((names, place))
            places[place] = dict(places.get(place, {}))
        return places[place]


_NOTHING = _Kept()


@define
class _MemoryTransaction(Transaction):
    """Copies a table when it is first written to, and reads its own copy from then on."""

    _committed: Mapping[str, _Kept]
    changed: dict[str, _Kept] = field(init=False, factory=dict)

    def lock(self, school: SchoolId, /) -> Row | None:
        """Return the head: the whole store was taken when the transaction began."""
        return self.read(HEADS, school, (0,))

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row at that address, or None."""
        return self._kept(table).rows.get((school, key))

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
        kept = self._kept(table)
        found = [
            (owner, kept.rows[owner, key])
            for owner, key in _asked_for(kept, table, school, lookup, values)
            if (school is None or owner == school)
            and _matches(table, lookup, values, kept.rows[owner, key])
            and (after is None or key > after)
        ]
        found.sort(key=lambda pair: (*table.rank(pair[1]), pair[0]))
        return iter(found[:limit])

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Add rows, or none of them where one is a duplicate."""
        fresh = _Kept()
        kept = self._kept(table)
        for row in rows:
            address = school, table.pick(row, table.key)
            if address in kept.rows or address in fresh.rows:
                raise Duplicate(table.name, table.key, address[1])
            _refuse_twins(table, kept, address, row)
            _refuse_twins(table, fresh, address, row)
            fresh.put(table, address, row)
        own = self._own(table)
        for address, row in fresh.rows.items():
            own.put(table, address, row)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Replace the row if its version is the expected one."""
        address = school, table.pick(row, table.key)
        stored = self._kept(table).rows.get(address)
        if stored is None or table.version is None:
            return False
        if stored[table.place(table.version)] != expected:
            return False
        _refuse_twins(table, self._kept(table), address, row)
        self._own(table).put(table, address, row)
        return True

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Remove the row at that address."""
        return self._own(table).take(table, (school, key))

    def _kept(self, table: Table) -> _Kept:
        own = self.changed.get(table.name)
        return self._committed.get(table.name, _NOTHING) if own is None else own

    def _own(self, table: Table) -> _Kept:
        if table.name not in self.changed:
            self.changed[table.name] = self._committed.get(table.name, _Kept()).copied()
        return self.changed[table.name]


def _asked_for(
    kept: _Kept, table: Table, school: SchoolId | None, lookup: Lookup | None, values: Row
) -> Collection[_Address]:
    """Return where the rows lie among which a lookup's are: all where nothing narrows it."""
    if lookup is None or school is None:
        return kept.rows
    names = lookup.fields[:-1] if lookup.ranged else lookup.fields
    return kept.holding(table, names, school, values[: len(names)]) if names else kept.rows


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


def _refuse_twins(table: Table, kept: _Kept, address: _Address, row: Row) -> None:
    for group in table.unique:
        values: tuple[Stored, ...] = table.pick(row, group)
        if None in values:
            continue
        if set(kept.holding(table, group, address[0], values)) - {address}:
            raise Duplicate(table.name, group, address[1])
