"""The turn of the school year: what a plan of it says, worked out from what stands now.

A plan is a value: making it changes nothing. Which grade is a school's last is a policy, because
the twelfth is not there yet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, NotAllowedHere, Stale
from ejournal.ids import (
    ClassId,
    EnrolmentId,
    PupilId,
    RolloverId,
    StaffId,
    SubjectId,
    YearId,
)
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import SchoolClass
from ejournal.model.declaration import PLAIN
from ejournal.model.identifiers import ClassLabel, SchoolType
from ejournal.model.journal import Journal
from ejournal.model.people import Departure, Enrolment, Leaving

__all__ = [
    "PlannedClass",
    "PlannedFinish",
    "PlannedJournal",
    "PlannedMove",
    "Rollover",
    "RolloverPlan",
    "RolloverPolicy",
    "plan_of",
]

_LEVELS = (4, 9, 12)


@frozen
class RolloverPolicy:
    """After which grade a school's pupils finish, by its type.

    A primary school ends with the fourth and a gymnasium with the ninth grade. A lyceum, and a
    school of no type yet, ends with the eleventh until the first twelfth grade, which the reform
    has in the year that begins on `twelfth_from`.
    """

    primary: int = 4
    gymnasium: int = 9
    lyceum: int = 11
    twelfth_from: date = date(2029, 9, 1)

    def last_grade(self, type: SchoolType | None, target: SchoolYear) -> int:
        """Return after which grade nobody goes on to the year `target`."""
        if type is SchoolType.PRIMARY:
            return self.primary
        if type is SchoolType.GYMNASIUM:
            return self.gymnasium
        return self.lyceum if target.first_day < self.twelfth_from else _LEVELS[-1]


@frozen
class PlannedClass:
    """A class of the next year: the one it comes from, and the one that is there already, if so."""

    source: ClassId
    label: ClassLabel = field(metadata=PLAIN)
    teacher: StaffId | None
    shift: int
    existing: ClassId | None

    def made(self, id: ClassId, year: YearId) -> SchoolClass:
        """Return the class as it will be added."""
        return SchoolClass(id, year, self.label, self.teacher, self.shift)


@frozen
class PlannedMove:
    """A pupil who goes on in the class that comes from `source`."""

    pupil: PupilId
    enrolment: EnrolmentId
    source: ClassId


@frozen
class PlannedFinish:
    """A pupil who has finished the school."""

    pupil: PupilId
    enrolment: EnrolmentId


@frozen
class PlannedJournal:
    """A journal that the class will want if its subjects and teachers stay; it is not opened."""

    label: ClassLabel = field(metadata=PLAIN)
    subject: SubjectId
    teacher: StaffId
    second_teacher: StaffId | None


@frozen
class RolloverPlan:
    """What would come of the turn from one year to another.

    Enrolments of those who move end on the day before `first_day`, of those who finish on
    `last_day`. `staying` are left where they are, for the head to decide.
    """

    source: YearId
    target: YearId
    last_day: date
    first_day: date
    classes: tuple[PlannedClass, ...]
    moves: tuple[PlannedMove, ...]
    finishing: tuple[PlannedFinish, ...]
    journals: tuple[PlannedJournal, ...]
    staying: frozenset[PupilId] = frozenset()

    def still(self, fresh: RolloverPlan) -> RolloverPlan:
        """Return the plan if it would be made just so now; else raise `Stale` with `fresh`."""
        if self != fresh:
            raise Stale("rollover_plan", (self.source, self.target), fresh)
        return self

    def ended(self, enrolment: Enrolment, order_number: str, order_date: date) -> Enrolment:
        """Return the enrolment of a pupil who finishes, as that order ends it."""
        departure = Departure(Leaving.FINISHED, order_number, order_date)
        return enrolment.left(self.last_day, departure)

    def moved(
        self,
        enrolment: Enrolment,
        id: EnrolmentId,
        school_class: ClassId,
        order_number: str,
        order_date: date,
    ) -> tuple[Enrolment, Enrolment]:
        """Return the enrolment of a pupil who goes on, and the one in the class of next year."""
        departure = Departure(Leaving.NEXT_GRADE, order_number, order_date)
        return enrolment.moved(id, school_class, self.first_day, departure)

    def applied(
        self, id: RolloverId, digest: str, order_number: str, order_date: date, at: datetime
    ) -> Rollover:
        """Return the record of the turn; raises `Invalid` without the order's number."""
        made = sum(each.existing is None for each in self.classes)
        numbers = made, len(self.moves), len(self.finishing)
        return Rollover(
            id, self.source, self.target, digest, order_number, order_date, *numbers, at
        )


