"""HubSpot's webhooks: the check of their signature, and the events in a delivery. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.hubspot.records import merged, moment_of, version_of
from core.contract import (
    Change,
    ChangeKind,
    Event,
    InboundRequest,
    Invalid,
    NativeId,
    ObjectName,
    Outcome,
    Ref,
    Reply,
    SignatureInvalid,
    read_json,
)
from core.contract.signatures import HUBSPOT_V3
from core.contract.signatures import verify as verify_scheme

_OBJECTS = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "ticket": "tickets",
    "product": "products",
    "line_item": "line_items",
}
_TYPE_IDS = {
    "0-1": "contacts",
    "0-2": "companies",
    "0-3": "deals",
    "0-5": "tickets",
    "0-7": "products",
    "0-8": "line_items",
    "0-14": "quotes",
    "0-27": "tasks",
    "0-46": "notes",
    "0-47": "meetings",
    "0-48": "calls",
    "0-49": "emails",
    "0-136": "leads",
}
"""HubSpot's object type ids ('Understanding the CRM', object type ids); any other object keeps its id for a name."""
_GONE = frozenset({"deletion", "privacyDeletion"})
_STATUSES = {Outcome.STORED: 200, Outcome.REFUSED: 401, Outcome.INVALID: 400, Outcome.UNAVAILABLE: 503}


def verify(request: InboundRequest, secrets: Sequence[str], *, allow_old: bool) -> None:
    """Check signature version 3; the older ones only where that is allowed and no version 3 came.

    HubSpot's guide 'Validating requests': 1 covers the body, 2 also method and address; neither covers a time, so a
    recorded delivery could be sent again.
    """
    if allow_old and not request.headers.get(HUBSPOT_V3.header):
        _verify_old(request, secrets)
    else:
        verify_scheme(HUBSPOT_V3, request, secrets)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The events of one delivery that are this account's, and how many were another's."""

    events: list[Event]
    foreign: int


def parse(request: InboundRequest, portal_id: str | None) -> Delivery:
    """Split a delivery; events of another account than `portal_id` are counted and left out. Raises Invalid.

    HubSpot's event ids are not unique, so an event is known by account, subscription, record, moment and property. Of the
    events that only say that a record is to be read, the latest of each record stands for all: who reads after it sees what
    the earlier ones told. Deletions and merges are all kept. Who caused a change is not asked, since `changeSource` names
    apps of every kind alike.
    """
    body = read_json(request.body, "delivery")
    given = body if isinstance(body, list) else [body]
    entries = [entry for entry in given if isinstance(entry, dict)]
    if len(entries) < len(given):
        raise Invalid("The delivery is not a list of events.", rule="EVENTS")
    own = [entry for entry in entries if portal_id is None or _text(entry, "portalId") == portal_id]
    return Delivery(_latest(own), len(entries) - len(own))


def answer(outcome: Outcome) -> Reply:
    """HubSpot takes any 2xx as received and repeats everything else up to ten times within 24 hours."""
    return Reply(_STATUSES[outcome])


def _verify_old(request: InboundRequest, secrets: Sequence[str]) -> None:
    version = request.headers.get("x-hubspot-signature-version", "v1")
    claim = request.headers.get("x-hubspot-signature", "").encode("utf-8", "replace")
    covered = b"" if version == "v1" else (request.method.upper() + request.url).encode("utf-8", "replace")
    wanted = [hashlib.sha256(secret.encode() + covered + request.body).hexdigest().encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(one, claim) for one in wanted]
    if version not in ("v1", "v2") or not any(matches):
        raise SignatureInvalid("The HubSpot signature is missing or does not match any configured secret.")


def _latest(entries: Sequence[Mapping[str, Any]]) -> list[Event]:
    """All changes, and one event for each record that is to be read; the same in whatever order the entries came."""
    changes: dict[str, Event] = {}
    reads: dict[Ref, tuple[int, Event]] = {}
    for entry in entries:
        at = int(moment) if (moment := _text(entry, "occurredAt")).isdecimal() else 0
        for event in _events(entry):
            if event.ref is None:
                changes[event.id] = event
            elif event.ref not in reads or (at, event.id) > (reads[event.ref][0], reads[event.ref][1].id):
                reads[event.ref] = at, event
    return [*changes.values(), *(event for _, event in reads.values())]


def _events(entry: Mapping[str, Any]) -> list[Event]:
    subscription = _text(entry, "subscriptionType") or _text(entry, "eventType")
    kind, _, what = subscription.partition(".")
    object_name = ObjectName(_OBJECTS.get(kind) or _type(entry) or kind)
    if what == "merge":
        return _merge_events(entry, object_name)
    native_id = _text(entry, "objectId") or _text(entry, "fromObjectId")
    if not native_id:
        raise Invalid("An event names no record.", field="objectId", rule="MISSING")
    if what in _GONE:
        moment = moment_of(_text(entry, "occurredAt"))
        change = Change(object_name, NativeId(native_id), kind=ChangeKind.DELETED, version=version_of(moment), changed_at=moment)
        return [Event(_event_id(entry, native_id), change=change)]
    return [Event(_event_id(entry, native_id), ref=Ref(object_name, NativeId(native_id)))]


def _type(entry: Mapping[str, Any]) -> str:
    """The object of the generic format, whose types are all `object.…` (changelog, 'Generic webhook subscriptions')."""
    type_id = _text(entry, "objectTypeId") or _text(entry, "fromObjectTypeId")
    return _TYPE_IDS.get(type_id, type_id)


def _merge_events(entry: Mapping[str, Any], object_name: ObjectName) -> list[Event]:
    """One event per record that went, and one for the survivor, which is to be read."""
    survivor = _text(entry, "newObjectId") or _text(entry, "primaryObjectId") or _text(entry, "objectId")
    if not survivor:
        raise Invalid("A merge names no survivor.", field="newObjectId", rule="MISSING")
    swallowed = entry.get("mergedObjectIds")
    gone = [str(one) for one in swallowed if one is not None] if isinstance(swallowed, list) else []
    gone = [one for one in dict.fromkeys([*gone, _text(entry, "primaryObjectId")]) if one and one != survivor]
    moment = moment_of(_text(entry, "occurredAt"))
    changes = [merged(object_name, one, survivor, moment) for one in gone]
    events = [Event(_event_id(entry, change.id), change=change) for change in changes]
    return [*events, Event(_event_id(entry, survivor), ref=Ref(object_name, NativeId(survivor)))]


def _event_id(entry: Mapping[str, Any], native_id: str) -> str:
    names = ("portalId", "subscriptionId", "occurredAt", "propertyName", "subscriptionType", "toObjectId", "associationType")
    return ":".join([native_id, *(_text(entry, name) for name in names)])


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
