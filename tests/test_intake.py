"""The reader of schools' e-mails, on messages as schools send them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ejournal.intake import Reading, read_message
from ejournal.model.identifiers import ContactPhone, DisoId, Email, PersonName, Region
from ejournal.model.spelling import one_apostrophe

CORPUS = Path(__file__).parent / "corpus"


def messages(name: str) -> list[Path]:
    return sorted((CORPUS / name).glob("*.eml"))


def spelled(value: object) -> object:
    """A value as the expectations spell it."""
    match value:
        case Region():
            return value.code
        case DisoId():
            return value.number
        case PersonName():
            return {
                "family": value.family,
                "given": value.given,
                "patronymic": value.patronymic,
            }
        case Email():
            return value.folded
        case ContactPhone():
            return str(value)
    return str(value)


def outcome(reading: Reading) -> dict[str, object]:
    """A reading in the form in which the corpora say what to expect."""
    given = {
        item: spelled(value)
        for item in (found.item.value for found in reading.found)
        if (value := getattr(reading.items, item)) is not None
    }
    invalid = [flaw.item.value for flaw in reading.flaws]
    missing = [item.value for item in reading.items.missing if item.value not in invalid]
    return {
        "message_id": reading.envelope.message_id,
        "items": given,
        "missing": missing,
        "invalid": invalid,
    }


def expected(path: Path) -> dict[str, object]:
    wanted: dict[str, object] = json.loads(path.with_suffix(".json").read_text("utf-8"))
    del wanted["why"]
    match wanted["items"]:
        case {"admin_name": dict() as name}:
            name |= {part: one_apostrophe(text) for part, text in name.items()}
    return wanted


@pytest.mark.parametrize("path", messages("own"), ids=lambda path: path.stem)
def test_a_message_of_our_own_is_read_as_expected(path: Path) -> None:
    assert outcome(read_message(path.read_bytes())) == expected(path)


@pytest.mark.parametrize("path", messages("independent"), ids=lambda path: path.stem)
def test_a_message_of_the_independent_corpus_is_read_as_expected(path: Path) -> None:
    assert outcome(read_message(path.read_bytes())) == expected(path)


def test_at_least_sixty_messages_are_read() -> None:
    assert len(messages("own")) >= 32
    assert len(messages("independent")) >= 32
