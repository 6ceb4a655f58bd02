"""Ledgers: proving that they and the tables agree, taking seals, showing what was committed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ejournal.cli.desk import desk_of
from ejournal.cli.exits import ExitCode
from ejournal.cli.starting import screens_of
from ejournal.codec import make_converter, spell
from ejournal.errors import EjournalError, Unreadable
from ejournal.ids import SchoolId, parse_id, spell_id
from ejournal.model.ledger import Finding, Seal
from ejournal.store import Store
from ejournal.usecases.following import follow

__all__ = ["app", "examined", "read_seals", "spelled_seals"]

app = typer.Typer(name="ledger", help="help.ledger")

_PLUGINS = "plug-ins"

_Chains = Annotated[
    list[str] | None, typer.Option("--school", metavar="SCHOOL", help="help.opt.chain")
]


@app.command("verify", help="help.ledger.verify")
def _verify(
    context: typer.Context,
    *,
    school: _Chains = None,
    seal: Annotated[
        list[Path] | None, typer.Option("--seal", metavar="FILE", help="help.opt.seal")
    ] = None,
) -> None:
    desk = desk_of(context)
    seals = [one for path in seal or () for one in read_seals(path)]
    chains = _chosen(desk.store, school, seals)
    findings = [
        (chain, finding) for chain in chains for finding in examined(desk.store, chain, seals)
    ]
    spelled = [
        {"chain": spell_id(chain), **dict(_spelled_finding(finding))} for chain, finding in findings
    ]
    desk.show(screens_of(desk).findings(findings), {"chains": len(chains), "findings": spelled})
    if findings:
        raise typer.Exit(ExitCode.FINDINGS)


def _spelled_finding(finding: Finding) -> dict[str, str | int]:
    """Return a finding's fields as they are spelled."""
    return {"flaw": finding.flaw.value, "seq": finding.seq, "what": finding.what}


def examined(store: Store, chain: SchoolId, seals: list[Seal]) -> list[Finding]:
    """Return what does not agree in a chain, with seals taken before, and with the tables."""
    return [*store.verify(chain, *seals), *store.audit(chain)]


def _chosen(store: Store, named: list[str] | None, seals: list[Seal]) -> list[SchoolId]:
    """Return the chains that are named, or else all there are and all that were sealed."""
    if named:
        return [SchoolId(parse_id(text)) for text in named]
    return sorted({*store.heads(), *(seal.chain for seal in seals)})


@app.command("seal", help="help.ledger.seal")
def _seal(
    context: typer.Context,
    *,
    school: _Chains = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="help.opt.output")
    ] = None,
) -> None:
    desk = desk_of(context)
    text = spelled_seals([desk.store.seal(chain) for chain in _chosen(desk.store, school, [])])
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, "utf-8")
    desk.show(Text(desk.words("export.done", file=output)), {"file": str(output)})


@app.command("feed", help="help.ledger.feed")
def _feed(context: typer.Context) -> None:
    desk = desk_of(context)
    entries = follow(desk.store, _PLUGINS, desk.plugins.committed)
    desk.show(Text(desk.words("feed.done", entries=entries)), {"entries": entries})


def spelled_seals(seals: list[Seal]) -> str:
    """Return seals as the JSON that `read_seals` reads."""
    return json.dumps([spell(seal) for seal in seals], indent=2) + "\n"


def read_seals(path: Path) -> list[Seal]:
    """Return the seals in a file; raises `Unreadable` for a file of anything else."""
    try:
        return make_converter().structure(json.loads(path.read_text("utf-8")), list[Seal])
    except (ValueError, TypeError, ExceptionGroup, EjournalError) as error:
        raise Unreadable(f"seals in {path}", type(error).__name__) from error
