"""What can go wrong, as values.

Two branches matter to a caller. A `Refusal` is the model's no: the same call unchanged is
refused again. A `Fault` is the world's: the call was fair and may be tried again as `retry` says.
Every leaf has positional fields (so it can be pickled and copied), a stable `code` for hosts to
map to status codes, and a text in English and Ukrainian.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from attrs import define, fields

__all__ = [
    "REASONS",
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

Language = Literal["en", "uk"]
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
            field.name: _said(getattr(self, field.name), language)
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


REASONS: dict[str, tuple[str, str]] = {
    "aborted": (
        "a statement in its transaction failed, and it can only be rolled back",
        "команда в його транзакції зазнала невдачі, її можна лише відкотити",
    ),
    "absent": ("nothing is given", "не вказано"),
    "absent-there": (
        "the pupil was absent there, and these rules let no mark stand beside an absence",
        "учень був відсутній, а за цими правилами оцінка поряд із відсутністю не ставиться",
    ),
    "accepted": ("it was accepted already", "його вже прийнято"),
    "alphabet": ("it has letters that do not belong here", "має літери, яких тут не може бути"),
    "ambiguous": ("it can be read in more than one way", "можна прочитати по-різному"),
    "another-account": ("the account is another person's", "обліковий запис іншої особи"),
    "archived": ("it lies in the archive", "його передано до архіву"),
    "autocommit": (
        "it commits each statement by itself",
        "воно фіксує кожну команду окремо",
    ),
    "another-person": ("it is about another person", "це про іншу особу"),
    "another-client": ("it belongs to another client", "належить іншому клієнту"),
    "category": ("the kind of place does not fit", "не той вид населеного пункту"),
    "before-application": (
        "the order is from before the application",
        "наказ видано раніше, ніж подано заяву",
    ),
    "beside-another": (
        "it stands beside the column that it corrects, and goes with it",
        "вона стоїть поруч зі стовпцем, який коригує, і разом із ним",
    ),
    "chair-is-no-head": (
        "the chair is neither the head nor a deputy",
        "голова комісії не є ні керівником, ні заступником",
    ),
    "changed-since": (
        "something that moved was changed since then",
        "відтоді змінено те, що було перенесено",
    ),
    "checksum": ("the check digit does not match", "контрольна цифра не збігається"),
    "closed": ("it is closed", "його закрито"),
    "conflicts": (
        "both records say something of the same cell or day",
        "обидва записи мають щось у тій самій клітинці або в той самий день",
    ),
    "corrected-beside": (
        "a corrected mark stands beside it, and has to be better than it",
        "поряд стоїть скоригована оцінка, і вона має бути вищою",
    ),
    "country": ("it belongs to another country", "належить іншій країні"),
    "date": ("the date in it does not exist", "такої дати немає"),
    "dialling-code": ("no town or operator has that code", "такого коду міста чи оператора немає"),
    "digits": ("it must be made of digits", "має складатися з цифр"),
    "enrolled-elsewhere": (
        "the pupil is on a class list since then",
        "учень відтоді вже у списку класу",
    ),
    "fields": (
        "it has more fields than the header, or fewer",
        "полів більше або менше, ніж у заголовку",
    ),
    "expired": ("its time has run out", "термін дії закінчився"),
    "extension": (
        "it has an extension; a direct number is needed",
        "має додатковий номер, а потрібен прямий",
    ),
    "format": ("its format is not one that is read here", "такий формат тут не читають"),
    "guessable": ("it is too easy to guess", "надто легко вгадати"),
    "had-one-already": (
        "the institute has had its first operator",
        "перший оператор в інституту вже був",
    ),
    "has-absences": ("an absence stands under it", "під ним є відмітки про відсутність"),
    "has-homework-due": (
        "homework is due at it; set that for another lesson first",
        "на нього задано домашнє завдання: спершу перенесіть його на інший урок",
    ),
    "has-left": ("this person has left the school", "ця особа вже не працює в закладі"),
    "has-marks": ("marks stand under it", "під ним є оцінки"),
    "in-parallel-subgroup": (
        "in a subgroup that is taught at the same time too",
        "є також у підгрупі, яку навчають у той самий час",
    ),
    "initials": ("initials stand where the names should", "замість імені стоять ініціали"),
    "kept-too-long": (
        "it is kept for longer than may be without paper",
        "строк зберігання завеликий, щоб обійтися без паперу",
    ),
    "left-already": ("an order has ended it already", "її вже закінчено наказом"),
    "length": ("it has the wrong number of characters", "неправильна кількість знаків"),
    "longer-than-lesson": (
        "the parts are longer together than the lesson",
        "частини разом довші за урок",
    ),
    "look-alike": (
        "a Latin letter stands for a Cyrillic one, or the other way round",
        "латинська літера стоїть замість кириличної або навпаки",
    ),
    "mixed-scales": (
        "numbers and level letters may not stand in one column",
        "бали й літери рівнів не можуть стояти в одній колонці",
    ),
    "merged-away": ("it was merged into another record", "його об'єднано з іншим записом"),
    "needs-approval": (
        "another's mark is changed by a proposal, which the head approves",
        "чужу оцінку змінюють за поданням, яке затверджує керівник",
    ),
    "needs-reason": (
        "a mark that stands is changed with a kind and a reason",
        "виставлену оцінку змінюють, указавши вид зміни і причину",
    ),
    "no-address": ("there is no address to write to", "немає адреси, на яку відповісти"),
    "no-final": (
        "such a column holds no final that is suggested and decided",
        "у такій колонці немає підсумкової, яку пропонують і вирішують",
    ),
    "no-grant": (
        "there is no grant in force for this cabinet",
        "немає чинного права на цей кабінет",
    ),
    "no-lessons": ("there is no lesson on that day", "цього дня немає уроків"),
    "no-school": ("this cabinet is not in a school", "цей кабінет не в закладі"),
    "no-such-bell": ("the shift has no such bell", "у цій зміні немає такого дзвінка"),
    "no-transaction": ("no transaction is in progress", "немає розпочатої транзакції"),
    "normal-form": ("it is not in the normal form", "записано не в нормальній формі"),
    "not-a-guardian": (
        "this person does not stand for the pupil",
        "ця особа не представляє учня",
    ),
    "not-a-later-lesson": (
        "it is not a later lesson of the same journal",
        "це не пізніший урок того самого журналу",
    ),
    "no-steps": (
        "it has no tables that steps bring up to date",
        "у нього немає таблиць, які оновлюють кроками",
    ),
    "not-of-role": ("the role does not carry the act", "роль не має такого права"),
    "not-a-school-role": ("the role is not held in a school", "такої ролі в закладі немає"),
    "not-by-itself": ("the system does not do this by itself", "система не робить цього сама"),
    "not-carried": ("the grant does not carry it", "це право не надано"),
    "not-corrected": (
        "marks of such a column are not corrected",
        "оцінки такого стовпця не коригують",
    ),
    "not-encrypted": ("the connection is not encrypted", "з'єднання не зашифровано"),
    "not-on-class-list": ("not on the class list", "немає у списку класу"),
    "not-ones-own": ("nobody ends their own role", "власну роль не припиняють"),
    "not-sat-yet": (
        "the commission has not examined the pupil yet",
        "комісія ще не провела оцінювання",
    ),
    "not-the-next-year": (
        "the second year does not follow the first in the same form of study",
        "другий рік не йде за першим у тій самій формі здобуття освіти",
    ),
    "not-the-level-below": (
        "a level creates only the level below it",
        "рівень створює лише рівень під собою",
    ),
    "not-this-level": ("the role does not belong to this level", "роль не належить цьому рівню"),
    "not-to-other": ("the role does this only to what is its own", "роль робить це лише зі своїм"),
    "not-to-own": ("the role does not do this", "роль цього не робить"),
    "not-begun": ("the week has not begun", "тиждень ще не почався"),
    "not-of-age": ("the pupil is not of age", "учень ще не повнолітній"),
    "not-on-sheet": (
        "it is not a lesson of the class on that day",
        "це не урок класу цього дня",
    ),
    "of-another-class": ("it is of another class", "це іншого класу"),
    "of-another-year": ("it is of another school year", "це з іншого навчального року"),
    "not-the-applicant": ("somebody else asked for it", "заяву подала інша особа"),
    "not-under-these-rules": (
        "the rules for this class do not allow it in such a column",
        "правила для цього класу не дозволяють такого в цій колонці",
    ),
    "only-a-person": ("only a person reviews", "розглядає лише людина"),
    "only-by-request": (
        "only the procedure of correction puts a mark there",
        "оцінку туди ставлять лише за процедурою коригування",
    ),
    "only-from-above": (
        "only the level directly above appoints here",
        "тут призначає лише рівень безпосередньо над цим",
    ),
    "only-the-registry": ("only the registry asks all schools", "усі заклади бачить лише реєстр"),
    "not-a-school-day": ("no lessons are held on that day", "цього дня немає занять"),
    "outside-lock": (
        "it is not a part of what was closed",
        "це не належить до закритого",
    ),
    "too-early": ("the day is too far back", "день надто давній"),
    "too-late": ("the day is too far ahead", "день надто далеко попереду"),
    "order": ("the end comes before the beginning", "кінець раніше за початок"),
    "over": ("it was left, and its transaction is over", "її вже завершено разом із транзакцією"),
    "outside-semester": ("the day is outside the semester", "день поза межами семестру"),
    "outside-year": ("the day is outside the school year", "день поза межами навчального року"),
    "part-in-another-subject": (
        "a part of a lesson stays in its subject",
        "частину уроку проводять із того самого предмета",
    ),
    "part-of-another-class": ("it is a part of another class", "це підгрупа іншого класу"),
    "parts": ("a family name and a given name are both needed", "потрібні і прізвище, і ім'я"),
    "pattern": ("it does not have the right shape", "неправильний вигляд"),
    "pending": ("it still waits", "воно ще чекає"),
    "pipeline": (
        "it gathers statements before it sends them",
        "воно збирає команди, перш ніж надіслати",
    ),
    "range": ("it is out of range", "поза допустимими межами"),
    "reserved-to-head": (
        "it is reserved to the head of the school",
        "це може лише керівник закладу",
    ),
    "revoked": ("it was taken back", "його відкликано"),
    "same-person": ("both are one record", "це той самий запис"),
    "same-class": ("the pupil is in that class", "учень уже в цьому класі"),
    "same-teacher-twice": (
        "the main teacher cannot be the second too",
        "основний учитель не може бути й другим",
    ),
    "scale": ("it is not a mark of the vocabulary", "такої оцінки немає у переліку"),
    "sits-twice": (
        "one person has two places in the commission",
        "одна особа займає два місця в комісії",
    ),
    "substitutes-oneself": (
        "who is away cannot be the substitute",
        "відсутній учитель не може заміняти сам себе",
    ),
    "seal": ("its content is not what was sealed", "вміст не той, що його було запечатано"),
    "sums-up": (
        "such a column sums up: work assessed anew does not change it by itself",
        "такий стовпець підсумовує: перескладання саме його не змінює",
    ),
    "teaches-another-journal": (
        "this person does not teach the subject there",
        "ця особа не викладає там цього предмета",
    ),
    "text-factory": (
        "it gives text otherwise than it is kept",
        "воно віддає текст не таким, як його збережено",
    ),
    "time-is-up": ("the days for it have passed", "строк для цього минув"),
    "unknown": ("nothing of that name is known", "такого немає у довіднику"),
    "void": ("it is void", "її анульовано"),
    "wrong-parent": (
        "this level does not stand under that one",
        "цей рівень не підпорядкований тому",
    ),
}


_REASONED = ("reason", "why")


def _said(reason: str, language: Language) -> str:
    """Return a reason in words; what is no key of `REASONS`, such as a server's reply, as it is."""
    return REASONS.get(reason, (reason, reason))[0 if language == "en" else 1]


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
            "reason": _said(self.reason, language),
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
        return {"chains": chains, "why": _said(self.why, language)}


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
