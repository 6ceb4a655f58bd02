"""Stores that break one promise each, to see that the contract notices.

All but a few are the store in memory behind a transaction that spoils one thing on the way.
"""

# ruff: noqa: ARG002 - a method has the parameters of its port, used or not

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from ejournal.adapters.memory import MemoryStore, _MemoryTransaction
from ejournal.errors import Duplicate, Unavailable
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.model.ledger import canonical
from ejournal.ports import Row, Stored, Table, Transaction
from ejournal.store.tables import ENTRIES, HEADS

__all__ = ["BROKEN", "Passing", "SpoiledStore"]

Answer = Iterable[tuple[SchoolId, Row]]


class Passing(Transaction):
    """A transaction that hands everything on to a sound one."""

    def __init__(self, sound: Transaction) -> None:
        self.sound = sound

    def lock(self, school: SchoolId, /) -> Row | None:
        return self.sound.lock(school)

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        return self.sound.read(table, school, key)

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
        found = self.sound.select(table, school, lookup, values, after=after, limit=limit)
        return iter(list(self.answer(table, found)))

    def answer(self, table: Table, found: Answer) -> Answer:
        return found

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.sound.insert(table, school, rows)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        return self.sound.update(table, school, row, expected)

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        return self.sound.delete(table, school, key)

    def everywhere(self, table: Table) -> list[tuple[SchoolId, Row]]:
        return list(self.sound.select(table, None, None))


class SpoiledStore(MemoryStore):
    """The store in memory, seen through another transaction."""

    def __init__(self, transaction: Callable[[Transaction], Transaction] = Passing) -> None:
        super().__init__()
        self._spoiled = transaction

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with super().begin(writing=writing) as sound:
            yield self._spoiled(sound)


BROKEN: dict[str, Callable[[], MemoryStore]] = {}
"""By what is wrong with it, how to make a store that is broken in that way."""

T = TypeVar("T", bound=type[Passing])
S = TypeVar("S", bound=type[MemoryStore])


def transaction(spoiled: T) -> T:
    BROKEN[spoiled.__name__] = lambda: SpoiledStore(spoiled)
    return spoiled


def whole_store(broken: S) -> S:
    BROKEN[broken.__name__] = broken
    return broken


