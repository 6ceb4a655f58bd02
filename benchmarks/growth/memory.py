"""The memory that marks take on their way in and out, however many there are."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from attrs import define, evolve, frozen

from benchmarks.databases import Database
from benchmarks.growth.children import CHILDREN, address_of, administrator, opened
from benchmarks.growth.filling import A_CLASS, furnished
from benchmarks.report import table
from benchmarks.school import FilledSchool, Size
from ejournal.adapters.sql import SqlStore
from ejournal.ids import ImportId, SchoolId, spell_id
from ejournal.model.access import Actor
from ejournal.store import Store
from ejournal.usecases.exporting import export_marks
from ejournal.usecases.importing import begin_import, import_marks

__all__ = ["Memory", "measure_memory", "memory_table"]

_MIB = 1 << 20


@frozen
class Memory:
    """By how much a process grew at most while so many marks went in, and others came out."""

    where: str
    rows: int
    taken_in: int
    given_out: int


def measure_memory(database: Database, rows: Sequence[int], of: Size = A_CLASS) -> list[Memory]:
    """Take marks in from a file and give them out again, each in a process of its own.

    Every number of rows has a school of its own; all are of one size, with room for the most, and
    rows lie in all of its columns: what is known of a school is not what is measured.
    """
    size = evolve(of, classes=-(-max(rows) // of.marks))
    measured = []
    for number, some in enumerate(rows, 1):
        school = furnished(database, size, number)
        who = administrator(database.store, school)
        with TemporaryDirectory(prefix="ejournal-bench-") as folder:
            file = Path(folder) / "marks.csv"
            _write(file, school, some, size.marks // some)
            (taken_in, taken), (given_out, given) = (
                _in_a_child(address_of(database), who, work, file) for work in ("in", "out")
            )
        if (taken, given) != (some, some):
            raise ValueError(f"{some} rows went in as {taken} and came out as {given}")
        where = f"{database.name} {database.version}"
        measured.append(Memory(where, some, taken_in, given_out))
    return measured


def memory_table(measured: Iterable[Memory]) -> str:
    """Return the table of what each number of rows took."""
    return table(
        ("rows, in a school of one size", "memory to take them in", "memory to give them out"),
        (
            (
                f"{each.rows:,}, {each.where}",
                f"{each.taken_in / _MIB:.1f} MiB",
                f"{each.given_out / _MIB:.1f} MiB",
            )
            for each in measured
        ),
    )


def _write(file: Path, school: FilledSchool, rows: int, every: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("column", "pupil", "value"))
        for number, (column, pupil) in enumerate(islice(school.cells(), 0, rows * every, every)):
            writer.writerow((spell_id(column.id), spell_id(pupil.id), 1 + number % 12))


def _in_a_child(address: str, who: Actor, work: str, file: Path) -> tuple[int, int]:
    """Return by how many bytes the process grew, and how many marks it saw."""
    with CHILDREN.Pool(1) as pool:
        return pool.apply(_WORKS[work], (address, who, file))


def _take_in(address: str, who: Actor, file: Path) -> tuple[int, int]:
    school = SchoolId(who.cabinet.school or 0)
    with _opened(address) as store, file.open(encoding="utf-8", newline="") as lines:
        taking = store.run(school, who, begin_import, "a file of the benchmark").id
        with _growth() as growth:
            done = import_marks(store, school, who, ImportId(taking), lines)
    return growth.bytes, done.progress.taken


def _give_out(address: str, who: Actor, file: Path) -> tuple[int, int]:
    school = SchoolId(who.cabinet.school or 0)
    with _opened(address) as store:
        with store.reading(school, who) as unit:
            unit.schools.get(school)
        with _growth() as growth, store.reading(school, who) as unit, file.open("wb") as out:
            out.writelines(export_marks(unit))
        with file.open("rb") as lines:
            return growth.bytes, sum(1 for _ in lines) - 1


@contextmanager
def _opened(address: str) -> Iterator[Store]:
    """Open a store whose SQLite keeps few pages: what it keeps has nothing to do with the rows."""
    with opened(address) as store:
        if isinstance(store, SqlStore) and store.engine.dialect.name == "sqlite":
            sa.event.listen(store.engine, "connect", _keep_few_pages)
        yield store


def _keep_few_pages(driver: Any, _: object) -> None:
    driver.execute("PRAGMA cache_size=-2000")


_WORKS = {"in": _take_in, "out": _give_out}


@define
class _Growth:
    bytes: int = 0


@contextmanager
def _growth() -> Iterator[_Growth]:
    """Give by how much the process is larger at most in the block than before it, as Linux says."""
    growth = _Growth()
    Path("/proc/self/clear_refs").write_text("5")
    before = _kibibytes("VmRSS")
    yield growth
    growth.bytes = (_kibibytes("VmHWM") - before) * 1024


def _kibibytes(name: str) -> int:
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1])
