"""The words of the command line, in the language a person chose."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise

from attrs import frozen

from ejournal.cli.help_texts import HELP
from ejournal.cli.screen_texts import SCREENS
from ejournal.cli.story_texts import STORY
from ejournal.reasons import Language

__all__ = ["CATALOGUE", "Words", "language_of"]

CATALOGUE = {**HELP, **SCREENS, **STORY}
"""Every text by its key, in English and in Ukrainian."""


@frozen
class Words:
    """The catalogue in one language; calling it with a key gives the text, filled with facts."""

    language: Language

    def __call__(self, key: str, /, **facts: object) -> str:
        english, ukrainian = CATALOGUE[key]
        return (english if self.language == "en" else ukrainian).format(**facts)


def language_of(arguments: Sequence[str]) -> Language:
    """Return the language of a call, from its arguments or else the environment.

    It is found before the arguments are parsed, because what is wrong with them is said in it.
    """
    chosen = os.environ.get("EJOURNAL_LANG", "")
    for argument, following in pairwise([*arguments, ""]):
        if argument == "--lang":
            chosen = following
        elif argument.startswith("--lang="):
            chosen = argument.removeprefix("--lang=")
    return "en" if chosen == "en" else "uk"