@transaction
class UpdateComparesNoVersion(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        stored = self.read(table, school, table.pick(row, table.key))
        if stored is None or table.version is None:
            return False
        return self.sound.update(table, school, row, int(str(stored[table.place(table.version)])))


@transaction
class UpdateAddsWhatIsNotThere(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        if self.sound.read(table, school, table.pick(row, table.key)) is None:
            self.sound.insert(table, school, [row])
            return True
        return self.sound.update(table, school, row, expected)


@transaction
class UpdateLeavesWhatBecameNone(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        stored = self.sound.read(table, school, table.pick(row, table.key)) or row
        merged = tuple(old if new is None else new for old, new in zip(stored, row, strict=True))
        return self.sound.update(table, school, merged, expected)


@transaction
class UpdateTouchesEverySchool(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        owners = {owner for owner, _ in self.everywhere(table)}
        return any(
            [  # noqa: C419 - every one is to be updated
                self.sound.update(table, owner, row, expected) for owner in owners
            ]
        )


@transaction
class InsertReplaces(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        for row in rows:
            self.sound.delete(table, school, table.pick(row, table.key))
            self.sound.insert(table, school, [row])


@transaction
class InsertOfManyStopsHalfway(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        for row in rows:
            self.sound.insert(table, school, [row])


@transaction
class IndexesHoldAKilobyte(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        for row in rows:
            if any(len(str(value).encode()) > 1_024 for value in table.pick(row, table.key)):
                raise Unavailable("the key is too long for an index")
        self.sound.insert(table, school, rows)


@transaction
class LastOfTwoInOneInsertWins(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        by_key = {table.pick(row, table.key): row for row in rows}
        self.sound.insert(table, school, list(by_key.values()))


@transaction
class InsertWantsAtLeastOneRow(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        if not rows:
            raise ValueError("nothing to insert")
        self.sound.insert(table, school, rows)


def _loosened(table: Table) -> Table:
    return Table(table.name, table.slots, table.key, table.lookups, (), table.order, table.version)


@transaction
class InsertAllowsTwins(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.sound.insert(_loosened(table), school, rows)


@transaction
class UpdateAllowsTwins(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        return self.sound.update(_loosened(table), school, row, expected)


@transaction
class TwinsAreRefusedAcrossSchools(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        for group in table.unique:
            taken = {table.pick(row, group) for _, row in self.everywhere(table)}
            for row in rows:
                if (values := table.pick(row, group)) in taken and None not in values:
                    raise Duplicate(table.name, group, table.pick(row, table.key))
        self.sound.insert(table, school, rows)


@transaction
class DuplicateNamesTheKeyAlways(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        try:
            self.sound.insert(table, school, rows)
        except Duplicate as error:
            raise Duplicate(error.kind, table.key, error.key) from error


@transaction
class DuplicateNamesTheFirstRow(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        try:
            self.sound.insert(table, school, rows)
        except Duplicate as error:
            key = table.pick(rows[0], table.key)
            raise Duplicate(error.kind, error.fields, key) from error


@transaction
class DeleteDoesNothing(Passing):
    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        return self.sound.read(table, school, key) is not None


@transaction
class DeleteSaysYesAlways(Passing):
    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        self.sound.delete(table, school, key)
        return True


@transaction
class DeleteEmptiesTheTable(Passing):
    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        there = self.sound.read(table, school, key) is not None
        for _, row in list(self.sound.select(table, school, None)):
            self.sound.delete(table, school, table.pick(row, table.key))
        return there


@transaction
class DeleteReachesEverySchool(Passing):
    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        there = self.sound.read(table, school, key) is not None
        for owner, _ in self.everywhere(table):
            self.sound.delete(table, owner, key)
        return there


@transaction
class DeletesComeBeforeInserts(Passing):
    """Loses what is removed after something was added, as a batch that orders its writes does."""

    def __init__(self, sound: Transaction) -> None:
        super().__init__(sound)
        self._added: dict[str, set[Row]] = {}

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.sound.insert(table, school, rows)
        self._added.setdefault(table.name, set()).update(table.pick(row, table.key) for row in rows)

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        added = self._added.get(table.name, {key})
        if key in added:
            return self.sound.delete(table, school, key)
        return self.sound.read(table, school, key) is not None


@whole_store
class APlaceThatWasLeftStaysTaken(MemoryStore):
    """Marks what is gone as gone, and never gives its address to another row."""

    def __init__(self) -> None:
        super().__init__()
        self._gone: set[tuple[str, SchoolId, Row]] = set()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with super().begin(writing=writing) as sound:
            yield _Marking(sound, self._gone)


class _Marking(Passing):
    def __init__(self, sound: Transaction, gone: set[tuple[str, SchoolId, Row]]) -> None:
        super().__init__(sound)
        self._gone = gone

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        for key in (table.pick(row, table.key) for row in rows):
            if (table.name, school, key) in self._gone:
                raise Duplicate(table.name, table.key, key)
        self.sound.insert(table, school, rows)

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        self._gone.add((table.name, school, key))
        return self.sound.delete(table, school, key)


@whole_store
class DeletesAreNotRolledBack(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        lasting: list[tuple[Table, SchoolId, Row]] = []
        try:
            with super().begin(writing=writing) as sound:
                yield _Noting(sound, lasting)
        except BaseException:
            with super().begin(writing=True) as sound:
                for deleted in lasting:
                    sound.delete(*deleted)
            raise


class _Noting(Passing):
    def __init__(self, sound: Transaction, lasting: list[tuple[Table, SchoolId, Row]]) -> None:
        super().__init__(sound)
        self._lasting = lasting

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        self._lasting.append((table, school, key))
        return self.sound.delete(table, school, key)


@transaction
class EntriesForgetWhereARecordStood(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        if table is ENTRIES:
            rows = [(*row[:-1], _without_origins(str(row[-1]))) for row in rows]
        self.sound.insert(table, school, rows)


def _without_origins(text: str) -> str:
    told = json.loads(text)
    told["writes"] = [write[:5] if len(write) > 5 else write for write in told["writes"]]
    return canonical(told)


@transaction
class HeadsStayWhereTheyBegan(Passing):
    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        return table is HEADS or self.sound.update(table, school, row, expected)


@transaction
class EntriesForgetTheirOnceKey(Passing):
    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        if table is ENTRIES:
            rows = [(*row[:3], None, *row[4:]) for row in rows]
        self.sound.insert(table, school, rows)


@transaction
class OwnWritesAreSeenLater(Passing):
    """Reads what was there when the transaction began."""

    def __init__(self, sound: Transaction) -> None:
        super().__init__(sound)
        assert isinstance(sound, _MemoryTransaction)
        self._began = _MemoryTransaction(sound._committed)

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        return self._began.read(table, school, key)


@whole_store
class NothingIsRolledBack(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        transaction = _MemoryTransaction(self._committed)
        try:
            yield transaction
        finally:
            self._committed = {**self._committed, **transaction.changed}


@whole_store
class AnExitOfTheProcessCommits(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        if not writing:
            yield _MemoryTransaction(self._committed)
            return
        with self._turn:
            transaction = _MemoryTransaction(self._committed)
            try:
                yield transaction
            except Exception:
                raise
            except BaseException:
                self._committed = {**self._committed, **transaction.changed}
                raise
            self._committed = {**self._committed, **transaction.changed}


@whole_store
class ARollbackIsTheEnd(MemoryStore):
    _failed = False

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        if self._failed and writing:
            raise Unavailable("the transaction before was rolled back")
        try:
            with super().begin(writing=writing) as transaction:
                yield transaction
        except BaseException:
            self._failed = True
            raise


@whole_store
class NobodyWaitsForAWriter(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        transaction = _MemoryTransaction(self._committed)
        yield transaction
        self._committed = {**self._committed, **transaction.changed}


@whole_store
class ReadersWaitForWriters(MemoryStore):
    _everybody = threading.RLock()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        if not self._everybody.acquire(timeout=0.05):
            raise Unavailable("somebody else is at it")
        try:
            with super().begin(writing=writing) as transaction:
                yield transaction
        finally:
            self._everybody.release()


@whole_store
class ReadersSeeWhatIsNotCommitted(MemoryStore):
    _open: _MemoryTransaction | None = None

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        if not writing:
            yield self._open or _MemoryTransaction(self._committed)
            return
        with super().begin(writing=True) as transaction:
            assert isinstance(transaction, _MemoryTransaction)
            self._open = transaction
            try:
                yield transaction
            finally:
                self._open = None


@whole_store
class ReadersSeeEveryCommit(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with super().begin(writing=writing) as transaction:
            yield transaction if writing else _Latest(self)


class _Latest(Passing):
    """Reads what is committed at the moment of each question."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @property
    def sound(self) -> Transaction:  # type: ignore[override]  # a property stands for the field
        return _MemoryTransaction(self._store._committed)


@whole_store
class LockingTwiceCommits(MemoryStore):
    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with super().begin(writing=writing) as transaction:
            yield _Committing(transaction, self) if writing else transaction


class _Committing(Passing):
    def __init__(self, sound: Transaction, store: MemoryStore) -> None:
        super().__init__(sound)
        self._store = store

    def lock(self, school: SchoolId, /) -> Row | None:
        assert isinstance(self.sound, _MemoryTransaction)
        self._store._committed = {**self._store._committed, **self.sound.changed}
        return self.sound.lock(school)


@transaction
class LockingTwiceIsRefused(Passing):
    """Gives up, as a lock that cannot be taken again by its holder does."""

    def __init__(self, sound: Transaction) -> None:
        super().__init__(sound)
        self._taken: set[SchoolId] = set()

    def lock(self, school: SchoolId, /) -> Row | None:
        if school in self._taken:
            raise Unavailable("the lock is taken")
        self._taken.add(school)
        return self.sound.lock(school)


@transaction
class LockingGivesNoHead(Passing):
    def lock(self, school: SchoolId, /) -> Row | None:
        self.sound.lock(school)
        return None


@transaction
class AnswersWaitToBeRead(Passing):
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
        yield from self.sound.select(table, school, lookup, values, after=after, limit=limit)


@transaction
class ManyAreReadInEverySchool(Passing):
    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        rows = (row for _, row in self.everywhere(table))
        return (row for row in rows if table.pick(row, table.key) in set(keys))


@transaction
class ManyAreReadAsOftenAsAsked(Passing):
    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        return (row for key in keys if (row := self.sound.read(table, school, key)) is not None)


@transaction
class ManyValuesForgetTheRest(Passing):
    def select_each(
        self,
        table: Table,
        school: SchoolId,
        lookup: Lookup,
        firsts: Sequence[Stored],
        rest: Row = (),
        /,
    ) -> Iterator[Row]:
        for _, row in self.sound.select(table, school, None):
            if table.pick(row, lookup.fields[:1])[0] in firsts:
                yield row


@transaction
class OnlyTheFirstOfManyValuesIsAsked(Passing):
    def select_each(
        self,
        table: Table,
        school: SchoolId,
        lookup: Lookup,
        firsts: Sequence[Stored],
        rest: Row = (),
        /,
    ) -> Iterator[Row]:
        return super().select_each(table, school, lookup, firsts[:1], rest)


@transaction
class TallyLosesOneOfEach(Passing):
    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        return ((values, count - 1) for values, count in super().tally(table, school, names))


@transaction
class TallyCountsOtherSchools(Passing):
    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        rows = self.sound.select(table, None, None)
        yield from Counter(table.pick(row, names) for _, row in rows).items()


@transaction
class SpelledOutOfOrder(Passing):
    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        return reversed(list(super().spelled(table, school, names)))


@transaction
class SpelledAsPythonPrints(Passing):
    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        for _, row in self.sound.select(table, school, None):
            yield tuple(map(str, table.pick(row, names)))
