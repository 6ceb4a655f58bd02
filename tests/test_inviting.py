"""Invitations: the link that opens a role, once, in time, for one identity, and how it dies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from attrs import evolve
from connecting_steps import (
    ADMIN,
    ADMIN_EMAIL,
    INTAKE,
    KEY,
    OPERATOR_EMAIL,
    SCHOOL_EMAIL,
    SIGN_IN,
    Arranged,
    approved,
    as_kept,
    dumped,
    events,
    institute,
    invitation_of,
    letters,
    school_of,
    sound,
    token_for,
)
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import (
    AlreadyBound,
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotAllowedHere,
    TokenRefused,
    WrongState,
)
from ejournal.ids import (
    REGISTRY,
    AccountId,
    GrantId,
    GuardianId,
    InvitationId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
)
from ejournal.model.access import (
    Account,
    Actor,
    Cabinet,
    Grant,
    Invitation,
    InvitationState,
    System,
    Verified,
)
from ejournal.model.connection import RequestState
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.letters import LetterKind
from ejournal.model.people import Guardian, Pupil, Staff
from ejournal.model.permissions import Action, Role, rights_of
from ejournal.model.school import School, SchoolState
from ejournal.model.tokens import token_of
from ejournal.ports import Policies, Resend
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.connecting import withdraw
from ejournal.usecases.inviting import (
    OpenInvitation,
    accept,
    end_grant,
    invite,
    open_invitation,
    renew_rights,
    resend,
    revoke,
)
from ejournal.usecases.signing_in import cabinets

TERM = timedelta(days=14)
OLENA = Verified("password", ADMIN_EMAIL.text)
OLENA_ELSEWHERE = Verified("oidc", "https://id.example#4711")
PETRO = PersonName("Дзвін", "Петро")
PETRO_EMAIL = Email("p.dzvin@example.com")


def connected(store: Store, operator: Actor) -> SchoolId:
    """A school whose administrator has an invitation."""
    return school_of(approved(store, operator))


def accepted(store: Store, school: SchoolId, verified: Verified = OLENA) -> Account:
    return store.run_registry(SIGN_IN, accept, token_for(store, school), verified, KEY)


def signed_in(store: Store, school: SchoolId) -> Actor:
    """The school's administrator at work."""
    account = accepted(store, school)
    return Actor(account.id, Cabinet(Role.SCHOOL_ADMIN, school))


def seen(store: Store, token: str, key: bytes = KEY) -> OpenInvitation:
    with store.browsing(SIGN_IN) as unit:
        return open_invitation(unit, token, key)


def in_school(
    store: Store, operator: Actor, school: SchoolId, act: Callable[[SchoolUnit], object]
) -> None:
    """Let the institute act in the school."""
    with store.registry(operator) as unit:
        act(unit.school(school))


def grants(store: Store, school: SchoolId) -> list[Grant]:
    with store.reading(school, INTAKE) as unit:
        return list(unit.grants.all())


def school_itself(store: Store, school: SchoolId) -> School:
    with store.reading(school, INTAKE) as unit:
        return unit.schools.get(school)


def test_the_page_shows_what_is_offered_before_it_is_accepted(store: Store) -> None:
    school = connected(store, institute(store))
    before = dumped(store)
    assert seen(store, token_for(store, school)) == OpenInvitation(
        invitation_of(store, school), Role.SCHOOL_ADMIN, school_itself(store, school)
    )
    assert dumped(store) == before


