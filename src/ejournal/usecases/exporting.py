"""Giving marks out to other programs, as files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from ejournal.authority import require
from ejournal.codec import shape_of
from ejournal.ids import PupilId
from ejournal.model.calendar import Period
from ejournal.model.catalogue import MARKS
from ejournal.model.diary import DiaryMark
from ejournal.model.marks import spell_mark
from ejournal.model.permissions import Action
from ejournal.ports import Kind
from ejournal.store import SchoolUnit
from ejournal.visibility import marks_seen, viewer_of

__all__ = ["export_diary", "export_marks"]

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


_OF_PUPIL = ("day", "subject", "column", "kind", "value", "comment")


def export_diary(unit: SchoolUnit, pupil: PupilId, during: Period) -> Iterator[bytes]:
    """Yield a pupil's marks of a period as a CSV file: RFC 4180, UTF-8, with a header.

    They are those that the actor sees in the diary at this instant, in its order; values are
    codes. Nothing of another pupil is in it, and no place among others (rule 92). Like
    `export_marks` it is a file for programs.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    seen = [each.entry for each in marks_seen(unit, viewer_of(unit), child, during)]
    return _lines(seen)


def _lines(entries: Iterable[DiaryMark]) -> Iterator[bytes]:
    yield f"{','.join(_OF_PUPIL)}\r\n".encode()
    for entry in entries:
        mark, column = entry.mark, entry.column
        fields = (
            "" if mark.day is None else mark.day.isoformat(),
            entry.subject.name,
            column.heading,
            column.kind.value,
            spell_mark(mark.value),
            mark.comment,
        )
        yield f"{','.join(map(_quoted, fields))}\r\n".encode()
