"""Bought leads: what was accepted before, for the decision; and what became of each, for the vendor's report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from core.model.ids import GoldenId
from core.store.commands.upsert import table_of
from core.store.inbox_seal import open_record
from core.store.store import Snapshot
from core.store.tables import AcceptedLeadRow, Inbox
from core.store.vault import Unreadable, WrongKey

_CHUNK = 300
_PAGE = 500


class BoughtBefore:
    """Answers the decision's questions about accepted leads (the `Bought` of `core.model.plan`)."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Take the snapshot to ask."""
        self._snapshot = snapshot

    def count(self, connection: str, campaign: str) -> int:
        """Count the accepted leads of a campaign."""
        accepted = table_of(AcceptedLeadRow)
        here = (*self._here(connection), accepted.c.campaign == campaign)
        return int(self._snapshot.scalar(select(func.count()).select_from(accepted).where(*here)))

    def has_lead(self, connection: str, lead: bytes) -> bool:
        """Look the vendor's id up by its hash."""
        accepted = table_of(AcceptedLeadRow)
        return self._snapshot.first(select(accepted.c.inbox_id).where(*self._here(connection), accepted.c.lead == lead)) is not None

    def campaigns_of(self, goldens: Sequence[GoldenId]) -> set[tuple[str, str]]:
        """Find them by the submissions of these people, which follow them when they are merged."""
        accepted, inbox = table_of(AcceptedLeadRow), table_of(Inbox)
        found: set[tuple[str, str]] = set()
        for start in range(0, len(goldens), _CHUNK):
            theirs = (inbox.c.workspace == self._snapshot.workspace, inbox.c.golden_id.in_(goldens[start : start + _CHUNK]))
            statement = (
                select(accepted.c.connection, accepted.c.campaign)
                .join(inbox, (inbox.c.workspace == accepted.c.workspace) & (inbox.c.id == accepted.c.inbox_id))
                .where(*theirs)
                .distinct()
            )
            found |= {(row.connection, row.campaign) for row in self._snapshot.all(statement)}
        return found

    def _here(self, connection: str) -> tuple[Any, ...]:
        accepted = table_of(AcceptedLeadRow)
        return (accepted.c.workspace == self._snapshot.workspace, accepted.c.connection == connection)


@dataclass(frozen=True, slots=True)
class BoughtLead:
    """One submission of a vendor's connection that was accepted or is in quarantine; `fields` is None where it does not open any more.

    `campaign` and the cost are those under which it was accepted; None and nothing for all others.
    """

    inbox_id: int
    object: str
    fields: dict[str, Any] | None
    at: datetime
    deliveries: int
    reason_code: str | None
    reason: str | None
    campaign: str | None
    cost: float | None
    currency: str


def bought_leads(snapshot: Snapshot, connection: str, since: datetime | None) -> Iterator[BoughtLead]:
    """Everything of a connection that was accepted or is in quarantine, oldest first; `since` is when it was decided."""
    accepted, inbox = table_of(AcceptedLeadRow), table_of(Inbox)
    same = (inbox.c.workspace == accepted.c.workspace) & (inbox.c.id == accepted.c.inbox_id)
    last = 0
    while True:
        mine = (inbox.c.workspace == snapshot.workspace) & (inbox.c.connection == connection) & (inbox.c.id > last)
        mine &= accepted.c.inbox_id.is_not(None) | (inbox.c.state == "quarantined")
        if since is not None:
            mine &= func.coalesce(accepted.c.at, inbox.c.settled_at, inbox.c.received_at) >= since
        columns = (inbox, accepted.c.campaign, accepted.c.cost, accepted.c.currency, accepted.c.at)
        rows = snapshot.all(select(*columns).join(accepted, same, isouter=True).where(mine).order_by(inbox.c.id).limit(_PAGE))
        yield from (_of(snapshot, row) for row in rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1].id


def _of(snapshot: Snapshot, row: Any) -> BoughtLead:
    is_accepted = row.at is not None
    return BoughtLead(
        inbox_id=row.id,
        object=row.object,
        fields=_fields(snapshot, row),
        at=row.at or row.settled_at or row.received_at,
        deliveries=1 + row.duplicates,
        reason_code=None if is_accepted else row.reason_code,
        reason=None if is_accepted else row.reason,
        campaign=row.campaign,
        cost=row.cost,
        currency=row.currency or "",
    )


def _fields(snapshot: Snapshot, row: Any) -> dict[str, Any] | None:
    try:
        return open_record(snapshot.store.vault, snapshot.workspace, row).fields
    except WrongKey:
        raise
    except Unreadable:
        return None


def undecided(snapshot: Snapshot, connection: str) -> int:
    """How many submissions of a connection wait for their decision."""
    inbox = table_of(Inbox)
    mine = (inbox.c.workspace == snapshot.workspace, inbox.c.connection == connection, inbox.c.state.in_(("ready", "to_read")))
    return int(snapshot.scalar(select(func.count()).select_from(inbox).where(*mine)))
