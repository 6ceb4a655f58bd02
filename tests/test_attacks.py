"""What somebody tried against the library, and what it must do instead."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from traceback import format_exception

import pytest
import sqlalchemy as sa
from attrs import evolve
from connecting_steps import institute, taken
from small_school import ID, MONDAY, SmallSchool, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.codec import shape_of
from ejournal.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotAllowedHere,
    SchemaMismatch,
    Stale,
    Unavailable,
    Unreadable,
)
from ejournal.ids import AccountId, GrantId, LessonId, SchoolId, StaffId
from ejournal.model.access import Actor, Credential, Grant, System, Throttle
from ejournal.model.catalogue import SUBJECTS
from ejournal.model.events import StaffAdded
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import ColumnKind, Lesson
from ejournal.model.ledger import Cursor, Flaw
from ejournal.model.marks import Grade
from ejournal.model.people import Staff
from ejournal.model.permissions import Role
from ejournal.plugins.files import CsvExporter
from ejournal.ports import Posted
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.connecting import reject, withdraw
from ejournal.usecases.founding import add_staff
from ejournal.usecases.inviting import end_grant
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import journal_page
from ejournal.usecases.teaching import add_column, describe_lesson, hold_lesson, set_homework

OUTER = PersonName("Зовнішня", "Анна")
INNER = PersonName("Внутрішня", "Ганна")


def names_of_staff(school: SmallSchool) -> set[PersonName]:
    with school.store.reading(ID, school.admin) as unit:
        return {staff.name for staff in unit.staff.all()}


def sound(store: Store) -> bool:
    return not store.verify(ID) and not store.audit(ID)


def test_a_unit_inside_a_unit_of_the_same_thread_loses_nothing() -> None:
    school = furnished(MemoryStore())
    before = names_of_staff(school)
    with school.store.school(ID, school.admin) as unit:
        add_staff(unit, OUTER)
        with pytest.raises(Unavailable):
            school.run(school.admin, add_staff, INNER)
    assert names_of_staff(school) == before | {OUTER}
    school.run(school.admin, add_staff, INNER)
    assert names_of_staff(school) == before | {OUTER, INNER}
    assert sound(school.store)


def test_a_unit_that_is_kept_after_its_end_answers_and_changes_nothing(store: Store) -> None:
    school = furnished(store)
    before = names_of_staff(school)
    with store.school(ID, school.admin) as writer:
        add_staff(writer, OUTER)
    with store.registry(school.admin) as registry:
        inner = registry.school(ID)
        beside = registry.reading(ID)
    with store.housekeeping(System("host")) as keeper:
        of_school = keeper.of(ID)

    acts: list[Callable[[], object]] = [
        lambda: writer.staff.add(Staff(StaffId(1), INNER)),
        lambda: writer.record(StaffAdded(StaffId(1))),
        lambda: list(writer.staff.all()),
        lambda: inner.staff.add(Staff(StaffId(1), INNER)),
        lambda: list(beside.staff.all()),
        lambda: of_school.cursors.add(Cursor("host", 1)),
    ]
    for act in acts:
        with pytest.raises(NotAllowedHere) as refused:
            act()
        assert refused.value == NotAllowedHere("unit", "over")
    assert names_of_staff(school) == before | {OUTER}
    assert sound(store)


def test_what_made_nothing_is_done_once_too(store: Store) -> None:
    school = furnished(store)

    def added(unit: SchoolUnit) -> None:
        add_staff(unit, OUTER)

    store.run_once("key-1", ID, school.admin, added)
    store.run_once("key-1", ID, school.admin, added)
    with store.reading(ID, school.admin) as unit:
        assert [staff.name for staff in unit.staff.all()].count(OUTER) == 1


def test_threads_share_a_database_in_memory() -> None:
    store = SqlStore.open("sqlite:///:memory:")
    store.create_tables()
    school = furnished(store)
    with ThreadPoolExecutor(4) as threads:
        added = [threads.submit(school.run, school.admin, add_staff, OUTER) for _ in range(20)]
        kept = {future.result().id for future in added}
    with store.reading(ID, school.admin) as unit:
        assert kept <= {staff.id for staff in unit.staff.all()}
    assert sound(store)
    store.dispose()


@pytest.mark.parametrize("host", [True, False], ids=["the host's engine", "our own"])
def test_no_name_stands_in_the_traceback_of_a_failed_statement(
    tmp_path: Path, *, host: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'ejournal.db'}"
    store = SqlStore(configure_sqlite(sa.create_engine(url))) if host else SqlStore.open(url)
    store.create_tables()
    school = furnished(store)
    with pytest.raises(Duplicate) as twice, store.school(ID, school.admin) as unit:
        unit.staff.add(school.things.main)
    store.tables.metadata.drop_all(store.engine)
    with pytest.raises(SchemaMismatch) as gone:
        school.run(school.admin, add_staff, OUTER)
    store.dispose()
    shown = "".join(line for error in (twice, gone) for line in format_exception(error.value))
    assert school.things.main.name.family not in shown
    assert OUTER.family not in shown


def test_a_file_that_is_no_database_is_named_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "ejournal.db"
    file.write_bytes(b"not a database" * 100)
    store = SqlStore.open(f"sqlite:///{file}")
    with pytest.raises(Unreadable, match="not a database"):
        store.heads()
    store.dispose()


@pytest.fixture
def school(store: Store) -> SmallSchool:
    return furnished(store)


def lesson_of(school: SmallSchool, teacher: Actor) -> Lesson:
    return school.run(teacher, hold_lesson, school.things.journal.id, day=MONDAY, bell=1)


def test_text_that_no_storage_keeps_is_refused_unquoted(school: SmallSchool) -> None:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    lesson = lesson_of(school, teacher)
    with school.store.reading(ID, teacher) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
    ada = school.things.ada.id
    with pytest.raises(Invalid, match="not shown"):
        school.run(
            teacher, give_mark, column.id, pupil=ada, value=Grade(7), comment="Таємне \ud800"
        )
    with pytest.raises(Invalid, match="not shown"):
        school.run(teacher, set_homework, lesson.id, "Таємне \ud800")
    with school.store.browsing(teacher) as registry, pytest.raises(Invalid, match="not shown"):
        registry.messages.find("\ud800")
    assert sound(school.store)


@pytest.mark.parametrize("number", [2**53, 2**64, 10**30])
def test_a_number_beyond_what_is_kept_is_refused(school: SmallSchool, number: int) -> None:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    lesson = lesson_of(school, teacher)
    with pytest.raises(Invalid, match="out of range"):
        school.run(teacher, describe_lesson, lesson.id, "Дроби", number)
    with pytest.raises(Missing if number < 2**63 else Invalid):
        school.run(teacher, describe_lesson, LessonId(number), "Дроби")
    assert sound(school.store)


def test_the_audit_finds_a_number_beyond_what_is_kept(tmp_path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{tmp_path / 'ejournal.db'}")
    store.create_tables()
    school = furnished(store)
    lesson = lesson_of(school, school.actor(Role.SUBJECT_TEACHER, school.things.main.id))
    with store.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE ejournal_lesson SET plan_no = {2**60}"))
    (found,) = store.audit(ID)
    assert (found.flaw, found.seq) == (Flaw.ALTERED, lesson.version)
    store.dispose()


def test_a_spreadsheet_that_divides_at_semicolons_is_given_no_formula(school: SmallSchool) -> None:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    journal = school.things.journal.id
    for title in ("=1+1", "a;=1+1", 'a\t"@b', "a; -1", "п'ять = 5; 2+3"):
        school.run(teacher, add_column, journal, ColumnKind.THEMATIC, title=title)
    page = school.run(teacher, journal_page, journal)
    (heading, *_) = b"".join(CsvExporter().export(page)).decode("utf-8-sig").splitlines()
    titles = ["'=1+1", "a;'=1+1", """a\t'"@b""", "a;' -1", "п'ять = 5; 2+3"]
    assert next(csv.reader([heading]))[-5:] == titles


