"""Ukrainian order, by itself and against ICU."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ejournal.model.collation import collation_key
from ejournal.model.identifiers import PersonName
from ejournal.model.spelling import one_apostrophe
from ejournal.testing.identifiers import person_names

ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
ORACLE = Path(__file__).parent / "oracles" / "collate.js"
SURNAMES, GIVEN = map(
    str.split, ORACLE.with_name("names.txt").read_text(encoding="utf-8").splitlines()
)
PATRONYMICS = ("", "Іванович", "Іванівна", "Ілліч", "Григорович", "Ґедиминович", "Юріївна")


@pytest.mark.property
@given(st.text())
def test_the_key_does_not_see_which_apostrophe_was_typed(text: str) -> None:
    assert collation_key(text) == collation_key(one_apostrophe(text))


def test_a_sign_without_a_place_comes_last() -> None:
    assert sorted(["Łódź", "zebra", "яр", "№ 1", "1"], key=collation_key) == [
        "1",
        "яр",
        "zebra",
        "Łódź",
        "№ 1",
    ]


def test_the_alphabet_is_in_its_own_order() -> None:
    assert "".join(sorted(set(ALPHABET), key=collation_key)) == ALPHABET


def test_a_small_letter_stands_before_its_capital_and_after_no_other_letter() -> None:
    shuffled = ["Ґ", "д", "г", "Г", "ґ", "Д"]
    assert sorted(shuffled, key=collation_key) == ["г", "Г", "ґ", "Ґ", "д", "Д"]


def test_case_decides_only_when_all_letters_agree() -> None:
    assert sorted(["ГАЙ", "гай", "Гайко", "гаЙ"], key=collation_key) == [
        "гай",
        "гаЙ",
        "ГАЙ",
        "Гайко",
    ]


def test_spellings_of_one_surname_stay_together() -> None:
    spellings = ["Лук'ян", "Лук’ян", "Лукʼян"]
    others = ["Лукаш", "Лук’янець", "Луц", "Яків"]
    assert len({collation_key(spelling) for spelling in spellings}) == 1
    assert sorted([*others, *spellings], key=collation_key)[:3] == spellings


def test_rule_015_pupils_are_listed_by_family_name_then_given_name_then_patronymic() -> None:
    listed = [
        PersonName("Ганжа", "Яна"),
        PersonName("Ґанжа", "Ада"),
        PersonName("Євтух", "Іван"),
        PersonName("Євтух", "Іван", "Іванович"),
        PersonName("Євтух", "Іван", "Якович"),
        PersonName("Євтух", "Ївга"),
        PersonName("Євтух-Ім", "Ада"),
        PersonName("Євтухів", "Ада"),
        PersonName("Жук", "Ада"),
    ]
    shuffled = random.Random(15).sample(listed, len(listed))
    assert sorted(shuffled, key=lambda name: name.sort_key) == listed


@frozen
class Oracle:
    locale: str
    icu: str
    ranks: list[int]


def ask_icu(texts: list[str]) -> Oracle:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node is needed in CI: it is the oracle of Ukrainian order")
        pytest.skip("node is not installed: Ukrainian order was not compared with ICU")
    done = subprocess.run(
        [node, str(ORACLE)],
        input=json.dumps(texts),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    return Oracle(**json.loads(done.stdout))


def invented(rng: random.Random) -> str:
    letters = ALPHABET + "ґґєєіїьь’’- " + "ыэёъ" + "aez" + "05"
    text = "".join(rng.choices(letters, k=rng.randint(1, 6)))
    return "".join(rng.choice((sign, sign, sign.upper())) for sign in text)


def texts_to_compare() -> list[str]:
    rng = random.Random(2015)
    texts = [invented(rng) for _ in range(1_500)]
    texts += [rng.choice((name, name.upper(), name.lower())) for name in SURNAMES for _ in "abc"]
    texts += [
        "\n".join((rng.choice(SURNAMES), rng.choice(GIVEN), rng.choice(PATRONYMICS)))
        for _ in range(1_200)
    ]
    texts += [
        "за\u0301мок",
        "замо\u0301к",
        "замок",
        "Замок",
        "замки",
        "Wójt",
        "Wojt",
        "wojt",
        "a b",
    ]
    return texts


def test_the_order_is_that_of_icu() -> None:
    texts = texts_to_compare()
    oracle = ask_icu(texts)
    assert oracle.locale == "uk"
    ranked = sorted(zip(map(collation_key, texts), oracle.ranks, texts, strict=True))
    swapped = [
        (before[2], after[2])
        for before, after in pairwise(ranked)
        if (before[0] < after[0]) != (before[1] < after[1])
    ]
    print(f"{len(texts)} texts, {len(set(oracle.ranks))} places, ICU {oracle.icu}")
    assert len(texts) >= 2_000
    assert swapped == []


@pytest.mark.property
@given(st.lists(person_names(), min_size=2, max_size=6))
def test_a_list_sorted_by_stored_bytes_is_sorted_by_key(names: list[PersonName]) -> None:
    by_key = sorted(names, key=lambda name: name.sort_key)
    assert by_key == sorted(names, key=lambda name: name.sort_key.encode())
