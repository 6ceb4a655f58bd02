"""What a vendor is told of a run of the contract, and that nothing is told unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import ejournal
from ejournal.testing import storage
from ejournal.testing.storage import lasting

VENDORS = """
import pytest
from ejournal.adapters.memory import MemoryStore, _MemoryTransaction
from ejournal.ports import Capability
from ejournal.testing.storage import *
from ejournal.testing.storage.lasting import *


class Forgetful(MemoryStore):
    cannot = frozenset({Capability.CONCURRENCY})


@pytest.fixture(params=["sound", "broken", "absent"])
def store(request, monkeypatch):
    if request.param == "broken":
        monkeypatch.setattr(_MemoryTransaction, "delete", lambda *_: True)
    if request.param == "absent":
        pytest.skip("its server is away")
    return Forgetful()


@pytest.fixture
def reopened(store):
    return lambda: store


def test_of_the_vendors_own():
    pass
"""
CHOSEN = ("readers_wait_for_nobody", "delete_removes_one_row", "flags_come_back", "vendors_own")


@pytest.fixture
def vendors(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["ejournal.testing.report"]\n')
    (tmp_path / "test_forgetful.py").write_text(VENDORS)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    return tmp_path


def printed(folder: Path, *options: str) -> Sequence[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-k", " or ".join(CHOSEN), *options]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    return run.stdout.splitlines()


def chosen_of(judged: dict[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in judged["promises"].items() if told["outcome"] != "not run"}


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_store_is_told_of_promise_by_promise(vendors: Path, workers: str) -> None:
    lines = printed(vendors, "--ejournal-report=report.json", "-n", workers)
    told = json.loads((vendors / "report.json").read_text("utf-8"))
    stores = {judged["at"]: judged for judged in told["stores"]}

    assert (told["format"], told["kit"]) == (1, ejournal.__version__)
    assert sorted(stores) == [
        f"test_forgetful.py[{name}]" for name in ("absent", "broken", "sound")
    ]
    sound, broken, absent = (
        stores[f"test_forgetful.py[{name}]"] for name in ("sound", "broken", "absent")
    )
    skipped = {
        "outcome": "skipped",
        "cases": 1,
        "needs": ["CONCURRENCY"],
        "why": "the storage cannot: CONCURRENCY",
    }
    assert chosen_of(sound) == {
        "readers_wait_for_nobody": skipped,
        "delete_removes_one_row_and_says_whether_there_was_one": {
            "outcome": "passed",
            "cases": 1,
            "needs": [],
        },
        "flags_come_back_as_flags": {"outcome": "passed", "cases": 2, "needs": []},
    }
    assert (sound["store"], sound["cannot"]) == ("test_forgetful.Forgetful", ["CONCURRENCY"])
    assert sound["never_exercised"] == ["DURABILITY", "ROLLBACK", "SNAPSHOT"]
    everything = len(storage.__all__) + len(lasting.__all__)
    assert sound["counts"] == {
        "passed": 2,
        "failed": 0,
        "skipped": 1,
        "not run": everything - 3,
    }
    failed = broken["promises"]["delete_removes_one_row_and_says_whether_there_was_one"]
    assert failed["outcome"] == "failed"
    assert "assert not True" in failed["why"]
    assert {promise["why"] for promise in chosen_of(absent).values()} == {"its server is away"}
    assert any(
        "test_forgetful.py[sound]: test_forgetful.Forgetful: 2 passed" in each for each in lines
    )
    assert any(each.startswith("delete_removes_one_row") for each in lines)


def test_nothing_is_told_unasked(vendors: Path) -> None:
    lines = printed(vendors)
    assert not any("contract of storages" in line for line in lines)
    assert sorted(path.name for path in vendors.glob("*.json")) == []
