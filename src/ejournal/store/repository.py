"""The repository: records of one kind, read and kept within a unit of work.

It is written once, over the rows of a storage; an adapter implements none of it. The named kinds
beside it add the questions of the school.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from attrs import evolve

from ejournal.codec import shape_of
from ejournal.errors import Missing, NotAllowedHere, ReadOnly, Stale
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model.declaration import Aggregate, Versioned
from ejournal.ports import Row
from ejournal.store.chain import Chain
from ejournal.store.history import Revision, revisions_of

__all__ = ["Repository"]


K = TypeVar("K")
E = TypeVar("E", bound=Versioned)


class Repository(Generic[K, E]):
    """Records of one kind in one school.

    A key is the value of the key field, or a tuple of them where there are several. A unit that
    writes reads what is committed and its own writes, and nobody else can change it meanwhile.
    """

    def __init__(self, chain: Chain, aggregate: Aggregate[E]) -> None:
        self._chain = chain
        self._shape = shape_of(aggregate)

    def get(self, key: K, /) -> E:
        """Return the entity, or raise `Missing`."""
        found = self.find(key)
        if found is None:
            raise Missing(self._shape.aggregate.name, self._shape.told_key(self._address(key)))
        return found

    def find(self, key: K, /) -> E | None:
        """Return the entity, or None where there is none under that key."""
        return self._stored(self._address(key))

    def each(self, keys: Iterable[K], /) -> Iterator[E]:
        """Yield the entity under each key, in the order of the keys, or raise `Missing`.

        However many there are, the storage is asked once.
        """
        addresses = [self._address(key) for key in keys]
        chain, table = self._chain, self._shape.table
        rows = chain.transaction.read_each(table, chain.school, addresses)
        found = {table.pick(row, table.key): row for row in rows}
        for address in addresses:
            if address not in found:
                raise Missing(self._shape.aggregate.name, self._shape.told_key(address))
            yield self._shape.entity(found[address])

    def _each_known(self, keys: Iterable[K]) -> Iterator[E]:
        """Yield the entities under those keys, in any order; some may not be there."""
        addresses = [self._address(key) for key in keys]
        chain, table = self._chain, self._shape.table
        rows = chain.transaction.read_each(table, chain.school, addresses)
        return map(self._shape.entity, rows)

    def all(self) -> Iterator[E]:
        """Yield every entity of the school, in the declared order."""
        return self._rows(None)

    def add(self, entity: E, /) -> E:
        """Keep a new entity and return it as kept.

        Raises `Duplicate` where its key is taken. Like every way to write, raises `PeriodClosed`
        for a record that lies in a closed semester.
        """
        return self._add_all([entity])[0]

    def pour(self, entities: Iterable[E], /) -> list[E]:
        """Keep new entities, all or none, and return them as kept; raises `Duplicate`.

        Of a kind that is declared to be poured, the next event's entry will hold how many there
        are and digests, in place of what each says.
        """
        if self._shape.aggregate.poured_by is None:
            return self._add_all(entities)
        version = self._next_version(0)
        kept = [_numbered(entity, version) for entity in entities]
        self._chain.pour(self._shape, list(map(self._shape.row, kept)))
        return kept

    def _add_all(self, entities: Iterable[E]) -> list[E]:
        version = self._next_version(0)
        kept = [_numbered(entity, version) for entity in entities]
        self._chain.add(self._shape, kept)
        return kept

    def save(self, entity: E, /) -> E:
        """Keep a changed entity and return it as kept.

        Raises `Stale`, with what is stored, if the version is no longer the one that was read,
        and `Missing` if there is nothing to change.
        """
        kept = _numbered(entity, self._next_version(entity.version))
        if not self._chain.replace(self._shape, kept, entity.version):
            row = self._shape.row(kept)
            raise self._conflict(self._shape.table.pick(row, self._shape.table.key))
        return kept

    def move(self, key: K, entity: E, /) -> E:
        """Keep the entity that stands under `key` under its own key, and return it as kept.

        It is the same record, and its history goes with it; nothing is left where it stood. Raises
        `Missing` and `Stale` like `save`, `Duplicate` where its new key is taken, and `Unrecorded`
        for one written since the last event.
        """
        standing, address = self.get(key), self._address(key)
        kept = _numbered(entity, self._next_version(standing.version))
        if standing.version != entity.version:
            raise Stale(self._shape.aggregate.name, self._shape.told_key(address), standing)
        self._chain.move(self._shape, standing, kept, entity.version)
        return kept

    def erase(self, key: K, /) -> None:
        """Remove the entity for good, with all personal text that the ledger keeps of it.

        A person's right to be forgotten calls for it, and a record that cannot be true of anybody:
        to end and to void are verbs. The facts of the events that wrote the entity lose their
        personal text too. An `Erased` must be recorded next. Raises `Missing`, `PeriodClosed`, and
        `Unrecorded` for an entity written since the last event.
        """
        entity = self.get(key)
        self._next_version(entity.version)
        self._chain.erase(self._shape, entity, entity.version)

    def history(self, key: K, /) -> Iterator[Revision]:
        """Yield how the entity read after each change, the latest first, and who made it.

        Each step reads one entry, found from the version of the one after it. Raises `Missing`.
        """
        row = self._shape.row(self.get(key))
        yield from revisions_of(self._chain.transaction, self._chain.school, self._shape, row)

    def _conflict(self, key: Row) -> Missing | Stale:
        current = self._stored(key)
        name, told = self._shape.aggregate.name, self._shape.told_key(key)
        return Missing(name, told) if current is None else Stale(name, told, current)

    def _next_version(self, current: int) -> int:
        if not self._chain.writing:
            raise ReadOnly(self._shape.aggregate.name)
        ledgered = self._shape.aggregate.ledgered
        return self._chain.next_version(ledgered=ledgered, current=current)

    def _address(self, key: K) -> Row:
        values = key if isinstance(key, tuple) else (key,)
        return self._shape.stored(self._shape.table.key, values)

    def _stored(self, key: Row) -> E | None:
        row = self._chain.transaction.read(self._shape.table, self._chain.school, key)
        return None if row is None else self._shape.entity(row)

    def _rows(self, name: str | None, *values: object) -> Iterator[E]:
        entity = self._shape.entity
        return (entity(row) for _, row in self._selected(self._chain.school, name, values))

    def _across(self, name: str | None, *values: object) -> Iterator[tuple[SchoolId, E]]:
        """Ask all schools at once; raises `NotAllowedHere` in a unit that was opened for one."""
        if self._chain.school != REGISTRY:
            raise NotAllowedHere(self._shape.aggregate.name, "only-the-registry")
        entity = self._shape.entity
        return ((owner, entity(row)) for owner, row in self._selected(None, name, values))

    def _rows_of_each(self, name: str, firsts: Iterable[object], *rest: object) -> Iterator[E]:
        """Ask a lookup for any of several values of its first field, in the declared order."""
        lookup = self._shape.aggregate.lookup(name)
        fields = (*lookup.fields[1:], *lookup.fields[-1:]) if lookup.ranged else lookup.fields[1:]
        chain, shape = self._chain, self._shape
        asked = [shape.stored(lookup.fields[:1], (first,))[0] for first in firsts]
        rows = chain.transaction.select_each(
            shape.table, chain.school, lookup, asked, shape.stored(fields, rest)
        )
        return map(shape.entity, sorted(rows, key=shape.table.rank))

    def _one(self, name: str, *values: object) -> E | None:
        return next(self._rows(name, *values), None)

    def _selected(
        self, school: SchoolId | None, name: str | None, values: tuple[object, ...]
    ) -> Iterator[tuple[SchoolId, Row]]:
        lookup = None if name is None else self._shape.aggregate.lookup(name)
        asked: Row = ()
        if lookup is not None:
            fields = (*lookup.fields, lookup.fields[-1]) if lookup.ranged else lookup.fields
            asked = self._shape.stored(fields, values)
        return self._chain.transaction.select(self._shape.table, school, lookup, asked)


def _numbered(entity: E, version: int) -> E:
    # mypy's plug-in wants a bound that is an attrs class; the protocol says all that is needed.
    return evolve(entity, version=version)  # type: ignore[misc]
