"""Marks come in from a file, batch by batch, and no row is taken twice or lost."""

from __future__ import annotations

import csv
import gc
import io
import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from attrs import define, evolve
from hypothesis import given
from hypothesis import strategies as st
from small_school import DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock, counted_salts

from ejournal.adapters.memory import MemoryStore
from ejournal.codec import parse_instant, shape_of
from ejournal.errors import (
    Duplicate,
    Forbidden,
    Invalid,
    Missing,
    NotEnrolled,
    OutcomeUnknown,
    Refusal,
    WrongState,
)
from ejournal.ids import IdMaker, ImportId, SchoolId, spell_id
from ejournal.model.catalogue import MARKS
from ejournal.model.declaration import Lookup
from ejournal.model.imports import ImportState
from ejournal.model.journal import Column, ColumnKind, Mark
from ejournal.model.marks import VOCABULARY, Final, Grade, Level, Sign, parse_mark_code, spell_mark
from ejournal.model.permissions import Role
from ejournal.ports import Row, Table, Transaction
from ejournal.store import SchoolUnit, Store
from ejournal.usecases import importing
from ejournal.usecases.founding import add_subject
from ejournal.usecases.importing import MarksImport, begin_import, import_marks
from ejournal.usecases.marking import give_mark
from ejournal.usecases.teaching import add_column, open_journal

HEADER = "column,pupil,value,comment,given_at"


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)


@pytest.fixture
def school(store: Store) -> SmallSchool:
    return furnished(store)


def columns(school: SmallSchool, number: int = 4) -> list[Column]:
    """Add columns to the journal: of a day each, but the last, which sums up a topic."""
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    journal = school.things.journal.id
    dated = [
        school.run(teacher, add_column, journal, ColumnKind.CURRENT, day=MONDAY + DAY * at)
        for at in range(number - 1)
    ]
    return [*dated, school.run(teacher, add_column, journal, ColumnKind.THEMATIC)]


def line(column: int, pupil: int, value: str = "7", *more: str) -> str:
    return ",".join([spell_id(column), spell_id(pupil), value, *more])


def begun(school: SmallSchool) -> ImportId:
    return school.run(school.admin, begin_import, "журнал іншої системи").id


def taken(
    school: SmallSchool,
    *rows: str,
    header: str = "column,pupil,value",
    into: ImportId | None = None,
) -> MarksImport:
    lines = [f"{each}\r\n" for each in (header, *rows)]
    return import_marks(school.store, ID, school.admin, into or begun(school), lines)


def kept(school: SmallSchool) -> list[Mark]:
    with school.store.reading(ID, school.admin) as unit:
        return list(unit.marks.all())


def given_as(school: SmallSchool) -> list[tuple[int, int, str]]:
    return [(each.column, each.pupil, spell_mark(each.value)) for each in kept(school)]


def proves_itself(school: SmallSchool) -> bool:
    return school.store.verify(ID) + school.store.audit(ID) == []


def test_a_file_of_marks_is_taken_in(school: SmallSchool, clock: Clock) -> None:
    first, _, topic = columns(school, 3)
    ada, lev = school.things.ada.id, school.things.lev.id

    outcome = taken(
        school,
        line(first.id, ada, "7", "", "2026-09-07T08:30:00.000Z"),
        line(first.id, lev, "not-attested", '"з ""лапками"", і комою"', "2026-09-07T11:30+03:00"),
        line(topic.id, ada, "verbal", "читає вільно", ""),
        header=HEADER,
    )

    assert outcome.refusals == ()
    assert kept(school) == [
        evolve(first.mark(ada, Grade(7), "", None, clock.now), version=kept(school)[0].version),
        evolve(
            first.mark(lev, Final.NOT_ATTESTED, 'з "лапками", і комою', None, clock.now),
            version=kept(school)[0].version,
        ),
        evolve(
            topic.mark(ada, Sign.VERBAL, "читає вільно", None, clock.now),
            version=kept(school)[0].version,
        ),
    ]
    assert proves_itself(school)


def test_each_batch_is_one_entry_and_the_import_says_how_far_it_is(school: SmallSchool) -> None:
    first, second, *_ = columns(school)
    pupils = [school.things.ada.id, school.things.lev.id, school.things.yana.id]
    rows = [line(column.id, pupil) for column in (first, second) for pupil in pupils]
    into = begun(school)
    before = len(school.store.entries(ID))

    outcome = taken(school, *rows, line(1, 2), into=into)

    entries = school.store.entries(ID)[before:]
    assert [entry.event for entry in entries] == ["marks-imported"] * 3
    assert [[(each.kind, each.count) for each in entry.poured] for entry in entries] == [
        [("mark", 3)],
        [("mark", 3)],
        [],
    ]
    assert [(entry.data["taken"], entry.data["refused"]) for entry in entries] == [
        (3, 0),
        (3, 0),
        (0, 1),
    ]
    progress = outcome.progress
    assert (progress.position, progress.taken, progress.refused) == (7, 6, 1)
    assert (progress.state, progress.source) == (ImportState.DONE, "журнал іншої системи")
    assert outcome.refusals == ((8, Missing("journal_column", (1,))),)


