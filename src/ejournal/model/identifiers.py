"""What a school and its people are known by outside this library.

Each type holds only the normal form; each `parse_…` accepts what people write, and both raise
`Invalid` with the reason. Names, places and contacts live in modules of their own and are
offered here too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from enum import Enum
from typing import ClassVar

from attrs import frozen

from ejournal.errors import Invalid
from ejournal.model.collation import collation_key
from ejournal.model.contacts import (
    ContactPhone,
    Email,
    Phone,
    parse_email,
    parse_phone,
    read_contact_phone,
)
from ejournal.model.names import Alphabet, PersonName, parse_person_name
from ejournal.model.places import (
    Katottg,
    PlaceLevel,
    PlaceName,
    Region,
    parse_katottg,
    parse_place_name,
    parse_region,
)
from ejournal.model.spelling import Spelled, read, tidy, tidy_entry

__all__ = [
    "Alphabet",
    "BirthCertificate",
    "ClassLabel",
    "ContactPhone",
    "DisoId",
    "Edrpou",
    "EducationLevel",
    "Email",
    "Katottg",
    "PersonName",
    "Phone",
    "PlaceLevel",
    "PlaceName",
    "Region",
    "Rnokpp",
    "SchoolType",
    "Sex",
    "Unzr",
    "collation_key",
    "highest_type",
    "parse_birth_certificate",
    "parse_class_label",
    "parse_diso_id",
    "parse_edrpou",
    "parse_email",
    "parse_katottg",
    "parse_person_name",
    "parse_phone",
    "parse_place_name",
    "parse_region",
    "parse_rnokpp",
    "parse_unzr",
    "read_contact_phone",
    "roman_class_label",
]

_DIGITS = re.compile(r"\d+", re.ASCII)
# The ledger spells it as a number, and a double holds no greater one exactly.
_GREATEST_NUMBER = 2**53 - 1
_EPOCH = date(1899, 12, 31)
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def _fault_of_digits(text: str, length: int) -> str:
    if not _DIGITS.fullmatch(text):
        return "digits"
    return "" if len(text) == length else "length"


@frozen
class Edrpou(Spelled):
    """A code of the state register of enterprises: eight digits, leading zeros kept (rule 76)."""

    field: ClassVar[str] = "edrpou"

    @staticmethod
    def fault(text: str) -> str:
        from stdnum.ua import edrpou

        shape = _fault_of_digits(text, 8)
        return shape or ("" if edrpou.is_valid(text) else "checksum")


def parse_edrpou(text: str, field: str = "edrpou") -> Edrpou:
    """Read eight digits with spaces anywhere between them.

    Raises `Invalid` for a code that lost its leading zeros too: nothing is guessed.
    """
    return read(Edrpou, text, tidy_entry(text, field).replace(" ", ""), field)


class Sex(Enum):
    """What a tax number says of its holder."""

    MALE = "male"
    FEMALE = "female"


@frozen
class Rnokpp(Spelled):
    """A number of the taxpayers' register: ten digits (rule 77). A pupil may have none."""

    field: ClassVar[str] = "rnokpp"
    personal: ClassVar[bool] = True

    @staticmethod
    def fault(text: str) -> str:
        from stdnum.ua import rntrc

        shape = _fault_of_digits(text, 10)
        return shape or ("" if rntrc.is_valid(text) else "checksum")

    @property
    def birth_date(self) -> date:
        """The day that the first five digits count from 31 December 1899 (rule 78)."""
        return _EPOCH + timedelta(days=int(self.text[:5]))

    @property
    def sex(self) -> Sex:
        """Male where the ninth digit is odd."""
        return Sex.MALE if int(self.text[8]) % 2 else Sex.FEMALE


def parse_rnokpp(text: str, field: str = "rnokpp") -> Rnokpp:
    """Read ten digits with spaces anywhere between them; raises `Invalid` otherwise."""
    return read(Rnokpp, text, tidy_entry(text, field, personal=True).replace(" ", ""), field)


@frozen
class DisoId:
    """A school's number in the state's information system, ДІСО and АІКОМ alike."""

    number: int

    def __attrs_post_init__(self) -> None:
        if not 0 < self.number <= _GREATEST_NUMBER:
            raise Invalid("diso_id", str(self.number), "range")

    def __str__(self) -> str:
        return str(self.number)


def parse_diso_id(text: str, field: str = "diso_id") -> DisoId:
    """Read a positive number, with spaces between the digits and «№» before them or without.

    Raises `Invalid` for anything else.
    """
    digits = tidy_entry(text, field).removeprefix("№").replace(" ", "")
    if not _DIGITS.fullmatch(digits):
        raise Invalid(field, text, "digits")
    if len(digits) > 16 or not 0 < int(digits) <= _GREATEST_NUMBER:
        raise Invalid(field, text, "range")
    return DisoId(int(digits))


@frozen
class Unzr(Spelled):
    """A number of the demographic register: the birth date and five digits, `20100402-01234`.

    Its last digit is a check digit whose rule is not confirmed, so it is not checked.
    """

    field: ClassVar[str] = "unzr"
    personal: ClassVar[bool] = True

    @staticmethod
    def fault(text: str) -> str:
        if not re.fullmatch(r"\d{8}-\d{5}", text, re.ASCII):
            return "pattern"
        try:
            date.fromisoformat(text[:8])
        except ValueError:
            return "date"
        return ""

    @property
    def birth_date(self) -> date:
        """The day that the first eight digits are."""
        return date.fromisoformat(self.text[:8])


