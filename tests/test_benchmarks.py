"""What the library is measured beside does the same work: the same rows, entries and values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import ClassVar

import pytest
import sqlalchemy as sa
from attrs import evolve
from mongo_stores import Documents, empty
from stores import Clock, emptied, opened_sql

from benchmarks.asked import watching
from benchmarks.bulk import ByHand, Share, by_hand, export, share, take_in, take_in_by_hand
from benchmarks.by_hand import importing as importing_by_hand
from benchmarks.by_hand.marking import CoreMarking, GivesMarks, RawSqliteMarking, Refused
from benchmarks.by_hand.marking_mongo import PyMongoMarking
from benchmarks.by_hand.rules import is_admitted
from benchmarks.counting import counted
from benchmarks.databases import Database, raw_sqlite
from benchmarks.report import figures, put_into
from benchmarks.results import Compared, Figure
from benchmarks.school import NOW, Size
from benchmarks.timing import Timed
from benchmarks.works import Options, Place, Ready, ready, works_on
from ejournal.adapters.mongo import MongoStore
from ejournal.adapters.sql import SqlStore
from ejournal.codec import make_converter
from ejournal.errors import NotAllowedHere, PeriodClosed
from ejournal.ids import AccountId, PeriodLockId, spell_id
from ejournal.model.access import Actor, System
from ejournal.model.calendar import StudyForm
from ejournal.model.classes import Assessment, Terms
from ejournal.model.closing import LockState, PeriodLock, Reopening
from ejournal.model.journal import ColumnKind, Mark, MarkKey
from ejournal.model.ledger import Entry, Event
from ejournal.model.marks import VOCABULARY, Grade, Level, MarkValue
from ejournal.rules import PACKS
from ejournal.rules.packs import Ruling, Verdict
from ejournal.store import SchoolUnit
from ejournal.usecases import importing
from ejournal.usecases.marking import give_mark
from ejournal.usecases.reading import means_of_school

SMALL = Options(recorded=10, size=Size(classes=2, pupils=3, journals=2, columns=4))


class Arranged(Event):
    """What a test put in place."""

    name: ClassVar[str] = "arranged"


Giving = Callable[[Actor, Place, MarkValue, str], Mark]


@pytest.fixture(params=["sqlite", "postgresql", "mongodb"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        with opened_sql(tmp_path / "ejournal.db", Clock(NOW)) as store:
            yield Database("SQLite", store, "", file=tmp_path / "ejournal.db")
    elif request.param == "mongodb":
        documents: Documents = request.getfixturevalue("furnished")
        yield Database("MongoDB", MongoStore(documents, clock=Clock(NOW)), "", served=True)
        empty(documents)
    else:
        with emptied(request.getfixturevalue("postgres_tables")) as store:
            store.clock = Clock(NOW)
            yield Database("PostgreSQL", store, "", served=True)


@pytest.fixture
def made(database: Database) -> Ready:
    return ready(database, SMALL)


@pytest.fixture
def ways(made: Ready) -> Iterator[dict[str, Giving]]:
    """Every way to give a mark in the school that grows."""

    def ours(actor: Actor, place: Place, value: MarkValue, comment: str) -> Mark:
        return made.database.store.run(
            made.growing.id,
            actor,
            give_mark,
            place.column,
            pupil=place.pupil,
            value=value,
            comment=comment,
        )

    def by(marking: GivesMarks) -> Giving:
        return lambda actor, place, value, comment: marking.give(
            actor, place.column, pupil=place.pupil, value=value, comment=comment, now=NOW
        )

    ways: dict[str, Giving] = {"ejournal": ours}
    if isinstance(made.database.store, MongoStore):
        ways["PyMongo"] = by(PyMongoMarking(made.database.store.database))
    else:
        ways["Core"] = by(CoreMarking(made.database.engine))
    with ExitStack() as stack:
        if made.database.file:
            raw = stack.enter_context(raw_sqlite(made.database.file))
            ways["sqlite3"] = by(RawSqliteMarking(raw))
        yield ways


def test_marks_given_by_hand_stand_in_the_ledger_like_the_librarys(
    made: Ready, ways: dict[str, Giving]
) -> None:
    store, school = made.database.store, made.growing.id
    before = store.audit(school)
    for give in ways.values():
        place = next(made.places)
        for value, comment in ((Grade(7), ""), (Grade(9), "Виправлено")):
            kept = give(place.teacher, place, value, comment)
            with store.reading(school, place.teacher) as unit:
                assert stored(unit, kept.key) == kept

    assert store.verify(school) == []
    assert store.audit(school) == before
    entries = store.entries(school, after=store.heads()[school].seq - 2 * len(ways))
    assert [entry.event for entry in entries] == ["mark-given", "mark-changed"] * len(ways)
    shapes = [shape_of(entry.writes[0].fields) for entry in entries]
    assert shapes == shapes[:2] * len(ways)


def stored(unit: SchoolUnit, key: MarkKey) -> Mark:
    return unit.marks.get(key)


def shape_of(fields: object) -> object:
    """Return what an entry's fields are called and of which types they are."""
    if isinstance(fields, dict):
        return {name: shape_of(value) for name, value in fields.items()}
    return type(fields)