def test_what_is_wrong_with_a_row_is_said_without_quoting_it(school: SmallSchool) -> None:
    first, second, *_ = columns(school)
    ada, lev, yana = school.things.ada.id, school.things.lev.id, school.things.yana.id
    rows = [
        line(first.id, ada),
        line(first.id, ada, "8"),
        "Яценко Ада,7,7",
        f"{spell_id(first.id)},Яценко Ада,7",
        line(first.id, 999),
        line(first.id, lev, "13"),
        line(first.id, lev, "В"),
        line(first.id, lev, "verbal"),
        line(first.id, lev) + ",зайве",
        spell_id(first.id),
        "",
        line(999, lev),
        line(first.id, lev, "10"),
        line(second.id, yana, "7"),
    ]

    outcome = taken(school, *rows)

    key = (school.things.journal.id, first.id, ada)
    where = f"{spell_id(school.things.school_class.id)}, {MONDAY}"
    assert outcome.refusals == (
        (3, Duplicate("mark", ("journal", "column", "pupil"), key)),
        (4, Invalid("column", "", "length", personal=True)),
        (5, Invalid("pupil", "", "length", personal=True)),
        (6, NotEnrolled(999, where)),
        (7, Invalid("value", "", "scale", personal=True)),
        (8, Invalid("value", "", "scale", personal=True)),
        (9, Invalid("comment", "", "absent", personal=True)),
        (10, Invalid("row", "", "fields", personal=True)),
        (11, Invalid("row", "", "fields", personal=True)),
        (13, Missing("journal_column", (999,))),
    )
    assert given_as(school) == [
        (first.id, ada, "7"),
        (first.id, lev, "10"),
        (second.id, yana, "7"),
    ]
    assert (outcome.progress.position, outcome.progress.taken) == (14, 3)
    assert not [each for each in outcome.refusals if "Яценко" in repr(each)]


@pytest.mark.parametrize(
    "given_at",
    [
        "2026-09-07T08:30:00",
        "вчора",
        "2026-13-01T00:00Z",
        "0001-01-01T00:00+03:00",
        "9999-12-31T23:59-05:00",
    ],
)
def test_an_instant_that_cannot_be_read_is_refused(school: SmallSchool, given_at: str) -> None:
    first, *_ = columns(school)
    outcome = taken(school, line(first.id, school.things.ada.id, "7", "", given_at), header=HEADER)
    ((number, refusal),) = outcome.refusals
    assert isinstance(refusal, Invalid)
    assert (number, refusal.field, refusal.value, refusal.personal) == (2, "given_at", "", True)
    assert kept(school) == []


def test_text_that_no_storage_keeps_is_refused(school: SmallSchool) -> None:
    first, *_ = columns(school)
    ada, lev = school.things.ada.id, school.things.lev.id
    outcome = taken(
        school,
        line(first.id, ada, "7", "\ud800", ""),
        line(first.id, ada, "7", "", ""),
        line(first.id, lev, "7", "\0", ""),
        header=HEADER,
    )
    refusal = Invalid("text", "", "alphabet", personal=True)
    assert outcome.refusals == ((2, refusal), (4, refusal))
    assert given_as(school) == [(first.id, ada, "7")]


def test_words_beside_a_value_are_kept_whether_or_not_the_value_came_before(
    school: SmallSchool,
) -> None:
    first, second, *_ = columns(school)
    ada, lev = school.things.ada.id, school.things.lev.id
    outcome = taken(
        school,
        line(first.id, ada, "7", "перше", ""),
        line(first.id, lev, "7", "", ""),
        line(second.id, ada, "7", "третє", ""),
        line(second.id, lev, "7", "", ""),
        header=HEADER,
    )
    assert outcome.refusals == ()
    assert [mark.comment for mark in kept(school)] == ["перше", "", "третє", ""]
    assert proves_itself(school)


