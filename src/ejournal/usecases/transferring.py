"""Transferring what a school knows of a pupil: a packet goes out of one, and into another.

The order by which a pupil leaves is under `moving`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from attrs import define, field

from ejournal.authority import require
from ejournal.ids import (
    ClassId,
    JournalId,
    PupilId,
    StaffId,
    TransferRecordId,
    YearId,
    parse_id,
)
from ejournal.model.attendance import Absence
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.classes import SchoolClass
from ejournal.model.correcting import RevisionKind
from ejournal.model.events import FinalDecided, MarkRevised, PacketSent, PacketTaken, PupilAdded
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import Journal, Mark
from ejournal.model.ledger import Seal, Spelled
from ejournal.model.marks import AbsenceCode, parse_mark_code
from ejournal.model.people import DiaryPart, Enrolment, Pupil
from ejournal.model.permissions import Action
from ejournal.model.transfers import (
    PriorAbsence,
    PriorAbsenceChange,
    PriorEnrolment,
    PriorJournal,
    PriorMark,
    PriorMarkChange,
    PriorPupil,
    SendingSchool,
    TransferPacket,
    TransferRecord,
)
from ejournal.store import SchoolUnit
from ejournal.store.history import Revision
from ejournal.store.packets import SealedPacket, read_packet, seal_packet
from ejournal.visibility import parts_shown, viewer_of

__all__ = ["admit", "prior_records", "resend_packet", "send_packet", "take_packet"]

_ALWAYS = Period(date.min, date.max)
_NO_REASON: Mapping[str, Spelled] = {"reason": ""}


def send_packet(unit: SchoolUnit, pupil: PupilId) -> bytes:
    """Return the file of a packet with all that the school knows of a pupil.

    It holds who the pupil is, the enrolments with their orders, every mark and absence with how it
    came to be, the names of those who gave them, and the packets the pupil came with. The entry
    says that it went out, and with which seal. Raises `Missing` for a pupil who is not there, and
    `NotAllowedHere` for a record that was merged into another.
    """
    child = unit.pupils.get(pupil).current()
    require(unit, Action.SEND_PACKET, child)
    sealed = seal_packet(_Packing(unit, child).packet())
    unit.record(PacketSent(child.id, sealed.sha256))
    return sealed.file


def resend_packet(unit: SchoolUnit, record: TransferRecordId) -> bytes:
    """Return the file that was taken in, byte for byte; raises `Missing` where none was."""
    taken = unit.transfer_records.get(record)
    require(unit, Action.SEND_PACKET, unit.pupils.get(taken.pupil))
    unit.record(PacketSent(taken.pupil, taken.sha256))
    return taken.packet.encode()


def take_packet(unit: SchoolUnit, file: bytes, pupil: PupilId) -> TransferRecord:
    """Keep a packet from another school beside a pupil whom this one knows.

    Raises `Invalid`, quoting nothing of it, for a file that is damaged, `Duplicate` for one that
    was taken in already, and `NotAllowedHere` if it is about another person, or the pupil's record
    was merged into another.
    """
    child = unit.pupils.get(pupil).current()
    require(unit, Action.TAKE_PACKET, child)
    return _taken(unit, read_packet(file), child)


def admit(unit: SchoolUnit, file: bytes) -> Pupil:
    """Add the pupil whom a packet is about, and keep the packet; a class comes by enrolment.

    Raises `Invalid` for a file that is damaged, and `Duplicate` for one that was taken in already.
    """
    require(unit, Action.TAKE_PACKET)
    sealed = read_packet(file)
    known = sealed.packet.pupil
    child = unit.pupils.add(Pupil(PupilId(unit.new_id()), known.name, known.birth_date, known.sex))
    unit.record(PupilAdded(child.id))
    _taken(unit, sealed, child)
    return child


def _taken(unit: SchoolUnit, sealed: SealedPacket, child: Pupil) -> TransferRecord:
    record = TransferRecord(
        TransferRecordId(unit.new_id()),
        sealed.packet.pupil.found_in(child),
        sealed.sha256,
        sealed.packet.source.name,
        sealed.text,
        unit.now,
    )
    kept = unit.transfer_records.add(record.beside(unit.transfer_records.sealed(sealed.sha256)))
    unit.record(PacketTaken(kept.id, child.id, kept.sha256))
    return kept


def prior_records(unit: SchoolUnit, pupil: PupilId) -> tuple[TransferPacket, ...]:
    """Return what a pupil brought from other schools, for whoever may read the pupil's diary.

    A packet that stands in another one, because the pupil came there with it, comes before that
    one; each comes once. A packet tells everything, so a guardian from whom any part of the diary
    is kept is shown none. Raises `Missing` for a pupil who is not there.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    if parts_shown(unit, viewer_of(unit), child) < frozenset(DiaryPart):
        return ()
    brought = [record.packet for record in unit.transfer_records.of_pupil(pupil)]
    packets = {each.sha256: each.packet for each in _unpacked(brought)}
    return tuple(packets.values())


def _unpacked(texts: Iterable[str]) -> Iterator[SealedPacket]:
    for text in texts:
        sealed = read_packet(text.encode())
        yield from _unpacked(sealed.packet.earlier)
        yield sealed


