"""Invitations: offering a role, taking it up, sending again, taking back; what roles carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich.text import Text

from ejournal.adapters.passwords import Passwords
from ejournal.authority import require
from ejournal.cli.cabinet import DOOR, passwords_of, proved
from ejournal.cli.desk import Desk, desk_of, first_line
from ejournal.cli.options import PersonsEmail, PersonsName
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.ids import InvitationId, PersonId, SchoolId, parse_id
from ejournal.model.access import Account, Invitation
from ejournal.model.identifiers import Email, parse_email, parse_person_name
from ejournal.model.permissions import Action, Role
from ejournal.ports import Resend
from ejournal.store import RegistryUnit, SchoolUnit
from ejournal.usecases.inviting import (
    accept,
    invite,
    open_invitation,
    renew_rights,
    resend,
    revoke,
)

__all__ = ["accept_first", "app", "token_in"]

R = TypeVar("R")

app = typer.Typer(name="invitations", help="help.invitations")

_Invitation = Annotated[str, typer.Argument(metavar="INVITATION", help="help.arg.invitation")]
_School = Annotated[str, typer.Option("--school", metavar="SCHOOL", help="help.opt.school")]


@app.command("list", help="help.invitations.list")
def _list(context: typer.Context, *, school: _School = "") -> None:
    desk = desk_of(context)
    invitations = _within(desk, school, _waiting)
    desk.show(
        screens_of(desk).invitations(invitations),
        [spell(invitation) for invitation in invitations],
    )


def _waiting(unit: SchoolUnit) -> list[Invitation]:
    require(unit, Action.INVITE)
    return list(unit.invitations.pending())


@app.command("send", help="help.invitations.send")
def _send(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option("--role", help="help.opt.role")],
    name: PersonsName,
    email: PersonsEmail,
    person: Annotated[str, typer.Option("--person", metavar="ID", help="help.opt.as-whom")] = "",
    school: _School = "",
) -> None:
    whom, address = parse_person_name(name), parse_email(email)
    number = PersonId(parse_id(person)) if person else None

    def offered(unit: SchoolUnit) -> Invitation:
        return invite(unit, name=whom, address=address, role=role, person=number)

    _show(context, school, offered)


@app.command("resend", help="help.invitations.resend")
def _resend(
    context: typer.Context,
    invitation: _Invitation,
    *,
    how: Annotated[Resend | None, typer.Option("--how", help="help.opt.how")] = None,
    school: _School = "",
) -> None:
    number = InvitationId(parse_id(invitation))
    _show(context, school, lambda unit: resend(unit, number, how=how))


@app.command("revoke", help="help.invitations.revoke")
def _revoke(context: typer.Context, invitation: _Invitation, *, school: _School = "") -> None:
    number = InvitationId(parse_id(invitation))
    _show(context, school, lambda unit: revoke(unit, number))


@app.command("renew-rights", help="help.invitations.renew-rights")
def _renew_rights(
    context: typer.Context,
    *,
    role: Annotated[Role, typer.Option("--role", help="help.opt.role")],
    acts: Annotated[list[Action], typer.Option("--act", help="help.opt.act")],
    school: Annotated[str, typer.Option("--school", metavar="SCHOOL", help="help.opt.school")],
) -> None:
    desk = desk_of(context)
    renewed = _within(desk, school, lambda unit: renew_rights(unit, role, acts))
    told = desk.words("invitations.renewed", grants=len(renewed))
    desk.show(Text(told), [spell(grant) for grant in renewed])


def _show(
    context: typer.Context, school: str, use_case: Callable[[SchoolUnit], Invitation]
) -> None:
    desk = desk_of(context)
    invitation = _within(desk, school, use_case)
    desk.show(screens_of(desk).invitations([invitation]), spell(invitation))


def _within(desk: Desk, school: str, use_case: Callable[[SchoolUnit], R]) -> R:
    """Run in the school of the cabinet, or in the one that the institute names."""
    if not school:
        return desk.in_school(use_case)
    place = SchoolId(parse_id(school))
    return desk.in_registry(lambda unit: use_case(unit.school(place)))


@app.command("accept", help="help.invitations.accept")
def _accept(
    context: typer.Context,
    *,
    link_file: Annotated[
        str, typer.Option("--link-file", metavar="FILE", help="help.opt.link-file")
    ] = "",
) -> None:
    desk = desk_of(context)
    link = first_line(link_file) if link_file else _asked_link(desk)
    account = _accepted(desk, token_in(link))
    desk.show(Text(desk.words("invitations.accepted")), spell(account))


def _asked_link(desk: Desk) -> str:
    asked: str = typer.prompt(desk.words("prompt.link"), hide_input=True, err=True)
    return asked


def token_in(link: str) -> str:
    """Return the token at the end of an invitation's link; a bare token is itself."""
    return link.strip().rpartition("/")[2]


def _accepted(desk: Desk, token: str) -> Account:
    """Sign in who has a password already, or let the person choose the first one."""
    with desk.store.browsing(DOOR) as unit:
        offered = open_invitation(unit, token, desk.key)
        address = offered.invitation.address
        known = unit.credentials.find(address.folded) is not None
    typer.echo(
        desk.words(
            "invitations.offered",
            role=desk.words(f"role.{offered.role.value}"),
            school=offered.school.name,
        ),
        err=True,
    )
    identity = passwords_of(desk.plugins, desk.store)
    if desk.login or known:
        password = desk.password("prompt.password")
        verified = proved(identity, desk.login or address.text, password)
        return desk.store.run_registry(DOOR, accept, token, verified, desk.key)
    password = desk.password("prompt.new-password", new=True)
    return desk.store.run_registry(
        DOOR, accept_first, identity, token, desk.key, email=address, password=password
    )


def accept_first(
    unit: RegistryUnit, identity: Passwords, token: str, key: bytes, *, email: Email, password: str
) -> Account:
    """Take an invitation up with the first password of its address, all or nothing."""
    verified = identity.set_password(unit, email, password)
    return accept(unit, token, verified, key)
