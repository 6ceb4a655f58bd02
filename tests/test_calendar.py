"""Periods, weeks, and what a school year must and should be (rules 5, 64-68, 70)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.codec import make_converter
from ejournal.errors import Duplicate, Invalid, Missing, NotAllowedHere
from ejournal.ids import YearId
from ejournal.model.calendar import (
    Bell,
    CalendarPolicy,
    Holiday,
    Period,
    Remark,
    SchoolYear,
    Semester,
    StudyForm,
    YearRule,
    bells,
    week_of,
)

YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 30),
    (
        Semester(1, date(2026, 9, 1), date(2026, 12, 24)),
        Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
    ),
    (
        Holiday("Осінні", date(2026, 10, 26), date(2026, 11, 1)),
        Holiday("Зимові", date(2026, 12, 25), date(2027, 1, 11)),
        Holiday("Весняні", date(2027, 3, 22), date(2027, 3, 28)),
    ),
    bells(time(8, 30), breaks=(10, 10, 20, 10, 10, 10)),
)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@st.composite
def periods(draw: st.DrawFn) -> Period:
    first = draw(DAYS)
    return Period(first, first + timedelta(days=draw(st.integers(0, 60))))


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        Period(date(2026, 9, 2), date(2026, 9, 1))
    assert refused.value.args == ("period", "2026-09-02 - 2026-09-01", "order", False)


@given(periods(), DAYS)
def test_a_period_contains_the_days_it_lists(period: Period, day: date) -> None:
    assert len(period.days) == len(period) >= 1
    assert (period.days[0], period.days[-1]) == (period.first, period.last)
    assert (day in period) is (day in set(period.days))


@given(periods(), periods())
def test_periods_meet_when_they_share_a_day(one: Period, other: Period) -> None:
    assert one.meets(other) is other.meets(one) is bool({*one.days} & {*other.days})


@given(DAYS)
def test_a_week_runs_from_monday_to_sunday_around_its_day(day: date) -> None:
    week = week_of(day)
    assert day in week
    assert [each.weekday() for each in week.days] == list(range(7))
    assert {week_of(each) for each in week.days} == {week}


def test_the_week_in_which_the_calendar_ends_is_refused() -> None:
    assert week_of(date(9999, 12, 26)).last == date(9999, 12, 26)
    with pytest.raises(Invalid):
        week_of(date.max)


def test_bells_ring_one_after_another() -> None:
    assert bells(time(13, 0), lesson=40, breaks=(5,), shift=2) == (
        Bell(2, 1, time(13, 0), time(13, 40)),
        Bell(2, 2, time(13, 45), time(14, 25)),
    )


@pytest.mark.parametrize(
    ("shift", "number", "starts", "ends", "refusal"),
    [
        (0, 1, time(8), time(9), ("bell", "0/1", "range", False)),
        (1, 0, time(8), time(9), ("bell", "1/0", "range", False)),
        (1, 1, time(9), time(9), ("bell", "09:00-09:00", "order", False)),
    ],
)
def test_an_impossible_bell_is_refused(
    shift: int, number: int, starts: time, ends: time, refusal: tuple[object, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        Bell(shift, number, starts, ends)
    assert refused.value.args == refusal


def test_rule_005_a_bell_belongs_to_its_shift() -> None:
    assert YEAR.bell(1, 2) == Bell(1, 2, time(9, 25), time(10, 10))
    with pytest.raises(NotAllowedHere) as refused:
        YEAR.bell(2, 2)
    assert refused.value.args == ("2/2", "no-such-bell")
    with pytest.raises(NotAllowedHere):
        YEAR.bell(1, 8)


def test_a_day_belongs_to_one_semester_or_to_none() -> None:
    assert YEAR.semester_of(date(2026, 12, 24)) == YEAR.semester(1)
    assert YEAR.semester_of(date(2027, 1, 12)) == YEAR.semester(2)
    with pytest.raises(NotAllowedHere) as between:
        YEAR.semester_of(date(2027, 1, 11))
    assert between.value == NotAllowedHere(
        "2027-01-11 (2026-09-01 - 2027-06-30)", "outside-semester"
    )
    assert YEAR.within(YEAR.last_day) == YEAR.last_day
    with pytest.raises(NotAllowedHere) as outside:
        YEAR.within(date(2027, 7, 1))
    assert outside.value.why == "outside-year"


@given(st.dates(date(2026, 8, 1), date(2027, 8, 1)))
def test_lessons_are_on_days_of_semesters_that_are_no_holidays(day: date) -> None:
    taught = {each for semester in YEAR.semesters for each in semester.period.days}
    free = {each for holiday in YEAR.holidays for each in holiday.period.days}
    assert YEAR.has_lessons(day) is (day in taught - free)


def test_two_bells_of_one_number_in_a_shift_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        evolve(YEAR, bells=(*YEAR.bells, YEAR.bells[0]))
    assert (refused.value.field, refused.value.reason) == ("bells", "ambiguous")


def test_a_year_is_called_by_its_two_calendar_years() -> None:
    assert YEAR.label == "2026/27"
    assert (
        SchoolYear(
            YearId(2),
            StudyForm.FAMILY,
            date(1999, 9, 1),
            date(2000, 6, 1),
            (Semester(1, date(1999, 9, 1), date(2000, 6, 1)),),
        ).label
        == "1999/00"
    )


def test_a_form_of_study_has_one_year_of_a_name() -> None:
    other_form = evolve(YEAR, id=YearId(2), form=StudyForm.DISTANCE)
    assert other_form.beside([YEAR]) is other_form
    with pytest.raises(Duplicate) as refused:
        evolve(YEAR, id=YearId(2), semesters=YEAR.semesters[:1]).beside([other_form, YEAR])
    assert refused.value.args == ("school_year", ("form", "label"), (1,))


def test_a_semester_is_found_by_its_number() -> None:
    assert YEAR.semester(2).period == Period(date(2027, 1, 12), date(2027, 6, 4))
    with pytest.raises(Missing) as refused:
        YEAR.semester(3)
    assert refused.value.args == ("semester", (1, 3))


def test_a_year_in_order_is_not_remarked_on() -> None:
    assert YEAR.study_days == 177
    assert YEAR.remarks(CalendarPolicy()) == ()


def test_rule_064_a_year_that_starts_on_another_day_is_remarked_on() -> None:
    late = CalendarPolicy(start=(9, 2))
    assert YEAR.remarks(late) == (Remark(YearRule.START, date(2026, 9, 1), date(2026, 9, 2)),)


def test_rule_065_too_few_study_days_are_remarked_on_unless_the_number_is_suspended() -> None:
    policy = CalendarPolicy(least_study_days=178)
    assert YEAR.remarks(policy) == (Remark(YearRule.STUDY_DAYS, 177, 178),)
    assert YEAR.remarks(evolve(policy, least_study_days=None)) == ()
    three = Holiday("Карантин", date(2026, 9, 1), date(2026, 9, 3))
    shorter = evolve(YEAR, holidays=(*YEAR.holidays, three))
    assert shorter.remarks(CalendarPolicy()) == (Remark(YearRule.STUDY_DAYS, 174, 175),)
    two = evolve(shorter, holidays=(*YEAR.holidays, evolve(three, last_day=date(2026, 9, 2))))
    assert two.remarks(CalendarPolicy()) == ()


def test_rule_066_holidays_under_thirty_days_are_remarked_on_and_counted_once() -> None:
    autumn, winter, spring = YEAR.holidays
    assert sum(len(holiday.period) for holiday in YEAR.holidays) == 32
    short = evolve(YEAR, holidays=(autumn, winter))
    assert Remark(YearRule.HOLIDAYS, 25, 30) in short.remarks(CalendarPolicy())
    twice = evolve(YEAR, holidays=(autumn, autumn, winter))
    assert Remark(YearRule.HOLIDAYS, 25, 30) in twice.remarks(CalendarPolicy())
    assert YEAR.remarks(CalendarPolicy(least_holidays=32)) == ()
    assert spring.name == "Весняні"


def test_rule_067_the_end_is_measured_by_1_july_or_by_the_date_the_government_set() -> None:
    longer = evolve(YEAR, last_day=date(2027, 7, 2))
    assert longer.remarks(CalendarPolicy()) == (
        Remark(YearRule.END, date(2027, 7, 2), date(2027, 7, 1)),
    )
    assert evolve(YEAR, last_day=date(2027, 7, 1)).remarks(CalendarPolicy()) == ()
    set_by_government = CalendarPolicy(latest_end=date(2027, 6, 29))
    assert YEAR.remarks(set_by_government) == (
        Remark(YearRule.END, date(2027, 6, 30), date(2027, 6, 29)),
    )


@pytest.mark.parametrize(
    ("semesters", "refusal"),
    [
        ((), ("semesters", "[]", "order", False)),
        (
            (Semester(2, date(2026, 9, 1), date(2026, 12, 24)),),
            ("semesters", "[2]", "order", False),
        ),
        (
            (
                Semester(1, date(2026, 9, 1), date(2026, 12, 24)),
                Semester(2, date(2026, 12, 24), date(2027, 6, 4)),
            ),
            ("semesters", "2026-12-24", "order", False),
        ),
        (
            (Semester(1, date(2026, 8, 31), date(2026, 12, 24)),),
            ("school_year", "2026-08-31 - 2026-12-24", "range", False),
        ),
        (
            (Semester(1, date(2026, 9, 1), date(2027, 7, 1)),),
            ("school_year", "2026-09-01 - 2027-07-01", "range", False),
        ),
    ],
)
def test_rule_068_semesters_follow_each_other_inside_the_year(
    semesters: tuple[Semester, ...], refusal: tuple[object, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        evolve(YEAR, semesters=semesters)
    assert refused.value.args == refusal


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 8, 30), date(2026, 9, 5)), (date(2027, 6, 1), date(2027, 7, 1))],
)
def test_a_holiday_outside_the_year_is_refused(first: date, last: date) -> None:
    with pytest.raises(Invalid):
        evolve(YEAR, holidays=(Holiday("Літні", first, last),))


def test_an_order_of_days_that_runs_back_is_refused_in_every_part() -> None:
    with pytest.raises(Invalid):
        Semester(1, date(2026, 9, 2), date(2026, 9, 1))
    with pytest.raises(Invalid):
        Holiday("Осінні", date(2026, 9, 2), date(2026, 9, 1))
    with pytest.raises(Invalid):
        evolve(YEAR, last_day=date(2026, 8, 1), semesters=(), holidays=())


def test_rule_070_every_form_of_study_is_named_once() -> None:
    assert len({form.value for form in StudyForm}) == len(StudyForm) == 10


def test_a_year_is_spelled_and_read_back_whole() -> None:
    converter = make_converter()
    assert converter.structure(converter.unstructure(YEAR), SchoolYear) == YEAR
