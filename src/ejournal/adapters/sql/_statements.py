"""The SQL of every question a unit asks, written once for each table of one database.

Building and compiling a statement costs more than the database needs to answer it, so statements
are kept as text with marks for values and go to the driver's cursor as they are. SQLAlchemy says
how names are quoted and which types there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import repeat
from typing import Any

import sqlalchemy as sa
from attrs import define, field

from ejournal.adapters.sql._dialects import Dialect
from ejournal.adapters.sql.schema import CHAIN, SqlTables
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Row, Table

__all__ = ["Plan", "Statements"]

_WORTH_SORTING_OUT = 100

_Conversions = tuple[tuple[int, Callable[[Any], Any]], ...]


@define
class Statements:
    """The plans of all tables of one `SqlTables`, for one kind of database."""

    tables: SqlTables
    dialect: Dialect
    _plans: dict[str, Plan] = field(init=False, factory=dict)

    def of(self, table: Table) -> Plan:
        """Return the plan of a table."""
        plan = self._plans.get(table.name)
        if plan is None:
            plan = self._plans[table.name] = Plan(table, self.tables.of(table), self.dialect)
        return plan


@define(slots=False)
class Plan:
    """The statements of one table, and its values as the driver takes and gives them."""

    table: Table
    at: sa.Table
    dialect: Dialect
    _kept: dict[object, str] = field(init=False, factory=dict)
    _asking: dict[tuple[str, ...], _Conversions] = field(init=False, factory=dict)

    def given(self, school: SchoolId, row: Row) -> tuple[Any, ...]:
        """Return a whole row as the driver takes it, the school in front."""
        return (school, *_converted(row, self._writing))

    def given_all(self, school: SchoolId, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        """Return many rows as the driver takes them; a day or instant is converted once for all."""
        if not self._writing:
            return [(school, *row) for row in rows]
        if len(rows) < _WORTH_SORTING_OUT:
            return [self.given(school, row) for row in rows]
        columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
        for at, convert in self._writing:
            known = {value: None if value is None else convert(value) for value in {*columns[at]}}
            columns[at] = map(known.__getitem__, columns[at])
        return list(zip(repeat(school, len(rows)), *columns, strict=True))

    def asked(self, names: tuple[str, ...], values: Row) -> tuple[Any, ...]:
        """Return values of those slots as the driver takes them."""
        conversions = self._asking.get(names)
        if conversions is None:
            conversions = self._asking[names] = self._conversions(names, self.dialect.writers)
        return _converted(values, conversions)

    def looked_up(self, lookup: Lookup, values: Row) -> tuple[Any, ...]:
        """Return the values of a lookup as the driver takes them."""
        ranged = lookup.fields[-1:] if lookup.ranged else ()
        return self.asked((*lookup.fields, *ranged), values)

    def row(self, fetched: tuple[Any, ...]) -> Row:
        """Return a whole row as it is kept, from what the driver fetched."""
        return _converted(fetched, self._reading)

    def rows(self, fetched: list[tuple[Any, ...]]) -> list[Row]:
        """Return whole rows as they are kept."""
        conversions = self._reading
        return [_converted(each, conversions) for each in fetched] if conversions else fetched

    def picked(self, names: Sequence[str]) -> Callable[[tuple[Any, ...]], Row]:
        """Return what turns fetched values of those slots into what rows hold."""
        conversions = self._conversions(names, self.dialect.readers)
        return lambda fetched: _converted(fetched, conversions)

    def all_picked(self, names: Sequence[str], fetched: Iterable[tuple[Any, ...]]) -> Iterable[Row]:
        """Return what many rows hold, of fetched values of those slots."""
        conversions = self._conversions(names, self.dialect.readers)
        return (_converted(each, conversions) for each in fetched) if conversions else fetched

    @cached_property
    def read(self) -> str:
        """Read the row at an address."""
        return f"SELECT {self._slots} FROM {self.name} WHERE {self._address}"

    def read_each(self, keys: int) -> str:
        """Read the rows at that many addresses of one school."""
        if ("read", keys) not in self._kept:
            names = self._listed(self.table.key)
            marks = ", ".join([self._mark] * len(self.table.key))
            among = ", ".join([f"({marks})"] * keys)
            where = f"{self._same([CHAIN])} AND ({names}) IN (VALUES {among})"
            if len(self.table.key) == 1:
                where = f"{self._same([CHAIN])} AND {names} IN ({', '.join([self._mark] * keys)})"
            text = f"SELECT {self._slots} FROM {self.name} WHERE {where}"
            self._kept["read", keys] = text
        return self._kept["read", keys]

    def select_each(self, lookup: Lookup, firsts: int) -> str:
        """Ask a lookup for any of that many values of its first field; rows without the school."""
        if ("each", lookup.name, firsts) not in self._kept:
            _, *rest = self._looked_up(lookup, (False,) * len(lookup.fields))
            among = f"{self._quoted(lookup.fields[0])} IN ({', '.join([self._mark] * firsts)})"
            where = " AND ".join([self._same([CHAIN]), among, *rest])
            text = f"SELECT {self._slots} FROM {self.name} WHERE {where}"
            self._kept["each", lookup.name, firsts] = text
        return self._kept["each", lookup.name, firsts]

    @cached_property
    def delete(self) -> str:
        """Remove the row at an address."""
        return f"DELETE FROM {self.name} WHERE {self._address}"

    @cached_property
    def update(self) -> str:
        """Set all slots but the key, where address and version are the same."""
        changed = self._listed(self.changing, " = " + self._mark)
        version = self._quoted(str(self.table.version))
        where = f"{self._address} AND {version} = {self._mark}"
        return f"UPDATE {self.name} SET {changed} WHERE {where}"

    @cached_property
    def changing(self) -> tuple[str, ...]:
        """The slots that `update` sets, in its order."""
        return tuple(slot.name for slot in self.table.slots if slot.name not in self.table.key)

    @cached_property
    def touch(self) -> str:
        """Write to the row at an address, changing nothing."""
        same = self._quoted(self.changing[0])
        return f"UPDATE {self.name} SET {same} = {same} WHERE {self._address}"

    @cached_property
    def insert(self) -> str:
        """Insert one row, or pass over it where its place is taken."""
        return self.insert_of(1)

    def insert_of(self, rows: int) -> str:
        """Insert that many rows in one statement, passing over those whose place is taken."""
        if ("insert", rows) not in self._kept:
            names = f"{self._quoted(CHAIN)}, {self._slots}"
            marks = f"({', '.join([self._mark] * (1 + len(self.table.slots)))})"
            values = ", ".join([marks] * rows)
            text = f"INSERT INTO {self.name} ({names}) VALUES {values}{self.dialect.unless_taken}"
            self._kept["insert", rows] = text
        return self._kept["insert", rows]

    @cached_property
    def key_of_inserted(self) -> str:
        """What an insert ends with to give the keys of the rows it inserted."""
        return f" RETURNING {self._listed(self.table.key)}"

    def holder(self, group: Sequence[str]) -> str:
        """Give the key of the row that has those values in a unique group."""
        same = self._same([CHAIN, *group])
        return f"SELECT {self._listed(self.table.key)} FROM {self.name} WHERE {same}"

    def select(
        self, lookup: Lookup | None, nones: tuple[bool, ...], *, of_school: bool, more: str = ""
    ) -> str:
        """Ask a question; `nones` says which of its values are None and so have no mark.

        Of all schools at once the answer has the school in front of each row.

        Values are those of: the school, the lookup, then what `more` (`behind`, `limited` or both)
        adds, each where it is asked for.
        """
        which = None if lookup is None else lookup.name, nones, of_school, more
        if which not in self._kept:
            where = [self._same([CHAIN])] if of_school else []
            if lookup is not None:
                where += self._looked_up(lookup, nones)
            if "behind" in more:
                where.append(self._behind)
            slots = self._slots if of_school else f"{self._quoted(CHAIN)}, {self._slots}"
            self._kept[which] = self._question(slots, where, limited="limited" in more)
        return self._kept[which]

    def _question(self, slots: str, where: Sequence[str], *, limited: bool) -> str:
        conditions = f" WHERE {' AND '.join(where)}" if where else ""
        limit = f" LIMIT {self._mark}" if limited else ""
        return f"SELECT {slots} FROM {self.name}{conditions} ORDER BY {self._order}{limit}"

    def tally(self, names: Sequence[str]) -> str:
        """Count the rows of a school by the values of those slots."""
        listed = self._listed(names)
        where = self._same([CHAIN])
        return f"SELECT {listed}, count(*) FROM {self.name} WHERE {where} GROUP BY {listed}"

    def spelled(self, names: Sequence[str]) -> str:
        """Give those slots of a school's rows as text."""
        shown = ", ".join(
            self.dialect.spelled(self._quoted(name), self._kind(name)) for name in names
        )
        where = self._same([CHAIN])
        return f"SELECT {shown} FROM {self.name} WHERE {where} ORDER BY {self._order}"

    @cached_property
    def columns(self) -> list[tuple[str, Kind]]:
        """The quoted names of all columns, the school's first, with what they hold."""
        slots = [(self._quoted(slot.name), slot.kind) for slot in self.table.slots]
        return [(self._quoted(CHAIN), Kind.INTEGER), *slots]

    @cached_property
    def name(self) -> str:
        """The quoted name of the table, in its schema."""
        return self.dialect.names.format_table(self.at)

    @cached_property
    def _slots(self) -> str:
        return self._listed([slot.name for slot in self.table.slots])

    @cached_property
    def _address(self) -> str:
        return self._same([CHAIN, *self.table.key])

    @cached_property
    def _behind(self) -> str:
        marks = ", ".join([self._mark] * len(self.table.key))
        return f"({self._listed(self.table.key)}) > ({marks})"

    @cached_property
    def _order(self) -> str:
        ordered = [
            self._quoted(name)
            + (" NULLS FIRST" if self.table.slots[self.table.place(name)].optional else "")
            for name in self.table.order
        ]
        return ", ".join([*ordered, *map(self._quoted, self.table.key), self._quoted(CHAIN)])

    def _looked_up(self, lookup: Lookup, nones: tuple[bool, ...]) -> list[str]:
        names = list(lookup.fields)
        ranged = names.pop() if lookup.ranged else None
        where = [
            self.dialect.few(f"{self._quoted(name)} IS NULL" if is_none else self._same([name]))
            for name, is_none in zip(names, nones, strict=False)
        ]
        if ranged is not None:
            where.append(f"{self._quoted(ranged)} BETWEEN {self._mark} AND {self._mark}")
        return where

    def _same(self, names: Sequence[str]) -> str:
        return " AND ".join(f"{self._quoted(name)} = {self._mark}" for name in names)

    def _listed(self, names: Iterable[str], ending: str = "") -> str:
        return ", ".join(self._quoted(name) + ending for name in names)

    def _quoted(self, name: str) -> str:
        return self.dialect.names.quote(name)

    @property
    def _mark(self) -> str:
        return self.dialect.mark

    def _kind(self, name: str) -> Kind:
        return self.table.slots[self.table.place(name)].kind

    @cached_property
    def _writing(self) -> _Conversions:
        return self._conversions([slot.name for slot in self.table.slots], self.dialect.writers)

    @cached_property
    def _reading(self) -> _Conversions:
        return self._conversions([slot.name for slot in self.table.slots], self.dialect.readers)

    def _conversions(
        self, names: Sequence[str], converters: Mapping[Kind, Callable[[Any], Any]]
    ) -> _Conversions:
        kinds = map(self._kind, names)
        return tuple((at, converters[kind]) for at, kind in enumerate(kinds) if kind in converters)


def _converted(values: tuple[Any, ...], conversions: _Conversions) -> tuple[Any, ...]:
    if not conversions:
        return values
    changed = list(values)
    for at, convert in conversions:
        if changed[at] is not None:
            changed[at] = convert(changed[at])
    return tuple(changed)
