"""What the inbox knows of the rows of a file: which of them it has already, and what became of those of one import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import Inbox

_CHUNK = 500


def known_events(snapshot: Snapshot, connection: str, event_ids: Sequence[str]) -> set[str]:
    """Those of the event ids (as they are stored, hashed) that the inbox has from this connection."""
    inbox = table_of(Inbox)
    known: set[str] = set()
    for start in range(0, len(event_ids), _CHUNK):
        mine = (inbox.c.workspace == snapshot.workspace) & (inbox.c.connection == connection)
        rows = snapshot.all(select(inbox.c.event_id).where(mine, inbox.c.event_id.in_(event_ids[start : start + _CHUNK])))
        known.update(row.event_id for row in rows)
    return known


def outcomes_of(snapshot: Snapshot, connection: str, received_at: datetime) -> Mapping[str, int]:
    """How many rows that were received at exactly this moment ended how; `waiting` for those without an end."""
    inbox = table_of(Inbox)
    end = func.coalesce(inbox.c.outcome, "waiting").label("ended")
    mine = (inbox.c.workspace == snapshot.workspace) & (inbox.c.connection == connection) & (inbox.c.received_at == received_at)
    return {row.ended: row.number for row in snapshot.all(select(end, func.count().label("number")).where(mine).group_by(end))}
