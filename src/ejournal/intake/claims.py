"""What the lines of a letter claim: pieces of text beside labels, in tables and in lists.

A claim is not believed yet. Which of several is taken for the school's word, and whether it is
acceptable, is decided in `items`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import define, frozen

from ejournal.intake.labels import Label, labels_of, topic_at_end
from ejournal.intake.lines import Line, Zone
from ejournal.intake.values import fits, is_blank
from ejournal.intake.vocabulary import NamePart, fold, folded_pattern
from ejournal.model.request_items import Item

__all__ = [
    "SELF_NAMED",
    "Claim",
    "begins_with_label",
    "labelled_claims",
    "named_school",
    "self_named",
    "whole_label",
]

SELF_NAMED = 4
"""The weight of words that need no label: «Львівська область», «Стрийська громада»."""

_CONTACTS = (Item.ADMIN_EMAIL, Item.ADMIN_PHONE)
_CODES = (Item.DISO_ID, Item.EDRPOU)


@frozen
class Claim:
    """A text said to be an item, in which line, and how well its label says so (0 is best)."""

    topic: Item | NamePart
    text: str
    line: Line
    weight: int


def labelled_claims(lines: Sequence[Line]) -> Iterator[Claim]:
    """Yield what stands beside, below or after a label, and words that need none."""
    yield from _Reader(lines).claims()


_ADDRESS_LINE = folded_pattern(r".*(?:\bвул\.|\bвулиц|\bпросп|\bпров\.|\bплоща\b|\bбуд\.|\b\d{5},)")
_STATE_LINE = re.compile(r"@(?:[\w-]+\.)*(?:mon|iea)\.gov\.ua|(?<!\d)38621185(?!\d)", re.IGNORECASE)
_SOMEBODY = folded_pattern(
    r"директор|керівник|завідувач|бухгалт|заступник|секретар|начальник|вик|приймальн|канцеляр"
)
_NOTHING = re.compile(r"\W*(?:та|і|й)?\W*")


@define
class _Reader:
    """Goes through lines; `holder` is the line that named somebody other than the administrator."""

    lines: Sequence[Line]
    place: int = 0
    holder: Line | None = None
    of_state: bool = False
    columns: tuple[tuple[Label, ...], ...] = ()

    def claims(self) -> Iterator[Claim]:
        while self.place < len(self.lines):
            line = self.lines[self.place]
            self.place += 1
            self.of_state = bool(_STATE_LINE.search(line.text))
            if len(line.cells) > 1:
                yield from self._row(line)
            else:
                self.columns = ()
                yield from self._prose(line)

    def _prose(self, line: Line) -> Iterator[Claim]:
        if _ADDRESS_LINE.match(fold(line.text)):
            self.holder = line
        yield from self._segments(line.text, line.labels, line)
        waiting = _waiting(line.text, line.labels)
        if waiting:
            yield from self._below(waiting)

    def _segments(self, text: str, labels: Sequence[Label], line: Line) -> Iterator[Claim]:
        """Cut a text at its labels; labels with nothing between them share what follows."""
        yield from self_named(text[: labels[0].start] if labels else text, line)
        sharing: list[Label] = []
        for place, label in enumerate(labels):
            value = text[label.end : _end(text, labels, place)]
            sharing.append(label)
            if place + 1 < len(labels) and _NOTHING.fullmatch(value):
                continue
            if label.topic is Item.SCHOOL_NAME:
                value = _past_codes(text, labels, place)
            yield from self._share(sharing, value, line)
            sharing = []

    def _below(self, waiting: Sequence[Label]) -> Iterator[Claim]:
        """Read the lines below labels that end theirs: one for each, in the same order."""
        groups = [waiting]
        place = self.place
        while place < len(self.lines) and (labels := whole_label(self.lines[place].text)):
            groups.append(labels)
            place += 1
        self.place = place
        if place < len(self.lines) and self.lines[place].text.endswith(":"):
            place += 1
        following = self.lines[place : place + len(groups)]
        values = [line for line in following if _is_bare(line, self.lines[place - 1])]
        if len(values) < len(groups):
            groups, values = groups[-1:], values[:1] if following[:1] == values[:1] else []
        for group, line in zip(groups, values, strict=False):
            text = _MARK.sub("", line.text, count=1)
            inner = labels_of(text)
            value = text[: inner[0].start] if inner else text
            if group[0].topic is Item.SCHOOL_NAME and inner:
                value = _past_codes(text, (group[0].at_start(), *inner), 0)
            if len(group) > 1 or _may_be(group[0], value):
                yield from self._share(group, value, line)

    def _row(self, line: Line) -> Iterator[Claim]:
        """Read a row: under a row of labels, or each label with the cell to its right."""
        cells = line.cells
        heads = tuple(whole_label(cell) for cell in cells)
        if _is_header(cells, heads):
            self.columns = heads
        elif len(self.columns) == len(cells):
            for head, cell in zip(self.columns, cells, strict=True):
                yield from self._cell(head, cell, line)
        else:
            self.columns = ()
            yield from self._pairs(cells, heads, line)

    def _pairs(
        self, cells: Sequence[str], heads: Sequence[tuple[Label, ...]], line: Line
    ) -> Iterator[Claim]:
        first = next((i for i, cell in enumerate(cells) if not _NUMERO.fullmatch(cell)), 0)
        head: tuple[Label, ...] = ()
        for place, (cell, found) in enumerate(zip(cells, heads, strict=True)):
            if found and not head:
                head = found
            elif place == first and place + 1 < len(cells):
                head = _as_label(cell)
                if not head:
                    yield from self._cell((), cell, line)
            else:
                yield from self._cell(head, cell, line)
                head = ()

    def _cell(self, head: tuple[Label, ...], cell: str, line: Line) -> Iterator[Claim]:
        inner = labels_of(cell)
        if head:
            value = cell[: inner[0].start] if inner and inner[0].start else cell
            if head[0].topic is Item.SCHOOL_NAME and inner:
                value = _past_codes(cell, (head[0].at_start(), *inner), 0)
            yield from self._share(head, value, line)
        if inner or not head:
            yield from self._segments(cell, inner, line)

    def _share(self, labels: Sequence[Label], value: str, line: Line) -> Iterator[Claim]:
        for label, piece in _shared(labels, value):
            if label.topic is None:
                self.holder = line if _SOMEBODY.match(label.words) else self.holder
            else:
                yield from self._claims(label, piece, line)

    def _claims(self, label: Label, text: str, line: Line) -> Iterator[Claim]:
        topic = label.topic
        weight = label.weight
        if topic is Item.ADMIN_NAME or weight == 0:
            self.holder = None
        if topic is None or is_blank(text) or self._is_of_another(label, line):
            return
        if topic in _CONTACTS and self.holder:
            weight += 1
        if topic is Item.SCHOOL_NAME:
            for brackets in _PLACE_IN_BRACKETS.findall(text[:1000]):
                yield from self_named(brackets, line)
            text, number = named_school(text, expects_number=bool(_ID.search(label.words)))
            if number:
                yield Claim(Item.DISO_ID, number, line, weight)
        yield Claim(topic, text, line, weight)
        if topic is Item.REGION:
            yield from self_named(text, line)

    def _is_of_another(self, label: Label, line: Line) -> bool:
        """Tell whose contacts a general label gives: the head's, the building's, the ministry's."""
        if label.topic in (*_CONTACTS, Item.EDRPOU) and self.of_state:
            return label.weight > 0 or label.topic is Item.EDRPOU
        if label.topic not in _CONTACTS or label.weight == 0:
            return False
        closing = line.zone in (Zone.CLOSING, Zone.CLOSING_PASSED_ON)
        return bool(self.holder and (closing or self.holder is line))


