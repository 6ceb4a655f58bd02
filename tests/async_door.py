"""A store that is reached through the async door alone, for tests that do not await.

Each unit has an event loop in a thread of its own. What a test asks of a transaction is carried
there, and done where the door does its work: on the connection that awaits.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from attrs import define, field

from ejournal.aio import AsyncStore
from ejournal.ids import SchoolId
from ejournal.model.access import Actor, System
from ejournal.model.declaration import Lookup
from ejournal.ports import Row, Table, Transaction
from ejournal.store import RegistryUnit, SchoolUnit, Store

P = ParamSpec("P")
R = TypeVar("R")

_Answer = tuple[Any, BaseException | None]


class _Leave(BaseException):
    """The test left its block by an exception."""


@define
class _Far(Transaction):
    """A transaction in another thread: calls go over, answers come back."""

    asked: queue.Queue[Callable[[Transaction], Any] | None] = field(factory=queue.Queue)
    answers: queue.Queue[_Answer] = field(factory=queue.Queue)

    def serve(self, near: Transaction) -> None:
        """Answer until there is nothing more to ask."""
        self.answers.put((None, None))
        while (call := self.asked.get()) is not None:
            try:
                self.answers.put((call(near), None))
            except BaseException as error:
                self.answers.put((None, error))
                if isinstance(error, _Leave):
                    raise

    def call(self, ask: Callable[[Transaction], R]) -> R:
        self.asked.put(ask)
        answer, error = self.answers.get(timeout=60)
        if error is not None:
            raise error
        result: R = answer
        return result

    def lock(self, school: SchoolId, /) -> Row | None:
        return self.call(lambda near: near.lock(school))

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        return self.call(lambda near: near.read(table, school, key))

    def select(
        self,
        table: Table,
        school: SchoolId | None,
        lookup: Lookup | None,
        values: Row = (),
        /,
        *,
        after: Row | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[SchoolId, Row]]:
        return iter(
            self.call(
                lambda near: list(
                    near.select(table, school, lookup, values, after=after, limit=limit)
                )
            )
        )

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.call(lambda near: near.insert(table, school, rows))

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        return self.call(lambda near: near.update(table, school, row, expected))

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        return self.call(lambda near: near.delete(table, school, key))

    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        yield from self.call(lambda near: list(near.tally(table, school, names)))

    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        yield from self.call(lambda near: list(near.spelled(table, school, names)))


class ThroughTheDoor(Store):
    """What is asked of it is awaited by the door's `run` and its kin, never done beside it."""

    def __init__(self, door: AsyncStore[Any]) -> None:
        super().__init__(clock=door.store.clock, ids=door.store.ids, salts=door.store.salts)
        self.cannot = door.store.cannot
        self._door = door

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        far, ended = _Far(), queue.Queue[BaseException | None]()
        thread = threading.Thread(
            target=self._work, args=(far, ended), kwargs={"writing": writing}, daemon=True
        )
        thread.start()
        _, error = far.answers.get(timeout=60)
        if error is not None:
            raise error
        try:
            yield far
        except BaseException:
            far.asked.put(_leave)
            ended.get(timeout=60)
            raise
        far.asked.put(None)
        if (error := ended.get(timeout=60)) is not None:
            raise error

    def _work(self, far: _Far, ended: queue.Queue[BaseException | None], *, writing: bool) -> None:
        try:
            asyncio.run(self._door._in_transaction(far.serve, writing=writing))
        except BaseException as error:  # noqa: BLE001 - it is raised in the test's thread
            far.answers.put((None, error))
            ended.put(error)
        else:
            ended.put(None)

    def run(
        self,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        return asyncio.run(self._door.run(school, actor, use_case, *args, **kwargs))

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
        return asyncio.run(self._door.run_once(key, school, actor, use_case, *args, **kwargs))

    def run_registry(
        self,
        actor: Actor | System,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        return asyncio.run(self._door.run_registry(actor, use_case, *args, **kwargs))


def _leave(_: Transaction) -> None:
    raise _Leave
