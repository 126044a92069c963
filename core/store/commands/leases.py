"""The command that a server gives first: whoever worked before it works no more."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BREAK = "UPDATE lane SET next_at = coalesce(next_at, lease_until), lease_until = NULL, token = token + 1 WHERE workspace = ?"


@dataclass(frozen=True, slots=True)
class BreakLeases:
    """End all leases: said by the process that knows itself to be the only one, after a crash."""

    workspace: str

    def apply(self, tx: Connection) -> None:
        """Tokens count up, so whoever still works is fenced off. A lane that was at work is due again when its lease would have ended."""
        from sqlalchemy import func, update

        from core.store.commands.upsert import table_of
        from core.store.tables import LaneRow

        lanes = table_of(LaneRow)
        values = {"next_at": func.coalesce(lanes.c.next_at, lanes.c.lease_until), "lease_until": None, "token": lanes.c.token + 1}
        tx.execute(update(lanes).where(lanes.c.workspace == self.workspace).values(values))

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        raw.execute(_BREAK, (self.workspace,))
