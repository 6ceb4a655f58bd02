"""A host on FastAPI: a mark and the message to the family are kept together, or neither."""

from __future__ import annotations

from typing import Annotated

from doorway import DOOR, NobodyToTell, answer_to, enter
from families import JOURNAL, Family, Notice
from fastapi import FastAPI, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from ejournal import EjournalError, parse_id
from ejournal.adapters.sql.aio import AsyncSqlStore
from ejournal.errors import NotAllowedHere
from ejournal.ids import ColumnId, PupilId
from ejournal.model.marks import label_of, parse_mark
from ejournal.usecases.marking import give_mark


class Asked(BaseModel):
    """The mark as a teacher writes it."""

    value: str


def create_app(engine: AsyncEngine) -> FastAPI:
    """Return the application over the host's engine."""
    app = FastAPI()
    door = AsyncSqlStore(engine, JOURNAL)

    @app.put("/columns/{column}/marks/{pupil}")
    async def give(
        column: str, pupil: str, asked: Asked, x_login: Annotated[str, Header()] = ""
    ) -> dict[str, str | int]:
        actor = await door.browse(DOOR, enter, x_login)
        school = actor.cabinet.school
        if school is None:
            raise NotAllowedHere(actor.cabinet.role.value, "no-school")
        async with AsyncSession(engine) as session, session.begin():
            mark = await door.within(session).run(
                school,
                actor,
                give_mark,
                ColumnId(parse_id(column)),
                pupil=PupilId(parse_id(pupil)),
                value=parse_mark(asked.value),
            )
            family = await session.get(Family, mark.pupil)
            if family is None:
                raise NobodyToTell
            session.add(Notice(phone=family.phone, text=f"Оцінка: {label_of(mark.value)}"))
        return {"value": label_of(mark.value), "version": mark.version}

    @app.exception_handler(EjournalError)
    async def answer(_: Request, error: EjournalError) -> JSONResponse:
        status, told, headers = answer_to(error)
        return JSONResponse(told, status, headers)

    return app
