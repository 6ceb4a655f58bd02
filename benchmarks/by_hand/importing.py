"""Take marks in from CSV by hand: read, check and insert ten thousand at a time, an entry for each.

What is checked, kept and recorded is what the library checks, keeps and records.
"""

from __future__ import annotations

import csv
import hashlib
import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from itertools import islice
from operator import itemgetter
from typing import Any

from attrs import define, evolve, field, frozen

from benchmarks.by_hand.ledger import hidden, instant, sealed, spelled
from benchmarks.by_hand.marking import Refused, Row, is_granted
from ejournal.model.access import Actor
from ejournal.model.marks import VOCABULARY, spell_mark

__all__ = ["EACH", "Batch", "Progress", "Recorded", "TakesMarks"]

EACH = 10_000
"""How many rows go into one transaction."""

_NAMES = ("column", "pupil", "value", "comment", "given_at")
_TOLD = ("author", "column", "comment", "day", "given_at", "journal", "pupil", "value", "void")
_CODES = frozenset(map(spell_mark, VOCABULARY))


@frozen
class Progress:
    """The row of an import."""

    source: str
    begun_at: datetime
    position: int
    taken: int
    refused: int
    state: str
    version: int


@frozen
class Recorded:
    """The row of an entry."""

    seq: int
    at: datetime
    event: str
    once: str
    hash: str
    body: str


class Batch(ABC):
    """One transaction of a database: the reads and writes of taking ten thousand marks in."""

    @abstractmethod
    def head(self, school: int) -> Row:
        """Lock the head and return (number, hash)."""

    @abstractmethod
    def grants(self, school: int, account: int) -> Sequence[Row]:
        """Return (role, rights, person, since, until) of each."""

    @abstractmethod
    def progress(self, school: int, taking: int) -> Progress:
        """Return how the import stands."""

    @abstractmethod
    def columns(self, school: int) -> Iterable[tuple[int, int, date | None]]:
        """Return (id, journal, day) of each."""

    @abstractmethod
    def journals(self, school: int) -> Iterable[tuple[int, int, int | None]]:
        """Return (id, class, subgroup) of each."""

    @abstractmethod
    def subgroups(self, school: int) -> Iterable[tuple[int, str]]:
        """Return (id, members) of each."""

    @abstractmethod
    def enrolments(self, school: int) -> Iterable[tuple[int, int, date, date | None]]:
        """Return (class, pupil, since, until) of each."""

    @abstractmethod
    def marked(self, school: int) -> Iterable[tuple[int, int]]:
        """Return (column, pupil) of each mark."""

    @abstractmethod
    def day(self, day: date) -> object:
        """Return a day as the driver takes it."""

    @abstractmethod
    def at(self, at: datetime) -> object:
        """Return an instant as the driver takes it."""

    @abstractmethod
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
        """Write marks, personal texts, the import, its entry, and the head."""


@frozen
class _Place:
    column: int
    journal: int
    day: Any
    told_journal: str
    told_day: str
    pupils: Mapping[str, int]
    marked: set[int]


@define
class TakesMarks(ABC):
    """Decides as the law has it; where the rows are, a subclass knows."""

    @abstractmethod
    @contextmanager
    def transaction(self) -> Iterator[Batch]:
        """Begin to write, and commit at the end."""

    def take(
        self, school: int, actor: Actor, taking: int, lines: Iterable[str], now: datetime
    ) -> list[int]:
        """Take a file in that an import was begun for; return the numbers of rows refused."""
        reader = csv.reader(lines)
        header = next(reader)
        pick = itemgetter(*map(header.index, _NAMES))
        refused: list[int] = []
        known, places, state = 0, dict[str, _Place](), "open"
        while state == "open":
            rows = [pick(fields) for fields in islice(reader, EACH)]
            state = "open" if len(rows) == EACH else "done"
            with self.transaction() as batch:
                seq, previous = batch.head(school)
                grants = batch.grants(school, actor.account)
                if not is_granted(actor, "import-marks", now, grants):
                    raise Refused
                before = batch.progress(school, taking)
                if known != seq:
                    places = _places(batch, school, now.date())
                known = seq + 1
                where = _Where(school, known, actor.cabinet.person or 0, now)
                taken = _checked(batch, where, rows, before.position + 2, places)
                after = evolve(
                    before,
                    position=before.position + len(rows),
                    taken=before.taken + len(taken.marks),
                    refused=before.refused + len(taken.refused),
                    state=state,
                    version=known,
                )
                recorded = _recorded(
                    where, actor, taking, moved=(before, after), found=taken, previous=previous
                )
                batch.keep(
                    *(school, taking),
                    marks=[row for row, _ in taken.marks],
                    texts=taken.texts,
                    progress=after,
                    recorded=recorded,
                )
            refused += taken.refused
        return refused


