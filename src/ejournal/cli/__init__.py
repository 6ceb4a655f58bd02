"""The command line: `ejournal`, with everything the library does for a person at a terminal."""

from __future__ import annotations

import sys

from ejournal.cli.exits import ExitCode
from ejournal.cli.words import language_of
from ejournal.errors import NotInstalled
from ejournal.plugins.extras import brought_by

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave the process; the exit codes stand in its reference."""
    try:
        with brought_by("cli", "typer", "rich", "aiosmtpd", "argon2"):
            from ejournal.cli.root import app
    except NotInstalled as error:
        sys.stderr.write(f"ejournal: {error.explain(language_of(sys.argv[1:]))}\n")
        sys.exit(ExitCode.FAULT)
    app()
