"""Two people at once: what the second is told whose change rests on what stands no more."""

from __future__ import annotations

from typing import Protocol, TypeVar

from ejournal.errors import Stale

__all__ = ["seen"]


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


V = TypeVar("V", bound=_Versioned | None)


def seen(
    kind: str, key: tuple[object, ...], standing: V, *, expected: int | None, sent: object
) -> V:
    """Return what stands if it is the version that the caller has seen; 0 is nothing there.

    None asks for no such check. Raises `Stale` with what stands and what was sent.
    """
    version = 0 if standing is None else standing.version
    if expected is not None and expected != version:
        raise Stale(kind, key, standing, sent)
    return standing
