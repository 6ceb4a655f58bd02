"""Setting a school up, over every storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from attrs import evolve
from small_school import (
    BELLS,
    DAY,
    FIRST_DAY,
    HOLIDAYS,
    ID,
    MONDAY,
    SEMESTERS,
    Arranged,
    SmallSchool,
    founded,
    furnished,
)

from ejournal.errors import Duplicate, Forbidden, Invalid, Missing, NotAllowedHere
from ejournal.ids import ClassId, PupilId, StaffId, YearId, spell_id
from ejournal.model.access import Actor, System
from ejournal.model.calendar import SchoolYear, StudyForm
from ejournal.model.classes import Assessment, SchoolClass, Subgroup, Subject
from ejournal.model.identifiers import (
    ClassLabel,
    PersonName,
    Sex,
    parse_email,
    read_contact_phone,
)
from ejournal.model.people import Enrolment, Guardian, Guardianship, Pupil, Relation, Staff
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import (
    add_class,
    add_guardian,
    add_pupil,
    add_staff,
    add_subgroup,
    add_subject,
    enrol,
    link_guardian,
    open_year,
)

NAME = PersonName("Коваль", "Іван")


def enrolled(
    school: SmallSchool, actor: Actor, pupil: Pupil, target: SchoolClass, since: date = MONDAY
) -> Enrolment:
    """Let the actor put a pupil on the list of a class by order 18-у."""
    return school.run(
        actor,
        enrol,
        pupil.id,
        target.id,
        since=since,
        order_number="18-у",
        order_date=MONDAY,
    )


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


def test_a_year_is_opened_with_its_semesters_holidays_and_bells(store: Store) -> None:
    admin = founded(store)
    year = store.run(
        ID,
        admin,
        open_year,
        first_day=FIRST_DAY,
        last_day=date(2027, 6, 30),
        semesters=SEMESTERS,
        holidays=HOLIDAYS,
        bells=BELLS,
    )
    assert evolve(year, version=0) == SchoolYear(
        year.id,
        StudyForm.IN_PERSON_DAY,
        FIRST_DAY,
        date(2027, 6, 30),
        SEMESTERS,
        HOLIDAYS,
        BELLS,
    )
    with store.reading(ID, admin) as unit:
        assert unit.years.get(year.id) == year
    assert [entry.event for entry in store.entries(ID)] == ["arranged", "year-opened"]


def test_rule_070_a_form_of_study_has_its_own_year_and_only_one(school: SmallSchool) -> None:
    def opened(form: StudyForm) -> SchoolYear:
        return school.run(
            school.admin,
            open_year,
            first_day=FIRST_DAY,
            last_day=date(2027, 6, 30),
            semesters=SEMESTERS,
            form=form,
        )

    with pytest.raises(Duplicate) as refused:
        opened(StudyForm.IN_PERSON_DAY)
    assert refused.value.args == (
        "school_year",
        ("form", "label"),
        (school.things.year.id,),
    )
    assert opened(StudyForm.FAMILY).label == "2026/27"
    assert school.events() == ["year-opened"]


def test_a_class_is_added_once_to_a_year(school: SmallSchool) -> None:
    year, teacher = school.things.year.id, school.things.main.id
    added = school.run(school.admin, add_class, year, ClassLabel(5, "Б"), teacher=teacher, shift=1)
    assert evolve(added, version=0) == SchoolClass(added.id, year, ClassLabel(5, "Б"), teacher)
    with pytest.raises(Duplicate) as refused:
        school.run(school.admin, add_class, year, ClassLabel(5, "Б"))
    assert (refused.value.kind, refused.value.fields) == ("school_class", ("year", "label"))
    assert school.events() == ["class-added"]


def test_a_class_needs_a_year_and_a_teacher_who_is_there(school: SmallSchool) -> None:
    with pytest.raises(Missing) as refused:
        school.run(school.admin, add_class, YearId(404), ClassLabel(6, "А"))
    assert refused.value.args == ("school_year", (404,))
    year = school.things.year.id
    with pytest.raises(Missing):
        school.run(school.admin, add_class, year, ClassLabel(6, "А"), teacher=StaffId(404))
    gone = left(school, school.things.third)
    with pytest.raises(NotAllowedHere) as late:
        school.run(school.admin, add_class, year, ClassLabel(6, "А"), teacher=gone.id)
    assert late.value.why == "has-left"
    assert school.events() == []


def left(school: SmallSchool, staff: Staff) -> Staff:
    """Let a member of the staff have left before the day of the tests."""

    def leave(unit: SchoolUnit) -> Staff:
        kept = unit.staff.save(unit.staff.get(staff.id).left(MONDAY - DAY))
        unit.record(Arranged())
        return kept

    return school.run(System("test"), leave)


def test_a_subgroup_has_pupils_who_are_or_were_in_the_class(school: SmallSchool) -> None:
    things = school.things
    added = school.run(
        school.admin, add_subgroup, things.school_class.id, "Група 2", [things.yana.id]
    )
    assert evolve(added, version=0) == Subgroup(
        added.id, things.school_class.id, "Група 2", frozenset({things.yana.id})
    )
    newcomer = school.run(school.admin, add_pupil, NAME)
    with pytest.raises(NotAllowedHere) as refused:
        school.run(school.admin, add_subgroup, things.school_class.id, "Група 3", [newcomer.id])
    assert refused.value.args == (spell_id(newcomer.id), "not-on-class-list")
    with pytest.raises(Missing):
        school.run(school.admin, add_subgroup, ClassId(404), "Група 3", [])
    assert school.events() == ["subgroup-added", "pupil-added"]


def test_a_subject_stands_under_the_schools_own_name(school: SmallSchool) -> None:
    added = school.run(
        school.admin,
        add_subject,
        "Я досліджую світ",
        short_name="ЯДС",
        base="Природнича галузь",
        assessed=Assessment.LEVELS,
    )
    assert evolve(added, version=0) == Subject(
        added.id, "Я досліджую світ", "ЯДС", "Природнича галузь", Assessment.LEVELS
    )
    with pytest.raises(Invalid):
        school.run(school.admin, add_subject, "")
    assert school.events() == ["subject-added"]


def test_people_are_kept_as_they_were_given(school: SmallSchool) -> None:
    staff = school.run(school.admin, add_staff, NAME, "учитель")
    pupil = school.run(school.admin, add_pupil, NAME, birth_date=date(2016, 5, 4), sex=Sex.MALE)
    email, phone = parse_email("ivan.koval@poshta.example"), read_contact_phone("0501234567")
    guardian = school.run(
        school.admin, add_guardian, pupil.id, Relation.FATHER, NAME, email=email, phone=phone
    )
    with school.store.reading(ID, school.admin) as unit:
        assert unit.staff.get(staff.id) == staff
        assert unit.pupils.get(pupil.id) == pupil
        assert unit.guardians.get(guardian.id) == guardian
    assert evolve(staff, version=0) == Staff(staff.id, NAME, "учитель")
    assert evolve(pupil, version=0) == Pupil(pupil.id, NAME, date(2016, 5, 4), Sex.MALE)
    assert evolve(guardian, version=0) == Guardian(guardian.id, NAME, email, phone)
    assert school.events() == ["staff-added", "pupil-added", "guardian-added", "guardian-linked"]


def test_a_guardian_may_stand_for_several_pupils_once_for_each(school: SmallSchool) -> None:
    mother, lev = school.things.mother.id, school.things.lev.id
    tie = school.run(school.admin, link_guardian, mother, lev, Relation.GUARDIAN)
    assert evolve(tie, version=0) == Guardianship(tie.id, mother, lev, Relation.GUARDIAN)
    with school.store.reading(ID, school.admin) as unit:
        children = {each.pupil for each in unit.guardianships.of_guardian(mother)}
    assert children == {school.things.ada.id, lev}
    with pytest.raises(Duplicate):
        school.run(school.admin, link_guardian, mother, lev, Relation.OTHER)
    assert school.events() == ["guardian-linked"]


def test_nothing_personal_stands_in_the_entries(school: SmallSchool) -> None:
    school.run(
        school.admin,
        add_guardian,
        school.things.lev.id,
        Relation.FATHER,
        PersonName("Незабудько", "Остап"),
        email=parse_email("ostap.nezabudko@poshta.example"),
    )
    spelled = str(school.store.entries(ID))
    for text in ("Незабудько", "Остап", "nezabudko", "Яценко", "2016-02-29"):
        assert text not in spelled
    assert "Алгебра" in spelled


def test_a_pupil_is_enrolled_by_an_order(school: SmallSchool) -> None:
    newcomer = school.run(school.admin, add_pupil, NAME)
    target = school.things.school_class
    kept = enrolled(school, school.admin, newcomer, target)
    assert evolve(kept, version=0) == Enrolment(
        kept.id, newcomer.id, target.id, MONDAY, "18-у", MONDAY
    )
    assert school.events() == ["pupil-added", "pupil-enrolled"]


def test_rule_100_without_an_order_nobody_is_enrolled(school: SmallSchool) -> None:
    newcomer = school.run(school.admin, add_pupil, NAME)
    with pytest.raises(Invalid) as refused:
        school.run(
            school.admin,
            enrol,
            newcomer.id,
            school.things.school_class.id,
            since=MONDAY,
            order_number="",
            order_date=MONDAY,
        )
    assert refused.value.field == "order_number"


def test_a_pupil_is_on_one_list_at_a_time(school: SmallSchool) -> None:
    other = school.run(school.admin, add_class, school.things.year.id, ClassLabel(5, "Б"))
    with pytest.raises(NotAllowedHere):
        enrolled(school, school.admin, school.things.ada, other)
    with pytest.raises(Missing):
        enrolled(school, school.admin, Pupil(PupilId(404), NAME), other)
    assert school.events() == ["class-added"]


def test_a_class_teacher_keeps_the_people_of_the_own_class_alone(school: SmallSchool) -> None:
    things = school.things
    teacher = school.actor(Role.CLASS_TEACHER, things.third.id)
    school.run(teacher, add_guardian, things.ada.id, Relation.FATHER, NAME)
    elsewhere = school.run(school.admin, add_pupil, NAME)
    with pytest.raises(Forbidden):
        enrolled(school, teacher, elsewhere, things.school_class)
    with pytest.raises(Forbidden):
        school.run(teacher, add_guardian, elsewhere.id, Relation.FATHER, NAME)
    with pytest.raises(Forbidden):
        school.run(teacher, add_pupil, NAME)


Act = Callable[[SmallSchool, Actor], object]

ACTS: dict[str, Act] = {
    "open_year": lambda school, actor: school.run(
        actor,
        open_year,
        first_day=FIRST_DAY,
        last_day=date(2027, 6, 30),
        semesters=SEMESTERS,
        form=StudyForm.FAMILY,
    ),
    "add_class": lambda school, actor: school.run(
        actor, add_class, school.things.year.id, ClassLabel(7, "А")
    ),
    "add_subgroup": lambda school, actor: school.run(
        actor, add_subgroup, school.things.school_class.id, "Група 9", []
    ),
    "add_subject": lambda school, actor: school.run(actor, add_subject, "Музика"),
    "add_staff": lambda school, actor: school.run(actor, add_staff, NAME),
    "add_pupil": lambda school, actor: school.run(actor, add_pupil, NAME),
    "add_guardian": lambda school, actor: school.run(
        actor, add_guardian, school.things.lev.id, Relation.OTHER, NAME
    ),
    "link_guardian": lambda school, actor: school.run(
        actor, link_guardian, school.things.mother.id, school.things.lev.id, Relation.OTHER
    ),
    "enrol": lambda school, actor: enrolled(
        school, actor, school.things.lev, school.things.school_class, date(2027, 1, 12)
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_who_has_no_right_to_it_founds_nothing(school: SmallSchool, act: str) -> None:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    for actor in (school.stranger, teacher):
        with pytest.raises(Forbidden):
            ACTS[act](school, actor)
    assert school.events() == []
