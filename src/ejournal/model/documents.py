"""The documents of a school that may be kept electronically, and since when they are.

The list is that of order № 707. How long each is kept stands in catalogues of which the text could
not be read, so the years are a policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import Enum
from types import MappingProxyType

from attrs import field, frozen

from ejournal.errors import Invalid, NotAllowedHere
from ejournal.model.declaration import PLAIN

__all__ = ["DocumentKind", "ElectronicDocument", "RetentionPolicy"]


class DocumentKind(Enum):
    """What item 6 of the instruction of order № 707 names, as far as it could be read."""

    CLASS_JOURNAL_1_4 = "class-journal-1-4"
    CLASS_JOURNAL_5_12 = "class-journal-5-12"
    SUBSTITUTION_LOG = "substitution-log"
    INDIVIDUAL_FORM_JOURNAL = "individual-form-journal"
    ELECTIVE_JOURNAL = "elective-journal"
    SAFETY_BRIEFING_LOG = "safety-briefing-log"
    PUPIL_FILE = "pupil-file"
    ALPHABET_BOOK = "alphabet-book"
    STAFF_FILE = "staff-file"
    MOVEMENT_ORDER_LOG = "movement-order-log"
    HR_TEMPORARY_ORDERS = "hr-temporary-orders"
    ANNUAL_PLAN = "annual-plan"
    TIMETABLE = "timetable"
    ACHIEVEMENT_CERTIFICATE = "achievement-certificate"


_YEARS: Mapping[DocumentKind, int | None] = MappingProxyType(
    {
        DocumentKind.CLASS_JOURNAL_1_4: 5,
        DocumentKind.CLASS_JOURNAL_5_12: 5,
        DocumentKind.SUBSTITUTION_LOG: 5,
        DocumentKind.INDIVIDUAL_FORM_JOURNAL: 5,
        DocumentKind.ELECTIVE_JOURNAL: 5,
        DocumentKind.SAFETY_BRIEFING_LOG: 10,
        DocumentKind.PUPIL_FILE: 3,
        DocumentKind.ALPHABET_BOOK: None,
        DocumentKind.STAFF_FILE: 75,
        DocumentKind.MOVEMENT_ORDER_LOG: 75,
        DocumentKind.HR_TEMPORARY_ORDERS: 5,
        DocumentKind.ANNUAL_PLAN: 5,
        DocumentKind.TIMETABLE: 1,
        DocumentKind.ACHIEVEMENT_CERTIFICATE: 5,
    }
)


@frozen
class RetentionPolicy:
    """For how many years each document is kept, None for ever.

    All the years are to be confirmed against the catalogue (order № 578/5 of the Ministry of
    Justice). That up to `electronic_only` years a document may lack a paper copy is item 5 of order
    № 676.
    """

    years: Mapping[DocumentKind, int | None] = field(factory=lambda: _YEARS, hash=False)
    electronic_only: int = 10

    def allows_electronic_only(self, kind: DocumentKind) -> bool:
        """Say whether a document may be kept in electronic form alone (rule 86).

        What the policy has no term for may not.
        """
        term = self.years.get(kind)
        return term is not None and term <= self.electronic_only


@frozen
class ElectronicDocument:
    """Since when the school keeps a document electronically, by whose decision.

    The teachers' council decides before it begins: otherwise `Invalid` (rule 95).
    """

    kind: DocumentKind
    since: date
    decision_number: str = field(metadata=PLAIN)
    decision_date: date
    without_paper: bool
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if not self.decision_number.strip():
            raise Invalid("decision_number", self.decision_number, "absent")
        if self.decision_date >= self.since:
            raise Invalid("decision_date", self.decision_date.isoformat(), "order")

    def under(self, policy: RetentionPolicy) -> ElectronicDocument:
        """Return it if its term lets it be kept so.

        Raises `NotAllowedHere` for one without paper that is kept longer than the law allows.
        """
        if self.without_paper and not policy.allows_electronic_only(self.kind):
            raise NotAllowedHere(self.kind.value, "kept-too-long")
        return self
