from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from stores import MONDAY, Clock, opened_sql

from ejournal.adapters.sql import SqlStore
from ejournal.errors import Invalid, Unreadable
from ejournal.ids import ColumnId, JournalId, PupilId, SchoolId, StaffId, spell_id
from ejournal.model.access import System
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.ledger import (
    GENESIS,
    Entry,
    Event,
    Finding,
    Flaw,
    Head,
    Seal,
    Spelled,
    canonical,
    chained,
    sealed,
    verified,
)
from ejournal.model.marks import Grade, Level
from ejournal.model.people import Pupil
from ejournal.ports import Outcome

SCHOOL = SchoolId(77)
SYSTEM = System("test")
KEY = MarkKey(JournalId(1), ColumnId(2), PupilId(3))
ORACLE = Path(__file__).parent / "oracles" / "canonical.js"


@frozen
class Noted(Event):
    name: ClassVar[str] = "noted"


def mark(column: int = 2, points: int = 7) -> Mark:
    return Mark(
        KEY.journal,
        ColumnId(column),
        KEY.pupil,
        date(2026, 9, 7),
        Grade(points),
        "старався",
        StaffId(5),
        MONDAY,
    )


def mark_key(column: int) -> str:
    return canonical([spell_id(1), spell_id(column), spell_id(3)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def store(file: Path, clock: Clock) -> Iterator[SqlStore]:
    with opened_sql(file, clock) as opened:
        yield opened


@pytest.fixture
def five(store: SqlStore) -> SqlStore:
    """A school with a ledger of five entries, each one mark in a column of its own."""
    for column in range(11, 16):
        with store.school(SCHOOL, SYSTEM) as unit:
            unit.marks.add(mark(column))
            unit.record(Noted())
    return store


def tamper(file: Path, *statements: tuple[str, tuple[Any, ...]]) -> None:
    with sqlite3.connect(file) as database:
        for statement, values in statements:
            changed = database.execute(statement, values).rowcount
            assert changed >= 1, statement
    database.close()


def bodies(file: Path) -> dict[int, tuple[str, str]]:
    database = sqlite3.connect(file)
    rows = database.execute("SELECT seq, body, hash FROM ejournal_entry WHERE chain = 77")
    found = {seq: (body, hashed) for seq, body, hashed in rows}
    database.close()
    return found


def rehashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_untouched_ledger_has_no_findings(five: SqlStore) -> None:
    assert five.verify(SCHOOL, five.seal(SCHOOL)) == []
    assert five.audit(SCHOOL) == []
    assert five.heads()[SCHOOL].seq == 5


def test_an_edited_entry_is_found_at_its_number(five: SqlStore, file: Path) -> None:
    body, _ = bodies(file)[3]
    tamper(
        file,
        (
            "UPDATE ejournal_entry SET body = ? WHERE chain = 77 AND seq = 3",
            (body.replace("noted", "never"),),
        ),
    )

    assert five.verify(SCHOOL) == [Finding(Flaw.EDITED, 3)]


def test_an_edited_entry_with_its_own_hash_mended_breaks_the_link_after_it(
    five: SqlStore, file: Path
) -> None:
    text = bodies(file)[3][0].replace("noted", "never")
    tamper(
        file,
        (
            "UPDATE ejournal_entry SET body = ?, hash = ? WHERE chain = 77 AND seq = 3",
            (text, rehashed(text)),
        ),
    )

    assert five.verify(SCHOOL) == [Finding(Flaw.UNLINKED, 4)]


def test_a_removed_entry_is_found_as_a_gap(five: SqlStore, file: Path) -> None:
    tamper(file, ("DELETE FROM ejournal_entry WHERE chain = 77 AND seq = 2", ()))

    assert five.verify(SCHOOL) == [Finding(Flaw.GAP, 2, "entry 3 follows 1")]


def test_an_inserted_entry_is_found(five: SqlStore, file: Path) -> None:
    tamper(
        file,
        ("UPDATE ejournal_entry SET seq = seq + 100 WHERE chain = 77 AND seq >= 4", ()),
        ("UPDATE ejournal_entry SET seq = seq - 99 WHERE chain = 77 AND seq >= 100", ()),
        (
            (
                "INSERT INTO ejournal_entry (chain, seq, at, event, hash, body)"
                " SELECT chain, 4, at, event, hash, body FROM ejournal_entry"
                " WHERE chain = 77 AND seq = 2"
            ),
            (),
        ),
    )

    assert five.verify(SCHOOL) == [
        Finding(Flaw.REORDERED, 4, "it was written as 2"),
        Finding(Flaw.UNLINKED, 4),
        Finding(Flaw.REORDERED, 5, "it was written as 4"),
        Finding(Flaw.UNLINKED, 5),
        Finding(Flaw.REORDERED, 6, "it was written as 5"),
        Finding(Flaw.CUT, 7, "the head says 5"),
    ]


def test_two_swapped_entries_are_found_where_they_stand(five: SqlStore, file: Path) -> None:
    tamper(
        file,
        ("UPDATE ejournal_entry SET seq = 99 WHERE chain = 77 AND seq = 2", ()),
        ("UPDATE ejournal_entry SET seq = 2 WHERE chain = 77 AND seq = 3", ()),
        ("UPDATE ejournal_entry SET seq = 3 WHERE chain = 77 AND seq = 99", ()),
    )

    assert five.verify(SCHOOL) == [
        Finding(Flaw.REORDERED, 2, "it was written as 3"),
        Finding(Flaw.UNLINKED, 2),
        Finding(Flaw.REORDERED, 3, "it was written as 2"),
        Finding(Flaw.UNLINKED, 3),
        Finding(Flaw.UNLINKED, 4),
    ]


def rewrite_from(file: Path, first: int, edit: Callable[[dict[str, Any]], None]) -> None:
    """Edit an entry and re-hash it and all later ones and the head, as a forger would."""
    chain = bodies(file)
    previous = GENESIS if first == 1 else chain[first - 1][1]
    changes: list[tuple[str, tuple[Any, ...]]] = []
    for seq in range(first, len(chain) + 1):
        fields = json.loads(chain[seq][0])
        if seq == first:
            edit(fields)
        fields["previous"] = previous
        text = canonical(fields)
        previous = rehashed(text)
        changes.append(
            (
                "UPDATE ejournal_entry SET body = ?, hash = ? WHERE chain = 77 AND seq = ?",
                (text, previous, seq),
            )
        )
    changes.append(("UPDATE ejournal_head SET hash = ? WHERE chain = 77", (previous,)))
    tamper(file, *changes)


def to_twelve(fields: dict[str, Any]) -> None:
    fields["writes"][0][3]["value"] = "12"


def test_a_chain_rewritten_to_its_end_is_found_by_a_seal(five: SqlStore, file: Path) -> None:
    seal = five.seal(SCHOOL)
    rewrite_from(file, 3, to_twelve)

    assert five.verify(SCHOOL) == []
    assert five.verify(SCHOOL, seal) == [Finding(Flaw.REWRITTEN, 5, "differs from the seal")]


def test_a_chain_rewritten_to_its_end_no_longer_agrees_with_the_tables(
    five: SqlStore, file: Path
) -> None:
    rewrite_from(file, 3, to_twelve)

    assert five.audit(SCHOOL) == [Finding(Flaw.ALTERED, 3, f"mark {mark_key(13)}")]


def test_a_cut_tail_is_found_by_the_head(five: SqlStore, file: Path) -> None:
    tamper(file, ("DELETE FROM ejournal_entry WHERE chain = 77 AND seq > 3", ()))

    assert five.verify(SCHOOL) == [Finding(Flaw.CUT, 4, "the head says 5")]


def test_a_tail_cut_together_with_the_head_is_found_by_a_seal(five: SqlStore, file: Path) -> None:
    seal = five.seal(SCHOOL)
    tamper(
        file,
        ("DELETE FROM ejournal_entry WHERE chain = 77 AND seq > 3", ()),
        ("UPDATE ejournal_head SET seq = 3, hash = ? WHERE chain = 77", (bodies(file)[3][1],)),
    )

    assert five.verify(SCHOOL) == []
    assert five.verify(SCHOOL, seal) == [Finding(Flaw.CUT, 5, "differs from the seal")]


def test_a_chain_that_is_gone_is_found_by_a_seal(five: SqlStore, file: Path) -> None:
    seal = five.seal(SCHOOL)
    tamper(
        file,
        ("DELETE FROM ejournal_entry WHERE chain = 77", ()),
        ("DELETE FROM ejournal_head WHERE chain = 77", ()),
    )

    assert five.verify(SCHOOL) == []
    assert five.verify(SCHOOL, seal) == [Finding(Flaw.CUT, 5, "differs from the seal")]


def test_a_seal_of_another_school_proves_nothing_here(five: SqlStore) -> None:
    assert five.verify(SCHOOL, Seal(SchoolId(78), 5, "0" * 64)) == []


ROW = 'chain = 77 AND "column" = 12'


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (f"UPDATE ejournal_mark SET value = '12' WHERE {ROW}", Flaw.ALTERED),
        (f"UPDATE ejournal_mark SET day = '2026-09-08' WHERE {ROW}", Flaw.ALTERED),
        (f"UPDATE ejournal_mark SET author = 6 WHERE {ROW}", Flaw.ALTERED),
        (f"UPDATE ejournal_mark SET comment = 'лінувався' WHERE {ROW}", Flaw.ALTERED),
        (f"UPDATE ejournal_mark SET version = 1 WHERE {ROW}", Flaw.ALTERED),
        (f"UPDATE ejournal_mark SET value = 'пять' WHERE {ROW}", Flaw.ALTERED),
        (f"DELETE FROM ejournal_mark WHERE {ROW}", Flaw.ABSENT),
        ("UPDATE ejournal_personal SET text = '\"інше\"' WHERE seq = 2", Flaw.ALTERED),
        ("UPDATE ejournal_personal SET salt = 'f' WHERE seq = 2", Flaw.ALTERED),
        ("DELETE FROM ejournal_personal WHERE seq = 2", Flaw.ALTERED),
    ],
)
def test_an_altered_row_is_found_with_the_entry_that_wrote_it(
    five: SqlStore, file: Path, statement: str, finding: Flaw
) -> None:
    tamper(file, (statement, ()))

    assert five.verify(SCHOOL) == []
    assert five.audit(SCHOOL) == [Finding(finding, 2, f"mark {mark_key(12)}")]