def test_a_representation_shows_no_secret() -> None:
    shown = repr(
        (
            Invalid("email", "secret", "pattern", personal=True),
            Credential("login@example.com", "secret"),
            Posted("<1@example.com>", "a@example.com", "b@example.com", b"secret"),
        )
    )
    assert "secret" not in shown
    assert (
        repr(Invalid("email", "shown", "pattern"))
        == "Invalid('email', 'shown', 'pattern', personal=False)"
    )


def test_a_refused_letter_leaves_nothing_to_deliver(store: Store) -> None:
    """A caller may go on in the unit after a refusal, as when rows of a file are taken in turn."""
    operator = institute(store)
    request = taken(store, operator)
    with store.registry(operator) as unit:
        with pytest.raises(Invalid):
            reject(unit, request.id, reason="Ні \ud800")
        withdraw(unit, request.id)
    with store.browsing(operator) as unit:
        written = {letter.id for letter in unit.letters.all()}
        assert {delivery.letter for delivery in unit.deliveries.all()} == written


def test_a_schools_unit_asks_nothing_of_other_schools(school: SmallSchool) -> None:
    with (
        school.store.reading(ID, school.admin) as unit,
        pytest.raises(NotAllowedHere, match="only the registry"),
    ):
        unit.deliveries.due(unit.now)


def test_who_has_lost_the_role_since_is_shown_nothing_for_the_key(school: SmallSchool) -> None:
    deputy = school.actor(Role.SCHOOL_ADMIN, school.things.main.id)
    school.store.run_once("key-1", ID, deputy, add_staff, OUTER)
    with school.store.reading(ID, school.admin) as unit:
        (grant,) = unit.grants.of_account(deputy.account)
    school.run(school.admin, end_grant, grant.id)
    with pytest.raises(Forbidden, match="no grant in force"):
        school.store.run_once("key-1", ID, deputy, add_staff, OUTER)


