"""A message as it came over the wire (RFC 5322, MIME) made an envelope and readable texts.

Python's own parser recurses and takes quadratic time on hostile input, so headers and parts are
cut here: in linear time, to a bounded depth, and without a refusal for any bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from email.message import Message

from attrs import Factory, define, field, frozen

from ejournal.errors import Invalid
from ejournal.intake.decoding import LIMIT, clean, decode, decode_header, decode_transfer
from ejournal.intake.markup import text_of
from ejournal.model.identifiers import Email, parse_email

__all__ = ["Envelope", "Opened", "Part", "open_message"]

_DEEPEST = 10
_MOST_PARTS = 60
_LONGEST_HEADER = 8192
_MOST_HEADERS = 1000

_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
# Messages are looked up by it, and an index of PostgreSQL holds no more than 2,700 bytes.
_LONGEST_ID = 500
_ADDRESS = re.compile(
    r"<\s*([^<>\s]{1,320}@[^<>\s]{1,320})\s*>|(?<!\S)([^<>\s]{1,320}@[^<>\s]{1,320})"
)
_MARKUP = re.compile(r"\s*<(?:!doctype html|html|head|body|div|table|p)\b", re.IGNORECASE)
_BY_NAME = {
    "txt": "text/plain",
    "csv": "text/plain",
    "htm": "text/html",
    "html": "text/html",
    "eml": "message/rfc822",
}
_ROBOTS = re.compile(r"\s*<?(?:mailer-daemon|postmaster|no-?reply-daemon)@", re.IGNORECASE)
_IN_BULK = frozenset({"bulk", "junk", "auto_reply", "auto-reply"})


@frozen
class Envelope:
    """Who sent a message, in answer to what, and whether a person did.

    A message that names itself by no Message-ID has one made of its bytes, the same each time; one
    that is too long to be found by has one made of that.
    """

    message_id: str
    sender: Email | None
    sender_name: str
    subject: str
    references: tuple[str, ...]
    auto_submitted: bool


@frozen
class Part:
    """A text of a message: its kind, and whether somebody else's message or file brought it.

    Parts with the same `choice` other than 0 say the same in different forms.
    """

    name: str
    text: str
    attached: bool
    choice: int


@frozen
class Opened:
    """A message with its texts; `by_robot` where nothing in it is the sender's own word.

    Delivery reports quote what we wrote, and an out-of-office reply knows nothing of the request.
    """

    envelope: Envelope
    parts: tuple[Part, ...]
    by_robot: bool


def open_message(raw: bytes) -> Opened:
    """Return what any bytes hold when they are read as a message."""
    entity = _split(raw)
    reader = _Reader()
    reader.entity(entity, _Place())
    is_report = entity.media_type == "multipart/report"
    answered = entity.header("auto-submitted").lower().startswith("auto-repl")
    return Opened(_envelope(entity, raw), tuple(reader.parts), is_report or answered)


@frozen
class _Entity:
    """A message or a part of one: header fields by small name, and the body as it came."""

    headers: dict[str, list[bytes]]
    body: bytes
    _content: Message = field(init=False)

    def __attrs_post_init__(self) -> None:
        content = Message()
        for name in ("content-type", "content-disposition"):
            if name in self.headers:
                content[name] = decode(self.headers[name][0], None)
        object.__setattr__(self, "_content", content)

    def header(self, name: str) -> str:
        return decode_header(self.headers[name][0]) if name in self.headers else ""

    @property
    def media_type(self) -> str:
        return self._content.get_content_type()

    @property
    def boundary(self) -> bytes:
        return (self._content.get_boundary() or "").encode("utf-8", "replace")

    @property
    def charset(self) -> str | None:
        return self._content.get_content_charset()

    @property
    def is_flowed(self) -> bool:
        return str(self._content.get_param("format", "")).lower() == "flowed"

    @property
    def extension(self) -> str:
        """The end of the file name, or nothing where the part has none."""
        name = decode_header((self._content.get_filename() or "").encode("utf-8", "replace"))
        return name.rpartition(".")[2].lower() if "." in name else ""

    @property
    def is_attached(self) -> bool:
        named = self._content.get_content_disposition() == "attachment"
        return named or bool(self._content.get_filename())

    @property
    def content(self) -> bytes:
        encoding = self.header("content-transfer-encoding").lower().strip()
        return decode_transfer(self.body, encoding)


def _split(raw: bytes) -> _Entity:
    """Cut header fields off; the body begins at the first line that cannot be one."""
    headers: dict[str, list[bytes]] = {}
    current: list[bytes] = []
    fields = [current]
    place = _past_envelope_line(raw)
    while place < len(raw) and len(fields) <= _MOST_HEADERS:
        end = raw.find(b"\n", place) + 1 or len(raw)
        line = raw[place:end].rstrip(b"\r\n")
        if not line:
            place = end
            break
        if line[:1] in b" \t" and current:
            current.append(line)
        elif _HEADER.fullmatch(line[:_LONGEST_HEADER]):
            current = [line]
            fields.append(current)
        else:
            break
        place = end
    for lines in fields:
        found = _HEADER.fullmatch(b"".join(lines)[:_LONGEST_HEADER])
        if found:
            headers.setdefault(found[1].decode("ascii").lower(), []).append(found[2].strip())
    return _Entity(headers, raw[place:])


def _past_envelope_line(raw: bytes) -> int:
    """Skip empty lines and the line that begins a message in a file of many."""
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    if raw.startswith(b"From ", start):
        return raw.find(b"\n", start) + 1 or len(raw)
    return start


@frozen
class _Place:
    """Where in a message the reader is."""

    depth: int = 0
    attached: bool = False
    choice: int = 0


@define
class _Reader:
    """Collects the texts of a message, until the bound on their number or size is met."""

    parts: list[Part] = Factory(list)
    room: int = LIMIT
    choices: int = 0

    def entity(self, entity: _Entity, place: _Place) -> None:
        kind = entity.media_type
        if kind == "application/octet-stream" or entity.is_attached:
            kind = _BY_NAME.get(entity.extension, kind)
        if place.depth and entity.is_attached:
            place = _Place(place.depth, attached=True)
        if place.depth < _DEEPEST and kind.startswith("multipart/") and entity.boundary:
            self._multipart(entity, place)
        elif place.depth < _DEEPEST and kind == "message/rfc822":
            inner = _split(entity.content)
            self.entity(inner, _Place(place.depth + 1, attached=True))
        elif kind.startswith(("text/", "multipart/", "message/")):
            self._leaf(entity, kind, place)

    def _multipart(self, entity: _Entity, place: _Place) -> None:
        choice = place.choice
        if entity.media_type == "multipart/alternative" and not choice:
            self.choices += 1
            choice = self.choices
        pieces = list(_pieces(entity.body, entity.boundary))
        for piece in pieces:
            self.entity(_split(piece), _Place(place.depth + 1, place.attached, choice))
        if not pieces:
            self._leaf(entity, "text/plain", place)

    def _leaf(self, entity: _Entity, kind: str, place: _Place) -> None:
        if self.room <= 0 or len(self.parts) >= _MOST_PARTS:
            return
        content = _whole_lines(entity.content, self.room)
        self.room -= len(content)
        text = clean(decode(content, entity.charset))
        if kind in ("text/html", "application/xhtml+xml") or _MARKUP.match(text):
            text = clean(text_of(text)[:LIMIT])
        elif entity.is_flowed:
            text = _unflowed(text)
        if text.strip():
            self.parts.append(Part(kind, text, place.attached, place.choice))


def _whole_lines(content: bytes, room: int) -> bytes:
    """Return as much as there is room for, up to the end of a line, so that no letter is cut."""
    if len(content) < room:
        return content
    return content[: content.rfind(b"\n", 0, room) + 1] or content[:room]


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """Yield what stands between the delimiter lines, a missing last one forgiven."""
    delimiter = re.compile(rb"(?:\A|\n)--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    start = None
    for count, line in enumerate(delimiter.finditer(body)):
        if start is not None:
            yield body[start : line.start()]
        start = line.end() + 1
        if line[1] or count >= _MOST_PARTS:
            return
    if start is not None:
        yield body[start:]


def _unflowed(text: str) -> str:
    """Join the lines of `format=flowed` (RFC 3676) that end in a space."""
    lines: list[str] = []
    pieces: list[str] = []
    quote = ""
    for line in text.split("\n"):
        depth = re.match(r">*", line)
        marks = depth[0] if depth else ""
        content = line[len(marks) :].removeprefix(" ")
        if pieces and marks != quote:
            lines.append(_quoted(quote, pieces))
            pieces = []
        quote = marks
        pieces.append(content)
        if not content.endswith(" ") or content == "-- ":
            lines.append(_quoted(quote, pieces))
            pieces = []
    return "\n".join([*lines, _quoted(quote, pieces)] if pieces else lines)


def _quoted(marks: str, pieces: list[str]) -> str:
    text = "".join(pieces)
    return f"{marks} {text}" if marks else text


def _envelope(entity: _Entity, raw: bytes) -> Envelope:
    written = entity.header("from")
    return Envelope(
        message_id=_message_id(entity, raw),
        sender=_sender(written),
        sender_name=_ADDRESS.sub("", written).strip(" \"'<>")[:200],
        subject=entity.header("subject"),
        references=_references(entity),
        auto_submitted=_is_automatic(entity, written),
    )


def _message_id(entity: _Entity, raw: bytes) -> str:
    written = entity.header("message-id")
    found = _MESSAGE_ID.search(written)
    if found:
        return _to_be_found_by(found[0])
    bare = "".join(written.split()).strip("<>")
    return _to_be_found_by(f"<{bare}>") if bare else _digest_of(raw)


def _to_be_found_by(message_id: str) -> str:
    if len(message_id) <= _LONGEST_ID:
        return message_id
    return _digest_of(message_id.encode("utf-8", "replace"))


def _digest_of(content: bytes) -> str:
    return f"<sha256-{hashlib.sha256(content).hexdigest()}@message.invalid>"


def _references(entity: _Entity) -> tuple[str, ...]:
    written = f"{entity.header('in-reply-to')} {entity.header('references')}"
    return tuple(dict.fromkeys(map(_to_be_found_by, _MESSAGE_ID.findall(written))))


def _sender(written: str) -> Email | None:
    found = _ADDRESS.search(written)
    if not found:
        return None
    try:
        return parse_email(found[1] or found[2])
    except Invalid:
        return None


def _is_automatic(entity: _Entity, sender: str) -> bool:
    marked = entity.header("auto-submitted").lower().partition(";")[0].strip()
    address = _ADDRESS.search(sender)
    return bool(
        marked not in ("", "no")
        or entity.media_type == "multipart/report"
        or entity.header("precedence").lower() in _IN_BULK
        or entity.header("return-path").replace(" ", "") == "<>"
        or "x-autoreply" in entity.headers
        or "x-autorespond" in entity.headers
        or (address and _ROBOTS.match(address[0]))
    )
