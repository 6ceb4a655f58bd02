"""Grades 1-4 under the new standard: words in 1-2, levels or words in 3-4, never points."""

from __future__ import annotations

from datetime import date

from attrs import evolve

from ejournal.model.assessment import Basis
from ejournal.model.classes import Assessment
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import ValueKind
from ejournal.rules.lines import SIGNS, allowed
from ejournal.rules.packs import RulePack, Standard

__all__ = ["GRADES_1_2", "GRADES_1_2_BEFORE_813", "GRADES_3_4", "GRADES_3_4_BEFORE_813"]

_SINCE_813 = date(2021, 9, 1)
_UNTIL_813 = date(2021, 8, 31)
_REFORM = date(2018, 9, 1)
_COUNTED = frozenset({ColumnKind.CURRENT, ColumnKind.TEST, ColumnKind.INDEPENDENT})
_BY_LEVELS = frozenset({Assessment.POINTS, Assessment.LEVELS})
"""A subject of the whole school that has points in grade 5 has levels in grade 3."""

GRADES_1_2 = RulePack(
    "nus-1-2",
    "НУШ, 1-2 класи: вербальне оцінювання",
    "наказ МОН № 813 від 13.07.2021 [S]",
    _SINCE_813,
    frozenset({1, 2}),
    (*SIGNS, allowed(ValueKind.WORDS)),
    standard=Standard.NEW,
    scale=ValueKind.WORDS,
    counted=_COUNTED,
    semester_from=(Basis.THEMATIC, Basis.CURRENT),
)
"""Rule 26: only words."""

GRADES_3_4 = RulePack(
    "nus-3-4",
    "НУШ, 3-4 класи: рівневе або вербальне оцінювання",
    "наказ МОН № 813 від 13.07.2021 [S]; заміна № 1146 від 16.09.2020 [U]",
    _SINCE_813,
    frozenset({3, 4}),
    (*SIGNS, allowed(ValueKind.WORDS), allowed(ValueKind.LEVEL, assessed=_BY_LEVELS)),
    standard=Standard.NEW,
    scale=ValueKind.LEVEL,
    counted=_COUNTED,
    semester_from=(Basis.THEMATIC, Basis.CURRENT),
)
"""Rule 27: the school's setting says which subjects have levels; the others have words."""

GRADES_1_2_BEFORE_813 = evolve(
    GRADES_1_2,
    name="nus-1-2-before-813",
    source="накази, що діяли до № 813 від 13.07.2021, не прочитано [U]",
    effective_from=_REFORM,
    effective_to=_UNTIL_813,
)
"""The first years of the reform; kept as under order № 813, to be confirmed."""

GRADES_3_4_BEFORE_813 = evolve(
    GRADES_3_4,
    name="nus-3-4-before-813",
    source="наказ МОН № 1146 від 16.09.2020 [S, реквізити]",
    effective_from=_REFORM,
    effective_to=_UNTIL_813,
)
"""Grades 3 and 4 until the summer of 2021; kept as under order № 813, to be confirmed."""