def test_accepting_gives_the_person_an_account_and_the_role(store: Store) -> None:
    operator = institute(store)
    request = approved(store, operator)
    school = school_of(request)
    account = accepted(store, school)
    assert (account.name, account.email) == (ADMIN, ADMIN_EMAIL)
    (grant,) = grants(store, school)
    assert (grant.account, grant.rights) == (account.id, rights_of(Role.SCHOOL_ADMIN))
    with store.browsing(SIGN_IN) as unit:
        assert cabinets(unit, account) == (Cabinet(Role.SCHOOL_ADMIN, school),)
    kept = invitation_of(store, school)
    assert (kept.state, kept.account) == (InvitationState.ACCEPTED, account.id)
    assert as_kept(store, request).state is RequestState.ACTIVATED
    assert events(store, school) == ["administrator-invited", "invitation-accepted"]
    assert events(store)[-2:] == ["account-opened", "request-activated"]
    assert sound(store, school)


def test_rule_099_a_school_with_an_administrator_is_activated_and_not_yet_active(
    store: Store,
) -> None:
    school = connected(store, institute(store))
    assert school_itself(store, school).state is SchoolState.INVITED
    accepted(store, school)
    assert school_itself(store, school).state is SchoolState.ACTIVATED


def test_accepting_twice_is_the_same_as_once(store: Store, clock: Clock) -> None:
    school = connected(store, institute(store))
    account = accepted(store, school)
    before = dumped(store)
    clock.move(TERM * 2)
    assert accepted(store, school) == account
    assert dumped(store) == before


@pytest.mark.parametrize("bound", [True, False], ids=["with an account", "a stranger"])
def test_another_identity_does_not_accept_what_was_accepted(store: Store, *, bound: bool) -> None:
    school = connected(store, institute(store))
    accepted(store, school)
    before = dumped(store)
    other = Verified("password", OPERATOR_EMAIL.text) if bound else OLENA_ELSEWHERE
    with pytest.raises(AlreadyBound) as refused:
        accepted(store, school, other)
    assert refused.value == AlreadyBound("invitation")
    assert dumped(store) == before


def test_a_person_with_an_account_keeps_it_when_they_accept_again(store: Store) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    store.run(school, admin, invite, name=ADMIN, address=ADMIN_EMAIL, role=Role.DEPUTY)
    assert accepted(store, school).id == admin.account
    with store.browsing(SIGN_IN) as unit:
        held = cabinets(unit, unit.accounts.get(admin.account))
    assert {cabinet.role for cabinet in held} == {Role.SCHOOL_ADMIN, Role.DEPUTY}
    assert events(store, school)[-1] == "invitation-accepted"


