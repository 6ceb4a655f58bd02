"""A letter as a message of RFC 5322: the same letter gives the same bytes at every attempt."""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Iterator
from email.header import Header
from email.utils import format_datetime

from ejournal.ids import spell_id
from ejournal.model.letters import Letter, LetterKind, ascii_domain
from ejournal.model.wording import Letterhead, word

__all__ = ["compose", "mailbox_of"]

# One encoded word: some programs put a space between two.
_SENDER_NAME = "Електронний журнал"
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")


# `email.message.EmailMessage` is not used to write: where it folds a long header it loses spaces
# between encoded words, and breaks long message identifiers into pieces that no program joins.
def compose(letter: Letter, *, letterhead: Letterhead, link: str | None = None) -> bytes:
    """Return the message, in text and HTML, ready to be handed over.

    Nothing in the letter's data can add a header. An answer names the message it answers, so
    that the school's reply finds its request. Raises `Incomplete` for an invitation without its
    `link`.
    """
    wording = word(letter, letterhead, link)
    boundary = f"=_{spell_id(letter.id)}"
    lines = [
        *_headers(letter, letterhead, wording.subject),
        "MIME-Version: 1.0",
        f'Content-Type: multipart/alternative; boundary="{boundary}"',
        "",
        *_part(boundary, "plain", wording.text),
        *_part(boundary, "html", wording.html),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode()


def mailbox_of(address: str) -> str:
    """Return an address as mail servers take it: the local part as written, the domain in IDNA."""
    return f"{address.rpartition('@')[0]}@{ascii_domain(address)}"


def _headers(letter: Letter, letterhead: Letterhead, subject: str) -> Iterator[str]:
    yield f"From: {_encoded(_SENDER_NAME, 'From')}\r\n <{mailbox_of(letterhead.sender)}>"
    yield f"To: {mailbox_of(letter.recipient.text)}"
    yield f"Subject: {_encoded(subject, 'Subject')}"
    yield f"Date: {format_datetime(letter.queued_at)}"
    yield f"Message-ID: {letter.message_id}"
    yield "Content-Language: uk"
    answered = _MESSAGE_ID.fullmatch(letter.in_reply_to)
    if letter.kind is not LetterKind.ANNOUNCEMENT:
        # Other machines are told not to answer (RFC 3834).
        yield f"Auto-Submitted: {'auto-replied' if answered else 'auto-generated'}"
    if answered:
        yield f"In-Reply-To: {letter.in_reply_to}"
        yield f"References: {letter.in_reply_to}"


def _encoded(text: str, header: str) -> str:
    """Return text as encoded words (RFC 2047) on lines of at most 76 characters."""
    return Header(text, "utf-8", maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _part(boundary: str, subtype: str, text: str) -> Iterator[str]:
    yield f"--{boundary}"
    yield f"Content-Type: text/{subtype}; charset=utf-8"
    yield "Content-Transfer-Encoding: base64"
    yield ""
    yield from encodebytes(text.replace("\n", "\r\n").encode()).decode().split()
