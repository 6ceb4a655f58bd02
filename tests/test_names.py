"""A person's name: how it is read, refused, folded and shortened."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import reasons, refusal

from ejournal.model.names import Alphabet, PersonName, parse_person_name
from ejournal.model.spelling import fold, tidy


def test_rule_082_a_patronymic_may_be_empty() -> None:
    name = parse_person_name("Шевченко Тарас")
    assert name == PersonName("Шевченко", "Тарас", "")
    assert (name.full, name.short) == ("Шевченко Тарас", "Шевченко Т.")


def test_rule_083_spellings_of_the_apostrophe_compare_equal() -> None:
    spellings = ["О’Нілля", "Оʼнілля", "О'нілля", "Оʹнілля", "О`НІЛЛЯ"]
    assert {parse_person_name(f"{family} Ада").folded for family in spellings} == {"о’нілля ада"}


def test_rule_083_a_hyphen_and_a_look_alike_are_not_folded() -> None:
    assert fold("Нечуй-Левицький") != fold("Нечуй Левицький")
    assert fold("Сос") != fold("Coc")


@pytest.mark.property
@given(st.text())
def test_folding_and_tidying_twice_is_as_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert tidy(tidy(text)) == tidy(text)


FULL = PersonName("Шевченко", "Тарас", "Григорович")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Шевченко Тарас Григорович", FULL),
        ("Тарас Григорович Шевченко", FULL),
        ("  ШЕВЧЕНКО\u00a0Тарас  Григорович. ", FULL),
        ("шевченко тарас григорович", FULL),
        ("Петрович Марія Іванівна", PersonName("Петрович", "Марія", "Іванівна")),
        ("Марія Іванівна Петрович", PersonName("Петрович", "Марія", "Іванівна")),
        ("Д'ЯЧЕНКО В`ячеслав Ілліч", PersonName("Д’яченко", "В’ячеслав", "Ілліч")),
        ("Нечуй- Левицький Іван", PersonName("Нечуй-Левицький", "Іван")),
        ("Нечуй–Левицький Анна-Марія", PersonName("Нечуй-Левицький", "Анна-Марія")),
        (
            "Квітка Основ'яненко Григорій Федорович",
            PersonName("Квітка Основ’яненко", "Григорій", "Федорович"),
        ),
        ("Мамедов Ельдар Алі огли", PersonName("Мамедов", "Ельдар", "Алі огли")),
        ("Хасан Аміна Юсуф", PersonName("Хасан", "Аміна", "Юсуф")),
        ("Цой О", PersonName("Цой", "О")),
        ("Ёлкін Эдуард", PersonName("Ёлкін", "Эдуард")),
    ],
)
def test_a_name_is_read_in_the_order_its_patronymic_shows(text: str, name: PersonName) -> None:
    assert parse_person_name(text) == name


def test_a_name_is_refused_with_what_is_wrong_with_it() -> None:
    assert reasons(
        parse_person_name,
        [
            ";",
            "Шевченко",
            "Шевченко Т. Г.",
            "Шевченко Т.Г.",
            "Шевченко Т.",
            "Shevchenko Taras",
            "Шевчeнко Тарас",
            "Шевченко Тарас 5",
            "Шевченко -Тарас",
            "Шевченко Тарас - директор",
            "Іван Петрович Григорович",
            "Перший Другий Третій Четвертий",
            "Один Два Три Чотири П’ять",
        ],
    ) == {
        ";": "absent",
        "Шевченко": "parts",
        "Шевченко Т. Г.": "initials",
        "Шевченко Т.Г.": "initials",
        "Шевченко Т.": "initials",
        "Shevchenko Taras": "alphabet",
        "Шевчeнко Тарас": "look-alike",
        "Шевченко Тарас 5": "alphabet",
        "Шевченко -Тарас": "parts",
        "Шевченко Тарас - директор": "pattern",
        "Іван Петрович Григорович": "ambiguous",
        "Перший Другий Третій Четвертий": "ambiguous",
        "Один Два Три Чотири П’ять": "ambiguous",
    }


def test_letters_of_other_cyrillic_alphabets_are_a_policy() -> None:
    ukrainian = partial(parse_person_name, alphabet=Alphabet.UKRAINIAN)
    foreign = ["Ёлкін Ада", "Бойко Эдуард", "Дубъ Ада", "Быков Ада"]
    assert reasons(ukrainian, foreign) == dict.fromkeys(foreign, "alphabet")
    assert [parse_person_name(text).full for text in foreign] == foreign
    assert ukrainian("Ґудзь Ївга-Єва").full == "Ґудзь Ївга-Єва"


def test_a_name_is_built_only_from_parts_in_the_normal_form() -> None:
    made = [("О'Нілля", "Ада"), ("Коваль ", "Ада"), ("", "Ада"), ("Коваль", ""), ("Кoваль", "Ада")]
    found = [refusal(PersonName, *parts)[::2] for parts in made]
    assert found == [
        ("family", "normal-form"),
        ("family", "normal-form"),
        ("family", "absent"),
        ("given", "absent"),
        ("family", "look-alike"),
    ]
    assert refusal(PersonName, "Коваль", "Ада", "І.")[::2] == ("patronymic", "alphabet")


def test_a_double_given_name_keeps_both_initials() -> None:
    assert PersonName("Коваль", "Анна-Марія", "Іванівна").short == "Коваль А.-М. І."
    assert FULL.short == "Шевченко Т. Г."
    assert PersonName("Мамедов", "Ельдар", "Алі огли").short == "Мамедов Е. А."
