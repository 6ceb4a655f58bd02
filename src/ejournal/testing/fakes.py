"""A stand-in for every port, for tests of what is built on them.

The store to test with is `ejournal.adapters.memory.MemoryStore`: it keeps every promise but
durability, so it is no stand-in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from attrs import define, field, frozen

from ejournal.model.access import Verified
from ejournal.model.page import JournalPage
from ejournal.ports import Denied, Exporter, Identity, Mailbox, Mailer, Outcome, Posted, Receipt

__all__ = ["FixedIdentity", "KeptPages", "Letterbox", "LetterboxMessage", "Outbox", "StillClock"]


@define
class Outbox(Mailer):
    """A mail server that keeps every message it was handed.

    `replies` are given one after the other; when they have run out, every message is taken.
    """

    replies: list[Receipt] = field(factory=list)
    handed: list[Posted] = field(factory=list)

    def send(self, message: Posted, /) -> Receipt:
        """Keep the message and answer with the next reply."""
        self.handed.append(message)
        return self.replies.pop(0) if self.replies else Receipt(Outcome.SENT, "250 kept")


@define
class LetterboxMessage:
    """A message in a `Letterbox`; `is_done` says whether it was marked as taken in."""

    raw: bytes
    is_done: bool = False

    def done(self) -> None:
        """Mark the message, as a reader does after it has taken it in."""
        self.is_done = True


@define
class Letterbox(Mailbox):
    """A mailbox with the messages a test puts into it."""

    _messages: list[LetterboxMessage] = field(factory=list)

    @classmethod
    def with_messages(cls, raws: Iterable[bytes]) -> Letterbox:
        """Return a mailbox in which those messages have arrived, in that order."""
        return cls([LetterboxMessage(raw) for raw in raws])

    def messages(self) -> Iterator[LetterboxMessage]:
        """Yield what nobody has marked done, as the port promises."""
        yield from [message for message in self._messages if not message.is_done]


@frozen
class FixedIdentity(Identity[str]):
    """An identity adapter that knows the claims it was given, and nobody else.

    The claim is a word; the person who says it is the subject it stands for.
    """

    subjects: Mapping[str, str]
    scheme: str = "fixed"

    def identify(self, claim: str, /) -> Verified | Denied:
        """Return the subject of a known word; a strange word is denied without a wait."""
        subject = self.subjects.get(claim)
        return Denied() if subject is None else Verified(self.scheme, subject)


@define
class KeptPages(Exporter):
    """An exporter that keeps the pages it was given and writes a line for each."""

    name: str = "kept"
    media_type: str = "text/plain"
    pages: list[JournalPage] = field(factory=list)

    def export(self, page: JournalPage, /) -> Iterator[bytes]:
        """Keep the page and yield whose it is."""
        self.pages.append(page)
        yield f"{page.heading.school_class} {page.heading.subject}\n".encode()


@define
class StillClock:
    """A clock for a store that stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the instant it stands at."""
        return self.now

    def move(self, by: timedelta) -> None:
        """Let that much time pass."""
        self.now += by
