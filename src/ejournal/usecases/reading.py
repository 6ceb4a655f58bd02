"""Reading what the school wrote: journal pages, diary weeks, class lists, a mark's history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen

from ejournal.authority import require
from ejournal.errors import Invalid
from ejournal.ids import (
    AccountId,
    ClassId,
    GuardianId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    SubjectId,
    parse_id,
)
from ejournal.model.attendance import AttendanceTotals, totals
from ejournal.model.calendar import Period, SchoolYear, week_of
from ejournal.model.classes import Subgroup, Subject
from ejournal.model.collation import collation_key
from ejournal.model.correcting import RevisionKind
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.diary import DiaryMark, DiaryWeek, PupilPage, SubjectMarks, week
from ejournal.model.diary_news import (
    ChildDigest,
    DiaryLookKey,
    DiaryNews,
    Digest,
    HomeworkDue,
    NewsItem,
    NewsKind,
    weeks_within,
)
from ejournal.model.events import FinalDecided, MarkRevised
from ejournal.model.journal import Journal, Lesson, LessonRemark, MarkKey, lesson_remarks
from ejournal.model.marks import MarkValue, Mean, mean_of, parse_mark_code
from ejournal.model.page import Heading, JournalPage, page
from ejournal.model.parallel import ClassPage, class_page
from ejournal.model.people import (
    DiaryPart,
    Enrolment,
    Guardian,
    Pupil,
    acting_guardian,
    alphabetical,
)
from ejournal.model.permissions import Action, Role
from ejournal.store import SchoolUnit
from ejournal.store.history import Revision
from ejournal.visibility import Viewer, marks_seen, parts_shown, shown_marks, viewer_of

__all__ = [
    "HomeworkChange",
    "MarkChange",
    "class_list",
    "contacts_of",
    "diary_digest",
    "diary_news",
    "diary_week",
    "homework_history",
    "journal_page",
    "journal_remarks",
    "mark_history",
    "means_of_school",
    "page_of_class",
    "pupil_page",
]


def journal_page(unit: SchoolUnit, journal: JournalId) -> JournalPage:
    """Return a journal as it lies open: everybody who was on its list in the semester."""
    opened = unit.journals.get(journal)
    require(unit, Action.READ_JOURNAL, opened)
    return _page(unit, opened)


def page_of_class(
    unit: SchoolUnit, school_class: ClassId, subject: SubjectId, *, semester: int
) -> ClassPage:
    """Return the journals that subgroups of a class have in one subject as one page.

    Raises `Missing` where there is none, and `Forbidden` unless each may be read.
    """
    journals = [
        journal
        for journal in unit.journals.of_class(school_class)
        if (journal.subject, journal.semester) == (subject, semester)
    ]
    for journal in journals:
        require(unit, Action.READ_JOURNAL, journal)
    return class_page([_page(unit, journal) for journal in journals])


def _page(unit: SchoolUnit, opened: Journal) -> JournalPage:
    journal = opened.id
    year, subgroup = unit.years.get(opened.year), _subgroup(unit, opened)
    during = year.semester(opened.semester).period
    marks, absences = list(unit.marks.kept_in(journal)), list(unit.absences.of_journal(journal))
    enrolments = list(unit.enrolments.of_class(opened.school_class))
    listed = opened.roll(enrolments, during, subgroup)
    written_of = {mark.pupil for mark in marks} | {absence.pupil for absence in absences}
    return page(
        opened,
        _heading(unit, opened, year, subgroup),
        # Of a record that was merged into another, void marks may have stayed, and no more.
        pupils=[each for each in unit.pupils.each(listed | written_of) if not each.merged_into],
        lessons=unit.lessons.of_journal(journal),
        columns=unit.columns.of_journal(journal),
        marks=marks,
        absences=absences,
        enrolments=enrolments,
        during=during,
    )


def _subgroup(unit: SchoolUnit, journal: Journal) -> Subgroup | None:
    return None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)


def _heading(
    unit: SchoolUnit, journal: Journal, year: SchoolYear, subgroup: Subgroup | None
) -> Heading:
    named = [each for each in (journal.teacher, journal.second_teacher) if each is not None]
    return Heading(
        unit.schools.get(unit.id).name,
        year.label,
        journal.semester,
        unit.classes.get(journal.school_class).label,
        unit.subjects.get(journal.subject).name,
        "" if subgroup is None else subgroup.name,
        tuple(each.name for each in unit.staff.each(named)),
    )


def diary_week(unit: SchoolUnit, pupil: PupilId, day: date) -> DiaryWeek:
    """Return the week of that day from a pupil's diary, as the actor sees it at this instant.

    A pupil who changed class in the week finds the lessons of each class on the days in it. A mark
    that is not published yet to who reads is not there, nor are those that a guardian is not shown.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    period, zone = week_of(day), ZoneInfo(unit.policies.time_zone)
    followed = list(_followed(unit, child, period))
    undated = (mark for mark in unit.marks.undated_of(pupil) if mark.diary_day(zone) in period)
    marks = [*unit.marks.of_pupil(pupil, period), *undated]
    journals = {journal.id: journal for journal, _ in followed}
    elsewhere = {mark.journal for mark in marks} - journals.keys()
    journals |= {journal.id: journal for journal in unit.journals.each(elsewhere)}
    taught = {subject.id: subject for subject in _subjects(unit, journals.values())}
    lessons = _lessons(unit, followed, period)
    columns = list(unit.columns.each({mark.column for mark in marks}))
    return week(
        child,
        period,
        zone,
        lessons=[*lessons, *_setting_homework(unit, lessons, followed, period)],
        subjects={key: taught[journal.subject] for key, journal in journals.items()},
        columns=columns,
        marks=[each.mark for each in shown_marks(unit, viewer_of(unit), child, marks, columns)],
        absences=unit.absences.of_pupil(pupil, period),
    )


