"""Entries of the ledger, spelled by hand: canonical JSON, salted digests, a chain of SHA-256."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from ejournal.model.access import Actor

__all__ = ["Kept", "NewMark", "canonical", "hidden", "instant", "sealed", "spelled"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spelled(number: int) -> str:
    """Return an identifier as 13 characters."""
    pairs = _PAIRS
    return (
        f"{_ALPHABET[number >> 60]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
        f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}"
        f"{pairs[number & 1023]}"
    )


def instant(at: datetime) -> str:
    """Return an instant as entries and files spell it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def hidden(comment: str) -> tuple[str, str, str]:
    """Return the salt and the text that stand apart for a comment, and their digest."""
    salt, text = secrets.token_hex(16), canonical(comment)
    return salt, text, "sha256:" + hashlib.sha256(f"{salt}{text}".encode()).hexdigest()


def sealed(
    school: int,
    seq: int,
    at: datetime,
    actor: Actor,
    *,
    event: str,
    data: Mapping[str, Any],
    write: Sequence[Any],
    previous: str,
    once: str | None = None,
    result: Sequence[Any] | None = None,
    poured: Sequence[Any] | None = None,
) -> tuple[str, str]:
    """Return the body of an entry with one write, and its hash."""
    body = canonical(
        {
            "format": 1,
            "chain": spelled(school),
            "seq": seq,
            "at": int((at - _EPOCH).total_seconds() * 1000),
            "actor": {
                "account": spelled(actor.account),
                "role": actor.cabinet.role.value,
                "person": spelled(actor.cabinet.person or 0),
                "authority": None,
            },
            "event": event,
            "data": data,
            "writes": [write],
            "previous": previous,
            "once": once,
            "result": result,
            **({} if poured is None else {"poured": poured}),
        }
    )
    return body, hashlib.sha256(body.encode()).hexdigest()


@frozen
class NewMark:
    """A mark that was decided on, and what stood in its place."""

    school: int
    journal: int
    column: int
    pupil: int
    day: Any
    value: str
    comment: str
    author: int
    at: datetime
    before: int = 0
    old: str | None = None


@frozen
class Kept:
    """What goes into the tables of the ledger: an entry, the personal text beside it, the head.

    There is no text beside the entry of a mark without a comment.
    """

    seq: int
    event: str
    hash: str
    body: str
    record: str
    salt: str
    text: str

    @classmethod
    def of(cls, mark: NewMark, actor: Actor, seq: int, previous: str) -> Kept:
        """Spell the entry of a mark that was given or changed."""
        salt, text, digest = hidden(mark.comment) if mark.comment else ("", "", "")
        journal, column = spelled(mark.journal), spelled(mark.column)
        key = [journal, column, spelled(mark.pupil)]
        place = {"journal": key[0], "column": key[1], "pupil": key[2]}
        fields = {
            **place,
            "day": None if mark.day is None else mark.day.isoformat(),
            "value": mark.value,
            "comment": mark.comment and {"digest": digest, "text": 1},
            "author": spelled(mark.author),
            "given_at": instant(mark.at),
            "void": False,
        }
        event, data = "mark-given", {**place, "value": mark.value}
        if mark.old is not None:
            event, data = "mark-changed", {**place, "old": mark.old, "new": mark.value}
        write = ["mark", key, mark.before, fields]
        body, hashed = sealed(
            *(mark.school, seq, mark.at, actor),
            event=event,
            data=data,
            write=write,
            previous=previous,
        )
        return cls(seq, event, hashed, body, canonical(key), salt, text)
