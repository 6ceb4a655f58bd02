"""What one school keeps, each kind with the questions that the school asks of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from ejournal.errors import Missing
from ejournal.ids import (
    AbsenceAlertId,
    AccountId,
    ClassId,
    ColumnId,
    CorrectionId,
    EnrolmentId,
    ExceptionId,
    ExcuseId,
    GrantId,
    GuardianId,
    GuardianshipId,
    ImportId,
    InspectionNoteId,
    InvitationId,
    JournalId,
    LessonId,
    LetterId,
    MergeId,
    PeriodLockId,
    PersonId,
    ProposalId,
    PupilId,
    RequestId,
    RolloverId,
    SchoolId,
    StaffId,
    SubgroupId,
    SubjectId,
    SubstitutionId,
    TimetableId,
    TransferRecordId,
    YearId,
)
from ejournal.model.absence_alerts import AbsenceAlert
from ejournal.model.access import Grant, Invitation, InvitationState
from ejournal.model.assessment import Suggestion
from ejournal.model.attendance import Absence, AbsenceKey
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import SchoolClass, Subgroup, Subject
from ejournal.model.closing import PeriodLock
from ejournal.model.correcting import (
    CorrectionRequest,
    CorrectionState,
    ProposalState,
    RevisionProposal,
)
from ejournal.model.diary_news import DiaryLook, DiaryLookKey, WeekSignature, WeekSignatureKey
from ejournal.model.documents import DocumentKind, ElectronicDocument
from ejournal.model.excuses import Excuse, ExcuseState
from ejournal.model.identifiers import Email
from ejournal.model.imports import Import
from ejournal.model.inspecting import InspectionNote
from ejournal.model.journal import Column, Journal, Lesson, Mark, MarkKey
from ejournal.model.ledger import Cursor
from ejournal.model.letters import Delivery, Letter
from ejournal.model.marks import MarkValue
from ejournal.model.merging import Merge
from ejournal.model.people import Enrolment, Guardian, Guardianship, Pupil, Staff
from ejournal.model.permissions import Role
from ejournal.model.publishing import Publication
from ejournal.model.rollover import Rollover
from ejournal.model.school import School
from ejournal.model.substitution import Substitution
from ejournal.model.timetable import (
    ClassHours,
    ClassTimetable,
    ClassTimetableKey,
    Timetable,
    TimetableException,
)
from ejournal.model.transfers import TransferRecord
from ejournal.ports import Row, Stored
from ejournal.store.repository import Repository

__all__ = [
    "AbsenceAlerts",
    "Absences",
    "ClassTimetables",
    "Classes",
    "Columns",
    "CorrectionRequests",
    "Cursors",
    "Deliveries",
    "DiaryLooks",
    "ElectronicDocuments",
    "Enrolments",
    "Excuses",
    "Grants",
    "Guardians",
    "Guardianships",
    "HoursOfClasses",
    "Imports",
    "InspectionNotes",
    "Invitations",
    "Journals",
    "Lessons",
    "Letters",
    "Marks",
    "Merges",
    "PeriodLocks",
    "Publications",
    "Pupils",
    "RevisionProposals",
    "Rollovers",
    "Schools",
    "StaffMembers",
    "Subgroups",
    "Subjects",
    "Substitutions",
    "Suggestions",
    "TimetableExceptions",
    "Timetables",
    "TransferRecords",
    "WeekSignatures",
    "Years",
]


class Schools(Repository[SchoolId, School]):
    """The school itself: one record, under the school's own identifier."""


class Grants(Repository[GrantId, Grant]):
    """Roles in the school."""

    def of_account(self, account: AccountId, /) -> Iterator[Grant]:
        """Yield every grant the account ever held here."""
        return self._rows("account", account)

    def of_person(self, person: PersonId, /) -> Iterator[Grant]:
        """Yield every grant made for that staff member, pupil or guardian."""
        return self._rows("person", person)

    def of_role(self, role: Role, /) -> Iterator[Grant]:
        """Yield every grant of that role, ended ones included."""
        return self._rows("role", role)