def _followed(
    unit: SchoolUnit, pupil: Pupil, period: Period
) -> Iterator[tuple[Journal, Enrolment]]:
    for enrolment in unit.enrolments.of_pupil(pupil.id):
        for journal in unit.journals.of_class(enrolment.school_class):
            if journal.roll([enrolment], period, _subgroup(unit, journal)):
                yield journal, enrolment


def _subjects(unit: SchoolUnit, journals: Iterable[Journal]) -> Iterator[Subject]:
    return unit.subjects.each({journal.subject for journal in journals})


def _lessons(
    unit: SchoolUnit, followed: Sequence[tuple[Journal, Enrolment]], period: Period
) -> list[Lesson]:
    """Return the lessons of the period that the pupil was on the list for, once per enrolment."""
    held = defaultdict(list)
    for lesson in unit.lessons.of_journals({journal.id for journal, _ in followed}, period):
        if not lesson.struck:
            held[lesson.journal].append(lesson)
    return [
        lesson
        for journal, enrolment in followed
        for lesson in held[journal.id]
        if enrolment.covers(lesson.day)
    ]


def _setting_homework(
    unit: SchoolUnit,
    lessons: Iterable[Lesson],
    followed: Sequence[tuple[Journal, Enrolment]],
    period: Period,
) -> Iterator[Lesson]:
    """Yield the earlier lessons of the same journals that set homework for these."""
    journals = {journal.id for journal, _ in followed}
    for lesson in unit.lessons.with_homework_to(each.id for each in lessons):
        if lesson.day < period.first and lesson.journal in journals and not lesson.struck:
            yield lesson


def class_list(unit: SchoolUnit, school_class: ClassId, day: date) -> list[Pupil]:
    """Return who is in a class on a day, by the Ukrainian alphabet."""
    require(unit, Action.READ_PEOPLE, unit.classes.get(school_class))
    enrolments = unit.enrolments.of_class(school_class)
    listed = [each.pupil for each in enrolments if each.covers(day)]
    return alphabetical(unit.pupils.each(listed))


@frozen
class MarkChange:
    """One step in the life of a mark: what it was, what it is, and why.

    There is no `old` where none stood, and no `new` where it was made void. A `kind` is told of a
    mark that was revised; the author of a change to another's mark is who proposed it, beside who
    approved it; a `reason` of that and of a
    final that was decided on. What was erased of the comment and the reason is None.
    """

    at: datetime
    author: StaffId | None
    old: MarkValue | None
    new: MarkValue | None
    comment: str | None = field(metadata=PERSONAL)
    kind: RevisionKind | None = None
    reason: str | None = field(default="", metadata=PERSONAL)
    approved_by: AccountId | None = None


def mark_history(unit: SchoolUnit, key: MarkKey) -> list[MarkChange]:
    """Return how a mark came to be what it is, the latest change first, from the ledger.

    Raises `Missing` where there is no mark.
    """
    require(unit, Action.READ_JOURNAL, unit.journals.get(key.journal))
    revisions = [*unit.marks.history(key), None]
    return [_change(revision, earlier) for revision, earlier in pairwise(revisions) if revision]


