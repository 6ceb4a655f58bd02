"""What every parser promises; codes, places, classes and types of schools."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import reasons, refusal

from ejournal.errors import Invalid
from ejournal.model.identifiers import (
    BirthCertificate,
    ClassLabel,
    DisoId,
    Edrpou,
    EducationLevel,
    Katottg,
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
    roman_class_label,
)
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


def test_a_diso_id_is_a_positive_number_that_the_ledger_can_hold() -> None:
    assert [parse_diso_id(text) for text in ("10585", "№ 14 857", "00012")] == [
        DisoId(10585),
        DisoId(14857),
        DisoId(12),
    ]
    assert parse_diso_id(str(2**53 - 1)) == DisoId(2**53 - 1)
    too_big = str(2**53)
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


@pytest.mark.parametrize(
    ("parse", "texts"),
    [
        (parse_rnokpp, ("",)),
        (parse_rnokpp, ("12345",)),
        (parse_birth_certificate, ("",)),
        (BirthCertificate, ("СГ-I", "123456")),
        (BirthCertificate, ("I-СГ", "12345")),
    ],
)
def test_what_is_refused_of_somebodys_documents_is_marked_as_personal(
    parse: Callable[..., object], texts: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        parse(*texts)
    assert refused.value.personal


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
    refused = ["5-B", "5-C", "5-H", "5-Ы", "13-А", "100-А", "0-А", "5", "А-5"]
    assert reasons(parse_class_label, refused) == {
        "5-B": "look-alike",
        "5-C": "look-alike",
        "5-H": "look-alike",
        "5-Ы": "alphabet",
        "13-А": "range",
        "100-А": "range",
        "0-А": "range",
        "5": "pattern",
        "А-5": "pattern",
    }


def test_a_grade_of_three_digits_is_told_by_the_field_that_it_stood_in() -> None:
    with pytest.raises(Invalid) as refused:
        parse_class_label("100-А", "label")
    assert refused.value == Invalid("label", "100-А", "range")


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
    deepest = {4: 1, 5: 1, 6: 2, 8: 2, 9: 3, 11: 3, 12: 4, 13: 4, 14: 0}
    for place, level in deepest.items():
        code = "UA46".ljust(place, "0") + "1"
        assert Katottg(code.ljust(19, "0")).level is list(PlaceLevel)[level]


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
