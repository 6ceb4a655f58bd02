"""Eight hosts who join units of two schools in transactions of their own, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest
from crowd import WRITERS
from stores import emptied

from ejournal.adapters.sql import SqlStore
from ejournal.ids import SchoolId, SubjectId
from ejournal.model.access import System
from ejournal.model.classes import Subject
from ejournal.model.ledger import Event
from ejournal.store import SchoolUnit
from ejournal.store.units import WrongOrder

FIRST, SECOND = SchoolId(5), SchoolId(6)
HOST = System("host")
TIMES = 5
"""So many transactions each host has one after another."""


class SubjectAdded(Event):
    name: ClassVar[str] = "subject-added"


@pytest.fixture
def joined(postgres_tables: SqlStore) -> Iterator[SqlStore]:
    with emptied(postgres_tables) as store:
        yield store


def add_subject(unit: SchoolUnit) -> None:
    unit.subjects.add(Subject(SubjectId(unit.new_id()), "Алгебра"))
    unit.record(SubjectAdded())


def both(store: SqlStore, *schools: SchoolId) -> None:
    """Run one use case after another in one transaction of the host's."""
    with store.engine.begin() as connection:
        for school in schools:
            with store.join(connection, school, HOST) as unit:
                add_subject(unit)


def against_the_order(store: SqlStore) -> None:
    with pytest.raises(WrongOrder) as refused:
        both(store, SECOND, FIRST)
    assert refused.value == WrongOrder(SECOND, FIRST)


def counted(store: SqlStore) -> dict[SchoolId, int]:
    for school in (FIRST, SECOND):
        assert store.verify(school) == store.audit(school) == []
    return {school: head.seq for school, head in store.heads().items()}


def test_two_use_cases_of_one_school_in_each_of_eight_transactions_meet_no_deadlock(
    joined: SqlStore,
) -> None:
    with ThreadPoolExecutor(WRITERS) as hosts:
        for done in [hosts.submit(both, joined, FIRST, FIRST) for _ in range(WRITERS * TIMES)]:
            done.result()
    assert counted(joined) == {FIRST: 2 * WRITERS * TIMES}


def test_two_schools_joined_in_their_order_in_each_of_eight_transactions_meet_no_deadlock(
    joined: SqlStore,
) -> None:
    orders = [(FIRST, SECOND), (FIRST,), (SECOND,), (FIRST, SECOND)] * (WRITERS * TIMES // 4)
    with ThreadPoolExecutor(WRITERS) as hosts:
        for done in [hosts.submit(both, joined, *order) for order in orders]:
            done.result()
    expected = {school: sum(school in order for order in orders) for school in (FIRST, SECOND)}
    assert counted(joined) == expected


def test_who_joins_against_the_order_is_stopped_and_holds_nobody_up(joined: SqlStore) -> None:
    with ThreadPoolExecutor(WRITERS) as hosts:
        going = [hosts.submit(both, joined, FIRST, SECOND) for _ in range(WRITERS * TIMES)]
        going += [hosts.submit(against_the_order, joined) for _ in range(WRITERS)]
        for done in going:
            done.result()
    assert counted(joined) == {FIRST: WRITERS * TIMES, SECOND: WRITERS * TIMES}
