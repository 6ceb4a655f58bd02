"""All that can be asked of a store, found by introspection: repositories' methods and use cases.

What is added to either is found here by itself.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from attrs import frozen

from ejournal import usecases
from ejournal.model.declaration import Aggregate
from ejournal.store import HousekeepingUnit, RegistryUnit, SchoolUnit, Store, Unit
from ejournal.store.repository import Repository
from ejournal.store.units import holding

__all__ = ["UNITS", "Method", "UseCase", "methods", "use_cases"]

UNITS: tuple[type[Unit], ...] = (SchoolUnit, RegistryUnit, HousekeepingUnit)
"""The kinds of unit that hold repositories."""


@frozen
class Method:
    """A public method of a repository, as a unit offers it; `takes` are its arguments' types."""

    unit: type[Unit]
    repository: str
    name: str
    aggregate: Aggregate[Any]
    takes: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.unit.__name__}.{self.repository}.{self.name}"


@frozen
class UseCase:
    """A public function that works in a unit or a store; `takes` are its other arguments' types."""

    function: Callable[..., Any]
    works_in: Any
    takes: Mapping[str, Any]
    by_keyword: frozenset[str]

    def __str__(self) -> str:
        return f"{self.function.__module__.rpartition('.')[2]}.{self.function.__name__}"

    @property
    def is_of_a_school(self) -> bool:
        """Whether it works in a school's unit."""
        return self.works_in is SchoolUnit or SchoolUnit in get_args(self.works_in)

    @property
    def is_of_the_registry(self) -> bool:
        """Whether it works in the registry's unit."""
        return self.works_in is RegistryUnit or RegistryUnit in get_args(self.works_in)


def methods() -> tuple[Method, ...]:
    """Return every public method of every repository of every kind of unit."""
    return tuple(
        Method(unit, name, method, held.aggregate, _takes(held.repository, method))
        for unit in UNITS
        for name, held in vars(unit).items()
        if isinstance(held, holding)
        for method in _public(held.repository)
    )


def _public(repository: Any) -> list[str]:  # noqa: ANN401 - a class, or one with its parameters
    kind = get_origin(repository) or repository
    return [name for name, _ in inspect.getmembers(kind, inspect.isfunction) if name[0] != "_"]


def _takes(repository: Any, method: str) -> tuple[Any, ...]:  # noqa: ANN401 - likewise
    kind = get_origin(repository) or repository
    known = dict(zip(_parameters(Repository), _arguments(repository), strict=True))
    function = getattr(kind, method)
    hints = get_type_hints(function)
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    return tuple(_filled(hints[name], known) for name in names)


def _parameters(kind: Any) -> tuple[TypeVar, ...]:  # noqa: ANN401 - likewise
    names: tuple[TypeVar, ...] = kind.__parameters__
    return names


def _arguments(repository: Any) -> tuple[Any, ...]:  # noqa: ANN401 - likewise
    if get_args(repository):
        return get_args(repository)
    base = next(base for base in repository.__orig_bases__ if get_origin(base) is Repository)
    return get_args(base)


def _filled(annotation: Any, known: Mapping[TypeVar, Any]) -> Any:  # noqa: ANN401 - likewise
    if isinstance(annotation, TypeVar):
        return known[annotation]
    if any(isinstance(part, TypeVar) for part in get_args(annotation)):
        return annotation[tuple(known[part] for part in get_args(annotation))]
    return annotation


def use_cases() -> tuple[UseCase, ...]:
    """Return every public function of a module of use cases that works in a unit or a store."""
    found = []
    for module in pkgutil.iter_modules(usecases.__path__):
        imported = importlib.import_module(f"{usecases.__name__}.{module.name}")
        for name in imported.__all__:
            function = getattr(imported, name)
            if inspect.isfunction(function):
                found.append(_use_case(function))
    return tuple(each for each in found if each is not None)


def _use_case(function: Callable[..., Any]) -> UseCase | None:
    parameters = list(inspect.signature(function).parameters.values())
    hints = get_type_hints(function)
    works_in = hints[parameters[0].name]
    kinds = get_args(works_in) or (works_in,)
    if not all(isinstance(kind, type) and issubclass(kind, (Unit, Store)) for kind in kinds):
        return None
    rest = parameters[1:]
    return UseCase(
        function,
        works_in,
        {each.name: hints[each.name] for each in rest},
        frozenset(each.name for each in rest if each.kind is each.KEYWORD_ONLY),
    )
