"""Why a mark was suggested, in lines that a teacher or a parent can follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import assert_never

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
    Exclusion,
    Given,
    Ground,
    Node,
    Rounded,
    Rounding,
    Stated,
    Target,
    Weighed,
    Weighted,
    decimal,
    evaluate,
    inputs,
    number_of,
)
from ejournal.model.marks import MarkValue, label_of
from ejournal.reasons import Language

__all__ = ["explain"]

_Words = tuple[str, str]

_TARGETS: Mapping[Target, _Words] = {
    Target.THEMATIC: ("Thematic", "Тематична"),
    Target.SEMESTER: ("Semester", "Семестрова"),
    Target.ANNUAL: ("Annual", "Річна"),
    Target.CERTIFICATE: ("Average of the certificate", "Середній бал документа"),
}

_BASES: Mapping[Basis, _Words] = {
    Basis.CURRENT: ("from current marks", "за поточними"),
    Basis.THEMATIC: ("from thematic marks", "за тематичними"),
    Basis.RESULT_GROUPS: ("from the groups of results", "за групами результатів"),
    Basis.SEMESTERS: ("from the semesters", "за семестровими"),
    Basis.FINALS: ("from the final marks", "за підсумковими"),
}

_MODES: Mapping[Rounding, _Words] = {
    Rounding.HALF_UP: ("a half goes up", "половина вгору"),
    Rounding.HALF_EVEN: ("a half goes to the even number", "половина до парного"),
    Rounding.DOWN: ("down", "униз"),
    Rounding.UP: ("up", "вгору"),
}

_EXCLUSIONS: Mapping[Exclusion, _Words] = {
    Exclusion.DIAGNOSTIC: (
        "a diagnostic work never counts",
        "діагностувальна робота не впливає на підсумкову",
    ),
    Exclusion.FORMATIVE: (
        "formative assessment never counts",
        "формувальне оцінювання не впливає на підсумкову",
    ),
    Exclusion.NOT_COUNTED: ("it does not count here", "тут не враховується"),
    Exclusion.NOTE: ("a note is no assessment", "позначка не є оцінкою"),
    Exclusion.WORDS: ("words have no number", "словесна оцінка не має числа"),
    Exclusion.EXEMPT: ("the pupil was exempt", "учня звільнено"),
    Exclusion.NOT_ATTESTED: ("not attested has no number", "«не атестовано» не має числа"),
    Exclusion.STUDIED: ("studied has no number", "«вивчав» не має числа"),
    Exclusion.OTHER_SCALE: ("it is on another scale", "інша шкала"),
    Exclusion.CORRECTED: ("it was corrected", "її скориговано"),
}

_CAUTIONS: Mapping[Caution, _Words] = {
    Caution.NOTHING_COUNTS: ("no mark counts", "немає оцінок, які враховуються"),
    Caution.IN_WORDS: ("assessment is in words", "оцінювання словесне"),
    Caution.DIVIDED: ("the marks do not agree", "оцінки різні, рішення за вчителем"),
    Caution.LONE_WORK: (
        "one final work alone should not decide",
        "одна підсумкова робота не повинна вирішувати",
    ),
    Caution.SEMESTER_LACKS: (
        "not every semester has a mark",
        "не кожен семестр має оцінку",
    ),
}

_GROUNDS: Mapping[Ground, _Words] = {
    Ground.MISSED_ALL: (
        "every lesson was missed and nothing counts",
        "усі уроки пропущено, оцінок немає",
    ),
    Ground.ALL_NOT_ATTESTED: ("not attested throughout", "усюди не атестовано"),
    Ground.ALL_EXEMPT: ("exempt throughout", "усюди звільнено"),
    Ground.NOT_ASSESSED: ("the subject has no marks", "предмет вивчають без оцінок"),
}


def explain(calculation: Calculation, language: Language = "uk") -> tuple[str, ...]:
    """Return the steps of a calculation, one a line: the result, its marks, what was left out.

    A number that is no whole one is shown as a fraction, so nothing is rounded on the way.
    """
    place = 0 if language == "en" else 1
    return tuple(_lines(calculation, place))


def _lines(calculation: Calculation, place: int) -> Iterator[str]:
    nothing = ("nothing is suggested", "пропозиції немає")
    result = evaluate(calculation)
    shown = nothing[place] if result is None else _shown(result, place)
    yield f"{_TARGETS[calculation.target][place]}: {shown}"
    counted = ", ".join(label_of(given.value) for given in inputs(calculation))
    if counted:
        yield f"{_BASES[calculation.basis][place]}: {counted}"
    yield from _steps(calculation.conclusion, place)
    left = ("left out", "не враховано")[place]
    for each in calculation.excluded:
        what = f"{label_of(each.given.value)} ({each.given.kind.label})"
        yield f"{left}: {what}: {_EXCLUSIONS[each.why][place]}"
    for caution in calculation.cautions:
        yield f"{('mind', 'увага')[place]}: {_CAUTIONS[caution][place]}"
    rules, version = ("rules", "правила")[place], ("version", "версія")[place]
    yield f"{rules}: {calculation.pack}, {version} {calculation.pack_version}"


def _shown(value: MarkValue | Fraction, place: int) -> str:
    if not isinstance(value, Fraction):
        return label_of(value)
    text = str(decimal(value))
    return text if place == 0 else text.replace(".", ",")


def _steps(step: Node | Conclusion | None, place: int) -> Iterator[str]:
    match step:
        case Converted(of, number):
            counts = ("counts for", "враховано як")[place]
            yield f"{label_of(of.value)} {counts} {number}"
        case Average(of) | Weighted(of):
            yield from _mean(step, of, place)
        case Rounded(of, mode, places):
            yield from _steps(of, place)
            rounded, tenths = ("rounded", "округлено")[place], ("places", "знаків")[place]
            to = f", {tenths}: {places}" if places else ""
            yield f"{rounded} ({_MODES[mode][place]}{to}): {_shown(number_of(step), place)}"
        case AsGrade(of) | AsLevel(of):
            yield from _steps(of, place)
        case Stated(_, ground):
            yield _GROUNDS[ground][place]
        case Agreed():
            yield ("all marks agree", "усі оцінки однакові")[place]
        case Given() | None:
            return
        case _:
            assert_never(step)


def _mean(step: Average | Weighted, of: tuple[Node | Weighed, ...], place: int) -> Iterator[str]:
    for each in of:
        yield from _steps(each.of if isinstance(each, Weighed) else each, place)
    terms = " + ".join(map(_term, of))
    total = sum(each.weight if isinstance(each, Weighed) else 1 for each in of)
    yield f"{('mean', 'середнє')[place]}: ({terms}) / {total} = {number_of(step)}"


def _term(node: Node | Weighed) -> str:
    if isinstance(node, Weighed):
        return f"{node.weight} × {number_of(node.of)}"
    return str(number_of(node))
