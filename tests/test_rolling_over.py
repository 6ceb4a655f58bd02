"""The turn of the year: planned without a trace, applied once, refused where it is out of date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Invalid, Missing, NotAllowedHere, Stale
from ejournal.ids import PupilId, StaffId, YearId
from ejournal.model.access import Actor, System
from ejournal.model.calendar import SchoolYear, Semester, StudyForm
from ejournal.model.classes import SchoolClass
from ejournal.model.identifiers import ClassLabel, PersonName, SchoolType
from ejournal.model.people import Departure, Enrolment, Leaving
from ejournal.model.permissions import Role
from ejournal.model.rollover import (
    PlannedClass,
    PlannedFinish,
    PlannedJournal,
    PlannedMove,
    Rollover,
    RolloverPlan,
    RolloverPolicy,
)
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.testing.beginning import all_rows
from ejournal.usecases.founding import add_class, add_pupil, enrol, open_year
from ejournal.usecases.moving import withdraw
from ejournal.usecases.rolling_over import apply_rollover, plan_rollover
from ejournal.usecases.teaching import open_journal

NEXT_FIRST = date(2027, 9, 1)
JUNE = date(2027, 6, 11)


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


def next_year(school: SmallSchool, form: StudyForm = StudyForm.IN_PERSON_DAY) -> SchoolYear:
    last = date(2028, 6, 2)
    return school.run(
        school.admin,
        open_year,
        first_day=NEXT_FIRST,
        last_day=last,
        semesters=[Semester(1, NEXT_FIRST, last)],
        form=form,
    )


def planned(school: SmallSchool, target: SchoolYear, *staying: PupilId) -> RolloverPlan:
    with school.store.reading(ID, school.admin) as unit:
        return plan_rollover(unit, school.things.year.id, target.id, staying=staying)


def applied(school: SmallSchool, plan: RolloverPlan) -> Rollover:
    return school.run(school.admin, apply_rollover, plan, order_number="70-у", order_date=JUNE)


def second_semester(school: SmallSchool) -> None:
    """Open the journal of the last semester, from which next year's is proposed."""
    things = school.things
    school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=2,
        teacher=things.main.id,
        second_teacher=things.second.id,
    )


def of_grade(school: SmallSchool, grade: int) -> tuple[SchoolClass, Enrolment]:
    """Add a class of that grade with one pupil."""
    made = school.run(
        school.admin,
        add_class,
        school.things.year.id,
        ClassLabel(grade, "В"),
        teacher=school.things.third.id,
    )
    pupil = school.run(school.admin, add_pupil, PersonName("Новак", "Ян"))
    return made, school.run(
        school.admin,
        enrol,
        pupil.id,
        made.id,
        since=MONDAY,
        order_number="18-у",
        order_date=MONDAY,
    )


def of_type(school: SmallSchool, type: SchoolType) -> None:
    def change(unit: SchoolUnit) -> None:
        unit.schools.save(evolve(unit.schools.get(ID), type=type))
        unit.record(Arranged())

    school.run(System("test"), change)


def enrolments(school: SmallSchool, pupil: PupilId) -> list[Enrolment]:
    with school.store.reading(ID, school.admin) as unit:
        return list(unit.enrolments.of_pupil(pupil))


def test_a_plan_says_what_would_come_of_the_turn_and_writes_nothing(school: SmallSchool) -> None:
    things = school.things
    second_semester(school)
    target = next_year(school)
    before = list(all_rows(school.store))
    plan = planned(school, target, things.yana.id)
    standing = {each.id: enrolments(school, each.id)[0] for each in (things.ada, things.lev)}
    assert plan == RolloverPlan(
        things.year.id,
        target.id,
        things.year.last_day,
        NEXT_FIRST,
        (PlannedClass(things.school_class.id, ClassLabel(6, "А"), things.third.id, 1, None),),
        tuple(
            PlannedMove(pupil, enrolment.id, things.school_class.id)
            for pupil, enrolment in sorted(standing.items())
        ),
        (),
        (PlannedJournal(ClassLabel(6, "А"), things.algebra.id, things.main.id, things.second.id),),
        frozenset({things.yana.id}),
    )
    assert list(all_rows(school.store)) == before


