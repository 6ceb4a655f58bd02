"""A journal's page and a diary's week by hand: Core's rows made into the model's values."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import sqlalchemy as sa
from attrs import frozen

from benchmarks.by_hand import tables as t
from benchmarks.by_hand.marking import Refused
from ejournal.ids import LessonId, PupilId, parse_id, spell_id
from ejournal.model.access import Actor
from ejournal.model.attendance import Absence
from ejournal.model.calendar import Period, StudyForm
from ejournal.model.classes import Assessment, Subject, Terms
from ejournal.model.diary import DiaryDay, DiaryEntry, DiaryMark, DiaryWeek
from ejournal.model.identifiers import ClassLabel, PersonName, Sex
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark, ResultKind
from ejournal.model.marks import VOCABULARY, AbsenceCode, MarkValue, mixes_scales, spell_mark
from ejournal.model.page import Cell, Heading, JournalPage, PageColumn, PageRow
from ejournal.model.people import Pupil, alphabetical

__all__ = ["CorePages", "CoreWeeks"]

Row: TypeAlias = Any

_SATURDAY = 5
_VALUES: dict[str, MarkValue] = {spell_mark(value): value for value in VOCABULARY}
_CHAIN: sa.BindParameter[int] = sa.bindparam("b_chain")


def _all(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name != "chain"]


def _in_school(*tables: sa.Table) -> list[sa.ColumnElement[bool]]:
    return [table.c.chain == _CHAIN for table in tables]


_SECOND = t.staff.alias("second")
_JOURNAL = t.journal.c
_OPENED = (
    sa.select(
        *_all(t.journal),
        *(t.school.c.name, t.school_year.c.first_day, t.school_year.c.last_day),
        *(t.school_year.c.semesters, t.school_class.c.label, t.subject.c.name),
        *(t.staff.c.name, _SECOND.c.name, t.subgroup.c.name, t.subgroup.c.members),
    )
    .select_from(t.journal)
    .join(t.school, sa.and_(t.school.c.chain == _CHAIN, t.school.c.id == _CHAIN))
    .join(
        t.school_year,
        sa.and_(t.school_year.c.chain == _CHAIN, t.school_year.c.id == _JOURNAL.year),
    )
    .join(
        t.school_class,
        sa.and_(t.school_class.c.chain == _CHAIN, t.school_class.c.id == _JOURNAL.school_class),
    )
    .join(t.subject, sa.and_(t.subject.c.chain == _CHAIN, t.subject.c.id == _JOURNAL.subject))
    .join(t.staff, sa.and_(t.staff.c.chain == _CHAIN, t.staff.c.id == _JOURNAL.teacher))
    .outerjoin(_SECOND, sa.and_(_SECOND.c.chain == _CHAIN, _SECOND.c.id == _JOURNAL.second_teacher))
    .outerjoin(
        t.subgroup, sa.and_(t.subgroup.c.chain == _CHAIN, t.subgroup.c.id == _JOURNAL.subgroup)
    )
    .where(*_in_school(t.journal), _JOURNAL.id == sa.bindparam("b_journal"))
)
_GRANTS = sa.select(
    *(t.grant.c[name] for name in ("role", "rights", "person", "since", "until"))
).where(*_in_school(t.grant), t.grant.c.account == sa.bindparam("b_account"))
_PUPILS = (
    sa.select(*_all(t.pupil))
    .distinct()
    .select_from(t.enrolment)
    .join(t.pupil, sa.and_(t.pupil.c.chain == _CHAIN, t.pupil.c.id == t.enrolment.c.pupil))
    .where(
        *_in_school(t.enrolment),
        t.enrolment.c.school_class == sa.bindparam("b_class"),
        t.enrolment.c.since <= sa.bindparam("b_last"),
        sa.or_(t.enrolment.c.until.is_(None), t.enrolment.c.until >= sa.bindparam("b_first")),
    )
)
_PUPIL = sa.select(*_all(t.pupil)).where(*_in_school(t.pupil), t.pupil.c.id == sa.bindparam("b_id"))


def _of_journal(table: sa.Table, *order: str) -> sa.Select[Any]:
    asked = table.c.journal == sa.bindparam("b_journal")
    ordered = (table.c[name] for name in order)
    return sa.select(*_all(table)).where(*_in_school(table), asked).order_by(*ordered)


_LESSONS = _of_journal(t.lesson, "day", "bell", "id").where(~t.lesson.c.struck)
_COLUMNS = _of_journal(t.column, "id").where(~t.column.c.struck)
_MARKS = _of_journal(t.mark)
_ABSENCES = _of_journal(t.absence)


@frozen
class CorePages:
    """Pages of journals, on a connection from an engine's pool for each."""

    engine: sa.Engine

    def page(self, actor: Actor, journal: int, now: datetime) -> JournalPage:
        """Return the page of a teacher's own journal."""
        school = actor.cabinet.school or 0
        asked = {"b_chain": school, "b_journal": journal}
        with self.engine.connect() as connection:
            execute = connection.execute
            opened, heading, period, members = _opened(execute(_OPENED, asked).one())
            grants = execute(_GRANTS, {"b_chain": school, "b_account": actor.account}).all()
            _require(actor, "read-journal", now, grants)
            if int(actor.cabinet.person or 0) not in (opened.teacher, opened.second_teacher):
                raise Refused
            in_class = {
                "b_chain": school,
                "b_class": opened.school_class,
                "b_first": period.first,
                "b_last": period.last,
            }
            pupils = {row[0]: _pupil(row) for row in execute(_PUPILS, in_class).all()}
            if members is not None:
                pupils = {id_: pupil for id_, pupil in pupils.items() if id_ in members}
            lessons = tuple([Lesson(*row) for row in execute(_LESSONS, asked).all()])
            columns = [_column(row) for row in execute(_COLUMNS, asked).all()]
            marks = [_mark(row) for row in execute(_MARKS, asked).all()]
            absences = [_absence(row) for row in execute(_ABSENCES, asked).all()]
            for gone in {mark.pupil for mark in marks} - pupils.keys():
                pupils[gone] = _pupil(execute(_PUPIL, {"b_chain": school, "b_id": gone}).one())
        columns.sort(key=lambda column: (column.day, column.id))
        shown, rows = _laid_out(pupils.values(), columns, marks, absences)
        return JournalPage(opened, heading, shown, rows, lessons)


