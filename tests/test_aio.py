"""What is peculiar to the async door: yielding, cancelling, and the host's transaction."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar, assert_type

import pytest
import sqlalchemy as sa
from attrs import define, evolve
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from stores import emptied

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.adapters.sql.aio import AsyncSqlStore
from ejournal.aio import AsyncStore
from ejournal.codec import shape_of
from ejournal.errors import Duplicate, OutcomeUnknown, ReadOnly, Unavailable
from ejournal.ids import SchoolId, SubjectId
from ejournal.model.access import System
from ejournal.model.catalogue import SUBJECTS
from ejournal.model.classes import Subject
from ejournal.model.ledger import Event
from ejournal.store import RegistryUnit, SchoolUnit

SCHOOL = SchoolId(5)
HOST = System("host")
EIGHT = range(8)


class SubjectAdded(Event):
    name: ClassVar[str] = "subject-added"


def add_subject(unit: SchoolUnit, number: int, name: str = "Алгебра") -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(number), name))
    unit.record(SubjectAdded())
    return kept


def subjects(unit: SchoolUnit) -> list[int]:
    return [subject.id for subject in unit.subjects.all()]


@define
class Doorway:
    """An async door as a test opens it, anew in each event loop."""

    door: AsyncStore[Any]
    opened: Callable[[], Any]

    def enter(self, visit: Callable[[AsyncStore[Any]], Awaitable[Any]]) -> None:
        async def visited() -> None:
            async with self.opened() as door:
                await visit(door)

        asyncio.run(visited())

    @property
    def numbers(self) -> list[int]:
        found: list[int] = []

        async def look(door: AsyncStore[Any]) -> None:
            found.extend(await door.read(SCHOOL, HOST, subjects))

        self.enter(look)
        return found


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def doorway(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Doorway]:
    if request.param == "memory":
        threads = AsyncStore(MemoryStore())

        @asynccontextmanager
        async def same() -> AsyncIterator[AsyncStore[Any]]:
            yield threads

        yield Doorway(threads, same)
        return

    url: sa.URL | str = f"sqlite+aiosqlite:///{tmp_path}/ejournal.db"

    @asynccontextmanager
    async def opened() -> AsyncIterator[AsyncStore[Any]]:
        engine = create_async_engine(url)
        door = AsyncSqlStore(engine)
        if engine.dialect.name == "sqlite":
            configure_sqlite(engine.sync_engine)
            await door.create_tables()
        try:
            yield door
        finally:
            await engine.dispose()

    if request.param == "sqlite":
        yield Doorway(AsyncSqlStore(create_async_engine(url)), opened)
        return
    made: SqlStore = request.getfixturevalue("postgres_tables")
    url = made.engine.url
    with emptied(made):
        yield Doorway(AsyncSqlStore(create_async_engine(url)), opened)


def test_use_cases_run_and_answer_with_what_they_made(doorway: Doorway) -> None:
    async def visit(door: AsyncStore[Any]) -> None:
        kept = await door.run(SCHOOL, HOST, add_subject, 1, name="Хімія")
        assert_type(kept, Subject)
        assert await door.read(SCHOOL, HOST, lambda unit: unit.subjects.get(kept.id)) == kept
        with pytest.raises(Duplicate):
            await door.run(SCHOOL, HOST, add_subject, 1)

    doorway.enter(visit)
    assert doorway.numbers == [1]


def test_units_of_one_school_take_turns(doorway: Doorway) -> None:
    async def visit(door: AsyncStore[Any]) -> None:
        kept = await asyncio.gather(*(door.run(SCHOOL, HOST, add_subject, n) for n in EIGHT))
        assert sorted(subject.version for subject in kept) == [n + 1 for n in EIGHT]

    doorway.enter(visit)
    assert doorway.numbers == list(EIGHT)


def test_the_registry_and_what_spans_schools_have_a_door(doorway: Doorway) -> None:
    def in_school(unit: RegistryUnit) -> Subject:
        kept = add_subject(unit.school(SCHOOL), 4)
        unit.record(SubjectAdded())
        return kept

    async def visit(door: AsyncStore[Any]) -> None:
        kept = await door.run_registry(HOST, in_school)
        assert (
            await door.browse(HOST, lambda unit: unit.reading(SCHOOL).subjects.get(kept.id)) == kept
        )

    doorway.enter(visit)


def test_a_reader_cannot_write(doorway: Doorway) -> None:
    async def visit(door: AsyncStore[Any]) -> None:
        with pytest.raises(ReadOnly):
            await door.read(SCHOOL, HOST, add_subject, 1)

    doorway.enter(visit)


def test_what_may_be_tried_again_is_and_others_go_on_meanwhile(doorway: Doorway) -> None:
    tries: list[int] = []

    def flaky(unit: SchoolUnit) -> Subject:
        tries.append(1)
        if len(tries) < 4:
            raise Unavailable("the wire was cut")
        return add_subject(unit, 1)

    async def visit(door: AsyncStore[Any]) -> None:
        beats: list[int] = []

        async def beat() -> None:
            while True:
                beats.append(1)
                await asyncio.sleep(0.001)

        beating = asyncio.create_task(beat())
        await door.run(SCHOOL, HOST, flaky)
        beating.cancel()
        assert len(beats) > 3

    doorway.enter(visit)
    assert (len(tries), doorway.numbers) == (4, [1])


def test_an_unknown_outcome_is_only_tried_again_under_a_key(doorway: Doorway) -> None:
    tries: list[int] = []

    def unanswered(unit: SchoolUnit) -> Subject:
        tries.append(1)
        if len(tries) < 3:
            raise OutcomeUnknown("the wire was cut")
        return add_subject(unit, 1)

    async def visit(door: AsyncStore[Any]) -> None:
        with pytest.raises(OutcomeUnknown):
            await door.run(SCHOOL, HOST, unanswered)
        assert len(tries) == 1
        kept = await door.run_once("key", SCHOOL, HOST, unanswered)
        assert await door.run_once("key", SCHOOL, HOST, unanswered) == kept

    doorway.enter(visit)
    assert (len(tries), doorway.numbers) == (3, [1])


def test_an_iterator_that_ends_in_a_use_case_does_not_leave_its_task_waiting(
    doorway: Doorway,
) -> None:
    def first(unit: SchoolUnit) -> Subject:
        return next(unit.subjects.all())

    async def visit(door: AsyncStore[Any]) -> None:
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(door.run(SCHOOL, HOST, first), 10)

    doorway.enter(visit)


def test_a_cancelled_unit_leaves_nothing_by_halves(doorway: Doorway) -> None:
    """Cancel at every moment of a unit: it is there whole, or not at all."""

    async def visit(door: AsyncStore[Any]) -> None:
        for number in range(60):
            running = asyncio.create_task(door.run(SCHOOL, HOST, add_subject, number))
            await asyncio.sleep(number * 0.0002)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        versions = await door.read(
            SCHOOL, HOST, lambda unit: [subject.version for subject in unit.subjects.all()]
        )
        assert versions == list(range(1, len(versions) + 1))

    doorway.enter(visit)


def test_a_unit_that_nobody_waits_for_any_more_is_rolled_back_before_its_task_ends() -> None:
    store = MemoryStore()
    door = AsyncStore(store)
    entered, gone = threading.Event(), threading.Event()

    def slow(unit: SchoolUnit) -> Subject:
        kept = add_subject(unit, 1)
        entered.set()
        gone.wait(5)
        return kept

    async def visit() -> None:
        running = asyncio.create_task(door.run(SCHOOL, HOST, slow))
        await asyncio.to_thread(entered.wait)
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        gone.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        await door.run(SCHOOL, HOST, add_subject, 2)

    asyncio.run(visit())
    with store.reading(SCHOOL, HOST) as unit:
        assert subjects(unit) == [2]


def test_who_keeps_the_error_of_a_cancelled_unit_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Cancel where SQLite has taken its lock and gives the first of several rows."""
    file = tmp_path / "host.db"

    async def visit(door: AsyncSqlStore) -> None:
        def cancel(*asked: object) -> None:
            running = asyncio.current_task()
            if str(asked[2]).startswith("SELECT") and running is not None:
                running.cancel()

        sa.event.listen(door.engine.sync_engine, "before_cursor_execute", cancel)
        with pytest.raises(asyncio.CancelledError) as kept:
            await door.run(SCHOOL, HOST, add_subject, 1)
        rival = sqlite3.connect(file, timeout=0)
        rival.execute("BEGIN IMMEDIATE")
        rival.close()
        assert kept.tb is not None

    asyncio.run(_hosts(f"sqlite+aiosqlite:///{file}", visit))


