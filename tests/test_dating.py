"""How far back and ahead may be dated: the limits by themselves, and asked by the use cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from attrs import evolve
from small_school import BELLS, FIRST_DAY, HOLIDAYS, ID, SEMESTERS, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import NotAllowedHere
from ejournal.ids import ColumnId, LessonId, YearId
from ejournal.model.attendance import AbsenceCode
from ejournal.model.calendar import SchoolYear, StudyForm
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.dating import Dating, DatingLimits, Span
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.plugins import hookimpl, load
from ejournal.ports import Policies
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.correcting import revise_mark
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import add_column, hold_lesson

TODAY = date(2026, 9, 16)
DAY = timedelta(days=1)
YEAR = SchoolYear(
    YearId(1), StudyForm.IN_PERSON_DAY, FIRST_DAY, date(2027, 6, 30), SEMESTERS, HOLIDAYS, BELLS
)
FREE = {
    "a Saturday": date(2026, 9, 12),
    "a Sunday": date(2026, 9, 13),
    "a holiday": date(2026, 10, 28),
    "between semesters": date(2027, 1, 5),
}


def why(refuses: Callable[[], object]) -> str:
    try:
        refuses()
    except NotAllowedHere as error:
        return error.why
    return ""


@pytest.mark.parametrize(
    ("span", "days", "answers"),
    [
        (Span(), (-3000, 0, 3000), ("", "", "")),
        (Span(back=3), (-4, -3, 0, 3000), ("too-early", "", "", "")),
        (Span(ahead=1), (-3000, 1, 2), ("", "", "too-late")),
        (Span(back=0, ahead=0), (-1, 0, 1), ("too-early", "", "too-late")),
    ],
)
def test_both_ends_of_a_span_are_in_it(
    span: Span, days: tuple[int, ...], answers: tuple[str, ...]
) -> None:
    asked = [partial(span.refuse, TODAY + by * DAY, TODAY) for by in days]
    assert tuple(map(why, asked)) == answers


@pytest.mark.parametrize("day", FREE.values(), ids=FREE)
def test_lessons_are_kept_to_school_days_only_where_the_policy_says_so(day: date) -> None:
    strict, free = DatingLimits(school_days_only=True), DatingLimits()
    assert why(lambda: strict.lesson(day, TODAY, YEAR)) == "not-a-school-day"
    assert why(lambda: free.lesson(day, TODAY, YEAR)) == ""
    assert why(lambda: strict.lesson(TODAY, TODAY, YEAR)) == ""


def test_a_study_day_is_one_of_those_that_the_year_counts() -> None:
    assert sum(YEAR.is_study_day(day) for day in YEAR.period.days) == YEAR.study_days


def test_nothing_is_limited_by_default() -> None:
    assert Policies().dating == DatingLimits(Span(), Span(), Span(), school_days_only=False)


STRICT = DatingLimits(
    lessons=Span(back=7, ahead=14),
    marks=Span(back=5, ahead=0),
    absences=Span(back=3, ahead=0),
    school_days_only=True,
)


def school_under(dating: Dating) -> tuple[SmallSchool, Clock]:
    clock = Clock(datetime(2026, 9, 16, 8, tzinfo=UTC))
    return furnished(MemoryStore(policies=Policies(dating=dating), clock=clock)), clock


def held_on(school: SmallSchool, day: date) -> tuple[LessonId, ColumnId]:
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    lesson = school.run(teacher, hold_lesson, school.things.journal.id, day=day, bell=1)
    with school.store.reading(ID, teacher) as unit:
        (column,) = unit.columns.of_lesson(lesson.id)
    return lesson.id, column.id


def test_a_lesson_beyond_the_policy_is_refused_and_one_at_its_edge_is_kept() -> None:
    school, _ = school_under(STRICT)
    held_on(school, TODAY - 7 * DAY)
    held_on(school, TODAY + 14 * DAY)
    assert why(lambda: held_on(school, TODAY - 8 * DAY)) == "too-early"
    assert why(lambda: held_on(school, TODAY + 15 * DAY)) == "too-late"
    assert why(lambda: held_on(school, FREE["a Saturday"])) == "not-a-school-day"
    free, _ = school_under(DatingLimits())
    held_on(free, FREE["a Saturday"])
    held_on(free, FIRST_DAY)


def test_a_dated_column_is_asked_about_like_a_lesson_and_an_undated_one_never() -> None:
    school, _ = school_under(STRICT)
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)

    def column(kind: ColumnKind, day: date | None) -> object:
        return school.run(teacher, add_column, school.things.journal.id, kind, day=day)

    assert why(lambda: column(ColumnKind.TEST, TODAY - 8 * DAY)) == "too-early"
    assert why(lambda: column(ColumnKind.TEST, TODAY)) == ""
    assert why(lambda: column(ColumnKind.THEMATIC, None)) == ""


def test_a_mark_and_an_absence_run_out_by_their_own_spans() -> None:
    school, clock = school_under(STRICT)
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    lesson, column = held_on(school, TODAY)
    ada, lev = school.things.ada.id, school.things.lev.id

    def mark() -> object:
        """Give a mark and take it back: the place is free for the next day."""
        school.run(teacher, give_mark, column, pupil=ada, value=Grade(8))
        void = MarkRevision(RevisionKind.VOID, "описка")
        return school.run(teacher, revise_mark, column, pupil=ada, revision=void)

    def absent() -> object:
        return school.run(teacher, note_absence, lesson, pupil=lev, code=AbsenceCode.ABSENT)

    def late() -> object:
        return school.run(teacher, note_late, lesson, pupil=lev, minutes=5)

    answers = []
    for _ in range(7):
        answers.append(tuple(map(why, (mark, absent, late))))
        clock.move(DAY)
    assert answers == [("", "", "")] * 4 + [("", "too-early", "too-early")] * 2 + [
        ("too-early", "too-early", "too-early")
    ]
    school.run(teacher, withdraw_absence, lesson, pupil=lev)


def test_a_mark_in_a_column_of_no_day_is_never_too_early() -> None:
    school, clock = school_under(STRICT)
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    journal, ada = school.things.journal.id, school.things.ada.id
    column = school.run(teacher, add_column, journal, ColumnKind.THEMATIC)
    clock.move(60 * DAY)
    school.run(teacher, give_mark, column.id, pupil=ada, value=Grade(8))


class Fridays:
    """A vendor's own policy: journals are written on the day itself and on no Friday."""

    def lesson(self, day: date, today: date, year: SchoolYear) -> None:
        if day < today or day.weekday() == 4 or not year.is_study_day(day):
            raise NotAllowedHere(day.isoformat(), "not-a-school-day")

    def mark(self, day: date | None, today: date) -> None:
        if day not in {None, today}:
            raise NotAllowedHere(str(day), "too-early")

    def absence(self, day: date, today: date) -> None:
        self.mark(day, today)


class VendorsPlugin:
    @hookimpl
    def ejournal_policies(self, policies: Policies) -> Policies:
        return evolve(policies, dating=Fridays())


def test_a_plug_in_puts_a_policy_of_its_own_in_place() -> None:
    policies = load(extra=[VendorsPlugin()], installed=False).policies
    school, _ = school_under(policies.dating)
    assert why(lambda: held_on(school, date(2026, 9, 18))) == "not-a-school-day"
    _, column = held_on(school, date(2026, 9, 17))
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    ada = school.things.ada.id
    refused = why(lambda: school.run(teacher, give_mark, column, pupil=ada, value=Grade(8)))
    assert refused == "too-early"
