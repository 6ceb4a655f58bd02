"""What the processes of one test run share: a folder, and word of the servers in it.

The folder is made and in the end removed by the process that controls the run, which holds a lock
in it for as long as it lives. Whoever waits for that lock learns of the end even where the process
was killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from attrs import asdict, define, frozen

_FOLDER = "EJOURNAL_TEST_RUN"


class Kind(StrEnum):
    """A server that tests share."""

    POSTGRES = "PostgreSQL"
    MONGO = "MongoDB"


@frozen
class Served:
    """What is known of a shared server: where it is, or why it is missing."""

    kind: Kind
    address: str = ""
    described: str = ""
    missing: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.described or 'missing'}"


@define
class Run:
    """A test run, seen from any of its processes."""

    folder: Path

    @classmethod
    def current(cls) -> Run:
        """Return the run that this process takes part in."""
        return cls(Path(os.environ[_FOLDER]))

    def lock_of(self, kind: Kind) -> Path:
        """Return the file that is locked while somebody asks for a server."""
        return self.folder / f"{kind.name}.lock"

    def life_of(self, kind: Kind) -> Path:
        """Return the file that is locked while the server is kept."""
        return self.folder / f"{kind.name}.kept"

    def log_of(self, kind: Kind) -> Path:
        """Return the file into which the server's keeper writes what went wrong."""
        return self.folder / f"{kind.name}.log"

    @property
    def life(self) -> Path:
        """The file that is locked until the run ends."""
        return self.folder / "run.lock"

    def told(self, kind: Kind) -> Served | None:
        """Return what was said of a server, or nothing if nobody asked for it yet."""
        try:
            return Served(**json.loads(self._word_of(kind).read_text()) | {"kind": kind})
        except FileNotFoundError:
            return None

    def tell(self, served: Served) -> None:
        """Let every process of the run know."""
        draft = self.folder / f"{served.kind.name}.draft"
        draft.write_text(json.dumps(asdict(served)))
        draft.rename(self._word_of(served.kind))

    def new_folder(self) -> Path:
        """Return a folder for a server, which any user may pass through."""
        return passable(Path(tempfile.mkdtemp(dir=self.folder)))

    def _word_of(self, kind: Kind) -> Path:
        return self.folder / f"{kind.name}.json"


@contextmanager
def begun() -> Iterator[Run]:
    """Control a run for the block; at its end no server that was kept for it is left."""
    run = Run(passable(Path(tempfile.mkdtemp(prefix="ejournal-"))))
    os.environ[_FOLDER] = str(run.folder)
    try:
        with locked(run.life):
            yield run
        for kind in Kind:
            _wait_for(run.life_of(kind))
    finally:
        del os.environ[_FOLDER]
        shutil.rmtree(run.folder)


@contextmanager
def locked(file: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock that the system takes back when the process dies."""
    with file.open("w") as opened:
        fcntl.flock(opened, how)
        yield


def unmeasured() -> dict[str, str]:
    """Return the environment for a process that counts no coverage."""
    return {name: said for name, said in os.environ.items() if not name.startswith("COVERAGE_")}


def passable(folder: Path) -> Path:
    """Let every user go through a folder to what is theirs, and return it."""
    folder.chmod(0o711)
    return folder


def _wait_for(life: Path, seconds: float = 30) -> None:
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        try:
            with locked(life, fcntl.LOCK_EX | fcntl.LOCK_NB):
                return
        except BlockingIOError:
            time.sleep(0.02)