def test_a_unit_cancelled_amid_many_rows_is_told_to_be_cancelled(
    postgres_tables: SqlStore,
) -> None:
    """Cancel while the rows wait for another transaction, which has put one of them in."""
    chemistry = Subject(SubjectId(1), "Хімія")
    at = postgres_tables.tables.of(shape_of(SUBJECTS).table)
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def add_many(unit: SchoolUnit) -> None:
        unit.subjects.pour(evolve(chemistry, id=SubjectId(number)) for number in range(80))

    async def visit(door: AsyncSqlStore) -> None:
        with postgres_tables.engine.connect() as rival, postgres_tables.engine.connect() as eye:
            rival.execute(at.insert().values((SCHOOL, *shape_of(SUBJECTS).row(chemistry))))
            running = asyncio.create_task(door.run(SCHOOL, HOST, add_many))
            while not running.done() and not eye.scalar(waiting):
                await asyncio.wait([running], timeout=0.01)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            rival.rollback()
        await door.run(SCHOOL, HOST, add_subject, 1)

    with emptied(postgres_tables):
        asyncio.run(_hosts(postgres_tables.engine.url, visit))


def test_a_unit_cancelled_at_every_await_is_rolled_back_before_its_task_ends(
    tmp_path: Path,
) -> None:
    """As a scope of anyio's does it, those of the rollback among them."""
    file = tmp_path / "host.db"

    async def visit(door: AsyncSqlStore) -> None:
        for _ in range(10):
            entered = asyncio.Event()

            def slow(unit: SchoolUnit, entered: asyncio.Event = entered) -> None:
                add_subject(unit, 1)
                entered.set()
                unit.subjects.get(SubjectId(1))

            running = asyncio.create_task(door.run(SCHOOL, HOST, slow))
            await entered.wait()
            while not running.done():
                running.cancel()
                await asyncio.sleep(0)
            assert running.cancelled()
            rival = sqlite3.connect(file, timeout=0)
            rival.execute("BEGIN IMMEDIATE")
            rival.close()

    asyncio.run(_hosts(f"sqlite+aiosqlite:///{file}", visit))


