"""The tables that no aggregate declares: heads, entries, and the personal text of entries."""

from __future__ import annotations

from ejournal.errors import Invalid
from ejournal.model.declaration import Lookup
from ejournal.model.ledger import Head
from ejournal.ports import Kind, Row, Slot, Table

__all__ = ["ENTRIES", "HEADS", "ONCE", "PERSONAL", "RECORD", "check_number", "head_in"]

_BITS = 63

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


def check_number(field: str, number: int) -> None:
    """Raise `Invalid`, naming the field, for what is below 0 or has more than 63 bits.

    No storage keeps such a number, and some end in an error of their driver's when asked for it.
    """
    if number < 0 or number.bit_length() > _BITS:
        raise Invalid(field, str(number), "range")
