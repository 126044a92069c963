"""Where matching stands, in numbers: never a person's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from core.store.commands.upsert import table_of
from core.store.match_tables import MatchCrowdRow, MatchDueRow, ReviewPairRow
from core.store.store import Snapshot


@dataclass(frozen=True, slots=True)
class MatchingCounts:
    """Where matching stands: open pairs, records that wait, those held back by a flood, keys that are full."""

    open_pairs: int
    waiting: int
    held: int
    full_keys: int


def matching_counts(snapshot: Snapshot) -> MatchingCounts:
    """Count what waits."""
    pair, due, crowd = table_of(ReviewPairRow), table_of(MatchDueRow), table_of(MatchCrowdRow)

    def count(table: Any, *where: Any) -> int:
        return int(snapshot.scalar(select(func.count()).select_from(table).where(table.c.workspace == snapshot.workspace, *where)))

    return MatchingCounts(
        open_pairs=count(pair, pair.c.state == "open"),
        waiting=count(due),
        held=count(due, due.c.held.is_(True)),
        full_keys=count(crowd, crowd.c.beyond > 0),
    )
