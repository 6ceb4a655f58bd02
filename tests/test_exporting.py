"""Marks go out as a file that can be taken in again."""

from __future__ import annotations

import csv
import io

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock, counted_salts

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Missing
from ejournal.ids import IdMaker, spell_id
from ejournal.model.journal import ColumnKind, Mark
from ejournal.model.marks import VOCABULARY, Credit, Grade, Sign
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit, Store
from ejournal.usecases import exporting
from ejournal.usecases.exporting import export_marks
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import add_column

COMMENTS = (
    "",
    "старався",
    'з "лапками", і комою',
    "два\r\nрядки",
    "=1+1",
    " з пропуском ",
    '"',
    ",",
    ";",
)


@pytest.fixture
def school(store: Store) -> SmallSchool:
    return furnished(store)


def filled(school: SmallSchool) -> list[Mark]:
    """Give marks of several kinds with and without comments, and return them all."""
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    things = school.things
    given_ = iter(
        zip(COMMENTS, [Grade(7), Credit.CREDITED, Sign.VERBAL, *VOCABULARY], strict=False)
    )
    days = [MONDAY, MONDAY + DAY, None]
    for day in days:
        kind = ColumnKind.THEMATIC if day is None else ColumnKind.CURRENT
        column = school.run(teacher, add_column, things.journal.id, kind, day=day)
        for pupil in (things.ada, things.lev, things.yana):
            comment, value = next(given_)
            school.run(teacher, give_mark, column.id, pupil=pupil.id, value=value, comment=comment)
    return marks_of(school)


def marks_of(school: SmallSchool) -> list[Mark]:
    with school.store.reading(ID, school.admin) as unit:
        return list(unit.marks.all())


def exported(school: SmallSchool) -> str:
    with school.store.reading(ID, school.admin) as unit:
        return b"".join(export_marks(unit)).decode()


def test_the_file_is_one_line_for_each_mark_with_what_it_says(school: SmallSchool) -> None:
    marks = filled(school)

    text = exported(school)

    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    assert header == [
        "journal",
        "column",
        "pupil",
        "day",
        "value",
        "comment",
        "author",
        "given_at",
        "void",
    ]
    assert len(rows) == len(marks) == 9
    first = marks[0]
    assert rows[0] == [
        spell_id(first.journal),
        spell_id(first.column),
        spell_id(first.pupil),
        "2026-09-07",
        "7",
        "",
        spell_id(school.things.main.id),
        "2026-09-07T08:30:00.000Z",
        "false",
    ]
    assert [row[5] for row in rows] == [each.comment for each in marks]
    assert (rows[-1][3], marks[-1].day) == ("", None)
    assert text.endswith("\r\n")


def test_a_school_without_marks_has_a_file_of_a_header(school: SmallSchool) -> None:
    assert exported(school).count("\r\n") == 1


def test_the_file_comes_in_pieces(school: SmallSchool, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(school)
    whole = exported(school)
    monkeypatch.setattr(exporting, "_ROWS", 3)
    with school.store.reading(ID, school.admin) as unit:
        pieces = list(export_marks(unit))
    assert len(pieces) == 1 + 3
    assert b"".join(pieces).decode() == whole


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=4))
def test_any_text_is_quoted_so_that_it_is_read_back(texts: list[str]) -> None:
    rows = [tuple(texts), tuple(reversed(texts))]
    line = "\r\n".join(",".join(map(exporting._quoted, row)) for row in rows)
    assert list(map(tuple, csv.reader(io.StringIO(line, newline=""), strict=True))) == rows


def emptied(school: SmallSchool) -> SmallSchool:
    """Return a new store with the same school, in which no mark stands."""
    inner = MemoryStore(clock=Clock(), ids=IdMaker(), salts=counted_salts())
    with school.store.reading(ID, school.admin) as old, inner.school(ID, school.admin) as new:
        for name in ("schools", "grants", "journals", "columns", "enrolments", "pupils"):
            getattr(new, name).pour(getattr(old, name).all())
        new.record(Arranged())
    return SmallSchool(inner, school.admin, school.stranger, school.things)


def test_what_goes_out_can_be_taken_in_elsewhere(school: SmallSchool) -> None:
    marks = filled(school)
    elsewhere = emptied(school)
    into = elsewhere.run(elsewhere.admin, begin_import, "файл вивантаження").id

    file = io.StringIO(exported(school), newline="")
    outcome = import_marks(elsewhere.store, ID, elsewhere.admin, into, file)

    assert outcome.refusals == ()
    assert [evolve(each, version=0) for each in marks_of(elsewhere)] == [
        evolve(each, version=0, author=None) for each in marks
    ]
    assert elsewhere.store.audit(ID) == []


@pytest.mark.parametrize("role", [Role.SUBJECT_TEACHER, Role.INSPECTOR, Role.PARENT])
def test_only_the_office_gives_the_whole_school_out(school: SmallSchool, role: Role) -> None:
    actor = school.actor(role, school.things.main.id)
    with school.store.reading(ID, actor) as unit, pytest.raises(Forbidden):
        export_marks(unit)


def test_fields_are_spelled_in_the_order_they_are_asked_for(school: SmallSchool) -> None:
    marks = filled(school)
    with school.store.reading(ID, school.admin) as unit:
        assert next(unit.marks.spelled(["value", "pupil", "version"])) == (
            "7",
            spell_id(marks[0].pupil),
            str(marks[0].version),
        )
        assert list(unit.marks.spelled([])) == []
        with pytest.raises(Missing) as caught:
            unit.marks.spelled(["pupil", "name"])
    assert caught.value == Missing("field", ("name",))


def test_a_mark_without_an_author_is_spelled_with_none(school: SmallSchool) -> None:
    first, *_ = filled(school)

    def disowned(unit: SchoolUnit) -> None:
        unit.marks.save(evolve(first, author=None))
        unit.record(Arranged())

    school.run(school.admin, disowned)
    with school.store.reading(ID, school.admin) as unit:
        assert next(unit.marks.spelled(["author"])) == ("",)


def test_more_identifiers_than_are_remembered_are_spelled_alike(
    school: SmallSchool, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(school)
    whole = exported(school)
    monkeypatch.setattr("ejournal.codec._KEPT_IDS", 2)
    assert exported(school) == whole
