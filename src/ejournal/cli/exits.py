"""How the process ends, for who starts it and for what is there before its extra is."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """What the process says by the way it ends; 0 is done."""

    FINDINGS = 1
    USAGE = 2
    REFUSAL = 3
    FAULT = 4
    INTERRUPTED = 130
