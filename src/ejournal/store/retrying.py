"""When a unit of work is tried again, and how long to wait before.

The door that waits differs (a thread sleeps, a task yields), so the pauses are data.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from ejournal.errors import Fault, OutcomeUnknown

__all__ = ["pauses", "worth_repeating"]

_ATTEMPTS = 8
_FIRST_PAUSE = 0.005


def pauses() -> Iterator[float]:
    """Yield the seconds to wait after each failed attempt but the last; each about doubles.

    They differ from call to call, so that writers who met do not meet again.
    """
    for count in range(_ATTEMPTS - 1):
        yield _FIRST_PAUSE * 2**count * random.uniform(0.5, 1.5)  # noqa: S311 - jitter


def worth_repeating(error: Fault, *, keyed: bool) -> bool:
    """Say whether the same unit may run again from the start.

    Where the outcome is not known it may not: a mark would be given twice. With a key it may, for
    the ledger knows whether the first attempt was kept.
    """
    return error.retry == "same" or (keyed and isinstance(error, OutcomeUnknown))
