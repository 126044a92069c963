"""Which webhook events follow from what happens to a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.hubspot.definitions import ObjectType
from sandbox.hubspot.links import End
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Actor, Record


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge did: `loser` went into `primary`, and `survivor` (often a new id) holds both."""

    primary: str
    loser: str
    survivor: str
    moved: int


@dataclass(frozen=True, slots=True)
class Link:
    """An association that was made, or taken away."""

    source: End
    target: End
    is_primary: bool
    removed: bool = False

    def back(self) -> Link:
        """The same seen from the other end."""
        return Link(self.target, self.source, self.is_primary, self.removed)


def created(portal: Portal, kind: ObjectType, record: Record, values: Mapping[str, str], *, actor: Actor, now: datetime) -> None:
    """A creation, and one propertyChange for each value the record started with."""
    _emit(portal, kind, "creation", record.id, {**_source(actor), "changeFlag": "CREATED"}, now)
    changed(portal, kind, record, values, actor=actor, now=now)


def changed(portal: Portal, kind: ObjectType, record: Record, values: Mapping[str, str], *, actor: Actor, now: datetime) -> None:
    """One propertyChange for each value."""
    if not portal.hooks.wanted(f"{kind.event}.propertyChange"):
        return
    for name, value in values.items():
        more = {**_source(actor), "propertyName": name, "propertyValue": value}
        _emit(portal, kind, "propertyChange", record.id, more, now)


def deleted(portal: Portal, kind: ObjectType, record_id: str, *, actor: Actor, now: datetime) -> None:
    """A deletion: the record went to the recycle bin, or away for good."""
    _emit(portal, kind, "deletion", record_id, {**_source(actor), "changeFlag": "DELETED"}, now)


def restored(portal: Portal, kind: ObjectType, record_id: str, *, actor: Actor, now: datetime) -> None:
    """A restore out of the recycle bin."""
    _emit(portal, kind, "restore", record_id, {**_source(actor), "changeFlag": "RESTORED"}, now)


def erased(portal: Portal, kind: ObjectType, record_id: str, *, actor: Actor, now: datetime) -> None:
    """A privacy deletion; a plain deletion is sent beside it."""
    _emit(portal, kind, "privacyDeletion", record_id, {**_source(actor), "changeFlag": "PRIVACY_DELETED"}, now)
    deleted(portal, kind, record_id, actor=actor, now=now)


def merged(portal: Portal, kind: ObjectType, merge: Merge, now: datetime) -> None:
    """A merge; the records that went are not reported as deleted."""
    more = {
        "changeSource": "CRM_UI",
        "changeFlag": "MERGED",
        "primaryObjectId": int(merge.primary),
        "mergedObjectIds": [int(merge.loser)],
        "newObjectId": int(merge.survivor),
        "numberOfPropertiesMoved": merge.moved,
    }
    _emit(portal, kind, "merge", merge.survivor, more, now)


def associated(portal: Portal, link: Link, *, actor: Actor, now: datetime) -> None:
    """An association that was made or taken away: one event from each end, which names no objectId."""
    for seen in (link, link.back()):
        kind, other = portal.schema(seen.source[0]).kind, portal.schema(seen.target[0]).kind
        more = {
            **_source(actor),
            "associationType": f"{kind.noun}_TO_{other.noun}".upper(),
            "fromObjectId": int(seen.source[1]),
            "toObjectId": int(seen.target[1]),
            "associationRemoved": seen.removed,
            "isPrimaryAssociation": seen.is_primary,
        }
        _send(portal, kind, "associationChange", more, now)


def _source(actor: Actor) -> dict[str, Any]:
    return {"changeSource": actor.source_type, "sourceId": actor.source_id}


def _emit(portal: Portal, kind: ObjectType, what: str, record_id: str, more: Mapping[str, Any], now: datetime) -> None:
    _send(portal, kind, what, {"objectId": int(record_id), **more}, now)


def _send(portal: Portal, kind: ObjectType, what: str, more: Mapping[str, Any], now: datetime) -> None:
    if not portal.hooks.subscriptions:
        return
    event = {"subscriptionType": f"{kind.event}.{what}", **more}
    if kind.event == "object":
        event["objectTypeId"] = kind.type_id
    delay = timedelta(seconds=portal.dials.webhook_delay_seconds)
    portal.hooks.emit(event, portal_id=portal.dials.portal_id, now=now, delay=delay)
