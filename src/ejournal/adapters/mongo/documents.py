"""How the rows of a table stand as documents, and how documents of the past read today.

A document's `_id` is its address: the school first, under `chain`, then the key, field by field.
It compares as the rows' addresses do, so one index finds a row, a journal's page and a school.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from operator import index, itemgetter
from typing import Any, TypeAlias

from attrs import define, field, frozen
from bson import Int64, MaxKey

from ejournal.adapters.mongo.indexing import (
    BY_ADDRESS,
    CHAIN,
    Paths,
    index_for,
    indexes_of,
    path_of,
)
from ejournal.errors import SchemaMismatch
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Row, Stored, Table, as_text
from ejournal.store.steps import DropField, NewField, Step

__all__ = ["SHAPE", "Layout", "Question", "Upcast", "upcasts_of"]

SHAPE = "_v"
"""The field with the number of the shape in which a document was written."""

Upcast: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a document into one of the next shape; its `_id` stays."""

Hint: TypeAlias = list[tuple[str, int]] | None
"""The keys of the index to use; None leaves it to the server."""

_Convert: TypeAlias = Callable[[Any], Any]

_LARGEST_OF_32_BITS = 2**31 - 1


def _wide(number: int) -> int:
    """Return a number that is written with 64 bits, as large ones are by themselves."""
    return number if number > _LARGEST_OF_32_BITS else Int64(number)


# The driver would take twice as long to give an instant its zone, and as long again to make it
# Python's own.
def _in_utc(value: datetime) -> datetime:
    return datetime.combine(value, value.time(), UTC)


class _Instants(dict[datetime, str]):
    """Instants as files spell them, each spelled when it is first met; the latest are kept."""

    def __missing__(self, value: datetime) -> str:
        if len(self) > _KEPT_INSTANTS:
            self.clear()
        text = self[value] = f"{value.isoformat(timespec='milliseconds')}Z"
        return text


_KEPT_INSTANTS = 10_000
_PIECE = 1_000


_WRITERS: Mapping[Kind, _Convert] = {Kind.INTEGER: _wide, Kind.DATE: date.isoformat}
# `index` takes whole numbers only: what is damaged is not made to look like one.
_READERS: Mapping[Kind, _Convert] = {
    Kind.INTEGER: index,
    Kind.DATE: date.fromisoformat,
    Kind.INSTANT: _in_utc,
}
# What reading raises for a value that is not of the slot's kind.
_NOT_ONE = (TypeError, ValueError, AttributeError)
_LAST = MaxKey()


@frozen
class Question:
    """What is asked of a collection, and the index that answers it."""

    filter: dict[str, Any]
    hint: Hint = None

    def behind(self, condition: dict[str, Any]) -> Question:
        """Return the question with that condition too; both may be about `_id`."""
        both = self.filter.get("_id", {}) | condition.get("_id", {})
        narrowed = {**self.filter, **condition}
        return Question({**narrowed, "_id": both} if both else narrowed, self.hint)


@frozen
class _Asked:
    """A lookup, taken apart once."""

    paths: tuple[str, ...]
    writers: tuple[_Convert | None, ...]
    ranged: bool
    by_address: bool
    hint: Hint
    hint_across: Hint
    passes_over_none: bool

    def conditions(self, values: Row) -> dict[str, Any]:
        """Return what each path must hold; None is asked for as a field that is not there."""
        written = [
            value if write is None or value is None else write(value)
            for write, value in zip(self.writers, values, strict=True)
        ]
        conditions: dict[str, Any] = dict(zip(self.paths, written, strict=False))
        if self.ranged:
            conditions[self.paths[-1]] = {"$gte": written[-2], "$lte": written[-1]}
        return conditions


