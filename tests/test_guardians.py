"""What a guardian is shown: limits, a last day, and the eighteenth birthday."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import NotAllowedHere
from ejournal.ids import GuardianId, GuardianshipId, PersonId, PupilId
from ejournal.model.access import Actor, Cabinet, System
from ejournal.model.identifiers import PersonName
from ejournal.model.people import (
    ComingOfAge,
    DiaryPart,
    Guardianship,
    Pupil,
    Relation,
    acting_guardian,
)
from ejournal.model.permissions import Role
from ejournal.ports import Policies
from ejournal.testing.strategies import values

DAY = timedelta(days=1)
BIRTHDAY = date(2026, 9, 8)
PUPIL = Pupil(PupilId(1), PersonName("Яценко", "Ада"), date(2008, 9, 8))
TIE = Guardianship(GuardianshipId(1), GuardianId(2), PUPIL.id, Relation.MOTHER)
ALL = frozenset(DiaryPart)
DIARY, MARKS, CONTACTS = DiaryPart.DIARY, DiaryPart.MARKS, DiaryPart.CONTACTS
DECIDES, BEFORE = ComingOfAge.PUPIL_DECIDES, ComingOfAge.AS_BEFORE


def test_a_guardian_without_limits_is_shown_everything() -> None:
    assert TIE.shows(PUPIL, BIRTHDAY - DAY, DECIDES) == ALL


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ({MARKS}, {DIARY, CONTACTS}),
        ({CONTACTS}, {DIARY, MARKS}),
        ({MARKS, CONTACTS}, {DIARY}),
        ({DIARY}, set()),
        ({DIARY, MARKS}, set()),
    ],
)
def test_what_is_hidden_is_not_shown_and_without_the_diary_nothing_is(
    hidden: set[DiaryPart], shown: set[DiaryPart]
) -> None:
    limited = TIE.limited(hidden, None)
    assert limited == evolve(TIE, hidden=frozenset(hidden))
    assert limited.shows(PUPIL, BIRTHDAY - DAY, DECIDES) == shown


def test_a_guardianship_ends_after_its_last_day() -> None:
    until = date(2026, 9, 1)
    limited = TIE.limited((), until)
    assert [limited.shows(PUPIL, day, DECIDES) for day in (until, until + DAY)] == [ALL, set()]
    assert limited.limited((), None) == TIE


def test_from_the_eighteenth_birthday_a_guardian_is_shown_what_the_pupil_allows() -> None:
    assert Policies().coming_of_age is DECIDES
    assert PUPIL.grown_up_from == BIRTHDAY
    days = (BIRTHDAY - DAY, BIRTHDAY)
    assert [TIE.shows(PUPIL, day, DECIDES) for day in days] == [ALL, set()]
    allowed = TIE.allowing([DIARY, CONTACTS], PUPIL, BIRTHDAY)
    assert allowed == evolve(TIE, allowed=frozenset({DIARY, CONTACTS}))
    assert [allowed.shows(PUPIL, day, DECIDES) for day in days] == [ALL, {DIARY, CONTACTS}]


def test_by_the_other_setting_nothing_changes_on_the_birthday() -> None:
    days = (BIRTHDAY - DAY, BIRTHDAY)
    assert [TIE.shows(PUPIL, day, BEFORE) for day in days] == [ALL, ALL]


def test_a_pupil_cannot_allow_what_the_school_hides_nor_after_the_last_day() -> None:
    tie = TIE.limited([MARKS], BIRTHDAY).allowing(ALL, PUPIL, BIRTHDAY)
    days = (BIRTHDAY, BIRTHDAY + DAY)
    assert [tie.shows(PUPIL, day, DECIDES) for day in days] == [{DIARY, CONTACTS}, set()]


def test_a_minor_allows_nothing() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        TIE.allowing(ALL, PUPIL, BIRTHDAY - DAY)
    assert refused.value == NotAllowedHere(str(BIRTHDAY - DAY), "not-of-age")


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (date(2016, 2, 29), date(2034, 2, 28)),
        (date(2010, 2, 28), date(2028, 2, 28)),
        (None, None),
    ],
)
def test_the_day_on_which_a_pupil_comes_of_age(born: date | None, of_age: date | None) -> None:
    assert evolve(PUPIL, birth_date=born).grown_up_from == of_age


def test_whose_day_of_birth_is_not_known_stays_a_child() -> None:
    unknown = evolve(PUPIL, birth_date=None)
    assert TIE.shows(unknown, date(2099, 1, 1), DECIDES) == ALL


@given(values(Guardianship), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_nobody_is_shown_more_than_the_school_leaves_them(tie: Guardianship, day: date) -> None:
    shown = tie.shows(PUPIL, day, DECIDES)
    assert shown <= tie.shows(PUPIL, day, BEFORE) <= ALL - tie.hidden
    assert not shown or DIARY in shown


def test_who_acts_as_a_guardian_sits_in_a_parents_cabinet() -> None:
    def acting(role: Role, person: int | None) -> Actor:
        own = None if person is None else PersonId(person)
        return Actor(1, Cabinet(role, None, own))  # type: ignore[arg-type] # any account

    assert acting_guardian(acting(Role.PARENT, 2)) == 2
    assert acting_guardian(acting(Role.PARENT, None)) is None
    assert acting_guardian(acting(Role.PUPIL, 2)) is None
    assert acting_guardian(System("digest")) is None