def test_a_plan_is_applied_by_one_order(school: SmallSchool) -> None:
    things, target = school.things, next_year(school)
    done = applied(school, planned(school, target, things.yana.id))
    assert evolve(done, version=0, plan="") == Rollover(
        done.id, things.year.id, target.id, "", "70-у", JUNE, 1, 2, 0, school.store.clock()
    )
    with school.store.reading(ID, school.admin) as unit:
        (made,) = unit.classes.of_year(target.id)
    assert evolve(made, version=0) == SchoolClass(
        made.id, target.id, ClassLabel(6, "А"), things.third.id
    )
    left, joined = enrolments(school, things.ada.id)
    assert (left.until, left.departure) == (
        NEXT_FIRST - DAY,
        Departure(Leaving.NEXT_GRADE, "70-у", JUNE),
    )
    assert (joined.school_class, joined.since, joined.order_number) == (made.id, NEXT_FIRST, "70-у")
    assert len(enrolments(school, things.yana.id)) == 1
    assert school.events() == ["year-opened", "year-rolled-over"]


def test_a_plan_that_was_applied_twice_was_applied_once(school: SmallSchool) -> None:
    plan = planned(school, next_year(school))
    first = applied(school, plan)
    before = list(all_rows(school.store))
    assert applied(school, plan) == first
    assert list(all_rows(school.store)) == before


def test_a_plan_made_after_the_turn_moves_nobody_again(school: SmallSchool) -> None:
    target = next_year(school)
    applied(school, planned(school, target))
    again = planned(school, target)
    (there,) = again.classes
    assert (again.moves, again.finishing, there.existing is None) == ((), (), False)
    late = school.run(school.admin, add_pupil, PersonName("Новак", "Ян"))
    school.run(
        school.admin,
        enrol,
        late.id,
        school.things.school_class.id,
        since=MONDAY,
        order_number="19-у",
        order_date=MONDAY,
    )
    done = applied(school, planned(school, target))
    assert (done.classes, done.moved) == (0, 1)
    assert enrolments(school, late.id)[1].school_class == there.existing


def test_a_plan_made_on_what_has_changed_since_is_refused(school: SmallSchool) -> None:
    target = next_year(school)
    plan = planned(school, target)
    school.run(
        school.admin,
        withdraw,
        school.things.lev.id,
        last_day=MONDAY,
        order_number="42-у",
        order_date=MONDAY,
        basis="заява",
        reason="виїзд",
    )
    with pytest.raises(Stale) as refused:
        applied(school, plan)
    fresh = planned(school, target)
    assert refused.value == Stale("rollover_plan", (school.things.year.id, target.id), fresh)
    assert {move.pupil for move in fresh.moves} == {school.things.ada.id, school.things.yana.id}
    assert applied(school, fresh).moved == 2


@pytest.mark.parametrize(
    ("type", "grade"),
    [(SchoolType.PRIMARY, 4), (SchoolType.GYMNASIUM, 9), (SchoolType.LYCEUM, 11), (None, 11)],
)
def test_who_has_come_to_the_last_grade_finishes(
    school: SmallSchool, type: SchoolType | None, grade: int
) -> None:
    made, enrolment = of_grade(school, grade)
    if type is not None:
        of_type(school, type)
    target = next_year(school)
    plan = planned(
        school, target, school.things.ada.id, school.things.lev.id, school.things.yana.id
    )
    assert plan.finishing == (PlannedFinish(enrolment.pupil, enrolment.id),)
    assert made.id not in {each.source for each in plan.classes}
    applied(school, plan)
    (finished,) = enrolments(school, enrolment.pupil)
    assert (finished.until, finished.departure) == (
        school.things.year.last_day,
        Departure(Leaving.FINISHED, "70-у", JUNE),
    )


@pytest.mark.parametrize("grade", [4, 9])
def test_a_class_that_comes_to_another_level_gets_teacher_and_journals_anew(
    school: SmallSchool, grade: int
) -> None:
    made, _ = of_grade(school, grade)
    school.run(
        school.admin,
        open_journal,
        made.id,
        school.things.algebra.id,
        semester=2,
        teacher=school.things.main.id,
    )
    plan = planned(school, next_year(school))
    (ahead,) = (each for each in plan.classes if each.source == made.id)
    assert (ahead.label, ahead.teacher, plan.journals) == (ClassLabel(grade + 1, "В"), None, ())


def test_who_has_left_the_staff_is_in_no_plan(school: SmallSchool) -> None:
    second_semester(school)

    def leave(unit: SchoolUnit, *staff: StaffId) -> None:
        for each in staff:
            unit.staff.save(unit.staff.get(each).left(JUNE))
        unit.record(Arranged())

    things, target = school.things, next_year(school)
    school.run(System("test"), leave, things.third.id, things.second.id)
    plan = planned(school, target)
    assert [each.teacher for each in plan.classes] == [None]
    assert [each.second_teacher for each in plan.journals] == [None]
    school.run(System("test"), leave, things.main.id)
    assert planned(school, target).journals == ()


