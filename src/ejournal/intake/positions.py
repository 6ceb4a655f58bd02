"""Answers without labels, known by their place: the seven items in the order of the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ejournal.intake.claims import Claim, begins_with_label, named_school, whole_label
from ejournal.intake.labels import labels_of
from ejournal.intake.lines import Line
from ejournal.intake.values import fits
from ejournal.model.request_items import Item

__all__ = ["POSITION", "positional_claims"]

POSITION = 3
"""The weight of an answer known by its place among seven."""

_LETTER = (
    Item.REGION,
    Item.COMMUNITY,
    Item.SCHOOL_NAME,
    Item.EDRPOU,
    Item.ADMIN_NAME,
    Item.ADMIN_EMAIL,
    Item.ADMIN_PHONE,
)
_CERTAIN = (Item.REGION, Item.EDRPOU, Item.ADMIN_NAME, Item.ADMIN_EMAIL, Item.ADMIN_PHONE)
_NUMBERED = re.compile(
    r"\s*[>*•\-–—]?\s*\(?(\d{1,2})(?:\s*[.)\-–—:]+\s+|[.)]+(?!\d\d?\.))(\S.*)",
)
_BULLETED = re.compile(r"\s*[*•·●▪◦‣+\-–—]\s*(\S.*)")
_INSIDE = re.compile(r"(?:^|(?<=[\s;,.]))\(?([1-7])[.)]\s*(?=\S)")

Answer = tuple[Line, str]


def positional_claims(lines: Sequence[Line]) -> Iterator[Claim]:
    """Yield the items of lists of exactly seven answers.

    Numbered answers need three shapes that are certain (a region, a code, a name, an address, a
    telephone), others all five: a list of something else must not become a request.
    """
    for zone in dict.fromkeys(line.zone for line in lines):
        here = [line for line in lines if line.zone is zone]
        for answers, needed in _lists(here):
            if sum(_is_right(item, text) for item, (_, text) in _paired(answers)) >= needed:
                yield from _claims(answers)
                break


def _paired(answers: Sequence[Answer]) -> Iterator[tuple[Item, Answer]]:
    return zip(_LETTER, answers, strict=True)


def _is_right(item: Item, text: str) -> bool:
    return item in _CERTAIN and (
        fits(item, text) or any(label.topic is item for label in labels_of(text))
    )


def _claims(answers: Sequence[Answer]) -> Iterator[Claim]:
    for item, (line, text) in _paired(answers):
        if begins_with_label(text):
            continue
        if item is Item.SCHOOL_NAME:
            inner = labels_of(text)
            name, number = named_school(
                text[: inner[0].start] if inner else text, expects_number=True
            )
            yield Claim(item, name, line, POSITION)
            if number:
                yield Claim(Item.DISO_ID, number, line, POSITION)
        else:
            yield Claim(item, text, line, POSITION)


def _lists(lines: Sequence[Line]) -> Iterator[tuple[list[Answer], int]]:
    numbered = [
        (line, found)
        for line in lines
        if (found := _NUMBERED.fullmatch(line.text[:600])) and not whole_label(line.text)
    ]
    numbers = [int(found[1]) for _, found in numbered]
    if numbers == [1, 2, 3, 4, 5, 6, 7]:
        yield [(line, found[2]) for line, found in numbered], 3
    bulleted = [
        (line, found[1]) for line in lines if (found := _BULLETED.fullmatch(line.text[:600]))
    ]
    if len(bulleted) == len(_LETTER):
        yield bulleted, 5
    for place, line in enumerate(lines):
        yield from ((answers, 5) for answers in _within(line))
        window = lines[place : place + len(_LETTER)]
        if len(window) == len(_LETTER) and "@" in window[5].text and fits(Item.REGION, line.text):
            yield [(each, each.text) for each in window], 5


def _within(line: Line) -> Iterator[list[Answer]]:
    """Yield the ways to cut one line into seven."""
    text = line.text[:1500]
    if len(line.cells) == len(_LETTER):
        yield [(line, cell) for cell in line.cells]
    if "@" not in text:
        return
    starts = list(_INSIDE.finditer(text))
    if [start[1] for start in starts] == list("1234567"):
        ends = [start.start() for start in starts[1:]] + [len(text)]
        yield [
            (line, text[start.end() : end].strip(" ;,"))
            for start, end in zip(starts, ends, strict=True)
        ]
    for sign in ";,":
        pieces = text.strip(f"{sign}. ").split(sign)
        if len(pieces) == len(_LETTER):
            yield [(line, piece.strip()) for piece in pieces]
