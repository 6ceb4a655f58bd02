"""Every aggregate, declared once: its key, the questions asked of it, and their order.

This is the whole of what a storage is told about the model.
"""

from __future__ import annotations

from typing import Any

from ejournal.model import (
    absence_alerts,
    access,
    assessment,
    attendance,
    calendar,
    classes,
    closing,
    connection,
    correcting,
    diary_news,
    directory,
    documents,
    excuses,
    imports,
    inspecting,
    journal,
    ledger,
    letters,
    merging,
    people,
    publishing,
    rollover,
    school,
    substitution,
    timetable,
    transfers,
)
from ejournal.model.declaration import Aggregate, Lookup

SCHOOLS = Aggregate(
    "school",
    school.School,
    ("id",),
    (
        Lookup("diso_id", ("diso_id",), across=True),
        Lookup("edrpou", ("edrpou",), across=True),
        Lookup("authority", ("authority",), across=True),
    ),
)
GRANTS = Aggregate(
    "grant",
    access.Grant,
    ("id",),
    (
        Lookup("account", ("account",), across=True),
        Lookup("person", ("person",)),
        Lookup("role", ("role",)),
    ),
)
INVITATIONS = Aggregate(
    "invitation",
    access.Invitation,
    ("id",),
    (
        Lookup("address", ("folded_address", "state")),
        Lookup("grant", ("grant",)),
        Lookup("state", ("state",)),
    ),
    derived=("folded_address",),
)
LETTERS = Aggregate(
    "letter",
    letters.Letter,
    ("id",),
    (
        Lookup("invitation", ("invitation",)),
        Lookup("request", ("request",)),
        Lookup("message", ("message_id",)),
    ),
)
DELIVERIES = Aggregate(
    "delivery",
    letters.Delivery,
    ("letter",),
    (Lookup("due", ("settled", "due_at"), ranged=True, across=True),),
    order=("due_at",),
    ledgered=False,
)
YEARS = Aggregate("school_year", calendar.SchoolYear, ("id",), order=("first_day",))
CLASSES = Aggregate(
    "school_class",
    classes.SchoolClass,
    ("id",),
    (Lookup("year", ("year",)), Lookup("teacher", ("teacher",))),
    unique=(("year", "label"),),
)
SUBGROUPS = Aggregate(
    "subgroup", classes.Subgroup, ("id",), (Lookup("school_class", ("school_class",)),)
)
SUBJECTS = Aggregate("subject", classes.Subject, ("id",))
STAFF = Aggregate("staff", people.Staff, ("id",))
PUPILS = Aggregate("pupil", people.Pupil, ("id",))
GUARDIANS = Aggregate("guardian", people.Guardian, ("id",))
GUARDIANSHIPS = Aggregate(
    "guardianship",
    people.Guardianship,
    ("id",),
    (Lookup("guardian", ("guardian",)), Lookup("pupil", ("pupil",))),
    unique=(("guardian", "pupil"),),
)
ENROLMENTS = Aggregate(
    "enrolment",
    people.Enrolment,
    ("id",),
    (Lookup("pupil", ("pupil",)), Lookup("school_class", ("school_class",))),
    order=("since",),
)
JOURNALS = Aggregate(
    "journal",
    journal.Journal,
    ("id",),
    (
        Lookup("school_class", ("school_class",)),
        Lookup("teacher", ("teacher",)),
        Lookup("second_teacher", ("second_teacher",)),
    ),
    closes_with="id",
)
LESSONS = Aggregate(
    "lesson",
    journal.Lesson,
    ("id",),
    (
        Lookup("journal", ("journal", "day"), ranged=True),
        Lookup("substitute", ("substitute",)),
        Lookup("homework_to", ("homework_to",)),
    ),
    order=("day", "bell"),
    closes_with="journal",
)
COLUMNS = Aggregate(
    "journal_column",
    journal.Column,
    ("id",),
    (Lookup("journal", ("journal",)), Lookup("lesson", ("lesson",))),
    closes_with="journal",
)
MARKS = Aggregate(
    "mark",
    journal.Mark,
    ("journal", "column", "pupil"),
    (
        Lookup("journal", ("journal",)),
        Lookup("pupil", ("pupil", "day"), ranged=True),
        Lookup("undated", ("pupil", "day")),
    ),
    poured_by="pupil",
    closes_with="journal",
)
ABSENCES = Aggregate(
    "absence",
    attendance.Absence,
    ("journal", "lesson", "pupil"),
    (Lookup("journal", ("journal",)), Lookup("pupil", ("pupil", "day"), ranged=True)),
    closes_with="journal",
)
CURSORS = Aggregate(
    "cursor",
    ledger.Cursor,
    ("consumer",),
    (Lookup("consumer", ("consumer",), across=True),),
    ledgered=False,
)
IMPORTS = Aggregate("import", imports.Import, ("id",), order=("begun_at",))
PERIOD_LOCKS = Aggregate(
    "period_lock", closing.PeriodLock, ("id",), (Lookup("semester", ("year", "semester")),)
)
INSPECTION_NOTES = Aggregate(
    "inspection_note",
    inspecting.InspectionNote,
    ("id",),
    (Lookup("journal", ("journal",)),),
    order=("day",),
)
ELECTRONIC_DOCUMENTS = Aggregate("electronic_document", documents.ElectronicDocument, ("kind",))
TIMETABLES = Aggregate(
    "timetable", timetable.Timetable, ("id",), (Lookup("year", ("year",)),), order=("since",)
)
CLASS_TIMETABLES = Aggregate(
    "class_timetable",
    timetable.ClassTimetable,
    ("timetable", "school_class"),
    (Lookup("timetable", ("timetable",)),),
)
CLASS_HOURS = Aggregate("class_hours", timetable.ClassHours, ("school_class",))
TIMETABLE_EXCEPTIONS = Aggregate(
    "timetable_exception",
    timetable.TimetableException,
    ("id",),
    (Lookup("year", ("year",)),),
)
SUBSTITUTIONS = Aggregate(
    "substitution",
    substitution.Substitution,
    ("id",),
    (
        Lookup("year", ("year", "day"), ranged=True),
        Lookup("substitute", ("substitute", "day"), ranged=True),
    ),
    order=("day", "bell"),
)
EXCUSES = Aggregate(
    "excuse",
    excuses.Excuse,
    ("id",),
    (Lookup("pupil", ("pupil", "last_day"), ranged=True), Lookup("state", ("state",))),
    order=("first_day",),
)
ABSENCE_ALERTS = Aggregate(
    "absence_alert",
    absence_alerts.AbsenceAlert,
    ("id",),
    (Lookup("pupil", ("pupil",)), Lookup("waiting", ("acknowledged_at",))),
    unique=(("pupil", "first_day"),),
    order=("raised_at",),
)

