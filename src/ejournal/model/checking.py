"""The checks of a school's data: each finds one kind of inconsistency, with a plan for each.

A plan takes nothing away that could be right: it moves what stands in the wrong place, ends what
overlaps, and takes out only what cannot be true of anybody. A mark it makes void, and never erases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from attrs import evolve

from ejournal.ids import ClassId, ColumnId, JournalId, PersonId, PupilId, StaffId
from ejournal.model.access import Grant
from ejournal.model.calendar import Period
from ejournal.model.classes import Subgroup
from ejournal.model.journal import (
    Column,
    ColumnKind,
    Journal,
    Lesson,
    LessonFault,
    Mark,
    lesson_remarks,
)
from ejournal.model.marks import Grade, Level, mixes_scales
from ejournal.model.parallel import parallel_to
from ejournal.model.people import Enrolment
from ejournal.model.permissions import Role, rights_of
from ejournal.model.school_data import (
    NEW_COLUMN,
    NEW_GRANT,
    Checkable,
    Inconsistency,
    InconsistencyKind,
    Repair,
    RepairPlan,
    SchoolData,
    grouped,
)

__all__ = ["inconsistencies"]

_DAY = timedelta(days=1)

_Found = Iterator[tuple[tuple[int, ...], Iterable[Repair]]]


def _changed(before: Checkable, after: Checkable) -> Iterator[Repair]:
    if before != after:
        yield Repair(before, after)


def _taken_out(records: Iterable[Checkable]) -> Iterator[Repair]:
    return (Repair(record, None) for record in records)


def _voided(marks: Iterable[Mark]) -> Iterator[Repair]:
    return (Repair(mark, evolve(mark, void=True)) for mark in marks)


# Marks and columns.


def _stray_marks(data: SchoolData) -> _Found:
    """Find marks of pupils who were not on the journal's list on that day; make them void."""
    for mark in data.given:
        journal = data.journal.get(mark.journal)
        if journal is not None and not data.lists(journal, mark.pupil, mark.day):
            yield mark.key, _voided([mark])


def _stray_absences(data: SchoolData) -> _Found:
    """Find absences of pupils who were not on the list that day; withdraw them."""
    for absence in data.absences:
        journal = data.journal.get(absence.journal)
        if journal is None or absence.was_withdrawn:
            continue
        if not data.lists(journal, absence.pupil, absence.day):
            yield (
                absence.key,
                _changed(absence, absence.presence(absence.author, absence.recorded_at)),
            )


def _marks_elsewhere(data: SchoolData) -> _Found:
    """Find marks that name another journal than their column does; bring them to the column's."""
    for mark in data.given:
        column = data.column.get(mark.column)
        if column is not None and column.journal != mark.journal:
            home = evolve(mark, journal=column.journal, day=column.day)
            yield mark.key, [*_voided([mark]), data.giving(home)]


def _mixed_scales(data: SchoolData) -> _Found:
    """Find columns with numbers and level letters; the fewer go to a column of their own."""
    for column in data.column.values():
        marks = data.marks_in.get(column.id, [])
        if not mixes_scales(mark.value for mark in marks):
            continue
        scales = [[each for each in marks if type(each.value) is kind] for kind in (Level, Grade)]
        fewer = min(scales, key=len)
        moved = (evolve(mark, column=NEW_COLUMN) for mark in fewer)
        yield (
            (column.id,),
            [
                *_voided(fewer),
                Repair(None, evolve(column, id=NEW_COLUMN, version=0)),
                *map(data.giving, moved),
            ],
        )


def _absent_with_mark(data: SchoolData) -> _Found:
    """Find pupils who were absent from a lesson and have a mark of it; withdraw the absence."""
    under = grouped((column.lesson, column.id) for column in data.column.values() if column.lesson)
    for absence in data.absences:
        marked = {
            mark.pupil
            for column in under.get(absence.lesson, ())
            for mark in data.marks_in.get(column, ())
        }
        if not absence.was_present and absence.pupil in marked:
            yield (
                absence.key,
                _changed(absence, absence.presence(absence.author, absence.recorded_at)),
            )


def _day_drift(data: SchoolData) -> _Found:
    """Find columns, and marks in them, of another day than their lesson's; give them its day."""
    for column in data.column.values():
        lesson = None if column.lesson is None else data.lesson.get(column.lesson)
        day = column.day if lesson is None else lesson.day
        changes = [
            *_changed(column, evolve(column, day=day)),
            *_dated(data.marks_in.get(column.id, ()), day),
        ]
        if changes:
            yield (column.id,), changes


