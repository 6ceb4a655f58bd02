"""What stands above schools: who creates and appoints whom, what is seen, what is passed on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from attrs import evolve
from connecting_steps import (
    ADMIN_EMAIL,
    DECISION,
    DISO_ID,
    INTAKE,
    ITEMS,
    KEY,
    NAME,
    OTHER_EDRPOU,
    ROW,
    SIGN_IN,
    Arranged,
    approved,
    dumped,
    events,
    institute,
    letters,
    listed,
    message,
    received,
    school_of,
    sound,
    token_for,
)
from stores import Clock

from ejournal.errors import (
    Duplicate,
    Forbidden,
    Incomplete,
    Invalid,
    Missing,
    NotAllowedHere,
    WrongState,
)
from ejournal.ids import REGISTRY, AccountId, AuthorityId, SchoolId
from ejournal.model.access import Actor, AuthorityGrant, Cabinet, System, Verified
from ejournal.model.connection import SchoolDecision
from ejournal.model.directory import Authority, AuthorityLevel
from ejournal.model.identifiers import DisoId, Email, PersonName, Region
from ejournal.model.letters import LetterKind
from ejournal.model.permissions import Role
from ejournal.model.school import JournalSystem, SchoolState
from ejournal.store import Store
from ejournal.store.accounts import bound_account
from ejournal.usecases.connecting import withdraw
from ejournal.usecases.inviting import accept, invite
from ejournal.usecases.overseeing import (
    ConnectionOverview,
    ConnectionState,
    PassedOn,
    SchoolConnection,
    appoint,
    choose_journal_system,
    connections,
    create_authority,
    dismiss,
    pass_on,
)

OBLAST, RAION, COMMUNITY = AuthorityLevel
OFFICIAL = PersonName("Сова", "Ганна", "Юріївна")


def account(store: Store, login: str) -> AccountId:
    """Somebody with an account and no role."""
    made = store.run_registry(
        SIGN_IN,
        bound_account,
        Verified("password", login),
        name=OFFICIAL,
        email=Email(f"{login}@department.example"),
    )
    return made.id


def created(store: Store, actor: Actor, code: str, level: AuthorityLevel) -> Authority:
    return store.run_registry(
        actor,
        create_authority,
        code=code,
        level=level,
        name=f"Орган {code}",
        region=Region.LVIV if level is OBLAST else None,
    )


def official(store: Store, actor: Actor, authority: Authority) -> Actor:
    """Somebody appointed to an authority by the level above."""
    person = account(store, authority.code.lower())
    role = authority.level.role
    store.run_registry(actor, appoint, person, role, authority=authority.id)
    return Actor(person, Cabinet(role, authority=authority.id))


def hierarchy(store: Store, operator: Actor) -> tuple[list[Authority], list[Actor]]:
    """An oblast's department, a district below it, a community below that, and their people."""
    authorities: list[Authority] = []
    actors = [operator]
    for code, level in (("UA46", OBLAST), ("UA46-1", RAION), ("UA46-1-1", COMMUNITY)):
        authorities.append(created(store, actors[-1], code, level))
        actors.append(official(store, actors[-1], authorities[-1]))
    return authorities, actors[1:]


def ministry(store: Store, operator: Actor) -> Actor:
    person = account(store, "ministry")
    store.run_registry(operator, appoint, person, Role.MINISTRY)
    return Actor(person, Cabinet(Role.MINISTRY))


def test_rule_094_each_level_creates_the_level_below_and_appoints_to_it(store: Store) -> None:
    operator = institute(store)
    (oblast, raion, community), (of_oblast, _, _) = hierarchy(store, operator)
    assert [oblast.parent, raion.parent, community.parent] == [None, oblast.id, raion.id]
    assert community == Authority(
        community.id,
        "UA46-1-1",
        COMMUNITY,
        "Орган UA46-1-1",
        Region.LVIV,
        raion.id,
        version=community.version,
    )
    assert of_oblast.cabinet == Cabinet(Role.AUTHORITY_OBLAST, authority=oblast.id)
    assert events(store)[-3:] == ["authority-created", "account-opened", "appointed"]
    assert sound(store)


