"""First things: making the store with its first operator, seeing cabinets, the directory."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.text import Text

from ejournal.adapters.passwords import Passwords
from ejournal.cli.cabinet import DOOR, cabinet_name, passwords_of
from ejournal.cli.desk import Desk, MakesCollections, MakesTables, desk_of
from ejournal.cli.exits import ExitCode
from ejournal.cli.keys import KEY_VARIABLE, make_key
from ejournal.cli.options import File, PersonsEmail, PersonsName
from ejournal.cli.screens import Screens
from ejournal.codec import spell
from ejournal.errors import NotAllowedHere
from ejournal.ids import spell_id
from ejournal.model.access import Actor
from ejournal.model.identifiers import Email, PersonName, parse_email, parse_person_name
from ejournal.model.ledger import Spelled
from ejournal.model.permissions import Role
from ejournal.store import RegistryUnit, Store
from ejournal.usecases.connecting import import_directory
from ejournal.usecases.signing_in import found_institute

__all__ = ["app", "found_with_password", "make_store", "refuse_second", "screens_of"]

app = typer.Typer()
_directory = typer.Typer(name="directory", help="help.directory")
app.add_typer(_directory)


def screens_of(desk: Desk) -> Screens:
    """Return pictures in the language of the call and the time zone of the host."""
    return Screens(desk.words, desk.store.policies.time_zone)


def make_store(store: Store) -> None:
    """Make the tables or collections of a store that has them; nothing else runs DDL."""
    if isinstance(store, MakesTables):
        store.create_tables()
    if isinstance(store, MakesCollections):
        store.create_collections()


@app.command("init", help="help.init")
def _init(context: typer.Context, *, name: PersonsName, email: PersonsEmail) -> None:
    desk = desk_of(context)
    person, address = parse_person_name(name), parse_email(email)
    desk.store = desk.plugins.store(desk.url)
    make_store(desk.store)
    refuse_second(desk.store)
    key = make_key(desk.url)
    operator = _found(desk, person, address)
    spelled = {
        "account": spell_id(operator.account),
        "key_file": None if key is None else str(key),
    }
    desk.show(Text(desk.words("init.done", key=key or KEY_VARIABLE)), spelled)


def refuse_second(store: Store) -> None:
    """Raise `NotAllowedHere` where an institute works, before anything is asked or told.

    The use case that founds it refuses again, in its transaction.
    """
    with store.browsing(DOOR) as unit:
        if next(unit.authority_grants.of_role(Role.TECH_ADMIN), None) is not None:
            raise NotAllowedHere("first operator", "had-one-already")


def _found(desk: Desk, name: PersonName, email: Email) -> Actor:
    """Make the first operator with a password that the person chooses now."""
    identity = passwords_of(desk.plugins, desk.store)
    password = desk.password("prompt.new-password", new=True)
    return desk.store.run_registry(DOOR, found_with_password, identity, name, email, password)


def found_with_password(
    unit: RegistryUnit, identity: Passwords, name: PersonName, email: Email, password: str
) -> Actor:
    """Make the first operator with a first password, both or neither."""
    verified = identity.set_password(unit, email, password)
    return found_institute(unit, name=name, email=email, verified=verified)


@app.command("cabinets", help="help.cabinets")
def _cabinets(context: typer.Context) -> None:
    desk = desk_of(context)
    _, offered = desk.entered
    picture = screens_of(desk).cabinets((cabinet, cabinet_name(cabinet)) for cabinet in offered)
    desk.show(picture, [spell(cabinet) for cabinet in offered])


@_directory.callback()
def _group() -> None:
    """Keep the group a group, with one command in it."""


@_directory.command("import", help="help.directory.import")
def _import(context: typer.Context, file: File) -> None:
    desk = desk_of(context)
    result = desk.in_registry(import_directory, Path(file).read_bytes())
    refused: list[Spelled] = [
        {"line": line, "code": error.code, "message": error.explain(desk.words.language)}
        for line, error in result.refusals
    ]
    counts = {"added": result.added, "changed": result.changed, "same": result.same}
    desk.show(screens_of(desk).directory(result), {**counts, "refused": refused})
    if refused:
        raise typer.Exit(ExitCode.FINDINGS)
