"""What a store asks of a SQL database, seen where its statements meet the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from attrs import frozen


@frozen
class Asked:
    """A statement as the driver got it; values that SQLite's driver filled in are not repeated."""

    text: str
    values: tuple[Any, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it is a question and changes nothing."""
        return self.text.startswith("SELECT")


@contextmanager
def overheard(engine: sa.Engine) -> Iterator[list[Asked]]:
    """Give the list to which every statement is added that the engine's connections execute."""
    heard: list[Asked] = []
    told = _Told(heard)
    sa.event.listen(engine, "checkout", told.begin)
    sa.event.listen(engine, "checkin", told.end)
    try:
        yield heard
    finally:
        sa.event.remove(engine, "checkout", told.begin)
        sa.event.remove(engine, "checkin", told.end)


@frozen
class _Told:
    """Listens on a connection for as long as it is out of the pool."""

    heard: list[Asked]

    def begin(self, driver: Any, *_: object) -> None:
        if hasattr(driver, "set_trace_callback"):
            driver.set_trace_callback(lambda text: self.heard.append(Asked(text)))
        else:
            driver.cursor_factory = _listening(driver.cursor_factory, self.heard)

    def end(self, driver: Any, *_: object) -> None:
        if driver is None:
            return
        if hasattr(driver, "set_trace_callback"):
            driver.set_trace_callback(None)
        else:
            driver.cursor_factory = driver.cursor_factory.__base__


def _listening(cursor_class: Any, heard: list[Asked]) -> Any:
    class Listening(cursor_class):  # type: ignore[misc] # as the driver has it
        def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            heard.append(Asked(str(query), tuple(params or ())))
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> Any:
            heard.append(Asked(str(query)))
            return super().executemany(query, params_seq, **options)

        def copy(self, statement: Any, *values: Any, **options: Any) -> Any:
            heard.append(Asked(str(statement)))
            return super().copy(statement, *values, **options)

    return Listening
