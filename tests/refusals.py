"""What a parser said when it refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from ejournal.errors import Invalid
from ejournal.reasons import REASONS


def refusal(parse: Callable[..., object], *args: object) -> tuple[str, str, str]:
    with pytest.raises(Invalid) as caught:
        parse(*args)
    assert caught.value.reason in REASONS
    return caught.value.field, caught.value.value, caught.value.reason


def reasons(parse: Callable[[str], object], texts: Iterable[str]) -> dict[str, str]:
    return {text: refusal(parse, text)[2] for text in texts}
