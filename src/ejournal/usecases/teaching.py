"""Keeping a journal but for its marks: opening it, its lessons, homework and columns."""

from __future__ import annotations

from datetime import date

from ejournal.authority import require, written_under
from ejournal.ids import (
    ClassId,
    ColumnId,
    JournalId,
    LessonId,
    StaffId,
    SubgroupId,
    SubjectId,
)
from ejournal.model.classes import Terms
from ejournal.model.events import (
    ColumnAdded,
    ColumnStruck,
    HomeworkSet,
    JournalHandedOver,
    JournalOpened,
    LessonDescribed,
    LessonHeld,
    LessonStruck,
)
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, ResultKind
from ejournal.model.parallel import parallel_to
from ejournal.model.permissions import Action
from ejournal.model.seeing import seen
from ejournal.store import SchoolUnit

__all__ = [
    "add_column",
    "add_lesson_column",
    "describe_lesson",
    "hand_over_journal",
    "hold_lesson",
    "open_journal",
    "set_homework",
    "strike_column",
    "strike_lesson",
]


def open_journal(
    unit: SchoolUnit,
    school_class: ClassId,
    subject: SubjectId,
    *,
    semester: int,
    teacher: StaffId,
    second_teacher: StaffId | None = None,
    subgroup: SubgroupId | None = None,
) -> Journal:
    """Open a journal for its teachers; the school's first makes the school active (rule 99).

    It notes the terms that decide its rules for good: the grade, the school year, and how the
    subject is assessed. Raises `Duplicate` if the subject has a journal there (rule 1),
    `WrongState` if nobody took up the administrator's role, `NotAllowedHere` for a teacher who has
    left, a subgroup of another class or one that shares a pupil with a subgroup that has the
    subject then, and `Missing` for what does not exist.
    """
    require(unit, Action.OPEN_JOURNAL)
    owner = unit.classes.get(school_class)
    school = unit.schools.get(unit.id)
    active = school.journal_opened()
    others = list(unit.journals.of_class(owner.id))
    taught = unit.subjects.get(subject)
    terms = Terms.of(unit.years.get(owner.year), semester, owner, taught)
    journal = Journal(
        JournalId(unit.new_id()),
        owner.year,
        semester,
        owner.id,
        taught.id,
        None if subgroup is None else unit.subgroups.get(subgroup).part_of(owner.id),
        unit.staff.get(teacher).at_work(unit.today),
        None if second_teacher is None else unit.staff.get(second_teacher).at_work(unit.today),
        terms,
    ).beside(others)
    if journal.subgroup is not None:
        part, parts = unit.subgroups.get(journal.subgroup), unit.subgroups.of_class(owner.id)
        part.apart_from(parallel_to(part, parts, [*others, journal]))
    kept = unit.journals.add(journal)
    if active is not school:
        unit.schools.save(active)
    unit.record(JournalOpened(kept.id))
    return kept


def hand_over_journal(
    unit: SchoolUnit, journal: JournalId, *, teacher: StaffId, second_teacher: StaffId | None = None
) -> Journal:
    """Give a journal to other teachers from now on; what the earlier ones wrote stays theirs.

    Raises `NotAllowedHere` for a teacher who has left, or one who would be both.
    """
    require(unit, Action.OPEN_JOURNAL)
    given = unit.journals.get(journal).given_to(
        unit.staff.get(teacher).at_work(unit.today),
        None if second_teacher is None else unit.staff.get(second_teacher).at_work(unit.today),
    )
    kept = unit.journals.save(given)
    unit.record(JournalHandedOver(kept.id, kept.teacher, kept.second_teacher))
    return kept


def hold_lesson(
    unit: SchoolUnit,
    journal: JournalId,
    *,
    day: date,
    bell: int,
    topic: str = "",
    plan_no: int | None = None,
) -> Lesson:
    """Enter a lesson, with a column for its current marks.

    Raises `NotAllowedHere` for a day outside the semester, or one that the policy on dating keeps
    free, or a bell of another shift, and `Invalid` for a number in the plan below 1. A second
    lesson under the same bell is kept: the audit reports it.
    """
    page = unit.journals.get(journal)
    require(unit, Action.HOLD_LESSON, page)
    year, shift = unit.years.get(page.year), unit.classes.get(page.school_class).shift
    unit.policies.dating.lesson(day, unit.today, year)
    lesson = page.hold(
        LessonId(unit.new_id()), year, shift, day=day, bell=bell, topic=topic, plan_no=plan_no
    )
    kept = unit.lessons.add(lesson)
    column = unit.columns.add(lesson.column(ColumnId(unit.new_id()), ColumnKind.CURRENT))
    unit.record(LessonHeld(kept.id, column.id, page.id))
    return kept


