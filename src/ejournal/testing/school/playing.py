"""Playing a plan through the use cases: each sitting is one unit of work of who may do it.

The store's clock goes by the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import singledispatchmethod

from attrs import define, field, frozen

from ejournal.ids import (
    ColumnId,
    CorrectionId,
    GuardianId,
    InspectionNoteId,
    JournalId,
    LessonId,
    PeriodLockId,
    ProposalId,
    PupilId,
    SchoolId,
    StaffId,
    SubstitutionId,
    TimetableId,
    YearId,
)
from ejournal.model.access import Actor
from ejournal.model.correcting import CommissionOrder, MarkRevision
from ejournal.model.journal import ColumnKind
from ejournal.model.substitution import SubstitutionReason
from ejournal.samples import week
from ejournal.store import SchoolUnit, Store
from ejournal.testing.school import acts as do
from ejournal.testing.school.acts import Act, ColumnPlace, JournalPlace, LessonPlace, Sitting, Who
from ejournal.testing.school.founding import Founder
from ejournal.testing.school.plan import SchoolPlan
from ejournal.usecases.assessing import decide_final, suggest_column
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.closing import archive_period, close_period, reopen_period
from ejournal.usecases.correcting import (
    apply_for_correction,
    approve_revision,
    conclude_correction,
    decline_correction,
    decline_revision,
    order_correction,
    propose_revision,
    revise_mark,
    withdraw_correction,
)
from ejournal.usecases.inspecting import acknowledge_note, note_inspection
from ejournal.usecases.marking import give_mark
from ejournal.usecases.moving import release, transfer
from ejournal.usecases.scheduling import cancel_lessons, hold_remotely
from ejournal.usecases.substituting import (
    assign_substitution,
    decline_substitution,
    hold_substituted,
    request_substitution,
)
from ejournal.usecases.teaching import add_column, add_lesson_column, hold_lesson, set_homework

__all__ = ["Played", "Player", "play"]

_Cell = tuple[ColumnPlace, int]


@frozen
class Played:
    """What came of a plan: who acted, what everything is called in the store, and how many acts."""

    school: SchoolId
    year: YearId
    timetable: TimetableId
    actors: Mapping[Who, Actor]
    staff: Mapping[int, StaffId]
    pupils: Mapping[int, PupilId]
    guardians: Mapping[int, GuardianId]
    journals: Mapping[JournalPlace, JournalId]
    lessons: Mapping[LessonPlace, LessonId]
    columns: Mapping[ColumnPlace, ColumnId]
    sittings: int
    acts: Mapping[str, int]


def play(plan: SchoolPlan, store: Store) -> Played:
    """Found the plan's school in a store that holds nothing, and do all that is in the plan.

    The store's clock is left at the last instant of the plan.
    """
    player = Player(plan, store)
    player.found()
    for sitting in plan.sittings():
        player.sit(sitting)
    return player.played()


@define
class Player(Founder):
    """Does what a plan says, one sitting after another."""

    _lessons: dict[LessonPlace, LessonId] = field(init=False, factory=dict)
    _columns: dict[ColumnPlace, ColumnId] = field(init=False, factory=dict)
    _asked: dict[tuple[JournalPlace, int], SubstitutionId] = field(init=False, factory=dict)
    _proposals: dict[_Cell, ProposalId] = field(init=False, factory=dict)
    _requests: dict[_Cell, CorrectionId] = field(init=False, factory=dict)
    _notes: dict[JournalPlace, InspectionNoteId] = field(init=False, factory=dict)
    _locks: dict[int, PeriodLockId] = field(init=False, factory=dict)
    _counts: Counter[str] = field(init=False, factory=Counter)
    _sittings: int = field(init=False, default=0)

    def played(self) -> Played:
        """Return what came of it so far."""
        return Played(
            self._school,
            self._year,
            self._timetable,
            dict(self._actors),
            dict(self._staff),
            dict(self._pupils),
            dict(self._guardians),
            dict(self._journals),
            dict(self._lessons),
            dict(self._columns),
            self._sittings,
            dict(self._counts),
        )

    def sit(self, sitting: Sitting) -> None:
        """Do everything of one sitting in one unit, at its time."""
        self.now = sitting.at
        self.store.run(self._school, self._acting(sitting.who), self._sit, sitting)
        self._sittings += 1
        self._counts.update(type(act).__name__ for act in sitting.acts)

    def _sit(self, unit: SchoolUnit, sitting: Sitting) -> None:
        for act in sitting.acts:
            self._done(act, unit)

    # Every act; one that is not told here cannot be done.

    @singledispatchmethod
    def _done(self, act: Act, unit: SchoolUnit) -> None:
        raise NotImplementedError(type(act).__name__, unit.id)

    @_done.register
    def _(self, act: do.HoldLesson, unit: SchoolUnit) -> None:
        lesson = hold_lesson(
            unit,
            self._journals[act.lesson.journal],
            day=act.day,
            bell=act.bell,
            topic=act.topic,
            plan_no=act.plan_no,
        )
        self._entered(unit, act.lesson, lesson.id)

    @_done.register
    def _(self, act: do.HoldSubstituted, unit: SchoolUnit) -> None:
        asked = self._asked.pop((act.lesson.journal, act.bell))
        lesson = hold_substituted(unit, asked, topic=act.topic, plan_no=act.plan_no)
        self._entered(unit, act.lesson, lesson.id)

    def _entered(self, unit: SchoolUnit, place: LessonPlace, lesson: LessonId) -> None:
        self._lessons[place] = lesson
        (column,) = unit.columns.of_lesson(lesson)
        self._columns[ColumnPlace(place.journal, ColumnKind.CURRENT, place.number)] = column.id

    @_done.register
    def _(self, act: do.SetHomework, unit: SchoolUnit) -> None:
        set_homework(unit, self._lessons[act.lesson], act.text)

    @_done.register
    def _(self, act: do.AddColumn, unit: SchoolUnit) -> None:
        place = act.column
        if place.lesson is None:
            made = add_column(unit, self._journals[place.journal], place.kind)
        else:
            made = add_lesson_column(unit, self._lessons[place.lesson], place.kind)
        self._columns[place] = made.id
        if place.kind.is_corrected:
            (beside,) = filter(made.is_beside, unit.columns.of_journal(made.journal))
            self._columns[ColumnPlace(place.journal, ColumnKind.CORRECTED)] = beside.id

    @_done.register
    def _(self, act: do.GiveMark, unit: SchoolUnit) -> None:
        column, pupil = self._cell(act)
        give_mark(unit, column, pupil=pupil, value=act.value, comment=act.comment)

    def _cell(self, act: do.InCell) -> tuple[ColumnId, PupilId]:
        return self._columns[act.column], self._pupils[act.pupil]

    @_done.register
    def _(self, act: do.ChangeMark, unit: SchoolUnit) -> None:
        column, pupil = self._cell(act)
        revise_mark(unit, column, pupil=pupil, revision=_revision(act))

    @_done.register
    def _(self, act: do.ProposeChange, unit: SchoolUnit) -> None:
        column, pupil = self._cell(act)
        proposal = propose_revision(unit, column, pupil=pupil, revision=_revision(act))
        self._proposals[act.cell] = proposal.id

    @_done.register
    def _(self, act: do.ApproveChange, unit: SchoolUnit) -> None:
        approve_revision(unit, self._proposals[act.cell])

    @_done.register
    def _(self, act: do.DeclineChange, unit: SchoolUnit) -> None:
        decline_revision(unit, self._proposals[act.cell], act.answer)

    @_done.register
    def _(self, act: do.ApplyForCorrection, unit: SchoolUnit) -> None:
        column, pupil = self._cell(act)
        parent = self._guardians[act.pupil]
        request = apply_for_correction(
            unit, column, pupil=pupil, reason=act.reason, applicant=parent
        )
        self._requests[act.cell] = request.id

    @_done.register
    def _(self, act: do.OrderCorrection, unit: SchoolUnit) -> None:
        order = CommissionOrder(
            act.number,
            act.day,
            chair=self._staff[act.chair],
            methodist=self._staff[act.methodist],
            teacher=self._staff[act.teacher],
            schedule=act.schedule,
        )
        order_correction(unit, self._requests[act.cell], order)

    @_done.register
    def _(self, act: do.ConcludeCorrection, unit: SchoolUnit) -> None:
        conclude_correction(unit, self._requests[act.cell], act.value)

    @_done.register
    def _(self, act: do.DeclineCorrection, unit: SchoolUnit) -> None:
        decline_correction(unit, self._requests[act.cell], act.answer)

    @_done.register
    def _(self, act: do.WithdrawCorrection, unit: SchoolUnit) -> None:
        withdraw_correction(unit, self._requests[act.cell])

    @_done.register
    def _(self, act: do.SuggestFinals, unit: SchoolUnit) -> None:
        suggest_column(unit, self._columns[act.column])

    @_done.register
    def _(self, act: do.DecideFinal, unit: SchoolUnit) -> None:
        column, pupil = self._cell(act)
        decide_final(
            unit, column, pupil=pupil, value=act.value, reason=act.reason, comment=act.comment
        )

    @_done.register
    def _(self, act: do.NoteAbsence, unit: SchoolUnit) -> None:
        lesson, pupil = self._lessons[act.lesson], self._pupils[act.pupil]
        note_absence(unit, lesson, pupil=pupil, code=act.code)

    @_done.register
    def _(self, act: do.NoteLate, unit: SchoolUnit) -> None:
        lesson, pupil = self._lessons[act.lesson], self._pupils[act.pupil]
        note_late(unit, lesson, pupil=pupil, minutes=act.minutes)

    @_done.register
    def _(self, act: do.WithdrawAbsence, unit: SchoolUnit) -> None:
        withdraw_absence(unit, self._lessons[act.lesson], pupil=self._pupils[act.pupil])

    def _request(
        self, act: do.AssignSubstitute | do.DeclineSubstitution, unit: SchoolUnit
    ) -> SubstitutionId:
        place = act.journal
        asked = request_substitution(
            unit,
            self._classes[place.label],
            self._subjects[place.subject],
            day=act.day,
            bell=act.bell,
            reason=SubstitutionReason.SICK_LEAVE,
            subgroup=self._parts.get((place.label, place.part)),
        )
        return asked.id

    @_done.register
    def _(self, act: do.AssignSubstitute, unit: SchoolUnit) -> None:
        asked = self._request(act, unit)
        assign_substitution(unit, asked, self._staff[act.substitute])
        self._asked[act.journal, act.bell] = asked

    @_done.register
    def _(self, act: do.DeclineSubstitution, unit: SchoolUnit) -> None:
        decline_substitution(unit, self._request(act, unit), "нема ким замінити")

    @_done.register
    def _(self, act: do.CancelLessons, unit: SchoolUnit) -> None:
        cancel_lessons(unit, self._year, first_day=act.day, reason=act.reason)

    @_done.register
    def _(self, act: do.HoldRemotely, unit: SchoolUnit) -> None:
        hold_remotely(unit, self._year, first_day=act.day, reason=act.reason)

    @_done.register
    def _(self, act: do.EnrolPupil, unit: SchoolUnit) -> None:
        self._enrol(unit, act.pupil)

    @_done.register
    def _(self, act: do.TransferPupil, unit: SchoolUnit) -> None:
        order, _ = week.ORDER
        transfer(
            unit,
            self._pupils[act.pupil],
            self._classes[act.label],
            since=act.since,
            order_number=order,
            order_date=act.since,
        )

    @_done.register
    def _(self, act: do.ReleasePupil, unit: SchoolUnit) -> None:
        order, _ = week.ORDER
        release(
            unit,
            self._pupils[act.pupil],
            last_day=act.last_day,
            order_number=order,
            order_date=act.last_day,
        )

    @_done.register
    def _(self, act: do.Inspect, unit: SchoolUnit) -> None:
        note = note_inspection(unit, self._journals[act.journal], act.remark)
        self._notes[act.journal] = note.id

    @_done.register
    def _(self, act: do.AcknowledgeNote, unit: SchoolUnit) -> None:
        acknowledge_note(unit, self._notes[act.journal])

    @_done.register
    def _(self, act: do.ClosePeriod, unit: SchoolUnit) -> None:
        self._locks[act.semester] = close_period(unit, self._year, act.semester).id

    @_done.register
    def _(self, act: do.ReopenPeriod, unit: SchoolUnit) -> None:
        lock, journal = self._locks[act.journal.semester], self._journals[act.journal]
        until = unit.now + act.lasts
        reopen_period(unit, lock, until=until, reason=act.reason, journal=journal)

    @_done.register
    def _(self, act: do.ArchivePeriod, unit: SchoolUnit) -> None:
        archive_period(unit, self._locks[act.semester])


def _revision(act: do.Changing) -> MarkRevision:
    return MarkRevision(act.kind, act.reason, act.value)
