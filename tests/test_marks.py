"""The vocabulary of marks (rules 16-23, 31, 32)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid
from ejournal.model import marks
from ejournal.model.marks import (
    VOCABULARY,
    AbsenceCode,
    Credit,
    Final,
    Grade,
    Level,
    MarkValue,
    Sign,
    Wire,
    label_of,
    mixes_scales,
    parse_mark,
    parse_mark_code,
    points,
    spell_mark,
    value_of_wire_code,
    value_of_wire_id,
    wire_of,
)

NOT_NUMERIC = [value for value in VOCABULARY if not isinstance(value, Grade)]


def test_rule_016_numeric_marks_are_the_whole_numbers_from_1_to_12() -> None:
    grades = [value for value in VOCABULARY if isinstance(value, Grade)]
    assert grades == [Grade(number) for number in range(1, 13)]
    assert [parse_mark(str(number)) for number in range(1, 13)] == grades


@given(st.integers().filter(lambda number: not 1 <= number <= 12))
def test_rule_016_any_other_number_is_no_grade(number: int) -> None:
    with pytest.raises(Invalid) as refused:
        Grade(number)
    assert refused.value.args == ("grade", str(number), "range", False)


@pytest.mark.parametrize("value", [True, 7.0, "7", None, Fraction(7)])
def test_rule_016_only_an_int_makes_a_grade(value: object) -> None:
    with pytest.raises(Invalid):
        Grade(value)  # type: ignore[arg-type]  # refused at run time too


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0", "range"),
        ("13", "range"),
        ("007", "range"),
        ("٧", "range"),
        ("7.5", "scale"),
        ("7,5", "scale"),
        ("+7", "scale"),
        ("-7", "scale"),
        ("7.", "scale"),
        ("7-", "scale"),
        ("", "absent"),
        ("  ", "absent"),
    ],
)
def test_rule_017_what_is_not_a_number_of_the_scale_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_mark(text)
    assert refused.value.args == ("mark", text, reason, False)


@given(st.integers(1, 12))
def test_rule_018_the_wire_id_of_a_grade_is_five_more(number: int) -> None:
    assert wire_of(Grade(number)) == Wire(number + 5, number)


@pytest.mark.parametrize("code", AbsenceCode)
def test_rule_019_an_absence_code_is_no_mark(code: AbsenceCode) -> None:
    assert code not in set[object](VOCABULARY)
    with pytest.raises(Invalid) as refused:
        parse_mark(label_of(code))
    assert refused.value.args == ("mark", label_of(code), "scale", False)
    with pytest.raises(Invalid):
        parse_mark_code(code.value)


def test_rule_020_not_attested_is_a_final_outcome_and_not_an_absence() -> None:
    assert parse_mark("Н/А") is Final.NOT_ATTESTED
    assert value_of_wire_id(2) is Final.NOT_ATTESTED
    assert value_of_wire_id(30) is AbsenceCode.EXCUSED


def test_rule_021_pass_and_fail_are_a_pair_of_their_own() -> None:
    assert [parse_mark("зар"), parse_mark("Н/З")] == list(Credit)


def test_rule_022_levels_rank_from_1_to_4() -> None:
    assert [parse_mark(letter) for letter in "ПСДВ"] == list(Level)
    assert [level.rank for level in Level] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("values", "mixed"),
    [
        ([], False),
        ([Grade(7), Grade(8)], False),
        ([Level.HIGH, Level.INITIAL], False),
        ([Grade(7), Final.NOT_ATTESTED, Sign.DONE], False),
        ([Level.HIGH, Credit.CREDITED], False),
        ([Grade(7), Sign.DONE, Level.HIGH], True),
    ],
)
def test_rule_023_numbers_beside_level_letters_are_mixed(
    values: list[MarkValue], *, mixed: bool
) -> None:
    assert mixes_scales(values) is mixed


@pytest.mark.parametrize("value", NOT_NUMERIC)
def test_only_grades_enter_averages(value: MarkValue) -> None:
    assert points(value) is None
    assert points(Grade(7)) == 7


@pytest.mark.parametrize("value", VOCABULARY)
def test_every_spelling_reads_back(value: MarkValue) -> None:
    assert parse_mark_code(spell_mark(value)) == value
    assert parse_mark(label_of(value)) == value
    assert parse_mark(f" {label_of(value).upper()} ") == value
    assert parse_mark(label_of(value).lower()) == value


def test_codes_are_ascii_and_labels_differ() -> None:
    assert all(spell_mark(value).isascii() for value in VOCABULARY)
    shown = [label_of(value) for value in (*VOCABULARY, *AbsenceCode)]
    assert len(shown) == len(set(shown)) == 29


@pytest.mark.parametrize(
    "text", ["H/A", "Н/A", "H", "B", "C", "K", "k", "x", "П1", "ПС", "н/в", "v"]
)
def test_what_only_looks_like_a_label_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_mark(text)
    latin = any(letter.isascii() and letter.isalpha() for letter in text)
    assert refused.value.args == ("mark", text, "look-alike" if latin else "scale", False)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("зв.", Sign.EXEMPT),
        ("зар.", Credit.CREDITED),
        ("вивч.", Final.STUDIED),
        ("заув.", Sign.REMARK),
    ],
)
def test_an_abbreviation_may_end_in_a_dot(text: str, value: MarkValue) -> None:
    assert parse_mark(text) is value


@given(st.text(max_size=8))
def test_typed_text_is_a_mark_or_refused(text: str) -> None:
    known = {label_of(value).casefold() for value in VOCABULARY} | {"зв.", "зар.", "вивч.", "заув."}
    if text.strip().casefold() in known:
        assert parse_mark(text) in VOCABULARY
    else:
        with pytest.raises(Invalid):
            parse_mark(text)


@pytest.mark.parametrize("code", ["", "07", "+7", "13", "В", "HIGH", "high ", "None"])
def test_a_code_reads_only_as_it_is_spelled(code: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_mark_code(code)
    assert refused.value.args == ("mark", code, "scale", False)


def test_the_wire_table_reads_both_ways_and_is_whole() -> None:
    table = {value: wire_of(value) for value in (*VOCABULARY, *AbsenceCode)}
    assert table.pop(Sign.VERBAL) is None
    for value, wire in table.items():
        assert wire is not None
        assert value_of_wire_id(wire.id) == value
        assert value_of_wire_code(wire.code) == value
    assert sorted(wire.id for wire in table.values() if wire) == [*range(1, 18), *range(23, 34)]


def test_the_wire_table_has_these_numbers_beside_those_of_grades() -> None:
    grades = {wire_of(Grade(number)) for number in range(1, 13)}
    told = {wire_of(value) for value in (*VOCABULARY, *AbsenceCode)} - grades - {None}
    assert sorted((wire.id, wire.code) for wire in told if wire) == [
        *((1, -5), (2, -10), (3, -15), (4, -20), (5, -25), (23, -30)),
        *((24, -31), (25, -32), (26, -33), (27, -34), (28, -35)),
        *((29, -36), (30, -37), (31, -38), (32, -39), (33, -40)),
    ]


@pytest.mark.parametrize("number", [0, 18, 22, 34, -5])
def test_a_wire_id_that_nobody_gave_is_refused(number: int) -> None:
    with pytest.raises(Invalid) as refused:
        value_of_wire_id(number)
    assert refused.value.args == ("mark_value_id", str(number), "unknown", False)


@pytest.mark.parametrize("number", [0, 13, -1, -41])
def test_a_wire_code_that_nobody_gave_is_refused(number: int) -> None:
    with pytest.raises(Invalid) as refused:
        value_of_wire_code(number)
    assert refused.value.args == ("code", str(number), "unknown", False)


def test_the_module_keeps_what_it_promises() -> None:
    assert all(hasattr(marks, name) for name in marks.__all__)
