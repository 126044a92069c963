"""What links know of their records, between rows and values: sealed what was sent and seen, plain what only counts and names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from core.model.ids import LinkId
from core.model.remote import Agreement, Frozen
from core.store.codec import read_scalars, scalars
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import LinkRow

_CHUNK = 300
COLUMNS = (
    "remote_version",
    "sealed_sent",
    "sealed_seen",
    "diverged_fields",
    "frozen_fields",
    "bounces",
    "sent_at",
    "sent_fields",
    "seen_at",
)
"""The columns that an agreement fills."""


def read_agreements(snapshot: Snapshot, ids: Sequence[str]) -> dict[LinkId, Agreement]:
    """Load what these links know."""
    link = table_of(LinkRow)
    found: dict[LinkId, Agreement] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = snapshot.all(select(link).where(link.c.workspace == snapshot.workspace, link.c.id.in_(list(ids[start : start + _CHUNK]))))
        snapshot.load_keys([row.key_id for row in rows])
        found |= {LinkId(row.id): open_agreement(snapshot, row) for row in rows}
    return found


def open_agreement(snapshot: Snapshot, row: Any) -> Agreement:
    """Open one row; raises Unreadable when the person was erased."""
    return Agreement(
        link_id=LinkId(row.id),
        remote_id=row.remote_id,
        remote_version=row.remote_version,
        sent=read_scalars(snapshot.open(row.key_id, "link.sent", row.sealed_sent)),
        seen=read_scalars(snapshot.open(row.key_id, "link.seen", row.sealed_seen)),
        diverged=tuple(row.diverged_fields or ()),
        frozen={name: Frozen(why) for name, why in (row.frozen_fields or {}).items()},
        bounces={name: tuple(times) for name, times in (row.bounces or {}).items()},
        sent_at=row.sent_at,
        sent_fields=tuple(row.sent_fields or ()),
        seen_at=row.seen_at,
        version=row.known_version,
    )


def agreement_columns(agreement: Agreement, seal: Callable[[str, bytes], bytes]) -> Mapping[str, Any]:
    """Fill the columns; `seal` seals bytes for a place with the link's key."""
    return {
        "remote_version": agreement.remote_version,
        "sealed_sent": seal("link.sent", scalars(agreement.sent) or b"{}"),
        "sealed_seen": seal("link.seen", scalars(agreement.seen) or b"{}"),
        "diverged_fields": list(agreement.diverged) or None,
        "frozen_fields": {name: why.value for name, why in agreement.frozen.items()} or None,
        "bounces": {name: list(times) for name, times in agreement.bounces.items()} or None,
        "sent_at": agreement.sent_at,
        "sent_fields": list(agreement.sent_fields) or None,
        "seen_at": agreement.seen_at,
    }
