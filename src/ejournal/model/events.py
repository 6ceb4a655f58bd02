"""What happens in a school from its founding to its diary weeks, as the ledger records it.

An event says what was done; how the records read afterwards stands beside it in the same entry,
so nothing of a record is repeated here but what tells it apart.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from attrs import field, frozen

from ejournal.ids import (
    AbsenceAlertId,
    AccountId,
    ClassId,
    ColumnId,
    CorrectionId,
    EnrolmentId,
    ExceptionId,
    ExcuseId,
    GuardianId,
    GuardianshipId,
    ImportId,
    InspectionNoteId,
    JournalId,
    LessonId,
    MergeId,
    PeriodLockId,
    ProposalId,
    PupilId,
    RolloverId,
    StaffId,
    SubgroupId,
    SubjectId,
    SubstitutionId,
    TimetableId,
    TransferRecordId,
    YearId,
)
from ejournal.model.attendance import AbsenceCode
from ejournal.model.correcting import RevisionKind
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.documents import DocumentKind
from ejournal.model.journal import ColumnKind
from ejournal.model.ledger import Event
from ejournal.model.marks import MarkValue
from ejournal.model.people import Leaving, Relation
from ejournal.model.school_data import InconsistencyKind
from ejournal.model.substitution import SubstitutionReason
from ejournal.model.timetable import ExceptionKind

__all__ = [
    "AbsenceAlertAcknowledged",
    "AbsenceAlertRaised",
    "AbsenceNoted",
    "AbsenceWithdrawn",
    "ClassAdded",
    "ClassHoursSet",
    "ClassTimetableSet",
    "ColumnAdded",
    "ColumnPublished",
    "ColumnStruck",
    "CorrectionAppliedFor",
    "CorrectionConcluded",
    "CorrectionDeclined",
    "CorrectionOrdered",
    "CorrectionWithdrawn",
    "DailySheetFilled",
    "DataRepaired",
    "DiaryAcknowledged",
    "DocumentMadeElectronic",
    "ExceptionWithdrawn",
    "ExcuseConfirmed",
    "ExcuseDeclined",
    "ExcuseProposed",
    "ExcuseRevoked",
    "ExcuseWithdrawn",
    "FinalDecided",
    "FinalsSuggested",
    "GuardianAdded",
    "GuardianAllowed",
    "GuardianLimited",
    "GuardianLinked",
    "HomeworkSet",
    "ImportBegun",
    "InspectionNoted",
    "JournalHandedOver",
    "JournalOpened",
    "LatenessNoted",
    "LessonDescribed",
    "LessonHeld",
    "LessonStruck",
    "MarkChanged",
    "MarkGiven",
    "MarkRevised",
    "MarksImported",
    "MergeUndone",
    "NoteAcknowledged",
    "PacketSent",
    "PacketTaken",
    "PublishingSet",
    "PupilAdded",
    "PupilEnrolled",
    "PupilLeft",
    "PupilTransferred",
    "PupilsMerged",
    "RemarkRemoved",
    "RemotePresenceNoted",
    "RevisionDeclined",
    "RevisionProposed",
    "SemesterArchived",
    "SemesterClosed",
    "SemesterReopened",
    "StaffAdded",
    "SubgroupAdded",
    "SubgroupChanged",
    "SubjectAdded",
    "SubstituteAssigned",
    "SubstitutionAssigned",
    "SubstitutionCancelled",
    "SubstitutionDeclined",
    "SubstitutionDone",
    "SubstitutionReleased",
    "SubstitutionRequested",
    "TimetableBegun",
    "TimetableExcepted",
    "TimetablePublished",
    "TimetableWithdrawn",
    "WeekSigned",
    "YearOpened",
    "YearRolledOver",
]


@frozen
class YearOpened(Event):
    """A school year of one form of study was set up with its semesters."""

    name: ClassVar[str] = "year-opened"
    year: YearId


@frozen
class ClassAdded(Event):
    """A class exists for a year."""

    name: ClassVar[str] = "class-added"
    school_class: ClassId
    year: YearId


@frozen
class SubgroupAdded(Event):
    """A part of a class is taught apart."""

    name: ClassVar[str] = "subgroup-added"
    subgroup: SubgroupId
    school_class: ClassId


@frozen
class SubjectAdded(Event):
    """The school teaches a subject."""

    name: ClassVar[str] = "subject-added"
    subject: SubjectId


@frozen
class StaffAdded(Event):
    """Somebody works at the school."""

    name: ClassVar[str] = "staff-added"
    staff: StaffId


@frozen
class PupilAdded(Event):
    """Somebody learns at the school; no class has them yet."""

    name: ClassVar[str] = "pupil-added"
    pupil: PupilId


@frozen
class GuardianAdded(Event):
    """The school knows a pupil's guardian."""

    name: ClassVar[str] = "guardian-added"
    guardian: GuardianId
    pupil: PupilId