PUBLICATIONS = Aggregate("publication", publishing.Publication, ("column",))
WEEK_SIGNATURES = Aggregate(
    "week_signature",
    diary_news.WeekSignature,
    ("pupil", "guardian", "week"),
    (Lookup("pupil", ("pupil",)),),
    order=("week",),
)
DIARY_LOOKS = Aggregate(
    "diary_look", diary_news.DiaryLook, ("pupil", "guardian"), (Lookup("pupil", ("pupil",)),)
)
SUGGESTIONS = Aggregate(
    "suggestion",
    assessment.Suggestion,
    ("journal", "column", "pupil"),
    (Lookup("column", ("column",)),),
    closes_with="journal",
)
TRANSFER_RECORDS = Aggregate(
    "transfer_record",
    transfers.TransferRecord,
    ("id",),
    (Lookup("pupil", ("pupil",)), Lookup("sha256", ("sha256",))),
    unique=(("sha256",),),
)
ROLLOVERS = Aggregate(
    "rollover",
    rollover.Rollover,
    ("id",),
    (Lookup("plan", ("plan",)),),
    unique=(("plan",),),
    order=("applied_at",),
)
MERGES = Aggregate(
    "merge",
    merging.Merge,
    ("id",),
    (Lookup("kept", ("kept",)), Lookup("merged", ("merged",))),
    order=("applied_at",),
)
REVISION_PROPOSALS = Aggregate(
    "revision_proposal",
    correcting.RevisionProposal,
    ("id",),
    (
        Lookup("journal", ("journal",)),
        Lookup("pupil", ("pupil",)),
        Lookup("state", ("state",)),
    ),
)
CORRECTION_REQUESTS = Aggregate(
    "correction_request",
    correcting.CorrectionRequest,
    ("id",),
    (
        Lookup("journal", ("journal",)),
        Lookup("pupil", ("pupil",)),
        Lookup("state", ("state",)),
    ),
)

