"""What is counted rather than timed: statements, rows looked at, bytes, entries and modules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from attrs import evolve

from benchmarks.asked import Asked, watching
from benchmarks.bulk import share, take_in
from benchmarks.databases import Database
from benchmarks.results import Figure
from benchmarks.works import Ready
from ejournal.adapters.mongo import MongoStore
from ejournal.usecases.importing import BATCH

__all__ = ["counted", "modules"]

_SQLITE_BYTES = (
    "SELECT sum(pgsize) FROM dbstat"
    " WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = :name)"
)
_POSTGRESQL_BYTES = "SELECT pg_total_relation_size(CAST(:name AS regclass))"


def counted(made: Ready) -> list[Figure]:
    """Return what each work takes, and what marks leave behind; before any other work is done."""
    return [*_bytes(made), *_statements(made), _entries(made)]


def _statements(made: Ready) -> Iterator[Figure]:
    """Yield what each work asks, and how many rows the database looks at for one that it gives."""
    journal, teacher = made.journals[0]
    pupil, reader = made.readers[0]
    with watching(made.database) as (store, asked):
        watched = evolve(made, database=evolve(made.database, store=store))
        works: dict[str, Callable[[], object]] = {
            "give one mark": lambda: watched.give(next(made.places)),
            "page": partial(watched.page, journal, teacher),
            "diary week": partial(watched.week, pupil, reader),
        }
        for name, work in works.items():
            work()
            with asked() as statements:
                work()
            yield Figure(f"statements: {name}", made.database.name, str(len(statements)))
            yield Figure(
                f"rows looked at for one given: {name}", made.database.name, _looked_at(statements)
            )


def _looked_at(statements: list[Asked]) -> str:
    looked, given = (
        sum(parts) for parts in zip(*(each.rows() for each in statements), strict=True)
    )
    return f"{looked / given:.2f} ({looked:,} / {given:,})"


def _bytes(made: Ready) -> Iterator[Figure]:
    """Yield bytes with indexes: of a mark's own row, and of the entry that tells of it."""
    database, store, school = made.database, made.database.store, made.growing.id
    size = made.options.size
    marks = size.marks + size.marks * (size.columns // 2) // size.columns
    own = _bytes_of(database, "mark")
    yield Figure("bytes with indexes: a mark", database.name, f"{own / marks:.0f}")
    before, entries = _ledger(database), store.heads()[school].seq
    for place in islice(made.places, made.options.recorded):
        made.give(place)
    added = store.heads()[school].seq - entries
    each = (_ledger(database) - before) / added
    yield Figure("bytes with indexes: the entry of a mark", database.name, f"{each:.0f}")


def _ledger(database: Database) -> int:
    return sum(_bytes_of(database, name) for name in ("entry", "personal", "head"))


def _bytes_of(database: Database, name: str) -> int:
    """Return what a table holds with its indexes, in pages of the database."""
    table = f"ejournal_{name}"
    if isinstance(database.store, MongoStore):
        kept = database.store.database
        kept.client.admin.command("fsync")
        stats = kept.command("collStats", table)
        # Files grow by leaps: what they have to spare is as large as what is looked for.
        files = [stats["wiredTiger"], *stats["indexDetails"].values()]
        spare = sum(file["block-manager"]["file bytes available for reuse"] for file in files)
        return int(stats["storageSize"] + stats["totalIndexSize"] - spare)
    text = _SQLITE_BYTES if database.file else _POSTGRESQL_BYTES
    with database.engine.connect() as connection:
        return int(connection.execute(sa.text(text), {"name": table}).scalar_one())


def _entries(made: Ready) -> Figure:
    """Return how many entries a batch of marks leaves in the ledger."""
    store, size = made.database.store, evolve(made.options.size, classes=2)
    with TemporaryDirectory(prefix="ejournal-count-") as folder:
        of = share(made.database, size, 99, Path(folder))
        before = store.heads()[of.school.id].seq
        take_in(made.database, of)
    entries = store.heads()[of.school.id].seq - before
    batches = size.marks // BATCH + 1
    return Figure(
        f"entries in the ledger for {BATCH:,} marks taken in",
        made.database.name,
        f"{entries / batches:g}",
    )


def modules() -> Figure:
    """Return how many modules `import ejournal` brings in that a bare Python has not."""
    code = (
        "import sys; bare = set(sys.modules); import ejournal; print(len(set(sys.modules) - bare))"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return Figure("modules: import ejournal", "Python", told.stdout.strip())