@frozen
class GuardianLinked(Event):
    """A guardian stands for a pupil."""

    name: ClassVar[str] = "guardian-linked"
    guardianship: GuardianshipId
    guardian: GuardianId
    pupil: PupilId
    relation: Relation


@frozen
class PupilEnrolled(Event):
    """A pupil is on the list of a class from a day on; the order is in the enrolment."""

    name: ClassVar[str] = "pupil-enrolled"
    enrolment: EnrolmentId
    pupil: PupilId
    school_class: ClassId
    since: date


@frozen
class JournalOpened(Event):
    """A journal can be written in."""

    name: ClassVar[str] = "journal-opened"
    journal: JournalId


@frozen
class LessonHeld(Event):
    """A lesson stands in a journal, with the column for its marks."""

    name: ClassVar[str] = "lesson-held"
    lesson: LessonId
    column: ColumnId
    journal: JournalId


@frozen
class LessonDescribed(Event):
    """A lesson has another topic, or another number in the plan."""

    name: ClassVar[str] = "lesson-described"
    lesson: LessonId


@frozen
class HomeworkSet(Event):
    """A lesson sets homework, in place of what it set before."""

    name: ClassVar[str] = "homework-set"
    lesson: LessonId


@frozen
class SubstituteAssigned(Event):
    """A lesson is held by another teacher, or by its own again."""

    name: ClassVar[str] = "substitute-assigned"
    lesson: LessonId
    substitute: StaffId | None


@frozen
class ColumnAdded(Event):
    """Marks of a kind have a place in a journal."""

    name: ClassVar[str] = "column-added"
    column: ColumnId
    journal: JournalId
    kind: ColumnKind


@frozen
class MarkGiven(Event):
    """A pupil has the first mark in a column."""

    name: ClassVar[str] = "mark-given"
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    value: MarkValue


@frozen
class MarkChanged(Event):
    """A pupil has another mark in a column; `old` is the one it replaces."""

    name: ClassVar[str] = "mark-changed"
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    old: MarkValue
    new: MarkValue


@frozen
class ImportBegun(Event):
    """A file of marks is going to be taken in."""

    name: ClassVar[str] = "import-begun"
    taking: ImportId


@frozen
class MarksImported(Event):
    """A stretch of a file of marks was taken in, all of it but the rows that were refused."""

    name: ClassVar[str] = "marks-imported"
    taking: ImportId
    taken: int
    refused: int


@frozen
class AbsenceNoted(Event):
    """A pupil was not at a lesson."""

    name: ClassVar[str] = "absence-noted"
    journal: JournalId
    lesson: LessonId
    pupil: PupilId
    code: AbsenceCode


@frozen
class LatenessNoted(Event):
    """A pupil came late to a lesson."""

    name: ClassVar[str] = "lateness-noted"
    journal: JournalId
    lesson: LessonId
    pupil: PupilId
    minutes: int


@frozen
class AbsenceWithdrawn(Event):
    """What was noted against a pupil's attendance no longer holds."""

    name: ClassVar[str] = "absence-withdrawn"
    journal: JournalId
    lesson: LessonId
    pupil: PupilId


@frozen
class SemesterClosed(Event):
    """A semester was closed, or one class or journal of it, with so many gaps left."""

    name: ClassVar[str] = "semester-closed"
    lock: PeriodLockId
    gaps: int


