"""Entries of the ledger, spelled by hand: canonical JSON, salted digests, a chain of SHA-256."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from ejournal.model.access import Actor

__all__ = ["Kept", "NewMark", "spelled"]

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spelled(number: int) -> str:
    """Return an identifier as 13 characters."""
    pairs = _PAIRS
    return (
        f"{_ALPHABET[number >> 60]}{pairs[number >> 50 & 1023]}{pairs[number >> 40 & 1023]}"
        f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}"
        f"{pairs[number & 1023]}"
    )


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
        salt, text = (secrets.token_hex(16), _canonical(mark.comment)) if mark.comment else ("", "")
        journal, column = spelled(mark.journal), spelled(mark.column)
        key = [journal, column, spelled(mark.pupil)]
        author = spelled(mark.author)
        milliseconds = int((mark.at - _EPOCH).total_seconds() * 1000)
        data: Mapping[str, str] = (
            {"journal": key[0], "column": key[1], "pupil": key[2], "value": mark.value}
            if mark.old is None
            else {
                "journal": key[0],
                "column": key[1],
                "pupil": key[2],
                "old": mark.old,
                "new": mark.value,
            }
        )
        event = "mark-given" if mark.old is None else "mark-changed"
        fields = {
            "journal": journal,
            "column": column,
            "pupil": key[2],
            "day": None if mark.day is None else mark.day.isoformat(),
            "value": mark.value,
            "comment": mark.comment
            and {
                "digest": "sha256:" + hashlib.sha256(f"{salt}{text}".encode()).hexdigest(),
                "text": 1,
            },
            "author": author,
            "given_at": mark.at.strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{mark.at.microsecond // 1000:03}Z",
        }
        body = _canonical(
            {
                "format": 1,
                "chain": spelled(mark.school),
                "seq": seq,
                "at": milliseconds,
                "actor": {
                    "account": spelled(actor.account),
                    "role": actor.cabinet.role.value,
                    "person": author,
                    "authority": None,
                },
                "event": event,
                "data": data,
                "writes": [["mark", key, mark.before, fields]],
                "previous": previous,
                "once": None,
                "result": None,
            }
        )
        hashed = hashlib.sha256(body.encode()).hexdigest()
        return cls(seq, event, hashed, body, _canonical(key), salt, text)
