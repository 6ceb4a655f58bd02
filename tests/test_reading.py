"""Pages, diaries, class lists and histories, over every storage (rules 15, 29, 91)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve, frozen
from small_school import DAY, FIRST_DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock

from ejournal.errors import Forbidden, Missing
from ejournal.ids import ColumnId, JournalId, LessonId, PupilId
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode
from ejournal.model.calendar import week_of
from ejournal.model.connection import SchoolDecision
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.diary import DiaryMark, DiaryWeek
from ejournal.model.events import MarkGiven
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import ColumnKind, Lesson, MarkKey
from ejournal.model.marks import Credit, Final, Grade, Level, MarkValue
from ejournal.model.page import Cell, Heading
from ejournal.model.people import Enrolment
from ejournal.model.permissions import Role
from ejournal.plugins.files import CsvExporter, JsonExporter
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.correcting import approve_revision, propose_revision, revise_mark
from ejournal.usecases.founding import add_class, add_staff, add_subject, enrol
from ejournal.usecases.marking import give_mark
from ejournal.usecases.overseeing import choose_journal_system
from ejournal.usecases.reading import (
    MarkChange,
    class_list,
    diary_week,
    journal_page,
    mark_history,
)
from ejournal.usecases.teaching import add_column, hold_lesson, open_journal, set_homework


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def teacher(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


@pytest.fixture
def head(school: SmallSchool) -> Actor:
    return school.actor(Role.DIRECTOR)


@frozen
class Taught:
    """A week of algebra: two lessons with their columns, and a thematic column."""

    monday: Lesson
    wednesday: Lesson
    first: ColumnId
    second: ColumnId
    thematic: ColumnId


@pytest.fixture
def taught(school: SmallSchool, teacher: Actor) -> Taught:
    def teach(unit: SchoolUnit) -> Taught:
        journal = school.things.journal.id
        friday = hold_lesson(unit, journal, day=MONDAY - DAY * 3, bell=1, topic="Вступ")
        monday = hold_lesson(unit, journal, day=MONDAY, bell=2, topic="Дроби")
        wednesday = hold_lesson(unit, journal, day=MONDAY + DAY * 2, bell=1, topic="Частки")
        set_homework(unit, friday.id, "§ 1", due=monday.id)
        monday = set_homework(unit, monday.id, "§ 2", due=wednesday.id)
        thematic = add_column(unit, journal, ColumnKind.THEMATIC)
        (first,), (second,) = map(
            list, (unit.columns.of_lesson(monday.id), unit.columns.of_lesson(wednesday.id))
        )
        return Taught(monday, wednesday, first.id, second.id, thematic.id)

    return school.run(teacher, teach)


def before_the_rules(unit: SchoolUnit, column: ColumnId, pupil: PupilId, value: MarkValue) -> None:
    """Keep a mark that today's rules for the class would refuse."""
    mark = unit.columns.get(column).mark(pupil, value, "", None, unit.now)
    unit.record(MarkGiven(*unit.marks.add(mark).key, value))


@pytest.fixture
def marked(school: SmallSchool, teacher: Actor, taught: Taught) -> Taught:
    def mark(unit: SchoolUnit) -> Taught:
        ada, lev, yana = (school.things.ada.id, school.things.lev.id, school.things.yana.id)
        give_mark(unit, taught.first, pupil=ada, value=Grade(9), comment="старанно")
        before_the_rules(unit, taught.first, lev, Level.HIGH)
        give_mark(unit, taught.second, pupil=ada, value=Grade(7))
        give_mark(unit, taught.thematic, pupil=ada, value=Grade(8))
        give_mark(unit, taught.thematic, pupil=yana, value=Credit.CREDITED)
        note_absence(unit, taught.monday.id, pupil=yana, code=AbsenceCode.ILL)
        note_late(unit, taught.wednesday.id, pupil=ada, minutes=5)
        note_absence(unit, taught.wednesday.id, pupil=lev, code=AbsenceCode.ABSENT)
        withdraw_absence(unit, taught.wednesday.id, pupil=lev)
        return taught

    return school.run(teacher, mark)


def read(school: SmallSchool, actor: Actor, pupil: PupilId) -> DiaryWeek:
    with school.store.reading(ID, actor) as unit:
        return diary_week(unit, pupil, MONDAY + DAY * 3)


