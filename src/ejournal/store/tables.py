"""The tables that no aggregate declares: heads, entries, and the personal text of entries."""

from __future__ import annotations

from ejournal.model.declaration import Lookup
from ejournal.model.ledger import Head
from ejournal.ports import Kind, Row, Slot, Table

__all__ = ["ENTRIES", "HEADS", "ONCE", "PERSONAL", "RECORD", "head_in"]

HEADS = Table(
    "head",
    (
        Slot("id", Kind.INTEGER),
        Slot("seq", Kind.INTEGER),
        Slot("hash", Kind.TEXT),
    ),
    ("id",),
    (Lookup("everywhere", (), across=True),),
    version="seq",
)

ONCE = Lookup("once", ("once",))

ENTRIES = Table(
    "entry",
    (
        Slot("seq", Kind.INTEGER),
        Slot("at", Kind.INSTANT),
        Slot("event", Kind.TEXT),
        Slot("once", Kind.TEXT, optional=True),
        Slot("hash", Kind.TEXT),
        Slot("body", Kind.JSON),
    ),
    ("seq",),
    (ONCE,),
    unique=(("once",),),
)

RECORD = Lookup("record", ("kind", "record"))

PERSONAL = Table(
    "personal",
    (
        Slot("seq", Kind.INTEGER),
        Slot("number", Kind.INTEGER),
        Slot("kind", Kind.TEXT),
        Slot("record", Kind.JSON),
        Slot("field", Kind.TEXT),
        Slot("salt", Kind.TEXT),
        Slot("text", Kind.JSON),
    ),
    ("seq", "number"),
    (RECORD,),
)


def head_in(row: Row) -> Head:
    """Return where a chain ends, from its row of `HEADS`."""
    _, seq, hashed = row
    return Head(int(str(seq)), str(hashed))
