"""The story that the demonstration plays: from a school's letter to a pupil's diary week.

Every step is the library at work: letters are read, handed over by SMTP and opened again, people
sign in with passwords, and each acts with the rights of their own role.
"""

from __future__ import annotations

import email
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from attrs import define, field
from rich.padding import Padding
from rich.text import Text

from ejournal.adapters.maildir import FileMailbox
from ejournal.adapters.passwords import Passwords
from ejournal.cli.authorities import appoint_person
from ejournal.cli.cabinet import DOOR, choose, proved, signed_in
from ejournal.cli.invitations import accept_first
from ejournal.cli.journals import authors_of, page_for_export
from ejournal.cli.ledger import examined, read_seals, spelled_seals
from ejournal.cli.post_office import PostOffice
from ejournal.cli.requests import take_in
from ejournal.cli.screens import Screens
from ejournal.cli.stage import Stage, SteppingClock
from ejournal.cli.starting import found_with_password
from ejournal.cli.term import Term
from ejournal.ids import REGISTRY, AuthorityId, PupilId, SchoolId, spell_id
from ejournal.model.access import Actor, Invitation
from ejournal.model.calendar import week_of
from ejournal.model.connection import AccessRequest
from ejournal.model.correcting import MarkRevision, RevisionKind
from ejournal.model.directory import AuthorityLevel
from ejournal.model.identifiers import Email, PersonName, Region
from ejournal.model.journal import ColumnKind, MarkKey
from ejournal.model.marks import Grade
from ejournal.model.permissions import Role
from ejournal.plugins import Plugins
from ejournal.samples import (
    SampleMessage,
    SmallSchool,
    directory,
    found,
    keep_journals,
    message,
    people_to_invite,
)
from ejournal.samples.small_school import Person
from ejournal.samples.week import MONDAY, OPERATOR, OPERATOR_ADDRESS
from ejournal.store import RegistryUnit, Store
from ejournal.usecases.connecting import approve, import_directory, review, take
from ejournal.usecases.correcting import revise_mark
from ejournal.usecases.delivering import deliver
from ejournal.usecases.inviting import invite, open_invitation
from ejournal.usecases.marking import give_mark
from ejournal.usecases.overseeing import connections, create_authority
from ejournal.usecases.reading import diary_week, journal_page, mark_history

__all__ = ["PHRASE", "Story", "begin"]

PHRASE = "тиха річка за старою школою"
"""With which everybody of the demonstration can sign in to what it leaves behind."""

_OFFICER = (PersonName("Бойчук", "Святослав", "Ігорович"), Email("s.boichuk@osvita.example"))
_PLACE = ("5-А", "Математика")
_FORMATS = ("csv", "json")


def begin() -> datetime:
    """Return the moment at which every demonstration begins."""
    return datetime(2026, 8, 24, 6, 0, tzinfo=UTC)


