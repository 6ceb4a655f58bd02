"""A host on Django: a mark and the message to the family are kept together, or neither.

The journal's tables lie in Django's database and are reached over Django's own connection; the
store's engine serves what is read outside the host's transactions.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import sqlalchemy as sa
from django.db import connection, models, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from doorway import DOOR, NobodyToTell, answer_to, enter

from ejournal import EjournalError, parse_id
from ejournal.adapters.sql import SqlStore
from ejournal.errors import NotAllowedHere
from ejournal.ids import ColumnId, PupilId
from ejournal.model.marks import label_of, parse_mark
from ejournal.usecases.marking import give_mark


class Family(models.Model):  # type: ignore[misc]  # Django has no types
    """Where a pupil's family is reached."""

    pupil = models.BigIntegerField(primary_key=True)
    phone = models.TextField()

    class Meta:
        app_label = "host"
        db_table = "family"

    def __str__(self) -> str:
        return str(self.phone)


class Notice(models.Model):  # type: ignore[misc]  # likewise
    """A text message that waits to be sent."""

    id = models.BigAutoField(primary_key=True)
    phone = models.TextField()
    text = models.TextField()

    class Meta:
        app_label = "host"
        db_table = "notice"

    def __str__(self) -> str:
        return f"{self.phone}: {self.text}"


@cache
def store() -> SqlStore:
    """Return the store over Django's database, one for the process."""
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        url = sa.URL.create("sqlite", database=str(told["NAME"]))
    else:
        url = sa.URL.create(
            "postgresql+psycopg",
            username=told["USER"] or None,
            password=told["PASSWORD"] or None,
            host=told["HOST"] or None,
            port=int(told["PORT"]) if told["PORT"] else None,
            database=told["NAME"],
        )
    return SqlStore.open(url.render_as_string(hide_password=False))


def give(request: HttpRequest, column: str, pupil: str) -> JsonResponse:
    """Give a mark and queue the message about it."""
    journal = store()
    with journal.browsing(DOOR) as registry:
        actor = enter(registry, request.headers.get("X-Login", ""))
    school = actor.cabinet.school
    if school is None:
        raise NotAllowedHere(actor.cabinet.role.value, "no-school")
    with transaction.atomic():
        with journal.join(connection.connection, school, actor, dialect=connection.vendor) as unit:
            mark = give_mark(
                unit,
                ColumnId(parse_id(column)),
                pupil=PupilId(parse_id(pupil)),
                value=parse_mark(json.loads(request.body)["value"]),
            )
        family = Family.objects.filter(pupil=mark.pupil).first()
        if family is None:
            raise NobodyToTell
        Notice.objects.create(phone=family.phone, text=f"Оцінка: {label_of(mark.value)}")
    return JsonResponse({"value": label_of(mark.value), "version": mark.version})


class Answers:
    """Middleware that turns errors of the library into answers."""

    def __init__(self, get_response: Any) -> None:  # noqa: ANN401 - Django has no types
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:  # noqa: ANN401 - likewise
        """Pass the request on."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> JsonResponse | None:
        """Answer errors of the library; Django answers the others."""
        del request
        if not isinstance(error, EjournalError):
            return None
        status, told, headers = answer_to(error)
        return JsonResponse(told, status=status, headers=headers)


urlpatterns = [path("columns/<column>/marks/<pupil>", give)]
