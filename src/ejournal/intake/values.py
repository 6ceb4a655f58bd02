"""What a piece of a letter says when it is known which item it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from attrs import frozen

from ejournal.errors import Invalid
from ejournal.intake.vocabulary import fold, folded_pattern
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Region,
    parse_diso_id,
    parse_edrpou,
    parse_email,
    parse_person_name,
    parse_phone,
    parse_region,
)
from ejournal.model.request_items import Item

__all__ = ["Value", "Wording", "fits", "is_blank", "wordings"]

Value = Region | str | DisoId | Edrpou | PersonName | Email | ContactPhone


@frozen
class Wording:
    """What was written for an item: the value it makes, or the reason why it makes none."""

    raw: str
    value: Value | None
    reason: str = ""


_LONGEST = 400
_BLANK = folded_pattern(
    r"[\W_]*(?:(?:немає|нема|відсутн\w+|не маємо|не маю|не ?відом\w+|не знаємо|не знаю|не вказано"
    r"|не присвоєно|не отримано|н/д|уточнюється|уточнимо|буде надано пізніше|пізніше|х+|…)[\W_]*)?"
)
_TRAILING = " \t;,.:-–—|*_/\\"


def is_blank(text: str) -> bool:
    """Tell a place left empty, or filled with «немає», «не знаємо», dots or dashes."""
    return bool(_BLANK.fullmatch(fold(text)))


def wordings(item: Item, text: str) -> tuple[Wording, ...]:
    """Return what a text says about an item: nothing, one thing, or several that differ."""
    written = " ".join(text[:_LONGEST].split())
    return () if is_blank(written) else tuple(_READERS[item](written))


def fits(item: Item, text: str) -> bool:
    """Tell whether a text with no label beside it can be taken for this item."""
    if is_blank(text) or len(text) > _LONGEST:
        return False
    if item in (Item.COMMUNITY, Item.SCHOOL_NAME):
        return text.strip()[:1].isalnum() or text.strip()[:1] in '«"“„'
    if item in _SHAPES:
        return bool(_SHAPES[item].search(text))
    return any(wording.value for wording in wordings(item, text))


_SHAPES: Mapping[Item, re.Pattern[str]] = {
    Item.DISO_ID: re.compile(r"^\D{0,12}\d{1,9}\b\D{0,12}$"),
    Item.EDRPOU: re.compile(r"^\D{0,20}\d(?: ?\d){5,9}\b"),
    Item.ADMIN_EMAIL: re.compile(r"\S ?@ ?\S"),
    Item.ADMIN_PHONE: re.compile(r"^\D{0,20}\d(?:[\s().\-–]*\d){5,}"),
}


def _one(parse: Callable[[str], Value], text: str) -> Wording:
    try:
        return Wording(text, parse(text))
    except Invalid as refusal:
        return Wording(text, None, refusal.reason)


def _settled(found: list[Wording]) -> list[Wording]:
    """Keep the acceptable ones if there are any, else the first."""
    return [wording for wording in found if wording.value is not None] or found[:1]


_CHUNK = re.compile(r"\s*(?:[,;()\n|]|\s[-–—/]\s)\s*")
_WITH_OBLAST = re.compile(
    r"\b([А-ЯІЇЄҐ][\w'’-]{2,30}(?:ськ|цьк|зьк)(?:а|ої|ій|у))\s+обл(?:\.|аст[ьію]{1,2}\b|\b)",
    re.IGNORECASE,
)


def _regions(text: str) -> list[Wording]:
    whole = _one(parse_region, text.strip(_TRAILING))
    if whole.value is not None:
        return [whole]
    pieces = [*_CHUNK.split(text), *(found[0] for found in _WITH_OBLAST.finditer(text))]
    read = [_one(parse_region, piece.strip(_TRAILING)) for piece in pieces if piece]
    return [wording for wording in read if wording.value is not None][:1] or [whole]


def _communities(text: str) -> list[Wording]:
    name = _trimmed(text)
    return (
        [Wording(name, name)] if any(map(str.isalpha, name)) else [Wording(text, None, "pattern")]
    )


def _trimmed(text: str) -> str:
    """Drop the punctuation around a name, and a bracket or quotation mark that has no pair."""
    name = text.strip(_TRAILING + ">")
    for opening, closing in ("()", "«»", "“”"):
        if name.endswith(opening) or name.count(opening) > name.count(closing):
            name = name.removesuffix(opening).removeprefix(opening).strip(_TRAILING)
        if name.count(closing) > name.count(opening):
            name = name.removesuffix(closing).strip(_TRAILING)
    return name


_INNER_NUMBER = re.compile(r"(?<![\w№-])\d{1,3}(?: \d{3})+(?!\d)|(?<!\w)\d+(?!\w)")


def _diso_ids(text: str) -> list[Wording]:
    found = _INNER_NUMBER.search(text)
    token = re.search(r"\S*\d\S*", text)
    written = found[0] if found else token[0] if token else text
    return [_one(parse_diso_id, written.strip(_TRAILING + '()«»"#'))]


_EIGHT = re.compile(r"(?<!\d)\d{8}(?!\d)")
_WITH_DIGITS = re.compile(r"\w*\d\w*(?: \d+)*")


def _edrpous(text: str) -> list[Wording]:
    whole = _EIGHT.findall(text)
    written = whole or [found[0] for found in _WITH_DIGITS.finditer(text)][:1] or [text]
    return _settled([_one(parse_edrpou, code) for code in written])


_CAPITALISED = r"[^\W\d_a-zа-яіїєґ][\w'’ʼ`-]*"
_NAME = re.compile(
    rf"{_CAPITALISED}(?:\s+-\s+{_CAPITALISED})?(?:\s+{_CAPITALISED}\.?|\s+(?:огли|оглу|кизи|гизи)\b){{1,3}}"
    rf"|{_CAPITALISED}\s+[^\W\d_]\.\s?[^\W\d_]\."
)
_OFFICES = folded_pattern(
    r"(?:заступник|директор|директорка|вчитель|учитель|вчителька|учителька|методист|секретар|пан|пані"
    r"|інженер|педагог|завуч|адміністратор|лаборант|оператор)$"
)


def _names(text: str) -> list[Wording]:
    pieces = [piece for piece in _CHUNK.split(text) if piece.strip()] or [text]
    read = [_one(parse_person_name, found) for piece in pieces for found in _names_in(piece)]
    return _settled(read or [_one(parse_person_name, pieces[0])])[:1]


def _names_in(piece: str) -> Iterator[str]:
    words = piece.strip(_TRAILING).split()
    while words and _OFFICES.match(fold(words[0])):
        words = words[1:]
    if words and (all(word[0].isupper() for word in words) or piece.islower()):
        yield " ".join(words)
    yield from (found[0] for found in _NAME.finditer(" ".join(words)))


_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"«»|]+@[^\s<>()\[\],;:\"«»|]+")
_AROUND_AT = re.compile(r"\s?@\s?")
_OURS = ("@mon.gov.ua", ".mon.gov.ua", "@iea.gov.ua", ".iea.gov.ua")


def _emails(text: str) -> list[Wording]:
    joined = _AROUND_AT.sub("@", text)
    written = [found.strip("*'").rstrip("./") for found in _ADDRESS.findall(joined)]
    theirs = [address for address in written if not address.lower().endswith(_OURS)]
    if written and not theirs:
        return []
    return _settled([_one(parse_email, address) for address in theirs or [text]])


_DIALLED = re.compile(r"(?<![\d+])(?:\+?\s?3?\s?8[\s\-–(]*)?\(?0(?:[\s\-–—.()]{0,3}\d){9}(?!\d)")
_BETWEEN_NUMBERS = re.compile(r"[,;/]|\bабо\b|\bта\b")
_DIGITS = re.compile(r"[+(]?\s?\d[\d\s().\-‐‑–—−]*\d")


def _phones(text: str) -> list[Wording]:
    written = [found[0] for found in _DIALLED.finditer(text)]
    if not written:
        pieces = _BETWEEN_NUMBERS.split(text)
        written = [found[0] for piece in pieces for found in _DIGITS.finditer(piece)] or [text]
    return _settled([_one(_contact_phone, number.strip()) for number in written[:4]])


def _contact_phone(text: str) -> ContactPhone:
    return ContactPhone(parse_phone(text), text)


def _schools(text: str) -> list[Wording]:
    name = _trimmed(text)
    return [Wording(name, name)] if any(map(str.isalpha, name)) else []


_READERS: Mapping[Item, Callable[[str], list[Wording]]] = {
    Item.REGION: _regions,
    Item.COMMUNITY: _communities,
    Item.SCHOOL_NAME: _schools,
    Item.DISO_ID: _diso_ids,
    Item.EDRPOU: _edrpous,
    Item.ADMIN_NAME: _names,
    Item.ADMIN_EMAIL: _emails,
    Item.ADMIN_PHONE: _phones,
}
