"""Ukrainian alphabetical order without a locale (rule 15).

Sorting by code point puts ґ, є, і and ї after я, and capitals before small letters.
"""

from __future__ import annotations

import unicodedata

from ejournal.model.spelling import one_apostrophe

__all__ = ["collation_key"]

# The order that CLDR gives Ukrainian: signs, digits, Cyrillic, then Latin.
_SIGNS = '\n _-–—,;:!?./’"«»()[]+0123456789'
_LETTERS = "абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюяabcdefghijklmnopqrstuvwxyz"
_FIRST = 0x10
_WEIGHTS = {sign: chr(_FIRST + place) for place, sign in enumerate(_SIGNS + _LETTERS)}
_UNLISTED = "\u0fff"
_LEVEL = "\x01"
_COMMON = "\x02"
_CAPITAL = "\x03"


def collation_key(text: str) -> str:
    """Return a text whose plain comparison puts `text` in its place in a Ukrainian list.

    >>> sorted(["Яна", "Іван", "Ївга", "ірина", "Ганна", "Ґалина"], key=collation_key)
    ['Ганна', 'Ґалина', 'Іван', 'ірина', 'Ївга', 'Яна']

    Letters decide first, then accents, then case with the small letter ahead. All apostrophes
    are one sign, so that the spellings of a surname stay together; CLDR would send U+02BC past
    the end of the alphabet. Letters and signs of other scripts come last. A store may keep the
    key and sort by it in binary order.
    """
    letters: list[str] = []
    accents: list[str] = []
    cases: list[str] = []
    for sign in _signs(text):
        if unicodedata.combining(sign):
            accents.append(sign)
            continue
        small = sign.lower()
        letters.append(_WEIGHTS.get(small) or _UNLISTED + small)
        accents.append(_COMMON)
        cases.append(_COMMON if small == sign else _CAPITAL)
    levels = ("".join(letters), _trimmed(accents), _trimmed(cases))
    return _LEVEL.join(levels)


def _signs(text: str) -> str:
    """Split accented letters that have no place of their own in the alphabet."""
    composed = unicodedata.normalize("NFC", one_apostrophe(text))
    return "".join(
        sign if sign.lower() in _WEIGHTS else unicodedata.normalize("NFD", sign)
        for sign in composed.replace("\u00a0", " ").replace("\u2011", "-")
    )


def _trimmed(level: list[str]) -> str:
    return "".join(level).rstrip(_COMMON)
