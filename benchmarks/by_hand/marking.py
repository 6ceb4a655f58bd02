"""Give one mark by hand: rights, rules, the mark and its entry in one transaction."""

from __future__ import annotations

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from attrs import define, frozen

from benchmarks.by_hand import tables as t
from benchmarks.by_hand.ledger import Kept, NewMark
from benchmarks.by_hand.rules import is_admitted
from ejournal.adapters.sql._dialects import WRITING
from ejournal.ids import ColumnId, JournalId, PupilId, StaffId, spell_id
from ejournal.model.access import Actor
from ejournal.model.journal import Mark
from ejournal.model.marks import MarkValue, Sign, spell_mark
from ejournal.model.permissions import Role

__all__ = [
    "CoreMarking",
    "GivesMarks",
    "RawSqliteMarking",
    "Refused",
    "Row",
    "Sources",
    "is_granted",
]

Row: TypeAlias = Any
"""A row as the driver gives it, its fields by position."""


_ZONE = ZoneInfo("Europe/Kyiv")


class Refused(Exception):
    """The act is not allowed."""


class Sources(ABC):
    """One transaction of a database: the reads and writes of giving a mark."""

    @abstractmethod
    def head(self, school: int) -> Row:
        """Lock the head and return (number, hash)."""

    @abstractmethod
    def column(self, school: int, id: int) -> Row:
        """Return (journal, lesson, day)."""

    @abstractmethod
    def journal(self, school: int, id: int) -> Row:
        """Return (class, subgroup, teacher, second teacher, terms, year, semester)."""

    @abstractmethod
    def substitute(self, school: int, lesson: int) -> Row:
        """Return (substitute)."""

    @abstractmethod
    def grants(self, school: int, account: int) -> Sequence[Row]:
        """Return (role, rights, person, since, until) of each."""

    @abstractmethod
    def members(self, school: int, subgroup: int) -> Row:
        """Return (members)."""

    @abstractmethod
    def enrolments(self, school: int, pupil: int) -> Sequence[Row]:
        """Return (class, since, until) of each."""

    @abstractmethod
    def locks(self, school: int, year: int, semester: int) -> Sequence[Row]:
        """Return (class, journal, state, reopenings) of each."""

    @abstractmethod
    def standing(self, school: int, journal: int, column: int, pupil: int) -> Row | None:
        """Return (value, version, author, instant, void) of the mark in the place."""

    @abstractmethod
    def add(self, mark: NewMark, kept: Kept) -> None:
        """Write the mark, its entry, the personal text and the head."""

    @abstractmethod
    def change(self, mark: NewMark, kept: Kept) -> None:
        """Write the changed mark, its entry, the personal text and the head."""


@define
class GivesMarks(ABC):
    """Decides as the law has it; where the rows are, a subclass knows."""

    @abstractmethod
    @contextmanager
    def transaction(self) -> Iterator[Sources]:
        """Begin to write, and commit at the end."""

    def give(
        self,
        actor: Actor,
        column: int,
        *,
        pupil: int,
        value: MarkValue,
        comment: str = "",
        now: datetime,
    ) -> Mark:
        """Give a pupil a mark in a column, or another in place of the one that stands there."""
        school, person = actor.cabinet.school or 0, actor.cabinet.person or 0
        with self.transaction() as rows:
            number, hashed = rows.head(school)
            journal, lesson, day = rows.column(school, column)
            school_class, subgroup, teacher, second, terms, *period = rows.journal(school, journal)
            substitutes = lesson is not None and actor.cabinet.role is Role.SUBSTITUTE
            substitute = rows.substitute(school, lesson)[0] if substitutes else None
            if not is_granted(
                actor, "give-mark", now, rows.grants(school, actor.account)
            ) or not _is_own(actor, teacher, second, substitute):
                raise Refused
            if not any(
                enrolled == school_class and since <= day and (until is None or day <= until)
                for enrolled, since, until in rows.enrolments(school, pupil)
            ):
                raise Refused
            if subgroup is not None and not _is_member(pupil, rows.members(school, subgroup)[0]):
                raise Refused
            if not is_admitted(terms, value):
                raise Refused
            if value is Sign.VERBAL and not comment.strip():
                raise Refused
            locks = rows.locks(school, *period)
            if any(_shuts(lock, school_class, journal, now) for lock in locks):
                raise Refused
            stands = rows.standing(school, journal, column, pupil)
            old, before = (None, 0) if stands is None else _replaced(stands, person, now)
            new = NewMark(
                *(school, journal, column, pupil, day, spell_mark(value), comment, person, now),
                *(before, old),
            )
            kept = Kept.of(new, actor, number + 1, hashed)
            if stands is None:
                rows.add(new, kept)
            else:
                rows.change(new, kept)
        return Mark(
            *(JournalId(journal), ColumnId(column), PupilId(pupil), day, value, comment),
            *(StaffId(person), now, False, kept.seq),
        )


