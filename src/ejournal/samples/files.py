"""The samples that are files: letters of schools as they came, and a list of schools."""

from __future__ import annotations

from enum import Enum
from importlib.resources import files

__all__ = ["SampleMessage", "directory", "message"]


class SampleMessage(Enum):
    """Letters to the institute, each as the raw bytes of a message.

    `REPLY` completes `INCOMPLETE` in its thread; `SECOND` comes from the school of `COMPLETE`.
    """

    COMPLETE = "complete"
    WINDOWS_1251 = "windows-1251"
    INCOMPLETE = "incomplete"
    REPLY = "reply"
    SECOND = "second"


def message(which: SampleMessage) -> bytes:
    """Return the message as it came over the wire."""
    return (files("ejournal.samples") / "messages" / f"{which.value}.eml").read_bytes()


def directory() -> bytes:
    """Return a short list of schools in the form of the state's directory: CSV with a header."""
    return (files("ejournal.samples") / "directory.csv").read_bytes()
