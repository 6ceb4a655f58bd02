"""What happens to writers on MongoDB who meet, who wait too long, and who lose the server."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from adding import add_subject
from mongo_stores import (
    Documents,
    database,
    furnished,
)
from relay import Relay

from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.mongo.faults import TRANSLATED
from ejournal.adapters.mongo.transaction import MongoTransaction
from ejournal.aio import AsyncStore
from ejournal.errors import OutcomeUnknown, Unavailable, Unreadable
from ejournal.ids import REGISTRY, IdMaker, SchoolId
from ejournal.model.access import System
from ejournal.ports import Transaction
from ejournal.store import RegistryUnit
from ejournal.testing.storage.scene import (
    LESSONS,
    OTHER,
    SCHOOL,
    THROTTLES,
    in_threads,
    kept_rows,
    put,
    row_of,
    writing,
)

__all__ = ["database", "furnished"]

HOST = System("host")
NOWHERE = "mongodb://127.0.0.1:1/school?serverSelectionTimeoutMS=50"


@pytest.fixture
def store(database: Documents) -> MongoStore:
    return MongoStore(database)


def test_writers_of_two_processes_take_turns_in_a_school_from_its_first_entry_on(
    database: Documents,
) -> None:
    # Two stores know nothing of each other's threads, as two processes would not.
    stores = [MongoStore(database, ids=IdMaker(node)) for node in range(2)]

    in_threads(
        *[
            lambda each=each: [each.run(SCHOOL, HOST, add_subject) for _ in range(5)]
            for each in stores
        ]
        * 2
    )

    assert stores[0].heads()[SCHOOL].seq == 20
    assert (stores[0].verify(SCHOOL), stores[0].audit(SCHOOL)) == ([], [])


def test_a_block_waits_for_the_writer_of_another_process(database: Documents) -> None:
    first, second = (MongoStore(database, ids=IdMaker(node)) for node in range(2))
    begun = threading.Event()

    def slowly() -> None:
        with first.school(SCHOOL, HOST) as unit:
            begun.set()
            add_subject(unit)
            threading.Event().wait(0.1)

    def afterwards() -> None:
        begun.wait(10)
        with second.school(SCHOOL, HOST) as unit:
            assert add_subject(unit).version == 2

    in_threads(slowly, afterwards)


Door = Callable[[MongoStore, Callable[[RegistryUnit], object]], object]


def by_run(store: MongoStore, act: Callable[[RegistryUnit], object]) -> object:
    return store.run_registry(HOST, act)


def by_awaiting(store: MongoStore, act: Callable[[RegistryUnit], object]) -> object:
    return asyncio.run(AsyncStore(store).run_registry(HOST, act))


@pytest.mark.parametrize("door", [by_run, by_awaiting])
def test_a_unit_that_meets_writers_in_two_schools_is_tried_once_more_for_each(
    database: Documents, door: Door
) -> None:
    ours, other = MongoStore(database), MongoStore(database, ids=IdMaker(1), patience=0.05)
    held = Unavailable("somebody else is writing in the school")
    told: list[SchoolId | Unavailable] = []

    def written_by_others(school: SchoolId) -> None:
        try:
            with other.school(school, HOST) as unit:
                add_subject(unit)
            told.append(school)
        except Unavailable as fault:
            told.append(fault)

    def in_both(unit: RegistryUnit) -> None:
        for school in (SCHOOL, OTHER):
            in_threads(partial(written_by_others, school))
            add_subject(unit.school(school))
        told.append(REGISTRY)

    door(ours, in_both)

    assert told == [SCHOOL, held, OTHER, held, held, REGISTRY]
    assert (ours.heads()[SCHOOL].seq, ours.heads()[OTHER].seq) == (2, 2)
    assert [ours.verify(school) for school in (SCHOOL, OTHER)] == [[], []]


def test_patience_with_other_writers_ends(database: Documents) -> None:
    first, second = (MongoStore(database, patience=0.05) for _ in range(2))

    def too_late(store: MongoStore) -> None:
        with pytest.raises(Unavailable), store.school(SCHOOL, HOST):
            pytest.fail("two write at once")

    with first.school(SCHOOL, HOST):
        in_threads(lambda: too_late(first), lambda: too_late(second))


def test_a_thread_does_not_wait_for_itself(store: MongoStore) -> None:
    with (
        store.school(SCHOOL, HOST),
        pytest.raises(Unavailable, match="this thread"),
        store.school(SCHOOL, HOST),
    ):
        pytest.fail("two write at once")

    with store.school(SCHOOL, HOST), store.school(OTHER, HOST) as unit:
        add_subject(unit)


def test_who_writes_what_another_is_writing_without_a_head_may_try_again(
    store: MongoStore,
) -> None:
    rows = [row_of(THROTTLES, name="a"), row_of(THROTTLES, name="b")]
    with store.begin(writing=True) as first:
        first.insert(THROTTLES, SCHOOL, rows)
        for some in (rows, rows[:1]):
            with (
                pytest.raises(Unavailable, match="WriteConflict"),
                store.begin(writing=True) as other,
            ):
                other.insert(THROTTLES, SCHOOL, some)

    assert kept_rows(store, THROTTLES) == rows


def test_a_transaction_that_the_server_ended_may_be_tried_again(store: MongoStore) -> None:
    def end(transaction: Transaction) -> None:
        assert isinstance(transaction, MongoTransaction)
        assert transaction._session
        store.database.command("killSessions", [transaction._session.session_id])

    with pytest.raises(Unavailable) as caught, writing(store) as transaction:
        end(transaction)

    assert caught.value == Unavailable("NoSuchTransaction")


def relay_to(documents: Documents) -> Relay:
    ((host, port),) = documents.client.nodes
    assert port
    return Relay((host, port))


def through(relay: Relay, documents: Documents, *, patience: float) -> MongoStore:
    uri = f"mongodb://127.0.0.1:{relay.port}/{documents.name}?directConnection=true"
    return MongoStore.open(uri, patience=patience)


def test_a_commit_whose_answer_was_lost_is_asked_for_again(database: Documents) -> None:
    with relay_to(database) as relay:
        store = through(relay, database, patience=10)
        store.heads()
        relay.cut_reply_to(b"commitTransaction", times=3)
        store.run(SCHOOL, HOST, add_subject)
        store.dispose()

    assert relay.lost == 3
    assert MongoStore(database).heads()[SCHOOL].seq == 1


def test_a_commit_that_is_never_answered_has_an_unknown_outcome(database: Documents) -> None:
    with relay_to(database) as relay:
        store = through(relay, database, patience=0.05)
        store.heads()
        relay.cut_reply_to(b"commitTransaction", times=1_000)
        with pytest.raises(OutcomeUnknown) as caught:
            store.run(SCHOOL, HOST, add_subject)
        relay.cut_reply_to(b"", times=0)
        kept = store.run_once("key", SCHOOL, HOST, add_subject)
        store.dispose()

    assert caught.value == OutcomeUnknown("AutoReconnect")
    assert kept.version == 2


def test_a_cut_line_may_be_tried_again(database: Documents) -> None:
    with relay_to(database) as relay:
        store = through(relay, database, patience=1)
        with writing(store) as transaction:
            relay.cut_reply_to(b"ejournal_lesson")
            with pytest.raises(Unavailable):
                transaction.read(LESSONS, SCHOOL, (1,))
        put(store, LESSONS, row_of(LESSONS))
        store.dispose()


def test_a_head_that_could_not_be_asked_for_may_be_tried_again(database: Documents) -> None:
    with relay_to(database) as relay:
        store = through(relay, database, patience=1)
        store.heads()
        relay.cut_reply_to(b"findAndModify")
        with pytest.raises(Unavailable), store.school(SCHOOL, HOST):
            pytest.fail("nobody answered")
        assert store.run(SCHOOL, HOST, add_subject).version == 1
        store.dispose()


def test_a_head_that_is_taken_after_its_line_was_cut_keeps_nobody_waiting(
    database: Documents,
) -> None:
    # By itself the server would end the transaction after a minute.
    with relay_to(database) as relay:
        store = through(relay, database, patience=10)
        assert store.run(SCHOOL, HOST, add_subject).version == 1
        relay.hold_back(b"findAndModify")
        with pytest.raises(Unavailable), store.school(SCHOOL, HOST):
            pytest.fail("nobody answered")
        assert b"updatedExisting" in relay.let_through()
        with pytest.raises(Unavailable), MongoStore(database, patience=0.1).school(SCHOOL, HOST):
            pytest.fail("the head is taken")
        assert store.run(SCHOOL, HOST, add_subject).version == 2
        store.dispose()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = MongoStore.open(NOWHERE)
    with pytest.raises(Unavailable):
        store.heads()
    store.dispose()


def test_a_closed_client_is_a_fault_that_is_not_tried_again(mongo: str) -> None:
    store = MongoStore.open(mongo)
    store.dispose()

    with pytest.raises(Unreadable) as caught:
        store.heads()
    assert caught.value.retry == "no"


def test_what_documents_hold_stays_out_of_errors_and_their_causes(store: MongoStore) -> None:
    secret = "olha@example.com"
    bindings = store.database["ejournal_binding"]
    first, second = ({"chain": 1, "account": each, "scheme": "password"} for each in (1, 2))
    bindings.insert_one({"_id": first, "subject": secret})

    with pytest.raises(Unavailable) as caught, TRANSLATED:
        bindings.insert_one({"_id": second, "subject": secret})

    assert secret in str(caught.value.__context__)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert caught.value == Unavailable("DuplicateKeyError")


def test_what_the_driver_cannot_write_is_a_fault_without_the_value(store: MongoStore) -> None:
    with pytest.raises(Unreadable) as caught, writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, topic=date.max)])

    assert caught.value == Unreadable("the database", "InvalidDocument")
    assert caught.value.__cause__ is None
