"""Commands of delivery: intents before a create, and what became of each link afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, update
from sqlalchemy.exc import IntegrityError

from core.store.commands.lanes import check_lease
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import AttemptRow, LinkRow

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordIntents:
    """Commit the intent to create, before the call: should the answer be lost, the next pass searches first."""

    workspace: str
    lane: str
    token: int
    at: datetime
    intents: tuple[tuple[str, str], ...]

    def apply(self, tx: Connection) -> None:
        """Note `(link id, key)` for each link."""
        check_lease(tx, self.workspace, self.lane, self.token)
        link = table_of(LinkRow)
        statement = (
            update(link)
            .where(link.c.workspace == self.workspace, link.c.id == bindparam("b_id"))
            .values(intent_key=bindparam("b_key"), intent_at=self.at)
        )
        tx.execute(statement, [{"b_id": link_id, "b_key": key} for link_id, key in self.intents])


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What a pass learnt about one link. `settled_version` is the want that is done; fields left None stay as they are."""

    link_id: str
    state: str
    settled_version: int
    next_at: datetime | None
    attempts: int = 0
    remote_id: str | None = None
    remote_version: str | None = None
    sealed_sent: bytes | None = None
    sealed_seen: bytes | None = None
    reason_code: str | None = None
    reason: str | None = None
    hint: str | None = None
    ticket: str | None = None
    ticket_version: int | None = None
    keep_intent: bool = False
    refused_fields: dict[str, str] | None = None
    diverged_fields: tuple[str, ...] | None = None
    forget_remote: bool = False


@dataclass(frozen=True, slots=True)
class RecordOutcomes:
    """Store a pass's outcomes and the attempts behind them, under the lane's lease.

    A link whose want moved on while it was being written stays behind and is due at once. A remote record that another
    link of the workspace holds already parks this link.
    """

    workspace: str
    lane: str
    token: int
    at: datetime
    outcomes: tuple[LinkOutcome, ...]
    attempts: tuple[Row, ...] = ()

    def apply(self, tx: Connection) -> None:
        """Write all outcomes, each safe from the others' conflicts."""
        check_lease(tx, self.workspace, self.lane, self.token)
        try:
            with tx.begin_nested():
                self._update(tx, self.outcomes)
        except IntegrityError:
            for outcome in self.outcomes:
                self._one(tx, outcome)
        if self.attempts:
            tx.execute(insert_into(tx, AttemptRow), list(self.attempts))

    def _one(self, tx: Connection, outcome: LinkOutcome) -> None:
        try:
            with tx.begin_nested():
                self._update(tx, [outcome])
        except IntegrityError:
            parked = LinkOutcome(
                outcome.link_id,
                "parked",
                outcome.settled_version,
                None,
                outcome.attempts,
                reason_code="remote_taken",
                reason=f"The record {outcome.remote_id} there belongs to another of our records already.",
                hint="The two are probably one person: compare them with `leadloom leads show`, then merge or correct one of them.",
            )
            self._update(tx, [parked])

    def _update(self, tx: Connection, outcomes: Sequence[LinkOutcome]) -> None:
        link = table_of(LinkRow)
        moved_on = (link.c.wanted_version > bindparam("b_settled")) & (bindparam("b_state").in_(["level", "parked"]))
        not_primary = link.c.role != "primary"
        statement = (
            update(link)
            .where(link.c.workspace == self.workspace, link.c.id == bindparam("b_id"))
            .values(
                state=case((not_primary, link.c.state), (moved_on, "behind"), else_=bindparam("b_state")),
                next_at=case((not_primary, None), (moved_on, self.at), else_=bindparam("b_next_at")),
                settled_version=bindparam("b_settled"),
                attempts=bindparam("b_attempts"),
                remote_id=case(
                    (bindparam("b_forget"), None), (bindparam("b_remote_id").is_not(None), bindparam("b_remote_id")), else_=link.c.remote_id
                ),
                remote_version=case(
                    (bindparam("b_remote_version").is_not(None), bindparam("b_remote_version")), else_=link.c.remote_version
                ),
                sealed_sent=case((bindparam("b_sent").is_not(None), bindparam("b_sent")), else_=link.c.sealed_sent),
                sealed_seen=case((bindparam("b_seen").is_not(None), bindparam("b_seen")), else_=link.c.sealed_seen),
                reason_code=case((not_primary, link.c.reason_code), else_=bindparam("b_code")),
                reason=case((not_primary, link.c.reason), else_=bindparam("b_reason")),
                hint=bindparam("b_hint"),
                ticket=bindparam("b_ticket"),
                ticket_version=bindparam("b_ticket_version"),
                intent_key=case((bindparam("b_keep_intent"), link.c.intent_key), else_=None),
                intent_at=case((bindparam("b_keep_intent"), link.c.intent_at), else_=None),
                refused_fields=bindparam("b_refused", type_=link.c.refused_fields.type),
                diverged_fields=bindparam("b_diverged", type_=link.c.diverged_fields.type),
                updated_at=self.at,
                level_at=case((bindparam("b_state") == "level", self.at), else_=link.c.level_at),
            )
        )
        tx.execute(statement, [_bound(outcome) for outcome in outcomes])


def _bound(outcome: LinkOutcome) -> Row:
    return {
        "b_id": outcome.link_id,
        "b_state": outcome.state,
        "b_settled": outcome.settled_version,
        "b_next_at": outcome.next_at,
        "b_attempts": outcome.attempts,
        "b_remote_id": outcome.remote_id,
        "b_remote_version": outcome.remote_version,
        "b_sent": outcome.sealed_sent,
        "b_seen": outcome.sealed_seen,
        "b_code": outcome.reason_code,
        "b_reason": outcome.reason,
        "b_hint": outcome.hint,
        "b_ticket": outcome.ticket,
        "b_ticket_version": outcome.ticket_version,
        "b_keep_intent": outcome.keep_intent,
        "b_refused": outcome.refused_fields,
        "b_diverged": list(outcome.diverged_fields) if outcome.diverged_fields else None,
        "b_forget": outcome.forget_remote,
    }
