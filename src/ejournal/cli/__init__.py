"""The command line: `ejournal`, with everything the library does for a person at a terminal."""

from __future__ import annotations

from ejournal.cli.root import app, main

__all__ = ["app", "main"]
