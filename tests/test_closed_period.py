"""A closed period is closed on every path: each use case, each repository, each door.

`VERDICTS` says of every public use case whether a closed period refuses it. A use case without a
verdict fails, and so does one whose verdict is not what happens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import attrs
import pytest
import small_school
from asked import overheard
from attrs import evolve, frozen
from connecting_steps import institute
from hypothesis import given, settings
from hypothesis import strategies as st
from small_school import DAY, FIRST_DAY, ID, MONDAY, Arranged, SmallSchool, furnished
from stores import Clock, opened_sql

import ejournal
from ejournal.adapters.memory import MemoryStore
from ejournal.codec import shape_of
from ejournal.errors import GapsLeft, PeriodClosed, WrongState
from ejournal.ids import (
    REGISTRY,
    ClassId,
    GrantId,
    GuardianshipId,
    JournalId,
    PeriodLockId,
    PersonId,
    PupilId,
    SchoolId,
    spell_id,
)
from ejournal.model.absence_alerts import AbsenceAlert, AlertDays
from ejournal.model.access import Actor, System
from ejournal.model.attendance import AbsenceCode
from ejournal.model.calendar import Period, Semester
from ejournal.model.catalogue import AGGREGATES, JOURNALS
from ejournal.model.class_attendance import SheetEntry
from ejournal.model.closing import ClosingPolicy, Gap, GapKind, LockState, PeriodLock
from ejournal.model.connection import SchoolDecision
from ejournal.model.correcting import (
    CommissionOrder,
    CorrectionRequest,
    MarkRevision,
    RevisionKind,
    RevisionProposal,
)
from ejournal.model.declaration import Aggregate
from ejournal.model.documents import DocumentKind
from ejournal.model.excuses import Excuse
from ejournal.model.identifiers import ClassLabel, Email, PersonName
from ejournal.model.inspecting import InspectionNote
from ejournal.model.journal import Column, ColumnKind, Journal, Lesson, Mark, MarkKey
from ejournal.model.marks import Grade
from ejournal.model.merging import Merge, MergePlan
from ejournal.model.people import DiaryPart, Guardian, Relation
from ejournal.model.permissions import Action, Role
from ejournal.model.rollover import RolloverPlan
from ejournal.model.school_data import Inconsistency
from ejournal.model.substitution import Substitution, SubstitutionReason
from ejournal.model.timetable import Timetable
from ejournal.model.transfers import TransferRecord
from ejournal.ports import Policies, Row
from ejournal.store import SchoolUnit, Store
from ejournal.store.repository import Repository
from ejournal.store.units import holding
from ejournal.testing.lockstep import lockstep
from ejournal.testing.repertoire import use_cases
from ejournal.usecases import (
    acknowledging,
    assessing,
    attending,
    checking,
    closing,
    correcting,
    documenting,
    entrusting,
    excusing,
    exporting,
    founding,
    importing,
    inspecting,
    inviting,
    marking,
    merging,
    moving,
    overseeing,
    publishing,
    reading,
    rolling_over,
    scheduling,
    substituting,
    teaching,
    transferring,
)

REFUSED = "refused"
READS = "allowed because it changes nothing"
ABOVE = "allowed because the registry keeps nothing of a semester"
PEOPLE = "allowed because who belongs where goes by orders, which have their own dates"
SET_UP = "allowed because it adds what no closed journal speaks of"
ACCESS = "allowed because rights are not what a journal says"
CLOSES = "allowed because it is how a period is closed, opened and put away"
MEMBERS = "allowed because those with marks stay on a page whose subgroup they have left"
PLANS = "allowed because a plan is not what a journal says"
ASKS = "allowed because asking for a change, and answering no, changes no mark"
INSPECTS = "allowed because closed journals are inspected, too"
ALERTS = "allowed because what has to be told is told whenever it is due"
SHOWS = "allowed because who sees a mark and when changes no mark"
READ_BY = "allowed because what guardians signed and have read changes no journal"
EXPLAINS = "allowed because a guardian's words change nothing that is noted"
BY_ROW = "allowed because each row of a closed period comes back refused"

VERDICTS: Mapping[str, str] = {
    "acknowledging.acknowledge_diary": READ_BY,
    "acknowledging.diary_looks": READS,
    "acknowledging.sign_week": READ_BY,
    "acknowledging.signatures": READS,
    "attending.acknowledge_alert": ALERTS,
    "attending.attendance_totals": READS,
    "attending.daily_sheet": READS,
    "attending.fill_daily_sheet": REFUSED,
    "assessing.certificate_average": READS,
    "assessing.decide_final": REFUSED,
    "assessing.explain_final": READS,
    "assessing.review_marks": READS,
    "assessing.suggest_column": REFUSED,
    "assessing.suggest_final": REFUSED,
    "attending.note_absence": REFUSED,
    "attending.note_late": REFUSED,
    "attending.note_remote": REFUSED,
    "attending.raise_absence_alerts": ALERTS,
    "attending.waiting_alerts": READS,
    "attending.withdraw_absence": REFUSED,
    "checking.check_data": READS,
    "checking.repair_data": REFUSED,
    "correcting.apply_for_correction": ASKS,
    "correcting.approve_revision": REFUSED,
    "correcting.conclude_correction": REFUSED,
    "correcting.correction_requests": READS,
    "correcting.requests_about": READS,
    "correcting.decline_correction": ASKS,
    "correcting.decline_revision": ASKS,
    "correcting.order_correction": ASKS,
    "correcting.propose_revision": ASKS,
    "correcting.proposed_revisions": READS,
    "correcting.revise_mark": REFUSED,
    "correcting.withdraw_correction": ASKS,
    "closing.archive_period": CLOSES,
    "closing.close_period": CLOSES,
    "closing.closing_checklist": READS,
    "closing.reopen_period": CLOSES,
    "documenting.keep_electronically": SET_UP,
    "inspecting.acknowledge_note": INSPECTS,
    "inspecting.inspection_notes": READS,
    "inspecting.inspection_report": READS,
    "inspecting.note_inspection": INSPECTS,
    "inspecting.remove_remark": INSPECTS,
    "connecting.approve": ABOVE,
    "connecting.clarify": ABOVE,
    "connecting.complete": ABOVE,
    "connecting.expire_requests": ABOVE,
    "connecting.import_directory": ABOVE,
    "connecting.reject": ABOVE,
    "connecting.review": ABOVE,
    "connecting.take": ABOVE,
    "connecting.withdraw": ABOVE,
    "delivering.deliver": ABOVE,
    "entrusting.allow_guardian": SHOWS,
    "entrusting.limit_guardian": SHOWS,
    "excusing.confirm_excuse": REFUSED,
    "excusing.decline_excuse": EXPLAINS,
    "excusing.excuses_of": READS,
    "excusing.propose_excuse": EXPLAINS,
    "excusing.revoke_excuse": REFUSED,
    "excusing.waiting_excuses": READS,
    "excusing.withdraw_excuse": EXPLAINS,
    "exporting.export_diary": READS,
    "exporting.export_marks": READS,
    "following.follow": READS,
    "founding.add_class": SET_UP,
    "founding.add_guardian": PEOPLE,
    "founding.add_pupil": PEOPLE,
    "founding.add_staff": PEOPLE,
    "founding.add_subgroup": SET_UP,
    "founding.add_subject": SET_UP,
    "founding.enrol": PEOPLE,
    "founding.link_guardian": PEOPLE,
    "founding.open_year": SET_UP,
    "founding.regroup": MEMBERS,
    "importing.begin_import": SET_UP,
    "importing.import_marks": BY_ROW,
    "inviting.accept": ABOVE,
    "inviting.end_grant": ACCESS,
    "inviting.invite": ACCESS,
    "inviting.open_invitation": ABOVE,
    "inviting.renew_rights": ACCESS,
    "inviting.resend": ACCESS,
    "inviting.revoke": ACCESS,
    "marking.give_mark": REFUSED,
    "merging.apply_merge": REFUSED,
    "merging.plan_merge": READS,
    "merging.undo_merge": REFUSED,
    "moving.movement_log": READS,
    "moving.release": PEOPLE,
    "moving.remarks_on_sizes": READS,
    "moving.transfer": PEOPLE,
    "moving.withdraw": PEOPLE,
    "overseeing.appoint": ABOVE,
    "overseeing.choose_journal_system": SET_UP,
    "overseeing.connections": ABOVE,
    "overseeing.create_authority": ABOVE,
    "overseeing.dismiss": ABOVE,
    "overseeing.pass_on": ABOVE,
    "publishing.publish_column": SHOWS,
    "publishing.set_publishing": SHOWS,
    "reading.class_list": READS,
    "reading.contacts_of": READS,
    "reading.diary_digest": READS,
    "reading.diary_news": READS,
    "reading.diary_week": READS,
    "reading.homework_history": READS,
    "reading.journal_page": READS,
    "reading.journal_remarks": READS,
    "reading.mark_history": READS,
    "reading.means_of_school": READS,
    "reading.page_of_class": READS,
    "reading.pupil_page": READS,
    "receiving.receive": ABOVE,
    "scheduling.begin_timetable": PLANS,
    "scheduling.cancel_lessons": PLANS,
    "scheduling.check_timetable": READS,
    "scheduling.class_plan": READS,
    "scheduling.free_teachers": READS,
    "scheduling.hold_remotely": PLANS,
    "scheduling.missed_and_replaced": READS,
    "scheduling.move_lessons": PLANS,
    "scheduling.publish_timetable": PLANS,
    "scheduling.pupil_plan": READS,
    "scheduling.set_class_timetable": PLANS,
    "scheduling.set_hours": PLANS,
    "scheduling.teacher_plan": READS,
    "scheduling.withdraw_exception": PLANS,
    "scheduling.withdraw_timetable": PLANS,
    "substituting.assign_substitute": REFUSED,
    "substituting.assign_substitution": REFUSED,
    "substituting.cancel_substitution": REFUSED,
    "substituting.decline_substitution": REFUSED,
    "substituting.hold_substituted": REFUSED,
    "substituting.release_substitution": REFUSED,
    "substituting.request_substitution": PLANS,
    "substituting.substitutions_of": READS,
    "rolling_over.apply_rollover": PEOPLE,
    "rolling_over.plan_rollover": READS,
    "signing_in.account_of": ABOVE,
    "signing_in.bind": ABOVE,
    "signing_in.cabinets": ABOVE,
    "signing_in.enter": ABOVE,
    "signing_in.found_institute": ABOVE,
    "teaching.add_column": REFUSED,
    "teaching.add_lesson_column": REFUSED,
    "teaching.describe_lesson": REFUSED,
    "teaching.hand_over_journal": REFUSED,
    "teaching.hold_lesson": REFUSED,
    "teaching.open_journal": REFUSED,
    "teaching.set_homework": REFUSED,
    "teaching.strike_column": REFUSED,
    "teaching.strike_lesson": REFUSED,
    "transferring.admit": PEOPLE,
    "transferring.prior_records": READS,
    "transferring.resend_packet": READS,
    "transferring.send_packet": READS,
    "transferring.take_packet": PEOPLE,
}

ALL_GAPS = ClosingPolicy(frozenset(GapKind))
NOW = datetime(2026, 12, 28, 9, tzinfo=UTC)
SHUT = PeriodClosed("2026/27", 1, "closed")
HOUR = timedelta(hours=1)
WEEK = Period(MONDAY, MONDAY + 6 * DAY)
MS = timedelta(milliseconds=1)


@frozen
class Corrections:
    """A proposal that waits, and a request with its order; `father` applied for Yana."""

    co_teacher: Actor
    father: Guardian
    commission: CommissionOrder
    proposed: RevisionProposal
    ordered: CorrectionRequest


@frozen
class Scene:
    """A small school with something of every kind in the first semester, and who acts in it."""

    school: SmallSchool
    clock: Clock
    director: Actor
    teacher: Actor
    pupil: Actor
    leader: Actor
    parent: Actor
    waiting: Excuse
    confirmed: Excuse
    substitute: Actor
    asked: Substitution
    assigned: Substitution
    draft: Timetable
    lesson: Lesson
    later: Lesson
    tested: Column
    term: Column
    spare: Column
    second_term: Column
    corrections: Corrections
    lock: PeriodLock
    merge: Merge

    @property
    def store(self) -> Store:
        return self.school.store

    def state(self) -> tuple[int, str]:
        head = self.store.heads()[ID]
        return head.seq, head.hash


def arranged(store: Store, clock: Clock) -> Scene:
    """Put the scene in place, with its first semester closed."""
    school = furnished(store)
    things = school.things
    director = school.actor(Role.DIRECTOR)
    teacher = school.actor(Role.SUBJECT_TEACHER, things.main.id)
    journal = things.journal.id
    lesson = school.run(teacher, teaching.hold_lesson, journal, day=MONDAY, bell=1)
    later = school.run(teacher, teaching.hold_lesson, journal, day=MONDAY + DAY, bell=1)
    missed = [
        school.run(
            teacher, teaching.hold_lesson, journal, day=MONDAY + DAY * days, bell=1, topic="Частки"
        )
        for days in (2, 3)
    ]
    tested = school.run(teacher, teaching.add_lesson_column, lesson.id, ColumnKind.TEST)
    term = school.run(teacher, teaching.add_column, journal, ColumnKind.SEMESTER)
    school.run(teacher, marking.give_mark, tested.id, pupil=things.ada.id, value=Grade(8))
    school.run(
        teacher, attending.note_absence, lesson.id, pupil=things.lev.id, code=AbsenceCode.ILL
    )
    # A mark beside an absence is what a check finds.
    school.run(teacher, marking.give_mark, tested.id, pupil=things.lev.id, value=Grade(8))
    school.run(teacher, assessing.suggest_final, term.id, pupil=things.lev.id)
    spare = school.run(teacher, teaching.add_lesson_column, lesson.id, ColumnKind.INDEPENDENT)
    corrections = _corrections(school, teacher, director, tested, term)
    second = school.run(
        school.admin,
        teaching.open_journal,
        things.school_class.id,
        things.algebra.id,
        semester=2,
        teacher=things.main.id,
    )
    second_term = school.run(teacher, teaching.add_column, second.id, ColumnKind.SEMESTER)
    leader = school.actor(Role.CLASS_TEACHER, things.third.id)
    parent = school.actor(Role.PARENT, things.mother.id)
    for each in missed:
        school.run(
            teacher,
            attending.note_absence,
            each.id,
            pupil=things.ada.id,
            code=AbsenceCode.ABSENT,
        )
    confirmed, waiting = (_explained(school, parent, each) for each in missed)
    school.run(leader, excusing.confirm_excuse, confirmed.id)
    asked = _asked_for(school, MONDAY, bell=1)
    assigned = _asked_for(school, MONDAY + DAY, bell=1)
    substitute = school.actor(Role.SUBSTITUTE, things.third.id)
    school.run(school.admin, substituting.assign_substitution, assigned.id, things.third.id)
    draft = school.run(school.admin, scheduling.begin_timetable, things.year.id, since=MONDAY)
    merge = _merged(school, director, teacher)
    lock = school.run(director, closing.close_period, things.year.id, 1)
    pupil = school.actor(Role.PUPIL, things.ada.id)
    return Scene(
        *(
            school,
            clock,
            director,
            teacher,
            pupil,
            leader,
            parent,
            waiting,
            confirmed,
            substitute,
            asked,
            assigned,
            draft,
            lesson,
            later,
            tested,
            term,
            spare,
            second_term,
            corrections,
            lock,
            merge,
        )
    )


def _explained(school: SmallSchool, parent: Actor, lesson: Lesson) -> Excuse:
    return school.run(
        parent,
        excusing.propose_excuse,
        school.things.ada.id,
        first_day=lesson.day,
        last_day=lesson.day,
        code=AbsenceCode.EXCUSED,
        reason="родинні обставини",
        lessons=[lesson.id],
    )


def _corrections(
    school: SmallSchool, teacher: Actor, director: Actor, tested: Column, term: Column
) -> Corrections:
    things = school.things
    school.run(teacher, marking.give_mark, term.id, pupil=things.yana.id, value=Grade(5))
    co_teacher = school.actor(Role.CO_TEACHER, things.second.id)
    school.actor(Role.DEPUTY, things.second.id)
    commission = CommissionOrder(
        "31-к",
        NOW.date(),
        chair=things.second.id,
        methodist=things.third.id,
        teacher=things.main.id,
        schedule=(NOW.date(),),
    )
    proposed = school.run(
        co_teacher,
        correcting.propose_revision,
        tested.id,
        pupil=things.ada.id,
        revision=BETTER,
    )
    father = school.run(
        school.admin,
        founding.add_guardian,
        things.yana.id,
        Relation.FATHER,
        PersonName("Ґава", "Ілля"),
    )
    applied = _applied(school, term, father)
    ordered = school.run(director, correcting.order_correction, applied.id, commission)
    return Corrections(co_teacher, father, commission, proposed, ordered)


def _applied(school: SmallSchool, term: Column, father: Guardian) -> CorrectionRequest:
    return school.run(
        school.admin,
        correcting.apply_for_correction,
        term.id,
        pupil=school.things.yana.id,
        reason="хворіла",
        applicant=father.id,
    )


def _withdrawn(scene: Scene) -> CorrectionRequest:
    return scene.school.run(
        scene.school.admin, correcting.withdraw_correction, scene.corrections.ordered.id
    )


def _applied_again(scene: Scene) -> CorrectionRequest:
    """Withdraw what was asked for, and ask again."""
    _withdrawn(scene)
    return _applied(scene.school, scene.term, scene.corrections.father)


BETTER = MarkRevision(RevisionKind.RETAKE, "перескладено", Grade(9))


def _asked_for(school: SmallSchool, day: date, bell: int) -> Substitution:
    return school.run(
        school.admin,
        substituting.request_substitution,
        school.things.school_class.id,
        school.things.algebra.id,
        day=day,
        bell=bell,
        reason=SubstitutionReason.SICK_LEAVE,
    )


def _merged(school: SmallSchool, director: Actor, teacher: Actor) -> Merge:
    """Add Yana once more, with a mark, and merge the record into her own."""
    things, admin = school.things, school.admin
    column = school.run(teacher, teaching.add_column, things.journal.id, ColumnKind.THEMATIC)
    again = school.run(admin, founding.add_pupil, things.yana.name)
    school.run(
        admin,
        founding.enrol,
        again.id,
        things.school_class.id,
        since=FIRST_DAY,
        order_number="17-у",
        order_date=FIRST_DAY,
    )
    school.run(teacher, marking.give_mark, column.id, pupil=again.id, value=Grade(6))
    plan = school.run(director, merging.plan_merge, things.yana.id, again.id)
    return school.run(director, merging.apply_merge, plan)


def in_memory() -> Scene:
    clock = Clock(NOW)
    return arranged(MemoryStore(policies=Policies(closing=ALL_GAPS), clock=clock), clock)


@pytest.fixture
def scene() -> Scene:
    return in_memory()


def reopened(scene: Scene, **scope: Any) -> PeriodLock:  # noqa: ANN401 - as the use case has it
    return scene.school.run(
        scene.director,
        closing.reopen_period,
        scene.lock.id,
        until=scene.clock.now + HOUR,
        reason="Наказ 12",
        **scope,
    )


Call: TypeAlias = Callable[[Scene], object]


# Each use case of a school, called so that only a closed period can be in its way.


def _imported(scene: Scene) -> object:
    taking = scene.school.run(scene.school.admin, importing.begin_import, "інший журнал")
    ada = spell_id(scene.school.things.ada.id)
    lines = ["column,pupil,value\n", f"{spell_id(scene.term.id)},{ada},9\n"]
    lines.append(f"{spell_id(scene.second_term.id)},{ada},9\n")
    result = importing.import_marks(scene.store, ID, scene.school.admin, taking.id, lines)
    assert (result.progress.taken, result.refusals) == (1, ((2, SHUT),))
    return result


def _invited(scene: Scene) -> Any:  # noqa: ANN401 - an invitation
    ada = scene.school.things.ada
    return scene.school.run(
        scene.school.admin,
        inviting.invite,
        name=ada.name,
        address=Email("ada@example.com"),
        role=Role.PUPIL,
        person=PersonId(ada.id),
    )


def _renewed(scene: Scene) -> Any:  # noqa: ANN401 - grants
    """Let the institute give the pupils' roles an act that they are without."""
    pupil = _grant_of(scene, scene.pupil)

    def older(unit: SchoolUnit) -> None:
        grant = unit.grants.get(pupil)
        unit.grants.save(evolve(grant, rights=grant.rights - {Action.PROPOSE_EXCUSE}))
        unit.record(Arranged())

    scene.school.run(System("test"), older)
    with scene.store.registry(institute(scene.store)) as unit:
        return inviting.renew_rights(unit.school(ID), Role.PUPIL, [Action.PROPOSE_EXCUSE])


