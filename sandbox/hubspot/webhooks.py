"""The webhook sender: events for subscriptions, arrays of up to 100, signatures, retries over 24 hours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from sandbox.hubspot.dials import Dials
from sandbox.hubspot.moments import millis
from sandbox.wire import Push

BATCH = 100
CONCURRENT = 10
ANSWER_WITHIN_SECONDS = 5.0
"""A receiver that takes longer has not answered."""
RETRIES = (1, 5, 15, 45, 90, 165, 285, 480, 840, 1440)
"""Minutes after the first failure; the last falls on 24 hours."""

_SIGNED_PLAIN = {"%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")", "%2A": "*"}
_SIGNED_PLAIN |= {"%2C": ",", "%3B": ";"}


@dataclass(slots=True)
class Target:
    """The one address of an app, with the secret that signs what is sent there."""

    url: str
    secret: str
    signed_url: str
    """The URL that the signature covers: the public one, where `url` is an inner address behind a proxy."""
    app_id: int


@dataclass(slots=True)
class Subscription:
    """One event type that an app wants to hear of, in one account."""

    id: int
    target: Target
    type: str
    property_name: str | None
    portal_id: int
    paused: bool


@dataclass(slots=True, eq=False)
class Delivery:
    """An array of events on its way; every retry carries the same events with a higher attemptNumber."""

    target: Target
    events: list[dict[str, Any]]
    due: datetime
    attempt: int = 0
    failed_at: datetime | None = None


@dataclass(slots=True)
class Webhooks:
    """Subscriptions, events that wait, and deliveries that are being sent or will be tried again."""

    subscriptions: list[Subscription] = field(default_factory=list)
    waiting: list[tuple[datetime, Target, dict[str, Any]]] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    given_up: int = 0
    _in_flight: dict[str, Delivery] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))

    def subscribe(self, target: Target, types: Iterable[str], *, portal_id: int, paused: bool) -> list[Subscription]:
        """Subscribe to types such as `contact.creation` or, for one property, `contact.propertyChange:email`."""
        made = []
        for named in types:
            kind, _, property_name = named.partition(":")
            made.append(Subscription(next(self._ids), target, kind, property_name or None, portal_id, paused))
        self.subscriptions.extend(made)
        return made

    def wanted(self, kind: str) -> bool:
        """Whether anybody listens for events of this type."""
        return any(entry.type == kind and not entry.paused for entry in self.subscriptions)

    def emit(self, event: Mapping[str, Any], *, portal_id: int, now: datetime, delay: timedelta) -> None:
        """Queue an event for every subscription that matches it; `event` names subscriptionType and objectId at least."""
        for entry in self.subscriptions:
            if entry.paused or entry.type != event["subscriptionType"] or entry.portal_id != portal_id:
                continue
            if entry.property_name is not None and entry.property_name != event.get("propertyName"):
                continue
            named = {"eventId": next(self._ids), "subscriptionId": entry.id, "portalId": portal_id, "appId": entry.target.app_id}
            self.waiting.append((now + delay, entry.target, {**named, "occurredAt": millis(now), "attemptNumber": 0, **event}))

    def due(self, now: datetime, dials: Dials, chance: Random) -> list[Push]:
        """Take out what is to be sent at `now`, signed for this moment; at most ten at a time are under way."""
        self._collect(now, dials, chance)
        ready = [delivery for delivery in self.deliveries if delivery.due <= now][: max(0, CONCURRENT - len(self._in_flight))]
        found = []
        for delivery in ready:
            self.deliveries.remove(delivery)
            push = _signed(delivery, now, dials.webhook_signature, mark=str(next(self._ids)))
            self._in_flight[push.mark] = delivery
            found.append(push)
        return found

    def settle(self, push: Push, status: int | None, now: datetime) -> None:
        """Note how a push ended; no answer or 400 and above is tried up to ten times more over 24 hours."""
        delivery = self._in_flight.pop(push.mark, None)
        if delivery is None:
            return
        if status is not None and status < 400:
            return
        if delivery.attempt >= len(RETRIES):
            self.given_up += 1
            return
        delivery.failed_at = delivery.failed_at or now
        delivery.due = max(now, delivery.failed_at + timedelta(minutes=RETRIES[delivery.attempt]))
        delivery.attempt += 1
        for event in delivery.events:
            event["attemptNumber"] = delivery.attempt
        self.deliveries.append(delivery)

    def _collect(self, now: datetime, dials: Dials, chance: Random) -> None:
        ready = [entry for entry in self.waiting if entry[0] <= now]
        if not ready:
            return
        self.waiting = [entry for entry in self.waiting if entry[0] > now]
        if dials.shuffle_webhooks:
            chance.shuffle(ready)
        for target in {id(entry[1]): entry[1] for entry in ready}.values():
            events = [entry[2] for entry in ready if entry[1] is target]
            for round_trip in range(2 if dials.duplicate_webhooks else 1):
                copies = [dict(event) for event in events] if round_trip else events
                self.deliveries.extend(Delivery(target, copies[start : start + BATCH], now) for start in range(0, len(copies), BATCH))


def signature_v3(secret: str, method: str, url: str, body: bytes, timestamp: str) -> str:
    """The text of X-HubSpot-Signature-v3; twelve escapes of the URL are decoded first, as the validation guide says."""
    for escape, plain in _SIGNED_PLAIN.items():
        url = url.replace(escape, plain).replace(escape.lower(), plain)
    message = method.encode() + url.encode() + body + timestamp.encode()
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


def _signed(delivery: Delivery, now: datetime, old_version: str, *, mark: str) -> Push:
    target = delivery.target
    body = json.dumps(delivery.events, separators=(",", ":"), ensure_ascii=False).encode()
    timestamp = str(millis(now))
    covered = body if old_version == "v1" else b"POST" + target.signed_url.encode() + body
    headers = {
        "content-type": "application/json",
        "user-agent": "HubSpot Webhooks",
        "x-hubspot-request-timestamp": timestamp,
        "x-hubspot-signature": hashlib.sha256(target.secret.encode() + covered).hexdigest(),
        "x-hubspot-signature-version": old_version,
        "x-hubspot-signature-v3": signature_v3(target.secret, "POST", target.signed_url, body, timestamp),
    }
    return Push(target.url, body, headers, delivery.due, delivery.attempt, timeout_seconds=ANSWER_WITHIN_SECONDS, mark=mark)
