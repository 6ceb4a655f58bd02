"""A unit inside the host's own transaction, which only the host begins and ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
import sqlalchemy as sa
from attrs import define
from own_databases import libpq
from sqlalchemy.orm import Session, registry, scoped_session, sessionmaker
from stores import emptied

from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.errors import Duplicate, Invalid, NotAllowedHere, Unavailable, Unrecorded
from ejournal.ids import SchoolId, SubjectId
from ejournal.model.access import System
from ejournal.model.classes import Subject
from ejournal.model.ledger import Event
from ejournal.store import SchoolUnit, proof
from ejournal.store.chain import Overlapping
from ejournal.store.units import WrongOrder

SCHOOL, OTHER = SchoolId(5), SchoolId(6)
HOST = System("host")


class SubjectAdded(Event):
    name: ClassVar[str] = "subject-added"


def add_subject(unit: SchoolUnit, number: int) -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(number), "Алгебра"))
    unit.record(SubjectAdded())
    return kept


@define
class Embedded:
    """A host's database with a table of its own beside those of a store."""

    store: SqlStore
    menu: sa.Table

    @property
    def engine(self) -> sa.Engine:
        return self.store.engine

    def dishes(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.scalars(sa.select(self.menu.c.dish).order_by(self.menu.c.dish)))

    def seq(self, school: SchoolId = SCHOOL) -> int:
        heads = self.store.heads()
        return heads[school].seq if school in heads else 0

    def sound(self) -> bool:
        return all(self.store.verify(at) == self.store.audit(at) == [] for at in (SCHOOL, OTHER))


@contextmanager
def embedded(store: SqlStore) -> Iterator[Embedded]:
    menu = sa.Table("canteen_menu", sa.MetaData(), sa.Column("dish", sa.Text, primary_key=True))
    menu.create(store.engine)
    try:
        yield Embedded(store, menu)
    finally:
        menu.drop(store.engine)