def test_by_hand_too_a_mark_is_refused_to_who_may_not_give_it(
    made: Ready, ways: dict[str, Giving]
) -> None:
    place = next(made.places)
    own, *others = dict.fromkeys(teacher for _, teacher in growing_journals(made))
    assert own == place.teacher
    for name, give in ways.items():
        if name != "ejournal":
            with pytest.raises(Refused):
                give(others[0], place, Grade(7), "")


def test_by_hand_too_no_mark_is_given_in_a_closed_semester(
    made: Ready, ways: dict[str, Giving]
) -> None:
    place = next(made.places)

    def locked(unit: SchoolUnit, state: LockState, *reopenings: Reopening) -> None:
        journal = unit.journals.get(unit.columns.get(place.column).journal)
        lock = PeriodLock(PeriodLockId(1), journal.year, journal.semester, state=state)
        known = unit.period_locks.find(lock.id)
        fresh = evolve(lock, reopenings=reopenings, version=known.version if known else 0)
        (unit.period_locks.save if known else unit.period_locks.add)(fresh)
        unit.record(Arranged())

    def refusing() -> set[str]:
        found = set()
        for name, give in ways.items():
            try:
                give(place.teacher, place, Grade(7), "")
            except (Refused, PeriodClosed):
                found.add(name)
        return found

    until = NOW + timedelta(days=3650)
    let_in = Reopening(None, None, NOW - timedelta(1), until, "Наказ 12", AccountId(1))
    answers = []
    for state, reopenings in (
        (LockState.CLOSED, ()),
        (LockState.REOPENED, (let_in,)),
        (LockState.REOPENED, (evolve(let_in, ended=NOW),)),
        (LockState.OPEN, ()),
    ):
        made.database.store.run(made.growing.id, System("test"), locked, state, *reopenings)
        answers.append(refusing())
    assert answers == [set(ways), set(), set(ways), set()]


def test_by_hand_too_a_level_letter_is_refused_in_grade_5(
    made: Ready, ways: dict[str, Giving]
) -> None:
    place = next(made.places)
    for name, give in ways.items():
        with pytest.raises(NotAllowedHere if name == "ejournal" else Refused):
            give(place.teacher, place, Level.HIGH, "")


@pytest.mark.parametrize("year", range(2018, 2030))
def test_the_rules_by_hand_refuse_what_the_packs_refuse(year: int) -> None:
    for grade, assessed in product(range(1, 13), Assessment):
        first, last = date(year, 9, 1), date(year, 12, 24)
        terms = Terms(grade, year, StudyForm.IN_PERSON_DAY, assessed, first, last)
        rules = Ruling.of(terms, date(year, 10, 5), PACKS)
        text = json.dumps(make_converter().unstructure(terms))
        for value, kind in product(VOCABULARY, ColumnKind):
            refused = rules.verdict(value, kind) is Verdict.REFUSED
            assert is_admitted(text, value) is not refused


