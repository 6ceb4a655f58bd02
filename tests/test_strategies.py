"""What the strategies draw is kept, spelled and read back."""

from __future__ import annotations

import importlib
import json
import pkgutil
from datetime import datetime
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ejournal import model
from ejournal.codec import shape_of
from ejournal.ids import PupilId
from ejournal.model import catalogue
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import Aggregate
from ejournal.model.journal import Mark
from ejournal.model.ledger import Event, Spelled, canonical
from ejournal.testing import strategies
from ejournal.testing.strategies import Drawing, entities, values

for _module in pkgutil.iter_modules(model.__path__):
    importlib.import_module(f"{model.__name__}.{_module.name}")

EVENTS = sorted(
    (each for each in Event.__subclasses__() if each.__module__.startswith("ejournal.model")),
    key=lambda each: each.__name__,
)


def kinds(aggregate: Aggregate[Any]) -> str:
    return aggregate.name


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=kinds)
@given(data=st.data())
def test_a_drawn_record_is_read_back_as_it_was_kept(
    aggregate: Aggregate[Any], data: st.DataObject
) -> None:
    entity = data.draw(entities(aggregate))
    shape = shape_of(aggregate)

    assert shape.entity(shape.row(entity)) == entity
    key = shape.table.pick(shape.row(entity), shape.table.key)
    assert shape.parsed_key(shape.spelled_key(key)) == key


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=kinds)
@given(data=st.data())
def test_a_drawn_record_is_spelled_in_the_canonical_form(
    aggregate: Aggregate[Any], data: st.DataObject
) -> None:
    shown, hidden = shape_of(aggregate).spelled(data.draw(entities(aggregate)))

    assert is_canonical(canonical(shown))
    assert all(is_canonical(text) for _, text in hidden)


def is_canonical(text: str) -> bool:
    spelled: Spelled = json.loads(text)
    return canonical(spelled) == text


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.__name__))
@settings(max_examples=5)
@given(data=st.data())
def test_every_event_can_be_drawn(event: type[Event], data: st.DataObject) -> None:
    assert isinstance(data.draw(values(event)), event)


@given(marks=st.lists(entities(catalogue.MARKS, pupil=st.just(PupilId(9))), min_size=1))
def test_fields_are_drawn_as_they_are_given(marks: list[Mark]) -> None:
    assert {mark.pupil for mark in marks} == {9}


@given(year=entities(catalogue.YEARS, id=st.just(7)))
def test_fields_of_what_is_made_with_care_are_drawn_as_they_are_given(year: SchoolYear) -> None:
    assert year.id == 7


@given(mark=Drawing({PupilId: st.just(PupilId(3))}).of(catalogue.MARKS.entity))
def test_a_drawing_takes_ones_own_strategy_for_a_type(mark: Mark) -> None:
    assert mark.pupil == 3


def test_what_nothing_draws_is_named() -> None:
    with pytest.raises(TypeError, match="complex"):
        Drawing().of(complex)


@given(
    period=strategies.periods(),
    number=strategies.whole_numbers(3),
    at=strategies.instants(),
    word=strategies.words(),
    year=strategies.school_years(),
)
def test_simple_values_are_drawn_in_their_normal_form(
    period: Period, number: int, at: datetime, word: str, year: SchoolYear
) -> None:
    assert period.first <= period.last
    assert 3 <= number < 2**53
    assert at.microsecond % 1000 == 0
    assert word.strip()
    assert year.semester(1).first_day == year.first_day


def test_every_type_a_record_holds_can_be_drawn() -> None:
    for aggregate in AGGREGATES:
        assert Drawing().fields(aggregate.entity).keys() == {
            each.name for each in attrs.fields(aggregate.entity) if each.init
        }
