"""The words by which schools name the items of a request.

They are looked for in folded text: small letters, Latin ones made the Cyrillic ones of the same
shape, one apostrophe, one dash. Folding keeps the length, so places found in folded text are
places in the letter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from ejournal.model.request_items import Item

__all__ = ["HEADS", "QUALIFIERS", "NamePart", "Topic", "fold", "folded_pattern"]


class NamePart(Enum):
    """A part of the administrator's name where each has a label of its own."""

    FAMILY = "family"
    GIVEN = "given"
    PATRONYMIC = "patronymic"


Topic = Item | NamePart | None
"""What a label announces; None is something that the letter does not ask for."""

_SAME_SHAPE = str.maketrans("aceiopxykmthbïë", "асеіорхукмтнвїе")
_SAME_SIGN = str.maketrans("’ʼ‘`´′ʹ＇‐‑‒–—−―／", "''''''''-------/")
_BREAK = re.compile(r"\n\s*")
_ESCAPE_OR_TEXT = re.compile(r"\\.|[^\\]+")


def fold(text: str) -> str:
    """Return the text as labels are compared, of the same length."""
    small = text.lower()
    if len(small) != len(text):
        small = "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)
    return small.translate(_SAME_SHAPE).translate(_SAME_SIGN)


def folded_pattern(written: str) -> re.Pattern[str]:
    """Return a regular expression for folded text.

    Its letters are folded, its escapes are not, and line breaks are left out with the spaces
    after them.
    """
    return re.compile(
        _ESCAPE_OR_TEXT.sub(
            lambda piece: piece[0] if piece[0].startswith("\\") else fold(piece[0]),
            _BREAK.sub("", written),
        )
    )


_SYSTEM = r"""(?:державн\w{1,3} інформаційн\w{1,3} систем\w{1,2} освіти
|(?:систем\w{1,2} )?(?:ітс |іс |пак )?[«"„“']?\b(?:д[іи]со|diso|ісуо|аіком)\b[»"”“']?)"""
_SCHOOL = r"""(?:закладу|заклад|школи|школа|ззсо|зо|зсо|установи|ліцею|гімназії|організації)
(?: загальної)?(?: середньої)?(?: освіти)?(?: \(установи\))?"""
_PLACE = r"""(?:міст[оаі]|м\.(?=/)|сел[оа]|селищ[еа]|смт|м?отг|с?тг|громад[аи]
|нас\. ?пункт|населен\w{2} пункту?|(?:об'?єднан\w{2} )?територіальн\w{1,2} громад\w)"""

_NOT_ASKED = r"""(?:юридичн\w+ |фактичн\w+ |поштов\w+ |домашн\w+ )(?:та \w+ )?адреса
|(?<!особиста )адреса(?! ел)(?! поштової скриньки)|(?:поштовий )?індекс
|(?:веб[- ]?)?сайт(?:у)?|факс|(?:адміністративний )?район|дата|дата народження|посада
|(?:загальна )?кількість|вих\.|вхід\.|р/р|iban|іпн|рнокпп|к[оа]т[оа]т+г|к[оа]ату+
|форма власності|тип закладу|засновник|мова навчання|примітк[аи]|viber|telegram|тема
|(?:заступник )?директор(?:ка)?|керівник|завідувач(?:ка)?|секретар|начальник
|підпис|виконавець|вик\.|бухгалтер(?:ія)?|приймальня|канцелярія"""

_DISO_ID = rf"""(?:унікальн\w+ )?
(?:(?:i[dд]|ід|ідентифікатор|ідентифікаційний номер|номер|код|№)
\.?[- ]?(?:№|номер|код)?(?: {_SCHOOL}| наш\w+ {_SCHOOL})?
(?: ?(?:[ув]|із|за|по|для|\(|-))?(?: ?{_SYSTEM}\)?)
|{_SYSTEM}(?: ?[-(]? ?(?:i[dд]|ід|код|номер|№)\b\)?)?
|i[dд][- ]?(?:номер)?(?: {_SCHOOL})?(?: [ув] системі)?
|ід (?:{_SCHOOL}|[ув] системі)|ідентифікатор(?: {_SCHOOL})?)"""

_EDRPOU = rf"""(?:ідентифікаційний )?(?:код|номер|№)\.?(?: {_SCHOOL})?(?: юридичної особи)?
(?: ?(?:за|по|згідно(?: з)?|[вузі]|із|\(|-))?
(?: ?(?:[єе]др ?пуо|[єеэ][др]{{2}}по?у?|edrpou)\)?)
|[єеэ][др]{{2}}по?у?|edrpou|ідентифікаційний код(?: юридичної особи)?"""

_EMAIL = r"""(?:(?:особист|контактн|персональн|робоч|службов)\w{1,2} )?
(?:(?:електронн\w{1,2}|електр\.|елект?\.|ел\.?|эл\.|е[-.])
(?:[ -]?(?:пошт(?:а|и|у|ова адреса|ова скринька)|адрес[аиу]|адр\.|скринька))
|адрес[аи] (?:електронної пошти|ел\. ?пошти|електронної скриньки|поштової скриньки)
|особиста адреса|е ?[-.]? ?mail(?: ?адреса| ?address)?
|е-?мейл|[іи]-?мейл|[іе]-?м[ае]йл|мейл|електронка|е-?адреса|пошта|gmail|mail
|(?:поштова )?скринька)(?: ?[/(,] ?(?:e ?- ?mail|email|електронна пошта)\)?)?"""

