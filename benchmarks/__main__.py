"""`python -m benchmarks`: measure, print, and say by the exit code whether promises are kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from benchmarks.databases import DATABASES, machine
from benchmarks.report import put_into, ratios
from benchmarks.school import Size
from benchmarks.works import WORKS, Options, ready, works_on

QUICK = Options(rounds=3, marks=20, pages=2, weeks=5, size=Size(4, 30, 8, 40))


def main(arguments: Sequence[str]) -> int:
    """Return 1 where a work takes longer than was promised."""
    asked = _parser().parse_args(arguments)
    options = QUICK if asked.quick else Options()
    if asked.rounds:
        options = evolve(options, rounds=asked.rounds)
    told = [f"On {machine()}."]
    kept = True
    for name in asked.on:
        with DATABASES[name]() as database:
            made = ready(database, options)
            compared = [WORKS[work](made) for work in asked.only if work in works_on(database)]
            where = f"{database.name} {database.version}"
            told.append(ratios(where, compared))
            print(told[-1], flush=True)
            kept = kept and all(each.is_within for each in compared)
    if asked.page:
        put_into(asked.page, "speed", "\n\n".join(told))
    return 0 if kept else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(WORKS), default=list(WORKS))
    parser.add_argument("--on", nargs="+", choices=list(DATABASES), default=list(DATABASES))
    parser.add_argument("--rounds", type=int, help="how often each contestant has its turn")
    parser.add_argument("--quick", action="store_true", help="a small school and few rounds")
    parser.add_argument("--page", type=Path, help="the page into which the tables are put")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
