"""Print the hundred rules with the tests that hold them; exit with 1 where a rule has none."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "hundred-rules.md"
_ROW = re.compile(r"^\| (\d+) \| (.+) \| ([VSCDU, ]+) \|$", re.MULTILINE)
_TEST = re.compile(r"test_rule_(\d{3})_\w+")


def statements() -> dict[int, str]:
    """Return the rules as the page has them, by number."""
    return {int(number): rule for number, rule, _ in _ROW.findall(PAGE.read_text("utf-8"))}


def tests() -> dict[int, list[str]]:
    """Return the names of tests by the rule they are named for."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for file, name in sorted(_functions()):
        if match := _TEST.fullmatch(name):
            found[int(match[1])].append(f"{file}::{name}")
    return dict(found)


def _functions() -> Iterator[tuple[str, str]]:
    for path in (ROOT / "tests").glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                yield path.name, node.name


def main() -> int:
    """Return how the command ends."""
    rules, held = statements(), tests()
    for number, rule in sorted(rules.items()):
        print(f"{number:3}. {rule}")
        for name in held.get(number, ["no test"]):
            print(f"       {name}")
    bare = [number for number in rules if number not in held]
    stray = [number for number in held if number not in rules]
    print(f"{len(rules)} rules, {sum(map(len, held.values()))} tests, {len(bare)} without a test")
    for number in bare:
        print(f"rule {number} has no test", file=sys.stderr)
    for number in stray:
        print(f"there is no rule {number}: {', '.join(held[number])}", file=sys.stderr)
    return bool(bare or stray)


if __name__ == "__main__":
    sys.exit(main())
