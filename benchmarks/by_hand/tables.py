"""The tables that the hand-written baselines read and write, as a host would declare them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Table, Text

__all__ = [
    "absence",
    "column",
    "enrolment",
    "entry",
    "grant",
    "head",
    "journal",
    "lesson",
    "mark",
    "period_lock",
    "personal",
    "pupil",
    "school",
    "school_class",
    "school_year",
    "staff",
    "subgroup",
    "subject",
]

_metadata = sa.MetaData()
_INSTANT = DateTime(timezone=True)


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(f"ejournal_{name}", _metadata, Column("chain", BigInteger), *columns)


def _numbers(*names: str) -> list[Column[Any]]:
    return [Column(name, BigInteger) for name in names]


def _texts(*names: str) -> list[Column[Any]]:
    return [Column(name, Text) for name in names]


head = _table("head", *_numbers("id", "seq"), *_texts("hash"))
entry = _table(
    "entry", *_numbers("seq"), Column("at", _INSTANT), *_texts("event", "once", "hash", "body")
)
personal = _table(
    "personal", *_numbers("seq", "number"), *_texts("kind", "record", "field", "salt", "text")
)
grant = _table(
    "grant",
    *_numbers("id"),
    *_texts("role", "rights"),
    *_numbers("account", "person"),
    *(Column(name, _INSTANT) for name in ("since", "until")),
    *_numbers("version"),
)
school = _table("school", *_numbers("id"), *_texts("name"))
school_year = _table(
    "school_year",
    *_numbers("id"),
    *(Column(name, Date) for name in ("first_day", "last_day")),
    *_texts("semesters"),
)
school_class = _table("school_class", *_numbers("id", "year"), *_texts("label"))
subject = _table(
    "subject",
    *_numbers("id"),
    *_texts("name", "short_name", "base", "assessed", "integrates"),
    *_numbers("version"),
)
staff = _table("staff", *_numbers("id"), *_texts("name"))
subgroup = _table("subgroup", *_numbers("id"), *_texts("name", "members"))
pupil = _table(
    "pupil",
    *_numbers("id"),
    *_texts("name"),
    Column("birth_date", Date),
    *_texts("sex"),
    *_numbers("merged_into", "version"),
)
enrolment = _table(
    "enrolment",
    *_numbers("id", "pupil", "school_class"),
    *(Column(name, Date) for name in ("since", "until")),
)
journal = _table(
    "journal",
    *_numbers("id", "year", "semester", "school_class", "subject", "subgroup"),
    *_numbers("teacher", "second_teacher"),
    *_texts("terms"),
    *_numbers("version"),
)
lesson = _table(
    "lesson",
    *_numbers("id", "journal"),
    Column("day", Date),
    *_numbers("bell", "plan_no"),
    *_texts("topic", "homework"),
    *_numbers("homework_to", "substitute"),
    Column("struck", Boolean),
    *_numbers("version"),
)
column = _table(
    "journal_column",
    *_numbers("id", "journal"),
    *_texts("kind"),
    *_numbers("lesson"),
    Column("day", Date),
    *_texts("title"),
    *_numbers("group"),
    Column("struck", Boolean),
    *_texts("result"),
    *_numbers("corrects", "version"),
)
mark = _table(
    "mark",
    *_numbers("journal", "column", "pupil"),
    Column("day", Date),
    *_texts("value", "comment"),
    *_numbers("author"),
    Column("given_at", _INSTANT),
    Column("void", Boolean),
    *_numbers("version"),
)
absence = _table(
    "absence",
    *_numbers("journal", "lesson", "pupil"),
    Column("day", Date),
    *_texts("code"),
    *_numbers("minutes_late"),
    *_texts("excuse"),
    *_numbers("author"),
    Column("recorded_at", _INSTANT),
    Column("remote", Boolean),
    *_numbers("excused_by", "version"),
)
publication = _table(
    "publication",
    *_numbers("column"),
    *_texts("rules"),
    Column("published_at", _INSTANT),
    *_numbers("version"),
)
period_lock = _table(
    "period_lock",
    *_numbers("id", "year", "semester", "school_class", "journal"),
    *_texts("state"),
    Column("closed_at", _INSTANT),
    *_numbers("closed_by"),
    *_texts("reopenings"),
    *_numbers("version"),
)