def _noted(scene: Scene) -> InspectionNote:
    return scene.school.run(
        scene.director,
        inspecting.note_inspection,
        scene.school.things.journal.id,
        "Не записано теми уроків",
        deadline=date(2027, 1, 15),
    )


def _inconsistency(scene: Scene) -> Inconsistency:
    with scene.store.reading(ID, scene.director) as unit:
        (found,) = checking.check_data(unit)
    return found


def _alerted(scene: Scene) -> AbsenceAlert:
    """Let one day without a reason be enough, and take the only alert."""
    days = AlertDays(1)
    scene.store.policies = evolve(scene.store.policies, absence_alert_days=days)
    (alert,) = scene.school.run(
        scene.director,
        attending.raise_absence_alerts,
        scene.school.things.school_class.id,
    )
    return alert


def _grant_of(scene: Scene, actor: Actor) -> GrantId:
    with scene.store.reading(ID, scene.director) as unit:
        (grant,) = unit.grants.of_account(actor.account)
    return grant.id


def _read(scene: Scene, use_case: Callable[..., Any], *given: Any) -> object:  # noqa: ANN401
    with scene.store.reading(ID, scene.director) as unit:
        answer = use_case(unit, *given)
        return list(answer) if isinstance(answer, Iterator) else answer


def _do(role: str, use_case: Callable[..., Any], *given: Any, **named: Any) -> Call:  # noqa: ANN401
    """Run a use case as somebody of the scene; arguments that begin with @ are its things."""

    def call(scene: Scene) -> object:
        actor = scene.school.admin if role == "admin" else getattr(scene, role)
        return scene.school.run(
            actor,
            use_case,
            *(_thing(scene, each) for each in given),
            **{name: _thing(scene, each) for name, each in named.items()},
        )

    return call


