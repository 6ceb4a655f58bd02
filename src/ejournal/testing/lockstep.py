"""Two stores in lockstep: the same commands, the same answers, refusals included.

`lockstep(open_store)` is a state machine for Hypothesis. It gives the store in memory and yours
the sample school and then whatever there is to do: every method of every repository and every
use case, found by introspection, with arguments drawn from what came back before. Both stores
have the same clock, identifiers and salts, so all that they keep must be alike to the byte: rows,
entries and heads are compared at the end, and both must audit clean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import Any, ClassVar, TypeAlias

import attrs
from attrs import field, frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ejournal.adapters.memory import MemoryStore
from ejournal.codec import shape_of
from ejournal.errors import EjournalError, Forbidden
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model.access import Actor, System
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.declaration import PERSONAL, Aggregate
from ejournal.model.ledger import Erased, Event
from ejournal.ports import Row, Table
from ejournal.store import HousekeepingUnit, RegistryUnit, SchoolUnit, Store, Unit
from ejournal.testing.arguments import argument_of, drawn_by_type
from ejournal.testing.beginning import (
    BEGUN,
    Clock,
    all_rows,
    grant_holders,
    prepared,
    seeded,
    seen_at_first,
)
from ejournal.testing.repertoire import Method, UseCase, methods, use_cases
from ejournal.testing.strategies import Drawing, texts

__all__ = ["Door", "Entered", "Lockstep", "OpenStore", "Parted", "lockstep"]

OpenStore: TypeAlias = Callable[[], AbstractContextManager[Store]]
"""Opens a new empty store; leaving the context closes it."""

_CLERK = System("lockstep")
_SYSTEMS = tuple(System(name) for name in ("intake", "delivery", "expiry", "alerts", "digest"))
_MOST = 20


class Parted(AssertionError):
    """The two stores said or kept different things."""


class Door(Enum):
    """The ways into a store, by the unit that opens behind them."""

    SCHOOL = "school"
    READING = "reading"
    REGISTRY = "registry"
    BROWSING = "browsing"
    SCHOOL_OF_REGISTRY = "school-of-registry"
    HOUSEKEEPING = "housekeeping"
    HOUSEKEEPING_OF_SCHOOL = "housekeeping-of-school"

    @property
    def unit(self) -> type[Unit]:
        """The kind of unit behind it."""
        if self in {Door.SCHOOL, Door.READING, Door.SCHOOL_OF_REGISTRY}:
            return SchoolUnit
        return RegistryUnit if self in {Door.REGISTRY, Door.BROWSING} else HousekeepingUnit


_OF_A_SCHOOL = {
    Door.SCHOOL,
    Door.READING,
    Door.SCHOOL_OF_REGISTRY,
    Door.HOUSEKEEPING_OF_SCHOOL,
}


@contextmanager
def _opened(store: Store, door: Door, school: SchoolId) -> Iterator[Unit]:
    with ExitStack() as stack:
        match door:
            case Door.SCHOOL:
                yield stack.enter_context(store.school(school, _CLERK))
            case Door.READING:
                yield stack.enter_context(store.reading(school, _CLERK))
            case Door.REGISTRY:
                yield stack.enter_context(store.registry(_CLERK))
            case Door.BROWSING:
                yield stack.enter_context(store.browsing(_CLERK))
            case Door.SCHOOL_OF_REGISTRY:
                yield stack.enter_context(store.registry(_CLERK)).school(school)
            case Door.HOUSEKEEPING:
                yield stack.enter_context(store.housekeeping(_CLERK))
            case Door.HOUSEKEEPING_OF_SCHOOL:
                yield stack.enter_context(store.housekeeping(_CLERK)).of(school)


@frozen
class Entered(Event):
    """What the machine records for writes that no use case made."""

    name: ClassVar[str] = "lockstep-entered"
    note: str = field(metadata=PERSONAL)


@frozen
class _Call:
    """One step inside a unit: a method with its arguments, or an event to record."""

    repository: str
    method: str
    arguments: tuple[Any, ...]

    def on(self, unit: Unit) -> object:
        target = getattr(unit, self.repository) if self.repository else unit
        answer = getattr(target, self.method)(*self.arguments)
        return list(answer) if isinstance(answer, Iterator) else answer


class _LeftInTheMiddle(Exception):
    """The block was left by an exception that is none of the library's."""


@frozen
class _Work:
    """What is done in one unit, and how the unit is left."""

    door: Door
    school: SchoolId
    calls: tuple[_Call, ...]
    fails: bool = False

    def on(self, store: Store) -> list[object]:
        """Return what each step answered; a refusal is an answer and does not end the work."""
        answers: list[object] = []
        try:
            with _opened(store, self.door, self.school) as unit:
                answers.extend(_answer(partial(call.on, unit)) for call in self.calls)
                _leave(in_the_middle=self.fails)
        except (_LeftInTheMiddle, EjournalError) as error:
            answers.append(error if isinstance(error, EjournalError) else "left")
        return answers


