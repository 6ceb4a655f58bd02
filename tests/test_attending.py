"""Absences noted, restated and withdrawn, over every storage (rules 19, 57)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from attrs import evolve
from small_school import ID, MONDAY, SmallSchool, furnished
from stores import Clock

from ejournal.errors import Forbidden, Invalid, Missing, NotEnrolled
from ejournal.ids import LessonId
from ejournal.model.access import Actor
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Lesson
from ejournal.model.permissions import Role
from ejournal.store import Store
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.founding import add_pupil
from ejournal.usecases.substituting import assign_substitute
from ejournal.usecases.teaching import hold_lesson, open_journal


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


@pytest.fixture
def lesson(school: SmallSchool, teacher: Actor) -> Lesson:
    return school.run(teacher, hold_lesson, school.things.journal.id, day=MONDAY, bell=1)


def on_record(school: SmallSchool) -> list[Absence]:
    with school.store.reading(ID, school.admin) as unit:
        return list(unit.absences.of_journal(school.things.journal.id))


@pytest.mark.parametrize("code", AbsenceCode)
def test_rule_019_an_absence_is_noted_with_its_code(
    school: SmallSchool, teacher: Actor, lesson: Lesson, clock: Clock, code: AbsenceCode
) -> None:
    ada = school.things.ada.id
    noted = school.run(teacher, note_absence, lesson.id, pupil=ada, code=code, excuse="записка")
    assert evolve(noted, version=0) == Absence(
        lesson.journal,
        lesson.id,
        ada,
        MONDAY,
        code,
        0,
        "записка",
        school.things.main.id,
        clock.now,
    )
    assert on_record(school) == [noted]
    entry = school.store.entries(ID)[-1]
    assert (entry.event, entry.data["code"]) == ("absence-noted", code.value)


def test_rule_057_nothing_is_on_record_of_who_was_there(
    school: SmallSchool, lesson: Lesson
) -> None:
    assert lesson.day == MONDAY
    assert on_record(school) == []


def test_coming_late_takes_the_place_of_an_absence(
    school: SmallSchool, teacher: Actor, lesson: Lesson, clock: Clock
) -> None:
    ada = school.things.ada.id
    gone = school.run(teacher, note_absence, lesson.id, pupil=ada, code=AbsenceCode.ABSENT)
    clock.move(timedelta(minutes=15))
    late = school.run(teacher, note_late, lesson.id, pupil=ada, minutes=15, excuse="автобус")
    assert late == evolve(
        gone,
        code=None,
        minutes_late=15,
        excuse="автобус",
        recorded_at=clock.now,
        version=late.version,
    )
    assert on_record(school) == [late]
    assert school.events() == ["lesson-held", "absence-noted", "lateness-noted"]


def test_less_than_a_minute_is_not_late(
    school: SmallSchool, teacher: Actor, lesson: Lesson
) -> None:
    with pytest.raises(Invalid):
        school.run(teacher, note_late, lesson.id, pupil=school.things.ada.id, minutes=0)
    assert school.events() == ["lesson-held"]


def test_an_absence_withdrawn_stays_on_record_as_presence(
    school: SmallSchool, teacher: Actor, lesson: Lesson, clock: Clock
) -> None:
    ada = school.things.ada.id
    gone = school.run(
        teacher, note_absence, lesson.id, pupil=ada, code=AbsenceCode.ILL, excuse="лікар"
    )
    clock.move(timedelta(hours=1))
    class_teacher = school.actor(Role.CLASS_TEACHER, school.things.third.id)
    back = school.run(class_teacher, withdraw_absence, lesson.id, pupil=ada)
    assert back == evolve(
        gone,
        code=None,
        excuse="",
        author=school.things.third.id,
        recorded_at=clock.now,
        version=back.version,
    )
    assert on_record(school) == [back]
    assert school.events() == ["lesson-held", "absence-noted", "absence-withdrawn"]


def test_there_is_nothing_to_withdraw_where_nothing_was_noted(
    school: SmallSchool, teacher: Actor, lesson: Lesson
) -> None:
    ada = school.things.ada.id
    with pytest.raises(Missing) as refused:
        school.run(teacher, withdraw_absence, lesson.id, pupil=ada)
    assert refused.value.args == ("absence", (lesson.journal, lesson.id, ada))


def test_attendance_is_kept_of_who_is_in_the_class(
    school: SmallSchool, teacher: Actor, lesson: Lesson
) -> None:
    newcomer = school.run(school.admin, add_pupil, PersonName("Коваль", "Іван"))
    with pytest.raises(NotEnrolled):
        school.run(teacher, note_absence, lesson.id, pupil=newcomer.id, code=AbsenceCode.ABSENT)
    with pytest.raises(NotEnrolled):
        school.run(teacher, note_late, lesson.id, pupil=newcomer.id, minutes=5)


def test_attendance_of_a_subgroups_lesson_is_of_its_members(school: SmallSchool) -> None:
    things = school.things
    journal = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=1,
        teacher=things.third.id,
        subgroup=things.group.id,
    )
    third = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    held = school.run(third, hold_lesson, journal.id, day=MONDAY, bell=2)
    school.run(third, note_late, held.id, pupil=things.lev.id, minutes=5)
    with pytest.raises(NotEnrolled):
        school.run(third, note_late, held.id, pupil=things.yana.id, minutes=5)


Act = Callable[[SmallSchool, Actor, LessonId], Absence]

ACTS: dict[str, Act] = {
    "note_absence": lambda school, actor, lesson: school.run(
        actor, note_absence, lesson, pupil=school.things.ada.id, code=AbsenceCode.EXCUSED
    ),
    "note_late": lambda school, actor, lesson: school.run(
        actor, note_late, lesson, pupil=school.things.ada.id, minutes=5
    ),
    "withdraw_absence": lambda school, actor, lesson: school.run(
        actor, withdraw_absence, lesson, pupil=school.things.ada.id
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_attendance_is_kept_by_the_teachers_of_the_lesson_and_of_the_class(
    school: SmallSchool, teacher: Actor, lesson: Lesson, act: str
) -> None:
    things = school.things
    ACTS["note_absence"](school, teacher, lesson.id)
    strangers = [
        school.admin,
        school.stranger,
        school.actor(Role.SUBJECT_TEACHER, things.third.id),
        school.actor(Role.CLASS_TEACHER, things.main.id),
        school.actor(Role.SUBSTITUTE, things.third.id),
        school.actor(Role.PARENT, things.mother.id),
        school.actor(Role.PUPIL, things.ada.id),
    ]
    for actor in strangers:
        with pytest.raises(Forbidden):
            ACTS[act](school, actor, lesson.id)
    assert school.events() == ["lesson-held", "absence-noted"]
    school.run(school.admin, assign_substitute, lesson.id, things.third.id)
    writers = [
        teacher,
        school.actor(Role.CO_TEACHER, things.second.id),
        school.actor(Role.CLASS_TEACHER, things.third.id),
        school.actor(Role.SUBSTITUTE, things.third.id),
    ]
    authors = [ACTS[act](school, actor, lesson.id).author for actor in writers]
    assert authors == [things.main.id, things.second.id, things.third.id, things.third.id]
