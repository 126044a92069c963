"""What waits for a person: quarantined submissions and parked links, as a list and each opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.store.commands.upsert import table_of
from core.store.inbox_seal import open_raw, open_record
from core.store.store import Snapshot
from core.store.tables import Inbox, LinkRow

_EDIT = "Correct it with `leadloom quarantine edit {id} --set FIELD=VALUE --replay`, or correct the mapping and replay."
_OVERRULE = "Nothing, when that is right: `leadloom returns` tells the vendor. To take it all the same: `leadloom quarantine accept {id}`."
_HINTS = {
    "no_mapping": "Add an inbound mapping for it, then run `leadloom quarantine replay --reason no_mapping`.",
    "required_missing": _EDIT,
    "invalid_value": _EDIT,
    "not_identifiable": _EDIT,
    "absurd": f"Leave it when it is a test. {_EDIT} Where a rule is wrong for you, change it under `quality.absurd` in config.yaml.",
    "spam": "Leave it when it is spam. If it is not, replay it, and take the field out of the connection's `honeypots`.",
    "source_deleted": "Find out whose it was and look with `leadloom leads show WHO` at what is kept; remove it where it has to go. "
    "Then close this with `leadloom quarantine replay {id}`.",
    "unreadable": "Correct the row in its source; it is read again when the source changes.",
    "not_found": "Replay it once the record can be read there.",
    "empty_event": "Nothing can be done here; tell whoever runs the sending platform.",
    "not_accepted": _OVERRULE,
    "double_lead": _OVERRULE,
    "over_cap": "Raise the `cap` and replay it, or take it all the same: `leadloom quarantine accept {id}`.",
    "decision_failed": "Report it with the version, and replay after the upgrade.",
}


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """One thing that waits for a person. `id` is `inbox:NUMBER` or `link:ID`; `since` is when it came here."""

    id: str
    connection: str
    object: str
    reason_code: str
    reason: str
    hint: str | None
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class QuarantinedSubmission:
    """A quarantined submission, opened: the record as the decision saw it, and the raw body where this row keeps it."""

    item: QuarantineItem
    event_id: str
    native_id: str
    way: str
    flag: str
    received_at: datetime
    changed_at: datetime | None
    duplicates: int
    fields: Mapping[str, Any]
    raw: bytes | None


def quarantined(snapshot: Snapshot, *, connection: str | None = None, reason: str | None = None, limit: int = 1000) -> list[QuarantineItem]:
    """Everything that waits for a person, oldest first within submissions and then links."""
    inbox = [_of_inbox(row) for row in snapshot.all(_chosen(snapshot, Inbox, "quarantined", connection, reason).limit(limit))]
    links = [_of_link(row) for row in snapshot.all(_chosen(snapshot, LinkRow, "parked", connection, reason).limit(limit))]
    return (inbox + links)[:limit]


def _chosen(snapshot: Snapshot, model: Any, state: str, connection: str | None, reason: str | None) -> Any:
    table = table_of(model)
    statement = select(table).where(table.c.workspace == snapshot.workspace, table.c.state == state)
    if connection is not None:
        statement = statement.where(table.c.connection == connection)
    if reason is not None:
        statement = statement.where(table.c.reason_code == reason)
    return statement.order_by(table.c.id)


def _of_inbox(row: Any) -> QuarantineItem:
    code = row.reason_code or "no reason"
    since = row.settled_at or row.received_at
    hint = _HINTS.get(code, "").replace("{id}", f"inbox:{row.id}") or None
    return QuarantineItem(f"inbox:{row.id}", row.connection, row.object, code, row.reason or "", hint, since, row.attempts)


def _of_link(row: Any) -> QuarantineItem:
    code = row.reason_code or "no reason"
    hint = row.hint or f"Correct the record or the mapping, then run `leadloom quarantine replay link:{row.id}`."
    return QuarantineItem(f"link:{row.id}", row.connection, row.object, code, row.reason or "", hint, row.updated_at, row.attempts)


def quarantined_submission(snapshot: Snapshot, inbox_id: int) -> QuarantinedSubmission | None:
    """Open one quarantined submission; None when there is no such one in quarantine. Raises Unreadable when it was erased."""
    inbox = table_of(Inbox)
    row = snapshot.first(
        select(inbox).where(inbox.c.workspace == snapshot.workspace, inbox.c.id == inbox_id, inbox.c.state == "quarantined")
    )
    if row is None:
        return None
    vault = snapshot.store.vault
    fields, changed_at, _ = open_record(vault, snapshot.workspace, row)
    return QuarantinedSubmission(
        item=_of_inbox(row),
        event_id=row.event_id,
        native_id=row.native_id,
        way=row.way,
        flag=row.flag,
        received_at=row.received_at,
        changed_at=changed_at,
        duplicates=row.duplicates,
        fields=fields,
        raw=open_raw(vault, snapshot.workspace, row),
    )


def quarantined_row(snapshot: Snapshot, inbox_id: int) -> Any | None:
    """The row of a submission, for sealing a corrected record with its own key."""
    inbox = table_of(Inbox)
    return snapshot.first(select(inbox).where(inbox.c.workspace == snapshot.workspace, inbox.c.id == inbox_id))