def _dated(marks: Iterable[Mark], day: date | None) -> Iterator[Repair]:
    for mark in marks:
        yield from _changed(mark, evolve(mark, day=day))


def _columns_of_no_lesson(data: SchoolData) -> _Found:
    """Find columns under a lesson that is not there; let them stand under their day alone."""
    for column in data.column.values():
        if column.lesson is not None and column.lesson not in data.lesson:
            yield (column.id,), _changed(column, evolve(column, lesson=None))


_SUMMING_UP = {ColumnKind.THEMATIC, ColumnKind.RESULT_GROUP, ColumnKind.NOTEBOOK}


def _orphan_columns(data: SchoolData) -> _Found:
    """Find undated columns in which nobody was given anything all semester; strike them."""
    for column in data.column.values():
        journal = data.journal.get(column.journal)
        semester = None if journal is None else data.semester_of(journal)
        over = semester is not None and semester.last_day < data.today
        empty = column.day is None and not data.marks_in.get(column.id)
        if over and empty and column.kind in _SUMMING_UP:
            yield (column.id,), _changed(column, column.strike(()))


def _corrected_without_semester(data: SchoolData) -> _Found:
    """Find corrected columns beside no semester column; put one beside them."""
    for journal, columns in data.columns_of.items():
        annual = {column.id for column in columns if column.kind is ColumnKind.ANNUAL}
        kinds = {column.kind for column in columns if column.corrects not in annual}
        if ColumnKind.CORRECTED in kinds and ColumnKind.SEMESTER not in kinds:
            yield (journal,), [Repair(None, Column(NEW_COLUMN, journal, ColumnKind.SEMESTER))]


def _semester_twice(data: SchoolData) -> _Found:
    """Find journals with several semester columns; bring the latest marks into the first.

    The columns «Скоригована» beside them become one, which corrects the first.
    """
    for journal, columns in data.columns_of.items():
        finals = [each for each in columns if each.kind is ColumnKind.SEMESTER]
        if len(finals) > 1:
            yield (journal,), [*_merged(data, *finals), *_corrected_once(data, columns, finals)]


def _corrected_once(
    data: SchoolData, columns: Iterable[Column], finals: list[Column]
) -> Iterator[Repair]:
    """Let one column correct the first; one that names none corrects it already."""
    first = finals[0]
    known: dict[ColumnId | None, int] = {each.id: rank for rank, each in enumerate(finals)}
    known[None] = 0
    beside = (each for each in columns if each.kind is ColumnKind.CORRECTED)
    correcting = [each for each in beside if each.corrects in known]
    correcting.sort(key=lambda each: (known[each.corrects], each.id))
    if correcting:
        yield from _changed(correcting[0], evolve(correcting[0], corrects=first.id))
        yield from _merged(data, *correcting)


def _merged(data: SchoolData, first: Column, *others: Column) -> Iterator[Repair]:
    standing = {mark.pupil: mark for mark in data.marks_in.get(first.id, ())}
    latest: dict[PupilId, Mark] = dict(standing)
    for column in others:
        marks = data.marks_in.get(column.id, ())
        yield from _voided(marks)
        yield from _changed(column, column.strike(()))
        for mark in marks:
            known = latest.get(mark.pupil)
            if known is None or known.given_at <= mark.given_at:
                latest[mark.pupil] = mark
    for pupil, mark in latest.items():
        stood = standing.get(pupil)
        if stood is None:
            yield data.giving(evolve(mark, column=first.id))
        else:
            given = stood.changed(mark.value, mark.comment, mark.author, mark.given_at)
            yield from _changed(stood, given)


# Lessons.


def _lessons_outside_semester(data: SchoolData) -> _Found:
    """Find lessons on a day outside their semester; bring them to its nearest day."""
    for journal in data.journals:
        semester = data.semester_of(journal)
        if semester is None:
            continue
        for lesson in data.lessons_of.get(journal.id, ()):
            if lesson.day not in semester.period:
                day = _nearest(lesson.day, semester.period)
                yield (lesson.id,), _brought_to(data, lesson, day)


def _nearest(day: date, period: Period) -> date:
    return min(max(day, period.first), period.last)


def _brought_to(data: SchoolData, lesson: Lesson, day: date) -> Iterator[Repair]:
    yield from _changed(lesson, evolve(lesson, day=day))
    for absence in data.absences_at.get(lesson.id, ()):
        yield from _changed(absence, evolve(absence, day=day))
    for column in data.columns_of.get(lesson.journal, ()):
        if column.lesson == lesson.id:
            yield from _changed(column, evolve(column, day=day))
            yield from _dated(data.marks_in.get(column.id, ()), day)


