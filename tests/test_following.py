"""The feed: state and events go together, and a consumer sees every entry, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from attrs import define, field
from breaking import BreakingStore, Broken
from connecting_steps import dumped, institute, taken
from rivals import lingering
from small_school import ID, MONDAY, Arranged, SmallSchool, furnished

from ejournal.codec import shape_of
from ejournal.errors import FeedStopped, Invalid, Unavailable, Unreadable
from ejournal.ids import REGISTRY, PersonId, SchoolId, SubjectId
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode
from ejournal.model.catalogue import AGGREGATES
from ejournal.model.classes import Subject
from ejournal.model.identifiers import Email, PersonName
from ejournal.model.ledger import Cursor, Entry, Erased, canonical
from ejournal.model.marks import Grade
from ejournal.model.people import Relation
from ejournal.model.permissions import Role
from ejournal.plugins import hookimpl, load
from ejournal.store import Store
from ejournal.store.tables import ENTRIES
from ejournal.usecases.attending import note_absence
from ejournal.usecases.connecting import approve
from ejournal.usecases.following import follow
from ejournal.usecases.founding import add_guardian
from ejournal.usecases.inviting import invite
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import hold_lesson, open_journal

HOST = System("host")
OTHER = SchoolId(2)

# Events and state

_Records = set[tuple[SchoolId, str, str, object]]


def in_tables(store: Store) -> _Records:
    """Every ledgered record: its chain, kind and key, and the entry that wrote it last."""
    with store.begin(writing=False) as transaction:
        return {
            (
                chain,
                shape.table.name,
                canonical(shape.spelled_key(shape.table.pick(row, shape.table.key))),
                row[shape.table.place("version")],
            )
            for shape in map(shape_of, AGGREGATES)
            if shape.aggregate.ledgered
            for chain, row in transaction.select(shape.table, None, None)
        }


def in_feed(store: Store) -> _Records:
    """The same, as the entries tell it."""
    latest = {
        (chain, write.kind, canonical(write.key)): (entry.seq, write.erased)
        for chain in store.heads()
        for entry in store.entries(chain)
        for write in entry.writes
    }
    return {(*place, seq) for place, (seq, erased) in latest.items() if not erased}


def agreed(store: Store) -> bool:
    """Whether every chain is whole, and its entries and the tables tell the same."""
    return in_feed(store) == in_tables(store) and not any(
        (*store.verify(chain), *store.audit(chain)) for chain in store.heads()
    )


@define
class Acts:
    """What is done in a school, each act in a unit of its own."""

    school: SmallSchool
    teacher: Actor

    def lesson(self, store: Store) -> None:
        journal = self.school.things.journal.id
        store.run(ID, self.teacher, hold_lesson, journal, day=MONDAY, bell=1, topic="Числа")

    def first_mark(self, store: Store) -> None:
        self._mark(store, Grade(7))

    def other_mark(self, store: Store) -> None:
        self._mark(store, Grade(9))

    def _mark(self, store: Store, grade: Grade) -> None:
        with store.reading(ID, self.teacher) as unit:
            (column,) = unit.columns.of_journal(self.school.things.journal.id)
        ada = self.school.things.ada.id
        store.run(ID, self.teacher, give_mark, column.id, pupil=ada, value=grade, comment="добре")

    def absence(self, store: Store) -> None:
        with store.reading(ID, self.teacher) as unit:
            (lesson,) = unit.lessons.of_journal(self.school.things.journal.id)
        lev = self.school.things.lev.id
        store.run(ID, self.teacher, note_absence, lesson.id, pupil=lev, code=AbsenceCode.ABSENT)

    def journal(self, store: Store) -> None:
        things = self.school.things
        store.run(
            ID,
            self.school.admin,
            open_journal,
            things.school_class.id,
            things.algebra.id,
            semester=2,
            teacher=things.third.id,
        )

    def guardian(self, store: Store) -> None:
        name = PersonName("Гай", "Марта")
        lev = self.school.things.lev.id
        store.run(ID, self.school.admin, add_guardian, lev, Relation.MOTHER, name)

    def invitation(self, store: Store) -> None:
        main = self.school.things.main
        store.run(
            ID,
            self.school.admin,
            invite,
            name=main.name,
            address=Email("o.shevchuk@lyceum.example"),
            role=Role.SUBJECT_TEACHER,
            person=PersonId(main.id),
        )

    def erasure(self, store: Store) -> None:
        with store.school(ID, HOST) as unit:
            for tie in list(unit.guardianships.of_guardian(self.school.things.mother.id)):
                unit.guardianships.erase(tie.id)
            unit.guardians.erase(self.school.things.mother.id)
            unit.record(Erased())


def numbers(store: Store) -> dict[SchoolId, int]:
    return {chain: head.seq for chain, head in store.heads().items()}


def done(store: Store, act: Callable[[Store], object]) -> bool:
    """Whether the storage let the act through to its end."""
    try:
        act(store)
    except Broken:
        return False
    return True


def writes_of(store: Store, act: Callable[[Store], object]) -> int:
    """Do the act, stopped before each of its writes in turn; return how many it has."""
    before, heads = dumped(store), numbers(store)
    assert agreed(store)
    writes = 0
    while not done(BreakingStore(store, writes), act):
        assert dumped(store) == before
        writes += 1
    assert agreed(store)
    assert sum(numbers(store).values()) > sum(heads.values())
    return writes


def test_a_use_case_stopped_between_any_two_writes_leaves_no_event_and_no_row(
    store: Store,
) -> None:
    school = furnished(store)
    acts = Acts(school, school.actor(Role.SUBJECT_TEACHER, school.things.main.id))
    counted = {
        act.__name__: writes_of(store, act)
        for act in (
            acts.lesson,
            acts.first_mark,
            acts.other_mark,
            acts.absence,
            acts.journal,
            acts.guardian,
            acts.invitation,
            acts.erasure,
        )
    }
    # Besides its records an act writes entries, their texts, and the head.
    assert {name: writes - 3 for name, writes in counted.items()} == {
        "lesson": 2,
        "first_mark": 1,
        "other_mark": 1,
        "absence": 1,
        "journal": 1,
        "guardian": 2,
        "invitation": 4,
        "erasure": 3,
    }


def test_an_act_in_two_chains_stopped_between_any_two_writes_leaves_nothing_in_either(
    store: Store,
) -> None:
    operator = institute(store)
    request = taken(store, operator)

    def approving(breaking: Store) -> None:
        breaking.run_registry(operator, approve, request.id)

    assert writes_of(store, approving) == 12
    assert set(store.heads()) > {REGISTRY}


# Consumers


class Killed(BaseException):
    """The consumer's process is no more."""


