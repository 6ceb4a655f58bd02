"""Moving pupils between classes and out of the school, over every storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from attrs import evolve, frozen
from small_school import DAY, FIRST_DAY, ID, MONDAY, SmallSchool, furnished

from ejournal.errors import Forbidden, Invalid, NotAllowedHere, NotEnrolled
from ejournal.ids import YearId
from ejournal.model.access import Actor
from ejournal.model.calendar import Period, week_of
from ejournal.model.class_sizes import ClassPolicy, ClassRemark, ClassRule
from ejournal.model.classes import SchoolClass
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import Column, Journal
from ejournal.model.marks import Grade
from ejournal.model.movements import Movement, MovementKind, MovementPolicy
from ejournal.model.page import PageRow
from ejournal.model.people import Departure, Enrolment, Leaving
from ejournal.model.permissions import Role
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import add_class, enrol
from ejournal.usecases.marking import give_mark
from ejournal.usecases.moving import movement_log, release, remarks_on_sizes, transfer, withdraw
from ejournal.usecases.reading import class_list, diary_week, journal_page
from ejournal.usecases.teaching import hold_lesson, open_journal

WEDNESDAY = MONDAY + DAY * 2
YEAR = Period(FIRST_DAY, date(2027, 6, 30))


@frozen
class Moved:
    """Ada went from 5-А to 5-Б with the Wednesday, with a mark on each side."""

    other: SchoolClass
    second: Journal
    enrolment: Enrolment


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def moved(school: SmallSchool) -> Moved:
    things, admin = school.things, school.admin
    other = school.run(admin, add_class, things.year.id, ClassLabel(5, "Б"))
    second = school.run(
        admin, open_journal, other.id, things.algebra.id, semester=1, teacher=things.main.id
    )
    marked(school, things.journal, MONDAY, 8)
    enrolment = school.run(
        admin,
        transfer,
        things.ada.id,
        other.id,
        since=WEDNESDAY,
        order_number="40-у",
        order_date=MONDAY,
    )
    marked(school, second, WEDNESDAY, 10)
    return Moved(other, second, enrolment)


def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def marked(school: SmallSchool, journal: Journal, day: date, points: int) -> Column:
    """Let the teacher hold a lesson and give Ada a mark at it."""

    def mark(unit: SchoolUnit) -> Column:
        lesson = hold_lesson(unit, journal.id, day=day, bell=2, topic="Дроби")
        (column,) = unit.columns.of_lesson(lesson.id)
        give_mark(unit, column.id, pupil=school.things.ada.id, value=Grade(points))
        return column

    return school.run(teacher(school), mark)


def row_of_ada(school: SmallSchool, journal: Journal) -> PageRow:
    with school.store.reading(ID, school.admin) as unit:
        page = journal_page(unit, journal.id)
    return next(row for row in page.rows if row.pupil == school.things.ada)


def test_a_transferred_pupil_is_on_one_list_before_the_day_and_on_the_other_from_it_on(
    school: SmallSchool, moved: Moved
) -> None:
    things = school.things
    with school.store.reading(ID, school.admin) as unit:
        left, joined = unit.enrolments.of_pupil(things.ada.id)
        lists = [
            [
                things.ada in class_list(unit, each, day)
                for each in (left.school_class, joined.school_class)
            ]
            for day in (WEDNESDAY - DAY, WEDNESDAY)
        ]
    assert lists == [[True, False], [False, True]]
    assert joined == moved.enrolment
    assert (left.until, left.departure) == (
        WEDNESDAY - DAY,
        Departure(Leaving.OTHER_CLASS, "40-у", MONDAY),
    )
    assert school.events()[2:] == [
        "lesson-held", "mark-given", "pupil-transferred", "lesson-held", "mark-given",
    ]  # fmt: skip


def test_marks_stay_visible_on_both_sides_of_a_transfer(school: SmallSchool, moved: Moved) -> None:
    old, new = (row_of_ada(school, each) for each in (school.things.journal, moved.second))
    assert (old.joined, old.left, old.note) == (None, WEDNESDAY - DAY, "вибув 08.09.2026")
    assert (new.joined, new.left, new.note) == (WEDNESDAY, None, "")
    values = [[cell.mark and cell.mark.value for cell in row.cells] for row in (old, new)]
    assert values == [[Grade(8)], [Grade(10)]]


def test_a_diary_week_goes_through_both_classes(school: SmallSchool, moved: Moved) -> None:
    head = school.actor(Role.DIRECTOR)
    with school.store.reading(ID, head) as unit:
        week = diary_week(unit, school.things.ada.id, MONDAY)
    shown = {
        day.day: [(entry.lesson.journal, entry.marks[0].mark.value) for entry in day.entries]
        for day in week.days
        if day.entries
    }
    assert shown == {
        MONDAY: [(school.things.journal.id, Grade(8))],
        WEDNESDAY: [(moved.second.id, Grade(10))],
    }
    assert week.period == week_of(MONDAY)


def test_who_left_a_class_gets_no_marks_there_for_later_days(
    school: SmallSchool, moved: Moved
) -> None:
    def mark(unit: SchoolUnit) -> None:
        lesson = hold_lesson(unit, school.things.journal.id, day=WEDNESDAY, bell=3)
        (column,) = unit.columns.of_lesson(lesson.id)
        give_mark(unit, column.id, pupil=moved.enrolment.pupil, value=Grade(5))

    with pytest.raises(NotEnrolled):
        school.run(teacher(school), mark)


def test_a_transfer_goes_to_another_class_of_a_pupil_who_is_in_one(school: SmallSchool) -> None:
    things = school.things

    def moving(target: SchoolClass, since: date = WEDNESDAY) -> Enrolment:
        return school.run(
            school.admin,
            transfer,
            things.lev.id,
            target.id,
            since=since,
            order_number="40-у",
            order_date=MONDAY,
        )

    with pytest.raises(NotAllowedHere) as same:
        moving(things.school_class)
    assert same.value.why == "same-class"
    other = school.run(school.admin, add_class, things.year.id, ClassLabel(5, "Б"))
    with pytest.raises(NotEnrolled):
        moving(other, FIRST_DAY - DAY)
    with pytest.raises(Invalid):
        moving(other, FIRST_DAY)
    assert school.events() == ["class-added"]


def test_who_was_released_may_be_enrolled_again(school: SmallSchool) -> None:
    things = school.things
    gone = school.run(
        school.admin,
        release,
        things.ada.id,
        last_day=WEDNESDAY,
        order_number="41-у",
        order_date=MONDAY,
        destination="Сусідній ліцей",
    )
    assert evolve(gone, version=0) == Enrolment(
        gone.id,
        things.ada.id,
        things.school_class.id,
        FIRST_DAY,
        "17-у",
        date(2026, 8, 28),
        WEDNESDAY,
        Departure(Leaving.OTHER_SCHOOL, "41-у", MONDAY),
        destination="Сусідній ліцей",
    )
    school.run(
        school.admin,
        enrol,
        things.ada.id,
        things.school_class.id,
        since=WEDNESDAY + DAY,
        order_number="45-у",
        order_date=MONDAY,
    )
    assert row_of_ada(school, things.journal).note == ""
    assert school.events() == ["pupil-left", "pupil-enrolled"]
    assert "Сусідній" not in str(school.store.entries(ID))


def test_rule_100_a_pupil_is_withdrawn_by_an_order_with_its_basis_and_type(
    school: SmallSchool,
) -> None:
    def leaving(
        order_number: str = "42-у", basis: str = "заява", reason: str = "виїзд"
    ) -> Enrolment:
        return school.run(
            school.admin,
            withdraw,
            school.things.lev.id,
            last_day=WEDNESDAY,
            order_number=order_number,
            order_date=MONDAY,
            basis=basis,
            reason=reason,
        )

    for lacking in ({"order_number": ""}, {"basis": ""}, {"reason": ""}):
        with pytest.raises(Invalid) as refused:
            leaving(**lacking)
        assert (refused.value.field, refused.value.reason) == (*lacking, "absent")
    school.store.policies = Policies(movements=MovementPolicy(frozenset({"зміна закладу"})))
    with pytest.raises(Invalid):
        leaving()
    gone = leaving(reason="зміна закладу")
    assert (gone.until, gone.basis, gone.reason) == (WEDNESDAY, "заява", "зміна закладу")
    with pytest.raises(NotAllowedHere):
        leaving(reason="зміна закладу")
    assert school.events() == ["pupil-left"]


def test_the_log_of_orders_falls_out_of_enrolments(school: SmallSchool, moved: Moved) -> None:
    things = school.things
    with school.store.reading(ID, school.admin) as unit:
        log = movement_log(unit, YEAR)
        later = movement_log(unit, Period(MONDAY, WEDNESDAY))
    enrolled = [
        Movement(
            "17-у", date(2026, 8, 28), MovementKind.ENROLLED, each.id, FIRST_DAY,
            joined=things.school_class.id,
        )
        for each in sorted((things.ada, things.lev, things.yana), key=lambda each: each.id)
    ]  # fmt: skip
    transferred = Movement(
        "40-у", MONDAY, MovementKind.OTHER_CLASS, things.ada.id, WEDNESDAY,
        things.school_class.id, moved.other.id,
    )  # fmt: skip
    assert log == (*enrolled, transferred)
    assert later == (transferred,)


def test_classes_are_remarked_on_by_the_policies_of_the_store(school: SmallSchool) -> None:
    things = school.things

    def remarks() -> tuple[ClassRemark, ...]:
        with school.store.reading(ID, school.admin) as unit:
            return remarks_on_sizes(unit, things.year.id, MONDAY)

    assert remarks() == (ClassRemark(things.school_class.id, ClassRule.TOO_FEW, 3, 5),)
    school.store.policies = Policies(classes=ClassPolicy(least=3, most=2, division_above=2))
    assert [remark.rule for remark in remarks()] == [ClassRule.TOO_MANY, ClassRule.DIVISIBLE]


Act = Callable[[SmallSchool, Actor], object]

ACTS: dict[str, Act] = {
    "transfer": lambda school, actor: school.run(
        actor,
        transfer,
        school.things.ada.id,
        school.things.school_class.id,
        since=WEDNESDAY,
        order_number="40-у",
        order_date=MONDAY,
    ),
    "release": lambda school, actor: school.run(
        actor,
        release,
        school.things.ada.id,
        last_day=WEDNESDAY,
        order_number="41-у",
        order_date=MONDAY,
    ),
    "withdraw": lambda school, actor: school.run(
        actor,
        withdraw,
        school.things.ada.id,
        last_day=WEDNESDAY,
        order_number="42-у",
        order_date=MONDAY,
        basis="заява",
        reason="виїзд",
    ),
    "movement_log": lambda school, actor: school.run(actor, movement_log, YEAR),
    "remarks_on_sizes": lambda school, actor: school.run(
        actor, remarks_on_sizes, YearId(1), MONDAY
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_who_has_no_right_to_it_moves_nobody(school: SmallSchool, act: str) -> None:
    leader = school.actor(Role.CLASS_TEACHER, school.things.third.id)
    for actor in (school.stranger, leader):
        with pytest.raises(Forbidden):
            ACTS[act](school, actor)
    assert school.events() == []