@frozen
class SemesterReopened(Event):
    """Somebody was let in again, to all that the lock closes or to a class or journal of it."""

    name: ClassVar[str] = "semester-reopened"
    lock: PeriodLockId
    school_class: ClassId | None
    journal: JournalId | None
    until: datetime
    asked_by: StaffId | None
    reason: str = field(metadata=PERSONAL)


@frozen
class SemesterArchived(Event):
    """What the lock closes is not opened any more."""

    name: ClassVar[str] = "semester-archived"
    lock: PeriodLockId


@frozen
class InspectionNoted(Event):
    """A journal was looked at by an inspector."""

    name: ClassVar[str] = "inspection-noted"
    note: InspectionNoteId
    journal: JournalId


@frozen
class NoteAcknowledged(Event):
    """The journal's teacher has read a remark."""

    name: ClassVar[str] = "note-acknowledged"
    note: InspectionNoteId
    journal: JournalId


@frozen
class RemarkRemoved(Event):
    """What an inspector remarked on was put right."""

    name: ClassVar[str] = "remark-removed"
    note: InspectionNoteId
    journal: JournalId


@frozen
class DocumentMadeElectronic(Event):
    """A document is kept electronically from a day on."""

    name: ClassVar[str] = "document-made-electronic"
    kind: DocumentKind
    since: date


@frozen
class JournalHandedOver(Event):
    """A journal has other teachers."""

    name: ClassVar[str] = "journal-handed-over"
    journal: JournalId
    teacher: StaffId
    second_teacher: StaffId | None


@frozen
class LessonStruck(Event):
    """A lesson had been entered by mistake."""

    name: ClassVar[str] = "lesson-struck"
    lesson: LessonId
    journal: JournalId
    reason: str = field(metadata=PERSONAL)


@frozen
class ColumnStruck(Event):
    """A column had been made by mistake."""

    name: ClassVar[str] = "column-struck"
    column: ColumnId
    journal: JournalId
    reason: str = field(metadata=PERSONAL)


@frozen
class SubgroupChanged(Event):
    """A part of a class has other members."""

    name: ClassVar[str] = "subgroup-changed"
    subgroup: SubgroupId
    school_class: ClassId


@frozen
class DataRepaired(Event):
    """An inconsistency was put right by its plan, in so many repairs."""

    name: ClassVar[str] = "data-repaired"
    kind: InconsistencyKind
    repairs: int


@frozen
class TimetableBegun(Event):
    """A timetable is being made."""

    name: ClassVar[str] = "timetable-begun"
    timetable: TimetableId
    year: YearId


@frozen
class ClassTimetableSet(Event):
    """A class has a week in a timetable, in place of the one before."""

    name: ClassVar[str] = "class-timetable-set"
    timetable: TimetableId
    school_class: ClassId


@frozen
class ClassHoursSet(Event):
    """The hours a week of a class are planned, in place of those before."""

    name: ClassVar[str] = "class-hours-set"
    school_class: ClassId


@frozen
class TimetablePublished(Event):
    """A timetable holds from a day on."""

    name: ClassVar[str] = "timetable-published"
    timetable: TimetableId
    since: date


@frozen
class TimetableWithdrawn(Event):
    """A timetable was taken back."""

    name: ClassVar[str] = "timetable-withdrawn"
    timetable: TimetableId


@frozen
class TimetableExcepted(Event):
    """Planned lessons are cancelled, moved, or held remotely."""

    name: ClassVar[str] = "timetable-excepted"
    exception: ExceptionId
    kind: ExceptionKind


@frozen
class ExceptionWithdrawn(Event):
    """The timetable has no such exception any more."""

    name: ClassVar[str] = "exception-withdrawn"
    exception: ExceptionId


@frozen
class SubstitutionRequested(Event):
    """A lesson will be without its teacher."""

    name: ClassVar[str] = "substitution-requested"
    substitution: SubstitutionId
    journal: JournalId
    reason: SubstitutionReason


@frozen
class SubstitutionAssigned(Event):
    """Another teacher is to hold the lesson."""

    name: ClassVar[str] = "substitution-assigned"
    substitution: SubstitutionId
    substitute: StaffId


@frozen
class SubstitutionReleased(Event):
    """Who was to hold the lesson does not hold it."""

    name: ClassVar[str] = "substitution-released"
    substitution: SubstitutionId


