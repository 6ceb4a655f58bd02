"""Class journals: opening them, entering lessons, marks and absences, seeing pages, exporting."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from attrs import AttrsInstance
from rich.text import Text

from ejournal.authority import may, require
from ejournal.cli.desk import Desk, desk_of
from ejournal.cli.options import Day, InClass, InJournal, OfLesson, OfPupil
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.ids import (
    ClassId,
    ColumnId,
    JournalId,
    LessonId,
    PupilId,
    StaffId,
    SubgroupId,
    SubjectId,
    parse_id,
    spell_id,
)
from ejournal.model.attendance import Absence
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import ColumnKind, MarkKey
from ejournal.model.marks import AbsenceCode, label_of, parse_mark
from ejournal.model.page import JournalPage
from ejournal.model.permissions import Action
from ejournal.model.substitution import SubstitutionReason
from ejournal.store import SchoolUnit
from ejournal.usecases.attending import note_absence, note_late, note_remote, withdraw_absence
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import MarkChange, journal_page, mark_history
from ejournal.usecases.substituting import assign_substitute
from ejournal.usecases.teaching import (
    add_column,
    add_lesson_column,
    describe_lesson,
    hold_lesson,
    open_journal,
    set_homework,
)

__all__ = ["app", "authors_of", "page_for_export"]

app = typer.Typer()
_journal = typer.Typer(name="journal", help="help.journal")
app.add_typer(_journal)

_Column = Annotated[str, typer.Argument(metavar="COLUMN", help="help.arg.column")]
_Kind = Annotated[ColumnKind, typer.Option("--kind", help="help.opt.kind")]
_Title = Annotated[str, typer.Option("--title", help="help.opt.title")]


def _kept(desk: Desk, number: int, kept: AttrsInstance, shown: str) -> None:
    desk.show(Text(f"{spell_id(number)}  {shown}"), spell(kept))


@_journal.command("open", help="help.journal.open")
def _open(
    context: typer.Context,
    school_class: InClass,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="help.arg.subject")],
    *,
    semester: Annotated[int, typer.Option("--semester", min=1, help="help.opt.semester")],
    teacher: Annotated[str, typer.Option("--teacher", metavar="STAFF", help="help.opt.teacher")],
    second: Annotated[str, typer.Option("--second", metavar="STAFF", help="help.opt.second")] = "",
    subgroup: Annotated[
        str, typer.Option("--subgroup", metavar="SUBGROUP", help="help.opt.subgroup")
    ] = "",
) -> None:
    desk = desk_of(context)
    journal = desk.in_school(
        open_journal,
        ClassId(parse_id(school_class)),
        SubjectId(parse_id(subject)),
        semester=semester,
        teacher=StaffId(parse_id(teacher)),
        second_teacher=StaffId(parse_id(second)) if second else None,
        subgroup=SubgroupId(parse_id(subgroup)) if subgroup else None,
    )
    _kept(desk, journal.id, journal, "")


@_journal.command("list", help="help.journal.list")
def _list(context: typer.Context) -> None:
    desk = desk_of(context)
    with desk.store.reading(desk.school, desk.actor) as unit:
        seen = [one for one in unit.journals.all() if may(unit, Action.READ_JOURNAL, one)]
        rows = [
            (
                spell_id(one.id),
                unit.classes.get(one.school_class).label,
                unit.subjects.get(one.subject).name,
                one.semester,
            )
            for one in seen
        ]
    headings = ("id", "class", "subject", "semester")
    picture = screens_of(desk).listing(desk.words("title.journals"), headings, rows)
    desk.show(picture, [spell(one) for one in seen])


@_journal.command("show", help="help.journal.show")
def _show(
    context: typer.Context,
    journal: InJournal,
    *,
    ids: Annotated[bool, typer.Option("--ids", help="help.opt.ids")] = False,
) -> None:
    desk = desk_of(context)
    page = desk.read_school(journal_page, JournalId(parse_id(journal)))
    desk.show(screens_of(desk).page(page, ids=ids), spell(page))


@_journal.command("lesson", help="help.journal.lesson")
def _lesson(
    context: typer.Context,
    journal: InJournal,
    *,
    day: Day,
    bell: Annotated[int, typer.Option("--bell", min=1, help="help.opt.bell")],
    topic: Annotated[str, typer.Option("--topic", help="help.opt.topic")] = "",
    plan_no: Annotated[int | None, typer.Option("--plan-no", help="help.opt.plan-no")] = None,
) -> None:
    desk = desk_of(context)
    number = JournalId(parse_id(journal))
    lesson = desk.in_school(hold_lesson, number, day=day, bell=bell, topic=topic, plan_no=plan_no)
    _kept(desk, lesson.id, lesson, f"{lesson.day} {lesson.topic}")


@_journal.command("topic", help="help.journal.topic")
def _topic(
    context: typer.Context,
    lesson: OfLesson,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="help.opt.topic")],
    *,
    plan_no: Annotated[int | None, typer.Option("--plan-no", help="help.opt.plan-no")] = None,
) -> None:
    desk = desk_of(context)
    kept = desk.in_school(describe_lesson, LessonId(parse_id(lesson)), topic, plan_no)
    _kept(desk, kept.id, kept, kept.topic)


@_journal.command("homework", help="help.journal.homework")
def _homework(
    context: typer.Context,
    lesson: OfLesson,
    homework: Annotated[str, typer.Argument(metavar="TEXT", help="help.arg.homework")],
    *,
    due: Annotated[str, typer.Option("--due", metavar="LESSON", help="help.opt.due")] = "",
) -> None:
    desk = desk_of(context)
    target = LessonId(parse_id(due)) if due else None
    kept = desk.in_school(set_homework, LessonId(parse_id(lesson)), homework, due=target)
    _kept(desk, kept.id, kept, kept.homework)


@_journal.command("substitute", help="help.journal.substitute")
def _substitute(
    context: typer.Context,
    lesson: OfLesson,
    teacher: Annotated[str, typer.Argument(metavar="[STAFF]", help="help.arg.substitute")] = "",
    *,
    reason: Annotated[
        SubstitutionReason, typer.Option("--reason", help="help.opt.away")
    ] = SubstitutionReason.OTHER,
) -> None:
    desk = desk_of(context)
    number = StaffId(parse_id(teacher)) if teacher else None
    kept = desk.in_school(assign_substitute, LessonId(parse_id(lesson)), number, reason=reason)
    _kept(desk, kept.id, kept, str(kept.day))


@_journal.command("column", help="help.journal.column")
def _column(
    context: typer.Context,
    journal: InJournal,
    *,
    kind: _Kind,
    day: Annotated[
        date | None,
        typer.Option("--day", metavar="YYYY-MM-DD", parser=date.fromisoformat, help="help.opt.day"),
    ] = None,
    title: _Title = "",
    group: Annotated[int | None, typer.Option("--group", help="help.opt.group")] = None,
) -> None:
    desk = desk_of(context)
    number = JournalId(parse_id(journal))
    column = desk.in_school(add_column, number, kind, day=day, title=title, group=group)
    _kept(desk, column.id, column, column.heading)


@_journal.command("lesson-column", help="help.journal.lesson-column")
def _lesson_column(
    context: typer.Context, lesson: OfLesson, *, kind: _Kind, title: _Title = ""
) -> None:
    desk = desk_of(context)
    column = desk.in_school(add_lesson_column, LessonId(parse_id(lesson)), kind, title=title)
    _kept(desk, column.id, column, column.heading)


@_journal.command("mark", help="help.journal.mark")
def _mark(
    context: typer.Context,
    column: _Column,
    pupil: OfPupil,
    value: Annotated[str, typer.Argument(metavar="MARK", help="help.arg.mark")],
    *,
    comment: Annotated[str, typer.Option("--comment", help="help.opt.comment")] = "",
) -> None:
    desk = desk_of(context)
    place, child = ColumnId(parse_id(column)), PupilId(parse_id(pupil))
    mark = desk.in_school(give_mark, place, pupil=child, value=parse_mark(value), comment=comment)
    _kept(desk, mark.pupil, mark, label_of(mark.value))


@_journal.command("absence", help="help.journal.absence")
def _absence(
    context: typer.Context,
    lesson: OfLesson,
    pupil: OfPupil,
    *,
    code: Annotated[AbsenceCode | None, typer.Option("--code", help="help.opt.absence")] = None,
    late: Annotated[int | None, typer.Option("--late", metavar="MIN", help="help.opt.late")] = None,
    present: Annotated[bool, typer.Option("--present", help="help.opt.present")] = False,
    remote: Annotated[bool, typer.Option("--remote", help="help.opt.remote")] = False,
    excuse: Annotated[str, typer.Option("--excuse", help="help.opt.excuse")] = "",
) -> None:
    desk = desk_of(context)
    if (code is not None) + (late is not None) + present + remote != 1:
        raise typer.BadParameter(desk.words("usage.absence"))
    held, child = LessonId(parse_id(lesson)), PupilId(parse_id(pupil))
    if remote:
        absence = desk.in_school(note_remote, held, pupil=child)
    else:
        absence = desk.in_school(_noted, held, child, code=code, late=late, excuse=excuse)
    shown = "" if absence.code is None else label_of(absence.code)
    _kept(desk, absence.pupil, absence, shown or str(absence.minutes_late or ""))


def _noted(
    unit: SchoolUnit,
    lesson: LessonId,
    pupil: PupilId,
    *,
    code: AbsenceCode | None,
    late: int | None,
    excuse: str,
) -> Absence:
    if code is not None:
        return note_absence(unit, lesson, pupil=pupil, code=code, excuse=excuse)
    if late is not None:
        return note_late(unit, lesson, pupil=pupil, minutes=late, excuse=excuse)
    return withdraw_absence(unit, lesson, pupil=pupil)


@_journal.command("history", help="help.journal.history")
def _history(context: typer.Context, journal: InJournal, column: _Column, pupil: OfPupil) -> None:
    desk = desk_of(context)
    key = MarkKey(
        JournalId(parse_id(journal)), ColumnId(parse_id(column)), PupilId(parse_id(pupil))
    )
    with desk.store.reading(desk.school, desk.actor) as unit:
        changes = mark_history(unit, key)
        names = authors_of(unit, changes)
    picture = screens_of(desk).history(changes, names)
    desk.show(picture, [spell(change) for change in changes])


def authors_of(unit: SchoolUnit, changes: list[MarkChange]) -> dict[StaffId | None, PersonName]:
    """Return the names of those who made the changes."""
    known = {change.author for change in changes if change.author is not None}
    return {author: unit.staff.get(author).name for author in known}


@app.command("export", help="help.export")
def _export(
    context: typer.Context,
    journal: InJournal,
    *,
    form: Annotated[str, typer.Option("--format", metavar="NAME", help="help.opt.format")] = "json",
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="help.opt.output")
    ] = None,
) -> None:
    desk = desk_of(context)
    exporter = desk.plugins.exporter(form)
    page = desk.read_school(page_for_export, JournalId(parse_id(journal)))
    pieces = exporter.export(page)
    if output is None:
        typer.get_binary_stream("stdout").writelines(pieces)
        return
    output.write_bytes(b"".join(pieces))
    written = {"file": str(output), "media_type": exporter.media_type}
    desk.show(Text(desk.words("export.done", file=output)), written)


def page_for_export(unit: SchoolUnit, journal: JournalId) -> JournalPage:
    """Return the page to somebody who may take it out; raises `Forbidden`."""
    require(unit, Action.EXPORT, unit.journals.get(journal))
    return journal_page(unit, journal)
