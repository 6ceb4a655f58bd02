"""What can go wrong, as values.

Two branches matter to a caller. A `Refusal` is the model's no: the same call unchanged is
refused again. A `Fault` is the world's: the call was fair and may be tried again as `retry` says.
Every leaf has positional fields (so it can be pickled and copied), a stable `code` for hosts to
map to status codes, and a text in English and Ukrainian.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from attrs import define, fields

from ejournal.reasons import Language, said

__all__ = [
    "AlreadyBound",
    "Duplicate",
    "EjournalError",
    "Fault",
    "FeedStopped",
    "Forbidden",
    "GapsLeft",
    "Incomplete",
    "Invalid",
    "Missing",
    "NeedsDecision",
    "NotAllowedHere",
    "NotEnrolled",
    "NotInstalled",
    "NotOffered",
    "OutcomeUnknown",
    "OwnRequest",
    "PeriodClosed",
    "PluginMisbehaved",
    "ReadOnly",
    "Refusal",
    "SchemaMismatch",
    "Stale",
    "TokenRefused",
    "Unavailable",
    "Unreadable",
    "Unrecorded",
    "WrongState",
]

Retry = Literal["no", "reload", "same"]


@define
class EjournalError(Exception):
    """Root of everything this library raises on purpose."""

    code: ClassVar[str] = "error"
    retry: ClassVar[Retry] = "no"
    texts: ClassVar[tuple[str, str]] = ("something went wrong", "сталася помилка")

    def explain(self, language: Language = "en") -> str:
        """Say what happened in one sentence for a person who reads `language`."""
        template = self.texts[0] if language == "en" else self.texts[1]
        return template.format(**self._facts(language))

    def _facts(self, language: Language) -> dict[str, object]:
        return {
            field.name: said(getattr(self, field.name), language)
            if field.name in _REASONED
            else getattr(self, field.name)
            for field in fields(type(self))
        }

    def __str__(self) -> str:
        return self.explain()

    def __eq__(self, other: object) -> bool:
        """Compare as values, which attrs does not do for exceptions by itself."""
        if type(self) is not type(other):
            return NotImplemented
        names = [field.name for field in fields(type(self))]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        return hash((type(self), self.code))


@define
class Refusal(EjournalError):
    """The model says no; the same call unchanged will be refused again."""

    code: ClassVar[str] = "refused"


@define
class Fault(EjournalError):
    """The world misbehaved; `retry` says whether the same call may be made again."""

    code: ClassVar[str] = "fault"


_REASONED = ("reason", "why")


@define
class Invalid(Refusal):
    """A value that cannot be what `field` says it is; `reason` is a key of `REASONS`.

    The value of a field marked personal stays in `value` and out of the text, because texts
    end in logs.
    """

    code: ClassVar[str] = "invalid"
    texts: ClassVar[tuple[str, str]] = ("{field}: {value}: {reason}", "{field}: {value}: {reason}")
    field: str
    value: str
    reason: str
    personal: bool = False

    def __repr__(self) -> str:
        """Show no more than the text does: representations end in logs too."""
        value = "(not shown)" if self.personal else self.value
        return f"Invalid({self.field!r}, {value!r}, {self.reason!r}, personal={self.personal})"

    def _facts(self, language: Language) -> dict[str, object]:
        hidden = "(not shown)" if language == "en" else "(не показано)"
        return {
            "field": self.field,
            "value": hidden if self.personal else f"«{self.value}»",
            "reason": said(self.reason, language),
        }


@define
class NotAllowedHere(Refusal):
    """The value or act is sound but has no place where it was put."""

    code: ClassVar[str] = "not-allowed-here"
    texts: ClassVar[tuple[str, str]] = ("{what}: {why}", "{what}: {why}")
    what: str
    why: str


@define
class NotEnrolled(Refusal):
    """The pupil is not on the list of this class or subgroup on that day."""

    code: ClassVar[str] = "not-enrolled"
    texts: ClassVar[tuple[str, str]] = (
        "pupil {pupil} is not on the list of {where}",
        "учня {pupil} немає у списку: {where}",
    )
    pupil: int
    where: str


@define
class Forbidden(Refusal):
    """The actor has no right to do this here; `why` says which link is missing."""

    code: ClassVar[str] = "forbidden"
    texts: ClassVar[tuple[str, str]] = (
        "{actor} may not {action}: {why}",
        "{actor} не має права на {action}: {why}",
    )
    actor: str
    action: str
    why: str


@define
class PeriodClosed(Refusal):
    """The semester is closed for this record, and no reopening lets it through now.

    `year` is the school year as a title page names it; `why` is `closed` or `archived`.
    """

    code: ClassVar[str] = "period-closed"
    texts: ClassVar[tuple[str, str]] = (
        "semester {semester} of {year}: {why}",
        "семестр {semester}, {year} навчальний рік: {why}",
    )
    year: str
    semester: int
    why: str


@define
class GapsLeft(Refusal):
    """The period lacks what the policy does not let it be closed without."""

    code: ClassVar[str] = "gaps-left"
    texts: ClassVar[tuple[str, str]] = (
        "semester {semester} of {year} lacks something: {kinds}",
        "семестр {semester}, {year} навчальний рік: не все заповнено: {kinds}",
    )
    year: str
    semester: int
    kinds: tuple[str, ...]

    def _facts(self, language: Language) -> dict[str, object]:
        del language
        kinds = ", ".join(self.kinds)
        return {"year": self.year, "semester": self.semester, "kinds": kinds}


@define
class Missing(Refusal):
    """There is no `kind` under that key in this unit's reach."""

    code: ClassVar[str] = "missing"
    texts: ClassVar[tuple[str, str]] = (
        "no {kind} under {key}",
        "немає запису {kind} за ключем {key}",
    )
    kind: str
    key: tuple[object, ...]


