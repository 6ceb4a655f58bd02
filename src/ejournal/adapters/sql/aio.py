"""The async door of SQL: the same units over a connection that awaits its database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, AsyncExitStack
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from attrs import define
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from ejournal.adapters.sql._dialects import dialect_named
from ejournal.adapters.sql._wire import translated
from ejournal.adapters.sql.schema import SqlTables
from ejournal.adapters.sql.store import SqlStore
from ejournal.aio import AsyncStore, waited_out
from ejournal.ids import SchoolId
from ejournal.model.access import Actor, System
from ejournal.ports import Transaction
from ejournal.store import RegistryUnit, SchoolUnit

__all__ = ["AsyncJoined", "AsyncSqlStore"]

P = ParamSpec("P")
R = TypeVar("R")


class AsyncSqlStore(AsyncStore[SqlStore]):
    """Runs units on connections of an `AsyncEngine`, each awaiting the database as it speaks.

    Prepare an engine for SQLite by `configure_sqlite(engine.sync_engine)`. A unit that is
    cancelled is rolled back before its task ends.
    """

    def __init__(
        self, engine: AsyncEngine, tables: SqlTables | None = None, **options: Any
    ) -> None:
        super().__init__(SqlStore(engine.sync_engine, tables, **options))
        self.engine = engine

    def within(self, host: AsyncConnection | AsyncSession) -> AsyncJoined:
        """Return the door into a transaction that the host began and will end."""
        return AsyncJoined(self.store, host)

    async def create_tables(self) -> None:
        """Create the tables like `SqlStore.create_tables`."""
        with self._translated():
            async with self.engine.connect() as connection:
                await connection.run_sync(self.store.create_tables_on)
                await connection.commit()

    async def _in_transaction(self, work: Callable[[Transaction], R], *, writing: bool) -> R:
        def unit(connection: sa.Connection) -> R:
            with self.store.begin_on(connection, writing=writing) as transaction:
                return work(transaction)

        running = asyncio.create_task(self._connected(unit))
        return await waited_out(running, running.cancel)

    async def _connected(self, unit: Callable[[sa.Connection], R]) -> R:
        async with AsyncExitStack() as stack:
            with self._translated():
                connection = await stack.enter_async_context(self.engine.connect())
            return await connection.run_sync(unit)

    def _translated(self) -> AbstractContextManager[None]:
        return translated(dialect_named(self.engine.dialect.name))


@define
class AsyncJoined:
    """Use cases in a host's transaction: nothing is begun, committed, rolled back or closed here.

    See `SqlStore.join`. Nothing is tried again either: only the host can repeat its transaction.
    """

    _store: SqlStore
    _host: AsyncConnection | AsyncSession

    async def run(
        self,
        school: SchoolId,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case of a school and return what it made."""

        def unit(host: Any) -> R:
            with self._store.join(host, school, actor) as joined:
                return use_case(joined, *args, **kwargs)

        return await self._host.run_sync(unit)

    async def run_registry(
        self,
        actor: Actor | System,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one use case of the registry and return what it made."""

        def unit(host: Any) -> R:
            with self._store.join_registry(host, actor) as joined:
                return use_case(joined, *args, **kwargs)

        return await self._host.run_sync(unit)
