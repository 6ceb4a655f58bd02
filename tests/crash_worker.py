"""A process that forks writers and has them killed; `test_crash.py` talks to it by lines of JSON.

It has loaded everything already, so that a writer costs a fork. A writer opens the file, works
step by step, and tells through a pipe the seals of what it was told is committed.
"""

from __future__ import annotations

import itertools
import json
import mmap
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import sqlalchemy as sa
from attrs import define, field, frozen

from ejournal.adapters.sql import SqlStore, configure_sqlite
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
from ejournal.model.identifiers import ClassLabel, Email, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson
from ejournal.model.ledger import Event
from ejournal.model.marks import Grade
from ejournal.model.people import Enrolment, Pupil
from ejournal.model.permissions import Role, rights_of
from ejournal.store import SchoolUnit
from ejournal.store.chain import Chain
from ejournal.usecases.attending import note_absence
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import hold_lesson

SCHOOLS = (SchoolId(11), SchoolId(12))
CHAINS = (REGISTRY, *SCHOOLS)
NOW = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
TODAY = NOW.date()
FIRST_DAY = date(2026, 9, 1)
PUPILS = tuple(PupilId(number) for number in range(501, 504))
TEACHER = StaffId(101)
ACCOUNT = AccountId(5)
TEST = System("test")

OUTSIDE, INSIDE, COMMITTING, FAILED = range(4)


@frozen
class Arranged(Event):
    name: ClassVar[str] = "arranged"


WATCHING: list[Writer] = []


class WatchedCursor(sqlite3.Cursor):
    """Tells the writer at work of each statement, before it is executed and after."""

    def execute(self, text: str, values: Any = (), /) -> Self:  # noqa: ANN401 - sqlite3's
        for writer in WATCHING:
            writer.before_statement(text)
        done = super().execute(text, values)
        for writer in WATCHING:
            writer.after_statement(text)
        return done


class WatchedConnection(sqlite3.Connection):
    def cursor(self, factory: Any = WatchedCursor, /) -> Any:  # noqa: ANN401 - sqlite3's
        return super().cursor(factory)


@define
class Opener:
    """Opens one file after another in one engine, so that statements are compiled once."""

    file: Path
    now: datetime = NOW
    store: SqlStore = field(init=False)

    def __attrs_post_init__(self) -> None:
        engine = sa.create_engine("sqlite://", creator=self._connect, poolclass=sa.QueuePool)
        self.store = SqlStore(configure_sqlite(engine), clock=lambda: self.now)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, factory=WatchedConnection)

    @contextmanager
    def opened(self, file: Path) -> Iterator[SqlStore]:
        """Open a file, and close every connection to it at the end."""
        self.file = file
        try:
            yield self.store
        finally:
            self.store.dispose()


def furnish(opener: Opener, file: Path) -> None:
    """Make a file with two schools of one journal each."""
    with opener.opened(file) as store:
        store.create_tables()
        for school in SCHOOLS:
            with store.school(school, TEST) as unit:
                _furnish(unit)


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
    unit.columns.add(Column(ColumnId(1), JournalId(1), ColumnKind.CURRENT, LessonId(1), TODAY))
    for number, pupil in enumerate(PUPILS):
        unit.pupils.add(Pupil(pupil, PersonName("Швець", "Тарас", "")))
        unit.enrolments.add(
            Enrolment(EnrolmentId(number), pupil, ClassId(1), FIRST_DAY, "17-у", date(2026, 8, 28))
        )
    unit.grants.add(_grant(1, ACCOUNT, TEACHER))
    unit.record(Arranged())


def _grant(number: int, account: AccountId, teacher: StaffId) -> Grant:
    role = Role.SUBJECT_TEACHER
    since = NOW - timedelta(days=1)
    return Grant(GrantId(number), role, rights_of(role), account, PersonId(teacher), since)


def _as_teacher(school: SchoolId) -> Actor:
    return Actor(ACCOUNT, Cabinet(Role.SUBJECT_TEACHER, school, PersonId(TEACHER)))


# A step is one unit of work; it returns the chains it wrote to, whose heads are then committed.


def _mark(store: SqlStore, number: int, school: SchoolId) -> list[Chain]:
    with store.school(school, _as_teacher(school)) as unit:
        pupil = PUPILS[number % 3]
        give_mark(unit, ColumnId(1), pupil=pupil, value=Grade(1 + number % 12), comment="добре")
    return [unit.chain]


def _absence(store: SqlStore, number: int, school: SchoolId) -> list[Chain]:
    with store.school(school, _as_teacher(school)) as unit:
        note_absence(unit, LessonId(1), pupil=PUPILS[number % 3], code=AbsenceCode.ABSENT)
    return [unit.chain]


def _lesson(store: SqlStore, number: int, school: SchoolId) -> list[Chain]:
    day = FIRST_DAY + timedelta(days=number % 100)
    with store.school(school, _as_teacher(school)) as unit:
        hold_lesson(unit, JournalId(1), day=day, bell=2, topic=f"Тема {number}")
    return [unit.chain]


