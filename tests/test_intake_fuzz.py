"""No bytes crash the reader, hang it or are lost; `EJOURNAL_FUZZ` asks for more of them."""

from __future__ import annotations

import os
import random
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ejournal.intake import Reading, read_message

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*/*.eml"))
INPUTS = int(os.environ.get("EJOURNAL_FUZZ", "1200"))
HEADERS = (
    b"Content-Type: text/html; charset=utf-8",
    b"Content-Type: text/plain; charset=windows-1251",
    b"Content-Type: text/plain; charset=utf-16",
    b"Content-Type: text/plain; charset=unicode_escape",
    b"Content-Type: text/plain; charset=zip",
    b"Content-Type: text/plain; format=flowed",
    b'Content-Type: multipart/mixed; boundary=""',
    b'Content-Type: multipart/mixed; boundary="--"',
    b"Content-Type: multipart/alternative",
    b"Content-Type: message/rfc822",
    b"Content-Type: application/octet-stream; name=a.eml",
    b"Content-Type: ;;;===",
    b"Content-Type",
    b"Content-Transfer-Encoding: base64",
    b"Content-Transfer-Encoding: quoted-printable",
    b"Content-Transfer-Encoding: x-uuencode",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%",
    b"Message-ID: <<<>>>",
    b"Message-ID:",
    b"From: =?utf-8?B?////?= <@@>",
    b"From: =?x?q?=FF?=",
    b"References: " + b"<a@b> " * 50,
    b"Auto-Submitted: auto-generated",
)
PIECES = (
    b"<td>",
    b"</table>",
    b"&#99999999;",
    b"&#xD800;",
    b"\0",
    b"\r",
    b"--",
    b"> ",
    b"\t|",
    b"&#144;",
    b"=\n",
)


def noise(rng: random.Random, _: bytes) -> bytes:
    return rng.randbytes(rng.randrange(2000))


def flip(rng: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.randrange(1, 30)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, raw: bytes) -> bytes:
    first, last = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
    return rng.choice([raw[:first], raw[last:], raw[first:last], raw[:first] + raw[last:]])


def headed(rng: random.Random, raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    for _ in range(rng.randrange(1, 4)):
        lines[rng.randrange(len(lines))] = rng.choice(HEADERS)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def sown(rng: random.Random, raw: bytes) -> bytes:
    for _ in range(rng.randrange(1, 10)):
        place = rng.randrange(len(raw))
        raw = raw[:place] + rng.choice(PIECES) * rng.randrange(1, 20) + raw[place:]
    return raw


def spliced(rng: random.Random, raw: bytes) -> bytes:
    other = rng.choice(CORPUS).read_bytes()
    return raw[: rng.randrange(len(raw))] + other[rng.randrange(len(other)) :]


WAYS: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    noise,
    flip,
    cut,
    headed,
    sown,
    spliced,
)


def damaged() -> Iterator[bytes]:
    rng = random.Random(20210913)
    for number in range(INPUTS):
        yield WAYS[number % len(WAYS)](rng, rng.choice(CORPUS).read_bytes())


def is_whole(reading: Reading) -> bool:
    """Whether a reading says of each item one thing: read, refused or not given."""
    found = [each.item for each in reading.found]
    refused = [flaw.item for flaw in reading.flaws]
    missing = set(reading.items.missing)
    identified = reading.envelope.message_id.startswith("<")
    return (
        identified
        and len(found) == len(set(found))
        and set(refused) <= missing
        and missing.isdisjoint(found)
        and len(found) + len(missing) == 8
        and {unicodedata.category(sign) for sign in set(reading.text) - set("\n\t")}.isdisjoint(
            ("Cc", "Cs")
        )
    )


def test_damaged_messages_all_have_a_reading(capsys: pytest.CaptureFixture[str]) -> None:
    read = 0
    for raw in damaged():
        reading = read_message(raw)
        assert is_whole(reading), raw
        read += 1
    with capsys.disabled():
        print(f"\nfuzzing: {read} damaged messages read, none refused")
    assert read == INPUTS


def test_a_message_read_twice_has_one_reading() -> None:
    for path in CORPUS:
        assert read_message(path.read_bytes()) == read_message(path.read_bytes()), path.name


def test_a_message_is_read_the_same_with_either_line_end() -> None:
    for path in CORPUS:
        raw = path.read_bytes().replace(b"\r\n", b"\n")
        assert read_message(raw).items == read_message(path.read_bytes()).items, path.name


HTML = b"Content-Type: text/html; charset=utf-8\n\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\n\n"
MEGABYTE = 1_000_000
SOME = MEGABYTE // 4
HOSTILE = {
    "divs": HTML + b"<div>" * (MEGABYTE // 5),
    "tables": HTML + b"<table><tr><td>" * (SOME // 15),
    "open tags": HTML + b"<" * SOME,
    "open comments": HTML + b"<!--" * (SOME // 4),
    "open links": HTML + b"<a href=" * (SOME // 8),
    "open entities": HTML + b"&#" * (SOME // 2),
    "quotations": HTML + b"<blockquote>x" * (SOME // 13),
    "long numbers": HTML + b"&#" + b"9" * SOME + b";",
    "quote marks": TEXT + b">" * MEGABYTE,
    "dashes": TEXT + b"-" * MEGABYTE,
    "labels": TEXT + "тел.".encode() * (MEGABYTE // 7),
    "labels of lines": TEXT + "тел.\n".encode() * (SOME // 8),
    "half labels": TEXT + "телефон закладу освіти ".encode() * (SOME // 42),
    "shared labels": TEXT + "ПІБ, ".encode() * (SOME // 8),
    "telephones": TEXT + "тел. 0671234567 ".encode() * (SOME // 20),
    "addresses": TEXT + b"e-mail: a@b.example, " * (SOME // 21),
    "at signs": TEXT + b"a@" * (SOME // 2),
    "names": TEXT + "ПІБ: ".encode() + "Іван ".encode() * (SOME // 9),
    "digits": TEXT + b"1 " * (SOME // 2),
    "brackets": TEXT + b"(a\n" * (SOME // 3),
    "guillemets": TEXT + "«\n".encode() * (SOME // 3),
    "cells": TEXT + "|тел.".encode() * (SOME // 8),
    "spaces": TEXT + b" " * SOME,
    "fields": TEXT + "Від: x\nКому: y\n".encode() * (SOME // 24),
    "combining marks": TEXT + ("а" + "\u0301\u0316" * (SOME // 4)).encode(),
    "parts": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\n" * (SOME // 5),
    "nested messages": b"Content-Type: message/rfc822\n\n" * (SOME // 30),
    "nested parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000)
    ),
    "headers": b"A: b\n" * (SOME // 5),
    "folded header": b"Subject: x\n" + b" y\n" * (SOME // 3),
    "encoded words": b"Subject: " + b"=?utf-8?B?" * (SOME // 10),
    "parameters": b"Content-Type: text/plain; " + b'a="' * (SOME // 3) + b"\n\nx",
    "bytes of no charset": TEXT + bytes(range(128, 256)) * (SOME // 128),
    "equals signs": b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * SOME,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_message_is_read_and_says_nothing_certain(raw: bytes) -> None:
    assert len(read_message(raw).found) <= 3


def test_what_is_over_the_limit_is_left_out() -> None:
    line = "слово за словом і ще рядок\n".encode()
    text = TEXT + "ЄДРПОУ: 00000017\n".encode() + line * (5 * MEGABYTE // len(line))
    reading = read_message(text)
    assert str(reading.items.edrpou) == "00000017"
    assert len(reading.text.encode()) <= 2 * 1024 * 1024
