"""Commands of the intake: acknowledge submissions, store pages with their cursor, complete what was pushed as an id."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, literal_column, update

from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import Counter, CursorRow, Inbox, IntakeTotal


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

    @classmethod
    def join(cls, commands: Sequence[AcceptEvents]) -> AcceptEvents:
        """One INSERT for all requests that wait."""
        return cls(tuple(entry for command in commands for entry in command.entries))


_COLUMNS = InboxEntry._fields
_TIMES = tuple(at for at, name in enumerate(_COLUMNS) if name in ("received_at", "next_at", "settled_at"))
_ROWS_A_STATEMENT = (64, 16, 4, 1)


def insert_entries(tx: Connection, entries: Sequence[InboxEntry]) -> None:
    """Insert inbox rows and keep both books of the intake ledger."""
    if not entries:
        return
    if tx.dialect.name == "sqlite":
        _insert_by_sqlite(tx, entries)
    else:
        statement = insert_into(tx, Inbox).on_conflict_do_update(
            index_elements=["workspace", "connection", "event_id"],
            set_={"duplicates": literal_column("inbox.duplicates + 1")},
        )
        tx.execute(statement, [entry._asdict() for entry in entries])
    tally = Tally((entry.workspace, entry.connection) for entry in entries)
    statement = insert_into(tx, IntakeTotal)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace", "connection"],
            set_={"acknowledged": literal_column("intake_total.acknowledged") + statement.excluded.acknowledged},
        ),
        [{"workspace": w, "connection": c, "acknowledged": count} for (w, c), count in tally.items()],
    )


def _insert_by_sqlite(tx: Connection, entries: Sequence[InboxEntry]) -> None:
    """Many rows a statement: SQLite's driver lets go of the interpreter for each one, and must queue to get it back."""
    store = _time_writer(tx.dialect)
    texts: dict[datetime | None, Any] = {None: None}
    values: list[Any] = []
    for entry in entries:
        for moment in (entry.received_at, entry.next_at, entry.settled_at):
            if moment is not None and moment not in texts:
                texts[moment] = store(moment)
        row: list[Any] = list(entry)
        for at in _TIMES:
            row[at] = texts[row[at]]
        values += row
    start, width = 0, len(_COLUMNS)
    for rows in _ROWS_A_STATEMENT:
        while len(values) - start >= rows * width:
            tx.exec_driver_sql(_insert_text(rows), tuple(values[start : start + rows * width]))
            start += rows * width


@lru_cache
def _insert_text(rows: int) -> str:
    row = f"({', '.join('?' * len(_COLUMNS))}, 0, 0)"
    return (
        f"INSERT INTO inbox ({', '.join(_COLUMNS)}, duplicates, attempts) VALUES {', '.join([row] * rows)} "
        "ON CONFLICT (workspace, connection, event_id) DO UPDATE SET duplicates = inbox.duplicates + 1"
    )


@lru_cache
def _time_writer(dialect: Dialect) -> Callable[[datetime], Any]:
    """How this database writes a time, so that all ways to write a row agree."""
    kind = table_of(Inbox).c.received_at.type.dialect_impl(dialect)
    return kind.bind_processor(dialect) or (lambda moment: moment)


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """Store a page that was read and the cursor behind it, in one transaction, under the lane's lease."""

    workspace: str
    connection: str
    object: str
    entries: tuple[InboxEntry, ...]
    cursor: str
    at: datetime
    lane: str
    token: int
    wake_lane: str

    def apply(self, tx: Connection) -> None:
        """Insert the rows that are new. A state of a record that was stored before is no new submission and is not counted."""
        check_lease(tx, self.workspace, self.lane, self.token)
        fresh = self._unseen(tx)
        insert_entries(tx, fresh)
        statement = insert_into(tx, CursorRow)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace", "connection", "object"],
                set_={"value": statement.excluded.value, "updated_at": statement.excluded.updated_at},
            ),
            [
                {
                    "workspace": self.workspace,
                    "connection": self.connection,
                    "object": self.object,
                    "value": self.cursor,
                    "updated_at": self.at,
                }
            ],
        )
        if fresh:
            wake(tx, self.workspace, self.wake_lane, "", self.at)

    def _unseen(self, tx: Connection) -> list[InboxEntry]:
        inbox = table_of(Inbox)
        ids = [entry.event_id for entry in self.entries]
        seen: set[str] = set()
        for start in range(0, len(ids), 500):
            rows = tx.execute(
                inbox.select()
                .with_only_columns(inbox.c.event_id)
                .where(
                    inbox.c.workspace == self.workspace,
                    inbox.c.connection == self.connection,
                    inbox.c.event_id.in_(ids[start : start + 500]),
                )
            )
            seen.update(row.event_id for row in rows)
        unique = {entry.event_id: entry for entry in self.entries if entry.event_id not in seen}
        return list(unique.values())


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of reading a pushed id: the sealed record, or the reason why there is none, or another try later."""

    inbox_id: int
    state: str
    sealed_change: bytes | None = None
    flag: str = "none"
    reason_code: str | None = None
    reason: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreFetched:
    """Complete inbox rows that carried only an id."""

    workspace: str
    rows: tuple[Fetched, ...]
    lane: str
    token: int
    at: datetime
    wake_lane: str

    def apply(self, tx: Connection) -> None:
        """Write the records; rows that somebody settled meanwhile are left alone."""
        check_lease(tx, self.workspace, self.lane, self.token)
        inbox = table_of(Inbox)
        for row in self.rows:
            tx.execute(
                update(inbox)
                .where(inbox.c.id == row.inbox_id, inbox.c.state == "to_read")
                .values(
                    state=row.state,
                    sealed_change=row.sealed_change,
                    flag=row.flag,
                    reason_code=row.reason_code,
                    reason=row.reason,
                    next_at=row.next_at,
                    attempts=inbox.c.attempts + 1,
                    outcome="quarantined" if row.state == "quarantined" else None,
                    settled_at=self.at if row.state == "quarantined" else None,
                )
            )
        wake(tx, self.workspace, self.wake_lane, "", self.at)


@dataclass(frozen=True, slots=True)
class CountEvents:
    """Count events that belong to no record, such as a refused signature."""

    workspace: str
    counts: tuple[tuple[str, str, int], ...]

    def apply(self, tx: Connection) -> None:
        """Add each `(name, label, by)`."""
        statement = insert_into(tx, Counter)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace", "name", "label"],
                set_={"value": literal_column("counter.value") + statement.excluded.value},
            ),
            [{"workspace": self.workspace, "name": name, "label": label, "value": by} for name, label, by in self.counts],
        )

    @classmethod
    def join(cls, commands: Sequence[CountEvents]) -> CountEvents:
        """Add the counts of many requests at once."""
        tally: Tally[tuple[str, str]] = Tally()
        for command in commands:
            for name, label, by in command.counts:
                tally[(name, label)] += by
        return replace(commands[0], counts=tuple((name, label, by) for (name, label), by in tally.items()))