def tampered(token: str) -> list[str]:
    other = "0" if token[-2] != "0" else "1"
    return [
        "",
        "not a token",
        token[:-1],
        token[:-2] + other + token[-1],
        "0000000000000" + token[13:],
        "7ZZZZZZZZZZZZ" + token[13:],
        token[:13] + "7ZZZZZZZZZZZZ" + token[26:],
        token[:13] + "ZZZZZZZZZZZZZ" + token[26:],
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_stranger_is_refused_without_a_reason(store: Store, number: int) -> None:
    school = connected(store, institute(store))
    token = tampered(token_for(store, school))[number]
    before = dumped(store)
    with pytest.raises(TokenRefused) as refused:
        seen(store, token)
    assert refused.value == TokenRefused("unknown")
    with pytest.raises(TokenRefused) as refused:
        store.run_registry(SIGN_IN, accept, token, OLENA, KEY)
    assert refused.value == TokenRefused("unknown")
    assert dumped(store) == before


def test_another_hosts_key_opens_nothing(store: Store) -> None:
    school = connected(store, institute(store))
    with pytest.raises(TokenRefused) as refused:
        seen(store, token_for(store, school), b"another key of sufficient length")
    assert refused.value == TokenRefused("unknown")


def test_another_schools_link_opens_nothing_here(store: Store) -> None:
    school = connected(store, institute(store))
    stray = token_of(KEY, SchoolId(school + 1), invitation_of(store, school))
    with pytest.raises(TokenRefused):
        seen(store, stray)


def test_the_holder_of_an_expired_link_is_told_so_on_every_path(store: Store, clock: Clock) -> None:
    school = connected(store, institute(store))
    token = token_for(store, school)
    clock.move(TERM - timedelta(milliseconds=1))
    assert seen(store, token).role is Role.SCHOOL_ADMIN
    clock.move(timedelta(milliseconds=1))
    before = dumped(store)
    with pytest.raises(TokenRefused) as refused:
        seen(store, token)
    assert refused.value == TokenRefused("expired")
    with pytest.raises(TokenRefused) as refused:
        accepted(store, school)
    assert refused.value == TokenRefused("expired")
    assert dumped(store) == before


def test_an_expired_invitation_gives_way_to_a_new_one(store: Store, clock: Clock) -> None:
    operator = institute(store)
    school = connected(store, operator)
    first = invitation_of(store, school)
    clock.move(TERM)
    in_school(
        store,
        operator,
        school,
        lambda unit: invite(unit, name=ADMIN, address=ADMIN_EMAIL, role=Role.SCHOOL_ADMIN),
    )
    with store.reading(school, INTAKE) as unit:
        old = unit.invitations.get(first.id)
        waiting = unit.invitations.pending_for(ADMIN_EMAIL)
    assert old.state is InvitationState.REVOKED
    assert waiting is not None
    assert (waiting.id != first.id, waiting.expires_at) == (True, clock.now + TERM)
    assert [grant.until for grant in grants(store, school)] == [clock.now, None]
    assert sound(store, school)


def test_an_invitation_that_is_sent_again_after_its_term_opens_again(
    store: Store, clock: Clock
) -> None:
    operator = institute(store)
    school = connected(store, operator)
    clock.move(TERM)
    in_school(store, operator, school, lambda unit: resend(unit, invitation_of(store, school).id))
    assert accepted(store, school).email == ADMIN_EMAIL


@pytest.mark.parametrize("how", [None, Resend.KEEP, Resend.ROTATE])
def test_sending_again_keeps_the_link_unless_it_is_rotated(
    store: Store, clock: Clock, how: Resend | None
) -> None:
    operator = institute(store)
    school = connected(store, operator)
    first, token = invitation_of(store, school), token_for(store, school)
    clock.move(timedelta(days=3))
    in_school(store, operator, school, lambda unit: resend(unit, first.id, how=how))
    rotated = how is Resend.ROTATE
    assert invitation_of(store, school) == evolve(
        first,
        generation=2 if rotated else 1,
        expires_at=clock.now + TERM,
        version=2,
    )
    assert (token_for(store, school) != token) is rotated
    if rotated:
        with pytest.raises(TokenRefused) as refused:
            seen(store, token)
        assert refused.value == TokenRefused("unknown")
    else:
        assert seen(store, token).role is Role.SCHOOL_ADMIN
    assert [letter.kind for letter in letters(store, school)] == [LetterKind.INVITATION] * 2
    assert store.entries(school)[-1].data["rotated"] is rotated


def test_the_policy_of_the_host_rotates_every_link() -> None:
    store = MemoryStore(policies=Policies(resend=Resend.ROTATE))
    operator = institute(store)
    school = connected(store, operator)
    in_school(store, operator, school, lambda unit: resend(unit, invitation_of(store, school).id))
    assert invitation_of(store, school).generation == 2


def test_a_revoked_invitation_opens_nothing_and_its_grant_is_over(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    token = token_for(store, school)
    in_school(store, operator, school, lambda unit: revoke(unit, invitation_of(store, school).id))
    (grant,) = grants(store, school)
    assert not grant.holds(grant.since)
    with pytest.raises(TokenRefused) as refused:
        store.run_registry(SIGN_IN, accept, token, OLENA, KEY)
    assert refused.value == TokenRefused("revoked")
    assert sound(store, school)


@pytest.mark.parametrize("act", [revoke, resend])
@pytest.mark.parametrize("state", [InvitationState.ACCEPTED, InvitationState.REVOKED])
def test_what_is_no_longer_offered_is_neither_sent_again_nor_revoked(
    store: Store, act: Callable[[SchoolUnit, InvitationId], Invitation], state: InvitationState
) -> None:
    operator = institute(store)
    school = connected(store, operator)
    invitation = invitation_of(store, school)
    if state is InvitationState.ACCEPTED:
        accepted(store, school)
    else:
        in_school(store, operator, school, lambda unit: revoke(unit, invitation.id))
    with pytest.raises(WrongState):
        in_school(store, operator, school, lambda unit: act(unit, invitation.id))


def test_a_withdrawn_requests_link_is_dead(store: Store) -> None:
    operator = institute(store)
    request = approved(store, operator)
    token = token_for(store, school_of(request))
    store.run_registry(operator, withdraw, request.id)
    with pytest.raises(TokenRefused) as refused:
        seen(store, token)
    assert refused.value == TokenRefused("revoked")


def test_the_administrator_invites_a_deputy(store: Store) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    invitation = store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=Role.DEPUTY)
    assert (invitation.name, invitation.address, invitation.request) == (PETRO, PETRO_EMAIL, None)
    grant = grants(store, school)[-1]
    assert (grant.id, grant.role, grant.rights) == (
        invitation.grant,
        Role.DEPUTY,
        rights_of(Role.DEPUTY),
    )
    account = accepted(store, school, Verified("password", PETRO_EMAIL.text))
    assert (account.name, account.email) == (PETRO, PETRO_EMAIL)
    assert events(store)[-1] == "account-opened"
    assert sound(store, school)


@pytest.mark.parametrize("address", [PETRO_EMAIL, Email("P.Dzvin@example.com")])
def test_one_invitation_waits_at_an_address_however_it_is_spelled(
    store: Store, address: Email
) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    first = store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=Role.DEPUTY)
    before = dumped(store)
    with pytest.raises(Duplicate) as refused:
        store.run(school, admin, invite, name=PETRO, address=address, role=Role.INSPECTOR)
    assert refused.value == Duplicate("invitation", ("address",), (first.id,))
    assert dumped(store) == before


