"""Finals worked out from marks: exactly, by the pack, and again from the tree alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from random import Random

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.codec import make_converter
from ejournal.errors import Incomplete, Invalid, NotAllowedHere
from ejournal.ids import ColumnId, JournalId, LessonId, PupilId
from ejournal.model.assessment import (
    Agreed,
    AsGrade,
    AsLevel,
    Average,
    Basis,
    Calculation,
    Caution,
    Converted,
    Exclusion,
    Given,
    Ground,
    Rounded,
    Rounding,
    Stated,
    Suggestion,
    Target,
    Weighed,
    Weighted,
    decimal,
    evaluate,
    inputs,
    number_of,
    target_of,
)
from ejournal.model.calendar import StudyForm
from ejournal.model.classes import Assessment, Terms
from ejournal.model.explanation import explain
from ejournal.model.journal import Column, ColumnKind, MarkKey, ResultKind
from ejournal.model.marks import (
    VOCABULARY,
    Credit,
    Final,
    Grade,
    Level,
    MarkValue,
    Sign,
)
from ejournal.model.page import topic_of
from ejournal.rules import PACKS
from ejournal.rules.base_school import GRADES_5_9_1093, GRADES_5_9_1427
from ejournal.rules.classic import CLASSIC
from ejournal.rules.finals import PlacedMark, annual, certificate, semester, thematic
from ejournal.rules.packs import Rate, RulePack, Ruling, Weight
from ejournal.testing.strategies import values

JOURNAL, ADA = JournalId(1), PupilId(7)
AT = datetime(2026, 12, 20, 9, tzinfo=UTC)
DAY = date(2026, 10, 5)
C, T, D, N = ColumnKind.CURRENT, ColumnKind.TEST, ColumnKind.DIAGNOSTIC, ColumnKind.NOTEBOOK
TH, S, K, Y = ColumnKind.THEMATIC, ColumnKind.SEMESTER, ColumnKind.CORRECTED, ColumnKind.ANNUAL


def under(
    grade: int = 11,
    year: int = 2026,
    assessed: Assessment = Assessment.POINTS,
    packs: Iterable[RulePack] = PACKS,
) -> Ruling:
    first, last = date(year, 9, 1), date(year, 12, 24)
    terms = Terms(grade, year, StudyForm.IN_PERSON_DAY, assessed, first, last)
    return Ruling.of(terms, date(year, 10, 5), tuple(packs))


def entries(*marks: tuple[ColumnKind, MarkValue], start: int = 1) -> list[PlacedMark]:
    """One mark of Ada's in each column of those kinds, in the order of their columns."""
    return [entry(start + place, *mark) for place, mark in enumerate(marks)]


def entry(
    id: int,
    kind: ColumnKind,
    value: MarkValue,
    result: ResultKind | None = None,
    journal: JournalId = JOURNAL,
) -> PlacedMark:
    dated = kind.is_dated or (kind is N)
    group = 1 if kind is ColumnKind.RESULT_GROUP else None
    column = Column(
        ColumnId(id), journal, kind, day=DAY if dated else None, group=group, result=result
    )
    words = "словами" if value is Sign.VERBAL else ""
    return PlacedMark(column, column.mark(ADA, value, words, None, AT))


def points(kind: ColumnKind, *numbers: int, start: int = 1) -> list[PlacedMark]:
    return entries(*((kind, Grade(number)) for number in numbers), start=start)


def why(calculation: Calculation) -> list[Exclusion]:
    return [each.why for each in calculation.excluded]


# Steps


def leaf(number: int, kind: ColumnKind = C) -> Given:
    return Given(JOURNAL, ColumnId(number), ADA, kind, Grade(number))


def test_a_mean_is_exact() -> None:
    assert number_of(Average((leaf(7), leaf(7), leaf(8)))) == Fraction(22, 3)


def test_a_weighted_mean_counts_some_more_than_once() -> None:
    node = Weighted((Weighed(2, leaf(12)), Weighed(1, leaf(3))))
    assert number_of(node) == Fraction(27, 3)


@pytest.mark.parametrize(
    ("mode", "numbers"),
    [
        (Rounding.HALF_UP, [7, 8, 8, 9]),
        (Rounding.HALF_EVEN, [7, 8, 8, 8]),
        (Rounding.DOWN, [7, 7, 7, 8]),
        (Rounding.UP, [8, 8, 8, 9]),
    ],
)
def test_a_number_is_rounded_once_and_as_the_mode_says(mode: Rounding, numbers: list[int]) -> None:
    drawn = [Fraction(73, 10), Fraction(15, 2), Fraction(76, 10), Fraction(17, 2)]
    assert [mode.whole(number) for number in drawn] == numbers


