"""Journals, lessons, homework, substitutes and columns, over every storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from attrs import evolve
from small_school import BELLS, DAY, ID, MONDAY, SEMESTERS, SmallSchool, founded, furnished

from ejournal.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotAllowedHere,
    WrongState,
)
from ejournal.ids import ClassId, LessonId, SubjectId
from ejournal.model.access import Actor
from ejournal.model.calendar import Semester, StudyForm
from ejournal.model.classes import Assessment, Terms
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson
from ejournal.model.permissions import Role
from ejournal.model.school import School, SchoolState
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import (
    add_class,
    add_staff,
    add_subgroup,
    add_subject,
    open_year,
)
from ejournal.usecases.substituting import assign_substitute
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    describe_lesson,
    hold_lesson,
    open_journal,
    set_homework,
)

ALGEBRA = Terms(
    5,
    2026,
    StudyForm.IN_PERSON_DAY,
    Assessment.POINTS,
    SEMESTERS[0].first_day,
    SEMESTERS[0].last_day,
)


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def held(
    school: SmallSchool, actor: Actor, day: date = MONDAY, bell: int = 1, topic: str = "Дроби"
) -> Lesson:
    return school.run(actor, hold_lesson, school.things.journal.id, day=day, bell=bell, topic=topic)


def current_school(school: SmallSchool) -> School:
    with school.store.reading(ID, school.admin) as unit:
        return unit.schools.get(ID)


def bare_journal(unit: SchoolUnit) -> Journal:
    year = open_year(
        unit,
        first_day=MONDAY,
        last_day=MONDAY + DAY * 100,
        semesters=[Semester(1, MONDAY, MONDAY + DAY * 100)],
        bells=BELLS,
    )
    return open_journal(
        unit,
        add_class(unit, year.id, ClassLabel(1, "А")).id,
        add_subject(unit, "Алгебра").id,
        semester=1,
        teacher=add_staff(unit, PersonName("Шевчук", "Ольга")).id,
    )


def test_rule_099_the_first_journal_makes_the_school_active(store: Store) -> None:
    admin = founded(store)
    store.run(ID, admin, bare_journal)
    with store.reading(ID, admin) as unit:
        assert unit.schools.get(ID).state is SchoolState.ACTIVE


def test_rule_099_later_journals_leave_the_school_as_it_is(school: SmallSchool) -> None:
    before = current_school(school)
    assert before.state is SchoolState.ACTIVE
    school.run(
        school.admin,
        open_journal,
        school.things.school_class.id,
        school.things.algebra.id,
        semester=2,
        teacher=school.things.main.id,
    )
    assert current_school(school) == before


def test_a_school_whose_administrator_never_came_opens_no_journal(store: Store) -> None:
    admin = founded(store, SchoolState.INVITED)
    with pytest.raises(WrongState):
        store.run(ID, admin, bare_journal)
    assert [entry.event for entry in store.entries(ID)] == ["arranged"]


def test_a_journal_is_opened_for_a_class_or_for_a_subgroup_of_it(school: SmallSchool) -> None:
    things = school.things
    opened = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=1,
        teacher=things.third.id,
        subgroup=things.group.id,
    )
    assert evolve(opened, version=0) == Journal(
        opened.id,
        things.year.id,
        1,
        things.school_class.id,
        things.algebra.id,
        things.group.id,
        things.third.id,
        terms=ALGEBRA,
    )
    assert evolve(things.journal, version=0) == Journal(
        things.journal.id,
        things.year.id,
        1,
        things.school_class.id,
        things.algebra.id,
        None,
        things.main.id,
        things.second.id,
        ALGEBRA,
    )
    assert school.events() == ["journal-opened"]


@pytest.mark.parametrize("grouped", [False, True])
def test_rule_001_a_second_journal_of_the_same_place_is_refused(
    school: SmallSchool, *, grouped: bool
) -> None:
    things = school.things
    subgroup = things.group.id if grouped else None

    def opened() -> Journal:
        return school.run(
            school.admin,
            open_journal,
            things.school_class.id,
            things.algebra.id,
            semester=2,
            teacher=things.third.id,
            subgroup=subgroup,
        )

    first = opened()
    with pytest.raises(Duplicate) as refused:
        opened()
    assert (refused.value.kind, refused.value.key) == ("journal", (first.id,))
    assert school.events() == ["journal-opened"]


def test_a_journal_needs_its_parts(school: SmallSchool) -> None:
    things = school.things
    other = school.run(school.admin, add_class, things.year.id, ClassLabel(5, "Б"))
    foreign = school.run(school.admin, add_subgroup, other.id, "Чужа", [])

    def opened(
        school_class: ClassId, subject: SubjectId, semester: int = 2, *, grouped: bool = False
    ) -> Journal:
        return school.run(
            school.admin,
            open_journal,
            school_class,
            subject,
            semester=semester,
            teacher=things.main.id,
            subgroup=foreign.id if grouped else None,
        )

    with pytest.raises(Missing):
        opened(ClassId(404), things.algebra.id)
    with pytest.raises(Missing):
        opened(things.school_class.id, SubjectId(404))
    with pytest.raises(Missing) as no_semester:
        opened(things.school_class.id, things.algebra.id, 3)
    assert no_semester.value.kind == "semester"
    with pytest.raises(NotAllowedHere):
        opened(things.school_class.id, things.algebra.id, grouped=True)


def test_a_lesson_is_held_with_a_column_for_its_marks(school: SmallSchool, teacher: Actor) -> None:
    journal = school.things.journal.id
    lesson = school.run(teacher, hold_lesson, journal, day=MONDAY, bell=2, topic="Дроби", plan_no=5)
    assert evolve(lesson, version=0) == Lesson(lesson.id, journal, MONDAY, 2, 5, "Дроби")
    with school.store.reading(ID, teacher) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
        assert list(unit.lessons.of_journal(journal)) == [lesson]
    assert evolve(column, version=0) == Column(
        column.id, journal, ColumnKind.CURRENT, lesson.id, MONDAY
    )
    assert school.events() == ["lesson-held"]


@pytest.mark.parametrize(
    ("day", "bell"), [(date(2026, 12, 25), 1), (date(2026, 8, 31), 1), (MONDAY, 7), (MONDAY, 0)]
)
def test_rules_004_and_005_a_lesson_keeps_to_the_semester_and_the_bells(
    school: SmallSchool, teacher: Actor, day: date, bell: int
) -> None:
    with pytest.raises(NotAllowedHere):
        held(school, teacher, day, bell)
    assert school.events() == []


def test_a_lesson_is_described_anew(school: SmallSchool, teacher: Actor) -> None:
    lesson = held(school, teacher, topic="")
    kept = school.run(teacher, describe_lesson, lesson.id, "Десяткові дроби", 7)
    assert kept == evolve(lesson, topic="Десяткові дроби", plan_no=7, version=kept.version)
    assert school.events() == ["lesson-held", "lesson-described"]


def test_rule_010_homework_is_set_for_a_later_lesson_or_for_none(
    school: SmallSchool, teacher: Actor
) -> None:
    lesson, due = held(school, teacher), held(school, teacher, MONDAY + DAY)
    kept = school.run(teacher, set_homework, lesson.id, "§ 1, № 5", due=due.id)
    assert kept == evolve(lesson, homework="§ 1, № 5", homework_to=due.id, version=kept.version)
    again = school.run(teacher, set_homework, lesson.id, "§ 2")
    assert again == evolve(lesson, homework="§ 2", version=again.version)
    with pytest.raises(NotAllowedHere):
        school.run(teacher, set_homework, due.id, "§ 3", due=lesson.id)
    with pytest.raises(Missing):
        school.run(teacher, set_homework, lesson.id, "§ 3", due=LessonId(404))
    assert school.events()[2:] == ["homework-set", "homework-set"]


def test_rule_011_a_substitute_is_on_the_lesson_and_the_journal_keeps_its_teacher(
    school: SmallSchool, teacher: Actor
) -> None:
    lesson = held(school, teacher)
    third = school.things.third.id
    kept = school.run(school.admin, assign_substitute, lesson.id, third)
    assert kept == evolve(lesson, substitute=third, version=kept.version)
    with school.store.reading(ID, teacher) as unit:
        assert unit.journals.get(school.things.journal.id) == school.things.journal
    back = school.run(school.admin, assign_substitute, lesson.id, None)
    assert back == evolve(lesson, version=back.version)


def test_a_substitute_writes_in_the_substituted_lesson_alone(
    school: SmallSchool, teacher: Actor
) -> None:
    lesson, other = held(school, teacher), held(school, teacher, bell=2)
    third = school.things.third.id
    substitute = school.actor(Role.SUBSTITUTE, third)
    with pytest.raises(Forbidden):
        school.run(substitute, describe_lesson, lesson.id, "Повторення")
    school.run(school.admin, assign_substitute, lesson.id, third)
    school.run(substitute, describe_lesson, lesson.id, "Повторення")
    school.run(substitute, set_homework, lesson.id, "§ 1")
    school.run(substitute, add_lesson_column, lesson.id, ColumnKind.TEST)
    with pytest.raises(Forbidden):
        school.run(substitute, set_homework, other.id, "§ 1")
    with pytest.raises(Forbidden):
        held(school, substitute, bell=3)


def test_columns_are_added_under_a_lesson_or_beside_all_of_them(
    school: SmallSchool, teacher: Actor
) -> None:
    journal, lesson = school.things.journal.id, held(school, teacher)
    test = school.run(
        teacher, add_lesson_column, lesson.id, ColumnKind.TEST, title="Контрольна № 1"
    )
    assert evolve(test, version=0) == Column(
        test.id, journal, ColumnKind.TEST, lesson.id, MONDAY, "Контрольна № 1"
    )
    thematic = school.run(teacher, add_column, journal, ColumnKind.THEMATIC)
    assert evolve(thematic, version=0) == Column(thematic.id, journal, ColumnKind.THEMATIC)
    notebook = school.run(teacher, add_column, journal, ColumnKind.NOTEBOOK, day=MONDAY)
    assert evolve(notebook, version=0) == Column(
        notebook.id, journal, ColumnKind.NOTEBOOK, None, MONDAY
    )
    assert school.events() == ["lesson-held", *["column-added"] * 3]


def test_rules_033_and_034_a_column_has_a_date_if_its_kind_has(
    school: SmallSchool, teacher: Actor
) -> None:
    journal, lesson = school.things.journal.id, held(school, teacher)
    with pytest.raises(Invalid):
        school.run(teacher, add_column, journal, ColumnKind.TEST)
    with pytest.raises(Invalid):
        school.run(teacher, add_column, journal, ColumnKind.THEMATIC, day=MONDAY)
    with pytest.raises(Invalid):
        school.run(teacher, add_lesson_column, lesson.id, ColumnKind.SEMESTER)
    with pytest.raises(NotAllowedHere):
        school.run(teacher, add_column, journal, ColumnKind.TEST, day=date(2027, 2, 1))
    assert school.events() == ["lesson-held"]


def test_the_second_teacher_keeps_the_journal_too(school: SmallSchool) -> None:
    second = school.actor(Role.CO_TEACHER, school.things.second.id)
    lesson = held(school, second)
    school.run(second, set_homework, lesson.id, "§ 1")
    assert school.events() == ["lesson-held", "homework-set"]


Act = Callable[[SmallSchool, Actor, LessonId], object]

WRITING: dict[str, Act] = {
    "hold_lesson": lambda school, actor, _: held(school, actor, bell=3),
    "describe_lesson": lambda school, actor, lesson: school.run(
        actor, describe_lesson, lesson, "Інша"
    ),
    "set_homework": lambda school, actor, lesson: school.run(actor, set_homework, lesson, "§ 1"),
    "add_lesson_column": lambda school, actor, lesson: school.run(
        actor, add_lesson_column, lesson, ColumnKind.TEST
    ),
    "add_column": lambda school, actor, _: school.run(
        actor, add_column, school.things.journal.id, ColumnKind.THEMATIC
    ),
}
OFFICE: dict[str, Act] = {
    "open_journal": lambda school, actor, _: school.run(
        actor,
        open_journal,
        school.things.school_class.id,
        school.things.algebra.id,
        semester=2,
        teacher=school.things.main.id,
    ),
    "assign_substitute": lambda school, actor, lesson: school.run(
        actor, assign_substitute, lesson, school.things.third.id
    ),
}


@pytest.mark.parametrize("act", WRITING)
def test_a_teacher_writes_in_own_journals_only_and_the_office_in_none(
    school: SmallSchool, teacher: Actor, act: str
) -> None:
    lesson = held(school, teacher)
    others = school.actor(Role.SUBJECT_TEACHER, school.things.third.id)
    for actor in (others, school.admin, school.stranger):
        with pytest.raises(Forbidden):
            WRITING[act](school, actor, lesson.id)
    assert school.events() == ["lesson-held"]
    WRITING[act](school, teacher, lesson.id)


@pytest.mark.parametrize("act", OFFICE)
def test_the_office_allots_journals_and_substitutes_and_teachers_do_not(
    school: SmallSchool, teacher: Actor, act: str
) -> None:
    lesson = held(school, teacher)
    for actor in (teacher, school.stranger):
        with pytest.raises(Forbidden):
            OFFICE[act](school, actor, lesson.id)
    assert school.events() == ["lesson-held"]
    OFFICE[act](school, school.actor(Role.DEPUTY), lesson.id)
