"""How a final mark was worked out: a tree of exact steps, and what it suggests to the teacher.

A calculation holds everything that its result depends on, so the result can be worked out again
years later to the same digits, whatever rules are in force then. It is a suggestion: the mark
that a teacher decides on is kept elsewhere, and working out anew never touches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from attrs import field, frozen

from ejournal.errors import Incomplete, Invalid, NotAllowedHere
from ejournal.ids import ColumnId, JournalId, PupilId
from ejournal.model.declaration import PLAIN
from ejournal.model.journal import Column, ColumnKind, Mark, MarkKey
from ejournal.model.marks import Grade, Level, MarkValue, points

__all__ = [
    "Agreed",
    "AsGrade",
    "AsLevel",
    "Average",
    "Basis",
    "Calculation",
    "Caution",
    "Conclusion",
    "Converted",
    "Excluded",
    "Exclusion",
    "Given",
    "Ground",
    "Node",
    "Rounded",
    "Rounding",
    "Stated",
    "Suggestion",
    "Target",
    "Weighed",
    "Weighted",
    "decimal",
    "evaluate",
    "inputs",
    "number_of",
    "target_of",
]


class Target(Enum):
    """What a calculation is for."""

    THEMATIC = "thematic"
    SEMESTER = "semester"
    ANNUAL = "annual"
    CERTIFICATE = "certificate"


class Basis(Enum):
    """Which marks a calculation is made of."""

    CURRENT = "current"
    THEMATIC = "thematic"
    RESULT_GROUPS = "result-groups"
    SEMESTERS = "semesters"
    FINALS = "finals"


class Rounding(Enum):
    """What becomes of a number between two that are allowed."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"
    UP = "up"

    def whole(self, number: Fraction) -> int:
        """Return the whole number in place of this one.

        >>> Rounding.HALF_UP.whole(Fraction(17, 2)), Rounding.HALF_EVEN.whole(Fraction(17, 2))
        (9, 8)
        """
        match self:
            case Rounding.HALF_UP:
                return floor(number + Fraction(1, 2))
            case Rounding.HALF_EVEN:
                return round(number)
            case Rounding.DOWN:
                return floor(number)
            case Rounding.UP:
                return ceil(number)


class Exclusion(Enum):
    """Why a mark that stands where it could count does not."""

    DIAGNOSTIC = "diagnostic"
    FORMATIVE = "formative"
    NOT_COUNTED = "not-counted"
    NOTE = "note"
    WORDS = "words"
    EXEMPT = "exempt"
    NOT_ATTESTED = "not-attested"
    STUDIED = "studied"
    OTHER_SCALE = "other-scale"
    CORRECTED = "corrected"


class Caution(Enum):
    """What a teacher should weigh before following a suggestion, or why there is none."""

    NOTHING_COUNTS = "nothing-counts"
    IN_WORDS = "in-words"
    DIVIDED = "divided"
    LONE_WORK = "lone-work"
    SEMESTER_LACKS = "semester-lacks"


@frozen
class Given:
    """A mark as it was when it was counted; its number is that of a grade."""

    journal: JournalId
    column: ColumnId
    pupil: PupilId
    kind: ColumnKind
    value: MarkValue

    @classmethod
    def by(cls, mark: Mark, kind: ColumnKind) -> Given:
        """Return a mark in a column of that kind as an input."""
        return cls(mark.journal, mark.column, mark.pupil, kind, mark.value)

    @property
    def key(self) -> MarkKey:
        """Where the mark stands, or stood."""
        return MarkKey(self.journal, self.column, self.pupil)


@frozen
class Converted:
    """A mark that has no number of its own, or counts by another, and the number it counts by."""

    of: Given
    number: int


@frozen
class Average:
    """The arithmetic mean."""

    of: tuple[Node, ...]

    def __attrs_post_init__(self) -> None:
        if not self.of:
            raise Invalid("average", "", "absent")


@frozen
class Weighed:
    """A part of a weighted mean, and how many times it counts."""

    weight: int
    of: Node

    def __attrs_post_init__(self) -> None:
        if self.weight < 1:
            raise Invalid("weight", str(self.weight), "range")


@frozen
class Weighted:
    """The mean in which some marks count more than once."""

    of: tuple[Weighed, ...]

    def __attrs_post_init__(self) -> None:
        if not self.of:
            raise Invalid("average", "", "absent")


@frozen
class Rounded:
    """A number with so many decimal places."""

    of: Node
    mode: Rounding
    places: int = 0


Node: TypeAlias = Given | Converted | Average | Weighted | Rounded
"""A step that comes to a number."""


@frozen
class AsGrade:
    """The grade of a whole number."""

    of: Node


@frozen
class AsLevel:
    """The level whose rank is a whole number."""

    of: Node


@frozen
class Agreed:
    """The one value that all of these marks have."""

    of: tuple[Given, ...]

    def __attrs_post_init__(self) -> None:
        if len({given.value for given in self.of}) != 1:
            raise Invalid("agreed", str(len(self.of)), "ambiguous")


class Ground(Enum):
    """Why a value follows from something else than numbers."""

    MISSED_ALL = "missed-all"
    ALL_NOT_ATTESTED = "all-not-attested"
    ALL_EXEMPT = "all-exempt"
    NOT_ASSESSED = "not-assessed"


