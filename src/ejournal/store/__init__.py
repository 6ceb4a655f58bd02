"""Stores, units of work and repositories: written once, over the rows of any storage."""

from ejournal.store.proof import Audit
from ejournal.store.stores import Store
from ejournal.store.units import HousekeepingUnit, RegistryUnit, SchoolUnit, Unit

__all__ = ["Audit", "HousekeepingUnit", "RegistryUnit", "SchoolUnit", "Store", "Unit"]
