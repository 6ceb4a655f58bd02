"""A school's ledger inside one transaction: the head it took, and what was written since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from weakref import ref

import attrs
from attrs import define, evolve, field, frozen

from ejournal.codec import Shape, spell
from ejournal.errors import Duplicate, Fault, NotAllowedHere, ReadOnly, Unreadable, Unrecorded
from ejournal.ids import SchoolId, spell_id
from ejournal.model.access import Actor, System
from ejournal.model.declaration import is_personal
from ejournal.model.ledger import (
    GENESIS,
    Entry,
    Event,
    Head,
    Spelled,
    Write,
    canonical,
    chained,
    digest,
)
from ejournal.ports import Policies, Row, Transaction
from ejournal.store.guarding import Guard
from ejournal.store.history import texts_of
from ejournal.store.pouring import digested, was_poured
from ejournal.store.tables import ENTRIES, HEADS, PERSONAL, check_number, head_in

__all__ = ["Chain", "Circumstances", "Overlapping", "spelled_actor"]


@define
class Overlapping(Fault):
    """Two units of one school were open at once in one transaction, and both recorded.

    They took the same numbers, so what the second wrote has no entry: the host rolls back.
    """

    code: ClassVar[str] = "overlapping"
    texts: ClassVar[tuple[str, str]] = (
        "another unit of school {school} recorded in the same transaction while this one was open",
        "у тій самій транзакції записала інша одиниця роботи закладу {school}, поки тривала ця",
    )
    school: int


@frozen
class Circumstances:
    """What a unit is told and never finds out by itself: who acts, when, under which policies."""

    actor: Actor | System
    now: datetime
    policies: Policies
    new_id: Callable[[], int]
    new_salt: Callable[[], str]
    writing: bool = True


@frozen
class _Written:
    """A record as a unit left it; without an entity it was erased."""

    shape: Shape[Any]
    entity: Any
    before: int
    was: Mapping[str, Spelled] | None = None
    moved_from: Row | None = None


class _Over:
    """Stands where the transaction of a unit was, and answers nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - nothing is ever returned
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotAllowedHere("unit", "over")


_OVER: Any = _Over()


