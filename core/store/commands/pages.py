"""Commands of reading: store pages with their cursor, complete what was pushed as an id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from core.store.commands.full_reads import Listing, note_listing
from core.store.commands.intake import ECHOES, CountEvents, InboxEntry, insert_entries
from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.tables import CursorRow, Inbox, LinkRow


@dataclass(frozen=True, slots=True)
class AcceptPage:
    """Store a page that was read and the cursor behind it, in one transaction, under the lane's lease.

    `echoes` were left out of it because they say what is known already; they are counted.
    """

    workspace: str
    connection: str
    object: str
    entries: tuple[InboxEntry, ...]
    cursor: str
    at: datetime
    lane: str
    token: int
    wake_lane: str
    versions: tuple[tuple[str, str], ...] = ()
    echoes: int = 0
    listing: Listing | None = None

    def apply(self, tx: Connection) -> None:
        """Insert the rows that are new. A state of a record that was stored before is no new submission and is not counted."""
        check_lease(tx, self.workspace, self.lane, self.token)
        fresh = unseen(tx, self.workspace, self.entries)
        self._note_versions(tx)
        if self.listing is not None:
            note_listing(tx, self.workspace, (self.connection, self.object), self.listing, self.at)
        insert_entries(tx, fresh)
        if self.echoes:
            CountEvents(self.workspace, ((ECHOES, self.connection, self.echoes),)).apply(tx)
        statement = insert_into(tx, CursorRow)
        tx.execute(
            statement.on_conflict_do_update(
                index_elements=["workspace", "connection", "object"],
                set_={"value": statement.excluded.value, "updated_at": statement.excluded.updated_at},
            ),
            [
                {
                    "workspace": self.workspace,
                    "connection": self.connection,
                    "object": self.object,
                    "value": self.cursor,
                    "updated_at": self.at,
                }
            ],
        )
        if fresh:
            wake(tx, self.workspace, self.wake_lane, "", self.at)

    def _note_versions(self, tx: Connection) -> None:
        """Links whose record was read and says what it said before: only its version moved, to `(link id, version)`."""
        if self.versions:
            link = table_of(LinkRow)
            newer = link.c.remote_version.is_(None) | (link.c.remote_version < bindparam("b_version"))
            here = (link.c.workspace == self.workspace) & (link.c.id == bindparam("b_id"))
            values = {"remote_version": bindparam("b_version"), "seen_at": self.at}
            rows = [{"b_id": link_id, "b_version": version} for link_id, version in self.versions]
            tx.execute(update(link).where(here, newer).values(values), rows)


def unseen(tx: Connection, workspace: str, entries: Sequence[InboxEntry]) -> list[InboxEntry]:
    """The entries that are not in the inbox yet, each once; all are of one connection."""
    inbox = table_of(Inbox)
    ids = [entry.event_id for entry in entries]
    seen: set[str] = set()
    for start in range(0, len(ids), 500):
        rows = tx.execute(
            inbox.select()
            .with_only_columns(inbox.c.event_id)
            .where(
                inbox.c.workspace == workspace,
                inbox.c.connection == entries[0].connection,
                inbox.c.event_id.in_(ids[start : start + 500]),
            )
        )
        seen.update(row.event_id for row in rows)
    unique = {entry.event_id: entry for entry in entries if entry.event_id not in seen}
    return list(unique.values())


@dataclass(frozen=True, slots=True)
class HandOver:
    """Put what delivery read there before the decision, under the lane's lease: their side goes before our write."""

    workspace: str
    entries: tuple[InboxEntry, ...]
    at: datetime
    lane: str
    token: int
    wake_lane: str

    def apply(self, tx: Connection) -> None:
        """Insert the rows; what was handed over before is left alone."""
        check_lease(tx, self.workspace, self.lane, self.token)
        insert_entries(tx, unseen(tx, self.workspace, self.entries))
        wake(tx, self.workspace, self.wake_lane, "", self.at)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of reading a pushed id: the sealed record, or the reason why there is none, or another try later."""

    inbox_id: int
    state: str
    sealed_change: bytes | None = None
    flag: str = "none"
    reason_code: str | None = None
    reason: str | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreFetched:
    """Complete inbox rows that carried only an id."""

    workspace: str
    rows: tuple[Fetched, ...]
    lane: str
    token: int
    at: datetime
    wake_lane: str

    def apply(self, tx: Connection) -> None:
        """Write the records; rows that somebody settled meanwhile are left alone."""
        check_lease(tx, self.workspace, self.lane, self.token)
        inbox = table_of(Inbox)
        for row in self.rows:
            tx.execute(
                update(inbox)
                .where(inbox.c.id == row.inbox_id, inbox.c.state == "to_read")
                .values(
                    state=row.state,
                    sealed_change=row.sealed_change,
                    flag=row.flag,
                    reason_code=row.reason_code,
                    reason=row.reason,
                    next_at=row.next_at,
                    attempts=inbox.c.attempts + 1,
                    outcome="quarantined" if row.state == "quarantined" else None,
                    settled_at=self.at if row.state == "quarantined" else None,
                )
            )
        wake(tx, self.workspace, self.wake_lane, "", self.at)