@given(st.fractions(min_value=0, max_value=1000), st.sampled_from(Rounding))
def test_rounding_moves_a_number_by_less_than_one_and_a_whole_one_not(
    number: Fraction, mode: Rounding
) -> None:
    assert abs(mode.whole(number) - number) < 1
    assert mode.whole(Fraction(mode.whole(number))) == mode.whole(number)


def test_a_mark_without_a_number_cannot_be_worked_with() -> None:
    with pytest.raises(Invalid):
        number_of(Given(JOURNAL, ColumnId(1), ADA, C, Level.HIGH))


def test_a_grade_is_made_of_a_whole_number_only() -> None:
    tree = Calculation("p", 1, Target.SEMESTER, Basis.CURRENT, AsGrade(leaf(7)))
    assert evaluate(tree) == Grade(7)
    with pytest.raises(Invalid):
        evaluate(evolve(tree, conclusion=AsGrade(Average((leaf(7), leaf(8))))))


def test_a_level_is_made_of_its_rank_only() -> None:
    tree = Calculation("p", 1, Target.SEMESTER, Basis.CURRENT, AsLevel(leaf(3)))
    assert evaluate(tree) == Level.SUFFICIENT
    with pytest.raises(Invalid):
        evaluate(evolve(tree, conclusion=AsLevel(leaf(5))))


@pytest.mark.parametrize("kind", [Average, Weighted, Agreed])
def test_a_step_over_no_marks_is_refused(kind: type[Average | Weighted | Agreed]) -> None:
    with pytest.raises(Invalid):
        kind(())


def test_marks_that_differ_do_not_agree() -> None:
    with pytest.raises(Invalid):
        Agreed((leaf(7), leaf(8)))


def test_a_weight_below_one_is_refused() -> None:
    with pytest.raises(Invalid):
        Weighed(0, leaf(7))


@given(values(Calculation))
def test_a_tree_is_read_as_it_was_spelled(tree: Calculation) -> None:
    converter = make_converter()
    assert converter.structure(converter.unstructure(tree), Calculation) == tree


# Which marks count


def test_a_thematic_mark_is_the_mean_of_the_work_on_its_topic_rounded_half_up() -> None:
    tree = thematic(under(), [*points(C, 7, 8), *points(T, 10, start=3), *points(C, 9, start=4)])
    assert evaluate(tree) == Grade(9)
    assert tree == Calculation(
        "classic",
        1,
        Target.THEMATIC,
        Basis.CURRENT,
        AsGrade(
            Rounded(
                Average(
                    tuple(
                        Given(JOURNAL, ColumnId(at), ADA, kind, Grade(number))
                        for at, (kind, number) in enumerate(((C, 7), (C, 8), (T, 10), (C, 9)), 1)
                    )
                ),
                Rounding.HALF_UP,
            )
        ),
    )


def test_rule_055_a_thematic_mark_needs_no_thematic_test() -> None:
    assert evaluate(thematic(under(5), points(C, 8, 9, 10))) == Grade(9)


@pytest.mark.parametrize("grade", [5, 9])
def test_rule_051_diagnostic_work_never_counts_in_grades_5_to_9(grade: int) -> None:
    marks = points(C, 9, 9)
    with_it = [*marks, *points(D, 1, 1, start=5)]
    for work_out in (thematic, semester):
        tree = work_out(under(grade), with_it)
        assert evaluate(tree) == evaluate(work_out(under(grade), marks)) == Grade(9)
        assert why(tree) == [Exclusion.DIAGNOSTIC] * 2


def test_the_classic_thematic_mark_takes_all_kinds_of_work_into_account() -> None:
    marks = [*points(C, 9), *points(D, 3, start=2), *points(N, 6, start=3)]
    assert evaluate(thematic(under(11), marks)) == Grade(6)


def test_rule_052_formative_records_never_count_in_grades_5_to_9() -> None:
    marks = points(C, 9, 9)
    formative = [
        *points(N, 1, start=5),
        *entries((C, Sign.VERBAL), (C, Sign.DONE), start=6),
    ]
    for work_out in (thematic, semester):
        tree = work_out(under(5), [*marks, *formative])
        assert evaluate(tree) == Grade(9)
        assert sorted(why(tree), key=str) == [
            Exclusion.FORMATIVE,
            Exclusion.NOTE,
            Exclusion.WORDS,
        ]


