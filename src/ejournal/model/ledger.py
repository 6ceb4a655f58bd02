"""The ledger: numbered entries chained by SHA-256, and how their truth is checked.

Every change of a school is one entry: what happened (the event), which records it wrote and how
they read afterwards, who did it and when. Entries of one chain are numbered from 1 without gaps;
each holds the hash of the one before. What is hashed is the stored text itself, canonical JSON
(RFC 8785) of text and integers, so no later change of the code can alter it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, TypeAlias

from attrs import field, frozen

from ejournal.errors import Invalid, Unreadable
from ejournal.ids import SchoolId, milliseconds, moment, parse_id, spell_id
from ejournal.model.declaration import PLAIN

__all__ = [
    "FORMAT",
    "GENESIS",
    "Cursor",
    "Entry",
    "Erased",
    "Event",
    "Finding",
    "Flaw",
    "Head",
    "Pour",
    "Seal",
    "Spelled",
    "Write",
    "canonical",
    "chained",
    "check_text",
    "digest",
    "hidden",
    "is_exact",
    "sealed",
    "verified",
]

Spelled: TypeAlias = "bool | int | str | Sequence[Spelled] | Mapping[str, Spelled] | None"

FORMAT = 1
"""The number of the way entries are spelled; readers keep every earlier one."""

GENESIS = "0" * 64
"""What the first entry of a chain holds in place of a hash before it."""

_EXACT = 2**53


@frozen
class Event:
    """What happened, in the words of the school; subclasses add the facts and a stable `name`."""

    name: ClassVar[str] = "event"


@frozen
class Erased(Event):
    """Records were removed for good, with their personal text in all entries before this one.

    Which records, the entry's writes say: nothing stands in their fields.
    """

    name: ClassVar[str] = "erased"


@frozen
class Write:
    """One record as an entry left it: `fields` by name, personal text as a salted digest.

    `before` is the number of the entry that wrote it last before this one, 0 where none did: from
    a record's version its whole history can be walked back. A record that was erased is left
    without fields. Where `before` is an entry that poured the record, which says no fields of it,
    `was` has them. Where the record stood under another key before, that is `moved_from`: nothing
    stands there any more, and the history goes on under it.
    """

    kind: str = field(metadata=PLAIN)
    key: tuple[Spelled, ...] = field(metadata=PLAIN)
    before: int
    fields: Mapping[str, Spelled] = field(metadata=PLAIN)
    was: Mapping[str, Spelled] | None = field(default=None, metadata=PLAIN)
    moved_from: tuple[Spelled, ...] | None = field(default=None, metadata=PLAIN)

    @property
    def erased(self) -> bool:
        """Whether the entry accounts for the record's erasure."""
        return not self.fields


@frozen
class Pour:
    """Records of one kind that came in bulk: how many, and digests in place of their fields.

    Each digest is of the records that share one value of the field the kind is poured by, under
    that value: a pupil's marks. It is the SHA-256 of their `fields` as a write would spell them,
    each record's in canonical JSON with a line feed behind it, in the order of their keys.
    """

    kind: str = field(metadata=PLAIN)
    count: int
    digests: Mapping[str, str] = field(metadata=PLAIN)
    fields: tuple[str, ...] = field(metadata=PLAIN)


@frozen
class Entry:
    """One line of the ledger, read back from its stored text."""

    chain: SchoolId
    seq: int
    at: datetime
    actor: Mapping[str, Spelled] = field(metadata=PLAIN)
    event: str = field(metadata=PLAIN)
    data: Mapping[str, Spelled] = field(metadata=PLAIN)
    writes: tuple[Write, ...]
    previous: str = field(metadata=PLAIN)
    hash: str = field(metadata=PLAIN)
    once: str | None = field(default=None, metadata=PLAIN)
    result: tuple[str, tuple[Spelled, ...]] | None = field(default=None, metadata=PLAIN)
    poured: tuple[Pour, ...] = ()

    def pour_of(self, kind: str) -> Pour | None:
        """Return what the entry says of the records of that kind that came with it in bulk."""
        return next((pour for pour in self.poured if pour.kind == kind), None)

    def write_of(self, kind: str, key: Sequence[Spelled]) -> Write | None:
        """Return what the entry says of that record by itself."""
        same = (write for write in self.writes if write.kind == kind)
        return next((write for write in same if list(write.key) == list(key)), None)


