"""Figures that tests measure, printed at the end of a run by whichever worker measured them."""

from __future__ import annotations

from pathlib import Path

import pytest
from shared_run import Run

__all__ = ["pytest_show_figures", "tell"]


def tell(line: str) -> None:
    """Have a line printed at the end of the run."""
    with _file().open("a", encoding="utf-8") as lines:
        lines.write(f"{line}\n")


@pytest.hookimpl(specname="pytest_terminal_summary")
def pytest_show_figures(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was told."""
    if _file().exists():
        terminalreporter.write_line("")
        for line in sorted(_file().read_text("utf-8").splitlines()):
            terminalreporter.write_line(line)


def _file() -> Path:
    return Run.current().folder / "figures.txt"