_ID = folded_pattern(r"\bi[dд]\b|\bід\b|д[іи]со")
_NUMERO = re.compile(r"(?:№|n|#)?\s*(?:з/п|п/п)?\s*\d{0,3}[.)]?|", re.IGNORECASE)
_MARK = re.compile(r"[\s>*•·●▪◦‣\-–—]*(?:\(?\d{1,2}[.)](?=[\s«А-ЯІЇЄҐ]))?\s*")


def _is_header(cells: Sequence[str], heads: Sequence[tuple[Label, ...]]) -> bool:
    """Tell a row of labels, with or without the column that numbers the rows."""
    others = [cell for cell, head in zip(cells, heads, strict=True) if not head]
    numbers = all(_NUMERO.fullmatch(cell) and not cell.isdigit() for cell in others)
    return numbers and len(cells) - len(others) > 1


def _end(text: str, labels: Sequence[Label], place: int) -> int:
    return labels[place + 1].start if place + 1 < len(labels) else len(text)


def _waiting(text: str, labels: Sequence[Label]) -> tuple[Label, ...]:
    """Return the labels at the end of a line that have no value in it."""
    waiting: list[Label] = []
    for place in range(len(labels) - 1, -1, -1):
        if not _NOTHING.fullmatch(text[labels[place].end : _end(text, labels, place)]):
            break
        waiting.insert(0, labels[place])
    return tuple(waiting)


