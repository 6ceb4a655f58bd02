"""Things to try the library with: messages, a directory, a small school. All invented."""

from __future__ import annotations

from ejournal.samples.files import SampleMessage, directory, message
from ejournal.samples.small_school import (
    SmallSchool,
    connect,
    found,
    keep_journals,
    people_to_invite,
    set_up,
)

__all__ = [
    "SampleMessage",
    "SmallSchool",
    "connect",
    "directory",
    "found",
    "keep_journals",
    "message",
    "people_to_invite",
    "set_up",
]