def test_a_place_that_has_a_mark_already_is_not_overwritten(school: SmallSchool) -> None:
    first, *_ = columns(school)
    ada, lev = school.things.ada.id, school.things.lev.id
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    school.run(teacher, give_mark, first.id, pupil=ada, value=Grade(12))
    taken(school, line(first.id, lev, "5"))

    outcome = taken(school, line(first.id, ada, "1"), line(first.id, lev, "1"))

    assert [type(refusal) for _, refusal in outcome.refusals] == [Duplicate, Duplicate]
    assert given_as(school) == [(first.id, ada, "12"), (first.id, lev, "5")]


def test_one_identifier_spelled_in_two_ways_is_one(school: SmallSchool) -> None:
    first, *_ = columns(school)
    ada, lev = school.things.ada.id, school.things.lev.id
    outcome = taken(
        school,
        line(first.id, ada).lower(),
        line(first.id, ada).replace("0", "O"),
        line(first.id, lev).lower(),
    )
    assert [number for number, _ in outcome.refusals] == [3]
    assert given_as(school) == [(first.id, ada, "7"), (first.id, lev, "7")]


def test_a_pupil_must_be_on_the_list_on_the_columns_day(school: SmallSchool) -> None:
    first, second, _, topic = columns(school)
    ada, lev = school.things.ada.id, school.things.lev.id

    def leave(unit: SchoolUnit) -> None:
        (enrolment,) = unit.enrolments.of_pupil(ada)
        unit.enrolments.save(enrolment.ended(MONDAY))
        unit.record(Arranged())

    school.run(school.admin, leave)
    school.store.clock = Clock(school.store.clock() + timedelta(days=2))
    rows = [line(column.id, pupil) for pupil in (ada, lev) for column in (first, second, topic)]

    outcome = taken(school, *rows)

    assert [(number, type(refusal)) for number, refusal in outcome.refusals] == [
        (3, NotEnrolled),
        (4, NotEnrolled),
    ]
    assert [pupil for _, pupil, _ in given_as(school)] == [ada, lev, lev, lev]


def test_a_journal_of_a_subgroup_takes_its_members_alone(school: SmallSchool) -> None:
    things = school.things
    english = school.run(school.admin, add_subject, "Англійська мова")
    journal = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        english.id,
        semester=1,
        teacher=things.main.id,
        subgroup=things.group.id,
    )
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    column = school.run(teacher, add_column, journal.id, ColumnKind.CURRENT, day=MONDAY)

    outcome = taken(school, *(line(column.id, each.id) for each in (things.ada, things.yana)))

    assert [(number, type(refusal)) for number, refusal in outcome.refusals] == [(3, NotEnrolled)]
    assert given_as(school) == [(column.id, things.ada.id, "7")]


def test_the_author_is_who_takes_the_file_in(school: SmallSchool) -> None:
    first, *_ = columns(school)
    director = school.actor(Role.DIRECTOR, school.things.main.id)
    into = school.run(director, begin_import, "паперовий журнал").id
    lines = ["column,pupil,value\n", line(first.id, school.things.ada.id)]
    import_marks(school.store, ID, director, into, lines)
    assert [each.author for each in kept(school)] == [school.things.main.id]


def test_columns_stand_in_any_order_and_others_are_passed_over(school: SmallSchool) -> None:
    first, *_ = columns(school)
    ada = school.things.ada.id
    header = "\ufeffvalue,note,Pupil, column "
    outcome = taken(school, f"9,так,{spell_id(ada)},{spell_id(first.id)}", header=header)
    assert outcome.refusals == ()
    assert given_as(school) == [(first.id, ada, "9")]


@pytest.mark.parametrize(
    ("header", "absent"),
    [
        ("column,pupil", "value"),
        ("", "column, pupil, value"),
        ("column,pupil,value,value", "value"),
    ],
)
def test_a_file_without_the_columns_needed_is_refused_as_a_whole(
    school: SmallSchool, header: str, absent: str
) -> None:
    into = begun(school)
    with pytest.raises(Invalid) as caught:
        taken(school, line(1, 2), header=header, into=into)
    assert caught.value == Invalid("header", absent, "absent")


def test_an_empty_file_is_done_at_once(school: SmallSchool) -> None:
    outcome = taken(school)
    assert (outcome.progress.state, outcome.progress.position) == (ImportState.DONE, 0)


def test_a_file_that_ends_with_a_batch_is_done(school: SmallSchool) -> None:
    first, *_ = columns(school)
    pupils = (school.things.ada, school.things.lev, school.things.yana)
    outcome = taken(school, *(line(first.id, each.id) for each in pupils))
    assert (outcome.progress.state, outcome.progress.position) == (ImportState.DONE, 3)


