"""Explaining absences: a guardian or a grown-up pupil proposes, the class teacher decides.

Nothing that is not confirmed alters what is noted or what it adds up to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from ejournal.authority import may, require
from ejournal.errors import Forbidden
from ejournal.ids import ExcuseId, GuardianId, LessonId, PupilId
from ejournal.model.attendance import Absence, AbsenceCode
from ejournal.model.calendar import Period
from ejournal.model.events import (
    ExcuseConfirmed,
    ExcuseDeclined,
    ExcuseProposed,
    ExcuseRevoked,
    ExcuseWithdrawn,
)
from ejournal.model.excuses import BY_PUPIL, Excuse, explained
from ejournal.model.people import Pupil, acting_guardian, acting_staff
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = [
    "confirm_excuse",
    "decline_excuse",
    "excuses_of",
    "propose_excuse",
    "revoke_excuse",
    "waiting_excuses",
    "withdraw_excuse",
]


def propose_excuse(
    unit: SchoolUnit,
    pupil: PupilId,
    *,
    first_day: date,
    last_day: date,
    code: AbsenceCode,
    reason: str,
    lessons: Iterable[LessonId] = (),
) -> Excuse:
    """Explain an absence, past or planned: of whole days, or of the lessons named.

    A guardian explains a child's, and a pupil the own from the eighteenth birthday on. Raises
    `NotAllowedHere` for a pupil before that, and `Invalid` without a reason, for «Н», and for days
    in the wrong order.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.PROPOSE_EXCUSE, child)
    excuse = Excuse(
        ExcuseId(unit.new_id()),
        child.id,
        _explaining(unit, child),
        first_day,
        last_day,
        code,
        reason,
        unit.now,
        frozenset(lessons),
    )
    kept = unit.excuses.add(excuse)
    unit.record(ExcuseProposed(kept.id, kept.pupil, kept.guardian))
    return kept


def _explaining(unit: SchoolUnit, pupil: Pupil) -> GuardianId:
    guardian = acting_guardian(unit.actor)
    if guardian is None:
        pupil.of_age(unit.today)
    return guardian or BY_PUPIL


def withdraw_excuse(unit: SchoolUnit, excuse: ExcuseId) -> Excuse:
    """Take an explanation back that one gave oneself.

    Raises `Forbidden` for another's, and `WrongState` once it is decided on.
    """
    proposed = unit.excuses.get(excuse)
    require(unit, Action.PROPOSE_EXCUSE, unit.pupils.get(proposed.pupil))
    if proposed.guardian != (acting_guardian(unit.actor) or BY_PUPIL):
        raise Forbidden(str(unit.actor), Action.PROPOSE_EXCUSE.value, "not-to-other")
    kept = unit.excuses.save(proposed.withdrawn(unit.now))
    unit.record(ExcuseWithdrawn(kept.id, kept.pupil))
    return kept


def confirm_excuse(
    unit: SchoolUnit, excuse: ExcuseId, *, code: AbsenceCode | None = None, answer: str = ""
) -> Excuse:
    """Accept an explanation: every «Н» it speaks of gets its code, or the one given here.

    Raises `WrongState` unless it waits for a decision, and `Invalid` for «Н».
    """
    proposed = unit.excuses.get(excuse)
    require(unit, Action.DECIDE_EXCUSE, unit.pupils.get(proposed.pupil))
    author = acting_staff(unit.actor)
    confirmed = proposed.confirmed(code, author, unit.now, answer)
    changed = _kept(unit, confirmed, lambda noted: confirmed.explain_all(noted, author, unit.now))
    kept = unit.excuses.save(confirmed)
    unit.record(ExcuseConfirmed(kept.id, kept.pupil, kept.code, changed))
    return kept


def decline_excuse(unit: SchoolUnit, excuse: ExcuseId, answer: str) -> Excuse:
    """Refuse an explanation and say why; nothing that is noted changes.

    Raises `WrongState` unless it waits for a decision, and `Invalid` without an answer.
    """
    proposed = unit.excuses.get(excuse)
    require(unit, Action.DECIDE_EXCUSE, unit.pupils.get(proposed.pupil))
    kept = unit.excuses.save(proposed.declined(answer, acting_staff(unit.actor), unit.now))
    unit.record(ExcuseDeclined(kept.id, kept.pupil))
    return kept


def revoke_excuse(unit: SchoolUnit, excuse: ExcuseId, answer: str) -> Excuse:
    """Take back that an explanation was accepted: what it explained is «Н» again.

    Where another confirmed explanation speaks of a lesson, that one holds now. Raises `WrongState`
    unless it is confirmed, and `Invalid` without an answer.
    """
    confirmed = unit.excuses.get(excuse)
    require(unit, Action.DECIDE_EXCUSE, unit.pupils.get(confirmed.pupil))
    author = acting_staff(unit.actor)
    revoked = confirmed.revoked(answer, author, unit.now)
    others = [
        each for each in unit.excuses.of_pupil(revoked.pupil, revoked.period) if each != confirmed
    ]

    def undone(noted: Iterable[Absence]) -> list[Absence]:
        bare = revoked.undo_all(noted, author, unit.now)
        return [explained(each, others, author, unit.now) for each in bare]

    restored = _kept(unit, revoked, undone)
    kept = unit.excuses.save(revoked)
    unit.record(ExcuseRevoked(kept.id, kept.pupil, restored))
    return kept


def _kept(
    unit: SchoolUnit, excuse: Excuse, change: Callable[[Iterable[Absence]], list[Absence]]
) -> int:
    """Keep what becomes of the records of the excuse's days; return how many changed."""
    changed = change(unit.absences.of_pupil(excuse.pupil, excuse.period))
    for absence in changed:
        unit.absences.save(absence)
    return len(changed)


def excuses_of(unit: SchoolUnit, pupil: PupilId, during: Period) -> list[Excuse]:
    """Return the explanations for any day of a period, in any state, by their first day."""
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    return list(unit.excuses.of_pupil(child.id, during))


def waiting_excuses(unit: SchoolUnit) -> list[Excuse]:
    """Return the explanations that wait for the actor's decision; refuses nothing."""
    waiting = list(unit.excuses.waiting())
    about = {pupil.id: pupil for pupil in unit.pupils.each({each.pupil for each in waiting})}
    return [each for each in waiting if may(unit, Action.DECIDE_EXCUSE, about[each.pupil])]
