"""Choosing a password, and signing in with it."""

from __future__ import annotations

import pickle
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from argon2 import PasswordHasher
from argon2.profiles import RFC_9106_LOW_MEMORY
from attrs import astuple, evolve
from hypothesis import given
from hypothesis import strategies as st
from stores import MONDAY, Clock, opened_sql

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.passwords import PasswordClaim, Passwords, check_password
from ejournal.errors import (
    AlreadyBound,
    Duplicate,
    Invalid,
    Refusal,
    Stale,
    Unavailable,
    Unreadable,
)
from ejournal.model.access import Credential, System, Throttle, Verified
from ejournal.model.identifiers import Email
from ejournal.ports import Denied, Policies
from ejournal.store import HousekeepingUnit, RegistryUnit, Store

LOGIN = Email("olena.koval@example.com")
PASSWORD = "каштан і три відра"
WRONG = PasswordClaim(LOGIN.text, "каштан і два відра")
RIGHT = PasswordClaim(LOGIN.text, PASSWORD)
UNKNOWN = PasswordClaim("nobody@example.com", "каштан і два відра")
WINDOW = 15 * 60
TEST = System("test")


class CountingHasher(PasswordHasher):
    """Counts what an attempt costs; cheap, and able to stop in the middle of a verification."""

    def __init__(self, time_cost: int = 1) -> None:
        super().__init__(time_cost=time_cost, memory_cost=8, parallelism=1)
        self.verifications = 0
        self.hashes = 0
        self.during: Callable[[], object] = bool
        self._lock = threading.Lock()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.hashes += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        with self._lock:
            self.verifications += 1
        self.during()
        return super().verify(hash, password)


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def passwords(store: Store, hasher: CountingHasher) -> Passwords:
    made = Passwords(store, hasher=hasher)
    with store.registry(TEST) as unit:
        made.set_password(unit, LOGIN, PASSWORD)
    hasher.hashes = 0
    return made


def throttle_of(store: Store, login: str) -> Throttle | None:
    with store.housekeeping(TEST) as unit:
        return unit.throttles.find(login)


def credential_of(store: Store) -> Credential:
    with store.browsing(TEST) as unit:
        return unit.credentials.get(LOGIN.folded)


# What may be chosen


