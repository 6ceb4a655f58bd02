"""What a timetable is looked at for: conflicts, bells, and hours a week (rule 69)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid
from ejournal.ids import ClassId, PupilId, StaffId, SubgroupId, SubjectId, TimetableId, YearId
from ejournal.model.calendar import (
    Bell,
    CalendarPolicy,
    SchoolYear,
    Semester,
    StudyForm,
    bells,
)
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.identifiers import ClassLabel
from ejournal.model.timetable import ClassHours, SubjectHours, Timetable, TimetableEntry
from ejournal.model.timetable_check import TimetableFault, TimetableRemark, timetable_remarks

YEAR = SchoolYear(
    YearId(1),
    StudyForm.IN_PERSON_DAY,
    date(2026, 9, 1),
    date(2027, 6, 30),
    (Semester(1, date(2026, 9, 1), date(2027, 6, 4)),),
    bells=(
        *bells(time(8, 30), breaks=(10, 10)),
        *bells(time(10, 0), breaks=(10,), shift=2),
        *bells(time(8, 30), lesson=35, breaks=(10,), shift=3),
    ),
)
FIFTH, SIXTH, FIRST = ClassId(5), ClassId(6), ClassId(1)
CLASSES = (
    SchoolClass(FIFTH, YEAR.id, ClassLabel(5, "А")),
    SchoolClass(SIXTH, YEAR.id, ClassLabel(6, "А"), shift=2),
    SchoolClass(FIRST, YEAR.id, ClassLabel(1, "А"), shift=3),
)
ALGEBRA, ENGLISH = SubjectId(1), SubjectId(2)
ONE, TWO = StaffId(1), StaffId(2)
PARTS = tuple(
    Subgroup(SubgroupId(number), FIFTH, f"Група {number}", frozenset(map(PupilId, members)))
    for number, members in ((1, (1, 2)), (2, (3,)), (3, (2, 3)))
)
PEACE = CalendarPolicy()
TIMETABLE = Timetable(TimetableId(1), YEAR.id, date(2026, 9, 1), 2, date(2026, 9, 1))


def entry(
    bell: int = 1,
    *,
    teacher: StaffId = ONE,
    of: ClassId = FIFTH,
    week: int | None = None,
    part: int | None = None,
    room: str = "",
    weekday: int = 1,
    subject: SubjectId = ALGEBRA,
) -> TimetableEntry:
    subgroup = None if part is None else SubgroupId(part)
    return TimetableEntry(of, subject, teacher, weekday, bell, week, subgroup, room)


def remarks(
    *entries: TimetableEntry,
    hours: Sequence[ClassHours] = (),
    policy: CalendarPolicy = PEACE,
    timetable: Timetable = TIMETABLE,
) -> tuple[TimetableRemark, ...]:
    return timetable_remarks(
        timetable,
        entries,
        year=YEAR,
        classes=CLASSES,
        subgroups=PARTS,
        hours=hours,
        policy=policy,
    )


def twice(fault: TimetableFault, *pair: TimetableEntry) -> tuple[TimetableRemark, ...]:
    return (TimetableRemark(fault, pair),)


def test_a_teacher_in_two_places_at_once_is_reported_in_whichever_shift() -> None:
    early, late = entry(2), entry(1, of=SIXTH)
    assert YEAR.bell(1, 2).overlaps(YEAR.bell(2, 1))
    assert remarks(late, early) == twice(TimetableFault.TEACHER_TWICE, late, early)
    assert remarks(entry(1), entry(2, of=SIXTH)) == ()
    assert remarks(early, evolve(late, teacher=TWO)) == ()
    assert remarks(early, evolve(late, weekday=2)) == ()


def test_entries_of_different_weeks_are_never_at_once() -> None:
    first, second = entry(week=1), entry(week=2, subject=ENGLISH)
    assert remarks(first, second) == ()
    every = entry(subject=ENGLISH, teacher=TWO)
    assert remarks(first, every) == twice(TimetableFault.CLASS_TWICE, every, first)


def test_a_class_has_two_lessons_at_once_if_its_subgroups_share_nobody() -> None:
    ones, twos, mixed = (entry(part=part, teacher=StaffId(part)) for part in (1, 2, 3))
    assert remarks(ones, twos) == ()
    assert remarks(ones, mixed) == twice(TimetableFault.CLASS_TWICE, ones, mixed)
    whole = entry(teacher=StaffId(9))
    assert remarks(ones, whole) == twice(TimetableFault.CLASS_TWICE, whole, ones)
    again = evolve(ones, teacher=StaffId(9))
    assert remarks(ones, again) == twice(TimetableFault.CLASS_TWICE, ones, again)


def test_a_room_is_for_one_lesson_at_a_time_however_it_is_spelled() -> None:
    here, there = entry(room="Спортзала"), entry(of=FIRST, teacher=TWO, room=" спортзала ")
    assert remarks(here, there) == twice(TimetableFault.ROOM_TWICE, there, here)
    assert remarks(here, evolve(there, room="12")) == ()
    assert remarks(evolve(here, room=""), evolve(there, room="")) == ()


def test_a_lesson_without_a_bell_is_reported_and_still_collides() -> None:
    first, second = entry(7), entry(7, subject=ENGLISH, teacher=TWO)
    elsewhere = entry(7, of=SIXTH)
    assert remarks(first, second, elsewhere) == (
        *twice(TimetableFault.CLASS_TWICE, first, second),
        TimetableRemark(TimetableFault.NO_BELL, (first, second), FIFTH),
        TimetableRemark(TimetableFault.NO_BELL, (elsewhere,), SIXTH),
    )


def test_rule_069_a_lesson_lasts_35_40_or_45_minutes_by_grade() -> None:
    lengths = {grade: CalendarPolicy().lesson_length(grade) for grade in range(1, 13)}
    assert lengths == {1: 35, 2: 40, 3: 40, 4: 40, **dict.fromkeys(range(5, 13), 45)}


def test_rule_069_bells_of_another_length_are_remarked_on_and_the_length_is_a_policy() -> None:
    first, fifth = entry(1, of=FIRST, teacher=TWO), entry(1)
    long = CalendarPolicy(lessons=((1, 45), (4, 40)))
    assert remarks(first, fifth) == ()
    assert remarks(first, fifth, policy=long) == (
        TimetableRemark(
            TimetableFault.LESSON_LENGTH,
            (first,),
            FIRST,
            found=Fraction(35),
            expected=Fraction(45),
        ),
        TimetableRemark(
            TimetableFault.LESSON_LENGTH,
            (fifth,),
            FIFTH,
            found=Fraction(45),
            expected=Fraction(40),
        ),
    )


def test_a_bell_lasts_whole_minutes_and_only_touching_is_no_overlap() -> None:
    first, second = bells(time(8, 30), lesson=40, breaks=(0,))
    assert (first.minutes, second.minutes) == (40, 40)
    assert not first.overlaps(second)
    assert not second.overlaps(first)
    assert first.overlaps(Bell(2, 1, time(9, 9), time(9, 50)))
    assert first.overlaps(first)


def hours(**of_subjects: str) -> tuple[ClassHours, ...]:
    named = {"algebra": ALGEBRA, "english": ENGLISH}
    listed = (SubjectHours(named[name], Fraction(text)) for name, text in of_subjects.items())
    return (ClassHours(FIFTH, tuple(listed)),)


def test_an_hour_and_a_half_is_one_lesson_and_two_in_turn() -> None:
    taught = [entry(1), entry(1, weekday=2, week=2)]
    assert remarks(*taught, hours=hours(algebra="3/2")) == ()
    assert remarks(*taught, hours=hours(algebra="2")) == (
        TimetableRemark(
            TimetableFault.HOURS, tuple(taught), FIFTH, ALGEBRA, None, Fraction(3, 2), Fraction(2)
        ),
    )


def test_hours_that_are_not_taught_and_lessons_that_are_not_planned_are_reported() -> None:
    assert remarks(entry(), hours=hours(english="1")) == (
        TimetableRemark(
            TimetableFault.HOURS, (entry(),), FIFTH, ALGEBRA, None, Fraction(1), Fraction(0)
        ),
        TimetableRemark(TimetableFault.HOURS, (), FIFTH, ENGLISH, None, Fraction(0), Fraction(1)),
    )
    assert remarks(entry()) == ()


def test_each_subgroup_has_the_hours_of_the_class() -> None:
    whole = entry(1)
    ones, twos = entry(2, part=1), entry(2, part=2, teacher=TWO)
    assert remarks(whole, ones, twos, hours=hours(algebra="2")) == ()
    assert remarks(whole, ones, twos, entry(3, part=1), hours=hours(algebra="2")) == (
        TimetableRemark(
            TimetableFault.HOURS,
            (whole, ones, entry(3, part=1)),
            FIFTH,
            ALGEBRA,
            SubgroupId(1),
            Fraction(3),
            Fraction(2),
        ),
    )


def test_weeks_are_uneven_if_one_has_two_lessons_more() -> None:
    taught = [entry(bell, week=1) for bell in (1, 2, 3)]
    assert remarks(*taught, hours=hours(algebra="3/2")) == (
        TimetableRemark(
            TimetableFault.UNEVEN,
            tuple(taught),
            FIFTH,
            ALGEBRA,
            None,
            Fraction(3, 2),
            Fraction(3, 2),
        ),
    )


@given(st.integers(1, 4), st.lists(st.one_of(st.none(), st.integers(1, 4)), max_size=8))
def test_hours_are_exact_whatever_the_cycle(cycle: int, weeks: list[int | None]) -> None:
    timetable = evolve(TIMETABLE, weeks=cycle)
    held = [week for week in weeks if week is None or week <= cycle]
    entries = [
        entry(weekday=number % 7 + 1, bell=number // 7 + 1, week=week)
        for number, week in enumerate(held)
    ]
    total = sum((Fraction(1) if week is None else Fraction(1, cycle) for week in held), Fraction(0))
    planned = () if not total else (SubjectHours(ALGEBRA, total),)
    found = remarks(*entries, hours=[ClassHours(FIFTH, planned)], timetable=timetable)
    assert [each for each in found if each.fault is TimetableFault.HOURS] == []
    more = (SubjectHours(ALGEBRA, total + Fraction(1, cycle)),)
    (gap,) = (
        each
        for each in remarks(*entries, hours=[ClassHours(FIFTH, more)], timetable=timetable)
        if each.fault is TimetableFault.HOURS
    )
    assert (gap.found, gap.expected) == (total, total + Fraction(1, cycle))


def test_hours_are_more_than_none_and_of_each_subject_once() -> None:
    with pytest.raises(Invalid) as refused:
        SubjectHours(ALGEBRA, Fraction(0))
    assert refused.value == Invalid("hours", "0", "range")
    twice = (SubjectHours(ALGEBRA, Fraction(1)), SubjectHours(ALGEBRA, Fraction(2)))
    with pytest.raises(Invalid):
        ClassHours(FIFTH, twice)
    stated = ClassHours(FIFTH, twice[:1], 4).restated(
        [SubjectHours(ENGLISH, Fraction(3)), twice[1]]
    )
    assert stated == ClassHours(FIFTH, (twice[1], SubjectHours(ENGLISH, Fraction(3))), 4)
