"""The contract over a MongoDB server that stands alone, with the lesser guarantee."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mongo_stores import Documents, empty, lone_server
from stores import Clock, counted_salts

from ejournal.adapters.mongo import Guarantee, MongoStore
from ejournal.ids import IdMaker
from ejournal.testing.storage import *  # noqa: F403 - the way a vendor takes the contract

__all__ = ["lone_server"]


@pytest.fixture
def store(lone_server: Documents, clock: Clock) -> Iterator[MongoStore]:
    yield MongoStore(
        lone_server,
        guarantee=Guarantee.NO_ROLLBACK,
        clock=clock,
        ids=IdMaker(),
        salts=counted_salts(),
    )
    empty(lone_server)
