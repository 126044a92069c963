"""What delivery reads: the links that are behind or wait for a job, opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.model.records import Scalar
from core.store.codec import read_scalars
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import CursorRow, Inbox, LinkRow


@dataclass(frozen=True, slots=True)
class DueLink:
    """A link with work to do. `sent` None: nothing was ever agreed with the remote."""

    id: str
    golden_id: str
    key_id: str
    remote_id: str | None
    remote_version: str | None
    wanted: Mapping[str, Scalar]
    wanted_version: int
    sent: Mapping[str, Scalar]
    seen: Mapping[str, Any]
    attempts: int
    intent_key: str | None
    intent_at: datetime | None
    ticket: str | None
    ticket_version: int | None
    diverged: tuple[str, ...]
    refused: Mapping[str, str]


def count_due(snapshot: Snapshot, connection: str, object_name: str, now: datetime) -> int:
    """How many links of an object are behind and due."""
    link = table_of(LinkRow)
    return int(snapshot.scalar(select(func.count()).select_from(link).where(*_due(snapshot, connection, object_name, "behind", now))))


def due_links(snapshot: Snapshot, connection: str, object_name: str, state: str, now: datetime, limit: int) -> list[DueLink]:
    """The links of an object that are due, longest waiting first."""
    link = table_of(LinkRow)
    rows = snapshot.all(
        select(link).where(*_due(snapshot, connection, object_name, state, now)).order_by(link.c.next_at, link.c.id).limit(limit)
    )
    snapshot.load_keys([row.key_id for row in rows])
    return [_opened(snapshot, row) for row in rows]


def _due(snapshot: Snapshot, connection: str, object_name: str, state: str, now: datetime) -> tuple[Any, ...]:
    link = table_of(LinkRow)
    return (
        link.c.workspace == snapshot.workspace,
        link.c.connection == connection,
        link.c.object == object_name,
        link.c.state == state,
        link.c.next_at <= now,
    )


def _opened(snapshot: Snapshot, row: Any) -> DueLink:
    return DueLink(
        id=row.id,
        golden_id=row.golden_id,
        key_id=row.key_id,
        remote_id=row.remote_id,
        remote_version=row.remote_version,
        wanted=read_scalars(snapshot.open(row.key_id, "link.wanted", row.sealed_wanted)),
        wanted_version=row.wanted_version,
        sent=read_scalars(snapshot.open(row.key_id, "link.sent", row.sealed_sent)),
        seen=read_scalars(snapshot.open(row.key_id, "link.seen", row.sealed_seen)),
        attempts=row.attempts,
        intent_key=row.intent_key,
        intent_at=row.intent_at,
        ticket=row.ticket,
        ticket_version=row.ticket_version,
        diverged=tuple(row.diverged_fields or ()),
        refused=row.refused_fields or {},
    )


@dataclass(frozen=True, slots=True)
class ToRead:
    """A submission of which only the id came."""

    inbox_id: int
    connection: str
    event_id: str
    object: str
    native_id: str
    flag: str
    attempts: int
    received_at: datetime
    wrapped_key: bytes


def submissions_to_read(snapshot: Snapshot, connection: str, now: datetime, limit: int) -> list[ToRead]:
    """The oldest submissions of a connection whose record must be fetched by id."""
    inbox = table_of(Inbox)
    columns = [
        inbox.c[name] for name in ("connection", "event_id", "object", "native_id", "flag", "attempts", "received_at", "wrapped_key")
    ]
    rows = snapshot.all(
        select(inbox.c.id.label("inbox_id"), *columns)
        .where(
            inbox.c.workspace == snapshot.workspace, inbox.c.connection == connection, inbox.c.state == "to_read", inbox.c.next_at <= now
        )
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [ToRead(**row._mapping) for row in rows]


def cursor_of(snapshot: Snapshot, connection: str, object_name: str) -> str | None:
    """Where reading of an object goes on."""
    cursor = table_of(CursorRow)
    found: str | None = snapshot.scalar(
        select(cursor.c.value).where(
            cursor.c.workspace == snapshot.workspace, cursor.c.connection == connection, cursor.c.object == object_name
        )
    )
    return found
