"""INSERT with a rule for conflicts, in the dialect of the database at hand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """The Core table behind a SQLModel class."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # set by SQLModel's metaclass
    return table


def insert_into(tx: Connection, model: type[SQLModel]) -> Any:
    """Start an INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
    if tx.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table_of(model))
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert  # 2 MiB: only where it is used

    return postgresql_insert(table_of(model))