def _thing(scene: Scene, told: Any) -> Any:  # noqa: ANN401 - whatever is told
    if not isinstance(told, str) or not told.startswith("@"):
        return told
    name = told[1:]
    found = getattr(scene, name, None) or getattr(scene.school.things, name)
    return getattr(found, "id", found)


def _planned(scene: Scene) -> RolloverPlan:
    """Open the next year and plan the turn to it."""
    school, first, last = scene.school, date(2027, 9, 1), date(2028, 6, 2)
    target = school.run(
        school.admin,
        founding.open_year,
        first_day=first,
        last_day=last,
        semesters=(Semester(1, first, last),),
    )
    year = school.things.year.id
    return school.run(school.admin, rolling_over.plan_rollover, year, target.id)


def _plan_to_merge(scene: Scene) -> MergePlan:
    """Plan to merge Ada, who has a mark, into Yana."""
    things = scene.school.things
    return scene.school.run(scene.director, merging.plan_merge, things.yana.id, things.ada.id)


def _packet(scene: Scene) -> bytes:
    """Give out the packet of Ada."""
    school = scene.school
    return school.run(school.admin, transferring.send_packet, school.things.ada.id)


def _brought(scene: Scene) -> TransferRecord:
    """Take the packet of Ada in again."""
    school, file = scene.school, _packet(scene)
    return school.run(school.admin, transferring.take_packet, file, school.things.ada.id)


