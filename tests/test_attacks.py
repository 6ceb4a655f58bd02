"""What somebody tried against the library, and what it must do instead."""

from __future__ import annotations

import pytest
from small_school import ID, SmallSchool, furnished

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Stale, Unavailable
from ejournal.ids import StaffId
from ejournal.model.events import StaffAdded
from ejournal.model.identifiers import PersonName
from ejournal.model.people import Staff
from ejournal.store import Store
from ejournal.usecases.founding import add_staff

OUTER = PersonName("Зовнішня", "Анна")
INNER = PersonName("Внутрішня", "Ганна")


def names_of_staff(school: SmallSchool) -> set[PersonName]:
    with school.store.reading(ID, school.admin) as unit:
        return {staff.name for staff in unit.staff.all()}


def sound(store: Store) -> bool:
    return not store.verify(ID) and not store.audit(ID)


def test_a_unit_inside_a_unit_of_the_same_thread_loses_nothing() -> None:
    school = furnished(MemoryStore())
    before = names_of_staff(school)
    with school.store.school(ID, school.admin) as unit:
        add_staff(unit, OUTER)
        with pytest.raises(Unavailable):
            school.run(school.admin, add_staff, INNER)
    assert names_of_staff(school) == before | {OUTER}
    school.run(school.admin, add_staff, INNER)
    assert names_of_staff(school) == before | {OUTER, INNER}
    assert sound(school.store)


def test_a_unit_that_is_kept_after_its_end_changes_nothing() -> None:
    school = furnished(MemoryStore())
    before = names_of_staff(school)
    with school.store.school(ID, school.admin) as unit:
        first = add_staff(unit, OUTER)
    unit.staff.add(Staff(StaffId(1), INNER))
    unit.record(StaffAdded(first.id))
    with pytest.raises(Stale):
        unit.close()
    assert names_of_staff(school) == before | {OUTER}
    assert sound(school.store)
