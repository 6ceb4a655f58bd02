"""Signing in with a password, offered as an identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ejournal.plugins.extras import brought_by
from ejournal.plugins.hookspecs import IdentityFactory, hookimpl
from ejournal.ports import Identity
from ejournal.store import Store

__all__ = ["ejournal_identities"]


@hookimpl
def ejournal_identities() -> Mapping[str, IdentityFactory]:
    """Offer the scheme `password`."""
    return {"password": _passwords}


def _passwords(store: Store) -> Identity[Any]:
    # argon2 is imported only by who signs somebody in.
    with brought_by("password", "argon2"):
        from ejournal.adapters.passwords import Passwords

    return Passwords(store)
