"""The contract of a storage, as tests that its author imports and runs.

A test module defines one fixture, `store`, that gives a new empty `Store`, and then says
`from ejournal.testing.storage import *`. Each test states one promise of `ejournal.ports` or
`ejournal.store`; a storage that cannot keep one says so by a `Capability` in its `cannot`, and
the tests that need it are skipped by that name.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ejournal.codec import shape_of
from ejournal.errors import Duplicate, Missing, ReadOnly, Stale, Unavailable, Unrecorded
from ejournal.ids import (
    REGISTRY,
    AuthorityId,
    ClassId,
    IdMaker,
    JournalId,
    LessonId,
    SchoolId,
    SubjectId,
    YearId,
)
from ejournal.model import catalogue
from ejournal.model.access import System, Throttle
from ejournal.model.classes import Subject
from ejournal.model.declaration import Lookup
from ejournal.model.ledger import Event, Head
from ejournal.ports import Capability, Kind, Row, Slot, Stored, Table, Transaction
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.units import WrongOrder

SCHOOL = SchoolId(41)
OTHER = SchoolId(42)
_KIT = System("contract")

_LESSONS = shape_of(catalogue.LESSONS).table
_MARKS = shape_of(catalogue.MARKS).table
_BINDINGS = shape_of(catalogue.BINDINGS).table
_DELIVERIES = shape_of(catalogue.DELIVERIES).table
_SUBGROUPS = shape_of(catalogue.SUBGROUPS).table
_SUBJECTS = shape_of(catalogue.SUBJECTS).table
_THROTTLES = shape_of(catalogue.THROTTLES).table

_DAY = date(2026, 9, 7)
_AT = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)

_PLAIN: dict[Kind, Stored] = {
    Kind.INTEGER: 1,
    Kind.TEXT: "text",
    Kind.FLAG: False,
    Kind.DATE: _DAY,
    Kind.INSTANT: _AT,
    Kind.JSON: "[]",
}

# One store serves all examples of a property: each example works in a school of its own.
_shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
_schools = iter(range(1_000_000, 10**9))


def _fresh() -> SchoolId:
    return SchoolId(next(_schools))


@frozen
class _Done(Event):
    name: ClassVar[str] = "contract-tried"


def _row(table: Table, **values: Stored) -> Row:
    """Return a row with those values and unremarkable ones in the other slots."""
    unknown = values.keys() - {slot.name for slot in table.slots}
    assert not unknown, unknown
    return tuple(values.get(slot.name, _value(slot)) for slot in table.slots)


def _value(slot: Slot) -> Stored:
    return None if slot.optional else _PLAIN[slot.kind]


def _needs(store: Store, capability: Capability) -> None:
    if capability in store.cannot:
        pytest.skip(f"the storage cannot: {capability.name}")


@contextmanager
def _writing(store: Store, school: SchoolId = SCHOOL) -> Iterator[Transaction]:
    with store.begin(writing=True) as transaction:
        transaction.lock(school)
        yield transaction


def _kept(store: Store, table: Table, school: SchoolId | None = SCHOOL) -> list[Row]:
    with store.begin(writing=False) as transaction:
        return [row for _, row in transaction.select(table, school, None)]


def _put(store: Store, table: Table, *rows: Row, school: SchoolId = SCHOOL) -> None:
    with _writing(store, school) as transaction:
        transaction.insert(table, school, rows)


def _asked(
    store: Store, table: Table, lookup: str, *values: Stored, school: SchoolId | None = SCHOOL
) -> list[Row]:
    question = next(each for each in table.lookups if each.name == lookup)
    with store.begin(writing=False) as transaction:
        return [row for _, row in transaction.select(table, school, question, values)]


def test_an_empty_storage_holds_nothing(store: Store) -> None:
    with store.begin(writing=False) as transaction:
        assert transaction.read(_LESSONS, SCHOOL, (1,)) is None
        assert list(transaction.select(_LESSONS, SCHOOL, None)) == []
    assert store.heads() == {}


def test_a_row_is_read_at_its_address_after_the_commit(store: Store) -> None:
    row = _row(_LESSONS, id=1, topic="Дроби")
    _put(store, _LESSONS, row)

    with store.begin(writing=False) as transaction:
        assert transaction.read(_LESSONS, SCHOOL, (1,)) == row
        assert transaction.read(_LESSONS, SCHOOL, (2,)) is None


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    before, after = _row(_LESSONS, id=1, topic="a"), _row(_LESSONS, id=1, topic="b", version=2)
    with _writing(store) as transaction:
        transaction.insert(_LESSONS, SCHOOL, [before])
        assert transaction.read(_LESSONS, SCHOOL, (1,)) == before
        assert transaction.update(_LESSONS, SCHOOL, after, 1)
        assert list(transaction.select(_LESSONS, SCHOOL, None)) == [(SCHOOL, after)]
        assert transaction.delete(_LESSONS, SCHOOL, (1,))
        assert list(transaction.select(_LESSONS, SCHOOL, None)) == []


def test_what_is_left_by_an_exception_leaves_no_trace(store: Store) -> None:
    kept = _row(_LESSONS, id=1)
    _put(store, _LESSONS, kept, _row(_LESSONS, id=2))

    with pytest.raises(ZeroDivisionError), _writing(store) as transaction:
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=3)])
        transaction.update(_LESSONS, SCHOOL, _row(_LESSONS, id=1, topic="x", version=2), 1)
        transaction.delete(_LESSONS, SCHOOL, (2,))
        raise ZeroDivisionError

    assert _kept(store, _LESSONS) == [kept, _row(_LESSONS, id=2)]


def test_what_is_left_by_an_exit_of_the_process_leaves_no_trace(store: Store) -> None:
    with pytest.raises(SystemExit), _writing(store) as transaction:
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=3)])
        raise SystemExit

    assert _kept(store, _LESSONS) == []


def test_a_storage_can_be_used_after_a_rollback(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), _writing(store):
        raise ZeroDivisionError
    _put(store, _LESSONS, _row(_LESSONS, id=1))

    assert _kept(store, _LESSONS) == [_row(_LESSONS, id=1)]


def test_a_reader_keeps_seeing_the_state_it_began_with(store: Store) -> None:
    _needs(store, Capability.CONCURRENCY)
    _put(store, _LESSONS, _row(_LESSONS, id=1))
    with store.begin(writing=False) as reader:
        before = list(reader.select(_LESSONS, SCHOOL, None))
        _in_thread(lambda: _put(store, _LESSONS, _row(_LESSONS, id=2)))
        assert list(reader.select(_LESSONS, SCHOOL, None)) == before
    assert len(_kept(store, _LESSONS)) == 2


def test_a_reader_does_not_see_what_is_not_committed(store: Store) -> None:
    _needs(store, Capability.CONCURRENCY)
    seen: list[list[Row]] = []
    with _writing(store) as transaction:
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=1)])
        _in_thread(lambda: seen.append(_kept(store, _LESSONS)))
    assert seen == [[]]


def test_readers_wait_for_nobody(store: Store) -> None:
    _needs(store, Capability.CONCURRENCY)
    done = threading.Event()
    with _writing(store):
        _in_thread(lambda: (_kept(store, _LESSONS), done.set()))
        assert done.is_set()


def test_insert_refuses_an_address_that_is_taken(store: Store) -> None:
    _put(store, _LESSONS, _row(_LESSONS, id=1, topic="first"))

    with pytest.raises(Duplicate) as caught:
        _put(store, _LESSONS, _row(_LESSONS, id=1, topic="second"))

    assert caught.value == Duplicate("lesson", ("id",), (1,))
    assert _kept(store, _LESSONS) == [_row(_LESSONS, id=1, topic="first")]


def test_insert_of_many_adds_none_where_one_is_a_duplicate(store: Store) -> None:
    _put(store, _LESSONS, _row(_LESSONS, id=3))
    with _writing(store) as transaction:
        with pytest.raises(Duplicate) as caught:
            transaction.insert(
                _LESSONS, SCHOOL, [_row(_LESSONS, id=number) for number in (1, 2, 3, 4)]
            )
        assert caught.value == Duplicate("lesson", ("id",), (3,))
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=5)])

    assert [row[0] for row in _kept(store, _LESSONS)] == [3, 5]


def test_insert_refuses_one_address_twice_in_one_call(store: Store) -> None:
    with _writing(store) as transaction, pytest.raises(Duplicate):
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=1), _row(_LESSONS, id=1)])

    assert _kept(store, _LESSONS) == []


def test_insert_of_no_rows_changes_nothing(store: Store) -> None:
    _put(store, _LESSONS)

    assert _kept(store, _LESSONS) == []


def test_insert_refuses_a_unique_group_that_is_taken(store: Store) -> None:
    first = _row(_BINDINGS, account=1, scheme="password", subject="s")
    _put(store, _BINDINGS, first)

    with pytest.raises(Duplicate) as caught:
        _put(store, _BINDINGS, _row(_BINDINGS, account=2, scheme="password", subject="s"))

    assert caught.value == Duplicate("binding", ("scheme", "subject"), (2, "password"))
    assert _kept(store, _BINDINGS) == [first]


def test_update_refuses_a_unique_group_that_another_row_holds(store: Store) -> None:
    rows = [
        _row(_BINDINGS, account=1, scheme="password", subject="s"),
        _row(_BINDINGS, account=2, scheme="password", subject="t"),
    ]
    _put(store, _BINDINGS, *rows)
    wanted = _row(_BINDINGS, account=2, scheme="password", subject="s", version=2)

    with pytest.raises(Duplicate) as caught, _writing(store) as transaction:
        transaction.update(_BINDINGS, SCHOOL, wanted, 1)

    assert caught.value == Duplicate("binding", ("scheme", "subject"), (2, "password"))
    assert _kept(store, _BINDINGS) == rows


def test_a_unique_group_is_unique_within_its_school_only(store: Store) -> None:
    row = _row(_BINDINGS, account=1, scheme="password", subject="s")
    _put(store, _BINDINGS, row)
    _put(store, _BINDINGS, row, school=OTHER)

    assert _kept(store, _BINDINGS, OTHER) == [row]


def test_update_replaces_the_whole_row_and_compares_the_version(store: Store) -> None:
    _put(store, _LESSONS, _row(_LESSONS, id=1, topic="a", plan_no=4, version=7))
    changed = _row(_LESSONS, id=1, topic="b", plan_no=None, version=9)
    with _writing(store) as transaction:
        assert not transaction.update(_LESSONS, SCHOOL, changed, 8)
        assert transaction.update(_LESSONS, SCHOOL, changed, 7)
        assert not transaction.update(_LESSONS, SCHOOL, changed, 7)

    assert _kept(store, _LESSONS) == [changed]


def test_update_of_a_row_that_is_not_there_adds_none(store: Store) -> None:
    with _writing(store) as transaction:
        assert not transaction.update(_LESSONS, SCHOOL, _row(_LESSONS, id=1), 0)

    assert _kept(store, _LESSONS) == []


def test_update_touches_the_row_of_its_school_only(store: Store) -> None:
    row = _row(_LESSONS, id=1)
    _put(store, _LESSONS, row)
    _put(store, _LESSONS, row, school=OTHER)
    with _writing(store) as transaction:
        transaction.update(_LESSONS, SCHOOL, _row(_LESSONS, id=1, topic="b", version=2), 1)

    assert _kept(store, _LESSONS, OTHER) == [row]


def test_delete_removes_one_row_and_says_whether_there_was_one(store: Store) -> None:
    _put(store, _LESSONS, _row(_LESSONS, id=1), _row(_LESSONS, id=2))
    _put(store, _LESSONS, _row(_LESSONS, id=1), school=OTHER)
    with _writing(store) as transaction:
        assert transaction.delete(_LESSONS, SCHOOL, (1,))
        assert not transaction.delete(_LESSONS, SCHOOL, (1,))

    assert _kept(store, _LESSONS) == [_row(_LESSONS, id=2)]
    assert _kept(store, _LESSONS, OTHER) == [_row(_LESSONS, id=1)]


def test_rows_of_other_schools_are_not_among_the_answers(store: Store) -> None:
    _put(store, _LESSONS, _row(_LESSONS, id=1, journal=5))
    _put(store, _LESSONS, _row(_LESSONS, id=2, journal=5), school=OTHER)

    assert _kept(store, _LESSONS) == [_row(_LESSONS, id=1, journal=5)]
    assert _asked(store, _LESSONS, "journal", 5, _DAY, _DAY) == [_row(_LESSONS, id=1, journal=5)]
    with store.begin(writing=False) as transaction:
        assert transaction.read(_LESSONS, SCHOOL, (2,)) is None


def test_rows_come_in_the_tables_order_then_by_key(store: Store) -> None:
    rows = [
        _row(_LESSONS, id=9, day=_DAY, bell=1),
        _row(_LESSONS, id=2, day=_DAY, bell=3),
        _row(_LESSONS, id=4, day=_DAY, bell=3),
        _row(_LESSONS, id=1, day=_DAY + timedelta(1), bell=1),
    ]
    for row in (rows[3], rows[2], rows[0], rows[1]):
        _put(store, _LESSONS, row)

    assert _kept(store, _LESSONS) == rows
    assert _asked(store, _LESSONS, "journal", 1, date.min, date.max) == rows


def test_keys_of_several_fields_are_ordered_field_by_field(store: Store) -> None:
    rows = [_row(_MARKS, journal=j, column=c, pupil=p) for j, c, p in _triples()]
    _put(store, _MARKS, *reversed(rows))

    assert _kept(store, _MARKS) == rows


def _triples() -> list[tuple[int, int, int]]:
    return [(1, 2, 9), (1, 10, 1), (2, 1, 5), (2, 1, 10), (11, 0, 0)]


def test_text_is_ordered_by_code_point(store: Store) -> None:
    names = ["", "A", "Z", "a", "Є", "І", "А", "Я", "а", "я", "є", "Ґ", "ґ", "\uffee", "\U0001f393"]
    _put(store, _THROTTLES, *(_row(_THROTTLES, name=name) for name in reversed(names)))

    assert [row[0] for row in _kept(store, _THROTTLES)] == names


def test_a_ranged_question_includes_both_ends(store: Store) -> None:
    days = [_DAY + timedelta(number) for number in range(5)]
    _put(store, _LESSONS, *(_row(_LESSONS, id=n, day=day) for n, day in enumerate(days, 1)))

    assert [row[0] for row in _asked(store, _LESSONS, "journal", 1, days[1], days[3])] == [2, 3, 4]
    assert _asked(store, _LESSONS, "journal", 1, days[3], days[1]) == []
    assert _asked(store, _LESSONS, "journal", 2, days[0], days[4]) == []


def test_a_ranged_question_passes_over_rows_without_a_value(store: Store) -> None:
    dated = _row(_MARKS, column=1, day=_DAY)
    _put(store, _MARKS, dated, _row(_MARKS, column=2, day=None))

    assert _asked(store, _MARKS, "pupil", 1, date.min, date.max) == [dated]


def test_a_question_for_none_finds_rows_without_a_value(store: Store) -> None:
    undated = _row(_MARKS, column=2, day=None)
    _put(store, _MARKS, _row(_MARKS, column=1, day=_DAY), undated)

    assert _asked(store, _MARKS, "undated", 1, None) == [undated]


def test_a_question_across_schools_says_whose_each_row_is(store: Store) -> None:
    late, early = (_row(_DELIVERIES, letter=1, due_at=_AT + timedelta(hours=n)) for n in (2, 1))
    _put(store, _DELIVERIES, late)
    _put(store, _DELIVERIES, early, school=OTHER)
    _put(store, _DELIVERIES, _row(_DELIVERIES, letter=2, settled=True), school=OTHER)
    due = next(lookup for lookup in _DELIVERIES.lookups if lookup.across)

    with store.begin(writing=False) as transaction:
        asked = (False, _AT, _AT + timedelta(hours=2))
        answer = list(transaction.select(_DELIVERIES, None, due, asked))

    assert answer == [(OTHER, early), (SCHOOL, late)]


def test_rows_alike_in_two_schools_come_in_the_order_of_the_schools(store: Store) -> None:
    row = _row(_DELIVERIES, letter=1)
    for school in (OTHER, REGISTRY, SCHOOL):
        _put(store, _DELIVERIES, row, school=school)

    with store.begin(writing=False) as transaction:
        asked = transaction.select(_DELIVERIES, None, _DELIVERIES.lookups[0], (False, _AT, _AT))
        assert list(asked) == [(REGISTRY, row), (SCHOOL, row), (OTHER, row)]


def test_an_answer_begins_behind_a_key_and_ends_at_a_limit(store: Store) -> None:
    rows = [_row(_SUBJECTS, id=number) for number in (2, 4, 6, 8)]
    _put(store, _SUBJECTS, *rows)

    with store.begin(writing=False) as transaction:

        def asked(after: Row | None, limit: int | None) -> list[Row]:
            found = transaction.select(_SUBJECTS, SCHOOL, None, after=after, limit=limit)
            return [row for _, row in found]

        assert asked((4,), None) == rows[2:]
        assert asked((5,), 1) == rows[2:3]
        assert asked(None, 3) == rows[:3]
        assert asked(None, 0) == []
        assert asked((8,), 9) == []


def test_a_key_of_several_fields_can_be_gone_behind(store: Store) -> None:
    rows = [_row(_MARKS, journal=j, column=c, pupil=p) for j, c, p in _triples()]
    _put(store, _MARKS, *rows)

    with store.begin(writing=False) as transaction:
        found = transaction.select(_MARKS, SCHOOL, None, after=(2, 1, 5))
        assert [row for _, row in found] == rows[3:]


def test_an_answer_is_not_disturbed_by_writing_while_it_is_read(store: Store) -> None:
    _put(store, _SUBJECTS, *(_row(_SUBJECTS, id=number) for number in (1, 2, 3)))
    with _writing(store) as transaction:
        for _, row in transaction.select(_SUBJECTS, SCHOOL, None):
            transaction.update(_SUBJECTS, SCHOOL, (*row[:-1], 2), 1)
            transaction.insert(_SUBJECTS, SCHOOL, [(int(str(row[0])) + 10, *row[1:])])

    assert [row[0] for row in _kept(store, _SUBJECTS)] == [1, 2, 3, 11, 12, 13]


_texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
_instants = st.datetimes(
    datetime(1, 1, 2),
    datetime(9999, 12, 30),
    timezones=st.just(UTC),  # noqa: DTZ001 - zoned by st
).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


@_shared
@given(number=st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_of_64_bits_come_back_as_they_are(store: Store, number: int) -> None:
    _comes_back(store, _MARKS, author=number)


@_shared
@given(text=_texts)
def test_text_comes_back_letter_by_letter(store: Store, text: str) -> None:
    _comes_back(store, _LESSONS, topic=text)


@_shared
@given(text=st.lists(_texts).map(lambda texts: repr(texts)))
def test_json_comes_back_byte_for_byte(store: Store, text: str) -> None:
    _comes_back(store, _SUBGROUPS, members=f' {{"z" :1, "a":[ {text!r} ]}} ')


@_shared
@given(day=st.dates())
def test_dates_of_all_years_come_back(store: Store, day: date) -> None:
    _comes_back(store, _LESSONS, day=day)


@_shared
@given(at=_instants)
def test_instants_come_back_aware_and_to_the_millisecond(store: Store, at: datetime) -> None:
    row = _comes_back(store, _DELIVERIES, due_at=at)
    came = row[_DELIVERIES.place("due_at")]
    assert isinstance(came, datetime)
    assert came.utcoffset() == timedelta(0)


@pytest.mark.parametrize("flag", [True, False])
def test_flags_come_back_as_flags(store: Store, flag: bool) -> None:  # noqa: FBT001 - the value
    row = _comes_back(store, _DELIVERIES, settled=flag)
    assert row[_DELIVERIES.place("settled")] is flag


def _comes_back(store: Store, table: Table, **values: Stored) -> Row:
    school, row = _fresh(), _row(table, **values)
    _put(store, table, row, school=school)
    (kept,) = _kept(store, table, school)
    assert kept == row
    assert [type(value) for value in kept] == [type(value) for value in row]
    return kept


@_shared
@given(
    rows=st.lists(
        st.tuples(
            st.integers(1, 40),
            st.dates(_DAY, _DAY + timedelta(6)),
            st.integers(1, 3),
            st.integers(1, 2),
        ),
        unique_by=lambda row: row[0],
        max_size=25,
    ),
    first=st.dates(_DAY, _DAY + timedelta(6)),
    last=st.dates(_DAY, _DAY + timedelta(6)),
)
def test_an_answer_is_what_a_plain_search_of_all_rows_gives(
    store: Store, rows: list[tuple[int, date, int, int]], first: date, last: date
) -> None:
    school = _fresh()
    made = [_row(_LESSONS, id=id_, day=day, bell=bell, journal=j) for id_, day, bell, j in rows]
    _put(store, _LESSONS, *made, school=school)

    found = _asked(store, _LESSONS, "journal", 1, first, last, school=school)

    expected = [row for row in rows if row[3] == 1 and first <= row[1] <= last]
    expected.sort(key=lambda row: (row[1], row[2], row[0]))
    assert [row[0] for row in found] == [row[0] for row in expected]


def _in_thread(*tasks: Callable[[], object]) -> None:
    """Run each task in a thread of its own, all at once, and raise what the first one raised."""
    failures: list[BaseException] = []

    def run(task: Callable[[], object]) -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the test's thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,), daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive(), "a thread waits for ever"
    if failures:
        raise failures[0]


def _subject(unit: SchoolUnit, name: str = "Алгебра") -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(unit.new_id()), name))
    unit.record(_Done())
    return kept


def test_of_many_writers_of_one_school_none_loses_an_update(store: Store) -> None:
    _needs(store, Capability.CONCURRENCY)
    subject = store.run(SCHOOL, _KIT, _subject, "0")

    def count(unit: SchoolUnit) -> None:
        current = unit.subjects.get(subject.id)
        unit.subjects.save(evolve(current, name=str(int(current.name) + 1)))
        unit.record(_Done())

    _in_thread(*[lambda: [store.run(SCHOOL, _KIT, count) for _ in range(5)]] * 6)

    with store.reading(SCHOOL, _KIT) as unit:
        assert unit.subjects.get(subject.id).name == "30"
    assert store.heads()[SCHOOL].seq == 31
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])


def test_a_writer_waits_until_the_one_before_has_ended(store: Store) -> None:
    _needs(store, Capability.CONCURRENCY)
    order: list[str] = []
    entered = threading.Event()

    def second() -> None:
        entered.wait(10)
        with store.school(SCHOOL, _KIT) as unit:
            order.append("second")
            _subject(unit)

    def first() -> None:
        with store.school(SCHOOL, _KIT) as unit:
            entered.set()
            _subject(unit)
            order.append("first")

    _in_thread(second, first)
    assert order == ["first", "second"]


def test_taking_the_head_again_in_one_transaction_does_nothing(store: Store) -> None:
    with _writing(store) as transaction:
        transaction.lock(SCHOOL)
        transaction.insert(_LESSONS, SCHOOL, [_row(_LESSONS, id=1)])
        transaction.lock(SCHOOL)

    assert _kept(store, _LESSONS) == [_row(_LESSONS, id=1)]


def test_a_unit_commits_when_it_is_left_and_numbers_its_entry(store: Store) -> None:
    kept = store.run(SCHOOL, _KIT, _subject)

    with store.reading(SCHOOL, _KIT) as unit:
        assert unit.subjects.get(kept.id) == kept
    assert kept.version == 1
    assert [(entry.seq, entry.event) for entry in store.entries(SCHOOL)] == [(1, "contract-tried")]


def test_a_unit_that_fails_leaves_neither_rows_nor_entries(store: Store) -> None:
    store.run(SCHOOL, _KIT, _subject)
    with pytest.raises(ZeroDivisionError), store.school(SCHOOL, _KIT) as unit:
        _subject(unit)
        raise ZeroDivisionError

    assert store.heads()[SCHOOL].seq == 1
    assert len(store.entries(SCHOOL)) == 1
    assert len(_kept(store, _SUBJECTS)) == 1


def test_a_write_without_an_event_is_rolled_back(store: Store) -> None:
    with pytest.raises(Unrecorded) as caught, store.school(SCHOOL, _KIT) as unit:
        unit.subjects.add(Subject(SubjectId(1), "Хімія"))

    assert caught.value == Unrecorded(("subject",))
    assert _kept(store, _SUBJECTS) == []


def test_a_unit_without_writes_leaves_the_ledger_as_it_was(store: Store) -> None:
    with store.school(SCHOOL, _KIT) as unit:
        assert list(unit.subjects.all()) == []

    assert store.heads() == {}


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    kept = store.run(SCHOOL, _KIT, _subject)
    with store.reading(SCHOOL, _KIT) as unit:
        with pytest.raises(ReadOnly):
            unit.subjects.add(Subject(SubjectId(5), "Хімія"))
        with pytest.raises(ReadOnly):
            unit.subjects.save(kept)
        with pytest.raises(ReadOnly):
            unit.record(_Done())
    with store.browsing(_KIT) as registry, pytest.raises(ReadOnly):
        registry.record(_Done())


def test_housekeeping_cannot_write_to_the_ledger(store: Store) -> None:
    with store.housekeeping(_KIT) as unit, pytest.raises(ReadOnly):
        unit.record(_Done())


def test_housekeeping_keeps_records_by_versions_of_their_own(store: Store) -> None:
    with store.housekeeping(_KIT) as unit:
        first = unit.throttles.add(Throttle("a@example.com", 1, _AT))
        second = unit.throttles.save(evolve(first, failures=2))
    with store.housekeeping(_KIT) as unit, pytest.raises(Stale):
        unit.throttles.save(evolve(first, failures=3))

    assert (first.version, second.version) == (1, 2)
    assert store.heads() == {}


def test_get_raises_missing_and_find_returns_none(store: Store) -> None:
    with store.reading(SCHOOL, _KIT) as unit:
        assert unit.subjects.find(SubjectId(9)) is None
        with pytest.raises(Missing) as caught:
            unit.subjects.get(SubjectId(9))

    assert caught.value == Missing("subject", (9,))


def test_the_second_to_add_is_refused(store: Store) -> None:
    kept = store.run(SCHOOL, _KIT, _subject)
    with pytest.raises(Duplicate) as caught, store.school(SCHOOL, _KIT) as unit:
        unit.subjects.add(Subject(kept.id, "Хімія"))

    assert caught.value == Duplicate("subject", ("id",), (kept.id,))


def test_the_second_to_save_is_refused_and_told_what_is_stored(store: Store) -> None:
    before = store.run(SCHOOL, _KIT, _subject)

    def rename(unit: SchoolUnit, name: str) -> Subject:
        kept = unit.subjects.save(evolve(before, name=name))
        unit.record(_Done())
        return kept

    after = store.run(SCHOOL, _KIT, rename, "Геометрія")
    with pytest.raises(Stale) as caught:
        store.run(SCHOOL, _KIT, rename, "Хімія")

    assert caught.value == Stale("subject", (before.id,), after)
    assert caught.value.retry == "reload"


def test_saving_what_was_never_kept_is_refused(store: Store) -> None:
    with pytest.raises(Missing), store.school(SCHOOL, _KIT) as unit:
        unit.subjects.save(Subject(SubjectId(9), "Хімія", version=3))


def test_pour_keeps_all_or_none(store: Store) -> None:
    kept = store.run(SCHOOL, _KIT, _subject)
    fresh = [Subject(SubjectId(number), "Хімія") for number in (1, 2, 3)]
    with store.school(SCHOOL, _KIT) as unit:
        assert [each.version for each in unit.subjects.pour(fresh)] == [2, 2, 2]
        unit.record(_Done())
        with pytest.raises(Duplicate):
            unit.subjects.pour([Subject(SubjectId(4), "x"), Subject(kept.id, "y")])

    assert [row[0] for row in _kept(store, _SUBJECTS)] == [1, 2, 3, kept.id]


def test_two_events_of_one_unit_are_two_entries_and_one_commit(store: Store) -> None:
    with store.school(SCHOOL, _KIT) as unit:
        first, second = _subject(unit), _subject(unit, "Геометрія")

    assert (first.version, second.version) == (1, 2)
    assert [entry.seq for entry in store.entries(SCHOOL)] == [1, 2]
    assert store.verify(SCHOOL) == []


def test_a_school_cannot_see_another_schools_records(store: Store) -> None:
    kept = store.run(SCHOOL, _KIT, _subject)
    with store.reading(OTHER, _KIT) as unit:
        assert unit.subjects.find(kept.id) is None
        assert list(unit.subjects.all()) == []
    assert store.entries(OTHER) == []


def test_the_registry_and_schools_commit_together(store: Store) -> None:
    with store.registry(_KIT) as registry:
        for school in (SCHOOL, OTHER):
            _subject(registry.school(school))
        registry.record(_Done())

    assert {school: head.seq for school, head in store.heads().items()} == {
        REGISTRY: 1,
        SCHOOL: 1,
        OTHER: 1,
    }


def test_the_registry_and_schools_fail_together(store: Store) -> None:
    def fail(registry: RegistryUnit) -> None:
        _subject(registry.school(SCHOOL))
        registry.record(_Done())
        registry.school(OTHER).subjects.add(Subject(SubjectId(1), "Хімія"))

    with pytest.raises(Unrecorded):
        store.run_registry(_KIT, fail)

    assert store.heads() == {}
    assert _kept(store, _SUBJECTS, None) == []


def test_schools_are_opened_in_the_order_of_their_ids(store: Store) -> None:
    with store.registry(_KIT) as registry:
        opened = registry.school(OTHER)
        assert registry.school(OTHER) is opened
        with pytest.raises(WrongOrder):
            registry.school(SCHOOL)


def test_a_fault_that_may_be_retried_runs_the_use_case_again(store: Store) -> None:
    tries: list[int] = []

    def flaky(unit: SchoolUnit) -> Subject:
        kept = _subject(unit)
        tries.append(kept.version)
        if len(tries) < 3:
            raise Unavailable("the wire was cut")
        return kept

    kept = store.run(SCHOOL, _KIT, flaky)

    assert tries == [1, 1, 1]
    assert _kept(store, _SUBJECTS) == [shape_of(catalogue.SUBJECTS).row(kept)]


def test_a_fault_that_stays_is_raised_in_the_end(store: Store) -> None:
    def down(unit: SchoolUnit) -> None:
        raise Unavailable(f"school {unit.id} is on the moon")

    with pytest.raises(Unavailable, match="moon"):
        store.run(SCHOOL, _KIT, down)


def test_a_refusal_is_not_tried_again(store: Store) -> None:
    tries: list[int] = []

    def refuse(unit: SchoolUnit) -> Subject:
        tries.append(1)
        return unit.subjects.get(SubjectId(404))

    with pytest.raises(Missing):
        store.run(SCHOOL, _KIT, refuse)
    assert tries == [1]


def test_a_repeat_under_one_key_returns_what_the_first_call_made(store: Store) -> None:
    first = store.run_once("import-7", SCHOOL, _KIT, _subject)
    again = store.run_once("import-7", SCHOOL, _KIT, _subject)
    other = store.run_once("import-8", SCHOOL, _KIT, _subject)
    elsewhere = store.run_once("import-7", OTHER, _KIT, _subject)

    assert again == first
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert len(store.entries(SCHOOL)) == 2


def test_the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped(store: Store) -> None:
    for _ in range(5):
        store.run(SCHOOL, _KIT, _subject)

    assert [entry.seq for entry in store.entries(SCHOOL, after=2)] == [3, 4, 5]
    assert [entry.seq for entry in store.entries(SCHOOL, after=1, limit=2)] == [2, 3]
    assert store.entries(SCHOOL, after=5) == []


def test_heads_name_every_chain_that_has_entries(store: Store) -> None:
    store.run(SCHOOL, _KIT, _subject)
    store.run_registry(_KIT, lambda unit: unit.record(_Done()))

    latest = store.entries(SCHOOL)[-1]
    heads = store.heads()
    assert set(heads) == {REGISTRY, SCHOOL}
    assert heads[SCHOOL] == Head(1, latest.hash)


def test_what_was_written_proves_itself(store: Store) -> None:
    for _ in range(3):
        store.run(SCHOOL, _KIT, _subject)
    seal = store.seal(SCHOOL)
    store.run(SCHOOL, _KIT, _subject)

    assert store.verify(SCHOOL, seal) == []
    assert store.audit(SCHOOL) == []


def _kit_tests() -> Sequence[str]:
    return tuple(name for name in globals() if name.startswith("test_"))


__all__ = [*_kit_tests()]
