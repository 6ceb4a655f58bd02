"""The command that plays the demonstration."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ejournal.cli.cabinet import passwords_of
from ejournal.cli.desk import Closes, Desk, console, desk_of
from ejournal.cli.keys import host_key, key_file, make_key
from ejournal.cli.post_office import post_office
from ejournal.cli.screens import Screens
from ejournal.cli.stage import SteppingClock, staged
from ejournal.cli.starting import make_store, refuse_second
from ejournal.cli.story import Story, begin
from ejournal.ids import IdMaker
from ejournal.store import Store

__all__ = ["app", "play"]

app = typer.Typer()


@app.command("demo", help="help.demo")
def _demo(
    context: typer.Context,
    *,
    store: Annotated[str, typer.Option("--store", metavar="URL", help="help.opt.demo-store")] = "",
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="DIR", help="help.opt.folder")
    ] = None,
) -> None:
    desk = desk_of(context)
    place = folder or Path(tempfile.mkdtemp(prefix="ejournal-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    play(desk, store or f"sqlite:///{place / 'ejournal.db'}", place)
    desk.show(Text(desk.words("demo.folder", folder=place)), {"folder": str(place)})


def play(desk: Desk, url: str, folder: Path) -> None:
    """Play the story on a store that holds nothing yet, and leave everything in the folder.

    Clock, identifiers and salts are the demonstration's own, so its transcript is the same each
    time and on every store. Raises `NotAllowedHere` for a store with an institute in it.
    """
    # A store in memory has no place for a key file: its invitations end with it.
    keyed = url if key_file(url) else f"sqlite:///{folder / 'ejournal'}"
    make_key(keyed)
    store = desk.plugins.store(url)
    clock = SteppingClock(begin())
    _fix(store, clock)
    aloud = () if desk.as_json else (console(),)
    try:
        make_store(store)
        refuse_second(store)
        with (
            staged(desk.words, folder / "transcript.txt", *aloud) as stage,
            post_office(folder / "letters") as office,
        ):
            Story(
                stage=stage,
                store=store,
                plugins=desk.plugins,
                key=host_key(keyed),
                clock=clock,
                office=office,
                folder=folder,
                screens=Screens(desk.words, store.policies.time_zone),
                identity=passwords_of(desk.plugins, store),
            ).play()
    finally:
        if isinstance(store, Closes):
            store.dispose()


def _fix(store: Store, clock: SteppingClock) -> None:
    numbers = itertools.count(1)
    store.clock, store.ids = clock, IdMaker()
    store.salts = lambda: f"{next(numbers):032x}"
