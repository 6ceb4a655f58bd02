"""Random requests in random layouts are read back as they were meant."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from ejournal.intake import read_message
from ejournal.model.identifiers import DisoId, Edrpou, Email, PersonName, Phone, Region
from ejournal.model.request_items import Item
from ejournal.testing import identifiers


@frozen
class Request:
    """What a random school asks with."""

    region: Region
    community: str
    school_name: str
    diso_id: DisoId
    edrpou: Edrpou
    admin_name: PersonName
    admin_email: Email
    admin_phone: Phone


COMMUNITIES = (
    "Вербівська",
    "Вербівська ОТГ",
    "Зеленогайська сільська територіальна громада",
    "м. Нові Терни",
    "Кам'янка-Лозова",
    "смт Яри",
)
SCHOOLS = (
    "Вербівський ліцей",
    "Вербівський ліцей імені Івана Франка",
    "Гімназія № 3 «Еврика»",
    "Комунальний заклад «Терновська загальноосвітня школа І-ІІІ ступенів № 12»",
    'НВК "Школа-дитячий садок" с. Лози',
    "Опорний заклад загальної середньої освіти Лозівської сільської ради",
    "Спеціалізована школа-інтернат № 7 м. Терни",
)
NAMES = (
    PersonName("Коваль", "Ірина", "Петрівна"),
    PersonName("Дем’яненко", "Григорій", "Іванович"),
    PersonName("Остапенко-Лис", "Злата"),
    PersonName("Її", "Юлія", "Іллівна"),
    PersonName("Ґудзь", "Анна-Марія", "В’ячеславівна"),
)
LABELS: dict[Item, tuple[str, ...]] = {
    Item.REGION: ("регіон (область)", "Регіон", "Область", "обл."),
    Item.COMMUNITY: ("місто/ОТГ", "Місто", "ОТГ", "Громада", "Населений пункт", "Місто (ТГ)"),
    Item.SCHOOL_NAME: (
        "назва закладу освіти",
        "Повна назва закладу освіти",
        "Назва ЗЗСО",
        "Назва школи",
        "Заклад освіти",
        "назва закладу освіти із зазначенням його ID в системі ІТС «ДІСО»",
    ),
    Item.DISO_ID: ("ID ДІСО", "ID в системі ІТС «ДІСО»", "ID", "Код у ДІСО", "ІД закладу в ДІСО"),
    Item.EDRPOU: ("ЄДРПОУ", "код ЄДРПОУ", "ЄДРПОУ закладу освіти", "Код за ЄДРПОУ"),
    Item.ADMIN_NAME: (
        "ПІБ відповідальної особи (адміністратора)",
        "ПІБ",
        "П.І.Б. адміністратора",
        "Відповідальна особа",
        "Адміністратор",
        "Прізвище, ім'я, по батькові",
    ),
    Item.ADMIN_EMAIL: (
        "особиста електронна адреса відповідальної особи (адміністратора)",
        "Електронна адреса",
        "e-mail",
        "E-mail адміністратора",
        "ел. пошта",
        "Електронна пошта",
    ),
    Item.ADMIN_PHONE: (
        "телефон відповідальної особи (адміністратора)",
        "Телефон",
        "тел.",
        "моб. тел.",
        "Контактний телефон",
        "Номер телефону",
    ),
}
LETTER = "\n".join(
    f"> - {LABELS[item][0]};" for item in Item if item not in (Item.DISO_ID, Item.SCHOOL_NAME)
)
AROUND = (
    "",
    "Доброго дня! Просимо підключити наш заклад до модуля.",
    "Шановні колеги, надсилаємо запит.\n",
)
BELOW = (
    "",
    "З повагою, адміністрація",
    "-- \nДиректор Степан ГАЙДУК, тел. (044) 123-45-67",
    f"13.09.2021 12:00, Інститут пише:\n{LETTER}",
)
LATIN = str.maketrans("аеіорсхАВЕІКМНОРСТХ", "aeiopcxABEIKMHOPCTX")

requests = st.builds(
    Request,
    identifiers.regions(),
    st.sampled_from(COMMUNITIES),
    st.sampled_from(SCHOOLS),
    st.integers(100, 999_999).map(DisoId),
    identifiers.edrpous(),
    st.sampled_from(NAMES) | identifiers.person_names(),
    # A dash or a sign at the beginning would read as the mark of a list.
    identifiers.emails().filter(lambda email: email.text[0].isalnum()),
    identifiers.phones(),
)


def spellings(request: Request, item: Item) -> list[str]:
    """The ways in which a person writes a value."""
    value = getattr(request, item.value)
    match value:
        case Region():
            adjective = value.label.removesuffix(" область")
            return [value.label, f"{adjective} обл."] if adjective != value.label else [value.label]
        case PersonName() if value in NAMES and value.patronymic:
            return [value.full, f"{value.given} {value.patronymic} {value.family.upper()}"]
        case PersonName():
            return [value.full]
        case Phone(text):
            code, rest = text[3:6], text[6:]
            dashed = f"{rest[:3]}-{rest[3:5]}-{rest[5:]}"
            return [
                text,
                text[3:],
                f"({code}) {dashed}",
                f"8-{code}-{dashed}",
                f"+38 {code} {rest}",
            ]
    return [str(value)]


@st.composite
def labelled(draw: st.DrawFn) -> tuple[Request, list[tuple[str, str]]]:
    """A request, and its labels with their values in some order."""
    request = draw(requests)
    pairs = []
    for item in draw(st.permutations(list(Item))):
        label = draw(st.sampled_from(LABELS[item]))
        label = draw(st.sampled_from([label, label.capitalize(), label.translate(LATIN)]))
        pairs.append((label, draw(st.sampled_from(spellings(request, item)))))
    return request, pairs


def lines(pairs: Sequence[tuple[str, str]], sign: str, mark: str, end: str) -> str:
    rows = [
        f"{mark.replace('1', str(number))}{label}{sign}{value}{end}"
        for number, (label, value) in enumerate(pairs, 1)
    ]
    return "\n".join(rows)


def in_twos(pairs: Sequence[tuple[str, str]], sign: str, between: str) -> str:
    rows = [f"{label}{sign}{value}" for label, value in pairs]
    return "\n".join(between.join(rows[place : place + 2]) for place in range(0, len(rows), 2))


def below(pairs: Sequence[tuple[str, str]], blank: str) -> str:
    return f"\n{blank}".join(f"{label}\n{value}" for label, value in pairs)


def drawn(pairs: Sequence[tuple[str, str]], border: str) -> str:
    return "\n".join(f"{label} {border} {value}" for label, value in pairs)


@st.composite
def answers(draw: st.DrawFn, request: Request) -> str:
    """Seven numbered values in the order of the letter, the id beside the school's name."""
    number = draw(st.sampled_from([", ID {}", " (ID {})", " ({})", ", ID ДІСО: {}", ", {}"]))
    rows = [
        draw(st.sampled_from(spellings(request, item)))
        + (number.format(request.diso_id) if item is Item.SCHOOL_NAME else "")
        for item in Item
        if item is not Item.DISO_ID
    ]
    mark = draw(st.sampled_from([". ", ") ", " - "]))
    return "\n".join(f"{place}{mark}{row}" for place, row in enumerate(rows, 1))