@define
class Consumer:
    """Takes the feed and keeps what it was shown; dies or fails when it is told to."""

    shown: list[tuple[SchoolId, int]] = field(factory=list)
    calls: int = 0
    dies_at: int = -1

    def listen(self, entries: Sequence[Entry]) -> None:
        self._die()
        self.shown += ((entry.chain, entry.seq) for entry in entries)
        self._die()

    def _die(self) -> None:
        self.calls += 1
        if self.calls == self.dies_at:
            raise Killed

    def of(self, chain: SchoolId) -> list[int]:
        return [seq for shown, seq in self.shown if shown == chain]


def three_chains(store: Store) -> dict[SchoolId, int]:
    """Fill the registry and two schools; return the numbers they come to."""
    institute(store)
    for school, units in ((ID, 5), (OTHER, 3)):
        for number in range(units):
            happened(store, school, number)
    return numbers(store)


def happened(store: Store, school: SchoolId, number: int) -> None:
    with store.school(school, HOST) as unit:
        unit.subjects.add(Subject(SubjectId(number), f"Предмет {number}"))
        unit.record(Arranged())


def all_of(heads: dict[SchoolId, int]) -> list[tuple[SchoolId, int]]:
    return [(chain, seq) for chain in sorted(heads) for seq in range(1, heads[chain] + 1)]


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_consumer_is_shown_every_entry_once_and_in_order(store: Store, batch: int) -> None:
    heads = three_chains(store)
    consumer = Consumer()
    assert follow(store, "host", consumer.listen, batch=batch) == sum(heads.values())
    assert consumer.shown == all_of(heads)
    assert follow(store, "host", consumer.listen) == 0

    happened(store, OTHER, 9)
    assert follow(store, "host", consumer.listen) == 1
    assert consumer.shown == [*all_of(heads), (OTHER, heads[OTHER] + 1)]


def test_consumers_do_not_know_each_other(store: Store) -> None:
    heads = three_chains(store)
    for name in ("canteen", "library"):
        consumer = Consumer()
        follow(store, name, consumer.listen)
        assert consumer.shown == all_of(heads)
    with store.browsing(HOST) as unit:
        kept = list(unit.cursors.of_consumer("library"))
    assert kept == [(chain, Cursor("library", heads[chain], 1)) for chain in sorted(heads)]