@frozen
class Head:
    """Where a chain ends: the number and hash of its latest entry."""

    seq: int = 0
    hash: str = field(default=GENESIS, metadata=PLAIN)


@frozen
class Seal:
    """A head that was carried outside, so that rewriting or cutting the chain shows."""

    chain: SchoolId
    seq: int
    hash: str = field(metadata=PLAIN)


@frozen
class Cursor:
    """How far one consumer has followed a chain: the number of the last entry it was shown."""

    consumer: str = field(metadata=PLAIN)
    seq: int
    version: int = 0


class Flaw(Enum):
    """The kinds of finding, as stable codes."""

    EDITED = "edited"
    REORDERED = "reordered"
    GAP = "gap"
    UNLINKED = "unlinked"
    UNREADABLE = "unreadable"
    CUT = "cut"
    REWRITTEN = "rewritten"
    ALTERED = "altered"
    ABSENT = "absent"
    UNACCOUNTED = "unaccounted"
    TEXT = "personal-text"


@frozen
class Finding:
    """Something that does not agree, and where: an entry's number, or a record's kind and key."""

    flaw: Flaw
    seq: int
    what: str = field(default="", metadata=PLAIN)


def canonical(value: Spelled) -> str:
    """Spell text, whole numbers, lists and objects as RFC 8785 does.

    >>> canonical({"b": [1, "ї"], "a": None})
    '{"a":null,"b":[1,"ї"]}'

    Raises `Invalid` for a number that a double cannot hold exactly, text that is not Unicode, and
    names of fields beyond ASCII.
    """
    _check(value)
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SURROGATE = re.compile("[\ud800-\udfff]")


def check_text(text: str) -> None:
    """Raise `Invalid`, without quoting it, for text with half of a surrogate pair in it."""
    if not text.isascii() and _SURROGATE.search(text):
        raise Invalid("text", "", "alphabet", personal=True)


def is_exact(number: int) -> bool:
    """Say whether a double holds the whole number exactly."""
    return -_EXACT < number < _EXACT


def _check(value: Spelled) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, int):
        if not is_exact(value):
            raise Invalid("number", str(value), "range")
    elif isinstance(value, Mapping):
        # Python orders names by code point and the RFC by UTF-16: alike only within ASCII.
        for name in value:
            if not name.isascii():
                raise Invalid("name", name, "alphabet")
        _check_all(value.values())
    else:
        _check_all(value)


def _check_all(values: Iterable[Spelled]) -> None:
    for value in values:
        # Most are short and plain: they are not worth a call.
        if not (isinstance(value, str) and value.isascii()):
            _check(value)


def digest(salt: str, text: str) -> str:
    """Return what stands in an entry for personal text: it proves the text and does not tell it."""
    return "sha256:" + hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def hidden(fields: Mapping[str, Spelled]) -> Iterator[tuple[str, int, str]]:
    """Yield the fields that stand as digests: their names, the numbers of their texts, digests."""
    for name, value in fields.items():
        if isinstance(value, Mapping) and value.keys() == {"digest", "text"}:
            number = value["text"]
            if isinstance(number, int):
                yield name, number, str(value["digest"])


