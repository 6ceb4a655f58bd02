"""Documents without paper: which may be, and by whose decision a school begins."""

from __future__ import annotations

from datetime import date

import pytest
from attrs import evolve
from small_school import SmallSchool, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Duplicate, Forbidden, Invalid, NotAllowedHere
from ejournal.model.access import Actor
from ejournal.model.documents import DocumentKind, ElectronicDocument, RetentionPolicy
from ejournal.model.permissions import Role
from ejournal.ports import Policies
from ejournal.usecases.documenting import keep_electronically

START, DECIDED = date(2026, 9, 1), date(2026, 5, 11)
JOURNAL = ElectronicDocument(
    DocumentKind.CLASS_JOURNAL_5_12, START, "8", DECIDED, without_paper=True
)


@pytest.mark.parametrize(
    ("years", "allowed"), [(1, True), (10, True), (11, False), (75, False), (None, False)]
)
def test_rule_086_what_is_kept_longer_than_ten_years_is_not_without_paper(
    years: int | None, *, allowed: bool
) -> None:
    policy = RetentionPolicy({JOURNAL.kind: years})
    assert policy.allows_electronic_only(JOURNAL.kind) is allowed
    beside_paper = evolve(JOURNAL, without_paper=False)
    assert beside_paper.under(policy) == beside_paper
    if allowed:
        assert JOURNAL.under(policy) == JOURNAL
        return
    with pytest.raises(NotAllowedHere) as caught:
        JOURNAL.under(policy)
    assert caught.value == NotAllowedHere("class-journal-5-12", "kept-too-long")


def test_rule_086_each_document_of_the_order_has_a_term_and_these_need_paper() -> None:
    policy = RetentionPolicy()
    assert policy.years.keys() == set(DocumentKind)
    assert {kind for kind in DocumentKind if not policy.allows_electronic_only(kind)} == {
        DocumentKind.ALPHABET_BOOK,
        DocumentKind.STAFF_FILE,
        DocumentKind.MOVEMENT_ORDER_LOG,
    }


def test_documents_are_kept_for_these_years() -> None:
    years = RetentionPolicy().years
    assert {kind for kind, term in years.items() if term == 5} == {
        DocumentKind.CLASS_JOURNAL_1_4,
        DocumentKind.CLASS_JOURNAL_5_12,
        DocumentKind.SUBSTITUTION_LOG,
        DocumentKind.INDIVIDUAL_FORM_JOURNAL,
        DocumentKind.ELECTIVE_JOURNAL,
        DocumentKind.HR_TEMPORARY_ORDERS,
        DocumentKind.ANNUAL_PLAN,
        DocumentKind.ACHIEVEMENT_CERTIFICATE,
    }
    assert {kind: term for kind, term in years.items() if term != 5} == {
        DocumentKind.SAFETY_BRIEFING_LOG: 10,
        DocumentKind.PUPIL_FILE: 3,
        DocumentKind.ALPHABET_BOOK: None,
        DocumentKind.STAFF_FILE: 75,
        DocumentKind.MOVEMENT_ORDER_LOG: 75,
        DocumentKind.TIMETABLE: 1,
    }


def test_policies_stay_a_value_that_can_be_a_key() -> None:
    assert {Policies(): 1}[Policies()] == 1
    assert Policies(retention=RetentionPolicy({})) != Policies()


def test_rule_086_a_document_of_unknown_term_needs_paper_and_the_limit_is_a_policy() -> None:
    assert not RetentionPolicy({}).allows_electronic_only(DocumentKind.TIMETABLE)
    longer = RetentionPolicy(electronic_only=75)
    assert longer.allows_electronic_only(DocumentKind.STAFF_FILE)
    assert not longer.allows_electronic_only(DocumentKind.ALPHABET_BOOK)


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"decision_number": " "}, Invalid("decision_number", " ", "absent")),
        ({"decision_date": START}, Invalid("decision_date", "2026-09-01", "order")),
        ({"decision_date": date(2026, 9, 2)}, Invalid("decision_date", "2026-09-02", "order")),
    ],
)
def test_rule_095_a_journal_begins_after_a_numbered_decision_of_the_council(
    changed: dict[str, object], refusal: Invalid
) -> None:
    with pytest.raises(Invalid) as caught:
        evolve(JOURNAL, **changed)  # type: ignore[arg-type]  # each case names fields
    assert caught.value == refusal
    assert evolve(JOURNAL, decision_date=date(2026, 8, 31)).since == START


def begun(school: SmallSchool, actor: Actor, kind: DocumentKind) -> ElectronicDocument:
    return school.run(
        actor,
        keep_electronically,
        kind,
        since=START,
        decision_number="8",
        decision_date=DECIDED,
        without_paper=True,
    )


def test_the_head_alone_puts_on_record_what_is_kept_without_paper_and_each_once() -> None:
    school = furnished(MemoryStore())
    director = school.actor(Role.DIRECTOR)
    kept = begun(school, director, DocumentKind.CLASS_JOURNAL_5_12)
    assert kept == evolve(JOURNAL, version=kept.version)
    with pytest.raises(Duplicate):
        begun(school, director, DocumentKind.CLASS_JOURNAL_5_12)
    with pytest.raises(NotAllowedHere):
        begun(school, director, DocumentKind.ALPHABET_BOOK)
    with pytest.raises(Forbidden):
        begun(school, school.admin, DocumentKind.TIMETABLE)
    assert school.events() == ["document-made-electronic"]
