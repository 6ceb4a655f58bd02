"""How rows stand as documents, and what becomes of documents that somebody else wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from adding import add_subject
from bson import SON, Int64, encode
from bson.codec_options import CodecOptions
from mongo_stores import (
    Documents,
    database,
    empty,
    furnished,
)

from ejournal.adapters.mongo import MongoStore
from ejournal.model.access import System
from ejournal.ports import as_text
from ejournal.store.tables import ENTRIES, ONCE
from ejournal.testing.storage.scene import (
    BINDINGS,
    DAY,
    MARKS,
    OTHER,
    SCHOOL,
    SUBJECTS,
    kept_rows,
    put,
    row_of,
    writing,
)

__all__ = ["database", "furnished"]

HOST = System("host")
NOON = datetime(2026, 9, 7, 9, tzinfo=UTC)


@pytest.fixture
def store(database: Documents) -> MongoStore:
    return MongoStore(database)


def test_a_row_stands_as_a_document_under_its_address(store: MongoStore) -> None:
    put(store, MARKS, row_of(MARKS, journal=5, column=6, pupil=2**62, author=9, day=DAY))

    (kept,) = store.database["ejournal_mark"].find()

    assert encode(kept) == encode(
        {
            "_id": {
                "chain": Int64(41),
                "journal": Int64(5),
                "column": Int64(6),
                "pupil": Int64(2**62),
            },
            "_v": 2,
            "author": Int64(9),
            "comment": "text",
            "day": "2026-09-07",
            "given_at": datetime(2026, 9, 7, 8, 30, tzinfo=UTC),
            "value": "text",
            "version": Int64(1),
            "void": False,
        }
    )


def test_a_field_without_a_value_is_left_out(store: MongoStore) -> None:
    put(store, MARKS, row_of(MARKS, column=1, day=None), row_of(MARKS, column=2, day=DAY))

    found = store.database["ejournal_mark"].find({"day": {"$exists": True}})
    assert [document["_id"]["column"] for document in found] == [2]


def test_the_codec_options_of_the_hosts_client_do_not_matter(furnished: Documents) -> None:
    hosts = furnished.with_options(codec_options=CodecOptions(document_class=SON, tz_aware=False))
    row = row_of(MARKS, pupil=8)
    store = MongoStore(hosts)
    put(store, MARKS, row)

    assert kept_rows(store, MARKS) == [row]
    (document,) = hosts["ejournal_mark"].find()
    assert isinstance(document, SON)
    assert document["given_at"].tzinfo is None
    empty(furnished)


@pytest.mark.parametrize(
    ("field", "damage"),
    [("version", "seven"), ("version", 7.5), ("day", "tomorrow"), ("day", 5)],
)
def test_what_is_no_value_of_its_slot_is_given_as_it_was_found(
    store: MongoStore, field: str, damage: object
) -> None:
    put(store, MARKS, row_of(MARKS))
    store.database["ejournal_mark"].update_one({}, {"$set": {field: damage}})

    with store.begin(writing=False) as transaction:
        ((_, row),) = transaction.select(MARKS, SCHOOL, None)
        counted = dict(transaction.tally(MARKS, SCHOOL, (field,)))
        spelled = list(transaction.spelled(MARKS, SCHOOL, (field,)))

    assert row[MARKS.place(field)] == damage
    assert (counted, spelled) == ({(damage,): 1}, [(str(damage),)])


def test_more_instants_than_are_remembered_are_spelled_alike(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = [NOON + timedelta(hours=number % 3) for number in range(6)]
    put(store, MARKS, *(row_of(MARKS, pupil=n, given_at=at) for n, at in enumerate(given)))
    monkeypatch.setattr("ejournal.adapters.mongo.documents._KEPT_INSTANTS", 1)
    with store.begin(writing=False) as transaction:
        spelled = list(transaction.spelled(MARKS, SCHOOL, ("given_at",)))
    assert spelled == [(as_text(at),) for at in given]


def test_an_instant_that_python_cannot_hold_is_found_by_an_audit_and_stops_no_other(
    store: MongoStore,
) -> None:
    put(store, MARKS, row_of(MARKS, pupil=1), row_of(MARKS, pupil=2))
    store.database["ejournal_mark"].update_one(
        {"_id.pupil": 1}, [{"$set": {"given_at": {"$toDate": 2**60}}}]
    )

    damaged, sound = kept_rows(store, MARKS)

    assert sound == row_of(MARKS, pupil=2)
    assert not isinstance(damaged[MARKS.place("given_at")], datetime)


def test_a_unique_group_with_nothing_in_it_collides_with_nobody(store: MongoStore) -> None:
    for _ in range(2):
        store.run(SCHOOL, HOST, add_subject)
    store.run_once("key", SCHOOL, HOST, add_subject)

    assert [entry.once for entry in store.entries(SCHOOL)] == [None, None, "key"]


def test_an_update_that_comes_too_late_is_told_so_before_whom_it_would_meet(
    store: MongoStore,
) -> None:
    taken, row = (row_of(BINDINGS, account=n, subject=str(n), version=5) for n in (1, 2))
    put(store, BINDINGS, taken, row)
    meeting = row_of(BINDINGS, account=2, subject="1")
    with writing(store) as transaction:
        assert not transaction.update(BINDINGS, SCHOOL, meeting, 4)
        assert transaction.update(BINDINGS, SCHOOL, row, 5)


def test_rows_without_a_version_are_never_replaced(store: MongoStore) -> None:
    row = row_of(ENTRIES)
    put(store, ENTRIES, row)
    with writing(store) as transaction:
        assert not transaction.update(ENTRIES, SCHOOL, row, 1)


def test_many_rows_are_compared_with_those_that_stand_between_them(store: MongoStore) -> None:
    put(store, SUBJECTS, *(row_of(SUBJECTS, id=number) for number in (5, 7)))
    put(store, SUBJECTS, *(row_of(SUBJECTS, id=number) for number in (4, 6, 8)))
    put(store, SUBJECTS, *(row_of(SUBJECTS, id=number) for number in (1, 2)))

    assert [row[0] for row in kept_rows(store, SUBJECTS)] == [1, 2, 4, 5, 6, 7, 8]


def test_all_schools_are_answered_from_behind_a_key(store: MongoStore) -> None:
    rows = [row_of(MARKS, journal=j, column=c, pupil=1) for j, c in ((1, 1), (1, 2), (2, 1))]
    for school in (OTHER, SCHOOL):
        put(store, MARKS, *rows, school=school)

    with store.begin(writing=False) as transaction:
        found = list(transaction.select(MARKS, None, None, after=(1, 1, 1)))

    assert found == [(SCHOOL, rows[1]), (OTHER, rows[1]), (SCHOOL, rows[2]), (OTHER, rows[2])]


def test_pages_of_several_journals_are_asked_for_at_once(store: MongoStore) -> None:
    rows = [row_of(MARKS, journal=j, column=c, pupil=1) for j in (1, 2, 3) for c in (1, 2)]
    put(store, MARKS, *rows)
    put(store, MARKS, row_of(MARKS, journal=1), school=OTHER)
    (of_journal,) = [lookup for lookup in MARKS.lookups if lookup.name == "journal"]

    with store.begin(writing=False) as transaction:
        found = list(transaction.select_each(MARKS, SCHOOL, of_journal, [3, 1, 9]))

    assert sorted(found, key=MARKS.rank) == [*rows[:2], *rows[4:]]


def test_what_an_index_passes_over_is_found_without_it(store: MongoStore) -> None:
    for _ in range(2):
        store.run(SCHOOL, HOST, add_subject)
    store.run_once("key", SCHOOL, HOST, add_subject)

    with store.begin(writing=False) as transaction:
        found = list(transaction.select(ENTRIES, SCHOOL, ONCE, (None,)))

    assert [row[0] for _, row in found] == [1, 2]
