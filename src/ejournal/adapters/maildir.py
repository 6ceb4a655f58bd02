"""Mailboxes on this machine: a Maildir, files one names, and a message on standard input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from attrs import define, field

from ejournal.errors import Unavailable
from ejournal.ports import Received

__all__ = ["FileMailbox", "MaildirMailbox", "StreamMailbox"]

_DONE = ".Done"


@define
class MaildirMailbox:
    """The inbox of a Maildir, as a mail server on the same machine fills it.

    A message that is done moves to the folder `.Done`, marked as seen. Nothing in the inbox is
    passed over because a person has read it, and what still lies there has not been taken in.
    Moving is one step: a process that dies leaves the message in one place or the other.
    """

    path: Path

    def messages(self) -> Iterator[Received]:
        """Yield the inbox, the oldest first; raises `Unavailable` if it is no Maildir."""
        found = [(_age(file), file.name, file) for file in _inbox(self.path)]
        for _, _, file in sorted(found):
            # Another reader may have moved it since the folder was listed.
            raw = _content(file)
            if raw is not None:
                yield _Lying(raw, self.path, file)


def _inbox(maildir: Path) -> list[Path]:
    try:
        return [
            file
            for folder in ("new", "cur")
            for file in (maildir / folder).iterdir()
            if not file.name.startswith(".")
        ]
    except OSError as error:
        raise Unavailable(f"{maildir} is not a Maildir") from error


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Unavailable(f"{file}: {error.strerror}") from error


def _age(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _unique(file: Path) -> str:
    """Return the part of a name that stays when a mail program changes the flags behind it."""
    return file.name.partition(":")[0]


@define
class _Lying:
    """A message in the inbox of a Maildir."""

    raw: bytes
    _maildir: Path
    _file: Path

    def done(self) -> None:
        """Move the message away, under whatever flags it has by now; it may be gone already."""
        done = self._maildir / _DONE
        for folder in ("tmp", "new", "cur"):
            (done / folder).mkdir(parents=True, exist_ok=True)
        target = done / "cur" / f"{_unique(self._file)}:2,S"
        try:
            self._file.replace(target)
        except FileNotFoundError:
            for file in _inbox(self._maildir):
                if _unique(file) == _unique(self._file):
                    file.replace(target)


@define
class _Given:
    """A message that a person gave by hand."""

    raw: bytes
    _name: Path | None
    _taken_in: set[Path | None]

    def done(self) -> None:
        """Do not give the message out again while this mailbox lives."""
        self._taken_in.add(self._name)


@define
class FileMailbox:
    """Messages in files one names.

    The files stay as they are, so naming them again gives them again.
    """

    paths: Sequence[Path]
    _taken_in: set[Path | None] = field(init=False, factory=set)

    def messages(self) -> Iterator[Received]:
        """Yield the files in the order given; raises `Unavailable` for one that is not there."""
        for path in self.paths:
            if path in self._taken_in:
                continue
            raw = _content(path)
            if raw is None:
                raise Unavailable(f"{path}: there is no such file")
            yield _Given(raw, path, self._taken_in)


@define
class StreamMailbox:
    """One message in a stream, such as standard input: all of it up to the end."""

    stream: BinaryIO
    _taken_in: set[Path | None] = field(init=False, factory=set)
    _raw: bytes | None = field(init=False, default=None)

    def messages(self) -> Iterator[Received]:
        """Yield the message; an empty stream holds none."""
        if self._raw is None:
            self._raw = self.stream.read()
        if self._raw and not self._taken_in:
            yield _Given(self._raw, None, self._taken_in)
