"""How an aggregate is declared: once, for every storage.

A declaration names the class, its key, the questions that are asked of it and their order. The
field names of the class are the column names and the document keys. Adapters are driven by the
declaration, so a new field touches its class and one migration step, and the declaration only
if somebody looks it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar

import attrs
from attrs import frozen

__all__ = ["PERSONAL", "PLAIN", "Aggregate", "Lookup", "Versioned", "is_personal"]

E = TypeVar("E", bound=attrs.AttrsInstance)

_DECLARED = "ejournal.personal"


PERSONAL: Mapping[str, bool] = MappingProxyType({_DECLARED: True})
"""The metadata of a field whose text concerns a person: the ledger keeps its salted digest only.

Names, contacts, birth dates, comments and reasons are personal. They can be erased with the
person's row, and the chain still verifies.
"""

PLAIN: Mapping[str, bool] = MappingProxyType({_DECLARED: False})
"""The metadata of a text field that says nothing about a person and stands in the ledger as it is.

Every text field of the model is declared `PERSONAL` or `PLAIN`; a test fails for one that is
neither.
"""


def is_personal(attribute: attrs.Attribute[Any]) -> bool | None:
    """Say how a field was declared; None where it was not."""
    answer = attribute.metadata.get(_DECLARED)
    return None if answer is None else bool(answer)


class Versioned(attrs.AttrsInstance, Protocol):
    """Whatever a storage keeps: it says which entry wrote it last."""

    @property
    def version(self) -> int:
        """The number of that entry, or how often the record was written outside the ledger."""
        ...


@frozen
class Lookup:
    """A question asked of an aggregate: equality on `fields`, or on all but the last and a range.

    With `ranged` the last field is asked for from a first to a last value, both included. With
    `across` the question may be asked of all schools at once, by the registry only.
    """

    name: str
    fields: tuple[str, ...]
    ranged: bool = False
    across: bool = False


@frozen(cache_hash=True)
class Aggregate(Generic[E]):
    """One declared kind of record.

    `key` names the fields that address a record within its school. `derived` names properties of
    the class that are stored beside its fields because a lookup asks for them. `unique` lists
    groups of fields that no two records of a school share. `order` is how lookups answer; the key
    breaks ties. Records that are not `ledgered` (leases, throttle counters, cursors) change
    without an entry and count their versions by themselves. A kind that comes in bulk names in
    `poured_by` the field by whose values an entry digests what was poured; it has no order but its
    key's. Without one, each poured record has a write of its own. `closes_with` names the field
    with the journal in whose semester a record lies: once that is closed, none is written.
    """

    name: str
    entity: type[E]
    key: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    ledgered: bool = True
    poured_by: str | None = None
    closes_with: str | None = None

    def key_of(self, entity: E) -> tuple[Any, ...]:
        """Return the values of the key fields, in the declared order."""
        return tuple(getattr(entity, name) for name in self.key)

    def lookup(self, name: str) -> Lookup:
        """Return the declared question of that name; asking another is a programming error."""
        return next(lookup for lookup in self.lookups if lookup.name == name)
