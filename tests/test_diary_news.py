"""What is new in a diary, and what a guardian signed: numbers, instants and weeks alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ids import GuardianId, JournalId, LessonId, PupilId, SubjectId
from ejournal.model.calendar import Period
from ejournal.model.classes import Subject
from ejournal.model.diary_news import (
    DiaryLook,
    DiaryLookKey,
    DiaryNews,
    NewsItem,
    NewsKind,
    WeekSignature,
    WeekSignatureKey,
    weeks_within,
)
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Lesson
from ejournal.model.people import Pupil

MONDAY = date(2026, 9, 7)
DAY = timedelta(days=1)
AT = datetime(2026, 9, 9, 9, 0, tzinfo=UTC)
MS = timedelta(milliseconds=1)
ADA = Pupil(PupilId(1), PersonName("Яценко", "Ада"))
MOTHER = GuardianId(2)
ALGEBRA = Subject(SubjectId(3), "Алгебра")
LOOK = DiaryLook(ADA.id, MOTHER, 20, AT)


def item(number: int, since: datetime = AT) -> NewsItem:
    lesson = Lesson(LessonId(number), JournalId(1), MONDAY, 1)
    return NewsItem(NewsKind.LESSON, number, since, ALGEBRA, lesson=lesson)


def test_to_who_never_looked_everything_is_new() -> None:
    old, new = item(3, AT - DAY), item(21)
    assert DiaryNews.since(ADA, None, [new, old], AT) == DiaryNews(ADA, (old, new), 21, AT)


def test_what_was_changed_since_is_new_by_its_number() -> None:
    assert DiaryNews.since(ADA, LOOK, [item(20), item(21)], AT).items == (item(21),)


def test_what_had_to_wait_is_new_by_its_instant_though_its_number_is_low() -> None:
    shown, waited = item(5, AT), item(6, AT + MS)
    assert DiaryNews.since(ADA, LOOK, [shown, waited], AT + DAY).items == (waited,)


def test_news_without_anything_new_acknowledges_no_less_than_before() -> None:
    assert DiaryNews.since(ADA, LOOK, [], AT) == DiaryNews(ADA, (), 20, AT)
    assert DiaryNews.since(ADA, LOOK, [item(7)], AT).upto == 20


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(-3, 3)), max_size=8),
    st.integers(0, 40),
)
def test_what_was_acknowledged_as_it_came_is_new_no_more(
    drawn: list[tuple[int, int]], upto: int
) -> None:
    now = AT + DAY * 3
    items = [item(number, AT + DAY * days) for number, days in drawn]
    look = evolve(LOOK, upto=upto)
    news = DiaryNews.since(ADA, look, items, now)
    read = look.further(news.upto, news.as_of)
    assert DiaryNews.since(ADA, read, items, now + DAY).items == ()
    later = item(news.upto + 1)
    assert DiaryNews.since(ADA, read, [*items, later], now + DAY).items == (later,)


def test_a_look_never_goes_back() -> None:
    assert LOOK.further(5, AT - DAY) == LOOK
    assert LOOK.further(25, AT - DAY) == evolve(LOOK, upto=25)
    assert LOOK.further(5, AT + DAY) == evolve(LOOK, at=AT + DAY)
    assert LOOK.key == DiaryLookKey(ADA.id, MOTHER)


def test_nobody_has_read_what_is_still_to_come() -> None:
    assert LOOK.within(20, AT) is LOOK
    for number, now in ((19, AT), (20, AT - MS)):
        with pytest.raises(Invalid):
            LOOK.within(number, now)
    with pytest.raises(Invalid):
        evolve(LOOK, upto=-1).within(20, AT)


def test_a_week_is_signed_from_its_monday_on() -> None:
    signed = WeekSignature.of(ADA.id, MOTHER, MONDAY + DAY * 3, MONDAY, AT)
    assert signed == WeekSignature(ADA.id, MOTHER, MONDAY, AT)
    assert signed.key == WeekSignatureKey(ADA.id, MOTHER, MONDAY)
    with pytest.raises(NotAllowedHere) as refused:
        WeekSignature.of(ADA.id, MOTHER, MONDAY, MONDAY - DAY, AT)
    assert refused.value == NotAllowedHere(str(MONDAY), "not-begun")


def test_weeks_within_a_period_are_those_that_end_in_it() -> None:
    days = [MONDAY + DAY * number for number in (0, 4, 7, 14)]
    period = Period(MONDAY + DAY * 6, MONDAY + DAY * 19)
    assert weeks_within(days, period) == (MONDAY, MONDAY + DAY * 7)
    assert weeks_within(days, Period(MONDAY, MONDAY + DAY * 5)) == ()