@define
class NotOffered(Missing):
    """No plug-in offers a `kind` of that name; `offered` are the names that there are."""

    code: ClassVar[str] = "not-offered"
    texts: ClassVar[tuple[str, str]] = (
        "no {kind} under {key}; there are {offered}",
        "немає {kind} під назвою {key}; є {offered}",
    )
    offered: tuple[str, ...]

    def _facts(self, language: Language) -> dict[str, object]:
        del language
        key = ", ".join(map(str, self.key))
        return {"kind": self.kind, "key": f"«{key}»", "offered": ", ".join(self.offered)}


@define
class Duplicate(Refusal):
    """A `kind` with the same values of `fields` is there already."""

    code: ClassVar[str] = "duplicate"
    texts: ClassVar[tuple[str, str]] = (
        "a {kind} with the same {fields} is there already: {key}",
        "запис {kind} з таким самим {fields} уже є: {key}",
    )
    kind: str
    fields: tuple[str, ...]
    key: tuple[object, ...]


@define
class Stale(Refusal):
    """Somebody saved first; `current` is what is stored now, and `sent` what was not kept.

    `sent` is None where the caller has it anyway, because it gave it whole.
    """

    code: ClassVar[str] = "stale"
    retry: ClassVar[Retry] = "reload"
    texts: ClassVar[tuple[str, str]] = (
        "{kind} {key} was changed by somebody else meanwhile",
        "запис {kind} {key} тим часом змінив хтось інший",
    )
    kind: str
    key: tuple[object, ...]
    current: object
    sent: object = None

    def __repr__(self) -> str:
        """Show what was changed and not what it says: representations end in logs."""
        return f"Stale({self.kind!r}, {self.key!r}, ...)"


@define
class WrongState(Refusal):
    """The command does not exist in the state the thing is in."""

    code: ClassVar[str] = "wrong-state"
    texts: ClassVar[tuple[str, str]] = (
        "cannot {command} a {kind} that is {state}",
        "дія {command} неможлива: {kind} у стані {state}",
    )
    kind: str
    state: str
    command: str


@define
class Incomplete(Refusal):
    """Items without which the act is refused (the ministry's letter, item 1; rule 97)."""

    code: ClassVar[str] = "incomplete"
    texts: ClassVar[tuple[str, str]] = ("not given: {items}", "не вказано: {items}")
    items: tuple[str, ...]

    def _facts(self, language: Language) -> dict[str, object]:
        del language
        return {"items": ", ".join(self.items)}


@define
class OwnRequest(Refusal):
    """Nobody reviews a request that names them."""

    code: ClassVar[str] = "own-request"
    texts: ClassVar[tuple[str, str]] = (
        "request {request} names the reviewer",
        "у запиті {request} вказано того, хто його розглядає",
    )
    request: int


@define
class NeedsDecision(Refusal):
    """The school has another vendor's journal connected, so its own decision must be on record."""

    code: ClassVar[str] = "needs-decision"
    texts: ClassVar[tuple[str, str]] = (
        "the school already has {system} connected: its recorded decision is needed",
        "у закладі вже підключено {system}: потрібне зафіксоване рішення закладу",
    )
    system: str


