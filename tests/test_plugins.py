from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from attrs import evolve
from stores import MONDAY

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.smtp import Security, SmtpMailer
from ejournal.adapters.sql import SqlStore
from ejournal.errors import Invalid, Missing, NotOffered, PluginMisbehaved, Unavailable
from ejournal.ids import REGISTRY
from ejournal.model.ledger import Entry
from ejournal.plugins import hookimpl, hookspecs, load
from ejournal.plugins.extras import brought_by
from ejournal.plugins.loading import BUILT_IN
from ejournal.ports import Mailer, Outcome, Policies, Posted, Receipt
from ejournal.rules import PACKS
from ejournal.rules.base_school import GRADES_5_9_1427
from ejournal.rules.classic import CLASSIC

ROOT = Path(__file__).parents[1]
HOOKS = sorted(name for name in hookspecs.__all__ if name.startswith("ejournal_"))


def plugin(**functions: Callable[..., object]) -> ModuleType:
    """Return a plug-in with those hooks, marked."""
    made = ModuleType("a_plugin")
    for name, function in functions.items():
        setattr(made, name, hookimpl(function))
    return made


def nothing() -> Mapping[str, object]:
    return {}


def offered(**functions: Callable[..., object]) -> object:
    return load(extra=[plugin(**functions)], installed=False)


def entry(seq: int) -> Entry:
    return Entry(REGISTRY, seq, MONDAY, {"system": "t"}, "tested", {}, (), "", "")


class Silent:
    def send(self, message: Posted, /) -> Receipt:
        return Receipt(Outcome.SENT, message.message_id)


def test_the_built_in_parts_register_like_everybody() -> None:
    found = load(installed=False)

    assert sorted(found.stores) == ["memory", "mongodb", "postgres", "postgresql", "sqlite"]
    assert sorted(found.mailers) == ["smtp", "smtps"]
    assert sorted(found.identities) == ["password"]
    assert sorted(found.exporters) == ["csv", "json"]
    assert found.policies == Policies()


def test_a_store_is_opened_by_its_scheme_under_the_policies_of_the_plugins() -> None:
    def longer(policies: Policies) -> Policies:
        return evolve(policies, invitation_term=timedelta(days=3))

    found = load(extra=[plugin(ejournal_policies=longer)], installed=False)
    store = found.store("memory:")

    assert isinstance(store, MemoryStore)
    assert store.policies.invitation_term == timedelta(days=3)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_database_of_postgresql_is_opened_when_it_is_first_asked(scheme: str) -> None:
    store = load(installed=False).store(f"{scheme}://school:se%2Fcret@127.0.0.1:1/journal")

    assert isinstance(store, SqlStore)
    assert store.engine.url.drivername == "postgresql+psycopg"
    with pytest.raises(Unavailable) as caught:
        store.heads()
    assert "cret" not in str(caught.value)
    store.dispose()


def test_no_driver_is_imported_before_a_store_is_opened() -> None:
    program = (
        "import sys; from ejournal.plugins import load; load(installed=False).store('memory:');"
        "print(*{'sqlalchemy', 'psycopg', 'pymongo', 'argon2'} & sys.modules.keys())"
    )
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == ""


@pytest.mark.parametrize(
    ("asked", "package", "extra"),
    [
        ("store('sqlite:///x.db')", "sqlalchemy", "sql"),
        ("store('postgres://127.0.0.1/x')", "sqlalchemy", "postgres"),
        ("store('postgresql://127.0.0.1/x')", "psycopg", "postgres"),
        ("store('mongodb://127.0.0.1/x')", "pymongo", "mongo"),
        ("identity('password', p.store('memory:'))", "argon2", "password"),
    ],
)
def test_who_lacks_an_extra_is_told_which(asked: str, package: str, extra: str) -> None:
    program = f"""
import sys; sys.modules[{package!r}] = None
from ejournal.errors import NotInstalled
from ejournal.plugins import load
p = load(installed=False)
try: p.{asked}
except NotInstalled as error: print(error.package, error.extra)
"""
    said = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert said.split() == [package, extra]


def test_a_module_that_is_no_extras_is_missed_as_python_misses_it() -> None:
    with pytest.raises(ModuleNotFoundError), brought_by("sql", "sqlalchemy"):
        importlib.import_module("ejournal.nosuch")


def test_policies_pass_from_plugin_to_plugin_in_the_order_of_registration() -> None:
    def double(policies: Policies) -> Policies:
        return evolve(policies, invitation_term=policies.invitation_term * 2)

    def add_a_day(policies: Policies) -> Policies:
        return evolve(policies, invitation_term=policies.invitation_term + timedelta(days=1))

    found = load(
        extra=[plugin(ejournal_policies=double), plugin(ejournal_policies=add_a_day)],
        installed=False,
    )

    assert found.policies.invitation_term == timedelta(days=29)


ADDED = evolve(GRADES_5_9_1427, name="added", effective_from=date(2027, 9, 1))


