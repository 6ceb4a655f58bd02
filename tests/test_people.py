"""People of a school, and enrolments that never overlap (rules 15, 82, 100)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ids import (
    AccountId,
    ClassId,
    EnrolmentId,
    GuardianId,
    GuardianshipId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
)
from ejournal.model.access import Actor, Cabinet, System
from ejournal.model.calendar import Period
from ejournal.model.identifiers import PersonName, Sex, parse_email, read_contact_phone
from ejournal.model.people import (
    Enrolment,
    Guardian,
    Guardianship,
    Pupil,
    Relation,
    Staff,
    acting_staff,
    alphabetical,
)
from ejournal.model.permissions import Role

FIRST = date(2026, 9, 1)
LAST = date(2026, 10, 30)


def enrolment(since: int, until: int | None, *, id: int = 1, pupil: int = 1) -> Enrolment:
    return Enrolment(
        EnrolmentId(id),
        PupilId(pupil),
        ClassId(1),
        FIRST + timedelta(days=since),
        "17-у",
        FIRST,
        None if until is None else FIRST + timedelta(days=until),
    )


def pupil(id: int, family: str, given: str = "Ада", patronymic: str = "") -> Pupil:
    return Pupil(PupilId(id), PersonName(family, given, patronymic))


def test_rule_015_a_class_list_follows_the_ukrainian_alphabet() -> None:
    families = ["Ґава", "Іскра", "Гай", "Їжак", "Єна", "Ялина", "Екер", "Иней", "Йовта", "Ива"]
    listed = alphabetical(pupil(number, family) for number, family in enumerate(families))
    assert [each.name.family for each in listed] == [
        "Гай",
        "Ґава",
        "Екер",
        "Єна",
        "Ива",
        "Иней",
        "Іскра",
        "Їжак",
        "Йовта",
        "Ялина",
    ]


def test_rule_015_equal_families_go_by_given_name_then_patronymic_then_number() -> None:
    listed = [
        pupil(9, "Коваль", "Ада"),
        pupil(4, "Коваль", "Ада", "Петрівна"),
        pupil(5, "Коваль", "Ада", "Петрівна"),
        pupil(1, "Коваль", "Яна"),
    ]
    assert alphabetical(reversed(listed)) == listed


def test_a_pupil_may_take_another_name_and_stays_the_same_pupil() -> None:
    ada = Pupil(PupilId(1), PersonName("Коваль", "Ада"), date(2016, 2, 29), Sex.FEMALE)
    renamed = ada.renamed(PersonName("Мельник", "Ада"))
    assert renamed == Pupil(PupilId(1), PersonName("Мельник", "Ада"), date(2016, 2, 29), Sex.FEMALE)


def test_staff_are_at_work_through_their_last_day() -> None:
    teacher = Staff(StaffId(1), PersonName("Шевчук", "Ольга", "Петрівна"), "учитель")
    assert teacher.at_work(date(2100, 1, 1)) == teacher.id
    gone = teacher.left(LAST)
    assert gone == Staff(teacher.id, teacher.name, "учитель", LAST)
    assert gone.at_work(LAST) == teacher.id
    with pytest.raises(NotAllowedHere) as refused:
        gone.at_work(LAST + timedelta(days=1))
    assert refused.value.args == ("0000000000001, 2026-10-30", "has-left")


def test_who_acts_is_known_by_the_cabinet() -> None:
    teacher = Cabinet(Role.SUBJECT_TEACHER, SchoolId(1), PersonId(7))
    assert acting_staff(Actor(AccountId(1), teacher)) == StaffId(7)
    office = Cabinet(Role.SCHOOL_ADMIN, SchoolId(1))
    assert acting_staff(Actor(AccountId(1), office)) is None
    assert acting_staff(System("intake")) is None


def test_a_guardian_may_have_no_contacts_and_several_children() -> None:
    bare = Guardian(GuardianId(1), PersonName("Коваль", "Іван"))
    assert (bare.email, bare.phone) == (None, None)
    full = Guardian(
        GuardianId(2),
        PersonName("Коваль", "Ірина"),
        parse_email("iryna.koval@poshta.example"),
        read_contact_phone("0501234567"),
    )
    assert full.phone is not None
    links = {
        Guardianship(GuardianshipId(1), full.id, PupilId(1), Relation.MOTHER),
        Guardianship(GuardianshipId(2), full.id, PupilId(2), Relation.GUARDIAN),
        Guardianship(GuardianshipId(3), bare.id, PupilId(1), Relation.FATHER),
    }
    assert {link.pupil for link in links if link.guardian == full.id} == {1, 2}


def test_relations_have_the_words_of_the_forms() -> None:
    assert [relation.label for relation in Relation] == ["Мати", "Батько", "Опікун", "Інше"]


@pytest.mark.parametrize("number", ["", "  "])
def test_rule_100_an_enrolment_names_its_order(number: str) -> None:
    with pytest.raises(Invalid) as refused:
        Enrolment(EnrolmentId(1), PupilId(1), ClassId(1), FIRST, number, FIRST)
    assert refused.value.args == ("order_number", number, "absent", False)


def test_an_enrolment_ends_on_or_after_its_first_day() -> None:
    assert enrolment(0, None).ended(FIRST) == enrolment(0, 0)
    with pytest.raises(Invalid) as refused:
        enrolment(1, None).ended(FIRST)
    assert refused.value.args == ("until", "2026-09-01", "order", False)


def test_an_enrolment_covers_both_its_ends() -> None:
    entry = enrolment(2, 4)
    days = [FIRST + timedelta(days=number) for number in range(7)]
    assert [entry.covers(day) for day in days] == [False, False, True, True, True, False, False]
    assert enrolment(2, None).covers(date(2100, 1, 1))


def test_a_pupil_is_not_in_two_classes_on_one_day() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        enrolment(5, None, id=2).beside([enrolment(0, 5)])
    assert refused.value.args == ("2026-09-01", "enrolled-elsewhere")


def test_a_day_after_leaving_one_class_a_pupil_may_be_in_another() -> None:
    moved = enrolment(6, None, id=2)
    assert moved.beside([enrolment(0, 5)]) is moved


def test_other_pupils_and_the_enrolment_as_it_was_do_not_stand_in_the_way() -> None:
    entry = enrolment(0, 9)
    assert entry.beside([enrolment(0, None), enrolment(3, 4, id=2, pupil=2)]) is entry


@pytest.mark.parametrize(
    ("own", "other", "within"),
    [
        ((2, 5), (2, 5), True),
        ((2, 5), (1, None), True),
        ((2, None), (2, None), True),
        ((2, None), (1, 9), False),
        ((2, 6), (2, 5), False),
        ((1, 5), (2, 5), False),
    ],
)
def test_an_enrolment_lies_within_one_that_has_all_of_its_days(
    own: tuple[int, int | None], other: tuple[int, int | None], *, within: bool
) -> None:
    assert enrolment(*own, id=2).lies_within(enrolment(*other)) is within


ENDS = st.none() | st.integers(0, 12)


@given(st.integers(0, 12), ENDS, st.integers(0, 12), ENDS)
def test_enrolments_clash_exactly_when_they_share_a_day(
    since: int, lasting: int | None, other_since: int, other_lasting: int | None
) -> None:
    one = enrolment(since, None if lasting is None else since + lasting)
    other = enrolment(
        other_since, None if other_lasting is None else other_since + other_lasting, id=2
    )
    days = [FIRST + timedelta(days=number) for number in range(30)]
    if any(one.covers(day) and other.covers(day) for day in days):
        with pytest.raises(NotAllowedHere):
            one.beside([other])
    else:
        assert one.beside([other]) is one


@given(st.integers(0, 12), ENDS, st.integers(0, 20), st.integers(0, 5))
def test_an_enrolment_meets_a_period_when_it_covers_a_day_of_it(
    since: int, lasting: int | None, first: int, length: int
) -> None:
    entry = enrolment(since, None if lasting is None else since + lasting)
    period = Period(FIRST + timedelta(days=first), FIRST + timedelta(days=first + length))
    assert entry.meets(period) is any(map(entry.covers, period.days))
