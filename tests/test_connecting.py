"""Review: what is seen, who may decide, what the school is told, and what time does by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from attrs import evolve
from connecting_steps import (
    ADMIN_EMAIL,
    DISO_ID,
    EDRPOU,
    HEADER,
    INTAKE,
    ITEMS,
    NAME,
    OPERATOR_EMAIL,
    OTHER_EDRPOU,
    ROW,
    SCHOOL_EMAIL,
    TERM,
    approved,
    as_kept,
    dumped,
    events,
    institute,
    invitation_of,
    letters,
    listed,
    message,
    received,
    school_of,
    sound,
    taken,
)
from stores import Clock

from ejournal.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotAllowedHere,
    OwnRequest,
)
from ejournal.ids import REGISTRY, RequestId
from ejournal.model.access import Actor, InvitationState, System
from ejournal.model.connection import (
    Clarification,
    RequestState,
)
from ejournal.model.directory import DirectoryEntry, Mismatch
from ejournal.model.identifiers import DisoId, Email, Katottg, Region
from ejournal.model.letters import LetterKind
from ejournal.model.request_items import Flaw, Item, RequestItems
from ejournal.store import Store
from ejournal.usecases.connecting import (
    DirectoryImport,
    Review,
    approve,
    clarify,
    complete,
    expire_requests,
    import_directory,
    reject,
    review,
    take,
    withdraw,
)
from ejournal.usecases.inviting import resend

INVITATION_TERM = timedelta(days=14)
EXPIRY = System("expiry")
KATOTTG = Katottg("UA46060030000012345")
ENTRY = DirectoryEntry(DISO_ID, EDRPOU, NAME, Region.LVIV, "Березівська", KATOTTG, "UA46", "", 3)


def test_a_review_shows_the_request_beside_the_directory(store: Store) -> None:
    operator = institute(store)
    listed(store, operator, ROW.replace("№ 2", "№ 3"))
    first = received(store)
    second = received(store, message(message_id="<2@berezivka.example>"))
    with store.browsing(operator) as unit:
        seen = review(unit, first.id)
        kept = list(unit.messages.of_request(first.id))
    entry = evolve(ENTRY, name=NAME.replace("№ 2", "№ 3"))
    assert seen == Review(
        request=first,
        entry=entry,
        mismatches=(Mismatch(Item.SCHOOL_NAME, NAME, entry.name),),
        school=None,
        other_system="",
        linked=(second,),
        messages=tuple(kept),
    )
    assert [one.message_id for one in kept][:1] == ["<1@berezivka.example>"]


def test_a_review_shows_that_the_directory_does_not_have_the_school(store: Store) -> None:
    operator = institute(store)
    request = received(store)
    with store.browsing(operator) as unit:
        seen = review(unit, request.id)
    assert (seen.entry, seen.mismatches) == (None, (Mismatch(Item.DISO_ID, "10585", ""),))


def test_a_wrong_diso_id_is_shown_against_the_only_school_of_that_code(store: Store) -> None:
    operator = institute(store)
    listed(store, operator)
    request = received(store, message(evolve(ITEMS, diso_id=DisoId(10586))))
    with store.browsing(operator) as unit:
        seen = review(unit, request.id)
    assert (seen.entry, seen.mismatches) == (ENTRY, (Mismatch(Item.DISO_ID, "10586", "10585"),))


def test_two_schools_of_one_code_are_not_guessed_between(store: Store) -> None:
    operator = institute(store)
    listed(store, operator, ROW, ROW.replace("10585", "10999"))
    request = received(store, message(evolve(ITEMS, diso_id=DisoId(10586))))
    with store.browsing(operator) as unit:
        assert review(unit, request.id).entry is None


def test_a_review_of_nothing_readable_shows_the_text(store: Store) -> None:
    operator = institute(store)
    request = received(store, message(RequestItems(), text="фото"))
    with store.browsing(operator) as unit:
        seen = review(unit, request.id)
    assert (seen.request.text, seen.entry, seen.school) == ("фото", None, None)


def test_a_request_that_is_not_there_is_missing(store: Store) -> None:
    operator = institute(store)
    with pytest.raises(Missing):
        store.run_registry(operator, take, RequestId(404))


ACTS: dict[str, Callable[[Store, Actor | System, RequestId], object]] = {
    "take": lambda store, actor, request: store.run_registry(actor, take, request),
    "complete": lambda store, actor, request: store.run_registry(actor, complete, request, ITEMS),
    "clarify": lambda store, actor, request: store.run_registry(
        actor, clarify, request, words="Що?"
    ),
    "approve": lambda store, actor, request: store.run_registry(actor, approve, request),
    "reject": lambda store, actor, request: store.run_registry(actor, reject, request, reason="Ні"),
    "withdraw": lambda store, actor, request: store.run_registry(actor, withdraw, request),
    "review": lambda store, actor, request: store.run_registry(actor, review, request),
    "expire": lambda store, actor, _: store.run_registry(actor, expire_requests),
    "import": lambda store, actor, _: store.run_registry(actor, import_directory, HEADER.encode()),
}


@pytest.mark.parametrize("act", ACTS)
def test_what_the_institute_does_nobody_else_does(store: Store, act: str) -> None:
    request = received(store)
    before = dumped(store)
    with pytest.raises(Forbidden):
        ACTS[act](store, INTAKE, request.id)
    assert dumped(store) == before


def test_the_operator_takes_a_request_under_review(store: Store) -> None:
    operator = institute(store)
    request = received(store)
    reviewed = store.run_registry(operator, take, request.id)
    assert reviewed == evolve(
        request, state=RequestState.UNDER_REVIEW, reviewer=operator.account, version=4
    )
    assert events(store)[-1] == "request-taken"


def test_nobody_takes_a_request_of_their_own(store: Store) -> None:
    operator = institute(store)
    request = received(store, message(sender=OPERATOR_EMAIL))
    with pytest.raises(OwnRequest):
        store.run_registry(operator, take, request.id)


def test_rule_098_a_linked_request_is_taken_only_after_the_first_is_closed(store: Store) -> None:
    operator = institute(store)
    first = taken(store, operator)
    second = received(store, message(message_id="<2@berezivka.example>"))
    with pytest.raises(Duplicate) as refused:
        store.run_registry(operator, take, second.id)
    assert refused.value.key == (first.id,)
    store.run_registry(operator, reject, first.id, reason="Написав не заклад")
    reviewed = store.run_registry(operator, take, second.id)
    assert (reviewed.state, reviewed.linked_to) == (RequestState.UNDER_REVIEW, None)


def test_the_operator_completes_a_request_that_could_not_be_read(store: Store) -> None:
    operator = institute(store)
    flaws = (Flaw(Item.EDRPOU, "З2855961", "digits"),)
    request = received(store, message(RequestItems(), flaws=flaws, text="фото"))
    partly = store.run_registry(operator, complete, request.id, RequestItems(diso_id=DISO_ID))
    assert (partly.state, partly.flaws) == (RequestState.INCOMPLETE, flaws)
    whole = store.run_registry(operator, complete, request.id, ITEMS)
    assert (whole.state, whole.items, whole.flaws) == (RequestState.RECEIVED, ITEMS, ())
    assert sound(store)


def test_a_request_completed_by_hand_may_turn_out_to_be_a_second_one(store: Store) -> None:
    operator = institute(store)
    first = received(store)
    unread = received(store, message(RequestItems(), message_id="<2@berezivka.example>"))
    linked = store.run_registry(operator, complete, unread.id, ITEMS)
    assert (linked.state, linked.linked_to) == (RequestState.LINKED, first.id)


def test_the_school_is_asked_in_the_reviewers_words_and_for_what_is_missing(
    store: Store, clock: Clock
) -> None:
    operator = institute(store)
    request = received(store, message(evolve(ITEMS, edrpou=None)))
    clock.move(timedelta(days=3))
    asked = store.run_registry(operator, clarify, request.id, words=" Чи є\n\nпечатка? ")
    letter = letters(store)[-1]
    assert (letter.kind, letter.recipient, letter.data["questions"]) == (
        LetterKind.CLARIFICATION,
        SCHOOL_EMAIL,
        "ЄДРПОУ закладу освіти: не вказано\nЧи є\nпечатка?",
    )
    assert (asked.state, asked.expires_at) == (RequestState.INCOMPLETE, clock.now + TERM)
    assert asked.clarifications[-1] == Clarification(clock.now, ("edrpou",), "Чи є\n\nпечатка?")
    assert sound(store)


def test_a_question_asks_something(store: Store) -> None:
    operator = institute(store)
    request = taken(store, operator)
    with pytest.raises(Invalid) as refused:
        store.run_registry(operator, clarify, request.id, words=" ")
    assert refused.value == Invalid("question", " ", "absent")


def test_a_question_needs_an_address(store: Store) -> None:
    operator = institute(store)
    request = received(store, message(RequestItems(), sender=None))
    with pytest.raises(NotAllowedHere):
        store.run_registry(operator, clarify, request.id)


def test_without_a_sender_the_administrator_is_asked(store: Store) -> None:
    operator = institute(store)
    request = received(store, message(evolve(ITEMS, edrpou=None), sender=None))
    store.run_registry(operator, clarify, request.id)
    assert [letter.recipient for letter in letters(store)] == [ADMIN_EMAIL]


def test_a_rejection_is_explained_to_the_school(store: Store) -> None:
    operator = institute(store)
    request = taken(store, operator)
    rejected = store.run_registry(operator, reject, request.id, reason=" Заклад закрито ")
    assert (rejected.state, rejected.rejection) == (RequestState.REJECTED, "Заклад закрито")
    letter = letters(store)[-1]
    assert (letter.kind, letter.recipient, letter.data["reason"], letter.in_reply_to) == (
        LetterKind.REJECTION,
        SCHOOL_EMAIL,
        "Заклад закрито",
        "<1@berezivka.example>",
    )
    assert "Заклад закрито" not in str(store.entries(REGISTRY))


def test_a_rejection_nobody_can_be_told_is_kept_all_the_same(store: Store) -> None:
    operator = institute(store)
    request = received(store, message(RequestItems(), sender=None))
    rejected = store.run_registry(operator, reject, request.id, reason="Спам")
    assert (rejected.state, letters(store)) == (RequestState.REJECTED, [])


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_closed_request_calls_its_invitation_off(
    store: Store, clock: Clock, *, withdrawn: bool
) -> None:
    operator = institute(store)
    request = approved(store, operator)
    school_id = school_of(request)
    clock.move(TERM)
    if withdrawn:
        closed = store.run_registry(operator, withdraw, request.id)
    else:
        (closed,) = store.run_registry(EXPIRY, expire_requests)
    assert closed.state is (RequestState.WITHDRAWN if withdrawn else RequestState.EXPIRED)
    with store.reading(school_id, operator) as unit:
        (invitation,) = unit.invitations.all()
        (grant,) = unit.grants.all()
    assert (invitation.state, grant.until) == (InvitationState.REVOKED, clock.now)
    assert events(store, school_id) == ["administrator-invited", "invitation-revoked"]
    assert sound(store, school_id)


def test_only_requests_that_wait_for_the_school_expire_and_only_in_time(
    store: Store, clock: Clock
) -> None:
    operator = institute(store)
    waiting = received(store, message(RequestItems(), message_id="<1@x.example>"))
    queued = received(store, message(ITEMS, message_id="<2@x.example>"))
    clock.move(TERM - timedelta(milliseconds=1))
    assert store.run_registry(EXPIRY, expire_requests) == ()
    clock.move(timedelta(milliseconds=1))
    (expired,) = store.run_registry(EXPIRY, expire_requests)
    assert (expired.id, expired.state) == (waiting.id, RequestState.EXPIRED)
    assert as_kept(store, queued) == queued
    assert store.run_registry(operator, expire_requests) == ()


def test_an_invitation_sent_again_outlives_the_requests_term(store: Store, clock: Clock) -> None:
    operator = institute(store)
    request = approved(store, operator)
    school_id = school_of(request)
    clock.move(TERM - timedelta(days=1))
    with store.registry(operator) as unit:
        resend(unit.school(school_id), invitation_of(store, school_id).id)
    clock.move(timedelta(days=2))
    assert store.run_registry(EXPIRY, expire_requests) == ()
    clock.move(INVITATION_TERM)
    assert len(store.run_registry(EXPIRY, expire_requests)) == 1


def test_requests_of_several_schools_expire_together(store: Store, clock: Clock) -> None:
    operator = institute(store)
    later = evolve(
        ITEMS, diso_id=DisoId(99), edrpou=OTHER_EDRPOU, admin_email=Email("b@example.com")
    )
    requests = [
        received(store, message(later, message_id="<1@x.example>")),
        received(store, message(ITEMS, message_id="<2@x.example>")),
    ]
    for request in reversed(requests):
        store.run_registry(operator, take, request.id)
        store.run_registry(operator, approve, request.id)
    clock.move(TERM)
    expired = store.run_registry(EXPIRY, expire_requests)
    assert [request.id for request in expired] == [requests[1].id, requests[0].id]


def test_the_directory_is_imported_changed_and_left_alone(store: Store) -> None:
    operator = institute(store)
    assert listed(store, operator) == DirectoryImport(1, 0, 0, ())
    assert listed(store, operator) == DirectoryImport(0, 0, 1, ())
    second = ROW.replace("10585", "10586")
    assert listed(store, operator, ROW.replace("UA46;", "UA47;"), second, "x;;;;;;;\n") == (
        DirectoryImport(1, 1, 0, ((4, Invalid("name", "", "absent")),))
    )
    with store.browsing(operator) as unit:
        assert unit.directory.get(DISO_ID).authority == "UA47"
    assert events(store)[-2:] == ["directory-imported", "directory-imported"]
    assert sound(store)


def test_a_long_directory_is_recorded_in_stretches(store: Store) -> None:
    operator = institute(store)
    rows = [f"{number};;Заклад {number};Львівська;;;;\n" for number in range(1, 1202)]
    assert listed(store, operator, *rows).added == 1201
    stretches = [entry.data for entry in store.entries(REGISTRY)[1:]]
    assert [data["added"] for data in stretches[-3:]] == [500, 500, 201]