def _parallel(scene: Scene) -> ClassId:
    """Add class 5-Б, which a pupil can go to."""
    year = scene.school.things.year.id
    return scene.school.run(scene.school.admin, founding.add_class, year, ClassLabel(5, "Б")).id


NAME = PersonName("Новенька", "Марта")

WEEK = Period(MONDAY, MONDAY + DAY * 4)


def _grown_up(scene: Scene) -> object:
    """Let Ada be of age and allow her mother everything."""
    things = scene.school.things

    def older(unit: SchoolUnit) -> GuardianshipId:
        ada = unit.pupils.get(things.ada.id)
        unit.pupils.save(evolve(ada, birth_date=date(2008, 1, 1)))
        unit.record(Arranged())
        return _tie(unit, scene)

    tie = scene.school.run(System("test"), older)
    return scene.school.run(scene.pupil, entrusting.allow_guardian, tie, DiaryPart)


def _tie(unit: SchoolUnit, scene: Scene) -> GuardianshipId:
    (tie,) = unit.guardianships.of_pupil(scene.school.things.ada.id)
    return tie.id


def _limited(scene: Scene) -> object:
    with scene.store.reading(ID, scene.director) as unit:
        tie = _tie(unit, scene)
    return scene.school.run(scene.director, entrusting.limit_guardian, tie, hidden=DiaryPart)


def _digest_of(scene: Scene) -> object:
    with scene.store.reading(ID, System("digest")) as unit:
        return reading.diary_digest(unit, scene.school.things.mother.id, WEEK)


def _of_ada(use_case: Callable[..., Any], *given: Any) -> Call:  # noqa: ANN401
    return lambda scene: _read(scene, use_case, scene.school.things.ada.id, *given)