@define(eq=False)
class Chain:
    """Numbers and links the entries of one unit; they are laid down together by `close`.

    Opening it for writing takes the school's head, so nobody else writes until the transaction
    ends, and the number of the next entry is known from the start: it is the version of every
    record written. Without `locking` no head is taken and nothing can be recorded: for records
    that are not ledgered. All writing of records is done here, behind the guard of closed periods.
    """

    school: SchoolId
    transaction: Transaction
    circumstances: Circumstances
    locking: bool = True
    guard: Guard = field(init=False)
    _stored: Head | None = field(init=False, default=None)
    _entries: list[Entry] = field(init=False, factory=list)
    _texts: list[Row] = field(init=False, factory=list)
    _pending: dict[tuple[str, Row], _Written] = field(init=False, factory=dict)
    _poured: dict[str, tuple[Shape[Any], list[Row]]] = field(init=False, factory=dict)
    _left: set[tuple[str, Row]] = field(init=False, factory=set)
    _beside: list[ref[Chain]] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        check_number("school", self.school)
        self.guard = Guard(self.transaction, self.school, self.circumstances.now)
        taking = self.writing and self.locking
        row = self.transaction.lock(self.school) if taking else None
        if row is not None:
            self._stored = head_in(row)
            if row[1:] != (self._stored.seq, self._stored.hash):
                raise Unreadable("a head", "its number or hash is of another type")

    def beside(self, school: SchoolId, *, writing: bool, locking: bool = True) -> Chain:
        """Return another school's chain in the same transaction; it ends with this one."""
        circumstances = self.circumstances
        if writing is not self.writing:
            circumstances = evolve(circumstances, writing=writing)
        chain = Chain(school, self.transaction, circumstances, locking)
        self._beside.append(ref(chain))
        return chain

    def end(self) -> None:
        """Let nothing be asked or written any more by who has kept the unit.

        Its connection may serve another one by now.
        """
        self.transaction = self.guard.transaction = _OVER
        for known in self._beside:
            chain = known()
            if chain is not None:
                chain.end()

    @property
    def writing(self) -> bool:
        """Whether the unit was opened to write."""
        return self.circumstances.writing

    @property
    def head(self) -> Head:
        """The head as a writer took it, or as the last `close` left it."""
        return self._stored or Head()

    def next_version(self, *, ledgered: bool, current: int) -> int:
        """Return the version that a record written now gets."""
        return self._seq if ledgered else current + 1

    def pour(self, shape: Shape[Any], rows: Sequence[Row]) -> None:
        """Add rows of a kind that is poured, all or none, and keep them for the next event.

        They bear the next version. The entry will say how many there are and their digests, not
        what they say. Raises `Duplicate` where an address is taken, and `PeriodClosed`.
        """
        self._insert(shape, rows)
        if rows:
            _, pending = self._poured.setdefault(shape.aggregate.name, (shape, []))
            pending.extend(rows)

    def add(self, shape: Shape[Any], entities: Sequence[attrs.AttrsInstance]) -> None:
        """Add records, all or none; raises `Duplicate` and `PeriodClosed`."""
        self._insert(shape, [shape.row(entity) for entity in entities])
        for entity in entities:
            self._wrote(shape, entity, 0)

    def _insert(self, shape: Shape[Any], rows: Sequence[Row]) -> None:
        self.guard.check(shape, rows)
        self._vacant(shape, rows)
        try:
            self.transaction.insert(shape.table, self.school, rows)
        except Duplicate as error:
            told = shape.told_key(error.key) if error.key else ()
            raise Duplicate(error.kind, error.fields, told) from None
        self.guard.wrote(shape)

    def replace(self, shape: Shape[Any], entity: attrs.AttrsInstance, expected: int) -> bool:
        """Replace the record of that version and say whether it was; raises `PeriodClosed`."""
        row = shape.row(entity)
        key = shape.table.pick(row, shape.table.key)
        self.guard.check(shape, [row], [key])
        was = self._was(shape, key, expected)
        if not self.transaction.update(shape.table, self.school, row, expected):
            return False
        self.guard.wrote(shape)
        self._wrote(shape, entity, expected, was)
        return True

    def move(
        self,
        shape: Shape[Any],
        standing: attrs.AttrsInstance,
        entity: attrs.AttrsInstance,
        version: int,
    ) -> None:
        """Put the record that stands in that version under the key of `entity`, as that reads.

        Its history goes with it. Raises `Duplicate` where that key or what is unique of the record
        is taken, `PeriodClosed`, and `Unrecorded` for one written since the last event.
        """
        name, left, row = shape.aggregate.name, shape.row(standing), shape.row(entity)
        there, here = (shape.table.pick(each, shape.table.key) for each in (left, row))
        self.guard.check(shape, [left])
        if (name, there) in self._pending:
            raise Unrecorded((name,))
        was = self._was(shape, there, version)
        self._insert(shape, [row])
        self.transaction.delete(shape.table, self.school, there)
        if shape.aggregate.ledgered:
            self._pending[name, here] = _Written(shape, entity, version, was, there)
            self._left.add((name, there))

    def erase(self, shape: Shape[Any], entity: attrs.AttrsInstance, version: int) -> None:
        """Remove the record with its personal text; raises `PeriodClosed` and `Unrecorded`."""
        row = shape.row(entity)
        key = shape.table.pick(row, shape.table.key)
        self.guard.check(shape, [row])
        self._erased(shape, key, version)
        if shape.aggregate.ledgered:
            for place in texts_of(self.transaction, self.school, shape, row):
                self.transaction.delete(PERSONAL, self.school, place)
        self.transaction.delete(shape.table, self.school, key)
        self.guard.wrote(shape)

    def _wrote(
        self,
        shape: Shape[Any],
        entity: attrs.AttrsInstance,
        before: int,
        was: Mapping[str, Spelled] | None = None,
    ) -> None:
        """Keep for the next event how the record reads now, and which version it replaced.

        Where that one was poured, `was` says how it read.
        """
        if not shape.aggregate.ledgered:
            return
        name = shape.aggregate.name
        key = shape.table.pick(shape.row(entity), shape.table.key)
        first = self._pending.get((name, key)) or _Written(shape, entity, before, was)
        self._pending[name, key] = evolve(first, entity=entity)

    def _was(self, shape: Shape[Any], key: Row, version: int) -> Mapping[str, Spelled] | None:
        """Return how a record reads that was poured and is about to be replaced; else None.

        Raises `Unrecorded` for one that was poured since the last event.
        """
        if shape.aggregate.poured_by is None or not version:
            return None
        if version == self._seq:
            _, pending = self._poured.get(shape.aggregate.name, (shape, []))
            if any(shape.table.pick(row, shape.table.key) == key for row in pending):
                raise Unrecorded((shape.aggregate.name,))
            return None
        if version > self.head.seq:
            self._lay_down()
        return was_poured(self.transaction, self.school, shape, key, version)

    def _vacant(self, shape: Shape[Any], rows: Iterable[Row]) -> None:
        """Raise `Unrecorded` where a row takes a place whose leaving has not been recorded yet."""
        if not self._pending:
            return
        for row in rows:
            address = (shape.aggregate.name, shape.table.pick(row, shape.table.key))
            written = self._pending.get(address)
            if address in self._left or (written and written.entity is None):
                raise Unrecorded((shape.aggregate.name,))

    def _erased(self, shape: Shape[Any], key: Row, before: int) -> None:
        """Keep for the next event that the record is gone, and lay down what was recorded so far.

        The record is still there. Raises `Unrecorded` if it was written since the last event.
        """
        if not shape.aggregate.ledgered:
            return
        if (shape.aggregate.name, key) in self._pending:
            raise Unrecorded((shape.aggregate.name,))
        was = self._was(shape, key, before)
        self._lay_down()
        self._pending[shape.aggregate.name, key] = _Written(shape, None, before, was)

    def record(self, event: Event) -> None:
        """Account for everything written since the last event; raises `ReadOnly` for readers."""
        if self.transaction is _OVER:
            raise NotAllowedHere("unit", "over")
        if not (self.writing and self.locking):
            raise ReadOnly(event.name)
        writes = tuple(self._spelled(key, written) for (_, key), written in self._pending.items())
        poured = tuple(
            digested(shape, rows, partial(self._hidden, shape))
            for shape, rows in self._poured.values()
        )
        self._entries.append(
            Entry(
                chain=self.school,
                seq=self._seq,
                at=self.circumstances.now,
                actor=spelled_actor(self.circumstances.actor),
                event=event.name,
                data=self._facts(event),
                writes=writes,
                previous=GENESIS,
                hash="",
                poured=poured,
            )
        )
        self._pending.clear()
        self._poured.clear()
        self._left.clear()

    def name(self, once: str, result: tuple[str, tuple[Spelled, ...]] | None) -> None:
        """Mark the latest entry as the outcome of the call that `once` names."""
        if self._entries:
            self._entries[-1] = evolve(self._entries[-1], once=once, result=result)

    def close(self) -> None:
        """Lay down the entries and move the head; raises `Unrecorded` if a write has no event."""
        kinds = {kind for kind, _ in self._pending} | self._poured.keys()
        if kinds:
            raise Unrecorded(tuple(sorted(kinds)))
        self._lay_down()

    def _lay_down(self) -> None:
        if not self._entries:
            return
        rows: list[Row] = []
        head = self.head
        for entry in self._entries:
            text, hashed = chained(evolve(entry, previous=head.hash))
            rows.append((entry.seq, entry.at, entry.event, entry.once, hashed, text))
            head = Head(entry.seq, hashed)
        try:
            self.transaction.insert(ENTRIES, self.school, rows)
        except Duplicate:
            raise Overlapping(self.school) from None
        self.transaction.insert(PERSONAL, self.school, self._texts)
        self._move_head(head)
        self._entries.clear()
        self._texts.clear()

    @property
    def _seq(self) -> int:
        return self.head.seq + len(self._entries) + 1

    def _move_head(self, head: Head) -> None:
        row = (0, head.seq, head.hash)
        if self._stored is None:
            self.transaction.insert(HEADS, self.school, [row])
        elif not self.transaction.update(HEADS, self.school, row, self._stored.seq):
            raise Overlapping(self.school)
        self._stored = head

    def _spelled(self, key: Row, written: _Written) -> Write:
        shape = written.shape
        spelled_key = shape.spelled_key(key)
        if written.entity is None:
            return Write(shape.aggregate.name, spelled_key, written.before, {}, written.was)
        shown, hidden = shape.spelled(written.entity)
        for name, text in hidden:
            shown[name] = self._lay_aside(shape.aggregate.name, spelled_key, name, text)
        origin = None if written.moved_from is None else shape.spelled_key(written.moved_from)
        return Write(shape.aggregate.name, spelled_key, written.before, shown, written.was, origin)

    def _hidden(self, shape: Shape[Any], row: Row, name: str, text: str) -> str:
        key = canonical(shape.spelled_key(shape.table.pick(row, shape.table.key)))
        hashed, number = self._laid_aside(shape.aggregate.name, key, name, text)
        # Canonical as it is: thousands of marks may have a comment.
        return f'{{"digest":"{hashed}","text":{number}}}'

    def _facts(self, event: Event) -> dict[str, Spelled]:
        facts: dict[str, Spelled] = {}
        for attribute in attrs.fields(attrs.resolve_types(type(event))):
            value = spell(getattr(event, attribute.name), attribute.type)
            if is_personal(attribute) and value not in (None, ""):
                value = self._lay_aside(event.name, (), attribute.name, canonical(value))
            facts[attribute.name] = value
        return facts

    def _lay_aside(
        self, kind: str, key: tuple[Spelled, ...], name: str, text: str
    ) -> dict[str, Spelled]:
        """Keep personal text apart with its salt; return what stands for it in the entry."""
        hashed, number = self._laid_aside(kind, canonical(key), name, text)
        return {"digest": hashed, "text": number}

    def _laid_aside(self, kind: str, key: str, name: str, text: str) -> tuple[str, int]:
        salt = self.circumstances.new_salt()
        number = len(self._texts) + 1
        self._texts.append((self._seq, number, kind, key, name, salt, text))
        return digest(salt, text), number


def spelled_actor(actor: Actor | System) -> dict[str, Spelled]:
    """Return who acts as entries spell it."""
    if isinstance(actor, System):
        return {"system": actor.name}
    cabinet = actor.cabinet
    return {
        "account": spell_id(actor.account),
        "role": cabinet.role.value,
        "person": None if cabinet.person is None else spell_id(cabinet.person),
        "authority": None if cabinet.authority is None else spell_id(cabinet.authority),
    }