def begins_with_label(text: str) -> bool:
    """Tell whether a line begins with a label."""
    labels = labels_of(text)
    mark = _MARK.match(text)
    return bool(labels) and labels[0].start <= (mark.end() if mark else 0)


def _is_bare(line: Line, label: Line) -> bool:
    """Tell whether a line has no label, known or not, and may answer the label above it."""
    if line.zone is Zone.CLOSING and label.zone is not Zone.CLOSING:
        return False
    return (
        len(line.cells) == 1
        and not begins_with_label(line.text)
        and not _UNKNOWN_LABEL.match(line.text)
    )


_UNKNOWN_LABEL = re.compile(r"[^\W\d_][^:@\d]{2,60}:\s*\S")


def whole_label(text: str) -> tuple[Label, ...]:
    """Return the labels of a text that is nothing else."""
    labels = labels_of(text)
    return labels if begins_with_label(text) and len(_waiting(text, labels)) == len(labels) else ()


def _as_label(cell: str) -> tuple[Label, ...]:
    """Return the labels of a table's first cell, which is a label more likely than not."""
    if len(cell) > 150 or labels_of(cell):
        return ()
    labels = labels_of(f"{cell}:")
    return labels[-1:] if labels and labels[-1].end > len(cell) else ()


def _may_be(label: Label, text: str) -> bool:
    """Tell whether the line below a label can be its value."""
    if label.topic is None:
        return False
    if isinstance(label.topic, NamePart):
        return len(text.split()) <= 4
    return fits(label.topic, text)


_TAIL_OF_CODE = re.compile(r"[\s№:(«\"-]*\d[\d ]*[)\]»\"]*[\s,;.:–—-]*(.*)", re.DOTALL)


def _past_codes(text: str, labels: Sequence[Label], place: int) -> str:
    """Return a school's name without the codes that stand in brackets inside it, or before it."""
    name = text[labels[place].end : _end(text, labels, place)]
    for following in range(place + 1, len(labels)):
        inside = name.rstrip().endswith(("(", "[")) or is_blank(name)
        if labels[following].topic not in _CODES or not inside:
            break
        tail = _TAIL_OF_CODE.match(text[labels[following].end : _end(text, labels, following)])
        name = f"{name.rstrip(' ([')} {tail[1] if tail else ''}".strip()
    return name


_IN_BRACKETS = re.compile(r"(.*\S)\s*[(\[]\s*№?\s*(\d{2,9})\s*[)\]][\s.,;]*")
_AT_END = re.compile(r"(.*[^\s,;–—-])\s*(?<!№)(?<!№ )(?:[,;–—-]|\s)\s*(\d{3,9})[\s.,;]*")
_AT_BEGINNING = re.compile(r"\s*№?\s*(\d{1,9}(?=\s*[,;–—])|\d{3,9})[\s,;–—-]+(\D.*)")


