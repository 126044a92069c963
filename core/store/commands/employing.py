"""Commands of lead-to-account matching: what was found, and what a person says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from core.model.records import EMPLOYED, NOBODY
from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.firm_tables import EmploymentRow, FirmKeyRow
from core.store.tables import IdentityKeyRow, LinkRow

Row = dict[str, Any]
TIED, OPEN, REFUSED = "tied", "open", "refused"
_CHUNK = 300
_KNOWN = ("account_id", "rival_id", "confidence", "name", "site", "place", "state", "at", "decided_by")


@dataclass(frozen=True, slots=True)
class StoreEmployments:
    """What a batch found, under the lane's lease. `firms` are the keys of records, anew for every id in `looked_at`.

    `found` are rows of `employment`; people in `looked_at` without one have no account that fits. What a person decided stays.
    `ties` holds for each person in `found` or lost the digest of the key that ties.
    """

    workspace: str
    lane: str
    token: int
    at: datetime
    looked_at: tuple[str, ...]
    people: tuple[str, ...]
    firms: tuple[Row, ...]
    found: tuple[Row, ...]
    ties: tuple[tuple[str, bytes], ...]

    def apply(self, tx: Connection) -> int:
        """Write it; gives how many people were tied to another account than before. Raises LeaseLost."""
        check_lease(tx, self.workspace, self.lane, self.token)
        key = table_of(FirmKeyRow)
        for part in _parts(self.looked_at):
            tx.execute(delete(key).where(key.c.workspace == self.workspace, key.c.golden_id.in_(part)))
        if self.firms:
            tx.execute(insert_into(tx, FirmKeyRow).on_conflict_do_nothing(), list(self.firms))
        decided = _decided(tx, self.workspace, self.people)
        found = [row for row in self.found if row["lead_id"] not in decided]
        lost = [lead for lead in self.people if lead not in decided and lead not in {row["lead_id"] for row in found}]
        job = table_of(EmploymentRow)
        for part in _parts(lost):
            tx.execute(delete(job).where(job.c.workspace == self.workspace, job.c.lead_id.in_(part)))
        save(tx, found)
        tied = {row["lead_id"]: row["account_id"] for row in found if row["state"] == TIED}
        changed = [lead for lead, digest in self.ties if lead not in decided and tie(tx, self.workspace, digest, tied.get(lead))]
        wake_links_of(tx, self.workspace, changed, self.at)
        return len(changed)


@dataclass(frozen=True, slots=True)
class SayEmployment:
    """A person's word about where somebody works: an account, or none (`state` refused). It is never overruled."""

    workspace: str
    at: datetime
    row: Row
    digest: bytes

    def apply(self, tx: Connection) -> None:
        """Write it, and have the person's records tied accordingly."""
        save(tx, [self.row])
        account = self.row["account_id"] if self.row["state"] == TIED else NOBODY
        if tie(tx, self.workspace, self.digest, account):
            wake_links_of(tx, self.workspace, [self.row["lead_id"]], self.at)


def save(tx: Connection, rows: Sequence[Row]) -> None:
    """Keep what was found, in the place of what was found before."""
    if rows:
        statement = insert_into(tx, EmploymentRow)
        newer = {name: statement.excluded[name] for name in _KNOWN}
        tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "lead_id"], set_=newer), list(rows))


def tie(tx: Connection, workspace: str, digest: bytes, account: str | None) -> bool:
    """Let the key that ties a person lead to this account, or to none; tells whether that changed anything."""
    key = table_of(IdentityKeyRow)
    mine = (key.c.workspace == workspace) & (key.c.kind == EMPLOYED) & (key.c.digest == digest)
    before = tx.execute(select(key.c.golden_id).where(mine)).scalar()
    if before == account:
        return False
    if account is None:
        tx.execute(delete(key).where(mine))
    elif before is None:
        tx.execute(insert_into(tx, IdentityKeyRow), [{"workspace": workspace, "kind": EMPLOYED, "digest": digest, "golden_id": account}])
    else:
        tx.execute(update(key).where(mine).values(golden_id=account))
    return True


def wake_links_of(tx: Connection, workspace: str, people: Sequence[str], at: datetime) -> None:
    """Have the records of these people looked at again: what they are tied to has changed."""
    link = table_of(LinkRow)
    for part in _parts(people):
        here = (link.c.workspace == workspace) & link.c.golden_id.in_(part) & (link.c.state == "level") & (link.c.role == "primary")
        lanes = tx.execute(select(link.c.connection, link.c.object).where(here).distinct()).all()
        if lanes:
            tx.execute(update(link).where(here).values(state="behind", next_at=at))
        for connection, object_name in lanes:
            wake(tx, workspace, f"deliver:{connection}:{object_name}", connection, at)


def _decided(tx: Connection, workspace: str, people: Sequence[str]) -> set[str]:
    job = table_of(EmploymentRow)
    found: set[str] = set()
    for part in _parts(people):
        rows = tx.execute(select(job.c.lead_id).where(job.c.workspace == workspace, job.c.lead_id.in_(part), job.c.decided_by.is_not(None)))
        found |= {row.lead_id for row in rows}
    return found


def _parts(ids: Sequence[str]) -> list[list[str]]:
    return [list(ids[start : start + _CHUNK]) for start in range(0, len(ids), _CHUNK)]