def _lessons_twice(data: SchoolData) -> _Found:
    """Find lessons of one journal under one bell; one gets all that both have, strike the other."""
    for lessons in data.lessons_of.values():
        at = grouped(((each.day, each.bell), each) for each in lessons)
        for first, *others in at.values():
            if others:
                about = (first.id, *(each.id for each in others))
                yield about, _made_one(data, first, others)


def _made_one(data: SchoolData, first: Lesson, others: list[Lesson]) -> Iterator[Repair]:
    gone = {lesson.id for lesson in others}
    told = [first, *others]
    topic = next((each.topic for each in told if each.topic.strip()), first.topic)
    plan_no = next((each.plan_no for each in told if each.plan_no is not None), None)
    setting = next((each for each in told if each.homework), first)
    target = setting.homework_to if setting.homework_to not in {first.id, *gone} else None
    whole = evolve(
        first, topic=topic, plan_no=plan_no, homework=setting.homework, homework_to=target
    )
    yield from _changed(first, whole)
    known = {absence.pupil for absence in data.absences_at.get(first.id, ())}
    for lesson in others:
        for absence in data.absences_at.get(lesson.id, ()):
            yield Repair(absence, None)
            if absence.pupil not in known:
                known.add(absence.pupil)
                yield Repair(None, evolve(absence, lesson=first.id, version=0))
        for column in data.columns_of.get(first.journal, ()):
            if column.lesson == lesson.id:
                yield from _changed(column, evolve(column, lesson=first.id))
    for lesson in data.lessons_of[first.journal]:
        if lesson.homework_to in gone and lesson.id not in {first.id, *gone}:
            yield from _changed(lesson, evolve(lesson, homework_to=first.id))
    for lesson in others:
        yield from _changed(lesson, evolve(lesson, struck=True))


def _plan_gaps(data: SchoolData) -> _Found:
    """Find journals in whose plan numbers are left out; number their lessons anew, in order."""
    return _numbered(data, LessonFault.GAP)


def _plan_numbers_twice(data: SchoolData) -> _Found:
    """Find journals in whose plan a number comes twice; number their lessons anew, in order."""
    return _numbered(data, LessonFault.SAME_NUMBER)


def _numbered(data: SchoolData, fault: LessonFault) -> _Found:
    for journal, lessons in data.lessons_of.items():
        before = data.plan_before(journal)
        if all(each.fault is not fault for each in lesson_remarks(lessons, data.today, before)):
            continue
        planned = [lesson for lesson in lessons if lesson.plan_no is not None]
        goes_on = min(lesson.plan_no or 0 for lesson in planned) > before
        numbers = enumerate(planned, before + 1 if goes_on else 1)
        yield (
            (journal,),
            [
                repair
                for number, lesson in numbers
                for repair in _changed(lesson, lesson.about(lesson.topic, number))
            ],
        )


def _homework_to_earlier(data: SchoolData) -> _Found:
    """Find homework for a lesson that is not a later one of the journal; leave it for any."""
    for lesson in data.lesson.values():
        if lesson.homework_to is None:
            continue
        target = data.lesson.get(lesson.homework_to)
        later = target is not None and (target.day, target.bell) > (lesson.day, lesson.bell)
        if target is None or target.journal != lesson.journal or not later:
            yield (lesson.id,), _changed(lesson, lesson.assigned(lesson.homework))


def _substitutes_without_grant(data: SchoolData) -> _Found:
    """Find lessons whose substitute cannot enter them; grant the role.

    It is granted to the account that the person has here in another role; who has none has to be
    invited by a person. Who held the lesson stays on it, as the log of replaced lessons has it.
    """
    for lesson in data.lesson.values():
        if lesson.substitute is None:
            continue
        person = PersonId(lesson.substitute)
        held = [grant for grant in data.grants if grant.person == person]
        if any(grant.role is Role.SUBSTITUTE and _lasts(grant, lesson.day) for grant in held):
            continue
        account = next((grant.account for grant in held if grant.account is not None), None)
        if account is None:
            yield (lesson.id,), ()
            continue
        since = datetime.combine(lesson.day, time(), UTC)
        role = Role.SUBSTITUTE
        grant = Grant(NEW_GRANT, role, rights_of(role), account, person, since)
        yield (lesson.id,), [Repair(None, grant)]


def _lasts(grant: Grant, day: date) -> bool:
    return grant.until is None or grant.until.date() >= day