@pytest.mark.parametrize("grade", [5, 11])
def test_rule_031_a_remark_on_behaviour_never_counts(grade: int) -> None:
    tree = thematic(under(grade), entries((C, Grade(9)), (C, Sign.REMARK)))
    assert (evaluate(tree), why(tree)) == (Grade(9), [Exclusion.NOTE])


@pytest.mark.parametrize("sign", [Sign.COMMENT, Sign.DONE, Sign.NO_GRADE])
def test_rule_032_comments_and_ticks_never_count(sign: Sign) -> None:
    tree = thematic(under(5), entries((C, Grade(9)), (C, sign)))
    assert (evaluate(tree), why(tree)) == (Grade(9), [Exclusion.NOTE])


def test_a_mark_on_another_scale_does_not_count() -> None:
    tree = thematic(under(11), entries((C, Grade(9)), (C, Level.INITIAL), (C, Credit.CREDITED)))
    assert (evaluate(tree), why(tree)) == (Grade(9), [Exclusion.OTHER_SCALE] * 2)


def test_rule_037_a_topic_missed_throughout_without_marks_is_not_attested() -> None:
    tree = thematic(under(), entries((C, Sign.COMMENT)), missed_all=True)
    assert tree.conclusion == Stated(Final.NOT_ATTESTED, Ground.MISSED_ALL)
    assert evaluate(tree) == Final.NOT_ATTESTED


def test_rule_037_whoever_met_the_requirements_gets_a_number() -> None:
    assert evaluate(thematic(under(), points(T, 6), missed_all=True)) == Grade(6)


def test_a_topic_without_marks_that_was_attended_suggests_nothing() -> None:
    tree = thematic(under(), [])
    assert (evaluate(tree), tree.cautions) == (None, (Caution.NOTHING_COUNTS,))


# Semesters


def test_rule_038_a_classic_semester_is_made_of_thematic_marks_alone() -> None:
    marks = [*points(C, 1, 1, 1), *points(TH, 9, 10, start=5)]
    tree = semester(under(11), marks)
    assert (evaluate(tree), tree.basis) == (Grade(10), Basis.THEMATIC)
    assert [given.kind for given in inputs(tree)] == [TH, TH]
    without = semester(under(11), points(C, 9, 9))
    assert (evaluate(without), without.cautions) == (None, (Caution.NOTHING_COUNTS,))


@pytest.mark.parametrize("grade", [5, 8])
def test_rule_054_without_thematic_marks_a_semester_is_made_of_current_ones(grade: int) -> None:
    tree = semester(under(grade), points(C, 8, 9, 10))
    assert (evaluate(tree), tree.basis) == (Grade(9), Basis.CURRENT)
    tree = semester(under(grade), [*points(C, 1, 1), *points(TH, 9, start=5)])
    assert (evaluate(tree), tree.basis) == (Grade(9), Basis.THEMATIC)


def groups(*numbers: int, result: ResultKind | None, start: int = 1) -> list[PlacedMark]:
    kind = ColumnKind.RESULT_GROUP
    return [entry(start + at, kind, Grade(each), result) for at, each in enumerate(numbers)]


def test_rule_049_until_2026_a_semester_is_generalised_from_its_groups_of_results() -> None:
    marks = [*groups(8, 9, 11, result=ResultKind.SEMESTER), *points(TH, 2, 2, start=5)]
    before = semester(under(8, 2025), marks)
    assert (evaluate(before), before.basis) == (Grade(9), Basis.RESULT_GROUPS)
    since = semester(under(8, 2026), marks)
    assert (evaluate(since), since.basis) == (Grade(2), Basis.THEMATIC)


def test_rule_049_a_host_may_leave_the_groups_out_before_2026() -> None:
    pack = evolve(GRADES_5_9_1093, semester_from=(Basis.THEMATIC, Basis.CURRENT))
    marks = [*groups(8, 9, 11, result=ResultKind.SEMESTER), *points(TH, 2, 2, start=5)]
    assert evaluate(semester(under(8, 2025, packs=[pack]), marks)) == Grade(2)


@pytest.mark.parametrize("result", [None, ResultKind.CURRENT, ResultKind.SUMMATIVE])
def test_rule_050_other_results_of_a_group_count_as_work(result: ResultKind | None) -> None:
    assert evaluate(semester(under(5), groups(8, 9, 10, result=result))) == Grade(9)


def test_rule_050_a_group_has_its_number_and_its_type() -> None:
    group = entry(1, ColumnKind.RESULT_GROUP, Grade(7), ResultKind.SUMMATIVE).column
    assert (group.group, group.result and group.result.label) == (1, "Підсумкова")
    assert [kind.label for kind in ResultKind] == ["Поточна", "Підсумкова", "Семестрова"]
    with pytest.raises(Invalid):
        Column(ColumnId(1), JOURNAL, C, day=DAY, result=ResultKind.CURRENT)