PEOPLE = {
    Role.CLASS_TEACHER: PersonId(21),
    Role.SUBJECT_TEACHER: PersonId(21),
    Role.CO_TEACHER: PersonId(21),
    Role.SUBSTITUTE: PersonId(21),
    Role.PUPIL: PersonId(22),
    Role.PARENT: PersonId(23),
}


def peopled(store: Store, school: SchoolId) -> None:
    """Put a teacher, a pupil and a guardian into the school."""
    with store.school(school, System("test")) as unit:
        unit.staff.add(Staff(StaffId(21), PETRO))
        unit.pupils.add(Pupil(PupilId(22), PETRO))
        unit.guardians.add(Guardian(GuardianId(23), PETRO))
        unit.record(Arranged())


@pytest.mark.parametrize("role", PEOPLE)
def test_teachers_pupils_and_parents_are_invited_as_who_they_are(store: Store, role: Role) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    peopled(store, school)
    person = PEOPLE[role]
    with pytest.raises(Invalid) as refused:
        store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=role)
    assert refused.value == Invalid("person", "", "absent")
    with pytest.raises(Missing):
        store.run(
            school,
            admin,
            invite,
            name=PETRO,
            address=PETRO_EMAIL,
            role=role,
            person=PersonId(404),
        )
    store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=role, person=person)
    assert grants(store, school)[-1].person == person


def test_a_deputy_may_be_a_member_of_the_staff_who_is_there(store: Store) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    peopled(store, school)
    with pytest.raises(Missing):
        store.run(
            school,
            admin,
            invite,
            name=PETRO,
            address=PETRO_EMAIL,
            role=Role.DEPUTY,
            person=PersonId(22),
        )


