"""Timetables, their exceptions, and what is planned for days because of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, WrongState
from ejournal.ids import (
    ClassId,
    ExceptionId,
    JournalId,
    LessonId,
    StaffId,
    SubgroupId,
    SubjectId,
    TimetableId,
    YearId,
)
from ejournal.model.calendar import Holiday, Period, SchoolYear, Semester, StudyForm, bells
from ejournal.model.classes import SchoolClass
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import Journal, Lesson
from ejournal.model.scheduled import ScheduledLesson, filled_in, planned
from ejournal.model.timetable import (
    ClassTimetable,
    ClassTimetableKey,
    ExceptionKind,
    Timetable,
    TimetableEntry,
    TimetableException,
    TimetableState,
    in_force,
)

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
WEEK = Period(MONDAY, MONDAY + DAY * 6)
YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 30),
    (
        Semester(1, date(2026, 9, 1), date(2026, 12, 24)),
        Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
    ),
    (Holiday("Осінні", date(2026, 10, 26), date(2026, 11, 1)),),
    bells(time(8, 30), breaks=(10, 10, 20)),
)
OURS, THEIRS = ClassId(1), ClassId(2)
ALGEBRA, HISTORY = SubjectId(1), SubjectId(2)
TEACHER, OTHER = StaffId(1), StaffId(2)
ONES, TWOS = SubgroupId(1), SubgroupId(2)
DRAFT = Timetable(TimetableId(1), YEAR.id, MONDAY, 2, MONDAY)
IN_FORCE = evolve(DRAFT, state=TimetableState.PUBLISHED)
CLASS = SchoolClass(OURS, YEAR.id, ClassLabel(5, "А"))


def entry(
    weekday: int = 1,
    bell: int = 1,
    week: int | None = None,
    *,
    of: ClassId = OURS,
    subject: SubjectId = ALGEBRA,
    subgroup: SubgroupId | None = None,
) -> TimetableEntry:
    return TimetableEntry(of, subject, TEACHER, weekday, bell, week, subgroup, "12")


def excepted(
    kind: ExceptionKind,
    day: date,
    *,
    id: int = 1,
    to: tuple[date, int | None] | None = None,
    bell: int | None = None,
    of: ClassId | None = None,
    subgroup: SubgroupId | None = None,
) -> TimetableException:
    to_day, to_bell = to or (None, None)
    return TimetableException(
        ExceptionId(id), YEAR.id, kind, day, day, of, subgroup, bell, to_day, to_bell
    )


def plan(
    entries: Sequence[TimetableEntry],
    *exceptions: TimetableException,
    period: Period = WEEK,
    timetable: Timetable = IN_FORCE,
) -> tuple[ScheduledLesson, ...]:
    return planned(YEAR, [timetable], {timetable.id: entries}, exceptions, period)


def at(lessons: Sequence[ScheduledLesson]) -> list[tuple[int, int]]:
    """The days, counted from Monday, and the bells of lessons that are on."""
    return [((each.day - MONDAY).days, each.bell) for each in lessons if each.is_on]


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 5), st.integers(-500, 500))
def test_the_weeks_of_a_cycle_follow_each_other_from_that_of_the_anchor(
    anchor: date, weeks: int, days: int
) -> None:
    timetable = evolve(DRAFT, anchor=anchor, weeks=weeks)
    day = anchor + DAY * days
    assert timetable.week_on(anchor) == 1
    assert timetable.week_on(day + DAY * 7) == timetable.week_on(day) % weeks + 1
    assert timetable.week_on(day - DAY * day.weekday()) == timetable.week_on(day)


def test_an_entry_has_a_weekday_a_bell_and_a_week_that_there_can_be() -> None:
    assert (entry(7, 1, 1).weekday, entry(1).week) == (7, None)
    for name, numbers in {"weekday": (0, 1, 1), "bell": (1, 0, 1), "week": (1, 1, 0)}.items():
        with pytest.raises(Invalid) as refused:
            entry(*numbers)
        assert refused.value == Invalid(name, "0", "range")
    with pytest.raises(Invalid):
        entry(8)
    with pytest.raises(Invalid) as refused:
        evolve(DRAFT, weeks=0)
    assert refused.value == Invalid("weeks", "0", "range")


def test_the_week_of_a_class_is_kept_by_day_and_bell() -> None:
    week = DRAFT.week_of(CLASS, [entry(2), entry(1, 2), entry(1, 1, 2), entry(1, 1, 1)])
    assert week == ClassTimetable(
        DRAFT.id, OURS, (entry(1, 1, 1), entry(1, 1, 2), entry(1, 2), entry(2))
    )
    assert week.key == ClassTimetableKey(DRAFT.id, OURS)
    assert evolve(week, version=4).restated(DRAFT.week_of(CLASS, [])) == ClassTimetable(
        DRAFT.id, OURS, (), 4
    )


def test_the_week_of_a_class_has_its_own_lessons_in_the_weeks_there_are() -> None:
    with pytest.raises(NotAllowedHere) as stranger:
        DRAFT.week_of(CLASS, [entry(of=THEIRS)])
    assert stranger.value == NotAllowedHere("0000000000002", "of-another-class")
    with pytest.raises(Invalid) as third:
        DRAFT.week_of(CLASS, [entry(week=3)])
    assert third.value == Invalid("week", "3", "range")
    with pytest.raises(NotAllowedHere) as late:
        DRAFT.week_of(evolve(CLASS, year=YearId(2)), [])
    assert late.value == NotAllowedHere("5-А", "of-another-year")


def test_a_timetable_is_changed_as_a_draft_published_once_and_withdrawn_once() -> None:
    published = DRAFT.publish([])
    assert published == IN_FORCE
    withdrawn = published.withdraw()
    assert withdrawn == evolve(DRAFT, state=TimetableState.WITHDRAWN) == DRAFT.withdraw()
    for command, act in {
        "publish": lambda: published.publish([]),
        "change": lambda: published.week_of(CLASS, []),
        "withdraw": withdrawn.withdraw,
    }.items():
        with pytest.raises(WrongState) as refused:
            act()
        assert refused.value.command == command


def test_two_timetables_do_not_begin_on_one_day() -> None:
    other = evolve(DRAFT, id=TimetableId(2))
    with pytest.raises(Duplicate) as refused:
        other.publish([DRAFT, IN_FORCE])
    assert refused.value == Duplicate("timetable", ("year", "since"), (IN_FORCE.id,))
    later = evolve(IN_FORCE, since=MONDAY + DAY)
    assert other.publish([IN_FORCE.withdraw(), later]).state is TimetableState.PUBLISHED


def test_the_latest_timetable_that_was_published_by_a_day_is_in_force() -> None:
    later = evolve(IN_FORCE, id=TimetableId(2), since=MONDAY + DAY * 7)
    draft = evolve(DRAFT, id=TimetableId(3), since=MONDAY + DAY)
    gone = evolve(draft, state=TimetableState.WITHDRAWN)
    known = [later, gone, IN_FORCE, draft]
    assert in_force(known, MONDAY - DAY) is None
    assert in_force(known, MONDAY) == in_force(known, MONDAY + DAY * 6) == IN_FORCE
    assert in_force(known, MONDAY + DAY * 7) == in_force(known, date(2027, 5, 31)) == later


MOVED, CANCELLED, REMOTE = ExceptionKind.MOVED, ExceptionKind.CANCELLED, ExceptionKind.REMOTE


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"last_day": MONDAY - DAY}, Invalid("exception", "2026-09-06", "order")),
        ({"subgroup": ONES}, Invalid("school_class", "", "absent")),
        ({"bell": 0}, Invalid("bell", "0/None", "range")),
        ({"kind": MOVED}, Invalid("to_day", "", "absent")),
        ({"to_day": MONDAY}, Invalid("to_day", "2026-09-07", "absent")),
        ({"kind": MOVED, "to_day": MONDAY, "to_bell": 1}, Invalid("to_bell", "1", "pattern")),
        ({"bell": 1, "to_bell": 2}, Invalid("to_bell", "2", "pattern")),
        (
            {"kind": MOVED, "to_day": MONDAY, "bell": 1, "to_bell": 0},
            Invalid("bell", "1/0", "range"),
        ),
        (
            {"kind": MOVED, "to_day": MONDAY, "last_day": MONDAY + DAY},
            Invalid("to_day", "2026-09-07", "ambiguous"),
        ),
    ],
)
def test_an_exception_says_all_that_its_kind_needs_and_no_more(
    fields: dict[str, object], refusal: Invalid
) -> None:
    with pytest.raises(Invalid) as refused:
        evolve(excepted(CANCELLED, MONDAY), **fields)  # type: ignore[arg-type]
    assert refused.value == refusal


def test_an_exception_is_withdrawn_once() -> None:
    gone = excepted(CANCELLED, MONDAY).withdraw()
    assert gone == evolve(excepted(CANCELLED, MONDAY), withdrawn=True)
    assert gone.period == Period(MONDAY, MONDAY)
    with pytest.raises(WrongState):
        gone.withdraw()


def test_a_day_has_the_lessons_of_its_weekday_in_its_week_of_the_cycle() -> None:
    entries = [entry(1), entry(1, 2, 1), entry(1, 3, 2), entry(3, of=THEIRS, subgroup=ONES)]
    assert plan(entries) == (
        ScheduledLesson(MONDAY, 1, OURS, ALGEBRA, TEACHER, None, "12"),
        ScheduledLesson(MONDAY, 2, OURS, ALGEBRA, TEACHER, None, "12"),
        ScheduledLesson(MONDAY + DAY * 2, 1, THEIRS, ALGEBRA, TEACHER, ONES, "12"),
    )
    next_week = Period(MONDAY + DAY * 7, MONDAY + DAY * 13)
    assert at(plan(entries, period=next_week)) == [(7, 1), (7, 3), (9, 1)]


def test_nothing_is_planned_in_holidays_between_semesters_or_before_a_timetable() -> None:
    daily = [entry(weekday) for weekday in range(1, 8)]
    whole = plan(daily, period=Period(date(2026, 1, 1), date(2028, 1, 1)))
    days = {lesson.day for lesson in whole}
    assert days == {
        day
        for semester in YEAR.semesters
        for day in semester.period.days
        if day >= MONDAY and day not in YEAR.holidays[0].period
    }
    assert plan(daily, period=Period(date(2028, 1, 1), date(2028, 1, 9))) == ()
    assert plan(daily, timetable=DRAFT) == ()


def test_a_timetable_supersedes_the_one_before_from_its_first_day() -> None:
    later = evolve(IN_FORCE, id=TimetableId(2), since=MONDAY + DAY * 2)
    entries = {
        IN_FORCE.id: [entry(weekday) for weekday in range(1, 6)],
        later.id: [entry(weekday, 4) for weekday in range(1, 6)],
    }
    assert at(planned(YEAR, [later, IN_FORCE], entries, [], WEEK)) == [
        (0, 1),
        (1, 1),
        (2, 4),
        (3, 4),
        (4, 4),
    ]


def test_lessons_are_cancelled_for_the_school_a_class_a_subgroup_or_a_bell() -> None:
    entries = [
        entry(1, 1, subgroup=ONES),
        entry(1, 1, subgroup=TWOS),
        entry(1, 2),
        entry(1, 2, of=THEIRS),
    ]
    whole = plan(entries)

    def on(exception: TimetableException) -> list[ScheduledLesson]:
        shown = plan(entries, exception)
        assert [evolve(each, cancelled_by=None) for each in shown] == list(whole)
        return [each for each in shown if each.is_on]

    assert on(excepted(CANCELLED, MONDAY)) == []
    assert on(excepted(CANCELLED, MONDAY, of=THEIRS)) == list(whole[:3])
    assert on(excepted(CANCELLED, MONDAY, bell=2)) == list(whole[:2])
    assert on(excepted(CANCELLED, MONDAY, of=OURS, subgroup=ONES)) == list(whole[1:])
    assert on(excepted(CANCELLED, MONDAY).withdraw()) == list(whole)
    assert on(excepted(CANCELLED, MONDAY + DAY)) == list(whole)


def test_a_lesson_is_moved_to_another_day_and_bell() -> None:
    (moved,) = plan([entry(1, 2)], excepted(MOVED, MONDAY, bell=2, to=(MONDAY + DAY, 4)))
    assert moved == ScheduledLesson(
        MONDAY + DAY, 4, OURS, ALGEBRA, TEACHER, None, "12", moved_from=(MONDAY, 2)
    )


def test_a_whole_day_is_moved_with_its_bells_from_outside_the_period_and_into_a_weekend() -> None:
    entries = [entry(5, 1), entry(5, 3, 2)]
    friday, saturday = MONDAY + DAY * 4, MONDAY + DAY * 12
    exception = excepted(MOVED, friday, to=(saturday, None))
    weekend = Period(saturday, saturday + DAY)
    (moved,) = plan(entries, exception, period=weekend)
    assert (moved.day, moved.bell, moved.moved_from) == (saturday, 1, (friday, 1))
    assert at(plan(entries, exception)) == []


def test_lessons_of_a_holiday_are_moved_and_those_that_are_not_stay_away() -> None:
    monday = date(2026, 10, 26)
    entries = [entry(1), entry(1, of=THEIRS)]
    target = monday + DAY * 12
    exception = excepted(MOVED, monday, of=OURS, to=(target, None))
    (moved,) = plan(entries, exception, period=Period(target, target))
    assert plan(entries, exception, period=Period(monday, monday)) == ()
    assert (moved.school_class, moved.day, moved.moved_from) == (OURS, target, (monday, 1))
    before = evolve(IN_FORCE, since=date(2026, 9, 1))
    late = excepted(MOVED, date(2026, 12, 28), to=(date(2027, 1, 16), None))
    assert plan(entries, late, period=Period(*[date(2027, 1, 16)] * 2), timetable=before) == ()


def test_exceptions_are_made_in_their_order() -> None:
    tuesday = MONDAY + DAY
    cancelled, moved = (
        excepted(CANCELLED, MONDAY),
        excepted(MOVED, MONDAY, id=2, to=(tuesday, None)),
    )
    again = excepted(MOVED, tuesday, id=3, to=(tuesday + DAY, None))
    late = excepted(CANCELLED, tuesday + DAY, id=4)
    entries = [entry(1)]
    assert at(plan(entries, moved, cancelled)) == [(1, 1)]
    assert at(plan(entries, again, moved)) == [(2, 1)]
    assert plan(entries, again, moved)[0].moved_from == (MONDAY, 1)
    assert at(plan(entries, again, moved, late)) == []
    assert at(
        plan(entries, evolve(moved, id=ExceptionId(1)), evolve(cancelled, id=ExceptionId(2)))
    ) == [(1, 1)]


def test_a_remote_day_makes_remote_whatever_is_held_on_it_in_the_end() -> None:
    tuesday = MONDAY + DAY
    remote = excepted(REMOTE, tuesday)
    moved = excepted(MOVED, MONDAY, id=2, to=(tuesday, None))
    entries = [entry(1), entry(2, 2), entry(3)]
    assert [(each.day, each.is_remote) for each in plan(entries, remote, moved)] == [
        (tuesday, True),
        (tuesday, True),
        (tuesday + DAY, False),
    ]


def journal(id: int, subject: SubjectId = ALGEBRA, subgroup: SubgroupId | None = None) -> Journal:
    return Journal(JournalId(id), YEAR.id, 1, OURS, subject, subgroup, OTHER)


JOURNALS = {
    each.id: each
    for each in (
        journal(1),
        journal(2, HISTORY),
        journal(3, HISTORY, ONES),
        journal(4, HISTORY, TWOS),
    )
}


def held(id: int, of: int, day: date = MONDAY, bell: int = 1) -> Lesson:
    return Lesson(LessonId(id), JournalId(of), day, bell)


def test_a_lesson_of_a_journal_fills_the_place_that_is_planned_for_it() -> None:
    lessons = [held(2, 2, bell=2), evolve(held(1, 1), substitute=OTHER)]
    first, second, third = filled_in(plan([entry(1), entry(2)]), lessons, JOURNALS)
    assert first == evolve(plan([entry(1)])[0], lesson=LessonId(1), substitute=OTHER)
    assert first.holder == OTHER
    assert second == ScheduledLesson(
        MONDAY, 2, OURS, HISTORY, OTHER, lesson=LessonId(2), is_planned=False
    )
    assert third == plan([entry(2)])[0]
    assert third.holder == TEACHER


def test_what_was_planned_for_the_same_pupils_gives_way_to_a_lesson() -> None:
    entries = [entry(1), entry(1, subject=HISTORY, subgroup=ONES)]
    whole = filled_in(plan(entries), [held(1, 2)], JOURNALS)
    assert [(each.lesson, each.is_planned) for each in whole] == [(1, False)]
    theirs = filled_in(plan([entry(1, of=THEIRS)]), [held(1, 2)], JOURNALS)
    assert [(each.school_class, each.lesson) for each in theirs] == [(OURS, 1), (THEIRS, None)]
    part = filled_in(plan(entries[1:]), [held(1, 4)], JOURNALS)
    assert [(each.subgroup, each.lesson) for each in part] == [(ONES, None), (TWOS, 1)]


def test_a_lesson_that_was_held_is_on_though_it_was_cancelled_and_a_struck_one_is_not() -> None:
    cancelled = plan([entry(1)], excepted(CANCELLED, MONDAY))
    (shown,) = filled_in(cancelled, [held(1, 1)], JOURNALS)
    assert (shown.is_on, shown.lesson) == (True, 1)
    assert filled_in(cancelled, [evolve(held(1, 1), struck=True)], JOURNALS) == cancelled


def test_two_lessons_in_one_place_are_both_shown() -> None:
    shown = filled_in(plan([entry(1)]), [held(2, 1), held(1, 1)], JOURNALS)
    assert [(each.lesson, each.is_planned) for each in shown] == [(1, True), (2, False)]


DAYS = st.integers(0, 13).map(lambda number: MONDAY + DAY * number)
BELLS = st.integers(1, 3)
ENTRIES = st.lists(
    st.builds(
        entry,
        st.integers(1, 7),
        BELLS,
        st.sampled_from([None, 1, 2]),
        subject=st.sampled_from([ALGEBRA, HISTORY]),
        subgroup=st.sampled_from([None, ONES, TWOS]),
    ),
    max_size=12,
    unique=True,
)
EXCEPTIONS = st.lists(
    st.one_of(
        st.builds(
            excepted,
            st.sampled_from([CANCELLED, REMOTE]),
            DAYS,
            id=st.integers(1, 99),
            bell=st.one_of(st.none(), BELLS),
        ),
        st.builds(
            lambda day, number, to: excepted(MOVED, day, id=number, to=(to, None)),
            DAYS,
            st.integers(1, 99),
            DAYS,
        ),
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)
LESSONS = st.lists(st.tuples(st.sampled_from(sorted(JOURNALS)), DAYS, BELLS), max_size=8).map(
    lambda drawn: [held(number, *each) for number, each in enumerate(drawn, 1)]
)
FORTNIGHT = Period(MONDAY, MONDAY + DAY * 13)


@given(ENTRIES, ENTRIES, EXCEPTIONS, EXCEPTIONS, LESSONS)
def test_a_timetable_made_anew_takes_no_lesson_away_and_plans_the_rest_anew(
    before: list[TimetableEntry],
    after: list[TimetableEntry],
    said: list[TimetableException],
    said_since: list[TimetableException],
    lessons: list[Lesson],
) -> None:
    anew = evolve(IN_FORCE, id=TimetableId(2), since=MONDAY + DAY)
    both = {IN_FORCE.id: before, anew.id: after}
    everything = {
        lesson.id: (lesson.day, lesson.bell, JOURNALS[lesson.journal].subject) for lesson in lessons
    }
    for timetables, exceptions in (
        ([IN_FORCE], said),
        ([IN_FORCE, anew], said),
        ([IN_FORCE, anew], said_since),
    ):
        wanted = planned(YEAR, timetables, both, exceptions, FORTNIGHT)
        shown = filled_in(wanted, lessons, JOURNALS)

        filled = [each for each in shown if each.lesson is not None]
        assert {each.lesson: (each.day, each.bell, each.subject) for each in filled} == everything
        assert len(filled) == len(lessons)
        taken = [each for each in wanted if any(covers(lesson, each) for lesson in lessons)]
        assert [each for each in shown if each.lesson is None] == [
            each for each in wanted if each not in taken
        ]


def covers(lesson: Lesson, place: ScheduledLesson) -> bool:
    """Whether a lesson is for some of the pupils of the place, at its time."""
    subgroup = JOURNALS[lesson.journal].subgroup
    same = (lesson.day, lesson.bell) == (place.day, place.bell)
    return same and (None in {subgroup, place.subgroup} or subgroup == place.subgroup)


@given(ENTRIES, EXCEPTIONS)
def test_a_plan_of_two_halves_is_the_plan_of_the_whole(
    entries: list[TimetableEntry], said: list[TimetableException]
) -> None:
    halves = (Period(MONDAY, MONDAY + DAY * 4), Period(MONDAY + DAY * 5, FORTNIGHT.last))
    whole = plan(entries, *said, period=FORTNIGHT)
    assert whole == tuple(each for half in halves for each in plan(entries, *said, period=half))


@given(ENTRIES, EXCEPTIONS)
def test_exceptions_act_one_after_another_on_the_whole_plan(
    entries: list[TimetableEntry], said: list[TimetableException]
) -> None:
    lessons = list(plan(entries, period=FORTNIGHT))
    for each in sorted(said, key=lambda each: each.id):
        lessons = [acted_on(each, lesson) for lesson in lessons]
    remote = [each for each in said if each.kind is REMOTE]
    expected = [
        evolve(lesson, is_remote=any(concerns(each, lesson) for each in remote))
        for lesson in lessons
    ]
    shown = plan(entries, *said, period=FORTNIGHT)
    assert sorted(map(repr, shown)) == sorted(map(repr, expected))


def concerns(exception: TimetableException, lesson: ScheduledLesson) -> bool:
    return lesson.day == exception.first_day and exception.bell in {None, lesson.bell}


def acted_on(exception: TimetableException, lesson: ScheduledLesson) -> ScheduledLesson:
    """What one exception, for the whole school, makes of a lesson: the slow way."""
    if exception.kind is REMOTE or not concerns(exception, lesson):
        return lesson
    if exception.kind is CANCELLED:
        return evolve(lesson, cancelled_by=exception.id)
    return evolve(
        lesson,
        day=exception.to_day or lesson.day,
        cancelled_by=None,
        moved_from=lesson.moved_from or (lesson.day, lesson.bell),
    )
