"""Working finals out: which marks count, which do not and why, and the steps from them to a mark.

What comes of it is a calculation that needs none of this any more. It is a suggestion: for the
classic regime the act itself asks the teacher to weigh progress and the importance of topics, so
a mean can be no more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from attrs import evolve, frozen

from ejournal.model.assessment import (
    Agreed,
    AsGrade,
    AsLevel,
    Average,
    Basis,
    Calculation,
    Caution,
    Conclusion,
    Converted,
    Excluded,
    Exclusion,
    Given,
    Ground,
    Node,
    Rounded,
    Stated,
    Target,
    Weighed,
    Weighted,
    inputs,
)
from ejournal.model.classes import Assessment
from ejournal.model.journal import Column, ColumnKind, Mark, ResultKind
from ejournal.model.marks import Final, Grade, Level, Sign, ValueKind, kind_of
from ejournal.rules.lines import WORK
from ejournal.rules.packs import RulePack, Ruling, Verdict

__all__ = [
    "PlacedMark",
    "annual",
    "basis_of",
    "certificate",
    "semester",
    "thematic",
]


@frozen
class PlacedMark:
    """A mark with its column."""

    column: Column
    mark: Mark

    @property
    def given(self) -> Given:
        """The mark as an input."""
        return Given.by(self.mark, self.column.kind)


def basis_of(column: Column) -> Basis:
    """Return what the marks of a column are the basis for."""
    if column.kind is ColumnKind.RESULT_GROUP and column.result is ResultKind.SEMESTER:
        return Basis.RESULT_GROUPS
    if column.kind in WORK:
        return Basis.CURRENT
    return _BASES.get(column.kind, Basis.FINALS)


_BASES = {
    ColumnKind.THEMATIC: Basis.THEMATIC,
    ColumnKind.SEMESTER: Basis.SEMESTERS,
    ColumnKind.CORRECTED: Basis.SEMESTERS,
}


def thematic(
    ruling: Ruling, topic: Iterable[PlacedMark], *, missed_all: bool = False
) -> Calculation:
    """Work out the mark for a topic from the work in its columns.

    A pupil who missed all of its lessons and has nothing that counts is not attested (rule 37).
    """
    work = [entry for entry in topic if basis_of(entry.column) is Basis.CURRENT]
    return _calculated(ruling, Target.THEMATIC, Basis.CURRENT, work, missed_all=missed_all)


def semester(
    ruling: Ruling, entries: Iterable[PlacedMark], *, missed_all: bool = False
) -> Calculation:
    """Work out the mark for a semester from a pupil's marks in its journal.

    The pack says of which: the classic regime takes thematic marks alone (rule 38), the new one
    takes current marks where there are no thematic (rule 54).
    """
    held = list(entries)
    found = [
        _calculated(
            ruling,
            Target.SEMESTER,
            basis,
            [entry for entry in held if basis_of(entry.column) is basis],
            missed_all=missed_all,
        )
        for basis in ruling.pack.semester_from
    ]
    chosen = next((each for each in found if _counts(each)), found[0])
    lone = [given.kind for given in inputs(chosen)] == [ColumnKind.TEST]
    return _warned(chosen, Caution.LONE_WORK, lone and not ruling.pack.lone_work_decides)


def _warned(calculation: Calculation, caution: Caution, holds: bool) -> Calculation:  # noqa: FBT001
    return evolve(calculation, cautions=(*calculation.cautions, *(caution,) * holds))


def _counts(calculation: Calculation) -> bool:
    return Caution.NOTHING_COUNTS not in calculation.cautions and not (
        isinstance(calculation.conclusion, Stated)
        and calculation.conclusion.ground is Ground.MISSED_ALL
    )


def annual(ruling: Ruling, entries: Mapping[int, Iterable[PlacedMark]]) -> Calculation:
    """Work out the mark for a year from those of its semesters, by their numbers.

    Each semester of the year is a key, also without marks; as long as one has none, nothing is
    suggested. A corrected mark takes the place of the one it corrects where the pack says so
    (rule 47, to be confirmed). Not attested in every semester is not attested in the year.
    """
    standing: list[PlacedMark] = []
    replaced: list[Excluded] = []
    lacking = False
    for _, of_semester in sorted(entries.items()):
        first, corrected = _of_semester(of_semester, ruling.pack)
        standing += corrected or first
        replaced += [Excluded(each.given, Exclusion.CORRECTED) for each in first if corrected]
        lacking |= not (corrected or first)
    if lacking:
        given = [Excluded(entry.given, Exclusion.NOT_COUNTED) for entry in standing]
        return _made(
            ruling.pack,
            *(Target.ANNUAL, Basis.SEMESTERS, None, [*replaced, *given]),
            Caution.SEMESTER_LACKS,
        )
    made = _calculated(ruling, Target.ANNUAL, Basis.SEMESTERS, standing, replaced)
    partial = 0 < len(inputs(made)) < len(standing)
    return _warned(made, Caution.SEMESTER_LACKS, partial)


def _of_semester(
    entries: Iterable[PlacedMark], pack: RulePack
) -> tuple[list[PlacedMark], list[PlacedMark]]:
    marks = list(entries)
    first = [each for each in marks if each.column.kind is ColumnKind.SEMESTER]
    beside = {None, *(each.column.id for each in first)}
    corrected = [
        each
        for each in marks
        if each.column.kind is ColumnKind.CORRECTED and each.column.corrects in beside
    ]
    return first, corrected if pack.annual_from_corrected else []


def certificate(pack: RulePack, entries: Iterable[PlacedMark]) -> Calculation:
    """Work out the average of a certificate: the mean of its marks, in tenths (rule 48).

    A subject that the pupil was exempt from is not counted, nor is one without points. A subject's
    final mark takes the place of its annual one, and a corrected one of what it corrects;
    `entries` are of one journal for each.
    """
    marks = list(entries)
    concluded = {each.column.journal for each in marks if each.column.kind is ColumnKind.FINAL}
    asked = {
        each.column.id
        for each in marks
        if each.column.kind in pack.certificate_of
        and (each.column.kind is not ColumnKind.ANNUAL or each.column.journal not in concluded)
    }
    better = {each.column.corrects for each in marks if each.column.corrects in asked}
    shown = [
        each
        for each in marks
        if (each.column.id in asked and each.column.id not in better)
        or (each.column.corrects is not None and each.column.corrects in asked)
    ]
    counted, left = _sorted_out(shown, _by_points(pack))
    conclusion = Rounded(_mean(counted, pack), pack.rounding, 1) if counted else None
    cautions = () if counted else (Caution.NOTHING_COUNTS,)
    return _made(pack, Target.CERTIFICATE, Basis.FINALS, conclusion, left, *cautions)


_Counting = Callable[[Given], "Given | Converted | None"]


def _by_points(pack: RulePack) -> _Counting:
    def counted(given: Given) -> Given | Converted | None:
        if isinstance(given.value, Grade):
            return given
        rate = pack.rate_of(given.value)
        return None if rate is None else Converted(given, rate)

    return counted


def _by_levels(pack: RulePack) -> _Counting:
    def counted(given: Given) -> Converted | None:
        if isinstance(given.value, Level):
            return Converted(given, given.value.rank)
        if isinstance(given.value, Grade):
            return Converted(given, pack.level_of(given.value.points).rank)
        return None

    return counted


def _by_credit(given: Given) -> Given | None:
    return given if kind_of(given.value) is ValueKind.CREDIT else None


def _calculated(
    ruling: Ruling,
    target: Target,
    basis: Basis,
    entries: Sequence[PlacedMark],
    replaced: Iterable[Excluded] = (),
    *,
    missed_all: bool = False,
) -> Calculation:
    pack = ruling.pack
    if ruling.terms.assessed is Assessment.NONE:
        stated = Stated(Final.STUDIED, Ground.NOT_ASSESSED)
        return _made(pack, target, basis, stated, replaced)
    scale = _scale(ruling)
    of_kind = [entry for entry in entries if basis is not Basis.CURRENT or _is_work(entry, pack)]
    others = [Excluded(each.given, _why_not_work(each)) for each in entries if each not in of_kind]
    counted, left = _sorted_out(of_kind, _COUNTING[scale](pack))
    conclusion = (
        _conclusion(scale, counted, pack) if counted else _without_numbers(left, missed_all)
    )
    return _made(
        pack,
        *(target, basis, conclusion, [*others, *left, *replaced]),
        *_cautions(scale, counted, conclusion),
    )


def _scale(ruling: Ruling) -> ValueKind:
    """Return in what a final of this journal is stated."""
    pack, assessed = ruling.pack, ruling.terms.assessed
    if pack.scale is not ValueKind.POINTS:
        return ValueKind.WORDS if assessed is Assessment.VERBAL else pack.scale
    match assessed:
        case Assessment.VERBAL:
            return ValueKind.WORDS
        case Assessment.CREDIT if not pack.rates:
            return ValueKind.CREDIT
        case Assessment.LEVELS if (
            pack.verdict(ValueKind.LEVEL, ColumnKind.SEMESTER, assessed) is not Verdict.REFUSED
        ):
            return ValueKind.LEVEL
        case _:
            return ValueKind.POINTS


_COUNTING: Mapping[ValueKind, Callable[[RulePack], _Counting]] = {
    ValueKind.POINTS: _by_points,
    ValueKind.LEVEL: _by_levels,
    ValueKind.CREDIT: lambda _: _by_credit,
    ValueKind.WORDS: lambda _: lambda _: None,
}


def _is_work(entry: PlacedMark, pack: RulePack) -> bool:
    return entry.column.kind in pack.counted


def _why_not_work(entry: PlacedMark) -> Exclusion:
    return _NOT_WORK.get(entry.column.kind, Exclusion.NOT_COUNTED)


_NOT_WORK = {
    ColumnKind.DIAGNOSTIC: Exclusion.DIAGNOSTIC,
    ColumnKind.NOTEBOOK: Exclusion.FORMATIVE,
}

_NO_NUMBER = {
    ValueKind.POINTS: Exclusion.OTHER_SCALE,
    ValueKind.LEVEL: Exclusion.OTHER_SCALE,
    ValueKind.CREDIT: Exclusion.OTHER_SCALE,
    ValueKind.WORDS: Exclusion.WORDS,
    ValueKind.NOT_ATTESTED: Exclusion.NOT_ATTESTED,
    ValueKind.STUDIED: Exclusion.STUDIED,
    ValueKind.EXEMPT: Exclusion.EXEMPT,
    ValueKind.NOTE: Exclusion.NOTE,
}


def _sorted_out(
    entries: Iterable[PlacedMark], counting: _Counting
) -> tuple[list[Given | Converted], list[Excluded]]:
    steps: list[Given | Converted] = []
    left: list[Excluded] = []
    for entry in sorted(entries, key=lambda entry: entry.mark.key):
        step = counting(entry.given)
        if step is None:
            left.append(Excluded(entry.given, _NO_NUMBER[kind_of(entry.mark.value)]))
        else:
            steps.append(step)
    return steps, left


def _conclusion(
    scale: ValueKind, steps: Sequence[Given | Converted], pack: RulePack
) -> Conclusion | None:
    if scale is ValueKind.CREDIT:
        given = tuple(each for each in steps if isinstance(each, Given))
        return Agreed(given) if len({each.value for each in given}) == 1 else None
    rounded = Rounded(_mean(steps, pack), pack.rounding)
    return AsLevel(rounded) if scale is ValueKind.LEVEL else AsGrade(rounded)


def _mean(steps: Sequence[Given | Converted], pack: RulePack) -> Node:
    weights = [pack.weight_of(_kind(each)) for each in steps]
    if all(weight == 1 for weight in weights):
        return Average(tuple(steps))
    return Weighted(tuple(map(Weighed, weights, steps)))


def _kind(step: Given | Converted) -> ColumnKind:
    return step.of.kind if isinstance(step, Converted) else step.kind


def _without_numbers(left: Sequence[Excluded], missed_all: bool) -> Conclusion | None:  # noqa: FBT001
    """Return what follows where nothing counts: from what stands there, or from absence."""
    reasons = {each.why for each in left} - {Exclusion.NOTE, Exclusion.WORDS}
    if reasons == {Exclusion.NOT_ATTESTED}:
        return Stated(Final.NOT_ATTESTED, Ground.ALL_NOT_ATTESTED)
    if reasons == {Exclusion.EXEMPT}:
        return Stated(Sign.EXEMPT, Ground.ALL_EXEMPT)
    return Stated(Final.NOT_ATTESTED, Ground.MISSED_ALL) if missed_all else None


def _cautions(
    scale: ValueKind, steps: Sequence[Given | Converted], conclusion: Conclusion | None
) -> Iterable[Caution]:
    if scale is ValueKind.WORDS:
        yield Caution.IN_WORDS
    if conclusion is None:
        yield Caution.DIVIDED if steps else Caution.NOTHING_COUNTS


def _made(
    pack: RulePack,
    target: Target,
    basis: Basis,
    conclusion: Conclusion | None,
    excluded: Iterable[Excluded],
    *cautions: Caution,
) -> Calculation:
    ordered = tuple(sorted(excluded, key=lambda each: each.given.key))
    return Calculation(pack.name, pack.version, target, basis, conclusion, ordered, tuple(cautions))