@pytest.mark.parametrize(
    "role",
    [
        Role.MINISTRY,
        Role.TECH_ADMIN,
        Role.AUTHORITY_OBLAST,
        Role.AUTHORITY_RAION,
        Role.AUTHORITY_COMMUNITY,
    ],
)
def test_roles_above_schools_are_not_given_in_one(store: Store, role: Role) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    with pytest.raises(NotAllowedHere):
        store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=role)


def directed(store: Store, operator: Actor, school: SchoolId) -> Actor:
    """The school's director, invited by the institute."""
    in_school(
        store,
        operator,
        school,
        lambda unit: invite(unit, name=PETRO, address=PETRO_EMAIL, role=Role.DIRECTOR),
    )
    account = accepted(store, school, Verified("password", PETRO_EMAIL.text))
    return Actor(account.id, Cabinet(Role.DIRECTOR, school))


def test_rule_093_an_administrator_neither_makes_nor_dismisses_a_head(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    admin = signed_in(store, school)
    with pytest.raises(Forbidden):
        store.run(school, admin, invite, name=PETRO, address=PETRO_EMAIL, role=Role.DIRECTOR)
    directed(store, operator, school)
    with pytest.raises(Forbidden):
        store.run(school, admin, end_grant, grants(store, school)[-1].id)


def test_rule_093_an_administrator_does_not_take_a_heads_invitation_back(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    admin = signed_in(store, school)
    in_school(
        store,
        operator,
        school,
        lambda unit: invite(unit, name=PETRO, address=PETRO_EMAIL, role=Role.DIRECTOR),
    )
    offered = invitation_of(store, school).id
    with pytest.raises(Forbidden):
        store.run(school, admin, revoke, offered)
    in_school(store, operator, school, lambda unit: revoke(unit, offered))
    assert invitation_of(store, school).state is InvitationState.REVOKED


def test_a_head_ends_the_administrators_role_at_once(store: Store, clock: Clock) -> None:
    operator = institute(store)
    school = connected(store, operator)
    admin = signed_in(store, school)
    head = directed(store, operator, school)
    clock.move(timedelta(days=1))
    ended = store.run(school, head, end_grant, grants(store, school)[0].id)
    assert (ended.account, ended.until) == (admin.account, clock.now)
    with pytest.raises(Forbidden):
        store.run(school, admin, invite, name=PETRO, address=SCHOOL_EMAIL, role=Role.DEPUTY)
    with pytest.raises(WrongState):
        store.run(school, head, end_grant, ended.id)
    assert events(store, school)[-1] == "grant-ended"
    assert sound(store, school)


def test_a_role_that_still_waits_is_revoked_and_not_ended(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    with pytest.raises(WrongState):
        in_school(
            store, operator, school, lambda unit: end_grant(unit, grants(store, school)[0].id)
        )


GAINED = frozenset({Action.SEND_PACKET, Action.TAKE_PACKET})


def made_before(
    store: Store, school: SchoolId, lacking: frozenset[Action], **more: object
) -> GrantId:
    """Keep a grant of an administrator as an earlier release made it."""

    def older(unit: SchoolUnit) -> GrantId:
        role = Role.SCHOOL_ADMIN
        plain = Grant(GrantId(unit.new_id()), role, rights_of(role), None, None, unit.now)
        grant = evolve(plain, rights=rights_of(role) - lacking, **more)  # type: ignore[arg-type]
        kept = unit.grants.add(grant)
        unit.record(Arranged())
        return kept.id

    return store.run(school, System("test"), older)


def renewed(
    store: Store,
    operator: Actor,
    school: SchoolId,
    acts: Iterable[Action] = GAINED,
    role: Role = Role.SCHOOL_ADMIN,
) -> list[GrantId]:
    with store.registry(operator) as unit:
        return [each.id for each in renew_rights(unit.school(school), role, acts)]


def test_grants_that_were_made_before_get_the_acts_that_their_role_gained(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    admin = signed_in(store, school)
    (own,) = grants(store, school)
    older = made_before(store, school, GAINED, account=AccountId(77))
    part = made_before(store, school, frozenset({Action.SEND_PACKET}))
    before = {each.id: each for each in grants(store, school)}
    assert renewed(store, operator, school) == sorted([older, part])
    after = {each.id: each for each in grants(store, school)}
    assert {each.rights for each in after.values()} == {rights_of(Role.SCHOOL_ADMIN)}
    assert after == {
        key: evolve(each, rights=rights_of(each.role), version=after[key].version)
        for key, each in before.items()
    }
    assert after[own.id] == own
    entry = store.entries(school)[-1]
    assert (entry.event, entry.data["grants"]) == ("rights-renewed", 2)
    heads = store.heads()
    assert renewed(store, operator, school) == []
    assert store.heads() == heads
    with pytest.raises(Forbidden):
        store.run(school, admin, renew_rights, Role.SCHOOL_ADMIN, GAINED)
    assert sound(store, school)


def test_a_grant_that_was_narrowed_or_has_ended_does_not_grow(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    started = grants(store, school)[0].since
    made_before(store, school, GAINED | {Action.IMPORT_MARKS})
    made_before(store, school, GAINED, until=started)
    made_before(store, school, GAINED, account=operator.account)
    made_before(store, school, GAINED, role=Role.DEPUTY)
    before = grants(store, school)
    assert renewed(store, operator, school) == []
    assert grants(store, school) == before


def test_no_grant_gets_an_act_that_its_role_has_not(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    made_before(store, school, GAINED)
    heads = store.heads()
    for acts in (GAINED | {Action.GIVE_MARK}, {Action.GIVE_MARK}):
        with pytest.raises(NotAllowedHere) as beyond:
            renewed(store, operator, school, acts)
        assert beyond.value == NotAllowedHere("give-mark", "not-of-role")
    with pytest.raises(NotAllowedHere) as above:
        renewed(store, operator, school, [], Role.TECH_ADMIN)
    assert above.value == NotAllowedHere("tech-admin", "not-a-school-role")
    assert store.heads() == heads


def test_the_head_and_the_administrator_renew_no_rights(store: Store) -> None:
    operator = institute(store)
    school = connected(store, operator)
    for actor in (signed_in(store, school), directed(store, operator, school)):
        with pytest.raises(Forbidden):
            store.run(school, actor, renew_rights, Role.DEPUTY, [])


STRANGERS = [
    System("intake"),
    Actor(AccountId(404), Cabinet(Role.SCHOOL_ADMIN, SchoolId(1))),
]
INVITING: list[Callable[[SchoolUnit], object]] = [
    lambda unit: invite(unit, name=PETRO, address=PETRO_EMAIL, role=Role.DEPUTY),
    lambda unit: resend(unit, InvitationId(1)),
    lambda unit: revoke(unit, InvitationId(1)),
    lambda unit: end_grant(unit, GrantId(1)),
    lambda unit: renew_rights(unit, Role.DEPUTY, []),
]


@pytest.mark.parametrize("actor", STRANGERS, ids=str)
@pytest.mark.parametrize("act", INVITING)
def test_who_holds_no_right_in_the_school_invites_nobody(
    store: Store, actor: Actor | System, act: Callable[[SchoolUnit], object]
) -> None:
    school = connected(store, institute(store))
    before = dumped(store)
    with pytest.raises(Forbidden):
        store.run(school, actor, act)
    assert dumped(store) == before


def test_acceptance_touches_the_registry_only_where_it_must(store: Store) -> None:
    school = connected(store, institute(store))
    admin = signed_in(store, school)
    store.run(school, admin, invite, name=ADMIN, address=ADMIN_EMAIL, role=Role.INSPECTOR)
    above = store.seal(REGISTRY)
    accepted(store, school)
    assert store.seal(REGISTRY) == above
