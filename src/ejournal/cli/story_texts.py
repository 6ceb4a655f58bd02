"""What the demonstration tells, in English and Ukrainian."""

from __future__ import annotations

__all__ = ["STORY"]

STORY: dict[str, tuple[str, str]] = {
    "scene.institute": ("The institute begins", "Початок роботи інституту"),
    "scene.directory": (
        "The state's list of schools, and a department",
        "Державний перелік закладів і департамент",
    ),
    "scene.letters": ("Schools write", "Заклади надсилають запити"),
    "scene.review": ("The institute reviews", "Інститут розглядає запит"),
    "scene.invitation": (
        "The invitation, and the administrator's first sign-in",
        "Запрошення та перший вхід адміністратора",
    ),
    "scene.school": ("The administrator sets the school up", "Адміністратор налаштовує заклад"),
    "scene.teaching": ("The first week of lessons", "Перший тиждень уроків"),
    "scene.pages": (
        "The page of a journal, and a pupil's diary",
        "Сторінка журналу та щоденник учня",
    ),
    "scene.finals": ("The end of the semester", "Кінець семестру"),
    "scene.closing": ("The semester is closed", "Семестр закривають"),
    "scene.department": ("What the department sees", "Що бачить департамент"),
    "scene.ledger": ("The ledgers are proved", "Перевірка ланцюгів записів"),
    "scene.exports": ("The page is exported", "Вивантаження сторінки"),
    "story.institute": (
        "Tables and key are made. The first operator: {name}.",
        "Створено таблиці й ключ. Перший оператор: {name}.",
    ),
    "story.department": (
        "{authority}: {name} is appointed.",
        "{authority}. Роль у ньому надано: {name}.",
    ),
    "story.arrived": (
        "Messages that came to the institute: {count}. This was read in them:",
        "Листів надійшло до інституту: {count}. Ось що в них прочитано:",
    ),
    "story.reply": (
        "The school has answered, and its request is complete:",
        "Заклад відповів, і його запит тепер повний:",
    ),
    "story.letter": ("A letter to {to}: {subject}", "Лист на адресу {to}: {subject}"),
    "story.decision": (
        "A school has another e-journal connected. Approving its request:",
        "Один із закладів уже має інший журнал. Спроба схвалити його запит:",
    ),
    "story.refused": ("  refused ({code}): {why}\n", "  відмовлено ({code}): {why}\n"),
    "story.approved": (
        "Approved: school, role, rights and invitation in one transaction.",
        "Схвалено: заклад, роль, права й запрошення створено однією транзакцією.",
    ),
    "story.joined": (
        "{name} opened the link from the letter, chose a password and signed in.",
        "{name}: посилання з листа відкрито, пароль вибрано, вхід виконано.",
    ),
    "story.school": (
        (
            "Pupils: {pupils}, classes: {classes}, guardians: {guardians}, staff: {staff}, "
            "journals: {journals}."
        ),
        (
            "Учнів: {pupils}, класів: {classes}, батьків і опікунів: {guardians}, "
            "працівників: {staff}, журналів: {journals}."
        ),
    ),
    "story.week": (
        "Teachers signed in and kept their journals ({journals}) for a week.",
        "Учителі увійшли й заповнили свої журнали ({journals}) за тиждень.",
    ),
    "story.stranger": (
        "The teacher of another subject gives a mark in this journal:",
        "Учителька іншого предмета виставляє оцінку в цьому журналі:",
    ),
    "story.changed": (
        "The teacher of mathematics changes a mark of the test; what it was stays known:",
        "Учителька математики змінює оцінку за контрольну; попередня лишається в історії:",
    ),
    "story.finals": (
        "Thematic and semester marks are suggested, and the teacher decides on each. Why they are:",
        "Тематичні й семестрові оцінки система пропонує, а вирішує вчителька. Чому вони такі:",
    ),
    "story.gaps": (
        "The head closes the whole semester, but journals are not complete:",
        "Директор закриває весь семестр, але не всі журнали повні:",
    ),
    "story.closed": (
        "The journal of mathematics lacks nothing, and is closed.",
        "Журналу математики нічого не бракує, і директор закриває його.",
    ),
    "story.late": (
        "The teacher changes a semester mark in the closed journal:",
        "Учителька змінює семестрову оцінку в закритому журналі:",
    ),
    "story.reopened": (
        "The head lets her in for two hours, saying why, and now it is done:",
        "Директор відкриває журнал на дві години й зазначає причину; тепер це можна зробити:",
    ),
    "story.shut": (
        "The two hours are over:",
        "Дві години минули:",
    ),
    "story.neighbour": (
        "The pupil opens another pupil's diary:",
        "Учень відкриває чужий щоденник:",
    ),
    "story.chain.registry": ("registry", "реєстр"),
    "story.chain.school": ("school", "заклад"),
    "story.export": ("{name}: {size} bytes", "{name}: {size} байтів"),
    "story.end": (
        "Everybody in this story signs in with the password “{phrase}”.",
        "Усі люди цієї історії входять із паролем «{phrase}».",
    ),
}
