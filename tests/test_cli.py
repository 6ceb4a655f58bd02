"""The command line, by calls alone: what they answer, in which language, with which exit code."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from attrs import define, evolve, field
from smtp_server import smtp_server
from terminal import PHRASE, Terminal, cheap_passwords, link_in
from typer.main import get_command

from ejournal.adapters.memory import MemoryStore
from ejournal.adapters.sql import SqlStore, steps, versions
from ejournal.cli.cabinet import passwords_of
from ejournal.cli.keys import database_file, key_file
from ejournal.cli.root import app
from ejournal.cli.words import CATALOGUE, Words, language_of
from ejournal.errors import NotAllowedHere
from ejournal.model.calendar import week_of
from ejournal.model.closing import GapKind
from ejournal.model.connection import RequestState
from ejournal.model.directory import AuthorityLevel
from ejournal.model.ledger import Flaw
from ejournal.model.permissions import Role
from ejournal.model.request_items import Item
from ejournal.model.school import JournalSystem, SchoolState
from ejournal.plugins import load
from ejournal.ports import Denied
from ejournal.samples import SampleMessage, directory, message
from ejournal.samples.week import MONDAY
from ejournal.store.steps import STEPS, Phase
from ejournal.usecases.overseeing import ConnectionState

__all__ = ["cheap_passwords"]

pytestmark = pytest.mark.usefixtures("cheap_passwords")

OPERATOR = "o.nechai@institute.example"
OFFICER = "s.boichuk@osvita.example"
ADMIN = "olha.hnatyshyn@poshta.example"
HEAD = "m.zvarych@zarichne.example"
TEACHER = "ye.ganok@zarichne.example"
STRANGER = "n.shcherban@zarichne.example"
PUPIL = "illia.yizhak@poshta.example"
PARENT = "s.yizhak@poshta.example"
PARENT_OF_TWO = "h.yizhak@poshta.example"
PUPILS = ("Їжак Ілля Степанович", "Ґудзь Єва Юріївна", "В’юнник Назар Олегович")


@define
class Scene:
    """A school that was connected and founded by calls, and the identifiers it got."""

    terminal: Terminal
    ids: dict[str, str] = field(factory=dict)

    def made(self, name: str, *arguments: str, login: str) -> None:
        self.ids[name] = self.terminal.ask(*arguments, login=login)["id"]


def begin(folder: Path) -> Terminal:
    terminal = Terminal(folder)
    name = ["--name", "Нечай Оксана Дмитрівна", "--email", OPERATOR]
    terminal.call("init", *name, options=["--password-file", str(terminal.file("phrase"))])
    return terminal


def written(terminal: Terminal, *which: SampleMessage) -> list[str]:
    paths = [terminal.file(f"{one.value}.eml") for one in which]
    for path, one in zip(paths, which, strict=True):
        path.write_bytes(message(one))
    return [str(path) for path in paths]


def delivered(terminal: Terminal) -> dict[str, bytes]:
    """Hand everything over to a real server; return the letters by recipient."""
    with smtp_server() as server:
        report = terminal.ask("letters", "deliver", "--mailer", smtp_url(server.port))
        assert report["sent"] == len(server.arrived)
        return {letter.recipient: letter.raw for letter in server.arrived}


def smtp_url(port: int) -> str:
    return f"smtp://127.0.0.1:{port}?security=none"


def accepted(terminal: Terminal, raw: bytes) -> None:
    link = terminal.file("link")
    link.write_text(link_in(raw), "utf-8")
    terminal.ask(
        *("--password-file", str(terminal.file("phrase"))),
        *("invitations", "accept", "--link-file", str(link)),
    )


@pytest.fixture(scope="module")
def scene(cheap_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Everything from `init` to a week of lessons, in calls of the command line."""
    scene = Scene(begin(tmp_path_factory.mktemp("scene")))
    scene.terminal.private = tuple(part for name in PUPILS for part in name.split())
    connect(scene)
    found(scene)
    teach(scene)
    return scene


def connect(scene: Scene) -> None:
    terminal = scene.terminal
    terminal.file("schools.csv").write_bytes(directory())
    terminal.call("directory", "import", str(terminal.file("schools.csv")), login=OPERATOR)
    authority = ["--code", "UA46-DON", "--level", "oblast", "--name", "Департамент"]
    scene.made(
        "authority", "authorities", "create", *authority, "--region", "Львівська", login=OPERATOR
    )
    terminal.call(
        *("authorities", "appoint", "--role", "authority-oblast", "--email", OFFICER),
        *("--name", "Бойчук Святослав Ігорович", "--authority", scene.ids["authority"]),
        *("--new-password-file", str(terminal.file("phrase"))),
        login=OPERATOR,
    )
    everything = [one for one in SampleMessage if one is not SampleMessage.REPLY]
    received = terminal.ask("requests", "receive", *written(terminal, *everything))
    scene.ids |= {
        f"request-{one.value}": request["id"]
        for one, request in zip(everything, received, strict=True)
    }
    terminal.call("requests", "take", scene.ids["request-complete"], login=OPERATOR)
    (request,) = terminal.ask("requests", "approve", scene.ids["request-complete"], login=OPERATOR)
    scene.ids["school"] = request["school"]
    letters = delivered(terminal)
    assert len(letters) == 4
    accepted(terminal, letters[ADMIN])


def found(scene: Scene) -> None:
    terminal = scene.terminal
    scene.made(
        "year",
        *("school", "year", "--first", "2026-09-01", "--last", "2027-06-30"),
        *("--semester", "2026-09-01:2026-12-24", "--semester", "2027-01-11:2027-05-28"),
        *("--holiday", "Осінні канікули:2026-10-26:2026-11-01"),
        *("--bells", "08:30/10,20,20,10", "--bells", "13:30/10,10"),
        login=ADMIN,
    )
    for name, person in (
        ("head", "Зварич Мирон Остапович"),
        ("teacher", "Ґанок Євгенія Юріївна"),
        ("stranger", "Щербань Наталія Григорівна"),
    ):
        scene.made(name, "school", "staff", "--name", person, "--position", "учитель", login=ADMIN)
    scene.made(
        "class",
        *("school", "class", "5-А", "--year", scene.ids["year"]),
        *("--teacher", scene.ids["teacher"]),
        login=ADMIN,
    )
    scene.made("subject", "school", "subject", "--name", "Математика", login=ADMIN)
    for place, person in enumerate(PUPILS):
        scene.made(
            f"pupil-{place}", "school", "pupil", "--name", person, "--born", "2016-01-27",
            login=ADMIN,
        )  # fmt: skip
    for place in range(2):
        terminal.call(
            *("school", "enrol", scene.ids[f"pupil-{place}"], scene.ids["class"]),
            *("--since", "2026-09-01", "--order-number", "12", "--order-date", "2026-08-28"),
            login=ADMIN,
        )
    scene.made(
        "guardian",
        *("school", "guardian", scene.ids["pupil-0"], "--relation", "father"),
        *("--name", "Їжак Степан Гнатович", "--email", PARENT, "--phone", "067 411 22 33"),
        login=ADMIN,
    )
    scene.made(
        "mother",
        *("school", "guardian", scene.ids["pupil-0"], "--relation", "mother"),
        *("--name", "Їжак Галина Юхимівна"),
        login=ADMIN,
    )
    tie = terminal.ask(
        *("school", "link", scene.ids["mother"], scene.ids["pupil-1"], "--relation", "other"),
        login=ADMIN,
    )
    assert tie["relation"] == "other"
    scene.made(
        "journal",
        *("journal", "open", scene.ids["class"], scene.ids["subject"]),
        *("--semester", "1", "--teacher", scene.ids["teacher"]),
        login=ADMIN,
    )
    invite(scene)


