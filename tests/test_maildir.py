"""Mailboxes on this machine: what is given out, in which order, and what is not given again."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from ejournal.adapters.maildir import FileMailbox, MaildirMailbox, StreamMailbox
from ejournal.errors import Unavailable
from ejournal.ports import Mailbox


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for folder in ("tmp", "new", "cur"):
        (tmp_path / "inbox" / folder).mkdir(parents=True)
    return tmp_path / "inbox"


def lay(folder: Path, name: str, *, age: int = 0) -> Path:
    """Put a message there whose content is its name."""
    file = folder / name
    file.write_bytes(name.encode())
    os.utime(file, ns=(10**18 - age, 10**18 - age))
    return file


def given(mailbox: Mailbox) -> list[bytes]:
    return [message.raw for message in mailbox.messages()]


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def test_an_inbox_is_given_out_the_oldest_first(maildir: Path) -> None:
    lay(maildir / "new", "1700000000.a.host", age=1)
    lay(maildir / "new", "1700000000.c.host", age=3)
    lay(maildir / "cur", "1700000000.b.host:2,", age=2)
    lay(maildir / "new", "1700000000.d.host", age=3)
    assert given(MaildirMailbox(maildir)) == [
        b"1700000000.c.host",
        b"1700000000.d.host",
        b"1700000000.b.host:2,",
        b"1700000000.a.host",
    ]


def test_a_message_somebody_has_read_is_given_out_all_the_same(maildir: Path) -> None:
    lay(maildir / "cur", "1.a.host:2,RS")
    assert given(MaildirMailbox(maildir)) == [b"1.a.host:2,RS"]


def test_what_is_still_being_delivered_is_not_given_out(maildir: Path) -> None:
    lay(maildir / "tmp", "1.a.host")
    lay(maildir / "new", ".hidden")
    assert given(MaildirMailbox(maildir)) == []


def test_a_message_that_is_done_lies_in_the_done_folder_and_is_not_given_again(
    maildir: Path,
) -> None:
    lay(maildir / "new", "1.a.host", age=2)
    lay(maildir / "new", "2.b.host", age=1)
    first, second = MaildirMailbox(maildir).messages()
    first.done()
    assert given(MaildirMailbox(maildir)) == [b"2.b.host"]
    second.done()
    assert given(MaildirMailbox(maildir)) == []
    assert files(maildir) == [".Done/cur/1.a.host:2,S", ".Done/cur/2.b.host:2,S"]
    assert (maildir / ".Done/cur/1.a.host:2,S").read_bytes() == first.raw


def test_done_twice_is_done_once(maildir: Path) -> None:
    lay(maildir / "new", "1.a.host")
    (message,) = MaildirMailbox(maildir).messages()
    message.done()
    message.done()
    assert files(maildir) == [".Done/cur/1.a.host:2,S"]


def test_a_message_that_is_not_done_comes_again(maildir: Path) -> None:
    lay(maildir / "new", "1.a.host")
    assert given(MaildirMailbox(maildir)) == given(MaildirMailbox(maildir)) == [b"1.a.host"]


def test_a_message_whose_flags_changed_while_it_was_read_is_put_away(maildir: Path) -> None:
    file = lay(maildir / "new", "1.a.host")
    lay(maildir / "new", "1.a.hostess")
    message = next(iter(MaildirMailbox(maildir).messages()))
    file.rename(maildir / "cur" / "1.a.host:2,F")
    message.done()
    assert files(maildir) == [".Done/cur/1.a.host:2,S", "new/1.a.hostess"]


def test_a_message_that_was_deleted_meanwhile_is_passed_over(maildir: Path) -> None:
    lay(maildir / "new", "1.a.host", age=3)
    gone = lay(maildir / "new", "2.b.host", age=2)
    lay(maildir / "new", "3.c.host", age=1)
    messages = MaildirMailbox(maildir).messages()
    first = next(messages)
    gone.unlink()
    assert [message.raw for message in (first, *messages)] == [b"1.a.host", b"3.c.host"]


def test_a_link_to_nothing_is_passed_over(maildir: Path) -> None:
    (maildir / "new" / "1.a.host").symlink_to(maildir / "nowhere")
    assert given(MaildirMailbox(maildir)) == []


def test_a_folder_that_is_no_maildir_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is not a Maildir"):
        given(MaildirMailbox(tmp_path))


def test_a_message_that_cannot_be_read_is_said_so(maildir: Path) -> None:
    (maildir / "new" / "1.a.host").mkdir()
    with pytest.raises(Unavailable, match=r"1\.a\.host"):
        given(MaildirMailbox(maildir))


def test_files_are_given_in_the_order_they_were_named_until_they_are_done(tmp_path: Path) -> None:
    second, first = lay(tmp_path, "b.eml"), lay(tmp_path, "a.eml")
    mailbox = FileMailbox([second, first])
    assert given(mailbox) == [b"b.eml", b"a.eml"]
    next(iter(mailbox.messages())).done()
    assert given(mailbox) == [b"a.eml"]
    assert files(tmp_path) == ["a.eml", "b.eml"]


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no such file"):
        given(FileMailbox([tmp_path / "none.eml"]))


def test_a_stream_holds_one_message_until_it_is_done() -> None:
    mailbox = StreamMailbox(io.BytesIO(b"Subject: x\r\n\r\ny\r\n"))
    assert given(mailbox) == given(mailbox) == [b"Subject: x\r\n\r\ny\r\n"]
    next(iter(mailbox.messages())).done()
    assert given(mailbox) == []


def test_an_empty_stream_holds_none() -> None:
    assert given(StreamMailbox(io.BytesIO())) == []


def test_standard_input_is_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("лист".encode())))
    assert given(StreamMailbox(sys.stdin.buffer)) == ["лист".encode()]
