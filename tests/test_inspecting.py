"""Section VIII of a journal: notes, answers to them, and the report of a class's year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from attrs import evolve, frozen
from small_school import DAY, ID, MONDAY, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Invalid, WrongState
from ejournal.ids import AccountId, ClassId, InspectionNoteId, JournalId, StaffId
from ejournal.model.access import Actor
from ejournal.model.inspecting import InspectedClass, InspectionNote, inspected_classes
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.ports import Policies
from ejournal.store import Store
from ejournal.usecases.inspecting import (
    acknowledge_note,
    inspection_notes,
    inspection_report,
    note_inspection,
    remove_remark,
)
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import hold_lesson

HEAD, TEACHER = AccountId(5), StaffId(101)
NOTE = InspectionNote(
    InspectionNoteId(1), JournalId(301), MONDAY, HEAD, "Не записано теми", MONDAY + 7 * DAY
)
IN_ORDER = InspectionNote(InspectionNoteId(2), JournalId(301), MONDAY, HEAD, " ")


def test_a_note_goes_from_open_over_acknowledged_to_removed_and_keeps_the_dates() -> None:
    read = NOTE.acknowledged(TEACHER, MONDAY + DAY)
    done = read.removed(HEAD, MONDAY + 2 * DAY)
    assert [each.state for each in (IN_ORDER, NOTE, read, done)] == [
        "in-order",
        "open",
        "acknowledged",
        "removed",
    ]
    assert done == evolve(
        NOTE,
        acknowledged_by=TEACHER,
        acknowledged_on=MONDAY + DAY,
        removed_by=HEAD,
        removed_on=MONDAY + 2 * DAY,
    )


def test_a_note_is_late_from_the_day_after_its_deadline_until_it_is_removed() -> None:
    last = MONDAY + 7 * DAY
    asked = (NOTE, NOTE.acknowledged(TEACHER, last), NOTE.removed(HEAD, last), IN_ORDER)
    assert [each.is_overdue(last) for each in asked] == [False] * 4
    assert [each.is_overdue(last + DAY) for each in asked] == [True, True, False, False]


@pytest.mark.parametrize(
    ("verb", "refusal"),
    [
        (lambda: IN_ORDER.acknowledged(TEACHER, MONDAY), ("in-order", "acknowledge")),
        (lambda: IN_ORDER.removed(HEAD, MONDAY), ("in-order", "remove")),
        (
            lambda: NOTE.acknowledged(TEACHER, MONDAY).acknowledged(TEACHER, MONDAY),
            ("acknowledged", "acknowledge"),
        ),
        (
            lambda: NOTE.removed(HEAD, MONDAY).acknowledged(TEACHER, MONDAY),
            ("removed", "acknowledge"),
        ),
        (lambda: NOTE.removed(HEAD, MONDAY).removed(HEAD, MONDAY), ("removed", "remove")),
    ],
)
def test_a_note_refuses_what_its_state_does_not_know(
    verb: Callable[[], object], refusal: tuple[str, str]
) -> None:
    with pytest.raises(WrongState) as caught:
        verb()
    assert caught.value == WrongState("inspection_note", *refusal)


def test_a_deadline_belongs_to_a_remark_and_is_not_over_when_it_is_set() -> None:
    for changed, refusal in (
        ({"remark": " "}, Invalid("remark", "", "absent", personal=True)),
        ({"deadline": MONDAY - DAY}, Invalid("deadline", "2026-09-06", "order")),
    ):
        with pytest.raises(Invalid) as caught:
            evolve(NOTE, **changed)
        assert caught.value == refusal
    assert evolve(NOTE, deadline=MONDAY).deadline == MONDAY


def noted(number: int, journal: int, day: date, author: AccountId = HEAD) -> InspectionNote:
    return InspectionNote(InspectionNoteId(number), JournalId(journal), day, author, "")


def test_rule_087_a_class_inspected_fewer_than_four_times_gives_a_line() -> None:
    journals = {
        JournalId(number): ClassId(school_class)
        for number, school_class in ((1, 10), (2, 10), (3, 11), (4, 12))
    }
    notes = [
        *(noted(number, 1, MONDAY + number * DAY) for number in range(3)),
        noted(7, 2, MONDAY),
        *(noted(20 + number, 3, MONDAY + number * DAY) for number in range(4)),
    ]
    short = InspectedClass(ClassId(10), 3, 4)
    none = InspectedClass(ClassId(12), 0, 4)
    assert inspected_classes(journals, notes, 4) == (short, none)
    assert inspected_classes(journals, [*notes, noted(8, 2, MONDAY, AccountId(6))], 4) == (none,)
    assert inspected_classes(journals, notes, 3) == (evolve(none, due=3),)
    assert inspected_classes(journals, notes, 0) == ()


@frozen
class Scene:
    school: SmallSchool
    clock: Clock
    inspector: Actor
    deputy: Actor
    teacher: Actor


def scene_in(store: Store, clock: Clock) -> Scene:
    school = furnished(store)
    return Scene(
        school,
        clock,
        school.actor(Role.INSPECTOR),
        school.actor(Role.DEPUTY),
        school.actor(Role.SUBJECT_TEACHER, school.things.main.id),
    )


@pytest.fixture
def scene() -> Scene:
    clock = Clock()
    return scene_in(MemoryStore(clock=clock), clock)


def written(scene: Scene, remark: str = "Не записано теми", **named: date) -> InspectionNote:
    journal = scene.school.things.journal.id
    return scene.school.run(scene.inspector, note_inspection, journal, remark, **named)


def test_rule_088_a_remark_has_date_and_author_and_keeps_when_the_teacher_read_it(
    store: Store, clock: Clock
) -> None:
    scene = scene_in(store, clock)
    plain, with_deadline = written(scene), written(scene, deadline=MONDAY + 7 * DAY)
    assert (plain.day, plain.author, plain.deadline) == (MONDAY, scene.inspector.account, None)
    assert with_deadline.deadline == MONDAY + 7 * DAY
    clock.move(2 * DAY)
    read = scene.school.run(scene.teacher, acknowledge_note, plain.id)
    done = scene.school.run(scene.deputy, remove_remark, plain.id)
    assert read.acknowledged_by == scene.school.things.main.id
    assert (done.acknowledged_on, done.removed_on) == (MONDAY + 2 * DAY,) * 2
    with scene.school.store.reading(ID, scene.teacher) as unit:
        assert inspection_notes(unit, plain.journal) == (done, with_deadline)
    assert scene.school.events()[-4:] == [
        "inspection-noted",
        "inspection-noted",
        "note-acknowledged",
        "remark-removed",
    ]


def test_rule_089_an_inspector_writes_remarks_and_no_marks(scene: Scene) -> None:
    things = scene.school.things
    lesson = scene.school.run(
        scene.teacher, hold_lesson, things.journal.id, day=MONDAY, bell=1, topic="Дроби"
    )
    with scene.school.store.reading(ID, scene.inspector) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
    assert written(scene).author == scene.inspector.account
    with pytest.raises(Forbidden):
        scene.school.run(scene.inspector, give_mark, column.id, pupil=things.ada.id, value=Grade(9))
    with pytest.raises(Forbidden):
        scene.school.run(scene.teacher, note_inspection, things.journal.id, "Усе гаразд")


def test_a_remark_is_acknowledged_by_the_journals_own_teachers_alone(scene: Scene) -> None:
    note, school = written(scene), scene.school
    for stranger in (
        school.actor(Role.SUBJECT_TEACHER, school.things.third.id),
        school.actor(Role.CLASS_TEACHER, school.things.third.id),
        scene.inspector,
        scene.deputy,
    ):
        with pytest.raises(Forbidden):
            school.run(stranger, acknowledge_note, note.id)
    second = school.actor(Role.CO_TEACHER, school.things.second.id)
    assert school.run(second, acknowledge_note, note.id).acknowledged_by == school.things.second.id


def test_the_report_counts_days_of_a_class_and_asks_as_many_as_the_policy() -> None:
    for due, lines in ((4, (3, 4)), (3, None)):
        clock = Clock()
        scene = scene_in(MemoryStore(clock=clock, policies=Policies(least_inspections=due)), clock)
        for _ in range(3):
            written(scene, "")
            written(scene)
            clock.move(DAY)
        things = scene.school.things
        with scene.school.store.reading(ID, scene.deputy) as unit:
            report = inspection_report(unit, things.year.id)
        expected = () if lines is None else (InspectedClass(things.school_class.id, *lines),)
        assert report == expected
