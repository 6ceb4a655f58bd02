"""What is peculiar to the MongoDB adapter; what every storage promises is in the contract."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import SON, Int64, encode
from bson.codec_options import CodecOptions
from mongo_stores import Documents, database, empty, furnished, lone_server
from pymongo.errors import PyMongoError
from relay import Relay
from stores import MONDAY

from ejournal.adapters.mongo import Guarantee, Index, MongoStore, StandAlone
from ejournal.adapters.mongo.documents import Layout
from ejournal.adapters.mongo.faults import TRANSLATED
from ejournal.adapters.mongo.schema import collection_names
from ejournal.adapters.mongo.transaction import MongoTransaction
from ejournal.errors import Invalid, OutcomeUnknown, SchemaMismatch, Unavailable, Unreadable
from ejournal.ids import ClassId, IdMaker, SubjectId
from ejournal.model.access import System, Throttle
from ejournal.model.classes import Subject
from ejournal.model.declaration import Lookup
from ejournal.plugins import load
from ejournal.ports import Capability, Kind, Row, Stored, Table, Transaction
from ejournal.store import SchoolUnit
from ejournal.store.stores import tables
from ejournal.store.tables import ENTRIES
from ejournal.testing.beginning import seeded
from ejournal.testing.storage.scene import (
    BINDINGS,
    DAY,
    LESSONS,
    MARKS,
    OTHER,
    SCHOOL,
    SUBJECTS,
    THROTTLES,
    Tried,
    in_threads,
    kept_rows,
    put,
    row_of,
    writing,
)

__all__ = ["database", "furnished", "lone_server"]

HOST = System("host")
NOWHERE = "mongodb://127.0.0.1:1/school?serverSelectionTimeoutMS=50"


@pytest.fixture
def store(database: Documents) -> MongoStore:
    return MongoStore(database)


@pytest.fixture
def bare(furnished: Documents) -> Iterator[Documents]:
    """A database without a collection in it."""
    name = f"{furnished.name}_bare"
    yield furnished.client[name]
    furnished.client.drop_database(name)


def add_subject(unit: SchoolUnit, name: str = "Алгебра") -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(unit.new_id()), name))
    unit.record(Tried())
    return kept


# Collections and indexes.


def test_a_store_is_made_without_asking_the_server() -> None:
    store = MongoStore.open(NOWHERE)

    assert len(store.indexes()) > len(store.shard_commands()) > 30
    store.dispose()


def test_units_create_no_collection(bare: Documents) -> None:
    store = MongoStore(bare)

    with pytest.raises(SchemaMismatch, match="ejournal_head"), store.registry(HOST):
        pytest.fail("the unit opened without its collections")

    assert bare.list_collection_names() == []


def test_only_this_librarys_collections_are_created_beside_the_hosts(bare: Documents) -> None:
    bare["canteen"].insert_one({"soup": "борщ"})
    for _ in range(2):
        MongoStore(bare, prefix="a_").create_collections()

    assert set(bare.list_collection_names()) == {"canteen", *collection_names("a_")}


def options_in(found: Mapping[str, Any]) -> dict[str, Any]:
    options = SON(found).to_dict()
    return {name: told for name, told in options.items() if name not in {"v", "key"}}


def test_the_indexes_that_are_declared_are_those_that_are_created(store: MongoStore) -> None:
    created = [
        Index(name, tuple(found["key"].items()), options_in(found))
        for name in collection_names(store.prefix)
        for found in store.database[name].list_indexes()
        if found["name"] != "_id_"
    ]
    assert sorted(created, key=repr) == sorted(store.indexes(), key=repr)


def test_a_missing_collection_is_told_once_it_is_gone(bare: Documents) -> None:
    MongoStore(bare).create_collections()
    bare["ejournal_mark"].drop()

    with pytest.raises(SchemaMismatch) as caught:
        MongoStore(bare).heads()

    assert caught.value == SchemaMismatch("without ejournal_mark", "its collections")


def test_another_format_is_refused_and_not_overwritten(store: MongoStore) -> None:
    noted = store.database["ejournal_schema"]
    noted.update_one({"_id": "format"}, {"$set": {"number": 7}})
    try:
        with pytest.raises(SchemaMismatch) as caught:
            MongoStore(store.database).create_collections()
        assert caught.value == SchemaMismatch("format 7", "format 1")
    finally:
        noted.update_one({"_id": "format"}, {"$set": {"number": 1}})


def test_two_prefixes_live_side_by_side_in_one_database(bare: Documents) -> None:
    first, second = (MongoStore(bare, prefix=name) for name in ("a_", "b_"))
    for store in (first, second):
        store.create_collections()
    with first.housekeeping(HOST) as unit:
        unit.throttles.add(Throttle("name", 1, MONDAY))

    with second.housekeeping(HOST) as unit:
        assert unit.throttles.find("name") is None
    with first.housekeeping(HOST) as unit:
        assert unit.throttles.get("name").failures == 1


def test_every_collection_of_rows_is_sharded_by_school(store: MongoStore) -> None:
    commands = store.shard_commands()

    assert commands[0] == {
        "shardCollection": f"{store.database.name}.ejournal_school",
        "key": {"_id.chain": 1},
    }
    assert {command["shardCollection"].partition(".")[2] for command in commands} == {
        *(f"ejournal_{table.name}" for table in tables()),
        "ejournal_turn",
    }


def test_unique_indexes_begin_with_the_shard_key_as_sharding_demands(store: MongoStore) -> None:
    unique = [index for index in store.indexes() if "unique" in index.options]

    assert len(unique) >= 5
    assert {index.keys[0] for index in unique} == {("_id.chain", 1)}


def lookups_of(table: Table) -> Iterator[tuple[Lookup | None, bool]]:
    yield None, False
    for lookup in table.lookups:
        if lookup.fields:
            yield lookup, False
        if lookup.across and lookup.fields:
            yield lookup, True


def answer_of(kind: Kind) -> Stored:
    plain = row_of(LESSONS) + row_of(THROTTLES, failures=1)
    kinds = [slot.kind for table in (LESSONS, THROTTLES) for slot in table.slots]
    return next((v for v, k in zip(plain, kinds, strict=True) if k is kind and v is not None), True)


def asked_values(table: Table, lookup: Lookup | None, rows: list[Row]) -> Row:
    if lookup is None:
        return ()
    names = (*lookup.fields, lookup.fields[-1]) if lookup.ranged else lookup.fields
    if rows and table != ENTRIES:
        return table.pick(rows[0], names)
    return tuple(answer_of(table.slots[table.place(name)].kind) for name in names)


def stages_of(plan: dict[str, Any]) -> set[str]:
    below = [plan[name] for name in ("inputStage",) if name in plan] + plan.get("inputStages", [])
    return {plan["stage"]}.union(*map(stages_of, below))


def test_every_question_is_answered_by_an_index_that_finds_nothing_else(store: MongoStore) -> None:
    seeded().poured_into(store)
    school = max(store.heads())
    seen: dict[tuple[str, str, bool], tuple[bool, int]] = {}
    for table in tables():
        layout, rows = Layout(table), kept_rows(store, table, school)
        for lookup, across in lookups_of(table):
            whose = None if across else school
            question = layout.asked(whose, lookup, asked_values(table, lookup, rows))
            find = {
                "find": f"ejournal_{table.name}",
                "filter": question.filter,
                "sort": dict(layout.order(whose)),
                "hint": dict(question.hint or []),
            }
            told = store.database.command("explain", find, verbosity="executionStats")
            stats = told["executionStats"]
            wasted = stats["totalDocsExamined"] - stats["nReturned"]
            scans = "COLLSCAN" in stages_of(told["queryPlanner"]["winningPlan"])
            seen[table.name, lookup.name if lookup else "all", across] = (scans, wasted)

    assert len(seen) > 70
    assert {question: told for question, told in seen.items() if told != (False, 0)} == {}


# Documents.


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
            "_v": 1,
            "author": Int64(9),
            "comment": "text",
            "day": "2026-09-07",
            "given_at": datetime(2026, 9, 7, 8, 30, tzinfo=UTC),
            "value": "text",
            "version": Int64(1),
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


# Writers.


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


# Faults.


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


def test_a_server_that_is_not_there_is_unavailable() -> None:
    store = MongoStore.open(NOWHERE)
    with pytest.raises(Unavailable):
        store.heads()
    store.dispose()


def test_a_host_that_created_no_indexes_is_told_so(bare: Documents) -> None:
    MongoStore(bare).create_collections()
    bare["ejournal_journal"].drop_indexes()

    with pytest.raises(SchemaMismatch) as caught, MongoStore(bare).reading(SCHOOL, HOST) as unit:
        list(unit.journals.of_class(ClassId(1)))

    assert caught.value == SchemaMismatch("without an index", "its indexes")


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


# A server that stands alone.


def test_a_server_that_stands_alone_is_refused_unless_the_host_names_what_it_lacks(
    lone_server: Documents,
) -> None:
    with pytest.raises(StandAlone) as caught:
        MongoStore(lone_server).heads()
    assert caught.value == StandAlone("lone")
    assert caught.value.retry == "no"

    store = MongoStore(lone_server, guarantee=Guarantee.NO_ROLLBACK)
    assert store.heads() == {}
    assert store.cannot == {Capability.ROLLBACK, Capability.SNAPSHOT, Capability.CONCURRENCY}


def test_a_replica_set_lacks_nothing(store: MongoStore) -> None:
    assert store.cannot == frozenset()


# Opening.


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://petro:tajemnyj@localhost",
        "mongodb://petro:tajemnyj@localhost/",
        "mongodb://petro:taj@emnyj@localhost/school",
        "mongodb://petro:tajemnyj@localhost:port/school",
        "mongodb://petro:tajemnyj@localhost/sch ool",
    ],
)
def test_text_that_names_no_database_is_refused_without_quoting_it(uri: str) -> None:
    with pytest.raises(Invalid) as caught:
        MongoStore.open(uri)

    assert caught.value == Invalid("store", "", "pattern", personal=True)
    assert caught.value.__cause__ is None


def test_a_store_closes_the_client_that_it_opened_and_not_the_hosts(
    furnished: Documents,
    mongo: str,
) -> None:
    opened, joined = MongoStore.open(mongo), MongoStore(furnished)
    for store in (opened, joined):
        store.heads()
        store.dispose()

    assert furnished.client.admin.command("ping")["ok"] == 1
    with pytest.raises(PyMongoError):
        opened.database.command("ping")


def test_the_scheme_opens_a_store_under_the_policies_of_the_plugins(
    furnished: Documents,
    mongo: str,
) -> None:
    plugins = load(installed=False)
    store = plugins.store(mongo)

    assert isinstance(store, MongoStore)
    assert store.policies == plugins.policies
    assert store.database.name == urlsplit(mongo).path.strip("/") == furnished.name
    assert store.heads() == {}
    store.dispose()
