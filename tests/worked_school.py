"""Two schools and the numbered calls that writers make in them, for tests of what faults leave.

Every call ends with the event `Worked`, which names it, in each chain it writes to: so a ledger
shows which calls are in it, and whether each is in it whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import ClassVar

from attrs import frozen

from ejournal.ids import (
    REGISTRY,
    AccountId,
    ClassId,
    ColumnId,
    EnrolmentId,
    GrantId,
    JournalId,
    LessonId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
    SubjectId,
    YearId,
)
from ejournal.model.access import Account, Actor, Cabinet, Grant, System
from ejournal.model.attendance import AbsenceCode
from ejournal.model.calendar import SchoolYear, Semester, StudyForm, bells
from ejournal.model.classes import SchoolClass, Subject
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.events import AbsenceNoted, LessonHeld, MarkGiven, MarkRevised
from ejournal.model.identifiers import ClassLabel, Email, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, MarkKey
from ejournal.model.ledger import Event, Seal
from ejournal.model.marks import Grade
from ejournal.model.people import Enrolment, Pupil
from ejournal.model.permissions import Role, rights_of
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.chain import Chain
from ejournal.usecases.attending import note_absence
from ejournal.usecases.correcting import revise_mark
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import hold_lesson

SCHOOLS = (SchoolId(11), SchoolId(12))
CHAINS = (REGISTRY, *SCHOOLS)
NOW = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
TODAY = NOW.date()
FIRST_DAY = date(2026, 9, 1)
COLUMN = ColumnId(1)
PUPILS = tuple(PupilId(number) for number in range(501, 504))
TEACHER = StaffId(101)
ACCOUNT = AccountId(5)
TEST = System("test")

KINDS = 5
"""A call is of the kind that its number leaves when divided by this."""

WARM = 30
"""After so many calls from 0 on, no call meets anything for the first time."""

_IN_BOTH = 2


@frozen
class Arranged(Event):
    name: ClassVar[str] = "arranged"


@frozen
class Worked(Event):
    name: ClassVar[str] = "worked"
    number: int


def as_teacher(school: SchoolId) -> Actor:
    return Actor(ACCOUNT, Cabinet(Role.SUBJECT_TEACHER, school, PersonId(TEACHER)))


def furnish(store: Store) -> None:
    """Give each school a journal with a lesson, three pupils and their teacher."""
    for school in SCHOOLS:
        store.run(school, TEST, _furnish)


def _furnish(unit: SchoolUnit) -> None:
    semester = Semester(1, FIRST_DAY, date(2026, 12, 24))
    bell_times = bells(time_of_day(8, 30), breaks=(10, 10, 20, 10))
    unit.years.add(
        SchoolYear(
            YearId(1), StudyForm.IN_PERSON_DAY, FIRST_DAY, date(2027, 6, 30), (semester,), (),
            bell_times,
        )
    )  # fmt: skip
    unit.classes.add(SchoolClass(ClassId(1), YearId(1), ClassLabel(5, "А")))
    unit.subjects.add(Subject(SubjectId(1), "Алгебра"))
    unit.journals.add(Journal(JournalId(1), YearId(1), 1, ClassId(1), SubjectId(1), None, TEACHER))
    unit.lessons.add(Lesson(LessonId(1), JournalId(1), TODAY, 1))
    unit.columns.add(Column(COLUMN, JournalId(1), ColumnKind.CURRENT, LessonId(1), TODAY))
    for number, pupil in enumerate(PUPILS):
        unit.pupils.add(Pupil(pupil, PersonName("Швець", "Тарас", "")))
        unit.enrolments.add(
            Enrolment(EnrolmentId(number), pupil, ClassId(1), FIRST_DAY, "17-у", date(2026, 8, 28))
        )
    unit.grants.add(_grant(1, ACCOUNT))
    unit.record(Arranged())


def _grant(number: int, account: AccountId) -> Grant:
    role = Role.SUBJECT_TEACHER
    since = NOW - timedelta(days=1)
    return Grant(GrantId(number), role, rights_of(role), account, PersonId(TEACHER), since)


def is_keyed(number: int) -> bool:
    """Say whether the call is made by `run_once`, and so may be repeated whatever came of it."""
    return number % KINDS != _IN_BOTH and number % 2 == 1


def in_first_school(number: int) -> bool:
    """Say whether the call is made in the first school, or in both."""
    return number // KINDS % 2 == 0 or number % KINDS == _IN_BOTH


def call(store: Store, number: int) -> tuple[Seal, ...]:
    """Make the call of that number; return the seals of what it wrote, now that it is kept."""
    chains: list[Chain] = []
    school = SCHOOLS[not in_first_school(number)]
    if number % KINDS == _IN_BOTH:
        store.run_registry(TEST, _open_account, number, chains)
    elif is_keyed(number):
        store.run_once(str(number), school, as_teacher(school), _teach, number, chains)
    else:
        store.run(school, as_teacher(school), _teach, number, chains)
    return tuple(Seal(chain.school, chain.head.seq, chain.head.hash) for chain in chains)


def written_by(number: int) -> Mapping[SchoolId, tuple[frozenset[str], ...]]:
    """Return what a whole call adds to each chain: an event, or one of several, after another."""
    worked = frozenset({Worked.name})
    if number % KINDS == _IN_BOTH:
        return dict.fromkeys(CHAINS, (worked,))
    return {SCHOOLS[not in_first_school(number)]: (_TAUGHT[number % KINDS], worked)}


def _teach(unit: SchoolUnit, number: int, chains: list[Chain]) -> None:
    chains[:] = [unit.chain]
    _LESSONS[number % KINDS](unit, number)
    unit.record(Worked(number))


def _mark(unit: SchoolUnit, number: int) -> None:
    pupil, value = PUPILS[number % len(PUPILS)], Grade(1 + number % 12)
    if unit.marks.find(MarkKey(JournalId(1), COLUMN, pupil)) is None:
        give_mark(unit, COLUMN, pupil=pupil, value=value, comment="добре")
    else:
        revision = MarkRevision(RevisionKind.CORRECTION, "описка", value, "добре")
        revise_mark(unit, COLUMN, pupil=pupil, revision=revision)


def _lesson(unit: SchoolUnit, number: int) -> None:
    day = FIRST_DAY + timedelta(days=number % 100)
    hold_lesson(unit, JournalId(1), day=day, bell=2, topic=f"Тема {number}")


def _absence(unit: SchoolUnit, number: int) -> None:
    pupil = PUPILS[number % len(PUPILS)]
    note_absence(unit, LessonId(1), pupil=pupil, code=AbsenceCode.ABSENT)


_MARKED = frozenset({MarkGiven.name, MarkRevised.name})
_LESSONS: Mapping[int, Callable[[SchoolUnit, int], None]] = {
    0: _mark, 1: _mark, 3: _lesson, 4: _absence,
}  # fmt: skip
_TAUGHT: Mapping[int, frozenset[str]] = {
    0: _MARKED, 1: _MARKED, 3: frozenset({LessonHeld.name}), 4: frozenset({AbsenceNoted.name}),
}  # fmt: skip


def _open_account(unit: RegistryUnit, number: int, chains: list[Chain]) -> None:
    """Open an account with a grant in each school."""
    account = AccountId(1000 + number)
    email = Email(f"person{number}@example.com")
    unit.accounts.add(Account(account, PersonName("Коваль", "Олена", ""), email, unit.now))
    unit.record(Worked(number))
    for school in SCHOOLS:
        inside = unit.school(school)
        inside.grants.add(_grant(1000 + number, account))
        inside.record(Worked(number))
    chains[:] = [unit.chain, *(unit.school(school).chain for school in SCHOOLS)]