def _opened(row: Row) -> tuple[Journal, Heading, Period, set[int] | None]:
    opened = Journal(*(*row[:8], _terms(row[8]), row[9]))
    school, first, last, semesters, label, subject, teacher, second, subgroup, members = row[10:]
    named = (PersonName(**json.loads(name)) for name in (teacher, second) if name is not None)
    heading = Heading(
        school,
        f"{first.year}/{last.year % 100:02}",
        opened.semester,
        ClassLabel(**json.loads(label)),
        subject,
        subgroup or "",
        tuple(named),
    )
    (period,) = (
        Period(date.fromisoformat(each["first_day"]), date.fromisoformat(each["last_day"]))
        for each in json.loads(semesters)
        if each["number"] == opened.semester
    )
    own = None if members is None else {parse_id(member) for member in json.loads(members)}
    return opened, heading, period, own


def _terms(text: str) -> Terms:
    told = json.loads(text)
    return Terms(
        *(told["grade"], told["school_year"]),
        *(StudyForm(told["form"]), Assessment(told["assessed"])),
        *(date.fromisoformat(told["first_day"]), date.fromisoformat(told["last_day"])),
    )


def _laid_out(
    pupils: Iterable[Pupil],
    columns: Sequence[Column],
    marks: Sequence[Mark],
    absences: Sequence[Absence],
) -> tuple[tuple[PageColumn, ...], tuple[PageRow, ...]]:
    """Lay out columns that all stand under days; those that sum up would go behind them."""
    values: defaultdict[int, list[MarkValue]] = defaultdict(list)
    given: dict[tuple[int | None, int], Mark] = {}
    void: dict[tuple[int | None, int], Mark] = {}
    for mark in marks:
        if not mark.void:
            values[mark.column].append(mark.value)
        (void if mark.void else given)[mark.column, mark.pupil] = mark
    first = {column.lesson: column.id for column in reversed(columns)}
    missing: dict[tuple[int | None, int], Absence] = {}
    there: dict[tuple[int | None, int], Absence] = {}
    for absence in absences:
        at = first.get(absence.lesson), absence.pupil
        (there if absence.was_withdrawn else missing)[at] = absence

    def cell(at: tuple[int, int]) -> Cell:
        return Cell(given.get(at), missing.get(at), void.get(at), there.get(at))

    rows = [
        PageRow(pupil, tuple([cell((column.id, pupil.id)) for column in columns]))
        for pupil in alphabetical(pupils)
    ]
    shown = [PageColumn(column, mixes_scales(values[column.id])) for column in columns]
    return tuple(shown), tuple(rows)


def _require(actor: Actor, act: str, now: datetime, grants: Sequence[Row]) -> None:
    role, person = actor.cabinet.role.value, actor.cabinet.person
    for held, rights, whose, since, until in grants:
        begun = _aware(since) <= now and (until is None or now < _aware(until))
        if (held, whose) == (role, person) and begun and act in json.loads(rights):
            return
    raise Refused


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo is UTC else value.replace(tzinfo=UTC)


