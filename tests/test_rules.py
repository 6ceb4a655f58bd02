"""Rule packs: which one a class is under on a day, and what it says of a value in a column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, Missing, NotAllowedHere
from ejournal.ids import ColumnId, JournalId, LessonId, PupilId
from ejournal.model.assessment import Basis
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import StudyForm
from ejournal.model.classes import Assessment, Terms
from ejournal.model.journal import Column, ColumnKind
from ejournal.model.marks import (
    VOCABULARY,
    Credit,
    Final,
    Grade,
    Level,
    MarkValue,
    Sign,
    ValueKind,
    kind_of,
)
from ejournal.rules import PACKS
from ejournal.rules.base_school import GRADES_5_9_1093, GRADES_5_9_1427
from ejournal.rules.classic import CLASSIC, PROFILE_UNREAD
from ejournal.rules.lines import SUMMARIES, WORK, allowed
from ejournal.rules.packs import (
    Rate,
    RulePack,
    Ruling,
    Standard,
    Verdict,
    Weight,
    pack_for,
    standard_of,
)
from ejournal.rules.primary import GRADES_3_4
from ejournal.testing.strategies import instants

# The table of regimes, told a second time: by school year, the pack of each grade from 1 to 12.
EARLY = ["nus-1-2-before-813", "nus-1-2-before-813", "nus-3-4-before-813", "nus-3-4-before-813"]
PRIMARY = ["nus-1-2", "nus-1-2", "nus-3-4", "nus-3-4"]
TABLE = {
    2018: [*EARLY[:1], *["classic"] * 11],
    2019: [*EARLY[:2], *["classic"] * 10],
    2020: [*EARLY[:3], *["classic"] * 9],
    2021: [*PRIMARY, *["classic"] * 8],
    2022: [*PRIMARY, *["nus-5-9-before-1093"], *["classic"] * 7],
    2023: [*PRIMARY, *["nus-5-9-before-1093"] * 2, *["classic"] * 6],
    2024: [*PRIMARY, *["nus-5-9-1093"] * 3, *["classic"] * 5],
    2025: [*PRIMARY, *["nus-5-9-1093"] * 4, *["classic"] * 4],
    2026: [*PRIMARY, *["nus-5-9-1427"] * 5, *["classic"] * 3],
    2027: [*PRIMARY, *["nus-5-9-1427"] * 5, "profile-unread", *["classic"] * 2],
    2028: [*PRIMARY, *["nus-5-9-1427"] * 5, *["profile-unread"] * 2, "classic"],
    2029: [*PRIMARY, *["nus-5-9-1427"] * 5, *["profile-unread"] * 3],
}


def chosen(grade: int, year: int, on: date) -> RulePack:
    return pack_for(grade, school_year=year, on=on, packs=PACKS)


@pytest.mark.parametrize("year", TABLE)
def test_each_grade_of_a_school_year_has_the_pack_of_the_table_on_every_day(year: int) -> None:
    for grade, name in enumerate(TABLE[year], 1):
        for month in range(12):
            day = date(year + (month > 3), (month + 8) % 12 + 1, 1 + month * 2)
            assert chosen(grade, year, day).name == name


def test_rule_071_grade_10_is_classic_and_grade_9_new_in_2026() -> None:
    day = date(2026, 10, 1)
    assert (chosen(10, 2026, day), chosen(9, 2026, day)) == (CLASSIC, GRADES_5_9_1427)


def test_a_year_is_never_answered_by_a_pack_that_came_after_it() -> None:
    assert chosen(8, 2025, date(2031, 5, 1)) == GRADES_5_9_1093
    assert chosen(5, 2021, date(2026, 10, 1)) == CLASSIC
    assert chosen(5, 2026, date(2026, 8, 25)) == GRADES_5_9_1427


def test_a_day_outside_the_year_counts_as_the_nearest_in_it() -> None:
    def since(day: date) -> RulePack:
        return evolve(CLASSIC, name=day.isoformat(), effective_from=day)

    first, second = since(date(2026, 9, 1)), since(date(2026, 9, 2))
    last, after = since(date(2027, 8, 31)), since(date(2027, 9, 1))
    packs = (first, second, last, after)
    assert pack_for(10, school_year=2026, on=date(2026, 8, 1), packs=packs) == first
    assert pack_for(10, school_year=2026, on=date(2027, 12, 1), packs=packs) == last


def test_a_pack_that_is_added_wins_from_its_day_on() -> None:
    added = evolve(GRADES_5_9_1427, name="added", effective_from=date(2027, 2, 1))
    packs = [added, *PACKS]
    names = [
        pack_for(6, school_year=2026, on=day, packs=packs).name
        for day in (date(2027, 1, 31), date(2027, 2, 1), date(2027, 5, 28))
    ]
    assert names == ["nus-5-9-1427", "added", "added"]
    assert pack_for(6, school_year=2025, on=date(2027, 3, 1), packs=packs) == GRADES_5_9_1093


def test_of_two_packs_of_one_day_the_later_in_order_wins() -> None:
    twin = evolve(GRADES_5_9_1427, name="twin")
    for packs, name in (([*PACKS, twin], "twin"), ([twin, *PACKS], "nus-5-9-1427")):
        assert pack_for(5, school_year=2026, on=date(2026, 9, 1), packs=packs).name == name


def test_a_pack_may_be_for_some_forms_of_study_alone() -> None:
    at_home = evolve(
        GRADES_5_9_1427,
        name="at-home",
        effective_from=date(2026, 9, 2),
        forms=frozenset({StudyForm.FAMILY}),
    )
    names = {
        form: pack_for(
            5, school_year=2026, on=date(2026, 10, 1), form=form, packs=[*PACKS, at_home]
        ).name
        for form in (StudyForm.FAMILY, StudyForm.IN_PERSON_DAY)
    }
    assert names == {StudyForm.FAMILY: "at-home", StudyForm.IN_PERSON_DAY: "nus-5-9-1427"}


def test_the_new_profile_school_is_under_classic_rules_until_its_act_is_read() -> None:
    pack = chosen(10, 2027, date(2027, 10, 1))
    assert pack == PROFILE_UNREAD
    assert (pack.admissions, pack.semester_from) == (CLASSIC.admissions, CLASSIC.semester_from)
    assert "[U]" in pack.source


def test_a_host_that_leaves_that_pack_out_has_no_rules_there() -> None:
    packs = [pack for pack in PACKS if pack is not PROFILE_UNREAD]
    with pytest.raises(Missing) as refused:
        pack_for(10, school_year=2027, on=date(2027, 10, 1), packs=packs)
    key = (10, 2027, date(2027, 10, 1), "in-person-day")
    assert refused.value == Missing("rule_pack", key)


def test_no_class_learned_under_any_of_them_before_2008() -> None:
    with pytest.raises(Missing):
        chosen(5, 2007, date(2007, 10, 1))


def test_the_reform_goes_up_by_a_grade_each_year() -> None:
    first = {
        grade: min(
            year for year in range(2010, 2040) if standard_of(grade, school_year=year) is _NEW
        )
        for grade in range(1, 13)
    }
    assert (first[1], first[5], first[9], first[10], first[12]) == (2018, 2022, 2026, 2027, 2029)
    assert all(later == earlier + 1 for earlier, later in pairwise(first.values()))


_NEW = Standard.NEW


@given(st.integers(1, 12), st.integers(2008, 2040), st.integers(0, 364), st.sampled_from(StudyForm))
def test_every_class_since_2008_has_exactly_one_answer(
    grade: int, year: int, number: int, form: StudyForm
) -> None:
    day = date(year, 9, 1) + timedelta(number)
    found = pack_for(grade, school_year=year, on=day, form=form, packs=PACKS)
    assert grade in found.grades
    assert found.is_in_force(day)
    assert found.is_for(grade, school_year=year, form=form)


def test_packs_name_their_act_and_no_name_stands_twice() -> None:
    assert all(pack.source and pack.title for pack in PACKS)
    assert len({pack.name for pack in PACKS}) == len(PACKS)


def test_a_pack_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Invalid):
        evolve(CLASSIC, effective_to=date(2008, 8, 31))


@pytest.mark.parametrize("bands", [(3, 3, 9, 12), (6, 3, 9, 12)])
def test_bands_that_do_not_rise_are_refused(bands: tuple[int, int, int, int]) -> None:
    with pytest.raises(Invalid):
        evolve(CLASSIC, bands=bands)


@pytest.mark.parametrize("number", [0, 13])
def test_a_rate_is_of_twelve_points(number: int) -> None:
    with pytest.raises(Invalid):
        Rate(Credit.CREDITED, number)


def test_the_ends_of_the_scale_and_the_least_weight_are_allowed() -> None:
    assert [Rate(Credit.CREDITED, number).points for number in (1, 12)] == [1, 12]
    assert Weight(ColumnKind.TEST, 1).times == 1


def test_a_weight_is_at_least_one() -> None:
    with pytest.raises(Invalid):
        Weight(ColumnKind.TEST, 0)


# What a column may hold


def ruled(
    grade: int, year: int, assessed: Assessment = Assessment.POINTS, *more: RulePack
) -> Ruling:
    first, last = date(year, 9, 1), date(year, 12, 24)
    terms = Terms(grade, year, StudyForm.IN_PERSON_DAY, assessed, first, last)
    return Ruling.of(terms, date(year, 10, 1), [*PACKS, *more])


def verdicts(rules: Ruling, kind: ColumnKind = ColumnKind.CURRENT) -> dict[ValueKind, Verdict]:
    return {kind_of(value): rules.verdict(value, kind) for value in VOCABULARY}


A, F, R = Verdict.ALLOWED, Verdict.FLAGGED, Verdict.REFUSED


@pytest.mark.parametrize("grade", range(5, 10))
def test_rule_024_level_letters_are_refused_in_grades_5_to_9_from_2026(grade: int) -> None:
    for assessed, kind, level in product(Assessment, ColumnKind, Level):
        assert ruled(grade, 2026, assessed).verdict(level, kind) is R


def test_rule_024_before_2026_they_were_kept_and_flagged() -> None:
    assert ruled(8, 2025).verdict(Level.HIGH, ColumnKind.CURRENT) is F
    assert ruled(8, 2025, Assessment.LEVELS).verdict(Level.HIGH, ColumnKind.CURRENT) is A
    assert ruled(9, 2025).verdict(Level.HIGH, ColumnKind.CURRENT) is F


@pytest.mark.parametrize("grade", range(1, 5))
def test_rule_025_points_are_refused_in_new_grades_1_to_4(grade: int) -> None:
    for year, assessed, kind, number in product((2021, 2026), Assessment, ColumnKind, range(1, 13)):
        assert ruled(grade, year, assessed).verdict(Grade(number), kind) is R


def test_rule_025_where_the_reform_had_not_come_they_were_allowed() -> None:
    assert ruled(4, 2020).verdict(Grade(10), ColumnKind.CURRENT) is A


@pytest.mark.parametrize("grade", [1, 2])
def test_rule_026_grades_1_and_2_are_assessed_in_words_alone(grade: int) -> None:
    for assessed, kind in product(Assessment, ColumnKind):
        said = verdicts(ruled(grade, 2026, assessed), kind)
        assert said[ValueKind.WORDS] is A
        assert {said[each] for each in (ValueKind.POINTS, ValueKind.LEVEL, ValueKind.CREDIT)} == {R}


@pytest.mark.parametrize(
    ("assessed", "levels"),
    [
        (Assessment.LEVELS, A),
        (Assessment.POINTS, A),
        (Assessment.VERBAL, R),
        (Assessment.CREDIT, R),
        (Assessment.NONE, R),
    ],
)
def test_rule_027_the_schools_setting_says_which_subjects_have_levels_in_3_and_4(
    assessed: Assessment, levels: Verdict
) -> None:
    said = verdicts(ruled(3, 2026, assessed))
    assert (said[ValueKind.LEVEL], said[ValueKind.WORDS]) == (levels, A)


def test_rule_028_levels_are_bands_of_points_by_default_of_three_each() -> None:
    assert [CLASSIC.level_of(number) for number in range(1, 13)] == [
        *[Level.INITIAL] * 3,
        *[Level.AVERAGE] * 3,
        *[Level.SUFFICIENT] * 3,
        *[Level.HIGH] * 3,
    ]


def test_rule_028_other_bands_are_the_hosts_to_set() -> None:
    pack = evolve(CLASSIC, bands=(2, 5, 9, 12))
    assert [pack.level_of(number) for number in (2, 3, 5, 6, 9, 10)] == [
        *(Level.INITIAL, Level.AVERAGE, Level.AVERAGE),
        *(Level.SUFFICIENT, Level.SUFFICIENT, Level.HIGH),
    ]


def test_a_subject_by_points_flags_other_scales_and_outcomes_out_of_place() -> None:
    assert verdicts(ruled(11, 2026)) == {
        ValueKind.POINTS: A,
        ValueKind.LEVEL: F,
        ValueKind.CREDIT: F,
        ValueKind.WORDS: F,
        ValueKind.NOT_ATTESTED: F,
        ValueKind.STUDIED: F,
        ValueKind.EXEMPT: A,
        ValueKind.NOTE: A,
    }


def test_a_summary_takes_outcomes_and_flags_notes() -> None:
    assert verdicts(ruled(11, 2026), ColumnKind.SEMESTER) == {
        ValueKind.POINTS: A,
        ValueKind.LEVEL: F,
        ValueKind.CREDIT: F,
        ValueKind.WORDS: F,
        ValueKind.NOT_ATTESTED: A,
        ValueKind.STUDIED: F,
        ValueKind.EXEMPT: A,
        ValueKind.NOTE: F,
    }


@pytest.mark.parametrize("assessed", [Assessment.NONE, Assessment.CREDIT])
def test_studied_is_the_outcome_of_a_subject_without_marks(assessed: Assessment) -> None:
    assert ruled(11, 2026, assessed).verdict(Final.STUDIED, ColumnKind.SEMESTER) is A


@pytest.mark.parametrize(
    ("assessed", "value"),
    [
        (Assessment.POINTS, Grade(7)),
        (Assessment.LEVELS, Level.HIGH),
        (Assessment.CREDIT, Credit.CREDITED),
        (Assessment.VERBAL, Sign.VERBAL),
    ],
)
def test_each_setting_allows_its_own_scale(assessed: Assessment, value: MarkValue) -> None:
    for grade in (8, 11):
        for kind in ColumnKind:
            assert ruled(grade, 2025, assessed).verdict(value, kind) is A


def test_in_grades_5_to_9_words_may_accompany_work_whatever_the_scale() -> None:
    rules = ruled(5, 2026)
    assert {kind: rules.verdict(Sign.VERBAL, kind) for kind in ColumnKind} == {
        **dict.fromkeys(WORK, A),
        **dict.fromkeys(SUMMARIES, F),
    }


def test_a_subject_set_to_levels_has_points_in_grades_5_to_9_from_2026() -> None:
    assert ruled(5, 2026, Assessment.LEVELS).verdict(Grade(7), ColumnKind.CURRENT) is A


def test_what_no_line_covers_is_refused() -> None:
    words_only = evolve(CLASSIC, admissions=(allowed(ValueKind.WORDS),))
    assert words_only.verdict(ValueKind.POINTS, ColumnKind.TEST, Assessment.POINTS) is R


COLUMN = Column(ColumnId(2), JournalId(1), ColumnKind.CURRENT, LessonId(3), date(2026, 9, 7))


def test_a_refused_value_names_the_pack() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        ruled(3, 2026).admit(Grade(10), COLUMN)
    assert refused.value == NotAllowedHere(f"10 ({GRADES_3_4.name})", "not-under-these-rules")


@given(st.sampled_from(VOCABULARY))
def test_what_is_flagged_is_admitted(value: MarkValue) -> None:
    assert ruled(11, 2026).admit(value, COLUMN) == value


NO_MIXING = evolve(CLASSIC, name="no-mixing", mixing=R, effective_from=date(2020, 9, 1))


@pytest.mark.parametrize(
    ("value", "other", "is_refused"),
    [
        (Level.HIGH, Grade(9), True),
        (Grade(9), Level.INITIAL, True),
        (Grade(9), Grade(3), False),
        (Level.HIGH, Level.INITIAL, False),
        (Credit.CREDITED, Grade(9), False),
        (Grade(9), Final.NOT_ATTESTED, False),
    ],
)
def test_rule_023_mixing_numbers_and_letters_is_refused_where_the_pack_says_so(
    value: MarkValue, other: MarkValue, *, is_refused: bool
) -> None:
    assert ruled(11, 2026).admit(value, COLUMN, among=[other]) == value
    strict = ruled(11, 2026, Assessment.POINTS, NO_MIXING)
    if is_refused:
        with pytest.raises(NotAllowedHere, match="no-mixing"):
            strict.admit(value, COLUMN, among=[Final.NOT_ATTESTED, other])
    else:
        assert strict.admit(value, COLUMN, among=[other]) == value


APART = evolve(CLASSIC, name="apart", beside_absence=R, effective_from=date(2020, 9, 1))


@given(instants(), st.sampled_from([None, *AbsenceCode]), st.integers(0, 1))
def test_a_mark_beside_an_absence_is_refused_where_the_pack_says_so(
    at: datetime, code: AbsenceCode | None, late: int
) -> None:
    minutes = 0 if code else late
    noted = Absence(
        *(JournalId(1), LessonId(3), PupilId(4), date(2026, 9, 7), code, minutes, "", None, at)
    )
    assert ruled(11, 2026).admit(Grade(7), COLUMN, noted=[noted]) == Grade(7)
    strict = ruled(11, 2026, Assessment.POINTS, APART)
    if code is None:
        assert strict.admit(Grade(7), COLUMN, noted=[noted]) == Grade(7)
    else:
        with pytest.raises(NotAllowedHere, match="apart"):
            strict.admit(Grade(7), COLUMN, noted=[noted])


def test_an_absence_beside_a_mark_is_refused_where_the_pack_says_so() -> None:
    ruled(11, 2026).admit_absence([Grade(7)])
    strict = ruled(11, 2026, Assessment.POINTS, APART)
    strict.admit_absence([])
    with pytest.raises(NotAllowedHere) as refused:
        strict.admit_absence([Grade(7)])
    assert refused.value == NotAllowedHere("7 (apart)", "absent-there")


class Unasked:
    """What nobody may look at."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError


def test_what_stands_beside_is_not_asked_for_by_packs_that_allow_it() -> None:
    rules = ruled(11, 2026)
    assert rules.admit(Grade(7), COLUMN, noted=Unasked(), among=Unasked()) == Grade(7)
    rules.admit_absence(Unasked())
    assert [rules.looks_around(value) for value in (Grade(7), Level.HIGH)] == [False, False]
    strict = ruled(11, 2026, Assessment.POINTS, NO_MIXING)
    assert [strict.looks_around(value) for value in (Grade(7), Sign.DONE)] == [True, False]


def test_a_day_outside_the_semester_is_ruled_like_the_nearest_in_it() -> None:
    added = evolve(GRADES_5_9_1427, name="added", effective_from=date(2027, 1, 12))
    terms = ruled(5, 2026).terms
    assert Ruling.of(terms, date(2027, 3, 1), [*PACKS, added]).pack == GRADES_5_9_1427
    assert terms.nearest(date(2026, 8, 1)) == date(2026, 9, 1)
    assert terms.nearest(date(2026, 10, 1)) == date(2026, 10, 1)


def test_rule_049_groups_of_results_were_the_basis_until_2026_and_are_optional_since() -> None:
    first = {year: ruled(8, year).pack.semester_from[0] for year in (2025, 2026)}
    assert first == {2025: Basis.RESULT_GROUPS, 2026: Basis.THEMATIC}
    for year in (2025, 2026):
        assert ruled(8, year).verdict(Grade(7), ColumnKind.RESULT_GROUP) is A
