"""What a letter says, how it looks on the wire, and the token it may carry."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ejournal.errors import Incomplete, Invalid, TokenRefused, WrongState
from ejournal.ids import GrantId, InvitationId, LetterId, SchoolId
from ejournal.model.access import Invitation
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.letters import (
    Delivery,
    Letter,
    LetterKind,
    LetterState,
    complete,
    message_id_of,
)
from ejournal.model.mail import compose, mailbox_of
from ejournal.model.tokens import TOKEN_LENGTH, proves, read_token, token_of
from ejournal.model.wording import Letterhead, word

NOW = datetime(2026, 9, 7, 8, 30, tzinfo=UTC)
LETTERHEAD = Letterhead(
    "letters@mail.test",
    "https://ejournal.test/instructions",
    "https://ejournal.test/first-steps",
    "Europe/Kyiv",
)
LINK = "https://ejournal.test/invitations/TOKEN_-x"
INVITED = {
    "name": "Коваль Олена Іванівна",
    "school": "Ліцей № 7 «Світанок»",
    "expires_at": "2026-10-25T00:30:00+00:00",
}
DATA: Mapping[LetterKind, Mapping[str, str]] = {
    LetterKind.INVITATION: INVITED,
    LetterKind.CLARIFICATION: {"questions": "ЄДРПОУ: не вказано\n\nтелефон: не вказано"},
    LetterKind.DUPLICATE: {"number": "0000000000042"},
    LetterKind.REJECTION: {"reason": "Закладу немає в довіднику."},
    LetterKind.RECEIVED: {"number": "0000000000042"},
    LetterKind.ANNOUNCEMENT: {"subject": "До відома", "text": "Перше.\n\nДруге."},
}
EVERY_KIND = pytest.mark.parametrize("kind", list(LetterKind))


def letter_of(
    kind: LetterKind, data: Mapping[str, str] | None = None, *, in_reply_to: str = ""
) -> Letter:
    return Letter(
        id=LetterId(7),
        kind=kind,
        queued_at=NOW,
        recipient=Email("olena.koval@example.com"),
        data={**DATA[kind], **(data or {})},
        message_id=message_id_of(LetterId(7), SchoolId(11), LETTERHEAD.sender),
        in_reply_to=in_reply_to,
    )


def composed(letter: Letter) -> bytes:
    link = LINK if letter.kind is LetterKind.INVITATION else None
    return compose(letter, letterhead=LETTERHEAD, link=link)


def received(letter: Letter) -> EmailMessage:
    """Return the letter as a mail program reads it from the wire."""
    return message_from_bytes(composed(letter), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read_html(text: str) -> _Words:
    reader = _Words()
    reader.feed(text)
    reader.close()
    return reader


# The wire


@EVERY_KIND
def test_a_letter_is_the_same_bytes_at_every_attempt(kind: LetterKind) -> None:
    letter = letter_of(kind)
    raw = composed(letter)
    assert composed(letter) == raw
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@EVERY_KIND
def test_every_letter_has_the_headers_it_needs(kind: LetterKind) -> None:
    message = received(letter_of(kind))
    wanted = {
        "From": "Електронний журнал <letters@mail.test>",
        "To": "olena.koval@example.com",
        "Date": "Mon, 07 Sep 2026 08:30:00 +0000",
        "Message-ID": "<0000000000007.000000000000B@mail.test>",
        "Content-Language": "uk",
        "MIME-Version": "1.0",
    }
    assert {name: str(message[name]) for name in wanted} == wanted
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects


@EVERY_KIND
def test_no_machine_answers_a_letter_that_a_machine_wrote(kind: LetterKind) -> None:
    own = None if kind is LetterKind.ANNOUNCEMENT else "auto-generated"
    answer = None if kind is LetterKind.ANNOUNCEMENT else "auto-replied"
    assert received(letter_of(kind))["Auto-Submitted"] == own
    replying = letter_of(kind, in_reply_to="<1@school.test>")
    assert received(replying)["Auto-Submitted"] == answer


@pytest.mark.parametrize("length", [1, 60, 450])
def test_an_answer_names_the_message_it_answers_however_long_its_name(length: int) -> None:
    theirs = f"<{'a' * length}@school.test>"
    raw = composed(letter_of(LetterKind.RECEIVED, in_reply_to=theirs))
    assert f"In-Reply-To: {theirs}\r\n".encode() in raw
    assert f"References: {theirs}\r\n".encode() in raw


@pytest.mark.parametrize(
    "theirs",
    ["", "no brackets", "<a b@c>", "<a@b>\r\nBcc: x@y.test", "<ї@b>", "<" + "a" * 600 + ">"],
)
def test_an_answer_does_not_repeat_what_is_no_message_id(theirs: str) -> None:
    message = received(letter_of(LetterKind.RECEIVED, in_reply_to=theirs))
    assert (message["In-Reply-To"], message["References"], message["Bcc"]) == (None, None, None)


@pytest.mark.parametrize("kind", list(LetterKind))
@given(st.data())
def test_no_data_can_add_a_header_or_a_tag(kind: LetterKind, data: st.DataObject) -> None:
    names = (*DATA[kind], "school", "subject", "words", "author", "role", "name", "number")
    evil = st.one_of(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.sampled_from(["x\r\nBcc: a@b.test", "=?utf-8?q?=0ABcc:_a=40b?=", "<script>x</script>"]),
    )
    filled = {name: data.draw(evil, name) for name in names} | {"expires_at": INVITED["expires_at"]}
    letter = letter_of(kind, filled)
    plain = received(letter_of(kind))
    message = received(letter)
    assert message.keys() == plain.keys()
    tags = read_html(part(message, "html")).tags
    assert tags <= {"html", "head", "meta", "title", "body", "p", "br", "ul", "li", "a"}
    raw_subject = message_from_bytes(composed(letter))["Subject"]
    assert str(make_header(decode_header(raw_subject))) == word(letter, LETTERHEAD, LINK).subject


def test_an_address_in_another_script_is_spelled_for_the_wire() -> None:
    letter = evolve(letter_of(LetterKind.RECEIVED), recipient=Email("olena@школа.укр"))
    assert received(letter)["To"] == "olena@xn--80atdl2c.xn--j1amh"


def test_a_local_part_in_ukrainian_letters_makes_a_message_of_utf8() -> None:
    letter = evolve(letter_of(LetterKind.RECEIVED), recipient=Email("директор@example.com"))
    raw = composed(letter)
    assert "To: директор@example.com\r\n".encode() in raw


def test_a_domain_of_another_script_is_nobody_elses() -> None:
    """By the rules of 2003 this one would be spelled fass.example."""
    assert mailbox_of("olena@faß.example") == "olena@xn--fa-hia.example"


def test_a_sender_in_another_script_gives_an_ascii_message_id() -> None:
    named = message_id_of(LetterId(1), SchoolId(2), "листи@школа.укр")
    assert named == "<0000000000001.0000000000002@xn--80atdl2c.xn--j1amh>"


# The words


def test_an_invitation_says_what_it_is_and_until_when_it_holds() -> None:
    message = received(letter_of(LetterKind.INVITATION))
    assert message["Subject"] == "Запрошення до електронного журналу: Ліцей № 7 «Світанок»"
    text = part(message, "plain")
    for words in (
        "Вітаємо, Коваль Олена Іванівна!",
        "Заклад освіти: Ліцей № 7 «Світанок».",
        f"\n{LINK}\n",
        "дійсне до 25.10.2026 03:30 за київським часом",
        "\nhttps://ejournal.test/first-steps\n",
        "\nhttps://ejournal.test/instructions\n",
    ):
        assert words in text
    assert read_html(part(message, "html")).links == [
        LINK,
        LETTERHEAD.first_steps_url,
        LETTERHEAD.instructions_url,
    ]


def test_an_invitation_tells_time_as_kyiv_does_on_both_sides_of_the_clock_change() -> None:
    # Clocks go back on the last Sunday of October at 04:00 in Kyiv.
    instants = ("2026-10-25T00:59:00Z", "2026-10-25T01:01:00Z", "2026-07-01T12:00:00+05:00")
    told = [
        part(received(letter_of(LetterKind.INVITATION, {"expires_at": instant})), "plain")
        for instant in instants
    ]
    dates = ("25.10.2026 03:59", "25.10.2026 03:01", "01.07.2026 10:00")
    assert [date in text for date, text in zip(dates, told, strict=True)] == [True] * 3


def test_an_invitation_names_the_role_where_one_is_given() -> None:
    text = word(letter_of(LetterKind.INVITATION, {"role": "адміністратор"}), LETTERHEAD, LINK).text
    assert "Ваша роль: адміністратор." in text
    assert "Ваша роль" not in word(letter_of(LetterKind.INVITATION), LETTERHEAD, LINK).text


@pytest.mark.parametrize("link", [None, ""])
def test_an_invitation_without_its_link_is_not_written(link: str | None) -> None:
    with pytest.raises(Incomplete):
        word(letter_of(LetterKind.INVITATION), LETTERHEAD, link)


@pytest.mark.parametrize("kind", [kind for kind in LetterKind if kind is not LetterKind.INVITATION])
def test_no_other_letter_carries_a_link_it_was_not_made_for(kind: LetterKind) -> None:
    wording = word(letter_of(kind), LETTERHEAD, LINK)
    assert LINK not in wording.text + wording.html


def test_a_clarification_lists_what_is_missing_under_the_subject_it_answers() -> None:
    asked = {"subject": "Підключення", "words": "Зателефонуйте нам.", "school": "Ліцей № 7"}
    wording = word(letter_of(LetterKind.CLARIFICATION, asked), LETTERHEAD)
    assert wording.subject == "Re: Підключення"
    assert "\n\n- ЄДРПОУ: не вказано\n- телефон: не вказано\n\nЗателефонуйте нам." in wording.text
    assert "<ul><li>ЄДРПОУ: не вказано</li><li>телефон: не вказано</li></ul>" in wording.html
    assert wording.text.startswith("Заклад освіти: Ліцей № 7\n")


def test_an_answer_to_an_answer_says_so_once() -> None:
    letter = letter_of(LetterKind.RECEIVED, {"subject": "RE: Підключення"})
    assert word(letter, LETTERHEAD).subject == "RE: Підключення"


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        (LetterKind.DUPLICATE, "вже розглядається", "запит № 0000000000042"),
        (LetterKind.REJECTION, "відхилено", "Закладу немає в довіднику."),
        (LetterKind.RECEIVED, "отримано, № 0000000000042", "зареєстровано за № 0000000000042"),
    ],
)
def test_the_schools_are_told_of_their_request(kind: LetterKind, subject: str, words: str) -> None:
    wording = word(letter_of(kind), LETTERHEAD)
    assert wording.subject.endswith(subject)
    assert words in wording.text


def test_an_announcement_is_passed_on_in_its_own_words() -> None:
    letter = letter_of(LetterKind.ANNOUNCEMENT, {"author": "Департамент освіти"})
    wording = word(letter, LETTERHEAD)
    assert wording.subject == "До відома"
    assert wording.text.startswith("Перше.\n\nДруге.\n\nДепартамент освіти\n\n")


def test_signs_that_are_not_seen_are_not_written() -> None:
    # A right-to-left override, a null, a no-break space and a vertical tab.
    told = {"subject": "До\u202e\x00 відома", "text": "На\u200bказ\xa0№\x0b\u200b7"}
    wording = word(letter_of(LetterKind.ANNOUNCEMENT, told), LETTERHEAD)
    assert wording.subject == "До відома"
    assert wording.text.startswith("Наказ №\n7\n")


def test_a_subject_stays_on_one_line_that_is_not_cut_in_transit() -> None:
    letter = letter_of(LetterKind.ANNOUNCEMENT, {"subject": "Дуже\tдовга\r\nназва " * 40})
    subject = word(letter, LETTERHEAD).subject
    assert (len(subject), subject[:17], subject[-1]) == (200, "Дуже довга назва ", "…")


@EVERY_KIND
def test_text_and_html_say_the_same(kind: LetterKind) -> None:
    wording = word(letter_of(kind), LETTERHEAD, LINK)
    shown = " ".join(read_html(wording.html).words).split()
    told = [mark for mark in wording.text.split() if mark != "-"]
    assert shown == wording.subject.split() + told


# The letter and its delivery


@EVERY_KIND
def test_a_letter_of_which_something_is_missing_is_refused(kind: LetterKind) -> None:
    complete(kind, DATA[kind])
    for name in DATA[kind]:
        with pytest.raises(Incomplete) as refused:
            complete(kind, {**DATA[kind], name: " \n"})
        assert refused.value.items == (name,)


@pytest.mark.parametrize("text", ["tomorrow", "2026-09-07T08:30:00"])
def test_a_term_that_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        complete(LetterKind.INVITATION, {**INVITED, "expires_at": text})


def test_a_letter_is_settled_once() -> None:
    letter = letter_of(LetterKind.RECEIVED)
    settled = [letter.sent(NOW), letter.refused(NOW), letter.cancelled(NOW)]
    assert [(one.state, one.settled_at) for one in settled] == [
        (LetterState.SENT, NOW),
        (LetterState.REFUSED, NOW),
        (LetterState.CANCELLED, NOW),
    ]
    for one in settled:
        for again in (one.sent, one.refused, one.cancelled):
            with pytest.raises(WrongState):
                again(NOW)


def test_the_wait_doubles_up_to_the_longest() -> None:
    minute, hour = timedelta(minutes=1), timedelta(hours=1)
    waits = []
    for attempts in (1, 2, 3, 6, 7, 60, 10**6):
        delivery = Delivery(LetterId(7), attempts, NOW, NOW + hour, "one")
        later = delivery.postponed("451", NOW, first=minute, longest=hour)
        assert later == Delivery(LetterId(7), attempts, later.due_at, None, "", "451")
        waits.append((later.due_at - NOW) // minute)
    assert waits == [1, 2, 4, 32, 60, 60, 60]


# The token

KEY = b"k" * 32
SCHOOL = SchoolId(11)
INVITATION = Invitation(
    id=InvitationId(5),
    grant=GrantId(3),
    name=PersonName("Коваль", "Олена"),
    address=Email("olena.koval@example.com"),
    generation=0,
    expires_at=NOW,
)


def test_a_token_is_a_keyed_hash_of_school_invitation_and_generation() -> None:
    signed = b"ejournal invitation" + bytes(7) + b"\x0b" + bytes(7) + b"\x05" + bytes(8)
    proof = base64.urlsafe_b64encode(hmac.new(KEY, signed, hashlib.sha256).digest())
    wanted = "000000000000B" + "0000000000005" + proof.decode().rstrip("=")
    assert token_of(KEY, SCHOOL, INVITATION) == wanted
    assert len(wanted) == TOKEN_LENGTH


def test_a_token_names_its_invitation_and_proves_it() -> None:
    token = token_of(KEY, SCHOOL, INVITATION)
    assert read_token(f" {token}\n") == (SCHOOL, INVITATION.id, token[26:])
    assert proves(KEY, SCHOOL, INVITATION, token)


@pytest.mark.parametrize(
    ("key", "school", "invitation"),
    [
        (b"K" * 32, SCHOOL, INVITATION),
        (KEY, SchoolId(12), INVITATION),
        (KEY, SCHOOL, evolve(INVITATION, id=InvitationId(6))),
        (KEY, SCHOOL, evolve(INVITATION, generation=1)),
    ],
)
def test_a_token_proves_nothing_else(key: bytes, school: SchoolId, invitation: Invitation) -> None:
    token = token_of(KEY, SCHOOL, INVITATION)
    assert not proves(key, school, invitation, token)
    assert token_of(key, school, invitation)[26:] != token[26:]


def test_resending_keeps_the_token_and_rotating_changes_it() -> None:
    later = NOW + timedelta(days=14)
    token = token_of(KEY, SCHOOL, INVITATION)
    assert token_of(KEY, SCHOOL, INVITATION.renewed(later, rotated=False)) == token
    assert not proves(KEY, SCHOOL, INVITATION.renewed(later, rotated=True), token)


def opens(text: str) -> bool:
    try:
        school, invitation, _ = read_token(text)
    except TokenRefused:
        return False
    return proves(KEY, school, evolve(INVITATION, id=invitation), text)


@given(st.integers(0, TOKEN_LENGTH - 1), st.characters())
def test_a_token_with_any_character_changed_opens_nothing(place: int, letter: str) -> None:
    token = token_of(KEY, SCHOOL, INVITATION)
    changed = token[:place] + letter + token[place + 1 :]
    # Identifiers are read in either case, with O as 0 and I and L as 1.
    named = changed[:26].upper().translate(str.maketrans("OIL", "011"))
    assert opens(changed) is (changed.isascii() and named + changed[26:] == token)


@pytest.mark.parametrize("text", ["", "x", "Z" * TOKEN_LENGTH, "0" * (TOKEN_LENGTH + 1), "ї" * 69])
def test_text_that_is_no_token_is_unknown(text: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        read_token(text)
    assert refused.value == TokenRefused("unknown")


def test_a_short_key_makes_no_token() -> None:
    with pytest.raises(Invalid) as refused:
        token_of(b"secret", SCHOOL, INVITATION)
    assert "secret" not in str(refused.value)
