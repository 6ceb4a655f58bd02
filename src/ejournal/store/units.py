"""Units of work: one transaction of one school, or of the registry that spans schools.

Writes and the event that accounts for them go into the same transaction. A unit that is left
with writes and no event is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

from attrs import define

from ejournal.errors import Fault
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model import catalogue
from ejournal.model.access import (
    Actor,
    AuthorityGrant,
    Cabinet,
    Credential,
    Grant,
    System,
    Throttle,
)
from ejournal.model.declaration import Aggregate
from ejournal.model.ledger import Event
from ejournal.model.permissions import OUTSIDE_SCHOOLS
from ejournal.ports import Policies, Transaction
from ejournal.store import registry_records, school_records
from ejournal.store.chain import Chain, Circumstances
from ejournal.store.repository import Repository

__all__ = [
    "HousekeepingUnit",
    "RegistryUnit",
    "SchoolUnit",
    "Unit",
    "WrongOrder",
    "grants_held",
    "holding",
    "housekeeping",
]

R = TypeVar("R", bound=Repository[Any, Any])


@define
class WrongOrder(Fault):
    """Schools were opened against the lock order; going on could deadlock."""

    code: ClassVar[str] = "wrong-order"
    texts: ClassVar[tuple[str, str]] = (
        "school {second} was opened after {first}: open schools in the order of their ids",
        "заклад {second} відкрито після {first}: відкривайте за зростанням ідентифікаторів",
    )
    first: int
    second: int


class holding(Generic[R]):  # noqa: N801 - reads as a declaration in a class body
    """A repository of a unit, made when it is first asked for."""

    def __init__(self, repository: type[R], aggregate: Aggregate[Any]) -> None:
        self.repository = repository
        self.aggregate = aggregate

    def __set_name__(self, owner: type[Unit], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, unit: None, owner: type[Unit]) -> holding[R]: ...
    @overload
    def __get__(self, unit: Unit, owner: type[Unit]) -> R: ...
    def __get__(self, unit: Unit | None, owner: type[Unit]) -> holding[R] | R:
        if unit is None:
            return self
        repository = self.repository(unit.chain, self.aggregate)
        unit.__dict__[self._name] = repository
        return repository


class Unit:
    """What every unit carries: who acts, when, under which policies, and the ledger."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    @property
    def actor(self) -> Actor | System:
        """Who acts in this unit."""
        return self.chain.circumstances.actor

    @property
    def now(self) -> datetime:
        """The instant of everything that happens in this unit: aware, UTC, whole milliseconds."""
        return self.chain.circumstances.now

    @property
    def today(self) -> date:
        """The civil date of `now` where the schools are."""
        return self.now.astimezone(self.zone).date()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the schools."""
        return ZoneInfo(self.policies.time_zone)

    @property
    def policies(self) -> Policies:
        """What the host decided and the law may change."""
        return self.chain.circumstances.policies

    def new_id(self) -> int:
        """Return an identifier that was never given before; wrap it in the type it is for."""
        return self.chain.circumstances.new_id()

    def record(self, event: Event) -> None:
        """Account for what was written since the last event, as one entry of the ledger."""
        self.chain.record(event)

    def close(self) -> None:
        """Lay the entries down; the store calls it when the block is left without an error."""
        self.chain.close()

    def end(self) -> None:
        """Refuse whatever is asked from now on; the store calls it when the block was left."""
        self.chain.end()


class SchoolUnit(Unit):
    """One school's records and its ledger; no other school can be seen from here.

    `registry` is the registry's unit where this one was opened from it, in the same transaction.
    """

    registry: RegistryUnit | None

    schools = holding(school_records.Schools, catalogue.SCHOOLS)
    grants = holding(school_records.Grants, catalogue.GRANTS)
    invitations = holding(school_records.Invitations, catalogue.INVITATIONS)
    letters = holding(school_records.Letters, catalogue.LETTERS)
    deliveries = holding(school_records.Deliveries, catalogue.DELIVERIES)
    years = holding(school_records.Years, catalogue.YEARS)
    classes = holding(school_records.Classes, catalogue.CLASSES)
    subgroups = holding(school_records.Subgroups, catalogue.SUBGROUPS)
    subjects = holding(school_records.Subjects, catalogue.SUBJECTS)
    staff = holding(school_records.StaffMembers, catalogue.STAFF)
    pupils = holding(school_records.Pupils, catalogue.PUPILS)
    guardians = holding(school_records.Guardians, catalogue.GUARDIANS)
    guardianships = holding(school_records.Guardianships, catalogue.GUARDIANSHIPS)
    enrolments = holding(school_records.Enrolments, catalogue.ENROLMENTS)
    journals = holding(school_records.Journals, catalogue.JOURNALS)
    lessons = holding(school_records.Lessons, catalogue.LESSONS)
    columns = holding(school_records.Columns, catalogue.COLUMNS)
    marks = holding(school_records.Marks, catalogue.MARKS)
    absences = holding(school_records.Absences, catalogue.ABSENCES)
    imports = holding(school_records.Imports, catalogue.IMPORTS)
    period_locks = holding(school_records.PeriodLocks, catalogue.PERIOD_LOCKS)
    inspection_notes = holding(school_records.InspectionNotes, catalogue.INSPECTION_NOTES)
    electronic_documents = holding(
        school_records.ElectronicDocuments, catalogue.ELECTRONIC_DOCUMENTS
    )
    timetables = holding(school_records.Timetables, catalogue.TIMETABLES)
    class_timetables = holding(school_records.ClassTimetables, catalogue.CLASS_TIMETABLES)
    class_hours = holding(school_records.HoursOfClasses, catalogue.CLASS_HOURS)
    timetable_exceptions = holding(
        school_records.TimetableExceptions, catalogue.TIMETABLE_EXCEPTIONS
    )
    substitutions = holding(school_records.Substitutions, catalogue.SUBSTITUTIONS)
    excuses = holding(school_records.Excuses, catalogue.EXCUSES)
    absence_alerts = holding(school_records.AbsenceAlerts, catalogue.ABSENCE_ALERTS)
    publications = holding(school_records.Publications, catalogue.PUBLICATIONS)
    week_signatures = holding(school_records.WeekSignatures, catalogue.WEEK_SIGNATURES)
    diary_looks = holding(school_records.DiaryLooks, catalogue.DIARY_LOOKS)
    suggestions = holding(school_records.Suggestions, catalogue.SUGGESTIONS)
    transfer_records = holding(school_records.TransferRecords, catalogue.TRANSFER_RECORDS)
    rollovers = holding(school_records.Rollovers, catalogue.ROLLOVERS)
    merges = holding(school_records.Merges, catalogue.MERGES)
    revision_proposals = holding(school_records.RevisionProposals, catalogue.REVISION_PROPOSALS)
    correction_requests = holding(school_records.CorrectionRequests, catalogue.CORRECTION_REQUESTS)

    def __init__(self, chain: Chain, registry: RegistryUnit | None = None) -> None:
        super().__init__(chain)
        self.registry = registry

    @property
    def id(self) -> SchoolId:
        """The school this unit was opened for."""
        return self.chain.school


class RegistryUnit(Unit):
    """What spans schools: requests, the directory, authorities, accounts."""

    requests = holding(registry_records.Requests, catalogue.REQUESTS)
    messages = holding(registry_records.Messages, catalogue.MESSAGES)
    directory = holding(registry_records.Directory, catalogue.DIRECTORY)
    authorities = holding(registry_records.Authorities, catalogue.AUTHORITIES)
    authority_grants = holding(registry_records.AuthorityGrants, catalogue.AUTHORITY_GRANTS)
    accounts = holding(registry_records.Accounts, catalogue.ACCOUNTS)
    bindings = holding(registry_records.Bindings, catalogue.BINDINGS)
    credentials = holding(Repository[str, Credential], catalogue.CREDENTIALS)
    letters = holding(school_records.Letters, catalogue.LETTERS)
    deliveries = holding(school_records.Deliveries, catalogue.DELIVERIES)
    cursors = holding(school_records.Cursors, catalogue.CURSORS)
    schools = holding(registry_records.KnownSchools, catalogue.SCHOOLS)
    school_grants = holding(registry_records.GrantsInSchools, catalogue.GRANTS)

    def __init__(self, chain: Chain) -> None:
        super().__init__(chain)
        self._opened: dict[SchoolId, SchoolUnit] = {}

    def school(self, school: SchoolId) -> SchoolUnit:
        """Open a school's unit in this transaction, or return the one that is open.

        Raises `WrongOrder` if a school with a greater identifier was opened before.
        """
        if school in self._opened:
            return self._opened[school]
        if self._opened and school < max(self._opened):
            raise WrongOrder(max(self._opened), school)
        chain = self.chain.beside(school, writing=self.chain.writing)
        self._opened[school] = SchoolUnit(chain, self)
        return self._opened[school]

    def reading(self, school: SchoolId) -> SchoolUnit:
        """Return a school's unit that only reads: no lock is taken, and the order is free."""
        return SchoolUnit(self.chain.beside(school, writing=False), self)

    def close(self) -> None:
        """Lay down the entries of the registry and of every school that was opened."""
        super().close()
        for unit in self._opened.values():
            unit.close()


