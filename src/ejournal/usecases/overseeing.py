"""What stands above schools: the hierarchy of authorities, and what they see and pass on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import Enum

from attrs import evolve, frozen

from ejournal.authority import require
from ejournal.errors import Duplicate, Invalid, NotAllowedHere, WrongState
from ejournal.ids import AccountId, AuthorityId, GrantId, SchoolId
from ejournal.model.access import Actor, AuthorityGrant
from ejournal.model.connection import SchoolDecision
from ejournal.model.directory import (
    Appointed,
    Authority,
    AuthorityCreated,
    AuthorityLevel,
    DirectoryEntry,
    Dismissed,
    LetterPassedOn,
)
from ejournal.model.identifiers import DisoId, Email, Region
from ejournal.model.letters import LetterKind, complete
from ejournal.model.permissions import Action, Role
from ejournal.model.school import JournalSystem, JournalSystemChosen, School, SchoolState
from ejournal.store.outbox import queue
from ejournal.store.units import RegistryUnit, SchoolUnit

__all__ = [
    "ConnectionOverview",
    "ConnectionState",
    "PassedOn",
    "SchoolConnection",
    "appoint",
    "choose_journal_system",
    "connections",
    "create_authority",
    "dismiss",
    "pass_on",
]


def create_authority(
    unit: RegistryUnit,
    *,
    code: str,
    level: AuthorityLevel,
    name: str,
    region: Region | None = None,
    email: Email | None = None,
) -> Authority:
    """Create an authority one level below the actor's own, and return it.

    The institute creates those of oblasts and names their `region`; below, the region is the
    creator's. Raises `NotAllowedHere` for any other level (rule 94), `Invalid` for an oblast
    without a region, and `Duplicate` for a code that is taken.
    """
    creator = _own_authority(unit)
    require(unit, Action.CREATE_AUTHORITY, creator)
    authority_id = AuthorityId(unit.new_id())
    if creator is not None:
        authority = creator.create(authority_id, code, level, name, email=email)
    elif level is not AuthorityLevel.OBLAST:
        raise NotAllowedHere(level.value, "not-the-level-below")
    elif region is None:
        raise Invalid("region", "", "absent")
    else:
        authority = Authority(authority_id, code, level, name, region, email=email)
    if unit.authorities.with_code(code) is not None:
        raise Duplicate("authority", ("code",), (code,))
    kept = unit.authorities.add(authority)
    unit.record(AuthorityCreated(kept.id, kept.parent, kept.level))
    return kept


def _own_authority(unit: RegistryUnit) -> Authority | None:
    """Return the authority whose cabinet the actor is in; the institute's has none."""
    if not isinstance(unit.actor, Actor) or unit.actor.cabinet.authority is None:
        return None
    return unit.authorities.get(unit.actor.cabinet.authority)


_WITHOUT_AUTHORITY = frozenset({Role.TECH_ADMIN, Role.MINISTRY})


def appoint(
    unit: RegistryUnit,
    account: AccountId,
    role: Role,
    *,
    authority: AuthorityId | None = None,
) -> AuthorityGrant:
    """Give an account a role outside schools, and return the grant.

    The level above appoints: the institute for oblasts, and its own and the ministry's people
    without an `authority`. Raises `NotAllowedHere` for another level's authority or for a role
    that is not its level's (rule 94), `Missing` for an unknown account, and `Duplicate` while the
    account holds the role.
    """
    subject = None if authority is None else unit.authorities.get(authority)
    require(unit, Action.APPOINT, subject)
    unit.accounts.get(account)
    _refuse_wrong_role(role, subject)
    _refuse_wrong_level(unit, subject)
    for held in unit.authority_grants.of_account(account):
        if (held.role, held.authority) == (role, authority) and held.holds(unit.now):
            raise Duplicate("authority grant", ("account", "role"), (held.id,))
    kept = unit.authority_grants.add(
        AuthorityGrant(GrantId(unit.new_id()), role, account, authority, unit.now)
    )
    unit.record(Appointed(kept.id, role, account, authority))
    return kept


