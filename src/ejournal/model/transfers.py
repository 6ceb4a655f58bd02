"""What a pupil takes along to another school, and what a school keeps of pupils who came.

A packet is told in words and not by identifiers of the school it came from: subjects, classes and
teachers are named, since another school has its own. It is not turned into marks of the school
that takes it, and stands beside them as it was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from attrs import field, frozen

from ejournal.errors import Duplicate, NotAllowedHere
from ejournal.ids import PupilId, TransferRecordId, spell_id
from ejournal.model.calendar import StudyForm
from ejournal.model.correcting import RevisionKind
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName, Sex
from ejournal.model.journal import ColumnKind, ResultKind
from ejournal.model.ledger import Seal
from ejournal.model.marks import AbsenceCode, MarkValue
from ejournal.model.people import Departure, Pupil

__all__ = [
    "PriorAbsence",
    "PriorAbsenceChange",
    "PriorEnrolment",
    "PriorJournal",
    "PriorMark",
    "PriorMarkChange",
    "PriorPupil",
    "SendingSchool",
    "TransferPacket",
    "TransferRecord",
]


@frozen
class SendingSchool:
    """The school a packet came out of, and the head of its ledger just before."""

    diso_id: DisoId = field(metadata=PLAIN)
    edrpou: Edrpou = field(metadata=PLAIN)
    name: str = field(metadata=PLAIN)
    seal: Seal


@frozen
class PriorPupil:
    """Who the packet is about, as the sending school knows the person."""

    id: PupilId
    name: PersonName = field(metadata=PERSONAL)
    birth_date: date | None = field(metadata=PERSONAL)
    sex: Sex | None = field(metadata=PERSONAL)

    def found_in(self, pupil: Pupil) -> PupilId:
        """Return the pupil's identifier, if this may be the person.

        Raises `NotAllowedHere` where names or birth dates that both schools know are different.
        """
        births = {each for each in (self.birth_date, pupil.birth_date) if each is not None}
        if len(births) > 1 or not self.name.may_be(pupil.name):
            raise NotAllowedHere(spell_id(pupil.id), "another-person")
        return pupil.id


@frozen
class PriorEnrolment:
    """A class the pupil was in, and the orders by which it began and ended."""

    year: str = field(metadata=PLAIN)
    form: StudyForm
    school_class: ClassLabel = field(metadata=PLAIN)
    since: date
    order_number: str = field(metadata=PLAIN)
    order_date: date
    until: date | None
    departure: Departure | None
    basis: str = field(metadata=PERSONAL)
    reason: str = field(metadata=PERSONAL)
    destination: str = field(metadata=PERSONAL)


@frozen
class PriorMarkChange:
    """How a mark read after one change, and why, where it was revised or decided on.

    What was erased of the comment and the reason is None.
    """

    at: datetime
    author: PersonName | None = field(metadata=PERSONAL)
    value: MarkValue
    comment: str | None = field(metadata=PERSONAL)
    void: bool = False
    kind: RevisionKind | None = None
    reason: str | None = field(default="", metadata=PERSONAL)


@frozen
class PriorMark:
    """A mark with the kind of its column, and how it came to be, the latest change first."""

    kind: ColumnKind
    title: str = field(metadata=PLAIN)
    group: int | None
    result: ResultKind | None
    day: date | None
    value: MarkValue
    comment: str = field(metadata=PERSONAL)
    author: PersonName | None = field(metadata=PERSONAL)
    given_at: datetime
    history: tuple[PriorMarkChange, ...] = field(metadata=PERSONAL)
    void: bool = False


@frozen
class PriorAbsenceChange:
    """How an absence read after one change; an erased excuse is None.

    `excused` says whether a confirmed excuse gave the code.
    """

    at: datetime
    author: PersonName | None = field(metadata=PERSONAL)
    code: AbsenceCode | None
    minutes_late: int
    excuse: str | None = field(metadata=PERSONAL)
    remote: bool
    excused: bool


@frozen
class PriorAbsence:
    """What was noted of the pupil at a lesson, and how it came to be, the latest change first."""

    day: date
    bell: int
    topic: str = field(metadata=PLAIN)
    code: AbsenceCode | None
    minutes_late: int
    excuse: str = field(metadata=PERSONAL)
    author: PersonName | None = field(metadata=PERSONAL)
    recorded_at: datetime
    remote: bool
    excused: bool
    history: tuple[PriorAbsenceChange, ...] = field(metadata=PERSONAL)


@frozen
class PriorJournal:
    """A subject of one semester, with the pupil's marks and absences in its journal."""

    year: str = field(metadata=PLAIN)
    semester: int
    school_class: ClassLabel = field(metadata=PLAIN)
    subject: str = field(metadata=PLAIN)
    base: str = field(metadata=PLAIN)
    subgroup: str = field(metadata=PLAIN)
    teachers: tuple[PersonName, ...] = field(metadata=PERSONAL)
    marks: tuple[PriorMark, ...] = field(metadata=PERSONAL)
    absences: tuple[PriorAbsence, ...] = field(metadata=PERSONAL)


@frozen
class TransferPacket:
    """All that one school knows of a pupil who goes to another.

    `earlier` are the packets the pupil came with, each as the text of its file.
    """

    source: SendingSchool
    made_at: datetime
    pupil: PriorPupil = field(metadata=PERSONAL)
    enrolments: tuple[PriorEnrolment, ...] = field(metadata=PERSONAL)
    journals: tuple[PriorJournal, ...] = field(metadata=PERSONAL)
    earlier: tuple[str, ...] = field(default=(), metadata=PERSONAL)


@frozen
class TransferRecord:
    """A packet that was taken in, byte for byte, beside the pupil it is about.

    `sha256` is the seal of the packet's content; no school takes the same content twice.
    """

    id: TransferRecordId
    pupil: PupilId
    sha256: str = field(metadata=PLAIN)
    source: str = field(metadata=PERSONAL)
    packet: str = field(metadata=PERSONAL, repr=False)
    taken_at: datetime
    version: int = 0

    def beside(self, others: Iterable[TransferRecord]) -> TransferRecord:
        """Return this record if none of `others` holds the same packet; raises `Duplicate`."""
        for other in others:
            if other.sha256 == self.sha256:
                raise Duplicate("transfer_record", ("sha256",), (other.id,))
        return self
