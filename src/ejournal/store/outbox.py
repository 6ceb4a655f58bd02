"""The outbox: a letter is queued in the transaction of the act that causes it, and sent after."""

from __future__ import annotations

from collections.abc import Mapping

from ejournal.ids import InvitationId, LetterId, RequestId
from ejournal.model.identifiers import Email
from ejournal.model.letters import Delivery, Letter, LetterKind, complete, message_id_of
from ejournal.store.units import RegistryUnit, SchoolUnit

__all__ = ["queue"]


def queue(
    unit: SchoolUnit | RegistryUnit,
    kind: LetterKind,
    recipient: Email,
    data: Mapping[str, str],
    *,
    request: RequestId | None = None,
    invitation: InvitationId | None = None,
    in_reply_to: str = "",
) -> Letter:
    """Keep a letter to be sent once the unit has committed, and return it as kept.

    It records nothing: the event of the calling use case accounts for the letter. `data` holds
    what `NEEDED` lists for the kind and never a secret; raises what `complete` does.
    """
    complete(kind, data)
    letter_id = LetterId(unit.new_id())
    letter = Letter(
        id=letter_id,
        kind=kind,
        recipient=recipient,
        data=dict(data),
        message_id=message_id_of(letter_id, unit.chain.school, unit.policies.sender),
        in_reply_to=in_reply_to,
        queued_at=unit.now,
        request=request,
        invitation=invitation,
    )
    kept = unit.letters.add(letter)
    unit.deliveries.add(Delivery(letter_id, attempts=0, due_at=unit.now))
    return kept