class Invitations(Repository[InvitationId, Invitation]):
    """Who was asked to take up which grant."""

    def pending_for(self, address: Email, /) -> Invitation | None:
        """Return the one invitation that waits at that address, however it is spelled."""
        return self._one("address", address.folded, InvitationState.PENDING)

    def of_grant(self, grant: GrantId, /) -> Iterator[Invitation]:
        """Yield the invitations that offered that grant."""
        return self._rows("grant", grant)

    def pending(self) -> Iterator[Invitation]:
        """Yield the invitations nobody has taken up, expired ones included."""
        return self._rows("state", InvitationState.PENDING)


class Letters(Repository[LetterId, Letter]):
    """What was written to whom; the outbox keeps how it is being delivered."""

    def of_invitation(self, invitation: InvitationId, /) -> Iterator[Letter]:
        """Yield the letters that carried that invitation."""
        return self._rows("invitation", invitation)

    def of_request(self, request: RequestId, /) -> Iterator[Letter]:
        """Yield the letters that answered that request."""
        return self._rows("request", request)

    def under(self, message_id: str, /) -> Letter | None:
        """Return the letter that went out under that Message-ID."""
        return self._one("message", message_id)


class Deliveries(Repository[LetterId, Delivery]):
    """How each letter's delivery stands: attempts, lease, when it is due."""

    def due(self, until: datetime, /) -> Iterator[tuple[SchoolId, Delivery]]:
        """Yield, across all schools and the registry, what is not settled and due by then."""
        return self._across("due", False, datetime.fromtimestamp(0, until.tzinfo), until)  # noqa: FBT003 - the value of a slot


class Years(Repository[YearId, SchoolYear]):
    """School years, each form of study its own (rule 70)."""


class Classes(Repository[ClassId, SchoolClass]):
    """Classes of all years."""

    def of_year(self, year: YearId, /) -> Iterator[SchoolClass]:
        """Yield the classes of a school year."""
        return self._rows("year", year)

    def led_by(self, teacher: StaffId, /) -> Iterator[SchoolClass]:
        """Yield the classes of a class teacher."""
        return self._rows("teacher", teacher)


class Subgroups(Repository[SubgroupId, Subgroup]):
    """Parts of classes that are taught apart."""

    def of_class(self, school_class: ClassId, /) -> Iterator[Subgroup]:
        """Yield the subgroups of a class."""
        return self._rows("school_class", school_class)


class Subjects(Repository[SubjectId, Subject]):
    """Subjects as the school names them."""


class StaffMembers(Repository[StaffId, Staff]):
    """Who works or worked at the school."""


class Pupils(Repository[PupilId, Pupil]):
    """Who learns or learned at the school."""


class Guardians(Repository[GuardianId, Guardian]):
    """Parents and those in their place."""


class Guardianships(Repository[GuardianshipId, Guardianship]):
    """Which guardian stands for which pupil."""

    def of_guardian(self, guardian: GuardianId, /) -> Iterator[Guardianship]:
        """Yield the guardian's children at this school."""
        return self._rows("guardian", guardian)

    def of_pupil(self, pupil: PupilId, /) -> Iterator[Guardianship]:
        """Yield the pupil's guardians."""
        return self._rows("pupil", pupil)


class Enrolments(Repository[EnrolmentId, Enrolment]):
    """Which pupil is in which class, from when to when."""

    def of_pupil(self, pupil: PupilId, /) -> Iterator[Enrolment]:
        """Yield the pupil's enrolments, the earliest first."""
        return self._rows("pupil", pupil)

    def of_class(self, school_class: ClassId, /) -> Iterator[Enrolment]:
        """Yield the enrolments of a class, ended ones included."""
        return self._rows("school_class", school_class)

    def of_pupils(self, pupils: Iterable[PupilId], /) -> Iterator[Enrolment]:
        """Yield the enrolments of several pupils, the earliest first."""
        return self._rows_of_each("pupil", pupils)


