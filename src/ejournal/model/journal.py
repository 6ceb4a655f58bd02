"""The class journal: lessons, the columns under them, and the marks in the columns.

A journal belongs to one subject of one class, or of a subgroup of it, in one semester. Which
marks a grade allows, and how finals come about, are not part of it; its page is laid out in `page`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from attrs import evolve, field, frozen

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, NotEnrolled, WrongState
from ejournal.ids import (
    ClassId,
    ColumnId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
    spell_id,
)
from ejournal.model.attendance import Absence
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import Subgroup, Terms
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.marks import AbsenceCode, MarkValue, Sign
from ejournal.model.people import Enrolment

__all__ = [
    "Column",
    "ColumnKind",
    "Journal",
    "Lesson",
    "LessonFault",
    "LessonRemark",
    "Mark",
    "MarkKey",
    "ResultKind",
    "lesson_remarks",
]


class ColumnKind(Enum):
    """What the marks of a column are for."""

    CURRENT = "current"
    TEST = "test"
    INDEPENDENT = "independent"
    DIAGNOSTIC = "diagnostic"
    NOTEBOOK = "notebook"
    RESULT_GROUP = "result-group"
    THEMATIC = "thematic"
    SEMESTER = "semester"
    CORRECTED = "corrected"
    ANNUAL = "annual"
    DPA = "dpa"
    FINAL = "final"

    @property
    def label(self) -> str:
        """The heading that a page shows where the column has no title of its own."""
        return _LABELS[self]

    @property
    def is_corrected(self) -> bool:
        """Whether a column «Скоригована» is kept beside such a column from the start (rule 40)."""
        return self is ColumnKind.SEMESTER

    @property
    def is_dated(self) -> bool | None:
        """Whether such a column has a date: always, never, or None where either is right.

        Work done on a day has one; what sums up a topic or a term has none (rules 33, 34).
        """
        if self in _DATED:
            return True
        return False if self in _UNDATED else None


_LABELS = {
    ColumnKind.CURRENT: "Поточна",
    ColumnKind.TEST: "К/р",
    ColumnKind.INDEPENDENT: "С/р",
    ColumnKind.DIAGNOSTIC: "Діагностувальна",
    ColumnKind.NOTEBOOK: "Зошит",
    ColumnKind.RESULT_GROUP: "ГР",
    ColumnKind.THEMATIC: "Тематична",
    ColumnKind.SEMESTER: "Семестрова",
    ColumnKind.CORRECTED: "Скоригована",
    ColumnKind.ANNUAL: "Річна",
    ColumnKind.DPA: "ДПА",
    ColumnKind.FINAL: "Підсумкова",
}

_DATED = {
    ColumnKind.CURRENT,
    ColumnKind.TEST,
    ColumnKind.INDEPENDENT,
    ColumnKind.DIAGNOSTIC,
}

_UNDATED = {
    ColumnKind.THEMATIC,
    ColumnKind.SEMESTER,
    ColumnKind.CORRECTED,
    ColumnKind.ANNUAL,
}


class ResultKind(Enum):
    """Which results a column of a group of results holds: its type beside its number (rule 50)."""

    CURRENT = "current"
    SUMMATIVE = "summative"
    SEMESTER = "semester"

    @property
    def label(self) -> str:
        """The word of the journals: «Поточна», «Підсумкова», «Семестрова»."""
        return _RESULTS[self]


_RESULTS = {
    ResultKind.CURRENT: "Поточна",
    ResultKind.SUMMATIVE: "Підсумкова",
    ResultKind.SEMESTER: "Семестрова",
}

_ONCE = {ColumnKind.SEMESTER, ColumnKind.CORRECTED, ColumnKind.ANNUAL, ColumnKind.FINAL}


_PLACE = ("year", "semester", "school_class", "subject", "subgroup")


@frozen
class Journal:
    """Whose page it is: no two journals share semester, class, subject and subgroup (rule 1).

    A journal without a subgroup covers the whole class (rule 2). `second_teacher` keeps it
    together with the main one and is another person. `terms` say which rules it is under; one that
    was opened before they were noted has none.
    """

    id: JournalId
    year: YearId
    semester: int
    school_class: ClassId
    subject: SubjectId
    subgroup: SubgroupId | None
    teacher: StaffId
    second_teacher: StaffId | None = None
    terms: Terms | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.second_teacher == self.teacher:
            raise NotAllowedHere(spell_id(self.teacher), "same-teacher-twice")

    def beside(self, others: Iterable[Journal]) -> Journal:
        """Return this journal if none of `others` is of the same place; raises `Duplicate`."""
        for other in others:
            if self.has_place_of(other):
                raise Duplicate("journal", _PLACE, (other.id,))
        return self

    def is_continued_by(self, other: Journal) -> bool:
        """Say whether the other is of the same pupils and subject in the semester after this."""
        return evolve(self, semester=self.semester + 1).has_place_of(other)

    def has_place_of(self, other: Journal) -> bool:
        """Say whether the two are of one semester, class, subject and subgroup."""
        return all(getattr(other, name) == getattr(self, name) for name in _PLACE)

    def given_to(self, teacher: StaffId, second_teacher: StaffId | None = None) -> Journal:
        """Return the journal under those teachers; what others wrote in it stays theirs."""
        return evolve(self, teacher=teacher, second_teacher=second_teacher)

    def hold(
        self,
        id: LessonId,
        year: SchoolYear,
        shift: int,
        *,
        day: date,
        bell: int,
        topic: str = "",
        plan_no: int | None = None,
    ) -> Lesson:
        """Return a lesson of this journal.

        Raises `NotAllowedHere` for a day outside the journal's semester (rule 4) or a bell that
        does not ring for the class's shift (rule 5).
        """
        self._within(year, day)
        rung = year.bell(shift, bell)
        return Lesson(id, self.id, day, rung.number, plan_no, topic)

    def column(
        self,
        id: ColumnId,
        kind: ColumnKind,
        year: SchoolYear,
        *,
        day: date | None = None,
        title: str = "",
        group: int | None = None,
        result: ResultKind | None = None,
    ) -> Column:
        """Return a column of this journal that stands under no lesson.

        A group's results are current ones where nothing else is said. Raises `NotAllowedHere` for
        a day outside the journal's semester, and for a corrected column, which is made with the
        one that it corrects.
        """
        if kind is ColumnKind.CORRECTED:
            raise NotAllowedHere(kind.label, "beside-another")
        if day is not None:
            self._within(year, day)
        if kind is ColumnKind.RESULT_GROUP:
            result = result or ResultKind.CURRENT
        return Column(id, self.id, kind, None, day, title, group, result=result)

    def _within(self, year: SchoolYear, day: date) -> None:
        period = year.semester(self.semester).period
        if day not in period:
            raise NotAllowedHere(f"{day} ({period})", "outside-semester")

    def roll(
        self, enrolments: Iterable[Enrolment], during: Period, subgroup: Subgroup | None
    ) -> frozenset[PupilId]:
        """Return the pupils whom the journal is about on any day of a period (rules 2, 3).

        `subgroup` is the journal's, where it has one.
        """
        listed = frozenset(
            entry.pupil
            for entry in enrolments
            if entry.school_class == self.school_class and entry.meets(during)
        )
        return listed if subgroup is None else listed & subgroup.members

    def admit(
        self, pupil: PupilId, day: date, enrolments: Iterable[Enrolment], subgroup: Subgroup | None
    ) -> PupilId:
        """Return the pupil if the journal is about them on that day.

        Raises `NotEnrolled` for a pupil who is not in the class then, or not in the subgroup.
        """
        if pupil not in self.roll(enrolments, Period(day, day), subgroup):
            part = "" if subgroup is None else f", {subgroup.name}"
            raise NotEnrolled(pupil, f"{spell_id(self.school_class)}{part}, {day}")
        return pupil


@frozen
class Lesson:
    """What was taught on one day under one bell, and what was set for home.

    `plan_no` is its number in the teacher's plan. `homework_to` is the lesson the homework is
    for; without one it is for whenever the class meets next. A `substitute` holds this lesson
    only: the journal's teacher stays (rule 11). One that was `struck` had been entered by mistake:
    it stays on record, no page shows it, and every verb raises `WrongState`.
    """

    id: LessonId
    journal: JournalId
    day: date
    bell: int
    plan_no: int | None = None
    topic: str = field(default="", metadata=PLAIN)
    homework: str = field(default="", metadata=PLAIN)
    homework_to: LessonId | None = None
    substitute: StaffId | None = None
    struck: bool = False
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.plan_no is not None and self.plan_no < 1:
            raise Invalid("plan_no", str(self.plan_no), "range")

    def about(self, topic: str, plan_no: int | None = None) -> Lesson:
        """Return the lesson with that topic and number in the plan."""
        self._check_stands("describe")
        return evolve(self, topic=topic, plan_no=plan_no)

    def strike(self, absences: Iterable[Absence], setting: Iterable[Lesson]) -> Lesson:
        """Return the lesson struck out; its columns are struck with it, which a mark forbids.

        `absences` are the journal's, `setting` the lessons that set homework for this one. Raises
        `NotAllowedHere` where an absence stands that was not withdrawn, or homework is due.
        """
        self._check_stands("strike")
        told = f"{self.day}/{self.bell}"
        if any(each.lesson == self.id and not each.was_withdrawn for each in absences):
            raise NotAllowedHere(told, "has-absences")
        if any(lesson.homework and not lesson.struck for lesson in setting):
            raise NotAllowedHere(told, "has-homework-due")
        return evolve(self, struck=True)

    def _check_stands(self, command: str) -> None:
        if self.struck:
            raise WrongState("lesson", "struck", command)

    def assigned(self, homework: str, due: Lesson | None = None) -> Lesson:
        """Return the lesson with that homework, for the lesson `due`.

        Raises `NotAllowedHere` unless that one is a later lesson of the same journal (rule 10)
        and stands.
        """
        self._check_stands("set-homework")
        if due is None:
            return evolve(self, homework=homework, homework_to=None)
        later = (due.day, due.bell) > (self.day, self.bell)
        if due.journal != self.journal or due.struck or not later:
            raise NotAllowedHere(f"{due.day}/{due.bell}", "not-a-later-lesson")
        return evolve(self, homework=homework, homework_to=due.id)

    def substituted_by(self, teacher: StaffId | None) -> Lesson:
        """Return the lesson held by that teacher, or by the journal's own again."""
        self._check_stands("substitute")
        return evolve(self, substitute=teacher)

    def column(self, id: ColumnId, kind: ColumnKind, title: str = "") -> Column:
        """Return a column that stands under this lesson and has its date."""
        self._check_stands("add-column")
        return Column(id, self.journal, kind, self.id, self.day, title)

    def absence(
        self, pupil: PupilId, code: AbsenceCode, excuse: str, author: StaffId | None, at: datetime
    ) -> Absence:
        """Return the record of a pupil who was not there."""
        self._check_stands("note-absence")
        return Absence(self.journal, self.id, pupil, self.day, code, 0, excuse, author, at)

    def lateness(
        self, pupil: PupilId, minutes: int, excuse: str, author: StaffId | None, at: datetime
    ) -> Absence:
        """Return the record of a pupil who came late; raises `Invalid` for less than a minute."""
        self._check_stands("note-absence")
        if minutes < 1:
            raise Invalid("minutes_late", str(minutes), "range")
        return Absence(self.journal, self.id, pupil, self.day, None, minutes, excuse, author, at)

    def remote_presence(
        self, pupil: PupilId, author: StaffId | None, at: datetime, minutes_late: int = 0
    ) -> Absence:
        """Return the record of a pupil who took part at a distance, in time or late."""
        self._check_stands("note-absence")
        here = (self.journal, self.id, pupil, self.day, None)
        return Absence(*here, minutes_late, "", author, at, remote=True)


