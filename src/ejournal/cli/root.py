"""The root of the command line: global options, translated help, and what errors become."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from ejournal.cli import (
    authorities,
    demo,
    diary,
    invitations,
    journals,
    ledger,
    letters,
    requests,
    schema,
    schools,
    starting,
)
from ejournal.cli.desk import Desk
from ejournal.cli.exits import ExitCode
from ejournal.cli.words import Words, language_of
from ejournal.errors import EjournalError, Refusal

__all__ = ["Root", "app"]


class Root(TyperGroup):
    """Says everything in the language of the call and turns errors into exit codes."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - the signature is Typer's
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002 - likewise
        **extra: Any,  # noqa: ANN401 - likewise
    ) -> NoReturn:
        """Run a call and leave the process with its exit code."""
        del standalone_mode
        given = sys.argv[1:] if args is None else list(args)
        words = Words(language_of(given))
        _translate(self, words)
        teller = _Teller(words, as_json="--json" in given)
        try:
            code = super().main(
                given,
                prog_name or "ejournal",
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except EjournalError as error:
            teller.tell(error.code, error.retry, error.explain(words.language))
            sys.exit(ExitCode.REFUSAL if isinstance(error, Refusal) else ExitCode.FAULT)
        except typer.TyperException as error:
            teller.tell("usage", "no", _usage(words, error))
            sys.exit(ExitCode.USAGE)
        except OSError as error:
            teller.tell("io", "same", f"{error.filename}: {error.strerror}")
            sys.exit(ExitCode.FAULT)
        except UnicodeDecodeError as error:
            teller.tell("encoding", "no", words("fault.encoding", encoding=error.encoding))
            sys.exit(ExitCode.FAULT)
        except typer.Abort:
            sys.exit(ExitCode.INTERRUPTED)
        sys.exit(code if isinstance(code, int) else 0)


class _Teller:
    """Prints an error: a sentence for a person, an object for a program."""

    def __init__(self, words: Words, *, as_json: bool) -> None:
        self._words = words
        self._as_json = as_json

    def tell(self, code: str, retry: str, message: str) -> None:
        told = {"code": code, "retry": retry, "message": message}
        text = json.dumps(told, ensure_ascii=False) if self._as_json else f"ejournal: {message}"
        typer.echo(text, err=True)


def _usage(words: Words, error: typer.TyperException) -> str:
    if isinstance(error, typer.BadParameter) and error.param is not None:
        name = error.param.get_error_hint()
        if error.message:
            return words("usage.value", name=name, why=error.message)
        return words("usage.missing", name=name)
    if isinstance(error, typer.BadParameter):
        return error.message
    return words("usage.other", why=error.format_message().rstrip("."))


def _translate(group: Any, words: Words) -> None:  # noqa: ANN401 - commands are Typer's own
    """Put texts in the place of the keys under which help was declared."""
    for item in (group, *group.params):
        item.help = words(item.help)
    for command in getattr(group, "commands", {}).values():
        _translate(command, words)


app = typer.Typer(
    cls=Root,
    name="ejournal",
    help="help.ejournal",
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root(
    context: typer.Context,
    *,
    store: Annotated[
        str, typer.Option("--store", envvar="EJOURNAL_STORE", metavar="URL", help="help.store")
    ] = "sqlite:///ejournal.db",
    lang: Annotated[
        str, typer.Option("--lang", envvar="EJOURNAL_LANG", metavar="uk|en", help="help.lang")
    ] = "uk",
    as_json: Annotated[bool, typer.Option("--json", help="help.json")] = False,
    login: Annotated[
        str, typer.Option("--as", envvar="EJOURNAL_AS", metavar="EMAIL", help="help.as")
    ] = "",
    cabinet: Annotated[
        str, typer.Option("--cabinet", metavar="ROLE[@PLACE]", help="help.cabinet")
    ] = "",
    password_file: Annotated[
        str, typer.Option("--password-file", metavar="FILE", help="help.password-file")
    ] = "",
) -> None:
    words = Words("en" if lang == "en" else "uk")
    if lang not in ("uk", "en"):
        raise typer.BadParameter(words("usage.lang"))
    desk = Desk(words, as_json, store, login, cabinet, password_file)
    context.obj = desk
    context.call_on_close(desk.close)


for _part in (
    starting.app,
    authorities.app,
    requests.app,
    letters.app,
    invitations.app,
    schools.app,
    journals.app,
    diary.app,
    ledger.app,
    schema.app,
    demo.app,
):
    app.add_typer(_part)
