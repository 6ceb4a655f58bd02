"""Setting a school up: its year, classes, subjects and people, and who belongs where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ejournal.authority import require
from ejournal.ids import (
    ClassId,
    EnrolmentId,
    GuardianId,
    GuardianshipId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
)
from ejournal.model.calendar import Bell, Holiday, SchoolYear, Semester, StudyForm
from ejournal.model.classes import Assessment, SchoolClass, Subgroup, Subject
from ejournal.model.events import (
    ClassAdded,
    GuardianAdded,
    GuardianLinked,
    PupilAdded,
    PupilEnrolled,
    StaffAdded,
    SubgroupAdded,
    SubgroupChanged,
    SubjectAdded,
    YearOpened,
)
from ejournal.model.identifiers import ClassLabel, ContactPhone, Email, PersonName, Sex
from ejournal.model.parallel import parallel_to
from ejournal.model.people import Enrolment, Guardian, Guardianship, Pupil, Relation, Staff
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = [
    "add_class",
    "add_guardian",
    "add_pupil",
    "add_staff",
    "add_subgroup",
    "add_subject",
    "enrol",
    "link_guardian",
    "open_year",
    "regroup",
]


def open_year(
    unit: SchoolUnit,
    *,
    first_day: date,
    last_day: date,
    semesters: Iterable[Semester],
    holidays: Iterable[Holiday] = (),
    bells: Iterable[Bell] = (),
    form: StudyForm = StudyForm.IN_PERSON_DAY,
) -> SchoolYear:
    """Set up a school year of one form of study.

    Raises `Invalid` for days that do not fit each other, and `Duplicate` if the form has a year
    of that name. What the law expects of a year is asked of the year itself, as remarks.
    """
    require(unit, Action.FOUND)
    year = SchoolYear(
        YearId(unit.new_id()),
        form,
        first_day,
        last_day,
        tuple(semesters),
        tuple(holidays),
        tuple(bells),
    )
    kept = unit.years.add(year.beside(unit.years.all()))
    unit.record(YearOpened(kept.id))
    return kept


def add_class(
    unit: SchoolUnit,
    year: YearId,
    label: ClassLabel,
    *,
    teacher: StaffId | None = None,
    shift: int = 1,
) -> SchoolClass:
    """Add a class to a year, with its class teacher or without.

    Raises `Duplicate` if the year has a class of that name, `Missing` if there is no such year or
    teacher, `NotAllowedHere` if the teacher has left, and `Invalid` for a shift below 1.
    """
    require(unit, Action.FOUND)
    leader = None if teacher is None else unit.staff.get(teacher).at_work(unit.today)
    school_class = SchoolClass(
        ClassId(unit.new_id()), unit.years.get(year).id, label, leader, shift
    )
    kept = unit.classes.add(school_class)
    unit.record(ClassAdded(kept.id, year))
    return kept


def add_subgroup(
    unit: SchoolUnit,
    school_class: ClassId,
    name: str,
    members: Iterable[PupilId],
    *,
    division: str = "",
) -> Subgroup:
    """Add a part of a class that is taught apart; parts of one `division` share no pupil.

    Raises `NotAllowedHere` for a member who was never enrolled in the class or is in another part
    of the division, and `Invalid` without a name.
    """
    require(unit, Action.FOUND)
    number, owner = SubgroupId(unit.new_id()), unit.classes.get(school_class).id
    empty = Subgroup(number, owner, name, division=division)
    kept = unit.subgroups.add(_with_members(unit, empty, members))
    unit.record(SubgroupAdded(kept.id, school_class))
    return kept


def regroup(unit: SchoolUnit, subgroup: SubgroupId, members: Iterable[PupilId]) -> Subgroup:
    """Let a subgroup have these members from now on; marks of those who left it stay visible.

    Raises `NotAllowedHere` for a member who was never enrolled in the class, or who is in a
    subgroup that is taught at the same time: take them out of it first, in the same unit.
    """
    require(unit, Action.FOUND)
    kept = unit.subgroups.save(_with_members(unit, unit.subgroups.get(subgroup), members))
    unit.record(SubgroupChanged(kept.id, kept.school_class))
    return kept


def _with_members(unit: SchoolUnit, subgroup: Subgroup, members: Iterable[PupilId]) -> Subgroup:
    owner = subgroup.school_class
    listed = frozenset(entry.pupil for entry in unit.enrolments.of_class(owner))
    journals = list(unit.journals.of_class(owner))
    parallel = parallel_to(subgroup, unit.subgroups.of_class(owner), journals)
    return subgroup.of(frozenset(members), listed).apart_from(parallel)


def add_subject(
    unit: SchoolUnit,
    name: str,
    *,
    short_name: str = "",
    base: str = "",
    assessed: Assessment = Assessment.POINTS,
    integrates: Iterable[str] = (),
) -> Subject:
    """Add a subject under the school's own name; an integrated course names what it integrates.

    Raises `Invalid` without a name, and for a course of less than two subjects or with a `base`.
    """
    require(unit, Action.FOUND)
    subject = Subject(SubjectId(unit.new_id()), name, short_name, base, assessed, tuple(integrates))
    kept = unit.subjects.add(subject)
    unit.record(SubjectAdded(kept.id))
    return kept


def add_staff(unit: SchoolUnit, name: PersonName, position: str = "") -> Staff:
    """Add somebody who works at the school; signing in takes a grant besides."""
    require(unit, Action.KEEP_PEOPLE)
    kept = unit.staff.add(Staff(StaffId(unit.new_id()), name, position))
    unit.record(StaffAdded(kept.id))
    return kept


def add_pupil(
    unit: SchoolUnit, name: PersonName, *, birth_date: date | None = None, sex: Sex | None = None
) -> Pupil:
    """Add somebody who learns at the school; a class comes by enrolment."""
    require(unit, Action.KEEP_PEOPLE)
    kept = unit.pupils.add(Pupil(PupilId(unit.new_id()), name, birth_date, sex))
    unit.record(PupilAdded(kept.id))
    return kept


def add_guardian(
    unit: SchoolUnit,
    pupil: PupilId,
    relation: Relation,
    name: PersonName,
    *,
    email: Email | None = None,
    phone: ContactPhone | None = None,
) -> Guardian:
    """Add a guardian together with the first pupil they stand for."""
    child = unit.pupils.get(pupil).current()
    require(unit, Action.KEEP_PEOPLE, child)
    kept = unit.guardians.add(Guardian(GuardianId(unit.new_id()), name, email, phone))
    unit.record(GuardianAdded(kept.id, child.id))
    _linked(unit, kept, child, relation)
    return kept


def link_guardian(
    unit: SchoolUnit, guardian: GuardianId, pupil: PupilId, relation: Relation
) -> Guardianship:
    """Let a guardian whom the school knows stand for one more pupil.

    Raises `Duplicate` if they do already.
    """
    child = unit.pupils.get(pupil).current()
    require(unit, Action.KEEP_PEOPLE, child)
    return _linked(unit, unit.guardians.get(guardian), child, relation)


def _linked(unit: SchoolUnit, guardian: Guardian, pupil: Pupil, relation: Relation) -> Guardianship:
    tie = Guardianship(GuardianshipId(unit.new_id()), guardian.id, pupil.id, relation)
    kept = unit.guardianships.add(tie)
    unit.record(GuardianLinked(kept.id, guardian.id, pupil.id, relation))
    return kept


def enrol(
    unit: SchoolUnit,
    pupil: PupilId,
    school_class: ClassId,
    *,
    since: date,
    order_number: str,
    order_date: date,
) -> Enrolment:
    """Put a pupil on the list of a class from a day on, by the head's order (rule 100).

    Raises `Invalid` without the order's number, and `NotAllowedHere` while another enrolment of
    the pupil covers one of the days.
    """
    target = unit.classes.get(school_class)
    require(unit, Action.ENROL, target)
    child = unit.pupils.get(pupil).current()
    enrolment = Enrolment(
        EnrolmentId(unit.new_id()), child.id, target.id, since, order_number, order_date
    )
    kept = unit.enrolments.add(enrolment.beside(unit.enrolments.of_pupil(child.id)))
    unit.record(PupilEnrolled(kept.id, child.id, target.id, since))
    return kept
