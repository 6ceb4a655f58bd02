"""The week of the school: under which bell each course has its lessons, nobody being in two places.

Classes and teachers make a graph with two sides, and a lesson is an edge of it: where no bell is
free on both sides, lessons of two bells are exchanged along the path that begins at the teacher,
which is how Kőnig's theorem on colouring such edges is proved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from attrs import define, field, frozen

from ejournal.model.identifiers import ClassLabel
from ejournal.testing.school.curriculum import Course

__all__ = ["BELLS_A_DAY", "Planned", "timetable"]

BELLS_A_DAY = 8
_DAYS = 5
_SLOTS = range(BELLS_A_DAY * _DAYS)

_Holder: TypeAlias = ClassLabel | int
"""Who can be in one place only: a class, or a teacher."""


@frozen
class Planned:
    """One lesson of the week; weekdays begin at 1, and without a `week` it is in both."""

    course: Course
    weekday: int
    bell: int
    week: int | None = None


@frozen(eq=False)
class _Block:
    """What a class has at one time: one course, two parts at once, or two weeks in turn."""

    courses: tuple[Course, ...]
    in_turn: bool = False

    @property
    def holders(self) -> tuple[_Holder, ...]:
        return self.courses[0].label, *(each.teacher for each in self.courses)

    @property
    def is_simple(self) -> bool:
        return len(self.courses) == 1


def timetable(courses: Iterable[Course]) -> tuple[Planned, ...]:
    """Return the week in which all of these courses have their hours.

    Raises `LookupError` where a class or a teacher has more of them than a week has bells.
    """
    board = _Board()
    for block in sorted(_blocks(courses), key=lambda each: each.is_simple):
        board.place(block)
    return tuple(board.planned())


def _blocks(courses: Iterable[Course]) -> Iterator[_Block]:
    whole: defaultdict[tuple[ClassLabel, str], list[Course]] = defaultdict(list)
    halves: defaultdict[ClassLabel, list[Course]] = defaultdict(list)
    for course in courses:
        whole[course.label, course.subject.name].append(course)
        if course.halves % 2:
            halves[course.label].append(course)
    for together in whole.values():
        for _ in range(together[0].halves // 2):
            yield _Block(tuple(together))
    for single in halves.values():
        for first in range(0, len(single), 2):
            yield _Block(tuple(single[first : first + 2]), in_turn=True)


@define
class _Board:
    """Which block each class and each teacher has at each time."""

    _at: defaultdict[_Holder, dict[int, _Block]] = field(factory=lambda: defaultdict(dict))
    _placed: dict[_Block, int] = field(factory=dict)

    def place(self, block: _Block) -> None:
        slot = self._free_for(block)
        if slot is None:
            slot = self._made_free(block)
        self._put(block, slot)

    def planned(self) -> Iterator[Planned]:
        for block, slot in self._placed.items():
            bell, weekday = slot // _DAYS + 1, slot % _DAYS + 1
            for number, course in enumerate(block.courses, 1):
                yield Planned(course, weekday, bell, number if block.in_turn else None)

    def _put(self, block: _Block, slot: int) -> None:
        self._placed[block] = slot
        for holder in block.holders:
            self._at[holder][slot] = block

    def _free_for(self, block: _Block) -> int | None:
        """Return the earliest bell, of a day without that subject if there is one."""
        free = [slot for slot in _SLOTS if not any(slot in self._at[one] for one in block.holders)]
        own = block.courses[0]
        taken = {
            slot % _DAYS
            for slot, other in self._at[own.label].items()
            if other.courses[0].subject == own.subject
        }
        return min(free, key=lambda slot: (slot % _DAYS in taken, slot), default=None)

    def _made_free(self, block: _Block) -> int:
        label, teacher = block.holders
        for ours in _SLOTS:
            for theirs in _SLOTS:
                if ours not in self._at[label] and theirs not in self._at[teacher]:
                    path = list(self._path(teacher, ours, theirs))
                    if all(each.is_simple for each in path):
                        self._exchange(path, ours, theirs)
                        return ours
        raise LookupError(f"no bell is left for {block.courses[0].subject.name} in {label}")

    def _path(self, holder: _Holder, first: int, second: int) -> Iterator[_Block]:
        """Yield the blocks that have to change bells, one after another, for the first to go."""
        while (block := self._at[holder].get(first)) is not None:
            yield block
            if not block.is_simple:
                return
            label, teacher = block.holders
            holder = label if holder == teacher else teacher
            first, second = second, first

    def _exchange(self, path: list[_Block], first: int, second: int) -> None:
        slots = [self._placed[each] for each in path]
        for block, slot in zip(path, slots, strict=True):
            for holder in block.holders:
                del self._at[holder][slot]
        for block, slot in zip(path, slots, strict=True):
            self._put(block, second if slot == first else first)
