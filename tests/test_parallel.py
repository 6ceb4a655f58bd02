"""Subgroups that are taught side by side, their class page, and integrated courses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st
from small_school import ID, MONDAY, SmallSchool, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Invalid, Missing, NotAllowedHere
from ejournal.ids import (
    ClassId,
    JournalId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
    spell_id,
)
from ejournal.model.access import Actor
from ejournal.model.classes import Subgroup, Subject
from ejournal.model.journal import Journal
from ejournal.model.marks import Grade
from ejournal.model.page import Cell
from ejournal.model.parallel import class_page, parallel_to
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.founding import add_subgroup, add_subject, regroup
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import journal_page, page_of_class
from ejournal.usecases.teaching import hold_lesson, open_journal

ENGLISH = "Англійська мова"


@frozen
class Groups:
    """A class divided in two for English, each group with a journal of its own."""

    english: Subject
    first: Subgroup
    second: Subgroup
    ones: Journal
    twos: Journal


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def here() -> SmallSchool:
    return furnished(MemoryStore())


def divided(school: SmallSchool) -> Groups:
    """Divide the class: Ada and Lev with the main teacher, Yana with the third."""
    things = school.things

    def divide(unit: SchoolUnit) -> Groups:
        english = add_subject(unit, ENGLISH)
        first, second = (
            add_subgroup(unit, things.school_class.id, name, members, division=ENGLISH)
            for name, members in (
                ("Група 1", {things.ada.id, things.lev.id}),
                ("Група 2", {things.yana.id}),
            )
        )
        ones, twos = (
            open_journal(
                unit,
                things.school_class.id,
                english.id,
                semester=1,
                teacher=teacher.id,
                subgroup=group.id,
            )
            for teacher, group in ((things.main, first), (things.third, second))
        )
        return Groups(english, first, second, ones, twos)

    return school.run(school.admin, divide)


def teachers_of(school: SmallSchool) -> tuple[Actor, Actor]:
    main, third = (
        school.actor(Role.SUBJECT_TEACHER, who.id)
        for who in (school.things.main, school.things.third)
    )
    return main, third


def test_subgroups_of_one_class_are_one_class_page_with_nobody_twice(school: SmallSchool) -> None:
    groups, things = divided(school), school.things
    main, third = teachers_of(school)

    def taught(unit: SchoolUnit, journal: JournalId, pupil: PupilId, grade: int) -> None:
        lesson = hold_lesson(unit, journal, day=MONDAY, bell=1)
        (column,) = unit.columns.of_lesson(lesson.id)
        give_mark(unit, column.id, pupil=pupil, value=Grade(grade))

    school.run(main, taught, groups.ones.id, things.ada.id, 9)
    school.run(third, taught, groups.twos.id, things.yana.id, 10)

    with school.store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        page = page_of_class(unit, things.school_class.id, groups.english.id, semester=1)
        ones, twos = (journal_page(unit, each.id) for each in (groups.ones, groups.twos))
        marks = {mark.pupil: Cell(mark) for mark in unit.marks.all()}

    assert page.pages == (ones, twos)
    assert (str(page.school_class), page.subject) == ("5-А", ENGLISH)
    assert [(row.pupil.id, row.journals, row.cells) for row in page.rows] == [
        (things.lev.id, (groups.ones.id,), (Cell(), None)),
        (things.yana.id, (groups.twos.id,), (None, marks[things.yana.id])),
        (things.ada.id, (groups.ones.id,), (marks[things.ada.id], None)),
    ]


def test_a_pupil_who_changed_subgroup_has_one_row_with_the_marks_of_both(here: SmallSchool) -> None:
    groups, things = divided(here), here.things
    main, third = teachers_of(here)

    def taught(unit: SchoolUnit, journal: JournalId, grade: int) -> None:
        lesson = hold_lesson(unit, journal, day=MONDAY, bell=1)
        (column,) = unit.columns.of_lesson(lesson.id)
        give_mark(unit, column.id, pupil=things.lev.id, value=Grade(grade))

    def move(unit: SchoolUnit) -> None:
        regroup(unit, groups.first.id, {things.ada.id})
        regroup(unit, groups.second.id, {things.lev.id, things.yana.id})

    here.run(main, taught, groups.ones.id, 7)
    here.run(here.admin, move)
    here.run(third, taught, groups.twos.id, 8)
    with here.store.reading(ID, here.actor(Role.DIRECTOR)) as unit:
        page = page_of_class(unit, things.school_class.id, groups.english.id, semester=1)
    row = next(row for row in page.rows if row.pupil.id == things.lev.id)
    assert row.journals == (groups.ones.id, groups.twos.id)
    assert [cell.mark.value for cell in row.cells if cell and cell.mark] == [Grade(7), Grade(8)]


def test_a_class_page_is_for_who_may_read_every_part_of_it(here: SmallSchool) -> None:
    groups, things = divided(here), here.things
    main, _ = teachers_of(here)
    leader = here.actor(Role.CLASS_TEACHER, things.third.id)
    with here.store.reading(ID, leader) as unit:
        assert page_of_class(unit, things.school_class.id, groups.english.id, semester=1).rows
        with pytest.raises(Missing):
            page_of_class(unit, things.school_class.id, groups.english.id, semester=2)
    with here.store.reading(ID, main) as unit, pytest.raises(Forbidden):
        page_of_class(unit, things.school_class.id, groups.english.id, semester=1)


def test_nobody_is_in_two_parts_of_one_division(here: SmallSchool) -> None:
    groups, things = divided(here), here.things
    told = spell_id(things.ada.id)
    with pytest.raises(NotAllowedHere) as added:
        here.run(
            here.admin,
            add_subgroup,
            things.school_class.id,
            "Група 3",
            {things.ada.id},
            division=ENGLISH,
        )
    with pytest.raises(NotAllowedHere) as moved:
        here.run(here.admin, regroup, groups.second.id, {things.ada.id, things.yana.id})
    assert added.value == moved.value == NotAllowedHere(told, "in-parallel-subgroup")
    other = here.run(
        here.admin,
        add_subgroup,
        things.school_class.id,
        "Хлопці",
        {things.ada.id, things.lev.id},
        division="Технології",
    )
    assert other.members == groups.first.members


def test_subgroups_that_have_a_subject_at_once_share_nobody_whatever_they_are_called(
    here: SmallSchool,
) -> None:
    groups, things = divided(here), here.things
    everybody = {things.ada.id, things.yana.id}
    loose = here.run(here.admin, add_subgroup, things.school_class.id, "Збірна", everybody)

    def opened(semester: int) -> Journal:
        return here.run(
            here.admin,
            open_journal,
            things.school_class.id,
            groups.english.id,
            semester=semester,
            teacher=things.main.id,
            subgroup=loose.id,
        )

    with pytest.raises(NotAllowedHere) as refused:
        opened(1)
    assert refused.value.why == "in-parallel-subgroup"
    opened(2)
    here.run(here.admin, regroup, loose.id, [])
    opened(1)
    with pytest.raises(NotAllowedHere):
        here.run(here.admin, regroup, loose.id, {things.yana.id})


def test_who_was_never_in_the_class_is_put_in_no_subgroup(here: SmallSchool) -> None:
    groups = divided(here)
    with pytest.raises(NotAllowedHere) as refused:
        here.run(here.admin, regroup, groups.first.id, {PupilId(404)})
    assert refused.value.why == "not-on-class-list"
    with pytest.raises(Forbidden):
        here.run(teachers_of(here)[0], regroup, groups.first.id, [])


CLASS = ClassId(1)
PUPILS = st.frozensets(st.integers(1, 5).map(PupilId), max_size=3)


def journal(id: int, subgroup: int | None, subject: int, semester: int) -> Journal:
    return Journal(
        JournalId(id),
        YearId(1),
        semester,
        CLASS,
        SubjectId(subject),
        None if subgroup is None else SubgroupId(subgroup),
        StaffId(1),
    )


@given(
    st.lists(st.tuples(PUPILS, st.sampled_from(["", "А", "Б"])), min_size=2, max_size=4),
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(1, 4)), st.integers(1, 2), st.integers(1, 2)),
        max_size=5,
    ),
)
def test_to_be_parallel_is_mutual_and_nobody_is_parallel_to_themselves(
    parts: list[tuple[frozenset[PupilId], str]], places: list[tuple[int | None, int, int]]
) -> None:
    groups = [
        Subgroup(SubgroupId(number), CLASS, f"Група {number}", members, division)
        for number, (members, division) in enumerate(parts, 1)
    ]
    journals = [journal(number, *place) for number, place in enumerate(places, 1)]
    beside = {
        each.id: {other.id for other in parallel_to(each, groups, journals)} for each in groups
    }
    for each in groups:
        assert each.id not in beside[each.id]
        assert all(each.id in beside[other] for other in beside[each.id])


def test_there_is_no_class_page_without_a_journal() -> None:
    with pytest.raises(Missing):
        class_page([])


def test_an_integrated_course_names_what_it_integrates(here: SmallSchool) -> None:
    bases = ("Музичне мистецтво", "Образотворче мистецтво")
    art = here.run(here.admin, add_subject, "Мистецтво", integrates=bases)
    assert evolve(art, version=0) == Subject(art.id, "Мистецтво", integrates=bases)
    assert art.bases == bases
    assert evolve(art, integrates=(), base="Алгебра").bases == ("Алгебра",)
    assert evolve(art, integrates=()).bases == ()


@pytest.mark.parametrize(
    ("base", "integrates"),
    [
        ("", ("Музичне мистецтво",)),
        ("", ("Музичне мистецтво", "Музичне мистецтво ")),
        ("", ("Музичне мистецтво", " ")),
        ("Мистецтво", ("Музичне мистецтво", "Образотворче мистецтво")),
    ],
)
def test_an_integrated_course_has_two_different_subjects_at_least_and_no_other_base(
    base: str, integrates: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as refused:
        Subject(SubjectId(1), "Мистецтво", base=base, integrates=integrates)
    assert refused.value.field == "integrates"