@frozen
class Stated:
    """A value that no number leads to, and why it is suggested."""

    value: MarkValue
    ground: Ground


Conclusion: TypeAlias = AsGrade | AsLevel | Agreed | Stated | Rounded
"""The last step: it comes to a mark, or for a certificate to a number."""


@frozen
class Excluded:
    """A mark that does not count, and why."""

    given: Given
    why: Exclusion


@frozen
class Calculation:
    """How a suggestion was worked out, under which rules, from which marks and without which.

    The order of inputs is that of their places, so it says nothing of when marks were given.
    Without a conclusion nothing is suggested, and a caution says why.
    """

    pack: str = field(metadata=PLAIN)
    pack_version: int
    target: Target
    basis: Basis
    conclusion: Conclusion | None
    excluded: tuple[Excluded, ...] = ()
    cautions: tuple[Caution, ...] = ()


def number_of(node: Node) -> Fraction:
    """Work a step out, exactly; raises `Invalid` for a mark without a number."""
    match node:
        case Given():
            number = points(node.value)
            if number is None:
                raise Invalid("number", str(node.value), "scale")
            return Fraction(number)
        case Converted():
            return Fraction(node.number)
        case Average():
            return sum(map(number_of, node.of), Fraction()) / len(node.of)
        case Weighted():
            total = sum((part.weight * number_of(part.of) for part in node.of), Fraction())
            return total / sum(part.weight for part in node.of)
        case Rounded():
            scale = 10**node.places
            return Fraction(node.mode.whole(number_of(node.of) * scale), scale)


def evaluate(calculation: Calculation) -> MarkValue | Fraction | None:
    """Work a calculation out: a mark, the number of a certificate, or None for no suggestion.

    Nothing but the calculation is looked at. Raises `Invalid` for one that comes to no mark.
    """
    match calculation.conclusion:
        case None:
            return None
        case AsGrade(of):
            return Grade(_whole(of))
        case AsLevel(of):
            return _level(_whole(of))
        case Agreed(of):
            return of[0].value
        case Stated(value):
            return value
        case Rounded() as rounded:
            return number_of(rounded)


def _whole(node: Node) -> int:
    number = number_of(node)
    if number.denominator != 1:
        raise Invalid("number", str(number), "digits")
    return number.numerator


def _level(rank: int) -> Level:
    levels = {level.rank: level for level in Level}
    if rank not in levels:
        raise Invalid("rank", str(rank), "range")
    return levels[rank]


def decimal(number: Fraction) -> Decimal:
    """Return a number of tenths, or of other decimal places, as a certificate shows it.

    >>> decimal(Fraction(97, 10))
    Decimal('9.7')
    """
    return Decimal(number.numerator) / Decimal(number.denominator)


def inputs(calculation: Calculation) -> tuple[Given, ...]:
    """Return the marks that count, in the order of their places."""
    return tuple(_inputs(calculation.conclusion))


def _inputs(step: Node | Conclusion | Weighed | None) -> Iterable[Given]:
    match step:
        case Given():
            yield step
        case Average(of) | Weighted(of) | Agreed(of):
            for each in of:
                yield from _inputs(each)
        case Converted(of) | Weighed(_, of) | Rounded(of) | AsGrade(of) | AsLevel(of):
            yield from _inputs(of)
        case Stated() | None:
            return


def target_of(column: Column) -> Target:
    """Return which final a column holds; raises `NotAllowedHere` for one that holds none."""
    target = _TARGETS.get(column.kind)
    if target is None:
        raise NotAllowedHere(column.kind.label, "no-final")
    return target


_TARGETS = {
    ColumnKind.THEMATIC: Target.THEMATIC,
    ColumnKind.SEMESTER: Target.SEMESTER,
    ColumnKind.ANNUAL: Target.ANNUAL,
}


@frozen
class Suggestion:
    """What was worked out for one place, to be followed or not; the mark there is another record.

    `value` is None where nothing is suggested.
    """

    journal: JournalId
    column: ColumnId
    pupil: PupilId
    value: MarkValue | None
    calculation: Calculation
    suggested_at: datetime
    version: int = 0

    @classmethod
    def of(cls, key: MarkKey, calculation: Calculation, at: datetime) -> Suggestion:
        """Return what a calculation suggests for a place.

        Raises `Invalid` for one that comes to a number and no mark.
        """
        value = evaluate(calculation)
        if isinstance(value, Fraction):
            raise Invalid("value", str(value), "scale")
        return cls(*key, value, calculation, at)

    @property
    def key(self) -> MarkKey:
        """The place of the mark that it is for."""
        return MarkKey(self.journal, self.column, self.pupil)

    def renewed(self, other: Suggestion) -> Suggestion:
        """Return the later suggestion in place of this one; the same calculation stays as it is."""
        if other.calculation == self.calculation:
            return self
        return Suggestion(
            *(self.journal, self.column, self.pupil, other.value, other.calculation),
            *(other.suggested_at, self.version),
        )

    def answered(self, value: MarkValue, reason: str) -> MarkValue | None:
        """Return what was suggested to somebody who decides on that value.

        Whoever does not follow a suggestion says why: raises `Incomplete` without a reason.
        """
        if self.value not in (None, value) and not reason.strip():
            raise Incomplete(("reason",))
        return self.value