@frozen
class Column:
    """A column of the page: what its marks are for, and the lesson or day it stands under.

    One that was `struck` was made by mistake, by itself or with its lesson: it holds no mark.
    Raises `Invalid` for a date that the kind must not have, for one that it lacks, and for the
    `group` and `result` of anything but a group of results, which always has its number. A
    corrected column `corrects` the one that it stands beside.
    """

    id: ColumnId
    journal: JournalId
    kind: ColumnKind
    lesson: LessonId | None = None
    day: date | None = None
    title: str = field(default="", metadata=PLAIN)
    group: int | None = None
    struck: bool = False
    result: ResultKind | None = None
    corrects: ColumnId | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        dated = self.day is not None
        if self.kind.is_dated is not None and self.kind.is_dated is not dated:
            raise Invalid("day", str(self.day or ""), "pattern" if dated else "absent")
        if self.lesson is not None and not dated:
            raise Invalid("day", "", "absent")
        if (self.group is not None) is not (self.kind is ColumnKind.RESULT_GROUP):
            raise Invalid("group", str(self.group or ""), "absent" if not self.group else "pattern")
        if self.group is not None and self.group < 1:
            raise Invalid("group", str(self.group), "range")
        if self.result is not None and self.group is None:
            raise Invalid("result", self.result.value, "pattern")

    def beside(self, others: Iterable[Column]) -> Column:
        """Return this column if its journal may have it beside `others`.

        A pupil has one mark for a semester, and one for the year (rule 53), so a second column
        for either, or for what corrects or concludes it, is a `Duplicate`. One that was struck
        is none.
        """
        for other in others:
            if other.kind is self.kind and self.kind in _ONCE and not other.struck:
                raise Duplicate("journal_column", ("journal", "kind"), (other.id,))
        return self

    def strike(self, marks: Iterable[Mark]) -> Column:
        """Return the column struck out; `marks` are the journal's.

        Raises `NotAllowedHere` where one of them stands in it (rule 8).
        """
        self._check_stands("strike")
        if any(mark.column == self.id for mark in marks):
            raise NotAllowedHere(self.heading, "has-marks")
        return evolve(self, struck=True)

    def strike_beside(self, columns: Iterable[Column], marks: Iterable[Mark]) -> tuple[Column, ...]:
        """Return the column struck out, with what corrects it; `columns` are the journal's.

        Raises `NotAllowedHere` as `strike` does, and for a corrected column whose semester column
        stands: it is there even if nobody asks for a correction (rule 40).
        """
        standing, marks = [each for each in columns if not each.struck], list(marks)
        if any(each.id == self.corrects for each in standing):
            raise NotAllowedHere(self.heading, "beside-another")
        correcting = filter(self.is_beside, standing)
        return tuple(column.strike(marks) for column in (self, *correcting))

    def is_beside(self, other: Column) -> bool:
        """Say whether the other column corrects this one, and stands."""
        return other.corrects == self.id and not other.struck

    def corrected(self, id: ColumnId) -> Column:
        """Return the column «Скоригована» that stands beside this one."""
        return Column(id, self.journal, ColumnKind.CORRECTED, corrects=self.id)

    def by_hand(self) -> Column:
        """Return the column if a teacher writes in it; raises `NotAllowedHere` for a corrected one.

        What stands there is what a commission found (rule 45).
        """
        if self.kind is ColumnKind.CORRECTED:
            raise NotAllowedHere(self.heading, "only-by-request")
        return self

    def _check_stands(self, command: str) -> None:
        if self.struck:
            raise WrongState("journal_column", "struck", command)

    @property
    def heading(self) -> str:
        """What stands above the column: its title, or what its kind is called."""
        label = f"{self.kind.label}{self.group}" if self.group else self.kind.label
        return self.title or label

    def mark(
        self, pupil: PupilId, value: MarkValue, comment: str, author: StaffId | None, at: datetime
    ) -> Mark:
        """Return the pupil's first mark in this column; raises `WrongState` if it was struck."""
        self._check_stands("give-mark")
        return Mark(self.journal, self.id, pupil, self.day, value, comment, author, at)


