"""Bytes of a letter made text, whatever its headers say about them.

Programs of schools still write windows-1251 and koi8-u, and some declare what they do not write.
So a declared charset is a candidate among others: what reads as Ukrainian wins.
"""

from __future__ import annotations

import binascii
import codecs
import re

__all__ = ["LIMIT", "clean", "decode", "decode_header", "decode_transfer"]

LIMIT = 2 * 1024 * 1024
"""How many bytes of one text are read; what follows is left out."""

_CANDIDATES = ("windows-1251", "koi8-u", "iso-8859-5", "cp866", "mac-cyrillic")
_DECLARABLE = {
    codecs.lookup(name).name
    for name in (*_CANDIDATES, "koi8-r", "iso-8859-1", "windows-1252", "windows-1250", "utf-8")
}
_WIDE = {codecs.lookup(name).name for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Commonest letters of Ukrainian texts first: ten points for the first, one for the last.
_BY_FREQUENCY = "оаинівтресклмдупзябьгчйхцжїюєшщфґ"
_POINTS = (
    {letter: 10 - 9 * place / len(_BY_FREQUENCY) for place, letter in enumerate(_BY_FREQUENCY)}
    | dict.fromkeys("’ʼ«»№–—„“”…•", 0.0)
    | dict.fromkeys("ыэъё", -1.0)
)
_STRANGE = -8.0
_SAMPLE = 4096
_RUNS = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes, declared: str | None) -> str:
    """Return text for any bytes: those that no charset explains become U+FFFD."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return data[len(mark) if charset == "utf-8" else 0 :].decode(charset, "replace")
    known = _known(declared)
    if known in _WIDE:
        return data.decode(known, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_likeliest(data, known), "replace")


def _known(declared: str | None) -> str | None:
    try:
        name = codecs.lookup(declared or "").name
    except (LookupError, ValueError):
        return None
    return name if name in _DECLARABLE or name in _WIDE else None


def _likeliest(data: bytes, declared: str | None) -> str:
    sample = b" ".join(_RUNS.findall(data))[:_SAMPLE]
    charsets = dict.fromkeys(filter(None, (declared, "utf-8", *_CANDIDATES)))
    return max(charsets, key=lambda charset: _plausibility(sample.decode(charset, "replace")))


def _plausibility(text: str) -> float:
    """Return how much like Ukrainian a text is; a capital after a small letter speaks against."""
    score = 0.0
    was_small = False
    for sign in text:
        small = sign.lower()
        if sign != " ":
            score += _POINTS.get(small, _STRANGE)
        if was_small and sign != small:
            score += _STRANGE
        was_small = sign.isalpha() and sign == small
    return score / max(1, len(text))


_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_SPACE_OR_PADDING = re.compile(rb"[\s=]")


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """Undo a transfer encoding; a body that is plainly not in it comes back as it was."""
    if encoding == "base64":
        return _from_base64(data[: LIMIT * 2])[:LIMIT]
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data[: LIMIT * 3])[:LIMIT]
    return data[:LIMIT]


def _from_base64(data: bytes) -> bytes:
    packed = _SPACE_OR_PADDING.sub(b"", data)
    kept = _NOT_BASE64.sub(b"", packed)
    if len(packed) - len(kept) > len(packed) // 10:
        return data
    whole = kept[:-1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = dict.fromkeys(
    map(
        ord,
        "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    ),
    " ",
)
_INVISIBLE = dict.fromkeys(
    [
        *map(ord, "\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
        *(code for code in range(0x20) if chr(code) not in "\t\n"),
        *range(0x7F, 0xA0),
        *range(0xD800, 0xE000),
    ]
)
_COMPOSED = (("и\u0306", "й"), ("И\u0306", "Й"), ("і\u0308", "ї"), ("І\u0308", "Ї"))


def clean(text: str) -> str:
    """Return text of one kind of line break and space, without what cannot be seen.

    Letters that some programs send in two pieces, й and ї, are made one.
    """
    text = _BREAKS.sub("\n", text).translate(_SPACES | _INVISIBLE)
    for pieces, letter in _COMPOSED:
        text = text.replace(pieces, letter)
    return text


_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")


def decode_header(raw: bytes) -> str:
    """Return a header's value as a person reads it: encoded words decoded, one line."""
    text = _BETWEEN_WORDS.sub(r"\1", decode(raw, None))
    pieces: list[tuple[bytes, str]] = []
    end = 0
    for word in _ENCODED_WORD.finditer(text):
        if word.start() > end:
            pieces.append((text[end : word.start()].encode(), "utf-8"))
        charset = word[1].partition("*")[0].lower()
        content = _word_content(word[2].lower(), word[3])
        # One letter may be cut in two by the border of two words.
        if pieces and word.start() == end and pieces[-1][1] == charset:
            content = pieces.pop()[0] + content
        pieces.append((content, charset))
        end = word.end()
    pieces.append((text[end:].encode(), "utf-8"))
    whole = "".join(decode(content, charset) for content, charset in pieces)
    return " ".join(clean(whole).split())


def _word_content(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    return _from_base64(data) if encoding == "b" else binascii.a2b_qp(data, header=True)