@pytest.mark.parametrize("creator", range(4))
@pytest.mark.parametrize("level", AuthorityLevel)
def test_rule_094_no_level_creates_another(
    store: Store, creator: int, level: AuthorityLevel
) -> None:
    operator = institute(store)
    _, actors = hierarchy(store, operator)
    actor = (operator, *actors)[creator]
    if (creator, level) in {(0, OBLAST), (1, RAION), (2, COMMUNITY)}:
        assert created(store, actor, "new", level).level is level
        return
    before = dumped(store)
    with pytest.raises(NotAllowedHere):
        created(store, actor, "new", level)
    assert dumped(store) == before


def test_rule_094_only_the_level_directly_above_appoints(store: Store) -> None:
    operator = institute(store)
    (oblast, raion, community), (of_oblast, of_raion, of_community) = hierarchy(store, operator)
    person = account(store, "newcomer")
    refused = [
        (operator, raion),
        (operator, community),
        (of_oblast, oblast),
        (of_oblast, community),
        (of_raion, raion),
        (of_community, community),
    ]
    for actor, authority in refused:
        with pytest.raises(NotAllowedHere):
            store.run_registry(actor, appoint, person, authority.level.role, authority=authority.id)
    for actor, authority in ((of_raion, oblast), (of_community, raion)):
        with pytest.raises(Forbidden):
            store.run_registry(actor, appoint, person, authority.level.role, authority=authority.id)


def test_rule_094_a_neighbours_district_is_out_of_reach(store: Store) -> None:
    operator = institute(store)
    (_, raion, _), _ = hierarchy(store, operator)
    neighbour = created(store, operator, "UA05", OBLAST)
    of_neighbour = official(store, operator, neighbour)
    with pytest.raises(Forbidden):
        store.run_registry(
            of_neighbour,
            appoint,
            account(store, "newcomer"),
            raion.level.role,
            authority=raion.id,
        )


@pytest.mark.parametrize("role", [Role.SCHOOL_ADMIN, Role.AUTHORITY_OBLAST, Role.PUPIL])
def test_a_role_belongs_to_its_level(store: Store, role: Role) -> None:
    operator = institute(store)
    with pytest.raises(NotAllowedHere):
        store.run_registry(operator, appoint, account(store, "newcomer"), role)


def test_an_oblasts_people_hold_an_oblasts_role(store: Store) -> None:
    operator = institute(store)
    oblast = created(store, operator, "UA46", OBLAST)
    with pytest.raises(NotAllowedHere):
        store.run_registry(
            operator, appoint, account(store, "newcomer"), Role.TECH_ADMIN, authority=oblast.id
        )


def test_the_institute_appoints_its_own_and_the_ministrys_people(store: Store) -> None:
    operator = institute(store)
    person = account(store, "second")
    grant = store.run_registry(operator, appoint, person, Role.TECH_ADMIN)
    assert grant == AuthorityGrant(
        grant.id, Role.TECH_ADMIN, person, None, grant.since, None, grant.version
    )
    second = Actor(person, Cabinet(Role.TECH_ADMIN))
    assert created(store, second, "UA05", OBLAST).parent is None
    with pytest.raises(Forbidden):
        store.run_registry(
            ministry(store, operator), appoint, account(store, "third"), Role.MINISTRY
        )


def test_a_role_is_given_once_and_to_somebody(store: Store) -> None:
    operator = institute(store)
    person = account(store, "second")
    grant = store.run_registry(operator, appoint, person, Role.MINISTRY)
    with pytest.raises(Duplicate) as refused:
        store.run_registry(operator, appoint, person, Role.MINISTRY)
    assert refused.value.key == (grant.id,)
    with pytest.raises(Missing):
        store.run_registry(operator, appoint, AccountId(404), Role.MINISTRY)


def test_a_role_that_ended_ends_the_right_and_may_be_given_again(
    store: Store, clock: Clock
) -> None:
    operator = institute(store)
    person = account(store, "second")
    grant = store.run_registry(operator, appoint, person, Role.TECH_ADMIN)
    clock.move(timedelta(days=1))
    ended = store.run_registry(operator, dismiss, grant.id)
    assert ended == evolve(grant, until=clock.now, version=ended.version)
    with pytest.raises(Forbidden):
        created(store, Actor(person, Cabinet(Role.TECH_ADMIN)), "UA05", OBLAST)
    with pytest.raises(WrongState):
        store.run_registry(operator, dismiss, grant.id)
    again = store.run_registry(operator, appoint, person, Role.TECH_ADMIN)
    assert again.id != grant.id
    assert sound(store)


