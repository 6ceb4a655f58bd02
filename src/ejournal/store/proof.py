"""Proving a ledger: its chain, and that the tables beside it say what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from attrs import define, field, frozen

from ejournal.codec import Shape, shape_of
from ejournal.errors import Invalid, Missing, Unreadable
from ejournal.ids import SchoolId
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.ledger import (
    Entry,
    Finding,
    Flaw,
    Head,
    Seal,
    Spelled,
    Write,
    canonical,
    digest,
    hidden,
    sealed,
    verified,
)
from ejournal.ports import Kind, Row, Stored, Table, Transaction
from ejournal.store.steps import STEPS, fields_gone, fields_since
from ejournal.store.tables import ENTRIES, HEADS, PERSONAL

__all__ = [
    "Audit",
    "Revision",
    "audited",
    "entries_after",
    "head_of",
    "proved",
    "revision_of",
    "texts_of",
]


@frozen
class Revision:
    """How a record read after one change, and who made it.

    Personal text is put back where it still exists; erased, it is None.
    """

    seq: int
    at: datetime
    actor: Mapping[str, Spelled]
    event: str
    fields: Mapping[str, Spelled]
    before: int


def _number(value: Stored) -> int:
    """Return a stored number; -1, which no entry has, stands for anything else."""
    return value if isinstance(value, int) else -1


def head_of(transaction: Transaction, school: SchoolId) -> Head:
    """Return where the school's chain ends."""
    row = transaction.read(HEADS, school, (0,))
    return Head() if row is None else Head(_number(row[1]), str(row[2]))


def entries_after(
    transaction: Transaction, school: SchoolId, seq: int, limit: int | None = None
) -> Iterator[Entry]:
    """Yield the entries with greater numbers, in their order."""
    rows = transaction.select(ENTRIES, school, None, after=(seq,), limit=limit)
    for _, (_, _, _, _, hashed, text) in rows:
        yield sealed(str(text), str(hashed))


def revision_of(
    transaction: Transaction, school: SchoolId, record: tuple[str, Sequence[Spelled]], seq: int
) -> Revision:
    """Return what entry `seq` made of a record; raises `Missing` where it did not write it."""
    entry, write = _write_of(transaction, school, record, seq)
    fields = _with_texts(transaction, school, seq, write.fields)
    return Revision(seq, entry.at, entry.actor, entry.event, fields, write.before)


def texts_of(
    transaction: Transaction, school: SchoolId, record: tuple[str, Sequence[Spelled]], seq: int
) -> Iterator[tuple[int, int]]:
    """Yield where the personal text of a record lies, from entry `seq` back to its first.

    With it comes the personal text of the events that wrote the record.
    """
    while seq:
        entry, write = _write_of(transaction, school, record, seq)
        for _, number, _ in (*hidden(write.fields), *hidden(entry.data)):
            yield seq, number
        seq = write.before


def _write_of(
    transaction: Transaction, school: SchoolId, record: tuple[str, Sequence[Spelled]], seq: int
) -> tuple[Entry, Write]:
    kind, key = record
    row = transaction.read(ENTRIES, school, (seq,))
    if row is None:
        raise Missing("entry", (seq,))
    entry = sealed(str(row[5]), str(row[4]))
    for write in entry.writes:
        if (write.kind, list(write.key)) == (kind, list(key)):
            return entry, write
    raise Missing("entry", (seq, kind))


def _with_texts(
    transaction: Transaction, school: SchoolId, seq: int, fields: Mapping[str, Spelled]
) -> dict[str, Spelled]:
    shown = dict(fields)
    for name, number, _ in hidden(fields):
        row = transaction.read(PERSONAL, school, (seq, number))
        shown[name] = None if row is None else json.loads(str(row[6]))
    return shown


def proved(
    transaction: Transaction, school: SchoolId, seals: Sequence[Seal] = ()
) -> Iterator[Finding]:
    """Yield what does not agree inside the chain, with its head, and with the seals."""
    rows = transaction.select(ENTRIES, school, None)
    stored = ((_number(row[0]), str(row[5]), str(row[4])) for _, row in rows)
    return verified(school, stored, head_of(transaction, school), seals)


_Address = tuple[str, str]
_Place = tuple[int, int]


@frozen
class _Latest:
    seq: int
    write: Write


@frozen
class _Promise:
    """Personal text that an entry says there is, and whose."""

    kind: str
    record: str
    field: str
    digest: str


