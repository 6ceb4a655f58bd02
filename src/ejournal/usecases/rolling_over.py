"""Rolling a school over into the next year: a plan that changes nothing, and its application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import sha256
from itertools import chain

from ejournal.authority import require
from ejournal.codec import spell
from ejournal.ids import ClassId, EnrolmentId, PupilId, RolloverId, YearId
from ejournal.model.events import YearRolledOver
from ejournal.model.ledger import canonical
from ejournal.model.people import Enrolment
from ejournal.model.permissions import Action
from ejournal.model.rollover import Rollover, RolloverPlan, plan_of
from ejournal.store import SchoolUnit

__all__ = ["apply_rollover", "plan_rollover"]


def plan_rollover(
    unit: SchoolUnit, source: YearId, target: YearId, *, staying: Iterable[PupilId] = ()
) -> RolloverPlan:
    """Return what would come of the turn from one school year to the next; nothing is written.

    The plan names the classes of the next year, who moves into which, who finishes, and which
    journals the classes will want. `staying` are left alone. Raises `Missing` for a year that is
    not there, and `NotAllowedHere` for years of different forms or in the wrong order.
    """
    require(unit, Action.ROLL_OVER)
    return _plan(unit, source, target, frozenset(staying))


def _plan(
    unit: SchoolUnit, source: YearId, target: YearId, staying: frozenset[PupilId]
) -> RolloverPlan:
    old, new = unit.years.get(source), unit.years.get(target)
    classes = [*unit.classes.of_year(source), *unit.classes.of_year(target)]
    staff = (each for each in unit.staff.all() if each.ended is None or each.ended >= new.first_day)
    return plan_of(
        old,
        new,
        type=unit.schools.get(unit.id).type,
        classes=classes,
        enrolments=unit.enrolments.all(),
        journals=chain.from_iterable(
            unit.journals.of_class(each.id) for each in classes if each.year == source
        ),
        at_work=frozenset(each.id for each in staff),
        staying=staying,
        policy=unit.policies.rollover,
    )


def apply_rollover(
    unit: SchoolUnit, plan: RolloverPlan, *, order_number: str, order_date: date
) -> Rollover:
    """Make the classes of a plan, move its pupils and let the others finish, by one order.

    Journals that the plan proposes are opened by whoever allots the teachers. A plan that was
    applied is not applied again: it returns the turn that was made. Raises `Stale`, with the plan
    as it would be now, for one made before something it speaks of was changed, `Invalid` without
    the order's number (rule 100), and `Missing` for a year that is not there.
    """
    require(unit, Action.ROLL_OVER)
    digest = sha256(canonical(spell(plan)).encode()).hexdigest()
    for made in unit.rollovers.of_plan(digest):
        return made
    plan.still(_plan(unit, plan.source, plan.target, plan.staying))
    unit.enrolments.pour(list(_moved(unit, plan, order_number, order_date)))
    finishing = unit.enrolments.each(each.enrolment for each in plan.finishing)
    for enrolment in list(finishing):
        unit.enrolments.save(plan.ended(enrolment, order_number, order_date))
    rollover = plan.applied(RolloverId(unit.new_id()), digest, order_number, order_date, unit.now)
    kept = unit.rollovers.add(rollover)
    unit.record(YearRolledOver(kept.id, kept.source, kept.target))
    return kept


def _moved(
    unit: SchoolUnit, plan: RolloverPlan, order_number: str, order_date: date
) -> Iterator[Enrolment]:
    """End the enrolments of those who go on, and yield those of the next year."""
    classes = dict(_classes(unit, plan))
    standing = list(unit.enrolments.each(each.enrolment for each in plan.moves))
    for move, enrolment in zip(plan.moves, standing, strict=True):
        left, joined = plan.moved(
            enrolment,
            EnrolmentId(unit.new_id()),
            classes[move.source],
            order_number,
            order_date,
        )
        unit.enrolments.save(left)
        yield joined


def _classes(unit: SchoolUnit, plan: RolloverPlan) -> Iterator[tuple[ClassId, ClassId]]:
    """Yield the class of the next year for each class of this one, added where it is not there."""
    for planned in plan.classes:
        if planned.existing is not None:
            yield planned.source, planned.existing
        else:
            made = planned.made(ClassId(unit.new_id()), plan.target)
            yield planned.source, unit.classes.add(made).id
