"""From when on a diary shows a mark: by column, by who reads, and by the instant.

A journal's page shows a mark to its teachers at once. In a diary it may have to wait, until the
lesson is over, until an hour of the day, for some minutes, or until the teacher publishes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo
from enum import Enum

from attrs import evolve, frozen

from ejournal.errors import Invalid
from ejournal.ids import ColumnId, instant
from ejournal.model.journal import ColumnKind, Mark
from ejournal.model.permissions import Role

__all__ = ["AT_ONCE", "Publication", "PublishRule", "PublishWhen", "Publishing", "RoleRule"]


class PublishWhen(Enum):
    """What a mark waits for before a diary shows it."""

    AT_ONCE = "at-once"
    LESSON_END = "lesson-end"
    AT_TIME = "at-time"
    AFTER_DELAY = "after-delay"
    WHEN_PUBLISHED = "when-published"


@frozen
class PublishRule:
    """From when on a mark is shown: `at` is the hour of the day, `minutes` how long it waits.

    Raises `Invalid` for an hour or minutes that the rule does not need, and without those it does.
    """

    when: PublishWhen = PublishWhen.AT_ONCE
    at: time | None = None
    minutes: int | None = None

    def __attrs_post_init__(self) -> None:
        if (self.at is not None) is not (self.when is PublishWhen.AT_TIME):
            raise Invalid("at", str(self.at or ""), "pattern" if self.at else "absent")
        if (self.minutes is not None) is not (self.when is PublishWhen.AFTER_DELAY):
            raise Invalid("minutes", str(self.minutes), "pattern" if self.minutes else "absent")
        if self.minutes is not None and self.minutes < 1:
            raise Invalid("minutes", str(self.minutes), "range")

    def visible_from(
        self,
        mark: Mark,
        zone: tzinfo,
        *,
        lesson_end: datetime | None = None,
        published_at: datetime | None = None,
    ) -> datetime | None:
        """Return the first instant at which a mark is shown, or None while there is none.

        No mark is shown before it was given, and one that was changed waits anew. A mark under no
        lesson has no end of a lesson to wait for. The hour is that of the day on which the mark
        was given, or of its column's day where that one is later.
        """
        match self.when:
            case PublishWhen.LESSON_END:
                return max(mark.given_at, lesson_end or mark.given_at)
            case PublishWhen.AT_TIME:
                return max(mark.given_at, self._hour_of(mark, zone))
            case PublishWhen.AFTER_DELAY:
                return mark.given_at + timedelta(minutes=self.minutes or 0)
            case PublishWhen.WHEN_PUBLISHED:
                return None if published_at is None else max(mark.given_at, published_at)
            case _:
                return mark.given_at

    def _hour_of(self, mark: Mark, zone: tzinfo) -> datetime:
        given = mark.given_at.astimezone(zone).date()
        day = given if mark.day is None else max(given, mark.day)
        return instant(datetime.combine(day, self.at or time(), zone))


AT_ONCE = PublishRule()
"""The rule where none is set."""


@frozen
class RoleRule:
    """The rule for one role; without a `kind`, for columns of every kind."""

    role: Role
    rule: PublishRule
    kind: ColumnKind | None = None


def _rule_for(rules: Iterable[RoleRule], role: Role, kind: ColumnKind) -> PublishRule | None:
    own = [each for each in rules if each.role is role and each.kind in {None, kind}]
    return next((each.rule for each in sorted(own, key=lambda each: each.kind is None)), None)


@frozen
class Publishing:
    """What the host decided for all columns that have no rule of their own.

    No act says when a diary has to show a mark; by default everybody sees it at once.
    """

    rules: tuple[RoleRule, ...] = ()

    def rule(self, role: Role, kind: ColumnKind) -> PublishRule:
        """Return the rule for a role: that of the column's kind before that of every kind."""
        return _rule_for(self.rules, role, kind) or AT_ONCE


@frozen
class Publication:
    """The rules of one column in place of the host's, and when its teacher published it."""

    column: ColumnId
    rules: tuple[RoleRule, ...] = ()
    published_at: datetime | None = None
    version: int = 0

    def rule(self, role: Role, kind: ColumnKind, otherwise: Publishing) -> PublishRule:
        """Return the column's own rule for a role, or else the host's."""
        return _rule_for(self.rules, role, kind) or otherwise.rule(role, kind)

    def ruled(self, rules: Iterable[RoleRule]) -> Publication:
        """Return the column under those rules in place of what it had."""
        return evolve(self, rules=tuple(rules))

    def published(self, at: datetime) -> Publication:
        """Return the column published; one that was already stays as it was."""
        return self if self.published_at is not None else evolve(self, published_at=at)
