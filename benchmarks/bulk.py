"""The works over many marks at once: taken in from CSV, given out as CSV, averaged."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from pathlib import Path

from attrs import evolve, frozen

from benchmarks.by_hand.exporting import (
    GivesOut,
    PsycopgGivesOut,
    PyMongoGivesOut,
    RawSqliteGivesOut,
)
from benchmarks.by_hand.importing import TakesMarks
from benchmarks.by_hand.importing_mongo import PyMongoImporting
from benchmarks.by_hand.importing_sql import PsycopgImporting, RawSqliteImporting
from benchmarks.databases import Database, raw_psycopg, raw_sqlite
from benchmarks.results import Compared
from benchmarks.school import NOW, FilledSchool, Size, fill, mark_lines
from benchmarks.timing import Contestant, alternate
from benchmarks.works import Options, Ready
from ejournal.adapters.mongo import MongoStore
from ejournal.ids import ImportId
from ejournal.usecases.exporting import export_marks
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.reading import means_of_school

__all__ = ["BULK", "ByHand", "Share", "by_hand", "export", "share", "take_in", "take_in_by_hand"]

_TAKEN_AT_MOST = {"SQLite": 1.3, "PostgreSQL": 1.4, "MongoDB": 1.3}


@frozen
class ByHand:
    """What is written by hand for one database."""

    name: str
    takes: TakesMarks
    gives: GivesOut


@contextmanager
def by_hand(database: Database) -> Iterator[ByHand]:
    """Open the driver of a database, for works that are written for it by hand."""
    if isinstance(database.store, MongoStore):
        kept = database.store.database
        yield ByHand("PyMongo", PyMongoImporting(kept), PyMongoGivesOut(kept))
    elif database.file:
        with raw_sqlite(database.file) as raw:
            yield ByHand("sqlite3", RawSqliteImporting(raw), RawSqliteGivesOut(raw))
    else:
        with raw_psycopg(database.engine) as driver:
            yield ByHand("psycopg", PsycopgImporting(driver), PsycopgGivesOut(driver))


@frozen
class Share:
    """A school without marks, a file with all of its marks, and the import begun for it."""

    school: FilledSchool
    file: Path
    taking: ImportId


def share(database: Database, size: Size, school: int, folder: Path) -> Share:
    """Make a school ready to have its marks taken in."""
    made = fill(database.store, size, school, filled=0)
    file = folder / f"{school}.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        lines.writelines(mark_lines(made))
    begun = database.store.run(made.id, made.administrator, begin_import, "журнал іншої системи")
    return Share(made, file, begun.id)


def take_in(database: Database, of: Share) -> list[int]:
    """Take a school's marks in as the library does; return the numbers of rows refused."""
    school = of.school
    with of.file.open(encoding="utf-8", newline="") as lines:
        done = import_marks(database.store, school.id, school.administrator, of.taking, lines)
    return [number for number, _ in done.refusals]


def take_in_by_hand(takes: TakesMarks, of: Share) -> list[int]:
    """Take a school's marks in by hand; return the numbers of rows refused."""
    school = of.school
    with of.file.open(encoding="utf-8", newline="") as lines:
        return takes.take(school.id, school.administrator, of.taking, lines, NOW)


def marks_in(made: Ready) -> Compared:
    """Take marks in from CSV, each round into another school: checked, with the ledger."""
    database, size = made.database, _size_of_share(made.options)
    part = size.marks / made.options.bulk

    def taking(take: Callable[[Share], list[int]], shares: Iterator[Share]) -> Callable[[], float]:
        def round_() -> float:
            if refused := take(next(shares)):
                raise ValueError(refused)
            return part

        return round_

    rounds = made.options.shares + 1
    with by_hand(database) as hand, tempfile.TemporaryDirectory(prefix="ejournal-in-") as folder:
        numbers = count(100)
        ours, theirs = (
            iter([share(database, size, next(numbers), Path(folder)) for _ in range(rounds)])
            for _ in range(2)
        )
        database.settle()
        library, driver = alternate(
            [
                Contestant("ejournal", taking(lambda of: take_in(database, of), ours)),
                Contestant(hand.name, taking(lambda of: take_in_by_hand(hand.takes, of), theirs)),
            ],
            made.options.shares,
        )
    return Compared(
        f"{made.options.bulk:,} marks in from CSV",
        *(library, driver),
        at_most=_TAKEN_AT_MOST[database.name],
        served=database.served,
    )


def marks_out(made: Ready) -> Compared:
    """Give marks out to a file, each round those of another school."""
    database, size = made.database, _size_of_share(made.options)
    part = size.marks / made.options.bulk
    schools = [fill(database.store, size, 200 + number) for number in range(made.options.shares)]
    database.settle()
    with by_hand(database) as hand, tempfile.TemporaryDirectory(prefix="ejournal-out-") as folder:
        file = Path(folder) / "results.csv"

        def ours(school: FilledSchool) -> None:
            export(database, school, file)

        def theirs(school: FilledSchool) -> None:
            with file.open("w", encoding="utf-8", newline="") as lines:
                hand.gives.export(school.id, lines)

        def giving(give: Callable[[FilledSchool], None]) -> Callable[[], float]:
            going = cycle(schools)

            def round_() -> float:
                give(next(going))
                return part

            return round_

        library, driver = alternate(
            [Contestant("ejournal", giving(ours)), Contestant(hand.name, giving(theirs))],
            made.options.shares,
        )
    return Compared(
        f"{made.options.bulk:,} marks out to results.csv",
        *(library, driver),
        at_most=1,
        served=database.served,
    )


def export(database: Database, school: FilledSchool, file: Path) -> None:
    """Give a school's marks out as the library does."""
    with (
        database.store.reading(school.id, school.administrator) as unit,
        file.open("wb") as pieces,
    ):
        pieces.writelines(export_marks(unit))


def means(made: Ready) -> Compared:
    """Tell the mean of each pupil in each journal of a school."""
    database, school = made.database, made.school

    def exact() -> int:
        with database.store.reading(school.id, school.administrator) as unit:
            means_of_school(unit)
        return 1

    with by_hand(database) as hand:

        def averaged() -> int:
            hand.gives.averages(school.id)
            return 1

        library, driver = alternate(
            [Contestant("ejournal", exact), Contestant(f"{hand.name}, avg", averaged)],
            made.options.rounds,
        )
    return Compared(
        f"means of a school of {made.options.size.marks:,} marks",
        *(library, driver),
        at_most=3,
        served=database.served,
    )


def _size_of_share(options: Options) -> Size:
    """Return the size of a school that has its share of the marks, to a class."""
    a_class = evolve(options.size, classes=1).marks
    return evolve(options.size, classes=max(1, -(-options.bulk // options.shares // a_class)))


BULK: dict[str, Callable[[Ready], Compared]] = {"in": marks_in, "out": marks_out, "means": means}
