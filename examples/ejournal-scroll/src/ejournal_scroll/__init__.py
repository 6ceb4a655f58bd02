"""A storage in one file that is only ever appended to, offered as `scroll:/path`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ejournal.errors import Invalid
from ejournal.plugins import hookimpl
from ejournal.plugins.hookspecs import StoreFactory
from ejournal.ports import Policies
from ejournal.store import Store


@hookimpl
def ejournal_stores() -> Mapping[str, StoreFactory]:
    """Offer `scroll:/path` and, from the folder one is in, `scroll:path`."""
    return {"scroll": _open}


def _open(url: str, policies: Policies) -> Store:
    # Whoever only lists plug-ins need not load a storage.
    from ejournal_scroll.store import ScrollStore

    path = unquote(urlsplit(url).path)
    if not path:
        raise Invalid("store", url, "pattern")
    return ScrollStore(Path(path), policies=policies)
