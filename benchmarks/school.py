"""A school of any size, the same each time, with a semester of lessons and marks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, islice

from attrs import define, evolve, field, frozen

from ejournal.codec import shape_of
from ejournal.ids import (
    AccountId,
    ClassId,
    ColumnId,
    EnrolmentId,
    GrantId,
    JournalId,
    LessonId,
    PersonId,
    PupilId,
    SchoolId,
    StaffId,
    SubjectId,
    YearId,
    spell_id,
)
from ejournal.model.access import Actor, Cabinet, Grant, System
from ejournal.model.attendance import Absence
from ejournal.model.calendar import SchoolYear, Semester, StudyForm, bells
from ejournal.model.catalogue import ABSENCES, MARKS
from ejournal.model.classes import SchoolClass, Subject, Terms
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, PersonName, Region
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson
from ejournal.model.ledger import Event
from ejournal.model.marks import AbsenceCode, Grade, spell_mark
from ejournal.model.people import Enrolment, Pupil, Staff
from ejournal.model.permissions import Role, rights_of
from ejournal.model.school import School, SchoolState
from ejournal.ports import Row, as_text
from ejournal.store import SchoolUnit, Store

__all__ = ["NOW", "FilledSchool", "Size", "Taught", "fill", "mark_lines"]

NOW = datetime(2026, 12, 22, 9, 0, tzinfo=UTC)
FIRST_DAY = date(2026, 9, 1)
_LETTERS = "АБВГДЕЖЗ"
_NAMES = ("column", "pupil", "value", "comment", "given_at")
_FAMILIES = ("Бондар", "Гай", "Ґава", "Єфименко", "Зозуля", "Їжак", "Лисенко", "Мороз", "Шевчук")
_GIVEN = ("Ада", "Богдан", "Віра", "Ганна", "Дмитро", "Ольга", "Петро", "Яна")
_PATRONYMICS = ("Іванівна", "Петрівна", "Тарасівна", "Олегівна")
_STUDY_DAYS = 80
_EACH = 10_000
_BELLS = bells(time(8, 30), breaks=(10, 10, 20, 10, 10, 10))


@frozen
class Size:
    """How much of a school there is; each column is a lesson's, and has a mark for every pupil."""

    classes: int = 25
    pupils: int = 30
    journals: int = 8
    columns: int = 40

    @property
    def marks(self) -> int:
        """How many marks there is room for."""
        return self.classes * self.pupils * self.journals * self.columns


@frozen
class Taught:
    """A class with its pupils and journals; lessons and columns stand journal by journal."""

    school_class: SchoolClass
    pupils: tuple[Pupil, ...]
    journals: tuple[Journal, ...]
    lessons: tuple[tuple[Lesson, ...], ...]
    columns: tuple[tuple[Column, ...], ...]


@define
class FilledSchool:
    """What was put in place, and who acts in it."""

    id: SchoolId
    year: SchoolYear
    subjects: tuple[Subject, ...] = ()
    staff: tuple[Staff, ...] = ()
    taught: tuple[Taught, ...] = ()
    accounts: dict[int, AccountId] = field(factory=dict)

    def teacher(self, journal: Journal) -> Actor:
        """Return the journal's teacher."""
        return self._actor(Role.SUBJECT_TEACHER, journal.teacher)

    @property
    def administrator(self) -> Actor:
        """Return who may take marks in and give them out."""
        return self._actor(Role.SCHOOL_ADMIN, self.staff[-1].id)

    def reader(self, pupil: PupilId) -> Actor:
        """Return the pupil, who reads the diary."""
        return self._actor(Role.PUPIL, pupil)

    def cells(self, first: int = 0, last: int | None = None) -> Iterator[tuple[Column, Pupil]]:
        """Yield the places for marks in the columns from a first one to before a last one.

        They come as a school fills them: column after column, and all journals in each.
        """
        for place in range(first, len(self.taught[0].columns[0]) if last is None else last):
            for taught in self.taught:
                for columns in taught.columns:
                    for pupil in taught.pupils:
                        yield columns[place], pupil

    def _actor(self, role: Role, person: int) -> Actor:
        return Actor(self.accounts[person], Cabinet(role, self.id, PersonId(person)))


