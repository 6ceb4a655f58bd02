"""Two people at once: whoever rests on what stands no more is told, and no update is lost.

Three clients hold what they have read, some of it long ago, and send changes of one cell or two as
one unit; an importer takes files in. A model keeps what was let in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import ClassVar, TypeAlias

import pytest
from attrs import frozen
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from mongo_stores import Documents, empty
from small_school import ID, MONDAY, SmallSchool, furnished
from stores import emptied

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.errors import Duplicate, Missing, NotAllowedHere, Refusal, Stale, WrongState
from ejournal.ids import IdMaker, LessonId, StaffId, spell_id
from ejournal.model.access import Actor
from ejournal.model.attendance import Absence, AbsenceCode, AbsenceKey
from ejournal.model.class_attendance import SheetEntry
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.journal import ColumnKind, Lesson, Mark, MarkKey
from ejournal.model.marks import Grade, MarkValue
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.attending import (
    daily_sheet,
    fill_daily_sheet,
    note_absence,
    note_late,
    note_remote,
    withdraw_absence,
)
from ejournal.usecases.correcting import propose_revision, revise_mark
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import mark_history
from ejournal.usecases.teaching import add_column, describe_lesson, hold_lesson, set_homework

Key: TypeAlias = MarkKey | AbsenceKey | LessonId
Record: TypeAlias = Mark | Absence | Lesson
Sent: TypeAlias = MarkValue | int | str | MarkRevision
VOID = MarkRevision(RevisionKind.VOID, "помилка")


def found(unit: SchoolUnit, key: Key) -> Record | None:
    if isinstance(key, MarkKey):
        return unit.marks.find(key)
    return unit.absences.find(key) if isinstance(key, AbsenceKey) else unit.lessons.find(key)


def said(record: object) -> object:
    """Return what a record says, as it was sent."""
    match record:
        case Mark():
            return record.value
        case Absence():
            return record.minutes_late
        case Lesson():
            return record.homework
        case _:
            return record


@frozen
class Change:
    """What a client sends for one cell, resting on the version that it holds."""

    key: Key
    sent: Sent
    expected: int

    def by(self, unit: SchoolUnit) -> Record:
        """Ask for it in a unit."""
        match self.key, self.sent:
            case MarkKey(_, column, pupil), MarkRevision() as revision:
                return revise_mark(
                    unit, column, pupil=pupil, revision=revision, expected=self.expected
                )
            case MarkKey(_, column, pupil), Grade() as value:
                return give_mark(unit, column, pupil=pupil, value=value, expected=self.expected)
            case AbsenceKey(_, lesson, pupil), int(minutes):
                return note_late(unit, lesson, pupil=pupil, minutes=minutes, expected=self.expected)
            case int(lesson), str(homework):
                return set_homework(unit, LessonId(lesson), homework, expected=self.expected)
        raise AssertionError(self)


def of_key(key: Key, number: int, expected: int) -> Change:
    if isinstance(key, MarkKey):
        return Change(key, Grade(number), expected)
    return Change(key, number if isinstance(key, AbsenceKey) else f"§ {number}", expected)


def all_of(unit: SchoolUnit, changes: Sequence[Change]) -> list[Record]:
    return [change.by(unit) for change in changes]


def _cells(unit: SchoolUnit, school: SmallSchool) -> list[Key]:
    """Return the cells that are fought about: four marks, two absences, the homework."""
    things = school.things
    lesson = hold_lesson(unit, things.journal.id, day=MONDAY, bell=1)
    columns = [add_column(unit, things.journal.id, ColumnKind.THEMATIC) for _ in range(2)]
    pupils = (things.ada.id, things.lev.id)
    return [
        *(MarkKey(things.journal.id, column.id, pupil) for column in columns for pupil in pupils),
        *(AbsenceKey(things.journal.id, lesson.id, pupil) for pupil in pupils),
        lesson.id,
    ]


CLIENTS, CELLS, MARKS = st.integers(0, 2), st.integers(0, 6), st.integers(0, 3)


class Rivals(RuleBasedStateMachine):
    """Three clients and an importer over one school; see the module. Made by `rivals_over`."""

    open_store: ClassVar[Callable[[], AbstractContextManager[Store]]]

    def __init__(self) -> None:
        super().__init__()
        self._opened = type(self).open_store()
        self.school = furnished(self._opened.__enter__())
        things = self.school.things
        at_school = self.school.actor(Role.SUBJECT_TEACHER, things.main.id)
        at_home = self.school.actor(Role.SUBJECT_TEACHER, things.main.id)
        second = self.school.actor(Role.CO_TEACHER, things.second.id)
        self.clients: list[tuple[Actor, StaffId]] = [
            (at_school, things.main.id),
            (at_home, things.main.id),
            (second, things.second.id),
        ]
        self.keys = self.school.run(at_school, _cells, self.school)
        self.standing = self.read()
        self.told: dict[Key, list[object]] = {key: [] for key in self.keys}
        self.held = [self.versions() for _ in self.clients]

    def read(self) -> dict[Key, Record | None]:
        with self.school.store.reading(ID, self.school.admin) as unit:
            return {key: found(unit, key) for key in self.keys}

    def versions(self) -> dict[Key, int]:
        return {key: 0 if it is None else it.version for key, it in self.standing.items()}

    @rule(client=CLIENTS, cell=CELLS)
    def look(self, client: int, cell: int) -> None:
        """Read one cell again; what was read of the others stays as old as it is."""
        key = self.keys[cell]
        self.held[client][key] = self.versions()[key]

    @rule(
        client=CLIENTS,
        cells=st.lists(CELLS, min_size=1, max_size=2, unique=True),
        number=st.integers(1, 12),
    )
    def submit(self, client: int, cells: list[int], number: int) -> None:
        """Send changes of one cell or two as one unit."""
        keys = [self.keys[cell] for cell in cells]
        self.send(client, [of_key(key, number, self.held[client][key]) for key in keys])

    @rule(client=CLIENTS, cell=MARKS)
    def make_void(self, client: int, cell: int) -> None:
        """Send that a mark does not stand."""
        key = self.keys[cell]
        self.send(client, [Change(key, VOID, self.held[client][key])])

    def send(self, client: int, changes: Sequence[Change]) -> None:
        actor, person = self.clients[client]
        versions = self.versions()
        outdated = [each for each in changes if each.expected != versions[each.key]]
        try:
            kept = self.school.run(actor, all_of, changes)
        except Refusal as refused:
            self.check_refusal(refused, changes, outdated, person)
            assert self.read() == self.standing
            return
        assert outdated == []
        for change, record in zip(changes, kept, strict=True):
            self.standing[change.key] = record
            self.held[client][change.key] = record.version
            self.told[change.key].append(None if change.sent is VOID else change.sent)
        assert self.read() == self.standing

    def check_refusal(
        self,
        refused: Refusal,
        changes: Sequence[Change],
        outdated: Sequence[Change],
        person: StaffId,
    ) -> None:
        """See to it that a conflict tells both values, and that nothing else is in the way."""
        if isinstance(refused, Stale):
            (change,) = (each for each in outdated if refused.key in {each.key, (each.key,)})
            assert refused.current == self.standing[change.key]
            assert said(refused.sent) == change.sent
            return
        assert any(self.is_in_the_way(refused, each, person) for each in changes)

    def is_in_the_way(self, refused: Refusal, change: Change, person: StaffId) -> bool:
        standing = self.standing[change.key]
        if change.sent is VOID:
            if standing is None:
                return isinstance(refused, Missing)
            if isinstance(standing, Mark) and standing.void:
                return isinstance(refused, WrongState | NotAllowedHere)
        others = isinstance(standing, Mark) and not standing.void and standing.author != person
        return others and refused.args[1:] == ("needs-approval",)

    @rule(cells=st.lists(MARKS, min_size=1, max_size=4, unique=True))
    def take_in(self, cells: list[int]) -> None:
        """Import marks from a file: what stands, or stood and is void, is never overwritten."""
        keys = [self.keys[cell] for cell in cells]
        lines = ["column,pupil,value\n"]
        for key in keys:
            assert isinstance(key, MarkKey)
            lines.append(f"{spell_id(key.column)},{spell_id(key.pupil)},3\n")
        taking = self.school.run(self.school.admin, begin_import, "файл")
        result = import_marks(self.school.store, ID, self.school.admin, taking.id, lines)
        free = [key for key in keys if self.standing[key] is None]
        assert result.progress.taken == len(free)
        assert [type(refusal) for _, refusal in result.refusals] == [Duplicate] * (
            len(keys) - len(free)
        )
        now = self.read()
        for key in free:
            self.told[key].append(said(now[key]))
            self.standing[key] = now[key]
        assert now == self.standing

    def teardown(self) -> None:
        """See that the ledger has every update that was let in, in turn, and nothing else."""
        try:
            store = self.school.store
            with store.reading(ID, self.school.actor(Role.INSPECTOR)) as unit:
                for key in self.keys:
                    if isinstance(key, MarkKey) and self.standing[key] is not None:
                        history = [change.new for change in mark_history(unit, key)]
                        assert history[::-1] == self.told[key]
            assert (store.verify(ID), store.audit(ID)) == ([], [])
        finally:
            self._opened.__exit__(None, None, None)


def rivals_over(open_store: Callable[[], AbstractContextManager[Store]]) -> type[Rivals]:
    return type("RivalsOverAStore", (Rivals,), {"open_store": staticmethod(open_store)})


_SQLITE = SqlStore.open("sqlite://")


@contextmanager
def sqlite_in_memory() -> Iterator[Store]:
    _SQLITE.create_tables()
    with emptied(_SQLITE) as store:
        yield store


@contextmanager
def mongodb(documents: Documents) -> Iterator[Store]:
    yield MongoStore(documents, ids=IdMaker())
    empty(documents)


def test_no_update_is_lost_in_memory() -> None:
    machine = rivals_over(lambda: nullcontext(MemoryStore()))
    run_state_machine_as_test(machine, settings=settings(max_examples=60, stateful_step_count=30))


def test_no_update_is_lost_on_sqlite() -> None:
    machine = rivals_over(sqlite_in_memory)
    run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=30))


def test_no_update_is_lost_on_postgresql(postgres_tables: SqlStore) -> None:
    machine = rivals_over(partial(emptied, postgres_tables))
    run_state_machine_as_test(machine, settings=settings(max_examples=4, stateful_step_count=15))


def test_no_update_is_lost_on_mongodb(furnished_documents: Documents) -> None:
    machine = rivals_over(partial(mongodb, furnished_documents))
    run_state_machine_as_test(machine, settings=settings(max_examples=3, stateful_step_count=12))


@pytest.fixture
def furnished_documents(request: pytest.FixtureRequest) -> Documents:
    documents: Documents = request.getfixturevalue("furnished")
    return documents


# Each door by itself


@pytest.fixture
def school() -> SmallSchool:
    return furnished(MemoryStore(ids=IdMaker()))


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def lesson_of(school: SmallSchool, teacher: Actor) -> Lesson:
    return school.run(teacher, hold_lesson, school.things.journal.id, day=MONDAY, bell=1)


def stale(school: SmallSchool, actor: Actor, change: Callable[[SchoolUnit], object]) -> Stale:
    with pytest.raises(Stale) as refused:
        school.run(actor, change)
    return refused.value


def test_a_mark_that_was_given_meanwhile_is_told_with_the_one_that_was_sent(
    school: SmallSchool, teacher: Actor
) -> None:
    ada = school.things.ada.id
    column = school.run(teacher, add_column, school.things.journal.id, ColumnKind.THEMATIC)
    give = partial(give_mark, column=column.id, pupil=ada)
    first = school.run(teacher, give, value=Grade(7), expected=0)
    refused = stale(school, teacher, partial(give, value=Grade(8), expected=0))
    assert (refused.kind, refused.key, refused.current) == ("mark", first.key, first)
    assert isinstance(refused.sent, Mark)
    assert (refused.sent.value, refused.sent.version) == (Grade(8), 0)
    assert refused.retry == "reload"
    assert school.run(teacher, give, value=Grade(8), expected=first.version).value == Grade(8)
    ahead = stale(school, teacher, partial(give, value=Grade(9), expected=first.version))
    assert ahead.current == school.run(teacher, lambda unit: unit.marks.get(first.key))


def test_a_proposal_rests_on_the_mark_that_was_seen(school: SmallSchool, teacher: Actor) -> None:
    ada = school.things.ada.id
    column = school.run(teacher, add_column, school.things.journal.id, ColumnKind.THEMATIC)
    mark = school.run(teacher, give_mark, column.id, pupil=ada, value=Grade(7))
    second = school.actor(Role.CO_TEACHER, school.things.second.id)
    propose = partial(
        propose_revision, column=column.id, pupil=ada, revision=VOID, expected=mark.version - 1
    )
    assert stale(school, second, propose) == Stale("mark", mark.key, mark, VOID)


def test_an_absence_that_was_noted_meanwhile_is_told(school: SmallSchool, teacher: Actor) -> None:
    lesson, ada = lesson_of(school, teacher), school.things.ada.id
    note = partial(note_late, lesson=lesson.id, pupil=ada)
    late = school.run(teacher, note, minutes=5, expected=0)
    again: list[Callable[[SchoolUnit], object]] = [
        partial(note, minutes=9, expected=0),
        partial(note_absence, lesson=lesson.id, pupil=ada, code=AbsenceCode.ILL, expected=0),
        partial(note_remote, lesson=lesson.id, pupil=ada, expected=0),
        partial(withdraw_absence, lesson=lesson.id, pupil=ada, expected=0),
    ]
    for change in again:
        refused = stale(school, teacher, change)
        assert (refused.kind, refused.key, refused.current) == ("absence", late.key, late)
        assert isinstance(refused.sent, Absence)
    school.run(teacher, withdraw_absence, lesson.id, pupil=ada, expected=late.version)


def test_homework_and_topic_that_were_written_meanwhile_are_told(
    school: SmallSchool, teacher: Actor
) -> None:
    lesson = lesson_of(school, teacher)
    set_ = school.run(teacher, set_homework, lesson.id, "§ 1", expected=lesson.version)
    homework = partial(set_homework, lesson=lesson.id, homework="§ 2", expected=lesson.version)
    refused = stale(school, teacher, homework)
    assert (refused.kind, refused.key, refused.current) == ("lesson", (lesson.id,), set_)
    assert said(refused.sent) == "§ 2"
    topic = partial(describe_lesson, lesson=lesson.id, topic="Дроби", expected=lesson.version)
    refused = stale(school, teacher, topic)
    assert isinstance(refused.sent, Lesson)
    assert (refused.current, refused.sent.topic) == (set_, "Дроби")
    assert school.run(teacher, describe_lesson, lesson.id, "Дроби").topic == "Дроби"


def test_a_daily_sheet_that_changed_meanwhile_is_told(school: SmallSchool, teacher: Actor) -> None:
    lesson, things = lesson_of(school, teacher), school.things
    leader = school.actor(Role.CLASS_TEACHER, things.third.id)
    sheet = school.run(leader, daily_sheet, things.school_class.id, MONDAY)
    late = school.run(teacher, note_late, lesson.id, pupil=things.ada.id, minutes=5)
    fill = partial(fill_daily_sheet, school_class=things.school_class.id, day=MONDAY)
    ill = SheetEntry(things.ada.id, AbsenceCode.ILL)
    refused = stale(school, leader, partial(fill, entries=[ill], expected=sheet))
    assert (refused.kind, refused.key, refused.current) == ("absence", late.key, late)
    assert isinstance(refused.sent, Absence)
    assert refused.sent.code is AbsenceCode.ILL
    of_lev = SheetEntry(things.lev.id, AbsenceCode.ILL)
    fresh = school.run(leader, fill, entries=[of_lev], expected=sheet)
    assert school.run(leader, fill, entries=[ill], expected=fresh).day == MONDAY


def test_who_says_nothing_of_what_was_seen_is_not_asked(
    school: SmallSchool, teacher: Actor
) -> None:
    lesson = lesson_of(school, teacher)
    for number in (1, 2):
        school.run(teacher, set_homework, lesson.id, f"§ {number}")
        school.run(teacher, note_late, lesson.id, pupil=school.things.ada.id, minutes=number)
