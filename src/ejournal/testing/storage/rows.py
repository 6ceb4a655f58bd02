"""The promises of `Transaction`, one test each."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ejournal.errors import Duplicate
from ejournal.ids import REGISTRY
from ejournal.ports import Capability, Row, Stored, Table
from ejournal.store import Store
from ejournal.testing.storage.scene import (
    AT,
    BINDINGS,
    DAY,
    DELIVERIES,
    LESSONS,
    MARKS,
    OTHER,
    SCHOOL,
    SUBGROUPS,
    SUBJECTS,
    THROTTLES,
    asked_for,
    fresh_school,
    in_threads,
    kept_rows,
    needs,
    one_store_for_all_examples,
    put,
    row_of,
    writing,
)


def test_an_empty_storage_holds_nothing(store: Store) -> None:
    with store.begin(writing=False) as transaction:
        assert transaction.read(LESSONS, SCHOOL, (1,)) is None
        assert list(transaction.select(LESSONS, SCHOOL, None)) == []
    assert store.heads() == {}


def test_a_row_is_read_at_its_address_after_the_commit(store: Store) -> None:
    row = row_of(LESSONS, id=1, topic="Дроби")
    put(store, LESSONS, row)

    with store.begin(writing=False) as transaction:
        assert transaction.read(LESSONS, SCHOOL, (1,)) == row
        assert transaction.read(LESSONS, SCHOOL, (2,)) is None


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    before, after = row_of(LESSONS, id=1, topic="a"), row_of(LESSONS, id=1, topic="b", version=2)
    with writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [before])
        assert transaction.read(LESSONS, SCHOOL, (1,)) == before
        assert transaction.update(LESSONS, SCHOOL, after, 1)
        assert list(transaction.select(LESSONS, SCHOOL, None)) == [(SCHOOL, after)]
        assert transaction.delete(LESSONS, SCHOOL, (1,))
        assert list(transaction.select(LESSONS, SCHOOL, None)) == []


def test_what_is_left_by_an_exception_leaves_no_trace(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    kept = row_of(LESSONS, id=1)
    put(store, LESSONS, kept, row_of(LESSONS, id=2))

    with pytest.raises(ZeroDivisionError), writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=3)])
        transaction.update(LESSONS, SCHOOL, row_of(LESSONS, id=1, topic="x", version=2), 1)
        transaction.delete(LESSONS, SCHOOL, (2,))
        raise ZeroDivisionError

    assert kept_rows(store, LESSONS) == [kept, row_of(LESSONS, id=2)]


def test_what_is_left_by_an_exit_of_the_process_leaves_no_trace(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    with pytest.raises(SystemExit), writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=3)])
        raise SystemExit

    assert kept_rows(store, LESSONS) == []


def test_a_storage_can_be_used_after_a_rollback(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), writing(store):
        raise ZeroDivisionError
    put(store, LESSONS, row_of(LESSONS, id=1))

    assert kept_rows(store, LESSONS) == [row_of(LESSONS, id=1)]


def test_a_reader_keeps_seeing_the_state_it_began_with(store: Store) -> None:
    needs(store, Capability.SNAPSHOT)
    needs(store, Capability.CONCURRENCY)
    put(store, LESSONS, row_of(LESSONS, id=1))
    with store.begin(writing=False) as reader:
        before = list(reader.select(LESSONS, SCHOOL, None))
        in_threads(lambda: put(store, LESSONS, row_of(LESSONS, id=2)))
        assert list(reader.select(LESSONS, SCHOOL, None)) == before
    assert len(kept_rows(store, LESSONS)) == 2


def test_a_reader_does_not_see_what_is_not_committed(store: Store) -> None:
    needs(store, Capability.SNAPSHOT)
    needs(store, Capability.CONCURRENCY)
    seen: list[list[Row]] = []
    with writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=1)])
        in_threads(lambda: seen.append(kept_rows(store, LESSONS)))
    assert seen == [[]]


def test_readers_wait_for_nobody(store: Store) -> None:
    needs(store, Capability.CONCURRENCY)
    seen: list[list[Row]] = []
    with writing(store):
        in_threads(lambda: seen.append(kept_rows(store, LESSONS)))
    assert seen == [[]]


def test_insert_refuses_an_address_that_is_taken(store: Store) -> None:
    put(store, LESSONS, row_of(LESSONS, id=1, topic="first"))

    with pytest.raises(Duplicate) as caught:
        put(store, LESSONS, row_of(LESSONS, id=1, topic="second"))

    assert caught.value == Duplicate("lesson", ("id",), (1,))
    assert kept_rows(store, LESSONS) == [row_of(LESSONS, id=1, topic="first")]


def test_insert_of_many_adds_none_where_one_is_a_duplicate(store: Store) -> None:
    put(store, LESSONS, row_of(LESSONS, id=3))
    with writing(store) as transaction:
        with pytest.raises(Duplicate) as caught:
            transaction.insert(
                LESSONS, SCHOOL, [row_of(LESSONS, id=number) for number in (1, 2, 3, 4)]
            )
        assert caught.value == Duplicate("lesson", ("id",), (3,))
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=5)])

    assert [row[0] for row in kept_rows(store, LESSONS)] == [3, 5]


def test_insert_refuses_one_address_twice_in_one_call(store: Store) -> None:
    with writing(store) as transaction, pytest.raises(Duplicate):
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=1), row_of(LESSONS, id=1)])

    assert kept_rows(store, LESSONS) == []


def test_insert_of_no_rows_changes_nothing(store: Store) -> None:
    put(store, LESSONS)

    assert kept_rows(store, LESSONS) == []


def test_insert_refuses_a_unique_group_that_is_taken(store: Store) -> None:
    first = row_of(BINDINGS, account=1, scheme="password", subject="s")
    put(store, BINDINGS, first)

    with pytest.raises(Duplicate) as caught:
        put(store, BINDINGS, row_of(BINDINGS, account=2, scheme="password", subject="s"))

    assert caught.value == Duplicate("binding", ("scheme", "subject"), (2, "password"))
    assert kept_rows(store, BINDINGS) == [first]


def test_update_refuses_a_unique_group_that_another_row_holds(store: Store) -> None:
    rows = [
        row_of(BINDINGS, account=1, scheme="password", subject="s"),
        row_of(BINDINGS, account=2, scheme="password", subject="t"),
    ]
    put(store, BINDINGS, *rows)
    wanted = row_of(BINDINGS, account=2, scheme="password", subject="s", version=2)

    with pytest.raises(Duplicate) as caught, writing(store) as transaction:
        transaction.update(BINDINGS, SCHOOL, wanted, 1)

    assert caught.value == Duplicate("binding", ("scheme", "subject"), (2, "password"))
    assert kept_rows(store, BINDINGS) == rows


def test_a_unique_group_is_unique_within_its_school_only(store: Store) -> None:
    row = row_of(BINDINGS, account=1, scheme="password", subject="s")
    put(store, BINDINGS, row)
    put(store, BINDINGS, row, school=OTHER)

    assert kept_rows(store, BINDINGS, OTHER) == [row]


def test_update_replaces_the_whole_row_and_compares_the_version(store: Store) -> None:
    put(store, LESSONS, row_of(LESSONS, id=1, topic="a", plan_no=4, version=7))
    changed = row_of(LESSONS, id=1, topic="b", plan_no=None, version=9)
    with writing(store) as transaction:
        assert not transaction.update(LESSONS, SCHOOL, changed, 8)
        assert transaction.update(LESSONS, SCHOOL, changed, 7)
        assert not transaction.update(LESSONS, SCHOOL, changed, 7)

    assert kept_rows(store, LESSONS) == [changed]


def test_update_of_a_row_that_is_not_there_adds_none(store: Store) -> None:
    with writing(store) as transaction:
        assert not transaction.update(LESSONS, SCHOOL, row_of(LESSONS, id=1), 0)

    assert kept_rows(store, LESSONS) == []


def test_update_touches_the_row_of_its_school_only(store: Store) -> None:
    row = row_of(LESSONS, id=1)
    put(store, LESSONS, row)
    put(store, LESSONS, row, school=OTHER)
    with writing(store) as transaction:
        transaction.update(LESSONS, SCHOOL, row_of(LESSONS, id=1, topic="b", version=2), 1)

    assert kept_rows(store, LESSONS, OTHER) == [row]


def test_delete_removes_one_row_and_says_whether_there_was_one(store: Store) -> None:
    put(store, LESSONS, row_of(LESSONS, id=1), row_of(LESSONS, id=2))
    put(store, LESSONS, row_of(LESSONS, id=1), school=OTHER)
    with writing(store) as transaction:
        assert transaction.delete(LESSONS, SCHOOL, (1,))
        assert not transaction.delete(LESSONS, SCHOOL, (1,))

    assert kept_rows(store, LESSONS) == [row_of(LESSONS, id=2)]
    assert kept_rows(store, LESSONS, OTHER) == [row_of(LESSONS, id=1)]


def test_rows_of_other_schools_are_not_among_the_answers(store: Store) -> None:
    put(store, LESSONS, row_of(LESSONS, id=1, journal=5))
    put(store, LESSONS, row_of(LESSONS, id=2, journal=5), school=OTHER)

    assert kept_rows(store, LESSONS) == [row_of(LESSONS, id=1, journal=5)]
    assert asked_for(store, LESSONS, "journal", 5, DAY, DAY) == [row_of(LESSONS, id=1, journal=5)]
    with store.begin(writing=False) as transaction:
        assert transaction.read(LESSONS, SCHOOL, (2,)) is None


def test_rows_come_in_the_tables_order_then_by_key(store: Store) -> None:
    rows = [
        row_of(LESSONS, id=9, day=DAY, bell=1),
        row_of(LESSONS, id=2, day=DAY, bell=3),
        row_of(LESSONS, id=4, day=DAY, bell=3),
        row_of(LESSONS, id=1, day=DAY + timedelta(1), bell=1),
    ]
    for row in (rows[3], rows[2], rows[0], rows[1]):
        put(store, LESSONS, row)

    assert kept_rows(store, LESSONS) == rows
    assert asked_for(store, LESSONS, "journal", 1, date.min, date.max) == rows


def test_keys_of_several_fields_are_ordered_field_by_field(store: Store) -> None:
    rows = [row_of(MARKS, journal=j, column=c, pupil=p) for j, c, p in _triples()]
    put(store, MARKS, *reversed(rows))

    assert kept_rows(store, MARKS) == rows


def _triples() -> list[tuple[int, int, int]]:
    return [(1, 2, 9), (1, 10, 1), (2, 1, 5), (2, 1, 10), (11, 0, 0)]


def test_text_is_ordered_by_code_point(store: Store) -> None:
    names = ["", "A", "Z", "a", "Є", "І", "А", "Я", "а", "я", "є", "Ґ", "ґ", "\uffee", "\U0001f393"]
    put(store, THROTTLES, *(row_of(THROTTLES, name=name) for name in reversed(names)))

    assert [row[0] for row in kept_rows(store, THROTTLES)] == names


def test_keys_of_the_greatest_length_are_kept(store: Store) -> None:
    # Nothing in it is repeated, or an index might pack it, and each character has four bytes.
    long = "".join(map(chr, range(0x20000, 0x20000 + 640)))
    throttle = row_of(THROTTLES, name=long)
    binding = row_of(BINDINGS, scheme=long[:320], subject=long[320:])
    put(store, THROTTLES, throttle)
    put(store, BINDINGS, binding)

    with store.begin(writing=False) as transaction:
        assert transaction.read(THROTTLES, SCHOOL, (long,)) == throttle
    assert asked_for(store, BINDINGS, "identity", long[:320], long[320:]) == [binding]


def test_a_ranged_question_includes_both_ends(store: Store) -> None:
    days = [DAY + timedelta(number) for number in range(5)]
    put(store, LESSONS, *(row_of(LESSONS, id=n, day=day) for n, day in enumerate(days, 1)))

    assert [row[0] for row in asked_for(store, LESSONS, "journal", 1, days[1], days[3])] == [
        2,
        3,
        4,
    ]
    assert asked_for(store, LESSONS, "journal", 1, days[3], days[1]) == []
    assert asked_for(store, LESSONS, "journal", 2, days[0], days[4]) == []


def test_a_ranged_question_passes_over_rows_without_a_value(store: Store) -> None:
    dated = row_of(MARKS, column=1, day=DAY)
    put(store, MARKS, dated, row_of(MARKS, column=2, day=None))

    assert asked_for(store, MARKS, "pupil", 1, date.min, date.max) == [dated]


def test_a_question_for_none_finds_rows_without_a_value(store: Store) -> None:
    undated = row_of(MARKS, column=2, day=None)
    put(store, MARKS, row_of(MARKS, column=1, day=DAY), undated)

    assert asked_for(store, MARKS, "undated", 1, None) == [undated]


def test_a_question_across_schools_says_whose_each_row_is(store: Store) -> None:
    late, early = (row_of(DELIVERIES, letter=1, due_at=AT + timedelta(hours=n)) for n in (2, 1))
    put(store, DELIVERIES, late)
    put(store, DELIVERIES, early, school=OTHER)
    put(store, DELIVERIES, row_of(DELIVERIES, letter=2, settled=True), school=OTHER)
    due = next(lookup for lookup in DELIVERIES.lookups if lookup.across)

    with store.begin(writing=False) as transaction:
        asked = (False, AT, AT + timedelta(hours=2))
        answer = list(transaction.select(DELIVERIES, None, due, asked))

    assert answer == [(OTHER, early), (SCHOOL, late)]


def test_rows_alike_in_two_schools_come_in_the_order_of_the_schools(store: Store) -> None:
    row = row_of(DELIVERIES, letter=1)
    for school in (OTHER, REGISTRY, SCHOOL):
        put(store, DELIVERIES, row, school=school)

    with store.begin(writing=False) as transaction:
        asked = transaction.select(DELIVERIES, None, DELIVERIES.lookups[0], (False, AT, AT))
        assert list(asked) == [(REGISTRY, row), (SCHOOL, row), (OTHER, row)]


def test_an_answer_begins_behind_a_key_and_ends_at_a_limit(store: Store) -> None:
    rows = [row_of(SUBJECTS, id=number) for number in (2, 4, 6, 8)]
    put(store, SUBJECTS, *rows)

    with store.begin(writing=False) as transaction:

        def asked(after: Row | None, limit: int | None) -> list[Row]:
            found = transaction.select(SUBJECTS, SCHOOL, None, after=after, limit=limit)
            return [row for _, row in found]

        assert asked((4,), None) == rows[2:]
        assert asked((5,), 1) == rows[2:3]
        assert asked(None, 3) == rows[:3]
        assert asked(None, 0) == []
        assert asked((8,), 9) == []


def test_a_key_of_several_fields_can_be_gone_behind(store: Store) -> None:
    rows = [row_of(MARKS, journal=j, column=c, pupil=p) for j, c, p in _triples()]
    put(store, MARKS, *rows)

    with store.begin(writing=False) as transaction:
        found = transaction.select(MARKS, SCHOOL, None, after=(2, 1, 5))
        assert [row for _, row in found] == rows[3:]


def test_an_answer_is_of_the_moment_it_was_asked(store: Store) -> None:
    put(store, SUBJECTS, row_of(SUBJECTS, id=1))
    with writing(store) as transaction:
        answer = transaction.select(SUBJECTS, SCHOOL, None)
        transaction.insert(SUBJECTS, SCHOOL, [row_of(SUBJECTS, id=2)])
        assert list(answer) == [(SCHOOL, row_of(SUBJECTS, id=1))]


def test_an_answer_is_not_disturbed_by_writing_while_it_is_read(store: Store) -> None:
    put(store, SUBJECTS, *(row_of(SUBJECTS, id=number) for number in (1, 2, 3)))
    with writing(store) as transaction:
        # An answer that grows while it is read would never end.
        for _, row in islice(transaction.select(SUBJECTS, SCHOOL, None), 4):
            transaction.update(SUBJECTS, SCHOOL, (*row[:-1], 2), 1)
            transaction.insert(SUBJECTS, SCHOOL, [(int(str(row[0])) + 10, *row[1:])])

    assert [row[0] for row in kept_rows(store, SUBJECTS)] == [1, 2, 3, 11, 12, 13]


def test_many_addresses_are_read_at_once(store: Store) -> None:
    rows = [row_of(MARKS, journal=j, column=c, pupil=p) for j, c, p in _triples()]
    subjects = [row_of(SUBJECTS, id=number) for number in range(1, 1_200)]
    put(store, MARKS, *rows)
    put(store, MARKS, row_of(MARKS, journal=7, column=7, pupil=7), school=OTHER)
    put(store, SUBJECTS, *subjects)
    asked = [(2, 1, 10), (1, 2, 9), (7, 7, 7), (2, 1, 10), (1, 1, 1)]

    with store.begin(writing=False) as transaction:
        marks = list(transaction.read_each(MARKS, SCHOOL, asked))
        many = list(transaction.read_each(SUBJECTS, SCHOOL, [(n,) for n in range(2_000)]))
        assert list(transaction.read_each(MARKS, SCHOOL, [])) == []

    assert sorted(marks, key=MARKS.rank) == [rows[0], rows[3]]
    assert sorted(many, key=SUBJECTS.rank) == subjects


def test_a_question_is_asked_for_many_values_at_once(store: Store) -> None:
    days = [DAY + timedelta(number) for number in range(4)]
    rows = [row_of(LESSONS, id=n, journal=n % 3, day=days[n % 4]) for n in range(1, 25)]
    put(store, LESSONS, *rows)
    put(store, LESSONS, row_of(LESSONS, id=1, journal=1), school=OTHER)
    question = next(each for each in LESSONS.lookups if each.name == "journal")

    with store.begin(writing=False) as transaction:

        def asked(journals: list[Stored], *during: date) -> list[Row]:
            found = transaction.select_each(LESSONS, SCHOOL, question, journals, during)
            return sorted(found, key=lambda row: int(str(row[0])))

        wanted = [row for row in rows if row[1] in {0, 2} and row[2] in days[1:3]]
        assert asked([2, 0, 2, 9], days[1], days[2]) == wanted
        assert asked([], days[1], days[2]) == []
        assert asked(list(range(700)), days[0], days[3]) == rows


def test_rows_are_counted_by_what_stands_in_their_slots(store: Store) -> None:
    marks = [(1, 1, "7"), (1, 2, "7"), (2, 1, "7"), (2, 2, "high")]
    put(store, MARKS, *(row_of(MARKS, column=c, pupil=p, value=value) for c, p, value in marks))
    put(store, MARKS, row_of(MARKS, column=1, pupil=1, value="7", day=None), school=OTHER)

    with store.begin(writing=False) as transaction:
        by_value = dict(transaction.tally(MARKS, SCHOOL, ("value",)))
        by_pupil = dict(transaction.tally(MARKS, SCHOOL, ("value", "pupil")))
        undated = dict(transaction.tally(MARKS, OTHER, ("day", "value")))
        nothing = dict(transaction.tally(LESSONS, SCHOOL, ("day",)))

    assert by_value == {("7",): 3, ("high",): 1}
    assert by_pupil == {("7", 1): 2, ("7", 2): 1, ("high", 2): 1}
    assert undated == {(None, "7"): 1}
    assert nothing == {}


def test_a_transaction_counts_what_it_wrote(store: Store) -> None:
    with writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=1), row_of(LESSONS, id=2)])
        assert dict(transaction.tally(LESSONS, SCHOOL, ("day",))) == {(DAY,): 2}


def test_rows_are_spelled_as_text_in_the_tables_order(store: Store) -> None:
    put(store, MARKS, *(row_of(MARKS, pupil=p, day=None, comment="«так», ні") for p in (10, 9)))
    put(store, MARKS, row_of(MARKS, pupil=1, day=DAY), school=OTHER)
    put(store, DELIVERIES, row_of(DELIVERIES, letter=2**62, settled=True))
    named = ("pupil", "comment", "day", "value")

    with store.begin(writing=False) as transaction:
        marks = list(transaction.spelled(MARKS, SCHOOL, named))
        dated = list(transaction.spelled(MARKS, OTHER, ("day", "given_at")))
        deliveries = list(transaction.spelled(DELIVERIES, SCHOOL, ("settled", "letter", "due_at")))
        nothing = list(transaction.spelled(LESSONS, SCHOOL, ("id",)))

    assert marks == [("9", "«так», ні", "", "text"), ("10", "«так», ні", "", "text")]
    assert dated == [("2026-09-07", "2026-09-07T08:30:00.000Z")]
    assert deliveries == [("true", str(2**62), "2026-09-07T08:30:00.000Z")]
    assert nothing == []


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
_instants = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - Hypothesis sets the zone
    datetime(9999, 12, 30),  # noqa: DTZ001 - Hypothesis sets the zone
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


@one_store_for_all_examples
@given(number=st.integers(-(2**63), 2**63 - 1))
@example(2**53 + 1)
def test_whole_numbers_of_64_bits_come_back_as_they_are(store: Store, number: int) -> None:
    _comes_back(store, MARKS, author=number)


@one_store_for_all_examples
@given(text=_texts)
@example(" \t відступи \n ")
@example("Їжак, i\u0308жак")
@example("текст, довший за двадцять знаків")
def test_text_comes_back_letter_by_letter(store: Store, text: str) -> None:
    _comes_back(store, LESSONS, topic=text)


@one_store_for_all_examples
@given(text=st.lists(_texts).map(repr))
def test_json_comes_back_byte_for_byte(store: Store, text: str) -> None:
    _comes_back(store, SUBGROUPS, members=f' {{"z" :1, "a":[ {text!r} ]}} ')


@one_store_for_all_examples
@given(day=st.dates())
def test_dates_of_all_years_come_back(store: Store, day: date) -> None:
    _comes_back(store, LESSONS, day=day)


@one_store_for_all_examples
@given(at=_instants)
def test_instants_come_back_aware_and_to_the_millisecond(store: Store, at: datetime) -> None:
    row = _comes_back(store, DELIVERIES, due_at=at)
    came = row[DELIVERIES.place("due_at")]
    assert isinstance(came, datetime)
    assert came.utcoffset() == timedelta(0)


@pytest.mark.parametrize("flag", [True, False])
def test_flags_come_back_as_flags(store: Store, flag: bool) -> None:  # noqa: FBT001 - the value
    row = _comes_back(store, DELIVERIES, settled=flag)
    assert row[DELIVERIES.place("settled")] is flag


def _comes_back(store: Store, table: Table, **values: Stored) -> Row:
    school, row = fresh_school(), row_of(table, **values)
    put(store, table, row, school=school)
    (kept,) = kept_rows(store, table, school)
    assert kept == row
    assert [type(value) for value in kept] == [type(value) for value in row]
    return kept


@one_store_for_all_examples
@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 40),
            st.dates(DAY, DAY + timedelta(6)),
            st.integers(1, 3),
            st.integers(1, 2),
        ),
        unique_by=lambda row: row[0],
        max_size=25,
    ),
    first=st.dates(DAY, DAY + timedelta(6)),
    last=st.dates(DAY, DAY + timedelta(6)),
)
def test_an_answer_is_what_a_plain_search_of_all_rows_gives(
    store: Store, rows: list[tuple[int, date, int, int]], first: date, last: date
) -> None:
    school = fresh_school()
    made = [row_of(LESSONS, id=id_, day=day, bell=bell, journal=j) for id_, day, bell, j in rows]
    put(store, LESSONS, *made, school=school)

    found = asked_for(store, LESSONS, "journal", 1, first, last, school=school)

    expected = [row for row in rows if row[3] == 1 and first <= row[1] <= last]
    expected.sort(key=lambda row: (row[1], row[2], row[0]))
    assert [row[0] for row in found] == [row[0] for row in expected]


__all__ = [name for name in tuple(globals()) if name.startswith("test_")]
