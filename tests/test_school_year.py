"""A school year that never was: the same for a seed everywhere, and all of it right when played."""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest
from figures import tell
from reconciling import left_in
from stores import Clock, opened_sql
from telling import Told, told_by

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import PeriodClosed
from ejournal.model.closing import GapKind, LockState
from ejournal.model.correcting import CorrectionState, MarkRevision, ProposalState, RevisionKind
from ejournal.model.events import MarkChanged
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.model.timetable_check import TimetableFault
from ejournal.store import Store
from ejournal.testing.school import SchoolPlan, a_class_month, a_school_year
from ejournal.testing.school.acts import Act, ColumnPlace, Who
from ejournal.testing.school.curriculum import Course, SubjectPlan, courses
from ejournal.testing.school.numbers import Numbers
from ejournal.testing.school.playing import Played, Player, play
from ejournal.testing.school.weeks import timetable
from ejournal.usecases.correcting import revise_mark

YEAR_OF_SEED_1 = "6db344db468a98fb4dcb157d4d31d09ae92d2216cea86d9a3a2629db54ba42d2"
MONTH_OF_SEED_1 = "e73258d7e375b694ad4c308a3550c3b3a51f8c6a32e2887c5e2586bcb5a172ee"


def digest(plan: SchoolPlan) -> str:
    told = hashlib.sha256()
    for line in plan.spelled():
        told.update(line.encode())
    return told.hexdigest()


