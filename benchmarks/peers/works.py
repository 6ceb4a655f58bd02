"""One mark and many, by the library and by its peers in the same rounds."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import UUID

from attrs import field, frozen

from benchmarks.databases import Database
from benchmarks.growth.children import administrator
from benchmarks.peers import orm
from benchmarks.peers.django_rows import DjangoRows
from benchmarks.peers.event_sourced import EventSourced
from benchmarks.school import NOW, FilledSchool, Size, fill
from benchmarks.timing import Contestant, Timed, alternate
from ejournal.ids import spell_id
from ejournal.model.access import Actor, System
from ejournal.model.journal import Mark
from ejournal.model.ledger import Event
from ejournal.model.marks import Grade, spell_mark
from ejournal.store import SchoolUnit
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.marking import give_mark

__all__ = ["Measured", "Options", "many", "one"]

_EVERYTHING = "rights, rules, the mark, its entry in the ledger"
_IN_A_UNIT = 10_000


@frozen
class Options:
    """How many rounds there are, how much is done in each, and in schools of which size."""

    rounds: int = 7
    ones: int = 100
    many: int = 50_000
    of_a_journal: int = 1_200
    size: Size = field(factory=lambda: Size(classes=50))


@frozen
class Measured:
    """A contestant's times, what it did for them, and how many marks were there in the end."""

    timed: Timed
    does: str
    left: int


@frozen
class _Peer:
    """One way to do a work some number of times, and to count what it left behind."""

    contestant: Contestant
    does: str
    count: Callable[[], int]


class Poured(Event):
    """Marks came in bulk."""

    name = "poured"


def one(database: Database, options: Options, folder: Path) -> list[Measured]:
    """Give one mark after another, each committed; the library is the first."""
    store, engine, times = database.store, database.engine, options.ones
    made = fill(store, options.size, 1, filled=0)
    other = fill(store, options.size, 2, filled=0)
    database.settle()
    core = orm.OrmMarking(engine)

    def ours(teacher: Actor, mark: Mark) -> None:
        store.run(made.id, teacher, give_mark, mark.column, pupil=mark.pupil, value=mark.value)

    def through_orm(teacher: Actor, mark: Mark) -> None:
        core.give(teacher, mark.column, pupil=mark.pupil, value=mark.value, now=NOW)

    with ExitStack() as stack:
        django = stack.enter_context(closing(DjangoRows(engine.url)))
        peers = [
            _one(
                *("ejournal", made),
                give=ours,
                times=times,
                does=_EVERYTHING,
                count=partial(_kept, database, made),
            ),
            _one(
                *("SQLAlchemy ORM", other),
                give=through_orm,
                times=times,
                does="the same by hand",
                count=partial(_kept, database, other),
            ),
            _one(
                *("Django, save", made),
                give=lambda _, mark: django.give(mark),
                times=times,
                does="a row",
                count=django.count,
            ),
        ]
        if not database.served:
            peers += _event_sourced(stack, made, options, folder)
        return _measured(peers, options.rounds)