@frozen
class _Where:
    school: int
    seq: int
    author: int
    now: datetime


@frozen
class _Taken:
    """The rows of marks with their lines for the digests, rows of texts, numbers refused."""

    marks: list[tuple[Row, str]] = field(factory=list)
    texts: list[Row] = field(factory=list)
    refused: list[int] = field(factory=list)


def _checked(
    batch: Batch,
    where: _Where,
    rows: Iterable[tuple[str, ...]],
    first: int,
    places: Mapping[str, _Place],
) -> _Taken:
    school, seq, author = where.school, where.seq, where.author
    told_author, instants = spelled(author), dict[str, tuple[object, str]]()
    found = _Taken()
    for number, (column, pupil, code, comment, given_at) in enumerate(rows, first):
        place = places.get(column)
        who = None if place is None else place.pupils.get(pupil)
        if (
            place is None
            or who is None
            or who in place.marked
            or code not in _CODES
            or (code == "verbal" and not comment.strip())
            or "\0" in comment
        ):
            found.refused.append(number)
            continue
        if given_at not in instants:
            at = _parsed(given_at) if given_at else where.now
            instants[given_at] = batch.at(at), instant(at)
        kept_at, told_at = instants[given_at]
        told_comment = '""'
        if comment:
            salt, text, digest = hidden(comment)
            record = f'["{place.told_journal}","{column}","{pupil}"]'
            at_text = len(found.texts) + 1
            found.texts.append((school, seq, at_text, "mark", record, "comment", salt, text))
            told_comment = f'{{"digest":"{digest}","text":{at_text}}}'
        place.marked.add(who)
        row = (
            *(school, place.journal, place.column, who, place.day),
            *(code, comment, author, kept_at, False, seq),
        )
        line = (
            f'{{"author":"{told_author}","column":"{column}","comment":{told_comment},'
            f'"day":{place.told_day},"given_at":"{told_at}","journal":"{place.told_journal}",'
            f'"pupil":"{pupil}","value":"{code}","void":false}}\n'
        )
        found.marks.append((row, line))
    found.marks.sort()
    return found


def _parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _places(batch: Batch, school: int, today: date) -> dict[str, _Place]:
    enrolled = defaultdict[int, list[tuple[int, date, date | None]]](list)
    for school_class, pupil, since, until in batch.enrolments(school):
        enrolled[school_class].append((pupil, since, until))
    members = {id_: frozenset(json.loads(those)) for id_, those in batch.subgroups(school)}
    journals = {id_: (whose, subgroup) for id_, whose, subgroup in batch.journals(school)}
    marked = defaultdict[int, set[int]](set)
    for column, pupil in batch.marked(school):
        marked[column].add(pupil)
    lists: dict[tuple[int, int | None, date], dict[str, int]] = {}
    places: dict[str, _Place] = {}
    for column, journal, day in batch.columns(school):
        school_class, subgroup = journals[journal]
        listed = school_class, subgroup, day or today
        if listed not in lists:
            lists[listed] = {
                spelled(pupil): pupil
                for pupil, since, until in enrolled[school_class]
                if since <= listed[2]
                and (until is None or listed[2] <= until)
                and (subgroup is None or spelled(pupil) in members[subgroup])
            }
        places[spelled(column)] = _Place(
            *(column, journal, None if day is None else batch.day(day)),
            *(spelled(journal), "null" if day is None else f'"{day.isoformat()}"'),
            *(lists[listed], marked[column]),
        )
    return places


def _recorded(
    where: _Where,
    actor: Actor,
    taking: int,
    *,
    moved: tuple[Progress, Progress],
    found: _Taken,
    previous: str,
) -> Recorded:
    before, after = moved
    id_, event, taken = spelled(taking), "marks-imported", len(found.marks)
    told = defaultdict[int, list[str]](list)
    for row, line in found.marks:
        told[row[3]].append(line)
    digests = {
        spelled(pupil): hashlib.sha256("".join(lines).encode()).hexdigest()
        for pupil, lines in told.items()
    }
    fields = {
        "id": id_,
        "source": after.source,
        "begun_at": instant(after.begun_at),
        "position": after.position,
        "taken": after.taken,
        "refused": after.refused,
        "state": after.state,
    }
    once = f"import {id_} {before.position}"
    body, hashed = sealed(
        *(where.school, where.seq, where.now, actor),
        event=event,
        data={"taking": id_, "taken": taken, "refused": len(found.refused)},
        write=["import", [id_], before.version, fields],
        previous=previous,
        once=once,
        result=["import", [id_]],
        poured=[["mark", taken, digests, _TOLD]] if taken else None,
    )
    return Recorded(where.seq, where.now, event, once, hashed, body)
