"""Another process at work in the same store, as far as a test needs one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from ejournal.model.access import System
from ejournal.store import Store
from ejournal.store.units import HousekeepingUnit

__all__ = ["lingering"]


@contextmanager
def lingering(store: Store, act: Callable[[HousekeepingUnit], object]) -> Iterator[None]:
    """Have written something in a transaction that is kept a little after the block was entered."""
    written = threading.Event()

    def rival() -> None:
        with store.housekeeping(System("rival")) as unit:
            act(unit)
            written.set()
            time.sleep(0.05)

    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(rival)
        assert written.wait(10)
        yield
        ended.result()
