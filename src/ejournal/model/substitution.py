"""Substitutions: who holds a lesson for a teacher who is away, and the log of such lessons.

The substitute stands on the lesson too, once it is in the journal; whose journal it is does not
change (rule 11).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, WrongState
from ejournal.ids import (
    ClassId,
    JournalId,
    LessonId,
    StaffId,
    SubgroupId,
    SubjectId,
    SubstitutionId,
    YearId,
    spell_id,
)
from ejournal.model.calendar import Bell
from ejournal.model.declaration import PERSONAL
from ejournal.model.journal import Lesson
from ejournal.model.scheduled import Place, ScheduledLesson

__all__ = [
    "LogLine",
    "Replacement",
    "Substitution",
    "SubstitutionReason",
    "SubstitutionState",
    "log_of",
    "substitute_of",
    "with_substitutes",
]


class SubstitutionReason(Enum):
    """Why a teacher is away."""

    VACATION = "vacation"
    SICK_LEAVE = "sick-leave"
    TRAINING = "training"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words of the log."""
        return _LABELS[self]


_LABELS = {
    SubstitutionReason.VACATION: "Відпустка",
    SubstitutionReason.SICK_LEAVE: "Лікарняний",
    SubstitutionReason.TRAINING: "Підвищення кваліфікації",
    SubstitutionReason.OTHER: "Інше",
}


