"""Handing messages to a mail server over SMTP, with TLS and authentication.

What is the server's or the host's fault puts a message off; only what the server says of the
message itself refuses it. A reply to the whole message that never came is neither: the message is
put off and may arrive twice.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from enum import Enum

from attrs import define, field

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ports import Outcome, Posted, Receipt

__all__ = ["Security", "SmtpMailer"]

# Sending waits for the server at most a dozen times; with these it gives up within four minutes,
# before the default lease of a letter runs out. Filters take their time over a whole message, and
# hanging up on them is what makes second copies.
_WAIT = 12.0
_WAIT_FOR_DATA = 60.0
_WAIT_FOR_GOODBYE = 2.0

# Not about the message: the host has to sign in, or to encrypt, first (RFC 4954, RFC 3207).
_HOST_MUST_ACT = frozenset({530, 534, 535, 538})


class Security(Enum):
    """How the connection is encrypted; `NONE` is for a server on the same machine."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@define
class SmtpMailer:
    """Hands each message over in a connection of its own.

    The server's certificate is verified against the system's authorities, or by `context`. A
    server that offers no STARTTLS where it is asked for gets no message. Credentials go only over
    an encrypted connection, else `NotAllowedHere`, and have to be ASCII, else `Invalid`.
    """

    host: str
    port: int = 587
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = None
    wait: float = _WAIT
    wait_for_data: float = _WAIT_FOR_DATA
    local_hostname: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.username and self.security is Security.NONE:
            raise NotAllowedHere(f"{self.host}:{self.port}", "not-encrypted")
        if not (self.username + self.password).isascii():
            raise Invalid("SMTP credentials", "", "alphabet", personal=True)

    def send(self, message: Posted, /) -> Receipt:
        """Try once, as the port asks; a failure to say goodbye afterwards changes nothing."""
        try:
            client = self._connected()
        except smtplib.SMTPResponseException as error:
            return Receipt(Outcome.LATER, _said(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            return Receipt(Outcome.LATER, _told(error))
        try:
            return self._sent(client, message)
        finally:
            _say_goodbye(client)

    def _connected(self) -> smtplib.SMTP:
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(
                self.host, self.port, self.local_hostname, timeout=self.wait, context=self._tls()
            )
        return smtplib.SMTP(self.host, self.port, self.local_hostname, timeout=self.wait)

    def _tls(self) -> ssl.SSLContext:
        return self.context or ssl.create_default_context()

    def _sent(self, client: smtplib.SMTP, message: Posted) -> Receipt:
        try:
            self._begin(client)
            return self._hand_over(client, message)
        except _Declined as error:
            return error.receipt
        except smtplib.SMTPResponseException as error:
            return Receipt(Outcome.LATER, _said(error.smtp_code, error.smtp_error))
        except (smtplib.SMTPException, OSError) as error:
            return Receipt(Outcome.LATER, _told(error))

    def _begin(self, client: smtplib.SMTP) -> None:
        """Greet, encrypt and sign in; whatever fails here is not about the message."""
        client.ehlo_or_helo_if_needed()
        if self.security is Security.STARTTLS:
            client.starttls(context=self._tls())
            client.ehlo_or_helo_if_needed()
        if self.username:
            client.login(self.username, self.password)

    def _hand_over(self, client: smtplib.SMTP, message: Posted) -> Receipt:
        _accepted(*client.mail(message.sender, _options(client, message)))
        _accepted(*client.rcpt(message.recipient))
        _be_patient(client, self.wait_for_data)
        try:
            code, reply = client.data(message.raw)
        except smtplib.SMTPDataError as error:
            code, reply = error.smtp_code, _as_bytes(error.smtp_error)
        _accepted(code, reply)
        return Receipt(Outcome.SENT, _said(code, reply))


@define
class _Declined(Exception):
    """The server answered a command of the message otherwise than by accepting it."""

    receipt: Receipt


def _options(client: smtplib.SMTP, message: Posted) -> list[str]:
    if message.recipient.isascii():
        return []
    if not client.has_extn("smtputf8"):
        raise _Declined(Receipt(Outcome.REFUSED, "the server does not offer SMTPUTF8"))
    return ["SMTPUTF8"]


def _accepted(code: int, reply: bytes) -> None:
    if 200 <= code < 300:
        return
    about_the_message = 500 <= code < 600 and code not in _HOST_MUST_ACT
    outcome = Outcome.REFUSED if about_the_message else Outcome.LATER
    raise _Declined(Receipt(outcome, _said(code, reply)))


def _be_patient(client: smtplib.SMTP, seconds: float) -> None:
    if client.sock is not None:
        client.sock.settimeout(seconds)


def _say_goodbye(client: smtplib.SMTP) -> None:
    # After a handshake that failed the socket is there and cannot be used.
    with suppress(smtplib.SMTPException, OSError):
        _be_patient(client, _WAIT_FOR_GOODBYE)
        client.quit()
    client.close()


def _said(code: int, reply: bytes | str) -> str:
    return f"{code} {_as_bytes(reply).decode(errors='replace')}"


def _as_bytes(reply: bytes | str) -> bytes:
    return reply.encode() if isinstance(reply, str) else reply


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
