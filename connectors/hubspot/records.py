"""Turns HubSpot's record answers into changes, and its moments into versions that compare as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from core.contract import Change, ChangeKind, ContractBroken, NativeId, ObjectName, Ref, Response, Version
from core.contract.moments import read_moment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MERGED_IDS = "hs_merged_object_ids"
UPDATED_BY = "hs_updated_by_user_id"


def stamp_property(object_name: str) -> str:
    """Name the property that moves with every change; only contacts have an older name for it (CRM search guide)."""
    return "lastmodifieddate" if object_name in ("contacts", "0-1") else "hs_lastmodifieddate"


def results_of(response: Response) -> list[Mapping[str, Any]]:
    """Take the records of a list, search or batch answer; raises Unavailable for a page that is no JSON, ContractBroken."""
    body = response.json()
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise ContractBroken("HubSpot's answer has no list of results.")
    return [entry for entry in results if isinstance(entry, dict) and entry.get("id")]


def next_after(response: Response) -> str | None:
    """Take the paging token of the next page."""
    paging = response.json().get("paging") or {}
    after = (paging.get("next") or {}).get("after")
    return None if after is None else str(after)


def changes_of(object_name: ObjectName, records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """Tell each record, and before it each id that it swallowed in a merge."""
    found: list[Change] = []
    for record in records:
        change = change_of(object_name, record)
        found += merged_into(change)
        found.append(change)
    return found


def change_of(object_name: ObjectName, record: Mapping[str, Any]) -> Change:
    """Read one live record; its version is the moment of its last change."""
    fields = properties_of(record)
    moment = updated_at(object_name, record)
    by = fields.get(UPDATED_BY)
    return Change(
        object=object_name,
        id=NativeId(str(record["id"])),
        fields=fields,
        version=version_of(moment),
        changed_at=moment,
        changed_by=by if by else None,
    )


def deletion_of(object_name: ObjectName, record: Mapping[str, Any]) -> Change:
    """Read one record of the recycle bin."""
    moment = moment_of(record.get("archivedAt")) or updated_at(object_name, record)
    native_id = NativeId(str(record["id"]))
    return Change(object_name, native_id, kind=ChangeKind.DELETED, version=version_of(moment), changed_at=moment)


def merged_into(survivor: Change) -> list[Change]:
    """Tell the ids that a record swallowed: they vanish without being archived (HubSpot's contacts guide, merging)."""
    ids = str(survivor.fields.get(MERGED_IDS) or "").split(";")
    return [merged(survivor.object, old, survivor.id) for old in ids if old and old != survivor.id]


def merged(object_name: ObjectName, old: str, survivor: str, at: datetime | None = None) -> Change:
    """Tell that one record went into another."""
    successor = Ref(object_name, NativeId(survivor))
    return Change(object_name, NativeId(old), kind=ChangeKind.MERGED, changed_at=at, successor=successor)


def properties_of(record: Mapping[str, Any]) -> dict[str, str | None]:
    """The properties that the answer carries: absent is unknown, None is empty."""
    properties = record.get("properties")
    if not isinstance(properties, Mapping):
        return {}
    return {str(name): None if value in (None, "") else str(value) for name, value in properties.items()}


def updated_at(object_name: str, record: Mapping[str, Any]) -> datetime | None:
    """The moment of the last change: the record's own, else the property's."""
    return moment_of(record.get("updatedAt")) or moment_of(properties_of(record).get(stamp_property(object_name)))


def version_of(moment: datetime | None) -> Version | None:
    """Write a moment so that versions compare as text: UTC, always with milliseconds."""
    return None if moment is None else Version(iso(moment))


def iso(moment: datetime) -> str:
    """Write `2026-01-31T12:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(value: object) -> datetime | None:
    """Read ISO 8601 or epoch milliseconds; None for anything else."""
    text = str(value) if isinstance(value, str | int) else ""
    try:
        if text.lstrip("-").isdigit():
            return _EPOCH + timedelta(milliseconds=int(text))
    except (ValueError, OverflowError):
        return None
    return read_moment(text)


def millis(moment: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
