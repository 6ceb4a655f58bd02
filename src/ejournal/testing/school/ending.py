"""How a semester ends: some of its marks are corrected, the year's are given, the books closed.

A parent applies within three days, the head orders, the commission gives its result (№ 496). The
first applies in time for the commission to sit before the last lessons are over; the others come to
their end around the closing, and one in a journal that is open again for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta

from attrs import define, field, frozen

from ejournal.model.calendar import Semester
from ejournal.model.classes import Assessment
from ejournal.model.correcting import RevisionKind
from ejournal.model.journal import ColumnKind
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.testing.school.acts import (
    DEPUTY,
    HEAD,
    OFFICE,
    Act,
    ApplyForCorrection,
    ChangeMark,
    ClosePeriod,
    ColumnPlace,
    ConcludeCorrection,
    DeclineCorrection,
    JournalPlace,
    OrderCorrection,
    ReopenPeriod,
    Sitting,
    Who,
    WithdrawCorrection,
)
from ejournal.testing.school.books import Book
from ejournal.testing.school.numbers import Numbers

__all__ = ["Ending", "at"]

_DAY = timedelta(days=1)
_TERM = 3
"""So many days after a mark was given its correction may be asked for."""
_HIGHEST_RAISED = 10
_REASON = "хворів і прагне підвищити результат"
_BASELESS = "підстав для коригування немає"
_REOPENED = "коригування за наказом"
_SLIP = "описка в семестровій"


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return an instant of a day."""
    return datetime.combine(day, time(hour, minute), UTC)


@frozen
class _Case:
    """A semester mark that is to be corrected."""

    book: Book
    pupil: int
    points: int

    @property
    def column(self) -> ColumnPlace:
        return ColumnPlace(self.book.place, ColumnKind.SEMESTER)

    @property
    def parent(self) -> Who:
        return Who(Role.PARENT, self.pupil)

    @property
    def teacher(self) -> Who:
        return Who(Role.SUBJECT_TEACHER, self.book.course.teacher)

    @property
    def applied_for(self) -> ApplyForCorrection:
        return ApplyForCorrection(self.column, self.pupil, _REASON)


