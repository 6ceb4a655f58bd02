"""What is peculiar to the SQL adapter; what every storage promises is in the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from stores import MONDAY

from ejournal.adapters.sql import SqlStore, SqlTables, configure_sqlite
from ejournal.errors import Missing, SchemaMismatch, Stale
from ejournal.model.access import System, Throttle
from ejournal.store import Store

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
