"""MongoDB answers like the store in memory, whatever it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test
from mongo_stores import Documents, empty, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.mongo import MongoStore
from ejournal.samples import set_up
from ejournal.testing.beginning import BEGUN, KEY, Clock, all_rows, prepared
from ejournal.testing.lockstep import lockstep

__all__ = ["furnished"]


@contextmanager
def emptied_at_the_end(documents: Documents) -> Iterator[MongoStore]:
    yield MongoStore(documents)
    empty(documents)


def test_memory_and_mongodb_go_in_step(furnished: Documents) -> None:
    machine = lockstep(partial(emptied_at_the_end, furnished))
    run_state_machine_as_test(machine, settings=settings(max_examples=3, stateful_step_count=12))


def test_the_sample_school_is_set_up_alike_from_nothing(
    furnished: Documents,
) -> None:
    with emptied_at_the_end(furnished) as other:
        stores = [prepared(store, Clock(BEGUN)) for store in (MemoryStore(), other)]
        for store in stores:
            set_up(store, KEY)
        assert list(all_rows(stores[0])) == list(all_rows(stores[1]))
