"""What was measured, and whether it is within what was promised."""

from __future__ import annotations

from attrs import frozen

from benchmarks.timing import Timed

__all__ = ["Compared", "Figure"]

_LENIENCE = {False: 1.15, True: 1.6}
"""Two processes on a shared machine disturb each other more than one does itself."""


@frozen
class Compared:
    """The library beside the same by hand; `at_most` is the ratio that is promised, if one is.

    `beside` ran in the same rounds and binds nobody.
    """

    work: str
    ours: Timed
    by_hand: Timed
    at_most: float | None = None
    served: bool = False
    beside: tuple[Timed, ...] = ()

    @property
    def ratio(self) -> float:
        """How many times as long the library takes."""
        return self.ours.median / self.by_hand.median

    @property
    def is_within(self) -> bool:
        """Whether the ratio is what was promised, and no more above it than noise accounts for."""
        return self.at_most is None or self.ratio <= self.at_most * _LENIENCE[self.served]


@frozen
class Figure:
    """Something that was counted, and so is the same in every run."""

    what: str
    where: str
    value: str