def test_a_pool_without_a_free_connection_is_told_as_unavailable(url: sa.URL | str) -> None:
    async def visit(door: AsyncSqlStore) -> None:
        engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.01)
        async with engine.connect():
            with pytest.raises(Unavailable):
                await AsyncSqlStore(engine).run(SCHOOL, HOST, add_subject, 1)
        await engine.dispose()

    asyncio.run(_hosts(url, visit))


def test_a_server_that_is_not_there_is_told_as_unavailable() -> None:
    async def visit() -> None:
        engine = create_async_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
        door = AsyncSqlStore(engine)
        with pytest.raises(Unavailable):
            await door.create_tables()
        with pytest.raises(Unavailable):
            await door.read(SCHOOL, HOST, subjects)
        await engine.dispose()

    asyncio.run(visit())


def test_a_door_says_so_where_no_loop_of_asyncio_runs(tmp_path: Path) -> None:
    """A loop of another library would be given a future that it cannot wait for."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path}/host.db")
    for door in (AsyncStore(MemoryStore()), AsyncSqlStore(engine)):
        running = door.run(SCHOOL, HOST, add_subject, 1)
        with pytest.raises(RuntimeError, match="no running event loop"):
            running.send(None)


class HostStops(Exception):
    """The host gives its transaction up."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.URL | str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path}/host.db"
        return
    made: SqlStore = request.getfixturevalue("postgres_tables")
    with emptied(made):
        yield made.engine.url


async def _hosts(url: sa.URL | str, visit: Callable[[AsyncSqlStore], Awaitable[None]]) -> None:
    engine: AsyncEngine = create_async_engine(url)
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine.sync_engine)
    door = AsyncSqlStore(engine)
    await door.create_tables()
    try:
        await visit(door)
    finally:
        await engine.dispose()


def test_within_the_hosts_connection_only_the_host_commits(url: sa.URL | str) -> None:
    async def visit(door: AsyncSqlStore) -> None:
        async with door.engine.connect() as connection:
            await connection.begin()
            kept = await door.within(connection).run(SCHOOL, HOST, add_subject, 1)
            assert_type(kept, Subject)
            assert connection.in_transaction()
            await connection.rollback()
        assert await door.read(SCHOOL, HOST, subjects) == []

        async with door.engine.begin() as connection:
            await door.within(connection).run(SCHOOL, HOST, add_subject, 2)
            with pytest.raises(Duplicate):
                await door.within(connection).run(SCHOOL, HOST, add_subject, 2)
            await door.within(connection).run(SCHOOL, HOST, add_subject, 3)
        assert await door.read(SCHOOL, HOST, subjects) == [2, 3]

    asyncio.run(_hosts(url, visit))


def test_of_a_unit_cancelled_within_the_hosts_transaction_no_half_is_committed(
    url: sa.URL | str,
) -> None:
    def stopped(unit: SchoolUnit) -> None:
        add_subject(unit, 1)
        running = asyncio.current_task()
        assert running is not None
        running.cancel()

    async def visit(door: AsyncSqlStore) -> None:
        async with door.engine.connect() as connection:
            await connection.begin()
            await door.within(connection).run(SCHOOL, HOST, add_subject, 2)
            running = asyncio.create_task(door.within(connection).run(SCHOOL, HOST, stopped))
            await asyncio.gather(running, return_exceptions=True)
            assert running.cancelled()
            with pytest.raises(sa.exc.PendingRollbackError):
                await connection.commit()
            await connection.rollback()
        assert await door.read(SCHOOL, HOST, subjects) == []
        await door.run(SCHOOL, HOST, add_subject, 3)

    asyncio.run(_hosts(url, visit))


def test_within_the_hosts_session_only_the_host_commits(url: sa.URL | str) -> None:
    def in_school(unit: RegistryUnit) -> None:
        add_subject(unit.school(SCHOOL), 1)
        unit.record(SubjectAdded())

    async def visit(door: AsyncSqlStore) -> None:
        with pytest.raises(HostStops):  # noqa: PT012 - the host's own block
            async with AsyncSession(door.engine) as session, session.begin():
                await door.within(session).run_registry(HOST, in_school)
                raise HostStops
        assert await door.read(SCHOOL, HOST, subjects) == []
        async with AsyncSession(door.engine) as session, session.begin():
            await door.within(session).run_registry(HOST, in_school)
        assert await door.read(SCHOOL, HOST, subjects) == [1]

    asyncio.run(_hosts(url, visit))
