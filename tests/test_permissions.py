"""The permission table against a second telling of who may do what.

`OWN` and `OTHER` tell the same law role by role, from the columns «may» and «may not»; the table
tells it act by act.
"""

from __future__ import annotations

import pytest

from ejournal.model.permissions import (
    OUTSIDE_SCHOOLS,
    TABLE,
    Action,
    Permission,
    Reach,
    Role,
    permissions,
    rights_of,
)

SCHOOL_OFFICE = (
    "invite found keep-people enrol open-journal import-marks read-journal read-people export"
    " check-data"
    " keep-timetable read-timetable request-substitution manage-substitutions read-substitutions"
    " send-packet take-packet roll-over"
    " apply-for-correction read-corrections"
)
TEACHER = (
    "hold-lesson give-mark keep-attendance read-journal read-people export read-substitutions"
    " publish-marks"
)
OVERSIGHT = "read-attendance raise-alerts acknowledge-alert"
AUTHORITY = "create-authority appoint see-connections pass-on-letter"

OTHER: dict[Role, str] = {
    Role.MINISTRY: "see-connections pass-on-letter",
    Role.TECH_ADMIN: (
        "receive-request deliver-letters expire review-requests import-directory create-authority"
        " appoint see-connections read-ledger invite renew-rights"
    ),
    Role.AUTHORITY_OBLAST: "",
    Role.AUTHORITY_RAION: "",
    Role.AUTHORITY_COMMUNITY: "",
    Role.DIRECTOR: (
        f"{SCHOOL_OFFICE} read-ledger choose-journal-system read-diary close-period reopen-period"
        f" archive-period inspect make-electronic repair-data {OVERSIGHT} merge-people"
        " approve-revision order-correction conclude-correction"
    ),
    Role.DEPUTY: (
        "read-ledger found keep-people enrol open-journal import-marks read-journal read-people"
        " export read-diary close-period reopen-period inspect check-data repair-data"
        " keep-timetable read-timetable request-substitution manage-substitutions"
        f" read-substitutions {OVERSIGHT} send-packet take-packet roll-over merge-people"
        " approve-revision apply-for-correction conclude-correction read-corrections"
    ),
    Role.SCHOOL_ADMIN: SCHOOL_OFFICE,
    Role.CLASS_TEACHER: "read-timetable",
    Role.SUBJECT_TEACHER: "read-timetable",
    Role.CO_TEACHER: "read-timetable",
    Role.SUBSTITUTE: "read-timetable",
    Role.PUPIL: "",
    Role.PARENT: "",
    Role.INSPECTOR: (
        "read-ledger read-journal read-diary read-people inspect read-timetable read-substitutions"
        " read-attendance read-corrections"
    ),
    Role.API_CLIENT: "",
}

ONLY_OWN: dict[Role, str] = {
    Role.AUTHORITY_OBLAST: AUTHORITY,
    Role.AUTHORITY_RAION: AUTHORITY,
    Role.AUTHORITY_COMMUNITY: AUTHORITY,
    Role.CLASS_TEACHER: (
        "keep-people keep-attendance read-journal read-diary read-people keep-daily-sheet"
        f" decide-excuse {OVERSIGHT} read-corrections"
    ),
    Role.SUBJECT_TEACHER: (
        f"{TEACHER} acknowledge-note request-substitution conclude-correction read-corrections"
    ),
    Role.CO_TEACHER: f"{TEACHER} acknowledge-note request-substitution read-corrections",
    Role.SUBSTITUTE: TEACHER,
    Role.PUPIL: "read-diary propose-excuse allow-guardian",
    Role.PARENT: (
        "read-diary propose-excuse sign-diary compose-digest apply-for-correction read-corrections"
    ),
    Role.API_CLIENT: "read-journal read-people export read-timetable",
}

# Acts that change what a class journal says.
WRITING = frozenset({Action.HOLD_LESSON, Action.GIVE_MARK, Action.KEEP_ATTENDANCE})
TEACHING = frozenset({Role.SUBJECT_TEACHER, Role.CO_TEACHER, Role.SUBSTITUTE})


def acts(told: str) -> frozenset[Action]:
    return frozenset(map(Action, told.split()))


def allowed(role: Role, reach: Reach) -> frozenset[Action]:
    return frozenset(
        row.action
        for row in permissions()
        if (row.role, row.reach, row.allowed) == (role, reach, True)
    )


def who(action: Action, *reaches: Reach) -> frozenset[Role]:
    return frozenset(
        row.role
        for row in permissions()
        if row.action is action and row.allowed and row.reach in (reaches or tuple(Reach))
    )


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_just_this_to_what_is_anothers(role: Role) -> None:
    assert allowed(role, Reach.OTHER) == acts(OTHER[role])


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_just_this_to_what_is_its_own(role: Role) -> None:
    assert allowed(role, Reach.OWN) == acts(OTHER[role]) | acts(ONLY_OWN.get(role, ""))


