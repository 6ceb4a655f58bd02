"""The page of a class journal: how its columns, marks and lessons lie open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from attrs import field, frozen

from ejournal.ids import ClassId, ColumnId, PupilId
from ejournal.model.attendance import Absence
from ejournal.model.calendar import Period
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark
from ejournal.model.marks import MarkValue, mixes_scales
from ejournal.model.people import Enrolment, Pupil, alphabetical

__all__ = ["Cell", "Heading", "JournalPage", "PageColumn", "PageRow", "page", "topic_of"]


@frozen
class Heading:
    """What stands above a page: whose it is, in words."""

    school: str = field(metadata=PLAIN)
    year: str = field(metadata=PLAIN)
    semester: int
    school_class: ClassLabel = field(metadata=PLAIN)
    subject: str = field(metadata=PLAIN)
    subgroup: str = field(metadata=PLAIN)
    teachers: tuple[PersonName, ...] = field(metadata=PERSONAL)


@frozen
class Cell:
    """What a page shows where a pupil's row meets a column.

    `void` is a mark, and `withdrawn` an absence, that was there and stands no longer. The versions
    are what to tell a use case as `expected`: 0 where there never was anything.
    """

    mark: Mark | None = None
    absence: Absence | None = None
    void: Mark | None = None
    withdrawn: Absence | None = None

    @property
    def mark_version(self) -> int:
        """The version of the mark, void or not."""
        seen = self.mark or self.void
        return 0 if seen is None else seen.version

    @property
    def absence_version(self) -> int:
        """The version of the absence, withdrawn or not."""
        seen = self.absence or self.withdrawn
        return 0 if seen is None else seen.version


@frozen
class PageColumn:
    """A column in its place, and whether numbers and level letters are mixed in it (rule 23)."""

    column: Column
    is_mixed: bool


@frozen
class PageRow:
    """A pupil and the cells of the row, one for each column of the page.

    `joined` is the first day on the class list and `left` the last, where they lie inside the
    semester: who leaves a class stays on its page.
    """

    pupil: Pupil
    cells: tuple[Cell, ...]
    joined: date | None = None
    left: date | None = None

    @property
    def note(self) -> str:
        """What stands beside the name: «вибув» with the last day, where the pupil left."""
        return "" if self.left is None else f"вибув {self.left:%d.%m.%Y}"


@frozen
class JournalPage:
    """A journal as it lies open: marks and absences on one side, lessons on the other."""

    journal: Journal
    heading: Heading
    columns: tuple[PageColumn, ...]
    rows: tuple[PageRow, ...]
    lessons: tuple[Lesson, ...]


def page(
    journal: Journal,
    heading: Heading,
    *,
    pupils: Iterable[Pupil],
    lessons: Iterable[Lesson],
    columns: Iterable[Column],
    marks: Iterable[Mark],
    absences: Iterable[Absence],
    enrolments: Iterable[Enrolment] = (),
    during: Period | None = None,
) -> JournalPage:
    """Lay out a journal's page for those pupils, in the order of the Ukrainian alphabet.

    `enrolments` say who joined the class or left it on days of the period `during`.

    Dated columns stand by day and then as they were made. A column without a date stands behind
    the dated ones that were there when it was made; semester, corrected and annual ones close the
    page, each corrected one right beside what it corrects (rule 40). An absence is shown in the
    first column of its lesson. What was struck is not shown.
    """
    ordered = _in_place(column for column in columns if not column.struck)
    values: defaultdict[ColumnId, list[MarkValue]] = defaultdict(list)
    given: dict[tuple[ColumnId, PupilId], Mark] = {}
    void: dict[tuple[ColumnId, PupilId], Mark] = {}
    for mark in marks:
        if mark.void:
            void[mark.column, mark.pupil] = mark
        else:
            values[mark.column].append(mark.value)
            given[mark.column, mark.pupil] = mark
    firsts = {column.lesson: column.id for column in reversed(ordered) if column.lesson}
    missing: dict[tuple[ColumnId | None, PupilId], Absence] = {}
    there: dict[tuple[ColumnId | None, PupilId], Absence] = {}
    for absence in absences:
        found = there if absence.was_withdrawn else missing
        found[firsts.get(absence.lesson), absence.pupil] = absence

    def cell(at: tuple[ColumnId, PupilId]) -> Cell:
        return Cell(given.get(at), missing.get(at), void.get(at), there.get(at))

    stays = _stays(enrolments, journal.school_class, during)

    def row(pupil: Pupil) -> PageRow:
        cells = tuple(cell((column.id, pupil.id)) for column in ordered)
        return PageRow(pupil, cells, *stays.get(pupil.id, (None, None)))

    standing = (lesson for lesson in lessons if not lesson.struck)
    return JournalPage(
        journal,
        heading,
        tuple(PageColumn(column, mixes_scales(values[column.id])) for column in ordered),
        tuple(map(row, alphabetical(pupils))),
        tuple(sorted(standing, key=lambda lesson: (lesson.day, lesson.bell, lesson.id))),
    )


def topic_of(column: Column, columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return the columns that a thematic one sums up, in the order of the page.

    They are those that stand between it and the thematic column before it. Struck ones are none.
    """
    topic: list[Column] = []
    for each in _in_place(each for each in columns if not each.struck):
        if each.id == column.id:
            break
        topic = [] if each.kind is ColumnKind.THEMATIC else [*topic, each]
    return tuple(topic)


def _stays(
    enrolments: Iterable[Enrolment], school_class: ClassId, during: Period | None
) -> dict[PupilId, tuple[date | None, date | None]]:
    """Return when each pupil joined the class and left it, where that was within the period."""
    if during is None:
        return {}
    own: defaultdict[PupilId, list[Enrolment]] = defaultdict(list)
    for each in enrolments:
        if each.school_class == school_class and each.meets(during):
            own[each.pupil].append(each)
    stays = {}
    for pupil, stretches in own.items():
        since = min(each.since for each in stretches)
        until = max(each.until or date.max for each in stretches)
        joined = since if since > during.first else None
        stays[pupil] = joined, until if until < during.last else None
    return stays


_CLOSING = (
    ColumnKind.SEMESTER,
    ColumnKind.CORRECTED,
    ColumnKind.ANNUAL,
    ColumnKind.DPA,
    ColumnKind.FINAL,
)


def _in_place(columns: Iterable[Column]) -> Sequence[Column]:
    latest = date.min
    places: dict[ColumnId, tuple[int, date, int, int, int]] = {}
    ordered = sorted(columns, key=lambda column: column.id)
    for column in ordered:
        if column.day is not None:
            latest = max(latest, column.day)
            places[column.id] = (0, column.day, 0, column.id, 0)
        elif column.corrects in places:
            places[column.id] = (*places[column.corrects][:-1], column.id)
        elif column.kind in _CLOSING:
            places[column.id] = (1, date.max, _CLOSING.index(column.kind), column.id, 0)
        else:
            places[column.id] = (0, latest, 1, column.id, 0)
    return sorted(ordered, key=lambda column: places[column.id])
