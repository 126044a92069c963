"""Merges two records: the survivor usually gets a new id, and the old ids vanish without being archived."""

from __future__ import annotations

from datetime import datetime

from sandbox.hubspot import events
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal, Schema
from sandbox.hubspot.records import Actor, Change, Record
from sandbox.hubspot.refusals import Refusal, validation

MOST_IDENTITIES = 250


def merge(portal: Portal, schema: Schema, primary: Record, loser: Record, *, actor: Actor, now: datetime) -> Record:
    """Merge `loser` into `primary`: the primary's values win, blanks are filled, addresses of both are kept."""
    if primary.id == loser.id:
        raise validation("A record cannot be merged with itself")
    swallowed = [*primary.merged_ids, *loser.merged_ids, loser.id]
    if len(swallowed) > MOST_IDENTITIES:
        raise Refusal(414, "VALIDATION_ERROR", f"Cannot have more than {MOST_IDENTITIES} identities on a profile")
    keeps = portal.dials.merge_keeps_primary_id
    survivor_id = primary.id if keeps else portal.next_id()
    merged_ids = tuple(swallowed if keeps else [*swallowed, primary.id])
    created = min(primary.created_at, loser.created_at)
    values = _joined(primary, loser)
    moved = len(values.keys() - primary.properties.keys())
    values |= {"hs_object_id": survivor_id, "hs_merged_object_ids": ";".join(merged_ids)}
    values |= {schema.kind.modified: iso(now), schema.kind.created: iso(created)}
    history = sorted([*loser.changes, *primary.changes], key=lambda change: change.at)
    changes = [*history, Change(now, actor, values)]
    survivor = Record(survivor_id, values, created, now, changes, merged_ids=merged_ids)
    if keeps:
        survivor.indexed = primary.properties
    _replace(portal, schema, survivor, (primary, loser))
    events.merged(portal, schema.kind, events.Merge(primary.id, loser.id, survivor_id, moved), now)
    return survivor


def _joined(primary: Record, loser: Record) -> dict[str, str]:
    values = {**loser.properties, **primary.properties}
    addresses = list(dict.fromkeys([*primary.emails(), *loser.emails()]))
    others = [address for address in addresses if address != values.get("email", "").lower()]
    if others:
        values["hs_additional_emails"] = ";".join(others)
    return values


def _replace(portal: Portal, schema: Schema, survivor: Record, gone: tuple[Record, Record]) -> None:
    table = portal.tables[schema.kind.name]
    for record in gone:
        table.forget(record)
    table.add(survivor)
    for record in gone:
        if record.id != survivor.id:
            table.successors[record.id] = survivor.id
            portal.links.move((schema.kind.name, record.id), (schema.kind.name, survivor.id))
