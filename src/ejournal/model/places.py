"""Regions, and the codifier of administrative units and territories (КАТОТТГ)."""

from __future__ import annotations

import re
from enum import Enum
from typing import ClassVar

from attrs import frozen

from ejournal.errors import Invalid
from ejournal.model.spelling import Spelled, mixes_scripts, read, tidy, tidy_entry

__all__ = [
    "Katottg",
    "PlaceLevel",
    "PlaceName",
    "Region",
    "parse_katottg",
    "parse_place_name",
    "parse_region",
]


class Region(Enum):
    """The 27 regions under the codes of the codifier: 24 oblasts, Crimea and two cities."""

    CRIMEA = "UA01"
    VINNYTSIA = "UA05"
    VOLYN = "UA07"
    DNIPROPETROVSK = "UA12"
    DONETSK = "UA14"
    ZHYTOMYR = "UA18"
    ZAKARPATTIA = "UA21"
    ZAPORIZHZHIA = "UA23"
    IVANO_FRANKIVSK = "UA26"
    KYIV_OBLAST = "UA32"
    KIROVOHRAD = "UA35"
    LUHANSK = "UA44"
    LVIV = "UA46"
    MYKOLAIV = "UA48"
    ODESA = "UA51"
    POLTAVA = "UA53"
    RIVNE = "UA56"
    SUMY = "UA59"
    TERNOPIL = "UA61"
    KHARKIV = "UA63"
    KHERSON = "UA65"
    KHMELNYTSKYI = "UA68"
    CHERKASY = "UA71"
    CHERNIVTSI = "UA73"
    CHERNIHIV = "UA74"
    KYIV = "UA80"
    SEVASTOPOL = "UA85"

    @property
    def code(self) -> str:
        """The first four characters of every code in the region."""
        return self.value

    @property
    def label(self) -> str:
        """«Львівська область», «м. Київ», «Автономна Республіка Крим»."""
        oblast = _OBLASTS.get(self)
        return f"{oblast[0]} область" if oblast else _OTHERS[self][0]

    def __str__(self) -> str:
        return self.label


# The adjective, then what people call the land.
_OBLASTS: dict[Region, tuple[str, ...]] = {
    Region.VINNYTSIA: ("Вінницька", "Вінниччина"),
    Region.VOLYN: ("Волинська", "Волинь"),
    Region.DNIPROPETROVSK: ("Дніпропетровська", "Дніпропетровщина"),
    Region.DONETSK: ("Донецька", "Донеччина"),
    Region.ZHYTOMYR: ("Житомирська", "Житомирщина"),
    Region.ZAKARPATTIA: ("Закарпатська", "Закарпаття"),
    Region.ZAPORIZHZHIA: ("Запорізька", "Запоріжчина"),
    Region.IVANO_FRANKIVSK: ("Івано-Франківська", "Івано-Франківщина", "Прикарпаття"),
    Region.KYIV_OBLAST: ("Київська", "Київщина"),
    Region.KIROVOHRAD: ("Кіровоградська", "Кіровоградщина"),
    Region.LUHANSK: ("Луганська", "Луганщина"),
    Region.LVIV: ("Львівська", "Львівщина"),
    Region.MYKOLAIV: ("Миколаївська", "Миколаївщина"),
    Region.ODESA: ("Одеська", "Одещина"),
    Region.POLTAVA: ("Полтавська", "Полтавщина"),
    Region.RIVNE: ("Рівненська", "Рівненщина"),
    Region.SUMY: ("Сумська", "Сумщина"),
    Region.TERNOPIL: ("Тернопільська", "Тернопільщина"),
    Region.KHARKIV: ("Харківська", "Харківщина"),
    Region.KHERSON: ("Херсонська", "Херсонщина"),
    Region.KHMELNYTSKYI: ("Хмельницька", "Хмельниччина"),
    Region.CHERKASY: ("Черкаська", "Черкащина"),
    Region.CHERNIVTSI: ("Чернівецька", "Буковина"),
    Region.CHERNIHIV: ("Чернігівська", "Чернігівщина"),
}
_OTHERS: dict[Region, tuple[str, ...]] = {
    Region.CRIMEA: ("Автономна Республіка Крим", "АР Крим", "АРК", "Крим", "Республіка Крим"),
    Region.KYIV: ("м. Київ", "Київ", "місто Київ", "Київ місто", "м. Києва", "Київ м."),
    Region.SEVASTOPOL: (
        "м. Севастополь",
        "Севастополь",
        "місто Севастополь",
        "Севастополь місто",
        "Севастополь м.",
    ),
}
_OBLAST_WORD = frozenset({"область", "області", "областю", "обл", "обл-ть"})
_CASES = ("а", "ої", "ій", "у", "ою")
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"U[AА]\d\d", re.ASCII)
_LOOKALIKES = str.maketrans("aceiïopxykmthb", "асеіїорхукмтнв")


