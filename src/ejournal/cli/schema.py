"""The tables of a store: which steps they have run, and running the others."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from ejournal.cli.desk import Desk, RunsSteps, desk_of
from ejournal.cli.starting import screens_of
from ejournal.errors import NotAllowedHere

__all__ = ["app"]

app = typer.Typer(name="schema", help="help.schema")


@app.command("show", help="help.schema.show")
def _show(context: typer.Context) -> None:
    desk = desk_of(context)
    tables = _tables_of(desk)
    version, pending = tables.schema_version(), tables.pending_steps()
    spelled = [
        {"number": step.number, "phase": step.phase.value, "title": step.title} for step in pending
    ]
    desk.show(screens_of(desk).steps(version, pending), {"version": version, "pending": spelled})


@app.command("upgrade", help="help.schema.upgrade")
def _upgrade(context: typer.Context) -> None:
    desk = desk_of(context)
    tables = _tables_of(desk)
    tables.upgrade_tables()
    version = tables.schema_version()
    desk.show(Text(desk.words("schema.done", version=version)), {"version": version})


@app.command("sql", help="help.schema.sql")
def _sql(
    context: typer.Context,
    *,
    since: Annotated[
        int | None, typer.Option("--since", metavar="STEP", help="help.opt.since-step")
    ] = None,
) -> None:
    tables = _tables_of(desk_of(context))
    start = tables.schema_version() if since is None else since
    typer.echo(tables.upgrade_script(start), nl=False)


def _tables_of(desk: Desk) -> RunsSteps:
    """Return the store as one with steps; raises `NotAllowedHere` for one without."""
    if not isinstance(desk.store, RunsSteps):
        raise NotAllowedHere(desk.url.partition(":")[0], "no-steps")
    return desk.store
