"""Give one mark by hand in a transaction of PyMongo: the same documents, found by the same keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeAlias

from attrs import define
from bson import Int64
from pymongo import ReadPreference
from pymongo.client_session import ClientSession
from pymongo.collection import ReturnDocument
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from benchmarks.by_hand.ledger import Kept, NewMark
from benchmarks.by_hand.marking import GivesMarks, Refused, Row, Sources

__all__ = [
    "SHAPE",
    "SHAPE_OF_MARKS",
    "Document",
    "PyMongoMarking",
    "PyMongoSources",
    "at_address",
    "begun",
]

Document: TypeAlias = dict[str, Any]

SHAPE = {"_v": 1}
SHAPE_OF_MARKS = {"_v": 2}


def at_address(school: int, **key: int) -> Document:
    """Return the `_id` of a document, or the beginning of it."""
    return {"chain": Int64(school), **{name: Int64(value) for name, value in key.items()}}


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@define
class PyMongoSources(Sources):
    """Documents of one transaction."""

    database: Database[Document]
    session: ClientSession

    def _one(self, table: str, address: Document) -> Document | None:
        return self.database[f"ejournal_{table}"].find_one({"_id": address}, session=self.session)

    def known(self, table: str, address: Document) -> Document:
        found = self._one(table, address)
        if found is None:
            raise Refused
        return found

    def _whose(self, table: str, school: int, order: str, **asked: int) -> list[Document]:
        filter_ = {"_id.chain": school, **asked}
        return (
            self.database[f"ejournal_{table}"]
            .find(filter_, sort={order: 1}, hint=dict.fromkeys(filter_, 1), session=self.session)
            .to_list()
        )

    def head(self, school: int) -> Row:
        head = self.database["ejournal_head"].find_one_and_update(
            {"_id": at_address(school, id=0)},
            {"$inc": {"turns": 1}},
            return_document=ReturnDocument.AFTER,
            session=self.session,
        )
        if head is None:
            raise Refused
        return head["seq"], head["hash"]

    def column(self, school: int, id: int) -> Row:
        found = self.known("journal_column", at_address(school, id=id))
        return found["journal"], found.get("lesson"), _day(found.get("day"))

    def journal(self, school: int, id: int) -> Row:
        found = self.known("journal", at_address(school, id=id))
        return (
            *(found["school_class"], found.get("subgroup")),
            *(found["teacher"], found.get("second_teacher")),
            *(found["terms"], found["year"], found["semester"]),
        )

    def substitute(self, school: int, lesson: int) -> Row:
        return (self.known("lesson", at_address(school, id=lesson)).get("substitute"),)

    def grants(self, school: int, account: int) -> Sequence[Row]:
        return [
            (each["role"], each["rights"], each.get("person"), each["since"], each.get("until"))
            for each in self._whose("grant", school, "_id", account=account)
        ]

    def members(self, school: int, subgroup: int) -> Row:
        return (self.known("subgroup", at_address(school, id=subgroup))["members"],)

    def enrolments(self, school: int, pupil: int) -> Sequence[Row]:
        return [
            (each["school_class"], _day(each["since"]), _day(each.get("until")))
            for each in self._whose("enrolment", school, "since", pupil=pupil)
        ]

    def locks(self, school: int, year: int, semester: int) -> Sequence[Row]:
        asked = {"year": Int64(year), "semester": Int64(semester)}
        names = ("school_class", "journal", "state", "reopenings")
        return [
            tuple(each.get(name) for name in names)
            for each in self._whose("period_lock", school, "_id", **asked)
        ]

    def standing(self, school: int, journal: int, column: int, pupil: int) -> Row | None:
        found = self._one("mark", at_address(school, journal=journal, column=column, pupil=pupil))
        if found is None:
            return None
        return tuple(found[name] for name in ("value", "version", "author", "given_at", "void"))

    def add(self, mark: NewMark, kept: Kept) -> None:
        self._insert("mark", {"_id": _address(mark), **_fields(mark, kept)})
        self._record(mark, kept)

    def change(self, mark: NewMark, kept: Kept) -> None:
        replaced = self.database["ejournal_mark"].replace_one(
            {"_id": _address(mark), "version": mark.before},
            _fields(mark, kept),
            session=self.session,
        )
        if replaced.matched_count != 1:
            raise Refused
        self._record(mark, kept)

    def _record(self, mark: NewMark, kept: Kept) -> None:
        entry = {"at": mark.at, "event": kept.event, "hash": kept.hash, "body": kept.body}
        if kept.text:
            address = at_address(mark.school, seq=kept.seq, number=1)
            text = {"kind": "mark", "record": kept.record, "field": "comment"}
            secret = {"salt": kept.salt, "text": kept.text}
            self._insert("personal", {"_id": address, **SHAPE, **text, **secret})
        self.record(mark.school, kept.seq, kept.hash, entry)

    def record(self, school: int, seq: int, hashed: str, entry: Document) -> None:
        """Write an entry and move the head to it."""
        self._insert("entry", {"_id": at_address(school, seq=seq), **SHAPE, **entry})
        moved = self.database["ejournal_head"].replace_one(
            {"_id": at_address(school, id=0), "seq": seq - 1},
            {**SHAPE, "seq": Int64(seq), "hash": hashed},
            session=self.session,
        )
        if moved.matched_count != 1:
            raise Refused

    def _insert(self, table: str, document: Document) -> None:
        self.database[f"ejournal_{table}"].insert_one(document, session=self.session)


def _address(mark: NewMark) -> Document:
    return at_address(mark.school, journal=mark.journal, column=mark.column, pupil=mark.pupil)


def _fields(mark: NewMark, kept: Kept) -> Mapping[str, Any]:
    day = {} if mark.day is None else {"day": mark.day.isoformat()}
    return {
        **SHAPE_OF_MARKS,
        **day,
        "value": mark.value,
        "comment": mark.comment,
        "author": Int64(mark.author),
        "given_at": mark.at,
        "void": False,
        "version": Int64(kept.seq),
    }


@contextmanager
def begun(database: Database[Document]) -> Iterator[ClientSession]:
    """Begin a transaction in a session of its own, and commit it at the end."""
    with (
        database.client.start_session() as session,
        session.start_transaction(
            ReadConcern("snapshot"), WriteConcern("majority"), ReadPreference.PRIMARY
        ),
    ):
        yield session


@define
class PyMongoMarking(GivesMarks):
    """Through PyMongo, in a transaction of a session of its own for each mark."""

    database: Database[Document]

    @contextmanager
    def transaction(self) -> Iterator[PyMongoSources]:
        with begun(self.database) as session:
            yield PyMongoSources(self.database, session)