def _joined(text: str) -> str:
    return "".join(_WORD.findall(text.casefold()))


_ADJECTIVES = {
    _joined(names[0])[:-1] + ending: region
    for region, names in _OBLASTS.items()
    for ending in _CASES
}
_NAMES = (
    {_joined(name): region for region, names in _OBLASTS.items() for name in names[1:]}
    | {_joined(name): region for region, names in _OTHERS.items() for name in names}
    | _ADJECTIVES
)


def parse_region(text: str, field: str = "region") -> Region:
    """Read a region in any usual spelling: «Львівська обл.», «обл. Львівська», «Львівщина», «UA46».

    «Київ» is the city and «Київська» the oblast. A Latin letter typed for the Cyrillic one of the
    same shape is forgiven, since only 27 answers are possible. Raises `Invalid` for anything
    else, a town's name included.
    """
    tidied = tidy_entry(text, field)
    small = tidied.casefold()
    region = (
        _region_of_code(tidied) or _region_of(small) or _region_of(small.translate(_LOOKALIKES))
    )
    if region is None:
        raise Invalid(field, text, "unknown")
    return region


def _region_of_code(text: str) -> Region | None:
    code = text.upper()
    if not _CODE.fullmatch(code):
        return None
    return next((region for region in Region if region.code[2:] == code[2:]), None)


def _region_of(small: str) -> Region | None:
    words = _WORD.findall(small)
    names = [word for word in words if word not in _OBLAST_WORD]
    # «Київ область» must not become the city.
    return (_NAMES if names == words else _ADJECTIVES).get("".join(names))


class PlaceLevel(Enum):
    """What the zeros of a code say the place is; the codifier's letter says it more finely."""

    REGION = "region"
    RAION = "raion"
    COMMUNITY = "community"
    SETTLEMENT = "settlement"
    DISTRICT = "district"


_KATOTTG = re.compile(r"UA\d{17}", re.ASCII)
_CODES = frozenset(region.code for region in Region)
_LEVELS = (
    (slice(12, 14), PlaceLevel.DISTRICT),
    (slice(9, 12), PlaceLevel.SETTLEMENT),
    (slice(6, 9), PlaceLevel.COMMUNITY),
    (slice(4, 6), PlaceLevel.RAION),
)


@frozen
class Katottg(Spelled):
    """A code of the codifier: UA and 17 digits, the first two of a known region (rule 79).

    It has no check digit: whether the place exists only a directory can tell.
    """

    field: ClassVar[str] = "katottg"

    @staticmethod
    def fault(text: str) -> str:
        if len(text) != 19:
            return "length"
        if not _KATOTTG.fullmatch(text):
            return "look-alike" if mixes_scripts(text[:2]) or text[:2] == "УА" else "pattern"
        return "" if text[:4] in _CODES else "unknown"

    @property
    def region(self) -> Region:
        """The region whose code begins this one."""
        return Region(self.text[:4])

    @property
    def level(self) -> PlaceLevel:
        """The deepest level that is not zero; the two cities of special status are regions."""
        found = (level for digits, level in _LEVELS if self.text[digits].strip("0"))
        return next(found, PlaceLevel.REGION)


def parse_katottg(text: str, field: str = "katottg") -> Katottg:
    """Read a code in either case, with spaces anywhere.

    Raises `Invalid`; Cyrillic letters in place of UA are refused by that name.
    """
    return read(Katottg, text, tidy_entry(text, field).replace(" ", "").upper(), field)


@frozen
class PlaceName(Spelled):
    """A place's name without stray spaces; the codifier's own file has 319 with one (rule 81)."""

    field: ClassVar[str] = "place"

    @staticmethod
    def fault(text: str) -> str:
        if not text:
            return "absent"
        return "" if text == tidy(text) else "normal-form"


def parse_place_name(text: str, field: str = "place") -> PlaceName:
    """Read a name from the codifier or a letter; raises `Invalid` if nothing is left."""
    return read(PlaceName, text, tidy_entry(text, field), field)
