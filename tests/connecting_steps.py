"""What the tests of the connection share: a school that asks, the institute, and their steps."""

from __future__ import annotations

from datetime import UTC, datetime

from ejournal.ids import RequestId
from ejournal.model.connection import AccessRequest, RequestState
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Phone,
    Region,
)
from ejournal.model.request_items import RequestItems

NOON = datetime(2026, 9, 7, 12, tzinfo=UTC)

ADMIN = PersonName("Криниця", "Олена", "Богданівна")
ADMIN_EMAIL = Email("o.krynytsia@example.com")
SCHOOL_EMAIL = Email("lyceum@berezivka.example")
EDRPOU = Edrpou("32855961")
OTHER_EDRPOU = Edrpou("14360570")
DISO_ID = DisoId(10585)
NAME = "Березівський ліцей № 2 «Надія»"
ITEMS = RequestItems(
    region=Region.LVIV,
    community="Березівська ОТГ",
    school_name=NAME,
    diso_id=DISO_ID,
    edrpou=EDRPOU,
    admin_name=ADMIN,
    admin_email=ADMIN_EMAIL,
    admin_phone=ContactPhone(Phone("+380501234567"), "050 123 45 67"),
)


def request_in(state: RequestState, items: RequestItems = ITEMS) -> AccessRequest:
    """A request whose term ends at noon."""
    return AccessRequest(
        id=RequestId(1),
        state=state,
        received_at=NOON,
        expires_at=NOON,
        items=items,
        flaws=(),
        found=(),
        sender=SCHOOL_EMAIL,
        subject="Підключення",
        text="Просимо підключити",
        message_id="<1@berezivka.example>",
    )