@pytest.mark.parametrize(
    "password",
    [
        "каштан і три відра",
        "correct horse battery staple",
        "dragonmonkey",
        "   x   y   z",
        "Ґедзь-їжак-є!",
        "🌻" * 3 + "соняшники",
        "830716592463",
        "k" * 5 + "w" * 7,
        "abc830716592",
        "п" * 3 + "о" * 1021,
    ],
)
def test_length_is_all_that_is_asked_of_an_uncommon_password(password: str) -> None:
    check_password(password, policies=Policies(), login=LOGIN.text)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "length"),
        ("одинадцять.", "length"),
        ("п" * 1025, "length"),
        # twelve code points as typed, six characters of the normal form
        ("и\u0306" * 6, "length"),
        ("каштан і \ud800 відра", "alphabet"),
        ("qwertyuiop[]", "guessable"),
        ("passwordpassword", "guessable"),
        ("PASSwordpassWORDpass", "guessable"),
        ("password2026!", "guessable"),
        ("2026 password", "guessable"),
        ("password 1 password 2", "guessable"),
        ("P@ssw0rd2026!!", "guessable"),
        ("q1w2e3r4q1w2", "guessable"),
        ("123456123456", "guessable"),
        ("1234567890!!", "guessable"),
        ("aaaaaaaaaaaa", "guessable"),
        ("ж1111111111!", "guessable"),
        ("abcdefghijkl", "guessable"),
        ("абвгґдеєжзиі", "guessable"),
        ("asdfgh201508", "guessable"),
        ("parolparolparol", "guessable"),
        # the keys of gfhjkm, ghbdtn and qwerty
        ("парольпароль", "guessable"),
        ("Привет!!!2026", "guessable"),
        ("йцукен123456", "guessable"),
        ("ｐａｓｓｗｏｒｄ２０２６", "guessable"),
        ("olena.koval@example.com", "guessable"),
        ("Olena.Koval2026", "guessable"),
        ("ejournal2026!", "guessable"),
        ("щоденникщоденник", "guessable"),
    ],
)
def test_a_short_or_expected_password_is_refused(password: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_password(password, policies=Policies(), login=LOGIN.text)
    assert astuple(refused.value) == ("password", "", reason, True)


def test_without_a_login_only_the_lists_are_asked() -> None:
    check_password("olena.koval@example.com", policies=Policies())


def test_the_host_decides_how_long_is_long_enough() -> None:
    check_password("каштан", policies=Policies(password_length=6))
    with pytest.raises(Invalid):
        check_password(PASSWORD, policies=Policies(password_length=19))


def test_all_of_the_ten_thousand_blocked_passwords_are_refused() -> None:
    text = files("ejournal.adapters").joinpath("blocked_passwords.txt").read_text("utf-8")
    blocked = [line for line in text.splitlines() if not line.startswith("#")]
    accepted = []
    for password in blocked:
        try:
            check_password(password, policies=Policies(password_length=1))
        except Invalid:
            continue
        accepted.append(password)
    assert (len(set(blocked)), accepted) == (10_000, [])


def test_neither_a_refusal_nor_a_claim_shows_the_password() -> None:
    with pytest.raises(Invalid) as refused:
        check_password("password2026!", policies=Policies())
    said = refused.value
    shown = [repr(said), str(said), said.explain("uk"), repr(pickle.loads(pickle.dumps(said)))]
    shown.append(repr(PasswordClaim(LOGIN.text, "password2026!")))
    assert [text for text in shown if "password2026!" in text] == []
    assert said.explain("uk") == "password: (не показано): надто легко вгадати"


# Setting it


def test_a_new_login_gets_its_hash_and_can_sign_in(store: Store, hasher: CountingHasher) -> None:
    passwords = Passwords(store, hasher=hasher)
    with store.registry(TEST) as unit:
        assert passwords.set_password(unit, LOGIN, PASSWORD) == Verified("password", LOGIN.folded)
    assert passwords.identify(RIGHT) == Verified("password", LOGIN.folded)
    assert PASSWORD not in credential_of(store).hash


def test_a_password_is_kept_with_the_unit_it_was_chosen_in_or_not_at_all(
    store: Store, hasher: CountingHasher
) -> None:
    passwords = Passwords(store, hasher=hasher)

    def interrupted(unit: RegistryUnit) -> None:
        passwords.set_password(unit, LOGIN, PASSWORD)
        raise Refusal

    with pytest.raises(Refusal):
        store.run_registry(TEST, interrupted)
    assert passwords.identify(RIGHT) == Denied()


def test_a_guessable_password_is_not_kept(store: Store, hasher: CountingHasher) -> None:
    passwords = Passwords(store, hasher=hasher)
    with store.registry(TEST) as unit:
        with pytest.raises(Invalid):
            passwords.set_password(unit, LOGIN, "olena.koval2026")
        assert unit.credentials.find(LOGIN.folded) is None


def test_a_password_that_is_there_is_not_replaced(store: Store, passwords: Passwords) -> None:
    with (
        store.registry(TEST) as unit,
        pytest.raises(AlreadyBound),
    ):
        passwords.set_password(unit, Email("Olena.Koval@example.com"), "два відра каштанів")
    assert passwords.identify(RIGHT) == Verified("password", LOGIN.folded)


# Signing in


@pytest.mark.parametrize("login", ["olena.koval@example.com", " <Olena.KOVAL@Example.com> "])
def test_a_login_may_be_typed_in_any_case(passwords: Passwords, login: str) -> None:
    signed_in = passwords.identify(PasswordClaim(login, PASSWORD))
    assert signed_in == Verified("password", "olena.koval@example.com")


@given(st.text(min_size=12, max_size=24))
def test_a_password_opens_in_every_normal_form_it_may_be_typed_in(password: str) -> None:
    store = MemoryStore()
    passwords = Passwords(store, hasher=CountingHasher())
    policies = Policies(password_length=1)
    try:
        check_password(password, policies=policies)
    except Invalid:
        return
    store.policies = policies
    with store.registry(TEST) as unit:
        passwords.set_password(unit, LOGIN, password)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        typed = unicodedata.normalize(form, password)
        assert passwords.identify(PasswordClaim(LOGIN.text, typed)) == Verified(
            "password", LOGIN.folded
        )


def test_a_wrong_password_and_an_unknown_login_cost_and_answer_the_same(
    passwords: Passwords, hasher: CountingHasher
) -> None:
    answers = []
    for claim in (WRONG, UNKNOWN, PasswordClaim("не адреса", "каштан і два відра")):
        hasher.verifications = hasher.hashes = 0
        answers.append((passwords.identify(claim), hasher.verifications, hasher.hashes))
    assert answers == [(Denied(), 1, 0)] * 3


@pytest.mark.parametrize("password", ["", "п" * 1025, PASSWORD + " " * 2000, "\ud800" * 12])
def test_a_password_nobody_could_have_chosen_is_merely_wrong(
    passwords: Passwords, hasher: CountingHasher, password: str
) -> None:
    assert passwords.identify(PasswordClaim(LOGIN.text, password)) == Denied()
    assert hasher.verifications == 1


@pytest.mark.parametrize("claim", [WRONG, UNKNOWN])
def test_after_five_failures_nothing_is_tried_until_the_window_is_over(
    passwords: Passwords, hasher: CountingHasher, clock: Clock, claim: PasswordClaim
) -> None:
    answers = []
    for _ in range(7):
        answers.append(passwords.identify(claim))
        clock.move(timedelta(seconds=1))
    waits = [0, 0, 0, 0, WINDOW - 4, WINDOW - 5, WINDOW - 6]
    assert answers == [Denied(wait) for wait in waits]
    assert hasher.verifications == 5
    clock.move(timedelta(seconds=WINDOW - 7))
    assert passwords.identify(claim) == Denied()
    assert hasher.verifications == 6


def test_the_right_password_waits_like_every_other(passwords: Passwords, clock: Clock) -> None:
    for _ in range(5):
        passwords.identify(WRONG)
    assert passwords.identify(RIGHT) == Denied(WINDOW)
    clock.move(timedelta(seconds=WINDOW, milliseconds=-1))
    assert passwords.identify(RIGHT) == Denied(1)
    clock.move(timedelta(milliseconds=1))
    assert passwords.identify(RIGHT) == Verified("password", LOGIN.folded)


def test_a_success_clears_the_failures(store: Store, passwords: Passwords) -> None:
    for _ in range(4):
        passwords.identify(WRONG)
    passwords.identify(RIGHT)
    assert throttle_of(store, LOGIN.folded) == Throttle(LOGIN.folded, 0, MONDAY, 6)
    assert [passwords.identify(WRONG) for _ in range(5)] == [Denied()] * 4 + [Denied(WINDOW)]


def test_one_login_does_not_wait_for_another(passwords: Passwords) -> None:
    for _ in range(6):
        passwords.identify(UNKNOWN)
    assert passwords.identify(RIGHT) == Verified("password", LOGIN.folded)


def test_a_clock_set_back_does_not_lock_anybody_out(passwords: Passwords, clock: Clock) -> None:
    for _ in range(5):
        passwords.identify(WRONG)
    clock.move(timedelta(days=-1))
    assert passwords.identify(RIGHT) == Verified("password", LOGIN.folded)


def test_what_was_typed_in_place_of_a_login_is_not_kept(store: Store, passwords: Passwords) -> None:
    passwords.identify(PasswordClaim(PASSWORD, ""))
    with store.housekeeping(TEST) as unit:
        names = [throttle.name for throttle in unit.throttles.all()]
    assert [name[:7] for name in names] == ["sha256:"]
    assert PASSWORD not in names[0]


def test_failures_outlive_the_process(tmp_path: Path, clock: Clock, hasher: CountingHasher) -> None:
    for _ in range(5):
        with opened_sql(tmp_path / "file.db", clock) as store:
            Passwords(store, hasher=hasher).identify(UNKNOWN)
    with opened_sql(tmp_path / "file.db", clock) as store:
        assert Passwords(store, hasher=hasher).identify(UNKNOWN) == Denied(WINDOW)


def test_failures_outlive_whatever_the_caller_rolls_back(
    store: Store, passwords: Passwords
) -> None:
    def refuse(unit: RegistryUnit, answer: Denied | Verified) -> None:
        unit.credentials.add(Credential("another@example.com", "never kept"))
        raise Refusal

    for _ in range(5):
        answer = passwords.identify(WRONG)
        with pytest.raises(Refusal):
            store.run_registry(TEST, refuse, answer)
    assert passwords.identify(RIGHT) == Denied(WINDOW)


def test_a_failure_is_on_record_before_it_is_tried(
    store: Store, passwords: Passwords, hasher: CountingHasher
) -> None:
    seen = []
    hasher.during = lambda: seen.append(throttle_of(store, LOGIN.folded))
    passwords.identify(WRONG)
    assert seen == [Throttle(LOGIN.folded, 1, MONDAY, 1)]


def test_two_who_fail_at_once_are_both_counted(
    store: Store, passwords: Passwords, hasher: CountingHasher
) -> None:
    both_are_trying = threading.Barrier(2, timeout=30)
    hasher.during = both_are_trying.wait
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(passwords.identify, [WRONG, WRONG]))
    assert answers == [Denied(), Denied()]
    assert throttle_of(store, LOGIN.folded) == Throttle(LOGIN.folded, 2, MONDAY, 2)


