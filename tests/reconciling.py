"""What a played plan must have left in a store, told from its acts alone, and what is there."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import define, field

from ejournal.ids import LessonId, PupilId
from ejournal.model.assessment import Suggestion, evaluate
from ejournal.model.attendance import Absence, Missed, missed
from ejournal.model.calendar import Period
from ejournal.model.closing import GapKind, LockState
from ejournal.model.events import (
    AbsenceNoted,
    AbsenceWithdrawn,
    ColumnAdded,
    FinalDecided,
    FinalsSuggested,
    HomeworkSet,
    LatenessNoted,
    LessonHeld,
    MarkChanged,
    MarkGiven,
    PupilLeft,
    PupilTransferred,
    SemesterArchived,
    SemesterClosed,
    SemesterReopened,
    SubstitutionDone,
)
from ejournal.model.ledger import Finding
from ejournal.model.marks import AbsenceCode, MarkValue
from ejournal.model.school_data import InconsistencyKind
from ejournal.model.timetable_check import TimetableFault
from ejournal.store import SchoolUnit, Store
from ejournal.testing.school.acts import (
    Act,
    AddColumn,
    ArchivePeriod,
    AssignSubstitute,
    ChangeMark,
    ClosePeriod,
    ColumnPlace,
    DecideFinal,
    DeclineSubstitution,
    GiveMark,
    HoldLesson,
    HoldSubstituted,
    JournalPlace,
    LessonPlace,
    NoteAbsence,
    NoteLate,
    ReleasePupil,
    ReopenPeriod,
    SetHomework,
    SuggestFinals,
    TransferPupil,
    WithdrawAbsence,
)
from ejournal.testing.school.plan import DEPUTY, SchoolPlan
from ejournal.testing.school.playing import Played
from ejournal.usecases.checking import check_data
from ejournal.usecases.closing import closing_checklist
from ejournal.usecases.scheduling import check_timetable, missed_and_replaced

__all__ = ["Left", "Told", "left_in", "told_by"]

_EVENTS: Mapping[str, tuple[type[Act], ...]] = {
    LessonHeld.name: (HoldLesson, HoldSubstituted),
    SubstitutionDone.name: (HoldSubstituted,),
    HomeworkSet.name: (SetHomework,),
    ColumnAdded.name: (AddColumn,),
    MarkGiven.name: (GiveMark,),
    MarkChanged.name: (ChangeMark,),
    FinalsSuggested.name: (SuggestFinals,),
    FinalDecided.name: (DecideFinal,),
    PupilTransferred.name: (TransferPupil,),
    PupilLeft.name: (ReleasePupil,),
    AbsenceNoted.name: (NoteAbsence,),
    LatenessNoted.name: (NoteLate,),
    AbsenceWithdrawn.name: (WithdrawAbsence,),
    SemesterClosed.name: (ClosePeriod,),
    SemesterReopened.name: (ReopenPeriod,),
    SemesterArchived.name: (ArchivePeriod,),
}
"""Which acts each of these events tells."""


@define
class Told:
    """What the acts of a plan come to: cells of journals, days missed, and how many of each."""

    lessons: dict[LessonPlace, tuple[date, int, int, str]] = field(factory=dict)
    homework: dict[LessonPlace, str] = field(factory=dict)
    marks: dict[tuple[ColumnPlace, int], MarkValue] = field(factory=dict)
    absences: dict[tuple[LessonPlace, int], AbsenceCode | int | None] = field(factory=dict)
    acts: Counter[type[Act]] = field(factory=Counter)
    changed: int = 0

    @property
    def given(self) -> int:
        """How many marks were given, changes left out."""
        return sum(self.acts[act] for act in (GiveMark, DecideFinal, ChangeMark)) - self.changed

    def take(self, act: Act) -> None:
        self.acts[type(act)] += 1
        match act:
            case HoldLesson() | HoldSubstituted():
                self.lessons[act.lesson] = (act.day, act.bell, act.plan_no, act.topic)
            case SetHomework():
                self.homework[act.lesson] = act.text
            case GiveMark() | ChangeMark() | DecideFinal():
                self.changed += (act.column, act.pupil) in self.marks
                self.marks[act.column, act.pupil] = act.value
            case NoteAbsence():
                self.absences[act.lesson, act.pupil] = act.code
            case NoteLate():
                self.absences[act.lesson, act.pupil] = act.minutes
            case WithdrawAbsence():
                self.absences[act.lesson, act.pupil] = None
            case _:
                pass

    def missed_by(self, plan: SchoolPlan) -> dict[int, Missed]:
        """What each pupil missed: lessons with a code, and days of which all lessons have one."""
        lost: defaultdict[int, Counter[date]] = defaultdict(Counter)
        for (lesson, pupil), noted in self.absences.items():
            if isinstance(noted, AbsenceCode):
                lost[pupil][self.lessons[lesson][0]] += 1
        held: Counter[tuple[JournalPlace, date]] = Counter()
        for lesson, (day, _, _, _) in self.lessons.items():
            held[lesson.journal, day] += 1
        of_pupil: defaultdict[int, Counter[date]] = defaultdict(Counter)
        for (journal, day), times in held.items():
            for pupil in plan.listed(journal, day):
                of_pupil[pupil][day] += times
        whole = {
            pupil: sum(times == of_pupil[pupil][day] for day, times in days.items())
            for pupil, days in lost.items()
        }
        return {
            each.number: Missed(whole.get(each.number, 0), lost[each.number].total())
            for each in plan.pupils
        }


def told_by(plan: SchoolPlan) -> Told:
    """Fold the acts of a plan."""
    told = Told()
    for sitting in plan.sittings():
        for act in sitting.acts:
            told.take(act)
    return told


@define
class Left:
    """What is in a store, in the words of the plan."""

    lessons: dict[LessonPlace, tuple[date, int, int | None, str]]
    homework: dict[LessonPlace, str]
    marks: dict[tuple[ColumnPlace, int], MarkValue]
    absences: dict[tuple[LessonPlace, int], AbsenceCode | int | None]
    missed: dict[int, Missed]
    unsound: list[Suggestion]
    events: dict[str, int]
    entries: int
    head: int
    log: int
    states: set[LockState]
    gaps: set[GapKind]
    timetable: set[TimetableFault]
    inconsistencies: set[InconsistencyKind]
    findings: list[Finding]


def left_in(store: Store, plan: SchoolPlan, played: Played) -> Left:
    """Read everything that the plan was to leave, and ask for every proof that there is."""
    findings = [*store.verify(played.school), *store.audit(played.school)]
    entries, events = _told_in_ledger(store, played)
    with store.reading(played.school, played.actors[DEPUTY]) as unit:
        lessons = {each.id: each for each in unit.lessons.all()}
        places = {number: place for place, number in played.lessons.items()}
        columns = {number: place for place, number in played.columns.items()}
        numbers = {key: number for number, key in played.pupils.items()}
        absences = list(unit.absences.all())
        year = unit.years.get(played.year)
        locks = [
            lock
            for each in year.semesters
            for lock in unit.period_locks.of_semester(year.id, each.number)
        ]
        return Left(
            {
                places[each.id]: (each.day, each.bell, each.plan_no, each.topic)
                for each in lessons.values()
            },
            {places[each.id]: each.homework for each in lessons.values() if each.homework},
            {(columns[each.column], numbers[each.pupil]): each.value for each in unit.marks.all()},
            {(places[each.lesson], numbers[each.pupil]): _noted(each) for each in absences},
            _missed(unit, plan, played, absences),
            [each for each in unit.suggestions.all() if evaluate(each.calculation) != each.value],
            events,
            entries,
            store.heads()[played.school].seq,
            len(missed_and_replaced(unit, year.id, Period(year.first_day, year.last_day))),
            {lock.state_at(unit.now) for lock in locks},
            {
                gap.kind
                for each in year.semesters
                for gap in closing_checklist(unit, year.id, each.number)
            },
            {remark.fault for remark in check_timetable(unit, played.timetable)},
            {each.kind for each in check_data(unit)},
            findings,
        )


def _told_in_ledger(store: Store, played: Played) -> tuple[int, dict[str, int]]:
    """Count the entries from the first to the last, and the events that acts lead to."""
    counts: Counter[str] = Counter()
    after = 0
    while entries := store.entries(played.school, after=after):
        counts.update(entry.event for entry in entries)
        assert [entry.seq for entry in entries] == list(range(after + 1, after + 1 + len(entries)))
        after = entries[-1].seq
    return after, {name: counts[name] for name in _EVENTS}


def events_of(told: Told) -> dict[str, int]:
    """How often the ledger should tell each event."""
    return {name: sum(told.acts[act] for act in acts) for name, acts in _EVENTS.items()}


def log_lines(told: Told, plan: SchoolPlan) -> int:
    """How many lines the log of missed and replaced lessons should have."""
    replaced = told.acts[AssignSubstitute] + told.acts[DeclineSubstitution]
    return replaced + len(plan.lessons_on(plan.outline.cancelled))


def _noted(absence: Absence) -> AbsenceCode | int | None:
    return absence.code or absence.minutes_late or None


def _missed(
    unit: SchoolUnit, plan: SchoolPlan, played: Played, absences: Iterable[Absence]
) -> dict[int, Missed]:
    of_pupil: defaultdict[PupilId, list[Absence]] = defaultdict(list)
    for absence in absences:
        of_pupil[absence.pupil].append(absence)
    lessons: defaultdict[int, dict[LessonId, date]] = defaultdict(dict)
    for place, number in played.lessons.items():
        day = unit.lessons.get(number).day
        for pupil in plan.listed(place.journal, day):
            lessons[pupil][number] = day
    return {number: missed(lessons[number], of_pupil[key]) for number, key in played.pupils.items()}