def _account_in_both_schools(store: SqlStore, number: int, _: SchoolId) -> list[Chain]:
    account = AccountId(1000 + number)
    with store.registry(TEST) as unit:
        email = Email(f"person{number}@example.com")
        unit.accounts.add(Account(account, PersonName("Коваль", "Олена", ""), email, NOW))
        unit.record(Arranged())
        for school in SCHOOLS:
            unit.school(school).grants.add(_grant(1000 + number, account, TEACHER))
            unit.school(school).record(Arranged())
    return [unit.chain, *(unit.school(school).chain for school in SCHOOLS)]


Step = Callable[[SqlStore, int, SchoolId], list[Chain]]

STEPS: tuple[tuple[Step, SchoolId], ...] = (
    (_mark, SCHOOLS[0]),
    (_mark, SCHOOLS[1]),
    (_account_in_both_schools, REGISTRY),
    (_lesson, SCHOOLS[0]),
    (_absence, SCHOOLS[1]),
)


def written_by(number: int) -> tuple[SchoolId, ...]:
    """Return the chains to which the step of that number adds one entry each."""
    step, school = STEPS[number % len(STEPS)]
    return CHAINS if step is _account_in_both_schools else (school,)


@define
class Writer:
    """A child at work: it counts the points it passes and dies at one of them, if told to.

    `shown` is memory that the parent reads after its death: whether a transaction was open.
    """

    store: SqlStore
    pipe: int
    shown: mmap.mmap
    die_at: int | None
    points: list[str] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        WATCHING.append(self)
        sa.event.listen(self.store.engine, "commit", self._before_commit)

    def work(self, first: int, steps: int | None = None) -> None:
        """Do steps from that number on, and say after each what was committed."""
        self._say(["ready"])
        for number in itertools.count(first) if steps is None else range(first, first + steps):
            step, school = STEPS[number % len(STEPS)]
            chains = step(self.store, number, school)
            self.shown[0] = OUTSIDE
            self._pass(f"{number} committed")
            self._say(["seals", *((chain.school, *_head(chain)) for chain in chains)])
            self._pass(f"{number} acknowledged")

    def before_statement(self, text: str) -> None:
        self._pass(text.split(" WHERE", maxsplit=1)[0])

    def after_statement(self, text: str) -> None:
        if text.startswith("BEGIN"):
            self.shown[0] = INSIDE

    def _before_commit(self, _: sa.Connection) -> None:
        self._pass("COMMIT")
        self.shown[0] = COMMITTING

    def _pass(self, point: str) -> None:
        self.points.append(point)
        if len(self.points) == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def _say(self, words: list[Any]) -> None:
        os.write(self.pipe, f"{json.dumps(words)}\n".encode())


def _head(chain: Chain) -> tuple[int, str]:
    return chain.head.seq, chain.head.hash


def _child(opener: Opener, order: dict[str, Any], pipe: int, shown: mmap.mmap) -> NoReturn:
    # Every writer makes its identifiers anew: none may begin where an earlier one did.
    opener.now = NOW + timedelta(milliseconds=order["first"])
    try:
        with opener.opened(Path(order["file"])) as store:
            writer = Writer(store, pipe, shown, order.get("die_at"))
            writer.work(order["first"], order.get("steps"))
            os.write(pipe, f"{json.dumps(['points', *writer.points])}\n".encode())
            os._exit(0)
    finally:
        shown[0] = FAILED
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _lines(pipe: int, order: dict[str, Any], child: int) -> Iterator[list[Any]]:
    """Yield what the child says until it dies, killing it in due time."""
    with os.fdopen(pipe) as stream:
        for line in stream:
            words = json.loads(line)
            if words == ["ready"]:
                if "kill_after" in order:
                    time.sleep(order["kill_after"])
                    os.kill(child, signal.SIGKILL)
            else:
                yield words


def attend(opener: Opener, order: dict[str, Any]) -> dict[str, Any]:
    """Fork a writer as ordered, and return what it said and how it ended."""
    shown = mmap.mmap(-1, 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(opener, order, writing, shown)
    os.close(writing)
    said = list(_lines(reading, order, child))
    _, status = os.waitpid(child, 0)
    return {
        "acks": [words[1:] for words in said if words[0] == "seals"],
        "points": next((words[1:] for words in said if words[0] == "points"), []),
        "killed": os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
        "state": shown[0],
    }


def warmed(folder: Path) -> Opener:
    """Return an opener that has done every step once, so that a fork of it can begin at once."""
    opener = Opener(folder / "warm.db")
    furnish(opener, opener.file)
    with opener.opened(opener.file) as store:
        for number, (step, school) in enumerate(STEPS):
            step(store, number, school)
    return opener


if __name__ == "__main__":
    ready = warmed(Path(sys.argv[1]))
    for asked in sys.stdin:
        print(json.dumps(attend(ready, json.loads(asked))), flush=True)