def invite(scene: Scene) -> None:
    terminal = scene.terminal
    for role, email, person, name in (
        ("subject-teacher", TEACHER, "teacher", "Ґанок Євгенія Юріївна"),
        ("subject-teacher", STRANGER, "stranger", "Щербань Наталія Григорівна"),
        ("pupil", PUPIL, "pupil-0", PUPILS[0]),
        ("parent", PARENT, "guardian", "Їжак Степан Гнатович"),
        ("parent", PARENT_OF_TWO, "mother", "Їжак Галина Юхимівна"),
    ):
        terminal.call(
            *("invitations", "send", "--role", role, "--email", email, "--name", name),
            *("--person", scene.ids[person]),
            login=ADMIN,
        )
    terminal.call(
        *("invitations", "send", "--role", "director", "--email", HEAD),
        *("--name", "Зварич Мирон Остапович", "--person", scene.ids["head"]),
        *("--school", scene.ids["school"]),
        login=OPERATOR,
    )
    letters = delivered(terminal)
    assert sorted(letters) == sorted([TEACHER, STRANGER, PUPIL, PARENT, PARENT_OF_TWO, HEAD])
    for raw in letters.values():
        accepted(terminal, raw)


def teach(scene: Scene) -> None:
    terminal, ids = scene.terminal, scene.ids
    for name, day, topic in (("first", MONDAY, "Числа"), ("second", MONDAY.replace(day=9), "")):
        scene.made(
            name,
            *("journal", "lesson", ids["journal"], "--day", day.isoformat(), "--bell", "2"),
            *("--topic", topic, "--plan-no", "1"),
            login=TEACHER,
        )
    terminal.call("journal", "topic", ids["second"], "Порівняння", "--plan-no", "2", login=TEACHER)
    terminal.call(
        "journal", "homework", ids["first"], "§ 1, № 12", "--due", ids["second"], login=TEACHER
    )
    scene.made("test", "journal", "lesson-column", ids["second"], "--kind", "test", login=TEACHER)
    scene.made(
        "thematic",
        *("journal", "column", ids["journal"], "--kind", "thematic", "--title", "Тема 1"),
        login=TEACHER,
    )
    scene.made(
        "notebook",
        *("journal", "column", ids["journal"], "--kind", "notebook", "--day", "2026-09-18"),
        login=TEACHER,
    )
    terminal.call("journal", "mark", ids["notebook"], ids["pupil-1"], "8", login=TEACHER)
    for value in ("4", "6"):
        terminal.call("journal", "mark", ids["test"], ids["pupil-0"], value, login=TEACHER)
    terminal.call("journal", "absence", ids["first"], ids["pupil-0"], "--late", "7", login=TEACHER)
    terminal.call(
        "journal", "absence", ids["first"], ids["pupil-1"], "--code", "ill", login=TEACHER
    )


# What stands there


def test_the_page_of_a_journal_shows_marks_absences_and_lessons(scene: Scene) -> None:
    shown = scene.terminal.call("journal", "show", scene.ids["journal"], login=TEACHER).stdout
    assert "5-А, Математика, 1 семестр, 2026/27; Ґанок Є. Ю." in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["Ґудзь", "Єва", "хв", "8"] in rows
    assert ["Їжак", "Ілля", "запізн.", "7", "хв", "6"] in rows
    assert ["09.09.2026", "2", "2", "Порівняння"] in rows


def test_a_page_shows_identifiers_where_it_is_asked_to(scene: Scene) -> None:
    plain = scene.terminal.call("journal", "show", scene.ids["journal"], login=TEACHER).stdout
    shown = scene.terminal.call(
        "journal", "show", scene.ids["journal"], "--ids", login=TEACHER
    ).stdout
    for name in ("pupil-0", "test", "second"):
        assert scene.ids[name] in shown
        assert scene.ids[name] not in plain


def test_a_pupil_and_a_guardian_read_the_same_week(scene: Scene) -> None:
    asked = ("diary", "show", "--day", "2026-09-10")
    week = scene.terminal.ask(*asked, login=PUPIL)
    assert scene.terminal.ask(*asked, login=PARENT) == week
    assert scene.terminal.ask(*asked[:2], scene.ids["pupil-0"], *asked[2:], login=PARENT) == week
    assert week["period"] == {"first": "2026-09-07", "last": "2026-09-13"}
    wednesday = week["days"][2]["entries"][0]
    assert wednesday["homework"] == ["§ 1, № 12"]
    assert [mark["mark"]["value"] for mark in wednesday["marks"]] == ["6"]
    shown = scene.terminal.call(*asked, login=PUPIL).stdout
    assert "Їжак Ілля Степанович, 07.09.2026 - 13.09.2026" in shown
    assert "6 (К/р)" in shown


def test_a_mark_of_a_day_without_a_lesson_stands_in_the_week(scene: Scene) -> None:
    asked = ("diary", "show", scene.ids["pupil-1"], "--day", "2026-09-18")
    shown = scene.terminal.call(*asked, login=HEAD).stdout
    assert ["Математика", "Зошит", "8"] in [line.split() for line in shown.splitlines()]


def test_a_day_that_is_left_out_is_today(scene: Scene) -> None:
    with_day = scene.terminal.ask("diary", "show", login=PUPIL)
    assert len(with_day["days"]) == 5
    listed = scene.terminal.ask("school", "class-list", scene.ids["class"], login=ADMIN)
    assert isinstance(listed, list)


