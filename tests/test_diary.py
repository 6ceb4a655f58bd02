"""The diary week: everything of one pupil, once, and nothing of another."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.ids import ColumnId, JournalId, LessonId, PupilId, StaffId, SubjectId
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import week_of
from ejournal.model.classes import Subject
from ejournal.model.diary import DiaryDay, DiaryEntry, DiaryMark, DiaryWeek, week
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Column, ColumnKind, Lesson, Mark
from ejournal.model.marks import Grade
from ejournal.model.people import Pupil

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
KYIV = ZoneInfo("Europe/Kyiv")
NOON = datetime(2026, 9, 7, 12, 0, tzinfo=UTC)
WEEK = week_of(MONDAY)
TEACHER = StaffId(1)
ADA = Pupil(PupilId(1), PersonName("Коваль", "Ада"))
LEV = Pupil(PupilId(2), PersonName("Гай", "Лев"))
ALGEBRA, HISTORY = JournalId(10), JournalId(11)
SUBJECTS = {
    ALGEBRA: Subject(SubjectId(20), "Алгебра"),
    HISTORY: Subject(SubjectId(21), "Історія України"),
}


def lesson(id: int, day: int = 0, bell: int = 1, journal: JournalId = ALGEBRA) -> Lesson:
    return Lesson(LessonId(id), journal, MONDAY + DAY * day, bell, topic=f"Тема {id}")


def current(lesson: Lesson) -> Column:
    return lesson.column(ColumnId(lesson.id + 100), ColumnKind.CURRENT)


def mark(column: Column, points: int, pupil: Pupil = ADA, at: datetime = NOON) -> Mark:
    return column.mark(pupil.id, Grade(points), "", TEACHER, at)


def shown(
    lessons: list[Lesson],
    columns: list[Column] | None = None,
    marks: list[Mark] | None = None,
    absences: list[Absence] | None = None,
) -> DiaryWeek:
    return week(
        ADA,
        WEEK,
        KYIV,
        lessons=lessons,
        subjects=SUBJECTS,
        columns=columns or [],
        marks=marks or [],
        absences=absences or [],
    )


def homework(diary: DiaryWeek) -> dict[int, tuple[str, ...]]:
    return {entry.lesson.id: entry.homework for day in diary.days for entry in day.entries}


def test_an_empty_week_shows_monday_to_friday() -> None:
    days = tuple(DiaryDay(MONDAY + DAY * number) for number in range(5))
    assert shown([]) == DiaryWeek(ADA, WEEK, days, ())


def test_saturday_and_sunday_are_shown_when_something_is_there() -> None:
    saturday = lesson(1, 5)
    assert [day.day for day in shown([saturday]).days] == [MONDAY + DAY * n for n in range(6)]
    sunday = Column(ColumnId(1), ALGEBRA, ColumnKind.NOTEBOOK, day=MONDAY + DAY * 6)
    marked = shown([saturday], [sunday], [mark(sunday, 9)])
    assert [day.day for day in marked.days] == list(WEEK.days)


def test_lessons_stand_under_their_day_by_the_bells() -> None:
    second, first = lesson(1, 0, 2), lesson(2, 0, 1, HISTORY)
    monday = shown([second, first, lesson(3, 7), lesson(4, -1)]).days[0]
    assert monday == DiaryDay(
        MONDAY,
        (DiaryEntry(first, SUBJECTS[HISTORY]), DiaryEntry(second, SUBJECTS[ALGEBRA])),
    )


def test_homework_stands_under_the_lesson_it_is_for() -> None:
    friday = lesson(1, -3)
    monday, wednesday = lesson(2), lesson(3, 2)
    diary = shown([wednesday, friday.assigned("§ 1", monday), monday.assigned("§ 2", wednesday)])
    assert homework(diary) == {2: ("§ 1",), 3: ("§ 2",)}


def test_homework_for_no_lesson_stands_under_the_one_that_set_it() -> None:
    diary = shown([lesson(1).assigned("§ 1"), lesson(2, 2)])
    assert homework(diary) == {1: ("§ 1",), 2: ()}


def test_homework_for_a_lesson_after_the_week_waits_for_that_week() -> None:
    friday, monday = lesson(1, 4), lesson(2, 7)
    lessons = [friday.assigned("§ 1", monday), monday]
    assert homework(shown(lessons)) == {1: ()}
    following = week(
        ADA,
        week_of(monday.day),
        KYIV,
        lessons=lessons,
        subjects=SUBJECTS,
        columns=[],
        marks=[],
        absences=[],
    )
    assert homework(following) == {2: ("§ 1",)}


def test_several_pieces_of_homework_for_one_lesson_come_in_the_order_they_were_set() -> None:
    one, two, due = lesson(1), lesson(2, 1), lesson(3, 2)
    assert homework(shown([due, two.assigned("§ 2", due), one.assigned("§ 1", due)])) == {
        1: (),
        2: (),
        3: ("§ 1", "§ 2"),
    }


def test_a_mark_stands_under_its_lesson_with_column_and_subject() -> None:
    held = lesson(1)
    column = current(held)
    nine = mark(column, 9)
    (entry,) = shown([held], [column], [nine]).days[0].entries
    assert entry == DiaryEntry(
        held, SUBJECTS[ALGEBRA], (), (DiaryMark(nine, column, SUBJECTS[ALGEBRA]),)
    )


def test_a_dated_mark_of_no_lesson_stands_under_its_day() -> None:
    notebook = Column(ColumnId(1), ALGEBRA, ColumnKind.NOTEBOOK, day=MONDAY + DAY)
    ten = mark(notebook, 10)
    assert shown([], [notebook], [ten]).days[1] == DiaryDay(
        MONDAY + DAY, (), (DiaryMark(ten, notebook, SUBJECTS[ALGEBRA]),)
    )


def test_an_undated_mark_is_listed_in_the_week_in_which_it_was_given() -> None:
    thematic = Column(ColumnId(1), ALGEBRA, ColumnKind.THEMATIC)
    given_now = mark(thematic, 8)
    diary = shown([], [thematic], [given_now])
    assert diary.undated == (DiaryMark(given_now, thematic, SUBJECTS[ALGEBRA]),)
    later = mark(thematic, 8, at=NOON + DAY * 7)
    assert shown([], [thematic], [later]).undated == ()


def test_an_absence_stands_at_its_lesson_until_it_is_withdrawn() -> None:
    held, other = lesson(1), lesson(2, 0, 2)
    ill = held.absence(ADA.id, AbsenceCode.ILL, "", TEACHER, NOON)
    late = other.lateness(ADA.id, 5, "", TEACHER, NOON)
    others = held.absence(LEV.id, AbsenceCode.ABSENT, "", TEACHER, NOON)
    entries = shown([held, other], absences=[others, ill, late]).days[0].entries
    assert [entry.absence for entry in entries] == [ill, late]
    back = shown([held], absences=[others, ill.presence(TEACHER, NOON)]).days[0].entries
    assert [entry.absence for entry in back] == [None]


@st.composite
def school_weeks(draw: st.DrawFn) -> tuple[list[Lesson], list[Column], list[Mark]]:
    lessons = [
        lesson(
            number,
            draw(st.integers(-3, 9)),
            draw(st.integers(1, 7)),
            draw(st.sampled_from([ALGEBRA, HISTORY])),
        )
        for number in range(1, draw(st.integers(0, 6)) + 1)
    ]
    columns = [current(each) for each in lessons] + [
        Column(
            ColumnId(200 + number),
            draw(st.sampled_from([ALGEBRA, HISTORY])),
            kind,
            day=MONDAY + DAY * draw(st.integers(-3, 9)) if kind is ColumnKind.TEST else None,
        )
        for number, kind in enumerate(
            draw(st.lists(st.sampled_from([ColumnKind.TEST, ColumnKind.THEMATIC]), max_size=4))
        )
    ]
    marks = [
        mark(column, draw(st.integers(1, 12)), pupil, NOON + DAY * draw(st.integers(-3, 9)))
        for column in columns
        for pupil in (ADA, LEV)
        if draw(st.booleans())
    ]
    return draw(st.permutations(lessons)), columns, draw(st.permutations(marks))


@given(school_weeks(), st.booleans())
def test_every_mark_of_the_pupil_in_the_week_is_shown_once_and_none_of_another(
    drawn: tuple[list[Lesson], list[Column], list[Mark]], without_lessons: bool
) -> None:
    lessons, columns, marks = drawn
    diary = shown([] if without_lessons else lessons, columns, marks)
    seen = [
        entry.mark
        for day in diary.days
        for entry in (*day.marks, *(mark for at in day.entries for mark in at.marks))
    ] + [entry.mark for entry in diary.undated]
    own = [each for each in marks if each.pupil == ADA.id and each.diary_day(KYIV) in WEEK]
    assert sorted(each.key for each in seen) == sorted(each.key for each in own)
    for day in diary.days:
        assert {entry.mark.day for entry in day.marks} <= {day.day}
        assert {entry.lesson.day for entry in day.entries} <= {day.day}


def test_a_week_does_not_depend_on_the_order_in_which_it_is_read() -> None:
    lessons = [lesson(1), lesson(2, 0, 2), lesson(3, 1)]
    columns = [current(each) for each in lessons]
    marks = [mark(column, 7) for column in columns] + [mark(columns[0], 3, LEV)]
    assert shown(lessons, columns, marks) == shown(lessons[::-1], columns[::-1], marks[::-1])
    assert shown(lessons, columns, marks) != shown(
        [evolve(lessons[0], topic="Інша"), *lessons[1:]], columns, marks
    )
