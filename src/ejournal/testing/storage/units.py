"""The promises of `Store`, its units and repositories, one test each."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from attrs import evolve

from ejournal.codec import shape_of
from ejournal.errors import (
    Duplicate,
    Invalid,
    Missing,
    OutcomeUnknown,
    ReadOnly,
    Stale,
    Unavailable,
    Unrecorded,
)
from ejournal.ids import REGISTRY, SchoolId, SubjectId
from ejournal.model import catalogue
from ejournal.model.access import Throttle
from ejournal.model.classes import Subject
from ejournal.model.ledger import Cursor, Head
from ejournal.ports import Capability
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.units import WrongOrder
from ejournal.testing.storage.scene import (
    AT,
    CURSORS,
    KIT,
    LESSONS,
    OTHER,
    SCHOOL,
    SUBJECTS,
    THROTTLES,
    Tried,
    in_threads,
    kept_rows,
    needs,
    row_of,
    writing,
)


def _subject(unit: SchoolUnit, name: str = "Алгебра") -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(unit.new_id()), name))
    unit.record(Tried())
    return kept


def test_of_many_writers_of_one_school_none_loses_an_update(store: Store) -> None:
    needs(store, Capability.CONCURRENCY)
    subject = store.run(SCHOOL, KIT, _subject, "0")
    pause = threading.Event()

    def count(unit: SchoolUnit) -> None:
        current = unit.subjects.get(subject.id)
        pause.wait(0.001)
        unit.subjects.save(evolve(current, name=str(int(current.name) + 1)))
        unit.record(Tried())

    in_threads(*[lambda: [store.run(SCHOOL, KIT, count) for _ in range(5)]] * 6)

    with store.reading(SCHOOL, KIT) as unit:
        assert unit.subjects.get(subject.id).name == "30"
    assert store.heads()[SCHOOL].seq == 31
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])


def test_a_writer_waits_until_the_one_before_has_ended(store: Store) -> None:
    needs(store, Capability.CONCURRENCY)
    order: list[str] = []
    entered, overtaken = threading.Event(), threading.Event()

    def second() -> None:
        entered.wait(10)
        with store.school(SCHOOL, KIT) as unit:
            order.append("second")
            overtaken.set()
            _subject(unit)

    def first() -> None:
        with store.school(SCHOOL, KIT) as unit:
            entered.set()
            overtaken.wait(0.05)
            _subject(unit)
            order.append("first")

    in_threads(second, first)
    assert order == ["first", "second"]


def test_taking_the_head_again_in_one_transaction_waits_for_nobody(store: Store) -> None:
    with writing(store) as transaction:
        transaction.lock(SCHOOL)
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=1)])
        transaction.lock(SCHOOL)

    assert kept_rows(store, LESSONS) == [row_of(LESSONS, id=1)]


def test_taking_the_head_tells_where_the_chain_ends(store: Store) -> None:
    with store.begin(writing=True) as transaction:
        assert transaction.lock(SCHOOL) is None
    store.run(SCHOOL, KIT, _subject)

    with store.begin(writing=True) as transaction:
        head = store.heads()[SCHOOL]
        assert transaction.lock(SCHOOL) == (0, head.seq, head.hash)
        assert transaction.lock(OTHER) is None


def test_a_unit_commits_when_it_is_left_and_numbers_its_entry(store: Store) -> None:
    kept = store.run(SCHOOL, KIT, _subject)

    with store.reading(SCHOOL, KIT) as unit:
        assert unit.subjects.get(kept.id) == kept
    assert kept.version == 1
    assert [(entry.seq, entry.event) for entry in store.entries(SCHOOL)] == [(1, "contract-tried")]


def test_a_unit_that_fails_leaves_neither_rows_nor_entries(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    store.run(SCHOOL, KIT, _subject)
    with pytest.raises(ZeroDivisionError), store.school(SCHOOL, KIT) as unit:
        _subject(unit)
        raise ZeroDivisionError

    assert store.heads()[SCHOOL].seq == 1
    assert len(store.entries(SCHOOL)) == 1
    assert len(kept_rows(store, SUBJECTS)) == 1


def test_a_write_without_an_event_is_rolled_back(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    with pytest.raises(Unrecorded) as caught, store.school(SCHOOL, KIT) as unit:
        unit.subjects.add(Subject(SubjectId(1), "Хімія"))

    assert caught.value == Unrecorded(("subject",))
    assert kept_rows(store, SUBJECTS) == []


def test_a_unit_without_writes_leaves_the_ledger_as_it_was(store: Store) -> None:
    with store.school(SCHOOL, KIT) as unit:
        assert list(unit.subjects.all()) == []

    assert store.heads() == {}


def test_a_reading_unit_refuses_to_write(store: Store) -> None:
    kept = store.run(SCHOOL, KIT, _subject)
    with store.reading(SCHOOL, KIT) as unit:
        with pytest.raises(ReadOnly):
            unit.subjects.add(Subject(SubjectId(5), "Хімія"))
        with pytest.raises(ReadOnly):
            unit.subjects.save(kept)
        with pytest.raises(ReadOnly):
            unit.record(Tried())
    with store.browsing(KIT) as registry, pytest.raises(ReadOnly):
        registry.record(Tried())


def test_housekeeping_cannot_write_to_the_ledger(store: Store) -> None:
    with store.housekeeping(KIT) as unit, pytest.raises(ReadOnly):
        unit.record(Tried())


def test_housekeeping_keeps_records_by_versions_of_their_own(store: Store) -> None:
    with store.housekeeping(KIT) as unit:
        first = unit.throttles.add(Throttle("a@example.com", 1, AT))
        second = unit.throttles.save(evolve(first, failures=2))
    with store.housekeeping(KIT) as unit, pytest.raises(Stale):
        unit.throttles.save(evolve(first, failures=3))

    assert (first.version, second.version) == (1, 2)
    assert store.heads() == {}


def test_a_key_that_is_too_long_for_some_storage_is_refused_on_each(store: Store) -> None:
    name = "ї" * 641
    with store.housekeeping(KIT) as unit:
        with pytest.raises(Invalid) as caught:
            unit.of(SCHOOL).cursors.add(Cursor(name, 1))
        with pytest.raises(Invalid) as hidden:
            unit.throttles.add(Throttle(name, 1, AT))
        kept = unit.of(SCHOOL).cursors.add(Cursor(name[1:], 1))

    assert caught.value == Invalid("consumer", name[:60], "length")
    assert hidden.value == Invalid("name", "", "length", personal=True)
    assert kept_rows(store, CURSORS) == [shape_of(catalogue.CURSORS).row(kept)]
    assert kept_rows(store, THROTTLES, None) == []


def test_get_raises_missing_and_find_returns_none(store: Store) -> None:
    with store.reading(SCHOOL, KIT) as unit:
        assert unit.subjects.find(SubjectId(9)) is None
        with pytest.raises(Missing) as caught:
            unit.subjects.get(SubjectId(9))

    assert caught.value == Missing("subject", (9,))


def test_the_second_to_add_is_refused(store: Store) -> None:
    kept = store.run(SCHOOL, KIT, _subject)
    with pytest.raises(Duplicate) as caught, store.school(SCHOOL, KIT) as unit:
        unit.subjects.add(Subject(kept.id, "Хімія"))

    assert caught.value == Duplicate("subject", ("id",), (kept.id,))


def test_the_second_to_save_is_refused_and_told_what_is_stored(store: Store) -> None:
    before = store.run(SCHOOL, KIT, _subject)

    def rename(unit: SchoolUnit, name: str) -> Subject:
        kept = unit.subjects.save(evolve(before, name=name))
        unit.record(Tried())
        return kept

    after = store.run(SCHOOL, KIT, rename, "Геометрія")
    with pytest.raises(Stale) as caught:
        store.run(SCHOOL, KIT, rename, "Хімія")

    assert caught.value == Stale("subject", (before.id,), after)
    assert caught.value.retry == "reload"


def test_saving_what_was_never_kept_is_refused(store: Store) -> None:
    with pytest.raises(Missing), store.school(SCHOOL, KIT) as unit:
        unit.subjects.save(Subject(SubjectId(9), "Хімія", version=3))


def test_pour_keeps_all_or_none(store: Store) -> None:
    kept = store.run(SCHOOL, KIT, _subject)
    fresh = [Subject(SubjectId(number), "Хімія") for number in (1, 2, 3)]
    with store.school(SCHOOL, KIT) as unit:
        assert [each.version for each in unit.subjects.pour(fresh)] == [2, 2, 2]
        unit.record(Tried())
        with pytest.raises(Duplicate):
            unit.subjects.pour([Subject(SubjectId(4), "x"), Subject(kept.id, "y")])

    assert [row[0] for row in kept_rows(store, SUBJECTS)] == [1, 2, 3, kept.id]


def _moved(unit: SchoolUnit, subject: Subject, to: SubjectId) -> Subject:
    kept = unit.subjects.move(subject.id, evolve(subject, id=to))
    unit.record(Tried())
    return kept


def _renamed(unit: SchoolUnit, subject: Subject, name: str) -> Subject:
    kept = unit.subjects.save(evolve(subject, name=name))
    unit.record(Tried())
    return kept


def test_a_record_that_moves_stands_under_its_new_key_alone(store: Store) -> None:
    first, beside = store.run(SCHOOL, KIT, _subject), store.run(SCHOOL, KIT, _subject)
    moved = store.run(SCHOOL, KIT, _moved, first, SubjectId(5))

    assert moved == evolve(first, id=SubjectId(5), version=3)
    with store.reading(SCHOOL, KIT) as unit:
        assert unit.subjects.find(first.id) is None
        assert unit.subjects.get(moved.id) == moved
        assert list(unit.subjects.all()) == [moved, beside]
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])


def test_the_history_of_a_record_goes_along_when_it_moves(store: Store) -> None:
    first = store.run(SCHOOL, KIT, _subject)
    renamed = store.run(SCHOOL, KIT, _renamed, first, "Геометрія")
    moved = store.run(SCHOOL, KIT, _moved, renamed, SubjectId(5))
    store.run(SCHOOL, KIT, _renamed, moved, "Хімія")

    with store.reading(SCHOOL, KIT) as unit:
        history = list(unit.subjects.history(moved.id))
    assert [(step.seq, step.fields["name"], step.before) for step in history] == [
        (4, "Хімія", 3),
        (3, "Геометрія", 2),
        (2, "Геометрія", 1),
        (1, "Алгебра", 0),
    ]


def test_a_record_is_not_moved_to_a_key_that_is_taken(store: Store) -> None:
    first, other = store.run(SCHOOL, KIT, _subject), store.run(SCHOOL, KIT, _subject, "Хімія")

    with store.school(SCHOOL, KIT) as unit, pytest.raises(Duplicate) as caught:
        unit.subjects.move(first.id, evolve(first, id=other.id))

    assert caught.value == Duplicate("subject", ("id",), (other.id,))
    kept = [shape_of(catalogue.SUBJECTS).row(subject) for subject in (first, other)]
    assert kept_rows(store, SUBJECTS) == kept
    assert len(store.entries(SCHOOL)) == 2
    assert store.audit(SCHOOL) == []


def test_a_move_is_rolled_back_with_its_unit(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    first = store.run(SCHOOL, KIT, _subject)

    with pytest.raises(ZeroDivisionError), store.school(SCHOOL, KIT) as unit:
        _moved(unit, first, SubjectId(5))
        raise ZeroDivisionError

    assert kept_rows(store, SUBJECTS) == [shape_of(catalogue.SUBJECTS).row(first)]
    assert store.heads()[SCHOOL].seq == 1
    assert store.audit(SCHOOL) == []


def test_a_place_that_a_record_left_can_be_taken_again(store: Store) -> None:
    first = store.run(SCHOOL, KIT, _subject)
    store.run(SCHOOL, KIT, _moved, first, SubjectId(5))
    with store.school(SCHOOL, KIT) as unit:
        taken = unit.subjects.add(Subject(first.id, "Хімія"))
        unit.record(Tried())

    with store.reading(SCHOOL, KIT) as unit:
        assert unit.subjects.get(first.id) == taken
        history = [step.seq for step in unit.subjects.history(first.id)]
    assert history == [3]
    assert store.audit(SCHOOL) == []


def test_two_events_of_one_unit_are_two_entries_and_one_commit(store: Store) -> None:
    with store.school(SCHOOL, KIT) as unit:
        first, second = _subject(unit), _subject(unit, "Геометрія")

    assert (first.version, second.version) == (1, 2)
    assert [entry.seq for entry in store.entries(SCHOOL)] == [1, 2]
    assert store.verify(SCHOOL) == []


def test_a_school_cannot_see_another_schools_records(store: Store) -> None:
    kept = store.run(SCHOOL, KIT, _subject)
    with store.reading(OTHER, KIT) as unit:
        assert unit.subjects.find(kept.id) is None
        assert list(unit.subjects.all()) == []
    assert store.entries(OTHER) == []


def test_the_registry_and_schools_commit_together(store: Store) -> None:
    with store.registry(KIT) as registry:
        for school in (SCHOOL, OTHER):
            _subject(registry.school(school))
        registry.record(Tried())

    assert {school: head.seq for school, head in store.heads().items()} == {
        REGISTRY: 1,
        SCHOOL: 1,
        OTHER: 1,
    }


def test_the_registry_and_schools_fail_together(store: Store) -> None:
    needs(store, Capability.ROLLBACK)

    def fail(registry: RegistryUnit) -> None:
        _subject(registry.school(SCHOOL))
        registry.record(Tried())
        registry.school(OTHER).subjects.add(Subject(SubjectId(1), "Хімія"))

    with pytest.raises(Unrecorded):
        store.run_registry(KIT, fail)

    assert store.heads() == {}
    assert kept_rows(store, SUBJECTS, None) == []


def test_schools_are_opened_in_the_order_of_their_ids(store: Store) -> None:
    with store.registry(KIT) as registry:
        opened = registry.school(OTHER)
        assert registry.school(OTHER) is opened
        with pytest.raises(WrongOrder):
            registry.school(SCHOOL)


def test_a_fault_that_may_be_retried_runs_the_use_case_again(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    tries: list[int] = []

    def flaky(unit: SchoolUnit) -> Subject:
        kept = _subject(unit)
        tries.append(kept.version)
        if len(tries) < 3:
            raise Unavailable("the wire was cut")
        return kept

    kept = store.run(SCHOOL, KIT, flaky)

    assert tries == [1, 1, 1]
    assert kept_rows(store, SUBJECTS) == [shape_of(catalogue.SUBJECTS).row(kept)]


def test_a_fault_that_stays_is_raised_in_the_end(store: Store) -> None:
    def down(unit: SchoolUnit) -> None:
        raise Unavailable(f"school {unit.id} is on the moon")

    with pytest.raises(Unavailable, match="moon"):
        store.run(SCHOOL, KIT, down)


def test_a_unit_of_which_nobody_knows_whether_it_was_kept_is_not_run_again(store: Store) -> None:
    needs(store, Capability.ROLLBACK)
    tries: list[int] = []

    def unanswered(unit: SchoolUnit) -> Subject:
        kept = _subject(unit)
        tries.append(kept.version)
        if len(tries) == 1:
            raise OutcomeUnknown("the wire was cut")
        return kept

    with pytest.raises(OutcomeUnknown):
        store.run(SCHOOL, KIT, unanswered)
    assert tries == [1]

    tries.clear()
    kept = store.run_once("key", SCHOOL, KIT, unanswered)
    assert tries == [1, 1]
    assert kept_rows(store, SUBJECTS) == [shape_of(catalogue.SUBJECTS).row(kept)]


def test_no_later_fault_hides_that_an_outcome_is_not_known(store: Store) -> None:
    tries: list[int] = []

    def unanswered(unit: SchoolUnit) -> Subject:
        _subject(unit)
        tries.append(1)
        raise OutcomeUnknown("no answer") if len(tries) == 1 else Unavailable("nobody is there")

    with pytest.raises(OutcomeUnknown, match="no answer"):
        store.run_once("key", SCHOOL, KIT, unanswered)
    assert len(tries) == 8


def test_a_refusal_is_not_tried_again(store: Store) -> None:
    tries: list[int] = []

    def refuse(unit: SchoolUnit) -> Subject:
        tries.append(1)
        return unit.subjects.get(SubjectId(404))

    with pytest.raises(Missing):
        store.run(SCHOOL, KIT, refuse)
    assert tries == [1]


def test_a_repeat_under_one_key_returns_what_the_first_call_made(store: Store) -> None:
    first = store.run_once("import-7", SCHOOL, KIT, _subject)
    again = store.run_once("import-7", SCHOOL, KIT, _subject)
    other = store.run_once("import-8", SCHOOL, KIT, _subject)
    elsewhere = store.run_once("import-7", OTHER, KIT, _subject)

    assert again == first
    assert len({first.id, other.id, elsewhere.id}) == 3
    assert len(store.entries(SCHOOL)) == 2


def test_the_feed_is_read_in_the_order_of_numbers_from_where_one_stopped(store: Store) -> None:
    for _ in range(5):
        store.run(SCHOOL, KIT, _subject)

    assert [entry.seq for entry in store.entries(SCHOOL, after=2)] == [3, 4, 5]
    assert [entry.seq for entry in store.entries(SCHOOL, after=1, limit=2)] == [2, 3]
    assert store.entries(SCHOOL, after=5) == []


def test_the_feed_is_asked_behind_any_number_of_63_bits(store: Store) -> None:
    store.run(SCHOOL, KIT, _subject)

    assert store.entries(SCHOOL, after=2**63 - 1) == []
    assert [entry.seq for entry in store.entries(SCHOOL, limit=2**63 - 1)] == [1]


def test_a_number_that_no_entry_can_have_is_refused_by_its_name(store: Store) -> None:
    far = SchoolId(2**63)
    asked: list[tuple[str, int, Callable[[], object]]] = [
        ("after", 2**63, lambda: store.entries(SCHOOL, after=2**63)),
        ("after", -1, lambda: store.entries(SCHOOL, after=-1)),
        ("limit", 2**63, lambda: store.entries(SCHOOL, limit=2**63)),
        ("limit", -1, lambda: store.entries(SCHOOL, limit=-1)),
        ("school", far, lambda: store.entries(far)),
        ("school", far, lambda: store.seal(far)),
        ("school", far, lambda: store.verify(far)),
        ("school", far, lambda: store.audit(far)),
    ]
    for field, number, ask in asked:
        with pytest.raises(Invalid) as caught:
            ask()
        assert caught.value == Invalid(field, str(number), "range")


def test_heads_name_every_chain_that_has_entries(store: Store) -> None:
    store.run(SCHOOL, KIT, _subject)
    store.run_registry(KIT, lambda unit: unit.record(Tried()))

    latest = store.entries(SCHOOL)[-1]
    heads = store.heads()
    assert set(heads) == {REGISTRY, SCHOOL}
    assert heads[SCHOOL] == Head(1, latest.hash)


def test_what_was_written_proves_itself(store: Store) -> None:
    for _ in range(3):
        store.run(SCHOOL, KIT, _subject)
    seal = store.seal(SCHOOL)
    store.run(SCHOOL, KIT, _subject)

    assert store.verify(SCHOOL, seal) == []
    assert store.audit(SCHOOL) == []


__all__ = [name for name in tuple(globals()) if name.startswith("test_")]
