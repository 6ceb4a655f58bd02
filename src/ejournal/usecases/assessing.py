"""Finals: working a suggestion out, deciding, and telling why a mark is what it is.

A suggestion and a decision are two records. The mark in the column is the decision; suggesting
again leaves it alone, whatever it comes to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from attrs import field, frozen

from ejournal.authority import require
from ejournal.ids import ClassId, ColumnId, JournalId, PupilId
from ejournal.model.assessment import Calculation, Suggestion, Target, target_of
from ejournal.model.attendance import Absence, missed
from ejournal.model.calendar import Period
from ejournal.model.declaration import PERSONAL
from ejournal.model.events import FinalDecided, FinalsSuggested
from ejournal.model.explanation import explain
from ejournal.model.journal import Column, Journal, Mark, MarkKey
from ejournal.model.marks import MarkValue
from ejournal.model.page import topic_of
from ejournal.model.people import Enrolment, acting_staff
from ejournal.model.permissions import Action
from ejournal.model.seeing import seen
from ejournal.reasons import Language
from ejournal.rules.finals import PlacedMark, annual, certificate, semester, thematic
from ejournal.rules.packs import Ruling, pack_for
from ejournal.rules.review import MarkRemark, mark_remarks
from ejournal.ruling import changed_beside, ruling, terms_of
from ejournal.store import SchoolUnit

__all__ = [
    "ExplainedFinal",
    "certificate_average",
    "decide_final",
    "explain_final",
    "review_marks",
    "suggest_column",
    "suggest_final",
]


def suggest_final(unit: SchoolUnit, column: ColumnId, *, pupil: PupilId) -> Suggestion:
    """Work out what a pupil's thematic, semester or annual mark could be, and keep it.

    What comes to the same as before is kept as it was. Raises `NotEnrolled` for a pupil whom the
    journal is not about, `NotAllowedHere` for a column that holds no final, and `Missing` where
    no rules cover the class.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, journal)
    rules = ruling(unit, journal)
    day = rules.terms.nearest(unit.today)
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, day, unit.enrolments.of_pupil(pupil), subgroup)
    (kept,) = _kept(unit, place, [pupil], _calculating(unit, place, journal, rules))
    return kept


