"""The file of a transfer packet: canonical JSON with a format number and a seal of its content.

```text
{"content": {…}, "format": 1, "sha256": "…"}
```

The seal is the SHA-256 of `{"content": {…}, "format": 1}` in canonical JSON (RFC 8785), the same
that entries of the ledger are spelled in. A packet that a pupil came with stands in the next one as
the same object, so its seal holds there, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from attrs import frozen

from ejournal.codec import make_converter
from ejournal.errors import Invalid
from ejournal.model.ledger import Spelled, canonical
from ejournal.model.transfers import TransferPacket

__all__ = ["PACKET_FORMAT", "SealedPacket", "read_packet", "seal_packet"]

PACKET_FORMAT = 1
"""The number of the way packets are spelled; a reader refuses one that it does not know."""

_CONVERTER = make_converter()
_FIELD = "packet"
_NAMES = {"content", "format", "sha256"}


@frozen
class SealedPacket:
    """A packet, the text of its file and the seal of its content."""

    packet: TransferPacket
    text: str
    sha256: str

    @property
    def file(self) -> bytes:
        """The file: the text in UTF-8."""
        return self.text.encode()


def seal_packet(packet: TransferPacket) -> SealedPacket:
    """Return the packet with its file: the same packet always gives the same bytes."""
    content = _CONVERTER.unstructure(packet)
    content["earlier"] = [json.loads(text) for text in packet.earlier]
    digest = _digest(content, PACKET_FORMAT)
    text = canonical({"content": content, "format": PACKET_FORMAT, "sha256": digest})
    return SealedPacket(packet, text, digest)


def read_packet(data: bytes) -> SealedPacket:
    """Return what a file holds, so that its bytes can be given out again.

    Raises `Invalid`, quoting nothing, for a file that is not a packet, of a format that is not
    known, with content that is not what was sealed, or spelled otherwise than `seal_packet` does.
    """
    try:
        return _read(data.decode())
    except Invalid as error:
        raise _refusal(error.reason if error.field == _FIELD else "pattern") from None
    except (ExceptionGroup, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _refusal("pattern") from None


def _read(text: str) -> SealedPacket:
    document = json.loads(text)
    if not isinstance(document, dict) or document.keys() != _NAMES:
        raise _refusal("pattern")
    if document["format"] != PACKET_FORMAT:
        raise _refusal("format")
    content = document["content"]
    if _digest(content, PACKET_FORMAT) != document["sha256"]:
        raise _refusal("seal")
    earlier = tuple(_read(canonical(each)).text for each in content["earlier"])
    packet: TransferPacket = _CONVERTER.structure({**content, "earlier": earlier}, TransferPacket)
    sealed = seal_packet(packet)
    if sealed.text != text:
        raise _refusal("normal-form")
    return sealed


def _digest(content: Mapping[str, Spelled], number: int) -> str:
    told = canonical({"content": content, "format": number})
    return hashlib.sha256(told.encode()).hexdigest()


def _refusal(reason: str) -> Invalid:
    return Invalid(_FIELD, "", reason, personal=True)
