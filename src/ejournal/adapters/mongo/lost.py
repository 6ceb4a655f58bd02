"""Transactions that may stand open on the server because their line was cut.

The driver ends such a transaction on another line. The server may read that before it reads what
was still under way on the first: then the transaction begins with nobody to end it, and holds its
school until `transactionLifetimeLimitSeconds` have passed.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from attrs import define, field
from bson import Binary
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

__all__ = ["LostSessions"]

_KEPT = 300.0
_PAUSE = 0.25


@define(eq=False)
class LostSessions:
    """The sessions of this process whose line was cut in a transaction, for five minutes.

    The driver uses none of them again.
    """

    _client: MongoClient[dict[str, Any]]
    _noted: dict[Binary, float] = field(init=False, factory=dict)
    _next: float = field(init=False, default=0.0)

    def note(self, session: ClientSession) -> None:
        """Note a session that is left, if its line was cut; the driver tells by no public name."""
        if getattr(getattr(session, "_server_session", None), "dirty", False):
            self._noted[session.session_id["id"]] = time.monotonic()

    def end(self) -> None:
        """Let the server end what the sessions have left open; who meets a writer may meet them.

        What cannot be ended so, because the line is cut or the server does not let this user, ends
        by itself later.
        """
        now = time.monotonic()
        if not self._noted or now < self._next:
            return
        self._next = now + _PAUSE
        for lost, noted in list(self._noted.items()):
            if now - noted > _KEPT:
                self._noted.pop(lost, None)
        with suppress(PyMongoError):
            self._client.admin.command("killSessions", [{"id": lost} for lost in list(self._noted)])
