"""Who is let in: failed attempts are counted for a while, and a hash is shown to nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ejournal.model.access import Credential, Throttle

NOW = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
FAILED = Throttle("olha@example.com", 5, NOW)


@pytest.mark.parametrize(
    ("after", "wait"),
    [
        (-SECOND, 0),
        (timedelta(), 900),
        (SECOND, 899),
        (SECOND * 1.5, 899),
        (WINDOW - SECOND / 2, 1),
        (WINDOW, 0),
    ],
)
def test_whoever_failed_too_often_waits_until_the_window_is_over(
    after: timedelta, wait: int
) -> None:
    assert FAILED.wait(NOW + after, most=5, window=WINDOW) == wait


def test_whoever_failed_seldom_waits_for_nothing() -> None:
    assert FAILED.wait(NOW, most=6, window=WINDOW) == 0


def test_failures_add_up_within_a_window_and_begin_anew_behind_it() -> None:
    assert FAILED.failed(NOW, WINDOW) == Throttle("olha@example.com", 6, NOW)
    for at in (NOW - SECOND, NOW + WINDOW):
        assert FAILED.failed(at, WINDOW) == Throttle("olha@example.com", 1, at)


def test_a_hash_is_not_shown() -> None:
    assert "$argon2id$" not in repr(Credential("olha@example.com", "$argon2id$v=19"))
