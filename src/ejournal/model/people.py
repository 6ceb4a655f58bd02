"""The people of a school, and who belongs to whom and to which class.

An account that signs in is not part of this: a grant names the staff member, pupil or guardian
as whom its holder acts.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable
from datetime import date, timedelta
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, NotAllowedHere, NotEnrolled
from ejournal.ids import (
    ClassId,
    EnrolmentId,
    GuardianId,
    GuardianshipId,
    PupilId,
    StaffId,
    spell_id,
)
from ejournal.model.access import Actor, System
from ejournal.model.calendar import Period
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import ContactPhone, Email, PersonName, Sex
from ejournal.model.permissions import Role

__all__ = [
    "ComingOfAge",
    "Departure",
    "DiaryPart",
    "Enrolment",
    "Guardian",
    "Guardianship",
    "Leaving",
    "Pupil",
    "Relation",
    "Sex",
    "Staff",
    "acting_guardian",
    "acting_staff",
    "alphabetical",
    "standing",
]


_DAY = timedelta(days=1)


@frozen
class Staff:
    """Somebody who works at the school, until the day `ended` where it is known."""

    id: StaffId
    name: PersonName = field(metadata=PERSONAL)
    position: str = field(default="", metadata=PLAIN)
    ended: date | None = None
    version: int = 0

    def at_work(self, day: date) -> StaffId:
        """Return whose identifier it is, if the person is still at the school on that day.

        Raises `NotAllowedHere` after the last day.
        """
        if not self.is_at_work(day):
            raise NotAllowedHere(f"{spell_id(self.id)}, {self.ended}", "has-left")
        return self.id

    def is_at_work(self, day: date) -> bool:
        """Say whether the person is still at the school on that day."""
        return self.ended is None or day <= self.ended

    def left(self, last_day: date) -> Staff:
        """Return the person with that last working day; nothing of theirs is removed."""
        return evolve(self, ended=last_day)


def acting_staff(actor: Actor | System) -> StaffId | None:
    """Return as which member of the staff somebody acts in a teacher's cabinet.

    None for the library itself and for a cabinet that was granted to nobody by name.
    """
    if isinstance(actor, System) or actor.cabinet.person is None:
        return None
    return StaffId(actor.cabinet.person)


def acting_guardian(actor: Actor | System) -> GuardianId | None:
    """Return as which guardian somebody acts in a parent's cabinet; else None."""
    if isinstance(actor, System) or actor.cabinet.role is not Role.PARENT:
        return None
    return None if actor.cabinet.person is None else GuardianId(actor.cabinet.person)


_OF_AGE = 18


@frozen
class Pupil:
    """Somebody who learns at the school; in which class and since when, enrolments say.

    `merged_into` names another record of the same person, where this one turned out to be a second.
    """

    id: PupilId
    name: PersonName = field(metadata=PERSONAL)
    birth_date: date | None = field(default=None, metadata=PERSONAL)
    sex: Sex | None = field(default=None, metadata=PERSONAL)
    merged_into: PupilId | None = None
    version: int = 0

    @property
    def grown_up_from(self) -> date | None:
        """The eighteenth birthday, or None while the day of birth is not known.

        Who was born on 29 February is grown up on the last day of February (to be confirmed).
        """
        born = self.birth_date
        if born is None:
            return None
        year = born.year + _OF_AGE
        if (born.month, born.day) == (2, 29) and not isleap(year):
            return date(year, 2, 28)
        return born.replace(year=year)

    def is_grown_up(self, day: date) -> bool:
        """Say whether the pupil is of age on a day: from the eighteenth birthday on."""
        return self.grown_up_from is not None and self.grown_up_from <= day

    def of_age(self, day: date) -> Pupil:
        """Return the pupil, who acts for themself; raises `NotAllowedHere` before the birthday."""
        if not self.is_grown_up(day):
            raise NotAllowedHere(str(day), "not-of-age")
        return self

    def current(self) -> Pupil:
        """Return the pupil; raises `NotAllowedHere` for a record that was merged into another."""
        if self.merged_into is not None:
            raise NotAllowedHere(spell_id(self.id), "merged-away")
        return self

    def merged(self, into: Pupil) -> Pupil:
        """Return the record that says it is one of the same person as `into`.

        Raises `NotAllowedHere` where they are one record, or one was merged away before.
        """
        if self.current().id == into.current().id:
            raise NotAllowedHere(spell_id(self.id), "same-person")
        return evolve(self, merged_into=into.id)

    def parted(self) -> Pupil:
        """Return the record by itself again."""
        return evolve(self, merged_into=None)

    def renamed(self, name: PersonName) -> Pupil:
        """Return the same pupil under another name."""
        return evolve(self, name=name)


