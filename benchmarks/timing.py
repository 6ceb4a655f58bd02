"""Contestants take turns in one process, and what is told of them are medians."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from statistics import median

from attrs import frozen

__all__ = ["Contestant", "Timed", "alternate"]


@frozen
class Contestant:
    """One way to do a work. `round` does some of it and says how many times it was done.

    Of a large work that is a part of once.
    """

    name: str
    round: Callable[[], float]


@frozen
class Timed:
    """What each round of a contestant took, in seconds for doing the work once."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The round in the middle."""
        return median(self.rounds)


def alternate(contestants: Sequence[Contestant], rounds: int) -> list[Timed]:
    """Time the contestants in turn, in the other direction each round, after one for nothing.

    A neighbour on the machine disturbs all of them alike, and none is always the first.
    """
    taken: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for contestant in contestants:
        contestant.round()
    for number in range(rounds):
        for contestant in contestants if number % 2 else reversed(contestants):
            gc.collect()
            started = time.perf_counter()
            times = contestant.round()
            taken[contestant.name].append((time.perf_counter() - started) / times)
    return [Timed(name, tuple(seconds)) for name, seconds in taken.items()]