def describe_lesson(
    unit: SchoolUnit,
    lesson: LessonId,
    topic: str,
    plan_no: int | None = None,
    *,
    expected: int | None = None,
) -> Lesson:
    """Give a lesson its topic and its number in the plan, in place of what stood there.

    `expected` is the version of the lesson that the caller has seen; where another is kept by now,
    `Stale` tells it and what was sent. Raises `Invalid` for a number below 1.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.HOLD_LESSON, held)
    described = held.about(topic, plan_no)
    seen("lesson", (lesson,), held, expected=expected, sent=described)
    kept = unit.lessons.save(described)
    unit.record(LessonDescribed(kept.id))
    return kept


def set_homework(
    unit: SchoolUnit,
    lesson: LessonId,
    homework: str,
    *,
    due: LessonId | None = None,
    expected: int | None = None,
) -> Lesson:
    """Set homework at a lesson, for a later one of the journal or for whenever it meets next.

    Raises `NotAllowedHere` for a lesson that is not later or not of this journal (rule 10), and
    `Stale` as `describe_lesson` does.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.HOLD_LESSON, held)
    target = None if due is None else unit.lessons.get(due)
    assigned = held.assigned(homework, target)
    seen("lesson", (lesson,), held, expected=expected, sent=assigned)
    kept = unit.lessons.save(assigned)
    unit.record(HomeworkSet(kept.id))
    return kept


def strike_lesson(unit: SchoolUnit, lesson: LessonId, reason: str) -> Lesson:
    """Strike out a lesson that was entered by mistake, with the columns under it.

    It stays on record and pages show it no more. Raises `NotAllowedHere` where a mark stands under
    it (rule 8), an absence, or homework is due at it.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.HOLD_LESSON, held)
    struck = held.strike(
        unit.absences.of_journal(held.journal), unit.lessons.with_homework_to([lesson])
    )
    marks = list(unit.marks.of_journal(held.journal))
    under = unit.columns.of_lesson(lesson)
    columns = [column.strike(marks) for column in under if not column.struck]
    kept = unit.lessons.save(struck)
    for column in columns:
        unit.columns.save(column)
    unit.record(LessonStruck(kept.id, kept.journal, reason))
    return kept


def strike_column(unit: SchoolUnit, column: ColumnId, reason: str) -> Column:
    """Strike out a column made by mistake, and the corrected one beside it.

    Raises `NotAllowedHere` where one has a mark (rule 8), and for a corrected one by itself.
    """
    made = unit.columns.get(column)
    journal = unit.journals.get(made.journal)
    require(unit, Action.GIVE_MARK, written_under(unit, made, journal))
    columns, marks = unit.columns.of_journal(made.journal), unit.marks.of_journal(made.journal)
    kept, *_ = [unit.columns.save(each) for each in made.strike_beside(columns, marks)]
    unit.record(ColumnStruck(kept.id, kept.journal, reason))
    return kept


def add_lesson_column(
    unit: SchoolUnit, lesson: LessonId, kind: ColumnKind, *, title: str = ""
) -> Column:
    """Add a column under a lesson: a test, an independent work; raises `Invalid` for a summary."""
    held = unit.lessons.get(lesson)
    require(unit, Action.GIVE_MARK, held)
    return _kept(unit, held.column(ColumnId(unit.new_id()), kind, title))


def add_column(
    unit: SchoolUnit,
    journal: JournalId,
    kind: ColumnKind,
    *,
    day: date | None = None,
    title: str = "",
    group: int | None = None,
    result: ResultKind | None = None,
) -> Column:
    """Add a column that stands under no lesson: a topic's, a semester's, one of a day's own.

    A semester's gets its column «Скоригована» with it (rule 40). Raises `Invalid` if the kind has
    a date and none is given, or has none (rules 33, 34), `NotAllowedHere` for a day outside the
    semester, or one that the policy on dating keeps free, and for a corrected column by itself,
    and `Duplicate` for a second column of what a journal has once: the semester, the year, the
    final mark.
    """
    page = unit.journals.get(journal)
    require(unit, Action.GIVE_MARK, page)
    year = unit.years.get(page.year)
    if day is not None:
        unit.policies.dating.lesson(day, unit.today, year)
    column = page.column(
        ColumnId(unit.new_id()), kind, year, day=day, title=title, group=group, result=result
    )
    kept = _kept(unit, column.beside(unit.columns.of_journal(page.id)))
    if kind.is_corrected:
        _kept(unit, kept.corrected(ColumnId(unit.new_id())))
    return kept


def _kept(unit: SchoolUnit, column: Column) -> Column:
    kept = unit.columns.add(column)
    unit.record(ColumnAdded(kept.id, kept.journal, kept.kind))
    return kept
