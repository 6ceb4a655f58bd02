"""What a mark, a page and a week cost in databases of different sizes, measured in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import cycle, islice
from typing import TypeVar

from attrs import frozen

from benchmarks.growth.filling import Grown
from benchmarks.report import table
from benchmarks.results import Compared
from benchmarks.timing import Contestant, Timed, alternate
from ejournal.ids import JournalId, PupilId, SchoolId
from ejournal.model.access import Actor
from ejournal.model.marks import Grade
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import diary_week, journal_page

__all__ = ["Often", "Sizes", "measure_sizes"]

T = TypeVar("T")

_DAY = date(2026, 11, 4)
_FLAT = 1.5


@frozen
class Often:
    """How many rounds there are, and how often each work is done in one."""

    rounds: int = 9
    marks: int = 100
    pages: int = 10
    weeks: int = 20


@frozen
class Sizes:
    """The cost of each work in each database, the smallest one first."""

    grown: Sequence[Grown]
    costs: dict[str, list[Timed]]

    @property
    def compared(self) -> list[Compared]:
        """Each work in each larger database beside the same in the smallest."""
        served = self.grown[0].database.served
        return [
            Compared(work, larger, smallest, at_most=_FLAT, served=served)
            for work, (smallest, *others) in self.costs.items()
            for larger in others
        ]

    def __str__(self) -> str:
        database = self.grown[0].database
        return table(
            (f"{database.name} {database.version}: marks", "schools", *self.costs),
            (
                (
                    *(f"{each.marks:,}", f"{each.schools:,}"),
                    *(_cost(timed[number], timed[0]) for timed in self.costs.values()),
                )
                for number, each in enumerate(self.grown)
            ),
        )


def measure_sizes(grown: Sequence[Grown], often: Often) -> Sizes:
    """Do each work in every database in turn; pages and pupils come from all over each.

    All that is looked at was looked at once before, as on a school day: what the first look at it
    takes is the disk's, and not measured.
    """
    for each in grown:
        _look_through(each)
    works: dict[str, Callable[[Grown], Callable[[], int]]] = {
        "a mark": lambda each: _giving(each, often.marks),
        "a page": lambda each: _each_of(often.pages, each.journals, _Reading(each).page),
        "a week": lambda each: _each_of(often.weeks, each.readers, _Reading(each).week),
    }
    return Sizes(
        grown,
        {
            name: alternate(
                [Contestant(f"{nth}: {each}", work(each)) for nth, each in enumerate(grown)],
                often.rounds,
            )
            for name, work in works.items()
        },
    )


def _giving(grown: Grown, times: int) -> Callable[[], int]:
    def give_some() -> int:
        some = list(islice(grown.places, times))
        for school, teacher, column, pupil in some:
            grown.database.store.run(
                school, teacher, give_mark, column, pupil=pupil, value=Grade(7)
            )
        if len(some) < times:
            raise ValueError("the schools have no more room for marks: take fewer rounds")
        return times

    return give_some


@frozen
class _Reading:
    grown: Grown

    def page(self, school: SchoolId, teacher: Actor, journal: JournalId) -> None:
        with self.grown.database.store.reading(school, teacher) as unit:
            journal_page(unit, journal)

    def week(self, school: SchoolId, reader: Actor, pupil: PupilId) -> None:
        with self.grown.database.store.reading(school, reader) as unit:
            diary_week(unit, pupil, _DAY)


def _look_through(grown: Grown) -> None:
    reading = _Reading(grown)
    for school, teacher, journal in grown.journals:
        reading.page(school, teacher, journal)
    for school, reader, pupil in grown.readers:
        reading.week(school, reader, pupil)


def _each_of(
    times: int,
    items: Iterable[tuple[SchoolId, Actor, T]],
    work: Callable[[SchoolId, Actor, T], None],
) -> Callable[[], int]:
    going = cycle(items)

    def round_() -> int:
        for item in islice(going, times):
            work(*item)
        return times

    return round_


def _cost(timed: Timed, smallest: Timed) -> str:
    return f"{timed.median * 1e3:.2f} ms ({timed.median / smallest.median:.2f})"
