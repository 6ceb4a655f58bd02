"""A pupil's packet out of one school and into others, over every storage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from attrs import evolve, frozen
from small_school import DAY, FIRST_DAY, ID, MONDAY, SmallSchool, furnished, granted
from stores import Clock

from ejournal.errors import Duplicate, Forbidden, Invalid, Missing, NotAllowedHere
from ejournal.ids import SchoolId, TransferRecordId
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode
from ejournal.model.calendar import StudyForm
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName, Region
from ejournal.model.journal import ColumnKind
from ejournal.model.ledger import Seal
from ejournal.model.marks import Grade
from ejournal.model.people import Departure, DiaryPart, Leaving
from ejournal.model.permissions import Role
from ejournal.model.school import School
from ejournal.model.transfers import (
    PriorAbsence,
    PriorAbsenceChange,
    PriorEnrolment,
    PriorJournal,
    PriorMark,
    PriorMarkChange,
    PriorPupil,
    SendingSchool,
    TransferPacket,
    TransferRecord,
)
from ejournal.store import SchoolUnit, Store
from ejournal.store.packets import read_packet
from ejournal.usecases.attending import note_absence, note_late
from ejournal.usecases.entrusting import limit_guardian
from ejournal.usecases.founding import add_pupil
from ejournal.usecases.marking import give_mark
from ejournal.usecases.moving import release
from ejournal.usecases.teaching import add_column, hold_lesson
from ejournal.usecases.transferring import (
    admit,
    prior_records,
    resend_packet,
    send_packet,
    take_packet,
)

WEDNESDAY = MONDAY + DAY * 2
MINUTE = timedelta(minutes=1)
TEACHER = PersonName("Шевчук", "Ольга")
EDRPOU = {2: Edrpou("14360570"), 3: Edrpou("30707830")}


@frozen
class Neighbour:
    """Another school, its director and its administrator."""

    id: SchoolId
    director: Actor
    admin: Actor


@pytest.fixture
def school(store: Store, clock: Clock) -> Iterator[SmallSchool]:
    made = furnished(store)
    teacher = made.actor(Role.SUBJECT_TEACHER, made.things.main.id)
    made.run(teacher, written, made)
    clock.move(MINUTE)
    made.run(teacher, corrected, made)
    made.run(
        made.admin,
        release,
        made.things.ada.id,
        last_day=WEDNESDAY,
        order_number="41-у",
        order_date=MONDAY,
        destination="Сусідній ліцей",
    )
    yield made
    for number in store.heads():
        assert store.verify(number) == store.audit(number) == []


def written(unit: SchoolUnit, school: SmallSchool) -> None:
    """Give Ada a mark of a lesson and one of a topic, and note that she was away."""
    journal, ada = school.things.journal.id, school.things.ada.id
    lesson = hold_lesson(unit, journal, day=MONDAY, bell=2, topic="Дроби")
    (column,) = unit.columns.of_lesson(lesson.id)
    thematic = add_column(unit, journal, ColumnKind.THEMATIC, title="Тема 1")
    give_mark(unit, column.id, pupil=ada, value=Grade(8), comment="старалася")
    give_mark(unit, thematic.id, pupil=ada, value=Grade(9))
    note_absence(unit, lesson.id, pupil=ada, code=AbsenceCode.ABSENT)


def corrected(unit: SchoolUnit, school: SmallSchool) -> None:
    """Change the mark of the lesson and what was noted at it."""
    (lesson,) = unit.lessons.of_journal(school.things.journal.id)
    (column,) = unit.columns.of_lesson(lesson.id)
    give_mark(unit, column.id, pupil=school.things.ada.id, value=Grade(10))
    note_late(unit, lesson.id, pupil=school.things.ada.id, minutes=7, excuse="автобус")


def neighbour(store: Store, number: int) -> Neighbour:
    """Found a bare school."""

    def found(unit: SchoolUnit) -> Neighbour:
        unit.schools.add(
            School(
                unit.id,
                DisoId(number),
                EDRPOU[number],
                f"Школа {number}",
                Region.POLTAVA,
                "Вигадана громада",
            )
        )
        people = (granted(unit, role, None) for role in (Role.DIRECTOR, Role.SCHOOL_ADMIN))
        return Neighbour(unit.id, *people)

    return store.run(SchoolId(number), System("test"), found)


def sent(school: SmallSchool) -> bytes:
    return school.run(school.admin, send_packet, school.things.ada.id)


def test_a_packet_holds_all_that_the_school_knows_of_the_pupil(
    school: SmallSchool, clock: Clock
) -> None:
    seal, later = school.store.seal(ID), clock.now
    file, things = sent(school), school.things
    first = later - MINUTE
    assert read_packet(file).packet == TransferPacket(
        SendingSchool(DisoId(123456), Edrpou("32855961"), "Вигаданий ліцей", seal),
        later,
        PriorPupil(things.ada.id, things.ada.name, things.ada.birth_date, None),
        (
            PriorEnrolment(
                "2026/27",
                StudyForm.IN_PERSON_DAY,
                ClassLabel(5, "А"),
                FIRST_DAY,
                "17-у",
                FIRST_DAY - DAY * 4,
                WEDNESDAY,
                Departure(Leaving.OTHER_SCHOOL, "41-у", MONDAY),
                "",
                "",
                "Сусідній ліцей",
            ),
        ),
        (
            PriorJournal(
                "2026/27",
                1,
                ClassLabel(5, "А"),
                "Алгебра",
                "",
                "",
                (TEACHER, things.second.name),
                (
                    PriorMark(
                        ColumnKind.CURRENT,
                        "",
                        None,
                        None,
                        MONDAY,
                        Grade(10),
                        "",
                        TEACHER,
                        later,
                        (
                            PriorMarkChange(later, TEACHER, Grade(10), ""),
                            PriorMarkChange(first, TEACHER, Grade(8), "старалася"),
                        ),
                    ),
                    PriorMark(
                        ColumnKind.THEMATIC,
                        "Тема 1",
                        None,
                        None,
                        None,
                        Grade(9),
                        "",
                        TEACHER,
                        first,
                        (PriorMarkChange(first, TEACHER, Grade(9), ""),),
                    ),
                ),
                (
                    PriorAbsence(
                        MONDAY,
                        2,
                        "Дроби",
                        None,
                        7,
                        "автобус",
                        TEACHER,
                        later,
                        remote=False,
                        excused=False,
                        history=(
                            PriorAbsenceChange(
                                later, TEACHER, None, 7, "автобус", remote=False, excused=False
                            ),
                            PriorAbsenceChange(
                                first,
                                TEACHER,
                                AbsenceCode.ABSENT,
                                0,
                                "",
                                remote=False,
                                excused=False,
                            ),
                        ),
                    ),
                ),
            ),
        ),
    )
    entry = school.store.entries(ID)[-1]
    assert (entry.event, entry.data["sha256"]) == ("packet-sent", read_packet(file).sha256)
    assert entry.writes == ()
    assert isinstance(seal, Seal)


def test_a_pupil_is_admitted_with_a_packet_and_it_is_given_out_again_as_it_came(
    school: SmallSchool,
) -> None:
    store, ada, file = school.store, school.things.ada, sent(school)
    there = neighbour(store, 2)
    child = store.run(there.id, there.admin, admit, file)
    assert (child.name, child.birth_date, child.sex) == (ada.name, ada.birth_date, ada.sex)
    with store.reading(there.id, there.director) as unit:
        assert prior_records(unit, child.id) == (read_packet(file).packet,)
        (record,) = unit.transfer_records.of_pupil(child.id)
        assert unit.pupils.get(child.id) == child
    assert store.run(there.id, there.admin, resend_packet, record.id) == file
    assert evolve(record, version=0) == TransferRecord(
        record.id,
        child.id,
        read_packet(file).sha256,
        "Вигаданий ліцей",
        file.decode(),
        store.clock(),
    )
    assert [entry.event for entry in store.entries(there.id)][2:] == [
        "pupil-added",
        "packet-taken",
        "packet-sent",
    ]


def test_nothing_of_a_packet_stands_in_the_entries(school: SmallSchool) -> None:
    there = neighbour(school.store, 2)
    school.store.run(there.id, there.admin, admit, sent(school))
    told = str(school.store.entries(there.id)) + str(school.store.entries(ID))
    for text in ("Яценко", "старалася", "автобус", "Сусідній ліцей"):
        assert text not in told


def test_packets_go_with_a_pupil_through_all_schools(school: SmallSchool) -> None:
    store, first = school.store, sent(school)
    there, beyond = neighbour(store, 2), neighbour(store, 3)
    child = store.run(there.id, there.admin, admit, first)
    second = store.run(there.id, there.admin, send_packet, child.id)
    grown = store.run(beyond.id, beyond.admin, admit, second)
    with store.reading(beyond.id, beyond.director) as unit:
        packets = prior_records(unit, grown.id)
    assert packets == (read_packet(first).packet, read_packet(second).packet)
    assert packets[1].earlier == (first.decode(),)
    assert packets[1].source.name == "Школа 2"
    back = store.run(beyond.id, beyond.admin, send_packet, grown.id)
    school.run(school.admin, take_packet, back, school.things.ada.id)
    with store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        sources = [packet.source.name for packet in prior_records(unit, school.things.ada.id)]
    assert sources == ["Вигаданий ліцей", "Школа 2", "Школа 3"]


def test_a_packet_is_taken_in_once(school: SmallSchool) -> None:
    store, file = school.store, sent(school)
    there = neighbour(store, 2)
    child = store.run(there.id, there.admin, admit, file)
    with pytest.raises(Duplicate) as refused:
        store.run(there.id, there.admin, admit, file)
    assert refused.value.fields == ("sha256",)
    with pytest.raises(Duplicate):
        store.run(there.id, there.admin, take_packet, file, child.id)
    with store.reading(there.id, there.director) as unit:
        assert list(unit.pupils.all()) == [child]


def test_a_damaged_packet_and_one_about_somebody_else_change_nothing(school: SmallSchool) -> None:
    store, file = school.store, sent(school)
    there = neighbour(store, 2)
    other = store.run(there.id, there.admin, add_pupil, PersonName("Гай", "Лев"))
    for act in (
        lambda: store.run(there.id, there.admin, admit, file[:-1]),
        lambda: store.run(there.id, there.admin, take_packet, file.replace(b"10", b"11"), other.id),
    ):
        with pytest.raises(Invalid) as damaged:
            act()
        assert damaged.value.field == "packet"
    with pytest.raises(NotAllowedHere) as refused:
        store.run(there.id, there.admin, take_packet, file, other.id)
    assert refused.value.why == "another-person"
    with pytest.raises(Missing):
        store.run(there.id, there.admin, resend_packet, TransferRecordId(404))
    assert [entry.event for entry in store.entries(there.id)][2:] == ["pupil-added"]


def test_a_guardian_without_the_right_to_marks_reads_no_packet(school: SmallSchool) -> None:
    ada, mother = school.things.ada, school.things.mother
    file = sent(school)
    school.run(school.admin, take_packet, file, ada.id)
    parent = school.actor(Role.PARENT, mother.id)
    with school.store.reading(ID, parent) as unit:
        assert prior_records(unit, ada.id) == (read_packet(file).packet,)
        (tie,) = unit.guardianships.of_pupil(ada.id)
    school.run(school.admin, limit_guardian, tie.id, hidden=[DiaryPart.MARKS])
    with school.store.reading(ID, parent) as unit:
        assert prior_records(unit, ada.id) == ()


def test_a_packet_stays_beside_the_marks_that_the_pupil_gets_here(school: SmallSchool) -> None:
    store, file = school.store, sent(school)
    ada, lev = school.things.ada, school.things.lev
    parent = school.actor(Role.PARENT, school.things.mother.id)
    taken = school.run(school.admin, take_packet, file, ada.id)
    with store.reading(ID, parent) as unit:
        assert prior_records(unit, ada.id) == (read_packet(file).packet,)
        with pytest.raises(Forbidden):
            prior_records(unit, lev.id)
    with store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        assert prior_records(unit, lev.id) == ()
        assert list(unit.transfer_records.sealed(taken.sha256)) == [taken]


Act = Callable[[SmallSchool, Actor], object]

ACTS: dict[str, Act] = {
    "send_packet": lambda school, actor: school.run(actor, send_packet, school.things.ada.id),
    "take_packet": lambda school, actor: school.run(actor, take_packet, b"", school.things.ada.id),
    "admit": lambda school, actor: school.run(actor, admit, b""),
    "prior_records": lambda school, actor: school.run(actor, prior_records, school.things.lev.id),
}


def test_who_has_no_right_to_it_sends_and_takes_nothing(school: SmallSchool) -> None:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    before = school.events()
    for act in ACTS.values():
        for actor in (school.stranger, teacher):
            with pytest.raises(Forbidden):
                act(school, actor)
    file = sent(school)
    record = school.run(school.admin, take_packet, file, school.things.ada.id)
    with pytest.raises(Forbidden):
        school.run(teacher, resend_packet, record.id)
    assert school.events() == [*before, "packet-sent", "packet-taken"]
