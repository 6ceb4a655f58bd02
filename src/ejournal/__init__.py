"""Ukraine's free state school e-journal as a library.

The names below are found when they are first asked for: importing the package loads nothing of
it. Use cases are imported from their modules, as in
`from ejournal.usecases.marking import give_mark`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ejournal.adapters.memory import MemoryStore
    from ejournal.errors import EjournalError, Fault, Refusal
    from ejournal.ids import parse_id, spell_id
    from ejournal.model.access import Account, Actor, Cabinet, Grant, Invitation, System, Verified
    from ejournal.model.assessment import Calculation, Suggestion
    from ejournal.model.attendance import Absence
    from ejournal.model.calendar import Bell, Holiday, Period, SchoolYear, Semester, StudyForm
    from ejournal.model.classes import Assessment, SchoolClass, Subgroup, Subject
    from ejournal.model.closing import PeriodLock
    from ejournal.model.connection import AccessRequest, RequestState, SchoolDecision
    from ejournal.model.correcting import CorrectionRequest, MarkRevision, RevisionKind
    from ejournal.model.diary import DiaryWeek
    from ejournal.model.excuses import Excuse
    from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, Email, PersonName, Region
    from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark
    from ejournal.model.ledger import Entry, Event, Finding, Seal
    from ejournal.model.marks import AbsenceCode, Credit, Final, Grade, Level, MarkValue, Sign
    from ejournal.model.page import JournalPage
    from ejournal.model.people import Enrolment, Guardian, Guardianship, Pupil, Relation, Staff
    from ejournal.model.permissions import Action, Role
    from ejournal.model.request_items import RequestItems
    from ejournal.model.school import School
    from ejournal.model.substitution import Substitution
    from ejournal.model.timetable import Timetable, TimetableEntry
    from ejournal.ports import Policies
    from ejournal.rules.packs import RulePack
    from ejournal.store import RegistryUnit, SchoolUnit, Store
else:
    # Hidden from type checkers, which would take any name for one of these.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value


__version__ = "0.1.0"

__all__ = [
    "Absence",
    "AbsenceCode",
    "AccessRequest",
    "Account",
    "Action",
    "Actor",
    "Assessment",
    "Bell",
    "Cabinet",
    "Calculation",
    "ClassLabel",
    "Column",
    "ColumnKind",
    "CorrectionRequest",
    "Credit",
    "DiaryWeek",
    "DisoId",
    "Edrpou",
    "EjournalError",
    "Email",
    "Enrolment",
    "Entry",
    "Event",
    "Excuse",
    "Fault",
    "Final",
    "Finding",
    "Grade",
    "Grant",
    "Guardian",
    "Guardianship",
    "Holiday",
    "Invitation",
    "Journal",
    "JournalPage",
    "Lesson",
    "Level",
    "Mark",
    "MarkRevision",
    "MarkValue",
    "MemoryStore",
    "Period",
    "PeriodLock",
    "PersonName",
    "Policies",
    "Pupil",
    "Refusal",
    "Region",
    "RegistryUnit",
    "Relation",
    "RequestItems",
    "RequestState",
    "RevisionKind",
    "Role",
    "RulePack",
    "School",
    "SchoolClass",
    "SchoolDecision",
    "SchoolUnit",
    "SchoolYear",
    "Seal",
    "Semester",
    "Sign",
    "Staff",
    "Store",
    "StudyForm",
    "Subgroup",
    "Subject",
    "Substitution",
    "Suggestion",
    "System",
    "Timetable",
    "TimetableEntry",
    "Verified",
    "open",
    "parse_id",
    "spell_id",
]

_NAMES_IN = {
    "adapters.memory": "MemoryStore",
    "errors": "EjournalError Fault Refusal",
    "ids": "parse_id spell_id",
    "model.access": "Account Actor Cabinet Grant Invitation System Verified",
    "model.assessment": "Calculation Suggestion",
    "model.attendance": "Absence",
    "model.calendar": "Bell Holiday Period SchoolYear Semester StudyForm",
    "model.classes": "Assessment SchoolClass Subgroup Subject",
    "model.closing": "PeriodLock",
    "model.connection": "AccessRequest RequestState SchoolDecision",
    "model.correcting": "CorrectionRequest MarkRevision RevisionKind",
    "model.diary": "DiaryWeek",
    "model.excuses": "Excuse",
    "model.identifiers": "ClassLabel DisoId Edrpou Email PersonName Region",
    "model.journal": "Column ColumnKind Journal Lesson Mark",
    "model.ledger": "Entry Event Finding Seal",
    "model.marks": "AbsenceCode Credit Final Grade Level MarkValue Sign",
    "model.page": "JournalPage",
    "model.people": "Enrolment Guardian Guardianship Pupil Relation Staff",
    "model.permissions": "Action Role",
    "model.request_items": "RequestItems",
    "model.school": "School",
    "model.substitution": "Substitution",
    "model.timetable": "Timetable TimetableEntry",
    "ports": "Policies",
    "rules.packs": "RulePack",
    "store": "RegistryUnit SchoolUnit Store",
}
_HOME = {name: f"ejournal.{home}" for home, names in _NAMES_IN.items() for name in names.split()}


def open(url: str) -> Store:  # noqa: A001 - as `gzip.open` and its like
    """Return the store that a URL names, under the policies of the installed plug-ins.

    `memory:`, `sqlite:///path`, `postgresql://user@host/database` and `mongodb://host/database` are
    built in. No table is created: a new database is given its tables by `SqlStore.create_tables`,
    its collections by `MongoStore.create_collections`, both by `ejournal init` or by the host's
    migrations. Raises `NotOffered` for a scheme that nobody offers, and `PluginMisbehaved`.
    """
    from ejournal.plugins import load

    return load().store(url)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