def test_a_consumer_with_too_long_a_name_is_shown_nothing(store: Store) -> None:
    three_chains(store)
    name, shown = "їдальня " * 1_000, list[Entry]()
    with pytest.raises(Invalid) as refused:
        follow(store, name, shown.extend)
    assert refused.value == Invalid("consumer", name[:60], "length")
    assert shown == []


def test_a_cursor_is_no_entry(store: Store) -> None:
    three_chains(store)
    before = store.heads()
    follow(store, "host", Consumer().listen)
    assert store.heads() == before
    assert agreed(store)


def test_a_consumer_killed_at_any_point_sees_every_entry_in_order(store: Store) -> None:
    heads = three_chains(store)
    for point in range(1, 100):
        consumer = Consumer(dies_at=point)
        name = f"killed at {point}"
        try:
            follow(store, name, consumer.listen, batch=2)
        except Killed:
            follow(store, name, consumer.listen, batch=2)
        else:
            break
        for chain, last in heads.items():
            assert in_order(consumer.of(chain), last)
    # Each batch can die before and after it is taken: two of the registry's, five of the schools'.
    assert point > 2 * 5


def in_order(shown: Sequence[int], last: int) -> bool:
    """Whether numbers come one after another, and where some come again, from there on."""
    steps_ahead = [after - before for before, after in zip([0, *shown], shown, strict=False)]
    return set(shown) == set(range(1, last + 1)) and max(steps_ahead) == 1


def test_a_consumer_whose_cursor_could_not_be_kept_is_shown_the_batch_again(store: Store) -> None:
    heads = three_chains(store)
    consumer = Consumer()
    with pytest.raises(FeedStopped) as stopped:
        follow(BreakingStore(store, 0), "host", consumer.listen, batch=2)
    assert stopped.value.chains == tuple(sorted(heads))
    follow(store, "host", consumer.listen, batch=2)
    for chain, last in heads.items():
        assert in_order(consumer.of(chain), last)
        assert consumer.of(chain).count(1) == 2


def test_a_chain_that_fails_does_not_stop_the_others(store: Store) -> None:
    heads = three_chains(store)
    consumer = Consumer()

    def choke(entries: Sequence[Entry]) -> None:
        if entries[0].chain == ID and entries[0].seq > 2:
            raise OSError(entries[0].seq)
        consumer.listen(entries)

    with pytest.raises(FeedStopped) as stopped:
        follow(store, "host", choke, batch=2)
    assert stopped.value == FeedStopped((ID,), "OSError: 3")
    assert isinstance(stopped.value.__cause__, OSError)
    assert (str(stopped.value), stopped.value.retry) == (
        "the feed of 1 stopped: OSError: 3",
        "same",
    )
    assert consumer.of(ID) == [1, 2]
    assert consumer.of(OTHER) == list(range(1, heads[OTHER] + 1))

    follow(store, "host", consumer.listen)
    assert sorted(consumer.shown) == all_of(heads)
    assert consumer.of(ID) == list(range(1, heads[ID] + 1))


def test_an_entry_that_cannot_be_read_stops_its_chain_alone(store: Store) -> None:
    heads = three_chains(store)
    with store.begin(writing=True) as transaction:
        transaction.lock(ID)
        transaction.delete(ENTRIES, ID, (4,))
        transaction.insert(ENTRIES, ID, [(4, store.clock(), "x", None, "", "{")])
    consumer = Consumer()
    with pytest.raises(FeedStopped) as stopped:
        follow(store, "host", consumer.listen, batch=2)
    assert stopped.value.chains == (ID,)
    assert consumer.of(ID) == [1, 2]
    assert consumer.of(OTHER) == list(range(1, heads[OTHER] + 1))


def test_a_chain_that_was_cut_off_is_followed_to_its_end(store: Store) -> None:
    heads = three_chains(store)
    with store.begin(writing=True) as transaction:
        transaction.lock(ID)
        transaction.delete(ENTRIES, ID, (heads[ID],))
    consumer = Consumer()
    follow(store, "host", consumer.listen)
    assert consumer.of(ID) == list(range(1, heads[ID]))


def moved(store: Store, number: int, place: int | None) -> None:
    """Put an entry of the school where another stands, or nowhere."""
    with store.begin(writing=True) as transaction:
        transaction.lock(ID)
        row = transaction.read(ENTRIES, ID, (number,))
        assert row is not None
        transaction.delete(ENTRIES, ID, (number if place is None else place,))
        if place is not None:
            transaction.insert(ENTRIES, ID, [(place, *row[1:])])


