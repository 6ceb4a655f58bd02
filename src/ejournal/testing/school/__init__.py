"""A school year that never was, the same for a seed on every Python, to be played on any store."""

from __future__ import annotations

from ejournal.testing.school.plan import Outline, SchoolPlan, a_class_month, a_school_year

__all__ = ["Outline", "SchoolPlan", "a_class_month", "a_school_year"]
