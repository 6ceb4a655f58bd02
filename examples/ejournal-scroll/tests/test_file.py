"""What is peculiar to the file: unfinished and damaged lines, other writers, a full disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from ejournal_scroll.store import ScrollStore

from ejournal.errors import Invalid, SchemaMismatch, Unavailable, Unreadable
from ejournal.ids import SchoolId, SubjectId
from ejournal.model.access import System
from ejournal.model.classes import Subject
from ejournal.model.ledger import Event
from ejournal.plugins import load
from ejournal.store import SchoolUnit

SCHOOL = SchoolId(5)
HOST = System("host")
WRITER = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_file import HOST, SCHOOL, ScrollStore, add_subject
store = ScrollStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    store.run(SCHOOL, HOST, add_subject, number)
    print(number, flush=True)
"""


class SubjectAdded(Event):
    """The event of what is written here."""

    name = "subject-added"


def add_subject(unit: SchoolUnit, number: int) -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(number), "Алгебра"))
    unit.record(SubjectAdded())
    return kept


def seq(store: ScrollStore) -> int:
    assert store.verify(SCHOOL) == store.audit(SCHOOL) == []
    return store.heads()[SCHOOL].seq


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with two transactions."""
    path = tmp_path / "ejournal.scroll"
    store = ScrollStore(path)
    for number in (1, 2):
        store.run(SCHOOL, HOST, add_subject, number)
    return path


def test_a_line_that_was_not_finished_is_passed_over_and_then_cut_off(file: Path) -> None:
    whole = file.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for cut in (1, len(last) // 2, len(last) - 1):
        file.write_bytes(whole + last[:cut])
        assert seq(ScrollStore(file)) == 2
        ScrollStore(file).run(SCHOOL, HOST, add_subject, 3)
        assert seq(ScrollStore(file)) == 3
        assert file.read_bytes().startswith(whole)


def test_a_heading_that_was_not_finished_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "ejournal.scroll"
    path.write_bytes(b'{"format":')
    assert ScrollStore(path).heads() == {}
    ScrollStore(path).run(SCHOOL, HOST, add_subject, 1)
    assert seq(ScrollStore(path)) == 1


def test_a_damaged_line_among_whole_ones_is_a_fault_and_stays(file: Path) -> None:
    damaged = file.read_bytes().replace("Алгебра".encode(), "Геометр".encode(), 1)
    file.write_bytes(damaged)
    with pytest.raises(Unreadable):
        ScrollStore(file).run(SCHOOL, HOST, add_subject, 3)
    assert file.read_bytes() == damaged


def test_a_file_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear school,\n")
    with pytest.raises(SchemaMismatch):
        ScrollStore(path).heads()
    with pytest.raises(SchemaMismatch):
        ScrollStore(path).run(SCHOOL, HOST, add_subject, 1)
    assert path.read_bytes() == b"Dear school,\n"


def test_a_file_that_lost_its_end_is_a_fault(file: Path) -> None:
    store = ScrollStore(file)
    assert seq(store) == 2
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(Unreadable):
        store.heads()


def test_writers_in_several_processes_take_turns(file: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, file, str(first), str(first + 10)])
        for first in (10, 20, 30)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert seq(ScrollStore(file)) == 32


def test_a_writer_that_is_killed_leaves_all_that_it_was_told_is_kept(file: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, file, "10", "100000"], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(20)]
        writer.kill()
        told += map(int, writer.stdout)

    store = ScrollStore(file)
    assert seq(store) - 2 - len(told) in {0, 1}
    with store.reading(SCHOOL, HOST) as unit:
        assert {subject.id for subject in unit.subjects.all()} >= {*told}


def test_a_writer_that_waited_too_long_gives_up(file: Path) -> None:
    holding, waiting = ScrollStore(file), ScrollStore(file, patience=0.05)
    with (
        holding.begin(writing=True),
        pytest.raises(Unavailable),
        waiting.begin(writing=True),
    ):
        pytest.fail("two writers at once")


def test_what_a_full_disk_does_not_take_is_not_kept_in_part(file: Path) -> None:
    limited = f"""
import resource
size = {file.stat().st_size} + 2_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
{WRITER}
"""
    writer = subprocess.run(
        [sys.executable, "-c", limited, file, "10", "100"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    told = writer.stdout.split()
    assert "Unavailable" in writer.stderr
    assert 0 < len(told) < 10
    assert seq(ScrollStore(file)) == 2 + len(told)


def test_the_url_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    for url in (f"scroll:{file}", f"scroll:///{str(file).lstrip('/')}", "scroll:ejournal.scroll"):
        assert list(load().store(url).heads()) == [SCHOOL]
    with pytest.raises(Invalid):
        load().store("scroll:")
