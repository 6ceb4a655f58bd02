"""Sending letters, offered by URL scheme."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from ejournal.errors import Invalid
from ejournal.plugins.hookspecs import MailerFactory, hookimpl
from ejournal.ports import Mailer

__all__ = ["ejournal_mailers"]


@hookimpl
def ejournal_mailers() -> Mapping[str, MailerFactory]:
    """Offer `smtp://user:password@host:port` with STARTTLS, and `smtps:` with TLS from the start.

    `smtp://localhost:25?security=none` sends in the clear, to a server on the same machine.
    Characters that mean something in a URL are percent-encoded in user and password.
    """
    return {"smtp": _smtp, "smtps": _smtp}


def _smtp(url: str) -> Mailer:
    # ssl and smtplib are imported only by who sends.
    from ejournal.adapters.smtp import Security, SmtpMailer

    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # What is wrong may be a piece of the password that has a sign of URLs in it.
        raise Invalid("mailer", "", "pattern", personal=True) from None
    implicit = parts.scheme == "smtps"
    asked = parse_qs(parts.query).get("security", ["tls" if implicit else "starttls"])[-1]
    names = [security.value for security in Security]
    if not parts.hostname or asked not in names:
        # The URL may hold a password, so it is not quoted.
        raise Invalid("mailer", "", "pattern", personal=True)
    return SmtpMailer(
        parts.hostname,
        port or (465 if implicit else 587),
        Security(asked),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )
