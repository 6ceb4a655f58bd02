"""`python -m benchmarks.growth`: measure, print, and say by the exit code whether it stays flat."""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from attrs import evolve

from benchmarks.databases import DATABASES, machine
from benchmarks.growth.filling import A_CLASS, Grown, classes_for, grow
from benchmarks.growth.memory import measure_memory, memory_table
from benchmarks.growth.sizes import Often, measure_sizes
from benchmarks.growth.writers import Crowd, measure_writers, writers_table
from benchmarks.report import put_into
from benchmarks.school import Size

_PARTS = ("growth", "memory", "writers")
_BYTES_A_MARK = 700
"""What a mark may take for a while, with its indexes and what a server keeps for its own safety."""

_MANY = (1_000_000, 10_000_000)
_FEW = (100, 400)
_SMALL = Size(classes=1, pupils=4, journals=2, columns=20)


def main(arguments: Sequence[str]) -> int:
    """Return 1 where a cost grows more than was promised."""
    asked = _parser().parse_args(arguments)
    kept = True
    for part in asked.only:
        for name in asked.on:
            text, within = _MEASURED[part](name, asked)
            kept = kept and within
            told = f"On {machine()}; the load was {os.getloadavg()[1]:.1f}.\n\n{text}"
            print(told, flush=True)
            if asked.page:
                put_into(asked.page, f"{part} on {name}", told)
    return 0 if kept else 1


def _sizes(name: str, asked: argparse.Namespace) -> tuple[str, bool]:
    often = Often(rounds=3, marks=2, pages=2, weeks=3) if asked.quick else Often()
    often = evolve(often, rounds=asked.rounds or often.rounds)
    of = _SMALL if asked.quick else A_CLASS
    sizes = [(marks, schools) for marks in _marks(asked) for schools in asked.schools]
    sizes += [(marks, max(asked.schools)) for marks in asked.once]
    # Schools that would have no class are left out, and then there may be as many as before.
    wanted = dict.fromkeys(
        (classes, min(schools, classes))
        for classes, schools in ((classes_for(marks, of), schools) for marks, schools in sizes)
    )
    _check_room(sum(classes for classes, _ in wanted) * of.marks)
    with ExitStack() as stack:
        grown: list[Grown] = []
        for classes, schools in wanted:
            database = stack.enter_context(DATABASES[name]())
            grown.append(grow(database, classes, schools, of))
            print(f"{database.name}: filled {grown[-1]}", flush=True)
        # What was made to be looked at stays; collecting garbage is not what is measured.
        gc.freeze()
        measured = measure_sizes(grown, often)
        return str(measured), all(each.is_within for each in measured.compared)


def _marks(asked: argparse.Namespace) -> Sequence[int]:
    marks: Sequence[int] = asked.marks or (_FEW if asked.quick else _MANY)
    return marks


def _memory(name: str, asked: argparse.Namespace) -> tuple[str, bool]:
    with DATABASES[name]() as database:
        of = _SMALL if asked.quick else A_CLASS
        return memory_table(measure_memory(database, asked.rows, of)), True


def _writers(name: str, asked: argparse.Namespace) -> tuple[str, bool]:
    crowd = Crowd(writers=2, rounds=1, marks=5, size=_SMALL) if asked.quick else Crowd()
    crowd = evolve(crowd, rounds=asked.rounds or crowd.rounds)
    with DATABASES[name]() as database:
        return writers_table(measure_writers(database, crowd), crowd.writers), True


_MEASURED: dict[str, Callable[[str, argparse.Namespace], tuple[str, bool]]] = {
    "growth": _sizes,
    "memory": _memory,
    "writers": _writers,
}


def _check_room(marks: int) -> None:
    folder = tempfile.gettempdir()
    free, needed = shutil.disk_usage(folder).free, marks * _BYTES_A_MARK
    if free < needed:
        sys.exit(f"{folder} has {free >> 20:,} MiB; so many marks may take {needed >> 20:,}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--on", nargs="+", choices=list(DATABASES), default=list(DATABASES))
    parser.add_argument("--marks", nargs="+", type=int, help=f"{_MANY}, or with --quick {_FEW}")
    parser.add_argument(
        "--once", nargs="+", type=int, default=[], help="so many marks, in the most schools alone"
    )
    parser.add_argument("--schools", nargs="+", type=int, default=[1, 1_000])
    parser.add_argument("--rows", nargs="+", type=int, default=[100_000, 300_000, 1_000_000])
    parser.add_argument("--rounds", type=int, help="how often each contestant has its turn")
    parser.add_argument("--quick", action="store_true", help="small schools and few rounds")
    parser.add_argument("--page", type=Path, help="the page into which the tables are put")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
