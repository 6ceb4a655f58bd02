"""The state's list of schools as a file, what it has against a request, and the hierarchy above."""

from __future__ import annotations

from io import StringIO

import pytest
from attrs import evolve
from connecting_steps import DISO_ID, EDRPOU, ITEMS, NAME, OTHER_EDRPOU
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Duplicate, Invalid, NotAllowedHere
from ejournal.ids import AuthorityId
from ejournal.model.directory import (
    Authority,
    AuthorityLevel,
    DirectoryEntry,
    DirectoryRows,
    Mismatch,
    decode_directory,
    mismatches,
    parse_directory,
)
from ejournal.model.identifiers import DisoId, Email, Katottg, Region
from ejournal.model.permissions import Role
from ejournal.model.request_items import Item

ENTRY = DirectoryEntry(DISO_ID, EDRPOU, NAME, Region.LVIV, "Березівська")
KATOTTG = Katottg("UA46060030000012345")


def read(text: str) -> DirectoryRows:
    return parse_directory(StringIO(text, newline=""))


def test_a_request_and_the_directory_agree() -> None:
    assert mismatches(ITEMS, ENTRY) == ()


@pytest.mark.parametrize(
    "name",
    [
        "БЕРЕЗІВСЬКИЙ  ЛІЦЕЙ №2 «НАДІЯ»",
        'Березівський ліцей N 2 "Надія"',
        "Березівський ліцей N2 “Надія”",
        "Березівський ліцей # 2 Надія",
        "Березівський ліцей No. 2, „Надія“",
    ],
)
def test_quotes_case_spaces_and_the_sign_of_a_number_make_no_difference(name: str) -> None:
    assert mismatches(ITEMS, evolve(ENTRY, name=name)) == ()


def test_apostrophes_make_no_difference() -> None:
    asked = evolve(ITEMS, school_name="Гімназія «Перем'янка»")
    assert mismatches(asked, evolve(ENTRY, name="Гімназія «Перемʼянка»")) == ()


@pytest.mark.parametrize(
    "community",
    ["березівська", "Березівська сільська територіальна громада", "Березівська ТГ"],
)
def test_the_words_for_a_community_make_no_difference(community: str) -> None:
    assert mismatches(ITEMS, evolve(ENTRY, community=community)) == ()


@pytest.mark.parametrize(
    ("known", "mismatch"),
    [
        (
            evolve(ENTRY, region=Region.KYIV),
            Mismatch(Item.REGION, "Львівська область", "м. Київ"),
        ),
        (
            evolve(ENTRY, community="Дубівська"),
            Mismatch(Item.COMMUNITY, "Березівська ОТГ", "Дубівська"),
        ),
        (
            evolve(ENTRY, name="Березівський ліцей № 3 «Надія»"),
            Mismatch(Item.SCHOOL_NAME, NAME, "Березівський ліцей № 3 «Надія»"),
        ),
        (
            evolve(ENTRY, diso_id=DisoId(10586)),
            Mismatch(Item.DISO_ID, "10585", "10586"),
        ),
        (
            evolve(ENTRY, edrpou=OTHER_EDRPOU),
            Mismatch(Item.EDRPOU, "32855961", "14360570"),
        ),
        (evolve(ENTRY, edrpou=None), Mismatch(Item.EDRPOU, "32855961", "")),
    ],
)
def test_each_item_that_differs_is_shown_with_both_sides(
    known: DirectoryEntry, mismatch: Mismatch
) -> None:
    assert mismatches(ITEMS, known) == (mismatch,)


def test_a_school_the_directory_does_not_have_is_shown() -> None:
    assert mismatches(ITEMS, None) == (Mismatch(Item.DISO_ID, "10585", ""),)


def test_items_that_are_not_given_differ() -> None:
    asked = evolve(ITEMS, region=None, school_name=None)
    assert [mismatch.item for mismatch in mismatches(asked, ENTRY)] == [
        Item.REGION,
        Item.SCHOOL_NAME,
    ]


UKRAINIAN = (
    "ID ДІСО;Код ЄДРПОУ;Назва закладу освіти;Область;Місто/ОТГ;КАТОТТГ;Код органу управління;"
    "Електронний журнал\n"
    f"10585;32855961;{NAME};Львівська;Березівська;UA46060030000012345;UA46-01;Щоденник+\n"
)
ENGLISH = (
    "diso_id,edrpou,name,region,community,katottg,authority,journal_system\r\n"
    f"10585,32855961,{NAME},Львівська обл.,Березівська,UA46060030000012345,UA46-01,Щоденник+\r\n"
)
WHOLE = evolve(ENTRY, katottg=KATOTTG, authority="UA46-01", journal_system="Щоденник+")


