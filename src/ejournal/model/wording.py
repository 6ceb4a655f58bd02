"""What a letter of each kind says, in Ukrainian, as text and as HTML.

A wording is a subject and blocks: paragraphs, lists and links. Both forms are made from the same
blocks, so neither can say what the other does not.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias
from zoneinfo import ZoneInfo

from attrs import frozen

from ejournal.errors import Incomplete
from ejournal.model.letters import Letter, LetterKind

__all__ = ["Bullets", "Letterhead", "Link", "Paragraph", "Wording", "word"]


@frozen
class Letterhead:
    """What the host puts on every letter: who it is from, its pages, the time it counts by."""

    sender: str
    instructions_url: str
    first_steps_url: str
    time_zone: str


@frozen
class Paragraph:
    """Running text; line breaks in it are kept."""

    words: str


@frozen
class Bullets:
    """A list, one item a line."""

    items: tuple[str, ...]


@frozen
class Link:
    """An address to open, under a title that is never the address itself."""

    title: str
    url: str


Block: TypeAlias = Paragraph | Bullets | Link


@frozen
class Wording:
    """A letter as it is read: the subject, one line, and the blocks below it."""

    subject: str
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The letter as plain text."""
        return "\n\n".join(map(_as_text, self.blocks)) + "\n"

    @property
    def html(self) -> str:
        """The letter as HTML; what came from outside is escaped."""
        body = "\n".join(map(_as_html, self.blocks))
        return (
            '<!DOCTYPE html>\n<html lang="uk">\n<head><meta charset="utf-8">'
            f"<title>{html.escape(self.subject)}</title></head>\n"
            f"<body>\n{body}\n</body>\n</html>\n"
        )


def word(letter: Letter, letterhead: Letterhead, link: str | None = None) -> Wording:
    """Return what the letter says; `link` is the invitation's and goes into no other kind.

    Raises `Incomplete` for an invitation without its link.
    """
    data = {name: _clean(text) for name, text in letter.data.items()}
    if letter.kind is LetterKind.INVITATION:
        if not link:
            raise Incomplete(("link",))
        return _signed(_invitation(data, letterhead, link), letterhead)
    return _signed(_WORDINGS[letter.kind](data, letterhead), letterhead)


def _invitation(data: Mapping[str, str], letterhead: Letterhead, link: str) -> Wording:
    until = datetime.fromisoformat(data["expires_at"]).astimezone(ZoneInfo(letterhead.time_zone))
    role = _if_given("Ваша роль: {}.", data, "role")
    return Wording(
        f"Запрошення до електронного журналу: {data['school']}",
        (
            Paragraph(f"Вітаємо, {data['name']}!"),
            Paragraph(
                "Вас запрошено працювати в державних електронних журналах та щоденниках"
                f" ПАК «АІКОМ».\nЗаклад освіти: {data['school']}." + (f"\n{role}" if role else "")
            ),
            Link("Щоб прийняти запрошення й увійти, відкрийте посилання", link),
            Paragraph(
                f"Посилання дійсне до {until:%d.%m.%Y %H:%M} за київським часом. Воно лише для вас:"
                " не пересилайте цей лист іншим."
            ),
            Link("З чого почати: перші кроки", letterhead.first_steps_url),
            Link("Інструкції", letterhead.instructions_url),
            Paragraph(
                "Якщо ви не чекали на запрошення, нічого не робіть: доки його не прийнято,"
                " доступу ніхто не отримає."
            ),
        ),
    )


def _clarification(data: Mapping[str, str], letterhead: Letterhead) -> Wording:
    questions = tuple(line.strip() for line in data["questions"].splitlines() if line.strip())
    return Wording(
        _about("Запит щодо підключення: потрібне уточнення", data),
        (
            *_concerning(data),
            Paragraph(
                "Дякуємо за запит щодо підключення до електронних журналів та щоденників."
                " Щоб його розглянути, бракує таких відомостей або вони потребують уточнення:"
            ),
            Bullets(questions),
            *_paragraphs(data.get("words", "")),
            Paragraph(
                "Надішліть їх у відповідь на цей лист: так вони потраплять до того самого"
                " запиту. Решту відомостей повторювати не потрібно."
            ),
            Link("Інструкції", letterhead.instructions_url),
        ),
    )


