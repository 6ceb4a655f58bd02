"""Playing a plan through the use cases: each sitting is one unit of work of who may do it.

The store's clock goes by the plan. Who founds, invites and accepts is the same as in a real school:
the institute connects it by its letter, the administrator sets it up and invites the staff.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from functools import partial, singledispatchmethod

from attrs import define, field, frozen

from ejournal.ids import (
    ClassId,
    ColumnId,
    InspectionNoteId,
    JournalId,
    LessonId,
    PeriodLockId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
    SubgroupId,
    SubjectId,
    SubstitutionId,
    TimetableId,
    YearId,
)
from ejournal.model.access import Actor, Cabinet, Invitation, System, Verified
from ejournal.model.identifiers import ClassLabel, Email
from ejournal.model.journal import ColumnKind
from ejournal.model.permissions import Role
from ejournal.model.substitution import SubstitutionReason
from ejournal.model.timetable import SubjectHours, TimetableEntry
from ejournal.model.tokens import token_of
from ejournal.samples import connect, week
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.testing.school import acts as do
from ejournal.testing.school.acts import Act, ColumnPlace, JournalPlace, LessonPlace, Sitting, Who
from ejournal.testing.school.curriculum import DIVIDED, SUBJECTS
from ejournal.testing.school.plan import DEPUTY, HEAD, OFFICE, SchoolPlan
from ejournal.usecases.assessing import decide_final, suggest_column
from ejournal.usecases.attending import note_absence, note_late, withdraw_absence
from ejournal.usecases.closing import archive_period, close_period, reopen_period
from ejournal.usecases.founding import (
    add_class,
    add_pupil,
    add_staff,
    add_subgroup,
    add_subject,
    enrol,
    open_year,
)
from ejournal.usecases.inspecting import acknowledge_note, note_inspection
from ejournal.usecases.inviting import accept, invite
from ejournal.usecases.marking import give_mark
from ejournal.usecases.moving import release, transfer
from ejournal.usecases.scheduling import (
    begin_timetable,
    cancel_lessons,
    hold_remotely,
    publish_timetable,
    set_class_timetable,
    set_hours,
)
from ejournal.usecases.substituting import (
    assign_substitution,
    decline_substitution,
    hold_substituted,
    request_substitution,
)
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    hold_lesson,
    open_journal,
    set_homework,
)

__all__ = ["KEY", "Played", "Player", "play"]

KEY = b"the key of a school that never was"
_SCHEME = "sample"
_DIVISION = "іноземна мова"


@frozen
class Played:
    """What came of a plan: who acted, what everything is called in the store, and how many acts."""

    school: SchoolId
    year: YearId
    timetable: TimetableId
    actors: Mapping[Who, Actor]
    pupils: Mapping[int, PupilId]
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
class Player:
    """Does what a plan says, and remembers what everything is called in the store."""

    plan: SchoolPlan
    store: Store
    now: datetime = field(init=False)
    _operator: Actor = field(init=False)
    _school: SchoolId = field(init=False)
    _year: YearId = field(init=False)
    _timetable: TimetableId = field(init=False)
    _actors: dict[Who, Actor] = field(init=False, factory=dict)
    _staff: dict[int, StaffId] = field(init=False, factory=dict)
    _pupils: dict[int, PupilId] = field(init=False, factory=dict)
    _classes: dict[ClassLabel, ClassId] = field(init=False, factory=dict)
    _parts: dict[tuple[ClassLabel, str], SubgroupId] = field(init=False, factory=dict)
    _subjects: dict[str, SubjectId] = field(init=False, factory=dict)
    _journals: dict[JournalPlace, JournalId] = field(init=False, factory=dict)
    _lessons: dict[LessonPlace, LessonId] = field(init=False, factory=dict)
    _columns: dict[ColumnPlace, ColumnId] = field(init=False, factory=dict)
    _asked: dict[tuple[JournalPlace, int], SubstitutionId] = field(init=False, factory=dict)
    _notes: dict[JournalPlace, InspectionNoteId] = field(init=False, factory=dict)
    _locks: dict[int, PeriodLockId] = field(init=False, factory=dict)
    _counts: Counter[str] = field(init=False, factory=Counter)
    _sittings: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        before = self.plan.outline.first_day - timedelta(days=7)
        self.now = datetime.combine(before, time(9), UTC)
        self.store.clock = lambda: self.now

    def played(self) -> Played:
        """Return what came of it so far."""
        return Played(
            self._school,
            self._year,
            self._timetable,
            dict(self._actors),
            dict(self._pupils),
            dict(self._journals),
            dict(self._lessons),
            dict(self._columns),
            self._sittings,
            dict(self._counts),
        )

    def found(self) -> None:
        """Connect the school, set up its year and people, invite the staff, open the journals."""
        connected = connect(self.store, KEY)
        self._operator, self._school = connected.operator, connected.school
        self._actors[OFFICE] = connected.administrator
        for part in (self._found, self._schedule, self._open_journals):
            self.store.run(self._school, connected.administrator, part)
        for who in self._cabinets():
            self._actors[who] = self._joined(who)

    def sit(self, sitting: Sitting) -> None:
        """Do everything of one sitting in one unit, at its time."""
        self.now = sitting.at
        self.store.run(self._school, self._actors[sitting.who], self._sit, sitting)
        self._sittings += 1
        self._counts.update(type(act).__name__ for act in sitting.acts)

    def _sit(self, unit: SchoolUnit, sitting: Sitting) -> None:
        for act in sitting.acts:
            self._done(act, unit)

    # Founding.

    def _found(self, unit: SchoolUnit) -> None:
        plan = self.plan
        self._year = open_year(
            unit,
            first_day=plan.year.first_day,
            last_day=plan.year.last_day,
            semesters=plan.year.semesters,
            holidays=plan.year.holidays,
            bells=plan.year.bells,
        ).id
        for member in plan.staff:
            self._staff[member.number] = add_staff(unit, member.name, member.position).id
        for label in plan.outline.labels:
            leader = self._staff[plan.leaders[label]]
            self._classes[label] = add_class(unit, self._year, label, teacher=leader).id
        for pupil in plan.pupils:
            if pupil.since is None:
                self._enrol(unit, pupil.number)
        self._divide(unit)
        taught = {each.subject for each in plan.courses}
        for subject in SUBJECTS:
            if subject in taught:
                self._subjects[subject.name] = add_subject(
                    unit,
                    subject.name,
                    short_name=subject.short,
                    assessed=subject.assessed,
                    integrates=subject.integrates,
                ).id

    def _enrol(self, unit: SchoolUnit, number: int) -> None:
        entry = next(each for each in self.plan.pupils if each.number == number)
        kept = add_pupil(unit, entry.name, birth_date=entry.born, sex=entry.sex)
        order, day = week.ORDER
        enrol(
            unit,
            kept.id,
            self._classes[entry.label],
            since=entry.since or self.plan.year.first_day,
            order_number=order,
            order_date=entry.since or day,
        )
        self._pupils[number] = kept.id

    def _divide(self, unit: SchoolUnit) -> None:
        for label in self.plan.outline.labels:
            for part in DIVIDED.get(label, ()):
                members = [self._pupils[each] for each in self.plan.members(label, part)]
                kept = add_subgroup(unit, self._classes[label], part, members, division=_DIVISION)
                self._parts[label, part] = kept.id

    def _schedule(self, unit: SchoolUnit) -> None:
        first = self.plan.year.first_day
        draft = begin_timetable(unit, self._year, since=first, weeks=2)
        for label, number in self._classes.items():
            entries = [
                TimetableEntry(
                    number,
                    self._subjects[each.course.subject.name],
                    self._staff[each.course.teacher],
                    each.weekday,
                    each.bell,
                    each.week,
                    self._parts.get((label, each.course.part)),
                )
                for each in self.plan.week
                if each.course.label == label
            ]
            set_class_timetable(unit, draft.id, number, entries)
            hours = {
                self._subjects[each.subject.name]: Fraction(each.halves, 2)
                for each in self.plan.courses
                if each.label == label
            }
            set_hours(unit, number, [SubjectHours(*each) for each in hours.items()])
        self._timetable = publish_timetable(unit, draft.id).id

    def _open_journals(self, unit: SchoolUnit) -> None:
        for semester in self.plan.year.semesters:
            for course in self.plan.courses:
                place = JournalPlace(
                    semester.number, course.label, course.subject.name, course.part
                )
                self._journals[place] = open_journal(
                    unit,
                    self._classes[course.label],
                    self._subjects[course.subject.name],
                    semester=semester.number,
                    teacher=self._staff[course.teacher],
                    subgroup=self._parts.get((course.label, course.part)),
                ).id

    def _cabinets(self) -> Iterator[Who]:
        yield from (HEAD, DEPUTY)
        for member in self.plan.staff:
            if member.number > DEPUTY.person:
                yield Who(Role.SUBJECT_TEACHER, member.number)
                yield Who(Role.SUBSTITUTE, member.number)
        for leader in self.plan.leaders.values():
            yield Who(Role.CLASS_TEACHER, leader)

    def _joined(self, who: Who) -> Actor:
        """Invite somebody and let them accept: the institute the head, the office the others."""
        name = next(each.name for each in self.plan.staff if each.number == who.person)
        person = PersonId(self._staff[who.person])
        address = Email(f"staff{who.person}@zarichne.example")
        invited = partial(invite, name=name, address=address, role=who.role, person=person)

        def by_the_institute(unit: RegistryUnit) -> Invitation:
            return invited(unit.school(self._school))

        if who == HEAD:
            invitation = self.store.run_registry(self._operator, by_the_institute)
        else:
            invitation = self.store.run(self._school, self._actors[OFFICE], invited)
        token = token_of(KEY, self._school, invitation)
        verified = Verified(_SCHEME, address.folded)
        account = self.store.run_registry(System("sample"), accept, token, verified, KEY)
        return Actor(account.id, Cabinet(who.role, self._school, person))

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

    @_done.register
    def _(self, act: do.GiveMark, unit: SchoolUnit) -> None:
        self._mark(act.column, act.pupil, unit, act)

    @_done.register
    def _(self, act: do.ChangeMark, unit: SchoolUnit) -> None:
        self._mark(act.column, act.pupil, unit, act)

    def _mark(
        self,
        place: ColumnPlace,
        pupil: int,
        unit: SchoolUnit,
        act: do.GiveMark | do.ChangeMark,
    ) -> None:
        column, of = self._columns[place], self._pupils[pupil]
        give_mark(unit, column, pupil=of, value=act.value, comment=act.comment)

    @_done.register
    def _(self, act: do.SuggestFinals, unit: SchoolUnit) -> None:
        suggest_column(unit, self._columns[act.column])

    @_done.register
    def _(self, act: do.DecideFinal, unit: SchoolUnit) -> None:
        decide_final(
            unit,
            self._columns[act.column],
            pupil=self._pupils[act.pupil],
            value=act.value,
            reason=act.reason,
            comment=act.comment,
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
