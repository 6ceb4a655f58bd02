"""The tree is cut as the contracts say, and importing the package costs attrs and nothing else."""

from __future__ import annotations

import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
FILES = sorted((SOURCE / "ejournal").rglob("*.py"))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
    "contracts"
]

TRESPASSES = {
    "Layers: nothing imports what stands above it": {"stray.py": ""},
    "Nothing inside imports from the package root": {
        "model/trespass.py": "from ejournal import __version__\n"
    },
    "Adapters do not know each other": {
        "adapters/one.py": "import ejournal.adapters.other\n",
        "adapters/other.py": "",
    },
    "Use cases do not call each other across gerunds": {
        "usecases/one.py": "import ejournal.usecases.other\n",
        "usecases/other.py": "",
    },
    "No cycles between siblings, in the model or anywhere": {
        "model/egg.py": "import ejournal.model.hen\n",
        "model/hen.py": "import ejournal.model.egg\n",
    },
    "Only adapters.sql imports SQLAlchemy, Alembic and psycopg": {
        "adapters/trespass.py": "import sqlalchemy.orm\n"
    },
    "Only adapters.mongo imports PyMongo and BSON": {"adapters/trespass.py": "import bson\n"},
    "Only adapters.passwords imports argon2": {"adapters/trespass.py": "import argon2\n"},
    "Only plugins import pluggy": {"usecases/trespass.py": "import pluggy\n"},
    "Only the codec and adapters import cattrs": {"usecases/trespass.py": "import cattrs.gen\n"},
    "Only testing imports pytest and Hypothesis": {"store/trespass.py": "import hypothesis\n"},
    "Only the command line imports Typer, Rich and aiosmtpd": {
        "plugins/trespass.py": "import rich.table\n"
    },
    "Only identifiers and contacts import what checks codes, phones and addresses": {
        "model/trespass.py": "import stdnum.ua.edrpou\n"
    },
}


def lint_imports(checkout: Path) -> str:
    """The report on the package under `checkout`, by the contracts written there."""
    program = "from importlinter.cli import lint_imports_command as main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout + run.stderr


def verdicts(report: str) -> dict[str, str]:
    """Each contract's name with the word that stands after it: KEPT or BROKEN."""
    found = {}
    for line in report.splitlines():
        for contract in CONTRACTS:
            name = contract["name"]
            if line.startswith((f"{name} KEPT", f"{name} BROKEN")):
                found[name] = line.removeprefix(name).split()[0]
    return found


def test_every_import_contract_is_kept() -> None:
    report = lint_imports(ROOT)
    assert verdicts(report) == {contract["name"]: "KEPT" for contract in CONTRACTS}, report


def test_every_import_contract_has_a_trespass_that_is_tried_below() -> None:
    assert list(TRESPASSES) == [contract["name"] for contract in CONTRACTS]


@pytest.mark.parametrize("name", TRESPASSES)
def test_a_trespass_breaks_its_contract(name: str, tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    copy = shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    for file, text in TRESPASSES[name].items():
        target = copy / "ejournal" / file
        target.parent.mkdir(exist_ok=True)
        (target.parent / "__init__.py").touch()
        target.write_text(text, "utf-8")
    report = lint_imports(tmp_path)
    assert verdicts(report)[name] == "BROKEN", report


def packages_imported_by(path: Path) -> set[str]:
    """The top-level packages that a file imports anywhere in it, ours and Python's own left out."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "ejournal")
    return {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"ejournal"}


def test_every_foreign_package_but_attrs_has_a_contract_of_its_own() -> None:
    governed = {name for contract in CONTRACTS for name in contract.get("forbidden_modules", ())}
    imported = {name for path in FILES for name in packages_imported_by(path)}
    assert imported - governed <= {"attr", "attrs"}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A folder to import from where attrs and the package stand alone."""
    installed = Path(sysconfig.get_path("purelib"))
    for name in ("attr", "attrs"):
        (tmp_path / name).symlink_to(installed / name)
    (tmp_path / "ejournal").symlink_to(SOURCE / "ejournal")
    return tmp_path


def test_importing_the_package_loads_attrs_and_nothing_heavier(bare: Path) -> None:
    program = (
        f"import json, sys; sys.path.insert(0, {str(bare)!r}); before = set(sys.modules)\n"
        "import ejournal\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in set(sys.modules) - before})))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    loaded = set(json.loads(run.stdout)) - sys.stdlib_module_names
    assert loaded <= {"attr", "attrs", "ejournal"}
    assert "ejournal" in loaded


EXTRAS = ("sqlalchemy", "alembic", "pymongo", "argon2", "typer", "rich", "pytest", "hypothesis")


def test_every_public_name_can_be_had_without_an_extra() -> None:
    program = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS}))\nfrom ejournal import *"
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def defined_in(path: Path) -> tuple[set[str], set[str]]:
    """What a module's top level makes, and what else it may offer: its values, names of ours."""
    made: set[str] = set()
    offered: set[str] = set()
    body = ast.parse(path.read_text("utf-8")).body
    guarded = [inner for outer in body if isinstance(outer, ast.If) for inner in outer.body]
    for node in (*body, *guarded):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            offered |= {target.id for target in targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ejournal."):
            offered |= {alias.asname or alias.name for alias in node.names}
            if "*" in offered:
                offered |= set(importlib.import_module(str(node.module)).__all__)
    return made, offered


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_what_a_module_calls_public_is_what_it_defines(path: Path) -> None:
    module = importlib.import_module(module_of(path))
    made, offered = defined_in(path)
    public = {word for word in made if not word.startswith("_")}
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is None:
        assert not public, "it has public names and no __all__"
        return
    assert len(listed) == len(set(listed))
    assert public <= set(listed)
    assert [word for word in listed if not hasattr(module, word)] == []
    assert set(listed) <= made | offered
