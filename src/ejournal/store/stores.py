"""The store: the door to every unit of work."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from ejournal.codec import shape_of
from ejournal.errors import Fault
from ejournal.ids import REGISTRY, IdMaker, SchoolId, instant
from ejournal.model.access import Actor, System
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.ledger import Entry, Finding, Head, Seal
from ejournal.ports import Capability, Policies, Table, Transaction
from ejournal.store import proof
from ejournal.store.chain import Chain, Circumstances
from ejournal.store.repeating import once
from ejournal.store.retrying import Trial
from ejournal.store.tables import ENTRIES, HEADS, PERSONAL, check_number, head_in
from ejournal.store.units import HousekeepingUnit, RegistryUnit, SchoolUnit, housekeeping

__all__ = ["Store", "tables"]

P = ParamSpec("P")
R = TypeVar("R")


def tables() -> tuple[Table, ...]:
    """Return every table a storage keeps: one for each aggregate, and the ledger's."""
    return (*(shape_of(aggregate).table for aggregate in AGGREGATES), HEADS, ENTRIES, PERSONAL)


class Store(ABC):
    """Opens units of work on one storage.

    An adapter subclasses it and implements `begin`. `clock`, `ids` and `salts` are the host's to
    replace, also after a store was opened by URL; nothing in the model reads them by itself.
    """

    cannot: frozenset[Capability] = frozenset()

    def __init__(
        self,
        *,
        policies: Policies | None = None,
        clock: Callable[[], datetime] = partial(datetime.now, UTC),
        ids: IdMaker | None = None,
        salts: Callable[[], str] = partial(secrets.token_hex, 16),
    ) -> None:
        self.policies = policies or Policies()
        self.clock = clock
        self.ids = ids or IdMaker()
        self.salts = salts

    @abstractmethod
    def begin(self, *, writing: bool) -> AbstractContextManager[Transaction]:
        """Open a transaction: leaving it commits, leaving it by an exception rolls back.

        One that is not `writing` sees a single committed state and takes no lock.
        """

    @contextmanager
    def school(self, school: SchoolId, actor: Actor | System, /) -> Iterator[SchoolUnit]:
        """Open one school for writing; other writers of the school wait.

        Leaving the block commits; leaving it by an exception rolls back. A unit that was left
        raises `NotAllowedHere` whatever it is asked.
        """
        with (
            self.begin(writing=True) as transaction,
            self.school_in(transaction, school, actor) as unit,
        ):
            yield unit

    @contextmanager
    def reading(self, school: SchoolId, actor: Actor | System, /) -> Iterator[SchoolUnit]:
        """Open one school for reading, without a lock; a write raises `ReadOnly`."""
        with (
            self.begin(writing=False) as transaction,
            self.reading_in(transaction, school, actor) as unit,
        ):
            yield unit

    @contextmanager
    def registry(self, actor: Actor | System, /) -> Iterator[RegistryUnit]:
        """Open what spans schools for writing, and from it schools, in one transaction."""
        with (
            self.begin(writing=True) as transaction,
            self.registry_in(transaction, actor) as unit,
        ):
            yield unit

    @contextmanager
    def browsing(self, actor: Actor | System, /) -> Iterator[RegistryUnit]:
        """Open what spans schools for reading, without a lock; a write raises `ReadOnly`."""
        with (
            self.begin(writing=False) as transaction,
            self.browsing_in(transaction, actor) as unit,
        ):
            yield unit

    @contextmanager
    def school_in(
        self, transaction: Transaction, school: SchoolId, actor: Actor | System, /
    ) -> Iterator[SchoolUnit]:
        """Open one school for writing in a transaction that somebody else ends.

        Leaving the block lays down what is pending and commits nothing.
        """
        unit = SchoolUnit(Chain(school, transaction, self._circumstances(actor, writing=True)))
        try:
            yield unit
            unit.close()
        finally:
            unit.end()

    @contextmanager
    def registry_in(
        self, transaction: Transaction, actor: Actor | System, /
    ) -> Iterator[RegistryUnit]:
        """Open what spans schools like `school_in`."""
        unit = RegistryUnit(Chain(REGISTRY, transaction, self._circumstances(actor, writing=True)))
        try:
            yield unit
            unit.close()
        finally:
            unit.end()

    @contextmanager
    def reading_in(
        self, transaction: Transaction, school: SchoolId, actor: Actor | System, /
    ) -> Iterator[SchoolUnit]:
        """Open one school for reading in a transaction that is open."""
        unit = SchoolUnit(Chain(school, transaction, self._circumstances(actor, writing=False)))
        try:
            yield unit
        finally:
            unit.end()

    @contextmanager
    def browsing_in(
        self, transaction: Transaction, actor: Actor | System, /
    ) -> Iterator[RegistryUnit]:
        """Open what spans schools for reading in a transaction that is open."""
        unit = RegistryUnit(Chain(REGISTRY, transaction, self._circumstances(actor, writing=False)))
        try:
            yield unit
        finally:
            unit.end()

    @contextmanager
    def housekeeping(self, actor: System, /) -> Iterator[HousekeepingUnit]:
        """Open the records outside the ledger: leases, throttle counters, cursors."""
        with self.begin(writing=True) as transaction:
            unit = housekeeping(transaction, self._circumstances(actor, writing=True))
            try:
                yield unit
            finally:
                unit.end()

    def run(
        self,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case in a unit of its own and return what it made.

        What may be retried is: a fault whose `retry` is `same` runs the use case again, from the
        start, up to eight times with growing pauses, but not after half a minute; the last fault
        is raised. `OutcomeUnknown` is raised at once: only `run_once` can tell whether the first
        attempt was kept.
        """

        def work(transaction: Transaction) -> R:
            with self.school_in(transaction, school, actor) as unit:
                return use_case(unit, *args, **kwargs)

        return self._retried(work)

    def run_once(
        self,
        key: str,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run like `run`, and at most once for that key in that school, whoever repeats it.

        A repeat after an unknown commit returns what the first call made, as it reads now; the
        use case must return the record it kept, or None. Raises `Duplicate` where the key was
        used by somebody else, or in another cabinet.
        """

        def work(transaction: Transaction) -> R:
            with self.school_in(transaction, school, actor) as unit:
                return once(unit, key, partial(use_case, unit, *args, **kwargs))

        return self._retried(work, keyed=True)

    def run_registry(
        self,
        actor: Actor | System,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case of the registry like `run`."""

        def work(transaction: Transaction) -> R:
            with self.registry_in(transaction, actor) as unit:
                return use_case(unit, *args, **kwargs)

        return self._retried(work)

    def run_housekeeping(self, actor: System, act: Callable[[HousekeepingUnit], R], /) -> R:
        """Do one thing with the records outside the ledger like `run`."""

        def attempt() -> R:
            with self.housekeeping(actor) as unit:
                return act(unit)

        return _until_kept(attempt, Trial())

    def entries(self, school: SchoolId, *, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return the next entries of a school behind number `after`: the feed a consumer follows.

        Numbers are given under the head, so who has seen n never meets a smaller one later. Here
        and below, a number that is negative or has more than 63 bits is refused as `Invalid`.
        """
        check_number("school", school)
        check_number("after", after)
        check_number("limit", limit)
        with self.begin(writing=False) as transaction:
            return list(proof.entries_after(transaction, school, after, limit))

    def heads(self) -> dict[SchoolId, Head]:
        """Return where every chain ends; a consumer reads the schools that moved."""
        with self.begin(writing=False) as transaction:
            rows = transaction.select(HEADS, None, HEADS.lookups[0])
            return {school: head_in(row) for school, row in rows}

    def seal(self, school: SchoolId) -> Seal:
        """Return the head to be kept elsewhere, against which `verify` proves the whole chain."""
        check_number("school", school)
        with self.begin(writing=False) as transaction:
            head = proof.head_of(transaction, school)
        return Seal(school, head.seq, head.hash)

    def verify(self, school: SchoolId, *seals: Seal) -> list[Finding]:
        """Return every disagreement inside the chain, with its head and with seals taken before."""
        check_number("school", school)
        with self.begin(writing=False) as transaction:
            return list(proof.proved(transaction, school, seals))

    def audit(self, school: SchoolId) -> list[Finding]:
        """Return every record that reads otherwise than the ledger says."""
        check_number("school", school)
        with self.begin(writing=False) as transaction:
            return proof.audited(transaction, school)

    def _retried(self, work: Callable[[Transaction], R], *, keyed: bool = False) -> R:
        trial = Trial(keyed)

        def attempt() -> R:
            with self.begin(writing=True) as transaction:
                return trial.attempt(work, transaction)

        return _until_kept(attempt, trial)

    def _circumstances(self, actor: Actor | System, *, writing: bool) -> Circumstances:
        now = instant(self.clock())
        return Circumstances(
            actor, now, self.policies, partial(self.ids.make, now), self.salts, writing
        )


def _until_kept(attempt: Callable[[], R], trial: Trial) -> R:
    while True:
        try:
            return attempt()
        except Fault as error:
            pause = trial.pause_after(error)
        time.sleep(pause)
