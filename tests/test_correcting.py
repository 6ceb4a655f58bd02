"""Marks that stand: changed with a kind and a reason, by proposal, or by the procedure of № 496."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotAllowedHere,
    Refusal,
    Stale,
    WrongState,
)
from ejournal.ids import (
    AccountId,
    ColumnId,
    CorrectionId,
    GuardianId,
    IdMaker,
    JournalId,
    ProposalId,
    PupilId,
    StaffId,
    spell_id,
)
from ejournal.model.access import Actor, System
from ejournal.model.calendar import Period
from ejournal.model.correcting import (
    CommissionOrder,
    CorrectingPolicy,
    CorrectionRequest,
    CorrectionState,
    MarkRevision,
    ProposalState,
    RevisionKind,
    RevisionProposal,
    below_corrected,
    raises,
)
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Column, ColumnKind, Mark, MarkKey
from ejournal.model.marks import VOCABULARY, Credit, Final, Grade, Level, MarkValue, Sign, label_of
from ejournal.model.page import Cell
from ejournal.model.people import Relation
from ejournal.model.permissions import Role
from ejournal.model.publishing import Publishing, PublishRule, PublishWhen, RoleRule
from ejournal.model.transfers import PriorMarkChange
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.store.packets import read_packet
from ejournal.usecases.assessing import decide_final, explain_final
from ejournal.usecases.correcting import (
    apply_for_correction,
    approve_revision,
    conclude_correction,
    correction_requests,
    decline_correction,
    decline_revision,
    order_correction,
    propose_revision,
    proposed_revisions,
    requests_about,
    revise_mark,
    withdraw_correction,
)
from ejournal.usecases.exporting import export_marks
from ejournal.usecases.founding import add_guardian
from ejournal.usecases.importing import begin_import, import_marks
from ejournal.usecases.marking import give_mark
from ejournal.usecases.publishing import publish_column
from ejournal.usecases.reading import (
    MarkChange,
    diary_week,
    journal_page,
    mark_history,
    means_of_school,
    pupil_page,
)
from ejournal.usecases.teaching import add_column, hold_lesson, strike_column
from ejournal.usecases.transferring import send_packet

KYIV = ZoneInfo("Europe/Kyiv")
AT = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
ADA, MAIN, SECOND = PupilId(1), StaffId(5), StaffId(6)
DATED = Column(ColumnId(3), JournalId(2), ColumnKind.TEST, day=MONDAY)
SEMESTER = Column(ColumnId(4), JournalId(2), ColumnKind.SEMESTER)
SEVEN = DATED.mark(ADA, Grade(7), "добре", MAIN, AT)
DUE = SEMESTER.mark(ADA, Grade(7), "", MAIN, AT)
BETTER = MarkRevision(RevisionKind.RETAKE, "перескладено", Grade(9), "усно")
MISTAKE = MarkRevision(RevisionKind.CORRECTION, "помилка запису", Grade(8))
VOID = MarkRevision(RevisionKind.VOID, "не той учень")


# Revisions


@pytest.mark.parametrize("kind", [each for each in RevisionKind if each is not RevisionKind.VOID])
def test_a_revision_replaces_the_value_by_whoever_makes_it(kind: RevisionKind) -> None:
    revision = MarkRevision(kind, "є причина", Grade(9), "усно")
    assert revision.of(SEVEN, DATED, SECOND, AT + DAY) == evolve(
        SEVEN, value=Grade(9), comment="усно", author=SECOND, given_at=AT + DAY
    )


def test_a_void_mark_keeps_its_value_and_is_revised_no_more() -> None:
    void = VOID.of(SEVEN, DATED, SECOND, AT + DAY)
    assert void == evolve(SEVEN, author=SECOND, given_at=AT + DAY, void=True)
    for revision in (VOID, MISTAKE):
        with pytest.raises(WrongState) as refused:
            revision.of(void, DATED, MAIN, AT)
        assert refused.value.args == ("mark", "void", revision.kind.value)


def test_a_mark_in_the_place_of_a_void_one_stands() -> None:
    given = SEVEN.voided(SECOND, AT).changed(Grade(3), "", MAIN, AT + DAY)
    assert given == evolve(SEVEN, value=Grade(3), comment="", given_at=AT + DAY)


def test_each_kind_of_revision_has_a_word_of_its_own() -> None:
    assert len({kind.label for kind in RevisionKind}) == len(RevisionKind)


@pytest.mark.parametrize(
    ("kind", "reason", "value", "refused"),
    [
        (RevisionKind.CORRECTION, " ", Grade(7), Invalid("reason", "", "absent", personal=True)),
        (RevisionKind.VOID, "", None, Invalid("reason", "", "absent", personal=True)),
        (RevisionKind.RETAKE, "так", None, Invalid("value", "", "absent")),
        (RevisionKind.VOID, "так", Grade(7), Invalid("value", "7", "pattern")),
    ],
)
def test_a_revision_says_why_and_to_what(
    kind: RevisionKind, reason: str, value: MarkValue | None, refused: Invalid
) -> None:
    with pytest.raises(Invalid) as caught:
        MarkRevision(kind, reason, value)
    assert caught.value == refused


@pytest.mark.parametrize(
    "kind",
    [
        ColumnKind.THEMATIC,
        ColumnKind.SEMESTER,
        ColumnKind.ANNUAL,
    ],
)
def test_rule_036_what_sums_up_is_not_raised_by_a_retake_but_a_slip_is_put_right(
    kind: ColumnKind,
) -> None:
    column = Column(ColumnId(4), JournalId(2), kind)
    mark = column.mark(ADA, Grade(7), "", MAIN, AT)
    for revision in (BETTER, MarkRevision(RevisionKind.ADJUSTMENT, "перегляд", Grade(9))):
        with pytest.raises(NotAllowedHere) as refused:
            revision.of(mark, column, MAIN, AT)
        assert refused.value == NotAllowedHere(kind.label, "sums-up")
    assert MISTAKE.of(mark, column, MAIN, AT).value == Grade(8)
    assert VOID.of(mark, column, MAIN, AT).void


def test_what_a_commission_found_is_made_void_and_not_overwritten() -> None:
    beside = SEMESTER.corrected(ColumnId(9))
    found = beside.mark(ADA, Grade(8), "", MAIN, AT)
    with pytest.raises(NotAllowedHere) as refused:
        MISTAKE.of(found, beside, MAIN, AT)
    assert refused.value == NotAllowedHere("Скоригована", "only-by-request")
    assert VOID.of(found, beside, MAIN, AT).void


# Plain changes

NIGHT = datetime(2026, 9, 7, 20, 59, 59, 999_000, tzinfo=UTC)
"""The last millisecond of the day in Kyiv."""


@pytest.mark.parametrize(
    ("policy", "author", "at", "reason", "why"),
    [
        (CorrectingPolicy(), MAIN, NIGHT, "", None),
        (CorrectingPolicy(), MAIN, NIGHT + timedelta(milliseconds=1), "", "needs-reason"),
        (CorrectingPolicy(), MAIN, NIGHT + DAY, "за рішенням", None),
        (CorrectingPolicy(), MAIN, NIGHT + DAY, " ", "needs-reason"),
        (CorrectingPolicy(), SECOND, AT, "", "needs-approval"),
        (CorrectingPolicy(), SECOND, AT, "за рішенням", "needs-approval"),
        (CorrectingPolicy(), None, AT, "", "needs-approval"),
        (CorrectingPolicy(plain_same_day=False), MAIN, AT, "", "needs-reason"),
        (CorrectingPolicy(plain_same_day=False), MAIN, AT, "за рішенням", None),
    ],
)
def test_rule_029_the_author_changes_a_mark_without_a_reason_on_its_day_or_never(
    policy: CorrectingPolicy, author: StaffId | None, at: datetime, reason: str, why: str | None
) -> None:
    def admit(standing: Mark | None) -> None:
        policy.admit(standing, author, at.astimezone(KYIV).date(), KYIV, reason)

    admit(None)
    admit(SEVEN.voided(SECOND, AT))
    if why is None:
        admit(SEVEN)
    else:
        with pytest.raises(NotAllowedHere) as refused:
            admit(SEVEN)
        assert refused.value.why == why


def test_a_mark_that_nobody_by_name_gave_is_nobodys_own() -> None:
    imported = evolve(SEVEN, author=None)
    with pytest.raises(NotAllowedHere) as refused:
        imported.given_by(None)
    assert refused.value.why == "needs-approval"


# Proposals

PROPOSAL = RevisionProposal(ProposalId(8), *SEVEN.key, 3, BETTER, SECOND, AT)
HEAD = AccountId(70)


def test_a_proposal_is_decided_once() -> None:
    approved = PROPOSAL.approved(HEAD, AT + DAY)
    declined = PROPOSAL.declined(HEAD, AT + DAY, "Немає підстав")
    assert approved == evolve(
        PROPOSAL, state=ProposalState.APPROVED, decided_by=HEAD, decided_at=AT + DAY
    )
    assert declined == evolve(approved, state=ProposalState.DECLINED, answer="Немає підстав")
    for decided in (approved, declined):
        with pytest.raises(WrongState) as refused:
            decided.approved(HEAD, AT)
        assert refused.value.args == ("revision_proposal", decided.state.value, "approve")
        with pytest.raises(WrongState):
            decided.declined(HEAD, AT, "")


def test_one_proposal_about_a_mark_waits_at_a_time() -> None:
    other = evolve(PROPOSAL, id=ProposalId(9))
    elsewhere = evolve(PROPOSAL, pupil=PupilId(2))
    assert other.beside([elsewhere, PROPOSAL.declined(HEAD, AT, "")]) is other
    with pytest.raises(Duplicate) as refused:
        other.beside([PROPOSAL])
    assert refused.value.args == ("revision_proposal", ("journal", "column", "pupil"), (8,))


# What is better

UP = [Grade(1), Grade(7), Grade(12)], list(Level), [Credit.NOT_CREDITED, Credit.CREDITED]


@pytest.mark.parametrize("scale", UP)
def test_rule_041_only_what_stands_higher_on_its_scale_is_better(scale: list[MarkValue]) -> None:
    for place, standing in enumerate(scale):
        assert [raises(standing, result) for result in scale] == [
            other > place for other in range(len(scale))
        ]
        assert not raises(standing, Final.NOT_ATTESTED)


def test_any_result_is_better_than_not_attested_but_what_is_no_result() -> None:
    better = {value for value in VOCABULARY if _raises_from_nothing(value)}
    assert better == {*map(Grade, range(1, 13)), *Level, Credit.CREDITED}
    assert not raises(Final.NOT_ATTESTED, Final.NOT_ATTESTED)
    assert not raises(Final.NOT_ATTESTED, Credit.NOT_CREDITED)


def _raises_from_nothing(value: MarkValue) -> bool:
    try:
        return raises(Final.NOT_ATTESTED, value)
    except Invalid:
        return False


@pytest.mark.parametrize("result", [Level.HIGH, Credit.CREDITED, Sign.EXEMPT, Final.STUDIED])
def test_a_result_on_another_scale_is_not_compared(result: MarkValue) -> None:
    with pytest.raises(Invalid) as refused:
        raises(Grade(7), result)
    assert (refused.value.field, refused.value.reason) == ("mark", "scale")


# The procedure by itself

ORDER = CommissionOrder(
    "31-к", date(2026, 9, 8), StaffId(1), StaffId(2), MAIN, (date(2026, 9, 9), date(2026, 9, 10))
)
REQUEST = CorrectionRequest(
    CorrectionId(3), *DUE.key, Grade(7), GuardianId(4), AT, "хворіла у вересні"
)
LAST = date(2026, 9, 10)


@pytest.mark.parametrize(
    ("policy", "days", "accepted"),
    [
        (CorrectingPolicy(), 0, True),
        (CorrectingPolicy(), 3, True),
        (CorrectingPolicy(), 4, False),
        (CorrectingPolicy(application_days=5), 5, True),
        (CorrectingPolicy(application_days=0), 1, False),
    ],
)
def test_rule_042_an_application_is_accepted_within_three_days_of_the_mark(
    policy: CorrectingPolicy, days: int, accepted: bool
) -> None:
    today = MONDAY + days * DAY
    if accepted:
        policy.admit_application(SEMESTER, DUE, today, KYIV)
    else:
        with pytest.raises(NotAllowedHere) as refused:
            policy.admit_application(SEMESTER, DUE, today, KYIV)
        last = MONDAY + policy.application_days * DAY
        assert refused.value == NotAllowedHere(f"{today} ({last})", "time-is-up")


def test_rule_042_the_day_of_the_mark_is_that_of_the_schools() -> None:
    late = evolve(DUE, given_at=NIGHT + timedelta(milliseconds=1))
    CorrectingPolicy().admit_application(SEMESTER, late, MONDAY + 4 * DAY, KYIV)
    with pytest.raises(NotAllowedHere):
        CorrectingPolicy().admit_application(
            SEMESTER, evolve(DUE, given_at=NIGHT), MONDAY + 4 * DAY, KYIV
        )


@pytest.mark.parametrize(
    "kind", [each for each in ColumnKind if each not in {ColumnKind.SEMESTER, ColumnKind.ANNUAL}]
)
def test_rule_036_no_mark_but_that_of_a_term_is_corrected(kind: ColumnKind) -> None:
    group = 1 if kind is ColumnKind.RESULT_GROUP else None
    day = MONDAY if kind.is_dated else None
    column = Column(ColumnId(4), JournalId(2), kind, day=day, group=group)
    mark = column.mark(ADA, Grade(7), "", MAIN, AT)
    for policy in (CorrectingPolicy(), CorrectingPolicy(allow_annual_correction=True)):
        with pytest.raises(NotAllowedHere) as refused:
            policy.admit_application(column, mark, MONDAY, KYIV)
        assert refused.value == NotAllowedHere(column.heading, "not-corrected")


def test_rule_046_the_annual_mark_is_corrected_where_the_switch_says_so() -> None:
    annual = Column(ColumnId(4), JournalId(2), ColumnKind.ANNUAL)
    mark = annual.mark(ADA, Grade(7), "", MAIN, AT)
    with pytest.raises(NotAllowedHere) as refused:
        CorrectingPolicy().admit_application(annual, mark, MONDAY, KYIV)
    assert refused.value == NotAllowedHere("Річна", "not-corrected")
    CorrectingPolicy(allow_annual_correction=True).admit_application(annual, mark, MONDAY, KYIV)


def test_rule_044_not_attested_may_be_corrected_and_exempt_or_void_may_not() -> None:
    policy = CorrectingPolicy()
    nothing = evolve(DUE, value=Final.NOT_ATTESTED)
    policy.admit_application(SEMESTER, nothing, MONDAY, KYIV)
    with pytest.raises(NotAllowedHere) as refused:
        policy.admit_application(SEMESTER, evolve(DUE, value=Sign.EXEMPT), MONDAY, KYIV)
    assert refused.value == NotAllowedHere("зв", "not-corrected")
    with pytest.raises(WrongState):
        policy.admit_application(SEMESTER, DUE.voided(MAIN, AT), MONDAY, KYIV)


@pytest.mark.parametrize("reason", ["", " \n"])
def test_rule_043_an_application_gives_its_reason(reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        evolve(REQUEST, reason=reason)
    assert refused.value == Invalid("reason", "", "absent", personal=True)


def test_a_request_goes_from_the_application_to_the_result() -> None:
    ordered = REQUEST.ordered(ORDER, KYIV)
    assert ordered == evolve(REQUEST, state=CorrectionState.ORDERED, commission=ORDER)
    concluded = ordered.concluded(DUE, Grade(8), LAST, AT + 3 * DAY)
    assert concluded == evolve(
        ordered, state=CorrectionState.CONCLUDED, result=Grade(8), concluded_at=AT + 3 * DAY
    )
    assert (ordered.is_raised, concluded.is_raised) == (False, True)
    assert not ordered.concluded(DUE, Grade(7), LAST, AT).is_raised
    assert REQUEST.declined("Запізно") == evolve(
        REQUEST, state=CorrectionState.DECLINED, answer="Запізно"
    )
    for each in (REQUEST, ordered):
        assert each.withdrawn(System("test")) == evolve(each, state=CorrectionState.WITHDRAWN)


def test_a_result_is_compared_with_the_mark_as_it_stands_by_then() -> None:
    ordered = REQUEST.ordered(ORDER, KYIV)
    concluded = ordered.concluded(evolve(DUE, value=Grade(9)), Grade(8), LAST, AT)
    assert (concluded.standing, concluded.is_raised) == (Grade(9), False)
    with pytest.raises(WrongState) as refused:
        ordered.concluded(DUE.voided(MAIN, AT), Grade(8), LAST, AT)
    assert refused.value.args == ("mark", "void", "conclude")


def test_a_request_takes_no_step_out_of_turn() -> None:
    ordered = REQUEST.ordered(ORDER, KYIV)
    concluded = ordered.concluded(DUE, Grade(8), LAST, AT)
    over = [concluded, REQUEST.declined("ні"), REQUEST.withdrawn(System("test"))]
    may = {
        "order": [REQUEST],
        "decline": [REQUEST],
        "withdraw": [REQUEST, ordered],
        "conclude": [ordered],
    }
    steps: dict[str, Callable[[CorrectionRequest], object]] = {
        "order": lambda each: each.ordered(ORDER, KYIV),
        "decline": lambda each: each.declined("ні"),
        "withdraw": lambda each: each.withdrawn(System("test")),
        "conclude": lambda each: each.concluded(DUE, Grade(8), LAST, AT),
    }
    for command, step in steps.items():
        for each in [REQUEST, ordered, *over]:
            if each in may[command]:
                step(each)
            else:
                with pytest.raises(WrongState) as refused:
                    step(each)
                assert refused.value == WrongState("correction_request", each.state.value, command)


def test_a_result_is_on_the_scale_of_the_mark() -> None:
    with pytest.raises(Invalid) as refused:
        REQUEST.ordered(ORDER, KYIV).concluded(DUE, Level.INITIAL, LAST, AT)
    assert refused.value == Invalid("mark", "initial", "scale")


def test_the_result_is_entered_on_the_last_day_of_the_schedule_at_the_earliest() -> None:
    with pytest.raises(NotAllowedHere) as refused:
        REQUEST.ordered(ORDER, KYIV).concluded(DUE, Grade(8), LAST - DAY, AT)
    assert refused.value == NotAllowedHere("2026-09-09 (2026-09-10)", "not-sat-yet")


def test_a_second_request_about_a_mark_waits_for_no_or_for_a_withdrawal() -> None:
    other = evolve(REQUEST, id=CorrectionId(4))
    ordered = REQUEST.ordered(ORDER, KYIV)
    elsewhere = evolve(REQUEST, pupil=PupilId(2))
    over = [REQUEST.declined("ні"), REQUEST.withdrawn(System("test"))]
    assert other.beside([*over, elsewhere]) is other
    for each in (REQUEST, ordered, ordered.concluded(DUE, Grade(7), LAST, AT)):
        with pytest.raises(Duplicate) as refused:
            other.beside([each])
        assert refused.value.args == ("correction_request", ("column", "pupil"), (3,))


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"number": " "}, Invalid("number", " ", "absent")),
        ({"schedule": ()}, Invalid("schedule", "", "absent")),
        (
            {"schedule": (date(2026, 9, 7),)},
            Invalid("schedule", "2026-09-07", "order"),
        ),
        (
            {"schedule": (date(2026, 9, 10), date(2026, 9, 9))},
            Invalid("schedule", "2026-09-10, 2026-09-09", "order"),
        ),
        ({"methodist": StaffId(1)}, NotAllowedHere("31-к", "sits-twice")),
        ({"teacher": StaffId(2)}, NotAllowedHere("31-к", "sits-twice")),
        ({"chair": MAIN}, NotAllowedHere("31-к", "sits-twice")),
    ],
)
def test_rule_045_an_order_names_three_people_and_days_behind_it(
    change: dict[str, object], refused: Refusal
) -> None:
    with pytest.raises(type(refused)) as caught:
        evolve(ORDER, **change)  # type: ignore[arg-type]
    assert caught.value == refused


# In a school


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


def in_memory(policy: CorrectingPolicy | None = None, clock: Clock | None = None) -> SmallSchool:
    policies = Policies(correcting=policy or CorrectingPolicy())
    return furnished(MemoryStore(clock=clock or Clock(), ids=IdMaker(), policies=policies))


@pytest.fixture
def memory() -> SmallSchool:
    """The same school in memory, for what no storage makes a difference to."""
    return in_memory()


def teacher_of(school: SmallSchool) -> Actor:
    return school.actor(Role.SUBJECT_TEACHER, school.things.main.id)


def second_of(school: SmallSchool) -> Actor:
    return school.actor(Role.CO_TEACHER, school.things.second.id)


def lesson_column(school: SmallSchool, teacher: Actor, pupil: PupilId, value: MarkValue) -> Mark:
    def give(unit: SchoolUnit) -> Mark:
        lesson = hold_lesson(unit, school.things.journal.id, day=MONDAY, bell=1)
        (column,) = unit.columns.of_lesson(lesson.id)
        return give_mark(unit, column.id, pupil=pupil, value=value)

    return school.run(teacher, give)


def term_mark(school: SmallSchool, teacher: Actor, value: MarkValue) -> Mark:
    column = school.run(teacher, add_column, school.things.journal.id, ColumnKind.SEMESTER)
    return school.run(teacher, give_mark, column.id, pupil=school.things.ada.id, value=value)


def page_cells(school: SmallSchool) -> list[tuple[str, list[Cell]]]:
    with school.store.reading(ID, school.actor(Role.DIRECTOR)) as unit:
        page = journal_page(unit, school.things.journal.id)
    return [
        (column.column.heading, [row.cells[place] for row in page.rows])
        for place, column in enumerate(page.columns)
    ]


def stored(school: SmallSchool, key: MarkKey) -> Mark | None:
    with school.store.reading(ID, school.admin) as unit:
        return unit.marks.find(key)


def test_the_author_revises_a_mark_and_makes_it_void(school: SmallSchool, clock: Clock) -> None:
    teacher, ada = teacher_of(school), school.things.ada.id
    given = lesson_column(school, teacher, ada, Grade(7))
    clock.move(2 * DAY)
    raised = school.run(
        teacher,
        revise_mark,
        given.column,
        pupil=ada,
        revision=BETTER,
        expected=given.version,
    )
    assert raised == evolve(
        given, value=Grade(9), comment="усно", given_at=clock.now, version=raised.version
    )
    void = school.run(teacher, revise_mark, given.column, pupil=ada, revision=VOID)
    assert void == evolve(raised, void=True, version=void.version)
    assert stored(school, given.key) == void
    assert page_cells(school) == [("Поточна", [Cell(), Cell(), Cell(void=void)])]
    assert school.events()[-2:] == ["mark-revised", "mark-revised"]
    revised, voided = (each for each in school.store.entries(ID) if each.event == "mark-revised")
    told = ("kind", "old", "new", "approved_by")
    assert [revised.data[name] for name in told] == ["retake", "7", "9", None]
    assert [voided.data[name] for name in told] == ["void", "9", None, None]
    with school.store.reading(ID, school.admin) as unit:
        assert means_of_school(unit) == {}
        assert list(unit.marks.of_journal(given.journal)) == []
        assert list(unit.marks.kept_in(given.journal)) == [void]
    again = school.run(teacher, give_mark, given.column, pupil=ada, value=Grade(4))
    assert (again.void, again.value, school.events()[-1]) == (False, Grade(4), "mark-given")


def test_rule_030_anothers_mark_is_changed_by_a_proposal_that_the_head_approves(
    school: SmallSchool, clock: Clock
) -> None:
    teacher, second, ada = teacher_of(school), second_of(school), school.things.ada.id
    head = school.actor(Role.DEPUTY)
    given = lesson_column(school, teacher, ada, Grade(7))
    with pytest.raises(NotAllowedHere) as refused:
        school.run(second, revise_mark, given.column, pupil=ada, revision=BETTER)
    assert refused.value.why == "needs-approval"
    proposed = school.run(second, propose_revision, given.column, pupil=ada, revision=BETTER)
    assert proposed == RevisionProposal(
        proposed.id,
        *given.key,
        given.version,
        BETTER,
        school.things.second.id,
        clock.now,
        version=proposed.version,
    )
    assert stored(school, given.key) == given
    with school.store.reading(ID, head) as unit:
        assert proposed_revisions(unit) == (proposed,)
    with pytest.raises(Forbidden):
        school.run(second, approve_revision, proposed.id)
    clock.move(DAY)
    changed = school.run(head, approve_revision, proposed.id)
    assert changed == evolve(
        given,
        value=Grade(9),
        comment="усно",
        given_at=clock.now,
        version=changed.version,
    )
    with pytest.raises(NotAllowedHere) as refused:
        school.run(second, give_mark, given.column, pupil=ada, value=Grade(12))
    assert refused.value.why == "needs-approval"
    with school.store.reading(ID, head) as unit:
        decided = unit.revision_proposals.get(proposed.id)
        (change, _) = mark_history(unit, given.key)
        assert proposed_revisions(unit) == ()
    assert decided == evolve(proposed.approved(head.account, clock.now), version=decided.version)
    assert change == MarkChange(
        *(clock.now, school.things.second.id, Grade(7), Grade(9), "усно"),
        kind=RevisionKind.RETAKE,
        reason="перескладено",
        approved_by=head.account,
    )
    with pytest.raises(WrongState):
        school.run(head, approve_revision, proposed.id)


def test_rule_030_a_proposal_that_is_declined_leaves_the_mark(memory: SmallSchool) -> None:
    teacher, second, ada = teacher_of(memory), second_of(memory), memory.things.ada.id
    given = lesson_column(memory, teacher, ada, Grade(7))
    proposed = memory.run(second, propose_revision, given.column, pupil=ada, revision=VOID)
    with pytest.raises(Duplicate):
        memory.run(second, propose_revision, given.column, pupil=ada, revision=BETTER)
    head = memory.actor(Role.DIRECTOR)
    declined = memory.run(head, decline_revision, proposed.id, "Учень той")
    assert (declined.state, declined.answer) == (ProposalState.DECLINED, "Учень той")
    assert stored(memory, given.key) == given
    assert memory.events()[-1] == "revision-declined"
    memory.run(second, propose_revision, given.column, pupil=ada, revision=BETTER)


def test_a_proposal_about_a_mark_that_was_changed_since_is_not_approved(
    memory: SmallSchool,
) -> None:
    teacher, second, ada = teacher_of(memory), second_of(memory), memory.things.ada.id
    given = lesson_column(memory, teacher, ada, Grade(7))
    proposed = memory.run(second, propose_revision, given.column, pupil=ada, revision=BETTER)
    now = memory.run(teacher, revise_mark, given.column, pupil=ada, revision=MISTAKE)
    with pytest.raises(Stale) as refused:
        memory.run(memory.actor(Role.DIRECTOR), approve_revision, proposed.id)
    assert refused.value == Stale("mark", tuple(given.key), now, BETTER)


def test_a_revision_is_under_the_rules_of_the_class(memory: SmallSchool) -> None:
    teacher, second, ada = teacher_of(memory), second_of(memory), memory.things.ada.id
    given = lesson_column(memory, teacher, ada, Grade(7))
    letter = MarkRevision(RevisionKind.CORRECTION, "літера", Level.HIGH)
    for actor, act in ((teacher, revise_mark), (second, propose_revision)):
        with pytest.raises(NotAllowedHere) as refused:
            memory.run(actor, act, given.column, pupil=ada, revision=letter)
        assert refused.value.why == "not-under-these-rules"


def test_where_no_mark_stands_there_is_nothing_to_revise(memory: SmallSchool) -> None:
    teacher, things = teacher_of(memory), memory.things
    given = lesson_column(memory, teacher, things.ada.id, Grade(7))
    with pytest.raises(Missing):
        memory.run(teacher, revise_mark, given.column, pupil=things.lev.id, revision=VOID)


def test_a_void_mark_is_not_taken_in_from_a_file_and_keeps_its_place(memory: SmallSchool) -> None:
    teacher, ada = teacher_of(memory), memory.things.ada.id
    given = lesson_column(memory, teacher, ada, Grade(7))
    memory.run(teacher, revise_mark, given.column, pupil=ada, revision=VOID)

    def exported(unit: SchoolUnit) -> list[str]:
        return b"".join(export_marks(unit)).decode().splitlines(keepends=True)

    lines = memory.run(memory.admin, exported)
    assert lines[1].endswith(",true\r\n")
    taking = memory.run(memory.admin, begin_import, "інший журнал")
    result = import_marks(memory.store, ID, memory.admin, taking.id, lines)
    assert result.refusals == ((2, NotAllowedHere("mark", "void")),)
    standing = [line.replace(",true\r\n", ",false\r\n") for line in lines]
    taking = memory.run(memory.admin, begin_import, "інший журнал")
    result = import_marks(memory.store, ID, memory.admin, taking.id, standing)
    assert result.refusals == ((2, Duplicate("mark", ("journal", "column", "pupil"), given.key)),)


# The procedure in a school


def commission(school: SmallSchool, day: date) -> CommissionOrder:
    things = school.things
    return CommissionOrder(
        "31-к",
        day,
        things.second.id,
        things.third.id,
        things.main.id,
        (day, day + DAY),
    )


def test_rule_040_a_semester_column_has_its_corrected_one_from_the_start(
    school: SmallSchool,
) -> None:
    teacher = teacher_of(school)
    journal = school.things.journal.id
    annual = school.run(teacher, add_column, journal, ColumnKind.ANNUAL)
    semester = school.run(teacher, add_column, journal, ColumnKind.SEMESTER)
    assert [heading for heading, _ in page_cells(school)] == ["Семестрова", "Скоригована", "Річна"]
    with school.store.reading(ID, school.admin) as unit:
        (beside,) = (each for each in unit.columns.of_journal(journal) if each.corrects)
    assert beside == evolve(semester.corrected(beside.id), version=beside.version)
    with pytest.raises(NotAllowedHere) as refused:
        school.run(teacher, add_column, journal, ColumnKind.CORRECTED)
    assert refused.value.why == "beside-another"
    with pytest.raises(NotAllowedHere) as refused:
        school.run(teacher, strike_column, beside.id, "зайва")
    assert refused.value.why == "beside-another"
    with pytest.raises(NotAllowedHere) as refused:
        school.run(teacher, give_mark, beside.id, pupil=school.things.ada.id, value=Grade(8))
    assert refused.value.why == "only-by-request"
    school.run(teacher, strike_column, semester.id, "не той семестр")
    assert [heading for heading, _ in page_cells(school)] == ["Річна"]
    assert annual.kind is ColumnKind.ANNUAL


def test_rule_040_the_procedure_puts_a_better_mark_beside_the_semester_one(
    school: SmallSchool, clock: Clock
) -> None:
    teacher, things = teacher_of(school), school.things
    parent = school.actor(Role.PARENT, things.mother.id)
    director = school.actor(Role.DIRECTOR)
    school.actor(Role.DEPUTY, things.second.id)
    mark = term_mark(school, teacher, Grade(7))
    clock.move(3 * DAY)
    request = school.run(
        parent, apply_for_correction, mark.column, pupil=things.ada.id, reason="хворіла"
    )
    assert request == CorrectionRequest(
        request.id,
        *mark.key,
        Grade(7),
        things.mother.id,
        clock.now,
        "хворіла",
        version=request.version,
    )
    order = commission(school, clock.now.date())
    ordered = school.run(director, order_correction, request.id, order)
    assert (ordered.state, ordered.commission) == (CorrectionState.ORDERED, order)
    clock.move(DAY)
    concluded = school.run(teacher, conclude_correction, request.id, Grade(9))
    assert (concluded.state, concluded.result) == (CorrectionState.CONCLUDED, Grade(9))
    with school.store.reading(ID, director) as unit:
        assert correction_requests(unit, mark.journal) == (concluded,)
        (_, better) = unit.marks.of_journal(mark.journal)
    assert better == Mark(
        *(mark.journal, better.column, things.ada.id, None, Grade(9), "", things.main.id),
        clock.now,
        version=better.version,
    )
    assert page_cells(school) == [
        ("Семестрова", [Cell(), Cell(), Cell(mark)]),
        ("Скоригована", [Cell(), Cell(), Cell(better)]),
    ]
    assert school.events()[-3:] == [
        "correction-applied-for",
        "correction-ordered",
        "correction-concluded",
    ]


@pytest.mark.parametrize("result", [Grade(7), Grade(6), Final.NOT_ATTESTED])
def test_rule_041_a_mark_that_was_not_raised_stands_nowhere(
    result: MarkValue,
) -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    teacher, director = teacher_of(school), school.actor(Role.DIRECTOR)
    school.actor(Role.DIRECTOR, school.things.second.id)
    mark = term_mark(school, teacher, Grade(7))
    request = applied(school, mark)
    school.run(director, order_correction, request.id, commission(school, clock.now.date()))
    clock.move(DAY)
    concluded = school.run(director, conclude_correction, request.id, result)
    assert (concluded.result, concluded.is_raised) == (result, False)
    with school.store.reading(ID, director) as unit:
        assert list(unit.marks.all()) == [mark]
    assert school.store.entries(ID)[-1].data["is_raised"] is False


def applied(school: SmallSchool, mark: Mark, reason: str = "хворіла") -> CorrectionRequest:
    return school.run(
        school.admin,
        apply_for_correction,
        mark.column,
        pupil=mark.pupil,
        reason=reason,
        applicant=school.things.mother.id,
    )


def test_rule_042_the_head_takes_no_application_on_the_fourth_day() -> None:
    clock = Clock(datetime(2026, 9, 7, 8, 30, tzinfo=UTC))
    school = in_memory(clock=clock)
    mark = term_mark(school, teacher_of(school), Grade(7))
    clock.move(datetime(2026, 9, 10, 21, tzinfo=UTC) - clock.now)
    with pytest.raises(NotAllowedHere) as refused:
        applied(school, mark)
    assert refused.value == NotAllowedHere("2026-09-11 (2026-09-10)", "time-is-up")
    clock.move(timedelta(milliseconds=-1))
    assert applied(school, mark).applied_at == clock.now


def test_rule_043_the_applicant_stands_for_the_pupil(memory: SmallSchool) -> None:
    things, mark = memory.things, term_mark(memory, teacher_of(memory), Grade(7))
    father = memory.run(
        memory.admin, add_guardian, things.lev.id, Relation.FATHER, PersonName("Гай", "Ілля")
    )
    parent = memory.actor(Role.PARENT, things.mother.id)

    def apply(actor: Actor, applicant: GuardianId | None) -> Refusal:
        with pytest.raises(Refusal) as refused:
            memory.run(
                actor,
                apply_for_correction,
                mark.column,
                pupil=things.ada.id,
                reason="хворіла",
                applicant=applicant,
            )
        return refused.value

    stranger = NotAllowedHere(spell_id(father.id), "not-a-guardian")
    assert apply(memory.admin, None) == Invalid("applicant", "", "absent")
    assert apply(memory.admin, father.id) == stranger
    assert apply(parent, father.id) == stranger
    assert isinstance(apply(memory.actor(Role.PARENT, father.id), None), Forbidden)
    assert isinstance(apply(memory.actor(Role.PUPIL, things.ada.id), None), Forbidden)


def test_rule_045_the_chair_is_a_head_and_the_teacher_is_of_the_journal() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    things, director = school.things, school.actor(Role.DIRECTOR)
    today = clock.now.date()
    mark = term_mark(school, teacher_of(school), Grade(7))
    request = applied(school, mark)
    sound = commission(school, today)

    def refused(order: CommissionOrder) -> Refusal:
        with pytest.raises(Refusal) as caught:
            school.run(director, order_correction, request.id, order)
        return caught.value

    assert refused(sound) == NotAllowedHere(spell_id(things.second.id), "chair-is-no-head")
    school.actor(Role.DEPUTY, things.second.id)
    swapped = evolve(sound, methodist=things.main.id, teacher=things.third.id)
    assert refused(swapped) == NotAllowedHere(spell_id(things.third.id), "teaches-another-journal")
    with pytest.raises(Forbidden):
        school.run(school.actor(Role.DEPUTY), order_correction, request.id, sound)

    def leave(unit: SchoolUnit) -> None:
        unit.staff.save(unit.staff.get(things.third.id).left(MONDAY - DAY))
        unit.record(Arranged())

    school.run(System("test"), leave)
    assert isinstance(refused(sound), NotAllowedHere)
    assert refused(sound).code == "not-allowed-here"


def test_rule_046_a_corrected_annual_mark_stands_beside_the_annual_one() -> None:
    clock = Clock()
    school = in_memory(CorrectingPolicy(allow_annual_correction=True), clock)
    teacher, director = teacher_of(school), school.actor(Role.DIRECTOR)
    school.actor(Role.DEPUTY, school.things.second.id)
    term_mark(school, teacher, Grade(5))
    annual = school.run(teacher, add_column, school.things.journal.id, ColumnKind.ANNUAL)
    mark = school.run(
        teacher, give_mark, annual.id, pupil=school.things.ada.id, value=Final.NOT_ATTESTED
    )
    request = applied(school, mark)
    school.run(director, order_correction, request.id, commission(school, clock.now.date()))
    clock.move(DAY)
    school.run(director, conclude_correction, request.id, Grade(6))
    shown = [
        (heading, None if cells[2].mark is None else cells[2].mark.value)
        for heading, cells in page_cells(school)
    ]
    assert shown == [
        ("Семестрова", Grade(5)),
        ("Скоригована", None),
        ("Річна", Final.NOT_ATTESTED),
        ("Скоригована", Grade(6)),
    ]


def test_rule_046_without_the_switch_the_annual_mark_stays(memory: SmallSchool) -> None:
    teacher = teacher_of(memory)
    annual = memory.run(teacher, add_column, memory.things.journal.id, ColumnKind.ANNUAL)
    mark = memory.run(teacher, give_mark, annual.id, pupil=memory.things.ada.id, value=Grade(5))
    with pytest.raises(NotAllowedHere) as refused:
        applied(memory, mark)
    assert refused.value.why == "not-corrected"


def test_a_request_is_declined_or_withdrawn_and_made_again(memory: SmallSchool) -> None:
    teacher, director = teacher_of(memory), memory.actor(Role.DIRECTOR)
    parent = memory.actor(Role.PARENT, memory.things.mother.id)
    mark = term_mark(memory, teacher, Grade(7))
    first = applied(memory, mark)
    with pytest.raises(Duplicate):
        applied(memory, mark)
    declined = memory.run(director, decline_correction, first.id, "Немає підстав")
    assert (declined.state, declined.answer) == (CorrectionState.DECLINED, "Немає підстав")
    second = applied(memory, mark)
    withdrawn = memory.run(parent, withdraw_correction, second.id)
    assert withdrawn.state is CorrectionState.WITHDRAWN
    with pytest.raises(WrongState):
        memory.run(teacher, conclude_correction, second.id, Grade(9))
    assert memory.events()[-4:] == [
        "correction-applied-for",
        "correction-declined",
        "correction-applied-for",
        "correction-withdrawn",
    ]


def test_a_column_from_before_gets_its_corrected_one_when_it_is_needed() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    teacher, director = teacher_of(school), school.actor(Role.DIRECTOR)
    school.actor(Role.DEPUTY, school.things.second.id)

    def earlier(unit: SchoolUnit) -> Column:
        column = Column(ColumnId(unit.new_id()), school.things.journal.id, ColumnKind.SEMESTER)
        kept = unit.columns.add(column)
        unit.record(Arranged())
        return kept

    semester = school.run(System("test"), earlier)
    mark = school.run(teacher, give_mark, semester.id, pupil=school.things.ada.id, value=Grade(7))
    request = applied(school, mark)
    school.run(director, order_correction, request.id, commission(school, clock.now.date()))
    clock.move(DAY)
    school.run(director, conclude_correction, request.id, Grade(8))
    assert [heading for heading, _ in page_cells(school)] == ["Семестрова", "Скоригована"]


def test_rule_029_the_history_and_the_packet_tell_why_a_final_was_changed() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    teacher = teacher_of(school)
    mark = term_mark(school, teacher, Grade(7))
    given_at = clock.now
    clock.move(5 * DAY)
    why = "темі відведено найбільше часу"
    school.run(teacher, decide_final, mark.column, pupil=mark.pupil, value=Grade(8), reason=why)
    with school.store.reading(ID, school.admin) as unit:
        history = mark_history(unit, mark.key)
    main = school.things.main
    assert history == [
        MarkChange(clock.now, main.id, Grade(7), Grade(8), "", reason=why),
        MarkChange(given_at, main.id, None, Grade(7), ""),
    ]
    packet = read_packet(school.run(school.admin, send_packet, mark.pupil)).packet
    assert packet.journals[0].marks[0].history == (
        PriorMarkChange(clock.now, main.name, Grade(8), "", reason=why),
        PriorMarkChange(given_at, main.name, Grade(7), ""),
    )


def test_a_file_puts_no_mark_into_a_corrected_column(memory: SmallSchool) -> None:
    mark = term_mark(memory, teacher_of(memory), Grade(7))
    with memory.store.reading(ID, memory.admin) as unit:
        (beside,) = (each for each in unit.columns.of_journal(mark.journal) if each.corrects)
    taking = memory.run(memory.admin, begin_import, "інший журнал")
    lines = ["column,pupil,value\r\n", f"{spell_id(beside.id)},{spell_id(mark.pupil)},9\r\n"]
    result = import_marks(memory.store, ID, memory.admin, taking.id, lines)
    assert result.refusals == ((2, NotAllowedHere("Скоригована", "only-by-request")),)
    assert stored(memory, MarkKey(mark.journal, beside.id, mark.pupil)) is None


def test_rule_043_a_request_is_withdrawn_by_who_made_it_or_by_the_office(
    memory: SmallSchool,
) -> None:
    things, mark = memory.things, term_mark(memory, teacher_of(memory), Grade(7))
    father = memory.run(
        memory.admin, add_guardian, things.ada.id, Relation.FATHER, PersonName("Гай", "Ілля")
    )
    request = applied(memory, mark)
    with pytest.raises(NotAllowedHere) as refused:
        memory.run(memory.actor(Role.PARENT, father.id), withdraw_correction, request.id)
    assert refused.value == NotAllowedHere(spell_id(father.id), "not-the-applicant")
    withdrawn = memory.run(memory.admin, withdraw_correction, request.id)
    assert withdrawn.state is CorrectionState.WITHDRAWN


def test_rule_045_the_order_comes_behind_the_application() -> None:
    applied_at = datetime(2026, 9, 6, 21, 30, tzinfo=UTC)
    request = evolve(REQUEST, applied_at=applied_at)
    day = date(2026, 9, 7)
    before = evolve(ORDER, day=day - DAY, schedule=(day + DAY,))
    with pytest.raises(NotAllowedHere) as refused:
        request.ordered(before, KYIV)
    assert refused.value == NotAllowedHere("2026-09-06 (2026-09-07)", "before-application")
    assert request.ordered(evolve(before, day=day), KYIV).state is CorrectionState.ORDERED


@pytest.mark.parametrize(
    ("value", "void", "corrected", "stays"),
    [
        (Grade(8), False, Grade(9), True),
        (Grade(9), False, Grade(9), False),
        (Grade(10), False, Grade(9), False),
        (Final.NOT_ATTESTED, False, Grade(1), True),
        (Sign.EXEMPT, False, Grade(9), False),
        (Level.HIGH, False, Grade(9), False),
        (Grade(7), True, Grade(9), False),
    ],
)
def test_rule_041_a_mark_stays_below_the_one_that_corrects_it(
    value: MarkValue, void: bool, corrected: MarkValue, stays: bool
) -> None:
    mark, better = evolve(DUE, value=value, void=void), evolve(DUE, value=corrected)
    for none in (None, evolve(better, void=True)):
        assert below_corrected(mark, none) is mark
    if stays:
        assert below_corrected(mark, better) is mark
    else:
        with pytest.raises(NotAllowedHere) as refused:
            below_corrected(mark, better)
        assert refused.value == NotAllowedHere(label_of(corrected), "corrected-beside")


def corrected_mark(school: SmallSchool, clock: Clock, mark: Mark, result: MarkValue) -> Mark:
    """Return what stands in «Скоригована» after a mark went through the procedure."""
    director = school.actor(Role.DIRECTOR)
    school.actor(Role.DEPUTY, school.things.second.id)
    request = applied(school, mark)
    school.run(director, order_correction, request.id, commission(school, clock.now.date()))
    clock.move(DAY)
    school.run(teacher_of(school), conclude_correction, request.id, result)
    with school.store.reading(ID, director) as unit:
        (beside,) = (each for each in unit.columns.of_journal(mark.journal) if each.corrects)
        return unit.marks.get(MarkKey(mark.journal, beside.id, mark.pupil))


def test_rule_041_no_way_leads_past_a_corrected_mark() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    teacher, second = teacher_of(school), second_of(school)
    mark = term_mark(school, teacher, Grade(7))
    better = corrected_mark(school, clock, mark, Grade(9))
    ada = mark.pupil
    raised = MarkRevision(RevisionKind.CORRECTION, "помилка запису", Grade(9))
    ways: list[tuple[Actor, Callable[[SchoolUnit, ColumnId], object]]] = [
        (teacher, partial(revise_mark, pupil=ada, revision=raised)),
        (teacher, partial(revise_mark, pupil=ada, revision=VOID)),
        (second, partial(propose_revision, pupil=ada, revision=raised)),
        (teacher, partial(give_mark, pupil=ada, value=Grade(10))),
        (teacher, partial(decide_final, pupil=ada, value=Grade(10), reason="помилка")),
    ]
    clock.move(-DAY)
    for actor, way in ways:
        with pytest.raises(NotAllowedHere) as refused:
            school.run(actor, way, mark.column)
        assert refused.value == NotAllowedHere("9", "corrected-beside")
    assert stored(school, mark.key) == mark
    school.run(teacher, give_mark, mark.column, pupil=ada, value=Grade(8))
    school.run(teacher, revise_mark, better.column, pupil=ada, revision=VOID)
    school.run(teacher, revise_mark, mark.column, pupil=ada, revision=raised)


def test_a_parent_asks_nothing_about_a_mark_that_the_diary_does_not_show() -> None:
    waits = RoleRule(Role.PARENT, PublishRule(PublishWhen.WHEN_PUBLISHED))
    policies = Policies(publishing=Publishing((waits,)))
    school = furnished(MemoryStore(clock=Clock(), ids=IdMaker(), policies=policies))
    teacher, things = teacher_of(school), school.things
    parent = school.actor(Role.PARENT, things.mother.id)
    mark = term_mark(school, teacher, Grade(7))

    def apply() -> CorrectionRequest:
        return school.run(
            parent, apply_for_correction, mark.column, pupil=mark.pupil, reason="хворіла"
        )

    with pytest.raises(Missing) as refused:
        apply()
    assert refused.value == Missing("mark", mark.key)
    school.run(teacher, publish_column, mark.column)
    assert apply().standing == Grade(7)


def test_requests_are_read_by_who_made_them_and_by_who_deals_with_them(
    memory: SmallSchool,
) -> None:
    things, mark = memory.things, term_mark(memory, teacher_of(memory), Grade(7))
    name = PersonName("Гай", "Ілля")
    father = memory.run(memory.admin, add_guardian, things.ada.id, Relation.FATHER, name)
    stranger = memory.run(memory.admin, add_guardian, things.lev.id, Relation.FATHER, name)
    request = applied(memory, mark)

    def seen_by(role: Role, person: int | None = None) -> list[object]:
        def read(unit: SchoolUnit) -> Iterator[object]:
            for reading in (
                partial(correction_requests, journal=mark.journal),
                partial(requests_about, pupil=mark.pupil),
            ):
                try:
                    yield reading(unit)
                except Forbidden:
                    yield None

        with memory.store.reading(ID, memory.actor(role, person)) as unit:
            return list(read(unit))

    both = [(request,), (request,)]
    for role in (Role.DIRECTOR, Role.DEPUTY, Role.SCHOOL_ADMIN, Role.INSPECTOR):
        assert seen_by(role) == both
    assert seen_by(Role.SUBJECT_TEACHER, things.main.id) == both
    assert seen_by(Role.CO_TEACHER, things.second.id) == both
    assert seen_by(Role.SUBJECT_TEACHER, things.third.id) == [None, None]
    assert seen_by(Role.PARENT, things.mother.id) == [None, (request,)]
    assert seen_by(Role.PARENT, father.id) == [None, ()]
    for role, person in (
        (Role.PARENT, stranger.id),
        (Role.PUPIL, things.ada.id),
        (Role.SUBSTITUTE, things.main.id),
        (Role.API_CLIENT, None),
    ):
        assert seen_by(role, person) == [None, None]


def test_rule_029_after_its_day_no_mark_is_changed_without_a_reason() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    teacher, second = teacher_of(school), second_of(school)
    mark = term_mark(school, teacher, Grade(7))
    refused = {}
    ways: list[tuple[Actor, Callable[[SchoolUnit, ColumnId], object]]] = [
        (actor, partial(way, pupil=mark.pupil, value=Grade(8)))
        for actor in (teacher, second)
        for way in (give_mark, decide_final)
    ]
    clock.move(DAY)
    for number, (actor, way) in enumerate(ways):
        with pytest.raises(NotAllowedHere) as caught:
            school.run(actor, way, mark.column)
        refused[number] = caught.value.why
    assert list(refused.values()) == ["needs-reason"] * 2 + ["needs-approval"] * 2
    assert stored(school, mark.key) == mark


def test_a_void_mark_is_in_no_diary_and_no_final_and_in_the_packet(memory: SmallSchool) -> None:
    teacher = teacher_of(memory)
    term = term_mark(memory, teacher, Grade(7))
    dated = lesson_column(memory, teacher, term.pupil, Grade(7))
    parent = memory.actor(Role.PARENT, memory.things.mother.id)

    def shown() -> tuple[int, int, int]:
        with memory.store.reading(ID, parent) as unit:
            week = diary_week(unit, term.pupil, MONDAY)
            page = pupil_page(unit, term.pupil, Period(MONDAY, MONDAY + 6 * DAY))
        of_day = sum(len(entry.marks) for day in week.days for entry in day.entries)
        return of_day, len(week.undated), sum(len(each.marks) for each in page.subjects)

    assert shown() == (1, 1, 2)
    for mark in (term, dated):
        memory.run(teacher, revise_mark, mark.column, pupil=mark.pupil, revision=VOID)
    assert shown() == (0, 0, 0)
    with memory.store.reading(ID, teacher) as unit:
        assert explain_final(unit, term.column, pupil=term.pupil).mark is None
    packet = read_packet(memory.run(memory.admin, send_packet, term.pupil)).packet
    (journal,) = packet.journals
    assert [(each.kind, each.void) for each in journal.marks] == [
        (ColumnKind.SEMESTER, True),
        (ColumnKind.CURRENT, True),
    ]


def test_each_step_is_of_the_role_that_has_it(memory: SmallSchool) -> None:
    things, teacher, second = memory.things, teacher_of(memory), second_of(memory)
    deputy = memory.actor(Role.DEPUTY, things.second.id)
    stranger = memory.actor(Role.SUBJECT_TEACHER, things.third.id)
    mark = term_mark(memory, teacher, Grade(7))
    request = applied(memory, mark)
    proposed = memory.run(second, propose_revision, mark.column, pupil=mark.pupil, revision=VOID)
    steps: list[tuple[Actor, Callable[[SchoolUnit], object]]] = [
        (second, partial(decline_revision, proposal=proposed.id, why="ні")),
        (teacher, proposed_revisions),
        (deputy, partial(decline_correction, request=request.id, why="ні")),
        (second, partial(conclude_correction, request=request.id, result=Grade(8))),
        (stranger, partial(conclude_correction, request=request.id, result=Grade(8))),
        (teacher, partial(withdraw_correction, request=request.id)),
        (stranger, partial(revise_mark, column=mark.column, pupil=mark.pupil, revision=VOID)),
        (stranger, partial(propose_revision, column=mark.column, pupil=mark.pupil, revision=VOID)),
    ]
    for actor, step in steps:
        with pytest.raises(Forbidden):
            memory.run(actor, step)


def test_what_a_commission_gives_is_under_the_rules_of_the_class() -> None:
    clock = Clock()
    school = in_memory(clock=clock)
    mark = term_mark(school, teacher_of(school), Final.NOT_ATTESTED)
    with pytest.raises(NotAllowedHere) as refused:
        corrected_mark(school, clock, mark, Level.HIGH)
    assert refused.value.why == "not-under-these-rules"


def test_rule_045_who_was_a_deputy_until_yesterday_takes_no_chair(memory: SmallSchool) -> None:
    director, mark = memory.actor(Role.DIRECTOR), term_mark(memory, teacher_of(memory), Grade(7))
    memory.actor(Role.DEPUTY, memory.things.second.id)

    def end(unit: SchoolUnit) -> None:
        (grant,) = unit.grants.of_role(Role.DEPUTY)
        unit.grants.save(evolve(grant, until=unit.now))
        unit.record(Arranged())

    memory.run(System("test"), end)
    request = applied(memory, mark)
    order = commission(memory, request.applied_at.date())
    with pytest.raises(NotAllowedHere) as refused:
        memory.run(director, order_correction, request.id, order)
    assert refused.value.why == "chair-is-no-head"
