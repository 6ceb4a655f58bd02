"""The works that are measured: each by the library, and by hand over the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from datetime import date
from functools import cached_property
from itertools import cycle, islice
from typing import TypeVar

from attrs import define, field, frozen

from benchmarks.by_hand.marking import CoreMarking, GivesMarks, RawSqliteMarking
from benchmarks.by_hand.marking_mongo import PyMongoMarking
from benchmarks.by_hand.reading import CorePages, CoreWeeks
from benchmarks.databases import Database, raw_sqlite
from benchmarks.results import Compared
from benchmarks.school import NOW, FilledSchool, Size, fill
from benchmarks.timing import Contestant, alternate
from ejournal.adapters.mongo import MongoStore
from ejournal.ids import ColumnId, JournalId, PupilId
from ejournal.model.access import Actor
from ejournal.model.diary import DiaryWeek
from ejournal.model.journal import Mark
from ejournal.model.marks import Grade
from ejournal.model.page import JournalPage
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import diary_week, journal_page

__all__ = ["WORKS", "Options", "Ready", "ready", "works_on"]

T = TypeVar("T")

DAY = date(2026, 12, 8)
_MARK_AT_MOST = {"SQLite": 1.3, "PostgreSQL": 1.2, "MongoDB": 1.15}


@frozen
class Options:
    """How much is measured: rounds, how often each does the work, and the size of the schools.

    Works over `bulk` marks have as many rounds as there are `shares`, each with its share of them.
    """

    rounds: int = 9
    marks: int = 100
    pages: int = 5
    weeks: int = 20
    bulk: int = 1_000_000
    shares: int = 7
    recorded: int = 500
    size: Size = field(factory=Size)


@frozen
class Place:
    """A place for a mark and the teacher who may give it."""

    teacher: Actor
    column: ColumnId
    pupil: PupilId


@define
class Ready:
    """Two schools in a database: one is read, and in the other half of the marks are yet to come.

    Beside the library's ways to work in them stand those by hand.
    """

    database: Database
    options: Options
    school: FilledSchool
    growing: FilledSchool
    places: Iterator[Place] = field(init=False)

    def __attrs_post_init__(self) -> None:
        teachers = dict(_journals(self.growing))
        self.places = (
            Place(teachers[column.journal], column.id, pupil.id)
            for column, pupil in self.growing.cells(self.options.size.columns // 2)
        )

    @cached_property
    def pages(self) -> CorePages:
        """Pages read by hand."""
        return CorePages(self.database.engine)

    @cached_property
    def weeks(self) -> CoreWeeks:
        """Weeks read by hand."""
        return CoreWeeks(self.database.engine)

    @property
    def journals(self) -> list[tuple[JournalId, Actor]]:
        """Every journal that can be read, with its teacher."""
        return list(_journals(self.school))

    @property
    def readers(self) -> list[tuple[PupilId, Actor]]:
        """Every pupil whose diary can be read, and who reads it."""
        return [
            (pupil.id, self.school.reader(pupil.id))
            for taught in self.school.taught
            for pupil in taught.pupils
        ]

    def give(self, place: Place) -> Mark:
        """Give a mark as the library does."""
        run, school = self.database.store.run, self.growing.id
        return run(
            school, place.teacher, give_mark, place.column, pupil=place.pupil, value=Grade(7)
        )

    def page(self, journal: JournalId, teacher: Actor) -> JournalPage:
        """Read a page as the library does."""
        with self.database.store.reading(self.school.id, teacher) as unit:
            return journal_page(unit, journal)

    def week(self, pupil: PupilId, reader: Actor, day: date = DAY) -> DiaryWeek:
        """Read the week of a day as the library does."""
        with self.database.store.reading(self.school.id, reader) as unit:
            return diary_week(unit, pupil, day)


def _journals(school: FilledSchool) -> Iterator[tuple[JournalId, Actor]]:
    for taught in school.taught:
        for journal in taught.journals:
            yield journal.id, school.teacher(journal)


def ready(database: Database, options: Options) -> Ready:
    """Fill both schools, and let the database settle."""
    read = fill(database.store, options.size)
    growing = fill(database.store, options.size, school=2, filled=options.size.columns // 2)
    database.settle()
    return Ready(database, options, read, growing)


def mark(made: Ready) -> Compared:
    """Give one mark: rights, rules, the mark, its entry in the ledger."""
    database, times = made.database, made.options.marks

    def by(marking: GivesMarks) -> Callable[[], int]:
        def give_some() -> int:
            for place in _exactly(times, made.places):
                marking.give(
                    *(place.teacher, place.column), pupil=place.pupil, value=Grade(7), now=NOW
                )
            return times

        return give_some

    def give_some() -> int:
        for place in _exactly(times, made.places):
            made.give(place)
        return times

    with raw_sqlite(database.file) if database.file else nullcontext() as raw:
        contestants = [Contestant("ejournal", give_some)]
        if isinstance(database.store, MongoStore):
            contestants.append(Contestant("PyMongo", by(PyMongoMarking(database.store.database))))
        else:
            contestants.append(Contestant("SQLAlchemy Core", by(CoreMarking(database.engine))))
        if raw is not None:
            contestants.append(Contestant("sqlite3", by(RawSqliteMarking(raw))))
        ours, by_hand, *beside = alternate(contestants, made.options.rounds)
    return Compared(
        "give one mark",
        *(ours, by_hand),
        at_most=_MARK_AT_MOST[database.name],
        served=database.served,
        beside=tuple(beside),
    )


def page(made: Ready) -> Compared:
    """Read a page of 30 × 40 marks as the model's values."""
    ours, core = alternate(
        [
            Contestant("ejournal", _some(made.options.pages, made.journals, made.page)),
            Contestant(
                "SQLAlchemy Core",
                _some(
                    *(made.options.pages, made.journals),
                    lambda journal, teacher: made.pages.page(teacher, journal, NOW),
                ),
            ),
        ],
        made.options.rounds,
    )
    size = made.options.size
    work = f"page of {size.pupils} × {size.columns} marks"
    return Compared(work, ours, core, at_most=1.3, served=made.database.served)


def week(made: Ready) -> Compared:
    """Read a week of a diary."""
    ours, core = alternate(
        [
            Contestant("ejournal", _some(made.options.weeks, made.readers, made.week)),
            Contestant(
                "SQLAlchemy Core",
                _some(
                    *(made.options.weeks, made.readers),
                    lambda _, reader: made.weeks.week(reader, DAY, NOW),
                ),
            ),
        ],
        made.options.rounds,
    )
    return Compared("diary week", ours, core, at_most=1.4, served=made.database.served)


WORKS: dict[str, Callable[[Ready], Compared]] = {"mark": mark, "page": page, "week": week}


def works_on(database: Database) -> frozenset[str]:
    """Return the works that are written by hand for a database."""
    return frozenset({"mark"} if isinstance(database.store, MongoStore) else WORKS)


def _some(
    times: int, items: Iterable[tuple[T, Actor]], work: Callable[[T, Actor], object]
) -> Callable[[], int]:
    """Do a work for the next of the items, beginning again behind the last."""
    going = cycle(items)

    def round_() -> int:
        for item, actor in islice(going, times):
            work(item, actor)
        return times

    return round_


def _exactly(times: int, places: Iterator[Place]) -> list[Place]:
    some = list(islice(places, times))
    if len(some) < times:
        raise ValueError("the school has no more room for marks: take a larger one")
    return some