@pytest.mark.parametrize("text", [UKRAINIAN, ENGLISH, ENGLISH.replace(",", "\t")])
def test_a_file_is_read_under_ukrainian_and_english_headings(text: str) -> None:
    assert read(text) == DirectoryRows((WHOLE,), ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_a_file_is_read_in_the_encodings_that_offices_save(encoding: str) -> None:
    assert decode_directory(UKRAINIAN.encode(encoding)) == UKRAINIAN


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        decode_directory(b"\xff\xfe\x98")
    assert refused.value == Invalid("directory", "", "pattern")


def test_columns_stand_in_any_order_and_some_may_be_absent() -> None:
    assert read("Область;Назва;Дісо ID\nЛьвівська;Ліцей;7\n").entries == (
        DirectoryEntry(DisoId(7), None, "Ліцей", Region.LVIV),
    )


@pytest.mark.parametrize(
    ("header", "column"),
    [("Назва;Область", "diso_id"), ("ID;Область", "name"), ("ID;Назва", "region")],
)
def test_a_header_without_a_needed_column_is_refused(header: str, column: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(header + "\n1;2\n")
    assert refused.value == Invalid(f"column {column}", header, "absent")


def test_an_empty_file_has_no_header() -> None:
    with pytest.raises(Invalid) as refused:
        read("")
    assert refused.value == Invalid("column diso_id", "", "absent")


def test_a_broken_row_is_told_by_line_and_field_and_the_others_are_kept() -> None:
    rows = read(
        "ID;Назва;Область;ЄДРПОУ;КАТОТТГ\n"
        "1;Перший ліцей;Львівська;;\n"
        "ноль;Другий ліцей;Львівська;;\n"
        "\n"
        "3;;Львівська;;\n"
        "4;Четвертий ліцей;Атлантида;;\n"
        "5;П'ятий ліцей;Львівська;32855968;\n"
        "6;Шостий ліцей;Львівська;;UA99\n"
        "1;Знову перший;Львівська;;\n"
        "8;Короткий рядок\n"
        "9;Дев'ятий ліцей;Львівська;;\n"
    )
    assert [entry.diso_id.number for entry in rows.entries] == [1, 9]
    assert rows.refusals == (
        (3, Invalid("diso_id", "ноль", "digits")),
        (5, Invalid("name", "", "absent")),
        (6, Invalid("region", "Атлантида", "unknown")),
        (7, Invalid("edrpou", "32855968", "checksum")),
        (8, Invalid("katottg", "UA99", "length")),
        (9, Duplicate("directory entry", ("diso_id",), (1,))),
        (10, Invalid("region", "", "absent")),
    )


def test_a_quoted_cell_may_hold_the_delimiter_quotes_and_a_line_break() -> None:
    rows = read('ID;Назва;Область\n1;"Ліцей ""Надія"";\nопорний";Львівська\n2;Інший;Львівська\n')
    assert [entry.name for entry in rows.entries] == ['Ліцей "Надія"; опорний', "Інший"]


def test_a_quotation_mark_that_is_never_closed_costs_one_row() -> None:
    rows = read(
        "ID;Назва;Область\n"
        '1;"Надія ліцей;Львівська\n'
        "2;Другий;Львівська\n"
        '3;"Третій" ліцей;Львівська\n'
        "4;Четвертий;Львівська\n"
    )
    assert [entry.diso_id.number for entry in rows.entries] == [2, 4]
    assert rows.refusals == (
        (2, Invalid("row", '1;"Надія ліцей;Львівська', "pattern")),
        (4, Invalid("row", '3;"Третій" ліцей;Львівська', "pattern")),
    )


@given(st.lists(st.text(alphabet='1Ї;,"\n\r \x00Л', max_size=30), max_size=6))
def test_no_file_with_a_header_is_refused_whole(rows: list[str]) -> None:
    lines = ["ID;Назва;Область\n", *(row + "\n" for row in rows)]
    read_rows = parse_directory(lines)
    assert not read_rows.entries
    assert all(1 < line <= len(lines) for line, _ in read_rows.refusals)


OBLAST = Authority(
    AuthorityId(1), "UA46", AuthorityLevel.OBLAST, "Обласний департамент", Region.LVIV
)


def test_rule_094_a_level_creates_the_level_below() -> None:
    email = Email("osvita@raion.example")
    raion = OBLAST.create(
        AuthorityId(2), "UA46-01", AuthorityLevel.RAION, "Районний відділ", email=email
    )
    assert raion == Authority(
        AuthorityId(2),
        "UA46-01",
        AuthorityLevel.RAION,
        "Районний відділ",
        Region.LVIV,
        OBLAST.id,
        email,
    )
    community = raion.create(AuthorityId(3), "UA46-01-1", AuthorityLevel.COMMUNITY, "Громада")
    assert (community.parent, community.region) == (raion.id, Region.LVIV)


@pytest.mark.parametrize("level", AuthorityLevel)
@pytest.mark.parametrize("created", AuthorityLevel)
def test_rule_094_no_level_creates_another(level: AuthorityLevel, created: AuthorityLevel) -> None:
    parent = None if level is AuthorityLevel.OBLAST else AuthorityId(9)
    creator = Authority(AuthorityId(1), "c", level, "Орган", Region.LVIV, parent)
    allowed = {
        (AuthorityLevel.OBLAST, AuthorityLevel.RAION),
        (AuthorityLevel.RAION, AuthorityLevel.COMMUNITY),
    }
    if (level, created) in allowed:
        assert creator.create(AuthorityId(2), "d", created, "Нижчий").level is created
    else:
        with pytest.raises(NotAllowedHere):
            creator.create(AuthorityId(2), "d", created, "Нижчий")


@pytest.mark.parametrize(
    ("level", "parent"),
    [
        (AuthorityLevel.OBLAST, AuthorityId(9)),
        (AuthorityLevel.RAION, None),
        (AuthorityLevel.COMMUNITY, None),
    ],
)
def test_rule_094_only_an_oblast_stands_under_nobody(
    level: AuthorityLevel, parent: AuthorityId | None
) -> None:
    with pytest.raises(NotAllowedHere):
        Authority(AuthorityId(1), "c", level, "Орган", Region.LVIV, parent)


@pytest.mark.parametrize(("code", "name", "field"), [(" ", "Орган", "code"), ("c", "", "name")])
def test_an_authority_has_a_code_and_a_name(code: str, name: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Authority(AuthorityId(1), code, AuthorityLevel.OBLAST, name, Region.LVIV)
    assert (refused.value.field, refused.value.reason) == (field, "absent")


def test_each_level_has_its_role() -> None:
    assert [level.role for level in AuthorityLevel] == [
        Role.AUTHORITY_OBLAST,
        Role.AUTHORITY_RAION,
        Role.AUTHORITY_COMMUNITY,
    ]
