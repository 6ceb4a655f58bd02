"""Growth and peers are measured over what is there: as many marks as are told of, found again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from stores import Clock, opened_sql

from benchmarks.databases import Database
from benchmarks.growth import __main__ as growth
from benchmarks.growth.filling import classes_for, grow
from benchmarks.growth.memory import measure_memory
from benchmarks.growth.sizes import Often, measure_sizes
from benchmarks.growth.writers import Crowd, measure_writers
from benchmarks.school import NOW, Size
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model.access import System

A_CLASS = Size(classes=1, pupils=3, journals=2, columns=5)
FILLED = 3 * 2 * 4


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened_sql(tmp_path / "ejournal.db", Clock(NOW)) as store:
        yield Database("SQLite", store, "", file=tmp_path / "ejournal.db")


def marks_in(database: Database) -> dict[int, int]:
    """Return how many marks there are in each school."""
    counted = {}
    for school in sorted(database.store.heads().keys() - {REGISTRY}):
        with database.store.reading(school, System("test")) as unit:
            counted[int(school)] = sum(1 for _ in unit.marks.all())
    return counted


def test_a_database_has_as_many_marks_and_schools_as_are_told_of(database: Database) -> None:
    grown = grow(database, 5, 2, A_CLASS)
    assert (grown.marks, grown.schools) == (5 * FILLED, 2)
    assert marks_in(database) == {1: 3 * FILLED, 2: 2 * FILLED}


@pytest.mark.parametrize(("marks", "classes"), [(1, 1), (FILLED, 1), (FILLED + 1, 2)])
def test_there_are_classes_for_at_least_so_many_marks(marks: int, classes: int) -> None:
    assert classes_for(marks, A_CLASS) == classes


def test_a_school_of_many_classes_has_them_in_years_of_their_own(database: Database) -> None:
    classes = Size(classes=1, pupils=1, journals=1, columns=2)
    grow(database, 60, 1, classes)
    with database.store.reading(SchoolId(1), System("test")) as unit:
        years = [len(list(unit.classes.of_year(year.id))) for year in unit.years.all()]
    assert years == [14, 14, 14, 14, 4]


def test_places_for_marks_are_vacant_and_pages_and_weeks_are_not(database: Database) -> None:
    grown = grow(database, 1, 1, A_CLASS)
    assert len(list(islice(grown.places, 100))) == 3 * 2
    with database.store.reading(SchoolId(1), System("test")) as unit:
        on_a_page = Counter(mark.journal for mark in unit.marks.all())
        whose = {mark.pupil for mark in unit.marks.all()}
    assert on_a_page == {journal: 3 * 4 for _, _, journal in grown.journals}
    assert whose == {pupil for _, _, pupil in grown.readers}


def test_each_mark_that_is_timed_is_one_in_the_ledger(database: Database) -> None:
    grown = grow(database, 1, 1, A_CLASS)
    before = database.store.heads()[SchoolId(1)].seq
    sizes = measure_sizes([grown], Often(rounds=2, marks=2, pages=1, weeks=1))
    assert [len(timed.rounds) for (timed,) in sizes.costs.values()] == [2, 2, 2]
    assert database.store.heads()[SchoolId(1)].seq == before + 3 * 2
    assert marks_in(database) == {1: FILLED + 3 * 2}
    assert database.store.verify(SchoolId(1)) == []


@pytest.mark.bench
def test_writers_leave_every_mark_that_is_counted(database: Database) -> None:
    crowd = Crowd(writers=2, rounds=1, marks=4, size=Size(2, 4, 2, 24))
    one, own = measure_writers(database, crowd)
    assert (one.schools, own.schools) == (1, 2)
    assert [len(each.ours) for each in (one, own)] == [1, 1]
    before, each = crowd.size.marks // 2, crowd.each
    assert marks_in(database) == {1: before + 2 * each, 2: before + each, 3: before + each}
    assert [database.store.verify(SchoolId(school)) for school in (1, 2, 3)] == [[], [], []]


@pytest.mark.bench
def test_rows_of_files_go_in_and_come_out(database: Database) -> None:
    measured = measure_memory(database, [10, 40], A_CLASS)
    assert [each.rows for each in measured] == [10, 40]
    assert marks_in(database) == {1: 10, 2: 40}


@pytest.mark.bench
def test_peers_leave_as_many_marks_as_the_library(database: Database, tmp_path: Path) -> None:
    from benchmarks.peers.works import Options, one

    options = Options(rounds=2, ones=3, many=20, of_a_journal=4, size=Size(1, 5, 2, 10))
    singly = {each.timed.name: each.left for each in one(database, options, tmp_path)}
    assert singly == {
        "ejournal": 9,
        "SQLAlchemy ORM": 9,
        "Django, save": 9,
        "eventsourcing, its cache": 9,
        "eventsourcing, replay": 3,
    }
    assert [database.store.verify(SchoolId(school)) for school in (1, 2)] == [[], []]


@pytest.mark.bench
def test_peers_take_in_as_many_marks_as_the_library(database: Database, tmp_path: Path) -> None:
    from benchmarks.peers.works import Options, many

    options = Options(rounds=2, many=20, size=Size(1, 5, 2, 10))
    assert {each.left for each in many(database, options, tmp_path)} == {60}


@pytest.mark.parametrize("part", ["growth", "memory", "writers"])
@pytest.mark.bench
def test_the_command_tells_of_each_part_on_its_page(part: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"<!-- {part} on sqlite: measured -->\n<!-- {part} on sqlite: end -->\n")
    small = ["--marks", "100", "300", "--schools", "1", "2", "--rows", "10", "20"]
    asked = ["--only", part, "--on", "sqlite", "--quick", *small, "--page", str(page)]
    growth.main(asked)
    assert "| SQLite" in page.read_text() or ", SQLite" in page.read_text()
