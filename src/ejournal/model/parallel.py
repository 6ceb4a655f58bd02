"""Subgroups that are taught side by side: who they are, and their journals as one class page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from attrs import evolve, field, frozen

from ejournal.errors import Missing
from ejournal.ids import JournalId, PupilId
from ejournal.model.classes import Subgroup
from ejournal.model.declaration import PLAIN
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import Journal
from ejournal.model.page import Cell, JournalPage
from ejournal.model.people import Pupil, alphabetical

__all__ = ["ClassPage", "ClassRow", "class_page", "parallel_to"]


def parallel_to(
    subgroup: Subgroup, others: Iterable[Subgroup], journals: Sequence[Journal]
) -> tuple[Subgroup, ...]:
    """Return the subgroups that are taught at the same time as this one, of all those of a class.

    They are the other parts of its division, and whoever has a journal beside one of its own.
    """
    own = [journal for journal in journals if journal.subgroup == subgroup.id]
    beside = {
        other.subgroup
        for other in journals
        if any(journal.has_place_of(evolve(other, subgroup=subgroup.id)) for journal in own)
    }
    return tuple(
        each
        for each in others
        if each.id != subgroup.id and (each.id in beside or each.divides_with(subgroup))
    )


@frozen
class ClassRow:
    """A pupil of the class, whose journals they are in, and the cells of the row.

    There is one cell for each column of the class page. It is None in a journal that is not about
    the pupil and holds nothing of theirs.
    """

    pupil: Pupil
    journals: tuple[JournalId, ...]
    cells: tuple[Cell | None, ...]


@frozen
class ClassPage:
    """Several pages side by side, each with its own columns and lessons, over one class list.

    The columns of `rows` are those of the first page, then those of the next, and so on.
    """

    school_class: ClassLabel = field(metadata=PLAIN)
    subject: str = field(metadata=PLAIN)
    pages: tuple[JournalPage, ...]
    rows: tuple[ClassRow, ...]


def class_page(pages: Sequence[JournalPage]) -> ClassPage:
    """Lay out pages of one subject, class and semester as one; every pupil has one row.

    A pupil who changed subgroup has the cells of both in it. The whole class's own page stands
    first, the others by the names of the subgroups. Raises `Missing` where there is no page.
    """
    ordered = sorted(pages, key=lambda each: (each.heading.subgroup, each.journal.id))
    if not ordered:
        raise Missing("journal", ())
    heading = ordered[0].heading
    known = {row.pupil.id: row.pupil for each in ordered for row in each.rows}
    return ClassPage(
        heading.school_class,
        heading.subject,
        tuple(ordered),
        tuple(_row(pupil, ordered) for pupil in alphabetical(known.values())),
    )


def _row(pupil: Pupil, pages: Sequence[JournalPage]) -> ClassRow:
    shown = [(page, _cells(page, pupil.id)) for page in pages]
    return ClassRow(
        pupil,
        tuple(page.journal.id for page, cells in shown if cells is not None),
        tuple(
            cell
            for page, cells in shown
            for cell in (cells if cells is not None else (None,) * len(page.columns))
        ),
    )


def _cells(page: JournalPage, pupil: PupilId) -> tuple[Cell, ...] | None:
    return next((row.cells for row in page.rows if row.pupil.id == pupil), None)
