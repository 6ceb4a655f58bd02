"""Plug-ins: what vendors and hosts add, found on request and never on import.

`load()` registers the library's own parts and every installed distribution that offers the entry
point group `ejournal`, asks each hook once, and returns what they gave. Whatever a plug-in does
wrong is a `PluginMisbehaved` that names its distribution.
"""

from __future__ import annotations

from ejournal.plugins.hookspecs import hookimpl
from ejournal.plugins.loading import Plugins, load

__all__ = ["Plugins", "hookimpl", "load"]
