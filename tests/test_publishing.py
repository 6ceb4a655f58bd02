"""From when on a diary shows a mark: the rules alone, to the millisecond."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid
from ejournal.ids import ColumnId, JournalId, PupilId
from ejournal.model.journal import ColumnKind, Mark
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.model.publishing import (
    AT_ONCE,
    Publication,
    Publishing,
    PublishRule,
    PublishWhen,
    RoleRule,
)
from ejournal.testing.strategies import instants, values

KYIV = ZoneInfo("Europe/Kyiv")
MONDAY = date(2026, 9, 7)
NOON = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
MARK = Mark(JournalId(1), ColumnId(2), PupilId(3), MONDAY, Grade(9), "", None, NOON)
END = NOON + timedelta(minutes=15)
AT_SIX = PublishRule(PublishWhen.AT_TIME, at=time(18))
AT_END = PublishRule(PublishWhen.LESSON_END)
LATER = PublishRule(PublishWhen.AFTER_DELAY, minutes=30)
BY_HAND = PublishRule(PublishWhen.WHEN_PUBLISHED)


def test_a_mark_that_waits_for_nothing_is_shown_from_when_it_was_given() -> None:
    assert AT_ONCE.visible_from(MARK, KYIV, lesson_end=END) == NOON


def test_a_mark_is_shown_when_its_lesson_ends_and_where_there_is_none_at_once() -> None:
    assert AT_END.visible_from(MARK, KYIV, lesson_end=END) == END
    assert AT_END.visible_from(MARK, KYIV) == NOON
    late = evolve(MARK, given_at=END + timedelta(hours=1))
    assert AT_END.visible_from(late, KYIV, lesson_end=END) == late.given_at


@pytest.mark.parametrize(
    ("given_at", "day", "expected"),
    [
        (NOON, MONDAY, datetime(2026, 9, 7, 15, 0, tzinfo=UTC)),
        (NOON, None, datetime(2026, 9, 7, 15, 0, tzinfo=UTC)),
        (NOON, date(2026, 9, 4), datetime(2026, 9, 7, 15, 0, tzinfo=UTC)),
        (NOON, date(2026, 9, 9), datetime(2026, 9, 9, 15, 0, tzinfo=UTC)),
        (
            datetime(2026, 9, 7, 16, 0, tzinfo=UTC),
            MONDAY,
            datetime(2026, 9, 7, 16, 0, tzinfo=UTC),
        ),
        (
            datetime(2026, 9, 7, 21, 30, tzinfo=UTC),
            MONDAY,
            datetime(2026, 9, 8, 15, 0, tzinfo=UTC),
        ),
        (datetime(2026, 12, 7, 9, 0, tzinfo=UTC), None, datetime(2026, 12, 7, 16, 0, tzinfo=UTC)),
    ],
)
def test_an_hour_is_that_of_the_day_in_ukraine_on_which_the_mark_was_given_or_is_for(
    given_at: datetime, day: date | None, expected: datetime
) -> None:
    assert AT_SIX.visible_from(evolve(MARK, given_at=given_at, day=day), KYIV) == expected


def test_a_mark_waits_as_long_as_the_rule_says_and_anew_after_a_change() -> None:
    assert LATER.visible_from(MARK, KYIV) == NOON + timedelta(minutes=30)
    changed = MARK.changed(Grade(10), "", None, END)
    assert LATER.visible_from(changed, KYIV) == END + timedelta(minutes=30)


def test_a_mark_waits_for_its_teacher_and_what_is_given_after_does_not() -> None:
    assert BY_HAND.visible_from(MARK, KYIV) is None
    assert BY_HAND.visible_from(MARK, KYIV, published_at=END) == END
    after = evolve(MARK, given_at=END + timedelta(hours=1))
    assert BY_HAND.visible_from(after, KYIV, published_at=END) == after.given_at


@given(
    values(PublishRule),
    instants(),
    st.one_of(st.none(), instants()),
    st.one_of(st.none(), instants()),
)
def test_no_rule_shows_a_mark_before_it_was_given(
    rule: PublishRule, at: datetime, end: datetime | None, published: datetime | None
) -> None:
    mark = evolve(MARK, given_at=at)
    since = rule.visible_from(mark, KYIV, lesson_end=end, published_at=published)
    if since is None:
        assert (rule.when, published) == (PublishWhen.WHEN_PUBLISHED, None)
    else:
        assert since >= at
        assert (since.tzinfo, since.microsecond % 1000) == (UTC, 0)


@pytest.mark.parametrize(
    "made",
    [
        {"when": PublishWhen.AT_TIME},
        {"when": PublishWhen.AT_ONCE, "at": time(18)},
        {"when": PublishWhen.AFTER_DELAY},
        {"when": PublishWhen.AFTER_DELAY, "minutes": 0},
        {"when": PublishWhen.LESSON_END, "minutes": 5},
    ],
)
def test_a_rule_has_just_what_it_needs(made: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        PublishRule(**made)


def test_the_hosts_rule_for_a_kind_of_column_goes_before_that_for_all() -> None:
    host = Publishing(
        (
            RoleRule(Role.PARENT, AT_SIX),
            RoleRule(Role.PARENT, BY_HAND, ColumnKind.THEMATIC),
            RoleRule(Role.PUPIL, LATER, ColumnKind.TEST),
        )
    )
    asked = [
        host.rule(Role.PARENT, ColumnKind.CURRENT),
        host.rule(Role.PARENT, ColumnKind.THEMATIC),
        host.rule(Role.PUPIL, ColumnKind.TEST),
        host.rule(Role.PUPIL, ColumnKind.CURRENT),
        host.rule(Role.DIRECTOR, ColumnKind.THEMATIC),
    ]
    assert asked == [AT_SIX, BY_HAND, LATER, AT_ONCE, AT_ONCE]


def test_a_columns_own_rule_goes_before_the_hosts_for_its_role_alone() -> None:
    host = Publishing((RoleRule(Role.PARENT, AT_SIX), RoleRule(Role.PUPIL, AT_SIX)))
    own = Publication(ColumnId(2)).ruled([RoleRule(Role.PARENT, LATER)])
    assert own == Publication(ColumnId(2), (RoleRule(Role.PARENT, LATER),))
    assert own.rule(Role.PARENT, ColumnKind.TEST, host) == LATER
    assert own.rule(Role.PUPIL, ColumnKind.TEST, host) == AT_SIX


def test_a_column_is_published_once() -> None:
    published = Publication(ColumnId(2)).published(NOON)
    assert published == Publication(ColumnId(2), published_at=NOON)
    assert published.published(END) is published
