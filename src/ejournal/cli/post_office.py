"""A small mail server on the loopback, for the demonstration: each letter becomes a file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from attrs import define, field

__all__ = ["PostOffice", "post_office"]

_HOST = "127.0.0.1"
_PATIENCE = 2.0


@define
class PostOffice:
    """Where the server listens, and the letters it took so far, in the order they came."""

    folder: Path
    port: int = 0
    letters: list[Path] = field(factory=list)

    @property
    def url(self) -> str:
        """The address to hand letters over at; nothing is encrypted on the loopback."""
        return f"smtp://{_HOST}:{self.port}?security=none"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it
        """Keep a letter, whoever it is for."""
        del server, session
        content = envelope.original_content
        path = self.folder / f"{len(self.letters) + 1:02}.eml"
        path.write_bytes(content or b"")
        self.letters.append(path)
        return "250 kept"


@contextmanager
def post_office(folder: Path) -> Iterator[PostOffice]:
    """Listen on a free port until the block is left."""
    folder.mkdir(parents=True, exist_ok=True)
    office = PostOffice(folder)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(_opened(office, loop), loop).result()
    try:
        yield office
    finally:
        asyncio.run_coroutine_threadsafe(_closed(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _opened(office: PostOffice, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
    def session() -> SMTP:
        return SMTP(office, hostname="mail.example", enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(session, _HOST, 0)
    office.port = server.sockets[0].getsockname()[1]
    return server


async def _closed(server: asyncio.Server) -> None:
    """Stop listening, once the sessions that are saying goodbye have ended."""
    server.close()
    sessions = asyncio.all_tasks() - {asyncio.current_task()}
    if sessions:
        _, late = await asyncio.wait(sessions, timeout=_PATIENCE)
        for session in late:
            session.cancel()
    await server.wait_closed()
