"""What the dispatcher reads: lanes, and the rows that make them due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.store import Snapshot, Store
from core.store.tables import ConnectionRow, Inbox, IntakeTotal, LaneRow, LinkRow


@dataclass(frozen=True, slots=True)
class LaneView:
    """A lane as the dispatcher and `status` see it."""

    name: str
    connection: str
    next_at: datetime | None
    lease_until: datetime | None
    attempts: int
    error_code: str | None
    error: str | None
    hint: str | None


def lanes(snapshot: Snapshot) -> list[LaneView]:
    """All lanes by name."""
    lane = table_of(LaneRow)
    columns = [lane.c[name] for name in LaneView.__dataclass_fields__]
    rows = snapshot.all(select(*columns).where(lane.c.workspace == snapshot.workspace).order_by(lane.c.name))
    return [LaneView(*row) for row in rows]


def links_due_by_lane(snapshot: Snapshot) -> dict[tuple[str, str], datetime]:
    """The earliest due time of waiting links, per connection and object: what a lane must be awake for."""
    link = table_of(LinkRow)
    rows = snapshot.all(
        select(link.c.connection, link.c.object, func.min(link.c.next_at))
        .where(link.c.workspace == snapshot.workspace, link.c.next_at.is_not(None))
        .group_by(link.c.connection, link.c.object)
    )
    return {(connection, object_name): at for connection, object_name, at in rows}


def inbox_due(snapshot: Snapshot) -> tuple[datetime | None, dict[str, datetime]]:
    """When the next decision is due, and per connection when the next pushed id is to be read.

    Asks for each connection that ever took something in, so that a long queue is not walked through to find its head.
    """
    inbox, totals = table_of(Inbox), table_of(IntakeTotal)

    def earliest(state: str) -> Any:
        mine = (inbox.c.state == state, inbox.c.workspace == snapshot.workspace, inbox.c.connection == totals.c.connection)
        return select(func.min(inbox.c.next_at)).where(*mine).correlate(totals).scalar_subquery()

    rows = snapshot.all(select(totals.c.connection, earliest("ready"), earliest("to_read")).where(totals.c.workspace == snapshot.workspace))
    ready = [at for _, at, _ in rows if at is not None]
    return min(ready, default=None), {connection: at for connection, _, at in rows if at is not None}


def paused_connections(snapshot: Snapshot) -> dict[str, tuple[str, str | None, str | None]]:
    """Connections that wait for somebody: code, reason and hint by name."""
    states = table_of(ConnectionRow)
    rows = snapshot.all(select(states).where(states.c.workspace == snapshot.workspace, states.c.paused_code.is_not(None)))
    return {row.connection: (row.paused_code, row.paused_reason, row.paused_hint) for row in rows}


def lane_attempts(store: Store, lane: str) -> int:
    """How many steps of a lane have failed in a row."""
    lanes_table = table_of(LaneRow)
    with store.snapshot() as snapshot:
        found = snapshot.scalar(
            select(lanes_table.c.attempts).where(lanes_table.c.workspace == store.workspace, lanes_table.c.name == lane)
        )
    return int(found or 0)
