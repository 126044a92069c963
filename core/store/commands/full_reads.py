"""Commands of readings from the beginning: what their pages show, how they end, and the writing that waits for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from core.model.records import Closed
from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import CursorRow, FullRead, Inbox, LaneRow, LinkRow

_AT_ONCE = 500
AMBIGUOUS = "ambiguous"
"""The reason code of a link for which several records there could be the one."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page of a full read shows: the ids of its records; `begins`: the read starts with this page."""

    begins: bool
    shown: tuple[str, ...]
    records: int


def note_listing(tx: Connection, workspace: str, place: tuple[str, str], listing: Listing, at: datetime) -> None:
    """Keep that a full read is under way, and which links' records it has shown so far."""
    connection, object_name = place
    if listing.begins:
        begun = {"started_at": at, "ended_at": None, "records": 0, "missed": 0}
        _put(tx, {"workspace": workspace, "connection": connection, "object": object_name, **begun, "holds": False}, begun)
    read, link = table_of(FullRead), table_of(LinkRow)
    tx.execute(update(read).where(_is(read, workspace, connection, object_name)).values(records=read.c.records + listing.records))
    for start in range(0, len(listing.shown), _AT_ONCE):
        ids = list(listing.shown[start : start + _AT_ONCE])
        tx.execute(update(link).where(_is(link, workspace, connection, object_name), link.c.remote_id.in_(ids)).values(listed_at=at))


def _put(tx: Connection, row: dict[str, Any], changes: dict[str, Any]) -> None:
    statement = insert_into(tx, FullRead)
    tx.execute(statement.on_conflict_do_update(index_elements=["workspace", "connection", "object"], set_=changes), [row])


def _is(table: Any, workspace: str, connection: str, object_name: str) -> Any:
    return (table.c.workspace == workspace) & (table.c.connection == connection) & (table.c.object == object_name)


@dataclass(frozen=True, slots=True)
class EndFullRead:
    """A full read has come to its end, and what it did not show has been asked for by id (`missed` of them)."""

    workspace: str
    connection: str
    object: str
    missed: int
    at: datetime
    lane: str
    token: int

    def apply(self, tx: Connection) -> None:
        """Nothing where it ended before."""
        check_lease(tx, self.workspace, self.lane, self.token)
        read = table_of(FullRead)
        here = _is(read, self.workspace, self.connection, self.object) & read.c.ended_at.is_(None)
        tx.execute(update(read).where(here).values(ended_at=self.at, missed=self.missed))


@dataclass(frozen=True, slots=True)
class BeginAdoption:
    """Read an object from the beginning, and let nothing be written there before all of it has been seen and decided."""

    workspace: str
    connection: str
    object: str
    at: datetime

    def apply(self, tx: Connection) -> None:
        """Whoever reads or writes the object now loses its turn, so that the cursor stays gone and no create slips through."""
        row = {"workspace": self.workspace, "connection": self.connection, "object": self.object}
        begun: dict[str, Any] = {"started_at": self.at, "ended_at": None, "records": 0, "missed": 0, "holds": True}
        _put(tx, row | begun, begun)
        cursors, lanes = table_of(CursorRow), table_of(LaneRow)
        tx.execute(cursors.delete().where(_is(cursors, self.workspace, self.connection, self.object)))
        read, deliver = (f"{kind}:{self.connection}:{self.object}" for kind in ("read", "deliver"))
        turns = (lanes.c.workspace == self.workspace) & lanes.c.name.in_([read, deliver])
        fresh = {"lease_until": None, "attempts": 0, "error_code": None, "error": None, "hint": None}
        tx.execute(update(lanes).where(turns).values(token=lanes.c.token + 1, **fresh))
        wake(tx, self.workspace, read, self.connection, self.at)


@dataclass(frozen=True, slots=True)
class EndAdoption:
    """Let writing go on where everything there has been seen and decided; what could be several records waits for a person."""

    workspace: str
    connection: str
    object: str
    at: datetime

    def apply(self, tx: Connection) -> int | None:
        """Tell how many links were set aside; None where the adoption goes on, or there is none."""
        read = table_of(FullRead)
        here = _is(read, self.workspace, self.connection, self.object)
        row = tx.execute(select(read.c.started_at, read.c.ended_at).where(here, read.c.holds)).first()
        if row is None or row.ended_at is None or tx.execute(select(self._undecided())).scalar():
            return None
        count = self._set_aside(tx, row.started_at)
        tx.execute(update(read).where(here).values(holds=False))
        wake(tx, self.workspace, f"deliver:{self.connection}:{self.object}", self.connection, self.at)
        lanes = table_of(LaneRow)
        waits = (lanes.c.workspace == self.workspace) & (lanes.c.name == f"deliver:{self.connection}:{self.object}")
        tx.execute(update(lanes).where(waits).values(next_at=self.at, attempts=0, error_code=None, error=None, hint=None))
        return count

    def _undecided(self) -> Any:
        inbox = table_of(Inbox)
        return exists().where(_is(inbox, self.workspace, self.connection, self.object), inbox.c.state.in_(("ready", "to_read")))

    def _set_aside(self, tx: Connection, since: datetime) -> int:
        """Links that took one of several records over since the adoption began."""
        link, double = table_of(LinkRow), table_of(LinkRow).alias("double")
        mine = _is(link, self.workspace, self.connection, self.object) & (link.c.role == "primary") & (link.c.state != "not_wanted")
        was_tied = link.c.level_at.is_not(None) & (link.c.level_at < since)
        another = exists().where(
            _is(double, self.workspace, self.connection, self.object),
            double.c.golden_id == link.c.golden_id,
            double.c.reason_code == Closed.DOUBLE.value,
            double.c.created_at >= since,
        )
        values = {
            "state": "parked",
            "next_at": None,
            "reason_code": AMBIGUOUS,
            "reason": "Several records there could be this person's; one of them is tied, the others are listed beside it.",
            "hint": "Merge them there, or replay this link to go on with the one that is tied.",
        }
        return int(tx.execute(update(link).where(mine, ~was_tied, another).values(**values)).rowcount)
