"""A message comes in: what is opened, completed, linked or kept, and what the sender is told."""

from __future__ import annotations

import random
import string
from datetime import timedelta

import pytest
from attrs import evolve
from connecting_steps import (
    ADMIN_EMAIL,
    EDRPOU,
    INTAKE,
    ITEMS,
    NAME,
    OTHER_EDRPOU,
    SCHOOL_EMAIL,
    as_kept,
    events,
    institute,
    letters,
    message,
    received,
    sound,
)
from stores import MONDAY, Clock

from ejournal.errors import Forbidden
from ejournal.ids import REGISTRY, spell_id
from ejournal.intake import read_message
from ejournal.model.access import System
from ejournal.model.connection import (
    AccessRequest,
    Clarification,
    Direction,
    ReceivedMessage,
    RequestState,
)
from ejournal.model.identifiers import DisoId, Email, Region
from ejournal.model.letters import LetterKind
from ejournal.model.request_items import Flaw, Found, Item, RequestItems
from ejournal.store import Store
from ejournal.usecases.connecting import clarify, reject, take, withdraw
from ejournal.usecases.receiving import receive

TERM = timedelta(days=60)
STRANGER = Email("director@berezivka.example")
WITHOUT_CODE = evolve(ITEMS, edrpou=None)


def questions_in(store: Store) -> list[str]:
    """The questions of every clarification that was queued."""
    return [
        letter.data["questions"]
        for letter in letters(store)
        if letter.kind is LetterKind.CLARIFICATION
    ]


def kinds(store: Store) -> list[LetterKind]:
    return [letter.kind for letter in letters(store)]


def messages_of(store: Store, request: AccessRequest) -> list[ReceivedMessage]:
    with store.browsing(INTAKE) as unit:
        return list(unit.messages.of_request(request.id))


def test_a_complete_request_waits_for_the_institute(store: Store) -> None:
    found = (Found(Item.EDRPOU, "32855961", "text", 4),)
    reading = message(found=found)
    request = received(store, reading)
    assert request == AccessRequest(
        id=request.id,
        state=RequestState.RECEIVED,
        received_at=MONDAY,
        expires_at=MONDAY + TERM,
        items=ITEMS,
        flaws=(),
        found=found,
        sender=SCHOOL_EMAIL,
        subject="Підключення",
        text="Просимо підключити",
        message_id="<1@berezivka.example>",
        version=1,
    )
    assert as_kept(store, request) == request
    assert events(store) == ["request-received"]
    assert sound(store)


def test_a_complete_request_is_acknowledged_under_its_number(store: Store) -> None:
    request = received(store)
    (letter,) = letters(store)
    assert (letter.kind, letter.recipient, letter.in_reply_to, letter.request) == (
        LetterKind.RECEIVED,
        SCHOOL_EMAIL,
        "<1@berezivka.example>",
        request.id,
    )
    assert letter.data == {
        "subject": "Підключення",
        "school": ITEMS.school_name,
        "number": spell_id(request.id),
    }


@pytest.mark.parametrize("length", [800, 9_000])
def test_a_message_id_of_any_length_is_known_again(store: Store, length: int) -> None:
    """A file of messages is taken in from the first on: one that cannot be would stop them all."""
    dice = random.Random(length)
    long = "".join(dice.choices(string.ascii_letters + "їє", k=length))
    mail = f"From: {SCHOOL_EMAIL.text}\nMessage-ID: <{long}@school.example>\n\n".encode()
    first, again = (received(store, read_message(mail)) for _ in range(2))
    assert first == again
    reply = read_message(b"In-Reply-To: <" + long.encode() + b"@school.example>\n\n")
    assert reply.envelope.references == ((first.message_id,) if length < 900 else ())


def test_the_same_message_again_changes_nothing(store: Store) -> None:
    first = received(store)
    again = received(store)
    assert again == first
    assert events(store) == ["request-received"]
    assert kinds(store) == [LetterKind.RECEIVED]


def test_rule_097_an_incomplete_request_is_answered_with_what_is_missing(store: Store) -> None:
    flaws = (Flaw(Item.EDRPOU, "32855968", "checksum"),)
    request = received(store, message(evolve(WITHOUT_CODE, admin_phone=None), flaws=flaws))
    assert (request.state, request.flaws) == (RequestState.INCOMPLETE, flaws)
    assert request.clarifications == (Clarification(MONDAY, ("edrpou", "admin_phone")),)
    assert questions_in(store) == [
        (
            "ЄДРПОУ закладу освіти: вказано «32855968», контрольна цифра не збігається\n"
            "телефон відповідальної особи (адміністратора): не вказано"
        )
    ]


