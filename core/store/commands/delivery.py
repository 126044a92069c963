"""Commands of delivery: intents before a create, and what became of each link afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, case, func, literal, update
from sqlalchemy.exc import IntegrityError

from core.store.agreements import COLUMNS
from core.store.commands.lanes import check_lease
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import AttemptRow, LinkRow

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordIntents:
    """Commit the intent to create, before the call: should the answer be lost, the next pass searches first.

    With the key None an intent is taken back: the remote has said that it did nothing.
    """

    workspace: str
    lane: str
    token: int
    at: datetime
    intents: tuple[tuple[str, str | None], ...]

    def apply(self, tx: Connection) -> None:
        """Note `(link id, key)` for each link."""
        check_lease(tx, self.workspace, self.lane, self.token)
        link = table_of(LinkRow)
        statement = (
            update(link)
            .where(link.c.workspace == self.workspace, link.c.id == bindparam("b_id"))
            .values(intent_key=bindparam("b_key"), intent_at=bindparam("b_at"))
        )
        tx.execute(statement, [{"b_id": link_id, "b_key": key, "b_at": self.at if key else None} for link_id, key in self.intents])


@dataclass(frozen=True, slots=True)
class LinkOutcome:
    """What a pass learnt about one link. `settled_version` is the want that is done; fields left None stay as they are.

    `known` holds the columns of what the link knows from now on, worked out from what it knew at `known_version`.
    `keep_intent`: it is still unknown whether a create was applied; `stamp_intent`: it was tried until now. `closes`: the
    record is gone, and the link is not taken up again.
    """

    link_id: str
    state: str
    settled_version: int
    next_at: datetime | None
    attempts: int = 0
    remote_id: str | None = None
    known: Mapping[str, Any] | None = None
    known_version: int = 0
    sent_mapping_version: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    hint: str | None = None
    ticket: str | None = None
    ticket_version: int | None = None
    keep_intent: bool = False
    stamp_intent: bool = False
    refused_fields: dict[str, str] | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True)
class RecordOutcomes:
    """Store a pass's outcomes and the attempts behind them, under the lane's lease.

    A link whose want moved on while it was being written stays behind and is due at once; one that is not wanted any more
    keeps its reason and is not taken up again. A remote record that another link of the workspace holds already parks
    this link. Where something was learnt of a link meanwhile, its outcome is not stored.
    """

    workspace: str
    lane: str
    token: int
    at: datetime
    outcomes: tuple[LinkOutcome, ...]
    attempts: tuple[Row, ...] = ()

    def apply(self, tx: Connection) -> tuple[str, ...]:
        """Write all outcomes, each safe from the others' conflicts; give the links whose outcome must be worked out anew."""
        check_lease(tx, self.workspace, self.lane, self.token)
        stale = self._outcomes(tx) if self.outcomes else ()
        if self.attempts:
            tx.execute(insert_into(tx, AttemptRow), list(self.attempts))
        return stale

    def _outcomes(self, tx: Connection) -> tuple[str, ...]:
        try:
            with tx.begin_nested():
                self._update(tx, self.outcomes)
        except (IntegrityError, _Stale):
            return tuple(outcome.link_id for outcome in self.outcomes if not self._one(tx, outcome))
        return ()

    def _one(self, tx: Connection, outcome: LinkOutcome) -> bool:
        try:
            with tx.begin_nested():
                self._update(tx, [outcome])
        except _Stale:
            return False
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
        return True

    def _update(self, tx: Connection, outcomes: Sequence[LinkOutcome]) -> None:
        link = table_of(LinkRow)
        statement = (
            update(link)
            .where(link.c.workspace == self.workspace, link.c.id == bindparam("b_id"))
            .values(
                **_where_it_stands(link, self.at),
                **_what_it_knows(link),
                settled_version=bindparam("b_settled"),
                attempts=bindparam("b_attempts"),
                ticket=bindparam("b_ticket"),
                ticket_version=bindparam("b_ticket_version"),
                intent_key=case((bindparam("b_keep_intent"), link.c.intent_key), else_=None),
                intent_at=_intent_at(link, self.at),
                errand=case((bindparam("b_closes"), None), else_=link.c.errand),
                updated_at=self.at,
            )
        )
        plain = [_bound(outcome) for outcome in outcomes if outcome.known is None]
        if plain:
            tx.execute(statement, plain)
        knowing = [{**_bound(each), **each.known, "b_known": each.known_version} for each in outcomes if each.known is not None]
        if knowing:
            columns = {name: bindparam(name, type_=link.c[name].type) for name in COLUMNS}
            known = statement.where(link.c.known_version == bindparam("b_known"))
            if tx.execute(known.values(**columns, known_version=link.c.known_version + 1), knowing).rowcount != len(knowing):
                raise _Stale


