"""The library's own storages, offered by URL scheme."""

from __future__ import annotations

from collections.abc import Mapping

from ejournal.adapters.memory import MemoryStore
from ejournal.plugins.extras import brought_by
from ejournal.plugins.hookspecs import StoreFactory, hookimpl
from ejournal.ports import Policies
from ejournal.store import Store

__all__ = ["ejournal_stores"]


@hookimpl
def ejournal_stores() -> Mapping[str, StoreFactory]:
    """Offer `memory:`, `sqlite:///path`, `postgresql://user@host/database` and `mongodb:` likewise.

    `mongodb+srv:` is known, too.
    """
    return {
        "memory": _memory,
        "sqlite": _sqlite,
        "postgresql": _postgresql,
        "postgres": _postgresql,
        "mongodb": _mongodb,
    }


def _memory(url: str, policies: Policies) -> Store:
    del url
    return MemoryStore(policies=policies)


def _sqlite(url: str, policies: Policies) -> Store:
    with brought_by("sql", "sqlalchemy"):
        return _sql(url, policies)


def _postgresql(url: str, policies: Policies) -> Store:
    with brought_by("postgres", "sqlalchemy", "psycopg"):
        return _sql(url, policies)


def _sql(url: str, policies: Policies) -> Store:
    # SQLAlchemy and the driver are imported only by who opens a database.
    from ejournal.adapters.sql import SqlStore

    return SqlStore.open(url, policies=policies)


def _mongodb(uri: str, policies: Policies) -> Store:
    # PyMongo likewise.
    with brought_by("mongo", "pymongo", "bson"):
        from ejournal.adapters.mongo import MongoStore

    return MongoStore.open(uri, policies=policies)
