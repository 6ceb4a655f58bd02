"""Letters on their way: nothing is lost, and a second copy goes out in two cases only."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from attrs import define, evolve, field
from connecting_steps import (
    ADMIN_EMAIL,
    BY_PASSWORD,
    KEY,
    NAME,
    SCHOOL_EMAIL,
    Arranged,
    approved,
    as_kept,
    dumped,
    events,
    institute,
    invitation_of,
    letters,
    listed,
    received,
    school_of,
    sound,
    token_for,
)
from hypothesis import event, given
from hypothesis import strategies as st
from rivals import lingering
from smtp_server import Phase, Trouble, TroubledServer, smtp_server
from stores import Clock, opened_sql

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.smtp import Security, SmtpMailer
from ejournal.errors import Incomplete, Invalid
from ejournal.ids import REGISTRY, SchoolId
from ejournal.model.access import Actor, System
from ejournal.model.connection import AccessRequest, RequestState
from ejournal.model.identifiers import Email
from ejournal.model.letters import Delivery, Letter, LetterKind, LetterState
from ejournal.ports import Mailer, Outcome, Posted, Receipt
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.outbox import queue
from ejournal.store.units import HousekeepingUnit
from ejournal.usecases.delivering import DeliveryReport, deliver
from ejournal.usecases.inviting import accept, open_invitation, revoke

TEST = System("test")
POST = System("delivery")
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
LINK = re.compile(r"https://\S+/invitations/(\S+)")


@pytest.fixture(scope="module")
def listening() -> Iterator[TroubledServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def server(listening: TroubledServer) -> TroubledServer:
    listening.plan.clear()
    listening.arrived.clear()
    return listening


def mailer_of(server: TroubledServer) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", server.port, Security.NONE, local_hostname="host.test")


def run(store: Store, mailer: Mailer, *, holder: str = "one", limit: int = 100) -> DeliveryReport:
    return deliver(store, mailer, KEY, holder=holder, limit=limit)


KEPT = Receipt(Outcome.SENT, "250 kept")


@define
class Drawer:
    """A mailer that keeps what it is given and answers as it is told."""

    receipt: Receipt = KEPT
    posted: list[Posted] = field(factory=list)

    def send(self, message: Posted, /) -> Receipt:
        self.posted.append(message)
        return self.receipt


@define
class Meanwhile:
    """A mailer during whose work something else happens."""

    mailer: Mailer
    before: Callable[[], object] = field(default=lambda: None)
    after: Callable[[], object] = field(default=lambda: None)

    def send(self, message: Posted, /) -> Receipt:
        self.before()
        receipt = self.mailer.send(message)
        self.after()
        return receipt


class Died(BaseException):
    """The process is no more."""


def die() -> None:
    raise Died


def noted(store: Store, recipient: str = "lyceum@berezivka.example") -> Letter:
    """A letter of the registry that answers no request."""

    def write(unit: RegistryUnit) -> Letter:
        letter = queue(unit, LetterKind.RECEIVED, Email(recipient), {"number": "42"})
        unit.record(Arranged())
        return letter

    return store.run_registry(TEST, write)


def noted_in(store: Store, school: SchoolId) -> Letter:
    """A letter of a school."""

    def write(unit: SchoolUnit) -> Letter:
        data = {"subject": "До відома", "text": "Наказ."}
        letter = queue(unit, LetterKind.ANNOUNCEMENT, SCHOOL_EMAIL, data)
        unit.record(Arranged())
        return letter

    return store.run(school, TEST, write)


def delivery_of(store: Store, letter: Letter) -> Delivery:
    with store.browsing(TEST) as unit:
        return unit.deliveries.get(letter.id)


def state_of(store: Store, letter: Letter, school: SchoolId = REGISTRY) -> LetterState:
    return next(kept.state for kept in letters(store, school) if kept.id == letter.id)


@pytest.fixture
def operator(store: Store) -> Actor:
    operator = institute(store)
    listed(store, operator)
    return operator


@pytest.fixture
def request_approved(store: Store, operator: Actor) -> AccessRequest:
    """A request that was approved, so that its invitation is queued; the outbox is else empty."""
    received(store)
    run(store, Drawer())
    return approved(store, operator)


def parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def text_of(raw: bytes) -> str:
    body = parsed(raw).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


# Queueing


def test_a_letter_is_queued_with_the_act_that_causes_it_or_not_at_all(store: Store) -> None:
    letter = noted(store)
    assert letters(store) == [letter]
    assert (letter.state, letter.message_id.count("@iea.gov.ua>")) == (LetterState.QUEUED, 1)
    assert delivery_of(store, letter) == Delivery(letter.id, 0, letter.queued_at, version=1)

    def undone(unit: RegistryUnit) -> None:
        queue(unit, LetterKind.RECEIVED, SCHOOL_EMAIL, {"number": "43"})
        raise Incomplete(("nothing",))

    with pytest.raises(Incomplete):
        store.run_registry(TEST, undone)
    assert letters(store) == [letter]
    assert run(store, Drawer()).sent == 1


def test_a_letter_that_could_not_be_written_is_not_queued(store: Store) -> None:
    with pytest.raises(Incomplete), store.registry(TEST) as unit:
        queue(unit, LetterKind.INVITATION, SCHOOL_EMAIL, {"name": "Олена"})
    assert letters(store) == []


# The good way


def test_an_approved_request_leads_to_a_letter_whose_link_is_accepted(
    store: Store, request_approved: AccessRequest, server: TroubledServer
) -> None:
    assert run(store, mailer_of(server)) == DeliveryReport(sent=1)
    (copy,) = server.arrived
    assert (copy.sender, copy.recipient) == ("ejournal@iea.gov.ua", ADMIN_EMAIL.text)
    school = school_of(request_approved)
    assert parsed(copy.raw)["Message-ID"] == letters(store, school)[0].message_id
    link = LINK.search(text_of(copy.raw))
    assert link is not None
    with store.browsing(TEST) as unit:
        assert open_invitation(unit, link[1], KEY).school.name == NAME


def test_a_sent_invitation_moves_its_request_and_stands_in_both_ledgers(
    store: Store, request_approved: AccessRequest
) -> None:
    school = school_of(request_approved)
    before, in_school = len(events(store)), len(events(store, school))
    run(store, Drawer())
    assert as_kept(store, request_approved).state is RequestState.INVITED
    assert events(store)[before:] == ["letter-sent"]
    assert events(store, school)[in_school:] == ["letter-sent"]
    assert letters(store, school)[0].state is LetterState.SENT
    assert sound(store, school)


def test_a_letter_of_a_school_without_a_request_stands_in_its_ledger_alone(
    store: Store, clock: Clock, request_approved: AccessRequest
) -> None:
    run(store, Drawer())
    school = school_of(request_approved)
    before = len(events(store))
    letter = noted_in(store, school)
    clock.move(MINUTE)
    assert run(store, Drawer()).sent == 1
    assert len(events(store)) == before
    assert events(store, school)[-1] == "letter-sent"
    settled = next(kept for kept in letters(store, school) if kept.id == letter.id)
    assert (settled.state, settled.settled_at) == (LetterState.SENT, clock.now)
    assert sound(store, school)


def test_an_invitation_taken_up_before_its_letter_was_marked_moves_nothing_back(
    store: Store, request_approved: AccessRequest
) -> None:
    token = token_for(store, school_of(request_approved))

    def quick() -> None:
        store.run_registry(TEST, accept, token, BY_OTHER, KEY)

    assert run(store, Meanwhile(Drawer(), after=quick)).sent == 1
    assert as_kept(store, request_approved).state is RequestState.ACTIVATED
    assert sound(store, school_of(request_approved))


BY_OTHER = evolve(BY_PASSWORD, subject=ADMIN_EMAIL.text)


def test_letters_go_out_the_longest_waiting_first_and_no_more_than_asked(
    store: Store, clock: Clock
) -> None:
    wanted = [noted(store, f"school-{number}@example.com") for number in (3, 1, 2)]
    drawer = Drawer()
    assert run(store, drawer, limit=2) == DeliveryReport(sent=2)
    assert run(store, drawer, limit=2) == DeliveryReport(sent=1)
    assert [posted.recipient for posted in drawer.posted] == [
        letter.recipient.text for letter in wanted
    ]


def test_nothing_queued_is_nothing_sent(store: Store) -> None:
    assert run(store, Drawer()) == DeliveryReport()


def test_an_address_in_another_script_is_handed_over_in_idna(store: Store) -> None:
    noted(store, "olena@школа.укр")
    drawer = Drawer()
    run(store, drawer)
    assert [posted.recipient for posted in drawer.posted] == ["olena@xn--80atdl2c.xn--j1amh"]


# Failures

CUT = ""
PUT_OFF = [
    Trouble(Phase.CONNECT, CUT),
    Trouble(Phase.CONNECT, "421 busy"),
    Trouble(Phase.CONNECT, "554 no service"),
    Trouble(Phase.EHLO, CUT),
    Trouble(Phase.EHLO, "550 go away"),
    Trouble(Phase.MAIL, CUT),
    Trouble(Phase.MAIL, "451 later"),
    Trouble(Phase.RCPT, CUT),
    Trouble(Phase.RCPT, "450 greylisted"),
    Trouble(Phase.DATA, CUT),
    Trouble(Phase.DATA, "421 closing"),
    Trouble(Phase.HALF_BODY, CUT),
    Trouble(Phase.BODY, "452 disk full"),
]
LOST_REPLY = Trouble(Phase.BODY, CUT)


@pytest.mark.parametrize("trouble", PUT_OFF, ids=lambda trouble: f"{trouble.phase}-{trouble.reply}")
def test_a_letter_put_off_is_sent_once_when_the_trouble_is_over(
    store: Store, clock: Clock, server: TroubledServer, trouble: Trouble
) -> None:
    letter = noted(store)
    server.meets(trouble)
    assert run(store, mailer_of(server)) == DeliveryReport(postponed=1)
    assert run(store, mailer_of(server)) == DeliveryReport()
    assert state_of(store, letter) is LetterState.QUEUED
    if trouble.reply:
        assert delivery_of(store, letter).last_reply == trouble.reply
    clock.move(MINUTE)
    assert run(store, mailer_of(server)) == DeliveryReport(sent=1)
    assert [copy.recipient for copy in server.arrived] == [letter.recipient.text]
    assert state_of(store, letter) is LetterState.SENT


def test_a_server_that_is_not_there_loses_nothing(store: Store, clock: Clock) -> None:
    letter = noted(store)
    with smtp_server() as server:
        mailer = mailer_of(server)
    assert run(store, mailer) == DeliveryReport(postponed=1)
    clock.move(MINUTE)
    assert run(store, mailer) == DeliveryReport(postponed=1)
    assert state_of(store, letter) is LetterState.QUEUED


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(Phase.MAIL, "552 too large"),
        Trouble(Phase.RCPT, "550 no such mailbox"),
        Trouble(Phase.DATA, "554 no valid recipients"),
        Trouble(Phase.BODY, "554 spam"),
    ],
    ids=lambda trouble: str(trouble.phase),
)
def test_a_refusal_is_final_and_shown_on_the_request(
    store: Store,
    clock: Clock,
    request_approved: AccessRequest,
    server: TroubledServer,
    trouble: Trouble,
) -> None:
    school = school_of(request_approved)
    server.meets(trouble)
    assert run(store, mailer_of(server)) == DeliveryReport(refused=1)
    kept = as_kept(store, request_approved)
    assert (kept.state, kept.delivery_problem) == (RequestState.APPROVED, trouble.reply)
    assert letters(store, school)[0].state is LetterState.REFUSED
    assert (events(store)[-1], events(store, school)[-1]) == ("letter-refused", "letter-refused")
    clock.move(LONGEST_WAIT)
    assert run(store, mailer_of(server)) == DeliveryReport()
    assert server.arrived == []
    assert sound(store, school)


def test_a_refused_answer_of_the_registry_is_shown_on_its_request_by_one_entry(
    store: Store,
) -> None:
    request = received(store)
    before = len(events(store))
    drawer = Drawer(Receipt(Outcome.REFUSED, "550 no such mailbox"))
    assert run(store, drawer) == DeliveryReport(refused=1)
    assert as_kept(store, request).delivery_problem == "550 no such mailbox"
    assert events(store)[before:] == ["letter-refused"]
    assert sound(store)


def test_the_waits_double_up_to_the_longest(store: Store, clock: Clock) -> None:
    letter = noted(store)
    waits = []
    for _ in range(11):
        assert run(store, Drawer(Receipt(Outcome.LATER, "451 later"))).postponed == 1
        due = delivery_of(store, letter).due_at
        waits.append((due - clock.now) // MINUTE)
        clock.move(due - clock.now - timedelta(milliseconds=1))
        assert run(store, Drawer()) == DeliveryReport()
        clock.move(timedelta(milliseconds=1))
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert delivery_of(store, letter).attempts == 11


def test_one_letter_in_trouble_does_not_hold_up_the_others(
    store: Store, server: TroubledServer
) -> None:
    for number in (1, 2, 3):
        noted(store, f"school-{number}@example.com")
    server.meets(Trouble(Phase.RCPT, "450 greylisted"), Trouble(Phase.RCPT, "550 unknown"))
    report = DeliveryReport(sent=1, postponed=1, refused=1)
    assert run(store, mailer_of(server)) == report
    assert [copy.recipient for copy in server.arrived] == ["school-3@example.com"]


# Second copies


def test_a_lost_reply_to_the_message_makes_a_second_copy_of_the_same_bytes(
    store: Store, clock: Clock, server: TroubledServer
) -> None:
    noted(store)
    server.meets(LOST_REPLY)
    assert run(store, mailer_of(server)) == DeliveryReport(postponed=1)
    clock.move(MINUTE)
    assert run(store, mailer_of(server)) == DeliveryReport(sent=1)
    first, second = server.arrived
    assert first == second


def test_a_process_that_dies_before_settling_makes_a_second_copy_of_the_same_bytes(
    store: Store, clock: Clock, server: TroubledServer
) -> None:
    letter = noted(store)
    with pytest.raises(Died):
        run(store, Meanwhile(mailer_of(server), after=die))
    held = delivery_of(store, letter)
    assert (held.holder, held.lease_until) == ("one", clock.now + LEASE)
    clock.move(LEASE - timedelta(milliseconds=1))
    assert run(store, mailer_of(server), holder="two") == DeliveryReport()
    clock.move(timedelta(milliseconds=1))
    assert run(store, mailer_of(server), holder="two") == DeliveryReport(sent=1)
    first, second = server.arrived
    assert first == second


DIES_BEFORE, DIES_AFTER = "dies before sending", "dies before settling"
# Drawn half and half, so that second copies are not rare among the many ways to be put off.
MISHAPS = st.sampled_from(PUT_OFF) | st.sampled_from([LOST_REPLY, DIES_BEFORE, DIES_AFTER])


def suffer(store: Store, server: TroubledServer, mishap: Trouble | str) -> None:
    """Run once and have the mishap happen."""
    mailer = mailer_of(server)
    if isinstance(mishap, Trouble):
        server.meets(mishap)
        assert run(store, mailer) == DeliveryReport(postponed=1)
        return
    dying = Meanwhile(mailer, before=die) if mishap == DIES_BEFORE else Meanwhile(mailer, after=die)
    with pytest.raises(Died):
        run(store, dying)


@given(st.lists(MISHAPS, max_size=6))
def test_whatever_happens_a_letter_arrives_and_each_extra_copy_is_accounted_for(
    listening: TroubledServer, mishaps: list[Trouble | str]
) -> None:
    listening.plan.clear()
    listening.arrived.clear()
    clock = Clock()
    store = MemoryStore(clock=clock)
    letter = noted(store)
    for mishap in mishaps:
        suffer(store, listening, mishap)
        assert state_of(store, letter) is LetterState.QUEUED
        clock.move(LONGEST_WAIT)
    assert run(store, mailer_of(listening)) == DeliveryReport(sent=1)
    clock.move(LONGEST_WAIT)
    assert run(store, mailer_of(listening)) == DeliveryReport()
    lost, deaths = mishaps.count(LOST_REPLY), mishaps.count(DIES_AFTER)
    event(f"{lost} lost replies and {deaths} deaths before settling")
    assert len(listening.arrived) == 1 + lost + deaths
    assert len(set(listening.arrived)) == 1
    assert delivery_of(store, letter).attempts == len(mishaps) + 1


_KILLED = """
import os, signal, sys
from datetime import datetime
from ejournal.adapters.smtp import Security, SmtpMailer
from ejournal.adapters.sql import SqlStore
from ejournal.usecases.delivering import deliver