def test_a_page_has_rows_columns_cells_and_lessons(
    school: SmallSchool, teacher: Actor, marked: Taught
) -> None:
    with school.store.reading(ID, teacher) as unit:
        page = journal_page(unit, school.things.journal.id)
        marks = {(mark.column, mark.pupil): mark for mark in unit.marks.all()}
        absences = {(each.lesson, each.pupil): each for each in unit.absences.all()}
    ada, lev, yana = (school.things.ada.id, school.things.lev.id, school.things.yana.id)
    assert page.journal == school.things.journal
    assert page.heading == Heading(
        "Вигаданий ліцей",
        "2026/27",
        1,
        ClassLabel(5, "А"),
        "Алгебра",
        "",
        (PersonName("Шевчук", "Ольга"), PersonName("Бондар", "Петро")),
    )
    assert [row.pupil.name.family for row in page.rows] == ["Гай", "Ґава", "Яценко"]
    assert [(each.column.heading, each.is_mixed) for each in page.columns] == [
        ("Поточна", False),
        ("Поточна", True),
        ("Поточна", False),
        ("Тематична", False),
    ]
    assert [row.cells[1:] for row in page.rows] == [
        (
            Cell(marks[marked.first, lev]),
            Cell(withdrawn=absences[marked.wednesday.id, lev]),
            Cell(),
        ),
        (
            Cell(absence=absences[marked.monday.id, yana]),
            Cell(),
            Cell(marks[marked.thematic, yana]),
        ),
        (
            Cell(marks[marked.first, ada]),
            Cell(marks[marked.second, ada], absences[marked.wednesday.id, ada]),
            Cell(marks[marked.thematic, ada]),
        ),
    ]
    assert [lesson.topic for lesson in page.lessons] == ["Вступ", "Дроби", "Частки"]


def test_a_page_of_a_subgroup_has_its_members_alone(school: SmallSchool, head: Actor) -> None:
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
    with school.store.reading(ID, head) as unit:
        page = journal_page(unit, journal.id)
    assert [row.pupil.id for row in page.rows] == [things.lev.id, things.ada.id]
    assert page.heading.subgroup == "Група 1"


def test_lessons_of_a_subgroup_are_in_the_diaries_of_its_members_alone(
    school: SmallSchool, head: Actor
) -> None:
    things = school.things
    third = school.actor(Role.SUBJECT_TEACHER, things.third.id)
    journal = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=1,
        teacher=things.third.id,
        subgroup=things.group.id,
    )
    lesson = school.run(third, hold_lesson, journal.id, day=MONDAY, bell=3)
    shown = {
        pupil.name.given: [
            entry.lesson.id for day in read(school, head, pupil.id).days for entry in day.entries
        ]
        for pupil in (things.ada, things.lev, things.yana)
    }
    assert shown == {"Ада": [lesson.id], "Лев": [lesson.id], "Яна": []}


def moved(school: SmallSchool) -> None:
    """Let Ada go to class 5-Б with the Wednesday of the tests."""
    things = school.things

    def leave(unit: SchoolUnit) -> Enrolment:
        (enrolment,) = unit.enrolments.of_pupil(things.ada.id)
        kept = unit.enrolments.save(enrolment.ended(MONDAY + DAY))
        unit.record(Arranged())
        return kept

    def arrive(unit: SchoolUnit) -> None:
        other = add_class(unit, things.year.id, ClassLabel(5, "Б"))
        enrol(
            unit,
            things.ada.id,
            other.id,
            since=MONDAY + DAY * 2,
            order_number="19-у",
            order_date=MONDAY,
        )
        keeper = add_staff(unit, PersonName("Гончар", "Олег"))
        history = add_subject(unit, "Історія України")
        open_journal(unit, other.id, history.id, semester=1, teacher=keeper.id)

    school.run(System("test"), leave)
    school.run(school.admin, arrive)


def test_a_pupil_who_left_stays_on_the_page(
    school: SmallSchool, head: Actor, marked: Taught
) -> None:
    moved(school)
    with school.store.reading(ID, head) as unit:
        page = journal_page(unit, school.things.journal.id)
    assert [row.pupil.name.family for row in page.rows] == ["Гай", "Ґава", "Яценко"]
    assert page.rows[2].cells[1].mark is not None
    assert marked.first == page.columns[1].column.id