class MarkKey(NamedTuple):
    """Where a mark stands."""

    journal: JournalId
    column: ColumnId
    pupil: PupilId


@frozen
class Mark:
    """What one pupil has in one column; what it was before stands in the ledger.

    `day` is the column's. A verbal mark without its words in `comment` is refused. A `void` one
    keeps its value and stands no longer: no page shows it, no mean has it.
    """

    journal: JournalId
    column: ColumnId
    pupil: PupilId
    day: date | None
    value: MarkValue
    comment: str = field(metadata=PERSONAL)
    author: StaffId | None
    given_at: datetime
    void: bool = False
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.value is Sign.VERBAL and not self.comment.strip():
            raise Invalid("comment", "", "absent", personal=True)

    @property
    def key(self) -> MarkKey:
        """Where the mark stands; it has no other identifier."""
        return MarkKey(self.journal, self.column, self.pupil)

    def diary_day(self, zone: tzinfo) -> date:
        """Return the day under which a diary shows it: its column's, or else that of `given_at`."""
        return self.day or self.given_at.astimezone(zone).date()

    def changed(self, value: MarkValue, comment: str, author: StaffId | None, at: datetime) -> Mark:
        """Return the mark that replaces this one, by whoever gave it and when."""
        return evolve(self, value=value, comment=comment, author=author, given_at=at, void=False)

    def given_by(self, author: StaffId | None) -> Mark:
        """Return the mark if it is that person's; raises `NotAllowedHere` for another's."""
        if author is None or self.author != author:
            raise NotAllowedHere(spell_id(self.author or 0), "needs-approval")
        return self

    def voided(self, author: StaffId | None, at: datetime) -> Mark:
        """Return the mark as void, by whoever says so and when."""
        return evolve(self, author=author, given_at=at, void=True)


