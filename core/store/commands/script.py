"""A command that was rehearsed elsewhere: the statements it came to, to be carried out as they are."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Surprised(Exception):
    """The database is not as it was at the rehearsal; nothing was written, and the command itself has to decide."""


@dataclass(slots=True)
class Step:
    """One statement with its rows of values, and what the command made of it at the rehearsal.

    `found` is what a question must find; `count` how many rows a change must touch, None where the command did not ask.
    """

    sql: str
    rows: tuple[tuple[Any, ...], ...]
    found: list[tuple[Any, ...]] | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Script:
    """The steps of one command. Its result stays where it was rehearsed: it holds when all goes as it did there."""

    steps: tuple[Step, ...]

    def apply(self, tx: Connection) -> None:
        """Carry it out over SQLAlchemy's connection to SQLite."""
        raw = tx.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        self.apply_plain(raw)

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Carry it out; raises Surprised at the first step that goes otherwise, and SQLite's own errors."""
        for step in self.steps:
            if step.found is not None:
                if raw.execute(step.sql, step.rows[0]).fetchall() != step.found:
                    raise Surprised(step.sql)
            elif raw.executemany(step.sql, step.rows).rowcount != step.count and step.count is not None:
                raise Surprised(step.sql)