class HousekeepingUnit(Unit):
    """Records outside the ledger, which change without taking a school's head.

    Delivery leases, throttle counters and cursors are saved by comparing versions: of two who take
    the same lease, the second gets `Stale`.
    """

    throttles = holding(Repository[str, Throttle], catalogue.THROTTLES)
    deliveries = holding(school_records.Deliveries, catalogue.DELIVERIES)
    cursors = holding(school_records.Cursors, catalogue.CURSORS)

    def of(self, school: SchoolId) -> HousekeepingUnit:
        """Return the same unit with the records of that school at hand."""
        chain = self.chain.beside(school, writing=self.chain.writing, locking=False)
        return HousekeepingUnit(chain)


def grants_held(unit: SchoolUnit | RegistryUnit, actor: Actor) -> Iterator[Grant | AuthorityGrant]:
    """Yield the grants in force of the very cabinet the actor says to be in.

    A role is held where it belongs: a grant of a school's role outside schools opens nothing, nor
    does the reverse.
    """
    cabinet = actor.cabinet
    outside = cabinet.role in OUTSIDE_SCHOOLS
    if isinstance(unit, SchoolUnit) and not outside:
        for grant in unit.grants.of_account(actor.account):
            if Cabinet(grant.role, unit.id, grant.person) == cabinet and grant.holds(unit.now):
                yield grant
    registry = unit.registry if isinstance(unit, SchoolUnit) else unit
    if registry is not None and outside:
        for held in registry.authority_grants.of_account(actor.account):
            above = Cabinet(held.role, authority=held.authority)
            if above == cabinet and held.holds(unit.now):
                yield held


def housekeeping(transaction: Transaction, circumstances: Circumstances) -> HousekeepingUnit:
    """Return the unit for records outside the ledger, opened on the registry's."""
    return HousekeepingUnit(Chain(REGISTRY, transaction, circumstances, locking=False))
