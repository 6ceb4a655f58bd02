"""What is peculiar to the SQL adapter; what every storage promises is in the contract."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from traceback import format_exception_only
from typing import Any

import pytest
import sqlalchemy as sa
from adding import add_subject
from stores import MONDAY

from ejournal.adapters.sql import SqlStore, SqlTables, configure_sqlite
from ejournal.errors import Invalid, Missing, SchemaMismatch, Stale, Unreadable
from ejournal.model.access import System, Throttle
from ejournal.samples import set_up
from ejournal.store import Store
from ejournal.testing.storage.scene import SCHOOL

HOST = System("host")


def tables_in(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def test_only_this_librarys_tables_are_created_in_the_hosts_metadata(tmp_path: Path) -> None:
    metadata = sa.MetaData()
    sa.Table("invoices", metadata, sa.Column("id", sa.Integer, primary_key=True))
    engine = configure_sqlite(sa.create_engine(f"sqlite:///{tmp_path}/host.db"))
    tables = SqlTables(metadata)

    SqlStore(engine, tables).create_tables()

    assert tables_in(engine) == {table.name for table in tables.all()}
    assert "invoices" in metadata.tables
    engine.dispose()


def test_opening_a_store_creates_no_table(tmp_path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{tmp_path}/new.db")

    with pytest.raises(SchemaMismatch), store.registry(HOST):
        pytest.fail("the unit opened without its tables")

    assert tables_in(store.engine) == set()
    store.dispose()


@pytest.mark.parametrize(
    "url",
    [
        "a secret",
        "postgresql://me:pass@word:secret@host/journal",
        "postgresql://me:secret@[::1/journal",
    ],
)
def test_what_is_no_url_of_a_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        SqlStore.open(url)
    assert refused.value == Invalid("store", "", "pattern", personal=True)
    assert "secret" not in "".join(format_exception_only(refused.value))
    assert refused.value.__suppress_context__


def test_two_prefixes_live_side_by_side_in_one_database(tmp_path: Path) -> None:
    engine = configure_sqlite(sa.create_engine(f"sqlite:///{tmp_path}/two.db"))
    metadata = sa.MetaData()
    first, second = (SqlStore(engine, SqlTables(metadata, prefix=name)) for name in ("a_", "b_"))
    for store in (first, second):
        store.create_tables()
    with first.housekeeping(HOST) as unit:
        unit.throttles.add(Throttle("name", 1, MONDAY))

    with second.housekeeping(HOST) as unit:
        assert unit.throttles.find("name") is None
    with first.housekeeping(HOST) as unit:
        assert unit.throttles.get("name").failures == 1
    engine.dispose()


def test_an_engine_whose_rows_are_no_tuples_is_read_all_the_same(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/host.db")
    sa.event.listen(
        engine, "connect", lambda driver, _: setattr(driver, "row_factory", sqlite3.Row)
    )
    store = SqlStore(configure_sqlite(engine))
    store.create_tables()
    school = set_up(store, b"a key of at least sixteen bytes!")

    assert store.verify(school.id) == store.audit(school.id) == []
    store.dispose()


def test_an_engine_over_a_driver_that_is_not_known_is_refused() -> None:
    engine: Any = sa.create_mock_engine("postgresql+pg8000://", print)
    with pytest.raises(Invalid) as refused:
        SqlStore(engine)
    assert refused.value == Invalid("driver", "pg8000", "unknown")


def test_nothing_is_written_behind_a_head_that_is_no_head(tmp_path: Path) -> None:
    store = SqlStore.open(f"sqlite:///{tmp_path}/ejournal.db")
    store.create_tables()
    store.run(SCHOOL, HOST, add_subject)
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE ejournal_head SET hash = CAST(hash AS BLOB)"))

    with pytest.raises(Unreadable):
        store.run(SCHOOL, HOST, add_subject)
    assert len(store.entries(SCHOOL)) == 1
    store.dispose()


def test_a_personal_key_stays_out_of_refusals(store: Store) -> None:
    throttle = Throttle("olha@example.com", 1, MONDAY)
    with store.housekeeping(HOST) as unit:
        kept = unit.throttles.add(throttle)
        with pytest.raises(Missing) as missing:
            unit.throttles.get("petro@example.com")
        with pytest.raises(Stale) as stale:
            unit.throttles.save(throttle)

    assert missing.value == Missing("throttle", ("(not shown)",))
    assert stale.value == Stale("throttle", ("(not shown)",), kept)
    assert "example.com" not in f"{missing.value} {stale.value}"


def test_names_follow_the_prefix_or_what_the_host_says() -> None:
    host = {"pk": "%(table_name)s__pk", "uq": "%(table_name)s__%(column_0_N_name)s__uq"}
    metadata = sa.MetaData(naming_convention=host)
    assert names_of(SqlTables()) == [
        "ix_ejournal_school_class_chain_teacher",
        "pk_ejournal_school_class",
        "uq_ejournal_school_class_year_label",
    ]
    assert names_of(SqlTables(metadata, prefix="ej_")) == [
        "ej_school_class__chain_year_label__uq",
        "ej_school_class__pk",
        "ix_ej_school_class_chain_teacher",
    ]
    named = SqlTables(metadata, naming={"ix": "%(table_name)s__%(column_0_N_name)s__ix"})
    assert names_of(named) == [
        "ejournal_school_class__chain_teacher__ix",
        "pk_ejournal_school_class",
        "uq_ejournal_school_class_year_label",
    ]


def names_of(tables: SqlTables, table: str = "school_class") -> list[str]:
    """The names of a table's constraints and indexes."""
    at = tables.metadata.tables[tables.prefix + table]
    names = [constraint.name for constraint in at.constraints]
    return sorted(map(str, [*names, *(index.name for index in at.indexes)]))


def test_a_name_that_a_convention_gives_twice_is_ours() -> None:
    metadata = sa.MetaData(naming_convention={"ix": "ix_%(table_name)s"})
    assert names_of(SqlTables(metadata), "journal") == [
        "ix_ejournal_journal",
        "ix_ejournal_journal_chain_second_teacher",
        "ix_ejournal_journal_chain_teacher",
        "pk_ejournal_journal",
    ]


def test_a_name_that_a_convention_makes_too_long_is_ours() -> None:
    metadata = sa.MetaData(naming_convention={"ix": "ix_%(column_0_N_label)s"})
    assert names_of(SqlTables(metadata), "lesson") == [
        "ix_ejournal_lesson_chain_ejournal_lesson_homework_to",
        "ix_ejournal_lesson_chain_ejournal_lesson_substitute",
        "ix_ejournal_lesson_chain_journal_day",
        "pk_ejournal_lesson",
    ]


def test_a_prefix_is_refused_with_which_a_name_would_be_cut_off() -> None:
    longest = "x" * (63 - len("ix_invitation_chain_folded_address_state"))
    SqlTables(prefix=longest)
    for prefix in (f"{longest}x", "ї" * 12):
        with pytest.raises(Invalid) as refused:
            SqlTables(prefix=prefix)
        assert refused.value == Invalid("prefix", prefix, "length")