@define
class Audit:
    """Folds a school's ledger and compares every table with what it says should be there."""

    transaction: Transaction
    school: SchoolId
    _latest: dict[_Address, _Latest] = field(init=False, factory=dict)
    _promised: dict[_Place, _Promise] = field(init=False, factory=dict)
    _texts_of: dict[_Address, list[_Place]] = field(init=False, factory=dict)
    _true_texts: dict[_Place, str] = field(init=False, factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Yield every record that reads otherwise than its last entry left it, or has none.

        Personal text that is missing, altered or left over is a finding too: what was erased must
        be gone, and nothing else may be.
        """
        yield from self._fold()
        yield from self._compare_texts()
        for aggregate in AGGREGATES:
            if aggregate.ledgered:
                yield from self._compare(shape_of(aggregate))
        for (kind, key), latest in self._latest.items():
            yield Finding(Flaw.ABSENT, latest.seq, f"{kind} {key}")

    def _fold(self) -> Iterator[Finding]:
        for _, (seq, at, event, once, hashed, text) in self.transaction.select(
            ENTRIES, self.school, None
        ):
            try:
                entry = sealed(str(text), str(hashed))
            except Unreadable as error:
                yield Finding(Flaw.UNREADABLE, _number(seq), error.why)
                continue
            if (entry.seq, entry.at, entry.event, entry.once) != (seq, at, event, once):
                yield Finding(Flaw.ALTERED, _number(seq), "entry")
            yield from self._fold_one(entry)

    def _fold_one(self, entry: Entry) -> Iterator[Finding]:
        for name, number, said in hidden(entry.data):
            self._promised[entry.seq, number] = _Promise(entry.event, "[]", name, said)
        for write in entry.writes:
            address = write.kind, canonical(write.key)
            earlier = self._latest.pop(address, None)
            if write.before != (earlier.seq if earlier else 0):
                yield Finding(Flaw.UNLINKED, entry.seq, " ".join(address))
            if write.erased:
                for place in self._texts_of.pop(address, ()):
                    self._promised.pop(place, None)
            else:
                self._latest[address] = _Latest(entry.seq, write)
                self._promise(entry, address, write)

    def _promise(self, entry: Entry, address: _Address, write: Write) -> None:
        places = self._texts_of.setdefault(address, [])
        places.extend((entry.seq, number) for _, number, _ in hidden(entry.data))
        for name, number, said in hidden(write.fields):
            self._promised[entry.seq, number] = _Promise(*address, name, said)
            places.append((entry.seq, number))

    def _compare_texts(self) -> Iterator[Finding]:
        """Yield what is wrong with texts, save those of records as they are now.

        Records are compared with their texts, so theirs are found with them.
        """
        current = {
            (latest.seq, number)
            for latest in self._latest.values()
            for _, number, _ in hidden(latest.write.fields)
        }
        for _, (seq, number, kind, record, name, salt, text) in self.transaction.select(
            PERSONAL, self.school, None
        ):
            place = _number(seq), _number(number)
            found = _Promise(str(kind), str(record), str(name), digest(str(salt), str(text)))
            if self._promised.pop(place, None) != found:
                if place not in current:
                    yield Finding(Flaw.TEXT, place[0], f"{kind} {record} {name}")
            elif place in current:
                self._true_texts[place] = str(text)
        for place, lost in self._promised.items():
            if place not in current:
                yield Finding(Flaw.TEXT, place[0], f"{lost.kind} {lost.record} {lost.field}")

    def _compare(self, shape: Shape[Any]) -> Iterator[Finding]:
        kind = shape.aggregate.name
        for _, row in self.transaction.select(shape.table, self.school, None):
            key = _shown_key(shape, row)
            latest = self._latest.pop((kind, key), None)
            version = row[shape.table.place("version")]
            if latest is None:
                yield Finding(Flaw.UNACCOUNTED, _number(version), f"{kind} {key}")
            elif latest.seq != version or not self._agrees(shape, row, latest):
                yield Finding(Flaw.ALTERED, latest.seq, f"{kind} {key}")

    def _agrees(self, shape: Shape[Any], row: Row, latest: _Latest) -> bool:
        if not _fits(shape.table, row):
            return False
        try:
            entity = shape.entity(row)
            shown, texts = shape.spelled(entity)
            if shape.row(entity) != row:
                return False
        except (Invalid, Unreadable):
            return False
        said = latest.write.fields
        named = {*shown, *(name for name, _ in texts)}
        if not _told_by_steps(shape.table, row, named - said.keys(), said.keys() - named):
            return False
        places = {name: (latest.seq, number) for name, number, _ in hidden(said)}
        for name, text in texts:
            if name in said:
                if name not in places or self._true_texts.get(places[name]) != text:
                    return False
                shown[name] = said[name]
        both = named & said.keys()
        return canonical({name: shown[name] for name in both}) == canonical(
            {name: said[name] for name in both}
        )


def _told_by_steps(table: Table, row: Row, younger: set[str], gone: set[str]) -> bool:
    """Say whether steps account for the fields by which a record and its entry differ.

    A field that is younger than the entry reads as its step says, since nothing wrote it yet.
    """
    if not (younger or gone):
        return True
    since = fields_since(STEPS, table.name)
    return gone <= fields_gone(STEPS, table.name) and all(
        name in since and row[table.place(name)] == since[name] for name in younger
    )


_TYPES: Mapping[Kind, type] = {
    Kind.INTEGER: int,
    Kind.TEXT: str,
    Kind.FLAG: bool,
    Kind.DATE: date,
    Kind.INSTANT: datetime,
    Kind.JSON: str,
}


def _fits(table: Table, row: Row) -> bool:
    """Say whether each value is of its slot's type; a database may hold what it was not given."""
    return all(
        slot.optional if value is None else type(value) is _TYPES[slot.kind]
        for slot, value in zip(table.slots, row, strict=True)
    )


def _shown_key(shape: Shape[Any], row: Row) -> str:
    key = shape.table.pick(row, shape.table.key)
    try:
        return canonical(shape.spelled_key(key))
    except (Invalid, TypeError):
        return repr(key)


def audited(transaction: Transaction, school: SchoolId) -> list[Finding]:
    """Return every disagreement between a school's ledger and its tables."""
    return list(Audit(transaction, school).findings())
