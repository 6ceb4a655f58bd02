"""What a rule pack is: one regulation's answers, with the days and the classes they are for.

A pack is data. The same code asks all of them, so an act that changes the rules is a new pack
beside the old one, and what was done under the old one is still answered by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import Enum

from attrs import frozen

from ejournal.errors import Invalid, Missing, NotAllowedHere
from ejournal.model.assessment import Basis, Rounding
from ejournal.model.attendance import Absence
from ejournal.model.calendar import StudyForm
from ejournal.model.classes import Assessment, Terms
from ejournal.model.journal import Column, ColumnKind
from ejournal.model.marks import Level, MarkValue, ValueKind, kind_of, label_of

__all__ = [
    "Admission",
    "Rate",
    "RulePack",
    "Ruling",
    "Standard",
    "Verdict",
    "Weight",
    "assesses",
    "pack_for",
    "standard_of",
]


class Verdict(Enum):
    """What rules say of something: it is allowed, kept but remarked on, or refused."""

    ALLOWED = "allowed"
    FLAGGED = "flagged"
    REFUSED = "refused"


class Standard(Enum):
    """Whether the new state standard (НУШ) has reached a grade."""

    CLASSIC = "classic"
    NEW = "new"


def standard_of(grade: int, *, school_year: int) -> Standard:
    """Return the standard that a grade learns by in the year that begins in `school_year`.

    The reform began with grade 1 in 2018/19 and goes up by a grade each year: grade 5 in 2022/23,
    grade 9 in 2026/27, grade 12 in 2029/30.

    >>> standard_of(9, school_year=2025), standard_of(9, school_year=2026)
    (<Standard.CLASSIC: 'classic'>, <Standard.NEW: 'new'>)
    """
    return Standard.NEW if school_year >= _BEFORE_FIRST + grade else Standard.CLASSIC


_BEFORE_FIRST = 2017


@frozen
class Admission:
    """One line of a pack: what it says of values of some kinds, in columns of some kinds.

    `assessed` is how the subject is, by the school's setting.
    """

    verdict: Verdict
    values: frozenset[ValueKind]
    columns: frozenset[ColumnKind] = frozenset(ColumnKind)
    assessed: frozenset[Assessment] = frozenset(Assessment)

    def covers(self, value: ValueKind, column: ColumnKind, assessed: Assessment) -> bool:
        """Say whether the line is about such a value in such a column."""
        return value in self.values and column in self.columns and assessed in self.assessed


@frozen
class Rate:
    """How many points a value counts for: a rule of the school's own scale (rule 56)."""

    value: MarkValue
    points: int

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.points <= 12:
            raise Invalid("rate", str(self.points), "range")


@frozen
class Weight:
    """How many times a mark of a kind of column counts in a mean."""

    kind: ColumnKind
    times: int

    def __attrs_post_init__(self) -> None:
        if self.times < 1:
            raise Invalid("weight", str(self.times), "range")


_CERTIFIED = frozenset({ColumnKind.ANNUAL, ColumnKind.FINAL, ColumnKind.DPA})


