"""Handing queued letters over to the mail system: at least once, each under one Message-ID.

A letter is taken by lease, composed and sent outside any transaction, and settled in one. A
process that dies keeps its letter only until the lease runs out, so nothing is lost. A second
copy can go out in two cases: the server's reply to the whole message was lost, or the process
died between that reply and settling. The lease must outlast the mailer's patience.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import islice

from attrs import frozen

from ejournal.errors import Stale
from ejournal.ids import REGISTRY, LetterId, RequestId, SchoolId
from ejournal.model.access import Invitation, System
from ejournal.model.connection import Command
from ejournal.model.ledger import Event
from ejournal.model.letters import (
    Delivery,
    Letter,
    LetterCancelled,
    LetterKind,
    LetterRefused,
    LetterSent,
    LetterState,
)
from ejournal.model.mail import compose, mailbox_of
from ejournal.model.tokens import TOKEN_LENGTH, read_token, token_of
from ejournal.model.wording import Letterhead
from ejournal.ports import Mailer, Outcome, Policies, Posted
from ejournal.store import Store
from ejournal.store.units import HousekeepingUnit, RegistryUnit, SchoolUnit

__all__ = ["DeliveryReport", "deliver", "letterhead_of", "link_of"]

_DELIVERY = System("delivery")
_LONGEST_REPLY = 500
_TELLING = 8


@frozen
class DeliveryReport:
    """How many letters one run sent, put off, saw refused, and found to be sent no more."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    cancelled: int = 0


@frozen
class _Taken:
    """A letter that this run holds; nobody else takes it before the lease runs out."""

    school: SchoolId
    delivery: Delivery
    letter: Letter
    invitation: Invitation | None
    at: datetime


@frozen
class _Verdict:
    """What is to become of a letter, and the words for it."""

    state: LetterState
    reply: str = ""


def deliver(
    store: Store, mailer: Mailer, key: bytes, *, holder: str, limit: int = 100
) -> DeliveryReport:
    """Try each due letter once, at most `limit` of them, and say what came of it.

    `holder` names this process in the leases; any number of them may run at once. `key` makes the
    links of invitations: raises `Invalid` for one under 128 bits when there is a link to make. A
    letter that is put off is due again after a wait that doubles.
    """
    counts: Counter[LetterState] = Counter()
    for school, letter in _due(store, limit):
        taken = _take(store, school, letter, holder)
        if taken is not None:
            counts[_attempt(store, mailer, key, taken)] += 1
    return DeliveryReport(
        sent=counts[LetterState.SENT],
        postponed=counts[LetterState.QUEUED],
        refused=counts[LetterState.REFUSED],
        cancelled=counts[LetterState.CANCELLED],
    )


def link_of(policies: Policies, key: bytes, school: SchoolId, invitation: Invitation) -> str:
    """Return the address that accepts an invitation; it is a secret and is kept nowhere."""
    return policies.sign_in_url + token_of(key, school, invitation)


def letterhead_of(policies: Policies) -> Letterhead:
    """Return what the host's policies put on every letter."""
    return Letterhead(
        policies.sender,
        policies.instructions_url,
        policies.first_steps_url,
        policies.time_zone,
    )


def _due(store: Store, limit: int) -> list[tuple[SchoolId, LetterId]]:
    with store.browsing(_DELIVERY) as unit:
        due = islice(unit.deliveries.due(unit.now), limit)
        return [(school, delivery.letter) for school, delivery in due]


def _take(store: Store, school: SchoolId, letter: LetterId, holder: str) -> _Taken | None:
    delivery = store.run_housekeeping(_DELIVERY, partial(_lease, school, letter, holder))
    if delivery is None:
        return None
    if school == REGISTRY:
        with store.browsing(_DELIVERY) as registry:
            return _Taken(school, delivery, registry.letters.get(letter), None, registry.now)
    with store.reading(school, _DELIVERY) as unit:
        kept = unit.letters.get(letter)
        invitation = unit.invitations.get(kept.invitation) if kept.invitation else None
        return _Taken(school, delivery, kept, invitation, unit.now)


def _lease(
    school: SchoolId, letter: LetterId, holder: str, unit: HousekeepingUnit
) -> Delivery | None:
    """Return the delivery held from now on, or None where somebody else was quicker."""
    deliveries = unit.of(school).deliveries
    delivery = deliveries.get(letter)
    if delivery.settled or delivery.due_at > unit.now:
        return None
    try:
        return deliveries.save(delivery.taken(holder, unit.now + unit.policies.lease))
    except Stale:
        return None


def _attempt(store: Store, mailer: Mailer, key: bytes, taken: _Taken) -> LetterState:
    verdict = _obstacle(taken) or _send(store.policies, mailer, key, taken)
    if verdict.state is LetterState.QUEUED:
        store.run_housekeeping(_DELIVERY, partial(_postpone, taken, verdict.reply))
    elif taken.letter.request is None and taken.school != REGISTRY:
        store.run(taken.school, _DELIVERY, _settle, taken, verdict)
    else:
        store.run_registry(_DELIVERY, _settle_above, taken, verdict)
    return verdict.state


