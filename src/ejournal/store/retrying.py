"""When a unit of work is tried again, how long to wait before, and what is told in the end.

The door that waits differs (a thread sleeps, a task yields), so the pauses are data.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from ejournal.errors import Fault, OutcomeUnknown
from ejournal.ports import Transaction

__all__ = ["Trial"]

R = TypeVar("R")

_ATTEMPTS = 8
_FIRST_PAUSE = 0.005
_LONGEST = 30.0


@define
class Trial:
    """One unit that may be tried up to eight times, none begun after half a minute.

    `keyed` says that the unit is done once under a key, so the ledger knows what became of an
    attempt whose outcome the caller does not.
    """

    _keyed: bool = False
    _began: float = field(init=False, factory=time.monotonic)
    _failed: int = field(init=False, default=0)
    _unknown: OutcomeUnknown | None = field(init=False, default=None)
    _earlier: Transaction | None = field(init=False, default=None)

    def attempt(self, work: Callable[[Transaction], R], transaction: Transaction) -> R:
        """Do the work, knowing what the attempt before had to lock."""
        if self._earlier is not None:
            transaction.lock_as(self._earlier)
        self._earlier = transaction
        return work(transaction)

    def pause_after(self, error: Fault) -> float:
        """Return the seconds to wait before the unit runs again, or raise what is to be told.

        Pauses about double, and differ from call to call, so that writers who met do not meet
        again. A unit whose outcome is not known does not run again without a key: a mark would be
        given twice. Once an attempt ended so, no later fault tells what became of it: it is what
        is raised.
        """
        if isinstance(error, OutcomeUnknown):
            self._unknown = error
        self._failed += 1
        again = error.retry == "same" or (self._keyed and error is self._unknown)
        late = time.monotonic() - self._began > _LONGEST
        if not again or self._failed == _ATTEMPTS or late:
            raise self._unknown or error
        doubled: int = 1 << self._failed - 1
        return _FIRST_PAUSE * doubled * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
