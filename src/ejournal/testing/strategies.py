"""Hypothesis strategies for every type of the model.

`entities` draws records of a declared kind and `values` anything else; both obey what the classes
demand, so nothing that is drawn is refused. Edges are drawn on purpose: the first and last day
there is, text of other alphabets, numbers that a double just holds. What a school and its people
are known by is drawn as in `ejournal.testing.identifiers`.

>>> from ejournal.ids import PupilId
>>> from ejournal.model import catalogue
>>> ninth = entities(catalogue.MARKS, pupil=st.just(PupilId(9)))
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from attrs import define, field
from hypothesis import strategies as st

from ejournal.ids import StaffId
from ejournal.model import identifiers as known_by
from ejournal.model.assessment import (
    Agreed,
    Average,
    Converted,
    Given,
    Rounded,
    Rounding,
    Weighed,
    Weighted,
)
from ejournal.model.attendance import VALID_REASONS, Absence, AbsenceCode
from ejournal.model.calendar import Bell, Holiday, Period, SchoolYear, Semester
from ejournal.model.class_attendance import SheetEntry
from ejournal.model.classes import SchoolClass, Subgroup, Subject
from ejournal.model.connection import SchoolDecision
from ejournal.model.correcting import (
    CommissionOrder,
    CorrectionRequest,
    MarkRevision,
    RevisionKind,
)
from ejournal.model.declaration import Aggregate
from ejournal.model.directory import Authority, AuthorityLevel
from ejournal.model.documents import ElectronicDocument
from ejournal.model.excuses import Excuse
from ejournal.model.imports import Import
from ejournal.model.inspecting import InspectionNote
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark, ResultKind
from ejournal.model.marks import VOCABULARY, Grade, MarkValue, Sign
from ejournal.model.people import Departure, Enrolment
from ejournal.model.publishing import PublishRule, PublishWhen
from ejournal.model.rollover import Rollover
from ejournal.model.school import JournalSystem, School
from ejournal.model.substitution import Substitution
from ejournal.model.timetable import (
    ClassHours,
    ExceptionKind,
    SubjectHours,
    Timetable,
    TimetableEntry,
    TimetableException,
)
from ejournal.testing import identifiers

__all__ = [
    "Drawing",
    "days",
    "entities",
    "instants",
    "mark_values",
    "periods",
    "school_years",
    "texts",
    "values",
    "whole_numbers",
    "words",
]

E = TypeVar("E", bound=attrs.AttrsInstance)
T = TypeVar("T")

_EXACT = 2**53 - 1
_MILLISECOND = timedelta(milliseconds=1)
_LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
_AWKWARD = ("", " ", "Їжак’", "ґанок\nЄва", "a\u0301", "\U0001f393", '"\\', "Ω≈ç", "\u202eяк")


def texts(longest: int = 30) -> st.SearchStrategy[str]:
    """Draw text that a storage keeps: any of Unicode but NUL and halves of surrogate pairs."""
    return st.one_of(st.text(_LETTERS, max_size=longest), st.sampled_from(_AWKWARD))


def words() -> st.SearchStrategy[str]:
    """Draw text with something to read in it, such as a name."""
    return texts().filter(lambda text: bool(text.strip()))


def whole_numbers(first: int = 0) -> st.SearchStrategy[int]:
    """Draw numbers from `first` up to the greatest that every double holds."""
    return st.one_of(st.integers(first, first + 40), st.integers(first, _EXACT))


def days() -> st.SearchStrategy[date]:
    """Draw days, most of them of the school years now, the first and last of all among them."""
    now = st.dates(date(2020, 1, 1), date(2030, 12, 31))
    return st.one_of(now, st.sampled_from([date.min, date.max, date(2024, 2, 29)]))


def instants() -> st.SearchStrategy[datetime]:
    """Draw aware instants in UTC with whole milliseconds, as every record has them."""
    seconds = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
    return st.builds(
        lambda at, number: at.replace(microsecond=0) + number * _MILLISECOND,
        seconds,
        st.one_of(st.just(0), st.integers(0, 999)),
    )


def mark_values() -> st.SearchStrategy[MarkValue]:
    """Draw any mark there is."""
    return st.sampled_from(VOCABULARY)


def _spans() -> st.SearchStrategy[tuple[date, date]]:
    return st.tuples(days(), days()).map(lambda ends: (min(ends), max(ends)))


def periods() -> st.SearchStrategy[Period]:
    """Draw periods, those of one day among them."""
    single = days().map(lambda day: Period(day, day))
    return st.one_of(single, _spans().map(lambda ends: Period(*ends)))


def values(kind: type[T]) -> st.SearchStrategy[T]:
    """Draw values of a class of the model, an event or anything their fields hold."""
    drawn: st.SearchStrategy[T] = _PLAIN.of(kind)
    return drawn


def entities(aggregate: Aggregate[E], **given: st.SearchStrategy[object]) -> st.SearchStrategy[E]:
    """Draw records of a declared kind; `given` says what to draw for fields by name.

    What is given must suit the rest: a column's day, for instance, depends on its kind.
    """
    drawn: st.SearchStrategy[E] = _PLAIN.instances(aggregate.entity, **given)
    return drawn


@define
class Drawing:
    """Strategies for types by annotation, with one's own in place of some: say, ids from a pool.

    `given` is asked first, by the annotation itself. A type that cannot be drawn is `TypeError`.
    """

    given: Mapping[Any, st.SearchStrategy[Any]] = field(factory=dict)
    _known: dict[Any, st.SearchStrategy[Any]] = field(init=False, factory=dict)

    def of(self, annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - a type, or an alias
        """Return what draws values of that annotation."""
        if annotation in self.given:
            return self.given[annotation]
        if annotation not in self._known:
            self._known[annotation] = self._of(annotation)
        return self._known[annotation]

    def instances(self, kind: type[Any], **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        """Return what draws instances of an attrs class; `given` replaces fields by name."""
        if kind in _MADE:
            made = _MADE[kind](self)
            return made.flatmap(lambda one: _evolved(one, given)) if given else made
        return st.builds(kind, **{**self.fields(kind), **given})

    def fields(self, kind: type[Any]) -> dict[str, st.SearchStrategy[Any]]:
        """Return what draws each field of an attrs class that its constructor takes."""
        return {
            name: st.integers(0, 40) if name == "version" else self.of(annotation)
            for name, annotation in _annotations(kind).items()
        }

    def _of(self, annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - likewise
        if annotation in _SIMPLE:
            return _SIMPLE[annotation]()
        if isinstance(annotation, NewType):
            return st.one_of(st.integers(1, 40), st.integers(1, 2**63 - 1))
        if isinstance(annotation, type) and issubclass(annotation, Enum):
            return st.sampled_from(annotation)
        if isinstance(annotation, type) and attrs.has(annotation):
            return self.instances(annotation)
        if isinstance(annotation, type) and issubclass(annotation, tuple):
            parts = get_type_hints(annotation)
            return st.builds(annotation, *map(self.of, parts.values()))
        return self._parts(get_origin(annotation), get_args(annotation), annotation)

    def _parts(
        self, origin: object, parts: tuple[Any, ...], annotation: object
    ) -> st.SearchStrategy[Any]:
        if origin in (Union, types.UnionType):
            return st.one_of(*map(self.of, parts))
        if origin is frozenset:
            return st.frozensets(self.of(parts[0]), max_size=4)
        if origin is tuple and parts[-1:] != (...,):
            return st.tuples(*map(self.of, parts))
        if origin in (tuple, list, Sequence, Iterable):
            return st.lists(self.of(parts[0]), max_size=3).map(tuple)
        if origin in (dict, Mapping):
            # Names of fields in the ledger are ASCII.
            names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=8)
            return st.dictionaries(names, self.of(parts[1]), max_size=3)
        raise TypeError(f"nothing draws {annotation!r}")


def _annotations(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - as attrs has it
    hints = get_type_hints(kind)
    return {
        attribute.name: hints[attribute.name] for attribute in attrs.fields(kind) if attribute.init
    }


def _evolved(
    one: Any,  # noqa: ANN401 - an instance of any class of attrs
    given: Mapping[str, st.SearchStrategy[Any]],
) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(dict(given)).map(lambda fields: attrs.evolve(one, **fields))


def school_years() -> st.SearchStrategy[SchoolYear]:
    """Draw years of one to three semesters, with holidays inside and the bells of two shifts."""
    return _years(_PLAIN)


@st.composite
def _years(draw: st.DrawFn, drawing: Drawing) -> SchoolYear:
    first = draw(st.dates(date(2000, 8, 20), date(2099, 9, 10)))
    last = first + timedelta(draw(st.integers(30, 330)))
    cuts = draw(st.lists(st.integers(1, (last - first).days), max_size=2, unique=True).map(sorted))
    starts = [first, *(first + timedelta(cut) for cut in cuts)]
    ends = [*(start - timedelta(1) for start in starts[1:]), last]
    inside = st.dates(first, last)
    holidays = st.tuples(texts(), inside, inside).map(
        lambda drawn: Holiday(drawn[0], min(drawn[1:]), max(drawn[1:]))
    )
    return SchoolYear(
        **_some(draw, drawing, SchoolYear, "id", "form", "version"),
        first_day=first,
        last_day=last,
        semesters=tuple(
            Semester(number, *ends) for number, ends in enumerate(zip(starts, ends, strict=True), 1)
        ),
        holidays=tuple(draw(st.lists(holidays, max_size=2))),
        bells=tuple(
            draw(st.lists(_bells(), max_size=4, unique_by=lambda bell: (bell.shift, bell.number)))
        ),
    )


@st.composite
def _bells(draw: st.DrawFn) -> Bell:
    starts = draw(st.integers(0, 23 * 60))
    ends = starts + draw(st.integers(1, 59))
    clock = time(*divmod(starts, 60)), time(*divmod(ends, 60))
    return Bell(draw(st.integers(1, 2)), draw(st.integers(1, 9)), *clock)


def _some(draw: st.DrawFn, drawing: Drawing, kind: type[Any], *names: str) -> dict[str, Any]:
    fields = drawing.fields(kind)
    return {name: draw(fields[name]) for name in names}


@st.composite
def _orders(draw: st.DrawFn, drawing: Drawing) -> CommissionOrder:
    members = draw(st.lists(drawing.of(StaffId), min_size=3, max_size=3, unique=True))
    day, *schedule = sorted(draw(st.lists(drawing.of(date), min_size=2, max_size=4)))
    chair, methodist, teacher = members
    return CommissionOrder(draw(words()), day, chair, methodist, teacher, tuple(schedule))


@st.composite
def _revisions(draw: st.DrawFn, drawing: Drawing) -> MarkRevision:
    kind, reason = draw(st.sampled_from(RevisionKind)), draw(words())
    if kind is RevisionKind.VOID:
        return MarkRevision(kind, reason)
    return MarkRevision(kind, reason, draw(mark_values()), draw(drawing.of(str)))


@st.composite
def _columns(draw: st.DrawFn, drawing: Drawing) -> Column:
    kind = draw(st.sampled_from(ColumnKind))
    dated = draw(st.booleans()) if kind.is_dated is None else kind.is_dated
    return Column(
        **_some(draw, drawing, Column, "id", "journal", "title", "version"),
        kind=kind,
        lesson=draw(drawing.fields(Column)["lesson"]) if dated else None,
        day=draw(drawing.of(date)) if dated else None,
        group=draw(whole_numbers(1)) if kind is ColumnKind.RESULT_GROUP else None,
        result=draw(st.sampled_from([None, *ResultKind]))
        if kind is ColumnKind.RESULT_GROUP
        else None,
        corrects=draw(drawing.fields(Column)["corrects"]) if kind is ColumnKind.CORRECTED else None,
    )


@st.composite
def _enrolments(draw: st.DrawFn, drawing: Drawing) -> Enrolment:
    ends = sorted((draw(drawing.of(date)), draw(drawing.of(date))))
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Enrolment).items()}
    number, until = draw(words()), draw(st.sampled_from([None, ends[1]]))
    if until is None:
        fields["departure"] = None
    return Enrolment(**{**fields, "since": ends[0], "order_number": number, "until": until})


@st.composite
def _marks(draw: st.DrawFn, drawing: Drawing) -> Mark:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Mark).items()}
    if fields["value"] is Sign.VERBAL:
        fields["comment"] = draw(words())
    return Mark(**fields)


@st.composite
def _absences(draw: st.DrawFn, drawing: Drawing) -> Absence:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Absence).items()}
    fields["code"] = draw(st.one_of(st.none(), st.sampled_from(AbsenceCode)))
    fields["minutes_late"] = 0 if fields["code"] else draw(st.integers(0, 45))
    fields["remote"] = fields["remote"] and fields["code"] is None
    fields["excused_by"] = fields["excused_by"] if fields["code"] in VALID_REASONS else None
    return Absence(**fields)


@st.composite
def _excuses(draw: st.DrawFn, drawing: Drawing) -> Excuse:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Excuse).items()}
    fields["first_day"], fields["last_day"] = sorted((fields["first_day"], fields["last_day"]))
    fields["code"] = draw(st.sampled_from(sorted(VALID_REASONS, key=lambda code: code.value)))
    return Excuse(**{**fields, "reason": draw(words())})


@st.composite
def _publish_rules(draw: st.DrawFn, drawing: Drawing) -> PublishRule:
    when = draw(st.sampled_from(PublishWhen))
    at = draw(drawing.of(time)) if when is PublishWhen.AT_TIME else None
    return PublishRule(
        when, at, draw(st.integers(1, 90)) if when is PublishWhen.AFTER_DELAY else None
    )


@st.composite
def _sheet_entries(draw: st.DrawFn, drawing: Drawing) -> SheetEntry:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(SheetEntry).items()}
    away = fields["code"] is not None
    fields["minutes_late"] = 0 if away else draw(st.integers(0, 45))
    return SheetEntry(**{**fields, "remote": fields["remote"] and not away})


@st.composite
def _schools(draw: st.DrawFn, drawing: Drawing) -> School:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(School).items()}
    other = fields["journal_system"] is JournalSystem.OTHER
    return School(**{**fields, "name": draw(words()), "vendor": draw(words()) if other else ""})


@st.composite
def _authorities(draw: st.DrawFn, drawing: Drawing) -> Authority:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Authority).items()}
    level = fields["level"]
    parent = None if level is AuthorityLevel.OBLAST else draw(drawing.of(_parent_type()))
    return Authority(**{**fields, "code": draw(words()), "name": draw(words()), "parent": parent})


def _parent_type() -> Any:  # noqa: ANN401 - a NewType is no class
    return _annotations(Authority)["id"]


@st.composite
def _journals(draw: st.DrawFn, drawing: Drawing) -> Journal:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Journal).items()}
    if fields["second_teacher"] == fields["teacher"]:
        fields["second_teacher"] = None
    return Journal(**fields)


@st.composite
def _documents(draw: st.DrawFn, drawing: Drawing) -> ElectronicDocument:
    fields = _some(draw, drawing, ElectronicDocument, "kind", "without_paper", "version")
    decided, since = sorted(draw(st.lists(drawing.of(date), min_size=2, max_size=2, unique=True)))
    number = draw(words())
    return ElectronicDocument(**fields, since=since, decision_number=number, decision_date=decided)


@st.composite
def _notes(draw: st.DrawFn, drawing: Drawing) -> InspectionNote:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(InspectionNote).items()}
    fields["day"], later = sorted((fields["day"], draw(drawing.of(date))))
    fields["deadline"] = later if fields["remark"].strip() and draw(st.booleans()) else None
    return InspectionNote(**fields)


@st.composite
def _subjects(draw: st.DrawFn, drawing: Drawing) -> Subject:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Subject).items()}
    parts = st.lists(words(), min_size=2, max_size=4, unique_by=str.strip).map(tuple)
    fields["integrates"] = () if fields["base"] else draw(st.one_of(st.just(()), parts))
    return Subject(**{**fields, "name": draw(words())})


@st.composite
def _exceptions(draw: st.DrawFn, drawing: Drawing) -> TimetableException:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(TimetableException).items()}
    days = sorted((fields["first_day"], fields["last_day"]))
    moved = fields["kind"] is ExceptionKind.MOVED
    bell, to_bell = (draw(st.one_of(st.none(), whole_numbers(1))) for _ in range(2))
    return TimetableException(
        **{
            **fields,
            "first_day": days[0],
            "last_day": days[0] if moved else days[1],
            "subgroup": fields["subgroup"] if fields["school_class"] is not None else None,
            "bell": bell,
            "to_day": draw(drawing.of(date)) if moved else None,
            "to_bell": to_bell if moved and bell else None,
        }
    )


@st.composite
def _substitutions(draw: st.DrawFn, drawing: Drawing) -> Substitution:
    fields = {name: draw(strategy) for name, strategy in drawing.fields(Substitution).items()}
    if fields["substitute"] == fields["teacher"]:
        fields["substitute"] = None
    whole = fields["other_subject"] is not None or draw(st.booleans())
    return Substitution(**{**fields, "minutes": None if whole else draw(whole_numbers(1))})


def _hours(drawing: Drawing) -> st.SearchStrategy[ClassHours]:
    listed = st.lists(
        drawing.instances(SubjectHours), max_size=3, unique_by=lambda each: each.subject
    )
    return st.builds(ClassHours, **{**drawing.fields(ClassHours), "hours": listed.map(tuple)})


def _entries(drawing: Drawing) -> st.SearchStrategy[TimetableEntry]:
    return st.builds(
        TimetableEntry,
        **{
            **drawing.fields(TimetableEntry),
            "weekday": st.integers(1, 7),
            "bell": whole_numbers(1),
            "week": st.one_of(st.none(), st.integers(1, 3)),
        },
    )


def _leaves(drawing: Drawing) -> st.SearchStrategy[Given | Converted]:
    return st.one_of(drawing.of(Given), drawing.of(Converted))


def _averages(drawing: Drawing) -> st.SearchStrategy[Average]:
    return st.lists(_leaves(drawing), min_size=1, max_size=3).map(
        lambda steps: Average(tuple(steps))
    )


def _weighted(drawing: Drawing) -> st.SearchStrategy[Weighted]:
    weighed = st.builds(Weighed, st.integers(1, 4), _leaves(drawing))
    return st.lists(weighed, min_size=1, max_size=3).map(lambda steps: Weighted(tuple(steps)))


def _rounded(drawing: Drawing) -> st.SearchStrategy[Rounded]:
    steps = st.one_of(_leaves(drawing), _averages(drawing), _weighted(drawing))
    return st.builds(Rounded, steps, st.sampled_from(Rounding), st.integers(0, 2))


@st.composite
def _agreed(draw: st.DrawFn, drawing: Drawing) -> Agreed:
    value = draw(mark_values())
    given = draw(st.lists(drawing.of(Given), min_size=1, max_size=3))
    return Agreed(tuple(attrs.evolve(each, value=value) for each in given))


def _with(kind: type[Any], **given: st.SearchStrategy[Any]) -> Callable[[Drawing], Any]:
    """Return what draws a class whose fields are free but for the given ones."""
    return lambda drawing: st.builds(kind, **{**drawing.fields(kind), **given})


_MADE: Mapping[type[Any], Callable[[Drawing], st.SearchStrategy[Any]]] = {
    Absence: _absences,
    Agreed: _agreed,
    Authority: _authorities,
    Average: _averages,
    Bell: lambda _: _bells(),
    Column: _columns,
    CommissionOrder: _orders,
    CorrectionRequest: _with(CorrectionRequest, reason=words()),
    ElectronicDocument: _documents,
    Departure: _with(Departure, order_number=words()),
    Enrolment: _enrolments,
    Excuse: _excuses,
    Grade: lambda _: st.integers(1, 12).map(Grade),
    Holiday: lambda _: st.tuples(texts(), _spans()).map(lambda drawn: Holiday(drawn[0], *drawn[1])),
    InspectionNote: _notes,
    Journal: _journals,
    Lesson: _with(Lesson, plan_no=st.one_of(st.none(), whole_numbers(1))),
    Mark: _marks,
    MarkRevision: _revisions,
    Period: lambda _: periods(),
    PublishRule: _publish_rules,
    Rollover: _with(Rollover, order_number=words()),
    School: _schools,
    SheetEntry: _sheet_entries,
    SchoolClass: _with(SchoolClass, shift=whole_numbers(1)),
    SchoolDecision: _with(SchoolDecision, number=words()),
    Rounded: _rounded,
    SchoolYear: _years,
    Semester: lambda _: st.tuples(st.integers(1, 3), _spans()).map(
        lambda drawn: Semester(drawn[0], *drawn[1])
    ),
    Subgroup: _with(Subgroup, name=words()),
    Subject: _subjects,
    Import: _with(Import, source=words()),
    ClassHours: _hours,
    Substitution: _substitutions,
    Timetable: _with(Timetable, weeks=whole_numbers(1)),
    TimetableEntry: _entries,
    TimetableException: _exceptions,
    Weighed: lambda drawing: st.builds(Weighed, st.integers(1, 4), _leaves(drawing)),
    Weighted: _weighted,
}

_SIMPLE: Mapping[Any, Callable[[], st.SearchStrategy[Any]]] = {
    str: texts,
    int: whole_numbers,
    bool: st.booleans,
    date: days,
    datetime: instants,
    Fraction: lambda: st.fractions(Fraction(1, 6), 12, max_denominator=6),
    time: lambda: st.times().map(lambda at: at.replace(microsecond=0)),
    types.NoneType: st.none,
    MarkValue: mark_values,
    known_by.BirthCertificate: identifiers.birth_certificates,
    known_by.ClassLabel: identifiers.class_labels,
    known_by.ContactPhone: identifiers.contact_phones,
    known_by.DisoId: identifiers.diso_ids,
    known_by.Edrpou: identifiers.edrpous,
    known_by.Email: identifiers.emails,
    known_by.Katottg: identifiers.katottgs,
    known_by.PersonName: identifiers.person_names,
    known_by.Phone: identifiers.phones,
    known_by.PlaceName: identifiers.place_names,
    known_by.Rnokpp: identifiers.rnokpps,
    known_by.Unzr: identifiers.unzrs,
}

_PLAIN = Drawing()
