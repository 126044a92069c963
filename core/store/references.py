"""Lists of records that values point to, kept sealed: the addresses are people's, if colleagues'."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from core.store.codec import pack, unpack
from core.store.commands.lanes import check_lease, wake
from core.store.commands.upsert import insert_into, table_of
from core.store.store import Snapshot, Store
from core.store.tables import CursorRow, ReferenceList

Rows = Mapping[str, tuple[str, bool]]
"""By id: what people know the record by, and whether it is active."""


def _place(workspace: str, connection: str, object_name: str) -> str:
    return f"reference_list:{workspace}:{connection}:{object_name}"


def seal_list(store: Store, connection: str, object_name: str, rows: Rows) -> bytes:
    """Seal a list for its place."""
    return store.vault.seal_own(_place(store.workspace, connection, object_name), pack({i: list(row) for i, row in rows.items()}))


def read_list(snapshot: Snapshot, connection: str, object_name: str) -> dict[str, tuple[str, bool]]:
    """Open one list; empty where none was read yet."""
    lists = table_of(ReferenceList)
    here = (lists.c.workspace == snapshot.workspace, lists.c.connection == connection, lists.c.object == object_name)
    sealed = snapshot.scalar(select(lists.c.sealed_content).where(*here))
    if sealed is None:
        return {}
    content = unpack(snapshot.store.vault.open_own(_place(snapshot.workspace, connection, object_name), sealed))
    return {native_id: (key, bool(is_active)) for native_id, (key, is_active) in content.items()}


def list_times(snapshot: Snapshot) -> dict[tuple[str, str], datetime]:
    """When each list changed last."""
    lists = table_of(ReferenceList)
    rows = snapshot.all(select(lists.c.connection, lists.c.object, lists.c.taken_at).where(lists.c.workspace == snapshot.workspace))
    return {(row.connection, row.object): row.taken_at for row in rows}


@dataclass(frozen=True, slots=True)
class SaveList:
    """Keep a list that changed and the cursor behind it, in one transaction under the lane's lease."""

    workspace: str
    connection: str
    object: str
    cursor: str
    sealed: bytes | None
    at: datetime
    lane: str
    token: int
    wake_lane: str

    def apply(self, tx: Connection) -> None:
        """With `sealed` None only the cursor moves; else what follows from the list is worked out anew."""
        check_lease(tx, self.workspace, self.lane, self.token)
        key = {"workspace": self.workspace, "connection": self.connection, "object": self.object}
        cursor = insert_into(tx, CursorRow)
        values = {"value": cursor.excluded.value, "updated_at": cursor.excluded.updated_at}
        tx.execute(
            cursor.on_conflict_do_update(index_elements=list(key), set_=values), [{**key, "value": self.cursor, "updated_at": self.at}]
        )
        if self.sealed is not None:
            lists = insert_into(tx, ReferenceList)
            values = {"sealed_content": lists.excluded.sealed_content, "taken_at": lists.excluded.taken_at}
            listed = {**key, "sealed_content": self.sealed, "taken_at": self.at}
            tx.execute(lists.on_conflict_do_update(index_elements=list(key), set_=values), [listed])
            wake(tx, self.workspace, self.wake_lane, "", self.at)
