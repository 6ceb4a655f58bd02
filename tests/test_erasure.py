"""Personal text goes with the person's record; the chain verifies, and nothing else may go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest
from attrs import field, frozen
from stores import MONDAY, Clock, opened_sql

from ejournal.adapters.sql import SqlStore
from ejournal.errors import Missing, ReadOnly, Unrecorded
from ejournal.ids import (
    REGISTRY,
    ColumnId,
    GrantId,
    InvitationId,
    JournalId,
    PupilId,
    SchoolId,
    StaffId,
    spell_id,
)
from ejournal.model.access import Invitation, System, Throttle
from ejournal.model.declaration import PERSONAL
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.ledger import Erased, Event, Finding, Flaw, Write, canonical
from ejournal.model.marks import Grade
from ejournal.model.people import Pupil
from ejournal.store import SchoolUnit, Store

SCHOOL = SchoolId(77)
SYSTEM = System("test")
SOLOMIIA = PupilId(301)
TARAS = PupilId(302)
COPY = (
    "INSERT INTO ejournal_personal SELECT chain, seq, 9, kind, record, field, salt, text"
    " FROM ejournal_personal WHERE seq = 1 AND number = 1"
)


@frozen
class Renamed(Event):
    name: ClassVar[str] = "pupil-renamed"
    reason: str = field(metadata=PERSONAL)


def kept(store: Store, *pupils: Pupil, reason: str) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        for pupil in pupils:
            unit.pupils.save(pupil) if pupil.version else unit.pupils.add(pupil)
        unit.record(Renamed(reason))


def two_pupils(store: Store) -> None:
    """Lay down three entries: a pupil, the same one renamed, and another one."""
    kept(store, Pupil(SOLOMIIA, PersonName("Мельник", "Соломія", "")), reason="зарахування")
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.save(unit.pupils.get(SOLOMIIA).renamed(PersonName("Гнатюк", "Соломія", "")))
        unit.record(Renamed("удочеріння"))
    kept(store, Pupil(TARAS, PersonName("Швець", "Тарас", "")), reason="переїзд")


def erase(store: Store, pupil: PupilId = SOLOMIIA) -> None:
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.erase(pupil)
        unit.record(Erased())


def record_of(pupil: PupilId) -> str:
    return f"pupil {canonical([spell_id(pupil)])}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def kept_in_file(file: Path, clock: Clock) -> Iterator[SqlStore]:
    with opened_sql(file, clock) as opened:
        two_pupils(opened)
        yield opened


def every_row(file: Path) -> str:
    with sqlite3.connect(file) as database:
        dump = "\n".join(database.iterdump())
    database.close()
    return dump


def tamper(file: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(file) as database:
        assert database.execute(statement, values).rowcount >= 1
    database.close()


def test_an_erased_pupil_leaves_the_chain_whole_and_nothing_to_audit(store: Store) -> None:
    two_pupils(store)
    seal = store.seal(SCHOOL)
    erase(store)

    assert store.verify(SCHOOL, seal) == []
    assert store.audit(SCHOOL) == []
    with store.reading(SCHOOL, SYSTEM) as unit:
        assert [pupil.id for pupil in unit.pupils.all()] == [TARAS]
        with pytest.raises(Missing) as caught:
            next(unit.pupils.history(SOLOMIIA))
    assert caught.value == Missing("pupil", (SOLOMIIA,))


def test_erasure_is_an_entry_that_leaves_the_record_without_fields(store: Store) -> None:
    two_pupils(store)
    erase(store)

    entry = store.entries(SCHOOL)[-1]
    assert (entry.seq, entry.event, entry.data) == (4, "erased", {})
    assert entry.writes == (Write("pupil", (spell_id(SOLOMIIA),), 2, {}),)
    assert [write.erased for each in store.entries(SCHOOL) for write in each.writes] == [
        False,
        False,
        False,
        True,
    ]


def test_erased_text_stands_in_no_row_and_that_of_others_stays(
    kept_in_file: SqlStore, file: Path
) -> None:
    words = ("Мельник", "Гнатюк", "Соломія", "зарахування", "удочеріння", "Швець", "переїзд")
    assert [word for word in words if word not in every_row(file)] == []

    erase(kept_in_file)

    assert [word for word in words if word in every_row(file)] == ["Швець", "переїзд"]


def test_the_facts_of_an_event_go_with_the_first_of_its_records(store: Store) -> None:
    pupils = [Pupil(PupilId(n), PersonName("Швець", "Тарас", "")) for n in (401, 402)]
    kept(store, *pupils, reason="близнюки")
    erase(store, PupilId(401))
    assert store.audit(SCHOOL) == []
    erase(store, PupilId(402))
    assert store.audit(SCHOOL) == []


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        (
            "DELETE FROM ejournal_personal WHERE seq = 1 AND kind = 'pupil'",
            f"{record_of(SOLOMIIA)} name",
        ),
        (
            "UPDATE ejournal_personal SET text = '\"ні\"' WHERE seq = 1 AND kind = 'pupil'",
            f"{record_of(SOLOMIIA)} name",
        ),
        (
            "UPDATE ejournal_personal SET salt = 'f' WHERE seq = 1 AND kind = 'pupil'",
            f"{record_of(SOLOMIIA)} name",
        ),
        (
            "UPDATE ejournal_personal SET field = 'sex' WHERE seq = 1 AND kind = 'pupil'",
            f"{record_of(SOLOMIIA)} sex",
        ),
        (
            "DELETE FROM ejournal_personal WHERE seq = 1 AND kind = 'pupil-renamed'",
            "pupil-renamed [] reason",
        ),
        (
            "UPDATE ejournal_personal SET text = '1' WHERE seq = 1 AND kind = 'pupil-renamed'",
            "pupil-renamed [] reason",
        ),
        (
            COPY,
            f"{record_of(SOLOMIIA)} name",
        ),
    ],
)
def test_text_of_the_past_that_is_not_as_it_was_is_found(
    kept_in_file: SqlStore, file: Path, statement: str, finding: str
) -> None:
    tamper(file, statement)

    assert kept_in_file.verify(SCHOOL) == []
    assert kept_in_file.audit(SCHOOL) == [Finding(Flaw.TEXT, 1, finding)]


def test_a_record_that_went_without_an_entry_is_found_with_its_texts(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, "DELETE FROM ejournal_pupil WHERE id = 301")
    tamper(file, "DELETE FROM ejournal_personal WHERE seq <= 2")

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.TEXT, 1, "pupil-renamed [] reason"),
        Finding(Flaw.TEXT, 1, f"{record_of(SOLOMIIA)} name"),
        Finding(Flaw.TEXT, 2, "pupil-renamed [] reason"),
        Finding(Flaw.ABSENT, 2, record_of(SOLOMIIA)),
    ]


def test_an_erased_record_or_text_that_is_back_is_found(kept_in_file: SqlStore, file: Path) -> None:
    database = sqlite3.connect(file)
    (row,) = database.execute("SELECT * FROM ejournal_pupil WHERE id = 301").fetchall()
    texts = database.execute("SELECT * FROM ejournal_personal WHERE seq = 2").fetchall()
    database.close()
    erase(kept_in_file)

    tamper(file, f"INSERT INTO ejournal_pupil VALUES ({', '.join('?' * len(row))})", *row)
    for text in texts:
        tamper(file, f"INSERT INTO ejournal_personal VALUES ({', '.join('?' * len(text))})", *text)

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.TEXT, 2, f"{record_of(SOLOMIIA)} name"),
        Finding(Flaw.TEXT, 2, "pupil-renamed [] reason"),
        Finding(Flaw.UNACCOUNTED, 2, record_of(SOLOMIIA)),
    ]


def test_erasure_without_an_event_is_undone(store: Store) -> None:
    two_pupils(store)
    with pytest.raises(Unrecorded), store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.erase(SOLOMIIA)

    assert store.audit(SCHOOL) == []
    with store.reading(SCHOOL, SYSTEM) as unit:
        assert unit.pupils.get(SOLOMIIA).name == PersonName("Гнатюк", "Соломія", "")


def test_what_was_recorded_in_the_same_unit_can_be_erased(store: Store) -> None:
    two_pupils(store)
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.save(unit.pupils.get(SOLOMIIA).renamed(PersonName("Гук", "Соломія", "")))
        unit.record(Renamed("помилка"))
        unit.pupils.erase(SOLOMIIA)
        unit.pupils.erase(TARAS)
        unit.record(Erased())

    assert store.verify(SCHOOL) == []
    assert store.audit(SCHOOL) == []
    assert [entry.event for entry in store.entries(SCHOOL)] == [
        "pupil-renamed",
        "pupil-renamed",
        "pupil-renamed",
        "pupil-renamed",
        "erased",
    ]


def test_what_was_written_since_the_last_event_cannot_be_erased(store: Store) -> None:
    two_pupils(store)
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.save(unit.pupils.get(TARAS))
        with pytest.raises(Unrecorded) as caught:
            unit.pupils.erase(TARAS)
        unit.record(Renamed("помилка"))
    assert store.audit(SCHOOL) == []
    assert caught.value == Unrecorded(("pupil",))


def test_nothing_takes_an_erased_place_before_the_erasure_is_recorded(store: Store) -> None:
    two_pupils(store)
    with store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.erase(TARAS)
        unit.record(Erased())
        unit.pupils.erase(SOLOMIIA)
        with pytest.raises(Unrecorded) as caught:
            unit.pupils.add(Pupil(SOLOMIIA, PersonName("Швець", "Тарас", "")))
        unit.record(Erased())
    assert store.audit(SCHOOL) == []
    assert caught.value == Unrecorded(("pupil",))


def test_an_erased_place_can_be_taken_and_erased_again(store: Store) -> None:
    two_pupils(store)
    erase(store)
    kept(store, Pupil(SOLOMIIA, PersonName("Гнатюк", "Соломія", "")), reason="повернення")
    assert store.audit(SCHOOL) == []
    with store.reading(SCHOOL, SYSTEM) as unit:
        assert [step.seq for step in unit.pupils.history(SOLOMIIA)] == [5]

    erase(store)
    assert store.audit(SCHOOL) == []
    assert store.verify(SCHOOL) == []


def test_there_must_be_something_to_erase_and_a_unit_that_writes(store: Store) -> None:
    two_pupils(store)
    with pytest.raises(Missing), store.school(SCHOOL, SYSTEM) as unit:
        unit.pupils.erase(PupilId(999))
    with pytest.raises(ReadOnly), store.reading(SCHOOL, SYSTEM) as unit:
        unit.pupils.erase(TARAS)


def test_a_record_outside_the_ledger_goes_without_an_entry(store: Store) -> None:
    with store.housekeeping(SYSTEM) as unit:
        unit.throttles.add(Throttle("olena@example.com", 1, MONDAY))
    with store.housekeeping(SYSTEM) as unit:
        unit.throttles.erase("olena@example.com")
    with store.housekeeping(SYSTEM) as unit:
        assert unit.throttles.find("olena@example.com") is None
    assert store.entries(REGISTRY) == []


def test_repeating_a_call_whose_result_was_erased_finds_it_missing(store: Store) -> None:
    def enrol(unit: SchoolUnit) -> Pupil:
        made = unit.pupils.add(Pupil(TARAS, PersonName("Швець", "Тарас", "")))
        unit.record(Renamed("переїзд"))
        return made

    store.run_once("key-1", SCHOOL, SYSTEM, enrol)
    erase(store, TARAS)
    with pytest.raises(Missing) as caught:
        store.run_once("key-1", SCHOOL, SYSTEM, enrol)
    assert caught.value == Missing("pupil", (TARAS,))


def test_an_edited_column_that_is_derived_from_a_field_is_found(
    kept_in_file: SqlStore, file: Path
) -> None:
    with kept_in_file.school(SCHOOL, SYSTEM) as unit:
        unit.invitations.add(
            Invitation(
                InvitationId(501),
                GrantId(502),
                PersonName("Коваль", "Олена", ""),
                Email("Olena@example.com"),
                1,
                MONDAY + timedelta(days=14),
            )
        )
        unit.record(Renamed("запрошення"))
    assert kept_in_file.audit(SCHOOL) == []

    tamper(file, "UPDATE ejournal_invitation SET folded_address = 'other@example.com'")

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.ALTERED, 4, f"invitation {canonical([spell_id(501)])}")
    ]


@pytest.mark.parametrize("change", ["at = '2026-01-01 00:00:00'", "event = 'x'", "once = 'x'"])
def test_an_edited_column_beside_an_entrys_text_is_found(
    kept_in_file: SqlStore, file: Path, change: str
) -> None:
    tamper(file, f"UPDATE ejournal_entry SET {change} WHERE seq = 2")

    assert kept_in_file.audit(SCHOOL) == [Finding(Flaw.ALTERED, 2, "entry")]


def test_an_entry_that_cannot_be_read_does_not_stop_the_audit(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, "UPDATE ejournal_entry SET body = 'null' WHERE seq = 3")

    assert [(found.flaw, found.seq) for found in kept_in_file.audit(SCHOOL)] == [
        (Flaw.UNREADABLE, 3),
        (Flaw.TEXT, 3),
        (Flaw.TEXT, 3),
        (Flaw.UNACCOUNTED, 3),
    ]


def test_a_digest_that_names_no_number_promises_no_text(kept_in_file: SqlStore, file: Path) -> None:
    tamper(
        file,
        'UPDATE ejournal_entry SET body = replace(body, \'"text":1\', \'"text":"x"\')'
        " WHERE seq = 3",
    )

    assert [(found.flaw, found.seq) for found in kept_in_file.audit(SCHOOL)] == [
        (Flaw.TEXT, 3),
        (Flaw.ALTERED, 3),
    ]


JUNK = ["'x'", "''", "NULL", "-1", "1.5", "x'ff'", "'null'", "'[]'", "'\"a\"'", "'[[[['", "9e99"]


@pytest.mark.parametrize("column", ["value", "comment", "author", "day", "given_at", "version"])
def test_whatever_lies_in_a_marks_column_the_audit_says_which_mark(
    kept_in_file: SqlStore, file: Path, column: str
) -> None:
    key = MarkKey(JournalId(1), ColumnId(2), TARAS)
    given = Mark(*key, MONDAY.date(), Grade(7), "", StaffId(5), MONDAY)
    with kept_in_file.school(SCHOOL, SYSTEM) as unit:
        unit.marks.add(given)
        unit.record(Renamed("оцінка"))
    altered = Finding(Flaw.ALTERED, 4, f"mark {canonical([spell_id(part) for part in key])}")

    found = {}
    for junk in JUNK:
        # A column that must hold something is let hold nothing: the file is its owner's.
        with sqlite3.connect(file) as database:
            database.execute(f"UPDATE OR IGNORE ejournal_mark SET {column} = {junk}")
            (stored,) = database.execute(f"SELECT {column} FROM ejournal_mark").fetchone()
        database.close()
        found[junk] = (stored, kept_in_file.audit(SCHOOL))

    as_it_was = {"comment": "", "value": "7"}.get(column)
    assert [
        (junk, stored, findings)
        for junk, (stored, findings) in found.items()
        if findings != [altered] and stored != as_it_was
    ] == []


def test_a_row_whose_key_is_no_key_is_found(kept_in_file: SqlStore, file: Path) -> None:
    tamper(file, "UPDATE ejournal_pupil SET id = -1, version = 'x' WHERE id = 302")

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.UNACCOUNTED, -1, "pupil (-1,)"),
        Finding(Flaw.ABSENT, 3, record_of(TARAS)),
    ]


@pytest.mark.parametrize("junk", ["'x'", "x'ff'"])
def test_an_entry_whose_number_is_none_is_found(
    kept_in_file: SqlStore, file: Path, junk: str
) -> None:
    tamper(file, f"UPDATE ejournal_entry SET seq = {junk} WHERE seq = 3")

    assert kept_in_file.verify(SCHOOL) == [
        Finding(Flaw.GAP, 3, "entry -1 follows 2"),
        Finding(Flaw.REORDERED, -1, "it was written as 3"),
        Finding(Flaw.CUT, 0, "the head says 3"),
    ]
    assert kept_in_file.audit(SCHOOL) == [Finding(Flaw.ALTERED, -1, "entry")]


@pytest.mark.parametrize("junk", ["'x'", "x'ff'", "1.5"])
def test_a_head_whose_number_is_none_is_found(
    kept_in_file: SqlStore, file: Path, junk: str
) -> None:
    tamper(file, f"UPDATE ejournal_head SET seq = {junk}")

    assert kept_in_file.verify(SCHOOL) == [Finding(Flaw.CUT, 4, "the head says -1")]


def test_the_number_of_a_text_that_is_none_is_found(kept_in_file: SqlStore, file: Path) -> None:
    tamper(file, "UPDATE ejournal_personal SET seq = 'x' WHERE seq = 1 AND kind = 'pupil'")

    assert kept_in_file.audit(SCHOOL) == [
        Finding(Flaw.TEXT, -1, f"{record_of(SOLOMIIA)} name"),
        Finding(Flaw.TEXT, 1, f"{record_of(SOLOMIIA)} name"),
    ]


def test_a_history_with_a_gap_is_neither_told_nor_erased(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, "DELETE FROM ejournal_entry WHERE seq = 1")
    with kept_in_file.reading(SCHOOL, SYSTEM) as unit:
        steps = unit.pupils.history(SOLOMIIA)
        assert next(steps).seq == 2
        with pytest.raises(Missing) as caught:
            next(steps)
    assert caught.value == Missing("entry", (1,))
    with pytest.raises(Missing):
        erase(kept_in_file)


def test_a_version_that_leads_to_anothers_entry_has_no_history(
    kept_in_file: SqlStore, file: Path
) -> None:
    tamper(file, "UPDATE ejournal_pupil SET version = 3 WHERE id = 301")
    with kept_in_file.reading(SCHOOL, SYSTEM) as unit, pytest.raises(Missing) as caught:
        next(unit.pupils.history(SOLOMIIA))
    assert caught.value == Missing("entry", (3, "pupil"))
