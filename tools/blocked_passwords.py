"""Print the list of blocked passwords that `ejournal.adapters.passwords` ships.

    pip install zxcvbn==4.5.0
    python tools/blocked_passwords.py > src/ejournal/adapters/blocked_passwords.txt

zxcvbn ranks 30,000 passwords by how often they were found in leaks. All of twelve characters and
more are taken, because they would pass the test of length, then the most frequent of the rest.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SIZE = 10_000
LONG = 12

ORIGIN = """\
The {size} passwords below are taken from the frequency list "passwords" of zxcvbn {version}
(https://github.com/dwolfhub/zxcvbn-python), which has it from zxcvbn by Dropbox, Inc.
Made by tools/blocked_passwords.py; the lines that begin with "# " are not passwords.
"""


def chosen() -> list[str]:
    """Return the passwords to block, sorted by code point."""
    ranked: list[str] = FREQUENCY_LISTS["passwords"]
    long = [word for word in ranked if len(word) >= LONG]
    short = [word for word in ranked if len(word) < LONG]
    return sorted(long + short[: SIZE - len(long)])


def header() -> str:
    """Return where the list comes from and its licence, as lines of comment."""
    source = distribution("zxcvbn")
    licence = next(path for path in source.files or () if path.name == "LICENSE.txt")
    text = Path(str(licence.locate())).read_text(encoding="utf-8")
    origin = ORIGIN.format(size=f"{SIZE:,}", version=source.version)
    return "".join(f"# {line}".rstrip() + "\n" for line in f"{origin}\n{text}".splitlines())


if __name__ == "__main__":
    words = chosen()
    if len(set(words)) != SIZE or any(word.startswith("#") for word in words):
        sys.exit("the list is not what it is taken for")
    sys.stdout.write(header() + "".join(f"{word}\n" for word in words))