def suggest_column(unit: SchoolUnit, column: ColumnId) -> list[Suggestion]:
    """Work finals out for everybody on the journal's list, by pupil.

    Raises `NotAllowedHere` for a column that holds no final, and `Missing` where no rules cover
    the class.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, journal)
    rules = ruling(unit, journal)
    pupils = sorted(_listed(unit, journal, rules))
    return _kept(unit, place, pupils, _calculating(unit, place, journal, rules))


def decide_final(
    unit: SchoolUnit,
    column: ColumnId,
    *,
    pupil: PupilId,
    value: MarkValue,
    reason: str = "",
    comment: str = "",
    expected: int | None = None,
) -> Mark:
    """Give a final mark as the teacher's decision (rule 39).

    The ledger keeps who decided, what had been suggested, and the reason: for not following it, or
    for changing a mark that stands. `expected` is the version that the caller has seen, as in
    `give_mark`. Raises `Incomplete` where a suggestion is not followed without a reason,
    `NotAllowedHere` for a column that holds no final, a value that the rules refuse, another's
    mark, one that is not changed without a reason or beside which a corrected one would be no
    better (rule 41), `Stale`, and `NotEnrolled`.
    """
    place = unit.columns.get(column)
    journal = unit.journals.get(place.journal)
    require(unit, Action.GIVE_MARK, journal)
    target_of(place)
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    journal.admit(pupil, unit.today, unit.enrolments.of_pupil(pupil), subgroup)
    others = unit.marks.of_others(place.id, pupil, journal.id)
    ruling(unit, journal).admit(value, place, among=others)
    mark = place.mark(pupil, value, comment, acting_staff(unit.actor), unit.now)
    suggestion = unit.suggestions.find(mark.key)
    suggested = None if suggestion is None else suggestion.answered(value, reason)
    standing = seen("mark", mark.key, unit.marks.find(mark.key), expected=expected, sent=mark)
    unit.policies.correcting.admit(standing, mark.author, unit.today, unit.zone, reason)
    kept, old = unit.marks.put(changed_beside(unit, place, standing, mark), standing)
    unit.record(FinalDecided(*mark.key, old, value, suggested, reason))
    return kept


@frozen
class ExplainedFinal:
    """A final mark beside what was suggested, with the reason given for not following it.

    There is no reason where the mark followed the suggestion, was given in another way since, or
    was decided on before anything was suggested.
    """

    mark: Mark | None
    suggestion: Suggestion | None
    reason: str = field(metadata=PERSONAL)

    @property
    def departs(self) -> bool:
        """Whether the mark is another one than is suggested now."""
        if self.mark is None or self.suggestion is None or self.suggestion.value is None:
            return False
        return self.mark.value != self.suggestion.value

    def lines(self, language: Language = "uk") -> tuple[str, ...]:
        """Return the steps of the suggestion, one a line; none where nothing was worked out."""
        return () if self.suggestion is None else explain(self.suggestion.calculation, language)


def explain_final(unit: SchoolUnit, column: ColumnId, *, pupil: PupilId) -> ExplainedFinal:
    """Return why a final mark is what it is; raises `NotAllowedHere` for no column of finals."""
    place = unit.columns.get(column)
    require(unit, Action.READ_JOURNAL, unit.journals.get(place.journal))
    target_of(place)
    key = MarkKey(place.journal, place.id, pupil)
    found = unit.marks.find(key)
    mark = None if found is None or found.void else found
    reason = "" if mark is None else _reason(unit, key)
    return ExplainedFinal(mark, unit.suggestions.find(key), reason)


def _reason(unit: SchoolUnit, key: MarkKey) -> str:
    latest = next(unit.marks.history(key))
    return str(latest.told["reason"] or "") if latest.event == FinalDecided.name else ""


def certificate_average(unit: SchoolUnit, school_class: ClassId, *, pupil: PupilId) -> Calculation:
    """Work out the average of a pupil's certificate from the finals of a class (rule 48).

    Nothing is kept: `evaluate` gives the number, in tenths, or None where no mark counts. Raises
    `Missing` where no rules cover the class.
    """
    owner = unit.classes.get(school_class)
    require(unit, Action.READ_JOURNAL, owner)
    year = unit.years.get(owner.year)
    pack = pack_for(
        owner.label.grade,
        school_year=year.first_day.year,
        on=year.last_day,
        form=year.form,
        packs=unit.policies.rule_packs,
    )
    journals = {journal.id for journal in unit.journals.of_class(owner.id)}
    marks = [mark for mark in unit.marks.undated_of(pupil) if mark.journal in journals]
    columns = unit.columns.each(mark.column for mark in marks)
    return certificate(pack, map(PlacedMark, columns, marks))


def review_marks(unit: SchoolUnit, journal: JournalId) -> tuple[MarkRemark, ...]:
    """Return what the rules remark on in a journal's marks; nothing of it stops the school.

    Raises `Missing` where no rules cover the class.
    """
    opened = unit.journals.get(journal)
    require(unit, Action.READ_JOURNAL, opened)
    terms = terms_of(unit, opened)
    return mark_remarks(
        unit.columns.of_journal(opened.id),
        unit.marks.of_journal(opened.id),
        unit.absences.of_journal(opened.id),
        lambda column: Ruling.of(terms, column.day or terms.last_day, unit.policies.rule_packs),
    )


def _kept(
    unit: SchoolUnit,
    place: Column,
    pupils: Iterable[PupilId],
    calculate: Callable[[PupilId], Calculation],
) -> list[Suggestion]:
    made = [
        Suggestion.of(MarkKey(place.journal, place.id, pupil), calculate(pupil), unit.now)
        for pupil in pupils
    ]
    renewed = [unit.suggestions.renew(suggestion) for suggestion in made]
    if fresh := sum(is_new for _, is_new in renewed):
        unit.record(FinalsSuggested(place.journal, place.id, fresh))
    return [suggestion for suggestion, _ in renewed]


def _listed(unit: SchoolUnit, journal: Journal, rules: Ruling) -> frozenset[PupilId]:
    """Return whom the journal is about today, or on the last day of its semester once it is over.

    So a journal of years ago can be worked out again.
    """
    subgroup = None if journal.subgroup is None else unit.subgroups.get(journal.subgroup)
    day = rules.terms.nearest(unit.today)
    return journal.roll(unit.enrolments.of_class(journal.school_class), Period(day, day), subgroup)


def _calculating(
    unit: SchoolUnit, place: Column, journal: Journal, rules: Ruling
) -> Callable[[PupilId], Calculation]:
    """Return what works a pupil's final out, with everything read that it takes."""
    target = target_of(place)
    if target is Target.ANNUAL:
        return _of_year(unit, journal, rules)
    columns = [each for each in unit.columns.of_journal(journal.id) if not each.struck]
    in_topic = target is Target.THEMATIC
    book = _Book.of(unit, [journal], topic_of(place, columns) if in_topic else columns)
    work_out = thematic if in_topic else semester
    return lambda pupil: work_out(rules, book.entries(pupil), missed_all=book.has_missed_all(pupil))


