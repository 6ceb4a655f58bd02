"""How what is stored grows: numbered steps, declared once for every storage.

A step says what changes in words of tables and slots. An SQL database runs it, another storage
may read old records by it. Steps are never edited once they were released: the first is what the
tables were then, and all of them together are what the declarations say now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeAlias

from attrs import evolve, field, frozen

from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Slot, Stored, Table
from ejournal.store.first_tables import FIRST_TABLES

__all__ = [
    "STEPS",
    "Change",
    "DropDefault",
    "DropField",
    "Layout",
    "NewDefault",
    "NewField",
    "NewLookup",
    "NewTable",
    "Phase",
    "Step",
    "fields_gone",
    "fields_since",
    "laid_out",
]


class Phase(Enum):
    """When a step may run: before code that needs it, or after the last code it would break."""

    EXPAND = "expand"
    CONTRACT = "contract"


@frozen
class NewTable:
    """A table that was not there, with its lookups."""

    table: Table


@frozen
class NewField:
    """A slot that records written before read as `default`.

    Code that does not know the slot goes on adding records: they get the default, too.
    """

    table: str
    slot: Slot
    default: Stored = None


@frozen
class NewLookup:
    """A question that was not asked before; slots derived for it come with steps of their own."""

    table: str
    lookup: Lookup


@frozen
class NewDefault:
    """Let code that no longer knows a slot go on adding records: they get `default`."""

    table: str
    slot: str
    default: Stored


@frozen
class DropDefault:
    """From now on whoever adds a record fills the slot."""

    table: str
    slot: str


@frozen
class DropField:
    """A slot that nobody reads any more goes, and every lookup that asks for it."""

    table: str
    slot: str


Change: TypeAlias = NewTable | NewField | NewLookup | NewDefault | DropDefault | DropField


@frozen
class Step:
    """One numbered change of what is stored; `title` is for whoever looks at the history."""

    number: int
    title: str
    phase: Phase
    changes: tuple[Change, ...]


@frozen
class Layout:
    """The tables after some steps, by name, and the defaults that stand in for slots."""

    tables: Mapping[str, Table] = field(factory=dict)
    defaults: Mapping[tuple[str, str], Stored] = field(factory=dict)

    def after(self, change: Change) -> Layout:
        """Return what one change makes of it."""
        tables, defaults = dict(self.tables), dict(self.defaults)
        match change:
            case NewTable(table):
                tables[table.name] = table
            case NewField(name, slot, default):
                tables[name] = evolve(tables[name], slots=(*tables[name].slots, slot))
                if default is not None:
                    defaults[name, slot.name] = default
            case NewLookup(name, lookup):
                tables[name] = evolve(tables[name], lookups=(*tables[name].lookups, lookup))
            case NewDefault(name, slot_name, default):
                defaults[name, slot_name] = default
            case DropDefault(name, slot_name):
                defaults.pop((name, slot_name))
            case DropField(name, slot_name):
                tables[name] = _without(tables[name], slot_name)
                defaults.pop((name, slot_name), None)
        return Layout(tables, defaults)


def _without(table: Table, slot: str) -> Table:
    return evolve(
        table,
        slots=tuple(one for one in table.slots if one.name != slot),
        lookups=tuple(lookup for lookup in table.lookups if slot not in lookup.fields),
    )


def laid_out(steps: Iterable[Step]) -> Layout:
    """Return what the steps make of nothing."""
    layout = Layout()
    for step in steps:
        for change in step.changes:
            layout = layout.after(change)
    return layout


def fields_since(steps: Iterable[Step], table: str) -> dict[str, Stored]:
    """Return the fields that steps gave a table, with what records written before read as."""
    changes = (change for step in steps for change in step.changes)
    return {
        change.slot.name: change.default
        for change in changes
        if isinstance(change, NewField) and change.table == table
    }


def fields_gone(steps: Iterable[Step], table: str) -> set[str]:
    """Return the fields that steps took from a table; old entries of a ledger still have them."""
    changes = (change for step in steps for change in step.changes)
    return {
        change.slot for change in changes if isinstance(change, DropField) and change.table == table
    }


_CURSORS = Table(
    "cursor",
    (
        Slot("consumer", Kind.TEXT),
        Slot("seq", Kind.INTEGER),
        Slot("version", Kind.INTEGER),
    ),
    ("consumer",),
    (Lookup("consumer", ("consumer",), across=True),),
    version="version",
)

_IMPORTS = Table(
    "import",
    (
        Slot("id", Kind.INTEGER),
        Slot("source", Kind.TEXT),
        Slot("begun_at", Kind.INSTANT),
        Slot("position", Kind.INTEGER),
        Slot("taken", Kind.INTEGER),
        Slot("refused", Kind.INTEGER),
        Slot("state", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    order=("begun_at",),
    version="version",
)

_EXCUSES = Table(
    "excuse",
    (
        Slot("id", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("guardian", Kind.INTEGER),
        Slot("first_day", Kind.DATE),
        Slot("last_day", Kind.DATE),
        Slot("code", Kind.TEXT),
        Slot("reason", Kind.TEXT),
        Slot("proposed_at", Kind.INSTANT),
        Slot("lessons", Kind.JSON),
        Slot("state", Kind.TEXT),
        Slot("decided_by", Kind.INTEGER, optional=True),
        Slot("decided_at", Kind.INSTANT, optional=True),
        Slot("answer", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("pupil", ("pupil", "last_day"), ranged=True), Lookup("state", ("state",))),
    order=("first_day",),
    version="version",
)
_ABSENCE_ALERTS = Table(
    "absence_alert",
    (
        Slot("id", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("school_class", Kind.INTEGER),
        Slot("first_day", Kind.DATE),
        Slot("last_day", Kind.DATE),
        Slot("days", Kind.INTEGER),
        Slot("tell", Kind.JSON),
        Slot("raised_at", Kind.INSTANT),
        Slot("acknowledged_by", Kind.INTEGER, optional=True),
        Slot("acknowledged_at", Kind.INSTANT, optional=True),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("pupil", ("pupil",)), Lookup("waiting", ("acknowledged_at",))),
    (("pupil", "first_day"),),
    order=("raised_at",),
    version="version",
)
_REMOTE = NewField("absence", Slot("remote", Kind.FLAG), default=False)
_EXCUSED_BY = NewField("absence", Slot("excused_by", Kind.INTEGER, optional=True))

_HIDDEN = NewField("guardianship", Slot("hidden", Kind.JSON), "[]")
_UNTIL = NewField("guardianship", Slot("until", Kind.DATE, optional=True))
_ALLOWED = NewField("guardianship", Slot("allowed", Kind.JSON), "[]")
_PUBLICATIONS = Table(
    "publication",
    (
        Slot("column", Kind.INTEGER),
        Slot("rules", Kind.JSON),
        Slot("published_at", Kind.INSTANT, optional=True),
        Slot("version", Kind.INTEGER),
    ),
    ("column",),
    version="version",
)
_WEEK_SIGNATURES = Table(
    "week_signature",
    (
        Slot("pupil", Kind.INTEGER),
        Slot("guardian", Kind.INTEGER),
        Slot("week", Kind.DATE),
        Slot("signed_at", Kind.INSTANT),
        Slot("version", Kind.INTEGER),
    ),
    ("pupil", "guardian", "week"),
    (Lookup("pupil", ("pupil",)),),
    order=("week",),
    version="version",
)
_DIARY_LOOKS = Table(
    "diary_look",
    (
        Slot("pupil", Kind.INTEGER),
        Slot("guardian", Kind.INTEGER),
        Slot("upto", Kind.INTEGER),
        Slot("at", Kind.INSTANT),
        Slot("version", Kind.INTEGER),
    ),
    ("pupil", "guardian"),
    (Lookup("pupil", ("pupil",)),),
    version="version",
)
_DIARIES = (_PUBLICATIONS, _WEEK_SIGNATURES, _DIARY_LOOKS)

_SUGGESTIONS = Table(
    "suggestion",
    (
        Slot("journal", Kind.INTEGER),
        Slot("column", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("value", Kind.TEXT, optional=True),
        Slot("calculation", Kind.JSON),
        Slot("suggested_at", Kind.INSTANT),
        Slot("version", Kind.INTEGER),
    ),
    ("journal", "column", "pupil"),
    (Lookup("column", ("column",)),),
    version="version",
)
_TERMS = NewField("journal", Slot("terms", Kind.JSON, optional=True))
_RESULT = NewField("journal_column", Slot("result", Kind.TEXT, optional=True))

_FOR = Lookup("homework_to", ("homework_to",))

_PERIOD_LOCKS = Table(
    "period_lock",
    (
        Slot("id", Kind.INTEGER),
        Slot("year", Kind.INTEGER),
        Slot("semester", Kind.INTEGER),
        Slot("school_class", Kind.INTEGER, optional=True),
        Slot("journal", Kind.INTEGER, optional=True),
        Slot("state", Kind.TEXT),
        Slot("closed_at", Kind.INSTANT, optional=True),
        Slot("closed_by", Kind.INTEGER, optional=True),
        Slot("reopenings", Kind.JSON),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("semester", ("year", "semester")),),
    version="version",
)

_INSPECTION_NOTES = Table(
    "inspection_note",
    (
        Slot("id", Kind.INTEGER),
        Slot("journal", Kind.INTEGER),
        Slot("day", Kind.DATE),
        Slot("author", Kind.INTEGER),
        Slot("remark", Kind.TEXT),
        Slot("deadline", Kind.DATE, optional=True),
        Slot("acknowledged_by", Kind.INTEGER, optional=True),
        Slot("acknowledged_on", Kind.DATE, optional=True),
        Slot("removed_by", Kind.INTEGER, optional=True),
        Slot("removed_on", Kind.DATE, optional=True),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("journal", ("journal",)),),
    order=("day",),
    version="version",
)

_ELECTRONIC_DOCUMENTS = Table(
    "electronic_document",
    (
        Slot("kind", Kind.TEXT),
        Slot("since", Kind.DATE),
        Slot("decision_number", Kind.TEXT),
        Slot("decision_date", Kind.DATE),
        Slot("without_paper", Kind.FLAG),
        Slot("version", Kind.INTEGER),
    ),
    ("kind",),
    version="version",
)

_STRUCK = Slot("struck", Kind.FLAG)

_TIMETABLE = Table(
    "timetable",
    (
        Slot("id", Kind.INTEGER),
        Slot("year", Kind.INTEGER),
        Slot("since", Kind.DATE),
        Slot("weeks", Kind.INTEGER),
        Slot("anchor", Kind.DATE),
        Slot("state", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("year", ("year",)),),
    order=("since",),
    version="version",
)

_CLASS_TIMETABLE = Table(
    "class_timetable",
    (
        Slot("timetable", Kind.INTEGER),
        Slot("school_class", Kind.INTEGER),
        Slot("entries", Kind.JSON),
        Slot("version", Kind.INTEGER),
    ),
    ("timetable", "school_class"),
    (Lookup("timetable", ("timetable",)),),
    version="version",
)

_CLASS_HOURS = Table(
    "class_hours",
    (
        Slot("school_class", Kind.INTEGER),
        Slot("hours", Kind.JSON),
        Slot("version", Kind.INTEGER),
    ),
    ("school_class",),
    version="version",
)

_TIMETABLE_EXCEPTION = Table(
    "timetable_exception",
    (
        Slot("id", Kind.INTEGER),
        Slot("year", Kind.INTEGER),
        Slot("kind", Kind.TEXT),
        Slot("first_day", Kind.DATE),
        Slot("last_day", Kind.DATE),
        Slot("school_class", Kind.INTEGER, optional=True),
        Slot("subgroup", Kind.INTEGER, optional=True),
        Slot("bell", Kind.INTEGER, optional=True),
        Slot("to_day", Kind.DATE, optional=True),
        Slot("to_bell", Kind.INTEGER, optional=True),
        Slot("reason", Kind.TEXT),
        Slot("withdrawn", Kind.FLAG),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("year", ("year",)),),
    version="version",
)

_SUBSTITUTION = Table(
    "substitution",
    (
        Slot("id", Kind.INTEGER),
        Slot("year", Kind.INTEGER),
        Slot("day", Kind.DATE),
        Slot("bell", Kind.INTEGER),
        Slot("journal", Kind.INTEGER),
        Slot("school_class", Kind.INTEGER),
        Slot("subject", Kind.INTEGER),
        Slot("subgroup", Kind.INTEGER, optional=True),
        Slot("teacher", Kind.INTEGER),
        Slot("reason", Kind.TEXT),
        Slot("minutes", Kind.INTEGER, optional=True),
        Slot("note", Kind.TEXT),
        Slot("substitute", Kind.INTEGER, optional=True),
        Slot("other_subject", Kind.INTEGER, optional=True),
        Slot("state", Kind.TEXT),
        Slot("lesson", Kind.INTEGER, optional=True),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (
        Lookup("year", ("year", "day"), ranged=True),
        Lookup("substitute", ("substitute", "day"), ranged=True),
    ),
    order=("day", "bell"),
    version="version",
)

_TIMETABLES: tuple[Change, ...] = (
    *map(
        NewTable,
        (_TIMETABLE, _CLASS_TIMETABLE, _CLASS_HOURS, _TIMETABLE_EXCEPTION, _SUBSTITUTION),
    ),
    NewField("lesson", _STRUCK, default=False),
    NewField("journal_column", _STRUCK, default=False),
    NewField("subgroup", Slot("division", Kind.TEXT), ""),
    NewField("subject", Slot("integrates", Kind.JSON), "[]"),
)

_DEPARTURES = (
    NewField("enrolment", Slot("departure", Kind.JSON, optional=True)),
    NewField("enrolment", Slot("basis", Kind.TEXT), ""),
    NewField("enrolment", Slot("reason", Kind.TEXT), ""),
    NewField("enrolment", Slot("destination", Kind.TEXT), ""),
)

_TRANSFER_RECORDS = Table(
    "transfer_record",
    (
        Slot("id", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("sha256", Kind.TEXT),
        Slot("source", Kind.TEXT),
        Slot("packet", Kind.TEXT),
        Slot("taken_at", Kind.INSTANT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("pupil", ("pupil",)), Lookup("sha256", ("sha256",))),
    unique=(("sha256",),),
    version="version",
)

_ROLLOVERS = Table(
    "rollover",
    (
        Slot("id", Kind.INTEGER),
        Slot("source", Kind.INTEGER),
        Slot("target", Kind.INTEGER),
        Slot("plan", Kind.TEXT),
        Slot("order_number", Kind.TEXT),
        Slot("order_date", Kind.DATE),
        Slot("classes", Kind.INTEGER),
        Slot("moved", Kind.INTEGER),
        Slot("finished", Kind.INTEGER),
        Slot("applied_at", Kind.INSTANT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("plan", ("plan",)),),
    (("plan",),),
    ("applied_at",),
    "version",
)

_MERGES = Table(
    "merge",
    (
        Slot("id", Kind.INTEGER),
        Slot("kept", Kind.INTEGER),
        Slot("merged", Kind.INTEGER),
        Slot("plan", Kind.JSON),
        Slot("applied_at", Kind.INSTANT),
        Slot("state", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (Lookup("kept", ("kept",)), Lookup("merged", ("merged",))),
    (),
    ("applied_at",),
    "version",
)

_MOVING: tuple[Change, ...] = (
    *_DEPARTURES,
    NewField("enrolment", Slot("repeats", Kind.INTEGER, optional=True)),
    NewField("pupil", Slot("merged_into", Kind.INTEGER, optional=True)),
    *map(NewTable, (_TRANSFER_RECORDS, _ROLLOVERS, _MERGES)),
)

_REVISION_PROPOSAL = Table(
    "revision_proposal",
    (
        Slot("id", Kind.INTEGER),
        Slot("journal", Kind.INTEGER),
        Slot("column", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("seen", Kind.INTEGER),
        Slot("revision", Kind.JSON),
        Slot("proposer", Kind.INTEGER, optional=True),
        Slot("proposed_at", Kind.INSTANT),
        Slot("state", Kind.TEXT),
        Slot("decided_by", Kind.INTEGER, optional=True),
        Slot("decided_at", Kind.INSTANT, optional=True),
        Slot("answer", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (
        Lookup("journal", ("journal",)),
        Lookup("pupil", ("pupil",)),
        Lookup("state", ("state",)),
    ),
    version="version",
)

_CORRECTION_REQUEST = Table(
    "correction_request",
    (
        Slot("id", Kind.INTEGER),
        Slot("journal", Kind.INTEGER),
        Slot("column", Kind.INTEGER),
        Slot("pupil", Kind.INTEGER),
        Slot("standing", Kind.TEXT),
        Slot("applicant", Kind.INTEGER),
        Slot("applied_at", Kind.INSTANT),
        Slot("reason", Kind.TEXT),
        Slot("state", Kind.TEXT),
        Slot("commission", Kind.JSON, optional=True),
        Slot("result", Kind.TEXT, optional=True),
        Slot("concluded_at", Kind.INSTANT, optional=True),
        Slot("answer", Kind.TEXT),
        Slot("version", Kind.INTEGER),
    ),
    ("id",),
    (
        Lookup("journal", ("journal",)),
        Lookup("pupil", ("pupil",)),
        Lookup("state", ("state",)),
    ),
    version="version",
)

_CORRECTING: tuple[Change, ...] = (
    *map(NewTable, (_REVISION_PROPOSAL, _CORRECTION_REQUEST)),
    NewField("mark", Slot("void", Kind.FLAG), default=False),
    NewField("journal_column", Slot("corrects", Kind.INTEGER, optional=True)),
)

STEPS: tuple[Step, ...] = (
    Step(1, "the first tables", Phase.EXPAND, tuple(map(NewTable, FIRST_TABLES))),
    Step(2, "cursors of those who follow the feed", Phase.EXPAND, (NewTable(_CURSORS),)),
    Step(3, "lessons by the one their homework is for", Phase.EXPAND, (NewLookup("lesson", _FOR),)),
    Step(4, "files of marks that are taken in", Phase.EXPAND, (NewTable(_IMPORTS),)),
    Step(
        5,
        "locks of closed semesters, notes of inspections, documents without paper",
        Phase.EXPAND,
        tuple(map(NewTable, (_PERIOD_LOCKS, _INSPECTION_NOTES, _ELECTRONIC_DOCUMENTS))),
    ),
    Step(6, "timetables, substitutions, divisions, struck lessons", Phase.EXPAND, _TIMETABLES),
    Step(
        7,
        "excuses, remote presence and alerts of long absences",
        Phase.EXPAND,
        (_REMOTE, _EXCUSED_BY, NewTable(_EXCUSES), NewTable(_ABSENCE_ALERTS)),
    ),
    Step(
        8,
        "what diaries show and when, what guardians see, signed and have read",
        Phase.EXPAND,
        (_HIDDEN, _UNTIL, _ALLOWED, *map(NewTable, _DIARIES)),
    ),
    Step(
        9,
        "the rules of journals, and what they suggest",
        Phase.EXPAND,
        (_TERMS, _RESULT, NewTable(_SUGGESTIONS)),
    ),
    Step(
        10, "how pupils leave, come, go on to the next year, and are merged", Phase.EXPAND, _MOVING
    ),
    Step(11, "changes of marks with reasons, requests for correction", Phase.EXPAND, _CORRECTING),
)
"""Every step so far, in order; a storage is up to date when it has run them all."""
