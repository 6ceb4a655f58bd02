"""The guard: what a chain asks before it writes a record that lies in a semester.

Every write of a school's records goes through the chain of its unit, and the chain asks here, so
that no use case has to remember that a period can be closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from attrs import define, field

from ejournal.codec import Shape, shape_of
from ejournal.ids import SchoolId, YearId, spell_id
from ejournal.model.catalogue import JOURNALS, PERIOD_LOCKS, YEARS
from ejournal.model.closing import LockState, PeriodLock
from ejournal.model.journal import Journal
from ejournal.ports import Row, Stored, Transaction

__all__ = ["Guard"]


@define
class Guard:
    """Refuses what would change a closed period, of one school in one transaction.

    Journals and locks are read once: whoever writes holds the school's head, so nobody else can
    change them meanwhile, and what this transaction writes itself is forgotten here.
    """

    transaction: Transaction
    school: SchoolId
    now: datetime
    _journals: dict[Stored, Journal | None] = field(init=False, factory=dict)
    _locks: dict[tuple[YearId, int], Sequence[PeriodLock]] = field(init=False, factory=dict)

    def remember(self, journal: Journal) -> None:
        """Take note of a journal that was read anyway."""
        self._journals[journal.id] = journal

    def wrote(self, shape: Shape[Any]) -> None:
        """Forget what was read, if records of that kind are what it was read from."""
        if shape.aggregate in (JOURNALS, PERIOD_LOCKS):
            self._journals.clear()
            self._locks.clear()

    def check(self, shape: Shape[Any], rows: Iterable[Row], standing: Iterable[Row] = ()) -> None:
        """Raise `PeriodClosed` if one of the rows lies in what is closed now.

        `standing` are the addresses of rows that these replace; they are asked about, too, where
        the journal is no part of the address. What is archived stays so: its lock is neither
        replaced nor erased.
        """
        name, rows = shape.aggregate.closes_with, list(rows)
        if shape.aggregate is PERIOD_LOCKS:
            self._keep_archived(shape, rows)
        if name is None:
            return
        if shape.aggregate is JOURNALS:
            for row in rows:
                self.admit(shape.entity(row))
        place = shape.table.place(name)
        journals = {row[place] for row in rows}
        if name not in shape.table.key:
            stood = self.transaction.read_each(shape.table, self.school, list(standing))
            journals.update(row[place] for row in stood)
        for journal in self._met(journals):
            self.admit(journal)

    def admit(self, journal: Journal) -> None:
        """Raise `PeriodClosed` if nothing of that journal may be changed now."""
        for lock in self._locks_of(journal.year, journal.semester):
            if lock.shuts(journal, self.now):
                raise lock.refusal(self._year(journal.year))

    def lets(self, journal: Journal) -> bool:
        """Say whether that journal may be changed now."""
        locks = self._locks_of(journal.year, journal.semester)
        return not any(lock.shuts(journal, self.now) for lock in locks)

    def _keep_archived(self, shape: Shape[PeriodLock], rows: Iterable[Row]) -> None:
        keys = [shape.table.pick(row, shape.table.key) for row in rows]
        for row in self.transaction.read_each(shape.table, self.school, keys):
            lock = shape.entity(row)
            if lock.state is LockState.ARCHIVED:
                raise lock.refusal(self._year(lock.year))

    def _met(self, journals: Iterable[Stored]) -> Iterable[Journal]:
        asked = set(journals)
        table = shape_of(JOURNALS).table
        if unknown := sorted(asked - self._journals.keys(), key=str):
            keys = [(each,) for each in unknown]
            found = self.transaction.read_each(table, self.school, keys)
            self._journals.update(dict.fromkeys(unknown))
            self._journals.update((each.id, each) for each in map(shape_of(JOURNALS).entity, found))
        met = (self._journals[each] for each in sorted(asked, key=str))
        return [journal for journal in met if journal is not None]

    def _locks_of(self, year: YearId, semester: int) -> Sequence[PeriodLock]:
        if (year, semester) not in self._locks:
            shape, lookup = shape_of(PERIOD_LOCKS), PERIOD_LOCKS.lookup("semester")
            asked = shape.stored(lookup.fields, (year, semester))
            rows = self.transaction.select(shape.table, self.school, lookup, asked)
            self._locks[year, semester] = [shape.entity(row) for _, row in rows]
        return self._locks[year, semester]

    def _year(self, year: YearId) -> str:
        row = self.transaction.read(shape_of(YEARS).table, self.school, (year,))
        return spell_id(year) if row is None else shape_of(YEARS).entity(row).label