def test_rule_053_a_journal_has_one_column_for_the_semester_and_one_for_the_year() -> None:
    kinds = (S, K, Y, ColumnKind.FINAL)
    for kind in ColumnKind:
        group = 1 if kind is ColumnKind.RESULT_GROUP else None
        day = DAY if kind.is_dated else None
        first = Column(ColumnId(1), JOURNAL, kind, day=day, group=group)
        second = evolve(first, id=ColumnId(2))
        if kind in kinds:
            with pytest.raises(Exception, match="journal_column"):
                second.beside([first])
        else:
            assert second.beside([first]) == second
    assert Column(ColumnId(3), JOURNAL, S).beside([Column(ColumnId(4), JOURNAL, TH)]).kind is S


def test_one_final_work_alone_should_not_decide_since_2026() -> None:
    lone = points(T, 9)
    assert semester(under(5, 2026), lone).cautions == (Caution.LONE_WORK,)
    assert semester(under(5, 2025), lone).cautions == ()
    assert semester(under(5, 2026), [*lone, *points(C, 9, start=2)]).cautions == ()
    assert semester(under(5, 2026), points(TH, 9)).cautions == ()
    assert thematic(under(5, 2026), lone).cautions == ()
    assert evaluate(semester(under(5, 2026), lone)) == Grade(9)


def test_a_semester_not_attested_in_every_topic_is_not_attested() -> None:
    tree = semester(under(), entries((TH, Final.NOT_ATTESTED), (TH, Final.NOT_ATTESTED)))
    assert tree.conclusion == Stated(Final.NOT_ATTESTED, Ground.ALL_NOT_ATTESTED)
    partly = semester(under(), entries((TH, Final.NOT_ATTESTED), (TH, Grade(7))))
    assert (evaluate(partly), why(partly)) == (Grade(7), [Exclusion.NOT_ATTESTED])


def test_a_semester_missed_throughout_is_not_attested() -> None:
    assert evaluate(semester(under(), [], missed_all=True)) == Final.NOT_ATTESTED
    assert evaluate(semester(under(5), points(C, 7), missed_all=True)) == Grade(7)


def test_a_pupil_exempt_throughout_is_exempt() -> None:
    tree = semester(under(), entries((TH, Sign.EXEMPT), (TH, Sign.EXEMPT)))
    assert tree.conclusion == Stated(Sign.EXEMPT, Ground.ALL_EXEMPT)


def test_a_subject_without_marks_was_studied() -> None:
    tree = semester(under(assessed=Assessment.NONE), points(TH, 7))
    assert tree.conclusion == Stated(Final.STUDIED, Ground.NOT_ASSESSED)


def test_rule_026_nothing_is_worked_out_from_words() -> None:
    tree = semester(under(2), entries((TH, Sign.VERBAL)))
    assert evaluate(tree) is None
    assert tree.cautions == (Caution.IN_WORDS, Caution.NOTHING_COUNTS)
    assert why(tree) == [Exclusion.WORDS]
    told = semester(under(5, assessed=Assessment.VERBAL), entries((TH, Sign.VERBAL)))
    assert told.cautions == (Caution.IN_WORDS, Caution.NOTHING_COUNTS)


def test_rule_022_levels_are_worked_out_by_their_ranks() -> None:
    marks = entries((C, Level.HIGH), (C, Level.SUFFICIENT), (C, Level.AVERAGE), (C, Level.HIGH))
    tree = semester(under(3), marks)
    assert evaluate(tree) == Level.SUFFICIENT
    assert isinstance(tree.conclusion, AsLevel)
    assert number_of(tree.conclusion.of) == Fraction(3)
    halves = semester(under(3), entries((C, Level.HIGH), (C, Level.SUFFICIENT)))
    assert evaluate(halves) == Level.HIGH


def test_rule_027_a_subject_in_words_has_no_suggested_level() -> None:
    tree = semester(under(4, assessed=Assessment.VERBAL), entries((TH, Level.HIGH)))
    assert (evaluate(tree), why(tree)) == (None, [Exclusion.OTHER_SCALE])


def test_rule_028_points_in_a_subject_by_levels_count_by_their_bands() -> None:
    marks = entries((TH, Level.HIGH), (TH, Grade(3)), (TH, Grade(9)), (TH, Sign.DONE))
    tree = semester(under(11, assessed=Assessment.LEVELS), marks)
    assert [each.number for each in converted(tree)] == [4, 1, 3]
    assert evaluate(tree) == Level.SUFFICIENT
    shifted = evolve(CLASSIC, bands=(2, 5, 9, 12))
    other = semester(under(11, assessed=Assessment.LEVELS, packs=[shifted]), marks)
    assert [each.number for each in converted(other)] == [4, 2, 3]


