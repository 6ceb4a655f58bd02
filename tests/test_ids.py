from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import reasons, refusal
from stores import MONDAY

from ejournal.errors import Invalid
from ejournal.ids import IdMaker, instant, milliseconds, moment, parse_id, spell_id

GREATEST = 2**63 - 1
MILLISECOND = timedelta(milliseconds=1)

numbers = st.integers(0, GREATEST)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0000000000000"),
        (31, "000000000000Z"),
        (32, "0000000000010"),
        (2**53, "0080000000000"),
        (1_234_567_890_123_456_789, "128GGYHYYK08N"),
        (GREATEST, "7ZZZZZZZZZZZZ"),
    ],
)
def test_an_identifier_is_spelled_as_it_always_was(number: int, text: str) -> None:
    assert spell_id(number) == text
    assert parse_id(text) == number


@given(number=numbers)
def test_an_identifier_is_read_back(number: int) -> None:
    assert parse_id(spell_id(number)) == number
    assert parse_id(spell_id(number).lower()) == number


@given(st.lists(numbers, max_size=6))
def test_identifiers_sort_as_text_like_as_numbers(some: list[int]) -> None:
    assert sorted(map(spell_id, some)) == [spell_id(number) for number in sorted(some)]


def test_letters_that_look_like_digits_are_taken_for_them() -> None:
    assert parse_id("oOiIlL0000000") == parse_id("0011110000000")


@pytest.mark.parametrize("number", [-1, GREATEST + 1])
def test_a_number_beyond_63_bits_is_no_identifier(number: int) -> None:
    assert refusal(spell_id, number) == ("id", str(number), "range")


def test_text_that_is_no_identifier_is_refused_with_the_reason() -> None:
    expected = {
        "": "length",
        "000000000000": "length",
        "00000000000000": "length",
        "000000000000U": "alphabet",
        "00000000000 0": "alphabet",
        "-000000000001": "alphabet",
        "00000000000а0": "alphabet",
        "00000000000ß0": "alphabet",
        "0000000000ſ00": "alphabet",
        "000000000000ı": "alphabet",
        "0000000000００1": "alphabet",
        "8000000000000": "range",
        "ZZZZZZZZZZZZZ": "range",
    }
    assert reasons(parse_id, expected) == expected


@given(text=st.text(max_size=14))
def test_what_is_read_as_an_identifier_is_spelled_the_same_but_for_look_alikes(text: str) -> None:
    try:
        number = parse_id(text)
    except Invalid:
        return
    assert spell_id(number) == text.upper().translate(str.maketrans("OIL", "011"))


def test_identifiers_of_one_millisecond_follow_each_other() -> None:
    maker = IdMaker()
    first = maker.make(MONDAY)
    assert [maker.make(MONDAY) for _ in range(3)] == [first + 1, first + 2, first + 3]


def test_an_identifier_holds_the_millisecond_the_node_and_the_sequence() -> None:
    maker = IdMaker(node=1023)
    maker.make(MONDAY)
    made = maker.make(MONDAY)
    assert (made >> 21, made >> 11 & 1023, made & 2047) == (milliseconds(MONDAY), 1023, 1)


@given(steps=st.lists(st.integers(-5_000, 5_000), max_size=40), node=st.integers(0, 1023))
def test_identifiers_only_grow_whatever_the_clock_does(steps: list[int], node: int) -> None:
    maker, now, made = IdMaker(node), MONDAY, []
    for step in steps:
        now += step * MILLISECOND
        made.append(maker.make(now))
    assert made == sorted(set(made))


def test_a_clock_that_jumped_back_is_waited_out_in_numbers() -> None:
    maker = IdMaker()
    latest = maker.make(MONDAY)
    assert maker.make(MONDAY - timedelta(days=1)) == latest + 1
    later = maker.make(MONDAY + MILLISECOND)
    assert later >> 21 == milliseconds(MONDAY) + 1


def test_a_full_millisecond_runs_over_into_the_next() -> None:
    maker = IdMaker(node=7)
    made = [maker.make(MONDAY) for _ in range(2049)]
    assert made[-2] & 2047 == 2047
    assert (made[-1] >> 21, made[-1] >> 11 & 1023, made[-1] & 2047) == (
        milliseconds(MONDAY) + 1,
        7,
        0,
    )
    assert made == sorted(set(made))


def test_nodes_never_make_the_same_identifier() -> None:
    makers = [IdMaker(node) for node in (0, 1, 1023)]
    made = [maker.make(MONDAY) for maker in makers for _ in range(100)]
    assert len(set(made)) == 300


@pytest.mark.parametrize("node", [-1, 1024])
def test_a_node_that_does_not_fit_is_refused(node: int) -> None:
    assert refusal(IdMaker, node) == ("node", str(node), "range")


def test_threads_share_a_maker_without_repeating_a_number() -> None:
    maker = IdMaker()
    made: list[list[int]] = [[] for _ in range(4)]

    def work(mine: list[int]) -> None:
        mine.extend(maker.make(MONDAY) for _ in range(2_000))

    threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(mine == sorted(mine) for mine in made)
    assert len({number for mine in made for number in mine}) == 8_000


def test_an_instant_is_utc_in_whole_milliseconds() -> None:
    kyiv = timezone(timedelta(hours=3))
    assert instant(datetime(2026, 9, 7, 11, 30, 0, 123_999, kyiv)) == datetime(
        2026, 9, 7, 8, 30, 0, 123_000, UTC
    )
    assert instant(datetime(2026, 9, 7, 11, 30, tzinfo=kyiv)).tzinfo is UTC
    assert instant(MONDAY) is MONDAY


def test_a_time_without_a_zone_is_no_instant() -> None:
    naive = MONDAY.replace(tzinfo=None)
    assert refusal(instant, naive) == ("instant", "2026-09-07T08:30:00", "normal-form")


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+03:00",
        "0001-12-31T23:59:59+00:00",
        "9999-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59-05:00",
    ],
)
def test_a_moment_at_the_end_of_the_calendar_is_no_instant(value: str) -> None:
    assert refusal(instant, datetime.fromisoformat(value)) == ("instant", value, "range")


@given(number=st.integers(0, 2**42 - 1))
def test_instants_are_counted_in_milliseconds_and_back(number: int) -> None:
    assert milliseconds(moment(number)) == number
    assert instant(moment(number)) == moment(number)
