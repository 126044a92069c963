"""The command that keeps how a connection's subscriptions stood at the last look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from core.store.commands.upsert import insert_into, table_of
from core.store.tables import Watched


class WatchedEntry(NamedTuple):
    """How one subscription stands; `refused` says why its last renewal was refused, and what to do."""

    id: str
    name: str
    expires_at: datetime | None
    healthy: bool
    note: str
    renews: bool
    hint: str
    looked_at: datetime
    renewed_at: datetime | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class KeepWatched:
    """Replace what is known of a connection's subscriptions."""

    workspace: str
    connection: str
    entries: Sequence[WatchedEntry]

    def apply(self, tx: Connection) -> None:
        """Forget what is not told any more."""
        watched = table_of(Watched)
        tx.execute(watched.delete().where(watched.c.workspace == self.workspace, watched.c.connection == self.connection))
        if self.entries:
            key = {"workspace": self.workspace, "connection": self.connection}
            tx.execute(insert_into(tx, Watched), [key | entry._asdict() for entry in self.entries])
