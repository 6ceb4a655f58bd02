"""What people of a school do in a journal, as values: nothing in them knows of a storage.

People go by their numbers in the roster, journals and all in them by where they stand. Each act has
one spelling, so that two runs of the generator can be compared byte by byte.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import Enum

from attrs import fields, frozen

from ejournal.model.correcting import RevisionKind
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import AbsenceCode, Grade, MarkValue, spell_mark
from ejournal.model.permissions import Role

__all__ = [
    "DEPUTY",
    "HEAD",
    "OFFICE",
    "AcknowledgeNote",
    "Act",
    "AddColumn",
    "ApplyForCorrection",
    "ApproveChange",
    "ArchivePeriod",
    "AssignSubstitute",
    "CancelLessons",
    "ChangeMark",
    "Changing",
    "ClosePeriod",
    "ColumnPlace",
    "ConcludeCorrection",
    "DecideFinal",
    "DeclineChange",
    "DeclineCorrection",
    "DeclineSubstitution",
    "EnrolPupil",
    "GiveMark",
    "HoldLesson",
    "HoldRemotely",
    "HoldSubstituted",
    "InCell",
    "Inspect",
    "JournalPlace",
    "LessonPlace",
    "NoteAbsence",
    "NoteLate",
    "OrderCorrection",
    "ProposeChange",
    "ReleasePupil",
    "ReopenPeriod",
    "SetHomework",
    "Sitting",
    "SuggestFinals",
    "TransferPupil",
    "Who",
    "WithdrawAbsence",
    "WithdrawCorrection",
]


@frozen
class Who:
    """Somebody of the school in one cabinet.

    The staff have their numbers, a parent has the pupil's; the administrator, who is not of the
    staff, is 0.
    """

    role: Role
    person: int = 0

    def __str__(self) -> str:
        return f"{self.role.value}/{self.person}"


HEAD = Who(Role.DIRECTOR, 1)
DEPUTY = Who(Role.DEPUTY, 2)
OFFICE = Who(Role.SCHOOL_ADMIN)


@frozen
class JournalPlace:
    """A journal: its semester, class and subject, and the part of the class if it has one."""

    semester: int
    label: ClassLabel
    subject: str
    part: str = ""

    def __str__(self) -> str:
        return f"{self.semester}/{self.label}/{self.subject}/{self.part}"


@frozen
class LessonPlace:
    """A lesson: the journal, and its number among those that were held, from 1."""

    journal: JournalPlace
    number: int

    def __str__(self) -> str:
        return f"{self.journal}#{self.number}"


@frozen
class ColumnPlace:
    """A column; its number is that of its lesson, or among the columns of its kind, from 1."""

    journal: JournalPlace
    kind: ColumnKind
    number: int = 1

    @property
    def lesson(self) -> LessonPlace | None:
        """The lesson that it stands under."""
        return LessonPlace(self.journal, self.number) if self.kind.is_dated else None

    def __str__(self) -> str:
        return f"{self.journal}:{self.kind.value}{self.number}"


@frozen
class Act:
    """One thing done."""

    def spelled(self) -> str:
        """Return the act in one line: its kind and its fields, apart by tabs."""
        told = (_told(getattr(self, each.name)) for each in fields(type(self)))
        return "\t".join((type(self).__name__, *told))


def _told(value: object) -> str:
    match value:
        case None:
            return "-"
        case Grade():
            return spell_mark(value)
        case Enum():
            return str(value.value)
        case date() | datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(map(_told, value))
        case _:
            return str(value)


@frozen
class HoldLesson(Act):
    """A lesson is entered, with its topic and its number in the plan of the year."""

    lesson: LessonPlace
    day: date
    bell: int
    plan_no: int
    topic: str


@frozen
class SetHomework(Act):
    """Homework is set at a lesson."""

    lesson: LessonPlace
    text: str


@frozen
class AddColumn(Act):
    """A column is made, under a lesson or by itself."""

    column: ColumnPlace


@frozen
class InCell(Act):
    """An act about one mark: its column, and the number of its pupil."""

    column: ColumnPlace
    pupil: int

    @property
    def cell(self) -> tuple[ColumnPlace, int]:
        """Where the mark stands."""
        return self.column, self.pupil


@frozen
class _Marking(InCell):
    value: MarkValue
    comment: str


@frozen
class GiveMark(_Marking):
    """A pupil gets the first mark in a column, or on the same day another in its place."""


@frozen
class Changing(InCell):
    """How a mark that stands is to be changed: of which kind, to what, and why; a void to None."""

    kind: RevisionKind
    value: MarkValue | None
    reason: str


@frozen
class ChangeMark(Changing):
    """A mark is changed, or made void, by whoever gave it."""


@frozen
class ProposeChange(Changing):
    """The head is asked to have a mark changed that somebody else gave."""


@frozen
class ApproveChange(InCell):
    """A mark is changed as was proposed."""


@frozen
class DeclineChange(InCell):
    """A mark stays as it is, whatever was proposed."""

    answer: str


@frozen
class ApplyForCorrection(InCell):
    """A parent applies to have a semester mark corrected; the office writes for who came there."""

    reason: str


@frozen
class OrderCorrection(InCell):
    """The head appoints a commission, and the days on which it sits."""

    number: str
    day: date
    chair: int
    methodist: int
    teacher: int
    schedule: tuple[date, ...]


@frozen
class ConcludeCorrection(InCell):
    """What the commission gave is entered."""

    value: MarkValue


@frozen
class DeclineCorrection(InCell):
    """The head does not grant an application."""

    answer: str


@frozen
class WithdrawCorrection(InCell):
    """The parent takes an application back."""


@frozen
class SuggestFinals(Act):
    """What the marks of a thematic, semester or annual column could be is worked out."""

    column: ColumnPlace


@frozen
class DecideFinal(_Marking):
    """The teacher decides on a final mark.

    `reason` is why a suggestion is not followed, or why a mark that stands is changed.
    """

    reason: str


@frozen
class NoteAbsence(Act):
    """A pupil was not at a lesson; what was noted before is restated."""

    lesson: LessonPlace
    pupil: int
    code: AbsenceCode


@frozen
class NoteLate(Act):
    """A pupil came so many minutes late."""

    lesson: LessonPlace
    pupil: int
    minutes: int


@frozen
class WithdrawAbsence(Act):
    """The pupil was there after all."""

    lesson: LessonPlace
    pupil: int


@frozen
class AssignSubstitute(Act):
    """A lesson of a teacher who is away is given to another."""

    journal: JournalPlace
    day: date
    bell: int
    substitute: int


@frozen
class DeclineSubstitution(Act):
    """Nobody can replace a teacher who is away: the lesson is missed."""

    journal: JournalPlace
    day: date
    bell: int


@frozen
class HoldSubstituted(Act):
    """The substitute enters the lesson."""

    lesson: LessonPlace
    day: date
    bell: int
    plan_no: int
    topic: str


@frozen
class CancelLessons(Act):
    """A day is without lessons."""

    day: date
    reason: str


@frozen
class HoldRemotely(Act):
    """A day's lessons are held at a distance."""

    day: date
    reason: str