def converted(tree: Calculation) -> list[Converted]:
    assert isinstance(tree.conclusion, AsGrade | AsLevel)
    assert isinstance(tree.conclusion.of, Rounded)
    assert isinstance(tree.conclusion.of.of, Average)
    return [step for step in tree.conclusion.of.of.of if isinstance(step, Converted)]


def test_a_subject_by_levels_has_points_where_levels_are_refused() -> None:
    tree = semester(under(5, assessed=Assessment.LEVELS), points(C, 8, 9, 10))
    assert evaluate(tree) == Grade(9)


def test_credits_that_agree_are_suggested_and_others_left_to_the_teacher() -> None:
    credit = under(5, assessed=Assessment.CREDIT)
    yes, no = (C, Credit.CREDITED), (C, Credit.NOT_CREDITED)
    assert evaluate(semester(credit, entries(yes, yes))) == Credit.CREDITED
    assert evaluate(semester(credit, entries(no))) == Credit.NOT_CREDITED
    divided = semester(credit, entries(yes, no))
    assert (evaluate(divided), divided.cautions) == (None, (Caution.DIVIDED,))


def test_rule_056_on_a_scale_of_the_schools_own_a_credit_counts_by_its_rule() -> None:
    own = evolve(GRADES_5_9_1427, rates=(Rate(Credit.CREDITED, 10), Rate(Credit.NOT_CREDITED, 3)))
    marks = entries((C, Credit.CREDITED), (C, Credit.CREDITED), (C, Credit.NOT_CREDITED))
    rules = under(5, assessed=Assessment.CREDIT, packs=[own])
    tree = semester(rules, marks)
    assert [each.number for each in converted(tree)] == [10, 10, 3]
    assert evaluate(tree) == Grade(8)
    assert evaluate(semester(under(5, assessed=Assessment.CREDIT), marks)) is None


def test_a_pack_may_let_tests_count_more() -> None:
    pack = evolve(GRADES_5_9_1427, weights=(Weight(T, 2),))
    tree = semester(under(5, packs=[pack]), [*points(T, 12), *points(C, 6, start=2)])
    assert evaluate(tree) == Grade(10)
    assert isinstance(tree.conclusion, AsGrade)
    assert number_of(tree.conclusion.of) == Fraction(10)


# Years and certificates


def year(*semesters: Sequence[tuple[ColumnKind, MarkValue]]) -> dict[int, list[PlacedMark]]:
    return {number: entries(*marks, start=number * 10) for number, marks in enumerate(semesters, 1)}


def test_a_year_is_the_mean_of_its_semesters() -> None:
    tree = annual(under(), year([(S, Grade(7))], [(S, Grade(8))]))
    assert (evaluate(tree), tree.cautions) == (Grade(8), ())


CORRECTED = year([(S, Grade(5)), (K, Grade(7))], [(S, Grade(8))])


def test_rule_047_a_corrected_semester_mark_counts_by_default() -> None:
    tree = annual(under(), CORRECTED)
    assert (evaluate(tree), why(tree)) == (Grade(8), [Exclusion.CORRECTED])


def test_rule_047_a_host_may_count_the_first_mark() -> None:
    pack = evolve(CLASSIC, annual_from_corrected=False)
    tree = annual(under(packs=[pack]), CORRECTED)
    assert (evaluate(tree), [given.kind for given in inputs(tree)]) == (Grade(7), [S, S])


def test_a_year_without_a_semester_is_not_worked_out() -> None:
    tree = annual(under(), year([(S, Grade(7))], []))
    assert (evaluate(tree), tree.cautions) == (None, (Caution.SEMESTER_LACKS,))
    assert why(tree) == [Exclusion.NOT_COUNTED]


def test_a_year_not_attested_in_every_semester_is_not_attested() -> None:
    tree = annual(under(), year([(S, Final.NOT_ATTESTED)], [(S, Final.NOT_ATTESTED)]))
    assert evaluate(tree) == Final.NOT_ATTESTED
    partly = annual(under(), year([(S, Final.NOT_ATTESTED)], [(S, Grade(7))]))
    assert (evaluate(partly), partly.cautions) == (Grade(7), (Caution.SEMESTER_LACKS,))