@pytest.fixture(params=["sqlite", "sqlite as it is", "postgresql"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedded]:
    if request.param == "postgresql":
        made = request.getfixturevalue("postgres_tables")
        with emptied(made) as store, embedded(store) as host:
            yield host
        return
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db", connect_args={"timeout": 1})
    if request.param == "sqlite":
        configure_sqlite(engine)
    store = SqlStore(engine)
    store.create_tables()
    with embedded(store) as host:
        yield host
    engine.dispose()


Begin = Callable[[Embedded], AbstractContextManager[Any]]


def connection_of(host: Embedded) -> AbstractContextManager[Any]:
    return host.engine.begin()


@contextmanager
def session_of(host: Embedded) -> Iterator[Session]:
    with Session(host.engine) as session:
        yield session
        session.commit()


class Driver:
    """A connection of the driver's own, as a host without SQLAlchemy has it."""

    def __init__(self, host: Embedded) -> None:
        url = host.engine.url
        self.dialect = url.get_backend_name()
        self.raw: Any = (
            sqlite3.connect(str(url.database), timeout=1)
            if self.dialect == "sqlite"
            else psycopg.connect(libpq(url.render_as_string(hide_password=False)))
        )

    def execute(self, statement: sa.Insert) -> None:
        compiled = statement.compile(compile_kwargs={"literal_binds": True})
        self.raw.cursor().execute(str(compiled))


@contextmanager
def driver_of(host: Embedded) -> Iterator[Driver]:
    driver = Driver(host)
    try:
        yield driver
        driver.raw.commit()
    finally:
        driver.raw.close()


def joined(
    host: Embedded,
    inside: Any,  # noqa: ANN401 - whatever the host has
    school: SchoolId = SCHOOL,
) -> AbstractContextManager[SchoolUnit]:
    if isinstance(inside, Driver):
        return host.store.join(inside.raw, school, HOST, dialect=inside.dialect)
    return host.store.join(inside, school, HOST)


@pytest.fixture(params=[connection_of, session_of, driver_of])
def begin(request: pytest.FixtureRequest) -> Begin:
    chosen: Begin = request.param
    return chosen


class HostStops(Exception):
    """The host gives its transaction up."""


def test_the_hosts_commit_keeps_both_its_rows_and_the_units(host: Embedded, begin: Begin) -> None:
    with begin(host) as inside:
        inside.execute(host.menu.insert().values(dish="борщ"))
        with joined(host, inside) as unit:
            add_subject(unit, 1)

    assert (host.dishes(), host.seq(), host.sound()) == (["борщ"], 1, True)


def test_the_hosts_rollback_leaves_no_trace_of_either(host: Embedded, begin: Begin) -> None:
    with pytest.raises(HostStops), begin(host) as inside:  # noqa: PT012 - the host's own block
        inside.execute(host.menu.insert().values(dish="борщ"))
        with joined(host, inside) as unit:
            add_subject(unit, 1)
        raise HostStops

    assert (host.dishes(), host.seq(), host.sound()) == ([], 0, True)


def test_after_a_refusal_the_hosts_transaction_goes_on(host: Embedded, begin: Begin) -> None:
    host.store.run(SCHOOL, HOST, add_subject, 1)
    with begin(host) as inside:
        inside.execute(host.menu.insert().values(dish="борщ"))
        with pytest.raises(Duplicate), joined(host, inside) as unit:
            add_subject(unit, 1)
        inside.execute(host.menu.insert().values(dish="узвар"))
        with joined(host, inside) as unit:
            add_subject(unit, 2)

    assert (host.dishes(), host.seq(), host.sound()) == (["борщ", "узвар"], 2, True)


def test_after_a_refusal_of_many_rows_the_hosts_transaction_goes_on(
    host: Embedded, begin: Begin
) -> None:
    host.store.run(SCHOOL, HOST, add_subject, 700)
    with begin(host) as inside:
        with pytest.raises(Duplicate), joined(host, inside) as unit:
            unit.subjects.pour(Subject(SubjectId(number), "Хімія") for number in range(900))
        with joined(host, inside) as unit:
            add_subject(unit, 2)

    assert (host.seq(), host.sound()) == (2, True)


def test_units_in_one_transaction_go_on_with_the_numbers(host: Embedded, begin: Begin) -> None:
    with begin(host) as inside:
        for number in (1, 2, 3):
            with joined(host, inside) as unit:
                assert add_subject(unit, number).version == number

    assert (host.seq(), host.sound()) == (3, True)


def test_what_the_host_has_not_committed_nobody_else_sees(host: Embedded, begin: Begin) -> None:
    with begin(host) as inside:
        with joined(host, inside) as unit:
            add_subject(unit, 1)
        assert host.seq() == 0
    assert host.seq() == 1


def test_savepoints_of_the_host_begin_and_end_around_units(host: Embedded) -> None:
    with host.engine.begin() as connection:
        with joined(host, connection) as unit:
            add_subject(unit, 1)
        with pytest.raises(HostStops), connection.begin_nested():  # noqa: PT012 - likewise
            with joined(host, connection) as unit:
                add_subject(unit, 2)
            raise HostStops
        with connection.begin_nested(), joined(host, connection) as unit:
            assert add_subject(unit, 3).version == 2

    assert (host.seq(), host.sound()) == (2, True)


def test_nothing_of_the_hosts_is_begun_ended_or_closed(host: Embedded) -> None:
    with host.engine.connect() as connection:
        connection.begin()
        heard: list[str] = []
        for event in ("begin", "commit", "rollback", "savepoint"):
            sa.event.listen(connection, event, lambda *_, name=event: heard.append(name))
        with joined(host, connection) as unit:
            add_subject(unit, 1)
        assert heard == []
        assert connection.in_transaction()
        assert not connection.closed
        connection.rollback()

    assert host.seq() == 0


def test_a_connection_without_a_transaction_is_refused(host: Embedded) -> None:
    with host.engine.connect() as connection:
        with pytest.raises(NotAllowedHere) as refused, joined(host, connection):
            pytest.fail("it joined nothing")
        assert refused.value == NotAllowedHere("connection", "no-transaction")


def test_a_connection_that_commits_by_itself_is_refused(host: Embedded, tmp_path: Path) -> None:
    refusal = NotAllowedHere("connection", "autocommit")
    with driver_of(host) as driver:
        driver.raw.rollback()
        if driver.dialect == "sqlite":
            driver.raw.isolation_level = None
        else:
            driver.raw.autocommit = True
        with pytest.raises(NotAllowedHere) as refused, joined(host, driver):
            pytest.fail("it joined a connection that commits by itself")
    assert refused.value == refusal

    if driver.dialect == "postgresql":
        engine = host.engine.execution_options(isolation_level="AUTOCOMMIT")
        with (
            engine.begin() as connection,
            pytest.raises(NotAllowedHere) as refused,
            joined(host, connection),
        ):
            pytest.fail("it joined a connection that commits by itself")
        assert refused.value == refusal


def test_a_driver_that_was_told_so_in_the_newer_way_is_refused_too(tmp_path: Path) -> None:
    class Newer(sqlite3.Connection):
        """As `sqlite3.connect(…, autocommit=True)` gives since Python 3.12."""

        autocommit = True

    store = SqlStore.open(f"sqlite:///{tmp_path}/host.db")
    store.create_tables()
    raw = sqlite3.connect(tmp_path / "host.db", factory=Newer)
    with pytest.raises(NotAllowedHere) as refused, store.join(raw, SCHOOL, HOST):
        pytest.fail("it joined a connection that commits by itself")
    assert refused.value == NotAllowedHere("connection", "autocommit")
    raw.close()
    store.dispose()


def test_a_scoped_session_is_joined_like_the_session_of_its_scope(host: Embedded) -> None:
    session = scoped_session(sessionmaker(host.engine))
    session.execute(host.menu.insert().values(dish="борщ"))
    with host.store.join(session, SCHOOL, HOST) as unit:
        add_subject(unit, 1)
    assert (host.dishes(), host.seq()) == ([], 0)
    session.commit()
    session.remove()

    assert (host.dishes(), host.seq(), host.sound()) == (["борщ"], 1, True)


def test_schools_are_joined_in_the_order_of_their_ids(host: Embedded) -> None:
    with host.engine.begin() as connection:
        for school in (SCHOOL, OTHER, OTHER):
            with joined(host, connection, school) as unit:
                add_subject(unit, 1 + host.store.ids.make(unit.now))
        with pytest.raises(WrongOrder), joined(host, connection, SCHOOL):
            pytest.fail("it went back")
    with host.engine.begin() as connection, joined(host, connection, SCHOOL) as unit:
        add_subject(unit, 9)

    assert (host.seq(SCHOOL), host.seq(OTHER), host.sound()) == (2, 2, True)


def test_schools_opened_from_the_registry_count_for_the_order(host: Embedded) -> None:
    with host.engine.begin() as connection:
        with host.store.join_registry(connection, HOST) as registry:
            add_subject(registry.school(OTHER), 1)
            registry.record(SubjectAdded())
        with pytest.raises(WrongOrder) as refused, joined(host, connection, SCHOOL):
            pytest.fail("it went back")

    assert refused.value == WrongOrder(OTHER, SCHOOL)
    assert (host.seq(OTHER), host.sound()) == (1, True)


def test_the_registry_is_joined_with_schools_opened_from_it(host: Embedded) -> None:
    with (
        host.engine.begin() as connection,
        host.store.join_registry(connection, HOST) as registry,
    ):
        add_subject(registry.school(SCHOOL), 1)
        registry.record(SubjectAdded())

    assert (host.seq(SCHOOL), host.seq(SchoolId(0)), host.sound()) == (1, 1, True)


def test_a_unit_left_without_an_event_is_a_fault_for_which_the_host_rolls_back(
    host: Embedded,
) -> None:
    with (
        pytest.raises(Unrecorded),
        host.engine.begin() as connection,
        joined(host, connection) as unit,
    ):
        unit.subjects.add(Subject(SubjectId(1), "Алгебра"))

    assert (host.seq(), host.sound()) == (0, True)


@pytest.mark.parametrize("end", [sa.Connection.rollback, sa.Connection.close])
def test_a_host_that_ends_its_transaction_amid_a_unit_leaves_no_entry_without_rows(
    host: Embedded, end: Callable[[sa.Connection], None]
) -> None:
    with host.engine.connect() as connection:
        connection.begin()
        with (  # noqa: PT012 - the host's own block
            pytest.raises(NotAllowedHere) as refused,
            joined(host, connection) as unit,
        ):
            add_subject(unit, 1)
            end(connection)

    assert refused.value == NotAllowedHere("connection", "no-transaction")
    assert (host.seq(), host.sound()) == (0, True)


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_who_ends_the_transaction_of_a_driver_amid_a_unit_writes_no_more(
    host: Embedded, end: str
) -> None:
    with driver_of(host) as driver:
        with (  # noqa: PT012 - the host's own block
            pytest.raises(NotAllowedHere) as refused,
            joined(host, driver) as unit,
        ):
            add_subject(unit, 1)
            getattr(driver.raw, end)()
            unit.subjects.add(Subject(SubjectId(2), "Хімія"))

        assert refused.value == NotAllowedHere("connection", "no-transaction")
    assert host.seq() == 0


def test_two_units_of_a_school_open_at_once_in_one_transaction_are_a_fault(
    host: Embedded, begin: Begin
) -> None:
    """Both take the same number, so that one of them would have no entry."""
    with (  # noqa: PT012 - the host's own block
        pytest.raises(Overlapping) as overlapping,
        begin(host) as inside,
        joined(host, inside) as outer,
    ):
        add_subject(outer, 1)
        with joined(host, inside) as inner:
            add_subject(inner, 2)

    assert overlapping.value == Overlapping(SCHOOL)
    assert (host.seq(), host.sound()) == (0, True)


def test_stores_over_the_same_tables_know_of_each_others_schools(host: Embedded) -> None:
    again = SqlStore(host.engine, host.store.tables)
    with host.engine.begin() as connection:
        with joined(host, connection, OTHER) as unit:
            add_subject(unit, 1)
        with pytest.raises(WrongOrder), again.join(connection, SCHOOL, HOST):
            pytest.fail("it went back")
        with again.join(connection, OTHER, HOST) as unit:
            add_subject(unit, 2)

    assert (host.seq(OTHER), host.sound()) == (2, True)


def test_a_transaction_in_which_a_statement_failed_is_refused(
    postgres_tables: SqlStore,
) -> None:
    refusal = NotAllowedHere("connection", "aborted")
    with emptied(postgres_tables) as store, embedded(store) as host:
        with driver_of(host) as driver:
            with pytest.raises(psycopg.errors.DivisionByZero):
                driver.raw.execute("SELECT 1 / 0")
            with pytest.raises(NotAllowedHere) as refused, joined(host, driver):
                pytest.fail("it joined what can only be rolled back")
            assert refused.value == refusal
        with host.engine.connect() as connection:
            connection.begin()
            with pytest.raises(sa.exc.DataError):
                connection.execute(sa.text("SELECT 1 / 0"))
            with pytest.raises(NotAllowedHere) as refused, joined(host, connection):
                pytest.fail("it joined what can only be rolled back")
            assert refused.value == refusal


def test_a_session_whose_flush_failed_is_refused(host: Embedded) -> None:
    class Dish:
        """A dish of the canteen's menu."""

    registry().map_imperatively(Dish, host.menu)
    with host.engine.begin() as connection:
        connection.execute(host.menu.insert().values(dish="борщ"))
    with Session(host.engine) as session:
        served: Any = Dish()
        served.dish = "борщ"
        session.add(served)
        with pytest.raises(sa.exc.IntegrityError):
            session.flush()
        with pytest.raises(NotAllowedHere) as refused, joined(host, session):
            pytest.fail("it joined what can only be rolled back")
        assert refused.value == NotAllowedHere("connection", "aborted")
        session.rollback()
        with joined(host, session) as unit:
            add_subject(unit, 1)


def test_an_interrupted_unit_cannot_be_committed_by_halves(host: Embedded) -> None:
    with host.engine.connect() as connection:
        connection.begin()
        with (  # noqa: PT012 - the host's own block
            pytest.raises(KeyboardInterrupt),
            joined(host, connection) as unit,
        ):
            add_subject(unit, 1)
            raise KeyboardInterrupt
        with pytest.raises(NotAllowedHere) as refused, joined(host, connection):
            pytest.fail("it joined what can only be rolled back")
        assert refused.value == NotAllowedHere("connection", "aborted")
        with pytest.raises(sa.exc.PendingRollbackError):
            connection.commit()

    assert (host.seq(), host.sound()) == (0, True)


def test_a_connection_that_an_engine_lent_is_joined_as_the_drivers_own(
    postgres_tables: SqlStore,
) -> None:
    with emptied(postgres_tables) as store, embedded(store) as host:
        lent = host.engine.raw_connection()
        with store.join(lent, SCHOOL, HOST, dialect="postgresql") as unit:
            add_subject(unit, 1)
        lent.commit()
        lent.close()
        assert (host.seq(), host.sound()) == (1, True)


def test_a_connection_in_pipeline_mode_is_refused(postgres_tables: SqlStore) -> None:
    """How many rows a statement changed is not known there before the next one was sent."""
    with emptied(postgres_tables) as store, embedded(store) as host, driver_of(host) as driver:
        with (
            driver.raw.pipeline(),
            pytest.raises(NotAllowedHere) as refused,
            joined(host, driver),
        ):
            pytest.fail("it joined a pipeline")
        assert refused.value == NotAllowedHere("connection", "pipeline")
        with joined(host, driver) as unit:
            add_subject(unit, 1)


def test_a_connection_that_gives_text_otherwise_than_it_is_kept_is_refused(tmp_path: Path) -> None:
    """An entry would be linked to a hash that is no text."""
    store = SqlStore.open(f"sqlite:///{tmp_path}/host.db")
    store.create_tables()
    store.run(SCHOOL, HOST, add_subject, 1)
    raw = sqlite3.connect(tmp_path / "host.db")
    raw.row_factory = sqlite3.Row
    raw.text_factory = bytes
    with pytest.raises(NotAllowedHere) as refused, store.join(raw, SCHOOL, HOST):
        pytest.fail("it joined a connection that gives bytes")
    assert refused.value == NotAllowedHere("connection", "text-factory")

    raw.text_factory = lambda text: text.decode(errors="replace")
    with store.join(raw, SCHOOL, HOST) as unit:
        add_subject(unit, 2)
    raw.commit()
    raw.close()
    assert store.verify(SCHOOL) == store.audit(SCHOOL) == []
    store.dispose()


def test_another_writer_waits_until_the_host_is_done(host: Embedded) -> None:
    with host.engine.begin() as connection:
        with joined(host, connection) as unit:
            add_subject(unit, 1)
        with driver_of(host) as driver:
            if driver.dialect == "postgresql":
                driver.raw.execute("SET lock_timeout = '100ms'")
            with pytest.raises(Unavailable), joined(host, driver):
                pytest.fail("two writers at once")
            driver.raw.rollback()

    assert (host.seq(), host.sound()) == (1, True)


def test_what_a_hosts_connection_makes_of_rows_and_instants_does_not_matter(
    host: Embedded,
) -> None:
    with driver_of(host) as driver:
        if driver.dialect == "sqlite":
            driver.raw.row_factory = sqlite3.Row
        else:
            driver.raw.execute("SET TIME ZONE 'Europe/Kyiv'")
            driver.raw.row_factory = psycopg.rows.dict_row
        with joined(host, driver) as unit:
            kept = add_subject(unit, 1)
        with joined(host, driver) as unit:
            assert unit.subjects.get(kept.id) == kept

    assert (host.seq(), host.sound()) == (1, True)


class Shouted(psycopg.adapt.Loader):
    """Reads whatever the server sends as a text in capitals."""

    def load(self, data: Any) -> str:  # noqa: ANN401 - psycopg's
        return bytes(data).decode().upper()


@pytest.mark.parametrize("kind", ["text", "int8", "timestamptz"])
def test_what_a_host_taught_its_driver_to_read_does_not_matter(
    postgres_tables: SqlStore, kind: str
) -> None:
    with emptied(postgres_tables) as store, embedded(store) as host, driver_of(host) as driver:
        driver.raw.adapters.register_loader(kind, Shouted)
        with SqlStore(host.engine).join(driver.raw, SCHOOL, HOST, dialect="postgresql") as unit:
            kept = add_subject(unit, 1)
            unit.subjects.pour(Subject(SubjectId(number), "Хімія") for number in range(100, 200))
            unit.record(SubjectAdded())
        with joined(host, driver) as unit:
            assert unit.subjects.get(kept.id) == kept
            assert not proof.audited(unit.chain.transaction, SCHOOL)
        driver.raw.commit()
        assert (host.seq(), host.sound()) == (2, True)


def test_a_server_that_takes_no_writes_is_unavailable_and_says_why(
    postgres_tables: SqlStore,
) -> None:
    with emptied(postgres_tables) as store, embedded(store) as host, driver_of(host) as driver:
        driver.raw.read_only = True
        with pytest.raises(Unavailable) as raised, joined(host, driver) as unit:
            add_subject(unit, 1)
    assert "read-only transaction" in raised.value.why


def test_how_a_session_spells_days_and_instants_does_not_matter(postgres_tables: SqlStore) -> None:
    german = "SET datestyle = 'German, DMY'"
    with emptied(postgres_tables) as store, embedded(store) as host, driver_of(host) as driver:
        driver.raw.execute(german)
        with joined(host, driver) as unit:
            add_subject(unit, 1)
        driver.raw.commit()
        with host.engine.connect() as connection:
            connection.execute(sa.text(german))
            with joined(host, connection) as unit:
                assert not proof.audited(unit.chain.transaction, SCHOOL)
                assert not list(proof.proved(unit.chain.transaction, SCHOOL))
            connection.rollback()


def test_a_dialect_that_is_not_known_is_refused(host: Embedded) -> None:
    with pytest.raises(Invalid), host.store.join(object(), SCHOOL, HOST, dialect="oracle"):
        pytest.fail("it joined something")
