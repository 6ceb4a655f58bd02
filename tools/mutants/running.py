"""Trying mutants: each in a child of its own, which imports the changed module in place of ours.

The parent has loaded what is not ours, so that a child need not. A child that runs for too long has
noticed the change as well: a loop without end is no answer.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from attrs import define

from tools.mutants.operators import mutated
from tools.mutants.picking import NO_OTHER_STORE, ROOT, Mutant

__all__ = ["Verdict", "preload", "tried"]

CPU_SECONDS = 90
WALL_SECONDS = 900
FIRST, MOST = 40, 240
"""So many tests are tried at first and in all: who runs a line with hundreds is seldom the one."""

_SHARED = (
    *("attrs", "cattrs", "pluggy", "phonenumbers", "email_validator", "stdnum.ua.edrpou"),
    *("hypothesis.stateful", "hypothesis.strategies", "sqlalchemy.orm", "alembic.migration"),
    *("sqlalchemy.ext.asyncio", "pymongo", "psycopg", "argon2", "aiosmtpd.controller"),
)


class Verdict(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    UNTESTED = "no test runs it"


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, with other code in it."""

    def __init__(self, module: str, path: Path, code: CodeType) -> None:
        self._module, self._path, self._code = module, path, code

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del path, target
        if name != self._module:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(self._code, module.__dict__)  # noqa: S102 - it is our own source, but for one place


def preload() -> None:
    """Load what the tests import from elsewhere, and nothing of the package."""
    os.environ["HYPOTHESIS_PROFILE"] = "ci"
    os.chdir(ROOT)
    for name in _SHARED:
        importlib.import_module(name)
    ours = [name for name in sys.modules if name.partition(".")[0] == "ejournal"]
    if ours:
        raise RuntimeError(f"loaded too early: {ours}")


@define
class _Trial:
    """A mutant on its way through the tests."""

    mutant: Mutant
    batches: list[list[str]]
    child: int = 0

    def begin(self) -> None:
        batch = self.batches.pop(0)
        self.child = os.fork()
        if not self.child:
            _judge(self.mutant, batch)


def _judge(mutant: Mutant, tests: Sequence[str]) -> None:
    """Run tests in this process, a child, and end it: with 0 if all pass."""
    status = 1
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        signal.alarm(WALL_SECONDS)
        source = mutated(mutant.path.read_text("utf-8"), mutant.mutation)
        code = compile(source, str(mutant.path), "exec")
        sys.meta_path.insert(0, _Changed(mutant.module, mutant.path, code))
        sys.dont_write_bytecode = True
        plugins = ("no:cacheprovider", "no:xdist", "no:pytest_cov")
        options = [word for name in plugins for word in ("-p", name)]
        options += ["-x", "-q", "--assert=plain", "-k", NO_OTHER_STORE]
        status = int(pytest.main([*options, *tests]))
    finally:
        os._exit(1 if status else 0)


def tried(
    trials: Sequence[tuple[Mutant, Sequence[str]]], jobs: int
) -> Iterator[tuple[Mutant, Verdict]]:
    """Yield what became of each, as it becomes known; `jobs` are tried at a time."""
    waiting = list(reversed(trials))
    running: dict[int, _Trial] = {}
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant, tests = waiting.pop()
            batches = [list(each) for each in (tests[:FIRST], tests[FIRST:MOST]) if each]
            if not batches:
                yield mutant, Verdict.UNTESTED
                continue
            trial = _Trial(mutant, batches)
            trial.begin()
            running[trial.child] = trial
        if running:
            child, status = os.wait()
            trial = running.pop(child)
            if status or not trial.batches:
                yield trial.mutant, Verdict.KILLED if status else Verdict.SURVIVED
            else:
                trial.begin()
                running[trial.child] = trial
