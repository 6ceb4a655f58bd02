"""Who is in the school: invented people, their names put together from those of the samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from attrs import field, frozen

from ejournal.model.identifiers import ClassLabel, PersonName, Sex
from ejournal.model.people import Relation
from ejournal.samples import week
from ejournal.testing.school.curriculum import CLASS_SIZES, STAFF
from ejournal.testing.school.numbers import Numbers

__all__ = ["Changes", "GuardianEntry", "PupilEntry", "StaffEntry", "guardians", "pupils", "staff"]

_ALL = tuple(name.split() for names in week.PUPILS.values() for name, _, _ in names)
_FAMILIES = tuple(family for family, _, _ in _ALL if not family.endswith("ий"))
_SEXES = tuple(sex for names in week.PUPILS.values() for _, _, sex in names)
_GIVEN: Mapping[Sex, tuple[tuple[str, str], ...]] = {
    sex: tuple(
        (given, patronymic)
        for (_, given, patronymic), own in zip(_ALL, _SEXES, strict=True)
        if own is sex
    )
    for sex in (Sex.FEMALE, Sex.MALE)
}


@frozen
class StaffEntry:
    """Somebody who works at the school; numbers begin at 1."""

    number: int
    name: PersonName
    position: str


@frozen
class PupilEntry:
    """A pupil; `label` is the first class, `moved` the day and the class of a transfer.

    `since` is the day of a pupil who came in the middle of the year, `last_day` of one who left.
    """

    number: int
    label: ClassLabel
    name: PersonName
    born: date
    sex: Sex
    since: date | None = None
    moved: tuple[date, ClassLabel] | None = None
    last_day: date | None = None

    def class_on(self, day: date) -> ClassLabel | None:
        """Return the class in which the pupil is on a day."""
        if day < (self.since or day) or day > (self.last_day or day):
            return None
        if self.moved is not None and day >= self.moved[0]:
            return self.moved[1]
        return self.label

    def was_ever_in(self, label: ClassLabel) -> bool:
        """Say whether the pupil is in a class on any day of the year."""
        return label == self.label or (self.moved is not None and label == self.moved[1])


@frozen
class GuardianEntry:
    """Who stands for a pupil, by the pupil's number."""

    pupil: int
    name: PersonName
    relation: Relation


@frozen
class Changes:
    """Who comes, moves and leaves in the middle of the year: one pupil of each class named.

    The last on the list comes, the first moves, the second leaves.
    """

    coming: Mapping[ClassLabel, date] = field(factory=dict)
    moving: Mapping[ClassLabel, tuple[date, ClassLabel]] = field(factory=dict)
    leaving: Mapping[ClassLabel, date] = field(factory=dict)


def staff(numbers: Numbers) -> tuple[StaffEntry, ...]:
    """Return all who work at the school."""
    drawn = numbers.apart("staff")
    return tuple(
        StaffEntry(number, _name(drawn, drawn.one_of((Sex.FEMALE, Sex.MALE))), position)
        for number, position in enumerate(STAFF, 1)
    )


def pupils(numbers: Numbers, changes: Changes, first_year: int) -> tuple[PupilEntry, ...]:
    """Return all who learn at the school on any day of the year."""
    return tuple(_pupils(numbers, changes, first_year))


def _pupils(numbers: Numbers, changes: Changes, first_year: int) -> Iterator[PupilEntry]:
    number = 0
    for label, size in CLASS_SIZES.items():
        drawn = numbers.apart("pupils", label)
        for place in range(1, size + 1):
            number += 1
            sex = drawn.one_of((Sex.FEMALE, Sex.MALE))
            name = _name(drawn, sex)
            born = date(first_year - 6 - label.grade, 9, 1) + timedelta(days=drawn.below(365))
            since = changes.coming.get(label) if place == size else None
            moved = changes.moving.get(label) if place == 1 else None
            last_day = changes.leaving.get(label) if place == 2 else None
            yield PupilEntry(number, label, name, born, sex, since, moved, last_day)


def guardians(numbers: Numbers, children: Iterable[PupilEntry]) -> Iterator[GuardianEntry]:
    """Yield one of the parents of each of the pupils."""
    for child in children:
        drawn = numbers.apart("guardian", child.number)
        sex = drawn.one_of((Sex.FEMALE, Sex.MALE))
        name = _name(drawn, sex)
        relation = Relation.MOTHER if sex is Sex.FEMALE else Relation.FATHER
        own = PersonName(child.name.family, name.given, name.patronymic)
        yield GuardianEntry(child.number, own, relation)


def _name(drawn: Numbers, sex: Sex) -> PersonName:
    given, _ = drawn.one_of(_GIVEN[sex])
    _, patronymic = drawn.one_of(_GIVEN[sex])
    return PersonName(drawn.one_of(_FAMILIES), given, patronymic)
