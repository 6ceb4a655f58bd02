"""Looking a journal over: what was kept in it although the rules remark on it or refuse it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from attrs import frozen

from ejournal.ids import ColumnId, LessonId, PupilId
from ejournal.model.attendance import Absence
from ejournal.model.journal import Column, Mark
from ejournal.model.marks import MarkValue, mixes_scales
from ejournal.rules.packs import Ruling, Verdict, assesses

__all__ = ["MarkFault", "MarkRemark", "mark_remarks"]


class MarkFault(Enum):
    """What a review of a journal's marks can find."""

    OUT_OF_PLACE = "out-of-place"
    AGAINST_RULES = "against-rules"
    MIXED = "mixed"
    ABSENT = "absent"


@frozen
class MarkRemark:
    """One finding: a value of one pupil, or scales that are mixed in a whole column (rule 23)."""

    fault: MarkFault
    column: ColumnId
    pupil: PupilId | None = None
    value: MarkValue | None = None


def mark_remarks(
    columns: Iterable[Column],
    marks: Iterable[Mark],
    absences: Iterable[Absence],
    rules_for: Callable[[Column], Ruling],
) -> tuple[MarkRemark, ...]:
    """Return what is amiss with a journal's marks, column by column, for who looks it over.

    A value that the rules refuse can stand there where it came before them, or past them.
    """
    of_column: defaultdict[ColumnId, list[Mark]] = defaultdict(list)
    for mark in marks:
        of_column[mark.column].append(mark)
    gone = {(each.lesson, each.pupil) for each in absences if not each.was_present}
    found: list[MarkRemark] = []
    for column in columns:
        standing = sorted(of_column[column.id], key=lambda mark: mark.pupil)
        found += _remarks(column, standing, rules_for(column), gone)
    return tuple(found)


def _remarks(
    column: Column, marks: Iterable[Mark], rules: Ruling, gone: set[tuple[LessonId, PupilId]]
) -> Iterator[MarkRemark]:
    standing = list(marks)
    pack = rules.pack
    if pack.mixing is not Verdict.ALLOWED and mixes_scales(mark.value for mark in standing):
        yield MarkRemark(MarkFault.MIXED, column.id)
    for mark in standing:
        fault = _FAULTS.get(rules.verdict(mark.value, column.kind))
        if fault is not None:
            yield MarkRemark(fault, column.id, mark.pupil, mark.value)
        was_gone = column.lesson is not None and (column.lesson, mark.pupil) in gone
        if pack.beside_absence is not Verdict.ALLOWED and assesses(mark.value) and was_gone:
            yield MarkRemark(MarkFault.ABSENT, column.id, mark.pupil, mark.value)


_FAULTS = {
    Verdict.FLAGGED: MarkFault.OUT_OF_PLACE,
    Verdict.REFUSED: MarkFault.AGAINST_RULES,
}
