"""The file: a line for each committed transaction, written under a lock and never changed.

A line is the digest of a JSON text and the text. One that a killed writer left unfinished does
not fit its digest: readers stop before it, and the next writer cuts it off.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from hashlib import sha256
from io import FileIO
from pathlib import Path

from attrs import define

from ejournal.errors import OutcomeUnknown, SchemaMismatch, Unavailable, Unreadable
from ejournal.ids import SchoolId
from ejournal.ports import Kind, Row, Slot, Stored, Table, as_text
from ejournal.store.stores import tables

__all__ = ["Change", "Scroll"]

Change = tuple[Table, SchoolId, Row, Row | None]
"""What became of the row at an address: it is the row now, or there is none."""

_HEADER = b'{"format":"ejournal-scroll","version":1}\n'
_DIGITS = 32
_PAUSE = 0.002
_TABLES = {table.name: table for table in tables()}


@define
class Scroll:
    """A file that holds transactions; `patience` is how many seconds a writer waits for its turn.

    Whoever reads takes no lock. An unknown format, or a damaged line among whole ones, is an
    error and stays as it is.
    """

    path: Path
    patience: float

    def behind(self, start: int) -> Iterator[tuple[list[Change], int]]:
        """Yield the transactions written behind a byte, each with the byte at which it ends."""
        data = self._bytes(start)
        if start == 0:
            if _HEADER.startswith(data):
                return
            if not data.startswith(_HEADER):
                raise SchemaMismatch("of another format", _HEADER.decode().strip())
            start, data = len(_HEADER), data[len(_HEADER) :]
        for line in data.splitlines(keepends=True):
            if not _whole(line):
                return
            start += len(line)
            yield _changes_in(line), start

    def _bytes(self, start: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) < start:
                    raise Unreadable(str(self.path), "it is shorter than it was")
                file.seek(start)
                return file.read()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise Unavailable(str(error.strerror)) from error

    @contextmanager
    def turn(self) -> Iterator[FileIO]:
        """Give the file to the only writer of all processes; raises `Unavailable`."""
        try:
            made = not self.path.exists()
            file = self.path.open("ab", buffering=0)
            if made:
                _make_lasting(self.path.parent)
        except OSError as error:
            raise Unavailable(str(error.strerror)) from error
        with file:
            self._wait_for(file)
            yield file

    def _wait_for(self, file: FileIO) -> None:
        end = time.monotonic() + self.patience
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if time.monotonic() > end:
                raise Unavailable("another process is writing")
            time.sleep(_PAUSE)

    def mend(self, file: FileIO, end: int) -> None:
        """Cut off what stands behind the last whole line; raises `Unreadable` for whole ones."""
        rest = self._bytes(end)
        if any(map(_whole, rest.splitlines(keepends=True))):
            raise Unreadable(str(self.path), f"a line is damaged at byte {end}")
        if rest:
            file.truncate(end)

    def append(self, file: FileIO, end: int, changes: Sequence[Change]) -> int:
        """Add a transaction behind the last whole line, and return where the file ends then.

        Raises `Unavailable` where nothing was added, and `OutcomeUnknown` where the disk did not
        say that it was.
        """
        left = line = (b"" if end else _HEADER) + _line_of(changes)
        try:
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            file.truncate(end)
            raise Unavailable(str(error.strerror)) from error
        try:
            os.fsync(file.fileno())
        except OSError as error:
            raise OutcomeUnknown(str(error.strerror)) from error
        return end + len(line)


def _make_lasting(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line_of(changes: Sequence[Change]) -> bytes:
    spelled = [
        (table.name, school, list(map(_spelled, key)), row and list(map(_spelled, row)))
        for table, school, key, row in changes
    ]
    text = json.dumps(spelled, ensure_ascii=False, separators=(",", ":")).encode()
    return _digest(text) + b" " + text + b"\n"


def _whole(line: bytes) -> bool:
    digest, _, text = line.removesuffix(b"\n").partition(b" ")
    return line.endswith(b"\n") and digest == _digest(text)


def _digest(text: bytes) -> bytes:
    return sha256(text).hexdigest()[:_DIGITS].encode()


def _spelled(value: Stored) -> Stored:
    return as_text(value) if isinstance(value, date) else value


def _changes_in(line: bytes) -> list[Change]:
    return [_change(*spelled) for spelled in json.loads(line[_DIGITS + 1 :])]


def _change(name: str, school: int, key: list[Stored], row: list[Stored] | None) -> Change:
    table = _TABLES.get(name)
    if table is None or (row is not None and len(row) != len(table.slots)):
        raise SchemaMismatch(f"one with other slots of {name}", "its own")
    slots = [table.slots[table.place(field)] for field in table.key]
    return table, SchoolId(school), _read(slots, key), row and _read(table.slots, row)


def _read(slots: Sequence[Slot], values: Sequence[Stored]) -> Row:
    return tuple(map(_value, slots, values))


def _value(slot: Slot, value: Stored) -> Stored:
    if not isinstance(value, str):
        return value
    if slot.kind is Kind.DATE:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if slot.kind is Kind.INSTANT else value
