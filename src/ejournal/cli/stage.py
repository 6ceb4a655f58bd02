"""Where the demonstration is told: on the screen, and in a transcript that is always the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

from attrs import define
from rich.console import Console, RenderableType
from rich.text import Text

from ejournal.cli.words import Words
from ejournal.errors import Refusal

__all__ = ["Stage", "SteppingClock", "staged"]

_WIDTH = 110


@define
class SteppingClock:
    """Goes on by three seconds each time it is read, and otherwise stands still."""

    now: datetime

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=3)
        return self.now

    def move_to(self, moment: datetime) -> None:
        """Let time pass until then."""
        self.now = moment


@define
class Stage:
    """Tells the scenes of a story, numbered, to everybody who listens."""

    words: Words
    consoles: tuple[Console, ...]
    scenes: int = 0

    def scene(self, name: str) -> None:
        """Begin the next scene."""
        self.scenes += 1
        heading = f"{self.scenes}. {self.words(f'scene.{name}')}"
        self.show(Text(f"\n{heading}\n{'=' * len(heading)}\n"))

    def say(self, key: str, **facts: object) -> None:
        """Tell one thing."""
        self.show(Text(self.words(f"story.{key}", **facts)))

    def refused(self, key: str, act: Callable[[], object]) -> None:
        """Tell how the library refuses what must not be done."""
        try:
            act()
        except Refusal as error:
            self.say(key)
            self.say("refused", why=error.explain(self.words.language), code=error.code)

    def show(self, picture: RenderableType) -> None:
        """Let everybody who listens see it."""
        for console_ in self.consoles:
            console_.print(picture)


@contextmanager
def staged(words: Words, transcript: Path, *screens: Console) -> Iterator[Stage]:
    """Give a stage that is seen on the screens and written down in a file."""
    told = StringIO()
    record = Console(
        file=told,
        width=_WIDTH,
        markup=False,
        highlight=False,
        emoji=False,
        color_system=None,
        legacy_windows=False,
    )
    try:
        yield Stage(words, (*screens, record))
    finally:
        # Tables are padded to their width; a file needs none of it.
        lines = (line.rstrip() for line in told.getvalue().splitlines())
        transcript.write_text("\n".join(lines) + "\n", "utf-8")
