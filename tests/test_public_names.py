"""The names that `import ejournal` offers: all there, all of the glossary, none of them loaded."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import TypeGuard, assert_type

import pytest

import ejournal
from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Missing

ROOT = Path(__file__).parent.parent
SOURCE = Path(ejournal.__file__)


def names_for_checkers() -> dict[str, str]:
    """The names imported for type checkers alone, and the modules they come from."""
    tree = ast.parse(SOURCE.read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    return {
        alias.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("name", ejournal.__all__)
def test_a_public_name_is_what_type_checkers_take_it_for(name: str) -> None:
    home = names_for_checkers().get(name, "ejournal")
    assert getattr(ejournal, name) is getattr(importlib.import_module(home), name)


def test_type_checkers_are_told_of_every_name() -> None:
    assert sorted({*names_for_checkers(), "open"}) == ejournal.__all__


def terms() -> set[str]:
    """The words of the glossary's first column."""
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    return set(re.findall(r"\w+", " ".join(re.findall(r"^\|([^|]+)\|", glossary, re.MULTILINE))))


def test_a_public_class_is_a_word_of_the_glossary() -> None:
    assert {name for name in ejournal.__all__ if name[0].isupper()} - terms() == set()


def public_classes(package: str) -> set[str]:
    """The classes that the modules of a package define and list as public; read, not imported."""
    found: set[str] = set()
    for path in SOURCE.parent.glob(package):
        body = ast.parse(path.read_text("utf-8")).body
        listed = next(ast.literal_eval(node.value) for node in body if lists_public_names(node))
        found |= {n.name for n in body if isinstance(n, ast.ClassDef) and n.name in listed}
    return found


def lists_public_names(node: ast.stmt) -> TypeGuard[ast.Assign]:
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "__all__"
    )


@pytest.mark.parametrize(
    "modules",
    [
        "errors.py",
        "ids.py",
        "ports.py",
        "usecases/[!_]*.py",
        "adapters/[!_]*.py",
        "adapters/sql/[!_]*.py",
        "adapters/mongo/[!_]*.py",
        "plugins/[!_]*.py",
    ],
)
def test_what_stands_around_the_model_is_called_by_words_of_the_glossary(modules: str) -> None:
    found = public_classes(modules)
    assert found
    assert found - terms() == set()


def test_a_checker_sees_through_the_lazy_names() -> None:
    # `make typing` is what proves this line; at run time it only has to pass.
    assert_type(ejournal.Grade(7), ejournal.Grade)
    assert_type(ejournal.open("memory:"), ejournal.Store)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Gradebook'"):
        _ = ejournal.Gradebook  # type: ignore[attr-defined]  # checkers refuse it, too


def test_completion_offers_the_public_names() -> None:
    assert set(ejournal.__all__) <= set(dir(ejournal))


def test_a_url_opens_a_store() -> None:
    assert isinstance(ejournal.open("memory:"), MemoryStore)


def test_a_url_nobody_knows_is_refused() -> None:
    with pytest.raises(Missing) as refused:
        ejournal.open("paper:")
    assert refused.value.key == ("paper",)


def loaded_by(program: str) -> set[str]:
    """The top-level modules outside the standard library that a program has loaded at its end."""
    listing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    before = subprocess.run(
        [sys.executable, "-c", listing], capture_output=True, text=True, check=True
    )
    after = subprocess.run(
        [sys.executable, "-c", f"{program}\n{listing}"], capture_output=True, text=True, check=True
    )
    return set(after.stdout.split()) - set(before.stdout.split()) - sys.stdlib_module_names


def test_importing_the_package_loads_none_of_its_dependencies() -> None:
    assert loaded_by("import ejournal") == {"ejournal"}


def test_a_mark_costs_attrs_alone() -> None:
    assert loaded_by("import ejournal; ejournal.Grade(7)") == {"ejournal", "attr", "attrs"}


def test_a_star_import_brings_every_public_name() -> None:
    program = (
        "from ejournal import *; import ejournal; "
        "assert set(ejournal.__all__) <= set(globals()), set(ejournal.__all__) - set(globals())"
    )
    assert "ejournal" in loaded_by(program)
