"""Arguments and options that several commands share, and how what is typed is read."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import typer

__all__ = [
    "Day",
    "File",
    "InClass",
    "InJournal",
    "OfLesson",
    "OfPupil",
    "OfRequest",
    "OptionalDay",
    "PersonsEmail",
    "PersonsName",
    "Required",
]

OfRequest: TypeAlias = Annotated[str, typer.Argument(metavar="REQUEST", help="help.arg.request")]
InJournal: TypeAlias = Annotated[str, typer.Argument(metavar="JOURNAL", help="help.arg.journal")]
InClass: TypeAlias = Annotated[str, typer.Argument(metavar="CLASS", help="help.arg.class")]
OfLesson: TypeAlias = Annotated[str, typer.Argument(metavar="LESSON", help="help.arg.lesson")]
OfPupil: TypeAlias = Annotated[str, typer.Argument(metavar="PUPIL", help="help.arg.pupil")]
File: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="help.arg.file")]
Required: TypeAlias = Annotated[str, typer.Option("--name", metavar="NAME", help="help.opt.name")]
PersonsName: TypeAlias = Annotated[
    str, typer.Option("--name", metavar="NAME", help="help.opt.person")
]
PersonsEmail: TypeAlias = Annotated[
    str, typer.Option("--email", metavar="EMAIL", help="help.opt.email")
]
Day: TypeAlias = Annotated[
    date,
    typer.Option("--day", metavar="YYYY-MM-DD", parser=date.fromisoformat, help="help.opt.day"),
]
OptionalDay: TypeAlias = Annotated[
    date | None,
    typer.Option("--day", metavar="YYYY-MM-DD", parser=date.fromisoformat, help="help.opt.today"),
]
