"""The contract of storages over the file; what is peculiar to a file is in `test_file`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ejournal_scroll.store import ScrollStore

from ejournal.testing.storage import *  # noqa: F403 - the tests
from ejournal.testing.storage.lasting import *  # noqa: F403 - those that need `reopened`


@pytest.fixture
def store(tmp_path: Path) -> ScrollStore:
    return ScrollStore(tmp_path / "ejournal.scroll")


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], ScrollStore]:
    return lambda: ScrollStore(tmp_path / "ejournal.scroll")
