"""Following the feed: what was committed is handed on, at least once, in the order of its chain.

A consumer goes by a name. How far it has come in each chain is kept in a cursor, which moves only
after a batch was taken; so whoever stops in between is shown the batch again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from attrs import define, evolve, field, frozen

from ejournal.errors import Duplicate, FeedStopped, Invalid, Stale, Unavailable, Unreadable
from ejournal.ids import SchoolId
from ejournal.model.access import System
from ejournal.model.ledger import Cursor, Entry
from ejournal.store import Store
from ejournal.store.units import HousekeepingUnit

__all__ = ["follow"]

_FOLLOWING = System("following")


def follow(
    store: Store, consumer: str, listen: Callable[[Sequence[Entry]], None], *, batch: int = 1000
) -> int:
    """Hand what the consumer has not taken yet to `listen`; return how many entries it took.

    Chains that moved are followed one after another, the registry's among them; in each, entries
    come in the order of their numbers, at most `batch` at a time, with nothing held open. Where
    `listen` raises, or an entry cannot be read, the chain is left at its last batch and the others
    go on; then raises `FeedStopped`, and the next call begins where this one stopped.

    A number that does not follow the one before, or a cursor past its chain's end, is no feed to go
    on with: it stops the chain too, and `verify` tells what was done to it.

    An entry comes again after a failure or a crash: `listen` knows it by chain and number. Where
    two follow under one name both are shown the batch at which they meet, and one goes on. Raises
    `Unavailable` at once, from the store or from what `listen` works with, and `Invalid` for a name
    of more than 640 characters or a batch of nothing.
    """
    if batch < 1:
        raise Invalid("batch", str(batch), "range")
    following = _Following(store, listen, batch)
    for chain, cursor, last in _behind(store, consumer):
        following.chain(chain, cursor, last)
    if following.stopped:
        first = next(iter(following.stopped.values()))
        raise FeedStopped(tuple(following.stopped), f"{type(first).__name__}: {first}") from first
    return following.taken


def _behind(store: Store, consumer: str) -> Iterator[tuple[SchoolId, Cursor, int]]:
    """Yield each chain whose end is not where the consumer's cursor is, with that end.

    Cursors are read first: one that somebody moves meanwhile is then not past the end.
    """
    with store.browsing(_FOLLOWING) as unit:
        cursors = dict(unit.cursors.of_consumer(consumer))
    for chain, head in sorted(store.heads().items()):
        cursor = cursors.get(chain, Cursor(consumer, 0))
        if cursor.seq != head.seq:
            yield chain, cursor, head.seq


@define
class _Following:
    """One run: what it took, and the chains it had to leave."""

    store: Store
    listen: Callable[[Sequence[Entry]], None]
    batch: int
    taken: int = 0
    stopped: dict[SchoolId, Exception] = field(factory=dict)

    def chain(self, chain: SchoolId, cursor: Cursor | None, last: int) -> None:
        """Show a chain up to the number it had come to; whoever goes on writing is next time's."""
        with _Apart(chain, self.stopped):
            if cursor is not None and cursor.seq > last:
                raise Unreadable("a cursor", f"{cursor.seq} is past the end, {last}")
        while cursor is not None and cursor.seq < last:
            cursor = self._shown(chain, cursor)

    def _shown(self, chain: SchoolId, cursor: Cursor) -> Cursor | None:
        """Show the next batch and return the cursor behind it; None where the chain is left."""
        with _Apart(chain, self.stopped):
            entries = self.store.entries(chain, after=cursor.seq, limit=self.batch)
            if not entries:
                return None
            _check_numbers(chain, cursor.seq, entries)
            self.listen(entries)
            moved = self._moved(chain, evolve(cursor, seq=entries[-1].seq))
            if moved is not None:
                self.taken += len(entries)
            return moved
        return None

    def _moved(self, chain: SchoolId, cursor: Cursor) -> Cursor | None:
        """Keep the cursor; None where somebody else follows under the same name."""

        def keep(unit: HousekeepingUnit) -> Cursor:
            cursors = unit.of(chain).cursors
            return cursors.save(cursor) if cursor.version else cursors.add(cursor)

        try:
            return self.store.run_housekeeping(_FOLLOWING, keep)
        except (Stale, Duplicate):
            return None


def _check_numbers(chain: SchoolId, seq: int, entries: Sequence[Entry]) -> None:
    """Raise `Unreadable` unless the entries are the chain's next ones.

    A number says where the cursor goes, so one that was tampered with could send it back for ever.
    """
    for number, entry in enumerate(entries, seq + 1):
        if (entry.chain, entry.seq) != (chain, number):
            raise Unreadable("the feed", f"entry {entry.seq} of {entry.chain} for {number}")


@frozen
class _Apart:
    """Keeps what stops one chain, so that the others are followed first."""

    chain: SchoolId
    stopped: dict[SchoolId, Exception]

    def __enter__(self) -> None:
        """Nothing is taken; only leaving matters."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, Exception) and not isinstance(error, Unavailable):
            self.stopped[self.chain] = error
            return True
        return False
