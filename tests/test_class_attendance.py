"""A class's day over all its journals, and how what is missed adds up (rules 57-59)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from operator import add

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, NotAllowedHere, NotEnrolled
from ejournal.ids import (
    ClassId,
    EnrolmentId,
    ExcuseId,
    GuardianId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    YearId,
)
from ejournal.model.attendance import (
    Absence,
    AbsenceCode,
    AttendanceTotals,
    Missed,
    missed,
    totals,
)
from ejournal.model.calendar import Period
from ejournal.model.class_attendance import (
    ClassAttendance,
    DailySheet,
    PupilAttendance,
    SheetCell,
    SheetEntry,
    SheetLesson,
    SheetRow,
    attended_by,
    class_attendance,
    daily_sheet,
)
from ejournal.model.classes import Subgroup, Subject
from ejournal.model.excuses import Excuse, ExcuseState
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Journal, Lesson
from ejournal.model.people import Enrolment, Pupil

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
AT = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)
CLASS = ClassId(5)
LEADER = StaffId(7)
ADA = Pupil(PupilId(1), PersonName("Яценко", "Ада"))
LEV = Pupil(PupilId(2), PersonName("Гай", "Лев"))
YANA = Pupil(PupilId(3), PersonName("Ґава", "Яна"))
EVERYBODY = (ADA, LEV, YANA)
GROUP = Subgroup(SubgroupId(9), CLASS, "Група 1", frozenset({ADA.id, LEV.id}))
ALGEBRA = Journal(JournalId(10), YearId(1), 1, CLASS, SubjectId(20), None, StaffId(1))
ENGLISH = Journal(JournalId(11), YearId(1), 1, CLASS, SubjectId(21), GROUP.id, StaffId(2))
SUBJECTS = {
    ALGEBRA.id: Subject(SubjectId(20), "Алгебра"),
    ENGLISH.id: Subject(SubjectId(21), "Англійська мова"),
}
ENROLLED = [
    Enrolment(EnrolmentId(each.id), each.id, CLASS, date(2026, 9, 1), "17-у", date(2026, 8, 28))
    for each in EVERYBODY
]
FIRST = Lesson(LessonId(101), ALGEBRA.id, MONDAY, 1)
SECOND = Lesson(LessonId(102), ENGLISH.id, MONDAY, 2)
NEXT_DAY = Lesson(LessonId(103), ALGEBRA.id, MONDAY + DAY, 1)


def attended(
    *lessons: Lesson, enrolments: list[Enrolment] = ENROLLED
) -> dict[PupilId, dict[LessonId, date]]:
    return attended_by(lessons, [ALGEBRA, ENGLISH], enrolments, [GROUP])


def sheet(*absences: Absence, lessons: tuple[Lesson, ...] = (SECOND, FIRST)) -> DailySheet:
    return daily_sheet(
        CLASS,
        MONDAY,
        pupils=EVERYBODY,
        lessons=[
            SheetLesson(
                lesson, SUBJECTS[lesson.journal], GROUP if lesson.journal == ENGLISH.id else None
            )
            for lesson in lessons
        ],
        attended=attended(*lessons),
        absences=absences,
    )


def gone(lesson: Lesson, pupil: Pupil, code: AbsenceCode = AbsenceCode.ABSENT) -> Absence:
    return lesson.absence(pupil.id, code, "", LEADER, AT)


def test_a_pupil_had_to_be_at_the_lessons_of_the_class_and_of_the_own_subgroup() -> None:
    assert attended(FIRST, SECOND, NEXT_DAY) == {
        ADA.id: {FIRST.id: MONDAY, SECOND.id: MONDAY, NEXT_DAY.id: MONDAY + DAY},
        LEV.id: {FIRST.id: MONDAY, SECOND.id: MONDAY, NEXT_DAY.id: MONDAY + DAY},
        YANA.id: {FIRST.id: MONDAY, NEXT_DAY.id: MONDAY + DAY},
    }


def test_who_came_or_left_in_between_had_to_be_there_on_the_own_days_alone() -> None:
    listed = [ENROLLED[0].ended(MONDAY), evolve(ENROLLED[1], since=MONDAY + DAY)]
    assert attended(FIRST, NEXT_DAY, enrolments=listed) == {
        ADA.id: {FIRST.id: MONDAY},
        LEV.id: {NEXT_DAY.id: MONDAY + DAY},
    }


def test_a_sheet_has_lessons_by_the_bells_and_pupils_by_the_alphabet() -> None:
    away, late = gone(FIRST, YANA), SECOND.lateness(LEV.id, 5, "", LEADER, AT)
    assert sheet(away, late) == DailySheet(
        CLASS,
        MONDAY,
        (
            SheetLesson(FIRST, SUBJECTS[ALGEBRA.id]),
            SheetLesson(SECOND, SUBJECTS[ENGLISH.id], GROUP),
        ),
        (
            SheetRow(
                LEV,
                (SheetCell(expected=True), SheetCell(expected=True, absence=late)),
                Missed(0, 0),
            ),
            SheetRow(
                YANA,
                (SheetCell(expected=True, absence=away), SheetCell(expected=False)),
                Missed(1, 1),
            ),
            SheetRow(ADA, (SheetCell(expected=True), SheetCell(expected=True)), Missed(0, 0)),
        ),
    )


def test_one_entry_fills_in_every_lesson_of_the_day_that_the_pupil_had() -> None:
    entries = [
        SheetEntry(ADA.id, AbsenceCode.ILL, excuse="лікар"),
        SheetEntry(YANA.id, AbsenceCode.ABSENT),
    ]
    assert sheet().notes(entries, [], LEADER, AT) == [
        FIRST.absence(ADA.id, AbsenceCode.ILL, "лікар", LEADER, AT),
        SECOND.absence(ADA.id, AbsenceCode.ILL, "лікар", LEADER, AT),
        gone(FIRST, YANA),
    ]


def test_an_entry_may_be_about_some_lessons_and_the_later_one_counts() -> None:
    entries = [
        SheetEntry(ADA.id, AbsenceCode.ABSENT),
        SheetEntry(ADA.id, minutes_late=10, lessons=frozenset({SECOND.id})),
        SheetEntry(LEV.id, remote=True, lessons=frozenset({FIRST.id})),
    ]
    assert sheet().notes(entries, [], LEADER, AT) == [
        gone(FIRST, ADA),
        SECOND.lateness(ADA.id, 10, "", LEADER, AT),
        FIRST.remote_presence(LEV.id, LEADER, AT),
    ]


def test_what_is_filled_in_again_makes_no_record() -> None:
    noted = evolve(gone(FIRST, ADA), version=4), evolve(gone(SECOND, ADA), version=4)
    later = AT + DAY
    again = [SheetEntry(ADA.id, AbsenceCode.ABSENT), SheetEntry(LEV.id)]
    assert sheet(*noted).notes(again, [], StaffId(8), later) == []


def test_presence_withdraws_what_was_noted() -> None:
    noted = evolve(gone(FIRST, ADA), version=4)
    assert sheet(noted).notes([SheetEntry(ADA.id)], [], LEADER, AT) == [noted.presence(LEADER, AT)]


def test_a_confirmed_excuse_explains_what_a_sheet_says_and_filling_in_again_changes_nothing() -> (
    None
):
    excuse = Excuse(
        ExcuseId(1), ADA.id, GuardianId(4), MONDAY, MONDAY, AbsenceCode.ILL, "застуда", AT,
        state=ExcuseState.CONFIRMED,
    )  # fmt: skip
    entry = SheetEntry(ADA.id, AbsenceCode.ABSENT)
    notes = sheet().notes([entry], [excuse], LEADER, AT)
    assert notes == [
        gone(lesson, ADA).explained(excuse.id, AbsenceCode.ILL, LEADER, AT)
        for lesson in (FIRST, SECOND)
    ]
    kept = [evolve(note, version=3) for note in notes]
    assert sheet(*kept).notes([entry], [excuse], LEADER, AT + DAY) == []


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        (SheetEntry(PupilId(404), AbsenceCode.ILL), NotEnrolled),
        (SheetEntry(YANA.id, AbsenceCode.ILL, lessons=frozenset({SECOND.id})), NotEnrolled),
        (SheetEntry(ADA.id, AbsenceCode.ILL, lessons=frozenset({NEXT_DAY.id})), NotAllowedHere),
        (SheetEntry(ADA.id, AbsenceCode.ILL, minutes_late=5), Invalid),
        (SheetEntry(ADA.id, AbsenceCode.ILL, remote=True), Invalid),
    ],
)
def test_a_sheet_takes_nothing_that_cannot_be(entry: SheetEntry, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        sheet().notes([SheetEntry(LEV.id, AbsenceCode.ILL), entry], [], LEADER, AT)


def test_a_day_without_lessons_is_not_filled_in() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        sheet(lessons=()).notes([SheetEntry(ADA.id, AbsenceCode.ILL)], [], LEADER, AT)
    assert refused.value == NotAllowedHere(str(MONDAY), "no-lessons")


def test_totals_count_each_code_and_each_lateness() -> None:
    lessons = {FIRST.id: MONDAY, SECOND.id: MONDAY, NEXT_DAY.id: MONDAY + DAY}
    records = [
        gone(FIRST, ADA, AbsenceCode.ILL),
        SECOND.lateness(ADA.id, 7, "", LEADER, AT),
        evolve(gone(FIRST, ADA), lesson=LessonId(999)),
        gone(NEXT_DAY, ADA),
    ]
    assert totals(lessons, records) == AttendanceTotals(
        days=1, lessons=2, without_reason=1, ill=1, late=1, minutes_late=7
    )
    remote = SECOND.remote_presence(ADA.id, LEADER, AT, 3)
    assert totals(lessons, [remote]) == AttendanceTotals(late=1, minutes_late=3, remote=1)


def record(lesson: Lesson, pupil: PupilId, kind: int) -> Absence:
    codes = list(AbsenceCode)
    if kind < len(codes):
        return lesson.absence(pupil, codes[kind], "", LEADER, AT)
    if kind == len(codes):
        return lesson.lateness(pupil, 5, "", LEADER, AT)
    if kind == len(codes) + 1:
        return lesson.remote_presence(pupil, LEADER, AT)
    return lesson.absence(pupil, AbsenceCode.ILL, "", LEADER, AT).presence(LEADER, AT)


@st.composite
def weeks(draw: st.DrawFn) -> tuple[list[Lesson], list[Absence]]:
    """Any lessons of two journals in five days, and anything noted of three pupils at them."""
    lessons = [
        Lesson(
            LessonId(number),
            draw(st.sampled_from([ALGEBRA.id, ENGLISH.id])),
            MONDAY + DAY * draw(st.integers(0, 4)),
            draw(st.integers(1, 7)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    own = attended(*lessons)
    noted = [
        record(lesson, pupil.id, draw(st.integers(0, 5)))
        for lesson in lessons
        for pupil in EVERYBODY
        if lesson.id in own.get(pupil.id, {}) and draw(st.booleans())
    ]
    return lessons, noted


WEEK = Period(MONDAY, MONDAY + DAY * 4)


def added_up(lessons: list[Lesson], noted: list[Absence]) -> ClassAttendance:
    return class_attendance(
        CLASS, WEEK, pupils=EVERYBODY, attended=attended(*lessons), absences=noted
    )


@given(weeks())
def test_rule_058_lessons_and_days_missed_reconcile_for_every_pupil(
    drawn: tuple[list[Lesson], list[Absence]],
) -> None:
    lessons, noted = drawn
    own = attended(*lessons)
    for entry in added_up(lessons, noted).pupils:
        mine = own.get(entry.pupil.id, {})
        away = [each for each in noted if each.pupil == entry.pupil.id and not each.was_present]
        found = entry.totals
        assert found.lessons == sum(any(each.lesson == lesson for each in away) for lesson in mine)
        assert found.without_reason + found.ill + found.excused == found.lessons
        assert found.days <= len({each.day for each in away}) <= found.lessons
        assert Missed(found.days, found.lessons) == missed(mine, away)


@given(weeks())
def test_rule_058_a_class_misses_what_its_pupils_do_together(
    drawn: tuple[list[Lesson], list[Absence]],
) -> None:
    lessons, noted = drawn
    whole = added_up(lessons, noted)
    each_alone = [
        added_up(lessons, [each for each in noted if each.pupil == pupil.id]).together
        for pupil in EVERYBODY
    ]
    assert whole.together == reduce(add, each_alone)
    assert whole.together.lessons == sum(not each.was_present for each in noted)


@given(weeks(), st.integers(1, 3))
def test_a_period_misses_what_its_parts_do(
    drawn: tuple[list[Lesson], list[Absence]], cut: int
) -> None:
    lessons, noted = drawn
    border = MONDAY + DAY * cut
    parts = [
        added_up([each for each in lessons if (each.day < border) is early], noted).together
        for early in (True, False)
    ]
    assert added_up(lessons, noted).together == reduce(add, parts)


@given(weeks())
def test_a_sheet_of_each_day_adds_up_to_the_totals(
    drawn: tuple[list[Lesson], list[Absence]],
) -> None:
    lessons, noted = drawn
    days: Mapping[PupilId, list[Missed]] = {pupil.id: [] for pupil in EVERYBODY}
    for day in WEEK.days:
        held = [each for each in lessons if each.day == day]
        page = sheet(
            *(each for each in noted if each.day == day),
            lessons=tuple(held),
        )
        for row in page.rows:
            days[row.pupil.id].append(row.missed)
    for entry in added_up(lessons, noted).pupils:
        assert (entry.totals.days, entry.totals.lessons) == (
            sum(each.days for each in days[entry.pupil.id]),
            sum(each.lessons for each in days[entry.pupil.id]),
        )


def test_a_class_is_added_up_in_the_order_of_the_alphabet() -> None:
    whole = added_up([FIRST, SECOND], [gone(FIRST, ADA)])
    assert whole.pupils == (
        PupilAttendance(LEV, AttendanceTotals()),
        PupilAttendance(YANA, AttendanceTotals()),
        PupilAttendance(ADA, AttendanceTotals(lessons=1, without_reason=1)),
    )
