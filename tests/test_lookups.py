"""Every question that a table declares is answered by an index, and no more is read than asked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from asked import Asked, overheard
from attrs import frozen
from stores import MONDAY, Clock, emptied, opened_sql

from ejournal.adapters.sql import SqlStore
from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Row, Stored, Table, Transaction
from ejournal.store.stores import tables

SCHOOL = SchoolId(1)
SAMPLES: dict[Kind, Stored] = {
    Kind.INTEGER: 1,
    Kind.TEXT: "1",
    Kind.FLAG: False,
    Kind.DATE: date(2026, 9, 7),
    Kind.INSTANT: MONDAY,
    Kind.JSON: "1",
}


@frozen
class Question:
    """What is asked of a table; `fixed` are the columns whose values it gives."""

    table: Table
    name: str
    fixed: tuple[str, ...]
    lookup: Lookup | None = None
    values: Row = ()
    across: bool = False
    by_key: bool = False
    after: Row | None = None

    def __str__(self) -> str:
        return f"{self.table.name}: {self.name}"

    def ask(self, transaction: Transaction) -> None:
        school = None if self.across else SCHOOL
        if self.by_key:
            transaction.read(self.table, SCHOOL, self.values)
        else:
            for _ in transaction.select(
                self.table, school, self.lookup, self.values, after=self.after
            ):
                pass

    @property
    def comes_in_order(self) -> bool:
        """Whether the rows lie in the order of the answer: those of one stretch of the key."""
        front = ("chain", *self.table.key)[: len(self.fixed)]
        return not self.across and not self.table.order and front == self.fixed


def sample(table: Table, names: Sequence[str]) -> Row:
    return tuple(SAMPLES[table.slots[table.place(name)].kind] for name in names)


def looked_up(table: Table, lookup: Lookup) -> Iterator[Question]:
    fixed, values = ("chain", *lookup.fields), sample(table, lookup.fields)
    if lookup.ranged:
        values += values[-1:]
    yield Question(table, lookup.name, fixed, lookup, values)
    if lookup.across:
        yield Question(table, f"{lookup.name}, across", lookup.fields, lookup, values, across=True)
    for place, name in enumerate(lookup.fields[:-1] if lookup.ranged else lookup.fields):
        if table.slots[table.place(name)].optional:
            without = (*values[:place], None, *values[place + 1 :])
            yield Question(table, f"{lookup.name}, no {name}", fixed, lookup, without)


def questions() -> Iterator[Question]:
    for table in tables():
        key = sample(table, table.key)
        yield Question(table, "by key", ("chain", *table.key), values=key, by_key=True)
        yield Question(table, "all of a school", ("chain",))
        if not table.order:
            yield Question(table, "what follows", ("chain",), after=key)
        for lookup in table.lookups:
            yield from looked_up(table, lookup)


# Where every chain ends is asked of all rows there are.
EVERYTHING = [question for question in questions() if not question.fixed]
QUESTIONS = [question for question in questions() if question.fixed]


def put(store: SqlStore, question: Question) -> Asked:
    with overheard(store.engine) as heard, store.begin(writing=False) as transaction:
        question.ask(transaction)
    # The first unit of a process may look at the schema before.
    return [each for each in heard if each.reads][-1]


def test_only_the_heads_are_ever_asked_for_without_a_condition() -> None:
    assert list(map(str, EVERYTHING)) == ["head: everywhere, across"]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    file: Path = tmp_path_factory.mktemp("lookups") / "ejournal.db"
    with opened_sql(file, Clock()) as store:
        yield store


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_sqlite_searches_by_all_that_is_asked(sqlite: SqlStore, question: Question) -> None:
    asked = put(sqlite, question)
    with sqlite.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.text}").fetchall()

    search, *more = [str(step[3]) for step in plan]
    assert re.match(r"SEARCH \S+ USING (COVERING )?(INDEX \S+|PRIMARY KEY) \(", search), search
    used = set(re.findall(r"(\w+)[=<>]", search))
    assert set(question.fixed) <= used, f"{question.fixed} were asked, but: {search}"
    if question.comes_in_order:
        assert not more


# Of a table without rows PostgreSQL knows nothing, and whichever index will do.
NUMBERED: dict[Kind, str] = {
    Kind.INTEGER: "{n}",
    Kind.TEXT: "({n})::text",
    Kind.FLAG: "mod({n}, 2) = 0",
    Kind.DATE: "date '2026-09-07' + {n}",
    Kind.INSTANT: "timestamptz '2026-09-07 08:30Z' + ({n}) * interval '1 minute'",
    Kind.JSON: "({n})::text",
}
ROWS, OF_A_SCHOOL = 4_000, 100


@pytest.fixture(scope="module")
def postgresql(postgres_tables: SqlStore) -> Iterator[SqlStore]:
    with emptied(postgres_tables) as store:
        for table in tables():
            fill(store, table)
        yield store


def fill(store: SqlStore, table: Table) -> None:
    """Give schools rows of which several have the same in each field, but not in a unique group."""
    ten_alike, fifty_alike = "mod(n / 10, 10)", "mod(n / 50, 2)"
    numbers = dict.fromkeys((slot.name for slot in table.slots), ten_alike)
    for lookup in table.lookups:
        numbers |= dict.fromkeys(lookup.fields[1:], fifty_alike)
    numbers |= dict.fromkeys(table.key, ten_alike)
    numbers[table.key[-1]] = "mod(n, 10)" if table.key[1:] else f"mod(n, {OF_A_SCHOOL})"
    numbers |= {group[-1]: f"mod(n, {OF_A_SCHOOL})" for group in table.unique}
    values = ", ".join(
        NUMBERED[slot.kind].format(n=f"nullif({n}, 2)" if slot.optional else n)
        for slot, n in zip(table.slots, numbers.values(), strict=True)
    )
    with store.engine.begin() as connection:
        name = connection.dialect.identifier_preparer.format_table(store.tables.of(table))
        connection.exec_driver_sql(
            f"INSERT INTO {name} SELECT n / {OF_A_SCHOOL} + 1, {values}"
            f" FROM generate_series(1, {ROWS}) n"
        )
        connection.exec_driver_sql(f"ANALYZE {name}")


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_postgresql_searches_by_all_that_is_asked(postgresql: SqlStore, question: Question) -> None:
    asked = put(postgresql, question)
    with postgresql.engine.connect() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        plan = explained(connection, asked)

    conditions = [node["Index Cond"] for node in nodes_of(plan) if "Index Cond" in node]
    assert len(conditions) == 1, plan
    for name in question.fixed:
        assert re.search(rf'(\(|ROW\(|, )"?{name}"? ', conditions[0]), conditions
    assert not any("Filter" in node for node in nodes_of(plan)), plan
    if question.comes_in_order:
        assert not any(node["Node Type"].endswith("Sort") for node in nodes_of(plan)), plan


def explained(connection: sa.Connection, asked: Asked) -> dict[str, Any]:
    (answer,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.text}", asked.values)
    plan: dict[str, Any] = (answer[0] if isinstance(answer[0], list) else json.loads(answer[0]))[0]
    return plan


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    node = plan.get("Plan", plan)
    yield node
    for child in node.get("Plans", []):
        yield from nodes_of(child)
