"""Finding plug-ins, asking them, and saying whose fault it is."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from types import TracebackType
from typing import Any, TypeVar

import pluggy
from attrs import evolve, frozen

from ejournal.errors import NotOffered, PluginMisbehaved
from ejournal.model.ledger import Entry
from ejournal.plugins import hookspecs
from ejournal.plugins.hookspecs import GROUP
from ejournal.ports import Exporter, Identity, Mailer, Policies
from ejournal.rules.packs import RulePack
from ejournal.store import Store

__all__ = ["BUILT_IN", "Plugins", "load"]

T = TypeVar("T")

BUILT_IN = ("stores", "mail", "passwords", "files")
"""The library's own plug-ins, modules beside this one; they register like everybody's."""

_DISTRIBUTION = "ejournal"


@frozen
class _Source:
    """A registered plug-in: its name, and the distribution to blame."""

    name: str
    distribution: str
    plugin: object


@frozen
class _Blamed:
    """Turns whatever a plug-in's code raises into an error that names its distribution."""

    source: _Source
    hook: str

    def __enter__(self) -> None:
        """Nothing is taken; only leaving matters."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception) and not isinstance(error, PluginMisbehaved):
            raise _fault(self.source, self.hook, f"{type(error).__name__}: {error}") from error


@frozen
class Plugins:
    """What the registered plug-ins offer, by name."""

    policies: Policies
    stores: Mapping[str, hookspecs.StoreFactory]
    mailers: Mapping[str, hookspecs.MailerFactory]
    identities: Mapping[str, hookspecs.IdentityFactory]
    exporters: Mapping[str, Exporter]
    _listeners: tuple[tuple[_Source, Callable[..., None]], ...] = ()

    def store(self, url: str) -> Store:
        """Open the store a URL names; raises `NotOffered` for a scheme nobody offers."""
        return _offered(self.stores, "store", _scheme(url))(url, self.policies)

    def mailer(self, url: str) -> Mailer:
        """Return the mailer a URL names; raises `NotOffered` for a scheme nobody offers."""
        return _offered(self.mailers, "mailer", _scheme(url))(url)

    def identity(self, scheme: str, store: Store) -> Identity[Any]:
        """Return the identity adapter of that scheme at work on that store; raises `NotOffered`."""
        return _offered(self.identities, "identity", scheme)(store)

    def exporter(self, name: str) -> Exporter:
        """Return the exporter of that name; raises `NotOffered`."""
        return _offered(self.exporters, "exporter", name)

    def committed(self, entries: Sequence[Entry]) -> None:
        """Show committed entries to every listener.

        All are told, even after one of them failed; then the first failure is raised.
        """
        failures: list[PluginMisbehaved] = []
        for source, listen in self._listeners:
            try:
                with _Blamed(source, "ejournal_committed"):
                    listen(entries=entries)
            except PluginMisbehaved as error:
                failures.append(error)
        if failures:
            raise failures[0]


def load(*, extra: Sequence[object] = (), installed: bool = True) -> Plugins:
    """Register plug-ins, ask each hook once, and return what they offer.

    `extra` are modules or objects of the host's own; without `installed` other distributions are
    not looked for. Raises `PluginMisbehaved` for a hook that does not exist, two plug-ins that
    offer the same name, and whatever a plug-in raises.
    """
    sources = [*_built_in(), *(_installed() if installed else ()), *_given(extra)]
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    for source in sources:
        _register(manager, source)
    return Plugins(
        policies=_with_packs(manager, sources, _policies(manager, sources)),
        stores=_collected(manager, sources, "ejournal_stores"),
        mailers=_collected(manager, sources, "ejournal_mailers"),
        identities=_collected(manager, sources, "ejournal_identities"),
        exporters=_collected(manager, sources, "ejournal_exporters"),
        listeners=tuple(_implementations(manager, sources, "ejournal_committed")),
    )


def _built_in() -> Iterator[_Source]:
    for name in BUILT_IN:
        module = importlib.import_module(f"ejournal.plugins.{name}")
        yield _Source(f"ejournal.{name}", _DISTRIBUTION, module)


def _installed() -> Iterator[_Source]:
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        source = _Source(point.name, _owner(point), None)
        with _Blamed(source, "import"):
            yield _Source(source.name, source.distribution, point.load())


def _owner(point: EntryPoint) -> str:
    return point.value.partition(":")[0] if point.dist is None else point.dist.name


def _given(extra: Sequence[object]) -> Iterator[_Source]:
    for plugin in extra:
        name = getattr(plugin, "__name__", type(plugin).__name__)
        yield _Source(name, "the host", plugin)


def _register(manager: pluggy.PluginManager, source: _Source) -> None:
    try:
        manager.register(source.plugin, name=f"{source.name} {id(source.plugin)}")
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise _fault(source, _hook_named_in(error), str(error)) from error
    except ValueError as error:
        raise _fault(source, "register", "it is registered already") from error
    _refuse_unmarked(manager, source)


def _hook_named_in(error: pluggy.PluginValidationError) -> str:
    names = [word for word in str(error).replace("'", " ").split() if word.startswith("ejournal_")]
    return names[0] if names else "register"


def _refuse_unmarked(manager: pluggy.PluginManager, source: _Source) -> None:
    """Refuse a function that has a hook's name but lost its mark: it would never be called."""
    marked = {caller.name for caller in manager.get_hookcallers(source.plugin) or ()}
    named = {name for name in hookspecs.__all__ if callable(getattr(source.plugin, name, None))}
    for hook in sorted(named & _hooks() - marked):
        raise _fault(source, hook, "it is not marked with hookimpl")