@frozen
class SubstitutionDone(Event):
    """The substitute held the lesson."""

    name: ClassVar[str] = "substitution-done"
    substitution: SubstitutionId
    lesson: LessonId


@frozen
class SubstitutionDeclined(Event):
    """Nobody replaces the teacher."""

    name: ClassVar[str] = "substitution-declined"
    substitution: SubstitutionId
    why: str = field(metadata=PERSONAL)


@frozen
class SubstitutionCancelled(Event):
    """The teacher is there after all."""

    name: ClassVar[str] = "substitution-cancelled"
    substitution: SubstitutionId


@frozen
class RemotePresenceNoted(Event):
    """A pupil took part in a lesson at a distance."""

    name: ClassVar[str] = "remote-presence-noted"
    journal: JournalId
    lesson: LessonId
    pupil: PupilId


@frozen
class DailySheetFilled(Event):
    """The attendance of a class's day was filled in, or changed, over all its journals."""

    name: ClassVar[str] = "daily-sheet-filled"
    school_class: ClassId
    day: date
    noted: int


@frozen
class ExcuseProposed(Event):
    """A guardian, or a grown-up pupil, explained absences; nothing is changed by it."""

    name: ClassVar[str] = "excuse-proposed"
    excuse: ExcuseId
    pupil: PupilId
    guardian: GuardianId


@frozen
class ExcuseWithdrawn(Event):
    """Whoever gave an explanation took it back before it was decided on."""

    name: ClassVar[str] = "excuse-withdrawn"
    excuse: ExcuseId
    pupil: PupilId


@frozen
class ExcuseConfirmed(Event):
    """The class teacher accepted an explanation; so many records got its code."""

    name: ClassVar[str] = "excuse-confirmed"
    excuse: ExcuseId
    pupil: PupilId
    code: AbsenceCode
    explained: int


@frozen
class ExcuseDeclined(Event):
    """The class teacher did not accept an explanation."""

    name: ClassVar[str] = "excuse-declined"
    excuse: ExcuseId
    pupil: PupilId


@frozen
class ExcuseRevoked(Event):
    """An explanation that was accepted holds no longer; so many records are as they were noted."""

    name: ClassVar[str] = "excuse-revoked"
    excuse: ExcuseId
    pupil: PupilId
    restored: int


@frozen
class AbsenceAlertRaised(Event):
    """A pupil was away for so many school days in a row that it has to be told."""

    name: ClassVar[str] = "absence-alert-raised"
    alert: AbsenceAlertId
    pupil: PupilId
    days: int


@frozen
class AbsenceAlertAcknowledged(Event):
    """Somebody at the school took an alert up."""

    name: ClassVar[str] = "absence-alert-acknowledged"
    alert: AbsenceAlertId
    pupil: PupilId


@frozen
class PublishingSet(Event):
    """Diaries show the marks of a column by other rules."""

    name: ClassVar[str] = "publishing-set"
    column: ColumnId


@frozen
class ColumnPublished(Event):
    """Marks of a column that waited for their teacher can be seen."""

    name: ClassVar[str] = "column-published"
    column: ColumnId


@frozen
class GuardianLimited(Event):
    """What a guardian is shown of a pupil changed, or until when."""

    name: ClassVar[str] = "guardian-limited"
    guardianship: GuardianshipId
    guardian: GuardianId
    pupil: PupilId


@frozen
class GuardianAllowed(Event):
    """A grown-up pupil decided what a guardian sees."""

    name: ClassVar[str] = "guardian-allowed"
    guardianship: GuardianshipId
    guardian: GuardianId
    pupil: PupilId


@frozen
class WeekSigned(Event):
    """A guardian signed a week of a diary."""

    name: ClassVar[str] = "week-signed"
    pupil: PupilId
    guardian: GuardianId
    week: date


@frozen
class DiaryAcknowledged(Event):
    """A guardian has read a diary up to a number of the ledger."""

    name: ClassVar[str] = "diary-acknowledged"
    pupil: PupilId
    guardian: GuardianId
    upto: int


