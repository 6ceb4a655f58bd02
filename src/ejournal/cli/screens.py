"""What people see: values of the model as tables and lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen
from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ejournal.cli.words import Words
from ejournal.ids import SchoolId, StaffId, spell_id
from ejournal.model.access import Cabinet, Invitation
from ejournal.model.attendance import Absence
from ejournal.model.closing import Gap
from ejournal.model.connection import AccessRequest
from ejournal.model.diary import DiaryDay, DiaryEntry, DiaryMark, DiaryWeek
from ejournal.model.identifiers import PersonName
from ejournal.model.journal import ColumnKind
from ejournal.model.ledger import Finding
from ejournal.model.marks import label_of
from ejournal.model.page import Cell, JournalPage, PageColumn
from ejournal.model.request_items import Flaw, Found, Item
from ejournal.model.school import School
from ejournal.reasons import said
from ejournal.store.steps import Step
from ejournal.usecases.assessing import ExplainedFinal
from ejournal.usecases.connecting import DirectoryImport, Review
from ejournal.usecases.delivering import DeliveryReport
from ejournal.usecases.overseeing import ConnectionOverview
from ejournal.usecases.reading import MarkChange

__all__ = ["Screens"]


@frozen
class Screens:
    """Pictures of values, in one language and one time zone."""

    words: Words
    time_zone: str

    def facts(self, title: str, pairs: Iterable[tuple[str, object]]) -> RenderableType:
        """Show named values, one a line; those that are empty are left out."""
        table = _table(title)
        table.show_header = False
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in pairs:
            if value not in (None, ""):
                table.add_row(name, str(value))
        return table

    def listing(
        self, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]
    ) -> RenderableType:
        """Show rows under headings; the first column is never broken."""
        table = _table(title)
        for place, heading in enumerate(headings):
            table.add_column(self.words(f"column.{heading}"), no_wrap=place == 0, overflow="fold")
        for row in rows:
            table.add_row(*(("" if cell is None else str(cell)) for cell in row))
        return table

    def requests(self, requests: Iterable[AccessRequest]) -> RenderableType:
        """Show requests, one a line."""
        return self.listing(
            self.words("title.requests"),
            ("id", "state", "received", "school", "diso", "missing"),
            (
                (
                    spell_id(request.id),
                    self.words(f"request.{request.state.value}"),
                    self.moment(request.received_at),
                    request.items.school_name,
                    request.diso_id,
                    ", ".join(self.item(item) for item in request.items.missing),
                )
                for request in requests
            ),
        )

    def review(self, seen: Review) -> RenderableType:
        """Show a request with where its items stood, and what the directory says against it."""
        request = seen.request
        where = {found.item: found for found in request.found}
        wrong = {flaw.item: flaw for flaw in request.flaws}
        items = self.listing(
            self.words("title.request", number=spell_id(request.id)),
            ("item", "value", "found"),
            (
                (
                    self.item(item),
                    self._given(getattr(request.items, item.value), wrong.get(item)),
                    self._where(where.get(item)),
                )
                for item in Item
            ),
        )
        return Group(items, self._about(request), self._mismatches(seen))

    def _given(self, value: object, flaw: Flaw | None) -> str:
        if value is not None:
            return str(value)
        if flaw is None:
            return self.words("review.absent")
        return self.words("review.flaw", raw=flaw.raw, why=said(flaw.reason, self.words.language))

    def _where(self, found: Found | None) -> str:
        if found is None:
            return ""
        return self.words("review.where", part=found.part, line=found.line)

    def _about(self, request: AccessRequest) -> RenderableType:
        return self.facts(
            "",
            (
                (self.words("column.state"), self.words(f"request.{request.state.value}")),
                (self.words("column.received"), self.moment(request.received_at)),
                (self.words("column.sender"), request.sender),
                (self.words("column.linked"), _spelled(request.linked_to)),
                (self.words("column.rejection"), request.rejection),
                (self.words("column.delivery-problem"), request.delivery_problem),
            ),
        )

    def _mismatches(self, seen: Review) -> RenderableType:
        lines: list[RenderableType] = []
        if seen.entry is None:
            lines.append(Text(self.words("review.not-in-directory")))
        elif not seen.mismatches:
            lines.append(Text(self.words("review.agrees")))
        else:
            lines.append(
                self.listing(
                    self.words("title.mismatches"),
                    ("item", "asked", "known"),
                    (
                        (self.item(one.item), one.asked, one.known or self.words("review.absent"))
                        for one in seen.mismatches
                    ),
                )
            )
        if seen.other_system:
            lines.append(Text(self.words("review.other-system", system=seen.other_system)))
        lines.extend(
            Text(self.words("review.linked", number=spell_id(other.id))) for other in seen.linked
        )
        return Group(*lines)

    def school(self, school: School) -> RenderableType:
        """Show the card of a school."""
        return self.facts(
            school.name,
            (
                (self.words("column.id"), spell_id(school.id)),
                (self.words("column.diso"), school.diso_id),
                (self.words("column.edrpou"), school.edrpou),
                (self.words("column.region"), school.region.label),
                (self.words("column.community"), school.community),
                (self.words("column.state"), self.words(f"school.{school.state.value}")),
                (
                    self.words("column.system"),
                    school.vendor or self.words(f"system.{school.journal_system.value}"),
                ),
            ),
        )

    def page(self, page: JournalPage, *, ids: bool = False) -> RenderableType:
        """Show a class journal as it lies open: marks on one side, lessons on the other."""
        heading = page.heading
        title = self.words(
            "page.title",
            school_class=heading.school_class,
            subject=heading.subject,
            semester=heading.semester,
            year=heading.year,
            teachers=", ".join(name.short for name in heading.teachers),
        )
        table = _table(title)
        table.collapse_padding = True
        if ids:
            table.add_column(self.words("column.id"), no_wrap=True)
        table.add_column(self.words("column.pupil"), no_wrap=True)
        for place in page.columns:
            table.add_column(_column_heading(place, ids=ids), justify="center")
        for row in page.rows:
            number = (spell_id(row.pupil.id),) if ids else ()
            cells = (self._cell(cell) for cell in row.cells)
            noted = f" ({row.note})" if row.note else ""
            table.add_row(*number, f"{_two_names(row.pupil.name)}{noted}", *cells)
        return Group(table, self._lessons(page, ids=ids))

    def _cell(self, cell: Cell) -> str:
        shown = [] if cell.mark is None else [label_of(cell.mark.value)]
        if cell.absence is not None:
            shown.append(self._absence(cell.absence))
        return " ".join(shown)

    def _absence(self, absence: Absence) -> str:
        if absence.code is not None:
            return label_of(absence.code)
        here = [self.words("page.remote")] if absence.remote else []
        if absence.minutes_late:
            here.append(self.words("page.late", minutes=absence.minutes_late))
        return " ".join(here)

    def _lessons(self, page: JournalPage, *, ids: bool) -> RenderableType:
        return self.listing(
            self.words("title.lessons"),
            (*(("id",) if ids else ()), "day", "bell", "plan-no", "topic", "homework"),
            (
                (
                    *((spell_id(lesson.id),) if ids else ()),
                    f"{lesson.day:%d.%m.%Y}",
                    lesson.bell,
                    lesson.plan_no,
                    lesson.topic,
                    lesson.homework,
                )
                for lesson in page.lessons
            ),
        )

    def diary(self, week: DiaryWeek) -> RenderableType:
        """Show a week of a diary, a line for each lesson."""
        title = self.words(
            "diary.title",
            pupil=week.pupil.name.full,
            first=f"{week.period.first:%d.%m.%Y}",
            last=f"{week.period.last:%d.%m.%Y}",
        )
        table = _table(title)
        for heading in ("day", "bell", "subject", "topic", "due", "mark"):
            table.add_column(self.words(f"column.{heading}"), overflow="fold")
        for day in week.days:
            self._diary_day(table, day)
        undated = ", ".join(
            f"{one.subject.name}, {one.column.heading}: {label_of(one.mark.value)}"
            for one in week.undated
        )
        return Group(table, Text(self.words("diary.undated", marks=undated))) if undated else table

    def _diary_day(self, table: Table, day: DiaryDay) -> None:
        name = self.words(f"weekday.{day.day.weekday()}")
        for place, entry in enumerate(day.entries):
            table.add_row(
                f"{name} {day.day:%d.%m}" if place == 0 else "",
                str(entry.lesson.bell),
                entry.subject.short_name or entry.subject.name,
                entry.lesson.topic,
                "; ".join(entry.homework),
                self._diary_marks(entry),
            )
        for mark in day.marks:
            table.add_row("", "", mark.subject.name, mark.column.heading, "", _label(mark))
        if not day.entries and not day.marks:
            table.add_row(f"{name} {day.day:%d.%m}", "", self.words("diary.free"))

    def _diary_marks(self, entry: DiaryEntry) -> str:
        shown = [
            f"{_label(one)} ({one.column.heading})"
            if one.column.heading != ColumnKind.CURRENT.label
            else _label(one)
            for one in entry.marks
        ]
        if entry.absence is not None:
            shown.append(self._absence(entry.absence))
        return ", ".join(shown)

    def history(
        self, changes: Iterable[MarkChange], names: Mapping[StaffId | None, PersonName]
    ) -> RenderableType:
        """Show how a mark came to be what it is, the latest change first."""
        return self.listing(
            self.words("title.history"),
            ("when", "author", "before", "after", "why", "comment"),
            (
                (
                    self.moment(change.at),
                    names[change.author].short if change.author in names else "",
                    "" if change.old is None else label_of(change.old),
                    "" if change.new is None else label_of(change.new),
                    _why(change),
                    change.comment,
                )
                for change in changes
            ),
        )

    def final(self, name: PersonName, explained: ExplainedFinal) -> RenderableType:
        """Show why a final mark is what it is: step by step, and the decision."""
        mark = explained.mark
        decided = (
            (self.words("column.decided"), "" if mark is None else label_of(mark.value)),
            (self.words("column.why"), explained.reason),
        )
        steps = (Text(f"  {line}") for line in explained.lines(self.words.language))
        return Group(self.facts(_two_names(name), decided), *steps)

    def gaps(self, rows: Iterable[tuple[str, str, Gap]]) -> RenderableType:
        """Show what journals lack; each gap comes with the journal and its teacher."""
        counted = Counter((journal, who, gap.kind) for journal, who, gap in rows)
        return self.listing(
            self.words("title.gaps"),
            ("journal", "teacher", "gap", "times"),
            (
                (journal, who, self.words(f"gap.{kind.value}"), times)
                for (journal, who, kind), times in counted.items()
            ),
        )

    def connections(self, overview: ConnectionOverview) -> RenderableType:
        """Show how far schools have come: the numbers, then the list."""
        numbers = self.listing(
            self.words("title.connections"),
            ("state", "count"),
            (
                (self.words(f"connection.{state.value}"), count)
                for state, count in overview.numbers.items()
            ),
        )
        schools = self.listing(
            "",
            ("diso", "school", "community", "state"),
            (
                (
                    one.diso_id,
                    one.name,
                    one.community,
                    self.words(f"connection.{one.state.value}"),
                )
                for one in overview.schools
            ),
        )
        return Group(numbers, schools)

    def directory(self, result: DirectoryImport) -> RenderableType:
        """Show what an import did, and the rows it refused."""
        counted = Text(
            self.words(
                "directory.done", added=result.added, changed=result.changed, same=result.same
            )
        )
        if not result.refusals:
            return counted
        refused = self.listing(
            self.words("title.refused-rows"),
            ("line", "why"),
            ((line, error.explain(self.words.language)) for line, error in result.refusals),
        )
        return Group(counted, refused)

    def delivery(self, report: DeliveryReport) -> RenderableType:
        """Show what came of a run of the outbox."""
        return Text(
            self.words(
                "letters.done",
                sent=report.sent,
                postponed=report.postponed,
                refused=report.refused,
                cancelled=report.cancelled,
            )
        )

    def cabinets(self, rows: Iterable[tuple[Cabinet, str]]) -> RenderableType:
        """Show the cabinets somebody may enter, under the names `--cabinet` takes."""
        return self.listing(self.words("title.cabinets"), ("cabinet", "role"), self._named(rows))

    def _named(self, rows: Iterable[tuple[Cabinet, str]]) -> Iterable[Sequence[object]]:
        return ((name, self.words(f"role.{cabinet.role.value}")) for cabinet, name in rows)

    def invitations(self, invitations: Iterable[Invitation]) -> RenderableType:
        """Show invitations that wait."""
        return self.listing(
            self.words("title.invitations"),
            ("id", "person", "address", "until"),
            (
                (
                    spell_id(invitation.id),
                    invitation.name.full,
                    invitation.address,
                    self.moment(invitation.expires_at),
                )
                for invitation in invitations
            ),
        )

    def findings(self, findings: Sequence[tuple[SchoolId, Finding]]) -> RenderableType:
        """Show what does not agree in ledgers, or that all does."""
        if not findings:
            return Text(self.words("ledger.agrees"))
        return self.listing(
            self.words("title.findings"),
            ("chain", "entry", "flaw", "what"),
            (
                (
                    spell_id(chain),
                    finding.seq,
                    self.words(f"flaw.{finding.flaw.value}"),
                    finding.what,
                )
                for chain, finding in findings
            ),
        )

    def steps(self, version: int, pending: Sequence[Step]) -> RenderableType:
        """Show the steps to come, or that there are none."""
        if not pending:
            return Text(self.words("schema.done", version=version))
        return self.listing(
            self.words("title.steps", version=version),
            ("step", "phase", "what"),
            (
                (step.number, self.words(f"phase.{step.phase.value}"), step.title)
                for step in pending
            ),
        )

    def item(self, item: Item) -> str:
        """Return what an item of a request is called."""
        return self.words(f"item.{item.value}")

    def moment(self, at: datetime) -> str:
        """Return an instant as the clock on the wall shows it."""
        return f"{at.astimezone(ZoneInfo(self.time_zone)):%d.%m.%Y %H:%M}"


def _table(title: str) -> Table:
    return Table(
        title=Text(title) if title else None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )


_NARROW = {
    ColumnKind.CURRENT: "",
    ColumnKind.DIAGNOSTIC: "Діагн.",
    ColumnKind.THEMATIC: "Тем.",
    ColumnKind.SEMESTER: "Сем.",
    ColumnKind.CORRECTED: "Скор.",
    ColumnKind.FINAL: "Підс.",
}


def _column_heading(place: PageColumn, *, ids: bool) -> str:
    column = place.column
    day = f"{column.day:%d.%m}" if column.day else ""
    heading = _NARROW.get(column.kind, column.heading)
    lines = [day, heading if column.heading == column.kind.label else column.heading]
    if ids:
        lines.append(spell_id(column.id))
    return "\n".join(filter(None, lines))


def _two_names(name: PersonName) -> str:
    return f"{name.family} {name.given}"


def _label(entry: DiaryMark) -> str:
    return label_of(entry.mark.value)


def _spelled(number: int | None) -> str:
    return "" if number is None else spell_id(number)


def _why(change: MarkChange) -> str:
    if change.kind is None:
        return ""
    return f"{change.kind.label}: {change.reason}" if change.reason else change.kind.label
