"""Classes, the parts of them that are taught apart, and the subjects they are taught."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ids import ClassId, PupilId, StaffId, SubgroupId, SubjectId, YearId, spell_id
from ejournal.model.calendar import SchoolYear, StudyForm
from ejournal.model.declaration import PLAIN
from ejournal.model.identifiers import ClassLabel

__all__ = ["Assessment", "SchoolClass", "Subgroup", "Subject", "Terms"]


@frozen
class SchoolClass:
    """A class of one school year; next year's is another one.

    `shift` says which of the year's bells ring for it. Who is in it, enrolments say.
    """

    id: ClassId
    year: YearId
    label: ClassLabel = field(metadata=PLAIN)
    teacher: StaffId | None = None
    shift: int = 1
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.shift < 1:
            raise Invalid("shift", str(self.shift), "range")

    def of_year(self, year: YearId) -> ClassId:
        """Return its identifier if it is of that year; raises `NotAllowedHere` if not."""
        if self.year != year:
            raise NotAllowedHere(str(self.label), "of-another-year")
        return self.id

    def led_by(self, teacher: StaffId | None) -> SchoolClass:
        """Return the class with that class teacher, or with none."""
        return evolve(self, teacher=teacher)


@frozen
class Subgroup:
    """Pupils of a class who are taught a subject apart; a journal may belong to it alone.

    `division` names how the class was divided: nobody is in two parts of one division. Without
    one, the journals that it has say which subgroups it is taught beside.
    """

    id: SubgroupId
    school_class: ClassId
    name: str = field(metadata=PLAIN)
    members: frozenset[PupilId] = frozenset()
    division: str = field(default="", metadata=PLAIN)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise Invalid("name", self.name, "absent")

    def part_of(self, school_class: ClassId) -> SubgroupId:
        """Return its identifier if it is a part of that class; raises `NotAllowedHere` if not."""
        if self.school_class != school_class:
            raise NotAllowedHere(self.name, "part-of-another-class")
        return self.id

    def of(self, members: frozenset[PupilId], enrolled: frozenset[PupilId]) -> Subgroup:
        """Return the subgroup with those members.

        Raises `NotAllowedHere` if one of them is not among the pupils `enrolled` in the class.
        """
        if strangers := members - enrolled:
            raise NotAllowedHere(", ".join(map(spell_id, sorted(strangers))), "not-on-class-list")
        return evolve(self, members=members)

    def exchanged(self, pupil: PupilId, other: PupilId) -> Subgroup:
        """Return the subgroup with `other` in the pupil's place."""
        return evolve(self, members=self.members - {pupil} | {other})

    def divides_with(self, other: Subgroup) -> bool:
        """Say whether the two are different parts of one division of a class."""
        if not self.division or self.id == other.id:
            return False
        return (self.school_class, self.division) == (other.school_class, other.division)

    def apart_from(self, parallel: Iterable[Subgroup]) -> Subgroup:
        """Return the subgroup if no member is in a parallel one too.

        Raises `NotAllowedHere` with those who are.
        """
        elsewhere = frozenset[PupilId]().union(*(each.members for each in parallel))
        if twice := self.members & elsewhere:
            raise NotAllowedHere(", ".join(map(spell_id, sorted(twice))), "in-parallel-subgroup")
        return self


_FEWEST_INTEGRATED = 2


class Assessment(Enum):
    """How achievements in a subject are stated."""

    POINTS = "points"
    LEVELS = "levels"
    CREDIT = "credit"
    VERBAL = "verbal"
    NONE = "none"


@frozen
class Subject:
    """A subject under the school's own name; `base` is that of the typical curriculum.

    An integrated course has several in place of it: `integrates` names two or more.
    """

    id: SubjectId
    name: str = field(metadata=PLAIN)
    short_name: str = field(default="", metadata=PLAIN)
    base: str = field(default="", metadata=PLAIN)
    assessed: Assessment = Assessment.POINTS
    integrates: tuple[str, ...] = field(default=(), metadata=PLAIN)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise Invalid("name", self.name, "absent")
        if not self.integrates:
            return
        named = {name.strip() for name in self.integrates} - {""}
        if self.base or len(named) < len(self.integrates) or len(named) < _FEWEST_INTEGRATED:
            raise Invalid("integrates", ", ".join(self.integrates), "ambiguous")

    @property
    def bases(self) -> tuple[str, ...]:
        """The subjects of the typical curriculum that it teaches."""
        return self.integrates or tuple(filter(None, (self.base,)))


@frozen
class Terms:
    """What decides under which rules a journal is kept, as it was when the journal was opened.

    `school_year` is the calendar year in which the school year began. `first_day` and `last_day`
    are the semester's: a mark that is entered later is still one of these days.
    """

    grade: int
    school_year: int
    form: StudyForm
    assessed: Assessment
    first_day: date
    last_day: date

    @classmethod
    def of(
        cls, year: SchoolYear, semester: int, school_class: SchoolClass, subject: Subject
    ) -> Terms:
        """Return the terms of a subject in a class in a semester; raises `Missing` for no such."""
        period = year.semester(semester).period
        return cls(
            school_class.label.grade,
            year.first_day.year,
            year.form,
            subject.assessed,
            period.first,
            period.last,
        )

    def nearest(self, day: date) -> date:
        """Return the day of the semester that is nearest to a day, most often the day itself."""
        return min(max(day, self.first_day), self.last_day)
