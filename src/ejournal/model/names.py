"""A person's name in three parts, as the school's documents have it."""

from __future__ import annotations

import re
from enum import Enum

from attrs import frozen

from ejournal.errors import Invalid
from ejournal.model.collation import collation_key
from ejournal.model.spelling import fold, mixes_scripts, one_apostrophe, tidy, tidy_entry

__all__ = ["Alphabet", "PersonName", "parse_person_name"]

_LETTER = r"[\u0400-\u0481\u048a-\u04ff]"
_PART = re.compile(rf"{_LETTER}+(?:[’\- ]{_LETTER}+)*")
_SIGN = re.compile(rf"{_LETTER}|[’\- ]")
_INITIALS = re.compile(rf"(?:^|[ .]){_LETTER}\.")
_NOT_UKRAINIAN = re.compile(
    r"[^-’ АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯабвгґдеєжзиіїйклмнопрстуфхцчшщьюя]"
)
_DASHES = str.maketrans(dict.fromkeys("‐‑–−", "-"))
_TORN_HYPHEN = re.compile(r"(?<=\w)(?: -|- )(?=[А-ЯЄІЇҐ])")
_FULL_STOP = re.compile(r"(?<=\w\w)\.$")
_DAUGHTER = re.compile(r"[іїоеє]вна$|ічна$|инична$")
_SON = re.compile(r"[оеє]вич$|^(?:ілліч|кузьмич|лукич|хомич|фомич|яківич)$")
_CHILD_OF = frozenset({"огли", "оглу", "кизи", "гизи"})


class Alphabet(Enum):
    """Which letters a name may have: a policy, because the acts' own words are not confirmed."""

    CYRILLIC = "cyrillic"
    """Any Cyrillic letter, the default: a passport may keep Ы or Э of another language."""

    UKRAINIAN = "ukrainian"
    """The 33 letters, the apostrophe and the hyphen."""


@frozen
class PersonName:
    """Family name, given name and a patronymic that may be empty (rule 82).

    Parts are Cyrillic, NFC, with U+2019 for the apostrophe. Two names are equal when their parts
    are the same texts; compare `folded` to disregard case. Nothing of a name that is refused
    comes into the message of `Invalid`.
    """

    family: str
    given: str
    patronymic: str = ""

    def __attrs_post_init__(self) -> None:
        for field, part in (("family", self.family), ("given", self.given)):
            _refuse(field, part, _fault(part))
        if self.patronymic:
            _refuse("patronymic", self.patronymic, _fault(self.patronymic))

    def __str__(self) -> str:
        return self.full

    @property
    def full(self) -> str:
        """«Шевченко Тарас Григорович»."""
        return " ".join(filter(None, (self.family, self.given, self.patronymic)))

    @property
    def short(self) -> str:
        """«Шевченко Т. Г.»; a double given name keeps both letters, «Коваль А.-М.»."""
        parts = (_initial(self.given), _initial(self.patronymic))
        return " ".join(filter(None, (self.family, *parts)))

    @property
    def folded(self) -> str:
        """The full name for comparison: case and apostrophes folded (rule 83)."""
        return fold(self.full)

    def may_be(self, other: PersonName) -> bool:
        """Say whether both can name one person: a patronymic is compared where both have one."""
        mine, theirs = (
            (fold(name.family), fold(name.given), fold(name.patronymic)) for name in (self, other)
        )
        return mine[:2] == theirs[:2] and (not (mine[2] and theirs[2]) or mine[2] == theirs[2])

    @property
    def sort_key(self) -> str:
        """The place in a list of pupils: family name, given name, then patronymic (rule 15)."""
        return collation_key(f"{self.family}\n{self.given}\n{self.patronymic}")


def parse_person_name(
    text: str, field: str = "name", *, alphabet: Alphabet = Alphabet.CYRILLIC
) -> PersonName:
    """Read «Прізвище Ім'я По батькові», or «Ім'я По батькові Прізвище» when the patronymic shows.

    >>> parse_person_name("Тарас Григорович  ШЕВЧЕНКО")
    PersonName(family='Шевченко', given='Тарас', patronymic='Григорович')

    Words all in capitals or all in small letters are capitalised. Raises `Invalid` for one word,
    for initials, for a digit or a letter that is not Cyrillic, for a word in which Latin and
    Cyrillic letters are mixed, and where the order of the words cannot be told.
    """
    words = _words(tidy_entry(text, field, personal=True))
    reason = _fault_of_words(words, alphabet)
    _refuse(field, text, reason)
    parts = _in_order(words)
    if parts is None:
        raise Invalid(field, text, "ambiguous", personal=True)
    family, given, patronymic = parts
    return PersonName(family, given, patronymic)


def _refuse(field: str, value: str, reason: str) -> None:
    if reason:
        raise Invalid(field, value, reason, personal=True)


def _fault(part: str) -> str:
    if not part:
        return "absent"
    if any(map(mixes_scripts, part.split())):
        return "look-alike"
    if _PART.fullmatch(part):
        return ""
    if _PART.fullmatch(_plain(part)):
        return "normal-form"
    return "pattern" if all(map(_SIGN.fullmatch, part)) else "alphabet"


def _plain(text: str) -> str:
    return one_apostrophe(tidy(text)).translate(_DASHES)


def _words(text: str) -> list[str]:
    words = _TORN_HYPHEN.sub("-", _FULL_STOP.sub("", _plain(text).strip(",;: "))).split()
    shouted = "".join(words).islower()
    return [_capitalised(word) if shouted or word.isupper() else word for word in words]


def _capitalised(word: str) -> str:
    return "-".join(part.capitalize() for part in word.split("-"))


def _fault_of_words(words: list[str], alphabet: Alphabet) -> str:
    if not words:
        return "absent"
    whole = " ".join(words)
    if _INITIALS.search(whole):
        return "initials"
    reason = next(filter(None, map(_fault, words)), "")
    if reason:
        return reason
    if alphabet is Alphabet.UKRAINIAN and _NOT_UKRAINIAN.search(whole):
        return "alphabet"
    return "parts" if len(words) == 1 else ""


def _in_order(words: list[str]) -> tuple[str, str, str] | None:
    """Return family name, given name, patronymic; nothing where two readings remain."""
    if words[-1].lower() in _CHILD_OF and len(words) == 4:
        return words[0], words[1], f"{words[2]} {words[3]}"
    if len(words) == 2:
        return words[0], words[1], ""
    if len(words) == 3:
        return _three(*words)
    if len(words) == 4 and _is_patronymic(words[3]) and not any(map(_is_patronymic, words[:3])):
        return f"{words[0]} {words[1]}", words[2], words[3]
    return None


def _three(first: str, second: str, third: str) -> tuple[str, str, str] | None:
    if not _is_patronymic(second):
        return first, second, third
    # «Марія Іванівна Петрович» has one reading, because no surname ends as a daughter's
    # patronymic; «Іван Петрович Григорович» has two.
    if not _is_patronymic(third) or (
        _DAUGHTER.search(second.lower()) and _SON.search(third.lower())
    ):
        return third, first, second
    return None


def _is_patronymic(word: str) -> bool:
    small = word.lower()
    return bool(_DAUGHTER.search(small) or _SON.search(small))


def _initial(part: str) -> str:
    return "-".join(f"{piece[0]}." for piece in part.split(" ", maxsplit=1)[0].split("-") if piece)
