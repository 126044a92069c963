"""Looking back: the newest stored submissions with what became of them, for a rehearsal of edited mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select

from core.model.ids import GoldenId
from core.model.plan import Submission
from core.store.commands.upsert import table_of
from core.store.queries.decision import opened_submission
from core.store.store import Snapshot
from core.store.tables import GoldenRow, Inbox

_PART = 200


@dataclass(frozen=True, slots=True)
class Decided:
    """A stored submission, opened, and the golden record that it became part of, if any."""

    submission: Submission
    golden_id: GoldenId | None


def recent_submissions(snapshot: Snapshot, most: int) -> Iterator[list[Decided]]:
    """The newest submissions of which a record is stored, newest first, in parts; one that does not open has the flag `UNREADABLE`."""
    inbox, left, before = table_of(Inbox), most, None
    while left > 0:
        mine = (inbox.c.workspace == snapshot.workspace) & inbox.c.sealed_change.is_not(None)
        if before is not None:
            mine &= inbox.c.id < before
        rows = snapshot.all(select(inbox).where(mine).order_by(inbox.c.id.desc()).limit(min(left, _PART)))
        if not rows:
            return
        yield [Decided(opened_submission(snapshot, row), GoldenId(row.golden_id) if row.golden_id else None) for row in rows]
        left -= len(rows)
        before = rows[-1].id


def count_submissions(snapshot: Snapshot) -> int:
    """How many submissions are stored whose record could be looked at."""
    inbox = table_of(Inbox)
    mine = (inbox.c.workspace == snapshot.workspace) & inbox.c.sealed_change.is_not(None)
    return int(snapshot.scalar(select(func.count()).select_from(inbox).where(mine)))


def count_goldens(snapshot: Snapshot) -> int:
    """How many golden records there are."""
    golden = table_of(GoldenRow)
    mine = (golden.c.workspace == snapshot.workspace) & (golden.c.state == "active")
    return int(snapshot.scalar(select(func.count()).select_from(golden).where(mine)))