def chained(entry: Entry) -> tuple[str, str]:
    """Return the text of an entry that is stored and hashed, and its hash.

    The entry's own `hash` is not part of the text; `previous` is.
    """
    fields: dict[str, Spelled] = {
        "format": FORMAT,
        "chain": spell_id(entry.chain),
        "seq": entry.seq,
        "at": milliseconds(entry.at),
        "actor": entry.actor,
        "event": entry.event,
        "data": entry.data,
        "writes": [_listed(write) for write in entry.writes],
        "previous": entry.previous,
        "once": entry.once,
        "result": entry.result,
    }
    if entry.poured:
        fields["poured"] = [
            [pour.kind, pour.count, pour.digests, pour.fields] for pour in entry.poured
        ]
    text = canonical(fields)
    return text, hashlib.sha256(text.encode()).hexdigest()


def _listed(write: Write) -> list[Spelled]:
    parts: list[Spelled] = [write.kind, write.key, write.before, write.fields]
    if write.moved_from is not None:
        return [*parts, write.was, write.moved_from]
    return parts if write.was is None else [*parts, write.was]


def _unlisted(parts: Sequence[Any]) -> Write:
    """Read back what `_listed` wrote."""
    kind, key, before, fields, *more = parts
    was, origin = (*more, None, None)[:2]
    return Write(kind, tuple(key), before, fields, was, None if origin is None else tuple(origin))


def sealed(text: str, stored_hash: str) -> Entry:
    """Read an entry back from its stored text; raises `Unreadable` where it is not one."""
    try:
        fields = json.loads(text)
        result = fields["result"]
        return Entry(
            chain=SchoolId(parse_id(fields["chain"])),
            seq=int(fields["seq"]),
            at=moment(int(fields["at"])),
            actor=fields["actor"],
            event=fields["event"],
            data=fields["data"],
            writes=tuple(map(_unlisted, fields["writes"])),
            previous=fields["previous"],
            hash=stored_hash,
            once=fields["once"],
            result=None if result is None else (result[0], tuple(result[1])),
            poured=tuple(
                Pour(kind, int(count), dict(digests), tuple(names))
                for kind, count, digests, names in fields.get("poured", ())
            ),
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        OverflowError,
        RecursionError,
        Invalid,
    ) as error:
        raise Unreadable("ledger entry", str(error)) from error


def verified(
    chain: SchoolId,
    stored: Iterable[tuple[int, str, str]],
    head: Head,
    seals: Sequence[Seal] = (),
) -> Iterator[Finding]:
    """Yield every disagreement inside a chain, between it and its head, and with the seals.

    `stored` gives (number, text, hash) in the order of the numbers. The interior and the head are
    proved by themselves; what the owner of the database rewrote from some point to the end, or
    cut off together with the head, shows only against a seal taken before.
    """
    hashes: dict[int, str] = {}
    before, expected = GENESIS, 1
    for number, text, stored_hash in stored:
        if number != expected:
            yield Finding(Flaw.GAP, expected, f"entry {number} follows {expected - 1}")
        yield from _one(chain, number, text, stored_hash, before if number == expected else None)
        hashes[number] = before = stored_hash
        expected = number + 1
    if (head.seq, head.hash) != (expected - 1, before):
        yield Finding(Flaw.CUT, expected, f"the head says {head.seq}")
    for seal in seals:
        if seal.chain == chain and seal.seq and hashes.get(seal.seq) != seal.hash:
            flaw = Flaw.REWRITTEN if seal.seq in hashes else Flaw.CUT
            yield Finding(flaw, seal.seq, "differs from the seal")


def _one(
    chain: SchoolId, number: int, text: str, stored_hash: str, before: str | None
) -> Iterator[Finding]:
    if hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() != stored_hash:
        yield Finding(Flaw.EDITED, number)
        return
    try:
        entry = sealed(text, stored_hash)
    except Unreadable as error:
        yield Finding(Flaw.UNREADABLE, number, error.why)
        return
    if entry.chain != chain:
        yield Finding(Flaw.REORDERED, number, f"it was written in chain {entry.chain}")
    elif entry.seq != number:
        yield Finding(Flaw.REORDERED, number, f"it was written as {entry.seq}")
    if before is not None and entry.previous != before:
        yield Finding(Flaw.UNLINKED, number)
