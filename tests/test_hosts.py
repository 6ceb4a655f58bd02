"""The examples of hosts: their rows and the journal's stand or fall together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import sqlalchemy as sa
from doorway import answer_to
from hosts import Host, on_django, on_django_in_atomic_requests, on_fastapi, on_flask
from own_databases import postgres_database

from ejournal.errors import (
    EjournalError,
    NotAllowedHere,
    OutcomeUnknown,
    SchemaMismatch,
    Stale,
    Unavailable,
)
from ejournal.ids import spell_id
from ejournal.model.access import System
from ejournal.model.marks import Grade

REACHED, OUT_OF_REACH = 0, 1
"""Whose family has left a number, and whose has not."""

Running = Callable[[sa.URL], AbstractContextManager[Host]]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.URL]:
    if request.param == "sqlite":
        yield sa.URL.create("sqlite", database=f"{tmp_path}/host.db")
        return
    with postgres_database(request.getfixturevalue("postgres")) as made:
        yield sa.make_url(made)


@pytest.fixture(params=[on_flask, on_fastapi, on_django, on_django_in_atomic_requests])
def host(request: pytest.FixtureRequest, url: sa.URL) -> Iterator[Host]:
    running: Running = request.param
    with running(url) as host:
        yield host


def test_what_the_host_commits_is_kept_with_the_mark(host: Host) -> None:
    before = host.entries()

    status, told = host.give(REACHED, "11")

    (mark,) = host.marks(REACHED)
    assert (status, told) == (200, {"value": "11", "version": mark.version})
    assert mark.value == Grade(11)
    assert host.notices() == [("+380501234567", "Оцінка: 11")]
    assert host.entries() == before + 1


def test_where_the_host_gives_up_there_is_no_mark(host: Host) -> None:
    before, standing = host.entries(), host.marks(OUT_OF_REACH)

    status, told = host.give(OUT_OF_REACH, "11")

    assert (status, told["code"]) == (409, "nobody-to-tell")
    assert host.marks(OUT_OF_REACH) == standing
    assert (host.notices(), host.entries()) == ([], before)
    assert host.give(REACHED, "10")[0] == 200


def test_what_the_journal_refuses_leaves_nothing_of_the_hosts(host: Host) -> None:
    before = host.entries()
    nowhere = spell_id(1)

    answers = [
        host.give(REACHED, "11", login="n.shcherban@zarichne.example"),
        host.give(REACHED, "11", login="nobody@zarichne.example"),
        host.give(REACHED, "11", column=nowhere),
        host.give(REACHED, "13"),
    ]

    assert [(status, told["code"], told["retry"]) for status, told in answers] == [
        (403, "forbidden", "no"),
        (401, "stranger", "no"),
        (404, "missing", "no"),
        (422, "invalid", "no"),
    ]
    assert (host.notices(), host.entries()) == ([], before)


def test_outside_a_transaction_djangos_connection_is_refused(url: sa.URL) -> None:
    with on_django(url) as host:
        from django.db import connection

        with (
            pytest.raises(NotAllowedHere) as caught,
            host.store.join(
                connection.connection, host.small.id, System("host"), dialect=connection.vendor
            ),
        ):
            pytest.fail("it joined a connection that commits by itself")
        assert caught.value == NotAllowedHere("connection", "autocommit")


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (Stale("mark", (1,), None), 409, {}),
        (Unavailable("the server is away"), 503, {"Retry-After": "1"}),
        (OutcomeUnknown("the connection broke"), 504, {}),
        (SchemaMismatch("old", "new"), 500, {}),
        (EjournalError(), 500, {}),
    ],
)
def test_an_error_says_by_its_status_whether_to_ask_again(
    error: EjournalError, status: int, headers: dict[str, str]
) -> None:
    told = {"code": error.code, "retry": error.retry, "message": error.explain("uk")}
    assert answer_to(error) == (status, told, headers)
