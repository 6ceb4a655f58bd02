"""How the model is spelled outside Python: rows for storages, text and integers for the rest.

Spelled (JSON, the ledger, exports): identifiers are 13 characters, dates and instants ISO 8601,
fractions `3/2` in lowest terms, enums and marks their codes, a value class of one field called
`text` or `number` is that field, other classes are objects, sets are sorted lists, named tuples
lists of their fields. A step of a calculation names itself in `step`.

Stored (rows): numbers, text, flags, dates and instants stay native, marks and enums are codes,
anything with parts is canonical JSON text.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from enum import Enum
from fractions import Fraction
from functools import cache
from itertools import islice
from operator import attrgetter
from typing import (
    Any,
    Generic,
    NewType,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import attrs
from attrs import evolve, frozen
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn

from ejournal.errors import EjournalError, Invalid, Unreadable
from ejournal.ids import instant, parse_id, spell_id
from ejournal.model import assessment
from ejournal.model.declaration import Aggregate, is_personal
from ejournal.model.ledger import Spelled, canonical, check_text, is_exact
from ejournal.model.marks import MarkValue, parse_mark_code, spell_mark
from ejournal.ports import Kind, Row, Slot, Stored, Table

__all__ = [
    "Hide",
    "Shape",
    "configure",
    "make_converter",
    "parse_instant",
    "shape_of",
    "spell",
    "spell_instant",
]

E = TypeVar("E", bound=attrs.AttrsInstance)

Hide: TypeAlias = Callable[[Row, str, str], str]
"""Gives the canonical text of what stands in an entry for personal text.

It is given the row that the text is in, the field's name, and the text in canonical JSON.
"""

_SINGLE = ("text", "number")


def configure(converter: Converter) -> Converter:
    """Teach a converter the spelling above; the host's own hooks are left as they are."""
    converter.register_unstructure_hook_func(_is_id, spell_id)
    converter.register_structure_hook_func(_is_id, lambda text, _: parse_id(text))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook(time, time.isoformat)
    converter.register_structure_hook(time, lambda text, _: time.fromisoformat(text))
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda text, _: _fraction(text))
    converter.register_unstructure_hook(datetime, spell_instant)
    converter.register_structure_hook(datetime, lambda text, _: parse_instant(text))
    converter.register_unstructure_hook_func(_is_mark, spell_mark)
    converter.register_structure_hook_func(_is_mark, lambda code, _: parse_mark_code(code))
    # A union with None is another union to a converter, not this one with something beside it.
    converter.register_unstructure_hook_func(
        _is_mark_or_none, lambda value: None if value is None else spell_mark(value)
    )
    converter.register_structure_hook_func(
        _is_mark_or_none, lambda code, _: None if code is None else parse_mark_code(code)
    )
    converter.register_unstructure_hook_func(_is_step, _step_writer(converter))
    converter.register_structure_hook_func(_is_step, _step_reader(converter))
    converter.register_unstructure_hook_factory(attrs.has, _writer(converter))
    converter.register_structure_hook_factory(attrs.has, _reader(converter))
    converter.register_unstructure_hook_factory(_is_set, _sorted_list(converter))
    converter.register_unstructure_hook_factory(_is_address, _address_writer(converter))
    converter.register_structure_hook_factory(_is_address, _address_reader(converter))
    return converter


def make_converter() -> Converter:
    """Return a converter of one's own that spells the model."""
    return configure(Converter())


