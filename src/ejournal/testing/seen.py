"""What came out of stores so far, by type, to be drawn again: so that questions meet answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NewType, get_args, get_type_hints

import attrs
from attrs import define, field
from hypothesis import strategies as st

__all__ = ["Seen"]

_LONGEST = 80
_STRANGERS = 30


@define
class Seen:
    """Values by type: identifiers, codes, whole records; each stands once, the first first."""

    _by_type: defaultdict[Any, dict[str, Any]] = field(
        init=False, factory=lambda: defaultdict(dict)
    )

    def of(self, kind: Any) -> list[Any]:  # noqa: ANN401 - a class or a NewType
        """Return what was seen of a type."""
        return list(self._by_type[kind].values())

    def one_of(self, kind: Any, other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:  # noqa: ANN401
        """Draw what was seen of a type, and `other` now and then, or where there is nothing."""

        def chosen(number: int) -> st.SearchStrategy[Any]:
            values = self.of(kind)
            if not values or number % 5 == 0:
                return other
            return st.just(values[number // 5 % len(values)])

        return st.integers(0, 2_000).flatmap(chosen)

    def identifier(self, kind: Any) -> st.SearchStrategy[int]:  # noqa: ANN401 - a NewType
        """Draw an identifier that was seen, or a small number that names nothing yet."""
        return self.one_of(kind, st.integers(1, _STRANGERS))

    def copy(self) -> Seen:
        """Return another memory that begins with the same values."""
        other = Seen()
        for kind, values in self._by_type.items():
            other._by_type[kind] = dict(values)
        return other

    def take(self, value: object, annotation: Any = None) -> None:  # noqa: ANN401
        """Remember a value with all its parts; an identifier's type is its annotation."""
        if isinstance(annotation, NewType):
            self._add(annotation, value)
        elif isinstance(value, str):
            if annotation is str and 0 < len(value) < _LONGEST:
                self._add(str, value)
        elif isinstance(value, bytes):
            self._add(bytes, value)
        elif attrs.has(type(value)):
            self._take_fields(value)
        elif isinstance(value, Iterable):
            inner = next(iter(get_args(annotation)), None)
            for each in value.values() if isinstance(value, Mapping) else value:
                self._take_part(each, None if isinstance(value, Mapping) else inner)

    def _take_fields(self, value: Any) -> None:  # noqa: ANN401 - of any class of attrs
        kind: Any = type(value)
        self._add(kind, value)
        if isinstance(key := getattr(value, "key", None), tuple):
            self._add(type(key), key)
        for name, annotation in _fields(kind).items():
            self._take_part(getattr(value, name), annotation)

    def _take_part(self, value: object, annotation: Any) -> None:  # noqa: ANN401
        if value is None:
            return
        parts = get_args(annotation)
        inner = [part for part in parts if isinstance(part, NewType) or part is str]
        optional = type(None) in parts
        self.take(value, inner[0] if optional and inner else annotation)

    def _add(self, kind: Any, value: object) -> None:  # noqa: ANN401
        self._by_type[kind].setdefault(repr(value), value)


@cache
def _fields(kind: Any) -> dict[str, Any]:  # noqa: ANN401
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in attrs.fields(kind) if each.init}