class LessonFault(Enum):
    """What an audit of a journal's lessons can find."""

    NO_TOPIC = "no-topic"
    SAME_TIME = "same-time"
    SAME_NUMBER = "same-number"
    GAP = "gap"


@frozen
class LessonRemark:
    """One finding of the audit: the lessons concerned, and the number in the plan if it is of it.

    A `GAP` names a number that no lesson has, and the lessons on its two sides; before the first
    number there is one side only.
    """

    fault: LessonFault
    lessons: tuple[LessonId, ...]
    plan_no: int | None = None


def lesson_remarks(
    lessons: Iterable[Lesson], held_by: date, before: int = 0
) -> tuple[LessonRemark, ...]:
    """Return what is amiss with one journal's lessons, for the report (rules 6, 7, 9).

    A lesson counts as held from its day on, so a later one than `held_by` needs no topic yet. Its
    plan begins at 1, or goes on behind `before`, the last number of the semester before. Lessons
    that were struck are left out.
    """
    standing = (lesson for lesson in lessons if not lesson.struck)
    ordered = sorted(standing, key=lambda lesson: (lesson.day, lesson.bell, lesson.id))
    bare = (lesson for lesson in ordered if lesson.day <= held_by and not lesson.topic.strip())
    times: defaultdict[tuple[date, int], list[LessonId]] = defaultdict(list)
    numbers: defaultdict[int, list[LessonId]] = defaultdict(list)
    for lesson in ordered:
        times[lesson.day, lesson.bell].append(lesson.id)
        if lesson.plan_no is not None:
            numbers[lesson.plan_no].append(lesson.id)
    return (
        *(LessonRemark(LessonFault.NO_TOPIC, (lesson.id,)) for lesson in bare),
        *(LessonRemark(LessonFault.SAME_TIME, tuple(at)) for at in times.values() if len(at) > 1),
        *_plan_remarks(numbers, before),
    )


def _plan_remarks(numbers: dict[int, list[LessonId]], last: int) -> Iterable[LessonRemark]:
    first = min(numbers, default=1)
    for number in range(last + 1 if first > last else 1, first):
        yield LessonRemark(LessonFault.GAP, (numbers[first][0],), number)
    for number, having in sorted(numbers.items()):
        if len(having) > 1:
            yield LessonRemark(LessonFault.SAME_NUMBER, tuple(having), number)
    for before, after in pairwise(sorted(numbers)):
        sides = (numbers[before][-1], numbers[after][0])
        for number in range(before + 1, after):
            yield LessonRemark(LessonFault.GAP, sides, number)