def _hooks() -> set[str]:
    return {name for name in hookspecs.__all__ if name.startswith("ejournal_")}


def _implementations(
    manager: pluggy.PluginManager, sources: Sequence[_Source], hook: str
) -> Iterator[tuple[_Source, Callable[..., Any]]]:
    """Yield who implements a hook, in the order of registration."""
    by_plugin = {id(source.plugin): source for source in sources}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        yield by_plugin[id(implementation.plugin)], implementation.function


def _policies(manager: pluggy.PluginManager, sources: Sequence[_Source]) -> Policies:
    policies = Policies()
    for source, implementation in _implementations(manager, sources, "ejournal_policies"):
        with _Blamed(source, "ejournal_policies"):
            policies = implementation(policies=policies)
        if not isinstance(policies, Policies):
            raise _fault(source, "ejournal_policies", "it did not return Policies")
    return policies


def _with_packs(
    manager: pluggy.PluginManager, sources: Sequence[_Source], policies: Policies
) -> Policies:
    """Add the rule packs of plug-ins; one name means one pack."""
    hook, packs = "ejournal_rule_packs", list(policies.rule_packs)
    known = {pack.name: "the policies" for pack in packs}
    for source, implementation in _implementations(manager, sources, hook):
        with _Blamed(source, hook):
            offered = list(implementation())
        for pack in offered:
            if not isinstance(pack, RulePack):
                raise _fault(source, hook, "it did not return rule packs")
            if pack.name in known:
                raise _fault(source, hook, f"{known[pack.name]} already have {pack.name}")
            known[pack.name] = f"the packs of {source.name}"
            packs.append(pack)
    return evolve(policies, rule_packs=tuple(packs))


def _collected(
    manager: pluggy.PluginManager, sources: Sequence[_Source], hook: str
) -> dict[str, Any]:
    offered: dict[str, Any] = {}
    owners: dict[str, _Source] = {}
    for source, implementation in _implementations(manager, sources, hook):
        with _Blamed(source, hook):
            for name, item in _named(implementation()):
                if name in owners:
                    raise _clash(source, owners[name], hook, name)
                offered[name], owners[name] = item, source
    return offered


def _named(answer: Mapping[str, Any] | Sequence[Exporter]) -> Iterable[tuple[str, Any]]:
    if isinstance(answer, Mapping):
        return answer.items()
    return ((exporter.name, exporter) for exporter in answer)


def _clash(source: _Source, other: _Source, hook: str, name: str) -> PluginMisbehaved:
    return _fault(source, hook, f"{other.name} of {other.distribution} already offers {name}")


def _fault(source: _Source, hook: str, why: str) -> PluginMisbehaved:
    return PluginMisbehaved(source.name, source.distribution, hook, why)


def _scheme(url: str) -> str:
    return url.partition(":")[0].partition("+")[0].lower()


def _offered(offers: Mapping[str, T], kind: str, name: str) -> T:
    if name not in offers:
        raise NotOffered(kind, (name,), tuple(sorted(offers)))
    return offers[name]
