"""Taking marks in from a file: a sequence of units under one import, each all or nothing.

A file is CSV (RFC 4180) whose header names its columns: `column`, `pupil` and `value`, and where
there are any, `comment`, `given_at` and `void`. Identifiers are in 13 characters, a value is its
code; a mark that is void is refused, because it stands no longer.
Other columns are passed over, so what `export_marks` gives can be taken in again.
"""

from __future__ import annotations

import csv
import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import TypeVar

from attrs import define, field, frozen

from ejournal.authority import require
from ejournal.codec import parse_instant, shape_of
from ejournal.errors import Duplicate, Invalid, Missing, NotAllowedHere, Refusal
from ejournal.ids import (
    ClassId,
    ColumnId,
    ImportId,
    JournalId,
    PupilId,
    SchoolId,
    StaffId,
    SubgroupId,
    parse_id,
    spell_id,
)
from ejournal.model.access import Actor, System
from ejournal.model.attendance import Absence
from ejournal.model.calendar import Period
from ejournal.model.catalogue import MARKS
from ejournal.model.classes import Subgroup, Terms
from ejournal.model.events import ImportBegun, MarksImported
from ejournal.model.imports import Import
from ejournal.model.journal import Column, Journal
from ejournal.model.marks import VOCABULARY, MarkValue, parse_mark_code
from ejournal.model.people import Enrolment, acting_staff
from ejournal.model.permissions import Action
from ejournal.ports import Row
from ejournal.rules.packs import Ruling
from ejournal.ruling import terms_of
from ejournal.store import SchoolUnit, Store

__all__ = ["BATCH", "MarksImport", "begin_import", "import_marks"]

T = TypeVar("T")

BATCH = 10_000
"""How many rows of a file go into one unit, and so into one entry."""


@frozen
class MarksImport:
    """How an import stands after a run, and the rows that the run refused.

    Rows are numbered as a spreadsheet numbers them, the header being the first.
    """

    progress: Import
    refusals: tuple[tuple[int, Refusal], ...]


def begin_import(unit: SchoolUnit, source: str) -> Import:
    """Open an import for a file; `source` says where it is from, and nothing about a person.

    Raises `Invalid` where it says nothing.
    """
    require(unit, Action.IMPORT_MARKS)
    kept = unit.imports.add(Import(ImportId(unit.new_id()), source, unit.now))
    unit.record(ImportBegun(kept.id))
    return kept


def import_marks(
    store: Store, school: SchoolId, actor: Actor | System, taking: ImportId, lines: Iterable[str]
) -> MarksImport:
    """Take the marks of a file in, from where its import stands to the end.

    A row is checked like a mark that is given: its column must be there and its period open, the
    pupil on the journal's list on the column's day (today, where it has none), and the value one
    that the rules of the class allow in such a column; the place must be empty, and not in a
    corrected column, which the procedure of correction alone fills. What fails comes
    back as a refusal that quotes no text of the row, at most the mark that was refused. Others can
    write meanwhile; each time they do, the lists are read again.

    Called again with the same file, after a crash or a fault, it goes on where it stopped: no row
    is taken twice and none is lost. Raises `Missing` for an import that was not begun, and
    `Invalid` for a file without the columns needed, one that is shorter than what was taken from
    it, and one that breaks the rules of CSV: what was taken before that place stays.
    """
    with store.reading(school, actor) as unit:
        require(unit, Action.IMPORT_MARKS)
        kept = unit.imports.get(taking)
    rows = _Rows(lines)
    places = _Places()
    refusals: list[tuple[int, Refusal]] = []
    while kept.is_open:
        with _collector_off():
            rows.pass_over(kept.position)
            batch = rows.batch()
            once = f"import {spell_id(taking)} {batch.start}"
            kept = store.run_once(once, school, actor, _take, taking, batch, places)
            refusals += batch.refusals
            del batch  # Before the collector is on again, and looks through it.
    return MarksImport(kept, tuple(refusals))


