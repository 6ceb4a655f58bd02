"""The host's own tables, with those of the journal beside them, for Flask and FastAPI."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ejournal.adapters.sql import SqlStore, SqlTables
from ejournal.samples import SmallSchool, set_up

KEY = b"the host's key, kept elsewhere"


class Base(DeclarativeBase):
    """The host's metadata."""


class Family(Base):
    """Where a pupil's family is reached."""

    __tablename__ = "family"
    pupil: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    phone: Mapped[str]


class Notice(Base):
    """A text message that waits to be sent."""

    __tablename__ = "notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str]
    text: Mapped[str]


JOURNAL = SqlTables(Base.metadata, prefix="ej_")


def prepare(engine: sa.Engine) -> SmallSchool:
    """Make all tables and a sample school, in which the first pupil's family can be reached."""
    Base.metadata.create_all(engine)
    small = set_up(SqlStore(engine, JOURNAL), KEY)
    with Session(engine) as session, session.begin():
        session.add(Family(pupil=small.pupils["5-А"][0].id, phone="+380501234567"))
    return small
