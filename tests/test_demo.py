"""The demonstration: the same story on every run and every store, and what it leaves behind."""

from __future__ import annotations

import csv
import json
import os
import re
import socket
import sqlite3
import stat
import subprocess
import sysconfig
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from io import StringIO
from pathlib import Path

import pytest
from attrs import frozen
from own_databases import mongo_database, postgres_database
from terminal import Terminal, cheap_passwords, link_in

from ejournal.cli.post_office import post_office
from ejournal.cli.story import PHRASE
from ejournal.samples import SampleMessage, message

__all__ = ["cheap_passwords"]

pytestmark = pytest.mark.usefixtures("cheap_passwords")


@frozen
class Played:
    """A folder that a demonstration has left, and what it printed."""

    folder: Path
    printed: str

    @property
    def transcript(self) -> str:
        return (self.folder / "transcript.txt").read_text("utf-8")


def played(folder: Path, *arguments: str, lang: str = "uk") -> Played:
    terminal = Terminal(folder)
    place = folder / "demo"
    result = terminal.call(
        "demo", "--folder", str(place), *arguments, options=["--lang", lang], env={"COLUMNS": "110"}
    )
    return Played(place, result.stdout)


@pytest.fixture(scope="module")
def demo(cheap_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return played(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="module")
def in_memory(cheap_passwords: None, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return played(tmp_path_factory.mktemp("memory"), "--store", "memory:")


def stripped(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def test_what_is_printed_is_the_transcript_and_where_it_lies(demo: Played) -> None:
    assert stripped(demo.printed) == [
        *stripped(demo.transcript),
        f"Усе залишено в папці {demo.folder}",
    ]


def test_the_transcript_is_the_same_on_another_store(demo: Played, in_memory: Played) -> None:
    assert in_memory.transcript == demo.transcript
    assert not (in_memory.folder / "ejournal.db").exists()


@pytest.fixture(params=["postgresql", "mongodb", "scroll"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a place that holds nothing yet."""
    match request.param:
        case "postgresql":
            with postgres_database(request.getfixturevalue("postgres")) as url:
                yield url
        case "mongodb":
            with mongo_database(request.getfixturevalue("mongo")) as url:
                yield url
        case "scroll":
            yield f"scroll:{tmp_path}/ejournal.scroll"


def test_the_transcript_is_the_same_wherever_records_are_kept(
    demo: Played, elsewhere: str, tmp_path: Path
) -> None:
    told = played(tmp_path, "--store", elsewhere)
    assert told.transcript == demo.transcript
    assert not (told.folder / "ejournal.db").exists()


def test_the_installed_command_tells_the_same_again(demo: Played, tmp_path: Path) -> None:
    script = Path(sysconfig.get_path("scripts")) / "ejournal"
    environment = {name: value for name, value in os.environ.items() if name[:9] != "EJOURNAL_"}
    run = subprocess.run(
        [script, "demo", "--folder", tmp_path / "again"],
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert (tmp_path / "again" / "transcript.txt").read_text("utf-8") == demo.transcript


def test_the_story_is_told_in_english_too(tmp_path: Path) -> None:
    told = played(tmp_path, "--store", "memory:", lang="en")
    scenes = re.findall(r"^\d+\. .*", told.transcript, flags=re.MULTILINE)
    assert scenes == [
        "1. The institute begins",
        "2. The state's list of schools, and a department",
        "3. Schools write",
        "4. The institute reviews",
        "5. The invitation, and the administrator's first sign-in",
        "6. The administrator sets the school up",
        "7. The first week of lessons",
        "8. The end of the semester",
        "9. The page of a journal, and a pupil's diary",
        "10. The semester is closed",
        "11. What the department sees",
        "12. The ledgers are proved",
        "13. The page is exported",
    ]


def test_the_story_shows_what_the_letter_of_the_ministry_asks_for(demo: Played) -> None:
    lines = [line.split() for line in stripped(demo.transcript)]
    for row in (
        "ID ДІСО 17342 text/plain, рядок 7",
        "Надіслано листів: 4, відкладено: 0, відхилено: 0, скасовано: 0.",
        "https://e-journal.iea.gov.ua/invitations/…",
        "Гнатишин Ольга Богданівна: посилання з листа відкрито, пароль вибрано, вхід виконано.",
        "14.09.2026 14:20 Ґанок Є. Ю. 4 6 Виправлення помилки: розв’язок на звороті",
        "Лук’янчук Дем’ян 6 6 5 6 6 6 6",
        "Сиворотка Ксенія хв хв хв хв хв хв хв Н/А Н/А",
        "Чому захистив творчу роботу й пояснив розв’язання біля дошки",
        "середнє: (9 + 9) / 2 = 9",
        "не враховано: Н/А (Тематична): «не атестовано» не має числа",
        "5-А, Українська мова Щербань Н. Г. семестрових оцінок 1",
        "23.12.2026 16:00 Ґанок Є. Ю. 6 7 Виправлення помилки: не враховано творчу роботу",
        "вт 08.09 1 Матем. Порівняння натуральних чисел § 1, № 12, 15",
        "активний 1",
        "Ланцюги записів і таблиці узгоджені.",
    ):
        assert row.split() in lines, row
    refused = re.findall(r"відмовлено \(([\w-]+)\)", demo.transcript)
    assert refused == [
        "needs-decision",
        "forbidden",
        "forbidden",
        "gaps-left",
        "period-closed",
        "period-closed",
    ]


def test_the_list_of_a_class_follows_the_ukrainian_alphabet(demo: Played) -> None:
    page = demo.transcript.partition("5-А, Математика")[2].partition("Уроки")[0]
    families = re.findall(r"^ ([А-ЯЄІЇҐ][\w’]+) [А-ЯЄІЇҐ]", page, flags=re.MULTILINE)
    assert families[families.index("Абрамчук") :] == [
        "Абрамчук",
        "В’юнник",
        "Гайовий",
        "Ґудзь",
        "Єрмоленко",
        "Заєць",
        "Їжак",
        "Кобзар",
        "Лук’янчук",
        "Сиворотка",
        "Щур",
        "Явір",
    ]


def test_the_letters_came_over_smtp_and_are_left_as_files(demo: Played) -> None:
    letters = sorted((demo.folder / "letters").iterdir())
    assert [path.name for path in letters] == [f"{number:02}.eml" for number in range(1, 14)]
    opened = [message_from_bytes(path.read_bytes(), policy=default) for path in letters]
    assert len({letter["Message-ID"] for letter in opened}) == 13
    assert {str(letter["From"].addresses[0].addr_spec) for letter in opened} == {
        "ejournal@iea.gov.ua"
    }
    inbox = {path.name: path.read_bytes() for path in (demo.folder / "inbox").iterdir()}
    assert inbox == {f"{one.value}.eml": message(one) for one in SampleMessage}


def test_a_sender_that_stays_on_the_line_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ejournal.cli.post_office._PATIENCE", 0.01)
    with post_office(tmp_path) as office:
        line = socket.create_connection(("127.0.0.1", office.port), timeout=5)
        assert line.recv(100).startswith(b"220 ")
    with line:
        assert line.recv(100) == b""


def test_no_token_stands_anywhere_but_in_the_letters(demo: Played) -> None:
    database = sqlite3.connect(demo.folder / "ejournal.db")
    dump = "\n".join(database.iterdump())
    database.close()
    invitations = [
        path
        for path in (demo.folder / "letters").iterdir()
        if b"/invitations/" in path.read_bytes() or int(path.stem) > 5
    ]
    assert len(invitations) == 8
    for path in invitations:
        token = link_in(path.read_bytes()).rpartition("/")[2]
        for text in (token, token[26:]):
            assert text not in dump
            assert text not in demo.transcript


def test_the_key_is_its_owners(demo: Played) -> None:
    key = demo.folder / "ejournal.db.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text("ascii").strip() not in demo.transcript


def test_what_is_left_can_be_gone_on_with(demo: Played) -> None:
    terminal = Terminal(demo.folder)
    terminal.file("phrase").write_text(PHRASE, "utf-8")
    told = terminal.ask("ledger", "verify", "--seal", str(demo.folder / "seals.json"))
    assert told == {"chains": 2, "findings": []}
    (cabinet,) = terminal.ask("cabinets", login="olha.hnatyshyn@poshta.example")
    assert cabinet["role"] == "school-admin"


def test_the_exports_hold_the_page(demo: Played) -> None:
    exported = json.loads((demo.folder / "page.json").read_text("utf-8"))
    assert exported["page"]["heading"]["subject"] == "Математика"
    assert len(exported["page"]["rows"]) == 12
    text = (demo.folder / "page.csv").read_text("utf-8-sig")
    heading, *rows = csv.reader(StringIO(text))
    assert len(heading) == 14
    assert rows[0] == [
        "Абрамчук Злата Ігорівна",
        "11",
        "",
        "",
        "",
        "11",
        "11",
        "",
        "10",
        "",
        "11",
        "11",
        "11",
        "",
    ]


def test_a_store_where_an_institute_works_is_left_alone(demo: Played) -> None:
    terminal = Terminal(demo.folder)
    heads = terminal.call("ledger", "seal").stdout
    told = terminal.refusal(
        "demo", "--store", terminal.url, "--folder", str(demo.folder / "second")
    )
    assert told["code"] == "not-allowed-here"
    assert terminal.call("ledger", "seal").stdout == heads


def test_without_a_folder_a_new_one_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    printed = Terminal(tmp_path).call("demo", "--store", "memory:").stdout
    (made,) = tmp_path.glob("ejournal-demo-*")
    assert printed.splitlines()[-1] == f"Усе залишено в папці {made}"
    assert (made / "transcript.txt").exists()


def test_in_json_only_the_folder_is_told(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    told = Terminal(tmp_path).ask("demo", "--store", "memory:", "--folder", str(place))
    assert told == {"folder": str(place)}
    assert (place / "transcript.txt").read_text("utf-8").startswith("\n1. ")
