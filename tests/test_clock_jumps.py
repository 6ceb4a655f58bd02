"""A clock that jumps: forward by years, back, or not at all while everything else goes on.

It is the clock that a host hands to the store; the machine's is left alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import define, field
from connecting_steps import (
    ADMIN_EMAIL,
    KEY,
    SCHOOL_EMAIL,
    SIGN_IN,
    Arranged,
    approved,
    institute,
    school_of,
    sound,
    token_for,
)
from crowd import WRITERS, Crowd, numbered
from fault_table import line_of, soaked
from stores import Clock
from verifier import Verifier
from worked_school import (
    FIRST_DAY,
    NOW,
    SCHOOLS,
    as_teacher,
    call,
    furnish,
)  # fmt: skip

from ejournal.errors import Duplicate, Forbidden, Invalid, TokenRefused
from ejournal.ids import REGISTRY, IdMaker, JournalId, LessonId
from ejournal.model.access import System, Verified
from ejournal.model.letters import Letter, LetterKind
from ejournal.ports import Outcome, Posted, Receipt
from ejournal.store import RegistryUnit, Store
from ejournal.store.outbox import queue
from ejournal.usecases.delivering import DeliveryReport, deliver
from ejournal.usecases.inviting import accept
from ejournal.usecases.teaching import hold_lesson

TEST = System("test")
YEARS = timedelta(days=20 * 365)
LEASE = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
JUMPS = (YEARS, 2 * YEARS, timedelta(hours=-20), timedelta(0), timedelta(milliseconds=1), MINUTE)
OLENA = Verified("password", ADMIN_EMAIL.text)


@soaked(12)
def test_writers_under_a_jumping_clock_are_kept_in_the_order_of_numbers(
    store: Store, clock: Clock, rounds: int, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(request.node.name)
    clock.now = NOW
    furnish(store)
    verifier = Verifier(store)
    with line_of("clock jumps", request.node.callspec.params["store"]) as line:
        with Crowd(store, numbered()) as crowd:
            for _ in range(rounds):
                clock.now = NOW + chance.choice(JUMPS)
                crowd.wait_for(WRITERS)
        line.rounds += rounds
        line.add(crowd.told, verifier.look(crowd.told))
    assert not crowd.told.faults
    for school in SCHOOLS:
        entries = store.entries(school, limit=10**6)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert any(later.at < earlier.at for earlier, later in pairwise(entries))


def test_identifiers_go_on_from_the_latest_when_the_clock_goes_back(
    store: Store, clock: Clock
) -> None:
    made: list[int] = []
    for jump in (timedelta(0), YEARS, -2 * YEARS, timedelta(0), YEARS):
        clock.now += jump
        with store.reading(SCHOOLS[0], TEST) as unit:
            made += [unit.new_id() for _ in range(3)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("year", [2109, 2200, 9999])
def test_a_clock_past_the_last_identifier_is_refused_and_spoils_no_later_one(year: int) -> None:
    maker = IdMaker()
    far = datetime(year, 12, 31, tzinfo=UTC)
    with pytest.raises(Invalid) as refused:
        maker.make(far)
    assert refused.value == Invalid("instant", far.isoformat(), "range")
    assert maker.make(NOW) == IdMaker().make(NOW)


def test_a_process_begun_anew_with_its_clock_set_back_overwrites_nothing(
    store: Store, clock: Clock
) -> None:
    clock.now = NOW
    furnish(store)
    school, teacher = SCHOOLS[0], as_teacher(SCHOOLS[0])

    def held(topic: str) -> LessonId:
        lesson = store.run(
            school, teacher, hold_lesson, JournalId(1), day=FIRST_DAY, bell=1, topic=topic
        )
        return lesson.id

    first = held("перший")
    store.ids = IdMaker()
    with pytest.raises(Duplicate):
        held("другий")
    second = held("третій")
    with store.reading(school, TEST) as unit:
        topics = {lesson: unit.lessons.get(lesson).topic for lesson in (first, second)}
    assert topics == {first: "перший", second: "третій"}
    assert sound(store, *SCHOOLS)


def test_a_clock_before_a_right_began_gives_no_right_and_keeps_nothing(
    store: Store, clock: Clock
) -> None:
    clock.now = NOW
    furnish(store)
    call(store, 10)
    heads = store.heads()
    clock.now = NOW - YEARS
    with pytest.raises(Forbidden):
        call(store, 20)
    assert store.heads() == heads
    clock.now = NOW
    call(store, 20)
    assert sound(store, *SCHOOLS)


# Leases


@define
class Post:
    """A mailer during whose work something happens."""

    meanwhile: Callable[[], object] = field(default=lambda: None)
    posted: list[Posted] = field(factory=list)

    def send(self, message: Posted, /) -> Receipt:
        self.meanwhile()
        self.posted.append(message)
        return Receipt(Outcome.SENT, "250 kept")


class Died(BaseException):
    """The process is no more."""


def die() -> None:
    raise Died


def noted(store: Store) -> Letter:
    def write(unit: RegistryUnit) -> Letter:
        letter = queue(unit, LetterKind.RECEIVED, SCHOOL_EMAIL, {"number": "42"})
        unit.record(Arranged())
        return letter

    return store.run_registry(TEST, write)


def run(store: Store, post: Post, holder: str = "one") -> DeliveryReport:
    return deliver(store, post, KEY, holder=holder)


def test_a_lease_is_held_while_the_clock_is_back_and_ends_when_it_has_caught_up(
    store: Store, clock: Clock
) -> None:
    noted(store)
    with pytest.raises(Died):
        run(store, Post(die))
    post = Post()
    clock.move(-YEARS)
    assert run(store, post, "two") == DeliveryReport()
    clock.move(YEARS)
    assert run(store, post, "two") == DeliveryReport()
    clock.move(LEASE)
    assert run(store, post, "two") == DeliveryReport(sent=1)
    assert len(post.posted) == 1
    assert sound(store)


def test_a_clock_that_jumps_forward_ends_a_lease_and_the_letter_is_settled_once(
    store: Store, clock: Clock
) -> None:
    letter = noted(store)
    other = Post()

    def overtaken() -> None:
        clock.move(YEARS)
        assert run(store, other, "two") == DeliveryReport(sent=1)
        clock.move(-YEARS)

    post = Post(overtaken)
    assert run(store, post) == DeliveryReport(sent=1)
    assert [sent.message_id for sent in (*other.posted, *post.posted)] == [letter.message_id] * 2
    assert [entry.event for entry in store.entries(REGISTRY)] == ["arranged", "letter-sent"]
    assert run(store, post) == DeliveryReport()
    assert sound(store)


def test_letters_queued_at_the_same_instant_go_out_once_each(store: Store) -> None:
    letters = [noted(store) for _ in range(3)]
    post = Post()
    assert run(store, post) == DeliveryReport(sent=3)
    assert [sent.message_id for sent in post.posted] == [letter.message_id for letter in letters]


# Invitations


def test_an_invitation_past_its_term_opens_again_when_the_clock_comes_back(
    store: Store, clock: Clock
) -> None:
    school = school_of(approved(store, institute(store)))
    token = token_for(store, school)
    clock.move(YEARS)
    with pytest.raises(TokenRefused) as refused:
        store.run_registry(SIGN_IN, accept, token, OLENA, KEY)
    assert refused.value == TokenRefused("expired")
    clock.move(-YEARS)
    account = store.run_registry(SIGN_IN, accept, token, OLENA, KEY)
    clock.move(YEARS)
    assert store.run_registry(SIGN_IN, accept, token, OLENA, KEY) == account
    assert sound(store, school)


def test_an_invitation_is_taken_up_at_the_instant_it_is_made_and_before_it(
    store: Store, clock: Clock
) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    token = token_for(store, school)
    clock.move(-MINUTE)
    account = store.run_registry(SIGN_IN, accept, token, OLENA, KEY)
    assert account.created_at == clock.now
    assert sound(store, school)
