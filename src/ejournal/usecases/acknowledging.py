"""Reading a diary as a guardian: signing weeks, and telling how far one has read."""

from __future__ import annotations

from datetime import date, datetime

from ejournal.authority import require
from ejournal.ids import GuardianId, PupilId, instant
from ejournal.model.calendar import Period
from ejournal.model.diary_news import DiaryLook, WeekSignature
from ejournal.model.events import DiaryAcknowledged, WeekSigned
from ejournal.model.people import acting_guardian
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["acknowledge_diary", "diary_looks", "sign_week", "signatures"]


def sign_week(unit: SchoolUnit, pupil: PupilId, day: date) -> WeekSignature:
    """Sign the week of a day; a week that one has signed stays signed as it was.

    Raises `NotAllowedHere` for a week that has not begun.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.SIGN_DIARY, child)
    signature = WeekSignature.of(child.id, _guardian(unit), day, unit.today, unit.now)
    standing = unit.week_signatures.find(signature.key)
    if standing is not None:
        return standing
    kept = unit.week_signatures.add(signature)
    unit.record(WeekSigned(*kept.key))
    return kept


def signatures(unit: SchoolUnit, pupil: PupilId, during: Period) -> list[WeekSignature]:
    """Return the signatures under the weeks that begin in a period, by week."""
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    return list(unit.week_signatures.of_pupil(child.id, during))


def acknowledge_diary(unit: SchoolUnit, pupil: PupilId, *, upto: int, at: datetime) -> DiaryLook:
    """Tell that one has read a diary as it was at an instant, up to a number of the ledger.

    Both come from `diary_news`. What was read stays read. Raises `Invalid` for an instant or a
    number that is still to come.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.SIGN_DIARY, child)
    told = DiaryLook(child.id, _guardian(unit), upto, instant(at))
    look = told.within(unit.chain.head.seq, unit.now)
    standing = unit.diary_looks.find(look.key)
    if standing is None:
        kept = unit.diary_looks.add(look)
    elif standing.further(look.upto, look.at) == standing:
        return standing
    else:
        kept = unit.diary_looks.save(standing.further(look.upto, look.at))
    unit.record(DiaryAcknowledged(*kept.key, kept.upto))
    return kept


def diary_looks(unit: SchoolUnit, pupil: PupilId) -> list[DiaryLook]:
    """Return how far each guardian has read a pupil's diary."""
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    return list(unit.diary_looks.of_pupil(child.id))


def _guardian(unit: SchoolUnit) -> GuardianId:
    """Return as which guardian the actor acts; who passed `require` is one."""
    return acting_guardian(unit.actor) or GuardianId(0)
