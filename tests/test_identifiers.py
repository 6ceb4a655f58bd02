"""Identifiers, names, places and contacts: what is accepted, what is refused and why."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import REASONS, Invalid
from ejournal.model.identifiers import (
    Alphabet,
    BirthCertificate,
    ClassLabel,
    ContactPhone,
    DisoId,
    Edrpou,
    EducationLevel,
    Email,
    Katottg,
    PersonName,
    Phone,
    PlaceLevel,
    PlaceName,
    Region,
    Rnokpp,
    SchoolType,
    Sex,
    Unzr,
    highest_type,
    parse_birth_certificate,
    parse_class_label,
    parse_diso_id,
    parse_edrpou,
    parse_email,
    parse_katottg,
    parse_person_name,
    parse_phone,
    parse_place_name,
    parse_region,
    parse_rnokpp,
    parse_unzr,
    read_contact_phone,
    roman_class_label,
)
from ejournal.model.spelling import fold, tidy
from ejournal.testing import identifiers as drawn

Parser = Callable[[str], object]

PARSERS: dict[str, tuple[Parser, st.SearchStrategy[object]]] = {
    "birth certificate": (parse_birth_certificate, drawn.birth_certificates()),
    "class label": (parse_class_label, drawn.class_labels()),
    "ДІСО id": (parse_diso_id, drawn.diso_ids()),
    "ЄДРПОУ": (parse_edrpou, drawn.edrpous()),
    "e-mail": (parse_email, drawn.emails()),
    "КАТОТТГ": (parse_katottg, drawn.katottgs()),
    "person's name": (parse_person_name, drawn.person_names()),
    "phone": (parse_phone, drawn.phones()),
    "place name": (parse_place_name, drawn.place_names()),
    "region": (parse_region, drawn.regions()),
    "РНОКПП": (parse_rnokpp, drawn.rnokpps()),
    "УНЗР": (parse_unzr, drawn.unzrs()),
}
EVERY_PARSER = pytest.mark.parametrize("kind", PARSERS)

# Texts that get past the first check of some parser more often than random ones do.
NEAR_MISSES = st.text(
    "0123456789+-–() .,;@'’ʼ№«»/#xUAUАІIХXVабґїєьАБКьщoехс\u00a0\u200b\u0301", max_size=40
)


def refusal(parse: Callable[..., object], *args: object) -> tuple[str, str, str]:
    with pytest.raises(Invalid) as caught:
        parse(*args)
    assert caught.value.reason in REASONS
    return caught.value.field, caught.value.value, caught.value.reason


def reasons(parse: Parser, texts: Iterable[str]) -> dict[str, str]:
    return {text: refusal(parse, text)[2] for text in texts}


@EVERY_PARSER
@given(data=st.data())
def test_a_value_is_read_back_from_its_text(kind: str, data: st.DataObject) -> None:
    parse, values = PARSERS[kind]
    value = data.draw(values)
    assert parse(str(value)) == value


@pytest.mark.property
@EVERY_PARSER
@given(text=st.one_of(st.text(), NEAR_MISSES))
def test_any_text_is_read_or_refused_with_a_known_reason(kind: str, text: str) -> None:
    parse, _ = PARSERS[kind]
    try:
        value = parse(text)
    except Invalid:
        assert refusal(parse, text)[1] == text
    else:
        assert parse(str(value)) == value


@EVERY_PARSER
@pytest.mark.parametrize("text", ["", " \u00a0\n", "\u200b"])
def test_nothing_given_is_called_nothing(kind: str, text: str) -> None:
    parse, _ = PARSERS[kind]
    assert refusal(parse, text)[2] == "absent"


@EVERY_PARSER
@pytest.mark.parametrize("part", ["5", "дод ", "e\u0315\u0301", "а@б."])
def test_no_parser_works_through_a_book(kind: str, part: str) -> None:
    parse, _ = PARSERS[kind]
    assert refusal(parse, part * 500_000)[2] == "length"


def test_the_caller_names_the_field_that_is_wrong() -> None:
    assert refusal(parse_phone, "12345", "admin_phone") == (
        "admin_phone",
        "12345",
        "length",
    )


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_birth_certificate, "I-СГ 12"),
        (parse_email, "ганна@"),
        (parse_person_name, "Ганна 5"),
        (parse_phone, "0501234"),
        (parse_rnokpp, "1759013770"),
        (parse_unzr, "20100230-00000"),
    ],
)
def test_a_refused_personal_value_is_not_in_the_message(parse: Parser, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert text not in caught.value.explain("en") + caught.value.explain("uk")


def test_reading_the_module_loads_no_parser_library() -> None:
    script = (
        "import sys, ejournal.model.identifiers\n"
        "print({'stdnum', 'phonenumbers', 'email_validator'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "set()"


def test_rule_076_edrpou_codes_with_a_right_check_digit_pass() -> None:
    good = ["32855961", "14360570", "00000017", "30707830"]
    assert [str(parse_edrpou(text)) for text in good] == good
    assert reasons(parse_edrpou, ["32855968", "12345", "3285596I", "328559610"]) == {
        "32855968": "checksum",
        "12345": "length",
        "3285596I": "digits",
        "328559610": "length",
    }


@given(drawn.edrpous())
def test_rule_076_the_weights_change_for_codes_that_begin_with_three_four_or_five(
    code: Edrpou,
) -> None:
    digits = [int(digit) for digit in code.text]
    weights = [7, 1, 2, 3, 4, 5, 6] if 3 <= digits[0] <= 5 else [1, 2, 3, 4, 5, 6, 7]
    total = sum(weight * digit for weight, digit in zip(weights, digits, strict=False))
    again = sum((weight + 2) * digit for weight, digit in zip(weights, digits, strict=False))
    assert digits[7] == (total % 11 if total % 11 < 10 else again % 11 % 10)


def test_spaces_inside_a_code_are_forgiven_and_lost_zeros_are_not() -> None:
    assert parse_edrpou(" 0000\u00a000 17") == Edrpou("00000017")
    assert refusal(parse_edrpou, "17")[2] == "length"
    assert refusal(Edrpou, " 00000017") == ("edrpou", " 00000017", "digits")


def test_rule_077_rnokpp_numbers_with_a_right_check_digit_pass() -> None:
    good = ["1759013776", "2530414071", "3652504575", "3068208400"]
    assert [str(parse_rnokpp(text)) for text in good] == good
    assert reasons(parse_rnokpp, ["1759013770", "1234567890", "12345"]) == {
        "1759013770": "checksum",
        "1234567890": "checksum",
        "12345": "length",
    }


def test_rule_078_rnokpp_counts_days_from_the_end_of_1899() -> None:
    number = Rnokpp("3652504575")
    assert (number.birth_date, number.sex) == (date(2000, 1, 1), Sex.MALE)
    assert Rnokpp("3068208400").sex is Sex.FEMALE


def test_a_diso_id_is_a_positive_number_that_a_database_can_hold() -> None:
    assert [parse_diso_id(text) for text in ("10585", "№ 14 857", "00012")] == [
        DisoId(10585),
        DisoId(14857),
        DisoId(12),
    ]
    too_big = str(2**63)
    assert reasons(parse_diso_id, ["0", "-5", "ID 7", too_big, "9" * 500]) == {
        "0": "range",
        "-5": "digits",
        "ID 7": "digits",
        too_big: "range",
        "9" * 500: "range",
    }
    assert refusal(DisoId, 0) == ("diso_id", "0", "range")


def test_unzr_begins_with_the_birth_date() -> None:
    written = ["20100402-01234", "2010040201234", "20100402 – 01234"]
    assert {parse_unzr(text) for text in written} == {Unzr("20100402-01234")}
    assert Unzr("20100402-01234").birth_date == date(2010, 4, 2)
    assert reasons(parse_unzr, ["20100230-01234", "2010-0402"]) == {
        "20100230-01234": "date",
        "2010-0402": "pattern",
    }


def test_a_birth_certificate_is_read_from_either_keyboard() -> None:
    written = ["I-СГ № 123456", "І-СГ 123456", "i сг123456", "I-CГ N 123456", "І–СГ No. 123456"]
    assert {parse_birth_certificate(text) for text in written} == {
        BirthCertificate("I-СГ", "123456")
    }
    assert parse_birth_certificate("ХІV-AM 000001") == BirthCertificate("XIV-АМ", "000001")


def test_a_birth_certificate_without_a_roman_number_is_refused() -> None:
    texts = ["VX-АМ 123456", "СГ 123456", "I-СГ 12345", "I-SG 123456"]
    assert reasons(parse_birth_certificate, texts) == dict.fromkeys(texts, "pattern")
    assert refusal(BirthCertificate, "І-СГ", "123456")[0] == "series"
    assert refusal(BirthCertificate, "I-СГ", "12345")[::2] == ("number", "length")


def test_rule_013_a_class_is_a_grade_and_a_ukrainian_capital() -> None:
    pattern = re.compile("(1[0-2]|[1-9])-[А-ЩЬЮЯЄІЇҐ]")
    letters = [chr(code) for code in (*range(0x400, 0x500), *range(0x20, 0x7F))]
    made = {label for grade in range(14) for letter in letters for label in _label(grade, letter)}
    expected = {
        f"{grade}-{letter}"
        for grade in range(14)
        for letter in letters
        if pattern.fullmatch(f"{grade}-{letter}")
    }
    assert made == expected
    assert len(made) == 12 * 33


def _label(grade: int, letter: str) -> list[str]:
    try:
        return [str(ClassLabel(grade, letter))]
    except Invalid:
        return []


def test_rule_014_a_class_is_shown_without_the_quotes_it_was_written_with() -> None:
    written = ["5-А", "5А", "5 - а", '5-"А"', "«5-А»", "5 „А“", "5–А клас", "5-A", "05-А", "5а кл."]
    assert {str(parse_class_label(text)) for text in written} == {"5-А"}


def test_a_latin_letter_that_could_be_two_ukrainian_ones_is_refused() -> None:
    assert reasons(parse_class_label, ["5-B", "5-C", "5-H", "5-Ы", "13-А", "0-А", "5", "А-5"]) == {
        "5-B": "look-alike",
        "5-C": "look-alike",
        "5-H": "look-alike",
        "5-Ы": "alphabet",
        "13-А": "range",
        "0-А": "range",
        "5": "pattern",
        "А-5": "pattern",
    }


def test_a_primary_class_has_a_roman_number_on_the_title_page_of_2015() -> None:
    labels = [ClassLabel(grade, "Г") for grade in (1, 4, 9, 12)]
    assert [roman_class_label(label) for label in labels] == ["I-Г", "IV-Г", "IX-Г", "XII-Г"]


def test_rule_085_a_school_has_the_type_of_its_highest_level() -> None:
    primary, base, profile = EducationLevel
    assert {
        levels: highest_type(levels)
        for levels in [(primary,), (primary, base), (base,), (profile, primary, base)]
    } == {
        (primary,): SchoolType.PRIMARY,
        (primary, base): SchoolType.GYMNASIUM,
        (base,): SchoolType.GYMNASIUM,
        (profile, primary, base): SchoolType.LYCEUM,
    }
    assert [kind.label for kind in SchoolType] == ["початкова школа", "гімназія", "ліцей"]
    assert refusal(highest_type, []) == ("levels", "", "absent")


def test_rule_079_katottg_is_ua_and_seventeen_digits_of_a_known_region() -> None:
    assert parse_katottg("ua 46 060 37 001 00 66712") == Katottg("UA46060370010066712")
    tail = "000000000026241"
    assert reasons(parse_katottg, [f"UA99{tail}", "UA46", f"UB46{tail}", f"UA4б{tail}"]) == {
        f"UA99{tail}": "unknown",
        "UA46": "length",
        f"UB46{tail}": "pattern",
        f"UA4б{tail}": "pattern",
    }


@pytest.mark.parametrize("prefix", ["UА", "УA", "УА"])
def test_rule_079_cyrillic_letters_in_place_of_ua_are_called_by_that_name(prefix: str) -> None:
    assert refusal(parse_katottg, prefix + "80000000000093317")[2] == "look-alike"


def test_rule_080_the_two_cities_are_regions_of_their_own() -> None:
    kyiv, sevastopol = Katottg("UA80000000000093317"), Katottg("UA85000000000065278")
    assert [(code.region, code.level) for code in (kyiv, sevastopol)] == [
        (Region.KYIV, PlaceLevel.REGION),
        (Region.SEVASTOPOL, PlaceLevel.REGION),
    ]


def test_the_zeros_of_a_code_say_how_deep_the_place_is() -> None:
    codes = ["46000000000026241", "46060000000066712", "46060370000066712", "46060370010066712"]
    levels = [Katottg("UA" + code).level for code in [*codes, "80000000000126643"]]
    assert levels == list(PlaceLevel)


def test_rule_081_a_place_name_loses_stray_spaces() -> None:
    assert parse_place_name("Дем’янів  Лаз ") == PlaceName("Дем’янів Лаз")
    assert refusal(PlaceName, "Дем’янів Лаз ")[2] == "normal-form"
    assert refusal(PlaceName, "") == ("place", "", "absent")


def test_there_are_27_regions_and_each_is_read_from_its_label_and_code() -> None:
    assert len(Region) == 27
    assert {parse_region(region.label) for region in Region} == set(Region)
    assert [parse_region(region.code.lower()) for region in Region] == list(Region)


REGION_SPELLINGS = {
    Region.LVIV: (
        "Львівська",
        "ЛЬВІВСЬКА",
        "Львівська обл.",
        "обл. Львівська",
        "Львівської області",
        "Львівщина",
        " львівська\u00a0 область",
        "Львiвська",
        "UА46",
    ),
    Region.IVANO_FRANKIVSK: (
        "Івано-Франківська",
        "Івано–Франківська обл",
        "Івано - Франківська",
        "Івано Франківська",
        "ІваноФранківська",
        "Iвано-Франкiвська",
        "Прикарпаття",
    ),
    Region.KYIV: ("Київ", "м. Київ", "м.Київ", "місто Київ", "КИЇВ", "Kиїв", "Київ (місто)"),
    Region.KYIV_OBLAST: ("Київська", "Київська область", "Київщина"),
    Region.SEVASTOPOL: ("Севастополь", "м. Севастополь"),
    Region.CRIMEA: ("АР Крим", "Крим", "АРК", "автономна республіка крим"),
    Region.ZAKARPATTIA: ("Закарпатська обл.", "Закарпаття"),
    Region.CHERNIVTSI: ("Чернівецька", "Буковина"),
}


def test_a_region_is_read_in_every_common_spelling() -> None:
    read = {
        region: tuple(text for text in texts if parse_region(text) is region)
        for region, texts in REGION_SPELLINGS.items()
    }
    assert read == REGION_SPELLINGS


def test_what_is_not_a_region_is_not_guessed() -> None:
    texts = ["Львів", "46", "UA99", "UA-46", "Київ область", "Lviv", "Львовская", "область"]
    assert reasons(parse_region, texts) == dict.fromkeys(texts, "unknown")


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
        "0800FREECALL": "digits",
        "05012345678901": "length",
        "0501234567890123": "length",
    }
    assert refusal(Phone, "0501234567") == ("phone", "0501234567", "normal-form")


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
