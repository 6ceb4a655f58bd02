from __future__ import annotations

from ejournal.testing.storage import *  # noqa: F403 - the way a vendor takes the contract
from ejournal.testing.storage.lasting import *  # noqa: F403 - likewise
