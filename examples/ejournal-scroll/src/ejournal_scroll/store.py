"""The store over the file, and the rows of one open transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from ejournal.errors import Duplicate, Unavailable
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Table, Transaction
from ejournal.store import Store
from ejournal.store.tables import HEADS
from ejournal_scroll.scroll import Change, Scroll

__all__ = ["ScrollStore"]

_Page = Mapping[Row, Row]
_Place = tuple[str, SchoolId]


class ScrollStore(Store):
    """Keeps everything in one file and, as far as it was read, in memory.

    A commit that returned is on disk. Processes on one machine can share the file: one of them
    writes at a time, whatever the school, and readers wait for nobody.
    """

    def __init__(self, path: Path, *, patience: float = 30.0, **options: Any) -> None:  # noqa: ANN401
        super().__init__(**options)
        self._scroll = Scroll(path, patience)
        self._turn = threading.Lock()
        self._writer: int | None = None
        self._reading = threading.Lock()
        self._pages: Mapping[_Place, _Page] = {}
        self._end = 0

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        """Open a transaction; one that writes has the file to itself."""
        if not writing:
            yield _ScrollTransaction(self._read())
            return
        with self._turn_in_process(), self._scroll.turn() as file:
            transaction = _ScrollTransaction(self._read())
            self._scroll.mend(file, self._end)
            yield transaction
            if changes := transaction.changes():
                with self._reading:
                    self._end = self._scroll.append(file, self._end, changes)
                    self._pages = {**self._pages, **transaction.close()}

    @contextmanager
    def _turn_in_process(self) -> Iterator[None]:
        if self._writer == threading.get_ident():
            raise Unavailable("this thread is writing already")
        if not self._turn.acquire(timeout=self._scroll.patience):
            raise Unavailable("another thread is writing")
        try:
            self._writer = threading.get_ident()
            yield
        finally:
            self._writer = None
            self._turn.release()

    def _read(self) -> Mapping[_Place, _Page]:
        """Take in what was committed since, whoever did it, and return all there is."""
        with self._reading:
            fresh: dict[_Place, dict[Row, Row]] = {}
            end = self._end
            for changes, end in self._scroll.behind(self._end):  # noqa: B007 - the last one is kept
                for table, school, key, row in changes:
                    place = table.name, school
                    page = fresh.setdefault(place, dict(self._pages.get(place, {})))
                    page.pop(key, None)
                    if row is not None:
                        page[key] = row
            self._pages, self._end = {**self._pages, **fresh}, end
            return self._pages


@define
class _ScrollTransaction(Transaction):
    """Copies the page of a school and table when it is first written to."""

    _committed: Mapping[_Place, _Page]
    _own: dict[_Place, dict[Row, Row]] = field(init=False, factory=dict)
    _touched: dict[tuple[Table, SchoolId, Row], None] = field(init=False, factory=dict)

    def changes(self) -> list[Change]:
        """Return what became of each row that was written to."""
        return [
            (table, school, key, self._page(table, school).get(key))
            for table, school, key in self._touched
        ]

    def close(self) -> Mapping[_Place, _Page]:
        """Return the pages as they are now; what is written later reaches nobody."""
        own, self._own = self._own, {}
        return own

    def lock(self, school: SchoolId, /) -> Row | None:
        """Return the head: the whole file was taken when the transaction began."""
        return self.read(HEADS, school, (0,))

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        return self._page(table, school).get(key)

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
        """Return the matching rows as they are now, sorted."""
        found = [
            (owner, row)
            for owner in (self._schools(table) if school is None else [school])
            for key, row in self._page(table, owner).items()
            if _matches(table, lookup, values, row) and (after is None or key > after)
        ]
        found.sort(key=lambda pair: _place(table, *pair))
        return iter(found[:limit])

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        page = dict(self._page(table, school))
        for row in rows:
            key = table.pick(row, table.key)
            if key in page:
                raise Duplicate(table.name, table.key, key)
            _refuse_twins(table, page, key, row)
            page[key] = row
        self._own[table.name, school] = page
        self._touched.update(((table, school, table.pick(row, table.key)), None) for row in rows)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        key = table.pick(row, table.key)
        stored = self._page(table, school).get(key)
        if stored is None or table.version is None:
            return False
        if stored[table.place(table.version)] != expected:
            return False
        _refuse_twins(table, self._page(table, school), key, row)
        self._write(table, school, key)[key] = row
        return True

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        if key not in self._page(table, school):
            return False
        del self._write(table, school, key)[key]
        return True

    def _schools(self, table: Table) -> set[SchoolId]:
        return {school for name, school in (*self._committed, *self._own) if name == table.name}

    def _page(self, table: Table, school: SchoolId) -> _Page:
        place = table.name, school
        own = self._own.get(place)
        return self._committed.get(place, {}) if own is None else own

    def _write(self, table: Table, school: SchoolId, key: Row) -> dict[Row, Row]:
        self._touched[table, school, key] = None
        place = table.name, school
        if place not in self._own:
            self._own[place] = dict(self._committed.get(place, {}))
        return self._own[place]


def _matches(table: Table, lookup: Lookup | None, values: Row, row: Row) -> bool:
    if lookup is None:
        return True
    asked = table.pick(row, lookup.fields)
    if not lookup.ranged:
        return asked == values
    *same, first, last = values
    return list(asked[:-1]) == same and asked[-1] is not None and first <= asked[-1] <= last


def _place(table: Table, owner: SchoolId, row: Row) -> tuple[Any, ...]:
    ordered = [(value is not None, value) for value in table.pick(row, table.order)]
    return (*ordered, table.pick(row, table.key), owner)


def _refuse_twins(table: Table, page: _Page, key: Row, row: Row) -> None:
    for group in table.unique:
        values = table.pick(row, group)
        if None not in values and any(
            other_key != key and table.pick(other, group) == values
            for other_key, other in page.items()
        ):
            raise Duplicate(table.name, group, key)
