"""A cursor whose errors are faults of this library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

import sqlalchemy as sa
from attrs import define, frozen

from ejournal.adapters.sql._dialects import Dialect
from ejournal.adapters.sql._statements import Plan
from ejournal.errors import NotAllowedHere, Unavailable, Unreadable

__all__ = ["Ongoing", "Watched", "Wire", "driver_error", "translated"]

_FETCHED = 5_000


class _Begun(Protocol):
    """A transaction of the host's."""

    @property
    def is_active(self) -> bool: ...


@define
class Ongoing:
    """The transaction of a driver's own connection, which begins it at the first statement."""

    _dialect: Dialect
    _driver: Any
    _seen: bool = False

    @property
    def is_active(self) -> bool:
        """Whether it may still begin, or has begun and was not ended."""
        there = self._dialect.in_transaction(self._driver)
        active = there or not self._seen
        self._seen = self._seen or there
        return active


@frozen
class Watched:
    """A cursor that is of use only until the host's transaction ends.

    The driver would begin another, or commit what is written by itself: rows and entries apart.
    """

    _cursor: Any
    _begun: _Begun

    def __getattr__(self, name: str) -> Any:
        if not self._begun.is_active:
            raise NotAllowedHere("connection", "no-transaction")
        return getattr(self._cursor, name)


@contextmanager
def translated(dialect: Dialect) -> Iterator[None]:
    """Turn what SQLAlchemy says of the database into faults of this library.

    Its errors quote the names and texts that a statement was given, and causes end in logs with
    what they caused: so the driver's own error is named as the cause.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        cause = driver_error(error)
        raise dialect.fault(cause) from cause
    except sa.exc.TimeoutError as error:
        raise Unavailable(type(error).__name__) from error


def driver_error(error: sa.exc.DBAPIError) -> Exception:
    """Return the driver's own error, which SQLAlchemy's stands for."""
    return error.orig if isinstance(error.orig, Exception) else error


@define
class Wire:
    """Puts one statement after another to the database; `errors` is the driver's root of errors."""

    driver: Any
    cursor: Any
    dialect: Dialect
    errors: type[Exception]

    def first(self, text: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
        """Return the first row of an answer, or None."""
        try:
            self.cursor.execute(text, values)
            row: tuple[Any, ...] | None = self.cursor.fetchone()
        except self.errors as error:
            self._fail(error)
        return row

    def all(self, text: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of an answer."""
        try:
            self.cursor.execute(text, values)
            rows: list[tuple[Any, ...]] = self.cursor.fetchall()
        except self.errors as error:
            self._fail(error)
        return rows

    def changed(self, text: str, values: tuple[Any, ...] = ()) -> int:
        """Return how many rows a statement inserted, changed or removed."""
        try:
            self.cursor.execute(text, values)
        except self.errors as error:
            self._fail(error)
        return int(self.cursor.rowcount)

    def streamed(self, text: str, values: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of an answer, fetched a piece at a time; others may be asked meanwhile."""
        try:
            cursor = self.dialect.streaming_cursor(self.driver)
            try:
                cursor.execute(text, values)
                while rows := cursor.fetchmany(_FETCHED):
                    yield from rows
            finally:
                cursor.close()
        except self.errors as error:
            self._fail(error)

    def inserted(self, plan: Plan, rows: Iterable[tuple[Any, ...]]) -> bool:
        """Insert many rows; say whether it was done, or none was because a place is taken."""
        try:
            with self._savepoint():
                self.dialect.insert_many(self.cursor, plan.insert, plan.name, plan.columns, rows)
        except self.errors as error:
            if not self.dialect.is_taken(error):
                self._fail(error)
            return False
        return True

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """Take back what the database refused; who is cancelled rolls back more than that."""
        self.cursor.execute("SAVEPOINT ejournal_rows")
        try:
            yield
        except self.errors:
            self.cursor.execute("ROLLBACK TO SAVEPOINT ejournal_rows")
            self.cursor.execute("RELEASE SAVEPOINT ejournal_rows")
            raise
        self.cursor.execute("RELEASE SAVEPOINT ejournal_rows")

    def _fail(self, error: Exception) -> NoReturn:
        """Raise what the error means; causes end in logs, so one that may quote rows is cut off."""
        fault = self.dialect.fault(error)
        raise fault from (None if isinstance(fault, Unreadable) else error)
