"""Stores that spoil values on their way in, or answer another question than the one asked."""

# ruff: noqa: ARG002 - a method has the parameters of its port, used or not

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime

from attrs import evolve, frozen
from broken_stores import Answer, Passing, transaction

from ejournal.ids import SchoolId
from ejournal.model.declaration import Lookup
from ejournal.ports import Kind, Row, Slot, Stored, Table, Transaction
from ejournal.store.tables import HEADS


class Respelling(Passing):
    """Spoils values of one kind on their way in."""

    kind: Kind

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.sound.insert(table, school, [self._spoiled(table, row) for row in rows])

    def _spoiled(self, table: Table, row: Row) -> Row:
        return tuple(
            self.respelled(slot, value) if slot.kind is self.kind and value is not None else value
            for slot, value in zip(table.slots, row, strict=True)
        )

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        raise NotImplementedError


@transaction
class AColumnIsDropped(Respelling):
    kind = Kind.TEXT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return "" if slot.name == "topic" else value


@transaction
class WholeNumbersBecomeDoubles(Respelling):
    kind = Kind.INTEGER

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return min(int(float(str(value))), 2**63 - 1)


@transaction
class TextIsNormalised(Respelling):
    kind = Kind.TEXT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return unicodedata.normalize("NFKC", str(value))


@transaction
class TextLosesSpacesAtItsEnd(Respelling):
    kind = Kind.TEXT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return str(value).rstrip()


@transaction
class TextEndsAtTwentyLetters(Respelling):
    kind = Kind.TEXT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return value if slot.name in {"hash", "salt"} else str(value)[:20]


@transaction
class FlagsBecomeNumbers(Respelling):
    kind = Kind.FLAG

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return int(bool(value))


@transaction
class DatesBecomeInstants(Respelling):
    kind = Kind.DATE

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return datetime(value.year, value.month, value.day) if isinstance(value, date) else value  # noqa: DTZ001 - naive is what is wrong with it


@transaction
class DatesBeforeTheEpochAreMoved(Respelling):
    kind = Kind.DATE

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return max(value, date(1970, 1, 1)) if isinstance(value, date) else value


@transaction
class InstantsLoseMilliseconds(Respelling):
    kind = Kind.INSTANT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return value.replace(microsecond=0) if isinstance(value, datetime) else value


@transaction
class InstantsLoseTheirZone(Respelling):
    kind = Kind.INSTANT

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value


@transaction
class JsonIsSpelledAnew(Respelling):
    kind = Kind.JSON

    def respelled(self, slot: Slot, value: Stored) -> Stored:
        with suppress(json.JSONDecodeError):
            return json.dumps(json.loads(str(value)), ensure_ascii=False, separators=(", ", ": "))
        return " ".join(str(value).split())


class Sorting(Passing):
    """Answers in an order of its own."""

    def answer(self, table: Table, found: Answer) -> Answer:
        return sorted(found, key=lambda pair: self.place(table, *pair))

    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        raise NotImplementedError


@transaction
class OnlyKeysAreOrdered(Sorting):
    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        return (table.pick(row, table.key), owner)


@transaction
class TiesAreNotBroken(Passing):
    def answer(self, table: Table, found: Answer) -> Answer:
        if not table.order:
            return found
        backwards = list(found)[::-1]
        return sorted(backwards, key=lambda pair: repr(table.pick(pair[1], table.order)))


@transaction
class KeysAreOrderedAsText(Sorting):
    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        ordered = table.pick(row, table.order)
        return (ordered, [str(value) for value in table.pick(row, table.key)], owner)


@transaction
class TextIsOrderedWithoutCase(Sorting):
    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        key = table.pick(row, table.key)
        folded = [v.casefold() if isinstance(v, str) else v for v in key]
        return (table.pick(row, table.order), folded, key, owner)


@transaction
class TextIsOrderedByUtf16(Sorting):
    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        key = table.pick(row, table.key)
        units = [v.encode("utf-16-be") if isinstance(v, str) else v for v in key]
        return (table.pick(row, table.order), units, owner)


@transaction
class SchoolsComeAsTheyWereMade(Sorting):
    def place(self, table: Table, owner: SchoolId, row: Row) -> tuple[object, ...]:
        return (table.pick(row, table.order), table.pick(row, table.key), -owner)


@transaction
class ReadReachesEverySchool(Passing):
    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        same = (row for _, row in self.everywhere(table) if table.pick(row, table.key) == key)
        return self.sound.read(table, school, key) or next(same, None)

    def read_each(self, table: Table, school: SchoolId, keys: Sequence[Row], /) -> Iterator[Row]:
        return self.sound.read_each(table, school, keys)

    def lock(self, school: SchoolId, /) -> Row | None:
        return self.sound.lock(school) or self.read(HEADS, school, (0,))


@frozen
class Question:
    """The arguments of `select`, as one value."""

    table: Table
    school: SchoolId | None
    lookup: Lookup | None
    values: Row
    after: Row | None
    limit: int | None

    def put_to(self, sound: Transaction) -> Answer:
        return sound.select(
            self.table,
            self.school,
            self.lookup,
            self.values,
            after=self.after,
            limit=self.limit,
        )


