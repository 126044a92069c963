"""What is held of deliveries with a wrong signature, and the alerts about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import DoorAlert, Unverified


@dataclass(frozen=True, slots=True)
class Held:
    """How much is held of a connection, and since when."""

    deliveries: int
    size: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """That signatures are refused at a connection's door as they are when a secret is wrong."""

    code: str
    since: datetime
    last_at: datetime
    refused: int


def held_by_connection(snapshot: Snapshot) -> dict[str, Held]:
    """What is held, by connection."""
    held = table_of(Unverified)
    rows = snapshot.all(
        select(held.c.connection, func.count(), func.sum(held.c.size), func.min(held.c.received_at))
        .where(held.c.workspace == snapshot.workspace)
        .group_by(held.c.connection)
    )
    return {connection: Held(int(count), int(size), oldest) for connection, count, size, oldest in rows}


def alerts_by_connection(snapshot: Snapshot) -> dict[str, Alert]:
    """The alerts there are, by connection."""
    alert = table_of(DoorAlert)
    rows = snapshot.all(select(alert).where(alert.c.workspace == snapshot.workspace))
    return {row.connection: Alert(row.code, row.since, row.last_at, row.refused) for row in rows}


def held_digests(snapshot: Snapshot, connection: str) -> list[str]:
    """What names the held deliveries of a connection, oldest first."""
    held = table_of(Unverified)
    mine = (held.c.workspace == snapshot.workspace) & (held.c.connection == connection)
    return [row.digest for row in snapshot.all(select(held.c.digest).where(mine).order_by(held.c.received_at, held.c.digest))]


def held_rows(snapshot: Snapshot, connection: str, digests: Sequence[str]) -> Sequence[Any]:
    """Held deliveries by their names, still sealed, oldest first."""
    held = table_of(Unverified)
    mine = (held.c.workspace == snapshot.workspace) & (held.c.connection == connection) & held.c.digest.in_(digests)
    return snapshot.all(select(held).where(mine).order_by(held.c.received_at, held.c.digest))
