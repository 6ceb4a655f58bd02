"""Storages that give up: a transaction that raises before its n-th write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import define

from ejournal.errors import Fault
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Table, Transaction
from ejournal.store import Store

__all__ = ["Breaking", "BreakingStore", "Broken"]


class Broken(Fault):
    """The storage gave up."""


@define
class Breaking(Transaction):
    """A transaction that gives up at its n-th write, before it is made."""

    inner: Transaction
    writes_left: int

    def lock(self, school: SchoolId, /) -> Row | None:
        return self.inner.lock(school)

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        return self.inner.read(table, school, key)

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
        return self.inner.select(table, school, lookup, values, after=after, limit=limit)

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self._spend()
        self.inner.insert(table, school, rows)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        self._spend()
        return self.inner.update(table, school, row, expected)

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        self._spend()
        return self.inner.delete(table, school, key)

    def _spend(self) -> None:
        if not self.writes_left:
            raise Broken
        self.writes_left -= 1


class BreakingStore(Store):
    """Another store's storage that gives up at the n-th write of every transaction."""

    def __init__(self, inner: Store, writes_left: int) -> None:
        super().__init__(clock=inner.clock, ids=inner.ids, salts=inner.salts)
        self._inner = inner
        self._writes_left = writes_left

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with self._inner.begin(writing=writing) as transaction:
            yield Breaking(transaction, self._writes_left)
