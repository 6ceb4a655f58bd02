"""What two stores that are driven in lockstep begin with: the sample school, and work to do."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from attrs import define, frozen

from ejournal.adapters.memory import MemoryStore
from ejournal.codec import shape_of
from ejournal.ids import REGISTRY, IdMaker, PersonId, SchoolId
from ejournal.intake import Reading, read_message
from ejournal.model.access import Actor, Cabinet, System
from ejournal.model.catalogue import AGGREGATES, AUTHORITY_GRANTS, GRANTS
from ejournal.model.directory import AuthorityLevel
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.permissions import Role
from ejournal.ports import Row, Table
from ejournal.samples import SampleMessage, directory, message, set_up
from ejournal.store import Store
from ejournal.store.stores import tables
from ejournal.testing.seen import Seen
from ejournal.usecases.connecting import import_directory
from ejournal.usecases.founding import add_pupil
from ejournal.usecases.inviting import invite
from ejournal.usecases.overseeing import appoint, create_authority
from ejournal.usecases.receiving import receive

__all__ = [
    "BEGUN",
    "KEY",
    "Beginning",
    "Clock",
    "all_rows",
    "grant_holders",
    "prepared",
    "readings",
    "seeded",
    "seen_at_first",
]

KEY = b"a host's key of thirty-two bytes"
"""The key that makes the tokens of invitations."""

BEGUN = datetime(2026, 9, 14, 6, 0, tzinfo=UTC)
"""When the driving begins, a week after the school did."""

_MOST = 20


@define
class Clock:
    """Stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@frozen
class Beginning:
    """The rows of a store in which the sample school has kept its first week."""

    rows: tuple[tuple[Table, SchoolId, tuple[Row, ...]], ...]

    def poured_into(self, store: Store) -> None:
        """Keep the rows in a store that is empty."""
        with store.begin(writing=True) as transaction:
            for table, school, rows in self.rows:
                transaction.insert(table, school, rows)


@cache
def seeded() -> Beginning:
    """Return the rows that both stores begin with; they are made once."""
    store = prepared(MemoryStore(), Clock(BEGUN - timedelta(days=1)))
    set_up(store, KEY)
    _leave_work_to_do(store)
    return Beginning(tuple(all_rows(store)))


def _leave_work_to_do(store: Store) -> None:
    """Leave requests to review, an authority, an invitation that waits, a pupil in no class."""
    actors = {actor.cabinet.role: actor for actor in grant_holders(store)}
    operator, office = actors[Role.TECH_ADMIN], actors[Role.SCHOOL_ADMIN]
    region = readings()[0].items.region
    for reading in readings():
        store.run_registry(System("intake"), receive, reading)
    store.run_registry(operator, import_directory, directory())
    above = store.run_registry(
        operator,
        create_authority,
        code="UA46-OBL",
        level=AuthorityLevel.OBLAST,
        name="Департамент освіти",
        region=region,
    )
    store.run_registry(operator, appoint, office.account, Role.AUTHORITY_OBLAST, authority=above.id)
    school = office.cabinet.school or REGISTRY
    name = PersonName("Новенький", "Назар")
    pupil = store.run(school, office, add_pupil, name)
    store.run(
        school,
        office,
        invite,
        name=name,
        address=Email("nazar@example.com"),
        role=Role.PUPIL,
        person=PersonId(pupil.id),
    )


def grant_holders(store: Store) -> Iterator[Actor]:
    """Yield everybody who can act, as the grants that are kept have it."""
    with store.begin(writing=False) as transaction:
        outside = list(transaction.select(shape_of(AUTHORITY_GRANTS).table, None, None))
        inside = list(transaction.select(shape_of(GRANTS).table, None, None))
    for _, row in outside[:_MOST]:
        held = shape_of(AUTHORITY_GRANTS).entity(row)
        yield Actor(held.account, Cabinet(held.role, authority=held.authority))
    for school, row in inside[:_MOST]:
        grant = shape_of(GRANTS).entity(row)
        if grant.account is not None:
            yield Actor(grant.account, Cabinet(grant.role, school, grant.person))


@cache
def seen_at_first() -> Seen:
    """Return what stands in those rows, by type."""
    seen = Seen()
    shapes = {aggregate.name: shape_of(aggregate) for aggregate in AGGREGATES}
    for table, school, rows in seeded().rows:
        if school != REGISTRY:
            seen.take(school, SchoolId)
        if table.name in shapes:
            seen.take([shapes[table.name].entity(row) for row in rows])
    return seen


def all_rows(store: Store) -> Iterator[tuple[Table, SchoolId, tuple[Row, ...]]]:
    """Yield everything a store keeps: the rows of each table and school, in their order."""
    with store.begin(writing=False) as transaction:
        for table in tables():
            rows = sorted(transaction.select(table, None, None), key=lambda pair: pair[0])
            for school, owned in itertools.groupby(rows, key=lambda pair: pair[0]):
                yield table, school, tuple(row for _, row in owned)


def prepared(store: Store, clock: Callable[[], datetime]) -> Store:
    """Give a store a clock, identifiers and salts that are the same each time, and return it."""
    numbers = itertools.count(1)
    store.clock, store.ids = clock, IdMaker()
    store.salts = lambda: f"{next(numbers):032x}"
    return store


@cache
def readings() -> tuple[Reading, ...]:
    """Return the sample messages as they are read."""
    return tuple(read_message(message(which)) for which in SampleMessage)
