"""What people's typing has in common: spaces, apostrophes and letters from the wrong keyboard."""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from typing import ClassVar, TypeVar

from attrs import frozen

from ejournal.errors import Invalid

__all__ = [
    "APOSTROPHE",
    "Spelled",
    "fold",
    "mixes_scripts",
    "one_apostrophe",
    "read",
    "tidy",
    "tidy_entry",
]

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
"""The apostrophe of the normal form; the state's list of places uses the same one."""

_INVISIBLE = dict.fromkeys(
    ord(mark) for mark in "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\ufeff"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("'`´ʹʼʻ‘’′＇", APOSTROPHE))
_LONGEST = 1_000
_LATIN = re.compile(r"[A-Za-z]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")


def tidy(text: str) -> str:
    """Return the text in NFC without invisible characters, each run of spaces made one.

    No-break, thin and other Unicode spaces count; those at the ends are dropped.
    """
    return " ".join(unicodedata.normalize("NFC", text.translate(_INVISIBLE)).split())


def tidy_entry(text: str, field: str, *, personal: bool = False) -> str:
    """Return the tidy text of one value that somebody entered.

    Raises `Invalid` where nothing is left, and for more than 1,000 characters: putting a long run
    of combining marks in order takes the square of its length.
    """
    if len(text) > _LONGEST:
        raise Invalid(field, text, "length", personal)
    tidied = tidy(text)
    if not tidied:
        raise Invalid(field, text, "absent", personal)
    return tidied


def one_apostrophe(text: str) -> str:
    """Return the text with every sign that is typed for an apostrophe made U+2019."""
    return text.translate(_APOSTROPHES)


def fold(text: str) -> str:
    """Return what two spellings of one name share: apostrophes and case folded, NFC.

    Hyphens stay, and a Latin letter never becomes a Cyrillic one.

    >>> fold("О'нілля") == fold("Оʼнілля") == fold("О’НІЛЛЯ")
    True
    """
    decomposed = unicodedata.normalize("NFD", one_apostrophe(text))
    return unicodedata.normalize("NFC", decomposed.casefold())


def mixes_scripts(word: str) -> bool:
    """Tell whether Latin and Cyrillic letters stand in one word."""
    return bool(_LATIN.search(word) and _CYRILLIC.search(word))


@frozen
class Spelled(ABC):
    """A value that is one text in its only accepted form; the constructor accepts no other.

    What people write is for the parsers. A `personal` kind keeps its text out of error messages.
    """

    field: ClassVar[str]
    personal: ClassVar[bool] = False
    text: str

    def __attrs_post_init__(self) -> None:
        reason = self.fault(self.text)
        if reason:
            raise Invalid(self.field, self.text, reason, self.personal)

    def __str__(self) -> str:
        return self.text

    @staticmethod
    @abstractmethod
    def fault(text: str) -> str:
        """Return the key of `REASONS` that says what is wrong, or an empty text."""


S = TypeVar("S", bound=Spelled)


def read(kind: type[S], raw: str, cleaned: str, field: str) -> S:
    """Return the value that `cleaned` spells.

    Raises `Invalid` about `field` that quotes `raw`, as the person wrote it.
    """
    reason = kind.fault(cleaned) if cleaned else "absent"
    if reason:
        raise Invalid(field, raw, reason, kind.personal)
    return kind(cleaned)
