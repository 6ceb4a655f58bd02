"""A process that forks writers and has them killed; `test_crash.py` talks to it by lines of JSON.

It has loaded everything already, so that a writer costs a fork. A child opens the database and
makes call after call, alone or in a crowd, and tells through a pipe the seals of what it was told
is committed.
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NoReturn

from attrs import define, field
from crash_openers import OPENERS, WATCHING, Opener, wait_until
from crowd import Crowd, numbered
from worked_school import NOW, WARM, call, furnish

from ejournal.model.ledger import Seal
from ejournal.store import Store

OUTSIDE, INSIDE, FAILED = range(3)


@define
class Teller:
    """Says through a pipe what was kept."""

    pipe: int

    def kept(self, number: int, seals: Sequence[Seal]) -> None:
        self.say("kept", number, [[seal.chain, seal.seq, seal.hash] for seal in seals])

    def say(self, *words: object) -> None:
        os.write(self.pipe, f"{json.dumps(words)}\n".encode())


@define
class Writer:
    """A child alone: it counts the points it passes in each call, and dies at one of them if told.

    `shown` is memory that the parent reads after the death: whether a transaction was open.
    """

    store: Store
    teller: Teller
    shown: mmap.mmap
    die_at: int | None
    _points: list[str] = field(init=False, factory=list)

    def work(self, first: int, calls: int | None) -> None:
        """Make calls from that number on, and tell which points each of them passed."""
        WATCHING.append(self)
        self.teller.say("ready")
        for number in itertools.count(first) if calls is None else range(first, first + calls):
            self._points.clear()
            seals = call(self.store, number)
            self.shown[0] = OUTSIDE
            self.before("kept")
            self.teller.kept(number, seals)
            self.before("acknowledged", last=True)
            self.teller.say("points", *self._points)

    def before(self, statement: str, *, last: bool = False) -> None:
        self._points.append(statement)
        if self.die_at is not None and (last or len(self._points) == self.die_at):
            os.kill(os.getpid(), signal.SIGKILL)

    def inside(self) -> None:
        self.shown[0] = INSIDE

    def committing(self) -> None:
        self.before("COMMIT")


def _crowd(store: Store, teller: Teller, order: dict[str, Any]) -> None:
    """Let eight writers call until the process is killed."""
    numbers = numbered(order["first"], together=order["together"])
    with Crowd(store, numbers, heard=teller.kept):
        teller.say("ready")
        signal.pause()


def _child(opener: Opener, order: dict[str, Any], teller: Teller, shown: mmap.mmap) -> NoReturn:
    # Every child makes its identifiers anew: none may begin where an earlier one did.
    opener.now = NOW + timedelta(milliseconds=order["first"])

    def failed(*_: object) -> None:
        shown[0] = FAILED
        sys.excepthook(*sys.exc_info())
        os._exit(1)

    threading.excepthook = failed
    try:
        with opener.opened() as store:
            if "together" in order:
                _crowd(store, teller, order)
            writer = Writer(store, teller, shown, order.get("die_at"))
            writer.work(order["first"], order.get("calls"))
            os._exit(0)
    finally:
        failed()


def _lines(pipe: int, order: dict[str, Any], child: int) -> Iterator[list[Any]]:
    """Yield what the child says until it dies, killing it once it was heard of enough calls."""
    after = order.get("after")
    with os.fdopen(pipe) as stream:
        for heard, line in enumerate(stream):
            if after and heard == after["kept"]:
                time.sleep(after["seconds"])
                os.kill(child, signal.SIGKILL)
            words = json.loads(line)
            if words != ["ready"]:
                yield words


def attend(opener: Opener, order: dict[str, Any]) -> dict[str, Any]:
    """Fork a child as ordered, and return what it said and how it ended."""
    wait_until(lambda: threading.active_count() == 1)
    shown = mmap.mmap(-1, 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(opener, order, Teller(writing), shown)
    os.close(writing)
    said = list(_lines(reading, order, child))
    _, status = os.waitpid(child, 0)
    return {
        "kept": [words[1:] for words in said if words[0] == "kept"],
        "points": [words[1:] for words in said if words[0] == "points"],
        "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "state": shown[0],
    }


def warmed(kind: str, address: str) -> Opener:
    """Return an opener that has made every call, so that a fork of it can begin at once."""
    opener = OPENERS[kind](address)
    opener.create()
    with opener.opened() as store:
        furnish(store)
        for number in range(WARM):
            call(store, number)
    return opener


if __name__ == "__main__":
    ready = warmed(*sys.argv[1:])
    print("warm", flush=True)
    for asked in sys.stdin:
        print(json.dumps(attend(ready, json.loads(asked))), flush=True)
