"""Writers killed with SIGKILL in the middle of use cases, and what their file holds afterwards.

Half of them die at a chosen point: before each statement, before COMMIT, after it and after the
acknowledgement, so that every one is met. The others are killed at a random moment, on one file
that all of them go on with.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import crash_worker
import pytest
from attrs import define, field
from crash_worker import CHAINS, COMMITTING, FAILED, INSIDE, Opener, furnish, written_by

from ejournal.adapters.sql import SqlStore
from ejournal.ids import SchoolId
from ejournal.model.ledger import Seal

AT_RANDOM = 80
SHORTEST, LONGEST = 0.0, 0.045


@define
class Killer:
    """Orders writers and their deaths, and keeps what they acknowledged."""

    orders: IO[str]
    answers: IO[str]
    rounds: int = 0
    inside: int = 0
    committing: int = 0
    acknowledged: int = 0
    lost: int = 0

    def order(self, file: Path, first: int, **death: float) -> dict[str, Any]:
        self.orders.write(json.dumps({"file": str(file), "first": first, **death}) + "\n")
        self.orders.flush()
        answer: dict[str, Any] = json.loads(self.answers.readline())
        return answer

    def kill(self, kept: Kept, **death: float) -> None:
        answer = self.order(kept.file, kept.steps, **death)
        assert answer["killed"]
        assert answer["state"] != FAILED
        acks = [[Seal(SchoolId(school), seq, hashed) for school, seq, hashed in ack]
                for ack in answer["acks"]]  # fmt: skip
        self.rounds += 1
        self.inside += answer["state"] == INSIDE
        self.committing += answer["state"] == COMMITTING
        self.acknowledged += len(acks)
        self.lost += kept.check(acks)


@define
class Kept:
    """A file, and what its writers were told is committed."""

    opener: Opener
    file: Path
    heads: Counter[SchoolId]
    steps: int = 0
    seals: list[Seal] = field(factory=list)

    def check(self, acks: Sequence[Sequence[Seal]]) -> int:
        """Look the file through after a death; return how many acknowledged seals do not hold.

        The unit that was at work may be there or not, but not in part.
        """
        assert _integrity(self.file) == ["ok"]
        self.seals += (seal for ack in acks for seal in ack)
        with self.opener.opened(self.file) as store:
            for chain in CHAINS:
                assert store.verify(chain) == []
                assert store.audit(chain) == []
            lost = sum(len(store.verify(chain, *self.seals)) for chain in CHAINS)
            if not lost:
                self._advance(len(acks), _numbers(store))
        return lost

    def _advance(self, acknowledged: int, found: Counter[SchoolId]) -> None:
        for number in range(self.steps, self.steps + acknowledged):
            self.heads.update(written_by(number))
        self.steps += acknowledged
        if found != self.heads:
            self.heads.update(written_by(self.steps))
            self.steps += 1
        assert found == self.heads


def _integrity(file: Path) -> list[str]:
    database = sqlite3.connect(file)
    answer = [line for (line,) in database.execute("PRAGMA integrity_check")]
    database.close()
    return answer


def _numbers(store: SqlStore) -> Counter[SchoolId]:
    return Counter({chain: head.seq for chain, head in store.heads().items()})


@pytest.fixture
def killer(tmp_path: Path) -> Iterator[Killer]:
    with subprocess.Popen(
        [sys.executable, crash_worker.__file__, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Killer(process.stdin, process.stdout)
        process.stdin.close()
        process.wait()


@pytest.fixture
def first(tmp_path: Path) -> Kept:
    """A file with two schools, in which nobody was killed yet."""
    opener = Opener(tmp_path / "first.db")
    furnish(opener, opener.file)
    with opener.opened(opener.file) as store:
        return Kept(opener, opener.file, _numbers(store))


def copied(kept: Kept, name: str) -> Kept:
    """Return a copy of a file that nobody has open."""
    file = kept.file.with_name(name)
    shutil.copyfile(kept.file, file)
    return Kept(kept.opener, file, kept.heads.copy())


def points_of(killer: Killer, kept: Kept) -> Sequence[str]:
    """Return the points that a writer passes in one round of all steps."""
    answer = killer.order(kept.file, 0, steps=len(crash_worker.STEPS))
    points: Sequence[str] = answer["points"]
    return points


def test_a_killed_writer_leaves_all_it_was_told_and_nothing_by_halves(
    killer: Killer, first: Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    points = points_of(killer, copied(first, "counted.db"))
    kinds = Counter(point.split()[0] for point in points)
    assert {"BEGIN", "SELECT", "INSERT", "UPDATE", "COMMIT"} <= kinds.keys()
    for place in range(1, len(points) + 1):
        killer.kill(copied(first, f"{place}.db"), die_at=place)
    chosen = killer.rounds

    delays = random.Random(9)
    going_on = copied(first, "random.db")
    for _ in range(AT_RANDOM):
        killer.kill(going_on, kill_after=delays.uniform(SHORTEST, LONGEST))

    with capsys.disabled():
        print(f"\n{_report(killer, chosen)}")
    assert killer.rounds >= 100
    assert killer.inside >= 50
    assert killer.lost == 0


def _report(killer: Killer, chosen: int) -> str:
    figures: Mapping[str, int] = {
        "killed": killer.rounds,
        "at chosen points": chosen,
        "at random": killer.rounds - chosen,
        "inside a transaction": killer.inside,
        "during COMMIT": killer.committing,
        "units acknowledged": killer.acknowledged,
        "lost": killer.lost,
    }
    return "crash: " + ", ".join(f"{name} {figure}" for name, figure in figures.items())
