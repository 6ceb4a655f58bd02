"""Lines that several packs share: what is no achievement, and what ends a term without a number."""

from __future__ import annotations

from ejournal.model.classes import Assessment
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import ValueKind
from ejournal.rules.packs import Admission, Verdict

__all__ = ["OWN_SCALES", "SIGNS", "SUMMARIES", "WORK", "allowed", "flagged", "refused"]

WORK = frozenset(
    {
        ColumnKind.CURRENT,
        ColumnKind.TEST,
        ColumnKind.INDEPENDENT,
        ColumnKind.DIAGNOSTIC,
        ColumnKind.NOTEBOOK,
        ColumnKind.RESULT_GROUP,
    }
)
"""The columns in which work is assessed."""

SUMMARIES = frozenset(ColumnKind) - WORK
"""The columns that sum up a topic, a term or a year."""

_UNMARKED = frozenset({Assessment.NONE, Assessment.CREDIT})
_ANY_COLUMN = frozenset(ColumnKind)
_ANY_SUBJECT = frozenset(Assessment)


def allowed(
    *values: ValueKind,
    columns: frozenset[ColumnKind] = _ANY_COLUMN,
    assessed: frozenset[Assessment] = _ANY_SUBJECT,
) -> Admission:
    """Return the line that such values may stand there."""
    return Admission(Verdict.ALLOWED, frozenset(values), columns, assessed)


def flagged(
    *values: ValueKind,
    columns: frozenset[ColumnKind] = _ANY_COLUMN,
    assessed: frozenset[Assessment] = _ANY_SUBJECT,
) -> Admission:
    """Return the line that such values are kept there and remarked on."""
    return Admission(Verdict.FLAGGED, frozenset(values), columns, assessed)


def refused(
    *values: ValueKind,
    columns: frozenset[ColumnKind] = _ANY_COLUMN,
    assessed: frozenset[Assessment] = _ANY_SUBJECT,
) -> Admission:
    """Return the line that such values may not stand there."""
    return Admission(Verdict.REFUSED, frozenset(values), columns, assessed)


SIGNS: tuple[Admission, ...] = (
    allowed(ValueKind.EXEMPT),
    allowed(ValueKind.NOTE, columns=WORK),
    flagged(ValueKind.NOTE),
    allowed(ValueKind.NOT_ATTESTED, columns=SUMMARIES | {ColumnKind.RESULT_GROUP}),
    flagged(ValueKind.NOT_ATTESTED),
    allowed(ValueKind.STUDIED, columns=SUMMARIES, assessed=_UNMARKED),
    flagged(ValueKind.STUDIED),
)
"""Notes belong to work, outcomes without a number to summaries; the reverse is a slip of the pen.

No act says so; a host that sees it otherwise puts lines of its own before these.
"""

OWN_SCALES: tuple[Admission, ...] = (
    allowed(ValueKind.POINTS, assessed=frozenset({Assessment.POINTS})),
    allowed(ValueKind.LEVEL, assessed=frozenset({Assessment.LEVELS})),
    allowed(ValueKind.CREDIT, assessed=frozenset({Assessment.CREDIT})),
    allowed(ValueKind.WORDS, assessed=frozenset({Assessment.VERBAL})),
)
"""Each subject by the scale that the school has set for it."""