class _Stale(Exception):
    """Something was learnt of a link since its outcome was worked out."""


def _given(link: Table, column: str, name: str) -> Any:
    """A parameter of a column's own type; inside CASE the database drivers could not tell it."""
    return bindparam(name, type_=link.c[column].type)


def _where_it_stands(link: Table, at: datetime) -> Row:
    state, now = _given(link, "state", "b_state"), literal(at, link.c.next_at.type)
    closes: Any = bindparam("b_closes")
    left = (link.c.role != "primary") & link.c.errand.is_(None)
    unwanted = (left | (link.c.state == "not_wanted")) & ~closes
    is_over = (state == "level") | (state == "parked")  # not IN: it cannot be bound for many rows at once
    moved_on = is_over & (link.c.wanted_version > bindparam("b_settled"))
    works_on = _given(link, "ticket", "b_ticket").is_not(None)
    next_at = _given(link, "next_at", "b_next_at")
    return {
        "state": case((unwanted | closes, "not_wanted"), (moved_on, "behind"), else_=state),
        "next_at": case((unwanted & works_on, next_at), (unwanted | closes, None), (moved_on, now), else_=next_at),
        "reason_code": case((unwanted, link.c.reason_code), else_=_given(link, "reason_code", "b_code")),
        "reason": case((unwanted, link.c.reason), else_=_given(link, "reason", "b_reason")),
        "hint": case((unwanted, link.c.hint), else_=_given(link, "hint", "b_hint")),
        "level_at": case((state == "level", now), else_=link.c.level_at),
    }


def _what_it_knows(link: Table) -> Row:
    known: Row = {}
    for column, name in (
        ("remote_id", "b_remote_id"),
        ("sent_mapping_version", "b_sent_mapping_version"),
    ):
        known[column] = func.coalesce(_given(link, column, name), link.c[column])
    known["refused_fields"] = case((bindparam("b_refused_stay"), link.c.refused_fields), else_=_given(link, "refused_fields", "b_refused"))
    return known


def _intent_at(link: Table, at: datetime) -> Any:
    now = literal(at, link.c.intent_at.type)
    stamped = bindparam("b_stamp_intent") & link.c.intent_at.is_not(None)
    return case((stamped, now), (bindparam("b_keep_intent"), link.c.intent_at), else_=None)


def _bound(outcome: LinkOutcome) -> Row:
    return {
        "b_id": outcome.link_id,
        "b_state": outcome.state,
        "b_settled": outcome.settled_version,
        "b_next_at": outcome.next_at,
        "b_attempts": outcome.attempts,
        "b_remote_id": outcome.remote_id,
        "b_sent_mapping_version": outcome.sent_mapping_version,
        "b_code": outcome.reason_code,
        "b_reason": outcome.reason,
        "b_hint": outcome.hint,
        "b_ticket": outcome.ticket,
        "b_ticket_version": outcome.ticket_version,
        "b_keep_intent": outcome.keep_intent,
        "b_stamp_intent": outcome.stamp_intent,
        "b_refused": outcome.refused_fields or None,
        "b_refused_stay": outcome.refused_fields is None,
        "b_closes": outcome.closes,
    }