def named_school(text: str, *, expects_number: bool) -> tuple[str, str]:
    """Return a school's name and the ДІСО id that stands with it unnamed, or an empty text."""
    written = _first_sentence(" ".join(text[:1000].split()))
    found = _IN_BRACKETS.fullmatch(written)
    if not found and expects_number:
        found = _AT_END.fullmatch(written)
        if not found and (before := _AT_BEGINNING.fullmatch(written)):
            return before[2], before[1]
    return (found[1], found[2]) if found else (written, "")


_SENTENCE_END = re.compile(r"(?<=[\w)»\"”]{4})\.\s+(?=[А-ЯІЇЄҐ])|(?<=[)»])\.\s+(?=[А-ЯІЇЄҐ])")
_PLACE_IN_BRACKETS = re.compile(r"\s*\([^()]*(?:область|обл\.|громада|ТГ)[^()]*\)")


def _first_sentence(text: str) -> str:
    """Return a name without the sentences after it and the place that is told in brackets."""
    return _PLACE_IN_BRACKETS.sub("", _SENTENCE_END.split(text, maxsplit=1)[0])


_PIECES = re.compile(r"\s*[,;/|]\s*|\s+[-–—]\s+")


def _shared(labels: Sequence[Label], value: str) -> list[tuple[Label, str]]:
    """Deal a value out to the labels that share it, each piece to the label whose shape it has."""
    topics = {label.topic for label in labels}
    if len(topics) == 1:
        return [(labels[-1], value)]
    if topics == {Item.SCHOOL_NAME, Item.DISO_ID}:
        school = next(label for label in labels if label.topic is Item.SCHOOL_NAME)
        diso = next(label for label in labels if label.topic is Item.DISO_ID)
        name, number = named_school(value, expects_number=True)
        return [(school, name), (diso, number)]
    pieces = [piece for piece in _PIECES.split(value) if piece]
    dealt: list[tuple[Label, str]] = []
    for label in labels:
        fitting = [piece for piece in pieces if _may_be(label, piece)]
        in_turn = len(pieces) == len(labels) - len(dealt)
        piece = next(iter(pieces[:1] if in_turn else fitting), "")
        if piece:
            pieces.remove(piece)
        dealt.append((label, piece))
    return dealt


_SELF_NAMED_REGION = re.compile(r"[А-ЯІЇЄҐ][\w'’-]+(?:ська|цька|зька)\s+обл(?:асть|\.|)")
_SELF_NAMED_COMMUNITY = re.compile(
    r"(?:м\.|[Мм]істо|[Сс]мт\.?|с-ще|[Сс]елище|с\.|[Сс]ело)\s?[А-ЯІЇЄҐ][\w'’ -]{1,40}"
    r"|[А-ЯІЇЄҐ][\w'’-]+\s+(?:(?:міська|селищна|сільська)\s+)?"
    r"(?:(?:об['’]?єднана\s+)?територіальна\s+громада|громада|[МСО]?ТГ)"
)
_CLAUSE = re.compile(r"[,;()]|\s[-–—]\s(?=[А-ЯІЇЄҐ])")
_TURNED = frozenset({Item.EDRPOU, Item.DISO_ID, Item.ADMIN_EMAIL, Item.ADMIN_PHONE})


def self_named(text: str, line: Line) -> Iterator[Claim]:
    """Yield what a text says of itself: a region, a community, a value with its label after it."""
    if _ADDRESS_LINE.match(fold(text)):
        return
    written = _MARK.sub("", text[:1000], count=1)
    for piece in map(_bare, _CLAUSE.split(written)):
        if _SELF_NAMED_REGION.fullmatch(piece):
            yield Claim(Item.REGION, piece, line, SELF_NAMED)
        elif _SELF_NAMED_COMMUNITY.fullmatch(piece):
            yield Claim(Item.COMMUNITY, piece, line, SELF_NAMED)
    for piece in map(_bare, re.split(r"[,;]", written)):
        found = topic_at_end(piece)
        if found and isinstance(found[0], Item) and found[0] in _TURNED:
            value = piece[: found[1]].strip(" -–—(:")
            if fits(found[0], value) and len(value) < 60:
                yield Claim(found[0], value, line, 2)


def _bare(piece: str) -> str:
    return piece.strip(" .")