def _duplicate(data: Mapping[str, str], letterhead: Letterhead) -> Wording:
    del letterhead
    return Wording(
        _about("Запит щодо підключення вже розглядається", data),
        (
            *_concerning(data),
            Paragraph(
                f"Від вашого закладу вже надійшов запит № {data['number']}, і його ще не закрито."
                " Новий лист збережено разом із ним; надсилати запит знову не потрібно."
            ),
            Paragraph("Щоб доповнити або виправити відомості, дайте відповідь на цей лист."),
        ),
    )


def _rejection(data: Mapping[str, str], letterhead: Letterhead) -> Wording:
    return Wording(
        _about("Запит щодо підключення відхилено", data),
        (
            *_concerning(data),
            Paragraph("Ваш запит щодо підключення розглянуто й відхилено. Причина:"),
            *_paragraphs(data["reason"]),
            Paragraph(
                "Коли причину буде усунуто, новий запит можна надіслати на адресу"
                f" {letterhead.sender}."
            ),
        ),
    )


def _received(data: Mapping[str, str], letterhead: Letterhead) -> Wording:
    return Wording(
        _about(f"Запит щодо підключення отримано, № {data['number']}", data),
        (
            *_concerning(data),
            Paragraph(
                f"Ваш запит отримано та зареєстровано за № {data['number']}. Після розгляду"
                " запрошення надійде на електронну адресу відповідальної особи"
                " (адміністратора), указану в запиті."
            ),
            Link("Інструкції", letterhead.instructions_url),
        ),
    )


def _announcement(data: Mapping[str, str], letterhead: Letterhead) -> Wording:
    del letterhead
    author = _if_given("{}", data, "author")
    return Wording(
        _line(data["subject"]),
        (*_concerning(data), *_paragraphs(data["text"]), *_paragraphs(author)),
    )


_WORDINGS: Mapping[LetterKind, Callable[[Mapping[str, str], Letterhead], Wording]] = {
    LetterKind.CLARIFICATION: _clarification,
    LetterKind.DUPLICATE: _duplicate,
    LetterKind.REJECTION: _rejection,
    LetterKind.RECEIVED: _received,
    LetterKind.ANNOUNCEMENT: _announcement,
}


def _signed(wording: Wording, letterhead: Letterhead) -> Wording:
    signature = (
        f"З повагою\nДержавні електронні журнали та щоденники, ПАК «АІКОМ»\n{letterhead.sender}"
    )
    return Wording(_line(wording.subject), (*wording.blocks, Paragraph(signature)))


def _about(subject: str, data: Mapping[str, str]) -> str:
    """Answer under the subject that was written to us: threads of mail programs need it."""
    theirs = _line(data.get("subject", ""))
    if not theirs:
        return subject
    return theirs if theirs.casefold().startswith("re:") else f"Re: {theirs}"


def _concerning(data: Mapping[str, str]) -> tuple[Block, ...]:
    return _paragraphs(_if_given("Заклад освіти: {}", data, "school"))


def _if_given(sentence: str, data: Mapping[str, str], name: str) -> str:
    return sentence.format(data[name]) if data.get(name) else ""


def _paragraphs(text: str) -> tuple[Block, ...]:
    return tuple(Paragraph(part.strip()) for part in text.split("\n\n") if part.strip())


def _clean(text: str) -> str:
    """Keep letters and line breaks; drop what could act on a screen or in a header."""
    return "\n".join("".join(map(_visible, line)).strip() for line in text.splitlines()).strip()


def _visible(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if letter.isspace() else ""


def _line(text: str) -> str:
    """Return the text on one line that no mail program cuts."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"


_LONGEST_SUBJECT = 200


def _as_text(block: Block) -> str:
    match block:
        case Paragraph(words):
            return words
        case Bullets(items):
            return "\n".join(f"- {item}" for item in items)
        case Link(title, url):
            return f"{title}:\n{url}"


def _as_html(block: Block) -> str:
    match block:
        case Paragraph(words):
            return "<p>" + html.escape(words).replace("\n", "<br>\n") + "</p>"
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"
        case Link(title, url):
            address = html.escape(url)
            return f'<p>{html.escape(title)}:<br>\n<a href="{address}">{address}</a></p>'
