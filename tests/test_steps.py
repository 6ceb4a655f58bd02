"""The steps as declarations: numbered, frozen, and together what the model says now."""

from __future__ import annotations

from hashlib import sha256

from attrs import evolve

from ejournal.ports import Table
from ejournal.store.steps import STEPS, Layout, laid_out
from ejournal.store.stores import tables

AS_RELEASED = {
    1: "8acbc98ee254968a",
    2: "b11ab04f04b0436a",
    3: "03c1cf759eb848ad",
    4: "690e31f562368144",
    5: "50d6f7ba41c1a025",
    6: "57bda8dd73f1860c",
    7: "4ab7f0ad2c9129da",
    8: "e678b297b245e3b9",
    9: "71d0bdd8890cee17",
    10: "e679b9a7b1ae0f4f",
    11: "707896202cfdb65a",
}


def in_order_of_names(table: Table) -> Table:
    """The table as every storage sees it: where a slot stands among the others is nobody's."""
    return evolve(table, slots=tuple(sorted(table.slots, key=lambda slot: slot.name)))


def test_all_steps_together_are_what_the_declarations_say() -> None:
    declared = {table.name: in_order_of_names(table) for table in tables()}
    grown = laid_out(STEPS).tables
    assert {name: in_order_of_names(table) for name, table in grown.items()} == declared


def test_steps_are_numbered_from_one_without_gaps() -> None:
    assert [step.number for step in STEPS] == list(range(1, len(STEPS) + 1))


def test_a_step_stays_as_it_was_released() -> None:
    digests = {step.number: sha256(repr(step).encode()).hexdigest()[:16] for step in STEPS}
    assert digests == AS_RELEASED


def test_nothing_is_laid_out_before_the_first_step() -> None:
    assert laid_out(()) == Layout({}, {})