CALLS: Mapping[str, Call] = {
    "acknowledging.acknowledge_diary": _do(
        "parent", acknowledging.acknowledge_diary, "@ada", upto=1, at=NOW
    ),
    "acknowledging.diary_looks": _of_ada(acknowledging.diary_looks),
    "acknowledging.sign_week": _do("parent", acknowledging.sign_week, "@ada", MONDAY),
    "acknowledging.signatures": _of_ada(acknowledging.signatures, WEEK),
    "entrusting.allow_guardian": _grown_up,
    "entrusting.limit_guardian": _limited,
    "exporting.export_diary": _of_ada(exporting.export_diary, WEEK),
    "publishing.publish_column": _do("teacher", publishing.publish_column, "@term"),
    "publishing.set_publishing": _do("teacher", publishing.set_publishing, "@term", ()),
    "reading.contacts_of": _of_ada(reading.contacts_of),
    "reading.diary_digest": _digest_of,
    "reading.diary_news": _of_ada(reading.diary_news, WEEK),
    "reading.pupil_page": _of_ada(reading.pupil_page, WEEK),
    "assessing.certificate_average": lambda scene: _read(
        scene,
        partial(assessing.certificate_average, pupil=scene.school.things.ada.id),
        scene.school.things.school_class.id,
    ),
    "assessing.decide_final": _do(
        "teacher", assessing.decide_final, "@term", pupil="@ada", value=Grade(9)
    ),
    "assessing.explain_final": lambda scene: _read(
        scene,
        partial(assessing.explain_final, pupil=scene.school.things.ada.id),
        scene.term.id,
    ),
    "assessing.review_marks": lambda scene: _read(
        scene, assessing.review_marks, scene.school.things.journal.id
    ),
    "assessing.suggest_column": _do("teacher", assessing.suggest_column, "@term"),
    "assessing.suggest_final": _do("teacher", assessing.suggest_final, "@term", pupil="@ada"),
    "attending.note_absence": _do(
        "teacher", attending.note_absence, "@lesson", pupil="@ada", code=AbsenceCode.ABSENT
    ),
    "attending.acknowledge_alert": lambda scene: scene.school.run(
        scene.director, attending.acknowledge_alert, _alerted(scene).id
    ),
    "attending.attendance_totals": lambda scene: _read(
        scene,
        attending.attendance_totals,
        scene.school.things.school_class.id,
        Period(MONDAY, MONDAY + DAY * 4),
    ),
    "attending.daily_sheet": lambda scene: _read(
        scene, attending.daily_sheet, scene.school.things.school_class.id, MONDAY
    ),
    "attending.fill_daily_sheet": lambda scene: scene.school.run(
        scene.leader,
        attending.fill_daily_sheet,
        scene.school.things.school_class.id,
        MONDAY,
        [SheetEntry(scene.school.things.yana.id, AbsenceCode.ABSENT)],
    ),
    "attending.note_remote": _do("teacher", attending.note_remote, "@lesson", pupil="@yana"),
    "attending.raise_absence_alerts": _alerted,
    "attending.waiting_alerts": lambda scene: _read(scene, attending.waiting_alerts),
    "attending.note_late": _do("teacher", attending.note_late, "@lesson", pupil="@ada", minutes=5),
    "attending.withdraw_absence": _do(
        "teacher", attending.withdraw_absence, "@lesson", pupil="@lev"
    ),
    "checking.check_data": lambda scene: _read(scene, checking.check_data),
    "checking.repair_data": lambda scene: scene.school.run(
        scene.director, checking.repair_data, _inconsistency(scene)
    ),
    "correcting.apply_for_correction": _applied_again,
    "correcting.approve_revision": lambda scene: scene.school.run(
        scene.director, correcting.approve_revision, scene.corrections.proposed.id
    ),
    "correcting.conclude_correction": lambda scene: scene.school.run(
        scene.teacher, correcting.conclude_correction, scene.corrections.ordered.id, Grade(6)
    ),
    "correcting.correction_requests": lambda scene: _read(
        scene, correcting.correction_requests, scene.school.things.journal.id
    ),
    "correcting.requests_about": lambda scene: _read(
        scene, correcting.requests_about, scene.school.things.ada.id
    ),
    "correcting.decline_correction": lambda scene: scene.school.run(
        scene.director, correcting.decline_correction, _applied_again(scene).id, "Пізно"
    ),
    "correcting.decline_revision": lambda scene: scene.school.run(
        scene.director, correcting.decline_revision, scene.corrections.proposed.id, "Ні"
    ),
    "correcting.order_correction": lambda scene: scene.school.run(
        scene.director,
        correcting.order_correction,
        _applied_again(scene).id,
        scene.corrections.commission,
    ),
    "correcting.propose_revision": lambda scene: scene.school.run(
        scene.corrections.co_teacher,
        correcting.propose_revision,
        scene.tested.id,
        pupil=scene.school.things.lev.id,
        revision=MarkRevision(RevisionKind.VOID, "не той учень"),
    ),
    "correcting.proposed_revisions": lambda scene: _read(scene, correcting.proposed_revisions),
    "correcting.revise_mark": _do(
        "teacher", correcting.revise_mark, "@tested", pupil="@ada", revision=BETTER
    ),
    "correcting.withdraw_correction": _withdrawn,
    "closing.archive_period": _do("director", closing.archive_period, "@lock"),
    "closing.close_period": lambda scene: (
        reopened(scene),
        scene.school.run(scene.director, closing.close_period, scene.school.things.year.id, 1),
    ),
    "closing.closing_checklist": lambda scene: _read(
        scene, closing.closing_checklist, scene.school.things.year.id, 1
    ),
    "closing.reopen_period": reopened,
    "documenting.keep_electronically": _do(
        "director",
        documenting.keep_electronically,
        DocumentKind.TIMETABLE,
        since=date(2027, 1, 1),
        decision_number="8",
        decision_date=date(2026, 12, 1),
        without_paper=True,
    ),
    "inspecting.acknowledge_note": lambda scene: scene.school.run(
        scene.teacher, inspecting.acknowledge_note, _noted(scene).id
    ),
    "inspecting.inspection_notes": lambda scene: _read(
        scene, inspecting.inspection_notes, scene.school.things.journal.id
    ),
    "inspecting.inspection_report": lambda scene: _read(
        scene, inspecting.inspection_report, scene.school.things.year.id
    ),
    "inspecting.note_inspection": _noted,
    "inspecting.remove_remark": lambda scene: scene.school.run(
        scene.director, inspecting.remove_remark, _noted(scene).id
    ),
    "excusing.confirm_excuse": _do("leader", excusing.confirm_excuse, "@waiting"),
    "excusing.decline_excuse": _do("leader", excusing.decline_excuse, "@waiting", "без довідки"),
    "excusing.excuses_of": lambda scene: _read(
        scene,
        excusing.excuses_of,
        scene.school.things.ada.id,
        Period(MONDAY, MONDAY + DAY * 4),
    ),
    "excusing.propose_excuse": lambda scene: _explained(scene.school, scene.parent, scene.lesson),
    "excusing.revoke_excuse": _do("leader", excusing.revoke_excuse, "@confirmed", "помилка"),
    "excusing.waiting_excuses": lambda scene: _read(scene, excusing.waiting_excuses),
    "excusing.withdraw_excuse": _do("parent", excusing.withdraw_excuse, "@waiting"),
    "exporting.export_marks": lambda scene: scene.school.run(
        scene.school.admin, lambda unit: list(exporting.export_marks(unit))
    ),
    "founding.add_class": _do("admin", founding.add_class, "@year", ClassLabel(6, "В")),
    "founding.add_guardian": _do(
        "admin", founding.add_guardian, "@ada", Relation.FATHER, PersonName("Яценко", "Ілля")
    ),
    "founding.add_pupil": _do("admin", founding.add_pupil, NAME),
    "founding.add_staff": _do("admin", founding.add_staff, NAME),
    "founding.add_subgroup": lambda scene: scene.school.run(
        scene.school.admin,
        founding.add_subgroup,
        scene.school.things.school_class.id,
        "Група 2",
        [scene.school.things.yana.id],
    ),
    "founding.add_subject": _do("admin", founding.add_subject, "Геометрія"),
    "founding.enrol": lambda scene: scene.school.run(
        scene.school.admin,
        founding.enrol,
        scene.school.run(scene.school.admin, founding.add_pupil, NAME).id,
        scene.school.things.school_class.id,
        since=FIRST_DAY,
        order_number="18-у",
        order_date=FIRST_DAY,
    ),
    "founding.link_guardian": _do(
        "admin", founding.link_guardian, "@mother", "@lev", Relation.OTHER
    ),
    "founding.open_year": _do(
        "admin",
        founding.open_year,
        first_day=date(2027, 9, 1),
        last_day=date(2028, 6, 1),
        semesters=(Semester(1, date(2027, 9, 1), date(2028, 6, 1)),),
    ),
    "importing.begin_import": _do("admin", importing.begin_import, "інший журнал"),
    "importing.import_marks": _imported,
    "inviting.end_grant": lambda scene: scene.school.run(
        scene.school.admin, inviting.end_grant, _grant_of(scene, scene.pupil)
    ),
    "inviting.invite": _invited,
    "inviting.renew_rights": _renewed,
    "inviting.resend": lambda scene: scene.school.run(
        scene.school.admin, inviting.resend, _invited(scene).id
    ),
    "inviting.revoke": lambda scene: scene.school.run(
        scene.school.admin, inviting.revoke, _invited(scene).id
    ),
    "marking.give_mark": _do("teacher", marking.give_mark, "@term", pupil="@ada", value=Grade(9)),
    "merging.apply_merge": lambda scene: scene.school.run(
        scene.director, merging.apply_merge, _plan_to_merge(scene)
    ),
    "merging.plan_merge": _plan_to_merge,
    "merging.undo_merge": _do("director", merging.undo_merge, "@merge"),
    "moving.movement_log": lambda scene: _read(
        scene, moving.movement_log, Period(FIRST_DAY, MONDAY)
    ),
    "moving.release": _do(
        "admin",
        moving.release,
        "@ada",
        last_day=MONDAY,
        order_number="41-у",
        order_date=MONDAY,
    ),
    "moving.remarks_on_sizes": lambda scene: _read(
        scene, moving.remarks_on_sizes, scene.school.things.year.id, MONDAY
    ),
    "moving.transfer": lambda scene: scene.school.run(
        scene.school.admin,
        moving.transfer,
        scene.school.things.ada.id,
        _parallel(scene),
        since=MONDAY,
        order_number="40-у",
        order_date=MONDAY,
    ),
    "moving.withdraw": _do(
        "admin",
        moving.withdraw,
        "@ada",
        last_day=MONDAY,
        order_number="42-у",
        order_date=MONDAY,
        basis="заява",
        reason="виїзд",
    ),
    "overseeing.choose_journal_system": _do(
        "director",
        overseeing.choose_journal_system,
        decision=SchoolDecision("7", date(2026, 8, 20)),
    ),
    "reading.class_list": lambda scene: _read(
        scene, reading.class_list, scene.school.things.school_class.id, MONDAY
    ),
    "reading.diary_week": lambda scene: _read(
        scene, reading.diary_week, scene.school.things.ada.id, MONDAY
    ),
    "reading.journal_page": lambda scene: _read(
        scene, reading.journal_page, scene.school.things.journal.id
    ),
    "reading.mark_history": lambda scene: _read(
        scene,
        reading.mark_history,
        MarkKey(scene.school.things.journal.id, scene.tested.id, scene.school.things.ada.id),
    ),
    "reading.means_of_school": lambda scene: _read(scene, reading.means_of_school),
    "scheduling.begin_timetable": _do(
        "admin", scheduling.begin_timetable, "@year", since=MONDAY + DAY
    ),
    "scheduling.cancel_lessons": _do(
        "admin", scheduling.cancel_lessons, "@year", first_day=MONDAY, bell=1
    ),
    "scheduling.check_timetable": lambda scene: _read(
        scene, scheduling.check_timetable, scene.draft.id
    ),
    "scheduling.class_plan": lambda scene: _read(
        scene, scheduling.class_plan, scene.school.things.school_class.id, WEEK
    ),
    "scheduling.free_teachers": lambda scene: _read(
        scene,
        partial(scheduling.free_teachers, day=MONDAY, bell=1),
        scene.school.things.school_class.id,
    ),
    "scheduling.hold_remotely": _do("admin", scheduling.hold_remotely, "@year", first_day=MONDAY),
    "scheduling.missed_and_replaced": lambda scene: _read(
        scene, scheduling.missed_and_replaced, scene.school.things.year.id, WEEK
    ),
    "scheduling.move_lessons": _do(
        "admin", scheduling.move_lessons, "@year", day=MONDAY, to_day=MONDAY + DAY
    ),
    "scheduling.publish_timetable": _do("admin", scheduling.publish_timetable, "@draft"),
    "scheduling.pupil_plan": lambda scene: _read(
        scene, scheduling.pupil_plan, scene.school.things.ada.id, WEEK
    ),
    "scheduling.set_class_timetable": _do(
        "admin", scheduling.set_class_timetable, "@draft", "@school_class", ()
    ),
    "scheduling.set_hours": _do("admin", scheduling.set_hours, "@school_class", ()),
    "scheduling.teacher_plan": lambda scene: _read(
        scene, scheduling.teacher_plan, scene.school.things.main.id, WEEK
    ),
    "scheduling.withdraw_exception": lambda scene: scene.school.run(
        scene.school.admin,
        scheduling.withdraw_exception,
        scene.school.run(
            scene.school.admin,
            scheduling.hold_remotely,
            scene.school.things.year.id,
            first_day=MONDAY,
        ).id,
    ),
    "scheduling.withdraw_timetable": _do("admin", scheduling.withdraw_timetable, "@draft"),
    "substituting.assign_substitute": _do(
        "admin", substituting.assign_substitute, "@lesson", "@third"
    ),
    "substituting.assign_substitution": _do(
        "admin", substituting.assign_substitution, "@asked", "@third"
    ),
    "substituting.cancel_substitution": _do("admin", substituting.cancel_substitution, "@assigned"),
    "substituting.decline_substitution": _do(
        "admin", substituting.decline_substitution, "@assigned"
    ),
    "substituting.hold_substituted": _do(
        "substitute", substituting.hold_substituted, "@assigned", topic="Дроби"
    ),
    "substituting.release_substitution": _do(
        "admin", substituting.release_substitution, "@assigned"
    ),
    "substituting.request_substitution": lambda scene: _asked_for(scene.school, MONDAY, bell=2),
    "substituting.substitutions_of": lambda scene: _read(
        scene, substituting.substitutions_of, scene.school.things.third.id, WEEK
    ),
    "rolling_over.apply_rollover": lambda scene: scene.school.run(
        scene.school.admin,
        rolling_over.apply_rollover,
        _planned(scene),
        order_number="70-у",
        order_date=MONDAY,
    ),
    "rolling_over.plan_rollover": _planned,
    "teaching.add_column": _do("teacher", teaching.add_column, "@journal", ColumnKind.THEMATIC),
    "teaching.add_lesson_column": _do(
        "teacher", teaching.add_lesson_column, "@lesson", ColumnKind.INDEPENDENT
    ),
    "teaching.describe_lesson": _do("teacher", teaching.describe_lesson, "@lesson", "Дроби"),
    "teaching.hold_lesson": _do(
        "teacher", teaching.hold_lesson, "@journal", day=MONDAY + 2 * DAY, bell=3
    ),
    "teaching.open_journal": _do(
        "admin",
        teaching.open_journal,
        "@school_class",
        "@algebra",
        semester=1,
        teacher="@main",
        subgroup="@group",
    ),
    "teaching.set_homework": _do("teacher", teaching.set_homework, "@lesson", "§ 3", due="@later"),
    "teaching.strike_column": _do("teacher", teaching.strike_column, "@spare", "Зайва"),
    "teaching.strike_lesson": _do("teacher", teaching.strike_lesson, "@later", "Помилково"),
    "teaching.hand_over_journal": _do(
        "admin", teaching.hand_over_journal, "@journal", teacher="@third"
    ),
    "founding.regroup": _do("admin", founding.regroup, "@group", ()),
    "reading.homework_history": lambda scene: _read(
        scene, reading.homework_history, scene.lesson.id
    ),
    "reading.journal_remarks": lambda scene: _read(
        scene, reading.journal_remarks, scene.school.things.journal.id
    ),
    "reading.page_of_class": lambda scene: _read(
        scene,
        partial(reading.page_of_class, semester=1),
        scene.school.things.school_class.id,
        scene.school.things.algebra.id,
    ),
    "transferring.admit": lambda scene: scene.school.run(
        scene.school.admin, transferring.admit, _packet(scene)
    ),
    "transferring.prior_records": lambda scene: _read(
        scene, transferring.prior_records, scene.school.things.ada.id
    ),
    "transferring.resend_packet": lambda scene: scene.school.run(
        scene.school.admin, transferring.resend_packet, _brought(scene).id
    ),
    "transferring.send_packet": _packet,
    "transferring.take_packet": _brought,
}

