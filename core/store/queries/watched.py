"""How the connections' subscriptions stood when they were last looked at."""

from __future__ import annotations

from sqlalchemy import select

from core.store.commands.upsert import table_of
from core.store.commands.watched import WatchedEntry
from core.store.store import Snapshot
from core.store.tables import Watched


def watched_by_connection(snapshot: Snapshot) -> dict[str, list[WatchedEntry]]:
    """What is known, by connection."""
    watched = table_of(Watched)
    columns = [watched.c[name] for name in WatchedEntry._fields]
    rows = snapshot.all(
        select(watched.c.connection, *columns).where(watched.c.workspace == snapshot.workspace).order_by(watched.c.connection, watched.c.id)
    )
    found: dict[str, list[WatchedEntry]] = {}
    for connection, *values in rows:
        found.setdefault(connection, []).append(WatchedEntry(*values))
    return found
