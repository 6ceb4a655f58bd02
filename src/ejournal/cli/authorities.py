"""What stands above schools: departments, whom they appoint, and what they see."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from ejournal.adapters.passwords import Passwords
from ejournal.cli.cabinet import passwords_of
from ejournal.cli.desk import desk_of
from ejournal.cli.options import PersonsEmail, PersonsName, Required
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.ids import AuthorityId, GrantId, parse_id, spell_id
from ejournal.model.access import AuthorityGrant, Verified
from ejournal.model.directory import AuthorityLevel
from ejournal.model.identifiers import (
    Email,
    PersonName,
    parse_email,
    parse_person_name,
    parse_region,
)
from ejournal.model.permissions import Role
from ejournal.store import RegistryUnit
from ejournal.store.accounts import bound_account
from ejournal.usecases.overseeing import appoint, connections, create_authority, dismiss

__all__ = ["app", "appoint_person"]

app = typer.Typer(name="authorities", help="help.authorities")

_Authority = Annotated[
    str, typer.Option("--authority", metavar="AUTHORITY", help="help.opt.authority")
]


@app.command("create", help="help.authorities.create")
def _create(
    context: typer.Context,
    *,
    code: Annotated[str, typer.Option("--code", help="help.opt.code")],
    level: Annotated[AuthorityLevel, typer.Option("--level", help="help.opt.level")],
    name: Required,
    region: Annotated[str, typer.Option("--region", help="help.opt.region")] = "",
    email: Annotated[str, typer.Option("--email", help="help.opt.email")] = "",
) -> None:
    desk = desk_of(context)
    authority = desk.in_registry(
        create_authority,
        code=code,
        level=level,
        name=name,
        region=parse_region(region) if region else None,
        email=parse_email(email) if email else None,
    )
    desk.show(Text(f"{spell_id(authority.id)}  {authority.name}"), spell(authority))


@app.command("appoint", help="help.authorities.appoint")
def _appoint(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option("--role", help="help.opt.role")],
    name: PersonsName,
    email: PersonsEmail,
    authority: _Authority = "",
    new_password_file: Annotated[
        str, typer.Option("--new-password-file", metavar="FILE", help="help.opt.new-password")
    ] = "",
) -> None:
    desk = desk_of(context)
    actor = desk.actor
    person, address = parse_person_name(name), parse_email(email)
    identity = passwords_of(desk.plugins, desk.store)
    with desk.store.browsing(actor) as unit:
        known = unit.credentials.find(address.folded) is not None
    password = "" if known else desk.new_password(new_password_file)
    place = AuthorityId(parse_id(authority)) if authority else None
    grant = desk.in_registry(
        appoint_person, identity, role, place, name=person, email=address, password=password
    )
    desk.show(Text(spell_id(grant.id)), spell(grant))


def appoint_person(
    unit: RegistryUnit,
    identity: Passwords,
    role: Role,
    authority: AuthorityId | None,
    *,
    name: PersonName,
    email: Email,
    password: str,
) -> AuthorityGrant:
    """Give a role outside schools to the account of an address, opened for it where needed.

    `password` is the first one of a person who has none yet, and empty for the others.
    """
    verified = Verified(identity.scheme, email.folded)
    if password:
        verified = identity.set_password(unit, email, password)
    account = bound_account(unit, verified, name=name, email=email)
    return appoint(unit, account.id, role, authority=authority)


@app.command("dismiss", help="help.authorities.dismiss")
def _dismiss(
    context: typer.Context,
    grant: Annotated[str, typer.Argument(metavar="GRANT", help="help.arg.grant")],
) -> None:
    desk = desk_of(context)
    ended = desk.in_registry(dismiss, GrantId(parse_id(grant)))
    desk.show(Text(spell_id(ended.id)), spell(ended))


@app.command("list", help="help.authorities.list")
def _list(context: typer.Context) -> None:
    desk = desk_of(context)
    with desk.store.browsing(desk.actor) as unit:
        known = list(unit.authorities.all())
    rows = (
        (spell_id(one.id), one.code, desk.words(f"level.{one.level.value}"), one.name)
        for one in known
    )
    picture = screens_of(desk).listing(
        desk.words("title.authorities"), ("id", "code", "level", "name"), rows
    )
    desk.show(picture, [spell(one) for one in known])


@app.command("connections", help="help.authorities.connections")
def _connections(context: typer.Context, *, authority: _Authority = "") -> None:
    desk = desk_of(context)
    own = desk.actor.cabinet.authority
    place = AuthorityId(parse_id(authority)) if authority else own
    overview = desk.read_registry(connections, place)
    numbers = {state.value: count for state, count in overview.numbers.items()}
    schools = [spell(one) for one in overview.schools]
    desk.show(screens_of(desk).connections(overview), {"numbers": numbers, "schools": schools})
