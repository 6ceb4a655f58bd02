"""Classes, subgroups, subjects, and the school they are in (rules 13, 14, 99)."""

from __future__ import annotations

import pytest
from attrs import evolve

from ejournal.errors import Invalid, NotAllowedHere, WrongState
from ejournal.ids import ClassId, PupilId, SchoolId, StaffId, SubgroupId, SubjectId, YearId
from ejournal.model.classes import Assessment, SchoolClass, Subgroup, Subject
from ejournal.model.identifiers import (
    ClassLabel,
    DisoId,
    Region,
    parse_class_label,
    parse_edrpou,
)
from ejournal.model.school import JournalSystem, School, SchoolState

SCHOOL = School(
    SchoolId(1),
    DisoId(123456),
    parse_edrpou("32855961"),
    "Вигаданий ліцей",
    Region.KYIV,
    "Київська громада",
)


def pupils(*ids: int) -> frozenset[PupilId]:
    return frozenset(map(PupilId, ids))


def test_a_class_belongs_to_a_year_and_may_have_a_teacher() -> None:
    school_class = SchoolClass(ClassId(1), YearId(1), parse_class_label("5-а"))
    assert school_class.label == ClassLabel(5, "А")
    assert school_class.led_by(StaffId(7)).led_by(None) == school_class


def test_a_shift_is_counted_from_one() -> None:
    with pytest.raises(Invalid) as refused:
        SchoolClass(ClassId(1), YearId(1), ClassLabel(5, "А"), shift=0)
    assert refused.value.args == ("shift", "0", "range", False)


def test_a_subgroup_is_made_of_pupils_of_its_class() -> None:
    subgroup = Subgroup(SubgroupId(1), ClassId(1), "Англійська, група 1")
    assert subgroup.of(pupils(1, 2), pupils(1, 2, 3)).members == pupils(1, 2)
    with pytest.raises(NotAllowedHere) as refused:
        subgroup.of(pupils(1, 9, 8), pupils(1, 2, 3))
    assert refused.value.args == ("0000000000008, 0000000000009", "not-on-class-list")


def test_a_subgroup_is_a_part_of_one_class() -> None:
    subgroup = Subgroup(SubgroupId(1), ClassId(1), "Група 1")
    assert subgroup.part_of(ClassId(1)) == subgroup.id
    with pytest.raises(NotAllowedHere) as refused:
        subgroup.part_of(ClassId(2))
    assert refused.value.args == ("Група 1", "part-of-another-class")


@pytest.mark.parametrize("name", ["", " "])
def test_what_has_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        Subgroup(SubgroupId(1), ClassId(1), name)
    with pytest.raises(Invalid):
        Subject(SubjectId(1), name)
    with pytest.raises(Invalid):
        evolve(SCHOOL, name=name)


def test_a_subject_is_assessed_in_points_unless_said_otherwise() -> None:
    assert Subject(SubjectId(1), "Алгебра").assessed is Assessment.POINTS


def test_rule_099_a_school_is_active_with_its_first_journal_and_not_before() -> None:
    activated = SCHOOL.activated()
    assert activated == evolve(SCHOOL, state=SchoolState.ACTIVATED)
    active = activated.journal_opened()
    assert active == evolve(SCHOOL, state=SchoolState.ACTIVE)
    assert active.journal_opened() == active.activated() == active


def test_a_school_whose_administrator_never_came_opens_no_journal() -> None:
    with pytest.raises(WrongState) as refused:
        SCHOOL.journal_opened()
    assert refused.value.args == ("school", "invited", "open-journal")


def test_a_school_may_leave_for_another_journal_and_return() -> None:
    gone = SCHOOL.switched_to("Інший журнал")
    assert gone == evolve(SCHOOL, journal_system=JournalSystem.OTHER, vendor="Інший журнал")
    assert gone.returned() == SCHOOL


def test_another_journal_has_a_name_and_ours_has_none() -> None:
    with pytest.raises(Invalid) as refused:
        SCHOOL.switched_to(" ")
    assert refused.value.field == "vendor"
    with pytest.raises(Invalid) as refused:
        evolve(SCHOOL, vendor="Інший журнал")
    assert refused.value.args == ("vendor", "Інший журнал", "pattern", False)
