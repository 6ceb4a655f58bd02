"""The command line as a test uses it: calls with their exit codes, and who types which password."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from attrs import define, evolve
from typer.testing import CliRunner, Result

from ejournal.adapters.passwords import Passwords
from ejournal.cli import desk
from ejournal.cli.root import app
from ejournal.plugins import Plugins, load
from ejournal.store import Store

PHRASE = "довгий пароль для вчителя"


def _cheap(store: Store) -> Passwords:
    return Passwords(store, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def _plugins() -> Plugins:
    return evolve(load(), identities={"password": _cheap})


@pytest.fixture(scope="module")
def cheap_passwords() -> Iterator[None]:
    """Let calls hash passwords at a price that fits a test; a host may choose its own as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "load", _plugins)
        yield


@define
class Terminal:
    """A folder with a store, and the calls made there.

    No call that fails may tell a password, the key, an invitation's token or what is `private`.
    """

    folder: Path
    url: str = ""
    private: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        self.url = self.url or f"sqlite:///{self.folder / 'ejournal.db'}"
        self.file("phrase").write_text(f"{PHRASE}\n", "utf-8")

    def file(self, name: str) -> Path:
        return self.folder / name

    def call(
        self,
        *arguments: str,
        login: str = "",
        cabinet: str = "",
        typed: str | bytes | None = None,
        code: int = 0,
        options: Sequence[str] = (),
        env: dict[str, str | None] | None = None,
    ) -> Result:
        signed = ["--as", login, "--password-file", str(self.file("phrase"))] if login else []
        chosen = ["--cabinet", cabinet] if cabinet else []
        environment: dict[str, str | None] = {
            "EJOURNAL_LANG": None,
            "EJOURNAL_STORE": None,
            "EJOURNAL_KEY": None,
            "COLUMNS": "160",
        }
        result = CliRunner(env=environment | (env or {})).invoke(
            app,
            ["--store", self.url, *signed, *chosen, *options, *arguments],
            input=typed,
            catch_exceptions=False,
        )
        assert result.exit_code == code, f"{arguments}: {result.exit_code}\n{result.output}"
        if code:
            assert [text for text in self._secrets() if text in result.stderr] == []
            assert "Traceback" not in result.stderr
        return result

    def _secrets(self) -> Iterator[str]:
        yield from (PHRASE, *self.private)
        for name in ("ejournal.db.key", "link", "other"):
            if self.file(name).exists():
                yield self.file(name).read_text("utf-8").strip().rpartition("/")[2]

    def ask(
        self,
        *arguments: str,
        login: str = "",
        cabinet: str = "",
        typed: str | bytes | None = None,
        env: dict[str, str | None] | None = None,
    ) -> Any:  # noqa: ANN401 - what JSON holds is looked at where it is compared
        """Return what a call answers in JSON."""
        result = self.call(
            *arguments, login=login, cabinet=cabinet, typed=typed, env=env, options=["--json"]
        )
        return json.loads(result.stdout)

    def refusal(
        self,
        *arguments: str,
        login: str = "",
        cabinet: str = "",
        typed: str | None = None,
        code: int = 3,
        env: dict[str, str | None] | None = None,
    ) -> dict[str, str]:
        """Return the error that a call ends with, as it is spelled in JSON."""
        options = ["--json"]
        result = self.call(
            *arguments, login=login, cabinet=cabinet, typed=typed, code=code, env=env,
            options=options,
        )  # fmt: skip
        assert result.stdout.strip() == ""
        told: dict[str, str] = json.loads(result.stderr[result.stderr.index("{") :])
        assert list(told) == ["code", "retry", "message"]
        return told


def link_in(raw: bytes) -> str:
    """Return the invitation's link in the plain text of a letter."""
    body = message_from_bytes(raw, policy=default).get_body(("plain",))
    assert body is not None
    found = re.search(r"https://\S+/invitations/\S+", body.get_content())
    assert found is not None
    return found[0]