def test_the_numbers_are_those_of_the_reference_program() -> None:
    numbers = Numbers(1234567)
    assert [numbers.draw() for _ in range(5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def test_a_stream_of_its_own_depends_on_its_name_and_not_on_what_was_drawn() -> None:
    fresh, used = Numbers(1), Numbers(1)
    used.draw()
    assert fresh.apart("a", 1).draw() == used.apart("a", 1).draw()
    assert len({fresh.apart(*name).draw() for name in ((), ("a",), ("a", 1), ("b",))}) == 4


def test_a_seed_is_spelled_in_the_same_bytes_everywhere() -> None:
    assert digest(a_school_year(1)) == YEAR_OF_SEED_1
    assert digest(a_class_month(1)) == MONTH_OF_SEED_1


def test_neither_the_hashes_of_texts_nor_the_run_before_matter() -> None:
    program = (
        "import hashlib; from ejournal.testing.school import a_class_month; "
        "print(hashlib.sha256(''.join(a_class_month(1).spelled()).encode()).hexdigest())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert told == {MONTH_OF_SEED_1}
    assert digest(a_class_month(2)) != MONTH_OF_SEED_1


@pytest.fixture(scope="module")
def year() -> Told:
    return told_by(a_school_year(1))


@pytest.fixture(params=["month", "year"])
def told(request: pytest.FixtureRequest) -> Told:
    return request.getfixturevalue("year") if request.param == "year" else told_by(a_class_month(1))


def test_the_school_is_the_reference_school(year: Told) -> None:
    plan, marks = year.plan, year.marks
    assert (len(plan.pupils), len(plan.outline.labels), len(plan.staff)) == (305, 15, 31)
    assert len(plan.courses) == 171
    assert 42_000 <= len(marks) <= 45_000


def test_marks_are_changed_in_every_way_that_there_is(told: Told) -> None:
    steps = [step for own in told.steps.values() for step in own]
    assert {step.kind for step in steps} == {None, *RevisionKind}
    assert MarkChanged.name in told.events
    assert {each.state for each in told.proposals.values()} == {
        ProposalState.APPROVED,
        ProposalState.DECLINED,
    }
    void = {cell for cell, own in told.steps.items() if any(step.new is None for step in own)}
    assert {told.marks[cell].void for cell in void} == {True, False}


def test_of_each_semester_marks_are_corrected_before_and_after_the_closing(told: Told) -> None:
    semesters = len(told.plan.outline.semesters)
    assert Counter(each.state for each in told.requests.values()) == {
        CorrectionState.CONCLUDED: 3 * semesters,
        CorrectionState.DECLINED: semesters,
        CorrectionState.WITHDRAWN: semesters,
    }
    corrected = {
        column.journal: mark.at
        for (column, _), mark in told.marks.items()
        if column.kind is ColumnKind.CORRECTED
    }
    reopened = {each.journal for own in told.opened.values() for each in own}
    late = {journal for journal, at in corrected.items() if at > told.closed[journal.semester]}
    assert (len(corrected), len(late)) == (2 * semesters, semesters)
    assert late == reopened.intersection(corrected)


def test_annual_marks_are_suggested_from_corrected_ones(told: Told) -> None:
    counted = {column.kind for _, cells in told.annual.values() for column, _ in cells}
    assert counted == {ColumnKind.SEMESTER, ColumnKind.CORRECTED}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_acts_come_in_the_order_of_time_and_begin_no_earlier_than_the_year(seed: int) -> None:
    plan = a_school_year(seed)
    times = [sitting.at for sitting in plan.sittings()]
    assert times == sorted(times)
    assert times[0].date() >= plan.outline.first_day


def test_nobody_is_in_two_places_and_every_course_has_its_hours() -> None:
    taken: Counter[tuple[ClassLabel | int, int, int, int]] = Counter()
    halves: Counter[Course] = Counter()
    for each in timetable(courses()):
        for week in (1, 2) if each.week is None else (each.week,):
            halves[each.course] += 1
            taken[each.course.teacher, each.weekday, each.bell, week] += 1
            if each.course.part in {"", "1 група"}:
                taken[each.course.label, each.weekday, each.bell, week] += 1
    assert set(taken.values()) == {1}
    assert halves == Counter({course: course.halves for course in courses()})


def test_where_no_bell_is_free_for_both_lessons_change_places() -> None:
    def course(letter: str, teacher: int, halves: int) -> Course:
        return Course(ClassLabel(5, letter), SubjectPlan(f"{letter}{teacher}", ""), halves, teacher)

    full = [course("А", 1, 40), course("А", 2, 40), course("Б", 1, 40), course("Б", 2, 40)]
    assert len(timetable(full)) == 80
    with pytest.raises(LookupError, match="5-А"):
        timetable([*full, course("А", 3, 2)])


def played_right(store: Store, plan: SchoolPlan) -> Played:
    """Play a plan, and hold what is in the store against what the acts alone tell."""
    played, told = play(plan, store), told_by(plan)
    left = left_in(store, plan, played, told.revised)
    assert left.findings == []
    assert left.inconsistencies == set()
    assert left.lessons == told.lessons
    assert left.homework == told.homework
    assert left.columns == told.columns == set(played.columns)
    assert left.beside == {
        place: ColumnPlace(place.journal, ColumnKind.SEMESTER)
        for place in told.columns
        if place.kind is ColumnKind.CORRECTED
    }
    assert left.marks == told.marks
    assert left.revised == told.revised
    assert left.proposals == told.proposals
    assert left.requests == told.requests
    assert left.unsound == []
    assert {cell: left.annual[cell] for cell in told.annual} == told.annual
    assert left.absences == told.absences
    assert left.missed == told.missed()
    assert left.opened == told.opened
    assert left.events == told.events
    assert left.entries == left.head
    assert left.log == told.log
    assert left.states == {LockState.ARCHIVED}
    assert left.gaps <= {GapKind.UNEXPLAINED_ABSENCE}
    assert left.timetable <= {TimetableFault.LESSON_LENGTH}
    assert played.acts == {act.__name__: times for act, times in told.acts.items()}
    return played


def test_a_month_of_a_class_is_played_closed_reopened_and_archived(store: Store) -> None:
    plan = a_class_month(1)
    played = played_right(store, plan)
    (column, pupil) = next(iter(told_by(plan).marks))
    teacher = next(
        each.teacher for each in plan.courses if each.subject.name == column.journal.subject
    )
    actor = played.actors[Who(Role.SUBJECT_TEACHER, teacher)]
    place, of = played.columns[column], played.pupils[pupil]
    slip = MarkRevision(RevisionKind.CORRECTION, "описка", Grade(12))
    with pytest.raises(PeriodClosed) as refused, store.school(played.school, actor) as unit:
        revise_mark(unit, place, pupil=of, revision=slip)
    assert refused.value == PeriodClosed("2026/27", 1, "archived")


def test_an_act_that_nobody_can_play_is_an_error() -> None:
    player = Player(a_class_month(1), MemoryStore())
    player.found()
    played = player.played()
    with (
        player.store.school(played.school, next(iter(played.actors.values()))) as unit,
        pytest.raises(NotImplementedError, match="Act"),
    ):
        player._done(Act(), unit)


@pytest.mark.soak
@pytest.mark.timeout(4 * 3600)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_year_of_the_school_is_played_day_by_day(kind: str, tmp_path: Path) -> None:
    opened = (
        nullcontext(MemoryStore())
        if kind == "memory"
        else opened_sql(tmp_path / "year.db", Clock())
    )
    with opened as store:
        started, used = time.monotonic(), time.process_time()
        played = played_right(store, a_school_year(1))
        seconds, cpu = time.monotonic() - started, time.process_time() - used
        size = sum(each.stat().st_size for each in tmp_path.iterdir())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        tell(
            f"a school year on {kind}: {sum(played.acts.values()):,} acts in {played.sittings:,}"
            f" units, {seconds:.0f} s ({cpu:.0f} s of CPU), {peak:,} MB at most,"
            f" {size // 2**20:,} MB on disk"
        )
