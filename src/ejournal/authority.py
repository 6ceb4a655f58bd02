"""Who may do what here, and why: the permission table applied to a unit and a thing.

A right needs three links: the account holds a grant for the cabinet it acts from, in force now;
the grant carries the act; the table allows the act on things this near. Any missing link refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from ejournal.errors import Forbidden
from ejournal.ids import AuthorityId
from ejournal.model.access import Actor, AuthorityGrant, Grant, System
from ejournal.model.classes import SchoolClass
from ejournal.model.directory import Authority
from ejournal.model.journal import Column, Journal, Lesson
from ejournal.model.people import Guardian, Pupil, Staff
from ejournal.model.permissions import TABLE, Action, Reach, Role
from ejournal.model.school import School
from ejournal.model.substitution import Substitution
from ejournal.store.units import RegistryUnit, SchoolUnit, grants_held

__all__ = ["SYSTEM_ACTS", "may", "require", "written_under"]

SYSTEM_ACTS: Mapping[str, frozenset[Action]] = {
    "intake": frozenset({Action.RECEIVE_REQUEST}),
    "delivery": frozenset({Action.DELIVER_LETTERS}),
    "expiry": frozenset({Action.EXPIRE}),
    "alerts": frozenset({Action.RAISE_ALERTS}),
    "digest": frozenset({Action.COMPOSE_DIGEST}),
}
"""What the library does by itself, by the name of its actor; no person holds these rights."""


def require(unit: SchoolUnit | RegistryUnit, action: Action, subject: object = None) -> None:
    """Pass if the unit's actor may do this to `subject`, or raise `Forbidden` saying what lacks.

    Without a subject the act concerns the school, or the registry, as a whole.
    """
    obstacle = _obstacle(unit, action, subject)
    if obstacle:
        raise Forbidden(str(unit.actor), action.value, obstacle)


def may(unit: SchoolUnit | RegistryUnit, action: Action, subject: object = None) -> bool:
    """Say whether `require` would pass."""
    return _obstacle(unit, action, subject) is None


def written_under(unit: SchoolUnit, column: Column, journal: Journal) -> Journal | Lesson:
    """Return what somebody must have a right to who writes in a column of that journal.

    A substitute has it to a lesson alone; the lesson is not read for anybody else.
    """
    actor = unit.actor
    substitutes = isinstance(actor, Actor) and actor.cabinet.role is Role.SUBSTITUTE
    if column.lesson is None or not substitutes:
        return journal
    return unit.lessons.get(column.lesson)


def _obstacle(unit: SchoolUnit | RegistryUnit, action: Action, subject: object) -> str | None:
    actor = unit.actor
    if isinstance(actor, System):
        known = action in SYSTEM_ACTS.get(actor.name, frozenset())
        return None if known else "not-by-itself"
    held = list(grants_held(unit, actor))
    if not held:
        return "no-grant"
    grant = next((grant for grant in held if _carries(grant, action)), None)
    if grant is None:
        return "not-carried"
    reach = _reach(unit, grant, subject)
    if reach not in TABLE[action].get(grant.role, frozenset()):
        return f"not-to-{reach.value}"
    return None


def _carries(grant: Grant | AuthorityGrant, action: Action) -> bool:
    return isinstance(grant, AuthorityGrant) or action in grant.rights


def _reach(
    unit: SchoolUnit | RegistryUnit, grant: Grant | AuthorityGrant, subject: object
) -> Reach:
    if isinstance(grant, AuthorityGrant):
        own = isinstance(unit, RegistryUnit) and _beneath(subject, unit, grant.authority)
    else:
        own = isinstance(unit, SchoolUnit) and _near(subject, unit, grant)
    return Reach.OWN if own else Reach.OTHER


@singledispatch
def _beneath(subject: object, unit: RegistryUnit, authority: AuthorityId | None) -> bool:
    """Say whether a thing lies under an authority; what has no place in the hierarchy does not."""
    return False


@_beneath.register
def _(subject: Authority, unit: RegistryUnit, authority: AuthorityId | None) -> bool:
    level: Authority | None = subject
    while level is not None and level.id != authority:
        level = None if level.parent is None else unit.authorities.get(level.parent)
    return level is not None


@_beneath.register
def _(subject: School, unit: RegistryUnit, authority: AuthorityId | None) -> bool:
    return subject.authority is not None and _beneath(
        unit.authorities.get(subject.authority), unit, authority
    )


@singledispatch
def _near(subject: object, unit: SchoolUnit, grant: Grant) -> bool:
    """Say whether a thing is the grant holder's own; the school as a whole is nobody's own."""
    return False


@_near.register
def _(subject: Journal, unit: SchoolUnit, grant: Grant) -> bool:
    match grant.role:
        case Role.SUBJECT_TEACHER:
            return _is(grant, subject.teacher)
        case Role.CO_TEACHER:
            return _is(grant, subject.second_teacher)
        case Role.CLASS_TEACHER:
            return _near(unit.classes.get(subject.school_class), unit, grant)
        case Role.API_CLIENT:
            return True
        case _:
            return False


@_near.register
def _(subject: Lesson, unit: SchoolUnit, grant: Grant) -> bool:
    if grant.role is Role.SUBSTITUTE:
        return _is(grant, subject.substitute)
    return _near(unit.journals.get(subject.journal), unit, grant)


@_near.register
def _(subject: SchoolClass, unit: SchoolUnit, grant: Grant) -> bool:
    match grant.role:
        case Role.CLASS_TEACHER:
            return _is(grant, subject.teacher)
        case Role.API_CLIENT:
            return True
        case _:
            return any(
                _near(journal, unit, grant) for journal in unit.journals.of_class(subject.id)
            )


@_near.register
def _(subject: Pupil, unit: SchoolUnit, grant: Grant) -> bool:
    match grant.role:
        case Role.PUPIL:
            return _is(grant, subject.id)
        case Role.PARENT:
            return any(
                _is(grant, tie.guardian)
                and tie.shows(subject, unit.today, unit.policies.coming_of_age)
                for tie in unit.guardianships.of_pupil(subject.id)
            )
        case Role.API_CLIENT:
            return True
        case _:
            return any(
                _near(unit.classes.get(enrolment.school_class), unit, grant)
                for enrolment in unit.enrolments.of_pupil(subject.id)
                if enrolment.covers(unit.today)
            )


@_near.register
def _(subject: Substitution, unit: SchoolUnit, grant: Grant) -> bool:
    if grant.role is Role.SUBSTITUTE:
        return subject.is_replaced and _is(grant, subject.substitute)
    return _near(unit.journals.get(subject.journal), unit, grant)


@_near.register
def _(subject: Staff, unit: SchoolUnit, grant: Grant) -> bool:
    return _is(grant, subject.id)


@_near.register
def _(subject: Guardian, unit: SchoolUnit, grant: Grant) -> bool:
    return grant.role is Role.PARENT and _is(grant, subject.id)


def _is(grant: Grant, person: int | None) -> bool:
    """Say whether the grant was made for that person; a grant for nobody is nobody's."""
    return grant.person is not None and int(grant.person) == person
