"""Writes records as answers: which properties, with history, with associations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Record


def render(portal: Portal, schema: Schema, record: Record, names: Sequence[str] = (), *, history: Sequence[str] = ()) -> dict[str, Any]:
    """A record with its default properties, or with `names` and the system ones; empty is null, unknown is left out."""
    kind = schema.kind
    wanted = dict.fromkeys((*names, kind.created, kind.modified, "hs_object_id") if names else kind.defaults)
    properties = record.properties
    found: dict[str, Any] = {
        "id": record.id,
        "properties": {name: properties.get(name) for name in wanted if schema.active(name)},
        "createdAt": iso(record.created_at),
        "updatedAt": iso(record.updated_at),
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        found["archivedAt"] = iso(record.archived_at)
    if history:
        found["propertiesWithHistory"] = {name: value_history(record, name) for name in history if schema.active(name)}
    if portal.dials.extra_fields:
        found["url"] = f"https://app.hubspot.com/contacts/{portal.dials.portal_id}/record/{kind.type_id}/{record.id}"
    return found


def value_history(record: Record, name: str) -> list[dict[str, Any]]:
    """All values of one property, newest first, each with its source."""
    found = []
    for change in reversed(record.changes):
        if name not in change.values:
            continue
        entry: dict[str, Any] = {
            "value": change.values[name],
            "timestamp": iso(change.at),
            "sourceType": change.actor.source_type,
            "sourceId": change.actor.source_id,
            "sourceLabel": change.actor.label,
        }
        if change.actor.user_id is not None:
            entry["updatedByUserId"] = change.actor.user_id
        found.append(entry)
    return found


def association_block(portal: Portal, kind: str, record_id: str, targets: Sequence[str]) -> dict[str, Any]:
    """The `associations` of a record answer, by target type; types without any association are left out."""
    found = {}
    for named in targets:
        target = portal.schema(named).kind
        noun = portal.schema(kind).kind.noun
        ids = [other for other, _ in portal.links.targets((kind, record_id), target.name)]
        if ids:
            found[target.name] = {"results": [{"id": other, "type": f"{noun}_to_{target.noun}"} for other in ids]}
    return found
