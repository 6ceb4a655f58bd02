"""A host on Flask: a mark and the message to the family are kept together, or neither."""

from __future__ import annotations

import sqlalchemy as sa
from doorway import DOOR, NobodyToTell, answer_to, enter
from families import JOURNAL, Family, Notice
from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from ejournal import EjournalError, parse_id
from ejournal.adapters.sql import SqlStore
from ejournal.errors import NotAllowedHere
from ejournal.ids import ColumnId, PupilId
from ejournal.model.marks import label_of, parse_mark
from ejournal.usecases.marking import give_mark


def create_app(engine: sa.Engine) -> Flask:
    """Return the application over the host's engine."""
    app = Flask(__name__)
    store = SqlStore(engine, JOURNAL)

    @app.put("/columns/<column>/marks/<pupil>")
    def give(column: str, pupil: str) -> ResponseReturnValue:
        with store.browsing(DOOR) as registry:
            actor = enter(registry, request.headers.get("X-Login", ""))
        school = actor.cabinet.school
        if school is None:
            raise NotAllowedHere(actor.cabinet.role.value, "no-school")
        with Session(engine) as session, session.begin():
            with store.join(session, school, actor) as unit:
                mark = give_mark(
                    unit,
                    ColumnId(parse_id(column)),
                    pupil=PupilId(parse_id(pupil)),
                    value=parse_mark(request.get_json()["value"]),
                )
            family = session.get(Family, mark.pupil)
            if family is None:
                raise NobodyToTell
            session.add(Notice(phone=family.phone, text=f"Оцінка: {label_of(mark.value)}"))
        return {"value": label_of(mark.value), "version": mark.version}

    @app.errorhandler(EjournalError)
    def answer(error: EjournalError) -> ResponseReturnValue:
        status, told, headers = answer_to(error)
        return told, status, headers

    return app