def test_the_history_of_a_mark_names_who_changed_it(scene: Scene) -> None:
    asked = ("journal", "history", scene.ids["journal"], scene.ids["test"], scene.ids["pupil-0"])
    changes = scene.terminal.ask(*asked, login=TEACHER)
    assert [(change["old"], change["new"]) for change in changes] == [("4", "6"), (None, "4")]
    assert scene.terminal.call(*asked, login=TEACHER).stdout.count("Ґанок Є. Ю.") == 2


def test_lists_show_what_there_is(scene: Scene) -> None:
    card = scene.terminal.ask("school", "card", login=ADMIN)
    assert (card["diso_id"], card["state"]) == (17342, "active")
    assert "державний" in scene.terminal.call("school", "card", login=ADMIN).stdout
    everything = scene.terminal.ask("school", "list", login=ADMIN)
    assert {kind: len(found) for kind, found in everything.items()} == {
        "years": 1,
        "classes": 1,
        "subjects": 1,
        "staff": 3,
    }
    assert scene.ids["teacher"] in scene.terminal.call("school", "list", login=ADMIN).stdout
    asked = ("school", "class-list", scene.ids["class"], "--day", "2026-09-10")
    pupils = scene.terminal.ask(*asked, login=ADMIN)
    assert [pupil["name"]["family"] for pupil in pupils] == ["Ґудзь", "Їжак"]
    (journal,) = scene.terminal.ask("journal", "list", login=TEACHER)
    assert journal["id"] == scene.ids["journal"]
    assert scene.terminal.ask("journal", "list", login=STRANGER, cabinet="subject-teacher") == []
    assert "Математика" in scene.terminal.call("journal", "list", login=TEACHER).stdout


def test_people_see_their_cabinets(scene: Scene) -> None:
    (cabinet,) = scene.terminal.ask("cabinets", login=TEACHER)
    assert cabinet["role"] == "subject-teacher"
    shown = scene.terminal.call("cabinets", login=TEACHER).stdout
    assert f"subject-teacher@{scene.ids['school']}" in shown
    named = f"subject-teacher@{scene.ids['school']}"
    assert scene.terminal.ask("journal", "list", login=TEACHER, cabinet=named)


def test_the_department_sees_its_schools(scene: Scene) -> None:
    asked = ("authorities", "connections")
    own = scene.terminal.ask(*asked, login=OFFICER)
    assert own["numbers"]["active"] == 1
    assert [school["state"] for school in own["schools"]] == ["active", "not-asked", "not-asked"]
    named = scene.terminal.ask(*asked, "--authority", scene.ids["authority"], login=OPERATOR)
    assert named == own
    everyone = scene.terminal.ask(*asked, login=OPERATOR)
    assert len(everyone["schools"]) == 5
    assert "не зверталися" in scene.terminal.call(*asked, login=OFFICER).stdout
    (listed,) = scene.terminal.ask("authorities", "list", login=OPERATOR)
    assert listed["code"] == "UA46-DON"
    assert "Департамент" in scene.terminal.call("authorities", "list", login=OPERATOR).stdout


def test_a_page_is_exported_by_the_name_of_the_form(scene: Scene) -> None:
    page = scene.ids["journal"]
    asked = ("export", page, "--format", "csv")
    printed = scene.terminal.call(*asked, login=TEACHER).stdout_bytes
    target = scene.terminal.file("page.csv")
    said = scene.terminal.ask(*asked, "--output", str(target), login=TEACHER)
    assert said == {"file": str(target), "media_type": "text/csv"}
    assert target.read_bytes() == printed
    assert "Записано" in scene.terminal.call(*asked, "--output", str(target), login=TEACHER).stdout
    exported = json.loads(scene.terminal.call("export", page, login=TEACHER).stdout)
    assert exported["page"]["journal"]["id"] == page


# Requests


@pytest.fixture
def institute(tmp_path: Path) -> Terminal:
    return begin(tmp_path)


def test_messages_come_from_files_a_maildir_and_standard_input(institute: Terminal) -> None:
    (path,) = written(institute, SampleMessage.COMPLETE)
    (first,) = institute.ask("requests", "receive", path)
    (again,) = institute.ask("requests", "receive", "-", typed=Path(path).read_bytes())
    assert again == first
    new = institute.file("mail") / "new"
    new.mkdir(parents=True)
    (new.parent / "cur").mkdir()
    (new / "1").write_bytes(message(SampleMessage.SECOND))
    (linked,) = institute.ask("requests", "receive", "--maildir", str(new.parent))
    assert (linked["state"], linked["linked_to"]) == ("linked", first["id"])
    assert institute.ask("requests", "receive", "--maildir", str(new.parent)) == []


def test_a_request_is_shown_beside_the_directory(institute: Terminal) -> None:
    institute.file("schools.csv").write_bytes(directory())
    institute.call("directory", "import", str(institute.file("schools.csv")), login=OPERATOR)
    paths = written(institute, SampleMessage.COMPLETE, SampleMessage.SECOND)
    first, _ = institute.ask("requests", "receive", *paths)
    shown = institute.call("requests", "show", first["id"], login=OPERATOR).stdout
    assert "Розбіжності з переліком" in shown
    assert "Ще один запит того самого закладу" in shown
    seen = institute.ask("requests", "show", first["id"], login=OPERATOR)
    assert [one["item"] for one in seen["mismatches"]] == ["school_name"]
    (other,) = institute.ask("requests", "receive", *written(institute, SampleMessage.WINDOWS_1251))
    english = institute.call(
        "requests", "show", other["id"], login=OPERATOR, options=["--lang", "en"]
    ).stdout
    assert "Another e-journal is connected: Щоденник-Плюс" in english
    assert "The directory says the same." in english


def test_a_request_that_the_directory_lacks_is_shown_as_such(institute: Terminal) -> None:
    flawed = written(institute, SampleMessage.INCOMPLETE)[0]
    text = Path(flawed).read_bytes().replace(b"charset=koi8-u", b"charset=koi8-u")
    Path(flawed).write_bytes(text)
    (request,) = institute.ask("requests", "receive", flawed)
    shown = institute.call("requests", "show", request["id"], login=OPERATOR).stdout
    assert "У переліку такого закладу немає." in shown
    assert "не вказано" in shown