def test_what_is_done_takes_nothing_more(school: SmallSchool) -> None:
    first, *_ = columns(school)
    into = begun(school)
    done = taken(school, line(first.id, school.things.ada.id), into=into)
    again = taken(school, line(first.id, school.things.lev.id), into=into)
    assert again == MarksImport(done.progress, ())
    with pytest.raises(WrongState):
        done.progress.done()
    with pytest.raises(WrongState):
        done.progress.moved_on(1, taken=1, refused=0)


def test_what_came_before_a_broken_row_stays_and_a_repaired_file_goes_on(
    school: SmallSchool,
) -> None:
    first, second, *_ = columns(school)
    pupils = (school.things.ada.id, school.things.lev.id, school.things.yana.id)
    rows = [line(column.id, pupil) for column in (first, second) for pupil in pupils]
    into = begun(school)
    with pytest.raises(Invalid) as caught:
        taken(school, *rows[:4], '"' + rows[4], *rows[5:], into=into)
    assert caught.value.field == "line"
    assert len(kept(school)) == 3

    outcome = taken(school, *rows, into=into)
    assert (outcome.progress.taken, outcome.progress.refused) == (6, 0)
    assert proves_itself(school)


def test_a_file_that_is_shorter_than_what_was_taken_from_it_is_refused(
    school: SmallSchool,
) -> None:
    first, *_ = columns(school)
    rows = [line(first.id, each.id) for each in (school.things.ada, school.things.lev)]
    into = begun(school)
    with pytest.raises(Invalid):
        taken(school, *rows, "", '"', into=into)
    with pytest.raises(Invalid) as caught:
        taken(school, *rows, into=into)
    assert caught.value == Invalid("file", "2", "length")


def test_an_import_that_was_not_begun_is_missing(school: SmallSchool) -> None:
    with pytest.raises(Missing) as caught:
        taken(school, into=ImportId(9))
    assert caught.value == Missing("import", (9,))


def test_an_import_says_where_it_is_from(school: SmallSchool) -> None:
    with pytest.raises(Invalid):
        school.run(school.admin, begin_import, " ")


@pytest.mark.parametrize("role", [Role.SUBJECT_TEACHER, Role.INSPECTOR, Role.API_CLIENT])
def test_only_the_office_takes_marks_in(school: SmallSchool, role: Role) -> None:
    actor = school.actor(role, school.things.main.id)
    with pytest.raises(Forbidden):
        school.run(actor, begin_import, "джерело")
    with pytest.raises(Forbidden):
        import_marks(school.store, ID, actor, begun(school), ["column,pupil,value\n"])
    with pytest.raises(Forbidden):
        import_marks(school.store, ID, school.stranger, begun(school), ["column,pupil,value\n"])


def test_the_collector_is_left_as_it_was(school: SmallSchool) -> None:
    first, *_ = columns(school)

    def lines() -> Iterator[str]:
        yield "column,pupil,value\n"
        yield line(first.id, school.things.ada.id)

    import_marks(school.store, ID, school.admin, begun(school), lines())
    assert gc.isenabled()
    gc.disable()
    try:
        taken(school, line(first.id, school.things.lev.id))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_others_may_write_between_the_batches(school: SmallSchool) -> None:
    first, second, *_ = columns(school)
    ada, lev, yana = school.things.ada.id, school.things.lev.id, school.things.yana.id
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)

    def lines() -> Iterator[str]:
        yield "column,pupil,value\n"
        for pupil in (ada, lev, yana):
            yield f"{line(first.id, pupil)}\n"
        # By now the first batch is kept, and somebody gives a mark that the second would.
        school.run(teacher, give_mark, second.id, pupil=lev, value=Grade(12))
        for pupil in (ada, lev):
            yield f"{line(second.id, pupil)}\n"
        yield f"{line(first.id, ada)}\n"

    outcome = import_marks(school.store, ID, school.admin, begun(school), lines())

    assert [(number, type(each)) for number, each in outcome.refusals] == [
        (6, Duplicate),
        (7, Duplicate),
    ]
    assert (second.id, lev, "12") in given_as(school)
    assert proves_itself(school)


# Crashes


class Crash(Exception):
    """The process stops here."""


@define
class Failing(Transaction):
    """Stops the process before the call whose number is `left`."""

    inner: Transaction
    store: FailingStore

    def lock(self, school: SchoolId, /) -> Row | None:
        self.store.count()
        return self.inner.lock(school)

    def read(self, table: Table, school: SchoolId, key: Row, /) -> Row | None:
        self.store.count()
        return self.inner.read(table, school, key)

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
        self.store.count()
        return self.inner.select(table, school, lookup, values, after=after, limit=limit)

    def insert(self, table: Table, school: SchoolId, rows: Sequence[Row], /) -> None:
        self.store.count()
        self.inner.insert(table, school, rows)

    def update(self, table: Table, school: SchoolId, row: Row, expected: int, /) -> bool:
        self.store.count()
        return self.inner.update(table, school, row, expected)

    def delete(self, table: Table, school: SchoolId, key: Row, /) -> bool:
        self.store.count()
        return self.inner.delete(table, school, key)


