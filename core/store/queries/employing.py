"""What lead-to-account matching reads: firms by their keys, people who may work for an account, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.store.commands.upsert import table_of
from core.store.firm_tables import EmploymentRow, FirmKeyRow
from core.store.store import Snapshot

MOST_OF_A_KEY = 200
"""Firms of one key that are looked at, the oldest first: a key that more have says little of any of them."""
_CHUNK = 300


@dataclass(frozen=True, slots=True)
class FoundEmployment:
    """One row of what was found."""

    lead_id: str
    account_id: str | None
    rival_id: str | None
    confidence: float
    name: str
    site: str
    place: str
    state: str
    at: datetime
    decided_by: str | None


def sharing(snapshot: Snapshot, digests: Collection[bytes], *, accounts: bool, most: int) -> list[str]:
    """The accounts (or people) that share these keys, those that share most first, then the oldest."""
    key = table_of(FirmKeyRow)
    shared: Counter[str] = Counter()
    for digest in sorted(set(digests)):
        here = (key.c.workspace == snapshot.workspace) & (key.c.is_account == accounts) & (key.c.digest == digest)
        rows = snapshot.all(select(key.c.golden_id).where(here).order_by(key.c.golden_id).limit(MOST_OF_A_KEY))
        shared.update(row.golden_id for row in rows)
    return sorted(shared, key=lambda each: (-shared[each], each))[:most]


def employments(
    snapshot: Snapshot, *, people: Sequence[str] | None = None, state: str | None = None, limit: int = 100
) -> list[FoundEmployment]:
    """What was found, of certain people or in a certain state; the surest first."""
    job = table_of(EmploymentRow)
    statement = select(job).where(job.c.workspace == snapshot.workspace)
    if people is not None:
        statement = statement.where(job.c.lead_id.in_(list(people)))
    if state is not None:
        statement = statement.where(job.c.state == state)
    rows = snapshot.all(statement.order_by(job.c.confidence.desc(), job.c.lead_id).limit(limit))
    columns = FoundEmployment.__dataclass_fields__
    return [FoundEmployment(**{name: getattr(row, name) for name in columns}) for row in rows]
