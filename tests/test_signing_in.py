"""From a proved identity to a cabinet, and how the first operator comes to be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from attrs import astuple, evolve
from stores import MONDAY, Clock

from ejournal.adapters.passwords import PasswordClaim, Passwords
from ejournal.errors import AlreadyBound, Forbidden, NotAllowedHere, Refusal
from ejournal.ids import (
    REGISTRY,
    AccountId,
    AuthorityId,
    GrantId,
    PersonId,
    SchoolId,
    spell_id,
)
from ejournal.model.access import (
    Account,
    Actor,
    AuthorityGrant,
    Binding,
    Cabinet,
    Grant,
    System,
    Verified,
)
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.ledger import Event
from ejournal.model.permissions import Role, rights_of
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.store.accounts import bound_account
from ejournal.usecases.signing_in import account_of, bind, cabinets, enter, found_institute

OLENA = PersonName("Коваль", "Олена", "Іванівна")
EMAIL = Email("olena.koval@example.com")
BY_PASSWORD = Verified("password", "olena.koval@example.com")
BY_OIDC = Verified("oidc", "https://id.example.com#4711")
TEST = System("test")
DAY = timedelta(days=1)
SCHOOLS = (SchoolId(11), SchoolId(12))


class Arranged(Event):
    """What a test put in place."""

    name = "arranged"


def opened(store: Store, verified: Verified = BY_PASSWORD) -> Account:
    return store.run_registry(TEST, bound_account, verified, name=OLENA, email=EMAIL)


def granted(store: Store, school: SchoolId, grant: Grant) -> Cabinet:
    def give(unit: SchoolUnit) -> Cabinet:
        unit.grants.add(grant)
        unit.record(Arranged())
        return Cabinet(grant.role, unit.id, grant.person)

    return store.run(school, TEST, give)


def granted_outside(store: Store, grant: AuthorityGrant) -> Cabinet:
    def give(unit: RegistryUnit) -> Cabinet:
        unit.authority_grants.add(grant)
        unit.record(Arranged())
        return Cabinet(grant.role, authority=grant.authority)

    return store.run_registry(TEST, give)


def grant_of(account: AccountId | None, number: int, role: Role, person: int) -> Grant:
    return Grant(GrantId(number), role, rights_of(role), account, PersonId(person), MONDAY)


def events(store: Store) -> list[str]:
    return [entry.event for entry in store.entries(REGISTRY)]


# Accounts


def test_a_new_identity_opens_an_account_of_its_own(store: Store) -> None:
    account = opened(store)
    assert account == Account(account.id, OLENA, EMAIL, MONDAY, 1)
    with store.browsing(TEST) as unit:
        assert account_of(unit, BY_PASSWORD) == account
        assert account_of(unit, BY_OIDC) is None
        assert list(unit.bindings.all()) == [
            Binding(account.id, "password", BY_PASSWORD.subject, MONDAY, 1)
        ]
    assert events(store) == ["account-opened"]


def test_a_known_identity_finds_its_account_and_changes_nothing(store: Store) -> None:
    account = opened(store)
    other = PersonName("Інша", "Особа")
    again = store.run_registry(
        TEST, bound_account, BY_PASSWORD, name=other, email=Email("another@example.com")
    )
    assert again == account
    assert events(store) == ["account-opened"]


def test_the_same_address_from_another_provider_does_not_open_the_same_account(
    store: Store,
) -> None:
    account = opened(store)
    stranger = opened(store, Verified("oidc", EMAIL.folded))
    assert stranger.id != account.id
    assert stranger.email == account.email


def test_nothing_of_the_person_stands_in_the_chain(store: Store) -> None:
    opened(store)
    shown = repr(store.entries(REGISTRY))
    assert [text for text in ("olena", "koval", "Коваль", "Олена") if text in shown] == []
    assert store.verify(REGISTRY) == store.audit(REGISTRY) == []


# Binding


def test_a_second_way_to_sign_in_opens_the_same_account(store: Store) -> None:
    account = opened(store)
    kept = store.run_registry(TEST, bind, account, BY_OIDC)
    assert kept == Binding(account.id, "oidc", BY_OIDC.subject, MONDAY, 2)
    with store.browsing(TEST) as unit:
        assert account_of(unit, BY_OIDC) == account_of(unit, BY_PASSWORD) == account
    assert events(store) == ["account-opened", "identity-bound"]


def test_binding_again_is_the_same_as_binding_once(store: Store) -> None:
    account = opened(store)
    first = store.run_registry(TEST, bind, account, BY_OIDC)
    assert store.run_registry(TEST, bind, account, BY_OIDC) == first
    assert events(store) == ["account-opened", "identity-bound"]


def test_an_identity_opens_one_account_only(store: Store) -> None:
    opened(store)
    another = opened(store, BY_OIDC)
    with pytest.raises(AlreadyBound) as refused:
        store.run_registry(TEST, bind, another, BY_PASSWORD)
    assert astuple(refused.value) == ("identity",)


def test_an_account_has_one_identity_of_a_scheme(store: Store) -> None:
    account = opened(store)
    with pytest.raises(AlreadyBound) as refused:
        store.run_registry(TEST, bind, account, Verified("password", "olena@example.com"))
    assert astuple(refused.value) == ("account",)


def test_a_person_binds_to_their_own_account_only(store: Store) -> None:
    account = opened(store)
    own = Actor(account.id, Cabinet(Role.DIRECTOR, SCHOOLS[0]))
    anothers = Actor(AccountId(1), own.cabinet)
    with pytest.raises(Forbidden):
        store.run_registry(anothers, bind, account, BY_OIDC)
    assert store.run_registry(own, bind, account, BY_OIDC).account == account.id


# Cabinets


def test_a_person_enters_every_cabinet_of_a_grant_in_force(store: Store) -> None:
    account = opened(store)
    outside = granted_outside(
        store, AuthorityGrant(GrantId(1), Role.AUTHORITY_RAION, account.id, AuthorityId(5), MONDAY)
    )
    teacher = granted(store, SCHOOLS[0], grant_of(account.id, 2, Role.SUBJECT_TEACHER, 100))
    parent = granted(store, SCHOOLS[0], grant_of(account.id, 3, Role.PARENT, 101))
    elsewhere = granted(store, SCHOOLS[1], grant_of(account.id, 4, Role.SUBJECT_TEACHER, 200))
    granted(store, SCHOOLS[1], grant_of(AccountId(1), 5, Role.DIRECTOR, 201))
    granted(store, SCHOOLS[1], grant_of(None, 6, Role.SCHOOL_ADMIN, 202))
    with store.browsing(TEST) as unit:
        found = cabinets(unit, account)
        assert found == (outside, teacher, parent, elsewhere)
        assert [enter(unit, account, cabinet) for cabinet in found] == [
            Actor(account.id, cabinet) for cabinet in found
        ]


def test_two_grants_of_one_role_lead_to_one_cabinet(store: Store) -> None:
    account = opened(store)
    cabinet = granted(store, SCHOOLS[0], grant_of(account.id, 2, Role.DEPUTY, 100))
    granted(store, SCHOOLS[0], grant_of(account.id, 3, Role.DEPUTY, 100))
    with store.browsing(TEST) as unit:
        assert cabinets(unit, account) == (cabinet,)


def test_a_cabinet_opens_with_its_grant_and_closes_with_it(store: Store, clock: Clock) -> None:
    account = opened(store)
    first, last = MONDAY + DAY, MONDAY + 2 * DAY
    substitute = grant_of(account.id, 2, Role.SUBSTITUTE, 100)
    inside = granted(store, SCHOOLS[0], evolve(substitute, since=first, until=last))
    outside = granted_outside(
        store, AuthorityGrant(GrantId(1), Role.MINISTRY, account.id, None, first, last)
    )
    seen = []
    for _ in range(3):
        with store.browsing(TEST) as unit:
            seen.append(cabinets(unit, account))
        clock.move(DAY)
    assert seen == [(), (outside, inside), ()]


@pytest.mark.parametrize(
    "cabinet",
    [
        Cabinet(Role.TECH_ADMIN),
        Cabinet(Role.DIRECTOR, SCHOOLS[0], PersonId(100)),
        Cabinet(Role.SUBJECT_TEACHER, SCHOOLS[1], PersonId(100)),
        Cabinet(Role.SUBJECT_TEACHER, SCHOOLS[0], PersonId(101)),
        Cabinet(Role.SUBJECT_TEACHER, SCHOOLS[0]),
        Cabinet(Role.SUBJECT_TEACHER),
    ],
)
def test_a_cabinet_without_a_grant_stays_shut(store: Store, cabinet: Cabinet) -> None:
    account = opened(store)
    granted(store, SCHOOLS[0], grant_of(account.id, 2, Role.SUBJECT_TEACHER, 100))
    with store.browsing(TEST) as unit, pytest.raises(Forbidden) as refused:
        enter(unit, account, cabinet)
    who = f"{cabinet.role.value} {spell_id(account.id)}"
    assert astuple(refused.value) == (who, "enter", "no-grant")


# The first operator


def test_the_institute_is_founded_by_its_first_operator(store: Store) -> None:
    actor = store.run_registry(
        System("init"), found_institute, name=OLENA, email=EMAIL, verified=BY_PASSWORD
    )
    with store.browsing(TEST) as unit:
        account = account_of(unit, BY_PASSWORD)
        assert account is not None
        assert actor == Actor(account.id, Cabinet(Role.TECH_ADMIN))
        assert enter(unit, account, actor.cabinet) == actor
        assert [astuple(grant)[1:] for grant in unit.authority_grants.all()] == [
            (Role.TECH_ADMIN, account.id, None, MONDAY, None, 2)
        ]
    assert events(store) == ["account-opened", "institute-founded"]
    assert store.verify(REGISTRY) == store.audit(REGISTRY) == []


@pytest.mark.parametrize("until", [None, MONDAY])
def test_the_institute_is_not_founded_twice(store: Store, until: datetime | None) -> None:
    account = opened(store)
    granted_outside(
        store, AuthorityGrant(GrantId(1), Role.TECH_ADMIN, account.id, None, MONDAY, until)
    )
    with pytest.raises(NotAllowedHere):
        store.run_registry(
            System("init"), found_institute, name=OLENA, email=EMAIL, verified=BY_OIDC
        )
    with store.browsing(TEST) as unit:
        assert account_of(unit, BY_OIDC) is None


def test_other_roles_outside_schools_do_not_stand_for_an_operator(store: Store) -> None:
    account = opened(store)
    granted_outside(store, AuthorityGrant(GrantId(1), Role.MINISTRY, account.id, None, MONDAY))
    actor = store.run_registry(
        System("init"), found_institute, name=OLENA, email=EMAIL, verified=BY_PASSWORD
    )
    assert actor == Actor(account.id, Cabinet(Role.TECH_ADMIN))


def test_the_operator_and_the_password_come_together_or_not_at_all(store: Store) -> None:
    passwords = Passwords(store)

    def founded(unit: RegistryUnit, password: str, failing: bool) -> Actor:
        verified = passwords.set_password(unit, EMAIL, password)
        actor = found_institute(unit, name=OLENA, email=EMAIL, verified=verified)
        if failing:
            raise Refusal
        return actor

    claim = PasswordClaim(EMAIL.text, "каштан і три відра")
    with pytest.raises(Refusal):
        store.run_registry(System("init"), founded, claim.password, failing=True)
    store.run_registry(System("init"), founded, claim.password, failing=False)
    assert passwords.identify(claim) == BY_PASSWORD
    shown = repr(store.entries(REGISTRY))
    assert [text for text in (claim.password, "argon2", EMAIL.text) if text in shown] == []