@contextmanager
def _collector_off() -> Iterator[None]:
    """Spare bulk work the collector's looking through rows that make no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@frozen
class _Batch:
    """Rows that go into one unit, each with the fields asked for; `start` are dealt with before."""

    start: int
    rows: Sequence[Sequence[str]]
    width: int
    pick: Callable[[Sequence[str]], tuple[str, ...]]
    refusals: list[tuple[int, Refusal]] = field(factory=list)


class _Rows:
    """The rows of a file behind its header, read a batch at a time."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._reader = csv.reader(lines, strict=True)
        header = next(iter(self._read(1)), [])
        names = [name.strip().lower() for name in header]
        names[:1] = [name.removeprefix("\ufeff") for name in names[:1]]
        if absent := [name for name in ("column", "pupil", "value") if names.count(name) != 1]:
            raise Invalid("header", ", ".join(absent), "absent")
        # An optional column that is not there is read from an empty field put behind every row.
        places = [
            names.index(name) if name in names else len(names)
            for name in ("column", "pupil", "value", "comment", "given_at", "void")
        ]
        self._pick: Callable[[Sequence[str]], tuple[str, ...]] = itemgetter(*places)
        self._lacks = len(names) in places
        self._width = len(names) + self._lacks
        self._at = 0

    def pass_over(self, position: int) -> None:
        """Go on to that row; raises `Invalid` where the file ends before."""
        while self._at < position:
            passed = len(self._read(min(BATCH, position - self._at)))
            if not passed:
                raise Invalid("file", str(self._at), "length")
            self._at += passed

    def batch(self) -> _Batch:
        """Return the next rows; fewer than `BATCH` are the last."""
        rows = self._read(BATCH)
        if self._lacks:
            for fields in rows:
                fields.append("")
        self._at += len(rows)
        return _Batch(self._at - len(rows), rows, self._width, self._pick)

    def _read(self, number: int) -> list[list[str]]:
        try:
            return list(islice(self._reader, number))
        except csv.Error:
            raise Invalid("line", str(self._reader.line_num), "pattern") from None


def _take(unit: SchoolUnit, taking: ImportId, batch: _Batch, places: _Places) -> Import:
    """Keep the marks of one batch, unless it is kept already; return how the import stands."""
    require(unit, Action.IMPORT_MARKS)
    standing = unit.imports.get(taking)
    batch.refusals.clear()
    if standing.position != batch.start:
        return standing
    places.read_in(unit)
    rows = list(_checked(unit, batch, places))
    unit.chain.pour(shape_of(MARKS), rows)
    moved = standing.moved_on(len(batch.rows), taken=len(rows), refused=len(batch.refusals))
    kept = unit.imports.save(moved.done() if len(batch.rows) < BATCH else moved)
    unit.record(MarksImported(taking, len(rows), len(batch.refusals)))
    places.as_of = kept.version
    return kept


def _checked(unit: SchoolUnit, batch: _Batch, places: _Places) -> Iterator[Row]:
    """Yield the rows to keep, and put what is refused into the batch.

    A mark differs from others of its column by what `_FILLED` says, so it is made by filling
    in a row. Of a value that is new, or may not be without words, a mark is made the long way,
    with every check the model has.
    """
    version = unit.chain.next_version(ledgered=True, current=0)
    instants = _Instants(unit.now)
    pick, fill, check_words = batch.pick, _FILL, shape_of(MARKS).stored
    for number, fields in enumerate(batch.rows, batch.start + 2):
        try:
            if len(fields) != batch.width:
                _check_blank(fields)
                continue
            column, pupil, code, comment, given_at, void = pick(fields)
            if void not in _STANDS:
                raise NotAllowedHere("mark", "void")
            place = places[column]
            who, bit = place.members.get(pupil) or place.member(pupil)
            if not place.free & bit:
                place.refuse(who)
            at = instants[given_at]
            row = place.row
            if code not in place.wordless:
                row = place.row_of(who, code, comment, at)
            elif comment:
                check_words(_WORDS, (comment,))
        except Refusal as refusal:
            batch.refusals.append((number, refusal))
        else:
            place.free ^= bit
            yield fill((*row, who, code, comment, at, version))


