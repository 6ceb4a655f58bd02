"""The reader of schools' e-mails, on messages as schools send them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ejournal.intake import Envelope, Reading, read_message
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Phone,
    Region,
)
from ejournal.model.request_items import Flaw, Found, Item, RequestItems
from ejournal.model.spelling import one_apostrophe

CORPUS = Path(__file__).parent / "corpus"


def messages(name: str) -> list[Path]:
    return sorted((CORPUS / name).glob("*.eml"))


def spelled(value: object) -> object:
    """A value as the expectations spell it."""
    match value:
        case Region():
            return value.code
        case DisoId():
            return value.number
        case PersonName():
            return {
                "family": value.family,
                "given": value.given,
                "patronymic": value.patronymic,
            }
        case Email():
            return value.folded
        case ContactPhone():
            return str(value)
    return str(value)


def outcome(reading: Reading) -> dict[str, object]:
    """A reading in the form in which the corpora say what to expect."""
    given = {
        item: spelled(value)
        for item in (found.item.value for found in reading.found)
        if (value := getattr(reading.items, item)) is not None
    }
    invalid = [flaw.item.value for flaw in reading.flaws]
    missing = [item.value for item in reading.items.missing if item.value not in invalid]
    return {
        "message_id": reading.envelope.message_id,
        "items": given,
        "missing": missing,
        "invalid": invalid,
    }


def expected(path: Path) -> dict[str, object]:
    wanted: dict[str, object] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    del wanted["why"]
    match wanted["items"]:
        case {"admin_name": dict() as name}:
            name |= {part: one_apostrophe(text) for part, text in name.items()}
    return wanted


@pytest.mark.parametrize("path", messages("own"), ids=lambda path: path.stem)
def test_a_message_of_our_own_is_read_as_expected(path: Path) -> None:
    assert outcome(read_message(path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", messages("independent"), ids=lambda path: path.stem)
def test_a_message_of_the_independent_corpus_is_read_as_expected(path: Path) -> None:
    assert outcome(read_message(path.read_bytes())) == expected(path)


def test_at_least_sixty_messages_are_read() -> None:
    assert len(messages("own")) >= 32
    assert len(messages("independent")) >= 32


def letter(text: str, *headers: str) -> bytes:
    return "\n".join([*headers, "Content-Type: text/plain; charset=utf-8", "", text]).encode()


def test_an_envelope_says_who_wrote_and_in_answer_to_what() -> None:
    raw = letter(
        "",
        "From: =?utf-8?b?0JLQtdGA0LHQsA==?= <verba@school.example>",
        "Subject: =?windows-1251?B?x+Dv6PI=?= =?windows-1251?B?IDI=?=",
        "Message-ID: <2@school.example>",
        "In-Reply-To: <1@iea.example>",
        "References: <0@school.example>",
        "\t<1@iea.example>",
    )
    assert read_message(raw).envelope == Envelope(
        message_id="<2@school.example>",
        sender=Email("verba@school.example"),
        sender_name="Верба",
        subject="Запит 2",
        references=("<1@iea.example>", "<0@school.example>"),
        auto_submitted=False,
    )


def test_an_empty_message_has_an_envelope_of_its_own() -> None:
    digest = hashlib.sha256(b"").hexdigest()
    assert read_message(b"") == Reading(
        envelope=Envelope(f"<sha256-{digest}@message.invalid>", None, "", "", (), False),
        items=RequestItems(),
        found=(),
        flaws=(),
        text="",
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<a@b>", "<a@b>"),
        (" <a@b> (comment)", "<a@b>"),
        ("a@b", "<a@b>"),
        ("<with space@b>", "<withspace@b>"),
    ],
)
def test_a_message_id_is_kept_in_brackets(written: str, read: str) -> None:
    assert read_message(letter("", f"Message-ID: {written}")).envelope.message_id == read


@pytest.mark.parametrize("written", ["", "a@b@c.example", "Верба", "<@>", "<не адреса@>"])
def test_a_sender_without_an_address_is_nobody(written: str) -> None:
    assert read_message(letter("", f"From: {written}")).envelope.sender is None


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-generated",
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: bulk",
        "Return-Path: <>",
        "X-Autoreply: yes",
        "From: MAILER-DAEMON@relay.example",
        "From: Mail <postmaster@relay.example>",
    ],
)
def test_a_robot_is_known_by_its_header(header: str) -> None:
    assert read_message(letter("", header)).envelope.auto_submitted


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: no", "Precedence: list", "Return-Path: <a@b.example>"]
)
def test_a_person_is_not_taken_for_a_robot(header: str) -> None:
    assert not read_message(letter("", header)).envelope.auto_submitted


def test_an_out_of_office_reply_gives_no_items() -> None:
    raw = letter("Я у відпустці. Тел.: 0671234567", "Auto-Submitted: auto-replied")
    assert read_message(raw).found == ()


def test_each_item_is_found_in_a_part_on_a_line() -> None:
    raw = letter("Доброго дня!\n\n> ЄДРПОУ закладу освіти;\n00000017\nID ДІСО: 5")
    assert read_message(raw).found == (
        Found(Item.DISO_ID, "5", "text/plain", 5),
        Found(Item.EDRPOU, "00000017", "text/plain", 4),
    )


def test_two_values_said_equally_well_are_a_flaw() -> None:
    reading = read_message(letter("ЄДРПОУ: 00000017\nКод ЄДРПОУ: 00000023"))
    assert reading.items == RequestItems()
    assert reading.flaws == (Flaw(Item.EDRPOU, "00000017; 00000023", "ambiguous"),)


def test_the_same_value_said_twice_is_no_flaw() -> None:
    reading = read_message(letter("Тел.: 067 123 45 67\nТелефон: +380671234567"))
    assert reading.flaws == ()
    assert str(reading.items.admin_phone) == "+380671234567"


def test_an_acceptable_value_outweighs_one_that_is_not() -> None:
    reading = read_message(letter("Тел.: 2-13-14, 067 123 45 67"))
    assert reading.flaws == ()
    assert str(reading.items.admin_phone) == "+380671234567"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ЄДРПОУ: 1234567", "length"),
        ("ЄДРПОУ: 00000018", "checksum"),
        ("ЄДРПОУ: 0000001О", "digits"),
        ("ID ДІСО: десять", "digits"),
        ("Регіон: Тмутаракань", "unknown"),
        ("ПІБ: Коваль І. П.", "initials"),
        ("Місто/ОТГ: 12345", "pattern"),
        ("Електронна адреса: koval@", "pattern"),
        ("Електронна адреса: a@b.example, c@d.example", "ambiguous"),
        ("Телефон: 123", "length"),
    ],
)
def test_what_is_given_and_not_acceptable_says_why(text: str, reason: str) -> None:
    assert [flaw.reason for flaw in read_message(letter(text)).flaws] == [reason]


@pytest.mark.parametrize("nothing", ["", "-", "—", "немає", "не знаємо", "___", "?", "н/д", "..."])
def test_an_empty_place_is_nothing_given(nothing: str) -> None:
    assert read_message(letter(f"ЄДРПОУ: {nothing}\nID ДІСО: {nothing}")).flaws == ()


@pytest.mark.parametrize(
    "text",
    [
        "Пишіть на koval@lyst.example або дзвоніть 0671234567.",
        "Директор: Петренко О. В., тел. 0671234567",
        "Приймальня: тел. (044) 123-45-67",
        "E-mail школи: school@lyst.example\nТелефон закладу: 0671234567",
        "Електронна адреса: ejournal@iea.gov.ua",
        "00000017",
        "Заклад освіти просить надати доступ. Область дії договору – вся країна.",
        "Наш рахунок 00000017 закрито.",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    reading = read_message(letter(text))
    assert (reading.items, reading.flaws) == (RequestItems(), ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Назва закладу: Терновський ліцей (ID 77)", "Терновський ліцей"),
        ("Назва закладу: ID 77, Терновський ліцей", "Терновський ліцей"),
        ("Назва закладу: Терновський ліцей, ID: 77.", "Терновський ліцей"),
        ("Назва закладу та ID: 7701 Терновський ліцей", "Терновський ліцей"),
        (
            "Назва закладу: Терновський ліцей (ID 77) Терновської міської ради",
            "Терновський ліцей Терновської міської ради",
        ),
        ("Назва закладу: Ліцей «Терен» (Львівська область)", "Ліцей «Терен»"),
        ("Назва закладу: «Ліцей «Терен»", "Ліцей «Терен»"),
    ],
)
def test_a_school_is_named_without_its_id(text: str, name: str) -> None:
    assert read_message(letter(text)).items.school_name == name


REQUEST = RequestItems(
    region=Region.LVIV,
    community="Терновська громада",
    school_name="Терновський ліцей",
    diso_id=DisoId(7701),
    edrpou=Edrpou("00000017"),
    admin_name=PersonName("Коваль", "Ірина", "Петрівна"),
    admin_email=Email("koval@lyst.example"),
    admin_phone=ContactPhone(Phone("+380671234567"), "067 123-45-67"),
)
ANSWERS = (
    "Львівська область",
    "Терновська громада",
    "Терновський ліцей, ID 7701",
    "00000017",
    "Коваль Ірина Петрівна",
    "koval@lyst.example",
    "067 123-45-67",
)
LABELLED = """Область: Львівська
Громада: Терновська громада
Назва закладу: Терновський ліцей
ID ДІСО: 7701
ЄДРПОУ: 00000017
ПІБ: Коваль Ірина Петрівна
E-mail: koval@lyst.example
Тел.: 067 123-45-67
"""


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{number}. {answer}" for number, answer in enumerate(ANSWERS, 1)),
        "\n".join(f"- {answer}" for answer in ANSWERS),
        "\n".join(ANSWERS),
        " ".join(f"{number}) {answer};" for number, answer in enumerate(ANSWERS, 1)),
        "; ".join(ANSWERS),
        "\t".join(ANSWERS),
        ", ".join((*ANSWERS[:2], "Терновський ліцей ID 7701", *ANSWERS[3:])),
    ],
    ids=["numbers", "dashes", "lines", "numbers on a line", "semicolons", "cells", "commas"],
)
def test_seven_answers_need_no_labels(text: str) -> None:
    assert read_message(letter(f"Доброго дня!\n{text}\n")).items == REQUEST


@pytest.mark.parametrize(
    "text",
    [
        "1. Купити крейду\n2. Помити дошку\n3. Клас 7701\n4. Чай\n5. Сир\n6. Хліб\n7. Сіль",
        "; ".join(("Перемишль", *ANSWERS[1:3], "без коду", *ANSWERS[4:6], "без телефону")),
        "\n".join(ANSWERS[:6]),
    ],
    ids=["another list", "wrong shapes", "six"],
)
def test_a_list_of_something_else_is_no_request(text: str) -> None:
    assert read_message(letter(text)).items.edrpou is None


PAGE = LABELLED.replace("\n", "<br>")
FRAMED = f"--b\nContent-Type: text/plain\n\n{LABELLED}"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/plain\n\n" + LABELLED.encode("utf-8-sig"),
        b"Content-Type: text/plain\n\n" + LABELLED.encode("utf-16"),
        b"Content-Type: text/plain; charset=utf-16-le\n\n" + LABELLED.encode("utf-16-le"),
        b"Content-Type: text/plain; charset=no-such\n\n" + LABELLED.encode("cp1251"),
        b"Content-Transfer-Encoding: base64\n\n" + LABELLED.encode(),
        f"\nFrom somebody Mon Sep 13 2021\nSubject: x\n\n{LABELLED}".encode(),
        f"Content-Type: text/plain\n\n{PAGE}".replace("\n\n", "\n\n<html>").encode(),
        f"Content-Type: text/html\n\n<!-- {PAGE}".encode(),
        f"Content-Type: text/html\n\n<!-- x -->{PAGE}<style>x: y".encode(),
        f"Content-Type: text/html\n\n<pre>\n{LABELLED}</pre>".encode(),
        f"Content-Type: text/html\n\n<table><tr><td>{PAGE}".encode(),
        f"Content-Type: multipart/mixed; boundary=b\n\n{FRAMED}".encode(),
        f"Content-Type: multipart/mixed; boundary=z\n\n{FRAMED}".encode(),
        f"Content-Type: multipart/mixed\n\n{FRAMED}".encode(),
        f"Content-Type: text/plain; format=flowed\n\n> так \n> і так\nні \n{LABELLED}".encode(),
        letter(LABELLED.replace("\n", "\n\n")),
        letter(LABELLED.replace("\n", "\r")),
        letter(f"Від: Школа\nКому: нам\n\n{LABELLED}"),
        letter(f"13.09.2021, 10:00, від Школи school@lyst.example:\n\n{LABELLED}"),
    ],
)
def test_a_request_is_read_however_it_is_wrapped(raw: bytes) -> None:
    assert read_message(raw).items == REQUEST


def test_an_address_behind_a_link_is_read() -> None:
    raw = (
        b'Content-Type: text/html\n\nE-mail: <a href="mailto:koval@lyst.example?x">\xe2\x86\x92</a>'
    )
    assert read_message(raw).items.admin_email == Email("koval@lyst.example")


def test_a_numbered_list_goes_on_from_its_first_number() -> None:
    raw = b"Content-Type: text/html\n\n<ol start=3><li>a<li>b</ol><ul><li>c</ul><li>d"
    assert read_message(raw).text == "3. a\n4. b\n- c\n- d"


def test_missing_items_stand_in_the_order_of_the_letter() -> None:
    items = RequestItems(community="Вербівська", edrpou=Edrpou("00000017"))
    assert items.missing == (
        Item.REGION,
        Item.SCHOOL_NAME,
        Item.DISO_ID,
        Item.ADMIN_NAME,
        Item.ADMIN_EMAIL,
        Item.ADMIN_PHONE,
    )


def test_a_reply_wins_over_and_its_gaps_leave_what_was() -> None:
    first = RequestItems(region=Region.LVIV, community="Стара", diso_id=DisoId(1))
    reply = RequestItems(community="Нова", edrpou=Edrpou("00000017"))
    assert first.updated_by(reply) == RequestItems(
        region=Region.LVIV, community="Нова", diso_id=DisoId(1), edrpou=Edrpou("00000017")
    )
