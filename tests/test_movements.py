"""How a pupil leaves a class, and the log of the orders by which it came about."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, NotAllowedHere, NotEnrolled
from ejournal.ids import ClassId, EnrolmentId, PupilId
from ejournal.model.calendar import Period
from ejournal.model.movements import Movement, MovementKind, MovementPolicy, movements
from ejournal.model.people import Departure, Enrolment, Leaving, standing

FIRST = date(2026, 9, 1)
LAST = date(2026, 10, 30)
DAY = timedelta(days=1)
ALWAYS = Period(date.min, date.max)
ADA = PupilId(1)
HERE = Enrolment(EnrolmentId(1), ADA, ClassId(1), FIRST, "17-у", FIRST)


def by(leaving: Leaving, number: str = "40-у") -> Departure:
    return Departure(leaving, number, LAST)


def test_rule_100_a_departure_names_its_order() -> None:
    with pytest.raises(Invalid) as refused:
        by(Leaving.OTHER_SCHOOL, " ")
    assert refused.value == Invalid("order_number", " ", "absent")


def test_who_goes_on_elsewhere_leaves_by_an_order() -> None:
    departure = by(Leaving.OTHER_SCHOOL)
    assert HERE.released(LAST, departure, "Інший ліцей") == evolve(
        HERE, until=LAST, departure=departure, destination="Інший ліцей"
    )


@pytest.mark.parametrize(("lacking", "basis", "reason"), [("basis", " ", "т"), ("reason", "п", "")])
def test_rule_100_a_withdrawal_needs_basis_and_type(lacking: str, basis: str, reason: str) -> None:
    departure = by(Leaving.WITHDRAWN)
    with pytest.raises(Invalid) as refused:
        HERE.withdrawn(LAST, departure, basis=basis, reason=reason)
    assert refused.value == Invalid(lacking, "", "absent", personal=True)
    gone = HERE.withdrawn(LAST, departure, basis="заява", reason="виїзд")
    assert gone == evolve(HERE, until=LAST, departure=departure, basis="заява", reason="виїзд")


def test_rule_100_any_type_of_withdrawal_passes_unless_the_host_has_the_list() -> None:
    assert MovementPolicy().known("виїзд") == "виїзд"
    listed = MovementPolicy(reasons=frozenset({"зміна місця проживання"}))
    assert listed.known("зміна місця проживання") == "зміна місця проживання"
    with pytest.raises(Invalid) as refused:
        listed.known("виїзд")
    assert refused.value == Invalid("reason", "виїзд", "unknown", personal=True)


def test_nobody_leaves_twice() -> None:
    gone = HERE.left(LAST, by(Leaving.OTHER_SCHOOL))
    with pytest.raises(NotAllowedHere) as refused:
        gone.left(LAST - DAY, by(Leaving.WITHDRAWN))
    assert refused.value == NotAllowedHere("2026-10-30", "left-already")


def test_a_departure_has_its_last_day() -> None:
    with pytest.raises(Invalid) as refused:
        evolve(HERE, departure=by(Leaving.FINISHED))
    assert refused.value == Invalid("until", "", "absent")


def test_a_transfer_ends_one_enrolment_the_day_before_the_other_begins() -> None:
    departure = by(Leaving.OTHER_CLASS)
    left, joined = HERE.moved(EnrolmentId(2), ClassId(2), LAST, departure)
    assert left == evolve(HERE, until=LAST - DAY, departure=departure)
    assert joined == Enrolment(EnrolmentId(2), ADA, ClassId(2), LAST, "40-у", LAST)
    assert joined.beside([left]) is joined


def test_nobody_is_transferred_to_their_own_class_or_before_having_come() -> None:
    departure = by(Leaving.OTHER_CLASS)
    with pytest.raises(NotAllowedHere) as refused:
        HERE.moved(EnrolmentId(2), ClassId(1), LAST, departure)
    assert refused.value.why == "same-class"
    with pytest.raises(Invalid):
        HERE.moved(EnrolmentId(2), ClassId(2), FIRST, departure)


def test_a_day_finds_a_pupil_in_one_class_or_in_none() -> None:
    left, joined = HERE.moved(EnrolmentId(2), ClassId(2), LAST, by(Leaving.OTHER_CLASS))
    other = evolve(HERE, id=EnrolmentId(3), pupil=PupilId(2))
    every = [other, left, joined]
    assert [standing(ADA, every, day) for day in (FIRST, LAST - DAY, LAST)] == [left, left, joined]
    with pytest.raises(NotEnrolled) as refused:
        standing(ADA, every, FIRST - DAY)
    assert refused.value == NotEnrolled(ADA, "2026-08-31")


def test_the_log_has_a_line_for_each_order_and_pupil() -> None:
    left, joined = HERE.moved(EnrolmentId(2), ClassId(2), LAST, by(Leaving.OTHER_CLASS))
    day = LAST + DAY * 9
    gone = joined.withdrawn(
        day, Departure(Leaving.WITHDRAWN, "51-у", day), basis="заява", reason="виїзд"
    )
    assert movements([gone, left], ALWAYS) == (
        Movement("17-у", FIRST, MovementKind.ENROLLED, ADA, FIRST, joined=ClassId(1)),
        Movement("40-у", LAST, MovementKind.OTHER_CLASS, ADA, LAST, ClassId(1), ClassId(2)),
        Movement("51-у", day, MovementKind.WITHDRAWN, ADA, day, ClassId(2), None, "заява", "виїзд"),
    )


def test_who_comes_back_by_another_order_is_enrolled_again() -> None:
    gone = HERE.released(LAST, by(Leaving.OTHER_SCHOOL), "Інший ліцей")
    again = Enrolment(EnrolmentId(2), ADA, ClassId(1), LAST + DAY, "60-у", LAST + DAY)
    assert [(move.kind, move.day) for move in movements([gone, again], ALWAYS)] == [
        (MovementKind.ENROLLED, FIRST),
        (MovementKind.OTHER_SCHOOL, LAST),
        (MovementKind.ENROLLED, LAST + DAY),
    ]


def test_what_ended_without_an_order_is_no_movement() -> None:
    assert [move.kind for move in movements([HERE.ended(LAST)], ALWAYS)] == [MovementKind.ENROLLED]


def test_the_log_of_a_period_has_its_days_alone() -> None:
    gone = HERE.released(LAST, by(Leaving.OTHER_SCHOOL), "")
    assert movements([gone], Period(FIRST + DAY, LAST - DAY)) == ()
    assert len(movements([gone], Period(FIRST, LAST - DAY))) == 1
    assert len(movements([gone], Period(FIRST + DAY, LAST))) == 1


def test_the_words_of_the_log() -> None:
    assert [kind.label for kind in MovementKind] == [
        "зарахування",
        "переведення до іншого класу",
        "переведення до іншого закладу",
        "відрахування",
        "переведення до наступного класу",
        "закінчення навчання",
    ]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 20)), max_size=8))
def test_each_transfer_of_a_chain_is_one_line_and_only_one_class_has_the_pupil(
    steps: list[tuple[int, int]],
) -> None:
    enrolments, day = [HERE], FIRST
    for number, (other, days) in enumerate(steps, 2):
        day += DAY * days
        target = ClassId((enrolments[-1].school_class + other) % 4 + 1)
        moved = enrolments[-1].moved(
            EnrolmentId(number), target, day, Departure(Leaving.OTHER_CLASS, f"{number}", day)
        )
        enrolments[-1:] = list(moved)
    lines = movements(sorted(enrolments, key=lambda each: -each.id), ALWAYS)
    assert [(line.left, line.joined, line.day) for line in lines] == [
        (None, ClassId(1), FIRST),
        *(
            (before.school_class, after.school_class, after.since)
            for before, after in pairwise(enrolments)
        ),
    ]
    for number in range((day - FIRST).days + 2):
        assert sum(each.covers(FIRST + DAY * number) for each in enrolments) == 1
