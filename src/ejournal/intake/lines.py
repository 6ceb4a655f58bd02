"""The lines of a letter, and whose words each of them is.

A school writes above, below or between what it quotes. The sender's own words, the words below
the closing, a letter passed on and a letter quoted are told apart here, and lines that a program
broke at its margin are put together again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from functools import cached_property

from attrs import define, evolve, frozen

from ejournal.intake.labels import Label, labels_of, topic_at_end
from ejournal.intake.message import Part
from ejournal.intake.vocabulary import fold, folded_pattern

__all__ = ["Line", "Zone", "lines_of"]


class Zone(IntEnum):
    """Whose words a line is, in the order in which they are believed."""

    OWN = 0
    CLOSING = 1
    PASSED_ON = 2
    CLOSING_PASSED_ON = 3
    QUOTED = 4


@frozen
class Line:
    """A line without its marks of quotation; `number` counts from 1 in the part named."""

    text: str
    part: str
    number: int
    zone: Zone

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the whole line."""
        return labels_of(self.text)

    @cached_property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table's row; one for a line that is not of a table."""
        if not _CELL_BORDER.search(self.text):
            return (self.text,)
        stripped = self.text.strip(" |¦│")
        return tuple(cell.strip(" >") for cell in _CELL_BORDER.split(stripped))


_LONGEST = 4000
_MOST_LINES = 10_000
_MOST_PIECES = 4
_MARGIN = 68
_CELL_BORDER = re.compile(r"[\t|¦│]")
_RULE = re.compile(r"[\s\-+=_─━┌┬┐├┼┤└┴┘═╔╦╗╠╬╣╚╩╝|│*#~.]*")
_QUOTE = re.compile(r"\s{0,4}(?:>\s?)+")
_BULLET = re.compile(r"\s*(?:[*•·●▪◦‣+\-–—]|\(?\d{1,2}(?:[.)]|\s*[-–—]\s))\s*\S")


_PASSED_ON = folded_pattern(
    r"\W*(?:begin )?forwarded message\b"
    r"|\W*(?:початок |кінець )?(?:пересилан|переслан|перенаправлен)\w+ (?:повідомлення|лист|електр)"
    r"|-{2,}\s*(?:пересилан|переслан|пересыл)"
    r"|-{3,}\s*(?:forwarded|fwd)\b"
)
_QUOTED = folded_pattern(
    r"-{2,}\s*(?:original message|original appointment|(?:вихідне|початкове|оригінальне|попереднє)"
    r" повідомлення|исходное сообщение|оригінал)"
)
_FIELD = folded_pattern(
    r"\W{0,3}(?:від|від кого|from|от|кому|to|копія|cc|тема|subject|дата|date|надіслано|sent"
    r"|відправлено|дата відправлення|reply-to)\W{0,3}:"
)
_FIRST_FIELD = folded_pattern(r"\W{0,3}(?:від|від кого|from|от)\W{0,3}:")
_ATTRIBUTION = folded_pattern(
    r".{0,200}(?:\bпише(?:те)?|\bнаписа(?:в|ла|в\(ла\)|в/ла)|\bwrote|\bпишет|\bнаписал\w?)\s*:?\s*$"
    r"|.{0,20}\d.{0,100}(?:від|from)\b.{0,100}@.{0,100}:\s*$"
)
_CLOSING = folded_pattern(
    r"\s*(?:-[ -]*-\s*$|_[ _]*_\s*$|(?:з|із) (?:повагою|пошаною|вдячністю|найкращими|подякою)"
    r"|щиро (?:ваш|дяку)|best regards|kind regards|sincerely|надіслано з |отправлено с |sent from )"
)
_DANGLING = folded_pattern(
    r".*\b(?:його|її|із|з|зазначенням|та|і|[ув]|системі|ітс|за|для|відповідальної|особиста|електронна"
    r"|код|номер|назва|повна|по|закладу|загальної|середньої|ім'я,?|прізвище,|(?:м|с|ім|смт|сел)\.)\s*$|.*№\s*$"
)


def lines_of(part: Part, *, in_reply: bool) -> tuple[Line, ...]:
    """Return the lines of a part that hold anything, each with its zone.

    What follows a header block or «Original message» is quoted in a reply, passed on otherwise.
    Lines that mail programs write between letters are left out.
    """
    whose = _Whose(Zone.QUOTED if in_reply else Zone.PASSED_ON)
    lines = []
    for number, is_marked, text, following in _raw_lines(part.text):
        zone = whose.zone_of(text, following, is_marked=is_marked)
        if zone is not None and not _RULE.fullmatch(text):
            zone = _ATTACHED.get(zone, zone) if part.attached else zone
            lines.append(Line(text.strip(" "), part.name, number, zone))
            if len(lines) == _MOST_LINES:
                break
    return tuple(_joined(lines))


