"""Schools' requests: receiving them, looking at them, deciding on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from ejournal.adapters.maildir import FileMailbox, MaildirMailbox, StreamMailbox
from ejournal.authority import require
from ejournal.cli.desk import Desk, desk_of
from ejournal.cli.options import OfRequest
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.errors import Invalid
from ejournal.ids import RequestId, parse_id
from ejournal.intake import read_message
from ejournal.model.access import System
from ejournal.model.connection import AccessRequest, RequestState, SchoolDecision
from ejournal.model.identifiers import (
    parse_diso_id,
    parse_edrpou,
    parse_email,
    parse_person_name,
    parse_region,
    read_contact_phone,
)
from ejournal.model.permissions import Action
from ejournal.model.request_items import RequestItems
from ejournal.ports import Mailbox
from ejournal.store import RegistryUnit, Store
from ejournal.usecases.connecting import (
    approve,
    clarify,
    complete,
    expire_requests,
    reject,
    review,
    take,
    withdraw,
)
from ejournal.usecases.receiving import receive

__all__ = ["app", "take_in"]

P = ParamSpec("P")

app = typer.Typer(name="requests", help="help.requests")

_INTAKE = System("intake")


def take_in(store: Store, mailbox: Mailbox) -> list[AccessRequest]:
    """Take in every message of a mailbox and return the request each belongs to."""
    requests = []
    for message in mailbox.messages():
        requests.append(store.run_registry(_INTAKE, receive, read_message(message.raw)))
        message.done()
    return requests


@app.command("receive", help="help.requests.receive")
def _receive(
    context: typer.Context,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="help.arg.messages")
    ] = None,
    *,
    maildir: Annotated[
        Path | None, typer.Option("--maildir", metavar="DIR", help="help.opt.maildir")
    ] = None,
) -> None:
    desk = desk_of(context)
    _show_all(desk, take_in(desk.store, _mailbox(desk, files or [], maildir)))


def _mailbox(desk: Desk, files: list[Path], maildir: Path | None) -> Mailbox:
    if (maildir is None) is not bool(files):
        raise typer.BadParameter(desk.words("usage.messages"))
    if maildir is not None:
        return MaildirMailbox(maildir)
    if files == [Path("-")]:
        return StreamMailbox(typer.get_binary_stream("stdin"))
    return FileMailbox(files)


def _show_all(desk: Desk, requests: list[AccessRequest]) -> None:
    desk.show(screens_of(desk).requests(requests), [spell(request) for request in requests])


@app.command("list", help="help.requests.list")
def _list(
    context: typer.Context,
    *,
    state: Annotated[RequestState | None, typer.Option("--state", help="help.opt.state")] = None,
) -> None:
    desk = desk_of(context)
    _show_all(desk, desk.read_registry(_queue, state))


def _queue(unit: RegistryUnit, state: RequestState | None) -> list[AccessRequest]:
    require(unit, Action.REVIEW_REQUESTS)
    return list(unit.requests.all() if state is None else unit.requests.in_state(state))


@app.command("show", help="help.requests.show")
def _show(context: typer.Context, request: OfRequest) -> None:
    desk = desk_of(context)
    seen = desk.read_registry(review, RequestId(parse_id(request)))
    desk.show(screens_of(desk).review(seen), spell(seen))


@app.command("take", help="help.requests.take")
def _take(context: typer.Context, request: OfRequest) -> None:
    _decide(context, take, request)


@app.command("complete", help="help.requests.complete")
def _complete(
    context: typer.Context,
    request: OfRequest,
    *,
    region: Annotated[str, typer.Option("--region", help="help.opt.region")] = "",
    community: Annotated[str, typer.Option("--community", help="item.community")] = "",
    school: Annotated[str, typer.Option("--school-name", help="item.school_name")] = "",
    diso: Annotated[str, typer.Option("--diso-id", help="item.diso_id")] = "",
    edrpou: Annotated[str, typer.Option("--edrpou", help="item.edrpou")] = "",
    name: Annotated[str, typer.Option("--admin-name", help="item.admin_name")] = "",
    email: Annotated[str, typer.Option("--admin-email", help="item.admin_email")] = "",
    phone: Annotated[str, typer.Option("--admin-phone", help="item.admin_phone")] = "",
) -> None:
    items = RequestItems(
        region=parse_region(region) if region else None,
        community=community or None,
        school_name=school or None,
        diso_id=parse_diso_id(diso) if diso else None,
        edrpou=parse_edrpou(edrpou) if edrpou else None,
        admin_name=parse_person_name(name) if name else None,
        admin_email=parse_email(email) if email else None,
        admin_phone=read_contact_phone(phone) if phone else None,
    )
    _decide(context, complete, request, items)


@app.command("clarify", help="help.requests.clarify")
def _clarify(
    context: typer.Context,
    request: OfRequest,
    *,
    words: Annotated[str, typer.Option("--words", help="help.opt.words")] = "",
) -> None:
    _decide(context, clarify, request, words=words)


@app.command("approve", help="help.requests.approve")
def _approve(
    context: typer.Context,
    request: OfRequest,
    *,
    number: Annotated[str, typer.Option("--decision-number", help="help.opt.decision-number")] = "",
    day: Annotated[
        date | None,
        typer.Option(
            "--decision-day",
            metavar="YYYY-MM-DD",
            parser=date.fromisoformat,
            help="help.opt.decision-day",
        ),
    ] = None,
) -> None:
    if number and day is None:
        raise Invalid("decision", "", "absent")
    decision = None if day is None else SchoolDecision(number, day)
    _decide(context, approve, request, decision=decision)


@app.command("reject", help="help.requests.reject")
def _reject(
    context: typer.Context,
    request: OfRequest,
    *,
    reason: Annotated[str, typer.Option("--reason", help="help.opt.reason")],
) -> None:
    _decide(context, reject, request, reason=reason)


@app.command("withdraw", help="help.requests.withdraw")
def _withdraw(context: typer.Context, request: OfRequest) -> None:
    _decide(context, withdraw, request)


@app.command("expire", help="help.requests.expire")
def _expire(context: typer.Context) -> None:
    desk = desk_of(context)
    _show_all(desk, list(desk.store.run_registry(System("expiry"), expire_requests)))


def _decide(
    context: typer.Context,
    use_case: Callable[Concatenate[RegistryUnit, RequestId, P], AccessRequest],
    request: str,
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    desk = desk_of(context)
    _show_all(desk, [desk.in_registry(use_case, RequestId(parse_id(request)), *args, **kwargs)])