NAMES = sorted(map(str, use_cases()))


def of_verdict(*verdicts: str) -> list[str]:
    return [name for name in NAMES if VERDICTS.get(name, REFUSED) in verdicts]


def test_every_use_case_has_a_verdict_and_every_verdict_a_use_case() -> None:
    assert sorted(VERDICTS) == NAMES


def test_every_use_case_of_a_school_is_called_here() -> None:
    above = {name for name in NAMES if VERDICTS[name] == ABOVE}
    assert sorted(CALLS) == [name for name in NAMES if name not in above | {"following.follow"}]


@pytest.mark.parametrize("name", of_verdict(REFUSED))
def test_a_closed_period_refuses(name: str, scene: Scene) -> None:
    before = scene.state()
    with pytest.raises(PeriodClosed) as caught:
        CALLS[name](scene)
    assert caught.value == SHUT
    assert scene.state() == before


@pytest.mark.parametrize("name", of_verdict(REFUSED))
def test_nothing_but_the_closed_period_was_in_the_way_of(name: str, scene: Scene) -> None:
    reopened(scene)
    before = scene.state()
    CALLS[name](scene)
    assert scene.state() != before


CLOSING_KINDS = {each.name: each for each in AGGREGATES if each.closes_with is not None}


def journals_of(store: Store, semester: int = 1) -> set[tuple[SchoolId, JournalId]]:
    """Return the journals of that semester, in whichever school."""
    shape = shape_of(JOURNALS)
    with store.begin(writing=False) as transaction:
        found = [(at, shape.entity(row)) for at, row in transaction.select(shape.table, None, None)]
    return {(at, journal.id) for at, journal in found if journal.semester == semester}


