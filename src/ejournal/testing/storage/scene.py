"""What the tests of the contract are made of: tables of the model, rows for them, threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
from attrs import frozen
from hypothesis import HealthCheck, settings

from ejournal.codec import shape_of
from ejournal.ids import SchoolId
from ejournal.model import catalogue
from ejournal.model.access import System
from ejournal.model.ledger import Event
from ejournal.ports import Capability, Kind, Row, Slot, Stored, Table, Transaction
from ejournal.store import Store

__all__ = [
    "AT",
    "BINDINGS",
    "CURSORS",
    "DAY",
    "DELIVERIES",
    "KIT",
    "LESSONS",
    "MARKS",
    "OTHER",
    "SCHOOL",
    "SUBGROUPS",
    "SUBJECTS",
    "THROTTLES",
    "Tried",
    "asked_for",
    "fresh_school",
    "in_threads",
    "kept_rows",
    "needed",
    "needs",
    "one_store_for_all_examples",
    "put",
    "row_of",
    "writing",
]

SCHOOL = SchoolId(41)
OTHER = SchoolId(42)
KIT = System("contract")

LESSONS = shape_of(catalogue.LESSONS).table
MARKS = shape_of(catalogue.MARKS).table
BINDINGS = shape_of(catalogue.BINDINGS).table
CURSORS = shape_of(catalogue.CURSORS).table
DELIVERIES = shape_of(catalogue.DELIVERIES).table
SUBGROUPS = shape_of(catalogue.SUBGROUPS).table
SUBJECTS = shape_of(catalogue.SUBJECTS).table
THROTTLES = shape_of(catalogue.THROTTLES).table

DAY = date(2026, 9, 7)
AT = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)

_PLAIN: dict[Kind, Stored] = {
    Kind.INTEGER: 1,
    Kind.TEXT: "text",
    Kind.FLAG: False,
    Kind.DATE: DAY,
    Kind.INSTANT: AT,
    Kind.JSON: "[]",
}

# One store serves all examples of a property: each example works in a school of its own.
one_store_for_all_examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
_schools = iter(range(1_000_000, 10**9))


def fresh_school() -> SchoolId:
    """Return a school that no other example of a property has used."""
    return SchoolId(next(_schools))


@frozen
class Tried(Event):
    """The event of everything these tests write."""

    name: ClassVar[str] = "contract-tried"


def row_of(table: Table, **values: Stored) -> Row:
    """Return a row with those values and unremarkable ones in the other slots."""
    unknown = values.keys() - {slot.name for slot in table.slots}
    assert not unknown, unknown
    return tuple(values.get(slot.name, _value(slot)) for slot in table.slots)


def _value(slot: Slot) -> Stored:
    return None if slot.optional else _PLAIN[slot.kind]


needed: set[Capability] = set()
"""What the test that runs now has needed so far; a report reads it."""


def needs(store: Store, capability: Capability) -> None:
    """Skip the test, by the capability's name, where the storage says it lacks it."""
    needed.add(capability)
    if capability in store.cannot:
        pytest.skip(f"the storage cannot: {capability.name}")


@contextmanager
def writing(store: Store, school: SchoolId = SCHOOL) -> Iterator[Transaction]:
    """Open a transaction that has taken the school's head."""
    with store.begin(writing=True) as transaction:
        transaction.lock(school)
        yield transaction


def kept_rows(store: Store, table: Table, school: SchoolId | None = SCHOOL) -> list[Row]:
    """Return what a new reader finds in a table, in the order it comes."""
    with store.begin(writing=False) as transaction:
        return [row for _, row in transaction.select(table, school, None)]


def put(store: Store, table: Table, *rows: Row, school: SchoolId = SCHOOL) -> None:
    """Insert rows in a transaction of their own."""
    with writing(store, school) as transaction:
        transaction.insert(table, school, rows)


def asked_for(
    store: Store, table: Table, lookup: str, *values: Stored, school: SchoolId | None = SCHOOL
) -> list[Row]:
    """Return what a new reader is answered to a declared lookup."""
    question = next(each for each in table.lookups if each.name == lookup)
    with store.begin(writing=False) as transaction:
        return [row for _, row in transaction.select(table, school, question, values)]


def in_threads(*tasks: Callable[[], object]) -> None:
    """Run each task in a thread of its own, all at once, and raise what the first one raised."""
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the test's thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a thread waits for ever"
    if failures:
        raise failures[0]
