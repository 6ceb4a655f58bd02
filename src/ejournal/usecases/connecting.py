"""From a school's request to its administrator's invitation: steps 2 and 3 of the procedure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from itertools import islice

from attrs import evolve, frozen

from ejournal.authority import require
from ejournal.errors import Duplicate, Forbidden, Invalid, NotAllowedHere, Refusal
from ejournal.ids import RequestId, SchoolId, spell_id
from ejournal.model.access import Account, Actor
from ejournal.model.connection import (
    AccessRequest,
    AdministratorInvited,
    Clarification,
    ClarificationAsked,
    CompleteItems,
    ReceivedMessage,
    RequestApproved,
    RequestCompleted,
    RequestExpired,
    RequestRejected,
    RequestState,
    RequestTaken,
    RequestWithdrawn,
    SchoolDecision,
    questions,
)
from ejournal.model.directory import (
    DirectoryEntry,
    DirectoryImported,
    Mismatch,
    decode_directory,
    mismatches,
    parse_directory,
)
from ejournal.model.identifiers import Email
from ejournal.model.invitations import InvitationRevoked
from ejournal.model.letters import LetterKind
from ejournal.model.permissions import Action, Role
from ejournal.model.request_items import Item, RequestItems
from ejournal.model.school import JournalSystem, School
from ejournal.store.invitations import call_off_request, offer
from ejournal.store.threads import beside_the_first, other_open, write_about
from ejournal.store.units import RegistryUnit

__all__ = [
    "DirectoryImport",
    "Review",
    "approve",
    "clarify",
    "complete",
    "expire_requests",
    "import_directory",
    "reject",
    "review",
    "take",
    "withdraw",
]

_BATCH = 500


@frozen
class Review:
    """What a reviewer looks at: the request beside what is known of the school.

    `entry` is the state's directory under the same ДІСО id or, failing that, the only one under
    the same ЄДРПОУ. `school` is what was connected here before. `other_system` names another
    vendor's journal that the school has connected.
    """

    request: AccessRequest
    entry: DirectoryEntry | None
    mismatches: tuple[Mismatch, ...]
    school: School | None
    other_system: str
    linked: tuple[AccessRequest, ...]
    messages: tuple[ReceivedMessage, ...]


def review(unit: RegistryUnit, request_id: RequestId) -> Review:
    """Return everything a decision on the request rests on; raises `Missing`."""
    require(unit, Action.REVIEW_REQUESTS)
    return _review(unit, unit.requests.get(request_id))


def _review(unit: RegistryUnit, request: AccessRequest) -> Review:
    entry = _entry(unit, request)
    school = _known_school(unit, request)
    return Review(
        request,
        entry,
        mismatches(request.items, entry),
        school,
        _other_system(school, entry),
        tuple(unit.requests.linked_to(request.id)),
        tuple(unit.messages.of_request(request.id)),
    )


def _entry(unit: RegistryUnit, request: AccessRequest) -> DirectoryEntry | None:
    entry = None if request.diso_id is None else unit.directory.find(request.diso_id)
    if entry is not None or request.edrpou is None:
        return entry
    same_code = tuple(islice(unit.directory.with_edrpou(request.edrpou), 2))
    return same_code[0] if len(same_code) == 1 else None


def _known_school(unit: RegistryUnit, request: AccessRequest) -> School | None:
    found = None if request.diso_id is None else unit.schools.with_diso_id(request.diso_id)
    if found is not None or request.edrpou is None:
        return found
    return unit.schools.with_edrpou(request.edrpou)


def _other_system(school: School | None, entry: DirectoryEntry | None) -> str:
    if school is not None and school.journal_system is not JournalSystem.NONE:
        return school.vendor
    return "" if entry is None else entry.journal_system


def take(unit: RegistryUnit, request_id: RequestId) -> AccessRequest:
    """Begin the review and return the request.

    Raises `WrongState` unless it waits for a review, `OwnRequest` for one that names the
    reviewer, and `Duplicate` for a linked one while the request it is linked to, or any other of
    the school, is open.
    """
    require(unit, Action.REVIEW_REQUESTS)
    request = unit.requests.get(request_id)
    taken = request.taken(_reviewer(unit))
    first = other_open(unit, request)
    if first is not None:
        raise Duplicate("request", ("diso_id", "edrpou"), (first.id,))
    kept = unit.requests.save(taken)
    unit.record(RequestTaken(kept.id))
    return kept


def complete(unit: RegistryUnit, request_id: RequestId, items: RequestItems) -> AccessRequest:
    """Enter items by hand, as when a letter was a photograph, and return the request.

    It has to be taken afterwards, whoever had it under review. Like a reply it may turn out to be
    a further request of a school, and is then linked. Raises `WrongState` once it was decided on
    or linked.
    """
    require(unit, Action.REVIEW_REQUESTS)
    request = unit.requests.get(request_id)
    known = request.items.updated_by(items)
    completed = request.completed(
        known,
        flaws=tuple(flaw for flaw in request.flaws if flaw.item in known.missing),
        found=request.found,
        expires_at=_term(unit),
    )
    kept = unit.requests.save(beside_the_first(unit, completed))
    unit.record(
        RequestCompleted(
            kept.id,
            kept.linked_to,
            same_sender=True,
            message_id=None,
            missing=_codes(kept.items.missing),
        )
    )
    return kept


def clarify(unit: RegistryUnit, request_id: RequestId, *, words: str = "") -> AccessRequest:
    """Ask the school, in the reviewer's words and for what is missing, and return the request.

    Raises `Invalid` where nothing is missing and no words are given, `WrongState` unless it is
    incomplete or under review, and `NotAllowedHere` where it names no address to write to.
    """
    require(unit, Action.REVIEW_REQUESTS)
    request = unit.requests.get(request_id)
    lines = (*questions(request.items, request.flaws), *_lines(words))
    if not lines:
        raise Invalid("question", words, "absent")
    asked = Clarification(unit.now, _codes(request.items.missing), words.strip())
    clarified = request.clarified(asked, expires_at=_term(unit))
    address = _address(request)
    if address is None:
        raise NotAllowedHere(spell_id(request.id), "no-address")
    data = {"questions": "\n".join(lines)}
    write_about(
        unit,
        request,
        LetterKind.CLARIFICATION,
        data,
        to=address,
        in_reply_to=request.message_id,
    )
    kept = unit.requests.save(clarified)
    unit.record(ClarificationAsked(kept.id, asked.items, asked.words))
    return kept


def approve(
    unit: RegistryUnit, request_id: RequestId, *, decision: SchoolDecision | None = None
) -> AccessRequest:
    """Grant the request: the school, its administrator's role with rights, and the invitation.

    All of it is one transaction, in the school's ledger and the registry's. What the directory
    has otherwise does not hinder, and is recorded. Raises `WrongState` unless it is under review,
    `Incomplete` (rule 97), `OwnRequest`, `NeedsDecision` where another vendor's journal is
    connected, and `Duplicate` where the codes belong to two schools or an invitation already
    waits at the address.
    """
    require(unit, Action.REVIEW_REQUESTS)
    seen = _review(unit, unit.requests.get(request_id))
    school_id = SchoolId(unit.new_id()) if seen.school is None else seen.school.id
    approved = seen.request.approved(
        _reviewer(unit),
        school_id,
        other_system=seen.other_system,
        decision=decision,
        expires_at=_term(unit),
    )
    items = approved.complete_items()
    school = _described(unit, school_id, items, seen)
    tenant = unit.school(school_id)
    invitation = offer(
        tenant,
        Role.SCHOOL_ADMIN,
        name=items.admin_name,
        address=items.admin_email,
        school=school.name,
        request=approved.id,
    )
    if seen.school is None:
        tenant.schools.add(school)
    else:
        tenant.schools.save(school)
    new = seen.school is None
    tenant.record(AdministratorInvited(approved.id, invitation.grant, invitation.id, new))
    kept = unit.requests.save(approved)
    unit.record(
        RequestApproved(
            kept.id,
            school_id,
            invitation.grant,
            invitation.id,
            in_directory=seen.entry is not None,
            decision_day=None if decision is None else decision.day,
            decision_number=None if decision is None else decision.number,
            mismatches=_codes(mismatch.item for mismatch in seen.mismatches),
            other_system=seen.other_system,
        )
    )
    return kept


def _described(
    unit: RegistryUnit, school_id: SchoolId, items: CompleteItems, seen: Review
) -> School:
    """Return the school as the request has it, with what only the directory knows."""
    before, entry = seen.school, seen.entry
    if before is not None and before.diso_id != items.diso_id:
        raise Duplicate("school", ("edrpou",), (before.id,))
    namesake = unit.schools.with_edrpou(items.edrpou)
    if namesake is not None and namesake.id != school_id:
        raise Duplicate("school", ("edrpou",), (namesake.id,))
    authority = unit.authorities.with_code(entry.authority) if entry and entry.authority else None
    school = School(
        id=school_id,
        diso_id=items.diso_id,
        edrpou=items.edrpou,
        name=items.school_name,
        region=items.region,
        community=items.community,
        katottg=None if entry is None else entry.katottg,
        authority=None if authority is None else authority.id,
    )
    if before is None:
        return school
    return evolve(
        school,
        short_name=before.short_name,
        type=before.type,
        katottg=school.katottg or before.katottg,
        authority=school.authority or before.authority,
        state=before.state,
        version=before.version,
    )


def reject(unit: RegistryUnit, request_id: RequestId, *, reason: str) -> AccessRequest:
    """Refuse the request, tell the school why, and return the request.

    Raises `Invalid` without a reason, `OwnRequest`, and `WrongState` unless it is incomplete or
    under review.
    """
    require(unit, Action.REVIEW_REQUESTS)
    rejected = unit.requests.get(request_id).rejected(_reviewer(unit), reason)
    address = _address(rejected)
    if address is not None:
        data = {"reason": reason.strip()}
        write_about(
            unit,
            rejected,
            LetterKind.REJECTION,
            data,
            to=address,
            in_reply_to=rejected.message_id,
        )
    kept = unit.requests.save(rejected)
    unit.record(RequestRejected(kept.id, reason.strip()))
    return kept


def withdraw(unit: RegistryUnit, request_id: RequestId) -> AccessRequest:
    """Close the request because the school took it back; its invitation is called off.

    Raises `WrongState` unless it is open.
    """
    require(unit, Action.REVIEW_REQUESTS)
    request = unit.requests.get(request_id)
    kept = unit.requests.save(request.withdrawn())
    _call_off(unit, request)
    unit.record(RequestWithdrawn(kept.id))
    return kept


def expire_requests(unit: RegistryUnit) -> tuple[AccessRequest, ...]:
    """Close every request whose school has let its term pass, and call off the invitations.

    A request that waits for the institute never expires, nor one whose invitation is still good.
    """
    require(unit, Action.EXPIRE)
    waiting = (
        request
        for state in (RequestState.INCOMPLETE, RequestState.APPROVED, RequestState.INVITED)
        for request in unit.requests.in_state(state)
        if request.expires_at <= unit.now and not _invited_still(unit, request)
    )
    in_order = sorted(waiting, key=lambda request: (request.school or 0, request.id))
    return tuple(_expire(unit, request) for request in in_order)


def _invited_still(unit: RegistryUnit, request: AccessRequest) -> bool:
    """Say whether an invitation that was sent again outlives the request's own term."""
    return request.school is not None and any(
        invitation.request == request.id and invitation.is_open(unit.now)
        for invitation in unit.reading(request.school).invitations.pending()
    )


