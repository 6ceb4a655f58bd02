"""How a record came to be what it is: its entries, walked back from its version."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from ejournal.codec import Shape
from ejournal.errors import Missing
from ejournal.ids import SchoolId
from ejournal.model.ledger import Entry, Spelled, hidden, sealed
from ejournal.ports import Row, Stored, Transaction
from ejournal.store.pouring import poured_fields
from ejournal.store.tables import ENTRIES, PERSONAL

__all__ = ["Revision", "revisions_of", "texts_of"]


@frozen
class Revision:
    """How a record read after one change, and who made it; `told` is what the event says.

    Personal text is put back where it still exists; erased, it is None.
    """

    seq: int
    at: datetime
    actor: Mapping[str, Spelled]
    event: str
    fields: Mapping[str, Spelled]
    before: int
    told: Mapping[str, Spelled] = field(factory=dict)


def revisions_of(
    transaction: Transaction, school: SchoolId, shape: Shape[Any], row: Row
) -> Iterator[Revision]:
    """Yield what each entry made of the record in that row, the latest first.

    Raises `Missing` where an entry is not there, or does not speak of the record.
    """
    for entry, fields, before in _steps(transaction, school, shape, row):
        shown = _with_texts(transaction, school, entry.seq, fields)
        told = _with_texts(transaction, school, entry.seq, entry.data)
        yield Revision(entry.seq, entry.at, entry.actor, entry.event, shown, before, told)


def texts_of(
    transaction: Transaction, school: SchoolId, shape: Shape[Any], row: Row
) -> Sequence[tuple[int, int]]:
    """Return where the personal text of the record in that row lies, back to its first entry.

    With it comes the personal text of the events that wrote the record.
    """
    return [
        (entry.seq, number)
        for entry, fields, _ in _steps(transaction, school, shape, row)
        for _, number, _ in (*hidden(fields), *hidden(entry.data))
    ]


def _steps(
    transaction: Transaction, school: SchoolId, shape: Shape[Any], row: Row
) -> Iterator[tuple[Entry, Mapping[str, Spelled], int]]:
    kind = shape.aggregate.name
    key = shape.spelled_key(shape.table.pick(row, shape.table.key))
    version: Stored = row[shape.table.place("version")]
    seq, was = version, None
    while seq:
        entry = _entry(transaction, school, seq)
        write = entry.write_of(kind, key)
        if write is None:
            pour = entry.pour_of(kind)
            if pour is not None and seq == version:
                was = poured_fields(transaction, school, shape, row, pour)
            yield entry, _poured_by(entry, shape, was), 0
            return
        yield entry, write.fields, write.before
        seq, was = write.before, write.was
        key = key if write.moved_from is None else write.moved_from


def _entry(transaction: Transaction, school: SchoolId, seq: Stored) -> Entry:
    row = transaction.read(ENTRIES, school, (seq,))
    if row is None:
        raise Missing("entry", (seq,))
    return sealed(str(row[5]), str(row[4]))


def _poured_by(
    entry: Entry, shape: Shape[Any], fields: Mapping[str, Spelled] | None
) -> Mapping[str, Spelled]:
    """Return the fields if the entry poured a record with them; raises `Missing` if not."""
    pour = entry.pour_of(shape.aggregate.name)
    share = None if fields is None else fields.get(str(shape.aggregate.poured_by))
    if fields is None or pour is None or share not in pour.digests:
        raise Missing("entry", (entry.seq, shape.aggregate.name))
    return fields


def _with_texts(
    transaction: Transaction, school: SchoolId, seq: int, fields: Mapping[str, Spelled]
) -> dict[str, Spelled]:
    shown = dict(fields)
    for name, number, _ in hidden(fields):
        row = transaction.read(PERSONAL, school, (seq, number))
        shown[name] = None if row is None else json.loads(str(row[6]))
    return shown