def _change(revision: Revision, earlier: Revision | None) -> MarkChange:
    author, comment = revision.fields["author"], revision.fields["comment"]
    change = MarkChange(
        revision.at,
        None if author is None else StaffId(parse_id(str(author))),
        None if earlier is None else _value(earlier),
        _value(revision),
        None if comment is None else str(comment),
    )
    if revision.event not in {MarkRevised.name, FinalDecided.name}:
        return change
    told = revision.told
    reason, kind, by = told["reason"], told.get("kind"), told.get("approved_by")
    proposer = told.get("proposed_by")
    return evolve(
        change,
        kind=None if kind is None else RevisionKind(kind),
        reason=None if reason is None else str(reason),
        approved_by=None if by is None else AccountId(parse_id(str(by))),
        author=change.author if proposer is None else StaffId(parse_id(str(proposer))),
    )


@frozen
class HomeworkChange:
    """One version of a lesson's homework: when it was set, by whom, and for which lesson."""

    at: datetime
    author: StaffId | None
    homework: str = field(metadata=PLAIN)
    due: LessonId | None


def homework_history(unit: SchoolUnit, lesson: LessonId) -> list[HomeworkChange]:
    """Return the versions of a lesson's homework, the latest first, from the ledger.

    One that was taken back is an empty text; a lesson that never had any has no versions.
    """
    held = unit.lessons.get(lesson)
    require(unit, Action.READ_JOURNAL, held)
    versions = [_homework(revision) for revision in unit.lessons.history(lesson)]
    set_before = [("", None), *((each.homework, each.due) for each in reversed(versions))]
    return [
        each
        for each, before in zip(versions, reversed(set_before[:-1]), strict=True)
        if (each.homework, each.due) != before
    ]


def _homework(revision: Revision) -> HomeworkChange:
    person, due = revision.actor.get("person"), revision.fields["homework_to"]
    return HomeworkChange(
        revision.at,
        None if person is None else StaffId(parse_id(str(person))),
        str(revision.fields["homework"]),
        None if due is None else LessonId(parse_id(str(due))),
    )


def journal_remarks(unit: SchoolUnit, journal: JournalId) -> tuple[LessonRemark, ...]:
    """Return what is amiss with the lessons of a journal, as of today (rules 6, 7, 9).

    The numbers of the plan go on where the same pupils' journal of the semester before ended.
    """
    opened = unit.journals.get(journal)
    require(unit, Action.READ_JOURNAL, opened)
    earlier = [
        lesson.plan_no or 0
        for each in unit.journals.of_class(opened.school_class)
        if each.is_continued_by(opened)
        for lesson in unit.lessons.of_journal(each.id)
        if not lesson.struck
    ]
    lessons = unit.lessons.of_journal(journal)
    return lesson_remarks(lessons, unit.today, max(earlier, default=0))


def _value(revision: Revision) -> MarkValue | None:
    if revision.fields.get("void"):
        return None
    return parse_mark_code(str(revision.fields["value"]))


def means_of_school(unit: SchoolUnit) -> dict[tuple[PupilId, JournalId], Mean]:
    """Return each pupil's mean in each journal in which a grade stands, exactly.

    All grades of the journal enter alike, in whatever column they stand. The storage counts, so
    it costs little more than asking a database for averages. By pupil and journal: nobody is
    ranked by it (rule 92).
    """
    require(unit, Action.READ_JOURNAL)
    means = {key: mean_of(counts) for key, counts in unit.marks.tallied().items()}
    return {key: mean for key in sorted(means) if (mean := means[key]) is not None}


def pupil_page(unit: SchoolUnit, pupil: PupilId, during: Period) -> PupilPage:
    """Return a pupil's marks of a period subject by subject, as the actor sees them now.

    By the subject's name and then by day; what was missed is counted beside them.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    marks: defaultdict[Subject, list[DiaryMark]] = defaultdict(list)
    for seen in marks_seen(unit, viewer_of(unit), child, during):
        marks[seen.entry.subject].append(seen.entry)
    named = sorted(marks, key=lambda subject: (collation_key(subject.name), subject.id))
    return PupilPage(
        child,
        during,
        tuple(SubjectMarks(subject, tuple(marks[subject])) for subject in named),
        _missed_by(unit, child, during),
    )


def _missed_by(unit: SchoolUnit, pupil: Pupil, during: Period) -> AttendanceTotals:
    followed = list(_followed(unit, pupil, during))
    lessons = {each.id: each.day for each in _lessons(unit, followed, during)}
    return totals(lessons, unit.absences.of_pupil(pupil.id, during))


def contacts_of(unit: SchoolUnit, pupil: PupilId) -> list[Guardian]:
    """Return the pupil's guardians with their addresses, in the order they were added.

    A guardian who is not shown contacts finds the own ones alone.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    viewer = viewer_of(unit)
    shown = DiaryPart.CONTACTS in parts_shown(unit, viewer, child)
    ties = sorted(unit.guardianships.of_pupil(child.id), key=lambda tie: tie.id)
    known = [tie.guardian for tie in ties if shown or tie.guardian == viewer.guardian]
    return list(unit.guardians.each(known))


