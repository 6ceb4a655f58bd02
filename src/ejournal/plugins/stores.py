"""The library's own storages, offered by URL scheme."""

from __future__ import annotations

from collections.abc import Mapping

from ejournal.adapters.memory import MemoryStore
from ejournal.plugins.hookspecs import StoreFactory, hookimpl
from ejournal.ports import Policies
from ejournal.store import Store

__all__ = ["ejournal_stores"]


@hookimpl
def ejournal_stores() -> Mapping[str, StoreFactory]:
    """Offer `memory:` and `sqlite:///path`."""
    return {"memory": _memory, "sqlite": _sqlite}


def _memory(url: str, policies: Policies) -> Store:
    del url
    return MemoryStore(policies=policies)


def _sqlite(url: str, policies: Policies) -> Store:
    # SQLAlchemy is imported only by who opens a database.
    from ejournal.adapters.sql import SqlStore

    return SqlStore.open(url, policies=policies)
