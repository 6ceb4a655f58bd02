"""The classic regime: twelve points, semesters from thematic marks."""

from __future__ import annotations

from datetime import date

from ejournal.model.assessment import Basis
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import ValueKind
from ejournal.rules.lines import OWN_SCALES, SIGNS, WORK, flagged
from ejournal.rules.packs import RulePack, Standard

__all__ = ["CLASSIC", "PROFILE_UNREAD"]

_OFF_SCALE = (flagged(ValueKind.POINTS, ValueKind.LEVEL, ValueKind.CREDIT, ValueKind.WORDS),)

_COUNTED = WORK - {ColumnKind.RESULT_GROUP}
"""A thematic mark takes into account all kinds of work that were assessed during the topic (V)."""

CLASSIC = RulePack(
    "classic",
    "Класичне оцінювання: 12 балів",
    "накази МОН № 496 від 03.06.2008 [V, частини], № 329 від 13.04.2011 [V, реквізити],"
    " № 1222 від 21.08.2013 [S]",
    date(2008, 9, 1),
    frozenset(range(1, 13)),
    (*SIGNS, *OWN_SCALES, *_OFF_SCALE),
    standard=Standard.CLASSIC,
    counted=_COUNTED,
    semester_from=(Basis.THEMATIC,),
)
"""Every grade that the new standard has not reached: in 2026/27 these are 10 and 11."""

PROFILE_UNREAD = RulePack(
    "profile-unread",
    "Профільна школа: за класичними правилами, доки немає прочитаного акта",
    "акт про оцінювання у 10-12 класах за новим стандартом не прочитано [U];"
    " діють правила класичного оцінювання",
    date(2027, 9, 1),
    frozenset({10, 11, 12}),
    CLASSIC.admissions,
    standard=Standard.NEW,
    counted=_COUNTED,
    semester_from=(Basis.THEMATIC,),
)
"""What stands in for the act on the new profile school, which is to be confirmed.

A host that would rather refuse marks there than give them by rules that may not be the law leaves
this pack out of its policies.
"""
