"""A record that is kept under another key stays the same record, and the ledger says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import ClassVar

import pytest
from attrs import evolve, frozen
from stores import MONDAY

from ejournal.adapters.memory import MemoryStore
from ejournal.codec import shape_of
from ejournal.errors import Duplicate, Missing, ReadOnly, Stale, Unrecorded
from ejournal.ids import ColumnId, JournalId, PupilId, SchoolId, spell_id
from ejournal.model.access import System
from ejournal.model.catalogue import MARKS
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.ledger import Erased, Event, Flaw, Write, chained, sealed
from ejournal.model.marks import Grade
from ejournal.store import SchoolUnit, Store
from ejournal.store.tables import PERSONAL

SCHOOL = SchoolId(77)
SYSTEM = System("test")
JOURNAL, COLUMN = JournalId(1), ColumnId(2)
ADA, LEV, YANA = PupilId(301), PupilId(302), PupilId(303)


@frozen
class Done(Event):
    name: ClassVar[str] = "done"


def mark(pupil: PupilId, points: int = 7, comment: str = "старався") -> Mark:
    day = date(2026, 9, 7)
    return Mark(JOURNAL, COLUMN, pupil, day, Grade(points), comment, None, MONDAY)


def at(pupil: PupilId) -> MarkKey:
    return MarkKey(JOURNAL, COLUMN, pupil)


def add(unit: SchoolUnit, pupil: PupilId, points: int = 7, comment: str = "старався") -> Mark:
    kept = unit.marks.add(mark(pupil, points, comment))
    unit.record(Done())
    return kept


def pour(unit: SchoolUnit, *pupils: PupilId) -> None:
    unit.marks.pour(map(mark, pupils))
    unit.record(Done())


def change(unit: SchoolUnit, pupil: PupilId, points: int, comment: str = "молодець") -> Mark:
    kept = unit.marks.save(unit.marks.get(at(pupil)).changed(Grade(points), comment, None, MONDAY))
    unit.record(Done())
    return kept


def move(unit: SchoolUnit, pupil: PupilId, to: PupilId) -> Mark:
    kept = unit.marks.move(at(pupil), evolve(unit.marks.get(at(pupil)), pupil=to))
    unit.record(Done())
    return kept


def steps(store: Store, pupil: PupilId) -> list[tuple[int, object, object, int]]:
    with store.reading(SCHOOL, SYSTEM) as unit:
        return [
            (each.seq, each.fields["value"], each.fields["comment"], each.before)
            for each in unit.marks.history(at(pupil))
        ]


@pytest.fixture
def checked(store: Store) -> Iterator[Store]:
    yield store
    assert store.verify(SCHOOL) == []
    assert store.audit(SCHOOL) == []


def test_a_moved_record_stands_in_one_place_with_its_whole_history(checked: Store) -> None:
    run = checked.run
    run(SCHOOL, SYSTEM, add, ADA)
    run(SCHOOL, SYSTEM, change, ADA, 9)
    moved = run(SCHOOL, SYSTEM, move, ADA, LEV)
    assert moved == evolve(mark(LEV, 9, "молодець"), version=3)
    with checked.reading(SCHOOL, SYSTEM) as unit:
        assert list(unit.marks.all()) == [moved]
        with pytest.raises(Missing):
            unit.marks.get(at(ADA))
    run(SCHOOL, SYSTEM, change, LEV, 10, "")
    assert steps(checked, LEV) == [
        (4, "10", "", 3),
        (3, "9", "молодець", 2),
        (2, "9", "молодець", 1),
        (1, "7", "старався", 0),
    ]


def test_an_entry_says_where_a_record_stood(checked: Store) -> None:
    checked.run(SCHOOL, SYSTEM, add, ADA, comment="")
    checked.run(SCHOOL, SYSTEM, move, ADA, LEV)
    (write,) = checked.entries(SCHOOL)[1].writes
    keys = [tuple(map(spell_id, at(pupil))) for pupil in (LEV, ADA)]
    assert write == Write("mark", keys[0], 1, write.fields, None, keys[1])
    assert write.fields["pupil"] == spell_id(LEV)


def test_a_record_goes_back_and_its_history_with_it(checked: Store) -> None:
    run = checked.run
    before = run(SCHOOL, SYSTEM, add, ADA)
    run(SCHOOL, SYSTEM, move, ADA, LEV)
    back = run(SCHOOL, SYSTEM, move, LEV, ADA)
    assert back == evolve(before, version=3)
    assert [step[0] for step in steps(checked, ADA)] == [3, 2, 1]
    run(SCHOOL, SYSTEM, add, LEV, 5)
    assert steps(checked, LEV) == [(4, "5", "старався", 0)]


def test_several_records_move_in_one_entry(checked: Store) -> None:
    checked.run(SCHOOL, SYSTEM, add, ADA)
    checked.run(SCHOOL, SYSTEM, add, LEV)

    def rotate(unit: SchoolUnit) -> None:
        for pupil, to in ((LEV, YANA), (ADA, PupilId(9))):
            unit.marks.move(at(pupil), evolve(unit.marks.get(at(pupil)), pupil=to))
        unit.record(Done())

    checked.run(SCHOOL, SYSTEM, rotate)
    with checked.reading(SCHOOL, SYSTEM) as unit:
        assert {each.pupil for each in unit.marks.all()} == {YANA, PupilId(9)}


def test_a_poured_record_moves_with_what_the_pour_said_of_it(checked: Store) -> None:
    run = checked.run
    run(SCHOOL, SYSTEM, pour, ADA, LEV)
    run(SCHOOL, SYSTEM, move, ADA, YANA)
    assert [step[:3] for step in steps(checked, YANA)] == [
        (2, "7", "старався"),
        (1, "7", "старався"),
    ]
    assert checked.audit(SCHOOL) == []
    run(SCHOOL, SYSTEM, move, YANA, ADA)
    assert [step[0] for step in steps(checked, ADA)] == [3, 2, 1]


def test_a_record_that_moved_is_forgotten_with_all_it_ever_said(checked: Store) -> None:
    run = checked.run
    run(SCHOOL, SYSTEM, add, ADA)
    run(SCHOOL, SYSTEM, change, ADA, 9)
    run(SCHOOL, SYSTEM, move, ADA, LEV)

    def forget(unit: SchoolUnit) -> None:
        unit.marks.erase(at(LEV))
        unit.record(Erased())

    run(SCHOOL, SYSTEM, forget)
    with checked.begin(writing=False) as transaction:
        assert list(transaction.select(PERSONAL, SCHOOL, None)) == []


def test_a_place_that_is_taken_is_not_moved_to(checked: Store) -> None:
    checked.run(SCHOOL, SYSTEM, add, ADA)
    kept = checked.run(SCHOOL, SYSTEM, add, LEV)
    with pytest.raises(Duplicate):
        checked.run(SCHOOL, SYSTEM, move, ADA, LEV)
    with checked.reading(SCHOOL, SYSTEM) as unit:
        assert unit.marks.get(at(LEV)) == kept
        assert unit.marks.get(at(ADA)).version == 1


def test_what_is_not_there_or_was_changed_meanwhile_is_not_moved(checked: Store) -> None:
    old = checked.run(SCHOOL, SYSTEM, add, ADA)
    standing = checked.run(SCHOOL, SYSTEM, change, ADA, 9)

    def with_old(unit: SchoolUnit) -> None:
        unit.marks.move(at(ADA), evolve(old, pupil=LEV))

    def of_nobody(unit: SchoolUnit) -> None:
        unit.marks.move(at(YANA), mark(LEV))

    with pytest.raises(Stale) as stale:
        checked.run(SCHOOL, SYSTEM, with_old)
    assert stale.value == Stale("mark", tuple(at(ADA)), standing)
    with pytest.raises(Missing):
        checked.run(SCHOOL, SYSTEM, of_nobody)
    with checked.reading(SCHOOL, SYSTEM) as unit, pytest.raises(ReadOnly):
        unit.marks.move(at(ADA), evolve(standing, pupil=LEV))


def test_what_was_just_written_or_left_waits_for_its_entry(checked: Store) -> None:
    checked.run(SCHOOL, SYSTEM, add, ADA)

    def written(unit: SchoolUnit) -> None:
        kept = unit.marks.add(mark(LEV))
        unit.marks.move(at(LEV), evolve(kept, pupil=YANA))

    def twice(unit: SchoolUnit) -> None:
        kept = unit.marks.move(at(ADA), evolve(unit.marks.get(at(ADA)), pupil=YANA))
        unit.marks.move(at(YANA), evolve(kept, pupil=LEV))

    def refilled(unit: SchoolUnit) -> None:
        unit.marks.move(at(ADA), evolve(unit.marks.get(at(ADA)), pupil=YANA))
        unit.marks.add(mark(ADA))

    def unrecorded(unit: SchoolUnit) -> None:
        unit.marks.move(at(ADA), evolve(unit.marks.get(at(ADA)), pupil=YANA))

    for act in (written, twice, refilled, unrecorded):
        with pytest.raises(Unrecorded):
            checked.run(SCHOOL, SYSTEM, act)
    with checked.reading(SCHOOL, SYSTEM) as unit:
        assert [each.pupil for each in unit.marks.all()] == [ADA]


def test_a_record_may_be_changed_after_it_moved_in_the_same_entry(checked: Store) -> None:
    checked.run(SCHOOL, SYSTEM, add, ADA)

    def moved_and_changed(unit: SchoolUnit) -> None:
        kept = unit.marks.move(at(ADA), evolve(unit.marks.get(at(ADA)), pupil=LEV))
        unit.marks.save(kept.changed(Grade(12), "", None, MONDAY))
        unit.record(Done())

    checked.run(SCHOOL, SYSTEM, moved_and_changed)
    assert [step[:2] for step in steps(checked, LEV)] == [(2, "12"), (1, "7")]


def test_an_audit_finds_a_record_that_stands_where_it_left() -> None:
    store = MemoryStore()
    store.run(SCHOOL, SYSTEM, add, ADA)
    store.run(SCHOOL, SYSTEM, move, ADA, LEV)
    with store.begin(writing=True) as transaction:
        shape = shape_of(MARKS)
        row = shape.row(evolve(mark(ADA), version=1))
        transaction.insert(shape.table, SCHOOL, [row])
    assert [finding.flaw for finding in store.audit(SCHOOL)] == [Flaw.UNACCOUNTED]


def test_a_moved_write_is_read_back_as_it_was_spelled() -> None:
    store = MemoryStore()
    store.run(SCHOOL, SYSTEM, pour, ADA)
    store.run(SCHOOL, SYSTEM, move, ADA, LEV)
    entry = store.entries(SCHOOL)[1]
    text, digest = chained(entry)
    assert sealed(text, digest) == entry
    (listed,) = json.loads(text)["writes"]
    assert (len(listed), listed[5]) == (6, list(map(spell_id, at(ADA))))
    assert listed[4]["pupil"] == spell_id(ADA)