@pytest.mark.parametrize(
    ("key", "refusal"),
    [
        ("", Invalid("once", "", "length")),
        ("к" * 201, Invalid("once", "к" * 200, "length")),
        ("a\0", Invalid("once", "a\0", "alphabet")),
        ("a\udc80", Invalid("text", "", "alphabet", personal=True)),
    ],
    ids=["empty", "long", "NUL", "surrogate"],
)
def test_a_key_that_not_every_storage_keeps_is_refused(
    store: Store, key: str, refusal: Invalid
) -> None:
    with pytest.raises(Invalid) as refused:
        store.run_once(key, ID, System("host"), lambda unit: unit.schools.find(ID))
    assert refused.value == refusal


def test_the_longest_key_is_kept_by_every_storage(school: SmallSchool) -> None:
    key = "".join(chr(0x10000 + 7919 * number % 0x100000) for number in range(200))
    first = school.store.run_once(key, ID, school.admin, add_staff, OUTER)
    assert school.store.run_once(key, ID, school.admin, add_staff, INNER) == first


def test_a_school_that_cannot_be_is_refused_by_every_storage(store: Store) -> None:
    for number in (-1, 2**63):
        with pytest.raises(Invalid) as refused, store.school(SchoolId(number), System("host")):
            pytest.fail("it was opened")
        assert refused.value == Invalid("school", str(number), "range")


def test_an_instant_of_any_zone_is_kept_as_the_same_moment(school: SmallSchool) -> None:
    kyiv = datetime(2026, 9, 7, 10, 0, 0, 123_456, timezone(timedelta(hours=3)))

    def grant(unit: SchoolUnit) -> GrantId:
        number = GrantId(unit.new_id())
        unit.grants.add(Grant(number, Role.DIRECTOR, frozenset(), AccountId(1), None, kyiv))
        unit.record(StaffAdded(StaffId(1)))
        return number

    number = school.run(school.admin, grant)
    with school.store.reading(ID, school.admin) as unit:
        since = unit.grants.get(number).since
    assert since.isoformat() == "2026-09-07T07:00:00.123000+00:00"
    assert sound(school.store)


def test_a_login_is_not_told_by_who_was_second_to_keep_it(store: Store) -> None:
    with store.housekeeping(System("host")) as unit:
        unit.throttles.add(Throttle("o.zovnishnia@example.com", 1, unit.now))
        with pytest.raises(Duplicate) as refused:
            unit.throttles.add(Throttle("o.zovnishnia@example.com", 1, unit.now))
    assert refused.value == Duplicate("throttle", ("name",), ("(not shown)",))


def test_what_is_stored_is_not_shown_with_who_saved_second(school: SmallSchool) -> None:
    staff = school.run(school.admin, add_staff, OUTER)

    def save(unit: SchoolUnit) -> None:
        unit.staff.save(evolve(staff, name=INNER))
        unit.record(StaffAdded(staff.id))

    school.run(school.admin, save)
    with pytest.raises(Stale) as stale:
        school.run(school.admin, save)
    assert INNER.family not in repr(stale.value)
    assert stale.value.current == evolve(staff, name=INNER, version=staff.version + 1)


def test_a_value_that_cannot_be_read_is_not_in_the_traceback(tmp_path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{tmp_path / 'ejournal.db'}")
    store.create_tables()
    school = furnished(store)
    table = store.tables.of(shape_of(SUBJECTS).table)
    with store.engine.begin() as connection:
        connection.execute(table.update().values(assessed=OUTER.family))
    with (
        store.reading(ID, school.admin) as unit,
        pytest.raises(Unreadable) as unreadable,
    ):
        unit.subjects.get(school.things.algebra.id)
    store.dispose()
    assert OUTER.family not in "".join(format_exception(unreadable.value))


def test_who_repeats_anothers_key_is_shown_nothing(school: SmallSchool) -> None:
    school.store.run_once("key-1", ID, school.admin, add_staff, OUTER)
    parent = school.actor(Role.PARENT, school.things.mother.id)
    for other in (parent, evolve(school.admin, cabinet=parent.cabinet)):
        with pytest.raises(Duplicate):
            school.store.run_once("key-1", ID, other, add_staff, INNER)
    again = school.store.run_once("key-1", ID, school.admin, add_staff, INNER)
    assert again.name == OUTER


def test_a_reader_on_an_engine_left_as_it_is_sees_one_state(tmp_path: Path) -> None:
    ours = SqlStore.open(f"sqlite:///{tmp_path / 'ejournal.db'}")
    ours.create_tables()
    school = furnished(ours)
    theirs = SqlStore(sa.create_engine(f"sqlite:///{tmp_path / 'ejournal.db'}"))
    with theirs.reading(ID, school.admin) as unit:
        before = list(unit.staff.all())
        school.run(school.admin, add_staff, OUTER)
        assert list(unit.staff.all()) == before
    theirs.run(ID, school.admin, add_staff, INNER)
    assert names_of_staff(school) >= {OUTER, INNER}
    assert sound(theirs)
    theirs.dispose()
    ours.dispose()
