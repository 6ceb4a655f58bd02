"""Eight writers at work, who note what they are told of each call."""

from __future__ import annotations

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Self

from attrs import define, field
from worked_school import call, in_first_school, is_keyed

from ejournal.errors import Fault, OutcomeUnknown
from ejournal.model.ledger import Seal
from ejournal.store import Store

WRITERS = 8


@define
class Told:
    """What callers were told. Whatever is no fault of this library's ends its thread instead."""

    kept: dict[int, Sequence[Seal]] = field(factory=dict)
    failed: set[int] = field(factory=set)
    """Calls that failed for sure."""
    unknown: set[int] = field(factory=set)
    """Calls of which nobody can say whether they were kept, but who looks."""
    open: set[int] = field(factory=set)
    """Calls with a key that have not been answered yet."""
    repeated: set[int] = field(factory=set)
    """Calls with a key that were kept after they had failed."""
    faults: Counter[str] = field(factory=Counter)

    def keeps(self, number: int, seals: Sequence[Seal]) -> None:
        self.kept[number] = seals
        if number in self.open:
            self.open.discard(number)
            self.repeated.add(number)

    def fails(self, number: int, fault: Fault) -> None:
        self.faults[type(fault).__name__] += 1
        if is_keyed(number):
            assert fault.retry == "same" or isinstance(fault, OutcomeUnknown)
            self.open.add(number)
        elif isinstance(fault, OutcomeUnknown):
            assert fault.retry == "reload"
            self.unknown.add(number)
        else:
            assert fault.retry == "same"
            self.failed.add(number)


def numbered(first: int = 0, *, together: bool = False) -> Iterator[int]:
    """Return the numbers of calls from `first` on: of all, or of those that meet in one school."""
    return filter(in_first_school if together else None, itertools.count(max(first, 1)))


@define(eq=False)
class Crowd:
    """Writers who call for as long as the block lasts; a call with a key is made until kept."""

    store: Store
    numbers: Iterator[int]
    told: Told = field(factory=Told)
    heard: Callable[[int, Sequence[Seal]], object] = field(default=lambda *_: None)
    _over: threading.Event = field(factory=threading.Event)
    _lock: threading.Lock = field(factory=threading.Lock)
    _threads: list[threading.Thread] = field(factory=list)

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._work) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Return once that many more calls were kept."""
        late, wanted = time.monotonic() + seconds, len(self.told.kept) + more
        while len(self.told.kept) < wanted:
            assert time.monotonic() < late, f"nothing is kept: {self.told.faults}"
            time.sleep(0.002)

    def wait_for_faults(self, more: int, seconds: float = 60) -> None:
        """Return once that many more calls failed."""
        late, wanted = time.monotonic() + seconds, self.told.faults.total() + more
        while self.told.faults.total() < wanted:
            assert time.monotonic() < late, "nothing fails"
            time.sleep(0.002)

    def settle(self) -> None:
        """Make the calls again that have a key and no answer: they are answered now."""
        for number in sorted(self.told.open):
            self.told.keeps(number, call(self.store, number))

    def call(self, number: int) -> bool:
        """Make a call and note what came of it; say whether it was kept."""
        try:
            seals = call(self.store, number)
        except Fault as fault:
            with self._lock:
                self.told.fails(number, fault)
            return False
        with self._lock:
            self.told.keeps(number, seals)
        self.heard(number, seals)
        return True

    def _work(self) -> None:
        number = self._next()
        while not self._over.is_set():
            if self.call(number) or not is_keyed(number):
                number = self._next()

    def _next(self) -> int:
        with self._lock:
            return next(self.numbers)
