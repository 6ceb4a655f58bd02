"""A journal as an aggregate of the `eventsourcing` library, its events in a file of SQLite's."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from ejournal.model.journal import Mark
from ejournal.model.marks import spell_mark

__all__ = ["EventSourced"]


class _Journal(Aggregate):
    """The marks of one journal."""

    class MarkGiven(Aggregate.Event):
        """A mark was given."""

        column: int
        pupil: int
        value: str
        comment: str
        author: int

    def __init__(self) -> None:
        self.marks: dict[tuple[int, int], tuple[str, str, int]] = {}

    @event(MarkGiven)
    def give(self, column: int, pupil: int, value: str, comment: str, author: int) -> None:
        """Keep a mark in its place."""
        self.marks[column, pupil] = (value, comment, author)


class EventSourced:
    """Journals that each have some marks; every journal that is asked for is one more like that.

    With a `cache` the application keeps aggregates that it has seen, and reads only what is new.
    """

    def __init__(self, file: Path, *, cache: int = 0) -> None:
        environment = {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(file),
            **({"AGGREGATE_CACHE_MAXSIZE": str(cache)} if cache else {}),
        }
        self._application: Application[UUID] = Application(env=environment)

    def journal(self, marks: int) -> UUID:
        """Make a journal of so many marks, which a cache will know."""
        journal = _Journal()
        for number in range(marks):
            journal.give(number // 30, number % 30, "7", "", 1)
        self._application.save(journal)
        self._application.repository.get(journal.id)
        made: UUID = journal.id
        return made

    def give(self, journal: UUID, mark: Mark) -> None:
        """Record one mark on the aggregate."""
        kept: _Journal = self._application.repository.get(journal)
        kept.give(mark.column, mark.pupil, spell_mark(mark.value), mark.comment, mark.author or 0)
        self._application.save(kept)

    def count(self, journal: UUID) -> int:
        """Return how many marks the journal has."""
        kept: _Journal = self._application.repository.get(journal)
        return len(kept.marks)

    def close(self) -> None:
        """Close what the application opened."""
        self._application.close()