# Who keeps what, and who is where.


def _teachers_left(data: SchoolData) -> _Found:
    """Find journals of a teacher who left; give them to who is at hand, the second one first."""
    for journal in data.journals:
        semester = data.semester_of(journal)
        if semester is None or not data.left_before(journal.teacher, semester.last_day):
            continue
        heirs = (each for each in _at_hand(data, journal) if not data.left_before(each, data.today))
        heir = next(heirs, None)
        second = None if heir == journal.second_teacher else journal.second_teacher
        given = journal if heir is None else journal.given_to(heir, second)
        yield (journal.id,), _changed(journal, given)


def _at_hand(data: SchoolData, journal: Journal) -> Iterator[StaffId]:
    """Yield the second teacher, who else teaches the subject, and the class teacher."""
    if journal.second_teacher is not None:
        yield journal.second_teacher
    yield from (each.teacher for each in data.journals if each.subject == journal.subject)
    leaders = {each.id: each.teacher for each in data.classes}
    leader = leaders.get(journal.school_class)
    if leader is not None:
        yield leader


def _second_teachers_left(data: SchoolData) -> _Found:
    """Find journals whose second teacher left; leave them to the main one."""
    for journal in data.journals:
        semester, second = data.semester_of(journal), journal.second_teacher
        if semester is None or second is None:
            continue
        if data.left_before(second, semester.last_day):
            yield (journal.id,), _changed(journal, journal.given_to(journal.teacher))


def _class_teachers_left(data: SchoolData) -> _Found:
    """Find classes of a year whose class teacher left; let them be without one."""
    lasts = {year.id: year.last_day for year in data.years}
    for each in data.classes:
        last = lasts.get(each.year)
        if last is None or each.teacher is None:
            continue
        if data.left_before(each.teacher, last):
            yield (each.id,), _changed(each, each.led_by(None))


def _enrolments_outside_year(data: SchoolData) -> _Found:
    """Find enrolments that begin or end outside the year of their class; cut them to it."""
    years = {year.id: year.period for year in data.years}
    periods = {each.id: years.get(each.year) for each in data.classes}
    for enrolment in data.enrolments:
        period = periods.get(enrolment.school_class)
        if period is None:
            continue
        since = _nearest(enrolment.since, period)
        until = None if enrolment.until is None else _nearest(enrolment.until, period)
        cut = evolve(enrolment, since=since, until=until)
        if cut != enrolment:
            yield (enrolment.id,), _changed(enrolment, cut)


def _enrolments_overlap(data: SchoolData) -> _Found:
    """Find pupils enrolled twice on a day; end the earlier enrolment where the later begins."""
    ordered = sorted(data.enrolments, key=lambda each: (each.since, each.id))
    for enrolments in grouped((each.pupil, each) for each in ordered).values():
        for earlier, later in pairwise(enrolments):
            if earlier.covers(later.since):
                yield (earlier.id, later.id), [Repair(earlier, _ended(earlier, later))]


def _ended(earlier: Enrolment, later: Enrolment) -> Enrolment | None:
    if earlier.since == later.since:
        return None
    return earlier.ended(later.since - _DAY)


def _subgroups_empty(data: SchoolData) -> _Found:
    """Find subgroups of nobody: take them out, or fill them where a journal is about them.

    They are filled with the pupils of the class who are in no other subgroup of that subject.
    """
    kept = {journal.subgroup for journal in data.journals}
    for subgroup in data.subgroups:
        if subgroup.members:
            continue
        if subgroup.id not in kept:
            yield (subgroup.id,), _taken_out([subgroup])
            continue
        free = _listed(data, subgroup.school_class) - _elsewhere(data, subgroup)
        yield (subgroup.id,), _changed(subgroup, evolve(subgroup, members=free))


def _listed(data: SchoolData, school_class: ClassId) -> frozenset[PupilId]:
    return frozenset(each.pupil for each in data.enrolments if each.school_class == school_class)


def _elsewhere(data: SchoolData, subgroup: Subgroup) -> frozenset[PupilId]:
    members = {each.id: each.members for each in data.subgroups}
    subjects = {each.subject for each in data.journals if each.subgroup == subgroup.id}
    beside = (
        each.subgroup
        for each in data.journals
        if each.subject in subjects and each.school_class == subgroup.school_class
    )
    none: frozenset[PupilId] = frozenset()
    return none.union(*(members.get(each, none) for each in beside if each is not None))


