"""The contract of a storage, as tests that its author imports and runs.

A test module defines one fixture, `store`, that gives a new empty `Store`, and then says
`from ejournal.testing.storage import *`. Each test states one promise of `ejournal.ports` or
`ejournal.store`; a storage that cannot keep one says so by a `Capability` in its `cannot`, and
the tests that need it are skipped by that name.

What outlives a process is asked for by `ejournal.testing.storage.lasting`, over one more fixture;
`ejournal.testing.report` tells in the end what was kept, broken, skipped and never asked.
"""

from ejournal.testing.storage import rows as _rows
from ejournal.testing.storage import units as _units
from ejournal.testing.storage.rows import *  # noqa: F403 - the tests, to be handed on
from ejournal.testing.storage.units import *  # noqa: F403 - the tests, to be handed on

__all__ = [*_rows.__all__, *_units.__all__]
