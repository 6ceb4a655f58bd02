"""Approval: what it makes in the school and above it, and that it makes all of it or nothing."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from attrs import define, evolve
from breaking import BreakingStore, Broken
from connecting_steps import (
    ADMIN,
    ADMIN_EMAIL,
    DECISION,
    DISO_ID,
    EDRPOU,
    ITEMS,
    KEY,
    NAME,
    OPERATOR_EMAIL,
    OTHER_EDRPOU,
    ROW,
    TERM,
    Arranged,
    approved,
    as_kept,
    dumped,
    institute,
    invitation_of,
    listed,
    message,
    received,
    school_of,
    sound,
    taken,
    token_for,
)
from stores import MONDAY

from ejournal.errors import (
    Duplicate,
    Incomplete,
    NeedsDecision,
    OwnRequest,
)
from ejournal.ids import REGISTRY, SchoolId, spell_id
from ejournal.model.access import Actor, Grant, Invitation, System
from ejournal.model.connection import (
    AccessRequest,
    RequestState,
)
from ejournal.model.directory import AuthorityLevel
from ejournal.model.identifiers import DisoId, Katottg, Region
from ejournal.model.letters import LetterKind
from ejournal.model.permissions import Role, rights_of
from ejournal.model.request_items import RequestItems
from ejournal.model.school import JournalSystem, JournalSystemChosen, School, SchoolState
from ejournal.ports import Outcome, Posted, Receipt
from ejournal.store import Store
from ejournal.usecases.connecting import (
    approve,
    complete,
    review,
    take,
    withdraw,
)
from ejournal.usecases.delivering import deliver
from ejournal.usecases.inviting import resend
from ejournal.usecases.overseeing import create_authority

INVITATION_TERM = timedelta(days=14)
KATOTTG = Katottg("UA46060030000012345")


def test_approval_makes_the_school_the_role_the_invitation_and_the_letter(store: Store) -> None:
    operator = institute(store)
    store.run_registry(
        operator,
        create_authority,
        code="UA46",
        level=AuthorityLevel.OBLAST,
        name="Департамент",
        region=Region.LVIV,
    )
    listed(store, operator)
    request = approved(store, operator)
    school_id = school_of(request)
    with store.browsing(operator) as registry:
        department = registry.authorities.with_code("UA46")
    with store.reading(school_id, operator) as unit:
        school = unit.schools.get(school_id)
        (grant,) = unit.grants.all()
        (invitation,) = unit.invitations.all()
        (letter,) = unit.letters.all()
    assert department is not None
    assert school == School(
        id=school_id,
        diso_id=DISO_ID,
        edrpou=EDRPOU,
        name=NAME,
        region=Region.LVIV,
        community="Березівська ОТГ",
        katottg=KATOTTG,
        authority=department.id,
        version=1,
    )
    assert grant == Grant(
        grant.id, Role.SCHOOL_ADMIN, rights_of(Role.SCHOOL_ADMIN), None, None, MONDAY, None, 1
    )
    assert invitation == Invitation(
        id=invitation.id,
        grant=grant.id,
        name=ADMIN,
        address=ADMIN_EMAIL,
        generation=1,
        expires_at=MONDAY + INVITATION_TERM,
        request=request.id,
        version=1,
    )
    assert (letter.kind, letter.recipient, letter.request, letter.invitation) == (
        LetterKind.INVITATION,
        ADMIN_EMAIL,
        request.id,
        invitation.id,
    )
    assert letter.data == {
        "name": "Криниця Олена Богданівна",
        "school": NAME,
        "expires_at": "2026-09-21T08:30:00+00:00",
    }
    assert (request.state, request.expires_at) == (RequestState.APPROVED, MONDAY + TERM)
    assert sound(store, school_id)


def test_approval_stands_in_both_ledgers(store: Store) -> None:
    operator = institute(store)
    listed(store, operator, ROW.replace("№ 2", "№ 3"))
    request = approved(store, operator)
    school_id = school_of(request)
    invitation = invitation_of(store, school_id)
    (entry,) = store.entries(school_id)
    assert entry.event == "administrator-invited"
    assert {write.kind for write in entry.writes} == {"school", "grant", "invitation", "letter"}
    above = store.entries(REGISTRY)[-1]
    assert above.event == "request-approved"
    assert above.data == {
        "request": spell_id(request.id),
        "school": spell_id(school_id),
        "grant": spell_id(invitation.grant),
        "invitation": spell_id(invitation.id),
        "in_directory": True,
        "mismatches": ["school_name"],
        "other_system": "",
        "decision_number": None,
        "decision_day": None,
    }


def test_a_school_the_directory_does_not_have_is_approved_and_so_recorded(store: Store) -> None:
    operator = institute(store)
    approved(store, operator)
    data = store.entries(REGISTRY)[-1].data
    assert (data["in_directory"], data["mismatches"]) == (False, ["diso_id"])


def test_rule_097_approval_names_what_is_missing_and_writes_nothing(store: Store) -> None:
    operator = institute(store)
    first = received(store)
    lacking = evolve(ITEMS, edrpou=None, admin_phone=None)
    second = received(store, message(lacking, message_id="<2@berezivka.example>"))
    store.run_registry(operator, withdraw, first.id)
    store.run_registry(operator, take, second.id)
    before = dumped(store)
    with pytest.raises(Incomplete) as refused:
        store.run_registry(operator, approve, second.id)
    assert refused.value == Incomplete(("edrpou", "admin_phone"))
    assert dumped(store) == before


def test_nobody_approves_a_request_of_their_own(store: Store) -> None:
    operator = institute(store)
    request = taken(store, operator)
    store.run_registry(operator, complete, request.id, RequestItems(admin_email=OPERATOR_EMAIL))
    with pytest.raises(OwnRequest):
        store.run_registry(operator, take, request.id)


def test_a_school_with_another_vendors_journal_needs_its_recorded_decision(store: Store) -> None:
    operator = institute(store)
    listed(store, operator, ROW.replace(";\n", ";Щоденник+\n"))
    request = taken(store, operator)
    with store.browsing(operator) as unit:
        assert review(unit, request.id).other_system == "Щоденник+"
    with pytest.raises(NeedsDecision) as refused:
        store.run_registry(operator, approve, request.id)
    assert refused.value == NeedsDecision("Щоденник+")
    granted = store.run_registry(operator, approve, request.id, decision=DECISION)
    assert granted.decision == DECISION
    entry = store.entries(REGISTRY)[-1]
    assert (
        entry.data["other_system"],
        entry.data["decision_number"],
        entry.data["decision_day"],
    ) == ("Щоденник+", "8", "2026-08-28")
    assert DECISION.words not in str(entry)
    with store.reading(school_of(granted), operator) as school:
        kept = school.schools.get(school_of(granted))
    assert (kept.journal_system, kept.vendor) == (JournalSystem.OURS, "")


def test_a_school_that_went_over_to_another_vendor_needs_its_decision_to_return(
    store: Store,
) -> None:
    operator = institute(store)
    first = approved(store, operator)
    school_id = school_of(first)
    store.run_registry(operator, withdraw, first.id)
    switched(store, school_id)
    again = received(store, message(message_id="<2@berezivka.example>"))
    store.run_registry(operator, take, again.id)
    with pytest.raises(NeedsDecision) as refused:
        store.run_registry(operator, approve, again.id)
    assert refused.value == NeedsDecision("Щоденник+")


def switched(store: Store, school_id: SchoolId) -> None:
    """Let the school go over to another vendor, by its director."""
    with store.registry(System("test")) as registry:
        unit = registry.school(school_id)
        school = unit.schools.save(unit.schools.get(school_id).switched_to("Щоденник+"))
        unit.record(
            JournalSystemChosen(school.journal_system, school.vendor, "1", DECISION.day, "")
        )


def test_a_further_request_updates_the_school_and_keeps_what_it_became(store: Store) -> None:
    operator = institute(store)
    first = approved(store, operator)
    school_id = school_of(first)
    store.run_registry(operator, withdraw, first.id)
    renamed = evolve(ITEMS, school_name="Березівський ліцей", edrpou=OTHER_EDRPOU)
    again = received(store, message(renamed, message_id="<2@berezivka.example>"))
    store.run_registry(operator, take, again.id)
    granted = store.run_registry(operator, approve, again.id)
    with store.reading(school_id, operator) as unit:
        (school,) = unit.schools.all()
        roles = [(grant.role, grant.until) for grant in unit.grants.all()]
    assert granted.school == school_id
    assert (school.name, school.edrpou, school.state) == (
        "Березівський ліцей",
        OTHER_EDRPOU,
        SchoolState.INVITED,
    )
    assert roles == [(Role.SCHOOL_ADMIN, MONDAY), (Role.SCHOOL_ADMIN, None)]
    assert store.entries(school_id)[-1].data["new_school"] is False
    assert sound(store, school_id)


@pytest.mark.parametrize("field", ["diso_id", "edrpou"])
def test_codes_of_two_schools_are_not_made_one(store: Store, field: str) -> None:
    operator = institute(store)
    first = approved(store, operator)
    store.run_registry(operator, withdraw, first.id)
    other = evolve(ITEMS, diso_id=DisoId(99), edrpou=OTHER_EDRPOU)
    second = received(store, message(other, message_id="<2@x.example>"))
    store.run_registry(operator, take, second.id)
    second = store.run_registry(operator, approve, second.id)
    store.run_registry(operator, withdraw, second.id)
    mixed = evolve(other, edrpou=EDRPOU) if field == "edrpou" else evolve(ITEMS, diso_id=DisoId(7))
    third = received(store, message(mixed, message_id="<3@x.example>"))
    store.run_registry(operator, take, third.id)
    with pytest.raises(Duplicate) as refused:
        store.run_registry(operator, approve, third.id)
    assert refused.value == Duplicate("school", ("edrpou",), (school_of(first),))


def test_one_invitation_waits_at_an_address_of_a_school(store: Store) -> None:
    operator = institute(store)
    first = approved(store, operator)
    with store.registry(operator) as unit:
        unit.requests.save(evolve(first, state=RequestState.ACTIVATED))
        unit.record(Arranged())
    again = received(store, message(message_id="<2@berezivka.example>"))
    store.run_registry(operator, take, again.id)
    before = dumped(store)
    with pytest.raises(Duplicate) as refused:
        store.run_registry(operator, approve, again.id)
    waiting = invitation_of(store, school_of(first))
    assert refused.value == Duplicate("invitation", ("address",), (waiting.id,))
    assert dumped(store) == before


def attempt(store: Store, operator: Actor, request: AccessRequest) -> AccessRequest | None:
    """Approve the request, if the storage lets it."""
    try:
        return store.run_registry(operator, approve, request.id)
    except Broken:
        return None


def test_an_approval_that_breaks_at_any_write_leaves_nothing(store: Store) -> None:
    operator = institute(store)
    request = taken(store, operator)
    before = dumped(store)
    broken_at = 0
    while (granted := attempt(BreakingStore(store, broken_at), operator, request)) is None:
        assert dumped(store) == before
        broken_at += 1
    # School, grant, invitation, letter, delivery, request; then entries, texts, heads of both.
    assert broken_at == 6 + 3 + 3
    assert granted.state is RequestState.APPROVED
    assert sound(store, school_of(granted))


@define
class Pigeonhole:
    """A mail server that takes everything and keeps it."""

    posted: list[Posted]

    def send(self, message: Posted, /) -> Receipt:
        self.posted.append(message)
        return Receipt(Outcome.SENT, "250 OK")


def read(posted: Posted) -> str:
    """The plain text of a message as its reader sees it."""
    parsed = message_from_bytes(posted.raw, policy=default)
    body = parsed.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_no_table_holds_the_token(store: Store) -> None:
    operator = institute(store)
    request = approved(store, operator)
    school_id = school_of(request)
    token = token_for(store, school_id)
    post = Pigeonhole([])
    deliver(store, post, KEY, holder="test")
    with store.registry(operator) as unit:
        resend(unit.school(school_id), invitation_of(store, school_id).id)
    deliver(store, post, KEY, holder="test")
    assert [token in read(posted) for posted in post.posted] == [False, True, True]
    dump = "\n".join(str(value) for value in dumped(store))
    proof = token[26:]
    assert spell_id(school_id) not in proof
    assert not [piece for piece in (token, proof, proof[:12], proof[-12:]) if piece in dump]
    assert as_kept(store, request).state is RequestState.INVITED