@define
class Story:
    """One playing of the story, and what it has come to so far."""

    stage: Stage
    store: Store
    plugins: Plugins
    key: bytes
    clock: SteppingClock
    office: PostOffice
    folder: Path
    screens: Screens
    identity: Passwords
    actors: dict[str, Actor] = field(init=False, factory=dict)

    def play(self) -> None:
        """Play it to the end."""
        operator = self._institute()
        authority = self._directory(operator)
        school = self._review(operator, self._letters())
        administrator = self._invitation(school)
        small = self._school(operator, administrator, school)
        self._teaching(small)
        term = Term(self.stage, self.store, self.clock, self.screens, small, self.actors)
        columns = term.decided()
        self._pages(small)
        term.closed(columns)
        self._department(authority)
        self._ledger(school)
        self._exports(small)

    def _institute(self) -> Actor:
        self.stage.scene("institute")
        name, address = PersonName(*OPERATOR.split()), Email(OPERATOR_ADDRESS)
        operator = self.store.run_registry(
            DOOR, found_with_password, self.identity, name, address, PHRASE
        )
        self.stage.say("institute", name=name.full)
        return operator

    def _directory(self, operator: Actor) -> AuthorityId:
        self.stage.scene("directory")
        result = self.store.run_registry(operator, import_directory, directory())
        self.stage.show(self.screens.directory(result))
        authority = self.store.run_registry(
            operator,
            create_authority,
            code="UA46-DON",
            level=AuthorityLevel.OBLAST,
            name="Департамент освіти і науки Львівської обласної державної адміністрації",
            region=Region.LVIV,
        )
        name, address = _OFFICER
        role = authority.level.role
        self.store.run_registry(
            operator,
            appoint_person,
            self.identity,
            role,
            authority.id,
            name=name,
            email=address,
            password=PHRASE,
        )
        self.stage.say("department", authority=authority.name, name=name.full)
        return authority.id

    def _letters(self) -> dict[SampleMessage, AccessRequest]:
        self.stage.scene("letters")
        which = [one for one in SampleMessage if one is not SampleMessage.REPLY]
        received = self._arrive(*which)
        self.stage.say("arrived", count=len(which))
        self.stage.show(self.screens.requests(received))
        self._deliver()
        self._show_letter("director@irpinka.example")
        self.clock.move_to(datetime(2026, 8, 25, 7, 30, tzinfo=UTC))
        completed = self._arrive(SampleMessage.REPLY)
        self.stage.say("reply")
        self.stage.show(self.screens.requests(completed))
        return dict(zip(which, received, strict=True))

    def _arrive(self, *which: SampleMessage) -> list[AccessRequest]:
        """Let messages come in as files, as a mail program would leave them."""
        inbox = self.folder / "inbox"
        inbox.mkdir(exist_ok=True)
        paths = [inbox / f"{one.value}.eml" for one in which]
        for path, one in zip(paths, which, strict=True):
            path.write_bytes(message(one))
        return take_in(self.store, FileMailbox(paths))

    def _deliver(self) -> None:
        mailer = self.plugins.mailer(self.office.url)
        report = deliver(self.store, mailer, self.key, holder="demo")
        self.stage.show(self.screens.delivery(report))

    def _letter_to(self, address: str) -> EmailMessage:
        """Return the latest letter that reached an address, read from its file."""
        letters = (
            email.message_from_bytes(path.read_bytes(), policy=default)
            for path in reversed(self.office.letters)
        )
        return next(letter for letter in letters if address in str(letter["To"]))

    def _show_letter(self, address: str) -> None:
        """Show a letter as it was received, with the secret in its link left out."""
        letter = self._letter_to(address)
        shown = self._link.sub(r"\1…", _text(letter))
        self.stage.say("letter", to=letter["To"], subject=letter["Subject"])
        self.stage.show(Padding(Text(shown.strip()), (1, 4)))

    @property
    def _link(self) -> re.Pattern[str]:
        return re.compile(f"({re.escape(self.store.policies.sign_in_url)})(\\S+)")

    def _review(self, operator: Actor, requests: dict[SampleMessage, AccessRequest]) -> SchoolId:
        self.stage.scene("review")
        other = requests[SampleMessage.WINDOWS_1251].id
        self.store.run_registry(operator, take, other)
        self.stage.refused("decision", lambda: self.store.run_registry(operator, approve, other))
        chosen = requests[SampleMessage.COMPLETE].id
        self.store.run_registry(operator, take, chosen)
        with self.store.browsing(operator) as unit:
            self.stage.show(self.screens.review(review(unit, chosen)))
        approved = self.store.run_registry(operator, approve, chosen)
        self.stage.say("approved")
        return approved.school or REGISTRY

    def _invitation(self, school: SchoolId) -> Actor:
        self.stage.scene("invitation")
        with self.store.reading(school, DOOR) as unit:
            (invitation,) = unit.invitations.pending()
        self._deliver()
        self._show_letter(invitation.address.text)
        self.clock.move_to(datetime(2026, 8, 26, 6, 40, tzinfo=UTC))
        administrator = self._joined(invitation.address.text)
        self.stage.say("joined", name=invitation.name.full)
        with self.store.reading(school, administrator) as unit:
            self.stage.show(self.screens.school(unit.schools.get(school)))
        return administrator

    def _joined(self, address: str) -> Actor:
        """Accept the invitation in the letter to an address, with a password, and sign in."""
        ((_, token),) = self._link.findall(_text(self._letter_to(address)))
        with self.store.browsing(DOOR) as unit:
            offered = open_invitation(unit, token, self.key).invitation
        self.store.run_registry(
            DOOR,
            accept_first,
            self.identity,
            token,
            self.key,
            email=offered.address,
            password=PHRASE,
        )
        return self._signed_in(offered.address.text)

    def _signed_in(self, login: str) -> Actor:
        verified = proved(self.identity, login, PHRASE)
        return choose(*signed_in(self.store, verified), "")

    def _school(self, operator: Actor, administrator: Actor, school: SchoolId) -> SmallSchool:
        self.stage.scene("school")
        self.clock.move_to(datetime(2026, 8, 28, 7, 0, tzinfo=UTC))
        small = self.store.run(school, administrator, found)
        self.stage.say(
            "school",
            pupils=sum(map(len, small.pupils.values())),
            classes=len(small.classes),
            guardians=len(small.guardians),
            staff=len(small.staff),
            journals=len(small.journals),
        )
        people = people_to_invite(small)
        for person in people:
            self.store.run_registry(operator, _invited, school, person)
        self._deliver()
        self.clock.move_to(datetime(2026, 8, 31, 8, 0, tzinfo=UTC))
        for person in people:
            self.actors[person.key] = self._joined(person.address.text)
        rows = ((person.name.full, self._role(person.role)) for person in people)
        self.stage.show(
            self.screens.listing(self.stage.words("title.joined"), ("person", "role"), rows)
        )
        return small

    def _role(self, role: Role) -> str:
        return self.stage.words(f"role.{role.value}")

    def _teaching(self, small: SmallSchool) -> None:
        self.stage.scene("teaching")
        self.clock.move_to(datetime(2026, 9, 11, 12, 0, tzinfo=UTC))
        keep_journals(self.store, small, self.actors)
        self.stage.say("week", journals=len(small.journals))
        key = self._test_mark(small)
        self.stage.refused(
            "stranger",
            lambda: self.store.run(
                small.id,
                self.actors["language"],
                give_mark,
                key.column,
                pupil=key.pupil,
                value=Grade(12),
            ),
        )
        self.clock.move_to(datetime(2026, 9, 14, 11, 20, tzinfo=UTC))
        teacher = self.actors["mathematics"]
        self.store.run(
            small.id,
            teacher,
            revise_mark,
            key.column,
            pupil=key.pupil,
            revision=MarkRevision(RevisionKind.CORRECTION, "розв’язок на звороті", Grade(6)),
        )
        self.stage.say("changed")
        with self.store.reading(small.id, teacher) as unit:
            changes = mark_history(unit, key)
            self.stage.show(self.screens.history(changes, authors_of(unit, changes)))

    def _test_mark(self, small: SmallSchool) -> MarkKey:
        """Return where the weakest mark of the written test stands."""
        journal, pupil = small.journals[_PLACE], small.pupils[_PLACE[0]][6]
        with self.store.reading(small.id, self.actors["mathematics"]) as unit:
            marks = unit.marks.of_pupil(pupil.id, week_of(MONDAY))
            columns = {mark.column for mark in marks if mark.journal == journal.id}
            (test,) = (one for one in columns if unit.columns.get(one).kind is ColumnKind.TEST)
        return MarkKey(journal.id, test, pupil.id)

    def _pages(self, small: SmallSchool) -> None:
        self.stage.scene("pages")
        with self.store.reading(small.id, self.actors["mathematics"]) as unit:
            self.stage.show(self.screens.page(journal_page(unit, small.journals[_PLACE].id)))
        pupil = self.actors["pupil"]
        own = PupilId(pupil.cabinet.person or 0)
        with self.store.reading(small.id, pupil) as unit:
            self.stage.show(self.screens.diary(diary_week(unit, own, MONDAY)))
            other = small.pupils["3-Б"][4].id
            self.stage.refused("neighbour", lambda: diary_week(unit, other, MONDAY))

    def _department(self, authority: AuthorityId) -> None:
        self.stage.scene("department")
        officer = self._signed_in(_OFFICER[1].text)
        with self.store.browsing(officer) as unit:
            self.stage.show(self.screens.connections(connections(unit, authority)))

    def _ledger(self, school: SchoolId) -> None:
        self.stage.scene("ledger")
        chains = sorted(self.store.heads())
        path = self.folder / "seals.json"
        path.write_text(spelled_seals([self.store.seal(chain) for chain in chains]), "utf-8")
        seals = read_seals(path)
        rows = (
            (
                spell_id(seal.chain),
                self.stage.words(
                    "story.chain.school" if seal.chain == school else "story.chain.registry"
                ),
                seal.seq,
                seal.hash[:16],
            )
            for seal in seals
        )
        headings = ("chain", "what", "entry", "hash")
        self.stage.show(self.screens.listing(self.stage.words("title.seals"), headings, rows))
        findings = [(chain, one) for chain in chains for one in examined(self.store, chain, seals)]
        self.stage.show(self.screens.findings(findings))

    def _exports(self, small: SmallSchool) -> None:
        self.stage.scene("exports")
        administrator = self.actors["mathematics"]
        with self.store.reading(small.id, administrator) as unit:
            page = page_for_export(unit, small.journals[_PLACE].id)
        for name in sorted(self.plugins.exporters):
            if name in _FORMATS:
                path = self.folder / f"page.{name}"
                path.write_bytes(b"".join(self.plugins.exporter(name).export(page)))
                self.stage.say("export", name=path.name, size=path.stat().st_size)
        self.stage.say("end", phrase=PHRASE)


def _invited(unit: RegistryUnit, school: SchoolId, person: Person) -> Invitation:
    return invite(
        unit.school(school),
        name=person.name,
        address=person.address,
        role=person.role,
        person=person.person,
    )


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return "" if body is None else str(body.get_content())