REQUESTS = Aggregate(
    "access_request",
    connection.AccessRequest,
    ("id",),
    (
        Lookup("diso_id", ("diso_id", "is_open")),
        Lookup("edrpou", ("edrpou", "is_open")),
        Lookup("state", ("state",)),
        Lookup("linked_to", ("linked_to",)),
    ),
    derived=("diso_id", "edrpou", "is_open"),
)
MESSAGES = Aggregate(
    "received_message",
    connection.ReceivedMessage,
    ("message_id",),
    (Lookup("request", ("request",)),),
    order=("received_at",),
)
DIRECTORY = Aggregate(
    "directory_entry",
    directory.DirectoryEntry,
    ("diso_id",),
    (Lookup("edrpou", ("edrpou",)), Lookup("authority", ("authority",))),
)
AUTHORITIES = Aggregate(
    "authority",
    directory.Authority,
    ("id",),
    (Lookup("code", ("code",)), Lookup("parent", ("parent",))),
    unique=(("code",),),
)
AUTHORITY_GRANTS = Aggregate(
    "authority_grant",
    access.AuthorityGrant,
    ("id",),
    (Lookup("account", ("account",)), Lookup("role", ("role",))),
)
ACCOUNTS = Aggregate("account", access.Account, ("id",))
BINDINGS = Aggregate(
    "binding",
    access.Binding,
    ("account", "scheme"),
    (Lookup("identity", ("scheme", "subject")),),
    unique=(("scheme", "subject"),),
)
CREDENTIALS = Aggregate("credential", access.Credential, ("login",), ledgered=False)
THROTTLES = Aggregate("throttle", access.Throttle, ("name",), ledgered=False)

SCHOOL_AGGREGATES: tuple[Aggregate[Any], ...] = (
    SCHOOLS,
    GRANTS,
    INVITATIONS,
    LETTERS,
    DELIVERIES,
    YEARS,
    CLASSES,
    SUBGROUPS,
    SUBJECTS,
    STAFF,
    PUPILS,
    GUARDIANS,
    GUARDIANSHIPS,
    ENROLMENTS,
    JOURNALS,
    LESSONS,
    COLUMNS,
    MARKS,
    ABSENCES,
    CURSORS,
    IMPORTS,
    PERIOD_LOCKS,
    INSPECTION_NOTES,
    ELECTRONIC_DOCUMENTS,
    TIMETABLES,
    CLASS_TIMETABLES,
    CLASS_HOURS,
    TIMETABLE_EXCEPTIONS,
    SUBSTITUTIONS,
    EXCUSES,
    ABSENCE_ALERTS,
    PUBLICATIONS,
    WEEK_SIGNATURES,
    DIARY_LOOKS,
    SUGGESTIONS,
    TRANSFER_RECORDS,
    ROLLOVERS,
    MERGES,
    REVISION_PROPOSALS,
    CORRECTION_REQUESTS,
)

REGISTRY_AGGREGATES: tuple[Aggregate[Any], ...] = (
    REQUESTS,
    MESSAGES,
    DIRECTORY,
    AUTHORITIES,
    AUTHORITY_GRANTS,
    ACCOUNTS,
    BINDINGS,
    CREDENTIALS,
    THROTTLES,
)

AGGREGATES: tuple[Aggregate[Any], ...] = (*SCHOOL_AGGREGATES, *REGISTRY_AGGREGATES)
"""Letters, deliveries and cursors lie in the chain they are about, a school's or the registry's."""