@st.composite
def plain_texts(draw: st.DrawFn) -> tuple[Request, str]:
    request, pairs = draw(labelled())
    sign = draw(st.sampled_from([": ", ":", " - ", " – ", " — ", " : ", " = "]))
    mark = draw(st.sampled_from(["", "- ", "• ", "* ", "1. ", "1) ", "— "]))
    end = draw(st.sampled_from(["", ";", ".", ","]))
    layout = draw(st.sampled_from(["lines", "wrapped", "twos", "below", "drawn", "answers"]))
    if layout == "lines":
        body = lines(pairs, sign, mark, end)
    elif layout == "wrapped":
        rows = lines(pairs, sign, "1. ", ";").split("\n")
        body = "\n".join(textwrap.fill(row, 72, break_on_hyphens=False) for row in rows)
    elif layout == "answers":
        body = draw(answers(request))
    elif layout == "twos":
        body = in_twos(pairs, ": ", draw(st.sampled_from(["; ", ", ", "   "])))
    elif layout == "below":
        body = below(pairs, draw(st.sampled_from(["", "\n"])))
    else:
        body = drawn(pairs, draw(st.sampled_from(["|", "\t"])))
    return request, "\n".join([draw(st.sampled_from(AROUND)), body, draw(st.sampled_from(BELOW))])


@st.composite
def pages(draw: st.DrawFn) -> tuple[Request, str]:
    request, pairs = draw(labelled())
    escaped = [(html.escape(label), html.escape(value)) for label, value in pairs]
    layout = draw(st.sampled_from(["rows", "header", "list", "paragraphs", "breaks"]))
    if layout == "rows":
        body = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in escaped)
        body = f"<table>{body}</table>"
    elif layout == "header":
        heads = "".join(f"<th>{label}</th>" for label, _ in escaped)
        cells = "".join(f"<td><p>{value}</p></td>" for _, value in escaped)
        body = f"<table><tr>{heads}</tr><tr>{cells}</tr></table>"
    elif layout == "list":
        kind = draw(st.sampled_from(["ul", "ol"]))
        body = "".join(f"<li><b>{label}</b>: {value}</li>" for label, value in escaped)
        body = f"<{kind}>{body}</{kind}>"
    elif layout == "paragraphs":
        body = "".join(f"<p>{label}:&nbsp;<i>{value}</i></p>" for label, value in escaped)
    else:
        body = "<br>".join(f"{label} - {value}" for label, value in escaped)
    return request, f"<html><body><div>{draw(st.sampled_from(AROUND))}</div>{body}</body></html>"


def message_of(text: str, subtype: str, charset: str, encoding: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "Школа <school@lyst.example>"
    message["Subject"] = "Запит щодо підключення"
    message["Message-ID"] = "<random@lyst.example>"
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    message.set_content(text, subtype=subtype, charset=charset, cte=encoding)
    return bytes(message)


encodings = st.sampled_from(["8bit", "base64", "quoted-printable"])
charsets = st.sampled_from(["utf-8", "windows-1251", "koi8-u"])


def read_back(raw: bytes) -> dict[str, object]:
    """The items that a message is read as, the telephone as it is dialled."""
    items = read_message(raw).items
    phone = items.admin_phone.phone if items.admin_phone else None
    values = {item.value: getattr(items, item.value) for item in Item}
    return values | {"admin_phone": phone}


def meant(request: Request) -> dict[str, object]:
    return {item.value: getattr(request, item.value) for item in Item}


@given(written=plain_texts(), charset=charsets, encoding=encodings)
def test_a_plain_request_in_any_layout_is_read_back(
    written: tuple[Request, str], charset: str, encoding: str
) -> None:
    request, text = written
    assert read_back(message_of(text, "plain", charset, encoding)) == meant(request)


@given(written=pages(), charset=charsets, encoding=encodings)
def test_an_html_request_in_any_layout_is_read_back(
    written: tuple[Request, str], charset: str, encoding: str
) -> None:
    request, text = written
    assert read_back(message_of(text, "html", charset, encoding)) == meant(request)
