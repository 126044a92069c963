"""Keeping what people said of pairs of records: it follows what those are part of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, or_, update

from core.store.commands.upsert import insert_into, table_of
from core.store.tables import VerdictRow


def move_verdicts(tx: Connection, workspace: str, moved: Sequence[tuple[str, str]]) -> None:
    """Have what was said of merged records count for those that they are part of now."""
    verdict = table_of(VerdictRow)
    for loser, survivor in moved:
        for now in (verdict.c.left_now, verdict.c.right_now):
            tx.execute(update(verdict).where(verdict.c.workspace == workspace, now == loser).values({now.name: survivor}))


def restore_verdicts(tx: Connection, workspace: str, ids: Sequence[str], restored: str) -> None:
    """Have what was said of these records count for one that was restored, of which they are part."""
    verdict = table_of(VerdictRow)
    for name in ("left", "right"):
        here = (verdict.c.workspace == workspace) & verdict.c[f"{name}_id"].in_(list(ids))
        tx.execute(update(verdict).where(here).values({f"{name}_now": restored}))


def keep_verdict(tx: Connection, workspace: str, pair: tuple[str, str], said: tuple[str, str, datetime]) -> None:
    """Remember what is said of two records now (verdict, by whom, when), in place of all that was said of the two before."""
    verdict = table_of(VerdictRow)
    (one, other), (word, by, at) = sorted(pair), said
    told = {"verdict": word, "by": by, "at": at}
    either = or_(
        and_(verdict.c.left_now == one, verdict.c.right_now == other), and_(verdict.c.left_now == other, verdict.c.right_now == one)
    )
    tx.execute(update(verdict).where(verdict.c.workspace == workspace, either).values(**told))
    mine = {"workspace": workspace, "left_id": one, "right_id": other}
    now = {"left_now": one, "right_now": other, **told}
    statement = insert_into(tx, VerdictRow).values(**mine, **now)
    tx.execute(statement.on_conflict_do_update(index_elements=list(mine), set_=now))
