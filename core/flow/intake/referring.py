"""Reading the records that values point to, such as owners, into their list."""

from __future__ import annotations

from collections.abc import Sequence

from core.contract import Change, ChangeKind, ConnectorError, Cursor, ObjectName
from core.flow.intake.poll import Reading, next_page
from core.store.queries.delivery import cursor_of
from core.store.references import SaveList, read_list, seal_list
from core.store.store import Store


def read_references(store: Store, reading: Reading, field: str, replan_lane: str) -> tuple[dict[str, int], ConnectorError | None]:
    """Read what changed in the list; `field` is what people know a record by. What it changes for records is worked out anew."""
    counts = {"records": 0}
    with store.snapshot() as snapshot:
        since = cursor_of(snapshot, reading.connection, reading.object)
        known = read_list(snapshot, reading.connection, reading.object)
    pages = iter(reading.connector.read(ObjectName(reading.object), Cursor(since) if since is not None else None))
    while True:
        page, error = next_page(reading.connection, pages)
        if page is None:
            return counts, error
        reading.renew()
        after = _listed(known, page.changes, field)
        sealed = seal_list(store, reading.connection, reading.object, after) if after != known else None
        if sealed is not None or page.resume != since:
            place = (store.workspace, reading.connection, reading.object)
            store.write(SaveList(*place, page.resume, sealed, reading.now(), reading.lane, reading.token, replan_lane))
        known, since = after, page.resume
        counts["records"] += len(page.changes)


def _listed(known: dict[str, tuple[str, bool]], changes: Sequence[Change], field: str) -> dict[str, tuple[str, bool]]:
    """One that is gone stays in the list: records may still point to it."""
    after = dict(known)
    for change in changes:
        key = str(change.fields.get(field) or after.get(change.id, ("", False))[0])
        gone = change.kind is not ChangeKind.UPSERTED or change.fields.get("IsActive") is False or change.fields.get("archived") is True
        after[change.id] = (key, not gone)
    return after
