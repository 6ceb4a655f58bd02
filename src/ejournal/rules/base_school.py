"""Grades 5-9 under the new standard: twelve points, groups of results, formative work apart."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from ejournal.model.assessment import Basis
from ejournal.model.classes import Assessment
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import ValueKind
from ejournal.rules.lines import OWN_SCALES, SIGNS, WORK, allowed, flagged, refused
from ejournal.rules.packs import RulePack, Standard

__all__ = ["GRADES_5_9_1093", "GRADES_5_9_1427", "GRADES_5_9_BEFORE_1093"]

_COUNTED = frozenset(
    {ColumnKind.CURRENT, ColumnKind.TEST, ColumnKind.INDEPENDENT, ColumnKind.RESULT_GROUP}
)
"""Entry diagnostics and formative records are no part of any final mark (rules 51, 52)."""

_WORDS_FOR_WORK = allowed(ValueKind.WORDS, columns=WORK)
_OFF_SCALE = flagged(ValueKind.POINTS, ValueKind.CREDIT, ValueKind.WORDS)

GRADES_5_9_1427 = RulePack(
    "nus-5-9-1427",
    "НУШ, 5-9 класи: рекомендації 2026 року",
    "наказ МОН № 1427 від 17.08.2026 [C, за викладом; акт не прочитано]",
    date(2026, 9, 1),
    frozenset(range(5, 10)),
    (
        *SIGNS,
        refused(ValueKind.LEVEL),
        allowed(ValueKind.POINTS, assessed=frozenset({Assessment.LEVELS})),
        *OWN_SCALES,
        _WORDS_FOR_WORK,
        _OFF_SCALE,
    ),
    standard=Standard.NEW,
    counted=_COUNTED,
    semester_from=(Basis.THEMATIC, Basis.CURRENT),
    lone_work_decides=False,
)
"""Level letters are not used (rule 24), groups of results are the teacher's choice (rule 49)."""

GRADES_5_9_1093 = RulePack(
    "nus-5-9-1093",
    "НУШ, 5-9 класи: рекомендації 2024 року",
    "наказ МОН № 1093 від 02.08.2024 [S]; семестрова за групами результатів [U]",
    date(2024, 9, 1),
    frozenset(range(5, 10)),
    (*SIGNS, *OWN_SCALES, _WORDS_FOR_WORK, _OFF_SCALE, flagged(ValueKind.LEVEL)),
    effective_to=date(2026, 8, 31),
    standard=Standard.NEW,
    counted=_COUNTED,
    semester_from=(Basis.RESULT_GROUPS, Basis.THEMATIC, Basis.CURRENT),
)
"""A semester is recorded by groups of results and generalised to a mark of the subject (U)."""

GRADES_5_9_BEFORE_1093 = evolve(
    GRADES_5_9_1093,
    name="nus-5-9-before-1093",
    title="НУШ, 5-6 класи: перші роки",
    source="рекомендації, що діяли до № 1093 від 02.08.2024, не прочитано [U]",
    effective_from=date(2022, 9, 1),
    effective_to=date(2024, 8, 31),
)
"""Grade 5 in 2022/23, 5 and 6 in 2023/24; kept as under order № 1093, to be confirmed."""
