"""Documents of older shapes: read as the newest, and written anew when asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from typing import Any

import pytest
from attrs import evolve
from mongo_stores import Documents, database, furnished

from ejournal.adapters.mongo import MongoStore, Upcast
from ejournal.adapters.mongo.documents import upcasts_of
from ejournal.adapters.mongo.transaction import MongoTransaction
from ejournal.errors import Invalid, SchemaMismatch
from ejournal.ids import SubjectId
from ejournal.model.access import System
from ejournal.model.classes import Subject
from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Slot
from ejournal.store import SchoolUnit
from ejournal.store.steps import STEPS as STEPS_OF_ALL
from ejournal.store.steps import DropField, NewField, NewLookup, Phase, Step
from ejournal.testing.storage.scene import (
    OTHER,
    SCHOOL,
    SUBJECTS,
    Tried,
    kept_rows,
    put,
    row_of,
    writing,
)

__all__ = ["database", "furnished"]

HOST = System("host")


def called_by_title(document: dict[str, Any]) -> dict[str, Any]:
    """The first shape, once upon a time, called a subject's name its title."""
    document["name"] = document.pop("title")
    return document


def without_shouting(document: dict[str, Any]) -> dict[str, Any]:
    """The second shape was all in capitals."""
    return {**document, "name": document["name"].capitalize()}


STEPS = {"subject": (called_by_title, without_shouting)}


@pytest.fixture
def store(database: Documents) -> MongoStore:
    return MongoStore(database, upcasts=STEPS)


def wrote(database: Documents, steps: Mapping[str, Sequence[Upcast]], *ids: int) -> None:
    """Write subjects as a version of the library would that knew no more than those steps."""
    store = MongoStore(database, upcasts=steps)
    put(store, SUBJECTS, *(row_of(SUBJECTS, id=each, name="АЛГЕБРА") for each in ids))
    if not steps:
        rename = {"$rename": {"name": "title"}}
        database["ejournal_subject"].update_many({"_v": 1}, rename)


def in_three_shapes(database: Documents) -> None:
    wrote(database, {}, 1, 2)
    wrote(database, {"subject": STEPS["subject"][:1]}, 3)
    wrote(database, STEPS, 4)


ROWS = [row_of(SUBJECTS, id=each, name="Алгебра") for each in (1, 2, 3)]
NEWEST = row_of(SUBJECTS, id=4, name="АЛГЕБРА")


def shapes(store: MongoStore) -> list[int]:
    return [found["_v"] for found in store.database["ejournal_subject"].find(sort=[("_id", 1)])]


def test_documents_of_every_shape_read_as_the_newest(store: MongoStore) -> None:
    in_three_shapes(store.database)

    assert shapes(store) == [1, 1, 2, 3]
    assert kept_rows(store, SUBJECTS) == [*ROWS, NEWEST]
    with writing(store) as transaction:
        assert transaction.read(SUBJECTS, SCHOOL, (1,)) == ROWS[0]
        assert dict(transaction.tally(SUBJECTS, SCHOOL, ("name",))) == {
            ("Алгебра",): 3,
            ("АЛГЕБРА",): 1,
        }
        assert list(transaction.spelled(SUBJECTS, SCHOOL, ("name", "id"))) == [
            ("Алгебра", "1"),
            ("Алгебра", "2"),
            ("Алгебра", "3"),
            ("АЛГЕБРА", "4"),
        ]


