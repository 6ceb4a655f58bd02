"""Eight writers at work while servers die, lines are cut and disks fill up, and what is left.

After each fault the verifier knows every call that was acknowledged: none is lost, none is there
by halves, and of each that was not acknowledged the caller was told whether to try again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeAlias

import psycopg
import pytest
from attrs import field, frozen
from crowd import WRITERS, Crowd, numbered
from fault_table import Line, line_of, soaked
from mongo_server import ReplicaSet
from own_databases import libpq
from postgres_server import PostgresServer
from servers import wanted
from shared_run import Run
from small_disk import SmallDisk, small_disk
from struck_servers import COMMITS, HASTY, Struck, StruckPostgres, StruckSet, furnished
from verifier import Seen, Verifier
from worked_school import COLUMN, PUPILS, SCHOOLS, as_teacher, is_keyed

from ejournal.adapters.sql import SqlStore
from ejournal.errors import OutcomeUnknown
from ejournal.model.marks import Grade
from ejournal.store import Store
from ejournal.usecases.marking import give_mark

IN_ONE_DATABASE = 25
"""So many rounds, until looking through what they wrote would take too long."""

EIGHT = Grade(8)
CHANCE = random.Random()


@pytest.fixture(autouse=True)
def chance_of_its_own(request: pytest.FixtureRequest) -> None:
    """Give each test, and each share of one, other chances; the same in every run."""
    CHANCE.seed(request.node.name)


@pytest.fixture(scope="module")
def postgres_of_its_own() -> Iterator[Struck]:
    server = PostgresServer(Run.current().new_folder(), {"fsync": "on"})
    with wanted(server):
        yield StruckPostgres(server)


@pytest.fixture(scope="module")
def set_of_its_own() -> Iterator[Struck]:
    with wanted(ReplicaSet.of(3, Run.current().new_folder())) as members:
        yield StruckSet(members)


@pytest.fixture(params=["postgres_of_its_own", "set_of_its_own"])
def struck(request: pytest.FixtureRequest) -> Struck:
    server: Struck = request.getfixturevalue(request.param)
    return server


def struck_rounds(store: Store, line: Line, rounds: int, strike: Callable[[Crowd], object]) -> None:
    """Let a crowd be struck again and again, and look each time at what it left."""
    verifier, first = Verifier(store), 0
    for nth in range(rounds):
        with Crowd(store, numbered(first, together=nth % 2 == 0)) as crowd:
            crowd.wait_for(CHANCE.randrange(WRITERS, 3 * WRITERS))
            strike(crowd)
        crowd.settle()
        seen = verifier.look(crowd.told)
        assert seen.kept <= crowd.told.unknown
        line.rounds += 1
        line.add(crowd.told, seen)
        first = max(verifier.found) + WRITERS


def pieces(rounds: int) -> Iterator[int]:
    """Yield how many rounds to go in one database after another."""
    for begun in range(0, rounds, IN_ONE_DATABASE):
        yield min(IN_ONE_DATABASE, rounds - begun)


@soaked(2)
def test_a_killed_server_takes_nothing_with_it_that_it_acknowledged(
    struck: Struck, rounds: int
) -> None:
    def strike(crowd: Crowd) -> None:
        time.sleep(CHANCE.uniform(0, 0.02))
        struck.kill()
        struck.mend()
        crowd.wait_for(2 * WRITERS)

    with line_of("server killed", struck.name) as line:
        for some in pieces(rounds):
            with struck.database() as store:
                struck_rounds(store, line, some, strike)


@soaked(6)
def test_lines_cut_in_the_middle_of_transactions_leave_whole_calls(
    struck: Struck, rounds: int
) -> None:
    with line_of("lines cut", struck.name) as line, struck.relay() as relay:

        def strike(crowd: Crowd) -> None:
            time.sleep(CHANCE.uniform(0, 0.02))
            relay.cut()
            crowd.wait_for(WRITERS)

        for some in pieces(rounds):
            with struck.database(relay) as store:
                struck_rounds(store, line, some, strike)


@soaked(10)
def test_a_commit_whose_answer_is_lost_is_kept_and_a_key_finds_it(
    struck: Struck, rounds: int
) -> None:
    with line_of("commit's answer lost", struck.name) as line, struck.relay() as relay:
        for some in pieces(rounds):
            with struck.database(relay, patience=HASTY) as store:
                crowd = Crowd(store, count())
                for number in range(some):
                    with struck.silent(relay):
                        assert crowd.call(number) == is_keyed(number)
                seen = Verifier(store).look(crowd.told)
                assert seen.kept == crowd.told.unknown
                crowd.told.repeated.update(crowd.told.kept)
                line.rounds += some
                line.add(crowd.told, seen)


def test_a_call_of_unknown_outcome_gives_its_first_result_when_repeated(struck: Struck) -> None:
    school, pupil = SCHOOLS[0], PUPILS[0]
    teacher = as_teacher(school)
    with struck.relay() as relay, struck.database(relay, patience=HASTY) as store:
        with struck.silent(relay), pytest.raises(OutcomeUnknown) as unknown:
            store.run(school, teacher, give_mark, COLUMN, pupil=pupil, value=Grade(7))
        assert unknown.value.retry == "reload"

        with struck.silent(relay):
            mark = store.run_once("8", school, teacher, give_mark, COLUMN, pupil=pupil, value=EIGHT)
        assert (mark.value, mark.version) == (EIGHT, 3)
        again = store.run_once("8", school, teacher, give_mark, COLUMN, pupil=pupil, value=Grade(9))
        assert again == mark
        entries = store.entries(school)
        assert [entry.event for entry in entries[1:]] == ["mark-given", "mark-changed"]
        assert [entry.once for entry in entries[1:]] == [None, "8"]


def test_mongodb_is_asked_again_what_became_of_a_commit(set_of_its_own: Struck) -> None:
    with set_of_its_own.relay() as relay, set_of_its_own.database(relay) as store:
        relay.cut_reply_to(COMMITS, times=5)
        crowd = Crowd(store, count())
        assert crowd.call(0)
        assert relay.lost == 5
        assert Verifier(store).look(crowd.told) == Seen(lost=0, kept=frozenset())


# A full disk


@frozen
class Filled:
    """A store on a small disk, and what brings its server back if the disk was its end."""

    store: Store
    revive: Callable[[], object] = field(default=lambda: None)


Filling: TypeAlias = tuple[str, int, Callable[[SmallDisk], AbstractContextManager[Filled]]]


@contextmanager
def sqlite_on(disk: SmallDisk) -> Iterator[Filled]:
    with furnished(SqlStore.open(f"sqlite:///{disk.folder}/journal.db")) as store:
        yield Filled(store)


@contextmanager
def postgres_on(server: PostgresServer, disk: SmallDisk) -> Iterator[Filled]:
    """Keep a database on the disk, and the server's own log elsewhere."""
    with psycopg.connect(libpq(server.url), autocommit=True) as connection:
        connection.execute(f"CREATE TABLESPACE small LOCATION '{disk.folder}'")
        connection.execute("CREATE DATABASE small TABLESPACE small")
        url = server.url.removesuffix("postgres") + "small"
        try:
            with furnished(SqlStore.open(url)) as store:
                yield Filled(store)
        finally:
            connection.execute("DROP DATABASE small WITH (FORCE)")
            connection.execute("DROP TABLESPACE small")


