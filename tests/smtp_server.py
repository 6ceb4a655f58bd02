"""A real mail server on the loopback that goes wrong where it is told to.

Each session takes the next trouble of the plan; a session without one goes well.
"""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from attrs import define, evolve, field, frozen

USER, PASSWORD = "ejournal", "a long password"


class Phase(Enum):
    """Where a session goes wrong; `BODY` is after the whole message was received."""

    CONNECT = "connect"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    HALF_BODY = "half of the body"
    BODY = "body"
    QUIT = "QUIT"


@frozen
class Trouble:
    """What one session meets: a reply in place of the right one, or, without one, a cut line.

    With `silent` nothing is said and the line stays open. A message whose reply is cut or withheld
    was accepted before.
    """

    phase: Phase
    reply: str = ""
    silent: bool = False


@frozen
class Arrived:
    """One copy of a message that the server accepted."""

    sender: str
    recipient: str
    raw: bytes


@frozen
class Manner:
    """What the server offers and asks for."""

    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    sign_in: bool = False
    without: tuple[str, ...] = ()
    smtputf8: bool = True


@define
class TroubledServer:
    """What a test sees of the server: where it listens, what to go wrong next, what arrived."""

    port: int = 0
    plan: list[Trouble] = field(factory=list)
    arrived: list[Arrived] = field(factory=list)
    signed_in: list[str] = field(factory=list)
    encrypted: list[bool] = field(factory=list)

    def meets(self, *troubles: Trouble) -> None:
        """Put these troubles before the next sessions, one each."""
        self.plan.extend(troubles)


class _Session(SMTP):
    def __init__(self, server: TroubledServer, manner: Manner) -> None:
        self._server = server
        self._trouble: Trouble | None = None
        self.over = asyncio.Event()
        super().__init__(
            None,
            hostname="mail.test",
            tls_context=None if manner.implicit_tls else manner.tls,
            auth_required=manner.sign_in,
            auth_require_tls=manner.sign_in,
            authenticator=self._check,
            auth_exclude_mechanism=manner.without,
            enable_SMTPUTF8=manner.smtputf8,
        )
        for phase in (Phase.EHLO, Phase.STARTTLS, Phase.AUTH, Phase.MAIL, Phase.RCPT, Phase.QUIT):
            self._spoil(phase.value, phase)
        self._spoil("HELO", Phase.EHLO)
        self._spoil("DATA", Phase.HALF_BODY)
        self._spoil("DATA", Phase.DATA)
        self._handle_hooks["DATA"] = self._take_in

    def _spoil(self, command: str, phase: Phase) -> None:
        answer = self._smtp_methods[command]

        async def spoilt(arg: str | None) -> None:
            if not await self._goes_wrong(phase):
                await answer(arg)

        self._smtp_methods[command] = spoilt

    async def _handle_client(self) -> None:
        self._trouble = self._server.plan.pop(0) if self._server.plan else None
        if not await self._goes_wrong(Phase.CONNECT):
            await super()._handle_client()

    async def _goes_wrong(self, phase: Phase) -> bool:
        """Say whether the phase went wrong, having done the wrong thing."""
        trouble = self._trouble
        if trouble is None or trouble.phase is not phase:
            return False
        if phase is Phase.HALF_BODY:
            await self.push("354 go on")
            await self._reader.readline()
        if trouble.reply:
            await self.push(trouble.reply)
            return True
        if not trouble.silent:
            self.hang_up()
        # Cancelled when the connection is lost.
        await asyncio.Event().wait()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.over.set()

    def hang_up(self) -> None:
        """Cut the line without a word."""
        line = self._original_transport or self.transport
        if isinstance(line, asyncio.Transport):
            line.abort()

    def _check(self, *said: object) -> AuthResult:
        *_, mechanism, claim = said
        right = claim == LoginPassword(USER.encode(), PASSWORD.encode())
        if right:
            self._server.signed_in.append(str(mechanism))
        return AuthResult(success=right, handled=False)

    async def _take_in(self, _: SMTP, session: Session, envelope: Envelope) -> str:
        """Accept the message, unless a reply refuses it, and say what is answered."""
        trouble = self._trouble
        if trouble is not None and trouble.phase is Phase.BODY and trouble.reply:
            return trouble.reply
        (recipient,) = envelope.rcpt_tos
        assert isinstance(envelope.original_content, bytes)
        copy = Arrived(envelope.mail_from or "", recipient, envelope.original_content)
        self._server.arrived.append(copy)
        self._server.encrypted.append(session.ssl is not None)
        await self._goes_wrong(Phase.BODY)
        return "250 accepted"


class _Controller(Controller):
    def __init__(self, server: TroubledServer, manner: Manner) -> None:
        self._troubled = server
        self._manner = manner
        self._sessions: list[_Session] = []
        implicit = manner.tls if manner.implicit_tls else None
        super().__init__(None, hostname="127.0.0.1", port=0, ssl_context=implicit)

    def factory(self) -> SMTP:
        self._sessions.append(_Session(self._troubled, self._manner))
        return self._sessions[-1]

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self._troubled.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call] # aiosmtpd does not annotate it

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(timeout=10)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        # One whose handshake failed was never connected, and nothing will be lost.
        connected = [session for session in self._sessions if session.transport is not None]
        for session in connected:
            session.hang_up()
        await asyncio.gather(*(session.over.wait() for session in connected))


@contextmanager
def smtp_server(manner: Manner | None = None) -> Iterator[TroubledServer]:
    """Listen on a free port of 127.0.0.1 until the block is left."""
    server = TroubledServer()
    controller = _Controller(server, manner or Manner())
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


@frozen
class Authority:
    """A certificate for `localhost` and 127.0.0.1 that vouches for itself."""

    certificate: Path
    key: Path

    def serving(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))


def make_authority(folder: Path) -> Authority:
    """Make a key and a certificate of it that lasts for the test run."""
    authority = Authority(folder / "certificate.pem", folder / "key.pem")
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    wanted = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    files = ["-keyout", str(authority.key), "-out", str(authority.certificate)]
    subprocess.run(
        ["openssl", *wanted.split(" "), "-subj", "/CN=localhost", "-addext", names, *files],
        check=True,
        capture_output=True,
    )
    return authority


def encrypted(authority: Authority, manner: Manner | None = None) -> Manner:
    """Return the manner with that certificate."""
    return evolve(manner or Manner(), tls=authority.serving())
