"""A host on plain PyMongo: a mark and the message to the family are kept together, or neither."""

from __future__ import annotations

import random
import time
from typing import Any

from doorway import NobodyToTell
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from ejournal import Actor, Mark, MarkValue
from ejournal.adapters.mongo import MongoStore
from ejournal.errors import NotAllowedHere, Unavailable
from ejournal.ids import ColumnId, PupilId
from ejournal.model.marks import label_of
from ejournal.usecases.marking import give_mark

PAUSES = (0.02, 0.05, 0.1, 0.2, 0.4)
"""Seconds to wait before the transaction is begun again."""


class Host:
    """A host over a database of its own, in which the journal's collections lie as well."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.families = database["family"]
        self.notices = database["notice"]
        self.store = MongoStore(database, prefix="ej_")

    def give(self, actor: Actor, column: ColumnId, pupil: PupilId, value: MarkValue) -> Mark:
        """Give a mark and queue the message about it, trying again where somebody else writes."""
        for pause in PAUSES:
            try:
                return self._give(actor, column, pupil, value)
            except (Unavailable, PyMongoError) as error:
                if not _passes(error):
                    raise
            time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - so that two do not meet
        return self._give(actor, column, pupil, value)

    def _give(self, actor: Actor, column: ColumnId, pupil: PupilId, value: MarkValue) -> Mark:
        school = actor.cabinet.school
        if school is None:
            raise NotAllowedHere(actor.cabinet.role.value, "no-school")
        with (
            self.families.database.client.start_session() as session,
            session.start_transaction(ReadConcern("snapshot"), WriteConcern("majority")),
        ):
            with self.store.join(session, school, actor) as unit:
                mark = give_mark(unit, column, pupil=pupil, value=value)
            self._tell(session, mark)
        return mark

    def _tell(self, session: ClientSession, mark: Mark) -> None:
        family = self.families.find_one({"_id": mark.pupil}, session=session)
        if family is None:
            raise NobodyToTell
        text = f"Оцінка: {label_of(mark.value)}"
        self.notices.insert_one({"phone": family["phone"], "text": text}, session=session)


def _passes(error: Unavailable | PyMongoError) -> bool:
    """Say whether the whole transaction may be begun anew."""
    return isinstance(error, Unavailable) or error.has_error_label("TransientTransactionError")
