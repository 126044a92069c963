"""What is known of the calls of remote accounts: set aside by us, and counted by the vendor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.store.commands.budget import Usage
from core.store.commands.upsert import table_of
from core.store.store import Snapshot
from core.store.tables import AccountCalls, AccountUsage


@dataclass(frozen=True, slots=True)
class Slice:
    """Calls set aside for a slice of time."""

    ends_at: datetime
    calls: int


def calls_aside(snapshot: Snapshot, over: datetime) -> Mapping[tuple[str, str], list[Slice]]:
    """The slices that ended after `over`, oldest first, by account and limit."""
    slices = table_of(AccountCalls)
    rows = snapshot.all(
        select(slices.c.account, slices.c.limit_name, slices.c.ends_at, slices.c.calls)
        .where(slices.c.workspace == snapshot.workspace, slices.c.ends_at > over)
        .order_by(slices.c.ends_at)
    )
    found: dict[tuple[str, str], list[Slice]] = {}
    for row in rows:
        found.setdefault((row.account, row.limit_name), []).append(Slice(row.ends_at, int(row.calls)))
    return found


def vendor_usage(snapshot: Snapshot) -> dict[str, Usage]:
    """What each vendor said last, by account."""
    usage = table_of(AccountUsage)
    rows = snapshot.all(select(usage).where(usage.c.workspace == snapshot.workspace))
    return {row.account: Usage(row.account, int(row.used), int(row.allowed), row.at) for row in rows}
