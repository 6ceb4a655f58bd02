"""Deciding what guardians are shown: the school limits, and a grown-up pupil allows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ejournal.authority import require
from ejournal.ids import GuardianshipId
from ejournal.model.events import GuardianAllowed, GuardianLimited
from ejournal.model.people import DiaryPart, Guardianship
from ejournal.model.permissions import Action
from ejournal.store import SchoolUnit

__all__ = ["allow_guardian", "limit_guardian"]


def limit_guardian(
    unit: SchoolUnit,
    guardianship: GuardianshipId,
    *,
    hidden: Iterable[DiaryPart] = (),
    until: date | None = None,
) -> Guardianship:
    """Limit what a guardian is shown of a pupil, in place of earlier limits; none lift them.

    After the day `until` the guardian sees nothing of the pupil any more. It holds for every unit
    that begins after this one.
    """
    tie = unit.guardianships.get(guardianship)
    require(unit, Action.KEEP_PEOPLE, unit.pupils.get(tie.pupil))
    kept = unit.guardianships.save(tie.limited(hidden, until))
    unit.record(GuardianLimited(kept.id, kept.guardian, kept.pupil))
    return kept


def allow_guardian(
    unit: SchoolUnit, guardianship: GuardianshipId, parts: Iterable[DiaryPart]
) -> Guardianship:
    """Decide as a grown-up pupil what a guardian sees, in place of what one decided before.

    Raises `NotAllowedHere` before the eighteenth birthday.
    """
    tie = unit.guardianships.get(guardianship)
    pupil = unit.pupils.get(tie.pupil)
    require(unit, Action.ALLOW_GUARDIAN, pupil)
    kept = unit.guardianships.save(tie.allowing(parts, pupil, unit.today))
    unit.record(GuardianAllowed(kept.id, kept.guardian, kept.pupil))
    return kept
