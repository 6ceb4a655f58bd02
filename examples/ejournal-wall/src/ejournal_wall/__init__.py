"""Class pages for the wall of the staff room, and letters that stay in a folder."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from attrs import evolve

from ejournal.model.journal import ColumnKind
from ejournal.model.ledger import Entry
from ejournal.model.marks import label_of
from ejournal.model.page import Cell, JournalPage
from ejournal.plugins import hookimpl
from ejournal.plugins.hookspecs import MailerFactory
from ejournal.ports import Exporter, Outcome, Policies, Posted, Receipt
from ejournal.rules.base_school import GRADES_5_9_1427
from ejournal.rules.packs import RulePack, Weight


class WallExporter:
    """A page as one HTML table that needs no style sheet to be read."""

    name = "wall"
    media_type = "text/html"

    def export(self, page: JournalPage, /) -> Iterator[bytes]:
        """Yield the table, a row at a time."""
        heading = f"{page.heading.school_class} · {page.heading.subject}"
        yield f"<table><caption>{html.escape(heading)}</caption>\n".encode()
        for row in page.rows:
            cells = "".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in row.cells)
            yield f"<tr><th>{html.escape(row.pupil.name.short)}</th>{cells}</tr>\n".encode()
        yield b"</table>\n"


def _shown(cell: Cell) -> str:
    return "" if cell.mark is None else label_of(cell.mark.value)


class FolderMailer:
    """Keeps letters as files, named by their Message-ID; the same letter twice is one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Posted, /) -> Receipt:
        """Write the file and say that the letter is delivered."""
        name = "".join(
            letter for letter in message.message_id if letter.isalnum() or letter in ".-"
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.eml").write_bytes(message.raw)
        return Receipt(Outcome.SENT, "kept in a folder")


@hookimpl
def ejournal_exporters() -> Sequence[Exporter]:
    """Offer `wall`."""
    return (WallExporter(),)


@hookimpl
def ejournal_mailers() -> Mapping[str, MailerFactory]:
    """Offer `folder:/path`."""
    return {"folder": lambda url: FolderMailer(Path(urlsplit(url).path))}


@hookimpl
def ejournal_policies(policies: Policies) -> Policies:
    """Leave people a month to accept."""
    return evolve(policies, invitation_term=timedelta(days=30))


@hookimpl
def ejournal_rule_packs() -> Sequence[RulePack]:
    """From its second year on, let a test count twice where semesters are suggested."""
    return (
        evolve(
            GRADES_5_9_1427,
            name="wall-tests-twice",
            title="НУШ, 5-9 класи: контрольна робота рахується двічі",
            source="рішення педагогічної ради вигаданого ліцею",
            effective_from=date(2027, 9, 1),
            weights=(Weight(ColumnKind.TEST, 2),),
        ),
    )


@hookimpl
def ejournal_committed(entries: Iterable[Entry]) -> None:
    """Add a line for each entry to the file that `EJOURNAL_WALL_LOG` names."""
    if path := os.environ.get("EJOURNAL_WALL_LOG"):
        with Path(path).open("a", encoding="utf-8") as log:
            log.writelines(f"{entry.chain} {entry.seq} {entry.event}\n" for entry in entries)
