"""What a guardian explains, and what becomes of it: a state machine that keeps what was noted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, WrongState
from ejournal.ids import ExcuseId, GuardianId, JournalId, LessonId, PupilId, StaffId
from ejournal.model.attendance import Absence, AbsenceCode, totals
from ejournal.model.excuses import Excuse, ExcuseState, explained

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
AT = datetime(2026, 9, 9, 9, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
LEADER = StaffId(7)
ADA = PupilId(1)
EXCUSE = Excuse(
    ExcuseId(1), ADA, GuardianId(4), MONDAY, MONDAY + DAY * 2, AbsenceCode.EXCUSED, "весілля", AT
)
CONFIRMED = EXCUSE.confirmed(None, LEADER, LATER)


def gone(lesson: int, day: int = 0, code: AbsenceCode | None = AbsenceCode.ABSENT) -> Absence:
    return Absence(
        JournalId(1), LessonId(lesson), ADA, MONDAY + DAY * day, code, 0, "", StaffId(2), AT
    )


COMMANDS: dict[str, Callable[[Excuse], Excuse]] = {
    "confirm": lambda excuse: excuse.confirmed(None, LEADER, LATER),
    "decline": lambda excuse: excuse.declined("без довідки", LEADER, LATER),
    "withdraw": lambda excuse: excuse.withdrawn(LATER),
    "revoke": lambda excuse: excuse.revoked("довідка підроблена", LEADER, LATER),
}
ALLOWED = {
    ExcuseState.PROPOSED: {"confirm", "decline", "withdraw"},
    ExcuseState.CONFIRMED: {"revoke"},
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", ExcuseState)
def test_an_excuse_is_decided_once_and_only_a_confirmed_one_is_revoked(
    state: ExcuseState, command: str
) -> None:
    excuse = evolve(EXCUSE, state=state)
    if command in ALLOWED.get(state, set()):
        assert COMMANDS[command](excuse).state is not state
    else:
        with pytest.raises(WrongState) as refused:
            COMMANDS[command](excuse)
        assert refused.value == WrongState("excuse", state.value, command)


def test_a_decision_says_who_made_it_when_and_why() -> None:
    assert EXCUSE.declined("без довідки", LEADER, LATER) == evolve(
        EXCUSE,
        state=ExcuseState.DECLINED,
        decided_by=LEADER,
        decided_at=LATER,
        answer="без довідки",
    )
    assert EXCUSE.confirmed(AbsenceCode.ILL, LEADER, LATER, "є довідка") == evolve(
        EXCUSE,
        state=ExcuseState.CONFIRMED,
        code=AbsenceCode.ILL,
        decided_by=LEADER,
        decided_at=LATER,
        answer="є довідка",
    )
    assert EXCUSE.withdrawn(LATER) == evolve(EXCUSE, state=ExcuseState.WITHDRAWN, decided_at=LATER)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"last_day": MONDAY - DAY}, "order"),
        ({"code": AbsenceCode.ABSENT}, "pattern"),
        ({"reason": " "}, "absent"),
    ],
)
def test_an_excuse_has_days_a_code_and_a_reason(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        evolve(EXCUSE, **changes)
    assert refused.value.reason == reason


def test_an_excuse_is_neither_refused_nor_revoked_without_words_nor_confirmed_as_unknown() -> None:
    with pytest.raises(Invalid):
        EXCUSE.declined(" ", LEADER, LATER)
    with pytest.raises(Invalid):
        CONFIRMED.revoked("", LEADER, LATER)
    with pytest.raises(Invalid):
        EXCUSE.confirmed(AbsenceCode.ABSENT, LEADER, LATER)


def test_a_confirmed_excuse_explains_unknown_absences_of_its_days_and_keeps_what_was() -> None:
    before = [gone(1), gone(2, 2), gone(3, 3), gone(4, -1), gone(5, 1, AbsenceCode.ILL)]
    changed = CONFIRMED.explain_all(before, LEADER, LATER)
    assert changed == [
        evolve(
            each,
            code=AbsenceCode.EXCUSED,
            excused_by=EXCUSE.id,
            author=LEADER,
            recorded_at=LATER,
        )
        for each in before[:2]
    ]
    assert [each.noted for each in (*changed, before[4])] == [
        AbsenceCode.ABSENT,
        AbsenceCode.ABSENT,
        AbsenceCode.ILL,
    ]


def test_an_excuse_for_some_lessons_explains_no_others() -> None:
    some = evolve(CONFIRMED, lessons=frozenset({LessonId(2)}))
    assert [each.lesson for each in some.explain_all([gone(1), gone(2)], LEADER, AT)] == [2]


def test_an_excuse_explains_nothing_of_another_pupil() -> None:
    other = evolve(gone(1), pupil=PupilId(2))
    assert CONFIRMED.explain(other, LEADER, AT) is other


def test_what_a_revoked_excuse_explained_is_as_it_was_noted() -> None:
    before = [gone(1), gone(2, 1)]
    changed = CONFIRMED.explain_all(before, LEADER, LATER)
    revoked = CONFIRMED.revoked("довідка підроблена", LEADER, LATER)
    others = evolve(gone(3, 1, AbsenceCode.ILL), excused_by=ExcuseId(2))
    undone = revoked.undo_all([*changed, others], LEADER, LATER)
    assert undone == [evolve(each, author=LEADER, recorded_at=LATER) for each in before]


def test_a_code_for_a_reason_alone_can_come_from_an_excuse() -> None:
    with pytest.raises(Invalid):
        evolve(gone(1), excused_by=EXCUSE.id)
    with pytest.raises(Invalid):
        evolve(gone(1, code=None), excused_by=EXCUSE.id)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from([None, *AbsenceCode])), max_size=12),
    st.sampled_from(ExcuseState),
)
def test_nothing_that_is_not_confirmed_alters_totals(
    noted: list[tuple[int, AbsenceCode | None]], state: ExcuseState
) -> None:
    excuse = evolve(EXCUSE, state=state)
    records = [gone(number, day, code) for number, (day, code) in enumerate(noted)]
    lessons = {each.lesson: each.day for each in records}
    after = [explained(each, [excuse], LEADER, LATER) for each in records]
    before, now = totals(lessons, records), totals(lessons, after)
    if state is ExcuseState.CONFIRMED:
        moved = now.excused - before.excused
        assert now == evolve(
            before,
            without_reason=before.without_reason - moved,
            excused=before.excused + moved,
        )
        assert moved == len(excuse.explain_all(records, LEADER, LATER))
    else:
        assert after == records
    assert [each.noted for each in after] == [each.code for each in records]
