"""How many pupils a class may have, by the law of the year it was formed in (rules 72-75)."""

from __future__ import annotations

from datetime import date

import pytest

from ejournal.ids import ClassId, SchoolId, YearId
from ejournal.model.calendar import SchoolYear, Semester, StudyForm
from ejournal.model.class_sizes import ClassPolicy, ClassRemark, ClassRule, size_remarks
from ejournal.model.classes import SchoolClass
from ejournal.model.identifiers import ClassLabel

SCHOOL = SchoolId(1)
LAW = ClassPolicy()


def year(begins: int = 2026, form: StudyForm = StudyForm.IN_PERSON_DAY) -> SchoolYear:
    first, last = date(begins, 9, 1), date(begins + 1, 6, 4)
    return SchoolYear(YearId(begins), form, first, last, (Semester(1, first, last),))


def said(
    size: int,
    *,
    grade: int = 5,
    opened: SchoolYear | None = None,
    policy: ClassPolicy = LAW,
    school: SchoolId = SCHOOL,
) -> list[tuple[str, int]]:
    opened = opened or year()
    school_class = SchoolClass(ClassId(7), opened.id, ClassLabel(grade, "А"))
    remarks = size_remarks(school, school_class, opened, size, policy)
    for remark in remarks:
        assert remark == ClassRemark(ClassId(7), remark.rule, size, remark.expected)
    return [(remark.rule.value, remark.expected) for remark in remarks]


def test_rule_072_fewer_than_five_in_a_class_in_person_is_an_error() -> None:
    assert said(5) == []
    assert said(4) == [("too-few", 5)]
    assert said(4, opened=year(form=StudyForm.IN_PERSON_EVENING)) == [("too-few", 5)]
    assert ClassRule.TOO_FEW.is_error


@pytest.mark.parametrize("form", [StudyForm.FAMILY, StudyForm.DISTANCE, StudyForm.EXTERNAL])
def test_rule_072_other_forms_may_have_classes_of_one(form: StudyForm) -> None:
    assert said(1, opened=year(form=form)) == []


def test_rule_072_binds_schools_of_the_state_and_of_communities_alone() -> None:
    private = ClassPolicy(exempt=frozenset({SCHOOL}))
    assert said(4, policy=private) == []
    assert said(4, policy=private, school=SchoolId(2)) == [("too-few", 5)]


def test_a_class_without_anybody_is_not_remarked_on() -> None:
    assert said(0) == []


@pytest.mark.parametrize(
    ("begins", "grade", "most"),
    [(2023, 1, 30), (2024, 1, 24), (2025, 2, 24), (2026, 3, 24), (2026, 4, 30), (2027, 4, 24)],
)
def test_rule_073_a_primary_class_formed_since_september_2024_has_twenty_four(
    begins: int, grade: int, most: int
) -> None:
    assert said(25, grade=grade, opened=year(begins)) == ([("too-many", 24)] if most == 24 else [])
    assert ("too-many", most) in said(31, grade=grade, opened=year(begins))
    assert ("too-many", most) not in said(most, grade=grade, opened=year(begins))


@pytest.mark.parametrize("grade", [5, 9, 11])
def test_rule_073_a_class_above_primary_has_thirty(grade: int) -> None:
    assert said(30, grade=grade) == [("divisible", 27)]
    assert said(31, grade=grade) == [("too-many", 30), ("divisible", 27)]
    assert ClassRule.TOO_MANY.is_error


def test_rule_073_the_number_and_its_day_are_policies() -> None:
    earlier = ClassPolicy(most_primary=20, since=date(2023, 9, 1))
    assert said(21, grade=4, policy=earlier) == [("too-many", 20)]
    assert said(21, grade=4) == said(21, grade=3) == []


def test_rule_074_a_distance_class_has_no_most() -> None:
    remote = year(form=StudyForm.DISTANCE)
    assert said(60, opened=remote) == [("divisible", 27)]
    bounded = ClassPolicy(unbounded=frozenset())
    assert said(60, opened=remote, policy=bounded) == [("too-many", 30), ("divisible", 27)]


def test_rule_075_division_is_suggested_above_twenty_seven() -> None:
    assert said(27) == []
    assert said(28) == [("divisible", 27)]
    assert not ClassRule.DIVISIBLE.is_error
    assert said(28, policy=ClassPolicy(division_above=28)) == []
