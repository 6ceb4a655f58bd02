"""Give marks out, and average them, by hand: a cursor of the driver, `csv.writer`, `avg`."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TextIO

import psycopg
from attrs import define
from pymongo.database import Database

from benchmarks.by_hand.ledger import instant, spelled
from benchmarks.by_hand.marking import Row
from benchmarks.by_hand.marking_mongo import Document, at_address

__all__ = ["GivesOut", "PsycopgGivesOut", "PyMongoGivesOut", "RawSqliteGivesOut"]

_FIELDS = ("journal", "column", "pupil", "day", "value", "comment", "author", "given_at", "void")
_SELECTED = (
    'SELECT journal, "column", pupil, day, value, comment, author, given_at, void'
    ' FROM ejournal_mark WHERE chain = ? ORDER BY journal, "column", pupil'
)
_AVERAGED = (
    "SELECT pupil, journal, avg(CAST(value AS INTEGER)) FROM ejournal_mark WHERE chain = ?"
    " AND NOT void AND value IN ('1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12')"
    " GROUP BY pupil, journal"
)
_FLAGS = ("false", "true")
_GRADES = [str(points) for points in range(1, 13)]
_FETCHED = 5_000

_spelled = lru_cache(50_000)(spelled)


class GivesOut(ABC):
    """Reads a school's marks; where they are, a subclass knows."""

    def export(self, school: int, file: TextIO) -> None:
        """Write all marks as CSV, by journal, column and pupil."""
        writer, rows = csv.writer(file), self.rows(school)
        writer.writerow(_FIELDS)
        writer.writerows(
            (
                *(_spelled(journal), _spelled(column), _spelled(pupil), day, value, comment),
                *("" if author is None else _spelled(author), given_at, _FLAGS[void]),
            )
            for journal, column, pupil, day, value, comment, author, given_at, void in rows
        )

    @abstractmethod
    def rows(self, school: int) -> Iterable[Row]:
        """Yield every mark, the day and the instant as text."""

    @abstractmethod
    def averages(self, school: int) -> Mapping[tuple[int, int], float]:
        """Return the average of each pupil's grades in each journal, as the database has it."""


@define
class RawSqliteGivesOut(GivesOut):
    """Through `sqlite3` on one connection that stays open."""

    connection: Any

    def rows(self, school: int) -> Iterable[Row]:
        for *fields, given_at, void in self.connection.execute(_SELECTED, (school,)):
            yield *fields, f"{given_at[:10]}T{given_at[11:23]}Z", void

    def averages(self, school: int) -> Mapping[tuple[int, int], float]:
        return {
            (pupil, journal): average
            for pupil, journal, average in self.connection.execute(_AVERAGED, (school,))
        }


@define
class PsycopgGivesOut(GivesOut):
    """Through psycopg on one connection that stays open, a piece at a time."""

    connection: psycopg.Connection[Any]

    def rows(self, school: int) -> Iterable[Row]:
        with self.connection.transaction(), self.connection.cursor("marks") as cursor:
            cursor.itersize = _FETCHED
            cursor.execute(_SELECTED.replace("?", "%s"), (school,))
            for *fields, given_at, void in cursor:
                yield *fields, instant(given_at), void

    def averages(self, school: int) -> Mapping[tuple[int, int], float]:
        with self.connection.transaction():
            found = self.connection.execute(_AVERAGED.replace("?", "%s"), (school,)).fetchall()
        return {(pupil, journal): float(average) for pupil, journal, average in found}


@define
class PyMongoGivesOut(GivesOut):
    """Through PyMongo, a piece at a time."""

    database: Database[Document]

    def rows(self, school: int) -> Iterable[Row]:
        stretch = {"$gte": at_address(school), "$lt": at_address(school + 1)}
        marks = self.database["ejournal_mark"].find(
            {"_id": stretch}, sort={"_id": 1}, batch_size=_FETCHED
        )
        for mark in marks:
            key = mark["_id"]
            yield (
                *(key["journal"], key["column"], key["pupil"], mark.get("day"), mark["value"]),
                *(mark["comment"], mark.get("author"), instant(mark["given_at"]), mark["void"]),
            )

    def averages(self, school: int) -> Mapping[tuple[int, int], float]:
        stretch = {"$gte": at_address(school), "$lt": at_address(school + 1)}
        found = self.database["ejournal_mark"].aggregate(
            [
                {"$match": {"_id": stretch, "void": False, "value": {"$in": _GRADES}}},
                {
                    "$group": {
                        "_id": {"pupil": "$_id.pupil", "journal": "$_id.journal"},
                        "average": {"$avg": {"$toInt": "$value"}},
                    }
                },
            ]
        )
        return {(each["_id"]["pupil"], each["_id"]["journal"]): each["average"] for each in found}