def _pupil(row: Row) -> Pupil:
    id_, name, birth_date, sex, merged_into, version = row
    return Pupil(
        *(id_, PersonName(**json.loads(name)), birth_date),
        *(None if sex is None else Sex(sex), merged_into, version),
    )


def _column(row: Row) -> Column:
    id_, journal, kind, lesson, day, title, group, struck, result, corrects, version = row
    return Column(
        *(id_, journal, ColumnKind(kind), lesson, day, title, group, struck),
        *(None if result is None else ResultKind(result), corrects, version),
    )


def _mark(row: Row) -> Mark:
    journal, column, pupil, day, value, comment, author, given_at, void, version = row
    return Mark(
        *(journal, column, pupil, day, _VALUES[value], comment, author),
        *(_aware(given_at), bool(void), version),
    )


def _absence(row: Row) -> Absence:
    journal, lesson, pupil, day, code, minutes, excuse, author, at, remote, by, version = row
    code = None if code is None else AbsenceCode(code)
    return Absence(
        *(journal, lesson, pupil, day, code, minutes, excuse, author, _aware(at)),
        *(remote, by, version),
    )


_OWN_GRANT = sa.and_(
    t.grant.c.chain == _CHAIN,
    t.grant.c.account == sa.bindparam("b_account"),
    t.grant.c.role == "pupil",
    t.grant.c.person == sa.bindparam("b_pupil"),
)
_DUE = t.lesson.alias("due")
_IS_FOR_THE_WEEK = sa.exists().where(
    _DUE.c.chain == _CHAIN,
    _DUE.c.id == t.lesson.c.homework_to,
    _DUE.c.day.between(sa.bindparam("b_first"), sa.bindparam("b_last")),
)
_WEEK_LESSONS = (
    sa.select(
        *_all(t.pupil),
        *(t.grant.c.rights, t.grant.c.since, t.grant.c.until),
        *_all(t.lesson),
        *_all(t.subject),
        *_all(t.absence),
        *(t.subgroup.c.members, t.enrolment.c.since, t.enrolment.c.until),
    )
    .select_from(t.pupil)
    .join(t.grant, _OWN_GRANT)
    .outerjoin(
        t.enrolment, sa.and_(t.enrolment.c.chain == _CHAIN, t.enrolment.c.pupil == t.pupil.c.id)
    )
    .outerjoin(
        t.journal,
        sa.and_(
            t.journal.c.chain == _CHAIN, t.journal.c.school_class == t.enrolment.c.school_class
        ),
    )
    .outerjoin(
        t.lesson,
        sa.and_(
            t.lesson.c.chain == _CHAIN,
            t.lesson.c.journal == t.journal.c.id,
            ~t.lesson.c.struck,
            t.lesson.c.day <= sa.bindparam("b_last"),
            sa.or_(t.lesson.c.day >= sa.bindparam("b_first"), _IS_FOR_THE_WEEK),
        ),
    )
    .outerjoin(
        t.subject, sa.and_(t.subject.c.chain == _CHAIN, t.subject.c.id == t.journal.c.subject)
    )
    .outerjoin(
        t.subgroup, sa.and_(t.subgroup.c.chain == _CHAIN, t.subgroup.c.id == t.journal.c.subgroup)
    )
    .outerjoin(
        t.absence,
        sa.and_(
            t.absence.c.chain == _CHAIN,
            t.absence.c.journal == t.lesson.c.journal,
            t.absence.c.lesson == t.lesson.c.id,
            t.absence.c.pupil == t.pupil.c.id,
        ),
    )
    .where(*_in_school(t.pupil), t.pupil.c.id == sa.bindparam("b_pupil"))
    .order_by(t.lesson.c.day, t.lesson.c.bell, t.lesson.c.id)
)
_WEEK_MARKS = (
    sa.select(*_all(t.mark), *_all(t.column), *_all(t.subject), t.publication.c.rules)
    .select_from(t.mark)
    .join(t.column, sa.and_(t.column.c.chain == _CHAIN, t.column.c.id == t.mark.c.column))
    .join(t.journal, sa.and_(t.journal.c.chain == _CHAIN, t.journal.c.id == t.mark.c.journal))
    .join(t.subject, sa.and_(t.subject.c.chain == _CHAIN, t.subject.c.id == t.journal.c.subject))
    .outerjoin(
        t.publication,
        sa.and_(t.publication.c.chain == _CHAIN, t.publication.c.column == t.mark.c.column),
    )
    .where(
        *_in_school(t.mark),
        ~t.mark.c.void,
        t.mark.c.pupil == sa.bindparam("b_pupil"),
        sa.or_(
            t.mark.c.day.between(sa.bindparam("b_first"), sa.bindparam("b_last")),
            sa.and_(
                t.mark.c.day.is_(None),
                t.mark.c.given_at.between(sa.bindparam("b_from"), sa.bindparam("b_until")),
            ),
        ),
    )
    .order_by(t.mark.c.day, t.mark.c.column)
)


