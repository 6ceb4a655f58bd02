"""Proving a ledger: its chain, and that the tables beside it say what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field, frozen

from ejournal.codec import Shape, shape_of
from ejournal.errors import Missing, Unreadable
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
    sealed,
    verified,
)
from ejournal.ports import Row, Transaction
from ejournal.store.tables import ENTRIES, HEADS, PERSONAL

__all__ = ["Audit", "Revision", "audited", "entries_after", "head_of", "proved", "revision_of"]


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


def head_of(transaction: Transaction, school: SchoolId) -> Head:
    """Return where the school's chain ends."""
    row = transaction.read(HEADS, school, (0,))
    return Head() if row is None else Head(int(str(row[1])), str(row[2]))


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
    kind, key = record
    row = transaction.read(ENTRIES, school, (seq,))
    if row is None:
        raise Missing("entry", (seq,))
    entry = sealed(str(row[5]), str(row[4]))
    for write in entry.writes:
        if (write.kind, list(write.key)) == (kind, list(key)):
            fields = _with_texts(transaction, school, seq, write.fields)
            return Revision(seq, entry.at, entry.actor, entry.event, fields, write.before)
    raise Missing("entry", (seq, kind))


def _with_texts(
    transaction: Transaction, school: SchoolId, seq: int, fields: Mapping[str, Spelled]
) -> dict[str, Spelled]:
    shown: dict[str, Spelled] = {}
    for name, value in fields.items():
        if isinstance(value, Mapping) and "digest" in value:
            row = transaction.read(PERSONAL, school, (seq, int(str(value["text"]))))
            shown[name] = None if row is None else json.loads(str(row[6]))
        else:
            shown[name] = value
    return shown


def proved(
    transaction: Transaction, school: SchoolId, seals: Sequence[Seal] = ()
) -> Iterator[Finding]:
    """Yield what does not agree inside the chain, with its head, and with the seals."""
    rows = transaction.select(ENTRIES, school, None)
    stored = ((int(str(row[0])), str(row[5]), str(row[4])) for _, row in rows)
    return verified(school, stored, head_of(transaction, school), seals)


@frozen
class _Latest:
    seq: int
    write: Write


@define
class Audit:
    """Folds a school's ledger and compares every table with what it says should be there."""

    transaction: Transaction
    school: SchoolId
    _latest: dict[tuple[str, str], _Latest] = field(init=False, factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Yield every record that reads otherwise than its last entry left it, or has none."""
        yield from self._fold()
        for aggregate in AGGREGATES:
            if aggregate.ledgered:
                yield from self._compare(shape_of(aggregate))
        for (kind, key), latest in self._latest.items():
            yield Finding(Flaw.ABSENT, latest.seq, f"{kind} {key}")

    def _fold(self) -> Iterator[Finding]:
        for entry in entries_after(self.transaction, self.school, 0):
            for write in entry.writes:
                address = write.kind, canonical(write.key)
                earlier = self._latest.get(address)
                if write.before != (earlier.seq if earlier else 0):
                    yield Finding(Flaw.UNLINKED, entry.seq, f"{write.kind} {address[1]}")
                self._latest[address] = _Latest(entry.seq, write)

    def _compare(self, shape: Shape[Any]) -> Iterator[Finding]:
        kind = shape.aggregate.name
        for _, row in self.transaction.select(shape.table, self.school, None):
            key = canonical(shape.spelled_key(shape.table.pick(row, shape.table.key)))
            latest = self._latest.pop((kind, key), None)
            version = int(str(row[shape.table.place("version")]))
            if latest is None:
                yield Finding(Flaw.UNACCOUNTED, version, f"{kind} {key}")
            elif latest.seq != version or not self._agrees(shape, row, latest):
                yield Finding(Flaw.ALTERED, latest.seq, f"{kind} {key}")

    def _agrees(self, shape: Shape[Any], row: Row, latest: _Latest) -> bool:
        try:
            entity = shape.entity(row)
        except Unreadable:
            return False
        if shape.row(entity) != row:
            return False
        shown, hidden = shape.spelled(entity)
        for name, text in hidden:
            said = latest.write.fields.get(name)
            if not isinstance(said, Mapping) or said.get("digest") != self._digest(
                latest.seq, said, text
            ):
                return False
            shown[name] = said
        return canonical(shown) == canonical(dict(latest.write.fields))

    def _digest(self, seq: int, said: Mapping[str, Spelled], text: str) -> str | None:
        row = self.transaction.read(PERSONAL, self.school, (seq, int(str(said["text"]))))
        return None if row is None or str(row[6]) != text else digest(str(row[5]), text)


def audited(transaction: Transaction, school: SchoolId) -> list[Finding]:
    """Return every disagreement between a school's ledger and its tables."""
    return list(Audit(transaction, school).findings())
