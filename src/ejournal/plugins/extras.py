"""What is installed by an extra, and which extra a caller lacks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ejournal.errors import NotInstalled

__all__ = ["brought_by"]


@contextmanager
def brought_by(extra: str, *packages: str) -> Iterator[None]:
    """Raise `NotInstalled` where one of the packages that an extra brings cannot be found."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in packages:
            raise
        raise NotInstalled(error.name.partition(".")[0], extra) from error
