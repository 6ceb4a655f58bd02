"""What the documentation shows runs, what it links to is there, and the glossary is complete."""

from __future__ import annotations

import ast
import doctest
import importlib
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from attrs import frozen
from markdown_it import MarkdownIt
from markdown_it.token import Token
from own_databases import mongo_database
from servers import shared
from shared_run import Kind

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GLOSSARY = DOCS / "glossary.md"
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("examples/**/*.md")]
    if not {"_build", ".venv", "generated"} & set(path.parts)
)
SERVERS = {"MONGODB_URI": "empty_mongo"}
"""The variables by which pages name a server, and the fixtures that start one."""

OUTPUT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@frozen
class Block:
    """A fenced block of a page: its language, its text, and the line of the page it begins at."""

    page: Path
    language: str
    text: str
    line: int

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def tokens_of(page: Path) -> list[Token]:
    return MarkdownIt().enable("table").parse(page.read_text("utf-8"))


def blocks_of(page: Path) -> Iterator[Block]:
    for token in tokens_of(page):
        if token.type == "fence" and token.map and token.info:
            yield Block(page, token.info.split()[0], token.content, token.map[0] + 2)


def pages_with(*languages: str) -> list[Path]:
    return [page for page in PAGES if any(block.language in languages for block in blocks_of(page))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def run_python(block: Block, names: dict[str, object]) -> None:
    """Run a block so that a traceback, and every object it defines, points at the page's line."""
    text = "\n" * (block.line - 1) + block.text
    exec(compile(text, str(block.page), "exec", dont_inherit=True), names)


def run_examples(block: Block, names: dict[str, object]) -> None:
    """Run a block of `>>>` examples as a doctest over the page's names."""
    examples = doctest.DocTestParser().get_doctest(
        block.text, names, str(block), str(block.page), block.line - 1
    )
    report: list[str] = []
    doctest.DocTestRunner(optionflags=OUTPUT).run(examples, out=report.append, clear_globs=False)
    names.update(examples.globs)
    if report:
        pytest.fail("".join(report), pytrace=False)


@pytest.fixture
def empty_mongo() -> Iterator[str]:
    """A MongoDB database for one page, by its URI."""
    with mongo_database(shared(Kind.MONGO)) as uri:
        yield uri


@pytest.mark.parametrize("page", pages_with("python", "pycon"), ids=name_of)
def test_the_code_of_a_page_runs(
    page: Path, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for variable, server in SERVERS.items():
        if variable in page.read_text("utf-8"):
            monkeypatch.setenv(variable, request.getfixturevalue(server))
    names: dict[str, object] = {"__name__": "__page__"}
    for block in blocks_of(page):
        try:
            if block.language == "python":
                run_python(block, names)
            elif block.language == "pycon":
                run_examples(block, names)
        except Exception as error:
            error.add_note(f"in the block at {block}")
            raise


@frozen
class Command:
    """A command shown after `$ ` in a console block, and what the page says it prints."""

    line: str
    printed: str
    at: str


def commands_of(page: Path) -> Iterator[Command]:
    for block in blocks_of(page):
        if block.language != "console":
            continue
        for shown in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            command, _, printed = shown.replace("\\\n", " ").partition("\n")
            yield Command(command, printed, str(block))


@pytest.mark.parametrize("page", pages_with("console"), ids=name_of)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    if find_spec("ejournal.cli") is None:
        pytest.skip("there is no command line yet")
    scripts = sysconfig.get_path("scripts")
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
        "PYTHONIOENCODING": "utf-8",
    }
    for command in commands_of(page):
        if not command.line.startswith("ejournal"):
            continue
        run = subprocess.run(
            command.line,
            shell=True,
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{command.at}: $ {command.line}\n{run.stdout}{run.stderr}"
        if command.printed.strip():
            assert doctest.OutputChecker().check_output(command.printed, run.stdout, OUTPUT), (
                f"{command.at}: $ {command.line}\nprinted\n{run.stdout}"
            )


FILES = sorted((ROOT / "src" / "ejournal").rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def doctests_of(name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(name)
    found = doctest.DocTestFinder(exclude_empty=True).find(module, name)
    return [test for test in found if test.examples]


@pytest.mark.parametrize("name", [module_of(path) for path in FILES])
def test_the_examples_in_docstrings_hold(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report: list[str] = []
    for test in doctests_of(name):
        doctest.DocTestRunner(optionflags=OUTPUT).run(test, out=report.append)
    assert not report, "".join(report)


def links_of(page: Path) -> Iterator[tuple[int, str]]:
    for token in tokens_of(page):
        line = token.map[0] + 1 if token.map else 0
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield line, str(target)


def file_linked(page: Path, target: str) -> Path | None:
    """The file that a link points at; None for an address or a place on the same page."""
    address = urlsplit(target)
    if address.scheme or address.netloc or not address.path:
        return None
    return page.parent / unquote(address.path)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_link_of_a_page_points_at_a_missing_file(page: Path) -> None:
    missing = [
        f"{name_of(page)}:{line}: {target}"
        for line, target in links_of(page)
        if (file := file_linked(page, target)) is not None and not file.exists()
    ]
    assert missing == []


def model_classes() -> list[str]:
    """Every public class of the model, as `module.Name`; read, not imported."""
    return [
        f"{module_of(path)}.{node.name}"
        for path in FILES
        if "model" in path.relative_to(ROOT / "src" / "ejournal").parts
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def glossary() -> set[str]:
    """The terms of the first column, plain: `AccessRequest`, or several with commas or slashes."""
    rows = re.findall(r"^\|([^|]+)\|", GLOSSARY.read_text("utf-8"), flags=re.MULTILINE)
    return {term for row in rows for term in re.findall(r"\w+", row)}


@pytest.mark.parametrize("path", model_classes())
def test_a_class_of_the_model_stands_in_the_glossary(path: str) -> None:
    if not GLOSSARY.exists():
        pytest.skip("docs/glossary.md is not written yet")
    assert path.rpartition(".")[2] in glossary()
