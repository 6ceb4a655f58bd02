"""A small school: how to found it through the use cases, and how its first week is entered.

What stands in it is in `week`; the same clock and identifiers always make the same school.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from attrs import frozen

from ejournal.ids import PersonId, SchoolId
from ejournal.intake import read_message
from ejournal.model.access import Actor, Cabinet, Invitation, System, Verified
from ejournal.model.calendar import SchoolYear
from ejournal.model.classes import SchoolClass, Subject
from ejournal.model.identifiers import (
    Email,
    PersonName,
    parse_class_label,
    read_contact_phone,
)
from ejournal.model.journal import ColumnKind, Journal, Lesson
from ejournal.model.marks import parse_mark
from ejournal.model.people import Guardian, Pupil, Staff
from ejournal.model.permissions import Role
from ejournal.model.tokens import token_of
from ejournal.samples import week
from ejournal.samples.files import SampleMessage, message
from ejournal.store import RegistryUnit, SchoolUnit, Store
from ejournal.usecases.attending import note_absence, note_late
from ejournal.usecases.connecting import approve, take
from ejournal.usecases.founding import (
    add_class,
    add_guardian,
    add_pupil,
    add_staff,
    add_subject,
    enrol,
    link_guardian,
    open_year,
)
from ejournal.usecases.inviting import accept, invite
from ejournal.usecases.marking import give_mark
from ejournal.usecases.receiving import receive
from ejournal.usecases.signing_in import found_institute
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    hold_lesson,
    open_journal,
    set_homework,
)

__all__ = [
    "Connected",
    "Person",
    "SmallSchool",
    "connect",
    "found",
    "keep_journals",
    "keep_lessons",
    "people_to_invite",
    "set_up",
]

_SCHEME = "sample"


@frozen
class SmallSchool:
    """The sample school as it was kept; `week` names everything by the keys used here.

    Staff go by their part in the school, classes by label, pupils by class in the order of
    `week.PUPILS`, guardians by name, journals by class and subject.
    """

    id: SchoolId
    year: SchoolYear
    classes: Mapping[str, SchoolClass]
    subjects: Mapping[str, Subject]
    staff: Mapping[str, Staff]
    pupils: Mapping[str, tuple[Pupil, ...]]
    guardians: Mapping[str, Guardian]
    journals: Mapping[tuple[str, str], Journal]


@frozen
class Person:
    """Somebody of the school who is invited: under which role, as whom, at which address."""

    key: str
    role: Role
    name: PersonName
    address: Email
    person: PersonId


@frozen
class Connected:
    """Who acts once the school is connected: the institute's operator and its administrator."""

    operator: Actor
    administrator: Actor
    school: SchoolId


def set_up(store: Store, key: bytes) -> SmallSchool:
    """Connect the sample school by its letter, found it, and enter its first week.

    The store holds nothing yet: raises `NotAllowedHere` where an institute works already. `key`
    is the host's. Everybody is known by the identity scheme `sample` and their address.
    """
    connected = connect(store, key)
    small = store.run(connected.school, connected.administrator, found)
    actors = {
        person.key: _joined(store, connected.operator, small.id, person, key)
        for person in people_to_invite(small)
    }
    keep_journals(store, small, actors)
    return small


def connect(store: Store, key: bytes) -> Connected:
    """Take the sample school from its letter to an administrator who accepted the role."""
    operator = store.run_registry(
        System("sample"),
        found_institute,
        name=_name(week.OPERATOR),
        email=Email(week.OPERATOR_ADDRESS),
        verified=Verified(_SCHEME, week.OPERATOR_ADDRESS),
    )
    reading = read_message(message(SampleMessage.COMPLETE))
    request = store.run_registry(System("intake"), receive, reading)
    store.run_registry(operator, take, request.id)
    school = store.run_registry(operator, approve, request.id).school or SchoolId(0)
    with store.reading(school, operator) as unit:
        (invitation,) = unit.invitations.pending()
    cabinet = Cabinet(Role.SCHOOL_ADMIN, school)
    return Connected(operator, _accepted(store, invitation, cabinet, key), school)


def _joined(store: Store, operator: Actor, school: SchoolId, person: Person, key: bytes) -> Actor:
    def invited(unit: RegistryUnit) -> Invitation:
        return invite(
            unit.school(school),
            name=person.name,
            address=person.address,
            role=person.role,
            person=person.person,
        )

    invitation = store.run_registry(operator, invited)
    return _accepted(store, invitation, Cabinet(person.role, school, person.person), key)


def _accepted(store: Store, invitation: Invitation, cabinet: Cabinet, key: bytes) -> Actor:
    token = token_of(key, cabinet.school or SchoolId(0), invitation)
    verified = Verified(_SCHEME, invitation.address.folded)
    account = store.run_registry(System("sample"), accept, token, verified, key)
    return Actor(account.id, cabinet)


