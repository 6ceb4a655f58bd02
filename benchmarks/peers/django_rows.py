"""Marks through Django's ORM, on a connection of its own to the same database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ejournal.model.journal import Mark
from ejournal.model.marks import spell_mark

__all__ = ["DjangoRows"]

_SQLITE = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536",
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
}


class DjangoRows:
    """A table of marks as a Django project would declare it, with the keys that the library has.

    Django is set up for the first database it is given, and pointed to the next.
    """

    def __init__(self, url: sa.URL) -> None:
        import django
        from django.conf import settings
        from django.db import connections

        if not settings.configured:
            settings.configure(DATABASES={"default": _django(url)}, USE_TZ=True)
            django.setup()
        connections["default"].close()
        connections.settings["default"] = connections.configure_settings({"default": _django(url)})[
            "default"
        ]
        del connections["default"]
        self._connection: Any = connections["default"]
        self._model = _model()
        with self._connection.schema_editor() as editor:
            editor.create_model(self._model)

    def give(self, mark: Mark) -> None:
        """Insert one row and commit."""
        self._row(mark).save(force_insert=True)

    def take_in(self, marks: Iterable[Mark]) -> None:
        """Insert many rows and commit."""
        self._model.objects.bulk_create([self._row(mark) for mark in marks])

    def count(self) -> int:
        """Return how many rows there are."""
        return int(self._model.objects.count())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _row(self, mark: Mark) -> Any:
        return self._model(
            school=1,
            journal=mark.journal,
            column=mark.column,
            pupil=mark.pupil,
            day=mark.day,
            value=spell_mark(mark.value),
            comment=mark.comment,
            author=mark.author,
            given_at=mark.given_at,
            void=mark.void,
            version=mark.version,
        )


def _django(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.database, "OPTIONS": _SQLITE}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.database,
        "USER": url.username,
        "HOST": url.host,
        "PORT": url.port,
    }


def _model() -> Any:
    """Return the model, which can be made only once Django is set up, and once only."""
    from django.apps import apps
    from django.db import models

    if "mark" in apps.all_models["peer"]:
        return apps.all_models["peer"]["mark"]
    names = ("school", "journal", "column", "pupil", "version")
    lookup = models.Index(fields=["school", "pupil", "day"], name="peer_mark_pupil")
    meta = type("Meta", (), {"app_label": "peer", "indexes": [lookup]})
    fields = {
        **{name: models.BigIntegerField() for name in names},
        "author": models.BigIntegerField(null=True),
        "day": models.DateField(null=True),
        "value": models.TextField(),
        "comment": models.TextField(),
        "given_at": models.DateTimeField(),
        "void": models.BooleanField(),
        "pk": models.CompositePrimaryKey("school", "journal", "column", "pupil"),
    }
    return type("Mark", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})
