"""Journals as their teachers keep them: what is entered at a lesson, and what sums it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from attrs import define, field, frozen

from ejournal.model.classes import Assessment
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import AbsenceCode, Credit, Final, Grade, Level, MarkValue, Sign
from ejournal.testing.school.acts import (
    Act,
    AddColumn,
    ChangeMark,
    ColumnPlace,
    DecideFinal,
    GiveMark,
    HoldLesson,
    HoldSubstituted,
    JournalPlace,
    LessonPlace,
    NoteAbsence,
    NoteLate,
    SetHomework,
    SuggestFinals,
    WithdrawAbsence,
)
from ejournal.testing.school.curriculum import Course
from ejournal.testing.school.numbers import Numbers

__all__ = ["Book", "Finals", "Present"]

_ASKED = {Assessment.VERBAL: 45, Assessment.LEVELS: 60, Assessment.CREDIT: 55}
_ASKED_ELSE = 71
_BEST = {Assessment.LEVELS: 4, Assessment.CREDIT: 2}
"""The highest of a scale, where it is not twelve: levels and credit are counted from 1."""

_WORDS = (
    "Працює впевнено, пояснює свій вибір",
    "Виконує завдання за зразком",
    "Потребує допомоги, коли читає умову",
    "Охоче відповідає, слухає інших",
    "Помітно просунулася робота із записами",
    "Радо допомагає іншим",
)
_SLIP = "виправлено описку під час перенесення з зошита"
_PROGRESS = "враховано поступ"
_TOPIC, _MOST_TOPICS = 12, 2
"""A topic takes about so many lessons, and a semester has at most so many topics."""


@frozen
class Present:
    """Who is in which class on a day, who is away and why, and who is late for the first lesson."""

    day: date
    classes: Mapping[int, ClassLabel]
    away: Mapping[int, AbsenceCode]
    late: Mapping[int, int]


@define
class Finals:
    """The points that came of each semester, by subject and pupil, for the year's marks."""

    _of: defaultdict[tuple[str, int], dict[int, int]] = field(factory=lambda: defaultdict(dict))

    def set(self, place: JournalPlace, pupil: int, points: int) -> None:
        self._of[place.subject, pupil][place.semester] = points

    def of(self, place: JournalPlace, pupil: int) -> list[int]:
        return list(self._of[place.subject, pupil].values())


