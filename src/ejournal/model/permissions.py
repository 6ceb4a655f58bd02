"""Who may do what: one table of every role, act and reach.

The table is the whole law of access: what it does not grant is refused. `docs` prints it and the
tests are generated from it. Sources: domain.md §6 and the orders it names; an act that is new
without a row stops the import.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from attrs import frozen

__all__ = [
    "OUTSIDE_SCHOOLS",
    "TABLE",
    "Action",
    "Permission",
    "Reach",
    "Role",
    "permissions",
    "rights_of",
]


class Role(Enum):
    """The cabinets a person can enter; one person may hold several."""

    MINISTRY = "ministry"
    TECH_ADMIN = "tech-admin"
    AUTHORITY_OBLAST = "authority-oblast"
    AUTHORITY_RAION = "authority-raion"
    AUTHORITY_COMMUNITY = "authority-community"
    DIRECTOR = "director"
    DEPUTY = "deputy"
    SCHOOL_ADMIN = "school-admin"
    CLASS_TEACHER = "class-teacher"
    SUBJECT_TEACHER = "subject-teacher"
    CO_TEACHER = "co-teacher"
    SUBSTITUTE = "substitute"
    PUPIL = "pupil"
    PARENT = "parent"
    INSPECTOR = "inspector"
    API_CLIENT = "api-client"


class Action(Enum):
    """The acts that are asked about; each use case asks for exactly one."""

    RECEIVE_REQUEST = "receive-request"
    DELIVER_LETTERS = "deliver-letters"
    EXPIRE = "expire"
    REVIEW_REQUESTS = "review-requests"
    IMPORT_DIRECTORY = "import-directory"
    CREATE_AUTHORITY = "create-authority"
    APPOINT = "appoint"
    SEE_CONNECTIONS = "see-connections"
    PASS_ON_LETTER = "pass-on-letter"
    READ_LEDGER = "read-ledger"
    INVITE = "invite"
    RENEW_RIGHTS = "renew-rights"
    CHOOSE_JOURNAL_SYSTEM = "choose-journal-system"
    FOUND = "found"
    KEEP_PEOPLE = "keep-people"
    ENROL = "enrol"
    OPEN_JOURNAL = "open-journal"
    HOLD_LESSON = "hold-lesson"
    GIVE_MARK = "give-mark"
    IMPORT_MARKS = "import-marks"
    KEEP_ATTENDANCE = "keep-attendance"
    READ_JOURNAL = "read-journal"
    READ_DIARY = "read-diary"
    READ_PEOPLE = "read-people"
    EXPORT = "export"
    CLOSE_PERIOD = "close-period"
    REOPEN_PERIOD = "reopen-period"
    ARCHIVE_PERIOD = "archive-period"
    INSPECT = "inspect"
    ACKNOWLEDGE_NOTE = "acknowledge-note"
    MAKE_ELECTRONIC = "make-electronic"
    CHECK_DATA = "check-data"
    REPAIR_DATA = "repair-data"
    KEEP_TIMETABLE = "keep-timetable"
    READ_TIMETABLE = "read-timetable"
    REQUEST_SUBSTITUTION = "request-substitution"
    MANAGE_SUBSTITUTIONS = "manage-substitutions"
    READ_SUBSTITUTIONS = "read-substitutions"
    READ_ATTENDANCE = "read-attendance"
    KEEP_DAILY_SHEET = "keep-daily-sheet"
    PROPOSE_EXCUSE = "propose-excuse"
    DECIDE_EXCUSE = "decide-excuse"
    RAISE_ALERTS = "raise-alerts"
    ACKNOWLEDGE_ALERT = "acknowledge-alert"
    PUBLISH_MARKS = "publish-marks"
    SIGN_DIARY = "sign-diary"
    ALLOW_GUARDIAN = "allow-guardian"
    COMPOSE_DIGEST = "compose-digest"
    SEND_PACKET = "send-packet"
    TAKE_PACKET = "take-packet"
    ROLL_OVER = "roll-over"
    MERGE_PEOPLE = "merge-people"
    APPROVE_REVISION = "approve-revision"
    APPLY_FOR_CORRECTION = "apply-for-correction"
    ORDER_CORRECTION = "order-correction"
    CONCLUDE_CORRECTION = "conclude-correction"
    READ_CORRECTIONS = "read-corrections"


class Reach(Enum):
    """Whose things an act touches: the actor's own, or another's."""

    OWN = "own"
    OTHER = "other"


_OWN = frozenset({Reach.OWN})
_ANY = frozenset({Reach.OWN, Reach.OTHER})
_AUTHORITIES = (Role.AUTHORITY_OBLAST, Role.AUTHORITY_RAION, Role.AUTHORITY_COMMUNITY)
OUTSIDE_SCHOOLS = frozenset({Role.MINISTRY, Role.TECH_ADMIN, *_AUTHORITIES})
"""The roles that are held above schools; the others are held in one school each."""

_HEADS = (Role.DIRECTOR, Role.DEPUTY)
_OFFICE = (*_HEADS, Role.SCHOOL_ADMIN)
_TEACHERS = (Role.SUBJECT_TEACHER, Role.CO_TEACHER, Role.SUBSTITUTE)


def _grant(reach: frozenset[Reach], *roles: Role) -> dict[Role, frozenset[Reach]]:
    return dict.fromkeys(roles, reach)


TABLE: Mapping[Action, Mapping[Role, frozenset[Reach]]] = {
    Action.RECEIVE_REQUEST: _grant(_ANY, Role.TECH_ADMIN),
    Action.DELIVER_LETTERS: _grant(_ANY, Role.TECH_ADMIN),
    Action.EXPIRE: _grant(_ANY, Role.TECH_ADMIN),
    Action.REVIEW_REQUESTS: _grant(_ANY, Role.TECH_ADMIN),
    Action.IMPORT_DIRECTORY: _grant(_ANY, Role.TECH_ADMIN),
    Action.CREATE_AUTHORITY: _grant(_ANY, Role.TECH_ADMIN) | _grant(_OWN, *_AUTHORITIES),
    Action.APPOINT: _grant(_ANY, Role.TECH_ADMIN) | _grant(_OWN, *_AUTHORITIES),
    Action.SEE_CONNECTIONS: _grant(_ANY, Role.MINISTRY, Role.TECH_ADMIN)
    | _grant(_OWN, *_AUTHORITIES),
    Action.PASS_ON_LETTER: _grant(_ANY, Role.MINISTRY) | _grant(_OWN, *_AUTHORITIES),
    Action.READ_LEDGER: _grant(_ANY, Role.TECH_ADMIN, Role.DIRECTOR, Role.DEPUTY, Role.INSPECTOR),
    Action.INVITE: _grant(_ANY, Role.TECH_ADMIN, Role.DIRECTOR, Role.SCHOOL_ADMIN),
    Action.RENEW_RIGHTS: _grant(_ANY, Role.TECH_ADMIN),
    Action.CHOOSE_JOURNAL_SYSTEM: _grant(_ANY, Role.DIRECTOR),
    Action.FOUND: _grant(_ANY, *_OFFICE),
    Action.KEEP_PEOPLE: _grant(_ANY, *_OFFICE) | _grant(_OWN, Role.CLASS_TEACHER),
    Action.ENROL: _grant(_ANY, *_OFFICE),
    Action.OPEN_JOURNAL: _grant(_ANY, *_OFFICE),
    Action.HOLD_LESSON: _grant(_OWN, *_TEACHERS),
    Action.GIVE_MARK: _grant(_OWN, *_TEACHERS),
    Action.IMPORT_MARKS: _grant(_ANY, *_OFFICE),
    Action.KEEP_ATTENDANCE: _grant(_OWN, Role.CLASS_TEACHER, *_TEACHERS),
    Action.READ_JOURNAL: _grant(_ANY, *_OFFICE, Role.INSPECTOR)
    | _grant(_OWN, Role.CLASS_TEACHER, *_TEACHERS, Role.API_CLIENT),
    Action.READ_DIARY: _grant(_ANY, *_HEADS, Role.INSPECTOR)
    | _grant(_OWN, Role.CLASS_TEACHER, Role.PUPIL, Role.PARENT),
    Action.READ_PEOPLE: _grant(_ANY, *_OFFICE, Role.INSPECTOR)
    | _grant(_OWN, Role.CLASS_TEACHER, *_TEACHERS, Role.API_CLIENT),
    Action.EXPORT: _grant(_ANY, *_OFFICE) | _grant(_OWN, *_TEACHERS, Role.API_CLIENT),
    Action.CLOSE_PERIOD: _grant(_ANY, *_HEADS),
    Action.REOPEN_PERIOD: _grant(_ANY, *_HEADS),
    Action.ARCHIVE_PERIOD: _grant(_ANY, Role.DIRECTOR),
    Action.INSPECT: _grant(_ANY, *_HEADS, Role.INSPECTOR),
    Action.ACKNOWLEDGE_NOTE: _grant(_OWN, Role.SUBJECT_TEACHER, Role.CO_TEACHER),
    Action.MAKE_ELECTRONIC: _grant(_ANY, Role.DIRECTOR),
    Action.CHECK_DATA: _grant(_ANY, *_OFFICE),
    Action.REPAIR_DATA: _grant(_ANY, *_HEADS),
    Action.KEEP_TIMETABLE: _grant(_ANY, *_OFFICE),
    Action.READ_TIMETABLE: _grant(_ANY, *_OFFICE, Role.INSPECTOR, Role.CLASS_TEACHER, *_TEACHERS)
    | _grant(_OWN, Role.API_CLIENT),
    Action.REQUEST_SUBSTITUTION: _grant(_ANY, *_OFFICE)
    | _grant(_OWN, Role.SUBJECT_TEACHER, Role.CO_TEACHER),
    Action.MANAGE_SUBSTITUTIONS: _grant(_ANY, *_OFFICE),
    Action.READ_SUBSTITUTIONS: _grant(_ANY, *_OFFICE, Role.INSPECTOR) | _grant(_OWN, *_TEACHERS),
    Action.READ_ATTENDANCE: _grant(_ANY, *_HEADS, Role.INSPECTOR)
    | _grant(_OWN, Role.CLASS_TEACHER),
    Action.KEEP_DAILY_SHEET: _grant(_OWN, Role.CLASS_TEACHER),
    Action.PROPOSE_EXCUSE: _grant(_OWN, Role.PARENT, Role.PUPIL),
    Action.DECIDE_EXCUSE: _grant(_OWN, Role.CLASS_TEACHER),
    Action.RAISE_ALERTS: _grant(_ANY, *_HEADS) | _grant(_OWN, Role.CLASS_TEACHER),
    Action.ACKNOWLEDGE_ALERT: _grant(_ANY, *_HEADS) | _grant(_OWN, Role.CLASS_TEACHER),
    Action.PUBLISH_MARKS: _grant(_OWN, *_TEACHERS),
    Action.SIGN_DIARY: _grant(_OWN, Role.PARENT),
    Action.ALLOW_GUARDIAN: _grant(_OWN, Role.PUPIL),
    Action.COMPOSE_DIGEST: _grant(_OWN, Role.PARENT),
    Action.SEND_PACKET: _grant(_ANY, *_OFFICE),
    Action.TAKE_PACKET: _grant(_ANY, *_OFFICE),
    Action.ROLL_OVER: _grant(_ANY, *_OFFICE),
    Action.MERGE_PEOPLE: _grant(_ANY, *_HEADS),
    Action.APPROVE_REVISION: _grant(_ANY, *_HEADS),
    Action.APPLY_FOR_CORRECTION: _grant(_ANY, *_OFFICE) | _grant(_OWN, Role.PARENT),
    Action.ORDER_CORRECTION: _grant(_ANY, Role.DIRECTOR),
    Action.CONCLUDE_CORRECTION: _grant(_ANY, *_HEADS) | _grant(_OWN, Role.SUBJECT_TEACHER),
    Action.READ_CORRECTIONS: _grant(_ANY, *_OFFICE, Role.INSPECTOR)
    | _grant(_OWN, Role.CLASS_TEACHER, Role.SUBJECT_TEACHER, Role.CO_TEACHER, Role.PARENT),
}

if unlisted := [action.value for action in Action if action not in TABLE]:
    raise ImportError(f"acts without a row in the permission table: {', '.join(unlisted)}")


@frozen
class Permission:
    """One row of the table."""

    role: Role
    action: Action
    reach: Reach
    allowed: bool


def permissions() -> Iterator[Permission]:
    """Yield every role × act × reach with its answer, denials included."""
    for action, roles in TABLE.items():
        for role in Role:
            for reach in Reach:
                yield Permission(role, action, reach, reach in roles.get(role, frozenset()))


def rights_of(role: Role) -> frozenset[Action]:
    """Return the acts that a newly made grant of this role carries (the letter, item 3).

    Grants that were made by an earlier release are brought up to it by `renew_rights`.
    """
    return frozenset(action for action, roles in TABLE.items() if role in roles)