def test_a_row_that_no_entry_wrote_is_found(five: SqlStore, file: Path) -> None:
    tamper(
        file,
        (
            (
                "INSERT INTO ejournal_mark SELECT chain, journal, 99, pupil, day, value, comment,"
                f" author, given_at, void, version FROM ejournal_mark WHERE {ROW}"
            ),
            (),
        ),
    )

    assert five.audit(SCHOOL) == [Finding(Flaw.UNACCOUNTED, 2, f"mark {mark_key(99)}")]


def test_a_forged_history_of_one_record_is_found(five: SqlStore, file: Path) -> None:
    with five.school(SCHOOL, SYSTEM) as unit:
        first = unit.marks.get(MarkKey(KEY.journal, ColumnId(11), KEY.pupil))
        unit.marks.save(first.changed(Grade(9), "", StaffId(5), unit.now))
        unit.record(Noted())

    def forget(fields: dict[str, Any]) -> None:
        fields["writes"][0][2] = 0

    rewrite_from(file, 6, forget)

    assert five.audit(SCHOOL) == [Finding(Flaw.UNLINKED, 6, f"mark {mark_key(11)}")]


def test_the_history_of_a_record_is_read_back_newest_first(five: SqlStore) -> None:
    key = MarkKey(KEY.journal, ColumnId(11), KEY.pupil)
    with five.school(SCHOOL, SYSTEM) as unit:
        first = unit.marks.get(key)
        unit.marks.save(first.changed(Level.HIGH, "краще", StaffId(6), unit.now))
        unit.record(Noted())

    with five.reading(SCHOOL, SYSTEM) as unit:
        story = [
            (step.seq, step.before, step.actor, step.fields["value"], step.fields["comment"])
            for step in unit.marks.history(key)
        ]

    assert story == [
        (6, 1, {"system": "test"}, "high", "краще"),
        (1, 0, {"system": "test"}, "7", "старався"),
    ]


