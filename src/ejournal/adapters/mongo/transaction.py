"""Rows in one transaction of MongoDB: one round trip for each call, where one can do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from attrs import define, field
from pymongo import ReadPreference
from pymongo.client_session import ClientSession
from pymongo.collection import Collection, ReturnDocument
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ejournal.adapters.mongo.documents import Layout, Question
from ejournal.adapters.mongo.faults import TRANSLATED, is_conflict, pauses_until
from ejournal.adapters.mongo.indexing import CHAIN
from ejournal.adapters.mongo.lost import LostSessions
from ejournal.adapters.mongo.turns import Turns, Writer
from ejournal.errors import Duplicate, NotAllowedHere, Unavailable
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Stored, Table, Transaction
from ejournal.store.tables import HEADS

__all__ = ["MAJORITY", "MongoTransaction", "Shelf", "Shelves", "start"]

MAJORITY = WriteConcern("majority")
_SNAPSHOT = ReadConcern("snapshot")

T = TypeVar("T")

Shelf: TypeAlias = tuple[Layout, Collection[dict[str, Any]]]
Shelves: TypeAlias = Mapping[str, Shelf]
"""The collection of each table, with how documents stand in it."""

# An answer comes whole; without this the first hundred rows would come alone.
_WHOLE = 2**31 - 1
_PIECE = 5_000
_AT_ONCE = 10_000
_TURN = {"$inc": {"turns": 1}}


def start(session: ClientSession) -> None:
    """Start a transaction that reads one committed state and is kept by most members."""
    session.start_transaction(_SNAPSHOT, MAJORITY, ReadPreference.PRIMARY)


@define(eq=False)
class MongoTransaction(Transaction):
    """Reads and writes in a session, or without one where nothing can be rolled back.

    Writing what is there already would end the transaction on the server, so duplicates are looked
    for before. A first `lock` that meets another process begins the transaction again; one that the
    host began is not ours to begin again.
    """

    _shelves: Shelves
    _waiting: Collection[dict[str, Any]]
    _session: ClientSession | None
    _turns: Turns
    _lost: LostSessions
    _writer: Writer
    _patience: float = 0
    _restarts: bool = False
    _locked: set[SchoolId] = field(init=False, factory=set)
    wanted: set[SchoolId] = field(init=False, factory=set)
    """The schools that were asked for, whether they were locked or not."""

    def lock(self, school: SchoolId, /) -> Row | None:
        """Count a turn on the head's document, which conflicts with whoever else does."""
        if school in self._locked:
            return self.read(HEADS, school, (0,))
        return self._lock_each([school])

    def lock_as(self, earlier: Transaction, /) -> None:
        """Take all turns before the state is settled that this transaction will see."""
        if isinstance(earlier, MongoTransaction) and len(earlier.wanted) > 1:
            self._lock_each(sorted(earlier.wanted))

    def _lock_each(self, schools: Sequence[SchoolId]) -> Row | None:
        """Lock schools at once; return the head of the last."""
        self.wanted.update(schools)
        deadline = time.monotonic() + self._patience
        for school in schools:
            self._turns.take(school, self._writer, deadline)
        with TRANSLATED:
            row = self._take_turns(schools, deadline)
        self._writer.begun()
        self._restarts = False
        self._locked.update(schools)
        return row

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row under that `_id`."""
        layout, collection = self._at(table)
        with TRANSLATED:
            document = collection.find_one(
                {"_id": layout.address(school, key)}, session=self._session
            )
        return None if document is None else layout.row(document)

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
        """Fetch the whole answer, then give it: writing meanwhile does not disturb it."""
        if limit == 0:
            return iter(())
        layout, collection = self._at(table)
        question = layout.asked(school, lookup, values)
        if after is not None:
            question = question.behind(layout.behind(school, after))
        with TRANSLATED:
            found = collection.find(
                question.filter,
                sort=layout.order(school),
                hint=question.hint,
                limit=limit or 0,
                batch_size=_WHOLE,
                session=self._session,
            ).to_list()
        if school is None:
            return ((SchoolId(int(each["_id"]["chain"])), layout.row(each)) for each in found)
        return ((school, layout.row(each)) for each in found)

    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        """Ask for as many as one message may hold."""
        layout, _ = self._at(table)
        for some in _pieces(keys):
            yield from self._found(table, layout.holding(school, table.key, some))

    def select_each(
        self,
        table: Table,
        school: SchoolId,
        lookup: Lookup,
        firsts: Sequence[Stored],
        rest: Row = (),
        /,
    ) -> Iterator[Row]:
        """Ask for as many as one message may hold."""
        layout, _ = self._at(table)
        for some in _pieces(firsts):
            yield from self._found(table, layout.asked_of_each(school, lookup, some, rest))

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Insert rows after looking for what they would meet; a single one is looked for by it."""
        if not rows:
            return
        layout, collection = self._at(table)
        grouped = any(None not in table.pick(row, group) for group in table.unique for row in rows)
        with TRANSLATED:
            if len(rows) == 1 and not grouped:
                self._insert_one(table, school, rows[0])
                return
            self._refuse_taken(table, school, rows)
            documents = [layout.document(school, row) for row in rows]
            collection.insert_many(documents, ordered=False, session=self._session)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Compare the version and replace the document in one statement."""
        if table.version is None:
            return False
        layout, collection = self._at(table)
        key = layout.key_of(row)
        compared = {"_id": layout.address(school, key), table.version: expected}
        with TRANSLATED:
            for group in table.unique:
                holders = self._holders(table, school, group, [row])
                if not holders or key in holders.values():
                    continue
                if collection.find_one(compared, session=self._session) is None:
                    return False
                raise Duplicate(table.name, group, key)
            replaced = collection.replace_one(compared, layout.fields(row), session=self._session)
        return replaced.matched_count == 1

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Delete the document under that `_id`."""
        layout, collection = self._at(table)
        with TRANSLATED:
            deleted = collection.delete_one(
                {"_id": layout.address(school, key)}, session=self._session
            )
        return deleted.deleted_count == 1

    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        """Let the server count, unless documents of an older shape are found by that."""
        layout, collection = self._at(table)
        question = layout.within(school)
        stages = [
            {"$match": question.filter},
            {"$group": {"_id": layout.grouped(names), "rows": {"$sum": 1}}},
        ]
        with TRANSLATED:
            groups = collection.aggregate(
                stages, hint=dict(question.hint or ()), batchSize=_WHOLE, session=self._session
            ).to_list()
        if all(layout.is_newest(group["_id"]) for group in groups):
            for group in groups:
                yield layout.counted(group["_id"], names), group["rows"]
        else:
            yield from super().tally(table, school, names)

    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        """Read a piece at a time, without what no step can need: the school and the version."""
        layout, collection = self._at(table)
        question = layout.within(school)
        left_out = {CHAIN, table.version} - {None, *names}
        with (
            TRANSLATED,
            collection.find(
                question.filter,
                dict.fromkeys(left_out, 0),
                sort=layout.order(school),
                hint=question.hint,
                batch_size=_PIECE,
                session=self._session,
            ) as documents,
        ):
            yield from layout.spelled(names, documents)

    def _found(self, table: Table, question: Question) -> list[Row]:
        layout, collection = self._at(table)
        with TRANSLATED:
            found = collection.find(
                question.filter, hint=question.hint, batch_size=_WHOLE, session=self._session
            ).to_list()
        return [layout.row(each) for each in found]

    def _at(self, table: Table) -> Shelf:
        """Return a table's collection; raises `NotAllowedHere` once the host's transaction ended.

        The driver would write without one.
        """
        if self._writer.session is not None and self._writer.ended:
            raise NotAllowedHere("session", "no-transaction")
        self._restarts = False
        return self._shelves[table.name]

    def _take_turns(self, schools: Sequence[SchoolId], deadline: float) -> Row | None:
        if self._session is None or not self._restarts:
            return self._counted(schools)
        for pause in pauses_until(deadline):
            try:
                return self._counted(schools)
            except PyMongoError as error:
                if not is_conflict(error):
                    raise
            self._session.abort_transaction()
            self._lost.end()
            time.sleep(pause)
            start(self._session)
        raise Unavailable("somebody else is writing in the school")

    def _counted(self, schools: Sequence[SchoolId]) -> Row | None:
        return [self._counted_in(school) for school in schools][-1]

    def _counted_in(self, school: SchoolId) -> Row | None:
        """Count the turn: beside the heads where the school has none yet."""
        layout, heads = self._shelves[HEADS.name]
        head = heads.find_one_and_update(
            {"_id": layout.address(school, (0,))},
            _TURN,
            return_document=ReturnDocument.AFTER,
            session=self._session,
        )
        if head is not None:
            return layout.row(head)
        self._waiting.update_one(
            {"_id": layout.address(school, ())}, _TURN, upsert=True, session=self._session
        )
        return None

    def _insert_one(self, table: Table, school: SchoolId, row: Row) -> None:
        layout, collection = self._at(table)
        key = layout.key_of(row)
        inserted = collection.update_one(
            {"_id": layout.address(school, key)},
            {"$setOnInsert": layout.fields(row)},
            upsert=True,
            session=self._session,
        )
        if inserted.upserted_id is None:
            raise Duplicate(table.name, table.key, key)

    def _refuse_taken(self, table: Table, school: SchoolId, rows: Sequence[Row]) -> None:
        """Raise `Duplicate` for the first row that meets another, kept or among themselves."""
        groups = (table.key, *table.unique)
        taken = {group: set(self._holders(table, school, group, rows)) for group in groups}
        for row in rows:
            for group in groups:
                values = table.pick(row, group)
                if values in taken[group]:
                    raise Duplicate(table.name, group, table.pick(row, table.key))
                if None not in values:
                    taken[group].add(values)

    def _holders(
        self, table: Table, school: SchoolId, group: tuple[str, ...], rows: Sequence[Row]
    ) -> dict[Row, Row]:
        """Return which values of a group are taken, and the key of each who has them."""
        wanted = sorted({values for row in rows if None not in (values := table.pick(row, group))})
        layout, _ = self._at(table)
        found: dict[Row, Row] = {}
        for some in _pieces(wanted):
            if group == table.key and not self._anything_between(table, school, some):
                continue
            for row in self._found(table, layout.holding(school, group, some)):
                found[table.pick(row, group)] = layout.key_of(row)
        return found

    def _anything_between(self, table: Table, school: SchoolId, keys: Sequence[Row]) -> bool:
        """Say whether keys in order have to be asked for one by one: new ones lie together."""
        if len(keys) == 1:
            return True
        layout, collection = self._at(table)
        question = layout.between(school, keys[0], keys[-1])
        found = collection.find_one(
            question.filter, {"_id": 1}, hint=question.hint, session=self._session
        )
        return found is not None


def _pieces(wanted: Sequence[T]) -> Iterator[list[T]]:
    """Yield what is wanted, each once, in as many pieces as there have to be messages."""
    once = list(dict.fromkeys(wanted))
    for start in range(0, len(once), _AT_ONCE):
        yield once[start : start + _AT_ONCE]
