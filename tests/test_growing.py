"""Adding a field touches its class and one step: an older database is read, written and proved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from attrs import evolve, field, frozen
from databases import Site, site
from small_school import Arranged

from ejournal.adapters.sql import SqlTables, steps, versions
from ejournal.codec import shape_of
from ejournal.ids import SchoolId, SubjectId, spell_id
from ejournal.model.access import System
from ejournal.model.catalogue import AGGREGATES, SUBJECTS
from ejournal.model.classes import Assessment, Subject
from ejournal.model.declaration import PERSONAL, PLAIN, Aggregate
from ejournal.model.ledger import Finding, Flaw
from ejournal.ports import Kind, Slot
from ejournal.store import SchoolUnit, proof, stores
from ejournal.store.repository import Repository
from ejournal.store.steps import STEPS, DropField, NewDefault, NewField, Phase, Step

__all__ = ["site"]

HOST = System("host")
SCHOOL = SchoolId(7)
ALGEBRA, BIOLOGY, CHEMISTRY = (SubjectId(number) for number in (1, 2, 3))


@frozen
class Weighed:
    """A subject of a later release: it has a weight and a remark, and no short name."""

    id: SubjectId
    name: str = field(metadata=PLAIN)
    base: str = field(default="", metadata=PLAIN)
    assessed: Assessment = Assessment.POINTS
    integrates: tuple[str, ...] = field(default=(), metadata=PLAIN)
    weight: int = 1
    remark: str = field(default="", metadata=PERSONAL)
    version: int = 0


WEIGHED = Aggregate("subject", Weighed, ("id",))
EXPAND = Step(
    len(STEPS) + 1,
    "subjects are weighed",
    Phase.EXPAND,
    (
        NewField("subject", Slot("weight", Kind.INTEGER), 3),
        NewField("subject", Slot("remark", Kind.TEXT), ""),
        NewDefault("subject", "short_name", ""),
    ),
)
CONTRACT = Step(
    len(STEPS) + 2, "short names go", Phase.CONTRACT, (DropField("subject", "short_name"),)
)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Become the release in which a subject is `Weighed`."""

    def become() -> None:
        aggregates = tuple(WEIGHED if each is SUBJECTS else each for each in AGGREGATES)
        for module in (stores, proof):
            monkeypatch.setattr(module, "AGGREGATES", aggregates)
        for module in (steps, versions, proof):
            monkeypatch.setattr(module, "STEPS", (*STEPS, EXPAND, CONTRACT))

    return become


def weighed(unit: SchoolUnit) -> Repository[SubjectId, Weighed]:
    return Repository(unit.chain, WEIGHED)


def two_subjects(site: Site) -> None:
    with site.store().school(SCHOOL, HOST) as unit:
        unit.subjects.add(Subject(ALGEBRA, "Алгебра", "Алг"))
        unit.subjects.add(Subject(BIOLOGY, "Біологія"))
        unit.record(Arranged())


def test_a_field_is_added_by_its_class_and_one_step(site: Site, later: Callable[[], None]) -> None:
    site.upgrade()
    two_subjects(site)
    later()
    tables = SqlTables(schema=site.schema)
    store = site.store(tables)

    site.upgrade(tables, to=EXPAND.number)
    with store.school(SCHOOL, HOST) as unit:
        algebra = weighed(unit).get(ALGEBRA)
        assert algebra == Weighed(ALGEBRA, "Алгебра", weight=3, version=1)
        weighed(unit).save(evolve(algebra, weight=5, remark="поглиблено"))
        weighed(unit).add(Weighed(CHEMISTRY, "Хімія", weight=2))
        unit.record(Arranged())
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])

    site.upgrade(tables, to=CONTRACT.number)
    with store.reading(SCHOOL, HOST) as unit:
        assert [subject.weight for subject in weighed(unit).all()] == [5, 3, 2]
    assert (store.verify(SCHOOL), store.audit(SCHOOL)) == ([], [])
    assert site.drift(tables.metadata) == []


@pytest.mark.parametrize("field", ["weight = 4", "remark = 'x'", "name = 'x'"])
def test_a_younger_field_that_nobody_wrote_is_audited_too(
    site: Site, later: Callable[[], None], field: str
) -> None:
    site.upgrade()
    two_subjects(site)
    later()
    tables = SqlTables(schema=site.schema)
    site.upgrade(tables)
    altered = sa.text(
        f"UPDATE {tables.of(shape_of(WEIGHED).table)} SET {field} WHERE id = {BIOLOGY}"
    )
    with site.engine.begin() as connection:
        connection.execute(altered)
    key = spell_id(BIOLOGY)
    assert site.store(tables).audit(SCHOOL) == [Finding(Flaw.ALTERED, 1, f'subject ["{key}"]')]
