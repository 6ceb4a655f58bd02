"""What is built is what is in the tree, says what it needs, and imports."""

from __future__ import annotations

import ast
import email
import importlib
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.message import Message
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

import ejournal

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
FILES = sorted(
    path.relative_to(SOURCE).as_posix()
    for path in (SOURCE / "ejournal").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of this tree."""
    folder = tmp_path_factory.mktemp("built")
    run = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (path,) = built.glob("*.whl")
    return path


def metadata_of(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith("ejournal/"))
    assert names == FILES
    assert "ejournal/py.typed" in names


def test_the_wheel_carries_the_licence_and_says_its_name(wheel: Path) -> None:
    metadata = metadata_of(wheel)
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_version_is_written_once(wheel: Path) -> None:
    assert metadata_of(wheel)["Version"] == ejournal.__version__


def test_the_source_distribution_can_be_tested(built: Path) -> None:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {f"src/{name}" for name in FILES}
    wanted |= {"tests/conftest.py", "docs/conf.py", "Makefile", "LICENSE", "pyproject.toml"}
    assert wanted <= names


def test_the_wheel_imports_beside_attrs_alone(wheel: Path, tmp_path: Path) -> None:
    installed = Path(sysconfig.get_path("purelib"))
    for name in ("attr", "attrs"):
        (tmp_path / name).symlink_to(installed / name)
    program = (
        f"import sys; sys.path[:0] = [{str(wheel)!r}, {str(tmp_path)!r}]\n"
        "import ejournal; print(ejournal.__version__, ejournal.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    version, _, file = run.stdout.strip().partition(" ")
    assert version == ejournal.__version__
    assert file.startswith(str(wheel))


def normal(requirement: str) -> str:
    """The distribution that a requirement names, in the spelling of the index."""
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def test_everything_imported_is_declared() -> None:
    declared = {normal(line) for line in PROJECT["dependencies"]}
    for lines in PROJECT["optional-dependencies"].values():
        declared |= {normal(line) for line in lines}
    owners = packages_distributions()
    imported = {
        name.partition(".")[0]
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "ejournal"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    foreign = imported - sys.stdlib_module_names - {"ejournal"}
    undeclared = {
        name for name in foreign if not {normal(owner) for owner in owners[name]} & declared
    }
    assert undeclared == set()


def test_the_extra_called_all_holds_every_other() -> None:
    extras = dict(PROJECT["optional-dependencies"])
    (everything,) = extras.pop("all")
    assert sorted(re.findall(r"\w+", everything)[1:]) == sorted(extras)


@pytest.mark.parametrize("script", PROJECT["scripts"].values())
def test_the_console_script_leads_to_a_function(script: str) -> None:
    module, _, name = script.partition(":")
    if find_spec(module) is None:
        pytest.skip("there is no command line yet")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.bench
def test_what_the_package_costs_over_attrs() -> None:
    """Print the median time of `import ejournal`, less that of `import attrs`."""
    program = (
        "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"
    )
    medians = {}
    for name in ("attrs", "ejournal"):
        times = [
            float(subprocess.check_output([sys.executable, "-I", "-c", program.format(name)]))
            for _ in range(21)
        ]
        medians[name] = sorted(times)[10] * 1_000
    print(f"\nimport attrs {medians['attrs']:.1f} ms, import ejournal {medians['ejournal']:.1f} ms")
