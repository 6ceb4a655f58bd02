"""Lessons and columns entered by mistake, plan numbers and homework over time (rules 6-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from attrs import evolve
from small_school import DAY, ID, MONDAY, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, NotAllowedHere, WrongState
from ejournal.model.access import Actor
from ejournal.model.attendance import AbsenceCode
from ejournal.model.journal import Column, ColumnKind, Lesson, LessonFault, LessonRemark
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.store import Store
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import (
    HomeworkChange,
    diary_week,
    homework_history,
    journal_page,
    journal_remarks,
)
from ejournal.usecases.substituting import assign_substitute
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    describe_lesson,
    hand_over_journal,
    hold_lesson,
    open_journal,
    set_homework,
    strike_column,
    strike_lesson,
)


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


def teacher_of(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def held(
    school: SmallSchool, actor: Actor, day: date = MONDAY, bell: int = 1, plan_no: int | None = None
) -> Lesson:
    journal = school.things.journal.id
    return school.run(
        actor, hold_lesson, journal, day=day, bell=bell, topic="Дроби", plan_no=plan_no
    )


def column_of(school: SmallSchool, lesson: Lesson) -> Column:
    with school.store.reading(ID, school.admin) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
    return column


def test_a_struck_lesson_stays_on_record_and_no_page_or_diary_shows_it(
    anywhere: SmallSchool,
) -> None:
    school, teacher = anywhere, teacher_of(anywhere)
    lesson, other = held(school, teacher), held(school, teacher, bell=2)
    column = column_of(school, lesson)

    struck = school.run(teacher, strike_lesson, lesson.id, "не той клас")

    assert struck == evolve(lesson, struck=True, version=struck.version)
    with school.store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        assert unit.lessons.get(lesson.id) == struck
        assert unit.columns.get(column.id) == evolve(column, struck=True, version=struck.version)
        page = journal_page(unit, school.things.journal.id)
        week = diary_week(unit, school.things.ada.id, MONDAY)
    assert [each.id for each in page.lessons] == [other.id]
    assert [each.column.lesson for each in page.columns] == [other.id]
    assert [entry.lesson.id for day in week.days for entry in day.entries] == [other.id]
    assert school.events()[2:] == ["lesson-struck"]


def test_rule_008_a_lesson_with_a_mark_cannot_be_struck(school: SmallSchool) -> None:
    teacher = teacher_of(school)
    lesson = held(school, teacher)
    test = school.run(teacher, add_lesson_column, lesson.id, ColumnKind.TEST)
    school.run(teacher, give_mark, test.id, pupil=school.things.ada.id, value=Grade(7))
    for struck in (
        lambda: school.run(teacher, strike_lesson, lesson.id, ""),
        lambda: school.run(teacher, strike_column, test.id, ""),
    ):
        with pytest.raises(NotAllowedHere) as refused:
            struck()
        assert refused.value == NotAllowedHere("К/р", "has-marks")
    with school.store.reading(ID, teacher) as unit:
        assert unit.lessons.get(lesson.id) == lesson
        assert unit.columns.get(test.id) == test


def test_a_lesson_with_an_absence_is_struck_once_that_is_withdrawn(school: SmallSchool) -> None:
    teacher, ada = teacher_of(school), school.things.ada.id
    lesson, other = held(school, teacher), held(school, teacher, bell=2)
    school.run(teacher, note_absence, other.id, pupil=ada, code=AbsenceCode.ILL)
    school.run(teacher, note_late, lesson.id, pupil=ada, minutes=5)
    with pytest.raises(NotAllowedHere) as refused:
        school.run(teacher, strike_lesson, lesson.id, "")
    assert refused.value == NotAllowedHere("2026-09-07/1", "has-absences")
    school.run(teacher, withdraw_absence, lesson.id, pupil=ada)
    assert school.run(teacher, strike_lesson, lesson.id, "").struck


def test_a_lesson_at_which_homework_is_due_is_struck_once_that_is_set_for_another(
    school: SmallSchool,
) -> None:
    teacher = teacher_of(school)
    first, due = held(school, teacher), held(school, teacher, MONDAY + DAY)
    school.run(teacher, set_homework, first.id, "§ 1", due=due.id)
    with pytest.raises(NotAllowedHere) as refused:
        school.run(teacher, strike_lesson, due.id, "")
    assert refused.value == NotAllowedHere("2026-09-08/1", "has-homework-due")
    school.run(teacher, set_homework, first.id, "§ 1")
    assert school.run(teacher, strike_lesson, due.id, "").struck


def test_homework_that_a_struck_lesson_set_is_due_no_more(school: SmallSchool) -> None:
    teacher = teacher_of(school)
    friday, monday = held(school, teacher, MONDAY - DAY * 3), held(school, teacher)
    school.run(teacher, set_homework, friday.id, "§ 1", due=monday.id)
    school.run(teacher, strike_lesson, friday.id, "")
    with school.store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        week = diary_week(unit, school.things.ada.id, MONDAY)
    assert [entry.homework for day in week.days for entry in day.entries] == [()]
    assert school.run(teacher, strike_lesson, monday.id, "").struck


def test_nothing_is_written_under_a_struck_lesson(school: SmallSchool) -> None:
    teacher, ada = teacher_of(school), school.things.ada.id
    early, lesson = held(school, teacher, MONDAY - DAY * 3), held(school, teacher)
    column = column_of(school, lesson)
    school.run(teacher, strike_lesson, lesson.id, "")
    acts: dict[str, Callable[[], object]] = {
        "describe": lambda: school.run(teacher, describe_lesson, lesson.id, "Інша"),
        "set-homework": lambda: school.run(teacher, set_homework, lesson.id, "§ 1"),
        "add-column": lambda: school.run(teacher, add_lesson_column, lesson.id, ColumnKind.TEST),
        "substitute": lambda: school.run(school.admin, assign_substitute, lesson.id, None),
        "note-absence": lambda: school.run(teacher, note_late, lesson.id, pupil=ada, minutes=5),
        "strike": lambda: school.run(teacher, strike_lesson, lesson.id, ""),
        "give-mark": lambda: school.run(teacher, give_mark, column.id, pupil=ada, value=Grade(7)),
    }
    for command, act in acts.items():
        with pytest.raises(WrongState) as refused:
            act()
        assert (refused.value.state, refused.value.command) == ("struck", command)
    with pytest.raises(WrongState):
        school.run(teacher, note_absence, lesson.id, pupil=ada, code=AbsenceCode.ILL)
    with pytest.raises(NotAllowedHere) as not_due:
        school.run(teacher, set_homework, early.id, "§ 1", due=lesson.id)
    assert not_due.value.why == "not-a-later-lesson"


def test_a_column_is_struck_by_itself_and_its_lesson_stands(school: SmallSchool) -> None:
    teacher = teacher_of(school)
    lesson = held(school, teacher)
    test = school.run(teacher, add_lesson_column, lesson.id, ColumnKind.TEST)
    thematic = school.run(teacher, add_column, school.things.journal.id, ColumnKind.THEMATIC)
    for column in (test, thematic):
        kept = school.run(teacher, strike_column, column.id, "зайва")
        assert kept == evolve(column, struck=True, version=kept.version)
    with school.store.reading(ID, teacher) as unit:
        page = journal_page(unit, school.things.journal.id)
    assert [each.column.kind for each in page.columns] == [ColumnKind.CURRENT]
    with pytest.raises(WrongState):
        school.run(teacher, strike_column, test.id, "")
    assert school.run(teacher, strike_lesson, lesson.id, "").struck


def test_only_who_writes_in_a_journal_strikes_in_it(school: SmallSchool) -> None:
    lesson = held(school, teacher_of(school))
    column = column_of(school, lesson)
    for actor in (
        school.admin,
        school.actor(Role.SUBJECT_TEACHER, school.things.third.id),
        school.stranger,
    ):
        with pytest.raises(Forbidden):
            school.run(actor, strike_lesson, lesson.id, "")
        with pytest.raises(Forbidden):
            school.run(actor, strike_column, column.id, "")
    second = school.actor(Role.CO_TEACHER, school.things.second.id)
    assert school.run(second, strike_lesson, lesson.id, "").struck


def test_rule_006_the_numbers_of_a_plan_go_on_from_the_semester_before(school: SmallSchool) -> None:
    things = school.things
    teacher = teacher_of(school)
    for bell, number in enumerate((3, 4), 1):
        held(school, teacher, bell=bell, plan_no=number)
    spring = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=2,
        teacher=things.main.id,
    )
    late = school.run(teacher, hold_lesson, spring.id, day=date(2027, 2, 1), bell=1, plan_no=6)
    with school.store.reading(ID, teacher) as unit:
        autumn = journal_remarks(unit, things.journal.id)
        assert journal_remarks(unit, spring.id) == (LessonRemark(LessonFault.GAP, (late.id,), 5),)
    assert [(each.fault, each.plan_no) for each in autumn] == [
        (LessonFault.GAP, 1),
        (LessonFault.GAP, 2),
    ]


def test_rule_007_a_struck_twin_is_no_duplicate(school: SmallSchool) -> None:
    teacher = teacher_of(school)
    first, twin = (held(school, teacher, plan_no=1) for _ in range(2))
    with school.store.reading(ID, teacher) as unit:
        assert journal_remarks(unit, school.things.journal.id) == (
            LessonRemark(LessonFault.SAME_TIME, (first.id, twin.id)),
            LessonRemark(LessonFault.SAME_NUMBER, (first.id, twin.id), 1),
        )
    school.run(teacher, strike_lesson, twin.id, "двічі")
    with school.store.reading(ID, teacher) as unit:
        assert journal_remarks(unit, school.things.journal.id) == ()


def test_the_versions_of_homework_are_read_from_the_ledger(anywhere: SmallSchool) -> None:
    school, clock = anywhere, anywhere.store.clock
    teacher = teacher_of(school)
    second = school.actor(Role.CO_TEACHER, school.things.second.id)
    lesson, due = held(school, teacher), held(school, teacher, MONDAY + DAY)
    school.run(teacher, set_homework, lesson.id, "§ 1", due=due.id)
    school.run(teacher, describe_lesson, lesson.id, "Звичайні дроби", 1)
    school.run(second, set_homework, lesson.id, "§ 2")
    school.run(second, set_homework, lesson.id, "§ 2")
    school.run(teacher, set_homework, lesson.id, "")
    with school.store.reading(ID, teacher) as unit:
        versions = homework_history(unit, lesson.id)
        assert homework_history(unit, due.id) == []
    main, other = school.things.main.id, school.things.second.id
    assert versions == [
        HomeworkChange(clock(), main, "", None),
        HomeworkChange(clock(), other, "§ 2", None),
        HomeworkChange(clock(), main, "§ 1", due.id),
    ]


def test_a_journal_is_handed_over_with_all_that_stands_in_it(school: SmallSchool) -> None:
    things = school.things
    lesson = held(school, teacher_of(school))
    given = school.run(school.admin, hand_over_journal, things.journal.id, teacher=things.third.id)
    assert given == evolve(
        things.journal, teacher=things.third.id, second_teacher=None, version=given.version
    )
    with pytest.raises(Forbidden):
        school.run(teacher_of(school), strike_lesson, lesson.id, "")
    new = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    assert school.run(new, describe_lesson, lesson.id, "Дроби").journal == things.journal.id
    with pytest.raises(NotAllowedHere):
        school.run(
            school.admin,
            hand_over_journal,
            things.journal.id,
            teacher=things.main.id,
            second_teacher=things.main.id,
        )
    with pytest.raises(Forbidden):
        school.run(new, hand_over_journal, things.journal.id, teacher=things.main.id)