@pytest.mark.parametrize("batch", [1, 2, 1000])
def test_a_number_that_does_not_follow_the_one_before_stops_its_chain(
    store: Store, batch: int
) -> None:
    """Were it shown, the cursor would go back to it, and the feed begin there for ever."""
    heads = three_chains(store)
    moved(store, 2, place=4)
    consumer = Consumer()
    with pytest.raises(FeedStopped) as stopped:
        follow(store, "host", consumer.listen, batch=batch)
    assert stopped.value.chains == (ID,)
    assert isinstance(stopped.value.__cause__, Unreadable)
    assert consumer.of(ID) == list(range(1, 1 + 3 // batch * batch))
    assert consumer.of(OTHER) == list(range(1, heads[OTHER] + 1))


def test_an_entry_that_is_not_there_stops_its_chain(store: Store) -> None:
    three_chains(store)
    moved(store, 3, place=None)
    consumer = Consumer()
    with pytest.raises(FeedStopped):
        follow(store, "host", consumer.listen, batch=1)
    assert consumer.of(ID) == [1, 2]


def test_a_cursor_past_the_end_of_its_chain_stops_it(store: Store) -> None:
    """Whoever put it there would never be shown what comes next."""
    heads = three_chains(store)
    with store.housekeeping(System("host")) as unit:
        unit.of(ID).cursors.add(Cursor("host", heads[ID] + 1))
    consumer = Consumer()
    with pytest.raises(FeedStopped) as stopped:
        follow(store, "host", consumer.listen)
    assert stopped.value.chains == (ID,)
    assert (consumer.of(ID), len(consumer.of(OTHER))) == ([], heads[OTHER])


def test_a_batch_of_nothing_is_refused(store: Store) -> None:
    three_chains(store)
    for batch in (0, -1):
        with pytest.raises(Invalid) as refused:
            follow(store, "host", Consumer().listen, batch=batch)
        assert refused.value == Invalid("batch", str(batch), "range")


def test_what_is_not_available_stops_the_run_at_once(store: Store) -> None:
    three_chains(store)
    calls: list[int] = []

    def unreachable(entries: Sequence[Entry]) -> None:
        calls.append(len(entries))
        raise Unavailable("the canteen")

    with pytest.raises(Unavailable):
        follow(store, "host", unreachable)
    assert len(calls) == 1


def test_of_two_who_follow_under_one_name_one_goes_on(store: Store) -> None:
    heads = three_chains(store)
    quick, slow = Consumer(), Consumer()

    def overtaken(entries: Sequence[Entry]) -> None:
        slow.listen(entries)
        follow(store, "host", quick.listen, batch=2)

    follow(store, "host", overtaken, batch=1)
    assert quick.shown == all_of(heads)
    assert slow.shown == [(chain, 1) for chain in sorted(heads)]

    for number in (71, 72, 73):
        happened(store, ID, number)
    follow(store, "host", overtaken, batch=1)
    assert quick.of(ID) == list(range(1, heads[ID] + 4))
    assert slow.of(ID) == [1, heads[ID] + 1]


def test_who_meets_a_cursor_amid_its_move_leaves_the_chain_to_the_other(store: Store) -> None:
    happened(store, ID, 1)

    def overtaken(entries: Sequence[Entry]) -> None:
        moved = Cursor("host", entries[-1].seq)
        stack.enter_context(lingering(store, lambda unit: unit.of(ID).cursors.add(moved)))

    with ExitStack() as stack:
        assert follow(store, "host", overtaken) == 0
    assert follow(store, "host", overtaken) == 0


def test_a_listener_may_write_into_the_store(store: Store) -> None:
    school = furnished(store)

    def answering(entries: Sequence[Entry]) -> None:
        if entries[-1].event == "school-ready":
            school.actor(Role.DIRECTOR)

    follow(store, "host", answering)
    assert follow(store, "host", answering) == 1


def test_hooks_are_told_of_what_was_committed(store: Store) -> None:
    heads = three_chains(store)
    consumer = Consumer()

    @hookimpl
    def ejournal_committed(entries: Sequence[Entry]) -> None:
        consumer.listen(entries)

    host = SimpleNamespace(ejournal_committed=ejournal_committed)
    plugins = load(extra=[host], installed=False)
    follow(store, "plug-ins", plugins.committed)
    assert consumer.shown == all_of(heads)
