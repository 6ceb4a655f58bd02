"""What is taught in which grade, how many hours a week, and by whom: one cut of the year 2026/27.

Hours are counted in halves, since some subjects have one lesson in two weeks. They follow the
typical programmes loosely: a reference school has about 170 journals in a semester.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from attrs import frozen

from ejournal.model.classes import Assessment
from ejournal.model.identifiers import ClassLabel

__all__ = ["CLASS_SIZES", "DIVIDED", "STAFF", "SUBJECTS", "Course", "SubjectPlan", "courses"]

CLASS_SIZES: Mapping[ClassLabel, int] = {
    ClassLabel(1, "А"): 22,
    ClassLabel(2, "А"): 18,
    ClassLabel(2, "Б"): 18,
    ClassLabel(3, "А"): 22,
    ClassLabel(4, "А"): 19,
    ClassLabel(4, "Б"): 19,
    ClassLabel(5, "А"): 28,
    ClassLabel(5, "Б"): 20,
    ClassLabel(6, "А"): 22,
    ClassLabel(7, "А"): 18,
    ClassLabel(7, "Б"): 17,
    ClassLabel(8, "А"): 22,
    ClassLabel(9, "А"): 24,
    ClassLabel(10, "А"): 17,
    ClassLabel(11, "А"): 19,
}
"""The classes of the school and how many pupils each has by the end of the year: 305."""

DIVIDED: Mapping[ClassLabel, tuple[str, ...]] = {ClassLabel(5, "А"): ("1 група", "2 група")}
"""Which classes are divided for English: those of more than 27 pupils (rule 75)."""

_ENGLISH = "Англійська мова"
_LAST_PRIMARY = 4


@frozen
class SubjectPlan:
    """A subject under the school's own name; `tested` says whether each topic ends with a test."""

    name: str
    short: str
    assessed: Assessment = Assessment.POINTS
    tested: bool = False
    integrates: tuple[str, ...] = ()


@frozen
class Course:
    """What a class, or a part of it, is taught by one teacher all year; hours are in halves."""

    label: ClassLabel
    subject: SubjectPlan
    halves: int
    teacher: int
    part: str = ""


_POINTS, _CREDIT, _NONE = Assessment.POINTS, Assessment.CREDIT, Assessment.NONE
_HISTORY = ("Історія України", "Всесвітня історія")

# Hours in halves, from grade 5 to grade 11.
_UPPER: tuple[tuple[SubjectPlan, tuple[int, ...]], ...] = (
    (SubjectPlan("Українська мова", "Укр. мова", tested=True), (8, 8, 6, 4, 4, 4, 4)),
    (SubjectPlan("Українська література", "Укр. літ."), (4, 4, 4, 4, 4, 4, 4)),
    (SubjectPlan("Зарубіжна література", "Заруб. літ."), (4, 4, 4, 4, 4, 2, 2)),
    (SubjectPlan(_ENGLISH, "Англ. мова", tested=True), (8, 8, 6, 6, 6, 6, 6)),
    (SubjectPlan("Математика", "Мат.", tested=True), (10, 10, 0, 0, 0, 0, 0)),
    (SubjectPlan("Алгебра", "Алг.", tested=True), (0, 0, 6, 6, 6, 6, 6)),
    (SubjectPlan("Геометрія", "Геом.", tested=True), (0, 0, 4, 4, 4, 4, 4)),
    (
        SubjectPlan("Історія: Україна і світ", "Іст.", integrates=_HISTORY),
        (2, 4, 4, 4, 6, 6, 6),
    ),
    (SubjectPlan("Правознавство", "Прав."), (0, 0, 0, 0, 1, 0, 0)),
    (SubjectPlan("Громадянська освіта", "Гром."), (0, 0, 0, 0, 0, 4, 0)),
    (SubjectPlan("Пізнаємо природу", "Прир."), (4, 4, 0, 0, 0, 0, 0)),
    (SubjectPlan("Біологія", "Біол."), (0, 0, 4, 4, 4, 4, 4)),
    (SubjectPlan("Географія", "Геогр."), (0, 4, 4, 4, 4, 4, 2)),
    (SubjectPlan("Фізика", "Фіз.", tested=True), (0, 0, 4, 4, 6, 6, 8)),
    (SubjectPlan("Хімія", "Хім.", tested=True), (0, 0, 4, 4, 4, 4, 4)),
    (SubjectPlan("Інформатика", "Інф."), (4, 4, 4, 4, 4, 4, 4)),
    (SubjectPlan("Мистецтво", "Мист."), (4, 4, 2, 2, 1, 0, 0)),
    (SubjectPlan("Технології", "Техн."), (4, 4, 2, 2, 2, 0, 0)),
    (SubjectPlan("Здоров’я, безпека та добробут", "Здор.", _CREDIT), (2, 2, 0, 0, 0, 0, 0)),
    (SubjectPlan("Захист України", "Зах. Укр."), (0, 0, 0, 0, 0, 4, 4)),
    (SubjectPlan("Фінансова грамотність", "Фін.", _NONE), (0, 0, 0, 2, 0, 0, 0)),
    (SubjectPlan("Фізична культура", "Фіз. культ.", _CREDIT), (6, 6, 6, 6, 6, 6, 6)),
)

