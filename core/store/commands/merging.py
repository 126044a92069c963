"""The commands by which a person says that two golden records are one, or are not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from core.model.merges import PERSON
from core.store.commands.decision import StoreDecision, WorldMoved
from core.store.commands.upsert import insert_into, table_of
from core.store.commands.verdicts import keep_verdict
from core.store.tables import AuditRow, GoldenRow


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


def audit(tx: Connection, who: tuple[str, datetime, str], action: str, golden_id: str, detail: str) -> None:
    """Write a line into the audit trail: in which workspace, when and by whom what was done."""
    workspace, at, by = who
    row = {"workspace": workspace, "at": at, "actor": by.removeprefix(PERSON), "action": action}
    tx.execute(insert_into(tx, AuditRow), [row | {"target": f"golden:{golden_id}", "detail": detail}])
