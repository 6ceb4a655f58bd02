"""Which of a letter's claims are its school's word, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from attrs import frozen

from ejournal.intake.claims import SELF_NAMED, Claim, labelled_claims
from ejournal.intake.lines import Line, Zone
from ejournal.intake.positions import positional_claims
from ejournal.intake.values import Value, Wording, wordings
from ejournal.intake.vocabulary import NamePart
from ejournal.model.identifiers import (
    ContactPhone,
    DisoId,
    Edrpou,
    Email,
    PersonName,
    Region,
)
from ejournal.model.request_items import Flaw, Found, Item, RequestItems

__all__ = ["Answers", "answers_of"]

_MOST = 40


@frozen
class Answers:
    """What was read, where it stood, and what was given in vain."""

    items: RequestItems
    found: tuple[Found, ...]
    flaws: tuple[Flaw, ...]


@frozen
class _Statement:
    """A claim with what its words make."""

    item: Item
    wording: Wording
    line: Line
    weight: int


def answers_of(lines: Sequence[Line]) -> Answers:
    """Return the items that lines give, the best said of each.

    Labels outweigh their absence, the sender's own words what is quoted, and words above the
    closing those below it. Two different values said equally well are a flaw, «ambiguous».
    """
    claims = [*labelled_claims(lines), *positional_claims(lines)]
    statements = [*_statements(claims), *_named_in_parts(claims)]
    zones = _believed(statements)
    chosen: dict[Item, _Statement] = {}
    flaws: list[Flaw] = []
    for item in Item:
        ours = [each for each in statements if each.item is item and each.line.zone in zones]
        best = _best(ours, zones)
        texts = {_compared(each) for each in best}
        if len(texts) > 1 and best[0].weight < SELF_NAMED:
            flaws.append(
                Flaw(item, "; ".join(each.wording.raw for each in best)[:400], "ambiguous")
            )
        elif len(texts) == 1 and best[0].wording.value is None:
            flaws.append(Flaw(item, best[0].wording.raw, best[0].wording.reason))
        elif len(texts) == 1:
            chosen[item] = best[0]
    return Answers(_items(chosen), _found(chosen), tuple(flaws))


def _statements(claims: Iterable[Claim]) -> Iterator[_Statement]:
    seen: dict[tuple[object, ...], int] = {}
    for claim in claims:
        if isinstance(claim.topic, Item):
            kind = (claim.topic, claim.line.zone)
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] > _MOST:
                continue
            for wording in wordings(claim.topic, claim.text):
                yield _Statement(claim.topic, wording, claim.line, claim.weight)


def _named_in_parts(claims: Iterable[Claim]) -> Iterator[_Statement]:
    """Put a name together that was given as family name, given name and patronymic."""
    parts: dict[tuple[Zone, NamePart], Claim] = {}
    for claim in claims:
        if isinstance(claim.topic, NamePart):
            parts.setdefault((claim.line.zone, claim.topic), claim)
    for zone, _ in dict.fromkeys((zone, None) for zone, _ in parts):
        given = [parts[zone, part] for part in NamePart if (zone, part) in parts]
        whole = " ".join(claim.text.strip(" ,;.") for claim in given)
        if len(whole.split()) > 1:
            for wording in wordings(Item.ADMIN_NAME, whole):
                yield _Statement(Item.ADMIN_NAME, wording, given[0].line, 1)


def _believed(statements: Sequence[_Statement]) -> tuple[Zone, ...]:
    """Return the zones to read, the most trusted first.

    What is passed on fills gaps. What is quoted counts only where the sender says nothing. Either
    has to say more than the contacts that stand at the foot of any letter, ours included.
    """
    said: dict[Zone, set[Item]] = {zone: set() for zone in Zone}
    contacts: dict[Zone, set[Item]] = {zone: set() for zone in Zone}
    for each in statements:
        if each.item in _CONTACTS and each.weight > 0:
            contacts[each.line.zone].add(each.item)
        elif each.weight < SELF_NAMED:
            said[each.line.zone].add(each.item)
    passed: tuple[Zone, ...] = (Zone.PASSED_ON, Zone.CLOSING_PASSED_ON)
    if len(said[Zone.PASSED_ON] - _AT_THE_FOOT) < 2:
        passed = ()
    if said[Zone.OWN] or (contacts[Zone.OWN] and not passed):
        return (Zone.OWN, Zone.CLOSING, *passed)
    if len(said[Zone.CLOSING]) > 1:
        return (Zone.CLOSING, Zone.OWN, *passed)
    if passed:
        return passed
    if len(said[Zone.QUOTED] - _AT_THE_FOOT) > 1:
        return (Zone.QUOTED,)
    return (Zone.OWN, Zone.CLOSING)


_CONTACTS = (Item.ADMIN_EMAIL, Item.ADMIN_PHONE)
_AT_THE_FOOT = frozenset({Item.EDRPOU, *_CONTACTS})


def _best(statements: Sequence[_Statement], zones: Sequence[Zone]) -> list[_Statement]:
    """Return what is said in the most trusted zone with the best label, acceptable if any is."""
    for zone in zones:
        here = [each for each in statements if each.line.zone is zone]
        good = [each for each in here if each.wording.value is not None]
        if here:
            ranked = good or [each for each in here if each.weight < SELF_NAMED] or here
            weight = min(each.weight for each in ranked)
            return [each for each in ranked if each.weight == weight]
    return []


def _compared(statement: _Statement) -> object:
    value = statement.wording.value
    if isinstance(value, str):
        return "".join(filter(str.isalnum, value.casefold()))
    if isinstance(value, ContactPhone):
        return value.phone
    if isinstance(value, Email | PersonName):
        return value.folded
    return value


T = TypeVar("T")


def _as(kind: type[T], value: object) -> T | None:
    return value if isinstance(value, kind) else None


def _items(chosen: Mapping[Item, _Statement]) -> RequestItems:
    values: dict[Item, Value | None] = {item: said.wording.value for item, said in chosen.items()}
    return RequestItems(
        region=_as(Region, values.get(Item.REGION)),
        community=_as(str, values.get(Item.COMMUNITY)),
        school_name=_as(str, values.get(Item.SCHOOL_NAME)),
        diso_id=_as(DisoId, values.get(Item.DISO_ID)),
        edrpou=_as(Edrpou, values.get(Item.EDRPOU)),
        admin_name=_as(PersonName, values.get(Item.ADMIN_NAME)),
        admin_email=_as(Email, values.get(Item.ADMIN_EMAIL)),
        admin_phone=_as(ContactPhone, values.get(Item.ADMIN_PHONE)),
    )


def _found(chosen: Mapping[Item, _Statement]) -> tuple[Found, ...]:
    return tuple(
        Found(item, said.wording.raw, said.line.part, said.line.number)
        for item, said in chosen.items()
    )