def test_a_crowd_gets_no_more_guesses_than_one(
    passwords: Passwords, hasher: CountingHasher
) -> None:
    all_are_ready = threading.Barrier(8, timeout=30)

    def attempt(_: int) -> Denied | Verified:
        all_are_ready.wait()
        return passwords.identify(WRONG)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))
    assert answers.count(Denied()) == 4
    assert answers.count(Denied(WINDOW)) == 4
    assert hasher.verifications == 5


class ContendedStore(MemoryStore):
    """Rolls the first transactions of housekeeping back, as when a rival's went in before."""

    def __init__(self, conflicts: list[Refusal]) -> None:
        super().__init__()
        self.conflicts = conflicts

    @contextmanager
    def housekeeping(self, actor: System, /) -> Iterator[HousekeepingUnit]:
        with super().housekeeping(actor) as unit:
            yield unit
            if self.conflicts:
                raise self.conflicts.pop()


def test_who_was_beaten_to_the_counter_counts_again(hasher: CountingHasher) -> None:
    name = UNKNOWN.login
    store = ContendedStore([Stale("throttle", (name,), None), Duplicate("throttle", (), (name,))])
    assert Passwords(store, hasher=hasher).identify(UNKNOWN) == Denied()
    assert (store.conflicts, hasher.verifications) == ([], 1)
    kept = throttle_of(store, name)
    assert kept is not None
    assert kept.failures == 1


