"""What a school is asked for when it wants to be connected, and what was read in its letter."""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, fields, frozen

from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Region,
)

__all__ = ["Flaw", "Found", "Item", "RequestItems"]


class Item(Enum):
    """The ministry's seven items in its order; the school's name and its ДІСО id are two here."""

    REGION = "region"
    COMMUNITY = "community"
    SCHOOL_NAME = "school_name"
    DISO_ID = "diso_id"
    EDRPOU = "edrpou"
    ADMIN_NAME = "admin_name"
    ADMIN_EMAIL = "admin_email"
    ADMIN_PHONE = "admin_phone"


@frozen
class Found:
    """Where a letter says an item: the words, the part of the message, the line in that part."""

    item: Item
    raw: str = field(metadata=PERSONAL)
    part: str = field(metadata=PLAIN)
    line: int


@frozen
class Flaw:
    """An item that was given and cannot be accepted; `reason` is a key of `REASONS`."""

    item: Item
    raw: str = field(metadata=PERSONAL)
    reason: str = field(metadata=PLAIN)


@frozen
class RequestItems:
    """The items that could be read; None is one that was not given or not acceptable.

    Field names are the values of `Item`.
    """

    region: Region | None = None
    community: str | None = field(default=None, metadata=PLAIN)
    school_name: str | None = field(default=None, metadata=PLAIN)
    diso_id: DisoId | None = None
    edrpou: Edrpou | None = None
    admin_name: PersonName | None = field(default=None, metadata=PERSONAL)
    admin_email: Email | None = field(default=None, metadata=PERSONAL)
    admin_phone: ContactPhone | None = field(default=None, metadata=PERSONAL)

    @property
    def missing(self) -> tuple[Item, ...]:
        """What the school still has to say, in the order of the letter."""
        return tuple(item for item in Item if getattr(self, item.value) is None)

    def updated_by(self, other: RequestItems) -> RequestItems:
        """Return these items with those of a later letter in their place; its gaps leave them."""
        names = (attribute.name for attribute in fields(RequestItems))
        given = {name: value for name in names if (value := getattr(other, name)) is not None}
        return evolve(self, **given)