def _expire(unit: RegistryUnit, request: AccessRequest) -> AccessRequest:
    kept = unit.requests.save(request.expired(unit.now))
    _call_off(unit, request)
    unit.record(RequestExpired(kept.id))
    return kept


def _call_off(unit: RegistryUnit, request: AccessRequest) -> None:
    if request.school is None:
        return
    tenant = unit.school(request.school)
    for invitation in call_off_request(tenant, request.id):
        tenant.record(InvitationRevoked(invitation.id, invitation.grant))


@frozen
class DirectoryImport:
    """How many schools a file added, changed and left as they were; refused rows by line."""

    added: int
    changed: int
    same: int
    refusals: tuple[tuple[int, Refusal], ...]


def import_directory(unit: RegistryUnit, raw: bytes) -> DirectoryImport:
    """Bring the state's list of schools up to date from a CSV file; again it changes nothing.

    Rows that cannot be read are returned with their line and reason, the others are kept. Schools
    that the file does not name stay. Raises `Invalid` for a file without the columns needed.
    """
    require(unit, Action.IMPORT_DIRECTORY)
    rows = parse_directory(StringIO(decode_directory(raw), newline=""))
    entries = iter(rows.entries)
    added = changed = 0
    while batch := tuple(islice(entries, _BATCH)):
        new, altered = _keep_entries(unit, batch)
        added, changed = added + new, changed + altered
        if new or altered:
            unit.record(DirectoryImported(new, altered))
    same = len(rows.entries) - added - changed
    return DirectoryImport(added, changed, same, rows.refusals)


def _keep_entries(unit: RegistryUnit, entries: tuple[DirectoryEntry, ...]) -> tuple[int, int]:
    new: list[DirectoryEntry] = []
    changed = 0
    for entry in entries:
        stored = unit.directory.find(entry.diso_id)
        if stored is None:
            new.append(entry)
        elif evolve(entry, version=stored.version) != stored:
            unit.directory.save(evolve(entry, version=stored.version))
            changed += 1
    unit.directory.pour(new)
    return len(new), changed


def _reviewer(unit: RegistryUnit) -> Account:
    if not isinstance(unit.actor, Actor):
        raise Forbidden(str(unit.actor), Action.REVIEW_REQUESTS.value, "only-a-person")
    return unit.accounts.get(unit.actor.account)


def _address(request: AccessRequest) -> Email | None:
    return request.sender or request.items.admin_email


def _term(unit: RegistryUnit) -> datetime:
    return unit.now + unit.policies.request_term


def _lines(words: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in words.splitlines() if line.strip())


def _codes(items: Iterable[Item]) -> tuple[str, ...]:
    return tuple(item.value for item in items)
