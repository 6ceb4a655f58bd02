"""Databases of many marks in one school or in many, filled in the order that schools do it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import islice
from random import Random

import sqlalchemy as sa
from attrs import define, evolve

from benchmarks.databases import Database
from benchmarks.school import FIRST_DAY, FilledSchool, Size, Taught, add_year, fill
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.mongo.documents import Layout
from ejournal.adapters.sql import SqlStore
from ejournal.codec import shape_of
from ejournal.ids import ColumnId, JournalId, PupilId, SchoolId, StaffId
from ejournal.model.access import Actor, System
from ejournal.model.catalogue import MARKS
from ejournal.model.journal import Column
from ejournal.model.marks import Grade
from ejournal.model.people import Pupil
from ejournal.ports import Row

__all__ = ["A_CLASS", "Grown", "Place", "classes_for", "furnished", "grow"]

A_CLASS = Size(classes=1, pupils=30, journals=8, columns=40)
"""What every school has some of; the last column of each journal waits for its marks."""

_IN_A_YEAR = 14
_AT_ONCE = 3
_IN_A_UNIT = 10_000
_LOOKED_AT = 100

Place = tuple[SchoolId, Actor, ColumnId, PupilId]
"""A place for a mark: in which school, who may give it, in which column, and to whom."""


@define
class Grown:
    """A database that was filled, and what is looked for in it: taken from all over it at random.

    Every place for a mark comes once.
    """

    database: Database
    marks: int
    schools: int
    places: Iterator[Place]
    journals: Sequence[tuple[SchoolId, Actor, JournalId]]
    readers: Sequence[tuple[SchoolId, Actor, PupilId]]

    def __str__(self) -> str:
        return f"{self.marks:,} marks in {self.schools:,} schools"


def classes_for(marks: int, of: Size = A_CLASS) -> int:
    """Return how many classes have that many marks."""
    return -(-marks // _in_a_class(of))


def _in_a_class(of: Size) -> int:
    return of.pupils * of.journals * (of.columns - 1)


def grow(database: Database, classes: int, schools: int, of: Size = A_CLASS) -> Grown:
    """Fill a database with the marks of so many classes, shared out among so many schools.

    There is no school without a class.
    """
    shared, more = divmod(classes, schools)
    made = [
        furnished(database, evolve(of, classes=shared + (number < more)), number + 1)
        for number in range(schools)
    ]
    for shares in _units(_shares(made, of.columns - 1)):
        _keep(database.store, shares)
    _rest(database)
    return _looked_at(database, made, classes * _in_a_class(of))


def furnished(database: Database, size: Size, school: int) -> FilledSchool:
    """Put a school without marks in place, a few classes in each year: a unit has them all."""
    store, rest = database.store, size.classes
    made = fill(store, evolve(size, classes=min(rest, _IN_A_YEAR)), school, filled=0)
    while rest := rest - min(rest, _IN_A_YEAR):
        of_a_year = evolve(size, classes=min(rest, _IN_A_YEAR))
        store.run(made.id, System("benchmark"), add_year, made, of_a_year)
    return made


def _shares(made: Sequence[FilledSchool], filled: int) -> Iterator[tuple[SchoolId, list[Row]]]:
    """Yield rows of some columns in one school after the other, then of the columns behind."""
    for first in range(0, filled, _AT_ONCE):
        places = range(first, min(first + _AT_ONCE, filled))
        for school in made:
            rows = _rows(school.taught, places)
            while some := list(islice(rows, _IN_A_UNIT)):
                yield school.id, some


def _units(
    shares: Iterable[tuple[SchoolId, list[Row]]],
) -> Iterator[list[tuple[SchoolId, list[Row]]]]:
    """Yield as many shares together as a transaction may well have."""
    unit: list[tuple[SchoolId, list[Row]]] = []
    for share in shares:
        unit.append(share)
        if sum(len(rows) for _, rows in unit) >= _IN_A_UNIT:
            yield unit
            unit = []
    if unit:
        yield unit


_TABLE = shape_of(MARKS).table


def _keep(store: SqlStore | MongoStore, shares: Sequence[tuple[SchoolId, list[Row]]]) -> None:
    """Insert rows in one transaction; into MongoDB without one, and without looking for others."""
    if isinstance(store, MongoStore):
        document = Layout(_TABLE).document
        documents = [document(school, row) for school, rows in shares for row in rows]
        store.database[f"ejournal_{_TABLE.name}"].insert_many(documents, ordered=False)
        return
    with store.begin(writing=True) as transaction:
        for school, rows in shares:
            transaction.insert(_TABLE, school, rows)


def _rows(taught: Iterable[Taught], places: Iterable[int]) -> Iterator[Row]:
    for each in taught:
        for journal, columns in zip(each.journals, each.columns, strict=True):
            for place in places:
                value = Grade(1 + place % 12)
                yield from _rows_of(columns[place], each.pupils, journal.teacher, value)


_PUPIL = _TABLE.place("pupil")


def _rows_of(
    column: Column, pupils: Sequence[Pupil], teacher: StaffId, value: Grade
) -> Iterator[Row]:
    """Yield a column of marks: rows that differ by the pupil."""
    first, *_ = pupils
    at = datetime.combine(column.day or FIRST_DAY, time(9), UTC)
    row = shape_of(MARKS).row(column.mark(first.id, value, "", teacher, at))
    before, behind = row[:_PUPIL], row[_PUPIL + 1 :]
    return ((*before, pupil.id, *behind) for pupil in pupils)


def _rest(database: Database) -> None:
    """Let the database put in order what came in a hurry, as it does over time."""
    database.settle()
    if isinstance(database.store, MongoStore):
        database.store.database.client.admin.command("fsync")
        return
    commands = {"sqlite": "PRAGMA wal_checkpoint(TRUNCATE)", "postgresql": "VACUUM; CHECKPOINT"}
    settled = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with settled.connect() as connection:
        for command in commands[database.engine.dialect.name].split("; "):
            connection.execute(sa.text(command))


def _looked_at(database: Database, made: Sequence[FilledSchool], marks: int) -> Grown:
    """Choose the classes that are looked at, as many everywhere, and forget the others."""
    chance = Random(1)  # noqa: S311 - the same each time
    every = [(school, taught) for school in made for taught in school.taught]
    chosen = chance.sample(every, min(_LOOKED_AT, len(every)))
    places = [
        (school.id, school.teacher(journal), columns[-1].id, pupil.id)
        for school, taught in chosen
        for journal, columns in zip(taught.journals, taught.columns, strict=True)
        for pupil in taught.pupils
    ]
    journals = [
        (school.id, school.teacher(journal), journal.id)
        for school, taught in chosen
        for journal in taught.journals
    ]
    readers = [
        (school.id, school.reader(pupil.id), pupil.id)
        for school, taught in chosen
        for pupil in taught.pupils
    ]
    for some in (places, journals, readers):
        chance.shuffle(some)
    return Grown(database, marks, len(made), iter(places), journals, readers)
