"""The state's directory of schools, what it has against a request, and who stands above them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum
from typing import ClassVar, TypeVar

from attrs import field, frozen

from ejournal.errors import Duplicate, Invalid, NotAllowedHere, Refusal
from ejournal.ids import AccountId, AuthorityId, GrantId
from ejournal.model.declaration import PERSONAL, PLAIN
from ejournal.model.identifiers import (
    DisoId,
    Edrpou,
    Email,
    Katottg,
    Region,
    parse_diso_id,
    parse_edrpou,
    parse_katottg,
    parse_region,
)
from ejournal.model.ledger import Event
from ejournal.model.permissions import Role
from ejournal.model.request_items import Item, RequestItems
from ejournal.model.spelling import fold, tidy

__all__ = [
    "Appointed",
    "Authority",
    "AuthorityCreated",
    "AuthorityLevel",
    "DirectoryEntry",
    "DirectoryImported",
    "DirectoryRows",
    "Dismissed",
    "LetterPassedOn",
    "Mismatch",
    "decode_directory",
    "mismatches",
    "parse_directory",
]

T = TypeVar("T")


@frozen
class DirectoryEntry:
    """What the state's list says of one school.

    `authority` is the code of the department above it; `journal_system` the e-journal of another
    vendor that it has connected, empty where none is known.
    """

    diso_id: DisoId
    edrpou: Edrpou | None = field(metadata=PLAIN)
    name: str = field(metadata=PLAIN)
    region: Region = field(metadata=PLAIN)
    community: str = field(default="", metadata=PLAIN)
    katottg: Katottg | None = field(default=None, metadata=PLAIN)
    authority: str = field(default="", metadata=PLAIN)
    journal_system: str = field(default="", metadata=PLAIN)
    version: int = 0


@frozen
class Mismatch:
    """An item of a request that the directory has otherwise; empty text stands for nothing."""

    item: Item
    asked: str = field(metadata=PLAIN)
    known: str = field(metadata=PLAIN)


def mismatches(items: RequestItems, entry: DirectoryEntry | None) -> tuple[Mismatch, ...]:
    """Return every item in which a request and the directory disagree.

    Quotes, case, apostrophes, spaces, the words for a community and the sign before a number make
    no difference. A school that the directory does not have disagrees in its ДІСО id.
    """
    if entry is None:
        return (Mismatch(Item.DISO_ID, _shown(items.diso_id), ""),)
    compared = (
        (Item.REGION, _shown(items.region), entry.region.label),
        (Item.COMMUNITY, items.community or "", entry.community),
        (Item.SCHOOL_NAME, items.school_name or "", entry.name),
        (Item.DISO_ID, _shown(items.diso_id), str(entry.diso_id)),
        (Item.EDRPOU, _shown(items.edrpou), _shown(entry.edrpou)),
    )
    return tuple(
        Mismatch(item, asked, known)
        for item, asked, known in compared
        if _bare(item, asked) != _bare(item, known)
    )


def _shown(value: object) -> str:
    return "" if value is None else str(value)


_NUMBER_SIGN = re.compile(r"(?:№|#|\bn[o.]?(?=[\s.\d]))\.?", re.IGNORECASE)
_NOT_WORD = re.compile(r"[^\w’]+|_+")
_COMMUNITY_WORDS = frozenset(
    {
        "громада",
        "отг",
        "тг",
        "територіальна",
        "об’єднана",
        "сільська",
        "селищна",
        "міська",
        "м",
        "місто",
        "с",
        "село",
        "смт",
        "селище",
    }
)


def _bare(item: Item, text: str) -> tuple[str, ...]:
    """Return the words of a name that tell one school or place from another."""
    words = _NOT_WORD.sub(" ", fold(_NUMBER_SIGN.sub(" ", text))).split()
    if item is Item.COMMUNITY:
        words = [word for word in words if word not in _COMMUNITY_WORDS]
    return tuple(words)


class AuthorityLevel(Enum):
    """The levels between the institute and the school; Kyiv's department is an oblast's."""

    OBLAST = "oblast"
    RAION = "raion"
    COMMUNITY = "community"

    @property
    def role(self) -> Role:
        """The role of those who act for an authority of this level."""
        return Role(f"authority-{self.value}")


_LEVELS = tuple(AuthorityLevel)


@frozen
class Authority:
    """A department of education; `parent` is the one that created it, none for an oblast's."""

    id: AuthorityId
    code: str = field(metadata=PLAIN)
    level: AuthorityLevel = field(metadata=PLAIN)
    name: str = field(metadata=PLAIN)
    region: Region = field(metadata=PLAIN)
    parent: AuthorityId | None = None
    email: Email | None = field(default=None, metadata=PERSONAL)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        for name, text in (("code", self.code), ("name", self.name)):
            if not text.strip():
                raise Invalid(name, text, "absent")
        if (self.parent is None) is not (self.level is AuthorityLevel.OBLAST):
            raise NotAllowedHere(self.name, "wrong-parent")

    def create(
        self,
        id: AuthorityId,
        code: str,
        level: AuthorityLevel,
        name: str,
        *,
        email: Email | None = None,
    ) -> Authority:
        """Return a new authority directly below this one, in the same region.

        Raises `NotAllowedHere` for any level but the next one down (rule 94). The institute
        creates oblast authorities by the constructor: they have nothing above them.
        """
        if _LEVELS.index(level) != _LEVELS.index(self.level) + 1:
            raise NotAllowedHere(level.value, "not-the-level-below")
        return Authority(id, code, level, name, self.region, self.id, email)


_ENCODINGS = ("utf-8-sig", "cp1251")

