"""Publishing marks: by which rules diaries show a column's, and letting those that wait be seen."""

from __future__ import annotations

from collections.abc import Iterable

from ejournal.authority import require, written_under
from ejournal.ids import ColumnId
from ejournal.model.events import ColumnPublished, PublishingSet
from ejournal.model.journal import Column
from ejournal.model.permissions import Action
from ejournal.model.publishing import Publication, RoleRule
from ejournal.store import SchoolUnit

__all__ = ["publish_column", "set_publishing"]


def set_publishing(unit: SchoolUnit, column: ColumnId, rules: Iterable[RoleRule]) -> Publication:
    """Let diaries show a column's marks by those rules, in place of the host's and earlier ones.

    A role without a rule here keeps the host's. Whatever the rules were, guardians find the
    column's marks among what is new once more.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.PUBLISH_MARKS, written_under(unit, place, journal))
    kept = _saved(unit, _standing(unit, place).ruled(rules))
    unit.record(PublishingSet(kept.column))
    return kept


def publish_column(unit: SchoolUnit, column: ColumnId) -> Publication:
    """Let be seen what waits for its teacher, and what is given in the column from now on.

    A column that was published already stays as it was.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.PUBLISH_MARKS, written_under(unit, place, journal))
    standing = _standing(unit, place)
    published = standing.published(unit.now)
    if published is standing:
        return standing
    kept = _saved(unit, published)
    unit.record(ColumnPublished(kept.column))
    return kept


def _standing(unit: SchoolUnit, column: Column) -> Publication:
    return unit.publications.find(column.id) or Publication(column.id)


def _saved(unit: SchoolUnit, publication: Publication) -> Publication:
    keep = unit.publications.save if publication.version else unit.publications.add
    return keep(publication)
