"""The reasons that errors give as a key, in words: an English and a Ukrainian text of each."""

from __future__ import annotations

from typing import Literal

__all__ = ["REASONS", "Language", "said"]

Language = Literal["en", "uk"]

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


def said(reason: str, language: Language) -> str:
    """Return a reason in words; what is no key of `REASONS`, such as a server's reply, as it is."""
    return REASONS.get(reason, (reason, reason))[0 if language == "en" else 1]
