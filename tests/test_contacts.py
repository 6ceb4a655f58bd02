"""Telephones and e-mail: what is accepted, what is refused and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from refusals import reasons, refusal

from ejournal.errors import Invalid
from ejournal.model.contacts import (
    ContactPhone,
    Email,
    Phone,
    parse_email,
    parse_phone,
    read_contact_phone,
)
from ejournal.testing import identifiers as drawn


def test_rule_084_a_phone_is_read_as_it_is_written_in_ukraine() -> None:
    assert parse_phone("+380501234567") == Phone("+380501234567")
    written = [
        "0501234567",
        "050 123-45-67",
        "(050)123–45–67",
        "8-050-123-45-67",
        "8(050)1234567",
        "38050 1234567",
        "+38 (050) 123 45 67",
        "00380501234567",
        "501234567",
        "050.123.45.67",
    ]
    assert {parse_phone(text) for text in written} == {Phone("+380501234567")}
    assert parse_phone("(04637) 2-15-44") == Phone("+380463721544")


def test_rule_084_what_cannot_be_dialled_is_refused() -> None:
    assert reasons(
        parse_phone,
        [
            "12345",
            "(95)2-61",
            "+48 501 234 567",
            "+999 501 234 567",
            "0801234567",
            "(044) 123-45-67 дод. 12",
            "0441234567 вн.5",
            "0441234567#5",
            "050 123 45 67, 067 123 45 67",
            "050 123 45 67 або 067 123 45 67",
            "501234567, 671234567",
            "0800FREECALL",
            "05012345678901",
            "0501234567890123",
        ],
    ) == {
        "12345": "length",
        "(95)2-61": "length",
        "+48 501 234 567": "country",
        "+999 501 234 567": "pattern",
        "0801234567": "dialling-code",
        "(044) 123-45-67 дод. 12": "extension",
        "0441234567 вн.5": "extension",
        "0441234567#5": "extension",
        "050 123 45 67, 067 123 45 67": "ambiguous",
        "050 123 45 67 або 067 123 45 67": "ambiguous",
        "501234567, 671234567": "ambiguous",
        "0800FREECALL": "digits",
        "05012345678901": "length",
        "0501234567890123": "length",
    }
    assert refusal(Phone, "0501234567") == ("phone", "0501234567", "normal-form")


@pytest.mark.parametrize(
    ("parse", "written"),
    [
        (parse_phone, ""),
        (parse_phone, "12345"),
        (parse_phone, "0441234567 вн.5"),
        (parse_phone, "+48 501 234 567"),
        (parse_phone, "+999 501 234 567"),
        (parse_phone, "0801234567"),
        (parse_email, "olha@example.com, petro@example.com"),
        (parse_email, "olha"),
        (parse_email, ""),
    ],
)
def test_what_is_refused_of_somebodys_contacts_is_marked_as_personal(
    parse: Callable[[str], object], written: str
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(written)
    assert refused.value.personal


def test_an_address_that_is_none_is_too_long_from_321_signs_on() -> None:
    assert refusal(parse_email, "<>")[2] == "absent"
    assert refusal(parse_email, "a" * 320)[2] == "pattern"
    assert refusal(parse_email, "a" * 321)[2] == "length"


def test_rule_084_what_was_written_is_kept_beside_the_number() -> None:
    assert read_contact_phone("050 123-45-67") == ContactPhone(
        Phone("+380501234567"), "050 123-45-67"
    )
    assert read_contact_phone("(95)2-61") == ContactPhone(None, "(95)2-61")
    assert str(read_contact_phone("050 123-45-67")) == "+380501234567"
    assert str(read_contact_phone("(95)2-61")) == "(95)2-61"


def test_an_email_is_read_out_of_its_wrapping() -> None:
    written = [
        "School@EXAMPLE.ua",
        "<School@example.ua>",
        "mailto:School@example.ua",
        " School@example.ua. ",
        "School@example.ua;",
    ]
    assert {parse_email(text) for text in written} == {Email("School@example.ua")}


def test_domains_for_tests_are_domains() -> None:
    written = ["a@licej.example", "a@licej.test", "a@example.com"]
    assert [str(parse_email(text)) for text in written] == written


def test_emails_are_compared_without_case_and_in_idna() -> None:
    assert parse_email("School@EXAMPLE.ua").folded == "school@example.ua"
    spellings = ["Школа@Ліцей.УКР", "школа@ліцей.укр", "школа@xn--e1aie8bxe.xn--j1amh"]
    assert {parse_email(text).folded for text in spellings} == {"школа@xn--e1aie8bxe.xn--j1amh"}


def test_an_email_is_refused_with_what_is_wrong_with_it() -> None:
    assert reasons(
        parse_email,
        [
            "немає",
            "a b@example.ua",
            "a@b",
            "a@b.local",
            "a@@b.ua",
            "a@b.ua, c@d.ua",
            "sсhool@example.ua",
            "school@exаmple.ua",
            "a@" + "b" * 500 + ".ua",
        ],
    ) == {
        "немає": "pattern",
        "a b@example.ua": "pattern",
        "a@b": "pattern",
        "a@b.local": "pattern",
        "a@@b.ua": "ambiguous",
        "a@b.ua, c@d.ua": "ambiguous",
        "sсhool@example.ua": "look-alike",
        "school@exаmple.ua": "look-alike",
        "a@" + "b" * 500 + ".ua": "length",
    }
    assert refusal(Email, "a@EXAMPLE.ua")[2] == "normal-form"


@given(drawn.contact_phones())
def test_a_drawn_contact_is_what_reading_it_gives(contact: ContactPhone) -> None:
    assert read_contact_phone(contact.raw) == contact
