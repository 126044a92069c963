"""What enrichment reads: records that changed since it last looked, what was asked already, and what that has cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_

from core.model.records import GoldenValue
from core.store.codec import read_golden_values
from core.store.commands.enriching import ENRICHING
from core.store.commands.upsert import table_of
from core.store.enrichment_table import Enrichment
from core.store.queries.delivery import cursor_of
from core.store.store import Snapshot
from core.store.tables import GoldenRow, Inbox


@dataclass(frozen=True, slots=True)
class Place:
    """How far a lane has come over the golden records, in the order of their changes."""

    at: datetime
    golden_id: str

    def text(self) -> str:
        """Write it down."""
        return f"{self.at.isoformat()}|{self.golden_id}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A golden record that may lack something."""

    id: str
    changed_at: datetime
    values: dict[str, GoldenValue]


@dataclass(frozen=True, slots=True)
class Known:
    """What a provider said before."""

    outcome: str
    keep_until: datetime
    sealed_answer: bytes | None


def place_of(snapshot: Snapshot, connection: str) -> Place | None:
    """How far the lane of a provider has come; None before its first record."""
    text = cursor_of(snapshot, connection, ENRICHING)
    if text is None:
        return None
    at, _, golden_id = text.partition("|")
    return Place(datetime.fromisoformat(at), golden_id)


def changed_records(snapshot: Snapshot, subject: str, after: Place | None, until: datetime, limit: int) -> Sequence[Candidate]:
    """The golden records that changed after a place and not after `until`, in the order of their changes."""
    golden = table_of(GoldenRow)
    where: list[Any] = [golden.c.workspace == snapshot.workspace, golden.c.subject == subject, golden.c.state == "active"]
    where.append(golden.c.updated_at <= until)
    if after is not None:
        where.append(tuple_(golden.c.updated_at, golden.c.id) > tuple_(after.at, after.golden_id))
    rows = snapshot.all(select(golden).where(*where).order_by(golden.c.updated_at, golden.c.id).limit(limit))
    snapshot.load_keys([row.key_id for row in rows])
    return [Candidate(row.id, row.updated_at, _values(snapshot, row)) for row in rows]


def _values(snapshot: Snapshot, row: Any) -> dict[str, GoldenValue]:
    return read_golden_values(snapshot.open(row.key_id, "golden.values", row.sealed_values) or b"{}")


def asked_before(snapshot: Snapshot, connection: str, value: bytes) -> Known | None:
    """What this provider said about this value, however long ago."""
    asked = table_of(Enrichment)
    mine = (asked.c.workspace == snapshot.workspace, asked.c.connection == connection, asked.c.asked == value)
    row = snapshot.first(select(asked).where(*mine))
    return None if row is None else Known(row.outcome, row.keep_until, row.sealed_answer)


def cost_since(snapshot: Snapshot, connection: str, since: datetime) -> float:
    """What a provider's answers have cost since then."""
    asked = table_of(Enrichment)
    mine = (asked.c.workspace == snapshot.workspace, asked.c.connection == connection, asked.c.asked_at >= since)
    return float(snapshot.scalar(select(func.coalesce(func.sum(asked.c.cost), 0.0)).where(*mine)))


def is_undecided(snapshot: Snapshot, connections: Sequence[str]) -> bool:
    """Whether an answer of one of these still waits for its decision."""
    inbox = table_of(Inbox)
    mine = (inbox.c.workspace == snapshot.workspace, inbox.c.connection.in_(connections), inbox.c.state == "ready")
    return snapshot.first(select(inbox.c.id).where(*mine).limit(1)) is not None