def finals(*marks: tuple[ColumnKind, MarkValue]) -> list[PlacedMark]:
    """One mark in a journal of its own for each."""
    return [
        entry(at, kind, value, journal=JournalId(at)) for at, (kind, value) in enumerate(marks, 1)
    ]


def test_rule_048_the_average_of_a_certificate_is_of_all_marks_in_tenths_but_exempt() -> None:
    marks = finals((Y, Grade(9)), (Y, Grade(10)), (Y, Sign.EXEMPT), (Y, Grade(9)), (Y, Grade(11)))
    tree = certificate(CLASSIC, marks)
    assert (evaluate(tree), why(tree)) == (Fraction(98, 10), [Exclusion.EXEMPT])
    assert str(decimal(Fraction(98, 10))) == "9.8"


def test_a_subjects_final_mark_takes_the_place_of_its_annual_one() -> None:
    annual_, final = entry(1, Y, Grade(4)), entry(2, ColumnKind.FINAL, Grade(8))
    other = entry(3, Y, Grade(10), journal=JournalId(2))
    assert evaluate(certificate(CLASSIC, [annual_, final, other])) == 9
    assert evaluate(certificate(CLASSIC, [entry(4, S, Grade(1)), other])) == 10


def test_what_a_certificate_is_made_of_is_the_packs_to_say() -> None:
    marks = finals((Y, Grade(9)), (ColumnKind.DPA, Grade(12)))
    apart = evolve(CLASSIC, certificate_of=frozenset({Y, ColumnKind.FINAL}))
    assert evaluate(certificate(CLASSIC, marks)) == Fraction(105, 10)
    assert evaluate(certificate(apart, marks)) == 9


def test_a_certificate_without_numbers_has_no_average() -> None:
    tree = certificate(CLASSIC, finals((Y, Credit.CREDITED), (Y, Sign.EXEMPT)))
    assert (evaluate(tree), tree.cautions) == (None, (Caution.NOTHING_COUNTS,))
    with pytest.raises(Invalid):
        Suggestion.of(
            MarkKey(JOURNAL, ColumnId(1), ADA), certificate(CLASSIC, finals((Y, Grade(9)))), AT
        )


# Algebra

KINDS = st.sampled_from([C, T, ColumnKind.INDEPENDENT, D, N, TH])
MARKS = st.lists(st.tuples(KINDS, st.sampled_from(VOCABULARY)), max_size=12).map(
    lambda drawn: entries(*drawn)
)
RULINGS = st.sampled_from(
    [
        under(grade, year, assessed)
        for grade, year in ((1, 2026), (3, 2026), (5, 2026), (8, 2025), (5, 2022), (11, 2026))
        for assessed in Assessment
    ]
)


@given(RULINGS, MARKS, st.randoms(use_true_random=False), st.booleans())
def test_the_order_of_marks_changes_nothing(
    rules: Ruling, marks: list[PlacedMark], random: Random, missed_all: bool
) -> None:
    shuffled = list(marks)
    random.shuffle(shuffled)
    for work_out in (thematic, semester):
        assert work_out(rules, shuffled, missed_all=missed_all) == work_out(
            rules, marks, missed_all=missed_all
        )


@given(RULINGS, MARKS, MARKS)
def test_what_is_excluded_never_matters(
    rules: Ruling, marks: list[PlacedMark], others: list[PlacedMark]
) -> None:
    for work_out in (thematic, semester):
        tree = work_out(rules, marks)
        counted = {given.key for given in inputs(tree)}
        left = {each.given.key for each in tree.excluded} - counted
        number = evaluate(tree)
        if counted:
            kept = [each for each in marks if each.mark.key not in left]
            assert evaluate(work_out(rules, kept)) == number
        ignorable = [
            evolve(each, column=evolve(each.column, kind=D), mark=each.mark)
            for each in others
            if each.column.kind.is_dated
        ]
        if D not in rules.pack.counted and counted:
            assert evaluate(work_out(rules, [*marks, *ignorable])) == number


SIGNS = [Sign.REMARK, Sign.COMMENT, Sign.DONE, Sign.NO_GRADE]


@given(RULINGS, MARKS, st.lists(st.tuples(KINDS, st.sampled_from(SIGNS)), max_size=4))
def test_notes_never_matter(
    rules: Ruling, marks: list[PlacedMark], notes: list[tuple[ColumnKind, MarkValue]]
) -> None:
    noted = [*marks, *entries(*notes, start=100)]
    for work_out in (thematic, semester):
        assert evaluate(work_out(rules, noted)) == evaluate(work_out(rules, marks))