@define
class _Packing:
    """Everything of one pupil, told in words; names are looked up once each."""

    unit: SchoolUnit
    pupil: Pupil
    _names: dict[StaffId, PersonName] = field(init=False, factory=dict)
    _classes: dict[ClassId, SchoolClass] = field(init=False, factory=dict)
    _years: dict[YearId, SchoolYear] = field(init=False, factory=dict)

    def packet(self) -> TransferPacket:
        unit, pupil = self.unit, self.pupil
        school, head = unit.schools.get(unit.id), unit.chain.head
        seal = Seal(unit.id, head.seq, head.hash)
        self._names = {each.id: each.name for each in unit.staff.all()}
        self._classes = {each.id: each for each in unit.classes.all()}
        self._years = {each.id: each for each in unit.years.all()}
        return TransferPacket(
            SendingSchool(school.diso_id, school.edrpou, school.name, seal),
            unit.now,
            PriorPupil(pupil.id, pupil.name, pupil.birth_date, pupil.sex),
            tuple(map(self._enrolment, unit.enrolments.of_pupil(pupil.id))),
            tuple(self._journals()),
            tuple(record.packet for record in unit.transfer_records.of_pupil(pupil.id)),
        )

    def _enrolment(self, enrolment: Enrolment) -> PriorEnrolment:
        school_class = self._classes[enrolment.school_class]
        year = self._years[school_class.year]
        return PriorEnrolment(
            year.label,
            year.form,
            school_class.label,
            enrolment.since,
            enrolment.order_number,
            enrolment.order_date,
            enrolment.until,
            enrolment.departure,
            enrolment.basis,
            enrolment.reason,
            enrolment.destination,
        )

    def _journals(self) -> Iterator[PriorJournal]:
        marks: defaultdict[JournalId, list[Mark]] = defaultdict(list)
        absences: defaultdict[JournalId, list[Absence]] = defaultdict(list)
        repository, pupil = self.unit.marks, self.pupil.id
        for mark in repository.kept_of(pupil):
            marks[mark.journal].append(mark)
        for absence in self.unit.absences.of_pupil(pupil, _ALWAYS):
            absences[absence.journal].append(absence)
        for journal in self.unit.journals.each(sorted(marks.keys() | absences.keys())):
            yield self._journal(journal, marks[journal.id], absences[journal.id])

    def _journal(
        self, journal: Journal, marks: Iterable[Mark], absences: Iterable[Absence]
    ) -> PriorJournal:
        unit = self.unit
        subject = unit.subjects.get(journal.subject)
        subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
        named = (journal.teacher, journal.second_teacher)
        return PriorJournal(
            self._years[journal.year].label,
            journal.semester,
            self._classes[journal.school_class].label,
            subject.name,
            subject.base,
            "" if subgroup is None else subgroup.name,
            tuple(self._names[each] for each in named if each is not None),
            tuple(map(self._mark, sorted(marks, key=lambda mark: mark.column))),
            tuple(map(self._absence, sorted(absences, key=lambda each: each.lesson))),
        )

    def _mark(self, mark: Mark) -> PriorMark:
        column = self.unit.columns.get(mark.column)
        return PriorMark(
            column.kind,
            column.title,
            column.group,
            column.result,
            column.day,
            mark.value,
            mark.comment,
            self._name(mark.author),
            mark.given_at,
            tuple(map(self._mark_change, self.unit.marks.history(mark.key))),
            mark.void,
        )

    def _mark_change(self, revision: Revision) -> PriorMarkChange:
        fields = revision.fields
        has_reason = revision.event in {MarkRevised.name, FinalDecided.name}
        told = revision.told if has_reason else _NO_REASON
        kind = told.get("kind")
        return PriorMarkChange(
            revision.at,
            self._told_name(fields),
            parse_mark_code(str(fields["value"])),
            _text(fields["comment"]),
            bool(fields.get("void")),
            None if kind is None else RevisionKind(kind),
            _text(told["reason"]),
        )

    def _absence(self, absence: Absence) -> PriorAbsence:
        lesson = self.unit.lessons.get(absence.lesson)
        return PriorAbsence(
            lesson.day,
            lesson.bell,
            lesson.topic,
            absence.code,
            absence.minutes_late,
            absence.excuse,
            self._name(absence.author),
            absence.recorded_at,
            absence.remote,
            absence.excused_by is not None,
            tuple(map(self._absence_change, self.unit.absences.history(absence.key))),
        )

    def _absence_change(self, revision: Revision) -> PriorAbsenceChange:
        fields = revision.fields
        code, minutes = fields["code"], fields["minutes_late"]
        return PriorAbsenceChange(
            revision.at,
            self._told_name(fields),
            None if code is None else AbsenceCode(code),
            int(str(minutes)),
            _text(fields["excuse"]),
            # What was written before a step brought these says neither.
            fields.get("remote") is True,
            fields.get("excused_by") is not None,
        )

    def _told_name(self, fields: Mapping[str, Spelled]) -> PersonName | None:
        author = fields["author"]
        return None if author is None else self._name(StaffId(parse_id(str(author))))

    def _name(self, staff: StaffId | None) -> PersonName | None:
        return None if staff is None else self._names.get(staff)


def _text(spelled: Spelled) -> str | None:
    return None if spelled is None else str(spelled)