def rows_in(store: Store, journals: set[tuple[SchoolId, JournalId]]) -> dict[str, list[Row]]:
    """Return every row of what lies in those journals, and they themselves, by kind."""
    found: dict[str, list[Row]] = {}
    with store.begin(writing=False) as transaction:
        for name, aggregate in CLOSING_KINDS.items():
            table = shape_of(aggregate).table
            place = table.place(str(aggregate.closes_with))
            rows = transaction.select(table, None, None)
            found[name] = [row for at, row in rows if (at, row[place]) in journals]
    return found


@pytest.mark.parametrize("name", [each for each in CALLS if VERDICTS[each] != REFUSED])
def test_a_closed_period_lets_pass_and_stays_as_it_is(name: str, scene: Scene) -> None:
    journals = journals_of(scene.store)
    kept = rows_in(scene.store, journals)
    CALLS[name](scene)
    assert rows_in(scene.store, journals) == kept


@pytest.mark.parametrize("share", range(4))
@settings(max_examples=2)
@given(data=st.data())
def test_no_use_case_changes_what_is_archived_whoever_calls_it_with_whatever(
    share: int, data: st.DataObject
) -> None:
    machine = lockstep(lambda: nullcontext(MemoryStore()))()
    try:
        for store in machine.stores:
            archive_everything(store)
        journals = journals_of(machine.stores[0]) | journals_of(machine.stores[0], 2)
        kept = rows_in(machine.stores[0], journals)
        for use_case in use_cases()[share::4]:
            machine.call(use_case, data)
        assert rows_in(machine.stores[0], journals) == kept
    finally:
        machine.teardown()


def archive_everything(store: Store) -> None:
    """Put every semester of every school away, behind the use cases."""
    for school in store.heads():
        if school != REGISTRY:
            store.run(school, System("test"), _archive_all)


def _archive_all(unit: SchoolUnit) -> None:
    for year in unit.years.all():
        for semester in year.semesters:
            lock = PeriodLock(PeriodLockId(unit.new_id()), year.id, semester.number)
            unit.period_locks.add(evolve(lock, state=LockState.ARCHIVED))
    unit.record(Arranged())


# What lies in a semester, and who writes it.


def test_every_kind_that_names_a_journal_closes_with_it_but_for_those_with_a_reason() -> None:
    naming = {
        aggregate.name
        for aggregate in AGGREGATES
        if aggregate is JOURNALS
        or any("JournalId" in str(each.type) for each in attrs.fields(aggregate.entity))
    }
    assert naming - CLOSING_KINDS.keys() == set(STAYS_OPEN)


STAYS_OPEN: Mapping[str, str] = {
    "period_lock": "it is what closes",
    "inspection_note": "closed journals are inspected, too",
    "substitution": "who replaces whom is kept beside the journal",
    "revision_proposal": "to ask for a change is none",
    "correction_request": "three days after the mark a journal may be closed",
}


def test_what_is_kept_is_written_by_chains_alone() -> None:
    source = Path(ejournal.__file__).parent
    writing = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if path.relative_to(source).parts[0] not in {"adapters", "testing"}
        and re.search(r"transaction\.(insert|update|delete)\(", path.read_text("utf-8"))
    }
    assert writing == {"store/chain.py"}


def _repository(unit: SchoolUnit, aggregate: Aggregate[Any]) -> Repository[Any, Any]:
    for name, held in vars(SchoolUnit).items():
        if isinstance(held, holding) and held.aggregate is aggregate:
            found: Repository[Any, Any] = getattr(unit, name)
            return found
    raise LookupError(aggregate.name)


def moved(entity: Any, where: JournalId) -> Any:  # noqa: ANN401 - of any kind
    """Return the record under another address, in that journal."""
    fresh = {"pupil": PupilId(77)} if hasattr(entity, "pupil") else {"id": 77}
    if isinstance(entity, Journal):
        return evolve(entity, version=0, **fresh)
    return evolve(entity, version=0, journal=where, **fresh)


WRITES: Mapping[str, Callable[[Repository[Any, Any], Any, JournalId], object]] = {
    "add": lambda kept, entity, where: kept.add(moved(entity, where)),
    "pour": lambda kept, entity, where: kept.pour([moved(entity, where)]),
    "save": lambda kept, entity, _: kept.save(entity),
    "erase": lambda kept, entity, _: kept.erase(_key(entity)),
}


def _key(entity: Any) -> Any:  # noqa: ANN401 - of any kind
    return getattr(entity, "key", None) or entity.id


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("kind", CLOSING_KINDS)
def test_no_way_to_write_passes_the_guard(kind: str, write: str, scene: Scene) -> None:
    before, closed = scene.state(), scene.school.things.journal.id
    with scene.store.school(ID, System("test")) as unit:
        repository = _repository(unit, CLOSING_KINDS[kind])
        field = str(CLOSING_KINDS[kind].closes_with)
        entity = next(each for each in repository.all() if getattr(each, field) == closed)
        with pytest.raises(PeriodClosed) as caught:
            WRITES[write](repository, entity, closed)
    assert caught.value == SHUT
    assert scene.state() == before


@pytest.mark.parametrize("kind", ["lesson", "journal_column", "journal"])
def test_a_record_is_not_moved_out_of_a_closed_period_nor_into_it(kind: str, scene: Scene) -> None:
    closed = scene.school.things.journal.id
    (opened,) = {at[1] for at in journals_of(scene.store, 2)}
    with scene.store.school(ID, System("test")) as unit:
        repository = _repository(unit, CLOSING_KINDS[kind])
        if kind == "journal":
            out = evolve(unit.journals.get(closed), semester=2)
            into = evolve(unit.journals.get(opened), semester=1)
        else:
            inside = next(each for each in repository.all() if each.journal == closed)
            out = evolve(inside, journal=opened)
            outside = evolve(inside, id=88, journal=opened)
            into = evolve(repository.add(outside), journal=closed)
            unit.record(Arranged())
        for entity in (out, into):
            with pytest.raises(PeriodClosed):
                repository.save(entity)


def test_a_file_of_marks_poured_by_hand_is_refused_as_a_whole(scene: Scene) -> None:
    ada = scene.school.things.ada.id
    marks = [
        column.mark(ada, Grade(9), "", None, NOW) for column in (scene.second_term, scene.term)
    ]
    before = scene.state()
    with pytest.raises(PeriodClosed), scene.store.school(ID, System("test")) as unit:
        unit.marks.pour(marks)
    assert scene.state() == before


# Every door.


def give(unit: SchoolUnit, scene: Scene) -> Mark:
    return marking.give_mark(unit, scene.term.id, pupil=scene.school.things.ada.id, value=Grade(9))


def through_run(scene: Scene) -> object:
    return scene.store.run(ID, scene.teacher, give, scene)


def through_run_once(scene: Scene) -> object:
    return scene.store.run_once("one", ID, scene.teacher, give, scene)


def through_a_block(scene: Scene) -> object:
    with scene.store.school(ID, scene.teacher) as unit:
        return give(unit, scene)


def through_the_registry(scene: Scene) -> object:
    with scene.store.registry(scene.teacher) as unit:
        return give(unit.school(ID), scene)


