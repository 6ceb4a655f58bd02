"""Tables of what was measured, printed and put into a page between its marks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.results import Compared, Figure

__all__ = ["figures", "put_into", "ratios", "table"]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratios(where: str, compared: Iterable[Compared]) -> str:
    """Return the table of works beside what was written by hand."""
    return table(
        ("work", "ejournal", "by hand", "ratio", "promised", "beside"),
        (
            (
                f"{each.work}, {where}",
                _time(each.ours.median),
                f"{_time(each.by_hand.median)} ({each.by_hand.name})",
                f"**{each.ratio:.2f}**{'' if each.is_within else ' (too slow)'}",
                "" if each.at_most is None else f"≤ {each.at_most:g}",
                ", ".join(
                    f"{other.name} {_time(other.median)}: {each.ours.median / other.median:.2f}"
                    for other in each.beside
                ),
            )
            for each in compared
        ),
    )


def figures(counted: Iterable[Figure]) -> str:
    """Return the table of what was counted, a row for each thing and a column for each place."""
    values: dict[str, dict[str, str]] = {}
    for each in counted:
        values.setdefault(each.what, {})[each.where] = each.value
    places = list(dict.fromkeys(place for found in values.values() for place in found))
    rows = ([what, *(found.get(place, "") for place in places)] for what, found in values.items())
    return table(["counted", *places], rows)


def put_into(page: Path, part: str, text: str) -> None:
    """Replace what stands between the marks of a part, which the page must have."""
    begin, end = f"<!-- {part}: measured -->", f"<!-- {part}: end -->"
    before, _, rest = page.read_text("utf-8").partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", "utf-8")


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 0.01 else f"{seconds * 1e6:.0f} µs"
