"""Two records of one pupil: planned without a trace, merged in one entry, and parted again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import attrs
import pytest
from attrs import evolve
from small_school import DAY, FIRST_DAY, ID, MONDAY, Arranged, SmallSchool, furnished

from ejournal.codec import shape_of
from ejournal.errors import Forbidden, Missing, NotAllowedHere, NotEnrolled, Stale, WrongState
from ejournal.ids import (
    AbsenceAlertId,
    CorrectionId,
    ExcuseId,
    JournalId,
    MergeId,
    PersonId,
    PupilId,
    SubgroupId,
)
from ejournal.model.absence_alerts import AbsenceAlert
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode, AbsenceKey
from ejournal.model.catalogue import AGGREGATES, MERGES, SCHOOL_AGGREGATES
from ejournal.model.classes import SchoolClass, Subgroup
from ejournal.model.correcting import CorrectionRequest, MarkRevision, RevisionKind
from ejournal.model.diary_news import DiaryLook, WeekSignature
from ejournal.model.excuses import Excuse
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, MarkKey
from ejournal.model.marks import Grade
from ejournal.model.merging import Merge, MergePlan, MergeState
from ejournal.model.people import Enrolment, Pupil, Relation
from ejournal.model.permissions import Role
from ejournal.ports import Row
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.assessing import suggest_final
from ejournal.usecases.attending import note_absence
from ejournal.usecases.correcting import propose_revision, revise_mark
from ejournal.usecases.founding import (
    add_class,
    add_guardian,
    add_pupil,
    add_subgroup,
    enrol,
    link_guardian,
)
from ejournal.usecases.marking import give_mark
from ejournal.usecases.merging import apply_merge, plan_merge, undo_merge
from ejournal.usecases.moving import transfer
from ejournal.usecases.reading import class_list, journal_page, mark_history
from ejournal.usecases.teaching import add_column, hold_lesson, open_journal
from ejournal.usecases.transferring import send_packet, take_packet

NAME = PersonName("Яценко", "Ада", "Ігорівна")


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@attrs.frozen
class Twice:
    """Ada stands in the school twice: once in class 5-А, once in 5-Б where she went."""

    school: SmallSchool
    head: Actor
    other: Pupil
    second: SchoolClass
    journal: Journal
    lesson: Lesson
    column: Column
    thematic: Column
    group: Subgroup

    @property
    def ada(self) -> Pupil:
        return self.school.things.ada

    def plan(self) -> MergePlan:
        with self.school.store.reading(ID, self.head) as unit:
            return plan_merge(unit, self.ada.id, self.other.id)

    def merge(self) -> Merge:
        return self.school.run(self.head, apply_merge, self.plan())

    def undo(self, merge: Merge) -> Merge:
        return self.school.run(self.head, undo_merge, merge.id)


@pytest.fixture
def twice(school: SmallSchool) -> Twice:
    """Let Ada leave 5-А, and somebody add her once more in 5-Б, with all that belongs to her."""
    things = school.things

    def arrange(unit: SchoolUnit) -> tuple[Any, ...]:
        second = add_class(unit, things.year.id, ClassLabel(5, "Б"))
        (enrolment,) = unit.enrolments.of_pupil(things.ada.id)
        unit.enrolments.save(enrolment.ended(MONDAY - DAY))
        unit.record(Arranged())
        other = add_pupil(unit, NAME, birth_date=things.ada.birth_date)
        enrol(unit, other.id, second.id, since=MONDAY, order_number="20-у", order_date=FIRST_DAY)
        journal = open_journal(
            unit, second.id, things.algebra.id, semester=1, teacher=things.main.id
        )
        link_guardian(unit, things.mother.id, other.id, Relation.MOTHER)
        add_guardian(unit, other.id, Relation.FATHER, PersonName("Яценко", "Ігор"))
        group = add_subgroup(unit, second.id, "Група 2", {other.id})
        return other, second, journal, group

    other, second, journal, group = school.run(school.admin, arrange)
    school.actor(Role.PUPIL, other.id)

    def teach(unit: SchoolUnit) -> tuple[Any, ...]:
        lesson = hold_lesson(unit, journal.id, day=MONDAY, bell=2, topic="Дроби")
        (column,) = unit.columns.of_lesson(lesson.id)
        thematic = add_column(unit, journal.id, ColumnKind.THEMATIC)
        give_mark(unit, column.id, pupil=other.id, value=Grade(8), comment="старалася")
        give_mark(unit, thematic.id, pupil=other.id, value=Grade(9))
        note_absence(unit, lesson.id, pupil=other.id, code=AbsenceCode.ABSENT)
        return lesson, column, thematic

    def correct(unit: SchoolUnit) -> None:
        give_mark(unit, column.id, pupil=other.id, value=Grade(10))

    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    lesson, column, thematic = school.run(teacher, teach)
    school.run(teacher, correct)
    return Twice(
        school, school.actor(Role.DIRECTOR), other, second, journal, lesson, column, thematic, group
    )


def _ask_for_changes(unit: SchoolUnit, journal: JournalId, pupil: PupilId) -> None:
    """Give a semester mark, and a void one; ask for changes of both."""
    semester = add_column(unit, journal, ColumnKind.SEMESTER)
    topic = add_column(unit, journal, ColumnKind.THEMATIC)
    void = MarkRevision(RevisionKind.VOID, "помилка")
    for column in (semester, topic):
        give_mark(unit, column.id, pupil=pupil, value=Grade(5))
    propose_revision(unit, topic.id, pupil=pupil, revision=void)
    revise_mark(unit, topic.id, pupil=pupil, revision=void)
    (tie, *_) = unit.guardianships.of_pupil(pupil)
    key = MarkKey(journal, semester.id, pupil)
    request = CorrectionRequest(
        CorrectionId(unit.new_id()), *key, Grade(5), tie.guardian, unit.now, "хворіла"
    )
    unit.correction_requests.add(request)
    unit.record(Arranged())


def rows(school: SmallSchool) -> dict[str, list[Row]]:
    """Every record of the school but those of merges, without the numbers of their entries."""
    found = {}
    with school.store.begin(writing=False) as transaction:
        for aggregate in SCHOOL_AGGREGATES:
            table = shape_of(aggregate).table
            place = table.place("version")
            selected = (row for _, row in transaction.select(table, ID, None))
            if aggregate is not MERGES:
                found[table.name] = [(*row[:place], *row[place + 1 :]) for row in selected]
    return found


def test_a_plan_names_all_that_would_move_and_writes_nothing(twice: Twice) -> None:
    school, other = twice.school, twice.other
    before = rows(school), school.events()
    with school.store.reading(ID, school.admin) as unit:
        (enrolment,) = unit.enrolments.of_pupil(other.id)
        shared, father = sorted(unit.guardianships.of_pupil(other.id), key=lambda tie: tie.id)
        (grant,) = unit.grants.of_person(PersonId(other.id))
    journal = twice.journal.id
    assert shared.guardian == school.things.mother.id
    assert twice.plan() == MergePlan(
        twice.ada.id,
        other.id,
        ("name",),
        (enrolment.id,),
        (),
        (
            MarkKey(journal, twice.column.id, other.id),
            MarkKey(journal, twice.thematic.id, other.id),
        ),
        (AbsenceKey(journal, twice.lesson.id, other.id),),
        (father.id,),
        (grant.id,),
        (twice.group.id,),
        (),
    )
    assert (rows(school), school.events()) == before


def test_what_one_record_had_stands_under_the_other(twice: Twice) -> None:
    school, ada, other = twice.school, twice.ada, twice.other
    plan = twice.plan()
    made = twice.merge()
    assert evolve(made, version=0) == Merge(made.id, ada.id, other.id, plan, school.store.clock())
    with school.store.reading(ID, twice.head) as unit:
        page = journal_page(unit, twice.journal.id)
        listed = class_list(unit, twice.second.id, MONDAY)
        merged = unit.pupils.get(other.id)
        (tie, _) = sorted(unit.guardianships.of_pupil(ada.id), key=lambda tie: tie.id)
        held = list(unit.grants.of_person(PersonId(ada.id)))
        group = unit.subgroups.get(twice.group.id)
        left = [
            *unit.enrolments.of_pupil(other.id),
            *unit.marks.undated_of(other.id),
            *unit.grants.of_person(PersonId(other.id)),
        ]
        found = list(unit.merges.into(ada.id)), list(unit.merges.of(other.id))
    (row,) = page.rows
    assert row.pupil == ada
    assert [cell.mark and cell.mark.value for cell in row.cells] == [Grade(10), Grade(9)]
    assert row.cells[0].absence is not None
    assert (listed, merged.merged_into, merged.name) == ([ada], ada.id, NAME)
    assert (tie.guardian, len(held), group.members) == (
        school.things.mother.id,
        1,
        frozenset({ada.id}),
    )
    assert left == []
    assert found == ([made], [made])
    assert school.events()[-1] == "pupils-merged"


def test_a_mark_that_moved_keeps_its_history(twice: Twice) -> None:
    twice.merge()
    with twice.school.store.reading(ID, twice.head) as unit:
        history = mark_history(unit, MarkKey(twice.journal.id, twice.column.id, twice.ada.id))
    assert [(step.old, step.new, step.comment) for step in history] == [
        (Grade(10), Grade(10), ""),
        (Grade(8), Grade(10), ""),
        (None, Grade(8), "старалася"),
    ]


def test_undoing_restores_every_record_as_it_was(twice: Twice) -> None:
    school = twice.school
    before = rows(school)
    made = twice.merge()
    assert rows(school) != before
    undone = twice.undo(made)
    assert rows(school) == before
    assert (undone.state, undone.plan) == (MergeState.UNDONE, made.plan)
    assert school.events()[-2:] == ["pupils-merged", "merge-undone"]
    with school.store.reading(ID, twice.head) as unit:
        history = mark_history(unit, MarkKey(twice.journal.id, twice.column.id, twice.other.id))
    assert [step.new for step in history] == [Grade(10), Grade(10), Grade(10), Grade(8)]


def test_records_are_merged_and_parted_as_often_as_one_likes(twice: Twice) -> None:
    before = rows(twice.school)
    for _ in range(2):
        made = twice.merge()
        twice.undo(made)
        with pytest.raises(WrongState):
            twice.undo(made)
    assert rows(twice.school) == before


def test_what_was_changed_since_the_merge_is_not_undone(twice: Twice) -> None:
    school, made = twice.school, twice.merge()
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    school.run(teacher, give_mark, twice.column.id, pupil=twice.ada.id, value=Grade(11))
    with pytest.raises(NotAllowedHere) as refused:
        twice.undo(made)
    assert refused.value.why == "changed-since"
    with school.store.reading(ID, twice.head) as unit:
        assert unit.merges.get(made.id) == made


def test_what_came_after_the_merge_stays_with_the_record_that_was_kept(twice: Twice) -> None:
    school, made = twice.school, twice.merge()

    def teach(unit: SchoolUnit) -> Column:
        lesson = hold_lesson(unit, twice.journal.id, day=MONDAY + DAY, bell=2)
        (column,) = unit.columns.of_lesson(lesson.id)
        give_mark(unit, column.id, pupil=twice.ada.id, value=Grade(7))
        return column

    column = school.run(school.actor(Role.SUBJECT_TEACHER, school.things.main.id), teach)
    twice.undo(made)
    with school.store.reading(ID, twice.head) as unit:
        (mark,) = (each for each in unit.marks.all() if each.column == column.id)
    assert mark.pupil == twice.ada.id


def test_a_mark_of_each_in_one_column_stops_the_merge(school: SmallSchool) -> None:
    things = school.things

    def teach(unit: SchoolUnit) -> tuple[Lesson, Column]:
        lesson = hold_lesson(unit, things.journal.id, day=MONDAY, bell=2)
        (column,) = unit.columns.of_lesson(lesson.id)
        for pupil in (things.ada, things.lev):
            give_mark(unit, column.id, pupil=pupil.id, value=Grade(8))
            note_absence(unit, lesson.id, pupil=pupil.id, code=AbsenceCode.ABSENT)
        return lesson, column

    teacher, head = school.actor(Role.SUBJECT_TEACHER, things.main.id), school.actor(Role.DIRECTOR)
    lesson, column = school.run(teacher, teach)
    plan = school.run(head, plan_merge, things.ada.id, things.lev.id)
    assert plan.same_columns == (MarkKey(things.journal.id, column.id, things.lev.id),)
    assert plan.same_lessons == (AbsenceKey(things.journal.id, lesson.id, things.lev.id),)
    assert (plan.conflicts, plan.differences) == (2, ("name", "birth_date"))
    before = rows(school)
    with pytest.raises(NotAllowedHere) as refused:
        school.run(head, apply_merge, plan)
    assert refused.value.why == "conflicts"
    assert rows(school) == before


def test_a_void_mark_stays_where_the_other_record_has_one_in_the_column(
    school: SmallSchool,
) -> None:
    things = school.things

    def teach(unit: SchoolUnit) -> Column:
        column = add_column(unit, things.journal.id, ColumnKind.THEMATIC)
        for pupil in (things.ada, things.lev):
            give_mark(unit, column.id, pupil=pupil.id, value=Grade(8))
        void = MarkRevision(RevisionKind.VOID, "двічі той самий учень")
        propose_revision(unit, column.id, pupil=things.lev.id, revision=void)
        revise_mark(unit, column.id, pupil=things.lev.id, revision=void)
        return column

    teacher, head = school.actor(Role.SUBJECT_TEACHER, things.main.id), school.actor(Role.DIRECTOR)
    column = school.run(teacher, teach)
    plan = school.run(head, plan_merge, things.ada.id, things.lev.id)
    assert (plan.marks, plan.proposals, plan.same_columns) == ((), (), ())
    other_way = school.run(head, plan_merge, things.lev.id, things.ada.id)
    assert other_way.same_columns == (MarkKey(things.journal.id, column.id, things.ada.id),)
    before = rows(school)
    made = school.run(head, apply_merge, plan)
    with school.store.reading(ID, head) as unit:
        page = journal_page(unit, things.journal.id)
        assert [row.pupil.id for row in page.rows] == [things.yana.id, things.ada.id]
        assert unit.marks.get(MarkKey(things.journal.id, column.id, things.lev.id)).void
    school.run(head, undo_merge, made.id)
    assert rows(school) == before


def test_an_enrolment_of_the_same_days_repeats_the_other_and_counts_no_more(
    school: SmallSchool,
) -> None:
    things, head = school.things, school.actor(Role.DIRECTOR)
    before = rows(school)
    plan = school.run(head, plan_merge, things.ada.id, things.lev.id)
    with school.store.reading(ID, head) as unit:
        (own,), (other,) = (
            list(unit.enrolments.of_pupil(each.id)) for each in (things.lev, things.ada)
        )
    assert (plan.enrolments, plan.repeated, plan.subgroups) == ((), ((own.id, other.id),), ())
    made = school.run(head, apply_merge, plan)
    with school.store.reading(ID, head) as unit:
        assert class_list(unit, things.school_class.id, MONDAY) == [things.yana, things.ada]
        assert unit.enrolments.get(own.id).repeats == other.id
    school.run(head, undo_merge, made.id)
    assert rows(school) == before


def test_enrolments_in_two_classes_at_once_stop_the_merge(school: SmallSchool) -> None:
    things, head = school.things, school.actor(Role.DIRECTOR)
    second = school.run(school.admin, add_class, things.year.id, ClassLabel(5, "Б"))
    moved = school.run(
        school.admin,
        transfer,
        things.lev.id,
        second.id,
        since=MONDAY,
        order_number="40-у",
        order_date=MONDAY,
    )
    plan = school.run(head, plan_merge, things.ada.id, things.lev.id)
    (pair,) = plan.two_classes
    assert (pair[0], plan.conflicts, len(plan.repeated)) == (moved.id, 1, 1)
    with pytest.raises(NotAllowedHere):
        school.run(head, apply_merge, plan)


def test_parallel_subgroups_stop_the_merge(school: SmallSchool) -> None:
    things, head = school.things, school.actor(Role.DIRECTOR)

    def divide(unit: SchoolUnit) -> SubgroupId:
        add_subgroup(unit, things.school_class.id, "1", {things.ada.id}, division="мови")
        return add_subgroup(unit, things.school_class.id, "2", {things.lev.id}, division="мови").id

    second = school.run(school.admin, divide)
    plan = school.run(head, plan_merge, things.ada.id, things.lev.id)
    assert (plan.two_subgroups, plan.conflicts) == ((second,), 1)


def test_a_plan_made_on_what_has_changed_since_is_refused(twice: Twice) -> None:
    school, plan = twice.school, twice.plan()
    school.run(
        school.admin, add_guardian, twice.other.id, Relation.OTHER, PersonName("Яценко", "Мар’яна")
    )
    with pytest.raises(Stale) as refused:
        school.run(twice.head, apply_merge, plan)
    assert refused.value.current == twice.plan()
    assert len(twice.plan().guardianships) == 2


def test_a_record_that_was_merged_away_is_not_written_of_any_more(twice: Twice) -> None:
    school, other, things = twice.school, twice.other, twice.school.things
    plan = twice.plan()
    twice.merge()

    def enrolling() -> Enrolment:
        return school.run(
            school.admin,
            enrol,
            other.id,
            twice.second.id,
            since=MONDAY,
            order_number="9",
            order_date=MONDAY,
        )

    acts: list[Callable[[], object]] = [
        enrolling,
        lambda: school.run(school.admin, link_guardian, things.mother.id, other.id, Relation.OTHER),
        lambda: school.run(school.admin, add_guardian, other.id, Relation.OTHER, NAME),
        lambda: school.run(school.admin, take_packet, b"", other.id),
        lambda: school.run(school.admin, send_packet, other.id),
        lambda: school.run(twice.head, plan_merge, twice.ada.id, other.id),
        lambda: school.run(twice.head, plan_merge, other.id, things.lev.id),
        lambda: school.run(twice.head, apply_merge, plan),
    ]
    for act in acts:
        with pytest.raises(NotAllowedHere) as refused:
            act()
        assert refused.value.why == "merged-away"
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    with pytest.raises(NotEnrolled):
        school.run(teacher, give_mark, twice.column.id, pupil=other.id, value=Grade(3))


def test_nobody_is_merged_into_themselves_or_into_nobody(school: SmallSchool) -> None:
    head, ada = school.actor(Role.DIRECTOR), school.things.ada.id
    with pytest.raises(NotAllowedHere) as refused:
        school.run(head, plan_merge, ada, ada)
    assert refused.value.why == "same-person"
    with pytest.raises(Missing):
        school.run(head, plan_merge, ada, PupilId(404))
    with pytest.raises(Missing):
        school.run(head, undo_merge, MergeId(404))


def test_what_guardians_did_and_were_told_moves_unless_both_records_have_it(
    twice: Twice,
) -> None:
    school, ada, other = twice.school, twice.ada.id, twice.other.id
    mother, now = school.things.mother.id, school.store.clock()

    def arrange(unit: SchoolUnit) -> tuple[Excuse, AbsenceAlert]:
        father = next(
            tie.guardian for tie in unit.guardianships.of_pupil(other) if tie.guardian != mother
        )
        for pupil, guardian in ((ada, mother), (other, mother), (other, father)):
            unit.week_signatures.add(WeekSignature(pupil, guardian, MONDAY, now))
            unit.diary_looks.add(DiaryLook(pupil, guardian, 1, now))
        excuse = unit.excuses.add(
            Excuse(ExcuseId(1), other, father, MONDAY, MONDAY, AbsenceCode.ILL, "застуда", now)
        )
        alerts = [
            unit.absence_alerts.add(
                AbsenceAlert(
                    AbsenceAlertId(number), pupil, twice.second.id, day, day, 10, frozenset(), now
                )
            )
            for number, (pupil, day) in enumerate(
                [(other, MONDAY + DAY), (other, MONDAY), (ada, MONDAY)]
            )
        ]
        unit.record(Arranged())
        return excuse, alerts[0]

    excuse, alert = school.run(System("test"), arrange)
    before = rows(school)
    made = twice.merge()
    (signature,), (look,) = made.plan.signatures, made.plan.looks
    assert (signature.guardian, look.guardian) == (excuse.guardian, excuse.guardian)
    assert (made.plan.excuses, made.plan.alerts) == ((excuse.id,), (alert.id,))
    with school.store.reading(ID, twice.head) as unit:
        assert {each.guardian for each in unit.diary_looks.of_pupil(ada)} == {
            mother,
            excuse.guardian,
        }
        assert [each.guardian for each in unit.diary_looks.of_pupil(other)] == [mother]
        assert unit.excuses.get(excuse.id).pupil == ada
    twice.undo(made)
    assert rows(school) == before


def test_what_was_suggested_moves_with_the_marks_it_is_worked_out_from(twice: Twice) -> None:
    school = twice.school
    teacher = school.actor(Role.SUBJECT_TEACHER, school.things.main.id)
    made = school.run(teacher, suggest_final, twice.thematic.id, pupil=twice.other.id)
    before = rows(school)
    merge = twice.merge()
    assert merge.plan.suggestions == (made.key,)
    with school.store.reading(ID, twice.head) as unit:
        (moved,) = unit.suggestions.of_column(twice.thematic.id)
    assert moved == evolve(made, pupil=twice.ada.id, version=merge.version)
    twice.undo(merge)
    assert rows(school) == before


def test_packets_move_with_the_record_they_stand_beside(twice: Twice) -> None:
    school = twice.school
    file = school.run(school.admin, send_packet, twice.other.id)
    record = school.run(school.admin, take_packet, file, twice.other.id)
    before = rows(school)
    made = twice.merge()
    assert made.plan.transfer_records == (record.id,)
    with school.store.reading(ID, twice.head) as unit:
        (moved,) = unit.transfer_records.of_pupil(twice.ada.id)
    assert evolve(moved, pupil=twice.other.id, version=record.version) == record
    twice.undo(made)
    assert rows(school) == before


def test_who_has_no_right_to_it_merges_nobody(twice: Twice) -> None:
    school, plan = twice.school, twice.plan()
    made = twice.merge()
    acts: list[Callable[[Actor], object]] = [
        lambda actor: school.run(actor, plan_merge, twice.ada.id, twice.other.id),
        lambda actor: school.run(actor, apply_merge, plan),
        lambda actor: school.run(actor, undo_merge, made.id),
    ]
    for act in acts:
        for actor in (school.stranger, school.admin):
            with pytest.raises(Forbidden):
                act(actor)


def test_void_marks_and_what_was_asked_of_marks_move_and_come_back(twice: Twice) -> None:
    teacher = twice.school.actor(Role.SUBJECT_TEACHER, twice.school.things.main.id)
    twice.school.run(teacher, _ask_for_changes, twice.journal.id, twice.other.id)
    before = rows(twice.school)

    def asked(unit: SchoolUnit, pupil: PupilId) -> tuple[int, int, int]:
        void = [mark for mark in unit.marks.kept_of(pupil) if mark.void]
        proposals = list(unit.revision_proposals.of_pupil(pupil))
        return len(void), len(proposals), len(list(unit.correction_requests.of_pupil(pupil)))

    merge = twice.merge()
    with twice.school.store.reading(ID, twice.head) as unit:
        assert (asked(unit, twice.ada.id), asked(unit, twice.other.id)) == ((1, 1, 1), (0, 0, 0))
    twice.undo(merge)
    assert rows(twice.school) == before


# Where a pupil stands in a record, and that merging knows of it. A new kind of record that names a
# pupil has to be moved, too, and to be named here.
KNOWN = {
    "absence", "absence_alert", "correction_request", "diary_look", "enrolment", "excuse",
    "guardianship", "mark", "merge", "pupil", "revision_proposal", "subgroup", "suggestion",
    "transfer_record", "week_signature",
}  # fmt: skip


def names_a_pupil(annotation: object) -> bool:
    return annotation is PupilId or any(map(names_a_pupil, get_args(annotation)))


def test_merging_knows_every_record_that_names_a_pupil() -> None:
    found = {
        aggregate.name
        for aggregate in AGGREGATES
        if any(map(names_a_pupil, get_type_hints(aggregate.entity).values()))
    }
    assert found == KNOWN
    people = {
        aggregate.name
        for aggregate in AGGREGATES
        if any(
            PersonId in (hint, *get_args(hint))
            for hint in get_type_hints(aggregate.entity).values()
        )
    }
    assert people == {"grant"}
