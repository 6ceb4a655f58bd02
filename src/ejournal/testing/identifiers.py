"""Hypothesis strategies for what a school and its people are known by.

Every value is in its normal form and survives its parser: `parse_edrpou(str(x)) == x`. Edges that
random digits seldom reach are drawn on purpose: leading zeros, check digits that take a second
pass, one-letter names, apostrophes, double names, domains in Cyrillic.
"""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from ejournal.model.identifiers import (
    BirthCertificate,
    ClassLabel,
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    Katottg,
    PersonName,
    Phone,
    PlaceName,
    Region,
    Rnokpp,
    Unzr,
)

__all__ = [
    "birth_certificates",
    "class_labels",
    "contact_phones",
    "diso_ids",
    "edrpous",
    "emails",
    "katottgs",
    "person_names",
    "phones",
    "place_names",
    "regions",
    "rnokpps",
    "unzrs",
]

_CAPITALS = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЮЯ"
_SMALL = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
_LABEL_LETTERS = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ"
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_PATRONYMICS = ("Григорович", "Олексіївна", "Андрійович", "Ілліч", "Лук’янівна", "Сергіївна")
_FOREIGN_PATRONYMICS = ("Алі огли", "Ельдар кизи", "Хасан")
# Two digits after the country's code, all mobile: any seven digits after them are a number.
_OPERATORS = ("39", "50", "63", "66", "67", "68", "73", "91", "93", "95", "96", "97", "98", "99")


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


def _second_pass(six: str) -> str:
    """Add the digit, if one exists, that makes the first pass end in ten."""
    weights = (7, 1, 2, 3, 4, 5, 6) if six[0] in "345" else (1, 2, 3, 4, 5, 6, 7)
    begun = sum(weight * int(digit) for weight, digit in zip(weights, six, strict=False))
    return six + next((str(d) for d in range(10) if (begun + weights[6] * d) % 11 == 10), "0")


def _with_check_digit(seven: str) -> Edrpou:
    from stdnum.ua import edrpou

    return Edrpou(seven + edrpou.calc_check_digit(seven))


def edrpous() -> st.SearchStrategy[Edrpou]:
    """Draw codes of both bands, with leading zeros and with a second pass among them."""
    bodies = st.one_of(
        _digits(7),
        _digits(3).map("0000".__add__),
        st.sampled_from("345").flatmap(lambda first: _digits(6).map(first.__add__)),
        _digits(6).map(_second_pass),
    )
    return bodies.map(_with_check_digit)


def _taxpayer(nine: str) -> Rnokpp:
    from stdnum.ua import rntrc

    return Rnokpp(nine + rntrc.calc_check_digit(nine))


def rnokpps() -> st.SearchStrategy[Rnokpp]:
    """Draw tax numbers of both sexes; the first of January 2000 and leading zeros occur."""
    days = st.one_of(_digits(5), st.sampled_from(["00000", "00001", "36525", "40909"]))
    return st.tuples(days, _digits(4)).map("".join).map(_taxpayer)


def diso_ids() -> st.SearchStrategy[DisoId]:
    """Draw school numbers, most of them as long as real ones are."""
    numbers = st.one_of(st.integers(1, 99_999), st.integers(1, 2**53 - 1))
    return numbers.map(DisoId)


def regions() -> st.SearchStrategy[Region]:
    """Draw one of the 27."""
    return st.sampled_from(Region)


@st.composite
def katottgs(draw: st.DrawFn) -> Katottg:
    """Draw codes of every level in every region; no directory need know them."""
    inner = [draw(_digits(size)) for size in (2, 3, 3, 2)]
    kept = draw(st.integers(0, len(inner)))
    levels = [part if place < kept else "0" * len(part) for place, part in enumerate(inner)]
    return Katottg(draw(regions()).code + "".join(levels) + draw(_digits(5)))


def phones() -> st.SearchStrategy[Phone]:
    """Draw mobile numbers of every operator."""
    operators = st.sampled_from(_OPERATORS)
    return st.tuples(operators, _digits(7)).map("".join).map(lambda nine: Phone("+380" + nine))


def contact_phones() -> st.SearchStrategy[ContactPhone]:
    """Draw numbers written locally, and scraps that no number can be made of."""
    local = phones().map(lambda phone: ContactPhone(phone, "0" + phone.text[4:]))
    scraps = st.sampled_from(["(95)2-61", "немає", "2-15-44"])
    return st.one_of(local, scraps.map(lambda raw: ContactPhone(None, raw)))


def emails() -> st.SearchStrategy[Email]:
    """Draw addresses in domains kept for examples and tests, some of them in Cyrillic."""
    word = st.text(_LATIN + _LATIN.upper() + "0123456789_+-", min_size=1, max_size=10)
    local = st.one_of(
        st.lists(word, min_size=1, max_size=3).map(".".join),
        st.text(_SMALL, min_size=1, max_size=8),
    )
    label = st.text(_LATIN, min_size=1, max_size=12)
    domain = st.one_of(
        st.tuples(label, st.sampled_from(["example", "test"])).map(".".join),
        st.sampled_from(["школа.example", "ліцей-5.test", "school.example.ua"]),
    )
    return st.tuples(local, domain).map("@".join).map(Email)


def _words(longest: int = 10) -> st.SearchStrategy[str]:
    tail = st.text(_SMALL, max_size=longest)
    return st.tuples(st.sampled_from(_CAPITALS), tail).map("".join)


def _names() -> st.SearchStrategy[str]:
    """Draw one part of a name; «О’Нілля» and «Лук’янчук» keep the case they are written in."""
    inner = st.text(_SMALL, min_size=1, max_size=6)
    pair = st.tuples(_words(), inner).map("’".join)
    irish = st.tuples(st.sampled_from("ОД"), _words(), inner).map(lambda p: f"{p[0]}’{p[1]}{p[2]}")
    double = st.tuples(_words(), _words()).map("-".join)
    return st.one_of(_words(), pair, irish, double)


def _looks_given(name: str) -> bool:
    return not name.lower().endswith(("ич", "вна", "чна"))


def person_names() -> st.SearchStrategy[PersonName]:
    """Draw names with and without a patronymic, one-letter and double ones among them."""
    patronymics = st.sampled_from(("", *_PATRONYMICS, *_FOREIGN_PATRONYMICS))
    return st.builds(PersonName, _names(), _names().filter(_looks_given), patronymics)


def class_labels() -> st.SearchStrategy[ClassLabel]:
    """Draw any grade with any letter a class may have."""
    return st.builds(ClassLabel, st.integers(1, 12), st.sampled_from(_LABEL_LETTERS))


def unzrs() -> st.SearchStrategy[Unzr]:
    """Draw register numbers of people born from 1900 on; the last digit is any."""
    days = st.dates(date(1900, 1, 1), date(2100, 12, 31)).map(lambda day: day.strftime("%Y%m%d"))
    return st.tuples(days, _digits(5)).map("-".join).map(Unzr)


def birth_certificates() -> st.SearchStrategy[BirthCertificate]:
    """Draw certificates of the series in use and the longest Roman number there can be."""
    roman = st.sampled_from(["I", "II", "III", "IV", "IX", "XIV", "XXXVIII"])
    series = st.tuples(roman, st.text(_LABEL_LETTERS, min_size=2, max_size=2)).map("-".join)
    return st.builds(BirthCertificate, series, _digits(6))


def place_names() -> st.SearchStrategy[PlaceName]:
    """Draw names of one or two words with hyphens and apostrophes."""
    return st.lists(_names(), min_size=1, max_size=2).map(" ".join).map(PlaceName)