def test_what_cannot_be_accepted_is_quoted_with_its_reason(institute: Terminal) -> None:
    raw = (
        b"From: school@mail.example\r\nMessage-ID: <flawed@mail.example>\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    ) + "ЄДРПОУ: 12345679\r\nОбласть: Львівська\r\n".encode()
    (request,) = institute.ask("requests", "receive", "-", typed=raw)
    english = ["--lang", "en"]
    shown = institute.call(
        "requests", "show", request["id"], login=OPERATOR, options=english
    ).stdout
    assert "“12345679”: the check digit does not match" in shown
    assert "«12345679»" in institute.call("requests", "show", request["id"], login=OPERATOR).stdout


def test_requests_are_decided_upon(institute: Terminal) -> None:
    everything = written(institute, *SampleMessage)
    complete, windows, incomplete, reply, _ = institute.ask("requests", "receive", *everything)
    assert reply["id"] == incomplete["id"]
    taken = institute.ask("requests", "take", windows["id"], login=OPERATOR)
    assert [one["state"] for one in taken] == ["under-review"]
    (asked,) = institute.ask(
        "requests", "clarify", windows["id"], "--words", "Хто адміністратор?", login=OPERATOR
    )
    assert asked["state"] == "incomplete"
    (mended,) = institute.ask(
        *("requests", "complete", windows["id"], "--region", "Запорізька", "--community", "Місто"),
        *("--school-name", "Школа № 9", "--diso-id", "20518", "--edrpou", "25788466"),
        *("--admin-name", "Мельник Тетяна Василівна", "--admin-email", "t@mail.example"),
        *("--admin-phone", "050 123 45 67"),
        login=OPERATOR,
    )
    assert (mended["state"], mended["items"]["school_name"]) == ("received", "Школа № 9")
    institute.call("requests", "take", complete["id"], login=OPERATOR)
    (refused,) = institute.ask(
        "requests", "reject", complete["id"], "--reason", "не той заклад", login=OPERATOR
    )
    assert refused["rejection"] == "не той заклад"
    assert (
        "не той заклад" in institute.call("requests", "show", complete["id"], login=OPERATOR).stdout
    )
    (back,) = institute.ask("requests", "withdraw", incomplete["id"], login=OPERATOR)
    assert back["state"] == "withdrawn"
    assert institute.ask("requests", "expire") == []
    rejected = institute.ask("requests", "list", "--state", "rejected", login=OPERATOR)
    assert [one["id"] for one in rejected] == [complete["id"]]
    assert len(institute.ask("requests", "list", login=OPERATOR)) == 4


def test_a_school_with_another_journal_needs_its_decision(institute: Terminal) -> None:
    institute.file("schools.csv").write_bytes(directory())
    institute.call("directory", "import", str(institute.file("schools.csv")), login=OPERATOR)
    (request,) = institute.ask(
        "requests", "receive", *written(institute, SampleMessage.WINDOWS_1251)
    )
    institute.call("requests", "take", request["id"], login=OPERATOR)
    approve = ("requests", "approve", request["id"])
    assert institute.refusal(*approve, login=OPERATOR)["code"] == "needs-decision"
    number = ("--decision-number", "7")
    assert institute.refusal(*approve, *number, login=OPERATOR)["code"] == "invalid"
    (approved,) = institute.ask(*approve, *number, "--decision-day", "2026-08-20", login=OPERATOR)
    assert approved["decision"] == {"number": "7", "day": "2026-08-20", "words": ""}


def test_rows_of_the_directory_that_are_refused_are_findings(institute: Terminal) -> None:
    path = institute.file("schools.csv")
    path.write_text("ID ДІСО;Назва;Область\nдесять;Школа;Львівська\n12;Ліцей;Львівська\n", "utf-8")
    result = institute.call(
        "directory", "import", str(path), login=OPERATOR, options=["--json"], code=1
    )
    told = json.loads(result.stdout)
    assert (told["added"], [row["line"] for row in told["refused"]]) == (1, [2])
    shown = institute.call("directory", "import", str(path), login=OPERATOR, code=1).stdout
    assert "Відхилені рядки" in shown


# Invitations


def test_an_invitation_is_sent_again_and_taken_back(scene: Scene) -> None:
    terminal = scene.terminal
    sent = terminal.ask(
        *("invitations", "send", "--role", "school-admin", "--email", "second@mail.example"),
        *("--name", "Друга Ганна"),
        login=ADMIN,
    )
    (waiting,) = terminal.ask("invitations", "list", login=ADMIN)
    assert waiting["id"] == sent["id"]
    school = ("--school", scene.ids["school"])
    again = terminal.ask(
        "invitations", "resend", sent["id"], "--how", "rotate", *school, login=OPERATOR
    )
    assert (sent["generation"], again["generation"]) == (1, 2)
    assert terminal.ask("invitations", "list", *school, login=OPERATOR) == [again]
    shown = terminal.call("invitations", "revoke", sent["id"], login=ADMIN).stdout
    assert "second@mail.example" in shown
    assert terminal.ask("invitations", "list", login=ADMIN) == []


def test_the_institute_brings_roles_up_to_date_and_the_school_does_not(scene: Scene) -> None:
    asked = ("invitations", "renew-rights", "--role", "pupil", "--act", "propose-excuse")
    school = ("--school", scene.ids["school"])
    assert scene.terminal.ask(*asked, *school, login=OPERATOR) == []
    told = scene.terminal.refusal(*asked[:-1], "give-mark", *school, login=OPERATOR)
    assert told["code"] == "not-allowed-here"
    assert scene.terminal.refusal(*asked, *school, login=HEAD)["code"] == "forbidden"


def test_who_has_a_password_takes_a_second_role_with_it(scene: Scene) -> None:
    terminal = scene.terminal
    terminal.call(
        *("invitations", "send", "--role", "deputy", "--email", STRANGER),
        *("--name", "Щербань Наталія Григорівна", "--person", scene.ids["stranger"]),
        login=ADMIN,
    )
    raw = delivered(terminal)[STRANGER]
    result = terminal.call(
        "invitations", "accept", typed=f"{link_in(raw)}\n{PHRASE}\n", options=["--lang", "en"]
    )
    assert "accepted" in result.stdout
    assert "deputy head: Зарічненський ліцей" in result.stderr
    assert PHRASE not in result.output
    told = terminal.refusal("journal", "list", login=STRANGER)
    assert told["code"] == "choose-cabinet"
    assert "deputy@" in told["message"]
    assert terminal.ask("journal", "list", login=STRANGER, cabinet="deputy")
    (_, _) = terminal.ask("cabinets", login=STRANGER)
    used = terminal.refusal("invitations", "accept", typed=f"{link_in(raw)}\n")
    assert used["code"] == "token-refused"


def test_a_first_password_is_typed_twice(institute: Terminal) -> None:
    (request,) = institute.ask("requests", "receive", *written(institute, SampleMessage.COMPLETE))
    institute.call("requests", "take", request["id"], login=OPERATOR)
    institute.call("requests", "approve", request["id"], login=OPERATOR)
    link = link_in(delivered(institute)[ADMIN])
    short = f"{link}\nkorotko\nkorotko\n"
    assert institute.refusal("invitations", "accept", typed=short)["code"] == "invalid"
    institute.call("invitations", "accept", typed=f"{link}\n{PHRASE}\n{PHRASE}\n")
    assert institute.ask("school", "card", login=ADMIN)["state"] == "activated"


def test_a_token_that_opens_nothing_is_refused(scene: Scene) -> None:
    told = scene.terminal.refusal("invitations", "accept", typed="https://x.example/abc\n")
    assert told["code"] == "token-refused"
    assert "abc" not in told["message"]


# The school


def test_a_class_is_parted_into_subgroups(scene: Scene) -> None:
    terminal, ids = scene.terminal, scene.ids
    group = terminal.ask(
        "school", "subgroup", ids["class"], ids["pupil-0"], "--name", "Група 1", login=ADMIN
    )
    assert group["members"] == [ids["pupil-0"]]


def test_whose_diary_is_meant_has_to_be_clear(scene: Scene) -> None:
    for login in (PARENT_OF_TWO, TEACHER):
        assert scene.terminal.refusal("diary", "show", login=login)["code"] == "invalid"


def test_the_head_chooses_the_journal_system(scene: Scene) -> None:
    terminal = scene.terminal
    decision = ("--decision-number", "3", "--decision-day", "2026-09-10")
    asked = ("school", "journal-system", *decision)
    assert (
        terminal.ask(*asked, "--vendor", "Щоденник-Плюс", login=HEAD)["vendor"] == "Щоденник-Плюс"
    )
    shown = terminal.call("school", "card", login=HEAD).stdout
    assert "Щоденник-Плюс" in shown
    assert terminal.ask(*asked, login=HEAD)["journal_system"] == "ours"
    assert terminal.refusal(*asked, login=ADMIN)["code"] == "forbidden"


def test_a_lesson_is_given_to_a_substitute_and_back(scene: Scene) -> None:
    terminal, ids = scene.terminal, scene.ids
    asked = ("journal", "substitute", ids["first"])
    given = terminal.ask(*asked, ids["stranger"], "--reason", "training", login=ADMIN)
    assert given["substitute"] == ids["stranger"]
    assert terminal.ask(*asked, login=ADMIN)["substitute"] is None


def test_an_absence_is_withdrawn(scene: Scene) -> None:
    terminal, ids = scene.terminal, scene.ids
    asked = ("journal", "absence", ids["second"], ids["pupil-1"])
    noted = terminal.ask(*asked, "--code", "absent", "--excuse", "лікар", login=TEACHER)
    assert (noted["code"], noted["excuse"]) == ("absent", "лікар")
    assert terminal.ask(*asked, "--remote", login=TEACHER)["remote"] is True
    page = terminal.call("journal", "show", scene.ids["journal"], login=TEACHER).stdout
    assert [word for word in page.split() if word.startswith("дист")] == ["дист."]
    assert terminal.ask(*asked, "--present", login=TEACHER)["code"] is None
    told = terminal.refusal(*asked, "--present", "--late", "3", login=TEACHER, code=2)
    assert told["code"] == "usage"


def test_an_authority_passes_a_letter_on(scene: Scene) -> None:
    terminal = scene.terminal
    text = terminal.file("letter.txt")
    text.write_text("Шановні колеги!\n\nНагадуємо про канікули.\n", "utf-8")
    asked = ("letters", "pass-on", "--subject", "Канікули", "--text", str(text))
    assert terminal.ask(*asked, login=OFFICER) == {"letters": 1, "unreached": []}
    assert "Листів у черзі: 1" in terminal.call(*asked, login=OFFICER).stdout
    with smtp_server() as server:
        shown = terminal.call("letters", "deliver", "--mailer", smtp_url(server.port)).stdout
        assert [letter.recipient for letter in server.arrived] == [ADMIN, ADMIN]
    assert "Надіслано листів: 2" in shown


def test_an_operator_appoints_and_dismisses(institute: Terminal) -> None:
    name = ("--name", "Другий Іван", "--email", "second@institute.example")
    appoint = ("authorities", "appoint", "--role", "ministry", *name)
    grant = institute.ask(*appoint, login=OPERATOR, typed=f"{PHRASE}\n{PHRASE}\n")
    assert institute.refusal(*appoint, login=OPERATOR)["code"] == "duplicate"
    ended = institute.ask("authorities", "dismiss", grant["id"], login=OPERATOR)
    assert ended["until"] is not None
    nowhere = institute.refusal("authorities", "list", login="second@institute.example")
    assert nowhere["code"] == "choose-cabinet"


# Ledgers


def test_ledgers_agree_with_tables_and_seals(scene: Scene) -> None:
    terminal = scene.terminal
    seals = terminal.file("seals.json")
    assert "Записано" in terminal.call("ledger", "seal", "--output", str(seals)).stdout
    assert terminal.call("ledger", "seal").stdout == seals.read_text("utf-8")
    told = terminal.ask("ledger", "verify", "--seal", str(seals))
    assert told == {"chains": 2, "findings": []}
    one = terminal.ask("ledger", "verify", "--school", scene.ids["school"])
    assert one == {"chains": 1, "findings": []}
    assert "узгоджені" in terminal.call("ledger", "verify").stdout


def test_what_does_not_agree_is_found_with_exit_code_1(scene: Scene, tmp_path: Path) -> None:
    altered = Terminal(tmp_path)
    source = sqlite3.connect(scene.terminal.file("ejournal.db"))
    target = sqlite3.connect(altered.file("ejournal.db"))
    source.backup(target)
    source.close()
    target.execute("UPDATE ejournal_mark SET value = '12'")
    target.commit()
    target.close()
    result = altered.call("ledger", "verify", options=["--json"], code=1)
    findings = json.loads(result.stdout)["findings"]
    assert {(one["chain"], one["flaw"]) for one in findings} == {(scene.ids["school"], "altered")}
    assert result.stderr == ""
    assert "змінено дані" in altered.call("ledger", "verify", code=1).stdout


def test_plug_ins_are_shown_what_was_committed_since_the_last_time(institute: Terminal) -> None:
    assert institute.ask("ledger", "feed")["entries"] > 0
    assert institute.ask("ledger", "feed") == {"entries": 0}
    assert "Передано записів: 0." in institute.call("ledger", "feed").stdout


def test_a_file_that_holds_no_seals_is_a_fault(scene: Scene) -> None:
    for text in ("{", "[1]", '[{"chain": "x", "seq": 1, "hash": ""}]'):
        scene.terminal.file("wrong.json").write_text(text, "utf-8")
        told = scene.terminal.refusal(
            "ledger", "verify", "--seal", str(scene.terminal.file("wrong.json")), code=4
        )
        assert told["code"] == "unreadable"


# What is refused, and how


# Steps


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A store that the release of the first step made."""
    with monkeypatch.context() as patch:
        for module in (steps, versions):
            patch.setattr(module, "STEPS", STEPS[:1])
        store = SqlStore.open(f"sqlite:///{tmp_path / 'ejournal.db'}")
        store.upgrade_tables()
        store.dispose()
        return begin(tmp_path)


def test_steps_to_come_are_shown_and_run(older: Terminal) -> None:
    assert older.refusal("requests", "expire", code=4)["code"] == "schema-mismatch"
    shown = older.ask("schema", "show")
    assert shown["version"] == 1
    assert [step["number"] for step in shown["pending"]] == [step.number for step in STEPS[1:]]
    assert STEPS[1].title in older.call("schema", "show").stdout

    assert older.ask("schema", "upgrade") == {"version": len(STEPS)}
    assert older.ask("schema", "show") == {"version": len(STEPS), "pending": []}
    assert f"Таблиці на кроці {len(STEPS)}." in older.call("schema", "show").stdout
    older.call("requests", "expire")


def test_the_sql_of_steps_is_printed_and_nothing_run(older: Terminal) -> None:
    to_come = older.call("schema", "sql").stdout
    assert "CREATE TABLE ejournal_cursor" in to_come
    assert "CREATE TABLE ejournal_mark" not in to_come
    assert "CREATE TABLE ejournal_mark" in older.call("schema", "sql", "--since", "0").stdout
    assert older.ask("schema", "show")["version"] == 1


def test_a_store_without_tables_has_no_steps(tmp_path: Path) -> None:
    told = Terminal(tmp_path, "memory:").refusal("schema", "show")
    assert told["code"] == "not-allowed-here"


def test_a_call_that_is_wrong_in_itself_ends_with_2(scene: Scene) -> None:
    terminal = scene.terminal
    for arguments in (
        ("nonsense",),
        ("requests", "receive"),
        ("requests", "receive", "a.eml", "--maildir", "mail"),
        ("requests", "show"),
        ("requests", "list", "--state", "nonsense"),
        ("requests", "list", "--nonsense"),
        ("requests", "list"),
        ("school", "year", "--first", "yesterday"),
        ("--lang", "de", "cabinets"),
        (),
    ):
        assert terminal.refusal(*arguments, code=2)["code"] == "usage", arguments


def test_usage_is_explained_in_both_languages(scene: Scene) -> None:
    absent = scene.terminal.call("requests", "show", code=2).stderr
    assert "не вказано" in absent
    english = scene.terminal.call("requests", "show", code=2, options=["--lang", "en"]).stderr
    assert "is not given" in english
    wrong = scene.terminal.call("requests", "list", "--state", "nonsense", code=2).stderr
    assert "неприйнятне значення" in wrong
    unsigned = scene.terminal.call("requests", "list", code=2).stderr
    assert unsigned == "ejournal: для цієї дії потрібно --as EMAIL\n"
    unknown = scene.terminal.call("nonsense", code=2).stderr
    assert unknown.startswith("ejournal: неправильний виклик:")
    assert "nonsense" in unknown
    assert "`ejournal --help`" in unknown


def test_a_refusal_ends_with_3_and_says_why_in_the_language_of_the_call(scene: Scene) -> None:
    arguments = ("journal", "show", scene.ids["class"])
    ukrainian = scene.terminal.call(*arguments, login=TEACHER, code=3)
    english = scene.terminal.call(*arguments, login=TEACHER, code=3, options=["--lang", "en"])
    assert ukrainian.stderr.startswith("ejournal: немає запису journal")
    assert english.stderr.startswith("ejournal: no journal under")
    assert ukrainian.stdout == english.stdout == ""
    by_environment = scene.terminal.call(
        *arguments, login=TEACHER, code=3, env={"EJOURNAL_LANG": "en"}
    )
    assert by_environment.stderr == english.stderr


def test_rights_are_the_cabinets(scene: Scene) -> None:
    terminal, ids = scene.terminal, scene.ids
    mark = ("journal", "mark", ids["test"], ids["pupil-0"], "12")
    teacher = terminal.refusal(*mark, login=STRANGER, cabinet="subject-teacher")
    assert teacher["code"] == "forbidden"
    assert terminal.refusal(*mark, login=ADMIN)["code"] == "forbidden"
    diary = ("diary", "show", ids["pupil-1"])
    assert terminal.refusal(*diary, login=PUPIL)["code"] == "forbidden"
    assert terminal.refusal("requests", "list", login=ADMIN)["code"] == "forbidden"
    assert terminal.refusal("school", "card", login=OPERATOR)["code"] == "not-allowed-here"


def test_a_pupil_of_another_class_gets_no_mark(scene: Scene) -> None:
    ids = scene.ids
    told = scene.terminal.refusal(
        "journal", "mark", ids["test"], ids["pupil-2"], "7", login=TEACHER
    )
    assert told["code"] == "not-enrolled"


@pytest.mark.parametrize("value", ["13", "a", "Н"])
def test_what_is_no_mark_is_refused(scene: Scene, value: str) -> None:
    ids = scene.ids
    told = scene.terminal.refusal(
        "journal", "mark", ids["test"], ids["pupil-0"], value, login=TEACHER
    )
    assert told["code"] == "invalid"


def test_dates_and_bells_that_cannot_be_read_are_refused(scene: Scene) -> None:
    year = ("school", "year", "--first", "2027-09-01", "--last", "2028-06-30")
    semester = ("--semester", "2027-09-01:2027-12-24")
    for more in (
        ("--semester", "autumn"),
        (*semester, "--holiday", "Зима"),
        (*semester, "--bells", "half past eight"),
        (*semester, "--bells", "08:30/ten"),
    ):
        told = scene.terminal.refusal(*year, *more, login=ADMIN)
        assert told["code"] == "invalid", more


def test_a_wrong_password_and_an_unknown_login_are_answered_alike(scene: Scene) -> None:
    terminal = scene.terminal
    terminal.file("other").write_text("зовсім інший пароль\n", "utf-8")
    answers = [
        terminal.refusal(
            *("--as", login, "--password-file", str(terminal.file("other"))), "cabinets"
        )
        for login in (PUPIL, "nobody@mail.example")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["code"] == "sign-in-denied"
    assert terminal.ask("cabinets", login=PUPIL)


def test_a_password_is_typed_where_no_file_is_named(scene: Scene) -> None:
    result = scene.terminal.call(
        "cabinets", typed=f"{PHRASE}\n", options=["--as", TEACHER, "--json"]
    )
    assert PHRASE not in result.output
    assert scene.ids["school"] in result.stdout
    given = scene.terminal.call(
        "cabinets",
        typed=f"{PHRASE}\n",
        options=["--as", TEACHER, "--json", "--password-file", "-"],
    )
    assert scene.ids["school"] in given.stdout


def test_a_call_that_is_left_at_its_question_ends_with_130(scene: Scene) -> None:
    scene.terminal.call("cabinets", options=["--as", TEACHER], code=130)


def test_an_account_without_an_entry_is_not_signed_in(institute: Terminal) -> None:
    database = sqlite3.connect(institute.file("ejournal.db"))
    database.execute("DELETE FROM ejournal_binding")
    database.commit()
    database.close()
    assert institute.refusal("cabinets", login=OPERATOR)["code"] == "sign-in-denied"


# Stores and keys


def test_init_makes_a_key_that_only_its_owner_reads(institute: Terminal) -> None:
    key = institute.file("ejournal.db.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text("ascii"))) == 32
    database = institute.file("ejournal.db").read_bytes()
    assert key.read_text("ascii").strip().encode() not in database


def test_init_is_done_once(institute: Terminal) -> None:
    key = institute.file("ejournal.db.key").read_bytes()
    told = institute.refusal("init", "--name", "Інша Особа", "--email", "x@mail.example")
    assert told["code"] == "not-allowed-here"
    assert institute.file("ejournal.db.key").read_bytes() == key


def test_init_asks_for_a_password_and_takes_no_easy_one(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    name = ("--name", "Нечай Оксана Дмитрівна", "--email", OPERATOR)
    told = terminal.refusal("init", *name, typed="qwertyqwerty\nqwertyqwerty\n")
    assert told["code"] == "invalid"
    assert "qwerty" not in told["message"]
    result = terminal.call("init", *name, typed=f"{PHRASE}\n{PHRASE}\n")
    assert "ejournal.db.key" in result.stdout
    assert terminal.ask("cabinets", login=OPERATOR) == [
        {"role": "tech-admin", "school": None, "person": None, "authority": None}
    ]


def test_a_key_in_the_environment_needs_no_file(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    env: dict[str, str | None] = {"EJOURNAL_KEY": "ab" * 32}
    name = ("--name", "Нечай Оксана Дмитрівна", "--email", OPERATOR)
    typed = f"{PHRASE}\n{PHRASE}\n"
    made = terminal.ask("init", *name, typed=typed, env=env)
    assert made["key_file"] is None
    assert not terminal.file("ejournal.db.key").exists()


@pytest.mark.parametrize(
    ("key", "code"), [("ab", "invalid"), ("not a key", "invalid"), (None, "key-absent")]
)
def test_a_key_that_is_none_is_refused(institute: Terminal, key: str | None, code: str) -> None:
    institute.file("ejournal.db.key").unlink()
    mailer = ("letters", "deliver", "--mailer", "smtp://127.0.0.1:9?security=none")
    told = institute.refusal(*mailer, env={"EJOURNAL_KEY": key})
    assert told["code"] == code
    assert not key or key not in told["message"]


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_key_that_others_may_read_is_refused(institute: Terminal) -> None:
    institute.file("ejournal.db.key").chmod(0o644)
    mailer = ("letters", "deliver", "--mailer", "smtp://127.0.0.1:9?security=none")
    assert institute.refusal(*mailer)["code"] == "key-exposed"


def test_a_store_without_a_place_for_a_key_needs_the_environment(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "memory:")
    name = ("--name", "Нечай Оксана Дмитрівна", "--email", OPERATOR)
    told = terminal.refusal("init", *name)
    assert told["code"] == "key-absent"
    assert "EJOURNAL_KEY" in told["message"]
    mailer = ("letters", "deliver", "--mailer", "smtp://127.0.0.1:9?security=none")
    assert terminal.refusal(*mailer)["code"] == "key-absent"


def test_only_a_sqlite_url_names_a_file() -> None:
    assert database_file("sqlite:///a/b.db") == Path("a/b.db")
    assert database_file("sqlite:////a/b.db") == Path("/a/b.db")
    assert key_file("sqlite:///b.db") == Path("b.db.key")
    for url in ("sqlite://", "sqlite:///:memory:", "memory:", "postgresql://host/db"):
        assert database_file(url) is None
        assert key_file(url) is None


def test_a_store_that_init_did_not_make_is_not_made_by_looking(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    told = terminal.refusal("requests", "expire")
    assert told["code"] == "store-absent"
    assert "ejournal.db" in told["message"]
    assert "ejournal init" in told["message"]
    assert not terminal.file("ejournal.db").exists()


def test_a_fault_ends_with_4(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.file("ejournal.db").touch()
    assert terminal.refusal("requests", "expire", code=4)["code"] == "schema-mismatch"
    absent = terminal.refusal("requests", "receive", "absent.eml", code=4)
    assert absent["code"] == "unavailable"


def test_a_file_that_cannot_be_read_is_a_fault(institute: Terminal) -> None:
    told = institute.refusal("directory", "import", "absent.csv", login=OPERATOR, code=4)
    assert told["code"] == "io"
    assert "absent.csv" in told["message"]


def test_a_database_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, f"sqlite:///{tmp_path / 'absent' / 'ejournal.db'}")
    name = ("--name", "Нечай Оксана Дмитрівна", "--email", OPERATOR)
    assert terminal.refusal("init", *name, code=4)["code"] == "unavailable"


def test_what_is_no_url_of_a_database_is_refused_unquoted(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "sqlite:a-secret")
    told = terminal.refusal("requests", "expire")
    assert told["code"] == "invalid"
    assert "a-secret" not in told["message"]


def test_a_file_in_another_encoding_is_a_fault(scene: Scene) -> None:
    terminal = scene.terminal
    terminal.file("old.txt").write_bytes("Шановні колеги!".encode("cp1251"))
    asked = ("letters", "pass-on", "--subject", "Лист", "--text", str(terminal.file("old.txt")))
    assert terminal.refusal(*asked, login=OFFICER, code=4)["code"] == "encoding"


def test_only_the_librarys_own_identity_takes_passwords(scene: Scene) -> None:
    @define
    class Another:
        scheme: str = "password"

        def identify(self, claim: object, /) -> Denied:
            del claim
            return Denied()

    plugins = evolve(load(), identities={"password": lambda _: Another()})
    with pytest.raises(NotAllowedHere):
        passwords_of(plugins, MemoryStore())


def test_schemes_and_forms_nobody_offers_are_refused(scene: Scene, tmp_path: Path) -> None:
    told = Terminal(tmp_path, "sqlit:///x.db").refusal("requests", "expire")
    assert told["code"] == "not-offered"
    assert "«sqlit»" in told["message"]
    assert "sqlite" in told["message"].partition("є")[2]
    form = ("export", scene.ids["journal"], "--format", "nosuch")
    assert scene.terminal.refusal(*form, login=TEACHER)["code"] == "not-offered"
    mailer = ("letters", "deliver", "--mailer", "pigeon:coop")
    assert scene.terminal.refusal(*mailer)["code"] == "not-offered"


# Words


def commands(
    group: Any,  # noqa: ANN401 - commands are Typer's own
    path: tuple[str, ...] = (),
) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in getattr(group, "commands", {}).items():
        yield (*path, name), command
        yield from commands(command, (*path, name))


ALL = dict(commands(get_command(app)))


def test_every_command_of_the_reference_is_there() -> None:
    reference = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
    named = set(
        re.findall(r"^\| `([a-z][a-z -]+)", reference.read_text("utf-8"), flags=re.MULTILINE)
    )
    leaves = {" ".join(path) for path, command in ALL.items() if not hasattr(command, "commands")}
    assert {name.strip() for name in named} == leaves


def test_every_command_is_called_here() -> None:
    source = Path(__file__).read_text("utf-8")
    leaves = {path for path, command in ALL.items() if not hasattr(command, "commands")}
    called = {path for path in leaves if ", ".join(f'"{word}"' for word in path) in source}
    # The demonstration has tests of its own.
    assert leaves == called | {("demo",)}


def test_everything_that_help_names_is_in_the_catalogue() -> None:
    for path, command in ALL.items():
        assert command.help in CATALOGUE, path
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help in CATALOGUE, (path, parameter.name)


@pytest.mark.parametrize("path", [(), ("requests",), ("requests", "approve")], ids=" ".join)
def test_help_is_in_both_languages(path: tuple[str, ...], tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    key = ".".join(("help", *path)) if path else "help.ejournal"
    for place, language in enumerate(("en", "uk")):
        shown = terminal.call(*path, "--help", options=["--lang", language]).stdout
        assert CATALOGUE[key][place][:40] in " ".join(shown.split())


def fields_of(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_a_text_says_the_same_in_both_languages() -> None:
    for key, (english, ukrainian) in CATALOGUE.items():
        assert english.strip(), key
        assert ukrainian.strip(), key
        assert fields_of(english) == fields_of(ukrainian), key


def test_no_text_is_defined_twice_or_unused() -> None:
    folder = Path(__file__).parent.parent / "src" / "ejournal" / "cli"
    texts = {
        name: (folder / f"{name}_texts.py").read_text("utf-8")
        for name in ("help", "screen", "story")
    }
    defined = [
        key
        for text in texts.values()
        for key in re.findall(r'^    "([^"]+)": \(', text, re.MULTILINE)
    ]
    assert sorted(defined) == sorted(CATALOGUE)
    source = "\n".join(
        path.read_text("utf-8") for path in folder.glob("*.py") if "_texts" not in path.name
    )
    literal = set(re.findall(r'"([\w.-]+)"', source))
    built = {f"{prefix}{name}" for prefix in prefixes(source) for name in (*literal, *values())}
    assert [key for key in CATALOGUE if key not in literal | built] == []


def prefixes(source: str) -> set[str]:
    return set(re.findall(r"""f["']([a-z]+\.)\{""", source))