def is_granted(actor: Actor, right: str, now: datetime, grants: Sequence[Row]) -> bool:
    """Say whether one of an account's grants carries a right, in the actor's cabinet and now."""
    role, person = actor.cabinet.role.value, actor.cabinet.person
    return any(
        (held, whose) == (role, person)
        and _aware(since) <= now
        and (until is None or now < _aware(until))
        and right in json.loads(rights)
        for held, rights, whose, since, until in grants
    )


def _is_own(actor: Actor, teacher: int, second: int | None, substitute: int | None) -> bool:
    held = {"subject-teacher": teacher, "co-teacher": second, "substitute": substitute}
    return held.get(actor.cabinet.role.value) == actor.cabinet.person


def _replaced(standing: Row, author: int, now: datetime) -> tuple[str | None, int]:
    """Return the value and the version that may be replaced: the author's own of the same day."""
    value, version, whose, given_at, void = standing
    if void:
        return None, version
    if whose != author or _aware(given_at).astimezone(_ZONE).date() != now.astimezone(_ZONE).date():
        raise Refused
    return value, version


def _is_member(pupil: int, members: str) -> bool:
    return spell_id(pupil) in json.loads(members)


def _shuts(lock: Row, school_class: int, journal: int, now: datetime) -> bool:
    of_class, of_journal, state, reopenings = lock
    if state == "open" or of_class not in {None, school_class} or of_journal not in {None, journal}:
        return False
    return state != "reopened" or not any(
        datetime.fromisoformat(each["since"])
        <= now
        < datetime.fromisoformat(each["ended"] or each["until"])
        and each["school_class"] in {None, spell_id(school_class)}
        and each["journal"] in {None, spell_id(journal)}
        for each in json.loads(reopenings)
    )


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _same(table: sa.Table, *names: str) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == sa.bindparam(f"b_{name}") for name in ("chain", *names)))


_HEAD = sa.select(t.head.c.seq, t.head.c.hash).where(_same(t.head, "id")).with_for_update()
_COLUMN = sa.select(t.column.c.journal, t.column.c.lesson, t.column.c.day).where(
    _same(t.column, "id")
)
_JOURNAL = sa.select(
    *(t.journal.c[name] for name in ("school_class", "subgroup", "teacher", "second_teacher")),
    *(t.journal.c[name] for name in ("terms", "year", "semester")),
).where(_same(t.journal, "id"))
_LESSON = sa.select(t.lesson.c.substitute).where(_same(t.lesson, "id"))
_GRANTS = sa.select(
    *(t.grant.c[name] for name in ("role", "rights", "person", "since", "until"))
).where(_same(t.grant, "account"))
_SUBGROUP = sa.select(t.subgroup.c.members).where(_same(t.subgroup, "id"))
_ENROLMENTS = sa.select(t.enrolment.c.school_class, t.enrolment.c.since, t.enrolment.c.until).where(
    _same(t.enrolment, "pupil")
)
_LOCKS = sa.select(
    *(t.period_lock.c[name] for name in ("school_class", "journal", "state", "reopenings"))
).where(_same(t.period_lock, "year", "semester"))
_STANDING = sa.select(
    *(t.mark.c[name] for name in ("value", "version", "author", "given_at", "void"))
).where(_same(t.mark, "journal", "column", "pupil"))
_INSERT_MARK, _INSERT_ENTRY, _INSERT_PERSONAL = map(sa.insert, (t.mark, t.entry, t.personal))
_UPDATE_MARK = (
    sa.update(t.mark)
    .where(_same(t.mark, "journal", "column", "pupil", "version"))
    .values(
        {
            name: sa.bindparam(name)
            for name in ("value", "comment", "author", "given_at", "void", "version")
        }
    )
)
_UPDATE_HEAD = (
    sa.update(t.head)
    .where(_same(t.head, "id", "seq"))
    .values(seq=sa.bindparam("seq"), hash=sa.bindparam("hash"))
)


