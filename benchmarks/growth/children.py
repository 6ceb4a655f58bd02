"""What other processes need to work in a database that this one made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing import get_context

from benchmarks.databases import Database
from benchmarks.school import NOW, FilledSchool
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.ids import AccountId, GrantId
from ejournal.model.access import Actor, Cabinet, Grant, System
from ejournal.model.ledger import Event
from ejournal.model.permissions import Role, rights_of
from ejournal.store import SchoolUnit, Store

__all__ = ["CHILDREN", "address_of", "administrator", "opened"]

CHILDREN = get_context("spawn")
"""Starts processes that share nothing with this one, like those of a host."""


def address_of(database: Database) -> str:
    """Return where another process finds the database."""
    if isinstance(database.store, MongoStore):
        host, port = database.store.database.client.address or ("", 0)
        return f"mongodb://{host}:{port}/{database.store.database.name}?directConnection=true"
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def opened(address: str) -> Iterator[SqlStore | MongoStore]:
    """Open a store there, at the time that it is in the benchmarks."""
    kind = MongoStore if address.startswith("mongodb") else SqlStore
    store = kind.open(address, clock=_now)
    try:
        yield store
    finally:
        store.dispose()


def _now() -> datetime:
    return NOW


class Appointed(Event):
    """Somebody was made the school's administrator."""

    name = "appointed"


def administrator(store: Store, school: FilledSchool) -> Actor:
    """Appoint somebody who may take marks in and give them out."""
    return store.run(school.id, System("benchmark"), _appoint)


def _appoint(unit: SchoolUnit) -> Actor:
    role = Role.SCHOOL_ADMIN
    made = Grant(
        *(GrantId(unit.new_id()), role, rights_of(role), AccountId(unit.new_id())),
        *(None, NOW - timedelta(days=90)),
    )
    kept = unit.grants.add(made)
    unit.record(Appointed())
    return Actor(AccountId(kept.account or 0), Cabinet(role, unit.id))
