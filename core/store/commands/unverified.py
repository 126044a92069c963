"""Commands for deliveries whose signature was wrong: hold them within bounds, keep the alert about them, and release them.

Those of the door are plain statements, so that a server that is knocked at does not load SQLAlchemy for it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from core.store.codec import time_text
from core.store.commands.intake import InboxEntry, insert_entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

MOST_HELD = 1_000
MOST_BYTES = 64 * 1024 * 1024
"""What is held of one connection at most; what comes then is refused as it always was, and not held."""

NONE_PASS = "none_pass"  # noqa: S105 - a code, no secret
BURST = "burst"

_HOLD = (
    "INSERT INTO unverified (workspace, connection, digest, received_at, size, sealed_request) "
    "SELECT :workspace, :connection, :digest, :received_at, :size, :sealed_request WHERE "
    "(SELECT count(*) FROM unverified WHERE workspace = :workspace AND connection = :connection) < :most_held AND "
    "(SELECT coalesce(sum(size), 0) FROM unverified WHERE workspace = :workspace AND connection = :connection) + :size <= :most_bytes "
    "ON CONFLICT (workspace, connection, digest) DO NOTHING"
)
_NOTE = (
    "INSERT INTO door_alert (workspace, connection, code, since, last_at, refused) VALUES (:workspace, :connection, :code, :at, :at, :by) "
    "ON CONFLICT (workspace, connection) DO UPDATE SET "
    "code = excluded.code, last_at = excluded.last_at, refused = door_alert.refused + excluded.refused"
)
_CLEAR = "DELETE FROM door_alert WHERE workspace = :workspace AND connection = :connection AND code = :code"


@dataclass(frozen=True, slots=True)
class HoldUnverified:
    """Keep a refused delivery, sealed, where there is room; one that was held before (`digest`) is kept once."""

    workspace: str
    connection: str
    digest: str
    received_at: datetime
    size: int
    sealed_request: bytes

    def apply(self, tx: Connection) -> None:
        """Insert it unless the connection's share is used up."""
        from sqlalchemy import bindparam, text

        from core.store.commands.upsert import table_of
        from core.store.tables import Unverified

        at = bindparam("received_at", type_=table_of(Unverified).c.received_at.type)
        tx.execute(text(_HOLD).bindparams(at), self._values() | {"received_at": self.received_at})

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        raw.execute(_HOLD, self._values() | {"received_at": time_text(self.received_at)})

    def _values(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "connection": self.connection,
            "digest": self.digest,
            "size": self.size,
            "sealed_request": self.sealed_request,
            "most_held": MOST_HELD,
            "most_bytes": MOST_BYTES,
        }


@dataclass(frozen=True, slots=True)
class NoteRefusals:
    """Keep the alert of a door: `by` more refused signatures, and why that is worth one (`none_pass`, `burst`)."""

    workspace: str
    connection: str
    code: str
    at: datetime
    by: int

    def apply(self, tx: Connection) -> None:
        """Raise the alert, or add to it."""
        from sqlalchemy import bindparam, text

        from core.store.commands.upsert import table_of
        from core.store.tables import DoorAlert

        at = bindparam("at", type_=table_of(DoorAlert).c.since.type)
        tx.execute(text(_NOTE).bindparams(at), self._values() | {"at": self.at})

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        raw.execute(_NOTE, self._values() | {"at": time_text(self.at)})

    def _values(self) -> dict[str, Any]:
        return {"workspace": self.workspace, "connection": self.connection, "code": self.code, "by": self.by}


@dataclass(frozen=True, slots=True)
class ClearAlert:
    """A delivery has passed: that none does is over."""

    workspace: str
    connection: str

    def apply(self, tx: Connection) -> None:
        """Take the alert back; one about a burst stays, because those that pass beside it say nothing of it."""
        from sqlalchemy import text

        tx.execute(text(_CLEAR), self._values())

    def apply_plain(self, raw: sqlite3.Connection) -> None:
        """Do the same by the driver."""
        raw.execute(_CLEAR, self._values())

    def _values(self) -> dict[str, Any]:
        return {"workspace": self.workspace, "connection": self.connection, "code": NONE_PASS}


@dataclass(frozen=True, slots=True)
class ReleaseUnverified:
    """Take held deliveries out: `entries` is what they held as submissions, and nothing where they are discarded."""

    workspace: str
    connection: str
    digests: tuple[str, ...]
    entries: tuple[InboxEntry, ...]
    actor: str
    at: datetime

    def apply(self, tx: Connection) -> int:
        """Tell how many were taken out: none where somebody else took some of them meanwhile.

        A submission that came by another way meanwhile is counted on its first row.
        """
        from sqlalchemy import func, select

        from core.store.commands.upsert import insert_into, table_of
        from core.store.tables import AuditRow, DoorAlert, Unverified

        held, alert = table_of(Unverified), table_of(DoorAlert)
        here = (held.c.workspace == self.workspace) & (held.c.connection == self.connection) & held.c.digest.in_(self.digests)
        count = len(self.digests)
        if tx.execute(select(func.count()).select_from(held).where(here)).scalar() != count:
            return 0
        tx.execute(held.delete().where(here))
        insert_entries(tx, self.entries)
        tx.execute(alert.delete().where((alert.c.workspace == self.workspace) & (alert.c.connection == self.connection)))
        action = "unverified.release" if self.entries else "unverified.discard"
        detail = f"{count} deliveries, {len(self.entries)} submissions"
        row = {"workspace": self.workspace, "at": self.at, "actor": self.actor, "action": action}
        tx.execute(insert_into(tx, AuditRow), [row | {"target": f"connection:{self.connection}", "detail": detail}])
        return count
