"""Moving pupils: to another class, to another school, out of school, each by the head's order.

What a pupil got in a class stays in its journals. Enrolment itself is under `founding`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from ejournal.authority import require
from ejournal.ids import ClassId, EnrolmentId, PupilId, YearId
from ejournal.model.calendar import Period
from ejournal.model.class_sizes import ClassRemark, size_remarks
from ejournal.model.events import PupilLeft, PupilTransferred
from ejournal.model.movements import Movement, movements
from ejournal.model.people import Departure, Enrolment, Leaving, standing
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["movement_log", "release", "remarks_on_sizes", "transfer", "withdraw"]


def transfer(
    unit: SchoolUnit,
    pupil: PupilId,
    school_class: ClassId,
    *,
    since: date,
    order_number: str,
    order_date: date,
) -> Enrolment:
    """Move a pupil to another class from a day on; the day before is the last in the old one.

    Marks stay where they were given: the old class's page shows that the pupil left, the diary
    shows both classes. Raises `Invalid` without the order's number (rule 100) and for a pupil who
    joined the old class no earlier, `NotEnrolled` for one who is in no class then, and
    `NotAllowedHere` for the class the pupil is in, for an enrolment that an order has ended, and
    where the pupil is enrolled elsewhere later on.
    """
    target = unit.classes.get(school_class)
    require(unit, Action.ENROL, target)
    departure = Departure(Leaving.OTHER_CLASS, order_number, order_date)
    enrolments = list(unit.enrolments.of_pupil(pupil))
    left, joined = standing(pupil, enrolments, since).moved(
        EnrolmentId(unit.new_id()), target.id, since, departure
    )
    ended = unit.enrolments.save(left)
    others = (each for each in enrolments if each.id != ended.id)
    kept = unit.enrolments.add(joined.beside(others))
    unit.record(PupilTransferred(kept.pupil, ended.id, kept.id, target.id, since))
    return kept


def release(
    unit: SchoolUnit,
    pupil: PupilId,
    *,
    last_day: date,
    order_number: str,
    order_date: date,
    destination: str = "",
) -> Enrolment:
    """Let a pupil go on at another school; `destination` is its name, where it is known.

    What the pupil takes along is a packet, under `transferring`. Raises `Invalid` without the
    order's number (rule 100), `NotEnrolled` for a pupil who is in no class on the last day, and
    `NotAllowedHere` for an enrolment that an order has ended.
    """
    require(unit, Action.ENROL)
    departure = Departure(Leaving.OTHER_SCHOOL, order_number, order_date)
    current = standing(pupil, unit.enrolments.of_pupil(pupil), last_day)
    return _kept(unit, current.released(last_day, departure, destination), departure)


def withdraw(
    unit: SchoolUnit,
    pupil: PupilId,
    *,
    last_day: date,
    order_number: str,
    order_date: date,
    basis: str,
    reason: str,
) -> Enrolment:
    """Let a pupil leave the school for good, by what `basis` and of what type, the `reason`.

    Raises `Invalid` without one of them or the order's number (rule 100) and for a type that
    `MovementPolicy.reasons` does not have, `NotEnrolled` for a pupil who is in no class on the
    last day, and `NotAllowedHere` for an enrolment that an order has ended.
    """
    require(unit, Action.ENROL)
    departure = Departure(Leaving.WITHDRAWN, order_number, order_date)
    current = standing(pupil, unit.enrolments.of_pupil(pupil), last_day)
    known = unit.policies.movements.known(reason)
    ended = current.withdrawn(last_day, departure, basis=basis, reason=known)
    return _kept(unit, ended, departure)


def _kept(unit: SchoolUnit, ended: Enrolment, departure: Departure) -> Enrolment:
    kept = unit.enrolments.save(ended)
    unit.record(PupilLeft(kept.id, kept.pupil, kept.school_class, departure.leaving))
    return kept


def movement_log(unit: SchoolUnit, during: Period) -> tuple[Movement, ...]:
    """Return the log of the orders that moved pupils on the days of a period, by its orders.

    It is «Журнал реєстрації наказів руху здобувачів освіти». It refuses nothing but who may not
    read of people.
    """
    require(unit, Action.READ_PEOPLE)
    return movements(unit.enrolments.all(), during)


def remarks_on_sizes(unit: SchoolUnit, year: YearId, day: date) -> tuple[ClassRemark, ...]:
    """Return what is to be said of how many pupils the classes of a year have on a day.

    Rules 72-75, by `Policies.classes`. Nothing stops a school whose classes are too large. Raises
    `Missing` for a year that is not there.
    """
    require(unit, Action.READ_PEOPLE)
    opened = unit.years.get(year)
    sizes = Counter(each.school_class for each in unit.enrolments.all() if each.covers(day))
    return tuple(
        remark
        for each in sorted(unit.classes.of_year(year), key=lambda each: each.id)
        for remark in size_remarks(unit.id, each, opened, sizes[each.id], unit.policies.classes)
    )
