"""Rules with dates: which marks a column may hold and how finals come about, act by act."""

from __future__ import annotations

from ejournal.rules.base_school import (
    GRADES_5_9_1093,
    GRADES_5_9_1427,
    GRADES_5_9_BEFORE_1093,
)
from ejournal.rules.classic import CLASSIC, PROFILE_UNREAD
from ejournal.rules.packs import RulePack
from ejournal.rules.primary import (
    GRADES_1_2,
    GRADES_1_2_BEFORE_813,
    GRADES_3_4,
    GRADES_3_4_BEFORE_813,
)

__all__ = ["PACKS"]

PACKS: tuple[RulePack, ...] = (
    CLASSIC,
    GRADES_1_2_BEFORE_813,
    GRADES_3_4_BEFORE_813,
    GRADES_1_2,
    GRADES_3_4,
    GRADES_5_9_BEFORE_1093,
    GRADES_5_9_1093,
    GRADES_5_9_1427,
    PROFILE_UNREAD,
)
"""Every pack of the library, by the day it came into force."""
