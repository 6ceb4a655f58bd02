"""What may stand in a cell of a journal: the closed vocabulary of marks, and the absence codes.

A mark is a value of one of five types, never a bare number or text; nothing in the cell is no
mark at all. Values have three spellings: the Ukrainian label that a page shows, an ASCII code
that storages and files keep, and the two numbers of the wire table that vendors' systems and the
state journal exchange. That table knows marks and absences together, so both stand here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from attrs import frozen

from ejournal.errors import Invalid

__all__ = [
    "VOCABULARY",
    "AbsenceCode",
    "Credit",
    "Final",
    "Grade",
    "Level",
    "MarkValue",
    "Mean",
    "Sign",
    "ValueKind",
    "Wire",
    "kind_of",
    "label_of",
    "mean_of",
    "mixes_scales",
    "parse_mark",
    "parse_mark_code",
    "points",
    "spell_mark",
    "value_of_wire_code",
    "value_of_wire_id",
    "wire_of",
]


@frozen(cache_hash=True)
class Grade:
    """A numeric mark: a whole number from 1 to 12 (rules 16, 17)."""

    points: int

    def __attrs_post_init__(self) -> None:
        if type(self.points) is not int or not 1 <= self.points <= 12:
            raise Invalid("grade", str(self.points), "range")


class Level(Enum):
    """A level of achievement, given instead of a number in primary school."""

    INITIAL = "initial"
    AVERAGE = "average"
    SUFFICIENT = "sufficient"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """The place in the order of levels, 1 for the lowest (rule 22)."""
        return list(Level).index(self) + 1


class Credit(Enum):
    """Pass or fail, for what is taught without numbers (rule 21)."""

    CREDITED = "credited"
    NOT_CREDITED = "not-credited"


class Final(Enum):
    """An outcome of a term without a number; «Н/А» is not an absence (rule 20)."""

    NOT_ATTESTED = "not-attested"
    STUDIED = "studied"


class Sign(Enum):
    """What a teacher notes in a cell without assessing; `VERBAL` assesses, in the comment."""

    EXEMPT = "exempt"
    NO_GRADE = "no-grade"
    REMARK = "remark"
    DONE = "done"
    COMMENT = "comment"
    VERBAL = "verbal"


MarkValue: TypeAlias = Grade | Level | Credit | Final | Sign


class AbsenceCode(Enum):
    """Why a pupil was not at a lesson; it stands in the same cell but is no mark (rule 19)."""

    ABSENT = "absent"
    ILL = "ill"
    EXCUSED = "excused"


@frozen
class Wire:
    """How the exchange names a value: its `mark_value_id` and its `code`."""

    id: int
    code: int


_GRADES = tuple(Grade(number) for number in range(1, 13))

VOCABULARY: tuple[MarkValue, ...] = (*_GRADES, *Level, *Credit, *Final, *Sign)
"""Every mark there is."""

_LABELS: Mapping[MarkValue | AbsenceCode, str] = {
    **{grade: str(grade.points) for grade in _GRADES},
    Level.INITIAL: "П",
    Level.AVERAGE: "С",
    Level.SUFFICIENT: "Д",
    Level.HIGH: "В",
    Credit.CREDITED: "зар",
    Credit.NOT_CREDITED: "Н/З",
    Final.NOT_ATTESTED: "Н/А",
    Final.STUDIED: "вивч",
    Sign.EXEMPT: "зв",
    Sign.NO_GRADE: "Н/О",
    Sign.REMARK: "заув",
    Sign.DONE: "√",
    Sign.COMMENT: "к",
    Sign.VERBAL: "вербально",
    AbsenceCode.ABSENT: "Н",
    AbsenceCode.ILL: "хв",
    AbsenceCode.EXCUSED: "п/п",
}

_WIRE: Mapping[MarkValue | AbsenceCode, Wire] = {
    AbsenceCode.ABSENT: Wire(1, -5),
    Final.NOT_ATTESTED: Wire(2, -10),
    Credit.CREDITED: Wire(3, -15),
    Sign.EXEMPT: Wire(4, -20),
    Final.STUDIED: Wire(5, -25),
    **{grade: Wire(grade.points + 5, grade.points) for grade in _GRADES},
    AbsenceCode.ILL: Wire(23, -30),
    Level.INITIAL: Wire(24, -31),
    Level.AVERAGE: Wire(25, -32),
    Level.SUFFICIENT: Wire(26, -33),
    Level.HIGH: Wire(27, -34),
    Sign.NO_GRADE: Wire(28, -35),
    Sign.REMARK: Wire(29, -36),
    AbsenceCode.EXCUSED: Wire(30, -37),
    Sign.DONE: Wire(31, -38),
    Sign.COMMENT: Wire(32, -39),
    Credit.NOT_CREDITED: Wire(33, -40),
}

_BY_WIRE_ID = {wire.id: value for value, wire in _WIRE.items()}
_BY_WIRE_CODE = {wire.code: value for value, wire in _WIRE.items()}


def spell_mark(value: MarkValue) -> str:
    """Return the ASCII code under which storages and files keep a mark.

    >>> spell_mark(Grade(7)), spell_mark(Level.HIGH), spell_mark(Final.NOT_ATTESTED)
    ('7', 'high', 'not-attested')
    """
    return str(value.points) if isinstance(value, Grade) else value.value


_BY_CODE = {spell_mark(value): value for value in VOCABULARY}


def parse_mark_code(code: str) -> MarkValue:
    """Read what `spell_mark` wrote; raises `Invalid` for anything else."""
    if code not in _BY_CODE:
        raise Invalid("mark", code, "scale")
    return _BY_CODE[code]


def label_of(value: MarkValue | AbsenceCode) -> str:
    """Return what the page of a journal shows for a value.

    >>> label_of(Grade(7)), label_of(Level.HIGH), label_of(AbsenceCode.EXCUSED)
    ('7', 'В', 'п/п')
    """
    return _LABELS[value]


_ABBREVIATED = (Credit.CREDITED, Final.STUDIED, Sign.EXEMPT, Sign.REMARK)
_BY_LABEL = {_LABELS[value].casefold(): value for value in VOCABULARY} | {
    f"{_LABELS[value]}.": value for value in _ABBREVIATED
}


def parse_mark(text: str) -> MarkValue:
    """Read a mark as a teacher types it: the label in either case, «зв» and its like with a dot.

    >>> parse_mark("н/а")
    <Final.NOT_ATTESTED: 'not-attested'>

    Latin letters that look like Ukrainian ones are refused and not guessed at, and so are absence
    codes: `Invalid`.
    """
    typed = text.strip()
    value = _BY_LABEL.get(typed.casefold())
    if value is None:
        raise Invalid("mark", text, _obstacle(typed))
    return value


def _obstacle(typed: str) -> str:
    if not typed:
        return "absent"
    if any(letter.isascii() and letter.isalpha() for letter in typed):
        return "look-alike"
    return "range" if typed.isdecimal() else "scale"


def wire_of(value: MarkValue | AbsenceCode) -> Wire | None:
    """Return the numbers of the exchange; a verbal mark has none."""
    return _WIRE.get(value)


def value_of_wire_id(number: int) -> MarkValue | AbsenceCode:
    """Return what a `mark_value_id` stands for; raises `Invalid` for one that is not in the table.

    >>> value_of_wire_id(12), value_of_wire_id(2)
    (Grade(points=7), <Final.NOT_ATTESTED: 'not-attested'>)
    """
    if number not in _BY_WIRE_ID:
        raise Invalid("mark_value_id", str(number), "unknown")
    return _BY_WIRE_ID[number]


def value_of_wire_code(number: int) -> MarkValue | AbsenceCode:
    """Return what a wire `code` stands for; raises `Invalid` for one that is not in the table."""
    if number not in _BY_WIRE_CODE:
        raise Invalid("code", str(number), "unknown")
    return _BY_WIRE_CODE[number]


def points(value: MarkValue) -> int | None:
    """Return the number that enters averages: that of a grade, and None for all else."""
    return value.points if isinstance(value, Grade) else None


@frozen
class Mean:
    """The mean of some grades, exactly: the sum of their points, and how many there are."""

    points: int
    count: int

    @property
    def value(self) -> Fraction:
        """The mean itself; whoever shows it rounds it."""
        return Fraction(self.points, self.count)


def mean_of(counts: Mapping[MarkValue, int]) -> Mean | None:
    """Return the mean of marks, given how often each value stands; None if no grade is there.

    Only grades have points: a level, «Н/А», «зв», a remark or a comment enters no mean (rules 31
    and 32).

    >>> mean_of({Grade(7): 2, Grade(12): 1, Final.NOT_ATTESTED: 3})
    Mean(points=26, count=3)
    """
    total = number = 0
    for value, times in counts.items():
        if isinstance(value, Grade):
            total += value.points * times
            number += times
    return Mean(total, number) if number else None


def mixes_scales(values: Iterable[MarkValue]) -> bool:
    """Say whether numbers and level letters stand together, as one column should not have them."""
    scales = {type(value) for value in values}
    return Grade in scales and Level in scales


class ValueKind(Enum):
    """What sort of value a mark has, as rules speak of it; the four first are scales."""

    POINTS = "points"
    LEVEL = "level"
    CREDIT = "credit"
    WORDS = "words"
    NOT_ATTESTED = "not-attested"
    STUDIED = "studied"
    EXEMPT = "exempt"
    NOTE = "note"


_KINDS: Mapping[MarkValue, ValueKind] = {
    **dict.fromkeys(_GRADES, ValueKind.POINTS),
    **dict.fromkeys(Level, ValueKind.LEVEL),
    **dict.fromkeys(Credit, ValueKind.CREDIT),
    Final.NOT_ATTESTED: ValueKind.NOT_ATTESTED,
    Final.STUDIED: ValueKind.STUDIED,
    **dict.fromkeys(Sign, ValueKind.NOTE),
    Sign.EXEMPT: ValueKind.EXEMPT,
    Sign.VERBAL: ValueKind.WORDS,
}


def kind_of(value: MarkValue) -> ValueKind:
    """Return what sort of value it is.

    >>> kind_of(Grade(7)), kind_of(Sign.REMARK)
    (<ValueKind.POINTS: 'points'>, <ValueKind.NOTE: 'note'>)
    """
    return _KINDS[value]
