"""What to pass to use cases and repositories in lockstep, so that questions meet answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NewType

from hypothesis import strategies as st

from ejournal import ids as all_ids
from ejournal.errors import NotAllowedHere
from ejournal.ids import ColumnId, PupilId, SchoolId, instant, spell_id
from ejournal.intake import Reading
from ejournal.model.access import Account, Cabinet, Invitation, Verified
from ejournal.model.attendance import AbsenceKey
from ejournal.model.calendar import Period, Semester
from ejournal.model.identifiers import ClassLabel, DisoId, Edrpou, Email, PersonName
from ejournal.model.journal import MarkKey
from ejournal.model.ledger import Entry
from ejournal.model.merging import MergePlan
from ejournal.model.permissions import Role
from ejournal.model.rollover import RolloverPlan
from ejournal.model.tokens import token_of
from ejournal.ports import Mailer, Outcome
from ejournal.samples import directory
from ejournal.testing.beginning import KEY, Clock, readings
from ejournal.testing.postbox import Postbox
from ejournal.testing.seen import Seen
from ejournal.testing.strategies import instants, texts, values

__all__ = ["argument_of", "drawn_by_type"]

_ASKED_BY = (
    Edrpou,
    DisoId,
    Email,
    PersonName,
    ClassLabel,
    Verified,
    Account,
    MarkKey,
    AbsenceKey,
)
_TERM = (date(2026, 8, 31), date(2026, 9, 20))


def drawn_by_type(seen: Seen, clock: Clock) -> dict[Any, st.SearchStrategy[Any]]:
    """Return what to draw for types of which hits are wanted."""
    spelled = {
        kind: seen.one_of(kind, values(kind))
        for kind in (
            Edrpou,
            DisoId,
            Email,
            PersonName,
            ClassLabel,
            Verified,
            Account,
            MarkKey,
            AbsenceKey,
            RolloverPlan,
            MergePlan,
        )
    }
    numbers = {
        kind: seen.identifier(kind) for kind in vars(all_ids).values() if isinstance(kind, NewType)
    }
    near = st.integers(-40, 40).map(lambda hours: instant(clock.now + timedelta(hours=hours)))
    days = st.one_of(st.dates(*_TERM), st.dates(*_TERM), values(date))
    return {
        **numbers,
        **spelled,
        str: seen.one_of(str, texts()),
        int: st.integers(0, 9),
        datetime: st.one_of(near, instants()),
        date: days,
        Period: st.lists(days, min_size=2, max_size=2).map(lambda ends: Period(*sorted(ends))),
        bytes: st.just(KEY),
        Mailer: st.lists(st.sampled_from(Outcome), min_size=1).map(
            lambda all_: Postbox(tuple(all_))
        ),
        Cabinet: seen.one_of(Cabinet, st.builds(Cabinet, values(Role))),
        Reading: _readings(),
    }


def _readings() -> st.SearchStrategy[Reading]:
    return st.one_of(st.sampled_from(readings()), values(Reading))


def _tokens(seen: Seen) -> st.SearchStrategy[str]:
    def token(school: SchoolId, invitation: Invitation) -> str:
        return token_of(KEY, school, invitation)

    invitation = seen.one_of(Invitation, values(Invitation))
    real = st.builds(token, seen.identifier(SchoolId), invitation)
    return st.one_of(real, real, texts())


def _files(_: Seen) -> st.SearchStrategy[bytes]:
    listed = directory()
    changed = listed.replace("гімназія".encode(), "ліцей".encode())
    return st.sampled_from([listed, changed, listed[:400], b"", b"\xff\x98"])


def _listening(_: Seen) -> st.SearchStrategy[Callable[[Sequence[Entry]], None]]:
    return st.sampled_from([_hears, _is_deaf])


def _hears(entries: Sequence[Entry]) -> None:
    """Take every entry."""
    del entries


def _is_deaf(entries: Sequence[Entry]) -> None:
    """Take none beyond the first of a chain."""
    if entries[0].seq > 1:
        raise NotAllowedHere("entry", "pending")


def _marks(seen: Seen) -> st.SearchStrategy[list[str]]:
    row = st.builds(
        "{},{},{},{}\n".format,
        seen.identifier(ColumnId).map(spell_id),
        seen.identifier(PupilId).map(spell_id),
        st.sampled_from(["7", "12", "not-attested", "verbal", "13"]),
        st.sampled_from(["", "", "старався"]),
    )
    return st.lists(row, max_size=9).map(lambda rows: ["column,pupil,value,comment\n", *rows])


_YEAR = (date(2027, 9, 1), date(2028, 5, 31))
_HALVES = (
    Semester(1, _YEAR[0], date(2027, 12, 24)),
    Semester(2, date(2028, 1, 10), _YEAR[1]),
)

_BY_NAME: Mapping[tuple[str, Any], Callable[[Seen], st.SearchStrategy[Any]]] = {
    ("token", str): _tokens,
    ("raw", bytes): _files,
    ("file", bytes): lambda seen: seen.one_of(bytes, st.just(b"{}")),
    ("listen", Callable[[Sequence[Entry]], None]): _listening,
    ("lines", Iterable[str]): _marks,
    ("first_day", date): lambda _: st.just(_YEAR[0]),
    ("last_day", date): lambda _: st.sampled_from([*_YEAR, date(2028, 5, 30)]),
    ("semesters", Iterable[Semester]): lambda _: st.sampled_from([_HALVES, _HALVES[1:], ()]),
}


def argument_of(name: str, annotation: Any, seen: Seen) -> st.SearchStrategy[Any] | None:  # noqa: ANN401
    """Return what to draw for an argument whose type says too little, by its name; else None."""
    helped = _BY_NAME.get((name, annotation))
    return None if helped is None else helped(seen)
