"""The file of a transfer packet: sealed, read back to the same bytes, refused where damaged."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import attrs
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Duplicate, Invalid, NotAllowedHere
from ejournal.ids import PupilId, SchoolId, TransferRecordId
from ejournal.model.attendance import Absence
from ejournal.model.calendar import StudyForm
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName
from ejournal.model.journal import Column, ColumnKind, Mark
from ejournal.model.ledger import Seal, Spelled, canonical
from ejournal.model.marks import AbsenceCode, Grade
from ejournal.model.people import Enrolment, Pupil
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
from ejournal.store.packets import PACKET_FORMAT, read_packet, seal_packet
from ejournal.testing.strategies import values

AT = datetime(2026, 10, 5, 9, 30, tzinfo=UTC)
DAY = date(2026, 10, 5)
ADA = PersonName("Яценко", "Ада")
TEACHER = PersonName("Шевчук", "Ольга", "Петрівна")
SOURCE = SendingSchool(
    DisoId(123456), Edrpou("32855961"), "Вигаданий ліцей", Seal(SchoolId(1), 7, "ab" * 32)
)
PACKET = TransferPacket(
    SOURCE,
    AT,
    PriorPupil(PupilId(9), ADA, date(2016, 2, 29), None),
    (
        PriorEnrolment(
            "2026/27", StudyForm.IN_PERSON_DAY, ClassLabel(5, "А"), DAY, "17-у", DAY,
            None, None, "", "", "",
        ),
    ),
    (
        PriorJournal(
            "2026/27",
            1,
            ClassLabel(5, "А"),
            "Алгебра",
            "",
            "",
            (TEACHER,),
            (
                PriorMark(
                    ColumnKind.TEST, "К/р 1", None, None, DAY, Grade(9), "молодець", TEACHER, AT,
                    (PriorMarkChange(AT, TEACHER, Grade(9), "молодець"),),
                ),
            ),
            (
                PriorAbsence(
                    DAY, 2, "Дроби", AbsenceCode.ILL, 0, "", None, AT, False, True,
                    (
                        PriorAbsenceChange(
                            AT, None, AbsenceCode.ILL, 0, None, remote=False, excused=True
                        ),
                    ),
                ),
            ),
        ),
    ),
)  # fmt: skip


@st.composite
def packets(draw: st.DrawFn, depth: int = 2) -> TransferPacket:
    """Draw packets, some of pupils who came with packets to the school that made them."""
    packet = draw(values(TransferPacket))
    inner = st.lists(packets(depth - 1), max_size=2) if depth else st.just([])
    return evolve(packet, earlier=tuple(seal_packet(each).text for each in draw(inner)))


@given(packets())
def test_a_packet_is_read_as_it_was_made_and_given_out_as_the_same_bytes(
    packet: TransferPacket,
) -> None:
    sealed = seal_packet(packet)
    read = read_packet(sealed.file)
    assert read == sealed
    assert read.packet == packet
    assert seal_packet(read.packet).file == sealed.file


def test_a_packet_can_be_read_and_verified_without_this_library() -> None:
    document = json.loads(seal_packet(PACKET).file)
    assert sorted(document) == ["content", "format", "sha256"]
    assert document["format"] == PACKET_FORMAT == 1
    told = {name: document[name] for name in ("content", "format")}
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert document["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    (journal,) = document["content"]["journals"]
    assert (journal["subject"], journal["marks"][0]["value"]) == ("Алгебра", "9")
    assert document["content"]["source"]["seal"] == {
        "chain": "0000000000001", "seq": 7, "hash": "ab" * 32,
    }  # fmt: skip


@given(st.data())
def test_no_byte_of_a_packet_can_be_changed(data: st.DataObject) -> None:
    file = bytearray(seal_packet(PACKET).file)
    place = data.draw(st.integers(0, len(file) - 1))
    file[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Invalid) as refused:
        read_packet(bytes(file))
    assert (refused.value.field, refused.value.value, refused.value.personal) == (
        "packet",
        "",
        True,
    )


def spelled(**changed: Spelled) -> bytes:
    document = json.loads(seal_packet(PACKET).file)
    return canonical({**document, **changed}).encode()


def resealed(**changed: Spelled) -> bytes:
    content = {**json.loads(seal_packet(PACKET).file)["content"], **changed}
    told: dict[str, Spelled] = {"content": content, "format": 1}
    digest = hashlib.sha256(canonical(told).encode()).hexdigest()
    return canonical({**told, "sha256": digest}).encode()


FILE = seal_packet(PACKET).file


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "pattern"),
        (b"\xff\x98", "pattern"),
        (b"[]", "pattern"),
        (b"{}", "pattern"),
        (FILE[:-9], "pattern"),
        (FILE + b"\n", "normal-form"),
        (json.dumps(json.loads(FILE)).encode(), "normal-form"),
        (spelled(format=2), "format"),
        (spelled(format=None), "format"),
        (spelled(sha256="0" * 64), "seal"),
        (spelled(content={}), "seal"),
        (spelled(content=None), "seal"),
        (spelled(more="") , "pattern"),
        (resealed(pupil=None), "pattern"),
        (resealed(made_at="yesterday"), "pattern"),
        (resealed(made_at=1), "pattern"),
        (resealed(earlier=None), "pattern"),
        (resealed(earlier=[{}]), "pattern"),
        (resealed(earlier=[json.loads(spelled(sha256="0" * 64))]), "seal"),
        (resealed(more=""), "normal-form"),
        (resealed(journals={}), "normal-form"),
        (b'{"a":' * 100_000, "pattern"),
        (b'{"content":{"b":1.5},"format":1,"sha256":""}', "pattern"),
    ],
)  # fmt: skip
def test_what_is_no_packet_is_refused_and_not_quoted(file: bytes, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_packet(file)
    assert refused.value == Invalid("packet", "", reason, personal=True)


@pytest.mark.parametrize(
    ("name", "birth_date"),
    [
        (ADA, date(2016, 2, 29)),
        (ADA, None),
        (PersonName("ЯЦЕНКО", "Ада", "Іванівна"), None),
    ],
)
def test_a_packet_may_be_about_a_pupil_whose_name_and_birth_date_agree(
    name: PersonName, birth_date: date | None
) -> None:
    pupil = Pupil(PupilId(4), name, birth_date)
    assert PACKET.pupil.found_in(pupil) == PupilId(4)


@pytest.mark.parametrize(
    ("name", "birth_date"),
    [(ADA, date(2016, 3, 1)), (PersonName("Яценко", "Яна"), date(2016, 2, 29))],
)
def test_a_packet_about_another_person_is_refused(name: PersonName, birth_date: date) -> None:
    with pytest.raises(NotAllowedHere) as refused:
        PACKET.pupil.found_in(Pupil(PupilId(4), name, birth_date))
    assert refused.value == NotAllowedHere("0000000000004", "another-person")


def test_the_same_content_is_kept_once() -> None:
    sealed = seal_packet(PACKET)
    record = TransferRecord(
        TransferRecordId(1), PupilId(4), sealed.sha256, SOURCE.name, sealed.text, AT
    )
    other = evolve(record, id=TransferRecordId(2), sha256="0" * 64)
    assert other.beside([record]) is other
    with pytest.raises(Duplicate) as refused:
        evolve(record, id=TransferRecordId(3)).beside([other, record])
    assert refused.value == Duplicate("transfer_record", ("sha256",), (TransferRecordId(1),))


# What of a record stands in a packet elsewhere or under another name. A new field of a record has
# to be told in the packet, under a new format, or to be named here.
ELSEWHERE = {
    Mark: {"journal", "column", "pupil", "version"},
    Column: {"id", "journal", "lesson", "struck", "corrects", "version"},
    Absence: {"journal", "lesson", "pupil", "excused_by", "version"},
    Enrolment: {"id", "pupil", "repeats", "version"},
    Pupil: {"merged_into", "version"},
}
TOLD = {
    Mark: PriorMark,
    Column: PriorMark,
    Absence: PriorAbsence,
    Enrolment: PriorEnrolment,
    Pupil: PriorPupil,
}


@pytest.mark.parametrize("record", TOLD, ids=lambda kind: str(kind.__name__))
def test_every_field_of_a_record_is_told_in_a_packet(record: type[attrs.AttrsInstance]) -> None:
    fields = {each.name for each in attrs.fields(record)}
    told = {each.name for each in attrs.fields(TOLD[record])}
    assert fields - told == ELSEWHERE[record]