class Journals(Repository[JournalId, Journal]):
    """Class journals, one for each subject, semester and subgroup."""

    def _stored(self, key: Row) -> Journal | None:
        journal = super()._stored(key)
        if journal is not None:
            self._chain.guard.remember(journal)
        return journal

    def of_class(self, school_class: ClassId, /) -> Iterator[Journal]:
        """Yield the journals of a class."""
        return self._rows("school_class", school_class)

    def of_classes(self, classes: Iterable[ClassId], /) -> Iterator[Journal]:
        """Yield the journals of several classes."""
        return self._rows_of_each("school_class", classes)

    def of_teacher(self, teacher: StaffId, /) -> Iterator[Journal]:
        """Yield the journals in which the teacher is the main or the second one."""
        yield from self._rows("teacher", teacher)
        yield from self._rows("second_teacher", teacher)


class Lessons(Repository[LessonId, Lesson]):
    """Lessons held."""

    def of_journal(self, journal: JournalId, during: Period | None = None, /) -> Iterator[Lesson]:
        """Yield a journal's lessons by day and bell, all or those of a period."""
        first, last = (during.first, during.last) if during else (date.min, date.max)
        return self._rows("journal", journal, first, last)

    def of_journals(self, journals: Iterable[JournalId], during: Period, /) -> Iterator[Lesson]:
        """Yield the lessons of several journals in a period, by day and bell."""
        return self._rows_of_each("journal", journals, during.first, during.last)

    def with_homework_to(self, lessons: Iterable[LessonId], /) -> Iterator[Lesson]:
        """Yield the lessons that set homework for one of those lessons, by day and bell."""
        return self._rows_of_each("homework_to", lessons)

    def substituted_by(self, teacher: StaffId, /) -> Iterator[Lesson]:
        """Yield the lessons that the teacher holds in another's place."""
        return self._rows("substitute", teacher)


class Columns(Repository[ColumnId, Column]):
    """Columns of journal pages."""

    def of_journal(self, journal: JournalId, /) -> Iterator[Column]:
        """Yield the columns of a journal in the order they were made."""
        return self._rows("journal", journal)

    def of_lesson(self, lesson: LessonId, /) -> Iterator[Column]:
        """Yield the columns that stand under a lesson."""
        return self._rows("lesson", lesson)