def _obstacle(taken: _Taken) -> _Verdict | None:
    """Say why the letter is to be sent no more, if it is not."""
    if taken.letter.state is not LetterState.QUEUED:
        return _Verdict(taken.letter.state)
    invitation = taken.invitation
    if invitation is None or invitation.is_open(taken.at):
        return None
    return _Verdict(LetterState.CANCELLED, invitation.obstacle(taken.at))


def _send(policies: Policies, mailer: Mailer, key: bytes, taken: _Taken) -> _Verdict:
    invitation = taken.invitation
    link = None if invitation is None else link_of(policies, key, taken.school, invitation)
    raw = compose(taken.letter, letterhead=letterhead_of(policies), link=link)
    receipt = mailer.send(
        Posted(
            taken.letter.message_id,
            mailbox_of(policies.sender),
            mailbox_of(taken.letter.recipient.text),
            raw,
        )
    )
    return _Verdict(_STATES[receipt.outcome], _fit_to_keep(receipt.reply, link))


_STATES = {
    Outcome.SENT: LetterState.SENT,
    Outcome.LATER: LetterState.QUEUED,
    Outcome.REFUSED: LetterState.REFUSED,
}


def _fit_to_keep(reply: str, link: str | None) -> str:
    """Return a server's reply without the secret: filters quote the links they object to."""
    if link is not None and _tells(reply, read_token(link[-TOKEN_LENGTH:])[2]):
        return f"{reply[:3]} (відповідь містить посилання і не зберігається)"
    return reply[:_LONGEST_REPLY]


def _tells(reply: str, proof: str) -> bool:
    """Say whether any piece of the proof stands in the reply, however it is broken into lines."""
    squeezed = "".join(reply.split()).casefold()
    starts = range(len(proof) - _TELLING + 1)
    return any(proof[start : start + _TELLING].casefold() in squeezed for start in starts)


def _postpone(taken: _Taken, reply: str, unit: HousekeepingUnit) -> None:
    first, longest = unit.policies.first_retry, unit.policies.longest_retry
    later = taken.delivery.postponed(reply, unit.now, first=first, longest=longest)
    # Whoever took the letter after our lease ran out decides when it is tried again.
    with suppress(Stale):
        unit.of(taken.school).deliveries.save(later)


def _settle(unit: SchoolUnit, taken: _Taken, verdict: _Verdict) -> None:
    if _keep(unit, taken, verdict):
        unit.record(_event(taken, verdict))


def _settle_above(registry: RegistryUnit, taken: _Taken, verdict: _Verdict) -> None:
    """Settle a letter of the registry, or a school's that its request has to know about."""
    unit = registry if taken.school == REGISTRY else registry.school(taken.school)
    if not _keep(unit, taken, verdict):
        return
    told = taken.letter.request is not None and _tell(
        registry, taken.letter.request, taken.letter.kind, verdict
    )
    unit.record(_event(taken, verdict))
    if told and unit is not registry:
        registry.record(_event(taken, verdict))


def _keep(unit: SchoolUnit | RegistryUnit, taken: _Taken, verdict: _Verdict) -> bool:
    """Keep what became of the letter, once; say whether this call did.

    A letter that went out is settled even by a holder whose lease ran out meanwhile, so that
    nobody sends another copy.
    """
    delivery = unit.deliveries.get(taken.letter.id)
    ours = delivery.version == taken.delivery.version
    if delivery.settled or not (ours or verdict.state is LetterState.SENT):
        return False
    unit.deliveries.save(delivery.over(verdict.reply))
    letter = unit.letters.get(taken.letter.id)
    if letter.state is not LetterState.QUEUED:
        return False
    unit.letters.save(_moved(letter, verdict.state, unit.now))
    return True


def _moved(letter: Letter, state: LetterState, at: datetime) -> Letter:
    if state is LetterState.SENT:
        return letter.sent(at)
    return letter.refused(at) if state is LetterState.REFUSED else letter.cancelled(at)


def _event(taken: _Taken, verdict: _Verdict) -> Event:
    letter, chain, attempt = taken.letter, taken.school, taken.delivery.attempts
    if verdict.state is LetterState.SENT:
        return LetterSent(letter.id, letter.kind, chain, attempt, letter.request)
    if verdict.state is LetterState.REFUSED:
        return LetterRefused(letter.id, letter.kind, chain, attempt, verdict.reply, letter.request)
    return LetterCancelled(letter.id, letter.kind, chain, verdict.reply)


def _tell(
    registry: RegistryUnit, request_id: RequestId, kind: LetterKind, verdict: _Verdict
) -> bool:
    """Let the request know of a refusal, or that its invitation went out; say whether it was."""
    request = registry.requests.get(request_id)
    if verdict.state is LetterState.REFUSED:
        registry.requests.save(request.undeliverable(verdict.reply))
        return True
    invited = verdict.state is LetterState.SENT and kind is LetterKind.INVITATION
    if invited and request.may(Command.INVITE):
        registry.requests.save(request.invited())
        return True
    return False
