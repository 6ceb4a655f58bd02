"""Movements of pupils: who came to a class, changed it or left, and by which order of the head.

Nothing of the log is stored: it is a view of enrolments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import Enum

from attrs import field, frozen

from ejournal.errors import Invalid
from ejournal.ids import ClassId, PupilId
from ejournal.model.calendar import Period
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.people import Enrolment, Leaving

__all__ = ["Movement", "MovementKind", "MovementPolicy", "movements"]


@frozen
class MovementPolicy:
    """What an order may say. The list of types of withdrawal could not be read in any act.

    So `reasons` is empty, which lets every text pass; a host that has the list gives it.
    """

    reasons: frozenset[str] = frozenset()

    def known(self, reason: str) -> str:
        """Return the type of a withdrawal; raises `Invalid` for one that is not of the list."""
        if self.reasons and reason not in self.reasons:
            raise Invalid("reason", reason, "unknown", personal=True)
        return reason


class MovementKind(Enum):
    """What an order did: put a pupil on a class list, or what `Leaving` says."""

    ENROLLED = "enrolled"
    OTHER_CLASS = Leaving.OTHER_CLASS.value
    OTHER_SCHOOL = Leaving.OTHER_SCHOOL.value
    WITHDRAWN = Leaving.WITHDRAWN.value
    NEXT_GRADE = Leaving.NEXT_GRADE.value
    FINISHED = Leaving.FINISHED.value

    @property
    def label(self) -> str:
        """The word of the log: «зарахування», or that of the departure."""
        return "зарахування" if self is MovementKind.ENROLLED else Leaving(self.value).label


@frozen
class Movement:
    """One line of «Журнал реєстрації наказів руху»: an order and what it did to one pupil.

    `day` is the first on the new list, or the last on the old one where there is no new one.
    """

    order_number: str = field(metadata=PLAIN)
    order_date: date
    kind: MovementKind
    pupil: PupilId
    day: date
    left: ClassId | None = None
    joined: ClassId | None = None
    basis: str = field(default="", metadata=PERSONAL)
    reason: str = field(default="", metadata=PERSONAL)
    destination: str = field(default="", metadata=PERSONAL)


def movements(enrolments: Iterable[Enrolment], during: Period) -> tuple[Movement, ...]:
    """Return the movements on the days of a period, in the order of the orders.

    A departure and the enrolment that the same order made next are one movement. What was ended
    without an order is none.
    """
    own: defaultdict[PupilId, list[Enrolment]] = defaultdict(list)
    for each in sorted(enrolments, key=lambda each: (each.since, each.id)):
        own[each.pupil].append(each)
    found = (move for stretches in own.values() for move in _moves(stretches))
    return tuple(
        sorted(
            (move for move in found if move.day in during),
            key=lambda move: (move.order_date, move.order_number, move.day, move.pupil),
        )
    )


def _moves(stretches: Sequence[Enrolment]) -> Iterator[Movement]:
    before: Enrolment | None = None
    for now, after in zip(stretches, (*stretches[1:], None), strict=True):
        if before is None or not _one_order(before, now):
            yield Movement(
                now.order_number,
                now.order_date,
                MovementKind.ENROLLED,
                now.pupil,
                now.since,
                joined=now.school_class,
            )
        yield from _leaving(now, after)
        before = now


def _leaving(now: Enrolment, after: Enrolment | None) -> Iterator[Movement]:
    departure = now.departure
    if departure is None or now.until is None:
        return
    joined = after if after is not None and _one_order(now, after) else None
    yield Movement(
        departure.order_number,
        departure.order_date,
        MovementKind(departure.leaving.value),
        now.pupil,
        now.until if joined is None else joined.since,
        now.school_class,
        None if joined is None else joined.school_class,
        now.basis,
        now.reason,
        now.destination,
    )


def _one_order(before: Enrolment, after: Enrolment) -> bool:
    departure = before.departure
    return departure is not None and (departure.order_number, departure.order_date) == (
        after.order_number,
        after.order_date,
    )