def _refuse_wrong_role(role: Role, subject: Authority | None) -> None:
    fits = role in _WITHOUT_AUTHORITY if subject is None else role is subject.level.role
    if not fits:
        raise NotAllowedHere(role.value, "not-this-level")


def _refuse_wrong_level(unit: RegistryUnit, subject: Authority | None) -> None:
    creator = _own_authority(unit)
    above = None if creator is None else creator.id
    if subject is not None and subject.parent != above:
        raise NotAllowedHere(subject.name, "only-from-above")


def dismiss(unit: RegistryUnit, grant_id: GrantId) -> AuthorityGrant:
    """End a role outside schools from now on, and return the ended grant.

    Who appoints dismisses; one's own role stays, so that the institute is never left without an
    operator. Raises `NotAllowedHere` for these, and `WrongState` for a grant that has ended.
    """
    grant = unit.authority_grants.get(grant_id)
    subject = None if grant.authority is None else unit.authorities.get(grant.authority)
    require(unit, Action.APPOINT, subject)
    _refuse_wrong_level(unit, subject)
    if isinstance(unit.actor, Actor) and grant.account == unit.actor.account:
        raise NotAllowedHere(grant.role.value, "not-ones-own")
    if not grant.holds(unit.now):
        raise WrongState("authority grant", "ended", "dismiss")
    kept = unit.authority_grants.save(evolve(grant, until=unit.now))
    unit.record(Dismissed(kept.id))
    return kept


class ConnectionState(Enum):
    """How far a school has come, as the authority above it sees it."""

    NOT_ASKED = "not-asked"
    OTHER_SYSTEM = "other-system"
    ASKED = "asked"
    INVITED = "invited"
    ACTIVATED = "activated"
    ACTIVE = "active"


@frozen
class SchoolConnection:
    """One school of an overview; `school` is set once its request was approved."""

    diso_id: DisoId
    name: str
    community: str
    authority: AuthorityId | None
    state: ConnectionState
    school: SchoolId | None = None


@frozen
class ConnectionOverview:
    """The schools beneath an authority, by name, and how many stand in each state."""

    schools: tuple[SchoolConnection, ...]

    @property
    def numbers(self) -> Mapping[ConnectionState, int]:
        """How many schools stand in each state; every state is there."""
        counted = Counter(school.state for school in self.schools)
        return {state: counted[state] for state in ConnectionState}


def connections(unit: RegistryUnit, authority: AuthorityId | None) -> ConnectionOverview:
    """Return how far each school beneath an authority has come; it tells nothing of pupils.

    A school is beneath if the directory or its own record says so, at any depth. Without an
    authority all schools are returned, to the ministry and the institute.
    """
    require(unit, Action.SEE_CONNECTIONS, _subject(unit, authority))
    known = _schools_beneath(unit, authority)
    connected = [_connected(school) for school in known.values()]
    waiting = [
        _waiting(unit, entry, above)
        for entry, above in _entries_beneath(unit, authority)
        if entry.diso_id not in known
    ]
    everyone = sorted((*connected, *waiting), key=lambda one: (one.name, one.diso_id.number))
    return ConnectionOverview(tuple(everyone))


def _subject(unit: RegistryUnit, authority: AuthorityId | None) -> Authority | None:
    return None if authority is None else unit.authorities.get(authority)


def _beneath(unit: RegistryUnit, authority: AuthorityId) -> Iterator[Authority]:
    """Yield an authority and all below it."""
    yield unit.authorities.get(authority)
    for lower in unit.authorities.below(authority):
        yield from _beneath(unit, lower.id)


def _schools_beneath(unit: RegistryUnit, authority: AuthorityId | None) -> dict[DisoId, School]:
    """Return the schools whose own record, or else the directory, puts them beneath."""
    if authority is None:
        return {school.diso_id: school for school in unit.schools.everywhere()}
    schools = {
        school.diso_id: school
        for level in _beneath(unit, authority)
        for school in unit.schools.of_authority(level.id)
    }
    for entry, _ in _entries_beneath(unit, authority):
        school = unit.schools.with_diso_id(entry.diso_id)
        if school is not None:
            schools[school.diso_id] = school
    return schools