def parse_unzr(text: str, field: str = "unzr") -> Unzr:
    """Read thirteen digits, with spaces, any dash or nothing after the eighth.

    Raises `Invalid` for another count of digits or a day that does not exist.
    """
    digits = re.sub(r"[ ‐‑–—−-]", "", tidy_entry(text, field, personal=True))
    return read(Unzr, text, f"{digits[:8]}-{digits[8:]}", field)


_SERIES = re.compile(r"(?=[XVI])X{0,3}(?:IX|IV|V?I{0,3})-[А-ЩЬЮЯЄІЇҐ]{2}")
_CERTIFICATE = re.compile(r"([IVXІХ]+)[ ‐‑–—−-]*(\w{2}) ?(?:№|NO?\.?)? ?([0-9]{6})")
_TO_LATIN = str.maketrans("ІХ", "IX")
_TO_CYRILLIC = str.maketrans("ABCEHIKMOPTX", "АВСЕНІКМОРТХ")


@frozen
class BirthCertificate:
    """Series and number of a birth certificate: `I-СГ`, `123456`.

    The Roman number is in Latin letters, the two letters after it are Cyrillic.
    """

    series: str
    number: str

    def __attrs_post_init__(self) -> None:
        if not _SERIES.fullmatch(self.series):
            raise Invalid("series", self.series, "pattern", personal=True)
        reason = _fault_of_digits(self.number, 6)
        if reason:
            raise Invalid("number", self.number, reason, personal=True)

    def __str__(self) -> str:
        return f"{self.series} № {self.number}"


def parse_birth_certificate(text: str, field: str = "birth_certificate") -> BirthCertificate:
    """Read «I-СГ № 123456», «І СГ 123456» and the like, whichever keyboard typed the letters.

    Raises `Invalid` where a part is missing or the Roman number is none.
    """
    found = _CERTIFICATE.fullmatch(tidy_entry(text, field, personal=True).upper())
    series = f"{found[1].translate(_TO_LATIN)}-{found[2].translate(_TO_CYRILLIC)}" if found else ""
    if not found or not _SERIES.fullmatch(series):
        raise Invalid(field, text, "pattern", personal=True)
    return BirthCertificate(series, found[3])


_LABEL = re.compile(r"([0-9]+) ?-? ?([^\W\d_])(?: кл(?:ас)?\.?)?", re.IGNORECASE)
_QUOTES = str.maketrans(dict.fromkeys("«»„“”\"'’", "") | dict.fromkeys("‐‑–—−", "-"))
_LETTERS = frozenset("АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ")
_SAME_SOUND = str.maketrans("AEIKMOT", "АЕІКМОТ")


@frozen
class ClassLabel:
    """A class as it is called: grade 1-12 and a Ukrainian capital, «5-А» (rules 13 and 14)."""

    grade: int
    letter: str

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.grade <= len(_ROMAN):
            raise Invalid("grade", str(self.grade), "range")
        if self.letter not in _LETTERS:
            raise Invalid("letter", self.letter, "alphabet")

    def __str__(self) -> str:
        return f"{self.grade}-{self.letter}"


def parse_class_label(text: str, field: str = "class_label") -> ClassLabel:
    """Read «5-А», «5А», «5 - а», «5-"А"» or «5-А клас».

    A Latin A, E, I, K, M, O or T is the Cyrillic letter of the same shape and sound. Raises
    `Invalid` for the rest: B, C, H, P and X look like one Ukrainian letter and sound like another.
    """
    found = _LABEL.fullmatch(tidy(tidy_entry(text, field).translate(_QUOTES)))
    if not found:
        raise Invalid(field, text, "pattern")
    if not 1 <= int(found[1][:3]) <= len(_ROMAN):
        raise Invalid(field, text, "range")
    letter = found[2].upper().translate(_SAME_SOUND)
    if letter not in _LETTERS:
        raise Invalid(field, text, "look-alike" if letter.isascii() else "alphabet")
    return ClassLabel(int(found[1]), letter)


def roman_class_label(label: ClassLabel) -> str:
    """Return «V-А»: the title page of a primary class in the form of order № 412 of 2015."""
    return f"{_ROMAN[label.grade - 1]}-{label.letter}"


class EducationLevel(Enum):
    """The levels of school education, lowest first: grades 1-4, 5-9 and 10-12."""

    PRIMARY = 1
    BASE = 2
    PROFILE = 3


class SchoolType(Enum):
    """The type that the law gives a school; older names stay in the school's own text."""

    PRIMARY = "primary"
    GYMNASIUM = "gymnasium"
    LYCEUM = "lyceum"

    @property
    def label(self) -> str:
        """«початкова школа», «гімназія», «ліцей»."""
        return _TYPE_LABELS[self]


_TYPE_LABELS = {
    SchoolType.PRIMARY: "початкова школа",
    SchoolType.GYMNASIUM: "гімназія",
    SchoolType.LYCEUM: "ліцей",
}
_TYPES = {
    EducationLevel.PRIMARY: SchoolType.PRIMARY,
    EducationLevel.BASE: SchoolType.GYMNASIUM,
    EducationLevel.PROFILE: SchoolType.LYCEUM,
}


def highest_type(levels: Iterable[EducationLevel]) -> SchoolType:
    """Return the type of a school that teaches these levels: that of the highest (rule 85).

    Raises `Invalid` when there is no level.
    """
    taught = set(levels)
    if not taught:
        raise Invalid("levels", "", "absent")
    return _TYPES[max(taught, key=lambda level: level.value)]
