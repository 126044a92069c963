"""The counts behind `status` and the metrics: never a person's data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.match_tables import MatchDueRow
from core.store.store import Snapshot
from core.store.tables import CallCount, Counter, CursorRow, Inbox, LaneRow, LinkRow, RunRow


@dataclass(frozen=True, slots=True)
class RunView:
    """One pass of a lane that did something."""

    id: str
    lane: str
    started_at: datetime
    ended_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LaneTurn:
    """Whose turn a lane is: `token` counts the passes begun, `held` says that one is at work."""

    token: int
    held: bool


def inbox_by_state(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """Submissions by connection and state."""
    return _by_connection_and_state(snapshot, Inbox)


def links_by_state(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """Links by connection and state."""
    return _by_connection_and_state(snapshot, LinkRow)


def _by_connection_and_state(snapshot: Snapshot, model: Any) -> dict[tuple[str, str], int]:
    table = table_of(model)
    rows = snapshot.all(
        select(table.c.connection, table.c.state, func.count())
        .where(table.c.workspace == snapshot.workspace)
        .group_by(table.c.connection, table.c.state)
    )
    return {(connection, state): int(count) for connection, state, count in rows}


def waiting_since(snapshot: Snapshot) -> tuple[datetime | None, datetime | None]:
    """When the oldest submission that is not settled arrived, and when the link that is due longest became due."""
    inbox, link = table_of(Inbox), table_of(LinkRow)
    oldest = snapshot.scalar(
        select(func.min(inbox.c.received_at)).where(inbox.c.workspace == snapshot.workspace, inbox.c.state.in_(("ready", "to_read")))
    )
    due = snapshot.scalar(
        select(func.min(link.c.next_at)).where(link.c.workspace == snapshot.workspace, link.c.state.in_(("behind", "pending")))
    )
    return oldest, due


def calls_on(snapshot: Snapshot, day: str) -> dict[str, int]:
    """API calls by connection on a UTC day (`2026-01-31`)."""
    calls = table_of(CallCount)
    rows = snapshot.all(
        select(calls.c.connection, func.sum(calls.c.calls))
        .where(calls.c.workspace == snapshot.workspace, calls.c.day == day)
        .group_by(calls.c.connection)
    )
    return {connection: int(count) for connection, count in rows}


def calls_ever(snapshot: Snapshot) -> dict[str, int]:
    """API calls by connection since the beginning: a number that only grows."""
    calls = table_of(CallCount)
    rows = snapshot.all(
        select(calls.c.connection, func.sum(calls.c.calls)).where(calls.c.workspace == snapshot.workspace).group_by(calls.c.connection)
    )
    return {connection: int(count) for connection, count in rows}


def counted_events(snapshot: Snapshot) -> dict[tuple[str, str], int]:
    """Events that belong to no record, by name and label."""
    counter = table_of(Counter)
    rows = snapshot.all(select(counter.c.name, counter.c.label, counter.c.value).where(counter.c.workspace == snapshot.workspace))
    return {(name, label): int(value) for name, label, value in rows}


def last_polls(snapshot: Snapshot) -> dict[tuple[str, str], datetime]:
    """When the objects of connections were last read to a page that was stored, an empty one too."""
    cursor = table_of(CursorRow)
    rows = snapshot.all(select(cursor.c.connection, cursor.c.object, cursor.c.updated_at).where(cursor.c.workspace == snapshot.workspace))
    return {(connection, object_name): at for connection, object_name, at in rows}


def last_runs(snapshot: Snapshot, limit: int, lane: str | None = None) -> list[RunView]:
    """The newest runs, newest first; of one lane if it is given."""
    run = table_of(RunRow)
    statement = select(run.c.id, run.c.lane, run.c.started_at, run.c.ended_at, run.c.counts).where(run.c.workspace == snapshot.workspace)
    if lane is not None:
        statement = statement.where(run.c.lane == lane)
    return [
        RunView(row.id, row.lane, row.started_at, row.ended_at, row.counts or {})
        for row in snapshot.all(statement.order_by(run.c.id.desc()).limit(limit))
    ]


def lane_turn(snapshot: Snapshot, lane: str) -> LaneTurn:
    """Where a lane's passes stand; one that never ran has had none."""
    table = table_of(LaneRow)
    row = snapshot.first(select(table.c.token, table.c.lease_until).where(table.c.workspace == snapshot.workspace, table.c.name == lane))
    return LaneTurn(0, held=False) if row is None else LaneTurn(int(row.token), row.lease_until is not None)


def backlog(snapshot: Snapshot, kind: str, connection: str, object_name: str) -> int:
    """How many records still wait for a lane; for one that reads, how many it has brought in that wait for their decision.

    What is left to replan is not counted.
    """
    inbox, link = table_of(Inbox), table_of(LinkRow)
    if kind == "replan":
        return 0
    if kind == "match":
        return _count(snapshot, MatchDueRow)
    if kind == "deliver":
        here = (link.c.connection == connection) & (link.c.object == object_name) & link.c.state.in_(("behind", "pending"))
        return int(snapshot.scalar(select(func.count()).select_from(link).where(link.c.workspace == snapshot.workspace, here)))
    mine = inbox.c.state == ("to_read" if kind == "fetch" else "ready")
    if connection:
        mine &= inbox.c.connection == connection
    return int(snapshot.scalar(select(func.count()).select_from(inbox).where(inbox.c.workspace == snapshot.workspace, mine)))


def _count(snapshot: Snapshot, model: Any) -> int:
    table = table_of(model)
    return int(snapshot.scalar(select(func.count()).select_from(table).where(table.c.workspace == snapshot.workspace)))