@frozen
class Rollover:
    """A turn of the year that was made, once, by one order.

    `plan` is the SHA-256 of the plan; the numbers say what was made, who moved and who finished.
    """

    id: RolloverId
    source: YearId
    target: YearId
    plan: str = field(metadata=PLAIN)
    order_number: str = field(metadata=PLAIN)
    order_date: date
    classes: int
    moved: int
    finished: int
    applied_at: datetime
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.order_number.strip():
            raise Invalid("order_number", self.order_number, "absent")


def plan_of(
    source: SchoolYear,
    target: SchoolYear,
    *,
    type: SchoolType | None,
    classes: Iterable[SchoolClass],
    enrolments: Iterable[Enrolment],
    journals: Iterable[Journal],
    at_work: frozenset[StaffId],
    staying: frozenset[PupilId],
    policy: RolloverPolicy,
) -> RolloverPlan:
    """Work out the turn from `source` to `target`, of the classes of both years.

    5-А becomes 6-А. Who is on a class list on the last day moves on or finishes, but for those who
    are staying, whom an order has let go, or who are enrolled for later days already. A class
    keeps its teacher, subjects and their teachers within a level of education, as far as they are
    `at_work`. Raises `NotAllowedHere` for years of different forms, or in the wrong order.
    """
    if source.form is not target.form or target.first_day <= source.last_day:
        raise NotAllowedHere(f"{source.label} - {target.label}", "not-the-next-year")
    last = policy.last_grade(type, target)
    old, new = _by_year(classes, source.id), _by_year(classes, target.id)
    known = {each.label: each.id for each in new}
    going = [each for each in old if each.label.grade < last]
    planned = tuple(_planned(each, known, at_work) for each in going)
    on_list = _on_list(enrolments, {each.id for each in old}, source, staying)
    ahead = {each.id for each in going}
    return RolloverPlan(
        source.id,
        target.id,
        source.last_day,
        target.first_day,
        planned,
        tuple(
            PlannedMove(each.pupil, each.id, each.school_class)
            for each in on_list
            if each.school_class in ahead
        ),
        tuple(
            PlannedFinish(each.pupil, each.id) for each in on_list if each.school_class not in ahead
        ),
        tuple(_proposed(journals, source, {each.source: each for each in planned}, at_work)),
        staying,
    )


def _by_year(classes: Iterable[SchoolClass], year: YearId) -> Sequence[SchoolClass]:
    return sorted((each for each in classes if each.year == year), key=_place)


def _place(school_class: SchoolClass) -> tuple[int, str]:
    return school_class.label.grade, school_class.label.letter


def _planned(
    school_class: SchoolClass, known: Mapping[ClassLabel, ClassId], at_work: frozenset[StaffId]
) -> PlannedClass:
    label = evolve(school_class.label, grade=school_class.label.grade + 1)
    teacher = school_class.teacher
    stays = teacher in at_work and _goes_on(school_class.label.grade)
    return PlannedClass(
        school_class.id,
        label,
        teacher if stays else None,
        school_class.shift,
        known.get(label),
    )


def _goes_on(grade: int) -> bool:
    """Say whether the next grade is of the same level of education."""
    return grade not in _LEVELS


def _on_list(
    enrolments: Iterable[Enrolment],
    classes: set[ClassId],
    source: SchoolYear,
    staying: frozenset[PupilId],
) -> Sequence[Enrolment]:
    own: defaultdict[PupilId, list[Enrolment]] = defaultdict(list)
    for each in enrolments:
        own[each.pupil].append(each)
    after = Period(source.last_day + timedelta(days=1), date.max)
    found = (
        each
        for pupil, stretches in own.items()
        for each in stretches
        if pupil not in staying
        and each.school_class in classes
        and each.covers(source.last_day)
        and each.departure is None
        and not any(other.meets(after) for other in stretches if other.id != each.id)
    )
    return sorted(found, key=lambda each: (each.school_class, each.pupil))


def _proposed(
    journals: Iterable[Journal],
    source: SchoolYear,
    planned: Mapping[ClassId, PlannedClass],
    at_work: frozenset[StaffId],
) -> Iterator[PlannedJournal]:
    """Yield the journals of whole classes in the last semester that can be kept on."""
    last = source.semesters[-1].number
    for journal in sorted(journals, key=lambda each: each.id):
        ahead = planned.get(journal.school_class)
        is_last = journal.semester == last and journal.subgroup is None
        if ahead is None or not is_last or journal.teacher not in at_work:
            continue
        if _goes_on(ahead.label.grade - 1):
            second = journal.second_teacher
            yield PlannedJournal(
                ahead.label,
                journal.subject,
                journal.teacher,
                second if second in at_work else None,
            )
