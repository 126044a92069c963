"""Meta's webhooks: the verification handshake, signed pushes of ids, retries over 36 hours, duplicates and disorder on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sandbox.meta_graph.state import APP_SECRET, VERIFY_TOKEN, Graph, Lead
from sandbox.wire import Push

RETRY_AFTER_SECONDS = (0, 60, 300, 900, 3_600, 7_200, 14_400, 28_800, 36_000, 36_000)
"""Waits between attempts. Documented is: at once, then with decreasing frequency for 36 hours; the steps are ours."""
GIVE_UP_AFTER = timedelta(hours=36)
_MOST_CHANGES = 1_000


@dataclass(slots=True)
class Subscription:
    """Where the app wants its pushes. It takes effect once the callback has echoed the challenge."""

    callback_url: str
    verify_token: str = VERIFY_TOKEN
    app_secret: str = APP_SECRET
    state: str = "verifying"


@dataclass(frozen=True, slots=True)
class Event:
    """One `leadgen` change that waits to be pushed."""

    page_id: str
    change: dict[str, Any]
    due: datetime


@dataclass(slots=True)
class Delivery:
    """What became of one POST."""

    mark: str
    leadgen_ids: list[str]
    first: datetime
    statuses: list[int | None] = field(default_factory=list)
    state: str = "sending"


class Hooks:
    """Schedule, sign and retry the pushes of one app."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.subscription: Subscription | None = None
        self.deliveries: dict[str, Delivery] = {}
        self._events: list[Event] = []
        self._pending: list[Push] = []

    def subscribe(self, subscription: Subscription, now: datetime) -> str:
        """Start the handshake and return the challenge: a GET whose answer must be exactly that text."""
        self.subscription = subscription
        challenge = str(int(self._graph.mint.node_id(1)) % 10_000_000_000)
        query = urlencode({"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": subscription.verify_token})
        joint = "&" if "?" in subscription.callback_url else "?"
        address = f"{subscription.callback_url}{joint}{query}"
        self._pending.append(Push(address, b"", {}, now, method="GET", mark="handshake", expects=challenge.encode()))
        return challenge

    def announce(self, lead: Lead, now: datetime) -> bool:
        """Schedule the push of a lead; `False` when nobody subscribed or the Page has not installed the app."""
        if self.subscription is None or "leadgen" not in self._graph.page(lead.page_id).installed_fields:
            return False
        settings = self._graph.settings
        due = now + timedelta(seconds=settings.push_delay_seconds)
        self._events += [Event(lead.page_id, _change(lead), due)] * (1 + settings.duplicates)
        return True

    def take_due(self, now: datetime) -> Sequence[Push]:
        """The pushes to send at `now`: new ones batched as dialled, and retries whose time has come."""
        due = [push for push in self._pending if push.due <= now]
        self._pending = [push for push in self._pending if push.due > now]
        if self.subscription is not None and self.subscription.state == "verified":
            due += self._batch_events(self.subscription, now)
        return due

    def conclude(self, push: Push, status: int | None, now: datetime) -> None:
        """Note the outcome: 2xx ends it, anything else is retried until 36 hours after the first attempt."""
        accepted = status is not None and 200 <= status < 300
        if push.mark == "handshake":
            self._conclude_handshake(verified=accepted)
            return
        delivery = self.deliveries.get(push.mark)
        if delivery is None:
            return  # a reset came while it was under way
        delivery.statuses.append(status)
        if accepted:
            delivery.state = "delivered"
            return
        step = min(push.attempt, len(RETRY_AFTER_SECONDS) - 1)
        again = now + timedelta(seconds=RETRY_AFTER_SECONDS[step])
        if again > delivery.first + GIVE_UP_AFTER:
            delivery.state = "dropped"
            return
        delivery.state = "retrying"
        self._pending.append(Push(push.url, push.body, push.headers, again, push.attempt + 1, mark=push.mark))

    def as_data(self) -> dict[str, Any]:
        """The subscription, the deliveries and what waits, as JSON data."""
        deliveries = [{**asdict(each), "first": each.first.isoformat()} for each in self.deliveries.values()]
        waiting = [{"mark": push.mark, "due": push.due.isoformat(), "attempt": push.attempt} for push in self._pending]
        subscription = asdict(self.subscription) if self.subscription else None
        return {"subscription": subscription, "deliveries": deliveries, "retries": waiting, "events": len(self._events)}

    def _conclude_handshake(self, *, verified: bool) -> None:
        if self.subscription is not None:
            self.subscription.state = "verified" if verified else "refused"

    def _batch_events(self, subscription: Subscription, now: datetime) -> list[Push]:
        settings = self._graph.settings
        due = [event for event in self._events if event.due <= now]
        self._events = [event for event in self._events if event.due > now]
        if settings.disorder:
            due = _disordered(due)
        size = max(1, min(settings.changes_per_post, _MOST_CHANGES))
        return [self._post(subscription, due[start : start + size], now) for start in range(0, len(due), size)]

    def _post(self, subscription: Subscription, events: list[Event], now: datetime) -> Push:
        body = json.dumps({"object": "page", "entry": self._entries(events, now)}, separators=(",", ":")).encode()
        mark = f"post-{len(self.deliveries) + 1}"
        self.deliveries[mark] = Delivery(mark, [event.change["value"]["leadgen_id"] for event in events], now)
        headers = {
            "content-type": "application/json",
            "user-agent": "facebookexternalua",
            "x-hub-signature-256": sign(body, subscription.app_secret),
        }
        return Push(subscription.callback_url, body, headers, now, mark=mark)

    def _entries(self, events: list[Event], now: datetime) -> list[dict[str, Any]]:
        """Neighbours of one Page share an entry, so that batches show several changes and several entries."""
        entries: list[dict[str, Any]] = []
        for event in events:
            if not entries or entries[-1]["id"] != event.page_id:
                entries.append({"id": event.page_id, "time": int(now.timestamp()), "changes": []})
            entries[-1]["changes"].append(event.change)
        if self._graph.settings.foreign_changes:
            for entry in entries:
                entry["changes"].insert(0, {"field": "feed", "value": {"item": "status", "verb": "add", "post_id": f"{entry['id']}_1"}})
        return entries


def sign(body: bytes, app_secret: str) -> str:
    """`X-Hub-Signature-256`: HMAC-SHA256 in hex over the raw body, keyed with the app secret."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def _change(lead: Lead) -> dict[str, Any]:
    """Ids only; the ad's ids are absent for organic and test leads."""
    value: dict[str, Any] = {"leadgen_id": lead.id, "page_id": lead.page_id, "form_id": lead.form_id, "created_time": lead.created}
    if not lead.is_test and not lead.facts.get("is_organic"):
        ads = {"ad_id": lead.facts.get("ad_id"), "adgroup_id": lead.facts.get("adset_id")}
        value |= {name: identifier for name, identifier in ads.items() if identifier}
    return {"field": "leadgen", "value": value}


def _disordered(events: list[Event]) -> list[Event]:
    """Newest first, then neighbours swapped: later leads overtake earlier ones, the same way each time."""
    turned = events[::-1]
    for place in range(2, len(turned), 3):
        turned[place - 1], turned[place] = turned[place], turned[place - 1]
    return turned
