"""A school's data at one moment, what can be wrong with it, and the plan that puts it right.

A plan is records as they are and as they should be. It is made from the data alone, so the same
data always gives the same plan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from functools import cached_property
from operator import attrgetter
from typing import TypeAlias, TypeVar

from attrs import evolve, frozen

from ejournal.ids import ColumnId, GrantId, JournalId, LessonId, PupilId, StaffId
from ejournal.model.access import Grant
from ejournal.model.attendance import Absence
from ejournal.model.calendar import SchoolYear, Semester
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.journal import Column, Journal, Lesson, Mark, MarkKey
from ejournal.model.people import Enrolment, Staff

__all__ = [
    "NEW_COLUMN",
    "NEW_GRANT",
    "Checkable",
    "Inconsistency",
    "InconsistencyKind",
    "Repair",
    "RepairPlan",
    "SchoolData",
    "grouped",
]

K = TypeVar("K")
V = TypeVar("V")

_id = attrgetter("id")
_key = attrgetter("key")

Checkable: TypeAlias = (
    SchoolClass | Subgroup | Enrolment | Grant | Journal | Lesson | Column | Mark | Absence
)
"""The records that a plan may change."""

NEW_COLUMN = ColumnId(0)
"""Stands in a plan for the column that it adds, until the unit that applies it gives it a name."""

NEW_GRANT = GrantId(0)


class InconsistencyKind(Enum):
    """What can be wrong with a school's data although each record by itself is sound."""

    STRAY_MARK = "stray-mark"
    STRAY_ABSENCE = "stray-absence"
    MARK_ELSEWHERE = "mark-elsewhere"
    MIXED_SCALES = "mixed-scales"
    ABSENT_WITH_MARK = "absent-with-mark"
    DAY_DRIFT = "day-drift"
    COLUMN_OF_NO_LESSON = "column-of-no-lesson"
    ORPHAN_COLUMN = "orphan-column"
    CORRECTED_WITHOUT_SEMESTER = "corrected-without-semester"
    SEMESTER_TWICE = "semester-twice"
    LESSON_OUTSIDE_SEMESTER = "lesson-outside-semester"
    LESSON_TWICE = "lesson-twice"
    PLAN_GAP = "plan-gap"
    PLAN_NUMBER_TWICE = "plan-number-twice"
    HOMEWORK_TO_EARLIER = "homework-to-earlier"
    SUBSTITUTE_WITHOUT_GRANT = "substitute-without-grant"
    TEACHER_LEFT = "teacher-left"
    SECOND_TEACHER_LEFT = "second-teacher-left"
    CLASS_TEACHER_LEFT = "class-teacher-left"
    ENROLMENT_OUTSIDE_YEAR = "enrolment-outside-year"
    ENROLMENTS_OVERLAP = "enrolments-overlap"
    SUBGROUP_EMPTY = "subgroup-empty"
    SUBGROUP_STRANGER = "subgroup-stranger"
    SUBGROUPS_PARALLEL = "subgroups-parallel"
    CLASS_WITHOUT_PUPILS = "class-without-pupils"


@frozen
class Repair:
    """One record of a plan: added without a `before`, taken out without an `after`.

    Who makes a mark void, and when, is said by the unit that applies it.
    """

    before: Checkable | None
    after: Checkable | None

    def made_in(self, records: tuple[Checkable, ...]) -> tuple[Checkable, ...]:
        """Return the records with this repair made; one that was made before is not made again."""
        if self.before is None:
            added = () if self.after is None or self.after in records else (self.after,)
            return (*records, *added)
        made = (self.after if each == self.before else each for each in records)
        return tuple(each for each in made if each is not None)

    @property
    def revises(self) -> tuple[Mark, Mark] | None:
        """The mark that stands and how it reads afterwards, where that is void or another value."""
        before, after = self.before, self.after
        if not isinstance(before, Mark) or not isinstance(after, Mark) or before.void:
            return None
        changes = after.void or after.value != before.value
        return (before, after) if changes else None

    def named(self, column: ColumnId, grant: GrantId) -> Repair:
        """Return the repair with those identifiers in place of the ones that a plan leaves open."""
        match self.after:
            case Column(id=id) if id == NEW_COLUMN:
                return evolve(self, after=evolve(self.after, id=column))
            case Mark(column=of) if of == NEW_COLUMN:
                return evolve(self, after=evolve(self.after, column=column))
            case Grant(id=id) if id == NEW_GRANT:
                return evolve(self, after=evolve(self.after, id=grant))
        return self


@frozen
class RepairPlan:
    """What puts one inconsistency right, all of it or nothing.

    Without repairs there is nothing that can be done without knowing more: a person has to decide.
    """

    repairs: tuple[Repair, ...] = ()

    @property
    def is_for_a_person(self) -> bool:
        """Whether a person has to find out what is right."""
        return not self.repairs


@frozen
class Inconsistency:
    """One thing that is wrong: the identifiers of what it is about, and the plan."""

    kind: InconsistencyKind
    about: tuple[int, ...]
    plan: RepairPlan

    @property
    def place(self) -> tuple[InconsistencyKind, tuple[int, ...]]:
        """What tells it apart, whatever its plan is."""
        return self.kind, self.about