def _leave(*, in_the_middle: bool) -> None:
    if in_the_middle:
        raise _LeftInTheMiddle


def _answer(ask: Callable[[], object]) -> object:
    try:
        answer = ask()
    except EjournalError as error:
        return error
    return list(answer) if isinstance(answer, Iterator) else answer


class Lockstep(RuleBasedStateMachine):
    """The store in memory and another, driven alike; see the module. Made by `lockstep`."""

    open_store: ClassVar[OpenStore]
    tried: ClassVar[Counter[str]]
    answered: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self._clock = Clock(BEGUN)
        other = self._closing.enter_context(type(self).open_store())
        self.stores = tuple(prepared(each, self._clock) for each in (MemoryStore(), other))
        for store in self.stores:
            seeded().poured_into(store)
        self._seen = seen_at_first().copy()
        self._drawing = Drawing(drawn_by_type(self._seen, self._clock))
        self._agree = True

    def teardown(self) -> None:
        """Compare everything that the stores keep, unless they have parted before."""
        try:
            if self._agree:
                self.compare_all()
        finally:
            self._closing.close()

    @rule(data=st.data())
    def use_case(self, data: st.DataObject) -> None:
        """Call any use case as whoever may."""
        self.call(data.draw(st.sampled_from(use_cases()), "use case"), data)

    @rule(data=st.data())
    def work(self, data: st.DataObject) -> None:
        """Ask repositories of one unit, and record what was written, or leave it in the middle."""
        door = data.draw(st.sampled_from(Door), "door")
        known = [method for method in methods() if method.unit is door.unit]
        chosen = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=5), "methods")
        self.ask(chosen, data, door)

    @rule(by=st.timedeltas(timedelta(0), timedelta(days=20)))
    def time_passes(self, by: timedelta) -> None:
        """Move the clock on: leases, invitations and requests run out."""
        self._clock.now += by

    @invariant()
    def heads_agree(self) -> None:
        """Compare where the chains end."""
        self._compare("heads", lambda store: store.heads())

    def ask(self, asked: list[Method], data: st.DataObject, door: Door) -> None:
        """Call methods of repositories in one unit on both stores and compare the answers."""
        school = data.draw(self._drawing.of(SchoolId), "school")
        chain = school if door in _OF_A_SCHOOL else REGISTRY
        calls = [call for method in asked for call in self._calls(method, data, chain)]
        ending = data.draw(st.sampled_from(["record", "record", "record", "fail", "forget"]), "end")
        if ending == "record":
            calls.append(_Call("", "record", (Entered(data.draw(texts(), "note")),)))
        work = _Work(door, school, tuple(calls), fails=ending == "fail")
        answers = self._compare(str(work.door), work.on)
        self._seen.take(answers)
        for method in asked:
            self.tried[str(method)] += 1
        for call, answer in zip(calls, answers, strict=False):
            if not isinstance(answer, EjournalError) and call.repository:
                self.answered[f"{door.unit.__name__}.{call.repository}.{call.method}"] += 1

    def call(self, use_case: UseCase, data: st.DataObject) -> None:
        """Call a use case on both stores, as one actor after another until one may, and compare."""
        arguments = {
            name: data.draw(self.argument(use_case, name), name) for name in use_case.takes
        }
        actors = self._actors()
        first = data.draw(st.integers(0, len(actors) - 1), "actor")
        school = data.draw(self._drawing.of(SchoolId), "school")
        once = data.draw(st.sampled_from([None, None, None, "a", "b"]), "once")
        for actor in [*actors[first:], *actors[:first]]:
            place = actor.cabinet.school if isinstance(actor, Actor) else None
            run = partial(_run, use_case, arguments, _As(actor, place or school, once))
            self.tried[str(use_case)] += 1
            answer = self._compare(str(use_case), run)
            self._seen.take(answer)
            if not isinstance(answer, Forbidden):
                self.answered[str(use_case)] += not isinstance(answer, EjournalError)
                return

    def argument(self, use_case: UseCase, name: str) -> st.SearchStrategy[Any]:
        """Return what draws an argument: by its name where the type says too little."""
        annotation = use_case.takes[name]
        helped = argument_of(name, annotation, self._seen)
        return self._drawing.of(annotation) if helped is None else helped

    def compare_all(self) -> None:
        """Compare every row with its types, entries among them; what is kept must prove itself."""
        self._compare("rows", lambda store: [_typed(*each) for each in all_rows(store)])
        memory = self.stores[0]
        for school in memory.heads():
            found = memory.verify(school), memory.audit(school)
            if found != ([], []):
                raise Parted(f"what both keep does not prove itself: {found}")

    def _calls(self, method: Method, data: st.DataObject, chain: SchoolId) -> Iterator[_Call]:
        arguments = tuple(
            data.draw(self._taken(method, annotation, chain), str(method))
            for annotation in method.takes
        )
        yield _Call(method.repository, method.name, arguments)
        if method.name == "erase":
            yield _Call("", "record", (Erased(),))

    def _taken(
        self,
        method: Method,
        annotation: Any,  # noqa: ANN401 - a type
        chain: SchoolId,
    ) -> st.SearchStrategy[Any]:
        drawn = self._drawing.of(annotation)
        if method.name == "spelled":
            slots = [slot.name for slot in shape_of(method.aggregate).table.slots]
            return st.one_of(drawn, st.lists(st.sampled_from(slots)))
        kept = self._kept(method.aggregate, chain)
        if not kept or method.name not in {"save", "get", "each", "find", "history", "erase"}:
            return drawn
        same = (*method.aggregate.key, "version")
        if method.name == "save":
            return st.one_of(
                drawn,
                *[st.builds(_changed, drawn, st.sampled_from(kept), st.just(same))] * 3,
            )
        keys = [method.aggregate.key_of(entity) for entity in kept]
        known = st.sampled_from([key[0] if len(key) == 1 else key for key in keys])
        if method.name == "each":
            return st.one_of(drawn, st.lists(known))
        return st.one_of(drawn, known, known, known)

    def _kept(self, aggregate: Aggregate[Any], chain: SchoolId) -> list[Any]:
        shape = shape_of(aggregate)
        with self.stores[0].begin(writing=False) as transaction:
            rows = transaction.select(shape.table, chain, None, limit=_MOST)
            return [shape.entity(row) for _, row in rows]

    def _actors(self) -> list[Actor | System]:
        actors = list(dict.fromkeys(grant_holders(self.stores[0])))
        self._seen.take(actors)
        return [*actors, *_SYSTEMS]

    def _compare(self, what: str, ask: Callable[[Store], Any]) -> Any:  # noqa: ANN401
        answers = [_answer(partial(ask, store)) for store in self.stores]
        if answers[0] != answers[1]:
            self._agree = False
            raise Parted(f"{what}\n  in memory: {answers[0]!r}\n  the other: {answers[1]!r}")
        return answers[0]