_SLOTS = [slot.name for slot in shape_of(MARKS).table.slots]
_STANDS = ("", "false")
_WORDS = ("comment",)
_FILLED = ("pupil", "value", *_WORDS, "given_at", "version")
_FILL: Callable[[Row], Row] = itemgetter(
    *(
        len(_SLOTS) + _FILLED.index(name) if name in _FILLED else place
        for place, name in enumerate(_SLOTS)
    )
)


def _check_blank(fields: Sequence[str]) -> None:
    if any(fields):
        raise Invalid("row", "", "fields", personal=True)


def _parsed(name: str, text: str, parse: Callable[[str], T]) -> T:
    """Read one field; raises `Invalid` that does not quote it: columns may have been mixed up."""
    try:
        return parse(text)
    except Invalid as error:
        raise Invalid(name, "", error.reason, personal=True) from None
    except ValueError:
        raise Invalid(name, "", "pattern", personal=True) from None


class _Instants(dict[str, datetime]):
    """The instants that a batch names, and for none the one at which it is taken in."""

    def __init__(self, now: datetime) -> None:
        super().__init__({"": now})

    def __missing__(self, text: str) -> datetime:
        at = self[text] = _parsed("given_at", text, parse_instant)
        return at


_Members = dict[str, tuple[PupilId, int]]


@define
class _Place:
    """A column with the pupils of its class, each a bit, and the bits of those without a mark.

    `wordless` are the values that its rules allow there whatever stands beside, and that need no
    words. `among` and `noted` are what stands there, where the rules ask for it.
    """

    column: Column
    journal: Journal
    day: date
    enrolments: Sequence[Enrolment]
    subgroup: Subgroup | None
    members: _Members
    free: int
    author: StaffId | None
    row: Row
    rules: Ruling
    wordless: set[str]
    among: dict[PupilId, MarkValue]
    noted: Mapping[PupilId, Absence]

    def member(self, text: str) -> tuple[PupilId, int]:
        """Return a pupil whose identifier may be spelled otherwise than is usual."""
        pupil = PupilId(_parsed("pupil", text, parse_id))
        member = self.members.get(spell_id(pupil))
        return member or (self.journal.admit(pupil, self.day, self.enrolments, self.subgroup), 0)

    def refuse(self, pupil: PupilId) -> None:
        """Raise what a mark for that pupil, who has no bit left, is refused with."""
        self.journal.admit(pupil, self.day, self.enrolments, self.subgroup)
        raise Duplicate("mark", MARKS.key, (self.journal.id, self.column.id, pupil))

    def row_of(self, pupil: PupilId, code: str, comment: str, at: datetime) -> Row:
        """Return the row of a mark, made as any mark is made.

        What the rules allow whatever else stands there is remembered where it needs no words.
        """
        value = _parsed("value", code, parse_mark_code)
        noted = (self.noted[pupil],) if pupil in self.noted else ()
        self.rules.admit(value, self.column, noted=noted, among=self.among.values())
        mark = self.column.mark(pupil, value, comment, self.author, at)
        self.among[pupil] = value
        if not comment and not self.rules.looks_around(value):
            self.wordless.add(code)
        return shape_of(MARKS).row(mark)


