"""Records that came in bulk: what an entry says of them, and what each was when it was poured."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any

from attrs import define, field

from ejournal.codec import Hide, Shape
from ejournal.ids import SchoolId
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.ledger import Entry, Finding, Flaw, Pour, Spelled, canonical, digest, sealed
from ejournal.ports import Row, Stored, Transaction
from ejournal.store.steps import STEPS, fields_gone
from ejournal.store.tables import ENTRIES, PERSONAL, RECORD

__all__ = ["Poured", "digested", "poured_fields", "was_poured"]

_POURED_BY = {aggregate.name: str(aggregate.poured_by) for aggregate in AGGREGATES}


def digested(shape: Shape[Any], rows: Sequence[Row], hide: Hide) -> Pour:
    """Return what an entry says of rows of one kind that were poured."""
    table, group = shape.table, str(shape.aggregate.poured_by)
    ordered = sorted(rows, key=itemgetter(*map(table.place, table.key)))
    lines: defaultdict[Stored, list[str]] = defaultdict(list)
    values = map(itemgetter(table.place(group)), ordered)
    for value, line in zip(values, shape.lines(shape.told, ordered, hide), strict=True):
        lines[value].append(line)
    return Pour(
        shape.aggregate.name,
        len(ordered),
        {
            str(shape.spelled_value(group, value)): _digest("\n".join([*share, ""]))
            for value, share in lines.items()
        },
        shape.told,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def was_poured(
    transaction: Transaction, school: SchoolId, shape: Shape[Any], key: Row, seq: int
) -> Mapping[str, Spelled] | None:
    """Return the fields of a record as entry `seq` poured it; None if it came there otherwise.

    They are read from its row: it must not have been replaced yet.
    """
    kind = shape.aggregate.name
    entry_row = transaction.read(ENTRIES, school, (seq,))
    if entry_row is None:
        return None
    entry = sealed(str(entry_row[5]), str(entry_row[4]))
    pour = entry.pour_of(kind)
    if pour is None or entry.write_of(kind, shape.spelled_key(key)) is not None:
        return None
    row = transaction.read(shape.table, school, key)
    if row is None or row[shape.table.place("version")] != seq:
        return None
    return poured_fields(transaction, school, shape, row, pour)


def poured_fields(
    transaction: Transaction, school: SchoolId, shape: Shape[Any], row: Row, pour: Pour
) -> Mapping[str, Spelled]:
    """Return the fields of a row that is as it was poured, with digests for personal text."""
    key = canonical(shape.spelled_key(shape.table.pick(row, shape.table.key)))
    poured_at = row[shape.table.place("version")]

    def hide(_row: Row, name: str, text: str) -> str:
        asked = shape.aggregate.name, key
        for _, (seq, number, _, _, of, salt, _) in transaction.select(
            PERSONAL, school, RECORD, asked
        ):
            if (seq, of) == (poured_at, name):
                return canonical({"digest": digest(str(salt), text), "text": int(str(number))})
        return "null"

    names = [name for name in shape.told if name in pour.fields]
    (line,) = shape.lines(names, [row], hide)
    fields: Mapping[str, Spelled] = json.loads(line)
    return fields


@define
class _Share:
    """The records of a pour that have one value in common, met in the order of their keys."""

    _hash: Any = field(init=False, factory=hashlib.sha256)
    _replaced: list[tuple[str, str]] = field(init=False, factory=list)

    def hold(self, key: str, line: str) -> None:
        heappush(self._replaced, (key, line))

    def meet(self, key: str, line: str) -> None:
        while self._replaced and self._replaced[0][0] < key:
            self._take(heappop(self._replaced)[1])
        self._take(line)

    def digest(self) -> str:
        while self._replaced:
            self._take(heappop(self._replaced)[1])
        return str(self._hash.hexdigest())

    def _take(self, line: str) -> None:
        self._hash.update(f"{line}\n".encode())


@define
class Poured:
    """What an entry says of a pour beside what is found of it.

    First come the records that were replaced later, then, in the order of their keys, the rows
    that stand.
    """

    entry: Entry
    pour: Pour
    _shares: defaultdict[str, _Share] = field(init=False, factory=lambda: defaultdict(_Share))

    def replaced(self, key: str, was: Mapping[str, Spelled]) -> None:
        """Take a record of the pour as a later entry says that it was."""
        share = str(was.get(_POURED_BY.get(self.pour.kind, "")))
        self._shares[share].hold(key, canonical(was))

    def stands(self, key: str, share: str, line: str) -> None:
        """Take a record of the pour as its row says that it is."""
        self._shares[share].meet(key, line)

    def findings(self) -> Iterator[Finding]:
        """Yield the shares that are not those of the entry.

        Of fields that have gone in a step since then no digest can be made again: such a pour is
        asked only whose records it has.
        """
        past = not fields_gone(STEPS, self.pour.kind).isdisjoint(self.pour.fields)
        found = {name: share.digest() for name, share in self._shares.items()}
        for name in sorted(found.keys() | self.pour.digests.keys()):
            flaw = self._flaw(name)
            if found.get(name) != self.pour.digests.get(name) and not (
                past and flaw is Flaw.ALTERED
            ):
                what = f"{self.pour.kind} {_POURED_BY.get(self.pour.kind)} {name}"
                yield Finding(flaw, self.entry.seq, what)

    def _flaw(self, name: str) -> Flaw:
        if name not in self._shares:
            return Flaw.ABSENT
        return Flaw.ALTERED if name in self.pour.digests else Flaw.UNACCOUNTED
