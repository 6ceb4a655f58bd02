"""The contract over MongoDB: on a replica set, and on a server that stands alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mongo_stores import Documents, empty, furnished, lone_server
from stores import Clock, counted_salts

from ejournal.adapters.mongo import Guarantee, MongoStore
from ejournal.ids import IdMaker
from ejournal.testing.storage import *  # noqa: F403 - the way a vendor takes the contract

__all__ = ["furnished", "lone_server"]


@pytest.fixture(params=["furnished", "lone_server"], ids=["replica-set", "stand-alone"])
def store(request: pytest.FixtureRequest, clock: Clock) -> Iterator[MongoStore]:
    database: Documents = request.getfixturevalue(request.param)
    guarantees = {"furnished": Guarantee.TRANSACTIONS, "lone_server": Guarantee.NO_ROLLBACK}
    yield MongoStore(
        database,
        guarantee=guarantees[request.param],
        clock=clock,
        ids=IdMaker(),
        salts=counted_salts(),
    )
    empty(database)
