"""Writers killed with SIGKILL in the middle of use cases, and what their database holds then.

Some are alone and die at a chosen point: before each statement, before COMMIT, after it and after
the acknowledgement, so that every one is met. The others are eight in one process, in one school
or in several, which is killed at a random moment.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

import crash_worker
import pytest
from attrs import define
from crash_openers import OPENERS, Opener
from crash_worker import FAILED, INSIDE
from crowd import WRITERS, Told
from fault_table import Line, line_of, soaked
from own_databases import mongo_database, postgres_database
from pymongo import MongoClient
from verifier import Verifier
from worked_school import KINDS, WARM, call

from ejournal.ids import SchoolId
from ejournal.model.ledger import Seal

FEW, LONGEST = 8, 0.01
APART = 16
"""So many numbers are left out between two children: calls that nobody heard of had some."""


@define
class Killer:
    """Orders writers and their deaths, and compares what they said with what they left."""

    orders: IO[str]
    answers: IO[str]
    opener: Opener
    verifier: Verifier
    line: Line
    next: int = WARM
    inside: int = 0

    def order(self, **wanted: object) -> dict[str, Any]:
        self.orders.write(json.dumps({"first": self.next, **wanted}) + "\n")
        self.orders.flush()
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def points(self) -> dict[int, int]:
        """Return by their number how many points calls pass, having made one of each kind."""
        answer = self.order(calls=KINDS)
        first = self.next
        self._look(answer, in_flight=0)
        names = {point.split()[0] for points in answer["points"] for point in points}
        assert {"COMMIT", "kept", "acknowledged"} < names
        return {first + nth: len(points) for nth, points in enumerate(answer["points"])}

    def kill(self, writers: int, **death: object) -> None:
        answer = self.order(**death)
        assert answer["killed"]
        assert answer["state"] != FAILED
        self.inside += answer["state"] == INSIDE
        self.line.rounds += 1
        self._look(answer, writers)

    def pass_on_to(self, number: int) -> None:
        """Let the next call be like that one: of the same kind, and with a key or without."""
        self.next += (number - self.next) % (2 * KINDS)

    def _look(self, answer: dict[str, Any], in_flight: int) -> None:
        self.opener.settle()
        told = Told({number: _seals(seals) for number, seals in answer["kept"]})
        seen = self.verifier.look(told)
        assert len(seen.kept) <= in_flight
        self.line.add(told, seen, in_flight)
        self.next = max([self.next, *self.verifier.found]) + APART


def _seals(spelled: Sequence[tuple[int, int, str]]) -> list[Seal]:
    return [Seal(SchoolId(chain), seq, hashed) for chain, seq, hashed in spelled]


@contextmanager
def killer_of(kind: str, address: str, line: Line) -> Iterator[Killer]:
    """Start the process whose children are killed, over a database of its own."""
    opener = OPENERS[kind](address)
    with (
        subprocess.Popen(
            [sys.executable, crash_worker.__file__, kind, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
        opener.opened() as store,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "warm\n"
        verifier = Verifier(store)
        verifier.look(Told())
        yield Killer(process.stdin, process.stdout, opener, verifier, line)
        process.stdin.close()
        process.wait()


@pytest.fixture(params=OPENERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A database of the test's own: what kind it is of, and where."""
    match request.param:
        case "sqlite":
            yield request.param, str(tmp_path / "crash.db")
        case "postgresql":
            with postgres_database(request.getfixturevalue("durable_postgres")) as url:
                yield request.param, url
        case "mongodb":
            with mongo_database(request.getfixturevalue("durable_mongo")) as uri:
                yield request.param, uri


def test_a_writer_killed_between_any_two_statements_leaves_whole_calls(
    place: tuple[str, str],
) -> None:
    with (
        line_of("writer killed at each statement", place[0]) as line,
        killer_of(*place, line) as killer,
    ):
        for number, last in killer.points().items():
            for point in range(1, last + 1):
                killer.pass_on_to(number)
                killer.kill(int(point < last), die_at=point)
        assert killer.inside >= 30


@soaked(26)
def test_eight_writers_killed_at_once_leave_all_they_were_told_and_nothing_by_halves(
    place: tuple[str, str], rounds: int, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.node.name)
    with (
        line_of("eight writers killed at once", place[0]) as line,
        killer_of(*place, line) as killer,
    ):
        for nth in range(rounds):
            late = {"kept": chance.randrange(FEW), "seconds": chance.uniform(0, LONGEST)}
            killer.kill(WRITERS, after=late, together=nth % 2 == 0)


def test_a_school_whose_writer_died_is_free_when_mongodb_ends_the_transaction(
    durable_mongo: str,
) -> None:
    with mongo_database(durable_mongo) as uri, MongoClient[dict[str, Any]](uri) as client:
        limited = partial(client.admin.command, "setParameter", 1)
        limited(transactionLifetimeLimitSeconds=1)
        with killer_of("mongodb", uri, Line("", "")) as killer:
            answer = killer.order(die_at=4)
            assert (answer["killed"], answer["state"]) == (True, INSIDE)
            call(killer.verifier.store, killer.next + 2 * KINDS)
        limited(transactionLifetimeLimitSeconds=60)