class _Places(dict[str, _Place]):
    """Where marks may stand, by the column as a file spells it, each made when it is asked for.

    What they are made from is read once, and again when others have written to the school.
    `as_of` is the number of the latest entry that they know.
    """

    def __init__(self) -> None:
        super().__init__()
        self.as_of = 0
        self._wordless: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)

    def read_in(self, unit: SchoolUnit) -> None:
        """See to it that what is known is what stands; the next entry will be unknown to it.

        A reopening runs out by itself: where that closed a journal, its places are forgotten.
        """
        self._unit = unit
        if self.as_of != unit.chain.head.seq:
            self.clear()
            self._columns = {spell_id(each.id): each for each in unit.columns.all()}
            self._journals = {each.id: each for each in unit.journals.all()}
            self._subgroups = {each.id: each for each in unit.subgroups.all()}
            self._enrolments: defaultdict[ClassId, list[Enrolment]] = defaultdict(list)
            for enrolment in unit.enrolments.all():
                self._enrolments[enrolment.school_class].append(enrolment)
            self._members: dict[ClassId, _Members] = {}
            self._admitted: dict[tuple[ClassId, SubgroupId | None, date], int] = {}
            self._marked: dict[JournalId, defaultdict[ColumnId, int]] = {}
            self._terms: dict[JournalId, Terms] = {}
            self._rulings: dict[tuple[Terms, date], Ruling] = {}
        self.as_of = 0
        lets = unit.chain.guard.lets
        journals = {place.journal.id: place.journal for place in self.values()}
        if shut := {number for number, journal in journals.items() if not lets(journal)}:
            for text in [text for text, place in self.items() if place.journal.id in shut]:
                del self[text]

    def __missing__(self, text: str) -> _Place:
        column = self._columns.get(text)
        if column is None:
            return self._spelled_otherwise(text)
        place = self[text] = self._made(column)
        return place

    def _spelled_otherwise(self, text: str) -> _Place:
        column = _parsed("column", text, parse_id)
        usual = spell_id(column)
        if usual not in self._columns:
            raise Missing("journal_column", (column,))
        return self[usual]

    def _made(self, column: Column) -> _Place:
        journal = self._journals[column.journal]
        self._unit.chain.guard.admit(journal)
        day = column.day or self._unit.today
        author = acting_staff(self._unit.actor)
        blank = column.by_hand().mark(PupilId(0), VOCABULARY[0], "", author, self._unit.now)
        rules = self._rules(journal, day)
        pack = rules.pack
        return _Place(
            column,
            journal,
            day,
            self._enrolments[journal.school_class],
            None if journal.subgroup is None else self._subgroups[journal.subgroup],
            self._members_of(journal.school_class),
            self._free(column, journal, day),
            author,
            shape_of(MARKS).row(blank),
            rules,
            self._wordless[pack.name, pack.version, column.kind, rules.terms.assessed],
            self._among(column, rules),
            self._noted(column, rules),
        )

    def _rules(self, journal: Journal, day: date) -> Ruling:
        if journal.id not in self._terms:
            self._terms[journal.id] = terms_of(self._unit, journal)
        asked = self._terms[journal.id], day
        if asked not in self._rulings:
            self._rulings[asked] = Ruling.of(*asked, self._unit.policies.rule_packs)
        return self._rulings[asked]

    def _among(self, column: Column, rules: Ruling) -> dict[PupilId, MarkValue]:
        if not rules.refuses_mixing:
            return {}
        marks = self._unit.marks.of_journal(column.journal)
        return {mark.pupil: mark.value for mark in marks if mark.column == column.id}

    def _noted(self, column: Column, rules: Ruling) -> dict[PupilId, Absence]:
        if not rules.refuses_beside_absence:
            return {}
        absences = self._unit.absences.of_journal(column.journal)
        return {each.pupil: each for each in absences if each.lesson == column.lesson}

    def _free(self, column: Column, journal: Journal, day: date) -> int:
        """Return the bits of the pupils on the journal's list that day who have no mark there."""
        listed = journal.school_class, journal.subgroup, day
        members = self._members_of(journal.school_class)
        if listed not in self._admitted:
            subgroup = None if journal.subgroup is None else self._subgroups[journal.subgroup]
            roll = journal.roll(self._enrolments[journal.school_class], Period(day, day), subgroup)
            self._admitted[listed] = sum(bit for who, bit in members.values() if who in roll)
        if journal.id not in self._marked:
            marked = self._marked[journal.id] = defaultdict(int)
            for mark in self._unit.marks.kept_in(journal.id):
                _, bit = members.get(spell_id(mark.pupil), (mark.pupil, 0))
                marked[mark.column] |= bit
        return self._admitted[listed] & ~self._marked[journal.id][column.id]

    def _members_of(self, school_class: ClassId) -> _Members:
        if school_class not in self._members:
            pupils = dict.fromkeys(each.pupil for each in self._enrolments[school_class])
            self._members[school_class] = {
                spell_id(pupil): (pupil, 1 << place) for place, pupil in enumerate(pupils)
            }
        return self._members[school_class]
