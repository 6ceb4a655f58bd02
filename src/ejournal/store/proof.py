"""Proving a ledger: its chain, and that the tables beside it say what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from attrs import define, field, frozen

from ejournal.codec import Shape, shape_of
from ejournal.errors import Invalid, Unreadable
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
from ejournal.store.pouring import Poured
from ejournal.store.steps import STEPS, fields_gone, fields_since
from ejournal.store.tables import ENTRIES, HEADS, PERSONAL

__all__ = ["Audit", "audited", "entries_after", "head_of", "proved"]


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


@frozen
class _Text:
    """Personal text of a record that was poured: what would stand for it in an entry, and it."""

    stand_in: str
    text: str


@define
class Audit:
    """Folds a school's ledger and compares every table with what it says should be there."""

    transaction: Transaction
    school: SchoolId
    _latest: dict[_Address, _Latest] = field(init=False, factory=dict)
    _promised: dict[_Place, _Promise] = field(init=False, factory=dict)
    _texts_of: dict[_Address, list[_Place]] = field(init=False, factory=dict)
    _true_texts: dict[_Place, str] = field(init=False, factory=dict)
    _poured: dict[tuple[str, int], Poured] = field(init=False, factory=dict)
    _poured_texts: dict[tuple[int, str, str, str], _Text] = field(init=False, factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Yield every record that reads otherwise than its last entry left it, or has none.

        Of records that were poured, it is the share of one pupil, or whatever they are poured by,
        that is found to be another, to be missing, or to be too many.
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
        for poured in self._poured.values():
            yield from poured.findings()
        for seq, kind, record, name in self._poured_texts:
            yield Finding(Flaw.TEXT, seq, f"{kind} {record} {name}")

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
        for pour in entry.poured:
            self._poured[pour.kind, entry.seq] = Poured(entry, pour)
        for write in entry.writes:
            address = write.kind, canonical(write.key)
            if not self._follows(self._origin(address, write), write):
                yield Finding(Flaw.UNLINKED, entry.seq, " ".join(address))
            self._move_texts(address, write)
            if write.erased:
                for place in self._texts_of.pop(address, ()):
                    self._promised.pop(place, None)
            else:
                self._latest[address] = _Latest(entry.seq, write)
                self._promise(entry, address, write.fields)

    def _origin(self, address: _Address, write: Write) -> _Address:
        """Return where the record stood; a place that is taken is nowhere to move to."""
        if write.moved_from is None or address in self._latest:
            return address
        return write.kind, canonical(write.moved_from)

    def _move_texts(self, address: _Address, write: Write) -> None:
        if write.moved_from is not None:
            moved = self._texts_of.pop((write.kind, canonical(write.moved_from)), [])
            self._texts_of.setdefault(address, []).extend(moved)

    def _follows(self, address: _Address, write: Write) -> bool:
        """Say whether a write replaces what is there, which may have been poured."""
        earlier = self._latest.pop(address, None)
        if write.was is None:
            return write.before == (earlier.seq if earlier else 0)
        poured = self._poured.get((write.kind, write.before))
        if earlier is not None or poured is None:
            return False
        poured.replaced(address[1], write.was)
        self._promise(poured.entry, address, write.was)
        return True

    def _promise(self, entry: Entry, address: _Address, fields: Mapping[str, Spelled]) -> None:
        places = self._texts_of.setdefault(address, [])
        places.extend((entry.seq, number) for _, number, _ in hidden(entry.data))
        for name, number, said in hidden(fields):
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
            promised = self._promised.pop(place, None)
            if promised is None and (found.kind, place[0]) in self._poured:
                self._poured_texts[place[0], found.kind, found.record, found.field] = _Text(
                    canonical({"digest": found.digest, "text": place[1]}), str(text)
                )
            elif promised != found:
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
            poured = self._poured.get((kind, _number(version)))
            if latest is None and poured is not None:
                self._pass_by(poured, shape, row, key)
            elif latest is None:
                yield Finding(Flaw.UNACCOUNTED, _number(version), f"{kind} {key}")
            elif latest.seq != version or not self._agrees(shape, row, latest):
                yield Finding(Flaw.ALTERED, latest.seq, f"{kind} {key}")

    def _pass_by(self, poured: Poured, shape: Shape[Any], row: Row, key: str) -> None:
        """Count a row among those of its pour; one that cannot be read will be missed there."""
        told, said = set(shape.told), set(poured.pour.fields)
        if _readable(shape, row) is None or not _told_by_steps(
            shape.table, row, told - said, said - told
        ):
            return

        def stand_in(_: Row, name: str, text: str) -> str:
            lies = (poured.entry.seq, shape.aggregate.name, key, name)
            found = self._poured_texts.pop(lies, None)
            return found.stand_in if found is not None and found.text == text else "null"

        (line,) = shape.lines(sorted(told & said), [row], stand_in)
        group = str(shape.aggregate.poured_by)
        share = shape.spelled_value(group, row[shape.table.place(group)])
        poured.stands(key, str(share), line)

    def _agrees(self, shape: Shape[Any], row: Row, latest: _Latest) -> bool:
        entity = _readable(shape, row)
        if entity is None:
            return False
        shown, texts = shape.spelled(entity)
        said = latest.write.fields
        named = {*shown, *(name for name, _ in texts)}
        if not _told_by_steps(shape.table, row, named - said.keys(), said.keys() - named):
            return False
        places = {name: (latest.seq, number) for name, number, _ in hidden(said)}
        # Entries once hid what is empty, too.
        texts += [(name, canonical(shown.pop(name))) for name in places if name in shown]
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


def _readable(shape: Shape[Any], row: Row) -> Any:  # noqa: ANN401 - whatever the shape is of
    """Return what a row holds; None if it is not just what the entity would be stored as."""
    if not _fits(shape.table, row):
        return None
    try:
        entity = shape.entity(row)
        shape.spelled(entity)
        return entity if shape.row(entity) == row else None
    except (Invalid, Unreadable):
        return None


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
