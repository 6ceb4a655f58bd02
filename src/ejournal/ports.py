"""What the core asks of the world: storage, mail, identity, export, and the host's policies.

Use cases and units are written once over these. A storage speaks in tables of plain rows, so an
adapter never meets a class of the model and no aggregate is mapped twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from ejournal.ids import SchoolId, instant
from ejournal.model.absence_alerts import AlertDays
from ejournal.model.access import Verified
from ejournal.model.calendar import CalendarPolicy
from ejournal.model.class_sizes import ClassPolicy
from ejournal.model.closing import ClosingPolicy
from ejournal.model.correcting import CorrectingPolicy
from ejournal.model.dating import Dating, DatingLimits
from ejournal.model.declaration import Lookup
from ejournal.model.documents import RetentionPolicy
from ejournal.model.movements import MovementPolicy
from ejournal.model.page import JournalPage
from ejournal.model.people import ComingOfAge
from ejournal.model.publishing import Publishing
from ejournal.model.rollover import RolloverPolicy
from ejournal.rules import PACKS
from ejournal.rules.packs import RulePack

__all__ = [
    "Capability",
    "Denied",
    "Exporter",
    "Identity",
    "Kind",
    "Mailbox",
    "Mailer",
    "Outcome",
    "Policies",
    "Posted",
    "Receipt",
    "Received",
    "Resend",
    "Row",
    "Slot",
    "Stored",
    "Table",
    "Transaction",
    "as_text",
]

Stored: TypeAlias = int | str | bool | date | datetime | None
"""What a storage keeps in one field; integers have 63 bits, instants are UTC and whole ms."""

Row: TypeAlias = tuple[Stored, ...]
"""The fields of one record, in the order of its table's slots."""


class Kind(Enum):
    """What a slot holds; JSON is canonical text that a storage keeps byte for byte."""

    INTEGER = "integer"
    TEXT = "text"
    FLAG = "flag"
    DATE = "date"
    INSTANT = "instant"
    JSON = "json"


@frozen
class Slot:
    """One field of a table, with the name it has in the class, the column and the document."""

    name: str
    kind: Kind
    optional: bool = False


