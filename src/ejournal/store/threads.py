"""What receiving and reviewing share: a request's place beside others, and letters about it."""

from __future__ import annotations

from collections.abc import Mapping

from ejournal.model.connection import AccessRequest, Direction, ReceivedMessage
from ejournal.model.identifiers import Email
from ejournal.model.letters import LetterKind
from ejournal.store.outbox import queue
from ejournal.store.units import RegistryUnit

__all__ = ["beside_the_first", "other_open", "write_about"]


def other_open(unit: RegistryUnit, request: AccessRequest) -> AccessRequest | None:
    """Return the open request of the same school, by ДІСО id or else by ЄДРПОУ."""
    same = unit.requests.open_for(request.diso_id, request.edrpou)
    return next((other for other in same if other.id != request.id), None)


def beside_the_first(unit: RegistryUnit, request: AccessRequest) -> AccessRequest:
    """Return the request, linked where another of the same school is open (rule 98)."""
    first = other_open(unit, request)
    return request if first is None else request.linked(first.id)


def write_about(
    unit: RegistryUnit,
    request: AccessRequest,
    kind: LetterKind,
    data: Mapping[str, str],
    *,
    to: Email,
    in_reply_to: str,
) -> None:
    """Queue a letter about the request and keep its Message-ID, so that a reply finds the way."""
    named = {"school": request.items.school_name} if request.items.school_name else {}
    about = {"subject": request.subject, **named, **data}
    letter = queue(unit, kind, to, about, request=request.id, in_reply_to=in_reply_to)
    unit.messages.add(ReceivedMessage(letter.message_id, request.id, unit.now, Direction.OUTGOING))
