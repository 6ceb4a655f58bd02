"""What a played plan must have left in a store, told from its acts alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import TypeAlias

from attrs import define, evolve, field, frozen

from ejournal.model.attendance import Missed
from ejournal.model.correcting import CorrectionState, ProposalState, RevisionKind
from ejournal.model.events import (
    AbsenceNoted,
    AbsenceWithdrawn,
    ColumnAdded,
    CorrectionAppliedFor,
    CorrectionConcluded,
    CorrectionDeclined,
    CorrectionOrdered,
    CorrectionWithdrawn,
    FinalDecided,
    FinalsSuggested,
    HomeworkSet,
    LatenessNoted,
    LessonHeld,
    MarkChanged,
    MarkGiven,
    MarkRevised,
    PupilLeft,
    PupilTransferred,
    RevisionDeclined,
    RevisionProposed,
    SemesterArchived,
    SemesterClosed,
    SemesterReopened,
    SubstitutionDone,
)
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import AbsenceCode, Grade, MarkValue
from ejournal.testing.school.acts import (
    Act,
    AddColumn,
    ApplyForCorrection,
    ApproveChange,
    ArchivePeriod,
    AssignSubstitute,
    ChangeMark,
    Changing,
    ClosePeriod,
    ColumnPlace,
    ConcludeCorrection,
    DecideFinal,
    DeclineChange,
    DeclineCorrection,
    DeclineSubstitution,
    GiveMark,
    HoldLesson,
    HoldSubstituted,
    InCell,
    JournalPlace,
    LessonPlace,
    NoteAbsence,
    NoteLate,
    OrderCorrection,
    ProposeChange,
    ReleasePupil,
    ReopenPeriod,
    SetHomework,
    SuggestFinals,
    TransferPupil,
    Who,
    WithdrawAbsence,
    WithdrawCorrection,
)
from ejournal.testing.school.plan import SchoolPlan

__all__ = ["EVENTS", "Asked", "Cell", "Opened", "Proposed", "Standing", "Step", "Told", "told_by"]

Cell: TypeAlias = tuple[ColumnPlace, int]

_ALWAYS: Mapping[type[Act], tuple[str, ...]] = {
    HoldLesson: (LessonHeld.name,),
    HoldSubstituted: (LessonHeld.name, SubstitutionDone.name),
    SetHomework: (HomeworkSet.name,),
    AddColumn: (ColumnAdded.name,),
    ChangeMark: (MarkRevised.name,),
    ProposeChange: (RevisionProposed.name,),
    ApproveChange: (MarkRevised.name,),
    DeclineChange: (RevisionDeclined.name,),
    ApplyForCorrection: (CorrectionAppliedFor.name,),
    OrderCorrection: (CorrectionOrdered.name,),
    ConcludeCorrection: (CorrectionConcluded.name,),
    DeclineCorrection: (CorrectionDeclined.name,),
    WithdrawCorrection: (CorrectionWithdrawn.name,),
    SuggestFinals: (FinalsSuggested.name,),
    DecideFinal: (FinalDecided.name,),
    TransferPupil: (PupilTransferred.name,),
    ReleasePupil: (PupilLeft.name,),
    NoteAbsence: (AbsenceNoted.name,),
    NoteLate: (LatenessNoted.name,),
    WithdrawAbsence: (AbsenceWithdrawn.name,),
    ClosePeriod: (SemesterClosed.name,),
    ReopenPeriod: (SemesterReopened.name,),
    ArchivePeriod: (SemesterArchived.name,),
}
"""What the ledger tells of an act, whatever stood before."""

EVENTS = frozenset({MarkGiven.name, MarkChanged.name}.union(*_ALWAYS.values()))
"""The events that acts lead to; what founds the school leads to others."""


@frozen
class Standing:
    """A mark as it is kept: who gave it last, or made it void, and when."""

    value: MarkValue
    comment: str
    author: int
    at: datetime
    void: bool = False


@frozen
class Step:
    """A change of a mark, as its history shows it; `approved_by` is the person's number."""

    at: datetime
    author: int
    old: MarkValue | None
    new: MarkValue | None
    comment: str
    kind: RevisionKind | None = None
    reason: str = ""
    approved_by: int | None = None


@frozen
class Proposed:
    """What became of a proposal."""

    kind: RevisionKind
    value: MarkValue | None
    reason: str
    proposer: int
    at: datetime
    state: ProposalState = ProposalState.PROPOSED
    decided_by: int | None = None
    decided_at: datetime | None = None
    answer: str = ""