def diary_news(unit: SchoolUnit, pupil: PupilId, during: Period) -> DiaryNews:
    """Return what of a period's days is new to the guardian since they last acknowledged.

    To anybody else all of it is new. Nothing is marked as read by it: `acknowledge_diary` does
    that, with the number and the instant that come back from here.
    """
    child = unit.pupils.get(pupil)
    require(unit, Action.READ_DIARY, child)
    guardian = acting_guardian(unit.actor)
    look = None if guardian is None else unit.diary_looks.find(DiaryLookKey(child.id, guardian))
    return DiaryNews.since(child, look, _news(unit, child, during), unit.now)


def _news(unit: SchoolUnit, pupil: Pupil, during: Period) -> Iterator[NewsItem]:
    for seen in marks_seen(unit, viewer_of(unit), pupil, during):
        subject = seen.entry.subject
        yield NewsItem(NewsKind.MARK, seen.number, seen.since, subject, mark=seen.entry)
    followed = list(_followed(unit, pupil, during))
    taught = {each.id: each for each in _subjects(unit, (journal for journal, _ in followed))}
    subjects = {journal.id: taught[journal.subject] for journal, _ in followed}
    long_ago = datetime.fromtimestamp(0, UTC)
    for lesson in _lessons(unit, followed, during):
        subject = subjects[lesson.journal]
        yield NewsItem(NewsKind.LESSON, lesson.version, long_ago, subject, lesson=lesson)
    for absence in unit.absences.of_pupil(pupil.id, during):
        if absence.journal in subjects:
            yield NewsItem(
                NewsKind.ABSENCE,
                absence.version,
                absence.recorded_at,
                subjects[absence.journal],
                absence=absence,
            )


def diary_digest(unit: SchoolUnit, guardian: GuardianId, during: Period) -> Digest:
    """Return what a letter to a guardian would say of a period; it is sent by whoever asks.

    For each child whom the guardian is shown: the marks that became visible to guardians in the
    period and are now, the absences noted in it, the homework for its days, and the weeks that
    ended unsigned. The guardian asks, or the system `digest`. Raises `Invalid` for a period of more
    than a year.
    """
    if len(during) > _YEAR:
        raise Invalid("period", f"{during.first} - {during.last}", "range")
    reader = unit.guardians.get(guardian)
    require(unit, Action.COMPOSE_DIGEST, reader)
    viewer = Viewer(Role.PARENT, reader.id)
    ties = sorted(unit.guardianships.of_guardian(reader.id), key=lambda tie: tie.id)
    children = unit.pupils.each(tie.pupil for tie in ties)
    return Digest(
        reader,
        during,
        tuple(
            _digest(unit, viewer, child, during)
            for child in children
            if parts_shown(unit, viewer, child)
        ),
    )


_YEAR = 366
_REACH = timedelta(days=_YEAR)


def _digest(unit: SchoolUnit, viewer: Viewer, pupil: Pupil, during: Period) -> ChildDigest:
    zone = ZoneInfo(unit.policies.time_zone)
    around = _around(during)
    followed = list(_followed(unit, pupil, during))
    taught = {each.id: each for each in _subjects(unit, (journal for journal, _ in followed))}
    lessons = _lessons(unit, followed, during)
    setting = _setting_homework(unit, lessons, followed, during)
    shown = week(
        pupil,
        during,
        zone,
        lessons=[*lessons, *setting],
        subjects={journal.id: taught[journal.subject] for journal, _ in followed},
        columns=(),
        marks=(),
        absences=(),
    )
    absences = list(unit.absences.of_pupil(pupil.id, around))
    signed = {
        each.week
        for each in unit.week_signatures.of_pupil(pupil.id, around)
        if each.guardian == viewer.guardian
    }
    return ChildDigest(
        pupil,
        tuple(
            seen.entry
            for seen in marks_seen(unit, viewer, pupil, around)
            if seen.since.astimezone(zone).date() in during
        ),
        tuple(
            absence
            for absence in absences
            if absence.recorded_at.astimezone(zone).date() in during and not absence.was_withdrawn
        ),
        tuple(
            HomeworkDue(entry.lesson, entry.subject, entry.homework)
            for day in shown.days
            for entry in day.entries
            if entry.homework
        ),
        totals({each.id: each.day for each in lessons}, absences),
        tuple(
            monday
            for monday in weeks_within((each.day for each in lessons), during)
            if monday not in signed
        ),
    )


def _around(during: Period) -> Period:
    """Return the days whose marks can become visible in a period: a year to either side of it."""
    first = max(during.first, date.min + _REACH) - _REACH
    return Period(first, min(during.last, date.max - _REACH) + _REACH)
