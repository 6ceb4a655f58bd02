"""Handing one message over, against a server that fails in every phase."""

from __future__ import annotations

import pickle
import socket
from collections.abc import Iterator

import pytest
from attrs import evolve
from smtp_server import (
    PASSWORD,
    USER,
    Arrived,
    Authority,
    Manner,
    Phase,
    Trouble,
    TroubledServer,
    encrypted,
    make_authority,
    smtp_server,
)

from ejournal.adapters.smtp import Security, SmtpMailer
from ejournal.errors import Invalid, NotAllowedHere
from ejournal.ports import Outcome, Posted, Receipt

MESSAGE = Posted(
    "<1@mail.test>",
    "letters@mail.test",
    "admin@school.test",
    b"Message-ID: <1@mail.test>\r\n\r\nfirst\r\n.\r\n..second\r\n",
)
COPY = Arrived(MESSAGE.sender, MESSAGE.recipient, MESSAGE.raw)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def shared() -> Iterator[TroubledServer]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def plain(shared: TroubledServer) -> TroubledServer:
    shared.plan.clear()
    shared.arrived.clear()
    return shared


@pytest.fixture(scope="module")
def shared_secure(authority: Authority) -> Iterator[TroubledServer]:
    with smtp_server(encrypted(authority, Manner(sign_in=True))) as server:
        yield server


@pytest.fixture
def secure(shared_secure: TroubledServer) -> TroubledServer:
    shared_secure.plan.clear()
    shared_secure.arrived.clear()
    shared_secure.signed_in.clear()
    shared_secure.encrypted.clear()
    return shared_secure


def mailer_of(server: TroubledServer) -> SmtpMailer:
    return SmtpMailer("127.0.0.1", server.port, Security.NONE, local_hostname="host.test")


def signed_in(server: TroubledServer, authority: Authority) -> SmtpMailer:
    return SmtpMailer(
        "127.0.0.1",
        server.port,
        username=USER,
        password=PASSWORD,
        context=authority.trusting(),
        local_hostname="host.test",
    )


def test_an_accepted_message_arrives_byte_for_byte(plain: TroubledServer) -> None:
    assert mailer_of(plain).send(MESSAGE) == Receipt(Outcome.SENT, "250 accepted")
    assert plain.arrived == [COPY]


LATER, REFUSED, SENT = Outcome.LATER, Outcome.REFUSED, Outcome.SENT


@pytest.mark.parametrize(
    ("phase", "reply", "outcome", "copies"),
    [
        (Phase.CONNECT, "", LATER, 0),
        (Phase.CONNECT, "421 busy", LATER, 0),
        (Phase.CONNECT, "554 no service here", LATER, 0),
        (Phase.EHLO, "", LATER, 0),
        (Phase.EHLO, "421 busy", LATER, 0),
        (Phase.EHLO, "550 go away", LATER, 0),
        (Phase.MAIL, "", LATER, 0),
        (Phase.MAIL, "451 try again", LATER, 0),
        (Phase.MAIL, "530 sign in first", LATER, 0),
        (Phase.MAIL, "552 too large", REFUSED, 0),
        (Phase.RCPT, "", LATER, 0),
        (Phase.RCPT, "450 greylisted", LATER, 0),
        (Phase.RCPT, "550 no such mailbox", REFUSED, 0),
        (Phase.RCPT, "399 what is this", LATER, 0),
        (Phase.DATA, "", LATER, 0),
        (Phase.DATA, "421 shutting down", LATER, 0),
        (Phase.DATA, "554 no valid recipients", REFUSED, 0),
        (Phase.HALF_BODY, "", LATER, 0),
        (Phase.BODY, "452 disk full", LATER, 0),
        (Phase.BODY, "554 spam", REFUSED, 0),
        (Phase.BODY, "", LATER, 1),
        (Phase.QUIT, "", SENT, 1),
        (Phase.QUIT, "421 no", SENT, 1),
    ],
)
def test_a_failure_in_a_phase(
    plain: TroubledServer, phase: Phase, reply: str, outcome: Outcome, copies: int
) -> None:
    plain.meets(Trouble(phase, reply))
    receipt = mailer_of(plain).send(MESSAGE)
    assert receipt.outcome is outcome
    assert plain.arrived == [COPY] * copies
    if reply and outcome is not SENT:
        assert receipt.reply == reply


@pytest.mark.parametrize(
    ("phase", "reply"),
    [
        (Phase.STARTTLS, ""),
        (Phase.STARTTLS, "454 not now"),
        (Phase.STARTTLS, "554 never"),
        (Phase.AUTH, ""),
        (Phase.AUTH, "454 directory is down"),
        (Phase.AUTH, "535 wrong password"),
    ],
)
def test_a_failure_to_encrypt_or_sign_in_is_not_the_messages_fault(
    secure: TroubledServer, authority: Authority, phase: Phase, reply: str
) -> None:
    # A client that knows two ways to sign in tries both.
    secure.meets(Trouble(phase, reply))
    receipt = signed_in(secure, authority).send(MESSAGE)
    assert (receipt.outcome, secure.arrived) == (LATER, [])
    assert receipt.reply.startswith(reply)


