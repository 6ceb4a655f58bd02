"""What stands in the small school: its people, its timetable, and the first week of its journals.

Pupils are meant by their place in the list of their class, from 1. Everybody here is invented.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import TypeAlias

from attrs import field, frozen

from ejournal.model.calendar import Holiday, Semester, bells
from ejournal.model.classes import Assessment
from ejournal.model.identifiers import Sex
from ejournal.model.marks import AbsenceCode
from ejournal.model.people import Relation
from ejournal.model.permissions import Role

__all__ = [
    "BELLS",
    "CLASSES",
    "FIRST_DAY",
    "GUARDIANS",
    "HOLIDAYS",
    "JOURNALS",
    "LAST_DAY",
    "MONDAY",
    "OPERATOR",
    "OPERATOR_ADDRESS",
    "ORDER",
    "PUPILS",
    "READER",
    "ROLES",
    "SEMESTERS",
    "STAFF",
    "SUBJECTS",
    "JournalPlan",
    "LessonPlan",
    "Place",
]


Place: TypeAlias = tuple[str, int]
"""A pupil: the class and the place in its list."""


@frozen
class LessonPlan:
    """A lesson with all that is entered at it, by the pupils' places.

    `words` are the comments to marks, `test` a column of its own, `late` the minutes.
    """

    day: date
    bell: int
    topic: str
    homework: str = ""
    marks: Mapping[int, str] = field(factory=dict)
    words: Mapping[int, str] = field(factory=dict)
    test: Mapping[int, str] = field(factory=dict)
    absent: Mapping[int, AbsenceCode] = field(factory=dict)
    late: Mapping[int, int] = field(factory=dict)


@frozen
class JournalPlan:
    """A journal: whose it is, its lessons, and a thematic column where one is given."""

    label: str
    subject: str
    teacher: str
    lessons: tuple[LessonPlan, ...]
    thematic: Mapping[int, str] = field(factory=dict)


OPERATOR = "Нечай Оксана Дмитрівна"
OPERATOR_ADDRESS = "o.nechai@institute.example"

FIRST_DAY = date(2026, 9, 1)
LAST_DAY = date(2027, 6, 30)
SEMESTERS = (
    Semester(1, FIRST_DAY, date(2026, 12, 24)),
    Semester(2, date(2027, 1, 11), date(2027, 5, 28)),
)
HOLIDAYS = (
    Holiday("Осінні канікули", date(2026, 10, 26), date(2026, 11, 1)),
    Holiday("Зимові канікули", date(2026, 12, 25), date(2027, 1, 10)),
    Holiday("Весняні канікули", date(2027, 3, 22), date(2027, 3, 28)),
)
BELLS = bells(time(8, 30), breaks=(10, 20, 20, 10, 10))
ORDER = ("12-к/тр", date(2026, 8, 28))

STAFF = {
    "head": ("Зварич Мирон Остапович", "директор", "m.zvarych@zarichne.example"),
    "mathematics": (
        "Ґанок Євгенія Юріївна",
        "вчителька математики",
        "ye.ganok@zarichne.example",
    ),
    "language": (
        "Щербань Наталія Григорівна",
        "вчителька української мови",
        "n.shcherban@zarichne.example",
    ),
    "sport": (
        "Мар’яненко Яків Їжакович",
        "вчитель фізичної культури",
        "ya.marianenko@zarichne.example",
    ),
    "primary": (
        "В’язовська Ольга Ярославівна",
        "вчителька початкових класів",
        "o.viazovska@zarichne.example",
    ),
}
ROLES = {
    "head": Role.DIRECTOR,
    "mathematics": Role.SUBJECT_TEACHER,
    "language": Role.SUBJECT_TEACHER,
    "sport": Role.SUBJECT_TEACHER,
    "primary": Role.SUBJECT_TEACHER,
}

CLASSES = {"5-А": "mathematics", "3-Б": "primary"}

_F, _M = Sex.FEMALE, Sex.MALE

PUPILS = {
    "5-А": (
        ("Ґудзь Єва Юріївна", "2016-03-14", _F),
        ("В’юнник Назар Олегович", "2015-11-02", _M),
        ("Їжак Ілля Степанович", "2016-01-27", _M),
        ("Єрмоленко Софія Андріївна", "2016-05-09", _F),
        ("Гайовий Данило Петрович", "2015-12-19", _M),
        ("Щур Мар’яна Віталіївна", "2016-04-30", _F),
        ("Лук’янчук Дем’ян Романович", "2016-02-11", _M),
        ("Абрамчук Злата Ігорівна", "2015-10-05", _F),
        ("Кобзар Тимофій Васильович", "2016-06-21", _M),
        ("Сиворотка Ксенія Михайлівна", "2016-08-03", _F),
        ("Явір Остап Богданович", "2015-09-28", _M),
        ("Заєць Юстина Тарасівна", "2016-07-16", _F),
    ),
    "3-Б": (
        ("Їжак Орися Степанівна", "2019-04-18", _F),
        ("Лук’янчук Соломія Романівна", "2019-01-06", _F),
        ("Ґрунт Мирослав Євгенович", "2018-12-12", _M),
        ("Бджілка Ївга Максимівна", "2019-05-25", _F),
        ("Дячук Лев Павлович", "2018-10-31", _M),
        ("Єднак Аґата Сергіївна", "2019-03-03", _F),
        ("Стрілець Макар Денисович", "2019-06-14", _M),
        ("Чумак Віра Олексіївна", "2018-11-22", _F),
        ("П’ятниця Марко Артемович", "2019-02-17", _M),
        ("Хом’як Надія Вікторівна", "2019-07-09", _F),
        ("Ремез Антон Кирилович", "2018-09-15", _M),
        ("Ящірка Поліна Ростиславівна", "2019-08-08", _F),
    ),
}

GUARDIANS: tuple[tuple[str, Relation, str, str, tuple[Place, ...]], ...] = (
    (
        "Їжак Степан Гнатович",
        Relation.FATHER,
        "s.yizhak@poshta.example",
        "067 411 22 33",
        (("5-А", 3), ("3-Б", 1)),
    ),
    (
        "Їжак Галина Юхимівна",
        Relation.MOTHER,
        "h.yizhak@poshta.example",
        "",
        (("5-А", 3), ("3-Б", 1)),
    ),
    (
        "Лук’янчук Роман Захарович",
        Relation.FATHER,
        "r.lukianchuk@poshta.example",
        "(050) 300-40-50",
        (("5-А", 7), ("3-Б", 2)),
    ),
    ("Ґудзь Юрій Леонідович", Relation.FATHER, "", "099 700 80 90", (("5-А", 1),)),
    (
        "Сороченко Любов Петрівна",
        Relation.GUARDIAN,
        "l.sorochenko@poshta.example",
        "тел. сусідів 2-14",
        (("5-А", 10),),
    ),
)

READER: tuple[Place, str] = (("5-А", 3), "illia.yizhak@poshta.example")

SUBJECTS = {
    "Математика": ("Матем.", Assessment.POINTS),
    "Українська мова": ("Укр. мова", Assessment.POINTS),
    "Фізична культура": ("Фіз-ра", Assessment.CREDIT),
    "Я досліджую світ": ("ЯДС", Assessment.VERBAL),
}

MONDAY = date(2026, 9, 7)
_TUESDAY, _WEDNESDAY, _THURSDAY, _FRIDAY = (date(2026, 9, day) for day in (8, 9, 10, 11))
_ABSENT, _ILL, _EXCUSED = AbsenceCode.ABSENT, AbsenceCode.ILL, AbsenceCode.EXCUSED

JOURNALS = (
    JournalPlan(
        "5-А",
        "Математика",
        "mathematics",
        (
            LessonPlan(
                MONDAY,
                2,
                "Натуральні числа. Читання і запис",
                "§ 1, № 12, 15",
                marks={3: "9", 5: "7", 8: "11"},
                absent={10: _ILL},
            ),
            LessonPlan(
                _TUESDAY,
                1,
                "Порівняння натуральних чисел",
                "§ 2, № 31, 34 (усно)",
                marks={1: "10", 7: "6", 12: "8"},
                absent={10: _ILL},
                late={2: 7},
            ),
            LessonPlan(
                _WEDNESDAY,
                3,
                "Координатний промінь",
                "§ 3, № 47",
                marks={3: "8", 4: "12", 9: "√", 11: "5"},
                words={11: "переплутано одиничний відрізок"},
                absent={10: _ILL},
            ),
            LessonPlan(
                _FRIDAY,
                2,
                "Контрольна робота № 1",
                "Повторити § 1-3",
                test={
                    1: "10",
                    2: "7",
                    3: "9",
                    4: "12",
                    5: "6",
                    6: "8",
                    7: "4",
                    8: "11",
                    11: "Н/О",
                    12: "9",
                },
                absent={9: _EXCUSED, 10: _ILL},
            ),
        ),
        thematic={1: "10", 2: "7", 3: "9", 4: "12", 5: "7", 6: "8", 7: "5", 8: "11", 12: "9"},
    ),
    JournalPlan(
        "5-А",
        "Українська мова",
        "language",
        (
            LessonPlan(
                MONDAY,
                1,
                "Мова — скарб народу",
                "Вивчити напам’ять вірш",
                marks={2: "8", 6: "10"},
                absent={10: _ILL},
            ),
            LessonPlan(
                _TUESDAY,
                2,
                "Повторення: іменник",
                "Вправа 14",
                marks={3: "7", 11: "9"},
                absent={10: _ILL},
            ),
            LessonPlan(
                _THURSDAY,
                1,
                "Апостроф і м’який знак",
                "Вправа 21, слова з апострофом",
                marks={1: "11", 3: "10", 5: "заув"},
                words={5: "немає зошита"},
                absent={8: _ABSENT, 10: _ILL},
            ),
            LessonPlan(_FRIDAY, 1, "Слова з ґ, є, ї", marks={4: "12", 7: "8"}, absent={10: _ILL}),
        ),
    ),
    JournalPlan(
        "5-А",
        "Фізична культура",
        "sport",
        (
            LessonPlan(
                MONDAY,
                3,
                "Безпека на заняттях. Шикування",
                marks={3: "зар", 4: "зар", 6: "зв", 9: "Н/З"},
                absent={10: _ILL},
            ),
            LessonPlan(
                _THURSDAY,
                3,
                "Біг 30 м",
                marks={1: "зар", 3: "зар", 11: "зар"},
                absent={8: _ABSENT, 10: _ILL},
                late={5: 4},
            ),
        ),
    ),
    JournalPlan(
        "3-Б",
        "Математика",
        "primary",
        (
            LessonPlan(MONDAY, 1, "Лічба в межах 100", "с. 5, № 4", marks={1: "В", 3: "Д", 6: "В"}),
            LessonPlan(
                _WEDNESDAY,
                1,
                "Додавання без переходу через десяток",
                "с. 7, № 2",
                marks={2: "Д", 5: "С", 9: "П"},
                absent={7: _ABSENT},
            ),
            LessonPlan(_FRIDAY, 2, "Розв’язування задач", marks={4: "В", 8: "Д"}),
        ),
    ),
    JournalPlan(
        "3-Б",
        "Я досліджую світ",
        "primary",
        (
            LessonPlan(
                _TUESDAY,
                1,
                "Моя школа",
                "Намалювати план класу",
                marks={1: "вербально", 12: "вербально"},
                words={
                    1: "Упевнено розповідає про правила школи",
                    12: "Потребує допомоги, коли добирає слова",
                },
            ),
            LessonPlan(_THURSDAY, 2, "Дорога до школи", marks={6: "к"}, words={6: "Принесла мапу"}),
        ),
    ),
)
