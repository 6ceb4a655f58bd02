"""The first exporters: a class journal as JSON for programs and as CSV for spreadsheets.

JSON has everything of the page under the model's own names. CSV is the page as a teacher sees it:
a row for each pupil, a column for each column, the labels of marks and absences in the cells. No
export ranks pupils or computes anything about them (rule 92).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence

from ejournal.codec import spell
from ejournal.model.marks import label_of
from ejournal.model.page import Cell, JournalPage, PageColumn, PageRow
from ejournal.plugins.hookspecs import hookimpl
from ejournal.ports import Exporter

__all__ = ["CsvExporter", "JsonExporter", "ejournal_exporters"]


class JsonExporter:
    """A page as one JSON document in UTF-8, keys sorted, two spaces a level."""

    name = "json"
    media_type = "application/json"

    def export(self, page: JournalPage, /) -> Iterator[bytes]:
        """Yield the document; identifiers are spelled in 13 characters, marks by their codes."""
        document = {"format": "ejournal-page", "version": 1, "page": spell(page)}
        encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, indent=2)
        for piece in encoder.iterencode(document):
            yield piece.encode()
        yield b"\n"


class CsvExporter:
    """A page as CSV in UTF-8 with a byte order mark, which spreadsheets need to show Ukrainian.

    Cells that a spreadsheet would take for a formula get an apostrophe in front.
    """

    name = "csv"
    media_type = "text/csv"

    def export(self, page: JournalPage, /) -> Iterator[bytes]:
        """Yield the heading's line and one line for each pupil."""
        yield "\ufeff".encode()
        yield _line(["Учень", *(_heading(column) for column in page.columns)])
        for row in page.rows:
            yield _line([_named(row), *(_shown(cell) for cell in row.cells)])


def _named(row: PageRow) -> str:
    return f"{row.pupil.name.full} ({row.note})" if row.note else row.pupil.name.full


def _heading(place: PageColumn) -> str:
    day = place.column.day
    return f"{day:%d.%m.%Y} {place.column.heading}" if day else place.column.heading


def _shown(cell: Cell) -> str:
    shown: list[str] = []
    if cell.mark is not None:
        shown.append(label_of(cell.mark.value))
    if cell.absence is not None and cell.absence.code is not None:
        shown.append(label_of(cell.absence.code))
    elif cell.absence is not None:
        if cell.absence.remote:
            shown.append("дистанційно")
        if cell.absence.minutes_late:
            shown.append(f"запізнення {cell.absence.minutes_late} хв")
    return ", ".join(shown)


# A spreadsheet may divide lines at semicolons and tabs as well as commas: so does a Ukrainian one.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[ \"]*[=+\-@])")


def _line(cells: Sequence[str]) -> bytes:
    written = io.StringIO()
    safe = [_FORMULA.sub(r"\1'", cell) for cell in cells]
    csv.writer(written, lineterminator="\r\n").writerow(safe)
    return written.getvalue().encode()


@hookimpl
def ejournal_exporters() -> Sequence[Exporter]:
    """Offer `json` and `csv`."""
    return (JsonExporter(), CsvExporter())
