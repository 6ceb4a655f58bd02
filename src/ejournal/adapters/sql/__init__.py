"""SQL through SQLAlchemy Core: the same rows in tables of the host's database."""

from ejournal.adapters.sql.schema import SqlTables
from ejournal.adapters.sql.store import SqlStore, configure_sqlite

__all__ = ["SqlStore", "SqlTables", "configure_sqlite"]
