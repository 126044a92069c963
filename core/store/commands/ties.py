"""Ties between people's records and their companies': who waits for whom, and waking them when the other is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.store.commands.lanes import wake
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import EmployerKey, IdentityKeyRow, LinkRow


def save_employers(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Note whose records are tied to which companies; what was noted before stays, and only costs a look."""
    if rows:
        tx.execute(insert_into(tx, EmployerKey).on_conflict_do_nothing(), list(rows))


def wake_people(tx: Connection, workspace: str, accounts: Sequence[str], at: datetime) -> None:
    """Have the records of these companies' people looked at again: there may be something to tie them to."""
    link, key, employer = table_of(LinkRow), table_of(IdentityKeyRow), table_of(EmployerKey)
    for start in range(0, len(accounts), 300):
        mine = (key.c.workspace == workspace) & key.c.golden_id.in_(list(accounts[start : start + 300]))
        same = (employer.c.workspace == key.c.workspace) & (employer.c.kind == key.c.kind) & (employer.c.digest == key.c.digest)
        people = select(employer.c.golden_id).join(key, same).where(mine)
        here = (link.c.workspace == workspace) & link.c.golden_id.in_(people) & (link.c.state == "level") & (link.c.role == "primary")
        lanes = tx.execute(select(link.c.connection, link.c.object).where(here).distinct()).all()
        if lanes:
            tx.execute(update(link).where(here).values(state="behind", next_at=at))
        for connection, object_name in lanes:
            wake(tx, workspace, f"deliver:{connection}:{object_name}", connection, at)


@dataclass(frozen=True, slots=True)
class WakePeople:
    """Look again at the people of companies whose record there is known now."""

    workspace: str
    accounts: tuple[str, ...]
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Only links that are level are woken; the others are looked at anyway."""
        wake_people(tx, self.workspace, self.accounts, self.at)
