"""What every storage promises, asked through the async door."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from async_door import ThroughTheDoor
from mongo_stores import Documents, empty
from sqlalchemy.ext.asyncio import create_async_engine
from stores import emptied

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.adapters.sql.aio import AsyncSqlStore
from ejournal.aio import AsyncStore
from ejournal.store import Store
from ejournal.testing.storage import *  # noqa: F403 - the way a vendor takes the contract


@pytest.fixture(params=["memory", "sqlite", "postgresql", "mongodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match request.param:
        case "memory":
            yield ThroughTheDoor(AsyncStore(MemoryStore()))
        case "sqlite":
            url = f"sqlite+aiosqlite:///{tmp_path}/ejournal.db"
            door = AsyncSqlStore(create_async_engine(url, poolclass=sa.NullPool))
            configure_sqlite(door.store.engine)
            asyncio.run(door.create_tables())
            yield ThroughTheDoor(door)
        case "postgresql":
            made: SqlStore = request.getfixturevalue("postgres_tables")
            with emptied(made):
                engine = create_async_engine(made.engine.url, poolclass=sa.NullPool)
                yield ThroughTheDoor(AsyncSqlStore(engine))
        case "mongodb":
            database: Documents = request.getfixturevalue("furnished")
            yield ThroughTheDoor(AsyncStore(MongoStore(database)))
            empty(database)