_ATTACHED = {Zone.OWN: Zone.PASSED_ON, Zone.CLOSING: Zone.CLOSING_PASSED_ON}
_CLOSED = {Zone.OWN: Zone.CLOSING, Zone.PASSED_ON: Zone.CLOSING_PASSED_ON}


def _raw_lines(text: str) -> Iterator[tuple[int, bool, str, str]]:
    """Yield number, whether it is marked as quoted, text, and the next line that is not empty."""
    lines = text.split("\n")
    following = _followers(lines)
    for number, line in enumerate(lines, 1):
        quote = _QUOTE.match(line)
        content = line[quote.end() :] if quote else line
        for start in range(0, max(1, len(content)), _LONGEST):
            yield number, bool(quote), content[start : start + _LONGEST], following[number - 1]


def _followers(lines: list[str]) -> list[str]:
    following = ""
    answer: list[str] = []
    for line in reversed(lines):
        answer.append(following)
        following = line if line.strip() else following
    return answer[::-1]


@define
class _Whose:
    """Follows a letter line by line; `below` is the zone of what a header block begins."""

    below: Zone
    zone: Zone = Zone.OWN
    in_fields: bool = False

    def zone_of(self, text: str, following: str, *, is_marked: bool) -> Zone | None:
        """Return whose words a line is; None for the words of a mail program."""
        folded = fold(text)
        if self._is_border(folded, fold(following), is_marked=is_marked):
            return None
        if is_marked:
            # An answer below a quoted letter is the sender's own again, whatever closed above.
            self.zone = Zone.OWN if self.zone is Zone.CLOSING else self.zone
            return Zone.QUOTED if self.zone is Zone.OWN else self.zone
        if _CLOSING.match(folded):
            self.zone = _CLOSED.get(self.zone, self.zone)
        return self.zone

    def _is_border(self, folded: str, following: str, *, is_marked: bool) -> bool:
        if self.in_fields:
            self.in_fields = bool(_FIELD.match(folded)) or not folded.strip()
            return self.in_fields
        if _PASSED_ON.match(folded):
            self.zone = Zone.PASSED_ON
        elif _QUOTED.match(folded):
            self.zone = self.below
        elif _FIRST_FIELD.match(folded) and _FIELD.match(_QUOTE.sub("", following, count=1)):
            self.zone = self.below if self.zone is not Zone.PASSED_ON else self.zone
            self.in_fields = True
        elif _ATTRIBUTION.match(folded):
            if not is_marked and not _QUOTE.match(following):
                self.zone = Zone.QUOTED
        else:
            return False
        return True


def _joined(lines: list[Line]) -> Iterator[Line]:
    """Put lines together that a program broke at its margin."""
    pieces: list[Line] = []
    for line in lines:
        if pieces and not (len(pieces) < _MOST_PIECES and _goes_on(pieces, line)):
            yield _whole(pieces)
            pieces = []
        pieces.append(line)
    if pieces:
        yield _whole(pieces)


def _whole(pieces: list[Line]) -> Line:
    if len(pieces) == 1:
        return pieces[0]
    return evolve(pieces[0], text=" ".join(piece.text for piece in pieces))


def _goes_on(pieces: list[Line], following: Line) -> bool:
    """Tell whether the following line is the rest of these."""
    last = pieces[-1]
    if following.number != last.number + 1 or last.zone is not following.zone:
        return False
    if last.part == "text/html" or len(last.cells) > 1 or len(following.cells) > 1:
        return False
    if _BULLET.match(following.text):
        return False
    before = " ".join(piece.text for piece in pieces)
    if _DANGLING.match(fold(last.text)) and labels_of(f"{before} {following.text}"):
        return True
    if any(label.start < 4 for label in following.labels):
        return False
    return _is_open(before) or _was_cut(last.text, following.text)


def _is_open(text: str) -> bool:
    return text.count("«") > text.count("»") or text.count("(") > text.count(")")


def _was_cut(text: str, following: str) -> bool:
    """Tell whether the first word of the next line would have gone over the margin.

    A line that begins with an address or a number may be a value of its own, unless the line
    above ends in a label.
    """
    word = following.split(maxsplit=1)[0]
    if len(text) + 1 + len(word) <= _MARGIN or text.endswith((".", ":", ";")):
        return False
    is_value = "@" in word or sum(map(str.isdigit, word)) > 4
    return not is_value or topic_at_end(text) is not None
