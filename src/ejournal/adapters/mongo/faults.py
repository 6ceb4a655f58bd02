"""What the driver says of the world, as faults of this library, and how a commit is asked for.

What a server answers may quote the documents it was given, and texts of errors end in logs with
their causes. So of an answer the name alone is told and no cause is kept; what happened on the way
to the server quotes nobody.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, ClassVar

from attrs import define
from bson.errors import BSONError
from pymongo.client_session import ClientSession
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    DuplicateKeyError,
    PyMongoError,
    WriteConcernError,
)

from ejournal.errors import Fault, OutcomeUnknown, SchemaMismatch, Unavailable, Unreadable

__all__ = ["TRANSLATED", "StandAlone", "commit", "is_conflict", "pauses_until"]

_CONFLICT = "WriteConflict"
_PASSING = {
    _CONFLICT,
    "ExceededTimeLimit",
    "InterruptedAtShutdown",
    "InterruptedDueToReplStateChange",
    "LockBusy",
    "LockTimeout",
    "MaxTimeMSExpired",
    "NoSuchTransaction",
    "ShutdownInProgress",
    "SnapshotTooOld",
    "SnapshotUnavailable",
    "TransactionExceededLifetimeLimitSeconds",
    "TransactionTooOld",
}
_FIRST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05


@define
class StandAlone(Fault):
    """The server is no member of a replica set, so nothing can be rolled back."""

    code: ClassVar[str] = "stand-alone"
    texts: ClassVar[tuple[str, str]] = (
        "the server of {database} is no member of a replica set, so nothing could be rolled back",
        "сервер бази {database} не входить до набору реплік, тож відкотити зміни було б неможливо",
    )
    database: str


class _Translated:
    """A block in which the driver's errors become faults; one of them serves all."""

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Raise the fault that stands for a driver's error."""
        if isinstance(error, ConnectionFailure | ConfigurationError):
            raise Unavailable(str(error)) from error
        if isinstance(error, PyMongoError | BSONError):
            raise _fault_of(error) from None


TRANSLATED = _Translated()


def is_conflict(error: PyMongoError) -> bool:
    """Say whether somebody else wrote the same document in a transaction of theirs."""
    return _named(error) == _CONFLICT


def pauses_until(deadline: float) -> Iterator[float]:
    """Yield growing seconds to wait after each attempt, one at least, until that moment."""
    pause = _FIRST_PAUSE
    yield pause
    while time.monotonic() < deadline:
        pause = min(_LONGEST_PAUSE, pause * 1.5)
        yield pause * random.uniform(0.5, 1.5)  # noqa: S311 - jitter


def commit(session: ClientSession, patience: float) -> None:
    """Commit, asking again for as long as the answer does not come.

    Raises `Unavailable` where the server says that nothing was kept, and `OutcomeUnknown` where it
    has not said anything for `patience` seconds.
    """
    unanswered: PyMongoError | None = None
    for pause in pauses_until(time.monotonic() + patience):
        try:
            session.commit_transaction()
        except PyMongoError as error:
            if not _is_unanswered(error):
                with TRANSLATED:
                    raise
            unanswered = error
        else:
            return
        time.sleep(pause)
    raise OutcomeUnknown(_named(unanswered)) from None


def _is_unanswered(error: PyMongoError) -> bool:
    if _is_labelled(error, "TransientTransactionError"):
        return False
    unknown = _is_labelled(error, "UnknownTransactionCommitResult")
    return unknown or isinstance(error, ConnectionFailure | WriteConcernError)


def _fault_of(error: Exception) -> Fault:
    name = _named(error)
    passing = isinstance(error, DuplicateKeyError | WriteConcernError) or name in _PASSING
    if passing or _is_labelled(error, "TransientTransactionError"):
        return Unavailable(name)
    if "hint provided" in str(error):
        return SchemaMismatch("without an index", "its indexes")
    return Unreadable("the database", name)


def _is_labelled(error: Exception, label: str) -> bool:
    return isinstance(error, PyMongoError) and error.has_error_label(label)


def _named(error: Exception | None) -> str:
    """Return the server's name for an error, or the driver's, and none of its words."""
    details: Any = getattr(error, "details", None)
    name = details.get("codeName") if isinstance(details, dict) else None
    return str(name or type(error).__name__)