def test_a_server_that_is_not_there_puts_the_message_off() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        receipt = SmtpMailer("127.0.0.1", port, Security.NONE).send(MESSAGE)
    assert receipt.outcome is LATER
    assert receipt.reply.startswith("ConnectionRefusedError")


@pytest.mark.timeout(30)
def test_a_server_that_falls_silent_after_the_message_puts_it_off(plain: TroubledServer) -> None:
    plain.meets(Trouble(Phase.BODY, silent=True))
    receipt = evolve(mailer_of(plain), wait=60, wait_for_data=0.05).send(MESSAGE)
    assert receipt.outcome is LATER


def test_a_server_that_falls_silent_before_greeting_puts_the_message_off(
    plain: TroubledServer,
) -> None:
    plain.meets(Trouble(Phase.CONNECT, silent=True))
    assert evolve(mailer_of(plain), wait=0.05).send(MESSAGE).outcome is LATER
    assert plain.arrived == []


@pytest.mark.parametrize("without", ["PLAIN", "LOGIN"])
def test_credentials_are_told_over_tls_in_the_way_the_server_knows(
    authority: Authority, without: str
) -> None:
    manner = Manner(sign_in=True, without=(without,))
    with smtp_server(encrypted(authority, manner)) as server:
        assert signed_in(server, authority).send(MESSAGE).outcome is SENT
    other = {"PLAIN": "LOGIN", "LOGIN": "PLAIN"}[without]
    assert (server.signed_in, server.encrypted, server.arrived) == ([other], [True], [COPY])


def test_a_wrong_password_loses_no_message(secure: TroubledServer, authority: Authority) -> None:
    receipt = evolve(signed_in(secure, authority), password="another").send(MESSAGE)
    assert (receipt.outcome, receipt.reply[:3]) == (LATER, "535")
    assert (secure.arrived, secure.signed_in) == ([], [])


def test_tls_from_the_first_byte(authority: Authority) -> None:
    manner = encrypted(authority, Manner(implicit_tls=True))
    with smtp_server(manner) as server:
        mailer = SmtpMailer("127.0.0.1", server.port, Security.TLS, context=authority.trusting())
        assert mailer.send(MESSAGE).outcome is SENT
    assert server.arrived == [COPY]


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_nobody_vouches_for_gets_no_message(
    authority: Authority, security: Security
) -> None:
    manner = encrypted(authority, Manner(implicit_tls=security is Security.TLS))
    with smtp_server(manner) as server:
        receipt = SmtpMailer("127.0.0.1", server.port, security).send(MESSAGE)
    assert (receipt.outcome, server.arrived) == (LATER, [])
    assert "CERTIFICATE_VERIFY_FAILED" in receipt.reply


def test_a_certificate_of_another_host_gets_no_message(authority: Authority) -> None:
    with smtp_server(encrypted(authority)) as server:
        mailer = SmtpMailer("127.0.0.2", server.port, context=authority.trusting())
        receipt = mailer.send(MESSAGE)
    assert (receipt.outcome, server.arrived) == (LATER, [])


def test_a_server_without_starttls_gets_no_message(plain: TroubledServer) -> None:
    receipt = evolve(mailer_of(plain), security=Security.STARTTLS).send(MESSAGE)
    assert (receipt.outcome, plain.arrived) == (LATER, [])
    assert "STARTTLS" in receipt.reply


def test_credentials_do_not_go_over_an_open_line() -> None:
    with pytest.raises(NotAllowedHere):
        SmtpMailer("127.0.0.1", 25, Security.NONE, username=USER, password=PASSWORD)


def test_credentials_that_cannot_be_spelled_are_refused_and_not_shown() -> None:
    with pytest.raises(Invalid) as refused:
        SmtpMailer("127.0.0.1", username=USER, password="пароль")
    assert "пароль" not in str(refused.value)
    assert "a long" not in repr(SmtpMailer("127.0.0.1", username=USER, password=PASSWORD))


IN_UKRAINIAN = evolve(MESSAGE, recipient="директор@school.test")


def test_an_address_in_ukrainian_letters_needs_a_server_that_takes_them(
    plain: TroubledServer,
) -> None:
    assert mailer_of(plain).send(IN_UKRAINIAN).outcome is SENT
    assert plain.arrived == [evolve(COPY, recipient="директор@school.test")]
    with smtp_server(Manner(smtputf8=False)) as server:
        receipt = mailer_of(server).send(IN_UKRAINIAN)
    assert receipt == Receipt(REFUSED, "the server does not offer SMTPUTF8")
    assert server.arrived == []


def test_a_reply_that_is_not_unicode_is_kept_readable(plain: TroubledServer) -> None:
    plain.meets(Trouble(Phase.RCPT, "550-немає такої скриньки\r\n550 тут"))
    receipt = mailer_of(plain).send(MESSAGE)
    assert receipt == Receipt(REFUSED, "550 немає такої скриньки\nтут")


def test_a_receipt_can_be_pickled() -> None:
    receipt = Receipt(LATER, "451 later")
    assert pickle.loads(pickle.dumps(receipt)) == receipt