def alphabetical(pupils: Iterable[Pupil]) -> list[Pupil]:
    """Return a class list as journals keep it: by the Ukrainian alphabet (rule 15)."""
    return sorted(pupils, key=lambda pupil: (pupil.name.sort_key, pupil.id))


@frozen
class Guardian:
    """A parent, or the person in a parent's place."""

    id: GuardianId
    name: PersonName = field(metadata=PERSONAL)
    email: Email | None = field(default=None, metadata=PERSONAL)
    phone: ContactPhone | None = field(default=None, metadata=PERSONAL)
    version: int = 0


class Relation(Enum):
    """What a guardian is to the child."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The word of the forms: «Мати», «Батько», «Опікун», «Інше»."""
        return _RELATIONS[self]


_RELATIONS = {
    Relation.MOTHER: "Мати",
    Relation.FATHER: "Батько",
    Relation.GUARDIAN: "Опікун",
    Relation.OTHER: "Інше",
}


class DiaryPart(Enum):
    """What a guardian may be shown; without the diary itself there is nothing else."""

    DIARY = "diary"
    MARKS = "marks"
    CONTACTS = "contacts"


class ComingOfAge(Enum):
    """What a guardian sees from the pupil's eighteenth birthday on.

    No act on diaries could be read that says so; a grown-up decides about their own data.
    """

    PUPIL_DECIDES = "pupil-decides"
    AS_BEFORE = "as-before"


@frozen
class Guardianship:
    """One guardian of one pupil; a child may have several, and a guardian several children.

    It may be limited: `hidden` is what the guardian is not shown, and `until` its last day.
    `allowed` is what a pupil who is grown up lets the guardian see.
    """

    id: GuardianshipId
    guardian: GuardianId
    pupil: PupilId
    relation: Relation
    hidden: frozenset[DiaryPart] = frozenset()
    until: date | None = None
    allowed: frozenset[DiaryPart] = frozenset()
    version: int = 0

    def limited(self, hidden: Iterable[DiaryPart], until: date | None) -> Guardianship:
        """Return the guardianship with those limits in place of what it had."""
        return evolve(self, hidden=frozenset(hidden), until=until)

    def allowing(self, parts: Iterable[DiaryPart], pupil: Pupil, day: date) -> Guardianship:
        """Return the guardianship with what the grown-up pupil lets the guardian see.

        Raises `NotAllowedHere` before the pupil's eighteenth birthday.
        """
        pupil.of_age(day)
        return evolve(self, allowed=frozenset(parts))

    def shows(self, pupil: Pupil, day: date, switch: ComingOfAge) -> frozenset[DiaryPart]:
        """Return what the guardian is shown on a day; nothing at all without the diary."""
        if self.until is not None and self.until < day:
            return frozenset()
        parts = frozenset(DiaryPart) - self.hidden
        if switch is ComingOfAge.PUPIL_DECIDES and pupil.is_grown_up(day):
            parts &= self.allowed
        return parts if DiaryPart.DIARY in parts else frozenset()


class Leaving(Enum):
    """Why a pupil is no longer on the list of a class."""

    OTHER_CLASS = "other-class"
    OTHER_SCHOOL = "other-school"
    WITHDRAWN = "withdrawn"
    NEXT_GRADE = "next-grade"
    FINISHED = "finished"

    @property
    def label(self) -> str:
        """The word of the log of orders: «переведення до іншого класу», «відрахування»."""
        return _LEAVINGS[self]


_LEAVINGS = {
    Leaving.OTHER_CLASS: "переведення до іншого класу",
    Leaving.OTHER_SCHOOL: "переведення до іншого закладу",
    Leaving.WITHDRAWN: "відрахування",
    Leaving.NEXT_GRADE: "переведення до наступного класу",
    Leaving.FINISHED: "закінчення навчання",
}


@frozen
class Departure:
    """By which order of the head a pupil left a class; without its number `Invalid` (rule 100)."""

    leaving: Leaving
    order_number: str = field(metadata=PLAIN)
    order_date: date

    def __attrs_post_init__(self) -> None:
        if not self.order_number.strip():
            raise Invalid("order_number", self.order_number, "absent")