@frozen
class CoreWeeks:
    """Weeks of diaries in two statements, on a connection from an engine's pool for each."""

    engine: sa.Engine

    def week(self, actor: Actor, day: date, now: datetime) -> DiaryWeek:
        """Return the pupil's own week; instants are taken to fall on days as UTC has them."""
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
        asked = {
            "b_chain": actor.cabinet.school,
            "b_account": actor.account,
            "b_pupil": actor.cabinet.person,
            "b_first": first,
            "b_last": last,
            "b_from": datetime.combine(first, datetime.min.time(), UTC),
            "b_until": datetime.combine(last, datetime.max.time(), UTC),
        }
        with self.engine.connect() as connection:
            lessons = connection.execute(_WEEK_LESSONS, asked).all()
            marks = connection.execute(_WEEK_MARKS, asked).all()
        return _week(lessons, marks, Period(first, last), now)


def _week(rows: Sequence[Row], marked: Sequence[Row], period: Period, now: datetime) -> DiaryWeek:
    pupil = _reader(rows, now)
    subjects: dict[int, Subject] = {}
    homework: defaultdict[int, list[str]] = defaultdict(list)
    here: list[tuple[Lesson, Subject, Absence | None]] = []
    for row in rows:
        if row[9] is None or not _is_about(pupil.id, row):
            continue
        lesson = Lesson(*row[9:20])
        if lesson.homework:
            homework[lesson.homework_to or lesson.id].append(lesson.homework)
        if lesson.day >= period.first:
            absence = None if row[27] is None else _absence(row[27:39])
            shown = None if absence is None or absence.was_withdrawn else absence
            here.append((lesson, _subject(row[20:27], subjects), shown))
    at_lesson, at_day, undated = _sorted_out(marked, {lesson.id for lesson, _, _ in here}, subjects)
    entries: defaultdict[date, list[DiaryEntry]] = defaultdict(list)
    for lesson, subject, absence in here:
        entries[lesson.day].append(
            DiaryEntry(
                lesson, subject, tuple(homework[lesson.id]), tuple(at_lesson[lesson.id]), absence
            )
        )
    days = tuple(
        DiaryDay(day, tuple(entries[day]), tuple(at_day[day]))
        for day in period.days
        if day.weekday() < _SATURDAY or entries[day] or at_day[day]
    )
    return DiaryWeek(pupil, period, days, tuple(undated))


def _reader(rows: Sequence[Row], now: datetime) -> Pupil:
    """Return the pupil, whose grant stands in every row; without one there is none."""
    if not rows:
        raise Refused
    rights, since, until = rows[0][6:9]
    begun = _aware(since) <= now and (until is None or now < _aware(until))
    if not begun or "read-diary" not in json.loads(rights):
        raise Refused
    return _pupil(rows[0][:6])


def _sorted_out(
    marked: Sequence[Row], known: set[LessonId], subjects: dict[int, Subject]
) -> tuple[defaultdict[int, list[DiaryMark]], defaultdict[date, list[DiaryMark]], list[DiaryMark]]:
    at_lesson: defaultdict[int, list[DiaryMark]] = defaultdict(list)
    at_day: defaultdict[date, list[DiaryMark]] = defaultdict(list)
    undated: list[DiaryMark] = []
    for row in marked:
        if row[-1] is not None:
            # A column with rules of its own would have to wait; none here has.
            continue
        mark, column = _mark(row[:10]), _column(row[10:21])
        entry = DiaryMark(mark, column, _subject(row[21:-1], subjects))
        if mark.day is None:
            undated.append(entry)
        elif column.lesson in known:
            at_lesson[column.lesson].append(entry)
        else:
            at_day[mark.day].append(entry)
    undated.sort(key=lambda entry: (entry.mark.given_at.date(), entry.mark.column))
    return at_lesson, at_day, undated


def _is_about(pupil: PupilId, row: Row) -> bool:
    """Say whether the pupil was in the class on the lesson's day, and in the journal's subgroup."""
    members, since, until = row[39:]
    day = row[11]
    if day < since or (until is not None and until < day):
        return False
    return members is None or spell_id(pupil) in json.loads(members)


def _subject(row: Row, known: dict[int, Subject]) -> Subject:
    subject = known.get(row[0])
    if subject is None:
        id_, name, short_name, base, assessed, integrates, version = row
        parts = tuple(json.loads(integrates))
        subject = Subject(id_, name, short_name, base, Assessment(assessed), parts, version)
        known[id_] = subject
    return subject