@contextmanager
def mongo_on(disk: SmallDisk) -> Iterator[Filled]:
    """Keep a whole server on the disk: where it cannot write it hangs or ends, and is killed.

    A caller is told after eight attempts, each of which has patience: a little is enough.
    """
    with wanted(ReplicaSet.of(1, disk.folder)) as members:

        def revive() -> None:
            members.kill()
            members.start()

        with StruckSet(members).database(patience=0.4) as store:
            yield Filled(store, revive)


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def filling(request: pytest.FixtureRequest) -> Filling:
    """Say what a storage is called, how many megabytes it begins with, and how it is put there."""
    match request.param:
        case "sqlite":
            return "sqlite", 32, sqlite_on
        case "postgresql":
            own: StruckPostgres = request.getfixturevalue("postgres_of_its_own")
            return "postgresql", 32, partial(postgres_on, own.server)
        case _:
            return "mongodb", 400, mongo_on


@soaked(1)
def test_a_full_disk_keeps_what_was_acknowledged_and_takes_more_when_there_is_room(
    filling: Filling, server_folder: Path, rounds: int
) -> None:
    name, megabytes, put_on = filling
    with line_of("disk full", name) as line:
        for nth, some in enumerate(pieces(rounds)):
            with small_disk(server_folder / str(nth), megabytes) as disk, put_on(disk) as filled:

                def strike(crowd: Crowd, disk: SmallDisk = disk, filled: Filled = filled) -> None:
                    disk.fill(leaving=16_384)
                    crowd.wait_for_faults(WRITERS // 2)
                    disk.relieve()
                    filled.revive()
                    crowd.wait_for(WRITERS)

                struck_rounds(filled.store, line, some, strike)
        assert line.faults["Unavailable"] >= rounds
