"""Commands of the lanes: wake, lease with a fencing token, finish; pauses, tokens and call counts of connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, literal_column, or_, select, update

from core.store.commands.budget import Unused, Usage, give_back, keep_usage
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import CallCount, ConnectionRow, LaneRow, RunRow, ScheduleSlot


class LeaseLost(Exception):
    """Another worker holds the lane now; what this one wanted to write is not written."""


def check_lease(tx: Connection, workspace: str, lane: str, token: int) -> None:
    """Raise LeaseLost unless `token` is the lane's newest one."""
    lanes = table_of(LaneRow)
    found = tx.execute(select(lanes.c.token).where(lanes.c.workspace == workspace, lanes.c.name == lane)).scalar()
    if found != token:
        raise LeaseLost(f"Lane '{lane}' was taken over by another worker.")


def wake(tx: Connection, workspace: str, lane: str, connection: str, at: datetime) -> None:
    """Make a lane due at `at`, or earlier where it already is. A lane that waits because of an error keeps its time."""
    statement = insert_into(tx, LaneRow)
    lanes = table_of(LaneRow)
    later = lanes.c.next_at.is_(None) | (lanes.c.next_at > statement.excluded.next_at)
    earlier = case((lanes.c.error_code.is_(None) & later, statement.excluded.next_at), else_=lanes.c.next_at)
    tx.execute(
        statement.on_conflict_do_update(index_elements=["workspace", "name"], set_={"next_at": earlier}),
        [{"workspace": workspace, "name": lane, "connection": connection, "next_at": at, "token": 0, "attempts": 0}],
    )


@dataclass(frozen=True, slots=True)
class WakeLane:
    """Make a lane due."""

    workspace: str
    lane: str
    connection: str
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Never later than it already was."""
        wake(tx, self.workspace, self.lane, self.connection, self.at)


@dataclass(frozen=True, slots=True)
class ServeSlot:
    """Wake a lane for a schedule slot, once however many schedulers try."""

    workspace: str
    schedule: str
    slot: str
    lane: str
    connection: str
    at: datetime

    def apply(self, tx: Connection) -> bool:
        """Tell whether this call was the first for the slot."""
        key = {"workspace": self.workspace, "schedule": self.schedule, "slot": self.slot}
        first = tx.execute(insert_into(tx, ScheduleSlot).on_conflict_do_nothing(), [key]).rowcount == 1
        if first:
            slots = table_of(ScheduleSlot)
            older = (slots.c.workspace == self.workspace) & (slots.c.schedule == self.schedule) & (slots.c.slot < self.slot)
            tx.execute(slots.delete().where(older))
            wake(tx, self.workspace, self.lane, self.connection, self.at)
        return first


@dataclass(frozen=True, slots=True)
class TakeLease:
    """Take a lane for a while; the token fences off whoever held it before."""

    workspace: str
    lane: str
    connection: str
    now: datetime
    until: datetime

    def apply(self, tx: Connection) -> int | None:
        """Give the fencing token, or None while another worker's lease runs."""
        lanes = table_of(LaneRow)
        mine = (lanes.c.workspace == self.workspace) & (lanes.c.name == self.lane)
        found = tx.execute(select(lanes.c.token, lanes.c.lease_until).where(mine)).first()
        if found is None:
            row = {
                "workspace": self.workspace,
                "name": self.lane,
                "connection": self.connection,
                "token": 1,
                "attempts": 0,
                "lease_until": self.until,
            }
            tx.execute(insert_into(tx, LaneRow), [row])
            return 1
        if found.lease_until is not None and found.lease_until > self.now:
            return None
        token = int(found.token) + 1
        tx.execute(update(lanes).where(mine).values(token=token, lease_until=self.until, next_at=None, connection=self.connection))
        return token