@frozen
class EnrolPupil(Act):
    """A pupil who came in the middle of the year is put on a class's list."""

    pupil: int
    since: date


@frozen
class TransferPupil(Act):
    """A pupil is in another class from a day on."""

    pupil: int
    label: ClassLabel
    since: date


@frozen
class ReleasePupil(Act):
    """A pupil goes on at another school after a day."""

    pupil: int
    last_day: date


@frozen
class Inspect(Act):
    """A journal is looked at, with something to put right or without."""

    journal: JournalPlace
    remark: str


@frozen
class AcknowledgeNote(Act):
    """The teacher has read the last remark on a journal."""

    journal: JournalPlace


@frozen
class ClosePeriod(Act):
    """A semester is closed, for the first time or again."""

    semester: int


@frozen
class ReopenPeriod(Act):
    """One journal of a closed semester is open again for so many hours."""

    journal: JournalPlace
    hours: int
    reason: str

    @property
    def lasts(self) -> timedelta:
        """How long."""
        return timedelta(hours=self.hours)


@frozen
class ArchivePeriod(Act):
    """A closed semester is put away for ever."""

    semester: int


@frozen
class Sitting:
    """What one person does in one go: a unit of work."""

    who: Who
    at: datetime
    acts: tuple[Act, ...]

    def spelled(self) -> str:
        """Return the sitting and its acts, a line each."""
        head = f"{self.at.isoformat()}\t{self.who}"
        return "".join(f"{line}\n" for line in (head, *(act.spelled() for act in self.acts)))
