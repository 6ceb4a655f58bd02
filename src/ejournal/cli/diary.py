"""The diary of a pupil, one week at a time."""

from __future__ import annotations

from typing import Annotated

import typer

from ejournal.cli.desk import Desk, desk_of
from ejournal.cli.options import OptionalDay
from ejournal.cli.starting import screens_of
from ejournal.codec import spell
from ejournal.errors import Invalid
from ejournal.ids import GuardianId, PupilId, parse_id
from ejournal.model.permissions import Role
from ejournal.store import SchoolUnit
from ejournal.usecases.reading import diary_week

__all__ = ["app"]

app = typer.Typer(name="diary", help="help.diary")


@app.callback()
def _group() -> None:
    """Keep the group a group, with one command in it."""


@app.command("show", help="help.diary.show")
def _show(
    context: typer.Context,
    pupil: Annotated[str, typer.Argument(metavar="[PUPIL]", help="help.arg.diary")] = "",
    *,
    day: OptionalDay = None,
) -> None:
    desk = desk_of(context)
    with desk.store.reading(desk.school, desk.actor) as unit:
        child = PupilId(parse_id(pupil)) if pupil else _own(desk, unit)
        week = diary_week(unit, child, day or unit.today)
    desk.show(screens_of(desk).diary(week), spell(week))


def _own(desk: Desk, unit: SchoolUnit) -> PupilId:
    """Return whose diary is meant: a pupil's own, or that of a guardian's only child."""
    cabinet = desk.actor.cabinet
    children: list[PupilId] = []
    if cabinet.role is Role.PUPIL and cabinet.person is not None:
        children = [PupilId(cabinet.person)]
    elif cabinet.role is Role.PARENT and cabinet.person is not None:
        ties = unit.guardianships.of_guardian(GuardianId(cabinet.person))
        children = [tie.pupil for tie in ties]
    if len(children) != 1:
        raise Invalid("pupil", "", "ambiguous" if children else "absent")
    return children[0]