def growing_journals(made: Ready) -> Iterator[tuple[int, Actor]]:
    for taught in made.growing.taught:
        for journal in taught.journals:
            yield journal.id, made.growing.teacher(journal)


@pytest.fixture
def hand(database: Database) -> Iterator[ByHand]:
    with by_hand(database) as hand:
        yield hand


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 20)
    monkeypatch.setattr(importing_by_hand, "EACH", 20)


@pytest.mark.usefixtures("small_batches")
def test_marks_taken_in_by_hand_are_refused_kept_and_recorded_like_the_librarys(
    database: Database, hand: ByHand, tmp_path: Path
) -> None:
    ours, theirs = (share(database, SMALL.size, number, tmp_path) for number in (1, 2))
    for of in ours, theirs:
        spoil(of)

    # There are 48 marks behind the header.
    assert take_in(database, ours) == take_in_by_hand(hand.takes, theirs) == [50, 51, 52, 53]
    assert left(database, ours) == left(database, theirs)
    for of in ours, theirs:
        assert database.store.verify(of.school.id) == []
        # The absences were there before the ledger.
        found = database.store.audit(of.school.id)
        assert {finding.what.split()[0] for finding in found} == {"absence"}


def spoil(of: Share) -> None:
    """Put rows behind the file that are refused: each fails in one thing, and the last is twice."""
    first = of.school.taught[0]
    column, pupil = spell_id(first.columns[0][0].id), spell_id(first.pupils[0].id)
    stranger = spell_id(of.school.taught[1].pupils[0].id)
    with of.file.open("a", encoding="utf-8", newline="") as lines:
        for row in (
            f"{pupil},{pupil},7,,",
            f"{column},{stranger},7,,",
            f"{column},{pupil},13,,",
            f"{column},{pupil},7,,",
        ):
            lines.write(f"{row}\r\n")


def left(database: Database, of: Share) -> object:
    """Return what an import left behind, but for identifiers, digests and hashes."""
    school = of.school
    with database.store.reading(school.id, school.administrator) as unit:
        marks = [
            (mark.day, mark.value, mark.comment, mark.given_at, mark.version)
            for mark in unit.marks.all()
        ]
        taking = unit.imports.get(of.taking)
    entries = database.store.entries(school.id, after=2)
    return marks, (taking.position, taking.taken, taking.state), [*map(told, entries)]


def told(entry: Entry) -> object:
    (write,) = entry.writes
    (pour,) = entry.poured
    return (
        *(entry.seq, entry.at, entry.event, entry.data["taken"], entry.data["refused"]),
        *(entry.actor["role"], str(entry.once).split()[2], write.kind, write.before),
        {name: write.fields[name] for name in write.fields if name != "id"},
        *(pour.kind, pour.count, len(pour.digests), pour.fields),
    )


def test_marks_given_out_by_hand_are_the_librarys_byte_for_byte(
    made: Ready, hand: ByHand, tmp_path: Path
) -> None:
    export(made.database, made.school, tmp_path / "ours.csv")
    with (tmp_path / "theirs.csv").open("w", encoding="utf-8", newline="") as file:
        hand.gives.export(made.school.id, file)

    ours = (tmp_path / "ours.csv").read_bytes()
    assert len(ours.splitlines()) == 1 + SMALL.size.marks
    assert (tmp_path / "theirs.csv").read_bytes() == ours


def test_averages_by_hand_are_the_librarys_means(made: Ready, hand: ByHand) -> None:
    with made.database.store.reading(made.school.id, made.school.administrator) as unit:
        means = means_of_school(unit)
    assert hand.gives.averages(made.school.id) == pytest.approx(
        {key: float(mean.value) for key, mean in means.items()}
    )