def test_the_table_answers_for_every_role_act_and_reach_once() -> None:
    rows = [(row.role, row.action, row.reach) for row in permissions()]
    every = {(role, action, reach) for role in Role for action in Action for reach in Reach}
    assert len(rows) == len(every)
    assert set(rows) == every


def test_a_row_says_what_the_table_grants() -> None:
    rows = set(permissions())
    assert Permission(Role.CO_TEACHER, Action.GIVE_MARK, Reach.OWN, allowed=True) in rows
    assert Permission(Role.CO_TEACHER, Action.GIVE_MARK, Reach.OTHER, allowed=False) in rows


def test_whoever_may_do_it_to_anothers_may_do_it_to_their_own() -> None:
    for role in Role:
        assert allowed(role, Reach.OTHER) <= allowed(role, Reach.OWN)


@pytest.mark.parametrize("role", Role)
def test_a_new_grant_carries_just_what_the_table_gives_its_role(role: Role) -> None:
    assert rights_of(role) == allowed(role, Reach.OWN)


def test_every_act_can_be_done_by_somebody() -> None:
    assert [action for action in Action if not TABLE[action]] == []


def test_only_teachers_write_in_journals_and_only_in_their_own() -> None:
    assert who(Action.GIVE_MARK) == who(Action.HOLD_LESSON) == TEACHING
    assert who(Action.KEEP_ATTENDANCE) == TEACHING | {Role.CLASS_TEACHER}
    for action in WRITING:
        assert who(action, Reach.OTHER) == frozenset()


def test_marks_come_in_bulk_by_the_office_alone() -> None:
    office = {Role.DIRECTOR, Role.DEPUTY, Role.SCHOOL_ADMIN}
    assert who(Action.IMPORT_MARKS) == who(Action.IMPORT_MARKS, Reach.OTHER) == office


def test_nobody_outside_the_school_reads_marks_or_diaries() -> None:
    for action in (Action.READ_JOURNAL, Action.READ_DIARY, Action.READ_PEOPLE, Action.EXPORT):
        assert who(action) & OUTSIDE_SCHOOLS == frozenset()


def test_what_is_held_outside_schools() -> None:
    assert {role.value for role in OUTSIDE_SCHOOLS} == {
        "ministry",
        "tech-admin",
        "authority-oblast",
        "authority-raion",
        "authority-community",
    }


def test_an_administrator_of_the_school_reads_no_diaries() -> None:
    assert Action.READ_DIARY not in rights_of(Role.SCHOOL_ADMIN)


def test_requests_are_reviewed_by_the_institute_alone() -> None:
    assert who(Action.REVIEW_REQUESTS) == who(Action.IMPORT_DIRECTORY) == {Role.TECH_ADMIN}


def test_people_are_invited_by_the_head_the_administrator_and_the_institute() -> None:
    assert who(Action.INVITE) == {Role.DIRECTOR, Role.SCHOOL_ADMIN, Role.TECH_ADMIN}


def test_roles_are_brought_up_to_date_by_the_institute_and_never_by_who_holds_one() -> None:
    assert who(Action.RENEW_RIGHTS) == {Role.TECH_ADMIN}


def test_an_api_client_only_reads() -> None:
    assert rights_of(Role.API_CLIENT) == {
        Action.READ_JOURNAL,
        Action.READ_PEOPLE,
        Action.EXPORT,
        Action.READ_TIMETABLE,
    }


def test_rule_089_an_inspector_writes_nothing_in_a_journal() -> None:
    assert rights_of(Role.INSPECTOR) & WRITING == frozenset()


def test_rule_090_a_teacher_writes_in_no_other_teachers_journal() -> None:
    for role in TEACHING:
        assert allowed(role, Reach.OTHER) == {Action.READ_TIMETABLE}


def test_rule_091_a_parent_and_a_pupil_read_one_diary_each_and_nothing_else() -> None:
    assert rights_of(Role.PUPIL) == {
        Action.READ_DIARY,
        Action.PROPOSE_EXCUSE,
        Action.ALLOW_GUARDIAN,
    }
    assert rights_of(Role.PARENT) == {
        Action.READ_DIARY,
        Action.PROPOSE_EXCUSE,
        Action.SIGN_DIARY,
        Action.COMPOSE_DIGEST,
        Action.APPLY_FOR_CORRECTION,
        Action.READ_CORRECTIONS,
    }
    for role in (Role.PARENT, Role.PUPIL):
        assert allowed(role, Reach.OTHER) == frozenset()


def test_rule_093_the_choice_of_the_journal_system_is_the_heads_alone() -> None:
    assert who(Action.CHOOSE_JOURNAL_SYSTEM) == {Role.DIRECTOR}


def test_rule_094_an_authority_acts_on_what_is_beneath_it_alone() -> None:
    for role in OUTSIDE_SCHOOLS - {Role.MINISTRY, Role.TECH_ADMIN}:
        assert allowed(role, Reach.OTHER) == frozenset()
