"""Imports: how far a file of marks has been taken in, so that it can be gone on with."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, WrongState
from ejournal.ids import ImportId
from ejournal.model.declaration import PLAIN

__all__ = ["Import", "ImportState"]


class ImportState(Enum):
    """Whether more of the file is to come."""

    OPEN = "open"
    DONE = "done"


@frozen
class Import:
    """One file that is taken in piece by piece, each piece with all its rows or not at all.

    `source` says in a few words where the file is from, and nothing about a person. `position`
    counts the rows behind the header that were dealt with: `taken`, `refused`, or blank.
    """

    id: ImportId
    source: str = field(metadata=PLAIN)
    begun_at: datetime
    position: int = 0
    taken: int = 0
    refused: int = 0
    state: ImportState = ImportState.OPEN
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.source.strip():
            raise Invalid("source", self.source, "absent")

    @property
    def is_open(self) -> bool:
        """Whether more of the file is to come."""
        return self.state is ImportState.OPEN

    def moved_on(self, rows: int, *, taken: int, refused: int) -> Import:
        """Return the import behind that many more rows; raises `WrongState` once it is done."""
        self._check_open("move-on")
        return evolve(
            self,
            position=self.position + rows,
            taken=self.taken + taken,
            refused=self.refused + refused,
        )

    def done(self) -> Import:
        """Return the import at the end of its file; raises `WrongState` if it was there."""
        self._check_open("end")
        return evolve(self, state=ImportState.DONE)

    def _check_open(self, command: str) -> None:
        if not self.is_open:
            raise WrongState("import", self.state.value, command)
