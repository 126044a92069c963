"""The commands by which a person says that two golden records are one, or are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from core.model.merges import PERSON
from core.store.commands.decision import StoreDecision, WorldMoved
from core.store.commands.upsert import insert_into, table_of
from core.store.commands.verdicts import keep_verdict, restore_verdicts
from core.store.tables import AuditRow, ConsentRow, GoldenRow, IdentityKeyRow, Inbox, MergeEventRow, ObservationRow

_CHUNK = 300


@dataclass(frozen=True, slots=True)
class StoreMerge:
    """Carry out a merge that was asked for, under the lane's name of nobody: versions alone guard it."""

    decision: StoreDecision
    pair: tuple[str, str]
    by: str

    def apply(self, tx: Connection) -> None:
        """Write all of it; what a person said is remembered. Raises WorldMoved."""
        at = self.decision.at
        if self.by.startswith(PERSON):
            keep_verdict(tx, self.decision.workspace, self.pair, ("same", self.by, at))
        self.decision.carry_out(tx)
        audit(tx, (self.decision.workspace, at, self.by), "records.merge", self.pair[0], f"with {self.pair[1]}")


@dataclass(frozen=True, slots=True)
class TellApart:
    """Remember that two golden records are different; `versions` are those that were looked at."""

    workspace: str
    pair: tuple[str, str]
    versions: tuple[int, int]
    by: str
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Keep the verdict. The records' versions go up, so that no decision under way merges them; raises WorldMoved."""
        golden = table_of(GoldenRow)
        for golden_id, version in zip(self.pair, self.versions, strict=True):
            here = (golden.c.workspace == self.workspace) & (golden.c.id == golden_id) & (golden.c.state == "active")
            if tx.execute(select(golden.c.version).where(here)).scalar() != version:
                raise WorldMoved("A record changed since it was looked at.")
            tx.execute(update(golden).where(here).values(version=version + 1))
        keep_verdict(tx, self.workspace, self.pair, ("different", self.by, self.at))
        audit(tx, (self.workspace, self.at, self.by), "records.tell_apart", self.pair[0], f"different from {self.pair[1]}")


@dataclass(frozen=True, slots=True)
class StoreUnmerge:
    """Take a merge back: `decision` holds both records and their links as they will be.

    `lost` is the golden record that comes back, from the version of its row, and what goes with it: `observations`, `keys`,
    `inbox` rows, and as `members` the ids that were merged into it before (those in `direct` without another between).
    """

    decision: StoreDecision
    event: str
    lost: tuple[str, int]
    holder: str
    observations: tuple[str, ...]
    keys: tuple[tuple[str, bytes], ...]
    inbox: tuple[int, ...]
    members: tuple[str, ...]
    direct: tuple[str, ...]
    by: str

    def apply(self, tx: Connection) -> None:
        """Write all of it, and remember that the two are different; raises WorldMoved.

        What each of the two was is forgotten: it has values of both under the key of one, and they may be erased apart.
        """
        workspace, at, (lost, version) = self.decision.workspace, self.decision.at, self.lost
        event, golden = table_of(MergeEventRow), table_of(GoldenRow)
        mine = (event.c.workspace == workspace) & (event.c.id == self.event) & event.c.undone_at.is_(None)
        if tx.execute(update(event).where(mine).values(undone_at=at, undone_by=self.by, sealed_parts=None)).rowcount != 1:
            raise WorldMoved("The merge was taken back meanwhile.")
        here = (golden.c.workspace == workspace) & (golden.c.id == lost) & (golden.c.state == "merged") & (golden.c.version == version)
        if tx.execute(update(golden).where(here).values(state="active", merged_into=None)).rowcount != 1:
            raise WorldMoved("The record that was lost has changed meanwhile.")
        self._move(tx)
        self.decision.carry_out(tx)
        restore_verdicts(tx, workspace, (lost, *self.members), lost)
        keep_verdict(tx, workspace, (lost, self.holder), ("different", self.by, at))
        audit(tx, (workspace, at, self.by), "records.unmerge", self.holder, f"restored {lost}")

    def _move(self, tx: Connection) -> None:
        lost, keys, golden = self.lost[0], table_of(IdentityKeyRow), table_of(GoldenRow)
        columns: tuple[tuple[Any, str, tuple[Any, ...], dict[str, Any]], ...] = (
            (ObservationRow, "id", self.observations, {"golden_id": lost}),
            (ConsentRow, "observation_id", self.observations, {"golden_id": lost}),
            (Inbox, "id", self.inbox, {"golden_id": lost}),
        )
        for model, column, ids, values in columns:
            table = table_of(model)
            for start in range(0, len(ids), _CHUNK):
                here = (table.c.workspace == self.decision.workspace) & (table.c.golden_id == self.holder)
                tx.execute(update(table).where(here, table.c[column].in_(ids[start : start + _CHUNK])).values(**values))
        for kind, digest in self.keys:
            here = (keys.c.workspace == self.decision.workspace) & (keys.c.kind == kind) & (keys.c.digest == digest)
            tx.execute(update(keys).where(here).values(golden_id=lost))
        for member in self.direct:
            here = (golden.c.workspace == self.decision.workspace) & (golden.c.id == member) & (golden.c.state == "merged")
            tx.execute(update(golden).where(here).values(merged_into=lost))


def audit(tx: Connection, who: tuple[str, datetime, str], action: str, golden_id: str, detail: str) -> None:
    """Write a line into the audit trail: in which workspace, when and by whom what was done."""
    workspace, at, by = who
    row = {"workspace": workspace, "at": at, "actor": by.removeprefix(PERSON), "action": action}
    tx.execute(insert_into(tx, AuditRow), [row | {"target": f"golden:{golden_id}", "detail": detail}])
