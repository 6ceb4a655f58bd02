"""A letter as a message of RFC 5322: the same letter gives the same bytes at every attempt."""

from __future__ import annotations

import re
from email import policy
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage

from ejournal.ids import spell_id
from ejournal.model.identifiers import Email
from ejournal.model.letters import Letter, LetterKind, ascii_domain
from ejournal.model.wording import Letterhead, word

__all__ = ["compose", "mailbox_of"]

_SENDER_NAME = "Електронні журнали та щоденники"
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")

# As free text somebody else's long identifier would be folded into pieces that no program joins.
_HEADERS = HeaderRegistry()
for _name in ("in-reply-to", "references"):
    _HEADERS.map_to_type(_name, _HEADERS["message-id"])


def compose(letter: Letter, *, letterhead: Letterhead, link: str | None = None) -> EmailMessage:
    """Return the message, in text and HTML, ready to be handed over.

    Nothing in the letter's data can add a header. An answer names the message it answers, so
    that the school's reply finds its request. Raises `Incomplete` for an invitation without its
    `link`.
    """
    wording = word(letter, letterhead, link)
    message = EmailMessage(_policy(letter.recipient))
    message["From"] = _address(letterhead.sender, _SENDER_NAME)
    message["To"] = _address(letter.recipient.text)
    message["Subject"] = wording.subject
    message["Date"] = letter.queued_at
    message["Message-ID"] = letter.message_id
    for name, value in _marks(letter):
        message[name] = value
    message["Content-Language"] = "uk"
    message.set_content(wording.text, cte="base64")
    message.add_alternative(wording.html, subtype="html", cte="base64")
    message.set_boundary(f"=_{spell_id(letter.id)}")
    return message


def mailbox_of(address: str) -> str:
    """Return an address as mail servers take it: the local part as written, the domain in IDNA."""
    return f"{address.rpartition('@')[0]}@{ascii_domain(address)}"


def _policy(recipient: Email) -> policy.EmailPolicy[EmailMessage]:
    local = recipient.text.rpartition("@")[0]
    chosen = policy.SMTP if local.isascii() else policy.SMTPUTF8
    return chosen.clone(header_factory=_HEADERS)


def _address(address: str, name: str = "") -> Address:
    return Address(name, address.rpartition("@")[0], ascii_domain(address))


def _marks(letter: Letter) -> list[tuple[str, str]]:
    """Tell other machines not to answer (RFC 3834), and which message this one answers."""
    answered = _MESSAGE_ID.fullmatch(letter.in_reply_to)
    marks = []
    if letter.kind is not LetterKind.ANNOUNCEMENT:
        marks.append(("Auto-Submitted", "auto-replied" if answered else "auto-generated"))
    if answered:
        marks += [("In-Reply-To", letter.in_reply_to), ("References", letter.in_reply_to)]
    return marks
