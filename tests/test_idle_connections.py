"""Connections that a store keeps for PostgreSQL: those that ended meanwhile, before and in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from own_databases import libpq, postgres_database

from ejournal.adapters.sql import SqlStore
from ejournal.errors import Unavailable
from ejournal.ids import SchoolId
from ejournal.model.access import System

SCHOOL, HOST = SchoolId(1), System("host")


@pytest.fixture
def store(postgres: str) -> Iterator[SqlStore]:
    with postgres_database(postgres) as url:
        store = SqlStore.open(url)
        store.create_tables()
        yield store
        store.dispose()


def end_all_connections(store: SqlStore) -> None:
    """Let the server end every connection to the store's database, as a restart would."""
    from psycopg import connect

    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with connect(libpq(url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def look(store: SqlStore) -> None:
    with store.reading(SCHOOL, HOST) as unit:
        assert list(unit.marks.all()) == []


def test_one_that_ended_while_it_was_idle_is_replaced_before_it_is_used(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ejournal.adapters.sql.store._FRESH", 0)
    look(store)
    end_all_connections(store)
    look(store)


def test_one_that_ended_right_after_its_use_is_told_as_unavailable_once(store: SqlStore) -> None:
    look(store)
    end_all_connections(store)
    with pytest.raises(Unavailable):
        look(store)
    look(store)
    assert store.pending_steps() == ()


def test_a_unit_that_may_be_repeated_does_not_notice(store: SqlStore) -> None:
    look(store)
    end_all_connections(store)
    assert store.run(SCHOOL, HOST, lambda unit: unit.id) == SCHOOL
