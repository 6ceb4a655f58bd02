"""Give one mark through the SQLAlchemy ORM: objects for rows, `add` and `commit`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from attrs import define, field
from sqlalchemy.orm import Session, registry

from benchmarks.by_hand import tables as t
from benchmarks.by_hand.ledger import Kept, NewMark
from benchmarks.by_hand.marking import GivesMarks, Refused, Row, Sources
from ejournal.adapters.sql._dialects import WRITING
from ejournal.model.journal import Mark
from ejournal.model.marks import spell_mark

__all__ = ["OrmMarking", "take_in"]


class _Mapped:
    """A row as an object."""

    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


def _mapped(table: sa.Table, *key: str) -> Any:
    kind = type(table.name.title().replace("_", ""), (_Mapped,), {})
    keys = [table.c.chain, *(table.c[name] for name in key)]
    _REGISTRY.map_imperatively(kind, table, primary_key=keys)
    return kind


_REGISTRY = registry()
_Head = _mapped(t.head, "id")
_Column = _mapped(t.column, "id")
_Journal = _mapped(t.journal, "id")
_Lesson = _mapped(t.lesson, "id")
_Grant = _mapped(t.grant, "id")
_Subgroup = _mapped(t.subgroup, "id")
_Enrolment = _mapped(t.enrolment, "id")
_Lock = _mapped(t.period_lock, "id")
_Mark = _mapped(t.mark, "journal", "column", "pupil")
_Entry = _mapped(t.entry, "seq")
_Personal = _mapped(t.personal, "seq", "number")


@define
class _OrmSources(Sources):
    """Objects of one session."""

    session: Session
    _head: Any = field(init=False, default=None)
    _standing: Any = field(init=False, default=None)

    def _one(self, kind: Any, *address: int, lock: bool = False) -> Any:
        found = self.session.get(kind, address, with_for_update=lock)
        if found is None:
            raise Refused
        return found

    def head(self, school: int) -> Row:
        self._head = self._one(_Head, school, 0, lock=True)
        return self._head.seq, self._head.hash

    def column(self, school: int, id: int) -> Row:
        found = self._one(_Column, school, id)
        return found.journal, found.lesson, found.day

    def journal(self, school: int, id: int) -> Row:
        found = self._one(_Journal, school, id)
        names = ("school_class", "subgroup", "teacher", "second_teacher")
        of_year = ("terms", "year", "semester")
        return tuple(getattr(found, name) for name in (*names, *of_year))

    def substitute(self, school: int, lesson: int) -> Row:
        return (self._one(_Lesson, school, lesson).substitute,)

    def grants(self, school: int, account: int) -> Sequence[Row]:
        asked = sa.select(_Grant).filter_by(chain=school, account=account)
        return [
            (each.role, each.rights, each.person, each.since, each.until)
            for each in self.session.scalars(asked)
        ]

    def members(self, school: int, subgroup: int) -> Row:
        return (self._one(_Subgroup, school, subgroup).members,)

    def enrolments(self, school: int, pupil: int) -> Sequence[Row]:
        asked = sa.select(_Enrolment).filter_by(chain=school, pupil=pupil)
        return [(each.school_class, each.since, each.until) for each in self.session.scalars(asked)]

    def locks(self, school: int, year: int, semester: int) -> Sequence[Row]:
        asked = sa.select(_Lock).filter_by(chain=school, year=year, semester=semester)
        return [
            (each.school_class, each.journal, each.state, each.reopenings)
            for each in self.session.scalars(asked)
        ]

    def standing(self, school: int, journal: int, column: int, pupil: int) -> Row | None:
        self._standing = found = self.session.get(_Mark, (school, journal, column, pupil))
        if found is None:
            return None
        return found.value, found.version, found.author, found.given_at, found.void

    def add(self, mark: NewMark, kept: Kept) -> None:
        self.session.add(
            _Mark(
                chain=mark.school,
                journal=mark.journal,
                column=mark.column,
                pupil=mark.pupil,
                day=mark.day,
                value=mark.value,
                comment=mark.comment,
                author=mark.author,
                given_at=mark.at,
                void=False,
                version=kept.seq,
            )
        )
        self._record(mark, kept)

    def change(self, mark: NewMark, kept: Kept) -> None:
        standing = self._standing
        standing.value, standing.comment = mark.value, mark.comment
        standing.author, standing.given_at = mark.author, mark.at
        standing.void, standing.version = False, kept.seq
        self._record(mark, kept)

    def _record(self, mark: NewMark, kept: Kept) -> None:
        self.session.add(
            _Entry(
                chain=mark.school,
                seq=kept.seq,
                at=mark.at,
                event=kept.event,
                once=None,
                hash=kept.hash,
                body=kept.body,
            )
        )
        if kept.text:
            self.session.add(
                _Personal(
                    chain=mark.school,
                    seq=kept.seq,
                    number=1,
                    kind="mark",
                    record=kept.record,
                    field="comment",
                    salt=kept.salt,
                    text=kept.text,
                )
            )
        self._head.seq, self._head.hash = kept.seq, kept.hash


@define
class OrmMarking(GivesMarks):
    """Through the ORM, in a session of its own for each mark."""

    engine: sa.Engine

    @contextmanager
    def transaction(self) -> Iterator[_OrmSources]:
        with Session(_writing(self.engine)) as session, session.begin():
            yield _OrmSources(session)


def take_in(engine: sa.Engine, school: int, marks: Iterable[Mark]) -> None:
    """Add many marks and commit: rows and nothing else."""
    with Session(_writing(engine)) as session, session.begin():
        session.add_all(
            _Mark(
                chain=school,
                journal=mark.journal,
                column=mark.column,
                pupil=mark.pupil,
                day=mark.day,
                value=spell_mark(mark.value),
                comment=mark.comment,
                author=mark.author,
                given_at=mark.given_at,
                void=mark.void,
                version=mark.version,
            )
            for mark in marks
        )


def _writing(engine: sa.Engine) -> sa.Engine:
    return engine.execution_options(**{WRITING: True})
