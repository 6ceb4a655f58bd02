"""The host's key, which makes the links of invitations: in the environment or in a file.

It never lies in the database: who has the database alone can make no invitation's link.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import ClassVar

from attrs import define

from ejournal.errors import Invalid, Refusal

__all__ = [
    "KEY_VARIABLE",
    "KeyAbsent",
    "KeyExposed",
    "StoreAbsent",
    "database_file",
    "host_key",
    "key_file",
    "make_key",
]

KEY_VARIABLE = "EJOURNAL_KEY"
_BYTES = 32
_SHORTEST = 16


@define
class KeyAbsent(Refusal):
    """The host's key is not where this store has it."""

    code: ClassVar[str] = "key-absent"
    texts: ClassVar[tuple[str, str]] = (
        "there is no key in {place}: set EJOURNAL_KEY to 16 bytes or more in hexadecimal digits",
        "у {place} немає ключа: задайте в EJOURNAL_KEY від 16 байтів у шістнадцятковому записі",
    )
    place: str


@define
class KeyExposed(Refusal):
    """Other users of the machine may read the key file."""

    code: ClassVar[str] = "key-exposed"
    texts: ClassVar[tuple[str, str]] = (
        "others may read the key file {path}: chmod 600 it",
        "файл ключа {path} доступний іншим: виконайте chmod 600",
    )
    path: str


@define
class StoreAbsent(Refusal):
    """The SQLite file of a call is not there, and no call but `init` makes one."""

    code: ClassVar[str] = "store-absent"
    texts: ClassVar[tuple[str, str]] = (
        "there is no store in {path}: `ejournal init` makes one",
        "у файлі {path} немає сховища: його створює `ejournal init`",
    )
    path: str


def database_file(url: str) -> Path | None:
    """Return the file of a SQLite URL; None for memory and for every other store."""
    scheme, _, rest = url.partition("://")
    path = rest.partition("?")[0].removeprefix("/")
    if scheme.partition("+")[0] != "sqlite" or path in ("", ":memory:"):
        return None
    return Path(path)


def key_file(url: str) -> Path | None:
    """Return where the key of a store lies: beside its SQLite file, or nowhere."""
    file = database_file(url)
    return None if file is None else file.with_name(f"{file.name}.key")


def make_key(url: str) -> Path | None:
    """Make a new key in a file that only its owner may read, unless there is a key already.

    Returns the file, or None where the key is kept in the environment. Raises `KeyAbsent` for a
    store that has no place for a key file while the environment holds none.
    """
    if KEY_VARIABLE in os.environ:
        host_key(url)
        return None
    file = key_file(url)
    if file is None:
        raise KeyAbsent(KEY_VARIABLE)
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(_BYTES) + "\n")
    return file


def host_key(url: str) -> bytes:
    """Return the key; raises `KeyAbsent`, `KeyExposed`, or `Invalid` for one that is no key."""
    text = os.environ.get(KEY_VARIABLE)
    if text is None:
        text = _written(url)
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        raise Invalid("key", "", "pattern", personal=True) from error
    if len(key) < _SHORTEST:
        raise Invalid("key", "", "length", personal=True)
    return key


def _written(url: str) -> str:
    file = key_file(url)
    if file is None or not file.exists():
        raise KeyAbsent(KEY_VARIABLE if file is None else str(file))
    if os.name == "posix" and file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyExposed(str(file))
    return file.read_text("ascii")
