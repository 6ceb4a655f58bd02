"""The async door: whole use cases of a store, for code that awaits.

A use case is written once and runs to its end in one unit, with the same retries as `Store.run`.
Where the driver can await, the adapter has a door of its own (`ejournal.adapters.sql.aio`);
elsewhere a unit runs in a worker thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Concatenate, Generic, ParamSpec, TypeVar

from attrs import define, field

from ejournal.errors import Fault
from ejournal.ids import SchoolId
from ejournal.model.access import Actor, System
from ejournal.ports import Transaction
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.repeating import once
from ejournal.store.retrying import Trial

__all__ = ["AsyncStore", "waited_out"]

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Store)


class AsyncStore(Generic[S]):
    """Runs units of a store in worker threads.

    A task that is cancelled waits for its unit to end. Unless it was committing already, the unit
    is rolled back: nothing is ever half done.
    """

    def __init__(self, store: S) -> None:
        self.store = store

    async def run(
        self,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case like `Store.run` and return what it made."""

        def work(transaction: Transaction) -> R:
            with self.store.school_in(transaction, school, actor) as unit:
                return use_case(unit, *args, **kwargs)

        return await self._retried(work, writing=True)

    async def run_once(
        self,
        key: str,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case at most once for that key, like `Store.run_once`."""

        def work(transaction: Transaction) -> R:
            with self.store.school_in(transaction, school, actor) as unit:
                return once(unit, key, partial(use_case, unit, *args, **kwargs))

        return await self._retried(work, writing=True, keyed=True)

    async def run_registry(
        self,
        actor: Actor | System,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case of the registry like `Store.run_registry`."""

        def work(transaction: Transaction) -> R:
            with self.store.registry_in(transaction, actor) as unit:
                return use_case(unit, *args, **kwargs)

        return await self._retried(work, writing=True)

    async def read(
        self,
        school: SchoolId,
        actor: Actor | System,
        question: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Ask one school in a unit that only reads, without a lock.

        The answer is taken out of the unit: it must not be an iterator that still reads.
        """

        def work(transaction: Transaction) -> R:
            with self.store.reading_in(transaction, school, actor) as unit:
                return question(unit, *args, **kwargs)

        return await self._retried(work, writing=False)

    async def browse(
        self,
        actor: Actor | System,
        question: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Ask what spans schools like `read`."""

        def work(transaction: Transaction) -> R:
            with self.store.browsing_in(transaction, actor) as unit:
                return question(unit, *args, **kwargs)

        return await self._retried(work, writing=False)

    async def _retried(
        self, work: Callable[[Transaction], R], *, writing: bool, keyed: bool = False
    ) -> R:
        asyncio.get_running_loop()  # Says so where another library's loop runs.
        trial = Trial(keyed)
        while True:
            try:
                return await self._in_transaction(partial(trial.attempt, work), writing=writing)
            except Fault as error:
                pause = trial.pause_after(error)
            await asyncio.sleep(pause)

    async def _in_transaction(self, work: Callable[[Transaction], R], *, writing: bool) -> R:
        """Do the work in a transaction of its own; an adapter that awaits does it otherwise."""
        unit = _Abandonable(self.store, work, writing=writing)
        return await waited_out(asyncio.ensure_future(asyncio.to_thread(unit)), unit.abandon)


@define
class _Abandoned(BaseException):
    """Whoever waited for the unit has gone."""


@define
class _Abandonable(Generic[R]):
    """A unit in a worker thread, which is left without a commit once nobody waits for it."""

    _store: Store
    _work: Callable[[Transaction], R]
    _writing: bool = field(kw_only=True)
    _abandoned: bool = field(init=False, default=False)

    def abandon(self) -> None:
        self._abandoned = True

    def __call__(self) -> R:
        with self._store.begin(writing=self._writing) as transaction:
            done = _run_to_its_end(self._work, transaction)
            if self._abandoned:
                raise _Abandoned
        return done


def _run_to_its_end(work: Callable[[Transaction], R], transaction: Transaction) -> R:
    """Do the work; a `StopIteration` that comes out of it no future could hand on."""
    try:
        return work(transaction)
    except StopIteration as error:
        raise RuntimeError("a use case raised StopIteration") from error


async def waited_out(running: asyncio.Future[R], stop: Callable[[], object]) -> R:
    """Await work that is told to stop once, and waited for, however often its waiter is cancelled.

    Where a scope of anyio's is cancelled each await is, those of a rollback among them.
    """
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        await _ended(running)
        raise


async def _ended(running: asyncio.Future[R]) -> None:
    """Wait until the work is through, however often one is told to stop waiting."""
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError:
            continue
    if not running.cancelled():
        running.exception()
