"""Who may do what to which thing: grants, cabinets and nearness, over a school of two classes.

Class 5-А has two journals: algebra (a teacher, a second one) and history (the leader of 6-Б).
Class 6-Б has physics. Ада is in 5-А with her brother; Лев is in 6-Б and was in 5-А; Яна has left.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import pytest
from attrs import evolve, frozen
from stores import MONDAY, Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.authority import SYSTEM_ACTS, may, require
from ejournal.errors import Forbidden
from ejournal.ids import (
    AccountId,
    AuthorityId,
    ClassId,
    EnrolmentId,
    GrantId,
    GuardianId,
    GuardianshipId,
    JournalId,
    LessonId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
    SubjectId,
    YearId,
)
from ejournal.model.access import Actor, AuthorityGrant, Cabinet, Grant, System
from ejournal.model.classes import SchoolClass
from ejournal.model.directory import Authority, AuthorityLevel
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName, Region
from ejournal.model.journal import Journal, Lesson
from ejournal.model.ledger import Event
from ejournal.model.people import Enrolment, Guardianship, Pupil, Relation
from ejournal.model.permissions import (
    OUTSIDE_SCHOOLS,
    Action,
    Permission,
    Reach,
    Role,
    permissions,
    rights_of,
)
from ejournal.model.school import School
from ejournal.store import RegistryUnit, SchoolUnit, Store

SCHOOL, ELSEWHERE = SchoolId(11), SchoolId(12)
TEST = System("test")
DAY = timedelta(days=1)
TODAY = MONDAY.date()

TEACHER, SECOND, STAND_IN, LEADER, OTHER_LEADER = (StaffId(number) for number in range(101, 106))
FIFTH, SIXTH = ClassId(201), ClassId(202)
ALGEBRA, HISTORY, PHYSICS = JournalId(301), JournalId(302), JournalId(303)
HELD, REPLACED, ABOUT_ROME, ABOUT_LIGHT = (LessonId(number) for number in range(401, 405))
ADA, BROTHER, LEV, YANA = (PupilId(number) for number in range(501, 505))
MOTHER, STRANGER = GuardianId(601), GuardianId(602)
OBLAST, RAION, COMMUNITY, OTHER_OBLAST = (AuthorityId(number) for number in range(701, 705))


@frozen
class Arranged(Event):
    name: ClassVar[str] = "arranged"


def school(id: SchoolId, authority: AuthorityId | None) -> School:
    return School(
        id,
        DisoId(1000 + id),
        Edrpou("32855961"),
        "Вигаданий ліцей",
        Region.POLTAVA,
        "Вигадана громада",
        authority=authority,
    )


def journal(id: JournalId, of: ClassId, teacher: StaffId, second: StaffId | None = None) -> Journal:
    return Journal(id, YearId(1), 1, of, SubjectId(int(id)), None, teacher, second)


def lesson(id: LessonId, of: JournalId, substitute: StaffId | None = None) -> Lesson:
    return Lesson(id, of, TODAY, 1, substitute=substitute)


def enrolment(
    id: int, pupil: PupilId, of: ClassId, since: date, until: date | None = None
) -> Enrolment:
    return Enrolment(EnrolmentId(id), pupil, of, since, "17-у", since, until)


def furnish(unit: SchoolUnit) -> None:
    unit.schools.add(school(SCHOOL, COMMUNITY))
    unit.classes.pour(
        [
            SchoolClass(FIFTH, YearId(1), ClassLabel(5, "А"), LEADER),
            SchoolClass(SIXTH, YearId(1), ClassLabel(6, "Б"), OTHER_LEADER),
        ]
    )
    unit.journals.pour(
        [
            journal(ALGEBRA, FIFTH, TEACHER, SECOND),
            journal(HISTORY, FIFTH, OTHER_LEADER),
            journal(PHYSICS, SIXTH, OTHER_LEADER),
        ]
    )
    unit.lessons.pour(
        [
            lesson(HELD, ALGEBRA),
            lesson(REPLACED, ALGEBRA, STAND_IN),
            lesson(ABOUT_ROME, HISTORY),
            lesson(ABOUT_LIGHT, PHYSICS),
        ]
    )
    unit.pupils.pour(
        Pupil(pupil, PersonName("Яценко", name, ""))
        for pupil, name in ((ADA, "Ада"), (BROTHER, "Орест"), (LEV, "Лев"), (YANA, "Яна"))
    )
    first = date(2026, 9, 1)
    unit.enrolments.pour(
        [
            enrolment(801, ADA, FIFTH, first),
            enrolment(802, BROTHER, FIFTH, first),
            enrolment(803, LEV, FIFTH, first, TODAY - DAY),
            enrolment(804, LEV, SIXTH, TODAY),
            enrolment(805, YANA, FIFTH, first, TODAY - DAY),
        ]
    )
    unit.guardianships.pour(
        [
            Guardianship(GuardianshipId(901), MOTHER, ADA, Relation.MOTHER),
            Guardianship(GuardianshipId(902), MOTHER, YANA, Relation.MOTHER),
            Guardianship(GuardianshipId(903), STRANGER, LEV, Relation.FATHER),
        ]
    )
    unit.record(Arranged())


def authority(id: AuthorityId, level: AuthorityLevel, parent: AuthorityId | None) -> Authority:
    return Authority(id, f"code-{id}", level, f"Управління {id}", Region.POLTAVA, parent)


def furnish_registry(unit: RegistryUnit) -> None:
    unit.authorities.pour(
        [
            authority(OBLAST, AuthorityLevel.OBLAST, None),
            authority(RAION, AuthorityLevel.RAION, OBLAST),
            authority(COMMUNITY, AuthorityLevel.COMMUNITY, RAION),
            authority(OTHER_OBLAST, AuthorityLevel.OBLAST, None),
        ]
    )
    unit.record(Arranged())


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    made = MemoryStore(clock=clock)
    made.run(SCHOOL, TEST, furnish)
    made.run_registry(TEST, furnish_registry)
    return made


def grant(role: Role, person: int | None = None, **changes: object) -> Grant:
    own = None if person is None else PersonId(person)
    made = Grant(GrantId(1), role, rights_of(role), AccountId(5), own, MONDAY)
    return evolve(made, **changes)  # type: ignore[arg-type]  # each test names fields of a grant


def give(store: Store, *grants: Grant, to: SchoolId = SCHOOL) -> None:
    with store.school(to, TEST) as unit:
        unit.grants.pour(grants)
        unit.record(Arranged())


def give_outside(
    store: Store, role: Role, at: AuthorityId | None, until: timedelta | None = None
) -> Actor:
    end = None if until is None else MONDAY + until
    with store.registry(TEST) as unit:
        unit.authority_grants.add(
            AuthorityGrant(GrantId(unit.new_id()), role, AccountId(6), at, MONDAY, end)
        )
        unit.record(Arranged())
    return Actor(AccountId(6), Cabinet(role, authority=at))


def acting(role: Role, person: int | None = None, at: SchoolId = SCHOOL) -> Actor:
    return Actor(AccountId(5), Cabinet(role, at, None if person is None else PersonId(person)))


def why(store: Store, actor: Actor | System, action: Action, school: SchoolId = SCHOOL) -> str:
    """Return what is lacking for an act that concerns the whole school, or nothing."""
    with store.reading(school, actor) as unit:
        if may(unit, action):
            require(unit, action)
            return ""
        with pytest.raises(Forbidden) as caught:
            require(unit, action)
    assert caught.value == Forbidden(str(actor), action.value, caught.value.why)
    return caught.value.why


NO_GRANT = "no-grant"
NOT_CARRIED = "not-carried"
FAR = "not-to-other"


# What is near to whom: everything in the school is asked about, and just this is one's own.


def things(unit: SchoolUnit) -> dict[str, object]:
    return {
        "algebra": unit.journals.get(ALGEBRA),
        "history": unit.journals.get(HISTORY),
        "physics": unit.journals.get(PHYSICS),
        "a lesson": unit.lessons.get(HELD),
        "the replaced lesson": unit.lessons.get(REPLACED),
        "about Rome": unit.lessons.get(ABOUT_ROME),
        "about light": unit.lessons.get(ABOUT_LIGHT),
        "5-А": unit.classes.get(FIFTH),
        "6-Б": unit.classes.get(SIXTH),
        "Ада": unit.pupils.get(ADA),
        "Орест": unit.pupils.get(BROTHER),
        "Лев": unit.pupils.get(LEV),
        "Яна": unit.pupils.get(YANA),
        "the school": unit.schools.get(SCHOOL),
        "everything": None,
        "an authority": authority(OBLAST, AuthorityLevel.OBLAST, None),
        "a mere number": ADA,
    }


ALGEBRA_THINGS = {"algebra", "a lesson", "the replaced lesson"}
OF_THE_FIFTH = {"5-А", "Ада", "Орест"}
OF_THE_SIXTH = {"physics", "about light", "6-Б", "Лев"}

OWN: dict[tuple[Role, int | None], set[str]] = {
    (Role.SUBJECT_TEACHER, TEACHER): ALGEBRA_THINGS | OF_THE_FIFTH,
    (Role.SUBJECT_TEACHER, SECOND): set(),
    (Role.SUBJECT_TEACHER, OTHER_LEADER): {"history", "about Rome"} | OF_THE_FIFTH | OF_THE_SIXTH,
    (Role.SUBJECT_TEACHER, None): set(),
    (Role.CO_TEACHER, SECOND): ALGEBRA_THINGS | OF_THE_FIFTH,
    (Role.CO_TEACHER, TEACHER): set(),
    (Role.SUBSTITUTE, STAND_IN): {"the replaced lesson"},
    (Role.SUBSTITUTE, TEACHER): set(),
    (Role.SUBSTITUTE, None): set(),
    (Role.CLASS_TEACHER, LEADER): ALGEBRA_THINGS | {"history", "about Rome"} | OF_THE_FIFTH,
    (Role.CLASS_TEACHER, OTHER_LEADER): OF_THE_SIXTH,
    (Role.CLASS_TEACHER, TEACHER): set(),
    (Role.CLASS_TEACHER, None): set(),
    (Role.PUPIL, ADA): {"Ада"},
    (Role.PUPIL, None): set(),
    (Role.PARENT, MOTHER): {"Ада", "Яна"},
    (Role.PARENT, STRANGER): {"Лев"},
    (Role.PARENT, ADA): set(),
    (Role.PARENT, None): set(),
    (Role.API_CLIENT, None): (
        ALGEBRA_THINGS | {"history", "about Rome", "Яна"} | OF_THE_FIFTH | OF_THE_SIXTH
    ),
    (Role.DIRECTOR, None): set(),
    (Role.DEPUTY, TEACHER): set(),
    (Role.SCHOOL_ADMIN, TEACHER): set(),
    (Role.INSPECTOR, None): set(),
}


def table() -> dict[tuple[Role, Action], dict[Reach, Permission]]:
    rows: dict[tuple[Role, Action], dict[Reach, Permission]] = {}
    for row in permissions():
        rows.setdefault((row.role, row.action), {})[row.reach] = row
    return rows


@pytest.mark.parametrize("holder", OWN, ids=lambda holder: f"{holder[0].value} {holder[1]}")
def test_each_act_on_each_thing_is_answered_as_the_table_says(
    store: MemoryStore, holder: tuple[Role, int | None]
) -> None:
    role, person = holder
    give(store, grant(role, person))
    wrong = []
    with store.reading(SCHOOL, acting(role, person)) as unit:
        for name, thing in things(unit).items():
            reach = Reach.OWN if name in OWN[holder] else Reach.OTHER
            wrong += [
                (action.value, name)
                for (whose, action), rows in table().items()
                if whose is role and may(unit, action, thing) is not rows[reach].allowed
            ]
    assert wrong == []


def test_the_situations_leave_no_role_of_a_school_out() -> None:
    assert {role for role, _ in OWN} == set(Role) - OUTSIDE_SCHOOLS


BENEATH: dict[tuple[Role, AuthorityId | None], set[str]] = {
    (Role.AUTHORITY_OBLAST, OBLAST): {"oblast", "raion", "community", "school"},
    (Role.AUTHORITY_RAION, RAION): {"raion", "community", "school"},
    (Role.AUTHORITY_COMMUNITY, COMMUNITY): {"community", "school"},
    (Role.AUTHORITY_OBLAST, OTHER_OBLAST): {"other oblast"},
    (Role.AUTHORITY_OBLAST, None): set(),
    (Role.TECH_ADMIN, None): set(),
    (Role.MINISTRY, None): set(),
}


@pytest.mark.parametrize("holder", BENEATH, ids=lambda holder: f"{holder[0].value} {holder[1]}")
def test_what_lies_under_an_authority_is_its_own(
    store: MemoryStore, holder: tuple[Role, AuthorityId | None]
) -> None:
    role, place = holder
    actor = give_outside(store, role, place)
    wrong = []
    with store.browsing(actor) as unit:
        asked: dict[str, object] = {
            "oblast": unit.authorities.get(OBLAST),
            "raion": unit.authorities.get(RAION),
            "community": unit.authorities.get(COMMUNITY),
            "other oblast": unit.authorities.get(OTHER_OBLAST),
            "school": school(SCHOOL, COMMUNITY),
            "school of nobody": school(ELSEWHERE, None),
            "everything": None,
            "a mere number": OBLAST,
        }
        for name, thing in asked.items():
            reach = Reach.OWN if name in BENEATH[holder] else Reach.OTHER
            wrong += [
                (action.value, name)
                for (whose, action), rows in table().items()
                if whose is role and may(unit, action, thing) is not rows[reach].allowed
            ]
    assert wrong == []


def test_the_situations_leave_no_role_above_schools_out() -> None:
    assert {role for role, _ in BENEATH} == OUTSIDE_SCHOOLS


def test_a_role_above_schools_keeps_its_rights_in_a_schools_unit_of_the_registry(
    store: MemoryStore,
) -> None:
    actor = give_outside(store, Role.TECH_ADMIN, None)
    with store.browsing(actor) as unit:
        assert may(unit.reading(SCHOOL), Action.INVITE)
        assert not may(unit.reading(SCHOOL), Action.READ_JOURNAL)
    with store.registry(actor) as unit:
        assert may(unit.school(SCHOOL), Action.INVITE)


def test_an_authority_owns_nothing_inside_a_school(store: MemoryStore) -> None:
    actor = give_outside(store, Role.AUTHORITY_COMMUNITY, COMMUNITY)
    with store.browsing(actor) as unit:
        inside = unit.reading(SCHOOL)
        beneath = inside.schools.get(SCHOOL)
        assert may(unit, Action.SEE_CONNECTIONS, beneath)
        assert [action for action in Action if may(inside, action, beneath)] == []


def test_a_role_above_schools_enters_no_school_by_itself(store: MemoryStore) -> None:
    actor = give_outside(store, Role.TECH_ADMIN, None)
    assert why(store, actor, Action.INVITE) == NO_GRANT


def test_a_right_above_schools_ends_with_its_grant(store: MemoryStore, clock: Clock) -> None:
    actor = give_outside(store, Role.MINISTRY, None, until=DAY)
    with store.browsing(actor) as unit:
        assert may(unit, Action.SEE_CONNECTIONS)
    clock.move(DAY)
    with store.browsing(actor) as unit:
        assert not may(unit, Action.SEE_CONNECTIONS)


def test_a_grant_in_a_school_opens_no_registry(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR))
    with store.browsing(acting(Role.DIRECTOR)) as unit:
        assert [action for action in Action if may(unit, action)] == []


@pytest.mark.parametrize("role", [role for role in Role if role in OUTSIDE_SCHOOLS])
def test_a_role_above_schools_that_is_granted_in_a_school_opens_nothing(
    store: MemoryStore, role: Role
) -> None:
    give(store, grant(role))
    assert why(store, acting(role), Action.READ_LEDGER) == NO_GRANT


def test_a_role_of_schools_that_is_granted_outside_opens_nothing(store: MemoryStore) -> None:
    actor = give_outside(store, Role.DIRECTOR, None)
    with store.browsing(actor) as unit:
        assert not may(unit, Action.CHOOSE_JOURNAL_SYSTEM)
        assert not may(unit.reading(SCHOOL), Action.CHOOSE_JOURNAL_SYSTEM)


def test_a_grant_is_in_force_from_its_first_instant_until_before_its_last(
    store: MemoryStore, clock: Clock
) -> None:
    give(store, grant(Role.DIRECTOR, since=MONDAY + DAY, until=MONDAY + 2 * DAY))
    answers = []
    for step in (timedelta(), DAY, DAY - timedelta(milliseconds=1), timedelta(milliseconds=1)):
        clock.move(step)
        answers.append(why(store, acting(Role.DIRECTOR), Action.FOUND))
    assert answers == [NO_GRANT, "", "", NO_GRANT]


def test_a_right_that_was_taken_away_is_gone_for_every_later_unit(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR))
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == ""
    with store.school(SCHOOL, TEST) as unit:
        unit.grants.save(unit.grants.get(GrantId(1)).ended(unit.now))
        unit.record(Arranged())
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == NO_GRANT


def test_a_grant_that_does_not_carry_an_act_refuses_it(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR, rights=frozenset({Action.FOUND})))
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == ""
    assert why(store, acting(Role.DIRECTOR), Action.INVITE) == NOT_CARRIED


def test_an_act_is_carried_by_any_grant_of_the_cabinet(store: MemoryStore) -> None:
    give(
        store,
        grant(Role.DIRECTOR, id=GrantId(1), rights=frozenset({Action.FOUND})),
        grant(Role.DIRECTOR, id=GrantId(2), rights=frozenset({Action.INVITE})),
        grant(Role.DIRECTOR, id=GrantId(3), rights=rights_of(Role.DIRECTOR), until=MONDAY),
    )
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == ""
    assert why(store, acting(Role.DIRECTOR), Action.INVITE) == ""
    assert why(store, acting(Role.DIRECTOR), Action.OPEN_JOURNAL) == NOT_CARRIED


def test_a_grant_cannot_carry_more_than_its_role_may(store: MemoryStore) -> None:
    give(store, grant(Role.PUPIL, ADA, rights=frozenset(Action)))
    assert why(store, acting(Role.PUPIL, ADA), Action.GIVE_MARK) == FAR


@pytest.mark.parametrize(
    "cabinet",
    [
        Cabinet(Role.DEPUTY, SCHOOL, PersonId(LEADER)),
        Cabinet(Role.DIRECTOR, SCHOOL, PersonId(TEACHER)),
        Cabinet(Role.DIRECTOR, SCHOOL),
        Cabinet(Role.DIRECTOR, ELSEWHERE, PersonId(LEADER)),
        Cabinet(Role.DIRECTOR, None, PersonId(LEADER)),
        Cabinet(Role.DIRECTOR, SCHOOL, PersonId(LEADER), OBLAST),
        Cabinet(Role.TECH_ADMIN, SCHOOL, PersonId(LEADER)),
    ],
)
def test_a_cabinet_that_differs_from_the_grant_in_anything_is_closed(
    store: MemoryStore, cabinet: Cabinet
) -> None:
    give(store, grant(Role.DIRECTOR, LEADER))
    assert why(store, acting(Role.DIRECTOR, LEADER), Action.FOUND) == ""
    assert why(store, Actor(AccountId(5), cabinet), Action.FOUND) == NO_GRANT


def test_a_cabinet_above_schools_cannot_be_entered_as_some_person(store: MemoryStore) -> None:
    actor = give_outside(store, Role.TECH_ADMIN, None)
    posing = Actor(actor.account, Cabinet(Role.TECH_ADMIN, None, PersonId(TEACHER)))
    with store.browsing(posing) as unit:
        assert not may(unit, Action.REVIEW_REQUESTS)


def test_anothers_grant_opens_nothing(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR))
    stranger = Actor(AccountId(9), Cabinet(Role.DIRECTOR, SCHOOL))
    assert why(store, stranger, Action.FOUND) == NO_GRANT


def test_a_grant_that_nobody_took_up_opens_nothing(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR, account=None))
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == NO_GRANT


def test_a_grant_in_one_school_opens_no_other(store: MemoryStore) -> None:
    give(store, grant(Role.DIRECTOR), to=ELSEWHERE)
    assert why(store, acting(Role.DIRECTOR), Action.FOUND) == NO_GRANT
    assert why(store, acting(Role.DIRECTOR, at=ELSEWHERE), Action.FOUND) == NO_GRANT
    assert why(store, acting(Role.DIRECTOR, at=ELSEWHERE), Action.FOUND, ELSEWHERE) == ""


@pytest.mark.parametrize("action", Action)
def test_the_library_does_by_itself_what_its_name_says_and_no_more(
    store: MemoryStore, action: Action
) -> None:
    doing = {name for name in (*SYSTEM_ACTS, "test", "") if not why(store, System(name), action)}
    assert doing == {
        Action.RECEIVE_REQUEST: {"intake"},
        Action.DELIVER_LETTERS: {"delivery"},
        Action.EXPIRE: {"expiry"},
        Action.RAISE_ALERTS: {"alerts"},
        Action.COMPOSE_DIGEST: {"digest"},
    }.get(action, set())


def test_the_library_by_itself_is_told_apart_from_people(store: MemoryStore) -> None:
    assert why(store, TEST, Action.GIVE_MARK) == "not-by-itself"


def test_a_class_teacher_reads_a_pupil_from_the_day_of_the_move(
    store: MemoryStore, clock: Clock
) -> None:
    give(store, grant(Role.CLASS_TEACHER, LEADER, since=MONDAY - 2 * DAY))
    answers = []
    for step in (-DAY, DAY):
        clock.move(step)
        with store.reading(SCHOOL, acting(Role.CLASS_TEACHER, LEADER)) as unit:
            answers.append(may(unit, Action.READ_DIARY, unit.pupils.get(LEV)))
    assert answers == [True, False]


def test_a_teacher_whose_journal_was_given_away_writes_in_it_no_more(store: MemoryStore) -> None:
    give(store, grant(Role.SUBJECT_TEACHER, TEACHER))
    actor = acting(Role.SUBJECT_TEACHER, TEACHER)
    with store.reading(SCHOOL, actor) as unit:
        assert may(unit, Action.GIVE_MARK, unit.lessons.get(HELD))
    with store.school(SCHOOL, TEST) as unit:
        unit.journals.save(unit.journals.get(ALGEBRA).given_to(SECOND))
        unit.record(Arranged())
    with store.reading(SCHOOL, actor) as unit:
        assert not may(unit, Action.GIVE_MARK, unit.lessons.get(HELD))
        assert not may(unit, Action.READ_PEOPLE, unit.classes.get(FIFTH))