def _entries_beneath(
    unit: RegistryUnit, authority: AuthorityId | None
) -> Iterator[tuple[DirectoryEntry, AuthorityId | None]]:
    if authority is None:
        for entry in unit.directory.all():
            above = unit.authorities.with_code(entry.authority) if entry.authority else None
            yield entry, None if above is None else above.id
        return
    for level in _beneath(unit, authority):
        for entry in unit.directory.of_authority(level.code):
            yield entry, level.id


def _connected(school: School) -> SchoolConnection:
    other = school.journal_system is JournalSystem.OTHER
    return SchoolConnection(
        school.diso_id,
        school.name,
        school.community,
        school.authority,
        ConnectionState.OTHER_SYSTEM if other else _STATES[school.state],
        school.id,
    )


_STATES = {
    SchoolState.INVITED: ConnectionState.INVITED,
    SchoolState.ACTIVATED: ConnectionState.ACTIVATED,
    SchoolState.ACTIVE: ConnectionState.ACTIVE,
}


def _waiting(
    unit: RegistryUnit, entry: DirectoryEntry, authority: AuthorityId | None
) -> SchoolConnection:
    asked = next(unit.requests.open_for(entry.diso_id, entry.edrpou), None)
    state = ConnectionState.OTHER_SYSTEM if entry.journal_system else ConnectionState.NOT_ASKED
    return SchoolConnection(
        entry.diso_id,
        entry.name,
        entry.community,
        authority,
        state if asked is None else ConnectionState.ASKED,
    )


@frozen
class PassedOn:
    """How many letters were queued, and the schools that have nobody to write to yet."""

    letters: int
    unreached: tuple[SchoolId, ...]


def pass_on(
    unit: RegistryUnit, authority: AuthorityId | None, *, subject: str, body: str
) -> PassedOn:
    """Queue a letter to the administrators of every connected school beneath an authority.

    An administrator who has not accepted yet is written to at the invitation's address. Without
    an authority the letter goes to all schools, from the ministry. Raises `Incomplete` for an
    empty subject or body.
    """
    above = _subject(unit, authority)
    require(unit, Action.PASS_ON_LETTER, above)
    data = {"subject": subject, "text": body, "author": "" if above is None else above.name}
    complete(LetterKind.ANNOUNCEMENT, data)
    letters, unreached = 0, []
    for school in _schools_beneath(unit, authority).values():
        addresses = _administrators(unit, school.id)
        for address in addresses:
            queue(unit, LetterKind.ANNOUNCEMENT, address, data | {"school": school.name})
        letters += len(addresses)
        if not addresses:
            unreached.append(school.id)
    unit.record(LetterPassedOn(authority, letters, len(unreached)))
    return PassedOn(letters, tuple(unreached))


def _administrators(unit: RegistryUnit, school: SchoolId) -> tuple[Email, ...]:
    """Return where the school's administrators read, each address once."""
    tenant = unit.reading(school)
    addresses: dict[str, Email] = {}
    for grant in tenant.grants.of_role(Role.SCHOOL_ADMIN):
        if not grant.holds(unit.now):
            continue
        if grant.account is not None:
            email = unit.accounts.get(grant.account).email
            addresses[email.folded] = email
        for invitation in tenant.invitations.of_grant(grant.id):
            if invitation.is_open(unit.now):
                addresses[invitation.folded_address] = invitation.address
    return tuple(addresses.values())


def choose_journal_system(
    unit: SchoolUnit, *, decision: SchoolDecision, vendor: str | None = None
) -> School:
    """Keep another vendor's e-journal from now on, or this one where no `vendor` is named.

    The choice is the school's at any time, with its recorded decision, and one system replaces
    the other (rule 96). Whatever was written here stays and can be read and exported. Raises
    `Invalid` for a vendor without a name.
    """
    require(unit, Action.CHOOSE_JOURNAL_SYSTEM)
    school = unit.schools.get(unit.id)
    chosen = school.returned() if vendor is None else school.switched_to(vendor.strip())
    kept = unit.schools.save(chosen)
    unit.record(
        JournalSystemChosen(
            kept.journal_system, kept.vendor, decision.number, decision.day, decision.words
        )
    )
    return kept