class Marks(Repository[MarkKey, Mark]):
    """Marks as they stand now; what they were stands in the ledger."""

    def of_journal(self, journal: JournalId, /) -> Iterator[Mark]:
        """Yield a journal's marks by column and pupil, without those that are void."""
        return _standing(self._rows("journal", journal))

    def kept_in(self, journal: JournalId, /) -> Iterator[Mark]:
        """Yield a journal's marks by column and pupil, those that are void among them."""
        return self._rows("journal", journal)

    def of_pupil(self, pupil: PupilId, during: Period, /) -> Iterator[Mark]:
        """Yield a pupil's marks that stand under the days of a period, both ends included."""
        return _standing(self._rows("pupil", pupil, during.first, during.last))

    def undated_of(self, pupil: PupilId, /) -> Iterator[Mark]:
        """Yield a pupil's marks that stand in columns without a day: thematic, semester, annual."""
        return _standing(self._rows("undated", pupil, None))

    def kept_of(self, pupil: PupilId, /) -> Iterator[Mark]:
        """Yield all of a pupil's marks, those that are void among them."""
        yield from self._rows("pupil", pupil, date.min, date.max)
        yield from self._rows("undated", pupil, None)

    def of_others(
        self, column: ColumnId, pupil: PupilId, journal: JournalId, /
    ) -> Iterator[MarkValue]:
        """Yield what the other pupils have in a column; the storage is asked with the first."""
        for mark in self.of_journal(journal):
            if mark.column == column and mark.pupil != pupil:
                yield mark.value

    def put(self, mark: Mark, standing: Mark | None, /) -> tuple[Mark, MarkValue | None]:
        """Keep a mark in the place of the one that was found there, if any was.

        Returns the mark as kept, and the value that it replaces; a void mark has none.
        """
        if standing is None:
            return self.add(mark), None
        changed = standing.changed(mark.value, mark.comment, mark.author, mark.given_at)
        return self.save(changed), None if standing.void else standing.value

    def spelled(self, fields: Sequence[str], /) -> Iterator[tuple[str, ...]]:
        """Yield those fields of every mark as files spell them, by journal, column and pupil.

        For exports: no mark is made of them, and a storage that can reads a piece at a time.
        Raises `Missing` for a field that marks do not have.
        """
        known = {slot.name for slot in self._shape.table.slots}
        if unknown := tuple(name for name in fields if name not in known):
            raise Missing("field", unknown)
        if not fields:
            return iter(())
        chain = self._chain
        rows = chain.transaction.spelled(self._shape.table, chain.school, fields)
        return self._shape.with_ids(fields, rows)

    def tallied(self) -> dict[tuple[PupilId, JournalId], dict[MarkValue, int]]:
        """Return how often each value stands among a pupil's marks in a journal.

        The storage counts; no mark is read. Void ones do not stand.
        """
        chain, names = self._chain, ("pupil", "journal", "value", "void")
        counts: defaultdict[tuple[PupilId, JournalId], dict[MarkValue, int]] = defaultdict(dict)
        values: dict[Stored, Any] = {}
        found: Iterator[tuple[tuple[Any, ...], int]] = chain.transaction.tally(
            self._shape.table, chain.school, names
        )
        # One row stands for few marks: what is done here for each costs as much as to count them.
        for (pupil, journal, code, void), number in found:
            if void:
                continue
            value = values.get(code)
            if value is None:
                value = values[code] = self._shape.field("value", code)
            counts[pupil, journal][value] = number
        return dict(counts)


def _standing(marks: Iterator[Mark]) -> Iterator[Mark]:
    return (mark for mark in marks if not mark.void)


class Absences(Repository[AbsenceKey, Absence]):
    """Who was not there, or late."""

    def of_journal(self, journal: JournalId, /) -> Iterator[Absence]:
        """Yield a journal's absences by lesson and pupil."""
        return self._rows("journal", journal)

    def at(
        self, lesson: LessonId | None, pupil: PupilId, journal: JournalId, /
    ) -> Iterator[Absence]:
        """Yield what is noted of a pupil at a lesson, if anything; it is asked for with the first.

        Where there is no lesson nothing is.
        """
        noted = None if lesson is None else self.find(AbsenceKey(journal, lesson, pupil))
        if noted is not None:
            yield noted

    def of_pupil(self, pupil: PupilId, during: Period, /) -> Iterator[Absence]:
        """Yield a pupil's absences of a period, both ends included."""
        return self._rows("pupil", pupil, during.first, during.last)

    def of_pupils(self, pupils: Iterable[PupilId], during: Period, /) -> Iterator[Absence]:
        """Yield the absences of several pupils in a period, both ends included."""
        return self._rows_of_each("pupil", pupils, during.first, during.last)


class Cursors(Repository[str, Cursor]):
    """How far each consumer has followed the school's feed."""

    def of_consumer(self, consumer: str, /) -> Iterator[tuple[SchoolId, Cursor]]:
        """Yield, across all schools and the registry, how far that consumer has come."""
        return self._across("consumer", consumer)


class Imports(Repository[ImportId, Import]):
    """Files of marks that were taken in, or are being."""


class PeriodLocks(Repository[PeriodLockId, PeriodLock]):
    """Which semesters are closed, or parts of them; what they close, no repository writes."""

    def of_semester(self, year: YearId, semester: int, /) -> Iterator[PeriodLock]:
        """Yield the locks of a semester, of the whole and of its parts, in any state."""
        return self._rows("semester", year, semester)


