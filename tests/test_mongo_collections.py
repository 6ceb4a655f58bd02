"""What lies in the database: collections, indexes, shards; and how a store comes to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import SON
from mongo_stores import (
    Documents,
    bare,
    database,
    furnished,
    lone_server,
)
from pymongo.errors import PyMongoError
from stores import MONDAY

from ejournal.adapters.mongo import Guarantee, Index, MongoStore, StandAlone
from ejournal.adapters.mongo.documents import Layout, Question
from ejournal.adapters.mongo.schema import collection_names
from ejournal.errors import Invalid, SchemaMismatch
from ejournal.ids import ClassId
from ejournal.model.access import System, Throttle
from ejournal.model.declaration import Lookup
from ejournal.plugins import load
from ejournal.ports import Capability, Kind, Row, Stored, Table
from ejournal.store.stores import tables
from ejournal.store.tables import ENTRIES
from ejournal.testing.beginning import seeded
from ejournal.testing.storage.scene import (
    LESSONS,
    SCHOOL,
    THROTTLES,
    kept_rows,
    row_of,
)

__all__ = ["bare", "database", "furnished", "lone_server"]

HOST = System("host")
NOWHERE = "mongodb://127.0.0.1:1/school?serverSelectionTimeoutMS=50"


@pytest.fixture
def store(database: Documents) -> MongoStore:
    return MongoStore(database)


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


def explained(
    store: MongoStore, table: Table, question: Question, sort: list[tuple[str, int]] | None = None
) -> tuple[bool, int]:
    """Say whether the whole collection is read, and how many documents are read in vain."""
    find = {
        "find": f"ejournal_{table.name}",
        "filter": question.filter,
        "sort": dict(sort or []),
        "hint": dict(question.hint or []),
    }
    told = store.database.command("explain", find, verbosity="executionStats")
    stats = told["executionStats"]
    scans = "COLLSCAN" in stages_of(told["queryPlanner"]["winningPlan"])
    return scans, stats["totalDocsExamined"] - stats["nReturned"]


def test_every_question_is_answered_by_an_index_that_finds_nothing_else(store: MongoStore) -> None:
    seeded().poured_into(store)
    school = max(store.heads())
    seen: dict[tuple[str, str, str], tuple[bool, int]] = {}
    for table in tables():
        layout, rows = Layout(table), kept_rows(store, table, school)
        for lookup, across in lookups_of(table):
            whose = None if across else school
            values = asked_values(table, lookup, rows)
            question = layout.asked(whose, lookup, values)
            place = table.name, lookup.name if lookup else "all", "across" if across else "here"
            seen[place] = explained(store, table, question, layout.order(whose))
            if lookup and not across and None not in values[:1]:
                question = layout.asked_of_each(school, lookup, values[:1], values[1:])
                seen[*place[:2], "of each"] = explained(store, table, question)

    assert len(seen) > 120
    assert {place: told for place, told in seen.items() if told != (False, 0)} == {}


def test_a_host_that_created_no_indexes_is_told_so(bare: Documents) -> None:
    MongoStore(bare).create_collections()
    bare["ejournal_journal"].drop_indexes()

    with pytest.raises(SchemaMismatch) as caught, MongoStore(bare).reading(SCHOOL, HOST) as unit:
        list(unit.journals.of_class(ClassId(1)))

    assert caught.value == SchemaMismatch("without an index", "its indexes")


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
