"""Take marks in by hand through a driver of SQL: `sqlite3` inserts many, psycopg copies."""

from __future__ import annotations

import sqlite3
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import psycopg
from attrs import define

from benchmarks.by_hand.importing import Batch, Progress, Recorded, TakesMarks
from benchmarks.by_hand.marking import Refused, Row

__all__ = ["PsycopgImporting", "RawSqliteImporting"]

_INSERT = (
    'INSERT INTO ejournal_mark (chain, journal, "column", pupil, day, value, comment, author,'
    " given_at, void, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COPY = (
    'COPY ejournal_mark (chain, journal, "column", pupil, day, value, comment, author, given_at,'
    " void, version) FROM STDIN (FORMAT BINARY)"
)
_COPIED = ("int8",) * 4 + ("date", "text", "text", "int8", "timestamptz", "bool", "int8")


@define
class _SqlBatch(Batch):
    """Rows through the cursor of a driver."""

    cursor: Any
    mark: ClassVar[str] = "?"
    lock: ClassVar[str] = ""

    def _asked(self, text: str, *values: object) -> Sequence[Row]:
        found: Sequence[Row] = self.cursor.execute(self._put(text), values).fetchall()
        return found

    def _put(self, text: str) -> str:
        return text.replace("?", self.mark)

    def head(self, school: int) -> Row:
        text = "SELECT seq, hash FROM ejournal_head WHERE chain = ? AND id = 0"
        return self._asked(text + self.lock, school)[0]

    def grants(self, school: int, account: int) -> Sequence[Row]:
        text = (
            "SELECT role, rights, person, since, until FROM ejournal_grant"
            " WHERE chain = ? AND account = ?"
        )
        return [
            (*held, self.moment(since), until and self.moment(until))
            for *held, since, until in self._asked(text, school, account)
        ]

    def progress(self, school: int, taking: int) -> Progress:
        text = (
            "SELECT source, begun_at, position, taken, refused, state, version"
            " FROM ejournal_import WHERE chain = ? AND id = ?"
        )
        ((source, begun_at, *rest),) = self._asked(text, school, taking)
        return Progress(source, self.moment(begun_at), *rest)

    def columns(self, school: int) -> Iterable[Row]:
        text = "SELECT id, journal, day FROM ejournal_journal_column WHERE chain = ?"
        return [
            (id_, journal, day and self.date(day))
            for id_, journal, day in self._asked(text, school)
        ]

    def journals(self, school: int) -> Iterable[Row]:
        text = "SELECT id, school_class, subgroup FROM ejournal_journal WHERE chain = ?"
        return self._asked(text, school)

    def subgroups(self, school: int) -> Iterable[Row]:
        return self._asked("SELECT id, members FROM ejournal_subgroup WHERE chain = ?", school)

    def enrolments(self, school: int) -> Iterable[Row]:
        text = "SELECT school_class, pupil, since, until FROM ejournal_enrolment WHERE chain = ?"
        return [
            (enrolled, pupil, self.date(since), until and self.date(until))
            for enrolled, pupil, since, until in self._asked(text, school)
        ]

    def marked(self, school: int) -> Iterable[Row]:
        return self._asked('SELECT "column", pupil FROM ejournal_mark WHERE chain = ?', school)

    def keep(
        self,
        school: int,
        taking: int,
        *,
        marks: Sequence[Row],
        texts: Sequence[Row],
        progress: Progress,
        recorded: Recorded,
    ) -> None:
        self.insert_marks(marks)
        if texts:
            self.cursor.executemany(
                self._put(
                    "INSERT INTO ejournal_personal (chain, seq, number, kind, record, field, salt,"
                    " text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                ),
                texts,
            )
        self._written(
            "UPDATE ejournal_import SET position = ?, taken = ?, refused = ?, state = ?,"
            " version = ? WHERE chain = ? AND id = ?",
            *(progress.position, progress.taken, progress.refused, progress.state),
            *(progress.version, school, taking),
        )
        self._written(
            "INSERT INTO ejournal_entry (chain, seq, at, event, once, hash, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(school, recorded.seq, self.at(recorded.at), recorded.event, recorded.once),
            *(recorded.hash, recorded.body),
        )
        self._written(
            "UPDATE ejournal_head SET seq = ?, hash = ? WHERE chain = ? AND id = 0 AND seq = ?",
            *(recorded.seq, recorded.hash, school, recorded.seq - 1),
        )

    def _written(self, text: str, *values: object) -> None:
        self.cursor.execute(self._put(text), values)
        if self.cursor.rowcount != 1:
            raise Refused

    @abstractmethod
    def insert_marks(self, marks: Sequence[Row]) -> None:
        """Insert them the quick way."""

    @abstractmethod
    def moment(self, value: Any) -> datetime:
        """Return an instant that the driver gave."""

    @abstractmethod
    def date(self, value: Any) -> date:
        """Return a day that the driver gave."""


class _RawBatch(_SqlBatch):
    def insert_marks(self, marks: Sequence[Row]) -> None:
        self.cursor.executemany(_INSERT, marks)

    def day(self, day: date) -> object:
        return day.isoformat()

    def at(self, at: datetime) -> object:
        return at.replace(tzinfo=None).isoformat(" ", "microseconds")

    def moment(self, value: Any) -> datetime:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)

    def date(self, value: Any) -> date:
        return date.fromisoformat(value)


@define
class RawSqliteImporting(TakesMarks):
    """Through `sqlite3` on one connection that stays open."""

    connection: sqlite3.Connection

    @contextmanager
    def transaction(self) -> Iterator[Batch]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield _RawBatch(self.connection.cursor())
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")


class _PsycopgBatch(_SqlBatch):
    mark = "%s"
    lock = " FOR UPDATE"

    def insert_marks(self, marks: Sequence[Row]) -> None:
        with self.cursor.copy(_COPY) as copy:
            copy.set_types(_COPIED)
            for row in marks:
                copy.write_row(row)

    def day(self, day: date) -> object:
        return day

    def at(self, at: datetime) -> object:
        return at

    def moment(self, value: Any) -> datetime:
        moment: datetime = value
        return moment.astimezone(UTC)

    def date(self, value: Any) -> date:
        day: date = value
        return day


@define
class PsycopgImporting(TakesMarks):
    """Through psycopg on one connection that stays open."""

    connection: psycopg.Connection[Any]

    @contextmanager
    def transaction(self) -> Iterator[Batch]:
        with self.connection.transaction(), self.connection.cursor() as cursor:
            yield _PsycopgBatch(cursor)
