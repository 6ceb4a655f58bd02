"""Exact means, counted by the storage, against those of an independent count of all marks."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from pathlib import Path
from statistics import fmean, mean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_school import ID, SmallSchool, furnished, granted
from stores import MONDAY, Clock, opened_sql

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Unreadable
from ejournal.ids import ColumnId, JournalId, PupilId
from ejournal.model.access import Actor, System
from ejournal.model.journal import Mark
from ejournal.model.marks import (
    VOCABULARY,
    Final,
    Grade,
    Level,
    MarkValue,
    Mean,
    Sign,
    mean_of,
    points,
)
from ejournal.model.permissions import Role
from ejournal.store import Store
from ejournal.testing.storage.scene import Tried
from ejournal.usecases.reading import means_of_school

ADA, LEV = PupilId(301), PupilId(302)
ALGEBRA, CHEMISTRY = JournalId(2), JournalId(1)


def marks(*given_: tuple[PupilId, JournalId, MarkValue]) -> list[Mark]:
    return [
        Mark(journal, ColumnId(number), pupil, date(2026, 9, 7), value, "слова", None, MONDAY)
        for number, (pupil, journal, value) in enumerate(given_)
    ]


def kept(store: Store, poured: list[Mark]) -> Actor:
    with store.school(ID, System("test")) as unit:
        unit.marks.pour(poured)
        unit.record(Tried())
        return granted(unit, Role.DIRECTOR, None)


def means(store: Store, actor: Actor) -> dict[tuple[PupilId, JournalId], Mean]:
    with store.reading(ID, actor) as unit:
        return means_of_school(unit)


def test_each_pupil_has_a_mean_in_each_journal_with_grades(store: Store) -> None:
    director = kept(
        store,
        marks(
            (LEV, ALGEBRA, Grade(7)),
            (LEV, ALGEBRA, Grade(8)),
            (LEV, ALGEBRA, Grade(8)),
            (LEV, ALGEBRA, Final.NOT_ATTESTED),
            (LEV, CHEMISTRY, Grade(12)),
            (ADA, ALGEBRA, Grade(1)),
            (ADA, CHEMISTRY, Level.HIGH),
        ),
    )

    found = means(store, director)

    assert found == {
        (ADA, ALGEBRA): Mean(1, 1),
        (LEV, CHEMISTRY): Mean(12, 1),
        (LEV, ALGEBRA): Mean(23, 3),
    }
    assert found[LEV, ALGEBRA].value == Fraction(23, 3)


def test_rule_092_means_stand_by_pupil_and_journal_and_not_by_rank(store: Store) -> None:
    director = kept(store, marks((LEV, ALGEBRA, Grade(12)), (ADA, ALGEBRA, Grade(1))))
    assert list(means(store, director)) == [(ADA, ALGEBRA), (LEV, ALGEBRA)]


def test_a_school_without_marks_has_no_means(store: Store) -> None:
    assert means(store, kept(store, [])) == {}


def test_values_are_counted_for_each_pupil_and_journal(store: Store) -> None:
    director = kept(store, marks(*[(ADA, ALGEBRA, Sign.REMARK)] * 3, (ADA, ALGEBRA, Grade(5))))
    with store.reading(ID, director) as unit:
        assert unit.marks.tallied() == {(ADA, ALGEBRA): {Sign.REMARK: 3, Grade(5): 1}}


VALUES = st.sampled_from(VOCABULARY)
GIVEN = st.tuples(st.sampled_from([ADA, LEV]), st.sampled_from([ALGEBRA, CHEMISTRY]), VALUES)


@given(st.lists(GIVEN, max_size=40))
def test_means_are_those_of_all_marks_one_by_one(
    given_: list[tuple[PupilId, JournalId, MarkValue]],
) -> None:
    store = MemoryStore(clock=Clock())
    director = kept(store, marks(*given_))
    oracle = defaultdict(list)
    for pupil, journal, value in given_:
        if isinstance(value, Grade):
            oracle[pupil, journal].append(Fraction(value.points))

    found = means(store, director)

    assert {key: each.value for key, each in found.items()} == {
        key: mean(grades) for key, grades in oracle.items()
    }
    assert {key: each.count for key, each in found.items()} == {
        key: len(grades) for key, grades in oracle.items()
    }


@given(st.lists(VALUES))
def test_rules_031_and_032_only_grades_enter_a_mean(values: list[MarkValue]) -> None:
    found = mean_of(Counter(values))
    grades = [number for value in values if (number := points(value)) is not None]
    assert found == (Mean(sum(grades), len(grades)) if grades else None)
    assert found is None or float(found.value) == pytest.approx(fmean(grades))


@pytest.mark.parametrize("role", [Role.SUBJECT_TEACHER, Role.PUPIL, Role.PARENT])
def test_means_of_the_whole_school_are_for_who_reads_all_journals(store: Store, role: Role) -> None:
    school: SmallSchool = furnished(store)
    with (
        store.reading(ID, school.actor(role, school.things.ada.id)) as unit,
        pytest.raises(Forbidden),
    ):
        means_of_school(unit)


def test_a_value_that_is_none_cannot_be_counted(tmp_path: Path, clock: Clock) -> None:
    with opened_sql(tmp_path / "means.db", clock) as store:
        director = kept(store, marks((ADA, ALGEBRA, Grade(5))))
        with sqlite3.connect(tmp_path / "means.db") as database:
            database.execute("UPDATE ejournal_mark SET value = '13'")
        database.close()
        with pytest.raises(Unreadable):
            means(store, director)
