"""What a command works at: the store of the call, who signed in, and where answers are shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar, runtime_checkable

import typer
from attrs import define
from rich.console import Console, RenderableType

from ejournal.cli.cabinet import choose, passwords_of, proved, signed_in
from ejournal.cli.keys import StoreAbsent, database_file, host_key
from ejournal.cli.words import Words
from ejournal.errors import NotAllowedHere
from ejournal.ids import SchoolId
from ejournal.model.access import Account, Actor, Cabinet
from ejournal.model.ledger import Spelled
from ejournal.plugins import Plugins, load
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.steps import Step

__all__ = [
    "Closes",
    "Desk",
    "MakesCollections",
    "MakesTables",
    "RunsSteps",
    "console",
    "desk_of",
    "first_line",
]

P = ParamSpec("P")
R = TypeVar("R")

_WIDTH = 110


@runtime_checkable
class MakesTables(Protocol):
    """A store that needs tables before its first unit."""

    def create_tables(self) -> None: ...


@runtime_checkable
class MakesCollections(Protocol):
    """A store that needs collections before its first unit."""

    def create_collections(self) -> None: ...


@runtime_checkable
class RunsSteps(Protocol):
    """A store whose tables are brought up to date in steps."""

    def schema_version(self) -> int: ...
    def pending_steps(self) -> Sequence[Step]: ...
    def upgrade_tables(self) -> None: ...
    def upgrade_script(self, since: int) -> str: ...


@runtime_checkable
class Closes(Protocol):
    """A store that holds connections."""

    def dispose(self) -> None: ...


@define(slots=False)
class Desk:
    """The options of one call, and what is opened by them when it is first needed."""

    words: Words
    as_json: bool
    url: str
    login: str
    cabinet: str
    password_file: str

    @cached_property
    def plugins(self) -> Plugins:
        """Every plug-in that is installed."""
        return load()

    @cached_property
    def store(self) -> Store:
        """The store; raises `StoreAbsent` for a SQLite file that `init` has not made."""
        file = database_file(self.url)
        if file is not None and not file.exists():
            raise StoreAbsent(str(file))
        return self.plugins.store(self.url)

    @cached_property
    def key(self) -> bytes:
        """The host's key."""
        return host_key(self.url)

    def close(self) -> None:
        """Let go of the store's connections, if it was opened at all."""
        opened = self.__dict__.get("store")
        if isinstance(opened, Closes):
            opened.dispose()

    @cached_property
    def entered(self) -> tuple[Account, tuple[Cabinet, ...]]:
        """Who signed in with `--as` and a password, and the cabinets they may enter."""
        if not self.login:
            raise typer.BadParameter(self.words("usage.as"))
        password = self.password("prompt.password")
        identity = passwords_of(self.plugins, self.store)
        return signed_in(self.store, proved(identity, self.login, password))

    @cached_property
    def actor(self) -> Actor:
        """Who acts, in the chosen cabinet."""
        return choose(*self.entered, self.cabinet)

    @property
    def school(self) -> SchoolId:
        """The school of the cabinet; raises `NotAllowedHere` for one outside schools."""
        school = self.actor.cabinet.school
        if school is None:
            raise NotAllowedHere(self.actor.cabinet.role.value, "no-school")
        return school

    def password(self, prompt: str, *, new: bool = False) -> str:
        """Return a password from `--password-file`, or ask for it, twice where it is `new`."""
        if self.password_file:
            return first_line(self.password_file)
        return self._asked(prompt, new=new)

    def new_password(self, file: str) -> str:
        """Return somebody else's first password, from a file or typed twice."""
        if file:
            return first_line(file)
        return self._asked("prompt.new-password", new=True)

    def _asked(self, prompt: str, *, new: bool) -> str:
        asked: str = typer.prompt(
            self.words(prompt),
            hide_input=True,
            err=True,
            confirmation_prompt=self.words("prompt.again") if new else False,
        )
        return asked

    def in_school(
        self,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a use case in the school of the cabinet."""
        return self.store.run(self.school, self.actor, use_case, *args, **kwargs)

    def in_registry(
        self,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a use case of the registry."""
        return self.store.run_registry(self.actor, use_case, *args, **kwargs)

    def read_school(
        self,
        use_case: Callable[Concatenate[SchoolUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a use case that only reads in the school of the cabinet."""
        with self.store.reading(self.school, self.actor) as unit:
            return use_case(unit, *args, **kwargs)

    def read_registry(
        self,
        use_case: Callable[Concatenate[RegistryUnit, P], R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run a use case of the registry that only reads."""
        with self.store.browsing(self.actor) as unit:
            return use_case(unit, *args, **kwargs)

    def show(self, picture: RenderableType, spelled: Spelled) -> None:
        """Print the answer: the picture for a person, or what is spelled for a program."""
        if self.as_json:
            typer.echo(json.dumps(spelled, ensure_ascii=False, indent=2))
        else:
            console().print(picture)


def desk_of(context: typer.Context) -> Desk:
    """Return the desk that the root of the command line set up."""
    desk: Desk = context.obj
    return desk


def first_line(path: str) -> str:
    """Return the first line of a file, or of standard input for `-`: where a secret is read."""
    if path == "-":
        return typer.get_text_stream("stdin").readline().rstrip("\r\n")
    with Path(path).open(encoding="utf-8") as opened:
        return opened.readline().rstrip("\r\n")


def console() -> Console:
    """Return a console on standard output that takes every text literally."""
    found = Console(markup=False, highlight=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        return Console(markup=False, highlight=False, emoji=False, width=_WIDTH)
    return found