@define
class TokenRefused(Refusal):
    """The invitation's token opens nothing: unknown, expired, revoked or replaced.

    Which of these it was is not told to a stranger; a right token that has expired says so.
    """

    code: ClassVar[str] = "token-refused"
    texts: ClassVar[tuple[str, str]] = (
        "this invitation cannot be used: {why}",
        "цим запрошенням не можна скористатися: {why}",
    )
    why: str


@define
class AlreadyBound(Refusal):
    """The identity, the account or the invitation is bound to somebody already."""

    code: ClassVar[str] = "already-bound"
    texts: ClassVar[tuple[str, str]] = ("{what} is bound already", "{what}: уже прив'язано")
    what: str


@define
class Unavailable(Fault):
    """The store or server could not be reached, or gave up under load."""

    code: ClassVar[str] = "unavailable"
    retry: ClassVar[Retry] = "same"
    texts: ClassVar[tuple[str, str]] = ("not available: {why}", "недоступно: {why}")
    why: str


@define
class NotInstalled(Fault):
    """What is asked for needs a package that an extra of the library brings."""

    code: ClassVar[str] = "not-installed"
    texts: ClassVar[tuple[str, str]] = (
        'this needs {package}, which is not installed: pip install "ejournal[{extra}]"',
        'потрібен пакет {package}, який не встановлено: pip install "ejournal[{extra}]"',
    )
    package: str
    extra: str


@define
class OutcomeUnknown(Fault):
    """A commit was sent and its answer never came: look before doing it again.

    `Store.run_once` repeats such a call by itself, since its key tells whether it was kept.
    """

    code: ClassVar[str] = "outcome-unknown"
    retry: ClassVar[Retry] = "reload"
    texts: ClassVar[tuple[str, str]] = (
        "not known whether it was kept: {why}",
        "невідомо, чи збережено: {why}",
    )
    why: str


@define
class SchemaMismatch(Fault):
    """The stored schema is not the one this version reads; no DDL is run to mend it."""

    code: ClassVar[str] = "schema-mismatch"
    texts: ClassVar[tuple[str, str]] = (
        "the schema is {found}, this version needs {needed}",
        "схема {found}, а потрібна {needed}",
    )
    found: str
    needed: str


@define
class FeedStopped(Fault):
    """Some chains could not be handed on to the end; the others were, and the next run goes on."""

    code: ClassVar[str] = "feed-stopped"
    retry: ClassVar[Retry] = "same"
    texts: ClassVar[tuple[str, str]] = (
        "the feed of {chains} stopped: {why}",
        "стрічку {chains} не передано до кінця: {why}",
    )
    chains: tuple[int, ...]
    why: str

    def _facts(self, language: Language) -> dict[str, object]:
        chains = ", ".join(map(str, self.chains))
        return {"chains": chains, "why": said(self.why, language)}


@define
class Unreadable(Fault):
    """Stored or received data that cannot be read back as what it should be."""

    code: ClassVar[str] = "unreadable"
    texts: ClassVar[tuple[str, str]] = (
        "cannot read {what}: {why}",
        "не вдалося прочитати {what}: {why}",
    )
    what: str
    why: str


@define
class Unrecorded(Fault):
    """A unit was left with writes that no event accounts for; it was rolled back."""

    code: ClassVar[str] = "unrecorded"
    texts: ClassVar[tuple[str, str]] = (
        "writes without an event: {kinds}",
        "зміни без події: {kinds}",
    )
    kinds: tuple[str, ...]


@define
class ReadOnly(Fault):
    """A write was asked of a unit that was opened for reading."""

    code: ClassVar[str] = "read-only"
    texts: ClassVar[tuple[str, str]] = (
        "this unit only reads; {kind} was not written",
        "одиниця роботи лише для читання; {kind} не записано",
    )
    kind: str


@define
class PluginMisbehaved(EjournalError):
    """A plug-in broke the contract of a hook; `distribution` is the package to blame."""

    code: ClassVar[str] = "plugin-misbehaved"
    texts: ClassVar[tuple[str, str]] = (
        "plug-in {plugin} of {distribution}, hook {hook}: {why}",
        "розширення {plugin} ({distribution}), точка {hook}: {why}",
    )
    plugin: str
    distribution: str
    hook: str
    why: str
