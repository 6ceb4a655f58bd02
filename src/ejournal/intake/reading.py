"""A whole message read."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from ejournal.intake.items import answers_of
from ejournal.intake.lines import lines_of
from ejournal.intake.message import Envelope, Part, open_message
from ejournal.intake.vocabulary import fold, folded_pattern
from ejournal.model.request_items import Flaw, Found, RequestItems

__all__ = ["Reading", "read_message"]

_FORWARDED = folded_pattern(r"\s*(?:fwd?|fw|пересл\w*|пер|i)\s*:")
_ANSWERED = folded_pattern(r"\s*(?:re|на|відп\w*|rе|aw)\s*(?:\[\d+\])?\s*:")


@frozen
class Reading:
    """A message as it was understood; `text` is what a person reads, decoded."""

    envelope: Envelope
    items: RequestItems
    found: tuple[Found, ...]
    flaws: tuple[Flaw, ...]
    text: str


def read_message(raw: bytes) -> Reading:
    """Return what any bytes say when they are read as a school's e-mail.

    Every input has a reading. Values are taken only where the letter says what they are; the
    sender's own address is never taken for the administrator's.
    """
    opened = open_message(raw)
    envelope = opened.envelope
    parts = _chosen(opened.parts, in_reply=_is_reply(envelope))
    lines = [line for part in parts for line in lines_of(part, in_reply=_is_reply(envelope))]
    answers = answers_of(() if opened.by_robot else lines)
    text = "\n\n".join(part.text.strip("\n") for part in parts)
    return Reading(envelope, answers.items, answers.found, answers.flaws, text)


def _is_reply(envelope: Envelope) -> bool:
    subject = fold(envelope.subject)
    if _FORWARDED.match(subject):
        return False
    return bool(_ANSWERED.match(subject) or envelope.references)


def _chosen(parts: Sequence[Part], *, in_reply: bool) -> list[Part]:
    """Of parts that say the same in different forms, keep the one that says most."""
    best: dict[int, tuple[int, Part]] = {}
    for part in parts:
        if part.choice:
            answers = answers_of(lines_of(part, in_reply=in_reply))
            score = 2 * len(answers.found) + len(answers.flaws)
            if part.choice not in best or score > best[part.choice][0]:
                best[part.choice] = (score, part)
    return [part for part in parts if not part.choice or best[part.choice][1] is part]