def test_rows_that_are_looked_at_count_beside_those_that_are_given(made: Ready) -> None:
    school, journal = made.school.id, made.school.taught[0].journals[0].id
    with watching(made.database) as (store, asked):
        with store.reading(school, made.school.administrator) as unit:
            there = len(list(unit.marks.of_journal(journal)))
        with asked() as statements, store.reading(school, made.school.administrator) as unit:
            assert len(list(unit.marks.of_journal(journal))) == there
        assert [each.rows()[1] for each in statements] == [there]

        with asked() as statements:
            eights = marks_with(store, school, "8")
        ((looked_at, given),) = (each.rows() for each in statements)
        assert looked_at in EVERY_MARK
        assert 0 < given == eights < SMALL.size.marks


# Of the school, or of both where the database would rather read all than choose.
EVERY_MARK = (SMALL.size.marks, SMALL.size.marks * 3 // 2)


def marks_with(store: SqlStore | MongoStore, school: int, value: str) -> int:
    """Ask what no index answers."""
    if isinstance(store, MongoStore):
        asked = {"_id.chain": school, "value": value}
        return len(store.database["ejournal_mark"].find(asked).to_list())
    text = "SELECT value FROM ejournal_mark WHERE chain = :school AND value = :value"
    with store.engine.connect() as connection:
        return len(connection.execute(sa.text(text), {"school": school, "value": value}).all())


def test_what_is_counted_is_told_of_each_database(made: Ready) -> None:
    names = [figure.what for figure in counted(made)]
    assert names == [
        "bytes with indexes: a mark",
        "bytes with indexes: the entry of a mark",
        "statements: give one mark",
        "rows looked at for one given: give one mark",
        "statements: page",
        "rows looked at for one given: page",
        "statements: diary week",
        "rows looked at for one given: diary week",
        "entries in the ledger for 10,000 marks taken in",
    ]


def test_figures_stand_under_the_places_they_were_counted_in() -> None:
    table = figures(
        [
            Figure("statements: page", "SQLite", "9"),
            Figure("statements: page", "MongoDB", "10"),
            Figure("modules", "Python", "94"),
        ]
    )
    assert table.splitlines() == [
        "| counted | SQLite | MongoDB | Python |",
        "| --- | --- | --- | --- |",
        "| statements: page | 9 | 10 |  |",
        "| modules |  |  | 94 |",
    ]


@pytest.mark.parametrize(
    ("seconds", "served", "is_within"),
    [(1.49, False, True), (1.5, False, False), (2.08, True, True), (2.09, True, False)],
)
def test_a_ratio_is_too_large_only_above_its_bound_and_the_noise(
    seconds: float, served: bool, is_within: bool
) -> None:
    ours, by_hand = Timed("ejournal", (0.5, seconds, 9)), Timed("by hand", (1, 1, 1))
    assert Compared("work", ours, by_hand, 1.3, served=served).is_within == is_within


def test_tables_are_put_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- speed: measured -->\nold\n<!-- speed: end -->\nafter\n")
    put_into(page, "speed", "new\n")
    assert page.read_text() == (
        "before\n<!-- speed: measured -->\n\nnew\n\n<!-- speed: end -->\nafter\n"
    )


def test_a_page_by_hand_is_the_librarys(made: Ready) -> None:
    by_hand_too(made, "page")
    for journal, teacher in made.journals:
        assert made.pages.page(teacher, journal, NOW) == made.page(journal, teacher)


def test_a_week_by_hand_is_the_librarys(made: Ready) -> None:
    by_hand_too(made, "week")
    for day in (date(2026, 9, 1), date(2026, 9, 8)):
        for pupil, reader in made.readers:
            shown = made.week(pupil, reader, day)
            assert any(each.entries for each in shown.days)
            assert made.weeks.week(reader, day, NOW) == shown


def by_hand_too(made: Ready, work: str) -> None:
    if work not in works_on(made.database):
        pytest.skip(f"a {work} is not written by hand for {made.database.name}")
