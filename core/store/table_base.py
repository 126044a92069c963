"""What all tables share: one metadata with named constraints, and the columns that hold sealed bytes and JSON."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, Column, LargeBinary, MetaData
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """Gives all tables one metadata with named constraints (Alembic needs the names on SQLite)."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def sealed() -> Any:
    """A column of encrypted bytes; None where there is nothing."""
    return Field(default=None, sa_column=Column(LargeBinary, nullable=True))


def json() -> Any:
    """A column of plain JSON; None where there is nothing."""
    return Field(default=None, sa_column=Column(JSON, nullable=True))