def test_rule_packs_are_added_behind_those_of_the_policies() -> None:
    def fewer(policies: Policies) -> Policies:
        return evolve(policies, rule_packs=policies.rule_packs[:2])

    found = load(
        extra=[plugin(ejournal_rule_packs=lambda: [ADDED]), plugin(ejournal_policies=fewer)],
        installed=False,
    )

    assert found.policies.rule_packs == (*PACKS[:2], ADDED)
    assert found.store("memory:").policies.rule_packs == found.policies.rule_packs


@pytest.mark.parametrize(
    ("packs", "why"),
    [
        ([CLASSIC], "the policies already have classic"),
        ([ADDED, ADDED], "the packs of a_plugin already have added"),
        (["added"], "it did not return rule packs"),
        (None, "TypeError: 'NoneType' object is not iterable"),
    ],
)
def test_a_plugin_whose_rule_packs_are_none_or_taken_is_named(packs: object, why: str) -> None:
    with pytest.raises(PluginMisbehaved) as caught:
        offered(ejournal_rule_packs=lambda: packs)
    assert caught.value == PluginMisbehaved("a_plugin", "the host", "ejournal_rule_packs", why)


def test_a_mailer_is_found_by_its_scheme() -> None:
    def mailers() -> Mapping[str, Callable[[str], Mailer]]:
        return {"silent": lambda _: Silent()}

    found = load(extra=[plugin(ejournal_mailers=mailers)], installed=False)
    receipt = found.mailer("silent://x").send(Posted("<1@x>", "a@x.test", "b@x.test", b""))

    assert receipt == Receipt(Outcome.SENT, "<1@x>")


def test_an_identity_is_made_for_the_store_in_use() -> None:
    found = load(installed=False)

    assert found.identity("password", MemoryStore()).scheme == "password"


@pytest.mark.parametrize(
    ("url", "mailer"),
    [
        (
            "smtp://mail.test",
            SmtpMailer("mail.test", 587, Security.STARTTLS),
        ),
        (
            "smtps://school%40one:p%3Aw@mail.test",
            SmtpMailer("mail.test", 465, Security.TLS, "school@one", "p:w"),
        ),
        (
            "smtp://127.0.0.1:2525?security=none",
            SmtpMailer("127.0.0.1", 2525, Security.NONE),
        ),
    ],
)
def test_a_mail_servers_url_says_where_how_and_as_whom(url: str, mailer: SmtpMailer) -> None:
    assert load(installed=False).mailer(url) == mailer


@pytest.mark.parametrize(
    "url",
    [
        "smtp:",
        "smtp://mail.test?security=perhaps",
        "smtp://school:se/cret@mail.test",
        "smtp://school:se[cret@mail.test",
    ],
)
def test_a_mail_servers_url_that_is_wrong_is_refused_unquoted(url: str) -> None:
    with pytest.raises(Invalid, match="not shown") as caught:
        load(installed=False).mailer(url)
    assert caught.value == Invalid("mailer", "", "pattern", personal=True)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("ask", "refused"),
    [
        (
            lambda found: found.store("oracle:x"),
            NotOffered(
                "store", ("oracle",), ("memory", "mongodb", "postgres", "postgresql", "sqlite")
            ),
        ),
        (
            lambda found: found.mailer("pigeon:x"),
            NotOffered("mailer", ("pigeon",), ("smtp", "smtps")),
        ),
        (
            lambda found: found.identity("face", MemoryStore()),
            NotOffered("identity", ("face",), ("password",)),
        ),
        (
            lambda found: found.exporter("stone"),
            NotOffered("exporter", ("stone",), ("csv", "json")),
        ),
    ],
)
def test_what_nobody_offers_is_missing(ask: Callable[[object], object], refused: Missing) -> None:
    with pytest.raises(Missing) as caught:
        ask(load(installed=False))

    assert caught.value == refused


def test_a_misspelt_hook_is_refused_by_its_name() -> None:
    with pytest.raises(PluginMisbehaved) as caught:
        offered(ejournal_storse=nothing)

    assert (caught.value.distribution, caught.value.hook) == ("the host", "ejournal_storse")


def test_a_hook_that_takes_what_it_is_not_given_is_refused() -> None:
    def stores(url: str) -> Mapping[str, object]:
        return {url: None}

    with pytest.raises(PluginMisbehaved) as caught:
        offered(ejournal_stores=stores)

    assert (caught.value.plugin, caught.value.hook) == ("a_plugin", "ejournal_stores")


def test_a_hook_without_its_mark_is_refused_and_not_passed_over() -> None:
    forgotten = ModuleType("forgotten")
    vars(forgotten)["ejournal_stores"] = dict

    with pytest.raises(PluginMisbehaved) as caught:
        load(extra=[forgotten], installed=False)

    assert caught.value == PluginMisbehaved(
        "forgotten", "the host", "ejournal_stores", "it is not marked with hookimpl"
    )


def test_a_name_that_two_offer_is_refused_and_both_are_named() -> None:
    def stores() -> Mapping[str, object]:
        return {"sqlite": None}

    with pytest.raises(PluginMisbehaved) as caught:
        offered(ejournal_stores=stores)

    assert caught.value == PluginMisbehaved(
        "a_plugin",
        "the host",
        "ejournal_stores",
        "ejournal.stores of ejournal already offers sqlite",
    )


