"""The table of faults that a run prints at its end: what was told, what was lost or open."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import asdict, define, field
from crowd import Told
from shared_run import Run
from verifier import Seen

_SOAK_ROUNDS = int(os.environ.get("EJOURNAL_FAULT_ROUNDS", "1000"))
_SHARES = 5
_HEADINGS = (
    *("fault", "storage", "rounds", "acknowledged", "lost"),
    *("outcome unknown", "of these kept", "answered by key", "faults told"),
)


@define
class Line:
    """What one fault did to one storage, summed up over its rounds."""

    fault: str
    storage: str
    rounds: int = 0
    acknowledged: int = 0
    lost: int = 0
    unknown: int = 0
    kept: int = 0
    repeated: int = 0
    faults: dict[str, int] = field(factory=dict)

    def add(self, told: Told, seen: Seen, in_flight: int = 0) -> None:
        """Count what a round told; `in_flight` calls died with their callers."""
        self.acknowledged += len(told.kept)
        self.lost += seen.lost
        self.unknown += len(told.unknown) + max(in_flight, len(seen.kept) if in_flight else 0)
        self.kept += len(seen.kept)
        self.repeated += len(told.repeated)
        for name, times in told.faults.items():
            self.faults[name] = self.faults.get(name, 0) + times

    def __add__(self, other: Line) -> Line:
        counts = {
            name: getattr(self, name) + getattr(other, name)
            for name in ("rounds", "acknowledged", "lost", "unknown", "kept", "repeated")
        }
        faults = Counter(self.faults) + Counter(other.faults)
        return Line(self.fault, self.storage, **counts, faults=dict(faults))

    @property
    def cells(self) -> tuple[str, ...]:
        told = ", ".join(f"{name} {times:,}" for name, times in sorted(self.faults.items()))
        counts = (self.rounds, self.acknowledged, self.lost, self.unknown, self.kept, self.repeated)
        return (self.fault, self.storage, *(f"{count:,}" for count in counts), told)


def soaked(rounds: int) -> pytest.MarkDecorator:
    """Let a test ask for `rounds`: so many in the suite, and a thousand in `make soak`.

    The thousand come in shares, since most of a round is waiting: workers wait side by side.
    """
    long = (pytest.mark.soak, pytest.mark.timeout(4 * 3600))
    shares = [_SOAK_ROUNDS // _SHARES + (nth < _SOAK_ROUNDS % _SHARES) for nth in range(_SHARES)]
    soaking = [
        pytest.param(share, marks=long, id=f"{share}-share{nth}")
        for nth, share in enumerate(shares, 1)
        if share
    ]
    return pytest.mark.parametrize("rounds", [rounds, *soaking])


@contextmanager
def line_of(fault: str, storage: str) -> Iterator[Line]:
    """Give a line to be filled; it stands in the table, and nothing in it may be lost."""
    line = Line(fault, storage)
    yield line
    with _file().open("a") as lines:
        lines.write(json.dumps(asdict(line)) + "\n")
    assert line.lost == 0
    assert line.acknowledged > 0


@pytest.hookimpl(specname="pytest_terminal_summary")
def pytest_show_faults(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, whichever worker filled a line."""
    if _file().exists():
        summed: dict[tuple[str, str], Line] = {}
        for text in _file().read_text().splitlines():
            line = Line(**json.loads(text))
            at = line.fault, line.storage
            summed[at] = summed[at] + line if at in summed else line
        rule = tuple("---" for _ in _HEADINGS)
        ordered = sorted(line.cells for line in summed.values())
        terminalreporter.write_line("")
        for cells in (_HEADINGS, rule, *ordered):
            terminalreporter.write_line(f"| {' | '.join(cells)} |")


def _file() -> Path:
    return Run.current().folder / "faults.jsonl"
