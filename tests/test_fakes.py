"""The stand-ins keep the promises of the ports they stand in for."""

from __future__ import annotations

from datetime import timedelta

from small_school import ID, furnished
from stores import MONDAY

from ejournal.adapters.memory import MemoryStore
from ejournal.intake import read_message
from ejournal.model.access import System, Verified
from ejournal.model.connection import RequestState
from ejournal.model.permissions import Role
from ejournal.ports import Denied, Outcome, Policies, Receipt
from ejournal.samples import SampleMessage, message
from ejournal.testing.fakes import FixedIdentity, KeptPages, Letterbox, Outbox, StillClock
from ejournal.usecases.delivering import deliver
from ejournal.usecases.reading import journal_page
from ejournal.usecases.receiving import receive

KEY = b"0123456789abcdef0123456789abcdef"


def test_a_letterbox_gives_what_is_not_done_again_and_again() -> None:
    box = Letterbox.with_messages([b"one", b"two"])
    first, second = box.messages()
    first.done()

    assert (first.raw, second.raw) == (b"one", b"two")
    assert [each.raw for each in box.messages()] == [b"two"]


def test_an_incomplete_request_is_answered_through_stand_ins_alone() -> None:
    clock, outbox = StillClock(MONDAY), Outbox([Receipt(Outcome.LATER, "451 busy")])
    store = MemoryStore(clock=clock)
    (received,) = Letterbox.with_messages([message(SampleMessage.INCOMPLETE)]).messages()
    request = store.run_registry(System("intake"), receive, read_message(received.raw))
    received.done()

    first = deliver(store, outbox, KEY, holder="test")
    clock.move(Policies().first_retry)
    second = deliver(store, outbox, KEY, holder="test")

    assert request.state is RequestState.INCOMPLETE
    assert ((first.sent, first.postponed), (second.sent, second.postponed)) == ((0, 1), (1, 0))
    assert outbox.handed[0] == outbox.handed[1]


def test_a_fixed_identity_knows_its_words_and_nobody_else() -> None:
    identity = FixedIdentity({"open sesame": "olha"})

    assert identity.identify("open sesame") == Verified("fixed", "olha")
    assert identity.identify("sesame") == Denied()


def test_kept_pages_are_the_pages_that_were_exported() -> None:
    store = MemoryStore(clock=StillClock(MONDAY + timedelta(days=1)))
    school = furnished(store)
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    with store.reading(ID, teacher) as unit:
        page = journal_page(unit, school.things.journal.id)
    exporter = KeptPages()

    assert b"".join(exporter.export(page)).decode() == "5-А Алгебра\n"
    assert exporter.pages == [page]