def test_a_diary_week_has_lessons_homework_marks_and_absences(
    school: SmallSchool, marked: Taught
) -> None:
    ada = school.things.ada
    diary = read(school, school.actor(Role.PUPIL, ada.id), ada.id)
    assert (diary.pupil, diary.period) == (ada, week_of(MONDAY))
    shown = {
        entry.lesson.id: (
            entry.subject.name,
            entry.homework,
            [each.mark.value for each in entry.marks],
            None if entry.absence is None else entry.absence.minutes_late,
        )
        for day in diary.days
        for entry in day.entries
    }
    assert shown == {
        marked.monday.id: ("Алгебра", ("§ 1",), [Grade(9)], None),
        marked.wednesday.id: ("Алгебра", ("§ 2",), [Grade(7)], 5),
    }
    assert [len(day.entries) for day in diary.days] == [1, 0, 1, 0, 0]
    assert [each.mark.value for each in diary.undated] == [Grade(8)]


@pytest.mark.parametrize(("minutes", "found"), [(-1, 0), (0, 1)])
def test_an_undated_mark_is_in_the_week_in_which_clocks_in_ukraine_had_it_given(
    school: SmallSchool, teacher: Actor, taught: Taught, clock: Clock, *, minutes: int, found: int
) -> None:
    ada = school.things.ada.id
    clock.now = datetime(2026, 9, 13, 21, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    mark = school.run(teacher, give_mark, taught.thematic, pupil=ada, value=Grade(8))
    with school.store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        weeks = [diary_week(unit, ada, MONDAY + DAY * days) for days in (0, 7)]
        column = unit.columns.get(taught.thematic)
    shown = DiaryMark(mark, column, school.things.algebra)
    assert [week.undated for week in weeks] == [(shown,) * (1 - found), (shown,) * found]


def test_rule_091_a_diary_is_open_to_the_pupil_the_guardians_and_the_heads(
    school: SmallSchool, marked: Taught
) -> None:
    things = school.things
    ada = things.ada.id
    readers = [
        school.actor(Role.PUPIL, ada),
        school.actor(Role.PARENT, things.mother.id),
        school.actor(Role.CLASS_TEACHER, things.third.id),
        school.actor(Role.DIRECTOR),
        school.actor(Role.INSPECTOR),
    ]
    diaries = [read(school, reader, ada) for reader in readers]
    assert diaries == [diaries[0]] * 5
    assert marked.monday.id in {entry.lesson.id for day in diaries[0].days for entry in day.entries}


def test_rule_091_nobody_reads_the_diary_of_another(school: SmallSchool) -> None:
    things = school.things
    actors = [
        school.actor(Role.PUPIL, things.ada.id),
        school.actor(Role.PARENT, things.mother.id),
        school.actor(Role.SUBJECT_TEACHER, things.main.id),
        school.actor(Role.CLASS_TEACHER, things.main.id),
        school.admin,
        school.stranger,
    ]
    for actor in actors:
        with pytest.raises(Forbidden):
            read(school, actor, things.lev.id)


def test_a_pupil_who_changed_class_finds_the_lessons_of_each(
    school: SmallSchool, marked: Taught
) -> None:
    moved(school)
    ada = school.things.ada.id

    def teach(unit: SchoolUnit) -> None:
        (journal,) = (each for each in unit.journals.all() if each != school.things.journal)
        for day in (MONDAY, MONDAY + DAY * 2):
            unit.lessons.add(
                evolve(
                    marked.monday,
                    id=LessonId(unit.new_id()),
                    journal=journal.id,
                    day=day,
                    version=0,
                )
            )
        unit.record(Arranged())

    school.run(System("test"), teach)
    diary = read(school, school.actor(Role.PUPIL, ada), ada)
    assert [[entry.subject.name for entry in day.entries] for day in diary.days] == [
        ["Алгебра"],
        [],
        ["Історія України"],
        [],
        [],
    ]
    loose = [each.mark.value for day in diary.days for each in day.marks]
    assert loose == [Grade(7)]


def test_rule_015_a_class_list_of_a_day_is_alphabetical(school: SmallSchool, head: Actor) -> None:
    moved(school)
    target = school.things.school_class.id
    with school.store.reading(ID, head) as unit:
        lists = [class_list(unit, target, day) for day in (FIRST_DAY, MONDAY + DAY * 2)]
        assert class_list(unit, target, FIRST_DAY - DAY) == []
    ada, lev, yana = school.things.ada, school.things.lev, school.things.yana
    assert lists == [[lev, yana, ada], [lev, yana]]


def test_the_history_of_a_mark_says_who_when_and_what_it_was(
    school: SmallSchool, teacher: Actor, taught: Taught, clock: Clock
) -> None:
    ada, things = school.things.ada.id, school.things
    second = school.actor(Role.CO_TEACHER, things.second.id)
    started = clock.now
    mark = school.run(
        teacher, give_mark, taught.first, pupil=ada, value=Grade(4), comment="пропущено"
    )
    clock.move(DAY)
    director, teacher_of = school.actor(Role.DIRECTOR), things.main.id
    better = MarkRevision(RevisionKind.RETAKE, "перескладено", Final.STUDIED)
    proposed = school.run(second, propose_revision, taught.first, pupil=ada, revision=better)
    school.run(director, approve_revision, proposed.id)
    clock.move(DAY)
    void = MarkRevision(RevisionKind.VOID, "не та учениця")
    school.run(teacher, revise_mark, taught.first, pupil=ada, revision=void)
    clock.move(DAY)
    school.run(teacher, give_mark, taught.first, pupil=ada, value=Grade(6))
    school.run(teacher, give_mark, taught.first, pupil=ada, value=Grade(7))
    inspector = school.actor(Role.INSPECTOR)
    with school.store.reading(ID, inspector) as unit:
        history = mark_history(unit, mark.key)
    assert history == [
        MarkChange(started + DAY * 3, teacher_of, Grade(6), Grade(7), ""),
        MarkChange(started + DAY * 3, teacher_of, None, Grade(6), ""),
        MarkChange(
            *(started + DAY * 2, teacher_of, Final.STUDIED, None, ""),
            kind=RevisionKind.VOID,
            reason="не та учениця",
        ),
        MarkChange(
            *(started + DAY, things.second.id, Grade(4), Final.STUDIED, ""),
            kind=RevisionKind.RETAKE,
            reason="перескладено",
            approved_by=director.account,
        ),
        MarkChange(started, teacher_of, None, Grade(4), "пропущено"),
    ]


def test_a_mark_that_was_never_given_has_no_history(
    school: SmallSchool, teacher: Actor, taught: Taught
) -> None:
    key = MarkKey(school.things.journal.id, taught.first, school.things.lev.id)
    with school.store.reading(ID, teacher) as unit, pytest.raises(Missing) as refused:
        mark_history(unit, key)
    assert refused.value.args == ("mark", tuple(key))


Read = Callable[[SchoolUnit, SmallSchool], object]

PAGES: dict[str, Read] = {
    "journal_page": lambda unit, school: journal_page(unit, school.things.journal.id),
    "mark_history": lambda unit, school: mark_history(
        unit, MarkKey(school.things.journal.id, ColumnId(1), school.things.ada.id)
    ),
    "class_list": lambda unit, school: class_list(unit, school.things.school_class.id, MONDAY),
}


@pytest.mark.parametrize("reading", PAGES)
def test_pages_and_lists_are_closed_to_pupils_parents_and_other_teachers(
    school: SmallSchool, reading: str
) -> None:
    things = school.things
    elsewhere = school.run(school.admin, add_staff, PersonName("Гончар", "Олег"))
    actors = [
        school.actor(Role.PUPIL, things.ada.id),
        school.actor(Role.PARENT, things.mother.id),
        school.actor(Role.SUBJECT_TEACHER, elsewhere.id),
        school.actor(Role.CLASS_TEACHER, things.main.id),
        school.stranger,
    ]
    for actor in actors:
        with school.store.reading(ID, actor) as unit, pytest.raises(Forbidden):
            PAGES[reading](unit, school)


def test_what_is_not_there_cannot_be_read(school: SmallSchool, head: Actor) -> None:
    with school.store.reading(ID, head) as unit:
        with pytest.raises(Missing):
            journal_page(unit, JournalId(404))
        with pytest.raises(Missing):
            diary_week(unit, PupilId(404), MONDAY)


def test_reading_leaves_no_trace(school: SmallSchool, head: Actor, marked: Taught) -> None:
    before = school.store.heads()
    with school.store.reading(ID, head) as unit:
        journal_page(unit, school.things.journal.id)
        diary_week(unit, school.things.ada.id, marked.monday.day)
    assert school.store.heads() == before


@pytest.mark.usefixtures("marked")
def test_a_school_that_went_over_to_another_vendor_still_reads_and_exports_its_pages(
    school: SmallSchool, head: Actor
) -> None:
    journal = school.things.journal.id
    with school.store.reading(ID, head) as unit:
        before = journal_page(unit, journal)
    decision = SchoolDecision("12", MONDAY, "перейти на іншу систему")
    school.run(head, choose_journal_system, decision=decision, vendor="Щоденник+")

    with school.store.reading(ID, head) as unit:
        after = journal_page(unit, journal)

    assert after == before
    assert any(cell.mark for row in after.rows for cell in row.cells)
    for exporter in (JsonExporter(), CsvExporter()):
        assert b"".join(exporter.export(after)) == b"".join(exporter.export(before))
