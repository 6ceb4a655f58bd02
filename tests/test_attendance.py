"""Absences and lateness, and how they are counted (rules 19, 57-59)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid
from ejournal.ids import JournalId, LessonId, PupilId, StaffId
from ejournal.model.attendance import Absence, AbsenceCode, AbsenceKey, Missed, missed
from ejournal.model.marks import VOCABULARY, label_of, wire_of

MONDAY = date(2026, 9, 7)
AT = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
TEACHER = StaffId(7)
GONE = Absence(
    JournalId(1), LessonId(2), PupilId(3), MONDAY, AbsenceCode.ABSENT, 0, "", TEACHER, AT
)
LATE = evolve(GONE, code=None, minutes_late=10)


def gone(lesson: int) -> Absence:
    return evolve(GONE, lesson=LessonId(lesson))


def week(*lessons_a_day: int) -> dict[LessonId, date]:
    days = (
        MONDAY + timedelta(days=number)
        for number, count in enumerate(lessons_a_day)
        for _ in range(count)
    )
    return {LessonId(number): day for number, day in enumerate(days, 1)}


def test_rule_019_an_absence_carries_no_number() -> None:
    assert [label_of(code) for code in AbsenceCode] == ["Н", "хв", "п/п"]
    assert [wire.id for code in AbsenceCode if (wire := wire_of(code))] == [1, 23, 30]
    assert {code.value for code in AbsenceCode}.isdisjoint(str(value) for value in VOCABULARY)


def test_an_absence_is_found_by_journal_lesson_and_pupil() -> None:
    assert GONE.key == AbsenceKey(JournalId(1), LessonId(2), PupilId(3))


@pytest.mark.parametrize(
    ("code", "minutes"), [(None, -1), (AbsenceCode.ILL, 5), (AbsenceCode.EXCUSED, -5)]
)
def test_a_pupil_is_absent_or_late_and_not_both(code: AbsenceCode | None, minutes: int) -> None:
    with pytest.raises(Invalid) as refused:
        evolve(GONE, code=code, minutes_late=minutes)
    assert refused.value.args == ("minutes_late", str(minutes), "range", False)


def test_a_record_withdrawn_says_who_found_the_pupil_present_and_when() -> None:
    back = evolve(GONE, excuse="у лікаря").presence(StaffId(8), LATER)
    assert back == evolve(GONE, code=None, author=StaffId(8), recorded_at=LATER)
    assert (back.was_present, back.was_withdrawn) == (True, True)


def test_a_late_pupil_was_present_and_is_on_record() -> None:
    assert (LATE.was_present, LATE.was_withdrawn) == (True, False)
    assert (GONE.was_present, GONE.was_withdrawn) == (False, False)


def test_a_record_is_restated_on_top_of_the_one_that_stands() -> None:
    standing = evolve(GONE, version=5)
    assert standing.restated(LATE) == evolve(LATE, version=5)


def test_rule_057_who_has_no_record_missed_nothing() -> None:
    assert missed(week(3, 3), []) == Missed(days=0, lessons=0)


@pytest.mark.parametrize(
    ("lessons_a_day", "absences", "expected"),
    [
        ((3, 2), [1, 2], Missed(days=0, lessons=2)),
        ((3, 2), [1, 2, 3], Missed(days=1, lessons=3)),
        ((3, 2), [3, 4, 5], Missed(days=1, lessons=3)),
        ((3, 2), [1, 2, 3, 4, 5], Missed(days=2, lessons=5)),
        ((0, 1), [1], Missed(days=1, lessons=1)),
        ((1,), [9], Missed(days=0, lessons=0)),
    ],
)
def test_rule_058_days_and_lessons_missed_are_counted_apart(
    lessons_a_day: tuple[int, ...], absences: list[int], expected: Missed
) -> None:
    assert missed(week(*lessons_a_day), map(gone, absences)) == expected


def test_coming_late_or_a_withdrawn_record_misses_nothing() -> None:
    late = evolve(LATE, lesson=LessonId(1))
    withdrawn = gone(2).presence(TEACHER, LATER)
    assert missed(week(2), [late, withdrawn]) == Missed(days=0, lessons=0)


@given(
    st.lists(st.integers(0, 5), max_size=5).map(lambda counts: week(*counts)),
    st.frozensets(st.integers(1, 25)),
)
def test_rule_059_a_day_is_missed_when_all_its_lessons_are(
    lessons: dict[LessonId, date], absent: frozenset[int]
) -> None:
    lost = {
        day
        for day in lessons.values()
        if all(lesson in absent for lesson, other in lessons.items() if other == day)
    }
    assert missed(lessons, map(gone, absent)) == Missed(
        len(lost), sum(lesson in absent for lesson in lessons)
    )
