"""Tables that the reference prints out of the code itself, as Markdown."""

from __future__ import annotations

import ast
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from types import FunctionType, ModuleType

import ejournal
from ejournal import usecases
from ejournal.errors import EjournalError, Fault, Refusal
from ejournal.model.classes import Assessment
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import ValueKind
from ejournal.model.permissions import TABLE, Action, Reach, Role, permissions
from ejournal.ports import Slot
from ejournal.reasons import REASONS
from ejournal.rules import PACKS
from ejournal.rules.packs import RulePack
from ejournal.store.steps import STEPS
from ejournal.store.stores import tables as stored_tables

__all__ = ["PRINTED", "refusals_of", "unit_of", "use_case_modules", "use_cases"]


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (heads, ("---",) * len(heads), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _codes(names: Iterable[str]) -> str:
    return ", ".join(map(_code, names))


def acts() -> str:
    """Print each act with the roles that may do it to their own things, and to others'."""
    rows = (
        (_code(action.value), *(_may(roles, reach) for reach in Reach))
        for action, roles in TABLE.items()
    )
    return _table(("act", "to one's own", "to another's"), rows)


def _may(roles: Mapping[Role, frozenset[Reach]], reach: Reach) -> str:
    return _codes(role.value for role in Role if reach in roles.get(role, frozenset())) or "nobody"


def permission_rows() -> str:
    """Print every row of the permission table, denials included."""
    rows = (
        (_code(row.role.value), _code(row.action.value), row.reach.value, _yes(row.allowed))
        for row in sorted(permissions(), key=lambda row: list(Role).index(row.role))
    )
    return _table(("role", "act", "reach", "allowed"), rows)


def _yes(answer: bool) -> str:  # noqa: FBT001 - a cell of a table
    return "yes" if answer else "no"


def error_table() -> str:
    """Print every error with its code, whether to retry, and both texts."""
    _import_everything()
    rows = (
        (_linked(kind), _code(kind.code), kind.retry, *kind.texts)
        for kind in _leaves(EjournalError)
        if kind.__module__.startswith("ejournal.")
    )
    return _table(("error", "code", "retry", "English", "Українською"), rows)


def _import_everything() -> None:
    """Have every module loaded that may define an error of its own."""
    for module in pkgutil.walk_packages(ejournal.__path__, "ejournal."):
        if not module.name.startswith(("ejournal.testing", "ejournal.__main__")):
            import_module(module.name)


def _leaves(root: type[EjournalError]) -> Iterator[type[EjournalError]]:
    for kind in root.__subclasses__():
        # A class with slots is made twice; the first of the two may linger and is nobody's.
        if getattr(sys.modules[kind.__module__], kind.__name__, None) is not kind:
            continue
        if kind not in (Refusal, Fault):
            yield kind
        yield from _leaves(kind)


def _linked(kind: type) -> str:
    if kind.__module__.startswith("ejournal.cli"):
        return _code(kind.__name__)
    return f"{{py:class}}`{kind.__name__} <{kind.__module__}.{kind.__name__}>`"


def reasons() -> str:
    """Print what `Invalid` can say of a value."""
    rows = ((_code(code), *texts) for code, texts in REASONS.items())
    return _table(("reason", "English", "Українською"), rows)


def table_list() -> str:
    """Print the tables of a storage: the key behind `chain`, and every slot."""
    rows = (
        (_code(table.name), _codes(table.key), ", ".join(map(_slot, table.slots)))
        for table in sorted(stored_tables(), key=lambda table: table.name)
    )
    return _table(("table", "key", "fields"), rows)


def step_list() -> str:
    """Print every step of the schema: its number, its phase, and what it is for."""
    rows = ((str(step.number), _code(step.phase.value), step.title) for step in STEPS)
    return _table(("step", "phase", "what it brings"), rows)


def pack_list() -> str:
    """Print every rule pack of the library: whom it is for, since when and by which act."""
    rows = (
        (_code(pack.name), _grades(pack), _span(pack), pack.title, pack.source) for pack in PACKS
    )
    return _table(("pack", "grades", "in force", "назва", "джерело"), rows)


def _grades(pack: RulePack) -> str:
    first, last = min(pack.grades), max(pack.grades)
    standard = "any standard" if pack.standard is None else f"{pack.standard.value} standard"
    return f"{first}-{last}, {standard}"


def _span(pack: RulePack) -> str:
    last = "" if pack.effective_to is None else f" to {pack.effective_to}"
    return f"from {pack.effective_from}{last}"


def verdict_list() -> str:
    """Print what each pack says of values at a lesson, in a subject that is set to points."""
    rows = (
        (
            _code(pack.name),
            *(
                pack.verdict(kind, ColumnKind.CURRENT, Assessment.POINTS).value
                for kind in ValueKind
            ),
        )
        for pack in PACKS
    )
    return _table(("pack", *(_code(kind.value) for kind in ValueKind)), rows)


def _slot(slot: Slot) -> str:
    return f"`{slot.name}` {slot.kind.value}{' or nothing' if slot.optional else ''}"


def use_case_modules() -> list[ModuleType]:
    """Return the modules of use cases, in the order of their names."""
    found = pkgutil.iter_modules(usecases.__path__, f"{usecases.__name__}.")
    return [import_module(module.name) for module in found]


def use_cases(module: ModuleType) -> list[FunctionType]:
    """Return the functions that a module of use cases offers."""
    offered = (getattr(module, name) for name in module.__all__)
    return [thing for thing in offered if inspect.isfunction(thing)]


_DOORS = ("SchoolUnit", "RegistryUnit", "Store")


def unit_of(case: FunctionType) -> str:
    """Return what a use case works in: the type of its first parameter, as it is written."""
    return str(next(iter(inspect.signature(case).parameters.values())).annotation)


def use_case_table() -> str:
    """Print each use case with the unit it works in, the act it asks for, and its refusals."""
    rows = (
        (
            f"{{py:func}}`{case.__name__} <{module.__name__}.{case.__name__}>`",
            unit_of(case),
            _codes(sorted(_asked(module, case))) or "none",
            _codes(refusals_of(module, case)) or "nothing",
        )
        for module in use_case_modules()
        for case in use_cases(module)
        if unit_of(case) in _DOORS
    )
    return _table(("use case", "works in", "act", "refuses with"), rows)


def refusals_of(module: ModuleType, case: FunctionType) -> list[str]:
    """Return the errors a use case names in its docstring, or raises within its module.

    An act that is asked for can be `Forbidden`, and a record that is got can be `Missing`.
    """
    named = re.findall(r"`(\w+)`", inspect.getdoc(case) or "")
    names = {*named, *_raised(module, case)}
    names |= {"Forbidden"} if _asked(module, case) else set()
    names |= {"Missing"} if _gets(module, case) else set()
    known = {kind.__name__ for kind in _leaves(EjournalError)}
    return sorted(names & known)


def _reached(module: ModuleType, case: FunctionType) -> list[ast.FunctionDef]:
    """Return the use case and the functions of its module that it leads to."""
    tree = ast.parse(inspect.getsource(module))
    here = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    reached: dict[str, ast.FunctionDef] = {}
    waiting = [case.__name__]
    while waiting:
        name = waiting.pop()
        if name in here and name not in reached:
            reached[name] = here[name]
            waiting += [node.id for node in ast.walk(here[name]) if isinstance(node, ast.Name)]
    return list(reached.values())


def _calls(module: ModuleType, case: FunctionType) -> Iterator[ast.Call]:
    for function in _reached(module, case):
        yield from (node for node in ast.walk(function) if isinstance(node, ast.Call))


def _asked(module: ModuleType, case: FunctionType) -> set[str]:
    return {
        Action[call.args[1].attr].value
        for call in _calls(module, case)
        if isinstance(call.func, ast.Name)
        and call.func.id in ("require", "may")
        and isinstance(call.args[1], ast.Attribute)
    }


def _raised(module: ModuleType, case: FunctionType) -> set[str]:
    return {
        node.exc.func.id
        for function in _reached(module, case)
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
    }


def _gets(module: ModuleType, case: FunctionType) -> bool:
    return any(
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "get"
        and isinstance(call.func.value, ast.Attribute)
        for call in _calls(module, case)
    )


def contract() -> str:
    """Print the promises of a storage, each as the name of its test says it."""
    from ejournal.testing import storage
    from ejournal.testing.storage import lasting

    names = (*storage.__all__, *lasting.__all__)
    return "\n".join(f"- {name.removeprefix('test_').replace('_', ' ')}" for name in names)


PRINTED: dict[str, Callable[[], str]] = {
    "acts": acts,
    "permissions": permission_rows,
    "errors": error_table,
    "reasons": reasons,
    "rule-packs": pack_list,
    "verdicts": verdict_list,
    "steps": step_list,
    "tables": table_list,
    "use-cases": use_case_table,
    "contract": contract,
}
"""What `{printed}` can be asked for, by name."""