# From grade 1 to grade 4.
_PRIMARY: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("Мова та читання", "Мова", (14, 14, 14, 14)),
    ("Математика", "Мат.", (8, 8, 10, 10)),
    ("Я досліджую світ", "ЯДС", (8, 8, 8, 8)),
    (_ENGLISH, "Англ. мова", (4, 6, 6, 6)),
    ("Мистецтво", "Мист.", (4, 4, 4, 4)),
    ("Дизайн і технології", "Диз.", (2, 2, 2, 2)),
    ("Фізична культура", "Фіз. культ.", (6, 6, 6, 6)),
)
_STAGES = (("1-2 класи", Assessment.VERBAL), ("3-4 класи", Assessment.LEVELS))


def _primary(name: str, short: str, grade: int) -> SubjectPlan:
    stage, assessed = _STAGES[(grade - 1) // 2]
    return SubjectPlan(f"{name} ({stage})", short, assessed)


SUBJECTS: tuple[SubjectPlan, ...] = (
    *(_primary(name, short, grade) for grade in (1, 3) for name, short, _ in _PRIMARY),
    *(subject for subject, _ in _UPPER),
)
"""Every subject of the school."""

# Who can teach what, by the numbers of the staff; primary classes have a teacher each.
_FIRST_OF_PRIMARY = 3
_DEPARTMENTS: Mapping[str, tuple[int, ...]] = {
    "Українська мова": (9, 10, 11),
    "Українська література": (9, 10, 11),
    "Зарубіжна література": (12,),
    _ENGLISH: (13, 14, 15, 16),
    "Математика": (17, 18, 19),
    "Алгебра": (17, 18, 19),
    "Геометрія": (17, 18, 19),
    "Історія: Україна і світ": (20, 21),
    "Правознавство": (20, 21),
    "Громадянська освіта": (20, 21),
    "Пізнаємо природу": (22,),
    "Біологія": (22,),
    "Географія": (23,),
    "Фізика": (24,),
    "Хімія": (25,),
    "Інформатика": (26,),
    "Мистецтво": (27,),
    "Технології": (28,),
    "Здоров’я, безпека та добробут": (29,),
    "Захист України": (29,),
    "Фінансова грамотність": (23,),
    "Фізична культура": (30, 31),
}

STAFF: tuple[str, ...] = (
    "директор",
    "заступник директора",
    *("учитель початкових класів",) * 6,
    *("учитель української мови і літератури",) * 3,
    "учитель зарубіжної літератури",
    *("учитель англійської мови",) * 4,
    *("учитель математики",) * 3,
    *("учитель історії",) * 2,
    "учитель біології",
    "учитель географії",
    "учитель фізики",
    "учитель хімії",
    "учитель інформатики",
    "учитель мистецтва",
    "учитель технологій",
    "учитель захисту України",
    *("учитель фізичної культури",) * 2,
)
"""The positions of the staff, by their numbers from 1: 31 people."""


def courses() -> tuple[Course, ...]:
    """Return everything that is taught; each teacher of a department gets about as much."""
    loads = dict.fromkeys(range(1, len(STAFF) + 1), 0)
    return tuple(_courses(loads))


def _courses(loads: dict[int, int]) -> Iterator[Course]:
    primary = [label for label in CLASS_SIZES if label.grade <= _LAST_PRIMARY]
    for label in CLASS_SIZES:
        for subject, halves in _taught(label):
            department = _DEPARTMENTS.get(subject.name.partition(" (")[0], ())
            own = _FIRST_OF_PRIMARY + primary.index(label) if label in primary else 0
            keeps = not own or bool(_SPECIALISTS.intersection(department))
            for part in _parts(label, subject):
                able = department if keeps else (own,)
                teacher = min(able, key=lambda each: (loads[each], each))
                loads[teacher] += halves
                yield Course(label, subject, halves, teacher, part)


_SPECIALISTS = frozenset({13, 27, 30})
"""Whose departments teach primary classes, too: English, arts, physical education."""


def _taught(label: ClassLabel) -> Iterator[tuple[SubjectPlan, int]]:
    if label.grade <= _LAST_PRIMARY:
        for name, short, hours in _PRIMARY:
            yield _primary(name, short, label.grade), hours[label.grade - 1]
    else:
        for subject, halves in _UPPER:
            if halves[label.grade - 5]:
                yield subject, halves[label.grade - 5]


def _parts(label: ClassLabel, subject: SubjectPlan) -> tuple[str, ...]:
    return DIVIDED.get(label, ("",)) if subject.name == _ENGLISH else ("",)
