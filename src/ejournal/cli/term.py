"""How the semester ends in the story: finals decided and explained, and the period closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from attrs import frozen

from ejournal.cli.journals import authors_of
from ejournal.cli.screens import Screens
from ejournal.cli.stage import Stage, SteppingClock
from ejournal.ids import PeriodLockId
from ejournal.model.access import Actor
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.journal import MarkKey
from ejournal.model.marks import Grade
from ejournal.samples import SmallSchool
from ejournal.samples.december import OTHERWISE, PLACE, Finals, end_semester
from ejournal.store import Store
from ejournal.usecases.assessing import explain_final
from ejournal.usecases.closing import close_period, closing_checklist, reopen_period
from ejournal.usecases.correcting import revise_mark
from ejournal.usecases.reading import mark_history

__all__ = ["Term"]

_HOURS = timedelta(hours=2)
_EXPLAINED = (*OTHERWISE, 10)
"""Whose semester mark is explained: it is not the suggested one, or no number leads to it."""

_LATE = 7
_REVISION = MarkRevision(RevisionKind.CORRECTION, "не враховано творчу роботу", Grade(7))


@frozen
class Term:
    """The end of the first semester in the school of the story."""

    stage: Stage
    store: Store
    clock: SteppingClock
    screens: Screens
    small: SmallSchool
    actors: Mapping[str, Actor]

    def decided(self) -> Finals:
        """Let the teacher of mathematics decide on the finals, and show why they are so."""
        self.stage.scene("finals")
        self.clock.move_to(datetime(2026, 12, 21, 13, 0, tzinfo=UTC))
        teacher, pupils = self.actors["mathematics"], self.small.pupils[PLACE[0]]
        finals = self.store.run(self.small.id, teacher, end_semester, self.small)
        self.stage.say("finals")
        with self.store.reading(self.small.id, teacher) as unit:
            for place in _EXPLAINED:
                pupil = pupils[place - 1]
                explained = explain_final(unit, finals.semester.id, pupil=pupil.id)
                self.stage.show(self.screens.final(pupil.name, explained))
        return finals

    def closed(self, finals: Finals) -> None:
        """Let the head close the semester: what it refuses then, and how one is let in again."""
        self.stage.scene("closing")
        self.clock.move_to(datetime(2026, 12, 23, 9, 0, tzinfo=UTC))
        lock = self._closed_by_head()
        pupil = self.small.pupils[PLACE[0]][_LATE - 1].id
        key = MarkKey(finals.semester.journal, finals.semester.id, pupil)
        self.clock.move_to(datetime(2026, 12, 23, 14, 0, tzinfo=UTC))
        self.stage.refused("late", lambda: self._changed(key))
        self.store.run(
            self.small.id,
            self.actors["head"],
            reopen_period,
            lock,
            until=self.clock.now + _HOURS,
            reason="не враховано творчу роботу, доповідна № 41",
            asked_by=self.small.staff["mathematics"].id,
        )
        self._changed(key)
        self.stage.say("reopened")
        with self.store.reading(self.small.id, self.actors["mathematics"]) as unit:
            changes = mark_history(unit, key)
            self.stage.show(self.screens.history(changes, authors_of(unit, changes)))
        self.clock.move_to(self.clock.now + _HOURS)
        self.stage.refused("shut", lambda: self._changed(key))

    def _changed(self, key: MarkKey) -> None:
        teacher = self.actors["mathematics"]
        self.store.run(
            self.small.id, teacher, revise_mark, key.column, pupil=key.pupil, revision=_REVISION
        )

    def _closed_by_head(self) -> PeriodLockId:
        """Show what keeps the semester from being closed, and close one journal of it."""
        head, small = self.actors["head"], self.small
        self.stage.refused(
            "gaps", lambda: self.store.run(small.id, head, close_period, small.year.id, 1)
        )
        with self.store.reading(small.id, head) as unit:
            gaps = closing_checklist(unit, small.year.id, 1)
        names = {each.id: ", ".join(place) for place, each in small.journals.items()}
        teachers = {each.id: each.name.short for each in small.staff.values()}
        rows = [(names[gap.journal], teachers[gap.teacher], gap) for gap in gaps]
        self.stage.show(self.screens.gaps(rows))
        journal = small.journals[PLACE].id
        lock = self.store.run(small.id, head, close_period, small.year.id, 1, journal=journal)
        self.stage.say("closed")
        return lock.id
