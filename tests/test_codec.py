"""How the model is spelled: these forms lie in databases and ledgers, so they never change."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from fractions import Fraction
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from attrs import frozen
from cattrs import Converter
from hypothesis import given, settings
from hypothesis import strategies as st
from refusals import refusal
from stores import MONDAY

from ejournal import model
from ejournal.codec import (
    Shape,
    configure,
    make_converter,
    parse_instant,
    shape_of,
    spell,
    spell_instant,
)
from ejournal.errors import Invalid, Unreadable
from ejournal.ids import (
    ColumnId,
    GrantId,
    InvitationId,
    JournalId,
    LessonId,
    PersonId,
    PupilId,
    StaffId,
    YearId,
)
from ejournal.model import catalogue
from ejournal.model.access import Grant, Invitation
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import Bell, Holiday, SchoolYear, Semester, StudyForm
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import Aggregate, is_personal
from ejournal.model.identifiers import (
    ClassLabel,
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    Katottg,
    PersonName,
    Phone,
    Region,
)
from ejournal.model.journal import Mark
from ejournal.model.ledger import Event, Spelled
from ejournal.model.marks import VOCABULARY, Final, Grade, Level, MarkValue, Sign
from ejournal.model.permissions import Action, Role
from ejournal.model.school import SchoolState
from ejournal.ports import Kind, Row, Slot
from ejournal.testing.strategies import entities

ID = "0000000000001"
MARK = Mark(
    JournalId(1), ColumnId(2), PupilId(3), date(2026, 9, 7), Grade(7), "добре", StaffId(5),
    MONDAY, version=4,
)  # fmt: skip
INVITATION = Invitation(
    InvitationId(1), GrantId(2), PersonName("Коваль", "Олена"), Email("O.Koval@example.com"), 1,
    MONDAY, version=9,
)  # fmt: skip
YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 30),
    (Semester(1, date(2026, 9, 1), date(2026, 12, 24)),),
    (Holiday("Осінні", date(2026, 10, 26), date(2026, 11, 1)),),
    (Bell(1, 1, time(8, 30), time(9, 15)),),
)

kinds = [pytest.param(aggregate, id=aggregate.name) for aggregate in AGGREGATES]


@pytest.mark.parametrize(
    ("aggregate", "entity", "row"),
    [
        (catalogue.MARKS, MARK, (1, 2, 3, date(2026, 9, 7), "7", "добре", 5, MONDAY, False, 4)),
        (
            catalogue.INVITATIONS,
            INVITATION,
            (
                1,
                2,
                '{"family":"Коваль","given":"Олена","patronymic":""}',
                "O.Koval@example.com",
                1,
                MONDAY,
                "pending",
                None,
                None,
                9,
                "o.koval@example.com",
            ),
        ),
        (
            catalogue.YEARS,
            YEAR,
            (
                1,
                "in-person-day",
                date(2026, 9, 1),
                date(2027, 6, 30),
                '[{"first_day":"2026-09-01","last_day":"2026-12-24","number":1}]',
                '[{"first_day":"2026-10-26","last_day":"2026-11-01","name":"Осінні"}]',
                '[{"ends":"09:15:00","number":1,"shift":1,"starts":"08:30:00"}]',
                0,
            ),
        ),
        (
            catalogue.GRANTS,
            Grant(
                GrantId(1),
                Role.PARENT,
                frozenset({Action.READ_DIARY, Action.EXPORT}),
                None,
                PersonId(3),
                MONDAY,
            ),
            (1, "parent", '["export","read-diary"]', None, 3, MONDAY, None, 0),
        ),
        (
            catalogue.ABSENCES,
            Absence(
                JournalId(1), LessonId(2), PupilId(3), date(2026, 9, 7), AbsenceCode.ABSENT, 0, "",
                None, MONDAY,
            ),
            (1, 2, 3, date(2026, 9, 7), "absent", 0, "", None, MONDAY, False, None, 0),
        ),
    ],
)  # fmt: skip
def test_a_record_lies_in_this_row(aggregate: Aggregate[Any], entity: object, row: Row) -> None:
    shape = shape_of(aggregate)
    assert shape.row(entity) == row
    assert shape.entity(row) == entity


def test_a_records_table_has_a_slot_for_each_field_and_for_what_is_derived() -> None:
    assert shape_of(catalogue.INVITATIONS).table.slots == (
        Slot("id", Kind.INTEGER),
        Slot("grant", Kind.INTEGER),
        Slot("name", Kind.JSON),
        Slot("address", Kind.TEXT),
        Slot("generation", Kind.INTEGER),
        Slot("expires_at", Kind.INSTANT),
        Slot("state", Kind.TEXT),
        Slot("request", Kind.INTEGER, optional=True),
        Slot("account", Kind.INTEGER, optional=True),
        Slot("version", Kind.INTEGER),
        Slot("folded_address", Kind.TEXT),
    )


def test_an_entry_shows_what_is_open_and_is_given_the_text_of_what_is_personal() -> None:
    assert shape_of(catalogue.MARKS).spelled(MARK) == (
        {
            "journal": ID,
            "column": "0000000000002",
            "pupil": "0000000000003",
            "day": "2026-09-07",
            "value": "7",
            "author": "0000000000005",
            "given_at": "2026-09-07T08:30:00.000Z",
            "void": False,
        },
        [("comment", '"добре"')],
    )


@pytest.mark.parametrize(
    ("value", "annotation", "spelled"),
    [
        (1, PupilId, ID),
        (1, int, 1),
        (None, PupilId | None, None),
        (date(2026, 9, 1), None, "2026-09-01"),
        (time(8, 30), None, "08:30:00"),
        (MONDAY, None, "2026-09-07T08:30:00.000Z"),
        (Grade(12), MarkValue, "12"),
        (Level.HIGH, MarkValue, "high"),
        (Final.NOT_ATTESTED, MarkValue, "not-attested"),
        (Sign.VERBAL, MarkValue, "verbal"),
        (SchoolState.ACTIVE, None, "active"),
        (DisoId(123456), None, 123456),
        (Edrpou("32855961"), None, "32855961"),
        (Katottg("UA80000000000093317"), None, "UA80000000000093317"),
        (Email("O.K@example.com"), None, "O.K@example.com"),
        (Region.POLTAVA, None, Region.POLTAVA.value),
        (ClassLabel(5, "А"), None, {"grade": 5, "letter": "А"}),
        (
            PersonName("Коваль", "Олена", "Іванівна"),
            None,
            {"family": "Коваль", "given": "Олена", "patronymic": "Іванівна"},
        ),
        (
            ContactPhone(Phone("+380501112233"), "050 111-22-33"),
            None,
            {"phone": "+380501112233", "raw": "050 111-22-33"},
        ),
        (frozenset({PupilId(9), PupilId(1)}), frozenset[PupilId], [ID, "0000000000009"]),
    ],
)  # fmt: skip
def test_a_value_is_spelled_as_it_always_was(
    value: object, annotation: object, spelled: Spelled
) -> None:
    assert spell(value, annotation) == spelled


def test_every_mark_has_a_spelling_of_its_own_and_is_read_back() -> None:
    converter = make_converter()
    spelled = [spell(value, MarkValue) for value in VOCABULARY]
    assert len(set(map(str, spelled))) == len(VOCABULARY)
    assert [converter.structure(code, MarkValue) for code in spelled] == list(VOCABULARY)  # type: ignore[arg-type]  # a union is no class


@pytest.mark.parametrize("aggregate", kinds)
@settings(max_examples=10)
@given(data=st.data())
def test_a_record_goes_through_json_and_back(
    aggregate: Aggregate[Any], data: st.DataObject
) -> None:
    converter = make_converter()
    entity = data.draw(entities(aggregate))
    text = json.dumps(converter.unstructure(entity))

    assert converter.structure(json.loads(text), aggregate.entity) == entity


@frozen
class Note:
    at: datetime
    pupil: PupilId
    price: complex


def test_a_hosts_converter_keeps_its_own_hooks() -> None:
    converter = Converter()
    converter.register_unstructure_hook(complex, str)
    assert configure(converter).unstructure(Note(MONDAY, PupilId(1), 1j)) == {
        "at": "2026-09-07T08:30:00.000Z",
        "pupil": ID,
        "price": "1j",
    }


def test_an_instant_is_spelled_in_utc_with_milliseconds() -> None:
    kyiv = timezone(timedelta(hours=3))
    at = datetime(2026, 9, 7, 11, 30, 0, 123_456, kyiv)
    assert spell_instant(at) == "2026-09-07T08:30:00.123Z"
    assert parse_instant("2026-09-07T08:30:00.123Z") == datetime(2026, 9, 7, 8, 30, 0, 123_000, UTC)
    assert parse_instant("2026-09-07T11:30:00+03:00") == MONDAY


def test_an_instant_without_a_zone_is_refused() -> None:
    assert refusal(parse_instant, "2026-09-07T08:30:00")[2] == "normal-form"


@given(st.fractions())
def test_a_fraction_is_spelled_exactly_in_lowest_terms(number: Fraction) -> None:
    spelled = spell(number)
    assert make_converter().structure(spelled, Fraction) == number
    assert spelled == str(number)


@pytest.mark.parametrize("text", ["1.5", "6/4", " 3/2", "3/1"])
def test_a_fraction_that_is_spelled_otherwise_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_converter().structure(text, Fraction)
    assert refused.value == Invalid("fraction", text, "normal-form")


def test_keys_are_spelled_with_identifiers_as_text() -> None:
    shape = shape_of(catalogue.MARKS)
    spelled = (ID, "0000000000002", "0000000000003")
    assert shape.spelled_key((1, 2, 3)) == spelled
    assert shape.parsed_key(spelled) == (1, 2, 3)
    bindings = shape_of(catalogue.BINDINGS)
    assert bindings.spelled_key((1, "oidc")) == (ID, "oidc")
    assert bindings.parsed_key((ID, "oidc")) == (1, "oidc")


def test_what_is_asked_for_is_spelled_like_what_is_stored() -> None:
    shape = shape_of(catalogue.SCHOOLS)
    asked = (DisoId(5), Edrpou("32855961"), None)
    assert shape.stored(("diso_id", "edrpou", "authority"), asked) == (5, "32855961", None)


def test_the_shape_of_a_kind_is_worked_out_once() -> None:
    assert shape_of(catalogue.MARKS) is shape_of(catalogue.MARKS)


JUNK = (
    None, 5, -1, 1.5, True, b"x", "", "x", "null", "[]", "[[]]", "[null]", "{}", '"a"', "[" * 3000,
    '{"family":5}', '{"text":5}', "2026-99-99",
)  # fmt: skip


@pytest.mark.parametrize("aggregate", kinds)
@settings(max_examples=3)
@given(data=st.data())
def test_a_row_with_anything_in_it_is_read_or_named_unreadable(
    aggregate: Aggregate[Any], data: st.DataObject
) -> None:
    shape = shape_of(aggregate)
    row = shape.row(data.draw(entities(aggregate)))
    for place in range(len(row)):
        for junk in JUNK:
            spoilt: Any = (*row[:place], junk, *row[place + 1 :])
            told = refused(shape, spoilt)
            assert told is None or told == Unreadable(f"a stored {aggregate.name}", told.why)
            assert told is None or told.why.isidentifier()


def refused(shape: Shape[Any], row: Row) -> Unreadable | None:
    try:
        shape.entity(row)
    except Unreadable as error:
        return error
    return None


@pytest.mark.parametrize(
    ("place", "junk", "why"),
    [(2, "Мельник", "JSONDecodeError"), (2, "[]", "Invalid"), (6, "Мельник", "ValueError")],
)
def test_an_unreadable_row_tells_no_value(place: int, junk: str, why: str) -> None:
    shape = shape_of(catalogue.INVITATIONS)
    row = shape.row(INVITATION)
    with pytest.raises(Unreadable) as caught:
        shape.entity((*row[:place], junk, *row[place + 1 :]))
    assert caught.value == Unreadable("a stored invitation", why)


def _declared() -> set[type[attrs.AttrsInstance]]:
    """Return every kind of record and of event."""
    for module in pkgutil.iter_modules(model.__path__, "ejournal.model."):
        importlib.import_module(module.name)
    return {*(aggregate.entity for aggregate in AGGREGATES), *_events(Event)}


def _events(kind: type[Event]) -> Iterator[type[Event]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("ejournal."):
            yield child
        yield from _events(child)


def _holds_text(annotation: Any) -> bool:  # noqa: ANN401 - of any kind
    """Say whether a field of that type holds text, a name or a contact."""
    if annotation is str or annotation in (PersonName, Email, ContactPhone, Phone):
        return True
    return any(_holds_text(part) for part in get_args(annotation))


def test_every_text_of_the_model_says_whether_it_is_personal() -> None:
    undeclared = [
        f"{kind.__name__}.{attribute.name}"
        for kind in _declared()
        for attribute in attrs.fields(kind)
        if is_personal(attribute) is None and _holds_text(get_type_hints(kind)[attribute.name])
    ]
    assert undeclared == []


def test_names_and_contacts_are_personal_wherever_they_stand() -> None:
    open_ones = [
        f"{kind.__name__}.{attribute.name}"
        for kind in _declared()
        for attribute in attrs.fields(kind)
        if not is_personal(attribute)
        and {PersonName, Email, ContactPhone, Phone} & _parts(get_type_hints(kind)[attribute.name])
    ]
    assert open_ones == []


def _parts(annotation: Any) -> set[Any]:  # noqa: ANN401 - of any kind
    return {annotation}.union(*(_parts(part) for part in get_args(annotation)))
