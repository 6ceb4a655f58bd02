"""Signing in by e-mail and password: argon2id, a list of blocked passwords, a throttle.

What makes a password acceptable follows NIST SP 800-63B, section 5.1.1.2: length, not
composition; spaces and every script; nothing that is commonly used or expected.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from attrs import define, evolve, field, frozen

from ejournal.errors import AlreadyBound, Duplicate, Invalid, Stale, Unavailable, Unreadable
from ejournal.model.access import Credential, System, Throttle, Verified
from ejournal.model.identifiers import Email, parse_email
from ejournal.ports import Denied, Policies
from ejournal.store import HousekeepingUnit, RegistryUnit, Store

__all__ = ["PasswordClaim", "Passwords", "check_password"]

R = TypeVar("R")

_SCHEME = "password"
_SIGN_IN = System("sign-in")
_LONGEST = 1024
_ATTEMPTS = 64

_SERVICE = frozenset({"ejournal", "e-journal", "aikom", "аіком", "щоденник"})
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "qwertyuiopasdfghjklzxcvbnm",
)
_KEYS = str.maketrans(
    "йцукенгшщзхїфівапролджєячсмитьбюґыэъё",
    "qwertyuiop[]asdfghjkl;'zxcvbnm,.\\s']`",
)


@frozen
class PasswordClaim:
    """What a person typed into the form, as they typed it."""

    login: str
    password: str = field(repr=False)


@define
class Passwords:
    """Proves that somebody knows the password of a login, which is an e-mail address.

    Sign people in before a unit is opened: failures are counted in transactions of their own, and
    a storage with one writer would make them wait for the unit around them. A hash made under
    other parameters than the hasher's is made anew when its password is next proved.
    """

    _store: Store
    _hasher: PasswordHasher = field(factory=PasswordHasher, kw_only=True)
    _decoy: str = field(init=False, repr=False)
    scheme: str = field(init=False, default=_SCHEME)

    def __attrs_post_init__(self) -> None:
        self._decoy = self._hasher.hash(secrets.token_bytes())

    def identify(self, claim: PasswordClaim, /) -> Verified | Denied:
        """Return who signed in, or `Denied` with the seconds during which no attempt is tried.

        An attempt is on record as failed before it is tried, and a success clears the record: no
        number of attempts at once, no restart and no rollback buys another guess. A wrong
        password and an unknown login cost one verification each and are answered alike, and so
        is every attempt that comes too early, which costs none.

        Raises `Unavailable` if the record cannot be kept, and `Unreadable` for a damaged hash.
        """
        login = _folded(claim.login)
        admitted, wait = self._alone(partial(_counted, login))
        if not admitted:
            return Denied(wait)
        credential = self._credential(login)
        secret = _secret(claim.password)
        proved = self._proves(credential.hash if credential else self._decoy, secret)
        if credential is None or not proved:
            return Denied(wait)
        self._alone(partial(_cleared, login))
        self._refresh(credential, secret)
        return Verified(self.scheme, login)

    def set_password(self, unit: RegistryUnit, login: Email, password: str) -> Verified:
        """Keep the first password of a login and return whom it proves.

        It belongs to the caller's unit, in which the person has shown that the address is theirs.
        Raises `Invalid` as `check_password` does, and `AlreadyBound` if the login has a password:
        an invitation that fell into other hands must not replace it. Whoever has one signs in.
        """
        check_password(password, policies=unit.policies, login=login.folded)
        if unit.credentials.find(login.folded) is not None:
            raise AlreadyBound("login")
        unit.credentials.add(Credential(login.folded, self._hasher.hash(_secret(password))))
        return Verified(self.scheme, login.folded)

    def _credential(self, login: str) -> Credential | None:
        with self._store.browsing(_SIGN_IN) as unit:
            return unit.credentials.find(login)

    def _proves(self, hashed: str, secret: bytes) -> bool:
        try:
            return self._hasher.verify(hashed, secret)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise Unreadable("credential", type(error).__name__) from error

    def _refresh(self, credential: Credential, secret: bytes) -> None:
        if self._hasher.check_needs_rehash(credential.hash):
            fresh = evolve(credential, hash=self._hasher.hash(secret))
            self._store.run_registry(_SIGN_IN, _rehashed, fresh)

    def _alone(self, act: Callable[[HousekeepingUnit], R]) -> R:
        """Run in a transaction of its own, again if another attempt on the same login was first."""
        for _ in range(_ATTEMPTS):
            try:
                return self._store.run_housekeeping(_SIGN_IN, act)
            except (Stale, Duplicate):
                continue
        raise Unavailable("too many attempts on one login at once")


def check_password(password: str, *, policies: Policies, login: str = "") -> None:
    """Pass if the password may be chosen; raises `Invalid`, never with the password in it.

    There are 1024 characters at most and, after the NFKC in which passwords are hashed,
    `policies.password_length` at least. Refused as guessable is what consists of one listed word
    and nothing else but repetitions of it, digits and punctuation, in any case; the words are
    10,000 common passwords, one letter, letters in the order of the alphabet or the keyboard, the
    names of the service, and the login and its local part. Cyrillic is also read as the keys it
    is typed with, so «пароль» is found as `gfhjkm`.
    """
    reason = _fault(password, policies.password_length, login)
    if reason:
        raise Invalid("password", "", reason, personal=True)


def _fault(password: str, shortest: int, login: str) -> str:
    if len(password) > _LONGEST:
        return "length"
    text = unicodedata.normalize("NFKC", password)
    if len(text) < shortest:
        return "length"
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return "alphabet"
    typed = text.casefold()
    own = {*_SERVICE, login.casefold(), login.casefold().partition("@")[0]} - {""}
    readings = {typed, typed.translate(_KEYS)}
    return "guessable" if any(_is_guessable(reading, own) for reading in readings) else ""


def _is_guessable(text: str, own: set[str]) -> bool:
    letters = _letters(text)
    if len(set(letters)) == 1 or _is_run(letters):
        return True
    return any(_is_only(text, word) for word in (*own, *_listed_in(text)))


def _is_run(letters: str) -> bool:
    return len(letters) > 3 and any(letters in run for run in _RUNS)


def _is_only(text: str, word: str) -> bool:
    """Say whether nothing is left beside the word but digits, signs and its own first letters."""
    rest = text.replace(word, "")
    return rest != text and _letters(word).startswith(_letters(rest))


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, text))


def _listed_in(text: str) -> Iterator[str]:
    """Yield the listed words with which the text, or the first letter in it, begins."""
    words = _blocked()
    longest = max(map(len, words))
    first_letter = next((place for place, sign in enumerate(text) if sign.isalpha()), 0)
    for start in {0, first_letter}:
        for end in range(start + 1, start + longest + 1):
            if text[start:end] in words:
                yield text[start:end]


@cache
def _blocked() -> frozenset[str]:
    text = files("ejournal.adapters").joinpath("blocked_passwords.txt").read_text("utf-8")
    return frozenset(line.casefold() for line in text.splitlines() if not line.startswith("#"))


def _secret(password: str) -> bytes:
    """Return what is hashed; nothing for a text that is longer than any password."""
    if len(password) > _LONGEST:
        return b""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _folded(login: str) -> str:
    """Return the name under which a login is kept and counted.

    What is no address has no password either, but may be one typed into the wrong field, so only
    its digest is kept.
    """
    try:
        return parse_email(login).folded
    except Invalid:
        return "sha256:" + hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()


def _counted(login: str, unit: HousekeepingUnit) -> tuple[bool, int]:
    """Put an attempt on record as failed; say whether it may be made, and the wait after it."""
    throttle = unit.throttles.find(login) or Throttle(login, 0, unit.now)
    wait = _wait(throttle, unit)
    if wait:
        return False, wait
    counted = throttle.failed(unit.now, unit.policies.throttle_window)
    return True, _wait(_kept(counted, unit), unit)


def _cleared(login: str, unit: HousekeepingUnit) -> None:
    _kept(evolve(unit.throttles.get(login), failures=0), unit)


def _wait(throttle: Throttle, unit: HousekeepingUnit) -> int:
    policies = unit.policies
    return throttle.wait(unit.now, most=policies.throttle_failures, window=policies.throttle_window)


def _kept(throttle: Throttle, unit: HousekeepingUnit) -> Throttle:
    return unit.throttles.save(throttle) if throttle.version else unit.throttles.add(throttle)


def _rehashed(unit: RegistryUnit, credential: Credential) -> None:
    """Keep the new hash unless the password was changed meanwhile."""
    if unit.credentials.get(credential.login).version == credential.version:
        unit.credentials.save(credential)
