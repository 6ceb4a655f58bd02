"""`python -m benchmarks`: measure, print, and say by the exit code whether promises are kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from benchmarks.bulk import BULK
from benchmarks.counting import counted, modules
from benchmarks.databases import DATABASES, Database, machine
from benchmarks.report import figures, put_into, ratios
from benchmarks.results import Compared, Figure
from benchmarks.school import Size
from benchmarks.works import WORKS, Options, ready, works_on

QUICK = Options(
    rounds=3,
    marks=20,
    pages=2,
    weeks=5,
    bulk=50_000,
    shares=3,
    recorded=200,
    size=Size(4, 30, 8, 40),
)
ALL = WORKS | BULK
FIGURES = "figures"


def main(arguments: Sequence[str]) -> int:
    """Return 1 where a work takes longer than was promised."""
    asked = _parser().parse_args(arguments)
    options = QUICK if asked.quick else Options()
    if asked.rounds:
        options = evolve(options, rounds=asked.rounds)
    if asked.marks:
        options = evolve(options, bulk=asked.marks)
    told = [f"On {machine()}."]
    exact: list[Figure] = []
    kept = True
    for name in asked.on:
        with DATABASES[name]() as database:
            counts, compared = _done(database, options, asked.only)
            exact += counts
            if compared:
                told.append(ratios(f"{database.name} {database.version}", compared))
                print(told[-1], flush=True)
            kept = kept and all(each.is_within for each in compared)
    if exact:
        told.append(figures([*exact, modules()]))
        print(told[-1])
    if asked.page:
        put_into(asked.page, "speed", "\n\n".join(told))
    return 0 if kept else 1


def _done(
    database: Database, options: Options, asked: Sequence[str]
) -> tuple[list[Figure], list[Compared]]:
    """Count before anything else is done, then do the works that are written by hand there."""
    made = ready(database, options)
    exact = counted(made) if FIGURES in asked else []
    there = works_on(database) | BULK.keys()
    return exact, [ALL[work](made) for work in asked if work in there]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    works = [*ALL, FIGURES]
    parser.add_argument("--only", nargs="+", choices=works, default=works)
    parser.add_argument("--on", nargs="+", choices=list(DATABASES), default=list(DATABASES))
    parser.add_argument("--rounds", type=int, help="how often each contestant has its turn")
    parser.add_argument("--marks", type=int, help="how many come in and go out in bulk")
    parser.add_argument("--quick", action="store_true", help="a small school and few rounds")
    parser.add_argument("--page", type=Path, help="the page into which the tables are put")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
