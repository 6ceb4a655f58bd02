"""Units inside a transaction that the host began on MongoDB, and that the host ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from adding import add_subject
from mongo_stores import Documents, database, furnished
from pymongo import MongoClient
from pymongo.client_session import ClientSession

from ejournal.adapters.mongo import MongoStore
from ejournal.errors import Duplicate, Missing, NotAllowedHere, Unavailable, Unrecorded
from ejournal.ids import REGISTRY, IdMaker, SubjectId
from ejournal.model.access import System
from ejournal.model.classes import Subject
from ejournal.store.chain import Overlapping
from ejournal.testing.storage.scene import (
    OTHER,
    SCHOOL,
    SUBJECTS,
    Tried,
    in_threads,
    kept_rows,
)

__all__ = ["database", "furnished"]

HOST = System("host")


@pytest.fixture
def store(database: Documents) -> Iterator[MongoStore]:
    canteen = database["canteen"]
    canteen.insert_one({"_id": 0})
    yield MongoStore(database)
    canteen.drop()


@pytest.fixture
def session(store: MongoStore) -> Iterator[ClientSession]:
    with store.database.client.start_session() as begun:
        yield begun


def serve(store: MongoStore, session: ClientSession, what: str) -> None:
    """The host's own writing, in the same transaction."""
    store.database["canteen"].insert_one({"_id": what}, session=session)


def served(store: MongoStore) -> list[Any]:
    return [found["_id"] for found in store.database["canteen"].find() if found["_id"]]


def test_what_a_joined_unit_wrote_is_kept_with_what_the_host_wrote(
    store: MongoStore, session: ClientSession
) -> None:
    with session.start_transaction():
        serve(store, session, "борщ")
        with store.join(session, SCHOOL, HOST) as unit:
            kept = add_subject(unit)
        assert session.in_transaction
        assert kept_rows(store, SUBJECTS) == []
        serve(store, session, "узвар")

    with store.reading(SCHOOL, HOST) as unit:
        assert unit.subjects.get(kept.id) == kept
    assert served(store) == ["борщ", "узвар"]
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])


def test_of_what_the_host_aborts_no_trace_is_left(
    store: MongoStore, session: ClientSession
) -> None:
    session.start_transaction()
    with store.join(session, SCHOOL, HOST) as unit:
        add_subject(unit)
    with store.join_registry(session, HOST) as registry:
        registry.record(Tried())
    session.abort_transaction()

    assert (store.heads(), kept_rows(store, SUBJECTS, None)) == ({}, [])


def test_the_registry_and_a_school_join_one_transaction(
    store: MongoStore, session: ClientSession
) -> None:
    with session.start_transaction():
        with store.join_registry(session, HOST) as registry:
            registry.record(Tried())
            add_subject(registry.school(SCHOOL))
        with store.join(session, OTHER, HOST) as unit:
            add_subject(unit)

    assert {school: head.seq for school, head in store.heads().items()} == {
        REGISTRY: 1,
        SCHOOL: 1,
        OTHER: 1,
    }


def test_two_units_of_a_school_in_one_transaction_number_their_entries_in_turn(
    store: MongoStore, session: ClientSession
) -> None:
    with session.start_transaction():
        for version in (1, 2):
            with store.join(session, SCHOOL, HOST) as unit:
                assert add_subject(unit).version == version

    assert store.heads()[SCHOOL].seq == 2
    assert store.verify(SCHOOL) == []


def test_a_refusal_leaves_the_hosts_transaction_usable(
    store: MongoStore, session: ClientSession
) -> None:
    kept = store.run(SCHOOL, HOST, add_subject)
    with session.start_transaction():
        with pytest.raises(Missing), store.join(session, SCHOOL, HOST) as unit:
            unit.subjects.get(SubjectId(404))
        with pytest.raises(Duplicate), store.join(session, SCHOOL, HOST) as unit:
            unit.subjects.add(Subject(kept.id, "Хімія"))
        serve(store, session, "борщ")

    assert served(store) == ["борщ"]
    assert store.heads()[SCHOOL].seq == 1


@pytest.mark.parametrize("anew", [False, True], ids=["aborts", "begins anew"])
def test_a_host_that_ends_its_transaction_amid_a_unit_leaves_no_entry_without_rows(
    store: MongoStore, session: ClientSession, *, anew: bool
) -> None:
    session.start_transaction()
    with (  # noqa: PT012 - the host's own block
        pytest.raises(NotAllowedHere) as refused,
        store.join(session, SCHOOL, HOST) as unit,
    ):
        add_subject(unit)
        session.abort_transaction()
        if anew:
            session.start_transaction()
    if anew:
        session.commit_transaction()

    assert refused.value == NotAllowedHere("session", "no-transaction")
    assert (store.heads(), kept_rows(store, SUBJECTS, None)) == ({}, [])


def test_two_units_of_a_school_open_at_once_in_one_transaction_are_a_fault(
    store: MongoStore, session: ClientSession
) -> None:
    """Both take the same number, so that one of them would have no entry."""
    with (  # noqa: PT012 - the host's own block
        pytest.raises(Overlapping),
        session.start_transaction(),
        store.join(session, SCHOOL, HOST) as outer,
    ):
        add_subject(outer)
        with store.join(session, SCHOOL, HOST) as inner:
            add_subject(inner)

    assert (store.heads(), kept_rows(store, SUBJECTS, None)) == ({}, [])