def test_personal_text_stands_in_no_entry(five: SqlStore, file: Path) -> None:
    with five.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.add(Pupil(PupilId(unit.new_id()), PersonName("Мельник", "Соломія", "")))
        unit.record(Noted())

    stored = "".join(body for body, _ in bodies(file).values())
    assert [word for word in ("Мельник", "Соломія", "старався") if word in stored] == []


@given(place=st.integers(min_value=0), letter=st.characters(codec="utf-8"))
def test_any_changed_character_of_a_stored_entry_is_found(place: int, letter: str) -> None:
    entry = Entry(SCHOOL, 1, MONDAY, {"system": "т"}, "noted", {"a": 1}, (), GENESIS, "")
    text, hashed = chained(entry)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    found = list(verified(SCHOOL, [(1, changed, hashed)], Head(1, hashed)))

    assert found == ([] if changed == text else [Finding(Flaw.EDITED, 1)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"chain":1}',
        "[" * 100_000,
        chained(Entry(SCHOOL, 1, MONDAY, {}, "n", {}, (), GENESIS, ""))[0].replace(
            spell_id(SCHOOL), "not an id"
        ),
    ],
)
def test_text_that_is_no_entry_is_found_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        sealed(text, "")
    hashed = rehashed(text)
    found = list(verified(SCHOOL, [(1, text, hashed)], Head(1, hashed)))
    assert [(finding.flaw, finding.seq) for finding in found] == [(Flaw.UNREADABLE, 1)]