def found(unit: SchoolUnit) -> SmallSchool:
    """Set up the year, the people, the classes and the journals; the administrator acts."""
    year = open_year(
        unit,
        first_day=week.FIRST_DAY,
        last_day=week.LAST_DAY,
        semesters=week.SEMESTERS,
        holidays=week.HOLIDAYS,
        bells=week.BELLS,
    )
    staff = {
        key: add_staff(unit, _name(name), position)
        for key, (name, position, _) in week.STAFF.items()
    }
    classes = {
        label: add_class(unit, year.id, parse_class_label(label), teacher=staff[teacher].id)
        for label, teacher in week.CLASSES.items()
    }
    pupils = {
        label: tuple(_enrolled_pupils(unit, label, school_class))
        for label, school_class in classes.items()
    }
    guardians = dict(_guardians(unit, pupils))
    subjects = {
        name: add_subject(unit, name, short_name=short, assessed=assessed)
        for name, (short, assessed) in week.SUBJECTS.items()
    }
    journals = {
        (plan.label, plan.subject): open_journal(
            unit,
            classes[plan.label].id,
            subjects[plan.subject].id,
            semester=1,
            teacher=staff[plan.teacher].id,
        )
        for plan in week.JOURNALS
    }
    return SmallSchool(unit.id, year, classes, subjects, staff, pupils, guardians, journals)


def _enrolled_pupils(unit: SchoolUnit, label: str, school_class: SchoolClass) -> Iterator[Pupil]:
    number, day = week.ORDER
    for name, born, sex in week.PUPILS[label]:
        pupil = add_pupil(unit, _name(name), birth_date=date.fromisoformat(born), sex=sex)
        enrol(
            unit,
            pupil.id,
            school_class.id,
            since=week.FIRST_DAY,
            order_number=number,
            order_date=day,
        )
        yield pupil


def _guardians(
    unit: SchoolUnit, pupils: Mapping[str, tuple[Pupil, ...]]
) -> Iterator[tuple[str, Guardian]]:
    """Add each guardian with the first of the children, and tie the others."""
    for name, relation, address, phone, (first, *others) in week.GUARDIANS:
        guardian = add_guardian(
            unit,
            _pupil(pupils, first).id,
            relation,
            _name(name),
            email=Email(address) if address else None,
            phone=read_contact_phone(phone) if phone else None,
        )
        for child in others:
            link_guardian(unit, guardian.id, _pupil(pupils, child).id, relation)
        yield name, guardian


def people_to_invite(small: SmallSchool) -> tuple[Person, ...]:
    """Return who is to be invited once the school is founded: staff, a pupil and a parent.

    The head is invited by the institute (rule 93), the others by the administrator.
    """
    staff = (
        Person(key, role, member.name, Email(address), PersonId(member.id))
        for key, member in small.staff.items()
        for role, address in [(week.ROLES[key], week.STAFF[key][2])]
    )
    pupil = _pupil(small.pupils, week.READER[0])
    parent = small.guardians[week.GUARDIANS[0][0]]
    return (
        *staff,
        Person("pupil", Role.PUPIL, pupil.name, Email(week.READER[1]), PersonId(pupil.id)),
        Person(
            "parent",
            Role.PARENT,
            parent.name,
            Email(week.GUARDIANS[0][2]),
            PersonId(parent.id),
        ),
    )


def keep_journals(store: Store, small: SmallSchool, actors: Mapping[str, Actor]) -> None:
    """Enter the week into every journal; each teacher acts in a unit of their own."""
    for plan in week.JOURNALS:
        store.run(small.id, actors[plan.teacher], _keep_journal, small, plan)


def _keep_journal(unit: SchoolUnit, small: SmallSchool, plan: week.JournalPlan) -> None:
    journal = small.journals[plan.label, plan.subject]
    pupils = small.pupils[plan.label]
    keep_lessons(unit, journal, plan.lessons, pupils)
    if plan.thematic:
        topic = add_column(unit, journal.id, ColumnKind.THEMATIC)
        for place, text in plan.thematic.items():
            give_mark(unit, topic.id, pupil=pupils[place - 1].id, value=parse_mark(text))


def keep_lessons(
    unit: SchoolUnit,
    journal: Journal,
    lessons: Sequence[week.LessonPlan],
    pupils: tuple[Pupil, ...],
    *,
    first: int = 1,
) -> None:
    """Enter lessons with all that is planned at them; `first` is the number in the plan."""
    held = [
        hold_lesson(
            unit, journal.id, day=lesson.day, bell=lesson.bell, topic=lesson.topic, plan_no=number
        )
        for number, lesson in enumerate(lessons, first)
    ]
    for lesson, planned, due in zip(held, lessons, [*held[1:], None], strict=True):
        _keep_lesson(unit, lesson, planned, due, pupils)


def _keep_lesson(
    unit: SchoolUnit,
    lesson: Lesson,
    planned: week.LessonPlan,
    due: Lesson | None,
    pupils: tuple[Pupil, ...],
) -> None:
    def of(place: int) -> Pupil:
        return pupils[place - 1]

    if planned.homework:
        set_homework(unit, lesson.id, planned.homework, due=None if due is None else due.id)
    (current,) = unit.columns.of_lesson(lesson.id)
    for place, text in planned.marks.items():
        words = planned.words.get(place, "")
        give_mark(unit, current.id, pupil=of(place).id, value=parse_mark(text), comment=words)
    if planned.test:
        test = add_lesson_column(unit, lesson.id, ColumnKind.TEST)
        for place, text in planned.test.items():
            give_mark(unit, test.id, pupil=of(place).id, value=parse_mark(text))
    for place, code in planned.absent.items():
        note_absence(unit, lesson.id, pupil=of(place).id, code=code)
    for place, minutes in planned.late.items():
        note_late(unit, lesson.id, pupil=of(place).id, minutes=minutes)


def _name(text: str) -> PersonName:
    return PersonName(*text.split())


def _pupil(pupils: Mapping[str, tuple[Pupil, ...]], place: week.Place) -> Pupil:
    label, number = place
    return pupils[label][number - 1]