CODED: dict[str, type[Enum]] = {
    "gap": GapKind,
    "request": RequestState,
    "school": SchoolState,
    "system": JournalSystem,
    "connection": ConnectionState,
    "item": Item,
    "level": AuthorityLevel,
    "role": Role,
    "flaw": Flaw,
    "phase": Phase,
}


def values() -> set[str]:
    weekdays = {str(day.weekday()) for day in week_of(MONDAY).days}
    return {member.value for kind in CODED.values() for member in kind} | weekdays


@pytest.mark.parametrize("prefix", CODED)
def test_every_code_of_the_model_has_a_word(prefix: str) -> None:
    keys = {key for key in CATALOGUE if key.startswith(f"{prefix}.")}
    assert keys == {f"{prefix}.{member.value}" for member in CODED[prefix]}


def test_the_language_is_the_calls_or_else_the_environments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EJOURNAL_LANG", raising=False)
    assert language_of([]) == "uk"
    assert language_of(["--lang", "en", "x"]) == language_of(["--lang=en"]) == "en"
    monkeypatch.setenv("EJOURNAL_LANG", "en")
    assert language_of(["x"]) == "en"
    assert language_of(["--lang", "uk"]) == "uk"
    assert Words("en")("review.absent") == "not given"


# The installed command


@pytest.fixture
def installed(scene: Scene) -> Callable[..., subprocess.CompletedProcess[str]]:
    script = Path(sysconfig.get_path("scripts")) / "ejournal"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [script, *arguments],
            env={**os.environ, "EJOURNAL_STORE": scene.terminal.url, "PYTHONIOENCODING": "utf-8"},
            input=f"{PHRASE}\n",
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_installed_command_answers(
    installed: Callable[..., subprocess.CompletedProcess[str]], scene: Scene
) -> None:
    right = installed("--as", TEACHER, "--password-file", "-", "--json", "journal", "list")
    assert (right.returncode, right.stderr) == (0, "")
    assert json.loads(right.stdout)[0]["id"] == scene.ids["journal"]
    refused = installed("--as", TEACHER, "--password-file", "-", "school", "class-list", "X")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "Traceback" not in refused.stderr
    assert installed("nonsense").returncode == 2
    assert installed("--store", "sqlite:///absent.db", "ledger", "verify").returncode == 3


@pytest.mark.parametrize("package", ["typer", "rich", "argon2"])
def test_without_its_extra_the_command_says_what_to_install(package: str) -> None:
    program = f"import sys; sys.modules[{package!r}] = None; from ejournal.cli import main; main()"
    for language, told in (("en", "this needs"), ("uk", "потрібен пакет")):
        run = subprocess.run(
            [sys.executable, "-c", program, "--lang", language, "cabinets"],
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert (run.returncode, run.stdout) == (4, "")
        assert run.stderr.startswith(f"ejournal: {told} {package}")
        assert run.stderr.endswith('pip install "ejournal[cli]"\n')


def test_a_store_whose_extra_is_lacking_is_a_fault_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    terminal = Terminal(tmp_path, "postgresql://journal@127.0.0.1:1/journal")
    told = terminal.refusal("requests", "expire", code=4)
    assert told["code"] == "not-installed"
    assert told["retry"] == "no"
    assert 'pip install "ejournal[postgres]"' in told["message"]