def test_the_institute_is_never_left_without_an_operator(store: Store) -> None:
    operator = institute(store)
    with store.browsing(operator) as unit:
        (own,) = unit.authority_grants.of_account(operator.account)
    with pytest.raises(NotAllowedHere):
        store.run_registry(operator, dismiss, own.id)


def test_an_oblast_dismisses_its_districts_people_and_not_others(store: Store) -> None:
    operator = institute(store)
    _, (of_oblast, of_raion, of_community) = hierarchy(store, operator)
    with store.browsing(operator) as unit:
        (raions,) = unit.authority_grants.of_account(of_raion.account)
        (communitys,) = unit.authority_grants.of_account(of_community.account)
    with pytest.raises(NotAllowedHere):
        store.run_registry(of_oblast, dismiss, communitys.id)
    assert store.run_registry(of_oblast, dismiss, raions.id).until is not None


def test_an_oblasts_authority_has_a_region_and_a_code_of_its_own(store: Store) -> None:
    operator = institute(store)
    with pytest.raises(Invalid) as refused:
        store.run_registry(
            operator, create_authority, code="UA46", level=OBLAST, name="Департамент"
        )
    assert refused.value == Invalid("region", "", "absent")
    created(store, operator, "UA46", OBLAST)
    with pytest.raises(Duplicate):
        created(store, operator, "UA46", OBLAST)


def test_nobody_else_creates_authorities(store: Store) -> None:
    operator = institute(store)
    for actor in (ministry(store, operator), System("intake"), System("delivery")):
        with pytest.raises(Forbidden):
            store.run_registry(
                actor,
                create_authority,
                code="UA46",
                level=OBLAST,
                name="Департамент",
                region=Region.LVIV,
            )


def seen(store: Store, actor: Actor, authority: AuthorityId | None) -> ConnectionOverview:
    with store.browsing(actor) as unit:
        return connections(unit, authority)


def counted(overview: ConnectionOverview) -> dict[ConnectionState, int]:
    return {state: number for state, number in overview.numbers.items() if number}


def row(number: int, authority: str, system: str = "") -> str:
    return f"{number};;Заклад {number};Львівська;Громада;;{authority};{system}\n"


def test_an_authority_sees_how_far_the_schools_beneath_it_are(store: Store) -> None:
    operator = institute(store)
    (oblast, raion, community), (of_oblast, of_raion, of_community) = hierarchy(store, operator)
    listed(
        store,
        operator,
        ROW.replace("UA46;", "UA46-1;"),
        row(1, "UA46-1-1"),
        row(2, "UA46-1", "Щоденник+"),
        row(3, "UA46"),
        row(4, "UA05"),
    )
    received(
        store,
        message(evolve(ITEMS, diso_id=DisoId(1), edrpou=OTHER_EDRPOU), message_id="<b@x.example>"),
    )
    school = school_of(approved(store, operator))
    ours = SchoolConnection(
        DISO_ID, NAME, "Березівська ОТГ", raion.id, ConnectionState.INVITED, school
    )
    first = SchoolConnection(DisoId(1), "Заклад 1", "Громада", community.id, ConnectionState.ASKED)
    second = SchoolConnection(
        DisoId(2), "Заклад 2", "Громада", raion.id, ConnectionState.OTHER_SYSTEM
    )
    third = SchoolConnection(DisoId(3), "Заклад 3", "Громада", oblast.id, ConnectionState.NOT_ASKED)
    assert seen(store, of_oblast, oblast.id).schools == (ours, first, second, third)
    assert seen(store, of_oblast, raion.id).schools == (ours, first, second)
    assert seen(store, of_raion, raion.id).schools == (ours, first, second)
    assert seen(store, of_community, community.id).schools == (first,)
    assert counted(seen(store, of_oblast, oblast.id)) == {
        ConnectionState.INVITED: 1,
        ConnectionState.ASKED: 1,
        ConnectionState.OTHER_SYSTEM: 1,
        ConnectionState.NOT_ASKED: 1,
    }
    everything = seen(store, operator, None).schools
    assert [one.diso_id.number for one in everything] == [10585, 1, 2, 3, 4]
    assert [one.authority for one in everything][-1] is None