@frozen
class FinalsSuggested(Event):
    """Finals of a column were worked out; of `pupils` the suggestion is new or another one."""

    name: ClassVar[str] = "finals-suggested"
    journal: JournalId
    column: ColumnId
    pupils: int


@frozen
class FinalDecided(Event):
    """A teacher decided on a final mark, with what was suggested and why it was not followed.

    `old` is the mark that it replaces.
    """

    name: ClassVar[str] = "final-decided"
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    old: MarkValue | None
    new: MarkValue
    suggested: MarkValue | None
    reason: str = field(metadata=PERSONAL)


@frozen
class PupilTransferred(Event):
    """A pupil is on the list of another class from a day on, and no longer on that of the old."""

    name: ClassVar[str] = "pupil-transferred"
    pupil: PupilId
    left: EnrolmentId
    enrolment: EnrolmentId
    school_class: ClassId
    since: date


@frozen
class PupilLeft(Event):
    """An order ended a pupil's enrolment, and no class of the school follows."""

    name: ClassVar[str] = "pupil-left"
    enrolment: EnrolmentId
    pupil: PupilId
    school_class: ClassId
    leaving: Leaving


@frozen
class PacketSent(Event):
    """A packet with all that the school knows of a pupil was given out."""

    name: ClassVar[str] = "packet-sent"
    pupil: PupilId
    sha256: str = field(metadata=PLAIN)


@frozen
class PacketTaken(Event):
    """A packet from another school stands beside a pupil."""

    name: ClassVar[str] = "packet-taken"
    record: TransferRecordId
    pupil: PupilId
    sha256: str = field(metadata=PLAIN)


@frozen
class YearRolledOver(Event):
    """The classes of a year went on into the next, or finished."""

    name: ClassVar[str] = "year-rolled-over"
    rollover: RolloverId
    source: YearId
    target: YearId


@frozen
class PupilsMerged(Event):
    """Two records of a pupil are one; what the other had stands under `kept`."""

    name: ClassVar[str] = "pupils-merged"
    merge: MergeId
    kept: PupilId
    merged: PupilId


@frozen
class MergeUndone(Event):
    """Two records were not of one pupil after all; each has again what it had."""

    name: ClassVar[str] = "merge-undone"
    merge: MergeId
    kept: PupilId
    merged: PupilId


@frozen
class MarkRevised(Event):
    """A mark that stood was changed, or made void.

    Of a change to another's mark it names who proposed and who approved it.
    """

    name: ClassVar[str] = "mark-revised"
    journal: JournalId
    column: ColumnId
    pupil: PupilId
    kind: RevisionKind
    old: MarkValue
    new: MarkValue | None
    reason: str = field(metadata=PERSONAL)
    approved_by: AccountId | None = None
    proposed_by: StaffId | None = None


@frozen
class RevisionProposed(Event):
    """Somebody else than its author wants a mark changed."""

    name: ClassVar[str] = "revision-proposed"
    proposal: ProposalId
    journal: JournalId
    kind: RevisionKind


@frozen
class RevisionDeclined(Event):
    """A mark stays as its author gave it."""

    name: ClassVar[str] = "revision-declined"
    proposal: ProposalId
    journal: JournalId


@frozen
class CorrectionAppliedFor(Event):
    """A parent asks for the correction of a mark."""

    name: ClassVar[str] = "correction-applied-for"
    request: CorrectionId
    journal: JournalId


@frozen
class CorrectionOrdered(Event):
    """The head appointed a commission."""

    name: ClassVar[str] = "correction-ordered"
    request: CorrectionId
    journal: JournalId


@frozen
class CorrectionConcluded(Event):
    """The commission examined the pupil; a mark that was raised stands beside the other."""

    name: ClassVar[str] = "correction-concluded"
    request: CorrectionId
    journal: JournalId
    is_raised: bool


@frozen
class CorrectionDeclined(Event):
    """The head does not grant a correction."""

    name: ClassVar[str] = "correction-declined"
    request: CorrectionId
    journal: JournalId


@frozen
class CorrectionWithdrawn(Event):
    """A request for correction was taken back."""

    name: ClassVar[str] = "correction-withdrawn"
    request: CorrectionId
    journal: JournalId
