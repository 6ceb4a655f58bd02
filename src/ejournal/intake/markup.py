"""HTML of a letter made lines of text, tables kept as cells.

A row of a table becomes a line with tabs between its cells, an item of a list gets its dash or
number, and what is quoted gets `>`: as a person would type them. The time is linear in the
length, whatever the markup.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from attrs import Factory, define

__all__ = ["text_of"]

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)>")
_OTHER_TAG = re.compile(r"<[!?/][^<>]*>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_HREF = re.compile(r"""href\s*=\s*["']?\s*mailto:([^"'?>\s]{3,320})""", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r]+")
_UNREAD = frozenset({"script", "style", "title", "head", "template"})
_BLOCKS = frozenset(
    {
        *("address", "article", "aside", "body", "center", "dd", "div", "dl", "dt", "fieldset"),
        *("footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "main"),
        *("nav", "p", "pre", "section", "ul", "ol", "li", "blockquote"),
        *("table", "tbody", "thead", "tfoot", "tr", "td", "th"),
    }
)
_DEEPEST = 50


def text_of(markup: str) -> str:
    """Return the text of any HTML, broken or whole."""
    page = _Page()
    for is_text, content in _tokens(_without_comments(markup)):
        if is_text:
            page.write(_ENTITY.sub(lambda entity: html.unescape(entity[0]), content))
        else:
            page.tag(content)
    return page.text()


def _without_comments(markup: str) -> str:
    kept: list[str] = []
    place = 0
    while (start := markup.find("<!--", place)) >= 0:
        kept.append(markup[place:start])
        end = markup.find("-->", start + 4)
        if end < 0:
            # A comment that nothing closes is taken for a slip, so that nothing is lost.
            kept.append(markup[start + 4 :])
            return "".join(kept)
        place = end + 3
    kept.append(markup[place:])
    return "".join(kept)


def _tokens(markup: str) -> Iterator[tuple[bool, str]]:
    """Yield text and tags; a tag as `name`, `/name` or `name attributes`."""
    place = 0
    unread = ""
    for tag in _TAG.finditer(markup):
        name = tag[1] + tag[2].lower()
        if not unread and tag.start() > place:
            yield True, _OTHER_TAG.sub("", markup[place : tag.start()])
        place = tag.end()
        if unread:
            unread = "" if name in (f"/{unread}", "body") else unread
        elif name in _UNREAD:
            unread = "" if tag[3].endswith("/") else name
        else:
            yield False, f"{name} {tag[3]}"
    if not unread:
        yield True, _OTHER_TAG.sub("", markup[place:])


@define
class _Table:
    """A table that is being read: its finished lines and the cells of the row at hand."""

    lines: list[str] = Factory(list)
    cells: list[list[str]] = Factory(list)

    def end_row(self) -> None:
        self.lines += _row(self.cells)
        self.cells = []


def _row(cells: list[list[str]]) -> list[str]:
    """Return a row as lines: one with tabs, or several where the cells hold lines that match.

    Cells that hold texts of their own, as those of a page's layout do, follow one another.
    """
    full = [cell for cell in cells if any(cell)]
    if len(full) < 2:
        return [line for cell in full for line in cell]
    heights = {len(cell) for cell in full}
    if heights == {1}:
        return ["\t".join(cell[0] if cell else "" for cell in cells)]
    if len(heights) == 1:
        return ["\t".join(lines) for lines in zip(*full, strict=True)]
    if max(heights) > 4:
        return [line for cell in full for line in cell]
    return ["\t".join(" ".join(cell) for cell in cells)]


@define
class _Page:
    """The lines written so far, in the innermost cell that is open."""

    tables: list[_Table] = Factory(list)
    outer: list[list[str]] = Factory(list)
    lines: list[str] = Factory(list)
    words: list[str] = Factory(list)
    lists: list[int] = Factory(list)
    prefix: str = ""
    quotes: int = 0
    preformatted: int = 0
    address: str = ""

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.split("\n")
            self.words.append(first)
            for line in rest:
                self.end_line()
                self.words.append(line)
        elif text:
            self.words.append(text)

    def tag(self, tag: str) -> None:
        name, _, attributes = tag.partition(" ")
        plain = name.lstrip("/")
        if plain in _BLOCKS:
            self.end_line()
        if plain in ("td", "th", "tr", "table"):
            self._table(name)
        elif plain in ("ul", "ol", "li"):
            self._list(name, attributes)
        elif plain == "blockquote":
            self.quotes = max(0, self.quotes + (-1 if name != plain else 1))
        elif plain == "pre":
            self.preformatted = max(0, self.preformatted + (-1 if name != plain else 1))
        elif name == "br":
            self.end_line(even_if_empty=True)
        elif plain == "a":
            self._anchor(name, attributes)

    def end_line(self, *, even_if_empty: bool = False) -> None:
        """Close the line at hand; an empty one is kept only where `<br>` asks for it."""
        written = "".join(self.words)
        line = written.rstrip() if self.preformatted else _SPACE.sub(" ", written).strip()
        self.words = []
        if line or even_if_empty:
            quote = "> " * min(self.quotes, _DEEPEST)
            self.lines.append(f"{quote}{self.prefix}{line}" if line else quote.strip())
            self.prefix = ""

    def _table(self, name: str) -> None:
        if name == "table":
            if len(self.tables) < _DEEPEST:
                self.tables.append(_Table())
                self.outer.append(self.lines)
                self.lines = []
        elif self.tables:
            table = self.tables[-1]
            if self.lines or name in ("/td", "/th"):
                table.cells.append(self.lines)
                self.lines = []
            if name in ("tr", "/tr", "/table"):
                table.end_row()
            if name == "/table":
                self.tables.pop()
                self.lines = self.outer.pop()
                self.lines += table.lines

    def _list(self, name: str, attributes: str) -> None:
        if name in ("ul", "ol"):
            start = re.search(r"start\s*=\s*[\"']?(\d{1,4})", attributes)
            first = int(start[1]) if start else 1
            self.lists = [*self.lists[-_DEEPEST:], first if name == "ol" else 0]
        elif name == "li":
            number = self.lists[-1] if self.lists else 0
            self.prefix = f"{number}. " if number else "- "
            if number:
                self.lists[-1] += 1
        elif name != "/li" and self.lists:
            self.lists.pop()

    def _anchor(self, name: str, attributes: str) -> None:
        if name == "a":
            found = _HREF.search(attributes)
            self.address = found[1] if found else ""
        elif self.address and "@" not in "".join(self.words[-3:]):
            self.words.append(f" {self.address} ")
            self.address = ""

    def text(self) -> str:
        self.end_line()
        while self.tables:
            self._table("/table")
        return "\n".join(self.lines)