_HEADINGS: Mapping[str, tuple[str, ...]] = {
    "diso_id": ("diso_id", "diso", "id", "ід", "id дісо", "ід дісо", "дісо id", "id закладу"),
    "edrpou": ("edrpou", "єдрпоу", "код єдрпоу", "єдрпоу закладу"),
    "name": ("name", "school", "назва", "назва закладу", "назва закладу освіти", "повна назва"),
    "region": ("region", "oblast", "регіон", "область", "регіон область"),
    "community": ("community", "громада", "отг", "місто отг", "населений пункт", "місто"),
    "katottg": ("katottg", "катоттг", "код катоттг"),
    "authority": ("authority", "код органу управління", "орган управління", "управління"),
    "journal_system": ("journal_system", "journal system", "електронний журнал", "система"),
}
_REQUIRED = ("diso_id", "name", "region")


@frozen
class DirectoryRows:
    """A file's good rows; what was wrong with others, by the line they begin on."""

    entries: tuple[DirectoryEntry, ...]
    refusals: tuple[tuple[int, Refusal], ...]


def decode_directory(raw: bytes) -> str:
    """Return the text of a file in UTF-8, with a byte order mark or without, or windows-1251.

    Raises `Invalid` for bytes that are neither.
    """
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Invalid("directory", "", "pattern")


def parse_directory(lines: Iterable[str]) -> DirectoryRows:
    """Read a CSV file with a header, in Ukrainian or English, divided by «;», «,» or tabs.

    A row that cannot be read is refused as data, so the others are kept. A ДІСО id that stands
    twice is `Duplicate` the second time. Raises `Invalid` for a header without the columns of the
    ДІСО id, the name and the region.
    """
    rows = _rows(list(lines))
    _, header, _ = next(rows, (0, [], ""))
    columns = _columns(header or [])
    entries: dict[DisoId, DirectoryEntry] = {}
    refusals: list[tuple[int, Refusal]] = []
    for line, cells, text in rows:
        try:
            if cells is None:
                raise Invalid("row", text.strip(), "pattern")
            entry = _entry(columns, cells)
            if entry.diso_id in entries:
                raise Duplicate("directory entry", ("diso_id",), (entry.diso_id.number,))
            entries[entry.diso_id] = entry
        except Refusal as refusal:
            refusals.append((line, refusal))
    return DirectoryRows(tuple(entries.values()), tuple(refusals))


# A quotation mark that is never closed would swallow the rest of the file as one cell; a cell of
# more lines than this is taken for that.
_TALLEST = 8


def _rows(lines: list[str]) -> Iterator[tuple[int, list[str] | None, str]]:
    """Yield each row that is not blank: the line it begins on, its cells if any, its text."""
    delimiter = max(";,\t", key=lines[0].count) if lines else ";"
    at, width = 0, 0
    while at < len(lines):
        cells, height = _cells(lines[at : at + _TALLEST], delimiter, width)
        width = width or len(cells or ())
        if cells is None or any(map(str.strip, cells)):
            yield at + 1, cells, lines[at]
        at += height


def _cells(lines: list[str], delimiter: str, width: int) -> tuple[list[str] | None, int]:
    for height in range(1, len(lines) + 1):
        try:
            cells = next(csv.reader(["".join(lines[:height])], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if height == 1 or len(cells) == width:
            return cells, height
    return None, 1


def _columns(header: list[str]) -> dict[str, int]:
    places = {_heading(cell): place for place, cell in reversed(list(enumerate(header)))}
    columns = {
        field: places[name]
        for field, names in _HEADINGS.items()
        for name in reversed(names)
        if name in places
    }
    absent = next((field for field in _REQUIRED if field not in columns), None)
    if absent:
        raise Invalid(f"column {absent}", ";".join(header), "absent")
    return columns


def _heading(cell: str) -> str:
    spaced = re.sub(r"[^\w]+", " ", fold(tidy(cell)))
    return spaced.strip()


def _entry(columns: Mapping[str, int], cells: list[str]) -> DirectoryEntry:
    def cell(field: str) -> str:
        place = columns.get(field, len(cells))
        return tidy(cells[place]) if place < len(cells) else ""

    def optional(field: str, parse: Callable[[str], T]) -> T | None:
        text = cell(field)
        return parse(text) if text else None

    name = cell("name")
    if not name:
        raise Invalid("name", name, "absent")
    return DirectoryEntry(
        diso_id=parse_diso_id(cell("diso_id")),
        edrpou=optional("edrpou", parse_edrpou),
        name=name,
        region=parse_region(cell("region")),
        community=cell("community"),
        katottg=optional("katottg", parse_katottg),
        authority=cell("authority"),
        journal_system=cell("journal_system"),
    )


@frozen
class DirectoryImported(Event):
    """A stretch of the directory was brought up to date: new and changed entries."""

    name: ClassVar[str] = "directory-imported"
    added: int
    changed: int


@frozen
class AuthorityCreated(Event):
    """A level of the hierarchy created an authority below it."""

    name: ClassVar[str] = "authority-created"
    authority: AuthorityId
    parent: AuthorityId | None
    level: AuthorityLevel


@frozen
class Appointed(Event):
    """An account was given a role outside schools."""

    name: ClassVar[str] = "appointed"
    grant: GrantId
    role: Role
    account: AccountId
    authority: AuthorityId | None


@frozen
class Dismissed(Event):
    """A role outside schools ended before its time."""

    name: ClassVar[str] = "dismissed"
    grant: GrantId


@frozen
class LetterPassedOn(Event):
    """An authority's letter was queued to the schools beneath; `unreached` have no address yet."""

    name: ClassVar[str] = "letter-passed-on"
    authority: AuthorityId | None
    letters: int
    unreached: int
