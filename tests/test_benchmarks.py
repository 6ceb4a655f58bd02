"""What the library is measured beside does the same work: the same rows, entries and values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from mongo_stores import Documents, empty
from stores import Clock, emptied, opened_sql

from benchmarks.by_hand.marking import CoreMarking, GivesMarks, RawSqliteMarking, Refused
from benchmarks.by_hand.marking_mongo import PyMongoMarking
from benchmarks.databases import Database, raw_sqlite
from benchmarks.school import NOW, Size
from benchmarks.works import Options, Place, Ready, ready, works_on
from ejournal.adapters.mongo import MongoStore
from ejournal.model.access import Actor
from ejournal.model.journal import Mark, MarkKey
from ejournal.model.marks import Grade, MarkValue
from ejournal.store import SchoolUnit
from ejournal.usecases.marking import give_mark

SMALL = Options(size=Size(classes=2, pupils=3, journals=2, columns=4))

Giving = Callable[[Actor, Place, MarkValue, str], Mark]


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        with opened_sql(tmp_path / "ejournal.db", Clock(NOW)) as store:
            yield Database("SQLite", store, "", file=tmp_path / "ejournal.db")
    elif request.param == "mongodb":
        documents: Documents = request.getfixturevalue("furnished")
        yield Database("MongoDB", MongoStore(documents, clock=Clock(NOW)), "", served=True)
        empty(documents)
    else:
        with emptied(request.getfixturevalue("postgres_tables")) as store:
            store.clock = Clock(NOW)
            yield Database("PostgreSQL", store, "", served=True)


@pytest.fixture
def made(database: Database) -> Ready:
    return ready(database, SMALL)


@pytest.fixture
def ways(made: Ready) -> Iterator[dict[str, Giving]]:
    """Every way to give a mark in the school that grows."""

    def ours(actor: Actor, place: Place, value: MarkValue, comment: str) -> Mark:
        return made.database.store.run(
            made.growing.id,
            actor,
            give_mark,
            place.column,
            pupil=place.pupil,
            value=value,
            comment=comment,
        )

    def by(marking: GivesMarks) -> Giving:
        return lambda actor, place, value, comment: marking.give(
            actor, place.column, pupil=place.pupil, value=value, comment=comment, now=NOW
        )

    ways: dict[str, Giving] = {"ejournal": ours}
    if isinstance(made.database.store, MongoStore):
        ways["PyMongo"] = by(PyMongoMarking(made.database.store.database))
    else:
        ways["Core"] = by(CoreMarking(made.database.engine))
    with ExitStack() as stack:
        if made.database.file:
            raw = stack.enter_context(raw_sqlite(made.database.file))
            ways["sqlite3"] = by(RawSqliteMarking(raw))
        yield ways


def test_marks_given_by_hand_stand_in_the_ledger_like_the_librarys(
    made: Ready, ways: dict[str, Giving]
) -> None:
    store, school = made.database.store, made.growing.id
    before = store.audit(school)
    for give in ways.values():
        place = next(made.places)
        for value, comment in ((Grade(7), ""), (Grade(9), "Виправлено")):
            kept = give(place.teacher, place, value, comment)
            with store.reading(school, place.teacher) as unit:
                assert stored(unit, kept.key) == kept

    assert store.verify(school) == []
    assert store.audit(school) == before
    entries = store.entries(school, after=store.heads()[school].seq - 2 * len(ways))
    assert [entry.event for entry in entries] == ["mark-given", "mark-changed"] * len(ways)
    shapes = [shape_of(entry.writes[0].fields) for entry in entries]
    assert shapes == shapes[:2] * len(ways)


def stored(unit: SchoolUnit, key: MarkKey) -> Mark:
    return unit.marks.get(key)


def shape_of(fields: object) -> object:
    """Return what an entry's fields are called and of which types they are."""
    if isinstance(fields, dict):
        return {name: shape_of(value) for name, value in fields.items()}
    return type(fields)


def test_by_hand_too_a_mark_is_refused_to_who_may_not_give_it(
    made: Ready, ways: dict[str, Giving]
) -> None:
    place = next(made.places)
    own, *others = dict.fromkeys(teacher for _, teacher in growing_journals(made))
    assert own == place.teacher
    for name, give in ways.items():
        if name != "ejournal":
            with pytest.raises(Refused):
                give(others[0], place, Grade(7), "")


def growing_journals(made: Ready) -> Iterator[tuple[int, Actor]]:
    for taught in made.growing.taught:
        for journal in taught.journals:
            yield journal.id, made.growing.teacher(journal)


def test_a_page_by_hand_is_the_librarys(made: Ready) -> None:
    by_hand_too(made, "page")
    for journal, teacher in made.journals:
        assert made.pages.page(teacher, journal, NOW) == made.page(journal, teacher)


def test_a_week_by_hand_is_the_librarys(made: Ready) -> None:
    by_hand_too(made, "week")
    for day in (date(2026, 9, 1), date(2026, 9, 8)):
        for pupil, reader in made.readers:
            shown = made.week(pupil, reader, day)
            assert any(each.entries for each in shown.days)
            assert made.weeks.week(reader, day, NOW) == shown


def by_hand_too(made: Ready, work: str) -> None:
    if work not in works_on(made.database):
        pytest.skip(f"a {work} is not written by hand for {made.database.name}")
