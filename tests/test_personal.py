"""Every text of the model says whether it concerns a person; the ledger's keys never do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest
from attrs import field, frozen
from test_strategies import EVENTS

import ejournal
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import PERSONAL, PLAIN, Aggregate, is_personal
from ejournal.model.identifiers import (
    BirthCertificate,
    ContactPhone,
    Email,
    PersonName,
    Phone,
    Rnokpp,
    Unzr,
)
from ejournal.model.spelling import Spelled

KINDS: list[type[Any]] = [*(each.entity for each in AGGREGATES), *EVENTS]
OF_PERSONS = (PersonName, Email, Phone, ContactPhone, Rnokpp, Unzr, BirthCertificate)


def types_in(annotation: Any) -> Iterator[Any]:  # noqa: ANN401 - a type
    """Every type that a field of this annotation can hold, without unions and containers."""
    parts = get_args(annotation)
    if not parts:
        yield annotation
    for part in parts:
        yield from types_in(part)


def holds_text(annotation: Any, above: tuple[Any, ...] = ()) -> bool:  # noqa: ANN401 - a type
    """Whether text that somebody wrote can stand in it, however deep and undeclared."""
    return any(
        kind is str
        or (isinstance(kind, type) and issubclass(kind, Spelled))
        or (attrs.has(kind) and kind not in above and bool(undeclared(kind, (*above, kind))))
        for kind in types_in(annotation)
    )


def undeclared(kind: type[Any], above: tuple[Any, ...] = ()) -> list[str]:
    """The fields of a class that can hold text and are neither personal nor plain."""
    return [
        each.name
        for each in attrs.fields(attrs.resolve_types(kind))
        if is_personal(each) is None and holds_text(each.type, above)
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_every_text_is_declared_personal_or_plain(kind: type[Any]) -> None:
    assert undeclared(kind, (kind,)) == []


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda each: str(each.name))
def test_no_key_of_a_ledgered_record_is_personal(aggregate: Aggregate[Any]) -> None:
    fields = attrs.fields_dict(aggregate.entity)
    hidden = [name for name in aggregate.key if is_personal(fields[name])]
    assert not (aggregate.ledgered and hidden)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_names_contacts_and_numbers_of_persons_are_personal(kind: type[Any]) -> None:
    open_ones = [
        each.name
        for each in attrs.fields(attrs.resolve_types(kind))
        if not is_personal(each) and set(types_in(each.type)) & set(OF_PERSONS)
    ]
    assert open_ones == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.__name__))
def test_what_holds_a_personal_part_is_personal(kind: type[Any]) -> None:
    open_ones = [
        each.name
        for each in attrs.fields(attrs.resolve_types(kind))
        if not is_personal(each) and any(map(has_personal_part, types_in(each.type)))
    ]
    assert open_ones == []


def has_personal_part(kind: Any, above: tuple[Any, ...] = ()) -> bool:  # noqa: ANN401 - a type
    if not attrs.has(kind) or kind in above:
        return False
    return any(
        is_personal(each)
        or any(has_personal_part(part, (*above, kind)) for part in types_in(each.type))
        for each in attrs.fields(attrs.resolve_types(kind))
    )


def test_no_event_is_defined_outside_the_model() -> None:
    source = Path(ejournal.__file__).parent
    outside = [
        path.relative_to(source)
        for path in source.rglob("*.py")
        if path.relative_to(source).parts[0] not in {"model", "testing"}
        and "(Event)" in path.read_text("utf-8")
    ]
    assert outside == []
    assert len(EVENTS) > 40


@frozen
class _Inner:
    words: str


@frozen
class _Outer:
    bare: str
    deep: Mapping[str, tuple[_Inner, ...]] | None
    number: int
    state: Enum
    said: str = field(metadata=PLAIN)
    held: _Inner = field(metadata=PERSONAL)


def test_text_is_found_in_unions_containers_and_parts() -> None:
    assert undeclared(_Outer) == ["bare", "deep"]