def spell_instant(value: datetime) -> str:
    """Return an instant as `2026-09-01T08:30:00.000Z`."""
    return instant(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read what `spell_instant` wrote; raises `Invalid` for text without a time zone."""
    return instant(datetime.fromisoformat(text))


def _fraction(text: str) -> Fraction:
    read = Fraction(text)
    if str(read) != text:
        raise Invalid("fraction", text, "normal-form")
    return read


def _is_id(kind: Any) -> bool:
    return isinstance(kind, NewType) and kind.__supertype__ is int


def _names_a_record(kind: Any) -> bool:
    return any(map(_is_id, get_args(kind) or (kind,)))


def _is_mark(kind: Any) -> bool:
    return bool(kind == MarkValue)


def _is_mark_or_none(kind: Any) -> bool:
    return bool(kind == MarkValue | None)


_STEPS: Mapping[str, type[Any]] = {
    "given": assessment.Given,
    "converted": assessment.Converted,
    "average": assessment.Average,
    "weighted": assessment.Weighted,
    "rounded": assessment.Rounded,
    "as-grade": assessment.AsGrade,
    "as-level": assessment.AsLevel,
    "agreed": assessment.Agreed,
    "stated": assessment.Stated,
}
_STEP_NAMES = {kind: name for name, kind in _STEPS.items()}


def _is_step(kind: Any) -> bool:
    if get_origin(kind) not in (Union, types.UnionType):
        return False
    return set(get_args(kind)) - {types.NoneType} <= _STEP_NAMES.keys()


def _step_writer(converter: Converter) -> Callable[[Any], Any]:
    def write(step: Any) -> Any:
        if step is None:
            return None
        return {"step": _STEP_NAMES[type(step)], **converter.unstructure(step)}

    return write


def _step_reader(converter: Converter) -> Callable[[Any, Any], Any]:
    def read(spelled: Any, _: Any) -> Any:
        return None if spelled is None else converter.structure(spelled, _STEPS[spelled["step"]])

    return read


def _is_set(kind: Any) -> bool:
    return get_origin(kind) is frozenset


def _is_address(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")


def _single(kind: Any) -> str | None:
    names = [attribute.name for attribute in attrs.fields(kind) if attribute.init]
    return names[0] if len(names) == 1 and names[0] in _SINGLE else None


def _writer(converter: Converter) -> Callable[[Any], Callable[[Any], Any]]:
    def factory(kind: Any) -> Callable[[Any], Any]:
        name = _single(kind)
        return attrgetter(name) if name else make_dict_unstructure_fn(kind, converter)

    return factory


def _reader(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(kind: Any) -> Callable[[Any, Any], Any]:
        if _single(kind):
            return lambda value, _: kind(value)
        return make_dict_structure_fn(kind, converter)

    return factory


def _sorted_list(converter: Converter) -> Callable[[Any], Callable[[Any], Any]]:
    def factory(kind: Any) -> Callable[[Any], Any]:
        (member,) = get_args(kind)
        return lambda values: sorted(converter.unstructure(value, member) for value in values)

    return factory


def _address_writer(converter: Converter) -> Callable[[Any], Callable[[Any], Any]]:
    def factory(kind: Any) -> Callable[[Any], Any]:
        kinds = tuple(get_type_hints(kind).values())

        def write(values: Any) -> Any:
            pairs = zip(values, kinds, strict=True)
            return [converter.unstructure(value, part) for value, part in pairs]

        return write

    return factory


def _address_reader(converter: Converter) -> Callable[[Any], Callable[[Any, Any], Any]]:
    def factory(kind: Any) -> Callable[[Any, Any], Any]:
        kinds = tuple(get_type_hints(kind).values())

        def read(values: Any, _: Any) -> Any:
            pairs = zip(values, kinds, strict=True)
            return kind(*(converter.structure(value, part) for value, part in pairs))

        return read

    return factory


_CONVERTER = make_converter()

# What constructors, hooks and JSON raise for values that are not what the row's field holds.
_NOT_ONE = (EjournalError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def spell(value: object, annotation: Any = None) -> Spelled:
    """Return any value of the model as text, integers, lists and objects.

    An identifier is a plain integer at run time: give its type as `annotation` to have it spelled.
    """
    spelled: Spelled = _CONVERTER.unstructure(value, annotation)
    return spelled


_Speller = tuple[str, Callable[[Any], Spelled], bool]


@frozen
class Shape(Generic[E]):
    """How one declared class is stored and spelled: its table, and both directions."""

    aggregate: Aggregate[E]
    table: Table
    _writers: tuple[tuple[str, Callable[[Any], Stored]], ...]
    _readers: tuple[tuple[int, Callable[[Any], Any]], ...]
    _fields: int
    _spellers: tuple[_Speller, ...]
    _writer_of: Mapping[str, Callable[[Any], Stored]]
    _spelled_as_id: tuple[bool, ...]
    _ids: frozenset[str]

    def row(self, entity: E) -> Row:
        """Return the stored form of an entity."""
        return tuple([write(getattr(entity, name)) for name, write in self._writers])

    def entity(self, row: Row) -> E:
        """Return what a row holds; raises `Unreadable`, naming no value, where it cannot be."""
        values: list[Any] = list(row[: self._fields])
        try:
            for place, read in self._readers:
                values[place] = read(values[place])
            return self.aggregate.entity(*values)
        except _NOT_ONE as error:
            # What it says may quote the value, and causes end in logs.
            raise Unreadable(f"a stored {self.aggregate.name}", type(error).__name__) from None

    def field(self, name: str, value: Stored) -> Any:
        """Return what a field holds whose slot is given; raises `Unreadable`."""
        read = dict(self._readers).get(self.table.place(name), _as_is)
        try:
            return read(value)
        except _NOT_ONE as error:
            raise Unreadable(f"a stored {self.aggregate.name}", type(error).__name__) from None

    def stored(self, names: Sequence[str], values: Sequence[object]) -> Row:
        """Return values of the named fields as rows hold them, to look records up by."""
        return tuple(
            [self._writer_of[name](value) for name, value in zip(names, values, strict=True)]
        )

    def spelled(self, entity: E) -> tuple[dict[str, Spelled], list[tuple[str, str]]]:
        """Return the fields that stand in an entry as they are, and the text of personal ones.

        A personal field without anything in it stands as it is: it tells only that.
        """
        open_fields: dict[str, Spelled] = {}
        hidden: list[tuple[str, str]] = []
        for name, write, is_hidden in self._spellers:
            value = write(getattr(entity, name))
            if is_hidden and value not in _NOTHING:
                hidden.append((name, canonical(value)))
            else:
                open_fields[name] = value
        return open_fields, hidden

    @property
    def told(self) -> tuple[str, ...]:
        """The names of the fields that entries tell, in the order of canonical JSON."""
        return tuple(sorted(name for name, _, _ in self._spellers))

    def lines(self, names: Sequence[str], rows: Sequence[Row], hide: Hide) -> Iterator[str]:
        """Yield those fields of each row in canonical JSON, as an entry spells the entity's.

        The names are some of `told`, in its order.
        Personal text that is empty stands as it is. Rows together cost far less than one by one.
        """
        columns = list(zip(*rows, strict=True)) or [()] * len(self.table.slots)
        parts: list[Iterable[str]] = []
        personal = {name for name, _, is_hidden in self._spellers if is_hidden}
        for name in names:
            column = columns[self.table.place(name)]
            front = f"{',' if parts else '{'}{canonical(name)}:"
            back = "}" if name == names[-1] else ""
            if name in personal:
                texts = map(self._texts(name).__getitem__, column)
                shown = _hidden(rows, name, texts, hide)
                parts.append([f"{front}{text}{back}" for text in shown])
            else:
                parts.append(map(self._texts(name, front, back).__getitem__, column))
        return map("".join, zip(*parts, strict=True))

    def with_ids(
        self, names: Sequence[str], rows: Iterator[tuple[str, ...]]
    ) -> Iterator[tuple[str, ...]]:
        """Yield slots as files spell them, of rows in which identifiers are decimal numbers."""
        spelled = _Ids()
        places = [place for place, name in enumerate(names) if name in self._ids]
        while piece := list(islice(rows, _PIECE)):
            columns: list[Iterable[str]] = list(zip(*piece, strict=True))
            for place in places:
                columns[place] = map(spelled.__getitem__, columns[place])
            yield from zip(*columns, strict=True)

    def _texts(self, name: str, front: str = "", back: str = "") -> _Texts:
        kind = self.table.slots[self.table.place(name)].kind
        return _Texts(spell_id if name in self._ids else _JSON[kind], front, back)

    def spelled_key(self, key: Row) -> tuple[Spelled, ...]:
        """Return a key as an entry spells it."""
        return tuple(
            [
                spell_id(value) if is_id and isinstance(value, int) else _text(value)
                for is_id, value in zip(self._spelled_as_id, key, strict=True)
            ]
        )

    def spelled_value(self, name: str, value: Stored) -> Spelled:
        """Return what one slot of a key holds as an entry spells it."""
        if isinstance(value, int) and name in self._ids:
            return spell_id(value)
        return _text(value)

    def told_key(self, key: tuple[object, ...]) -> tuple[object, ...]:
        """Return a key as an error may tell it: a personal field of it is hidden."""
        hidden = {name for name, _, is_hidden in self._spellers if is_hidden}
        return tuple(
            "(not shown)" if name in hidden else value
            for name, value in zip(self.table.key, key, strict=True)
        )

    def parsed_key(self, spelled: Sequence[Spelled]) -> Row:
        """Return the key that `spelled_key` spelled."""
        kinds = {field.name: field.type for field in attrs.fields(self.aggregate.entity)}
        values = [
            _CONVERTER.structure(value, kinds[name])
            for name, value in zip(self.table.key, spelled, strict=True)
        ]
        return self.stored(self.table.key, values)


class _Texts(dict[Stored, str]):
    """Canonical JSON of stored values, each spelled when it is first asked for.

    What stands in front of each and behind it is put there once, too.
    """

    def __init__(self, spell: Callable[[Any], Spelled], front: str, back: str) -> None:
        super().__init__({None: f"{front}null{back}"})
        self._spell, self._front, self._back = spell, front, back

    def __missing__(self, value: Stored) -> str:
        spelled = self._spell(value)
        text = spelled if isinstance(spelled, _Ready) else canonical(spelled)
        whole = self[value] = f"{self._front}{text}{self._back}"
        return whole


class _Ids(dict[str, str]):
    """Identifiers in 13 characters, by their decimal digits; the latest thousands are kept."""

    def __missing__(self, digits: str) -> str:
        if len(self) > _KEPT_IDS:
            self.clear()
        text = self[digits] = spell_id(int(digits)) if digits else ""
        return text


_KEPT_IDS = 50_000
_PIECE = 1_000


class _Ready(str):
    """What is canonical JSON already."""

    __slots__ = ()


_NOTHING: tuple[Spelled, ...] = (None, "")
_NO_TEXT = frozenset(map(canonical, _NOTHING))


def _hidden(rows: Sequence[Row], name: str, texts: Iterable[str], hide: Hide) -> list[str]:
    shown = list(texts)
    for at, text in enumerate(shown):
        if text not in _NO_TEXT:
            shown[at] = hide(rows[at], name, text)
    return shown


def _text(value: Stored) -> Spelled:
    return value.isoformat() if isinstance(value, date) else value


@cache
def shape_of(aggregate: Aggregate[E]) -> Shape[E]:
    """Return how a declared aggregate is stored; worked out once."""
    entity = attrs.resolve_types(aggregate.entity)
    fields = [attribute for attribute in attrs.fields(entity) if attribute.init]
    plans = [(attribute.name, _plan(attribute.type)) for attribute in fields]
    plans += [(name, _plan(_derived_type(entity, name))) for name in aggregate.derived]
    table = Table(
        aggregate.name,
        tuple(Slot(name, plan.kind, plan.optional) for name, plan in plans),
        aggregate.key,
        aggregate.lookups,
        aggregate.unique,
        aggregate.order,
        "version",
    )
    kinds = {attribute.name: attribute.type for attribute in fields}
    told = {attribute.name for attribute in fields if not is_personal(attribute)}
    longest = _longest(aggregate, [name for name, plan in plans if plan.write is _as_text])
    plans = [
        (name, evolve(plan, write=_bounded(name, longest[name], personal=name not in told)))
        if name in longest
        else (name, plan)
        for name, plan in plans
    ]
    return Shape(
        aggregate,
        table,
        tuple((name, plan.write) for name, plan in plans),
        tuple(
            (place, plan.read)
            for place, (_, plan) in enumerate(plans[: len(fields)])
            if plan.read is not _as_is
        ),
        len(fields),
        tuple(
            (attribute.name, _spelling(attribute.type), bool(is_personal(attribute)))
            for attribute in fields
            if attribute.name != "version"
        ),
        {name: plan.write for name, plan in plans},
        tuple(_is_id(kinds[name]) for name in table.key),
        frozenset(
            attribute.name
            for attribute, (_, plan) in zip(fields, plans, strict=False)
            if plan.kind is Kind.INTEGER and _names_a_record(attribute.type)
        ),
    )


def _spelling(annotation: Any) -> Callable[[Any], Spelled]:
    """Return what spells values of a type, found once and not for each value."""
    if annotation in {str, int, bool}:
        return _as_is
    write: Callable[[Any], Spelled] = _CONVERTER.get_unstructure_hook(annotation)
    return write


def _derived_type(entity: type[Any], name: str) -> Any:
    return get_type_hints(getattr(entity, name).fget)["return"]


_JSON: Mapping[Kind, Callable[[Any], Spelled]] = {
    Kind.INTEGER: int,
    Kind.TEXT: str,
    Kind.FLAG: bool,
    Kind.DATE: date.isoformat,
    Kind.INSTANT: spell_instant,
    Kind.JSON: _Ready,
}


@frozen
class _Plan:
    kind: Kind
    optional: bool
    write: Callable[[Any], Stored]
    read: Callable[[Any], Any]


def _as_is(value: Any) -> Any:
    return value


def _as_text(value: str) -> str:
    """Refuse what not every storage can keep: halves of surrogate pairs, and NUL."""
    if "\0" in value:
        raise Invalid("text", "", "alphabet", personal=True)
    if not value.isascii():
        check_text(value)
    return value


def _longest(aggregate: Aggregate[Any], texts: Collection[str]) -> dict[str, int]:
    """Return how many characters each free text may have by which records are found.

    The texts of one index share what fits in four bytes each into PostgreSQL's 2,704.
    """
    lookups = (lookup.fields for lookup in aggregate.lookups)
    shares: dict[str, int] = {}
    for group in (aggregate.key, *aggregate.unique, *lookups):
        found = [name for name in group if name in texts]
        for name in found:
            shares[name] = min(shares.get(name, _LONGEST), _LONGEST // len(found))
    return shares


def _bounded(name: str, longest: int, *, personal: bool) -> Callable[[str], str]:
    def write(text: str) -> str:
        if len(text) > longest:
            raise Invalid(name, "" if personal else text[:_QUOTED], "length", personal)
        return _as_text(text)

    return write


_LONGEST = 640
_QUOTED = 60


# Identifiers have 63 bits; other numbers are spelled as such in entries, and looking one up
# refuses what could never have been written.
def _as_id(value: int) -> int:
    if value.bit_length() > _ID_BITS:
        raise Invalid("id", str(value), "range")
    return value


def _as_number(value: int) -> int:
    if not is_exact(value):
        raise Invalid("number", str(value), "range")
    return value


_ID_BITS = 63


def _plan(annotation: Any) -> _Plan:
    if not _is_mark(annotation) and get_origin(annotation) in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not types.NoneType]
        if len(inner) < len(get_args(annotation)):
            plan = _plan(inner[0] if len(inner) == 1 else Union[tuple(inner)])  # noqa: UP007
            read = plan.read if plan.read is _as_is else _unless_none(plan.read)
            return _Plan(plan.kind, True, _unless_none(plan.write), read)  # noqa: FBT003
    kind, write, read = _simple(annotation) or _compound(annotation)
    return _Plan(kind, False, write, read)  # noqa: FBT003 - positional by attrs' field order


def _unless_none(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


_Both = tuple[Kind, Callable[[Any], Any], Callable[[Any], Any]]

_NATIVE: Mapping[Any, Kind] = {
    bool: Kind.FLAG,
    int: Kind.INTEGER,
    str: Kind.TEXT,
    date: Kind.DATE,
    datetime: Kind.INSTANT,
}
_GUARDS: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _as_text,
    Kind.INTEGER: _as_number,
    Kind.INSTANT: instant,
}


def _simple(annotation: Any) -> _Both | None:
    if _is_id(annotation):
        return Kind.INTEGER, _as_id, _as_is
    if _is_mark(annotation):
        return Kind.TEXT, spell_mark, parse_mark_code
    if annotation in _NATIVE:
        kind = _NATIVE[annotation]
        return kind, _GUARDS.get(kind, _as_is), _as_is
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Kind.TEXT, attrgetter("value"), annotation
    if attrs.has(annotation) and (name := _single(annotation)):
        kind = Kind.TEXT if name == "text" else Kind.INTEGER
        return kind, attrgetter(name), annotation
    return None


def _compound(annotation: Any) -> _Both:
    def write(value: Any) -> str:
        return canonical(_CONVERTER.unstructure(value, annotation))

    def read(text: Any) -> Any:
        try:
            return _CONVERTER.structure(json.loads(text), annotation)
        except ExceptionGroup as error:
            raise Invalid("record", "", "pattern", personal=True) from error

    return Kind.JSON, write, read
