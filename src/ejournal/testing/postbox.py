"""A mail server that lets a test see what was sent, and answers as the test says."""

from __future__ import annotations

from hashlib import sha256

from attrs import frozen

from ejournal.ports import Mailer, Outcome, Posted, Receipt

__all__ = ["Postbox"]


@frozen
class Postbox(Mailer):
    """A mail server that answers by the bytes of a message: the same message, the same answer."""

    outcomes: tuple[Outcome, ...] = tuple(Outcome)

    def send(self, message: Posted, /) -> Receipt:
        """Quote a digest of what came, so that what was sent shows in what is kept."""
        digest = sha256(message.raw).hexdigest()
        return Receipt(self.outcomes[int(digest, 16) % len(self.outcomes)], f"250 {digest}")