def _subgroup_strangers(data: SchoolData) -> _Found:
    """Find members of a subgroup who were never in its class; leave them out."""
    for subgroup in data.subgroups:
        own = subgroup.members & _listed(data, subgroup.school_class)
        if own != subgroup.members:
            yield (subgroup.id,), _changed(subgroup, evolve(subgroup, members=own))


def _subgroups_parallel(data: SchoolData) -> _Found:
    """Find pupils in two subgroups that are taught at once; leave them where they have marks."""
    part = {journal.id: journal.subgroup for journal in data.journals}
    marks = Counter((part.get(mark.journal), mark.pupil) for mark in data.given)
    for first in sorted(data.subgroups, key=lambda each: each.id):
        others = [each for each in data.subgroups if each.school_class == first.school_class]
        for second in parallel_to(first, others, data.journals):
            if second.id < first.id:
                continue
            for pupil in sorted(first.members & second.members):
                fewer = marks[first.id, pupil] < marks[second.id, pupil]
                gone = first if fewer else second
                yield (pupil, first.id, second.id), [_without(gone, pupil)]


def _without(subgroup: Subgroup, pupil: PupilId) -> Repair:
    return Repair(subgroup, evolve(subgroup, members=subgroup.members - {pupil}))


def _classes_without_pupils(data: SchoolData) -> _Found:
    """Find classes in which nobody ever was; take them out if their journals are empty, too.

    Where something is written in a journal of such a class a person has to find out whose it is.
    """
    written: set[JournalId] = {*data.lessons_of, *data.columns_of}
    for each in data.classes:
        if _listed(data, each.id):
            continue
        journals = [journal for journal in data.journals if journal.school_class == each.id]
        subgroups = [part for part in data.subgroups if part.school_class == each.id]
        touched = any(journal.id in written for journal in journals)
        yield (each.id,), () if touched else _taken_out([*journals, *subgroups, each])


_BY_KIND: Mapping[InconsistencyKind, Callable[[SchoolData], _Found]] = {
    InconsistencyKind.STRAY_MARK: _stray_marks,
    InconsistencyKind.STRAY_ABSENCE: _stray_absences,
    InconsistencyKind.MARK_ELSEWHERE: _marks_elsewhere,
    InconsistencyKind.MIXED_SCALES: _mixed_scales,
    InconsistencyKind.ABSENT_WITH_MARK: _absent_with_mark,
    InconsistencyKind.DAY_DRIFT: _day_drift,
    InconsistencyKind.COLUMN_OF_NO_LESSON: _columns_of_no_lesson,
    InconsistencyKind.ORPHAN_COLUMN: _orphan_columns,
    InconsistencyKind.CORRECTED_WITHOUT_SEMESTER: _corrected_without_semester,
    InconsistencyKind.SEMESTER_TWICE: _semester_twice,
    InconsistencyKind.LESSON_OUTSIDE_SEMESTER: _lessons_outside_semester,
    InconsistencyKind.LESSON_TWICE: _lessons_twice,
    InconsistencyKind.PLAN_GAP: _plan_gaps,
    InconsistencyKind.PLAN_NUMBER_TWICE: _plan_numbers_twice,
    InconsistencyKind.HOMEWORK_TO_EARLIER: _homework_to_earlier,
    InconsistencyKind.SUBSTITUTE_WITHOUT_GRANT: _substitutes_without_grant,
    InconsistencyKind.TEACHER_LEFT: _teachers_left,
    InconsistencyKind.SECOND_TEACHER_LEFT: _second_teachers_left,
    InconsistencyKind.CLASS_TEACHER_LEFT: _class_teachers_left,
    InconsistencyKind.ENROLMENT_OUTSIDE_YEAR: _enrolments_outside_year,
    InconsistencyKind.ENROLMENTS_OVERLAP: _enrolments_overlap,
    InconsistencyKind.SUBGROUP_EMPTY: _subgroups_empty,
    InconsistencyKind.SUBGROUP_STRANGER: _subgroup_strangers,
    InconsistencyKind.SUBGROUPS_PARALLEL: _subgroups_parallel,
    InconsistencyKind.CLASS_WITHOUT_PUPILS: _classes_without_pupils,
}


def inconsistencies(
    data: SchoolData, kinds: Iterable[InconsistencyKind] = tuple(InconsistencyKind)
) -> tuple[Inconsistency, ...]:
    """Return what is wrong with a school's data, of those kinds, in a fixed order."""
    return tuple(
        Inconsistency(kind, tuple(map(int, about)), RepairPlan(tuple(repairs)))
        for kind in kinds
        for about, repairs in _BY_KIND[kind](data)
    )
