"""The same checks as `make check` and `make test`, in a fresh environment for each session."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["style", "typing", "architecture", "tests", "docs", "build"]

PROJECT = nox.project.load_toml("pyproject.toml")
DEVELOPMENT = nox.project.dependency_groups(PROJECT, "dev")


def _runs(python: str) -> bool:
    """Tell an interpreter from a shim that only says where one could be had."""
    command = shutil.which(python)
    if command is None:
        return False
    answer = subprocess.run([command, "-c", "print()"], capture_output=True, check=False)
    return answer.returncode == 0


PRESENT = [version for version in ("3.11", "3.12", "3.13", "3.14") if _runs(f"python{version}")]


EXAMPLES = sorted(str(path.parent) for path in Path("examples").glob("*/pyproject.toml"))


def _install(session: nox.Session) -> None:
    examples = [part for example in EXAMPLES for part in ("-e", f"./{example}")]
    session.install("-e", ".[all]", *examples, *DEVELOPMENT)


@nox.session(python=PRESENT)
def tests(session: nox.Session) -> None:
    """Run the suite once, with branch coverage."""
    _install(session)
    session.run("pytest", "-n", "auto", "--cov", "--cov-report=term", *session.posargs)


@nox.session
def typing(session: nox.Session) -> None:
    """Check `src` and `tests` with mypy, strictly."""
    _install(session)
    session.run("mypy", *session.posargs)


@nox.session
def style(session: nox.Session) -> None:
    """Lint, and ask whether the formatter would change anything."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def architecture(session: nox.Session) -> None:
    """Hold the import contracts."""
    _install(session)
    session.run("lint-imports", "--no-logo", "--no-cache")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation with every warning an error."""
    _install(session)
    session.run(
        "sphinx-build", "-E", "-n", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html"
    )


@nox.session
def build(session: nox.Session) -> None:
    """Build the distributions and import the wheel where nothing else of ours is."""
    session.install("build")
    session.run("python", "-m", "build", "--outdir", session.create_tmp())
    session.install(".")
    session.run("python", "-I", "-c", "import ejournal; print(ejournal.__version__)")