@dataclass(frozen=True, slots=True)
class RenewLease:
    """Prolong a lease that is still held."""

    workspace: str
    lane: str
    token: int
    until: datetime

    def apply(self, tx: Connection) -> None:
        """Raise LeaseLost when it is not."""
        check_lease(tx, self.workspace, self.lane, self.token)
        lanes = table_of(LaneRow)
        tx.execute(update(lanes).where(lanes.c.workspace == self.workspace, lanes.c.name == self.lane).values(lease_until=self.until))


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a pass of a lane did, for the run log."""

    id: str
    started_at: datetime
    ended_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FinishLane:
    """Give a lane back: when it is due again, and why it waits when something went wrong."""

    workspace: str
    lane: str
    token: int
    next_at: datetime | None
    attempts: int = 0
    error_code: str | None = None
    error: str | None = None
    hint: str | None = None
    run: RunReport | None = None

    def apply(self, tx: Connection) -> None:
        """Keep an earlier wake-up that arrived while the lane was held; do nothing when the lease is lost."""
        lanes = table_of(LaneRow)
        mine = (lanes.c.workspace == self.workspace) & (lanes.c.name == self.lane) & (lanes.c.token == self.token)
        values: dict[str, Any] = {
            "lease_until": None,
            "attempts": self.attempts,
            "error_code": self.error_code,
            "error": self.error,
            "hint": self.hint,
        }
        if self.error_code is not None:
            values["next_at"] = self.next_at
        elif self.next_at is not None:
            values["next_at"] = case((or_(lanes.c.next_at.is_(None), lanes.c.next_at > self.next_at), self.next_at), else_=lanes.c.next_at)
        tx.execute(update(lanes).where(mine).values(**values))
        if self.run is not None:
            run = {"workspace": self.workspace, "id": self.run.id, "lane": self.lane, "counts": dict(self.run.counts)}
            tx.execute(insert_into(tx, RunRow), [run | {"started_at": self.run.started_at, "ended_at": self.run.ended_at}])


@dataclass(frozen=True, slots=True)
class SetPause:
    """Pause a connection with the reason, or let it go on (`code` None)."""

    workspace: str
    connection: str
    at: datetime
    code: str | None
    reason: str | None = None
    hint: str | None = None

    def apply(self, tx: Connection) -> None:
        """Going on makes every lane of the connection due."""
        values = {
            "paused_code": self.code,
            "paused_reason": self.reason,
            "paused_hint": self.hint,
            "paused_at": self.at if self.code else None,
        }
        statement = insert_into(tx, ConnectionRow).on_conflict_do_update(index_elements=["workspace", "connection"], set_=values)
        tx.execute(statement, [{"workspace": self.workspace, "connection": self.connection, **values}])
        if self.code is None:
            lanes = table_of(LaneRow)
            mine = (lanes.c.workspace == self.workspace) & (lanes.c.connection == self.connection)
            tx.execute(update(lanes).where(mine).values(next_at=self.at, attempts=0, error_code=None, error=None, hint=None))


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Keep a connection's sealed token over restarts."""

    workspace: str
    connection: str
    sealed: bytes

    def apply(self, tx: Connection) -> None:
        """Replace the one before."""
        statement = insert_into(tx, ConnectionRow).on_conflict_do_update(
            index_elements=["workspace", "connection"], set_={"sealed_token": self.sealed}
        )
        tx.execute(statement, [{"workspace": self.workspace, "connection": self.connection, "sealed_token": self.sealed}])


@dataclass(frozen=True, slots=True)
class CountCalls:
    """Add API calls to the day's count; each entry is `(connection, day, operation, calls)`.

    With them goes what a step leaves of its accounts' budgets: calls not made, and what the vendors said.
    """

    workspace: str
    counts: tuple[tuple[str, str, str, int], ...]
    unused: tuple[Unused, ...] = ()
    usages: tuple[Usage, ...] = ()

    def apply(self, tx: Connection) -> None:
        """Add to what is there."""
        give_back(tx, self.workspace, self.unused)
        keep_usage(tx, self.workspace, self.usages)
        if self.counts:
            self._count(tx)

    def _count(self, tx: Connection) -> None:
        statement = insert_into(tx, CallCount)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace", "connection", "day", "operation"],
                set_={"calls": literal_column("call_count.calls") + statement.excluded.calls},
            ),
            [
                {"workspace": self.workspace, "connection": connection, "day": day, "operation": operation, "calls": calls}
                for connection, day, operation, calls in self.counts
            ],
        )
