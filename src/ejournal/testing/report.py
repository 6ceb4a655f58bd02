"""What a run of the contract came to, promise by promise: a pytest plug-in.

`pytest_plugins = ["ejournal.testing.report"]` in the topmost `conftest.py` brings it, or `-p
ejournal.testing.report` at the command line. It shows the values of failed assertions of the
contract; beyond that it does nothing until it is asked by `--ejournal-report=FILE`, which gets the
report as JSON, while a table of it ends what pytest prints.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from ejournal.ports import Capability

__all__ = [
    "pytest_addoption",
    "pytest_configure",
]

pytest.register_assert_rewrite("ejournal.testing.storage", "ejournal.testing.lockstep")

_KIT = "ejournal.testing.storage."
_OPTION = "--ejournal-report"
_FORMAT = 1
_SIGNS = {"passed": "+", "failed": "F", "skipped": "s", "not run": "."}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer `--ejournal-report`."""
    parser.getgroup("ejournal").addoption(
        _OPTION,
        metavar="FILE",
        help="write what the contract of storages came to as JSON, and print it as a table",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Take part only where a report is wanted; workers of a shared run only tell what they saw."""
    file = config.getoption(_OPTION)
    if file:
        config.pluginmanager.register(_Witness())
        if not hasattr(config, "workerinput"):
            config.pluginmanager.register(_Reporter(Path(file)))


class _Witness:
    """Adds to the report of each test of the contract what only its process knows."""

    def pytest_runtest_setup(self) -> None:
        from ejournal.testing.storage.scene import needed

        needed.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if isinstance(item, pytest.Function) and item.function.__module__.startswith(_KIT):
            report.user_properties.append(("ejournal", _seen(item)))
        return report


def _seen(item: pytest.Function) -> dict[str, Any]:
    from ejournal.testing.storage.scene import needed

    store = item.funcargs.get("store")
    callspec = getattr(item, "callspec", None)
    chosen = callspec.params.get("store") if callspec else None
    return {
        "promise": item.function.__name__.removeprefix("test_"),
        "at": item.nodeid.partition("::")[0] + (f"[{chosen}]" if isinstance(chosen, str) else ""),
        "store": "" if store is None else f"{type(store).__module__}.{type(store).__qualname__}",
        "cannot": sorted(each.name for each in getattr(store, "cannot", ())),
        "needs": sorted(each.name for each in needed),
    }


@define
class _Promise:
    """How one test of the contract ended, over all its cases."""

    outcomes: Counter[str] = field(factory=Counter)
    needs: set[str] = field(factory=set)
    why: str = ""

    @property
    def outcome(self) -> str:
        return next((each for each in ("failed", "passed", "skipped") if self.outcomes[each]),
                    "not run")  # fmt: skip

    def spelled(self) -> dict[str, Any]:
        cases = self.outcomes.total()
        told = {"outcome": self.outcome, "cases": cases, "needs": sorted(self.needs)}
        return {**told, "why": self.why} if self.why else told


@define
class _Judged:
    """What is known of one store: where it was tested, its class, and each promise."""

    at: str
    store: str = ""
    cannot: list[str] = field(factory=list)
    promises: dict[str, _Promise] = field(factory=dict)

    def hear(self, seen: Mapping[str, Any], report: pytest.TestReport) -> None:
        self.store = self.store or seen["store"]
        self.cannot = self.cannot or seen["cannot"]
        promise = self.promises.setdefault(seen["promise"], _Promise())
        if report.when == "call" or report.outcome != "passed":
            promise.outcomes[report.outcome] += 1
            promise.needs.update(seen["needs"])
        if report.skipped and isinstance(report.longrepr, tuple):
            promise.why = report.longrepr[2].removeprefix("Skipped: ")
        elif report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            promise.why = crash.message.partition("\n")[0] if crash else report.longreprtext

    def counts(self) -> Counter[str]:
        return Counter(dict.fromkeys(_SIGNS, 0)) + Counter(
            promise.outcome for promise in self.promises.values()
        )

    def never_exercised(self) -> list[str]:
        """Return what the store says it can and no test that passed has needed."""
        exercised = {
            name
            for promise in self.promises.values()
            if promise.outcome == "passed"
            for name in promise.needs
        }
        return sorted({each.name for each in Capability} - exercised - {*self.cannot})

    def summary(self) -> str:
        counts = self.counts()
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in _SIGNS)
        cannot = f"; cannot: {', '.join(self.cannot)}" if self.cannot else ""
        unseen = self.never_exercised()
        never = f"; able but never exercised: {', '.join(unseen)}" if unseen else ""
        return f"{self.store or '(never opened)'}: {told}{cannot}{never}"

    def spelled(self) -> dict[str, Any]:
        counts = self.counts()
        return {
            "at": self.at,
            "store": self.store,
            "cannot": self.cannot,
            "never_exercised": self.never_exercised(),
            "counts": {outcome: counts[outcome] for outcome in _SIGNS},
            "promises": {name: promise.spelled() for name, promise in self.promises.items()},
        }


@define(eq=False)
class _Reporter:
    """Gathers the reports of all processes, and in the end writes and prints them."""

    _file: Path
    _judged: dict[str, _Judged] = field(init=False, factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, seen in report.user_properties:
            if name == "ejournal" and isinstance(seen, dict):
                self._judged.setdefault(seen["at"], _Judged(seen["at"])).hear(seen, report)

    def pytest_sessionfinish(self) -> None:
        for judged in self._judged.values():
            judged.promises = {
                name: judged.promises.get(name, _Promise()) for name in _all_promises()
            }
        told = {
            "format": _FORMAT,
            "kit": version("ejournal"),
            "stores": [judged.spelled() for judged in self._judged.values()],
        }
        self._file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section(f"contract of storages, ejournal {version('ejournal')}")
        for line in _table([*self._judged.values()]):
            terminalreporter.write_line(line)


def _all_promises() -> list[str]:
    from ejournal.testing import storage
    from ejournal.testing.storage import lasting

    return [name.removeprefix("test_") for name in (*storage.__all__, *lasting.__all__)]


def _table(stores: list[_Judged]) -> Iterator[str]:
    """Yield a line for each promise with a sign for each store, then who stands in which column."""
    for name in _all_promises() if stores else ():
        signs = "  ".join(_SIGNS[judged.promises[name].outcome] for judged in stores)
        yield f"{name:<80}  {signs}"
    yield "; ".join(f"{sign} {outcome}" for outcome, sign in _SIGNS.items())
    for number, judged in enumerate(stores, 1):
        yield f"{number}. {judged.at}: {judged.summary()}"