@define
class Ending:
    """The end of one semester; `is_last` says whether the year's marks are given with it.

    `listed` says whom a journal is about on a day.
    """

    semester: Semester
    books: Mapping[JournalPlace, Book]
    listed: Callable[[JournalPlace, date], list[int]]
    staff: Iterable[int]
    drawn: Numbers
    is_last: bool
    _first: _Case | None = None
    _taken: set[JournalPlace] = field(factory=set)
    _orders: int = 0

    def before_the_last_day(self, day: date) -> Iterator[Sitting]:
        """Yield what is done in the evening before the last day of lessons."""
        self._first = case = self._picked(day)
        if case is not None:
            yield Sitting(case.parent, at(day, 15), (case.applied_for,))
            yield Sitting(HEAD, at(day, 16), (self._order(case, day, self.semester.last_day),))

    def after_the_last_day(self) -> Iterator[Sitting]:
        """Yield all that is done once the last lesson is over, the archive left out."""
        last = self.semester.last_day
        if self._first is not None:
            points = self._first.points + 1 + self.drawn.below(2)
            yield Sitting(
                self._first.teacher, at(last, 15), tuple(self._raised(self._first, points))
            )
        declined, withdrawn, kept = (self._picked(last) for _ in range(3))
        late = self._picked(last + 2 * _DAY)
        yield from self._asked(last, declined, withdrawn)
        if not self.is_last:
            yield self._closed(last + _DAY)
        if withdrawn is not None:
            act = WithdrawCorrection(withdrawn.column, withdrawn.pupil)
            yield Sitting(withdrawn.parent, at(last + _DAY, 9), (act,))
        yield from self._not_raised(last, kept, late)
        if self.is_last:
            yield from self._annual(last + 4 * _DAY)
            yield self._closed(last + 5 * _DAY)
        yield from self._open_again(last + 6 * _DAY, late)
        yield self._closed(last + 7 * _DAY)

    def _asked(
        self, day: date, declined: _Case | None, withdrawn: _Case | None
    ) -> Iterator[Sitting]:
        answers: list[Act] = []
        if declined is not None:
            yield Sitting(declined.parent, at(day, 16), (declined.applied_for,))
            answers.append(DeclineCorrection(declined.column, declined.pupil, _BASELESS))
        if withdrawn is not None:
            yield Sitting(withdrawn.parent, at(day, 16, 10), (withdrawn.applied_for,))
            answers.append(self._order(withdrawn, day, day + _DAY, day + 2 * _DAY))
        if answers:
            yield Sitting(HEAD, at(day, 17), tuple(answers))

    def _not_raised(self, last: date, kept: _Case | None, late: _Case | None) -> Iterator[Sitting]:
        """Yield one who comes to the office and gets no better mark, and one who asks late."""
        if kept is not None:
            day = last + _DAY
            yield Sitting(OFFICE, at(day, 10), (kept.applied_for,))
            order = self._order(kept, day, last + 2 * _DAY, last + 3 * _DAY)
            yield Sitting(HEAD, at(day, 11), (order,))
        if late is not None:
            day = last + 2 * _DAY
            yield Sitting(late.parent, at(day, 10), (late.applied_for,))
            order = self._order(late, day, last + 3 * _DAY, last + 6 * _DAY)
            yield Sitting(HEAD, at(day, 11), (order,))
        if kept is not None:
            result = Grade(max(kept.points - self.drawn.below(2), 1))
            act = ConcludeCorrection(kept.column, kept.pupil, result)
            yield Sitting(DEPUTY, at(last + 3 * _DAY, 12), (act,))

    def _annual(self, day: date) -> Iterator[Sitting]:
        own: defaultdict[int, list[Act]] = defaultdict(list)
        for book in self.books.values():
            own[book.course.teacher] += book.end_of_year(self.listed(book.place, day))
        for teacher, acts in sorted(own.items()):
            if acts:
                yield Sitting(Who(Role.SUBJECT_TEACHER, teacher), at(day, 10, teacher), tuple(acts))

    def _open_again(self, day: date, late: _Case | None) -> Iterator[Sitting]:
        """Yield a slip in a semester mark that is put right, and the last commission's result."""
        slip = self._picked(self.semester.last_day)
        cases = [(slip, _SLIP), (late, _REOPENED)]
        opened = [ReopenPeriod(each.book.place, 48, why) for each, why in cases if each is not None]
        if opened:
            yield Sitting(DEPUTY, at(day, 8), tuple(opened))
        if slip is not None:
            points = slip.points + 1
            change = ChangeMark(
                slip.column, slip.pupil, RevisionKind.CORRECTION, Grade(points), _SLIP
            )
            slip.book.is_worth(slip.pupil, points)
            acts = (change, *slip.book.year_again(slip.pupil))
            yield Sitting(slip.teacher, at(day, 9), acts)
        if late is not None:
            acts = (*self._raised(late, late.points + 1), *late.book.year_again(late.pupil))
            yield Sitting(late.teacher, at(day, 10), acts)

    def _raised(self, case: _Case, points: int) -> Iterator[Act]:
        case.book.is_worth(case.pupil, points)
        yield ConcludeCorrection(case.column, case.pupil, Grade(points))

    def _closed(self, day: date) -> Sitting:
        return Sitting(DEPUTY, at(day, 8), (ClosePeriod(self.semester.number),))

    def _order(self, case: _Case, day: date, *schedule: date) -> OrderCorrection:
        self._orders += 1
        teacher = case.book.course.teacher
        others = [each for each in self.staff if each not in {HEAD.person, DEPUTY.person, teacher}]
        return OrderCorrection(
            case.column,
            case.pupil,
            f"{self.semester.number}{self._orders}-к",
            day,
            DEPUTY.person,
            self.drawn.one_of(others),
            teacher,
            schedule,
        )

    def _picked(self, day: date) -> _Case | None:
        """Return a mark that can be asked about on a day, of a journal not picked before."""
        books = [
            book
            for place, book in self.books.items()
            if place not in self._taken
            and book.course.subject.assessed is Assessment.POINTS
            and book.given_on is not None
            and (day - book.given_on).days <= _TERM
        ]
        able = [(book, pupils) for book in books if (pupils := self._able(book, day))]
        if not able:
            return None
        book, pupils = self.drawn.one_of(able)
        pupil = self.drawn.one_of(pupils)
        self._taken.add(book.place)
        return _Case(book, pupil, book.semester[pupil])

    def _able(self, book: Book, day: date) -> list[int]:
        listed = set(self.listed(book.place, day))
        return [
            pupil
            for pupil, points in book.semester.items()
            if pupil in listed and points <= _HIGHEST_RAISED
        ]