def test_a_write_without_an_event_is_the_hosts_to_abort(
    store: MongoStore, session: ClientSession
) -> None:
    with (
        pytest.raises(Unrecorded),
        session.start_transaction(),
        store.join(session, SCHOOL, HOST) as unit,
    ):
        unit.subjects.add(Subject(SubjectId(1), "Хімія"))

    assert kept_rows(store, SUBJECTS) == []


def test_the_hosts_own_errors_pass_as_they_are(store: MongoStore, session: ClientSession) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        session.start_transaction(),
        store.join(session, SCHOOL, HOST),
    ):
        raise ZeroDivisionError

    assert store.heads() == {}


def test_a_session_without_a_transaction_is_refused(
    store: MongoStore, session: ClientSession
) -> None:
    with pytest.raises(NotAllowedHere) as caught, store.join(session, SCHOOL, HOST):
        pytest.fail("joined nothing")

    assert caught.value == NotAllowedHere("session", "no-transaction")


def test_a_session_of_another_client_is_refused(store: MongoStore, mongo: str) -> None:
    with (
        MongoClient[dict[str, Any]](mongo) as client,
        client.start_session() as session,
        session.start_transaction(),
        pytest.raises(NotAllowedHere) as caught,
        store.join(session, SCHOOL, HOST),
    ):
        pytest.fail("joined another client's transaction")

    assert caught.value == NotAllowedHere("session", "another-client")


def test_a_writer_waits_until_the_host_has_ended_its_transaction(
    store: MongoStore, session: ClientSession
) -> None:
    order: list[str] = []
    left, overtaken = threading.Event(), threading.Event()

    def host() -> None:
        with session.start_transaction():
            with store.join(session, SCHOOL, HOST) as unit:
                add_subject(unit)
            left.set()
            overtaken.wait(0.05)
            order.append("host")

    def another() -> None:
        left.wait(10)
        with store.school(SCHOOL, HOST) as unit:
            order.append("another")
            overtaken.set()
            add_subject(unit)

    in_threads(host, another)
    assert order == ["host", "another"]
    assert store.heads()[SCHOOL].seq == 2


def test_a_thread_does_not_wait_for_the_transaction_that_it_holds_open_itself(
    store: MongoStore, session: ClientSession
) -> None:
    with session.start_transaction():
        with store.join(session, SCHOOL, HOST) as unit:
            add_subject(unit)
        with pytest.raises(Unavailable, match="this thread"), store.school(SCHOOL, HOST):
            pytest.fail("two write at once")

    assert store.heads()[SCHOOL].seq == 1


def test_a_transaction_that_its_host_ended_is_not_taken_for_the_next_of_its_session(
    store: MongoStore, session: ClientSession
) -> None:
    with session.start_transaction(), store.join(session, SCHOOL, HOST) as unit:
        add_subject(unit)
    with session.start_transaction():
        serve(store, session, "борщ")
        store.run(SCHOOL, HOST, add_subject)

    assert store.heads()[SCHOOL].seq == 2


def test_a_host_that_does_not_end_its_transaction_is_not_waited_for_for_ever(
    store: MongoStore, session: ClientSession
) -> None:
    impatient = MongoStore(store.database, patience=0.02)

    def another() -> None:
        with pytest.raises(Unavailable), impatient.school(SCHOOL, HOST):
            pytest.fail("two write at once")

    with session.start_transaction():
        with impatient.join(session, SCHOOL, HOST) as unit:
            add_subject(unit)
        in_threads(another)


def test_a_transaction_that_its_host_lost_is_waited_for_by_nobody(store: MongoStore) -> None:
    session = store.database.client.start_session()
    session.start_transaction()
    with store.join(session, SCHOOL, HOST) as unit:
        add_subject(unit)
    session.end_session()

    assert store.run(SCHOOL, HOST, add_subject).version == 1


def test_a_host_that_meets_a_writer_of_another_process_begins_anew(
    store: MongoStore, session: ClientSession
) -> None:
    other = MongoStore(store.database, ids=IdMaker(1))
    with other.school(SCHOOL, HOST) as writing:
        session.start_transaction()
        with pytest.raises(Unavailable) as caught, store.join(session, SCHOOL, HOST):
            pytest.fail("two write at once")
        session.abort_transaction()
        add_subject(writing)
    with session.start_transaction(), store.join(session, SCHOOL, HOST) as unit:
        add_subject(unit)

    assert caught.value == Unavailable("WriteConflict")
    assert store.heads()[SCHOOL].seq == 2


def test_eight_hosts_with_two_units_in_each_transaction_wait_for_each_other(
    store: MongoStore,
) -> None:
    def host() -> None:
        with store.database.client.start_session() as session:
            for _ in range(3):
                with session.start_transaction():
                    for school in (SCHOOL, SCHOOL, OTHER):
                        with store.join(session, school, HOST) as unit:
                            add_subject(unit)

    in_threads(*[host] * 8)

    assert {school: head.seq for school, head in store.heads().items()} == {SCHOOL: 48, OTHER: 24}
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])
