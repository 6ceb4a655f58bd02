"""Taking schools' messages in: step 1 of the ministry's procedure."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from ejournal.authority import require
from ejournal.ids import RequestId, spell_id
from ejournal.intake import Reading
from ejournal.model.connection import (
    AccessRequest,
    Clarification,
    Command,
    MessageKept,
    ReceivedMessage,
    RequestCompleted,
    RequestReceived,
    RequestState,
    questions,
)
from ejournal.model.identifiers import Email
from ejournal.model.letters import LetterKind
from ejournal.model.permissions import Action
from ejournal.model.request_items import Flaw, Found, Item, RequestItems
from ejournal.store.threads import beside_the_first, write_about
from ejournal.store.units import RegistryUnit

__all__ = ["receive"]

# A responder that does not say it is one would be asked for ever.
_MOST_QUESTIONS = 5


def receive(unit: RegistryUnit, reading: Reading) -> AccessRequest:
    """Take a message in: open a request, complete the one it answers, or keep it with its thread.

    The same Message-ID again changes nothing. A school whose request is open gets its further one
    linked to that (rule 98). The sender is answered unless the message was written by a machine;
    nothing is ever refused for what it says. A reply from an address that the request does not
    know adds what is missing and replaces nothing: a school's codes, and the Message-IDs of our
    answers to whoever names them, are no secrets.
    """
    require(unit, Action.RECEIVE_REQUEST)
    known = unit.messages.find(reading.envelope.message_id)
    if known is not None:
        return unit.requests.get(known.request)
    request = _thread(unit, reading.envelope.references)
    if request is None or _asks_anew(request, reading):
        return _open(unit, reading)
    admitted = _admitted(request, reading)
    if _adds(request, admitted):
        return _supplement(unit, request, admitted)
    _keep_message(unit, request, reading)
    unit.record(MessageKept(request.id, reading.envelope.message_id))
    return request


def _thread(unit: RegistryUnit, references: Iterable[str]) -> AccessRequest | None:
    """Return the request that a message answers; of a linked one, the first while it is open."""
    for reference in reversed(tuple(references)):
        message = unit.messages.find(reference)
        if message is not None:
            request = unit.requests.get(message.request)
            first = None if request.linked_to is None else unit.requests.get(request.linked_to)
            return request if first is None or not first.is_open else first
    return None


def _asks_anew(request: AccessRequest, reading: Reading) -> bool:
    """Say whether a message in the thread of a closed request names a school once more."""
    items = reading.items
    named = items.diso_id is not None or items.edrpou is not None
    return not request.is_open and named and not reading.envelope.auto_submitted


def _admitted(request: AccessRequest, reading: Reading) -> Reading:
    """Return the reply with what its sender may say in this request."""
    if _knows(request, reading.envelope.sender):
        return reading
    lacking = request.items.missing
    return evolve(
        reading,
        items=RequestItems(**{item.value: getattr(reading.items, item.value) for item in lacking}),
        found=tuple(found for found in reading.found if found.item in lacking),
        flaws=tuple(flaw for flaw in reading.flaws if flaw.item in lacking),
    )


def _knows(request: AccessRequest, sender: Email | None) -> bool:
    known = (request.sender, request.items.admin_email)
    return sender is not None and any(each and each.folded == sender.folded for each in known)


def _adds(request: AccessRequest, reading: Reading) -> bool:
    """Say whether a reply moves the request: «дякуємо» must not take it out of review."""
    if reading.envelope.auto_submitted or not request.may(Command.COMPLETE):
        return False
    changed = request.items.updated_by(reading.items) != request.items
    return changed or request.state is RequestState.INCOMPLETE


def _open(unit: RegistryUnit, reading: Reading) -> AccessRequest:
    envelope, missing = reading.envelope, reading.items.missing
    request = AccessRequest(
        id=RequestId(unit.new_id()),
        state=RequestState.INCOMPLETE if missing else RequestState.RECEIVED,
        received_at=unit.now,
        expires_at=unit.now + unit.policies.request_term,
        items=reading.items,
        flaws=reading.flaws,
        found=reading.found,
        sender=envelope.sender,
        subject=envelope.subject,
        text=reading.text,
        message_id=envelope.message_id,
    )
    kept = unit.requests.add(_answered(unit, beside_the_first(unit, request), reading))
    unit.messages.add(
        ReceivedMessage(envelope.message_id, kept.id, unit.now, sender=envelope.sender)
    )
    unit.record(
        RequestReceived(kept.id, kept.linked_to, envelope.message_id, _codes(kept.items.missing))
    )
    return kept


def _supplement(unit: RegistryUnit, request: AccessRequest, reading: Reading) -> AccessRequest:
    envelope = reading.envelope
    items = request.items.updated_by(reading.items)
    completed = request.completed(
        items,
        flaws=_flaws(request, reading, items),
        found=_found(request, reading),
        expires_at=unit.now + unit.policies.request_term,
    )
    kept = unit.requests.save(_answered(unit, beside_the_first(unit, completed), reading))
    _keep_message(unit, kept, reading)
    unit.record(
        RequestCompleted(
            kept.id,
            kept.linked_to,
            _folded(envelope.sender) == _folded(request.sender),
            envelope.message_id,
            _codes(kept.items.missing),
        )
    )
    return kept


def _flaws(request: AccessRequest, reading: Reading, items: RequestItems) -> tuple[Flaw, ...]:
    """Return what the reply has wrong, and what was wrong before and is still missing."""
    told_again = {flaw.item for flaw in reading.flaws}
    missing = items.missing
    before = (
        flaw for flaw in request.flaws if flaw.item in missing and flaw.item not in told_again
    )
    return (*before, *reading.flaws)


def _found(request: AccessRequest, reading: Reading) -> tuple[Found, ...]:
    again = {found.item for found in reading.found}
    return (*(found for found in request.found if found.item not in again), *reading.found)


def _keep_message(unit: RegistryUnit, request: AccessRequest, reading: Reading) -> None:
    envelope = reading.envelope
    unit.messages.add(
        ReceivedMessage(
            envelope.message_id, request.id, unit.now, sender=envelope.sender, text=reading.text
        )
    )


def _answered(unit: RegistryUnit, request: AccessRequest, reading: Reading) -> AccessRequest:
    """Queue what the sender is to be told, and return the request with what it was asked.

    Nobody is quoted but to themselves.
    """
    envelope = reading.envelope
    if envelope.sender is None or envelope.auto_submitted:
        return request
    if request.state is RequestState.LINKED:
        kind, data = LetterKind.DUPLICATE, {"number": spell_id(request.linked_to or request.id)}
    elif request.state is RequestState.RECEIVED:
        kind, data = LetterKind.RECEIVED, {"number": spell_id(request.id)}
    elif len(request.clarifications) < _MOST_QUESTIONS:
        said = request.flaws if _knows(request, envelope.sender) else reading.flaws
        lines = questions(request.items, said)
        kind, data = LetterKind.CLARIFICATION, {"questions": "\n".join(lines)}
        question = Clarification(unit.now, _codes(request.items.missing))
        request = request.clarified(question, expires_at=request.expires_at)
    else:
        return request
    about = {"subject": envelope.subject, **data}
    write_about(unit, request, kind, about, to=envelope.sender, in_reply_to=envelope.message_id)
    return request


def _codes(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(item.value for item in items)


def _folded(address: Email | None) -> str:
    return "" if address is None else address.folded
