"""What of a pupil's diary somebody sees now: the one place that every reading path asks.

Who reads is told apart by role: a guardian is shown what the guardianship allows, and everybody
what the rules on publishing let through at this instant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from attrs import frozen

from ejournal.ids import ColumnId, GuardianId, LessonId, instant
from ejournal.model.access import Actor
from ejournal.model.calendar import Period, SchoolYear
from ejournal.model.diary import DiaryMark
from ejournal.model.diary_news import SeenMark
from ejournal.model.journal import Column, Lesson, Mark
from ejournal.model.people import DiaryPart, Guardianship, Pupil, acting_guardian
from ejournal.model.permissions import Role
from ejournal.model.publishing import Publication, PublishRule, PublishWhen
from ejournal.store import SchoolUnit

__all__ = ["Shown", "Viewer", "marks_seen", "parts_shown", "shown_marks", "viewer_of"]


@frozen
class Viewer:
    """Who reads a diary: the role, and which guardian where it is one."""

    role: Role
    guardian: GuardianId | None = None


def viewer_of(unit: SchoolUnit) -> Viewer:
    """Return as whom the actor reads; the library by itself reads nothing as itself."""
    actor = unit.actor
    role = actor.cabinet.role if isinstance(actor, Actor) else Role.PARENT
    return Viewer(role, acting_guardian(actor))


def parts_shown(unit: SchoolUnit, viewer: Viewer, pupil: Pupil) -> frozenset[DiaryPart]:
    """Return which parts of the diary the viewer is shown; a guardian's rights may be limited."""
    if viewer.role is not Role.PARENT:
        return frozenset(DiaryPart)
    tie = _tie(unit, viewer, pupil)
    return frozenset() if tie is None else _shown_by(unit, tie, pupil)


def _tie(unit: SchoolUnit, viewer: Viewer, pupil: Pupil) -> Guardianship | None:
    ties = unit.guardianships.of_pupil(pupil.id)
    return next((tie for tie in ties if tie.guardian == viewer.guardian), None)


def _shown_by(unit: SchoolUnit, tie: Guardianship, pupil: Pupil) -> frozenset[DiaryPart]:
    return tie.shows(pupil, unit.today, unit.policies.coming_of_age)


@frozen
class Shown:
    """A mark that is visible: since when, and the number of the latest change.

    It is that of the mark, of the rules it is published by, or of what the guardian is shown.
    """

    mark: Mark
    column: Column
    since: datetime
    number: int


def shown_marks(
    unit: SchoolUnit,
    viewer: Viewer,
    pupil: Pupil,
    marks: Iterable[Mark],
    columns: Iterable[Column],
) -> list[Shown]:
    """Return those of a pupil's marks that the viewer may see at this instant.

    `columns` has the column of every mark.
    """
    tie = _tie(unit, viewer, pupil) if viewer.role is Role.PARENT else None
    if viewer.role is Role.PARENT and (
        tie is None or DiaryPart.MARKS not in _shown_by(unit, tie, pupil)
    ):
        return []
    known = {column.id: column for column in columns}
    own = {each.column: each for each in unit.publications.of_columns(known)} if known else {}
    rules = {
        column.id: _rule(unit, viewer, column, own.get(column.id)) for column in known.values()
    }
    ends = _lesson_ends(unit, known, rules)
    zone = ZoneInfo(unit.policies.time_zone)
    found = []
    for mark in marks:
        publication = own.get(mark.column)
        since = rules[mark.column].visible_from(
            mark,
            zone,
            lesson_end=ends.get(mark.column),
            published_at=None if publication is None else publication.published_at,
        )
        if since is not None and since <= unit.now:
            changes = [mark.version, *(each.version for each in (publication, tie) if each)]
            found.append(Shown(mark, known[mark.column], since, max(changes)))
    return found


def _rule(unit: SchoolUnit, viewer: Viewer, column: Column, own: Publication | None) -> PublishRule:
    publishing = unit.policies.publishing
    if own is None:
        return publishing.rule(viewer.role, column.kind)
    return own.rule(viewer.role, column.kind, publishing)


def _lesson_ends(
    unit: SchoolUnit,
    columns: Mapping[ColumnId, Column],
    rules: Mapping[ColumnId, PublishRule],
) -> dict[ColumnId, datetime]:
    """Return when the lessons end whose marks wait for it; nothing is asked where none does."""
    waiting: dict[ColumnId, LessonId] = {
        key: column.lesson
        for key, column in columns.items()
        if column.lesson is not None and rules[key].when is PublishWhen.LESSON_END
    }
    if not waiting:
        return {}
    lessons = {lesson.id: lesson for lesson in unit.lessons.each(set(waiting.values()))}
    held_in = {lesson.journal for lesson in lessons.values()}
    journals = {journal.id: journal for journal in unit.journals.each(held_in)}
    owners = {journal.school_class for journal in journals.values()}
    classes = {owner.id: owner for owner in unit.classes.each(owners)}
    spans = {journal.year for journal in journals.values()}
    years = {year.id: year for year in unit.years.each(spans)}
    zone = ZoneInfo(unit.policies.time_zone)
    ends: dict[ColumnId, datetime] = {}
    for column, key in waiting.items():
        lesson = lessons[key]
        journal = journals[lesson.journal]
        shift = classes[journal.school_class].shift
        ends[column] = _end(lesson, years[journal.year], shift, zone)
    return ends


def _end(lesson: Lesson, year: SchoolYear, shift: int, zone: tzinfo) -> datetime:
    """Return when the bell ends a lesson; where there is none, the end of its day."""
    for bell in year.bells:
        if (bell.shift, bell.number) == (shift, lesson.bell):
            return instant(datetime.combine(lesson.day, bell.ends, zone))
    return instant(datetime.combine(lesson.day + timedelta(1), time(), zone))


def marks_seen(
    unit: SchoolUnit, viewer: Viewer, pupil: Pupil, during: Period
) -> Iterator[SeenMark]:
    """Yield what the viewer sees of the marks under a period's days, and of those without a day.

    By day, as a diary has it, and then as the columns were made. A mark without a day counts for
    the day on which it was given.
    """
    zone = ZoneInfo(unit.policies.time_zone)
    undated = (mark for mark in unit.marks.undated_of(pupil.id) if mark.diary_day(zone) in during)
    marks = [*unit.marks.of_pupil(pupil.id, during), *undated]
    columns = list(unit.columns.each({mark.column for mark in marks}))
    journals = {each.id: each for each in unit.journals.each({mark.journal for mark in marks})}
    taught = {each.subject for each in journals.values()}
    subjects = {each.id: each for each in unit.subjects.each(taught)}
    shown = shown_marks(unit, viewer, pupil, marks, columns)
    for each in sorted(shown, key=lambda each: (each.mark.diary_day(zone), each.mark.column)):
        subject = subjects[journals[each.mark.journal].subject]
        yield SeenMark(DiaryMark(each.mark, each.column, subject), each.since, each.number)
