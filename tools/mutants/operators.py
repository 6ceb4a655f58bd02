"""The changes that are tried on a source: each is one place in it, and what stands there instead.

Annotations, decorators, docstrings, f-strings, `__all__` and what only type checkers read are left
alone: a change there is no change of what the code decides. So is the version that a record has
before it is kept: whoever keeps it counts anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import copy
from typing import TypeAlias

from attrs import frozen

__all__ = ["Mutation", "mutated", "mutations"]


@frozen
class Mutation:
    """One change: from byte `start` to `end` of the source stands `after` in place of `before`.

    `place` is the class and the function, `lines` are those of the statement.
    """

    place: str
    kind: str
    before: str
    after: str
    start: int
    end: int
    lines: tuple[int, int]


_COMPARED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_CALCULATED: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(),
    ast.Sub: ast.Add(),
    ast.Mult: ast.FloorDiv(),
    ast.FloorDiv: ast.Mult(),
    ast.Div: ast.Mult(),
    ast.Mod: ast.FloorDiv(),
    ast.BitOr: ast.BitAnd(),
    ast.BitAnd: ast.BitOr(),
    ast.LShift: ast.RShift(),
    ast.RShift: ast.LShift(),
}
_YES, _NO = ast.Constant(value=True), ast.Constant(value=False)

_Change: TypeAlias = tuple[str, "ast.expr | ast.stmt", "ast.AST | str"]


def mutations(source: str) -> Iterator[Mutation]:
    """Yield every change of a module's source, in the order of the source."""
    walk = _Walk(source)
    found = [each for node in ast.parse(source).body for each in walk.of(node, "", node)]
    yield from sorted(found, key=lambda each: (each.start, each.end, each.kind, each.after))


def mutated(source: str, mutation: Mutation) -> str:
    """Return the source with that one change."""
    text = source.encode()
    return (text[: mutation.start] + mutation.after.encode() + text[mutation.end :]).decode()


class _Walk:
    """Goes through a module; knows at which byte each line of it begins."""

    def __init__(self, source: str) -> None:
        self._text = source.encode()
        self._begins = [0]
        for line in self._text.splitlines(keepends=True):
            self._begins.append(self._begins[-1] + len(line))

    def of(self, node: ast.AST, place: str, statement: ast.stmt) -> Iterator[Mutation]:
        if _is_left_alone(node):
            return
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            place = f"{place}.{node.name}" if place else node.name
        if isinstance(node, ast.stmt):
            statement = node
        for kind, changed, after in _changes(node):
            yield self._mutation(place, statement, kind, changed, after)
        for child in _children(node):
            yield from self.of(child, place, statement)

    def _mutation(
        self,
        place: str,
        statement: ast.stmt,
        kind: str,
        node: ast.expr | ast.stmt,
        after: ast.AST | str,
    ) -> Mutation:
        start = self._begins[node.lineno - 1] + node.col_offset
        end = self._begins[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0)
        text = after if isinstance(after, str) else f"({ast.unparse(after)})"
        before = " ".join(self._text[start:end].decode().split())
        last = _last_line(statement)
        return Mutation(place, kind, before, text, start, end, (statement.lineno, last))


def _last_line(statement: ast.stmt) -> int:
    """Return where a statement ends, or its head if it holds others."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return max(statement.lineno, int(body[0].lineno) - 1)
    return statement.end_lineno or statement.lineno


def _is_left_alone(node: ast.AST) -> bool:
    match node:
        case (
            ast.Import()
            | ast.ImportFrom()
            | ast.JoinedStr()
            | ast.Expr(value=ast.Constant())
            | ast.Assign(targets=[ast.Name(id="__all__")])
            | ast.AnnAssign(annotation=ast.Name(id="TypeAlias"))
            | ast.AnnAssign(target=ast.Name(id="version"))
            | ast.keyword(arg="version")
            | ast.If(test=ast.Name(id="TYPE_CHECKING"))
        ):
            return True
        case ast.ClassDef(bases=bases):
            return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in bases)
        case _:
            return False


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is below a node but for its annotations and decorators."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield each


def _changes(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare():
            yield from _of_comparison(node)
        case ast.BoolOp():
            changed = copy(node)
            changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield "boolean", node, changed
        case ast.UnaryOp(op=ast.Not()):
            yield "not", node, node.operand
        case ast.BinOp() if type(node.op) in _CALCULATED:
            changed_sum = copy(node)
            changed_sum.op = _CALCULATED[type(node.op)]
            yield "arithmetic", node, changed_sum
        case ast.Constant(value=bool()):
            yield "constant", node, str(not node.value)
        case ast.Constant(value=int(number)):
            yield "constant", node, str(number + 1)
            yield "constant", node, f"({number - 1})"
        case _:
            yield from _of_flow(node)


def _of_comparison(node: ast.Compare) -> Iterator[_Change]:
    for place, operator in enumerate(node.ops):
        changed = copy(node)
        changed.ops = [*node.ops[:place], _COMPARED[type(operator)], *node.ops[place + 1 :]]
        yield "comparison", node, changed


def _of_flow(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "condition", test, _YES
            yield "condition", test, _NO
        case ast.While(test=test):
            yield "condition", test, _NO
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield "filter", test, _YES
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return", node, "return None"
        case ast.Raise():
            yield "raise", node, "pass"
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "statement", node, "pass"
        case _:
            return


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
