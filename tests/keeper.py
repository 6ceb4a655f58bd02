"""Keeps one server for a test run: started when a test first asks, ended when the run is over.

A process of its own, because the server must outlive the worker that asked first. It is away from
the terminal, so that Ctrl-C reaches the tests and the server ends after them.

    python keeper.py POSTGRES FOLDER
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mongo_server import ReplicaSet
from postgres_server import PostgresServer, dictionary_order
from server_process import CannotStart
from shared_run import Kind, Run, Served, locked, passable


def main(name: str, folder: str) -> None:
    """Return once the run was told of the server; a child stays with it."""
    kind, run = Kind[name], Run(Path(folder))
    ready, unready = os.pipe()
    if os.fork():
        os.close(unready)
        os.read(ready, 1)
        return
    os.setsid()
    with locked(run.life_of(kind)):
        place = run.folder / kind.name
        place.mkdir()
        try:
            _keep(kind, run, passable(place), unready)
        except CannotStart as error:
            run.tell(Served(kind, missing=str(error)))
        finally:
            shutil.rmtree(place)


def _keep(kind: Kind, run: Run, place: Path, unready: int) -> None:
    with _KEPT[kind](place) as served:
        run.tell(served)
        os.close(unready)
        with locked(run.life, fcntl.LOCK_SH):
            pass


@contextmanager
def _postgres(place: Path) -> Iterator[Served]:
    """Run a PostgreSQL that need not survive a power cut."""
    locale = dictionary_order(place / "locales")
    with PostgresServer(place, {"fsync": "off"}, locale) as server:
        yield Served(Kind.POSTGRES, server.url, f"{server.version} (wheel)")


@contextmanager
def _mongo(place: Path) -> Iterator[Served]:
    with ReplicaSet.of(1, place) as server:
        yield Served(Kind.MONGO, server.uri, f"{server.version} (wheel, replica set)")


_KEPT = {Kind.POSTGRES: _postgres, Kind.MONGO: _mongo}


if __name__ == "__main__":
    main(*sys.argv[1:])