class Furnished(Event):
    """Everything but marks and absences was put in place."""

    name = "furnished"


def fill(store: Store, size: Size, school: int = 1, filled: int | None = None) -> FilledSchool:
    """Put a school in place with marks in its first `filled` columns, or in all of them.

    People, journals and lessons are recorded in the ledger; the marks were there before it.
    """
    made = store.run(SchoolId(school), System("benchmark"), _furnish, size)
    rows = _mark_rows(made, size.columns if filled is None else filled)
    while some := list(islice(rows, _EACH)):
        with store.begin(writing=True) as transaction:
            transaction.insert(shape_of(MARKS).table, made.id, some)
    with store.begin(writing=True) as transaction:
        transaction.insert(shape_of(ABSENCES).table, made.id, list(_absence_rows(made)))
    return made


def mark_lines(made: FilledSchool) -> Iterator[str]:
    """Yield a CSV file with the marks that `fill` would put into every column of the school."""
    yield f"{','.join(_NAMES)}\r\n"
    shape = shape_of(MARKS)
    for row in _mark_rows(made, len(made.taught[0].columns[0])):
        mark = shape.entity(row)
        fields = (
            *(spell_id(mark.column), spell_id(mark.pupil), spell_mark(mark.value)),
            *(mark.comment, as_text(mark.given_at)),
        )
        yield f"{','.join(fields)}\r\n"