def _changed(fresh: Any, kept: Any, same: tuple[str, ...]) -> Any:  # noqa: ANN401 - of any kind
    return attrs.evolve(fresh, **{name: getattr(kept, name) for name in same})


def _typed(table: Table, school: SchoolId, rows: tuple[Row, ...]) -> object:
    return table.name, school, [[(type(value), value) for value in row] for row in rows]


@frozen
class _As:
    """Who calls a use case, in which school where it is of one, and under which key."""

    actor: Actor | System
    school: SchoolId
    once: str | None


def _run(use_case: UseCase, arguments: Mapping[str, Any], who: _As, store: Store) -> object:
    if "actor" in arguments:
        # It opens units by itself, as whoever it is told.
        arguments = {**arguments, "actor": who.actor, "school": who.school}
    given = [value for name, value in arguments.items() if name not in use_case.by_keyword]
    named = {name: value for name, value in arguments.items() if name in use_case.by_keyword}
    do = partial(_whole, use_case.function)
    if use_case.is_of_the_registry:
        return store.run_registry(who.actor, do, *given, **named)
    if use_case.is_of_a_school and who.once and _is_kept(use_case):
        return store.run_once(who.once, who.school, who.actor, do, *given, **named)
    if use_case.is_of_a_school:
        return store.run(who.school, who.actor, do, *given, **named)
    return do(store, *given, **named)


def _whole(function: Callable[..., Any], *given: Any, **named: Any) -> object:  # noqa: ANN401
    """Call a use case, and read what it yields while its unit is open."""
    answer = function(*given, **named)
    return list(answer) if isinstance(answer, Iterator) else answer


def _is_kept(use_case: UseCase) -> bool:
    """Say whether it returns the record that it kept, as `run_once` asks."""
    returned = use_case.function.__annotations__["return"]
    return any(returned in {each.entity, each.entity.__name__} for each in AGGREGATES)


def lockstep(open_store: OpenStore) -> type[Lockstep]:
    """Return the machine that drives the store in memory and the one that is opened.

    Its `TestCase` is a test. `tried` and `answered` count, over all runs, how often each method
    and use case was called and how often it was not refused.
    """
    return type(
        "LockstepOfTwo",
        (Lockstep,),
        {"open_store": staticmethod(open_store), "tried": Counter(), "answered": Counter()},
    )
