"""Journals as their teachers keep them: what is entered at a lesson, and what sums it up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from attrs import define, field, frozen

from ejournal.model.classes import Assessment
from ejournal.model.correcting import RevisionKind
from ejournal.model.identifiers import ClassLabel
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import AbsenceCode, Credit, Final, Grade, Level, MarkValue, Sign
from ejournal.testing.school.acts import (
    Act,
    AddColumn,
    ChangeMark,
    Changing,
    ColumnPlace,
    DecideFinal,
    GiveMark,
    HoldLesson,
    HoldSubstituted,
    JournalPlace,
    LessonPlace,
    NoteAbsence,
    NoteLate,
    ProposeChange,
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
_SLIP = "описка під час перенесення із зошита"
_WRONG_PUPIL = "записано не тому учневі"
_RETAKEN = "робота перескладена після консультації"
_LOOKED_AGAIN = "роботу переглянуто разом з учнем"
_CHANGED = "змінено семестрову"
_PROGRESS = "враховано поступ"
_WEAK = 5
"""A test with so many points or fewer may be taken again."""
_STRANGERS = 10
"""So many times as often a substitute is mistaken."""
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
    plan with which the semester before ended. `skills` is how good each pupil is. Of a thousand
    lessons, and of as many marks, `mistakes` have one that is noticed. What `pending` holds is done
    at the teacher's next lesson. `semester` and `annual` are the points of the finals given.
    """

    place: JournalPlace
    course: Course
    pupils: tuple[int, ...]
    skills: Mapping[int, int]
    lessons: int
    finals: Finals
    drawn: Numbers
    mistaken: Numbers
    mistakes: int
    before: int = 0
    held: int = 0
    passed: int = 0
    topics_due: int = 0
    topics: int = 0
    pending: list[Changing | GiveMark] = field(factory=list)
    given_on: date | None = None
    semester: dict[int, int] = field(factory=dict)
    annual: dict[int, int] = field(factory=dict)
    _tested: bool = False
    _ended: int = 0
    _topic: dict[int, dict[ColumnPlace, int]] = field(factory=lambda: defaultdict(dict))
    _thematic: dict[int, list[int]] = field(factory=lambda: defaultdict(list))

    def own_lesson(self, bell: int, present: Present) -> Iterator[Act]:
        """Yield what the teacher enters at a lesson of theirs."""
        yield from self._put_right()
        lesson = self._next()
        yield HoldLesson(lesson, present.day, bell, self._plan_no, self._told())
        yield from self._at_lesson(lesson, bell, present, ChangeMark)
        if self.course.subject.assessed is Assessment.NONE:
            return
        here, listed = self._here(present), self._listed(present)
        if self._is_test_due:
            yield from self._test(lesson, here)
        if self.topics_due:
            self.topics_due -= 1
            yield from self._end_of_topic(lesson, listed)
        if self.passed == self.lessons:
            self.given_on = present.day
            yield from self._end_of_semester(listed)

    def substituted(self, bell: int, present: Present) -> Iterator[Act]:
        """Yield what a substitute enters at a lesson of this journal."""
        lesson = self._next()
        yield HoldSubstituted(lesson, present.day, bell, self._plan_no, self._told())
        yield from self._at_lesson(lesson, bell, present, ProposeChange)

    def settle(self, change: Changing) -> None:
        """Let a mark count as it was changed, if its topic is not over."""
        self._count(change.column, change.pupil, change.value)

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
        self.topics_due += self._ends_topic(self.passed)

    def _ends_topic(self, lesson: int) -> bool:
        topics = min(max(self.lessons // _TOPIC, 1), _MOST_TOPICS)
        return lesson in {self.lessons * number // topics for number in range(1, topics + 1)}

    @property
    def _is_test_due(self) -> bool:
        """Whether a topic ends with the next lesson, or with this one, and has no test yet."""
        ends = self.topics_due > 0 or self._ends_topic(self.passed + 1)
        return self.course.subject.tested and ends and not self._tested

    def _told(self) -> str:
        return f"{self.course.subject.short} Тема {self.topics + 1}, урок {self._plan_no}"

    def _listed(self, present: Present) -> list[int]:
        label = self.place.label
        return [pupil for pupil in self.pupils if present.classes.get(pupil) == label]

    def _here(self, present: Present) -> list[int]:
        return [pupil for pupil in self._listed(present) if pupil not in present.away]

    def _put_right(self) -> Iterator[Act]:
        pending, self.pending = self.pending, []
        for act in pending:
            if not isinstance(act, ProposeChange):
                self._count(act.column, act.pupil, act.value)
            yield act

    def _count(self, column: ColumnPlace, pupil: int, value: MarkValue | None) -> None:
        if column.number <= self._ended:
            return
        if value is None:
            self._topic[pupil].pop(column, None)
        else:
            self._topic[pupil][column] = _points_of(value)

    def _at_lesson(
        self, lesson: LessonPlace, bell: int, present: Present, changing: type[Changing]
    ) -> Iterator[Act]:
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
        yield from self._asked(lesson, here, changing)

    def _asked(
        self, lesson: LessonPlace, here: Iterable[int], changing: type[Changing]
    ) -> Iterator[Act]:
        """Yield the current marks of a lesson; slips among them wait to be put right.

        `changing` is how: by whoever gave the mark, or by a proposal to the head.
        """
        assessed = self.course.subject.assessed
        if assessed is Assessment.NONE:
            return
        column = ColumnPlace(self.place, ColumnKind.CURRENT, lesson.number)
        not_asked: list[int] = []
        for pupil in here:
            if not self.drawn.happens(_ASKED.get(assessed, _ASKED_ELSE)):
                not_asked.append(pupil)
                continue
            if self.drawn.happens(6):
                yield GiveMark(column, pupil, Sign.REMARK, "немає зошита")
                continue
            yield self._given(column, pupil, self._worth(pupil, self.drawn))
            if assessed is not Assessment.POINTS:
                continue
            if self.drawn.happens(8):
                self._slipped(column, pupil, changing, self.drawn)
            elif self._is_mistaken(changing):
                if changing is ChangeMark and self.mistaken.happens(500):
                    yield self._given(column, pupil, self._worth(pupil, self.mistaken))
                else:
                    self._slipped(column, pupil, changing, self.mistaken)
        if assessed is Assessment.POINTS:
            yield from self._misplaced(column, not_asked, changing)

    def _slipped(
        self, column: ColumnPlace, pupil: int, changing: type[Changing], drawn: Numbers
    ) -> None:
        value = Grade(self._worth(pupil, drawn))
        self.pending.append(changing(column, pupil, RevisionKind.CORRECTION, value, _SLIP))

    def _misplaced(
        self, column: ColumnPlace, free: Sequence[int], changing: type[Changing]
    ) -> Iterator[Act]:
        """Yield now and then a mark in the wrong row, which waits to be made void.

        Then whose it was gets it, and some of those who had it get another in its place.
        """
        if not self._is_mistaken(changing) or len(free) <= 1:
            return
        wrong = self.mistaken.one_of(free)
        right = self.mistaken.one_of([pupil for pupil in free if pupil != wrong])
        points = self._worth(right, self.mistaken)
        yield self._given(column, wrong, points)
        self.pending.append(changing(column, wrong, RevisionKind.VOID, None, _WRONG_PUPIL))
        self.pending.append(GiveMark(column, right, Grade(points), ""))
        if changing is ChangeMark and self.mistaken.happens(300):
            value = Grade(self._worth(wrong, self.mistaken))
            self.pending.append(GiveMark(column, wrong, value, ""))

    def _is_mistaken(self, changing: type[Changing]) -> bool:
        times = 1 if changing is ChangeMark else _STRANGERS
        return self.mistaken.happens(self.mistakes * times)

    def _worth(self, pupil: int, drawn: Numbers) -> int:
        points = min(max(self.skills[pupil] + drawn.below(5) - 2, 1), 12)
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

    def _test(self, lesson: LessonPlace, here: Iterable[int]) -> Iterator[Act]:
        self._tested = True
        test = ColumnPlace(self.place, ColumnKind.TEST, lesson.number)
        yield AddColumn(test)
        for pupil in here:
            if self.drawn.happens(10):
                yield GiveMark(test, pupil, Sign.NO_GRADE, "")
                self._retaken(test, pupil, 0)
            else:
                points = self._worth(pupil, self.drawn)
                yield self._given(test, pupil, points)
                self._retaken(test, pupil, points)

    def _retaken(self, test: ColumnPlace, pupil: int, points: int) -> None:
        """Let some tests that went wrong be taken again, or looked at, before the topic ends."""
        taken, again = self.mistaken.happens(300), self._worth(pupil, self.mistaken)
        if points > _WEAK or self.topics_due or not taken:
            return
        kind, why = RevisionKind.RETAKE, _RETAKEN
        if points == _WEAK:
            kind, why = RevisionKind.ADJUSTMENT, _LOOKED_AGAIN
        value = Grade(min(max(points + 1, again), 12))
        self.pending.append(ChangeMark(test, pupil, kind, value, why))

    def _end_of_topic(self, lesson: LessonPlace, listed: Iterable[int]) -> Iterator[Act]:
        if self.course.subject.assessed is Assessment.VERBAL:
            return
        self.topics += 1
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
        self._ended, self._tested = lesson.number, False

    def _end_of_semester(self, listed: Iterable[int]) -> Iterator[Act]:
        column = ColumnPlace(self.place, ColumnKind.SEMESTER)
        yield AddColumn(column)
        yield SuggestFinals(column)
        for pupil in listed:
            points = self._thematic[pupil] or list(self._topic[pupil].values())
            decided = self._decided(points)
            if decided:
                self.is_worth(pupil, decided)
            yield self._final(column, pupil, points, decided)

    def is_worth(self, pupil: int, points: int) -> None:
        """Note what came of the semester for a pupil, for the year's mark."""
        self.semester[pupil] = points
        self.finals.set(self.place, pupil, points)

    def end_of_year(self, listed: Iterable[int]) -> Iterator[Act]:
        """Yield the annual marks."""
        if self.course.subject.assessed is Assessment.NONE:
            return
        column = ColumnPlace(self.place, ColumnKind.ANNUAL)
        yield AddColumn(column)
        yield SuggestFinals(column)
        for pupil in listed:
            points = self.finals.of(self.place, pupil)
            self.annual[pupil] = self._decided(points)
            yield self._final(column, pupil, points, self.annual[pupil])

    def year_again(self, pupil: int) -> Iterator[Act]:
        """Yield what another semester mark makes of the annual one, where that was given."""
        if pupil not in self.annual:
            return
        column = ColumnPlace(self.place, ColumnKind.ANNUAL)
        yield SuggestFinals(column)
        points = _mean(self.finals.of(self.place, pupil))
        if points > self.annual[pupil]:
            self.annual[pupil] = points
            yield DecideFinal(column, pupil, self._value(points), "", _CHANGED)

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
