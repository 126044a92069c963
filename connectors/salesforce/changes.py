"""Turns rows of a query into changes: what a record is now, that it is gone, or what has taken its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from connectors.salesforce.api import read_time
from connectors.salesforce.query import Record
from connectors.salesforce.schema import Described
from core.contract import Change, ChangeKind, ConfigInvalid, NativeId, ObjectName, Ref, Version

CONVERTED_INTO = (("Contact", "ConvertedContactId"), ("Account", "ConvertedAccountId"), ("Opportunity", "ConvertedOpportunityId"))
"""What a lead is converted into, its successor first (SOAP guide, "convertLead()")."""


def stamp_field(described: Described) -> str:
    """The field by which changes are found; SystemModstamp also moves for system updates, which LastModifiedDate does not."""
    for name in ("SystemModstamp", "LastModifiedDate", "CreatedDate"):
        if described.has(name):
            return name
    raise ConfigInvalid(
        f"The object {described.spec.name} has no time stamp and cannot be read.",
        hint="Take it out of `objects`, or give the integration user access to SystemModstamp.",
        setting="objects",
    )


def fields_of(row: Record) -> dict[str, Any]:
    """A row's fields without the vendor's envelope."""
    return {name: value for name, value in row.items() if name != "attributes"}


def master_of(row: Record) -> str | None:
    """The record that a deleted row was merged into."""
    master = row.get("MasterRecordId")
    return str(master) if master and row.get("IsDeleted") else None


def change_of(described: Described, row: Record, turn: int = 0, survivors: Mapping[str, str] | None = None) -> Change:
    """One row as it is now; a converted lead names its contact and whatever else it became, a merged one its survivor.

    The version is the stamp, followed by a number when the row was met again with another content in the same second.
    `survivors` tells for masters that were merged themselves which record is left in the end.
    """
    stamp = str(row[stamp_field(described)])
    master = master_of(row)
    kind = _kind(row, master)
    made = _made_of(row) if kind is ChangeKind.CONVERTED else ()
    successor = next((ref for ref in made if ref.object == CONVERTED_INTO[0][0]), None)
    if master is not None:
        successor = Ref(described.spec.name, NativeId((survivors or {}).get(master, master)))
    return Change(
        object=described.spec.name,
        id=NativeId(str(row["Id"])),
        fields={} if row.get("IsDeleted") else fields_of(row),
        kind=kind,
        version=Version(f"{stamp}#{turn:04}" if turn else stamp),
        changed_at=read_time(stamp).astimezone(UTC),
        changed_by=row.get("LastModifiedById"),
        successor=successor,
        also=tuple(ref for ref in made if ref != successor),
    )


def _kind(row: Record, master: str | None) -> ChangeKind:
    if row.get("IsDeleted"):
        return ChangeKind.MERGED if master else ChangeKind.DELETED
    return ChangeKind.CONVERTED if row.get("IsConverted") else ChangeKind.UPSERTED


def _made_of(row: Record) -> tuple[Ref, ...]:
    return tuple(Ref(ObjectName(name), NativeId(str(row[field]))) for name, field in CONVERTED_INTO if row.get(field))
