"""What a run wrote: its attempts with what stood there before and what was sent, opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.store.codec import read_scalars
from core.store.commands.upsert import table_of
from core.store.queries.status import RunView
from core.store.store import Snapshot
from core.store.tables import AttemptRow, RunRow
from core.store.vault import Unreadable, WrongKey

NOT_APPLIED = ("refused", "unchanged")
"""Effects of attempts that changed nothing there."""


@dataclass(frozen=True, slots=True)
class RunAttempt:
    """One write of a run. `before` and `after` are None when the person was erased; a name that `before` lacks was not known."""

    link_id: str
    at: datetime
    effect: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def run_of_id(snapshot: Snapshot, run_id: str) -> RunView | None:
    """One run; None when there is no such one, or when it was cut off before it could be noted."""
    run = table_of(RunRow)
    row = snapshot.first(select(run).where(run.c.workspace == snapshot.workspace, run.c.id == run_id))
    return None if row is None else RunView(row.id, row.lane, row.started_at, row.ended_at, row.counts or {})


def attempts_of_run(snapshot: Snapshot, run_id: str) -> list[RunAttempt]:
    """What a run wrote, but what was refused or stood there already, in the order of its writes."""
    attempt = table_of(AttemptRow)
    mine = (attempt.c.workspace == snapshot.workspace, attempt.c.run_id == run_id, attempt.c.effect.not_in(NOT_APPLIED))
    rows = snapshot.all(select(attempt).where(*mine).order_by(attempt.c.id))
    snapshot.load_keys([row.key_id for row in rows])
    return [_opened(snapshot, row) for row in rows]


def _opened(snapshot: Snapshot, row: Any) -> RunAttempt:
    try:
        before = read_scalars(snapshot.open(row.key_id, "attempt.before", row.sealed_before))
        after = read_scalars(snapshot.open(row.key_id, "attempt.after", row.sealed_after))
    except WrongKey:
        raise
    except Unreadable:
        return RunAttempt(row.link_id, row.at, row.effect, None, None)
    return RunAttempt(row.link_id, row.at, row.effect, before, after)
