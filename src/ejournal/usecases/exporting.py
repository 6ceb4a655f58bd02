"""Giving marks out to other programs, as files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ejournal.authority import require
from ejournal.codec import shape_of
from ejournal.model.catalogue import MARKS
from ejournal.model.permissions import Action
from ejournal.ports import Kind
from ejournal.store import SchoolUnit

__all__ = ["export_marks"]

_SLOTS = [slot for slot in shape_of(MARKS).table.slots if slot.name != "version"]
_FIELDS = tuple(slot.name for slot in _SLOTS)
_FREE_TEXT = [place for place, slot in enumerate(_SLOTS) if slot.kind in {Kind.TEXT, Kind.JSON}]
_ROWS = 1_000
_TO_QUOTE = re.compile('[",\r\n]').search


def export_marks(unit: SchoolUnit) -> Iterator[bytes]:
    """Yield the school's marks as a CSV file in pieces: RFC 4180, UTF-8, with a header.

    They come by journal, column and pupil; identifiers are in 13 characters, values are codes.
    Read it inside the unit. It is a file for programs, which `import_marks` takes in again: a
    comment stands as it is, also where a spreadsheet would take it for a formula.
    """
    require(unit, Action.EXPORT)
    return _pieces(unit.marks.spelled(_FIELDS))


def _pieces(rows: Iterator[tuple[str, ...]]) -> Iterator[bytes]:
    yield f"{','.join(_FIELDS)}\r\n".encode()
    while piece := list(islice(rows, _ROWS)):
        columns: list[Iterable[str]] = list(zip(*piece, strict=True))
        for place in _FREE_TEXT:
            if _TO_QUOTE("".join(columns[place])):
                columns[place] = map(_quoted, columns[place])
        lines = map(",".join, zip(*columns, strict=True))
        yield "\r\n".join([*lines, ""]).encode()


def _quoted(text: str) -> str:
    if _TO_QUOTE(text) is None:
        return text
    return '"{}"'.format(text.replace('"', '""'))
