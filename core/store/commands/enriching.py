"""Commands of enrichment: what a provider answered, with how far its lane has come, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.store.commands.intake import InboxEntry, insert_entries
from core.store.commands.lanes import check_lease, wake
from core.store.commands.pages import unseen
from core.store.commands.upsert import insert_into
from core.store.enrichment_table import Enrichment
from core.store.tables import CursorRow

ENRICHING = "*enrich"
"""The object under which the place of an enrichment lane is kept; no vendor's object begins with a star."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that was made: for which value (its keyed hash), what came of it, what it cost, how long it holds."""

    value: bytes
    outcome: str
    at: datetime
    keep_until: datetime
    cost: float
    sealed_answer: bytes | None = None


@dataclass(frozen=True, slots=True)
class StoreAnswer:
    """Keep what was asked, hand the answers over to the decision, and move the lane's place, under its lease."""

    workspace: str
    connection: str
    place: str
    at: datetime
    lane: str
    token: int
    wake_lane: str
    asked: tuple[Asked, ...] = ()
    entries: tuple[InboxEntry, ...] = ()

    def apply(self, tx: Connection) -> None:
        """Write all of it or nothing; what was handed over before is left alone."""
        check_lease(tx, self.workspace, self.lane, self.token)
        for each in self.asked:
            self._remember(tx, each)
        insert_entries(tx, unseen(tx, self.workspace, self.entries) if self.entries else [])
        key = {"workspace": self.workspace, "connection": self.connection, "object": ENRICHING}
        statement = insert_into(tx, CursorRow)
        newer = {"value": self.place, "updated_at": self.at}
        tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=newer), [key | newer])
        if self.entries:
            wake(tx, self.workspace, self.wake_lane, "", self.at)

    def _remember(self, tx: Connection, asked: Asked) -> None:
        key = {"workspace": self.workspace, "connection": self.connection, "asked": asked.value}
        told = {
            "outcome": asked.outcome,
            "asked_at": asked.at,
            "keep_until": asked.keep_until,
            "cost": asked.cost,
            "sealed_answer": asked.sealed_answer,
        }
        statement = insert_into(tx, Enrichment)
        tx.execute(statement.on_conflict_do_update(index_elements=list(key), set_=told), [key | told])