class SubstitutionState(Enum):
    """How far a substitution has come."""

    REQUESTED = "requested"
    ASSIGNED = "assigned"
    DONE = "done"
    DECLINED = "declined"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether something can still be done about it."""
        return self in {SubstitutionState.REQUESTED, SubstitutionState.ASSIGNED}

    @property
    def counts(self) -> bool:
        """Whether it takes the lesson up: it is asked for, or it was held."""
        return self.is_open or self is SubstitutionState.DONE


@frozen
class Substitution:
    """A lesson that its teacher is not there to hold (rule 12).

    `teacher` is who is away. `substitute` is who was proposed, and once it is assigned, who holds
    it: the whole lesson, or its `minutes`; or a whole lesson of `other_subject` in its place.
    """

    id: SubstitutionId
    year: YearId
    day: date
    bell: int
    journal: JournalId
    school_class: ClassId
    subject: SubjectId
    subgroup: SubgroupId | None
    teacher: StaffId
    reason: SubstitutionReason
    minutes: int | None = None
    note: str = field(default="", metadata=PERSONAL)
    substitute: StaffId | None = None
    other_subject: SubjectId | None = None
    state: SubstitutionState = SubstitutionState.REQUESTED
    lesson: LessonId | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.minutes is not None and self.minutes < 1:
            raise Invalid("minutes", str(self.minutes), "range")
        if self.substitute == self.teacher:
            raise NotAllowedHere(spell_id(self.teacher), "substitutes-oneself")
        if self.minutes is not None and self.other_subject is not None:
            raise NotAllowedHere(str(self.minutes), "part-in-another-subject")

    def beside(self, others: Iterable[Substitution], bell: Bell) -> Substitution:
        """Return this substitution if the lesson has room for it beside the others of its bell.

        Raises `Duplicate` where one of them or this one takes the whole lesson, and
        `NotAllowedHere` for parts that are longer than it together.
        """
        same = [each for each in others if each.state.counts and self._is_of_lesson_of(each)]
        for each in same:
            if self.minutes is None or each.minutes is None:
                raise Duplicate("substitution", ("journal", "day", "bell"), (each.id,))
        together = sum(each.minutes or 0 for each in (self, *same))
        if together > bell.minutes:
            raise NotAllowedHere(f"{together} > {bell.minutes}", "longer-than-lesson")
        return self

    def _is_of_lesson_of(self, other: Substitution) -> bool:
        return (self.journal, self.day, self.bell) == (other.journal, other.day, other.bell)

    def assign(self, substitute: StaffId, other_subject: SubjectId | None = None) -> Substitution:
        """Return it assigned to that teacher, in place of anybody before.

        `other_subject` is what they teach instead. Raises `NotAllowedHere` for the teacher who is
        away, and for a part of a lesson in another subject.
        """
        self._check_open("assign")
        return evolve(
            self,
            substitute=substitute,
            other_subject=None if other_subject == self.subject else other_subject,
            state=SubstitutionState.ASSIGNED,
        )

    def release(self) -> Substitution:
        """Return it without a substitute, to be assigned anew."""
        if self.state is not SubstitutionState.ASSIGNED:
            raise WrongState("substitution", self.state.value, "release")
        return evolve(self, substitute=None, other_subject=None, state=SubstitutionState.REQUESTED)

    def hold(self, lesson: LessonId) -> Substitution:
        """Return it done, as that lesson of a journal; raises `WrongState` unless assigned."""
        if self.state is not SubstitutionState.ASSIGNED:
            raise WrongState("substitution", self.state.value, "hold")
        return evolve(self, state=SubstitutionState.DONE, lesson=lesson)

    def reopened(self) -> Substitution:
        """Return it assigned, as before the lesson was held; raises `WrongState` unless done."""
        if self.state is not SubstitutionState.DONE:
            raise WrongState("substitution", self.state.value, "reopen")
        return evolve(self, state=SubstitutionState.ASSIGNED, lesson=None)

    def taken_over(self, lesson: Lesson, substitute: StaffId) -> Substitution:
        """Return it assigned to that teacher for that lesson, whoever was to hold it or held it.

        In the journal of the teacher who was away the lesson is of their subject. Raises what
        `assign` does.
        """
        open_again = self.reopened() if self.state is SubstitutionState.DONE else self
        other = None if lesson.journal == self.journal else self.other_subject
        return open_again.assign(substitute, other)

    def given_back(self) -> Substitution:
        """Return it cancelled, though it may have been held: the teacher was there after all."""
        open_again = self.reopened() if self.state is SubstitutionState.DONE else self
        return open_again.cancel()

    def is_told_of(self, lesson: Lesson) -> bool:
        """Say whether it takes up that lesson of a journal: it was held as that one, or may be."""
        if self.lesson is not None:
            return self.state.counts and self.lesson == lesson.id
        at = (lesson.journal, lesson.day, lesson.bell)
        return self.state.counts and (self.journal, self.day, self.bell) == at

    def decline(self) -> Substitution:
        """Return it declined: nobody replaces the teacher, and the lesson is missed."""
        self._check_open("decline")
        return evolve(self, state=SubstitutionState.DECLINED)

    def cancel(self) -> Substitution:
        """Return it cancelled: the teacher is there after all."""
        self._check_open("cancel")
        return evolve(self, state=SubstitutionState.CANCELLED)

    def _check_open(self, command: str) -> None:
        if not self.state.is_open:
            raise WrongState("substitution", self.state.value, command)

    @property
    def is_replaced(self) -> bool:
        """Whether somebody was told to hold the lesson, or held it."""
        return self.state in {SubstitutionState.ASSIGNED, SubstitutionState.DONE}

    @property
    def held_subject(self) -> SubjectId:
        """What is taught under that bell."""
        return self.other_subject or self.subject

    @property
    def place(self) -> Place:
        """The place in a plan of the lesson that is substituted."""
        return self.day, self.bell, self.school_class, self.subject, self.subgroup


def substitute_of(lesson: Lesson, substitutions: Iterable[Substitution]) -> StaffId | None:
    """Return who holds a lesson of a journal for its teacher, the latest where there are several.

    Whoever teaches another subject then holds another lesson.
    """
    at = (lesson.journal, lesson.day, lesson.bell)
    replacing = (
        each
        for each in substitutions
        if (each.journal, each.day, each.bell) == at
        and each.is_replaced
        and each.other_subject is None
    )
    latest = max(replacing, key=lambda each: each.id, default=None)
    return None if latest is None else latest.substitute


def with_substitutes(
    plan: Iterable[ScheduledLesson], substitutions: Iterable[Substitution]
) -> tuple[ScheduledLesson, ...]:
    """Return a plan with the substitutes who were assigned, and what they teach instead."""
    replaced = {each.place: each for each in substitutions if each.is_replaced}

    def shown(lesson: ScheduledLesson) -> ScheduledLesson:
        found = replaced.get(lesson.place)
        if found is None:
            return lesson
        return evolve(lesson, substitute=found.substitute, subject=found.held_subject)

    return tuple(map(shown, plan))


class Replacement(Enum):
    """What became of a lesson whose teacher was away, or that was cancelled."""

    REPLACED = "replaced"
    IN_PART = "in-part"
    MISSED = "missed"
    PENDING = "pending"


@frozen
class LogLine:
    """One line of the log of missed and replaced lessons («Журнал обліку пропущених і замінених»).

    A lesson that an exception cancelled has no `reason`, because its teacher was not away.
    """

    day: date
    bell: int
    school_class: ClassId
    subject: SubjectId
    subgroup: SubgroupId | None
    teacher: StaffId
    outcome: Replacement
    reason: SubstitutionReason | None = None
    substitute: StaffId | None = None
    held_subject: SubjectId | None = None
    minutes: int | None = None
    substitution: SubstitutionId | None = None


def log_of(
    substitutions: Iterable[Substitution], plan: Iterable[ScheduledLesson], today: date
) -> tuple[LogLine, ...]:
    """Return the log: the lessons of absent teachers, and those of a plan that were cancelled.

    A lesson nobody was assigned to is missed once its day has passed, and pending till then; one
    that was assigned is pending until it stands in a journal. What was cancelled because the
    teacher was there after all has no line.
    """
    asked = [each for each in substitutions if each.state is not SubstitutionState.CANCELLED]
    lines = [*(_line(each, today) for each in asked), *_cancelled(plan, asked)]
    return tuple(sorted(lines, key=_rank))


def _line(each: Substitution, today: date) -> LogLine:
    replaced = each.is_replaced
    return LogLine(
        each.day,
        each.bell,
        each.school_class,
        each.subject,
        each.subgroup,
        each.teacher,
        _outcome(each, today),
        each.reason,
        each.substitute if replaced else None,
        each.held_subject if replaced else None,
        each.minutes,
        each.id,
    )


def _outcome(each: Substitution, today: date) -> Replacement:
    match each.state:
        case SubstitutionState.DONE:
            return Replacement.REPLACED if each.minutes is None else Replacement.IN_PART
        case SubstitutionState.DECLINED:
            return Replacement.MISSED
        case SubstitutionState.REQUESTED if each.day < today:
            return Replacement.MISSED
        case _:
            return Replacement.PENDING


def _cancelled(plan: Iterable[ScheduledLesson], asked: Iterable[Substitution]) -> Iterator[LogLine]:
    known = {each.place for each in asked}
    for lesson in plan:
        if not lesson.is_on and lesson.place not in known:
            yield LogLine(
                lesson.day,
                lesson.bell,
                lesson.school_class,
                lesson.subject,
                lesson.subgroup,
                lesson.teacher,
                Replacement.MISSED,
            )


def _rank(line: LogLine) -> tuple[object, ...]:
    whose = (line.school_class, line.subgroup or 0, line.subject)
    return line.day, line.bell, *whose, line.substitution or 0
