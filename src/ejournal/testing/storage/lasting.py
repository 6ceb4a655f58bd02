"""The promises of a storage that outlives its process, one test each.

They need one more fixture than the others: `reopened`, a function that opens the place of `store`
once more, as another process would. `from ejournal.testing.storage.lasting import *` brings them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ejournal.ids import SubjectId
from ejournal.model.classes import Subject
from ejournal.ports import Capability
from ejournal.store import SchoolUnit, Store
from ejournal.testing.storage.scene import (
    KIT,
    LESSONS,
    SCHOOL,
    SUBJECTS,
    Tried,
    in_threads,
    kept_rows,
    needs,
    put,
    row_of,
    writing,
)

Reopened = Callable[[], Store]


def _subject(unit: SchoolUnit, number: int) -> Subject:
    kept = unit.subjects.add(Subject(SubjectId(number), "Алгебра"))
    unit.record(Tried())
    return kept


def test_what_was_committed_is_there_when_the_place_is_opened_again(
    store: Store, reopened: Reopened
) -> None:
    needs(store, Capability.DURABILITY)
    for number in (1, 2):
        store.run(SCHOOL, KIT, _subject, number)
    seal = store.seal(SCHOOL)

    again = reopened()
    assert kept_rows(again, SUBJECTS) == kept_rows(store, SUBJECTS)
    assert again.verify(SCHOOL, seal) == again.audit(SCHOOL) == []


def test_what_was_not_committed_is_not_there_when_the_place_is_opened_again(
    store: Store, reopened: Reopened
) -> None:
    needs(store, Capability.DURABILITY)
    needs(store, Capability.ROLLBACK)
    put(store, LESSONS, row_of(LESSONS, id=1))
    with pytest.raises(ZeroDivisionError), writing(store) as transaction:
        transaction.insert(LESSONS, SCHOOL, [row_of(LESSONS, id=2)])
        transaction.delete(LESSONS, SCHOOL, (1,))
        raise ZeroDivisionError

    assert kept_rows(reopened(), LESSONS) == [row_of(LESSONS, id=1)]


def test_what_was_erased_is_not_there_when_the_place_is_opened_again(
    store: Store, reopened: Reopened
) -> None:
    needs(store, Capability.DURABILITY)
    put(store, LESSONS, row_of(LESSONS, id=1), row_of(LESSONS, id=2))
    with writing(store) as transaction:
        transaction.delete(LESSONS, SCHOOL, (1,))

    assert kept_rows(reopened(), LESSONS) == [row_of(LESSONS, id=2)]


def test_what_one_opening_commits_the_others_see(store: Store, reopened: Reopened) -> None:
    needs(store, Capability.DURABILITY)
    needs(store, Capability.CONCURRENCY)
    other = reopened()
    for number, opening in enumerate((store, other, store, other), 1):
        opening.run(SCHOOL, KIT, _subject, number)

    assert kept_rows(store, SUBJECTS) == kept_rows(other, SUBJECTS)
    assert [entry.seq for entry in store.entries(SCHOOL)] == [1, 2, 3, 4]


def test_writers_of_two_openings_take_turns(store: Store, reopened: Reopened) -> None:
    needs(store, Capability.DURABILITY)
    needs(store, Capability.CONCURRENCY)

    def write(opening: Store, first: int) -> None:
        for number in range(first, first + 5):
            opening.run(SCHOOL, KIT, _subject, number)

    in_threads(lambda: write(store, 1), lambda: write(reopened(), 6))

    assert store.heads()[SCHOOL].seq == len(kept_rows(store, SUBJECTS)) == 10
    assert store.verify(SCHOOL) == store.audit(SCHOOL) == []


__all__ = [name for name in tuple(globals()) if name.startswith("test_")]