def test_an_authority_sees_nothing_above_or_beside_it(store: Store) -> None:
    operator = institute(store)
    (oblast, raion, _), (_, of_raion, of_community) = hierarchy(store, operator)
    neighbour = created(store, operator, "UA05", OBLAST)
    refused = [
        (of_raion, oblast.id),
        (of_community, raion.id),
        (of_raion, neighbour.id),
        (of_raion, None),
        (of_community, None),
    ]
    for actor, authority in refused:
        with pytest.raises(Forbidden):
            seen(store, actor, authority)


def test_the_ministry_sees_every_school_listed_or_not(store: Store) -> None:
    operator = institute(store)
    approved(store, operator)
    assert [one.diso_id for one in seen(store, ministry(store, operator), None).schools] == [
        DISO_ID
    ]


def test_a_school_that_was_listed_after_it_was_connected_is_seen_from_above(
    store: Store,
) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    (oblast, _, _), (of_oblast, _, _) = hierarchy(store, operator)
    listed(store, operator)
    (one,) = seen(store, of_oblast, oblast.id).schools
    assert (one.school, one.state) == (school, ConnectionState.INVITED)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (SchoolState.INVITED, ConnectionState.INVITED),
        (SchoolState.ACTIVATED, ConnectionState.ACTIVATED),
        (SchoolState.ACTIVE, ConnectionState.ACTIVE),
    ],
)
def test_rule_099_a_school_counts_as_active_only_in_that_state(
    store: Store, state: SchoolState, expected: ConnectionState
) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    with store.school(school, System("test")) as unit:
        unit.schools.save(evolve(unit.schools.get(school), state=state))
        unit.record(Arranged())
    assert counted(seen(store, operator, None)) == {expected: 1}


def passed(
    store: Store, actor: Actor, authority: AuthorityId | None, body: str = "Прочитайте."
) -> PassedOn:
    return store.run_registry(actor, pass_on, authority, subject="Про журнали", body=body)


def announced(store: Store) -> list[Email]:
    return [letter.recipient for letter in letters(store) if letter.kind is LetterKind.ANNOUNCEMENT]


def test_a_department_passes_a_letter_on_to_the_schools_beneath(store: Store) -> None:
    operator = institute(store)
    (oblast, _, _), (of_oblast, _, _) = hierarchy(store, operator)
    listed(store, operator)
    approved(store, operator)
    assert passed(store, of_oblast, oblast.id) == PassedOn(1, ())
    letter = letters(store)[-1]
    assert (letter.kind, letter.recipient) == (LetterKind.ANNOUNCEMENT, ADMIN_EMAIL)
    assert letter.data == {
        "subject": "Про журнали",
        "text": "Прочитайте.",
        "author": "Орган UA46",
        "school": NAME,
    }
    entry = store.entries(REGISTRY)[-1]
    assert (entry.event, entry.data["letters"], entry.data["unreached"]) == (
        "letter-passed-on",
        1,
        0,
    )
    assert sound(store)


def test_a_letter_reaches_whoever_administers_the_school_now(store: Store) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    of_ministry = ministry(store, operator)
    newcomer = Email("n.kalyna@example.com")
    admin = store.run_registry(
        SIGN_IN, accept, token_for(store, school), Verified("password", "olena"), KEY
    )
    cabinet = Actor(admin.id, Cabinet(Role.SCHOOL_ADMIN, school))
    for address, role in (
        (newcomer, Role.SCHOOL_ADMIN),
        (Email("deputy@example.com"), Role.DEPUTY),
    ):
        store.run(school, cabinet, invite, name=OFFICIAL, address=address, role=role)
    assert passed(store, of_ministry, None) == PassedOn(2, ())
    assert sorted(address.text for address in announced(store)) == [
        newcomer.text,
        ADMIN_EMAIL.text,
    ]


