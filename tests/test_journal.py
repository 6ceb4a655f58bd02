"""Journals, lessons, columns, marks and the page (rules 1-11, 15, 23, 33, 34)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Duplicate, Invalid, Missing, NotAllowedHere, NotEnrolled
from ejournal.ids import (
    ClassId,
    ColumnId,
    EnrolmentId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
)
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import SchoolYear, Semester, StudyForm, bells
from ejournal.model.classes import Subgroup
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import (
    Column,
    ColumnKind,
    Journal,
    Lesson,
    LessonFault,
    LessonRemark,
    Mark,
    MarkKey,
    ResultKind,
    lesson_remarks,
)
from ejournal.model.marks import Credit, Final, Grade, Level, MarkValue, Sign
from ejournal.model.page import Cell, Heading, JournalPage, page
from ejournal.model.people import Enrolment, Pupil

AT = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
KYIV = ZoneInfo("Europe/Kyiv")
TEACHER, SECOND, STRANGER = StaffId(1), StaffId(2), StaffId(3)
YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 30),
    (
        Semester(1, date(2026, 9, 1), date(2026, 12, 24)),
        Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
    ),
    bells=bells(time(8, 30), breaks=(10, 10, 20)),
)
JOURNAL = Journal(JournalId(10), YEAR.id, 1, ClassId(2), SubjectId(3), None, TEACHER, SECOND)
HEADING = Heading(
    "Вигаданий ліцей",
    "2026/27",
    1,
    ClassLabel(5, "А"),
    "Алгебра",
    "",
    (PersonName("Шевчук", "Ольга"),),
)
PUPILS = (
    Pupil(PupilId(1), PersonName("Яценко", "Ада")),
    Pupil(PupilId(2), PersonName("Ґава", "Яна")),
    Pupil(PupilId(3), PersonName("Гай", "Лев")),
)
ADA, YANA, LEV = (pupil.id for pupil in PUPILS)


def lesson(id: int, day: int = 0, bell: int = 1, plan_no: int | None = None) -> Lesson:
    return Lesson(LessonId(id), JOURNAL.id, MONDAY + DAY * day, bell, plan_no, f"Тема {id}")


def column(id: int, kind: ColumnKind = ColumnKind.CURRENT, day: int | None = None) -> Column:
    return Column(ColumnId(id), JOURNAL.id, kind, day=None if day is None else MONDAY + DAY * day)


def mark(column: Column, pupil: PupilId, value: MarkValue) -> Mark:
    return column.mark(pupil, value, "", TEACHER, AT)


def opened(
    lessons: list[Lesson], columns: list[Column], marks: list[Mark], absences: list[Absence]
) -> JournalPage:
    return page(
        JOURNAL,
        HEADING,
        pupils=PUPILS,
        lessons=lessons,
        columns=columns,
        marks=marks,
        absences=absences,
    )


def order_of(*columns: Column) -> list[int]:
    return [each.column.id for each in opened([], list(columns), [], []).columns]


@pytest.mark.parametrize(
    ("other", "twins"),
    [
        (evolve(JOURNAL, id=JournalId(11), teacher=STRANGER, second_teacher=None), True),
        (evolve(JOURNAL, semester=2), False),
        (evolve(JOURNAL, school_class=ClassId(9)), False),
        (evolve(JOURNAL, subject=SubjectId(9)), False),
        (evolve(JOURNAL, subgroup=SubgroupId(9)), False),
        (evolve(JOURNAL, year=YearId(9)), False),
    ],
)
def test_rule_001_a_journal_is_one_per_semester_class_subject_and_subgroup(
    other: Journal, *, twins: bool
) -> None:
    if twins:
        with pytest.raises(Duplicate) as refused:
            other.beside([evolve(JOURNAL, subject=SubjectId(99)), JOURNAL])
        assert refused.value.args == (
            "journal",
            ("year", "semester", "school_class", "subject", "subgroup"),
            (JOURNAL.id,),
        )
    else:
        assert other.beside([JOURNAL]) is other


def test_rule_001_a_journal_has_one_main_teacher_and_at_most_one_other() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        JOURNAL.given_to(TEACHER, TEACHER)
    assert refused.value.why == "same-teacher-twice"
    assert JOURNAL.given_to(STRANGER) == evolve(JOURNAL, teacher=STRANGER, second_teacher=None)


def enrolment(pupil: PupilId, school_class: ClassId = JOURNAL.school_class) -> Enrolment:
    return Enrolment(
        EnrolmentId(pupil), pupil, school_class, MONDAY, "17-у", MONDAY, MONDAY + DAY * 9
    )


def test_rule_002_a_journal_without_subgroup_is_about_everybody_in_the_class() -> None:
    entries = [enrolment(ADA), enrolment(YANA)]
    assert JOURNAL.admit(ADA, MONDAY, entries, None) == ADA
    assert JOURNAL.admit(YANA, MONDAY + DAY * 9, entries, None) == YANA


@pytest.mark.parametrize("day", [MONDAY - DAY, MONDAY + DAY * 10])
def test_a_pupil_is_on_the_page_only_while_in_the_class(day: date) -> None:
    with pytest.raises(NotEnrolled) as refused:
        JOURNAL.admit(ADA, day, [enrolment(ADA)], None)
    assert refused.value.args == (ADA, f"0000000000002, {day}")


def test_a_pupil_of_another_class_is_not_on_the_page() -> None:
    with pytest.raises(NotEnrolled):
        JOURNAL.admit(ADA, MONDAY, [enrolment(ADA, ClassId(9)), enrolment(YANA)], None)


def test_rule_003_a_journal_of_a_subgroup_is_about_its_members_alone() -> None:
    group = Subgroup(SubgroupId(4), JOURNAL.school_class, "Група 1", frozenset({ADA}))
    entries = [enrolment(ADA), enrolment(YANA)]
    assert JOURNAL.admit(ADA, MONDAY, entries, group) == ADA
    with pytest.raises(NotEnrolled) as refused:
        JOURNAL.admit(YANA, MONDAY, entries, group)
    assert refused.value.args == (YANA, "0000000000002, Група 1, 2026-09-07")


def test_the_roll_of_a_semester_has_who_came_and_who_left() -> None:
    group = Subgroup(SubgroupId(4), JOURNAL.school_class, "Група 1", frozenset({LEV, ADA}))
    entries = [enrolment(ADA), enrolment(YANA), enrolment(LEV, ClassId(9))]
    semester = YEAR.semester(1).period
    assert JOURNAL.roll(entries, semester, None) == {ADA, YANA}
    assert JOURNAL.roll(entries, semester, group) == {ADA}
    assert JOURNAL.roll(entries, YEAR.semester(2).period, None) == frozenset()


def test_rule_004_a_lesson_is_held_inside_its_semester() -> None:
    held = JOURNAL.hold(LessonId(5), YEAR, 1, day=MONDAY, bell=2, topic="Дроби", plan_no=3)
    assert held == Lesson(LessonId(5), JOURNAL.id, MONDAY, 2, 3, "Дроби")
    for day in (date(2026, 8, 31), date(2026, 12, 25), date(2027, 1, 12)):
        with pytest.raises(NotAllowedHere) as refused:
            JOURNAL.hold(LessonId(5), YEAR, 1, day=day, bell=2)
        assert refused.value.args == (f"{day} (2026-09-01 - 2026-12-24)", "outside-semester")
    with pytest.raises(Missing):
        evolve(JOURNAL, semester=3).hold(LessonId(5), YEAR, 1, day=MONDAY, bell=2)


@pytest.mark.parametrize(("shift", "bell"), [(1, 5), (1, 0), (2, 1)])
def test_rule_005_a_lesson_has_a_bell_of_the_shift_of_the_class(shift: int, bell: int) -> None:
    with pytest.raises(NotAllowedHere):
        JOURNAL.hold(LessonId(5), YEAR, shift, day=MONDAY, bell=bell)


def test_rule_006_numbers_of_the_plan_that_repeat_or_are_left_out_are_reported() -> None:
    lessons = [lesson(1, 0, 1, 2), lesson(2, 1, 1, 2), lesson(3, 2, 1, 5), lesson(4, 3, 1)]
    assert lesson_remarks(lessons, MONDAY) == (
        LessonRemark(LessonFault.GAP, (LessonId(1),), 1),
        LessonRemark(LessonFault.SAME_NUMBER, (LessonId(1), LessonId(2)), 2),
        LessonRemark(LessonFault.GAP, (LessonId(2), LessonId(3)), 3),
        LessonRemark(LessonFault.GAP, (LessonId(2), LessonId(3)), 4),
    )


@pytest.mark.parametrize(
    ("first", "before", "left_out"),
    [
        (1, 0, ()),
        (3, 0, (1, 2)),
        (1, 20, ()),
        (21, 20, ()),
        (24, 20, (21, 22, 23)),
        (3, 20, (1, 2)),
    ],
)
def test_rule_006_a_plan_begins_at_one_or_where_the_semester_before_ended(
    first: int, before: int, left_out: tuple[int, ...]
) -> None:
    assert lesson_remarks([lesson(1, plan_no=first)], MONDAY, before) == tuple(
        LessonRemark(LessonFault.GAP, (LessonId(1),), number) for number in left_out
    )


def test_rule_007_lessons_of_one_day_and_bell_are_reported() -> None:
    lessons = [lesson(1), lesson(2, bell=2), lesson(3, 1), lesson(4)]
    assert lesson_remarks(lessons, MONDAY) == (
        LessonRemark(LessonFault.SAME_TIME, (LessonId(1), LessonId(4))),
    )


def test_rule_009_a_lesson_held_without_topic_is_reported_and_homework_may_be_empty() -> None:
    lessons = [lesson(1).about(" "), lesson(2, 1).about(""), lesson(3, 2).about("Дроби", 1)]
    assert lesson_remarks(lessons, MONDAY) == (LessonRemark(LessonFault.NO_TOPIC, (LessonId(1),)),)
    assert [remark.lessons for remark in lesson_remarks(lessons, MONDAY + DAY * 2)] == [
        (LessonId(1),),
        (LessonId(2),),
    ]


def test_a_number_in_the_plan_is_positive() -> None:
    with pytest.raises(Invalid) as refused:
        lesson(1, plan_no=0)
    assert refused.value.args == ("plan_no", "0", "range", False)


@pytest.mark.parametrize("due", [lesson(2, 1), lesson(2, 0, 2)])
def test_rule_010_homework_is_for_a_later_lesson(due: Lesson) -> None:
    assert lesson(1).assigned("§ 1", due) == evolve(
        lesson(1), homework="§ 1", homework_to=LessonId(2)
    )


@pytest.mark.parametrize(
    "due",
    [lesson(2, -1), lesson(2, 0, 1), lesson(1), evolve(lesson(2, 1), journal=JournalId(9))],
)
def test_rule_010_homework_is_not_for_an_earlier_or_another_journals_lesson(due: Lesson) -> None:
    with pytest.raises(NotAllowedHere) as refused:
        lesson(1).assigned("§ 1", due)
    assert refused.value.why == "not-a-later-lesson"


def test_homework_set_again_for_no_lesson_forgets_the_one_it_was_for() -> None:
    assert lesson(1).assigned("§ 1", lesson(2, 1)).assigned("§ 2") == evolve(
        lesson(1), homework="§ 2"
    )


def test_rule_011_a_substitute_stands_on_the_lesson() -> None:
    substituted = lesson(1).substituted_by(STRANGER)
    assert substituted == evolve(lesson(1), substitute=STRANGER)
    assert substituted.substituted_by(None) == lesson(1)


def test_records_of_absence_stand_at_their_lesson() -> None:
    assert lesson(1).absence(ADA, AbsenceCode.ILL, "застуда", TEACHER, AT) == Absence(
        JOURNAL.id, LessonId(1), ADA, MONDAY, AbsenceCode.ILL, 0, "застуда", TEACHER, AT
    )
    assert lesson(1).lateness(ADA, 10, "", TEACHER, AT) == Absence(
        JOURNAL.id, LessonId(1), ADA, MONDAY, None, 10, "", TEACHER, AT
    )
    assert lesson(1).lateness(ADA, 1, "", TEACHER, AT).minutes_late == 1
    with pytest.raises(Invalid) as refused:
        lesson(1).lateness(ADA, 0, "", TEACHER, AT)
    assert refused.value.args == ("minutes_late", "0", "range", False)


DATED = [kind for kind in ColumnKind if kind.is_dated is True]
UNDATED = [kind for kind in ColumnKind if kind.is_dated is False]
EITHER = [kind for kind in ColumnKind if kind.is_dated is None]


@pytest.mark.parametrize("kind", DATED)
def test_rule_033_work_done_on_a_day_has_its_date(kind: ColumnKind) -> None:
    assert column(1, kind, 0).day == MONDAY
    with pytest.raises(Invalid) as refused:
        column(1, kind)
    assert refused.value.args == ("day", "", "absent", False)


@pytest.mark.parametrize("kind", UNDATED)
def test_rule_034_what_sums_up_has_no_date(kind: ColumnKind) -> None:
    assert column(1, kind).day is None
    with pytest.raises(Invalid) as refused:
        column(1, kind, 0)
    assert refused.value.args == ("day", "2026-09-07", "pattern", False)


def test_rules_033_and_034_name_their_kinds() -> None:
    assert {ColumnKind.CURRENT, ColumnKind.TEST} <= set(DATED)
    assert {ColumnKind.THEMATIC, ColumnKind.SEMESTER, ColumnKind.CORRECTED} <= set(UNDATED)
    assert [kind.name for kind in EITHER] == ["NOTEBOOK", "RESULT_GROUP", "DPA", "FINAL"]


def test_a_column_of_a_lesson_has_the_lessons_day() -> None:
    assert lesson(1).column(ColumnId(2), ColumnKind.TEST, "Контрольна № 1") == Column(
        ColumnId(2), JOURNAL.id, ColumnKind.TEST, LessonId(1), MONDAY, "Контрольна № 1"
    )
    with pytest.raises(Invalid):
        lesson(1).column(ColumnId(2), ColumnKind.THEMATIC)
    with pytest.raises(Invalid):
        Column(ColumnId(2), JOURNAL.id, ColumnKind.NOTEBOOK, LessonId(1))


def test_a_group_of_results_has_its_number_and_nothing_else_has() -> None:
    groups = Column(ColumnId(2), JOURNAL.id, ColumnKind.RESULT_GROUP, group=3)
    assert groups.heading == "ГР3"
    for kind, group in ((ColumnKind.RESULT_GROUP, None), (ColumnKind.RESULT_GROUP, 0)):
        with pytest.raises(Invalid):
            Column(ColumnId(2), JOURNAL.id, kind, group=group)
    with pytest.raises(Invalid):
        Column(ColumnId(2), JOURNAL.id, ColumnKind.THEMATIC, group=1)


def test_a_journals_own_column_has_a_day_of_its_semester_or_none() -> None:
    test = JOURNAL.column(ColumnId(2), ColumnKind.TEST, YEAR, day=MONDAY, title="Зріз")
    assert test == Column(ColumnId(2), JOURNAL.id, ColumnKind.TEST, None, MONDAY, "Зріз")
    group = JOURNAL.column(ColumnId(3), ColumnKind.RESULT_GROUP, YEAR, group=1)
    assert group == Column(
        ColumnId(3), JOURNAL.id, ColumnKind.RESULT_GROUP, group=1, result=ResultKind.CURRENT
    )
    with pytest.raises(NotAllowedHere) as refused:
        JOURNAL.column(ColumnId(2), ColumnKind.TEST, YEAR, day=date(2027, 1, 12))
    assert refused.value.args == ("2027-01-12 (2026-09-01 - 2026-12-24)", "outside-semester")


def test_a_column_is_headed_by_its_title_or_its_kind() -> None:
    assert column(1, ColumnKind.THEMATIC).heading == "Тематична"
    assert evolve(column(1, ColumnKind.THEMATIC), title="Дроби").heading == "Дроби"
    assert len({kind.label for kind in ColumnKind}) == len(ColumnKind)


def test_a_mark_stands_where_its_column_and_pupil_are() -> None:
    given_mark = column(5, day=0).mark(ADA, Grade(7), "добре", TEACHER, AT)
    assert given_mark == Mark(JOURNAL.id, ColumnId(5), ADA, MONDAY, Grade(7), "добре", TEACHER, AT)
    assert given_mark.key == MarkKey(JOURNAL.id, ColumnId(5), ADA)


def test_a_changed_mark_keeps_its_place_and_takes_the_rest() -> None:
    first = evolve(mark(column(5, day=0), ADA, Grade(7)), version=4)
    changed = first.changed(Grade(8), "перездано", SECOND, AT + DAY)
    assert changed == Mark(
        *(JOURNAL.id, ColumnId(5), ADA, MONDAY, Grade(8), "перездано", SECOND, AT + DAY),
        version=4,
    )


@pytest.mark.parametrize("comment", ["", " \n"])
def test_a_verbal_mark_needs_its_words(comment: str) -> None:
    with pytest.raises(Invalid) as refused:
        column(5, day=0).mark(ADA, Sign.VERBAL, comment, TEACHER, AT)
    assert refused.value.args == ("comment", "", "absent", True)
    verbal = column(5, day=0).mark(ADA, Sign.VERBAL, "Читає впевнено", TEACHER, AT)
    with pytest.raises(Invalid):
        verbal.changed(Sign.VERBAL, comment, TEACHER, AT)


def test_a_diary_shows_a_mark_on_its_columns_day_or_on_the_day_it_was_given() -> None:
    evening = datetime(2026, 12, 23, 22, 30, tzinfo=UTC)
    dated = column(1, day=0).mark(ADA, Grade(7), "", TEACHER, evening)
    final = column(2, ColumnKind.SEMESTER).mark(ADA, Grade(7), "", TEACHER, evening)
    assert dated.diary_day(KYIV) == dated.diary_day(UTC) == MONDAY
    assert (final.diary_day(KYIV), final.diary_day(UTC)) == (
        date(2026, 12, 24),
        date(2026, 12, 23),
    )


def test_rule_015_the_rows_of_a_page_follow_the_ukrainian_alphabet() -> None:
    rows = opened([], [column(1, day=0)], [], []).rows
    assert [row.pupil.name.family for row in rows] == ["Гай", "Ґава", "Яценко"]
    assert [row.cells for row in rows] == [(Cell(),)] * 3


def test_rule_023_a_column_with_numbers_and_letters_is_flagged() -> None:
    one, two = column(1, day=0), column(2, day=1)
    marks = [mark(one, ADA, Grade(7)), mark(one, LEV, Level.HIGH), mark(two, ADA, Grade(7))]
    opened_page = opened([], [one, two], [*marks, mark(two, LEV, Credit.CREDITED)], [])
    assert [each.is_mixed for each in opened_page.columns] == [True, False]


def test_dated_columns_stand_by_day_and_those_of_a_day_as_they_were_made() -> None:
    assert order_of(column(4, day=0), column(1, day=2), column(3, day=0), column(2, day=1)) == [
        3,
        4,
        2,
        1,
    ]


def test_a_thematic_column_closes_the_lessons_that_were_there_before_it() -> None:
    thematic = column(3, ColumnKind.THEMATIC)
    before, late, after = column(2, day=1), column(4, day=0), column(5, day=3)
    assert order_of(after, thematic, late, before) == [4, 2, 3, 5]


def test_semester_corrected_and_annual_columns_close_the_page() -> None:
    annual, corrected = column(1, ColumnKind.ANNUAL), column(2, ColumnKind.CORRECTED)
    semester, last = column(3, ColumnKind.SEMESTER), column(4, day=9)
    assert order_of(annual, corrected, semester, last) == [4, 3, 2, 1]


def test_rule_040_the_corrected_column_stands_right_beside_the_one_it_corrects() -> None:
    semester, annual = column(1, ColumnKind.SEMESTER), column(2, ColumnKind.ANNUAL)
    of_semester = semester.corrected(ColumnId(3))
    of_annual = annual.corrected(ColumnId(4))
    assert order_of(of_annual, annual, of_semester, semester) == [1, 3, 2, 4]
    assert order_of(annual, of_semester) == [3, 2]


def test_a_void_mark_stands_in_no_cell_and_mixes_no_scales() -> None:
    at = column(1, day=0)
    void = mark(at, ADA, Level.HIGH).voided(TEACHER, AT)
    seven = mark(at, LEV, Grade(7))
    shown = opened([], [at], [void, seven], [])
    assert [row.cells for row in shown.rows] == [(Cell(seven),), (Cell(),), (Cell(void=void),)]
    assert [each.is_mixed for each in shown.columns] == [False]


def test_a_cell_tells_the_versions_that_a_reader_has_seen() -> None:
    given = evolve(mark(column(1, day=0), ADA, Grade(7)), version=5)
    ill = evolve(lesson(1).absence(ADA, AbsenceCode.ILL, "", TEACHER, AT), version=6)
    assert [
        (each.mark_version, each.absence_version)
        for each in (
            Cell(),
            Cell(given, ill),
            Cell(void=given, withdrawn=ill),
        )
    ] == [(0, 0), (5, 6), (5, 6)]


def test_a_page_shows_marks_and_absences_in_their_cells() -> None:
    held = lesson(1)
    current, test = (
        held.column(ColumnId(1), ColumnKind.CURRENT),
        held.column(ColumnId(2), ColumnKind.TEST),
    )
    seven = mark(test, ADA, Grade(7))
    ill = held.absence(LEV, AbsenceCode.ILL, "", TEACHER, AT)
    back = held.absence(YANA, AbsenceCode.ABSENT, "", TEACHER, AT).presence(TEACHER, AT)
    shown = opened([lesson(2, 1), held], [test, current], [seven], [ill, back])
    assert [row.cells for row in shown.rows] == [
        (Cell(absence=ill), Cell()),
        (Cell(withdrawn=back), Cell()),
        (Cell(), Cell(mark=seven)),
    ]
    assert (shown.journal, shown.heading) == (JOURNAL, HEADING)
    assert [each.id for each in shown.lessons] == [1, 2]


VALUES: st.SearchStrategy[MarkValue] = st.sampled_from(
    (Grade(1), Grade(12), Level.HIGH, Final.NOT_ATTESTED)
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[list[Column], list[Mark]]:
    kinds = draw(st.lists(st.sampled_from([ColumnKind.CURRENT, *UNDATED]), max_size=6))
    columns = [
        column(number, kind, draw(st.integers(0, 5)) if kind.is_dated else None)
        for number, kind in enumerate(kinds, 1)
    ]
    places = [(each, pupil.id) for each in columns for pupil in PUPILS]
    chosen = draw(st.lists(st.sampled_from(places), unique=True)) if places else []
    return columns, [mark(each, pupil, draw(VALUES)) for each, pupil in chosen]


@given(pages())
def test_every_mark_is_shown_once_in_its_row_and_column_however_it_came(
    drawn: tuple[list[Column], list[Mark]],
) -> None:
    columns, marks = drawn
    shown = opened([], columns, marks, [])
    cells = [
        (each.column.id, row.pupil.id, cell.mark)
        for row in shown.rows
        for each, cell in zip(shown.columns, row.cells, strict=True)
    ]
    assert sorted((at.key for _, _, at in cells if at), key=tuple) == sorted(
        (each.key for each in marks), key=tuple
    )
    assert all((at.column, at.pupil) == (place, row) for place, row, at in cells if at)
    assert opened([], columns[::-1], marks[::-1], []) == shown
