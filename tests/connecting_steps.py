"""What the tests of the connection share: a school that asks, the institute, and their steps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ejournal.ids import REGISTRY, RequestId, SchoolId
from ejournal.intake import Envelope, Reading
from ejournal.model.access import Actor, Invitation, System, Verified
from ejournal.model.connection import AccessRequest, RequestState, SchoolDecision
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Phone,
    Region,
)
from ejournal.model.ledger import Event
from ejournal.model.letters import Letter
from ejournal.model.request_items import Flaw, Found, RequestItems
from ejournal.model.tokens import token_of
from ejournal.store import Store
from ejournal.store.stores import tables
from ejournal.usecases.connecting import DirectoryImport, approve, import_directory, take
from ejournal.usecases.receiving import receive
from ejournal.usecases.signing_in import found_institute

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


TERM = timedelta(days=60)
DECISION = SchoolDecision("8", date(2026, 8, 28), "Вести журнал у державній системі")
HEADER = "ID;ЄДРПОУ;Назва;Область;Громада;КАТОТТГ;Управління;Система\n"
ROW = f"10585;32855961;{NAME};Львівська;Березівська;UA46060030000012345;UA46;\n"


class Arranged(Event):
    """What a test put in place."""

    name = "arranged"


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


OPERATOR_NAME = PersonName("Малина", "Ірина", "Тарасівна")
OPERATOR_EMAIL = Email("operator@institute.example")
BY_PASSWORD = Verified("password", OPERATOR_EMAIL.text)
KEY = b"a host's key of some length, kept elsewhere"
INTAKE = System("intake")
SIGN_IN = System("sign-in")


def message(
    items: RequestItems = ITEMS,
    *,
    message_id: str = "<1@berezivka.example>",
    sender: Email | None = SCHOOL_EMAIL,
    references: tuple[str, ...] = (),
    auto_submitted: bool = False,
    flaws: tuple[Flaw, ...] = (),
    found: tuple[Found, ...] = (),
    text: str = "Просимо підключити",
) -> Reading:
    """A message of the school as the reader hands it over."""
    return Reading(
        envelope=Envelope(
            message_id=message_id,
            sender=sender,
            sender_name="Березівський ліцей",
            subject="Підключення",
            references=references,
            auto_submitted=auto_submitted,
        ),
        items=items,
        found=found,
        flaws=flaws,
        text=text,
    )


def institute(store: Store) -> Actor:
    """The first operator of the institute."""
    return store.run_registry(
        System("init"),
        found_institute,
        name=OPERATOR_NAME,
        email=OPERATOR_EMAIL,
        verified=BY_PASSWORD,
    )


def received(store: Store, reading: Reading | None = None) -> AccessRequest:
    """The request as intake leaves it."""
    return store.run_registry(INTAKE, receive, reading or message())


def approved(store: Store, operator: Actor) -> AccessRequest:
    """A request that came, was taken and approved."""
    request = received(store)
    store.run_registry(operator, take, request.id)
    return store.run_registry(operator, approve, request.id)


def taken(store: Store, operator: Actor, items: RequestItems = ITEMS) -> AccessRequest:
    """A request that came and is under review."""
    request = received(store, message(items))
    return store.run_registry(operator, take, request.id)


def school_of(request: AccessRequest) -> SchoolId:
    """The school of an approved request."""
    assert request.school is not None
    return request.school


def listed(store: Store, operator: Actor, *rows: str) -> DirectoryImport:
    """Import these rows of the directory, or the one of our school."""
    raw = (HEADER + "".join(rows or (ROW,))).encode()
    return store.run_registry(operator, import_directory, raw)


def invitation_of(store: Store, school: SchoolId) -> Invitation:
    """The newest invitation of the school."""
    with store.reading(school, INTAKE) as unit:
        return list(unit.invitations.all())[-1]


def token_for(store: Store, school: SchoolId) -> str:
    """The token of the newest invitation."""
    return token_of(KEY, school, invitation_of(store, school))


def as_kept(store: Store, request: AccessRequest) -> AccessRequest:
    """The request as it reads now."""
    with store.browsing(INTAKE) as unit:
        return unit.requests.get(request.id)


def letters(store: Store, school: SchoolId = REGISTRY) -> list[Letter]:
    """What was queued in a school or in the registry, the oldest first."""
    if school == REGISTRY:
        with store.browsing(INTAKE) as registry:
            return list(registry.letters.all())
    with store.reading(school, INTAKE) as unit:
        return list(unit.letters.all())


def events(store: Store, school: SchoolId = REGISTRY) -> list[str]:
    """The names of a chain's events, in order."""
    return [entry.event for entry in store.entries(school)]


def sound(store: Store, *schools: SchoolId) -> bool:
    """Say whether the chains of the registry and these schools verify and agree with the tables."""
    return not any(store.verify(chain) or store.audit(chain) for chain in (REGISTRY, *schools))


def dumped(store: Store) -> list[object]:
    """Every value of every row of every table."""
    with store.begin(writing=False) as transaction:
        return [
            value
            for table in tables()
            for _, row in transaction.select(table, None, None)
            for value in row
        ]
