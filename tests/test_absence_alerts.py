"""Days in a row without a valid reason, and when they have to be told (rules 60-63)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, WrongState
from ejournal.ids import (
    AbsenceAlertId,
    ClassId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    YearId,
)
from ejournal.model.absence_alerts import (
    FIVE_DAYS_FROM_2026,
    AbsenceAlert,
    AlertDays,
    DayAttendance,
    Told,
    UnexcusedRun,
    day_by_day,
    unexcused_runs,
)
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import Holiday, SchoolYear, Semester, StudyForm, bells
from ejournal.ports import Policies

FIRST = date(2026, 9, 1)
DAY = timedelta(days=1)
AT = datetime(2026, 9, 20, 9, 0, tzinfo=UTC)
YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    FIRST,
    date(2027, 6, 4),
    (
        Semester(1, FIRST, date(2026, 12, 24)),
        Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
    ),
    (Holiday("Осінні", date(2026, 10, 26), date(2026, 11, 1)),),
    bells(time(8, 30), breaks=(10,)),
)
STUDY_DAYS = [day for day in YEAR.period.days if YEAR.is_study_day(day)]
PRESENT, EXCUSED, UNEXCUSED = (
    DayAttendance.PRESENT,
    DayAttendance.EXCUSED,
    DayAttendance.UNEXCUSED,
)
SIGNS = {"+": PRESENT, "п": EXCUSED, "н": UNEXCUSED}


def days(told: str, since: date = FIRST) -> dict[date, DayAttendance]:
    """Study days from one on: «+» present, «п» away with a reason, «н» without."""
    taught = [day for day in STUDY_DAYS if day >= since]
    return {day: SIGNS[sign] for day, sign in zip(taught, told, strict=False)}


def found(told: str, number: AlertDays | None = None, since: date = FIRST) -> list[UnexcusedRun]:
    return list(unexcused_runs(days(told, since), number or AlertDays()))


def noted(
    codes: Mapping[date, list[AbsenceCode | None]],
) -> tuple[dict[LessonId, date], list[Absence]]:
    """Lessons of those days, and a record for each that has a code."""
    places = [(day, code) for day, of_day in codes.items() for code in of_day]
    lessons = {LessonId(number): day for number, (day, _) in enumerate(places)}
    absences = [
        Absence(JournalId(1), LessonId(number), PupilId(1), day, code, 0, "", None, AT)
        for number, (day, code) in enumerate(places)
        if code is not None
    ]
    return lessons, absences


def test_rule_060_ten_school_days_without_a_reason_are_told_on_the_tenth() -> None:
    assert found("н" * 9) == []
    assert found("н" * 10) == [UnexcusedRun(FIRST, date(2026, 9, 14), 10)]


def test_rule_060_a_row_that_goes_on_is_told_once_and_a_new_row_again() -> None:
    assert [run.days for run in found("н" * 30)] == [10]
    both = found("н" * 12 + "+" + "н" * 11)
    assert [(run.first_day, run.last_day) for run in both] == [
        (STUDY_DAYS[0], STUDY_DAYS[9]),
        (STUDY_DAYS[13], STUDY_DAYS[22]),
    ]


def test_rule_060_a_day_counts_only_if_all_its_lessons_were_missed() -> None:
    lessons, absences = noted(
        {FIRST: [AbsenceCode.ABSENT, None], FIRST + DAY: [AbsenceCode.ABSENT]}
    )
    assert day_by_day(lessons, absences, STUDY_DAYS) == {FIRST: PRESENT, FIRST + DAY: UNEXCUSED}


def test_rule_061_weekends_and_holidays_neither_break_a_row_nor_add_to_it() -> None:
    thursday = date(2026, 10, 22)
    (over_holidays,) = found("н" * 4, AlertDays(4), thursday)
    assert over_holidays == UnexcusedRun(thursday, date(2026, 11, 3), 4)
    assert over_holidays.period.first == thursday
    friday = date(2026, 9, 11)
    assert found("нн", AlertDays(2), friday) == [UnexcusedRun(friday, date(2026, 9, 14), 2)]


def test_rule_061_a_lesson_on_a_weekend_or_a_holiday_is_not_looked_at() -> None:
    saturday, holiday, sunday = date(2026, 9, 5), date(2026, 10, 27), date(2026, 9, 6)
    between_semesters = date(2027, 1, 5)
    lessons, absences = noted(
        {
            saturday: [AbsenceCode.ABSENT],
            sunday: [None],
            holiday: [AbsenceCode.ABSENT],
            between_semesters: [AbsenceCode.ABSENT],
        }
    )
    assert day_by_day(lessons, absences, STUDY_DAYS) == {}


def test_rule_061_a_school_day_without_lessons_is_not_looked_at() -> None:
    lessons, absences = noted({FIRST: [AbsenceCode.ABSENT], FIRST + DAY * 2: [AbsenceCode.ABSENT]})
    told = list(unexcused_runs(day_by_day(lessons, absences, STUDY_DAYS), AlertDays(2)))
    assert told == [UnexcusedRun(FIRST, FIRST + DAY * 2, 2)]


@pytest.mark.parametrize("code", [AbsenceCode.ILL, AbsenceCode.EXCUSED])
def test_rule_062_illness_and_a_valid_reason_begin_the_count_anew(code: AbsenceCode) -> None:
    lessons, absences = noted({FIRST: [AbsenceCode.ABSENT, code], FIRST + DAY: [code, code]})
    assert set(day_by_day(lessons, absences, STUDY_DAYS).values()) == {EXCUSED}
    assert found("н" * 9 + "п" + "н" * 9) == []
    assert [run.last_day for run in found("н" * 9 + "п" + "н" * 10)] == [STUDY_DAYS[19]]


def test_rule_062_presence_begins_the_count_anew() -> None:
    assert found("н" * 9 + "+" + "н" * 9) == []


def test_rule_063_the_number_is_the_one_in_force_on_the_day() -> None:
    assert Policies().absence_alert_days == AlertDays(10)
    assert [FIVE_DAYS_FROM_2026.on(day) for day in (date(2026, 2, 24), date(2026, 2, 25))] == [
        10,
        5,
    ]
    assert found("н" * 9, AlertDays(10)) == []
    assert found("н" * 9, FIVE_DAYS_FROM_2026) == [UnexcusedRun(FIRST, date(2026, 9, 7), 5)]


def test_rule_063_a_row_under_way_is_told_on_the_day_from_which_fewer_are_enough() -> None:
    change = STUDY_DAYS[7]
    assert found("н" * 12, AlertDays(10, ((change, 5),))) == [UnexcusedRun(FIRST, change, 8)]
    assert found("н" * 12, AlertDays(10, ((change, 20),))) == []


def test_numbers_of_days_are_at_least_one_and_their_changes_in_order() -> None:
    wrong: list[tuple[int, tuple[tuple[date, int], ...]]] = [
        (0, ()),
        (10, ((FIRST, 0),)),
        (10, ((FIRST, 5), (FIRST, 6))),
    ]
    for number, changes in wrong:
        with pytest.raises(Invalid):
            AlertDays(number, changes)


@given(st.text(alphabet="+пн", max_size=60), st.integers(1, 12))
def test_a_run_is_told_where_a_count_by_hand_reaches_the_number(told: str, number: int) -> None:
    reached, count = [], 0
    for day, sign in zip(STUDY_DAYS, told, strict=False):
        count = count + 1 if sign == "н" else 0
        if count == number:
            reached.append(day)
    assert [run.last_day for run in found(told, AlertDays(number))] == reached


@given(st.text(alphabet="+пн", max_size=60), st.integers(1, 12))
def test_a_smaller_number_tells_of_every_row_that_a_greater_one_does(
    told: str, number: int
) -> None:
    more = {run.first_day for run in found(told, AlertDays(number + 1))}
    assert more <= {run.first_day for run in found(told, AlertDays(number))}


ALERT = AbsenceAlert(
    AbsenceAlertId(1),
    PupilId(1),
    ClassId(1),
    FIRST,
    date(2026, 9, 14),
    10,
    frozenset(Told),
    AT,
)


def test_a_run_whose_ends_moved_is_the_one_that_was_told_and_a_later_one_is_not() -> None:
    moved = UnexcusedRun(FIRST + DAY * 2, date(2026, 9, 16), 10)
    later = UnexcusedRun(date(2026, 9, 16), date(2026, 9, 29), 10)
    assert [ALERT.is_about(run) for run in (moved, later)] == [True, False]


def test_an_alert_is_taken_up_once() -> None:
    taken = ALERT.acknowledged(StaffId(7), AT)
    assert taken == evolve(ALERT, acknowledged_by=StaffId(7), acknowledged_at=AT)
    with pytest.raises(WrongState):
        taken.acknowledged(StaffId(8), AT)