@frozen
class RulePack:
    """The rules of one act, or of one family of acts, for some grades and some time.

    `source` names the act and how far its text could be read. `effective_from` and `effective_to`
    are days of lessons, both included. Without a `standard` it is for classes of both.

    The first of `admissions` that covers a value decides; what none covers is refused. `mixing`
    is about numbers and level letters in one column, `beside_absence` about a mark in the cell of
    a lesson that the pupil missed.

    `scale` is what finals are stated in, `counted` are the kinds of work that they are made of. A
    semester's is made of the first of `semester_from` that the pupil has marks of. `bands` are the
    highest points of each level.
    """

    name: str
    title: str
    source: str
    effective_from: date
    grades: frozenset[int]
    admissions: tuple[Admission, ...]
    version: int = 1
    effective_to: date | None = None
    standard: Standard | None = None
    forms: frozenset[StudyForm] = frozenset(StudyForm)
    mixing: Verdict = Verdict.FLAGGED
    beside_absence: Verdict = Verdict.FLAGGED
    counted: frozenset[ColumnKind] = frozenset()
    scale: ValueKind = ValueKind.POINTS
    semester_from: tuple[Basis, ...] = (Basis.THEMATIC,)
    annual_from_corrected: bool = True
    certificate_of: frozenset[ColumnKind] = _CERTIFIED
    lone_work_decides: bool = True
    rounding: Rounding = Rounding.HALF_UP
    bands: tuple[int, int, int, int] = (3, 6, 9, 12)
    rates: tuple[Rate, ...] = ()
    weights: tuple[Weight, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise Invalid("effective_to", self.effective_to.isoformat(), "order")
        if sorted(set(self.bands)) != list(self.bands):
            raise Invalid("bands", str(self.bands), "order")

    def is_for(self, grade: int, *, school_year: int, form: StudyForm) -> bool:
        """Say whether the pack covers such a class, whatever the day."""
        standards = (None, standard_of(grade, school_year=school_year))
        return grade in self.grades and form in self.forms and self.standard in standards

    def is_in_force(self, day: date) -> bool:
        """Say whether the pack applies on that day."""
        return self.effective_from <= day and (
            self.effective_to is None or day <= self.effective_to
        )

    def verdict(self, value: ValueKind, column: ColumnKind, assessed: Assessment) -> Verdict:
        """Return what the rules say of such a value in such a column of such a subject."""
        for line in self.admissions:
            if line.covers(value, column, assessed):
                return line.verdict
        return Verdict.REFUSED

    def level_of(self, points: int) -> Level:
        """Return the level of a number of points (rule 28)."""
        place = next(place for place, top in enumerate(self.bands) if points <= top)
        return tuple(Level)[place]

    def rate_of(self, value: MarkValue) -> int | None:
        """Return how many points a value counts for on the school's own scale; None for no rule."""
        return next((rate.points for rate in self.rates if rate.value == value), None)

    def weight_of(self, kind: ColumnKind) -> int:
        """Return how many times a mark of that kind of column counts."""
        return next((weight.times for weight in self.weights if weight.kind is kind), 1)


def pack_for(
    grade: int,
    *,
    school_year: int,
    on: date,
    packs: Iterable[RulePack],
    form: StudyForm = StudyForm.IN_PERSON_DAY,
) -> RulePack:
    """Return the rules of a grade in a school year on a day; `school_year` is that of 1 September.

    Of several packs in force the one that came into force last wins, of those with the same day
    the later in order. A day outside the school year counts as the nearest day in it, so a year is
    never answered by a pack that came after it. Raises `Missing` where no pack covers the class.
    """
    first, last = date(school_year, 9, 1), date(school_year + 1, 8, 31)
    day = min(max(on, first), last)
    found: RulePack | None = None
    for pack in packs:
        if (
            pack.is_in_force(day)
            and pack.is_for(grade, school_year=school_year, form=form)
            and (found is None or pack.effective_from >= found.effective_from)
        ):
            found = pack
    if found is None:
        raise Missing("rule_pack", (grade, school_year, day, form.value))
    return found


@frozen
class Ruling:
    """The rules that one journal is under on one day: a pack, and the terms of the journal."""

    pack: RulePack
    terms: Terms

    @classmethod
    def of(cls, terms: Terms, day: date, packs: Sequence[RulePack]) -> Ruling:
        """Return the rules of a journal for a day; raises `Missing` where no pack covers it."""
        chosen = pack_for(
            terms.grade,
            school_year=terms.school_year,
            on=terms.nearest(day),
            form=terms.form,
            packs=packs,
        )
        return cls(chosen, terms)

    def verdict(self, value: MarkValue, kind: ColumnKind) -> Verdict:
        """Return what the rules say of a value in a column of that kind of this journal."""
        return self.pack.verdict(kind_of(value), kind, self.terms.assessed)

    def admit(
        self,
        value: MarkValue,
        column: Column,
        *,
        noted: Iterable[Absence] = (),
        among: Iterable[MarkValue] = (),
    ) -> MarkValue:
        """Return the value if it may stand in that column, flagged or not.

        `noted` is what stands in the pupil's attendance at the column's lesson, `among` are the
        others' values in the column. Neither is looked at unless the pack refuses what they could
        show, so they may be asked for only then. Raises `NotAllowedHere`, which names the pack.
        """
        if self.verdict(value, column.kind) is Verdict.REFUSED:
            raise self._refusal(value, "not-under-these-rules")
        if self.refuses_mixing and any(_mixed(value, other) for other in among):
            raise self._refusal(value, "mixed-scales")
        if self._matters_beside_absence(value) and not all(each.was_present for each in noted):
            raise self._refusal(value, "absent-there")
        return value

    def looks_around(self, value: MarkValue) -> bool:
        """Say whether what stands beside decides, too: only then `admit` asks for it."""
        mixes = self.refuses_mixing and kind_of(value) in _MIXED
        return mixes or self._matters_beside_absence(value)

    @property
    def refuses_beside_absence(self) -> bool:
        """Whether work may not be assessed where the pupil was absent; a note always may stand."""
        return self.pack.beside_absence is Verdict.REFUSED

    def _matters_beside_absence(self, value: MarkValue) -> bool:
        return self.refuses_beside_absence and assesses(value)

    @property
    def refuses_mixing(self) -> bool:
        """Whether numbers and level letters may not stand in one column."""
        return self.pack.mixing is Verdict.REFUSED

    def admit_absence(self, marks: Iterable[MarkValue]) -> None:
        """Pass if an absence may be noted where those marks stand, or raise `NotAllowedHere`.

        They are not looked at unless the pack refuses the two together.
        """
        if self.refuses_beside_absence:
            for value in filter(assesses, marks):
                raise self._refusal(value, "absent-there")

    def _refusal(self, value: MarkValue, why: str) -> NotAllowedHere:
        return NotAllowedHere(f"{label_of(value)} ({self.pack.name})", why)


_MIXED = frozenset({ValueKind.POINTS, ValueKind.LEVEL})
_SCALES = frozenset({*_MIXED, ValueKind.CREDIT, ValueKind.WORDS})


def assesses(value: MarkValue) -> bool:
    """Say whether a value says how well somebody did, and not merely something beside it."""
    return kind_of(value) in _SCALES


def _mixed(value: MarkValue, other: MarkValue) -> bool:
    return {kind_of(value), kind_of(other)} == _MIXED