@define
class Book:
    """One journal, from its first lesson to the last of the semester.

    `lessons` are how many the semester has for it if none is missed; `before` is the number in the
    plan with which the semester before ended. `is_last` says whether the year's marks are its to
    give, `skills` is how good each pupil is.
    """

    place: JournalPlace
    course: Course
    pupils: tuple[int, ...]
    skills: Mapping[int, int]
    lessons: int
    finals: Finals
    drawn: Numbers
    before: int = 0
    is_last: bool = False
    held: int = 0
    passed: int = 0
    topics_due: int = 0
    topics: int = 0
    slips: list[ChangeMark] = field(factory=list)
    _topic: dict[int, dict[ColumnPlace, int]] = field(factory=lambda: defaultdict(dict))
    _thematic: dict[int, list[int]] = field(factory=lambda: defaultdict(list))

    def own_lesson(self, bell: int, present: Present) -> Iterator[Act]:
        """Yield what the teacher enters at a lesson of theirs."""
        lesson = self._next()
        for slip in self.slips:
            if slip.column in self._topic[slip.pupil]:
                self._topic[slip.pupil][slip.column] = _points_of(slip.value)
            yield slip
        self.slips.clear()
        yield HoldLesson(lesson, present.day, bell, self._plan_no, self._told())
        yield from self._at_lesson(lesson, bell, present)
        here = self._here(present)
        if self.topics_due and self.course.subject.assessed is not Assessment.NONE:
            self.topics_due -= 1
            yield from self._end_of_topic(lesson, here, self._listed(present))
        if self.passed == self.lessons:
            yield from self._end_of_semester(self._listed(present))

    def substituted(self, bell: int, present: Present) -> Iterator[Act]:
        """Yield what a substitute enters at a lesson of this journal."""
        lesson = self._next()
        yield HoldSubstituted(lesson, present.day, bell, self._plan_no, self._told())
        yield from self._at_lesson(lesson, bell, present)

    def missed(self) -> None:
        """Let a lesson of the timetable go by."""
        self._pass()

    @property
    def latest(self) -> LessonPlace:
        """The lesson that was held last."""
        return LessonPlace(self.place, self.held)

    @property
    def _plan_no(self) -> int:
        return self.before + self.held

    def _next(self) -> LessonPlace:
        self.held += 1
        self._pass()
        return self.latest

    def _pass(self) -> None:
        self.passed += 1
        topics = min(max(self.lessons // _TOPIC, 1), _MOST_TOPICS)
        ends = {self.lessons * number // topics for number in range(1, topics + 1)}
        self.topics_due += self.passed in ends

    def _told(self) -> str:
        return f"{self.course.subject.short} Тема {self.topics + 1}, урок {self._plan_no}"

    def _listed(self, present: Present) -> list[int]:
        label = self.place.label
        return [pupil for pupil in self.pupils if present.classes.get(pupil) == label]

    def _here(self, present: Present) -> list[int]:
        return [pupil for pupil in self._listed(present) if pupil not in present.away]

    def _at_lesson(self, lesson: LessonPlace, bell: int, present: Present) -> Iterator[Act]:
        grade = self.place.label.grade
        if grade > 1 and self.drawn.happens(800):
            yield SetHomework(lesson, f"§ {self.topics + 1}, № {self.drawn.below(90) + 1}")
        for pupil in self._listed(present):
            if pupil in present.away:
                yield NoteAbsence(lesson, pupil, present.away[pupil])
            elif bell == 1 and pupil in present.late:
                yield NoteLate(lesson, pupil, present.late[pupil])
        here = self._here(present)
        if here and self.drawn.happens(5):
            mistaken = self.drawn.one_of(here)
            if bell > 1 or mistaken not in present.late:
                yield NoteAbsence(lesson, mistaken, AbsenceCode.ABSENT)
                yield WithdrawAbsence(lesson, mistaken)
        yield from self._asked(lesson, here)

    def _asked(self, lesson: LessonPlace, here: Iterable[int]) -> Iterator[Act]:
        """Yield the current marks of a lesson; one in two hundred is a slip to be put right."""
        assessed = self.course.subject.assessed
        if assessed is Assessment.NONE:
            return
        column = ColumnPlace(self.place, ColumnKind.CURRENT, lesson.number)
        for pupil in here:
            if not self.drawn.happens(_ASKED.get(assessed, _ASKED_ELSE)):
                continue
            if self.drawn.happens(6):
                yield GiveMark(column, pupil, Sign.REMARK, "немає зошита")
                continue
            yield self._given(column, pupil, self._worth(pupil))
            if assessed is Assessment.POINTS and self.drawn.happens(8):
                value = Grade(self._worth(pupil))
                self.slips.append(ChangeMark(column, pupil, value, _SLIP))

    def _worth(self, pupil: int) -> int:
        points = min(max(self.skills[pupil] + self.drawn.below(5) - 2, 1), 12)
        match self.course.subject.assessed:
            case Assessment.LEVELS:
                return 1 + (points - 1) // 3
            case Assessment.CREDIT:
                return 1 + (points > 3)
            case _:
                return points

    def _given(self, column: ColumnPlace, pupil: int, points: int) -> GiveMark:
        self._topic[pupil][column] = points
        value = self._value(points)
        words = self.drawn.one_of(_WORDS) if value is Sign.VERBAL else ""
        return GiveMark(column, pupil, value, words)

    def _value(self, points: int) -> MarkValue:
        match self.course.subject.assessed:
            case Assessment.LEVELS:
                return tuple(Level)[points - 1]
            case Assessment.CREDIT:
                return Credit.CREDITED if points > 1 else Credit.NOT_CREDITED
            case Assessment.VERBAL:
                return Sign.VERBAL
            case _:
                return Grade(points)

    def _end_of_topic(
        self, lesson: LessonPlace, here: Iterable[int], listed: Iterable[int]
    ) -> Iterator[Act]:
        if self.course.subject.assessed is Assessment.VERBAL:
            return
        self.topics += 1
        if self.course.subject.tested:
            test = ColumnPlace(self.place, ColumnKind.TEST, lesson.number)
            yield AddColumn(test)
            for pupil in here:
                if self.drawn.happens(10):
                    yield GiveMark(test, pupil, Sign.NO_GRADE, "")
                else:
                    yield self._given(test, pupil, self._worth(pupil))
        column = ColumnPlace(self.place, ColumnKind.THEMATIC, self.topics)
        yield AddColumn(column)
        yield SuggestFinals(column)
        for pupil in listed:
            points = list(self._topic[pupil].values())
            decided = self._decided(points)
            if decided:
                self._thematic[pupil].append(decided)
            yield self._final(column, pupil, points, decided)
        self._topic.clear()

    def _end_of_semester(self, listed: list[int]) -> Iterator[Act]:
        if self.course.subject.assessed is Assessment.NONE:
            return
        column = ColumnPlace(self.place, ColumnKind.SEMESTER)
        yield AddColumn(column)
        yield SuggestFinals(column)
        for pupil in listed:
            points = self._thematic[pupil] or list(self._topic[pupil].values())
            decided = self._decided(points)
            if decided:
                self.finals.set(self.place, pupil, decided)
            yield self._final(column, pupil, points, decided)
        if self.is_last:
            annual = ColumnPlace(self.place, ColumnKind.ANNUAL)
            yield AddColumn(annual)
            yield SuggestFinals(annual)
            for pupil in listed:
                points = self.finals.of(self.place, pupil)
                yield self._final(annual, pupil, points, self._decided(points))

    def _decided(self, points: list[int]) -> int:
        """Return the points of a final mark: the mean, sometimes more; 0 for none."""
        raised = self.drawn.happens(30)
        best = _BEST.get(self.course.subject.assessed, 12)
        return min(_mean(points) + raised, best) if points else 0

    def _final(
        self, column: ColumnPlace, pupil: int, points: list[int], decided: int
    ) -> DecideFinal:
        if self.course.subject.assessed is Assessment.VERBAL:
            words = self.drawn.one_of(_WORDS)
            return DecideFinal(column, pupil, Sign.VERBAL, words, "")
        if not decided:
            return DecideFinal(column, pupil, Final.NOT_ATTESTED, "", "")
        reason = _PROGRESS if decided != _mean(points) else ""
        return DecideFinal(column, pupil, self._value(decided), "", reason)


def _points_of(value: MarkValue) -> int:
    return value.points if isinstance(value, Grade) else 1


def _mean(points: list[int]) -> int:
    """Return the mean, halves rounded up."""
    return (2 * sum(points) + len(points)) // (2 * len(points))
