"""The changes that mutation testing tries: what is changed, what is left alone, what is drawn."""

from __future__ import annotations

import ast

import pytest

from tools.mutants.__main__ import explained
from tools.mutants.operators import mutated, mutations
from tools.mutants.picking import every_mutant, sample


def changes(source: str) -> list[str]:
    """The source after each change."""
    return [mutated(source, each) for each in mutations(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["(a <= b)"]),
        ("a is b", ["(a is not b)"]),
        ("a in b", ["(a not in b)"]),
        ("a < b < c", ["(a < b <= c)", "(a <= b < c)"]),
        ("a and b", ["(a or b)"]),
        ("x = not a", ["x = (a)"]),
        ("a - b", ["(a + b)"]),
        ("a % b", ["(a // b)"]),
        ("x = 7", ["x = (6)", "x = 8"]),
        ("x = True", ["x = False"]),
        ("f(a)", ["pass"]),
        ("raise a", ["pass"]),
        ("x = a if b else c", ["x = a if (False) else c", "x = a if (True) else c"]),
        ("x = [a for a in b if a.c]", ["x = [a for a in b if (True)]"]),
        ("if a:\n    b", ["if (False):\n    b", "if (True):\n    b"]),
        ("while a:\n    b", ["while (False):\n    b"]),
        ("def f():\n    return a", ["def f():\n    return None"]),
        ("def f():\n    yield a", ["def f():\n    pass"]),
    ],
)
def test_a_source_is_changed_in_one_place_at_a_time(source: str, expected: list[str]) -> None:
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Words."""',
        "import a",
        "__all__ = [a < b]",
        "T: TypeAlias = A | B",
        "def f(a: A | B) -> A | B: ...",
        "@d(1)\nclass C: ...",
        "class P(Protocol):\n    x = 1",
        "if TYPE_CHECKING:\n    x = 1",
        "x = f'{a < b}'",
        "class C:\n    version: int = 0",
        "x = f(version=0)",
        "def f():\n    return None",
    ],
)
def test_what_decides_nothing_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_letters_of_two_bytes_do_not_shift_the_place() -> None:
    assert changes("x = 'їжак', 1") == ["x = 'їжак', (0)", "x = 'їжак', 2"]


def test_a_change_knows_its_function_and_the_lines_of_its_statement() -> None:
    (change,) = mutations("class C:\n    def f(self):\n        g(\n            a\n        )\n")
    assert (change.place, change.kind, change.lines) == ("C.f", "statement", (3, 5))
    assert (change.before, change.after) == ("g( a )", "pass")


def test_every_mutant_is_a_program_under_a_name_of_its_own() -> None:
    mutants = list(every_mutant())
    assert len({each.name for each in mutants}) == len(mutants)
    for each in sample(mutants, 50, 1):
        ast.parse(mutated(each.path.read_text("utf-8"), each.mutation))


def test_a_sample_is_drawn_by_its_seed_and_stays_when_the_source_grows() -> None:
    mutants = list(every_mutant())
    drawn = sample(mutants, 20, 1)
    assert drawn == sample(reversed(mutants), 20, 1)
    assert drawn != sample(mutants, 20, 2)
    kept = {each.name for each in sample(mutants[: len(mutants) // 2], 20, 1)}
    halves = {each.name for each in mutants[: len(mutants) // 2]}
    assert {each.name for each in drawn} & halves <= kept


def test_the_page_explains_no_mutant_that_is_not_there() -> None:
    assert explained() <= {each.name for each in every_mutant()}