def test_an_attempt_that_cannot_be_counted_is_not_made(hasher: CountingHasher) -> None:
    store = ContendedStore([Stale("throttle", (UNKNOWN.login,), None)] * 1000)
    with pytest.raises(Unavailable):
        Passwords(store, hasher=hasher).identify(UNKNOWN)
    assert hasher.verifications == 0


# Hashes


def test_a_hash_of_other_parameters_is_made_anew_once(
    store: Store, passwords: Passwords, hasher: CountingHasher
) -> None:
    old = credential_of(store)
    stronger = CountingHasher(time_cost=2)
    moved = Passwords(store, hasher=stronger)
    stronger.hashes = 0
    assert [moved.identify(claim) for claim in (WRONG, RIGHT, RIGHT)] == [
        Denied(),
        Verified("password", LOGIN.folded),
        Verified("password", LOGIN.folded),
    ]
    new = credential_of(store)
    assert ("t=1," in old.hash, "t=2," in new.hash, stronger.hashes) == (True, True, 1)
    assert moved.identify(WRONG) == Denied()


def test_a_password_changed_meanwhile_is_not_brought_back(
    store: Store, passwords: Passwords
) -> None:
    stronger = CountingHasher(time_cost=2)
    moved = Passwords(store, hasher=stronger)
    changed = stronger.hash("два відра каштанів")

    def change() -> None:
        with store.registry(TEST) as unit:
            unit.credentials.save(evolve(unit.credentials.get(LOGIN.folded), hash=changed))

    stronger.during = change
    assert moved.identify(RIGHT) == Verified("password", LOGIN.folded)
    assert credential_of(store).hash == changed


@pytest.mark.parametrize("damaged", ["", "plain text", "$argon2id$v=19$m=8,t=1,p=1$broken"])
def test_a_damaged_hash_is_a_fault_that_does_not_quote_it(
    store: Store, passwords: Passwords, damaged: str
) -> None:
    with store.registry(TEST) as unit:
        unit.credentials.save(evolve(unit.credentials.get(LOGIN.folded), hash=damaged))
    with pytest.raises(Unreadable) as fault:
        passwords.identify(RIGHT)
    assert fault.value.what == "credential"
    assert "argon2" not in str(fault.value)


def test_by_default_hashes_are_made_as_rfc_9106_recommends(store: Store) -> None:
    passwords = Passwords(store)
    with store.registry(TEST) as unit:
        passwords.set_password(unit, LOGIN, PASSWORD)
    expected = RFC_9106_LOW_MEMORY
    assert credential_of(store).hash.startswith(
        f"$argon2id$v=19$m={expected.memory_cost},t={expected.time_cost},p={expected.parallelism}$"
    )
    assert [passwords.identify(WRONG), passwords.identify(RIGHT)] == [
        Denied(),
        Verified("password", LOGIN.folded),
    ]


def test_passwords_and_hashes_stand_nowhere_in_the_ledger(
    store: Store, passwords: Passwords
) -> None:
    passwords.identify(WRONG)
    passwords.identify(RIGHT)
    assert store.heads() == {}
    assert "argon2" not in repr(passwords)