class Asking(Passing):
    """Puts another question than the one it was asked."""

    def select(
        self,
        table: Table,
        school: SchoolId | None,
        lookup: Lookup | None,
        values: Row = (),
        /,
        *,
        after: Row | None = None,
        limit: int | None = None,
    ) -> Iterator[tuple[SchoolId, Row]]:
        yield from self.asked(Question(table, school, lookup, values, after, limit))

    def asked(self, question: Question) -> Answer:
        raise NotImplementedError


@transaction
class AnswersComeFromEverySchool(Asking):
    def asked(self, question: Question) -> Answer:
        return evolve(question, school=None).put_to(self.sound)


@transaction
class AcrossSchoolsMeansOne(Asking):
    def asked(self, question: Question) -> Answer:
        answer = list(question.put_to(self.sound))
        return [pair for pair in answer if pair[0] == answer[0][0]]


@transaction
class NobodySaysWhoseARowIs(Asking):
    def asked(self, question: Question) -> Answer:
        answer = list(question.put_to(self.sound))
        return [(answer[0][0], row) for _, row in answer]


@transaction
class TheLimitIsIgnored(Asking):
    def asked(self, question: Question) -> Answer:
        return evolve(question, limit=None).put_to(self.sound)


@transaction
class ALimitOfNoneMeansAll(Asking):
    def asked(self, question: Question) -> Answer:
        return evolve(question, limit=question.limit or None).put_to(self.sound)


@transaction
class TheStartIsIgnored(Asking):
    def asked(self, question: Question) -> Answer:
        return evolve(question, after=None).put_to(self.sound)


@transaction
class TheStartIsIncluded(Asking):
    def asked(self, question: Question) -> Answer:
        if question.after is None:
            return question.put_to(self.sound)
        everything = evolve(question, after=None, limit=None).put_to(self.sound)
        table, after = question.table, list(question.after)
        return [p for p in everything if list(table.pick(p[1], table.key)) >= after][
            : question.limit
        ]


@transaction
class TheStartIsComparedByItsFirstField(Asking):
    def asked(self, question: Question) -> Answer:
        if question.after is None:
            return question.put_to(self.sound)
        everything = evolve(question, after=None, limit=None).put_to(self.sound)
        place = question.table.place(question.table.key[0])
        first = int(str(question.after[0]))
        return [p for p in everything if int(str(p[1][place])) > first][: question.limit]


class Ranging(Asking):
    """Spoils the answer to a ranged question."""

    def asked(self, question: Question) -> Answer:
        if question.lookup is None or not question.lookup.ranged:
            return question.put_to(self.sound)
        return self.ranged(question, question.table.place(question.lookup.fields[-1]))

    def ranged(self, question: Question, place: int) -> Answer:
        raise NotImplementedError


@transaction
class TheEndOfARangeIsLeftOut(Ranging):
    def ranged(self, question: Question, place: int) -> Answer:
        answer = question.put_to(self.sound)
        return [pair for pair in answer if pair[1][place] != question.values[-1]]


@transaction
class TheStartOfARangeIsLeftOut(Ranging):
    def ranged(self, question: Question, place: int) -> Answer:
        answer = question.put_to(self.sound)
        return [pair for pair in answer if pair[1][place] != question.values[-2]]


@transaction
class ARangeTakesItsEndsInAnyOrder(Ranging):
    def ranged(self, question: Question, place: int) -> Answer:
        first, last = question.values[-2:]
        backwards = evolve(question, values=(*question.values[:-2], last, first))
        return [
            *question.put_to(self.sound),
            *(backwards.put_to(self.sound) if first != last else ()),
        ]


@transaction
class ARangeTakesRowsWithoutAValue(Ranging):
    def ranged(self, question: Question, place: int) -> Answer:
        table = question.table
        fields = [table.place(name) for name in question.lookup.fields] if question.lookup else []
        same = [*zip(fields, question.values, strict=False)][:-1]
        everything = self.sound.select(table, question.school, None)
        without = [
            (owner, row)
            for owner, row in everything
            if row[place] is None and all(row[at] == value for at, value in same)
        ]
        return [*without, *question.put_to(self.sound)]


@transaction
class ARangeIgnoresItsOtherFields(Ranging):
    def ranged(self, question: Question, place: int) -> Answer:
        lookup = Lookup("loose", (question.table.slots[place].name,), ranged=True)
        return evolve(question, lookup=lookup, values=question.values[-2:]).put_to(self.sound)


@transaction
class NothingEqualsNone(Asking):
    def asked(self, question: Question) -> Answer:
        return () if None in question.values else question.put_to(self.sound)


@transaction
class AnAnswerIsReadWhileItIsGiven(Asking):
    """Asks again for every next row, as a cursor that is not kept does."""

    def asked(self, question: Question) -> Answer:
        given = 0
        while given < len(answer := list(question.put_to(self.sound))):
            yield answer[given]
            given += 1
