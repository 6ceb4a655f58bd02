"""Hypothesis profiles, the servers of a run, and the report of the contract kit."""

from __future__ import annotations

import os

from fault_table import pytest_show_faults
from figures import pytest_show_figures
from hypothesis import HealthCheck, settings
from mongo_stores import furnished
from servers import (
    durable_mongo,
    durable_postgres,
    mongo,
    postgres,
    pytest_configure,
    pytest_terminal_summary,
    pytest_unconfigure,
    server_folder,
)
from stores import clock, postgres_tables, reopened, store

__all__ = [
    "clock",
    "durable_mongo",
    "durable_postgres",
    "furnished",
    "mongo",
    "postgres",
    "postgres_tables",
    "pytest_configure",
    "pytest_plugins",
    "pytest_show_faults",
    "pytest_show_figures",
    "pytest_terminal_summary",
    "pytest_unconfigure",
    "reopened",
    "server_folder",
    "store",
]

pytest_plugins = ["ejournal.testing.report"]

# On shared cores a single example is slow now and then; that is not a fault.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)

settings.register_profile("ci", _PATIENT, derandomize=True, max_examples=40)
settings.register_profile("dev", _PATIENT, max_examples=25)
settings.register_profile("soak", _PATIENT, max_examples=2_000, stateful_step_count=100)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if "CI" in os.environ else "dev")
)