@frozen
class Table:
    """Where records of one kind lie; every row also belongs to a school's chain.

    A record is addressed by (school, key). `lookups` want an index each, with the school in front
    (an `across` lookup another without it). `version` names the slot that `update` compares, or
    None for rows that are only ever added.
    """

    name: str
    slots: tuple[Slot, ...]
    key: tuple[str, ...]
    lookups: tuple[Lookup, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ()
    version: str | None = None
    _places: dict[str, int] = field(init=False, repr=False, eq=False, hash=False)

    def __attrs_post_init__(self) -> None:
        places = {slot.name: place for place, slot in enumerate(self.slots)}
        object.__setattr__(self, "_places", places)

    def place(self, name: str) -> int:
        """Return where the slot of that name stands in a row."""
        return self._places[name]

    def rank(self, row: Row) -> tuple[object, ...]:
        """Return what sorts rows of a school in the table's order: None first, then by key."""
        ordered = [(value is not None, value) for value in self.pick(row, self.order)]
        return (*ordered, self.pick(row, self.key))

    def pick(self, row: Row, names: Sequence[str]) -> Row:
        """Return the values of those slots."""
        return tuple(row[self._places[name]] for name in names)


class Capability(Enum):
    """What a storage may be unable to do; the contract skips by these names only."""

    DURABILITY = "what was committed is there after the process ends"
    CONCURRENCY = "several processes or connections work at once"
    ROLLBACK = "what is left by an exception leaves no trace"
    SNAPSHOT = "a reader sees one committed state from beginning to end"


class Transaction(Protocol):
    """What a storage adapter implements: rows of tables inside one open transaction.

    It sees its own writes. Everything it wrote becomes visible to others together, when the
    context manager that gave it is left without an exception, or not at all. It raises nothing of
    the driver's: `Duplicate` where said, else `Unavailable` or another `Fault`. Where a commit was
    sent and its answer never came, leaving raises `OutcomeUnknown`.

    An adapter subclasses it to get the last five methods, which it may do quicker.
    """

    def lock(self, school: SchoolId, /) -> Row | None:
        """Make every other writer of this school wait until this transaction has ended.

        Returns the school's row of the table `head`, as it stands once the lock is had. Called
        before anything of the school is read. Taken again it waits for nobody. A writer that waits
        longer than the adapter allows gets `Unavailable`.
        """
        ...

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        """Return the row at that address as this transaction sees it, or None."""
        ...

    def select(
        self,
        table: Table,
        school: SchoolId | None,
        lookup: Lookup | None,
        values: Row = (),
        /,
        *,
        after: Row | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[SchoolId, Row]]:
        """Yield the rows a lookup asks for, in the table's order, then by key, then by school.

        `values` has one value for each field of the lookup, and one more for a ranged one: the
        last two are its first and last, both included. A value of None matches rows without one.
        The answer is of the moment it was asked: what is written later is not in it. No lookup
        means all rows of the school. No school means all schools. `after` starts behind
        the row with that key (only without a lookup, for tables ordered by key); `limit` ends the
        answer. Text is compared and ordered by code point.
        """
        ...

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        """Add rows; raises `Duplicate` if an address or a unique group is taken, adding none."""
        ...

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        """Replace the row at the same address if its version is `expected`; say whether it was."""
        ...

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        """Remove the row at that address, erased or moved to another; say whether there was one."""
        ...

    def lock_as(self, earlier: Transaction, /) -> None:  # noqa: ARG002 - for who overrides it
        """Lock before anything else what an earlier attempt at the same unit locked one by one.

        Where a transaction sees one state from its first statement on, a school locked later than
        that is met again and again in a state that others have left behind. A storage whose locks
        show the newest state has nothing to do.
        """
        return

    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        """Yield the rows at those addresses, each once, in any order; some may not be there.

        A storage that can asks for all of them at once.
        """
        found = (self.read(table, school, key) for key in dict.fromkeys(keys))
        yield from (row for row in found if row is not None)

    def select_each(
        self,
        table: Table,
        school: SchoolId,
        lookup: Lookup,
        firsts: Sequence[Stored],
        rest: Row = (),
        /,
    ) -> Iterator[Row]:
        """Yield the rows that a lookup asks for with any of several values in its first field.

        None of them is None. `rest` are its other values. Rows come in any order, each once. A
        storage that can asks for all of them at once.
        """
        for first in dict.fromkeys(firsts):
            for _, row in self.select(table, school, lookup, (first, *rest)):
                yield row

    def tally(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[Row, int]]:
        """Yield how many rows of the school hold the same values in those slots, in any order.

        A storage that counts by itself spares the reader the rows.
        """
        rows = self.select(table, school, None)
        yield from Counter(table.pick(row, names) for _, row in rows).items()

    def spelled(
        self, table: Table, school: SchoolId, names: Sequence[str], /
    ) -> Iterator[tuple[str, ...]]:
        """Yield those slots of every row of the school as `as_text` spells them.

        They come in the table's order. A storage that can reads a piece at a time, so that a
        million rows need no memory.
        """
        for _, row in self.select(table, school, None):
            yield tuple(map(as_text, table.pick(row, names)))


def as_text(value: Stored) -> str:
    """Return a stored value as files spell it: ISO 8601 with a `Z`, decimal digits, "" for None.

    >>> as_text(date(2026, 9, 7)), as_text(False), as_text(None)
    ('2026-09-07', 'false', '')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return "" if value is None else str(value)


class Outcome(Enum):
    """What became of one attempt to hand a message over."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"


@frozen
class Posted:
    """A message ready to go: the envelope's two addresses and the bytes of RFC 5322.

    The bytes may hold an invitation's link, so no representation shows them.
    """

    message_id: str
    sender: str
    recipient: str
    raw: bytes = field(repr=False)


@frozen
class Receipt:
    """The answer of the mail server; `reply` is its own text, for the person who looks."""

    outcome: Outcome
    reply: str


class Mailer(Protocol):
    """Hands messages over to the mail system, one at a time."""

    def send(self, message: Posted, /) -> Receipt:
        """Try once and say what became of it; a mail system that fails is not raised.

        `SENT` only after the server accepted the whole message; `LATER` for a 4xx reply or a
        connection that failed; `REFUSED` for a 5xx reply about the message.
        """
        ...


class Received(Protocol):
    """A message that lies in a mailbox."""

    raw: bytes

    def done(self) -> None:
        """Mark the message as taken in; it is not given out again."""
        ...


class Mailbox(Protocol):
    """Where schools' messages arrive."""

    def messages(self) -> Iterator[Received]:
        """Yield what has not been marked done, oldest first.

        A message that was not marked done comes again: taking it in twice has no effect, because
        its Message-ID is known.
        """
        ...


@frozen
class Denied:
    """Nobody was identified; `wait` is how many seconds to hold the next attempt, 0 for none."""

    wait: int = 0


C_contra = TypeVar("C_contra", contravariant=True)


class Identity(Protocol[C_contra]):
    """Turns a claim (a password, a token, a certificate) into a proved subject."""

    scheme: str

    def identify(self, claim: C_contra, /) -> Verified | Denied:
        """Check the claim. A wrong claim and an unknown subject are answered alike."""
        ...


class Exporter(Protocol):
    """Writes a class journal's page in a format of its own."""

    name: str
    media_type: str

    def export(self, page: JournalPage, /) -> Iterator[bytes]:
        """Yield the file in pieces; the same page always gives the same bytes."""
        ...


class Resend(Enum):
    """Whether an invitation sent again keeps its link or makes a new one and kills the old."""

    KEEP = "keep"
    ROTATE = "rotate"


@frozen
class Policies:
    """What law and host decide and code must not: every switch has a default and its reason.

    The letter sets no terms for invitations or requests; the numbers here are the library's.
    `calendar` has what the law asks of a school year and of the length of a lesson. The packs are
    those of the acts as far as they could be read: each names its source.
    `classes`, `movements` and `rollover` are what the law says of how classes are made up.
    """

    invitation_term: timedelta = timedelta(days=14)
    request_term: timedelta = timedelta(days=60)
    resend: Resend = Resend.KEEP
    lease: timedelta = timedelta(minutes=5)
    first_retry: timedelta = timedelta(minutes=1)
    longest_retry: timedelta = timedelta(hours=6)
    throttle_failures: int = 5
    throttle_window: timedelta = timedelta(minutes=15)
    password_length: int = 12
    time_zone: str = "Europe/Kyiv"
    calendar: CalendarPolicy = field(factory=CalendarPolicy)
    sender: str = "ejournal@iea.gov.ua"
    sign_in_url: str = "https://e-journal.iea.gov.ua/invitations/"
    instructions_url: str = "https://e-journal.iea.gov.ua/support/instructions"
    first_steps_url: str = "https://e-journal.iea.gov.ua/support/first-steps"
    # No act names a limit or what may be lacking; № 496 has a class's journals inspected four
    # times a year.
    dating: Dating = field(factory=DatingLimits)
    closing: ClosingPolicy = field(factory=ClosingPolicy)
    retention: RetentionPolicy = field(factory=RetentionPolicy)
    least_inspections: int = 4
    # CMU № 684 has ten days; whether № 241 of 25.02.2026 made it five could not be confirmed.
    absence_alert_days: AlertDays = field(factory=AlertDays)
    # No act says when a diary has to show a mark, nor what guardians of grown-up pupils see.
    publishing: Publishing = field(factory=Publishing)
    coming_of_age: ComingOfAge = ComingOfAge.PUPIL_DECIDES
    rule_packs: tuple[RulePack, ...] = PACKS
    classes: ClassPolicy = field(factory=ClassPolicy)
    movements: MovementPolicy = field(factory=MovementPolicy)
    rollover: RolloverPolicy = field(factory=RolloverPolicy)
    # No act says when a slip is a correction; № 496 and № 762 differ over the annual mark.
    correcting: CorrectingPolicy = field(factory=CorrectingPolicy)