@pytest.mark.parametrize(
    "door", [through_run, through_run_once, through_a_block, through_the_registry]
)
def test_no_door_leads_into_a_closed_period(door: Callable[[Scene], object], scene: Scene) -> None:
    with pytest.raises(PeriodClosed):
        door(scene)
    reopened(scene)
    door(scene)


def test_within_the_hosts_transaction_the_refusal_leaves_what_the_host_wrote(
    tmp_path: Path,
) -> None:
    clock = Clock(NOW)
    policies = Policies(closing=ALL_GAPS)
    with opened_sql(tmp_path / "ejournal.db", clock, policies) as store:
        scene = arranged(store, clock)
        with store.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE canteen (dish TEXT)")
            connection.exec_driver_sql("INSERT INTO canteen VALUES ('борщ')")
            with (
                store.join(connection, ID, scene.teacher) as unit,
                pytest.raises(PeriodClosed),
            ):
                give(unit, scene)
        with store.engine.connect() as connection:
            dishes = connection.exec_driver_sql("SELECT dish FROM canteen").scalars().all()
        assert list(dishes) == ["борщ"]


# Reopening.


def test_a_reopening_lets_in_until_its_instant_and_not_at_it(scene: Scene) -> None:
    reopened(scene)
    scene.clock.move(HOUR - MS)
    through_run(scene)
    scene.clock.move(MS)
    with pytest.raises(PeriodClosed):
        through_run(scene)


def test_a_reopening_of_a_class_or_journal_lets_in_nothing_else(scene: Scene) -> None:
    things = scene.school.things
    other = scene.school.run(
        scene.school.admin, founding.add_class, things.year.id, ClassLabel(6, "В")
    )
    reopened(scene, school_class=other.id)
    with pytest.raises(PeriodClosed):
        through_run(scene)
    reopened(scene, journal=things.journal.id)
    through_run(scene)


def test_a_locks_state_changes_for_what_follows_in_the_same_unit(scene: Scene) -> None:
    year = scene.school.things.year.id
    both = scene.school.run(System("test"), small_school.granted, Role.DIRECTOR, None)

    def in_turn(unit: SchoolUnit) -> list[bool]:
        answers = [unit.chain.guard.lets(unit.journals.get(scene.school.things.journal.id))]
        closing.reopen_period(unit, scene.lock.id, until=NOW + HOUR, reason="Наказ 12")
        answers.append(unit.chain.guard.lets(unit.journals.get(scene.school.things.journal.id)))
        closing.close_period(unit, year, 1)
        answers.append(unit.chain.guard.lets(unit.journals.get(scene.school.things.journal.id)))
        return answers

    assert scene.school.run(both, in_turn) == [False, True, False]


def test_a_journal_under_two_locks_is_open_when_both_let_it_be(scene: Scene) -> None:
    things = scene.school.things
    reopened(scene)
    own = scene.school.run(
        scene.director, closing.close_period, things.year.id, 1, journal=things.journal.id
    )
    with pytest.raises(PeriodClosed):
        through_run(scene)
    scene.school.run(
        scene.director, closing.reopen_period, own.id, until=NOW + HOUR, reason="Наказ 13"
    )
    through_run(scene)


def test_what_is_archived_is_final(scene: Scene) -> None:
    archived = scene.school.run(scene.director, closing.archive_period, scene.lock.id)
    with pytest.raises(PeriodClosed) as caught:
        through_run(scene)
    assert caught.value == PeriodClosed("2026/27", 1, "archived")
    with pytest.raises(WrongState):
        reopened(scene)
    with scene.store.reading(ID, scene.director) as unit:
        assert unit.period_locks.get(scene.lock.id) == archived


def test_no_code_over_a_unit_opens_or_erases_what_is_archived(scene: Scene) -> None:
    archived = scene.school.run(scene.director, closing.archive_period, scene.lock.id)
    with scene.store.school(ID, System("test")) as unit:
        for write in (
            lambda: unit.period_locks.save(evolve(archived, state=LockState.OPEN)),
            lambda: unit.period_locks.erase(archived.id),
        ):
            with pytest.raises(PeriodClosed):
                write()
        assert unit.period_locks.get(archived.id) == archived


def test_rows_of_a_closed_period_are_refused_one_by_one_also_after_a_reopening_is_over(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    things = scene.school.things
    reopened(scene)
    taking = scene.school.run(scene.school.admin, importing.begin_import, "інший журнал")
    rows = [
        f"{spell_id(scene.term.id)},{spell_id(pupil.id)},9\n"
        for pupil in (things.ada, things.lev, things.yana)
    ]

    def lines() -> Iterator[str]:
        yield "column,pupil,value\n"
        yield rows[0]
        yield rows[1]
        scene.clock.move(HOUR)
        yield rows[2]

    result = importing.import_marks(scene.store, ID, scene.school.admin, taking.id, lines())
    assert (result.progress.taken, result.refusals) == (2, ((4, SHUT),))


# What it costs.


def test_the_guard_costs_a_mark_one_statement_and_further_marks_none(tmp_path: Path) -> None:
    clock = Clock(NOW)
    with opened_sql(tmp_path / "ejournal.db", clock, Policies(closing=ALL_GAPS)) as store:
        scene = arranged(store, clock)
        with overheard(store.engine) as heard, store.school(ID, scene.teacher) as unit:
            for pupil in (scene.school.things.ada, scene.school.things.lev):
                marking.give_mark(unit, scene.second_term.id, pupil=pupil.id, value=Grade(9))
        locks = [each for each in heard if "period_lock" in each.text]
        journals = [each for each in heard if re.search(r'FROM "?ejournal_journal"? ', each.text)]
    assert (len(locks), len(journals)) == (1, 2)


# Checklist and right, as the use cases have them.


def test_a_period_with_gaps_is_not_closed_where_the_policy_says_so() -> None:
    clock = Clock(NOW)
    store = MemoryStore(clock=clock)
    with pytest.raises(GapsLeft) as caught:
        arranged(store, clock)
    assert caught.value == GapsLeft("2026/27", 1, ("no-semester-mark", "no-topic"))


def test_the_checklist_names_journals_and_teachers(scene: Scene) -> None:
    things = scene.school.things
    with scene.store.reading(ID, scene.director) as unit:
        found = closing.closing_checklist(unit, things.year.id, 1)
    whose = things.journal.id, things.main.id
    pupils = tuple(sorted((things.ada.id, things.lev.id)))
    assert found == (
        Gap(GapKind.NO_TOPIC, *whose, (scene.lesson.id,)),
        Gap(GapKind.NO_TOPIC, *whose, (scene.later.id,)),
        Gap(GapKind.NO_SEMESTER_MARK, *whose, (), pupils),
        Gap(GapKind.UNEXPLAINED_ABSENCE, *whose, tuple(scene.waiting.lessons), (things.ada.id,)),
    )


def test_the_ledger_says_who_closed_and_opened_and_not_why_in_words(scene: Scene) -> None:
    reopened(scene, asked_by=scene.school.things.main.id)
    scene.clock.move(HOUR)
    scene.school.run(scene.director, closing.archive_period, scene.lock.id)
    names = ["semester-closed", "semester-reopened", "semester-archived"]
    entries = [each for each in scene.store.entries(ID) if each.event in names]
    assert [each.event for each in entries] == names
    assert all("Наказ 12" not in str(each) for each in entries)
    assert scene.store.verify(ID) == scene.store.audit(ID) == []
