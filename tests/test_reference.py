"""The reference says what the code says: permissions, errors, use cases, tables, events."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from ejournal import model
from ejournal.model.classes import Assessment
from ejournal.model.journal import ColumnKind
from ejournal.model.ledger import Event
from ejournal.model.marks import ValueKind
from ejournal.model.permissions import Action, Permission, Reach, Role, permissions
from ejournal.rules import PACKS
from ejournal.rules.packs import Verdict
from ejournal.store.stores import tables

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SOURCE = ROOT / "src" / "ejournal"

sys.path.insert(0, str(DOCS))
printed = importlib.import_module("printed")


def rows_of(name: str) -> list[list[str]]:
    """The cells of a printed table below its heading."""
    lines = printed.PRINTED[name]().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def plain(cell: str) -> str:
    return cell.strip("`")


def test_the_printed_permissions_are_the_table() -> None:
    read = [
        Permission(Role(plain(role)), Action(plain(act)), Reach(reach), allowed == "yes")
        for role, act, reach, allowed in rows_of("permissions")
    ]
    assert len(read) == len(Role) * len(Action) * len(Reach)
    assert set(read) == set(permissions())


def test_the_printed_acts_name_everybody_who_is_allowed() -> None:
    allowed = {
        (Action(plain(act)), reach, Role(name))
        for act, *cells in rows_of("acts")
        for reach, cell in zip(Reach, cells, strict=True)
        for name in re.findall(r"`([\w-]+)`", cell)
    }
    assert allowed == {(row.action, row.reach, row.role) for row in permissions() if row.allowed}


def error_classes() -> set[str]:
    """Every error that the source defines below the root, but for the branches; read there."""
    branches = {"EjournalError", "Refusal", "Fault"}
    below = branches | {"Missing"}  # an error with kinds of its own
    return {
        node.name
        for path in SOURCE.rglob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
        and below & {base.id for base in node.bases if isinstance(base, ast.Name)}
    } - branches


def test_every_error_is_printed_with_a_code_of_its_own() -> None:
    rows = rows_of("errors")
    assert {re.findall(r"`(\w+)", row[0])[0] for row in rows} == error_classes()
    assert len({row[1] for row in rows}) == len(rows)


MODULES: list[ModuleType] = printed.use_case_modules()
USE_CASES: list[tuple[ModuleType, FunctionType]] = [
    (module, case)
    for module in MODULES
    for case in printed.use_cases(module)
    if printed.unit_of(case) in {"SchoolUnit", "RegistryUnit", "Store"}
]
PAGE = (DOCS / "reference" / "use-cases.md").read_text("utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_module_of_use_cases_is_on_the_page(module: ModuleType) -> None:
    assert f".. automodule:: {module.__name__}\n" in PAGE


@pytest.mark.parametrize(("module", "case"), USE_CASES, ids=lambda thing: thing.__name__)
def test_a_use_case_says_what_it_refuses(module: ModuleType, case: FunctionType) -> None:
    assert printed.refusals_of(module, case) or "refuses nothing" in str(case.__doc__)


def test_every_use_case_stands_in_the_printed_table() -> None:
    shown = {row[0] for row in rows_of("use-cases")}
    assert shown == {
        f"{{py:func}}`{case.__name__} <{module.__name__}.{case.__name__}>`"
        for module, case in USE_CASES
    }


def test_the_printed_packs_are_the_librarys_with_their_sources() -> None:
    read = {plain(name): (title, source) for name, _, _, title, source in rows_of("rule-packs")}
    assert read == {pack.name: (pack.title, pack.source) for pack in PACKS}


def test_the_printed_verdicts_are_those_of_the_packs() -> None:
    for name, *said in rows_of("verdicts"):
        (pack,) = (pack for pack in PACKS if pack.name == plain(name))
        found = [pack.verdict(kind, ColumnKind.CURRENT, Assessment.POINTS) for kind in ValueKind]
        assert list(map(Verdict, said)) == found


def test_the_printed_tables_are_those_of_a_storage() -> None:
    read = {
        plain(name): ([plain(part) for part in key.split(", ")], re.findall(r"`(\w+)`", fields))
        for name, key, fields in rows_of("tables")
    }
    assert read == {
        table.name: (list(table.key), [slot.name for slot in table.slots]) for table in tables()
    }


def events() -> dict[str, str]:
    """Every event of the model: its class and its stable name."""
    for found in pkgutil.iter_modules(model.__path__, "ejournal.model."):
        importlib.import_module(found.name)
    return {
        event.__name__: event.name
        for event in Event.__subclasses__()
        if event.__module__.startswith("ejournal.model.")
    }


def test_the_glossary_lists_every_event_under_its_stable_name() -> None:
    glossary = (DOCS / "glossary.md").read_text("utf-8")
    section = glossary.partition("## Events")[2]
    listed = dict(re.findall(r"^\| (\w+) \|.*\(`([\w-]+)`\)\. \|$", section, re.MULTILINE))
    assert listed == events()


def documented() -> set[str]:
    """The modules that some page of the reference prints."""
    pages = (page.read_text("utf-8") for page in (DOCS / "reference").glob("*.md"))
    return {
        name
        for page in pages
        for name in re.findall(r"^\.\. automodule:: ([\w.]+)$", page, re.MULTILINE)
    }


@pytest.mark.parametrize("package", ["", "model", "rules", "usecases"])
def test_every_module_has_a_place_in_the_reference(package: str) -> None:
    folder = SOURCE / package
    prefix = "ejournal." + (f"{package}." if package else "")
    modules = {prefix + file.stem for file in folder.glob("*.py") if file.stem[0] != "_"}
    assert modules - documented() == set()


def test_the_contract_that_is_printed_is_the_kit() -> None:
    kit = importlib.import_module("ejournal.testing.storage")
    lasting = importlib.import_module("ejournal.testing.storage.lasting")
    lines = printed.PRINTED["contract"]().splitlines()
    assert [f"test_{line[2:].replace(' ', '_')}" for line in lines] == [
        name for name in (*kit.__all__, *lasting.__all__) if name.startswith("test_")
    ]
