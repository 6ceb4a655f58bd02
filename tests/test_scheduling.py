"""Timetables made, published, excepted and read, in a school."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction

import pytest
from attrs import evolve
from small_school import BELLS, DAY, ID, MONDAY, SEMESTERS, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Duplicate, Forbidden, Invalid, Missing, NotAllowedHere, WrongState
from ejournal.ids import ExceptionId, StaffId, SubjectId, TimetableId, YearId
from ejournal.model.access import Actor
from ejournal.model.calendar import CalendarPolicy, Period, StudyForm
from ejournal.model.classes import SchoolClass
from ejournal.model.identifiers import ClassLabel
from ejournal.model.permissions import Role
from ejournal.model.scheduled import ScheduledLesson
from ejournal.model.substitution import LogLine, Replacement, SubstitutionReason
from ejournal.model.timetable import (
    ClassHours,
    ClassTimetable,
    ExceptionKind,
    SubjectHours,
    Timetable,
    TimetableEntry,
    TimetableException,
    TimetableState,
)
from ejournal.model.timetable_check import TimetableFault
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import add_class, add_subgroup, add_subject, open_year
from ejournal.usecases.scheduling import (
    begin_timetable,
    cancel_lessons,
    check_timetable,
    class_plan,
    free_teachers,
    hold_remotely,
    missed_and_replaced,
    move_lessons,
    publish_timetable,
    pupil_plan,
    set_class_timetable,
    set_hours,
    teacher_plan,
    withdraw_exception,
    withdraw_timetable,
)
from ejournal.usecases.substituting import (
    assign_substitute,
    assign_substitution,
    request_substitution,
)
from ejournal.usecases.teaching import hold_lesson, strike_lesson

WEEK = Period(MONDAY, MONDAY + DAY * 6)


def proved(school: SmallSchool) -> Iterator[SmallSchool]:
    yield school
    assert school.store.verify(ID) == []
    assert school.store.audit(ID) == []


@pytest.fixture
def school() -> Iterator[SmallSchool]:
    yield from proved(furnished(MemoryStore(clock=Clock())))


@pytest.fixture
def anywhere(store: Store) -> Iterator[SmallSchool]:
    yield from proved(furnished(store))


def entry(school: SmallSchool, weekday: int = 1, bell: int = 1, **more: object) -> TimetableEntry:
    things = school.things
    plain = TimetableEntry(things.school_class.id, things.algebra.id, things.main.id, weekday, bell)
    return evolve(plain, **more)  # type: ignore[arg-type]


def drafted(
    school: SmallSchool, entries: Iterable[TimetableEntry], since: date = MONDAY
) -> Timetable:
    def draft(unit: SchoolUnit) -> Timetable:
        timetable = begin_timetable(unit, school.things.year.id, since=since, weeks=2)
        set_class_timetable(unit, timetable.id, school.things.school_class.id, entries)
        return timetable

    return school.run(school.admin, draft)


def published(
    school: SmallSchool, entries: Iterable[TimetableEntry], since: date = MONDAY
) -> Timetable:
    timetable = drafted(school, entries, since)
    return school.run(school.admin, publish_timetable, timetable.id)


def plan_of(
    school: SmallSchool, period: Period = WEEK, school_class: SchoolClass | None = None
) -> tuple[ScheduledLesson, ...]:
    with school.store.reading(ID, school.admin) as unit:
        return class_plan(unit, (school_class or school.things.school_class).id, period)


def on(plan: Iterable[ScheduledLesson]) -> list[tuple[int, int]]:
    return [((each.day - MONDAY).days, each.bell) for each in plan if each.is_on]


def test_a_timetable_is_made_published_and_superseded(anywhere: SmallSchool) -> None:
    school, things = anywhere, anywhere.things
    first = school.run(
        school.admin, begin_timetable, things.year.id, since=MONDAY, weeks=2, anchor=MONDAY - DAY
    )
    assert evolve(first, version=0) == Timetable(first.id, things.year.id, MONDAY, 2, MONDAY - DAY)
    entries = (entry(school), entry(school, 3, 2, week=1, room="12"), entry(school, 3, 2, week=2))
    week = school.run(school.admin, set_class_timetable, first.id, things.school_class.id, entries)
    assert week == ClassTimetable(first.id, things.school_class.id, entries, week.version)
    again = school.run(
        school.admin, set_class_timetable, first.id, things.school_class.id, entries[:1]
    )
    assert again == evolve(week, entries=entries[:1], version=again.version)
    assert plan_of(school) == ()
    school.run(school.admin, publish_timetable, first.id)
    assert on(plan_of(school)) == [(0, 1)]

    second = school.run(
        school.admin,
        begin_timetable,
        things.year.id,
        since=MONDAY + DAY * 7,
        weeks=2,
        like=first.id,
    )
    school.run(school.admin, publish_timetable, second.id)
    with school.store.reading(ID, school.admin) as unit:
        assert [each.id for each in unit.timetables.of_year(things.year.id)] == [
            first.id,
            second.id,
        ]
        (copy,) = unit.class_timetables.of_timetable(second.id)
        assert unit.timetables.get(first.id).state is TimetableState.PUBLISHED
    assert copy == ClassTimetable(second.id, things.school_class.id, entries[:1], copy.version)
    fortnight = Period(MONDAY, MONDAY + DAY * 13)
    assert on(plan_of(school, fortnight)) == [(0, 1), (7, 1)]
    school.run(school.admin, withdraw_timetable, first.id)
    assert on(plan_of(school, fortnight)) == [(7, 1)]
    assert school.events() == [
        "timetable-begun",
        "class-timetable-set",
        "class-timetable-set",
        "timetable-published",
        "timetable-begun",
        "timetable-published",
        "timetable-withdrawn",
    ]


def test_a_timetable_keeps_to_its_year_and_names_what_is_there(school: SmallSchool) -> None:
    things = school.things
    with pytest.raises(NotAllowedHere) as early:
        school.run(school.admin, begin_timetable, things.year.id, since=date(2026, 8, 31))
    assert early.value.why == "outside-year"
    with pytest.raises(Missing):
        school.run(school.admin, begin_timetable, YearId(404), since=MONDAY)
    with pytest.raises(Missing):
        school.run(
            school.admin,
            begin_timetable,
            things.year.id,
            since=MONDAY,
            like=TimetableId(404),
        )
    cycle = drafted(school, [entry(school, week=2)])
    with pytest.raises(Invalid):
        school.run(school.admin, begin_timetable, things.year.id, since=MONDAY + DAY, like=cycle.id)
    other = school.run(school.admin, add_class, things.year.id, ClassLabel(5, "Б"))
    foreign = school.run(school.admin, add_subgroup, other.id, "Чужа", [])
    for wrong, why in (
        (entry(school, teacher=StaffId(404)), Missing),
        (entry(school, subject=SubjectId(404)), Missing),
        (entry(school, subgroup=foreign.id), NotAllowedHere),
        (entry(school, school_class=other.id), NotAllowedHere),
    ):
        with pytest.raises(why):
            school.run(school.admin, set_class_timetable, cycle.id, things.school_class.id, [wrong])
    with school.store.reading(ID, school.admin) as unit:
        assert [each.id for each in unit.timetables.all()] == [cycle.id]


def test_a_published_timetable_changes_no_more_and_has_its_day_alone(school: SmallSchool) -> None:
    first = published(school, [entry(school)])
    with pytest.raises(WrongState):
        school.run(school.admin, set_class_timetable, first.id, school.things.school_class.id, [])
    twin = drafted(school, [])
    with pytest.raises(Duplicate):
        school.run(school.admin, publish_timetable, twin.id)


def test_a_class_with_uneven_hours_a_collision_and_a_short_bell_is_remarked_on() -> None:
    short = CalendarPolicy(lessons=((12, 40),))
    school = furnished(MemoryStore(clock=Clock(), policies=Policies(calendar=short)))
    things = school.things
    both = (entry(school), entry(school, week=2, teacher=things.third.id))
    timetable = drafted(school, both)
    hours = school.run(
        school.admin,
        set_hours,
        things.school_class.id,
        [SubjectHours(things.algebra.id, Fraction(5, 2))],
    )
    with school.store.reading(ID, school.actor(Role.SUBJECT_TEACHER, things.main.id)) as unit:
        remarks = check_timetable(unit, timetable.id)
        assert unit.class_hours.get(things.school_class.id) == hours
    assert [(each.fault, each.found, each.expected) for each in remarks] == [
        (TimetableFault.CLASS_TWICE, None, None),
        (TimetableFault.LESSON_LENGTH, 45, 40),
        (TimetableFault.HOURS, Fraction(3, 2), Fraction(5, 2)),
    ]


def test_hours_are_planned_exactly_and_anew(anywhere: SmallSchool) -> None:
    school, things = anywhere, anywhere.things
    half = SubjectHours(things.algebra.id, Fraction(3, 2))
    history = school.run(school.admin, add_subject, "Історія України")
    whole = SubjectHours(history.id, Fraction(1))

    def planned(*listed: SubjectHours) -> ClassHours:
        return school.run(school.admin, set_hours, things.school_class.id, listed)

    first, kept = planned(half), planned(whole, half)
    assert first == ClassHours(things.school_class.id, (half,), first.version)
    assert kept == ClassHours(things.school_class.id, (half, whole), kept.version)
    with school.store.reading(ID, school.admin) as unit:
        assert unit.class_hours.get(things.school_class.id) == kept
    with pytest.raises(Missing):
        school.run(
            school.admin,
            set_hours,
            things.school_class.id,
            [SubjectHours(SubjectId(404), Fraction(1))],
        )


def test_lessons_are_cancelled_moved_and_held_remotely(anywhere: SmallSchool) -> None:
    school, things = anywhere, anywhere.things
    year, friday = things.year.id, MONDAY + DAY * 4
    published(school, [entry(school, weekday) for weekday in range(1, 6)])
    cancelled = school.run(
        school.admin,
        cancel_lessons,
        year,
        first_day=MONDAY,
        last_day=MONDAY + DAY,
        reason="карантин",
    )
    assert evolve(cancelled, version=0) == TimetableException(
        cancelled.id,
        year,
        ExceptionKind.CANCELLED,
        MONDAY,
        MONDAY + DAY,
        reason="карантин",
    )
    moved = school.run(
        school.admin,
        move_lessons,
        year,
        day=friday,
        to_day=friday + DAY,
        school_class=things.school_class.id,
        bell=1,
        to_bell=3,
    )
    remote = school.run(school.admin, hold_remotely, year, first_day=friday + DAY)
    with school.store.reading(ID, school.admin) as unit:
        assert list(unit.timetable_exceptions.of_year(year)) == [cancelled, moved, remote]
    plan = plan_of(school)
    assert on(plan) == [(2, 1), (3, 1), (5, 3)]
    assert [each.cancelled_by for each in plan[:2]] == [cancelled.id, cancelled.id]
    assert (plan[-1].moved_from, plan[-1].is_remote) == ((friday, 1), True)

    for exception in (cancelled, moved):
        school.run(school.admin, withdraw_exception, exception.id)
    assert on(plan_of(school)) == [(day, 1) for day in range(5)]
    with pytest.raises(WrongState):
        school.run(school.admin, withdraw_exception, moved.id)
    assert school.events()[-5:] == [*["timetable-excepted"] * 3, *["exception-withdrawn"] * 2]


def test_an_exception_keeps_to_the_year_and_its_classes(school: SmallSchool) -> None:
    things, year = school.things, school.things.year.id
    other = school.run(
        school.admin,
        open_year,
        first_day=MONDAY,
        last_day=date(2027, 6, 30),
        semesters=[evolve(SEMESTERS[0], first_day=MONDAY)],
        bells=BELLS,
        form=StudyForm.FAMILY,
    )
    elsewhere = school.run(school.admin, add_class, other.id, ClassLabel(5, "А"))
    foreign = school.run(school.admin, add_subgroup, elsewhere.id, "Чужа", [])
    refused: dict[str, Callable[[], object]] = {
        "outside-year": lambda: school.run(
            school.admin, move_lessons, year, day=MONDAY, to_day=date(2027, 7, 1)
        ),
        "of-another-year": lambda: school.run(
            school.admin, cancel_lessons, year, first_day=MONDAY, school_class=elsewhere.id
        ),
        "part-of-another-class": lambda: school.run(
            school.admin,
            hold_remotely,
            year,
            first_day=MONDAY,
            school_class=things.school_class.id,
            subgroup=foreign.id,
        ),
    }
    for why, act in refused.items():
        with pytest.raises(NotAllowedHere) as error:
            act()
        assert error.value.why == why
    with pytest.raises(Missing):
        school.run(school.admin, withdraw_exception, ExceptionId(404))
    school.run(
        school.admin,
        cancel_lessons,
        year,
        first_day=MONDAY,
        school_class=things.school_class.id,
        subgroup=things.group.id,
    )


def test_lessons_that_were_held_stand_in_the_plan_under_any_timetable(school: SmallSchool) -> None:
    things = school.things
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    first = published(school, [entry(school), entry(school, 2)])
    lesson = school.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1)
    extra = school.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=4)
    gone = school.run(teacher, hold_lesson, things.journal.id, day=MONDAY, bell=5)
    school.run(teacher, strike_lesson, gone.id, "")

    def shown() -> list[tuple[int, int, int | None]]:
        return [((each.day - MONDAY).days, each.bell, each.lesson) for each in plan_of(school)]

    assert shown() == [(0, 1, lesson.id), (0, 4, extra.id), (1, 1, None)]
    published(school, [entry(school, 1, 2), entry(school, 3)], MONDAY - DAY * 3)
    school.run(school.admin, withdraw_timetable, first.id)
    assert shown() == [(0, 1, lesson.id), (0, 2, None), (0, 4, extra.id), (2, 1, None)]


def test_a_teacher_finds_own_lessons_and_those_held_for_others(school: SmallSchool) -> None:
    things = school.things
    third = things.third.id
    published(school, [entry(school), entry(school, 2), entry(school, 3, teacher=third)])
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)

    def ask(unit: SchoolUnit) -> None:
        asked = request_substitution(
            unit,
            things.school_class.id,
            things.algebra.id,
            day=MONDAY + DAY,
            bell=1,
            reason=SubstitutionReason.TRAINING,
        )
        assign_substitution(unit, asked.id, third)

    school.run(school.admin, ask)
    extra = school.run(teacher, hold_lesson, things.journal.id, day=MONDAY + DAY * 3, bell=2)
    school.run(school.admin, assign_substitute, extra.id, third)
    with school.store.reading(ID, school.actor(Role.SUBJECT_TEACHER, third)) as unit:
        plans = {who: teacher_plan(unit, who, WEEK) for who in (things.main.id, third)}
        assert teacher_plan(unit, third, Period(date(2025, 9, 1), date(2026, 5, 31))) == ()
        with pytest.raises(Missing):
            teacher_plan(unit, StaffId(404), WEEK)
    days = {
        who: [((each.day - MONDAY).days, each.holder, each.lesson) for each in plan]
        for who, plan in plans.items()
    }
    assert days == {
        things.main.id: [(0, things.main.id, None), (1, third, None), (3, third, extra.id)],
        third: [(1, third, None), (2, third, None), (3, third, extra.id)],
    }


def test_a_pupil_finds_the_lessons_of_own_subgroups_on_days_in_the_class(
    school: SmallSchool,
) -> None:
    things = school.things
    rest = school.run(
        school.admin, add_subgroup, things.school_class.id, "Група 2", {things.yana.id}
    )
    published(
        school,
        [
            entry(school),
            entry(school, 1, 2, subgroup=things.group.id),
            entry(school, 1, 3, subgroup=rest.id),
        ],
    )
    with school.store.reading(ID, school.actor(Role.PUPIL, things.ada.id)) as unit:
        assert on(pupil_plan(unit, things.ada.id, WEEK)) == [(0, 1), (0, 2)]
        with pytest.raises(Forbidden):
            pupil_plan(unit, things.yana.id, WEEK)
    head = school.actor(Role.DIRECTOR)
    with school.store.reading(ID, head) as unit:
        assert on(pupil_plan(unit, things.yana.id, WEEK)) == [(0, 1), (0, 3)]
        before = Period(MONDAY - DAY * 400, MONDAY - DAY)
        assert pupil_plan(unit, things.yana.id, before) == ()


def test_who_is_free_has_no_lesson_meanwhile_in_any_shift(school: SmallSchool) -> None:
    things = school.things
    tuesday = MONDAY + DAY
    published(school, [entry(school), entry(school, 2, teacher=things.third.id)])

    def free(day: date, bell: int = 1) -> list[StaffId]:
        with school.store.reading(ID, school.admin) as unit:
            found = free_teachers(unit, things.school_class.id, day=day, bell=bell)
        return [each.id for each in found]

    assert free(MONDAY) == [things.second.id, things.third.id]
    assert free(MONDAY, 2) == [things.main.id, things.second.id, things.third.id]
    assert free(tuesday) == [things.main.id, things.second.id]
    with pytest.raises(NotAllowedHere):
        free(MONDAY, 9)

    def ask(unit: SchoolUnit) -> None:
        asked = request_substitution(
            unit,
            things.school_class.id,
            things.algebra.id,
            day=MONDAY,
            bell=1,
            reason=SubstitutionReason.OTHER,
        )
        assign_substitution(unit, asked.id, things.second.id)

    school.run(school.admin, ask)
    assert free(MONDAY) == [things.main.id, things.third.id]
    school.run(school.admin, cancel_lessons, things.year.id, first_day=tuesday)
    assert free(tuesday) == [things.main.id, things.second.id, things.third.id]


def test_the_log_falls_out_of_substitutions_and_cancelled_lessons(anywhere: SmallSchool) -> None:
    school, things = anywhere, anywhere.things
    published(school, [entry(school, weekday) for weekday in (1, 2, 3, 4)])
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    school.run(
        school.admin,
        cancel_lessons,
        things.year.id,
        first_day=MONDAY + DAY * 2,
        last_day=MONDAY + DAY * 3,
    )
    school.run(teacher, hold_lesson, things.journal.id, day=MONDAY + DAY * 3, bell=1)
    asked = school.run(
        teacher,
        request_substitution,
        things.school_class.id,
        things.algebra.id,
        day=MONDAY,
        bell=1,
        reason=SubstitutionReason.VACATION,
    )
    line = LogLine(
        MONDAY,
        1,
        things.school_class.id,
        things.algebra.id,
        None,
        things.main.id,
        Replacement.PENDING,
        SubstitutionReason.VACATION,
        substitution=asked.id,
    )
    with school.store.reading(ID, school.actor(Role.INSPECTOR)) as unit:
        log = missed_and_replaced(unit, things.year.id, WEEK)
        assert missed_and_replaced(unit, things.year.id, Period(MONDAY, MONDAY)) == (line,)
    assert log == (
        line,
        LogLine(
            MONDAY + DAY * 2,
            1,
            things.school_class.id,
            things.algebra.id,
            None,
            things.main.id,
            Replacement.MISSED,
        ),
    )


Act = Callable[[SmallSchool, Actor, Timetable], object]

OFFICE: dict[str, Act] = {
    "begin_timetable": lambda school, actor, _: school.run(
        actor, begin_timetable, school.things.year.id, since=MONDAY
    ),
    "set_class_timetable": lambda school, actor, draft: school.run(
        actor, set_class_timetable, draft.id, school.things.school_class.id, []
    ),
    "set_hours": lambda school, actor, _: school.run(
        actor, set_hours, school.things.school_class.id, []
    ),
    "publish_timetable": lambda school, actor, draft: school.run(
        actor, publish_timetable, draft.id
    ),
    "withdraw_timetable": lambda school, actor, draft: school.run(
        actor, withdraw_timetable, draft.id
    ),
    "cancel_lessons": lambda school, actor, _: school.run(
        actor, cancel_lessons, school.things.year.id, first_day=MONDAY
    ),
    "move_lessons": lambda school, actor, _: school.run(
        actor, move_lessons, school.things.year.id, day=MONDAY, to_day=MONDAY + DAY
    ),
    "hold_remotely": lambda school, actor, _: school.run(
        actor, hold_remotely, school.things.year.id, first_day=MONDAY
    ),
    "free_teachers": lambda school, actor, _: school.run(
        actor, free_teachers, school.things.school_class.id, day=MONDAY, bell=1
    ),
    "missed_and_replaced": lambda school, actor, _: school.run(
        actor, missed_and_replaced, school.things.year.id, WEEK
    ),
}


@pytest.mark.parametrize("act", OFFICE)
def test_the_office_keeps_timetables_and_teachers_read_them(school: SmallSchool, act: str) -> None:
    draft = drafted(school, [])
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    pupil = school.actor(Role.PUPIL, school.things.ada.id)
    for actor in (teacher, pupil, school.stranger):
        with pytest.raises(Forbidden):
            OFFICE[act](school, actor, draft)
    OFFICE[act](school, school.actor(Role.DEPUTY), draft)
    with school.store.reading(ID, teacher) as unit:
        class_plan(unit, school.things.school_class.id, WEEK)
        check_timetable(unit, draft.id)
    with school.store.reading(ID, pupil) as unit, pytest.raises(Forbidden):
        class_plan(unit, school.things.school_class.id, WEEK)
