"""The places where a host or a vendor adds to the library.

A plug-in is a module or object with functions of these names, marked with `hookimpl` and found
through the entry-point group `ejournal`. Each hook is called once, when `load()` runs, except
`ejournal_policies` (once, in turn) and `ejournal_committed` (for each batch of the feed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pluggy

from ejournal.model.ledger import Entry
from ejournal.ports import Exporter, Identity, Mailer, Policies
from ejournal.rules.packs import RulePack
from ejournal.store import Store

__all__ = [
    "GROUP",
    "IdentityFactory",
    "MailerFactory",
    "StoreFactory",
    "ejournal_committed",
    "ejournal_exporters",
    "ejournal_identities",
    "ejournal_mailers",
    "ejournal_policies",
    "ejournal_rule_packs",
    "ejournal_stores",
    "hookimpl",
]

GROUP = "ejournal"
"""The entry-point group, and the name of the pluggy project."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)
"""Marks a plug-in's function as an implementation of the hook of the same name."""

StoreFactory: TypeAlias = Callable[[str, Policies], Store]
MailerFactory: TypeAlias = Callable[[str], Mailer]
IdentityFactory: TypeAlias = Callable[[Store], Identity[Any]]


@hookspec
def ejournal_stores() -> Mapping[str, StoreFactory]:  # type: ignore[empty-body]  # a specification
    """Return factories of stores by URL scheme, such as `{"sqlite": open_sqlite}`.

    A factory gets the whole URL and the policies. A scheme two plug-ins claim is an error.
    """


@hookspec
def ejournal_mailers() -> Mapping[str, MailerFactory]:  # type: ignore[empty-body]  # a specification
    """Return factories of mailers by URL scheme, such as `{"smtp": open_smtp}`."""


@hookspec
def ejournal_identities() -> Mapping[str, IdentityFactory]:  # type: ignore[empty-body]  # a specification
    """Return factories of identity adapters by their scheme; each gets the store in use."""


@hookspec
def ejournal_exporters() -> Sequence[Exporter]:  # type: ignore[empty-body]  # a specification
    """Return exporters of a class journal; each is found by its `name`."""


@hookspec
def ejournal_policies(policies: Policies) -> Policies:  # type: ignore[empty-body]  # a specification
    """Return the policies a host should use, made from those of the plug-in before.

    Plug-ins are asked in the order they were registered, the library's defaults first.
    """


@hookspec
def ejournal_rule_packs() -> Sequence[RulePack]:  # type: ignore[empty-body]  # a specification
    """Return rule packs to add behind those of the policies; each has a name of its own.

    A pack wins over those that came into force before it, from its first day on. To replace or to
    leave out a pack, change `Policies.rule_packs`.
    """


@hookspec
def ejournal_committed(entries: Iterable[Entry]) -> None:
    """Take note of entries that were committed, in the order of their numbers.

    It is called from the feed, never from inside a transaction: at least once for each entry, and
    again after an error. Work done here is not part of the change and cannot undo it.
    """
