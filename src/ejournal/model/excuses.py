"""An explanation of absences, by a guardian or a grown-up pupil, and what is made of it.

Until it is confirmed it changes nothing. Once it is, it gives the lessons it covers their reason
in place of «Н», also those at which somebody notes «Н» later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

from attrs import evolve, field, frozen

from ejournal.errors import Invalid, WrongState
from ejournal.ids import ExcuseId, GuardianId, LessonId, PupilId, StaffId
from ejournal.model.attendance import VALID_REASONS, Absence, AbsenceCode
from ejournal.model.calendar import Period
from ejournal.model.declaration import PERSONAL

__all__ = ["BY_PUPIL", "Excuse", "ExcuseState", "explained"]

BY_PUPIL = GuardianId(0)
"""Stands where no guardian explains an absence: the pupil, who is of age, does."""


class ExcuseState(Enum):
    """How far an excuse has come; `REVOKED` is one that was confirmed and turned out untrue."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


@frozen
class Excuse:
    """Why a pupil was, or will be, away on some days, in the words of a guardian or of the pupil.

    `code` is what the lessons get: «хв» or «п/п». With `lessons` it is about those alone, else
    about every lesson from the first day to the last. `guardian` is `BY_PUPIL` where the pupil
    explains. `answer` is the class teacher's.
    """

    id: ExcuseId
    pupil: PupilId
    guardian: GuardianId
    first_day: date
    last_day: date
    code: AbsenceCode
    reason: str = field(metadata=PERSONAL)
    proposed_at: datetime
    lessons: frozenset[LessonId] = frozenset()
    state: ExcuseState = ExcuseState.PROPOSED
    decided_by: StaffId | None = None
    decided_at: datetime | None = None
    answer: str = field(default="", metadata=PERSONAL)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.last_day < self.first_day:
            raise Invalid("excuse", str(self.last_day), "order")
        if self.code not in VALID_REASONS:
            raise Invalid("code", self.code.value, "pattern")
        if not self.reason.strip():
            raise Invalid("reason", "", "absent", personal=True)

    @property
    def period(self) -> Period:
        """The days it is about."""
        return Period(self.first_day, self.last_day)

    @property
    def is_confirmed(self) -> bool:
        """Whether it gives lessons their reason."""
        return self.state is ExcuseState.CONFIRMED

    def is_about(self, absence: Absence) -> bool:
        """Say whether it speaks of that lesson of that pupil, whatever its state."""
        own = absence.pupil == self.pupil and absence.day in self.period
        return own and (not self.lessons or absence.lesson in self.lessons)

    def confirmed(
        self, code: AbsenceCode | None, by: StaffId | None, at: datetime, answer: str = ""
    ) -> Excuse:
        """Return the excuse accepted, with another code if one is given.

        Raises `WrongState` unless it still waits, and `Invalid` for «Н».
        """
        return self._decided(ExcuseState.CONFIRMED, by, at, answer, code or self.code)

    def declined(self, answer: str, by: StaffId | None, at: datetime) -> Excuse:
        """Return the excuse refused, and why; raises `WrongState` unless it still waits."""
        return self._decided(ExcuseState.DECLINED, by, at, _words(answer), self.code)

    def withdrawn(self, at: datetime) -> Excuse:
        """Return the excuse taken back by who gave it; raises `WrongState` once it is decided."""
        return self._decided(ExcuseState.WITHDRAWN, None, at, "", self.code)

    def revoked(self, answer: str, by: StaffId | None, at: datetime) -> Excuse:
        """Return the excuse without effect after all; raises `WrongState` unless confirmed."""
        if self.state is not ExcuseState.CONFIRMED:
            raise WrongState("excuse", self.state.value, "revoke")
        return evolve(
            self,
            state=ExcuseState.REVOKED,
            decided_by=by,
            decided_at=at,
            answer=_words(answer),
        )

    def _decided(
        self,
        state: ExcuseState,
        by: StaffId | None,
        at: datetime,
        answer: str,
        code: AbsenceCode,
    ) -> Excuse:
        if self.state is not ExcuseState.PROPOSED:
            raise WrongState("excuse", self.state.value, _COMMANDS[state])
        return evolve(self, state=state, code=code, decided_by=by, decided_at=at, answer=answer)

    def explain(self, absence: Absence, by: StaffId | None, at: datetime) -> Absence:
        """Return the record with this excuse's code, if it is confirmed and finds «Н» there.

        Otherwise the record is returned as it is: a reason that stands is not replaced.
        """
        unknown = absence.code is AbsenceCode.ABSENT
        if self.is_confirmed and unknown and self.is_about(absence):
            return absence.explained(self.id, self.code, by, at)
        return absence

    def explain_all(
        self, absences: Iterable[Absence], by: StaffId | None, at: datetime
    ) -> list[Absence]:
        """Return those of the records that the excuse changes, as they read afterwards."""
        explained = ((absence, self.explain(absence, by, at)) for absence in absences)
        return [now for before, now in explained if now is not before]

    def undo_all(
        self, absences: Iterable[Absence], by: StaffId | None, at: datetime
    ) -> list[Absence]:
        """Return the records to which this excuse gave a reason, as they were noted."""
        return [each.unexplained(by, at) for each in absences if each.excused_by == self.id]


def explained(
    absence: Absence, excuses: Iterable[Excuse], by: StaffId | None, at: datetime
) -> Absence:
    """Return the record as the first excuse that speaks of it explains it, or as it is."""
    for excuse in excuses:
        absence = excuse.explain(absence, by, at)
    return absence


def _words(answer: str) -> str:
    if not answer.strip():
        raise Invalid("answer", "", "absent", personal=True)
    return answer


_COMMANDS = {
    ExcuseState.CONFIRMED: "confirm",
    ExcuseState.DECLINED: "decline",
    ExcuseState.WITHDRAWN: "withdraw",
}