@frozen
class Enrolment:
    """A pupil in a class from `since` to `until`, both days included, by the head's order.

    An enrolment without an order's number is refused (rule 100). `departure` says by which order
    it ended. `basis` is what the order rests on, `reason` the type of a withdrawal, `destination`
    the school that takes the pupil. One that `repeats` another puts nobody on a class list.
    """

    id: EnrolmentId
    pupil: PupilId
    school_class: ClassId
    since: date
    order_number: str = field(metadata=PLAIN)
    order_date: date
    until: date | None = None
    departure: Departure | None = None
    basis: str = field(default="", metadata=PERSONAL)
    reason: str = field(default="", metadata=PERSONAL)
    destination: str = field(default="", metadata=PERSONAL)
    repeats: EnrolmentId | None = None
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.order_number.strip():
            raise Invalid("order_number", self.order_number, "absent")
        if self.until is not None and self.until < self.since:
            raise Invalid("until", self.until.isoformat(), "order")
        if self.departure is not None and self.until is None:
            raise Invalid("until", "", "absent")

    @property
    def stands(self) -> bool:
        """Whether the enrolment says something of its own."""
        return self.repeats is None

    def repeating(self, other: EnrolmentId | None) -> Enrolment:
        """Return the enrolment as a repetition of another, or one of its own again."""
        return evolve(self, repeats=other)

    def lies_within(self, other: Enrolment) -> bool:
        """Say whether every day of it is one of the other's, in the same class."""
        ends = other.until is None or (self.until is not None and self.until <= other.until)
        return self.school_class == other.school_class and other.since <= self.since and ends

    def covers(self, day: date) -> bool:
        """Say whether the pupil is on the class list on that day."""
        return self.stands and self.since <= day and (self.until is None or day <= self.until)

    def meets(self, period: Period) -> bool:
        """Say whether the pupil is on the class list on any day of a period."""
        begun = self.stands and self.since <= period.last
        return begun and (self.until is None or period.first <= self.until)

    def ended(self, last_day: date) -> Enrolment:
        """Return the enrolment with that last day; raises `Invalid` for one before its first."""
        return evolve(self, until=last_day)

    def left(self, last_day: date, departure: Departure) -> Enrolment:
        """Return the enrolment ended by that order.

        Raises `Invalid` for a day before its first, and `NotAllowedHere` once an order ended it.
        """
        if self.departure is not None:
            raise NotAllowedHere(str(self.until), "left-already")
        return evolve(self, until=last_day, departure=departure)

    def released(self, last_day: date, departure: Departure, destination: str) -> Enrolment:
        """Return the enrolment of a pupil who goes on at another school; refuses like `left`."""
        return evolve(self.left(last_day, departure), destination=destination)

    def withdrawn(
        self, last_day: date, departure: Departure, *, basis: str, reason: str
    ) -> Enrolment:
        """Return the enrolment of a pupil who leaves the school.

        A withdrawal has a basis and a type: `Invalid` without either (rule 100). Else it refuses
        like `left`.
        """
        for name, words in (("basis", basis), ("reason", reason)):
            if not words.strip():
                raise Invalid(name, "", "absent", personal=True)
        return evolve(self.left(last_day, departure), basis=basis, reason=reason)

    def moved(
        self, id: EnrolmentId, school_class: ClassId, since: date, departure: Departure
    ) -> tuple[Enrolment, Enrolment]:
        """Return the enrolment ended the day before, and the one that the same order makes.

        Raises `NotAllowedHere` for the same class, and refuses like `left`.
        """
        if self.school_class == school_class:
            raise NotAllowedHere(spell_id(school_class), "same-class")
        joined = Enrolment(
            id, self.pupil, school_class, since, departure.order_number, departure.order_date
        )
        return self.left(since - _DAY, departure), joined

    def beside(self, others: Iterable[Enrolment]) -> Enrolment:
        """Return this enrolment if the pupil is nowhere else meanwhile.

        `others` may hold other pupils' enrolments and this one itself as it was. Raises
        `NotAllowedHere` where a day would find the pupil in two classes, or twice in one.
        """
        for other in others:
            is_another = other.pupil == self.pupil and other.id != self.id
            if is_another and self.shares_a_day_with(other):
                raise NotAllowedHere(str(other.since), "enrolled-elsewhere")
        return self

    def shares_a_day_with(self, other: Enrolment) -> bool:
        """Say whether both put somebody on a class list on one day, whoever it is."""
        earlier, later = sorted((self, other), key=lambda enrolment: enrolment.since)
        return earlier.covers(later.since) and later.stands


def standing(pupil: PupilId, enrolments: Iterable[Enrolment], day: date) -> Enrolment:
    """Return the enrolment in which that day finds a pupil; raises `NotEnrolled` without one."""
    for enrolment in enrolments:
        if enrolment.pupil == pupil and enrolment.covers(day):
            return enrolment
    raise NotEnrolled(pupil, str(day))
