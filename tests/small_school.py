"""A school of one class and one journal that tests of use cases start from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import count
from typing import Concatenate, ParamSpec, TypeVar

from attrs import define, frozen

from ejournal.ids import AccountId, GrantId, PersonId, SchoolId
from ejournal.model.access import Actor, Cabinet, Grant, System
from ejournal.model.calendar import Holiday, SchoolYear, Semester, bells
from ejournal.model.classes import SchoolClass, Subgroup, Subject
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName, Region
from ejournal.model.journal import Journal
from ejournal.model.ledger import Event
from ejournal.model.people import Guardian, Pupil, Relation, Staff
from ejournal.model.permissions import Role, rights_of
from ejournal.model.school import School, SchoolState
from ejournal.store import SchoolUnit, Store
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
from ejournal.usecases.teaching import open_journal

P = ParamSpec("P")
R = TypeVar("R")

ID = SchoolId(1)
FIRST_DAY = date(2026, 9, 1)
MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
SEMESTERS = (
    Semester(1, FIRST_DAY, date(2026, 12, 24)),
    Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
)
HOLIDAYS = (Holiday("Осінні", date(2026, 10, 26), date(2026, 11, 1)),)
BELLS = bells(time(8, 30), breaks=(10, 10, 20, 10, 10))


class Arranged(Event):
    """What a test put in place."""

    name = "arranged"


@frozen
class Things:
    """What the school has from the start."""

    year: SchoolYear
    algebra: Subject
    main: Staff
    second: Staff
    third: Staff
    school_class: SchoolClass
    ada: Pupil
    lev: Pupil
    yana: Pupil
    mother: Guardian
    group: Subgroup
    journal: Journal


@define
class SmallSchool:
    """A school in a store, with the people who act in it."""

    store: Store
    admin: Actor
    stranger: Actor
    things: Things

    def run(
        self,
        actor: Actor | System,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a use case in the school as that actor."""
        return self.store.run(ID, actor, use_case, *args, **kwargs)

    def actor(self, role: Role, person: int | None = None) -> Actor:
        """Return somebody new who holds that role here, as that person."""
        return self.run(System("test"), granted, role, person)

    def events(self) -> list[str]:
        """Return the names of what happened since the school was ready, in order."""
        names = [entry.event for entry in self.store.entries(ID)]
        ready = len(names) - names[::-1].index("school-ready")
        return [name for name in names[ready:] if name != "arranged"]


class SchoolReady(Event):
    """Everything the tests start from is there."""

    name = "school-ready"


_ACCOUNTS = count(1)


def granted(unit: SchoolUnit, role: Role, person: int | None) -> Actor:
    account = AccountId(next(_ACCOUNTS))
    own = None if person is None else PersonId(person)
    since = unit.now - DAY
    unit.grants.add(Grant(GrantId(unit.new_id()), role, rights_of(role), account, own, since))
    unit.record(Arranged())
    return Actor(account, Cabinet(role, unit.id, own))


def founded(store: Store, state: SchoolState = SchoolState.ACTIVATED) -> Actor:
    """Put a bare school in place and return its administrator."""

    def found(unit: SchoolUnit) -> Actor:
        unit.schools.add(
            School(
                ID,
                DisoId(123456),
                Edrpou("32855961"),
                "Вигаданий ліцей",
                Region.POLTAVA,
                "Вигадана громада",
                state=state,
            )
        )
        return granted(unit, Role.SCHOOL_ADMIN, None)

    return store.run(ID, System("test"), found)


def furnished(store: Store) -> SmallSchool:
    """Found a school with a class of three, a subgroup of two, and a journal of algebra."""
    admin = founded(store)
    stranger = Actor(AccountId(0), Cabinet(Role.SCHOOL_ADMIN, ID))
    return SmallSchool(store, admin, stranger, store.run(ID, admin, _furnish))


def _furnish(unit: SchoolUnit) -> Things:
    year = open_year(
        unit,
        first_day=FIRST_DAY,
        last_day=date(2027, 6, 30),
        semesters=SEMESTERS,
        holidays=HOLIDAYS,
        bells=BELLS,
    )
    algebra = add_subject(unit, "Алгебра")
    main = add_staff(unit, PersonName("Шевчук", "Ольга"), "учитель")
    second = add_staff(unit, PersonName("Бондар", "Петро"), "асистент учителя")
    third = add_staff(unit, PersonName("Мороз", "Ірина"), "учитель")
    school_class = add_class(unit, year.id, ClassLabel(5, "А"), teacher=third.id)
    ada = add_pupil(unit, PersonName("Яценко", "Ада"), birth_date=date(2016, 2, 29))
    lev = add_pupil(unit, PersonName("Гай", "Лев"))
    yana = add_pupil(unit, PersonName("Ґава", "Яна"))
    for pupil in (ada, lev, yana):
        enrol(
            unit,
            pupil.id,
            school_class.id,
            since=FIRST_DAY,
            order_number="17-у",
            order_date=date(2026, 8, 28),
        )
    mother = add_guardian(unit, ada.id, Relation.MOTHER, PersonName("Яценко", "Мар’яна"))
    group = add_subgroup(unit, school_class.id, "Група 1", {ada.id, lev.id})
    journal = open_journal(
        unit,
        school_class.id,
        algebra.id,
        semester=1,
        teacher=main.id,
        second_teacher=second.id,
    )
    unit.record(SchoolReady())
    return Things(
        year, algebra, main, second, third, school_class, ada, lev, yana, mother, group, journal
    )
