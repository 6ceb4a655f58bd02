"""`python -m benchmarks.peers`: measure the library beside its peers, and print."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from benchmarks.databases import DATABASES, machine
from benchmarks.peers.works import Measured, Options, many, one
from benchmarks.report import put_into, table
from benchmarks.school import Size

_WORKS = {"one": one, "many": many}
_TITLES = {"one": "one mark", "many": "a mark of many"}
QUICK = Options(rounds=3, ones=5, many=100, of_a_journal=20, size=Size(2, 10, 4, 10))


def main(arguments: Sequence[str]) -> int:
    """Return 0: nothing is promised of others."""
    asked = _parser().parse_args(arguments)
    options = QUICK if asked.quick else Options()
    options = evolve(options, rounds=asked.rounds or options.rounds)
    told = []
    for name in asked.on:
        for work in asked.only:
            with DATABASES[name]() as database, tempfile.TemporaryDirectory() as folder:
                measured = _WORKS[work](database, options, Path(folder))
                where = f"{_TITLES[work]}, {database.name} {database.version}"
            told.append(_table(where, measured))
            print(told[-1], flush=True)
    if asked.page:
        where = f"On {machine()}; the load was {os.getloadavg()[1]:.1f}."
        put_into(asked.page, "peers", "\n\n".join([where, *told]))
    return 0


def _table(where: str, measured: Sequence[Measured]) -> str:
    ours, *_ = measured
    return table(
        (where, "takes", "of ejournal's time", "and does"),
        (
            (
                each.timed.name,
                _time(each.timed.median),
                f"{each.timed.median / ours.timed.median:.2f}",
                each.does,
            )
            for each in measured
        ),
    )


def _time(seconds: float) -> str:
    return f"{seconds * 1e3:.2f} ms" if seconds >= 0.001 else f"{seconds * 1e6:.1f} µs"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(_WORKS), default=list(_WORKS))
    parser.add_argument(
        "--on", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"]
    )
    parser.add_argument("--rounds", type=int, help="how often each contestant has its turn")
    parser.add_argument("--quick", action="store_true", help="a small school and few rounds")
    parser.add_argument("--page", type=Path, help="the page into which the tables are put")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
