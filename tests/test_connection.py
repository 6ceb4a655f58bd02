"""The access request by itself: what may be done to it in which state, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from attrs import astuple, evolve
from connecting_steps import DISO_ID, EDRPOU, ITEMS, NOON, SCHOOL_EMAIL, request_in

from ejournal.errors import Incomplete, Invalid, NeedsDecision, OwnRequest, WrongState
from ejournal.ids import AccountId, RequestId, SchoolId
from ejournal.model.access import Account
from ejournal.model.connection import (
    TRANSITIONS,
    AccessRequest,
    Clarification,
    Command,
    RequestState,
    SchoolDecision,
    questions,
)
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.request_items import Flaw, Found, Item, RequestItems

LATER = NOON + timedelta(days=60)
OPERATOR = Account(
    id=AccountId(7),
    name=PersonName("Малина", "Ірина", "Тарасівна"),
    email=Email("operator@institute.example"),
    created_at=NOON,
)
QUESTION = Clarification(NOON, ("edrpou",), "Уточніть код")
DECISION = SchoolDecision("8", date(2026, 8, 28), "Вести журнал у державній системі")

# What each command makes of each state; a dash is a refusal.
EXPECTED = """
              complete  take          clarify     approve   invite   activate   reject    withdraw   expire   link
received      received  under-review  -           -         -        -          -         withdrawn  -        linked
incomplete    received  -             incomplete  -         -        -          rejected  withdrawn  expired  linked
under-review  received  -             incomplete  approved  -        -          rejected  withdrawn  -        -
approved      -         -             -           -         invited  activated  -         withdrawn  expired  -
invited       -         -             -           -         invited  activated  -         withdrawn  expired  -
activated     -         -             -           -         -        -          -         -          -        -
rejected      -         -             -           -         -        -          -         -          -        -
withdrawn     -         -             -           -         -        -          -         -          -        -
expired       -         -             -           -         -        -          -         -          -        -
linked        -         under-review  -           -         -        -          -         -          -        -
"""  # noqa: E501 - a table is read by its columns


def approved(
    request: AccessRequest,
    *,
    other_system: str = "",
    decision: SchoolDecision | None = None,
    reviewer: Account = OPERATOR,
) -> AccessRequest:
    return request.approved(
        reviewer,
        SchoolId(5),
        other_system=other_system,
        decision=decision,
        expires_at=LATER,
    )


VERBS: dict[Command, Callable[[AccessRequest], AccessRequest]] = {
    Command.COMPLETE: lambda request: request.completed(ITEMS, expires_at=LATER),
    Command.TAKE: lambda request: request.taken(OPERATOR),
    Command.CLARIFY: lambda request: request.clarified(QUESTION, expires_at=LATER),
    Command.APPROVE: approved,
    Command.INVITE: AccessRequest.invited,
    Command.ACTIVATE: AccessRequest.activated,
    Command.REJECT: lambda request: request.rejected(OPERATOR, "Заклад закрито"),
    Command.WITHDRAW: AccessRequest.withdrawn,
    Command.EXPIRE: lambda request: request.expired(NOON),
    Command.LINK: lambda request: request.linked(RequestId(2)),
}


def expected_rows() -> list[tuple[RequestState, Command, str]]:
    header, *lines = [line.split() for line in EXPECTED.strip().splitlines()]
    return [
        (RequestState(state), Command(command), outcome)
        for state, *outcomes in lines
        for command, outcome in zip(header, outcomes, strict=True)
    ]


@pytest.mark.parametrize(("state", "command", "outcome"), expected_rows())
def test_each_command_in_each_state(state: RequestState, command: Command, outcome: str) -> None:
    request = request_in(state)
    assert request.may(command) is (outcome != "-")
    if outcome == "-":
        with pytest.raises(WrongState) as refused:
            VERBS[command](request)
        assert refused.value == WrongState("request", state.value, command.value)
    else:
        assert VERBS[command](request).state is RequestState(outcome)


def test_the_table_knows_every_state_and_every_command() -> None:
    rows = expected_rows()
    assert {(state, command) for state, command, _ in rows} == {
        (state, command) for state in RequestState for command in Command
    }
    assert set(TRANSITIONS) == set(RequestState)


def test_open_are_the_states_that_somebody_still_has_to_move() -> None:
    assert {state for state in RequestState if request_in(state).is_open} == {
        RequestState.RECEIVED,
        RequestState.INCOMPLETE,
        RequestState.UNDER_REVIEW,
        RequestState.APPROVED,
        RequestState.INVITED,
    }


def test_a_request_is_looked_up_by_both_codes_of_its_school() -> None:
    request = request_in(RequestState.RECEIVED)
    assert (request.diso_id, request.edrpou) == (DISO_ID, EDRPOU)
    unread = request_in(RequestState.INCOMPLETE, RequestItems())
    assert (unread.diso_id, unread.edrpou) == (None, None)


@pytest.mark.parametrize("item", Item)
def test_rule_097_a_request_that_lacks_an_item_is_not_approved(item: Item) -> None:
    request = request_in(RequestState.UNDER_REVIEW, evolve(ITEMS, **{item.value: None}))
    with pytest.raises(Incomplete) as refused:
        approved(request)
    assert refused.value == Incomplete((item.value,))


def test_rule_097_all_missing_items_are_named() -> None:
    request = request_in(RequestState.UNDER_REVIEW, RequestItems())
    with pytest.raises(Incomplete) as refused:
        approved(request)
    assert refused.value.items == tuple(item.value for item in Item)


def test_complete_items_are_the_items() -> None:
    complete = request_in(RequestState.RECEIVED).complete_items()
    assert astuple(complete, recurse=False) == astuple(ITEMS, recurse=False)


@pytest.mark.parametrize(
    "namesake",
    [
        evolve(OPERATOR, email=Email("O.Krynytsia@example.com")),
        evolve(OPERATOR, email=SCHOOL_EMAIL),
        evolve(OPERATOR, email=Email("o.krynytsia+journal@example.com")),
        evolve(OPERATOR, name=PersonName("КРИНИЦЯ", "Олена", "Богданівна")),
        evolve(OPERATOR, name=PersonName("Криниця", "Олена")),
    ],
    ids=[
        "the administrator's address",
        "the sender's address",
        "the administrator's mailbox",
        "the administrator's name",
        "the administrator's name without the patronymic",
    ],
)
@pytest.mark.parametrize("command", [Command.TAKE, Command.APPROVE, Command.REJECT])
def test_nobody_reviews_a_request_that_names_them(namesake: Account, command: Command) -> None:
    state = RequestState.RECEIVED if command is Command.TAKE else RequestState.UNDER_REVIEW
    request = request_in(state)
    acts: dict[Command, Callable[[], AccessRequest]] = {
        Command.TAKE: lambda: request.taken(namesake),
        Command.APPROVE: lambda: approved(request, reviewer=namesake),
        Command.REJECT: lambda: request.rejected(namesake, "Ні"),
    }
    with pytest.raises(OwnRequest) as refused:
        acts[command]()
    assert refused.value == OwnRequest(request.id)


def test_a_request_without_a_sender_or_a_name_is_anybodys_to_review() -> None:
    request = evolve(request_in(RequestState.RECEIVED, RequestItems()), sender=None)
    assert request.taken(OPERATOR).reviewer == OPERATOR.id


def test_another_vendors_journal_needs_the_schools_recorded_decision() -> None:
    request = request_in(RequestState.UNDER_REVIEW)
    with pytest.raises(NeedsDecision) as refused:
        approved(request, other_system="Щоденник+")
    assert refused.value == NeedsDecision("Щоденник+")
    granted = approved(request, other_system="Щоденник+", decision=DECISION)
    assert (granted.state, granted.decision) == (RequestState.APPROVED, DECISION)


def test_approval_keeps_the_school_the_reviewer_and_a_new_term() -> None:
    request = request_in(RequestState.UNDER_REVIEW)
    assert approved(request) == evolve(
        request,
        state=RequestState.APPROVED,
        reviewer=OPERATOR.id,
        school=SchoolId(5),
        expires_at=LATER,
    )


def test_a_decision_has_a_number() -> None:
    with pytest.raises(Invalid) as refused:
        SchoolDecision("  ", date(2026, 8, 28))
    assert refused.value == Invalid("decision", "  ", "absent")


def test_a_reply_that_leaves_something_missing_leaves_the_request_incomplete() -> None:
    known = evolve(ITEMS, admin_phone=None)
    flaw = Flaw(Item.ADMIN_PHONE, "12345", "length")
    found = Found(Item.EDRPOU, "32855961", "text", 3)
    request = request_in(RequestState.INCOMPLETE, RequestItems())
    assert request.completed(known, flaws=(flaw,), found=(found,), expires_at=LATER) == evolve(
        request, items=known, flaws=(flaw,), found=(found,), expires_at=LATER
    )


def test_an_item_that_is_withdrawn_during_review_makes_the_request_incomplete() -> None:
    request = request_in(RequestState.UNDER_REVIEW)
    reopened = request.completed(evolve(ITEMS, edrpou=None), expires_at=LATER)
    assert reopened.state is RequestState.INCOMPLETE


def test_every_question_is_kept_in_its_order() -> None:
    second = Clarification(LATER, (), "І ще одне")
    request = request_in(RequestState.INCOMPLETE).clarified(QUESTION, expires_at=LATER)
    request = request.clarified(second, expires_at=LATER)
    assert request.clarifications == (QUESTION, second)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_rejection_says_why(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        request_in(RequestState.UNDER_REVIEW).rejected(OPERATOR, reason)
    assert refused.value == Invalid("reason", reason, "absent", personal=True)


def test_a_rejection_keeps_its_reason_and_its_reviewer() -> None:
    request = request_in(RequestState.UNDER_REVIEW)
    assert request.rejected(OPERATOR, " Заклад закрито ") == evolve(
        request,
        state=RequestState.REJECTED,
        reviewer=OPERATOR.id,
        rejection="Заклад закрито",
    )


@pytest.mark.parametrize(
    "state", [RequestState.INCOMPLETE, RequestState.APPROVED, RequestState.INVITED]
)
def test_a_term_that_runs_is_not_cut(state: RequestState) -> None:
    with pytest.raises(WrongState):
        request_in(state).expired(NOON - timedelta(milliseconds=1))


def test_a_delivery_problem_stays_until_a_letter_goes_out() -> None:
    request = request_in(RequestState.APPROVED).undeliverable("550 no such user")
    assert request.delivery_problem == "550 no such user"
    assert request.invited().delivery_problem is None


def test_a_linked_request_forgets_the_first_once_it_is_taken_itself() -> None:
    request = request_in(RequestState.RECEIVED).linked(RequestId(2))
    assert request.linked_to == RequestId(2)
    assert request.taken(OPERATOR).linked_to is None


def test_a_question_quotes_what_was_wrong_and_says_why() -> None:
    items = evolve(ITEMS, edrpou=None, admin_name=None, admin_phone=None)
    flaws = (
        Flaw(Item.EDRPOU, "32855968", "checksum"),
        Flaw(Item.ADMIN_PHONE, "1\n2 " * 30, "something-new"),
    )
    assert questions(items, flaws) == (
        "ЄДРПОУ закладу освіти: вказано «32855968», контрольна цифра не збігається",
        "прізвище, ім'я, по батькові відповідальної особи (адміністратора): не вказано",
        f"телефон відповідальної особи (адміністратора): вказано «{'1 2 ' * 15}…», something-new",
    )


def test_nothing_is_asked_where_nothing_is_missing() -> None:
    assert questions(ITEMS, (Flaw(Item.EDRPOU, "1", "length"),)) == ()
