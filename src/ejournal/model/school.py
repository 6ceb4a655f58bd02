"""The school: its codes, its place, and which e-journal it keeps."""

from __future__ import annotations

from datetime import date
from enum import Enum
from typing import ClassVar

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, WrongState
from ejournal.ids import AuthorityId, SchoolId
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import DisoId, Edrpou, Katottg, Region, SchoolType
from ejournal.model.ledger import Event

__all__ = ["JournalSystem", "JournalSystemChosen", "School", "SchoolState"]


class JournalSystem(Enum):
    """Whose e-journal the school keeps: the state's free one, another vendor's, or none yet."""

    OURS = "ours"
    OTHER = "other"
    NONE = "none"


class SchoolState(Enum):
    """How far the school has come; it is active only with a journal (rule 99)."""

    INVITED = "invited"
    ACTIVATED = "activated"
    ACTIVE = "active"


@frozen
class School:
    """A school as its approved request and the state's directory describe it.

    `vendor` names the other system while the school keeps one. Whatever system it keeps, what it
    wrote here stays readable.
    """

    id: SchoolId
    diso_id: DisoId = field(metadata=PLAIN)
    edrpou: Edrpou = field(metadata=PLAIN)
    name: str = field(metadata=PLAIN)
    region: Region = field(metadata=PLAIN)
    community: str = field(metadata=PLAIN)
    short_name: str = field(default="", metadata=PLAIN)
    katottg: Katottg | None = field(default=None, metadata=PLAIN)
    type: SchoolType | None = None
    authority: AuthorityId | None = None
    journal_system: JournalSystem = JournalSystem.OURS
    vendor: str = field(default="", metadata=PLAIN)
    state: SchoolState = SchoolState.INVITED
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.name.strip():
            raise Invalid("name", self.name, "absent")
        if bool(self.vendor.strip()) is not (self.journal_system is JournalSystem.OTHER):
            raise Invalid("vendor", self.vendor, "pattern" if self.vendor else "absent")

    def activated(self) -> School:
        """Return the school with an administrator who took up the role; again it is the same."""
        if self.state is not SchoolState.INVITED:
            return self
        return evolve(self, state=SchoolState.ACTIVATED)

    def journal_opened(self) -> School:
        """Return the school active, as its first journal makes it; later ones change nothing.

        Raises `WrongState` while nobody has taken up the administrator's role.
        """
        if self.state is SchoolState.INVITED:
            raise WrongState("school", self.state.value, "open-journal")
        return self if self.state is SchoolState.ACTIVE else evolve(self, state=SchoolState.ACTIVE)

    def switched_to(self, vendor: str) -> School:
        """Return the school keeping another vendor's e-journal; an empty name is `Invalid`."""
        return evolve(self, journal_system=JournalSystem.OTHER, vendor=vendor)

    def returned(self) -> School:
        """Return the school keeping this e-journal."""
        return evolve(self, journal_system=JournalSystem.OURS, vendor="")


@frozen
class JournalSystemChosen(Event):
    """The school decided whose e-journal it keeps; `vendor` names the other's."""

    name: ClassVar[str] = "journal-system-chosen"
    journal_system: JournalSystem
    vendor: str = field(metadata=PLAIN)
    decision_number: str = field(metadata=PLAIN)
    decision_day: date = field(metadata=PLAIN)
    words: str = field(metadata=PERSONAL)