def test_a_message_that_says_nothing_is_kept_for_a_person_to_open(store: Store) -> None:
    reading = message(RequestItems(), sender=None, text="\ufffd\ufffd")
    request = received(store, reading)
    assert (request.state, request.text) == (RequestState.INCOMPLETE, "\ufffd\ufffd")
    assert letters(store) == []
    assert sound(store)


@pytest.mark.parametrize("items", [ITEMS, WITHOUT_CODE])
def test_a_machine_is_not_answered(store: Store, items: RequestItems) -> None:
    request = received(store, message(items, auto_submitted=True))
    assert request.clarifications == ()
    assert letters(store) == []


def test_the_schools_reply_in_the_thread_completes_the_request(store: Store, clock: Clock) -> None:
    request = received(store, message(WITHOUT_CODE, flaws=(Flaw(Item.EDRPOU, "1", "length"),)))
    (question,) = letters(store)
    clock.move(timedelta(days=2))
    reply = message(
        RequestItems(edrpou=EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>", question.message_id),
        found=(Found(Item.EDRPOU, "32855961", "text", 1),),
        text="ЄДРПОУ 32855961",
    )
    completed = received(store, reply)
    assert completed == evolve(
        request,
        state=RequestState.RECEIVED,
        items=ITEMS,
        flaws=(),
        found=reply.found,
        expires_at=clock.now + TERM,
        version=2,
    )
    assert kinds(store) == [LetterKind.CLARIFICATION, LetterKind.RECEIVED]
    assert events(store) == ["request-received", "request-completed"]
    assert sound(store)


def test_a_reply_is_kept_with_its_own_words_and_known_by_its_message_id(store: Store) -> None:
    request = received(store, message(WITHOUT_CODE))
    (question,) = letters(store)
    reply = message(
        RequestItems(edrpou=EDRPOU),
        message_id="<2@berezivka.example>",
        references=(question.message_id,),
        text="ЄДРПОУ 32855961",
    )
    received(store, reply)
    assert received(store, reply).state is RequestState.RECEIVED
    kept = {one.message_id: one for one in messages_of(store, request)}
    assert kept.pop("<2@berezivka.example>") == ReceivedMessage(
        "<2@berezivka.example>",
        request.id,
        MONDAY,
        Direction.INCOMING,
        SCHOOL_EMAIL,
        "ЄДРПОУ 32855961",
        2,
    )
    assert kept.pop("<1@berezivka.example>").text == ""
    assert {one.direction for one in kept.values()} == {Direction.OUTGOING}


def test_a_reply_that_leaves_something_open_is_asked_for_the_rest(store: Store) -> None:
    received(
        store,
        message(
            evolve(WITHOUT_CODE, admin_phone=None),
            flaws=(Flaw(Item.EDRPOU, "1", "length"), Flaw(Item.ADMIN_PHONE, "2", "length")),
        ),
    )
    reply = message(
        RequestItems(edrpou=EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
    )
    request = received(store, reply)
    assert request.state is RequestState.INCOMPLETE
    assert request.flaws == (Flaw(Item.ADMIN_PHONE, "2", "length"),)
    assert len(request.clarifications) == 2
    assert questions_in(store)[-1].startswith("телефон")


def test_a_flaw_that_the_reply_repeats_replaces_the_one_before(store: Store) -> None:
    received(store, message(WITHOUT_CODE, flaws=(Flaw(Item.EDRPOU, "1", "length"),)))
    reply = message(
        RequestItems(),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
        flaws=(Flaw(Item.EDRPOU, "22", "length"),),
    )
    assert received(store, reply).flaws == (Flaw(Item.EDRPOU, "22", "length"),)


def test_a_responder_that_does_not_say_it_is_one_is_not_asked_for_ever(store: Store) -> None:
    received(store, message(WITHOUT_CODE))
    for number in range(2, 12):
        received(
            store,
            message(
                RequestItems(),
                message_id=f"<{number}@berezivka.example>",
                references=("<1@berezivka.example>",),
            ),
        )
    assert len(questions_in(store)) == 5


def test_an_automatic_reply_is_kept_and_changes_nothing(store: Store) -> None:
    request = received(store, message(WITHOUT_CODE))
    away = message(
        RequestItems(edrpou=EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
        auto_submitted=True,
    )
    assert received(store, away) == request
    assert events(store) == ["request-received", "message-kept"]
    assert len(messages_of(store, request)) == 3


def test_thanks_do_not_take_a_request_out_of_review(store: Store) -> None:
    operator = institute(store)
    request = received(store)
    taken = store.run_registry(operator, take, request.id)
    thanks = message(
        RequestItems(),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
    )
    assert received(store, thanks) == taken


def test_a_correction_during_review_sends_the_request_back_to_the_queue(store: Store) -> None:
    operator = institute(store)
    request = received(store)
    store.run_registry(operator, take, request.id)
    correction = message(
        RequestItems(edrpou=OTHER_EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
    )
    corrected = received(store, correction)
    assert (corrected.state, corrected.edrpou) == (RequestState.RECEIVED, OTHER_EDRPOU)
    entry = store.entries(REGISTRY)[-1]
    assert (entry.event, entry.data["same_sender"]) == ("request-completed", True)


def test_the_person_whom_the_request_names_may_correct_it(store: Store) -> None:
    received(store)
    correction = message(
        RequestItems(edrpou=OTHER_EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
        sender=ADMIN_EMAIL,
    )
    assert received(store, correction).edrpou == OTHER_EDRPOU
    assert store.entries(REGISTRY)[-1].data["same_sender"] is False


@pytest.mark.parametrize("sender", [STRANGER, None])
def test_who_is_not_known_to_a_request_replaces_nothing_in_it(
    store: Store, sender: Email | None
) -> None:
    """A stranger who names the school's public codes is answered in its first request's thread."""
    operator = institute(store)
    request = received(store)
    received(store, message(ITEMS, message_id="<9@other.example>", sender=STRANGER))
    store.run_registry(operator, take, request.id)
    hijack = message(
        RequestItems(admin_email=STRANGER, diso_id=DisoId(99)),
        message_id="<10@other.example>",
        references=(letters(store)[-1].message_id,),
        sender=sender,
        text="Змініть адресу",
    )
    kept = received(store, hijack)
    assert (kept.id, kept.state, kept.items) == (request.id, RequestState.UNDER_REVIEW, ITEMS)
    assert "Змініть адресу" in {one.text for one in messages_of(store, request)}
    assert events(store)[-1] == "message-kept"


def test_who_is_not_known_to_a_request_adds_what_is_missing_and_is_told_nothing_of_it(
    store: Store,
) -> None:
    flaws = (Flaw(Item.ADMIN_PHONE, "таємний телефон", "digits"),)
    received(store, message(evolve(WITHOUT_CODE, admin_phone=None), flaws=flaws))
    reply = message(
        RequestItems(edrpou=EDRPOU, region=Region.KYIV),
        message_id="<2@other.example>",
        references=("<1@berezivka.example>",),
        sender=STRANGER,
        found=(Found(Item.REGION, "Київ", "text", 1), Found(Item.EDRPOU, "3", "text", 2)),
    )
    own_subject = evolve(reply, envelope=evolve(reply.envelope, subject="Від іншого"))
    request = received(store, own_subject)
    assert request.items == evolve(ITEMS, admin_phone=None)
    assert request.found == (Found(Item.EDRPOU, "3", "text", 2),)
    assert request.flaws == flaws
    assert letters(store)[-1].data == {
        "subject": "Від іншого",
        "school": NAME,
        "questions": "телефон відповідальної особи (адміністратора): не вказано",
    }
    assert store.entries(REGISTRY)[-1].data["same_sender"] is False


def test_an_answer_in_words_to_the_reviewers_question_completes_the_request(store: Store) -> None:
    operator = institute(store)
    request = received(store)
    store.run_registry(operator, take, request.id)
    store.run_registry(operator, clarify, request.id, words="Чи вірна назва?")
    question = letters(store)[-1]
    assert (question.kind, question.data["questions"]) == (
        LetterKind.CLARIFICATION,
        "Чи вірна назва?",
    )
    answer = message(
        RequestItems(),
        message_id="<2@berezivka.example>",
        references=(question.message_id,),
        text="Так",
    )
    assert received(store, answer).state is RequestState.RECEIVED


@pytest.mark.parametrize(
    "items",
    [ITEMS, evolve(ITEMS, edrpou=OTHER_EDRPOU), evolve(ITEMS, diso_id=DisoId(99))],
    ids=["both codes", "the same ДІСО id", "the same ЄДРПОУ"],
)
def test_rule_098_a_second_request_is_kept_linked_and_answered(
    store: Store, items: RequestItems
) -> None:
    first = received(store)
    second = received(store, message(items, message_id="<9@other.example>", sender=STRANGER))
    assert (second.state, second.linked_to) == (RequestState.LINKED, first.id)
    assert second.items == items
    assert as_kept(store, first) == first
    letter = letters(store)[-1]
    assert (letter.kind, letter.recipient, letter.data["number"]) == (
        LetterKind.DUPLICATE,
        STRANGER,
        spell_id(first.id),
    )
    with store.browsing(INTAKE) as unit:
        assert list(unit.requests.open_for(items.diso_id, items.edrpou))[:1] == [first]
        assert list(unit.requests.linked_to(first.id)) == [second]


def test_rule_098_a_reply_that_names_another_requests_school_is_linked_to_it(store: Store) -> None:
    first = received(store)
    unread = received(store, message(RequestItems(), message_id="<9@other.example>"))
    reply = message(ITEMS, message_id="<10@other.example>", references=("<9@other.example>",))
    linked = received(store, reply)
    assert (linked.id, linked.state, linked.linked_to) == (
        unread.id,
        RequestState.LINKED,
        first.id,
    )


def test_a_reply_to_the_answer_of_a_linked_request_reaches_the_first(store: Store) -> None:
    first = received(store, message(evolve(ITEMS, admin_phone=None)))
    received(store, message(ITEMS, message_id="<9@other.example>"))
    reply = message(
        RequestItems(admin_phone=ITEMS.admin_phone),
        message_id="<10@other.example>",
        references=(letters(store)[-1].message_id,),
    )
    completed = received(store, reply)
    assert (completed.id, completed.state) == (first.id, RequestState.RECEIVED)


def test_a_reply_to_a_linked_request_whose_first_is_closed_stays_with_it(store: Store) -> None:
    operator = institute(store)
    first = received(store)
    second = received(store, message(ITEMS, message_id="<9@other.example>"))
    reply = message(
        RequestItems(),
        message_id="<10@other.example>",
        references=(letters(store)[-1].message_id,),
    )
    store.run_registry(operator, withdraw, first.id)
    assert received(store, reply) == second
    assert "<10@other.example>" in {one.message_id for one in messages_of(store, second)}


@pytest.mark.parametrize("named", [True, False])
def test_a_reply_to_a_closed_request_opens_another_only_if_it_names_the_school(
    store: Store, *, named: bool
) -> None:
    operator = institute(store)
    first = received(store)
    store.run_registry(operator, take, first.id)
    closed = store.run_registry(operator, reject, first.id, reason="Помилковий лист")
    reply = message(
        ITEMS if named else RequestItems(),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>",),
    )
    request = received(store, reply)
    if named:
        assert (request.id != first.id, request.state) == (True, RequestState.RECEIVED)
    else:
        assert request == closed


def test_only_intake_and_the_institute_take_messages_in(store: Store) -> None:
    operator = institute(store)
    assert store.run_registry(operator, receive, message()).state is RequestState.RECEIVED
    with pytest.raises(Forbidden):
        store.run_registry(System("delivery"), receive, message(message_id="<3@x.example>"))


def test_references_that_nobody_knows_lead_nowhere(store: Store) -> None:
    request = received(store, message(WITHOUT_CODE))
    reply = message(
        RequestItems(edrpou=EDRPOU),
        message_id="<2@berezivka.example>",
        references=("<1@berezivka.example>", "<lost@elsewhere.example>"),
    )
    assert received(store, reply).id == request.id


def raw(message_id: str, body: str, *headers: str) -> bytes:
    lines = (
        "From: =?UTF-8?B?0JvRltGG0LXQuQ==?= <lyceum@berezivka.example>",
        f"Message-ID: {message_id}",
        "Subject: =?UTF-8?B?0J/RltC00LrQu9GO0YfQtdC90L3Rjw==?=",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        *headers,
        "",
        body,
    )
    return "\r\n".join(lines).encode()


def test_a_letter_as_it_is_written_and_its_reply_make_one_complete_request(store: Store) -> None:
    letter = raw(
        "<1@berezivka.example>",
        "регіон (область): Львівська область\r\n"
        "місто/ОТГ: Березівська ОТГ\r\n"
        "назва закладу освіти: Березівський ліцей № 2 «Надія»\r\n"
        "ID в системі ІТС «ДІСО»: 10585\r\n"
        "ПІБ відповідальної особи (адміністратора): Криниця Олена Богданівна\r\n"
        "особиста електронна адреса: o.krynytsia@example.com\r\n"
        "телефон: 050 123 45 67\r\n",
    )
    asked = received(store, read_message(letter))
    assert asked.items == WITHOUT_CODE
    (question,) = letters(store)
    answer = raw(
        "<2@berezivka.example>",
        "Код ЄДРПОУ: 32855961\r\n",
        f"In-Reply-To: {question.message_id}",
    )
    completed = received(store, read_message(answer))
    assert (completed.id, completed.state, completed.items) == (
        asked.id,
        RequestState.RECEIVED,
        ITEMS,
    )
