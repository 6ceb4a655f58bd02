"""What is in a store after a plan was played, in the words of the plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from attrs import define, field
from telling import EVENTS, Asked, Cell, Opened, Proposed, Standing, Step

from ejournal.ids import AccountId, ColumnId, LessonId, PupilId
from ejournal.model.assessment import Suggestion, evaluate, inputs
from ejournal.model.attendance import Absence, Missed, missed
from ejournal.model.calendar import Period
from ejournal.model.closing import GapKind, LockState, PeriodLock
from ejournal.model.correcting import CorrectionRequest, RevisionProposal
from ejournal.model.journal import ColumnKind, Mark, MarkKey
from ejournal.model.ledger import Finding
from ejournal.model.marks import AbsenceCode, MarkValue
from ejournal.model.school_data import InconsistencyKind
from ejournal.model.timetable_check import TimetableFault
from ejournal.store import SchoolUnit, Store
from ejournal.testing.school.acts import DEPUTY, HEAD, ColumnPlace, JournalPlace, LessonPlace
from ejournal.testing.school.plan import SchoolPlan
from ejournal.testing.school.playing import Played
from ejournal.usecases.checking import check_data
from ejournal.usecases.closing import closing_checklist
from ejournal.usecases.reading import MarkChange, mark_history
from ejournal.usecases.scheduling import check_timetable, missed_and_replaced

__all__ = ["Left", "left_in"]


@define
class Left:
    """What is in a store, in the words of the plan."""

    lessons: dict[LessonPlace, tuple[date, int, int | None, str]]
    homework: dict[LessonPlace, str]
    columns: set[ColumnPlace]
    beside: dict[ColumnPlace, ColumnPlace]
    marks: dict[Cell, Standing]
    revised: dict[Cell, list[Step]]
    proposals: dict[Cell, Proposed]
    requests: dict[Cell, Asked]
    annual: dict[Cell, tuple[MarkValue | None, frozenset[Cell]]]
    opened: dict[int, list[Opened]]
    absences: dict[tuple[LessonPlace, int], AbsenceCode | int | None]
    missed: dict[int, Missed]
    unsound: list[Suggestion]
    events: Counter[str]
    entries: int
    head: int
    log: int
    states: set[LockState]
    gaps: set[GapKind]
    timetable: set[TimetableFault]
    inconsistencies: set[InconsistencyKind]
    findings: list[Finding]


def left_in(store: Store, plan: SchoolPlan, played: Played, revised: Iterable[Cell]) -> Left:
    """Read everything that the plan was to leave, and ask for every proof that there is.

    The histories are those of the marks that are named.
    """
    findings = [*store.verify(played.school), *store.audit(played.school)]
    entries, events = _told_in_ledger(store, played)
    with store.reading(played.school, played.actors[DEPUTY]) as unit:
        words = _Words.of(unit, played)
        absences = list(unit.absences.all())
        suggestions = list(unit.suggestions.all())
        year = unit.years.get(played.year)
        locks = [
            lock
            for each in year.semesters
            for lock in unit.period_locks.of_semester(year.id, each.number)
        ]
        lessons = [(words.lessons[each.id], each) for each in unit.lessons.all()]
        return Left(
            {place: (each.day, each.bell, each.plan_no, each.topic) for place, each in lessons},
            {place: each.homework for place, each in lessons if each.homework},
            set(words.columns.values()),
            {
                words.columns[each.id]: words.columns[each.corrects]
                for each in unit.columns.all()
                if each.corrects is not None
            },
            {words.cell(each.key): words.mark(each) for each in unit.marks.all()},
            {cell: words.history(unit, cell) for cell in revised},
            {words.cell(each.key): words.proposal(each) for each in unit.revision_proposals.all()},
            {words.cell(each.key): words.request(each) for each in unit.correction_requests.all()},
            {
                words.cell(each.key): (
                    each.value,
                    frozenset(words.cell(given.key) for given in inputs(each.calculation)),
                )
                for each in suggestions
                if words.columns[each.column].kind is ColumnKind.ANNUAL
            },
            {lock.semester: words.reopenings(lock) for lock in locks},
            {
                (words.lessons[each.lesson], words.pupils[each.pupil]): _noted(each)
                for each in absences
            },
            _missed(unit, plan, played, absences),
            [each for each in suggestions if evaluate(each.calculation) != each.value],
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


@define
class _Words:
    """What everything in the store is called in the plan.

    A column is called by what it is: its kind, with the number of its lesson or of its kind.
    """

    played: Played
    journals: Mapping[int, JournalPlace]
    lessons: Mapping[int, LessonPlace]
    pupils: Mapping[int, int]
    staff: Mapping[int | None, int]
    heads: Mapping[AccountId | None, int]
    columns: dict[ColumnId, ColumnPlace] = field(factory=dict)

    @classmethod
    def of(cls, unit: SchoolUnit, played: Played) -> _Words:
        words = cls(
            played,
            {number: place for place, number in played.journals.items()},
            {number: place for place, number in played.lessons.items()},
            {key: number for number, key in played.pupils.items()},
            {key: number for number, key in played.staff.items()},
            {played.actors[who].account: who.person for who in (HEAD, DEPUTY)},
        )
        of_kind: Counter[tuple[JournalPlace, ColumnKind]] = Counter()
        for each in sorted(unit.columns.all(), key=lambda column: column.id):
            journal = words.journals[each.journal]
            of_kind[journal, each.kind] += 1
            number = of_kind[journal, each.kind]
            if each.lesson is not None:
                number = words.lessons[each.lesson].number
            words.columns[each.id] = ColumnPlace(journal, each.kind, number)
        return words

    def cell(self, key: MarkKey) -> Cell:
        return self.columns[key.column], self.pupils[key.pupil]

    def mark(self, mark: Mark) -> Standing:
        author = self.staff[mark.author]
        return Standing(mark.value, mark.comment, author, mark.given_at, mark.void)

    def history(self, unit: SchoolUnit, cell: Cell) -> list[Step]:
        column, pupil = self.played.columns[cell[0]], self.played.pupils[cell[1]]
        key = MarkKey(self.played.journals[cell[0].journal], column, pupil)
        return [self._step(change) for change in reversed(mark_history(unit, key))]

    def _step(self, change: MarkChange) -> Step:
        return Step(
            change.at,
            self.staff[change.author],
            change.old,
            change.new,
            change.comment or "",
            change.kind,
            change.reason or "",
            None if change.approved_by is None else self.heads[change.approved_by],
        )

    def proposal(self, proposal: RevisionProposal) -> Proposed:
        return Proposed(
            proposal.revision.kind,
            proposal.revision.value,
            proposal.revision.reason,
            self.staff[proposal.proposer],
            proposal.proposed_at,
            proposal.state,
            None if proposal.decided_by is None else self.heads[proposal.decided_by],
            proposal.decided_at,
            proposal.answer,
        )

    def request(self, request: CorrectionRequest) -> Asked:
        order = request.commission
        applicants = {key: number for number, key in self.played.guardians.items()}
        return Asked(
            request.standing,
            applicants[request.applicant],
            request.applied_at,
            request.reason,
            request.state,
            None
            if order is None
            else (
                order.number,
                order.day,
                self.staff[order.chair],
                self.staff[order.methodist],
                self.staff[order.teacher],
                order.schedule,
            ),
            request.result,
            request.concluded_at,
            request.answer,
        )

    def reopenings(self, lock: PeriodLock) -> list[Opened]:
        return [
            Opened(self.journals[each.journal], each.since, each.until, each.reason, each.ended)
            for each in lock.reopenings
            if each.journal is not None
        ]


def _told_in_ledger(store: Store, played: Played) -> tuple[int, Counter[str]]:
    """Count the entries from the first to the last, and the events that acts lead to."""
    counts: Counter[str] = Counter()
    after = 0
    while entries := store.entries(played.school, after=after):
        counts.update(entry.event for entry in entries if entry.event in EVENTS)
        assert [entry.seq for entry in entries] == list(range(after + 1, after + 1 + len(entries)))
        after = entries[-1].seq
    return after, counts


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
