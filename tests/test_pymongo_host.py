"""The host on plain PyMongo: its documents and the journal's stand or fall together."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import families
import pytest
from attrs import define, field
from doorway import DOOR, NobodyToTell, enter
from hosts import TEACHER
from own_databases import mongo_database
from pymongo import MongoClient
from pymongo_host import Host

from ejournal.adapters.mongo import MongoStore
from ejournal.errors import Forbidden
from ejournal.ids import ColumnId
from ejournal.model.access import Actor, System
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.marks import Grade
from ejournal.samples import SmallSchool, set_up

REACHED, OUT_OF_REACH = 0, 1


@define
class Running:
    """A host, its school, and what lies in its database."""

    host: Host
    small: SmallSchool
    uri: str
    column: ColumnId = field(init=False)

    def __attrs_post_init__(self) -> None:
        journal = self.small.journals["5-А", "Математика"].id
        with self.host.store.reading(self.small.id, System("test")) as unit:
            self.column = next(
                column.id for column in unit.columns.of_journal(journal) if column.day is None
            )

    def actor(self, login: str = TEACHER) -> Actor:
        with self.host.store.browsing(DOOR) as registry:
            return enter(registry, login)

    def give(self, place: int, points: int, login: str = TEACHER) -> Mark:
        pupil = self.small.pupils["5-А"][place].id
        return self.host.give(self.actor(login), self.column, pupil, Grade(points))

    def mark(self, place: int) -> Mark | None:
        journal = self.small.journals["5-А", "Математика"].id
        key = MarkKey(journal, self.column, self.small.pupils["5-А"][place].id)
        with self.host.store.reading(self.small.id, System("test")) as unit:
            return unit.marks.find(key)

    def notices(self) -> list[tuple[str, str]]:
        return [(notice["phone"], notice["text"]) for notice in self.host.notices.find()]

    def entries(self) -> int:
        store = self.host.store
        assert store.verify(self.small.id) == store.audit(self.small.id) == []
        return store.heads()[self.small.id].seq


@pytest.fixture
def running(mongo: str) -> Iterator[Running]:
    with mongo_database(mongo) as uri, MongoClient[dict[str, Any]](uri) as client:
        host = Host(client.get_default_database())
        host.store.create_collections()
        small = set_up(host.store, families.KEY)
        host.notices.database.create_collection("notice")
        host.families.insert_one({"_id": small.pupils["5-А"][0].id, "phone": "+380501234567"})
        yield Running(host, small, uri)


def test_the_hosts_documents_and_the_mark_stand_or_fall_together(running: Running) -> None:
    before, standing = running.entries(), running.mark(OUT_OF_REACH)

    given = running.give(REACHED, 11)
    assert (running.mark(REACHED), given.value) == (given, Grade(11))
    assert running.notices() == [("+380501234567", "Оцінка: 11")]
    assert running.entries() == before + 1

    with pytest.raises(NobodyToTell):
        running.give(OUT_OF_REACH, 11)
    with pytest.raises(Forbidden):
        running.give(REACHED, 10, login="n.shcherban@zarichne.example")
    assert running.mark(OUT_OF_REACH) == standing
    assert running.notices() == [("+380501234567", "Оцінка: 11")]
    assert running.entries() == before + 1


def test_the_host_begins_anew_while_somebody_else_writes_in_the_school(running: Running) -> None:
    database = running.host.notices.database
    before = running.entries()
    held = threading.Event()

    def hold() -> None:
        with MongoClient[dict[str, Any]](running.uri) as client:
            other = MongoStore(client[database.name], prefix="ej_")
            with other.begin(writing=True) as transaction:
                transaction.lock(running.small.id)
                held.set()
                time.sleep(0.05)

    holding = threading.Thread(target=hold)
    holding.start()
    assert held.wait(10)
    given = running.give(REACHED, 9)
    holding.join()

    assert running.mark(REACHED) == given
    assert len(running.notices()) == 1
    assert running.entries() == before + 1
