"""Where the labels of a line are, and what they announce."""

from __future__ import annotations

import re
from enum import Enum

from attrs import evolve, frozen

from ejournal.intake.vocabulary import HEADS, QUALIFIERS, Topic, fold, folded_pattern
from ejournal.model.request_items import Item

__all__ = ["Label", "labels_of", "topic_at_end"]


@frozen
class Label:
    """A label in a line: its place with the sign after it, and how well it says what follows.

    `weight` is 0 for a label that cannot mean another thing («відповідальної особи»), 1 for a
    general one («телефон»), 2 for one that may mean something near («скорочена назва»).
    `words` is its folded text.
    """

    topic: Topic
    weight: int
    start: int
    end: int
    words: str

    def at_start(self) -> Label:
        """Return the label as if what follows it were the whole text."""
        return evolve(self, start=0, end=0)


_HEAD = folded_pattern(
    rf"(?<![\w@])(?:{'|'.join(f'({words})' for _, words in HEADS)})(?!\w)",
)
_QUALIFIER = {topic: folded_pattern(words) for topic, words in QUALIFIERS.items()}
_SIGN = re.compile(r"\s*(?:[.)*]\s*)?([:=]|->|-|\t|\|)(?:[\s:=.]|-(?=[\s-]))*|\s*[.);,]{0,3}\s*$")
_TO_COLON = re.compile(r"[^:;=@\d«»\"\t|.]{0,80}:")
_JOINT = re.compile(r"\s*(?:[,/;&+]|та|і|й)?\s*")
_TWO_NAMES = re.compile(r"[А-ЯІЇЄҐ][а-яіїєґ'’ʼ]+\s+[А-ЯІЇЄҐ][а-яіїєґ'’ʼ]+")
_LEADING = re.compile(r"[\s>*•·●▪◦‣+\-–—#]*(?:\(?\d{1,2}(?:[.)]|\s*-)(?!\d)[\d.)]*)?[\s*_•\-–—]*")

_EXPLICIT = folded_pattern(
    r"відповідальн|адмін|особист|персональн|повн|громад|отг|д[іи]со|"
    r"ісуо|область|регіон|edrpou|дрпо"
)
_VAGUE = folded_pattern(r"скорочен|коротк|робоч|службов|стаціонарн|\bроб|школа|^заклад|юридичн")
_SOMEBODY = folded_pattern(r"директор|керівник|завідувач|бухгалт|заступник|секретар")
_THE_SCHOOL = folded_pattern(
    r"закладу|школ[аи]|ззсо|ліцею|гімназії|установи|приймальн|факс|канцеляр|директор|керівник"
)
_THE_ADMIN = folded_pattern(r"відповідальн|адмін|особист|персональн")
_OUR = fold("наш")
_VALUE: dict[Topic, re.Pattern[str]] = {
    Item.EDRPOU: re.compile(r"[\s№(«\"#]{0,3}\d"),
    Item.DISO_ID: re.compile(r"[\s№(«\"#]{0,3}\d"),
    Item.ADMIN_PHONE: re.compile(r"\s*[+(]?\s*\d"),
    Item.ADMIN_EMAIL: re.compile(r"[\s(<]*[\w.+'-]{1,64}\s?@"),
    Item.ADMIN_NAME: re.compile(r"\s*[А-ЯІЇЄҐ]['’ʼа-яіїєґА-ЯІЇЄҐ-]"),
}
_CAPITAL = re.compile(r"\s*[А-ЯІЇЄҐ«\"№]")
_NOUN_OF_LABELS = folded_pattern(
    r"назва|найменування|отг|\bтг|громад|пункт|регіон|област|обл|прізв|ім'?я|батьк"
)


class _Spot(Enum):
    """Where in its line a word stands; a noun of places or schools may begin a value as well."""

    FIRST = "first"
    FIRST_NOUN = "first, and perhaps a value's own word"
    INSIDE = "inside"
    OWN_NOUN = "inside, and said to be the sender's own"


