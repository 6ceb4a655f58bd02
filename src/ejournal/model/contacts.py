"""How a school or a person is reached: telephone and e-mail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from ejournal.errors import Invalid
from ejournal.model.spelling import Spelled, mixes_scripts, read, tidy_entry

if TYPE_CHECKING:
    from email_validator import ValidatedEmail

__all__ = [
    "ContactPhone",
    "Email",
    "Phone",
    "parse_email",
    "parse_phone",
    "read_contact_phone",
]

_E164 = re.compile(r"\+380\d{9}", re.ASCII)
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−", "-"))
_DIALLED = re.compile(r"\+?[\d ().\-/]+", re.ASCII)
_EXTENSION = re.compile(r"(?:дод|доб|вн|внутр|ext|x|#|\*)[^\d+]*\d{1,5}$", re.ASCII | re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(r"[,;/]|\bабо\b|\bта\b")
_MAX_EMAIL = 320


@frozen
class Phone(Spelled):
    """A Ukrainian number in E.164: `+380` and nine digits (rule 84)."""

    field: ClassVar[str] = "phone"
    personal: ClassVar[bool] = True

    @staticmethod
    def fault(text: str) -> str:
        return "" if _E164.fullmatch(text) else "normal-form"


@frozen
class ContactPhone:
    """A number as it was written, and as it is dialled where that could be told."""

    phone: Phone | None
    raw: str

    def __str__(self) -> str:
        return self.phone.text if self.phone else self.raw


def parse_phone(text: str, field: str = "phone") -> Phone:
    """Read a number as it is written in Ukraine: `050…`, `8-050…`, `(044) …`, `38050…`, `+380…`.

    Raises `Invalid` for an extension, for two numbers at once, for a number of another country
    and for a code that no town or operator has.
    """
    dialled = tidy_entry(text, field, personal=True).translate(_DASHES)
    reason = _fault_of_dialled(dialled)
    if reason:
        raise Invalid(field, text, reason, personal=True)
    return read(Phone, text, _international(dialled, text, field), field)


def read_contact_phone(raw: str) -> ContactPhone:
    """Keep what was written even when no number can be made of it (rule 84)."""
    try:
        return ContactPhone(parse_phone(raw), raw)
    except Invalid:
        return ContactPhone(None, raw)


def _fault_of_dialled(dialled: str) -> str:
    if _EXTENSION.search(dialled):
        return "extension"
    chunks = _BETWEEN_NUMBERS.split(dialled)
    if sum(_count_digits(chunk) >= 9 for chunk in chunks) > 1:
        return "ambiguous"
    if not _DIALLED.fullmatch(dialled):
        return "digits"
    return "" if 9 <= _count_digits(dialled) <= 15 else "length"


def _count_digits(text: str) -> int:
    return sum(sign.isdigit() for sign in text)


def _international(dialled: str, raw: str, field: str) -> str:
    import phonenumbers

    digits = re.sub(r"[^\d+]", "", dialled)
    if len(digits) == 11 and digits.startswith("80"):
        # The long-distance prefix until 2009 was 8; people still write it.
        digits = digits[1:]
    try:
        number = phonenumbers.parse(digits, "UA")
    except phonenumbers.NumberParseException:
        raise Invalid(field, raw, "pattern", personal=True) from None
    if number.country_code != 380:
        raise Invalid(field, raw, "country", personal=True)
    if not phonenumbers.is_valid_number(number):
        possible = phonenumbers.is_possible_number(number)
        reason = "dialling-code" if possible else "length"
        raise Invalid(field, raw, reason, personal=True)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@frozen
class Email(Spelled):
    """An address as it is shown: the local part as written, the domain in its own script.

    Addresses that reach the same mailbox may be written differently: compare `folded`.
    """

    field: ClassVar[str] = "email"
    personal: ClassVar[bool] = True

    @staticmethod
    def fault(text: str) -> str:
        shown = _shown(text)
        if not shown:
            return _fault_of_address(text)
        return "" if shown == text else "normal-form"

    @property
    def folded(self) -> str:
        """The address for comparison: the local part casefolded, the domain in IDNA."""
        if self.text.isascii():
            return self.text.lower()
        local, _, _ = self.text.rpartition("@")
        return f"{local.casefold()}@{_validated(self.text).ascii_domain}"

    @property
    def mailbox(self) -> str:
        """The folded address without what follows «+»: many servers deliver it to one person.

        It tells whose an address may be; two addresses are the same only when `folded` is.
        """
        local, _, domain = self.folded.rpartition("@")
        return f"{local.partition('+')[0] or local}@{domain}"


def parse_email(text: str, field: str = "email") -> Email:
    """Read one address, with or without angle brackets, `mailto:` or a full stop after it.

    Nothing is asked of the network. Domains kept for examples and tests are addresses here.
    Raises `Invalid` for several addresses, and for a word in which Latin and Cyrillic letters
    are mixed.
    """
    address = tidy_entry(text, field, personal=True).strip("<>«»\"'.,;: ")
    address = re.sub(r"(?i)^mailto:", "", address)
    if address.count("@") > 1:
        raise Invalid(field, text, "ambiguous", personal=True)
    return read(Email, text, _shown(address) or address, field)


def _fault_of_address(address: str) -> str:
    if len(address) > _MAX_EMAIL:
        return "length"
    return "look-alike" if any(map(mixes_scripts, _labels(address))) else "pattern"


def _labels(address: str) -> list[str]:
    return re.split(r"[@.]", address)


def _shown(address: str) -> str:
    """Return the address as it is shown, or an empty text if it is none."""
    from email_validator import EmailNotValidError

    if len(address) > _MAX_EMAIL or any(map(mixes_scripts, _labels(address))):
        return ""
    try:
        return _validated(address).normalized
    except EmailNotValidError:
        return ""


def _validated(address: str) -> ValidatedEmail:
    from email_validator import validate_email

    # `test_environment` is what lets the domains of RFC 6761 for tests through.
    return validate_email(address, check_deliverability=False, test_environment=True)
