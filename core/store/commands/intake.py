"""Commands of the door: acknowledge submissions, and count what belongs to none.

On SQLite both write plain statements, so that a server takes leads in without SQLAlchemy.
"""

from __future__ import annotations

import sqlite3
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from core.store.codec import time_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

Execute = Callable[[str, Sequence[Any]], Any]
"""Carries out one statement with its values: the driver's `execute`, or SQLAlchemy's `exec_driver_sql`."""


ECHOES = "echoes"
"""The counter, by connection, of records that were read and told nothing new, such as our own writes coming back."""


class InboxEntry(NamedTuple):
    """One submission as it goes to disk; the sealed parts open with the key that is wrapped beside them."""

    workspace: str
    connection: str
    event_id: str
    object: str
    native_id: str
    received_at: datetime
    way: str
    flag: str
    state: str
    wrapped_key: bytes
    sealed_raw: bytes | None
    sealed_change: bytes | None
    reason_code: str | None = None
    reason: str | None = None
    next_at: datetime | None = None
    outcome: str | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AcceptEvents:
    """Acknowledge submissions: after the COMMIT they survive anything. A delivery seen before is counted on its first row."""

    entries: tuple[InboxEntry, ...]

    def apply(self, tx: Connection) -> None:
        """Insert, or count the duplicate; and count each acknowledgement in the ledger's other book."""
        insert_entries(tx, self.entries)

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        _insert_plainly(raw.execute, self.entries)

    @classmethod
    def join(cls, commands: Sequence[AcceptEvents]) -> AcceptEvents:
        """One INSERT for all requests that wait."""
        return cls(tuple([entry for command in commands for entry in command.entries]))


_COLUMNS = InboxEntry._fields
_TIMES = tuple(_COLUMNS.index(name) for name in ("received_at", "next_at", "settled_at"))
_ROWS_A_STATEMENT = (64, 32, 16, 8, 4, 2, 1)
_COUNT_ACKNOWLEDGED = (
    "INSERT INTO intake_total (workspace, connection, acknowledged) VALUES (?, ?, ?) "
    "ON CONFLICT (workspace, connection) DO UPDATE SET acknowledged = intake_total.acknowledged + excluded.acknowledged"
)
_COUNT_EVENT = (
    "INSERT INTO counter (workspace, name, label, value) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (workspace, name, label) DO UPDATE SET value = counter.value + excluded.value"
)


def insert_entries(tx: Connection, entries: Sequence[InboxEntry]) -> None:
    """Insert inbox rows and keep both books of the intake ledger."""
    if tx.dialect.name == "sqlite":
        _insert_plainly(tx.exec_driver_sql, entries)
    elif entries:
        from core.store.commands.upsert import insert_into
        from core.store.tables import Inbox, IntakeTotal

        inbox, totals = insert_into(tx, Inbox), insert_into(tx, IntakeTotal)
        mine, own = Inbox.__table__.c, IntakeTotal.__table__.c  # type: ignore[attr-defined]  # set by SQLModel's metaclass
        conflict = {"index_elements": ["workspace", "connection", "event_id"], "set_": {"duplicates": mine.duplicates + 1}}
        tx.execute(inbox.on_conflict_do_update(**conflict), [entry._asdict() for entry in entries])
        added = {"acknowledged": own.acknowledged + totals.excluded.acknowledged}
        rows = [{"workspace": w, "connection": c, "acknowledged": count} for (w, c), count in _tally(entries).items()]
        tx.execute(totals.on_conflict_do_update(index_elements=["workspace", "connection"], set_=added), rows)


def _insert_plainly(execute: Execute, entries: Sequence[InboxEntry]) -> None:
    """Many rows a statement: SQLite's driver lets go of the interpreter for each one, and must queue to get it back."""
    values: list[Any] = []
    moment, written = None, ""
    for entry in entries:
        if entry.received_at is not moment:  # what came together has one time
            moment, written = entry.received_at, time_text(entry.received_at)
        row = len(values)
        values += entry
        for at in _TIMES:
            if (time := values[row + at]) is not None:
                values[row + at] = written if time is moment else time_text(time)
    start, width = 0, len(_COLUMNS)
    for rows in _ROWS_A_STATEMENT:
        while len(values) - start >= rows * width:
            execute(_insert_text(rows), tuple(values[start : start + rows * width]))
            start += rows * width
    for (workspace, connection), count in _tally(entries).items():
        execute(_COUNT_ACKNOWLEDGED, (workspace, connection, count))


def _tally(entries: Sequence[InboxEntry]) -> Tally[tuple[str, str]]:
    return Tally([entry[:2] for entry in entries])


@lru_cache
def _insert_text(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))}, 0, 0)"
    return (
        f"INSERT INTO inbox ({', '.join(_COLUMNS)}, duplicates, attempts) VALUES {', '.join([row] * rows)} "
        "ON CONFLICT (workspace, connection, event_id) DO UPDATE SET duplicates = inbox.duplicates + 1"
    )


@dataclass(frozen=True, slots=True)
class CountEvents:
    """Count events that belong to no record, such as a refused signature."""

    workspace: str
    counts: tuple[tuple[str, str, int], ...]

    def apply(self, tx: Connection) -> None:
        """Add each `(name, label, by)`."""
        from core.store.commands.upsert import insert_into
        from core.store.tables import Counter

        statement = insert_into(tx, Counter)
        value = Counter.__table__.c.value  # type: ignore[attr-defined]  # set by SQLModel's metaclass
        added = {"value": value + statement.excluded.value}
        rows = [{"workspace": self.workspace, "name": name, "label": label, "value": by} for name, label, by in self.counts]
        tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "name", "label"], set_=added), rows)

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        raw.executemany(_COUNT_EVENT, [(self.workspace, name, label, by) for name, label, by in self.counts])

    @classmethod
    def join(cls, commands: Sequence[CountEvents]) -> CountEvents:
        """Add the counts of many requests at once."""
        tally: Tally[tuple[str, str]] = Tally()
        for command in commands:
            for name, label, by in command.counts:
                tally[(name, label)] += by
        return replace(commands[0], counts=tuple((name, label, by) for (name, label), by in tally.items()))
