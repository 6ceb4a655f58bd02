"""Marks that come in bulk are one entry with digests, and the ledger goes on telling the truth."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve, field, frozen
from hypothesis import given
from hypothesis import strategies as st
from stores import MONDAY, Clock, opened_sql

from ejournal.adapters.sql import SqlStore
from ejournal.codec import shape_of
from ejournal.errors import Duplicate, Missing, Stale, Unrecorded
from ejournal.ids import ColumnId, JournalId, PupilId, SchoolId, StaffId, spell_id
from ejournal.model.access import System
from ejournal.model.catalogue import AGGREGATES, MARKS
from ejournal.model.declaration import PERSONAL, Aggregate
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.ledger import Erased, Event, Finding, Flaw, Spelled, canonical
from ejournal.model.marks import Grade, Level, Sign
from ejournal.ports import Kind, Slot
from ejournal.store import SchoolUnit, Store, pouring, proof
from ejournal.store.steps import STEPS, Change, DropField, NewField, Phase, Step
from ejournal.testing.strategies import values

SCHOOL = SchoolId(77)
SYSTEM = System("test")
JOURNAL = JournalId(1)
ADA, LEV, YANA = PupilId(301), PupilId(302), PupilId(303)
DAY = timedelta(days=1)


@frozen
class Poured(Event):
    name: ClassVar[str] = "poured"


@frozen
class PouredFrom(Event):
    name: ClassVar[str] = "poured-from"
    note: str = field(metadata=PERSONAL)


@frozen
class Changed(Event):
    name: ClassVar[str] = "changed"


def mark(column: int, pupil: PupilId, points: int = 7, comment: str = "") -> Mark:
    return Mark(
        JOURNAL,
        ColumnId(column),
        pupil,
        date(2026, 9, 7),
        Grade(points),
        comment,
        StaffId(5),
        MONDAY,
    )


MARKS_OF_TWO = (
    mark(2, LEV, 9),
    mark(1, ADA, 7, "старався"),
    mark(1, LEV, 8),
    mark(2, ADA, 10),
    mark(3, ADA, 11, "молодець"),
)
ALTERED = Finding(Flaw.ALTERED, 1, f"mark pupil {spell_id(ADA)}")


def poured(store: Store, *marks: Mark, event: Event | None = None) -> list[Mark]:
    with store.school(SCHOOL, SYSTEM) as unit:
        kept = unit.marks.pour(marks or MARKS_OF_TWO)
        unit.record(event or Poured())
    return kept


def key(column: int, pupil: PupilId) -> MarkKey:
    return MarkKey(JOURNAL, ColumnId(column), pupil)


def change(store: Store, at: MarkKey, points: int, comment: str = "") -> Mark:
    def changed(unit: SchoolUnit) -> Mark:
        standing = unit.marks.get(at)
        kept = unit.marks.save(standing.changed(Grade(points), comment, StaffId(6), unit.now))
        unit.record(Changed())
        return kept

    return store.run(SCHOOL, SYSTEM, changed)


def erase(store: Store, *at: MarkKey) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        for each in at:
            unit.marks.erase(each)
        unit.record(Erased())


def faults(store: Store) -> list[Finding]:
    return [*store.verify(SCHOOL), *store.audit(SCHOOL)]


def steps(store: Store, at: MarkKey) -> list[tuple[int, str, Spelled, Spelled, int]]:
    with store.reading(SCHOOL, SYSTEM) as unit:
        return [
            (each.seq, each.event, each.fields["value"], each.fields["comment"], each.before)
            for each in unit.marks.history(at)
        ]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "poured.db"


@pytest.fixture
def kept_in_file(file: Path, clock: Clock) -> Iterator[SqlStore]:
    with opened_sql(file, clock) as opened:
        poured(opened)
        yield opened


def tamper(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as database:
        assert database.execute(statement).rowcount >= 1
    database.close()


def test_what_is_poured_is_kept_as_what_is_added(store: Store) -> None:
    kept = poured(store)

    assert kept == [evolve(each, version=1) for each in MARKS_OF_TWO]
    with store.reading(SCHOOL, SYSTEM) as unit:
        assert list(unit.marks.all()) == sorted(kept, key=lambda each: each.key)


def test_a_pour_is_one_entry_with_the_count_and_a_digest_for_each_pupil(store: Store) -> None:
    poured(store)

    (entry,) = store.entries(SCHOOL)
    pour = entry.pour_of("mark")
    assert pour is not None
    assert (entry.writes, pour.count) == ((), 5)
    assert list(pour.digests) == [spell_id(ADA), spell_id(LEV)]
    assert entry.pour_of("absence") is None


def test_the_digest_is_of_the_fields_as_a_write_spells_them(store: Store) -> None:
    poured(store)
    lines = (
        f'{{"author":"{spell_id(5)}","column":"{spell_id(column)}","comment":"",'
        f'"day":"2026-09-07","given_at":"2026-09-07T08:30:00.000Z","journal":"{spell_id(1)}",'
        f'"pupil":"{spell_id(LEV)}","value":"{points}","void":false}}\n'
        for column, points in ((1, 8), (2, 9))
    )

    (entry,) = store.entries(SCHOOL)
    said = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert entry.poured[0].digests[spell_id(LEV)] == said


@given(st.lists(values(Mark), max_size=6))
def test_a_rows_line_is_the_canonical_text_of_the_entitys_fields(marks: list[Mark]) -> None:
    shape = shape_of(MARKS)

    def slowly(each: Mark) -> str:
        shown, hidden = shape.spelled(each)
        shown |= {name: json.loads(text) for name, text in hidden if text == '""'}
        shown |= {name: ["hidden", text] for name, text in hidden if text != '""'}
        return canonical(shown)

    rows = [shape.row(each) for each in marks]
    lines = shape.lines(shape.told, rows, lambda _row, _name, text: canonical(["hidden", text]))
    assert list(lines) == list(map(slowly, marks))


@pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda each: str(each.name))
def test_every_declared_row_can_be_spelled_as_a_line(aggregate: Aggregate[Any]) -> None:
    shape = shape_of(aggregate)
    assert list(shape.lines(shape.told, [], lambda _row, _name, text: text)) == []
    assert aggregate.poured_by is None or (aggregate.order == () and aggregate.ledgered)


def test_what_was_poured_proves_itself_through_changes_and_erasures(store: Store) -> None:
    poured(store)
    assert faults(store) == []
    change(store, key(1, ADA), 8, "краще")
    assert faults(store) == []
    change(store, key(1, ADA), 9)
    change(store, key(1, LEV), 12)
    assert faults(store) == []
    erase(store, key(1, ADA), key(3, ADA))
    assert faults(store) == []
    erase(store, key(2, ADA), key(1, LEV), key(2, LEV))
    assert faults(store) == []


def test_what_replaces_a_poured_mark_says_what_it_was(store: Store) -> None:
    poured(store)
    change(store, key(1, ADA), 8)
    change(store, key(1, ADA), 9)
    change(store, key(2, LEV), 1)

    first, second, third = (entry.writes[0] for entry in store.entries(SCHOOL, after=1))
    assert first.was is not None
    assert first.was["value"] == "7"
    assert first.was.keys() == first.fields.keys()
    comment = first.was["comment"]
    assert isinstance(comment, dict)
    assert comment.keys() == {"digest", "text"}
    assert (second.before, second.was) == (2, None)
    assert third.was is not None
    assert (third.before, third.was["value"], third.was["comment"]) == (1, "9", "")


def test_an_erased_mark_leaves_no_comment_and_says_what_it_was(
    kept_in_file: SqlStore, file: Path
) -> None:
    erase(kept_in_file, key(1, ADA))

    (write,) = kept_in_file.entries(SCHOOL)[-1].writes
    assert write.erased
    assert write.was is not None
    assert write.was["value"] == "7"
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    assert [word for word in ("старався", "молодець") if word in dump] == ["молодець"]


def test_the_history_of_a_poured_mark_begins_with_the_pour(store: Store) -> None:
    poured(store)
    assert steps(store, key(1, ADA)) == [(1, "poured", "7", "старався", 0)]

    change(store, key(1, ADA), 8, "краще")
    assert steps(store, key(1, ADA)) == [
        (2, "changed", "8", "краще", 1),
        (1, "poured", "7", "старався", 0),
    ]


def test_the_history_of_a_place_that_was_erased_and_poured_again(store: Store) -> None:
    poured(store)
    erase(store, key(1, ADA))
    poured(store, mark(1, ADA, 3, "знову"))
    assert steps(store, key(1, ADA)) == [(3, "poured", "3", "знову", 0)]
    assert faults(store) == []


def test_two_pours_before_an_event_are_one_entry(store: Store) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.marks.pour(MARKS_OF_TWO[:2])
        unit.marks.add(mark(9, YANA))
        unit.marks.pour(MARKS_OF_TWO[2:])
        unit.record(Poured())
    (entry,) = store.entries(SCHOOL)
    assert ([each.count for each in entry.poured], len(entry.writes)) == ([5], 1)
    change(store, key(9, YANA), 1)
    assert store.entries(SCHOOL)[-1].writes[0].was is None
    assert steps(store, key(9, YANA))[1:] == [(1, "poured", "7", "", 0)]
    assert faults(store) == []


def test_pouring_nothing_needs_no_event(store: Store) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        assert unit.marks.pour([]) == []
    assert store.entries(SCHOOL) == []


def test_a_pour_without_an_event_is_undone(store: Store) -> None:
    with pytest.raises(Unrecorded) as caught, store.school(SCHOOL, SYSTEM) as unit:
        unit.marks.pour(MARKS_OF_TWO)
    assert caught.value == Unrecorded(("mark",))
    with store.reading(SCHOOL, SYSTEM) as unit:
        assert list(unit.marks.all()) == []


def test_a_pour_onto_a_mark_that_stands_adds_none(store: Store) -> None:
    poured(store, mark(2, LEV))
    with store.school(SCHOOL, SYSTEM) as unit, pytest.raises(Duplicate):
        unit.marks.pour(MARKS_OF_TWO)
    assert len(store.entries(SCHOOL)) == 1
    assert faults(store) == []


def test_what_was_poured_since_the_last_event_is_neither_changed_nor_erased(store: Store) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        first, *_ = unit.marks.pour(MARKS_OF_TWO)
        for spoil in (
            lambda: unit.marks.save(first.changed(Grade(1), "", None, unit.now)),
            lambda: unit.marks.erase(first.key),
        ):
            with pytest.raises(Unrecorded) as caught:
                spoil()
            assert caught.value == Unrecorded(("mark",))
        with pytest.raises(Missing):
            unit.marks.save(evolve(mark(8, ADA), version=1))
        unit.record(Poured())
    assert faults(store) == []


def test_what_was_poured_and_recorded_in_the_same_unit_can_be_changed_and_erased(
    store: Store,
) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        kept = unit.marks.pour(MARKS_OF_TWO)
        unit.record(Poured())
        unit.marks.save(kept[1].changed(Grade(1), "", None, unit.now))
        unit.record(Changed())
        unit.marks.erase(kept[4].key)
        unit.record(Erased())
    assert [entry.event for entry in store.entries(SCHOOL)] == ["poured", "changed", "erased"]
    assert faults(store) == []


def test_a_version_that_is_not_the_poured_ones_is_stale(store: Store) -> None:
    kept = poured(store)
    now = change(store, key(2, LEV), 10)
    with pytest.raises(Stale) as caught:
        store.run(SCHOOL, SYSTEM, lambda unit: unit.marks.save(kept[0]))
    assert caught.value == Stale("mark", key(2, LEV), now)
    with pytest.raises(Stale):
        store.run(SCHOOL, SYSTEM, lambda unit: unit.marks.save(evolve(now, version=9)))
    assert faults(store) == []


def test_the_facts_of_a_pours_event_go_with_the_first_of_its_records(store: Store) -> None:
    poured(store, event=PouredFrom("з паперового журналу"))
    assert faults(store) == []
    change(store, key(2, ADA), 8)
    assert faults(store) == []
    erase(store, key(2, ADA))
    assert faults(store) == []
    erase(store, key(1, LEV))
    assert faults(store) == []


MARK_ROWS = "UPDATE ejournal_mark SET"
COPY = (
    "INSERT INTO ejournal_mark SELECT chain, journal, 8, pupil, day, value, comment, author,"
    " given_at, void, version FROM ejournal_mark"
)
AT = f"WHERE column = 1 AND pupil = {ADA}"


@pytest.mark.parametrize(
    "statement",
    [
        f"{MARK_ROWS} value = '12' {AT}",
        f"{MARK_ROWS} value = '13' {AT}",
        f"{MARK_ROWS} comment = 'ні' {AT}",
        f"{MARK_ROWS} day = NULL {AT}",
        f"{MARK_ROWS} author = 6 {AT}",
        f"{MARK_ROWS} author = 'x' {AT}",
        f"{MARK_ROWS} given_at = replace(given_at, ':30:', ':31:') {AT}",
        f"{MARK_ROWS} column = 7 {AT.replace('1', '2', 1)}",
        f"DELETE FROM ejournal_mark {AT.replace('1', '2', 1)}",
        f"{COPY} {AT.replace('1', '2', 1)}",
        "UPDATE ejournal_personal SET text = '\"ні\"' WHERE number = 1",
        "UPDATE ejournal_personal SET salt = 'f' WHERE number = 1",
        "UPDATE ejournal_personal SET number = 7 WHERE number = 1",
        "DELETE FROM ejournal_personal WHERE number = 1",
    ],
)
def test_a_poured_mark_that_is_not_as_it_was_is_found_by_its_pupil(
    kept_in_file: SqlStore, file: Path, statement: str
) -> None:
    tamper(file, statement)

    assert kept_in_file.verify(SCHOOL) == []
    found = kept_in_file.audit(SCHOOL)
    assert found[0] == ALTERED
    assert {each.flaw for each in found[1:]} <= {Flaw.TEXT}


def test_all_marks_of_a_pupil_gone_or_new_are_found(kept_in_file: SqlStore, file: Path) -> None:
    tamper(file, f"UPDATE ejournal_mark SET pupil = {YANA} WHERE pupil = {LEV}")

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.ABSENT, 1, f"mark pupil {spell_id(LEV)}"),
        Finding(Flaw.UNACCOUNTED, 1, f"mark pupil {spell_id(YANA)}"),
    ]


def test_a_version_that_no_pour_has_is_found_twice(kept_in_file: SqlStore, file: Path) -> None:
    tamper(file, f"UPDATE ejournal_mark SET version = 9 WHERE column = 2 AND pupil = {ADA}")

    spelled = canonical([spell_id(1), spell_id(2), spell_id(ADA)])
    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.UNACCOUNTED, 9, f"mark {spelled}"),
        ALTERED,
    ]
    with kept_in_file.reading(SCHOOL, SYSTEM) as unit, pytest.raises(Missing):
        next(unit.marks.history(key(2, ADA)))


def test_a_text_of_the_pour_that_belongs_to_no_mark_is_found(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(
        file,
        "INSERT INTO ejournal_personal SELECT chain, seq, 9, kind, '[]', field, salt, text"
        " FROM ejournal_personal WHERE number = 1",
    )
    assert kept_in_file.audit(SCHOOL) == [Finding(Flaw.TEXT, 1, "mark [] comment")]


def test_an_erased_poured_mark_that_is_back_is_found(kept_in_file: SqlStore, file: Path) -> None:
    database = sqlite3.connect(file)
    (row,) = database.execute(f"SELECT * FROM ejournal_mark {AT}").fetchall()
    database.close()
    erase(kept_in_file, key(1, ADA))
    database = sqlite3.connect(file)
    with database:
        database.execute(f"INSERT INTO ejournal_mark VALUES ({', '.join('?' * len(row))})", row)
    database.close()

    assert kept_in_file.audit(SCHOOL) == [ALTERED]


def test_a_mark_altered_before_it_was_replaced_is_found_for_ever(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, f"{MARK_ROWS} value = '12' {AT}")
    change(kept_in_file, key(1, ADA), 8)
    assert kept_in_file.audit(SCHOOL) == [ALTERED]


def test_a_comment_lost_before_its_mark_was_replaced_is_found_for_ever(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, "DELETE FROM ejournal_personal WHERE number = 1")
    change(kept_in_file, key(1, ADA), 8)
    assert kept_in_file.audit(SCHOOL) == [ALTERED]
    assert steps(kept_in_file, key(1, ADA))[1] == (1, "poured", "7", None, 0)


@pytest.mark.parametrize("forged", [{2: 2}, {0: "absence"}, {4: None}])
def test_a_write_that_does_not_follow_its_pour_is_found(
    kept_in_file: SqlStore, file: Path, forged: dict[int, object]
) -> None:
    change(kept_in_file, key(2, ADA), 8)
    with sqlite3.connect(file) as database:
        (body,) = database.execute("SELECT body FROM ejournal_entry WHERE seq = 2").fetchone()
        entry = json.loads(body)
        (write,) = entry["writes"]
        entry["writes"] = [[forged.get(place, part) for place, part in enumerate(write)]]
        changed = "UPDATE ejournal_entry SET body = ? WHERE seq = 2"
        database.execute(changed, (canonical(entry),))
    database.close()

    found = kept_in_file.audit(SCHOOL)
    assert (found[0].flaw, found[0].seq) == (Flaw.UNLINKED, 2)
    assert ALTERED in found


def test_a_pour_that_cannot_be_read_is_an_entry_that_cannot(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(
        file, "UPDATE ejournal_entry SET body = replace(body, '\"poured\":[[', '\"poured\":[1,[')"
    )
    found = kept_in_file.audit(SCHOOL)
    assert (found[0].flaw, found[0].seq) == (Flaw.UNREADABLE, 1)
    assert len([each for each in found if each.flaw is Flaw.UNACCOUNTED]) == 5


def test_a_change_after_which_the_pour_is_no_more_said_has_no_first_step(
    kept_in_file: SqlStore, file: Path
) -> None:
    change(kept_in_file, key(2, ADA), 8)
    said = f'"{spell_id(ADA)}":"'
    forged = f'"{spell_id(YANA)}":"'
    tamper(file, f"UPDATE ejournal_entry SET body = replace(body, '{said}', '{forged}')")
    with kept_in_file.reading(SCHOOL, SYSTEM) as unit:
        history = unit.marks.history(key(2, ADA))
        assert next(history).seq == 2
        with pytest.raises(Missing) as caught:
            next(history)
    assert caught.value == Missing("entry", (1, "mark"))


def release(monkeypatch: pytest.MonkeyPatch, phase: Phase, change: Change) -> None:
    """Be a release whose last step made that change."""
    later = (*STEPS, Step(len(STEPS) + 1, "made up", phase, (change,)))
    for module in (proof, pouring):
        monkeypatch.setattr(module, "STEPS", later)


def retell(file: Path, *names: str) -> None:
    """Make the pour one of a release whose marks had those fields."""
    shape = shape_of(MARKS)
    rows = sorted(map(shape.row, MARKS_OF_TWO))
    known = [name for name in names if name in shape.told]
    lines: dict[str, str] = {spell_id(ADA): "", spell_id(LEV): ""}
    for row, text in zip(rows, shape.lines(known, rows, lambda *_: '""'), strict=True):
        lines[spell_id(int(str(row[2])))] += f"{text}\n"
    digests = {who: hashlib.sha256(text.encode()).hexdigest() for who, text in lines.items()}
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM ejournal_personal")
        database.execute("UPDATE ejournal_mark SET comment = ''")
        (body,) = database.execute("SELECT body FROM ejournal_entry WHERE seq = 1").fetchone()
        entry = json.loads(body)
        entry["poured"] = [["mark", len(rows), digests, list(names)]]
        database.execute("UPDATE ejournal_entry SET body = ?", (canonical(entry),))
    database.close()


AUTHOR = NewField("mark", Slot("author", Kind.INTEGER, optional=True), 5)
TOLD = shape_of(MARKS).told
WITHOUT_AUTHOR = [name for name in TOLD if name != "author"]


def test_a_field_that_is_younger_than_a_pour_reads_as_its_step_says(
    kept_in_file: SqlStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retell(file, *WITHOUT_AUTHOR)
    assert {each.flaw for each in kept_in_file.audit(SCHOOL)} == {Flaw.ABSENT}

    release(monkeypatch, Phase.EXPAND, AUTHOR)
    assert kept_in_file.audit(SCHOOL) == []
    change(kept_in_file, key(2, LEV), 3)
    assert kept_in_file.audit(SCHOOL) == []
    (write,) = kept_in_file.entries(SCHOOL)[-1].writes
    assert write.was is not None
    assert sorted(write.was) == WITHOUT_AUTHOR
    tamper(file, f"UPDATE ejournal_mark SET author = 6 WHERE column = 2 AND pupil = {ADA}")
    assert kept_in_file.audit(SCHOOL) == [ALTERED]


def test_of_a_pour_with_a_field_that_is_gone_only_whose_marks_it_has_is_checked(
    kept_in_file: SqlStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    retell(file, *TOLD, "weight")
    assert {each.flaw for each in kept_in_file.audit(SCHOOL)} == {Flaw.ABSENT}

    release(monkeypatch, Phase.CONTRACT, DropField("mark", "weight"))
    tamper(file, f"UPDATE ejournal_mark SET value = '1' WHERE pupil = {LEV}")
    assert kept_in_file.audit(SCHOOL) == []
    tamper(file, f"DELETE FROM ejournal_mark WHERE pupil = {LEV}")
    assert kept_in_file.audit(SCHOOL) == [Finding(Flaw.ABSENT, 1, f"mark pupil {spell_id(LEV)}")]


def test_verbal_and_other_values_are_poured_too(store: Store) -> None:
    poured(
        store,
        evolve(mark(1, ADA), value=Level.HIGH, day=None, author=None),
        evolve(mark(2, ADA), value=Sign.VERBAL, comment="Читає «без помилок»\n\\"),
    )
    assert faults(store) == []
    change(store, key(2, ADA), 8)
    assert faults(store) == []
