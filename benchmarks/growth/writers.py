"""What eight writers get done together, on one school and on eight, beside the same by hand."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from statistics import median

from attrs import frozen
from pymongo.errors import PyMongoError

from benchmarks.by_hand.marking import CoreMarking
from benchmarks.by_hand.marking_mongo import PyMongoMarking
from benchmarks.databases import Database
from benchmarks.growth.children import CHILDREN, address_of, opened
from benchmarks.growth.filling import Place
from benchmarks.report import table
from benchmarks.school import NOW, FilledSchool, Size, fill
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.model.marks import Grade
from ejournal.usecases.marking import give_mark

__all__ = ["Crowd", "Throughput", "measure_writers", "writers_table"]

_BY_HAND = {"SQLite": "SQLAlchemy Core", "PostgreSQL": "SQLAlchemy Core", "MongoDB": "PyMongo"}
_SIZE = Size(classes=8, pupils=30, journals=8, columns=40)


@frozen
class Crowd:
    """How many writers there are, and how many marks each of them gives in each round."""

    writers: int = 8
    rounds: int = 7
    marks: int = 100
    size: Size = _SIZE

    @property
    def each(self) -> int:
        """How many places for marks a writer needs: one round is for nothing."""
        return 2 * (self.rounds + 1) * self.marks

    @property
    def filled(self) -> int:
        """How many columns have their marks before: half of them."""
        return self.size.columns // 2


@frozen
class Throughput:
    """Marks a second of all writers together, by the library and by hand, round by round."""

    where: str
    schools: int
    ours: Sequence[float]
    by_hand: Sequence[float]
    beside: str

    @property
    def ratio(self) -> float:
        """How many times as much gets done with the library."""
        return median(self.ours) / median(self.by_hand)


def measure_writers(database: Database, crowd: Crowd) -> list[Throughput]:
    """Let all of them write in one school, and then each in a school of its own."""
    made = [
        fill(database.store, crowd.size, number, filled=crowd.filled)
        for number in range(1, crowd.writers + 2)
    ]
    database.settle()
    shared, *own = made
    in_one = _places(shared, crowd, crowd.writers)
    return [
        # Each writer has every so-manieth pupil.
        _measured(database, crowd, 1, [in_one[nth :: crowd.writers] for nth in range(len(own))]),
        _measured(database, crowd, len(own), [_places(school, crowd, 1) for school in own]),
    ]


def writers_table(measured: Sequence[Throughput], writers: int) -> str:
    """Return the table of what was done in a second."""
    return table(
        (f"{writers} writers", "ejournal", "by hand", "ratio"),
        (
            (
                f"on {each.schools} school{'s' if each.schools > 1 else ''}, {each.where}",
                f"{median(each.ours):.0f} marks/s",
                f"{median(each.by_hand):.0f} marks/s ({each.beside})",
                f"**{each.ratio:.2f}**",
            )
            for each in measured
        ),
    )


def _places(school: FilledSchool, crowd: Crowd, writers: int) -> list[Place]:
    """Return as many places as that many writers will fill."""
    teachers = {
        journal.id: school.teacher(journal)
        for taught in school.taught
        for journal in taught.journals
    }
    places = [
        (school.id, teachers[column.journal], column.id, pupil.id)
        for column, pupil in islice(school.cells(crowd.filled), crowd.each * writers)
    ]
    if len(places) < crowd.each * writers:
        raise ValueError("the school has no room for so many marks: take a larger one")
    return places


def _measured(
    database: Database, crowd: Crowd, schools: int, places: Sequence[Sequence[Place]]
) -> Throughput:
    rates: dict[str, list[float]] = {"ejournal": [], "by hand": []}
    with _writers(address_of(database), places) as (pipes, together):
        for number in range(-1, crowd.rounds):
            for name in rates if number % 2 else reversed(rates):
                for pipe in pipes:
                    pipe.send((name, crowd.marks))
                together.wait()
                started = time.monotonic()
                ended = max([pipe.recv() for pipe in pipes])
                if number >= 0:
                    rates[name].append(crowd.marks * len(pipes) / (ended - started))
    return Throughput(
        f"{database.name} {database.version}",
        *(schools, rates["ejournal"], rates["by hand"]),
        _BY_HAND[database.name],
    )


@contextmanager
def _writers(
    address: str, places: Sequence[Sequence[Place]]
) -> Iterator[tuple[Sequence[Connection], Barrier]]:
    """Start a process for each list of places, and end it with the block."""
    together = CHILDREN.Barrier(len(places) + 1, timeout=120)
    with ExitStack() as stack:
        pipes = []
        for some in places:
            ours, theirs = CHILDREN.Pipe()
            process = CHILDREN.Process(target=_write, args=(address, some, theirs, together))
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(ours.send, None)
            pipes.append(ours)
        yield pipes, together


def _write(address: str, places: Sequence[Place], pipe: Connection, together: Barrier) -> None:
    """Give as many marks as asked for, in the way asked for, and say when it was done."""
    going = iter(places)
    with opened(address) as store:
        ways = {"ejournal": _ours(store), "by hand": _by_hand(store)}
        while (asked := pipe.recv()) is not None:
            name, times = asked
            give, some = ways[name], list(islice(going, times))
            together.wait()
            for place in some:
                give(*place)
            pipe.send(time.monotonic())


Giving = Callable[..., object]


def _ours(store: SqlStore | MongoStore) -> Giving:
    return lambda school, teacher, column, pupil: store.run(
        school, teacher, give_mark, column, pupil=pupil, value=Grade(7)
    )


def _by_hand(store: SqlStore | MongoStore) -> Giving:
    if isinstance(store, SqlStore):
        core = CoreMarking(store.engine)
        return lambda _, teacher, column, pupil: core.give(
            teacher, column, pupil=pupil, value=Grade(7), now=NOW
        )
    documents = PyMongoMarking(store.database)
    return _until_done(
        lambda _, teacher, column, pupil: documents.give(
            teacher, column, pupil=pupil, value=Grade(7), now=NOW
        )
    )


def _until_done(give: Giving) -> Giving:
    """Begin again where another writer was first, as MongoDB asks of who uses transactions."""

    def give_at_last(*place: object) -> object:
        pause = 0.002
        while True:
            try:
                return give(*place)
            except PyMongoError as error:
                if not error.has_error_label("TransientTransactionError"):
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            pause = min(2 * pause, 0.1)

    return give_at_last
