"""Which mutants are tried, and by which tests: those that ran the changed lines, nearest first."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from attrs import evolve, frozen
from coverage import CoverageData

from tools.mutants.operators import Mutation, mutations

__all__ = ["NO_OTHER_STORE", "ROOT", "Mutant", "TestMap", "every_mutant", "map_of_tests", "sample"]

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src"
PACKAGES = ("ejournal/model", "ejournal/rules")

# They start servers, processes or hosts, or take minutes; what the model decides is told elsewhere.
TOO_SLOW = (
    "aio",
    "aio_contract",
    "architecture",
    "attacks",
    "benchmarks",
    "benchmarks_growth",
    "broken_stores",
    "cli",
    "clock_jumps",
    "contract",
    "crash",
    "demo",
    "docs",
    "faults",
    "following",
    "hosts",
    "intake_fuzz",
    "joining",
    "joining_crowd",
    "lockstep",
    "mongo_*",
    "mutants",
    "packaging",
    "passwords",
    "pouring",
    "pymongo_host",
    "report",
    "school_year",
    "servers",
    "smtp",
    "sql*",
    "strategies",
)
NO_OTHER_STORE = "not sqlite and not postgresql and not mongodb"


@frozen
class Mutant:
    """A change of one module, with a name that stays while that place of the source does."""

    module: str
    path: Path
    mutation: Mutation
    name: str

    @property
    def unchanged(self) -> Mutant:
        """The same module by the same way with nothing changed in it; it has no name."""
        change = self.mutation
        text = self.path.read_bytes()[change.start : change.end].decode()
        return evolve(self, mutation=evolve(change, after=text), name="")

    @property
    def title(self) -> str:
        """The change in one line."""
        change = self.mutation
        where = f"{self.module.removeprefix('ejournal.')}:{change.place or '(module)'}"
        return f"{self.name} {where} | {change.kind} | `{change.before}` -> `{change.after}`"


def every_mutant() -> Iterator[Mutant]:
    """Yield every change of every module, module by module."""
    for package in PACKAGES:
        for path in sorted((SOURCE / package).glob("*.py")):
            module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
            module = module.removesuffix(".__init__")
            seen: Counter[str] = Counter()
            for each in mutations(path.read_text("utf-8")):
                told = f"{module}|{each.place}|{each.kind}|{each.before}|{each.after}"
                seen[told] += 1
                yield Mutant(module, path, each, _digest(f"{told}|{seen[told]}")[:8])


def sample(mutants: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return so many of them; the same seed picks the same whatever else the source gains."""
    drawn = sorted(mutants, key=lambda each: _digest(f"{seed}|{each.name}"))[:count]
    return sorted(drawn, key=lambda each: (each.module, each.mutation.start, each.name))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class TestMap:
    """Which test ran which line of the model, as a run without any change had it."""

    def __init__(self, file: Path) -> None:
        self._data = CoverageData(str(file))
        self._data.read()
        self._by_line: dict[str, Mapping[int, frozenset[str]]] = {}
        self._naming = cache(self._tests_naming)
        self._breadth: Counter[str] = Counter()
        self._of_module: dict[str, set[str]] = defaultdict(set)
        for path in self._data.measured_files():
            lines = {
                line: frozenset(name.rpartition("|")[0] for name in names if name)
                for line, names in self._data.contexts_by_lineno(path).items()
            }
            self._by_line[path] = lines
            for names in lines.values():
                self._breadth.update(names)
                self._of_module[path].update(names)

    def tests_for(self, mutant: Mutant) -> list[str]:
        """Return the tests that ran the changed lines, and behind them what else ran the module.

        Lines that run while a module is imported belong to no test: then it is the file of the
        module's name and all of these, or of a module that has none the tests that import it.
        """
        path = str(mutant.path)
        lines = self._by_line.get(path, {})
        first, last = mutant.mutation.lines
        own: set[str] = set()
        for line in range(first, last + 1):
            own |= lines.get(line, frozenset())
        named = f"test_{mutant.path.stem}.py"
        chosen = own or self._of_module.get(path) or self._naming(mutant.module)
        whole = [] if own else [f"tests/{named}"]

        def near(test: str) -> tuple[bool, int, str]:
            return named not in test, self._breadth[test], test

        return [*filter(_is_there, whole), *sorted(chosen, key=near)]

    def _tests_naming(self, module: str) -> frozenset[str]:
        files = {test.partition("::")[0] for test in self._breadth}
        naming = {each for each in files if module in (ROOT / each).read_text("utf-8")}
        return frozenset(test for test in self._breadth if test.partition("::")[0] in naming)


def _is_there(file: str) -> bool:
    return (ROOT / file).exists() and not any(
        fnmatch(file, f"tests/test_{name}.py") for name in TOO_SLOW
    )


def map_of_tests(file: Path | None) -> TestMap:
    """Run the tests once, without any change, and return what each of them ran.

    A `file` that is there is read instead; one that is not is left there for the next time. Raises
    `CalledProcessError` where a test fails: then no change can be judged.
    """
    if file is not None and file.exists():
        return TestMap(file)
    with tempfile.TemporaryDirectory() as folder:
        made = _run_all(Path(folder))
        if file is not None:
            shutil.copy(made, file)
        return TestMap(made)


def _run_all(folder: Path) -> Path:
    options = folder / "coverage.ini"
    options.write_text("[run]\nsource_pkgs =\n    ejournal.model\n    ejournal.rules\n", "utf-8")
    data = folder / "coverage"
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"),
        *("--cov", f"--cov-config={options}", "--cov-context=test", "--cov-report="),
        *("-k", NO_OTHER_STORE),
        *(f"--ignore-glob=tests/test_{name}.py" for name in TOO_SLOW),
        "tests",
    ]
    environment = {
        **os.environ,
        "HYPOTHESIS_PROFILE": "ci",
        "COVERAGE_FILE": str(data),
        "COVERAGE_CORE": "ctrace",
    }
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return data