@define(eq=False)
class Layout:
    """How the rows of one table stand as documents; worked out once.

    `steps` bring a document from the first shape to the newest, one each. A field without a value
    is left out. Numbers are 64 bits, dates ISO 8601 text, JSON stays text byte for byte.
    """

    table: Table
    steps: tuple[Upcast, ...] = ()
    shape: int = field(init=False)
    key_of: Callable[[Row], Row] = field(init=False)
    """Returns the key in a row."""
    _names: tuple[str, ...] = field(init=False)
    _key: tuple[tuple[str, _Convert | None], ...] = field(init=False)
    _fields: tuple[tuple[str, int, _Convert | None], ...] = field(init=False)
    _readers: tuple[tuple[int, _Convert], ...] = field(init=False)
    _lookups: dict[str, _Asked] = field(init=False)

    def __attrs_post_init__(self) -> None:
        slots, key = self.table.slots, self.table.key
        self.shape = len(self.steps) + 1
        self.key_of = _picking([self.table.place(name) for name in key])
        self._names = tuple(slot.name for slot in slots)
        self._key = tuple((name, _WRITERS.get(self._kind(name))) for name in key)
        self._fields = tuple(
            (slot.name, place, _WRITERS.get(slot.kind))
            for place, slot in enumerate(slots)
            if slot.name not in key
        )
        self._readers = tuple(
            (place, _READERS[slot.kind])
            for place, slot in enumerate(slots)
            if slot.kind in _READERS
        )
        self._lookups = {lookup.name: self._taken_apart(lookup) for lookup in self.table.lookups}

    def path(self, name: str) -> str:
        """Return where a slot stands in a document."""
        return path_of(self.table, name)

    def address(self, school: SchoolId, key: Row) -> dict[str, Any]:
        """Return the `_id` of a row, or of what stands in front of several if the key is short."""
        address: dict[str, Any] = {"chain": _wide(school)}
        for (name, write), value in zip(self._key, key, strict=False):
            address[name] = value if write is None else write(value)
        return address

    def fields(self, row: Row) -> dict[str, Any]:
        """Return a row's document without its `_id`."""
        fields: dict[str, Any] = {SHAPE: self.shape}
        for name, place, write in self._fields:
            value = row[place]
            if value is not None:
                fields[name] = value if write is None else write(value)
        return fields

    def document(self, school: SchoolId, row: Row) -> dict[str, Any]:
        """Return a row's whole document."""
        return {"_id": self.address(school, self.key_of(row)), **self.fields(row)}

    def row(self, document: dict[str, Any]) -> Row:
        """Return the row in a document of any shape up to the newest.

        A value that is not what its slot holds is given as it was found, for an audit to tell.
        Raises `SchemaMismatch` for a shape of the future.
        """
        if document.get(SHAPE) != self.shape:
            document = self.upcast(document)
        row = list(map({**document, **document["_id"]}.get, self._names))
        for place, read in self._readers:
            value = row[place]
            if value is not None:
                try:
                    row[place] = read(value)
                except _NOT_ONE:
                    continue
        return tuple(row)

    def upcast(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return a document in the newest shape; raises `SchemaMismatch` for a newer one."""
        shape = document.get(SHAPE, 1)
        if not 1 <= shape <= self.shape:
            found, needed = f"shape {shape} of {self.table.name}", f"at most {self.shape}"
            raise SchemaMismatch(found, needed)
        for step in self.steps[shape - 1 :]:
            document = step(document)
        return {**document, SHAPE: self.shape}

    def within(self, school: SchoolId, front: Row = ()) -> Question:
        """Ask for all rows of a school whose keys begin so, by a stretch of the `_id` index."""
        first = self.address(school, front)
        beyond = {**first, self.table.key[len(front)]: _LAST}
        # The school by itself tells a router of shards whom to ask.
        return Question(
            {"_id": {"$gte": first, "$lt": beyond}, CHAIN: first["chain"]}, _hint(BY_ADDRESS)
        )

    def between(self, school: SchoolId, first: Row, last: Row) -> Question:
        """Ask for the rows from one key to another, both included."""
        stretch = {"$gte": self.address(school, first), "$lte": self.address(school, last)}
        return Question({"_id": stretch, CHAIN: school}, _hint(BY_ADDRESS))

    def asked(self, school: SchoolId | None, lookup: Lookup | None, values: Row) -> Question:
        """Return what a lookup asks; no lookup asks for all rows, no school for all schools'."""
        if lookup is None:
            return Question({}) if school is None else self.within(school)
        asked = self._lookups[lookup.name]
        if school is None:
            return Question(asked.conditions(values), asked.hint_across)
        if asked.by_address:
            return self.within(school, values)
        return self._narrowed(school, asked, asked.conditions(values))

    def asked_of_each(
        self, school: SchoolId, lookup: Lookup, firsts: Sequence[Stored], rest: Row
    ) -> Question:
        """Return what a lookup asks with any of several values in its first field."""
        asked = self._lookups[lookup.name]
        if asked.by_address:
            stretches = [self.within(school, (first, *rest)).filter["_id"] for first in firsts]
            either = [{"_id": stretch} for stretch in stretches]
            return Question({"$or": either, CHAIN: school}, asked.hint)
        conditions = asked.conditions((firsts[0], *rest))
        conditions[asked.paths[0]] = {"$in": [self._written(lookup.fields[0], v) for v in firsts]}
        return self._narrowed(school, asked, conditions)

    def behind(self, school: SchoolId | None, after: Row) -> dict[str, Any]:
        """Return the condition that a document stands behind the row with that key."""
        if school is not None:
            return {"_id": {"$gt": self.address(school, after)}}
        paths = [self.path(name) for name in self.table.key]
        return {
            "$or": [
                {**dict(zip(paths, after[:place], strict=False)), path: {"$gt": after[place]}}
                for place, path in enumerate(paths)
            ]
        }

    def holding(self, school: SchoolId, group: tuple[str, ...], wanted: Sequence[Row]) -> Question:
        """Ask for whoever has one of those values in a group; some more may be among them."""
        if group == self.table.key:
            addresses = [self.address(school, key) for key in wanted]
            return Question({"_id": {"$in": addresses}, CHAIN: school}, _hint(BY_ADDRESS))
        conditions: dict[str, Any] = {CHAIN: school}
        for place, name in enumerate(group):
            values = {values[place] for values in wanted}
            conditions[self.path(name)] = {"$in": [self._written(name, each) for each in values]}
        return Question(conditions, _hint(tuple(conditions)))

    def order(self, school: SchoolId | None) -> list[tuple[str, int]]:
        """Return how answers are sorted: nothing comes first, and within a school `_id` is key."""
        named = [(self.path(name), 1) for name in self.table.order]
        if school is not None:
            return [*named, ("_id", 1)]
        return [*named, *((self.path(name), 1) for name in self.table.key), (CHAIN, 1)]

    def is_newest(self, document: Mapping[str, Any]) -> bool:
        """Say whether a document, or a group of `grouped`, is of the newest shape."""
        return bool(document.get(SHAPE, 1) == self.shape)

    def grouped(self, names: Sequence[str]) -> dict[str, str]:
        """Return what `$group` counts by, the shape among it; `counted` reads its answer."""
        return {SHAPE: f"${SHAPE}", **{name: f"${self.path(name)}" for name in names}}

    def counted(self, group: Mapping[str, Any], names: Sequence[str]) -> Row:
        """Return the values of a group as a row has them."""
        return tuple(_read(self._kind(name), group.get(name)) for name in names)

    def spelled(
        self, names: Sequence[str], documents: Iterable[dict[str, Any]]
    ) -> Iterator[tuple[str, ...]]:
        """Yield slots of documents of any shape as `as_text` spells those of their rows."""
        instants = _Instants()
        spellers: dict[Kind, _Convert] = {Kind.FLAG: as_text, Kind.INSTANT: instants.__getitem__}
        spelled = [spellers.get(self._kind(name), str) for name in names]
        left = iter(documents)
        while piece := list(islice(left, _PIECE)):
            if not all(map(self.is_newest, piece)):
                piece = [each if self.is_newest(each) else self.upcast(each) for each in piece]
            keys = [document["_id"] for document in piece]
            columns = [
                [
                    "" if (value := part.get(name)) is None else spell(value)
                    for part in (keys if name in self.table.key else piece)
                ]
                for name, spell in zip(names, spelled, strict=True)
            ]
            yield from zip(*columns, strict=True)

    def _narrowed(self, school: SchoolId, asked: _Asked, conditions: dict[str, Any]) -> Question:
        """Return the question in one school; what an index passes over is sought without it."""
        if asked.passes_over_none and None in conditions.values():
            everything = self.within(school)
            return Question(everything.filter | conditions, everything.hint)
        return Question({CHAIN: school, **conditions}, asked.hint)

    def _written(self, name: str, value: Stored) -> Any:
        write = _WRITERS.get(self._kind(name))
        return value if write is None or value is None else write(value)

    def _kind(self, name: str) -> Kind:
        return self.table.slots[self.table.place(name)].kind

    def _taken_apart(self, lookup: Lookup) -> _Asked:
        fields = lookup.fields
        asked = (*fields, fields[-1]) if lookup.ranged else fields
        here = index_for(self.table, lookup, across=False)
        across = index_for(self.table, lookup, across=True) if lookup.across else ()
        options = indexes_of(self.table).get(here, {})
        return _Asked(
            tuple(self.path(name) for name in fields),
            tuple(_WRITERS.get(self._kind(name)) for name in asked),
            lookup.ranged,
            by_address=here == BY_ADDRESS,
            hint=_hint(here),
            hint_across=_hint(across),
            passes_over_none="partialFilterExpression" in options,
        )


def upcasts_of(steps: Iterable[Step]) -> dict[str, tuple[Upcast, ...]]:
    """Return what the steps make of each table's documents: an upcast for each change of fields."""
    upcasts: defaultdict[str, tuple[Upcast, ...]] = defaultdict(tuple)
    for change in (change for step in steps for change in step.changes):
        if isinstance(change, NewField):
            write = _WRITERS.get(change.slot.kind)
            given = change.default
            filled = given if write is None or given is None else write(given)
            upcasts[change.table] += (partial(_with_field, change.slot.name, filled),)
        elif isinstance(change, DropField):
            upcasts[change.table] += (partial(_without_field, change.slot),)
    return dict(upcasts)


def _with_field(name: str, value: Any, document: dict[str, Any]) -> dict[str, Any]:
    return document if value is None else {name: value, **document}


def _without_field(name: str, document: dict[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in document.items() if field != name}


def _picking(places: Sequence[int]) -> Callable[[Row], Row]:
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)


def _read(kind: Kind, value: Any) -> Any:
    read = _READERS.get(kind)
    if read is None or value is None:
        return value
    try:
        return read(value)
    except _NOT_ONE:
        return value


def _hint(paths: Paths) -> Hint:
    return [(path, 1) for path in paths] or None