def test_the_last_grade_is_a_policy(school: SmallSchool) -> None:
    _, enrolment = of_grade(school, 11)
    target = next_year(school)
    assert [each.pupil for each in planned(school, target).finishing] == [enrolment.pupil]
    school.store.policies = Policies(rollover=RolloverPolicy(twelfth_from=NEXT_FIRST))
    assert planned(school, target).finishing == ()
    school.store.policies = Policies(rollover=RolloverPolicy(lyceum=5))
    assert len(planned(school, target).finishing) == 4


def test_a_year_follows_one_of_the_same_form(school: SmallSchool) -> None:
    things, apart = school.things, next_year(school, StudyForm.FAMILY)
    with pytest.raises(NotAllowedHere) as refused:
        planned(school, apart)
    assert refused.value.why == "not-the-next-year"
    target = next_year(school)
    with school.store.reading(ID, school.admin) as unit:
        with pytest.raises(NotAllowedHere):
            plan_rollover(unit, target.id, things.year.id)
        with pytest.raises(Missing):
            plan_rollover(unit, things.year.id, YearId(404))


def test_rule_100_the_turn_of_the_year_has_an_order(school: SmallSchool) -> None:
    target = next_year(school)
    for plan in (planned(school, target), planned(school, target, *everybody(school))):
        with pytest.raises(Invalid) as refused:
            school.run(school.admin, apply_rollover, plan, order_number=" ", order_date=JUNE)
        assert refused.value.field == "order_number"
    assert school.events() == ["year-opened"]


def everybody(school: SmallSchool) -> list[PupilId]:
    things = school.things
    return [things.ada.id, things.lev.id, things.yana.id]


def test_who_has_no_right_to_it_turns_no_year(school: SmallSchool) -> None:
    target = next_year(school)
    plan = planned(school, target)
    acts: list[Callable[[Actor], object]] = [
        lambda actor: school.run(actor, plan_rollover, plan.source, plan.target),
        lambda actor: school.run(actor, apply_rollover, plan, order_number="70-у", order_date=JUNE),
    ]
    leader = school.actor(Role.CLASS_TEACHER, school.things.third.id)
    for act in acts:
        for actor in (school.stranger, leader):
            with pytest.raises(Forbidden):
                act(actor)
    assert school.events() == ["year-opened"]


CLASSES = st.dictionaries(
    st.tuples(st.integers(1, 12), st.sampled_from("АБ")), st.integers(0, 3), max_size=5
)


@settings(max_examples=15)
@given(CLASSES, st.sets(st.integers(0, 12)), st.integers(3, 12))
def test_after_the_turn_everybody_is_in_the_next_grade_once_or_has_finished(
    sizes: dict[tuple[int, str], int], staying: set[int], last: int
) -> None:
    school = furnished(MemoryStore(policies=Policies(rollover=RolloverPolicy(lyceum=last))))
    target = next_year(school)

    def fill(unit: SchoolUnit) -> dict[PupilId, ClassLabel]:
        label_of = {}
        for (grade, letter), size in sorted(sizes.items()):
            if (grade, letter) == (5, "А"):
                continue
            made = add_class(unit, school.things.year.id, ClassLabel(grade, letter))
            for _ in range(size):
                pupil = add_pupil(unit, PersonName("Новак", "Ян"))
                enrol(unit, pupil.id, made.id, since=MONDAY, order_number="1", order_date=MONDAY)
                label_of[pupil.id] = made.label
        return {**label_of, **dict.fromkeys(everybody(school), ClassLabel(5, "А"))}

    label_of = school.run(school.admin, fill)
    left_alone = {pupil for place, pupil in enumerate(sorted(label_of)) if place in staying}
    plan = planned(school, target, *left_alone)
    applied(school, plan)
    once = list(all_rows(school.store))
    applied(school, plan)
    assert list(all_rows(school.store)) == once
    with school.store.reading(ID, school.admin) as unit:
        classes = {each.id: each for each in unit.classes.all()}
        for pupil, label in label_of.items():
            here = [
                classes[each.school_class]
                for each in unit.enrolments.of_pupil(pupil)
                if each.covers(NEXT_FIRST)
            ]
            if pupil in left_alone:
                assert [each.label for each in here] == [label]
            elif label.grade >= last:
                assert here == []
            else:
                assert [(each.year, each.label) for each in here] == [
                    (target.id, evolve(label, grade=label.grade + 1))
                ]
    assert school.store.audit(ID) == []


def test_a_class_that_is_there_already_is_used(school: SmallSchool) -> None:
    target = next_year(school)
    ahead = school.run(school.admin, add_class, target.id, ClassLabel(6, "А"))
    plan = planned(school, target)
    assert plan.classes[0].existing == ahead.id
    done = applied(school, plan)
    assert (done.classes, done.moved) == (0, 3)
    with school.store.reading(ID, school.admin) as unit:
        assert list(unit.classes.of_year(target.id)) == [ahead]