def _event_sourced(
    stack: ExitStack, made: FilledSchool, options: Options, folder: Path
) -> Iterator[_Peer]:
    """Yield what records on aggregates, each round on another one of as many marks."""
    for name, cache in (("its cache", options.rounds + 2), ("replay", 0)):
        kept = stack.enter_context(
            closing(EventSourced(folder / f"{name}.db".replace(" ", "-"), cache=cache))
        )
        # Replaying takes so long that less of it will do.
        times = options.ones if cache else -(-options.ones // 10)
        journals = [kept.journal(options.of_a_journal) for _ in range(options.rounds + 1)]
        yield _one(
            *(f"eventsourcing, {name}", made),
            give=_on_each(kept.give, journals, times),
            times=times,
            does=f"an event of an aggregate of {options.of_a_journal:,}",
            count=partial(_added, kept, journals, options.of_a_journal),
        )


def _added(kept: EventSourced, journals: Sequence[UUID], before: int) -> int:
    return sum(kept.count(journal) - before for journal in journals)


def _on_each(
    give: Callable[[UUID, Mark], None], journals: Sequence[UUID], times: int
) -> Callable[[Actor, Mark], None]:
    """Give so many marks in the first journal, then as many in the next."""
    going = (journal for journal in journals for _ in range(times))
    return lambda _, mark: give(next(going), mark)


def _one(
    name: str,
    school: FilledSchool,
    *,
    give: Callable[[Actor, Mark], None],
    times: int,
    does: str,
    count: Callable[[], int],
) -> _Peer:
    teachers = {
        journal.id: school.teacher(journal)
        for taught in school.taught
        for journal in taught.journals
    }
    going = _marks(school)

    def round_() -> int:
        for mark in islice(going, times):
            give(teachers[mark.journal], mark)
        return times

    return _Peer(Contestant(name, round_), does, count)


def many(database: Database, options: Options, folder: Path) -> list[Measured]:
    """Take many marks in at once; the library is the first, from a file that it checks."""
    store, engine, rows = database.store, database.engine, options.many
    imported, poured, added = (fill(store, options.size, number, filled=0) for number in (1, 2, 3))
    database.settle()
    who = administrator(store, imported)
    files = iter(_files(folder, imported, options))
    pouring, adding, creating = _marks(poured), _marks(added), _marks(imported)

    def take_in() -> int:
        with next(files).open(encoding="utf-8", newline="") as lines:
            taking = store.run(imported.id, who, begin_import, "a file of the benchmark").id
            return import_marks(store, imported.id, who, taking, lines).progress.taken

    def pour() -> int:
        some = islice(pouring, rows)
        while unit := list(islice(some, _IN_A_UNIT)):
            store.run(poured.id, System("benchmark"), _pour, unit)
        return rows

    def add_all() -> int:
        orm.take_in(engine, added.id, islice(adding, rows))
        return rows

    with closing(DjangoRows(engine.url)) as django:

        def bulk_create() -> int:
            django.take_in(islice(creating, rows))
            return rows

        return _measured(
            [
                _Peer(
                    Contestant("ejournal, import_marks", take_in),
                    "reads CSV; rights, rules, rows, an entry for each 10,000",
                    partial(_kept, database, imported),
                ),
                _Peer(
                    Contestant("ejournal, pour", pour),
                    "rows, an entry for each 10,000",
                    partial(_kept, database, poured),
                ),
                _Peer(Contestant("Django, bulk_create", bulk_create), "rows", django.count),
                _Peer(
                    Contestant("SQLAlchemy ORM, add_all", add_all),
                    "rows",
                    partial(_kept, database, added),
                ),
            ],
            options.rounds,
        )


def _measured(peers: Sequence[_Peer], rounds: int) -> list[Measured]:
    timed = alternate([peer.contestant for peer in peers], rounds)
    return [
        Measured(times, peer.does, peer.count()) for peer, times in zip(peers, timed, strict=True)
    ]


def _marks(school: FilledSchool) -> Iterator[Mark]:
    for number, (column, pupil) in enumerate(school.cells()):
        yield column.mark(pupil.id, Grade(1 + number % 12), "", None, NOW)


def _files(folder: Path, school: FilledSchool, options: Options) -> list[Path]:
    """Write a file for each round, and one for the round that does not count."""
    marks = _marks(school)
    files = [folder / f"marks-{number}.csv" for number in range(options.rounds + 1)]
    for file in files:
        with file.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines)
            writer.writerow(("column", "pupil", "value"))
            for mark in islice(marks, options.many):
                cells = spell_id(mark.column), spell_id(mark.pupil), spell_mark(mark.value)
                writer.writerow(cells)
    return files


def _pour(unit: SchoolUnit, marks: Sequence[Mark]) -> None:
    unit.marks.pour(marks)
    unit.record(Poured())


def _kept(database: Database, school: FilledSchool) -> int:
    with database.store.reading(school.id, System("benchmark")) as unit:
        return sum(sum(values.values()) for values in unit.marks.tallied().values())
