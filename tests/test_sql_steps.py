"""Steps on real databases: every row is kept, nothing drifts, and no DDL runs unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import define, field, frozen
from databases import Site, own_schema, site
from small_school import Arranged
from stores import MONDAY

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.sql import SqlStore, steps, versions
from ejournal.adapters.sql.schema import column_of
from ejournal.errors import SchemaMismatch
from ejournal.ids import REGISTRY, JournalId, LessonId, SchoolId, StaffId
from ejournal.model.access import System, Throttle
from ejournal.model.declaration import Lookup
from ejournal.model.journal import Lesson
from ejournal.ports import Kind, Row, Slot, Table
from ejournal.samples import set_up
from ejournal.store import SchoolUnit
from ejournal.store.steps import (
    STEPS,
    Change,
    DropDefault,
    DropField,
    NewDefault,
    NewField,
    NewLookup,
    Phase,
    Step,
    laid_out,
)
from ejournal.testing.beginning import all_rows
from ejournal.usecases import teaching

__all__ = ["site"]

KEY = b"a key of at least sixteen bytes!"
HOST = System("host")
SCHOOL = SchoolId(7)
LATEST = len(STEPS)
NEEDED = str(max(step.number for step in STEPS if step.phase is Phase.EXPAND))

Release = Callable[[Sequence[Step]], None]


@pytest.fixture
def release(monkeypatch: pytest.MonkeyPatch) -> Release:
    """Be the release that has these steps, whatever the model is now."""

    def of(known: Sequence[Step]) -> None:
        for module in (steps, versions):
            monkeypatch.setattr(module, "STEPS", tuple(known))

    return of


class WithoutTerms:
    """What journals noted of their terms before there was a field for it."""

    @staticmethod
    def of(*_: object) -> None:
        return None


@cache
def sample() -> tuple[SchoolId, list[tuple[Table, SchoolId, tuple[Row, ...]]]]:
    store = MemoryStore()
    with pytest.MonkeyPatch.context() as before:
        before.setattr(teaching, "Terms", WithoutTerms)
        return set_up(store, KEY).id, list(all_rows(store))


def filled(site: Site, known: Sequence[Step] = STEPS) -> SchoolId:
    """Keep the sample school as the release wrote it that had these steps."""
    school, rows = sample()
    then, store = laid_out(known).tables, site.store()
    with store.begin(writing=True) as transaction:
        for table, owner, owned in rows:
            if table.name in then:
                names = [slot.name for slot in then[table.name].slots]
                cut = [table.pick(row, names) for row in owned]
                transaction.insert(then[table.name], owner, cut)
    # An audit reads every table, also those that a later step brings.
    assert store.verify(REGISTRY) + store.verify(school) == []
    return school


def proofs(store: SqlStore, school: SchoolId) -> list[object]:
    return [
        finding
        for chain in (REGISTRY, school)
        for finding in (*store.verify(chain), *store.audit(chain))
    ]


def test_the_steps_of_a_new_database_are_run_once(site: Site) -> None:
    assert site.version() == 0
    site.upgrade()
    assert site.version() == LATEST
    site.upgrade()
    with site.engine.connect() as connection:
        assert steps.pending(connection, site.tables()) == ()
        recorded = connection.execute(sa.select(site.tables().steps)).all()
    assert [tuple(row) for row in recorded] == [
        (step.number, step.phase.value, step.title) for step in STEPS
    ]


@pytest.mark.parametrize("number", range(1, LATEST))
def test_an_upgrade_from_every_earlier_step_keeps_every_row(
    site: Site, release: Release, number: int
) -> None:
    release(STEPS[:number])
    site.upgrade()
    school = filled(site, STEPS[:number])
    before = site.rows()

    release(STEPS)
    with site.engine.connect() as connection:
        assert steps.pending(connection, site.tables()) == STEPS[number:]
    site.upgrade()

    after = site.rows()
    for name, rows in before.items():
        assert [row[: len(rows[0])] for row in after[name]] == rows
    assert proofs(site.store(), school) == []
    assert site.drift(site.tables().metadata) == []


class Interrupted(Exception):
    """Whoever ran the steps was stopped."""


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Site]:
    """A database of SQLite over an engine as SQLAlchemy makes it."""
    engine = sa.create_engine(f"sqlite:///{tmp_path}/plain.db")
    yield Site(engine, None)
    engine.dispose()


@define
class Stop:
    """Stops whoever runs the steps before one of the statements that change something."""

    before: int
    left: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.left = self.before

    def __call__(self, *asked: object) -> None:
        if str(asked[2]).lstrip().startswith(("CREATE", "INSERT")):
            self.left -= 1
            if self.left < 0:
                raise Interrupted


def stopped_before_each_statement(site: Site, release: Release, known: int) -> None:
    """Run the steps behind some, stopped before each of the first statements, and to the end."""
    if known:
        release(STEPS[:known])
        site.upgrade()
        release(STEPS)
    for before in range(7):
        stop = Stop(before)
        sa.event.listen(site.engine, "before_cursor_execute", stop)
        with pytest.raises(Interrupted):
            site.upgrade()
        sa.event.remove(site.engine, "before_cursor_execute", stop)
        assert site.version() == known
    site.upgrade()
    assert (site.version(), site.drift(site.tables().metadata)) == (LATEST, [])


@pytest.mark.parametrize("known", [0, 1])
def test_an_upgrade_that_was_stopped_is_run_again(site: Site, release: Release, known: int) -> None:
    stopped_before_each_statement(site, release, known)


@pytest.mark.parametrize("known", [0, 1])
def test_an_upgrade_that_was_stopped_is_run_again_over_any_engine_of_sqlite(
    plain: Site, release: Release, known: int
) -> None:
    stopped_before_each_statement(plain, release, known)


def host_metadata(site: Site, naming: dict[str, str] | None) -> sa.MetaData:
    metadata = sa.MetaData(naming_convention=naming)
    sa.Table("invoice", metadata, sa.Column("id", sa.Integer, primary_key=True), schema=site.schema)
    return metadata


NAMINGS = {
    "ours": None,
    "recommended": {
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    },
    "spelled out": {
        "ix": "idx__%(table_name)s__%(column_0_N_name)s",
        "uq": "%(table_name)s__%(column_0_N_name)s__key",
        "pk": "%(table_name)s__pkey",
    },
}


@pytest.mark.parametrize("naming", NAMINGS.values(), ids=NAMINGS)
def test_a_hosts_alembic_sees_no_drift_however_the_tables_were_made(
    site: Site, naming: dict[str, str] | None
) -> None:
    metadata = host_metadata(site, naming)
    metadata.create_all(site.engine)
    grown, made = (site.tables(metadata, prefix) for prefix in ("grown_", "made_"))

    site.upgrade(grown)
    site.store(made).create_tables()

    assert site.drift(metadata) == []
    assert site.version(grown) == site.version(made) == LATEST


def test_what_is_missing_would_be_seen_as_drift(site: Site) -> None:
    tables = site.tables()
    site.upgrade(tables)
    (index, *_) = tables.all()[0].indexes
    with site.engine.begin() as connection:
        connection.execute(sa.schema.DropIndex(index))
        connection.execute(sa.schema.DropTable(tables.steps))
    assert [operation for operation, *_ in site.drift(tables.metadata)] == [
        "add_table",
        "add_index",
    ]


def test_tables_are_made_and_their_steps_recorded(site: Site) -> None:
    store = site.store()
    store.create_tables()
    store.create_tables()
    assert site.names() == {table.name for table in store.tables.all()}
    assert site.version() == LATEST


def test_an_older_database_is_refused_and_left_as_it_is(site: Site, release: Release) -> None:
    release(STEPS[:1])
    site.upgrade()
    throttled(site, "before")
    before, names = site.rows(), site.names()

    release(STEPS)
    store = site.store()
    for refused in (store.create_tables, store.heads):
        with pytest.raises(SchemaMismatch) as mismatch:
            refused()
        assert mismatch.value == SchemaMismatch("1", NEEDED)
    assert (site.rows(), site.names()) == (before, names)


@frozen
class Driven:
    """A connection of the driver's own, amid a transaction of the host's."""

    raw: Any
    dialect: str

    def begin(self) -> None:
        self.raw.rollback()
        self.raw.cursor().execute("BEGIN" if self.dialect == "sqlite" else "SELECT 1")

    def join(self, store: SqlStore) -> AbstractContextManager[SchoolUnit]:
        return store.join(self.raw, SCHOOL, HOST, dialect=self.dialect)

    def refusal(self, store: SqlStore) -> SchemaMismatch:
        with pytest.raises(SchemaMismatch) as mismatch, self.join(store):
            pass
        assert self.raw.cursor().execute("SELECT 5").fetchone() == (5,)
        return mismatch.value


@pytest.fixture
def driven(site: Site) -> Iterator[Driven]:
    with site.engine.connect() as connection:
        driven = Driven(connection.connection.driver_connection, site.engine.dialect.name)
        driven.begin()
        yield driven
        driven.raw.rollback()


@pytest.mark.parametrize("number", range(1, LATEST))
def test_who_joins_over_a_drivers_connection_is_told_of_older_tables_and_can_go_on(
    site: Site, driven: Driven, release: Release, number: int
) -> None:
    release(STEPS[:number])
    tables = site.tables()
    site.upgrade(tables)
    release(STEPS)
    assert driven.refusal(site.store()) == SchemaMismatch(str(number), NEEDED)

    driven.raw.rollback()
    with site.engine.begin() as connection:
        connection.execute(sa.schema.DropTable(tables.steps))
    driven.begin()
    assert driven.refusal(site.store()) == SchemaMismatch(str(number), NEEDED)


def test_over_a_drivers_connection_tables_without_a_record_will_do(
    site: Site, driven: Driven
) -> None:
    tables = site.tables()
    tables.metadata.create_all(site.engine)
    with site.engine.begin() as connection:
        connection.execute(sa.schema.DropTable(tables.steps))
    with driven.join(site.store(tables)) as unit:
        assert list(unit.subjects.all()) == []


def test_over_a_drivers_connection_no_tables_are_found(site: Site, driven: Driven) -> None:
    assert driven.refusal(site.store()) == SchemaMismatch("0", NEEDED)


def test_a_drivers_connection_is_asked_for_the_schema_once(site: Site, driven: Driven) -> None:
    store = site.store()
    store.create_tables()
    with driven.join(store):
        pass
    driven.raw.cursor().execute(f"DROP TABLE {store.tables.steps.fullname}")
    with driven.join(store) as unit:
        assert list(unit.subjects.all()) == []


@pytest.mark.parametrize("number", range(1, LATEST + 1))
def test_tables_without_a_record_are_known_by_their_columns(
    site: Site, release: Release, number: int
) -> None:
    release(STEPS[:number])
    tables = site.tables()
    site.upgrade(tables)
    with site.engine.begin() as connection:
        connection.execute(sa.schema.DropTable(tables.steps))

    release(STEPS)
    assert site.version() == number
    site.upgrade()
    assert site.version() == LATEST
    assert site.drift(tables.metadata) == []


def test_an_index_that_somebody_took_does_not_hide_which_step_it_is(site: Site) -> None:
    tables = site.tables()
    tables.metadata.create_all(site.engine)
    with site.engine.begin() as connection:
        for index in tables.all()[0].indexes:
            connection.execute(sa.schema.DropIndex(index))
    assert site.version() == LATEST


def test_tables_that_a_host_made_from_its_metadata_are_up_to_date(site: Site) -> None:
    tables = site.tables()
    tables.metadata.create_all(site.engine)
    store = site.store(tables)
    store.create_tables()
    assert store.heads() == {}
    assert site.version() == LATEST


def test_tables_that_no_step_leaves_so_are_refused(site: Site) -> None:
    tables = site.tables()
    tables.metadata.tables[tables.steps.fullname.replace("step", "mark")].create(site.engine)
    store = site.store(tables)
    for refused in (store.create_tables, store.heads, site.upgrade):
        with pytest.raises(SchemaMismatch) as mismatch:
            refused()
        assert mismatch.value == SchemaMismatch("?", str(LATEST))
    assert site.names() == {"ejournal_mark"}


def later(phase: Phase, *changes: Change, number: int = LATEST + 1) -> Step:
    return Step(number, "made up", phase, changes)


def test_what_a_later_release_expanded_is_no_hindrance(site: Site, release: Release) -> None:
    release([*STEPS, later(Phase.EXPAND)])
    site.upgrade()
    release(STEPS)
    store = site.store()
    store.create_tables()
    site.upgrade()
    assert (store.heads(), site.version()) == ({}, LATEST + 1)


def test_what_a_later_release_contracted_is_refused(site: Site, release: Release) -> None:
    release([*STEPS, later(Phase.CONTRACT), later(Phase.EXPAND, number=LATEST + 2)])
    site.upgrade()
    release(STEPS)
    with pytest.raises(SchemaMismatch) as mismatch:
        site.store().heads()
    assert mismatch.value == SchemaMismatch(str(LATEST + 2), NEEDED)


def test_a_step_that_contracts_may_wait(site: Site, release: Release) -> None:
    site.upgrade()
    release([*STEPS, later(Phase.CONTRACT)])
    assert site.store().heads() == {}


def test_steps_are_run_up_to_the_number_that_a_revision_names(site: Site) -> None:
    site.upgrade(to=1)
    assert site.version() == 1
    site.upgrade(to=2)
    site.upgrade(to=1)
    assert site.version() == 2


NEW_FIELDS = (
    NewField("throttle", Slot("weight", Kind.INTEGER), 3),
    NewField("throttle", Slot("note", Kind.TEXT), 'it\'s 100% :new {"a":1}'),
    NewField("throttle", Slot("seen", Kind.FLAG), default=False),
    NewField("throttle", Slot("shown", Kind.FLAG), default=True),
    NewField("throttle", Slot("day", Kind.DATE), date(2026, 9, 7)),
    NewField("throttle", Slot("at", Kind.INSTANT), datetime(2026, 9, 7, 8, 30, 0, 5000, UTC)),
    NewField("throttle", Slot("parts", Kind.JSON), "[]"),
    NewField("throttle", Slot("reviewer", Kind.INTEGER, optional=True)),
)
"""One field of every kind."""

KEPT_INDEXES = {f"ix_ejournal_lesson_chain_{names}" for names in ("journal_day", "homework_to")}

DEFAULTS = {change.slot.name: change.default for change in NEW_FIELDS}

EXPANDING = later(
    Phase.EXPAND,
    *NEW_FIELDS,
    NewLookup("throttle", Lookup("seen", ("seen", "day"), ranged=True, across=True)),
    NewLookup("pupil", Lookup("sex", ("sex",))),
    NewDefault("lesson", "topic", "-"),
    NewDefault("lesson", "plan_no", 9),
)
CONTRACTING = later(
    Phase.CONTRACT,
    *(DropDefault("throttle", name) for name, default in DEFAULTS.items() if default is not None),
    DropField("lesson", "topic"),
    DropField("lesson", "substitute"),
    DropDefault("lesson", "plan_no"),
    number=LATEST + 2,
)


def taught(site: Site) -> None:
    """Write lessons with everything that a step below drops."""
    with site.store().school(SCHOOL, HOST) as unit:
        for bell in range(1, 6):
            lesson = Lesson(LessonId(bell), JournalId(1), MONDAY.date(), bell, 1, "Числа")
            unit.lessons.add(lesson.substituted_by(StaffId(bell)))
        unit.record(Arranged())


def throttled(site: Site, name: str) -> None:
    """Write as the present release does, which knows nothing of the fields above."""
    with site.store().housekeeping(HOST) as unit:
        unit.throttles.add(Throttle(name, 1, MONDAY))


def found(site: Site, table: str, *names: str) -> list[tuple[object, ...]]:
    """Those columns of a table as it is, in the order of its key."""
    declared = sa.table(
        f"ejournal_{table}",
        *(sa.column(name, column_of(slot_named(name)).type) for name in names),
        schema=site.schema,
    )
    with site.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.select(declared))]


def slot_named(name: str) -> Slot:
    slots = [change.slot for change in NEW_FIELDS]
    return next((slot for slot in slots if slot.name == name), Slot(name, Kind.TEXT))


def indexes(site: Site, table: str) -> set[str | None]:
    found = sa.inspect(site.engine).get_indexes(f"ejournal_{table}", site.schema)
    return {index["name"] for index in found}


def test_new_fields_have_their_default_and_the_old_release_goes_on(
    site: Site, release: Release
) -> None:
    site.upgrade()
    taught(site)
    throttled(site, "before")
    before = site.rows()

    release([*STEPS, EXPANDING])
    site.upgrade()
    release(STEPS)
    throttled(site, "between")

    assert found(site, "throttle", *DEFAULTS) == [tuple(DEFAULTS.values())] * 2
    after = site.rows()
    for rows in (before, after):
        rows.pop("ejournal_throttle")
    assert after == before
    assert proofs(site.store(), SCHOOL) == []
    assert {"ix_ejournal_throttle_chain_seen_day", "ix_ejournal_throttle_seen_day"} <= indexes(
        site, "throttle"
    )
    assert "ix_ejournal_pupil_chain_sex" in indexes(site, "pupil")


def test_a_contraction_keeps_every_row_and_all_that_was_not_dropped(
    site: Site, release: Release
) -> None:
    site.upgrade()
    taught(site)
    throttled(site, "before")
    release([*STEPS, EXPANDING])
    site.upgrade()
    before = site.rows()
    columns = sa.inspect(site.engine).get_columns("ejournal_lesson", site.schema)
    kept = [
        place
        for place, column in enumerate(columns)
        if column["name"] not in {"topic", "substitute"}
    ]

    release([*STEPS, EXPANDING, CONTRACTING])
    site.upgrade()

    after = site.rows()
    lessons = before.pop("ejournal_lesson")
    assert len(lessons) == 5
    assert after.pop("ejournal_lesson") == [tuple(row[at] for at in kept) for row in lessons]
    assert after == before
    assert indexes(site, "lesson") == KEPT_INDEXES
    assert {
        (name, column["name"])
        for name in ("lesson", "throttle")
        for column in sa.inspect(site.engine).get_columns(f"ejournal_{name}", site.schema)
        if column["default"] is not None
    } == {at for at in laid_out(STEPS).defaults if at[0] in {"lesson", "throttle"}}


def test_who_no_longer_knows_a_field_adds_records_before_it_is_dropped(
    site: Site, release: Release
) -> None:
    release([*STEPS, EXPANDING])
    site.upgrade()
    lesson = site.tables().metadata.tables[
        f"{site.schema}.ejournal_lesson" if site.schema else "ejournal_lesson"
    ]
    known = {
        column.name: date(2026, 9, 7)
        if column.name == "day"
        else ""
        if column.name == "homework"
        else 1
        for column in lesson.columns
        if column.name not in {"topic", "plan_no"} and not column.nullable
    }
    with site.engine.begin() as connection:
        connection.execute(lesson.insert(), known)
        added = connection.execute(sa.select(lesson.c.topic, lesson.c.plan_no)).all()
    assert [tuple(row) for row in added] == [("-", 9)]


def run(site: Site, script: str) -> None:
    """Hand a script over as an administrator does, past SQLAlchemy."""
    with site.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        if site.engine.dialect.name == "sqlite":
            driver.executescript(script)
        else:
            driver.execute(script)
            driver.commit()


def test_printed_sql_makes_a_new_database(site: Site) -> None:
    tables = site.tables()
    run(site, steps.script(site.engine.dialect.name, tables))
    assert site.version() == LATEST
    assert site.drift(tables.metadata) == []
    site.upgrade()


def test_printed_sql_keeps_every_row_of_an_older_database(site: Site, release: Release) -> None:
    site.upgrade()
    filled(site)
    throttled(site, "before")
    before = site.rows()

    release([*STEPS, EXPANDING, CONTRACTING])
    run(site, steps.script(site.engine.dialect.name, site.tables(), since=LATEST))

    assert site.version() == LATEST + 2
    assert found(site, "throttle", *DEFAULTS) == [tuple(DEFAULTS.values())]
    assert indexes(site, "lesson") == KEPT_INDEXES
    after = site.rows()
    assert [len(rows) for rows in after.values()] == [len(rows) for rows in before.values()]


@pytest.fixture
def clerk(postgres: str) -> Iterator[Site]:
    """A database made by its owner, as a role sees it that may read and write and nothing else."""
    with own_schema(postgres) as site:
        site.upgrade()
        role = f"{site.schema}_clerk"
        granting = (
            f"CREATE ROLE {role}",
            f"GRANT USAGE ON SCHEMA {site.schema} TO {role}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {site.schema} TO {role}",
        )
        with site.engine.begin() as connection:
            for command in granting:
                connection.execute(sa.text(command))
        url = sa.make_url(postgres).update_query_dict({"options": f"-c role={role}"})
        engine = sa.create_engine(url)
        yield Site(engine, site.schema)
        engine.dispose()
        with site.engine.begin() as connection:
            connection.execute(sa.text(f"DROP OWNED BY {role}"))
            connection.execute(sa.text(f"DROP ROLE {role}"))


def test_a_role_without_ddl_is_all_that_the_store_needs(clerk: Site) -> None:
    made = clerk.tables(prefix="made_").steps
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        made.create(clerk.engine)
    filled(clerk)
    clerk.store().create_tables()
