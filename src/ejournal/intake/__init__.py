"""The reader of schools' e-mails: raw bytes in, the items of the ministry's letter out.

Nothing here asks the clock or the network, and no input is refused: what cannot be read leaves
the items empty and the text for a person to open.
"""

from __future__ import annotations

from ejournal.intake.message import Envelope
from ejournal.intake.reading import Reading, read_message

__all__ = ["Envelope", "Reading", "read_message"]
