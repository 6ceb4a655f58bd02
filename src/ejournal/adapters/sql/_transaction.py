"""The transaction of a unit on one connection: rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Any

from attrs import define, field

from ejournal.adapters.sql._statements import Plan, Statements
from ejournal.adapters.sql._wire import Wire
from ejournal.errors import Duplicate
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Stored, Table, Transaction
from ejournal.store.tables import HEADS
from ejournal.store.units import WrongOrder

__all__ = ["Order", "SqlTransaction"]

_FRONT, _LAST = itemgetter(slice(-1)), itemgetter(-1)
_IN_ONE_STATEMENT = 20
_MOST_ASKED = 512


@define
class Order:
    """How far the heads have been taken in one transaction of the database, in several units."""

    latest: SchoolId = REGISTRY

    def go_on(self, school: SchoolId) -> None:
        """Go on to a school; raises `WrongOrder` for one before the latest."""
        if school < self.latest:
            raise WrongOrder(self.latest, school)
        self.latest = school


@define
class SqlTransaction(Transaction):
    """Speaks over a wire whose transaction somebody else begins and ends.

    `has_every_turn` says that no other writer is let in before that end, so none need be kept out.
    """

    _wire: Wire
    _statements: Statements
    _has_every_turn: bool = False
    _order: Order = field(factory=Order)

    def lock(self, school: SchoolId, /) -> Row | None:
        """Take the school's head, or the turn to make it where there is none yet."""
        self._order.go_on(school)
        plan, address, dialect = self._statements.of(HEADS), (school, 0), self._wire.dialect
        if self._has_every_turn:
            row = self._wire.first(plan.read, address)
        elif not dialect.row_lock:
            self._wire.changed(plan.touch, address)
            row = self._wire.first(plan.read, address)
        else:
            taking = plan.read + dialect.row_lock
            row = self._wire.first(taking, address)
            if row is None and (turn := dialect.turn(plan.name, school)):
                self._wire.first(*turn)
                row = self._wire.first(taking, address)
        return row

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row under that primary key."""
        plan = self._statements.of(table)
        fetched = self._wire.first(plan.read, (school, *plan.asked(table.key, key)))
        return None if fetched is None else plan.row(fetched)

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
        """Fetch the whole answer, and give it: writing meanwhile does not disturb it."""
        plan = self._statements.of(table)
        given = () if lookup is None else plan.looked_up(lookup, values)
        asked = [*(() if school is None else (school,)), *(v for v in given if v is not None)]
        more = ""
        if after is not None:
            more, asked = "behind", [*asked, *plan.asked(table.key, after)]
        if limit is not None:
            more, asked = f"{more} limited", [*asked, limit]
        nones = tuple(value is None for value in values)
        text = plan.select(lookup, nones, of_school=school is not None, more=more)
        fetched = self._wire.all(text, tuple(asked))
        if school is None:
            rows = plan.rows([each[1:] for each in fetched])
            return zip((SchoolId(each[0]) for each in fetched), rows, strict=True)
        return zip(repeat(school), plan.rows(fetched), strict=False)

    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        """Ask for as many as fit in one statement."""
        plan = self._statements.of(table)
        given = [plan.asked(table.key, key) for key in dict.fromkeys(keys)]
        for some in _filled(given):
            text = plan.read_each(len(some))
            yield from plan.rows(self._wire.all(text, (school, *chain.from_iterable(some))))

    def select_each(
        self,
        table: Table,
        school: SchoolId,
        lookup: Lookup,
        firsts: Sequence[Stored],
        rest: Row = (),
        /,
    ) -> Iterator[Row]:
        """Ask for as many as fit in one statement."""
        plan = self._statements.of(table)
        given = [plan.looked_up(lookup, (first, *rest)) for first in dict.fromkeys(firsts)]
        for some in _filled(given):
            asked = (school, *(values[0] for values in some), *some[0][1:])
            yield from plan.rows(self._wire.all(plan.select_each(lookup, len(some)), asked))

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Insert all or none: a duplicate among many leaves none behind."""
        if not rows:
            return
        plan = self._statements.of(table)
        given = plan.given_all(school, rows)
        if len(given) == 1:
            done = self._wire.changed(plan.insert_of(1), given[0]) == 1
        elif len(given) <= _IN_ONE_STATEMENT:
            done = self._insert_few(plan, school, given)
        else:
            done = self._wire.inserted(plan, given)
        if not done:
            raise self._duplicate(plan, school, rows)

    def _insert_few(self, plan: Plan, school: SchoolId, given: list[tuple[Any, ...]]) -> bool:
        """Insert rows in one statement, and take back those it inserted where one is left out."""
        text = plan.insert_of(len(given)) + plan.key_of_inserted
        inserted = self._wire.all(text, tuple(chain.from_iterable(given)))
        if len(inserted) == len(given):
            return True
        for key in inserted:
            self._wire.changed(plan.delete, (school, *key))
        return False

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Compare the version and replace the row in one statement.

        Unique groups are looked up before: an error of the database would end the transaction.
        """
        if table.version is None:
            return False
        plan = self._statements.of(table)
        key = table.pick(row, table.key)
        for group in table.unique:
            if self._holder(plan, school, group, table.pick(row, group)) not in (None, key):
                stored = self.read(table, school, key)
                if stored is None or stored[table.place(table.version)] != expected:
                    return False
                raise Duplicate(table.name, group, key)
        changed = plan.asked(plan.changing, table.pick(row, plan.changing))
        values = (*changed, school, *plan.asked(table.key, key), expected)
        return self._wire.changed(plan.update, values) == 1

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Delete the row under that primary key."""
        plan = self._statements.of(table)
        return self._wire.changed(plan.delete, (school, *plan.asked(table.key, key))) == 1

    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        """Let the database count."""
        plan = self._statements.of(table)
        fetched = self._wire.all(plan.tally(names), (school,))
        counted = map(_FRONT, fetched)
        return zip(plan.all_picked(names, counted), map(_LAST, fetched), strict=True)

    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        """Let the database spell, and fetch a piece at a time."""
        return self._wire.streamed(self._statements.of(table).spelled(names), (school,))

    def _duplicate(self, plan: Plan, school: SchoolId, rows: Sequence[Row]) -> Duplicate:
        """Find which of the rows is there already, or comes twice, and by which fields."""
        table = plan.table
        seen: set[tuple[tuple[str, ...], Row]] = set()
        for row in rows:
            key = table.pick(row, table.key)
            for group in (table.key, *table.unique):
                values = table.pick(row, group)
                twice = (group, values) in seen and None not in values
                if twice or self._holder(plan, school, group, values) is not None:
                    return Duplicate(table.name, group, key)
                seen.add((group, values))
        return Duplicate(table.name, table.key, ())

    def _holder(
        self, plan: Plan, school: SchoolId, group: tuple[str, ...], values: Row
    ) -> Row | None:
        """Return the key of the row with those values in a unique group, if there is one."""
        if None in values:
            return None
        found = self._wire.first(plan.holder(group), (school, *plan.asked(group, values)))
        return None if found is None else plan.picked(plan.table.key)(found)


def _filled(given: list[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield pieces whose lengths are powers of two, the last filled up with what it ends with.

    So there are ten statements to be kept prepared, and not one for every length.
    """
    for start in range(0, len(given), _MOST_ASKED):
        piece = given[start : start + _MOST_ASKED]
        yield piece + piece[-1:] * ((1 << (len(piece) - 1).bit_length()) - len(piece))
