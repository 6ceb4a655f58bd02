"""What every error promises: it travels, it is compared, and it speaks two languages."""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import pkgutil
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import attrs
import pytest

import ejournal
from ejournal.errors import (
    Duplicate,
    EjournalError,
    Fault,
    Incomplete,
    Invalid,
    Missing,
    PluginMisbehaved,
    Refusal,
    Stale,
)
from ejournal.reasons import REASONS

SOURCES = Path(ejournal.__file__).parent


def _descendants(kind: type[EjournalError]) -> Iterator[type[EjournalError]]:
    for child in kind.__subclasses__():
        if child.__module__.partition(".")[0] == "ejournal":
            yield child
            yield from _descendants(child)


def every_error() -> list[type[EjournalError]]:
    """Return each class of error, wherever in the library it stands."""
    for module in pkgutil.walk_packages(ejournal.__path__, "ejournal."):
        if not module.name.startswith("ejournal.testing") and "__main__" not in module.name:
            importlib.import_module(module.name)
    # A class with slots is made twice; the first of the two is nobody's.
    made = {f"{each.__module__}.{each.__qualname__}": each for each in _descendants(EjournalError)}
    return [made[name] for name in sorted(made)]


ERRORS = every_error()
LEAVES = [error for error in ERRORS if error not in (Refusal, Fault)]

SAMPLES: dict[Any, Any] = {
    str: "заклад {0} %s",
    int: 7,
    bool: True,
    object: ("будь-що", 1),
    tuple[str, ...]: ("region", "name"),
    tuple[int, ...]: (7, 11),
    tuple[object, ...]: (1, "а"),
}


def sample(error: type[EjournalError]) -> EjournalError:
    hints = get_type_hints(error)
    return error(*(_sample(hints[field.name]) for field in attrs.fields(error)))


def _sample(annotation: Any) -> Any:  # noqa: ANN401 - of any type that errors hold
    return SAMPLES[annotation]


def name(error: type[EjournalError]) -> str:
    return error.__name__


@pytest.mark.parametrize("error", LEAVES, ids=name)
def test_an_error_is_pickled_copied_and_compared_as_a_value(error: type[EjournalError]) -> None:
    one = sample(error)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(one, protocol)) == one
    assert copy.copy(one) == copy.deepcopy(one) == one
    assert hash(copy.copy(one)) == hash(one)
    assert one != EjournalError()


@pytest.mark.parametrize("error", [e for e in LEAVES if attrs.fields(e)], ids=name)
def test_errors_of_other_facts_are_not_equal(error: type[EjournalError]) -> None:
    one, other = sample(error), sample(error)
    first = attrs.fields(error)[0].name
    setattr(other, first, "інше")
    assert one != other


@pytest.mark.parametrize("error", LEAVES, ids=name)
def test_an_error_says_what_happened_in_english_and_in_ukrainian(
    error: type[EjournalError],
) -> None:
    one = sample(error)
    english, ukrainian = one.explain("en"), one.explain("uk")
    assert str(one) == one.explain() == english
    assert "{" not in english.replace(SAMPLES[str], "")
    assert "{" not in ukrainian.replace(SAMPLES[str], "")
    if "".join(_words(error.texts[0])):
        assert any("а" <= letter <= "ї" for letter in "".join(_words(error.texts[1])).lower())


@pytest.mark.parametrize("error", LEAVES, ids=name)
def test_both_texts_tell_the_same_facts(error: type[EjournalError]) -> None:
    english, ukrainian = (
        {place for _, place, _, _ in string.Formatter().parse(text) if place}
        for text in error.texts
    )
    assert english == ukrainian
    assert english <= {field.name for field in attrs.fields(error)}


def _words(template: str) -> list[str]:
    parts = (before for before, *_ in string.Formatter().parse(template))
    return [part for part in parts if any(map(str.isalpha, part))]


def test_every_error_has_a_code_of_its_own() -> None:
    everything: list[type[EjournalError]] = [EjournalError, *ERRORS]
    codes = [error.code for error in everything]
    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not set(code) <= set(string.ascii_lowercase + "-")] == []


def test_every_leaf_is_a_refusal_or_a_fault_and_only_faults_are_tried_again() -> None:
    for error in LEAVES:
        assert issubclass(error, Refusal | Fault) is not (error is PluginMisbehaved), error
        assert not (issubclass(error, Refusal) and error.retry == "same"), error


def test_every_error_is_documented() -> None:
    assert [error for error in ERRORS if not (error.__doc__ or "").strip()] == []


def test_only_a_value_that_is_not_personal_is_quoted() -> None:
    open_one = Invalid("edrpou", "12345", "length")
    hidden = Invalid("phone", "+380501112233", "extension", personal=True)
    assert open_one.explain() == "edrpou: «12345»: it has the wrong number of characters"
    assert open_one.explain("uk") == "edrpou: «12345»: неправильна кількість знаків"
    assert hidden.explain().startswith("phone: (not shown): it has an extension")
    assert hidden.explain("uk").startswith("phone: (не показано): має додатковий номер")
    assert hidden.value == "+380501112233"


def test_a_reason_that_is_not_listed_is_told_as_it_is() -> None:
    assert Invalid("grade", "13", "too many").explain("uk") == "grade: «13»: too many"


def test_what_is_stored_now_stays_out_of_the_text_of_a_stale_save() -> None:
    assert (
        str(Stale("pupil", (5,), "Мельник")) == "pupil (5,) was changed by somebody else meanwhile"
    )


def test_texts_name_the_record_and_the_items() -> None:
    assert str(Missing("mark", (1, 2))) == "no mark under (1, 2)"
    assert str(Incomplete(("edrpou", "phone"))) == "not given: edrpou, phone"
    assert (
        Duplicate("binding", ("scheme",), (1,)).explain("uk")
        == "запис binding з таким самим ('scheme',) уже є: (1,)"
    )


def test_every_reason_has_two_texts() -> None:
    for reason, (english, ukrainian) in REASONS.items():
        assert english.isascii(), reason
        assert not ukrainian.isascii(), reason


def _reasons_given() -> Iterator[tuple[str, str]]:
    """Yield each reason that the sources give for `Invalid` as a literal, and where."""
    for file in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Invalid":
                for part in ast.walk(node.args[2]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, f"{file.name}:{node.lineno}"


def test_every_reason_that_is_given_is_listed() -> None:
    given = list(_reasons_given())
    assert len(given) > 30
    assert [(reason, where) for reason, where in given if reason not in REASONS] == []


def reasons_given() -> set[str]:
    """Every literal that the source gives as the reason of a refusal."""
    place = {"Invalid": 2, "NotAllowedHere": 1, "Forbidden": 2, "TokenRefused": 0}
    given: set[str] = set()
    for path in (Path(__file__).parent.parent / "src" / "ejournal").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = (
                node.func.id
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                else ""
            )
            if name in place and isinstance(node, ast.Call) and len(node.args) > place[name]:
                argument = node.args[place[name]]
                given |= {
                    part.value
                    for part in ast.walk(argument)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                }
    return given


def test_every_reason_that_is_given_has_words_in_both_languages() -> None:
    given = reasons_given()
    assert len(given) > 30
    assert sorted(given - REASONS.keys()) == []
