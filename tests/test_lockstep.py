"""The store in memory and the one on SQLite answer alike, whatever they are asked."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module

import broken_answers  # noqa: F401 - it registers its stores
import pytest
from broken_stores import BROKEN
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from ejournal import usecases
from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.sql import SqlStore
from ejournal.ids import PupilId
from ejournal.model.access import Throttle
from ejournal.model.calendar import Period
from ejournal.model.journal import MarkKey
from ejournal.samples import set_up
from ejournal.store import Store
from ejournal.testing.beginning import BEGUN, KEY, Clock, all_rows, prepared
from ejournal.testing.lockstep import Door, Lockstep, Parted, lockstep
from ejournal.testing.repertoire import UNITS, methods, use_cases

_SQLITE = SqlStore.open("sqlite://")


@contextmanager
def sqlite_in_memory() -> Iterator[Store]:
    """One database for all examples, emptied after each: making tables costs more than rows."""
    _SQLITE.create_tables()
    try:
        yield _SQLITE
    finally:
        with _SQLITE.engine.begin() as connection:
            for table in _SQLITE.tables.metadata.sorted_tables:
                connection.execute(table.delete())


Machine = lockstep(sqlite_in_memory)

REPOSITORIES = sorted({(UNITS.index(each.unit), each.repository) for each in methods()})
SHARES = [REPOSITORIES[start::6] for start in range(6)]
MODULES = sorted({each.function.__module__ for each in use_cases()})


@contextmanager
def machine() -> Iterator[Lockstep]:
    pair = Machine()
    try:
        yield pair
    finally:
        pair.teardown()


TestLockstep = Machine.TestCase
TestLockstep.settings = settings(max_examples=20, stateful_step_count=20)


@pytest.mark.parametrize("share", SHARES)
@settings(max_examples=4)
@given(data=st.data())
def test_every_method_of_every_repository_answers_alike(
    share: list[tuple[int, str]], data: st.DataObject
) -> None:
    with machine() as pair:
        for unit, repository in share:
            door = data.draw(st.sampled_from([door for door in Door if door.unit is UNITS[unit]]))
            asked = [m for m in methods() if m.unit is UNITS[unit] and m.repository == repository]
            for turn in (("add", "pour"), ("save", "history"), ("erase",)):
                pair.ask([method for method in asked if method.name in turn], data, door)
            pair.ask([m for m in asked if m.name not in {"add", "pour", "erase"}], data, door)


@pytest.mark.parametrize("module", MODULES, ids=lambda name: str(name).rpartition(".")[2])
@settings(max_examples=4)
@given(data=st.data())
def test_every_use_case_answers_alike(module: str, data: st.DataObject) -> None:
    asked = [each for each in use_cases() if each.function.__module__ == module]
    with machine() as pair:
        for use_case in asked * max(3, 12 // len(asked)):
            pair.call(use_case, data)


def test_the_sample_school_is_set_up_alike_from_nothing() -> None:
    assert machine_of_two_new_stores() == []


def machine_of_two_new_stores() -> list[tuple[object, object]]:
    """Set the sample school up in both and return the rows in which they differ."""
    with sqlite_in_memory() as other:
        stores = [prepared(store, Clock(BEGUN)) for store in (MemoryStore(), other)]
        for store in stores:
            set_up(store, KEY)
        pairs = zip(*map(all_rows, stores), strict=True)
        return [(one, two) for one, two in pairs if one != two]


@pytest.mark.parametrize(
    "name",
    [
        "UpdateComparesNoVersion",
        "InsertReplaces",
        "AnswersComeFromEverySchool",
        "InstantsLoseMilliseconds",
        "NothingIsRolledBack",
    ],
)
def test_a_broken_store_falls_out_of_step(name: str) -> None:
    # Repositories meet these faults within a few steps; among so many use cases it takes minutes.
    machine = lockstep(lambda: nullcontext(BROKEN[name]()))
    broken = type("OfRepositories", (machine,), {"use_case": None})
    quick = settings(
        max_examples=200,
        stateful_step_count=30,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
    )
    with pytest.raises(Parted):
        run_state_machine_as_test(broken, settings=quick)


def test_methods_are_found_with_the_types_of_their_arguments() -> None:
    found = {str(method): method.takes for method in methods()}
    assert found["SchoolUnit.marks.of_pupil"] == (PupilId, Period)
    assert found["SchoolUnit.marks.get"] == (MarkKey,)
    assert found["HousekeepingUnit.throttles.pour"] == (Iterable[Throttle],)


def test_every_public_function_of_the_use_cases_is_driven_but_two_that_touch_no_store() -> None:
    public = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(usecases.__path__)
        for name, function in vars(import_module(f"ejournal.usecases.{module.name}")).items()
        if inspect.isfunction(function)
        and function.__module__ == f"ejournal.usecases.{module.name}"
        and not name.startswith("_")
    }
    assert public - {str(each) for each in use_cases()} == {
        "delivering.letterhead_of",
        "delivering.link_of",
    }
