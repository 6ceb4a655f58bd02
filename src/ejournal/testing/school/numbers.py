"""Numbers that look drawn and are the same on every Python: SplitMix64, in whole numbers alone.

The generator is Steele, Lea and Flood's (OOPSLA 2014), as the reference program by Vigna has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["Numbers"]

T = TypeVar("T")

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_OFFSET, _PRIME = 0xCBF29CE484222325, 0x100000001B3


class Numbers:
    """A stream of numbers of 64 bits; what is drawn from one stream moves no other."""

    def __init__(self, seed: int) -> None:
        self._seed = self._state = seed & _MASK

    def draw(self) -> int:
        """Return the next number, from 0 to 2**64 - 1."""
        self._state = (self._state + _GAMMA) & _MASK
        mixed = self._state
        mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
        return mixed ^ mixed >> 31

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        return self.draw() * limit >> 64

    def happens(self, thousandths: int) -> bool:
        """Say yes in so many cases of a thousand."""
        return self.below(1000) < thousandths

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def apart(self, *names: object) -> Numbers:
        """Return the stream of that name: the same whatever was drawn from this one before."""
        mixed = _OFFSET
        for byte in "|".join(map(str, names)).encode():
            mixed = ((mixed ^ byte) * _PRIME) & _MASK
        return Numbers(Numbers(self._seed ^ mixed).draw())
