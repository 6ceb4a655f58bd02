"""Setting a school up: its card, year, classes, subjects, people, and who belongs where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from typing import Annotated

import typer
from attrs import AttrsInstance
from rich.console import Group
from rich.text import Text

from ejournal.authority import require
from ejournal.cli.desk import Desk, desk_of
from ejournal.cli.options import InClass, OfPupil, OptionalDay, Required
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.errors import Invalid
from ejournal.ids import ClassId, GuardianId, PupilId, StaffId, YearId, parse_id, spell_id
from ejournal.model.calendar import Bell, Holiday, Period, Semester, StudyForm, bells
from ejournal.model.classes import Assessment
from ejournal.model.connection import SchoolDecision
from ejournal.model.identifiers import (
    Sex,
    parse_class_label,
    parse_email,
    parse_person_name,
    read_contact_phone,
)
from ejournal.model.people import Relation
from ejournal.model.permissions import Action
from ejournal.model.school import School
from ejournal.store import SchoolUnit
from ejournal.usecases.founding import (
    add_class,
    add_guardian,
    add_pupil,
    add_staff,
    add_subgroup,
    add_subject,
    enrol,
    link_guardian,
    open_year,
)
from ejournal.usecases.overseeing import choose_journal_system
from ejournal.usecases.reading import class_list

__all__ = ["app"]

app = typer.Typer(name="school", help="help.school")

_Relation = Annotated[Relation, typer.Option("--relation", help="help.opt.relation")]


def _kept(desk: Desk, number: int, kept: AttrsInstance, shown: str) -> None:
    desk.show(Text(f"{spell_id(number)}  {shown}"), spell(kept))


def _date(flag: str, help_key: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar="YYYY-MM-DD", parser=date.fromisoformat, help=help_key
    )
    return option


@app.command("card", help="help.school.card")
def _card(context: typer.Context) -> None:
    desk = desk_of(context)
    school = desk.read_school(_own_card)
    desk.show(screens_of(desk).school(school), spell(school))


def _own_card(unit: SchoolUnit) -> School:
    require(unit, Action.READ_PEOPLE)
    return unit.schools.get(unit.id)


@app.command("list", help="help.school.list")
def _list(context: typer.Context) -> None:
    desk = desk_of(context)
    words, pictures = desk.words, screens_of(desk)
    with desk.store.reading(desk.school, desk.actor) as unit:
        require(unit, Action.READ_PEOPLE)
        years, classes = list(unit.years.all()), list(unit.classes.all())
        subjects, staff = list(unit.subjects.all()), list(unit.staff.all())
    named: dict[str, list[tuple[int, str]]] = {
        "years": [(year.id, year.label) for year in years],
        "classes": [(each.id, str(each.label)) for each in classes],
        "subjects": [(subject.id, subject.name) for subject in subjects],
        "staff": [(member.id, member.name.full) for member in staff],
    }
    picture = Group(
        *(
            pictures.listing(
                words(f"title.{kind}"),
                ("id", "name"),
                ((spell_id(number), name) for number, name in pairs),
            )
            for kind, pairs in named.items()
        )
    )
    spelled = {
        "years": [spell(year) for year in years],
        "classes": [spell(each) for each in classes],
        "subjects": [spell(subject) for subject in subjects],
        "staff": [spell(member) for member in staff],
    }
    desk.show(picture, spelled)


@app.command("class-list", help="help.school.class-list")
def _class_list(context: typer.Context, school_class: InClass, *, day: OptionalDay = None) -> None:
    desk = desk_of(context)
    with desk.store.reading(desk.school, desk.actor) as unit:
        pupils = class_list(unit, ClassId(parse_id(school_class)), day or unit.today)
    rows = ((spell_id(pupil.id), pupil.name.full) for pupil in pupils)
    picture = screens_of(desk).listing(desk.words("title.pupils"), ("id", "pupil"), rows)
    desk.show(picture, [spell(pupil) for pupil in pupils])


@app.command("year", help="help.school.year")
def _year(
    context: typer.Context,
    *,
    first: Annotated[date, _date("--first", "help.opt.first")],
    last: Annotated[date, _date("--last", "help.opt.last")],
    semester: Annotated[
        list[str], typer.Option("--semester", metavar="FIRST:LAST", help="help.opt.semesters")
    ],
    holiday: Annotated[
        list[str] | None,
        typer.Option("--holiday", metavar="NAME:FIRST:LAST", help="help.opt.holiday"),
    ] = None,
    ring: Annotated[
        list[str] | None,
        typer.Option("--bells", metavar="HH:MM/BREAK,...", help="help.opt.bells"),
    ] = None,
    lesson: Annotated[int, typer.Option("--lesson", min=1, help="help.opt.minutes")] = 45,
    form: Annotated[
        StudyForm, typer.Option("--form", help="help.opt.form")
    ] = StudyForm.IN_PERSON_DAY,
) -> None:
    desk = desk_of(context)
    year = desk.in_school(
        open_year,
        first_day=first,
        last_day=last,
        semesters=[_semester(number, text) for number, text in enumerate(semester, 1)],
        holidays=[_holiday(text) for text in holiday or ()],
        bells=[
            bell for shift, text in enumerate(ring or (), 1) for bell in _bells(shift, text, lesson)
        ],
        form=form,
    )
    _kept(desk, year.id, year, year.label)


def _period(field: str, text: str) -> Period:
    first, _, last = text.partition(":")
    try:
        return Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError as error:
        raise Invalid(field, text, "pattern") from error


def _semester(number: int, text: str) -> Semester:
    period = _period("semester", text)
    return Semester(number, period.first, period.last)


def _holiday(text: str) -> Holiday:
    name, _, days = text.partition(":")
    period = _period("holiday", days)
    return Holiday(name, period.first, period.last)


def _bells(shift: int, text: str, lesson: int) -> Iterator[Bell]:
    starts, _, breaks = text.partition("/")
    try:
        pauses = tuple(int(pause) for pause in breaks.split(",") if pause)
        yield from bells(time.fromisoformat(starts), lesson=lesson, breaks=pauses, shift=shift)
    except ValueError as error:
        raise Invalid("bells", text, "pattern") from error


@app.command("class", help="help.school.class")
def _class(
    context: typer.Context,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="help.arg.label")],
    *,
    year: Annotated[str, typer.Option("--year", metavar="YEAR", help="help.opt.year")],
    teacher: Annotated[
        str, typer.Option("--teacher", metavar="STAFF", help="help.opt.leader")
    ] = "",
    shift: Annotated[int, typer.Option("--shift", min=1, help="help.opt.shift")] = 1,
) -> None:
    desk = desk_of(context)
    school_class = desk.in_school(
        add_class,
        YearId(parse_id(year)),
        parse_class_label(label),
        teacher=StaffId(parse_id(teacher)) if teacher else None,
        shift=shift,
    )
    _kept(desk, school_class.id, school_class, str(school_class.label))


@app.command("subgroup", help="help.school.subgroup")
def _subgroup(
    context: typer.Context,
    school_class: InClass,
    members: Annotated[list[str], typer.Argument(metavar="PUPIL...", help="help.arg.members")],
    *,
    name: Required,
) -> None:
    desk = desk_of(context)
    pupils = [PupilId(parse_id(member)) for member in members]
    subgroup = desk.in_school(add_subgroup, ClassId(parse_id(school_class)), name, pupils)
    _kept(desk, subgroup.id, subgroup, subgroup.name)


@app.command("subject", help="help.school.subject")
def _subject(
    context: typer.Context,
    *,
    name: Required,
    short: Annotated[str, typer.Option("--short", help="help.opt.short")] = "",
    base: Annotated[str, typer.Option("--base", help="help.opt.base")] = "",
    assessed: Annotated[
        Assessment, typer.Option("--assessed", help="help.opt.assessed")
    ] = Assessment.POINTS,
) -> None:
    desk = desk_of(context)
    subject = desk.in_school(add_subject, name, short_name=short, base=base, assessed=assessed)
    _kept(desk, subject.id, subject, subject.name)


@app.command("staff", help="help.school.staff")
def _staff(
    context: typer.Context,
    *,
    name: Required,
    position: Annotated[str, typer.Option("--position", help="help.opt.position")] = "",
) -> None:
    desk = desk_of(context)
    member = desk.in_school(add_staff, parse_person_name(name), position)
    _kept(desk, member.id, member, member.name.full)


@app.command("pupil", help="help.school.pupil")
def _pupil(
    context: typer.Context,
    *,
    name: Required,
    born: Annotated[date | None, _date("--born", "help.opt.born")] = None,
    sex: Annotated[Sex | None, typer.Option("--sex", help="help.opt.sex")] = None,
) -> None:
    desk = desk_of(context)
    pupil = desk.in_school(add_pupil, parse_person_name(name), birth_date=born, sex=sex)
    _kept(desk, pupil.id, pupil, pupil.name.full)


@app.command("enrol", help="help.school.enrol")
def _enrol(
    context: typer.Context,
    pupil: OfPupil,
    school_class: InClass,
    *,
    since: Annotated[date, _date("--since", "help.opt.since")],
    number: Annotated[str, typer.Option("--order-number", help="help.opt.order-number")],
    day: Annotated[date, _date("--order-date", "help.opt.order-date")],
) -> None:
    desk = desk_of(context)
    enrolment = desk.in_school(
        enrol,
        PupilId(parse_id(pupil)),
        ClassId(parse_id(school_class)),
        since=since,
        order_number=number,
        order_date=day,
    )
    _kept(desk, enrolment.id, enrolment, str(enrolment.since))


@app.command("guardian", help="help.school.guardian")
def _guardian(
    context: typer.Context,
    pupil: OfPupil,
    *,
    relation: _Relation,
    name: Required,
    email: Annotated[str, typer.Option("--email", help="help.opt.email")] = "",
    phone: Annotated[str, typer.Option("--phone", help="help.opt.phone")] = "",
) -> None:
    desk = desk_of(context)
    guardian = desk.in_school(
        add_guardian,
        PupilId(parse_id(pupil)),
        relation,
        parse_person_name(name),
        email=parse_email(email) if email else None,
        phone=read_contact_phone(phone) if phone else None,
    )
    _kept(desk, guardian.id, guardian, guardian.name.full)


@app.command("link", help="help.school.link")
def _link(
    context: typer.Context,
    guardian: Annotated[str, typer.Argument(metavar="GUARDIAN", help="help.arg.guardian")],
    pupil: OfPupil,
    *,
    relation: _Relation,
) -> None:
    desk = desk_of(context)
    tie = desk.in_school(
        link_guardian, GuardianId(parse_id(guardian)), PupilId(parse_id(pupil)), relation
    )
    _kept(desk, tie.id, tie, tie.relation.label)


@app.command("journal-system", help="help.school.journal-system")
def _journal_system(
    context: typer.Context,
    *,
    number: Annotated[str, typer.Option("--decision-number", help="help.opt.decision-number")],
    day: Annotated[date, _date("--decision-day", "help.opt.decision-day")],
    vendor: Annotated[str | None, typer.Option("--vendor", help="help.opt.vendor")] = None,
) -> None:
    desk = desk_of(context)
    decision = SchoolDecision(number, day)
    school = desk.in_school(choose_journal_system, decision=decision, vendor=vendor)
    desk.show(screens_of(desk).school(school), spell(school))