def test_an_entry_of_another_school_is_found_here() -> None:
    text, hashed = chained(Entry(SchoolId(5), 1, MONDAY, {}, "n", {}, (), GENESIS, ""))

    assert list(verified(SCHOOL, [(1, text, hashed)], Head(1, hashed))) == [
        Finding(Flaw.REORDERED, 1, "it was written in chain 5")
    ]


def test_an_entry_is_read_back_as_it_was_written() -> None:
    entry = Entry(
        SCHOOL,
        1,
        MONDAY,
        {"system": "т"},
        "noted",
        {"a": ["1", None, True]},
        (),
        GENESIS,
        "",
        "key-1",
        ("mark", ("1",)),
    )
    text, hashed = chained(entry)

    read = sealed(text, hashed)
    assert chained(read) == (text, hashed)
    assert (read.chain, read.seq, read.at, read.once, read.result) == (
        SCHOOL,
        1,
        MONDAY,
        "key-1",
        ("mark", ("1",)),
    )


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**63])
def test_a_number_that_a_double_cannot_hold_is_refused(number: int) -> None:
    with pytest.raises(Invalid, match="out of range"):
        canonical({"a": [number]})


@pytest.mark.parametrize("value", [["\ud800"], {"ї": 1}])
def test_text_that_is_not_unicode_and_names_beyond_ascii_are_refused(value: Spelled) -> None:
    with pytest.raises(Invalid, match="letters"):
        canonical(value)


def test_canonical_text_is_what_an_independent_speller_writes() -> None:
    if shutil.which("node") is None and "CI" not in os.environ:
        pytest.skip("node is not here to compare with")
    draw = random.Random(8785)
    letters = 'aAїЇґ"\\/\b\f\n\r\t\u0000\u001f\u007f\u2028\u2029é\ufffd\U0001f393zZ0'

    def word() -> str:
        return "".join(draw.choices(letters, k=draw.randrange(6)))

    def value(depth: int) -> Spelled:
        kind = draw.randrange(6 if depth else 4)
        if kind == 4:
            return [value(depth - 1) for _ in range(draw.randrange(4))]
        if kind == 5:
            names = [word().encode("ascii", "ignore").decode() for _ in range(draw.randrange(4))]
            return {name: value(depth - 1) for name in names}
        return (word(), draw.randrange(-(2**53) + 1, 2**53), None, draw.random() < 0.5)[kind]

    items = [value(3) for _ in range(2_000)]
    asked = json.dumps(items)
    answer = subprocess.run(
        ["node", str(ORACLE)], input=asked, capture_output=True, text=True, check=True
    )

    assert [canonical(item) for item in items] == json.loads(answer.stdout)


def test_outcomes_are_not_spelled_by_accident() -> None:
    with pytest.raises(TypeError):
        canonical({"a": Outcome.SENT})  # type: ignore[dict-item]  # what is being refused


def test_an_entry_with_which_nothing_was_poured_says_nothing_of_it() -> None:
    entry = Entry(SCHOOL, 1, datetime(2026, 9, 7, tzinfo=UTC), {}, "noted", {}, (), "", "")
    assert set(json.loads(chained(entry)[0])) == {
        *("format", "chain", "seq", "at", "actor", "event", "data"),
        *("writes", "previous", "once", "result"),
    }