class InspectionNotes(Repository[InspectionNoteId, InspectionNote]):
    """What inspectors found in journals; it is written about closed ones, too."""

    def of_journal(self, journal: JournalId, /) -> Iterator[InspectionNote]:
        """Yield the notes about a journal, the earliest first."""
        return self._rows("journal", journal)

    def of_journals(self, journals: Iterable[JournalId], /) -> Iterator[InspectionNote]:
        """Yield the notes about several journals, the earliest first."""
        return self._rows_of_each("journal", journals)


class ElectronicDocuments(Repository[DocumentKind, ElectronicDocument]):
    """Which documents the school keeps electronically."""


class Timetables(Repository[TimetableId, Timetable]):
    """Timetables of all years, drafts and those that were taken back among them."""

    def of_year(self, year: YearId, /) -> Iterator[Timetable]:
        """Yield the timetables of a school year by the day they begin."""
        return self._rows("year", year)


class ClassTimetables(Repository[ClassTimetableKey, ClassTimetable]):
    """The week of each class in each timetable."""

    def of_timetable(self, timetable: TimetableId, /) -> Iterator[ClassTimetable]:
        """Yield the weeks of all classes in a timetable."""
        return self._rows("timetable", timetable)


class HoursOfClasses(Repository[ClassId, ClassHours]):
    """How many hours a week each class has of each subject."""


class TimetableExceptions(Repository[ExceptionId, TimetableException]):
    """Cancelled and moved lessons, and remote days."""

    def of_year(self, year: YearId, /) -> Iterator[TimetableException]:
        """Yield the exceptions of a school year in the order they were made."""
        return self._rows("year", year)


class Substitutions(Repository[SubstitutionId, Substitution]):
    """Lessons whose teachers are away, and who holds them."""

    def of_year(self, year: YearId, during: Period, /) -> Iterator[Substitution]:
        """Yield the substitutions of a year for the days of a period, by day and bell."""
        return self._rows("year", year, during.first, during.last)

    def of_substitute(self, teacher: StaffId, during: Period, /) -> Iterator[Substitution]:
        """Yield those that name the teacher as the substitute, in a period, by day and bell."""
        return self._rows("substitute", teacher, during.first, during.last)


class Excuses(Repository[ExcuseId, Excuse]):
    """What guardians gave as the reason of absences, and what became of it."""

    def of_pupil(self, pupil: PupilId, during: Period, /) -> Iterator[Excuse]:
        """Yield a pupil's excuses for any day of a period, in any state, by their first day."""
        return (
            excuse
            for excuse in self._rows("pupil", pupil, during.first, date.max)
            if excuse.period.meets(during)
        )

    def of_pupils(self, pupils: Iterable[PupilId], during: Period, /) -> Iterator[Excuse]:
        """Yield the excuses of several pupils for any day of a period, by their first day."""
        found = self._rows_of_each("pupil", pupils, during.first, date.max)
        return (excuse for excuse in found if excuse.period.meets(during))

    def waiting(self) -> Iterator[Excuse]:
        """Yield the excuses that nobody has decided on."""
        return self._rows("state", ExcuseState.PROPOSED)


class AbsenceAlerts(Repository[AbsenceAlertId, AbsenceAlert]):
    """Absences that went on for too long."""

    def of_pupils(self, pupils: Iterable[PupilId], /) -> Iterator[AbsenceAlert]:
        """Yield the alerts about several pupils, the earliest first."""
        return self._rows_of_each("pupil", pupils)

    def waiting(self) -> Iterator[AbsenceAlert]:
        """Yield the alerts that nobody has taken up."""
        return self._rows("waiting", None)


class Publications(Repository[ColumnId, Publication]):
    """Columns whose marks diaries show by rules of their own."""

    def of_columns(self, columns: Iterable[ColumnId], /) -> Iterator[Publication]:
        """Yield what is kept of those columns; most have nothing of their own."""
        return self._each_known(columns)