@define
class CoreSources(Sources):
    """Rows through SQLAlchemy Core, by statements that were built once."""

    connection: sa.Connection

    def _one(self, statement: sa.Select[Any], school: int, **asked: int) -> Row:
        return self.connection.execute(statement, {"b_chain": school, **asked}).one()

    def _all(self, statement: sa.Select[Any], school: int, **asked: int) -> Sequence[Row]:
        return self.connection.execute(statement, {"b_chain": school, **asked}).all()

    def head(self, school: int) -> Row:
        return self._one(_HEAD, school, b_id=0)

    def column(self, school: int, id: int) -> Row:
        return self._one(_COLUMN, school, b_id=id)

    def journal(self, school: int, id: int) -> Row:
        return self._one(_JOURNAL, school, b_id=id)

    def substitute(self, school: int, lesson: int) -> Row:
        return self._one(_LESSON, school, b_id=lesson)

    def grants(self, school: int, account: int) -> Sequence[Row]:
        return self._all(_GRANTS, school, b_account=account)

    def members(self, school: int, subgroup: int) -> Row:
        return self._one(_SUBGROUP, school, b_id=subgroup)

    def enrolments(self, school: int, pupil: int) -> Sequence[Row]:
        return self._all(_ENROLMENTS, school, b_pupil=pupil)

    def locks(self, school: int, year: int, semester: int) -> Sequence[Row]:
        return self._all(_LOCKS, school, b_year=year, b_semester=semester)

    def standing(self, school: int, journal: int, column: int, pupil: int) -> Row | None:
        rows = self._all(_STANDING, school, b_journal=journal, b_column=column, b_pupil=pupil)
        return rows[0] if rows else None

    def add(self, mark: NewMark, kept: Kept) -> None:
        self.connection.execute(
            _INSERT_MARK,
            {
                "chain": mark.school,
                "journal": mark.journal,
                "column": mark.column,
                "pupil": mark.pupil,
                "day": mark.day,
                "value": mark.value,
                "comment": mark.comment,
                "author": mark.author,
                "given_at": mark.at,
                "void": False,
                "version": kept.seq,
            },
        )
        self._record(mark, kept)

    def change(self, mark: NewMark, kept: Kept) -> None:
        changed = self.connection.execute(
            _UPDATE_MARK,
            {
                "b_chain": mark.school,
                "b_journal": mark.journal,
                "b_column": mark.column,
                "b_pupil": mark.pupil,
                "b_version": mark.before,
                "value": mark.value,
                "comment": mark.comment,
                "author": mark.author,
                "given_at": mark.at,
                "void": False,
                "version": kept.seq,
            },
        )
        if changed.rowcount != 1:
            raise Refused
        self._record(mark, kept)

    def _record(self, mark: NewMark, kept: Kept) -> None:
        execute = self.connection.execute
        execute(
            _INSERT_ENTRY,
            {
                "chain": mark.school,
                "seq": kept.seq,
                "at": mark.at,
                "event": kept.event,
                "once": None,
                "hash": kept.hash,
                "body": kept.body,
            },
        )
        if kept.text:
            execute(
                _INSERT_PERSONAL,
                {
                    "chain": mark.school,
                    "seq": kept.seq,
                    "number": 1,
                    "kind": "mark",
                    "record": kept.record,
                    "field": "comment",
                    "salt": kept.salt,
                    "text": kept.text,
                },
            )
        moved = execute(
            _UPDATE_HEAD,
            {
                "b_chain": mark.school,
                "b_id": 0,
                "b_seq": kept.seq - 1,
                "seq": kept.seq,
                "hash": kept.hash,
            },
        )
        if moved.rowcount != 1:
            raise Refused


@define
class CoreMarking(GivesMarks):
    """Through SQLAlchemy Core, on a connection from an engine's pool for each mark."""

    engine: sa.Engine

    @contextmanager
    def transaction(self) -> Iterator[CoreSources]:
        with self.engine.connect() as connection:
            connection.execution_options(**{WRITING: True})
            with connection.begin():
                yield CoreSources(connection)