@given(RULINGS, MARKS, st.booleans())
def test_a_tree_survives_storage_and_comes_to_the_same_again(
    rules: Ruling, marks: list[PlacedMark], missed_all: bool
) -> None:
    converter = make_converter()
    tree = semester(rules, marks, missed_all=missed_all)
    suggestion = Suggestion.of(MarkKey(JOURNAL, ColumnId(99), ADA), tree, AT)
    again = converter.structure(converter.unstructure(tree), Calculation)
    assert again == tree
    assert evaluate(again) == evaluate(tree) == suggestion.value


NUMBERS = st.lists(st.integers(1, 12), min_size=1, max_size=40)


def spreadsheet(numbers: list[int], places: str) -> Decimal:
    """The mean as a spreadsheet shows it: `=ROUND(AVERAGE(…), …)`."""
    with localcontext() as context:
        context.prec = 60
        mean = Decimal(sum(numbers)) / Decimal(len(numbers))
        return mean.quantize(Decimal(places), ROUND_HALF_UP)


@given(NUMBERS)
def test_a_spreadsheet_comes_to_the_same_semester(numbers: list[int]) -> None:
    shown = evaluate(semester(under(), points(TH, *numbers)))
    assert shown == Grade(int(spreadsheet(numbers, "1")))


@given(NUMBERS)
def test_a_spreadsheet_comes_to_the_same_certificate(numbers: list[int]) -> None:
    shown = evaluate(certificate(CLASSIC, finals(*((Y, Grade(each)) for each in numbers))))
    assert isinstance(shown, Fraction)
    assert decimal(shown) == spreadsheet(numbers, "0.1")


@given(NUMBERS)
def test_a_mean_lies_between_the_least_and_the_greatest(numbers: list[int]) -> None:
    shown = evaluate(semester(under(), points(TH, *numbers)))
    assert isinstance(shown, Grade)
    assert min(numbers) <= shown.points <= max(numbers)


@given(RULINGS, MARKS)
def test_every_mark_that_could_count_is_an_input_or_excluded_and_never_both(
    rules: Ruling, marks: list[PlacedMark]
) -> None:
    tree = thematic(rules, marks)
    counted = [given.key for given in inputs(tree)]
    left = [each.given.key for each in tree.excluded]
    assert set(counted).isdisjoint(left)
    if not isinstance(tree.conclusion, Stated) and tree.conclusion is not None:
        work = [each.mark.key for each in marks if each.column.kind is not TH]
        assert sorted([*counted, *left]) == sorted(work)


# A year kept under its own rules


def test_a_journal_of_2021_comes_to_the_same_digits_after_a_pack_of_2026_is_installed() -> None:
    later = evolve(
        CLASSIC,
        name="later",
        effective_from=date(2026, 9, 1),
        rounding=Rounding.DOWN,
        semester_from=(Basis.CURRENT,),
    )
    marks = [*points(C, 3), *points(TH, 8, 9, start=5)]
    before, after = under(9, 2021), under(9, 2021, packs=[*PACKS, later])
    then = semester(before, marks)
    assert semester(after, marks) == then
    assert (evaluate(then), then.pack) == (Grade(9), "classic")
    assert semester(under(11, 2026, packs=[*PACKS, later]), marks).pack == "later"


# Suggestions


KEY = MarkKey(JOURNAL, ColumnId(99), ADA)


def suggested(*numbers: int) -> Suggestion:
    return Suggestion.of(KEY, semester(under(), points(TH, *numbers)), AT)


def test_a_suggestion_stands_in_the_place_of_its_mark() -> None:
    assert (suggested(8, 9).key, suggested(8, 9).value) == (KEY, Grade(9))