_WHERE: Mapping[type, str] = {
    SchoolClass: "classes",
    Subgroup: "subgroups",
    Enrolment: "enrolments",
    Grant: "grants",
    Journal: "journals",
    Lesson: "lessons",
    Column: "columns",
    Mark: "marks",
    Absence: "absences",
}


@frozen
class SchoolData:
    """All records of one school that can contradict each other, as they stand on `today`.

    What was struck stays among `lessons` and `columns`, what is void among `marks`, and both out
    of every question below.
    """

    today: date
    years: tuple[SchoolYear, ...] = ()
    staff: tuple[Staff, ...] = ()
    classes: tuple[SchoolClass, ...] = ()
    subgroups: tuple[Subgroup, ...] = ()
    enrolments: tuple[Enrolment, ...] = ()
    grants: tuple[Grant, ...] = ()
    journals: tuple[Journal, ...] = ()
    lessons: tuple[Lesson, ...] = ()
    columns: tuple[Column, ...] = ()
    marks: tuple[Mark, ...] = ()
    absences: tuple[Absence, ...] = ()

    def after(self, plan: RepairPlan) -> SchoolData:
        """Return the data as the plan leaves them; what is so already stays.

        What the plan adds keeps the name that it has there.
        """
        data = self
        for repair in plan.repairs:
            name = _WHERE[type(repair.after or repair.before)]
            stand = repair.made_in(getattr(data, name))
            data = evolve(data, **{name: stand})  # type: ignore[arg-type]  # by its name
        return data

    @cached_property
    def journal(self) -> Mapping[JournalId, Journal]:
        """The journals by their identifiers."""
        return {each.id: each for each in self.journals}

    @cached_property
    def lesson(self) -> Mapping[LessonId, Lesson]:
        """The lessons that stand, by their identifiers."""
        return {each.id: each for each in self.lessons if not each.struck}

    @cached_property
    def column(self) -> Mapping[ColumnId, Column]:
        """The columns that stand, by their identifiers."""
        return {each.id: each for each in self.columns if not each.struck}

    @cached_property
    def columns_of(self) -> Mapping[JournalId, list[Column]]:
        """The columns of each journal, as they were made."""
        return grouped((each.journal, each) for each in sorted(self.column.values(), key=_id))

    @cached_property
    def lessons_of(self) -> Mapping[JournalId, list[Lesson]]:
        """The lessons of each journal, as they were held."""
        ordered = sorted(self.lesson.values(), key=lambda each: (each.day, each.bell, each.id))
        return grouped((each.journal, each) for each in ordered)

    @cached_property
    def given(self) -> tuple[Mark, ...]:
        """The marks that stand."""
        return tuple(each for each in self.marks if not each.void)

    @cached_property
    def marks_in(self) -> Mapping[ColumnId, list[Mark]]:
        """The marks of each column that stand."""
        return grouped((each.column, each) for each in sorted(self.given, key=_key))

    def giving(self, mark: Mark) -> Repair:
        """Return the repair that puts a mark where none stands, in place of a void one."""
        void = self._void.get(mark.key)
        return Repair(void, evolve(mark, version=0 if void is None else void.version))

    @cached_property
    def _void(self) -> Mapping[MarkKey, Mark]:
        return {each.key: each for each in self.marks if each.void}

    @cached_property
    def absences_at(self) -> Mapping[LessonId, list[Absence]]:
        """The absences at each lesson."""
        return grouped((each.lesson, each) for each in sorted(self.absences, key=_key))

    def plan_before(self, journal: JournalId) -> int:
        """Return the last number of the plan in the same pupils' journal of the semester before."""
        own = self.journal.get(journal)
        earlier = [each.id for each in self.journals if own and each.is_continued_by(own)]
        held = [lesson for each in earlier for lesson in self.lessons_of.get(each, ())]
        return max((lesson.plan_no or 0 for lesson in held), default=0)

    def semester_of(self, journal: Journal) -> Semester | None:
        """Return a journal's semester, if its year has it."""
        years = (year for year in self.years if year.id == journal.year)
        semesters = (semester for year in years for semester in year.semesters)
        return next((each for each in semesters if each.number == journal.semester), None)

    def lists(self, journal: Journal, pupil: PupilId, day: date | None) -> bool:
        """Say whether a pupil is in a journal's class on that day, or ever.

        Who was in its subgroup then is not known: subgroups say who is in them now.
        """
        entries = self._enrolments_in.get((journal.school_class, pupil), ())
        return any(day is None or entry.covers(day) for entry in entries)

    def left_before(self, person: StaffId, day: date) -> bool:
        """Say whether somebody's last day at the school came before that one, and before today."""
        ended = self._last_days.get(person)
        return ended is not None and ended < min(day, self.today)

    @cached_property
    def _enrolments_in(self) -> Mapping[tuple[int, int], list[Enrolment]]:
        return grouped(((each.school_class, each.pupil), each) for each in self.enrolments)

    @cached_property
    def _last_days(self) -> Mapping[StaffId, date | None]:
        return {each.id: each.ended for each in self.staff}


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Return what belongs to each key, in the order it comes."""
    found: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)
