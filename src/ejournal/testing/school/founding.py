"""Founding a plan's school in a store: its year and people, its week, its journals, its cabinets.

Who founds, invites and accepts is the same as in a real school: the institute connects it by its
letter, the administrator sets it up and invites the staff.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from functools import partial

from attrs import define, field

from ejournal.ids import (
    ClassId,
    GuardianId,
    JournalId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
    SubgroupId,
    SubjectId,
    TimetableId,
    YearId,
)
from ejournal.model.access import Actor, Cabinet, Invitation, System, Verified
from ejournal.model.identifiers import ClassLabel, Email, PersonName
from ejournal.model.permissions import Role
from ejournal.model.timetable import SubjectHours, TimetableEntry
from ejournal.model.tokens import token_of
from ejournal.samples import connect, week
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.testing.school.acts import DEPUTY, HEAD, OFFICE, JournalPlace, Who
from ejournal.testing.school.curriculum import DIVIDED, SUBJECTS
from ejournal.testing.school.plan import SchoolPlan
from ejournal.usecases.founding import (
    add_class,
    add_guardian,
    add_pupil,
    add_staff,
    add_subgroup,
    add_subject,
    enrol,
    open_year,
)
from ejournal.usecases.inviting import accept, invite
from ejournal.usecases.scheduling import (
    begin_timetable,
    publish_timetable,
    set_class_timetable,
    set_hours,
)
from ejournal.usecases.teaching import open_journal

__all__ = ["KEY", "Founder"]

KEY = b"the key of a school that never was"
_SCHEME = "sample"
_DIVISION = "іноземна мова"


@define
class Founder:
    """Makes the school of a plan, and remembers what everything is called in the store."""

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
    _guardians: dict[int, GuardianId] = field(init=False, factory=dict)
    _journals: dict[JournalPlace, JournalId] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        before = self.plan.outline.first_day - timedelta(days=7)
        self.now = datetime.combine(before, time(9), UTC)
        self.store.clock = lambda: self.now

    def found(self) -> None:
        """Connect the school, set up its year and people, invite the staff, open the journals."""
        connected = connect(self.store, KEY)
        self._operator, self._school = connected.operator, connected.school
        self._actors[OFFICE] = connected.administrator
        for part in (self._found, self._schedule, self._open_journals):
            self.store.run(self._school, connected.administrator, part)
        for who in self._cabinets():
            self._actors[who] = self._joined(who)

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
        parent = next(each for each in self.plan.guardians if each.pupil == number)
        guardian = add_guardian(unit, kept.id, parent.relation, parent.name)
        self._guardians[number] = guardian.id

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
        for leader in self.plan.leaders.values():
            yield Who(Role.CLASS_TEACHER, leader)

    def _acting(self, who: Who) -> Actor:
        """Return somebody's cabinet; a parent or a substitute gets it when it is needed first."""
        if who not in self._actors:
            self._actors[who] = self._joined(who)
        return self._actors[who]

    def _joined(self, who: Who) -> Actor:
        """Invite somebody and let them accept: the institute the head, the office the others."""
        name, person, address = self._known(who)
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

    def _known(self, who: Who) -> tuple[PersonName, PersonId, Email]:
        if who.role is Role.PARENT:
            parent = next(each for each in self.plan.guardians if each.pupil == who.person)
            address = Email(f"parent{who.person}@zarichne.example")
            return parent.name, PersonId(self._guardians[who.person]), address
        member = next(each for each in self.plan.staff if each.number == who.person)
        address = Email(f"staff{who.person}@zarichne.example")
        return member.name, PersonId(self._staff[who.person]), address