class WeekSignatures(Repository[WeekSignatureKey, WeekSignature]):
    """Which weeks of diaries guardians have signed."""

    def of_pupil(self, pupil: PupilId, during: Period, /) -> Iterator[WeekSignature]:
        """Yield the signatures of a pupil's weeks that begin in a period, by week."""
        return (each for each in self._rows("pupil", pupil) if each.week in during)


class DiaryLooks(Repository[DiaryLookKey, DiaryLook]):
    """How far guardians have read diaries."""

    def of_pupil(self, pupil: PupilId, /) -> Iterator[DiaryLook]:
        """Yield how far each guardian has read a pupil's diary."""
        return self._rows("pupil", pupil)


class Suggestions(Repository[MarkKey, Suggestion]):
    """What was worked out for finals, apart from what was decided."""

    def of_column(self, column: ColumnId, /) -> Iterator[Suggestion]:
        """Yield the suggestions for a column, by pupil."""
        return self._rows("column", column)

    def renew(self, suggestion: Suggestion, /) -> tuple[Suggestion, bool]:
        """Keep a suggestion in its place; say whether anything is new about it.

        The same calculation as before leaves what is kept, with its instant.
        """
        standing = self.find(suggestion.key)
        if standing is None:
            return self.add(suggestion), True
        renewed = standing.renewed(suggestion)
        return (standing, False) if renewed is standing else (self.save(renewed), True)


class TransferRecords(Repository[TransferRecordId, TransferRecord]):
    """Packets that pupils brought from other schools."""

    def of_pupil(self, pupil: PupilId, /) -> Iterator[TransferRecord]:
        """Yield what the pupil brought, in the order it was taken in."""
        return self._rows("pupil", pupil)

    def sealed(self, sha256: str, /) -> Iterator[TransferRecord]:
        """Yield the record of the packet with that seal, if it was taken in."""
        return self._rows("sha256", sha256)


class Rollovers(Repository[RolloverId, Rollover]):
    """Turns of the school year that were made."""

    def of_plan(self, digest: str, /) -> Iterator[Rollover]:
        """Yield the turn that was made by the plan with that SHA-256, if there was one."""
        return self._rows("plan", digest)


class Merges(Repository[MergeId, Merge]):
    """Records of one person that were found to be two, and made one."""

    def into(self, pupil: PupilId, /) -> Iterator[Merge]:
        """Yield the merges that kept that pupil's record, undone ones included."""
        return self._rows("kept", pupil)

    def of(self, pupil: PupilId, /) -> Iterator[Merge]:
        """Yield the merges that merged that record away, undone ones included."""
        return self._rows("merged", pupil)


class RevisionProposals(Repository[ProposalId, RevisionProposal]):
    """Changes of marks that others than their authors asked for."""

    def of_pupil(self, pupil: PupilId, /) -> Iterator[RevisionProposal]:
        """Yield the proposals about a pupil's marks in the order they were made."""
        return self._rows("pupil", pupil)

    def of_journal(self, journal: JournalId, /) -> Iterator[RevisionProposal]:
        """Yield the proposals about a journal's marks in the order they were made."""
        return self._rows("journal", journal)

    def waiting(self) -> Iterator[RevisionProposal]:
        """Yield the proposals that nobody has decided."""
        return self._rows("state", ProposalState.PROPOSED)


class CorrectionRequests(Repository[CorrectionId, CorrectionRequest]):
    """Applications to correct semester marks, and what became of them."""

    def of_pupil(self, pupil: PupilId, /) -> Iterator[CorrectionRequest]:
        """Yield the requests about a pupil's marks in the order they were made."""
        return self._rows("pupil", pupil)

    def of_journal(self, journal: JournalId, /) -> Iterator[CorrectionRequest]:
        """Yield the requests about a journal's marks in the order they were made."""
        return self._rows("journal", journal)

    def in_state(self, state: CorrectionState, /) -> Iterator[CorrectionRequest]:
        """Yield the requests that have come as far as that."""
        return self._rows("state", state)