def test_where_all_are_of_the_newest_shape_the_server_counts_and_whole_rows_are_not_read(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrote(store.database, STEPS, 1, 2)
    for name in ("select", "read_each"):
        monkeypatch.delattr(MongoTransaction, name)
    with writing(store) as transaction:
        assert dict(transaction.tally(SUBJECTS, SCHOOL, ("name",))) == {("АЛГЕБРА",): 2}
        names = list(transaction.spelled(SUBJECTS, SCHOOL, ("id", "name")))
    assert names == [("1", "АЛГЕБРА"), ("2", "АЛГЕБРА")]


def test_what_is_saved_stands_in_the_newest_shape_with_nothing_left_of_the_old(
    store: MongoStore,
) -> None:
    in_three_shapes(store.database)
    with writing(store) as transaction:
        assert transaction.update(SUBJECTS, SCHOOL, ROWS[0], 1)

    (saved,) = store.database["ejournal_subject"].find({"_id.id": 1})
    assert (saved["_v"], saved["name"], "title" in saved) == (3, "Алгебра", False)


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_a_sweep_writes_older_documents_in_the_newest_shape_and_counts_them(
    store: MongoStore, batch: int
) -> None:
    in_three_shapes(store.database)
    put(store, SUBJECTS, row_of(SUBJECTS, id=1), school=OTHER)
    before = kept_rows(store, SUBJECTS, None)

    assert store.sweep(batch=batch) == 3
    assert store.sweep(batch=batch) == 0

    assert shapes(store) == [3, 3, 3, 3, 3]
    assert kept_rows(store, SUBJECTS, None) == before


def test_a_sweep_leaves_what_somebody_writes_meanwhile(database: Documents) -> None:
    wrote(database, {}, 1, 2)
    newest = MongoStore(database, upcasts=STEPS)

    def slow(document: dict[str, Any]) -> dict[str, Any]:
        if document["_id"]["id"] == 2:
            with writing(newest) as transaction:
                assert transaction.update(SUBJECTS, SCHOOL, (*ROWS[1][:-1], 7), 1)
        return called_by_title(document)

    sweeping = MongoStore(database, upcasts={"subject": (slow, without_shouting)})

    assert sweeping.sweep() == 1
    assert kept_rows(newest, SUBJECTS) == [ROWS[0], (*ROWS[1][:-1], 7)]


def test_a_sweep_changes_no_record_and_no_entry_of_the_ledger(store: MongoStore) -> None:
    def add(unit: SchoolUnit) -> Subject:
        kept = unit.subjects.add(Subject(SubjectId(unit.new_id()), "Алгебра"))
        unit.record(Tried())
        return kept

    kept = MongoStore(store.database, upcasts={}).run(SCHOOL, HOST, add)
    store.database["ejournal_subject"].update_many({}, {"$rename": {"name": "title"}})
    entries = list(store.database["ejournal_entry"].find())

    assert store.sweep() == 1

    assert list(store.database["ejournal_entry"].find()) == entries
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])
    with store.school(SCHOOL, HOST) as unit:
        assert unit.subjects.get(kept.id) == kept
        unit.subjects.save(evolve(kept, name="Геометрія"))
        unit.record(Tried())


def test_a_document_of_the_future_is_not_read(store: MongoStore) -> None:
    wrote(store.database, STEPS, 1)

    with pytest.raises(SchemaMismatch) as caught:
        kept_rows(MongoStore(store.database, upcasts={}), SUBJECTS)

    assert caught.value == SchemaMismatch("shape 3 of subject", "at most 1")


@pytest.mark.parametrize("name", ["entry", "personal", "head", "subjekt"])
def test_only_records_have_shapes(database: Documents, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        MongoStore(database, upcasts={name: [called_by_title]})

    assert caught.value == Invalid("table", name, "unknown")


def test_steps_are_read_as_upcasts_of_the_tables_whose_fields_they_change() -> None:
    day = date(2026, 9, 1)
    fields = (
        NewField("subject", Slot("since", Kind.DATE), day),
        NewField("subject", Slot("note", Kind.TEXT, optional=True)),
        NewField("pupil", Slot("hours", Kind.INTEGER), 2),
    )
    steps = (
        Step(2, "Ask by name", Phase.EXPAND, (NewLookup("subject", Lookup("name", ("name",))),)),
        Step(3, "Say since when", Phase.EXPAND, fields),
        Step(4, "Forget the note", Phase.CONTRACT, (DropField("subject", "note"),)),
    )
    upcasts = upcasts_of(steps)

    old, newer = {"name": "Алгебра"}, {"name": "Хімія", "since": "2020-09-01", "note": "!"}
    assert {name: len(each) for name, each in upcasts.items()} == {"subject": 3, "pupil": 1}
    assert reduce(lambda read, step: step(read), upcasts["subject"], old) == {
        "name": "Алгебра",
        "since": "2026-09-01",
    }
    assert reduce(lambda read, step: step(read), upcasts["subject"], newer) == {
        "name": "Хімія",
        "since": "2020-09-01",
    }
    assert upcasts["pupil"][0]({}) == {"hours": 2}


def test_the_steps_that_are_released_are_what_a_store_reads_by(database: Documents) -> None:
    read_by, released = MongoStore(database)._steps, upcasts_of(STEPS_OF_ALL)
    assert {name: read_as(steps) for name, steps in read_by.items()} == {
        name: read_as(steps) for name, steps in released.items()
    }


def read_as(upcasts: Sequence[Upcast]) -> list[dict[str, Any]]:
    """Return what each upcast makes of a document without fields."""
    return [upcast({}) for upcast in upcasts]