def labels_of(line: str) -> tuple[Label, ...]:
    """Return the labels of a line, left to right, that a value can follow.

    A word that is a label elsewhere is one here only where a sign, the shape of what follows or
    the beginning of the line says so: «область» after «Львівська» is not. Of several labels that
    share what follows them, «ПІБ, телефон: …», all but the last have nothing between them.
    """
    folded = fold(line)
    leading = _LEADING.match(line)
    beginning = leading.end() if leading else 0
    labels: list[Label] = []
    sharing: list[Label] = []
    place = 0
    while head := _HEAD.search(folded, place):
        first = head.start() <= beginning
        joined = sharing and _JOINT.fullmatch(folded, sharing[-1].end, head.start())
        label, announces = _label(line, folded, head, first=first or bool(joined))
        if announces:
            labels += [*sharing, label] if joined else [label]
        sharing = [*sharing, label] if not announces and joined else []
        if first and not announces:
            sharing = [label]
        place = max(label.end, head.end()) if announces or sharing else head.end()
    return tuple(labels)


def _spot(topic: Topic, words: str, *, first: bool) -> _Spot:
    if not first:
        own = topic is Item.SCHOOL_NAME and words.startswith(_OUR)
        return _Spot.OWN_NOUN if own else _Spot.INSIDE
    if topic is None or _NOUN_OF_LABELS.search(words):
        return _Spot.FIRST
    return _Spot.FIRST_NOUN


def _label(line: str, folded: str, head: re.Match[str], *, first: bool) -> tuple[Label, bool]:
    """Return what a word would be as a label, and whether it is one here."""
    topic = _topic(head)
    end = _past_qualifiers(line, folded, head)
    sign = _SIGN.match(folded, end)
    if not (sign and sign[1]):
        longer = _TO_COLON.match(folded, end)
        if longer and not _HEAD.search(folded, end, longer.end()):
            end = longer.end() - 1
            sign = _SIGN.match(folded, end)
    words = folded[head.start() : end]
    announces = _announces(line, topic, end, sign, _spot(topic, words, first=first))
    found = _topic_of(topic, words)
    past = sign.end() if sign else end
    return Label(found, _weight(found, words), head.start(), past, words), announces


def _topic(head: re.Match[str]) -> Topic:
    return HEADS[(head.lastindex or 1) - 1][0]


def _past_qualifiers(line: str, folded: str, head: re.Match[str]) -> int:
    known = _QUALIFIER[_topic(head)]
    end = head.end()
    while found := known.match(folded, end):
        if found.end() == end or _TWO_NAMES.search(line, found.start(), found.end()):
            break
        end = found.end()
    return end


def _announces(line: str, topic: Topic, end: int, sign: re.Match[str] | None, spot: _Spot) -> bool:
    """Tell whether a value, or the end of the line, follows as it follows a label."""
    if sign and sign[1] and sign[1] != "-":
        return True
    shape = _VALUE.get(topic)
    if shape and shape.match(line, sign.end() if sign else end):
        return True
    if sign:
        return _joins(line, topic, sign, spot)
    begins = not shape and spot is _Spot.FIRST
    return begins and (topic is None or bool(_CAPITAL.match(line, end)))


def _joins(line: str, topic: Topic, sign: re.Match[str], spot: _Spot) -> bool:
    """Tell whether a dash, or the end of the line, makes the words before it a label."""
    if spot is _Spot.OWN_NOUN:
        return bool(sign[1]) and bool(_CAPITAL.match(line, sign.end()))
    separates = not sign[1] or " " in sign[0] or sign.end() == len(line)
    return spot is not _Spot.INSIDE and (separates or topic is Item.REGION)


def _topic_of(topic: Topic, words: str) -> Topic:
    """Tell the administrator's contacts from those of the school and its head."""
    if topic not in (Item.ADMIN_NAME, Item.ADMIN_EMAIL, Item.ADMIN_PHONE):
        return topic
    others = _SOMEBODY if topic is Item.ADMIN_NAME else _THE_SCHOOL
    return None if others.search(words) and not _THE_ADMIN.search(words) else topic


def _weight(topic: Topic, words: str) -> int:
    if topic is Item.SCHOOL_NAME and _VAGUE.search(words):
        return 2
    if _EXPLICIT.search(words):
        return 0
    return 2 if _VAGUE.search(words) else 1


def topic_at_end(line: str) -> tuple[Topic, int] | None:
    """Return what the last words of a line name and where they begin: «12345678 (ЄДРПОУ)»."""
    folded = fold(line[:_LONGEST_TAIL])
    for head in _HEAD.finditer(folded):
        if _END.match(folded, _past_qualifiers(line, folded, head)):
            return _topic(head), head.start()
    return None


_LONGEST_TAIL = 200
_END = re.compile(r"[\s)\].;,]*$")
