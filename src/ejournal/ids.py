"""Identifiers and instants: what every record is named and timed by.

An identifier is a 63-bit integer, ordered by time: 42 bits of milliseconds, 10 of node, 11 of
sequence. Inside Python and in every store it is an `int`; in files and JSON it is 13 characters
of Crockford base32, which sort the same way and are safe where a double would lose digits.
"""

from __future__ import annotations

import threading
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import NewType

from attrs import define, field

from ejournal.errors import Invalid

__all__ = [
    "REGISTRY",
    "AbsenceAlertId",
    "AccountId",
    "AuthorityId",
    "ClassId",
    "ColumnId",
    "CorrectionId",
    "EnrolmentId",
    "ExceptionId",
    "ExcuseId",
    "GrantId",
    "GuardianId",
    "GuardianshipId",
    "IdMaker",
    "ImportId",
    "InspectionNoteId",
    "InvitationId",
    "JournalId",
    "LessonId",
    "LetterId",
    "MergeId",
    "PeriodLockId",
    "PersonId",
    "ProposalId",
    "PupilId",
    "RequestId",
    "RolloverId",
    "SchoolId",
    "StaffId",
    "SubgroupId",
    "SubjectId",
    "SubstitutionId",
    "TimetableId",
    "TransferRecordId",
    "YearId",
    "instant",
    "milliseconds",
    "moment",
    "parse_id",
    "spell_id",
]

SchoolId = NewType("SchoolId", int)
AccountId = NewType("AccountId", int)
AuthorityId = NewType("AuthorityId", int)
RequestId = NewType("RequestId", int)
InvitationId = NewType("InvitationId", int)
GrantId = NewType("GrantId", int)
LetterId = NewType("LetterId", int)
YearId = NewType("YearId", int)
ClassId = NewType("ClassId", int)
SubgroupId = NewType("SubgroupId", int)
StaffId = NewType("StaffId", int)
PupilId = NewType("PupilId", int)
GuardianId = NewType("GuardianId", int)
PersonId = NewType("PersonId", int)
"""A staff member's, pupil's or guardian's identifier, where any of them may stand."""

GuardianshipId = NewType("GuardianshipId", int)
EnrolmentId = NewType("EnrolmentId", int)
SubjectId = NewType("SubjectId", int)
JournalId = NewType("JournalId", int)
LessonId = NewType("LessonId", int)
ColumnId = NewType("ColumnId", int)
ImportId = NewType("ImportId", int)
PeriodLockId = NewType("PeriodLockId", int)
InspectionNoteId = NewType("InspectionNoteId", int)
TimetableId = NewType("TimetableId", int)
ExceptionId = NewType("ExceptionId", int)
SubstitutionId = NewType("SubstitutionId", int)
ExcuseId = NewType("ExcuseId", int)
AbsenceAlertId = NewType("AbsenceAlertId", int)
TransferRecordId = NewType("TransferRecordId", int)
RolloverId = NewType("RolloverId", int)
MergeId = NewType("MergeId", int)
ProposalId = NewType("ProposalId", int)
CorrectionId = NewType("CorrectionId", int)

REGISTRY = SchoolId(0)
"""The chain of what spans schools; no school ever has this identifier."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
# What Python reads in base 32 for each letter, small ones too; U stands for nothing.
_DIGITS = str.maketrans(
    f"{_ALPHABET}{_ALPHABET.lower()}OoIiLlUu", "0123456789abcdefghijklmnopqrstuv" * 2 + "001111!!"
)
_LENGTH = 13
_BITS = 63
_NODE_BITS = 10
_SEQUENCE_BITS = 11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def spell_id(number: int) -> str:
    """Return the 13 characters under which an identifier leaves Python.

    >>> spell_id(0), spell_id(2**63 - 1)
    ('0000000000000', '7ZZZZZZZZZZZZ')

    Raises `Invalid` for a number that does not fit in 63 bits.
    """
    if number < 0 or number.bit_length() > _BITS:
        raise Invalid("id", str(number), "range")
    # Written out in pairs: an entry of the ledger spells a dozen of them.
    return (
        f"{_ALPHABET[number >> 60]}{_PAIRS[number >> 50 & 1023]}{_PAIRS[number >> 40 & 1023]}"
        f"{_PAIRS[number >> 30 & 1023]}{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}"
        f"{_PAIRS[number & 1023]}"
    )


def parse_id(text: str) -> int:
    """Read what `spell_id` wrote, in either case, taking O for 0 and I and L for 1.

    >>> parse_id("7zzzzzzzzzzzz") == 2**63 - 1
    True

    Raises `Invalid` for anything else.
    """
    if len(text) != _LENGTH:
        raise Invalid("id", text, "length")
    if not text.isascii():
        raise Invalid("id", text, "alphabet")
    digits = text.translate(_DIGITS)
    if not digits.isalnum():
        raise Invalid("id", text, "alphabet")
    number = int(digits, 32)
    if number.bit_length() > _BITS:
        raise Invalid("id", text, "range")
    return number


def instant(value: datetime) -> datetime:
    """Return the same moment in UTC with whole milliseconds, cutting what is finer.

    Raises `Invalid` for a naive datetime, whose moment is unknown, and for the first and last year
    of the calendar: a database that shows instants in a zone of its own could not give them back.
    """
    if value.tzinfo is None:
        raise Invalid("instant", value.isoformat(), "normal-form")
    if value.tzinfo is not UTC:
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise Invalid("instant", value.isoformat(), "range") from None
    if not MINYEAR < value.year < MAXYEAR:
        raise Invalid("instant", value.isoformat(), "range")
    extra = value.microsecond % 1000
    return value.replace(microsecond=value.microsecond - extra) if extra else value


def milliseconds(value: datetime) -> int:
    """Return an instant as whole milliseconds since 1970-01-01T00:00Z."""
    return (value - _EPOCH) // _MILLISECOND


def moment(number: int) -> datetime:
    """Return the instant that `milliseconds` counted."""
    return _EPOCH + number * _MILLISECOND


@define
class IdMaker:
    """Makes identifiers that never repeat for one `node` and never go back.

    A clock that jumps back is waited out in numbers, not in time: the sequence goes on from the
    latest millisecond seen. Safe to share between threads; two processes that write the same
    school need different nodes (0-1023).
    """

    node: int = 0
    _last: int = field(default=0, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.node < 1 << _NODE_BITS:
            raise Invalid("node", str(self.node), "range")

    def make(self, now: datetime) -> int:
        """Return the next identifier for the millisecond of `now`.

        Raises `Invalid` where the clock shows 2109 or later, whose milliseconds have no room.
        """
        floor = milliseconds(now) << _SEQUENCE_BITS
        if floor.bit_length() > _BITS - _NODE_BITS:
            raise Invalid("instant", now.isoformat(), "range")
        with self._lock:
            self._last = max(self._last + 1, floor)
            tick, sequence = divmod(self._last, 1 << _SEQUENCE_BITS)
        return (tick << _NODE_BITS | self.node) << _SEQUENCE_BITS | sequence
