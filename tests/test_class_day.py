"""The class teacher's day over every storage: the sheet, excuses, alerts (rules 57-63)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from attrs import evolve, frozen
from small_school import FIRST_DAY, ID, MONDAY, SmallSchool, furnished
from stores import Clock

from ejournal.adapters.memory import MemoryStore
from ejournal.errors import Forbidden, Invalid, NotAllowedHere, NotEnrolled, WrongState
from ejournal.ids import ClassId, PupilId
from ejournal.model.absence_alerts import FIVE_DAYS_FROM_2026, AbsenceAlert, AlertDays, Told
from ejournal.model.access import Actor, System
from ejournal.model.attendance import Absence, AbsenceCode, AttendanceTotals
from ejournal.model.calendar import Period
from ejournal.model.class_attendance import DailySheet, SheetEntry
from ejournal.model.dating import DatingLimits, Span
from ejournal.model.excuses import Excuse, ExcuseState
from ejournal.model.identifiers import ClassLabel, PersonName
from ejournal.model.journal import Journal, Lesson
from ejournal.model.people import Relation
from ejournal.model.permissions import Role
from ejournal.plugins.files import CsvExporter
from ejournal.ports import Policies
from ejournal.store import SchoolUnit, Store
from ejournal.usecases.attending import (
    acknowledge_alert,
    attendance_totals,
    daily_sheet,
    fill_daily_sheet,
    note_absence,
    note_remote,
    raise_absence_alerts,
    waiting_alerts,
)
from ejournal.usecases.excusing import (
    confirm_excuse,
    decline_excuse,
    excuses_of,
    propose_excuse,
    revoke_excuse,
    waiting_excuses,
    withdraw_excuse,
)
from ejournal.usecases.founding import add_class, add_guardian, add_pupil, add_subject, enrol
from ejournal.usecases.reading import journal_page
from ejournal.usecases.teaching import hold_lesson, open_journal, strike_lesson

DAY = timedelta(days=1)
WEEK = Period(MONDAY, MONDAY + DAY * 4)


@pytest.fixture
def school(store: Store) -> Iterator[SmallSchool]:
    yield furnished(store)
    assert store.verify(ID) == []
    assert store.audit(ID) == []


@pytest.fixture
def memory(clock: Clock) -> Iterator[SmallSchool]:
    school = furnished(MemoryStore(clock=clock))
    yield school
    assert school.store.audit(ID) == []


def leader(school: SmallSchool) -> Actor:
    return school.actor(Role.CLASS_TEACHER, school.things.third.id)


def mother(school: SmallSchool) -> Actor:
    return school.actor(Role.PARENT, school.things.mother.id)


@frozen
class Day:
    """A Monday with algebra of the class and English of the subgroup."""

    algebra: Lesson
    english: Lesson


def taught(school: SmallSchool) -> Day:
    things = school.things
    subject = school.run(school.admin, add_subject, "Англійська мова")
    journal = school.run(
        school.admin,
        open_journal,
        things.school_class.id,
        subject.id,
        semester=1,
        teacher=things.second.id,
        subgroup=things.group.id,
    )
    main = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    second = school.actor(Role.SUBJECT_TEACHER, things.second.id)
    return Day(
        school.run(main, hold_lesson, things.journal.id, day=MONDAY, bell=1),
        school.run(second, hold_lesson, journal.id, day=MONDAY, bell=2),
    )


def on_record(school: SmallSchool) -> dict[tuple[int, int], Absence]:
    with school.store.reading(ID, school.admin) as unit:
        return {(each.pupil, each.lesson): each for each in unit.absences.all()}


def sheet_of(school: SmallSchool, actor: Actor, day: date = MONDAY) -> DailySheet:
    with school.store.reading(ID, actor) as unit:
        return daily_sheet(unit, school.things.school_class.id, day)


def test_one_unit_writes_the_absences_of_every_lesson_of_the_day(
    school: SmallSchool, clock: Clock
) -> None:
    day, things, teacher = taught(school), school.things, leader(school)
    entries = [
        SheetEntry(things.ada.id, AbsenceCode.ILL, excuse="температура"),
        SheetEntry(things.yana.id, AbsenceCode.ABSENT),
        SheetEntry(things.lev.id, remote=True, lessons=frozenset({day.english.id})),
    ]
    head = school.store.heads()[ID].seq
    filled = school.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, entries)
    noted = {key: evolve(each, version=0) for key, each in on_record(school).items()}
    by = (things.third.id, clock.now)
    assert noted == {
        (things.ada.id, day.algebra.id): day.algebra.absence(
            things.ada.id, AbsenceCode.ILL, "температура", *by
        ),
        (things.ada.id, day.english.id): day.english.absence(
            things.ada.id, AbsenceCode.ILL, "температура", *by
        ),
        (things.yana.id, day.algebra.id): day.algebra.absence(
            things.yana.id, AbsenceCode.ABSENT, "", *by
        ),
        (things.lev.id, day.english.id): day.english.remote_presence(things.lev.id, *by),
    }
    assert filled == sheet_of(school, teacher)
    assert [(row.pupil.name.given, row.missed) for row in filled.rows] == [
        ("Лев", (0, 0)),
        ("Яна", (1, 1)),
        ("Ада", (1, 2)),
    ]
    (entry,) = school.store.entries(ID, after=head)
    assert (entry.event, entry.data["noted"], len(entry.writes)) == ("daily-sheet-filled", 4, 4)

    clock.move(timedelta(hours=1))
    again = school.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, entries)
    assert (again, school.store.heads()[ID].seq) == (filled, entry.seq)

    back = [SheetEntry(things.yana.id), SheetEntry(things.ada.id, AbsenceCode.EXCUSED)]
    school.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, back)
    assert {key: each.code for key, each in on_record(school).items()} == {
        (things.ada.id, day.algebra.id): AbsenceCode.EXCUSED,
        (things.ada.id, day.english.id): AbsenceCode.EXCUSED,
        (things.yana.id, day.algebra.id): None,
        (things.lev.id, day.english.id): None,
    }
    with school.store.reading(ID, teacher) as unit:
        whole = attendance_totals(unit, things.school_class.id, WEEK)
    assert [(each.pupil.name.given, each.totals) for each in whole.pupils] == [
        ("Лев", AttendanceTotals(remote=1)),
        ("Яна", AttendanceTotals()),
        ("Ада", AttendanceTotals(days=1, lessons=2, excused=2)),
    ]


def test_a_sheet_that_is_refused_leaves_nothing(memory: SmallSchool) -> None:
    taught(memory)
    things, teacher = memory.things, leader(memory)
    good = SheetEntry(things.ada.id, AbsenceCode.ILL)
    stranger = memory.run(memory.admin, add_pupil, PersonName("Коваль", "Іван"))
    for wrong, refusal in (
        (SheetEntry(stranger.id, AbsenceCode.ILL), NotEnrolled),
        (SheetEntry(things.lev.id, AbsenceCode.ILL, minutes_late=5), Invalid),
    ):
        with pytest.raises(refusal):
            memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, [good, wrong])
    with pytest.raises(NotAllowedHere):
        memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY + DAY, [good])
    assert on_record(memory) == {}


def test_a_sheet_is_filled_in_as_long_as_the_policy_on_dating_lets_absences_be_noted(
    memory: SmallSchool, clock: Clock
) -> None:
    taught(memory)
    things, teacher = memory.things, leader(memory)
    memory.store.policies = Policies(dating=DatingLimits(absences=Span(back=2)))
    ill = [SheetEntry(things.ada.id, AbsenceCode.ILL)]
    clock.move(DAY * 3)
    with pytest.raises(NotAllowedHere) as refused:
        memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, ill)
    assert refused.value == NotAllowedHere(MONDAY.isoformat(), "too-early")
    clock.move(-DAY)
    memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, ill)
    assert len(on_record(memory)) == 2


def test_a_lesson_that_was_struck_is_on_no_sheet_and_misses_nobody(memory: SmallSchool) -> None:
    day, things, teacher = taught(memory), memory.things, leader(memory)
    second = memory.actor(Role.SUBJECT_TEACHER, things.second.id)
    memory.run(second, strike_lesson, day.english.id, "внесено помилково")
    assert [each.lesson.id for each in sheet_of(memory, teacher).lessons] == [day.algebra.id]
    absent = [SheetEntry(things.ada.id, AbsenceCode.ABSENT)]
    memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, absent)
    assert missed_of_ada(memory) == AttendanceTotals(days=1, lessons=1, without_reason=1)
    with pytest.raises(WrongState):
        memory.run(second, note_remote, day.english.id, pupil=things.ada.id)


def test_a_sheet_is_kept_by_the_teacher_of_the_class_and_read_by_the_heads_too(
    memory: SmallSchool,
) -> None:
    taught(memory)
    things = memory.things
    others = [
        memory.admin,
        memory.actor(Role.SUBJECT_TEACHER, things.main.id),
        memory.actor(Role.CLASS_TEACHER, things.main.id),
        mother(memory),
        memory.actor(Role.PUPIL, things.ada.id),
    ]
    heads = [memory.actor(Role.DIRECTOR), memory.actor(Role.DEPUTY), memory.actor(Role.INSPECTOR)]
    for actor in (*others, *heads):
        with pytest.raises(Forbidden):
            memory.run(actor, fill_daily_sheet, things.school_class.id, MONDAY, [])
    for actor in others:
        with pytest.raises(Forbidden):
            sheet_of(memory, actor)
        with memory.store.reading(ID, actor) as unit, pytest.raises(Forbidden):
            attendance_totals(unit, things.school_class.id, WEEK)
    assert [sheet_of(memory, actor) for actor in heads] == [sheet_of(memory, leader(memory))] * 3


def test_taking_part_at_a_distance_is_noted_and_misses_nothing(memory: SmallSchool) -> None:
    day, ada = taught(memory), memory.things.ada.id
    teacher = memory.actor(Role.SUBJECT_TEACHER, memory.things.main.id)
    memory.run(teacher, note_absence, day.algebra.id, pupil=ada, code=AbsenceCode.ABSENT)
    kept = memory.run(teacher, note_remote, day.algebra.id, pupil=ada, minutes_late=4)
    assert (kept.code, kept.remote, kept.minutes_late, kept.was_present) == (None, True, 4, True)
    assert memory.events()[-1] == "remote-presence-noted"
    with pytest.raises(Invalid):
        memory.run(teacher, note_remote, day.algebra.id, pupil=ada, minutes_late=-1)


def test_a_page_shows_who_took_part_at_a_distance(memory: SmallSchool) -> None:
    day, ada = taught(memory), memory.things.ada.id
    teacher = memory.actor(Role.SUBJECT_TEACHER, memory.things.main.id)
    shown = []
    for minutes in (0, 4):
        memory.run(teacher, note_remote, day.algebra.id, pupil=ada, minutes_late=minutes)
        with memory.store.reading(ID, teacher) as unit:
            opened = journal_page(unit, memory.things.journal.id)
        lines = b"".join(CsvExporter().export(opened)).decode("utf-8-sig").splitlines()
        shown += [line for line in lines if line.startswith("Яценко Ада")]
    assert shown == ["Яценко Ада,дистанційно", 'Яценко Ада,"дистанційно, запізнення 4 хв"']


def proposed(school: SmallSchool, code: AbsenceCode = AbsenceCode.EXCUSED) -> Excuse:
    return school.run(
        mother(school),
        propose_excuse,
        school.things.ada.id,
        first_day=MONDAY,
        last_day=MONDAY + DAY,
        code=code,
        reason="поїздка до бабусі",
    )


def missed_of_ada(school: SmallSchool) -> AttendanceTotals:
    with school.store.reading(ID, leader(school)) as unit:
        whole = attendance_totals(unit, school.things.school_class.id, WEEK)
    (found,) = (each for each in whole.pupils if each.pupil.id == school.things.ada.id)
    return found.totals


def test_an_excuse_changes_what_is_noted_once_it_is_confirmed_and_until_it_is_revoked(
    school: SmallSchool, clock: Clock
) -> None:
    day, things, teacher = taught(school), school.things, leader(school)
    absent = SheetEntry(things.ada.id, AbsenceCode.ABSENT)
    school.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, [absent])
    unknown = AttendanceTotals(days=1, lessons=2, without_reason=2)
    excuse = proposed(school)
    assert missed_of_ada(school) == unknown

    with school.store.reading(ID, teacher) as unit:
        assert waiting_excuses(unit) == [excuse]
    clock.move(timedelta(hours=1))
    confirmed = school.run(teacher, confirm_excuse, excuse.id, code=AbsenceCode.ILL)
    assert confirmed == evolve(
        excuse,
        state=ExcuseState.CONFIRMED,
        code=AbsenceCode.ILL,
        decided_by=things.third.id,
        decided_at=clock.now,
        version=confirmed.version,
    )
    assert missed_of_ada(school) == AttendanceTotals(days=1, lessons=2, ill=2)
    noted = on_record(school)[things.ada.id, day.english.id]
    assert (noted.code, noted.noted, noted.excused_by) == (
        AbsenceCode.ILL,
        AbsenceCode.ABSENT,
        excuse.id,
    )
    with school.store.reading(ID, mother(school)) as unit:
        assert excuses_of(unit, things.ada.id, WEEK) == [confirmed]
        assert excuses_of(unit, things.ada.id, Period(FIRST_DAY, MONDAY - DAY)) == []
        assert waiting_excuses(unit) == []

    main = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    tuesday = school.run(main, hold_lesson, things.journal.id, day=MONDAY + DAY, bell=1)
    later = school.run(main, note_absence, tuesday.id, pupil=things.ada.id, code=AbsenceCode.ABSENT)
    assert (later.code, later.excused_by) == (AbsenceCode.ILL, excuse.id)
    school.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, [absent])
    assert missed_of_ada(school).ill == 3

    school.run(teacher, revoke_excuse, excuse.id, "довідка не справжня")
    entry = school.store.entries(ID)[-1]
    assert missed_of_ada(school) == AttendanceTotals(days=2, lessons=3, without_reason=3)
    assert (entry.event, entry.data["restored"]) == ("excuse-revoked", 3)
    assert "довідка" not in str(entry.writes)


def test_another_excuse_explains_what_a_revoked_one_did(memory: SmallSchool) -> None:
    taught(memory)
    things, teacher = memory.things, leader(memory)
    absent = SheetEntry(things.ada.id, AbsenceCode.ABSENT)
    memory.run(teacher, fill_daily_sheet, things.school_class.id, MONDAY, [absent])
    first, second = proposed(memory, AbsenceCode.ILL), proposed(memory)
    memory.run(teacher, confirm_excuse, first.id)
    memory.run(teacher, confirm_excuse, second.id)
    memory.run(teacher, revoke_excuse, first.id, "помилка")
    assert missed_of_ada(memory) == AttendanceTotals(days=1, lessons=2, excused=2)


def test_an_excuse_is_a_guardians_and_the_decision_the_class_teachers(
    memory: SmallSchool,
) -> None:
    things = memory.things
    excuse = proposed(memory)
    for actor in (
        memory.admin,
        memory.actor(Role.DIRECTOR),
        memory.actor(Role.SUBJECT_TEACHER, things.main.id),
        memory.actor(Role.CLASS_TEACHER, things.main.id),
        mother(memory),
    ):
        with pytest.raises(Forbidden):
            memory.run(actor, confirm_excuse, excuse.id)
        with pytest.raises(Forbidden):
            memory.run(actor, decline_excuse, excuse.id, "ні")
        with pytest.raises(Forbidden):
            memory.run(actor, revoke_excuse, excuse.id, "ні")
    for actor in (leader(memory), memory.admin):
        with pytest.raises(Forbidden):
            proposed_by(memory, actor, things.ada.id)
    with pytest.raises(Forbidden):
        proposed_by(memory, mother(memory), things.lev.id)
    assert memory.events() == ["excuse-proposed"]


def proposed_by(school: SmallSchool, actor: Actor, pupil: PupilId) -> Excuse:
    return school.run(
        actor,
        propose_excuse,
        pupil,
        first_day=MONDAY,
        last_day=MONDAY,
        code=AbsenceCode.ILL,
        reason="застуда",
    )


def test_an_excuse_is_taken_back_by_who_gave_it_and_before_it_is_decided(
    memory: SmallSchool,
) -> None:
    first, second = proposed(memory), proposed(memory)
    father = memory.run(memory.admin, second_guardian, memory.things.ada.id)
    with pytest.raises(Forbidden):
        memory.run(memory.actor(Role.PARENT, father), withdraw_excuse, first.id)
    gone = memory.run(mother(memory), withdraw_excuse, first.id)
    assert gone.state is ExcuseState.WITHDRAWN
    declined = memory.run(leader(memory), decline_excuse, second.id, "потрібна довідка")
    assert (declined.state, declined.answer) == (ExcuseState.DECLINED, "потрібна довідка")
    with pytest.raises(WrongState):
        memory.run(mother(memory), withdraw_excuse, second.id)


def second_guardian(unit: SchoolUnit, pupil: PupilId) -> int:
    return add_guardian(unit, pupil, Relation.FATHER, PersonName("Яценко", "Петро")).id


def absent_for(
    school: SmallSchool, journal: Journal, since: date, number: int, pupil: PupilId
) -> None:
    """Hold a lesson on that many study days, at each of which the pupil is not."""
    year = school.things.year
    days = [day for day in year.period.days if day >= since and year.is_study_day(day)]

    def teach(unit: SchoolUnit) -> None:
        for day in days[:number]:
            lesson = hold_lesson(unit, journal.id, day=day, bell=1)
            note_absence(unit, lesson.id, pupil=pupil, code=AbsenceCode.ABSENT)

    school.run(school.actor(Role.SUBJECT_TEACHER, school.things.main.id), teach)


def alerts_of(school: SmallSchool, day: date, owner: ClassId | None = None) -> list[AbsenceAlert]:
    known = owner or school.things.school_class.id
    return school.run(System("alerts"), raise_absence_alerts, known, day)


def test_rule_060_an_alert_is_raised_once_and_waits_until_it_is_taken_up(
    school: SmallSchool, clock: Clock
) -> None:
    things, teacher = school.things, leader(school)
    absent_for(school, things.journal, FIRST_DAY, 11, things.ada.id)
    tenth = date(2026, 9, 14)
    assert alerts_of(school, tenth - DAY) == []
    (alert,) = alerts_of(school, tenth)
    assert alert == AbsenceAlert(
        alert.id,
        things.ada.id,
        things.school_class.id,
        FIRST_DAY,
        tenth,
        10,
        frozenset({Told.POLICE, Told.CHILDREN_SERVICE}),
        clock.now,
        version=alert.version,
    )
    head = school.store.heads()
    assert alerts_of(school, tenth) == alerts_of(school, tenth + DAY) == []
    assert school.store.heads() == head
    with school.store.reading(ID, teacher) as unit:
        assert waiting_alerts(unit) == [alert]
    with school.store.reading(ID, mother(school)) as unit:
        assert waiting_alerts(unit) == []
    taken = school.run(teacher, acknowledge_alert, alert.id)
    assert taken == evolve(
        alert,
        acknowledged_by=things.third.id,
        acknowledged_at=clock.now,
        version=taken.version,
    )
    with school.store.reading(ID, school.actor(Role.DEPUTY)) as unit:
        assert waiting_alerts(unit) == []
    with pytest.raises(WrongState):
        school.run(school.actor(Role.DEPUTY), acknowledge_alert, alert.id)


def test_rule_062_a_confirmed_excuse_begins_the_count_anew(memory: SmallSchool) -> None:
    things = memory.things
    absent_for(memory, things.journal, FIRST_DAY, 12, things.ada.id)
    excuse = proposed(memory)
    assert excuse.first_day == MONDAY
    memory.run(leader(memory), confirm_excuse, excuse.id)
    assert alerts_of(memory, date(2026, 9, 30)) == []


@pytest.mark.parametrize(("number", "days"), [(AlertDays(), []), (FIVE_DAYS_FROM_2026, [5])])
def test_rule_063_the_hosts_policy_says_after_how_many_days(
    clock: Clock, number: AlertDays, days: list[int]
) -> None:
    policies = Policies(absence_alert_days=number)
    school = furnished(MemoryStore(clock=clock, policies=policies))
    absent_for(school, school.things.journal, FIRST_DAY, 9, school.things.ada.id)
    assert [alert.days for alert in alerts_of(school, date(2026, 9, 30))] == days


def test_a_pupil_who_changed_class_takes_the_days_along(memory: SmallSchool) -> None:
    things = memory.things
    absent_for(memory, things.journal, FIRST_DAY, 6, things.ada.id)
    monday = date(2026, 9, 14)

    def move(unit: SchoolUnit) -> Journal:
        other = add_class(unit, things.year.id, ClassLabel(5, "Б"))
        (enrolment,) = unit.enrolments.of_pupil(things.ada.id)
        unit.enrolments.save(enrolment.ended(date(2026, 9, 8)))
        enrol(
            unit,
            things.ada.id,
            other.id,
            since=date(2026, 9, 9),
            order_number="19-у",
            order_date=MONDAY,
        )
        return open_journal(unit, other.id, things.algebra.id, semester=1, teacher=things.main.id)

    journal = memory.run(memory.admin, move)
    absent_for(memory, journal, date(2026, 9, 9), 4, things.ada.id)
    assert alerts_of(memory, monday) == []
    (alert,) = alerts_of(memory, monday, journal.school_class)
    assert (alert.first_day, alert.last_day, alert.days) == (FIRST_DAY, monday, 10)


def test_alerts_are_raised_by_who_may_and_not_before_the_year(memory: SmallSchool) -> None:
    things = memory.things
    for actor in (memory.admin, mother(memory), memory.actor(Role.CLASS_TEACHER, things.main.id)):
        with pytest.raises(Forbidden):
            memory.run(actor, raise_absence_alerts, things.school_class.id)
    for allowed in (memory.actor(Role.DIRECTOR), leader(memory)):
        assert memory.run(allowed, raise_absence_alerts, things.school_class.id) == []
    assert alerts_of(memory, FIRST_DAY - DAY) == []