def _of_year(unit: SchoolUnit, journal: Journal, rules: Ruling) -> Callable[[PupilId], Calculation]:
    journals = [
        each
        for each in unit.journals.of_class(journal.school_class)
        if each.subject == journal.subject
    ]
    columns = chain.from_iterable(unit.columns.of_journal(each.id) for each in journals)
    book = _Book.of(unit, journals, columns)
    numbers = {each.id: each.semester for each in journals}
    year = unit.years.get(journal.year)

    def calculate(pupil: PupilId) -> Calculation:
        of_semester: dict[int, list[PlacedMark]] = {each.number: [] for each in year.semesters}
        for entry in book.entries(pupil):
            of_semester[numbers[entry.mark.journal]].append(entry)
        return annual(rules, of_semester)

    return calculate


@frozen
class _Book:
    """What stands in some columns of journals of one class, by pupil."""

    columns: Mapping[ColumnId, Column]
    enrolments: Sequence[Enrolment]
    marks: Mapping[PupilId, Sequence[Mark]]
    absences: Mapping[PupilId, Sequence[Absence]]

    @classmethod
    def of(cls, unit: SchoolUnit, journals: Sequence[Journal], columns: Iterable[Column]) -> _Book:
        """Read what stands there."""
        marks: defaultdict[PupilId, list[Mark]] = defaultdict(list)
        absences: defaultdict[PupilId, list[Absence]] = defaultdict(list)
        for journal in journals:
            for mark in unit.marks.of_journal(journal.id):
                marks[mark.pupil].append(mark)
            for absence in unit.absences.of_journal(journal.id):
                absences[absence.pupil].append(absence)
        enrolments = tuple(unit.enrolments.of_class(journals[0].school_class))
        return cls({each.id: each for each in columns}, enrolments, marks, absences)

    def entries(self, pupil: PupilId) -> Iterator[PlacedMark]:
        """Yield the pupil's marks in these columns."""
        for mark in self.marks.get(pupil, ()):
            if mark.column in self.columns:
                yield PlacedMark(self.columns[mark.column], mark)

    def has_missed_all(self, pupil: PupilId) -> bool:
        """Say whether the pupil was at none of the lessons that these columns stand under."""
        there = [each for each in self.enrolments if each.pupil == pupil]
        lessons = {
            column.lesson: column.day
            for column in self.columns.values()
            if column.lesson and column.day and any(each.covers(column.day) for each in there)
        }
        gone = missed(lessons, self.absences.get(pupil, ()))
        return 0 < len(lessons) == gone.lessons
