"""How mathematics in 5-А of the small school comes to the end of the first semester.

A second topic is taught, its marks and those of the semester are suggested and decided. The months
between the first week and this topic are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import frozen

from ejournal.ids import ColumnId, PupilId
from ejournal.model.assessment import Suggestion
from ejournal.model.journal import Column, ColumnKind
from ejournal.model.marks import AbsenceCode, parse_mark
from ejournal.samples.small_school import SmallSchool, keep_lessons
from ejournal.samples.week import LessonPlan
from ejournal.store import SchoolUnit
from ejournal.usecases.assessing import decide_final, suggest_column
from ejournal.usecases.teaching import add_column

__all__ = ["LESSONS", "OTHERWISE", "PLACE", "Finals", "end_semester"]

PLACE = ("5-А", "Математика")
_MONDAY, _WEDNESDAY, _FRIDAY = (date(2026, 12, day) for day in (14, 16, 18))
_ILL = AbsenceCode.ILL

LESSONS = (
    LessonPlan(
        _MONDAY,
        2,
        "Звичайні дроби. Порівняння дробів",
        "§ 24, № 702, 708",
        marks={1: "11", 2: "7", 4: "12", 5: "6", 9: "8", 11: "4"},
        absent={10: _ILL},
    ),
    LessonPlan(
        _WEDNESDAY,
        3,
        "Мішані числа",
        "§ 26, № 751",
        marks={3: "8", 6: "8", 7: "6", 8: "10", 12: "9"},
        absent={10: _ILL},
    ),
    LessonPlan(
        _FRIDAY,
        2,
        "Контрольна робота № 5",
        test={
            1: "10",
            2: "8",
            3: "9",
            4: "11",
            5: "7",
            6: "8",
            7: "6",
            8: "11",
            9: "7",
            11: "5",
            12: "10",
        },
        absent={10: _ILL},
    ),
)

OTHERWISE = {3: ("10", "захистив творчу роботу й пояснив розв’язання біля дошки")}
"""Whose semester mark is not the suggested one, what it is, and why."""


@frozen
class Finals:
    """The columns that were decided on, and what had been suggested for the semester by pupil."""

    topic: Column
    semester: Column
    suggestions: tuple[Suggestion, ...]


def end_semester(unit: SchoolUnit, small: SmallSchool) -> Finals:
    """Teach the topic and decide on its marks and those of the semester; the teacher acts."""
    journal, pupils = small.journals[PLACE], small.pupils[PLACE[0]]
    keep_lessons(unit, journal, LESSONS, pupils, first=_number_after_the_week(unit, small))
    topic = add_column(unit, journal.id, ColumnKind.THEMATIC)
    _decide(unit, topic.id, suggest_column(unit, topic.id), {})
    semester = add_column(unit, journal.id, ColumnKind.SEMESTER)
    suggested = suggest_column(unit, semester.id)
    otherwise = {pupils[place - 1].id: told for place, told in OTHERWISE.items()}
    _decide(unit, semester.id, suggested, otherwise)
    return Finals(topic, semester, tuple(suggested))


def _decide(
    unit: SchoolUnit,
    column: ColumnId,
    suggestions: Iterable[Suggestion],
    otherwise: Mapping[PupilId, tuple[str, str]],
) -> None:
    """Follow what is suggested, but for whom it is told otherwise."""
    for suggestion in suggestions:
        text, reason = otherwise.get(suggestion.pupil, ("", ""))
        value = parse_mark(text) if text else suggestion.value
        if value is not None:
            decide_final(unit, column, pupil=suggestion.pupil, value=value, reason=reason)


def _number_after_the_week(unit: SchoolUnit, small: SmallSchool) -> int:
    return 1 + max(each.plan_no or 0 for each in unit.lessons.of_journal(small.journals[PLACE].id))
