"""A line between a client and a server, which a test can cut."""

from __future__ import annotations

import socket
from contextlib import suppress
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Self

from attrs import define, field
from server_process import LOOPBACK

_AT_ONCE = 65_536


@define(eq=False)
class _Line:
    """One connection, as two sockets that live and die together."""

    client: socket.socket
    server: socket.socket
    awaited: bool = False
    """Whether the next word of the server's is the one that must not arrive."""

    held: bytes = b""
    """A request that the server has not been given yet, though the client was cut off."""

    def cut(self) -> None:
        for end in (self.client, self.server):
            # The other side may have hung up first.
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@define(eq=False)
class Relay:
    """Takes connections on the loopback and passes bytes on to a server, until told otherwise.

    It works in threads: a test that forks should not hold one meanwhile.
    """

    target: tuple[str, int]
    port: int = 0
    lost: int = 0
    """How many replies were withheld."""
    _listener: socket.socket | None = None
    _acceptor: Thread | None = None
    _lines: list[_Line] = field(factory=list)
    _threads: list[Thread] = field(factory=list)
    _lock: Lock = field(factory=Lock)
    _asked: bytes = b""
    _times: int = 0
    _holding: bytes = b""
    _late: SimpleQueue[bytes] = field(factory=SimpleQueue)

    def restore(self) -> None:
        """Take connections, on the same port as before."""
        if self._listener is None:
            self._listener = socket.create_server((LOOPBACK, self.port))
            self.port = self._listener.getsockname()[1]
            self._acceptor = Thread(target=self._accept, args=[self._listener], daemon=True)
            self._acceptor.start()

    def refuse(self) -> None:
        """Take no new connections; those that are there stay."""
        if self._listener is not None and self._acceptor is not None:
            # Closing alone would not wake the thread that waits in it.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._acceptor.join()
            self._listener.close()
            self._listener = None

    def cut(self) -> None:
        """Cut every connection now."""
        with self._lock:
            for line in self._lines:
                line.cut()

    def cut_reply_to(self, asked: bytes, times: int = 1) -> None:
        """Cut a connection in place of the server's reply to the next request with these bytes.

        The server has then done what it was asked. A driver that repeats the request by itself
        meets the same again if `times` says so.
        """
        with self._lock:
            self._asked, self._times = asked, times

    def hold_back(self, asked: bytes) -> None:
        """Cut a client off that sends these bytes, and keep what it sent until `let_through`."""
        with self._lock:
            self._holding = asked

    def let_through(self) -> bytes:
        """Give the server what was held back, and return its answer, which nobody else hears."""
        with self._lock:
            (line,) = [line for line in self._lines if line.held]
        line.server.sendall(line.held)
        return self._late.get(timeout=10)

    def __enter__(self) -> Self:
        self.restore()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        self.cut()
        for thread in self._threads:
            thread.join()
        for line in self._lines:
            line.client.close()
            line.server.close()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        """Join a client with the server, or hang up if there is none."""
        try:
            line = _Line(client, socket.create_connection(self.target))
        except OSError:
            client.close()
            return
        with self._lock:
            self._lines.append(line)
        for passing in (self._pass_requests, self._pass_replies):
            self._threads.append(Thread(target=passing, args=[line], daemon=True))
            self._threads[-1].start()

    def _pass_requests(self, line: _Line) -> None:
        before = b""
        with suppress(OSError):
            while said := line.client.recv(_AT_ONCE):
                if self._holds(line, said):
                    line.client.shutdown(socket.SHUT_RDWR)
                    return
                before = self._look_into(line, before + said)
                line.server.sendall(said)
        line.cut()

    def _holds(self, line: _Line, said: bytes) -> bool:
        with self._lock:
            if self._holding and self._holding in said:
                self._holding, line.held = b"", said
            return bool(line.held)

    def _look_into(self, line: _Line, said: bytes) -> bytes:
        """Note what is asked for, and return the end that may be the beginning of it."""
        with self._lock:
            if self._times and self._asked in said:
                self._times -= 1
                line.awaited = True
                return b""
            return said[max(0, len(said) - len(self._asked) + 1) :]

    def _pass_replies(self, line: _Line) -> None:
        with suppress(OSError):
            while said := line.server.recv(_AT_ONCE):
                if line.held:
                    self._late.put(said)
                    break
                if line.awaited:
                    self.lost += 1
                    break
                line.client.sendall(said)
        line.cut()
