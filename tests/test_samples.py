"""The samples: what they are copies of, what is read in them, and the school made of them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from stores import Clock, counted_salts

from ejournal.adapters.memory import MemoryStore
from ejournal.codec import spell
from ejournal.errors import NotAllowedHere
from ejournal.ids import IdMaker, PupilId
from ejournal.intake import read_message
from ejournal.model.access import System
from ejournal.model.directory import decode_directory, parse_directory
from ejournal.model.identifiers import parse_person_name
from ejournal.model.marks import AbsenceCode, Credit, Final, Grade, Level, Sign
from ejournal.model.school import SchoolState
from ejournal.samples import SampleMessage, SmallSchool, directory, message, set_up
from ejournal.samples.week import GUARDIANS, MONDAY, PUPILS, STAFF
from ejournal.store import Store

CORPUS = Path(__file__).parent / "corpus"
KEY = b"a key of sixteen bytes or more"
FRIDAY = MONDAY.replace(day=11)

ORIGINALS = {
    SampleMessage.COMPLETE: "independent/01-letter-labels.eml",
    SampleMessage.WINDOWS_1251: "independent/02-numbered-cp1251.eml",
    SampleMessage.INCOMPLETE: "independent/23-no-diso-id.eml",
    SampleMessage.REPLY: "own/41-reply-with-id.eml",
    SampleMessage.SECOND: "own/42-second-request.eml",
}


@pytest.mark.parametrize("which", SampleMessage)
def test_a_sample_message_is_its_original_in_the_corpus(which: SampleMessage) -> None:
    assert message(which) == (CORPUS / ORIGINALS[which]).read_bytes()


def test_the_reply_completes_the_incomplete_message() -> None:
    first, reply = (
        read_message(message(which)) for which in (SampleMessage.INCOMPLETE, SampleMessage.REPLY)
    )
    assert reply.envelope.references == (first.envelope.message_id,)
    assert first.items.updated_by(reply.items).missing == ()


def test_the_second_request_is_of_the_school_of_the_first() -> None:
    first, second = (
        read_message(message(which)).items
        for which in (SampleMessage.COMPLETE, SampleMessage.SECOND)
    )
    assert (first.diso_id, first.edrpou) == (second.diso_id, second.edrpou)


def test_the_directory_has_every_school_that_writes() -> None:
    rows = parse_directory(StringIO(decode_directory(directory()), newline=""))
    assert rows.refusals == ()
    known = {entry.diso_id for entry in rows.entries}
    wrote = {read_message(message(which)).items.diso_id for which in SampleMessage} - {None}
    assert wrote < known


def made(clock: Clock) -> tuple[Store, SmallSchool]:
    clock.now = clock.now.replace(day=FRIDAY.day, hour=15)
    store = MemoryStore(clock=clock, ids=IdMaker(), salts=counted_salts())
    return store, set_up(store, KEY)


def test_the_same_clock_makes_the_same_school() -> None:
    (first, small), (second, again) = made(Clock()), made(Clock())
    assert again == small
    assert second.heads() == first.heads()


def test_the_small_school_is_set_up_through_the_use_cases(clock: Clock) -> None:
    store, small = made(clock)
    assert {label: len(pupils) for label, pupils in small.pupils.items()} == {"5-А": 12, "3-Б": 12}
    for chain in store.heads():
        assert store.verify(chain) == []
        assert store.audit(chain) == []
    with store.reading(small.id, System("test")) as unit:
        assert unit.schools.get(small.id).state is SchoolState.ACTIVE
        assert len(list(unit.grants.all())) == 1 + len(STAFF) + 2
        assert all(grant.account is not None for grant in unit.grants.all())
        assert not list(unit.invitations.pending())


def test_the_week_holds_marks_of_every_type_and_every_absence(clock: Clock) -> None:
    store, small = made(clock)
    with store.reading(small.id, System("test")) as unit:
        marks = [mark.value for mark in unit.marks.all()]
        absences = list(unit.absences.all())
        lessons = list(unit.lessons.all())
    assert {type(value) for value in marks} >= {Grade, Level, Credit, Sign}
    assert Final.NOT_ATTESTED not in marks
    codes = {absence.code for absence in absences if absence.code is not None}
    assert codes == set(AbsenceCode)
    assert any(absence.minutes_late for absence in absences)
    assert {lesson.day for lesson in lessons} <= {MONDAY.replace(day=day) for day in range(7, 12)}
    assert all(lesson.topic for lesson in lessons)
    assert any(lesson.homework_to for lesson in lessons)


def test_guardians_have_one_child_or_several(clock: Clock) -> None:
    store, small = made(clock)
    with store.reading(small.id, System("test")) as unit:
        children = [
            len(list(unit.guardianships.of_guardian(guardian.id)))
            for guardian in small.guardians.values()
        ]
        brother = PupilId(small.pupils["5-А"][2].id)
        parents = list(unit.guardianships.of_pupil(brother))
    assert sorted(children) == [1, 1, 2, 2, 2]
    assert len(parents) == 2


def test_names_are_ukrainian_in_every_letter() -> None:
    names = [name for listed in PUPILS.values() for name, _, _ in listed]
    names += [name for name, *_ in GUARDIANS] + [name for name, *_ in STAFF.values()]
    assert len(set(names)) == len(names)
    for name in names:
        assert str(parse_person_name(name)) == name
    assert {letter for letter in "ґєї’" if any(letter in name.lower() for name in names)} == set(
        "ґєї’"
    )


def test_a_school_is_not_set_up_where_an_institute_works(clock: Clock) -> None:
    store, _ = made(clock)
    with pytest.raises(NotAllowedHere):
        set_up(store, KEY)


def test_a_small_school_can_be_spelled(clock: Clock) -> None:
    _, small = made(clock)
    assert isinstance(spell(small.year), dict)
