"""Who in this process writes in which school: the others wait here and not on the server.

On the server a second writer of a school conflicts and starts anew; threads of one process need
not. A transaction of the host's is waited for as well, until the host has ended it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import ref

from attrs import define, field

from ejournal.errors import Unavailable
from ejournal.ids import SchoolId

__all__ = ["HostSession", "Turns", "Writer"]

_GLANCE = 0.005
"""Nobody says when a host ends its transaction, so it is looked for: seconds between looks."""


class HostSession(Protocol):
    """A session of the host's, as far as it matters here."""

    @property
    def in_transaction(self) -> bool: ...


def _number_of(session: HostSession) -> int | None:
    """Return which of its session's transactions is in progress, where the driver tells.

    It does so by no public name, and not before the first statement.
    """
    number: int | None = getattr(getattr(session, "_server_session", None), "transaction_id", None)
    return number


@define(eq=False)
class Writer:
    """A transaction that writes, and the thread it was begun in.

    One of the host's goes on after the block that joined it was left, and ends although another
    one was begun on its session.
    """

    session: ref[HostSession] | None = None
    thread: int = field(factory=threading.get_ident)
    inside: bool = True
    number: int | None = None

    def begun(self) -> None:
        """Note which transaction it is: its first statement was answered."""
        session = self._hosts
        if session is not None and self.number is None:
            self.number = _number_of(session)

    @property
    def ended(self) -> bool:
        """Whether its host has ended the transaction."""
        session = self._hosts
        if session is None or not session.in_transaction:
            return True
        return self.number is not None and self.number != _number_of(session)

    @property
    def over(self) -> bool:
        """Whether nobody need wait for it any more."""
        return not self.inside and self.ended

    @property
    def _hosts(self) -> HostSession | None:
        return None if self.session is None else self.session()

    def same_as(self, other: Writer) -> bool:
        """Say whether both are of one transaction."""
        return self is other or (self.session is not None and self.session == other.session)


class Turns:
    """Gives each school to one writer at a time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: dict[SchoolId, Writer] = {}

    @contextmanager
    def writer(self, session: HostSession | None = None) -> Iterator[Writer]:
        """Give a writer whose turns are over with the block, or with the host's transaction."""
        writer = Writer(None if session is None else ref(session))
        try:
            yield writer
        finally:
            with self._changed:
                writer.inside = False
                for school in [one for one, its in self._taken.items() if its.over]:
                    del self._taken[school]
                self._changed.notify_all()

    def take(self, school: SchoolId, writer: Writer, deadline: float) -> None:
        """Take a school's turn, waiting for the writer before to end.

        Raises `Unavailable` when the deadline has passed, and at once where the thread would wait
        for itself. A transaction that the host does not end is left to the server to tell of.
        """
        with self._changed:
            while (other := self._taken.get(school)) and not (other.over or writer.same_as(other)):
                if other.thread == writer.thread:
                    raise Unavailable("this thread is writing already")
                left = deadline - time.monotonic()
                if left <= 0 and not other.inside:
                    break
                if left <= 0:
                    raise Unavailable("somebody else is writing in the school")
                self._changed.wait(left if other.session is None else min(left, _GLANCE))
            self._taken[school] = writer