def test_a_school_with_nobody_to_write_to_is_named(store: Store) -> None:
    operator = institute(store)
    request = approved(store, operator)
    of_ministry = ministry(store, operator)
    store.run_registry(operator, withdraw, request.id)
    assert passed(store, of_ministry, None) == PassedOn(0, (school_of(request),))
    assert announced(store) == []


def test_an_expired_invitation_is_no_address(store: Store, clock: Clock) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    of_ministry = ministry(store, operator)
    clock.move(timedelta(days=14))
    assert passed(store, of_ministry, None) == PassedOn(0, (school,))


def test_a_letter_says_something(store: Store) -> None:
    operator = institute(store)
    of_ministry = ministry(store, operator)
    with pytest.raises(Incomplete) as refused:
        passed(store, of_ministry, None, body=" ")
    assert refused.value == Incomplete(("text",))


def test_only_who_stands_above_passes_letters_on(store: Store) -> None:
    operator = institute(store)
    (oblast, _, _), (_, of_raion, _) = hierarchy(store, operator)
    for actor, authority in ((operator, None), (of_raion, oblast.id), (of_raion, None)):
        with pytest.raises(Forbidden):
            passed(store, actor, authority)


def headed(store: Store, operator: Actor) -> tuple[SchoolId, Actor]:
    """A school with a director."""
    school = school_of(approved(store, operator))
    with store.registry(operator) as unit:
        invite(
            unit.school(school),
            name=OFFICIAL,
            address=Email("head@example.com"),
            role=Role.DIRECTOR,
        )
    head = store.run_registry(
        SIGN_IN, accept, token_for(store, school), Verified("password", "head"), KEY
    )
    return school, Actor(head.id, Cabinet(Role.DIRECTOR, school))


def test_a_school_goes_over_to_another_vendor_and_back_and_keeps_what_it_wrote(
    store: Store,
) -> None:
    school, head = headed(store, institute(store))
    with store.reading(school, head) as unit:
        before, roles = unit.schools.get(school), list(unit.grants.all())
    switched = store.run(
        school, head, choose_journal_system, decision=DECISION, vendor=" Щоденник+ "
    )
    assert switched == evolve(
        before,
        journal_system=JournalSystem.OTHER,
        vendor="Щоденник+",
        version=switched.version,
    )
    with store.reading(school, head) as unit:
        assert list(unit.grants.all()) == roles
    entry = store.entries(school)[-1]
    assert (entry.data["vendor"], entry.data["decision_number"], entry.data["decision_day"]) == (
        "Щоденник+",
        "8",
        "2026-08-28",
    )
    assert DECISION.words not in str(entry)
    later = SchoolDecision("9", date(2026, 12, 28))
    returned = store.run(school, head, choose_journal_system, decision=later)
    assert returned == evolve(before, version=returned.version)
    assert sound(store, school)


def test_rule_096_one_system_replaces_the_other(store: Store) -> None:
    school, head = headed(store, institute(store))
    store.run(school, head, choose_journal_system, decision=DECISION, vendor="Щоденник+")
    kept = store.run(school, head, choose_journal_system, decision=DECISION, vendor="Моя школа")
    assert (kept.journal_system, kept.vendor) == (JournalSystem.OTHER, "Моя школа")


def test_a_vendor_has_a_name(store: Store) -> None:
    school, head = headed(store, institute(store))
    with pytest.raises(Invalid):
        store.run(school, head, choose_journal_system, decision=DECISION, vendor=" ")


def test_only_the_head_chooses_the_schools_system(store: Store) -> None:
    operator = institute(store)
    school = school_of(approved(store, operator))
    admin = store.run_registry(
        SIGN_IN, accept, token_for(store, school), Verified("password", "olena"), KEY
    )
    actors: list[Actor | System] = [
        operator,
        Actor(admin.id, Cabinet(Role.SCHOOL_ADMIN, school)),
        INTAKE,
    ]
    for actor in actors:
        with pytest.raises(Forbidden):
            store.run(school, actor, choose_journal_system, decision=DECISION)


def test_a_school_of_another_vendor_is_seen_as_such(store: Store) -> None:
    operator = institute(store)
    school, head = headed(store, operator)
    store.run(school, head, choose_journal_system, decision=DECISION, vendor="Щоденник+")
    assert counted(seen(store, operator, None)) == {ConnectionState.OTHER_SYSTEM: 1}
