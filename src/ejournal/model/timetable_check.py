"""What a timetable should be looked at for before it is published; none of it stops the school.

Classes are taught together, a hall holds two, a teacher sees to two groups at once: a school may
mean what looks like a conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from itertools import combinations

from attrs import define, field, frozen

from ejournal.ids import ClassId, SubgroupId, SubjectId
from ejournal.model.calendar import Bell, CalendarPolicy, SchoolYear
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.timetable import ClassHours, Timetable, TimetableEntry

__all__ = ["TimetableFault", "TimetableRemark", "timetable_remarks"]


class TimetableFault(Enum):
    """What a check of a timetable can find."""

    TEACHER_TWICE = "teacher-twice"
    CLASS_TWICE = "class-twice"
    ROOM_TWICE = "room-twice"
    NO_BELL = "no-bell"
    LESSON_LENGTH = "lesson-length"
    HOURS = "hours"
    UNEVEN = "uneven"


@frozen
class TimetableRemark:
    """One finding: the entries concerned, and where numbers differ, what was found and expected.

    Those are minutes of a lesson, or hours a week of a subject that a class, or a subgroup of it,
    has. Hours are `UNEVEN` where they agree, and one week has two lessons more than another.
    """

    fault: TimetableFault
    entries: tuple[TimetableEntry, ...]
    school_class: ClassId | None = None
    subject: SubjectId | None = None
    subgroup: SubgroupId | None = None
    found: Fraction | None = None
    expected: Fraction | None = None


def timetable_remarks(
    timetable: Timetable,
    entries: Iterable[TimetableEntry],
    *,
    year: SchoolYear,
    classes: Iterable[SchoolClass],
    subgroups: Iterable[Subgroup],
    hours: Iterable[ClassHours],
    policy: CalendarPolicy,
) -> tuple[TimetableRemark, ...]:
    """Return what is amiss with the entries of a timetable, for whoever makes it.

    Lessons are at once if their bells overlap, in whichever shift. Two subgroups of one class may
    be taught at once if nobody is in both. Hours are compared for classes that have some planned.
    """
    ordered = sorted(entries, key=lambda entry: entry.place)
    bells = {(bell.shift, bell.number): bell for bell in year.bells}
    check = _Check(
        timetable,
        ordered,
        {each.id: each for each in classes},
        {each.id: each for each in subgroups},
        bells,
    )
    return (
        *check.twice(TimetableFault.TEACHER_TWICE, lambda entry: entry.teacher),
        *check.twice(TimetableFault.CLASS_TWICE, lambda entry: entry.school_class),
        *check.twice(TimetableFault.ROOM_TWICE, lambda entry: entry.room.strip().casefold()),
        *check.bells_of_lessons(policy),
        *(remark for each in hours for remark in check.hours_of(each)),
    )


@define
class _Check:
    timetable: Timetable
    entries: Sequence[TimetableEntry]
    classes: Mapping[ClassId, SchoolClass]
    subgroups: Mapping[SubgroupId, Subgroup]
    bells: Mapping[tuple[int, int], Bell]
    _of_class: defaultdict[ClassId, list[TimetableEntry]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._of_class = defaultdict(list)
        for entry in self.entries:
            self._of_class[entry.school_class].append(entry)

    def twice(
        self, fault: TimetableFault, what: Callable[[TimetableEntry], Hashable]
    ) -> Iterator[TimetableRemark]:
        """Yield each pair of entries that need the same at once; what is "" is nothing."""
        needing: defaultdict[Hashable, list[TimetableEntry]] = defaultdict(list)
        for entry in self.entries:
            if what(entry) != "":
                needing[entry.weekday, what(entry)].append(entry)
        for entries in needing.values():
            for pair in combinations(entries, 2):
                apart = fault is TimetableFault.CLASS_TWICE and not self._share_pupils(*pair)
                if self._are_at_once(*pair) and not apart:
                    yield TimetableRemark(fault, pair)

    def _are_at_once(self, one: TimetableEntry, other: TimetableEntry) -> bool:
        first, second = self._bell_of(one), self._bell_of(other)
        if first is None or second is None:
            same = one.bell == other.bell and self._shift_of(one) == self._shift_of(other)
        else:
            same = first.overlaps(second)
        return same and one.can_coincide_with(other)

    def _share_pupils(self, one: TimetableEntry, other: TimetableEntry) -> bool:
        if one.subgroup is None or other.subgroup is None or one.subgroup == other.subgroup:
            return True
        return bool(self.subgroups[one.subgroup].members & self.subgroups[other.subgroup].members)

    def _shift_of(self, entry: TimetableEntry) -> int:
        return self.classes[entry.school_class].shift

    def _bell_of(self, entry: TimetableEntry) -> Bell | None:
        return self.bells.get((self._shift_of(entry), entry.bell))

    def bells_of_lessons(self, policy: CalendarPolicy) -> Iterator[TimetableRemark]:
        """Yield what has no bell, and for each class the bells of another length (rule 69)."""
        for school_class, entries in self._of_class.items():
            expected = policy.lesson_length(self.classes[school_class].label.grade)
            at: defaultdict[int, list[TimetableEntry]] = defaultdict(list)
            for entry in entries:
                at[entry.bell].append(entry)
            for number, under in sorted(at.items()):
                bell = self.bells.get((self.classes[school_class].shift, number))
                if bell is None:
                    yield TimetableRemark(TimetableFault.NO_BELL, tuple(under), school_class)
                elif bell.minutes != expected:
                    yield TimetableRemark(
                        TimetableFault.LESSON_LENGTH,
                        tuple(under),
                        school_class,
                        found=Fraction(bell.minutes),
                        expected=Fraction(expected),
                    )

    def hours_of(self, planned: ClassHours) -> Iterator[TimetableRemark]:
        """Yield each subject of a class that has other hours than planned, or uneven weeks."""
        expected = {each.subject: each.hours for each in planned.hours}
        entries: defaultdict[SubjectId, list[TimetableEntry]] = defaultdict(list)
        for entry in self._of_class[planned.school_class]:
            entries[entry.subject].append(entry)
        for subject in sorted({*expected, *entries}):
            taught = entries[subject]
            parts = sorted({entry.subgroup for entry in taught if entry.subgroup is not None})
            for part in (*parts,) or (None,):
                theirs = tuple(entry for entry in taught if entry.subgroup in (None, part))
                hours = expected.get(subject, Fraction(0))
                yield from self._compared(planned.school_class, subject, part, theirs, hours)

    def _compared(
        self,
        school_class: ClassId,
        subject: SubjectId,
        subgroup: SubgroupId | None,
        entries: tuple[TimetableEntry, ...],
        expected: Fraction,
    ) -> Iterator[TimetableRemark]:
        weeks = range(1, self.timetable.weeks + 1)
        lessons = [sum(entry.is_held_in(week) for entry in entries) for week in weeks]
        found = Fraction(sum(lessons), self.timetable.weeks)
        where = (school_class, subject, subgroup)
        if found != expected:
            yield TimetableRemark(TimetableFault.HOURS, entries, *where, found, expected)
        elif max(lessons) - min(lessons) > 1:
            yield TimetableRemark(TimetableFault.UNEVEN, entries, *where, found, expected)
