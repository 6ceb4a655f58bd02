"""How many pupils a class has, beside how many the law wants it to have.

The head distributes pupils among classes: a class that departs from the law is remarked on and
stays as it is. Numbers are those of the Law on complete general secondary education, art. 12(2),
and of the ministry's letters about it; they are policies because they have changed before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum

from attrs import frozen

from ejournal.ids import ClassId, SchoolId
from ejournal.model.calendar import SchoolYear, StudyForm
from ejournal.model.classes import SchoolClass

__all__ = ["ClassPolicy", "ClassRemark", "ClassRule", "size_remarks"]

_IN_PERSON = frozenset({StudyForm.IN_PERSON_DAY, StudyForm.IN_PERSON_EVENING})
_LAST_PRIMARY = 4


@frozen
class ClassPolicy:
    """What a class is measured by.

    `least` binds classes in person. `most_primary` binds primary classes formed on `since` or
    later, `most` all others. Classes of the `unbounded` forms have no most: under martial law
    distance classes may be larger. `exempt` are schools that the state or a community does not
    own, which the law does not bind. A class larger than `division_above` is worth dividing.
    """

    least: int = 5
    most_primary: int = 24
    since: date = date(2024, 9, 1)
    most: int = 30
    unbounded: frozenset[StudyForm] = frozenset({StudyForm.DISTANCE})
    exempt: frozenset[SchoolId] = frozenset()
    division_above: int = 27

    def most_of(self, school_class: SchoolClass, year: SchoolYear) -> int | None:
        """Return how many pupils the class may have at most; None where there is no such number.

        A class is formed as its first grade: the third of 2026/27 was formed in 2024.
        """
        if year.form in self.unbounded:
            return None
        grade = school_class.label.grade
        formed = date(year.first_day.year - grade + 1, 9, 1)
        is_bound = grade <= _LAST_PRIMARY and formed >= self.since
        return self.most_primary if is_bound else self.most


class ClassRule(Enum):
    """What a class can be remarked on for; all but a possible division are errors."""

    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    DIVISIBLE = "divisible"

    @property
    def is_error(self) -> bool:
        """Whether the law is not kept, and not only more than kept."""
        return self is not ClassRule.DIVISIBLE


@frozen
class ClassRemark:
    """A rule that a class departs from: how many pupils it has, and the number of the rule."""

    school_class: ClassId
    rule: ClassRule
    found: int
    expected: int


def size_remarks(
    school: SchoolId, school_class: SchoolClass, year: SchoolYear, size: int, policy: ClassPolicy
) -> tuple[ClassRemark, ...]:
    """Return what is to be said of a class of that many pupils (rules 72-75).

    An empty class is only not filled yet.
    """
    rules = _departures(school, school_class, year, size, policy) if size else ()
    return tuple(ClassRemark(school_class.id, rule, size, number) for rule, number in rules)


def _departures(
    school: SchoolId, school_class: SchoolClass, year: SchoolYear, size: int, policy: ClassPolicy
) -> Iterator[tuple[ClassRule, int]]:
    bound = school not in policy.exempt
    if bound and year.form in _IN_PERSON and size < policy.least:
        yield ClassRule.TOO_FEW, policy.least
    most = policy.most_of(school_class, year)
    if bound and most is not None and size > most:
        yield ClassRule.TOO_MANY, most
    if size > policy.division_above:
        yield ClassRule.DIVISIBLE, policy.division_above
