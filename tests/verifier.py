"""The verifier: it compares what writers were told with what the store says afterwards."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from attrs import define, field, frozen
from crowd import Told
from worked_school import CHAINS, Worked, written_by

from ejournal.ids import SchoolId
from ejournal.model.ledger import Entry, Seal
from ejournal.store import Store

_PIECE = 10_000


@frozen
class Seen:
    """What one look found out."""

    lost: int
    """Acknowledged calls that do not hold: each of them is one too many."""
    kept: frozenset[int]
    """Calls that are there although nobody was told so."""


@define
class Verifier:
    """Looks a store through, again and again, for whether what it keeps is whole and as told."""

    store: Store
    found: dict[int, set[SchoolId]] = field(factory=lambda: defaultdict(set))
    _read: Counter[SchoolId] = field(factory=Counter)
    _seals: dict[SchoolId, list[Seal]] = field(factory=lambda: defaultdict(list))
    _told: set[int] = field(factory=set)

    def look(self, told: Told) -> Seen:
        """Fail where the ledger does not verify, tables disagree, or a call is there by halves."""
        before = frozenset(self.found)
        for chain in CHAINS:
            self._read_on(chain)
        for number, chains in self.found.items():
            assert chains == written_by(number).keys(), f"call {number} is there by halves"
        assert self.found.keys().isdisjoint(told.failed)
        broken = self._broken(told)
        missing = told.kept.keys() - self.found.keys()
        new = self.found.keys() - before
        return Seen(len(missing) + broken, frozenset(new - told.kept.keys()))

    def _broken(self, told: Told) -> int:
        """Return how many disagreements there are with seals taken, now or earlier."""
        for number in told.kept.keys() - self._told:
            for seal in told.kept[number]:
                self._seals[seal.chain].append(seal)
        self._told.update(told.kept)
        for chain in CHAINS:
            assert self.store.audit(chain) == []
        return sum(len(self.store.verify(chain, *self._seals[chain])) for chain in CHAINS)

    def _read_on(self, chain: SchoolId) -> None:
        """Read the entries that came since the last look, a call at a time."""
        written: list[Entry] = []
        for entry in self._entries(chain):
            written.append(entry)
            if entry.event == Worked.name:
                self._found(chain, written)
                written.clear()
            elif entry.event == "arranged":
                written.clear()
        assert not written, f"{written} is half a call"

    def _entries(self, chain: SchoolId) -> Iterable[Entry]:
        while some := self.store.entries(chain, after=self._read[chain], limit=_PIECE):
            yield from some
            self._read[chain] = some[-1].seq

    def _found(self, chain: SchoolId, written: list[Entry]) -> None:
        number = written[-1].data["number"]
        assert isinstance(number, int)
        expected = written_by(number)[chain]
        assert len(written) == len(expected), f"{written} is not one call"
        assert all(entry.event in events for entry, events in zip(written, expected, strict=True))
        assert chain not in self.found[number], f"call {number} is there twice"
        self.found[number].add(chain)
