"""The servers that tests run over: shared by a whole run, or a test's own.

`postgres` and `mongo` give each worker a database of its own, on a server that is started from a
wheel when the first test asks, or on the one that an environment variable names. A server to be
killed is a test's own: `with wanted(PostgresServer(server_folder)) as server`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from mongo_server import ReplicaSet
from own_databases import mongo_database, postgres_database, visited
from postgres_server import PostgresServer
from server_process import CannotStart, last_lines
from shared_run import Kind, Run, Served, begun, locked, unmeasured

NAMED_BY = {Kind.POSTGRES: "EJOURNAL_TEST_POSTGRES", Kind.MONGO: "EJOURNAL_TEST_MONGO"}

_RUN = pytest.StashKey[ExitStack]()
_Server = TypeVar("_Server")


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run, unless another process controls it."""
    if not hasattr(config, "workerinput"):
        config.stash[_RUN] = ExitStack()
        config.stash[_RUN].enter_context(begun())


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUN in config.stash:
        config.stash[_RUN].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers were asked for, and what ran."""
    served = [told for kind in Kind if (told := Run.current().told(kind))]
    if served:
        terminalreporter.write_line(f"servers: {', '.join(map(str, served))}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL database of this worker's own, as SQLAlchemy spells its address."""
    with postgres_database(shared(Kind.POSTGRES)) as url:
        yield url


@pytest.fixture(scope="session")
def mongo() -> Iterator[str]:
    """A MongoDB database of this worker's own, on a replica set, by its URI."""
    with mongo_database(shared(Kind.MONGO)) as uri:
        yield uri


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[str]:
    """A PostgreSQL of this worker's own that writes every commit to disk, as a school's does."""
    folder = Run.current().new_folder()
    with wanted(PostgresServer(folder, {"fsync": "on"})) as server:
        yield server.url


@pytest.fixture(scope="session")
def durable_mongo() -> Iterator[str]:
    """A MongoDB of this worker's own, on which a test may end everybody's sessions."""
    with wanted(ReplicaSet.of(1, Run.current().new_folder())) as members:
        yield members.uri


@pytest.fixture
def server_folder() -> Iterator[Path]:
    """A folder for a server of the test's own, which lets `nobody` through."""
    folder = Run.current().new_folder()
    yield folder
    shutil.rmtree(folder)


@contextmanager
def wanted(server: AbstractContextManager[_Server]) -> Iterator[_Server]:
    """Run a server for the block, or do without the test if it cannot start."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except CannotStart as error:
            do_without(error)
        yield started


def do_without(reason: CannotStart) -> NoReturn:
    """Skip the test; in CI, where every server has to be there, let it fail."""
    if "CI" in os.environ:
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


def shared(kind: Kind) -> str:
    """Return the address of the run's server, started if this is the first time it is asked for."""
    run = Run.current()
    with locked(run.lock_of(kind)):
        served = run.told(kind) or _served(kind, run)
    if served.missing:
        do_without(CannotStart(served.missing))
    return served.address


def _served(kind: Kind, run: Run) -> Served:
    named = os.environ.get(NAMED_BY[kind])
    if named:
        run.tell(visited(kind, named))
    else:
        _start_keeper(kind, run)
    return run.told(kind) or Served(kind, missing=last_lines(run.log_of(kind)))


def _start_keeper(kind: Kind, run: Run) -> None:
    """Return once the run was told of the server."""
    with run.log_of(kind).open("w") as log:
        subprocess.run(
            [sys.executable, Path(__file__).with_name("keeper.py"), kind.name, run.folder],
            env=unmeasured(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=120,
            check=False,
        )
