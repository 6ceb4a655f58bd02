"""A server's process on a leash: it ends when told, and with whoever started it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from attrs import define

LOOPBACK = "127.0.0.1"


class CannotStart(Exception):
    """A server is not to be had, and why."""


@define
class ServerProcess:
    """A server and the processes that it made; files kept by the one before are free again."""

    name: str
    log: Path
    _process: subprocess.Popen[bytes]
    _gone: int
    """Reads as ended once no process of the server is left: each of them holds the other end."""

    @classmethod
    def start(
        cls,
        command: Sequence[str | Path],
        log: Path,
        *,
        orphaned: signal.Signals,
        privileges: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> ServerProcess:
        """Run a server that gets the signal `orphaned` should the process that started it die."""
        leash = (found("setpriv"), "--pdeathsig", orphaned.name.removeprefix("SIG"), *privileges)
        gone, held = os.pipe()
        try:
            with log.open("ab") as lines:
                process = subprocess.Popen(
                    [*leash, "--", *command],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=lines,
                    stderr=lines,
                    cwd=log.parent,
                    pass_fds=(held,),
                    start_new_session=True,
                )
        finally:
            os.close(held)
        return cls(Path(command[0]).name, log, process, gone)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def end(self, sign: signal.Signals, seconds: float = 30) -> None:
        """Send a signal that ends the server, and wait until the last of its processes is gone."""
        if self._gone < 0:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        select.select([self._gone], [], [], seconds)
        os.close(self._gone)
        self._gone = -1

    def wait_until(self, answers: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until it is so; raise `CannotStart` if the server ended before or is late."""
        late = time.monotonic() + seconds
        while not answers():
            if not self.running or time.monotonic() > late:
                self.end(signal.SIGKILL)
                raise CannotStart(f"{self.name} did not start:\n{last_lines(self.log)}")
            time.sleep(0.02)


def last_lines(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-12:])


def found(command: str) -> str:
    """Return where a command of the system is, or raise `CannotStart`."""
    path = shutil.which(command)
    if path is None:
        raise CannotStart(f"the command {command} is missing")
    return path


def installed(package: str, pattern: str) -> Path:
    """Return the last file of a package, not imported, that has a path like this.

    Without it raise `CannotStart`.
    """
    spec = find_spec(package)
    places = () if spec is None else spec.submodule_search_locations or ()
    files = sorted(file for place in places for file in Path(place).glob(pattern))
    if not files:
        raise CannotStart(f"no wheel installed here has {package}/{pattern}")
    return files[-1]


def listens(port: int) -> bool:
    """Say whether anybody listens on a port of the loopback.

    A driver that finds nobody there looks again half a second later, and no sooner.
    """
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as tried:
        tried.bind((LOOPBACK, 0))
        port: int = tried.getsockname()[1]
        return port