_PHONE = r"""(?:(?:номер|№) )?
(?:(?:(?:контактн|мобільн|особист|робоч|службов|стаціонарн)\w{1,3}|моб\.|конт\.) ?){0,2}
(?:телефон(?:у|и|ом)?|тел(?:\.|\b)|т\.(?= ?[+(\d:])|phone|tel\b\.?)(?: ?/ ?факс)?
(?: ?\(?(?:моб(?:\.|ільний)?|роб(?:\.|очий)?|mob\.?)\)?)?
|моб(?:\.|ільний)?(?: номер)?|mobile|контактний номер|номер мобільного"""

_NAME = r"""п\.? ?і\.? ?[бп]\b\.?|фіо|фио|відповідальн(?:а|ий)(?: ?[/(]?(?:ий|а)\)?)?
(?: особа| працівник| співробітник| педагог| вчитель| учитель)?(?= |$|[^\w ])
|адміністратор(?:ка)?|адмін|контактна особа|прізвище,?(?: та| і)?
(?: (?:власне )?(?:ім'?я|им'?я)(?:,? ?(?:та |і )?(?:по[- ]?батькові|патронім))?)
|ім'?я(?:,| та| і)? (?:по[- ]?батькові(?:,| та| і)? )?прізвище"""

_COMMUNITY = rf"""(?:назва )?{_PLACE}
(?: ?(?:/|\\|,|\(|чи|або|та|і) ?{_PLACE}\)?){{0,3}}"""

_REGION = r"""(?:назва )?(?:регіон|регион|област(?:ь|і)|обл\.?|region|oblast)
(?: ?[(/,] ?(?:область|регіон|обл\.)\)?)?"""

_SCHOOL_NAME = rf"""(?:(?:повна|повне|скорочена|коротка|офіційна|юридична) )?
(?:назва|найменування)
(?: (?:нашого |вашого )?(?:навчального |загальноосвітнього |опорного )?{_SCHOOL})?
|(?:наш |навчальний |загальноосвітній ){{0,2}}заклад(?: загальної середньої)?(?: освіти)?
|(?:наша )?школа|наша гімназія|наш ліцей|ззсо"""

HEADS: tuple[tuple[Topic, str], ...] = (
    (None, _NOT_ASKED),
    (Item.DISO_ID, _DISO_ID),
    (Item.EDRPOU, _EDRPOU),
    (Item.ADMIN_EMAIL, _EMAIL),
    (Item.ADMIN_PHONE, _PHONE),
    (Item.ADMIN_NAME, _NAME),
    (NamePart.FAMILY, "прізвище"),
    (NamePart.GIVEN, "(?:власне )?ім'?я"),
    (NamePart.PATRONYMIC, "по[- ]?батькові"),
    (Item.COMMUNITY, _COMMUNITY),
    (Item.REGION, _REGION),
    (Item.SCHOOL_NAME, _SCHOOL_NAME),
)
"""The words that begin a label, by what they announce; earlier ones are tried first."""

_ANY = r"""\([^()@\d]{1,80}\)|\b(?:наш\w{1,3}|його|її|від)\b|повністю|обов'язково|без скорочень
|(?:для|за|з|по|на|із|яка|який|що) [^\W\d_][^:;=@\d«»"\t]{0,60}(?=:)|№|номер"""
_OF_SCHOOL = rf"""\b(?:{_SCHOOL}|освіти)\b|повна|українською|[ув] (?:системі(?: дісо)?|дісо)"""
_OF_PERSON = rf"""\b(?:{_SCHOOL}|освіти)\b|відповідальн\w{{2,3}}|особи|особа
|/?адміністратор\w{{0,3}}|директор\w{{0,3}}|керівник\w{{0,3}}|канцелярії|моб\.|роб\.|роб
|(?:особист|контактн|мобільн|робоч|приймальн)\w{{1,3}}|для зв'язку"""
_WITH_ID = rf"""[ ,]*(?:(?:із|з|та|і|\+) (?:зазначенням |вказанням )?)?(?:його |її )?
(?:i[dд]\b|ід\b|(?:[ув] )?{_SYSTEM}|[ув] систем[іи])(?![^\W_])"""
_PLAIN = rf" *(?:{_ANY})(?![^\W_])"
_CODE = rf" *(?:{_ANY}|{_OF_SCHOOL})(?![^\W_])"
_PERSON = rf" *(?:{_ANY}|{_OF_PERSON})(?![^\W_])"

QUALIFIERS: Mapping[Topic, str] = {
    Item.SCHOOL_NAME: rf"(?:{_CODE})|(?:{_WITH_ID})",
    Item.DISO_ID: _CODE,
    Item.EDRPOU: _CODE,
    Item.ADMIN_NAME: _PERSON,
    Item.ADMIN_EMAIL: _PERSON,
    Item.ADMIN_PHONE: _PERSON,
    Item.REGION: _PLAIN,
    Item.COMMUNITY: _PLAIN,
    NamePart.FAMILY: _PERSON,
    NamePart.GIVEN: _PERSON,
    NamePart.PATRONYMIC: _PERSON,
    None: _CODE,
}
"""The words that may follow the first ones of a label."""
