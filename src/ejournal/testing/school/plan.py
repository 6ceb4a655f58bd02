"""A school year as a plan: who is there, what is taught when, and what is done day by day.

The plan is a function of its outline and seed: nothing else is asked, not even the order of a set.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time, timedelta
from functools import cached_property

from attrs import define, field, frozen

from ejournal.ids import YearId
from ejournal.model.calendar import Holiday, SchoolYear, Semester, StudyForm, bells, week_of
from ejournal.model.identifiers import ClassLabel
from ejournal.model.marks import AbsenceCode
from ejournal.model.permissions import Role
from ejournal.samples import week
from ejournal.testing.school.acts import (
    DEPUTY,
    HEAD,
    OFFICE,
    AcknowledgeNote,
    Act,
    ApproveChange,
    ArchivePeriod,
    AssignSubstitute,
    CancelLessons,
    DeclineChange,
    DeclineSubstitution,
    EnrolPupil,
    HoldRemotely,
    Inspect,
    JournalPlace,
    LessonPlace,
    NoteAbsence,
    ProposeChange,
    ReleasePupil,
    Sitting,
    TransferPupil,
    Who,
)
from ejournal.testing.school.books import Book, Finals, Present
from ejournal.testing.school.curriculum import CLASS_SIZES, DIVIDED, Course, courses
from ejournal.testing.school.ending import Ending, at
from ejournal.testing.school.numbers import Numbers
from ejournal.testing.school.roster import (
    Changes,
    GuardianEntry,
    PupilEntry,
    StaffEntry,
    guardians,
    pupils,
    staff,
)
from ejournal.testing.school.weeks import Planned, timetable

__all__ = ["Outline", "SchoolPlan", "a_class_month", "a_school_year"]

_DAY = timedelta(days=1)
_FIRST_LEADERS = tuple(range(3, 9))
_FIRST_UPPER, _EVERY_OTHER = 9, 2
_CALM = 12
"""So many days before the end of a semester nobody of the staff is away any more."""


@frozen
class Outline:
    """How much of a school, and when; `ill` and `away` are a day's chances in thousand.

    Of a thousand lessons, and of as many marks, `mistakes` have one that is put right. `changes`
    says who comes, moves and leaves in the middle of the year.
    """

    seed: int
    labels: tuple[ClassLabel, ...]
    last_day: date
    semesters: tuple[Semester, ...]
    holidays: tuple[Holiday, ...]
    changes: Changes
    remote: date
    cancelled: date
    ill: int = 8
    away: int = 4
    mistakes: int = 5

    @property
    def first_day(self) -> date:
        """The first day of the year."""
        return self.semesters[0].first_day


def a_school_year(seed: int) -> SchoolPlan:
    """Return the year of the reference school: 305 pupils, 15 classes, 31 who work there."""
    changes = Changes(
        {ClassLabel(6, "А"): date(2026, 10, 12), ClassLabel(8, "А"): date(2027, 2, 1)},
        {ClassLabel(7, "А"): (date(2026, 11, 9), ClassLabel(7, "Б"))},
        {ClassLabel(9, "А"): date(2027, 3, 19)},
    )
    outline = Outline(
        seed,
        tuple(CLASS_SIZES),
        week.LAST_DAY,
        week.SEMESTERS,
        week.HOLIDAYS,
        changes,
        date(2026, 11, 18),
        date(2027, 2, 17),
    )
    return SchoolPlan(outline)


def a_class_month(seed: int) -> SchoolPlan:
    """Return September of one class, the divided one, as a year that ends with it."""
    semester = Semester(1, week.FIRST_DAY, date(2026, 9, 30))
    outline = Outline(
        seed,
        tuple(DIVIDED),
        date(2026, 10, 30),
        (semester,),
        (),
        Changes(),
        date(2026, 9, 10),
        date(2026, 9, 16),
        away=40,
        mistakes=40,
    )
    return SchoolPlan(outline)


@frozen(slots=False)
class SchoolPlan:
    """The people of an outline, their week, and all that they do."""

    outline: Outline

    @cached_property
    def numbers(self) -> Numbers:
        """What everything is drawn from, each by a name of its own."""
        return Numbers(self.outline.seed)

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """What is taught."""
        return tuple(each for each in courses() if each.label in self.outline.labels)

    @cached_property
    def staff(self) -> tuple[StaffEntry, ...]:
        """Who works there: the head, the deputy, and who teaches or leads a class."""
        needed = {1, 2, *self.leaders.values(), *(each.teacher for each in self.courses)}
        return tuple(each for each in staff(self.numbers) if each.number in needed)

    @cached_property
    def leaders(self) -> Mapping[ClassLabel, int]:
        """The class teachers."""
        primary = [label for label in CLASS_SIZES if label.grade < 5]
        upper = [label for label in CLASS_SIZES if label.grade >= 5]
        found = dict(zip(primary, _FIRST_LEADERS, strict=True))
        found |= {label: 9 + 2 * place for place, label in enumerate(upper)}
        return {label: found[label] for label in self.outline.labels}

    @cached_property
    def pupils(self) -> tuple[PupilEntry, ...]:
        """Who learns there."""
        everybody = pupils(self.numbers, self.outline.changes, self.outline.first_day.year)
        return tuple(each for each in everybody if each.label in self.outline.labels)

    @cached_property
    def guardians(self) -> tuple[GuardianEntry, ...]:
        """Who stands for each of the pupils."""
        return tuple(guardians(self.numbers, self.pupils))

    @cached_property
    def week(self) -> tuple[Planned, ...]:
        """The lessons of the two weeks of the cycle."""
        return timetable(self.courses)

    @cached_property
    def year(self) -> SchoolYear:
        """The calendar; where it is kept it has another identifier."""
        outline = self.outline
        breaks = (10, 20, 20, 10, 10, 10, 10)
        return SchoolYear(
            YearId(0),
            StudyForm.IN_PERSON_DAY,
            outline.first_day,
            outline.last_day,
            outline.semesters,
            outline.holidays,
            bells(time(8, 30), breaks=breaks),
        )

    def members(self, label: ClassLabel, part: str) -> tuple[int, ...]:
        """Return who is ever in a class, or in a part of it, by number."""
        own = [each.number for each in self.pupils if each.was_ever_in(label)]
        if not part:
            return tuple(own)
        parts = DIVIDED[label]
        return tuple(own[parts.index(part) :: len(parts)])

    def listed(self, journal: JournalPlace, day: date) -> list[int]:
        """Return whom a journal is about on a day, by number."""
        members = set(self.members(journal.label, journal.part))
        return [
            each.number
            for each in self.pupils
            if each.number in members and each.class_on(day) == journal.label
        ]

    def lessons_on(self, day: date) -> list[Planned]:
        """Return what the timetable has for a day, in the order of bells."""
        between = week_of(day).first - week_of(self.outline.first_day).first
        turn = between.days // 7 % 2 + 1
        return sorted(
            (
                each
                for each in self.week
                if each.weekday == day.isoweekday() and each.week in {None, turn}
            ),
            key=lambda each: each.bell,
        )

    def study_days(self, semester: Semester) -> list[date]:
        """Return the days of a semester on which lessons are planned."""
        return [day for day in semester.period.days if self.year.is_study_day(day)]

    def sittings(self) -> Iterator[Sitting]:
        """Yield everything that is done, in the order of time."""
        yield from _Year(self).sittings()

    def spelled(self) -> Iterator[str]:
        """Yield all of the plan as text: the people, the week, and every act."""
        for entry in self.staff:
            yield f"{entry.number}\t{entry.name}\t{entry.position}\n"
        for pupil in self.pupils:
            whose = f"{pupil.number}\t{pupil.label}\t{pupil.name}\t{pupil.sex.value}"
            yield f"{whose}\t{pupil.born}\t{pupil.since}\t{pupil.moved and pupil.moved[1]}\n"
        for guardian in self.guardians:
            yield f"{guardian.pupil}\t{guardian.name}\t{guardian.relation.value}\n"
        for each in self.week:
            course = each.course
            what = f"{course.label}\t{course.subject.name}\t{course.part}\t{course.teacher}"
            yield f"{what}\t{each.weekday}\t{each.bell}\t{each.week}\n"
        for sitting in self.sittings():
            yield sitting.spelled()


@define
class _Spell:
    """Somebody is away, through so many more days on which there are lessons."""

    left: int
    first: list[LessonPlace] = field(factory=list)


@define
class _Year:
    """Goes through the days of a plan and remembers what has to be remembered."""

    plan: SchoolPlan
    finals: Finals = field(factory=Finals)
    books: dict[JournalPlace, Book] = field(factory=dict)
    _before: dict[tuple[ClassLabel, str, str], int] = field(factory=dict)
    _ill: dict[int, _Spell] = field(factory=dict)
    _away: dict[int, int] = field(factory=dict)
    _unread: defaultdict[int, list[JournalPlace]] = field(factory=lambda: defaultdict(list))

    def sittings(self) -> Iterator[Sitting]:
        for semester in self.plan.outline.semesters:
            ending = self._open(semester)
            days = self.plan.study_days(semester)
            for place, day in enumerate(days):
                yield from self._day(semester, day, place)
                if place in {len(days) // 3, 2 * len(days) // 3}:
                    yield self._inspected(day)
                if day == days[-2]:
                    yield from ending.before_the_last_day(day)
            yield from ending.after_the_last_day()
        after = self.plan.outline.semesters[-1].last_day + 8 * _DAY
        archived = tuple(ArchivePeriod(each.number) for each in self.plan.outline.semesters)
        yield Sitting(HEAD, at(after, 8), archived)

    def _open(self, semester: Semester) -> Ending:
        days = self.plan.study_days(semester)
        times: dict[Course, int] = defaultdict(int)
        for day in days:
            for lesson in self.plan.lessons_on(day):
                times[lesson.course] += 1
        for book in self.books.values():
            course = book.course
            self._before[course.label, course.subject.name, course.part] = book.before + book.held
        self.books = {}
        drawn = self.plan.numbers
        for course in self.plan.courses:
            place = _journal(semester, course)
            key = (course.label, course.subject.name, course.part)
            self.books[place] = Book(
                place,
                course,
                self.plan.members(course.label, course.part),
                self._skills(course),
                times[course],
                self.finals,
                drawn.apart("book", place),
                drawn.apart("mistakes", place),
                self.plan.outline.mistakes,
                self._before.get(key, 0),
            )
        return Ending(
            semester,
            self.books,
            self.plan.listed,
            tuple(each.number for each in self.plan.staff),
            drawn.apart("ending", semester.number),
            semester == self.plan.outline.semesters[-1],
        )

    def _skills(self, course: Course) -> Mapping[int, int]:
        drawn = self.plan.numbers
        return {
            pupil: 4
            + drawn.apart("gift", pupil).below(6)
            + drawn.apart("gift", pupil, course.subject.name).below(3)
            for pupil in self.plan.members(course.label, course.part)
        }

    def _day(self, semester: Semester, day: date, place: int) -> Iterator[Sitting]:
        yield from self._office(day)
        calm = (semester.last_day - day).days <= _CALM or place == 0
        self._somebody_is_away(day, calm)
        if day == self.plan.outline.cancelled:
            for lesson in self.plan.lessons_on(day):
                self.books[_journal(semester, lesson.course)].missed()
            return
        present, returned = self._present(day)
        replaced = self._replaced(semester, day)
        if replaced:
            yield Sitting(DEPUTY, at(day, 5), tuple(_arrangements(replaced, day)))
        yield from self._excused(day, returned)
        yield from self._taught(semester, present, replaced)

    def _office(self, day: date) -> Iterator[Sitting]:
        outline = self.plan.outline
        acts: list[Act] = []
        for pupil in self.plan.pupils:
            if pupil.since == day:
                acts.append(EnrolPupil(pupil.number, day))
            if pupil.moved is not None and pupil.moved[0] == day:
                acts.append(TransferPupil(pupil.number, pupil.moved[1], day))
            if pupil.last_day == day:
                acts.append(ReleasePupil(pupil.number, day))
        if day == outline.remote:
            acts.append(HoldRemotely(day, "немає світла"))
        if day == outline.cancelled:
            acts.append(CancelLessons(day, "негода"))
        if acts:
            yield Sitting(OFFICE, at(day, 4), tuple(acts))

    def _somebody_is_away(self, day: date, calm: bool) -> None:  # noqa: FBT001 - told by name
        drawn = self.plan.numbers.apart("away", day)
        self._away = {who: left - 1 for who, left in self._away.items() if left > 1}
        for entry in self.plan.staff:
            falls = drawn.happens(self.plan.outline.away)
            days = 2 + drawn.below(3)
            if (
                falls
                and not calm
                and entry.number > DEPUTY.person
                and entry.number not in self._away
            ):
                self._away[entry.number] = days
        if calm:
            self._away.clear()

    def _present(self, day: date) -> tuple[Present, dict[int, _Spell]]:
        """Return who is there, and who is back today after an illness."""
        outline = self.plan.outline
        drawn = self.plan.numbers.apart("pupils", day)
        returned = {pupil: spell for pupil, spell in self._ill.items() if not spell.left}
        for pupil in returned:
            del self._ill[pupil]
        away: dict[int, AbsenceCode] = {}
        late: dict[int, int] = {}
        for pupil, spell in self._ill.items():
            spell.left -= 1
            away[pupil] = AbsenceCode.ILL
        found = {each.number: each.class_on(day) for each in self.plan.pupils}
        classes = {pupil: label for pupil, label in found.items() if label is not None}
        for pupil in classes:
            falls, asked = drawn.happens(outline.ill), drawn.happens(4)
            days, minutes = 1 + drawn.below(5), 1 + drawn.below(15)
            if pupil in away:
                continue
            if falls:
                self._ill[pupil] = _Spell(days)
                away[pupil] = AbsenceCode.ABSENT
            elif asked:
                away[pupil] = AbsenceCode.EXCUSED
            elif drawn.happens(10):
                late[pupil] = minutes
        return Present(day, classes, away, late), returned

    def _excused(self, day: date, returned: Mapping[int, _Spell]) -> Iterator[Sitting]:
        """Let class teachers write the reason for the first day of an illness that is over."""
        of_class: defaultdict[ClassLabel, list[Act]] = defaultdict(list)
        labels = {each.number: each.class_on(day) or each.label for each in self.plan.pupils}
        for pupil, spell in returned.items():
            for lesson in spell.first:
                if lesson.journal in self.books:
                    of_class[labels[pupil]].append(NoteAbsence(lesson, pupil, AbsenceCode.ILL))
        for label, acts in of_class.items():
            leader = Who(Role.CLASS_TEACHER, self.plan.leaders[label])
            yield Sitting(leader, at(day, 5, 30), tuple(acts))

    def _replaced(self, semester: Semester, day: date) -> dict[tuple[JournalPlace, int], int]:
        """Return who holds each lesson of those who are away; 0 stands for nobody."""
        lessons = self.plan.lessons_on(day)
        drawn = self.plan.numbers.apart("replaced", day)
        busy = {(each.course.teacher, each.bell) for each in lessons}
        found: dict[tuple[JournalPlace, int], int] = {}
        for lesson in lessons:
            if lesson.course.teacher not in self._away:
                continue
            free = [
                each.number
                for each in self.plan.staff
                if each.number > DEPUTY.person
                and each.number not in self._away
                and (each.number, lesson.bell) not in busy
            ]
            chosen = 0 if not free or drawn.happens(120) else drawn.one_of(free)
            busy.add((chosen, lesson.bell))
            found[_journal(semester, lesson.course), lesson.bell] = chosen
        return found

    def _taught(
        self,
        semester: Semester,
        present: Present,
        replaced: Mapping[tuple[JournalPlace, int], int],
    ) -> Iterator[Sitting]:
        own: defaultdict[Who, list[Act]] = defaultdict(list)
        for lesson in self.plan.lessons_on(present.day):
            book = self.books[_journal(semester, lesson.course)]
            substitute = replaced.get((book.place, lesson.bell))
            if substitute == 0:
                book.missed()
                continue
            if substitute:
                who = Who(Role.SUBSTITUTE, substitute)
                own[who] += book.substituted(lesson.bell, present)
            else:
                who = Who(Role.SUBJECT_TEACHER, lesson.course.teacher)
                own[who] += self._read(who.person)
                own[who] += book.own_lesson(lesson.bell, present)
            self._remember(book, present)
        for who, acts in sorted(own.items(), key=lambda each: (each[0].person, each[0].role.value)):
            yield Sitting(who, at(present.day, 10, who.person), tuple(acts))
        asked = [act for acts in own.values() for act in acts if isinstance(act, ProposeChange)]
        if asked:
            yield Sitting(DEPUTY, at(present.day, 12), tuple(self._answered(asked)))

    def _answered(self, asked: Iterable[ProposeChange]) -> Iterator[Act]:
        for change in asked:
            if self.plan.numbers.apart("answered", *change.cell).happens(300):
                yield DeclineChange(*change.cell, "оцінка правильна")
            else:
                self.books[change.column.journal].settle(change)
                yield ApproveChange(*change.cell)

    def _read(self, teacher: int) -> list[Act]:
        return [AcknowledgeNote(journal) for journal in self._unread.pop(teacher, [])]

    def _remember(self, book: Book, present: Present) -> None:
        for pupil in book.pupils:
            listed = present.classes.get(pupil) == book.place.label
            if listed and present.away.get(pupil) is AbsenceCode.ABSENT:
                self._ill[pupil].first.append(book.latest)

    def _inspected(self, day: date) -> Sitting:
        drawn = self.plan.numbers.apart("inspected", day)
        acts: list[Act] = []
        for label in self.plan.outline.labels:
            own = [each for each in self.books.values() if each.place.label == label]
            book = drawn.one_of(own)
            remark = "Записати домашнє завдання" if drawn.happens(500) else ""
            acts.append(Inspect(book.place, remark))
            if remark:
                self._unread[book.course.teacher].append(book.place)
        return Sitting(DEPUTY, at(day, 13), tuple(acts))


def _arrangements(replaced: Mapping[tuple[JournalPlace, int], int], day: date) -> Iterator[Act]:
    for (journal, bell), substitute in replaced.items():
        if substitute:
            yield AssignSubstitute(journal, day, bell, substitute)
        else:
            yield DeclineSubstitution(journal, day, bell)


def _journal(semester: Semester, course: Course) -> JournalPlace:
    return JournalPlace(semester.number, course.label, course.subject.name, course.part)