def test_the_same_calculation_again_renews_nothing() -> None:
    first = suggested(8, 9)
    again = evolve(suggested(8, 9), suggested_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert first.renewed(again) is first
    other = suggested(3)
    assert evolve(first, version=5).renewed(other) == evolve(other, version=5)


def test_a_decision_that_departs_gives_a_reason() -> None:
    assert suggested(9).answered(Grade(9), "") == Grade(9)
    assert suggested(9).answered(Grade(10), "динаміка") == Grade(9)
    with pytest.raises(Incomplete) as refused:
        suggested(9).answered(Grade(10), "  ")
    assert refused.value == Incomplete(("reason",))


def test_where_nothing_is_suggested_no_reason_is_asked_for() -> None:
    assert suggested().answered(Grade(10), "") is None


def test_finals_are_of_topics_semesters_and_years() -> None:
    held = {TH: Target.THEMATIC, S: Target.SEMESTER, Y: Target.ANNUAL}
    for kind in ColumnKind:
        group = 1 if kind is ColumnKind.RESULT_GROUP else None
        column = Column(ColumnId(1), JOURNAL, kind, day=DAY if kind.is_dated else None, group=group)
        if kind in held:
            assert target_of(column) is held[kind]
        else:
            with pytest.raises(NotAllowedHere):
                target_of(column)


def test_a_topic_is_what_stands_between_two_thematic_columns() -> None:
    columns = [
        Column(ColumnId(1), JOURNAL, C, LessonId(1), date(2026, 9, 7)),
        Column(ColumnId(2), JOURNAL, C, LessonId(2), date(2026, 9, 9)),
        Column(ColumnId(3), JOURNAL, TH),
        Column(ColumnId(4), JOURNAL, C, LessonId(3), date(2026, 9, 14)),
        Column(ColumnId(5), JOURNAL, T, LessonId(3), date(2026, 9, 14)),
        Column(ColumnId(6), JOURNAL, TH),
        Column(ColumnId(7), JOURNAL, C, LessonId(4), date(2026, 9, 16)),
        Column(ColumnId(8), JOURNAL, S),
    ]
    topics = {each.id: topic_of(each, columns) for each in columns if each.kind is TH}
    assert topics == {
        ColumnId(3): tuple(columns[:2]),
        ColumnId(6): tuple(columns[3:5]),
    }


@given(st.lists(st.sampled_from([C, T, N, TH]), max_size=12))
def test_rule_035_work_belongs_to_one_topic_so_a_pupil_has_one_mark_for_each(
    kinds: list[ColumnKind],
) -> None:
    columns = [each.column for each in entries(*((kind, Grade(7)) for kind in kinds))]
    topics = [topic_of(each, columns) for each in columns if each.kind is TH]
    summed = [column.id for topic in topics for column in topic]
    assert len(summed) == len(set(summed))
    assert all(column.kind is not TH for topic in topics for column in topic)


# In words


def test_a_suggestion_is_explained_step_by_step() -> None:
    marks = [*points(TH, 8, 9), *entries((TH, Final.NOT_ATTESTED), start=3)]
    tree = semester(under(), marks)
    assert explain(tree) == (
        "Семестрова: 9",
        "за тематичними: 8, 9",
        "середнє: (8 + 9) / 2 = 17/2",
        "округлено (половина вгору): 9",
        "не враховано: Н/А (Тематична): «не атестовано» не має числа",
        "правила: classic, версія 1",
    )
    assert explain(tree, "en") == (
        "Semester: 9",
        "from thematic marks: 8, 9",
        "mean: (8 + 9) / 2 = 17/2",
        "rounded (a half goes up): 9",
        "left out: Н/А (Тематична): not attested has no number",
        "rules: classic, version 1",
    )


def test_what_is_converted_weighed_or_stated_is_explained_too() -> None:
    pack = evolve(GRADES_5_9_1427, weights=(Weight(T, 2),), rates=(Rate(Credit.CREDITED, 10),))
    marks = entries((T, Credit.CREDITED), (C, Grade(6)))
    assert explain(semester(under(5, packs=[pack]), marks), "en") == (
        "Semester: 9",
        "from current marks: зар, 6",
        "зар counts for 10",
        "mean: (2 × 10 + 1 × 6) / 3 = 26/3",
        "rounded (a half goes up): 9",
        "rules: nus-5-9-1427, version 1",
    )
    assert explain(semester(under(), [], missed_all=True), "en") == (
        "Semester: Н/А",
        "every lesson was missed and nothing counts",
        "rules: classic, version 1",
    )
    assert explain(semester(under(), []), "en") == (
        "Semester: nothing is suggested",
        "mind: no mark counts",
        "rules: classic, version 1",
    )
    agreed = semester(under(5, assessed=Assessment.CREDIT), entries((C, Credit.CREDITED)))
    assert explain(agreed) == (
        "Семестрова: зар",
        "за поточними: зар",
        "усі оцінки однакові",
        "правила: nus-5-9-1427, версія 1",
    )
    average = certificate(CLASSIC, finals((Y, Grade(9)), (Y, Grade(10)), (Y, Grade(10))))
    assert explain(average)[0] == "Середній бал документа: 9,7"
    assert explain(average)[3] == "округлено (половина вгору, знаків: 1): 9,7"
    assert explain(average, "en")[0].endswith(": 9.7")


@given(values(Calculation), st.sampled_from(["en", "uk"]))
def test_whatever_comes_to_something_can_be_explained(tree: Calculation, language: str) -> None:
    try:
        evaluate(tree)
    except Invalid:
        return
    assert explain(tree, "uk" if language == "uk" else "en")
