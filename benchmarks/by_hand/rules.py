"""Which marks a class may have, written out by hand for the acts in force, by grade and year."""

from __future__ import annotations

import json

from ejournal.model.marks import Credit, Grade, Level, MarkValue

__all__ = ["is_admitted"]


def is_admitted(terms: str, value: MarkValue) -> bool:
    """Say whether a value may stand in a column of a journal that notes these terms."""
    told = json.loads(terms)
    grade, year = told["grade"], told["school_year"]
    if year < 2017 + grade or grade > 9:
        return True
    if grade > 4:
        return year < 2026 or not isinstance(value, Level)
    by_levels = grade > 2 and told["assessed"] in {"points", "levels"}
    return not isinstance(value, Grade | Credit) and (by_levels or not isinstance(value, Level))
