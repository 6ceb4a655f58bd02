"""Sending letters, offered by URL scheme."""

from __future__ import annotations

from collections.abc import Mapping

from ejournal.plugins.hookspecs import MailerFactory, hookimpl
from ejournal.ports import Mailer

__all__ = ["ejournal_mailers"]


@hookimpl
def ejournal_mailers() -> Mapping[str, MailerFactory]:
    """Offer `smtp://user:password@host:port` with STARTTLS, `smtps:` with TLS from the start.

    `smtp://host:port?starttls=no` sends in the clear, for a relay on the same machine.
    """
    return {"smtp": _smtp, "smtps": _smtp}


def _smtp(url: str) -> Mailer:
    # ssl and smtplib are imported only by who sends.
    from ejournal.adapters.smtp import SmtpMailer

    return SmtpMailer.open(url)
