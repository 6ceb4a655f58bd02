"""The words by which schools name the items of a request.

Labels are looked for in folded text: small letters, Latin ones made the Cyrillic ones of the same
shape, one apostrophe, one dash. Folding keeps the length, so places found in folded text are
places in the letter.
"""

from __future__ import annotations

import re
from enum import Enum

from attrs import evolve, frozen

from ejournal.model.request_items import Item

__all__ = ["Label", "NamePart", "Topic", "fold", "folded_pattern", "labels_of", "topic_at_end"]


class NamePart(Enum):
    """A part of the administrator's name where each has a label of its own."""

    FAMILY = "family"
    GIVEN = "given"
    PATRONYMIC = "patronymic"


Topic = Item | NamePart | None
"""What a label announces; None is something that the letter does not ask for."""


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


_SAME_SHAPE = str.maketrans("aceiopxykmthbïë", "асеіорхукмтнвїе")
_SAME_SIGN = str.maketrans("’ʼ‘`´′ʹ＇‐‑‒–—−―／", "''''''''-------/")


def fold(text: str) -> str:
    """Return the text as labels are compared, of the same length."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return small.translate(_SAME_SHAPE).translate(_SAME_SIGN)


def folded_pattern(written: str) -> re.Pattern[str]:
    """Return a regular expression for folded text; its letters are folded, its escapes are not."""
    return re.compile(_folded(written))


def _folded(written: str) -> str:
    unspaced = re.sub(r"\s*\n\s*", "", written)
    return _ESCAPE_OR_TEXT.sub(
        lambda piece: piece[0] if piece[0].startswith("\\") else fold(piece[0]), unspaced
    )


_ESCAPE_OR_TEXT = re.compile(r"\\.|[^\\]+")
_SYSTEM = r"""(?:державн\w{1,3} інформаційн\w{1,3} систем\w{1,2} освіти|(?:систем\w{1,2} )?
(?:ітс |іс |пак )?[«"„“']?\b(?:д[іи]со|diso|ісуо|аіком)\b[»"”“']?)"""
_SCHOOL = r"""(?:закладу|заклад|школи|школа|ззсо|зо|зсо|установи|ліцею|гімназії|організації)
(?: загальної)?(?: середньої)?(?: освіти)?(?: \(установи\))?"""
_PLACE = r"""(?:міст[оаі]|м\.(?=/)|сел[оа]|селищ[еа]|смт|м?отг|с?тг|громад[аи]|нас\. ?пункт
|населен\w{2} пункту?|(?:об'?єднан\w{2} )?територіальн\w{1,2} громад\w)"""

_HEADS: tuple[tuple[Topic, str], ...] = (
    (
        None,
        r"""(?:юридичн\w+ |фактичн\w+ |поштов\w+ |домашн\w+ )(?:та \w+ )?адреса
|(?<!особиста )адреса(?! ел)(?! поштової скриньки)|(?:поштовий )?індекс|(?:веб[- ]?)?сайт(?:у)?|факс
|(?:адміністративний )?район|дата|посада|(?:загальна )?кількість|вих\.|вхід\.|р/р|iban
|іпн|рнокпп|к[оа]т[оа]т+г|к[оа]ату+|форма власності|тип закладу|засновник|мова навчання
|примітк[аи]|viber|telegram|тема|дата народження|(?:заступник )?директор(?:ка)?|керівник
|завідувач(?:ка)?|секретар|начальник|підпис|виконавець|вик\.|бухгалтер""",
    ),
    (
        Item.DISO_ID,
        rf"""(?:унікальн\w+ )?(?:(?:i[dд]|ід|ідентифікатор|ідентифікаційний номер|номер|код|№)
\.?[- ]?(?:№|номер|код)?(?: {_SCHOOL}| наш\w+ {_SCHOOL})?(?: ?(?:[ув]|із|за|по|для|\(|-))?
 ?{_SYSTEM}\)?|{_SYSTEM}(?: ?[-(]? ?(?:i[dд]|ід|код|номер|№)\b\)?)?
|i[dд][- ]?(?:номер)?(?: {_SCHOOL})?(?: [ув] системі)?|ід (?:{_SCHOOL}|[ув] системі)
|ідентифікатор(?: {_SCHOOL})?)""",
    ),
    (
        Item.EDRPOU,
        rf"""(?:(?:ідентифікаційний )?(?:код|номер|№)\.?(?: {_SCHOOL})?(?: юридичної особи)?
(?: ?(?:за|по|згідно(?: з)?|[вузі]|із|\(|-))? ?(?:[єе]др ?пуо|[єеэ][др]{{2}}по?у?|edrpou)\)?
|[єеэ][др]{{2}}по?у?|edrpou|ідентифікаційний код(?: юридичної особи)?)""",
    ),
    (
        Item.ADMIN_EMAIL,
        r"""(?:(?:особист\w{1,2}|контактн\w{1,2}|персональн\w{1,2}|робоч\w{1,2}|службов\w{1,2}) )?
(?:(?:електронн\w{1,2}|електр\.|елект?\.|ел\.?|эл\.|е[-.])[ -]?
(?:пошт(?:а|и|у|ова адреса|ова скринька)|адрес[аиу]|адр\.|скринька)
|особиста адреса|адрес[аи] (?:електронної пошти|ел\. ?пошти|електронної скриньки|поштової скриньки)
|е ?[-.]? ?mail(?: ?адреса| ?address)?|е-?мейл|[іи]-?мейл|[іе]-?м[ае]йл|мейл|пошта|gmail|mail
|(?:поштова )?скринька)(?: ?[/(,] ?(?:e ?- ?mail|email|електронна пошта)\)?)?""",
    ),
    (
        Item.ADMIN_PHONE,
        r"""(?:(?:номер|№) )?(?:(?:контактн\w{1,3}|мобільн\w{1,3}|особист\w{1,3}|робоч\w{1,3}|моб\.
|конт\.|службов\w{1,3}|стаціонарн\w{1,3}) ?){0,2}(?:телефон(?:у|и|ом)?|тел(?:\.|\b)|т\.(?= ?[+(\d:])
|phone|tel\b\.?)(?: ?/ ?факс)?
(?: ?\(?(?:моб(?:\.|ільний)?|роб(?:\.|очий)?|mob\.?)\)?)?
|моб(?:\.|ільний)?(?: номер)?|mobile|контактний номер|номер мобільного""",
    ),
    (
        Item.ADMIN_NAME,
        r"""п\.? ?і\.? ?[бп]\b\.?|фіо|фио|відповідальн(?:а|ий)(?: ?[/(]?(?:ий|а)\)?)?
(?: особа| працівник| співробітник| педагог| вчитель| учитель)?(?= |$|[^\w ])
|адміністратор(?:ка)?|адмін|контактна особа
|прізвище,?(?: та| і)? (?:власне )?(?:ім'?я|им'?я)(?:,? ?(?:та |і )?(?:по[- ]?батькові|патронім))?
|ім'?я(?:,| та| і)? (?:по[- ]?батькові(?:,| та| і)? )?прізвище""",
    ),
    (NamePart.FAMILY, "прізвище"),
    (NamePart.GIVEN, "(?:власне )?ім'?я"),
    (NamePart.PATRONYMIC, "по[- ]?батькові"),
    (
        Item.COMMUNITY,
        rf"""(?:назва )?{_PLACE}(?: ?(?:/|\\|,|\(|чи|або|та|і|-)? ?{_PLACE}\)?){{0,3}}""",
    ),
    (
        Item.REGION,
        r"(?:назва )?(?:регіон|регион|област(?:ь|і)|обл\.?|region|oblast)(?: ?[(/,] ?(?:область|регіон|обл\.)\)?)?",
    ),
    (
        Item.SCHOOL_NAME,
        rf"""(?:(?:повна|повне|скорочена|коротка|офіційна|юридична) )?(?:(?:назва|найменування)
(?: (?:нашого |вашого )?(?:навчального |загальноосвітнього |опорного )?{_SCHOOL})?
|(?:навчальний |загальноосвітній )?заклад(?: загальної середньої)?(?: освіти)?|школа|ззсо)""",
    ),
)

_NAMES = {f"t{number}": topic for number, (topic, _) in enumerate(_HEADS)}
_HEAD = re.compile(
    r"(?<![\w@])(?:"
    + "|".join(f"(?P<t{number}>{_folded(head)})" for number, (_, head) in enumerate(_HEADS))
    + r")(?!\w)"
)

_QUALIFIER = folded_pattern(rf"""[ ,]*(?:\([^()@\d]{{1,80}}\)|\b(?:{_SCHOOL}|освіти|наш\w{{1,3}}|його|її|від)\b
|відповідальн\w{{2,3}}|особи|особа|адміністратор\w{{0,3}}|директор\w{{0,3}}|керівник\w{{0,3}}
|із зазначенням|з зазначенням|із вказанням|(?:[ув]|з|за|для|та|і) (?:його |її )?(?:i[dд]\b|ід\b)
|(?:i[dд]|ід)\b(?= ?(?:[ув] |\(|систем|ітс|[«"]?дісо))|(?:[ув] )?{_SYSTEM}|[ув] систем[іи]
|(?:для|за|з|по|на|із|яка|який|що) [^\W\d_][^:;=@\d«»"\t]{{0,60}}(?=:)
|для зв'язку|повністю|повна|особист\w{{1,2}}|контактн\w{{1,2}}|мобільн\w{{1,3}}|моб\.|роб\.|роб
|робоч\w{{1,2}}|приймальн\w{{1,2}}|канцелярії|обов'язково|без скорочень|українською|№|номер)(?![^\W_])""")
_SIGN = re.compile(r"\s*(?:[.)*]\s*)?([:=]|->|-|\t|\|)[\s:=.\-]*|\s*[.);,]{0,3}\s*$")
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
_VALUE = {
    Item.EDRPOU: re.compile(r"[\s№(«\"#]{0,3}\d"),
    Item.DISO_ID: re.compile(r"[\s№(«\"#]{0,3}\d"),
    Item.ADMIN_PHONE: re.compile(r"\s*[+(]?\s*\d"),
    Item.ADMIN_EMAIL: re.compile(r"[\s(<]*[\w.+'-]{1,64}\s?@"),
    Item.ADMIN_NAME: re.compile(r"\s*[А-ЯІЇЄҐ]['’ʼа-яіїєґА-ЯІЇЄҐ-]"),
}
_AT_START = {
    Item.REGION: re.compile(r"\s*[А-ЯІЇЄҐ]"),
    Item.COMMUNITY: re.compile(r"\s*[А-ЯІЇЄҐ]"),
    Item.SCHOOL_NAME: re.compile(r"\s*[А-ЯІЇЄҐ«\"№]"),
    NamePart.FAMILY: re.compile(r"\s*[А-ЯІЇЄҐ]"),
    NamePart.GIVEN: re.compile(r"\s*[А-ЯІЇЄҐ]"),
    NamePart.PATRONYMIC: re.compile(r"\s*[А-ЯІЇЄҐ]"),
}


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


class _Spot(Enum):
    """Where in its line a word stands; a noun of places or schools may begin a value as well."""

    FIRST = "first"
    FIRST_NOUN = "first, and perhaps a value's own word"
    INSIDE = "inside"


_NOUN_OF_LABELS = folded_pattern(
    r"назва|найменування|отг|\bтг|громад|пункт|регіон|област|обл|прізв|ім'?я|батьк"
)


def _spot(topic: Topic, words: str, *, first: bool) -> _Spot:
    if not first:
        return _Spot.INSIDE
    if topic is None or _NOUN_OF_LABELS.search(words):
        return _Spot.FIRST
    return _Spot.FIRST_NOUN


def _label(line: str, folded: str, head: re.Match[str], *, first: bool) -> tuple[Label, bool]:
    """Return what a word would be as a label, and whether it is one here."""
    topic = _NAMES[head.lastgroup or "t0"]
    end = _past_qualifiers(line, folded, head.end())
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


def _past_qualifiers(line: str, folded: str, end: int) -> int:
    while found := _QUALIFIER.match(folded, end):
        if _TWO_NAMES.search(line, found.start(), found.end()):
            break
        end = found.end()
    return end


def _announces(line: str, topic: Topic, end: int, sign: re.Match[str] | None, place: _Spot) -> bool:
    """Tell whether a value, or the end of the line, follows as it follows a label."""
    if sign and sign[1] and sign[1] != "-":
        return True
    shape = _VALUE.get(topic) if isinstance(topic, Item) else None
    if shape and shape.match(line, sign.end() if sign else end):
        return True
    if sign and sign[1]:
        whole = " " in sign[0] or topic is Item.REGION or sign.end() == len(line)
        return place is not _Spot.INSIDE and whole
    if sign:
        return place is not _Spot.INSIDE
    if shape or place is not _Spot.FIRST:
        return False
    return topic is None or bool(_AT_START[topic].match(line, end))


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
        if _END.match(folded, _past_qualifiers(line, folded, head.end())):
            return _NAMES[head.lastgroup or "t0"], head.start()
    return None


_LONGEST_TAIL = 200
_END = re.compile(r"[\s)\].;,]*$")