@frozen
class _RawSources(Sources):
    """Rows through the cursor of `sqlite3`."""

    cursor: sqlite3.Cursor

    def head(self, school: int) -> Row:
        text = "SELECT seq, hash FROM ejournal_head WHERE chain = ? AND id = 0"
        return self.cursor.execute(text, (school,)).fetchone()

    def column(self, school: int, id: int) -> Row:
        text = "SELECT journal, lesson, day FROM ejournal_journal_column WHERE chain = ? AND id = ?"
        journal, lesson, day = self.cursor.execute(text, (school, id)).fetchone()
        return journal, lesson, date.fromisoformat(day)

    def journal(self, school: int, id: int) -> Row:
        text = (
            "SELECT school_class, subgroup, teacher, second_teacher, terms, year, semester"
            " FROM ejournal_journal WHERE chain = ? AND id = ?"
        )
        return self.cursor.execute(text, (school, id)).fetchone()

    def substitute(self, school: int, lesson: int) -> Row:
        text = "SELECT substitute FROM ejournal_lesson WHERE chain = ? AND id = ?"
        return self.cursor.execute(text, (school, lesson)).fetchone()

    def grants(self, school: int, account: int) -> Sequence[Row]:
        text = (
            "SELECT role, rights, person, since, until FROM ejournal_grant"
            " WHERE chain = ? AND account = ?"
        )
        return [
            (role, rights, person, datetime.fromisoformat(since), until and _moment(until))
            for role, rights, person, since, until in self.cursor.execute(text, (school, account))
        ]

    def members(self, school: int, subgroup: int) -> Row:
        text = "SELECT members FROM ejournal_subgroup WHERE chain = ? AND id = ?"
        return self.cursor.execute(text, (school, subgroup)).fetchone()

    def enrolments(self, school: int, pupil: int) -> Sequence[Row]:
        text = (
            "SELECT school_class, since, until FROM ejournal_enrolment"
            " WHERE chain = ? AND pupil = ?"
        )
        return [
            (enrolled, date.fromisoformat(since), until and date.fromisoformat(until))
            for enrolled, since, until in self.cursor.execute(text, (school, pupil))
        ]

    def locks(self, school: int, year: int, semester: int) -> Sequence[Row]:
        text = (
            "SELECT school_class, journal, state, reopenings FROM ejournal_period_lock"
            " WHERE chain = ? AND year = ? AND semester = ?"
        )
        return self.cursor.execute(text, (school, year, semester)).fetchall()

    def standing(self, school: int, journal: int, column: int, pupil: int) -> Row | None:
        text = (
            "SELECT value, version, author, given_at, void FROM ejournal_mark"
            ' WHERE chain = ? AND journal = ? AND "column" = ? AND pupil = ?'
        )
        found = self.cursor.execute(text, (school, journal, column, pupil)).fetchone()
        if found is None:
            return None
        value, version, author, given_at, void = found
        return value, version, author, datetime.fromisoformat(given_at), bool(void)

    def add(self, mark: NewMark, kept: Kept) -> None:
        self.cursor.execute(
            'INSERT INTO ejournal_mark (chain, journal, "column", pupil, day, value, comment,'
            " author, given_at, void, version) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
            (
                *(mark.school, mark.journal, mark.column, mark.pupil, mark.day.isoformat()),
                *(mark.value, mark.comment, mark.author, _text(mark.at), kept.seq),
            ),
        )
        self._record(mark, kept)

    def change(self, mark: NewMark, kept: Kept) -> None:
        self.cursor.execute(
            "UPDATE ejournal_mark SET value = ?, comment = ?, author = ?, given_at = ?, void = 0,"
            " version = ?"
            ' WHERE chain = ? AND journal = ? AND "column" = ? AND pupil = ? AND version = ?',
            (
                *(mark.value, mark.comment, mark.author, _text(mark.at), kept.seq),
                *(mark.school, mark.journal, mark.column, mark.pupil, mark.before),
            ),
        )
        self._record(mark, kept)

    def _record(self, mark: NewMark, kept: Kept) -> None:
        execute = self.cursor.execute
        execute(
            "INSERT INTO ejournal_entry (chain, seq, at, event, once, hash, body)"
            " VALUES (?, ?, ?, ?, NULL, ?, ?)",
            (mark.school, kept.seq, _text(mark.at), kept.event, kept.hash, kept.body),
        )
        if kept.text:
            execute(
                "INSERT INTO ejournal_personal (chain, seq, number, kind, record, field, salt,"
                " text) VALUES (?, ?, 1, 'mark', ?, 'comment', ?, ?)",
                (mark.school, kept.seq, kept.record, kept.salt, kept.text),
            )
        execute(
            "UPDATE ejournal_head SET seq = ?, hash = ? WHERE chain = ? AND id = 0 AND seq = ?",
            (kept.seq, kept.hash, mark.school, kept.seq - 1),
        )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


@define
class RawSqliteMarking(GivesMarks):
    """Through `sqlite3` on one connection that stays open: the limit."""

    connection: sqlite3.Connection

    @contextmanager
    def transaction(self) -> Iterator[_RawSources]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield _RawSources(self.connection.cursor())
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