def test_a_plugin_registered_twice_is_refused() -> None:
    one = plugin()

    with pytest.raises(PluginMisbehaved) as caught:
        load(extra=[one, one], installed=False)

    assert (caught.value.plugin, caught.value.hook) == ("a_plugin", "register")


def failing(*_: object, **__: object) -> object:
    raise OSError("the disk is on fire")


@pytest.mark.parametrize("hook", [hook for hook in HOOKS if hook != "ejournal_committed"])
def test_a_hook_that_raises_is_blamed_on_its_distribution(hook: str) -> None:
    def without() -> object:
        return failing()

    def with_policies(policies: Policies) -> object:
        return failing(policies)

    function = with_policies if hook == "ejournal_policies" else without

    with pytest.raises(PluginMisbehaved) as caught:
        offered(**{hook: function})

    assert caught.value == PluginMisbehaved(
        "a_plugin", "the host", hook, "OSError: the disk is on fire"
    )
    assert isinstance(caught.value.__cause__, OSError)


def test_policies_that_are_not_policies_are_refused() -> None:
    def broken(policies: Policies) -> object:
        return policies.lease

    with pytest.raises(PluginMisbehaved, match="did not return Policies"):
        offered(ejournal_policies=broken)


def test_every_listener_hears_of_committed_entries_even_after_one_failed() -> None:
    heard: list[int] = []

    def listen(entries: Iterable[Entry]) -> None:
        heard.extend(entry.seq for entry in entries)

    def choke(entries: Iterable[Entry]) -> None:
        raise OSError(len(list(entries)))

    found = load(
        extra=[
            plugin(ejournal_committed=listen),
            plugin(ejournal_committed=choke),
            plugin(ejournal_committed=listen),
        ],
        installed=False,
    )

    with pytest.raises(PluginMisbehaved) as caught:
        found.committed([entry(1), entry(2)])
    assert sorted(heard) == [1, 1, 2, 2]
    assert caught.value == PluginMisbehaved(
        "a_plugin", "the host", "ejournal_committed", "OSError: 2"
    )


def test_committed_entries_without_a_listener_are_passed_over() -> None:
    load(installed=False).committed([entry(1)])


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_with_the_signature_it_has(hook: str) -> None:
    page = (ROOT / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
    names = list(inspect.signature(getattr(hookspecs, hook)).parameters)

    assert re.search(rf"^## `{hook}\({', '.join(names)}\)`$", page, re.MULTILINE)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_used_by_a_plugin_that_is_no_test(hook: str) -> None:
    built_in = [ROOT / "src" / "ejournal" / "plugins" / f"{name}.py" for name in BUILT_IN]
    example = ROOT / "examples" / "ejournal-wall" / "src" / "ejournal_wall" / "__init__.py"
    users = [path for path in (*built_in, example) if f"def {hook}(" in path.read_text()]

    assert users


@pytest.fixture(scope="module")
def installed_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example plug-in as a distribution of its own and return where it went."""
    target = tmp_path_factory.mktemp("site")
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--no-build-isolation", "--disable-pip-version-check", "--target", str(target)),
        str(ROOT / "examples" / "ejournal-wall"),
    ]
    subprocess.run(command, check=True, env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"})
    return target


def asked_with(site: Path, program: str, log: Path) -> Sequence[str]:
    """Run a program that can see the distributions in `site`, and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(site), "EJOURNAL_WALL_LOG": str(log)}
    answer = subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    return answer.stdout.splitlines()


def test_an_installed_plugin_is_found_by_its_entry_point(
    installed_example: Path, tmp_path: Path
) -> None:
    program = f"""
from datetime import datetime, UTC
from ejournal.model.ledger import Entry
from ejournal.plugins import load
from ejournal.ports import Posted
found = load()
print(*sorted(found.exporters))
print(found.policies.invitation_term.days)
print(found.mailer("folder:{tmp_path}/letters").send(Posted("<7@x.test>", "a", "b", b"hello")))
found.committed([Entry(0, 1, datetime.now(UTC), {{}}, "tested", {{}}, (), "", "")])
"""

    printed = asked_with(installed_example, program, tmp_path / "log.txt")

    assert printed[0] == "csv json wall"
    assert printed[1] == "30"
    assert (tmp_path / "letters" / "7x.test.eml").read_bytes() == b"hello"
    assert (tmp_path / "log.txt").read_text() == "0 1 tested\n"


def test_an_installed_plugin_that_breaks_on_import_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken_wall.py").write_text("raise OSError('no wall')")
    metadata = tmp_path / "broken_wall-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-wall\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[ejournal]\nwall = broken_wall\n")
    program = """
from ejournal.errors import PluginMisbehaved
from ejournal.plugins import load
try:
    load()
except PluginMisbehaved as error:
    print(error.plugin, error.distribution, error.hook, error.why, sep="|")
"""

    assert asked_with(tmp_path, program, tmp_path / "log.txt") == [
        "wall|broken-wall|import|OSError: no wall"
    ]