def _furnish(unit: SchoolUnit, size: Size) -> FilledSchool:
    year = SchoolYear(
        YearId(unit.new_id()),
        StudyForm.IN_PERSON_DAY,
        FIRST_DAY,
        date(2027, 6, 30),
        (
            Semester(1, FIRST_DAY, date(2026, 12, 24)),
            Semester(2, date(2027, 1, 12), date(2027, 6, 4)),
        ),
        (),
        _BELLS,
    )
    made = FilledSchool(unit.id, unit.years.add(year))
    code, name = 100_000 + unit.id, f"Вигаданий ліцей № {unit.id}"
    unit.schools.add(
        School(
            *(unit.id, DisoId(code), Edrpou("32855961"), name, Region.POLTAVA),
            community="Вигадана громада",
            state=SchoolState.ACTIVATED,
        )
    )
    made.subjects = tuple(
        unit.subjects.pour(
            Subject(SubjectId(unit.new_id()), f"Предмет {number + 1}")
            for number in range(size.journals)
        )
    )
    made.staff = tuple(
        unit.staff.pour(
            Staff(StaffId(unit.new_id()), _name(number), "учитель")
            for number in range(size.journals * (1 + size.classes // 5) + 1)
        )
    )
    made.taught = tuple(_taught(unit, made, size, number) for number in range(size.classes))
    _grant(unit, made, Role.SUBJECT_TEACHER, [member.id for member in made.staff[:-1]])
    _grant(unit, made, Role.SCHOOL_ADMIN, [made.staff[-1].id])
    _grant(unit, made, Role.PUPIL, [pupil.id for each in made.taught for pupil in each.pupils])
    unit.record(Furnished())
    return made


def _taught(unit: SchoolUnit, made: FilledSchool, size: Size, number: int) -> Taught:
    label = ClassLabel(5 + number % 7, _LETTERS[number // 7])
    school_class = unit.classes.add(SchoolClass(ClassId(unit.new_id()), made.year.id, label))
    pupils = unit.pupils.pour(
        Pupil(PupilId(unit.new_id()), _name(number * size.pupils + place), date(2015, 3, 8))
        for place in range(size.pupils)
    )
    unit.enrolments.pour(
        Enrolment(
            *(EnrolmentId(unit.new_id()), pupil.id, school_class.id),
            *(FIRST_DAY, "17-у", date(2026, 8, 28)),
        )
        for pupil in pupils
    )
    teachers = [
        made.staff[place * (1 + size.classes // 5) + number // 5] for place in range(size.journals)
    ]
    journals = unit.journals.pour(
        Journal(
            JournalId(unit.new_id()),
            made.year.id,
            1,
            school_class.id,
            subject.id,
            None,
            teacher.id,
            terms=Terms.of(made.year, 1, school_class, subject),
        )
        for subject, teacher in zip(made.subjects, teachers, strict=True)
    )
    lessons = [
        unit.lessons.pour(_lessons(unit, journal, place, size))
        for place, journal in enumerate(journals)
    ]
    columns = [
        unit.columns.pour(
            lesson.column(ColumnId(unit.new_id()), ColumnKind.CURRENT) for lesson in held
        )
        for held in lessons
    ]
    return Taught(
        school_class,
        tuple(pupils),
        tuple(journals),
        tuple(map(tuple, lessons)),
        tuple(map(tuple, columns)),
    )


def _lessons(unit: SchoolUnit, journal: Journal, place: int, size: Size) -> Iterator[Lesson]:
    """Yield a journal's lessons, spread evenly; every second sets homework for the next one."""
    days = [day for day in _weekdays() if day < date(2026, 12, 24)][:_STUDY_DAYS]
    a_day = -(-size.journals * size.columns // len(days))
    ids = [LessonId(unit.new_id()) for _ in range(size.columns)]
    for number, id_ in enumerate(ids):
        slot = number * size.journals + place
        yield Lesson(
            *(id_, journal.id, days[slot // a_day], slot % a_day + 1, number + 1),
            topic=f"Тема {number + 1}. Вправи",
            homework=f"§ {number + 1}, вправа {number + 2}",
            homework_to=ids[number + 1] if number % 2 and number + 1 < len(ids) else None,
        )


def _weekdays() -> list[date]:
    days = (FIRST_DAY + timedelta(days=number) for number in range(150))
    return [day for day in days if day.weekday() < 5]


def _grant(unit: SchoolUnit, made: FilledSchool, role: Role, people: list[int]) -> None:
    grants = unit.grants.pour(
        Grant(
            *(GrantId(unit.new_id()), role, rights_of(role)),
            *(AccountId(unit.new_id()), PersonId(person), NOW - timedelta(days=90)),
        )
        for person in people
    )
    made.accounts |= {
        grant.person: grant.account for grant in grants if grant.person and grant.account
    }


def _mark_rows(made: FilledSchool, filled: int) -> Iterator[Row]:
    shape = shape_of(MARKS)
    for taught in made.taught:
        for journal, columns in zip(taught.journals, taught.columns, strict=True):
            for place, column in enumerate(columns[:filled]):
                given_at = datetime.combine(column.day or FIRST_DAY, time(9), UTC)
                for number, pupil in enumerate(taught.pupils):
                    points = 1 + (place * 7 + number * 5) % 12
                    comment = "Перездати до п’ятниці" if not (place + number) % 20 else ""
                    mark = column.mark(pupil.id, Grade(points), comment, journal.teacher, given_at)
                    yield shape.row(mark)


def _absence_rows(made: FilledSchool) -> Iterator[Row]:
    """Yield that one of twenty pupils was not at a lesson."""
    shape = shape_of(ABSENCES)
    for taught in made.taught:
        for number, lesson in enumerate(chain.from_iterable(taught.lessons)):
            for pupil in taught.pupils[number % 20 :: 20]:
                at = datetime.combine(lesson.day, time(8, 45), UTC)
                yield shape.row(
                    Absence(
                        *(lesson.journal, lesson.id, pupil.id, lesson.day, AbsenceCode.ILL),
                        *(0, "", None, at),
                    )
                )


def add_year(unit: SchoolUnit, made: FilledSchool, size: Size) -> None:
    """Put as many classes again into a year of their own, with pupils and lessons, without marks.

    A year has no more than eight times seven classes.
    """
    of_this = evolve(made, year=unit.years.add(evolve(made.year, id=YearId(unit.new_id()))))
    taught = [_taught(unit, of_this, size, number) for number in range(size.classes)]
    made.taught = (*made.taught, *taught)
    _grant(unit, made, Role.PUPIL, [pupil.id for each in taught for pupil in each.pupils])
    unit.record(Furnished())


def _name(number: int) -> PersonName:
    return PersonName(
        _FAMILIES[number % len(_FAMILIES)],
        _GIVEN[number // 3 % len(_GIVEN)],
        _PATRONYMICS[number // 7 % len(_PATRONYMICS)],
    )