@frozen
class Asked:
    """What became of an application for correction; `order` is all that the head ordered."""

    standing: MarkValue
    applicant: int
    at: datetime
    reason: str
    state: CorrectionState = CorrectionState.APPLIED
    order: tuple[str, date, int, int, int, tuple[date, ...]] | None = None
    result: MarkValue | None = None
    concluded_at: datetime | None = None
    answer: str = ""


@frozen
class Opened:
    """A journal that was open again: from when, until when at most, why, and when that ended."""

    journal: JournalPlace
    since: datetime
    until: datetime
    reason: str
    ended: datetime | None = None


@define
class Told:
    """What the acts of a plan come to: cells of journals, days missed, requests, and events.

    `closed` is when each semester was closed first.
    """

    plan: SchoolPlan
    lessons: dict[LessonPlace, tuple[date, int, int, str]] = field(factory=dict)
    homework: dict[LessonPlace, str] = field(factory=dict)
    columns: set[ColumnPlace] = field(factory=set)
    marks: dict[Cell, Standing] = field(factory=dict)
    steps: defaultdict[Cell, list[Step]] = field(factory=lambda: defaultdict(list))
    proposals: dict[Cell, Proposed] = field(factory=dict)
    requests: dict[Cell, Asked] = field(factory=dict)
    annual: dict[Cell, tuple[MarkValue, frozenset[Cell]]] = field(factory=dict)
    closed: dict[int, datetime] = field(factory=dict)
    opened: dict[int, list[Opened]] = field(factory=dict)
    absences: dict[tuple[LessonPlace, int], AbsenceCode | int | None] = field(factory=dict)
    acts: Counter[type[Act]] = field(factory=Counter)
    events: Counter[str] = field(factory=Counter)
    _of_year: defaultdict[tuple[ClassLabel, str, int], dict[int, Cell]] = field(
        factory=lambda: defaultdict(dict)
    )

    @property
    def revised(self) -> dict[Cell, list[Step]]:
        """How the marks came to be what they are that were changed with a kind and a reason."""
        return {cell: steps for cell, steps in self.steps.items() if any(s.kind for s in steps)}

    @property
    def log(self) -> int:
        """How many lines the log of missed and replaced lessons should have."""
        replaced = self.acts[AssignSubstitute] + self.acts[DeclineSubstitution]
        return replaced + len(self.plan.lessons_on(self.plan.outline.cancelled))

    def take(self, who: Who, at: datetime, act: Act) -> None:
        self.acts[type(act)] += 1
        self.events.update(_ALWAYS.get(type(act), ()))
        match act:
            case HoldLesson() | HoldSubstituted():
                self.lessons[act.lesson] = (act.day, act.bell, act.plan_no, act.topic)
                place = ColumnPlace(act.lesson.journal, ColumnKind.CURRENT, act.lesson.number)
                self.columns.add(place)
            case SetHomework():
                self.homework[act.lesson] = act.text
            case AddColumn():
                self._add(act.column)
            case SuggestFinals() if act.column.kind is ColumnKind.ANNUAL:
                self._suggest(act.column, at.date())
            case NoteAbsence():
                self.absences[act.lesson, act.pupil] = act.code
            case NoteLate():
                self.absences[act.lesson, act.pupil] = act.minutes
            case WithdrawAbsence():
                self.absences[act.lesson, act.pupil] = None
            case ReopenPeriod() | ClosePeriod():
                self._open(at, act)
            case InCell():
                self._change(who.person, at, act)
            case _:
                pass

    def _add(self, column: ColumnPlace) -> None:
        self.columns.add(column)
        if column.kind is ColumnKind.SEMESTER:
            self.columns.add(ColumnPlace(column.journal, ColumnKind.CORRECTED))
            self.events[ColumnAdded.name] += 1

    def _open(self, at: datetime, act: ReopenPeriod | ClosePeriod) -> None:
        """Let a journal be open for its time, or close what is open before that is over."""
        if isinstance(act, ReopenPeriod):
            spell = Opened(act.journal, at, at + act.lasts, act.reason)
            self.opened[act.journal.semester].append(spell)
        else:
            self.closed.setdefault(act.semester, at)
            self.opened[act.semester] = [
                evolve(each, ended=at) if at < each.until else each
                for each in self.opened.get(act.semester, [])
            ]

    def _change(self, who: int, at: datetime, act: InCell) -> None:
        match act:
            case GiveMark():
                old = self._give(act.cell, Standing(act.value, act.comment, who, at))
                self.events[MarkGiven.name if old is None else MarkChanged.name] += 1
            case DecideFinal():
                self._give(act.cell, Standing(act.value, act.comment, who, at))
                if act.column.kind is ColumnKind.SEMESTER:
                    self._counts(act.cell)
            case ChangeMark():
                self._revise(who, at, act)
            case ProposeChange():
                self.proposals[act.cell] = Proposed(act.kind, act.value, act.reason, who, at)
            case ApproveChange() | DeclineChange():
                self._decide(who, at, act)
            case _:
                self._ask(who, at, act)

    def _give(self, cell: Cell, mark: Standing) -> MarkValue | None:
        """Let a mark stand, and return what it stands in the place of."""
        stood = self.marks.get(cell)
        old = None if stood is None or stood.void else stood.value
        self.marks[cell] = mark
        self.steps[cell].append(Step(mark.at, mark.author, old, mark.value, mark.comment))
        return old

    def _revise(
        self, who: int, at: datetime, act: Changing, approved_by: int | None = None
    ) -> None:
        stood = self.marks[act.cell]
        author = who if approved_by is None else stood.author
        if act.value is None:
            now = evolve(stood, author=author, at=at, void=True)
        else:
            now = Standing(act.value, "", author, at)
        self.marks[act.cell] = now
        why = (act.kind, act.reason, approved_by)
        self.steps[act.cell].append(Step(at, who, stood.value, act.value, now.comment, *why))

    def _decide(self, who: int, at: datetime, act: ApproveChange | DeclineChange) -> None:
        asked = evolve(self.proposals[act.cell], decided_by=who, decided_at=at)
        if isinstance(act, DeclineChange):
            declined = ProposalState.DECLINED
            self.proposals[act.cell] = evolve(asked, state=declined, answer=act.answer)
        else:
            self.proposals[act.cell] = evolve(asked, state=ProposalState.APPROVED)
            change = ChangeMark(*act.cell, asked.kind, asked.value, asked.reason)
            self._revise(asked.proposer, at, change, approved_by=who)

    def _ask(self, who: int, at: datetime, act: InCell) -> None:
        standing = self.marks[act.cell].value
        if isinstance(act, ApplyForCorrection):
            self.requests[act.cell] = Asked(standing, act.pupil, at, act.reason)
            return
        asked = self.requests[act.cell]
        match act:
            case OrderCorrection():
                members = (act.chair, act.methodist, act.teacher)
                order = (act.number, act.day, *members, act.schedule)
                asked = evolve(asked, state=CorrectionState.ORDERED, order=order)
            case ConcludeCorrection():
                asked = evolve(asked, state=CorrectionState.CONCLUDED, standing=standing)
                asked = evolve(asked, result=act.value, concluded_at=at)
                if _points(act.value) > _points(standing):
                    beside = ColumnPlace(act.column.journal, ColumnKind.CORRECTED), act.pupil
                    self._give(beside, Standing(act.value, "", who, at))
                    self._counts(beside)
            case DeclineCorrection():
                asked = evolve(asked, state=CorrectionState.DECLINED, answer=act.answer)
            case WithdrawCorrection():
                asked = evolve(asked, state=CorrectionState.WITHDRAWN)
        self.requests[act.cell] = asked

    def _counts(self, cell: Cell) -> None:
        journal, pupil = cell[0].journal, cell[1]
        self._of_year[journal.label, journal.subject, pupil][journal.semester] = cell

    def _suggest(self, column: ColumnPlace, day: date) -> None:
        """Work out the mean of the semesters, halves up, where all of them have a grade."""
        journal = column.journal
        for pupil in self.plan.listed(journal, day):
            cells = self._of_year[journal.label, journal.subject, pupil]
            values = [self.marks[cell].value for cell in cells.values()]
            points = [value.points for value in values if isinstance(value, Grade)]
            if len(points) == len(self.plan.outline.semesters):
                mean = Grade((2 * sum(points) + len(points)) // (2 * len(points)))
                self.annual[column, pupil] = mean, frozenset(cells.values())

    def missed(self) -> dict[int, Missed]:
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
            for pupil in self.plan.listed(journal, day):
                of_pupil[pupil][day] += times
        whole = {
            pupil: sum(times == of_pupil[pupil][day] for day, times in days.items())
            for pupil, days in lost.items()
        }
        return {
            each.number: Missed(whole.get(each.number, 0), lost[each.number].total())
            for each in self.plan.pupils
        }


def told_by(plan: SchoolPlan) -> Told:
    """Fold the acts of a plan."""
    told = Told(plan)
    for sitting in plan.sittings():
        for act in sitting.acts:
            told.take(sitting.who, sitting.at, act)
    return told


def _points(value: MarkValue) -> int:
    return value.points if isinstance(value, Grade) else 0