class Last:
    def send(self, message):
        receipt = SmtpMailer("127.0.0.1", int(sys.argv[2]), Security.NONE).send(message)
        assert receipt.outcome.value == "sent", receipt
        os.kill(os.getpid(), signal.SIGKILL)

now = datetime.fromisoformat(sys.argv[3])
store = SqlStore.open("sqlite:///" + sys.argv[1], clock=lambda: now)
deliver(store, Last(), bytes(32), holder="killed")
"""


def test_a_process_killed_between_the_reply_and_settling_leaves_the_letter_to_another(
    tmp_path: Path, clock: Clock, server: TroubledServer
) -> None:
    file = tmp_path / "ejournal.db"
    with opened_sql(file, clock) as store:
        letter = noted(store)
        argv = [str(file), str(server.port), clock.now.isoformat()]
        killed = subprocess.run([sys.executable, "-c", _KILLED, *argv], check=False)
        assert killed.returncode == -9
        held = delivery_of(store, letter)
        assert (held.holder, held.settled, len(server.arrived)) == ("killed", False, 1)
        assert run(store, mailer_of(server)) == DeliveryReport()
        clock.move(LEASE)
        assert run(store, mailer_of(server)) == DeliveryReport(sent=1)
        assert state_of(store, letter) is LetterState.SENT
        assert sound(store)
    first, second = server.arrived
    assert first == second


# Several at once


def test_two_processes_never_hold_the_same_letter(store: Store, server: TroubledServer) -> None:
    noted(store)
    reports: list[DeliveryReport] = []
    rival = Meanwhile(
        mailer_of(server), before=lambda: reports.append(run(store, Drawer(), holder="two"))
    )
    assert run(store, rival) == DeliveryReport(sent=1)
    assert (reports, len(server.arrived)) == ([DeliveryReport()], 1)


def test_a_letter_that_another_process_took_since_it_was_listed_is_left_to_it(
    store: Store,
) -> None:
    for number in (1, 2):
        noted(store, f"school-{number}@example.com")
    other = Drawer()
    drawer = Meanwhile(Drawer(), before=lambda: run(store, other, holder="two"))
    assert run(store, drawer) == DeliveryReport(sent=1)
    assert [posted.recipient for posted in other.posted] == ["school-2@example.com"]


def test_a_letter_that_another_process_holds_since_it_was_listed_is_left_to_it(
    store: Store,
) -> None:
    for number in (1, 2):
        noted(store, f"school-{number}@example.com")

    def other_takes_and_dies() -> None:
        with pytest.raises(Died):
            run(store, Meanwhile(Drawer(), before=die), holder="two")

    drawer = Drawer()
    assert run(store, Meanwhile(drawer, before=other_takes_and_dies)) == DeliveryReport(sent=1)
    assert [posted.recipient for posted in drawer.posted] == ["school-1@example.com"]


def test_a_letter_that_is_just_being_taken_is_left_to_who_takes_it(store: Store) -> None:
    noted(store)

    def take(unit: HousekeepingUnit) -> None:
        (delivery,) = unit.deliveries.all()
        unit.deliveries.save(delivery.taken("two", unit.now + LEASE))

    with lingering(store, take):
        assert run(store, Drawer()) == DeliveryReport()


def overtaken(store: Store, clock: Clock, other: Receipt) -> Callable[[], None]:
    def happen() -> None:
        clock.move(LEASE)
        run(store, Drawer(other), holder="two")

    return happen


OUTCOMES = [
    KEPT,
    Receipt(Outcome.LATER, "451 later"),
    Receipt(Outcome.REFUSED, "550 unknown"),
]


@pytest.mark.parametrize("slow", OUTCOMES, ids=lambda receipt: f"slow-{receipt.outcome.value}")
@pytest.mark.parametrize("quick", OUTCOMES, ids=lambda receipt: f"quick-{receipt.outcome.value}")
def test_a_holder_whose_lease_ran_out_settles_only_what_went_out(
    store: Store, clock: Clock, slow: Receipt, quick: Receipt
) -> None:
    letter = noted(store)
    run(store, Meanwhile(Drawer(slow), before=overtaken(store, clock, quick)))
    settled = {Outcome.SENT: LetterState.SENT, Outcome.REFUSED: LetterState.REFUSED}
    late = LetterState.SENT if slow.outcome is Outcome.SENT else LetterState.QUEUED
    assert state_of(store, letter) is settled.get(quick.outcome, late)
    recorded = [name for name in events(store) if name.startswith("letter-")]
    assert len(recorded) == (state_of(store, letter) is not LetterState.QUEUED)
    delivery = delivery_of(store, letter)
    first_word = quick.outcome in settled or slow.outcome is not Outcome.SENT
    assert (delivery.holder, delivery.last_reply) == ("", (quick if first_word else slow).reply)
    assert sound(store)


# Letters that are to be sent no more


def test_an_invitation_that_was_revoked_is_not_sent(
    store: Store, operator: Actor, request_approved: AccessRequest
) -> None:
    school = school_of(request_approved)
    with store.registry(operator) as unit:
        revoke(unit.school(school), invitation_of(store, school).id)
    assert_cancelled(store, school, "revoked")


def test_an_invitation_that_was_accepted_is_not_sent(
    store: Store, request_approved: AccessRequest
) -> None:
    school = school_of(request_approved)
    store.run_registry(TEST, accept, token_for(store, school), BY_OTHER, KEY)
    assert_cancelled(store, school, "accepted")


def test_an_invitation_that_has_expired_is_not_sent(
    store: Store, clock: Clock, request_approved: AccessRequest
) -> None:
    school = school_of(request_approved)
    clock.move(invitation_of(store, school).expires_at - clock.now)
    assert_cancelled(store, school, "expired")


def assert_cancelled(store: Store, school: SchoolId, reason: str) -> None:
    drawer = Drawer()
    state = as_kept_state(store)
    assert run(store, drawer) == DeliveryReport(cancelled=1)
    assert run(store, drawer) == DeliveryReport()
    assert drawer.posted == []
    assert letters(store, school)[0].state is LetterState.CANCELLED
    last = store.entries(school)[-1]
    assert (last.event, last.data["reason"]) == ("letter-cancelled", reason)
    assert as_kept_state(store) == state
    assert sound(store, school)


def as_kept_state(store: Store) -> list[RequestState]:
    with store.browsing(TEST) as unit:
        return [request.state for request in unit.requests.all()]


def test_a_letter_that_somebody_called_off_is_not_sent_and_is_due_no_more(store: Store) -> None:
    letter = noted(store)
    with store.registry(TEST) as unit:
        unit.letters.save(letter.cancelled(unit.now))
        unit.record(Arranged())
    drawer = Drawer()
    assert run(store, drawer) == DeliveryReport(cancelled=1)
    assert (drawer.posted, delivery_of(store, letter).settled) == ([], True)
    assert events(store) == ["arranged", "arranged"]


# The secret


@define
class Quoting:
    """A mail filter that quotes the link it objects to."""

    how: Callable[[str], str]
    outcome: Outcome
    tokens: list[str] = field(factory=list)

    def send(self, message: Posted, /) -> Receipt:
        link = LINK.search(text_of(message.raw))
        assert link is not None
        self.tokens.append(link[1])
        return Receipt(self.outcome, "554 5.7.1 blocked: " + self.how(link[0]))


def shredded(link: str) -> str:
    return "\n".join(link[start : start + 6] for start in range(0, len(link), 6))


@pytest.mark.parametrize("outcome", [Outcome.LATER, Outcome.REFUSED, Outcome.SENT])
@pytest.mark.parametrize(
    "how",
    [str, str.lower, shredded, lambda link: link[:-20]],
    ids=["whole", "in small letters", "in many lines", "cut short"],
)
def test_the_secret_stands_nowhere_in_the_store_even_if_a_server_quotes_it(
    tmp_path: Path, clock: Clock, how: Callable[[str], str], outcome: Outcome
) -> None:
    with opened_sql(tmp_path / "ejournal.db", clock) as store:
        operator = institute(store)
        listed(store, operator)
        approved(store, operator)
        noted(store)
        quoting = Quoting(how, outcome)
        assert_sends_invitation(store, quoting)
        kept = "".join("".join(map(str, dumped(store))).split()).casefold()
        told = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        written = b"".join(told.replace(b"\\n", b"").split()).lower()
    proof = quoting.tokens[0][26:].casefold()
    pieces = [proof[start : start + 8] for start in range(len(proof) - 7)]
    assert len(proof) == 43
    assert [piece for piece in pieces if piece in kept or piece.encode() in written] == []


def assert_sends_invitation(store: Store, quoting: Quoting) -> None:
    """Send the invitation, and the answers of the registry by another way."""

    @define
    class Sorting:
        def send(self, message: Posted, /) -> Receipt:
            to_admin = message.recipient == ADMIN_EMAIL.text
            return quoting.send(message) if to_admin else KEPT

    run(store, Sorting())
    assert len(quoting.tokens) == 1


def test_a_harmless_reply_about_an_invitation_is_kept(
    store: Store, request_approved: AccessRequest
) -> None:
    run(store, Drawer(Receipt(Outcome.REFUSED, "550 no such mailbox " + "x" * 1000)))
    problem = as_kept(store, request_approved).delivery_problem
    assert problem == ("550 no such mailbox " + "x" * 1000)[:500]


def test_a_short_key_sends_no_invitation(store: Store, request_approved: AccessRequest) -> None:
    drawer = Drawer()
    with pytest.raises(Invalid):
        deliver(store, drawer, b"short", holder="one")
    assert drawer.posted == []
