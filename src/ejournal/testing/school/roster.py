"""Who is in the school: invented people, their names put together from those of the samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from attrs import frozen

from ejournal.model.identifiers import ClassLabel, PersonName, Sex
from ejournal.samples import week
from ejournal.testing.school.curriculum import CLASS_SIZES, STAFF
from ejournal.testing.school.numbers import Numbers

__all__ = ["PupilEntry", "StaffEntry", "pupils", "staff"]

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
    """A pupil; `since` is the day of a pupil who came in the middle of the year."""

    number: int
    label: ClassLabel
    name: PersonName
    born: date
    sex: Sex
    since: date | None = None


def staff(numbers: Numbers) -> tuple[StaffEntry, ...]:
    """Return all who work at the school."""
    drawn = numbers.apart("staff")
    return tuple(
        StaffEntry(number, _name(drawn, drawn.one_of((Sex.FEMALE, Sex.MALE))), position)
        for number, position in enumerate(STAFF, 1)
    )


def pupils(
    numbers: Numbers, newcomers: Mapping[ClassLabel, date], first_year: int
) -> tuple[PupilEntry, ...]:
    """Return all who learn at the school; the last of a class with a newcomer is that one."""
    return tuple(_pupils(numbers, newcomers, first_year))


def _pupils(
    numbers: Numbers, newcomers: Mapping[ClassLabel, date], first_year: int
) -> Iterator[PupilEntry]:
    number = 0
    for label, size in CLASS_SIZES.items():
        drawn = numbers.apart("pupils", label)
        for place in range(1, size + 1):
            number += 1
            sex = drawn.one_of((Sex.FEMALE, Sex.MALE))
            name = _name(drawn, sex)
            born = date(first_year - 6 - label.grade, 9, 1) + timedelta(days=drawn.below(365))
            since = newcomers.get(label) if place == size else None
            yield PupilEntry(number, label, name, born, sex, since)


def _name(drawn: Numbers, sex: Sex) -> PersonName:
    given, _ = drawn.one_of(_GIVEN[sex])
    _, patronymic = drawn.one_of(_GIVEN[sex])
    return PersonName(drawn.one_of(_FAMILIES), given, patronymic)
