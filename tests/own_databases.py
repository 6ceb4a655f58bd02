"""A database of one's own on a server that others use, too."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from server_process import CannotStart
from shared_run import Kind, Served


@contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """Make a database for the block, and give its address as SQLAlchemy spells it."""
    from psycopg import connect
    from sqlalchemy.engine import make_url

    name = _name()
    with connect(libpq(server), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(libpq(server)).set(drivername="postgresql+psycopg", database=name)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        with connect(libpq(server), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def mongo_database(server: str) -> Iterator[str]:
    """Name a database for the block, and give its URI; it is dropped at the end."""
    from pymongo import MongoClient

    name = _name()
    yield mongo_uri(server, name)
    with MongoClient[dict[str, object]](server) as client:
        client.drop_database(name)


def mongo_uri(server: str, database: str) -> str:
    """Return the URI of a database; who signs in does so where the server's URI says."""
    parts = urlsplit(server)
    asked = [parts.query] if parts.query else []
    if "@" in parts.netloc and "authSource=" not in parts.query:
        asked.append(f"authSource={parts.path.strip('/') or 'admin'}")
    return parts._replace(path=f"/{database}", query="&".join(asked)).geturl()


def libpq(url: str) -> str:
    """Return SQLAlchemy's spelling of an address as drivers spell it."""
    return "postgresql://" + url.partition("://")[2]


def visited(kind: Kind, address: str) -> Served:
    """Return what a server that somebody named says of itself."""
    try:
        version = _postgres_version(address) if kind is Kind.POSTGRES else _mongo_version(address)
    except CannotStart as error:
        return Served(kind, missing=str(error))
    return Served(kind, address, f"{version} (named)")


def _postgres_version(url: str) -> str:
    from psycopg import OperationalError, connect

    try:
        with connect(libpq(url), connect_timeout=10) as connection:
            return "{}.{}".format(*divmod(connection.info.server_version, 10_000))
    except OperationalError as error:
        raise CannotStart(f"the PostgreSQL that was named does not answer: {error}") from error


def _mongo_version(uri: str) -> str:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    try:
        with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=10_000) as client:
            if "setName" not in client.admin.command("hello"):
                raise CannotStart("the MongoDB that was named is no member of a replica set")
            return str(client.server_info()["version"])
    except PyMongoError as error:
        raise CannotStart(f"the MongoDB that was named does not answer: {error}") from error


def _name() -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"ejournal_{worker}_{secrets.token_hex(4)}"
