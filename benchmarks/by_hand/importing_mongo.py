"""Take marks in by hand through PyMongo: a transaction for each ten thousand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

from attrs import define
from bson import Int64
from pymongo.client_session import ClientSession
from pymongo.database import Database

from benchmarks.by_hand.importing import Batch, Progress, Recorded, TakesMarks
from benchmarks.by_hand.marking import Refused, Row
from benchmarks.by_hand.marking_mongo import (
    SHAPE,
    SHAPE_OF_MARKS,
    Document,
    PyMongoSources,
    at_address,
    begun,
)

__all__ = ["PyMongoImporting"]


@define
class _PyMongoBatch(Batch):
    """Documents of one transaction."""

    database: Database[Document]
    session: ClientSession
    sources: PyMongoSources

    def head(self, school: int) -> Row:
        return self.sources.head(school)

    def grants(self, school: int, account: int) -> Sequence[Row]:
        return self.sources.grants(school, account)

    def progress(self, school: int, taking: int) -> Progress:
        found = self.sources.known("import", at_address(school, id=taking))
        return Progress(
            found["source"],
            found["begun_at"].replace(tzinfo=UTC),
            *(found[name] for name in ("position", "taken", "refused", "state", "version")),
        )

    def _all(self, table: str, school: int, *names: str) -> Iterator[Row]:
        documents = self.database[f"ejournal_{table}"].find(
            {"_id.chain": school}, dict.fromkeys(names, 1), session=self.session
        )
        for document in documents:
            yield tuple(
                {**document, **document["_id"]}.get(name.removeprefix("_id.")) for name in names
            )

    def columns(self, school: int) -> Iterable[Row]:
        found = self._all("journal_column", school, "_id.id", "journal", "day")
        return [(id_, journal, day and date.fromisoformat(day)) for id_, journal, day in found]

    def journals(self, school: int) -> Iterable[Row]:
        return self._all("journal", school, "_id.id", "school_class", "subgroup")

    def subgroups(self, school: int) -> Iterable[Row]:
        return self._all("subgroup", school, "_id.id", "members")

    def enrolments(self, school: int) -> Iterable[Row]:
        found = self._all("enrolment", school, "school_class", "pupil", "since", "until")
        return [
            (enrolled, pupil, date.fromisoformat(since), until and date.fromisoformat(until))
            for enrolled, pupil, since, until in found
        ]

    def marked(self, school: int) -> Iterable[Row]:
        return self._all("mark", school, "_id.column", "_id.pupil")

    def day(self, day: date) -> object:
        return day.isoformat()

    def at(self, at: datetime) -> object:
        return at

    def keep(
        self,
        school: int,
        taking: int,
        *,
        marks: Sequence[Row],
        texts: Sequence[Row],
        progress: Progress,
        recorded: Recorded,
    ) -> None:
        if marks:
            self._insert("mark", map(_mark, marks))
        if texts:
            self._insert("personal", map(_text, texts))
        moved = self.database["ejournal_import"].update_one(
            {"_id": at_address(school, id=taking)},
            {
                "$set": {
                    "position": Int64(progress.position),
                    "taken": Int64(progress.taken),
                    "refused": Int64(progress.refused),
                    "state": progress.state,
                    "version": Int64(progress.version),
                }
            },
            session=self.session,
        )
        if moved.matched_count != 1:
            raise Refused
        self.sources.record(
            school,
            recorded.seq,
            recorded.hash,
            {
                "at": recorded.at,
                "event": recorded.event,
                "once": recorded.once,
                "hash": recorded.hash,
                "body": recorded.body,
            },
        )

    def _insert(self, table: str, documents: Iterable[Document]) -> None:
        collection = self.database[f"ejournal_{table}"]
        collection.insert_many(documents, ordered=False, session=self.session)


def _mark(row: Row) -> Document:
    school, journal, column, pupil, day, value, comment, author, given_at, void, version = row
    address = {
        "chain": Int64(school),
        "journal": Int64(journal),
        "column": Int64(column),
        "pupil": Int64(pupil),
    }
    document = {
        "_id": address,
        **SHAPE_OF_MARKS,
        "day": day,
        "value": value,
        "comment": comment,
        "author": Int64(author),
        "given_at": given_at,
        "void": void,
        "version": Int64(version),
    }
    if day is None:
        del document["day"]
    return document


def _text(row: Row) -> Document:
    school, seq, number, kind, record, field, salt, text = row
    return {
        "_id": at_address(school, seq=seq, number=number),
        **SHAPE,
        "kind": kind,
        "record": record,
        "field": field,
        "salt": salt,
        "text": text,
    }


@define
class PyMongoImporting(TakesMarks):
    """Through PyMongo, in a transaction of a session of its own for each batch."""

    database: Database[Document]

    @contextmanager
    def transaction(self) -> Iterator[Batch]:
        with begun(self.database) as session:
            yield _PyMongoBatch(self.database, session, PyMongoSources(self.database, session))
