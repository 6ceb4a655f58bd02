"""The outbox: handing letters over, and passing one on to the schools beneath an authority."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ejournal.cli.desk import desk_of
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.usecases.delivering import deliver
from ejournal.usecases.overseeing import pass_on

__all__ = ["app"]

app = typer.Typer(name="letters", help="help.letters")


@app.command("deliver", help="help.letters.deliver")
def _deliver(
    context: typer.Context,
    *,
    mailer: Annotated[
        str,
        typer.Option("--mailer", envvar="EJOURNAL_MAILER", metavar="URL", help="help.opt.mailer"),
    ],
    limit: Annotated[int, typer.Option("--limit", min=1, help="help.opt.limit")] = 100,
) -> None:
    desk = desk_of(context)
    holder = f"{socket.gethostname()}:{os.getpid()}"
    report = deliver(desk.store, desk.plugins.mailer(mailer), desk.key, holder=holder, limit=limit)
    desk.show(screens_of(desk).delivery(report), spell(report))


@app.command("pass-on", help="help.letters.pass-on")
def _pass_on(
    context: typer.Context,
    *,
    subject: Annotated[str, typer.Option("--subject", help="help.opt.subject-line")],
    text: Annotated[Path, typer.Option("--text", metavar="FILE", help="help.opt.text")],
) -> None:
    desk = desk_of(context)
    body = text.read_text("utf-8")
    authority = desk.actor.cabinet.authority
    passed = desk.in_registry(pass_on, authority, subject=subject, body=body)
    said = desk.words("letters.passed-on", letters=passed.letters, unreached=len(passed.unreached))
    desk.show(Text(said), spell(passed))
