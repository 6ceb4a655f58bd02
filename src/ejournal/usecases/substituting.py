"""Having lessons held for teachers who are away: asked for, assigned, done, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from ejournal.authority import require
from ejournal.errors import Missing
from ejournal.ids import (
    ClassId,
    ColumnId,
    LessonId,
    StaffId,
    SubgroupId,
    SubjectId,
    SubstitutionId,
)
from ejournal.model.calendar import Period
from ejournal.model.events import (
    LessonHeld,
    SubstituteAssigned,
    SubstitutionAssigned,
    SubstitutionCancelled,
    SubstitutionDeclined,
    SubstitutionDone,
    SubstitutionReleased,
    SubstitutionRequested,
)
from ejournal.model.journal import ColumnKind, Journal, Lesson
from ejournal.model.permissions import Action
from ejournal.model.substitution import Substitution, SubstitutionReason, substitute_of
from ejournal.store import SchoolUnit

__all__ = [
    "assign_substitute",
    "assign_substitution",
    "cancel_substitution",
    "decline_substitution",
    "hold_substituted",
    "release_substitution",
    "request_substitution",
    "substitutions_of",
]


def request_substitution(
    unit: SchoolUnit,
    school_class: ClassId,
    subject: SubjectId,
    *,
    day: date,
    bell: int,
    reason: SubstitutionReason,
    subgroup: SubgroupId | None = None,
    substitute: StaffId | None = None,
    minutes: int | None = None,
    note: str = "",
) -> Substitution:
    """Ask for somebody to hold a lesson, whole or for some minutes, while its teacher is away.

    Nobody need be proposed (rule 12). Raises `Missing` where the subject has no journal there,
    `NotAllowedHere` for a day outside the semesters, a bell of another shift, a substitute who has
    left or is the teacher, and more minutes than the lesson has, and `Duplicate` where the lesson
    is asked for already.
    """
    owner = unit.classes.get(school_class)
    year = unit.years.get(owner.year)
    journal = _journal(unit, owner.id, subject, (subgroup,), year.semester_of(day).number)
    require(unit, Action.REQUEST_SUBSTITUTION, journal)
    rung = year.bell(owner.shift, bell)
    asked = Substitution(
        SubstitutionId(unit.new_id()),
        year.id,
        day,
        rung.number,
        journal.id,
        owner.id,
        journal.subject,
        journal.subgroup,
        journal.teacher,
        reason,
        minutes,
        note,
        None if substitute is None else unit.staff.get(substitute).at_work(day),
    )
    others = unit.substitutions.of_year(year.id, Period(day, day))
    kept = unit.substitutions.add(asked.beside(others, rung))
    unit.record(SubstitutionRequested(kept.id, kept.journal, kept.reason))
    return kept


def assign_substitution(
    unit: SchoolUnit,
    substitution: SubstitutionId,
    substitute: StaffId,
    *,
    other_subject: SubjectId | None = None,
) -> Substitution:
    """Have a teacher hold the lesson, or one of another subject in its place, instead of whoever.

    The substitute may write in that lesson and in no other. Raises `WrongState` where the matter is
    closed, `NotAllowedHere` for a teacher who has left or is the one away, or for another subject
    in a part of a lesson, and `Missing` if the class has no journal of the other subject.
    """
    asked = unit.substitutions.get(substitution)
    require(unit, Action.MANAGE_SUBSTITUTIONS)
    who = unit.staff.get(substitute).at_work(asked.day)
    assigned = asked.assign(who, other_subject)
    _held_in(unit, assigned)
    kept = unit.substitutions.save(assigned)
    _show(unit, kept)
    unit.record(SubstitutionAssigned(kept.id, who))
    return kept


def release_substitution(unit: SchoolUnit, substitution: SubstitutionId) -> Substitution:
    """Take the lesson from the substitute, for another to be found.

    Raises `WrongState` unless it is assigned.
    """
    asked = unit.substitutions.get(substitution)
    require(unit, Action.MANAGE_SUBSTITUTIONS)
    kept = unit.substitutions.save(asked.release())
    _show(unit, kept)
    unit.record(SubstitutionReleased(kept.id))
    return kept


def decline_substitution(
    unit: SchoolUnit, substitution: SubstitutionId, why: str = ""
) -> Substitution:
    """Let nobody replace the teacher: the lesson is missed. Raises `WrongState` once closed."""
    asked = unit.substitutions.get(substitution)
    require(unit, Action.MANAGE_SUBSTITUTIONS)
    kept = unit.substitutions.save(asked.decline())
    _show(unit, kept)
    unit.record(SubstitutionDeclined(kept.id, why))
    return kept


def cancel_substitution(unit: SchoolUnit, substitution: SubstitutionId) -> Substitution:
    """Ask for nobody any more, since the teacher is there. Raises `WrongState` once closed."""
    asked = unit.substitutions.get(substitution)
    require(unit, Action.REQUEST_SUBSTITUTION, asked)
    kept = unit.substitutions.save(asked.cancel())
    _show(unit, kept)
    unit.record(SubstitutionCancelled(kept.id))
    return kept


def hold_substituted(
    unit: SchoolUnit, substitution: SubstitutionId, *, topic: str = "", plan_no: int | None = None
) -> Lesson:
    """Enter the lesson that the substitute held, in the journal of the subject that it was of.

    A lesson that stands there already is taken, with what is not given here left as it is. Raises
    `WrongState` unless it is assigned, and `Invalid` for a number in the plan below 1.
    """
    asked = unit.substitutions.get(substitution)
    require(unit, Action.HOLD_LESSON, asked)
    journal = _held_in(unit, asked)
    standing = next(_standing(unit, journal, asked), None)
    year, shift = unit.years.get(asked.year), unit.classes.get(asked.school_class).shift
    lesson = standing or journal.hold(
        LessonId(unit.new_id()), year, shift, day=asked.day, bell=asked.bell
    )
    done = asked.hold(lesson.id)
    described = lesson.about(topic or lesson.topic, plan_no or lesson.plan_no)
    held = described.substituted_by(done.substitute)
    kept = _entered(unit, held) if standing is None else unit.lessons.save(held)
    unit.substitutions.save(done)
    unit.record(SubstitutionDone(done.id, kept.id))
    return kept


def assign_substitute(
    unit: SchoolUnit,
    lesson: LessonId,
    teacher: StaffId | None,
    *,
    reason: SubstitutionReason = SubstitutionReason.OTHER,
) -> Lesson:
    """Say who held a lesson that stands in its journal for its teacher, or that nobody did.

    The journal's teachers stay (rule 11). What was asked for about the lesson is done by that
    teacher; where nothing was, it is asked for with `reason`, so that the log of missed and
    replaced lessons has its line. Without a teacher all that is cancelled: the lesson's own held
    it. Raises `NotAllowedHere` for a teacher who had left by the day of the lesson or who is the
    lesson's own, `Duplicate` where others hold parts of it, and `WrongState` for a lesson that was
    struck.
    """
    require(unit, Action.MANAGE_SUBSTITUTIONS)
    held = unit.lessons.get(lesson)
    who = None if teacher is None else unit.staff.get(teacher).at_work(held.day)
    shown = held.substituted_by(who)
    journal = unit.journals.get(held.journal)
    near = list(unit.substitutions.of_year(journal.year, Period(held.day, held.day)))
    told = [each for each in near if each.is_told_of(held)]
    if who is None:
        for each in told:
            unit.record(SubstitutionCancelled(unit.substitutions.save(each.given_back()).id))
    else:
        whole = next((each for each in told if each.minutes is None), None)
        asked = whole or _asked_afterwards(unit, held, journal, reason, near)
        assigned = unit.substitutions.save(asked.taken_over(held, who))
        unit.record(SubstitutionAssigned(assigned.id, who))
        unit.substitutions.save(assigned.hold(held.id))
        unit.record(SubstitutionDone(assigned.id, held.id))
    kept = unit.lessons.save(shown)
    unit.record(SubstituteAssigned(kept.id, who))
    return kept


def _asked_afterwards(
    unit: SchoolUnit,
    lesson: Lesson,
    journal: Journal,
    reason: SubstitutionReason,
    others: Iterable[Substitution],
) -> Substitution:
    """Ask for a lesson that was held already."""
    shift = unit.classes.get(journal.school_class).shift
    asked = Substitution(
        SubstitutionId(unit.new_id()),
        journal.year,
        lesson.day,
        lesson.bell,
        journal.id,
        journal.school_class,
        journal.subject,
        journal.subgroup,
        journal.teacher,
        reason,
    ).beside(others, unit.years.get(journal.year).bell(shift, lesson.bell))
    kept = unit.substitutions.add(asked)
    unit.record(SubstitutionRequested(kept.id, kept.journal, kept.reason))
    return kept


def substitutions_of(unit: SchoolUnit, teacher: StaffId, period: Period) -> list[Substitution]:
    """Return where a teacher was named as the substitute in a period, whatever became of it.

    Raises `Missing` where there is no such teacher.
    """
    named = unit.staff.get(teacher)
    require(unit, Action.READ_SUBSTITUTIONS, named)
    return list(unit.substitutions.of_substitute(named.id, period))


def _journal(
    unit: SchoolUnit,
    school_class: ClassId,
    subject: SubjectId,
    subgroups: tuple[SubgroupId | None, ...],
    semester: int,
) -> Journal:
    """Return the journal of the first of those subgroups that has one."""
    found = {
        journal.subgroup: journal
        for journal in unit.journals.of_class(school_class)
        if (journal.subject, journal.semester) == (subject, semester)
    }
    for subgroup in subgroups:
        if subgroup in found:
            return found[subgroup]
    raise Missing("journal", (school_class, subject, semester))


def _held_in(unit: SchoolUnit, asked: Substitution) -> Journal:
    """Return the journal in which the lesson stands: of the subject that is taught."""
    own = unit.journals.get(asked.journal)
    if asked.other_subject is None:
        return own
    parts = (asked.subgroup, None)
    return _journal(unit, asked.school_class, asked.other_subject, parts, own.semester)


def _standing(unit: SchoolUnit, journal: Journal, asked: Substitution) -> Iterator[Lesson]:
    for lesson in unit.lessons.of_journal(journal.id, Period(asked.day, asked.day)):
        if lesson.bell == asked.bell and not lesson.struck:
            yield lesson


def _show(unit: SchoolUnit, asked: Substitution) -> None:
    """See to it that the lesson, where it stands in its journal, names who holds it."""
    named = list(unit.substitutions.of_year(asked.year, Period(asked.day, asked.day)))
    for lesson in _standing(unit, unit.journals.get(asked.journal), asked):
        shown = lesson.substituted_by(substitute_of(lesson, named))
        if shown != lesson:
            unit.lessons.save(shown)


def _entered(unit: SchoolUnit, lesson: Lesson) -> Lesson:
    kept = unit.lessons.add(lesson)
    column = unit.columns.add(kept.column(ColumnId(unit.new_id()), ColumnKind.CURRENT))
    unit.record(LessonHeld(kept.id, column.id, kept.journal))
    return kept
