"""Tells mypy that the two words of `ejournal.model.declaration` declare a field of attrs.

Without it `name: str = personal()` looks like a field with a default.
"""

from __future__ import annotations

from mypy.plugin import Plugin
from mypy.plugins.attrs import attr_attrib_makers

attr_attrib_makers.update(
    {"ejournal.model.declaration.personal", "ejournal.model.declaration.plain"}
)


def plugin(_version: str) -> type[Plugin]:
    """Have mypy load this module; the names above are all there is to it."""
    return Plugin