class FailingStore(Store):
    """Another store that fails once, at the call of that number, in the way that is asked for."""

    def __init__(self, inner: Store, at: int, failure: Exception) -> None:
        super().__init__(clock=inner.clock, ids=inner.ids, salts=inner.salts)
        self.inner = inner
        self.left = at
        self.failure = failure

    def count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise self.failure

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Transaction]:
        with self.inner.begin(writing=writing) as transaction:
            yield Failing(transaction, self)
            self.count()
        if writing:
            self.count()

    @property
    def failed(self) -> bool:
        return self.left <= 0


def eight_rows(school: SmallSchool) -> list[str]:
    """Return a file of three batches, with a refusal in the first and in the last."""
    first, second, *_ = columns(school)
    pupils = (school.things.ada.id, school.things.lev.id, school.things.yana.id)
    rows = [line(first.id, pupil, str(at)) for at, pupil in enumerate(pupils, 1)]
    more = [line(second.id, pupil, str(at), "слова") for at, pupil in enumerate(pupils, 4)]
    wrong = [line(first.id, pupils[0], "12"), line(second.id, pupils[2], "12")]
    return [
        "column,pupil,value,comment",
        rows[0] + ",",
        wrong[0] + ",",
        *(f"{each}," for each in rows[1:]),
        *more,
        wrong[1] + ",",
    ]


@pytest.mark.parametrize("failure", [Crash(), OutcomeUnknown("cut off")], ids=repr)
def test_wherever_it_fails_no_row_is_taken_twice_or_lost(
    school: SmallSchool, failure: Exception
) -> None:
    # In memory at every call; where a round costs more, at every fifth.
    for at in itertools.count(1, 1 if isinstance(school.store, MemoryStore) else 5):
        rows, into = eight_rows(school), begun(school)
        before = len(kept(school))
        failing = FailingStore(school.store, at, failure)
        try:
            import_marks(failing, ID, school.admin, into, rows)
        except type(failure):
            import_marks(school.store, ID, school.admin, into, rows)
        with school.store.reading(ID, school.admin) as unit:
            progress = unit.imports.get(into)
        assert (progress.position, progress.taken, progress.refused) == (8, 6, 2)
        assert [spell_mark(each.value) for each in kept(school)[before:]] == list("123456")
        if not failing.failed:
            break
    assert at > 35
    assert proves_itself(school)


# The quick way and the long one

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
CODES = st.sampled_from([*map(spell_mark, VOCABULARY), "13", "", "В"])
ROW = st.tuples(CODES, st.one_of(st.just(""), TEXTS), st.sampled_from(["", "2026-09-08T10:00Z"]))


@given(st.lists(ROW, max_size=12))
def test_what_is_taken_in_is_what_the_model_makes_of_it(
    given_rows: list[tuple[str, str, str]],
) -> None:
    school = furnished(MemoryStore(clock=Clock(), ids=IdMaker(), salts=counted_salts()))
    things = school.things
    pupils = [things.ada.id, things.lev.id, things.yana.id]
    places = [(column, pupil) for column in columns(school, 5) for pupil in pupils]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["column", "pupil", "value", "comment", "given_at"])
    expected = []
    refused = 0
    for (column, pupil), (code, comment, at) in zip(places, given_rows, strict=False):
        writer.writerow([spell_id(column.id), spell_id(pupil), code, comment, at])
        instant = parse_instant(at) if at else school.store.clock()
        try:
            made = column.mark(pupil, parse_mark_code(code), comment, None, instant)
        except Refusal:
            refused += 1
        else:
            if isinstance(made.value, Level):
                refused += 1
            else:
                expected.append(evolve(made, version=0))
    file.seek(0)

    outcome = import_marks(school.store, ID, school.admin, begun(school), file)

    shape = shape_of(MARKS)
    version = shape.table.place("version")
    with school.store.begin(writing=False) as transaction:
        rows = [list(row) for _, row in transaction.select(shape.table, ID, None)]
    for row in rows:
        row[version] = 0
    assert list(map(tuple, rows)) == [shape.row(each) for each in expected]
    assert len(outcome.refusals) == refused
    assert proves_itself(school)
