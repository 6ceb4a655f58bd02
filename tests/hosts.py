"""The hosts of `examples/hosts`, each running over a database with the sample school."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

import families
import fastapi_host
import flask_host
import httpx
import sqlalchemy as sa
from attrs import frozen
from sqlalchemy.ext.asyncio import create_async_engine

from ejournal.adapters.sql import SqlStore, configure_sqlite
from ejournal.ids import spell_id
from ejournal.model.access import System
from ejournal.model.journal import Mark
from ejournal.samples import SmallSchool, set_up
from ejournal.store import SchoolUnit

P = ParamSpec("P")
R = TypeVar("R")

TEACHER = "ye.ganok@zarichne.example"
"""Who teaches mathematics to 5-А."""

Answer: TypeAlias = tuple[int, Mapping[str, Any]]
Put: TypeAlias = Callable[[str, str, str], Answer]
"""Asks for a path as somebody, with a value for the mark."""


@frozen
class Host:
    """A host that runs, and what lies in its database."""

    store: SqlStore
    small: SmallSchool
    put: Put

    def give(
        self, place: int, value: str, *, login: str = TEACHER, column: str | None = None
    ) -> Answer:
        """Ask for a mark in the thematic column to the pupil at that place of the list."""
        pupil = self.small.pupils["5-А"][place].id
        chosen = spell_id(self._read(_column, self)) if column is None else column
        return self.put(f"/columns/{chosen}/marks/{spell_id(pupil)}", login, value)

    def marks(self, place: int) -> list[Mark]:
        """Return the marks of a pupil in that column."""
        return self._read(_marks, self, place)

    def notices(self) -> list[tuple[str, str]]:
        """Return the messages that wait to be sent."""
        with self.store.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT phone, text FROM notice ORDER BY id"))
            return [(phone, text) for phone, text in rows]

    def entries(self) -> int:
        """Return how long the school's chain is, having proved it."""
        assert self.store.verify(self.small.id) == self.store.audit(self.small.id) == []
        return self.store.heads()[self.small.id].seq

    def _read(
        self, question: Callable[Concatenate[SchoolUnit, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        with self.store.reading(self.small.id, System("test")) as unit:
            return question(unit, *args, **kwargs)


def _column(unit: SchoolUnit, host: Host) -> int:
    journal = host.small.journals["5-А", "Математика"].id
    return next(column.id for column in unit.columns.of_journal(journal) if column.day is None)


def _marks(unit: SchoolUnit, host: Host, place: int) -> list[Mark]:
    journal, pupil = host.small.journals["5-А", "Математика"].id, host.small.pupils["5-А"][place].id
    column = _column(unit, host)
    return [
        mark
        for mark in unit.marks.of_journal(journal)
        if (mark.column, mark.pupil) == (column, pupil)
    ]


def _prepared(url: sa.URL) -> tuple[sa.Engine, SmallSchool]:
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        configure_sqlite(engine)
    return engine, families.prepare(engine)


@contextmanager
def on_flask(url: sa.URL) -> Iterator[Host]:
    """Run the host on Flask."""
    engine, small = _prepared(url)
    client = flask_host.create_app(engine).test_client()

    def put(path: str, login: str, value: str) -> Answer:
        answer = client.put(path, json={"value": value}, headers={"X-Login": login})
        return answer.status_code, answer.get_json()

    yield Host(SqlStore(engine, families.JOURNAL), small, put)
    engine.dispose()


@contextmanager
def on_fastapi(url: sa.URL) -> Iterator[Host]:
    """Run the host on FastAPI; each request has an event loop of its own."""
    engine, small = _prepared(url)
    awaiting = url.set(drivername="sqlite+aiosqlite") if engine.dialect.name == "sqlite" else url
    hosts = create_async_engine(awaiting, poolclass=sa.NullPool)
    if engine.dialect.name == "sqlite":
        configure_sqlite(hosts.sync_engine)
    transport = httpx.ASGITransport(app=fastapi_host.create_app(hosts))

    async def asked(path: str, login: str, value: str) -> Answer:
        async with httpx.AsyncClient(transport=transport, base_url="http://host.test") as client:
            answer = await client.put(path, json={"value": value}, headers={"X-Login": login})
        return answer.status_code, answer.json()

    def put(path: str, login: str, value: str) -> Answer:
        return asyncio.run(asked(path, login, value))

    yield Host(SqlStore(engine, families.JOURNAL), small, put)
    engine.dispose()


@contextmanager
def on_django(url: sa.URL, **options: object) -> Iterator[Host]:
    """Run the host on Django, whose settings are those of the process but for the database."""
    connection = _djangos_connection(url, options)
    import django_host
    from django.test import Client

    django_host.store.cache_clear()
    store = django_host.store()
    store.create_tables()
    small = set_up(store, families.KEY)
    with connection.schema_editor() as editor:
        editor.create_model(django_host.Family)
        editor.create_model(django_host.Notice)
    django_host.Family.objects.create(pupil=small.pupils["5-А"][0].id, phone="+380501234567")

    def put(path: str, login: str, value: str) -> Answer:
        answer = Client(headers={"X-Login": login}).put(
            path, {"value": value}, content_type="application/json"
        )
        return answer.status_code, answer.json()

    yield Host(store, small, put)
    store.dispose()
    connection.close()


def on_django_in_atomic_requests(url: sa.URL) -> AbstractContextManager[Host]:
    """Run the host on Django with a transaction around each view, begun for writing."""
    immediate = {"transaction_mode": "IMMEDIATE"} if url.drivername == "sqlite" else {}
    return on_django(url, ATOMIC_REQUESTS=True, OPTIONS=immediate)


def _djangos_connection(url: sa.URL, options: Mapping[str, object]) -> Any:  # noqa: ANN401 - Django has no types
    import django
    from django.conf import settings
    from django.db import connection, connections

    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["testserver"],
            MIDDLEWARE=["django_host.Answers"],
            ROOT_URLCONF="django_host",
        )
        django.setup()
    database = {
        "ENGINE": f"django.db.backends.{'sqlite3' if url.drivername == 'sqlite' else 'postgresql'}",
        "NAME": url.database,
        "USER": url.username or "",
        "PASSWORD": url.password or "",
        "HOST": url.host or url.query.get("host", ""),
        "PORT": url.port or "",
        **options,
    }
    connections["default"].close()
    del connections["default"]
    connections.settings = connections.configure_settings({"default": database})
    return connection
